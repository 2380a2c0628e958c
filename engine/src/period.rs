//! Periods of the day. A peak is a period of four hours, never an hour that was picked: a day whose traffic comes an hour
//! early would otherwise look right or wrong by the choice of the hour.
//!
//! They are those of the Metropolitan Transportation Commission's Travel Model One (`EA`, `AM`, `MD`, `PM`, `EV`), so that
//! published figures by period can be held beside a run.

use crate::unit::DAY_S;
use serde::{Serialize, Serializer};

/// A part of the day, in hours of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// 3 to 6 o'clock.
    Early,
    /// 6 to 10: the morning peak.
    Am,
    /// 10 to 15.
    Midday,
    /// 15 to 19: the evening peak.
    Pm,
    /// 19 to 3.
    Evening,
}

impl Period {
    /// All periods, from the early morning on.
    pub const ALL: [Self; 5] = [Self::Early, Self::Am, Self::Midday, Self::Pm, Self::Evening];
    /// The two peaks.
    pub const PEAKS: [Self; 2] = [Self::Am, Self::Pm];

    /// Name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::Am => "am",
            Self::Midday => "midday",
            Self::Pm => "pm",
            Self::Evening => "evening",
        }
    }

    /// Name for readers, its hours first.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Early => "3–6 h, early",
            Self::Am => "6–10 h, morning peak",
            Self::Midday => "10–15 h, midday",
            Self::Pm => "15–19 h, evening peak",
            Self::Evening => "19–3 h, evening, night",
        }
    }

    /// The period of a clock hour; hours past 24 are those of the next day.
    pub const fn of_hour(hour: usize) -> Self {
        match hour % 24 {
            3..=5 => Self::Early,
            6..=9 => Self::Am,
            10..=14 => Self::Midday,
            15..=18 => Self::Pm,
            _ => Self::Evening,
        }
    }

    /// The period of a time, seconds since midnight.
    pub const fn at(time_s: u32) -> Self {
        Self::of_hour((time_s % DAY_S / 3600) as usize)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hour_has_its_period_and_the_day_repeats() {
        let hours = |period| (0..24).filter(|hour| Period::of_hour(*hour) == period).count();
        assert_eq!(Period::ALL.map(hours), [3, 4, 5, 4, 8]);
        assert_eq!((Period::at(6 * 3600 - 1), Period::at(6 * 3600)), (Period::Early, Period::Am));
        assert_eq!((Period::at(26 * 3600), Period::at(30 * 3600)), (Period::Evening, Period::Am));
    }
}

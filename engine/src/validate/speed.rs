//! How well are speeds met, in congested and in free hours apart?
//!
//! Most hours are free, and anything that drives at the limit meets them: an error over all hours together says nothing about
//! jams. So both kinds of hours have errors of their own, and a table says how many of the congested hours the run has, too.

use serde::{Deserialize, Serialize};

/// Below this mean speed an hour of a freeway counts as congested, miles per hour. A carpool lane whose mean speed falls below
/// it is "degraded" by law (United States Code, title 23, section 166 (d)(2), for limits of 50 mph and more).
pub const CONGESTED_MPH: f64 = 45.0;

/// Speeds at one station in one hour, metres per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedPair {
    /// Observed.
    pub observed_mps: f64,
    /// Simulated or otherwise predicted; `None` where nobody drove.
    pub predicted_mps: Option<f64>,
}

/// Errors of speed in one kind of hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpeedErrors {
    /// Station-hours with both speeds.
    pub n: u64,
    /// Mean observed speed, metres per second.
    pub observed_mps: Option<f64>,
    /// Mean simulated speed, metres per second.
    pub simulated_mps: Option<f64>,
    /// Plain mean of `|v − o| / o`, a fraction.
    pub mape: Option<f64>,
}

impl SpeedErrors {
    fn of(pairs: &[(f64, f64)]) -> Self {
        let mean = |of: fn(&(f64, f64)) -> f64| {
            (!pairs.is_empty()).then(|| pairs.iter().map(of).sum::<f64>() / pairs.len() as f64)
        };
        Self {
            n: pairs.len() as u64,
            observed_mps: mean(|(observed, _)| *observed),
            simulated_mps: mean(|(_, simulated)| *simulated),
            mape: mean(|(observed, simulated)| (simulated - observed).abs() / observed),
        }
    }
}

/// How well speeds are met. An hour is congested where its observed speed is below the threshold, whatever the run has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Speeds {
    /// Errors of the hours observed as congested.
    pub congested: SpeedErrors,
    /// Errors of the others.
    pub free: SpeedErrors,
    /// Hours that are congested in both.
    pub hits: u64,
    /// Hours observed as congested that are free in the run; where nobody drove it is free.
    pub misses: u64,
    /// Hours observed as free that are congested in the run.
    pub false_alarms: u64,
    /// Hours that are free in both.
    pub both_free: u64,
}

impl Speeds {
    /// Measures the pairs; an observed speed of 0 is none.
    pub fn of(pairs: impl IntoIterator<Item = SpeedPair>, threshold_mps: f64) -> Self {
        let mut speeds = Self::default();
        let (mut congested, mut free) = (Vec::new(), Vec::new());
        for SpeedPair { observed_mps, predicted_mps } in
            pairs.into_iter().filter(|pair| pair.observed_mps > 0.0)
        {
            let is_seen = observed_mps < threshold_mps;
            let count = match (is_seen, predicted_mps.is_some_and(|speed| speed < threshold_mps)) {
                (true, true) => &mut speeds.hits,
                (true, false) => &mut speeds.misses,
                (false, true) => &mut speeds.false_alarms,
                (false, false) => &mut speeds.both_free,
            };
            *count += 1;
            let of_kind = if is_seen { &mut congested } else { &mut free };
            of_kind.extend(predicted_mps.map(|predicted| (observed_mps, predicted)));
        }
        Self { congested: SpeedErrors::of(&congested), free: SpeedErrors::of(&free), ..speeds }
    }

    /// Hours that were observed as congested.
    pub fn n_congested(&self) -> u64 {
        self.hits + self.misses
    }

    /// Share of the congested hours that the run has, too; `None` without any.
    pub fn hit_share(&self) -> Option<f64> {
        let n = self.n_congested();
        (n > 0).then(|| self.hits as f64 / n as f64)
    }

    /// Share of the run's congested hours in which none was observed; `None` where the run has none.
    pub fn false_share(&self) -> Option<f64> {
        let n = self.hits + self.false_alarms;
        (n > 0).then(|| self.false_alarms as f64 / n as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_hours_do_not_hide_congested_ones() {
        let pair = |observed_mps, predicted_mps| SpeedPair { observed_mps, predicted_mps };
        // Nine free hours that are met, and three congested ones: a hit, a miss, and one in which nobody drove.
        let mut pairs = vec![pair(30.0, Some(30.0)); 9];
        pairs.extend([
            pair(10.0, Some(15.0)),
            pair(10.0, Some(30.0)),
            pair(10.0, None),
            pair(25.0, Some(5.0)),
        ]);
        pairs.push(pair(0.0, Some(5.0)));
        let speeds = Speeds::of(pairs, 20.0);
        assert_eq!((speeds.hits, speeds.misses, speeds.false_alarms, speeds.both_free), (1, 2, 1, 9));
        assert_eq!((speeds.congested.n, speeds.free.n), (2, 10));
        assert_eq!((speeds.congested.mape, speeds.free.mape), (Some(1.25), Some(0.08)));
        assert_eq!((speeds.congested.observed_mps, speeds.congested.simulated_mps), (Some(10.0), Some(22.5)));
        assert_eq!((speeds.hit_share(), speeds.false_share()), (Some(1.0 / 3.0), Some(0.5)));
    }

    #[test]
    fn nothing_observed_is_nothing_measured() {
        let speeds = Speeds::of([], 20.0);
        assert_eq!((speeds, speeds.hit_share(), speeds.false_share()), (Speeds::default(), None, None));
    }
}

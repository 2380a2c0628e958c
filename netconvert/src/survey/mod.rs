#![doc = include_str!("README.md")]

mod atus;
mod cmap;
pub mod format;
mod india;
pub mod intake;
mod nhts;
pub mod plans;
mod psrc;
mod queensland;
mod spell;
mod table;
pub mod time_use;
pub mod tour;
mod trips;
mod vista;

pub use format::{Format, read};
pub use intake::Intake;

use crate::matsim::activity::Stop;
use engine::activity::diary::Survey;
use engine::activity::{Activity, Chain, Episode};
use engine::people::Student;
use engine::unit::DAY_S;

/// A survey and what its reader took in and left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// The person-days.
    pub survey: Survey,
    /// What was read, left out and noted.
    pub intake: Intake,
    /// What the tables add up to by the survey's own weights of trips; `None` where it has none.
    pub totals: Option<Totals>,
}

/// What the tables add up to before any day is left out or cut at midnight: what the publisher of a survey prints, so that a
/// reader can be checked against print.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Totals {
    /// Sum of the weights of the persons.
    pub persons: f64,
    /// Sum of the weights of the trips of an average day.
    pub trips_a_day: f64,
}

/// A person's day from its stops and the departures (seconds) that end all but the last of them.
/// After 24:00 the day is cut.
///
/// A change of vehicle is no stay: the next activity begins when the trip to the change began. At either end of
/// the day, where nothing follows or goes before, it is read as other. Two stays in a row at one of the
/// activities that keep one place (home, work, school) are one stay, since trips that return to where they began
/// have no stop of their own.
pub(crate) fn day(stops: &[Stop], departures_s: &[u32]) -> Result<Chain, &'static str> {
    if stops.is_empty() || departures_s.len() + 1 != stops.len() {
        return Err("the number of departures does not fit the number of activities");
    }
    if departures_s.windows(2).any(|pair| pair[1] < pair[0]) {
        return Err("departures are not in order");
    }
    let mut episodes: Vec<Episode> = Vec::with_capacity(stops.len());
    let mut start_s = 0;
    for (index, &stop) in stops.iter().enumerate() {
        let end_s = departures_s.get(index).copied().unwrap_or(DAY_S).min(DAY_S);
        let activity = match stop {
            Stop::Activity(activity) => activity,
            // The trip began at the departure before the change: the next activity starts there.
            Stop::Change if index > 0 && index + 1 < stops.len() => continue,
            Stop::Change => Activity::Other,
        };
        if start_s >= DAY_S {
            break;
        }
        match episodes.last_mut() {
            // One place all day: two such in a row are one stay (round trips have no stop of their own).
            Some(last) if last.activity == activity && activity.is_mandatory() => last.end_s = end_s,
            _ => episodes.push(Episode { activity, start_s, end_s }),
        }
        start_s = end_s;
    }
    if let Some(last) = episodes.last_mut() {
        last.end_s = DAY_S;
    }
    Ok(Chain(episodes))
}

/// Where a person of some age is enrolled, of whom it is only known that there is a school.
pub(crate) fn enrolled(age: Option<u8>) -> Option<Student> {
    age.map(|age| if age < 18 { Student::School } else { Student::College })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stop(code: u8) -> Stop {
        Activity::from_code(code).map_or(Stop::Change, Stop::Activity)
    }

    proptest! {
        #[test]
        fn every_day_is_legal_or_refused(
            codes in prop::collection::vec(0u8..=15, 0..12),
            mut ends in prop::collection::vec(0u32..100_000, 0..12),
            sorted: bool,
        ) {
            if sorted {
                ends.sort_unstable();
                ends.truncate(codes.len().saturating_sub(1));
            }
            let stops: Vec<Stop> = codes.into_iter().map(stop).collect();
            if let Ok(chain) = day(&stops, &ends) {
                chain.check().unwrap();
            }
        }
    }

    #[test]
    fn a_change_of_vehicle_belongs_to_the_trip() {
        let chain = day(&[stop(1), Stop::Change, stop(2), stop(1)], &[28_800, 30_000, 60_000]).unwrap();
        let kinds: Vec<u8> = chain.0.iter().map(|e| e.activity.code()).collect();
        assert_eq!(kinds, [1, 2, 1]);
        assert_eq!(chain.0[1].start_s, 28_800);
    }

    #[test]
    fn a_day_is_cut_at_midnight() {
        let chain = day(&[stop(1), stop(11), stop(1)], &[80_000, 90_000]).unwrap();
        assert_eq!(chain.0.len(), 2);
        assert_eq!(chain.0[1].end_s, DAY_S);
    }
}

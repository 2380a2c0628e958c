//! Household travel surveys as days over the 15 activities.
//!
//! A survey tells *departures* best (VISTA tells nothing else), so in every survey the border between
//! two episodes is the departure of the trip between them: travel counts to the activity that it leads
//! to. That is also what [`engine::activity::Episode::end_s`] promises to the simulation.

mod atus;
mod cmap;
pub mod format;
mod india;
pub mod intake;
mod nhts;
pub mod plans;
mod psrc;
pub(crate) mod purpose;
mod queensland;
mod spell;
pub(crate) mod table;
#[cfg(test)]
mod testing;
mod trips;
mod vista;

pub use format::{Format, read};
pub use intake::Intake;

use engine::activity::diary::Diary;
use engine::activity::{Activity, Chain, Episode};
use engine::draw::{Purpose, draw};
use engine::people::Student;
use engine::unit::DAY_S;

/// A survey ready for training.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Survey {
    /// Short name: the model learns one coding of activities for each name.
    pub name: String,
    /// Whether persons who stayed at home all day are missing from `diaries`.
    pub travellers_only: bool,
    /// The person-days.
    pub diaries: Vec<Diary>,
}

/// A survey and what its reader took in and left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// The person-days.
    pub survey: Survey,
    /// What was read, left out and noted.
    pub intake: Intake,
}

/// Share of the persons that no training may see.
pub const HELD_OUT_SHARE: f64 = 0.2;
/// Seed of the split. Fixed, so that two trainings never disagree on who is held out.
const SPLIT_SEED: u64 = 2;

impl Survey {
    /// Splits the persons into training and held-out (see [`HELD_OUT_SHARE`]) by a hash of the person's
    /// key, so that neither the order of the file nor other persons matter.
    pub fn split(&self) -> (Self, Self) {
        let (held_out, train) =
            self.diaries.iter().cloned().partition(|d: &Diary| lot(SPLIT_SEED, &d.person) < HELD_OUT_SHARE);
        let with = |diaries| Self { name: self.name.clone(), travellers_only: self.travellers_only, diaries };
        (with(train), with(held_out))
    }
}

/// A uniform number in [0, 1) that belongs to a person's key.
pub(crate) fn lot(seed: u64, person: &str) -> f64 {
    // FNV-1a, 64 bits (Fowler, Noll, Vo): a stable hash; the draw behind it does the mixing.
    let hash = person.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    draw(seed, Purpose::Training, hash, 0).uniform()
}

/// What happened at one stop of a survey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// An activity of ours.
    Activity(Activity),
    /// Only a change of vehicle: part of the trip around it.
    Change,
}

/// A person's day from its stops and the departures (seconds) that end all but the last of them.
/// After 24:00 the day is cut.
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
pub(crate) mod tests {
    use super::*;
    use engine::people::Sex;
    use proptest::prelude::*;

    pub(crate) fn diary(person: &str, chain: Chain) -> Diary {
        Diary {
            person: person.into(),
            weekday: None,
            age: None,
            sex: Sex::Unknown,
            employed: None,
            student: None,
            weight: 1.0,
            chain,
        }
    }

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

    #[test]
    fn the_split_keeps_its_share_and_does_not_know_the_order() {
        let mut survey = Survey { name: "s".into(), ..Survey::default() };
        survey.diaries = (0..5000).map(|i| diary(&format!("p{i}"), Chain::default())).collect();
        let (train, held_out) = survey.split();
        let share = held_out.diaries.len() as f64 / 5000.0;
        assert!((share - HELD_OUT_SHARE).abs() < 0.03, "{share}");
        survey.diaries.reverse();
        let mut again: Vec<String> = survey.split().1.diaries.into_iter().map(|d| d.person).collect();
        again.reverse();
        assert_eq!(again, held_out.diaries.into_iter().map(|d| d.person).collect::<Vec<_>>());
        assert_eq!(train.diaries.len() + again.len(), 5000);
    }
}

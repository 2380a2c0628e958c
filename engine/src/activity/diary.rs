//! The one harmonised diary that every survey is read into, and a survey as a set of them.
//!
//! A survey tells *departures* best (VISTA tells nothing else), so in every survey the border between two episodes is
//! the departure of the trip between them: travel counts to the activity that it leads to. That is also what
//! [`super::Episode::end_s`] promises to the simulation.

use super::Chain;
use crate::draw::{Purpose, draw};
use crate::people::{Sex, Student};

/// One person-day of a survey.
#[derive(Debug, Clone, PartialEq)]
pub struct Diary {
    /// Key of the person inside its survey: train and test are split by it.
    pub person: String,
    /// Day of the week, 0 = Monday; `None` when the survey does not tell.
    pub weekday: Option<u8>,
    /// Age in completed years; `None` where the survey does not state it.
    pub age: Option<u8>,
    /// Sex, as the survey states it.
    pub sex: Sex,
    /// Has a job.
    pub employed: Option<bool>,
    /// The kind of school the person is enrolled in; `None` where the survey does not state it.
    pub student: Option<Student>,
    /// Survey weight; 1 where there is none.
    pub weight: f32,
    /// The episodes of the day, midnight to midnight.
    pub chain: Chain,
}

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

/// Share of the persons that no training may see.
pub const HELD_OUT_SHARE: f64 = 0.2;
/// Seed of the split. Fixed, so that two trainings never disagree on who is held out.
const SPLIT_SEED: u64 = 2;

impl Survey {
    /// Splits the persons into training and held-out (see [`HELD_OUT_SHARE`]) by a hash of the person's key, so that
    /// neither the order of the file nor other persons matter.
    pub fn split(&self) -> (Self, Self) {
        let (held_out, train) = self
            .diaries
            .iter()
            .cloned()
            .partition(|d: &Diary| uniform_of(SPLIT_SEED, &d.person) < HELD_OUT_SHARE);
        let with = |diaries| Self { name: self.name.clone(), travellers_only: self.travellers_only, diaries };
        (with(train), with(held_out))
    }
}

/// A uniform number in [0, 1) that depends on the seed and on a person's key only.
pub fn uniform_of(seed: u64, person: &str) -> f64 {
    // FNV-1a, 64 bits (Fowler, Noll, Vo): a stable hash; the draw behind it does the mixing.
    let hash = person.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    draw(seed, Purpose::Training, hash, 0).uniform()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_split_keeps_its_share_and_does_not_know_the_order() {
        let mut survey = Survey { name: "s".into(), ..Survey::default() };
        let diary = |number: u32| Diary {
            person: format!("p{number}"),
            weekday: None,
            age: None,
            sex: Sex::Unknown,
            employed: None,
            student: None,
            weight: 1.0,
            chain: Chain::default(),
        };
        survey.diaries = (0..5000).map(diary).collect();
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

//! The one harmonised diary that every survey is read into.

use super::Chain;
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

//! What is known of the days of a region's people, by kind of person: how many stay at home all day, work, go to school.
//!
//! Surveys of one country differ in how much people do by year and by how they ask; what people do once they are out differs
//! less. So a model of days learned elsewhere can serve a region when these few numbers are its own. Kinds are those of the
//! surveys (MTC's Travel Model One tells part-time from full-time workers, which census totals do not, so they are one here).
//!
//! The activity model meets them ([`super::Generate`] is called with a model that does); the engine only names them.

use crate::people::{Demographics, Student};
use serde::Serialize;

/// Kind of person, as travel surveys tell them apart; the first that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Kind {
    /// Under 5.
    Preschool = 0,
    /// Under 16, or enrolled in a school up to high school.
    Pupil = 1,
    /// Has a job.
    Worker = 2,
    /// Enrolled in college, without a job.
    Student = 3,
    /// 65 and more, without a job.
    Senior = 4,
    /// Everybody else.
    Adult = 5,
}

impl Kind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Preschool, Self::Pupil, Self::Worker, Self::Student, Self::Senior, Self::Adult];

    /// The kind of a person.
    pub fn of(who: &Demographics) -> Self {
        match who {
            who if who.age < 5 => Self::Preschool,
            who if who.age < 16 || who.student == Student::School => Self::Pupil,
            who if who.employed => Self::Worker,
            who if who.student == Student::College => Self::Student,
            who if who.age >= 65 => Self::Senior,
            _ => Self::Adult,
        }
    }

    /// Name in tables.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Preschool => "preschool",
            Self::Pupil => "pupil",
            Self::Worker => "worker",
            Self::Student => "student",
            Self::Senior => "senior",
            Self::Adult => "adult",
        }
    }
}

/// What a share of the persons of a kind does on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Does {
    /// Is at home from 0 to 24 h.
    StaysHome = 0,
    /// Works at a work place.
    Works = 1,
    /// Goes to school or college.
    Learns = 2,
}

impl Does {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::StaysHome, Self::Works, Self::Learns];

    /// Name in tables.
    pub const fn label(self) -> &'static str {
        match self {
            Self::StaysHome => "stays-home",
            Self::Works => "works",
            Self::Learns => "learns",
        }
    }
}

/// What is known; `None` where nothing is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Targets {
    /// Shares of the persons of each kind, 0..1.
    pub shares: [[Option<f64>; Does::ALL.len()]; Kind::ALL.len()],
    /// Mean trips of everybody.
    pub trips: Option<f64>,
}

impl Targets {
    /// Shares of a kind.
    pub fn of(&self, kind: Kind) -> [Option<f64>; Does::ALL.len()] {
        self.shares[kind as usize]
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How all that is known was met.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AllMet {
    /// By kind of person.
    pub kinds: Vec<Met>,
    /// Mean trips of everybody: wanted, as the shares alone make them, and now.
    pub trips: Option<[f64; 3]>,
}

/// How what is known of a kind was met.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Met {
    /// The kind.
    pub kind: Kind,
    /// Persons of it in the run.
    pub persons: usize,
    /// Shares wanted, by [`Does`].
    pub wanted: [Option<f64>; Does::ALL.len()],
    /// Shares expected of the model as it was.
    pub before: [f64; Does::ALL.len()],
    /// Shares expected now.
    pub after: [f64; Does::ALL.len()],
}

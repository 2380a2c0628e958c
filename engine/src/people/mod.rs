//! Households and persons, and their synthesis from zone totals.
//!
//! [`synthesize`] goes in three steps, each in a file of its own: seed households that count alike in
//! every control become one [`cell`]; for each zone the cells are weighted so that all totals are met
//! ([`balance`]); the weights become whole households by a draw that keeps the totals ([`integer`]).

pub mod balance;
pub mod car;
pub mod cell;
mod check;
pub mod control;
pub mod fit;
pub mod integer;
mod synthesis;

pub use fit::Fit;
pub use synthesis::synthesize;

use crate::id::{HouseholdId, ZoneId};
use serde::{Deserialize, Serialize};

/// Sex, as the surveys record it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Sex {
    /// Male.
    Male = 0,
    /// Female.
    Female = 1,
    /// Not told.
    Unknown = 2,
}

/// In which kind of school a person is enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Student {
    /// Not a student.
    No = 0,
    /// Up to high school.
    School = 1,
    /// College or university.
    College = 2,
}

/// A household.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Household {
    /// Where it lives.
    pub zone: ZoneId,
    /// Persons in it.
    pub size: u8,
    /// Cars it owns.
    pub vehicles: u8,
    /// Yearly income, dollars of the sample's year.
    pub income_usd: i32,
}

/// Who a person is: the first component that a resident gets.
#[derive(Debug, Clone, Copy, PartialEq, bevy_ecs::component::Component)]
pub struct Demographics {
    /// The household.
    pub household: HouseholdId,
    /// Where the household lives.
    pub zone: ZoneId,
    /// Years.
    pub age: u8,
    /// Sex.
    pub sex: Sex,
    /// Has a job.
    pub employed: bool,
    /// Enrolled where.
    pub student: Student,
    /// Persons in the household.
    pub household_size: u8,
    /// Cars of the household.
    pub vehicles: u8,
    /// Persons of 18 and more in the household.
    pub adults: u8,
    /// Yearly income of the household, dollars.
    pub income_usd: i32,
}

/// Everybody: households and, in the same order, their members.
#[derive(Debug, Clone, Default)]
pub struct Population {
    /// Households by [`HouseholdId`].
    pub households: Vec<Household>,
    /// Persons by [`crate::id::PersonId`], grouped by household.
    pub persons: Vec<Demographics>,
}

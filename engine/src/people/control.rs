//! What population synthesis is given: zone totals to meet and a seed sample to draw from.

use super::{Sex, Student};

/// What a zone total counts. Ranges hold both ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// Households.
    Households,
    /// Households of a size.
    HouseholdSize(u8, u8),
    /// Households with a number of workers.
    Workers(u8, u8),
    /// Households with (true) or without persons under 18.
    Children(bool),
    /// Households with a yearly income in dollars, from (included) to (excluded).
    Income(i32, i32),
    /// Persons of an age.
    Age(u8, u8),
}

/// One column of zone totals.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Name in the source.
    pub name: String,
    /// What it counts.
    pub measure: Measure,
    /// Total by zone, in the order of [`crate::zone::Zones`].
    pub totals: Vec<f64>,
}

/// A person of the seed sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeedPerson {
    /// Years.
    pub age: u8,
    /// Sex.
    pub sex: Sex,
    /// Has a job.
    pub employed: bool,
    /// Enrolled where.
    pub student: Student,
}

/// A household of the seed sample.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedHousehold {
    /// Yearly income, dollars.
    pub income_usd: i32,
    /// Cars.
    pub vehicles: u8,
    /// Members.
    pub persons: Vec<SeedPerson>,
}

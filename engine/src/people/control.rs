//! What population synthesis is given: zone totals to meet and a seed sample to draw from.

use super::{Sex, Student};

/// What a zone total counts. Ranges hold both ends. Its order is that in which a table's controls are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Number of households of a zone.
    Households,
    /// Households of a size.
    HouseholdSize(u8, u8),
    /// Households with a number of workers.
    Workers(u8, u8),
    /// Households with (true) or without persons under 18.
    Children(bool),
    /// Households with a yearly income in dollars, from (included) to (excluded).
    Income(i32, i32),
    /// Persons of an age, in households and, when [`Measure::GroupQuarters`] is given too, outside them.
    Age(u8, u8),
    /// Households with a number of cars.
    Vehicles(u8, u8),
    /// Persons who live in no household (dormitories, barracks, care homes). Each becomes a household
    /// of one without a car. Leave it out when the ages count people of households only.
    GroupQuarters,
}

impl Measure {
    /// What it counts, in words: `households with 2 workers`.
    pub fn words(&self) -> String {
        let number = |from: u8, to: u8, one: &str, many: &str| match (from, to) {
            (0, 0) => format!("no {many}"),
            (1, 1) => format!("1 {one}"),
            (from, u8::MAX) => format!("{from} and more {many}"),
            (from, to) if from == to => format!("{from} {many}"),
            (from, to) => format!("{from} to {to} {many}"),
        };
        match *self {
            Self::Households => "households".into(),
            Self::HouseholdSize(from, to) => {
                format!("households of {}", number(from, to, "person", "persons"))
            }
            Self::Workers(from, to) => format!("households with {}", number(from, to, "worker", "workers")),
            Self::Children(true) => "households with children".into(),
            Self::Children(false) => "households without children".into(),
            Self::Vehicles(from, to) => format!("households with {}", number(from, to, "car", "cars")),
            Self::Income(i32::MIN, to) => format!("households with less than ${to} a year"),
            Self::Income(from, i32::MAX) => format!("households with ${from} a year and more"),
            Self::Income(from, to) => format!("households with ${from} to ${to} a year"),
            Self::Age(from, u8::MAX) => format!("persons aged {from} and over"),
            Self::Age(from, to) => format!("persons aged {from} to {to}"),
            Self::GroupQuarters => "persons in group quarters".into(),
        }
    }

    /// What one seed household adds to a total. As `outside` a household of one stands for a person in
    /// group quarters, who counts in ages and group quarters only.
    pub fn count(&self, household: &SeedHousehold, outside: bool) -> u32 {
        let persons = &household.persons;
        let number = |n: usize, from: u8, to: u8| (usize::from(from)..=usize::from(to)).contains(&n);
        let households = match *self {
            Self::Age(from, to) => {
                return persons.iter().filter(|p| (from..=to).contains(&p.age)).count() as u32;
            }
            Self::GroupQuarters => return u32::from(outside),
            Self::Households => true,
            Self::HouseholdSize(from, to) => number(persons.len(), from, to),
            Self::Workers(from, to) => number(persons.iter().filter(|p| p.employed).count(), from, to),
            Self::Children(with) => persons.iter().any(|p| p.age < 18) == with,
            Self::Income(from, to) => (from..to).contains(&household.income_usd),
            Self::Vehicles(from, to) => (from..=to).contains(&household.vehicles),
        };
        u32::from(households && !outside)
    }
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
    /// Age in completed years.
    pub age: u8,
    /// Sex as the sample states it.
    pub sex: Sex,
    /// Has a job.
    pub employed: bool,
    /// The kind of school the person is enrolled in.
    pub student: Student,
}

/// A household of the seed sample.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedHousehold {
    /// Yearly income, dollars.
    pub income_usd: i32,
    /// Cars of the household.
    pub vehicles: u8,
    /// The members of the household, at least one.
    pub persons: Vec<SeedPerson>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_told_in_words() {
        let words = |measure: Measure| measure.words();
        assert_eq!(words(Measure::HouseholdSize(1, 1)), "households of 1 person");
        assert_eq!(words(Measure::HouseholdSize(4, u8::MAX)), "households of 4 and more persons");
        assert_eq!(words(Measure::Workers(0, 0)), "households with no workers");
        assert_eq!(words(Measure::Income(i32::MIN, 30_000)), "households with less than $30000 a year");
        assert_eq!(words(Measure::Income(30_000, 60_000)), "households with $30000 to $60000 a year");
        assert_eq!(words(Measure::Age(65, u8::MAX)), "persons aged 65 and over");
    }
}

//! Days of people: drawn from nothing and completed, per CPU second.

use super::clock::{best_of, timed};
use engine::Result;
use engine::activity::Chain;
use engine::activity::diary::Diary;
use engine::id::{HouseholdId, PersonId, ZoneId};
use engine::people::{Demographics, Sex, Student};
use model::Generator;
use model::models::chain::Observed;
use model::score::completion::hide;
use serde::Serialize;

/// Days drawn from nothing.
const N_DRAWN: u32 = 200_000;
/// Days completed, of persons who tell who they are and of others. Of those fewer, because each of their days takes
/// some thirty times as long.
const N_COMPLETED: [usize; 2] = [1000, 40];
/// Share of each of those days that is hidden.
const HIDDEN: f64 = 0.7;
/// A Wednesday.
const WEEKDAY: u8 = 2;

/// Speed of the shipped activity model.
#[derive(Debug, Clone, Serialize)]
pub struct Days {
    /// Days drawn from nothing per CPU second.
    pub days_per_cpu_s: f64,
    /// Days of which 70 % is hidden, completed per CPU second: age, sex, job, school and weekday are told.
    pub completions_per_cpu_s: f64,
    /// The same where nothing is told, so that every class of persons has to be weighed.
    pub unknown_completions_per_cpu_s: f64,
}

/// Measures the shipped model, best of `repeats`.
///
/// # Errors
/// What libtorch says.
pub fn days(repeats: usize) -> Result<Days> {
    let generator = Generator::shipped()?;
    let persons: Vec<(PersonId, Demographics)> = (0..N_DRAWN).map(|i| (PersonId(i), person(i))).collect();
    let (chains, cpu_s) = best_of(repeats, || timed(|| generator.generate(&persons, WEEKDAY, 1)))?;
    let rate = |n: usize, told: bool| -> Result<f64> {
        let told = |row: usize| diary(&persons[row].1, told);
        let days: Vec<(Diary, Observed)> =
            (0..n).map(|row| (told(row), hide(&chains[row], HIDDEN, 1, row as u64))).collect();
        let cpu_s = best_of(repeats, || timed(|| generator.complete(&days, false, 1)))?.1;
        Ok(n as f64 / cpu_s)
    };
    Ok(Days {
        days_per_cpu_s: f64::from(N_DRAWN) / cpu_s,
        completions_per_cpu_s: rate(N_COMPLETED[0], true)?,
        unknown_completions_per_cpu_s: rate(N_COMPLETED[1], false)?,
    })
}

/// Persons of all ages; two in three of those from 18 to 65 have a job, the younger ones go to school.
fn person(number: u32) -> Demographics {
    let age = (number * 7 % 90) as u8;
    Demographics {
        household: HouseholdId(number),
        zone: ZoneId(0),
        age,
        sex: if number.is_multiple_of(2) { Sex::Female } else { Sex::Male },
        employed: (18..=65).contains(&age) && !number.is_multiple_of(3),
        student: if (5..18).contains(&age) { Student::School } else { Student::No },
        household_size: 2,
        vehicles: 1,
        adults: 2,
        income_usd: 50_000,
    }
}

/// A person as a survey may describe them: with everything known (`told`) or nothing. The day itself is given
/// apart.
fn diary(person: &Demographics, told: bool) -> Diary {
    Diary {
        person: String::new(),
        weekday: told.then_some(WEEKDAY),
        age: told.then_some(person.age),
        sex: if told { person.sex } else { Sex::Unknown },
        employed: told.then_some(person.employed),
        student: told.then_some(person.student),
        weight: 1.0,
        chain: Chain::default(),
    }
}

//! `controls.csv`, `households.csv`, `persons.csv`.
//!
//! | table | column | values |
//! |---|---|---|
//! | controls | `measure` | `households`, `household_size`, `workers`, `children`, `income`, `age`, `vehicles`, `group_quarters` |
//! | | `low`, `high` | range of the measure, whole numbers; 0 where it has none |
//! | | `zone`, `total` | for which zone, how many households or persons |
//! | households | `income_usd`, `vehicles` | dollars a year (may be negative), cars |
//! | persons | `age`, `sex` | years; `male`, `female`, `unknown` |
//! | | `employed`, `student` | `yes`, `no`; `no`, `school`, `college` |
//!
//! Ages, workers, cars and sizes go up to 255, so `high` 255 stands for "and more".

use super::write_rows;
use crate::bay_area::{count, in_order};
use crate::limit::{self, Row};
use engine::order::natural;
use engine::people::control::{Control, Measure, SeedHousehold, SeedPerson};
use engine::people::{Sex, Student};
use engine::zone::Zones;
use engine::{Fault, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes one row a control and zone. `low` and `high` hold the range of the measure, both ends included
/// (incomes: `high` excluded); `children` has low 1 for with, 0 for without.
///
/// # Errors
/// [`engine::Error::Io`] when the disk says no.
pub fn write_controls(controls: &[Control], zones: &Zones, path: impl AsRef<Path>) -> Result<()> {
    let rows = controls.iter().flat_map(|control| {
        let (measure, low, high) = range(control.measure);
        zones.zones.iter().zip(&control.totals).map(move |(zone, total)| {
            let (low, high) = (low.to_string(), high.to_string());
            [control.name.clone(), measure.to_string(), low, high, zone.name.clone(), total.to_string()]
        })
    });
    write_rows(path.as_ref(), ["control", "measure", "low", "high", "zone", "total"], rows)
}

/// Name of a measure in the table, and its range.
fn range(measure: Measure) -> (&'static str, i32, i32) {
    match measure {
        Measure::Households => ("households", 0, 0),
        Measure::HouseholdSize(low, high) => ("household_size", low.into(), high.into()),
        Measure::Workers(low, high) => ("workers", low.into(), high.into()),
        Measure::Children(with) => ("children", with.into(), with.into()),
        Measure::Income(low, high) => ("income", low, high),
        Measure::Age(low, high) => ("age", low.into(), high.into()),
        Measure::Vehicles(low, high) => ("vehicles", low.into(), high.into()),
        Measure::GroupQuarters => ("group_quarters", 0, 0),
    }
}

/// Reads zone totals. A zone without a row of a control has a total of 0 there.
///
/// # Errors
/// A [`Fault`] `file:line` for an unknown measure or zone, a range that is none, a total below zero, a zone
/// twice in one control, or one control with two measures.
pub fn read_controls(path: impl AsRef<Path>, zones: &Zones) -> Result<Vec<Control>> {
    let numbers: BTreeMap<&str, usize> =
        zones.zones.iter().enumerate().map(|(i, zone)| (zone.name.as_str(), i)).collect();
    let mut table = limit::csv(path)?;
    let (name, measure) = (table.column("control")?, table.column("measure")?);
    let (low, high) = (table.column("low")?, table.column("high")?);
    let (zone, total) = (table.column("zone")?, table.column("total")?);
    let mut controls: Vec<Control> = Vec::new();
    let mut known: BTreeMap<String, (usize, Vec<bool>)> = BTreeMap::new();
    while let Some(row) = table.advance()? {
        let what = read_measure(row, measure, low, high)?;
        let Some(&number) = numbers.get(row.text(zone)) else {
            return Err(row.fault(zone, "the name of a zone").into());
        };
        let (index, seen) = known.entry(row.text(name).to_string()).or_insert_with(|| {
            let totals = vec![0.0; zones.len()];
            controls.push(Control { name: row.text(name).to_string(), measure: what, totals });
            (controls.len() - 1, vec![false; zones.len()])
        });
        if controls[*index].measure != what {
            return Err(row.fault(measure, "the measure that earlier rows give this control").into());
        }
        if std::mem::replace(&mut seen[number], true) {
            return Err(row.fault(zone, "a zone that no other row of this control has").into());
        }
        controls[*index].totals[number] = count(row, total)?;
    }
    Ok(controls)
}

/// The inverse of `range`: `low` and `high` are read only where the measure has a range.
fn read_measure(row: Row<'_>, measure: usize, low: usize, high: usize) -> Result<Measure> {
    let small = |column: usize| row.parse::<u8>(column, "a whole number from 0 to 255");
    let large = |column: usize| row.parse::<i32>(column, "whole dollars");
    Ok(match row.text(measure) {
        "households" => Measure::Households,
        "household_size" => Measure::HouseholdSize(small(low)?, small(high)?),
        "workers" => Measure::Workers(small(low)?, small(high)?),
        "children" => Measure::Children(small(low)? > 0),
        "income" => Measure::Income(large(low)?, large(high)?),
        "age" => Measure::Age(small(low)?, small(high)?),
        "vehicles" => Measure::Vehicles(small(low)?, small(high)?),
        "group_quarters" => Measure::GroupQuarters,
        _ => {
            let known =
                "households, household_size, workers, children, income, age, vehicles or group_quarters";
            return Err(row.fault(measure, known).into());
        }
    })
}

/// Writes the seed sample; households, and persons in each, are numbered from 0.
///
/// # Errors
/// [`engine::Error::Io`] when the disk says no.
pub fn write_households(
    households: &[SeedHousehold],
    households_csv: impl AsRef<Path>,
    persons_csv: impl AsRef<Path>,
) -> Result<()> {
    let numbered = || households.iter().enumerate();
    let rows = numbered().map(|(i, h)| [i.to_string(), h.income_usd.to_string(), h.vehicles.to_string()]);
    write_rows(households_csv.as_ref(), ["household", "income_usd", "vehicles"], rows)?;
    let rows = numbered().flat_map(|(i, household)| {
        household.persons.iter().enumerate().map(move |(number, person)| {
            let sex = match person.sex {
                Sex::Male => "male",
                Sex::Female => "female",
                Sex::Unknown => "unknown",
            };
            let student = match person.student {
                Student::No => "no",
                Student::School => "school",
                Student::College => "college",
            };
            let employed = if person.employed { "yes" } else { "no" };
            let (number, age) = (number.to_string(), person.age.to_string());
            [i.to_string(), number, age, sex.into(), employed.into(), student.into()]
        })
    });
    write_rows(persons_csv.as_ref(), ["household", "person", "age", "sex", "employed", "student"], rows)
}

/// Reads the seed sample: households in the order of their names, persons of each in the order of theirs (column
/// `person`, may be absent), then the oldest first.
///
/// # Errors
/// A [`Fault`] `file:line` for a household that occurs twice or is unknown, or a value that is none of its
/// column.
pub fn read_households(
    households_csv: impl AsRef<Path>,
    persons_csv: impl AsRef<Path>,
) -> Result<Vec<SeedHousehold>> {
    let mut table = limit::csv(households_csv)?;
    let name = table.column("household")?;
    let (income, vehicles) = (table.column("income_usd")?, table.column("vehicles")?);
    let (mut households, mut members, mut numbers) = (Vec::new(), Vec::new(), BTreeMap::new());
    while let Some(row) = table.advance()? {
        if numbers.insert(row.text(name).to_string(), households.len()).is_some() {
            return Err(row.fault(name, "a household that no other row has").into());
        }
        let household = SeedHousehold {
            income_usd: row.parse(income, "whole dollars")?,
            vehicles: row.parse(vehicles, "a number of cars up to 255")?,
            persons: Vec::new(),
        };
        households.push((row.text(name).to_string(), household));
        members.push(Vec::new());
    }
    let mut table = limit::csv(persons_csv)?;
    let (household, person) = (table.column("household")?, table.find("person"));
    let columns =
        [table.column("age")?, table.column("sex")?, table.column("employed")?, table.column("student")?];
    while let Some(row) = table.advance()? {
        let Some(&number) = numbers.get(row.text(household)) else {
            return Err(row.fault(household, "a household of the table of households").into());
        };
        members[number].push((row.text_if(person).to_string(), read_person(row, columns)?));
    }
    for ((_, household), members) in households.iter_mut().zip(members) {
        household.persons = in_order(members);
    }
    households.sort_by(|(a, _), (b, _)| natural(a, b));
    Ok(households.into_iter().map(|(_, household)| household).collect())
}

/// One row of the table of persons, by the positions of its columns.
fn read_person(row: Row<'_>, [age, sex, employed, student]: [usize; 4]) -> Result<SeedPerson> {
    let fault = |column: usize, expected: &str| -> Fault { row.fault(column, expected) };
    Ok(SeedPerson {
        age: row.parse(age, "years up to 255")?,
        sex: match row.text(sex) {
            "male" => Sex::Male,
            "female" => Sex::Female,
            "unknown" => Sex::Unknown,
            _ => return Err(fault(sex, "male, female or unknown").into()),
        },
        employed: match row.text(employed) {
            "yes" => true,
            "no" => false,
            _ => return Err(fault(employed, "yes or no").into()),
        },
        student: match row.text(student) {
            "no" => Student::No,
            "school" => Student::School,
            "college" => Student::College,
            _ => return Err(fault(student, "no, school or college").into()),
        },
    })
}

//! `persons.parquet`: who was simulated.

use super::Rows;
use crate::error::Result;
use crate::id::{HouseholdId, ZoneId};
use crate::people::{Demographics, Sex, Student};
use crate::table::{Schema, Type, column};
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "persons",
    rows: "one row a person: household, zone, age, sex, work, school, cars, income (dollars a year)",
    columns: &[
        column("person", Type::U32, "", "number of the person, from 0: the row"),
        column("household", Type::U32, "", "number of the household"),
        column("zone", Type::Text, "", "name of the zone of the home; empty where the scenario has no zones"),
        column("zone_index", Type::U32, "", "number of that zone, from 0, in the order of names"),
        column("age", Type::U8, "years", "age"),
        column("sex", Type::Text, "", "`male`, `female` or `unknown`"),
        column("employed", Type::Bool, "", "whether the person has work"),
        column("student", Type::Text, "", "`no`, `school` or `college`"),
        column("household_size", Type::U8, "persons", "size of the household"),
        column("adults", Type::U8, "persons", "adults in the household"),
        column("vehicles", Type::U8, "vehicles", "cars of the household"),
        column("income_usd", Type::I32, "US dollars a year", "income of the household"),
    ],
};

/// Writes the table; `zone_names` by number of the zone.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, persons: &[Demographics], zone_names: &[String]) -> Result<()> {
    let zone = |p: &Demographics| zone_names.get(p.zone.index()).map_or("", String::as_str);
    let sex = |p: &Demographics| match p.sex {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::Unknown => "unknown",
    };
    let student = |p: &Demographics| match p.student {
        Student::No => "no",
        Student::School => "school",
        Student::College => "college",
    };
    let mut frame = df![
        "person" => (0..persons.len() as u32).collect::<Vec<_>>(),
        "household" => persons.iter().map(|p| p.household.0).collect::<Vec<_>>(),
        "zone" => persons.iter().map(zone).collect::<Vec<_>>(),
        "zone_index" => persons.iter().map(|p| p.zone.0).collect::<Vec<_>>(),
        "age" => persons.iter().map(|p| p.age).collect::<Vec<_>>(),
        "sex" => persons.iter().map(sex).collect::<Vec<_>>(),
        "employed" => persons.iter().map(|p| p.employed).collect::<Vec<_>>(),
        "student" => persons.iter().map(student).collect::<Vec<_>>(),
        "household_size" => persons.iter().map(|p| p.household_size).collect::<Vec<_>>(),
        "adults" => persons.iter().map(|p| p.adults).collect::<Vec<_>>(),
        "vehicles" => persons.iter().map(|p| p.vehicles).collect::<Vec<_>>(),
        "income_usd" => persons.iter().map(|p| p.income_usd).collect::<Vec<_>>(),
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

/// Reads the table.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read(folder: &Path) -> Result<Vec<Demographics>> {
    let rows = Rows::open(folder, &TABLE)?;
    let (household, zone, age) = (rows.u32("household")?, rows.u32("zone_index")?, rows.u32("age")?);
    let (sex, employed, student) = (rows.text("sex")?, rows.bool("employed")?, rows.text("student")?);
    let (size, adults) = (rows.u32("household_size")?, rows.u32("adults")?);
    let (vehicles, income) = (rows.u32("vehicles")?, rows.f64("income_usd")?);
    let person = |i: usize| Demographics {
        household: HouseholdId(household[i]),
        zone: ZoneId(zone[i]),
        age: age[i] as u8,
        sex: match sex[i].as_str() {
            "male" => Sex::Male,
            "female" => Sex::Female,
            _ => Sex::Unknown,
        },
        employed: employed[i],
        student: match student[i].as_str() {
            "school" => Student::School,
            "college" => Student::College,
            _ => Student::No,
        },
        household_size: size[i] as u8,
        adults: adults[i] as u8,
        vehicles: vehicles[i] as u8,
        income_usd: income[i] as i32,
    };
    Ok((0..rows.height()).map(person).collect())
}

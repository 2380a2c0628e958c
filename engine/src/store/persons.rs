//! `persons.parquet`: who was simulated.
//!
//! Demographics are null as a whole where the source of a traveller knows none (a trip table); `age` tells which
//! rows have them. Numbers of layers are not stored: they are given again in the order in which the names appear.

use super::{Rows, Travellers};
use crate::agent::{Agent, Origin};
use crate::demand::LayerId;
use crate::error::Result;
use crate::id::{HouseholdId, PersonId, ZoneId};
use crate::people::{Demographics, Sex, Student};
use crate::table::{Schema, Type, column};
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "persons",
    rows: "one row a traveller: layer of demand and, where they are known, household, zone, age, sex, work, school, cars, income",
    columns: &[
        column("person", Type::U32, "", "number of the traveller, from 0: the row"),
        column("name", Type::Text, "", "name in the source (MATSim plans); null where it has none"),
        column(
            "origin",
            Type::U32,
            "",
            "number of the traveller without a measure on demand: with `copy` the same person in every run",
        ),
        column("copy", Type::U32, "", "0, or which further copy a measure on demand made"),
        column("layer", Type::Text, "", "layer of demand"),
        column("weight", Type::F64, "persons", "persons of the population that the traveller stands for"),
        column("household", Type::U32, "", "number of the household; null where the source knows none"),
        column(
            "zone",
            Type::Text,
            "",
            "name of the zone of the home; null where it is not known or the scenario has no zones",
        ),
        column("zone_index", Type::U32, "", "number of that zone, from 0, in the order of names"),
        column("age", Type::U8, "years", "age; null where it is not known, as in the columns after it"),
        column("sex", Type::Text, "", "`male`, `female` or `unknown`"),
        column("employed", Type::Bool, "", "whether the person has work"),
        column("student", Type::Text, "", "`no`, `school` or `college`"),
        column("household_size", Type::U8, "persons", "size of the household"),
        column("adults", Type::U8, "persons", "adults in the household"),
        column("vehicles", Type::U8, "vehicles", "cars of the household"),
        column("income_usd", Type::I32, "US dollars a year", "income of the household"),
    ],
};

/// What the table says of the travellers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Persons {
    /// Name of each traveller in the source, where it has one.
    pub names: Vec<Option<String>>,
    /// Who each traveller is in every run; ascending.
    pub origin: Vec<Origin>,
    /// Names of the layers of demand, in the order in which they first appear.
    pub layers: Vec<String>,
    /// Layer of each traveller: its position in `layers`.
    pub layer: Vec<LayerId>,
    /// Demographics of each traveller, where they are known.
    pub demographics: Vec<Option<Demographics>>,
}

/// Writes the table.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, of: &Travellers<'_>) -> Result<()> {
    let agents = of.agents;
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
    let zone = |a: &Agent<'_>| a.demographics.and_then(|p| of.zones.name(p.zone));
    let zone_index = |a: &Agent<'_>| a.demographics.and_then(|p| p.zone.known());
    fn known<T>(agents: &[Agent<'_>], of: impl Fn(&Demographics) -> T) -> Vec<Option<T>> {
        agents.iter().map(|agent| agent.demographics.map(&of)).collect()
    }
    let mut frame = df![
        "person" => (0..agents.len() as u32).collect::<Vec<_>>(),
        "name" => agents.iter().map(|a| a.name).collect::<Vec<_>>(),
        "origin" => agents.iter().map(|a| a.origin.person.0).collect::<Vec<_>>(),
        "copy" => agents.iter().map(|a| a.origin.copy).collect::<Vec<_>>(),
        "layer" => agents.iter().map(|a| of.layer(a)).collect::<Vec<_>>(),
        "weight" => vec![of.weight(); agents.len()],
        "household" => known(agents, |p| p.household.0),
        "zone" => agents.iter().map(zone).collect::<Vec<_>>(),
        "zone_index" => agents.iter().map(zone_index).collect::<Vec<_>>(),
        "age" => known(agents, |p| p.age),
        "sex" => known(agents, sex),
        "employed" => known(agents, |p| p.employed),
        "student" => known(agents, student),
        "household_size" => known(agents, |p| p.household_size),
        "adults" => known(agents, |p| p.adults),
        "vehicles" => known(agents, |p| p.vehicles),
        "income_usd" => known(agents, |p| p.income_usd),
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

/// Reads the table.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read(folder: &Path) -> Result<Persons> {
    let rows = Rows::open(folder, &TABLE)?;
    let mut known = demographics(&rows.known("age")?)?.into_iter();
    let demographics =
        rows.is_known("age")?.into_iter().map(|is_known| if is_known { known.next() } else { None });
    let copies = rows.u32("copy")?.into_iter();
    let origin = rows.u32("origin")?.into_iter().zip(copies);
    let mut persons = Persons {
        names: rows.some_text("name")?,
        origin: origin.map(|(person, copy)| Origin { person: PersonId(person), copy }).collect(),
        demographics: demographics.collect(),
        ..Persons::default()
    };
    for name in rows.text("layer")? {
        let found = persons.layers.iter().position(|layer| *layer == name);
        let at = found.unwrap_or_else(|| {
            persons.layers.push(name);
            persons.layers.len() - 1
        });
        persons.layer.push(LayerId(u8::try_from(at).map_err(|_| rows.wrong("layer"))?));
    }
    Ok(persons)
}

/// The demographics in rows that have them.
fn demographics(rows: &Rows) -> Result<Vec<Demographics>> {
    let (household, zone, age) = (rows.u32("household")?, rows.some_u32("zone_index")?, rows.u32("age")?);
    let (sex, employed, student) = (rows.text("sex")?, rows.bool("employed")?, rows.text("student")?);
    let (size, adults) = (rows.u32("household_size")?, rows.u32("adults")?);
    let (vehicles, income) = (rows.u32("vehicles")?, rows.f64("income_usd")?);
    let person = |i: usize| Demographics {
        household: HouseholdId(household[i]),
        zone: zone[i].map_or(ZoneId::NONE, ZoneId),
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

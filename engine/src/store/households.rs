//! `households.parquet`: the households of residents, and how they used their cars.

use super::Travellers;
use crate::agent::{Agent, CarUse, Household, car_use};
use crate::error::Result;
use crate::id::PersonId;
use crate::table::{Schema, Type, column};
use polars::prelude::*;
use rayon::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "households",
    rows: "one row a household: zone, size, cars, income, and most cars away from home at once",
    columns: &[
        column("household", Type::U32, "", "number of the household, from 0: the row"),
        column("zone", Type::Text, "", "name of the zone; null where the scenario has no zones"),
        column("zone_index", Type::U32, "", "number of that zone, from 0, in the order of names"),
        column("weight", Type::F64, "households", "households of the population that it stands for"),
        column("size", Type::U8, "persons", "persons in it"),
        column("simulated", Type::U16, "persons", "members who take part in the run"),
        column("vehicles", Type::U8, "vehicles", "cars it owns"),
        column("income_usd", Type::I32, "US dollars a year", "income"),
        column("car_trips", Type::U32, "trips", "trips of its members by car"),
        column(
            "cars_at_once",
            Type::U32,
            "vehicles",
            "most cars of its members away from home at the same time; above `vehicles` where modes were chosen without asking whether a car is left",
        ),
    ],
};

/// Writes the table: the households with the numbers of their members.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, households: &[(Household, Vec<PersonId>)], of: &Travellers<'_>) -> Result<()> {
    let zone = |(h, _): &(Household, _)| of.zones.name(h.zone);
    let used = cars(households, of.agents);
    let mut frame = df![
        "household" => households.iter().map(|(h, _)| h.id.0).collect::<Vec<_>>(),
        "zone" => households.iter().map(zone).collect::<Vec<_>>(),
        "zone_index" => households.iter().map(|(h, _)| h.zone.known()).collect::<Vec<_>>(),
        "weight" => vec![of.weight(); households.len()],
        "size" => households.iter().map(|(h, _)| h.size).collect::<Vec<_>>(),
        "simulated" => households.iter().map(|(_, members)| members.len() as u16).collect::<Vec<_>>(),
        "vehicles" => households.iter().map(|(h, _)| h.vehicles).collect::<Vec<_>>(),
        "income_usd" => households.iter().map(|(h, _)| h.income_usd).collect::<Vec<_>>(),
        "car_trips" => used.iter().map(|used| used.trips).collect::<Vec<_>>(),
        "cars_at_once" => used.iter().map(|used| used.at_once).collect::<Vec<_>>(),
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

/// How each household used its cars.
pub fn cars(households: &[(Household, Vec<PersonId>)], agents: &[Agent<'_>]) -> Vec<CarUse> {
    let used = |(_, members): &(Household, Vec<PersonId>)| {
        let members: Vec<Agent<'_>> = members.iter().map(|person| agents[person.index()]).collect();
        car_use(&members)
    };
    households.par_iter().map(used).collect()
}

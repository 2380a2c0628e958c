//! `legs.parquet`: trips, planned and as they came out.
//!
//! A row is a leg of the queue model's dense arrays, so its number is the leg's. The vehicle's class is not in the
//! table: legs that are read back drive ordinary cars, which is enough to report on a run and too little to run it
//! again.

use super::{Rows, routes, vehicle_classes};
use crate::agent::Agent;
use crate::error::Result;
use crate::id::{LegId, LinkId, PersonId};
use crate::mode::Mode;
use crate::network::Network;
use crate::table::{Schema, Type, column};
use crate::trip::{Legs, Moved, Routes};
use crate::vehicle::ClassId;
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "legs",
    rows: "trips: mode, planned and real departure, arrival, links, route length (metres)",
    columns: &[
        column("leg", Type::U32, "", "number of the leg, from 0: the row"),
        column("person", Type::U32, "", "number of the person"),
        column("layer", Type::Text, "", "layer of demand of the person"),
        column("mode", Type::Text, "", "mode of travel"),
        column(
            "vehicle",
            Type::Text,
            "",
            "name of the class of the vehicle that is driven; empty where none is",
        ),
        column("planned_s", Type::U32, "s since midnight", "planned departure"),
        column("dwell_s", Type::U32, "s", "least stay before the departure, for a person who arrives late"),
        column("depart_s", Type::U32, "s since midnight", "real departure; 4294967295: never left"),
        column("arrive_s", Type::U32, "s since midnight", "arrival; 4294967295: still on the way at the end"),
        column("teleport_s", Type::U32, "s", "travel time of a leg that does not use the road model"),
        column("from_link", Type::U32, "", "number of the link of the origin"),
        column("to_link", Type::U32, "", "number of the link of the destination"),
        column("length_m", Type::F32, "m", "length of the driven links, the first left out"),
    ],
};

/// Writes the table; `agents` in the order of the persons, `layers` by their names.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(
    folder: &Path,
    network: &Network,
    legs: &Legs,
    routes: &Routes,
    moved: &[Moved],
    agents: &[Agent<'_>],
    layers: &[String],
) -> Result<()> {
    let length_m = |leg: usize| -> f64 {
        routes.of(LegId::new(leg)).iter().skip(1).map(|l| network.link(*l).length_m).sum()
    };
    let person: Vec<u32> =
        (0..legs.n_persons()).flat_map(|p| legs.of(PersonId::new(p)).map(move |_| p as u32)).collect();
    let layer = |person: u32| {
        let layer = agents.get(person as usize).and_then(|agent| layers.get(agent.layer.index()));
        layer.map_or("", String::as_str)
    };
    let mut frame = df![
        "leg" => (0..legs.len() as u32).collect::<Vec<_>>(),
        "person" => person.as_slice(),
        "layer" => person.iter().map(|&p| layer(p)).collect::<Vec<_>>(),
        "mode" => legs.mode.iter().map(|m| m.matsim()).collect::<Vec<_>>(),
        "vehicle" => (0..legs.len()).map(|leg| legs.class(LegId::new(leg)).map_or("", |class| &class.name)).collect::<Vec<_>>(),
        "planned_s" => legs.depart_s.as_slice(),
        "dwell_s" => legs.dwell_s.as_slice(),
        "depart_s" => moved.iter().map(|m| m.depart_s).collect::<Vec<_>>(),
        "arrive_s" => moved.iter().map(|m| m.arrive_s).collect::<Vec<_>>(),
        "teleport_s" => legs.teleport_s.as_slice(),
        "from_link" => legs.from.iter().map(|l| l.0).collect::<Vec<_>>(),
        "to_link" => legs.to.iter().map(|l| l.0).collect::<Vec<_>>(),
        "length_m" => (0..legs.len()).map(|leg| length_m(leg) as f32).collect::<Vec<_>>(),
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

/// Reads the table, and those of routes and of classes of vehicles.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read(folder: &Path, n_persons: usize) -> Result<(Legs, Routes, Vec<Moved>)> {
    let rows = Rows::open(folder, &TABLE)?;
    let person = rows.u32("person")?;
    let mut legs = Legs { first: vec![0; n_persons + 1], ..Legs::default() };
    // How many legs each person has, one place up, so that the running sum below makes first rows of it.
    for p in &person {
        *legs.first.get_mut(*p as usize + 1).ok_or_else(|| rows.wrong("person"))? += 1;
    }
    for p in 0..n_persons {
        legs.first[p + 1] += legs.first[p];
    }
    let modes: Option<Vec<Mode>> = rows.text("mode")?.iter().map(|m| Mode::parse(m)).collect();
    legs.mode = modes.ok_or_else(|| rows.wrong("mode"))?;
    legs.classes = vehicle_classes::read(folder)?;
    let class = |name: &String| match name.is_empty() {
        true => Some(ClassId::CAR),
        false => legs.classes.named(name),
    };
    let vehicles: Option<Vec<ClassId>> = rows.text("vehicle")?.iter().map(class).collect();
    legs.vehicle = vehicles.ok_or_else(|| rows.wrong("vehicle"))?;
    legs.depart_s = rows.u32("planned_s")?;
    legs.dwell_s = rows.u32("dwell_s")?;
    legs.teleport_s = rows.u32("teleport_s")?;
    legs.from = rows.u32("from_link")?.into_iter().map(LinkId).collect();
    legs.to = rows.u32("to_link")?.into_iter().map(LinkId).collect();
    let times = rows.u32("depart_s")?.into_iter().zip(rows.u32("arrive_s")?);
    let moved = times.map(|(depart_s, arrive_s)| Moved { depart_s, arrive_s }).collect();
    Ok((legs, routes::read(folder, rows.height())?, moved))
}

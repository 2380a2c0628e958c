//! `legs.parquet`: trips, planned and as they came out.
//!
//! A row is a leg of the queue model's dense arrays, so its number is the leg's. What is not known is null; where the
//! arrays have a number for "never" (`u32::MAX`), the reader puts it back.

use super::{Rows, Travellers, routes, vehicle_classes};
use crate::agent::Agent;
use crate::choice::way_m;
use crate::error::Result;
use crate::id::{LegId, LinkId};
use crate::mode::Mode;
use crate::network::Network;
use crate::table::{Schema, Type, column};
use crate::trip::{Legs, Moved, Routes, Trip};
use crate::vehicle::ClassId;
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "legs",
    rows: "trips: purpose, mode, zones, planned and real departure, arrival, links, length of the way",
    columns: &[
        column("leg", Type::U32, "", "number of the leg, from 0: the row"),
        column("person", Type::U32, "", "number of the person"),
        column("layer", Type::Text, "", "layer of demand of the person"),
        column("weight", Type::F64, "trips", "trips of the population that the leg stands for"),
        column(
            "mode",
            Type::Text,
            "",
            "mode of travel: `car` (whoever drives), `ride`, `transit`, `bike` or `walk`",
        ),
        column(
            "vehicle",
            Type::Text,
            "",
            "name of the class of the vehicle that is driven; null where none is",
        ),
        column("purpose", Type::Text, "", "activity at its end; null where no activities are known"),
        column(
            "episode",
            Type::U16,
            "",
            "number of the activity at its end, as in `activities` and `chains`; null where none is known",
        ),
        column("from_zone", Type::Text, "", "name of the zone where it begins; null where it is not known"),
        column("to_zone", Type::Text, "", "name of the zone where it ends; null where it is not known"),
        column("from_link", Type::U32, "", "number of the link of the origin"),
        column("to_link", Type::U32, "", "number of the link of the destination"),
        column("planned_s", Type::U32, "s since midnight", "planned departure"),
        column("dwell_s", Type::U32, "s", "least stay before the departure, for a person who arrives late"),
        column("depart_s", Type::U32, "s since midnight", "real departure; null: never left"),
        column(
            "arrive_s",
            Type::U32,
            "s since midnight",
            "arrival; null: never left, or still on the way at the end",
        ),
        column(
            "teleport_s",
            Type::U32,
            "s",
            "travel time of a leg that is not on the roads; null for one that drives",
        ),
        column(
            "length_m",
            Type::F64,
            "m",
            "length of the way. Driven: the links of the route, the first left out, at whose end a trip begins. Other modes: \
             1.3 × the straight line, of which their travel time is made",
        ),
    ],
};

/// A leg with the person and the trip that it came from.
struct Row<'a> {
    leg: LegId,
    agent: &'a Agent<'a>,
    trip: Option<&'a Trip>,
}

impl Row<'_> {
    /// Position of the activity at the end.
    fn episode(&self) -> Option<u16> {
        self.agent.chain.and(self.trip).map(|trip| trip.episode + 1)
    }

    fn purpose(&self) -> Option<&'static str> {
        let episode = self.agent.chain?.0.get(usize::from(self.episode()?))?;
        Some(episode.activity.label())
    }

    /// Name of the zone of the activity `after` (0: the one before the trip, 1: the one at its end).
    fn zone<'b>(&self, after: usize, of: &Travellers<'b>) -> Option<&'b str> {
        let place = self.agent.places?.0.get(usize::from(self.trip?.episode) + after)?;
        of.zones.name(place.zone)
    }
}

/// Writes the table.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(
    folder: &Path,
    network: &Network,
    legs: &Legs,
    routes: &Routes,
    moved: &[Moved],
    of: &Travellers<'_>,
) -> Result<()> {
    let rows: Vec<Row<'_>> = of
        .agents
        .iter()
        .flat_map(|agent| {
            let own = legs.of(agent.person).enumerate();
            own.map(move |(number, leg)| Row { leg, agent, trip: agent.trips.0.get(number) })
        })
        .collect();
    let route_m =
        |leg: LegId| routes.of(leg).iter().skip(1).fold(0.0, |sum, link| sum + network.link(*link).length_m);
    let length_m = |row: &Row<'_>| match legs.drives(row.leg) {
        true => (!routes.of(row.leg).is_empty()).then(|| route_m(row.leg)),
        false => row.trip.map(way_m),
    };
    let known = |time_s: u32| Some(time_s).filter(|time_s| *time_s != u32::MAX);
    let teleport = |leg: usize| (!legs.mode[leg].drives()).then(|| legs.teleport_s[leg]);
    let mut frame = df![
        "leg" => rows.iter().map(|row| row.leg.0).collect::<Vec<_>>(),
        "person" => rows.iter().map(|row| row.agent.person.0).collect::<Vec<_>>(),
        "layer" => rows.iter().map(|row| of.layer(row.agent)).collect::<Vec<_>>(),
        "weight" => vec![of.weight(); rows.len()],
        "mode" => legs.mode.iter().map(|mode| mode.name()).collect::<Vec<_>>(),
        "vehicle" => rows.iter().map(|row| legs.class(row.leg).map(|class| class.name.as_str())).collect::<Vec<_>>(),
        "purpose" => rows.iter().map(Row::purpose).collect::<Vec<_>>(),
        "episode" => rows.iter().map(Row::episode).collect::<Vec<_>>(),
        "from_zone" => rows.iter().map(|row| row.zone(0, of)).collect::<Vec<_>>(),
        "to_zone" => rows.iter().map(|row| row.zone(1, of)).collect::<Vec<_>>(),
        "from_link" => legs.from.iter().map(|l| l.0).collect::<Vec<_>>(),
        "to_link" => legs.to.iter().map(|l| l.0).collect::<Vec<_>>(),
        "planned_s" => legs.depart_s.as_slice(),
        "dwell_s" => legs.dwell_s.as_slice(),
        "depart_s" => moved.iter().map(|m| known(m.depart_s)).collect::<Vec<_>>(),
        "arrive_s" => moved.iter().map(|m| known(m.arrive_s)).collect::<Vec<_>>(),
        "teleport_s" => (0..legs.len()).map(teleport).collect::<Vec<_>>(),
        "length_m" => rows.iter().map(length_m).collect::<Vec<_>>(),
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
    let class = |name: &Option<String>| match name {
        None => Some(ClassId::CAR),
        Some(name) => legs.classes.named(name),
    };
    let vehicles: Option<Vec<ClassId>> = rows.some_text("vehicle")?.iter().map(class).collect();
    legs.vehicle = vehicles.ok_or_else(|| rows.wrong("vehicle"))?;
    legs.depart_s = rows.u32("planned_s")?;
    legs.dwell_s = rows.u32("dwell_s")?;
    legs.teleport_s = or(rows.some_u32("teleport_s")?, 0);
    legs.from = rows.u32("from_link")?.into_iter().map(LinkId).collect();
    legs.to = rows.u32("to_link")?.into_iter().map(LinkId).collect();
    let [depart, arrive] = [rows.some_u32("depart_s")?, rows.some_u32("arrive_s")?].map(|s| or(s, u32::MAX));
    let moved = depart.into_iter().zip(arrive).map(|(depart_s, arrive_s)| Moved { depart_s, arrive_s });
    Ok((legs, routes::read(folder, rows.height())?, moved.collect()))
}

/// Values with a number in the gaps.
fn or(values: Vec<Option<u32>>, gap: u32) -> Vec<u32> {
    values.into_iter().map(|value| value.unwrap_or(gap)).collect()
}

/// Lengths of the ways of all legs, metres; null where one is not known.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, or lacks the column.
pub fn lengths_m(folder: &Path) -> Result<Vec<Option<f64>>> {
    Rows::open(folder, &TABLE)?.some_f64("length_m")
}

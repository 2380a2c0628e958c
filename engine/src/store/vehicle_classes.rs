//! `vehicle_classes.parquet`: what the vehicles of a class have in common.

use super::Rows;
use crate::error::Result;
use crate::table::{Schema, Type, column};
use crate::trip::Legs;
use crate::vehicle::{Class, Classes, ORDINARY};
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "vehicle_classes",
    rows: "classes of vehicles: passenger-car equivalents, length, top speed, and how many trips drive each",
    columns: &[
        column("class", Type::U32, "", "number of the class, from 0: the row; 0 is the ordinary car"),
        column("name", Type::Text, "", "name of the class, as the source gives it"),
        column("mode", Type::Text, "", "name of its mode, as the source gives it (MATSim `networkMode`)"),
        column(
            "pce",
            Type::F64,
            "cars",
            "passenger-car equivalent: flow and places on a link that one vehicle takes",
        ),
        column("length_m", Type::F64, "m", "length"),
        column("top_speed_mps", Type::F64, "m/s", "speed that none exceeds; null: as fast as the road"),
        column("seats", Type::U32, "persons", "seats; null where the source gives none"),
        column(
            "occupancy",
            Type::F64,
            "persons",
            "persons on board on an ordinary trip, the driver included",
        ),
        column("may_use_hov", Type::Bool, "", "whether it may use lanes for vehicles with several occupants"),
        column(
            "may_use_truck_restricted",
            Type::Bool,
            "",
            "whether it may use links that are closed to lorries",
        ),
        column("trips", Type::U32, "trips", "trips that drive a vehicle of the class"),
    ],
};

/// Writes the table.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, legs: &Legs) -> Result<()> {
    let all = legs.classes.all();
    let mut driven = vec![0u32; all.len()];
    legs.driven().for_each(|class| driven[class.index()] += 1);
    let mut frame = df![
        "class" => (0..all.len() as u32).collect::<Vec<_>>(),
        "name" => all.iter().map(|class| class.name.as_str()).collect::<Vec<_>>(),
        "mode" => all.iter().map(|class| class.mode.as_str()).collect::<Vec<_>>(),
        "pce" => all.iter().map(|class| class.pce).collect::<Vec<_>>(),
        "length_m" => all.iter().map(|class| class.length_m).collect::<Vec<_>>(),
        "top_speed_mps" => all.iter().map(|class| Some(class.top_speed_mps).filter(|mps| mps.is_finite())).collect::<Vec<_>>(),
        "seats" => all.iter().map(|class| class.seats).collect::<Vec<_>>(),
        "occupancy" => all.iter().map(|class| class.occupancy).collect::<Vec<_>>(),
        "may_use_hov" => all.iter().map(|class| class.may_use_hov).collect::<Vec<_>>(),
        "may_use_truck_restricted" => all.iter().map(|class| class.may_use_truck_restricted).collect::<Vec<_>>(),
        "trips" => driven,
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

/// Reads the table.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, lacks a column, or holds a class that no run has.
pub fn read(folder: &Path) -> Result<Classes> {
    let rows = Rows::open(folder, &TABLE)?;
    let (names, modes) = (rows.text("name")?, rows.text("mode")?);
    let (pce, length_m, occupancy) = (rows.f64("pce")?, rows.f64("length_m")?, rows.f64("occupancy")?);
    let top_speed_mps = rows.some_f64("top_speed_mps")?;
    let (seats, hov, restricted) =
        (rows.some_f64("seats")?, rows.bool("may_use_hov")?, rows.bool("may_use_truck_restricted")?);
    if names.first().is_none_or(|name| name != ORDINARY) {
        return Err(rows.wrong("name"));
    }
    let mut classes = Classes::default();
    for (row, (name, mode)) in names.into_iter().zip(modes).enumerate() {
        let class = Class {
            name,
            mode,
            pce: pce[row],
            length_m: length_m[row],
            top_speed_mps: top_speed_mps[row].unwrap_or(f64::INFINITY),
            seats: seats[row].map(|seats| seats as u32),
            occupancy: occupancy[row],
            may_use_hov: hov[row],
            may_use_truck_restricted: restricted[row],
        };
        let id = classes.add(class, &TABLE.path(folder), &row)?;
        if id.index() != row {
            return Err(rows.wrong("name"));
        }
    }
    Ok(classes)
}

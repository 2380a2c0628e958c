//! `iterations.parquet`: the days of learning, one row each.

use super::Rows;
use crate::error::Result;
use crate::learn::Iteration;
use crate::table::{Schema, Type, column};
use polars::prelude::*;
use std::path::Path;

/// What the table holds. (The seconds that an iteration took stay out: tables must repeat bit for bit.)
pub const TABLE: Schema = Schema {
    name: "iterations",
    rows: "relative gap (in all, of the peaks and by hour of departure), rerouted legs, travel time, vehicles pushed and trips unfinished by iteration",
    columns: &[
        column("iteration", Type::U32, "", "number of the simulated day, from 0"),
        column("relative_gap", Type::F64, "share", "(cost of the routes driven − least cost) / least cost"),
        column(
            "gap_by_hour",
            Type::F64List,
            "share",
            "the same by hour of departure; null where nobody left",
        ),
        column(
            "gap_am",
            Type::F64,
            "share",
            "the same of trips that leave from 6 to 10 h; null where nobody left",
        ),
        column(
            "gap_pm",
            Type::F64,
            "share",
            "the same of trips that leave from 15 to 19 h; null where nobody left",
        ),
        column("excess_s", Type::F64, "s", "mean loss of a car leg against its best route"),
        column("gap_legs", Type::U64, "legs", "car legs that the gap was measured on"),
        column("rerouted", Type::U64, "legs", "car legs that got a new route before the day"),
        column("mean_car_s", Type::F64, "s", "mean travel time of the car legs that arrived"),
        column("pushed", Type::U64, "vehicles simulated", "pushed onto a full link by the stuck rule"),
        column(
            "aborted",
            Type::U64,
            "trips",
            "trips of all modes simulated that were on the way when the day ended",
        ),
        column("moves", Type::U64, "", "moves of a vehicle over a node"),
    ],
};

/// Writes the table.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, rows: &[Iteration]) -> Result<()> {
    let mut frame = df![
        "iteration" => rows.iter().map(|r| r.iteration).collect::<Vec<_>>(),
        "relative_gap" => rows.iter().map(|r| r.relative_gap).collect::<Vec<_>>(),
        "gap_by_hour" => rows.iter().map(|r| Series::new("".into(), &r.gap_by_hour)).collect::<Vec<_>>(),
        "gap_am" => rows.iter().map(|r| r.gap_peaks[0]).collect::<Vec<_>>(),
        "gap_pm" => rows.iter().map(|r| r.gap_peaks[1]).collect::<Vec<_>>(),
        "excess_s" => rows.iter().map(|r| r.excess_s).collect::<Vec<_>>(),
        "gap_legs" => rows.iter().map(|r| r.gap_legs).collect::<Vec<_>>(),
        "rerouted" => rows.iter().map(|r| r.rerouted).collect::<Vec<_>>(),
        "mean_car_s" => rows.iter().map(|r| r.mean_car_min * 60.0).collect::<Vec<_>>(),
        "pushed" => rows.iter().map(|r| r.pushed).collect::<Vec<_>>(),
        "aborted" => rows.iter().map(|r| r.aborted).collect::<Vec<_>>(),
        "moves" => rows.iter().map(|r| r.moves).collect::<Vec<_>>(),
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

/// Reads the table; the seconds of the iterations are not in it, and 0.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, or lacks a column.
pub fn read(folder: &Path) -> Result<Vec<Iteration>> {
    let rows = Rows::open(folder, &TABLE)?;
    let lists = rows.column("gap_by_hour")?.list().map_err(|_| rows.wrong("gap_by_hour"))?.clone();
    let mut gap_by_hour = Vec::with_capacity(rows.height());
    for list in lists.amortized_iter() {
        let list = list.ok_or_else(|| rows.wrong("gap_by_hour"))?;
        gap_by_hour.push(list.as_ref().f64()?.iter().collect::<Vec<_>>());
    }
    let (iteration, relative_gap) = (rows.u32("iteration")?, rows.f64("relative_gap")?);
    let (am, pm) = (rows.some_f64("gap_am")?, rows.some_f64("gap_pm")?);
    let (excess_s, mean_car_s) = (rows.f64("excess_s")?, rows.f64("mean_car_s")?);
    let [gap_legs, rerouted, pushed, aborted, moves] = [
        rows.u64("gap_legs")?,
        rows.u64("rerouted")?,
        rows.u64("pushed")?,
        rows.u64("aborted")?,
        rows.u64("moves")?,
    ];
    let row = |(i, gap_by_hour): (usize, Vec<Option<f64>>)| Iteration {
        iteration: iteration[i],
        relative_gap: relative_gap[i],
        gap_by_hour,
        gap_peaks: [am[i], pm[i]],
        excess_s: excess_s[i],
        gap_legs: gap_legs[i],
        rerouted: rerouted[i],
        mean_car_min: mean_car_s[i] / 60.0,
        pushed: pushed[i],
        aborted: aborted[i],
        moves: moves[i],
        route_s: 0.0,
        traffic_s: 0.0,
    };
    Ok(gap_by_hour.into_iter().enumerate().map(row).collect())
}

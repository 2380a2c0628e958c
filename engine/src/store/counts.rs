//! `counts.parquet`: what detectors counted, and what the day had there.

use crate::error::Result;
use crate::table::{Schema, Type, column};
use crate::validate::counts::Row;
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "counts",
    rows: "observed and simulated volume and speed by station and hour, with GEH",
    columns: &[
        column("station", Type::Text, "", "name of the main station of the site"),
        column("link", Type::U32, "", "number of the link that it counts"),
        column("hour", Type::U8, "h", "hour of the clock, 0 to 23"),
        column("class", Type::Text, "", "class of the road"),
        column("route", Type::Text, "", "route number and direction; empty where it has none"),
        column("lanes", Type::F64, "", "lanes of the link"),
        column("observed_vph", Type::F64, "vehicles/h", "observed volume of all stations of the site"),
        column("simulated_vph", Type::F64, "vehicles/h", "simulated volume, scaled to the whole population"),
        column("geh", Type::F64, "", "GEH of the two"),
        column("observed_mps", Type::F64, "m/s", "observed speed; missing where nobody measured it"),
        column("simulated_mps", Type::F64, "m/s", "simulated speed; missing where nobody drove"),
        column("confidence", Type::F64, "0 to 1", "how sure the match of station and link is"),
    ],
};

/// Writes the table.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, rows: &[Row]) -> Result<()> {
    let mut frame = df![
        "station" => rows.iter().map(|r| r.station.as_str()).collect::<Vec<_>>(),
        "link" => rows.iter().map(|r| r.link.0).collect::<Vec<_>>(),
        "hour" => rows.iter().map(|r| r.hour).collect::<Vec<_>>(),
        "class" => rows.iter().map(|r| r.class.name()).collect::<Vec<_>>(),
        "route" => rows.iter().map(|r| r.route.as_str()).collect::<Vec<_>>(),
        "lanes" => rows.iter().map(|r| r.lanes).collect::<Vec<_>>(),
        "observed_vph" => rows.iter().map(|r| r.observed_vph).collect::<Vec<_>>(),
        "simulated_vph" => rows.iter().map(|r| r.simulated_vph).collect::<Vec<_>>(),
        "geh" => rows.iter().map(|r| r.geh).collect::<Vec<_>>(),
        "observed_mps" => rows.iter().map(|r| r.observed_mps).collect::<Vec<_>>(),
        "simulated_mps" => rows.iter().map(|r| r.simulated_mps).collect::<Vec<_>>(),
        "confidence" => rows.iter().map(|r| r.confidence).collect::<Vec<_>>(),
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

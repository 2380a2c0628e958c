//! `counts.parquet`: what detectors counted, and what the day had there. It holds all that a comparison with counts needs,
//! so that the measures of a run can be taken again, and two runs be held side by side, without the files of the detectors.

use super::Rows;
use crate::error::Result;
use crate::id::LinkId;
use crate::network::RoadClass;
use crate::table::{Schema, Type, column};
use crate::validate::counts::Row;
use crate::validate::station::StationKind;
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
        column(
            "kind",
            Type::Text,
            "",
            "kind of the main station: `mainline`, `hov`, `on-ramp`, `off-ramp`, `connector`, `collector`, `conventional` or `other`",
        ),
        column("class", Type::Text, "", "class of the road"),
        column("route", Type::Text, "", "route number and direction; null where it has none"),
        column("lanes", Type::F64, "", "lanes of the link"),
        column(
            "station_lanes",
            Type::F64,
            "",
            "lanes that the stations of the site cover; those of the link where the source does not tell",
        ),
        column("observed_vph", Type::F64, "vehicles/h", "observed volume of all stations of the site"),
        column(
            "simulated_vph",
            Type::F64,
            "vehicles/h",
            "simulated volume of the whole population: `simulated_vehicles` over the sample",
        ),
        column("simulated_vehicles", Type::F64, "vehicles simulated", "vehicles of the sample in the hour"),
        column("geh", Type::F64, "", "GEH of the two"),
        column(
            "volume_sd_vph",
            Type::F64,
            "vehicles/h",
            "standard deviation of the observed volume from day to day; null where it is not known",
        ),
        column(
            "days",
            Type::U16,
            "days",
            "days behind the observed volume, the fewest of the site's stations",
        ),
        column("observed_mps", Type::F64, "m/s", "observed speed; null where nobody measured it"),
        column("simulated_mps", Type::F64, "m/s", "simulated speed; null where nobody drove"),
        column("confidence", Type::F64, "0 to 1", "how sure the match of station and link is"),
    ],
};

/// Writes the table; `sample` is the share of the population that was simulated.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, rows: &[Row], sample: f64) -> Result<()> {
    let mut frame = df![
        "station" => rows.iter().map(|r| r.station.as_str()).collect::<Vec<_>>(),
        "link" => rows.iter().map(|r| r.link.0).collect::<Vec<_>>(),
        "hour" => rows.iter().map(|r| r.hour).collect::<Vec<_>>(),
        "kind" => rows.iter().map(|r| r.kind.name()).collect::<Vec<_>>(),
        "class" => rows.iter().map(|r| r.class.name()).collect::<Vec<_>>(),
        "route" => rows.iter().map(|r| Some(r.route.as_str()).filter(|route| !route.is_empty())).collect::<Vec<_>>(),
        "lanes" => rows.iter().map(|r| r.lanes).collect::<Vec<_>>(),
        "station_lanes" => rows.iter().map(|r| r.station_lanes).collect::<Vec<_>>(),
        "observed_vph" => rows.iter().map(|r| r.observed_vph).collect::<Vec<_>>(),
        "simulated_vph" => rows.iter().map(|r| r.simulated_vph).collect::<Vec<_>>(),
        "simulated_vehicles" => rows.iter().map(|r| r.simulated_vph * sample).collect::<Vec<_>>(),
        "geh" => rows.iter().map(|r| r.geh).collect::<Vec<_>>(),
        "volume_sd_vph" => rows.iter().map(|r| r.volume_sd).collect::<Vec<_>>(),
        "days" => rows.iter().map(|r| r.days).collect::<Vec<_>>(),
        "observed_mps" => rows.iter().map(|r| r.observed_mps).collect::<Vec<_>>(),
        "simulated_mps" => rows.iter().map(|r| r.simulated_mps).collect::<Vec<_>>(),
        "confidence" => rows.iter().map(|r| r.confidence).collect::<Vec<_>>(),
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

/// Reads the table, in the order of its rows: by site, then hour. A run without counts has one without rows.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read(folder: &Path) -> Result<Vec<Row>> {
    let rows = Rows::open(folder, &TABLE)?;
    let (station, route) = (rows.text("station")?, rows.some_text("route")?);
    let (kind, class) = (rows.text("kind")?, rows.text("class")?);
    let (link, hour, days) = (rows.u32("link")?, rows.u32("hour")?, rows.u32("days")?);
    let (lanes, station_lanes) = (rows.f64("lanes")?, rows.f64("station_lanes")?);
    let confidence = rows.f64("confidence")?;
    let (observed, simulated, geh) =
        (rows.f64("observed_vph")?, rows.f64("simulated_vph")?, rows.f64("geh")?);
    let volume_sd = rows.some_f64("volume_sd_vph")?;
    let (observed_mps, simulated_mps) = (rows.some_f64("observed_mps")?, rows.some_f64("simulated_mps")?);
    let texts = station.into_iter().zip(route).enumerate();
    let row = |(i, (station, route)): (usize, (String, Option<String>))| -> Result<Row> {
        let named = StationKind::ALL.into_iter().find(|of| of.name() == kind[i]);
        let wide = RoadClass::ALL.into_iter().find(|of| of.name() == class[i]);
        Ok(Row {
            station,
            link: LinkId(link[i]),
            hour: u8::try_from(hour[i]).ok().filter(|hour| *hour < 24).ok_or_else(|| rows.wrong("hour"))?,
            kind: named.ok_or_else(|| rows.wrong("kind"))?,
            class: wide.ok_or_else(|| rows.wrong("class"))?,
            route: route.unwrap_or_default(),
            lanes: lanes[i],
            station_lanes: station_lanes[i],
            observed_vph: observed[i],
            simulated_vph: simulated[i],
            geh: geh[i],
            volume_sd: volume_sd[i],
            days: u16::try_from(days[i]).map_err(|_| rows.wrong("days"))?,
            observed_mps: observed_mps[i],
            simulated_mps: simulated_mps[i],
            confidence: confidence[i],
        })
    };
    texts.map(row).collect()
}

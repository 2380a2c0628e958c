//! Caltrans PeMS: station metadata and what the detectors saw, as 5-minute, hour, 30-second and
//! typical-weekday files. None of the clearinghouse files but the metadata has a header; column orders are
//! stated at each reader.
//!
//! Flows are vehicles, speeds become metres per second, positions are projected. The rule of what to
//! believe is [`Quality`].
//!
//! | file | read by | a scenario may name it |
//! |---|---|---|
//! | `pems_hour_dDD_YYYY.csv` (typical weekday, made by MTC) | [`read_hourly_typical`] | yes, `hourly` |
//! | `dDD_text_station_hour_YYYY_MM.txt` | [`read_station_hour`] | yes, `hourly`, with `metadata` |
//! | `dDD_text_station_5min_YYYY_MM_DD.txt` | [`read_5min`] | yes, `hourly`, with `metadata` |
//! | `dDD_text_station_raw_YYYY_MM_DD.txt` | [`read_raw`] | yes, `hourly`, with `metadata` |
//! | `dDD_text_meta_YYYY_MM_DD.txt` | [`read_station_meta`] | yes, `metadata` |
//! | `dDD_text_station_day_YYYY_MM.txt`, `…_aadt_…` | – | no: they tell no hours |
//!
//! [`read_counts`] tells these apart. Of several days in a file the means are taken, and how many days stand behind each mean
//! is kept with it; weekends, Mondays and Fridays are left out unless they are all there is ([`Quality::midweek`]).
//!
//! **Ignored**: percentages and delays beyond the share observed, lanes one by one (but for raw samples), postmiles.
//! **Left out and counted, with their share**: hours that were not wholly observed, hours without a flow, a second row of one
//! hour, flows of zero at a busy station, stations that the metadata does not hold. An empty cell, or `NA`, costs its own
//! value: a station without lanes keeps its flows. **Refused**, with file and line: a cell that is neither empty nor of its
//! kind, a flow below 0, a file without hours, a file of days without the metadata that says where stations are.

mod day;
mod kind;
mod meta;
mod typical;

pub use day::{read_5min, read_raw, read_station_hour};
pub use kind::{read_counts, read_with, utm};
pub use meta::read_station_meta;
pub use typical::read_hourly_typical;

use crate::limit::Row;
use engine::projection::Projection;
use engine::unit::MPS_PER_MPH;
use engine::validate::station::{Counts, HourCount, Station, StationKind};
use engine::{Result, Warning};
use std::collections::BTreeMap;

/// Which observations are believed.
///
/// The rule is that of the Metropolitan Transportation Commission
/// (pems-typical-weekday, `summarize-to-hour-and-timeperiod.R`): all samples observed, none imputed; at
/// least 15 days behind a mean; a flow of zero is believed only in hours in which few vehicles pass
/// (its rule compares with other days, below 150); a mean speed without vehicles is no observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Least share of the samples that were observed and not imputed, percent.
    pub observed_percent: f64,
    /// Fewest days behind a mean of a typical day.
    pub days: u16,
    /// A flow of zero is dropped at a station whose busiest hour passes more vehicles than this.
    pub zero_below_vph: f64,
    /// Of a file of several days only Tuesdays, Wednesdays and Thursdays are used.
    pub midweek: bool,
}

impl Default for Quality {
    fn default() -> Self {
        Self { observed_percent: 100.0, days: 15, zero_below_vph: 150.0, midweek: true }
    }
}

/// The kind of a station type code (`ML`, `HV`, `OR`, `FR`, `FF`, `CD`, `CH`).
///
/// | code | station on |
/// |---|---|
/// | `ML` | the main lanes of a freeway |
/// | `HV` | lanes for cars with several persons (HOV) |
/// | `OR`, `FR` | an on-ramp, an off-ramp |
/// | `FF` | a connector from freeway to freeway |
/// | `CD` | a collector-distributor road |
/// | `CH` | a conventional highway |
///
/// Any other code is [`StationKind::Other`].
pub fn station_kind(code: &str) -> StationKind {
    match code.trim() {
        "ML" => StationKind::Mainline,
        "HV" => StationKind::Hov,
        "OR" => StationKind::OnRamp,
        "FR" => StationKind::OffRamp,
        "FF" => StationKind::Connector,
        "CD" => StationKind::Collector,
        "CH" => StationKind::Conventional,
        _ => StationKind::Other,
    }
}

/// The number of a station, which some files write as `400001.0`.
///
/// # Errors
/// A [`engine::Fault`] for a cell that is none.
fn station_number(row: Row<'_>, column: usize) -> Result<u64> {
    let number = crate::code::bare(row.text(column)).parse();
    number.map_err(|_| row.fault(column, "a station number").into())
}

/// Route number and direction, when both are there. A number `101.0` is 101.
fn route_of(route: &str, direction: &str) -> Option<(String, char)> {
    let direction = match direction {
        "N" | "S" | "E" | "W" => direction.chars().next()?,
        _ => return None,
    };
    let number = crate::code::bare(route);
    (!number.is_empty()).then(|| (number.to_string(), direction))
}

/// Miles per hour to metres per second; speeds that no car has (0 or below, over 120 mph) are none.
fn speed_mps(mph: Option<f64>) -> Option<f64> {
    mph.filter(|v| *v > 0.0 && *v <= 120.0).map(|v| v * MPS_PER_MPH)
}

/// Longitude and latitude as metres; `None` when one is missing or they are no place on Earth.
fn place(projection: &Projection, lon: Option<f64>, lat: Option<f64>) -> Result<Option<(f64, f64)>> {
    match (lon, lat) {
        (Some(lon), Some(lat)) if (-180.0..=180.0).contains(&lon) && (-80.0..=84.0).contains(&lat) => {
            projection.to_metres(lon, lat).map(Some)
        }
        _ => Ok(None),
    }
}

/// One hour of one station while a file is being read.
#[derive(Debug, Clone, Copy)]
struct Hour {
    /// Mean vehicles in the hour, all lanes.
    volume_vph: f64,
    /// Standard deviation over days; `None` for one day.
    volume_sd: Option<f64>,
    /// Mean speed, metres per second.
    speed_mps: Option<f64>,
    /// Days behind the mean.
    days: u16,
}

/// Stations sorted by name, and their hours after the zero rule, as [`Counts`]. Names that are whole
/// numbers sort as numbers. A flow of zero at a busy station is a dead detector rather than an empty road: it is
/// left out, and `dropped_zero` is called for it.
fn counts(
    stations: BTreeMap<u64, Station>,
    hours: &BTreeMap<(u64, u8), Hour>,
    quality: &Quality,
    dropped_zero: &mut dyn FnMut(&Station, u8),
) -> Counts {
    let mut busiest: BTreeMap<u64, f64> = BTreeMap::new();
    for (&(id, _), hour) in hours {
        let most = busiest.entry(id).or_insert(0.0);
        *most = most.max(hour.volume_vph);
    }
    let numbers: BTreeMap<u64, u32> = stations.keys().enumerate().map(|(i, &id)| (id, i as u32)).collect();
    let mut kept = Vec::with_capacity(hours.len());
    for (&(id, hour), seen) in hours {
        let Some(&station) = numbers.get(&id) else { continue };
        let most = busiest.get(&id).copied().unwrap_or(0.0);
        if seen.volume_vph == 0.0 && most > quality.zero_below_vph {
            dropped_zero(&stations[&id], hour);
            continue;
        }
        kept.push(HourCount {
            station,
            hour,
            volume_vph: seen.volume_vph,
            volume_sd: seen.volume_sd,
            speed_mps: seen.speed_mps,
            days: seen.days,
        });
    }
    Counts { stations: stations.into_values().collect(), hours: kept, year: None }
}

/// Counts and what was odd in the file.
type Read = Result<(Counts, Vec<Warning>)>;

#[cfg(test)]
mod tests;

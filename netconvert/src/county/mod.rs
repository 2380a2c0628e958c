//! A whole county in Wayfare's own tables, one folder of plain CSV: what a synthetic county is made of, and
//! what anybody can fill with their own data.
//!
//! | file | columns |
//! |---|---|
//! | `nodes.csv` | node, x_m, y_m, crs (`EPSG:32610` or `plane`, the same in every row) |
//! | `links.csv` | link, from_node, to_node, length_m, freespeed_mps, capacity_vph, lanes, modes, class, route, direction, street (may be absent), shape (`x y;x y`) |
//! | `turns.csv` | from_link, to_link: turns that are not allowed (file absent when there is none) |
//! | `zones.csv` | see [`crate::zones::read_table`] |
//! | `controls.csv` | control, measure, low, high, zone, total |
//! | `households.csv` | household, income_usd, vehicles |
//! | `persons.csv` | household, person (number in the household, may be absent), age, sex, employed, student |
//! | `stations.csv` | station, route, direction, kind, x_m, y_m, lanes, link, crossing (may be absent) |
//! | `hours.csv` | station, hour, volume_vph, volume_sd, speed_mps, days |
//!
//! What is written is read back bit by bit, as long as names do not begin or end with a blank and are no word for
//! something missing (`NA`).

mod count;
mod people;
mod road;

pub use count::{read_counts, write_counts};
pub use people::{read_controls, read_households, write_controls, write_households};
pub use road::{read_network, write_network};

use engine::network::Network;
use engine::people::control::{Control, SeedHousehold};
use engine::validate::station::Counts;
use engine::zone::Zones;
use engine::{Error, Result, Warning, disk};
use std::path::Path;

/// Everything that describes a county and its day.
#[derive(Debug, Clone)]
pub struct County {
    /// Roads.
    pub network: Network,
    /// Zones.
    pub zones: Zones,
    /// Zone totals of households and persons.
    pub controls: Vec<Control>,
    /// Seed sample.
    pub households: Vec<SeedHousehold>,
    /// Detector stations and what they saw.
    pub counts: Counts,
}

/// Writes all tables into `folder`, which is made if need be.
///
/// # Errors
/// [`Error::Io`] when the disk says no.
pub fn write(county: &County, folder: impl AsRef<Path>) -> Result<()> {
    let folder = folder.as_ref();
    disk::make_folder(folder)?;
    write_network(&county.network, folder)?;
    crate::zones::write_table(&county.zones, folder.join("zones.csv"))?;
    write_controls(&county.controls, &county.zones, folder.join("controls.csv"))?;
    write_households(&county.households, folder.join("households.csv"), folder.join("persons.csv"))?;
    write_counts(&county.counts, folder.join("stations.csv"), folder.join("hours.csv"))
}

/// Reads all tables of `folder`.
///
/// # Errors
/// A [`engine::Fault`] `file:line` for a missing file or column, a bad cell, or a name that no table holds.
pub fn read(folder: impl AsRef<Path>) -> Result<(County, Vec<Warning>)> {
    let folder = folder.as_ref();
    let (network, warnings) = read_network(folder)?;
    let zones = crate::zones::read_table(folder.join("zones.csv"))?;
    let controls = read_controls(folder.join("controls.csv"), &zones)?;
    let households = read_households(folder.join("households.csv"), folder.join("persons.csv"))?;
    let counts = read_counts(folder.join("stations.csv"), folder.join("hours.csv"))?;
    Ok((County { network, zones, controls, households, counts }, warnings))
}

/// Writes one table, whole or not at all.
fn write_rows<const N: usize>(
    path: &Path,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<()> {
    disk::write(path, |file| {
        let mut table = csv::Writer::from_writer(file);
        let failed = |e| crate::zones::failed(path, e);
        table.write_record(header).map_err(failed)?;
        for row in rows {
            table.write_record(&row).map_err(failed)?;
        }
        table.flush().map_err(|e| Error::io(path, e))
    })
}

/// A number, or nothing.
fn cell(number: Option<f64>) -> String {
    number.map_or_else(String::new, |n| n.to_string())
}

#[cfg(test)]
mod tests;

//! `link_15min.parquet`: volumes, travel times, speeds and densities of links by quarter hour.

use super::Rows;
use crate::error::Result;
use crate::network::Network;
use crate::table::{Schema, Type, column};
use crate::traffic::LinkBins;
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "link_15min",
    rows: "vehicles that left and entered each link, their travel time (seconds), speed (km/h), density (vehicles/km), by 15 minutes",
    columns: &[
        column("link", Type::U32, "", "number of the link; links that nobody used have no row"),
        column("bin", Type::U16, "15 min", "number of the quarter hour, from midnight"),
        column(
            "left",
            Type::U32,
            "vehicles simulated",
            "left the link over its end (what a detector there sees)",
        ),
        column("entered", Type::U32, "vehicles simulated", "entered over its start and drove it to the end"),
        column("time_sum_s", Type::U32, "s", "sum of the travel times of those that entered"),
        column(
            "speed_kmh",
            Type::F32,
            "km/h",
            "mean speed over space (Edie 1963); missing where nobody entered",
        ),
        column("density_veh_km", Type::F32, "vehicles simulated/km", "mean density (Edie 1963)"),
    ],
};

/// Writes the table: only rows in which something moved.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, network: &Network, bins: &LinkBins) -> Result<()> {
    let rows: Vec<usize> =
        (0..bins.left.len()).filter(|&i| bins.left[i] > 0 || bins.entered[i] > 0).collect();
    // Edie (1963): speed is distance over time of the vehicles, density their time over the link's space and time.
    let length_km = |i: usize| network.links[i % bins.n_links].length_m / 1000.0;
    let time_h = |i: usize| f64::from(bins.time_sum_s[i]) / 3600.0;
    let speed_kmh = |i: usize| {
        (bins.time_sum_s[i] > 0).then(|| (f64::from(bins.entered[i]) * length_km(i) / time_h(i)) as f32)
    };
    let density_veh_km = |i: usize| (time_h(i) / (length_km(i) * f64::from(bins.bin_s) / 3600.0)) as f32;
    let mut frame = df![
        "link" => rows.iter().map(|i| (i % bins.n_links) as u32).collect::<Vec<_>>(),
        "bin" => rows.iter().map(|i| (i / bins.n_links) as u16).collect::<Vec<_>>(),
        "left" => rows.iter().map(|&i| bins.left[i]).collect::<Vec<_>>(),
        "entered" => rows.iter().map(|&i| bins.entered[i]).collect::<Vec<_>>(),
        "time_sum_s" => rows.iter().map(|&i| bins.time_sum_s[i]).collect::<Vec<_>>(),
        "speed_kmh" => rows.iter().map(|&i| speed_kmh(i)).collect::<Vec<_>>(),
        "density_veh_km" => rows.iter().map(|&i| density_veh_km(i)).collect::<Vec<_>>(),
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

/// Reads the table into bins of `bin_s` seconds of a day that ends at `end_s`.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read(folder: &Path, n_links: usize, bin_s: u32, end_s: u32) -> Result<LinkBins> {
    let rows = Rows::open(folder, &TABLE)?;
    let mut bins = LinkBins::new(n_links, bin_s, end_s);
    let (link, bin) = (rows.u32("link")?, rows.u32("bin")?);
    let (left, entered, time) = (rows.u32("left")?, rows.u32("entered")?, rows.u32("time_sum_s")?);
    for i in 0..rows.height() {
        let (l, b) = (link[i] as usize, bin[i] as usize);
        if l >= n_links || b >= bins.n_bins {
            return Err(rows.wrong("link"));
        }
        let at = b * n_links + l;
        (bins.left[at], bins.entered[at], bins.time_sum_s[at]) = (left[i], entered[i], time[i]);
    }
    Ok(bins)
}

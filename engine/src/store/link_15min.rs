//! `link_15min.parquet`: volumes, travel times, speeds and densities of links by quarter hour.

use super::Rows;
use crate::error::Result;
use crate::network::Network;
use crate::table::{Schema, Type, column};
use crate::traffic::LinkBins;
use crate::validate::travel::Driven;
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "link_15min",
    rows: "vehicles that left and entered each link, volume of the population, travel time, speed and density by 15 minutes",
    columns: &[
        column("link", Type::U32, "", "number of the link; links that nobody used have no row"),
        column("start_s", Type::U32, "s since midnight", "begin of the quarter hour"),
        column(
            "vehicles_out",
            Type::U32,
            "vehicles simulated",
            "left the link over its end (what a detector there sees)",
        ),
        column(
            "volume_vph",
            Type::F64,
            "vehicles/h",
            "volume of the whole population at the end of the link: 4 × `vehicles_out` over the sample",
        ),
        column(
            "vehicles_in",
            Type::U32,
            "vehicles simulated",
            "entered over its start and drove on over its end; by the time of entry",
        ),
        column(
            "vehicles_ended",
            Type::U32,
            "vehicles simulated",
            "entered over its start and ended their trip at its end; by the time of arrival. Vehicle-kilometres of a link are \
             (`vehicles_in` + `vehicles_ended`) × its length",
        ),
        column("weight", Type::F64, "vehicles", "vehicles of the population that a simulated one stands for"),
        column("vehicle_time_s", Type::U32, "s", "sum of the travel times of `vehicles_in`"),
        column("speed_mps", Type::F64, "m/s", "mean speed over space (Edie 1963); null where nobody entered"),
        column(
            "density_veh_per_km",
            Type::F64,
            "vehicles/km",
            "mean density (Edie 1963), of the whole population on all lanes",
        ),
    ],
};

/// Writes the table: only rows in which something moved.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, network: &Network, driven: &Driven<'_>) -> Result<()> {
    let (bins, sample) = (driven.bins, driven.sample);
    let mut ended = vec![0u32; bins.left.len()];
    for (link, arrive_s) in driven.ends() {
        let bin = (arrive_s / bins.bin_s) as usize;
        // As with all volumes, what the day was too short for is left out.
        if let Some(n) = ended.get_mut(bin * bins.n_links + link.index()) {
            *n += 1;
        }
    }
    let moves = |i: &usize| bins.left[*i] > 0 || bins.entered[*i] > 0 || ended[*i] > 0;
    let rows: Vec<usize> = (0..bins.left.len()).filter(moves).collect();
    // Edie (1963): speed is distance over time of the vehicles, density their time over the link's space and time.
    let length_m = |i: usize| network.links[i % bins.n_links].length_m;
    let time_s = |i: usize| f64::from(bins.time_sum_s[i]);
    let speed_mps =
        |i: usize| (bins.time_sum_s[i] > 0).then(|| f64::from(bins.entered[i]) * length_m(i) / time_s(i));
    let density = |i: usize| time_s(i) / (length_m(i) / 1000.0 * f64::from(bins.bin_s)) / sample;
    let volume_vph = |i: usize| f64::from(bins.left[i]) * 3600.0 / f64::from(bins.bin_s) / sample;
    let mut frame = df![
        "link" => rows.iter().map(|i| (i % bins.n_links) as u32).collect::<Vec<_>>(),
        "start_s" => rows.iter().map(|i| (i / bins.n_links) as u32 * bins.bin_s).collect::<Vec<_>>(),
        "vehicles_out" => rows.iter().map(|&i| bins.left[i]).collect::<Vec<_>>(),
        "volume_vph" => rows.iter().map(|&i| volume_vph(i)).collect::<Vec<_>>(),
        "vehicles_in" => rows.iter().map(|&i| bins.entered[i]).collect::<Vec<_>>(),
        "vehicles_ended" => rows.iter().map(|&i| ended[i]).collect::<Vec<_>>(),
        "weight" => vec![1.0 / sample; rows.len()],
        "vehicle_time_s" => rows.iter().map(|&i| bins.time_sum_s[i]).collect::<Vec<_>>(),
        "speed_mps" => rows.iter().map(|&i| speed_mps(i)).collect::<Vec<_>>(),
        "density_veh_per_km" => rows.iter().map(|&i| density(i)).collect::<Vec<_>>(),
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

/// Reads the table into bins of `bin_s` seconds of a day that ends at `end_s`. Where trips ended is not part of the bins.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read(folder: &Path, n_links: usize, bin_s: u32, end_s: u32) -> Result<LinkBins> {
    let rows = Rows::open(folder, &TABLE)?;
    let mut bins = LinkBins::new(n_links, bin_s, end_s);
    let (link, start) = (rows.u32("link")?, rows.u32("start_s")?);
    let (left, entered, time) =
        (rows.u32("vehicles_out")?, rows.u32("vehicles_in")?, rows.u32("vehicle_time_s")?);
    for i in 0..rows.height() {
        let (l, b) = (link[i] as usize, (start[i] / bin_s) as usize);
        if l >= n_links || b >= bins.n_bins {
            return Err(rows.wrong("link"));
        }
        let at = b * n_links + l;
        (bins.left[at], bins.entered[at], bins.time_sum_s[at]) = (left[i], entered[i], time[i]);
    }
    Ok(bins)
}

//! What a county planner opens after a run: one offline page, and the same plots as SVG files.
//!
//! [`run`] opens a run: it fills a [`Report`] from what the run found, writes it into the run folder, and draws it again
//! from there. [`write_report`] draws any report. The page holds everything: styles, code,
//! data and fonts by family name only; it never asks the network for anything. Plots are drawn in Rust
//! ([`svg`]), so that they are there without scripts, on paper, and as files; scripts add the map
//! (canvas) and the view of single stations.

pub mod map;
mod pack;
mod page;
mod report;
pub mod run;
mod section;
mod station;
pub mod svg;
mod text;

pub use map::{Border, BorderKind, Hourly, Map, MapLink, Mark, PlaceName};
pub use page::page;
pub use report::{
    ActivityDay, Bottleneck, Card, Comparison, Curve, Desire, Driven, Fit, ModeShare, OneRun, PurposeTrips,
    Report, Section, Several, StationHours, Table, Tone, Units,
};

use engine::Result;
use std::path::Path;

/// Writes the report as one HTML file, whole or not at all.
///
/// # Errors
/// When the file cannot be written.
pub fn write_report(report: &Report, path: impl AsRef<Path>) -> Result<()> {
    engine::disk::write_bytes(path, page(report)?.as_bytes())
}

/// Writes every plot of the report as an SVG file into `folder`, which is made if missing. Returns the
/// names of the files, sorted.
///
/// # Errors
/// When a file cannot be written.
pub fn write_svgs(report: &Report, folder: impl AsRef<Path>) -> Result<Vec<String>> {
    let folder = folder.as_ref();
    engine::disk::make_folder(folder)?;
    let mut names = Vec::new();
    for plot in svg::plots(report) {
        let name = format!("{}.svg", plot.name);
        engine::disk::write_bytes(folder.join(&name), plot.file().as_bytes())?;
        names.push(name);
    }
    names.sort();
    Ok(names)
}

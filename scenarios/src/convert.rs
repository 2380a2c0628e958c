//! `wayfare convert`: a network from one format into another. The work, and how a format is told by name and
//! content, is in [`netconvert::convert`]; here the outcome is put into words.

use crate::say::Voice;
use clap::Args;
use engine::Result;
use engine::mode::Mode;
use engine::store::manifest::group_warnings;
use netconvert::convert::{self, Options};
use std::path::PathBuf;
use std::process::ExitCode;

/// What `wayfare convert` needs.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// File or folder to read; the format is told by its name.
    input: PathBuf,
    /// File or folder to write; the format is told by its name.
    output: PathBuf,
    /// Keep only what is strongly connected for cars; what is dropped is listed in <output>.dropped.geojson.
    #[arg(long)]
    clean: bool,
    /// Go on where up to this share of the records of a file is not understood [default: 0.05].
    #[arg(long, value_name = "F")]
    allow_unknown: Option<f64>,
}

/// Reads one format, writes another, and lists what was dropped: with `clean` the links that cars cannot both reach
/// and leave, in a GeoJSON beside the output.
///
/// # Errors
/// A [`engine::Fault`] for bad input or a format that is not known.
pub fn convert(voice: &Voice, arguments: &ConvertArgs) -> Result<ExitCode> {
    let ConvertArgs { input, output, clean, allow_unknown } = arguments;
    let options =
        Options { clean: clean.then_some(Mode::Car), allow_unknown: *allow_unknown, ..Options::default() };
    let report = convert::convert(input, output, &options)?;
    let say = &voice.say;
    for warning in group_warnings(&report.warnings) {
        say.line(format!("warning: {warning}"));
    }
    let km = report.length_m / 1000.0;
    let kmh = |mps: f64| mps * 3.6;
    say.line(format!(
        "{} → {}: {} nodes, {} links, {km:.1} km, {} to {} lanes, {:.0} to {:.0} km/h, {}",
        report.from.name(),
        report.to.name(),
        report.n_nodes,
        report.n_links,
        report.lanes.0,
        report.lanes.1,
        kmh(report.freespeed_mps.0),
        kmh(report.freespeed_mps.1),
        report.crs
    ));
    if let (Some(dropped), Some(path)) = (&report.dropped, &report.dropped_path) {
        say.line(format!(
            "{} links dropped ({:.1} km), listed in {}",
            dropped.links.len(),
            dropped.length_m() / 1000.0,
            path.display()
        ));
    }
    voice.result(&serde_json::json!({
        "from": report.from.name(), "to": report.to.name(), "nodes": report.n_nodes, "links": report.n_links,
        "km": km, "lanes": [report.lanes.0, report.lanes.1],
        "freespeed_mps": [report.freespeed_mps.0, report.freespeed_mps.1], "crs": report.crs.to_string(), "dropped_links": report.dropped.map_or(0, |d| d.links.len()),
    }))?;
    Ok(ExitCode::SUCCESS)
}

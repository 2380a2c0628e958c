//! `wayfare convert`: a network from one format into another. The work, and how a format is told by name and
//! content, is in [`netconvert::convert`]; here the outcome is put into words.

use crate::say::Voice;
use clap::Args;
use engine::Result;
use engine::mode::Mode;
use engine::store::manifest::group_warnings;
use netconvert::convert::{self, Format, Options};
use netconvert::gmns;
use netconvert::tntp::{self, Coordinates, Units};
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
    /// Format of the input, where its name does not tell it.
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    from: Option<Format>,
    /// Unit of lengths in a TNTP or GMNS network: m, km, ft, mi, or metres as a number. TNTP files never tell it.
    #[arg(long, value_name = "UNIT", value_parser = length)]
    length_unit: Option<f64>,
    /// Unit of times in a TNTP network: s, min, h, or seconds as a number.
    #[arg(long, value_name = "UNIT", value_parser = time, requires = "length_unit")]
    time_unit: Option<f64>,
    /// Unit of speeds in a GMNS network: mph, km/h or m/s.
    #[arg(long, value_name = "UNIT", value_parser = speed)]
    speed_unit: Option<f64>,
    /// Go on where up to this share of the records of a file is not understood [default: 0.05].
    #[arg(long, value_name = "F", value_parser = crate::share::parse)]
    allow_unknown: Option<f64>,
}

/// A format by its name; the message of a wrong one lists those that can be read.
fn format(name: &str) -> std::result::Result<Format, String> {
    let read = || Format::ALL.into_iter().filter(|format| *format != Format::GeoJson).map(Format::name);
    Format::parse(name)
        .filter(|format| *format != Format::GeoJson)
        .ok_or_else(|| format!("expected one of {}", read().collect::<Vec<_>>().join(", ")))
}

/// Metres in a unit of length.
fn length(unit: &str) -> std::result::Result<f64, String> {
    tntp::length_m(unit).ok_or_else(|| "expected m, km, ft, mi, or metres as a number".to_string())
}

/// Metres per second in a unit of speed.
fn speed(unit: &str) -> std::result::Result<f64, String> {
    gmns::speed_unit(unit).ok_or_else(|| "expected mph, km/h or m/s".to_string())
}

/// Seconds in a unit of time.
fn time(unit: &str) -> std::result::Result<f64, String> {
    tntp::time_s(unit).ok_or_else(|| "expected s, min, h, or seconds as a number".to_string())
}

/// Reads one format, writes another, and lists what was dropped: with `clean` the links that cars cannot both reach
/// and leave, in a GeoJSON beside the output.
///
/// # Errors
/// A [`engine::Fault`] for bad input or a format that is not known.
pub fn convert(voice: &Voice, arguments: &ConvertArgs) -> Result<ExitCode> {
    let ConvertArgs { input, output, clean, from, length_unit, time_unit, speed_unit, allow_unknown } =
        arguments;
    let options = Options {
        from: *from,
        clean: clean.then_some(Mode::Car),
        allow_unknown: *allow_unknown,
        tntp: length_unit.zip(*time_unit).map(|(length_m, time_s)| Units {
            length_m,
            time_s,
            period_h: 1.0,
            coordinates: Coordinates::Untold,
        }),
        gmns: gmns::Options { length_m: *length_unit, speed_mps: *speed_unit, ..gmns::Options::default() },
        ..Options::default()
    };
    let report = convert::convert(input, output, &options)?;
    let say = &voice.say;
    for warning in group_warnings(&report.warnings) {
        say.line(format!("warning: {warning}"));
    }
    say.line(format!("read {}", report.roads));
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

//! `wayfare counts`: detector counts of PeMS without a scenario, into our own tables. Which of PeMS's files it is, the
//! reader tells itself ([`netconvert::pems::read_with`]); here its files are put beside each other and summed up.

use crate::say::{Voice, tell_understood};
use clap::Args;
use engine::projection::{Crs, Projection};
use engine::unit::MPS_PER_MPH;
use engine::validate::station::Counts;
use engine::warning::ALLOWED_UNKNOWN;
use engine::{Result, disk};
use netconvert::pems;
use std::path::PathBuf;
use std::process::ExitCode;

/// What `wayfare counts` needs.
#[derive(Debug, Args)]
pub struct CountsArgs {
    /// Counts of PeMS: MTC's typical weekday, or a file by hours, 5 minutes or 30 seconds of the clearinghouse.
    counts: PathBuf,
    /// Station metadata (dDD_text_meta_….txt): where the stations are. Files of the clearinghouse need it.
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// Folder for stations.csv and hours.csv, to be named as `folder` in [validate.counts] with format = "county".
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Reference system of the positions: that of the network, e.g. EPSG:26910 [default: UTM zone of the first station].
    #[arg(long, value_name = "CRS", value_parser = crs)]
    crs: Option<Crs>,
    /// Go on where up to this share of the records of a file is not understood [default: 0.05].
    #[arg(long, value_name = "F", value_parser = crate::share::parse)]
    allow_unknown: Option<f64>,
}

/// A reference system in metres.
fn crs(text: &str) -> std::result::Result<Crs, String> {
    let crs = Crs::parse(text).ok().filter(|crs| Projection::new(crs).is_ok() && *crs != Crs::Plane);
    crs.ok_or_else(|| "expected EPSG:<code> of a system in metres".to_string())
}

/// What a person can hold against the print of a source.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
struct Sum {
    /// Stations.
    stations: usize,
    /// Stations without a position: no link of a network can be found for them.
    without_position: usize,
    /// Hours of stations with a volume.
    hours: usize,
    /// Share of the 24 hours of all stations without a volume, 0 to 1.
    blank_share: f64,
    /// Vehicles in all hours of all stations.
    vehicles_a_day: f64,
    /// Mean speed of the vehicles whose hour has one, metres per second; `None` where no hour has.
    speed_mps: Option<f64>,
}

impl Sum {
    fn of(counts: &Counts) -> Self {
        let stations = counts.stations.len();
        let hours = counts.hours.len();
        let with_speed = || counts.hours.iter().filter_map(|h| h.speed_mps.map(|v| (h.volume_vph, v)));
        let vehicles: f64 = with_speed().map(|(volume, _)| volume).sum();
        let distance: f64 = with_speed().map(|(volume, speed)| volume * speed).sum();
        Self {
            stations,
            without_position: counts.stations.iter().filter(|station| station.xy_m.is_none()).count(),
            hours,
            blank_share: 1.0 - hours as f64 / (24 * stations).max(1) as f64,
            vehicles_a_day: counts.hours.iter().map(|hour| hour.volume_vph).sum(),
            speed_mps: (vehicles > 0.0).then(|| distance / vehicles),
        }
    }
}

/// Reads counts of PeMS, writes `stations.csv` and `hours.csv`, and ends with a line to check against print.
///
/// # Errors
/// A [`engine::Fault`] for bad input, for too much that was not understood, and what the disk says.
pub fn counts(voice: &Voice, arguments: &CountsArgs) -> Result<ExitCode> {
    let CountsArgs { counts: file, metadata, out, crs, allow_unknown } = arguments;
    let crs = match crs {
        Some(crs) => crs.clone(),
        None => pems::utm(file, metadata.as_deref())?,
    };
    let (counts, warnings) = pems::read_with(file, metadata.as_deref(), &Projection::new(&crs)?)?;
    tell_understood(voice, &warnings, allow_unknown.unwrap_or(ALLOWED_UNKNOWN))?;
    let counts = counts.in_order();
    disk::make_folder(out)?;
    netconvert::county::write_counts(&counts, out.join("stations.csv"), out.join("hours.csv"))?;
    let sum = Sum::of(&counts);
    let speed =
        sum.speed_mps.map_or("no speeds".into(), |mps| format!("mean speed {:.0} mph", mps / MPS_PER_MPH));
    voice.say.line(format!(
        "{} stations ({} without a position), {:.3} million vehicles a day over all of them, {speed}; {:.1} % of their hours \
         are blank; positions in {crs}",
        sum.stations,
        sum.without_position,
        sum.vehicles_a_day / 1e6,
        sum.blank_share * 100.0,
    ));
    voice.result(&serde_json::json!({ "crs": crs.to_string(), "out": out, "sum": sum }))?;
    Ok(ExitCode::SUCCESS)
}

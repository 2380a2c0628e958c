//! `wayfare export`: a run in the formats of other tools. For planners' programs see `tables`; here is `--matsim`: network,
//! population, facilities, counts, events and config.
//!
//! It is for those who have tools for MATSim's files, or who want to run the same demand there and compare.
//! Exported is the last day as it happened: times of departure that were driven, not planned, and the routes of
//! that day. Links and stations have the names of the input, and so have persons where it names them; others have their
//! numbers in our tables. The config says with which factors MATSim must scale the roads to live the same day.

mod lived;
mod names;
mod tables;

use crate::finished::reopen;
use crate::say::{Voice, tell};
use crate::scenario::Config;
use crate::source::Source;
use clap::Args;
use engine::event;
use engine::id::PersonId;
use engine::mode::Mode;
use engine::network::Network;
use engine::store::persons::Persons;
use engine::traffic::{Dynamics, Sink};
use engine::{Fault, Result, disk, store};
use lived::{Facilities, Lived};
use netconvert::matsim;
use netconvert::sheets::Format;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What `wayfare export` needs.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Run folder; for tables also the folder of a comparison.
    run: PathBuf,
    #[command(flatten)]
    formats: Formats,
    /// Folder to write to; with --xlsx or --gpkg alone also a file. Default: <run>-export, or <run>-matsim, beside the run.
    #[arg(long, value_name = "FOLDER|FILE")]
    out: Option<PathBuf>,
    /// Replace tables of an earlier export.
    #[arg(long, conflicts_with = "matsim")]
    overwrite: bool,
}

/// The formats, of which one at least is given.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
#[allow(clippy::struct_excessive_bools)] // as they are typed
struct Formats {
    /// As MATSim network, population, facilities, counts and events.
    #[arg(long, conflicts_with_all = ["csv", "xlsx", "gpkg", "geojson"])]
    matsim: bool,
    /// Tables as text, for scripts: links, hours, stations, zones, matrix of zones, trips, persons, households.
    #[arg(long)]
    csv: bool,
    /// The same as a workbook of Excel. A table with more than 1,048,575 rows is left out, with a warning.
    #[arg(long)]
    xlsx: bool,
    /// The same as a GeoPackage: links, stations and zones as layers of a map (QGIS, ArcGIS).
    #[arg(long)]
    gpkg: bool,
    /// Links, stations and zones as GeoJSON, in longitude and latitude.
    #[arg(long)]
    geojson: bool,
}

/// `wayfare export`: to MATSim, or as tables.
///
/// # Errors
/// A [`Fault`] when the run is not whole or something is where it should write.
pub fn export(voice: &Voice, arguments: &ExportArgs) -> Result<ExitCode> {
    let ExportArgs { run, formats, out, overwrite } = arguments;
    if formats.matsim {
        return matsim(voice, run, &out.clone().unwrap_or_else(|| beside(run, "matsim")));
    }
    let given = [
        (formats.csv, Format::Csv),
        (formats.geojson, Format::GeoJson),
        (formats.xlsx, Format::Xlsx),
        (formats.gpkg, Format::Gpkg),
    ];
    let given: Vec<Format> = given.into_iter().filter(|(is, _)| *is).map(|(_, format)| format).collect();
    tables::tables(voice, run, &given, out.as_deref(), *overwrite)
}

/// Name of a run folder. Made absolute where the path has none: of `.` there would be no name.
fn own_name(run: &Path) -> String {
    let absolute = || run.canonicalize().ok().and_then(|run| Some(run.file_name()?.to_os_string()));
    let name = run.file_name().map(ToOwned::to_owned).or_else(absolute);
    name.map_or_else(|| "run".into(), |name| name.to_string_lossy().into_owned())
}

/// The default of `--out`: beside the run.
fn beside(run: &Path, what: &str) -> PathBuf {
    let run =
        if run.file_name().is_some() { run.to_path_buf() } else { run.canonicalize().unwrap_or_default() };
    run.with_file_name(format!("{}-{what}", own_name(&run)))
}

/// Writes the folder, which must not hold anything. Counts are written where the scenario has them, for stations
/// with a link; events where the run kept them (`traffic.write-events`), vehicles where not everybody drives the
/// ordinary car, changes of the network where a measure or the network's own file has some. The run folder is only read.
///
/// # Errors
/// A [`Fault`] when the run is not whole or the folder holds something.
fn matsim(voice: &Voice, run: &Path, out: &Path) -> Result<ExitCode> {
    if !disk::list(out)?.is_empty() {
        return Err(Fault::new(out, "", "is not empty").expected("a new folder").into());
    }
    let (manifest, scenario, source) = reopen(run)?;
    let network = &source.network;
    let persons = store::persons::read(run)?;
    let n = persons.layer.len();
    let (legs, routes, moved) = store::legs::read(run, n)?;
    let (chains, places) = store::activities::read(run, n)?;
    let (names, own) = (names::names(&persons), names::attributes(&scenario, &persons)?);
    let lengths_m = store::legs::lengths_m(run)?;
    let facilities = Facilities::of(network, &chains, &places);
    let day = Lived {
        network,
        legs: &legs,
        routes: &routes,
        moved: &moved,
        chains: &chains,
        places: &places,
        facilities: &facilities,
        names: &names,
        lengths_m: &lengths_m,
    };
    disk::make_folder(out)?;
    let mut files = Vec::new();
    let mut wrote = |name: &'static str| {
        voice.say.line(name);
        files.push(name);
    };
    let more: Vec<&str> = main_modes(&day).into_iter().filter(|mode| *mode != Mode::Car.matsim()).collect();
    matsim::network::write_for(network, &more, out.join("network.xml.gz"))?;
    wrote("network.xml.gz");
    write_persons(&day, &persons, &own, out)?;
    wrote("population.xml.gz");
    if !facilities.list.is_empty() {
        matsim::facilities::write(&facilities.list, &network.crs, out.join("facilities.xml.gz"))?;
        wrote("facilities.xml.gz");
    }
    if day.names_vehicles() {
        matsim::vehicles::write(legs.classes.all(), &day.vehicles(), out.join("vehicles.xml.gz"))?;
        wrote("vehicles.xml.gz");
    }
    if write_changes(voice, &source, &manifest.config, out)? {
        wrote(CHANGES);
    }
    if let Some(counts) = &source.counts {
        let (matched, _) = with_links(counts, network);
        let name = &manifest.config.title;
        tell(voice, matsim::counts::write(&matched, name, out.join("counts.xml.gz"))?.iter());
        wrote("counts.xml.gz");
    }
    if event::log::TABLE.path(run).exists() {
        write_events(&day, &store::verified(run, &event::log::TABLE)?, &out.join("events.xml.gz"))?;
        wrote("events.xml.gz");
    }
    write_config(&day, &manifest.config, &files, out)?;
    voice.say.line("config.xml");
    files.push("config.xml");
    voice.result(&serde_json::json!({ "folder": out, "files": files }))?;
    Ok(ExitCode::SUCCESS)
}

/// Name of the file of changes of the network.
const CHANGES: &str = "networkChangeEvents.xml.gz";

/// The modes that drive on the roads, the car among them.
fn main_modes<'a>(day: &Lived<'a>) -> BTreeSet<&'a str> {
    day.legs.classes.all().iter().map(|class| class.mode.as_str()).collect()
}

/// The persons with their day.
fn write_persons(
    day: &Lived<'_>,
    persons: &Persons,
    own: &[Vec<engine::activity::replay::Attribute>],
    out: &Path,
) -> Result<()> {
    let who = |p: usize| day.person(PersonId::new(p), persons.demographics[p].as_ref(), &own[p]);
    let all = (0..persons.layer.len()).map(who);
    matsim::population::write(all, &day.network.crs, out.join("population.xml.gz"))?;
    Ok(())
}

/// What changes on links during the day, where something does; whether a file was written. What MATSim's format has no word
/// for (signals, tolls) is told.
fn write_changes(voice: &Voice, source: &Source, config: &Config, out: &Path) -> Result<bool> {
    let policy = source.policy(config)?;
    if !policy.tolls.is_empty() {
        voice.say.line(format!("warning: tolls of {} links and times are not written", policy.tolls.len()));
    }
    if policy.changes.is_empty() {
        return Ok(false);
    }
    let warnings = matsim::change_events::write(&policy.changes, &source.network, out.join(CHANGES))?;
    tell(voice, warnings.iter());
    Ok(true)
}

/// The settings under which MATSim lives this day.
fn write_config(day: &Lived<'_>, config: &Config, files: &[&str], out: &Path) -> Result<()> {
    let traffic = config.traffic()?;
    let main_modes: Vec<&str> = main_modes(day).into_iter().collect();
    let mut modes: BTreeSet<&str> = main_modes.iter().copied().collect();
    modes.extend(Mode::ALL.map(Mode::matsim));
    let matsim = matsim::config::Config {
        crs: &day.network.crs,
        seed: config.seed,
        files,
        flow: traffic.sample,
        storage: traffic.storage_share(),
        stuck_s: traffic.stuck_s,
        end_s: traffic.end_s,
        kinematic_waves: traffic.dynamics == Dynamics::KinematicWaves,
        main_modes: &main_modes,
        modes: &modes.into_iter().collect::<Vec<_>>(),
        activities: &day.usual_durations(),
    };
    matsim::config::write(&matsim, out.join("config.xml"))
}

/// Counts whose stations name the link they were matched to; the others are left out (MATSim needs a link), and how
/// many is returned beside. Of a site with several stations, a mainline and its carpool lane, only the main one is
/// written; the comparison of a run adds their volumes.
fn with_links(
    counts: &engine::validate::station::Counts,
    network: &Network,
) -> (engine::validate::station::Counts, usize) {
    use engine::validate::matching;
    let matching = matching::find(network, counts, &matching::Rule::default());
    let mut out = engine::validate::station::Counts { year: counts.year, ..Default::default() };
    for site in &matching.sites {
        let main = site.stations[0];
        let mut station = counts.stations[main as usize].clone();
        station.link = Some(network.link(site.link).name.clone());
        let position = out.stations.len() as u32;
        out.stations.push(station);
        let hours = counts.hours.iter().filter(|h| h.station == main);
        out.hours.extend(hours.map(|h| engine::validate::station::HourCount { station: position, ..*h }));
    }
    (out, matching.unmatched.len())
}

/// The events of the day, second by second and in the order of our log; MATSim wants times that never fall.
/// Activities get the names that they have in the population.
fn write_events(day: &Lived<'_>, log: &Path, path: &Path) -> Result<()> {
    let events = event::read(log)?;
    let names = matsim::events::Names {
        network: day.network,
        legs: day.legs,
        person: &|person| day.names[person.index()].clone(),
        activity: &|person, n| day.activity(person, n),
        distance_m: &|leg| day.lengths_m[leg.index()].unwrap_or(0.0),
    };
    matsim::events::write(path, &names, |writer| {
        events.chunk_by(|a, b| a.time_s == b.time_s).try_for_each(|second| writer.second(second))
    })
}

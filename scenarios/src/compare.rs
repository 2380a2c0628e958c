//! `wayfare compare`: two runs of one seed side by side.
//!
//! It answers what a measure does: who gains and who loses time, which roads get more traffic, how much is driven
//! in all. Whoever is in both runs is compared with themselves, and what
//! both runs draw alike cancels out; that is why runs of different seeds or samples are refused. The arithmetic is
//! the engine's ([`engine::validate::compare`]); here the tables of both runs are read, and the result is told in
//! words, and handed to `viz` for cards and a map.
//!
//! Differences are the second run less the first throughout: negative minutes are time saved, positive vehicles are
//! more traffic.

use crate::finished::{bins, reopen};
use crate::say::Voice;
use crate::scenario::{Config, Manifest};
use engine::id::LinkId;
use engine::network::Network;
use engine::policy::Compiled;
use engine::store::persons::Persons;
use engine::store::{self, name};
use engine::traffic::LinkBins;
use engine::trip::{Legs, Moved, Routes};
use engine::validate::compare::{Comparison, ModeTotal, RunTables, Settling, compare as compare_runs};
use engine::validate::counts::Row;
use engine::{Error, Fault, Result, disk};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use viz::Report;
use viz::run::{Side, write_comparison};

/// What a comparison leaves as data.
pub const FILE: &str = name::COMPARISON;

/// Largest [`FILE`] that is read, bytes. A county's has some MB: a line a link.
const MOST_BYTES: u64 = 1 << 30;

/// The two runs that were compared.
#[derive(Debug, Serialize, Deserialize)]
struct Runs {
    base: Ref,
    variant: Ref,
}

/// A run as it was when it was compared.
#[derive(Debug, Serialize, Deserialize)]
struct Ref {
    /// Its folder, absolute.
    folder: PathBuf,
    /// The hash of its events.
    events: String,
}

/// What [`FILE`] holds: the comparison, and of what it is one.
#[derive(Serialize)]
struct Kept<'a> {
    runs: Runs,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

/// The folders of the two runs that were compared into `folder`: the base, then the variant. They must be there as they were.
///
/// # Errors
/// A [`Fault`] for a folder without a comparison, and for a run that is gone or was run again.
pub fn runs(folder: &Path) -> Result<[PathBuf; 2]> {
    #[derive(Deserialize)]
    struct Only {
        runs: Runs,
    }
    let path = folder.join(FILE);
    let found: Result<Only, _> = serde_json::from_slice(&disk::read(&path, MOST_BYTES)?);
    let again = "run wayfare compare again";
    let found = found.map_err(|e| {
        Fault::new(&path, e.line(), format!("does not say which runs were compared ({e})"))
            .expected("what this version of wayfare compare writes")
            .advice(again)
    })?;
    for run in [&found.runs.base, &found.runs.variant] {
        if Manifest::read(&run.folder)?.hash.events != run.events {
            let fault =
                Fault::new(&run.folder, "", "is not the run that was compared: it was run again since");
            return Err(fault.advice(again).into());
        }
    }
    Ok([found.runs.base.folder, found.runs.variant.folder])
}

/// The tables of one run, as far as a comparison needs them.
struct Tables {
    /// Its settings, and what it found about itself (relative gap).
    manifest: Manifest,
    /// What its own report shows.
    report: Report,
    /// The travellers with their layers and, where known, age, work, income and zone.
    persons: Persons,
    /// The trips of all persons, one person after the other: mode, links, planned departure.
    legs: Legs,
    /// The links of each leg that drives, as of the last day.
    routes: Routes,
    /// When each leg departed and arrived on the last day.
    moved: Vec<Moved>,
    /// Trips that arrived, by mode: a query on the table of legs.
    by_mode: Vec<ModeTotal>,
    /// What detectors counted, and what the run had there.
    counts: Vec<Row>,
    /// Vehicles and travel times by link and quarter hour of the last day.
    bins: LinkBins,
}

impl Tables {
    /// Reads them from a run folder; `n_links` is the size of the network that both runs share.
    fn read(folder: &Path, n_links: usize) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        let report = viz::run::read(folder)?;
        let persons = store::persons::read(folder)?;
        let (legs, routes, moved) = store::legs::read(folder, persons.layer.len())?;
        let bins = bins(folder, &manifest.config, n_links)?;
        let counts = store::counts::read(folder)?;
        let by_mode = store::query::trips_by_mode(folder)?;
        Ok(Self { manifest, report, persons, legs, routes, moved, by_mode, counts, bins })
    }
}

/// Compares run `other` with run `base`, writes `comparison.json` and `report.html` into `out`. The roads are read once,
/// from the sources of the base: a measure closes or changes links, but never adds one or changes its number. Returned is what
/// `comparison.json` holds.
///
/// # Errors
/// A [`Fault`] when the runs are not of the same seed and sample; [`Error::Check`] when their persons differ.
pub fn compare(voice: &Voice, base: &Path, other: &Path, out: &Path, overwrite: bool) -> Result<Value> {
    let (_, _, source) = reopen(base)?;
    let network = &source.network;
    let (a, b) = (Tables::read(base, network.links.len())?, Tables::read(other, network.links.len())?);
    let (ca, cb) = (&a.manifest.config, &b.manifest.config);
    if (ca.seed, ca.sample) != (cb.seed, cb.sample) {
        return Err(Fault::new(other, "", format!("has seed {} and sample {}", cb.seed, cb.sample))
            .expected(format!("those of the base, seed {} and sample {}", ca.seed, ca.sample))
            .advice("run both with the same --seed and --sample: only then the persons are the same")
            .into());
    }
    // Gains are told by region too, such as a county, and a person only knows the zone of home.
    let zone_regions: Vec<u16> = source.zones.zones.iter().map(|z| z.region).collect();
    let link_m: Vec<f64> = network.links.iter().map(|l| l.length_m).collect();
    let regions = &source.zones.regions;
    let (ra, rb) =
        (run_tables(&a, &zone_regions, regions, &link_m), run_tables(&b, &zone_regions, regions, &link_m));
    let comparison = compare_runs(&ra, &rb)?;
    // Not before there is something to write: runs that cannot be compared leave no folder.
    store::folder::prepare(out, overwrite)?;
    let locations = source.locations();
    tell(voice, &comparison, network, &locations);
    let of = |run: &Path, tables: &Tables| {
        let folder = run.canonicalize().map_err(|e| Error::io(run, e))?;
        Ok::<_, Error>(Ref { folder, events: tables.manifest.hash.events.clone() })
    };
    let kept = Kept { runs: Runs { base: of(base, &a)?, variant: of(other, &b)? }, comparison: &comparison };
    let told = with_names(&kept, network, &locations).map_err(|e| Error::Other(e.to_string()))?;
    let text = format!("{told:#}");
    disk::write_bytes(out.join(FILE), text.as_bytes())?;
    // Marks on the map are an addition: where the measures cannot be laid on these roads, it comes without them.
    let policy = engine::policy::compile(network, &cb.policy).ok();
    let (base, variant) = (side(&a, None), side(&b, policy.as_ref()));
    let places = (&source.zones, &locations[..]);
    write_comparison(network, places, &base, &variant, &comparison, &out.join(name::REPORT))?;
    Ok(told)
}

/// The comparison with the name of each link, and where it is.
fn with_names(kept: &Kept<'_>, network: &Network, locations: &[Option<String>]) -> serde_json::Result<Value> {
    let mut told = serde_json::to_value(kept)?;
    for (link, change) in told["links"].as_array_mut().into_iter().flatten().zip(&kept.comparison.links) {
        link["name"] = network.link(change.link).name.as_str().into();
        link["location"] = locations[change.link.index()].as_deref().into();
    }
    Ok(told)
}

/// One run as the engine wants it: everything borrowed, nothing computed.
fn run_tables<'a>(
    tables: &'a Tables,
    zone_regions: &'a [u16],
    regions: &'a [String],
    link_m: &'a [f64],
) -> RunTables<'a> {
    RunTables {
        origin: &tables.persons.origin,
        persons: &tables.persons.demographics,
        layer: &tables.persons.layer,
        layers: &tables.persons.layers,
        zone_regions,
        regions,
        legs: &tables.legs,
        routes: &tables.routes,
        moved: &tables.moved,
        by_mode: &tables.by_mode,
        link_m,
        bins: &tables.bins,
        sample: tables.manifest.config.sample,
        excess_min: tables.manifest.summary.get("excess_min_per_person").copied(),
    }
}

/// The result in words: paired persons, distance and time driven, trips and hours by mode, gains by group with
/// what is known of their error, and the ten links that change most. The same and more is in `comparison.json`.
fn tell(voice: &Voice, c: &Comparison, network: &Network, locations: &[Option<String>]) {
    let say = &voice.say;
    say.line(format!(
        "{} persons paired, {} left out (a trip of theirs did not arrive)",
        c.n_persons - c.n_incomplete,
        c.n_incomplete
    ));
    if c.n_alone.a + c.n_alone.b > 0.0 {
        say.line(format!("{} persons only in the base, {} only in the other run", c.n_alone.a, c.n_alone.b));
    }
    if c.n_replanned > 0 {
        say.line(format!("{} persons plan other trips in the other run", c.n_replanned));
    }
    let percent = |both: &engine::validate::compare::Both| {
        if both.a > 0.0 { both.difference / both.a * 100.0 } else { 0.0 }
    };
    say.line(format!("vehicle-km {:.0} → {:.0} ({:+.2} %)", c.vmt_km.a, c.vmt_km.b, percent(&c.vmt_km)));
    say.line(format!("vehicle-h  {:.0} → {:.0} ({:+.2} %)", c.vht_h.a, c.vht_h.b, percent(&c.vht_h)));
    for modes in c.modes.iter().filter(|modes| modes.legs.a + modes.legs.b > 0.0) {
        say.line(format!(
            "trips by {:<7} {:>9.0} → {:>9.0}  hours {:>9.0} → {:>9.0}",
            modes.mode.name(),
            modes.legs.a,
            modes.legs.b,
            modes.time_h.a,
            modes.time_h.b
        ));
    }
    tell_gains(voice, c);
    say.line("links that change most (vehicles a day):");
    for change in c.links.iter().take(10) {
        say.line(format!(
            "  {:<40} {:>9.0} → {:>9.0}",
            label(network, locations, change.link),
            change.volume.a,
            change.volume.b
        ));
    }
}

/// Who gains and who loses, and what may be said of the error: never an interval over persons as if it were all.
fn tell_gains(voice: &Voice, c: &Comparison) {
    let say = &voice.say;
    for gain in &c.gains {
        say.line(format!(
            "{:<10} {:<22} {:>9} persons  {:+.2} min a day (± {:.2} over persons alone)  {:>5.1} % gain, {:>5.1} % lose",
            gain.by,
            gain.key,
            gain.n,
            gain.time_min.difference,
            gain.standard_error_min.unwrap_or(0.0),
            gain.gain_share * 100.0,
            gain.loss_share * 100.0
        ));
    }
    if let Some(Settling { excess_min, low_min, high_min }) = &c.settling {
        say.line(format!(
            "not settled: drivers lose {:.2} min a person against their best routes in the base, {:.2} in the other run; {:+.2} min \
             of the change may come from that, and with best routes for all it would be from {low_min:+.2} to {high_min:+.2}",
            excess_min.a, excess_min.b, excess_min.difference
        ));
    }
    say.line(
        "± is over persons drawn anew: what the gaps leave open and another seed would change is not in it",
    );
}

/// A link as a reader knows it: its name, and where it is, or its class.
fn label(network: &Network, locations: &[Option<String>], id: LinkId) -> String {
    let link = network.link(id);
    match &locations[id.index()] {
        Some(location) => format!("{location} ({})", link.name),
        None => format!("{} ({})", link.name, link.class.name()),
    }
}

/// One run as the report wants it.
fn side<'a>(tables: &'a Tables, policy: Option<&'a Compiled>) -> Side<'a, Config> {
    let Tables { manifest, report, bins, counts, .. } = tables;
    Side { report, manifest, bins, counts, policy }
}

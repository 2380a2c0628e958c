//! `wayfare compare`: two runs of one seed side by side.
//!
//! It answers what a measure does: who gains and who loses time, which roads get more traffic, how much is driven
//! in all. Both runs have the same persons with the same seed, so each person is compared with themselves, and what
//! both runs draw alike cancels out; that is why runs of different seeds or samples are refused. The arithmetic is
//! the engine's ([`engine::validate::compare`]); here the tables of both runs are read, and the result is put into
//! words, cards and a map.
//!
//! Differences are the second run less the first throughout: negative minutes are time saved, positive vehicles are
//! more traffic.

use crate::finished::{bins, reopen};
use crate::say::Voice;
use crate::scenario::Manifest;
use engine::network::Network;
use engine::store::persons::Persons;
use engine::store::{self, name};
use engine::traffic::LinkBins;
use engine::trip::{Legs, Moved, Routes};
use engine::validate::compare::{Comparison, ModeTotal, RunTables, compare as compare_runs};
use engine::{Error, Fault, Result, disk};
use std::path::Path;
use viz::{Card, Hourly, Map, Report, Tone};

/// The tables of one run, as far as a comparison needs them.
struct Tables {
    /// Its settings, and what it found about itself (relative gap).
    manifest: Manifest,
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
    /// Vehicles and travel times by link and quarter hour of the last day.
    bins: LinkBins,
}

impl Tables {
    /// Reads them from a run folder; `n_links` is the size of the network that both runs share.
    fn read(folder: &Path, n_links: usize) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        let persons = store::persons::read(folder)?;
        let (legs, routes, moved) = store::legs::read(folder, persons.layer.len())?;
        let bins = bins(folder, &manifest.config, n_links)?;
        let by_mode = store::query::trips_by_mode(folder)?;
        Ok(Self { manifest, persons, legs, routes, moved, by_mode, bins })
    }
}

/// Compares run `other` with run `base`, writes `comparison.json` and `report.html` into `out`. The roads are read once,
/// from the sources of the base: a measure closes or changes links, but never adds one or changes its number.
///
/// # Errors
/// A [`Fault`] when the runs are not of the same seed and sample; [`Error::Check`] when their persons differ.
pub fn compare(voice: &Voice, base: &Path, other: &Path, out: &Path) -> Result<Comparison> {
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
    tell(voice, &comparison, network);
    let text = serde_json::to_string_pretty(&comparison).map_err(|e| Error::Other(e.to_string()))?;
    disk::write_bytes(out.join("comparison.json"), text.as_bytes())?;
    viz::write_report(&report(&a, &b, network, &comparison), out.join(name::REPORT))?;
    Ok(comparison)
}

/// One run as the engine wants it: everything borrowed, nothing computed.
fn run_tables<'a>(
    tables: &'a Tables,
    zone_regions: &'a [u16],
    regions: &'a [String],
    link_m: &'a [f64],
) -> RunTables<'a> {
    RunTables {
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
    }
}

/// The result in words: paired persons, distance and time driven, trips and hours by mode, gains by group with
/// their standard errors, and the ten links that change most. The same and more is in `comparison.json`.
fn tell(voice: &Voice, c: &Comparison, network: &Network) {
    let say = &voice.say;
    say.line(format!(
        "{} persons paired, {} left out (a trip of theirs did not arrive)",
        c.n_persons - c.n_incomplete,
        c.n_incomplete
    ));
    let percent = |both: &engine::validate::compare::Both| {
        if both.a > 0.0 { both.difference / both.a * 100.0 } else { 0.0 }
    };
    say.line(format!("vehicle-km {:.0} → {:.0} ({:+.2} %)", c.vmt_km.a, c.vmt_km.b, percent(&c.vmt_km)));
    say.line(format!("vehicle-h  {:.0} → {:.0} ({:+.2} %)", c.vht_h.a, c.vht_h.b, percent(&c.vht_h)));
    for modes in c.modes.iter().filter(|modes| modes.legs.a + modes.legs.b > 0.0) {
        say.line(format!(
            "trips by {:<7} {:>9.0} → {:>9.0}  hours {:>9.0} → {:>9.0}",
            modes.mode.matsim(),
            modes.legs.a,
            modes.legs.b,
            modes.time_h.a,
            modes.time_h.b
        ));
    }
    for gain in &c.gains {
        say.line(format!(
            "{:<10} {:<22} {:>9} persons  {:+.2} ± {:.2} min a day  {:>5.1} % gain, {:>5.1} % lose",
            gain.by,
            gain.key,
            gain.n,
            gain.time_min.difference,
            gain.standard_error_min.unwrap_or(0.0),
            gain.gain_share * 100.0,
            gain.loss_share * 100.0
        ));
    }
    say.line("links that change most (vehicles a day):");
    for change in c.links.iter().take(10) {
        say.line(format!(
            "  {:<28} {:>9.0} → {:>9.0}",
            label(network, change.link),
            change.volume.a,
            change.volume.b
        ));
    }
}

/// A link as a reader knows it: its name, with route and direction on numbered routes, else with its class.
fn label(network: &Network, link: engine::id::LinkId) -> String {
    let link = network.link(link);
    match &link.route {
        Some((route, direction)) => format!("{} ({route} {direction})", link.name),
        None => format!("{} ({})", link.name, link.class.name()),
    }
}

/// The report of a comparison: the map opens on the difference, and what the second run changes is marked on it.
/// Its scenario, seed and version are those of the second run.
fn report(a: &Tables, b: &Tables, network: &Network, c: &Comparison) -> Report {
    let sample = b.manifest.config.sample;
    let mut map = Map::new(network, Hourly::from_bins(network, &b.bins, sample));
    map.base = Some(Hourly::from_bins(network, &a.bins, sample));
    // Marks are an addition: where the measures cannot be laid on these roads, the report comes without them.
    if let Ok(policy) = engine::policy::compile(network, &b.manifest.config.policy) {
        map.marks = crate::report::marks(&policy);
    }
    let (base, variant) = (a.manifest.config.title.clone(), b.manifest.config.title.clone());
    let comparison = viz::Comparison { base: base.clone(), variant: variant.clone(), change: c.clone() };
    Report {
        title: format!("{variant} against {base}"),
        scenario: b.manifest.scenario.display().to_string(),
        question: b.manifest.config.question.clone(),
        seed: b.manifest.seed,
        sample,
        version: b.manifest.version.clone(),
        commit: b.manifest.commit.clone(),
        cards: cards(c),
        map: Some(map),
        comparison: Some(comparison),
        assumptions: vec![
            "Both runs have the same persons with the same days: differences are paired, person by person.".into(),
            "A run stops short of full equilibrium; differences smaller than the relative gap of the two runs are noise.".into(),
            format!("Relative gap: base {:.2} %, variant {:.2} %.", gap(a) * 100.0, gap(b) * 100.0),
        ],
        ..Report::default()
    }
}

/// The relative gap that a run ended with, as a share; not a number where it is not known.
fn gap(tables: &Tables) -> f64 {
    tables.manifest.summary.get("relative_gap").copied().unwrap_or(f64::NAN)
}

/// The headline numbers. They have no target and so no tone: whether less driving or a minute lost is good news
/// depends on the question that the scenario asks.
fn cards(c: &Comparison) -> Vec<Card> {
    let all = c.gains.first();
    let card = |name: &str, value: String, unit: &str, meaning: &str| Card {
        name: name.into(),
        value,
        unit: unit.into(),
        meaning: meaning.into(),
        tone: Tone::Plain,
    };
    vec![
        card(
            "Vehicle miles",
            format!("{:+.2} %", c.vmt_km.difference / c.vmt_km.a.max(1.0) * 100.0),
            "",
            "change of the distance driven in a day",
        ),
        card(
            "Vehicle hours",
            format!("{:+.2} %", c.vht_h.difference / c.vht_h.a.max(1.0) * 100.0),
            "",
            "change of the time driven in a day",
        ),
        card(
            "Person",
            format!("{:+.2}", all.map_or(0.0, |g| g.time_min.difference)),
            "min a day",
            "mean change of a person's travel time",
        ),
        card(
            "Gain",
            format!("{:.1} %", all.map_or(0.0, |g| g.gain_share * 100.0)),
            "",
            "of persons save a minute or more",
        ),
        card(
            "Lose",
            format!("{:.1} %", all.map_or(0.0, |g| g.loss_share * 100.0)),
            "",
            "of persons lose a minute or more",
        ),
    ]
}

//! `wayfare new`: a commented scenario, or a whole synthetic county whose hidden truth is known.
//!
//! The synthetic county is for trying things out and for testing the program against a truth that is known, which
//! no real county offers: `wayfare new my-county --synthetic`, then `wayfare run my-county`. All of it is made from
//! a seed; the same seed and number of persons give the same files.

use crate::say::Say;
use crate::say::Voice;
use crate::scenario::{self, Overrides};
use crate::team::Team;
use engine::id::LinkId;
use engine::learn::Checkpointing;
use engine::network::Network;
use engine::store;
use engine::traffic::LinkBins;
use engine::twin::county::county;
use engine::validate::station::{Counts, HourCount};
use engine::validate::yardstick::Fact;
use engine::{Fault, Result, disk};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// A scenario with every section explained, for people to change.
const COMMENTED: &str = include_str!("new/scenario.toml");
/// The scenario of a synthetic county; `@PERSONS@` and `@SEED@` are filled in.
const COUNTY: &str = include_str!("new/county.toml");
/// What-ifs of a synthetic county, one of each kind of measure, by the name of their folder.
const WHAT_IFS: [(&str, &str); 7] = [
    ("close-old-bridge", include_str!("new/what-if/close-old-bridge.toml")),
    ("second-lane", include_str!("new/what-if/second-lane.toml")),
    ("signal-at-old-bridge", include_str!("new/what-if/signal-at-old-bridge.toml")),
    ("ramp-meters", include_str!("new/what-if/ramp-meters.toml")),
    ("bridge-toll", include_str!("new/what-if/bridge-toll.toml")),
    ("telework", include_str!("new/what-if/telework.toml")),
    ("growth", include_str!("new/what-if/growth.toml")),
];

/// Writes the scenario into an empty folder: the commented one, or with `persons` a whole county. Never writes into a folder
/// that holds anything.
///
/// # Errors
/// A [`Fault`] when the folder holds something already.
pub fn new(voice: &Voice, folder: &Path, persons: Option<u32>, seed: u64) -> Result<ExitCode> {
    if !disk::list(folder)?.is_empty() {
        return Err(Fault::new(folder, "", "is not empty")
            .expected("a new folder")
            .advice("choose another name")
            .into());
    }
    disk::make_folder(folder)?;
    match persons {
        None => disk::write_bytes(folder.join("scenario.toml"), COMMENTED.as_bytes())?,
        Some(persons) => synthetic(voice, folder, persons, seed)?,
    }
    voice.say.line(format!(
        "wrote {}; `wayfare check {}` looks it over",
        folder.join("scenario.toml").display(),
        folder.display()
    ));
    voice.result(&serde_json::json!({ "scenario": folder.join("scenario.toml"), "persons": persons }))?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the county, lives its true day, and keeps what its detectors saw.
///
/// The truth is another draw of the same world (another seed): a run that met it exactly would be a leak.
/// What stays between the two is the noise that no model can beat.
fn synthetic(voice: &Voice, folder: &Path, persons: u32, seed: u64) -> Result<()> {
    let made = county(persons, seed)?;
    let river = river(&made.network);
    let mut tables = netconvert::county::County {
        network: made.network,
        zones: made.zones,
        controls: made.controls,
        households: made.seed_sample,
        counts: made.counts,
    };
    netconvert::county::write(&tables, folder)?;
    let text = COUNTY.replace("@PERSONS@", &persons.to_string()).replace("@SEED@", &seed.to_string());
    let text = text.replace("@RIVER@", &river);
    disk::write_bytes(folder.join("scenario.toml"), text.as_bytes())?;
    for (name, text) in WHAT_IFS {
        let folder = folder.join("what-if").join(name);
        disk::make_folder(&folder)?;
        disk::write_bytes(folder.join("scenario.toml"), text.as_bytes())?;
    }
    // The true day is lived before anybody can tell of it.
    write_yardsticks(folder, &[])?;
    voice.say.line("living the hidden true day …");
    // The true day is an ordinary run of the county, so its folder can be opened with every verb to look at the
    // truth.
    let overrides = Overrides { seed: Some(seed.wrapping_add(TRUTH)), ..Overrides::default() };
    let truth = folder.join("truth");
    disk::make_folder(&truth)?;
    let quiet = Voice { say: Say::new(true), json: false, threads: voice.threads };
    let scenario = scenario::load(folder, &overrides)?;
    crate::run::run(&scenario, &truth, Checkpointing::default(), &Team::default(), &quiet)?;
    write_yardsticks(folder, &store::validation::read_facts(&truth)?)?;
    let bins = crate::finished::bins(&truth, &scenario.config, tables.network.links.len())?;
    tables.counts.hours = seen(&tables.network, &tables.counts, &bins);
    netconvert::county::write_counts(&tables.counts, folder.join("stations.csv"), folder.join("hours.csv"))
}

/// What surveys of the county would tell: measures of the true day, of groups of which enough was simulated.
fn write_yardsticks(folder: &Path, facts: &[Fact]) -> Result<()> {
    /// Fewest persons, households, trips or tours behind a figure; miles are summed over links and have none.
    const LEAST: u64 = 100;
    let is_told = |fact: &&Fact| TOLD.contains(&fact.measure.as_str()) && (fact.n >= LEAST || fact.n == 0);
    let rows = facts.iter().filter(is_told).map(|fact| {
        format!(
            "{},{},{},{},the hidden true day of the county (truth/)\n",
            fact.measure, fact.group, fact.value, fact.unit
        )
    });
    let text = "measure,group,value,unit,source\n".to_string() + &rows.collect::<String>();
    disk::write_bytes(folder.join("yardsticks.csv"), text.as_bytes())
}

/// Measures of the true day that are told.
const TOLD: [&str; 12] = [
    "persons",
    "cars-per-household",
    "stay-at-home",
    "trips-per-person",
    "mode-share",
    "tours-per-person",
    "commute-length",
    "commute-time",
    "commuter-share",
    "vmt",
    "vmt-per-person",
    "vmt-share-by-class",
];

/// A line along the river, as a scenario has it: from bank to bank of the county under the bridge in its middle.
fn river(network: &Network) -> String {
    let is_bridge = |id: &LinkId| network.link(*id).street.as_deref() == Some("Old Bridge");
    let y_m = network.link_ids().find(is_bridge).map_or(0.0, |bridge| network.middle(bridge).1);
    let xs = network.nodes.iter().map(|node| node.x_m);
    let (west, east) = xs.fold((f64::INFINITY, f64::NEG_INFINITY), |(w, e), x| (w.min(x), e.max(x)));
    format!("[[{:.1}, {y_m:.1}], [{:.1}, {y_m:.1}]]", west - 500.0, east + 500.0)
}

/// Added to the seed of a county to get that of its hidden truth.
const TRUTH: u64 = 7_000_000;

/// What the detectors saw of one day: volumes at the end of their links, mean speed along them.
fn seen(network: &Network, counts: &Counts, bins: &LinkBins) -> Vec<HourCount> {
    let by_name: BTreeMap<&str, usize> =
        network.links.iter().enumerate().map(|(i, l)| (l.name.as_str(), i)).collect();
    let a_day = (engine::unit::DAY_S / bins.bin_s) as usize;
    let an_hour = (3600 / bins.bin_s) as usize;
    let mut hours = Vec::new();
    for (station, link) in counts.stations.iter().enumerate() {
        let Some(&at) = link.link.as_deref().and_then(|name| by_name.get(name)) else { continue };
        for hour in 0..24usize {
            // Hours past midnight belong to the same clock hour: the day repeats.
            let slots = (0..bins.n_bins)
                .filter(|bin| bin % a_day / an_hour == hour)
                .map(|bin| bin * bins.n_links + at);
            let (mut left, mut entered, mut time_s) = (0u32, 0u32, 0u32);
            for slot in slots {
                left += bins.left[slot];
                entered += bins.entered[slot];
                time_s += bins.time_sum_s[slot];
            }
            let speed_mps =
                (time_s > 0).then(|| network.links[at].length_m * f64::from(entered) / f64::from(time_s));
            let (station, hour) = (station as u32, hour as u8);
            hours.push(HourCount {
                station,
                hour,
                volume_vph: f64::from(left),
                volume_sd: None,
                speed_mps,
                days: 1,
            });
        }
    }
    hours
}

//! What a run leaves behind: its tables, and the manifest that says what they are. The columns of each table are described
//! where it is written, in `engine::store`, and all together in `engine/src/store/TABLES.md`.

use crate::phase;
use crate::say::Voice;
use crate::scenario::{Manifest, Scenario};
use crate::source::Source;
use engine::Result;
use engine::clock::Stopwatch;
use engine::store::manifest::{self, Expected, FORMAT, Hashes};
use engine::store::{Travellers, persons, routes, validation, vehicle_classes, zones};
use engine::store::{activities, chains, households, iterations, legs, link_15min, network};
use engine::validate::travel::Driven;
use std::path::Path;
use viz::run::Story;

/// Writes all tables of the run folder but the events, which were written while the day ran.
///
/// # Errors
/// What the disk reports.
pub fn write_tables(source: &Source, story: &Story<'_>, folder: &Path) -> Result<()> {
    let Story { network: roads, layers, agents, households, learned, .. } = *story;
    let of = Travellers { agents, layers, zones: &source.zones, sample: story.sample };
    persons::write(folder, &of)?;
    households::write(folder, households, &of)?;
    chains::write(folder, agents)?;
    activities::write(folder, &of)?;
    let (legs, routes, outcome) = (&learned.legs, &learned.routes, &learned.outcome);
    legs::write(folder, roads, legs, routes, &outcome.moved, &of)?;
    routes::write(folder, routes)?;
    vehicle_classes::write(folder, legs)?;
    let trips = Some((legs, routes, &outcome.moved[..]));
    link_15min::write(folder, roads, &Driven { bins: &outcome.bins, trips, sample: story.sample })?;
    iterations::write(folder, &learned.iterations)?;
    network::write(folder, roads, &source.zones, story.locations)?;
    zones::write(folder, &source.zones, &roads.crs)?;
    source.write_dropped(folder)?;
    validation::write(folder, story.verdict, story.sample)
}

/// The manifest of a run as it is known before the report is written. `started`: begin (UTC) and what was expected then.
/// What is only known at the end stays empty here (seconds, peak memory, hashes of the outputs) and is filled in when it is
/// closed. Input files are read once more for their hashes.
///
/// # Errors
/// An input file that cannot be read again.
pub fn manifest(
    source: &Source,
    story: &Story<'_>,
    scenario: &Scenario,
    voice: &Voice,
    (started, expected): (String, Expected),
    watch: &Stopwatch,
) -> Result<Manifest> {
    let Story { learned, verdict, .. } = *story;
    Ok(Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        commit: env!("WAYFARE_COMMIT").into(),
        started,
        scenario: scenario.file.clone(),
        folders: scenario.folders.clone(),
        config: scenario.config.clone(),
        inputs: source.inputs.iter().map(|p| manifest::hash_file(p)).collect::<Result<_>>()?,
        seed: scenario.config.seed,
        threads: voice.threads,
        host: phase::host(),
        expected,
        phases: watch.phases.clone(),
        seconds: 0.0,
        peak_memory_bytes: 0,
        hash: Hashes { events: learned.events.hash.clone(), ..Hashes::default() },
        summary: verdict.summary(),
        checks: verdict.checks.iter().map(|c| (c.name.to_string(), c.checked, c.failed)).collect(),
        warnings: manifest::group_warnings(&source.warnings),
        outputs: Vec::new(),
    })
}

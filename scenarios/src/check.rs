//! `wayfare check`: a run up to its first day, without its results.

use crate::say::{Voice, Watcher, tell};
use crate::scenario::{self, Overrides};
use crate::source::input::{self, Input};
use crate::team::Team;
use crate::{forecast, phase, travellers};
use engine::Result;
use engine::learn::{Checkpointing, Learning, Setup};
use std::path::Path;
use std::process::ExitCode;

/// Does what a run does before its first day, by the same code: reads everything, makes the travellers with their days,
/// places, modes and first routes, and says what the run needs of memory and time. Writes nothing. A warning is something
/// that a run can live with; only a fault makes the exit code differ from 0.
///
/// # Errors
/// All faults in the scenario and its files that can be found at once.
pub fn check(voice: &Voice, path: &Path, overrides: &Overrides) -> Result<ExitCode> {
    let scenario = scenario::load(path, overrides)?;
    let (config, say, mut watch) = (&scenario.config, &voice.say, phase::stopwatch());
    let Input { mut source, layers, policy } = input::read(&scenario)?;
    say.line(format!("{}: {}", config.title, source.roads));
    say.line(format!(
        "{} of these links are not strongly connected and were dropped",
        source.dropped.links.len()
    ));
    say.line(format!(
        "{} zones; {} stations; {} screenlines; {} yardsticks; by policy {} changes of links, {} closures, {} tolls",
        source.zones.len(),
        source.counts.as_ref().map_or(0, |c| c.stations.len()),
        source.screenlines.len(),
        source.yardsticks.len(),
        policy.changes.len(),
        policy.closed.len(),
        policy.tolls.len()
    ));
    forecast::require(forecast::before(&source, &layers, config))?;
    let (mut agents, fit) = travellers::make(&scenario, &mut source, layers, &policy, &mut watch, voice)?;
    let (settings, identity, progress) = (config.learning()?, config.identity()?, Watcher::new(voice.say));
    let team = Team::gather()?;
    let setup = Setup {
        network: &source.network,
        policy: &policy,
        settings: &settings,
        identity: &identity,
        // Nothing is written: there are no checkpoints, and no day is lived.
        folder: Path::new(""),
        processes: &team,
        progress: &progress,
        checkpointing: Checkpointing { every_s: None, resume: false },
    };
    let learning = Learning::begin(setup, &mut agents, &mut watch)?;
    let expected = forecast::of(&learning.work(), fit.is_some(), voice)?;
    let more = learning.warnings().to_vec();
    drop(progress);
    source.warnings.extend(more);
    tell(voice, source.warnings.iter());
    say.line("no faults found");
    let network = &source.network;
    voice.result(&serde_json::json!({
        "links": network.links.len(), "nodes": network.nodes.len(), "zones": source.zones.len(),
        "dropped_links": source.dropped.links.len(), "travellers": agents.len(), "closures": policy.closed.len(),
        "tolls": policy.tolls.len(), "warnings": source.warnings.len(), "expected": expected,
    }))?;
    Ok(ExitCode::SUCCESS)
}

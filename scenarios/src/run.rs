//! A run, from roads and people to validated traffic. Whoever has read this file has read the simulator.
//!
//! The order of the stages and the loop between traffic and routes are written out in [`run`] and hidden nowhere
//! else. What is not here is as telling: no format of a file (that is `source`), no rule of behaviour (`engine`),
//! no region. Each block leaves its time and memory in the manifest under the name that it gives to `watch.time`.
//!
//! The loop is the only feedback of a run. `live` simulates a day on the present routes; `ask` finds out what
//! routes would have been best on that day, and with them the relative gap; `choose` gives some of those who lost
//! most their better route for the next day. Activities, places and modes are chosen once, before it: a run says
//! how drivers react to a measure, not how people move house or buy cars.

use crate::say::{Voice, Watcher, tell};
use crate::scenario::{Manifest, Scenario};
use crate::source::input::{self, Input};
use crate::team::Team;
use crate::{finished, forecast, outcome, phase, travellers};
use engine::checkpoint::{Checkpoints, FOLDER};
use engine::learn::{Checkpointing, Learned, Learning, Processes, Setup};
use engine::store::{folder, name};
use engine::validate::verdict::Verdict;
use engine::{Result, Warning};
use std::path::Path;
use viz::run::Story;

/// Runs a scenario into an empty folder, or into that of a run that was cut off. The manifest is written last; only
/// the first of several processes makes it, the others get `None` when the last day is over. A run whose last day
/// fails a check has its tables and its report, to see why, but no manifest: nothing will take it for finished.
///
/// # Errors
/// Bad input, a failed check, or what the machine could not do; the folder then has no `run.json`.
pub fn run(
    scenario: &Scenario,
    folder: &Path,
    checkpointing: Checkpointing,
    team: &Team,
    voice: &Voice,
) -> Result<Option<Manifest>> {
    let (config, started, mut watch) = (&scenario.config, phase::now(), phase::stopwatch());
    // What the run stands on: roads, zones, counts; who travels; what a policy changes.
    let Input { mut source, layers, policy } = watch.time("read", || input::read(scenario))?;
    voice.say.line(format!("roads: {}", source.roads));
    forecast::require(forecast::before(&source, &layers, config))?;

    // Travellers: people, activities, places, modes; what closures do to their trips.
    let (mut agents, fit) = travellers::make(scenario, &mut source, layers, &policy, &mut watch, voice)?;
    tell(voice, source.warnings.iter());

    // Learning: traffic, better routes, until few could still gain. The one feedback of a run.
    let (settings, identity, progress) = (config.learning()?, config.identity()?, Watcher::new(voice.say));
    let setup = Setup {
        network: &source.network,
        policy: &policy,
        settings: &settings,
        identity: &identity,
        folder,
        processes: team,
        progress: &progress,
        checkpointing,
    };
    let mut learning = Learning::begin(setup, &mut agents, &mut watch)?;
    let expected = forecast::of(&learning.work(), fit.is_some(), voice)?;
    let learned = loop {
        let day = learning.live()?;
        let answers = learning.ask(&day)?;
        if let Some(reason) = learning.reason_to_stop() {
            break learning.end(day, answers, reason)?;
        }
        learning.choose(answers)?;
    };
    drop(progress);
    if !team.is_first() {
        return Ok(None);
    }
    let more = never_begun(scenario, &learned, voice);
    source.warnings.extend(learned.warnings.iter().cloned().chain(more));
    agents.scatter(&learned.legs, &learned.outcome.moved);

    // What came of it: checks and counts, tables, report, and last the manifest.
    let (households, agents) = (agents.households(), agents.list());
    let observed = source.observed(config)?;
    let verdict =
        watch.time("validate", || Verdict::of(&observed, &agents, &households, &learned, &policy))?;
    let story = Story {
        title: &config.title,
        question: &config.question,
        sample: config.sample,
        stuck_s: config.traffic.stuck_s,
        network: &source.network,
        locations: &source.locations(),
        zones: &source.zones,
        dropped: source.dropped.links.len(),
        counts: source.counts.as_ref(),
        layers: &source.layers,
        agents: &agents,
        households: &households,
        learned: &learned,
        verdict: &verdict,
        fit: fit.as_ref(),
        policy: &policy,
    };
    watch.time("write", || outcome::write_tables(&source, &story, folder))?;
    let mut manifest = outcome::manifest(&source, &story, scenario, voice, (started, expected), &watch)?;
    watch.time("report", || viz::run::write(&story, &manifest, folder))?;
    manifest.close(folder, &watch)?;
    verdict.require()?;
    manifest.write(folder)?;
    learned.checkpointer.clear()?;
    voice.say.line(format!("done in {:.0} s: {}", manifest.seconds, folder.join(name::REPORT).display()));
    Ok(Some(manifest))
}

/// Says how many trips the day was too short for: they are no part of traffic, of times and of counts.
fn never_begun(scenario: &Scenario, learned: &Learned, voice: &Voice) -> Option<Warning> {
    let (begun, trips) = (learned.outcome.n_departed, learned.legs.len() as u64);
    let left = trips.checked_sub(begun).filter(|&left| left > 0)?;
    let what = format!("a trip was not begun before the day ended at {}", scenario.config.traffic.end);
    let warning = Warning::new(&scenario.file, "traffic.end", what).seen(left).among("trips", trips);
    voice.say.line(format!("warning: {warning}"));
    Some(warning)
}

/// Prepares the folder, runs, and says where the results are. A finished run of this scenario is not run again when it
/// is to be resumed, so that a script may resume until it is done.
///
/// # Errors
/// What [`run`] says, and a folder that holds something else.
pub fn into_folder(
    scenario: &Scenario,
    out: &Path,
    overwrite: bool,
    checkpointing: Checkpointing,
    team: &Team,
    voice: &Voice,
) -> Result<Option<Manifest>> {
    // Every process of a team decides alike: none of them writes a manifest before all have looked.
    if checkpointing.resume
        && let Some(done) = finished::already(scenario, out)?
    {
        if !team.is_first() {
            return Ok(None);
        }
        folder::reenter(out)?;
        Checkpoints::new(&out.join(FOLDER)).clear()?;
        voice.say.line(format!("{} is finished already: nothing to do", out.display()));
        return Ok(Some(done));
    }
    match team.is_first() {
        true if checkpointing.resume => folder::reenter(out)?,
        true => folder::prepare(out, overwrite)?,
        false => {}
    }
    run(scenario, out, checkpointing, team, voice)
}

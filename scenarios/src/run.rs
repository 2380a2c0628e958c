//! A run, from roads and people to validated traffic. Whoever has read this file has read the simulator.

use crate::report::{self, Story};
use crate::say::{Voice, Watcher};
use crate::scenario::{Manifest, ModeConstants, PeopleInput, PlaceMethod, Scenario};
use crate::source::Source;
use crate::source::demand::Demand;
use crate::team::Team;
use crate::verdict::Verdict;
use crate::{finished, forecast, phase};
use engine::agent::{River, Rules};
use engine::checkpoint::{Checkpoints, FOLDER};
use engine::clock::Stopwatch;
use engine::learn::{Checkpointing, Learning, Processes, Setup};
use engine::people::control::Control;
use engine::place::{Assigner, Density, Method, Params};
use engine::policy::{self, Compiled};
use engine::store::manifest::{self, FORMAT, Hashes};
use engine::store::{self, folder as run_folder, name};
use engine::{Result, Warning, people};
use std::path::Path;

/// Runs a scenario into an empty folder, or into that of a run that was cut off. The manifest is written last; only
/// the first of several processes makes it.
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
    let (config, say) = (&scenario.config, &voice.say);
    let (started, mut watch) = (phase::now(), phase::stopwatch());
    let mut source = watch.time("read", || Source::read(scenario))?;
    let demand = watch.time("read", || Demand::read(scenario, &mut source))?;
    let policy = policy::compile(&source.network, &config.policy)?;
    let expected = forecast::expect(&source, &demand, config);
    forecast::tell(&expected, voice)?;

    let (mut river, fit) = people(scenario, &mut source, demand, &policy, &mut watch, voice)?;
    source.warnings.extend(river.park_before_closures(&source.network, &policy));

    let (settings, identity) = (config.learning()?, config.identity()?);
    let watcher = Watcher::new(voice.say);
    let setup = Setup {
        network: &source.network,
        policy: &policy,
        settings: &settings,
        identity: &identity,
        folder,
        processes: team,
        progress: &watcher,
        checkpointing,
    };
    let mut learning = Learning::begin(setup, &mut river, &mut watch)?;
    let learned = loop {
        let day = learning.live()?;
        let answers = learning.ask(&day)?;
        if let Some(reason) = learning.reason_to_stop() {
            break learning.end(day, answers, reason)?;
        }
        learning.choose(answers)?;
    };
    drop(watcher);
    if !team.is_first() {
        return Ok(None);
    }
    source.warnings.extend(learned.warnings.iter().cloned());
    river.scatter(&learned.legs, &learned.outcome.moved);
    let lives = river.lives();

    let verdict =
        watch.time("validate", || Verdict::of(&source, &learned.legs, &lives, &learned, &policy, config))?;
    watch.time("write", || -> Result<()> {
        let persons: Vec<_> = lives.iter().map(|l| *l.demographics).collect();
        let zone_names: Vec<String> = source.zones.zones.iter().map(|z| z.name.clone()).collect();
        store::persons::write(folder, &persons, &zone_names)?;
        store::chains::write(folder, &lives)?;
        store::activities::write(folder, &lives)?;
        store::legs::write(folder, &source.network, &learned.legs, &learned.routes, &learned.outcome.moved)?;
        store::routes::write(folder, &learned.routes)?;
        store::link_15min::write(folder, &source.network, &learned.outcome.bins)?;
        store::iterations::write(folder, &learned.iterations)?;
        store::network::write(folder, &source.network)?;
        source.write_dropped(folder)?;
        verdict.write(folder)
    })?;

    let mut manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        commit: env!("WAYFARE_COMMIT").into(),
        started,
        scenario: scenario.file.clone(),
        folders: scenario.folders.clone(),
        config: config.clone(),
        inputs: source.inputs.iter().map(|p| manifest::hash_file(p)).collect::<Result<_>>()?,
        seed: config.seed,
        threads: voice.threads,
        host: phase::host(),
        expected,
        phases: Vec::new(),
        seconds: 0.0,
        peak_memory_bytes: 0,
        hash: Hashes { events: learned.events.hash.clone(), ..Hashes::default() },
        summary: verdict.summary(),
        checks: verdict.checks.iter().map(|c| (c.name.to_string(), c.checked, c.failed)).collect(),
        warnings: manifest::group_warnings(&source.warnings),
        outputs: Vec::new(),
    };
    manifest.phases.clone_from(&watch.phases);
    let story = Story {
        source: &source,
        legs: &learned.legs,
        lives: &lives,
        learned: &learned,
        verdict: &verdict,
        fit: fit.as_ref(),
        policy: &policy,
    };
    watch.time("report", || report::write(&story, &manifest, folder))?;
    manifest.close(folder, &watch)?;
    verdict.require()?;
    manifest.write(folder)?;
    learned.checkpointer.clear()?;
    say.line(format!("done in {:.0} s: {}", manifest.seconds, folder.join(name::REPORT).display()));
    Ok(Some(manifest))
}

/// Persons with their days, places and trips.
fn people(
    scenario: &Scenario,
    source: &mut Source,
    demand: Demand,
    policy: &Compiled,
    watch: &mut Stopwatch,
    voice: &Voice,
) -> Result<(River, Option<people::Fit>)> {
    let config = &scenario.config;
    let (mut controls, sample) = match demand {
        Demand::Given(given) => {
            if config.mode_constants != ModeConstants::default() {
                let what = "changes nothing: the modes of these trips are given";
                source.warnings.push(Warning::new(&scenario.file, "mode-constants", what));
            }
            return Ok((River::of_plans(given), None));
        }
        Demand::Synthetic { controls, sample } => (controls, sample),
    };
    let mut synthesize = |controls: &[Control]| {
        watch.time("synthesize", || {
            people::synthesize(&source.zones, controls, &sample, config.sample, config.seed)
        })
    };
    let (mut population, mut fit) = synthesize(&controls)?;
    if let PeopleInput::Mtc { carless_share: Some(share), .. } = config.people {
        controls.push(people::car::without_car(&population, source.zones.len(), share, config.sample)?);
        (population, fit) = synthesize(&controls)?;
    }
    source.warnings.extend(fit.warnings.iter().cloned());
    let copies = |(i, p): (usize, &people::Demographics)| {
        let n = policy.copies(engine::id::PersonId::new(i), config.seed) as usize;
        std::iter::repeat_n(*p, n)
    };
    let persons: Vec<people::Demographics> = population.persons.iter().enumerate().flat_map(copies).collect();
    voice.say.line(format!("{} households, {} persons", population.households.len(), persons.len()));
    let method = match config.place.method {
        PlaceMethod::Reference => Method::Reference,
        PlaceMethod::SizeDeterrence => Method::SizeDeterrence,
    };
    let params = Params { method, ..Params::default() };
    let prepared = watch.time("place", || Assigner::new(&source.zones, &source.network, params, config.seed));
    let (assigner, more) = prepared?;
    source.warnings.extend(more);
    let generator = match &config.activity.weights {
        Some(path) => model::Generator::load(scenario.find(path)?)?,
        None => model::Generator::shipped()?,
    };
    let rules = Rules {
        seed: config.seed,
        weekday: config.activity.weekday,
        generator: Box::new(generator),
        density: Density::new(&source.zones, &source.network, assigner.access()),
        assigner,
        modes: config.mode_constants.coefficients(),
        telework: policy.telework.clone(),
    };
    let mut river = River::of_people(&persons);
    river.flow(rules, watch)?;
    Ok((river, Some(fit)))
}

/// Prepares the folder, runs, and says where the results are. A finished run of this scenario is not run again when it
/// is to be resumed, so that a script may resume until it is done.
///
/// # Errors
/// A fault in the scenario, its files or the output folder, or a check of the day that failed.
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
        run_folder::reenter(out)?;
        Checkpoints::new(&out.join(FOLDER)).clear()?;
        voice.say.line(format!("{} is finished already: nothing to do", out.display()));
        return Ok(Some(done));
    }
    match team.is_first() {
        true if checkpointing.resume => run_folder::reenter(out)?,
        true => run_folder::prepare(out, overwrite)?,
        false => {}
    }
    run(scenario, out, checkpointing, team, voice)
}

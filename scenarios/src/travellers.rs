//! From layers of demand to travellers with their trips.
//!
//! The layers of a scenario add up here: all residents are planned together, whichever layer they are of, while
//! trips that are given keep their times and modes. Policies act at three points: a change of demand says how often
//! a person takes part at all, telework who stays at home, and a trip that would end on a link while it is closed
//! ends on an open one before it.

use crate::say::Voice;
use crate::scenario::{ModeConstants, PlaceMethod, Scenario};
use crate::source::Source;
use engine::activity::target::{self as days, Does};
use engine::agent::{Agents, Demographics, Rules};
use engine::choice::target::{Met, purpose_name};
use engine::clock::Stopwatch;
use engine::demand::{Layer, LayerId, Residents, Travellers};
use engine::mode::Mode;
use engine::people::Fit;
use engine::place::{Assigner, Density, Homes, Method, Params};
use engine::policy::Compiled;
use engine::validate::plausible::{Days, judge};
use engine::{Faults, Result, Warning};

/// All layers of a scenario, added up, and how well the residents meet the totals of their zones (those of the last layer of
/// residents; `None` without one). The numbers of persons follow the order of the layers.
///
/// # Errors
/// Zone totals, weights or zones that make no sense.
pub fn make(
    scenario: &Scenario,
    source: &mut Source,
    layers: Vec<Layer>,
    policy: &Compiled,
    watch: &mut Stopwatch,
    voice: &Voice,
) -> Result<(Agents, Option<Fit>)> {
    let (seed, mut agents, mut fit) = (scenario.config.seed, Agents::default(), None);
    for (number, layer) in layers.into_iter().enumerate() {
        let id = LayerId(number as u8);
        let copies = |person| policy.copies(person, seed);
        match layer.travellers {
            Travellers::Given(given) => agents.add_given(id, given, copies),
            Travellers::Residents(residents) => {
                let made = synthesize(scenario, source, &residents, watch)?;
                let [households, persons] = [made.population.households.len(), made.population.persons.len()];
                voice.say.line(format!("{}: {households} households, {persons} persons", layer.name));
                agents.add_residents(id, &made.population, copies);
                fit = Some(made.fit);
            }
        }
    }
    agents.set_classes(source.classes.clone());
    // Only residents have days to be made. Without any, mode constants have nobody to act on, which is worth a
    // warning.
    if fit.is_some() {
        let rules = rules(scenario, source, &mut agents, policy, watch, voice)?;
        let met = agents.plan(rules, watch)?;
        met.iter().for_each(|met| voice.say.line(of_modes(met)));
    } else if scenario.config.mode_constants != ModeConstants::default() {
        let what = "changes nothing: the modes of these trips are given";
        source.warnings.push(Warning::new(&scenario.file, "mode-constants", what));
    }
    judge_days(scenario, source, &mut agents, voice)?;
    Ok((agents, fit))
}

/// Says a line a layer that a person can check, and warns of days that are seldom true.
///
/// # Errors
/// A fault for each layer whose days cannot be meant.
fn judge_days(scenario: &Scenario, source: &mut Source, agents: &mut Agents, voice: &Voice) -> Result<()> {
    let (agents, mut faults) = (agents.list(), Faults::default());
    for (number, input) in scenario.config.people.iter().enumerate() {
        let of_layer = agents.iter().filter(|agent| agent.layer.index() == number);
        let days = Days::of(of_layer);
        voice.say.line(format!("{}: {days}", input.layer()));
        let record = format!("people ({})", input.layer());
        faults.extend(judge(days.oddities(), &scenario.file, &record, &mut source.warnings));
    }
    faults.none()
}

/// How the known days of a kind of person were met, in a line: shares as the model knew them, and now.
fn of_days(met: &days::Met) -> String {
    let wanted = Does::ALL.iter().filter(|does| met.wanted[**does as usize].is_some());
    let of = |does: &Does| {
        let at = *does as usize;
        format!("{} {:.1} -> {:.1} %", does.label(), 100.0 * met.before[at], 100.0 * met.after[at])
    };
    let shares: Vec<String> = wanted.map(of).collect();
    format!("days of {} persons of the kind {}: {}", met.persons, met.kind.label(), shares.join(", "))
}

/// How the known modes of a purpose were met, in a line: share, and what was added to the constant.
fn of_modes(met: &Met) -> String {
    let of = |mode: &Mode| {
        let (at, name) = (*mode as usize, mode.name());
        format!(
            "{name} {:.1} -> {:.1} % ({:+.2})",
            100.0 * met.before[at],
            100.0 * met.after[at],
            met.constants[at]
        )
    };
    let modes: Vec<String> = Mode::ALL.iter().map(of).collect();
    format!("modes of {} tours: {}", purpose_name(met.purpose), modes.join(", "))
}

/// Households and persons of one layer of residents, for the sample of the run.
fn synthesize(
    scenario: &Scenario,
    source: &mut Source,
    residents: &Residents,
    watch: &mut Stopwatch,
) -> Result<engine::demand::Made> {
    let (sample, seed) = (scenario.config.sample, scenario.config.seed);
    let made = watch.time("synthesize", || residents.make(&source.zones, sample, seed))?;
    source.warnings.extend(made.fit.warnings.iter().cloned());
    Ok(made)
}

/// What the stages of a resident's day need to know.
fn rules(
    scenario: &Scenario,
    source: &mut Source,
    agents: &mut Agents,
    policy: &Compiled,
    watch: &mut Stopwatch,
    voice: &Voice,
) -> Result<Rules> {
    let config = &scenario.config;
    let method = match config.place.method {
        PlaceMethod::Reference => Method::Reference,
        PlaceMethod::SizeDeterrence => Method::SizeDeterrence,
    };
    let mut params = Params { method, flows: source.known.flows.clone(), ..Params::default() };
    source.known.lengths.iter().for_each(|&(kind, quantiles)| params.distances.meet(kind, quantiles));
    let residents: Vec<Demographics> =
        agents.list().iter().filter_map(|agent| agent.demographics.copied()).collect();
    let homes = Homes::of(&source.zones, &residents);
    let prepared =
        watch.time("place", || Assigner::new(&source.zones, &source.network, &homes, params, config.seed));
    let (assigner, more) = prepared?;
    source.warnings.extend(more);
    let generator = match &config.activity.weights {
        Some(path) => model::Generator::load(scenario.find(path)?)?,
        None => model::Generator::shipped()?,
    };
    let (generator, met) = watch.time("generate", || generator.meeting(&source.known.days, &residents))?;
    met.kinds.iter().for_each(|met| voice.say.line(of_days(met)));
    if let Some([_, before, after]) = met.trips {
        voice.say.line(format!("trips a person: {before:.2} -> {after:.2}"));
    }
    Ok(Rules {
        seed: config.seed,
        weekday: config.activity.weekday,
        generator: Box::new(generator),
        density: Density::new(&source.zones, &source.network, assigner.access()),
        assigner,
        modes: config.mode_constants.coefficients(),
        targets: source.known.modes,
        telework: policy.telework.clone(),
    })
}

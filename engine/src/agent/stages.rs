//! The stages that make the day of a resident, as systems: each reads the components of earlier stages and writes exactly
//! one of its own.
//!
//! bevy_ecs checks what the type system of Rust cannot: two systems that touch the same component without an order
//! are an error (`ambiguity_detection`), so a stage cannot read what another is about to change. Systems run one
//! after the other on one thread; inside each, rayon spreads the persons. Each stage checks what it made before the
//! next begins, and names the person of the first fault.

use super::{MemberOf, Origin, Person, Stage, check};
use crate::activity::{Chain, Generate};
use crate::choice::target::{Met, Targets, meet};
use crate::choice::{self, Coefficients};
use crate::clock::Stopwatch;
use crate::id::PersonId;
use crate::people::Demographics;
use crate::place::{Assigner, Density, Places};
use crate::policy::{Telework, apply_telework};
use crate::trip::Trips;
use crate::{Error, Result};
use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, SingleThreadedExecutor};
use rayon::prelude::*;

/// What the stages need to know, apart from the persons.
#[derive(Resource)]
pub struct Rules {
    /// Seed of every draw.
    pub seed: u64,
    /// Day of the week, 0 = Monday.
    pub weekday: u8,
    /// The activity model.
    pub generator: Box<dyn Generate>,
    /// Places.
    pub assigner: Assigner,
    /// People around places.
    pub density: Density,
    /// What modes are liked.
    pub modes: Coefficients,
    /// Shares of modes that are known, for which constants are found.
    pub targets: Targets,
    /// Who works at home instead (policy).
    pub telework: Vec<Telework>,
}

/// The first error of a stage; the stages after it are skipped.
#[derive(Resource, Default)]
struct Trouble(Option<Error>);

/// How known shares of modes were met.
#[derive(Resource, Default)]
struct Modes(Vec<Met>);

/// Most persons whose tours the constants of modes are found on: shares are then exact to some tenths of a per cent.
const ASKED: usize = 200_000;

/// The stopwatch of the run, lent to the systems.
#[derive(Resource, Default)]
struct Watch(Stopwatch);

/// Residents: only they have a household.
type Resident = With<MemberOf>;

/// Runs the stages on all residents of `world`. Returns how known shares of modes were met.
///
/// # Errors
/// Whatever a stage could not do.
pub(super) fn run(world: &mut World, rules: Rules, watch: &mut Stopwatch) -> Result<Vec<Met>> {
    world.insert_resource(rules);
    world.insert_resource(Watch(std::mem::take(watch)));
    world.init_resource::<Trouble>();
    world.init_resource::<Modes>();
    let mut stages = Schedule::default();
    stages.set_build_settings(ScheduleBuildSettings {
        ambiguity_detection: LogLevel::Error,
        ..ScheduleBuildSettings::new()
    });
    stages.set_executor(SingleThreadedExecutor::new());
    stages.configure_sets((Stage::Generate, Stage::Place, Stage::Travel).chain());
    stages.add_systems((
        generate.in_set(Stage::Generate),
        place.in_set(Stage::Place),
        travel.in_set(Stage::Travel),
    ));
    stages.run(world);
    world.remove_resource::<Rules>();
    if let Some(Watch(inner)) = world.remove_resource() {
        *watch = inner;
    }
    match world.remove_resource::<Trouble>() {
        Some(Trouble(Some(error))) => Err(error),
        _ => Ok(world.remove_resource::<Modes>().unwrap_or_default().0),
    }
}

/// Activities: all chains in one call, because the activity model works on batches; then telework, which turns days
/// into days at home.
fn generate(
    rules: Res<'_, Rules>,
    mut watch: ResMut<'_, Watch>,
    mut trouble: ResMut<'_, Trouble>,
    mut query: Query<'_, '_, (&Person, &Origin, &Demographics, &mut Chain), Resident>,
) {
    let outcome = watch.0.time("generate", || -> Result<()> {
        let people: Vec<(PersonId, Demographics)> =
            query.iter().map(|(_, origin, who, _)| (origin.draws(), *who)).collect();
        let chains = rules.generator.chains(&people, rules.weekday, rules.seed)?;
        check::count(chains.len(), people.len())?;
        for ((_, origin, who, mut chain), made) in query.iter_mut().zip(chains) {
            *chain = made;
            apply_telework(&mut chain, origin.draws(), who, &rules.telework, rules.seed);
        }
        let made: Vec<_> = query.iter().collect();
        check::first_fault(&made, |(person, _, _, chain)| check::chain(person.0, chain))
    });
    // A system cannot return an error: it leaves it here, and the stages after it do nothing.
    trouble.0 = outcome.err();
}

/// Places of all episodes, each person alone.
fn place(
    rules: Res<'_, Rules>,
    mut watch: ResMut<'_, Watch>,
    mut trouble: ResMut<'_, Trouble>,
    mut query: Query<'_, '_, (&Person, &Origin, &Demographics, &Chain, &mut Places), Resident>,
) {
    if trouble.0.is_some() {
        return;
    }
    let (n_links, n_zones) = (rules.assigner.n_links(), rules.assigner.n_zones());
    let outcome = watch.0.time("place", || {
        let mut all: Vec<_> = query.iter_mut().collect();
        all.par_iter_mut().for_each(|(_, origin, who, chain, places)| {
            **places = rules.assigner.places(origin.draws(), who, chain);
        });
        check::first_fault(&all, |(person, _, _, chain, places)| {
            check::places(person.0, chain, places, n_links, n_zones)
        })
    });
    trouble.0 = outcome.err();
}

/// Trips with their modes and departures, each person alone, after constants are found that meet the known shares of modes.
fn travel(
    rules: Res<'_, Rules>,
    mut watch: ResMut<'_, Watch>,
    mut trouble: ResMut<'_, Trouble>,
    mut modes: ResMut<'_, Modes>,
    mut query: Query<'_, '_, (&Person, &Origin, &Demographics, &Chain, &Places, &mut Trips), Resident>,
) {
    if trouble.0.is_some() {
        return;
    }
    let outcome = watch.0.time("travel", || {
        let density = Some(&rules.density);
        let asked: Vec<_> = query.iter().step_by(query.iter().len().div_ceil(ASKED).max(1)).collect();
        let tours: Vec<_> = asked
            .par_iter()
            .flat_map_iter(|(_, _, who, chain, places, _)| choice::tours(who, chain, places, density))
            .collect();
        let (coefficients, met) = meet(&rules.modes, &rules.targets, &tours)?;
        modes.0 = met;
        let rule = choice::Rule { coefficients: &coefficients, density, seed: rules.seed };
        let mut all: Vec<_> = query.iter_mut().collect();
        all.par_iter_mut().for_each(|(_, origin, who, chain, places, trips)| {
            **trips = choice::trips(origin.draws(), who, chain, places, &rule);
        });
        check::first_fault(&all, |(person, _, _, _, places, trips)| check::trips(person.0, places, trips))
    });
    trouble.0 = outcome.err();
}

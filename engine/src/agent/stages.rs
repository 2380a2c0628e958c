//! People as bevy_ecs entities, and the stages as systems: each reads the components of earlier stages
//! and writes exactly one of its own (`Demographics` → `Chain` → `Places` → `Trips` → `Day`).

use crate::activity::{Chain, Generate};
use crate::agent::{Person, Stage};
use crate::choice::{self, Coefficients};
use crate::clock::Stopwatch;
use crate::id::{LegId, PersonId};
use crate::mode::Mode;
use crate::network::Network;
use crate::people::Demographics;
use crate::place::{Assigner, Density, Places};
use crate::policy::{CLOSURE_LEAD_S, Compiled, Telework, apply_telework};
use crate::route::assign;
use crate::trip::{Day, Legs, Moved, Trips};
use crate::{Error, Fault, Result, Warning};
use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, SingleThreadedExecutor};
use rayon::prelude::*;

/// A person whose day (or part of it) is given from outside: a survey, a trip table, MATSim plans.
#[derive(Debug, Clone)]
pub struct Given {
    /// Who.
    pub demographics: Demographics,
    /// What.
    pub chain: Chain,
    /// Where.
    pub places: Places,
    /// How.
    pub trips: Trips,
}

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
    /// Who works at home instead (policy).
    pub telework: Vec<Telework>,
}

#[derive(Resource, Default)]
struct Trouble(Option<Error>);

#[derive(Resource, Default)]
struct Watch(Stopwatch);

/// Largest share of car trips that a closure may leave without a way; more is a mistake in the scenario.
const MOST_STRANDED: f64 = 0.01;

/// The persons of a run.
pub struct River {
    world: World,
}

impl River {
    /// Persons of whom only the demographics are known.
    pub fn of_people(persons: &[Demographics]) -> Self {
        let mut world = World::new();
        let entity = |(i, p): (usize, &Demographics)| {
            (
                Person(PersonId::new(i)),
                *p,
                Chain::default(),
                Places::default(),
                Trips::default(),
                Day::default(),
            )
        };
        world.spawn_batch(persons.iter().enumerate().map(entity).collect::<Vec<_>>());
        Self { world }
    }

    /// Persons whose whole plan is given.
    pub fn of_plans(given: Vec<Given>) -> Self {
        let mut world = World::new();
        let entity = |(i, g): (usize, Given)| {
            (Person(PersonId::new(i)), g.demographics, g.chain, g.places, g.trips, Day::default())
        };
        world.spawn_batch(given.into_iter().enumerate().map(entity).collect::<Vec<_>>());
        Self { world }
    }

    /// Lets persons without plans flow through the stages: days, places, trips.
    ///
    /// # Errors
    /// Whatever a stage could not do; the stages after it are skipped.
    pub fn flow(&mut self, rules: Rules, watch: &mut Stopwatch) -> Result<()> {
        self.world.insert_resource(rules);
        self.world.insert_resource(Watch(std::mem::take(watch)));
        self.world.init_resource::<Trouble>();
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
        stages.run(&mut self.world);
        self.world.remove_resource::<Rules>();
        if let Some(Watch(inner)) = self.world.remove_resource() {
            *watch = inner;
        }
        match self.world.remove_resource::<Trouble>() {
            Some(Trouble(Some(error))) => Err(error),
            _ => Ok(()),
        }
    }

    /// What closures do to trips, before anybody chooses a route: see [`Compiled::park_before_closures`].
    pub fn park_before_closures(&mut self, network: &Network, policy: &Compiled) -> Vec<Warning> {
        if policy.closed.is_empty() {
            return Vec::new();
        }
        let mut met = Vec::new();
        for mut trips in self.world.query::<&mut Trips>().iter_mut(&mut self.world) {
            met.extend(policy.park_before_closures(network, &mut trips.0, CLOSURE_LEAD_S));
        }
        policy.warn_of_ends(network, &met)
    }

    /// Trips for which there is no way by car are made by public transport; `stranded` numbers them as
    /// [`River::legs`] does, ascending. Their straight line is taken between the middles of their links.
    ///
    /// # Errors
    /// A [`Fault`] with `message` when they are more than one car trip in a hundred: then the scenario is wrong.
    pub fn take_transit(
        &mut self,
        network: &Network,
        legs: &Legs,
        stranded: &[LegId],
        message: &str,
    ) -> Result<Warning> {
        if stranded.len() as f64 > MOST_STRANDED * assign::car_legs(legs).len() as f64 {
            return Err(Fault::new("policy", "", message)
                .expected("a way for all but one car trip in a hundred")
                .advice("close fewer links, or for a shorter time")
                .into());
        }
        let mut query = self.world.query::<(&Person, &mut Trips)>();
        for (person, mut trips) in query.iter_mut(&mut self.world) {
            let own = legs.of(person.0);
            for (leg, trip) in own.zip(&mut trips.0) {
                if stranded.binary_search(&leg).is_ok() {
                    let ((ax, ay), (bx, by)) = (network.middle(trip.from), network.middle(trip.to));
                    trip.mode = Mode::Transit;
                    trip.distance_m =
                        crate::float::sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by)) as f32;
                }
            }
        }
        Ok(Warning::new("policy", "", format!("{message}; they are made by transit instead")))
    }

    /// The legs of everybody as dense arrays, in the order of the persons.
    pub fn legs(&mut self) -> Legs {
        let mut legs = Legs { first: vec![0], ..Legs::default() };
        let mut query = self.world.query::<(&Person, &Trips)>();
        let mut all: Vec<(&Person, &Trips)> = query.iter(&self.world).collect();
        all.sort_unstable_by_key(|(person, _)| person.0);
        for (_, trips) in all {
            legs.push(&trips.0, choice::teleport_s);
        }
        legs
    }

    /// Gives each person what became of the day.
    pub fn scatter(&mut self, legs: &Legs, moved: &[Moved]) {
        let mut query = self.world.query::<(&Person, &mut Day)>();
        for (person, mut day) in query.iter_mut(&mut self.world) {
            day.0 = legs.of(person.0).map(|leg| moved[leg.index()]).collect();
        }
    }

    /// Everybody's components, in the order of the persons.
    pub fn lives(&mut self) -> Vec<Life<'_>> {
        let mut query = self.world.query::<(&Person, &Demographics, &Chain, &Places, &Trips, &Day)>();
        let life = |(person, demographics, chain, places, trips, day): (&Person, _, _, _, _, _)| Life {
            person: person.0,
            demographics,
            chain,
            places,
            trips,
            day,
        };
        let mut lives: Vec<Life<'_>> = query.iter(&self.world).map(life).collect();
        lives.sort_unstable_by_key(|life| life.person);
        lives
    }
}

fn generate(
    rules: Res<'_, Rules>,
    mut watch: ResMut<'_, Watch>,
    mut trouble: ResMut<'_, Trouble>,
    mut query: Query<'_, '_, (&Person, &Demographics, &mut Chain)>,
) {
    let outcome = watch.0.time("generate", || -> Result<()> {
        let people: Vec<(PersonId, Demographics)> =
            query.iter().map(|(person, who, _)| (person.0, *who)).collect();
        let chains = rules.generator.chains(&people, rules.weekday, rules.seed)?;
        for ((person, who, mut chain), made) in query.iter_mut().zip(chains) {
            *chain = made;
            apply_telework(&mut chain, person.0, who, &rules.telework, rules.seed);
        }
        Ok(())
    });
    trouble.0 = outcome.err();
}

fn place(
    rules: Res<'_, Rules>,
    mut watch: ResMut<'_, Watch>,
    trouble: Res<'_, Trouble>,
    mut query: Query<'_, '_, (&Person, &Demographics, &Chain, &mut Places)>,
) {
    if trouble.0.is_some() {
        return;
    }
    watch.0.time("place", || {
        let mut all: Vec<_> = query.iter_mut().collect();
        all.par_iter_mut().for_each(|(person, who, chain, places)| {
            **places = rules.assigner.places(person.0, who, chain);
        });
    });
}

fn travel(
    rules: Res<'_, Rules>,
    mut watch: ResMut<'_, Watch>,
    trouble: Res<'_, Trouble>,
    mut query: Query<'_, '_, (&Person, &Demographics, &Chain, &Places, &mut Trips)>,
) {
    if trouble.0.is_some() {
        return;
    }
    let rule = choice::Rule { coefficients: &rules.modes, density: Some(&rules.density), seed: rules.seed };
    watch.0.time("travel", || {
        let mut all: Vec<_> = query.iter_mut().collect();
        all.par_iter_mut().for_each(|(person, who, chain, places, trips)| {
            **trips = choice::trips(person.0, who, chain, places, &rule);
        });
    });
}

/// One person's components, all stages.
#[derive(Debug, Clone, Copy)]
pub struct Life<'a> {
    /// Number.
    pub person: PersonId,
    /// Who.
    pub demographics: &'a Demographics,
    /// What was planned.
    pub chain: &'a Chain,
    /// Where.
    pub places: &'a Places,
    /// Trips as planned.
    pub trips: &'a Trips,
    /// What became of the trips.
    pub day: &'a Day,
}

impl Life<'_> {
    /// The episodes with their places and the times that came of the day. The link of a place is the one at which the
    /// trip to it ended, or the trip from it begins. An episode that was never reached (the day ended on the way) is
    /// left out, and all after it.
    pub fn stays(&self) -> Vec<(PersonId, usize, crate::activity::Episode, crate::place::Place)> {
        let mut rows = Vec::with_capacity(self.chain.0.len());
        let (mut arrived_s, mut at_link) = (None, None);
        for (index, (episode, place)) in self.chain.0.iter().zip(&self.places.0).enumerate() {
            let (mut real, mut place) = (*episode, *place);
            if let Some(arrived_s) = arrived_s.take() {
                real.start_s = arrived_s;
                real.end_s = real.end_s.max(arrived_s);
            }
            place.link = at_link.unwrap_or(place.link);
            let trip = self.trips.0.iter().position(|t| usize::from(t.episode) == index);
            let moved = trip.and_then(|t| self.day.0.get(t));
            if let Some(moved) = moved {
                real.end_s = moved.depart_s.max(real.start_s);
                arrived_s = Some(moved.arrive_s);
            }
            rows.push((self.person, index, real, place));
            if moved.is_some_and(|m| m.arrive_s == u32::MAX) {
                break;
            }
            at_link = trip.map(|t| self.trips.0[t].to).or(at_link);
        }
        rows
    }
}

//! All travellers of a run.
//!
//! With `stages.rs` the only code that knows the bevy_ecs entities of travellers: the rest of a run sees dense
//! arrays ([`Agents::legs`]) and rows ([`Agents::list`]). Numbers are given in the order in which travellers are
//! added, from 0, without gaps, and never change; entities are visited in any order, so whatever leaves here is
//! sorted by number first.

use super::stages::{self, Rules};
use super::{Agent, Household, MemberOf, Origin, Person, SourceName, check};
use crate::activity::Chain;
use crate::choice;
use crate::choice::target::Met;
use crate::clock::Stopwatch;
use crate::demand::{Given, LayerId};
use crate::id::{HouseholdId, LegId, LinkId, PersonId};
use crate::mode::Mode;
use crate::network::Network;
use crate::people::{Demographics, Population};
use crate::place::{DETOUR, Places};
use crate::policy::Compiled;
use crate::route::timed::{Timed, TimedScratch};
use crate::route::{LinkTimes, Query, Router, Scratch, assign};
use crate::trip::{Day, Legs, Moved, Trip, Trips};
use crate::unit::DAY_S;
use crate::vehicle::{ClassId, Classes};
use crate::{Fault, Result, Warning};
use bevy_ecs::prelude::*;
use rayon::prelude::*;

/// Largest share of car trips that a closure may leave without a way; more is a mistake in the scenario.
const MOST_STRANDED: f64 = 0.01;

/// The travellers of a run, numbered in the order in which their layers were added.
#[derive(Default)]
pub struct Agents {
    world: World,
    n_persons: usize,
    /// Travellers that there would be without a measure on demand.
    n_origins: usize,
    n_households: usize,
    classes: Classes,
}

/// Longest way along one street, metres.
const ONE_ROAD_MOST_M: f64 = 1_000.0;

impl Agents {
    /// Adds residents with their households. `copies` says how many times a person of `population` takes part (a policy
    /// can change that); their days are made by [`Agents::plan`].
    ///
    /// Copies share the household, so a household may have more members on the road than its size says; one whose
    /// members do not take part is there without members.
    pub fn add_residents(
        &mut self,
        layer: LayerId,
        population: &Population,
        copies: impl Fn(PersonId) -> u32,
    ) {
        let first = self.n_households;
        let household = |(i, h): (usize, &crate::people::Household)| Household {
            id: HouseholdId::new(first + i),
            zone: h.zone,
            size: h.size,
            vehicles: h.vehicles,
            income_usd: h.income_usd,
        };
        let entities: Vec<Household> = population.households.iter().enumerate().map(household).collect();
        self.n_households += entities.len();
        let homes: Vec<Entity> = self.world.spawn_batch(entities).collect();
        let mut persons = Vec::with_capacity(population.persons.len());
        for (i, who) in population.persons.iter().enumerate() {
            for copy in 0..copies(PersonId::new(i)) {
                let origin = Origin { person: PersonId::new(self.n_origins + i), copy };
                let person = Person(PersonId::new(self.n_persons + persons.len()));
                let home = homes[who.household.index()];
                let who = Demographics { household: HouseholdId::new(first + who.household.index()), ..*who };
                let plan = (Chain::default(), Places::default(), Trips::default(), Day::default());
                persons.push((person, origin, layer, MemberOf(home), who, plan));
            }
        }
        self.n_persons += persons.len();
        self.n_origins += population.persons.len();
        self.world.spawn_batch(persons);
    }

    /// Adds travellers whose trips are given. `copies` as in [`Agents::add_residents`], by position in `given`.
    pub fn add_given(&mut self, layer: LayerId, given: Vec<Given>, copies: impl Fn(PersonId) -> u32) {
        for (i, given) in given.into_iter().enumerate() {
            let origin = PersonId::new(self.n_origins);
            self.n_origins += 1;
            for copy in 0..copies(PersonId::new(i)) {
                let origin = Origin { person: origin, copy };
                let person = Person(PersonId::new(self.n_persons));
                self.n_persons += 1;
                let Given { name, demographics, activities, trips } = given.clone();
                let mut entity = self.world.spawn((person, origin, layer, trips, Day::default()));
                match name {
                    Some(name) if copy == 0 => drop(entity.insert(SourceName(name))),
                    // Nobody else has the name of a person: further ones of a measure on demand are numbered.
                    Some(name) => drop(entity.insert(SourceName(format!("{name}-{}", copy + 1)))),
                    None => {}
                }
                if let Some(demographics) = demographics {
                    entity.insert(demographics);
                }
                if let Some((chain, places)) = activities {
                    entity.insert((chain, places));
                }
            }
        }
    }

    /// Says which classes of vehicles the trips of those who are added name ([`crate::trip::Trip::vehicle`]); without it
    /// everybody drives the ordinary car.
    pub fn set_classes(&mut self, classes: Classes) {
        self.classes = classes;
    }

    /// Number of travellers.
    pub fn len(&self) -> usize {
        self.n_persons
    }

    /// Whether there is no traveller.
    pub fn is_empty(&self) -> bool {
        self.n_persons == 0
    }

    /// Makes the days of all residents: activities, places, trips.
    ///
    /// Returns how the known shares of modes were met, a purpose each.
    ///
    /// # Errors
    /// Whatever a stage could not do; the stages after it are skipped.
    pub fn plan(&mut self, rules: Rules, watch: &mut Stopwatch) -> Result<Vec<Met>> {
        stages::run(&mut self.world, rules, watch)
    }

    /// By which side of its street each car trip of a resident leaves and arrives: a place is a street, and its driver takes the
    /// direction that makes the way on empty roads cheapest. A trip along one street goes a third of its length (the mean
    /// distance of two of its points), at most a kilometre: on a long road outside towns people visit neighbours. Trips that are
    /// given keep their links.
    pub fn choose_ends(&mut self, network: &Network, router: &Router) {
        let metrics = router.customize(&LinkTimes::free_flow(network, DAY_S, 1));
        let metric = metrics.at(0);
        let mut query = self.world.query_filtered::<&mut Trips, With<MemberOf>>();
        let mut all: Vec<_> = query.iter_mut(&mut self.world).collect();
        all.par_iter_mut().for_each_init(Scratch::default, |scratch, trips| {
            for trip in &mut trips.0 {
                if network.is_one_road(trip.from, trip.to) {
                    let way_m = (network.link(trip.from).length_m / 3.0).min(ONE_ROAD_MOST_M);
                    trip.distance_m = (way_m / DETOUR) as f32;
                } else if trip.mode.drives() {
                    let sides = |link: LinkId| [Some(link), network.opposite(link)].into_iter().flatten();
                    let [from, to] = [trip.from, trip.to].map(|link| sides(link).collect::<Vec<_>>());
                    if let Some(ends) = router.cheapest_ends(metric, &from, &to, scratch) {
                        (trip.from, trip.to) = ends;
                    }
                }
            }
        });
    }

    /// What closures do to trips, before anybody chooses a route: see [`Compiled::park_before_closures`].
    pub fn park_before_closures(
        &mut self,
        network: &Network,
        router: &Router,
        policy: &Compiled,
    ) -> Vec<Warning> {
        if policy.closed.is_empty() {
            return Vec::new();
        }
        let empty = LinkTimes::free_flow(network, DAY_S, 1);
        let (timed, mut scratch) = (Timed::new(router, &empty), TimedScratch::default());
        // Without a way the trip is no driver's: it is dealt with later.
        let mut takes_s = |trip: &Trip| {
            let query = Query { from: trip.from, to: trip.to, depart_s: trip.depart_s };
            timed.search(&query, &mut scratch, None).unwrap_or(0.0)
        };
        let mut met = Vec::new();
        for mut trips in self.world.query::<&mut Trips>().iter_mut(&mut self.world) {
            met.extend(policy.park_before_closures(network, &mut trips.0, &mut takes_s));
        }
        policy.warn_of_ends(network, &met)
    }

    /// Trips for which there is no way by car are made by public transport; `stranded` numbers them as
    /// [`Agents::legs`] does, ascending. Their straight line is taken between the middles of their links.
    ///
    /// Few trips without a way are the price of a closure; many are a mistake, and a run in which they silently
    /// vanished from the road would look like a success.
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
                    (trip.mode, trip.vehicle) = (Mode::Transit, ClassId::CAR);
                    trip.distance_m =
                        crate::float::sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by)) as f32;
                }
            }
        }
        Ok(Warning::new("policy", "", format!("{message}; they are made by transit instead")))
    }

    /// The legs of everybody as dense arrays, in the order of the persons.
    ///
    /// Made anew whenever trips have changed; in a run nothing else turns trips into legs.
    ///
    /// # Errors
    /// [`crate::Error::Check`] that names the traveller, when a trip is on no link of `network`, or begins elsewhere than
    /// the one before ended.
    pub fn legs(&mut self, network: &Network) -> Result<Legs> {
        let mut legs = Legs { first: vec![0], classes: self.classes.clone(), ..Legs::default() };
        let mut query = self.world.query::<(&Person, &Trips)>();
        let mut all: Vec<(&Person, &Trips)> = query.iter(&self.world).collect();
        all.sort_unstable_by_key(|(person, _)| person.0);
        check::first_fault(&all, |(person, trips)| check::way(person.0, trips, network))?;
        for (_, trips) in all {
            legs.push(&trips.0, choice::teleport_s);
        }
        Ok(legs)
    }

    /// Gives each traveller what became of the trips; `moved` is in the order of `legs`.
    pub fn scatter(&mut self, legs: &Legs, moved: &[Moved]) {
        let mut query = self.world.query::<(&Person, &mut Day)>();
        for (person, mut day) in query.iter_mut(&mut self.world) {
            day.0 = legs.of(person.0).map(|leg| moved[leg.index()]).collect();
        }
    }

    /// Everybody's components, in the order of the persons.
    ///
    /// Optional parts are `None` where the source of the traveller does not know them.
    pub fn list(&mut self) -> Vec<Agent<'_>> {
        let mut query = self.world.query::<(
            (&Person, &Origin),
            &LayerId,
            Option<&SourceName>,
            Option<&Demographics>,
            Option<&Chain>,
            Option<&Places>,
            &Trips,
            &Day,
        )>();
        let all = query.iter(&self.world);
        let mut agents: Vec<Agent<'_>> = all
            .map(|((person, origin), layer, name, demographics, chain, places, trips, day)| {
                let (person, origin, layer, name) =
                    (person.0, *origin, *layer, name.map(|name| name.0.as_str()));
                Agent { person, origin, layer, name, demographics, chain, places, trips, day }
            })
            .collect();
        agents.sort_unstable_by_key(|agent| agent.person);
        agents
    }

    /// The households in their order, each with the numbers of its members, ascending.
    pub fn households(&mut self) -> Vec<(Household, Vec<PersonId>)> {
        let mut members: Vec<Vec<PersonId>> = vec![Vec::new(); self.n_households];
        let mut query = self.world.query::<(&Person, &MemberOf)>();
        let mut households = self.world.query::<&Household>();
        for (person, home) in query.iter(&self.world) {
            if let Ok(household) = households.get(&self.world, home.0) {
                members[household.id.index()].push(person.0);
            }
        }
        members.iter_mut().for_each(|persons| persons.sort_unstable());
        let mut all: Vec<Household> = households.iter(&self.world).copied().collect();
        all.sort_unstable_by_key(|household| household.id);
        all.into_iter().zip(members).collect()
    }
}

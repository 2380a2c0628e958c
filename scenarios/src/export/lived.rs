//! The last day of a run in MATSim's words: persons with the stays and legs that were lived, and their vehicles.

use engine::activity::Chain;
use engine::activity::replay::{Attribute, PlannedLeg, PlannedPerson, Stay};
use engine::id::{LegId, LinkId, PersonId};
use engine::network::Network;
use engine::people::{Demographics, Sex};
use engine::place::{Place, Places};
use engine::trip::{Legs, Moved, Routes};
use engine::unit::DAY_S;
use engine::vehicle::Class;
use netconvert::matsim;
use netconvert::matsim::facilities::{Facility, Offer};
use std::collections::{BTreeMap, HashMap};

/// What travellers do of whom no activities are known.
const OTHER: &str = "other";

/// The places of activities, each once: what is done there, by whomever. Their names are numbers, in the order of persons.
#[derive(Default)]
pub(super) struct Facilities {
    /// The places, in the order of their numbers.
    pub(super) list: Vec<Facility>,
    number: HashMap<Spot, usize>,
}

/// A place as something to look up: the bits of its coordinates, and its link.
type Spot = (u32, u32, LinkId);

/// The spot of a place.
fn spot(place: &Place) -> Spot {
    (place.x_m.to_bits(), place.y_m.to_bits(), place.link)
}

impl Facilities {
    /// Of all persons, from what they did and where.
    pub(super) fn of(network: &Network, chains: &[Chain], places: &[Places]) -> Self {
        let mut all = Self::default();
        let episodes = chains.iter().zip(places).flat_map(|(chain, places)| chain.0.iter().zip(&places.0));
        for (episode, place) in episodes {
            let number = *all.number.entry(spot(place)).or_insert(all.list.len());
            if number == all.list.len() {
                all.list.push(Facility {
                    name: number.to_string(),
                    xy_m: Some((f64::from(place.x_m), f64::from(place.y_m))),
                    link: Some(network.link(place.link).name.clone()),
                    offers: Vec::new(),
                });
            }
            let (offers, kind) = (&mut all.list[number].offers, episode.activity.label());
            if !offers.iter().any(|offer| offer.kind == kind) {
                offers.push(Offer { kind: kind.into(), ..Offer::default() });
            }
        }
        all
    }

    /// The name of a place; `None` where nothing was done.
    fn name(&self, place: &Place) -> Option<String> {
        self.number.get(&spot(place)).map(|&number| self.list[number].name.clone())
    }
}

/// The last day of a run. Positions in `legs`, `routes` and `moved` are those of legs, in `chains` and `places`
/// those of persons.
pub(super) struct Lived<'a> {
    /// The roads, for the names and lengths of links.
    pub(super) network: &'a Network,
    /// The trips: mode, links, and to whom they belong.
    pub(super) legs: &'a Legs,
    /// Links of each leg that drives.
    pub(super) routes: &'a Routes,
    /// When each leg departed and arrived.
    pub(super) moved: &'a [Moved],
    /// What each person did; empty where no activities are known.
    pub(super) chains: &'a [Chain],
    /// Where they did it, a place an episode.
    pub(super) places: &'a [Places],
    /// The places of activities.
    pub(super) facilities: &'a Facilities,
    /// Name of each person.
    pub(super) names: &'a [String],
    /// Length of the way of each leg, metres, where it is known.
    pub(super) lengths_m: &'a [Option<f64>],
}

impl Lived<'_> {
    /// A person with the day that was lived: real times, driven routes. `own` are the attributes of the source; of a
    /// person without, what is known of residents.
    pub(super) fn person(
        &self,
        person: PersonId,
        who: Option<&Demographics>,
        own: &[Attribute],
    ) -> PlannedPerson {
        let legs: Vec<LegId> = self.legs.of(person).collect();
        let name = self.names[person.index()].clone();
        let mut attributes = own.to_vec();
        attributes.extend(who.into_iter().flat_map(of_resident));
        attributes.extend(self.own_vehicles(person));
        let stays = match self.chains[person.index()].0.is_empty() {
            true => self.ends(&legs),
            false => self.stays(person, &legs),
        };
        let mut planned: Vec<PlannedLeg> = legs.iter().map(|leg| self.leg(person, *leg)).collect();
        // A plan is stay, leg, stay and so on: a leg behind the last stay would lead nowhere.
        planned.truncate(stays.len().saturating_sub(1));
        turn_around(&stays, &mut planned);
        PlannedPerson { name, attributes, stays, legs: planned }
    }

    /// The activities between which the person travels; episodes without a trip between them are one stay.
    fn stays(&self, person: PersonId, legs: &[LegId]) -> Vec<Stay> {
        let (chain, places) = (&self.chains[person.index()].0, &self.places[person.index()].0);
        let mut stays = Vec::with_capacity(legs.len() + 1);
        let mut at = 0;
        for number in 0..=legs.len() {
            let depart_s = legs.get(number).map(|leg| self.moved[leg.index()].depart_s);
            // The last episode before the departure is the one the trip leaves.
            while let (Some(depart_s), Some(next)) = (depart_s, chain.get(at + 1)) {
                if chain[at].end_s >= depart_s || next.start_s > depart_s {
                    break;
                }
                at += 1;
            }
            let (Some(episode), Some(place)) = (chain.get(at), places.get(at)) else { break };
            stays.push(Stay {
                kind: episode.activity.label().into(),
                xy_m: Some((f64::from(place.x_m), f64::from(place.y_m))),
                link: Some(self.network.link(place.link).name.clone()),
                facility: self.facilities.name(place),
                end_s: depart_s,
                ..Stay::default()
            });
            at += 1;
        }
        stays
    }

    /// Activities of a traveller of whom only trips are known: where each begins and ends.
    fn ends(&self, legs: &[LegId]) -> Vec<Stay> {
        let stay = |link, end_s| {
            let link = self.network.link(link).name.clone();
            Stay { kind: OTHER.into(), link: Some(link), end_s, ..Stay::default() }
        };
        let starts =
            legs.iter().map(|leg| stay(self.legs.from[leg.index()], Some(self.moved[leg.index()].depart_s)));
        let last = legs.last().map(|leg| stay(self.legs.to[leg.index()], None));
        starts.chain(last).collect()
    }

    /// A leg as MATSim writes it. One that did not arrive before the day ended has no travel time; only one that
    /// drives has a route.
    fn leg(&self, person: PersonId, leg: LegId) -> PlannedLeg {
        let moved = self.moved[leg.index()];
        let route = self.routes.of(leg);
        let names = route.iter().map(|l| self.network.link(*l).name.clone()).collect();
        PlannedLeg {
            mode: self.legs.mode_name(leg).into(),
            depart_s: Some(moved.depart_s),
            travel_s: (moved.arrive_s != u32::MAX).then(|| moved.arrive_s - moved.depart_s),
            route: self.legs.drives(leg).then_some(names),
            distance_m: self.lengths_m[leg.index()],
            vehicle: self.vehicle(person, leg).map(|(name, _)| name),
            ..PlannedLeg::default()
        }
    }

    /// Name and class of the vehicle that a leg drives, where not everybody drives the ordinary car.
    fn vehicle(&self, person: PersonId, leg: LegId) -> Option<(String, &Class)> {
        let class = self.legs.class(leg).filter(|_| self.names_vehicles())?;
        Some((matsim::vehicles::name_of(&self.names[person.index()], self.legs, leg), class))
    }

    /// MATSim's attribute of a person that names its vehicle by mode. The first of a mode; routes name each.
    fn own_vehicles(&self, person: PersonId) -> Option<Attribute> {
        let mut own: BTreeMap<&str, String> = BTreeMap::new();
        for leg in self.legs.of(person) {
            if let Some((name, class)) = self.vehicle(person, leg) {
                own.entry(&class.mode).or_insert(name);
            }
        }
        let text = (!own.is_empty()).then(|| serde_json::json!(own).to_string());
        text.map(|text| Attribute::new("vehicles", "org.matsim.vehicles.PersonVehicles", text))
    }

    /// Whether somebody drives another vehicle than the ordinary car. If not, none is named: MATSim then gives each
    /// driver its default vehicle, which is the same.
    pub(super) fn names_vehicles(&self) -> bool {
        self.legs.classes.all().len() > 1
    }

    /// What a person does before the n-th leg (0 is the first).
    pub(super) fn activity(&self, person: PersonId, n: usize) -> String {
        let chain = &self.chains[person.index()].0;
        chain.get(n.min(chain.len().saturating_sub(1))).map_or(OTHER, |e| e.activity.label()).to_string()
    }

    /// How long each type of activity lasted in the mean, seconds, to the minute; whole days where nobody left it.
    pub(super) fn usual_durations(&self) -> Vec<(String, u32)> {
        let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for episode in self.chains.iter().flat_map(|chain| &chain.0) {
            let lasted_s = episode.end_s.min(DAY_S).saturating_sub(episode.start_s);
            let (sum_s, n) = sums.entry(episode.activity.label()).or_default();
            (*sum_s, *n) = (*sum_s + u64::from(lasted_s), *n + 1);
        }
        if self.chains.iter().any(|chain| chain.0.is_empty()) {
            sums.entry(OTHER).or_insert((3600, 1));
        }
        let usual = |(name, (sum_s, n)): (&str, (u64, u64))| {
            let minutes = (sum_s / n.max(1) / 60).max(1) as u32;
            (name.to_string(), minutes * 60)
        };
        sums.into_iter().map(usual).collect()
    }

    /// All vehicles: name, and name of the class.
    pub(super) fn vehicles(&self) -> BTreeMap<String, &str> {
        let persons = (0..self.legs.n_persons()).map(PersonId::new);
        let driven =
            persons.flat_map(|person| self.legs.of(person).filter_map(move |leg| self.vehicle(person, leg)));
        driven.map(|(name, class)| (name, class.name.as_str())).collect()
    }
}

/// MATSim's activities lie on one directed link, our drivers leave by either direction of the street: a route that leaves by the
/// other one begins on the link of its activity and turns.
fn turn_around(stays: &[Stay], legs: &mut [PlannedLeg]) {
    for (stay, leg) in stays.iter().zip(legs) {
        if let (Some(link), Some(route)) = (&stay.link, &mut leg.route)
            && route.first().is_some_and(|first| first != link)
        {
            route.insert(0, link.clone());
        }
    }
}

/// What is known of a resident, with the classes that MATSim reads them as.
fn of_resident(who: &Demographics) -> Vec<Attribute> {
    let sex = match who.sex {
        Sex::Female => Some("f"),
        Sex::Male => Some("m"),
        Sex::Unknown => None,
    };
    let mut all = vec![
        Attribute::new("age", "java.lang.Integer", who.age),
        Attribute::new("employed", "java.lang.Boolean", who.employed),
        Attribute::new("householdIncome", "java.lang.Integer", who.income_usd),
    ];
    all.extend(sex.map(|sex| Attribute::new("sex", "java.lang.String", sex)));
    all
}

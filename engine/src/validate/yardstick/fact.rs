//! The measures of a run, counted from its travellers and its last day.

use super::cube::{Cell, Cube};
use super::measure::{ALL, CARS, Dimension, Measure, Names, PERSONS, PURPOSES, person_kind, purpose};
use crate::activity::Activity;
use crate::agent::{Agent, Chain, Household};
use crate::choice::way_m;
use crate::id::{LegId, PersonId, ZoneId};
use crate::mode::Mode;
use crate::network::{Network, RoadClass};
use crate::trip::{Legs, Moved, Routes, Trip};
use crate::unit::M_PER_MILE;
use crate::validate::travel::Travel;
use crate::zone::Zones;
use serde::{Deserialize, Serialize};

/// A measure of a run for one group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Name of the measure.
    pub measure: String,
    /// The group: names with `/` between them, `all` where all of them are.
    pub group: String,
    /// Unit of the value.
    pub unit: String,
    /// The value, of the whole population.
    pub value: f64,
    /// Simulated persons, households, trips or tours that it is told by; vehicle miles: trips, or 0 where links are summed.
    pub n: u64,
}

/// What a run tells of.
#[derive(Clone, Copy)]
pub struct Lived<'a> {
    /// Travellers.
    pub agents: &'a [Agent<'a>],
    /// Households with their members.
    pub households: &'a [(Household, Vec<PersonId>)],
    /// Zones with their regions; none where the scenario has none.
    pub zones: &'a Zones,
    /// Names of the layers.
    pub layers: &'a [String],
    /// Roads.
    pub network: &'a Network,
    /// Legs of the travellers …
    pub legs: &'a Legs,
    /// … their routes …
    pub routes: &'a Routes,
    /// … and what became of them.
    pub moved: &'a [Moved],
    /// Vehicle-kilometres by hour and class of road.
    pub travel: &'a [Travel],
    /// Share of the population that was simulated.
    pub sample: f64,
}

/// Sums of everything.
struct Sums<'a> {
    of: Lived<'a>,
    persons: Cube,
    cars: Cube,
    by_cars: Cube,
    at_home: Cube,
    person_trips: Cube,
    person_tours: Cube,
    trips: Cube,
    tours: Cube,
    departures: Cube,
    returns: Cube,
    commute_m: Cube,
    commute_s: Cube,
    commuters: Cube,
    vmt_mi: Cube,
    vmt_by_hour: Cube,
    vmt_by_class: Cube,
}

/// One trip of a traveller whose day is known.
struct Going<'a> {
    trip: &'a Trip,
    leg: LegId,
    from: Activity,
    to: Activity,
    /// Planned length of the stay at its end, seconds.
    stay_s: u32,
}

/// All measures of a run, by measure and group; groups without a person, trip or mile are left out.
pub fn facts(of: Lived<'_>) -> Vec<Fact> {
    let mut sums = Sums::new(of);
    of.households.iter().for_each(|(household, _)| sums.household(household));
    of.agents.iter().for_each(|agent| sums.agent(agent));
    of.travel.iter().for_each(|row| {
        let many = Cell { n: 0, sum: row.vmt_km * 1000.0 / M_PER_MILE };
        sums.vmt_by_hour.add_many(&[Some(usize::from(row.hour))], many);
        sums.vmt_by_class.add_many(&[Some(row.class as usize)], many);
    });
    let names = Names { regions: &of.zones.regions, layers: of.layers };
    Measure::ALL.into_iter().flat_map(|measure| sums.facts(measure, &names)).collect()
}

impl<'a> Sums<'a> {
    fn new(of: Lived<'a>) -> Self {
        let (regions, layers) = (of.zones.regions.len(), of.layers.len());
        let (kinds, purposes, modes) = (PERSONS.len(), PURPOSES.len(), Mode::ALL.len() + 1);
        let cube = Cube::new;
        Self {
            of,
            persons: cube(&[regions]),
            cars: cube(&[regions]),
            by_cars: cube(&[regions, CARS.len()]),
            at_home: cube(&[kinds]),
            person_trips: cube(&[kinds]),
            person_tours: cube(&[kinds]),
            trips: cube(&[purposes, modes]),
            tours: cube(&[purposes, modes]),
            departures: cube(&[purposes, 24]),
            returns: cube(&[purposes, 24]),
            commute_m: cube(&[regions]),
            commute_s: cube(&[regions]),
            commuters: cube(&[regions, regions]),
            vmt_mi: cube(&[layers]),
            vmt_by_hour: cube(&[24]),
            vmt_by_class: cube(&[RoadClass::ALL.len()]),
        }
    }

    fn region(&self, zone: ZoneId) -> Option<usize> {
        self.of.zones.zones.get(zone.index()).map(|zone| usize::from(zone.region))
    }

    fn household(&mut self, household: &Household) {
        let region = self.region(household.zone);
        self.cars.add(&[region], f64::from(household.vehicles));
        self.by_cars.add(&[region, Some(usize::from(household.vehicles.min(3)))], 1.0);
    }

    /// A traveller; what is told of residents needs to know their days.
    fn agent(&mut self, agent: &Agent<'_>) {
        for leg in self.of.legs.of(agent.person) {
            if self.of.legs.drives(leg) && self.of.moved[leg.index()].arrive_s != u32::MAX {
                let miles = self.route_m(leg) / M_PER_MILE / self.of.sample;
                self.vmt_mi.add(&[Some(agent.layer.index())], miles);
            }
        }
        let Some(chain) = agent.chain else { return };
        let kind = agent.demographics.map(person_kind);
        let home = agent.demographics.and_then(|person| self.region(person.zone));
        let goings = self.goings(agent, chain);
        let tours = tours(&goings);
        self.persons.add(&[home], 1.0);
        self.at_home.add(&[kind], f64::from(u8::from(goings.is_empty())));
        self.person_trips.add(&[kind], goings.len() as f64);
        self.person_tours.add(&[kind], tours.len() as f64);
        goings.iter().for_each(|going| self.going(going, home));
        tours.into_iter().for_each(|tour| self.tour(tour));
        if let Some(at) = chain.0.iter().position(|episode| episode.activity == Activity::Work) {
            let zone = agent.places.and_then(|places| places.0.get(at)).map(|place| place.zone);
            self.commuters.add(&[home, zone.and_then(|zone| self.region(zone))], 1.0);
        }
    }

    /// The trips of a traveller with the activities at their ends.
    fn goings<'b>(&self, agent: &'b Agent<'_>, chain: &Chain) -> Vec<Going<'b>> {
        let with_leg = agent.trips.0.iter().zip(self.of.legs.of(agent.person));
        let going = |(trip, leg): (&'b Trip, LegId)| {
            let at = usize::from(trip.episode);
            let (from, to) = (chain.0.get(at)?, chain.0.get(at + 1)?);
            let stay_s = to.end_s.saturating_sub(to.start_s);
            Some(Going { trip, leg, from: from.activity, to: to.activity, stay_s })
        };
        with_leg.filter_map(going).collect()
    }

    fn going(&mut self, going: &Going<'_>, home: Option<usize>) {
        let Going { trip, leg, from, to, .. } = *going;
        self.trips.add(&[Some(purpose(to)), Some(trip.mode as usize)], 1.0);
        let Moved { depart_s, arrive_s } = self.of.moved[leg.index()];
        if (from, to) == (Activity::Home, Activity::Work) && arrive_s != u32::MAX {
            let metres = if self.of.legs.drives(leg) { self.route_m(leg) } else { way_m(trip) };
            self.commute_m.add(&[home], metres);
            self.commute_s.add(&[home], f64::from(arrive_s - depart_s));
        }
    }

    fn tour(&mut self, tour: &[Going<'_>]) {
        let (Some(first), Some(last)) = (tour.first(), tour.last()) else { return };
        let does = |activity| tour.iter().any(|going| going.to == activity);
        let away = tour.iter().filter(|going| going.to != Activity::Home);
        let longest = away.max_by_key(|going| going.stay_s).map_or(Activity::Home, |going| going.to);
        let main = match (does(Activity::Work), does(Activity::School)) {
            (true, _) => Activity::Work,
            (_, true) => Activity::School,
            _ => longest,
        };
        let of = Some(purpose(main));
        self.tours.add(&[of, Some(first.trip.mode as usize)], 1.0);
        let hour = |time_s: u32| Some((time_s / 3600 % 24) as usize);
        let left_s = self.of.moved[first.leg.index()].depart_s;
        if left_s != u32::MAX {
            self.departures.add(&[of, hour(left_s)], 1.0);
        }
        let back_s = self.of.moved[last.leg.index()].arrive_s;
        if last.to == Activity::Home && back_s != u32::MAX {
            self.returns.add(&[of, hour(back_s)], 1.0);
        }
    }

    /// Length of the links of a route, the first left out, metres.
    fn route_m(&self, leg: LegId) -> f64 {
        let route = self.of.routes.of(leg).iter().skip(1);
        route.map(|link| self.of.network.link(*link).length_m).sum()
    }

    /// The facts of a measure.
    fn facts(&self, measure: Measure, names: &Names<'_>) -> Vec<Fact> {
        let (cube, how) = self.told(measure);
        let fact = |group: Vec<usize>| {
            let cell = with_auto(measure, cube, &group);
            let value = match how {
                How::Many => cell.n as f64 / self.of.sample,
                How::Sum => cell.sum,
                How::Mean(unit) => cell.sum / cell.n as f64 / unit,
                How::Share => cell.n as f64 / cube.whole(&group).n as f64,
                How::ShareOfAll => cell.n as f64 / cube.total().n as f64,
                How::ShareOfSum => cell.sum / cube.total().sum,
                How::Over(other) => cell.sum / (other.total().n as f64 / self.of.sample),
            };
            // A share of all in all says nothing.
            let is_whole = match how {
                How::Share => cube.is_whole(&group),
                How::ShareOfAll | How::ShareOfSum => cube.is_total(&group),
                _ => false,
            };
            let is_there = !is_whole && (cell.n > 0 || cell.sum > 0.0);
            (is_there && value.is_finite()).then(|| Fact {
                measure: measure.name().into(),
                group: words(measure, &group, names),
                unit: measure.unit().into(),
                value,
                n: cell.n,
            })
        };
        cube.groups(measure.dimensions().len()).into_iter().filter_map(fact).collect()
    }

    /// Where the sums of a measure are, and how its value comes of them.
    fn told(&self, measure: Measure) -> (&Cube, How<'_>) {
        match measure {
            Measure::Persons => (&self.persons, How::Many),
            Measure::CarsPerHousehold => (&self.cars, How::Mean(1.0)),
            Measure::HouseholdsByCars => (&self.by_cars, How::Share),
            Measure::StayAtHome => (&self.at_home, How::Mean(1.0)),
            Measure::TripsPerPerson => (&self.person_trips, How::Mean(1.0)),
            Measure::Trips => (&self.trips, How::Many),
            Measure::ModeShare => (&self.trips, How::Share),
            Measure::ToursPerPerson => (&self.person_tours, How::Mean(1.0)),
            Measure::Tours => (&self.tours, How::Many),
            Measure::TourModeShare => (&self.tours, How::Share),
            Measure::TourDepartureShare => (&self.departures, How::Share),
            Measure::TourReturnShare => (&self.returns, How::Share),
            Measure::CommuteLength => (&self.commute_m, How::Mean(M_PER_MILE)),
            Measure::CommuteTime => (&self.commute_s, How::Mean(60.0)),
            Measure::Commuters => (&self.commuters, How::Many),
            Measure::CommuterShare => (&self.commuters, How::ShareOfAll),
            Measure::Vmt => (&self.vmt_mi, How::Sum),
            Measure::VmtPerPerson => (&self.vmt_mi, How::Over(&self.persons)),
            Measure::VmtShareByHour => (&self.vmt_by_hour, How::ShareOfSum),
            Measure::VmtByClass => (&self.vmt_by_class, How::Sum),
            Measure::VmtShareByClass => (&self.vmt_by_class, How::ShareOfSum),
        }
    }
}

/// How a value comes of a cell.
enum How<'a> {
    /// Its number, of the whole population.
    Many,
    /// Its sum, which is of the whole population.
    Sum,
    /// Its sum over its number, in a unit of so many.
    Mean(f64),
    /// Its number over that of its group with the last name `all`.
    Share,
    /// Its number over that of everything.
    ShareOfAll,
    /// Its sum over that of everything.
    ShareOfSum,
    /// Its sum over the number of all in another cube, of the whole population.
    Over(&'a Cube),
}

/// The tours among the trips of a day: from home until home again, or until the day ends. What a day that does not begin at
/// home begins with is none.
fn tours<'a, 'b>(goings: &'a [Going<'b>]) -> Vec<&'a [Going<'b>]> {
    let mut tours = Vec::new();
    let mut start = None;
    for (at, going) in goings.iter().enumerate() {
        if going.from == Activity::Home {
            start = Some(at);
        }
        let is_last = going.to == Activity::Home || at + 1 == goings.len();
        if let Some(from) = start.filter(|_| is_last) {
            tours.push(&goings[from..=at]);
            start = None;
        }
    }
    tours
}

/// The cell of a group. `auto` has none of its own: it is driving and riding along.
fn with_auto(measure: Measure, cube: &Cube, group: &[usize]) -> Cell {
    let mode = measure.dimensions().iter().position(|dimension| *dimension == Dimension::Mode);
    match mode.filter(|at| group[*at] == Mode::ALL.len()) {
        None => cube.get(group),
        Some(at) => {
            let [car, ride] = [Mode::Car, Mode::Ride].map(|mode| {
                let mut group = group.to_vec();
                group[at] = mode as usize;
                cube.get(&group)
            });
            Cell { n: car.n + ride.n, sum: car.sum + ride.sum }
        }
    }
}

/// A group in words.
fn words(measure: Measure, group: &[usize], names: &Names<'_>) -> String {
    let parts: Vec<String> = measure
        .dimensions()
        .iter()
        .zip(group)
        .map(|(dimension, name)| dimension.names(names).into_iter().nth(*name).unwrap_or_else(|| ALL.into()))
        .collect();
    if parts.iter().all(|part| part == ALL) { ALL.into() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Episode;
    use crate::agent::Origin;
    use crate::demand::LayerId;
    use crate::id::{HouseholdId, LinkId};
    use crate::network::tests::ring;
    use crate::people::{Demographics, Sex, Student};
    use crate::place::{Place, Places};
    use crate::trip::{Day, Trips};
    use crate::vehicle::ClassId;
    use crate::zone::{LandUse, Zone};

    fn person(age: u8, employed: bool, zone: u32) -> Demographics {
        Demographics {
            household: HouseholdId(0),
            zone: ZoneId(zone),
            age,
            sex: Sex::Female,
            employed,
            student: Student::No,
            household_size: 1,
            vehicles: 1,
            adults: 1,
            income_usd: 0,
        }
    }

    fn trip(episode: u16, mode: Mode) -> Trip {
        Trip {
            episode,
            mode,
            vehicle: ClassId::CAR,
            depart_s: 0,
            dwell_s: 0,
            from: LinkId(0),
            to: LinkId(2),
            distance_m: 1000.0,
        }
    }

    fn zones() -> Zones {
        let zone = |region: u16| Zone {
            name: region.to_string(),
            x_m: 0.0,
            y_m: 0.0,
            region,
            outline: None,
            land: LandUse::default(),
        };
        Zones { zones: vec![zone(0), zone(1)], regions: vec!["North".into(), "South".into()] }
    }

    /// A worker of North who drives to work in South at 8 and home over a shop; a pensioner of South who stays at home; a lorry.
    #[test]
    fn a_day_of_three_by_hand() {
        let network = ring(3);
        let zones = zones();
        let episode = |activity, start_h: u32, end_h: u32| Episode {
            activity,
            start_s: start_h * 3600,
            end_s: end_h * 3600,
        };
        let busy = Chain(vec![
            episode(Activity::Home, 0, 8),
            episode(Activity::Work, 8, 17),
            episode(Activity::ShopGoods, 17, 18),
            episode(Activity::Home, 18, 24),
        ]);
        let still = Chain(vec![episode(Activity::Home, 0, 24)]);
        let place = |zone| Place { zone: ZoneId(zone), link: LinkId(0), x_m: 0.0, y_m: 0.0 };
        let places = Places([0, 1, 1, 0].map(place).to_vec());
        let trips = Trips(vec![trip(0, Mode::Car), trip(1, Mode::Car), trip(2, Mode::Walk)]);
        let (none, lorry) = (Trips::default(), Trips(vec![trip(0, Mode::Car)]));
        let (worker, senior) = (person(40, true, 0), person(80, false, 1));
        let (mut legs, mut routes) = (Legs::default(), Routes::default());
        for trips in [&trips, &none, &lorry] {
            legs.push(&trips.0, |_| 60);
            trips.0.iter().for_each(|trip| {
                routes.push(if trip.mode.drives() { &[LinkId(0), LinkId(1), LinkId(2)] } else { &[] });
            });
        }
        let at = |hour: u32| Moved { depart_s: hour * 3600, arrive_s: hour * 3600 + 600 };
        let moved = [at(8), at(17), at(18), at(3)];
        let day = Day::default();
        let agent = |number: u32, layer: u8| Agent {
            person: PersonId(number),
            origin: Origin { person: PersonId(number), copy: 0 },
            name: None,
            layer: LayerId(layer),
            demographics: None,
            chain: None,
            places: None,
            trips: &none,
            day: &day,
        };
        let agents = [
            Agent {
                demographics: Some(&worker),
                chain: Some(&busy),
                places: Some(&places),
                trips: &trips,
                ..agent(0, 0)
            },
            Agent { demographics: Some(&senior), chain: Some(&still), ..agent(1, 0) },
            Agent { trips: &lorry, ..agent(2, 1) },
        ];
        let owns = |zone, vehicles| {
            let of =
                Household { id: HouseholdId(zone), zone: ZoneId(zone), size: 1, vehicles, income_usd: 0 };
            (of, vec![PersonId(zone)])
        };
        let travel = [Travel { hour: 8, class: RoadClass::Arterial, vmt_km: 30.0, vht_h: 1.0 }];
        let layers = ["residents".to_string(), "trucks".to_string()];
        let lived = Lived {
            agents: &agents,
            households: &[owns(0, 5), owns(1, 0)],
            zones: &zones,
            layers: &layers,
            network: &network,
            legs: &legs,
            routes: &routes,
            moved: &moved,
            travel: &travel,
            sample: 0.5,
        };
        let facts = facts(lived);
        let of = |measure: &str, group: &str| {
            facts.iter().find(|fact| fact.measure == measure && fact.group == group).map(|fact| fact.value)
        };
        assert_eq!((of("persons", "all"), of("persons", "South")), (Some(4.0), Some(2.0)));
        assert_eq!(
            (of("cars-per-household", "all"), of("households-by-cars", "North/3+")),
            (Some(2.5), Some(1.0))
        );
        assert_eq!(of("households-by-cars", "all/0"), Some(0.5));
        assert_eq!(
            (of("stay-at-home", "senior"), of("stay-at-home", "worker"), of("stay-at-home", "all")),
            (Some(1.0), Some(0.0), Some(0.5))
        );
        assert_eq!(
            (of("trips-per-person", "all"), of("trips", "all"), of("trips", "work/car")),
            (Some(1.5), Some(6.0), Some(2.0))
        );
        assert_eq!(
            (of("mode-share", "all/auto"), of("mode-share", "all/walk")),
            (Some(2.0 / 3.0), Some(1.0 / 3.0))
        );
        assert_eq!(
            (of("tours", "work"), of("tours", "all"), of("tours-per-person", "worker")),
            (Some(2.0), Some(2.0), Some(1.0))
        );
        assert_eq!(
            (of("tour-mode-share", "work/car"), of("tour-departure-share", "all/8")),
            (Some(1.0), Some(1.0))
        );
        assert_eq!(of("tour-return-share", "work/18"), Some(1.0));
        // Links of 500 m; the first is left out.
        let miles = 1000.0 / M_PER_MILE;
        assert_eq!((of("commute-length", "North"), of("commute-time", "all")), (Some(miles), Some(10.0)));
        assert_eq!(
            (of("commuters", "North/South"), of("commuter-share", "North/South")),
            (Some(2.0), Some(1.0))
        );
        assert_eq!(of("commuter-share", "South/all"), None, "nobody of South works");
        assert_eq!(
            (of("mode-share", "work/all"), of("commuter-share", "all")),
            (None, None),
            "1 by definition"
        );
        assert_eq!((of("vmt", "all"), of("vmt", "trucks")), (Some(6.0 * miles), Some(2.0 * miles)));
        assert_eq!(
            (of("vmt-per-person", "all"), of("vmt-share-by-hour", "8")),
            (Some(1.5 * miles), Some(1.0))
        );
        assert_eq!(of("vmt-share-by-class", "arterial"), Some(1.0));
        let n: Vec<_> = facts.iter().map(|fact| (&fact.measure, &fact.group)).collect();
        let mut once = n.clone();
        once.dedup();
        assert_eq!(n, once, "each group once");
    }

    #[test]
    fn a_tour_is_from_home_to_home_or_to_the_end_of_the_day() {
        let going = |from, to| (from, to);
        let days = [
            (vec![going(Activity::Home, Activity::Work), going(Activity::Work, Activity::Home)], vec![2]),
            (vec![going(Activity::Work, Activity::Home), going(Activity::Home, Activity::Social)], vec![1]),
            (vec![going(Activity::Work, Activity::Social)], vec![]),
            (
                vec![
                    going(Activity::Home, Activity::Work),
                    going(Activity::Work, Activity::Home),
                    going(Activity::Home, Activity::Leisure),
                    going(Activity::Leisure, Activity::Home),
                ],
                vec![2, 2],
            ),
        ];
        let walk = trip(0, Mode::Walk);
        for (day, lengths) in days {
            let goings: Vec<Going<'_>> = day
                .iter()
                .map(|&(from, to)| Going { trip: &walk, leg: LegId(0), from, to, stay_s: 0 })
                .collect();
            assert_eq!(tours(&goings).iter().map(|tour| tour.len()).collect::<Vec<_>>(), lengths, "{day:?}");
        }
    }
}

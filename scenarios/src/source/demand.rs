//! Who travels: people to be synthesised, or plans given from outside.

use super::{Finder, Source};
use crate::scenario::{PeopleInput, Scenario, ZonesInput};
use engine::activity::replay::{PlannedPerson, Stay};
use engine::activity::{Activity, Chain, Episode};
use engine::agent::Given;
use engine::draw::{Purpose, draw};
use engine::id::{HouseholdId, LinkId, NodeId, ZoneId};
use engine::mode::Mode;
use engine::network::Network;
use engine::order::natural;
use engine::people::control::{Control, SeedHousehold};
use engine::people::{Demographics, Sex, Student};
use engine::place::{Place, Places};
use engine::trip::{Trip, Trips};
use engine::unit::{DAY_S, parse_hms};
use engine::{Fault, Result, Warning};
use netconvert::matsim::activity::{self, Stop};
use std::collections::BTreeMap;
use std::path::Path;

/// Who travels.
pub enum Demand {
    /// Households to be made from zone totals and a seed sample.
    Synthetic {
        /// Zone totals.
        controls: Vec<Control>,
        /// Seed sample.
        sample: Vec<SeedHousehold>,
    },
    /// Persons whose plans are given.
    Given(Vec<Given>),
}

impl Demand {
    /// Reads the demand of a scenario; files are added to the inputs of `source`.
    ///
    /// # Errors
    /// A [`Fault`] for the first thing that is wrong in a file.
    pub fn read(scenario: &Scenario, source: &mut Source) -> Result<Self> {
        let mut finder = Finder { scenario, inputs: std::mem::take(&mut source.inputs) };
        let demand = match &scenario.config.people {
            PeopleInput::Mtc { totals, households, persons, .. } => {
                let (totals, households) = (finder.file(totals)?, finder.file(households)?);
                let land_use = match &scenario.config.zones {
                    Some(ZonesInput::Mtc { land_use, .. }) => finder.file(land_use)?,
                    _ => return Err(no_zones(scenario)),
                };
                let ((controls, sample), more) = netconvert::bay_area::read_population(
                    land_use,
                    totals,
                    households,
                    finder.file(persons)?,
                )?;
                source.warnings.extend(more);
                Self::Synthetic { controls, sample }
            }
            PeopleInput::County { folder } => {
                let folder = finder.file(folder)?;
                let mut controls =
                    netconvert::county::read_controls(folder.join("controls.csv"), &source.zones)?;
                controls.sort_by(|a, b| a.measure.cmp(&b.measure).then_with(|| natural(&a.name, &b.name)));
                let sample = netconvert::county::read_households(
                    folder.join("households.csv"),
                    folder.join("persons.csv"),
                )?;
                Self::Synthetic { controls, sample }
            }
            PeopleInput::TripTable { file, start, end } => {
                let path = finder.file(file)?;
                let window = window(&scenario.file, start, end)?;
                source.trip_table = trip_table(&path, source)?;
                source.trip_table.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
                Self::Given(from_table(&path, source, window, scenario)?)
            }
            PeopleInput::Plans { file } => {
                let path = finder.file(file)?;
                let (mut persons, more) = netconvert::matsim::population::read(&path)?;
                persons.sort_by(|a, b| natural(&a.name, &b.name));
                source.warnings.extend(more);
                let (given, more) = from_plans(&path, &persons, &source.network, scenario)?;
                source.warnings.extend(more);
                Self::Given(given)
            }
        };
        source.inputs = finder.inputs;
        Ok(demand)
    }
}

/// A trip table, by the ending of its name: TNTP, else CSV.
fn trip_table(path: &Path, source: &mut Source) -> Result<Vec<(NodeId, NodeId, f64)>> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !(name.ends_with(".tntp") || name.ends_with(".tntp.gz")) {
        return netconvert::bpr::read_trips(path, &source.network);
    }
    let (table, more) = netconvert::tntp::read_trips(path)?;
    source.warnings.extend(more);
    netconvert::tntp::between_nodes(path, &table, &source.network)
}

fn no_zones(scenario: &Scenario) -> engine::Error {
    Fault::new(&scenario.file, "zones", "are missing").expected("[zones] format = \"mtc\"").into()
}

fn window(file: &Path, start: &str, end: &str) -> Result<(u32, u32)> {
    match (parse_hms(start), parse_hms(end)) {
        (Some(start_s), Some(end_s)) if start_s < end_s && end_s <= DAY_S => Ok((start_s, end_s)),
        _ => Err(Fault::new(file, "people", format!("departs from \"{start}\" to \"{end}\""))
            .expected("two times of the day, the first one earlier")
            .into()),
    }
}

/// A person of whom nothing is known.
fn somebody(household: usize) -> Demographics {
    Demographics {
        household: HouseholdId::new(household),
        zone: ZoneId::NONE,
        age: 40,
        sex: Sex::Unknown,
        employed: false,
        student: Student::No,
        household_size: 1,
        vehicles: 1,
        adults: 1,
        income_usd: 0,
    }
}

/// One person a trip of the table; departures uniform over the window. A pair of T trips gets
/// ⌊sample·T⌋ persons or one more, so that the total is right on average.
fn from_table(path: &Path, source: &Source, window: (u32, u32), scenario: &Scenario) -> Result<Vec<Given>> {
    let (network, sample, seed) = (&source.network, scenario.config.sample, scenario.config.seed);
    let mut given = Vec::new();
    for (pair, &(from, to, trips)) in source.trip_table.iter().enumerate() {
        if from == to {
            continue;
        }
        let ends = (connector(path, network, from)?, connector(path, network, to)?);
        let round = draw(seed, Purpose::Sample, pair as u64, 0).uniform();
        for _ in 0..(trips * sample + round).floor() as u64 {
            let wait_s = draw(seed, Purpose::Demand, given.len() as u64, 0).below(window.1 - window.0);
            given.push(one_trip(given.len(), network, ends, window.0 + wait_s));
        }
    }
    Ok(given)
}

/// The link that stands for a zone at a node: a loop from the node to itself.
fn connector(path: &Path, network: &Network, node: NodeId) -> Result<LinkId> {
    let own = network.out_links(node).iter().copied().find(|l| network.link(*l).to == node);
    own.ok_or_else(|| {
        Fault::new(path, format!("node {}", network.node(node).name), "has no zone connector").into()
    })
}

fn one_trip(number: usize, network: &Network, (from, to): (LinkId, LinkId), depart_s: u32) -> Given {
    let place = |link: LinkId| {
        let (x_m, y_m) = network.middle(link);
        Place { zone: ZoneId::NONE, link, x_m: x_m as f32, y_m: y_m as f32 }
    };
    let (a, b) = (place(from), place(to));
    let episode = |activity, start_s, end_s| Episode { activity, start_s, end_s };
    let trip = Trip {
        episode: 0,
        mode: Mode::Car,
        vehicle: engine::vehicle::ClassId::CAR,
        depart_s,
        dwell_s: 0,
        from,
        to,
        distance_m: a.distance_m(&b) as f32,
    };
    Given {
        demographics: somebody(number),
        chain: Chain(vec![episode(Activity::Home, 0, depart_s), episode(Activity::Other, depart_s, DAY_S)]),
        places: Places(vec![a, b]),
        trips: Trips(vec![trip]),
    }
}

/// Chains, places and trips of a plans file. Routes in the file are not used: the run finds its own.
fn from_plans(
    path: &Path,
    persons: &[PlannedPerson],
    network: &Network,
    scenario: &Scenario,
) -> Result<(Vec<Given>, Vec<Warning>)> {
    let by_name: BTreeMap<&str, LinkId> =
        network.links.iter().enumerate().map(|(i, l)| (l.name.as_str(), LinkId::new(i))).collect();
    let nearest = engine::place::Nearest::new(network);
    let (mut given, mut warnings) = (Vec::new(), Vec::new());
    for (number, person) in persons.iter().enumerate() {
        if draw(scenario.config.seed, Purpose::Sample, number as u64, 0).uniform() >= scenario.config.sample {
            continue;
        }
        if person.stays.is_empty() {
            warnings.push(Warning::new(path, &person.name, "has an empty plan and was left out"));
            continue;
        }
        let person = &activity::without_changes(person.clone());
        let mut places = Vec::with_capacity(person.stays.len());
        for stay in &person.stays {
            places.push(place_of(path, &person.name, stay, &by_name, &nearest, network)?);
        }
        given.push(day_of(path, person, places, given.len(), &mut warnings));
    }
    Ok((given, warnings))
}

fn place_of(
    path: &Path,
    person: &str,
    stay: &Stay,
    by_name: &BTreeMap<&str, LinkId>,
    nearest: &engine::place::Nearest,
    network: &Network,
) -> Result<Place> {
    let link = match (&stay.link, stay.xy_m) {
        (Some(name), _) => by_name.get(name.as_str()).copied().ok_or_else(|| {
            Fault::new(
                path,
                format!("person {person}"),
                format!("an activity is on the unknown link \"{name}\""),
            )
            .expected("a link of the network")
        })?,
        (None, Some((x_m, y_m))) => {
            nearest.link(x_m, y_m).ok_or_else(|| Fault::new(path, "", "the network is empty"))?
        }
        (None, None) => {
            return Err(Fault::new(
                path,
                format!("person {person}"),
                "an activity has neither link nor coordinates",
            )
            .into());
        }
    };
    let (x_m, y_m) = stay.xy_m.unwrap_or_else(|| network.middle(link));
    Ok(Place { zone: ZoneId::NONE, link, x_m: x_m as f32, y_m: y_m as f32 })
}

fn day_of(
    path: &Path,
    person: &PlannedPerson,
    places: Vec<Place>,
    number: usize,
    warnings: &mut Vec<Warning>,
) -> Given {
    let mut episodes: Vec<Episode> = Vec::with_capacity(person.stays.len());
    let mut trips = Vec::with_capacity(person.legs.len());
    let mut now_s = 0;
    let last = person.stays.len() - 1;
    for (index, stay) in person.stays.iter().enumerate() {
        let by_duration = stay.max_dur_s.map(|d| now_s.max(stay.start_s.unwrap_or(now_s)) + d);
        let end_s = match (stay.end_s, by_duration) {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) if index == last => now_s.max(DAY_S),
            (None, None) => person.legs.get(index).and_then(|l| l.depart_s).unwrap_or(now_s),
        };
        let end_s = end_s.max(now_s);
        episodes.push(Episode {
            activity: activity_of(path, &person.name, &stay.kind, warnings),
            start_s: now_s,
            end_s,
        });
        if let Some(leg) = person.legs.get(index) {
            let mode = Mode::parse(&leg.mode).unwrap_or_else(|| {
                warnings.push(Warning::new(
                    path,
                    &person.name,
                    format!("mode \"{}\" is unknown and was taken for transit", leg.mode),
                ));
                Mode::Transit
            });
            let (from, to) = (places[index], places[index + 1]);
            trips.push(Trip {
                episode: index as u16,
                mode,
                vehicle: engine::vehicle::ClassId::CAR,
                depart_s: end_s,
                dwell_s: if stay.end_s.is_none() { stay.max_dur_s.unwrap_or(0) } else { 0 },
                from: from.link,
                to: to.link,
                distance_m: from.distance_m(&to) as f32,
            });
        }
        now_s = end_s;
    }
    if let Some(episode) = episodes.last_mut() {
        episode.end_s = episode.end_s.max(DAY_S);
    }
    Given {
        demographics: somebody(number),
        chain: Chain(episodes),
        places: Places(places),
        trips: Trips(trips),
    }
}

/// The activity of a foreign name; what is not understood is counted and taken for [`Activity::Other`].
fn activity_of(path: &Path, person: &str, kind: &str, warnings: &mut Vec<Warning>) -> Activity {
    match activity::stop(kind) {
        Some(Stop::Activity(activity)) => activity,
        Some(Stop::Change) => Activity::Other,
        None => {
            let what = format!("activity \"{kind}\" is not known and was taken for other");
            warnings.push(Warning::new(path, person, what));
            Activity::Other
        }
    }
}

//! `wayfare export --matsim`: a run as MATSim network, population, counts and events.
//!
//! It is for those who have tools for MATSim's files, or who want to run the same demand there and compare.
//! Exported is the last day as it happened: times of departure that were driven, not planned, and the routes of
//! that day. Persons and legs have their numbers in our tables as names, links and stations the names of the input.

use crate::finished::reopen;
use crate::say::Voice;
use engine::activity::Chain;
use engine::activity::replay::{PlannedLeg, PlannedPerson, Stay};
use engine::event;
use engine::id::{LegId, PersonId};
use engine::mode::Mode;
use engine::network::Network;
use engine::place::Places;
use engine::traffic::Sink;
use engine::trip::{Legs, Moved, Routes};
use engine::vehicle::Class;
use engine::{Fault, Result, disk, store};
use netconvert::matsim;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

/// Writes the folder, which must not hold anything. Counts are written where the scenario has them, for stations
/// with a link; events where the run kept them (`traffic.write-events`), vehicles where not everybody drives the
/// ordinary car. The run folder is only read.
///
/// # Errors
/// A [`Fault`] when the run is not whole or the folder holds something.
pub fn matsim(voice: &Voice, run: &Path, out: &Path) -> Result<ExitCode> {
    if !disk::list(out)?.is_empty() {
        return Err(Fault::new(out, "", "is not empty").expected("a new folder").into());
    }
    let (manifest, _, source) = reopen(run)?;
    let network = &source.network;
    let persons = store::persons::read(run)?;
    let n = persons.layer.len();
    let (legs, routes, moved) = store::legs::read(run, n)?;
    let (chains, places) = store::activities::read(run, n)?;
    disk::make_folder(out)?;
    let mut files = Vec::new();
    let mut wrote = |name: &'static str| {
        voice.say.line(name);
        files.push(name);
    };
    let driven: BTreeSet<&str> = legs.classes.all().iter().map(|class| class.mode.as_str()).collect();
    let more: Vec<&str> = driven.into_iter().filter(|mode| *mode != Mode::Car.matsim()).collect();
    matsim::network::write_for(network, &more, out.join("network.xml.gz"))?;
    wrote("network.xml.gz");
    let day =
        Lived { network, legs: &legs, routes: &routes, moved: &moved, chains: &chains, places: &places };
    let all = (0..n).map(|p| day.person(PersonId::new(p), persons.demographics[p].as_ref()));
    matsim::population::write(all, &network.crs, out.join("population.xml.gz"))?;
    wrote("population.xml.gz");
    if day.names_vehicles() {
        matsim::vehicles::write(legs.classes.all(), &day.vehicles(), out.join("vehicles.xml.gz"))?;
        wrote("vehicles.xml.gz");
    }
    if let Some(counts) = &source.counts {
        let (matched, _) = with_links(counts, network);
        matsim::counts::write(&matched, &manifest.config.title, 2017, out.join("counts.xml.gz"))?;
        wrote("counts.xml.gz");
    }
    if event::log::TABLE.path(run).exists() {
        write_events(&day, &store::verified(run, &event::log::TABLE)?, &out.join("events.xml.gz"))?;
        wrote("events.xml.gz");
    }
    voice.result(&serde_json::json!({ "folder": out, "files": files }))?;
    Ok(ExitCode::SUCCESS)
}

/// Counts whose stations name the link they were matched to; the others are left out (MATSim needs a link), and how
/// many is returned beside. Of a site with several stations, a mainline and its carpool lane, only the main one is
/// written; the comparison of a run adds their volumes.
fn with_links(
    counts: &engine::validate::station::Counts,
    network: &Network,
) -> (engine::validate::station::Counts, usize) {
    use engine::validate::matching;
    let matching = matching::find(network, counts, &matching::Rule::default());
    let mut out = engine::validate::station::Counts::default();
    for site in &matching.sites {
        let main = site.stations[0];
        let mut station = counts.stations[main as usize].clone();
        station.link = Some(network.link(site.link).name.clone());
        let position = out.stations.len() as u32;
        out.stations.push(station);
        let hours = counts.hours.iter().filter(|h| h.station == main);
        out.hours.extend(hours.map(|h| engine::validate::station::HourCount { station: position, ..*h }));
    }
    (out, matching.unmatched.len())
}

/// The last day of a run. Positions in `legs`, `routes` and `moved` are those of legs, in `chains` and `places`
/// those of persons.
struct Lived<'a> {
    /// The roads, for the names and lengths of links.
    network: &'a Network,
    /// The trips: mode, links, and to whom they belong.
    legs: &'a Legs,
    /// Links of each leg that drives.
    routes: &'a Routes,
    /// When each leg departed and arrived.
    moved: &'a [Moved],
    /// What each person did; empty where no activities are known.
    chains: &'a [Chain],
    /// Where they did it, a place an episode.
    places: &'a [Places],
}

impl Lived<'_> {
    /// A person with the day that was lived: real times, driven routes.
    fn person(&self, person: PersonId, who: Option<&engine::people::Demographics>) -> PlannedPerson {
        let legs: Vec<LegId> = self.legs.of(person).collect();
        let name = person.0.to_string();
        let mut attributes = who.map_or_else(Vec::new, |who| {
            vec![
                ("age".to_string(), who.age.to_string()),
                ("employed".to_string(), who.employed.to_string()),
                ("householdIncome".to_string(), who.income_usd.to_string()),
            ]
        });
        attributes.extend(self.own_vehicles(person));
        let stays = match self.chains[person.index()].0.is_empty() {
            true => self.ends(&legs),
            false => self.stays(person, &legs),
        };
        let mut planned: Vec<PlannedLeg> = legs.iter().map(|leg| self.leg(person, *leg)).collect();
        // A plan is stay, leg, stay and so on: a leg behind the last stay would lead nowhere.
        planned.truncate(stays.len().saturating_sub(1));
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
            Stay { kind: "other".into(), link: Some(link), end_s, ..Stay::default() }
        };
        let starts =
            legs.iter().map(|leg| stay(self.legs.from[leg.index()], Some(self.moved[leg.index()].depart_s)));
        let last = legs.last().map(|leg| stay(self.legs.to[leg.index()], None));
        starts.chain(last).collect()
    }

    /// A leg as MATSim writes it. One that did not arrive before the day ended has no travel time; only one that
    /// drives has a route. The distance leaves out the first link, at whose end a trip begins.
    fn leg(&self, person: PersonId, leg: LegId) -> PlannedLeg {
        let moved = self.moved[leg.index()];
        let route = self.routes.of(leg);
        let names = route.iter().map(|l| self.network.link(*l).name.clone()).collect();
        PlannedLeg {
            mode: self.legs.mode_name(leg).into(),
            depart_s: Some(moved.depart_s),
            travel_s: (moved.arrive_s != u32::MAX).then(|| moved.arrive_s - moved.depart_s),
            route: self.legs.drives(leg).then_some(names),
            distance_m: Some(route.iter().skip(1).map(|l| self.network.link(*l).length_m).sum()),
            vehicle: self.vehicle(person, leg).map(|(name, _)| name),
            ..PlannedLeg::default()
        }
    }

    /// Name and class of the vehicle that a leg drives, where not everybody drives the ordinary car.
    fn vehicle(&self, person: PersonId, leg: LegId) -> Option<(String, &Class)> {
        let class = self.legs.class(leg).filter(|_| self.names_vehicles())?;
        Some((matsim::vehicles::name_of(&person.0.to_string(), self.legs, leg), class))
    }

    /// MATSim's attribute of a person that names its vehicle by mode. The first of a mode; routes name each.
    fn own_vehicles(&self, person: PersonId) -> Option<(String, String)> {
        let mut own: BTreeMap<&str, String> = BTreeMap::new();
        for leg in self.legs.of(person) {
            if let Some((name, class)) = self.vehicle(person, leg) {
                own.entry(&class.mode).or_insert(name);
            }
        }
        let text = (!own.is_empty()).then(|| serde_json::json!(own).to_string());
        text.map(|text| ("vehicles".to_string(), text))
    }

    /// Whether somebody drives another vehicle than the ordinary car. If not, none is named: MATSim then gives each
    /// driver its default vehicle, which is the same.
    fn names_vehicles(&self) -> bool {
        self.legs.classes.all().len() > 1
    }

    /// All vehicles: name, and name of the class.
    fn vehicles(&self) -> BTreeMap<String, &str> {
        let persons = (0..self.legs.n_persons()).map(PersonId::new);
        let driven =
            persons.flat_map(|person| self.legs.of(person).filter_map(move |leg| self.vehicle(person, leg)));
        driven.map(|(name, class)| (name, class.name.as_str())).collect()
    }
}

/// The events of the day, second by second and in the order of our log; MATSim wants times that never fall.
/// Activities get the names that they have in the population.
fn write_events(day: &Lived<'_>, log: &Path, path: &Path) -> Result<()> {
    let events = event::read(log)?;
    let kind = |person: PersonId, n: usize| {
        let chain = &day.chains[person.index()].0;
        chain.get(n.min(chain.len().saturating_sub(1))).map_or("other", |e| e.activity.label()).to_string()
    };
    let names = matsim::events::Names {
        network: day.network,
        legs: day.legs,
        person: &|person| person.0.to_string(),
        activity: &kind,
        distance_m: &|_| 0.0,
    };
    matsim::events::write(path, &names, |writer| {
        events.chunk_by(|a, b| a.time_s == b.time_s).try_for_each(|second| writer.second(second))
    })
}

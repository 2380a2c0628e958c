//! Persons of a MATSim population with their vehicles and facilities, as travellers.
//!
//! Begin at [`read`]. What files in use hold and a run cannot take as it stands is mended in this order: coordinates go into
//! the system of the network, activities at a facility get its link, legs between two real activities become one trip
//! ([`activity::without_changes`]), activities on links without cars move to a road, and every mode gets a meaning
//! ([`mode`]). Each is counted with its share; what cannot be meant is refused.

mod coordinates;
mod place;

use super::{Finder, Source};
use crate::scenario::Scenario;
use coordinates::{at_facilities, count_far, system, to_network};
use engine::Result;
use engine::activity::replay::{PlannedLeg, PlannedPerson};
use engine::activity::{Activity, Chain, Episode};
use engine::demand::Given;
use engine::draw::{Purpose, draw};
use engine::mode::Mode;
use engine::order::natural;
use engine::place::{Place, Places};
use engine::trip::{Trip, Trips};
use engine::unit::{DAY_S, hms};
use engine::vehicle::{Class, ClassId};
use netconvert::matsim::activity::{self, Stop};
use netconvert::matsim::{facilities, mode, population, vehicles};
use netconvert::tally::Tally;
use place::Roads;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The files of a layer of plans, and how to read them.
pub(super) struct Input<'a> {
    /// Population.
    pub file: &'a Path,
    /// Vehicles.
    pub vehicles: Option<&'a PathBuf>,
    /// Facilities.
    pub facilities: Option<&'a PathBuf>,
    /// Name of the reference system of the population, which wins over the one that the file gives.
    pub crs: Option<&'a String>,
}

/// Reads the files and makes a traveller of each person in the sample. The classes of the vehicles are added to those of the
/// source, and so are warnings.
///
/// # Errors
/// A [`Fault`] for files that cannot be read, a reference system that is not known, coordinates that look like degrees on a
/// network in metres, and an activity without a place or on a link that is in no file.
pub(super) fn read(
    scenario: &Scenario,
    source: &mut Source,
    finder: &mut Finder<'_>,
    input: &Input<'_>,
) -> Result<Vec<Given>> {
    let path = finder.file(input.file)?;
    let population::Population { persons, crs, warnings } = population::read_whole(&path)?;
    source.warnings.extend(warnings);
    let mut persons = sampled(persons, scenario);
    let system = system(input.crs.or(crs.as_ref()), &path)?;
    to_network(&mut persons, system.as_ref(), &source.network, &path)?;
    if let Some(file) = input.facilities {
        let file = finder.file(file)?;
        at_facilities(&mut persons, &facilities::read_whole(&file)?, &source.network.crs, &file)?;
    }
    let mut tally = Tally::new(&path);
    let persons: Vec<PlannedPerson> =
        persons.into_iter().map(|person| activity::without_changes(person, &mut tally)).collect();
    for person in &persons {
        tally.whole("activities", person.stays.len() as u64);
        tally.whole("legs", person.legs.len() as u64);
    }
    count_far(&persons, &source.network, &mut tally);
    let driven = match input.vehicles {
        Some(file) => driven(&finder.file(file)?, &path, &persons, source)?,
        None => persons.iter().map(|person| vec![None; person.legs.len()]).collect(),
    };
    let modes = modes(&persons, &driven, &path, source)?;
    let plans = Plans {
        path: &path,
        persons: &persons,
        driven: &driven,
        modes,
        roads: Roads::new(source),
        end_s: scenario.config.traffic()?.end_s,
    };
    let given = plans.travellers(&mut tally)?;
    source.warnings.extend(tally.into_warnings());
    Ok(given)
}

/// The persons in the sample, in the order of their names. One is in the sample or not with all trips of the day, else the day
/// would fall apart. One draw a person, by position among all persons: a larger sample has everybody whom a smaller one has.
fn sampled(mut persons: Vec<PlannedPerson>, scenario: &Scenario) -> Vec<PlannedPerson> {
    let (seed, sample) = (scenario.config.seed, scenario.config.sample);
    persons.sort_by(|a, b| natural(&a.name, &b.name));
    let drawn = |number: usize| draw(seed, Purpose::Sample, number as u64, 0).uniform() < sample;
    persons.into_iter().enumerate().filter(|(number, _)| drawn(*number)).map(|(_, person)| person).collect()
}

/// Reads a file of vehicles, adds its types to the classes of the run, and finds what each leg of each person drives.
fn driven(
    file: &Path,
    plans: &Path,
    persons: &[PlannedPerson],
    source: &mut Source,
) -> Result<Vec<Vec<Option<ClassId>>>> {
    let (vehicles, more) = vehicles::read(file)?;
    source.warnings.extend(more);
    let (driven, more) = vehicles.driven(persons, plans)?;
    source.warnings.extend(more);
    let add = |class: &Class| source.classes.add(class.clone(), file, &format!("type {}", class.name));
    let ids: Vec<ClassId> = vehicles.types.iter().map(add).collect::<Result<_>>()?;
    let class = |of: Option<usize>| of.map(|of| ids[of]);
    Ok(driven.into_iter().map(|legs| legs.into_iter().map(class).collect()).collect())
}

/// What a mode of legs stands for.
struct Meaning {
    mode: Mode,
    vehicle: ClassId,
    /// What is counted for each leg of this mode, and whether the mode is not understood.
    told: Option<(String, bool)>,
}

/// A leg in somebody's car.
const RIDE: Meaning = Meaning { mode: Mode::Ride, vehicle: ClassId::CAR, told: None };

/// What each mode of a leg stands for of which no vehicle is named. A mode that drives gets a class of vehicles of its own.
fn modes(
    persons: &[PlannedPerson],
    driven: &[Vec<Option<ClassId>>],
    path: &Path,
    source: &mut Source,
) -> Result<BTreeMap<String, Meaning>> {
    let legs = persons.iter().zip(driven).flat_map(|(person, driven)| person.legs.iter().zip(driven));
    let names: BTreeSet<&str> =
        legs.filter(|(_, vehicle)| vehicle.is_none()).map(|(leg, _)| leg.mode.as_str()).collect();
    let mut meanings = BTreeMap::new();
    for name in names {
        let on_links = source.link_modes.contains(name);
        let class = mode::class(name).or_else(|| on_links.then(|| mode::of_link(name)));
        let meaning = match (mode::parse(name), class) {
            (Some(mode), _) => Meaning { mode, vehicle: ClassId::CAR, told: None },
            (None, Some(class)) => {
                let told = format!(
                    "mode \"{name}\" drives, as a vehicle of {} passenger-car equivalents, where cars may (no file of \
                     vehicles says otherwise)",
                    class.pce
                );
                let vehicle = source.classes.add(class, path, &format!("mode {name}"))?;
                Meaning { mode: Mode::Car, vehicle, told: Some((told, false)) }
            }
            (None, None) => {
                let told = format!(
                    "mode \"{name}\" is not known; the leg is on no road and takes the time of a ride"
                );
                Meaning { told: Some((told, true)), ..RIDE }
            }
        };
        meanings.insert(name.to_string(), meaning);
    }
    Ok(meanings)
}

/// A plans file, ready to become travellers.
struct Plans<'a> {
    /// The file, for messages.
    path: &'a Path,
    /// Its persons, in the order of their names.
    persons: &'a [PlannedPerson],
    /// Class of the vehicle that each leg of each person drives, where the file of vehicles names one.
    driven: &'a [Vec<Option<ClassId>>],
    /// What the other modes of legs stand for.
    modes: BTreeMap<String, Meaning>,
    /// Where activities may be.
    roads: Roads<'a>,
    /// End of the simulated day, seconds since midnight.
    end_s: u32,
}

impl Plans<'_> {
    /// Chains, places and trips of the persons. Routes in the file are not used: the run finds its own.
    fn travellers(&self, tally: &mut Tally) -> Result<Vec<Given>> {
        let mut given = Vec::new();
        for (person, driven) in self.persons.iter().zip(self.driven) {
            tally.whole("persons", 1);
            if person.stays.is_empty() {
                tally.part("persons", "has an empty plan and was left out", &person.name);
                continue;
            }
            let places =
                person.stays.iter().map(|stay| self.roads.place(self.path, &person.name, stay, tally));
            let places = places.collect::<Result<Vec<Place>>>()?;
            given.push(self.day(person, driven, places, tally));
        }
        Ok(given)
    }

    /// The day of a person. When a stay ends is MATSim's default rule (`tryEndTimeThenDuration`): at its end time; without
    /// one its longest duration after the arrival, however late that is (`dwell_s`); without either when the next leg says
    /// that it departs. The last one lasts to the end of the day. Times never run backwards: a stay that would end before it
    /// begins ends at once.
    ///
    /// Planned starts of stays are not used, as MATSim does not use them. A leg whose vehicle is named drives it, whatever
    /// its mode is called.
    fn day(
        &self,
        person: &PlannedPerson,
        driven: &[Option<ClassId>],
        places: Vec<Place>,
        tally: &mut Tally,
    ) -> Given {
        let mut episodes: Vec<Episode> = Vec::with_capacity(person.stays.len());
        let mut trips = Vec::with_capacity(person.legs.len());
        let mut now_s = 0u32;
        let last = person.stays.len() - 1;
        for (index, stay) in person.stays.iter().enumerate() {
            let leg = person.legs.get(index);
            let end_s = match (stay.end_s, stay.max_dur_s) {
                (Some(end_s), _) => end_s,
                (None, Some(longest_s)) => now_s.saturating_add(longest_s),
                (None, None) if index == last => now_s.max(DAY_S),
                (None, None) => leg.and_then(|leg| leg.depart_s).unwrap_or_else(|| {
                    let what = "an activity has no end time, no longest duration and no departure after it; it ends at once";
                    tally.unknown("activities", what, format!("person {}", person.name));
                    now_s
                }),
            };
            let end_s = end_s.max(now_s);
            let activity = activity_of(&person.name, &stay.kind, tally);
            episodes.push(Episode { activity, start_s: now_s, end_s });
            if let Some(leg) = leg {
                let dwell_s = if index > 0 && stay.end_s.is_none() { stay.max_dur_s.unwrap_or(0) } else { 0 };
                let ends = [places[index], places[index + 1]];
                let trip = self.trip(leg, driven[index], ends, &person.name, tally);
                trips.push(Trip { episode: index as u16, depart_s: end_s, dwell_s, ..trip });
                self.count_late(end_s, &person.name, tally);
            }
            now_s = end_s;
        }
        // Until midnight everybody is somewhere: the last stay lasts that long, even if the plan ends it earlier.
        if let Some(episode) = episodes.last_mut() {
            episode.end_s = episode.end_s.max(DAY_S);
        }
        Given {
            name: Some(person.name.clone()),
            demographics: None,
            activities: Some((Chain(episodes), Places(places))),
            trips: Trips(trips),
        }
    }

    /// The trip of a leg between two places; its times are not set yet.
    fn trip(
        &self,
        leg: &PlannedLeg,
        vehicle: Option<ClassId>,
        [from, to]: [Place; 2],
        person: &str,
        tally: &mut Tally,
    ) -> Trip {
        let named;
        let meaning = match vehicle {
            Some(vehicle) => {
                named = Meaning { mode: Mode::Car, vehicle, told: None };
                &named
            }
            // Every mode of a leg without a vehicle has a meaning.
            None => self.modes.get(&leg.mode).unwrap_or(&RIDE),
        };
        match &meaning.told {
            Some((what, true)) => tally.unknown("legs", what, format!("person {person}")),
            Some((what, false)) => tally.part("legs", what, format!("person {person}")),
            None => {}
        }
        // Who walks to the car starts where it stands.
        let end = |name: &Option<String>, place: Place| {
            let named = name.as_deref().filter(|_| meaning.mode.drives());
            named.and_then(|name| self.roads.usable(name)).unwrap_or(place.link)
        };
        Trip {
            episode: 0,
            mode: meaning.mode,
            vehicle: meaning.vehicle,
            depart_s: 0,
            dwell_s: 0,
            from: end(&leg.ends[0], from),
            to: end(&leg.ends[1], to),
            distance_m: from.distance_m(&to) as f32,
        }
    }

    /// Counts a trip, and whether it leaves too late to be simulated.
    fn count_late(&self, depart_s: u32, person: &str, tally: &mut Tally) {
        tally.whole("trips", 1);
        if depart_s >= self.end_s {
            let what = format!(
                "a trip leaves at or after the end of the simulated day, {} (traffic.end), and is not simulated",
                hms(self.end_s)
            );
            tally.part("trips", what, format!("person {person}"));
        }
    }
}

/// The activity of a foreign name; what is not understood is counted and taken for [`Activity::Other`]. No share of it stops
/// the work: MATSim's types are any words, and traffic does not depend on them.
fn activity_of(person: &str, kind: &str, tally: &mut Tally) -> Activity {
    match activity::stop(kind) {
        Some(Stop::Activity(activity)) => activity,
        Some(Stop::Change) => Activity::Other,
        None => {
            let what = format!("activity \"{kind}\" is not known and was taken for other");
            tally.part("activities", what, person);
            Activity::Other
        }
    }
}

#[cfg(test)]
mod tests;

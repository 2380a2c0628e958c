//! Tours of surveys with the mode that was taken: what the choice of modes ([`engine::choice`]) is fitted to.
//!
//! VISTA 2009 tells places (blurred by some 450 m) but nobody's age; PSRC 2017 tells ages but no places.
//!
//! A *tour* is a trip chain from home back to home. Its mode is public transport where that was used at all,
//! because whoever rides a bus also walks to it; else the mode of most of the metres. It is one observation of
//! what a traveller chose, given how far, for what purpose and (where known) at what age.
//!
//! Modes of PSRC 2017 (`tmodetp`, codes of DaySim):
//!
//! | code | stands for | read as |
//! |---|---|---|
//! | 1, 2 | walk, bike | the same |
//! | 3 | alone in a car | car; below the age of driving: ride |
//! | 4, 5 | two, three and more in a car | car and ride, by the share of drivers |
//! | 6, 7, 8 | transit on foot, park and ride, school bus | public transport |
//! | 9 | other | left out |
//!
//! Begin with [`vista_tours`] and [`read_daysim`]; [`trips`] serves the comparison of distances by mode.

use super::Intake;
use super::table::{age, need, number, read};
use crate::matsim::activity::{Stop, stop};
use engine::Result;
use engine::activity::Activity;
use engine::activity::replay::PlannedPerson;
use engine::choice::{PlacelessTour, TourObservation, TourPurpose, Traveller};
use engine::mode::Mode;
use engine::place::density::{Around, Point};
use std::collections::BTreeMap;
use std::path::Path;

/// Residents of the area of VISTA 2009 (Melbourne, Geelong, Ballarat, Bendigo, Shepparton and the Latrobe valley),
/// millions, rounded: Australian Bureau of Statistics, 3218.0, "Regional population growth, 2008-09".
const VISTA_RESIDENTS: f64 = 4.5e6;
/// Jobs for each resident there (Australian Bureau of Statistics, 6202.0, 2009: 2.7 of Victoria's 5.4 millions worked). VISTA
/// tells who worked on the day, not who has a job.
const JOBS_A_RESIDENT: f64 = 0.5;
/// From which age on one may drive.
const DRIVES: u8 = engine::choice::utility::LICENCE_AGE;

/// Home-based tours of plans: each from a stay at home to the next, its mode public transport where that was used at
/// all, else what took most of the way. Tours with a mode that is none of ours (taxis and the rest) are left out.
///
/// The distance is the straight line from home to the farthest stop. Work counts before school, and both before
/// any other purpose, wherever on the tour they lie. A change of vehicle is no stop. Age and cars stay unknown;
/// the density of people comes from the survey itself, whose homes and workplaces are scaled up to the residents
/// and jobs of its area. A day ends where a stay without coordinates is met.
pub fn vista_tours(persons: &[PlannedPerson]) -> Vec<TourObservation> {
    let around = people(persons);
    persons.iter().flat_map(|person| tours(person, &around)).collect()
}

/// Trips of a plan with their distance, metres: from activity to activity, the mode public transport where that was
/// used at all, else what took most of the way. Trips with a mode that is none of ours are left out.
///
/// The distance is the straight line between the two activities, whatever was changed on the way. What follows a
/// stay without coordinates is not read.
pub fn trips(person: &PlannedPerson) -> Vec<(f64, Mode)> {
    let mut found = Vec::new();
    let mut from: Option<(f64, f64)> = None;
    let mut legs: Vec<(Option<Mode>, f64)> = Vec::new();
    for (index, stay) in person.stays.iter().enumerate() {
        let Some(here) = stay.xy_m else { return found };
        if let Some(leg) = index.checked_sub(1).and_then(|leg| person.legs.get(leg)) {
            let before = person.stays[index - 1].xy_m.unwrap_or(here);
            legs.push((Mode::parse(&leg.mode), distance_m(before, here)));
        }
        if matches!(stop(&stay.kind), Some(Stop::Change)) {
            continue;
        }
        let known = legs.iter().all(|(mode, _)| mode.is_some());
        let rides = legs.iter().any(|(mode, _)| *mode == Some(Mode::Transit));
        let longest = legs.iter().max_by(|a, b| a.1.total_cmp(&b.1)).and_then(|(mode, _)| *mode);
        if let (Some(from), Some(mode), true) = (from, longest, known) {
            found.push((distance_m(from, here), if rides { Mode::Transit } else { mode }));
        }
        from = Some(here);
        legs.clear();
    }
    found
}

/// Straight line between two points, metres; by the engine's square root, so that every machine gives the same
/// bits.
fn distance_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    engine::float::sqrt((a.0 - b.0).powi(2) + (a.1 - b.1).powi(2))
}

/// Where the persons live and work. The first home and the first workplace of each person that has one: every
/// home stands for equally many residents and every workplace for equally many jobs, so that they sum to the
/// totals above.
fn people(persons: &[PlannedPerson]) -> Around {
    let at = |person: &PlannedPerson, wanted: Activity| {
        let is = |kind: &str| matches!(stop(kind), Some(Stop::Activity(activity)) if activity == wanted);
        person.stays.iter().find(|stay| is(&stay.kind)).and_then(|stay| stay.xy_m)
    };
    let [homes, jobs] = [Activity::Home, Activity::Work]
        .map(|wanted| persons.iter().filter_map(|person| at(person, wanted)).collect::<Vec<_>>());
    let each = [1.0, JOBS_A_RESIDENT].map(|share| share * VISTA_RESIDENTS);
    let point = |n: usize, of: f64| move |&(x_m, y_m): &(f64, f64)| Point::new([x_m, y_m], of / n as f64);
    let homes = homes.iter().map(point(homes.len(), each[0]));
    Around::new(homes.chain(jobs.iter().map(point(jobs.len(), each[1]))).collect())
}

/// A tour that is not yet home again.
struct Open {
    /// Where the tour began, metres.
    home: (f64, f64),
    /// The farthest stop so far: its distance from home and its place, metres.
    far: (f64, (f64, f64)),
    /// Straight metres by mode, in the order of [`Mode::ALL`].
    metres: [f64; Mode::ALL.len()],
    /// Whether the mode was used at all: a leg may have no length, where both ends are blurred to one point.
    rode: [bool; Mode::ALL.len()],
    /// Whether there was a stop for work, …
    work: bool,
    /// … and for school.
    school: bool,
    /// Whether all legs so far have a mode of ours; the tour is left out otherwise.
    known: bool,
}

impl Open {
    /// A tour that has just left home.
    fn at(home: (f64, f64)) -> Self {
        let (metres, rode) = ([0.0; Mode::ALL.len()], [false; Mode::ALL.len()]);
        Self { home, far: (0.0, home), metres, rode, work: false, school: false, known: true }
    }

    /// The observation, when the traveller is home again; `None` for a tour without a leg or with a mode that is
    /// none of ours. Of modes with equal metres the first in the order of [`Mode::ALL`] counts.
    fn close(&self, around: &Around) -> Option<TourObservation> {
        let used = Mode::ALL.into_iter().filter(|mode| self.rode[*mode as usize]);
        let most =
            used.reduce(|a, b| if self.metres[b as usize] > self.metres[a as usize] { b } else { a })?;
        let purpose = match (self.work, self.school) {
            (true, _) => TourPurpose::Work,
            (false, true) => TourPurpose::School,
            (false, false) => TourPurpose::Other,
        };
        let density_km2 = [self.home, self.far.1].map(|(x_m, y_m)| around.per_km2(x_m, y_m));
        let traveller = Traveller {
            distance_m: self.far.0,
            purpose,
            age: None,
            cars_per_adult: None,
            density_km2: Some(density_km2),
        };
        let mode = if self.rode[Mode::Transit as usize] { Mode::Transit } else { most };
        self.known.then_some(TourObservation { traveller, mode, weight: 1.0 })
    }
}

/// The tours of one person's day. What comes before the first stay at home, and a tour that does not come back,
/// are no tours; a stop whose name is not known ends the tour without giving one.
fn tours(person: &PlannedPerson, around: &Around) -> Vec<TourObservation> {
    let mut found = Vec::new();
    let mut open: Option<Open> = None;
    let mut before = None;
    for (index, stay) in person.stays.iter().enumerate() {
        let Some(here) = stay.xy_m else { return found };
        if let (Some(tour), Some(leg), Some(from)) =
            (open.as_mut(), index.checked_sub(1).and_then(|leg| person.legs.get(leg)), before)
        {
            match Mode::parse(&leg.mode) {
                Some(mode) => {
                    tour.metres[mode as usize] += distance_m(from, here);
                    tour.rode[mode as usize] = true;
                }
                None => tour.known = false,
            }
        }
        before = Some(here);
        match stop(&stay.kind) {
            Some(Stop::Activity(Activity::Home)) => {
                found.extend(open.take().and_then(|tour| tour.close(around)));
                open = Some(Open::at(here));
            }
            Some(Stop::Activity(activity)) => {
                if let Some(tour) = open.as_mut() {
                    tour.work |= activity == Activity::Work;
                    tour.school |= activity == Activity::School;
                    let away_m = distance_m(tour.home, here);
                    if away_m > tour.far.0 {
                        tour.far = (away_m, here);
                    }
                }
            }
            Some(Stop::Change) => {}
            None => open = None,
        }
    }
    found
}

/// Tours with their weights, and the shares of drivers among those old enough to drive in cars of two, and of three and
/// more.
pub type ToursAndDrivers = (Vec<PlacelessTour>, [f64; 2]);

/// Home-based tours of PSRC 2017 (DaySim's `tour17`, `person17`), and the shares of drivers: children never drive, and
/// each car with two (three and more) persons has one driver in two (three), so that a tour in such a car is given as two,
/// one driven and one ridden along. What was left out is counted.
///
/// Read of `person17.csv`: `hhno` and `pno` (household, number in it), `pagey` (years), `psexpfac` (weight); of
/// `tour17.csv`: `pno` (here household and two digits of the person), `pdpurp` (1 work, 2 school, others other),
/// `tmodetp` (table above), `parent`. The result is the tours with their weights, and the shares of drivers among
/// those old enough to drive in cars of two, and of three and more.
///
/// # Errors
/// A [`engine::Fault`] where a table or column is missing.
pub fn read_daysim(folder: &Path) -> Result<(ToursAndDrivers, Intake)> {
    let mut intake = Intake::new(folder);
    let mut ages: BTreeMap<u64, (u8, f64)> = BTreeMap::new();
    let persons = need(folder, "PSRC persons", |name| name == "person17.csv")?;
    read(
        &persons,
        &["hhno", "pno", "pagey", "psexpfac"],
        &mut intake,
        |[household, person, years, weight], _| {
            let key = number(household, 0.0, 1e15).ok_or("hhno")? as u64 * 100;
            let weight = number(weight, 0.0, 1e9).ok_or("psexpfac")?;
            let key = key + number(person, 0.0, 99.0).ok_or("pno")? as u64;
            ages.insert(key, (age(years)?.ok_or("pagey")?, weight));
            Ok(())
        },
    )?;
    let mut tours = Vec::new();
    let file = need(folder, "PSRC tours", |name| name == "tour17.csv")?;
    read(
        &file,
        &["pno", "pdpurp", "tmodetp", "parent"],
        &mut intake,
        |[person, purpose, mode, parent], _| {
            let key = number(person, 0.0, 1e15).ok_or("pno")? as u64;
            let (years, weight) = *ages.get(&key).ok_or("pno")?;
            let purpose = match number(purpose, 0.0, 99.0).ok_or("pdpurp")? as u8 {
                1 => TourPurpose::Work,
                2 => TourPurpose::School,
                _ => TourPurpose::Other,
            };
            // A tour from work is a part of another.
            if number(parent, -1.0, 1e9).ok_or("parent")? > 0.0 {
                return Ok(());
            }
            tours.push((purpose, years, number(mode, 1.0, 9.0).ok_or("tmodetp")? as u8, weight));
            Ok(())
        },
    )?;
    // Three stands for "three and more": the survey does not say how many there were.
    let drivers = [(4, 2.0), (5, 3.0)].map(|(mode, persons)| drivers(&tours, mode, persons));
    let mut levels = Vec::new();
    for (purpose, years, mode, weight) in tours {
        let shared = |share: f64| match years < DRIVES {
            true => vec![(Mode::Ride, 1.0)],
            false => vec![(Mode::Car, share), (Mode::Ride, 1.0 - share)],
        };
        let modes = match mode {
            1 => vec![(Mode::Walk, 1.0)],
            2 => vec![(Mode::Bike, 1.0)],
            3 => shared(1.0),
            4 => shared(drivers[0]),
            5 => shared(drivers[1]),
            6..=8 => vec![(Mode::Transit, 1.0)],
            _ => continue,
        };
        levels.extend(
            modes.into_iter().filter(|(_, share)| *share > 0.0).map(|(mode, share)| PlacelessTour {
                purpose,
                age: years,
                mode,
                weight: weight * share,
            }),
        );
    }
    Ok(((levels, drivers), intake))
}

/// Share of those old enough to drive in cars of `mode` who do drive, when such a car holds `persons` persons.
/// Each car has one driver, so there are as many drivers as cars: the weight of all persons in them, divided by
/// `persons`. At most 1, which cars that hold mainly children would pass.
fn drivers(tours: &[(TourPurpose, u8, u8, f64)], mode: u8, persons: f64) -> f64 {
    let of = |adults: bool| {
        let counts = |tour: &&(TourPurpose, u8, u8, f64)| tour.2 == mode && (!adults || tour.1 >= DRIVES);
        tours.iter().filter(counts).map(|tour| tour.3).sum::<f64>()
    };
    (of(false) / persons / of(true).max(f64::MIN_POSITIVE)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::activity::replay::{PlannedLeg, Stay};

    /// DaySim's tables, with every kind of tour; what they come to is reckoned by hand.
    #[test]
    fn a_small_survey_in_daysims_format_is_read() {
        let persons = "hhno,pno,pagey,psexpfac\n1,1,40,2\n2,1,10,1\n3,1,30,1\n4,1,x,1\n";
        // Alone, two in a car, walking, by school bus, as a part of another tour; nobody's tour; no mode of ours.
        let tours = "pno,pdpurp,tmodetp,parent\n101,1,3,0\n101,5,4,0\n201,2,4,0\n301,4,5,0\n301,7,1,0\n201,2,8,0\n\
            101,5,1,1\n999,1,3,0\n301,1,9,0\n";
        let folder = crate::testing::folder_of(&[("person17.csv", persons), ("tour17.csv", tours)]);
        let ((found, drivers), intake) = read_daysim(folder.path()).unwrap();
        // Two in a car: weights 2 (adult) and 1 (child) make 1.5 cars, driven by the adults' 2. Three: 1/3 car for 1.
        assert!((drivers[0] - 0.75).abs() < 1e-12 && (drivers[1] - 1.0 / 3.0).abs() < 1e-12, "{drivers:?}");
        let tour = |purpose, age, mode, weight: f64| PlacelessTour { purpose, age, mode, weight };
        let expected = [
            tour(TourPurpose::Work, 40, Mode::Car, 2.0),
            tour(TourPurpose::Other, 40, Mode::Car, 1.5),
            tour(TourPurpose::Other, 40, Mode::Ride, 0.5),
            tour(TourPurpose::School, 10, Mode::Ride, 1.0),
            tour(TourPurpose::Other, 30, Mode::Car, 1.0 / 3.0),
            tour(TourPurpose::Other, 30, Mode::Ride, 2.0 / 3.0),
            tour(TourPurpose::Other, 30, Mode::Walk, 1.0),
            tour(TourPurpose::School, 10, Mode::Transit, 1.0),
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(
                (found.purpose, found.age, found.mode),
                (expected.purpose, expected.age, expected.mode)
            );
            assert!((found.weight - expected.weight).abs() < 1e-12, "{found:?}");
        }
        let said: Vec<String> = intake.warnings().into_iter().map(|w| w.what).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("the age") && said[1].contains("pno"), "{said:?}");
    }

    #[test]
    fn a_tour_takes_the_farthest_place_and_public_transport_before_what_was_walked_to_it() {
        let stay =
            |kind: &str, x_m: f64| Stay { kind: kind.into(), xy_m: Some((x_m, 0.0)), ..Stay::default() };
        let leg = |mode: &str| PlannedLeg { mode: mode.into(), ..PlannedLeg::default() };
        let day = |stays, legs| PlannedPerson { stays, legs, ..PlannedPerson::default() };
        let rider = day(
            vec![
                stay("At Home", 0.0),
                stay("Change Mode", 5_000.0),
                stay("Work Related", 6_000.0),
                stay("Buy Something", 2_000.0),
                stay("At Home", 0.0),
                stay("Education", 1_000.0),
                stay("At Home", 0.0),
            ],
            ["Walking", "Bus", "car", "car", "Bicycle", "Bicycle"].map(leg).into(),
        );
        let by_taxi = day(
            vec![stay("At Home", 0.0), stay("Social", 900.0), stay("At Home", 0.0)],
            vec![leg("Taxi"), leg("car")],
        );
        let found = vista_tours(&[rider, by_taxi]);
        let of = |tour: &TourObservation| (tour.traveller.distance_m, tour.traveller.purpose, tour.mode);
        let expected =
            [(6_000.0, TourPurpose::Work, Mode::Transit), (1_000.0, TourPurpose::School, Mode::Bike)];
        assert_eq!(found.iter().map(of).collect::<Vec<_>>(), expected);
        assert!(found.iter().all(|tour| tour.traveller.density_km2.is_some_and(|d| d[0] > 0.0)));
    }

    #[test]
    fn a_trip_goes_from_activity_to_activity_whatever_changes_on_the_way() {
        let stay =
            |kind: &str, x_m: f64| Stay { kind: kind.into(), xy_m: Some((x_m, 0.0)), ..Stay::default() };
        let leg = |mode: &str| PlannedLeg { mode: mode.into(), ..PlannedLeg::default() };
        let person = PlannedPerson {
            stays: vec![
                stay("At Home", 0.0),
                stay("Change Mode", 1_000.0),
                stay("Work Related", 3_000.0),
                stay("Buy Something", 2_000.0),
                stay("At Home", 0.0),
            ],
            legs: vec![leg("Walking"), leg("Train"), leg("Taxi"), leg("car")],
            ..PlannedPerson::default()
        };
        // The way by taxi is left out: it is none of our modes.
        assert_eq!(trips(&person), [(3_000.0, Mode::Transit), (2_000.0, Mode::Car)]);
    }
}

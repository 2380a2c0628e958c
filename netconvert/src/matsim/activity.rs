//! What the activity types of plans stand for: one table (`purposes.csv`, survey `matsim`) for runs and for surveys.
//!
//! A type is looked up whole, then by its first word, since plans often carry more in the name (`home_86400`,
//! `work.8`, `shop daily`): both in lower case, in the table and then among the labels of our activities. Types
//! that end in `interaction` are MATSim's stops between the legs of one trip.

use super::mode;
use crate::purpose::{Meaning, Purposes};
use crate::tally::Tally;
use engine::activity::Activity;
use engine::activity::replay::{PlannedLeg, PlannedPerson, Stay};
use engine::mode::Mode;
use std::sync::LazyLock;

/// What somebody does at a stop of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// An activity of ours.
    Activity(Activity),
    /// Only a change of vehicle: part of the trip around it.
    Change,
}

/// Read once: the table is part of the program.
static NAMES: LazyLock<Purposes> = LazyLock::new(|| Purposes::of("matsim"));

/// What an activity type stands for; `None` where the name is not known. Upper and lower case are one.
pub fn stop(kind: &str) -> Option<Stop> {
    let kind = kind.trim().to_lowercase();
    if kind.ends_with("interaction") {
        return Some(Stop::Change);
    }
    let stem = kind.split(['_', '.', ' ']).next().unwrap_or_default();
    [kind.as_str(), stem].into_iter().find_map(|name| match NAMES.get(name) {
        Some(Meaning::Activity(activity)) => Some(Stop::Activity(activity)),
        Some(Meaning::Change) => Some(Stop::Change),
        _ => Activity::parse(name).map(Stop::Activity),
    })
}

/// The plan without stops that are only a change of vehicle: the legs around them are one. Its mode is that of the trip, as
/// the legs state it (`routingMode`), if a leg has it at all; else public transport where that was used at all, else that
/// of the longest leg. It has no route; its vehicle starts and stops at the links of the changes around the leg of that mode.
/// A change at either end of the day stays.
///
/// Drives to a stop of public transport are part of a trip by public transport, and on no road: `tally` counts them among
/// the stages of such trips.
pub fn without_changes(mut person: PlannedPerson, tally: &mut Tally) -> PlannedPerson {
    let last = person.stays.len().saturating_sub(1);
    let is_change =
        |(at, stay): (usize, &Stay)| at > 0 && at < last && stop(&stay.kind) == Some(Stop::Change);
    if !person.stays.iter().enumerate().any(is_change) {
        return person;
    }
    let (mut stays, mut legs) = (Vec::new(), Vec::new());
    let mut parts: Vec<Part> = Vec::new();
    for (at, stay) in person.stays.iter().enumerate() {
        if let Some((before, leg)) =
            at.checked_sub(1).and_then(|n| person.stays.get(n).zip(person.legs.get(n)))
        {
            let ends = [before.link.clone(), stay.link.clone()];
            parts.push(Part { leg: leg.clone(), length_m: length_m(leg, before, stay), ends });
        }
        if !is_change((at, stay)) {
            legs.extend(joined(std::mem::take(&mut parts), &person.name, tally));
            stays.push(stay.clone());
        }
    }
    (person.stays, person.legs) = (stays, legs);
    person
}

/// One leg of a trip.
struct Part {
    leg: PlannedLeg,
    /// [`length_m`].
    length_m: f64,
    /// Links of the stays before and after.
    ends: [Option<String>; 2],
}

/// Length of a leg, metres: as told, else the straight line; 0 where neither is known.
fn length_m(leg: &PlannedLeg, from: &Stay, to: &Stay) -> f64 {
    let line = || {
        let ((a, b), (c, d)) = (from.xy_m?, to.xy_m?);
        Some(engine::float::sqrt((a - c).powi(2) + (b - d).powi(2)))
    };
    leg.distance_m.or_else(line).unwrap_or(0.0)
}

/// One leg of several; `None` of none.
fn joined(parts: Vec<Part>, person: &str, tally: &mut Tally) -> Option<PlannedLeg> {
    if parts.len() < 2 {
        return parts.into_iter().next().map(|part| part.leg);
    }
    let routed = parts.iter().find_map(|part| part.leg.routing_mode.as_deref());
    // Of legs of one length, say of plans without coordinates, one that is not walked to.
    let rank = |part: &Part| match mode::parse(&part.leg.mode) {
        _ if routed == Some(part.leg.mode.as_str()) => (3, part.length_m),
        Some(Mode::Transit) => (2, part.length_m),
        Some(Mode::Walk) if part.length_m == 0.0 => (0, 0.0),
        _ => (1, part.length_m),
    };
    let main = parts.iter().reduce(|best, part| {
        let (a, b) = (rank(best), rank(part));
        if b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).is_gt() { part } else { best }
    })?;
    let drives = |part: &&Part| mode::parse(&part.leg.mode) == Some(Mode::Car);
    tally.whole("stages of trips", parts.len() as u64);
    if mode::parse(&main.leg.mode) != Some(Mode::Car) {
        for _ in parts.iter().filter(drives) {
            let what = "a drive is a part of a trip by another mode, and on no road";
            tally.part("stages of trips", what, format!("person {person}"));
        }
    }
    Some(PlannedLeg {
        mode: main.leg.mode.clone(),
        routing_mode: main.leg.routing_mode.clone(),
        vehicle: main.leg.vehicle.clone(),
        depart_s: parts[0].leg.depart_s,
        travel_s: parts.iter().map(|part| part.leg.travel_s).sum(),
        route: None,
        nodes: None,
        distance_m: parts.iter().map(|part| part.leg.distance_m).sum(),
        ends: main.ends.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whole_by_stem_and_in_any_case() {
        let of = |kind: &str| match stop(kind) {
            Some(Stop::Activity(activity)) => activity.label(),
            Some(Stop::Change) => "change",
            None => "unknown",
        };
        for (kind, wanted) in [
            ("At Home", "home"),
            ("Go Home", "home"),
            ("home_86400.0", "home"),
            ("Buy Something", "shop-goods"),
            ("shop-goods", "shop-goods"),
            ("shop daily", "shop-goods"),
            ("Recreational", "leisure"),
            ("Pick-up or Drop-off Someone", "pickup-drop"),
            ("Pick-up or Deliver Something", "errands"),
            ("w.8", "work"),
            ("pt interaction", "change"),
            ("car interaction", "change"),
            ("Change Mode", "change"),
            ("Moon Walk", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(of(kind), wanted, "{kind}");
        }
    }

    #[test]
    fn a_change_of_vehicle_is_part_of_the_trip() {
        let stay = |kind: &str, x_m| Stay { kind: kind.into(), xy_m: Some((x_m, 0.0)), ..Stay::default() };
        let leg = |mode: &str, travel_s| PlannedLeg {
            mode: mode.into(),
            depart_s: Some(travel_s),
            travel_s: Some(travel_s),
            ..PlannedLeg::default()
        };
        let person = |middle: [&str; 3]| PlannedPerson {
            stays: vec![
                stay("home", 0.0),
                stay("x interaction", 10.0),
                stay("x interaction", 5000.0),
                stay("work", 5400.0),
                stay("home", 0.0),
            ],
            legs: vec![leg(middle[0], 1), leg(middle[1], 20), leg(middle[2], 300), leg("car", 7)],
            ..PlannedPerson::default()
        };
        let modes = |middle| -> Vec<String> {
            let whole = without_changes(person(middle), &mut Tally::new("p.xml"));
            assert_eq!(whole.stays.len(), 3);
            assert_eq!((whole.legs[0].depart_s, whole.legs[0].travel_s), (Some(1), Some(321)));
            whole.legs.into_iter().map(|leg| leg.mode).collect()
        };
        assert_eq!(modes(["walk", "car", "walk"]), ["car", "car"]);
        let mut tally = Tally::new("p.xml");
        let whole = without_changes(person(["car", "car", "pt"]), &mut tally);
        assert_eq!((whole.legs[0].mode.as_str(), tally.total()), ("pt", 2));
        let untouched = PlannedPerson { stays: vec![stay("x interaction", 0.0)], ..PlannedPerson::default() };
        assert_eq!(without_changes(untouched.clone(), &mut tally), untouched);
    }

    /// Walks of 6 km around a drive of 1 km, and a trip by train of which only a walk came about.
    #[test]
    fn the_routing_mode_says_what_the_trip_is() {
        let stay =
            |kind: &str, link: &str| Stay { kind: kind.into(), link: Some(link.into()), ..Stay::default() };
        let leg = |mode: &str, routing: &str, distance_m| PlannedLeg {
            mode: mode.into(),
            routing_mode: Some(routing.into()),
            distance_m: Some(distance_m),
            ..PlannedLeg::default()
        };
        let person = PlannedPerson {
            stays: vec![
                stay("home", "1"),
                stay("car interaction", "2"),
                stay("car interaction", "3"),
                stay("work", "4"),
                stay("pt interaction", "5"),
                stay("home", "1"),
            ],
            legs: vec![
                leg("walk", "car", 6000.0),
                leg("car", "car", 1000.0),
                leg("walk", "car", 6000.0),
                leg("walk", "pt", 10.0),
                leg("walk", "pt", 20.0),
            ],
            ..PlannedPerson::default()
        };
        let whole = without_changes(person, &mut Tally::new("p.xml"));
        let modes: Vec<&str> = whole.legs.iter().map(|leg| leg.mode.as_str()).collect();
        assert_eq!(modes, ["car", "walk"]);
        assert_eq!(whole.legs[0].ends, [Some("2".to_string()), Some("3".to_string())]);
    }
}

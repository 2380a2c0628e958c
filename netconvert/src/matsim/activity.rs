//! What the activity types of plans stand for: one table (`purposes.csv`, survey `matsim`) for runs and for surveys.
//!
//! A type is looked up whole, then by its first word, since plans often carry more in the name (`home_86400`,
//! `work.8`, `shop daily`): both in lower case, in the table and then among the labels of our activities. Types
//! that end in `interaction` are MATSim's stops between the legs of one trip.

use crate::purpose::{Meaning, Purposes};
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

/// The plan without stops that are only a change of vehicle: the legs around them are one. Its mode is public transport
/// where that was used at all, else that of the longest leg; it has no route. A change at either end of the day stays.
pub fn without_changes(mut person: PlannedPerson) -> PlannedPerson {
    let last = person.stays.len().saturating_sub(1);
    let is_change =
        |(at, stay): (usize, &Stay)| at > 0 && at < last && stop(&stay.kind) == Some(Stop::Change);
    if !person.stays.iter().enumerate().any(is_change) {
        return person;
    }
    let (mut stays, mut legs) = (Vec::new(), Vec::new());
    let mut parts: Vec<(PlannedLeg, f64)> = Vec::new();
    for (at, stay) in person.stays.iter().enumerate() {
        if let Some(leg) = at.checked_sub(1).and_then(|before| person.legs.get(before)) {
            parts.push((leg.clone(), length_m(leg, &person.stays[at - 1], stay)));
        }
        if !is_change((at, stay)) {
            legs.extend(joined(std::mem::take(&mut parts)));
            stays.push(stay.clone());
        }
    }
    (person.stays, person.legs) = (stays, legs);
    person
}

/// Length of a leg, metres: as told, else the straight line; 0 where neither is known.
fn length_m(leg: &PlannedLeg, from: &Stay, to: &Stay) -> f64 {
    let line = || {
        let ((a, b), (c, d)) = (from.xy_m?, to.xy_m?);
        Some(engine::float::sqrt((a - c).powi(2) + (b - d).powi(2)))
    };
    leg.distance_m.or_else(line).unwrap_or(0.0)
}

/// One leg of several with their lengths; `None` of none.
fn joined(parts: Vec<(PlannedLeg, f64)>) -> Option<PlannedLeg> {
    if parts.len() < 2 {
        return parts.into_iter().next().map(|(leg, _)| leg);
    }
    // Of legs of one length, say of plans without coordinates, one that is not walked to.
    let rank = |(leg, length_m): &(PlannedLeg, f64)| match Mode::parse(&leg.mode) {
        Some(Mode::Transit) => (2, *length_m),
        Some(Mode::Walk) if *length_m == 0.0 => (0, 0.0),
        _ => (1, *length_m),
    };
    let main = parts.iter().reduce(|best, part| {
        let (a, b) = (rank(best), rank(part));
        if b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).is_gt() { part } else { best }
    });
    let main = &main?.0;
    Some(PlannedLeg {
        mode: main.mode.clone(),
        vehicle: main.vehicle.clone(),
        depart_s: parts[0].0.depart_s,
        travel_s: parts.iter().map(|(leg, _)| leg.travel_s).sum(),
        route: None,
        nodes: None,
        distance_m: parts.iter().map(|(leg, _)| leg.distance_m).sum(),
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
            let whole = without_changes(person(middle));
            assert_eq!(whole.stays.len(), 3);
            assert_eq!((whole.legs[0].depart_s, whole.legs[0].travel_s), (Some(1), Some(321)));
            whole.legs.into_iter().map(|leg| leg.mode).collect()
        };
        assert_eq!(modes(["walk", "car", "walk"]), ["car", "car"]);
        assert_eq!(modes(["car", "car", "pt"]), ["pt", "car"]);
        let untouched = PlannedPerson { stays: vec![stay("x interaction", 0.0)], ..PlannedPerson::default() };
        assert_eq!(without_changes(untouched.clone()), untouched);
    }
}

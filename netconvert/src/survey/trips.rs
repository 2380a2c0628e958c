//! From the trips of a person-day to its chain: what all household travel surveys share.
//!
//! A trip table has a row for each trip with its departure and the purposes at both ends. A chain needs more:
//! what was done before the first trip, what after the last, and no gap between. So the first origin opens the
//! day and each destination follows; where a trip leaves another activity than the one before led to, the
//! destination counts.

use super::intake::Intake;
use super::{Stop, day};
use crate::purpose::{Meaning, Purposes};
use engine::activity::{Activity, Chain, Episode};
use engine::unit::DAY_S;

/// Minutes of a day.
const DAY_MIN: u32 = 1440;
/// Most trips of a person-day; more are a fault of the file.
const TRIPS_LIMIT: usize = 200;

/// One trip as a survey tells it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trip {
    /// Its number in the day: trips are sorted by it, whatever the order of the rows.
    pub(crate) order: i64,
    /// Departure, minutes since midnight; may go on after 24:00. `None` where it is not told.
    pub(crate) depart_min: Option<u32>,
    /// What the person left.
    pub(crate) from: Option<Stop>,
    /// What the person went to.
    pub(crate) to: Option<Stop>,
}

/// What a purpose code stands for in a trip table.
///
/// `None` for a code that the table does not have, and for one that states nothing.
pub(crate) fn stop(purposes: &Purposes, code: &str) -> Option<Stop> {
    match purposes.get(code)? {
        Meaning::Activity(activity) => Some(Stop::Activity(activity)),
        Meaning::Change => Some(Stop::Change),
        _ => None,
    }
}

/// A day at home.
pub(crate) fn home_day() -> Chain {
    Chain(vec![Episode { activity: Activity::Home, start_s: 0, end_s: DAY_S }])
}

/// The chain of a person's trips. A diary day begins at `begin_min`; a departure before that belongs to the
/// following night. An activity that is not told is read as other, and counted.
///
/// The reasons to refuse a day: no trip or more than any day has, two trips of one number, a departure that is
/// not stated, or departures that go back in time.
pub(crate) fn chain(
    person: &str,
    mut trips: Vec<Trip>,
    begin_min: u32,
    intake: &mut Intake,
) -> Result<Chain, &'static str> {
    if trips.len() > TRIPS_LIMIT {
        return Err("has more than 200 trips");
    }
    trips.sort_by_key(|trip| trip.order);
    if trips.windows(2).any(|pair| pair[0].order == pair[1].order) {
        return Err("two trips have one number");
    }
    let Some(first) = trips.first() else {
        return Err("no trip");
    };
    let mut known = |stop: Option<Stop>| {
        stop.unwrap_or_else(|| {
            intake.noted.add("an activity is not told or not known and read as other", person);
            Stop::Activity(Activity::Other)
        })
    };
    let mut stops = vec![known(first.from)];
    let mut departures_s: Vec<u32> = Vec::with_capacity(trips.len());
    let mut broken = false;
    for trip in &trips {
        broken |= trip.from.is_some_and(|from| stops.last().is_some_and(|last| *last != from));
        stops.push(known(trip.to));
        let depart_min = trip.depart_min.ok_or("a departure is not told")?;
        let before_s = departures_s.last().copied().unwrap_or(0);
        // A departure at 0:30 after one at 23:00 was made in the night that followed.
        let night = depart_min < begin_min && before_s > depart_min * 60;
        departures_s.push((depart_min + if night { DAY_MIN } else { 0 }) * 60);
    }
    if broken {
        intake
            .noted
            .add("a trip leaves another activity than the trip before led to; the latter counts", person);
    }
    day(&stops, &departures_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trip(order: i64, depart_min: u32, from: u8, to: u8) -> Trip {
        let stop = |code| Activity::from_code(code).map(Stop::Activity);
        Trip { order, depart_min: Some(depart_min), from: stop(from), to: stop(to) }
    }

    #[test]
    fn trips_are_sorted_and_the_night_is_cut() {
        let mut intake = Intake::default();
        let trips = vec![trip(2, 1380, 2, 11), trip(1, 480, 1, 2), trip(3, 60, 11, 1)];
        let chain = chain("p", trips, 240, &mut intake).unwrap();
        let ends: Vec<(u8, u32)> = chain.0.iter().map(|e| (e.activity.code(), e.end_s)).collect();
        assert_eq!(ends, [(1, 28_800), (2, 82_800), (11, 86_400)]);
        assert_eq!(intake, Intake::default());
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mut intake = Intake::default();
        let mut say = |trips| chain("p", trips, 240, &mut intake).unwrap_err();
        assert_eq!(say(vec![trip(1, 480, 1, 2), trip(1, 500, 2, 1)]), "two trips have one number");
        assert_eq!(say(vec![trip(1, 480, 1, 2), trip(2, 400, 2, 1)]), "departures are not in order");
        assert_eq!(say(vec![Trip { depart_min: None, ..trip(1, 0, 1, 2) }]), "a departure is not told");
        assert_eq!(say(vec![]), "no trip");
    }

    #[test]
    fn what_is_not_known_is_other_and_counted() {
        let mut intake = Intake::default();
        let chain = chain("p", vec![trip(1, 480, 1, 99), trip(2, 500, 3, 1)], 240, &mut intake).unwrap();
        assert_eq!(chain.0[1].activity, Activity::Other);
        assert_eq!(intake.noted.iter().map(|(_, seen)| seen.count).collect::<Vec<_>>(), [1, 1]);
    }
}

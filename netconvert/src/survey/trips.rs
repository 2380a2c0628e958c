//! From the trips of a person-day to its chain: what all household travel surveys share.
//!
//! A trip table has a row for each trip with its departure and the purposes at both ends. A chain needs more:
//! what was done before the first trip, what after the last, and no gap between. So the first origin opens the
//! day and each destination follows; where a trip leaves another activity than the one before led to, the
//! destination counts.

use super::intake::{Intake, Reason};
use super::table::is_not_told;
use super::{Stop, day};
use crate::purpose::{Meaning, Purposes};
use engine::activity::{Activity, Chain, Episode};
use engine::unit::DAY_S;

/// Minutes of a day.
const DAY_MIN: u32 = 1440;
/// Most trips of a person-day; more are a fault of the file.
const TRIPS_LIMIT: usize = 200;

/// What a survey says of one end of a trip.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    /// The activity there, or a change of vehicle.
    Stop(Stop),
    /// The person did not say, or was not asked.
    NotTold,
    /// A code that the survey's list does not have.
    Unknown(String),
}

/// What a survey says of a departure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departs {
    /// Minutes since midnight; may go on after 24:00.
    At(u32),
    /// The person did not say.
    NotTold,
    /// What stands there is no time.
    Unknown,
}

impl Departs {
    /// The departure of a cell; `read` turns its text into minutes.
    pub(crate) fn of(text: &str, read: impl Fn(&str) -> Option<u32>) -> Self {
        match read(text) {
            Some(min) => Self::At(min),
            None if is_not_told(text) => Self::NotTold,
            None => Self::Unknown,
        }
    }
}

/// One trip as a survey tells it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trip {
    /// Its number in the day: trips are sorted by it, whatever the order of the rows.
    pub(crate) order: i64,
    /// When it began.
    pub(crate) departs: Departs,
    /// What the person left.
    pub(crate) from: End,
    /// What the person went to.
    pub(crate) to: End,
}

/// What a purpose code stands for in a trip table.
pub(crate) fn end(purposes: &Purposes, code: &str) -> End {
    match purposes.get(code) {
        Some(Meaning::Activity(activity)) => End::Stop(Stop::Activity(activity)),
        Some(Meaning::Change) => End::Stop(Stop::Change),
        Some(_) => End::NotTold,
        None if is_not_told(code) => End::NotTold,
        None => End::Unknown(code.chars().take(40).collect()),
    }
}

/// A day at home.
pub(crate) fn home_day() -> Chain {
    Chain(vec![Episode { activity: Activity::Home, start_s: 0, end_s: DAY_S }])
}

/// What is done at one end of a trip. What is not told or not known is read as other, and counted.
fn known(end: &End, person: &str, intake: &mut Intake) -> Stop {
    match end {
        End::Stop(stop) => return *stop,
        End::NotTold => intake.noted.part("activities", "an activity is not told and read as other", person),
        End::Unknown(code) => {
            let what = format!("an activity of the code {code:?}, which is not known, is read as other");
            intake.noted.unknown("activities", what, person);
        }
    }
    Stop::Activity(Activity::Other)
}

/// The chain of a person's trips. A diary day begins at `begin_min`; a departure before that belongs to the
/// following night. An activity that is not told or not known is read as other, and counted.
///
/// The reasons to refuse a day: no trip or more than any day has, two trips of one number, a departure that is
/// not stated or no time, or departures that go back in time.
pub(crate) fn chain(
    person: &str,
    mut trips: Vec<Trip>,
    begin_min: u32,
    intake: &mut Intake,
) -> Result<Chain, Reason> {
    if trips.len() > TRIPS_LIMIT {
        return Err("has more than 200 trips".into());
    }
    trips.sort_by_key(|trip| trip.order);
    if trips.windows(2).any(|pair| pair[0].order == pair[1].order) {
        return Err("two trips have one number".into());
    }
    let Some(first) = trips.first() else {
        return Err("no trip".into());
    };
    intake.noted.whole("activities", trips.len() as u64 + 1);
    let mut stops = vec![known(&first.from, person, intake)];
    let mut departures_s: Vec<u32> = Vec::with_capacity(trips.len());
    let mut broken = false;
    for trip in &trips {
        if let End::Stop(from) = trip.from {
            broken |= stops.last().is_some_and(|last| *last != from);
        }
        stops.push(known(&trip.to, person, intake));
        let depart_min = match trip.departs {
            Departs::At(min) => min,
            Departs::NotTold => return Err(Reason::Told("a departure is not told")),
            Departs::Unknown => return Err("a departure is no time".into()),
        };
        let before_s = departures_s.last().copied().unwrap_or(0);
        // A departure at 0:30 after one at 23:00 was made in the night that followed.
        let night = depart_min < begin_min && before_s > depart_min * 60;
        departures_s.push((depart_min + if night { DAY_MIN } else { 0 }) * 60);
    }
    if broken {
        let what = "a trip leaves another activity than the trip before led to; the latter counts";
        intake.noted.part("days", what, person);
    }
    Ok(day(&stops, &departures_s)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trip(order: i64, depart_min: u32, from: u8, to: u8) -> Trip {
        let stop = |code| match Activity::from_code(code) {
            Some(activity) => End::Stop(Stop::Activity(activity)),
            None => End::Unknown(code.to_string()),
        };
        Trip { order, departs: Departs::At(depart_min), from: stop(from), to: stop(to) }
    }

    #[test]
    fn trips_are_sorted_and_the_night_is_cut() {
        let mut intake = Intake::default();
        let trips = vec![trip(2, 1380, 2, 11), trip(1, 480, 1, 2), trip(3, 60, 11, 1)];
        let chain = chain("p", trips, 240, &mut intake).unwrap();
        let ends: Vec<(u8, u32)> = chain.0.iter().map(|e| (e.activity.code(), e.end_s)).collect();
        assert_eq!(ends, [(1, 28_800), (2, 82_800), (11, 86_400)]);
        assert!(intake.warnings().is_empty());
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mut intake = Intake::default();
        let mut say = |trips| chain("p", trips, 240, &mut intake).unwrap_err();
        assert_eq!(
            say(vec![trip(1, 480, 1, 2), trip(1, 500, 2, 1)]),
            Reason::Odd("two trips have one number")
        );
        assert_eq!(
            say(vec![trip(1, 480, 1, 2), trip(2, 400, 2, 1)]),
            Reason::Odd("departures are not in order")
        );
        let departs = |departs| vec![Trip { departs, ..trip(1, 0, 1, 2) }];
        assert_eq!(say(departs(Departs::NotTold)), Reason::Told("a departure is not told"));
        assert_eq!(say(departs(Departs::Unknown)), Reason::Odd("a departure is no time"));
        assert_eq!(say(vec![]), Reason::Odd("no trip"));
    }

    #[test]
    fn what_is_not_known_is_other_and_counted() {
        let mut intake = Intake::default();
        let chain = chain("p", vec![trip(1, 480, 1, 99), trip(2, 500, 3, 1)], 240, &mut intake).unwrap();
        assert_eq!(chain.0[1].activity, Activity::Other);
        assert_eq!(intake.noted.iter().map(|(_, seen)| seen.count).collect::<Vec<_>>(), [1, 1]);
        let told: Vec<String> = intake.warnings().iter().map(ToString::to_string).collect();
        assert!(
            told[1].ends_with("code \"99\", which is not known, is read as other (33.3 % of 3 activities)"),
            "{told:?}"
        );
    }
}

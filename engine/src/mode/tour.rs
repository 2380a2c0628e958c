//! From a chain with places to trips: one mode a tour, departures to the second.

use super::Mode;
use super::choice::{SHIPPED, TourPurpose, Traveller};
use crate::activity::{Activity, Chain, SLOT_S};
use crate::draw::{Purpose, draw};
use crate::id::PersonId;
use crate::people::Demographics;
use crate::place::{Place, Places};
use crate::trip::{Trip, Trips};

/// Who arrives late still stays so long, seconds, or as long as planned if that is less.
pub const LATE_STAY_S: u32 = 300;

/// The trips of a day.
///
/// One mode for each tour (from a home episode to the next, or to an end of the day), drawn from the
/// shipped coefficients. No trip between two episodes on the same link. An episode that ends on a
/// 15-minute mark departs at a drawn second in the 15 minutes around it (a slot says what fills its
/// middle, so the change lies within 450 s of the mark); any other end is kept to the second. `chain` and `places` must
/// be equally long; what is longer is not looked at.
pub fn trips(person: PersonId, who: &Demographics, chain: &Chain, places: &Places, seed: u64) -> Trips {
    let episodes = &chain.0;
    let n = episodes.len().min(places.0.len());
    let mut trips = Vec::new();
    let mut start = 0;
    while start + 1 < n {
        let end = (start + 1..n).find(|&i| episodes[i].activity == Activity::Home).unwrap_or(n - 1);
        let mode = tour_mode(person, who, chain, &places.0[..n], start..=end, seed);
        for i in start..end {
            let (from, to) = (&places.0[i], &places.0[i + 1]);
            if from.link == to.link {
                continue;
            }
            let planned_s = episodes[i].end_s - episodes[i].start_s.min(episodes[i].end_s);
            trips.push(Trip {
                episode: i as u16,
                mode,
                depart_s: departure_s(person, i, episodes[i].end_s, seed),
                dwell_s: if trips.is_empty() { 0 } else { planned_s.min(LATE_STAY_S) },
                from: from.link,
                to: to.link,
                distance_m: from.distance_m(to) as f32,
            });
        }
        start = end;
    }
    Trips(trips)
}

fn departure_s(person: PersonId, episode: usize, end_s: u32, seed: u64) -> u32 {
    if end_s % SLOT_S != 0 {
        return end_s;
    }
    let shift_s = draw(seed, Purpose::Departure, u64::from(person.0), episode as u32).below(SLOT_S);
    (end_s + shift_s).saturating_sub(SLOT_S / 2)
}

fn tour_mode(
    person: PersonId,
    who: &Demographics,
    chain: &Chain,
    places: &[Place],
    tour: std::ops::RangeInclusive<usize>,
    seed: u64,
) -> Mode {
    let start = *tour.start();
    let does = |activity| chain.0[tour.clone()].iter().any(|e| e.activity == activity);
    let purpose = match (does(Activity::Work), does(Activity::School)) {
        (true, _) => TourPurpose::Work,
        (false, true) => TourPurpose::School,
        (false, false) => TourPurpose::Other,
    };
    let distance_m = places[tour].iter().map(|p| places[start].distance_m(p)).fold(0.0, f64::max);
    let cars_per_adult = Some(f64::from(who.vehicles) / f64::from(who.adults.max(1)));
    let traveller = Traveller { distance_m, purpose, age: Some(who.age), cars_per_adult };
    let chances = SHIPPED.probabilities(&traveller);
    let pick = draw(seed, Purpose::Mode, u64::from(person.0), start as u32).weighted(&chances);
    Mode::ALL[pick.unwrap_or(Mode::Walk as usize)]
}

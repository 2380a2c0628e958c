//! From a chain with places to trips: one mode a tour, departures to the second.

use super::utility::{Coefficients, TourPurpose, Traveller};
use crate::activity::{Activity, Chain, Episode, SLOT_S};
use crate::draw::{Purpose, draw};
use crate::id::PersonId;
use crate::mode::Mode;
use crate::people::Demographics;
use crate::place::{Density, Place, Places};
use crate::trip::{Trip, Trips};
use std::ops::RangeInclusive;

/// Who arrives late still stays so long, seconds, or as long as planned if that is less.
pub const LATE_STAY_S: u32 = 300;

/// What modes are chosen by.
#[derive(Debug, Clone, Copy)]
pub struct Rule<'a> {
    /// What people like.
    pub coefficients: &'a Coefficients,
    /// How many people are around each link, where that is known.
    pub density: Option<&'a Density>,
    /// Seed of the draws.
    pub seed: u64,
}

/// The trips of a day.
///
/// One mode for each tour (from a home episode to the next, or to an end of the day), drawn by `rule`. Each two neighbouring
/// episodes have a trip between them, also on one street: only the distance is then unknown here, and 0. An episode that ends on a 15-minute mark departs at a drawn second in the 15 minutes
/// around it (a slot says what fills its middle, so the change lies within 450 s of the mark); any other end is kept to
/// the second. `chain` and `places` must be equally long; what is longer is not looked at.
pub fn trips(person: PersonId, who: &Demographics, chain: &Chain, places: &Places, rule: &Rule) -> Trips {
    let episodes = &chain.0;
    let n = episodes.len().min(places.0.len());
    let mut trips = Vec::new();
    for tour in spans(episodes, n) {
        let mode = tour_mode(person, who, chain, places, tour.clone(), rule);
        for (i, episode) in episodes.iter().enumerate().take(*tour.end()).skip(*tour.start()) {
            let (from, to) = (&places.0[i], &places.0[i + 1]);
            let planned_s = episode.end_s.saturating_sub(episode.start_s);
            // A drawn departure can pass an exact one that is planned soon after it.
            let last_s = trips.last().map_or(0, |t: &Trip| t.depart_s);
            trips.push(Trip {
                episode: i as u16,
                mode,
                vehicle: crate::vehicle::ClassId::CAR,
                depart_s: departure_s(person, i, episode.end_s, rule.seed).max(last_s),
                dwell_s: if trips.is_empty() { 0 } else { planned_s.min(LATE_STAY_S) },
                from: from.link,
                to: to.link,
                distance_m: from.distance_m(to) as f32,
            });
        }
    }
    Trips(trips)
}

/// The tours of a day: positions of their first and last episode, each home or an end of the day.
fn spans(episodes: &[Episode], n: usize) -> impl Iterator<Item = RangeInclusive<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start + 1 >= n {
            return None;
        }
        let end = (start + 1..n).find(|&i| episodes[i].activity == Activity::Home).unwrap_or(n - 1);
        let tour = start..=end;
        start = end;
        Some(tour)
    })
}

/// What the choice of a mode depends on, for each tour of a day in order.
pub fn tours<'a>(
    who: &'a Demographics,
    chain: &'a Chain,
    places: &'a Places,
    density: Option<&'a Density>,
) -> impl Iterator<Item = Traveller> + 'a {
    let n = chain.0.len().min(places.0.len());
    spans(&chain.0, n).map(move |tour| traveller(who, chain, &places.0, tour, density))
}

/// Second of a departure from an episode that ends at `end_s`: an end on a 15-minute mark is spread evenly over the
/// 15 minutes around it (8:00 becomes 7:52:30 to 8:07:29), any other is kept. Without this, everybody would leave
/// on the mark.
fn departure_s(person: PersonId, episode: usize, end_s: u32, seed: u64) -> u32 {
    if !end_s.is_multiple_of(SLOT_S) {
        return end_s;
    }
    let shift_s = draw(seed, Purpose::Departure, u64::from(person.0), episode as u32).below(SLOT_S);
    (end_s + shift_s).saturating_sub(SLOT_S / 2)
}

/// What counts in a tour over the episodes `tour`. Besides age and cars, the place that lies farthest from the start
/// of the tour: its straight distance and the people around it and the start; a tour with work is one for work, else one
/// with school is one for school.
fn traveller(
    who: &Demographics,
    chain: &Chain,
    places: &[Place],
    tour: RangeInclusive<usize>,
    density: Option<&Density>,
) -> Traveller {
    let start = *tour.start();
    let does = |activity| chain.0[tour.clone()].iter().any(|e| e.activity == activity);
    let purpose = match (does(Activity::Work), does(Activity::School)) {
        (true, _) => TourPurpose::Work,
        (false, true) => TourPurpose::School,
        (false, false) => TourPurpose::Other,
    };
    let mut far = (0.0, &places[start]);
    for place in &places[tour] {
        let distance_m = places[start].distance_m(place);
        if distance_m > far.0 {
            far = (distance_m, place);
        }
    }
    let density_km2 = density.map(|density| [&places[start], far.1].map(|place| density.per_km2(place.link)));
    let cars_per_adult = Some(f64::from(who.vehicles) / f64::from(who.adults.max(1)));
    Traveller { distance_m: far.0, purpose, age: Some(who.age), cars_per_adult, density_km2 }
}

/// The mode of a tour. The draw belongs to the person and the first episode of the tour. Where no mode has a chance, walking.
fn tour_mode(
    person: PersonId,
    who: &Demographics,
    chain: &Chain,
    places: &Places,
    tour: RangeInclusive<usize>,
    rule: &Rule,
) -> Mode {
    let start = *tour.start() as u32;
    let chances = rule.coefficients.probabilities(&traveller(who, chain, &places.0, tour, rule.density));
    let pick = draw(rule.seed, Purpose::Mode, u64::from(person.0), start).weighted(&chances);
    Mode::ALL[pick.unwrap_or(Mode::Walk as usize)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::utility::SHIPPED;
    use crate::id::{HouseholdId, LinkId, ZoneId};
    use crate::people::{Sex, Student};

    const RULE: Rule = Rule { coefficients: &SHIPPED, density: None, seed: 1 };

    fn who() -> Demographics {
        Demographics {
            household: HouseholdId(0),
            zone: ZoneId(0),
            age: 40,
            sex: Sex::Male,
            employed: true,
            student: Student::No,
            household_size: 1,
            vehicles: 1,
            adults: 1,
            income_usd: 50_000,
        }
    }

    fn day(parts: &[(Activity, u32, u32)]) -> (Chain, Places) {
        let mut start_s = 0;
        let mut chain = Chain::default();
        let mut places = Places::default();
        for &(activity, end_s, link) in parts {
            chain.0.push(Episode { activity, start_s, end_s });
            let x_m = 1000.0 * link as f32;
            places.0.push(Place { zone: ZoneId(0), link: LinkId(link), x_m, y_m: 0.0 });
            start_s = end_s;
        }
        (chain, places)
    }

    #[test]
    fn one_mode_a_tour_and_a_trip_between_each_two_episodes() {
        use Activity::{Home, Leisure, ShopGoods, Work};
        let (chain, places) = day(&[
            (Home, 28_800, 0),
            (Work, 61_201, 9),
            (ShopGoods, 64_800, 9),
            (Leisure, 65_000, 3),
            (Home, 72_000, 0),
            (Leisure, 79_200, 1),
            (Home, 86_400, 0),
        ]);
        for person in 0..200 {
            let trips = trips(PersonId(person), &who(), &chain, &places, &RULE).0;
            assert_eq!(trips.iter().map(|t| t.episode).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
            assert!(trips[..4].iter().all(|trip| trip.mode == trips[0].mode));
            assert_eq!(trips[4].mode, trips[5].mode);
            assert!((28_350..29_250).contains(&trips[0].depart_s), "{}", trips[0].depart_s);
            assert!((65_000..65_250).contains(&trips[3].depart_s), "{}", trips[3].depart_s);
            assert_eq!(trips.iter().map(|t| t.dwell_s).collect::<Vec<_>>(), [0, 300, 300, 200, 300, 300]);
            assert!(trips.windows(2).all(|w| w[0].depart_s <= w[1].depart_s));
            assert_eq!((trips[0].distance_m, trips[1].distance_m), (9000.0, 0.0));
        }
    }

    #[test]
    fn days_without_trips_are_empty() {
        let (chain, places) = day(&[(Activity::Home, 86_400, 0)]);
        assert!(trips(PersonId(0), &who(), &chain, &places, &RULE).0.is_empty());
        assert!(trips(PersonId(0), &who(), &Chain::default(), &Places::default(), &RULE).0.is_empty());
        assert!(trips(PersonId(0), &who(), &chain, &Places::default(), &RULE).0.is_empty());
    }
}

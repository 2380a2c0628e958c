//! What a stage made is checked where it was made: the first person who is wrong is named, and the run ends.
//!
//! A day costs a few comparisons for each of its episodes, on all threads.

use crate::activity::Chain;
use crate::id::{LinkId, PersonId};
use crate::network::Network;
use crate::place::{Place, Places};
use crate::trip::Trips;
use crate::{Error, Result};
use rayon::prelude::*;

/// A wrong person, in words.
fn wrong(person: PersonId, what: String) -> Error {
    Error::Check(format!("person {}: {what}", person.0))
}

/// Checks all persons on all threads.
///
/// # Errors
/// The error of the first person, in their order, for whom `check` fails.
pub(super) fn first_fault<T: Sync>(persons: &[T], check: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    persons.par_iter().find_map_first(|person| check(person).err()).map_or(Ok(()), Err)
}

/// The activity model made one day for each person.
///
/// # Errors
/// [`Error::Check`] with both numbers.
pub(super) fn count(n_days: usize, n_persons: usize) -> Result<()> {
    if n_days == n_persons {
        return Ok(());
    }
    Err(Error::Check(format!("the activity model made {n_days} days for {n_persons} persons")))
}

/// A chain is a whole day, in order.
///
/// # Errors
/// [`Error::Check`] that names the person.
pub(super) fn chain(person: PersonId, chain: &Chain) -> Result<()> {
    chain.check().map_err(|illegal| wrong(person, format!("chain: {illegal}")))
}

/// Every episode has a place: a link of the network and a zone of the region; home, work and school are each at one
/// place all day.
///
/// # Errors
/// [`Error::Check`] that names the person.
pub(super) fn places(
    person: PersonId,
    chain: &Chain,
    places: &Places,
    n_links: usize,
    n_zones: usize,
) -> Result<()> {
    let (episodes, places) = (&chain.0, &places.0);
    if episodes.len() != places.len() {
        let what = format!("{} places for {} episodes", places.len(), episodes.len());
        return Err(wrong(person, what));
    }
    for (index, (episode, place)) in episodes.iter().zip(places).enumerate() {
        let name = episode.activity.label();
        if place.link.index() >= n_links {
            return Err(wrong(
                person,
                format!("place {index} ({name}) is on the unknown link {}", place.link.0),
            ));
        }
        if place.zone.index() >= n_zones {
            return Err(wrong(
                person,
                format!("place {index} ({name}) is in the unknown zone {}", place.zone.0),
            ));
        }
        let first = episodes.iter().position(|other| other.activity == episode.activity);
        let moved = |first: usize| episode.activity.is_mandatory() && places[first].link != place.link;
        if first.is_some_and(moved) {
            return Err(wrong(person, format!("place {index}: {name} is at two places in one day")));
        }
    }
    Ok(())
}

/// There is one trip between each two neighbouring episodes, from the one to the other, and no other; departures are in order,
/// modes and distances sensible.
///
/// # Errors
/// [`Error::Check`] that names the person.
pub(super) fn trips(person: PersonId, places: &Places, trips: &Trips) -> Result<()> {
    let mut next = trips.0.iter().enumerate().peekable();
    let mut last_s = 0;
    for (index, pair) in places.0.windows(2).enumerate() {
        let (from, to): (&Place, &Place) = (&pair[0], &pair[1]);
        let Some((number, trip)) = next.next_if(|(_, trip)| usize::from(trip.episode) == index) else {
            return Err(wrong(person, format!("no trip leaves episode {index}, and another follows")));
        };
        if (trip.from, trip.to) != (from.link, to.link) {
            let what = format!(
                "trip {number} goes from link {} to {}, its episodes are on {} and {}",
                trip.from.0, trip.to.0, from.link.0, to.link.0
            );
            return Err(wrong(person, what));
        }
        if trip.depart_s < last_s {
            let what = format!("trip {number} departs at {} s, the one before at {last_s} s", trip.depart_s);
            return Err(wrong(person, what));
        }
        if !(trip.distance_m.is_finite() && trip.distance_m >= 0.0) {
            return Err(wrong(person, format!("trip {number} is {} m long", trip.distance_m)));
        }
        last_s = trip.depart_s;
    }
    match next.next() {
        None => Ok(()),
        Some((number, trip)) => {
            Err(wrong(person, format!("trip {number} leaves episode {}, which is not there", trip.episode)))
        }
    }
}

/// The trips of a day are one way through the network, also after closures and policies: each is on known links and
/// begins on the road, in one direction or the other, where the one before ended.
///
/// # Errors
/// [`Error::Check`] that names the person.
pub(super) fn way(person: PersonId, trips: &Trips, network: &Network) -> Result<()> {
    let n_links = network.links.len();
    let mut at: Option<LinkId> = None;
    for (number, trip) in trips.0.iter().enumerate() {
        if let Some(link) = [trip.from, trip.to].into_iter().find(|link| link.index() >= n_links) {
            return Err(wrong(person, format!("trip {number} is on the unknown link {}", link.0)));
        }
        if let Some(at) = at.filter(|&at| !network.is_one_road(at, trip.from)) {
            let what =
                format!("trip {number} begins on link {}, the one before ends on link {}", trip.from.0, at.0);
            return Err(wrong(person, what));
        }
        at = Some(trip.to);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::{Activity, Episode};
    use crate::id::ZoneId;
    use crate::mode::Mode;
    use crate::trip::Trip;
    use crate::vehicle::ClassId;

    /// Home, work, home: at the links 0 and 5, in zone 1.
    fn day() -> (Chain, Places, Trips) {
        let episode = |activity, start_s, end_s| Episode { activity, start_s, end_s };
        let place = |link| Place { zone: ZoneId(1), link: LinkId(link), x_m: 0.0, y_m: 0.0 };
        let trip = |episode, depart_s, from, to| Trip {
            episode,
            mode: Mode::Car,
            vehicle: ClassId::CAR,
            depart_s,
            dwell_s: 0,
            from: LinkId(from),
            to: LinkId(to),
            distance_m: 1.0,
        };
        (
            Chain(vec![
                episode(Activity::Home, 0, 28_000),
                episode(Activity::Work, 28_000, 60_000),
                episode(Activity::Home, 60_000, 86_400),
            ]),
            Places(vec![place(0), place(5), place(0)]),
            Trips(vec![trip(0, 28_000, 0, 5), trip(1, 60_000, 5, 0)]),
        )
    }

    /// What is said of person 7 after `spoil`; `None` when all is well.
    fn said(spoil: impl Fn(&mut Chain, &mut Places, &mut Trips)) -> Option<String> {
        let (mut a, mut b, mut c) = day();
        spoil(&mut a, &mut b, &mut c);
        let person = PersonId(7);
        let done = chain(person, &a).and(places(person, &a, &b, 6, 2)).and(trips(person, &b, &c));
        done.err().map(|error| error.to_string())
    }

    #[test]
    fn whatever_is_spoilt_is_seen_with_the_number_of_the_person() {
        assert_eq!(said(|_, _, _| {}), None);
        type Spoil = fn(&mut Chain, &mut Places, &mut Trips);
        let all: [(Spoil, &str); 12] = [
            (|a, _, _| a.0[1].end_s = 50_000, "chain: a gap or overlap before episode 2"),
            (|a, _, _| a.0[2].end_s = 80_000, "chain: the day starts"),
            (|_, b, _| b.0.truncate(2), "2 places for 3 episodes"),
            (|_, b, _| b.0[1].link = LinkId(6), "place 1 (work) is on the unknown link 6"),
            (|_, b, _| b.0[1].zone = ZoneId(2), "place 1 (work) is in the unknown zone 2"),
            (|_, b, _| b.0[2].link = LinkId(4), "place 2: home is at two places in one day"),
            (|_, _, c| c.0.rotate_left(1), "no trip leaves episode 0, and another follows"),
            (|_, _, c| c.0[1].to = LinkId(5), "trip 1 goes from link 5 to 5, its episodes are on 5 and 0"),
            (|_, _, c| c.0[1].depart_s = 27_999, "trip 1 departs at 27999 s, the one before at 28000 s"),
            (|_, _, c| c.0[0].distance_m = f32::NAN, "trip 0 is NaN m long"),
            (
                |_, _, c| c.0.push(Trip { episode: 2, ..c.0[1] }),
                "trip 2 leaves episode 2, which is not there",
            ),
            (|_, _, c| c.0.insert(1, c.0[0]), "no trip leaves episode 1"),
        ];
        for (spoil, want) in all {
            let text = said(spoil).unwrap_or_else(|| panic!("not seen: {want}"));
            assert!(text.contains(&format!("person 7: {want}")), "{text}");
        }
    }

    #[test]
    fn a_way_that_leaves_the_network_or_jumps_is_seen() {
        // A ring of six links in each direction: link 1 leads back where link 0 came from.
        let network = crate::network::tests::two_way_ring(3);
        let trips = |ends: [(u32, u32); 2]| {
            let (_, _, mut trips) = day();
            for (trip, (from, to)) in trips.0.iter_mut().zip(ends) {
                (trip.from, trip.to) = (LinkId(from), LinkId(to));
            }
            trips
        };
        assert!(way(PersonId(3), &trips([(0, 5), (5, 0)]), &network).is_ok());
        assert!(way(PersonId(3), &trips([(0, 5), (4, 0)]), &network).is_ok(), "by the other direction");
        for (ends, want) in [
            ([(0, 6), (6, 0)], "person 3: trip 0 is on the unknown link 6"),
            ([(0, 5), (3, 0)], "person 3: trip 1 begins on link 3, the one before ends on link 5"),
        ] {
            assert!(way(PersonId(3), &trips(ends), &network).unwrap_err().to_string().contains(want));
        }
    }

    #[test]
    fn the_first_person_is_named_on_any_number_of_threads() {
        let persons: Vec<PersonId> = (0..10_000).map(PersonId).collect();
        let odd = |p: &PersonId| if p.0 >= 4321 { Err(wrong(*p, String::new())) } else { Ok(()) };
        assert!(first_fault(&persons, odd).unwrap_err().to_string().contains("person 4321:"));
        assert!(first_fault(&persons[..4321], odd).is_ok());
        assert!(count(3, 3).is_ok() && count(2, 3).unwrap_err().to_string().contains("2 days for 3 persons"));
    }
}

//! Households as entities that their members point to.

use super::Agent;
use crate::activity::Activity;
use crate::id::{HouseholdId, ZoneId};
use bevy_ecs::prelude::*;

/// A household.
#[derive(Debug, Clone, Copy, PartialEq, Component)]
pub struct Household {
    /// Its number.
    pub id: HouseholdId,
    /// Where it lives.
    pub zone: ZoneId,
    /// Persons in it.
    pub size: u8,
    /// Cars it owns.
    pub vehicles: u8,
    /// Yearly income, dollars.
    pub income_usd: i32,
}

/// The household of a resident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Component)]
pub struct MemberOf(pub Entity);

/// How a household uses its cars on the simulated day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CarUse {
    /// Most cars away from home at the same time.
    pub at_once: u32,
    /// Trips by car of its members.
    pub trips: u32,
}

/// Cars that the members of a household have away from home at the same time: each car is away from the departure of a
/// car trip that leaves home until the driver is home again (or for the rest of the day). Trips for which the day has no
/// chain of activities are not counted.
pub fn car_use(members: &[Agent<'_>]) -> CarUse {
    let mut borders: Vec<(u32, i32)> = Vec::new();
    let mut trips = 0;
    for member in members {
        let Some(chain) = member.chain else { continue };
        let is_home = |episode: usize| chain.0.get(episode).is_some_and(|e| e.activity == Activity::Home);
        let mut away = false;
        for (trip, moved) in member.trips.0.iter().zip(&member.day.0) {
            let from = usize::from(trip.episode);
            trips += u32::from(trip.mode.drives());
            if is_home(from) && trip.mode.drives() && !away {
                borders.push((moved.depart_s, 1));
                away = true;
            }
            if is_home(from + 1) && away {
                borders.push((moved.arrive_s, -1));
                away = false;
            }
        }
    }
    // A car that comes back in the second in which another leaves may be the same car.
    borders.sort_unstable();
    let (mut now, mut at_once) = (0, 0);
    for (_, step) in borders {
        now += step;
        at_once = at_once.max(now);
    }
    CarUse { at_once: at_once.unsigned_abs(), trips }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::{Chain, Episode};
    use crate::agent::Origin;
    use crate::demand::LayerId;
    use crate::id::{LinkId, PersonId};
    use crate::mode::Mode;
    use crate::trip::{Day, Moved, Trip, Trips};

    /// Home, work, home, with departures and arrivals of two trips.
    fn commuter(mode: Mode, times: [(u32, u32); 2]) -> (Chain, Trips, Day) {
        let episode = |activity, start_s, end_s| Episode { activity, start_s, end_s };
        let [(out_s, at_s), (back_s, home_s)] = times;
        let chain = Chain(vec![
            episode(Activity::Home, 0, out_s),
            episode(Activity::Work, at_s, back_s),
            episode(Activity::Home, home_s, 86_400),
        ]);
        let trip = |episode, depart_s| Trip {
            episode,
            mode,
            vehicle: crate::vehicle::ClassId::CAR,
            depart_s,
            dwell_s: 0,
            from: LinkId(0),
            to: LinkId(1),
            distance_m: 1.0,
        };
        let day = times.map(|(depart_s, arrive_s)| Moved { depart_s, arrive_s });
        (chain, Trips(vec![trip(0, out_s), trip(1, back_s)]), Day(day.to_vec()))
    }

    fn used(members: &[(Chain, Trips, Day)]) -> CarUse {
        let agents: Vec<Agent<'_>> = members
            .iter()
            .enumerate()
            .map(|(i, (chain, trips, day))| Agent {
                name: None,
                person: PersonId::new(i),
                origin: Origin { person: PersonId::new(i), copy: 0 },
                layer: LayerId(0),
                demographics: None,
                chain: Some(chain),
                places: None,
                trips,
                day,
            })
            .collect();
        car_use(&agents)
    }

    #[test]
    fn a_car_is_away_from_the_first_trip_to_the_way_home() {
        let early = commuter(Mode::Car, [(100, 200), (1_000, 1_100)]);
        let late = commuter(Mode::Car, [(1_100, 1_200), (2_000, 2_100)]);
        let between = commuter(Mode::Car, [(900, 950), (1_500, 1_600)]);
        let walker = commuter(Mode::Walk, [(100, 200), (1_000, 1_100)]);
        let never_home = commuter(Mode::Car, [(100, 200), (1_000, u32::MAX)]);
        assert_eq!(used(&[early.clone(), walker]), CarUse { at_once: 1, trips: 2 });
        assert_eq!(used(&[early.clone(), late.clone()]).at_once, 1, "one car, one after the other");
        assert_eq!(used(&[early, late.clone(), between]).at_once, 2);
        assert_eq!(used(&[never_home, late]).at_once, 2);
        assert_eq!(used(&[]), CarUse::default());
    }
}

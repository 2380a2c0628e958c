//! Did the run keep its own rules? Checks of a simulated day; a failed one fails the run.
//!
//! They read what the day left behind (legs, routes, counters, counts by bin) and never the state of the queue
//! model, so they hold for any traffic model. The checks on events, second by second, are in
//! [`traffic::check`](crate::traffic::check). Each has a canary: a test that spoils a good day in one way and sees
//! that this check, and no other, fails. A new check needs one, too.

use crate::activity::Chain;
use crate::error::{Error, Result};
use crate::id::{LegId, LinkId, PersonId};
use crate::mode::Mode;
use crate::network::{Change, Network};
use crate::traffic::{Config, LinkBins, Outcome};
use crate::trip::{Legs, Moved, Routes};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What must hold.
    pub name: Cow<'static, str>,
    /// How many things were looked at.
    pub checked: u64,
    /// How many of them break the rule.
    pub failed: u64,
    /// The first of those, in words; empty when all is well.
    pub first: String,
}

impl Check {
    fn new(name: &'static str) -> Self {
        Self { name: name.into(), checked: 0, failed: 0, first: String::new() }
    }

    /// Counts one thing; `fault` says what is wrong with it, if anything.
    fn look(&mut self, fault: Option<String>) {
        self.checked += 1;
        if let Some(fault) = fault {
            if self.failed == 0 {
                self.first = fault;
            }
            self.failed += 1;
        }
    }
}

/// Fails on the first check that failed.
///
/// The order of `checks` is therefore one of importance: a broken route explains the impossible time that follows.
///
/// # Errors
/// [`Error::Check`] with name, count and first fault.
pub fn require(checks: &[Check]) -> Result<()> {
    match checks.iter().find(|check| check.failed > 0) {
        None => Ok(()),
        Some(Check { name, checked, failed, first }) => {
            Err(Error::Check(format!("{name}: {failed} of {checked}, first: {first}")))
        }
    }
}

/// All checks of a day that ran on `legs` and `routes`.
pub fn check(
    network: &Network,
    legs: &Legs,
    routes: &Routes,
    changes: &[Change],
    config: &Config,
    outcome: &Outcome,
) -> Vec<Check> {
    vec![
        routes_connected(network, legs, routes),
        vehicles_conserved(legs, outcome),
        times_possible(network, legs, routes, changes, &outcome.moved),
        legs_in_order(legs, &outcome.moved),
        capacity_kept(network, changes, config, &outcome.bins),
    ]
}

/// Every leg departs at most once and then either arrives or is aborted: the counters agree with each
/// other and with the rows.
///
/// Four things are looked at: one row a leg; departures = arrivals + aborted; rows with an arrival = arrivals
/// counted; no more departures than legs.
pub fn vehicles_conserved(legs: &Legs, outcome: &Outcome) -> Check {
    let mut check = Check::new("vehicles are conserved");
    let n = legs.len() as u64;
    check.look(
        (outcome.moved.len() as u64 != n).then(|| format!("{} rows for {n} legs", outcome.moved.len())),
    );
    let arrived = outcome.moved.iter().filter(|moved| moved.arrive_s != u32::MAX).count() as u64;
    let (departed, counted, aborted) = (outcome.n_departed, outcome.n_arrived, outcome.n_aborted);
    check.look(
        (departed != counted + aborted)
            .then(|| format!("{departed} legs departed, but {counted} arrived and {aborted} were aborted")),
    );
    check.look((arrived != counted).then(|| format!("{arrived} rows arrived, but {counted} were counted")));
    check.look((departed > n).then(|| format!("{departed} of {n} legs departed")));
    check
}

/// Nobody leaves before the plan says, arrives before leaving, or is faster than free flow. A link takes
/// at least its whole seconds at the highest speed it has in the day; the first link of a route is not
/// driven, because vehicles start at its end.
///
/// Seconds are rounded down link by link, as the queue model does:
///
/// ```text
/// two links of 250 m at 13.89 m/s: 17 + 17 = 34 s at least, not 35 (500 m / 13.89 m/s, rounded down)
/// ```
pub fn times_possible(
    network: &Network,
    legs: &Legs,
    routes: &Routes,
    changes: &[Change],
    moved: &[Moved],
) -> Check {
    let mut speed_mps: Vec<f64> = network.links.iter().map(|link| link.freespeed_mps).collect();
    for change in changes {
        let speed = &mut speed_mps[change.link.index()];
        *speed = change.freespeed_mps.unwrap_or(0.0).max(*speed);
    }
    let least_s = |link: &LinkId| (network.link(*link).length_m / speed_mps[link.index()]).floor() as u64;
    let mut check = Check::new("travel times are possible");
    for (leg, moved) in moved.iter().enumerate() {
        let Moved { depart_s, arrive_s } = *moved;
        let fault = if depart_s < legs.depart_s[leg] {
            Some(format!("leg {leg} left at {depart_s} s, planned for {} s", legs.depart_s[leg]))
        } else if arrive_s == u32::MAX {
            None
        } else if arrive_s < depart_s {
            Some(format!("leg {leg} left at {depart_s} s and arrived at {arrive_s} s"))
        } else {
            let route = routes.of(LegId::new(leg));
            let least: u64 = route.iter().skip(1).map(least_s).sum();
            (u64::from(arrive_s - depart_s) < least)
                .then(|| format!("leg {leg} took {} s, free flow takes {least} s", arrive_s - depart_s))
        };
        check.look(fault);
    }
    check
}

/// A person is on one leg at a time: each leaves after the one before has arrived, and stays as long as
/// it must. After a leg that never arrived none leaves.
///
/// After a leg without an arrival only an arrival of the next one is looked for.
pub fn legs_in_order(legs: &Legs, moved: &[Moved]) -> Check {
    let mut check = Check::new("the legs of a person do not overlap");
    for person in 0..legs.n_persons() {
        let numbers: Vec<LegId> = legs.of(PersonId::new(person)).collect();
        for pair in numbers.windows(2) {
            let (before, after) = (moved[pair[0].index()], moved[pair[1].index()]);
            let fault = if before.arrive_s == u32::MAX {
                (after.arrive_s != u32::MAX)
                    .then(|| format!("person {person} arrived on {:?} after an unfinished leg", pair[1]))
            } else {
                let earliest_s = before.arrive_s.saturating_add(legs.dwell_s[pair[1].index()]);
                (after.depart_s < earliest_s).then(|| {
                    format!(
                        "person {person} left on {:?} at {} s, before {earliest_s} s",
                        pair[1], after.depart_s
                    )
                })
            };
            check.look(fault);
        }
    }
    check
}

/// No link lets out more than its capacity: in each bin at most `capacity × sample × bin`, plus what may
/// have accumulated before (one vehicle, or one second's flow where that is more) and one vehicle of rounding.
///
/// ```text
/// 600 vehicles an hour, all simulated, bins of 900 s: 150 + 1 + 1 = 152 vehicles in a bin at most
/// ```
///
/// Where the capacity changes in the day, the highest of it is allowed all day; the finer bound is that of
/// [`traffic::check`](crate::traffic::check).
pub fn capacity_kept(network: &Network, changes: &[Change], config: &Config, bins: &LinkBins) -> Check {
    let mut capacity_vph: Vec<f64> = network.links.iter().map(|link| link.capacity_vph).collect();
    for change in changes {
        let capacity = &mut capacity_vph[change.link.index()];
        *capacity = change.capacity_vph.unwrap_or(0.0).max(*capacity);
    }
    let mut check = Check::new("flow capacity is kept");
    for (at, &left) in bins.left.iter().enumerate() {
        let (bin, link) = (at / bins.n_links, at % bins.n_links);
        let per_s = capacity_vph[link] / 3600.0 * config.sample;
        let most = per_s * f64::from(bins.bin_s) + per_s.max(1.0) + 1.0;
        // Times past the end fall into the last bin, which then holds more than a bin's time.
        let is_last = bin + 1 == bins.n_bins;
        check.look((!is_last && f64::from(left) > most).then(|| {
            format!("link {} let out {left} in bin {bin}, at most {most:.1}", network.links[link].name)
        }));
    }
    check
}

/// Every route starts and ends where its leg does, goes only over turns that exist and links open to
/// cars; a leg that does not drive has none.
pub fn routes_connected(network: &Network, legs: &Legs, routes: &Routes) -> Check {
    let mut check = Check::new("routes are connected");
    for leg in 0..legs.len() {
        let route = routes.of(LegId::new(leg));
        let fault = if !legs.mode[leg].drives() {
            (!route.is_empty()).then(|| format!("leg {leg} does not drive but has a route"))
        } else if route.first() != Some(&legs.from[leg]) || route.last() != Some(&legs.to[leg]) {
            Some(format!(
                "leg {leg} goes from {:?} to {:?}, its route does not",
                legs.from[leg], legs.to[leg]
            ))
        } else if let Some(link) = route.iter().find(|link| !network.link(**link).modes.has(Mode::Car)) {
            Some(format!("leg {leg} drives over link {}, closed to cars", network.link(*link).name))
        } else {
            let broken = route.windows(2).find(|pair| !network.may_turn(pair[0], pair[1]));
            broken.map(|pair| {
                let [a, b] = [pair[0], pair[1]].map(|link| &network.link(link).name);
                format!("leg {leg} cannot go from link {a} to link {b}")
            })
        };
        check.look(fault);
    }
    check
}

/// Every chain is a legal day ([`Chain::check`]).
pub fn chains_legal<'a>(chains: impl IntoIterator<Item = (PersonId, &'a Chain)>) -> Check {
    let mut check = Check::new("days are legal");
    for (person, chain) in chains {
        check.look(chain.check().err().map(|why| format!("person {}: {why}", person.0)));
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::{Activity, Episode};
    use crate::network::tests::ring;
    use crate::trip::Trip;

    /// One person on a ring of 5 links of 40 s: 0→2 at 100 s, 2→1 at 500 s, and a walk home.
    fn day() -> (Network, Legs, Routes, Config, Outcome) {
        let network = ring(5);
        let trip = |mode, depart_s, dwell_s, from, to| Trip {
            episode: 0,
            mode,
            vehicle: crate::vehicle::ClassId::CAR,
            depart_s,
            dwell_s,
            from: LinkId(from),
            to: LinkId(to),
            distance_m: 500.0,
        };
        let mut legs = Legs::default();
        let trips =
            [trip(Mode::Car, 100, 0, 0, 2), trip(Mode::Car, 500, 10, 2, 1), trip(Mode::Walk, 900, 0, 1, 0)];
        legs.push(&trips, |_| 300);
        let mut routes = Routes::default();
        routes.push(&[0, 1, 2].map(LinkId));
        routes.push(&[2, 3, 4, 0, 1].map(LinkId));
        routes.push(&[]);
        let config = Config::default();
        let bins = LinkBins::new(5, config.bin_s, config.end_s);
        let at = |depart_s, arrive_s| Moved { depart_s, arrive_s };
        let moved = vec![at(100, 182), at(500, 665), at(900, 1200)];
        let outcome = Outcome { moved, bins, n_departed: 3, n_arrived: 3, ..Outcome::default() };
        (network, legs, routes, config, outcome)
    }

    /// The names of the checks that fail.
    fn failing(day: &(Network, Legs, Routes, Config, Outcome)) -> Vec<Cow<'static, str>> {
        let (network, legs, routes, config, outcome) = day;
        let checks = check(network, legs, routes, &[], config, outcome);
        assert!(checks.iter().all(|check| check.checked > 0));
        assert!(require(&checks).is_err() == checks.iter().any(|check| check.failed > 0));
        checks.into_iter().filter(|check| check.failed > 0).map(|check| check.name).collect()
    }

    #[test]
    fn a_good_day_passes() {
        assert_eq!(failing(&day()), [""; 0]);
    }

    #[test]
    fn canaries_a_lost_vehicle() {
        let mut day = day();
        day.4.n_arrived = 2;
        assert_eq!(failing(&day), ["vehicles are conserved"]);
        day.4.n_aborted = 1; // The counters agree again, the rows do not.
        assert_eq!(failing(&day), ["vehicles are conserved"]);
        day.4.moved[2].arrive_s = u32::MAX;
        assert_eq!(failing(&day), [""; 0]);
    }

    #[test]
    fn canaries_impossible_times() {
        let mut day = day();
        day.4.moved[0].arrive_s = 179; // Two links of 40 s.
        assert_eq!(failing(&day), ["travel times are possible"]);
        day.4.moved[0].arrive_s = 180;
        assert_eq!(failing(&day), [""; 0]);
        day.4.moved[0].depart_s = 99;
        assert_eq!(failing(&day), ["travel times are possible"]);
        // A higher speed limit in the day makes a shorter time possible.
        let (network, legs, routes, _, outcome) = &mut day;
        outcome.moved[0] = Moved { depart_s: 100, arrive_s: 160 };
        let faster = Change { freespeed_mps: Some(50.0), ..Change::new(0, LinkId(1)) };
        assert_eq!(times_possible(network, legs, routes, &[faster], &outcome.moved).failed, 0);
    }

    #[test]
    fn canaries_two_places_at_once() {
        let mut day = day();
        day.4.moved[0].arrive_s = 491; // 10 s of stay are due before 500 s.
        assert_eq!(failing(&day), ["the legs of a person do not overlap"]);
        day.4.moved[0].arrive_s = u32::MAX;
        day.4.n_arrived = 2;
        day.4.n_aborted = 1;
        assert_eq!(failing(&day), ["the legs of a person do not overlap"]);
    }

    #[test]
    fn canaries_too_much_flow() {
        let mut day = day(); // 1800 vehicles an hour: 450 in a bin.
        day.4.bins.left[0] = 452;
        assert_eq!(failing(&day), [""; 0]);
        day.4.bins.left[0] = 453;
        assert_eq!(failing(&day), ["flow capacity is kept"]);
        day.3.sample = 2.0;
        assert_eq!(failing(&day), [""; 0]);
    }

    #[test]
    fn canaries_broken_routes() {
        for links in [&[0, 2][..], &[0, 1], &[1, 2], &[]] {
            let mut day = day();
            let mut routes = Routes::default();
            routes.push(&links.iter().map(|&link| LinkId(link)).collect::<Vec<_>>());
            routes.push(&[2, 3, 4, 0, 1].map(LinkId));
            routes.push(&[]);
            day.2 = routes;
            assert_eq!(failing(&day), ["routes are connected"], "{links:?}");
        }
    }

    #[test]
    fn canary_an_illegal_chain() {
        let home = |end_s| Chain(vec![Episode { activity: Activity::Home, start_s: 0, end_s }]);
        let check = chains_legal([(PersonId(0), &home(86_400)), (PersonId(1), &home(80_000))]);
        assert_eq!((check.checked, check.failed), (2, 1));
        assert!(check.first.starts_with("person 1: the day starts at 0 s"), "{}", check.first);
    }
}

//! The pieces of the outer loop: what drivers could do better ([`respond`]), who changes what ([`Drivers`]), how far
//! the day is from equilibrium ([`Gap`]), and when to stop ([`Stop`]). The loop itself is written where the stages are
//! run.

mod choice;
mod departure;
mod keep;
mod memory;
mod response;

pub use choice::{Choice, Drivers, Method, Rule, Yesterday};
pub use departure::{Schedule, Wishes};
pub use memory::Memory;
pub use response::{Response, Search, respond};

use super::router::{Query, Router};
use crate::draw::{Purpose, draw};
use crate::id::LegId;
use crate::trip::{Legs, Routes};
use serde::{Deserialize, Serialize};

/// The car legs, in order.
pub fn car_legs(legs: &Legs) -> Vec<LegId> {
    (0..legs.len()).map(LegId::new).filter(|&leg| legs.drives(leg)).collect()
}

/// The legs that look for a better route after a day, each list ascending: about `exact` of them with the exact
/// search, a random sample of all that the gap is measured on, and so many of the others with the frozen one that about
/// `most` are asked. Another draw each day.
pub fn ask(legs: &Legs, iteration: u32, exact: usize, most: usize, seed: u64) -> (Vec<LegId>, Vec<LegId>) {
    let cars = car_legs(legs);
    let share = |n: usize| n as f64 / cars.len().max(1) as f64;
    let (exact, most) = (share(exact), share(most));
    let (mut exactly, mut roughly) = (Vec::new(), Vec::new());
    for leg in cars {
        let lot = draw(seed, Purpose::AskRoute, u64::from(leg.0), iteration).uniform();
        if lot < exact {
            exactly.push(leg);
        } else if lot < most {
            roughly.push(leg);
        }
    }
    (exactly, roughly)
}

fn queries(legs: &Legs, chosen: &[LegId]) -> Vec<Query> {
    let query = |leg: &LegId| {
        let at = leg.index();
        Query { from: legs.from[at], to: legs.to[at], depart_s: legs.depart_s[at] }
    };
    chosen.iter().map(query).collect()
}

/// What to tell the user about legs without a way: how many, and the links of the first; `None` when all have one.
pub fn stranded_message(router: &Router, legs: &Legs, stranded: &[LegId]) -> Option<String> {
    let first = queries(legs, stranded.get(..1)?);
    let reason = router.no_way(&first[0]);
    Some(match stranded.len() {
        1 => reason.to_string(),
        n => format!("{n} car trips have no route; the first: {reason}"),
    })
}

/// Routes of all legs: those of `found` for the legs in `chosen` (ascending), `old` for the rest.
fn merge<'a>(
    n_legs: usize,
    chosen: &[LegId],
    found: &Routes,
    old: impl Fn(LegId) -> &'a [crate::id::LinkId],
) -> Routes {
    let mut routes = Routes { first: Vec::with_capacity(n_legs + 1), links: Vec::new() };
    routes.first.push(0);
    let mut next = 0;
    for leg in (0..n_legs).map(LegId::new) {
        if chosen.get(next) == Some(&leg) {
            routes.push(found.of(LegId::new(next)));
            next += 1;
        } else {
            routes.push(old(leg));
        }
    }
    routes
}

/// Distance from equilibrium: by how much the routes driven are costlier than the best ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Gap {
    /// (cost of the used routes − least cost) / least cost, both on this iteration's times and time-dependent.
    pub relative: f64,
    /// Length of the windows of departure, seconds.
    pub window_s: u32,
    /// The same by window of departure; `None` where nobody left.
    pub by_window: Vec<Option<f64>>,
    /// The same of the trips that leave in each of the peaks ([`crate::period::Period::PEAKS`]).
    pub peaks: [Option<f64>; 2],
    /// Mean excess per leg, seconds.
    pub excess_s: f64,
    /// Legs looked at.
    pub n_legs: usize,
}

/// When the outer loop ends. The gap of a day is one draw of a noisy value and a mean over all hours, behind which a peak
/// that has not settled may hide: so the whole day and both peaks have to be good enough, on two days running.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Stop {
    /// Relative gap that is good enough, of the day and of each peak. 0.05 is usual for dynamic assignment of a region
    /// (Chiu et al. 2011, "Dynamic traffic assignment: a primer", TRB E-C153).
    pub gap: f64,
    /// Most iterations (simulated days); the loop ends there even if no other rule holds.
    pub iterations: u32,
}

impl Default for Stop {
    fn default() -> Self {
        Self { gap: 0.05, iterations: 10 }
    }
}

impl Stop {
    /// Why the loop ends after the last of the days; `None` to go on. `gaps`: of each day the largest of its gaps, those
    /// of the whole day and of its peaks.
    pub fn reason(&self, gaps: &[f64]) -> Option<&'static str> {
        match gaps {
            [.., before, last] if before.max(*last) <= self.gap => {
                Some("the day and both its peaks were within the relative gap, on two days running")
            }
            _ if gaps.len() >= self.iterations as usize => Some("all iterations are done"),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;

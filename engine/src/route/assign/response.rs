//! What drivers could do better: the best route of a leg beside the one it drove, and the gap between them.

use super::super::timed::Timed;
use super::Gap;
use crate::error::Result;
use crate::id::LegId;
use crate::route::{LinkTimes, Query, Router};
use crate::trip::{Legs, Routes};
use rayon::prelude::*;

/// The best routes of some legs on the times of a day, and what they and the routes driven cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Response {
    /// The legs, ascending; those without a way are left out.
    pub legs: Vec<LegId>,
    /// Generalised cost of the route driven, seconds; twice the least one where it met a closed link.
    pub used_s: Vec<f64>,
    /// Least generalised cost, seconds.
    pub best_s: Vec<f64>,
    /// Departures, seconds …
    pub left_s: Vec<u32>,
    /// … and the best ones: the same, unless [`super::Wishes::weigh`] finds better.
    pub depart_s: Vec<u32>,
    /// Routes of least cost, in the order of `legs`.
    pub routes: Routes,
}

impl Response {
    /// By how much the route driven was costlier than the best one, seconds.
    pub fn excess_s(&self, at: usize) -> f64 {
        (self.used_s[at] - self.best_s[at]).max(0.0)
    }

    /// Whether another departure is better.
    pub fn moves(&self, at: usize) -> bool {
        self.left_s[at] != self.depart_s[at]
    }

    /// The relative gap of these legs, by window of departure (`window_s` seconds each).
    pub fn gap(&self, window_s: u32) -> Gap {
        let mut windows: Vec<(f64, f64)> = Vec::new();
        for (at, left_s) in self.left_s.iter().enumerate() {
            let window = (left_s / window_s) as usize;
            if windows.len() <= window {
                windows.resize(window + 1, (0.0, 0.0));
            }
            windows[window].0 += self.used_s[at];
            windows[window].1 += self.best_s[at];
        }
        let (used_s, best_s) = windows.iter().fold((0.0, 0.0), |sum, w| (sum.0 + w.0, sum.1 + w.1));
        let ratio = |&(used_s, best_s): &(f64, f64)| (best_s > 0.0).then(|| (used_s - best_s) / best_s);
        Gap {
            relative: ratio(&(used_s, best_s)).unwrap_or(0.0),
            window_s,
            by_window: windows.iter().map(ratio).collect(),
            excess_s: if self.legs.is_empty() { 0.0 } else { (used_s - best_s) / self.legs.len() as f64 },
            n_legs: self.legs.len(),
        }
    }
}

/// Finds the best routes of the legs `asked` (ascending) on `times`, each link at the moment it is entered.
///
/// # Errors
/// When the routes together have more links than an index can tell.
pub fn respond(
    router: &Router,
    times: &LinkTimes,
    legs: &Legs,
    depart_s: &[u32],
    routes: &Routes,
    asked: &[LegId],
) -> Result<Response> {
    let query = |leg: &LegId| {
        let at = leg.index();
        Query { from: legs.from[at], to: legs.to[at], depart_s: depart_s[at] }
    };
    let batch = Timed::new(router, times).routes(&asked.iter().map(query).collect::<Vec<_>>())?;
    let costs: Vec<Option<(f64, f64)>> = asked
        .par_iter()
        .enumerate()
        .map(|(at, &leg)| {
            let cost_s = |route| times.route_cost_s(route, depart_s[leg.index()]).1;
            let (used, best) = (routes.of(leg), batch.routes.of(LegId::new(at)));
            if best.is_empty() || used.is_empty() {
                return None;
            }
            let best_s = cost_s(best);
            let used_s = if used == best { best_s } else { cost_s(used) };
            Some((if used_s.is_finite() { used_s } else { 2.0 * best_s }, best_s))
        })
        .collect();
    let mut response =
        Response { routes: Routes { first: vec![0], links: Vec::new() }, ..Response::default() };
    for (at, (&leg, cost)) in asked.iter().zip(costs).enumerate() {
        let Some((used_s, best_s)) = cost else { continue };
        response.legs.push(leg);
        response.used_s.push(used_s);
        response.best_s.push(best_s);
        response.left_s.push(depart_s[leg.index()]);
        response.depart_s.push(depart_s[leg.index()]);
        response.routes.push(batch.routes.of(LegId::new(at)));
    }
    Ok(response)
}

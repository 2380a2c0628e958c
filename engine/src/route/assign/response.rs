//! What drivers could do better: the best route of a leg beside the one it drove, and the gap between them.
//!
//! [`respond`] in order: what the routes driven cost on the times of the day; the best routes on the same times;
//! what those cost, each link at the time it is entered; and for each leg the better of the two. A frozen search
//! may find a route that is no better than the one driven: then the leg keeps its own, so a response is never worse
//! than the day.

use super::super::timed::Timed;
use super::Gap;
use crate::error::Result;
use crate::id::{LegId, LinkId};
use crate::period::Period;
use crate::route::{LinkTimes, Query, Router};
use crate::trip::{Legs, Routes};
use rayon::prelude::*;

/// The best routes of some legs on the times of a day, and what they and the routes driven cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Response {
    /// The legs, ascending; those without a way are left out.
    pub legs: Vec<LegId>,
    /// Generalised cost of the route driven, seconds; twice that of the best one where it met a closed link.
    pub used_s: Vec<f64>,
    /// Generalised cost of the best route found, seconds.
    pub best_s: Vec<f64>,
    /// Departures, seconds …
    pub left_s: Vec<u32>,
    /// … and the best ones: the same, unless [`super::Wishes::weigh`] finds better.
    pub depart_s: Vec<u32>,
    /// The best routes found, in the order of `legs`; those driven where none was better.
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

    /// Adds a leg: cost of the used and of the best route, seconds; departure that was and that would be
    /// best; best route.
    fn push(&mut self, leg: LegId, cost_s: (f64, f64), leave_s: (u32, u32), route: &[LinkId]) {
        self.legs.push(leg);
        self.used_s.push(cost_s.0);
        self.best_s.push(cost_s.1);
        self.left_s.push(leave_s.0);
        self.depart_s.push(leave_s.1);
        self.routes.push(route);
    }

    /// The two together; a leg must not be in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut all = Self { routes: Routes { first: vec![0], links: Vec::new() }, ..Self::default() };
        let (mut a, mut b) = (0, 0);
        while a < self.legs.len() || b < other.legs.len() {
            let ours = b == other.legs.len() || (a < self.legs.len() && self.legs[a] < other.legs[b]);
            let (from, at) = if ours { (self, &mut a) } else { (other, &mut b) };
            let i = *at;
            let cost_s = (from.used_s[i], from.best_s[i]);
            let leave_s = (from.left_s[i], from.depart_s[i]);
            all.push(from.legs[i], cost_s, leave_s, from.routes.of(LegId::new(i)));
            *at += 1;
        }
        all
    }

    /// The relative gap of these legs, by window of departure (`window_s` seconds each).
    pub fn gap(&self, window_s: u32) -> Gap {
        let mut windows: Vec<(f64, f64)> = Vec::new();
        let mut peaks = [(0.0, 0.0); 2];
        for (at, left_s) in self.left_s.iter().enumerate() {
            let window = (left_s / window_s) as usize;
            if windows.len() <= window {
                windows.resize(window + 1, (0.0, 0.0));
            }
            windows[window].0 += self.used_s[at];
            windows[window].1 += self.best_s[at];
            let period = Period::at(*left_s);
            if let Some(peak) = Period::PEAKS.iter().position(|peak| *peak == period) {
                peaks[peak].0 += self.used_s[at];
                peaks[peak].1 += self.best_s[at];
            }
        }
        let (used_s, best_s) = windows.iter().fold((0.0, 0.0), |sum, w| (sum.0 + w.0, sum.1 + w.1));
        let ratio = |&(used_s, best_s): &(f64, f64)| (best_s > 0.0).then(|| (used_s - best_s) / best_s);
        Gap {
            relative: ratio(&(used_s, best_s)).unwrap_or(0.0),
            window_s,
            by_window: windows.iter().map(ratio).collect(),
            peaks: peaks.each_ref().map(ratio),
            excess_s: if self.legs.is_empty() { 0.0 } else { (used_s - best_s) / self.legs.len() as f64 },
            n_legs: self.legs.len(),
        }
    }
}

/// How better routes are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// Each link at the time it is entered ([`Timed`]): what the gap is measured by.
    Exact,
    /// On the times of the bin in which the leg was half way ([`Router::find_drives`]): several times faster. What is found
    /// is driven link by link all the same before it is called better.
    Frozen,
}

/// Finds better routes of the legs `asked` (ascending) on `times`.
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
    search: Search,
) -> Result<Response> {
    let cost_s = |route: &[LinkId], leg: LegId| times.route_cost_s(route, depart_s[leg.index()]).1;
    let used_s: Vec<f64> = asked.par_iter().map(|&leg| cost_s(routes.of(leg), leg)).collect();
    let query = |leg: &LegId| {
        let at = leg.index();
        Query { from: legs.from[at], to: legs.to[at], depart_s: depart_s[at] }
    };
    let queries: Vec<Query> = asked.iter().map(query).collect();
    let batch = match search {
        Search::Exact => Timed::new(router, times).routes(&queries)?,
        Search::Frozen => router.find_drives(times, &queries, |at| Some(used_s[at]))?,
    };
    let best_s: Vec<f64> =
        asked.par_iter().enumerate().map(|(at, &leg)| cost_s(batch.routes.of(LegId::new(at)), leg)).collect();
    let mut response =
        Response { routes: Routes { first: vec![0], links: Vec::new() }, ..Response::default() };
    for (at, &leg) in asked.iter().enumerate() {
        let (used, best) = (routes.of(leg), batch.routes.of(LegId::new(at)));
        let (used_s, best_s) = (used_s[at], best_s[at]);
        if used.is_empty() || best.is_empty() || !(used_s.is_finite() || best_s.is_finite()) {
            continue;
        }
        let better = best_s < used_s;
        let least_s = if better { best_s } else { used_s };
        response.push(
            leg,
            (if used_s.is_finite() { used_s } else { 2.0 * least_s }, least_s),
            (depart_s[leg.index()], depart_s[leg.index()]),
            if better { best } else { used },
        );
    }
    Ok(response)
}

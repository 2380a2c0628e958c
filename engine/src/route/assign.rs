//! The pieces of the outer loop: who reroutes in an iteration, onto what, how far the day is from
//! equilibrium, and when to stop. The loop itself is written where the stages are run.
//!
//! Day-to-day rerouting of a falling share is the method of successive averages (Sheffi 1985, ch. 12): each
//! iteration's routes weigh the same in the end, and the flip-flop of everybody chasing yesterday's free road dies out.

use super::LinkTimes;
use super::router::{Query, Router};
use super::timed::{Timed, TimedScratch};
use crate::draw::{Purpose, draw};
use crate::error::Result;
use crate::id::LegId;
use crate::mode::Mode;
use crate::trip::{Legs, Routes};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How large a share of the car legs looks for a new route in an iteration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Share {
    /// `1 / (iteration + 1)`, but at least `floor` (method of successive averages).
    Averages {
        /// Least share, 0..=1.
        floor: f64,
    },
    /// The same share each time (MATSim's `ReRoute` weight; 0.1 is usual there).
    Fixed(f64),
}

impl Default for Share {
    fn default() -> Self {
        Self::Averages { floor: 0.05 }
    }
}

impl Share {
    /// The share of iteration `iteration`; 0 is the first day, on which everybody has just been routed.
    pub fn at(self, iteration: u32) -> f64 {
        match self {
            Self::Averages { floor } => (1.0 / (f64::from(iteration) + 1.0)).max(floor).min(1.0),
            Self::Fixed(share) => share.clamp(0.0, 1.0),
        }
    }
}

/// The car legs, in order.
pub fn car_legs(legs: &Legs) -> Vec<LegId> {
    (0..legs.len()).filter(|&leg| legs.mode[leg] == Mode::Car).map(LegId::new).collect()
}

/// The car legs that reroute in an iteration: each by its own draw with probability `share`.
pub fn who_reroutes(legs: &Legs, iteration: u32, share: f64, seed: u64) -> Vec<LegId> {
    let mut chosen = car_legs(legs);
    chosen.retain(|leg| draw(seed, Purpose::Reroute, u64::from(leg.0), iteration).uniform() < share);
    chosen
}

/// The `share` of `candidates` with the largest excess (seconds, by position); ties go to the earlier leg.
/// Gap-driven rerouting: who loses most moves first, and who is on a shortest path never does.
pub fn worst_first(candidates: &[LegId], excess_s: &[f64], share: f64) -> Vec<LegId> {
    let mut order: Vec<usize> = (0..candidates.len()).filter(|&at| excess_s[at] > 0.0).collect();
    order.sort_unstable_by(|&a, &b| excess_s[b].total_cmp(&excess_s[a]).then(a.cmp(&b)));
    order.truncate((share.clamp(0.0, 1.0) * candidates.len() as f64).round() as usize);
    let mut chosen: Vec<LegId> = order.into_iter().map(|at| candidates[at]).collect();
    chosen.sort_unstable();
    chosen
}

fn queries(legs: &Legs, chosen: &[LegId]) -> Vec<Query> {
    let query = |leg: &LegId| {
        let at = leg.index();
        Query { from: legs.from[at], to: legs.to[at], depart_s: legs.depart_s[at] }
    };
    chosen.iter().map(query).collect()
}

/// Routes of the first iteration: every car leg on the shortest path of its departure bin. Also the car legs
/// without a way ([`stranded_message`] tells the user); their routes are empty.
///
/// # Errors
/// When the routes together have more links than an index can tell.
pub fn first_routes(router: &Router, times: &LinkTimes, legs: &Legs) -> Result<(Routes, Vec<LegId>)> {
    let chosen = car_legs(legs);
    let found = router.find(times, &queries(legs, &chosen))?;
    let stranded = found.stranded().into_iter().map(|at| chosen[at]).collect();
    Ok((merge(legs.len(), &chosen, &found.routes, |_| &[]), stranded))
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

/// What a rerouting came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rerouted {
    /// The routes of all legs; those that did not reroute keep theirs.
    pub routes: Routes,
    /// Legs that were asked.
    pub n_asked: usize,
    /// Legs whose route is another now.
    pub n_changed: usize,
}

/// How new routes are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Search {
    /// Each link at the time it is entered ([`Timed`]): what the gap is measured by.
    #[default]
    Exact,
    /// On the times of the departure bin ([`Router::find`]): 4 times faster on short trips, 70 times on long ones (`benches/route.rs`).
    Frozen,
}

/// New routes for the `chosen` legs (ascending), unless the old route is as cheap when both are driven
/// link by link through the day. Who finds no way keeps the old route.
///
/// # Errors
/// When the routes together have more links than an index can tell.
pub fn reroute(
    router: &Router,
    times: &LinkTimes,
    legs: &Legs,
    routes: &Routes,
    chosen: &[LegId],
    search: Search,
) -> Result<Rerouted> {
    let queries = queries(legs, chosen);
    let batch = match search {
        Search::Exact => Timed::new(router, times).routes(&queries)?,
        Search::Frozen => router.find(times, &queries)?,
    };
    let mut found = batch.routes;
    let keep: Vec<bool> = chosen
        .par_iter()
        .enumerate()
        .map(|(at, &leg)| {
            let cost_s = |route| times.route_cost_s(route, legs.depart_s[leg.index()]).1;
            let (old, new) = (routes.of(leg), found.of(LegId::new(at)));
            old == new || new.is_empty() || (!old.is_empty() && cost_s(old) <= cost_s(new))
        })
        .collect();
    let n_changed = keep.iter().filter(|keep| !**keep).count();
    let mut changed = Vec::with_capacity(n_changed);
    let mut kept = Routes { first: vec![0], links: Vec::new() };
    for (at, &leg) in chosen.iter().enumerate().filter(|(at, _)| !keep[*at]) {
        changed.push(leg);
        kept.push(found.of(LegId::new(at)));
    }
    found = kept;
    let routes = merge(legs.len(), &changed, &found, |leg| routes.of(leg));
    Ok(Rerouted { routes, n_asked: chosen.len(), n_changed })
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
    /// The same by hour of departure; the last entry holds everything from 23:00 on. `None` where nobody left.
    pub by_hour: Vec<Option<f64>>,
    /// Mean excess per leg, seconds.
    pub excess_s: f64,
    /// Legs looked at.
    pub n_legs: usize,
    /// Car legs in all; when more than `n_legs`, the gap is that of a random sample.
    pub n_car_legs: usize,
}

/// The relative gap of `routes` on the times of the day they produced, over all car legs or, when
/// there are more than `sample`, over a random sample of about that size drawn by leg (the same legs in every
/// iteration). The least cost is that of the exact time-dependent search ([`Timed`]).
///
/// Legs whose route meets a closed link on the way count with the cost of their best route doubled.
pub fn relative_gap(
    router: &Router,
    times: &LinkTimes,
    legs: &Legs,
    routes: &Routes,
    sample: usize,
    seed: u64,
) -> Gap {
    let mut chosen = car_legs(legs);
    let n_car_legs = chosen.len();
    if n_car_legs > sample {
        let share = sample as f64 / n_car_legs as f64;
        chosen.retain(|leg| draw(seed, Purpose::Reroute, u64::from(leg.0), u32::MAX).uniform() < share);
    }
    let costs = used_and_best(router, times, legs, routes, &chosen);
    let mut hours = [(0.0, 0.0); 24];
    for (leg, (used_s, best_s)) in chosen.iter().zip(&costs).filter_map(|(leg, cost)| Some((leg, (*cost)?))) {
        let hour = &mut hours[(legs.depart_s[leg.index()] / 3600).min(23) as usize];
        hour.0 += used_s;
        hour.1 += best_s;
    }
    let (used_s, best_s) = hours.iter().fold((0.0, 0.0), |sum, hour| (sum.0 + hour.0, sum.1 + hour.1));
    let ratio = |used_s: f64, best_s: f64| (best_s > 0.0).then(|| (used_s - best_s) / best_s);
    let n_legs = costs.iter().flatten().count();
    Gap {
        relative: ratio(used_s, best_s).unwrap_or(0.0),
        by_hour: hours.iter().map(|&(used_s, best_s)| ratio(used_s, best_s)).collect(),
        excess_s: if n_legs > 0 { (used_s - best_s) / n_legs as f64 } else { 0.0 },
        n_legs,
        n_car_legs,
    }
}

/// Time-dependent cost of the used route and least cost of each of the `chosen` legs, seconds; `None` for legs
/// without a way.
fn used_and_best(
    router: &Router,
    times: &LinkTimes,
    legs: &Legs,
    routes: &Routes,
    chosen: &[LegId],
) -> Vec<Option<(f64, f64)>> {
    let timed = Timed::new(router, times);
    queries(legs, chosen)
        .par_iter()
        .zip(chosen)
        .map_init(TimedScratch::default, |scratch, (query, &leg)| {
            let best_s = timed.search(query, scratch, None)?;
            let used_s = times.route_cost_s(routes.of(leg), query.depart_s).1;
            Some((if used_s.is_finite() { used_s } else { 2.0 * best_s }, best_s))
        })
        .collect()
}

/// By how much the used route of each of the `chosen` legs is costlier than the best, seconds: for
/// [`worst_first`]. Zero for legs without a way.
pub fn excess_s(
    router: &Router,
    times: &LinkTimes,
    legs: &Legs,
    routes: &Routes,
    chosen: &[LegId],
) -> Vec<f64> {
    let costs = used_and_best(router, times, legs, routes, chosen);
    costs.iter().map(|cost| cost.map_or(0.0, |(used_s, best_s)| (used_s - best_s).max(0.0))).collect()
}

/// When the outer loop ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Stop {
    /// Relative gap that is good enough. 0.05 is usual for dynamic assignment of a region
    /// (Chiu et al. 2011, "Dynamic traffic assignment: a primer", TRB E-C153).
    pub gap: f64,
    /// Most iterations.
    pub iterations: u32,
}

impl Default for Stop {
    fn default() -> Self {
        Self { gap: 0.05, iterations: 10 }
    }
}

impl Stop {
    /// Why the loop ends after the iteration whose gap is the last of `gaps`; `None` to go on.
    pub fn reason(&self, gaps: &[f64]) -> Option<&'static str> {
        match gaps.last() {
            Some(&gap) if gap <= self.gap => Some("the relative gap is reached"),
            _ if gaps.len() >= self.iterations as usize => Some("all iterations are done"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;

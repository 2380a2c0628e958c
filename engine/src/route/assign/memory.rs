//! Drivers who remember routes and choose among them by a logit (stochastic user equilibrium: Daganzo & Sheffi 1977,
//! "On stochastic models of traffic assignment", Transportation Science 11).
//!
//! On times that are averaged over the days this is smooth fictitious play (Fudenberg & Levine 1998, "The theory of
//! learning in games", ch. 4; Garcia, Reaume & Smith 2000 for traffic): everybody answers to what the roads were like
//! so far, with a choice that is a smooth function of it. At its rest point worse routes are still driven by some, so
//! the relative gap does not fall to zero; it falls with a larger scale.

use super::Response;
use crate::draw::{Purpose, draw};
use crate::float::exp;
use crate::id::{LegId, LinkId};
use crate::route::LinkTimes;
use crate::trip::Routes;
use rayon::prelude::*;

/// The routes that each leg knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    /// Most routes of a leg.
    most: usize,
    /// By leg; empty for a leg that knows only the route it drives.
    pub(super) known: Vec<Vec<Box<[LinkId]>>>,
}

impl Memory {
    /// A memory for `n_legs` legs and `most` routes each, at least two. Cost: 24 bytes a leg, and 4 bytes a link of
    /// every route that a leg knows once it knows two.
    pub fn new(n_legs: usize, most: usize) -> Self {
        Self { most: most.max(2), known: vec![Vec::new(); n_legs] }
    }

    /// The routes of a leg, if it knows more than one.
    pub fn of(&self, leg: LegId) -> &[Box<[LinkId]>] {
        &self.known[leg.index()]
    }

    /// Adds the best routes of a response beside those driven. Who knows too many forgets the costliest on `times`.
    pub fn learn(&mut self, response: &Response, times: &LinkTimes, depart_s: &[u32], driven: &Routes) {
        for (at, &leg) in response.legs.iter().enumerate() {
            let (best, used) = (response.routes.of(LegId::new(at)), driven.of(leg));
            let known = &mut self.known[leg.index()];
            if best == used || known.iter().any(|route| &**route == best) {
                continue;
            }
            if known.is_empty() {
                known.push(used.into());
            }
            known.push(best.into());
            if known.len() > self.most {
                let cost_s = |route: &[LinkId]| times.route_cost_s(route, depart_s[leg.index()]).1;
                let worst = (0..known.len()).max_by(|&a, &b| cost_s(&known[a]).total_cmp(&cost_s(&known[b])));
                known.remove(worst.unwrap_or(0));
            }
        }
    }

    /// The route that each leg drives next: a share `step` of the legs choose anew among those they know, with
    /// probability proportional to exp(−`per_min` · cost / min) on `times`; the others, and those who know only
    /// one, keep to `driven`. Returns the routes and the number of legs whose route is another.
    pub fn choose(
        &self,
        times: &LinkTimes,
        depart_s: &[u32],
        driven: &Routes,
        per_min: f64,
        step: f64,
        (iteration, seed): (u32, u64),
    ) -> (Routes, usize) {
        let chosen: Vec<Option<u32>> = self
            .known
            .par_iter()
            .enumerate()
            .map(|(leg, known)| {
                let mut stream = draw(seed, Purpose::RouteChoice, leg as u64, iteration);
                if known.is_empty() || stream.uniform() >= step {
                    return None;
                }
                let cost_s = |route: &[LinkId]| times.route_cost_s(route, depart_s[leg]).1;
                let costs_s: Vec<f64> = known.iter().map(|route| cost_s(route)).collect();
                pick(&costs_s, per_min, stream.uniform())
                    .filter(|&at| &*known[at] != driven.of(LegId::new(leg)))
                    .map(|at| at as u32)
            })
            .collect();
        let mut routes = Routes { first: vec![0], links: Vec::with_capacity(driven.links.len()) };
        for (leg, chosen) in chosen.iter().enumerate() {
            match chosen {
                Some(at) => routes.push(&self.known[leg][*at as usize]),
                None => routes.push(driven.of(LegId::new(leg))),
            }
        }
        (routes, chosen.iter().flatten().count())
    }
}

/// The alternative at `quantile` (0..1) of the logit's distribution; `None` where none has a finite cost.
fn pick(costs_s: &[f64], per_min: f64, quantile: f64) -> Option<usize> {
    let least_s = costs_s.iter().copied().fold(f64::INFINITY, f64::min);
    if !least_s.is_finite() {
        return None;
    }
    let weight =
        |cost_s: &f64| if cost_s.is_finite() { exp(per_min * (least_s - cost_s) / 60.0) } else { 0.0 };
    let weights: Vec<f64> = costs_s.iter().map(weight).collect();
    let mut rest = quantile * weights.iter().sum::<f64>();
    for (at, weight) in weights.iter().enumerate() {
        if rest < *weight {
            return Some(at);
        }
        rest -= weight;
    }
    weights.iter().rposition(|weight| *weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::tests::two_ways;

    #[test]
    fn a_logit_splits_as_its_formula_says() {
        // One minute apart at 1 per minute: 1 / (1 + e⁻¹) = 73.1 %.
        let n = (0..1_000)
            .filter(|i| pick(&[60.0, 120.0], 1.0, (f64::from(*i) + 0.5) / 1_000.0) == Some(0))
            .count();
        assert_eq!(n, 731);
        assert_eq!(pick(&[f64::INFINITY, 5.0], 1.0, 0.999), Some(1));
        assert_eq!(pick(&[f64::INFINITY], 1.0, 0.5), None);
    }

    #[test]
    fn the_costliest_route_is_forgotten() {
        let network = two_ways();
        let times = LinkTimes::free_flow(&network, 900, 4);
        let route = |links: &[u32]| links.iter().map(|&link| LinkId(link)).collect::<Vec<_>>();
        let (straight, around) = (route(&[0, 1, 4]), route(&[0, 2, 3, 4]));
        let mut driven = Routes::default();
        driven.push(&around);
        let mut memory = Memory::new(1, 2);
        let respond = |best: &[LinkId]| {
            let mut response = Response {
                legs: vec![LegId(0)],
                used_s: vec![1.0],
                best_s: vec![1.0],
                ..Response::default()
            };
            response.routes.push(best);
            response
        };
        memory.learn(&respond(&around), &times, &[0], &driven);
        assert!(memory.of(LegId(0)).is_empty());
        memory.learn(&respond(&straight), &times, &[0], &driven);
        memory.learn(&respond(&straight), &times, &[0], &driven);
        assert_eq!(
            memory.of(LegId(0)),
            [around.clone().into_boxed_slice(), straight.clone().into_boxed_slice()]
        );
        // A third, dearer than both, is the one that goes.
        memory.learn(&respond(&route(&[0, 2, 3, 4, 4])), &times, &[0], &driven);
        assert_eq!(memory.of(LegId(0)), [around.into_boxed_slice(), straight.clone().into_boxed_slice()]);
        let (routes, n) = memory.choose(&times, &[0], &driven, 1e6, 1.0, (1, 1));
        assert_eq!((routes.of(LegId(0)), n), (&straight[..], 1));
        assert_eq!(memory.choose(&times, &[0], &driven, 1e6, 0.0, (1, 1)), (driven, 0));
    }
}

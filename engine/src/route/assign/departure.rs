//! When to leave: schedule delay weighed against travel time (Vickrey 1969, "Congestion theory and transport
//! investment"; Small 1982, "The scheduling of consumer activities: work trips").
//!
//! A driver has a time at which he would like to arrive. A departure costs its travel time, `early` seconds for each
//! second before that time and `late` for each after it (β/α and γ/α). Departures a few steps around the present one are
//! compared on the same route; a better one joins the best route in the [`Response`], so that one rule decides who
//! changes what.

use super::{Response, car_legs};
use crate::error::Result;
use crate::route::{LinkTimes, Query, Router};
use crate::trip::{Legs, Routes};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How much a wrong time costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Schedule {
    /// Seconds of driving that a second too early is worth: 0.61 (Small 1982).
    pub early: f64,
    /// Seconds of driving that a second too late is worth: 2.4 (Small 1982).
    pub late: f64,
    /// Distance between the departures that are compared, seconds.
    pub step_s: u32,
    /// Departures looked at on either side.
    pub steps: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { early: 0.61, late: 2.4, step_s: 300, steps: 3 }
    }
}

/// A [`Schedule`] and the arrivals that the legs of a day would like.
#[derive(Debug, Clone, PartialEq)]
pub struct Wishes {
    schedule: Schedule,
    /// By leg, seconds; `u32::MAX` for a leg that does not drive.
    arrive_s: Vec<u32>,
    /// Earliest and latest departure by leg: a person keeps the order of the plan.
    bounds_s: Vec<(u32, u32)>,
}

impl Wishes {
    /// Who leaves as planned would like to arrive when empty roads (`empty`) would let him.
    ///
    /// # Errors
    /// As [`Router::find_drives`].
    pub fn of_plan(schedule: Schedule, router: &Router, empty: &LinkTimes, legs: &Legs) -> Result<Self> {
        let cars = car_legs(legs);
        let query = |leg: &crate::id::LegId| {
            let at = leg.index();
            Query { from: legs.from[at], to: legs.to[at], depart_s: legs.depart_s[at] }
        };
        let batch = router.find_drives(empty, &cars.iter().map(query).collect::<Vec<_>>(), |_| None)?;
        let mut arrive_s = vec![u32::MAX; legs.len()];
        for (leg, &cost_ms) in cars.iter().zip(&batch.cost_ms).filter(|(_, ms)| **ms != u32::MAX) {
            arrive_s[leg.index()] = legs.depart_s[leg.index()].saturating_add(cost_ms / 1_000);
        }
        let mut bounds_s = vec![(0, u32::MAX); legs.len()];
        for pair in legs.first.windows(2) {
            for leg in pair[0] as usize + 1..pair[1] as usize {
                // Half way to the neighbour's plan: two legs that move towards each other cannot pass.
                let middle_s = legs.depart_s[leg - 1].midpoint(legs.depart_s[leg]);
                (bounds_s[leg - 1].1, bounds_s[leg].0) = (middle_s, middle_s);
            }
        }
        Ok(Self { schedule, arrive_s, bounds_s })
    }

    /// Cost of arriving at `arrive_s`, seconds of driving.
    fn delay_s(&self, leg: usize, arrive_s: f64) -> f64 {
        let wrong_s = arrive_s - f64::from(self.arrive_s[leg]);
        if wrong_s < 0.0 { -wrong_s * self.schedule.early } else { wrong_s * self.schedule.late }
    }

    /// Adds schedule delay to both costs of a response, and moves its best departures to where time and delay
    /// together are least. Legs that did not leave as planned keep their time: they were held up by the leg before.
    pub fn weigh(
        &self,
        response: &mut Response,
        times: &LinkTimes,
        legs: &Legs,
        depart_s: &[u32],
        driven: &Routes,
    ) {
        let weighed: Vec<(f64, f64, u32)> = response
            .legs
            .par_iter()
            .enumerate()
            .map(|(at, &id)| {
                let (leg, now_s) = (id.index(), depart_s[id.index()]);
                let cost_s = |route, leave_s: u32| {
                    let (time_s, cost_s) = times.route_cost_s(route, leave_s);
                    cost_s + self.delay_s(leg, f64::from(leave_s) + time_s)
                };
                let used_s = cost_s(driven.of(id), now_s);
                let best = response.routes.of(crate::id::LegId::new(at));
                let mut least = (cost_s(best, now_s), now_s);
                if now_s == legs.depart_s[leg] {
                    let (low_s, high_s) = self.bounds_s[leg];
                    let wait_s = |step: u32| step * self.schedule.step_s;
                    for step in 1..=self.schedule.steps {
                        let earlier = now_s.checked_sub(wait_s(step)).filter(|s| *s >= low_s);
                        let later = now_s.checked_add(wait_s(step)).filter(|s| *s <= high_s);
                        for leave_s in earlier.into_iter().chain(later) {
                            let cost_s = cost_s(best, leave_s);
                            if cost_s < least.0 {
                                least = (cost_s, leave_s);
                            }
                        }
                    }
                }
                (if used_s.is_finite() { used_s } else { 2.0 * least.0 }, least.0, least.1)
            })
            .collect();
        for (at, (used_s, best_s, leave_s)) in weighed.into_iter().enumerate() {
            (response.used_s[at], response.best_s[at]) = (used_s, best_s);
            response.depart_s[at] = leave_s;
        }
    }
}

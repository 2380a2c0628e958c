//! Fitting the chain to a demographic group of which only the use of time is known.
//!
//! Seed 002 (§4.2.3, Eqs. 7-10) shifts a model's slot-wise log-odds by one number an activity until the mean shares
//! of the day match a time-use survey. That is, up to the size of the steps, gradient ascent on a concave function:
//! the dual of "of all laws with these mean minutes, the one nearest to the model's" (the I-projection; Csiszár
//! 1975). Here the nearest *law of whole days* is found, exactly:
//! - a day's probability is multiplied by exp(θ · what it holds) and divided by the mean of that (the minutes of
//!   each activity, and, where they are known, its episodes and whether the person works or learns at all);
//! - J(θ) = θ · target − Σ w log Z(θ) over the conditions of which a group is made (their mix w stays as it is); its
//!   gradient is target − expectation, both exact ([`crate::models::chain`]'s forward and backward sums);
//! - damped Newton steps, the curvature from days drawn under the present law (it decides how fast, not where);
//! - days are then drawn from that law itself, so decoded minutes match but for the chance of a finite sample.
//!
//! An activity whose target is 0 is barred. [`algorithm_2`] is the published one.

pub mod algorithm_2;
pub mod mix;

use super::solve;
use crate::models::chain::exact::{Exact, Expected, Weights};
use crate::models::chain::{KINDS, Stay};
use engine::activity::{Activity, SLOTS};
use engine::draw::{Purpose, draw};
use engine::float::exp;
use rayon::prelude::*;
use serde::Serialize;

/// What a day holds that a target can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Measure {
    /// Minutes of an activity.
    Minutes(Activity),
    /// Episodes of an activity.
    Episodes(Activity),
    /// Whether the person works at all.
    Works,
    /// Whether the person learns at all.
    Learns,
}

impl Measure {
    /// Its exact mean under a law: minutes, episodes, or a share of the days.
    fn expected(self, expected: &Expected) -> f64 {
        match self {
            Self::Minutes(activity) => expected.slots_in()[activity.index()] * SLOT_MIN,
            Self::Episodes(activity) => expected.episodes[activity.index()],
            Self::Works => expected.ever[0],
            Self::Learns => expected.ever[1],
        }
    }

    /// What one day holds of it.
    fn of(self, day: &[Stay]) -> f64 {
        let episodes =
            |activity: Activity| day.iter().filter(move |stay| stay.activity == activity.index()).count();
        match self {
            Self::Minutes(activity) => {
                let ends = day.iter().skip(1).map(|stay| stay.slot).chain([SLOTS]);
                let lengths = day.iter().zip(ends).filter(|(stay, _)| stay.activity == activity.index());
                lengths.map(|(stay, end)| (end - stay.slot) as f64 * SLOT_MIN).sum()
            }
            Self::Episodes(activity) => episodes(activity) as f64,
            Self::Works => f64::from(u8::from(episodes(Activity::Work) > 0)),
            Self::Learns => f64::from(u8::from(episodes(Activity::School) > 0)),
        }
    }
}

/// Minutes of a slot.
pub(crate) const SLOT_MIN: f64 = 15.0;
/// Most Newton steps.
const STEPS_MOST: u32 = 60;
/// Days drawn a condition and step for the curvature.
const DRAWN: u64 = 500;
/// Added to the curvature's diagonal, relative to it: keeps a step finite where days hardly differ.
const RIDGE: f64 = 1e-9;
/// Largest part of the diagonal that is added where a step does not help.
const DAMPING_MOST: f64 = 1e4;
/// A step is halved until the dual rises by this part of what its slope promises.
const RISE: f64 = 1e-4;

/// A chain with its share of a group.
pub(crate) struct Part {
    /// Share of the group's persons that have this condition.
    pub(crate) share: f64,
    /// The chain of the condition.
    pub(crate) chain: Exact,
}

/// The nearest law with the wanted means.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tilt {
    /// What was wanted, and how much of it.
    pub wanted: Vec<(Measure, f64)>,
    /// The multiplier of each, per unit.
    pub theta: Vec<f64>,
    /// Newton steps.
    pub steps: u32,
    /// Largest difference that is left between a wanted and an expected mean (minutes, episodes or shares).
    pub largest_miss: f64,
    /// Distance from the model: relative entropy, nats a day.
    pub nats: f64,
}

impl Tilt {
    /// The weights by which the chain is multiplied.
    pub(crate) fn weights(&self) -> Weights {
        weights(&self.wanted, &self.theta)
    }
}

/// The multipliers as weights; minutes are wanted in minutes, so a slot counts 15 of them.
fn weights(wanted: &[(Measure, f64)], theta: &[f64]) -> Weights {
    let mut weights = Weights::ones(SLOTS);
    for (&(measure, target), &theta) in wanted.iter().zip(theta) {
        match measure {
            Measure::Minutes(activity) => {
                let factor = if target > 0.0 { exp(theta * SLOT_MIN) } else { 0.0 };
                weights.slot.iter_mut().skip(activity.index()).step_by(KINDS).for_each(|w| *w *= factor);
            }
            Measure::Episodes(activity) => weights.begin[activity.index()] *= exp(theta),
            Measure::Works => weights.ever[0] *= exp(theta),
            Measure::Learns => weights.ever[1] *= exp(theta),
        }
    }
    weights
}

/// The dual at a point, and (`theirs`) what the group's law expects there.
struct Point {
    /// The dual J(θ), nats.
    value: f64,
    /// Expected mean of each measure that is wanted.
    theirs: Vec<f64>,
}

/// Value and expectations at θ, each condition in parallel; the sum goes in their order, so threads change
/// nothing.
fn point(parts: &[Part], wanted: &[(Measure, f64)], theta: &[f64]) -> Point {
    let weights = weights(wanted, theta);
    let each: Vec<(f64, Vec<f64>)> = parts
        .par_iter()
        .map(|part| {
            let ahead = part.chain.ahead(&weights);
            let expected = ahead.expected();
            let theirs = wanted.iter().map(|(measure, _)| measure.expected(&expected)).collect();
            (ahead.log_total(), theirs)
        })
        .collect();
    let mut value: f64 = wanted.iter().zip(theta).map(|((_, target), theta)| target * theta).sum();
    let mut theirs = vec![0.0; wanted.len()];
    for (part, (log_total, expected)) in parts.iter().zip(each) {
        value -= part.share * log_total;
        theirs.iter_mut().zip(expected).for_each(|(sum, mean)| *sum += part.share * mean);
    }
    Point { value, theirs }
}

/// Mean covariance of what days hold, from days drawn under the present law; row-major.
fn curvature(parts: &[Part], wanted: &[(Measure, f64)], theta: &[f64], seed: u64, step: u32) -> Vec<f64> {
    let (n, weights) = (wanted.len(), weights(wanted, theta));
    let of_part = |(number, part): (usize, &Part)| {
        let ahead = part.chain.ahead(&weights);
        let (mut sums, mut squares) = (vec![0.0; n], vec![0.0; n * n]);
        for row in 0..DRAWN {
            let mut stream = draw(seed, Purpose::Training, (number as u64) << 32 | row, step);
            let day = ahead.sample(&mut stream).unwrap_or_default();
            let holds: Vec<f64> = wanted.iter().map(|(measure, _)| measure.of(&day)).collect();
            for (at, x) in holds.iter().enumerate() {
                sums[at] += x;
                holds.iter().enumerate().for_each(|(other, y)| squares[at * n + other] += x * y);
            }
        }
        let count = DRAWN as f64;
        for at in 0..n * n {
            squares[at] = part.share * (squares[at] / count - sums[at / n] / count * sums[at % n] / count);
        }
        squares
    };
    let each: Vec<Vec<f64>> = parts.par_iter().enumerate().map(of_part).collect();
    let mut sum = vec![0.0; n * n];
    for own in each {
        sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
    }
    sum
}

/// Finds the nearest law whose means are `wanted`, until no mean misses by more than `tolerance`, or no step helps
/// (what is wanted then cannot be had: [`Tilt::largest_miss`] tells by how much).
pub(crate) fn fit(parts: &[Part], wanted: &[(Measure, f64)], tolerance: f64, seed: u64) -> Tilt {
    let mut theta = vec![0.0; wanted.len()];
    let mut here = point(parts, wanted, &theta);
    let mut steps = 0;
    let mut damping = 0.0;
    while steps < STEPS_MOST && miss(wanted, &here) > tolerance {
        let slope: Vec<f64> =
            wanted.iter().zip(&here.theirs).map(|((_, target), mean)| target - mean).collect();
        let curvature = curvature(parts, wanted, &theta, seed, steps);
        let climbed = loop {
            let step = solve::positive(&damped(&curvature, wanted, &here, damping), &slope);
            let climbed = step.and_then(|step| climb(parts, wanted, &theta, &here, &step, &slope));
            if climbed.is_some() || damping > DAMPING_MOST {
                break climbed;
            }
            damping = f64::max(damping * 10.0, 1e-2);
        };
        let Some((next, at)) = climbed else { break };
        (theta, here) = (next, at);
        damping = if damping > 1e-3 { damping / 10.0 } else { 0.0 };
        steps += 1;
    }
    Tilt { wanted: wanted.to_vec(), theta, steps, largest_miss: miss(wanted, &here), nats: here.value }
}

/// The curvature with a diagonal that is large enough. Drawn days can miss what is rare, so a variance is never
/// taken below what the exact mean says: m (1 − m) of an event, m · 15 of minutes that come in quarter hours, m of
/// episodes.
fn damped(curvature: &[f64], wanted: &[(Measure, f64)], here: &Point, damping: f64) -> Vec<f64> {
    let n = wanted.len();
    let mut matrix = curvature.to_vec();
    for (at, ((measure, _), &mean)) in wanted.iter().zip(&here.theirs).enumerate() {
        let least = match measure {
            Measure::Minutes(_) => mean * SLOT_MIN,
            Measure::Episodes(_) => mean,
            Measure::Works | Measure::Learns => mean * (1.0 - mean),
        };
        let own = &mut matrix[at * n + at];
        *own = own.max(least) * (1.0 + RIDGE + damping) + f64::MIN_POSITIVE.sqrt();
    }
    matrix
}

/// Largest difference between a wanted and an expected mean.
fn miss(wanted: &[(Measure, f64)], at: &Point) -> f64 {
    wanted.iter().zip(&at.theirs).map(|((_, target), mean)| (target - mean).abs()).fold(0.0, f64::max)
}

/// The step, halved until the dual rises enough.
fn climb(
    parts: &[Part],
    wanted: &[(Measure, f64)],
    theta: &[f64],
    here: &Point,
    step: &[f64],
    slope: &[f64],
) -> Option<(Vec<f64>, Point)> {
    let promised: f64 = step.iter().zip(slope).map(|(step, slope)| step * slope).sum();
    let mut length = 1.0;
    for _ in 0..8 {
        let next: Vec<f64> = theta.iter().zip(step).map(|(theta, step)| theta + length * step).collect();
        let at = point(parts, wanted, &next);
        // At the last digits the dual is flat within rounding: then a smaller miss counts.
        let flat = (at.value - here.value).abs() <= 1e-10 * (1.0 + here.value.abs());
        if at.value >= here.value + RISE * length * promised
            || (flat && miss(wanted, &at) < miss(wanted, here))
        {
            return Some((next, at));
        }
        length /= 2.0;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::chain::table_of_tests;

    #[test]
    fn the_wanted_means_are_reached_and_drawn_days_hold_them() {
        let parts: Vec<Part> = [(0.7, 1), (0.3, 2)]
            .map(|(share, seed)| Part { share, chain: table_of_tests(SLOTS, 6, seed) })
            .into();
        let base = point(&parts, &[(Measure::Minutes(Activity::Home), 0.0)], &[0.0]);
        assert!(base.theirs[0].abs() < 1e-9, "an activity with target 0 is barred");
        let wanted = [
            (Measure::Minutes(Activity::Home), 700.0),
            (Measure::Minutes(Activity::Work), 400.0),
            (Measure::Minutes(Activity::School), 0.0),
            (Measure::Works, 0.8),
            (Measure::Episodes(Activity::Caregiving), 1.5),
        ];
        let tilt = fit(&parts, &wanted, 1e-7, 1);
        assert!(tilt.largest_miss < 1e-7, "{tilt:?}");
        assert!(tilt.nats > 0.0);
        assert_eq!(fit(&parts, &wanted, 1e-7, 1), tilt);
        let weights = tilt.weights();
        let n = 20_000;
        let mut sums = vec![0.0; wanted.len()];
        for (number, part) in parts.iter().enumerate() {
            let ahead = part.chain.ahead(&weights);
            for person in 0..n {
                let day = ahead.sample(&mut draw(4, Purpose::Test, person, number as u32)).unwrap();
                for (sum, (measure, _)) in sums.iter_mut().zip(&wanted) {
                    *sum += part.share * measure.of(&day) / n as f64;
                }
            }
        }
        for (drawn, (measure, target)) in sums.into_iter().zip(wanted) {
            let unit = if matches!(measure, Measure::Minutes(_)) { 6.0 } else { 0.02 };
            assert!((drawn - target).abs() < unit, "{measure:?} {drawn} {target}");
        }
    }

    #[test]
    fn what_cannot_be_had_is_told() {
        let parts = [Part { share: 1.0, chain: table_of_tests(SLOTS, 3, 1) }];
        let wanted = [(Measure::Minutes(Activity::Home), 900.0), (Measure::Minutes(Activity::Work), 900.0)];
        assert!(fit(&parts, &wanted, 1e-6, 1).largest_miss > 1.0);
    }
}

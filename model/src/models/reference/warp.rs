//! Soft dynamic time warping between a predicted and a true day, with its gradient.
//!
//! The paper's DTW between sequences of classes has no gradient (seed 002, §4.1.2), so this is soft-DTW (Cuturi and
//! Blondel 2017): the minimum over paths becomes −γ ln Σ e^(−cost/γ), γ = 0.1. A path that pairs true slot i with
//! predicted slot j pays 1 − p_j(y_i), and stays within 8 slots (two hours) of the diagonal.

use crate::models::chain::KINDS;
use engine::activity::SLOTS;
use engine::float::{exp, log};

const GAMMA: f64 = 0.1;
/// Slots that a path may be off the diagonal.
const BAND: usize = 8;
const SIDE: usize = SLOTS + 1;

/// The soft distance of a day's predicted chances (`[SLOTS, KINDS]`) from its true activities (indices), and its
/// derivative by each chance.
pub(super) fn warp(chances: &[f32], truth: &[usize; SLOTS]) -> (f64, Vec<f32>) {
    // shares[cell]: how much of the soft minimum comes over the diagonal, from above, from the left.
    let mut shares = vec![[0.0_f64; 3]; SIDE * SIDE];
    let mut best = vec![f64::INFINITY; SIDE * SIDE];
    best[0] = 0.0;
    for i in 1..SIDE {
        for j in band(i) {
            let from = [at(i - 1, j - 1), at(i - 1, j), at(i, j - 1)].map(|cell| best[cell]);
            let (least, parts) = soft_min(from);
            let cost = 1.0 - f64::from(chances[(j - 1) * KINDS + truth[i - 1]]);
            best[at(i, j)] = cost + least;
            shares[at(i, j)] = parts;
        }
    }
    let mut gradient = vec![0.0; SLOTS * KINDS];
    let mut flow = vec![0.0_f64; SIDE * SIDE];
    flow[at(SLOTS, SLOTS)] = 1.0;
    for i in (1..SIDE).rev() {
        for j in band(i).rev() {
            let here = flow[at(i, j)];
            let parts = shares[at(i, j)];
            flow[at(i - 1, j - 1)] += here * parts[0];
            flow[at(i - 1, j)] += here * parts[1];
            flow[at(i, j - 1)] += here * parts[2];
            gradient[(j - 1) * KINDS + truth[i - 1]] -= here as f32;
        }
    }
    (best[at(SLOTS, SLOTS)], gradient)
}

fn at(i: usize, j: usize) -> usize {
    i * SIDE + j
}

fn band(i: usize) -> std::ops::RangeInclusive<usize> {
    i.saturating_sub(BAND).max(1)..=(i + BAND).min(SLOTS)
}

/// −γ ln Σ e^(−x/γ) and each term's share of the sum.
fn soft_min(values: [f64; 3]) -> (f64, [f64; 3]) {
    let least = values.into_iter().fold(f64::INFINITY, f64::min);
    let parts = values.map(|value| if value.is_finite() { exp((least - value) / GAMMA) } else { 0.0 });
    let total: f64 = parts.iter().sum();
    (least - GAMMA * log(total), parts.map(|part| part / total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::draw::{Purpose, draw};

    fn chances(seed: u64) -> Vec<f32> {
        let mut stream = draw(seed, Purpose::Test, 0, 0);
        let rows = (0..SLOTS).flat_map(|_| {
            let row: Vec<f64> = (0..KINDS).map(|_| stream.uniform()).collect();
            let total: f64 = row.iter().sum();
            row.into_iter().map(move |value| (value / total) as f32)
        });
        rows.collect()
    }

    fn truth() -> [usize; SLOTS] {
        std::array::from_fn(|slot| if (30..70).contains(&slot) { 1 } else { 0 })
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let (mut p, truth) = (chances(1), truth());
        let (_, gradient) = warp(&p, &truth);
        for cell in [0, 1, 29 * KINDS, 30 * KINDS, 30 * KINDS + 1, 60 * KINDS + 1, 95 * KINDS, 50 * KINDS + 4]
        {
            let kept = p[cell];
            let step = 1.0 / 512.0;
            p[cell] = kept + step;
            let above = warp(&p, &truth).0;
            p[cell] = kept - step;
            let below = warp(&p, &truth).0;
            let width = f64::from(kept + step) - f64::from(kept - step);
            p[cell] = kept;
            let want = (above - below) / width;
            assert!((f64::from(gradient[cell]) - want).abs() < 2e-4, "{cell}: {} {want}", gradient[cell]);
        }
    }

    #[test]
    fn a_day_that_is_an_hour_late_costs_less_than_another_day() {
        let truth = truth();
        let shifted = |by: usize, kind: usize| {
            let mut p = vec![0.0; SLOTS * KINDS];
            for slot in 0..SLOTS {
                p[slot * KINDS + if (30 + by..70 + by).contains(&slot) { kind } else { 0 }] = 1.0;
            }
            warp(&p, &truth).0
        };
        let (same, late, later, other) = (shifted(0, 1), shifted(4, 1), shifted(16, 1), shifted(0, 2));
        assert!(late < same + 1.0 && late < later && later < other, "{same} {late} {later} {other}");
    }
}

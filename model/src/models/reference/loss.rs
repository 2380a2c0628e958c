//! The loss: 0.7 class-weighted cross-entropy + 0.15 transitions (Eq. 3) + 0.15 soft-DTW (seed 002, §4.1.2, §6.1.3).

use super::warp::warp;
use crate::models::chain::{KINDS, numbers};
use engine::activity::SLOTS;
use rayon::prelude::*;
use tch::{Kind, Tensor};

/// Weights of the three terms (§6.1.3).
const TERMS: [f64; 3] = [0.7, 0.15, 0.15];
/// Weights of real and synthetic slots (Eq. 6; values not published).
const REAL: f64 = 1.0;
const SYNTHETIC: f64 = 0.3;

/// What a batch is judged by.
pub(super) struct Truth {
    /// `[B * SLOTS]` indices of activities.
    pub(super) activities: Vec<i64>,
    /// `[B * SLOTS]` weights of real and of synthetic slots in the cross-entropy (one of the two is 0).
    pub(super) weights: [Vec<f32>; 2],
    /// Weight of each activity.
    pub(super) class_weights: [f32; KINDS],
}

/// The loss of log-odds `[B, SLOTS, KINDS]`: a tensor to go back from, and its value. (They differ: of the soft-DTW,
/// computed outside libtorch, the tensor holds the linear part at the present chances, whose gradient is the same.)
pub(super) fn loss(logits: &Tensor, truth: &Truth) -> (Tensor, f64) {
    let slots = SLOTS as i64;
    let log_p = logits.log_softmax(-1, Kind::Float);
    let p = log_p.exp();
    let n_days = logits.size()[0];
    let device = logits.device();
    let activities = Tensor::from_slice(&truth.activities).reshape([n_days, slots]).to_device(device);
    let entropy = cross_entropy(&log_p, &activities, truth);
    let changes = transitions(&p, &activities);
    let (distance, gradient) = distances(&numbers(&p), &truth.activities);
    let gradient = Tensor::from_slice(&gradient).reshape(p.size()).to_device(device);
    let surrogate = (gradient * &p).sum(Kind::Float);
    let plain = entropy * TERMS[0] + changes * TERMS[1];
    let value = plain.double_value(&[]) + TERMS[2] * distance;
    (plain + surrogate * TERMS[2], value)
}

/// Eq. 4 to 6: the weighted mean over real slots and that over synthetic ones.
fn cross_entropy(log_p: &Tensor, activities: &Tensor, truth: &Truth) -> Tensor {
    let class_weights = Tensor::from_slice(&truth.class_weights).to_device(log_p.device());
    let weights = class_weights.index_select(0, &activities.flatten(0, -1));
    let each = -log_p.gather(-1, &activities.unsqueeze(-1), false).flatten(0, -1) * weights;
    let mut sum = Tensor::zeros([], (Kind::Float, log_p.device()));
    for (slots, weight) in truth.weights.iter().zip([REAL, SYNTHETIC]) {
        let total: f64 = slots.iter().map(|&weight| f64::from(weight)).sum();
        if total > 0.0 {
            let slots = Tensor::from_slice(slots).to_device(log_p.device());
            sum += (&each * slots).sum(Kind::Float) * (weight / total);
        }
    }
    sum
}

/// Eq. 3 with the chance of a change t̂ = 1 − Σ p_i p_{i−1} (not published).
fn transitions(p: &Tensor, activities: &Tensor) -> Tensor {
    let borders = SLOTS as i64 - 1;
    let stays = (p.narrow(1, 1, borders) * p.narrow(1, 0, borders)).sum_dim_intlist(-1, false, Kind::Float);
    let stays = stays.clamp(1e-6, 1.0 - 1e-6);
    let stayed = activities.narrow(1, 1, borders).eq_tensor(&activities.narrow(1, 0, borders));
    let stayed = stayed.to_kind(Kind::Float);
    let gone = stayed.neg() + 1.0;
    -(stayed * stays.log() + gone * (-stays).log1p()).mean(Kind::Float)
}

/// Mean soft-DTW of the days, divided by the slots of a day (so that it is of the size of the other terms; the
/// paper's scale is not published), and its gradient by each chance.
fn distances(p: &[f32], activities: &[i64]) -> (f64, Vec<f32>) {
    let days: Vec<(f64, Vec<f32>)> = p
        .par_chunks_exact(SLOTS * KINDS)
        .zip(activities.par_chunks_exact(SLOTS))
        .map(|(p, day)| warp(p, &std::array::from_fn(|slot| day[slot] as usize)))
        .collect();
    let scale = 1.0 / (days.len() * SLOTS).max(1) as f64;
    let value = days.iter().map(|(distance, _)| distance * scale).sum();
    (value, days.into_iter().flat_map(|(_, g)| g.into_iter().map(|g| g * scale as f32)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::draw::{Purpose, draw};

    fn truth(n_days: usize) -> Truth {
        let mut stream = draw(3, Purpose::Test, 1, 0);
        let cells = n_days * SLOTS;
        let activities =
            (0..cells).map(|cell| i64::from(cell % SLOTS > 40) * (cell / SLOTS) as i64).collect();
        let real: Vec<bool> = (0..cells).map(|_| stream.below(2) == 0).collect();
        let weight = |wanted: bool| real.iter().map(|&r| if r == wanted { 1.0 } else { 0.0 }).collect();
        let class_weights = std::array::from_fn(|kind| 1.0 + kind as f32 / 10.0);
        Truth { activities, weights: [weight(true), weight(false)], class_weights }
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let truth = truth(3);
        let mut stream = draw(3, Purpose::Test, 0, 0);
        let mut values: Vec<f64> = (0..3 * SLOTS * KINDS).map(|_| stream.normal()).collect();
        let shape = [3, SLOTS as i64, KINDS as i64];
        let at = |values: &[f64]| {
            let logits = Tensor::from_slice(values).to_kind(Kind::Float).reshape(shape);
            loss(&logits, &truth).1
        };
        let logits = Tensor::from_slice(&values).to_kind(Kind::Float).reshape(shape).set_requires_grad(true);
        loss(&logits, &truth).0.backward();
        let gradient = numbers(&logits.grad());
        // Along a direction, as one logit moves the mean over 288 slots by less than a float can tell.
        let direction: Vec<f64> = (0..values.len()).map(|_| stream.normal()).collect();
        let expected: f64 = gradient.iter().zip(&direction).map(|(&g, d)| f64::from(g) * d).sum();
        let step = 0.01;
        let mut move_by = |by: f64| values.iter_mut().zip(&direction).for_each(|(v, d)| *v += by * d);
        move_by(step);
        let mut measured = 0.0;
        for (sign, by) in [(1.0, -2.0 * step), (-1.0, step)] {
            measured += sign * at(&values) / (2.0 * step);
            values.iter_mut().zip(&direction).for_each(|(v, d)| *v += by * d);
        }
        assert!((expected - measured).abs() < 1e-3 * expected.abs().max(0.1), "{expected} {measured}");
    }

    #[test]
    fn real_slots_weigh_more_than_synthetic_ones() {
        let mut truth = truth(2);
        let logits = Tensor::zeros([2, SLOTS as i64, KINDS as i64], (Kind::Float, tch::Device::Cpu));
        truth.class_weights = [1.0; KINDS];
        let both = loss(&logits, &truth).1;
        truth.weights[1].fill(0.0);
        let real = loss(&logits, &truth).1;
        // All chances are 1/15: the synthetic slots' share is 0.7 · 0.3 · ln 15.
        assert!((both - real - 0.7 * 0.3 * 15f64.ln()).abs() < 1e-4, "{both} {real}");
    }
}

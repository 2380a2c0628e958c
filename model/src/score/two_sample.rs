//! Can a classifier tell two sets of days apart? (Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample
//! tests".) A small network sees a day as 96 slots × 15 activities, the episodes of each activity and their number;
//! half of the days train it, a tenth chooses the epoch, the rest are told apart. The area under the curve is 0.5
//! for sets of one law, and 1 where every day betrays its set.
//!
//! All draws (which days, first weights, order of the days) come from the engine's streams, and libtorch runs on
//! one thread, so a score is the same whatever the number of threads. The network and its training are small and
//! fixed: a score is comparable only between sets of about the same number of days, since a classifier learns
//! more from more days.

use crate::torch::with_threads;
use engine::activity::{Activity, Chain, SLOTS};
use engine::draw::{Purpose, draw};
use engine::float::sqrt;
use serde::Serialize;
use tch::nn::{Module, OptimizerConfig};
use tch::{Device, Kind, Tensor, nn};

/// Most days of each set that are used.
const MOST: usize = 10_000;
/// Fewest days of each set of which anything is said.
const LEAST: usize = 40;
const KINDS: usize = Activity::COUNT;
/// Features of a day: an activity in each slot, the episodes of each activity, and how many there are in all.
const FEATURES: usize = SLOTS * KINDS + KINDS + 1;
/// Units of the hidden layer.
const HIDDEN: i64 = 64;
/// Passes over the training days.
const EPOCHS: u32 = 12;
/// Days a step.
const BATCH: usize = 256;
/// Step of Adam.
const LEARNING_RATE: f64 = 1e-3;
/// Pull of the weights towards 0.
const WEIGHT_DECAY: f64 = 1e-4;

/// How well days were told apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TwoSample {
    /// Area under the receiver's curve on days that the classifier did not see: 0.5 is not at all.
    pub auc: f64,
    /// Its standard error if the sets had one law.
    pub standard_error: f64,
    /// Days that were told apart, of each set.
    pub n: usize,
}

/// Trains and asks; `None` where a set has fewer than 40 days. The same answer on any number of threads.
pub fn two_sample(a: &[Chain], b: &[Chain], seed: u64) -> Option<TwoSample> {
    let n = a.len().min(b.len()).min(MOST);
    if n < LEAST {
        return None;
    }
    let [a, b] = [(a, 0), (b, 1)].map(|(days, side)| pick(days, n, seed, side));
    with_threads(1, || Some(ask(&a, &b, seed)))
}

/// Uniform first weights within 1/√(inputs), from draws of ours.
fn begin(store: &nn::VarStore, seed: u64) {
    let mut named: Vec<(String, Tensor)> = store.variables().into_iter().collect();
    named.sort_by(|x, y| x.0.cmp(&y.0));
    tch::no_grad(|| {
        for (number, (_, mut variable)) in named.into_iter().enumerate() {
            let bound = 1.0 / sqrt(variable.size().last().copied().unwrap_or(1) as f64);
            let mut stream = draw(seed, Purpose::Training, number as u64, 8);
            let values: Vec<f32> =
                (0..variable.numel()).map(|_| ((2.0 * stream.uniform() - 1.0) * bound) as f32).collect();
            variable.copy_(&Tensor::from_slice(&values).reshape(variable.size()));
        }
    });
}

/// `n` days in random order.
fn pick(days: &[Chain], n: usize, seed: u64, side: u64) -> Vec<&Chain> {
    let mut stream = draw(seed, Purpose::Bootstrap, side, u32::MAX);
    let mut days: Vec<&Chain> = days.iter().collect();
    for at in 0..n {
        let other = at + stream.below((days.len() - at) as u32) as usize;
        days.swap(at, other);
    }
    days.truncate(n);
    days
}

/// Trains the network on half of each set and measures it on two fifths; of the epochs (and the untrained
/// network) the one counts that does best on the tenth between.
fn ask(a: &[&Chain], b: &[&Chain], seed: u64) -> TwoSample {
    let n = a.len();
    let (train, choose) = (n / 2, n / 2 + n / 10);
    let part = |from: usize, to: usize| -> Vec<(&Chain, f32)> {
        let label = |side: &[&'_ Chain], label: f32| -> Vec<f32> { vec![label; side[from..to].len()] };
        let days = a[from..to].iter().chain(&b[from..to]).copied();
        days.zip(label(a, 0.0).into_iter().chain(label(b, 1.0))).collect()
    };
    let (train, choose, test) = (part(0, train), part(train, choose), part(choose, n));
    let store = nn::VarStore::new(Device::Cpu);
    let root = store.root();
    let network = nn::seq()
        .add(nn::linear(&root / "in", FEATURES as i64, HIDDEN, nn::LinearConfig::default()))
        .add_fn(Tensor::relu)
        .add(nn::linear(&root / "out", HIDDEN, 1, nn::LinearConfig::default()));
    begin(&store, seed);
    let mut best = (area(&network, &choose), area(&network, &test));
    if let Ok(mut adam) = (nn::Adam { wd: WEIGHT_DECAY, ..nn::Adam::default() }).build(&store, LEARNING_RATE)
    {
        for epoch in 0..EPOCHS {
            fit(&network, &mut adam, &train, seed, epoch);
            let chosen = area(&network, &choose);
            if chosen > best.0 {
                best = (chosen, area(&network, &test));
            }
        }
    }
    let each = test.len() as f64 / 2.0;
    // Mann and Whitney 1947: variance of the statistic under one law, over n².
    TwoSample {
        auc: best.1,
        standard_error: sqrt((2.0 * each + 1.0) / (12.0 * each * each)),
        n: test.len() / 2,
    }
}

/// One epoch: the days in random order, a step a batch.
fn fit(network: &nn::Sequential, adam: &mut nn::Optimizer, days: &[(&Chain, f32)], seed: u64, epoch: u32) {
    let mut order: Vec<usize> = (0..days.len()).collect();
    let mut stream = draw(seed, Purpose::Training, u64::from(epoch), 7);
    for last in (1..order.len()).rev() {
        order.swap(last, stream.below(last as u32 + 1) as usize);
    }
    for batch in order.chunks(BATCH) {
        let batch: Vec<(&Chain, f32)> = batch.iter().map(|&at| days[at]).collect();
        let labels: Vec<f32> = batch.iter().map(|(_, label)| *label).collect();
        let logits = network.forward(&features(&batch)).squeeze_dim(1);
        let loss = logits.binary_cross_entropy_with_logits::<Tensor>(
            &Tensor::from_slice(&labels),
            None,
            None,
            tch::Reduction::Mean,
        );
        adam.backward_step(&loss);
    }
}

/// `[B, FEATURES]`. Of a day: a 1 for the activity of each slot, then counts of episodes, then a quarter of their
/// number, so that all features are of one size.
fn features(days: &[(&Chain, f32)]) -> Tensor {
    let mut values = vec![0.0_f32; days.len() * FEATURES];
    for (row, (day, _)) in values.chunks_exact_mut(FEATURES).zip(days) {
        for (slot, code) in day.to_slots().into_iter().enumerate() {
            row[slot * KINDS + usize::from(code) - 1] = 1.0;
        }
        for episode in &day.0 {
            row[SLOTS * KINDS + episode.activity.index()] += 1.0;
        }
        row[FEATURES - 1] = day.0.len() as f32 / 4.0;
    }
    Tensor::from_slice(&values).reshape([days.len() as i64, FEATURES as i64])
}

/// Area under the curve: the share of pairs (one of each set) that the network puts in the right order.
fn area(network: &nn::Sequential, days: &[(&Chain, f32)]) -> f64 {
    let mut scored: Vec<(f32, f32)> = Vec::with_capacity(days.len());
    tch::no_grad(|| {
        for batch in days.chunks(BATCH) {
            let logits = network.forward(&features(batch)).squeeze_dim(1).to_kind(Kind::Float);
            let logits = Vec::<f32>::try_from(&logits).unwrap_or_else(|_| vec![0.0; batch.len()]);
            scored.extend(logits.into_iter().zip(batch.iter().map(|(_, label)| *label)));
        }
    });
    area_of(scored)
}

/// The same of (score, label 0 or 1) pairs; equal scores count half.
fn area_of(mut scored: Vec<(f32, f32)>) -> f64 {
    scored.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (mut below, mut sum) = (0.0, 0.0);
    for tied in scored.chunk_by(|x, y| x.0 == y.0) {
        let ones = tied.iter().filter(|(_, label)| *label > 0.5).count() as f64;
        let zeros = tied.len() as f64 - ones;
        sum += ones * (below + zeros / 2.0);
        below += zeros;
    }
    let ones = scored.len() as f64 - below;
    if ones > 0.0 && below > 0.0 { sum / (ones * below) } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::activity::Slots;

    fn days(n: u64, seed: u64, late: u32) -> Vec<Chain> {
        let day = |person| {
            let mut stream = draw(seed, Purpose::Test, person, 0);
            let start = (24 + late + stream.below(12)) as usize;
            let mut slots: Slots = [1; SLOTS];
            slots[start..start + 20 + stream.below(12) as usize].fill(2);
            Chain::from_slots(&slots)
        };
        (0..n).map(day).collect()
    }

    #[test]
    fn the_area_by_hand() {
        assert_eq!(area_of(vec![(0.1, 0.0), (0.2, 1.0), (0.3, 0.0), (0.4, 1.0)]), 0.75);
        assert_eq!(area_of(vec![(0.1, 0.0), (0.1, 1.0)]), 0.5);
        assert_eq!(area_of(vec![(0.1, 0.0)]), 0.5);
    }

    #[test]
    fn one_law_cannot_be_told_apart_and_two_can() {
        let same = two_sample(&days(1200, 1, 0), &days(1200, 2, 0), 5).unwrap();
        assert!((same.auc - 0.5).abs() < 4.0 * same.standard_error, "{same:?}");
        let other = two_sample(&days(1200, 1, 0), &days(1200, 2, 6), 5).unwrap();
        assert!(other.auc > 0.75, "{other:?}");
        assert_eq!(two_sample(&days(1200, 1, 0), &days(1200, 2, 6), 5).unwrap(), other);
        assert!(two_sample(&days(5, 1, 0), &days(1200, 2, 6), 5).is_none());
    }
}

//! Training: the curriculum of masks, thawing, early stopping.
//!
//! A step hides a part of each day of the batch, and the loss is the cross-entropy of the true activities: fully
//! of hidden slots, little of visible ones. The share that is hidden grows along the training (`hidden_share`).
//! Of a twentieth of the persons 70 % of each day is hidden, always the same; the epoch with their least loss is
//! kept.

use super::loss::{Truth, loss};
use super::mask::{Hidden, Way, hidden_share, hide, mixed, shuffle};
use super::network::{MASK, NO_DAY, Network, Thaw};
use super::{Epoch, Settings};
use crate::Weights;
use crate::models::chain::KINDS;
use crate::models::reconstruct::Example;
use engine::activity::diary::uniform_of;
use engine::activity::{SLOTS, Slots};
use engine::draw::{Purpose, draw};
use engine::{Error, Result};
use tch::nn::OptimizerConfig;
use tch::{Tensor, nn};

/// Share of the persons whose loss stops the training.
const VALIDATION_SHARE: f64 = 0.05;
/// Chooses the persons, and what is hidden of their days.
const VALIDATION_SEED: u64 = 4;
/// Share of a validation day that is hidden.
const VALIDATION_HIDDEN: f64 = 0.7;
/// Largest norm of a step's gradient (not published).
const CLIP: f64 = 1.0;

/// A example on the grid of slots.
pub(super) struct Day<'a> {
    /// Codes of the activities, 1 to 15.
    slots: Slots,
    /// Where it comes from.
    example: &'a Example,
}

impl<'a> Day<'a> {
    fn new(example: &'a Example) -> Self {
        Self { slots: example.day.to_slots(), example }
    }
}

/// What one call of [`super::Reference::fit`] does.
pub(super) struct Course<'a> {
    pub(super) network: &'a Network,
    pub(super) settings: &'a Settings,
    /// Weight of each activity in the loss.
    pub(super) class_weights: [f32; KINDS],
    /// Most passes over the days.
    pub(super) epochs: u32,
    /// Seed of masks, order and dropout.
    pub(super) seed: u64,
    /// Whether layers thaw one after another (knowledge adaptation).
    pub(super) thaws: bool,
}

impl Course<'_> {
    /// Trains, and leaves the network with the weights of the best epoch on validation persons (the last epoch's
    /// where there are too few examples for any).
    pub(super) fn run(&self, examples: &[Example]) -> Result<Vec<Epoch>> {
        // Dropout is libtorch's own; every other draw is ours.
        tch::manual_seed((self.seed & i64::MAX as u64) as i64);
        let (validation, train): (Vec<Day>, Vec<Day>) = examples
            .iter()
            .map(Day::new)
            .partition(|d| uniform_of(VALIDATION_SEED, &d.example.who.person) < VALIDATION_SHARE);
        let settings = self.settings;
        self.network.thaw(Thaw::All);
        let adam = nn::Adam { wd: settings.l2, ..nn::Adam::default() };
        let mut adam = adam
            .build(&self.network.store, settings.learning_rate)
            .map_err(|e| Error::Other(format!("libtorch's Adam: {e}")))?;
        // Gradients of an earlier course must not move what is frozen in this one.
        adam.zero_grad();
        let mut history: Vec<Epoch> = Vec::new();
        let mut best: Option<(f64, Weights)> = None;
        let mut worse = 0;
        for epoch in 0..self.epochs {
            let train_loss = self.epoch(&train, epoch, &mut adam);
            let validation_loss = self.validate(&validation);
            history.push(Epoch { epoch: epoch + 1, epochs: self.epochs, train_loss, validation_loss });
            if validation.is_empty() {
                continue;
            }
            if best.as_ref().is_none_or(|(least, _)| validation_loss < *least) {
                best = Some((validation_loss, self.network.weights()));
                worse = 0;
            } else {
                worse += 1;
            }
            // The loss means little before the last phase of the curriculum.
            let along = f64::from(epoch + 1) / f64::from(self.epochs);
            if worse >= settings.patience && hidden_share(along) >= VALIDATION_HIDDEN {
                break;
            }
        }
        self.network.thaw(Thaw::All);
        if let Some((_, weights)) = best {
            self.network.restore("the best epoch".as_ref(), &weights)?;
        }
        Ok(history)
    }

    /// One pass over the days; gives their mean loss.
    fn epoch(&self, days: &[Day], epoch: u32, adam: &mut nn::Optimizer) -> f64 {
        let batch = self.settings.batch.max(1);
        let mut order: Vec<usize> = (0..days.len()).collect();
        shuffle(&mut order, &mut draw(self.seed, Purpose::Training, u64::from(epoch), 22));
        let n_steps = order.len().div_ceil(batch);
        let mut total = 0.0;
        for (step, rows) in order.chunks(batch).enumerate() {
            let along = (f64::from(epoch) + step as f64 / n_steps as f64) / f64::from(self.epochs);
            if self.thaws {
                self.network.thaw(Thaw::at(along));
            }
            let share = hidden_share(along);
            let mask = |row: usize| {
                let entity = u64::from(epoch) << 32 | row as u64;
                mixed(&days[row].slots, share, &mut draw(self.seed, Purpose::Training, entity, 23))
            };
            let batch: Vec<(&Day, Hidden)> = rows.iter().map(|&row| (&days[row], mask(row))).collect();
            let (tensor, value) = self.loss(&batch, self.settings.dropout);
            adam.backward_step_clip_norm(&tensor, CLIP);
            total += value * rows.len() as f64;
        }
        total / days.len().max(1) as f64
    }

    /// Mean loss of days of which 70 % is hidden, always the same.
    fn validate(&self, days: &[Day]) -> f64 {
        let mask = |row: usize, day: &Day| {
            let way = Way::ALL[row % Way::ALL.len()];
            let mut stream = draw(VALIDATION_SEED, Purpose::Training, row as u64, 24);
            hide(&day.slots, way, VALIDATION_HIDDEN, &mut stream)
        };
        let hidden: Vec<(&Day, Hidden)> =
            days.iter().enumerate().map(|(row, day)| (day, mask(row, day))).collect();
        let sum: f64 = tch::no_grad(|| {
            hidden.chunks(256).map(|batch| self.loss(batch, 0.0).1 * batch.len() as f64).sum()
        });
        sum / days.len().max(1) as f64
    }

    /// Loss of a batch with its gradient, and its value. Real slots and those that a model completed are summed
    /// apart, as the paper weighs them apart.
    fn loss(&self, batch: &[(&Day, Hidden)], dropout: f64) -> (Tensor, f64) {
        let visible = self.settings.visible_weight as f32;
        let mut truth = Truth {
            activities: Vec::with_capacity(batch.len() * SLOTS),
            weights: [const { Vec::new() }; 2],
            class_weights: self.class_weights,
        };
        let mut tokens = Vec::with_capacity(batch.len() * SLOTS);
        for (day, hidden) in batch {
            let weight = day.example.weight as f32;
            for ((&code, &hidden), &real) in day.slots.iter().zip(hidden).zip(&day.example.real) {
                let activity = i64::from(code) - 1;
                truth.activities.push(activity);
                tokens.push(if hidden { MASK } else { activity });
                let weight = if hidden { weight } else { weight * visible };
                let (real, synthetic) = if real { (weight, 0.0) } else { (0.0, weight) };
                truth.weights[0].push(real);
                truth.weights[1].push(synthetic);
            }
        }
        let weekdays: Vec<i64> = batch.iter().map(|(day, _)| weekday(day.example.who.weekday)).collect();
        loss(&forward(self.network, &tokens, &weekdays, dropout), &truth)
    }
}

/// The network's number of a day of the week.
pub(super) fn weekday(told: Option<u8>) -> i64 {
    told.map_or(NO_DAY, |day| i64::from(day.min(6)))
}

/// Log-odds of days given as numbers.
pub(super) fn forward(network: &Network, tokens: &[i64], weekdays: &[i64], dropout: f64) -> Tensor {
    let device = network.store.device();
    let tokens = Tensor::from_slice(tokens).reshape([-1, SLOTS as i64]).to_device(device);
    network.forward(&tokens, &Tensor::from_slice(weekdays).to_device(device), dropout)
}

/// Weights of the activities in the cross-entropy: the inverse square root of their share of the slots, with mean 1
/// over the slots. (The paper weighs classes but does not print how.)
pub(super) fn class_weights(examples: &[Example]) -> [f32; KINDS] {
    let mut counts = [0.0_f64; KINDS];
    for example in examples {
        example.day.to_slots().iter().for_each(|&code| counts[usize::from(code) - 1] += example.weight);
    }
    let total: f64 = counts.iter().sum();
    // An activity of less than a thousandth (or of which there is none) weighs as one of a thousandth.
    let raw = counts.map(|n| 1.0 / (n / total.max(1.0)).max(1e-3).sqrt());
    let mean = raw.iter().zip(&counts).map(|(weight, n)| weight * n).sum::<f64>() / total.max(1.0);
    raw.map(|weight| if mean > 0.0 { (weight / mean) as f32 } else { 1.0 })
}

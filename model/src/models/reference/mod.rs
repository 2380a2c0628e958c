//! The model of seed 002 as published ("activity reconstruction", §4.1.2 and §6.1.3), to compare with: a transformer
//! that reads a day with hidden slots and gives the chances of the 15 activities in each, slot by slot.
//!
//! Sizes, class weights, the weight of visible slots, the way of decoding and the scale of the warping term are not
//! published; what was chosen is said where it is chosen.

mod fit;
mod loss;
mod mask;
mod network;
#[cfg(test)]
mod tests;
mod trained;
mod warp;

pub use trained::Trained;

use crate::Weights;
use crate::models::chain::weights::Array;
use crate::models::chain::{KINDS, Observed, numbers};
use crate::models::reconstruct::{Example, Reconstructor};
use crate::torch::with_threads;
use engine::activity::diary::Diary;
use engine::activity::{Activity, Chain, SLOTS, Slots};
use engine::draw::{Purpose, draw};
use engine::{Fault, Result};
use fit::{Course, class_weights, forward, weekday};
use network::{MASK, Network};
use serde::{Deserialize, Serialize};
use std::path::Path;
use tch::Kind;

/// Name of the class weights among the weights.
const CLASS_WEIGHTS: &str = "class_weights";
/// Days a pass when completing.
const PASS: usize = 256;

/// The transformer's size (none is published; this one is for a laptop).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Numbers that stand for a slot.
    pub width: i64,
    /// Heads of attention; they share the width.
    pub heads: i64,
    /// Width inside a layer.
    pub inner: i64,
    /// Encoder layers.
    pub encoders: u32,
    /// Decoder layers.
    pub decoders: u32,
}

/// How a slot is filled from its chances (not published).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decode {
    /// The most likely activity.
    Likeliest,
    /// Drawn, each slot for itself.
    Drawn,
}

/// How the reference trains and decodes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The network's size.
    pub size: Size,
    /// Share of numbers dropped in training.
    pub dropout: f64,
    /// Step of Adam (§6.1.3: 0.001).
    pub learning_rate: f64,
    /// Days a step (§6.1.3: 512, of 700,000 days; with few thousand days that would be a dozen steps an epoch).
    pub batch: usize,
    /// L2 regularization.
    pub l2: f64,
    /// Weight in the cross-entropy of a slot that is not hidden (1 of a hidden one): to copy it is trivial.
    pub visible_weight: f64,
    /// Epochs without improvement on validation persons after which training stops.
    pub patience: u32,
    /// Whether decoding divides the class weights out of the chances that they bent.
    pub undo_class_weights: bool,
    /// Whether every training but the first thaws layers one after another (§4.2.1). Algorithm 1 does not.
    pub thaws: bool,
    /// How slots are filled.
    pub decode: Decode,
    /// Threads of libtorch; the result is the same with the same number on the same machine.
    pub n_threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            size: Size { width: 48, heads: 4, inner: 192, encoders: 2, decoders: 2 },
            dropout: 0.1,
            learning_rate: 1e-3,
            batch: 32,
            l2: 1e-5,
            visible_weight: 0.1,
            patience: 3,
            undo_class_weights: true,
            thaws: true,
            decode: Decode::Drawn,
            n_threads: 1,
        }
    }
}

/// How training goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Epoch {
    /// 1, 2, ….
    pub epoch: u32,
    /// How many there will be at most.
    pub epochs: u32,
    /// Mean loss of the training days, each with its mask.
    pub train_loss: f64,
    /// Mean loss of validation persons (a twentieth), 70 % hidden; 0 where there are none.
    pub validation_loss: f64,
}

/// The reference model.
pub struct Reference {
    settings: Settings,
    network: Network,
    class_weights: [f32; KINDS],
    /// Epochs of the last training.
    pub history: Vec<Epoch>,
    taught: bool,
}

impl Reference {
    /// An untrained model.
    pub fn fresh(settings: Settings, seed: u64) -> Self {
        let network = Network::fresh(&settings.size, seed);
        Self { settings, network, class_weights: [1.0; KINDS], history: Vec::new(), taught: false }
    }

    /// The numbers of a trained model.
    pub fn weights(&self) -> Weights {
        let mut weights = self.network.weights();
        let values = self.class_weights.to_vec();
        weights.arrays.insert(CLASS_WEIGHTS.into(), Array { shape: vec![KINDS], values });
        weights
    }

    /// A model with the numbers of a trained one; `file` is their name for messages.
    ///
    /// # Errors
    /// They are not of this size.
    pub fn with_weights(file: impl AsRef<Path>, weights: &Weights, settings: Settings) -> Result<Self> {
        let mut model = Self::fresh(settings, 0);
        model.network.restore(file.as_ref(), weights)?;
        let values =
            weights.arrays.get(CLASS_WEIGHTS).and_then(|array| array.values.as_slice().try_into().ok());
        model.class_weights = values.ok_or_else(|| {
            Fault::new(file.as_ref(), CLASS_WEIGHTS, "the array is missing or has another shape")
                .expected("15 numbers")
                .advice("train it anew")
        })?;
        model.taught = true;
        Ok(model)
    }

    /// The chances `[SLOTS, KINDS]` of each day.
    fn chances(&self, days: &[(Diary, Observed)]) -> Vec<f32> {
        let token = |seen: &Option<Activity>| seen.map_or(MASK, |activity| activity.index() as i64);
        let mut all = Vec::with_capacity(days.len() * SLOTS * KINDS);
        with_threads(self.settings.n_threads, || {
            for days in days.chunks(PASS) {
                let tokens: Vec<i64> =
                    days.iter().flat_map(|(_, seen)| seen.slots.iter().map(token)).collect();
                let weekdays: Vec<i64> = days.iter().map(|(who, _)| weekday(who.weekday)).collect();
                let logits = tch::no_grad(|| forward(&self.network, &tokens, &weekdays, 0.0));
                all.extend(numbers(&logits.softmax(-1, Kind::Float)));
            }
        });
        all
    }

    /// A slot's activity (code) from its chances.
    fn fill(&self, chances: &[f32], stream: &mut engine::draw::Draw) -> u8 {
        let weight =
            |kind: usize| if self.settings.undo_class_weights { self.class_weights[kind] } else { 1.0 };
        let chances: [f64; KINDS] = std::array::from_fn(|kind| f64::from(chances[kind] / weight(kind)));
        let likeliest =
            (0..KINDS).fold(0, |best, kind| if chances[kind] > chances[best] { kind } else { best });
        let kind = match self.settings.decode {
            Decode::Likeliest => likeliest,
            Decode::Drawn => stream.weighted(&chances).unwrap_or(likeliest),
        };
        Activity::ALL[kind].code()
    }
}

impl Reconstructor for Reference {
    fn name(&self) -> &'static str {
        match self.settings.decode {
            Decode::Likeliest => "reference, likeliest",
            Decode::Drawn => "reference, drawn",
        }
    }

    fn fit(&mut self, examples: &[Example], epochs: u32, seed: u64) -> Result<()> {
        if examples.is_empty() {
            return Err(Fault::new("examples", "", "hold no day to learn from").into());
        }
        self.class_weights = class_weights(examples);
        let course = Course {
            network: &self.network,
            settings: &self.settings,
            class_weights: self.class_weights,
            epochs,
            seed,
            thaws: self.taught && self.settings.thaws,
        };
        self.history = with_threads(self.settings.n_threads, || course.run(examples))?;
        self.taught = true;
        Ok(())
    }

    fn complete(&self, days: &[(Diary, Observed)], seed: u64) -> Result<Vec<Option<Chain>>> {
        let chances = self.chances(days);
        let one = |(row, ((_, seen), chances)): (usize, (&(Diary, Observed), &[f32]))| {
            let mut stream = draw(seed, Purpose::Chain, row as u64, 20);
            let slots: Slots = std::array::from_fn(|slot| match seen.slots[slot] {
                Some(activity) => activity.code(),
                None => self.fill(&chances[slot * KINDS..(slot + 1) * KINDS], &mut stream),
            });
            Some(Chain::from_slots(&slots))
        };
        Ok(days.iter().zip(chances.chunks_exact(SLOTS * KINDS)).enumerate().map(one).collect())
    }
}

//! The transformer: an encoder, a decoder and a small head over the 15 activities of each slot.
//!
//! Published is "Transformer encoder and decoder layers with an MLP, temporal features" (seed 002, Fig. 3), no size and
//! no way of decoding. Chosen: both halves read the day with its hidden slots masked (activity or MASK, plus slot,
//! plus day of the week); the decoder also attends to the encoder's output; no slot is kept from seeing another;
//! layers are normalised before they work (Xiong et al. 2020), which needs no warm-up.
//!
//! The variables, by the names under which a weight file holds them (`width` and `inner` of [`Size`]):
//!
//! | name | shape | what it is |
//! |---|---|---|
//! | `embed_token` | 16 × width | a row for each activity, and one for MASK |
//! | `embed_slot` | 96 × width | a row for each quarter hour |
//! | `embed_weekday` | 7 × width | a row for each day of the week |
//! | `encoder0_…`, `decoder0_…`, … | – | a layer: attention (`own`, in the decoder `cross` too), then a network of two layers (`wide`, `narrow`) |
//! | `encoder_norm_…`, `decoder_norm_…` | width | the normalisation after the last layer of each half |
//! | `head_hidden_…`, `head_output_…` | width × width, 15 × width | the head |
//!
//! Of a linear layer there are `weight` (out × in) and `bias`, of a normalisation `scale` and `shift`.

use super::Size;
use crate::Weights;
use crate::models::chain::weights::Array;
use crate::models::chain::{KINDS, numbers};
use crate::torch::device;
use engine::activity::SLOTS;
use engine::draw::{Purpose, draw};
use engine::float::{cos, exp, log, sin};
use engine::{Fault, Result};
use std::collections::BTreeMap;
use std::path::Path;
use tch::{Kind, Tensor, nn};

/// The token of a hidden slot.
pub(super) const MASK: i64 = KINDS as i64;
/// The day of the week that is not told.
pub(super) const NO_DAY: i64 = 7;

/// When transfer learning thaws what (seed 002, §4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thaw {
    /// Embeddings and head only: the first quarter of the training.
    Ends,
    /// And the encoder's and decoder's layers nearest the input: the second quarter.
    First,
    /// Everything.
    All,
}

impl Thaw {
    /// What may learn when the share `along` (0 to 1) of the training is done.
    pub(super) fn at(along: f64) -> Self {
        match along {
            a if a < 0.25 => Self::Ends,
            a if a < 0.5 => Self::First,
            _ => Self::All,
        }
    }

    /// When a variable thaws.
    pub(super) fn of(name: &str) -> Self {
        if name.starts_with("embed_") || name.starts_with("head_") {
            Self::Ends
        } else if name.starts_with("encoder0_") || name.starts_with("decoder0_") {
            Self::First
        } else {
            Self::All
        }
    }
}

/// A linear layer: x Wᵀ + b.
struct Dense {
    weight: Tensor,
    bias: Tensor,
}

impl Dense {
    fn run(&self, x: &Tensor) -> Tensor {
        x.linear(&self.weight, Some(&self.bias))
    }
}

/// Layer normalisation over the last dimension, with a learned scale and shift.
struct Norm {
    weight: Tensor,
    bias: Tensor,
}

impl Norm {
    fn run(&self, x: &Tensor) -> Tensor {
        x.layer_norm(self.weight.size(), Some(&self.weight), Some(&self.bias), 1e-5, false)
    }
}

/// Attention of several heads, its input normalised.
struct Attention {
    norm: Norm,
    /// From what a slot holds to what it looks for.
    query: Dense,
    /// Keys and values at once.
    memory: Dense,
    /// From the heads' outputs, side by side, back to the width.
    out: Dense,
}

/// A layer of either half. Each of its parts is added to its input.
struct Layer {
    /// Attention of the slots to each other.
    own: Attention,
    /// Attention of the decoder's slots to the encoder's output; the encoder has none.
    cross: Option<Attention>,
    norm: Norm,
    /// The first of two linear layers for each slot by itself, with a ReLU after it.
    wide: Dense,
    /// The second.
    narrow: Dense,
}

/// The network and its variables.
pub(super) struct Network {
    pub(super) store: nn::VarStore,
    size: Size,
    /// `[KINDS + 1, width]`: what an activity, or a hidden slot, adds.
    token: Tensor,
    /// `[SLOTS, width]`: what the time of day adds.
    slot: Tensor,
    /// `[7, width]`: what a told day of the week adds; starts at zero, so that days that no example told add nothing.
    weekday: Tensor,
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
    /// After the encoder's last layer, and after the decoder's.
    norms: [Norm; 2],
    hidden: Dense,
    output: Dense,
}

/// Makes variables one by one.
struct Builder<'a> {
    store: &'a nn::VarStore,
    /// Seed of all first weights.
    seed: u64,
    /// Arrays drawn so far: part of the key of the next draws, so that no two arrays share any.
    number: u64,
}

impl Builder<'_> {
    /// A variable of normal draws with mean 0 and standard deviation `spread`.
    fn drawn(&mut self, name: &str, shape: [i64; 2], spread: f64) -> Tensor {
        let mut stream = draw(self.seed, Purpose::Training, self.number, 21);
        self.number += 1;
        let values: Vec<f32> = (0..shape[0] * shape[1]).map(|_| (stream.normal() * spread) as f32).collect();
        self.store.root().var_copy(name, &Tensor::from_slice(&values).reshape(shape))
    }

    /// Weights of a spread that keeps the size of what passes through; no bias at first.
    fn dense(&mut self, name: &str, from: i64, to: i64) -> Dense {
        let weight = self.drawn(&format!("{name}_weight"), [to, from], 1.0 / (from as f64).sqrt());
        Dense { weight, bias: self.store.root().zeros(&format!("{name}_bias"), &[to]) }
    }

    /// A normalisation that begins with scale 1 and no shift.
    fn norm(&mut self, name: &str, width: i64) -> Norm {
        let root = self.store.root();
        Norm {
            weight: root.ones(&format!("{name}_scale"), &[width]),
            bias: root.zeros(&format!("{name}_shift"), &[width]),
        }
    }

    fn attention(&mut self, name: &str, width: i64) -> Attention {
        Attention {
            norm: self.norm(&format!("{name}_norm"), width),
            query: self.dense(&format!("{name}_query"), width, width),
            memory: self.dense(&format!("{name}_memory"), width, 2 * width),
            out: self.dense(&format!("{name}_out"), width, width),
        }
    }

    /// A layer, `crossed` in the decoder.
    fn layer(&mut self, name: &str, size: &Size, crossed: bool) -> Layer {
        let width = size.width;
        Layer {
            own: self.attention(&format!("{name}_own"), width),
            cross: crossed.then(|| self.attention(&format!("{name}_cross"), width)),
            norm: self.norm(&format!("{name}_norm"), width),
            wide: self.dense(&format!("{name}_wide"), width, size.inner),
            narrow: self.dense(&format!("{name}_narrow"), size.inner, width),
        }
    }
}

impl Network {
    /// Fresh weights drawn from `seed`.
    pub(super) fn fresh(size: &Size, seed: u64) -> Self {
        let store = nn::VarStore::new(device());
        let mut make = Builder { store: &store, seed, number: 0 };
        let width = size.width;
        let token = make.drawn("embed_token", [KINDS as i64 + 1, width], 0.3);
        let slot = store.root().var_copy("embed_slot", &waves(width));
        let weekday = store.root().zeros("embed_weekday", &[7, width]);
        let encoder = (0..size.encoders).map(|n| make.layer(&format!("encoder{n}"), size, false)).collect();
        let decoder = (0..size.decoders).map(|n| make.layer(&format!("decoder{n}"), size, true)).collect();
        let norms = [make.norm("encoder_norm", width), make.norm("decoder_norm", width)];
        let hidden = make.dense("head_hidden", width, width);
        let output = make.dense("head_output", width, KINDS as i64);
        Self { size: *size, token, slot, weekday, encoder, decoder, norms, hidden, output, store }
    }

    /// Log-odds `[B, SLOTS, KINDS]` of tokens `[B, SLOTS]` (activity indices or [`MASK`]) and days of the week `[B]`
    /// (or [`NO_DAY`]). `dropout` is 0 but in training.
    pub(super) fn forward(&self, tokens: &Tensor, weekdays: &Tensor, dropout: f64) -> Tensor {
        let width = self.size.width;
        let untold = Tensor::zeros([1, width], (Kind::Float, self.weekday.device()));
        let day = Tensor::cat(&[&self.weekday, &untold], 0).index_select(0, weekdays);
        let read = Tensor::embedding(&self.token, tokens, -1, false, false) + &self.slot + day.unsqueeze(1);
        let read = drop(read, dropout);
        let mut memory = read.shallow_clone();
        for layer in &self.encoder {
            memory = self.layer(layer, memory, None, dropout);
        }
        let memory = self.norms[0].run(&memory);
        let mut x = read;
        for layer in &self.decoder {
            x = self.layer(layer, x, Some(&memory), dropout);
        }
        let x = self.norms[1].run(&x);
        self.output.run(&drop(self.hidden.run(&x).relu(), dropout))
    }

    /// Runs one layer over `[B, SLOTS, width]`; `memory` is the encoder's output, for the decoder.
    fn layer(&self, layer: &Layer, x: Tensor, memory: Option<&Tensor>, dropout: f64) -> Tensor {
        let normed = layer.own.norm.run(&x);
        let mut x = x + drop(self.attend(&layer.own, &normed, &normed), dropout);
        if let (Some(cross), Some(memory)) = (&layer.cross, memory) {
            let normed = cross.norm.run(&x);
            // A new tensor: the gradient needs the old one.
            x = &x + drop(self.attend(cross, &normed, memory), dropout);
        }
        let inner = layer.wide.run(&layer.norm.run(&x)).relu();
        let out = layer.narrow.run(&drop(inner, dropout));
        x + drop(out, dropout)
    }

    /// Attention of `x` to `memory` (`[B, SLOTS, width]` both), each head on its own part of the width.
    fn attend(&self, attention: &Attention, x: &Tensor, memory: &Tensor) -> Tensor {
        let (width, heads) = (self.size.width, self.size.heads);
        let split = |t: &Tensor| t.reshape([-1, SLOTS as i64, heads, width / heads]).transpose(1, 2);
        let both = attention.memory.run(memory);
        let [query, key, value] =
            [attention.query.run(x), both.narrow(2, 0, width), both.narrow(2, width, width)]
                .map(|t| split(&t));
        let out = Tensor::scaled_dot_product_attention::<&Tensor>(
            &query, &key, &value, None, 0.0, false, None, false,
        );
        attention.out.run(&out.transpose(1, 2).reshape([-1, SLOTS as i64, width]))
    }

    /// The variables by name.
    pub(super) fn variables(&self) -> BTreeMap<String, Tensor> {
        self.store.variables().into_iter().collect()
    }

    /// Lets exactly the variables learn that have thawed by `now`.
    pub(super) fn thaw(&self, now: Thaw) {
        for (name, variable) in self.variables() {
            let _ = variable.set_requires_grad(Thaw::of(&name) <= now);
        }
    }

    /// Copies the numbers out.
    pub(super) fn weights(&self) -> Weights {
        let array = |tensor: &Tensor| Array {
            shape: tensor.size().iter().map(|&side| side as usize).collect(),
            values: numbers(tensor),
        };
        let arrays = self.variables().iter().map(|(name, tensor)| (name.clone(), array(tensor))).collect();
        Weights { arrays, ..Weights::default() }
    }

    /// Puts numbers back into the variables.
    ///
    /// # Errors
    /// An array is missing or has another shape.
    pub(super) fn restore(&self, file: &Path, weights: &Weights) -> Result<()> {
        for (name, mut variable) in self.variables() {
            let shape: Vec<usize> = variable.size().iter().map(|&side| side as usize).collect();
            let Some(array) = weights.arrays.get(&name).filter(|array| array.shape == shape) else {
                return Err(Fault::new(file, name, "the array is missing or has another shape")
                    .expected(format!("{shape:?}"))
                    .advice("train it anew")
                    .into());
            };
            let values = Tensor::from_slice(&array.values).reshape(variable.size());
            tch::no_grad(|| variable.copy_(&values));
        }
        Ok(())
    }
}

/// Sets a share of the numbers to 0 and scales the rest up, in training; nothing where the share is 0.
fn drop(x: Tensor, share: f64) -> Tensor {
    if share > 0.0 { x.dropout(share, true) } else { x }
}

/// Sines and cosines of the slot (Vaswani et al. 2017), from which the slots' embedding starts.
fn waves(width: i64) -> Tensor {
    let mut values = Vec::with_capacity(SLOTS * width as usize);
    for slot in 0..SLOTS {
        for at in 0..width {
            let rate = exp(-log(10_000.0) * (at / 2 * 2) as f64 / width as f64);
            let angle = slot as f64 * rate;
            values.push(0.3 * if at % 2 == 0 { sin(angle) } else { cos(angle) } as f32);
        }
    }
    Tensor::from_slice(&values).reshape([SLOTS as i64, width])
}

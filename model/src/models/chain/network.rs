//! The feature network: from a condition and a slot to the log-odds of the chain ([`Table`]).
//!
//! Two hidden layers of [`HIDDEN`] units (SiLU) on the person's features and on smooth functions of the time
//! of day give, per slot, the hazard of each activity, the next activity given each activity, and (at
//! midnight) the first activity. Free numbers per slot, elapsed time and past ([`Effects`]) and per survey
//! coding are added. About 40 thousand numbers in all.
//!
//! The arrays, by the names under which a weight file holds them. H is 64; 15 activities; 255 outputs a slot (15
//! hazards, 15 × 15 next activities, 15 first activities):
//!
//! | array | shape | adds to |
//! |---|---|---|
//! | `condition`, `weekend` | features × H | the first hidden layer: who the person is, the kind of day |
//! | `time`, `slot` | 24 × H, 96 × 8 | the first hidden layer: harmonics of the time of day, and free numbers for each slot |
//! | `bias1`, `hidden`, `bias2` | H, H × H, H | the hidden layers |
//! | `output`, `bias3` | H × 255, 255 | the outputs |
//! | `slot_end` | 96 × 15 | the hazard, by slot |
//! | `elapsed`, `elapsed_fine` | 15 × classes, 15 × 96 | the hazard, by how long the activity has lasted: in classes, and by quarter hour |
//! | `elapsed_begun` | (15 · 12) × classes | the hazard, by elapsed time and the two hours in which the activity began |
//! | `first_end` | 96 × 15 | the hazard of the day's first activity, whose beginning is not known |
//! | `past_end`, `past_next` | 16 × 15, (16 · 15) × 15 | hazard and next activity, by what was done before |
//! | `before_next` | (16 · 15) × 15 | the next activity, by the activity before the present one |
//! | `coding_start`, `coding_end`, `coding_when`, `coding_next` | a row for each survey | first activity, hazard, hazard by slot, next activity: how the survey codes its days |
//! | `class` | a number for each class | log-odds of the classes of persons, for days that do not state their person |
//!
//! Begin with [`Network::forward`] (many conditions at once, in training) and [`Network::table`] (one, for
//! drawing days).

use super::condition::{Condition, FEATURES};
use super::table::{Effects, KINDS, Table};
use super::walk::{BLOCKS, ELAPSED, NONE, PASTS, elapsed_class};
use super::weights::{Array, Weights};
use engine::activity::SLOTS;
use engine::draw::{Purpose, draw};
use engine::float::{cos, sin};
use engine::{Fault, Result};
use std::path::Path;
use tch::{Device, Kind, Tensor, nn};

/// Units of each hidden layer.
const HIDDEN: usize = 64;
/// Sine and cosine of this many harmonics of the day.
const HARMONICS: usize = 8;
/// Free numbers a slot that feed the network.
const FREE: usize = 8;
/// Outputs a slot: hazards, next activities, first activities.
const OUTPUTS: usize = KINDS + KINDS * KINDS + KINDS;
/// Prior standard deviation of the finer effects of elapsed time.
const FINE: f64 = 0.5;
/// Name and shape of an array of weights, and how it starts.
struct Spec {
    /// Name in the weight file.
    name: &'static str,
    /// Sides, the first one outermost.
    shape: Vec<usize>,
    /// Standard deviation of the initial weights.
    spread: f64,
    /// Standard deviation of the Gaussian prior that holds it (log-odds added one by one).
    prior: Option<f64>,
}

/// The arrays, in the order of the fields of [`Network`]. `n_codings` surveys and `n_classes` classes of persons
/// give some of them their first side.
fn specs(n_codings: usize, n_classes: usize) -> [Spec; 22] {
    let layer = |name, shape: Vec<usize>| {
        let spread = 1.0 / (shape[0] as f64).sqrt();
        Spec { name, shape, spread, prior: None }
    };
    let zeros = |name, shape| Spec { name, shape, spread: 0.0, prior: None };
    let bias = |name, n| zeros(name, vec![n]);
    let effect = |name, shape| Spec { name, shape, spread: 0.0, prior: Some(1.0) };
    let fine = |name, shape| Spec { prior: Some(FINE), ..effect(name, shape) };
    [
        // What persons tell begins without a say; kinds of day, which a survey may leave open, must differ from the
        // beginning or they never would.
        zeros("condition", vec![FEATURES - 1, HIDDEN]),
        Spec { spread: 0.3, ..layer("weekend", vec![1, HIDDEN]) },
        layer("time", vec![2 * HARMONICS + FREE, HIDDEN]),
        bias("bias1", HIDDEN),
        layer("hidden", vec![HIDDEN, HIDDEN]),
        bias("bias2", HIDDEN),
        Spec { spread: 0.3 / (HIDDEN as f64).sqrt(), ..layer("output", vec![HIDDEN, OUTPUTS]) },
        bias("bias3", OUTPUTS),
        Spec { spread: 0.3, prior: None, ..effect("slot", vec![SLOTS, FREE]) },
        effect("slot_end", vec![SLOTS, KINDS]),
        effect("elapsed", vec![KINDS, ELAPSED]),
        fine("elapsed_fine", vec![KINDS, SLOTS]),
        fine("elapsed_begun", vec![KINDS * BLOCKS, ELAPSED]),
        fine("first_end", vec![SLOTS, KINDS]),
        effect("past_end", vec![PASTS, KINDS]),
        effect("past_next", vec![PASTS * KINDS, KINDS]),
        effect("before_next", vec![(NONE + 1) * KINDS, KINDS]),
        effect("coding_start", vec![n_codings, KINDS]),
        effect("coding_end", vec![n_codings, KINDS]),
        fine("coding_when", vec![n_codings, SLOTS * KINDS]),
        effect("coding_next", vec![n_codings, KINDS * KINDS]),
        bias("class", n_classes),
    ]
}

/// The network's tensors. Each field is the array of its name.
pub(crate) struct Network {
    condition: Tensor,
    weekend: Tensor,
    time: Tensor,
    bias1: Tensor,
    hidden: Tensor,
    bias2: Tensor,
    output: Tensor,
    /// Constant log-odds: hazards, next activities, first activities.
    pub(crate) bias3: Tensor,
    slot: Tensor,
    slot_end: Tensor,
    /// Effects of elapsed time on the hazard, added up by [`Network::since`].
    elapsed: Tensor,
    elapsed_fine: Tensor,
    elapsed_begun: Tensor,
    first_end: Tensor,
    pub(crate) past_end: Tensor,
    pub(crate) past_next: Tensor,
    pub(crate) before_next: Tensor,
    pub(crate) coding_start: Tensor,
    pub(crate) coding_end: Tensor,
    /// At what times activities end in a survey: its region keeps its own hours.
    coding_when: Tensor,
    pub(crate) coding_next: Tensor,
    /// Log-odds of the classes of persons.
    pub(crate) class: Tensor,
    /// `[SLOTS, 2 HARMONICS]`, fixed.
    harmonics: Tensor,
}

/// Names each array once, in the order of `specs`: [`Network::gather`] makes them, [`Network::tensors`] lists them.
macro_rules! arrays {
    ($($name:ident),*) => {
        impl Network {
            /// Makes the arrays and gives each its field; one list serves training and loading.
            fn gather(
                device: Device,
                n_codings: usize,
                n_classes: usize,
                mut make: impl FnMut(&Spec) -> Tensor,
            ) -> Self {
                let [$($name),*] = specs(n_codings, n_classes).map(|spec| make(&spec));
                Self { $($name,)* harmonics: harmonics().to_device(device) }
            }

            /// The arrays.
            fn tensors(&self) -> [&Tensor; 22] {
                [$(&self.$name),*]
            }
        }
    };
}

arrays!(
    condition,
    weekend,
    time,
    bias1,
    hidden,
    bias2,
    output,
    bias3,
    slot,
    slot_end,
    elapsed,
    elapsed_fine,
    elapsed_begun,
    first_end,
    past_end,
    past_next,
    before_next,
    coding_start,
    coding_end,
    coding_when,
    coding_next,
    class
);

/// What the network says of `C` conditions.
pub(crate) struct Outputs {
    /// `[C, KINDS]`.
    pub(crate) start: Tensor,
    /// `[C, SLOTS, KINDS]`.
    pub(crate) end: Tensor,
    /// `[C, SLOTS, KINDS * KINDS]`.
    pub(crate) next: Tensor,
}

impl Network {
    /// Fresh weights drawn from `seed`, as trainable variables of `store`.
    pub(crate) fn fresh(store: &nn::VarStore, n_codings: usize, n_classes: usize, seed: u64) -> Self {
        let mut number = 0;
        Self::gather(store.device(), n_codings, n_classes, |spec| {
            let mut stream = draw(seed, Purpose::Training, number, 1);
            number += 1;
            let n: usize = spec.shape.iter().product();
            let values: Vec<f32> = (0..n).map(|_| (stream.normal() * spec.spread) as f32).collect();
            store.root().var_copy(spec.name, &tensor(&values, &spec.shape))
        })
    }

    /// The network of a weight file, on the processor, not trainable.
    ///
    /// # Errors
    /// A [`Fault`] naming the array that is missing or has another shape.
    pub(crate) fn load(
        file: impl AsRef<Path>,
        weights: &Weights,
        n_codings: usize,
        n_classes: usize,
    ) -> Result<Self> {
        for spec in specs(n_codings, n_classes) {
            let shape = weights.arrays.get(spec.name).map(|array| array.shape.as_slice());
            if shape != Some(&spec.shape[..]) {
                return Err(Fault::new(file, spec.name, format!("the array has the shape {shape:?}"))
                    .expected(format!("{:?}", spec.shape))
                    .advice("train the weights with this version")
                    .into());
            }
        }
        Ok(Self::gather(Device::Cpu, n_codings, n_classes, |spec| {
            tensor(&weights.arrays[spec.name].values, &spec.shape)
        }))
    }

    /// The device that holds the network.
    pub(crate) fn device(&self) -> Device {
        self.class.device()
    }

    /// Copies the numbers out.
    pub(crate) fn weights(&self) -> Weights {
        let specs = specs(self.coding_start.size()[0] as usize, self.class.size()[0] as usize);
        let arrays = specs.into_iter().zip(self.tensors()).map(|(spec, tensor)| {
            (spec.name.to_owned(), Array { shape: spec.shape, values: numbers(tensor) })
        });
        Weights { arrays: arrays.collect(), ..Weights::default() }
    }

    /// How the hazard depends on when an activity began, flat as [`super::walk::Walk::since`] counts: for each
    /// activity a number for each class of elapsed time, one for each quarter hour of it, and one for each class
    /// and block of times at which it began.
    pub(crate) fn since(&self) -> Tensor {
        let (kinds, blocks, slots) = (KINDS as i64, BLOCKS as i64, SLOTS as i64);
        let classes: Vec<i64> = (0..SLOTS).map(|slots| elapsed_class(slots) as i64).collect();
        let classes = Tensor::from_slice(&classes).to_device(self.device());
        let begun = self.elapsed_begun.index_select(1, &classes).reshape([kinds, blocks, slots]);
        let later = self.elapsed.index_select(1, &classes) + &self.elapsed_fine;
        let first = self.elapsed.select(1, 0) + &self.first_end;
        Tensor::cat(&[(begun + later.unsqueeze(1)).flatten(0, -1), first.flatten(0, -1)], 0)
    }

    /// Half the sum of squares of the effects over their prior variances: their negative log prior but for a constant.
    pub(crate) fn penalty(&self) -> Tensor {
        let specs = specs(self.coding_start.size()[0] as usize, self.class.size()[0] as usize);
        let held = specs.iter().zip(self.tensors()).filter_map(|(spec, tensor)| Some((tensor, spec.prior?)));
        held.map(|(tensor, prior)| tensor.square().sum(Kind::Float) * (0.5 / (prior * prior))).sum()
    }

    /// One pass for some conditions.
    pub(crate) fn forward(&self, conditions: &[Condition]) -> Outputs {
        let n = conditions.len() as i64;
        let features: Vec<f32> = conditions.iter().flat_map(Condition::features).collect();
        let features = tensor(&features, &[conditions.len(), FEATURES]).to_device(self.device());
        let when = Tensor::cat(&[&self.harmonics, &self.slot], 1).matmul(&self.time) + &self.bias1;
        let who = features.matmul(&Tensor::cat(&[&self.condition, &self.weekend], 0));
        // [C, 1, H] + [SLOTS, H]
        let first = (who.unsqueeze(1) + when).silu();
        let second = (first.matmul(&self.hidden) + &self.bias2).silu();
        let out = second.matmul(&self.output) + &self.bias3;
        let (kinds, pairs) = (KINDS as i64, (KINDS * KINDS) as i64);
        Outputs {
            start: out.select(1, 0).narrow(1, kinds + pairs, kinds),
            end: out.narrow(2, 0, kinds) + &self.slot_end,
            next: out.narrow(2, kinds, pairs).reshape([n, SLOTS as i64, pairs]),
        }
    }

    /// The chain of one condition in one survey's coding. One condition a pass, always of the same shape:
    /// the numbers cannot depend on who else is asked for.
    pub(crate) fn table(&self, condition: &Condition, coding: usize) -> Table {
        tch::no_grad(|| {
            let outputs = self.forward(std::slice::from_ref(condition));
            let coding = coding as i64;
            Table {
                start: numbers(&(&outputs.start + self.coding_start.get(coding))),
                end: numbers(&self.ends(&outputs, coding)),
                end_later: numbers(&self.coding_end.get(coding)),
                next: numbers(&(outputs.next + self.coding_next.get(coding))),
            }
        })
    }

    /// `[C, SLOTS * KINDS]` log-odds that activities end, in one survey's coding.
    pub(crate) fn ends(&self, outputs: &Outputs, coding: i64) -> Tensor {
        outputs.end.flatten(1, 2) + self.coding_when.get(coding)
    }

    /// The effects that all conditions share.
    pub(crate) fn effects(&self) -> Effects {
        Effects {
            since: numbers(&self.since()),
            past_end: numbers(&self.past_end),
            past_next: numbers(&self.past_next),
            before_next: numbers(&self.before_next),
        }
    }
}

/// `[SLOTS, 2 HARMONICS]`: sine and cosine of the time of day.
fn harmonics() -> Tensor {
    let mut values = Vec::with_capacity(SLOTS * 2 * HARMONICS);
    for slot in 0..SLOTS {
        for harmonic in 1..=HARMONICS {
            let angle = std::f64::consts::TAU * (slot * harmonic) as f64 / SLOTS as f64;
            values.extend([sin(angle) as f32, cos(angle) as f32]);
        }
    }
    tensor(&values, &[SLOTS, 2 * HARMONICS])
}

/// Numbers as a tensor of a shape, on the processor.
fn tensor(values: &[f32], shape: &[usize]) -> Tensor {
    let shape: Vec<i64> = shape.iter().map(|&side| side as i64).collect();
    Tensor::from_slice(values).reshape(shape)
}

/// The numbers of a tensor, row-major.
pub(crate) fn numbers(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.detach().to_device(Device::Cpu).to_kind(Kind::Float).contiguous().flatten(0, -1);
    let mut values = vec![0.0; flat.numel()];
    flat.copy_data(&mut values, flat.numel());
    values
}

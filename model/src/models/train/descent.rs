//! The network on its way down: Adam over the groups of days.
//!
//! What a step lowers: the mean negative log-likelihood of a day of the batch; the penalty of the effects (their
//! prior, spread over the days, [`Network::penalty`]); and a small divergence that keeps the mix of persons near
//! the shares that were counted, since days that do not state their person could otherwise shift it at will.

use super::Settings;
use super::batch::{Group, Mean, batches, n_days, nats, step};
use crate::Weights;
use crate::models::chain::{Network, Stay, begin};
use crate::torch::device;
use engine::float::cos;
use tch::nn::OptimizerConfig;
use tch::{Kind, Tensor, nn};

/// Weight of keeping the mix of persons near the one it should be, nats a diary of divergence.
const MIX_WEIGHT: f64 = 0.05;
/// Longest gradient of a step.
const CLIP: f64 = 5.0;

/// A network that learns.
pub(super) struct Learner {
    /// Holds the variables for the optimizer.
    store: nn::VarStore,
    /// Reads the same variables.
    network: Network,
    /// Shares of the classes of persons near which the learned ones are kept.
    mix: Tensor,
}

impl Learner {
    /// Fresh weights, but for log-odds that are counted from the days (on the grid) of each survey.
    pub(super) fn fresh(surveys: &[Vec<Vec<Stay>>], mix: &[f64], seed: u64) -> Self {
        let learner = Self::new(surveys.len(), mix, seed);
        begin(&learner.network, surveys);
        tch::no_grad(|| learner.network.class.shallow_clone().copy_(&learner.mix.log()));
        learner
    }

    /// Weights that are there already.
    pub(super) fn resumed(weights: &Weights, n_codings: usize, mix: &[f64]) -> Self {
        let mut learner = Self::new(n_codings, mix, 0);
        learner.restore(weights);
        learner
    }

    /// A network with fresh weights on the device in use.
    fn new(n_codings: usize, mix: &[f64], seed: u64) -> Self {
        let store = nn::VarStore::new(device());
        let network = Network::fresh(&store, n_codings, mix.len(), seed);
        let mix = Tensor::from_slice(&mix.iter().map(|&share| share as f32).collect::<Vec<_>>());
        Self { mix: mix.to_device(store.device()), store, network }
    }

    /// The numbers as they are now.
    pub(super) fn weights(&self) -> Weights {
        self.network.weights()
    }

    /// Puts numbers back into the variables.
    pub(super) fn restore(&mut self, weights: &Weights) {
        tch::no_grad(|| {
            let mut variables = self.store.variables();
            for (name, array) in &weights.arrays {
                if let Some(variable) = variables.get_mut(name) {
                    variable.copy_(&Tensor::from_slice(&array.values).reshape(variable.size()));
                }
            }
        });
    }

    /// Mean negative log-likelihood of a day of some groups, nats.
    pub(super) fn nats(&self, groups: &[Group], settings: &Settings) -> f64 {
        nats(&self.network, groups, settings)
    }

    /// Goes down `settings.epochs` times over the groups; `after` each of them is told its number (1, 2, …) and the
    /// mean negative log-likelihood of a day.
    pub(super) fn descend(
        &self,
        groups: &[Group],
        settings: &Settings,
        after: &mut dyn FnMut(&Self, u32, f64),
    ) {
        // Building an optimizer over variables that exist cannot fail; without one there is nothing to do.
        let Ok(mut adam) = nn::Adam::default().build(&self.store, settings.learning_rate) else { return };
        let n_days = n_days(groups) as f64;
        for epoch in 1..=settings.epochs {
            let along = f64::from(epoch - 1) / f64::from(settings.epochs);
            // Half a cosine, from the whole learning rate down to a hundredth of it.
            let part = 0.01 + 0.99 * 0.5 * (1.0 + cos(std::f64::consts::PI * along));
            adam.set_lr(settings.learning_rate * part);
            let mut total = Mean::default();
            for batch in batches(groups, settings, epoch) {
                let step = step(&self.network, groups, &batch);
                let mix = self.network.class.log_softmax(0, Kind::Float);
                let divergence = (&self.mix * (self.mix.log() - mix)).sum(Kind::Float);
                let penalty = self.network.penalty() / n_days;
                adam.backward_step_clip_norm(
                    &(&step.sum / step.weight + divergence * MIX_WEIGHT + penalty),
                    CLIP,
                );
                total.add(step.sum.double_value(&[]), step.weight);
            }
            after(self, epoch, total.mean());
        }
    }
}

//! What the experiments on days with hidden parts ask of a model.

use crate::models::chain::Observed;
use engine::Result;
use engine::activity::diary::Diary;
use engine::activity::{Chain, SLOTS};

/// A training example: a day to learn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Its person; `who.chain` is not looked at.
    pub who: Diary,
    /// The whole day.
    pub day: Chain,
    /// Quarter hours that were really seen; the others were completed by a model (Eq. 6's slot mask of seed 002).
    pub real: [bool; SLOTS],
    /// Weight of the day.
    pub weight: f64,
}

/// A model that learns from days and completes those of which part is hidden (seed 002, Algorithm 1).
pub trait Reconstructor {
    /// As tables name it.
    fn name(&self) -> &'static str;

    /// Goes on learning, from the present weights. `seed` differs from call to call.
    ///
    /// # Errors
    /// A fault where the days cannot be learned from.
    fn fit(&mut self, examples: &[Example], epochs: u32, seed: u64) -> Result<()>;

    /// Completes days; what was seen stays. `None` where the model holds what was seen for impossible.
    ///
    /// # Errors
    /// The weights do not fit this version.
    fn complete(&self, days: &[(Diary, Observed)], seed: u64) -> Result<Vec<Option<Chain>>>;
}

//! Source models of the reference, each trained once.

use super::{Reference, Settings};
use crate::Weights;
use crate::models::reconstruct::{Example, Reconstructor};
use engine::Result;
use engine::draw::{Purpose, draw};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Source models by seed: in memory, and where a folder is named there too.
pub struct Trained<'a> {
    /// How to train; the decoding does not matter to it.
    pub settings: Settings,
    /// Epochs of the training on the source.
    pub epochs: u32,
    /// Where to keep the weights.
    pub folder: Option<PathBuf>,
    /// Told how the training went.
    pub say: &'a dyn Fn(String),
    /// Weights by seed, once they are there.
    by_seed: RefCell<BTreeMap<u64, Weights>>,
}

impl<'a> Trained<'a> {
    /// Nothing trained yet.
    pub fn new(settings: Settings, epochs: u32, folder: Option<PathBuf>, say: &'a dyn Fn(String)) -> Self {
        Self { settings, epochs, folder, say, by_seed: RefCell::default() }
    }

    /// A model trained on the source with a seed, decoding and adapting as `settings` say.
    ///
    /// # Errors
    /// The examples cannot be learned from, or the folder not be written.
    pub fn source(&self, examples: &[Example], seed: u64, settings: Settings) -> Result<Reference> {
        // What the weights depend on: a kept file of other settings or days is no use.
        let training = (self.settings.size, self.settings.dropout, self.settings.learning_rate);
        let more =
            (self.settings.batch, self.settings.l2, self.settings.visible_weight, self.settings.patience);
        let facts =
            serde_json::json!([training, more, self.epochs, seed, examples.len(), fingerprint(examples)]);
        let facts = facts.to_string();
        if !self.by_seed.borrow().contains_key(&seed) {
            let weights = self.kept_or_new(examples, seed, &facts)?;
            self.by_seed.borrow_mut().insert(seed, weights);
        }
        Reference::with_weights("source model", &self.by_seed.borrow()[&seed], settings)
    }

    /// The weights of a file, where it was trained on the same examples in the same way; else new ones, which are
    /// then kept.
    fn kept_or_new(&self, examples: &[Example], seed: u64, facts: &str) -> Result<Weights> {
        let file =
            self.folder.as_ref().map(|folder| folder.join(format!("reference-seed{seed}.safetensors")));
        if let Some(file) = file.as_ref().filter(|file| file.is_file()) {
            let weights = Weights::read(file)?;
            if weights.fact("training") == Some(facts) {
                (self.say)(format!("reference, seed {seed}: weights of {}", file.display()));
                return Ok(weights);
            }
        }
        let mut model = Reference::fresh(self.settings, seed);
        model.fit(examples, self.epochs, seed)?;
        for e in &model.history {
            (self.say)(format!(
                "reference, seed {seed}: epoch {}/{}  loss {:.4}  validation {:.4}",
                e.epoch, e.epochs, e.train_loss, e.validation_loss
            ));
        }
        let mut weights = model.weights();
        weights.facts.insert("training".into(), facts.to_owned());
        if let Some(file) = file {
            weights.write(&file)?;
        }
        Ok(weights)
    }
}

/// A number that changes with any slot of any example.
fn fingerprint(examples: &[Example]) -> u64 {
    examples.iter().flat_map(|example| example.day.to_slots()).fold(0, |hash, code| {
        let mut stream = draw(hash, Purpose::Training, u64::from(code), 25);
        u64::from(stream.word()) << 32 | u64::from(stream.word())
    })
}

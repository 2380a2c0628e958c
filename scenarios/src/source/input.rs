//! Everything that a scenario names, read once, with all that is wrong with it at once: what `check` says of a scenario is
//! what `run` would say.

use super::{Source, demand};
use crate::scenario::Scenario;
use engine::demand::Layer;
use engine::policy::Compiled;
use engine::warning::too_much_unknown;
use engine::{Error, Faults, Result};

/// What a run stands on.
pub struct Input {
    /// Roads, zones, counts.
    pub source: Source,
    /// Who travels.
    pub layers: Vec<Layer>,
    /// What is different from the base case.
    pub policy: Compiled,
}

/// Reads everything. Measures need roads to lie on: they are looked at when network, zones and counts are right.
///
/// # Errors
/// All faults in the files and the measures, and too much that was not understood.
pub fn read(scenario: &Scenario) -> Result<Input> {
    let config = &scenario.config;
    let mut source = Source::read(scenario)?;
    let mut faults = Faults::default();
    let layers = faults.keep(demand::read(scenario, &mut source))?;
    let policy = faults.keep(source.policy(config))?;
    faults.extend(too_much_unknown(&source.warnings, config.allow_unknown));
    faults.none()?;
    match (layers, policy) {
        (Some(layers), Some(policy)) => Ok(Input { source, layers, policy }),
        // Whatever is missing left a fault.
        _ => Err(Error::Other("demand or policy was not read".into())),
    }
}

//! Everything that a scenario names, read once, with all that is wrong with it at once: what `check` says of a scenario is
//! what `run` would say.

use super::{Source, demand};
use crate::scenario::Scenario;
use engine::demand::Layer;
use engine::network::Link;
use engine::policy::Compiled;
use engine::unit::CELL_M;
use engine::warning::too_much_unknown;
use engine::{Error, Faults, Result, Warning};

/// What a run stands on.
pub struct Input {
    /// Roads, zones, counts.
    pub source: Source,
    /// Who travels.
    pub layers: Vec<Layer>,
    /// What is different from the base case.
    pub policy: Compiled,
}

/// Share of links that are shorter than a vehicle of the sample above which a run is told to be of another kind.
const SHORT_LINKS: f64 = 0.2;

/// A warning where the sample is so small that many links have room for less than one of its vehicles. They take one all the
/// same, so that jams are those of another world.
fn small_sample(scenario: &Scenario, source: &Source) -> Result<Option<Warning>> {
    let traffic = scenario.config.traffic()?;
    let places = |link: &Link| link.length_m * link.lanes / CELL_M * traffic.storage_share();
    let links = &source.network.links;
    let short = links.iter().filter(|link| places(link) < 1.0).count() as f64 / links.len().max(1) as f64;
    Ok((traffic.sample < 1.0 && short > SHORT_LINKS).then(|| {
        let what = format!(
            "{:.0} % of links have room for less than one vehicle of a sample of {}: jams, times and volumes are not those of \
             a larger sample",
            short * 100.0,
            traffic.sample
        );
        Warning::new(&scenario.file, "sample", what)
    }))
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
    source.layers = layers.iter().flatten().map(|layer| layer.name.clone()).collect();
    // Without layers, what is wrong with them is told first.
    if layers.is_some() {
        source.yardsticks = faults.keep(source.understood(&source.layers))?.unwrap_or_default();
    }
    source.warnings.extend(small_sample(scenario, &source)?);
    faults.extend(too_much_unknown(&source.warnings, config.allow_unknown));
    faults.none()?;
    match (layers, policy) {
        (Some(layers), Some(policy)) => Ok(Input { source, layers, policy }),
        // Whatever is missing left a fault.
        _ => Err(Error::Other("demand or policy was not read".into())),
    }
}

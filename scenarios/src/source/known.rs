//! What is known of a region beside its zones and roads, which residents must meet: what they do on a day, lengths of
//! their ways, who works where,
//! modes of their tours. Each is a small table that the scenario names; what it does not name is not asked for.
//!
//! They are read with who travels, after zones and roads, since rows name regions; and they are read by `check` as by `run`, so
//! that a wrong table is told before anything is made. Cars by region are not here: they belong to one layer of people, these to
//! all residents.

use super::Finder;
use crate::scenario::Scenario;
use engine::choice::target::Targets;
use engine::place::Flows;
use engine::place::distance::Quantiles;
use engine::zone::Zones;
use engine::{Fault, Result, Warning};

/// The tables.
#[derive(Default)]
pub struct Known {
    /// What persons of each kind do on a weekday.
    pub days: engine::activity::target::Targets,
    /// Lengths of ways by kind of destination.
    pub lengths: Vec<(usize, Quantiles)>,
    /// Workers between regions.
    pub flows: Option<Flows>,
    /// Modes of tours.
    pub modes: Targets,
}

/// Reads them.
///
/// # Errors
/// A [`Fault`] for what is wrong in a table, and for flows between regions where there are no zones.
pub(super) fn read(
    scenario: &Scenario,
    zones: &Zones,
    finder: &mut Finder<'_>,
) -> Result<(Known, Vec<Warning>)> {
    let (place, mode) = (&scenario.config.place, &scenario.config.mode);
    let (mut known, mut warnings) = (Known::default(), Vec::new());
    if let Some(file) = &scenario.config.activity.targets {
        known.days = netconvert::targets::read_days(finder.file(file)?)?;
    }
    if let Some(file) = &place.lengths {
        known.lengths = netconvert::targets::read_lengths(finder.file(file)?)?;
    }
    if let Some(file) = &place.flows {
        if zones.is_empty() {
            return Err(Fault::new(&scenario.file, "place.flows", "names regions, and there are no zones")
                .expected("[zones]")
                .into());
        }
        let (flows, more) = netconvert::targets::read_flows(finder.file(file)?, zones)?;
        warnings.extend(more);
        known.flows = Some(flows);
    }
    if let Some(file) = &mode.targets {
        known.modes = netconvert::targets::read_modes(finder.file(file)?)?;
    }
    Ok((known, warnings))
}

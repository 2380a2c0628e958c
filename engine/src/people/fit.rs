//! How well a synthetic population meets its zone totals.

use super::control::Control;
use serde::Serialize;

/// How close made totals are to wanted ones, over the zones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Closeness {
    /// Total made, all zones.
    pub total: f64,
    /// Mean over zones of |made − wanted|, in what the control counts.
    pub mean_absolute_error: f64,
    /// Root mean square of made − wanted over zones, divided by the mean wanted; 0 when nothing is wanted.
    pub srmse: f64,
    /// Share of the zones that want something whose total is within 5 % of what is wanted. In a sample
    /// one household can be more than 5 % of a small zone.
    pub within_5_percent: f64,
}

impl Closeness {
    /// Compares two columns of zone totals.
    pub fn new(wanted: &[f64], made: &[f64]) -> Self {
        let n = wanted.len().max(1) as f64;
        let pairs = || wanted.iter().zip(made);
        let mean = wanted.iter().sum::<f64>() / n;
        let mean_square = pairs().map(|(w, m)| (m - w) * (m - w)).sum::<f64>() / n;
        let asked = wanted.iter().filter(|&&w| w > 0.0).count().max(1) as f64;
        let close = pairs().filter(|&(w, m)| *w > 0.0 && (m - w).abs() <= 0.05 * w).count() as f64;
        Self {
            total: made.iter().sum(),
            mean_absolute_error: pairs().map(|(w, m)| (m - w).abs()).sum::<f64>() / n,
            srmse: if mean > 0.0 { mean_square.sqrt() / mean } else { 0.0 },
            within_5_percent: close / asked,
        }
    }
}

/// The fit of one control.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControlFit {
    /// Name of the control.
    pub name: String,
    /// What it counts, in words.
    pub counts: String,
    /// Total wanted, all zones, times the sample share.
    pub wanted: f64,
    /// The fractional weights against it.
    pub weights: Closeness,
    /// The whole households against it.
    pub households: Closeness,
}

/// A zone whose totals could not all be met by weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HardZone {
    /// Name of the zone.
    pub zone: String,
    /// The control missed most.
    pub control: String,
    /// The total that the zone data ask for.
    pub wanted: f64,
    /// Total of the weights.
    pub weighted: f64,
}

/// The fit of a population.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// By control, in their order.
    pub controls: Vec<ControlFit>,
    /// Zones where the weights miss a total by more than 1 % and one whole household or person.
    pub hard_zones: Vec<HardZone>,
    /// Households of the seed sample.
    pub seed_households: usize,
    /// Kinds of seed households that the controls tell apart.
    pub cells: usize,
    /// Things the user should know.
    pub warnings: Vec<crate::Warning>,
}

/// What the weights and the whole households of one zone add up to, by control.
pub(crate) struct ZoneTotals {
    pub(crate) weighted: Vec<f64>,
    pub(crate) made: Vec<f64>,
}

/// Fits by control. `zones` are in zone order; `share` is the sample share that `made` was drawn with.
pub(crate) fn by_control(controls: &[Control], zones: &[ZoneTotals], share: f64) -> Vec<ControlFit> {
    controls
        .iter()
        .enumerate()
        .map(|(c, control)| {
            let wanted: Vec<f64> = control.totals.iter().map(|t| t * share).collect();
            let weighted: Vec<f64> = zones.iter().map(|z| z.weighted[c] * share).collect();
            let made: Vec<f64> = zones.iter().map(|z| z.made[c]).collect();
            ControlFit {
                name: control.name.clone(),
                counts: control.measure.words(),
                wanted: wanted.iter().sum(),
                weights: Closeness::new(&wanted, &weighted),
                households: Closeness::new(&wanted, &made),
            }
        })
        .collect()
}

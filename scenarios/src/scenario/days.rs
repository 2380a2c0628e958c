//! What residents do, where, and how they get there, as a scenario names it.

use engine::choice::Coefficients;
use engine::choice::utility::SHIPPED;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What people do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ActivityInput {
    /// Day of the week, 0 = Monday.
    pub weekday: u8,
    /// Weights of the activity model; the shipped ones when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<PathBuf>,
    /// Table of what is known of the region's people on a weekday: kind (preschool, pupil, worker, student, senior, adult),
    /// measure (stays-home, works, learns), mean (a share); or `all`, `trips`, mean. The run draws days that hold it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<PathBuf>,
}

impl Default for ActivityInput {
    fn default() -> Self {
        Self { weekday: 2, weights: None, targets: None }
    }
}

/// How places are chosen.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PlaceInput {
    /// `reference` (Algorithm 3 of the UCLA paper) or `size-deterrence`.
    pub method: PlaceMethod,
    /// Table of how far people go, along the roads: purpose (activities, `college` or `rest`), to_km or to_mi (upper end of a
    /// band), tours. Melbourne's distances when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lengths: Option<PathBuf>,
    /// Table of workers between regions: home, work, workers. Not asked for when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flows: Option<PathBuf>,
}

/// How places are chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceMethod {
    /// Algorithm 3 of seed 002: the zone whose distance is nearest to a drawn one.
    Reference,
    /// Zones drawn by size times deterrence.
    #[default]
    SizeDeterrence,
}

/// How modes are chosen.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ModeInput {
    /// Table of the modes of tours that are known of the region: purpose (work, school, other), mode, tours. The run finds the
    /// constants that make them come out, and says them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<PathBuf>,
}

/// What is added to the constants of the choice of modes, before `mode.targets` are met. The car's constant is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ModeConstants {
    /// Riding in somebody's car.
    pub ride: f64,
    /// Public transport.
    pub transit: f64,
    /// Bicycle.
    pub bike: f64,
    /// On foot.
    pub walk: f64,
}

impl ModeConstants {
    /// By mode, in the order of [`engine::mode::Mode::ALL`].
    pub fn by_mode(&self) -> [f64; 5] {
        [0.0, self.ride, self.transit, self.bike, self.walk]
    }

    /// The shipped coefficients with these constants.
    pub fn coefficients(&self) -> Coefficients {
        SHIPPED.with_constants(self.by_mode())
    }
}

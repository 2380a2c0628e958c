//! `[[validate.screenline]]`: lines over which traffic is told.
//!
//! They change nothing in a run, and belong to what it is held against: a river, a ridge, the border of a town, a ring around a
//! centre. What is wrong with one is said where it is laid on the roads, since most of it needs them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A line over which traffic is told by hour and direction, beside what was counted on it: given by its points or by the
/// links that cross it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Screenline {
    /// Its name; no two have the same.
    pub name: String,
    /// Two points or more, each longitude and latitude in degrees; metres of the network's reference system where one is
    /// beyond 180 or the network is nowhere on Earth. A ring ends where it begins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub line: Vec<[f64; 2]>,
    /// Names of links, or their locations as the report and the exports tell them (`Main Street N at River Street`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
}

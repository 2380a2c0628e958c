//! Published figures in a scenario: a file of them, or one by one.

use engine::validate::yardstick::{Measure, Written};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A file of published figures.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct YardsticksInput {
    /// CSV with the columns measure, group, value, unit and source; `wayfare validate --yardsticks RUN` lists measures and groups.
    pub file: PathBuf,
}

/// A published figure.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct YardstickInput {
    /// What is measured.
    #[schemars(schema_with = "measures")]
    pub measure: String,
    /// Of whom: names with `/` between them; everybody where it is left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The figure.
    pub value: f64,
    /// Its unit; that of the measure where it is left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Who says so: publication, year, table.
    pub source: String,
}

impl YardstickInput {
    /// As the engine takes it.
    pub fn written(&self) -> Written {
        let Self { measure, group, value, unit, source } = self.clone();
        Written { measure, group, value, unit, source }
    }
}

/// Each measure with its groups, units and meaning, for editors.
fn measures(_: &mut SchemaGenerator) -> Schema {
    let one = |measure: Measure| {
        let units: Vec<&str> = measure.units().iter().map(|(unit, _)| *unit).collect();
        serde_json::json!({
            "const": measure.name(),
            "description": format!("{}; group: {}; unit: {}", measure.meaning(), measure.groups(), units.join(" or ")),
        })
    };
    json_schema!({ "oneOf": Measure::ALL.map(one) })
}

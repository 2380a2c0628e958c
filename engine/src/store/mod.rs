//! The run folder: what a run leaves on disk, and how it is opened again.
//!
//! Each table has a file of code here, with its schema, its writer and its reader side by side ([`crate::event::log`] for
//! events, which are written while the day runs). [`TABLES`] lists the schemas: the manifest, `TABLES.md` and the README say
//! what they say. `run.json` is written last, and says which bytes each table must have: a reader refuses others.

pub mod activities;
pub mod chains;
pub mod counts;
pub mod folder;
mod geo;
pub mod households;
pub mod iterations;
pub mod legs;
pub mod link_15min;
pub mod manifest;
pub mod network;
pub mod persons;
pub mod query;
pub mod routes;
mod rows;
#[cfg(test)]
pub(crate) mod tests;
pub mod validation;
pub mod vehicle_classes;
pub mod zones;

pub use folder::name;
pub use manifest::Manifest;
pub use rows::{Rows, verified};

use crate::agent::Agent;
use crate::table::Schema;
use crate::zone::Zones;

/// Who travelled, as the writers of several tables want it.
#[derive(Clone, Copy)]
pub struct Travellers<'a> {
    /// All travellers, in the order of their numbers.
    pub agents: &'a [Agent<'a>],
    /// Names of the layers of demand.
    pub layers: &'a [String],
    /// Zones; none where the scenario has none.
    pub zones: &'a Zones,
    /// Share of the population that was simulated, above 0.
    pub sample: f64,
}

impl Travellers<'_> {
    /// How many of the population one who was simulated stands for.
    fn weight(&self) -> f64 {
        1.0 / self.sample
    }

    /// The layer of a traveller.
    fn layer(&self, agent: &Agent<'_>) -> &str {
        self.layers.get(agent.layer.index()).map_or("", String::as_str)
    }
}

/// All tables of a run folder.
pub const TABLES: [&Schema; 13] = [
    &persons::TABLE,
    &households::TABLE,
    &chains::TABLE,
    &activities::TABLE,
    &legs::TABLE,
    &routes::TABLE,
    &vehicle_classes::TABLE,
    &crate::event::log::TABLE,
    &link_15min::TABLE,
    &iterations::TABLE,
    &counts::TABLE,
    &network::TABLE,
    &zones::TABLE,
];

/// Reference of all tables with their columns, in Markdown: `TABLES.md` beside this file.
pub fn reference() -> String {
    let tables: Vec<String> = TABLES.iter().map(|table| table.reference()).collect();
    format!(
        "# The tables of a run\n\nParquet files in the run folder. Links and persons have the numbers that `network` and \
         `persons` give them. Times are\nseconds since midnight of the simulated day and may pass 24 h. What is not known, or \
         does not apply, is null.\n\nUnits are the endings of names: `_s` seconds, `_m` metres, `_mps` metres a second, `_vph` \
         vehicles an hour, `_usd` US\ndollars, `_m2` square metres. Each file says its columns with units and meanings in its \
         metadata, under the key\n`wayfare`, as JSON.\n\n**Simulated and real numbers.** A run simulates a sample of the population. \
         `vehicles…`, `trips` and `persons` count\nwhat was simulated. `…_vph` are volumes of the whole population: simulated \
         vehicles over the sample, so that they can\nbe set beside counts. `weight` (1 / sample) turns rows into persons, trips or \
         households of the population: sum it\ninstead of counting rows.\n\n{}",
        tables.join("\n")
    )
}

/// The tables in a line each, in Markdown, for the README.
pub fn summary() -> String {
    let line = |table: &&Schema| format!("| `{}` | {} |\n", table.name, table.rows);
    format!("| table (Parquet) | content |\n|---|---|\n{}", TABLES.iter().map(line).collect::<String>())
}

//! The run folder: what a run leaves on disk, and how it is opened again.
//!
//! Each table has a file of code here, with its schema, its writer and its reader side by side ([`crate::event::log`] for
//! events, which are written while the day runs). [`TABLES`] lists the schemas: the manifest, `TABLES.md` and the README say
//! what they say. `run.json` is written last, and says which bytes each table must have: a reader refuses others.

pub mod activities;
pub mod chains;
pub mod counts;
pub mod folder;
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
mod tests;
pub mod validation;
pub mod vehicle_classes;

pub use folder::name;
pub use manifest::Manifest;
pub use rows::{Rows, verified};

use crate::table::Schema;

/// All tables of a run folder.
pub const TABLES: [&Schema; 12] = [
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
];

/// Reference of all tables with their columns, in Markdown: `TABLES.md` beside this file.
pub fn reference() -> String {
    let tables: Vec<String> = TABLES.iter().map(|table| table.reference()).collect();
    format!(
        "# The tables of a run\n\nParquet files in the run folder. Links and persons have the numbers that `network` and \
         `persons` give them. Times are\nseconds since midnight of the simulated day and may pass 24 h.\n\n{}",
        tables.join("\n")
    )
}

/// The tables in a line each, in Markdown, for the README.
pub fn summary() -> String {
    let line = |table: &&Schema| format!("| `{}` | {} |\n", table.name, table.rows);
    format!("| table (Parquet) | content |\n|---|---|\n{}", TABLES.iter().map(line).collect::<String>())
}

//! A finished run, opened again by the verbs that come after it.

use crate::manifest::Manifest;
use crate::scenario::{Config, Scenario};
use crate::source::Source;
use crate::tables;
use engine::Result;
use engine::learn::BIN_S;
use engine::unit::parse_hms;
use std::path::Path;

/// Opens a finished run again: its manifest, and the sources read anew.
///
/// # Errors
/// A [`engine::Fault`] for a folder that holds no finished run, or for a source that is gone or wrong.
pub fn reopen(folder: &Path) -> Result<(Manifest, Scenario, Source)> {
    let manifest = Manifest::read(folder)?;
    let scenario = Scenario {
        config: manifest.config.clone(),
        file: manifest.scenario.clone(),
        folders: manifest.folders.clone(),
    };
    let source = Source::read(&scenario)?;
    Ok((manifest, scenario, source))
}

/// Volumes and travel times of each link in each quarter hour of a finished run.
///
/// # Errors
/// A [`engine::Fault`] for a table that is missing or damaged.
pub fn bins(folder: &Path, config: &Config, n_links: usize) -> Result<engine::traffic::LinkBins> {
    let end_s = parse_hms(&config.traffic.end).unwrap_or(108_000);
    tables::read_bins(folder, n_links, BIN_S, end_s)
}

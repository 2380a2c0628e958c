//! A finished run, opened again by the verbs that come after it. What a run keeps as a table is read from its folder; roads,
//! zones and counts are read again from the input files that its manifest names, so these must still be there.

use crate::scenario::{Config, Manifest, Scenario};
use crate::source::Source;
use engine::learn::BIN_S;
use engine::store::{link_15min, manifest, name};
use engine::unit::parse_hms;
use engine::{Error, Fault, Result};
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

/// The manifest of the run in `out`, if it is finished and is one of this scenario with the same input files: then there
/// is nothing to resume. How the roads are cut into parts changes no result, and may differ. Reads every input file.
///
/// # Errors
/// A [`Fault`] when the folder holds a finished run of another scenario, seed, version or input.
pub fn already(scenario: &Scenario, out: &Path) -> Result<Option<Manifest>> {
    if !out.join(name::MANIFEST).exists() {
        return Ok(None);
    }
    let done = Manifest::read(out)?;
    let refuse = |what: String| {
        Fault::new(out, name::MANIFEST, what)
            .expected("the scenario, data, seed and version that the run was made with")
            .advice("undo the change, give another --out, or --overwrite instead of --resume to run it again")
    };
    let different = differences(&done.config, &scenario.config)?;
    if !different.is_empty() {
        let what = format!("is of a finished run of another scenario ({})", different.join(", "));
        return Err(refuse(what).into());
    }
    if done.version != env!("CARGO_PKG_VERSION") {
        return Err(refuse(format!("is of a finished run of version {}", done.version)).into());
    }
    for input in &done.inputs {
        if manifest::hash_file(&input.path).map_or(true, |now| now.blake3 != input.blake3) {
            let what = format!("is of a finished run, and {} has changed since", input.path.display());
            return Err(refuse(what).into());
        }
    }
    Ok(Some(done))
}

/// The top-level keys in which the scenario of a manifest and another one differ, in alphabetic order: for a message that
/// says what to undo.
fn differences(one: &Config, other: &Config) -> Result<Vec<String>> {
    let wrong = |e: serde_json::Error| Error::Other(e.to_string());
    let keys = |mut config: Config| {
        config.traffic.parts = 0;
        serde_json::to_value(&config).map_err(wrong)
    };
    // As a manifest would give it back: reading a number may change its last bit.
    let other = serde_json::from_str(&serde_json::to_string(other).map_err(wrong)?).map_err(wrong)?;
    let (one, other) = (keys(one.clone())?, keys(other)?);
    let names = [&one, &other].map(|config| config.as_object().into_iter().flat_map(|map| map.keys()));
    let mut names: Vec<&String> = names.into_iter().flatten().collect();
    names.sort_unstable();
    names.dedup();
    Ok(names.into_iter().filter(|name| one.get(name) != other.get(name)).cloned().collect())
}

/// Volumes and travel times of each link in each quarter hour of a finished run.
///
/// # Errors
/// A [`engine::Fault`] for a table that is missing or damaged.
pub fn bins(folder: &Path, config: &Config, n_links: usize) -> Result<engine::traffic::LinkBins> {
    let end_s = parse_hms(&config.traffic.end).unwrap_or(108_000);
    link_15min::read(folder, n_links, BIN_S, end_s)
}

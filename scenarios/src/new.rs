//! `wayfare new`: a commented scenario, or a whole synthetic county whose hidden truth is known.

use crate::verbs::Voice;
use engine::{Fault, Result, disk, people::county, validate::counts};
use std::path::Path;
use std::process::ExitCode;

const COMMENTED: &str = include_str!("new/scenario.toml");
const COUNTY: &str = include_str!("new/county.toml");

/// Writes the scenario into an empty folder.
///
/// # Errors
/// A [`Fault`] when the folder holds something already.
pub fn new(voice: &Voice, folder: &Path, persons: Option<u32>, seed: u64) -> Result<ExitCode> {
    if !disk::list(folder)?.is_empty() {
        return Err(Fault::new(folder, "", "is not empty").expected("a new folder").advice("choose another name").into());
    }
    disk::make_folder(folder)?;
    match persons {
        None => disk::write_bytes(folder.join("scenario.toml"), COMMENTED.as_bytes())?,
        Some(persons) => synthetic(voice, folder, persons, seed)?,
    }
    voice.say.line(format!("wrote {}; `wayfare check {}` looks it over", folder.join("scenario.toml").display(), folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// Makes the county, lives its true day with another seed, and keeps what its detectors saw.
fn synthetic(voice: &Voice, folder: &Path, persons: u32, seed: u64) -> Result<()> {
    let county = county::generate(persons, seed)?;
    netconvert::county::write(&county, folder)?;
    let text = COUNTY.replace("@PERSONS@", &persons.to_string()).replace("@SEED@", &seed.to_string());
    disk::write_bytes(folder.join("scenario.toml"), text.as_bytes())?;
    voice.say.line("living the hidden true day …");
    let truth = folder.join("truth");
    let overrides = crate::scenario::Overrides {
        // The truth is another draw of the same world: a run that meets it exactly would be a leak.
        seed: Some(seed.wrapping_add(0x7_0000_0000)),
        ..Default::default()
    };
    let scenario = crate::scenario::load(folder, &overrides)?;
    disk::make_folder(&truth)?;
    let quiet = Voice { say: crate::say::Say::new(true), json: false, threads: voice.threads };
    let manifest = crate::run::run(&scenario, &truth, &quiet)?;
    let bins = crate::verbs::bins(&truth, &manifest.config, county.network.links.len())?;
    let observed = counts::observe(&county.network, &county.counts, &bins, manifest.config.sample, seed);
    netconvert::county::write_counts(&observed, folder.join("stations.csv"), folder.join("hours.csv"))
}

//! The run folder: refused when it is not empty, unless told otherwise; `run.json` is written last, so
//! a folder without it is a run that did not finish.

use engine::checkpoint::FOLDER;
use engine::{Fault, Result, disk};
use std::path::{Path, PathBuf};

/// Names of the files in a run folder.
pub mod name {
    /// The manifest, written last.
    pub const MANIFEST: &str = "run.json";
    /// The report.
    pub const REPORT: &str = "report.html";
    /// What the report shows, as data.
    pub const REPORT_DATA: &str = "report.json";
    /// The network with the day on it, packed (format: `viz::map::packed`).
    pub const MAP: &str = "map.bin";
    /// Validation in numbers.
    pub const VALIDATION: &str = "validation.json";
}

/// Names and contents of all tables, for the manifest and the reference in the README.
pub const TABLES: [(&str, &str); 10] = [
    ("persons", "one row a person: household, zone, age, sex, work, school, cars, income (dollars a year)"),
    ("chains", "planned episodes: activity, start and end (seconds since midnight)"),
    ("activities", "what happened: activity, place (zone, link, x, y), start and end (seconds)"),
    ("legs", "trips: mode, planned and real departure, arrival, links, route length (metres)"),
    ("routes", "links of each car leg, origin and destination included"),
    ("events", "time (s), person, kind, link; in the total order that `hash.events` is made over"),
    (
        "link_15min",
        "vehicles that left and entered each link, and their travel time (seconds), by 15 minutes",
    ),
    (
        "iterations",
        "relative gap (in all and by hour of departure), rerouted legs, travel time, pushed and aborted vehicles by iteration",
    ),
    ("counts", "observed and simulated volume and speed by station and hour, with GEH"),
    ("network", "links as GeoParquet (WKB, longitude and latitude where the place is known)"),
];

/// Prepares `out` for a run.
///
/// # Errors
/// A [`Fault`] when it holds something and `overwrite` is not given, or holds files that no run wrote.
pub fn prepare(out: &Path, overwrite: bool) -> Result<()> {
    let found = disk::list(out)?;
    if !found.is_empty() {
        if !overwrite {
            return Err(Fault::new(out, "", "is not empty")
                .expected("a new or empty folder")
                .advice("choose another --out, or give --overwrite to replace the run in it")
                .into());
        }
        only_ours(&found)?;
        // The manifest goes first: from here on the folder is visibly not a finished run.
        disk::remove(out.join(name::MANIFEST))?;
        for path in found {
            if path.is_dir() {
                disk::list(&path)?.iter().try_for_each(disk::remove)?;
                disk::remove_folder(&path)?;
            } else {
                disk::remove(path)?;
            }
        }
    }
    disk::make_folder(out)
}

/// Prepares the folder of a run that was cut off to go on in it: what was half written goes, checkpoints and the
/// events of a day that was paused stay. A run that was cut off before it wrote anything begins. Of a finished run
/// ([`crate::finished::already`]) only what a kill after the manifest left behind goes.
///
/// # Errors
/// A [`Fault`] when the folder holds files that no run wrote.
pub fn reenter(out: &Path) -> Result<()> {
    let found = disk::list(out)?;
    if found.is_empty() {
        return disk::make_folder(out);
    }
    only_ours(&found)?;
    let half = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "tmp");
    let inner = disk::list(out.join(FOLDER))?;
    found.iter().chain(&inner).filter(half).try_for_each(disk::remove)
}

fn only_ours(found: &[PathBuf]) -> Result<()> {
    match found.iter().find(|path| !ours(path)) {
        None => Ok(()),
        Some(path) => Err(Fault::new(path, "", "was not written by a run")
            .expected("only files of an earlier run in the folder")
            .advice("move it away first")
            .into()),
    }
}

fn ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    if path.is_dir() {
        return name == "svg" || name == FOLDER;
    }
    matches!(ending, "parquet" | "tmp")
        || matches!(
            name,
            "run.json" | "report.html" | "report.json" | "map.bin" | "validation.json" | "dropped.geojson"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_run_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path(), false).unwrap();
        std::fs::write(folder.path().join("run.json"), "{}").unwrap();
        assert!(prepare(folder.path(), false).unwrap_err().to_string().contains("is not empty"));
        prepare(folder.path(), true).unwrap();
        assert!(!folder.path().join("run.json").exists());
        std::fs::write(folder.path().join("thesis.docx"), "x").unwrap();
        assert_eq!(prepare(folder.path(), true).unwrap_err().exit_code(), 2);
        // Nor is a run begun or resumed beside it.
        assert!(reenter(folder.path()).unwrap_err().to_string().contains("was not written by a run"));
        assert!(folder.path().join("thesis.docx").exists());
    }
}

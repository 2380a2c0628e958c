//! The run folder: refused when it is not empty, unless told otherwise; `run.json` is written last, so
//! a folder without it is a run that did not finish.

use crate::checkpoint::FOLDER;
use crate::disk;
use crate::error::{Fault, Result};
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
    /// What a comparison of two runs found; in a folder of its own.
    pub const COMPARISON: &str = "comparison.json";
    /// Validation in numbers.
    pub const VALIDATION: &str = "validation.json";
}

/// Prepares `out` for a run.
///
/// # Errors
/// A [`Fault`] when it holds something and `overwrite` is not given, or holds files that no run wrote.
pub fn prepare(out: &Path, overwrite: bool) -> Result<()> {
    no_file(out)?;
    let found = disk::list(out)?;
    if !found.is_empty() {
        if !overwrite {
            let cut_off = !out.join(name::MANIFEST).exists() && !disk::list(out.join(FOLDER))?.is_empty();
            let (what, advice) = match cut_off {
                true => (
                    "holds a run that was cut off",
                    "give --resume to go on with it, or --overwrite to begin anew",
                ),
                false => {
                    ("is not empty", "choose another --out, or give --overwrite to replace the run in it")
                }
            };
            return Err(Fault::new(out, "", what).expected("a new or empty folder").advice(advice).into());
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
/// events of a day that was paused stay. A run that was cut off before it wrote anything begins. Of a finished run only
/// what a kill after the manifest left behind goes.
///
/// # Errors
/// A [`Fault`] when the folder holds files that no run wrote.
pub fn reenter(out: &Path) -> Result<()> {
    no_file(out)?;
    let found = disk::list(out)?;
    if found.is_empty() {
        return disk::make_folder(out);
    }
    only_ours(&found)?;
    let half = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "tmp");
    let inner = disk::list(out.join(FOLDER))?;
    found.iter().chain(&inner).filter(half).try_for_each(disk::remove)
}

/// Refuses a path that is a file, or leads through one.
fn no_file(out: &Path) -> Result<()> {
    match out.ancestors().find(|path| path.is_file()) {
        None => Ok(()),
        Some(file) => {
            let fault = Fault::new(file, "", "is a file").expected("a folder to write to");
            Err(fault.advice("choose another --out").into())
        }
    }
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
            "run.json"
                | "comparison.json"
                | "report.html"
                | "report.json"
                | "map.bin"
                | "validation.json"
                | "dropped.geojson"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_run_is_overwritten() {
        let folder = std::env::temp_dir().join(format!("wayfare-folder-{}", std::process::id()));
        prepare(&folder, false).unwrap();
        std::fs::create_dir_all(folder.join(FOLDER)).unwrap();
        std::fs::write(folder.join(FOLDER).join("3.safetensors"), "").unwrap();
        assert!(prepare(&folder, false).unwrap_err().to_string().contains("--resume"));
        std::fs::write(folder.join("run.json"), "{}").unwrap();
        assert!(
            prepare(&folder.join("run.json").join("in"), false)
                .unwrap_err()
                .to_string()
                .contains("is a file")
        );
        assert!(prepare(&folder, false).unwrap_err().to_string().contains("is not empty"));
        prepare(&folder, true).unwrap();
        assert!(!folder.join("run.json").exists());
        std::fs::write(folder.join("thesis.docx"), "x").unwrap();
        assert_eq!(prepare(&folder, true).unwrap_err().exit_code(), 2);
        // Nor is a run begun or resumed beside it.
        assert!(reenter(&folder).unwrap_err().to_string().contains("was not written by a run"));
        assert!(folder.join("thesis.docx").exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

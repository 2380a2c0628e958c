//! `run.json`: what was run, from what, and what came of it. Written last.

use super::TABLES;
use super::folder::name;
use crate::clock::{Phase, Stopwatch};
use crate::error::{Error, Fault, Result};
use crate::warning::{Warning, Whole};
use crate::{disk, table};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The version of the format of the run folder.
pub const FORMAT: u32 = 4;

/// An input file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Path as it was opened.
    pub path: PathBuf,
    /// Size.
    pub bytes: u64,
    /// BLAKE3 of the file.
    pub blake3: String,
}

/// A file of the run folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Name in the run folder.
    pub file: String,
    /// What it holds.
    pub what: String,
    /// Size.
    pub bytes: u64,
    /// Names and types of the columns, for tables.
    pub columns: BTreeMap<String, String>,
}

/// Hashes of results: equal seeds give equal hashes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Hashes {
    /// BLAKE3 of the event stream of the last iteration, in its total order.
    pub events: String,
    /// BLAKE3 of each table's file.
    pub tables: BTreeMap<String, String>,
}

/// Warnings of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarningGroup {
    /// What was seen, in the words of the first one.
    pub first: String,
    /// How often.
    pub count: usize,
    /// Among how many records, and which; where their share says something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Whole>,
}

impl fmt::Display for WarningGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.count, self.first)?;
        match &self.whole {
            Some(whole) => write!(f, " ({})", whole.share_of(self.count as u64)),
            None => Ok(()),
        }
    }
}

/// The machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Operating system and processor family.
    pub system: String,
    /// Processors that the program may use.
    pub cpus: usize,
}

/// The manifest. `C` are the settings of the scenario: the engine knows no scenario, so whoever opens a run says as what
/// to read them; without that they are plain JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest<C = serde_json::Value> {
    /// Format of the run folder.
    pub format: u32,
    /// Version of Wayfare.
    pub version: String,
    /// Commit it was built from.
    pub commit: String,
    /// Start, UTC, ISO 8601.
    pub started: String,
    /// The scenario file.
    pub scenario: PathBuf,
    /// Folders its files were looked up in.
    pub folders: Vec<PathBuf>,
    /// The scenario as it was run.
    pub config: C,
    /// Input files.
    pub inputs: Vec<Input>,
    /// Seed.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
    /// Machine.
    pub host: Host,
    /// What was expected before the start.
    pub expected: Expected,
    /// What each phase cost.
    pub phases: Vec<Phase>,
    /// Wall-clock seconds in all.
    pub seconds: f64,
    /// Most memory held, bytes.
    pub peak_memory_bytes: u64,
    /// Hashes of results.
    pub hash: Hashes,
    /// The numbers people ask for first.
    pub summary: BTreeMap<String, f64>,
    /// Checks: name, things checked, things that failed.
    pub checks: Vec<(String, u64, u64)>,
    /// Warnings by kind.
    pub warnings: Vec<WarningGroup>,
    /// Files in the folder.
    pub outputs: Vec<Output>,
}

/// What a run expects to need; printed before its first day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// Wall-clock seconds from its begin to its end, if all days that the scenario allows are simulated.
    pub seconds: f64,
    /// Wall-clock seconds of a day, with the search for better routes after it.
    pub day_s: f64,
}

impl<C: DeserializeOwned> Manifest<C> {
    /// Reads the manifest of a finished run.
    ///
    /// # Errors
    /// A [`Fault`] when the folder is no run, or the run did not finish.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(name::MANIFEST);
        if !path.exists() {
            return Err(Fault::new(folder, "", "is not a finished run (no run.json)")
                .expected("a folder that `wayfare run` wrote to the end")
                .advice("run the scenario again with --overwrite")
                .into());
        }
        let other = |line: usize, what: String| {
            let expected = format!("the format of run folders of this version, {FORMAT}");
            Fault::new(&path, line, what).expected(expected).advice("run the scenario again")
        };
        let run: Self = serde_json::from_str(&disk::read_text(&path)?)
            .map_err(|e| other(e.line(), format!("is not a manifest of this version ({e})")))?;
        if run.format != FORMAT {
            return Err(other(1, format!("is of a run folder of the format {}", run.format)).into());
        }
        Ok(run)
    }
}

impl<C: Serialize> Manifest<C> {
    /// Writes the manifest: the last act of a run.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::Other(e.to_string()))?;
        disk::write_bytes(folder.join(name::MANIFEST), text.as_bytes())
    }

    /// Closes the books: phases, memory, outputs and their hashes.
    ///
    /// # Errors
    /// What the file system says of an output, or of a table whose columns cannot be read.
    pub fn close(&mut self, folder: &Path, stopwatch: &Stopwatch) -> Result<()> {
        self.phases = stopwatch.phases.clone();
        self.seconds = stopwatch.total_s();
        self.peak_memory_bytes = stopwatch.peak_memory_bytes();
        for path in disk::list(folder)? {
            let Some(file) = path.file_name().and_then(|n| n.to_str()).map(str::to_string) else { continue };
            if path.is_dir() {
                continue;
            }
            let stem = file.strip_suffix(".parquet");
            let what = TABLES.iter().find(|table| Some(table.name) == stem).map_or("", |table| table.rows);
            let input = hash_file(&path)?;
            let mut columns = BTreeMap::new();
            if let Some(table) = stem {
                self.hash.tables.insert(table.to_string(), input.blake3.clone());
                columns = table::schema(&path)?;
            }
            self.outputs.push(Output { file, what: what.to_string(), bytes: input.bytes, columns });
        }
        Ok(())
    }
}

/// Size and BLAKE3 of a file.
///
/// # Errors
/// What the file system says, with the path.
pub fn hash_file(path: &Path) -> Result<Input> {
    let mut hasher = blake3::Hasher::new();
    let file = disk::open(path)?;
    let bytes =
        std::io::copy(&mut std::io::BufReader::new(file), &mut hasher).map_err(|e| Error::io(path, e))?;
    Ok(Input { path: path.to_path_buf(), bytes, blake3: hasher.finalize().to_hex().to_string() })
}

/// Groups warnings by their words without numbers and names, and by what they are a share of, in order of first sight.
pub fn group_warnings(warnings: &[Warning]) -> Vec<WarningGroup> {
    type Key = (String, Option<(String, Whole)>);
    let mut groups: Vec<(Key, WarningGroup)> = Vec::new();
    for warning in warnings {
        let words = warning.what.chars().filter(|c| !c.is_ascii_digit()).take(40).collect();
        let key = (words, warning.whole.clone().map(|whole| (warning.file.clone(), whole)));
        match groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, group)) => group.count += warning.count as usize,
            None => {
                let first = Warning { whole: None, ..warning.clone().seen(1) }.to_string();
                let (count, whole) = (warning.count as usize, warning.whole.clone());
                groups.push((key, WarningGroup { first, count, whole }));
            }
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_of_a_kind_are_counted_together() {
        let all: Vec<Warning> = (0..3).map(|i| Warning::new("f", i, format!("lane {i} is odd"))).collect();
        let groups = group_warnings(&all);
        assert_eq!((groups.len(), groups[0].count), (1, 3));
        let all: Vec<Warning> = ["home", "hotel"]
            .map(|kind| Warning::new("f", 1, "a kind of place that nobody here knows is").unknown_of(kind, 8))
            .into();
        assert_eq!(group_warnings(&all).len(), 2);
        assert!(group_warnings(&all)[0].to_string().ends_with("(12.5 % of 8 home)"));
    }
}

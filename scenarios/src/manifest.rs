//! `run.json`: what was run, from what, and what came of it. Written last.

use crate::folder::name;
use crate::scenario::Config;
use engine::clock::{Phase, Stopwatch};
use engine::{Error, Fault, Result, Warning, disk};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The version of the format of the run folder.
pub const FORMAT: u32 = 1;

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
}

/// The machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Operating system and processor family.
    pub system: String,
    /// Processors that the program may use.
    pub cpus: usize,
}

/// The manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
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
    pub config: Config,
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

/// What a run expects to need; printed before it starts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// Wall-clock seconds.
    pub seconds: f64,
}

impl Manifest {
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
        serde_json::from_str(&disk::read_text(&path)?).map_err(|e| {
            Fault::new(&path, e.line(), format!("is not a manifest of this version ({e})"))
                .advice("run the scenario again")
                .into()
        })
    }

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
            let what =
                crate::folder::TABLES.iter().find(|(t, _)| Some(*t) == stem).map_or("", |(_, what)| what);
            let input = hash_file(&path)?;
            let mut columns = BTreeMap::new();
            if let Some(table) = stem {
                self.hash.tables.insert(table.to_string(), input.blake3.clone());
                columns = engine::table::schema(&path)?;
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

/// Groups warnings by their words without numbers and names, in order of first sight.
pub fn group_warnings(warnings: &[Warning]) -> Vec<WarningGroup> {
    let mut groups: Vec<(String, WarningGroup)> = Vec::new();
    for warning in warnings {
        let key: String = warning.what.chars().filter(|c| !c.is_ascii_digit()).take(40).collect();
        match groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, group)) => group.count += 1,
            None => groups.push((key, WarningGroup { first: warning.to_string(), count: 1 })),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// This machine.
pub fn host() -> Host {
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    Host { system, cpus: std::thread::available_parallelism().map_or(1, usize::from) }
}

/// Now, UTC, as `YYYY-MM-DDTHH:MM:SSZ`.
pub fn now() -> String {
    let since =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, seconds) = ((since / 86_400) as i64, since % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{}Z", engine::unit::hms(seconds as u32))
}

/// Days since 1970-01-01 as year, month, day (proleptic Gregorian).
fn civil(days: i64) -> (i64, u32, u32) {
    let (mut year, mut rest) = (1970, days);
    let leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if rest < length {
            break;
        }
        rest -= length;
        year += 1;
    }
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while rest >= lengths[month] {
        rest -= lengths[month];
        month += 1;
    }
    (year, month as u32 + 1, rest as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_513), (2026, 3, 1));
    }

    #[test]
    fn warnings_of_a_kind_are_counted_together() {
        let all: Vec<Warning> = (0..3).map(|i| Warning::new("f", i, format!("lane {i} is odd"))).collect();
        let groups = group_warnings(&all);
        assert_eq!((groups.len(), groups[0].count), (1, 3));
    }
}

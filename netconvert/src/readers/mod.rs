//! Every reader of this crate with one small good input each: one list for all exercises.
//!
//! A reader that is missing here fails `no_reader_is_missing`. What the exercises ask of each:
//!
//! - [`damage`]: a damaged copy may be refused or read, but never ends in a panic, nor in a day that is none;
//! - [`habit`]: the habits of real files (marks of UTF-8, `\r\n`, semicolons, ids written `1.0`, cells without a value …) give
//!   the same result as the good input, or are refused, or are told; never another result in silence.
//!
//! `cargo test` tries a sample of each; `cargo test -p netconvert --release --lib readers -- --ignored` tries all of it. The
//! fuzzer (`netconvert/fuzz`) takes its readers and first inputs from here, too.

#[cfg(test)]
mod damage;
mod digest;
#[cfg(test)]
mod habit;
mod networks;
mod plans;
mod surveys;
mod tables;

use engine::{Result, Warning};
#[cfg(test)]
use std::collections::BTreeSet;
use std::path::Path;

/// What a reader made of its input, as lines in an order that does not depend on that of the rows, and what was odd.
pub type Outcome = Result<(Vec<String>, Vec<Warning>)>;

/// A reader and a good input for it.
pub struct Reader {
    /// Path of the function in the crate. Formats of surveys share one function: their name follows after a blank.
    pub name: &'static str,
    /// Files of the folder: name and text.
    pub files: Vec<(&'static str, String)>,
    /// Reads the folder.
    pub read: fn(&Path) -> Outcome,
}

impl Reader {
    fn new(name: &'static str, files: &[(&'static str, &str)], read: fn(&Path) -> Outcome) -> Self {
        let files = files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        Self { name, files, read }
    }
}

/// All of them.
pub fn all() -> Vec<Reader> {
    [networks::readers(), plans::readers(), surveys::readers(), tables::readers()]
        .into_iter()
        .flatten()
        .collect()
}

/// Public functions that are no readers of their own: they call one that is in the list, or read what is not text.
#[cfg(test)]
const BESIDE: [&str; 13] = [
    // Finds the format and calls its reader.
    "convert::read",
    // Finds the kind of file and calls its reader.
    "pems::kind::read_counts",
    // The same with the metadata beside it.
    "pems::kind::read_with",
    // `matsim::network::read` with a reference system.
    "matsim::network::read_in",
    // The whole of what `read` beside it gives a part of.
    "matsim::network::read_whole",
    "matsim::population::read_whole",
    "matsim::facilities::read_whole",
    // `matsim::counts::read` with the modes to count.
    "matsim::counts::read_modes",
    // The name of a reference system, not a file.
    "matsim::crs::read",
    // Surveys are listed by format.
    "survey::format::read",
    // A data frame of R: binary, tested beside its code.
    "r_data::read_frame",
    // A shapefile: tested beside its code.
    "zones::shape::outlines",
    // Draws tours from plans that were read.
    "survey::tour::vista_tours",
];

/// Paths of the public functions `read…` and `outlines` of the crate.
#[cfg(test)]
fn public_readers(folder: &Path, path: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        let stem = entry.file_stem().unwrap().to_str().unwrap().to_owned();
        let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}::{name}") };
        if entry.is_dir() {
            public_readers(&entry, &inner(&stem), found);
            continue;
        }
        if entry.extension().is_none_or(|e| e != "rs")
            || stem == "tests"
            || path == "readers"
            || path == "limit"
        {
            continue;
        }
        let module = if stem == "mod" || stem == "lib" { path.to_owned() } else { inner(&stem) };
        for line in std::fs::read_to_string(&entry).unwrap().lines() {
            let Some(rest) = line.trim_start().strip_prefix("pub fn ") else { continue };
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name == "read" || name.starts_with("read_") || name == "outlines" {
                found.insert(format!("{module}::{name}"));
            }
        }
    }
}

#[test]
fn no_reader_is_missing() {
    let mut found = BTreeSet::new();
    public_readers(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut found);
    // The canary: the scan sees readers of all kinds.
    for known in ["gmns::read", "pems::day::read_5min", "survey::tour::read_daysim"] {
        assert!(found.contains(known), "{known} is not among {found:?}");
    }
    let listed: BTreeSet<String> =
        all().iter().map(|r| r.name.split(' ').next().unwrap_or_default().to_owned()).collect();
    let missing: Vec<_> =
        found.iter().filter(|name| !listed.contains(*name) && !BESIDE.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "readers without an input in netconvert/src/readers: {missing:?}");
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(gone.is_empty(), "listed, but no public function: {gone:?}");
    for format in crate::survey::Format::ALL {
        let name = format!("survey::format::read {}", format.name());
        assert!(all().iter().any(|reader| reader.name == name), "{name} is missing");
    }
}

#[test]
fn every_good_input_is_read_without_a_word() {
    for reader in all() {
        let files: Vec<(&str, &str)> = reader.files.iter().map(|(n, t)| (*n, t.as_str())).collect();
        let folder = crate::testing::folder_of(&files);
        let (lines, warnings) =
            (reader.read)(folder.path()).unwrap_or_else(|e| panic!("{}: {e}", reader.name));
        assert!(!lines.is_empty(), "{}", reader.name);
        let odd: Vec<_> = warnings.iter().filter(|w| !w.what.contains("is not known")).collect();
        assert!(odd.is_empty(), "{}: {odd:?}", reader.name);
    }
}

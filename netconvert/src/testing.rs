//! What the tests of several readers share: files of our own, the real data, damaged copies.

#[path = "../../tests/program/data.rs"]
mod given;

pub use given::{data, skipped};

use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// A folder with one file of `text`.
pub fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    file_of(name, text.as_bytes())
}

/// A folder with one file of `bytes`.
pub fn file_of(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// A folder with some files of text.
pub fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// One way to damage a file: at a place (share of its length), overwrite, insert, remove or cut.
#[derive(Debug, Clone)]
pub enum Damage {
    Overwrite(f64, u8),
    Insert(f64, String),
    Remove(f64, usize),
    Cut(f64),
}

impl Damage {
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        let at = |share: f64, bytes: &[u8]| ((bytes.len() as f64 * share) as usize).min(bytes.len());
        match self {
            Self::Overwrite(share, byte) => {
                let at = at(*share, bytes);
                if let Some(old) = bytes.get_mut(at) {
                    *old = *byte;
                }
            }
            Self::Insert(share, text) => {
                let at = at(*share, bytes);
                bytes.splice(at..at, text.bytes());
            }
            Self::Remove(share, n) => {
                let at = at(*share, bytes);
                let end = (at + n).min(bytes.len());
                bytes.drain(at..end);
            }
            Self::Cut(share) => bytes.truncate(at(*share, bytes)),
        }
    }
}

/// Damage of all kinds; what is inserted are the numbers and signs that readers stumble over.
pub fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let share = 0.0..1.0f64;
    let nasty = prop::sample::select(vec![
        "-1",
        "0",
        "NaN",
        "inf",
        "1e308",
        "99999999999999999999",
        "\"",
        ",",
        "\n",
        "\t",
        ";",
        "é",
        "-",
        ":",
        " ",
        "\u{feff}",
        "",
    ]);
    let one = prop_oneof![
        (share.clone(), any::<u8>()).prop_map(|(s, b)| Damage::Overwrite(s, b)),
        (share.clone(), nasty).prop_map(|(s, t)| Damage::Insert(s, t.to_string())),
        (share.clone(), 1..40usize).prop_map(|(s, n)| Damage::Remove(s, n)),
        share.prop_map(Damage::Cut),
    ];
    prop::collection::vec(one, 1..4)
}

/// Reads many damaged copies of a file; true when the reader panicked on any. An error is a fine answer.
pub fn panics_on_damage(name: &str, bytes: &[u8], cases: u32, read: impl Fn(&Path)) -> bool {
    panics_on_damage_among(&[], name, bytes, cases, |folder| read(&folder.join(name)))
}

/// Reads a folder many times in which the file `name` is a damaged copy of `bytes` and the `others` are whole; true when
/// the reader panicked on any. The same cases in every run: a failure found once is found again.
pub fn panics_on_damage_among(
    others: &[(&str, &str)],
    name: &str,
    bytes: &[u8],
    cases: u32,
    read: impl Fn(&Path),
) -> bool {
    let folder = folder_of(others);
    let rng = proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&damage(), |damages| {
        let mut copy = bytes.to_vec();
        damages.iter().for_each(|damage| damage.apply(&mut copy));
        std::fs::write(folder.path().join(name), &copy).unwrap();
        read(folder.path());
        Ok(())
    });
    if let Err(error) = &outcome {
        eprintln!("{error}");
    }
    outcome.is_err()
}

/// The canary: a reader that panics on damage must be caught, or the fuzz tests above prove nothing.
#[test]
fn the_harness_catches_a_reader_that_panics() {
    let fragile = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        for line in text.lines().skip(1) {
            let _number: f64 = line.split(',').nth(1).unwrap().parse().unwrap();
        }
    };
    let table = "a,b\n1,2\n3,4\n5,6\n7,8\n";
    assert!(panics_on_damage("t.csv", table.as_bytes(), 200, fragile));
    assert!(!panics_on_damage("t.csv", table.as_bytes(), 200, |path| drop(std::fs::read(path))));
}

//! What the tests of several readers share: small files of our own, and damaged copies of them.

use proptest::prelude::*;
use std::path::Path;

/// A folder with some files of text.
pub(crate) fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        engine::disk::write_bytes(folder.path().join(name), text.as_bytes()).unwrap();
    }
    folder
}

/// One way to damage a file: at a place (share of its length) overwrite a byte, insert, remove, or cut.
#[derive(Debug, Clone)]
enum Damage {
    Overwrite(f64, u8),
    Insert(f64, &'static str),
    Remove(f64, usize),
    Cut(f64),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let at = |share: f64, bytes: &[u8]| ((bytes.len() as f64 * share) as usize).min(bytes.len());
        match *self {
            Self::Overwrite(share, byte) => {
                let at = at(share, bytes);
                if let Some(old) = bytes.get_mut(at) {
                    *old = byte;
                }
            }
            Self::Insert(share, text) => {
                let at = at(share, bytes);
                bytes.splice(at..at, text.bytes());
            }
            Self::Remove(share, n) => {
                let at = at(share, bytes);
                bytes.drain(at..(at + n).min(bytes.len()));
            }
            Self::Cut(share) => bytes.truncate(at(share, bytes)),
        }
    }
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    const NASTY: [&str; 16] = [
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
    ];
    let share = 0.0..1.0f64;
    let one = prop_oneof![
        (share.clone(), any::<u8>()).prop_map(|(s, b)| Damage::Overwrite(s, b)),
        (share.clone(), prop::sample::select(NASTY.to_vec())).prop_map(|(s, t)| Damage::Insert(s, t)),
        (share.clone(), 1..40usize).prop_map(|(s, n)| Damage::Remove(s, n)),
        share.prop_map(Damage::Cut),
    ];
    prop::collection::vec(one, 1..4)
}

/// Reads a folder many times in which the file `name` is a damaged copy of `text` and `others` are whole; true
/// when the reader panicked on any. An error is a fine answer. The same cases in every run.
pub(crate) fn panics_on_damage(
    name: &str,
    text: &str,
    others: &[(&str, &str)],
    cases: u32,
    read: impl Fn(&Path),
) -> bool {
    let folder = folder_of(others);
    let rng = proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&damage(), |damages| {
        let mut copy = text.as_bytes().to_vec();
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

/// The canary: a reader that panics on damage must be caught, or the tests above prove nothing.
#[test]
fn the_harness_catches_a_reader_that_panics() {
    let fragile = |folder: &Path| {
        let text = std::fs::read_to_string(folder.join("t.csv")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let _number: f64 = line.split(',').nth(1).unwrap().parse().unwrap();
        }
    };
    let table = "a,b\n1,2\n3,4\n5,6\n7,8\n";
    assert!(panics_on_damage("t.csv", table, &[], 200, fragile));
    assert!(!panics_on_damage("t.csv", table, &[], 200, |folder| drop(std::fs::read(folder.join("t.csv")))));
}

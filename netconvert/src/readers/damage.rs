//! Damaged copies of each good input.

use super::all;
use crate::testing::panics_on_damage_among;
use std::path::Path;

/// Tries damaged copies of each file of each reader; the names of those that panicked. The lines that a reader gives are made
/// by [`super::digest`], which also checks that days are days.
fn panicking(cases: u32) -> Vec<String> {
    let mut found = Vec::new();
    for reader in all() {
        let files: Vec<(&str, &str)> = reader.files.iter().map(|(n, t)| (*n, t.as_str())).collect();
        for (name, text) in &files {
            let read = |folder: &Path| drop((reader.read)(folder));
            if panics_on_damage_among(&files, name, text.as_bytes(), cases, read) {
                found.push(format!("{} at {name}", reader.name));
            }
        }
    }
    found
}

#[test]
fn damaged_copies_never_panic() {
    assert_eq!(panicking(25), [""; 0]);
}

#[test]
#[ignore = "minutes: the whole of what damaged_copies_never_panic samples"]
fn many_damaged_copies_never_panic() {
    assert_eq!(panicking(400), [""; 0]);
}

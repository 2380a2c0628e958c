//! Same seed, same bits: on any number of threads and parts, with the rows of the files in any order; another seed,
//! other bits.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::{run, scenario, wayfare};
use std::path::Path;

/// Hash of the events, hashes of the tables.
type Hashes = (String, serde_json::Value);

fn hashes(scenario: &Path, more: &[&str]) -> Hashes {
    let folder = tempfile::tempdir().unwrap();
    let mut all = vec!["--set", "assign.iterations=3"];
    all.extend(more);
    let manifest = run(scenario, &folder.path().join("run"), &all);
    let hash = &manifest["hash"];
    assert!(hash["tables"].as_object().is_some_and(|tables| !tables.is_empty()));
    (hash["events"].as_str().unwrap().to_string(), hash["tables"].clone())
}

#[test]
fn threads_and_parts_change_nothing_and_seeds_change_something() {
    let of = |seed: &str, threads: &str, parts: &str| {
        let parts = format!("traffic.parts={parts}");
        let more = ["--sample", "0.05", "--seed", seed, "--threads", threads, "--set", &parts];
        hashes(&scenario("sioux-falls"), &more)
    };
    let one = of("1", "1", "1");
    assert_eq!(one.0.len(), 64);
    for (threads, parts) in [("1", "1"), ("2", "1"), ("3", "2")] {
        assert_eq!(of("1", threads, parts), one, "{threads} threads, {parts} parts");
    }
    assert_ne!(of("2", "2", "1").0, one.0);
}

/// Shuffles the rows of a table below its header (Fisher and Yates), always the same way.
fn shuffle(table: &Path) {
    let text = std::fs::read_to_string(table).unwrap();
    let mut rows: Vec<&str> = text.lines().collect();
    let mut state = 12_345u64;
    for last in (2..rows.len()).rev() {
        // Knuth's MMIX generator; its high bits.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        rows.swap(last, 1 + ((state >> 33) as usize) % last);
    }
    let mixed = rows.join("\n") + "\n";
    assert!(rows.len() < 4 || mixed != text, "{} was not shuffled", table.display());
    std::fs::write(table, mixed).unwrap();
}

/// Copies the files of a scenario, the rows of its tables in another order.
fn shuffled(from: &Path, to: &Path) -> usize {
    std::fs::create_dir(to).unwrap();
    let mut n_tables = 0;
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let copy = to.join(path.file_name().unwrap());
            std::fs::copy(&path, &copy).unwrap();
            if copy.extension().is_some_and(|e| e == "csv") {
                shuffle(&copy);
                n_tables += 1;
            }
        }
    }
    n_tables
}

#[test]
fn the_order_of_rows_changes_nothing_in_a_trip_table() {
    let folder = tempfile::tempdir().unwrap();
    let mixed = folder.path().join("mixed");
    assert_eq!(shuffled(&scenario("sioux-falls"), &mixed), 4);
    let few = ["--sample", "0.05"];
    assert_eq!(hashes(&mixed, &few), hashes(&scenario("sioux-falls"), &few));
}

#[test]
fn the_order_of_rows_changes_nothing_in_a_county() {
    let folder = tempfile::tempdir().unwrap();
    let (county, mixed) = (folder.path().join("county"), folder.path().join("mixed"));
    let said = wayfare(&["new", county.to_str().unwrap(), "--synthetic", "--persons", "1000", "--quiet"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(shuffled(&county, &mixed), 9);
    assert_eq!(hashes(&mixed, &[]), hashes(&county, &[]));
}

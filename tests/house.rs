//! The rules of the house: who may know whom, and what may not be written.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;
mod rules;

use program::root;
use rules::{function, layer, page, source};
use std::collections::BTreeSet;

/// Where the code of each crate lies.
const CRATES: [(&str, &str); 5] = [
    ("engine", "engine/src"),
    ("netconvert", "netconvert/src"),
    ("model", "model/src"),
    ("viz", "viz/src"),
    ("wayfare", "scenarios/src"),
];

#[test]
fn the_architecture_page_names_what_is_there() {
    let text = std::fs::read_to_string(root().join("engine/ARCHITECTURE.md")).unwrap();
    assert_eq!(page::missing_files(&text, &root()), [""; 0], "files on the page that do not exist");
    let mut functions = BTreeSet::new();
    for folder in CRATES.iter().map(|c| c.1).chain(["tests", "viz/tests"]) {
        for file in source::files(&root().join(folder)) {
            functions.extend(page::functions(&std::fs::read_to_string(file).unwrap()));
        }
    }
    assert_eq!(page::missing_tests(&text, &functions), [""; 0], "tests on the page that do not exist");
}

fn dependencies(package: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    table["dependencies"].as_table().unwrap().keys().cloned().collect()
}

fn uses_of(src: &str) -> Vec<layer::Use> {
    layer::uses(&source::sources(&root(), src))
}

#[test]
fn no_modules_use_each_other_in_a_circle() {
    for (name, src) in CRATES {
        let circle = layer::circle(&uses_of(src));
        assert_eq!(circle, [""; 0], "a circle in {name}");
    }
}

#[test]
fn no_module_uses_a_layer_above_its_own() {
    let text = std::fs::read_to_string(root().join("engine/ARCHITECTURE.md")).unwrap();
    for (name, src) in CRATES {
        let layers = page::layers(&text, name);
        assert!(!layers.is_empty(), "engine/ARCHITECTURE.md declares no layers of {name}");
        let wrong = layer::upward(&uses_of(src), &layers);
        assert_eq!(wrong, [""; 0], "{name} (its layers: engine/ARCHITECTURE.md)");
        let unplaced = layer::unplaced(&uses_of(src), &layers);
        assert!(unplaced.is_empty(), "modules of {name} in no layer: {unplaced:?}");
    }
}

/// Most lines of a function, its head included.
const MOST_LINES: usize = 80;

#[test]
fn no_function_is_longer_than_a_page() {
    let all = CRATES.iter().flat_map(|(_, src)| source::sources(&root(), src));
    let long: Vec<String> =
        all.flat_map(|s| function::too_long(&function::functions(&s), MOST_LINES)).collect();
    assert_eq!(long, [""; 0], "functions of more than {MOST_LINES} lines");
}

#[test]
fn every_public_function_that_can_fail_says_when() {
    let all = CRATES.iter().flat_map(|(_, src)| source::sources(&root(), src));
    let silent: Vec<String> =
        all.flat_map(|s| function::silent_about_errors(&function::functions(&s))).collect();
    assert_eq!(silent, [""; 0], "public, may fail, and have no `# Errors` section");
}

#[test]
fn nothing_unwraps_outside_tests() {
    let all = CRATES.iter().flat_map(|(_, src)| source::sources(&root(), src));
    let found: Vec<String> = all.flat_map(|s| function::unwraps(&s)).collect();
    assert_eq!(found, [""; 0], "an unwrap is no error message");
}

/// Least share of lines outside tests that are documentation or comments, per cent, over all crates.
const LEAST_COMMENTS_PERCENT: usize = 20;

#[test]
fn enough_lines_explain() {
    let (mut comments, mut lines) = (0, 0);
    for (_, src) in CRATES {
        for source in source::sources(&root(), src) {
            let (c, n) = source::comment_lines(&source);
            (comments, lines) = (comments + c, lines + n);
        }
    }
    assert!(
        100 * comments >= LEAST_COMMENTS_PERCENT * lines,
        "{comments} lines of documentation among {lines}"
    );
}

#[test]
fn the_star_has_one_centre() {
    let rooms = ["engine", "model", "netconvert", "viz"];
    for room in rooms {
        let own: Vec<String> =
            dependencies(room).into_iter().filter(|d| rooms.contains(&d.as_str())).collect();
        let may: &[&str] = if room == "engine" { &[] } else { &["engine"] };
        assert_eq!(own, may, "{room} may know only {may:?}");
    }
}

/// Where `model` may touch the file system: its weights.
const MODEL_FILES: [&str; 1] = ["model/src/models/chain/weights.rs"];

#[test]
fn model_reads_no_foreign_format() {
    for reader in ["csv", "quick-xml", "flate2", "bzip2", "zip", "shapefile", "osmpbf"] {
        assert!(!dependencies("model").contains(&reader.to_string()), "model depends on {reader}");
    }
    let opens = ["disk::", "std::fs", "File::open", "read_to_string"];
    let files = source::sources(&root(), "model/src");
    let at_files: Vec<&str> = files
        .iter()
        .filter(|file| opens.iter().any(|word| file.code.contains(word)))
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(at_files, MODEL_FILES, "who reads surveys is netconvert");
}

/// The work of each fixed crate: where it is done, and the calls that do it (code of one file must hold them all).
const WORK: [(&str, &str, &[&str]); 12] = [
    (
        "bevy_ecs: persons are entities, stages are systems over them",
        "",
        &["Schedule::default()", ".par_iter_mut()", "Query<"],
    ),
    (
        "petgraph: routing and cleaning read one topology",
        "engine/src",
        &["impl<'a> IntoEdges for &'a Topology"],
    ),
    ("petgraph: strong components over that topology", "engine/src", &["tarjan_scc(", "&self.topology"]),
    ("h3o: activities lie in hexagons", "engine/src/place", &["LatLng::new(", ".to_cell(Resolution::"]),
    (
        "geo: outlines of zones hold their places",
        "netconvert/src/zones",
        &["geo::", ".contains(&Point::new("],
    ),
    ("rayon: routes are found in parallel", "engine/src/route", &["rayon::", "par_"]),
    ("rand: its distributions take our draws", "engine/src", &["impl rand::TryRng for Draw"]),
    (
        "polars: runs are compared by queries on their tables",
        "engine/src/store",
        &["group_by_stable(", ".filter(&arrived)"],
    ),
    ("polars: a run is kept as tables", "engine/src", &["ParquetWriter::new(", "ParquetReader::new("]),
    ("serde: settings are read by name", "scenarios/src", &["serde::", "deny_unknown_fields", "Deserialize"]),
    ("quick-xml: XML is read within limits", "netconvert/src/limit", &["quick_xml::", "read_event"]),
    ("tch: the activity model runs on tensors", "model/src", &["tch::", "Tensor"]),
];

#[test]
fn each_fixed_crate_does_its_work() {
    let files: Vec<source::Source> =
        CRATES.iter().flat_map(|(_, src)| source::sources(&root(), src)).collect();
    for (work, folder, calls) in WORK {
        assert!(does(&files, folder, calls), "no file under `{folder}` holds {calls:?}: {work}");
    }
    assert!(!does(&files, "engine/src", &["tarjan_scc(", "no_such_call("]), "the test must be able to fail");
}

/// Whether the code of one file in a folder, tests and comments left out, holds all calls.
fn does(files: &[source::Source], folder: &str, calls: &[&str]) -> bool {
    files.iter().any(|f| f.path.starts_with(folder) && calls.iter().all(|call| f.code.contains(call)))
}

#[test]
fn libraries_open_no_file_and_read_no_clock() {
    for (path, text) in sources() {
        let library =
            ["engine/src", "model/src", "netconvert/src", "viz/src"].iter().any(|p| path.contains(p));
        if !library || path.ends_with("disk.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for word in ["Instant::now", "SystemTime::now"] {
            assert!(!code.contains(word), "{path} uses {word}");
        }
        if path.contains("engine/src") {
            assert!(!code.contains("std::fs::"), "{path} opens files past engine::disk");
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<_> = ["engine/src", "model/src", "netconvert/src", "viz/src", "scenarios/src"]
        .map(|p| root().join(p))
        .into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|n| n != "tests") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| e == "rs")
                && path.file_name().is_some_and(|n| n != "tests.rs")
            {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 50);
    found
}

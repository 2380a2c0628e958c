//! The rules of the house: who may know whom, and what may not be written.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::root;

fn dependencies(package: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    table["dependencies"].as_table().unwrap().keys().cloned().collect()
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

#[test]
fn each_fixed_crate_has_work() {
    for name in ["bevy_ecs", "tch", "petgraph", "h3o", "geo", "rayon", "rand", "polars", "serde", "quick-xml"]
    {
        let word = format!("{}::", name.replace('-', "_"));
        let used = sources().iter().any(|(_, text)| text.contains(&word));
        assert!(used, "{name} is not used");
    }
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

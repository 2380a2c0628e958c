//! The first demonstration: a synthetic county jams at its bridge, its streets have names, and a what-if of each kind of
//! measure shows a difference from the base.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::{run, wayfare};
use serde_json::Value;
use std::path::Path;

/// Runs and compares one what-if; gives the comparison.
fn what_if(county: &Path, base: &Path, name: &str) -> Value {
    let (scenario, out) = (county.join("what-if").join(name), county.join("out").join(name));
    run(&scenario, &out, &["--set", "assign.iterations=3"]);
    let against = county.join("against").join(name);
    let said = wayfare(&[
        "compare",
        base.to_str().unwrap(),
        out.to_str().unwrap(),
        "--out",
        against.to_str().unwrap(),
        "--json",
    ]);
    assert_eq!(said.code, 0, "{name}: {}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

/// The base beside what-ifs: held against the same counts, and different where they are.
fn side_by_side(county: &Path, base: &Path) {
    let out = |name: &str| county.join("out").join(name);
    let (lane, growth) = (out("second-lane"), out("growth"));
    let runs = [base, &lane, &growth].map(|run| run.to_str().unwrap().to_string());
    let page = county.join("page").display().to_string();
    let said = wayfare(&["report", &runs[0], &runs[1], &runs[2], "--out", &page, "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let told: Value = serde_json::from_str(&said.out).unwrap();
    let keys: Vec<&str> = told["several"]["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[0].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["policy.1.factor", "policy.1.kind", "policy.1.lanes.add", "policy.1.on.street"]);
    let warnings = told["several"]["warnings"].to_string();
    assert!(warnings.contains("one seed, but not the same persons"), "{warnings}");
    assert!(!warnings.contains("the same counts"), "{warnings}");
}

/// Minutes a person and day that everybody gains (below 0) or loses.
fn minutes(comparison: &Value) -> f64 {
    comparison["gains"][0]["time_min"]["difference"].as_f64().unwrap()
}

#[test]
fn each_kind_of_measure_shows_a_difference() {
    let folder = tempfile::tempdir().unwrap();
    let (county, base) = (folder.path().join("county"), folder.path().join("base"));
    let made = wayfare(&["new", county.to_str().unwrap(), "--synthetic", "--persons", "8000", "--quiet"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let manifest = run(&county, &base, &["--set", "assign.iterations=3"]);
    let persons = manifest["summary"]["persons"].as_f64().unwrap();

    for (name, longer) in [
        ("close-old-bridge", true),
        ("second-lane", false),
        ("signal-at-old-bridge", true),
        ("ramp-meters", true),
        ("telework", false),
        ("growth", true),
    ] {
        let comparison = what_if(&county, &base, name);
        let minutes = minutes(&comparison);
        assert!(if longer { minutes > 0.0 } else { minutes < 0.0 }, "{name}: {minutes}");
        let alone = comparison["n_alone"]["b"].as_f64().unwrap();
        let expected = if name == "growth" { 0.1 * persons } else { 0.0 };
        assert!((alone - expected).abs() < 0.02 * persons, "{name}: {alone}");
        // Who works at home has another day; a wider road changes nobody's.
        let replanned = comparison["n_replanned"].as_u64().unwrap();
        match name {
            "telework" => assert!(replanned > 0, "{name}"),
            "second-lane" | "ramp-meters" => assert_eq!(replanned, 0, "{name}"),
            _ => {}
        }
    }
    side_by_side(&county, &base);
    // All that crosses the river is told in both directions, and is close to what was counted.
    let text = std::fs::read_to_string(base.join("validation.json")).unwrap();
    let validation: Value = serde_json::from_str(&text).unwrap();
    let river = validation["screenlines"].as_array().unwrap();
    let directions: Vec<&str> = river.iter().map(|of| of["direction"].as_str().unwrap()).collect();
    assert_eq!(directions, ["southbound", "northbound"]);
    for of in river {
        let (seen, run) = (of["observed"].as_f64().unwrap(), of["simulated_at_counts"].as_f64().unwrap());
        assert!(seen > 500.0 && (run / seen - 1.0).abs() < 0.2, "{seen} {run}");
    }
    // What is exported of growth pairs the same persons.
    let against = county.join("against").join("growth");
    let said = wayfare(&[
        "export",
        against.to_str().unwrap(),
        "--csv",
        "--out",
        folder.path().join("csv").to_str().unwrap(),
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    let stations = std::fs::read_to_string(folder.path().join("csv").join("stations.csv")).unwrap();
    assert!(stations.lines().next().unwrap().contains("simulated_base_volume,simulated_variant_volume"));
    let of_county = std::fs::read_to_string(county.join("stations.csv")).unwrap();
    assert_eq!(stations.lines().count(), of_county.lines().count());
    let zones = std::fs::read_to_string(folder.path().join("csv").join("zones.csv")).unwrap();
    let column =
        zones.lines().next().unwrap().split(',').position(|name| name == "persons_simulated").unwrap();
    let compared: f64 =
        zones.lines().skip(1).map(|line| line.split(',').nth(column).unwrap().parse::<f64>().unwrap()).sum();
    assert!(compared > 0.99 * persons && compared <= persons, "{compared} of {persons}");
    // Who can goes by the freeway's bridge.
    let toll = what_if(&county, &base, "bridge-toll");
    let changed = |link: &Value| link["volume"]["difference"].as_f64().unwrap() < -100.0;
    let links: Vec<&Value> = toll["links"].as_array().unwrap().iter().filter(|link| changed(link)).collect();
    let is_bridge = |link: &&Value| link["location"].as_str().unwrap().starts_with("Old Bridge at");
    assert!(links.iter().any(is_bridge), "{links:?}");
}

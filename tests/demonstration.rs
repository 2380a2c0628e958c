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

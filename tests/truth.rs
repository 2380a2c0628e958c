//! One truth for the day: what a closure does to trips is the same in every table, in the report and in the checks.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use engine::id::{LegId, LinkId, PersonId};
use engine::mode::Mode;
use engine::network::Network;
use engine::store;
use engine::trip::{Legs, Moved};
use program::{manifest, run, wayfare};
use std::collections::BTreeMap;
use std::path::Path;

/// A synthetic county with its base run.
fn county(folder: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let (county, base) = (folder.join("county"), folder.join("base"));
    let made = wayfare(&["new", county.to_str().unwrap(), "--synthetic", "--persons", "2000", "--quiet"]);
    assert_eq!(made.code, 0, "{}", made.err);
    run(&county, &base, &["--set", "assign.iterations=2"]);
    (county, base)
}

fn legs(run: &Path) -> (Legs, Vec<Moved>) {
    let persons = store::persons::read(run).unwrap();
    let (legs, _, moved) = store::legs::read(run, persons.layer.len()).unwrap();
    (legs, moved)
}

/// A link at which few cars arrive, with all links that lead up to it: nobody can be set down before it.
fn dead_end(network: &Network, legs: &Legs) -> Vec<LinkId> {
    let mut arrivals: BTreeMap<LinkId, usize> = BTreeMap::new();
    let cars: Vec<usize> = (0..legs.len()).filter(|&leg| legs.mode[leg] == Mode::Car).collect();
    cars.iter().for_each(|&leg| *arrivals.entry(legs.to[leg]).or_default() += 1);
    let most = cars.len() / 200;
    let last = network.link_ids().find(|link| (1..=most).contains(arrivals.get(link).unwrap_or(&0))).unwrap();
    let before = network.in_links(network.link(last).from).iter().copied();
    before.chain([last]).collect()
}

/// The links at which a person is in the course of the day, by activities and by legs; stays at one link count once.
fn visits(run: &Path) -> Vec<(Vec<LinkId>, Vec<LinkId>)> {
    let (legs, moved) = legs(run);
    let n = legs.n_persons();
    let (_, places) = store::activities::read(run, n).unwrap();
    let of = |person: usize| {
        let own: Vec<LegId> = legs.of(PersonId::new(person)).collect();
        let arrived = own.iter().take_while(|leg| moved[leg.index()].arrive_s != u32::MAX);
        let mut by_legs: Vec<LinkId> = own.first().map(|leg| legs.from[leg.index()]).into_iter().collect();
        by_legs.extend(arrived.map(|leg| legs.to[leg.index()]));
        let mut by_activities: Vec<LinkId> = places[person].0.iter().map(|place| place.link).collect();
        if own.is_empty() {
            by_legs.clone_from(&by_activities);
        }
        by_legs.dedup();
        by_activities.dedup();
        (by_activities, by_legs)
    };
    (0..n).map(of).collect()
}

/// Trips by mode as the report's table says.
fn report_shares(run: &Path) -> (f64, Vec<String>) {
    let text = std::fs::read_to_string(run.join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let tables = report["tables"].as_array().unwrap();
    let modes = tables.iter().find(|table| table["title"] == "Modes of trips").unwrap();
    let all = modes["rows"].as_array().unwrap().iter().find(|row| row[0] == "all").unwrap();
    let cells: Vec<String> =
        all.as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_string()).collect();
    (cells[1].parse().unwrap(), cells[2..].to_vec())
}

fn agree(run: &Path) {
    for (person, (by_activities, by_legs)) in visits(run).into_iter().enumerate() {
        assert_eq!(by_activities, by_legs, "person {person}");
    }
    let (legs, _) = legs(run);
    let count = |mode| legs.mode.iter().filter(|m| **m == mode).count();
    let (n, shares) = report_shares(run);
    assert_eq!(n, legs.len() as f64);
    let expected = Mode::ALL.map(|mode| format!("{:.1} %", 100.0 * count(mode) as f64 / n));
    assert_eq!(shares, expected);
    let summary = &manifest(run)["summary"];
    assert_eq!(summary["car_trips"].as_f64().unwrap(), count(Mode::Car) as f64);
    assert_eq!(summary["trips"].as_f64().unwrap(), n);
}

#[test]
fn tables_report_and_checks_agree_on_what_a_closure_did() {
    let folder = tempfile::tempdir().unwrap();
    let (county, base) = county(folder.path());
    agree(&base);
    let (_, _, source) = wayfare::finished::reopen(&base).unwrap();
    let network = &source.network;
    let (before, _) = legs(&base);
    let shut = dead_end(network, &before);
    let names: Vec<&str> = shut.iter().map(|link| network.link(*link).name.as_str()).collect();
    let file = county.join("scenario.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}\n[[policy]]\nkind = \"close\"\non = {{ links = {names:?} }}\n"))
        .unwrap();
    let closed = folder.path().join("closed");
    run(&county, &closed, &["--set", "assign.iterations=2"]);
    agree(&closed);
    // Both things happened: cars were left before a closed link, and trips without a way took public transport.
    let (after, _) = legs(&closed);
    let differ = |a: &dyn Fn(usize) -> u32, b: &dyn Fn(usize) -> u32| {
        (0..after.len()).filter(|&i| a(i) != b(i)).count()
    };
    let mode = |legs: &Legs, i: usize| legs.mode[i] as u32;
    assert!(differ(&|i| before.to[i].0, &|i| after.to[i].0) > 0, "no car was left before a closed link");
    assert!(differ(&|i| mode(&before, i), &|i| mode(&after, i)) > 0, "no trip lost its way");
}

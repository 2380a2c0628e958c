//! The questions of `engine/src/store/QUERIES.md`, asked of a run with polars as the page says, and answered a second time
//! from what the engine reads.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use engine::id::{LegId, LinkId, PersonId};
use engine::store;
use program::{run, skipped, wayfare};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const PAGE: &str = include_str!("../engine/src/store/QUERIES.md");

/// The queries of the page with their headings.
fn queries() -> Vec<(&'static str, &'static str)> {
    let sections = PAGE.split("\n## ").skip(1);
    let query = |section: &'static str| {
        let (_, rest) = section.split_once("```sql\n").unwrap();
        (section.lines().next().unwrap(), rest.split_once("```").unwrap().0)
    };
    sections.map(query).collect()
}

/// Asks polars, as the page tells a reader to; `None` where Python or polars is missing.
fn ask(run: &Path, query: &str) -> Option<Vec<Value>> {
    let script = "import json, sys, polars as pl\n\
        tables = ['persons', 'households', 'activities', 'legs', 'routes', 'link_15min', 'network', 'zones']\n\
        run = pl.SQLContext({name: pl.scan_parquet(f'{sys.argv[1]}/{name}.parquet') for name in tables})\n\
        print(json.dumps(run.execute(sys.argv[2], eager=True).to_dicts()))";
    if !Command::new("python3").args(["-c", "import polars"]).output().is_ok_and(|said| said.status.success())
    {
        skipped("program", "python3 with polars");
        return None;
    }
    let said = Command::new("python3").args(["-c", script, run.to_str().unwrap(), query]).output().unwrap();
    assert!(said.status.success(), "{query}\n{}", String::from_utf8_lossy(&said.stderr));
    Some(serde_json::from_slice(&said.stdout).unwrap())
}

/// Sums a column of the rows by the words of other columns.
fn sums(rows: &[Value], keys: &[&str], value: &str) -> BTreeMap<Vec<String>, f64> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let key = keys.iter().map(|key| row[key].to_string()).collect();
        *sums.entry(key).or_insert(0.0) += row[value].as_f64().unwrap();
    }
    sums
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1.0)
}

#[test]
fn the_page_asks_five_questions_of_columns_that_exist() {
    let queries = queries();
    assert_eq!(queries.len(), 5);
    for (question, query) in queries {
        for table in store::TABLES {
            for (_, rest) in query
                .match_indices(&format!("{}.", table.name))
                .map(|(at, found)| (at, &query[at + found.len()..]))
            {
                let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                assert!(
                    table.columns.iter().any(|column| column.name == word),
                    "{question}: {}.{word}",
                    table.name
                );
            }
        }
    }
}

#[test]
fn a_run_answers_the_five_questions() {
    let folder = tempfile::tempdir().unwrap();
    let (county, out) = (folder.path().join("county"), folder.path().join("run"));
    let made = wayfare(&["new", county.to_str().unwrap(), "--synthetic", "--persons", "2000", "--quiet"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let manifest = run(&county, &out, &["--set", "assign.iterations=2", "--sample", "0.5"]);
    let query = |question: &str| queries().into_iter().find(|(q, _)| q.starts_with(question)).unwrap().1;
    let persons = store::persons::read(&out).unwrap();
    let n = persons.layer.len();
    let (legs, routes, moved) = store::legs::read(&out, n).unwrap();
    let (chains, _) = store::activities::read(&out, n).unwrap();

    // All miles by county and hour are those that the run sums up from routes and volumes.
    let Some(rows) = ask(&out, query("Vehicle miles")) else { return };
    assert!(rows.iter().filter(|row| row["county"].is_string()).count() > 20, "{rows:?}");
    let miles: f64 = sums(&rows, &[], "miles").values().sum();
    let km = manifest["summary"]["vmt_km"].as_f64().unwrap();
    assert!(near(miles * 1.609344, km), "{miles} {km}");

    // Shares of the modes in each group of income are those of the trips.
    let rows = ask(&out, query("Mode share")).unwrap();
    let mut wanted: BTreeMap<Vec<String>, f64> = BTreeMap::new();
    for (person, who) in persons.demographics.iter().enumerate() {
        let from = who.as_ref().unwrap().income_usd.div_euclid(50_000) * 50_000;
        let from = from.to_string();
        for leg in legs.of(PersonId::new(person)) {
            let mode = format!("\"{}\"", legs.mode[leg.index()].name());
            *wanted.entry(vec![from.clone(), mode]).or_insert(0.0) += 2.0;
        }
    }
    assert_eq!(sums(&rows, &["income_from_usd", "mode"], "trips"), wanted);
    assert!(sums(&rows, &["income_from_usd"], "share").values().all(|share| near(*share, 1.0)));

    // Twenty links, the slowest first, with names.
    let rows = ask(&out, query("The twenty links")).unwrap();
    let delays: Vec<f64> = rows.iter().map(|row| row["delay_h"].as_f64().unwrap()).collect();
    assert!(delays.len() == 20 && delays.is_sorted_by(|a, b| a >= b) && delays[0] > 0.0, "{delays:?}");
    assert!(rows.iter().all(|row| row["location"].is_string() && row["class"].is_string()));

    // The users of the link that most trips drive.
    let drives = |link: LinkId| {
        let over = |leg: &usize| {
            routes.of(LegId::new(*leg)).iter().skip(1).any(|l| *l == link) && legs.from[*leg] != link
        };
        (0..legs.len()).filter(over).count()
    };
    let bridge = (0..200).map(LinkId).max_by_key(|link| drives(*link)).unwrap();
    assert!(drives(bridge) > 0);
    let rows = ask(&out, &query("Who uses").replace("17", &bridge.0.to_string())).unwrap();
    let trips: f64 = sums(&rows, &[], "trips").values().sum();
    assert!(near(trips, drives(bridge) as f64 * 2.0), "{trips} {}", drives(bridge));
    assert!(rows.iter().all(|row| row["home"].is_string() && row["purpose"].is_string()));

    // At noon: a person is on the way who has left one activity and not begun the next.
    let rows = ask(&out, query("Trips under way")).unwrap();
    let noon = 43_200;
    let under_way = |leg: &usize| moved[*leg].depart_s <= noon && moved[*leg].arrive_s > noon;
    let n_legs = (0..legs.len()).filter(under_way).count() as f64;
    let at_an_activity =
        |chain: &engine::activity::Chain| chain.0.iter().any(|e| e.start_s <= noon && noon < e.end_s);
    let n_away = chains.iter().filter(|chain| !at_an_activity(chain)).count() as f64;
    let trips: f64 = sums(&rows, &[], "trips").values().sum();
    assert!(
        trips > 0.0 && near(trips, n_legs * 2.0) && near(trips, n_away * 2.0),
        "{trips} {n_legs} {n_away}"
    );
}

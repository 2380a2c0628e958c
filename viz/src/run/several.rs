//! The page of several finished runs beside each other.
//!
//! It reads what each run left in its folder (`run.json`, `report.json` and the table of legs) and no input file, so that
//! runs of another machine can be looked at. It says first in what the runs differ, and which figures that makes
//! incomparable: numbers in one table are compared by whoever sees them.
//!
//! What it does not do: pair persons, or draw a map. That is a comparison of two runs of one seed ([`super::compared`]), which
//! needs the roads and so the input files. Here runs may differ in anything, and only sums are held against each other.
//! The order of the runs is that of the command line, and the first is the one that changes are told against.

use crate::report::{OneRun, Report, Several};
use crate::text::percent;
use engine::store::{Manifest, manifest::Input, query};
use engine::{Error, Fault, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Runs that a page shows at most: more columns are not read beside each other.
pub const MOST_RUNS: usize = 10;

/// Letters of a value in the table of differences.
const MOST_LETTERS: usize = 60;

/// A run folder as this page needs it.
struct Read {
    manifest: Manifest<Value>,
    report: Report,
    run: OneRun,
}

/// Writes `report.html` and its plots into `out`, which is there.
///
/// # Errors
/// What the file system says.
pub fn write_several(several: &Several, out: &Path) -> Result<()> {
    let report = Report {
        title: format!("{} runs beside each other", several.runs.len()),
        several: Some(several.clone()),
        ..Report::default()
    };
    super::draw(&report, out)
}

/// Reads finished runs and holds them against each other.
///
/// # Errors
/// A fault for fewer than two runs or more than [`MOST_RUNS`], for one named twice, and for a folder without a finished run.
pub fn read_several(folders: &[PathBuf]) -> Result<Several> {
    let refuse = |what: String, expected: &str| Err(Fault::new("report", "", what).expected(expected).into());
    if !(2..=MOST_RUNS).contains(&folders.len()) {
        let expected = format!("two to {MOST_RUNS} run folders");
        return refuse(format!("{} runs are given", folders.len()), &expected);
    }
    let paths: Vec<PathBuf> =
        folders.iter().map(|f| f.canonicalize().map_err(|e| Error::io(f, e))).collect::<Result<_>>()?;
    if let Some(at) = (1..paths.len()).find(|&at| paths[..at].contains(&paths[at])) {
        return refuse(format!("{} is named twice", folders[at].display()), "different run folders");
    }
    let names = names(&paths);
    let runs: Vec<Read> = folders.iter().zip(names).map(|(f, name)| read(f, name)).collect::<Result<_>>()?;
    let differences = differences(&runs);
    let only_seeds_differ = !differences.is_empty() && differences.iter().all(|(key, _)| key == "seed");
    let warnings = warnings(&runs, only_seeds_differ);
    Ok(Several {
        only_seeds_differ,
        differences,
        warnings,
        runs: runs.into_iter().map(|read| read.run).collect(),
    })
}

/// One run.
fn read(folder: &Path, name: String) -> Result<Read> {
    let manifest: Manifest<Value> = Manifest::read(folder)?;
    let report = super::read(folder)?;
    let sample = report.sample;
    let modes = query::trips_by_mode(folder)?.into_iter();
    let run = OneRun {
        name,
        title: report.title.clone(),
        seed: manifest.seed,
        sample,
        numbers: manifest.summary.clone(),
        modes: modes.map(|of| (of.mode.name().to_string(), of.trips as f64 / sample)).collect(),
        departures: report.departures.clone(),
        driven: report.driven.clone(),
        iterations: report.iterations.clone(),
        curves: report.curves.clone(),
    };
    Ok(Read { manifest, report, run })
}

/// The last parts of the paths, as few as tell them apart.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let last = |path: &PathBuf, n: usize| {
        let parts: Vec<_> = path.iter().collect();
        let from = parts.len().saturating_sub(n);
        parts[from..].iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    };
    let longest = paths.iter().map(|path| path.iter().count()).max().unwrap_or(1);
    let all = (1..=longest).map(|n| paths.iter().map(|path| last(path, n)).collect::<Vec<_>>());
    let differ = |names: &Vec<String>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
    all.into_iter().find(differ).unwrap_or_default()
}

/// Keys in which the runs differ: of their scenarios, then input files of one name with other content, then the program.
fn differences(runs: &[Read]) -> Vec<(String, Vec<String>)> {
    let settings: Vec<BTreeMap<String, String>> =
        runs.iter().map(|run| settings(&run.manifest.config)).collect();
    let files: Vec<BTreeMap<String, String>> = runs.iter().map(|run| files(&run.manifest.inputs)).collect();
    let program = |run: &Read| {
        BTreeMap::from([("version".to_string(), format!("{} {}", run.manifest.version, run.manifest.commit))])
    };
    let mut rows = unlike(&settings, "–");
    // A file that a run does not have is told by the scenario.
    rows.extend(unlike(&files, "").into_iter().filter(|(_, values)| !values.iter().any(String::is_empty)));
    rows.extend(unlike(&runs.iter().map(program).collect::<Vec<_>>(), "–"));
    rows
}

/// What is not the same in all, as key and values by run in alphabetic order of the keys; `none` stands where one lacks it. The
/// values are compared as they are shown.
fn unlike(all: &[BTreeMap<String, String>], none: &str) -> Vec<(String, Vec<String>)> {
    let keys: BTreeSet<&String> = all.iter().flat_map(BTreeMap::keys).collect();
    let row = |key: &String| {
        let values = all.iter().map(|one| one.get(key).cloned().unwrap_or_else(|| none.into()));
        (key.clone(), values.collect::<Vec<_>>())
    };
    keys.into_iter().map(row).filter(|(_, values)| values.iter().any(|value| *value != values[0])).collect()
}

/// The keys of a scenario that shape its result, with dots between them: those that only name it are left out, as is how
/// the roads are cut for threads.
fn settings(config: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    flatten("", config, &mut all);
    for key in ["title", "question", "extends", "traffic.parts"] {
        all.remove(key);
    }
    all.retain(|key, _| !key.starts_with("data."));
    all
}

/// Objects, and lists of objects, become one key a value.
fn flatten(key: &str, value: &Value, all: &mut BTreeMap<String, String>) {
    let join = |part: &str| if key.is_empty() { part.to_string() } else { format!("{key}.{part}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(part, value)| flatten(&join(part), value, all)),
        Value::Array(list) if list.is_empty() => {}
        Value::Array(list) if list.iter().any(Value::is_object) => {
            list.iter().enumerate().for_each(|(n, value)| flatten(&join(&(n + 1).to_string()), value, all));
        }
        Value::Null => {}
        // The same folder seen from another scenario's; what is in it is told by its content.
        Value::String(text) if text.bytes().all(|b| b"./".contains(&b)) => {}
        Value::String(text) => drop(all.insert(key.into(), cut(text))),
        other => drop(all.insert(key.into(), cut(&other.to_string()))),
    }
}

/// The text, or its beginning.
fn cut(text: &str) -> String {
    match text.chars().count() {
        n if n > MOST_LETTERS => text.chars().take(MOST_LETTERS).chain(['…']).collect(),
        _ => text.into(),
    }
}

/// Input files by their names, with the beginning of their hashes.
fn files(inputs: &[Input]) -> BTreeMap<String, String> {
    let name = |input: &Input| input.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // The scenario's own file is told key by key.
    let read = inputs.iter().filter(|input| !name(input).ends_with(".toml"));
    read.map(|input| (format!("content of {}", name(input)), input.blake3.chars().take(8).collect()))
        .collect()
}

/// What makes figures of the runs incomparable. Whether two runs have the same persons, roads or counts is told by what they
/// left (hashes of tables, observed volumes) and not by their scenarios: a file may have changed under its name, and another
/// file may say the same.
fn warnings(runs: &[Read], only_seeds_differ: bool) -> Vec<String> {
    let same = |of: &dyn Fn(&Read) -> Value| runs.iter().all(|run| of(run) == of(&runs[0]));
    let table =
        |name: &'static str| move |run: &Read| Value::from(run.manifest.hash.tables.get(name).cloned());
    // What sort of source each layer has, whatever its files are called.
    let layers = |run: &Read| {
        let people = run.manifest.config["people"].as_array();
        people.into_iter().flatten().map(|layer| layer["source"].clone()).collect::<Vec<_>>().into()
    };
    let mut all = Vec::new();
    let samples: Vec<String> = runs.iter().map(|run| percent(Some(run.report.sample), 1)).collect();
    if !same(&|run| run.report.sample.into()) {
        all.push(format!(
            "The runs have different samples ({}). Figures are scaled to the whole population, but roads of a small sample \
             jam otherwise: do not read times, delays, gaps or fits to counts against each other.",
            samples.join(", ")
        ));
    }
    if !same(&table("persons")) {
        all.push(match (same(&|run| run.manifest.seed.into()), same(&layers)) {
            (_, false) => "The runs have different layers of demand: their totals differ by who travels, before any road does.".into(),
            (false, true) => "The runs have different seeds and so other persons with other days: a difference between two of them is partly chance. Run each case with several seeds, or compare runs of one seed.".into(),
            (true, true) => "The runs have one seed, but not the same persons (a measure on demand, another sample, or other input): totals differ by who travels, too.".into(),
        });
    } else if !same(&|run| run.manifest.seed.into()) {
        all.push("The runs have the same persons and different seeds: a difference between two of them is partly chance.".into());
    }
    if only_seeds_differ {
        all.push("They differ by their seed alone: how far a figure spreads is how sure it is.".into());
    }
    if !same(&table("network")) {
        all.push("The runs have different roads (the table `network`): sums by class of road may differ by that alone.".into());
    }
    // Volumes: mean observed speeds are over the hours in which the run has speeds, too.
    let counted = |run: &Read| {
        let stations = run.report.stations.iter();
        let seen: Vec<_> = stations.map(|of| (&of.name, of.link, &of.observed_vph)).collect();
        serde_json::to_value(seen).unwrap_or_default()
    };
    if !same(&counted) {
        all.push("The runs are not held against the same counts (other stations, hours or volumes): their fits cannot be compared.".into());
    }
    if !same(&|run| run.manifest.version.as_str().into()) || !same(&|run| run.manifest.commit.as_str().into())
    {
        all.push("The runs were made by different versions of the program.".into());
    }
    let gap = |run: &Read| run.manifest.summary.get("relative_gap").copied().unwrap_or(f64::NAN);
    let most = runs.iter().map(gap).fold(f64::NAN, f64::max);
    if most.is_finite() {
        let most = percent(Some(most), 2);
        all.push(format!("No run is in full equilibrium: differences in time or volume smaller than the largest relative gap, {most}, say nothing."));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_short_as_they_can_be() {
        let paths = ["/a/out/base", "/b/out/base", "/b/out/toll"].map(PathBuf::from);
        assert_eq!(names(&paths[1..]), ["base", "toll"]);
        assert_eq!(names(&paths), ["a/out/base", "b/out/base", "b/out/toll"]);
    }

    #[test]
    fn what_differs_is_told_key_by_key() {
        let one = serde_json::json!({"seed": 1, "title": "x", "assign": {"iterations": 5, "box": [1.0, 2.0]}, "policy": []});
        let other = serde_json::json!({"seed": 1, "title": "y", "assign": {"iterations": 9, "box": [1.0, 2.0]},
            "policy": [{"kind": "toll", "amount": 2.5}]});
        let found = unlike(&[settings(&one), settings(&other)], "–");
        let words: Vec<String> =
            found.iter().map(|(key, values)| format!("{key}: {}", values.join(" | "))).collect();
        assert_eq!(
            words,
            ["assign.iterations: 5 | 9", "policy.1.amount: – | 2.5", "policy.1.kind: – | toll"]
        );
    }

    #[test]
    fn one_run_or_the_same_twice_is_no_page() {
        let said = |folders: &[PathBuf]| read_several(folders).unwrap_err().to_string();
        let here = std::env::temp_dir();
        assert!(said(std::slice::from_ref(&here)).contains("1 runs are given"));
        assert!(said(&vec![here.clone(); 11]).contains("two to 10"));
        assert!(said(&[here.clone(), here]).contains("is named twice"));
    }
}

//! Every verb is run once with `--json`, on small inputs: stdout is one JSON value and nothing else, words are on stderr.
//! So is what goes wrong.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::{Said, said, wayfare};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// Calls a verb with `--json` in a folder without foreign data; `{}` in an argument is that folder.
fn call(folder: &Path, line: &str) -> (Said, Value) {
    let place = folder.to_str().unwrap();
    let words: Vec<String> = line.split(' ').map(|word| word.replace("{}", place)).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wayfare"));
    let said = said(command.args(words).arg("--json").env("WAYFARE_DATA", folder).output().unwrap());
    let value = serde_json::from_str(&said.out);
    let value = value.unwrap_or_else(|e| panic!("{line}: {e} in {:?}; {}", said.out, said.err));
    (said, value)
}

/// Plans in the words of VISTA: home, work (school, a shop), home, each person farther and by the next of five modes.
fn plans(folder: &Path) {
    let modes = ["car", "Vehicle Passenger", "Train", "Bicycle", "Walking"];
    let mut text = String::from(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE population SYSTEM \"http://www.matsim.org/files/dtd/population_v6.dtd\">\n<population>\n",
    );
    for person in 0..100 {
        let (mode, x) = (modes[person % 5], 500 + 100 * person);
        let kind = ["Work Related", "Education", "Buy Something"][person % 3];
        let home = |end: &str| format!("<activity type=\"At Home\" x=\"0\" y=\"0\"{end}/>");
        let (out, back) = (home(" end_time=\"08:00:00\""), home(""));
        let leg = format!("<leg mode=\"{mode}\"/>");
        let work = format!("<activity type=\"{kind}\" x=\"{x}\" y=\"0\" end_time=\"17:00:00\"/>");
        writeln!(
            text,
            "<person id=\"{person}\"><plan selected=\"yes\">{out}{leg}{work}{leg}{back}</plan></person>"
        )
        .unwrap();
    }
    std::fs::write(folder.join("plans.xml"), text + "</population>\n").unwrap();
}

/// Tours of 100 persons in DaySim's tables, of all modes from walking to school bus.
fn daysim(folder: &Path) {
    let psrc = folder.join("psrc");
    std::fs::create_dir(&psrc).unwrap();
    let (mut persons, mut tours) =
        (String::from("hhno,pno,pagey,psexpfac\n"), String::from("pno,pdpurp,tmodetp,parent\n"));
    for person in 1..=100 {
        writeln!(persons, "{person},1,{},1", 5 + person % 80).unwrap();
        let (purpose, mode) = (person % 4, 1 + person % 8);
        writeln!(tours, "{},{purpose},{mode},0", 100 * person + 1).unwrap();
    }
    std::fs::write(psrc.join("person17.csv"), persons).unwrap();
    std::fs::write(psrc.join("tour17.csv"), tours).unwrap();
}

/// Totals of three men of California in the American Time Use Survey.
fn time_use(folder: &Path) {
    let atus = folder.join("atus");
    std::fs::create_dir(&atus).unwrap();
    for (name, text) in [
        (
            "atusact.csv",
            "tucaseid,tiercode,dur\n1,10101,900\n1,50101,540\n2,10101,1440\n3,10101,1000\n3,120303,440\n",
        ),
        ("atuscps.csv", "tucaseid,state,sex,age\n1,CA,male,40\n2,CA,male,45\n3,CA,male,41\n"),
        (
            "atusresp.csv",
            "tucaseid,labor_status,student_status,wt\n1,employed-at work,,1\n2,employed-absent,,1\n3,employed-at work,,1\n",
        ),
    ] {
        std::fs::write(atus.join(name), text).unwrap();
    }
}

/// Two hours of a typical weekday at a station north of San Francisco, in the columns of MTC.
const TYPICAL: &str =
    "station,route,direction,type,hour,lanes,avg_flow,sd_flow,avg_speed,days_observed,latitude,longitude
400123,101,N,ML,7,3,3000,60,50,40,38.0,-122.5
400123,101,N,ML,8,3,1000,60,70,40,38.0,-122.5
";

/// A verb with its arguments, and a key of its result (`/` in front as in a JSON pointer).
const VERBS: [(&str, &str); 24] = [
    ("new {}/county --synthetic --persons 1000", "/scenario"),
    ("check {}/county", "/links"),
    ("fetch {}/county", "/fetched"),
    ("run {}/county --out {}/a --set assign.iterations=1", "/hash/events"),
    ("run {}/county --out {}/b --set assign.iterations=2", "/hash/events"),
    ("validate {}/a", "/n_matched"),
    ("validate {}/a --yardsticks", "/yardsticks/0/ratio"),
    ("compare {}/a {}/b --out {}/c", "/links"),
    ("report {}/a", "/report"),
    ("report {}/a {}/b --out {}/beside", "/several/runs/1"),
    ("export {}/a --matsim --out {}/matsim", "/files/0"),
    ("convert {}/matsim/network.xml.gz {}/network.geojson", "/links"),
    ("counts {}/pems.csv --out {}/counts", "/sum/stations"),
    ("survey {}/plans.xml", "/person_days"),
    ("score {}/a {}/b", "/jsd"),
    ("complete {}/a --days 20", "/accuracy"),
    ("train --survey {}/plans.xml --out {}/weights.wfm --epochs 1", ""),
    ("group --atus {}/atus --days 200", "/0"),
    ("modes --vista {}/plans.xml --psrc {}/psrc", "/coefficients"),
    (
        "experiment transfer --source {}/plans.xml --target {}/plans.xml --seeds 1 --source-days 40 --target-days 20 --held-out 10 --epochs 1 --only markov",
        "/rows",
    ),
    (
        "experiment known-world --days 200 --held-out 50 --target-days 40 --epochs 1 --round-epochs 1 --rounds 1 --seeds 1",
        "",
    ),
    ("bench --agents 1000 --repeat 1", "/moves"),
    ("schema", "/properties"),
    ("completions bash", "/script"),
];

/// The verbs that `wayfare --help` lists.
fn listed() -> BTreeSet<String> {
    let help = wayfare(&["--help"]).out;
    let after = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let verbs = after.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    verbs
        .map(|line| line.split_whitespace().next().unwrap().to_string())
        .filter(|verb| verb != "help")
        .collect()
}

#[test]
fn every_verb_gives_json() {
    let folder = tempfile::tempdir().unwrap();
    plans(folder.path());
    daysim(folder.path());
    time_use(folder.path());
    std::fs::write(folder.path().join("pems.csv"), TYPICAL).unwrap();
    let tried: BTreeSet<String> =
        VERBS.iter().map(|(line, _)| line.split(' ').next().unwrap().to_string()).collect();
    assert_eq!(tried, listed(), "the verbs of this test, and those of the program");
    for (line, key) in VERBS {
        let (said, value) = call(folder.path(), line);
        assert_eq!(said.code, 0, "{line}: {}", said.err);
        assert!(value.pointer(key).is_some_and(|found| !found.is_null()), "{line}: no {key} in {value:.300}");
    }
}

#[test]
fn what_goes_wrong_is_json_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("s")).unwrap();
    std::fs::write(folder.path().join("s/scenario.toml"), "titel = \"t\"\n").unwrap();
    for (line, code, keys) in [
        (
            "check {}/s",
            2,
            [
                ("kind", "input"),
                ("file", "scenario.toml"),
                ("record", "1"),
                ("what", "unknown field `titel`"),
            ],
        ),
        (
            "validate {}/none",
            2,
            [("kind", "input"), ("file", "none"), ("what", "is not a finished run"), ("advice", "")],
        ),
        (
            "run {}/s --threads 0",
            2,
            [("file", "--threads"), ("record", "0"), ("expected", "1 or more"), ("advice", "")],
        ),
        (
            "fly {}",
            2,
            [
                ("file", "command line"),
                ("what", "unrecognized subcommand 'fly'"),
                ("kind", "input"),
                ("advice", "--help"),
            ],
        ),
    ] {
        let (said, value) = call(folder.path(), line);
        assert_eq!((said.code, &value["error"]["exit_code"]), (code, &Value::from(code)), "{line}: {value}");
        for (key, want) in keys {
            let found = value["error"][key].as_str();
            assert!(found.is_some_and(|text| text.contains(want)), "{line}: {key} in {value}");
        }
        assert!(!said.err.is_empty(), "{line}: no words");
    }
}

/// Counts of a county, put into PeMS's columns and read back, are the same counts on the same roads.
#[test]
fn counts_of_pems_serve_a_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let county = folder.path().join("county");
    call(folder.path(), "new {}/county --synthetic --persons 1000");
    let table = |name: &str| -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(county.join(name)).unwrap();
        text.lines().skip(1).map(|line| line.split(',').map(String::from).collect()).collect()
    };
    // The county lies in a plane: its metres are taken for those of UTM zone 10.
    let utm = engine::projection::Projection::new(&engine::projection::Crs::Epsg(32_610)).unwrap();
    let mut meta = String::from("ID\tFwy\tDir\tLatitude\tLongitude\tType\tLanes\tName\n");
    // Detectors of freeways: those of streets have no route.
    let stations: Vec<_> = table("stations.csv").into_iter().filter(|row| row[3] == "ML").collect();
    for row in &stations {
        let [name, route, direction, kind, x, y, lanes, ..] = &row[..] else { panic!("{row:?}") };
        let (lon, lat) = utm.to_degrees(x.parse().unwrap(), y.parse().unwrap()).unwrap();
        let name = &name[1..];
        writeln!(meta, "{name}\t{route}\t{direction}\t{lat:.9}\t{lon:.9}\t{kind}\t{lanes}\tat \"Main")
            .unwrap();
    }
    std::fs::write(folder.path().join("meta.txt"), meta).unwrap();
    // No hour of nothing: such an hour at a busy station is a detector that is out of order.
    let is_seen = |row: &Vec<String>| row[2] != "0" && stations.iter().any(|station| station[0] == row[0]);
    let seen: Vec<_> = table("hours.csv").into_iter().filter(is_seen).collect();
    let mut hours = String::new();
    for row in &seen {
        let (station, hour, volume) = (&row[0][1..], &row[1], &row[2]);
        writeln!(hours, "10/08/2019 {hour:0>2}:00:00,{station},4,1,N,ML,.4,400,100,{volume},.05,63").unwrap();
    }
    std::fs::write(folder.path().join("d04_text_station_hour_2019_10.txt"), hours).unwrap();
    let line =
        "counts {}/d04_text_station_hour_2019_10.txt --out {}/counts --crs EPSG:32610 --metadata {}/meta.txt";
    let (said, value) = call(folder.path(), line);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("mean speed 63 mph"), "{}", said.err);
    let vehicles: f64 = seen.iter().map(|row| row[2].parse::<f64>().unwrap()).sum();
    assert!((value["sum"]["vehicles_a_day"].as_f64().unwrap() - vehicles).abs() < 1e-6, "{value}");
    assert_eq!(value["sum"]["hours"], seen.len());
    // A scenario takes them: they are found on the roads they were counted on.
    let file = county.join("scenario.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, after) = text.split_once("[validate.counts]").unwrap();
    let after = after.replacen("folder = \".\"", "folder = \"../counts\"", 1);
    std::fs::write(&file, format!("{before}[validate.counts]{after}")).unwrap();
    let (said, _) = call(folder.path(), "run {}/county --out {}/run --set assign.iterations=1");
    assert_eq!(said.code, 0, "{}", said.err);
    let (_, told) = call(folder.path(), "validate {}/run");
    assert_eq!(told["n_matched"], value["sum"]["stations"], "{told:.600}");
}

//! Bad input: the message says where, what, and what to do; the exit code is 2; nothing half-written stays.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::{Said, said, scenario, wayfare};
use std::io::Write;
use std::path::Path;
use std::process::Command;

const NETWORK: &str = r#"<?xml version="1.0"?>
<!DOCTYPE network SYSTEM "http://www.matsim.org/files/dtd/network_v2.dtd">
<network><nodes><node id="a" x="0" y="0"/><node id="b" x="1000" y="0"/></nodes>
<links capperiod="01:00:00">
<link id="ab" from="a" to="b" length="1000" freespeed="10" capacity="1800" permlanes="1" modes="car"/>
<link id="ba" from="b" to="a" length="1000" freespeed="10" capacity="1800" permlanes="1" modes="car"/>
</links></network>"#;

const PLANS: &str = r#"<?xml version="1.0"?>
<!DOCTYPE population SYSTEM "http://www.matsim.org/files/dtd/population_v6.dtd">
<population><person id="p"><plan selected="yes">
<activity type="home" link="ab" x="0" y="0" end_time="07:00:00"/><leg mode="car"/><activity type="work" link="ba" x="1000" y="0"/>
</plan></person></population>"#;

const SCENARIO: &str = r#"title = "t"
[network]
format = "matsim"
file = "network.xml"
[people]
source = "plans"
file = "plans.xml"
"#;

fn small() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("network.xml", NETWORK), ("plans.xml", PLANS), ("scenario.toml", SCENARIO)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn try_run(folder: &Path) -> Said {
    let out = folder.join("out");
    wayfare(&["run", folder.to_str().unwrap(), "--out", out.to_str().unwrap()])
}

/// The run is refused with exit code 2, says all of `words`, and leaves no manifest and no temporary file.
fn refused(folder: &Path, words: &[&str]) {
    let said = try_run(folder);
    assert_eq!(said.code, 2, "{}", said.err);
    for word in words {
        assert!(said.err.contains(word), "\"{word}\" is not in: {}", said.err);
    }
    clean(&folder.join("out"));
}

fn clean(out: &Path) {
    let names: Vec<String> = std::fs::read_dir(out)
        .map(|entries| entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    assert!(!names.iter().any(|n| n == "run.json" || n.ends_with(".tmp")), "{names:?}");
}

#[test]
fn the_small_scenario_itself_is_fine() {
    let folder = small();
    let said = try_run(folder.path());
    assert_eq!(said.code, 0, "{}", said.err);
    let again = try_run(folder.path());
    assert_eq!(again.code, 2);
    assert!(again.err.contains("is not empty") && again.err.contains("--overwrite"), "{}", again.err);
}

#[test]
fn a_misspelt_key() {
    let folder = small();
    std::fs::write(folder.path().join("scenario.toml"), SCENARIO.replace("title", "titel")).unwrap();
    refused(folder.path(), &["scenario.toml:1:", "unknown field `titel`", "did you mean `title`?"]);
}

#[test]
fn a_missing_file() {
    let folder = small();
    std::fs::remove_file(folder.path().join("network.xml")).unwrap();
    refused(folder.path(), &["network.xml", "not found", "expected in one of"]);
}

#[test]
fn a_truncated_gzip() {
    let folder = small();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(NETWORK.as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    std::fs::write(folder.path().join("network.xml.gz"), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(folder.path().join("scenario.toml"), SCENARIO.replace("network.xml", "network.xml.gz"))
        .unwrap();
    refused(folder.path(), &["network.xml.gz", "truncated"]);
}

#[test]
fn a_link_to_an_unknown_node() {
    let folder = small();
    std::fs::write(folder.path().join("network.xml"), NETWORK.replace("to=\"b\"", "to=\"nowhere\"")).unwrap();
    refused(folder.path(), &["network.xml", "nowhere"]);
}

#[test]
fn a_negative_length() {
    let folder = small();
    std::fs::write(
        folder.path().join("network.xml"),
        NETWORK.replacen("length=\"1000\"", "length=\"-1000\"", 1),
    )
    .unwrap();
    refused(folder.path(), &["network.xml", "-1000", "positive"]);
}

#[test]
fn a_plan_that_departs_before_time_began() {
    let folder = small();
    std::fs::write(folder.path().join("plans.xml"), PLANS.replace("07:00:00", "-16213837")).unwrap();
    refused(folder.path(), &["plans.xml", "person p", "-16213837"]);
}

#[test]
fn an_xml_bomb() {
    let folder = small();
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE network [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><network name=\"&b;\"><nodes/></network>";
    std::fs::write(folder.path().join("network.xml"), bomb).unwrap();
    refused(folder.path(), &["network.xml"]);
    let deep = format!("<network>{}", "<a>".repeat(100_000));
    std::fs::write(folder.path().join("network.xml"), deep).unwrap();
    refused(folder.path(), &["network.xml"]);
}

#[test]
fn a_zone_with_people_and_no_road() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("county");
    let made = wayfare(&["new", path.to_str().unwrap(), "--synthetic", "--persons", "1000"]);
    assert_eq!(made.code, 0, "{}", made.err);
    // Move one inhabited zone a thousand kilometres away from every road.
    let zones = std::fs::read_to_string(path.join("zones.csv")).unwrap();
    let mut lines: Vec<String> = zones.lines().map(String::from).collect();
    let header: Vec<String> = lines[0].split(',').map(String::from).collect();
    let x = header.iter().position(|c| c == "x_m").unwrap();
    let outline = header.iter().position(|c| c == "outline");
    let mut cells: Vec<String> = csv_cells(&lines[1]);
    cells[x] = "9000000".into();
    if let Some(outline) = outline {
        cells[outline] = String::new();
    }
    lines[1] = cells.join(",");
    std::fs::write(path.join("zones.csv"), lines.join("\n")).unwrap();
    refused(&path, &["zone", "road"]);
}

/// Cells of a CSV line; quoted ones may hold commas.
fn csv_cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

#[test]
#[cfg(unix)]
fn a_disk_that_fills() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    // A limit on the size of files stands in for the full disk; the signal that comes with it is ignored.
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" run \"$1\" --out \"$2\"";
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_wayfare")])
        .args([scenario("sioux-falls"), out.clone()])
        .output()
        .unwrap();
    let said = said(output);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("disk is full") || said.err.contains("too large"), "{}", said.err);
    clean(&out);
}

#[test]
fn a_table_that_was_changed_after_the_run() {
    let folder = small();
    assert_eq!(try_run(folder.path()).code, 0);
    let out = folder.path().join("out");
    let export = |to: &str| {
        let to = folder.path().join(to);
        wayfare(&["export", out.to_str().unwrap(), "--matsim", "--out", to.to_str().unwrap()])
    };
    let said = export("whole");
    assert_eq!(said.code, 0, "{}", said.err);
    for name in ["legs.parquet", "events.parquet"] {
        let table = out.join(name);
        let good = std::fs::read(&table).unwrap();
        let mut bytes = good.clone();
        bytes[good.len() - 20] ^= 1;
        std::fs::write(&table, bytes).unwrap();
        let said = export(name);
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(said.err.contains("is not the file that the run wrote"), "{}", said.err);
        std::fs::write(&table, good).unwrap();
    }
}

#[test]
fn screenlines_that_are_none() {
    let cases = [
        (
            "line = [[500.0, -10.0], [500.0, 10.0]]",
            "[[validate.screenline]]\nname = \"River\"\nlinks = [\"ab\"]",
            "has the name of one before it",
        ),
        ("line = [[500.0, 10.0]]", "", "is a line of one point — expected two points or more"),
        (
            "line = [[300.0, 0.0], [600.0, 0.0]]",
            "",
            "crosses no link — expected a line that roads cross — draw it across roads",
        ),
        ("line = [[9500.0, 10.0], [9600.0, 10.0]]", "", "the line lies at x 9500 to 9600 m"),
        ("line = [[nan, 10.0], [600.0, 10.0]]", "", "has the point [NaN, 10], which is no place"),
        ("", "", "has neither points nor links"),
        ("links = [\"ab\"]\nline = [[500.0, -10.0], [500.0, 10.0]]", "", "has points and links"),
        (
            "links = [\"a\"]",
            "",
            "link \"a\" is not in the network — expected the name of a link, or its location as the report tells it — did you mean \"ab\"?",
        ),
    ];
    for (keys, more, words) in cases {
        let folder = small();
        let text = format!("{SCENARIO}[[validate.screenline]]\nname = \"River\"\n{keys}\n{more}\n");
        std::fs::write(folder.path().join("scenario.toml"), text).unwrap();
        refused(folder.path(), &["scenario.toml:validate.screenline \"River\":", words]);
    }
    let folder = small();
    let text = format!("{SCENARIO}[[validate.screenline]]\nlinks = [\"ab\"]\n");
    std::fs::write(folder.path().join("scenario.toml"), text).unwrap();
    refused(folder.path(), &["validate.screenline 1: has no name"]);
}

/// Without counts, too, a screenline tells what crosses it.
#[test]
fn a_screenline_without_counts_is_told() {
    let folder = small();
    let line = "[[validate.screenline]]\nname = \"River\"\nline = [[500.0, -10.0], [500.0, 10.0]]\n";
    std::fs::write(folder.path().join("scenario.toml"), format!("{SCENARIO}{line}")).unwrap();
    let said = try_run(folder.path());
    assert_eq!(said.code, 0, "{}", said.err);
    let text = std::fs::read_to_string(folder.path().join("out/validation.json")).unwrap();
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    let of = |n: usize| &told["screenlines"][n];
    assert_eq!((of(0)["direction"].as_str(), of(0)["links"][0].as_str()), (Some("eastbound"), Some("ab")));
    assert_eq!((of(1)["direction"].as_str(), of(1)["links"][0].as_str()), (Some("westbound"), Some("ba")));
    assert_eq!((&of(0)["simulated"], &of(0)["n_counted"]), (&1.0.into(), &0.into()));
    assert!(
        std::fs::read_to_string(folder.path().join("out/report.html"))
            .unwrap()
            .contains("Screenline River by hour")
    );
}

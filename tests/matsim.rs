//! MATSim's files as the input of a run: changes of the network, lorries, counts, and an export that is read again.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::{manifest, run, wayfare};
use std::fmt::Write;
use std::path::Path;

/// From W to E a short way (3 km) and a long one (9 km), and one way back.
const NETWORK: &str = r#"<network><attributes><attribute name="coordinateReferenceSystem">EPSG:32632</attribute></attributes>
<nodes><node id="o" x="500000" y="5400000"/><node id="w" x="500400" y="5400000"/><node id="e" x="503400" y="5400000"/>
<node id="d" x="503800" y="5400000"/><node id="n" x="501900" y="5404200"/></nodes>
<links capperiod="01:00:00">
<link id="in" from="o" to="w" length="400" freespeed="25" capacity="3000" permlanes="2" modes="car,truck"/>
<link id="short" from="w" to="e" length="3000" freespeed="25" capacity="1500" permlanes="1" modes="car,truck"/>
<link id="up" from="w" to="n" length="4500" freespeed="25" capacity="1500" permlanes="1" modes="car,truck"/>
<link id="down" from="n" to="e" length="4500" freespeed="25" capacity="1500" permlanes="1" modes="car,truck"/>
<link id="out" from="e" to="d" length="400" freespeed="25" capacity="3000" permlanes="2" modes="car,truck"/>
<link id="back" from="d" to="o" length="4000" freespeed="25" capacity="3000" permlanes="2" modes="car,truck"/>
</links></network>"#;

/// Short is closed from 9 to 10 o'clock and slow from then on.
const CHANGES: &str = r#"<networkChangeEvents xmlns="http://www.matsim.org/files/dtd">
<networkChangeEvent startTime="09:00:00"><link refId="short"/><flowCapacity type="absolute" value="0"/></networkChangeEvent>
<networkChangeEvent startTime="10:00:00"><link refId="short"/><flowCapacity type="absolute" value="0.4"/></networkChangeEvent>
</networkChangeEvents>"#;

/// A trip a minute from 7:00 to 11:00, of which every fourth is by lorry; the last two leave on the next day's hour 0.
fn plans() -> String {
    let mut text = String::from("<population>");
    let mut person = |number: u32, depart_s: u32, mode: &str| {
        let time = engine::unit::hms(depart_s);
        write!(
            text,
            "<person id=\"{number}\"><plan selected=\"yes\"><activity type=\"home\" link=\"in\" end_time=\"{time}\"/>\
             <leg mode=\"{mode}\"/><activity type=\"work\" link=\"out\"/></plan></person>"
        )
        .unwrap();
    };
    for minute in 0..240 {
        person(minute, 7 * 3600 + 60 * minute, if minute % 4 == 3 { "truck" } else { "car" });
    }
    person(240, 24 * 3600 + 60, "car");
    person(241, 24 * 3600 + 120, "car");
    text + "</population>"
}

const COUNTS: &str = r#"<counts xmlns="http://www.matsim.org/files/dtd" year="2024">
<location refType="link" refId="in" id="west">
<measurements type="volumes" networkMode="car" interval="1800"><value t="0" val="2"/><value t="1800" val="0"/>
<value t="25200" val="23"/><value t="27000" val="22"/></measurements>
<measurements type="volumes" networkMode="truck" interval="3600"><value t="0" val="0"/><value t="25200" val="15"/></measurements>
</location></counts>"#;

const SCENARIO: &str = r#"title = "t"
[network]
format = "matsim"
file = "network.xml"
changes = "changes.xml"
[people]
source = "plans"
file = "plans.xml"
[validate.counts]
format = "matsim"
file = "counts.xml"
modes = ["car", "truck"]
"#;

/// A folder with the files above.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("network.xml", NETWORK),
        ("changes.xml", CHANGES),
        ("plans.xml", &plans()),
        ("counts.xml", COUNTS),
        ("scenario.toml", SCENARIO),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Departure and links of each leg, links by name.
fn routes(out: &Path, persons: usize) -> Vec<(u32, Vec<String>)> {
    let (legs, routes, moved) = engine::store::legs::read(out, persons).unwrap();
    let names = engine::table::read(out.join("network.parquet")).unwrap();
    let names = names.column("name").unwrap().str().unwrap().clone();
    let name = |link: &engine::id::LinkId| names.get(link.index()).unwrap().to_string();
    (0..legs.len())
        .map(|leg| (moved[leg].depart_s, routes.of(engine::id::LegId::new(leg)).iter().map(name).collect()))
        .collect()
}

#[test]
fn changes_of_the_network_close_and_open_a_road() {
    let folder = folder();
    let out = folder.path().join("out");
    let manifest = run(folder.path(), &out, &[]);
    assert_eq!(manifest["summary"]["aborted"], 0.0);
    for (depart_s, links) in routes(&out, 242) {
        // Whoever leaves in the first 8 hours or after 10 is not touched by the closure; a minute is the way to the link.
        let closed = (9 * 3600..10 * 3600 - 60).contains(&depart_s);
        let open = !(8 * 3600..10 * 3600).contains(&depart_s);
        let wanted = if closed { &["in", "up", "down", "out"][..] } else { &["in", "short", "out"] };
        assert!(!(closed || open) || links == wanted, "{depart_s} {links:?}");
    }
    // Both volumes of the first hour after midnight are those of the next day's trips.
    let validation: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("validation.json")).unwrap()).unwrap();
    let hours: Vec<(u64, f64, f64)> = validation["by_hour"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| {
            (h["key"].as_u64().unwrap(), h["observed"].as_f64().unwrap(), h["simulated"].as_f64().unwrap())
        })
        .collect();
    assert_eq!(hours, [(0, 2.0, 2.0), (7, 60.0, 60.0)]);
}

#[test]
fn a_link_changed_twice_and_an_unknown_link_are_refused() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    let policy =
        "\n[[policy]]\nkind = \"close\"\non = { links = [\"short\"] }\nfrom = \"12:00\"\nto = \"13:00\"\n";
    std::fs::write(folder.path().join("scenario.toml"), format!("{SCENARIO}{policy}")).unwrap();
    let said = wayfare(&["check", path]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("link short: is changed here and by a measure of the policy"), "{}", said.err);
    std::fs::write(folder.path().join("scenario.toml"), SCENARIO).unwrap();
    std::fs::write(folder.path().join("changes.xml"), CHANGES.replace("\"short\"", "\"shrt\"")).unwrap();
    let said = wayfare(&["check", path]);
    assert!(said.code == 2 && said.err.contains("refId=\"shrt\""), "{}", said.err);
}

#[test]
fn an_export_is_a_scenario_again() {
    let folder = folder();
    let (out, export) = (folder.path().join("out"), folder.path().join("export"));
    let first = run(folder.path(), &out, &[]);
    let said = wayfare(&["export", out.to_str().unwrap(), "--matsim", "--out", export.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}", said.err);
    let text = SCENARIO
        .replace("network.xml", "network.xml.gz")
        .replace("changes = \"changes.xml\"", "changes = \"../changes.xml\"")
        .replace("plans.xml\"", "population.xml.gz\"\nvehicles = \"vehicles.xml.gz\"")
        .replace("counts.xml", "counts.xml.gz");
    std::fs::write(export.join("scenario.toml"), text).unwrap();
    let again = export.join("again");
    run(&export, &again, &[]);
    let second = manifest(&again);
    for key in ["persons", "trips", "car_trips", "vmt_km", "vht_h", "not_departed"] {
        assert_eq!(first["summary"][key], second["summary"][key], "{key}");
    }
    let classes = |out: &Path| engine::table::read(out.join("vehicle_classes.parquet")).unwrap();
    assert!(classes(&out).equals_missing(&classes(&again)));
    // Persons are ordered by name, and their names are numbers: leg by leg the day is the same.
    assert_eq!(routes(&out, 242), routes(&again, 242));
}

#[test]
fn trips_that_the_day_is_too_short_for_are_told() {
    let folder = folder();
    let out = folder.path().join("out");
    let path = folder.path().to_str().unwrap();
    let said = wayfare(&["run", path, "--out", out.to_str().unwrap(), "--set", "traffic.end=24:01"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("2 × a trip was not begun before the day ended at 24:01 (0.8 % of 242 trips)"),
        "{}",
        said.err
    );
    assert_eq!(manifest(&out)["summary"]["not_departed"], 2.0);
}

//! Networks of the static-assignment literature (TNTP): nobody drives through a zone, connectors hold nobody up, and zones may
//! have connectors one way only.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use engine::id::LegId;
use program::{run, wayfare};
use std::path::{Path, PathBuf};

/// Zones 1 to 4 and junctions 5 to 7. From 1 to 3 the fast way on paper leads through zone 2 (5-2-6), the legal one over
/// junction 7. Connectors have b = 0 and the capacity 1; zone 4 has one out only.
const NET: &str = "<NUMBER OF ZONES> 4\n<NUMBER OF NODES> 7\n<FIRST THRU NODE> 5\n<NUMBER OF LINKS> 13\n<END OF METADATA>\n\
    ~\tinit\tterm\tcapacity\tlength\ttime\tb\tpower\tspeed\ttoll\ttype\t;\n\
    \t1\t5\t1\t0.3\t1\t0\t4\t0\t0\t2.00\t;\n\t5\t1\t1\t0.3\t1\t0\t4\t0\t0\t2.00\t;\n\
    \t5\t2\t1\t0.2\t0.5\t0\t4\t0\t0\t2.00\t;\n\t2\t5\t1\t0.2\t0.5\t0\t4\t0\t0\t2.00\t;\n\
    \t2\t6\t1\t0.2\t0.5\t0\t4\t0\t0\t2.00\t;\n\t6\t2\t1\t0.2\t0.5\t0\t4\t0\t0\t2.00\t;\n\
    ~ the roads\n\
    \t5\t7\t1500\t4\t6\t0.15\t4\t0\t0\t1.00\t;\n\t7\t5\t1500\t4\t6\t0.15\t4\t0\t0\t1.00\t;\n\
    \t7\t6\t1500\t4\t6\t0.15\t4\t0\t0\t1.00\t;\n\t6\t7\t1500\t4\t6\t0.15\t4\t0\t0\t1.00\t;\n\
    \t3\t6\t1\t0.3\t1\t0\t4\t0\t0\t2.00\t;\n\t6\t3\t1\t0.3\t1\t0\t4\t0\t0\t2.00\t;\n\
    \t4\t7\t1\t0.3\t1\t0\t4\t0\t0\t2.00\t;\n";

/// 450 trips on the roads, and 15 within zone 3. The last cell of an origin has no semicolon; zone 4 is nobody's destination.
const TRIPS: &str = "<NUMBER OF ZONES> 4\n<TOTAL OD FLOW> 465\n<END OF METADATA>\n\n\
    Origin \t1\n\t3 :\t240.0;\t4 :\t0.0\nOrigin 2\n\t1 : 30;\nOrigin 3\n\t1 :\t120.0;\t3 : 15;\n\nOrigin 4\n\t1 :\t60.0\n";

/// What each link carries when all take the one legal way.
const FLOWS: [(&str, f64); 13] = [
    ("1-5", 240.0),
    ("5-1", 210.0),
    ("5-2", 0.0),
    ("2-5", 30.0),
    ("2-6", 0.0),
    ("6-2", 0.0),
    ("5-7", 240.0),
    ("7-5", 180.0),
    ("7-6", 240.0),
    ("6-7", 120.0),
    ("3-6", 120.0),
    ("6-3", 240.0),
    ("4-7", 60.0),
];

/// A scenario of these files.
fn scenario(folder: &Path, trips: &str) -> PathBuf {
    let row = |(name, flow): &(&str, f64)| format!("{} {flow} 1\n", name.replace('-', " "));
    let flows: String = FLOWS.iter().map(row).collect();
    std::fs::write(folder.join("toy_net.tntp"), NET).unwrap();
    std::fs::write(folder.join("toy_trips.tntp"), trips).unwrap();
    std::fs::write(folder.join("toy_flow.tntp"), format!("From To Volume Cost\n{flows}")).unwrap();
    let text = "title = \"Toy\"\n[network]\nformat = \"tntp\"\nnet = \"toy_net.tntp\"\nlength-m = 1000\ntime-s = 60\n\
        [people]\nsource = \"trip-table\"\nfile = \"toy_trips.tntp\"\nstart = \"07:00\"\nend = \"08:00\"\n\
        [assign]\niterations = 3\n[validate]\nequilibrium = \"toy_flow.tntp\"\n";
    std::fs::write(folder.join("scenario.toml"), text).unwrap();
    folder.to_path_buf()
}

/// The routes of a run, as names of links.
fn routes(out: &Path) -> Vec<Vec<String>> {
    let n_persons = engine::store::persons::read(out).unwrap().layer.len();
    let (legs, routes, _) = engine::store::legs::read(out, n_persons).unwrap();
    let table = engine::table::read(out.join("network.parquet")).unwrap();
    let names: Vec<String> =
        table.column("name").unwrap().str().unwrap().iter().map(|name| name.unwrap().to_string()).collect();
    let names_of = |leg| routes.of(LegId::new(leg)).iter().map(|link| names[link.index()].clone()).collect();
    (0..legs.len()).map(names_of).collect()
}

#[test]
fn nobody_drives_through_a_zone_and_connectors_hold_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let manifest = run(&scenario(folder.path(), TRIPS), &out, &[]);
    let summary = &manifest["summary"];
    assert_eq!(summary["trips"], 450.0, "trips within a zone are on no road");
    assert_eq!((&summary["aborted"], &summary["pushed"]), (&0.0.into(), &0.0.into()));
    let routes = routes(&out);
    let there: Vec<_> = routes.iter().filter(|route| route[0] == "zone-1").collect();
    assert_eq!(there.len(), 240);
    for route in there {
        assert_eq!(*route, ["zone-1", "1-5", "5-7", "7-6", "6-3", "zone-3-end"]);
    }
    assert_eq!(routes.iter().filter(|route| route.contains(&"zone-2".to_string())).count(), 30);
    // The static assignment and the queue model both have the one legal way.
    let found: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("validation.json")).unwrap()).unwrap();
    let links = found["equilibrium"]["links"].as_array().unwrap();
    assert_eq!(links.len(), FLOWS.len());
    for link in links {
        let flow = FLOWS.iter().find(|(name, _)| link[0] == *name).unwrap().1;
        let near = |column: usize| (link[column].as_f64().unwrap() - flow).abs() < 1e-6;
        assert!(near(2) && near(3), "{link}, not {flow}");
    }
    // Free 14 minutes from 1 to 3, 14 back, 13 from 4, 1.5 from 2; without a queue all take little more.
    let free_min = (240.0 * 14.0 + 120.0 * 14.0 + 60.0 * 8.0 + 30.0 * 1.5) / 450.0;
    let mean_min = summary["mean_car_min"].as_f64().unwrap();
    assert!(mean_min >= free_min && mean_min < free_min + 1.0, "{mean_min}, free {free_min}");
}

#[test]
fn trips_without_a_way_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = scenario(folder.path(), &TRIPS.replace("4 :\t0.0", "4 :\t7.0"));
    let said = wayfare(&["check", scenario.to_str().unwrap()]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("toy_trips.tntp:1 to 4: has 7 trips, and no way leads there"), "{}", said.err);
}

#[test]
fn a_conversion_takes_the_units_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    scenario(folder.path(), TRIPS);
    let convert = |input: &str, more: &[&str]| {
        let (input, output) = (at(input), at("out.xml"));
        wayfare(&[&["convert", input.as_str(), output.as_str()], more].concat())
    };
    for half in [&[][..], &["--length-unit", "km"]] {
        let said = convert("toy_net.tntp", half);
        assert_eq!(said.code, 2);
        assert!(said.err.contains("--length-unit mi --time-unit min"), "{}", said.err);
    }
    let said = convert("toy_net.tntp", &["--length-unit", "miles", "--time-unit", "min"]);
    assert!(said.code == 2 && said.err.contains("expected m, km, ft, mi"), "{}", said.err);
    std::fs::copy(at("toy_net.tntp"), at("toy.txt")).unwrap();
    for input in ["toy_net.tntp", "toy.txt"] {
        let said = convert(input, &["--from", "tntp", "--length-unit", "km", "--time-unit", "60"]);
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(said.err.contains("nobody may drive through"), "{}", said.err);
        let text = std::fs::read_to_string(at("out.xml")).unwrap();
        let road = text.lines().find(|line| line.contains("id=\"5-7\"")).unwrap();
        assert!(road.contains("length=\"4000\"") && road.contains("capacity=\"1500\""), "{road}");
    }
    assert_eq!(convert("toy_net.tntp", &["--from", "paper"]).code, 2);
}

//! Layers of demand: plans and a trip table in one run.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::{run, wayfare};
use std::fmt::Write;
use std::path::Path;

/// A grid of 4 by 4 nodes, 500 m apart, both ways.
fn network() -> String {
    let mut nodes = String::new();
    let mut links = String::new();
    for x in 0..4 {
        for y in 0..4 {
            writeln!(nodes, "<node id=\"{x}{y}\" x=\"{}\" y=\"{}\"/>", x * 500, y * 500).unwrap();
            for (to_x, to_y) in [(x + 1, y), (x, y + 1)] {
                if to_x > 3 || to_y > 3 {
                    continue;
                }
                for (from, to) in [
                    (format!("{x}{y}"), format!("{to_x}{to_y}")),
                    (format!("{to_x}{to_y}"), format!("{x}{y}")),
                ] {
                    writeln!(
                        links,
                        "<link id=\"{from}-{to}\" from=\"{from}\" to=\"{to}\" length=\"500\" freespeed=\"12.5\" capacity=\"900\" permlanes=\"1\" modes=\"car\"/>"
                    )
                    .unwrap();
                }
            }
        }
    }
    format!("<network>\n<nodes>\n{nodes}</nodes>\n<links>\n{links}</links>\n</network>\n")
}

/// `n` persons who drive from one corner to the other in the morning and back in the evening.
fn plans(n: usize) -> String {
    let person = |i: usize| {
        format!(
            "<person id=\"p{i}\"><plan selected=\"yes\">\
             <activity type=\"home\" link=\"00-10\" end_time=\"07:{:02}:00\"/><leg mode=\"car\"/>\
             <activity type=\"work\" link=\"23-33\" end_time=\"17:00:00\"/><leg mode=\"car\"/>\
             <activity type=\"home\" link=\"00-10\"/></plan></person>\n",
            i % 60
        )
    };
    let persons: String = (0..n).map(person).collect();
    format!("<population>\n{persons}</population>\n")
}

fn scenario(folder: &Path, people: &str) -> std::path::PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("network.xml"), network()).unwrap();
    std::fs::write(folder.join("plans.xml"), plans(30)).unwrap();
    std::fs::write(folder.join("trips.csv"), "from,to,trips\n30,03,40\n03,30,10\n11,11,5\n").unwrap();
    let head = "title = \"Layers\"\n[network]\nformat = \"matsim\"\nfile = \"network.xml\"\n[assign]\niterations = 2\n";
    std::fs::write(folder.join("scenario.toml"), format!("{head}{people}")).unwrap();
    folder.to_path_buf()
}

const BOTH: &str = "[[people]]\nsource = \"plans\"\nfile = \"plans.xml\"\n\
                    [[people]]\nsource = \"trip-table\"\nfile = \"trips.csv\"\nstart = \"07:00\"\nend = \"08:00\"\nlayer = \"through traffic\"\n";

/// Rows by layer of a table of a run.
fn layers(run: &Path, table: &str) -> std::collections::BTreeMap<String, usize> {
    let rows = engine::table::read(run.join(format!("{table}.parquet"))).unwrap();
    let column = rows.column("layer").unwrap().str().unwrap();
    let mut counts = std::collections::BTreeMap::new();
    for name in column.iter().flatten() {
        *counts.entry(name.to_string()).or_default() += 1;
    }
    counts
}

#[test]
fn plans_and_a_trip_table_add_up_in_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let (both, out) = (scenario(&folder.path().join("both"), BOTH), folder.path().join("run"));
    let manifest = run(&both, &out, &[]);
    // 30 persons with two trips each; 40 and 10 trips of the table (one within a node is no trip).
    let number = |key: &str| manifest["summary"][key].as_f64().unwrap();
    assert_eq!((number("persons"), number("trips"), number("aborted")), (80.0, 110.0, 0.0));
    let expected =
        |plans, table| [("plans".to_string(), plans), ("through traffic".to_string(), table)].into();
    assert_eq!(layers(&out, "persons"), expected(30, 50));
    assert_eq!(layers(&out, "legs"), expected(60, 50));
    // Nothing is invented: of none of them the age is known.
    let persons = engine::table::read(out.join("persons.parquet")).unwrap();
    for column in ["age", "vehicles", "income_usd", "household", "sex"] {
        assert_eq!(persons.column(column).unwrap().null_count(), 80, "{column}");
    }
    // A trip table has no activities.
    let activities = engine::table::read(out.join("activities.parquet")).unwrap();
    assert_eq!(activities.height(), 90);
    // The report shows the shares by layer.
    let report = std::fs::read_to_string(out.join("report.json")).unwrap();
    assert!(report.contains("through traffic"));
    // A comparison and an export read such runs.
    let closed = scenario(
        &folder.path().join("closed"),
        &format!("{BOTH}[[policy]]\nkind = \"close\"\non = {{ links = [\"11-12\"] }}\n"),
    );
    let other = folder.path().join("other");
    run(&closed, &other, &[]);
    let paths = [&out, &other, &folder.path().join("comparison"), &folder.path().join("matsim")]
        .map(|p| p.to_str().unwrap().to_string());
    let said = wayfare(&["compare", &paths[0], &paths[1], "--out", &paths[2], "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let comparison: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let groups = comparison["gains"].as_array().unwrap();
    assert!(
        groups.iter().any(|g| g["by"] == "layer" && g["key"] == "through traffic" && g["n"] == 50),
        "{groups:?}"
    );
    let said = wayfare(&["export", &paths[0], "--matsim", "--out", &paths[3]]);
    assert_eq!(said.code, 0, "{}", said.err);
    let (persons, _) =
        netconvert::matsim::population::read(Path::new(&paths[3]).join("population.xml.gz")).unwrap();
    assert_eq!(persons.iter().map(|p| p.legs.len()).sum::<usize>(), 110);
}

#[test]
fn layers_of_one_name_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let twice = BOTH.replace("layer = \"through traffic\"", "layer = \"plans\"");
    let twice = scenario(&folder.path().join("twice"), &twice);
    let said = wayfare(&["check", twice.to_str().unwrap()]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("two layers are called \"plans\""), "{}", said.err);
    // What is wrong in a layer is told with its line, as in a single one.
    let wrong = scenario(&folder.path().join("wrong"), &BOTH.replace("start =", "begin ="));
    let said = wayfare(&["check", wrong.to_str().unwrap()]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("begin"), "{}", said.err);
}

/// Three cars that set out at six, and three lorries that set out at five, each three in one second on one link.
fn fleet() -> String {
    let person = |name: String, mode: &str, hour: u32| {
        format!(
            "<person id=\"{name}\"><plan selected=\"yes\"><activity type=\"home\" link=\"00-10\" end_time=\"{hour:02}:00:00\"/>\
             <leg mode=\"{mode}\"/><activity type=\"work\" link=\"23-33\"/></plan></person>\n"
        )
    };
    let cars = (0..3).map(|i| person(format!("c{i}"), "car", 6));
    let persons: String = cars.chain((0..3).map(|i| person(format!("t{i}"), "truck", 5))).collect();
    // One walks to the lorry: the walk and the drive are one trip.
    let walked =
        "<leg mode=\"walk\"/><activity type=\"truck interaction\" link=\"00-10\"/><leg mode=\"truck\"/>";
    let persons = persons.replacen("<leg mode=\"truck\"/>", walked, 1);
    format!("<population>\n{persons}</population>\n")
}

const VEHICLES: &str = "<vehicleDefinitions xmlns=\"http://www.matsim.org/files/dtd\">\n\
    <vehicleType id=\"car\"><capacity seats=\"4\"/><passengerCarEquivalents pce=\"1\"/></vehicleType>\n\
    <vehicleType id=\"lorry\"><length meter=\"15\"/><maximumVelocity meterPerSecond=\"6.25\"/>\n\
    <passengerCarEquivalents pce=\"3\"/><networkMode networkMode=\"truck\"/></vehicleType>\n\
    <vehicle id=\"t0\" type=\"lorry\"/>\n</vehicleDefinitions>\n";

/// A column of text of a table of a run.
fn texts(run: &Path, table: &str, column: &str) -> Vec<String> {
    let rows = engine::table::read(run.join(format!("{table}.parquet"))).unwrap();
    rows.column(column).unwrap().str().unwrap().iter().map(|text| text.unwrap().to_string()).collect()
}

/// By hand: a link is 500 m long, at 12.5 m/s 40 s for a car; a lorry that drives 6.25 m/s needs 80 s. Over k links
/// after the first, each but the last with one second more in the buffer, and one second in that of the first, a car
/// takes 41 k seconds and a lorry 81 k. 900 vehicles an hour are a car in 4 s: of three cars that leave a link one waits
/// 4 s and one 8 s, of three lorries of 3 passenger-car equivalents one 12 s and one 24 s.
#[test]
fn two_types_of_vehicles_and_a_trip_table_run_together() {
    let folder = tempfile::tempdir().unwrap();
    let people = BOTH.replace("file = \"plans.xml\"", "file = \"plans.xml\"\nvehicles = \"vehicles.xml\"");
    let (input, out) = (scenario(&folder.path().join("mixed"), &people), folder.path().join("run"));
    std::fs::write(input.join("plans.xml"), fleet()).unwrap();
    std::fs::write(input.join("vehicles.xml"), VEHICLES).unwrap();
    let manifest = run(&input, &out, &["--threads", "2"]);
    assert_eq!(manifest["summary"]["aborted"].as_f64(), Some(0.0));
    let again = run(&input, &folder.path().join("again"), &["--threads", "1"]);
    assert_eq!(manifest["hash"]["events"], again["hash"]["events"]);

    let (legs, _, moved) = engine::store::legs::read(&out, 56).unwrap();
    let length_m = engine::table::read(out.join("legs.parquet")).unwrap();
    let length_m: Vec<f64> = length_m.column("length_m").unwrap().f64().unwrap().iter().flatten().collect();
    for (persons, depart_s, of_link_s, headway_s) in [(0..3, 21_600, 41, 4), (3..6, 18_000, 81, 12)] {
        let mut took: Vec<u32> = persons
            .map(|leg| {
                assert_eq!(moved[leg].depart_s, depart_s);
                moved[leg].arrive_s - depart_s - of_link_s * (length_m[leg] / 500.0) as u32
            })
            .collect();
        took.sort_unstable();
        assert_eq!(took, [0, headway_s, 2 * headway_s], "{:?}", &moved[..6]);
    }
    // 50 trips of the table drive the ordinary car.
    let names = texts(&out, "legs", "vehicle");
    assert_eq!(names[..6], ["car", "car", "car", "lorry", "lorry", "lorry"]);
    assert!(names.len() == 56 && names[6..].iter().all(|name| name == "ordinary car"));

    // An export names every vehicle, and what is made of it is the same day.
    let export = folder.path().join("matsim");
    let said = wayfare(&["export", out.to_str().unwrap(), "--matsim", "--out", export.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}", said.err);
    let (vehicles, warnings) = netconvert::matsim::vehicles::read(export.join("vehicles.xml.gz")).unwrap();
    assert!(warnings.is_empty() && vehicles.of.len() == 56, "{warnings:?}");
    assert_eq!(vehicles.types, legs.classes.all());
    let head = "title = \"Back\"\n[network]\nformat = \"matsim\"\nfile = \"network.xml.gz\"\n[assign]\niterations = 2\n\
                [people]\nsource = \"plans\"\nfile = \"population.xml.gz\"\nvehicles = \"vehicles.xml.gz\"\n";
    std::fs::write(export.join("scenario.toml"), head).unwrap();
    let back = folder.path().join("back");
    run(&export, &back, &[]);
    // Persons keep their names, so those of the table come first now.
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(texts(&back, "legs", "vehicle")), sorted(names));
}

#[test]
fn a_vehicle_of_an_unknown_type_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let people = BOTH.replace("file = \"plans.xml\"", "file = \"plans.xml\"\nvehicles = \"vehicles.xml\"");
    let input = scenario(&folder.path().join("tank"), &people);
    std::fs::write(input.join("vehicles.xml"), VEHICLES.replace("type=\"lorry\"", "type=\"tank\"")).unwrap();
    let said = wayfare(&["check", input.to_str().unwrap()]);
    assert_eq!(said.code, 2);
    let told =
        "vehicles.xml:5: <vehicle id=\"t0\"> has type=\"tank\" — expected the id of a <vehicleType> above";
    assert!(said.err.contains(told), "{}", said.err);
}

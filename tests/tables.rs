//! A run goes out as tables for planners in every format, and each holds what the tables of the run hold.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use engine::table;
use polars::prelude::{DataFrame, DataType};
use program::{run, wayfare};
use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// A county of 1,000 persons somewhere on Earth, run twice: `a`, and `b` with the Old Bridge closed; `c` is their comparison.
fn county(folder: &Path) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_string();
    let said = wayfare(&["new", &path("county"), "--synthetic", "--persons", "1000", "--quiet"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let nodes = folder.join("county").join("nodes.csv");
    let placed = std::fs::read_to_string(&nodes).unwrap().replace(",plane\n", ",EPSG:32610\n");
    std::fs::write(nodes, placed).unwrap();
    std::fs::create_dir(folder.join("closed")).unwrap();
    let closed = "extends = \"../county\"\ntitle = \"Closed\"\n[[policy]]\nkind = \"close\"\non = { street = \"Old Bridge\" }\n";
    std::fs::write(folder.join("closed").join("scenario.toml"), closed).unwrap();
    for (scenario, name) in [("county", "a"), ("closed", "b")] {
        run(&folder.join(scenario), &folder.join(name), &["--sample", "0.5", "--set", "assign.iterations=1"]);
    }
    let said = wayfare(&["compare", &path("a"), &path("b"), "--out", &path("c"), "--quiet"]);
    assert_eq!(said.code, 0, "{}", said.err);
}

/// Exports, and returns the rows of each table by the ending of its file.
fn export(from: &Path, more: &[&str]) -> BTreeMap<(String, String), u64> {
    let mut words = vec!["export", from.to_str().unwrap(), "--json", "--quiet"];
    words.extend(more);
    let said = wayfare(&words);
    assert_eq!(said.code, 0, "{}", said.err);
    let said: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(said["left_out"], serde_json::json!([]));
    let mut rows = BTreeMap::new();
    for file in said["files"].as_array().unwrap() {
        let path = Path::new(file["file"].as_str().unwrap());
        assert!(path.is_file(), "{path:?}");
        let ending = path.extension().unwrap().to_str().unwrap();
        for table in file["tables"].as_array().unwrap() {
            let name = table["table"].as_str().unwrap();
            rows.insert((ending.to_string(), name.to_string()), table["rows"].as_u64().unwrap());
        }
    }
    rows
}

/// The sum of a column of a table of the run.
fn sum(frame: &DataFrame, name: &str) -> f64 {
    let column = frame.column(name).unwrap().cast(&DataType::Float64).unwrap();
    column.f64().unwrap().iter().flatten().sum()
}

/// A file of CSV: rows, and the sums of its columns of numbers.
struct Text {
    rows: u64,
    sums: BTreeMap<String, f64>,
}

fn text(folder: &Path, name: &str) -> Text {
    let mut reader = csv::Reader::from_path(folder.join(format!("{name}.csv"))).unwrap();
    let header = reader.headers().unwrap().clone();
    let (mut rows, mut sums) = (0, BTreeMap::new());
    for row in reader.records().map(Result::unwrap) {
        rows += 1;
        for (name, cell) in header.iter().zip(&row) {
            *sums.entry(name.to_string()).or_insert(0.0) += cell.parse().unwrap_or(0.0);
        }
    }
    Text { rows, sums }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

#[test]
fn every_format_holds_what_the_tables_of_the_run_hold() {
    let folder = tempfile::tempdir().unwrap();
    county(folder.path());
    let (a, out) = (folder.path().join("a"), folder.path().join("a-export"));
    let rows = export(&a, &["--csv", "--geojson", "--xlsx", "--gpkg"]);
    let of = |name: &str| table::read(a.join(format!("{name}.parquet"))).unwrap();
    let (links, bins, legs, counts) = (of("network"), of("link_15min"), of("legs"), of("counts"));

    // Rows: as many as the tables of the run have, and as many in each format.
    let same = [("links", &links), ("trips", &legs), ("counts", &counts), ("persons", &of("persons"))];
    for (name, frame) in same.into_iter().chain([("zones", &of("zones")), ("households", &of("households"))])
    {
        assert!(frame.height() > 0, "{name}");
        assert_eq!(text(&out, name).rows, frame.height() as u64, "{name}");
    }
    let in_csv: Vec<&(String, String)> = rows.keys().filter(|key| key.0 == "csv").collect();
    assert_eq!(in_csv.len(), 11, "{in_csv:?}");
    for (_, name) in in_csv {
        let of = |ending: &str| rows.get(&(ending.to_string(), name.clone()));
        assert_eq!((of("csv"), of("csv")), (of("gpkg"), Some(&text(&out, name).rows)), "{name}");
        assert!(of("xlsx").is_none_or(|rows| Some(rows) == of("csv")), "{name}");
    }
    let maps: Vec<&str> = rows.keys().filter(|key| key.0 == "geojson").map(|key| key.1.as_str()).collect();
    assert_eq!(maps, ["links", "stations", "zones"]);

    // Sums: volumes by day, by hour and hour by hour; trips of the matrix; counts of stations.
    let volume = sum(&bins, "volume_vph") / 4.0;
    let (of_links, of_hours) = (text(&out, "links").sums, text(&out, "link_hours").sums);
    let by_hour: f64 = (0..24).map(|hour| of_links[&format!("volume_{hour:02}_vph")]).sum();
    assert!(volume > 1000.0 && near(of_links["volume_vpd"], volume), "{volume}");
    assert!(near(by_hour, volume) && near(of_hours["volume_vph"], volume), "{by_hour} {volume}");
    for name in ["vehicles_out", "vehicles_in", "vehicles_ended"] {
        assert!(near(of_hours[name], sum(&bins, name)), "{name}");
    }
    assert!(
        near(of_links["delay_h"], of_hours["delay_h"])
            && near(of_links["vehicle_km"], of_hours["vehicle_km"])
    );
    assert!(near(text(&out, "od").sums["trips_population"], sum(&legs, "weight")));
    assert!(near(text(&out, "trips").sums["length_m"], sum(&legs, "length_m")));
    let stations = text(&out, "stations").sums;
    assert!(near(stations["observed_volume"], sum(&counts, "observed_vph")));
    assert!(near(stations["simulated_volume"], sum(&counts, "simulated_vph")));

    // The same sums in a GeoPackage, GeoJSON and a workbook.
    let package = Connection::open(out.join("a.gpkg")).unwrap();
    for (column, table) in [("volume_vpd", "links"), ("volume_vph", "link_hours")] {
        let sum = package.query_row(&format!("SELECT sum({column}) FROM {table}"), [], |row| row.get(0));
        assert!(near(sum.unwrap(), volume), "{table}");
    }
    let map: Value = serde_json::from_slice(&std::fs::read(out.join("links.geojson")).unwrap()).unwrap();
    let features = map["features"].as_array().unwrap();
    let of_map = features.iter().map(|link| link["properties"]["volume_vpd"].as_f64().unwrap());
    assert!(near(of_map.sum(), volume));
    let mut book = zip::ZipArchive::new(std::fs::File::open(out.join("a.xlsx")).unwrap()).unwrap();
    let mut sheet = String::new();
    book.by_name("xl/worksheets/sheet2.xml").unwrap().read_to_string(&mut sheet).unwrap();
    assert_eq!(sheet.matches("<row ").count(), links.height() + 1);

    refusals(&a, &out);
    differences(folder.path(), volume);
}

/// What is there is not replaced unasked; a run folder is none for tables; several files do not go into one.
fn refusals(run: &Path, out: &Path) {
    let run = run.to_str().unwrap();
    let code = |more: &[&str]| {
        let mut words = vec!["export", run, "--quiet"];
        words.extend(more);
        let said = wayfare(&words);
        (said.code, said.err)
    };
    let (is, said) = code(&["--csv"]);
    assert!(is == 2 && said.contains("is there already") && said.contains("--overwrite"), "{said}");
    // A table of an earlier export that this one does not have goes, other files stay.
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    assert_eq!(code(&["--csv", "--overwrite"]).0, 0);
    assert!(out.join("notes.txt").exists() && out.join("a.gpkg").exists());
    let (is, said) = code(&["--csv", "--out", run]);
    assert!(is == 2 && said.contains("holds a run"), "{said}");
    let (is, said) = code(&["--csv", "--out", "tables.csv"]);
    assert!(is == 2 && said.contains("is the name of one file"), "{said}");
    assert_eq!(code(&[]).0, 2);
    assert_eq!(code(&["--matsim", "--csv"]).0, 2);
    assert_eq!(code(&["--geojson", "--out", out.join("a.gpkg").to_str().unwrap()]).0, 2);
}

/// The folder of a comparison has the same links with both runs side by side.
fn differences(folder: &Path, volume_of_a: f64) {
    let (c, out) = (folder.join("c"), folder.join("c-export"));
    let rows = export(&c, &["--csv"]);
    let bins = table::read(folder.join("b").join("link_15min.parquet")).unwrap();
    let volume_of_b = sum(&bins, "volume_vph") / 4.0;
    let links = text(&out, "links").sums;
    assert!(near(links["volume_base_vpd"], volume_of_a) && near(links["volume_variant_vpd"], volume_of_b));
    assert!(near(links["volume_difference_vpd"], volume_of_b - volume_of_a));
    let comparison: Value =
        serde_json::from_slice(&std::fs::read(c.join("comparison.json")).unwrap()).unwrap();
    let of = |link: &Value| link["volume"]["difference"].as_f64().unwrap();
    let told: f64 = comparison["links"].as_array().unwrap().iter().map(of).sum();
    assert!(told != 0.0 && (told - links["volume_difference_vpd"]).abs() < 1e-6, "{told}");
    let hours: f64 = (0..24).map(|hour| links[&format!("difference_{hour:02}_vph")]).sum();
    assert!((hours - told).abs() < 1e-6, "{hours} {told}");
    // All persons are compared whose trips arrived, in the zones that they live in.
    let compared = comparison["n_persons"].as_f64().unwrap() - comparison["n_incomplete"].as_f64().unwrap();
    let zones = text(&out, "zones");
    assert_eq!(zones.sums["persons_simulated"], compared);
    assert_eq!(rows[&("csv".to_string(), "zones".to_string())], zones.rows);
    let od = text(&out, "od").sums;
    assert!(near(
        od["trips_base_population"] + od["trips_difference_population"],
        od["trips_variant_population"]
    ));

    let file = folder.join("difference.gpkg");
    export(&c, &["--gpkg", "--out", file.to_str().unwrap()]);
    let package = Connection::open(file).unwrap();
    let sum =
        package.query_row("SELECT sum(volume_difference_vpd) FROM links", [], |row| row.get::<_, f64>(0));
    assert!((sum.unwrap() - told).abs() < 1e-6);

    // A run that was run again is no longer the one that was compared.
    let more = ["--overwrite", "--sample", "0.5", "--set", "assign.iterations=1", "--seed", "7"];
    run(&folder.join("closed"), &folder.join("b"), &more);
    let said = wayfare(&["export", c.to_str().unwrap(), "--csv", "--overwrite"]);
    assert!(said.code == 2 && said.err.contains("run wayfare compare again"), "{}", said.err);
}

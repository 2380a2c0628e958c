//! Each format read back by another reader than its writer: the same rows, sums and places.

use super::*;
use crate::fixture::county;
use engine::projection::Crs;
use engine::sheet::run::{Run, SHEETS};
use engine::store::{Travellers, counts, legs, link_15min, network, zones};
use engine::table::{Column, Type, column};
use engine::traffic::LinkBins;
use engine::trip::{Legs, Routes};
use engine::validate::travel::Driven;
use engine::zone::{LandUse, Zone, Zones};
use geo::{BoundingRect, LineString, MultiPolygon, Polygon};
use geozero::ToGeo;
use rusqlite::Connection;
use std::io::Read;

/// A triangle and a point in the county.
fn two_zones() -> Zones {
    let zone = |name: &str, outline| Zone {
        name: name.into(),
        x_m: 550_300.0,
        y_m: 4_180_200.0,
        region: 0,
        outline,
        land: LandUse { jobs: 7.5, ..LandUse::default() },
    };
    // Clockwise, which GeoJSON does not want.
    let ring = [(550_000.0, 4_180_000.0), (550_500.0, 4_180_700.0), (550_900.0, 4_180_000.0)];
    let outline = MultiPolygon(vec![Polygon::new(LineString::from(ring.to_vec()), Vec::new())]);
    Zones { zones: vec![zone("Süd", Some(outline)), zone("b", None)], regions: vec!["all".into()] }
}

/// The folder of a small run, as far as sheets of links and zones need it: 3 vehicles of a tenth of the population on the
/// second link at eight, 4 on the third at nine.
fn run(folder: &Path, crs: Crs) {
    let mut roads = county();
    roads.crs = crs;
    let n = roads.links.len();
    let mut bins = LinkBins::new(n, 900, 86_400);
    for (at, out) in [(32 * n + 1, 3), (36 * n + 2, 4)] {
        (bins.left[at], bins.entered[at], bins.time_sum_s[at]) = (out, out, 100 * out);
    }
    let of = Travellers { agents: &[], layers: &[], zones: &two_zones(), sample: 0.1 };
    network::write(folder, &roads, of.zones, &vec![None; roads.links.len()]).unwrap();
    zones::write(folder, of.zones, &roads.crs).unwrap();
    link_15min::write(folder, &roads, &Driven { bins: &bins, trips: None, sample: 0.1 }).unwrap();
    legs::write(folder, &roads, &Legs::default(), &Routes::default(), &[], &of).unwrap();
    counts::write(folder, &[], 0.1).unwrap();
}

/// Writes the sheets of links, hours and zones in a format; what was written, below a folder for the test.
fn export(format: Format, crs: Crs, work: impl FnOnce(&Path, &[File])) {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), crs);
    let opened = Run::open(folder.path()).unwrap();
    let target = match format.is_one_file() {
        true => folder.path().join(format!("a.{}", format.name())),
        false => folder.path().to_path_buf(),
    };
    let mut writer = format.open(&target).unwrap();
    for (name, make) in SHEETS.iter().filter(|(name, _)| ["links", "link_hours", "zones"].contains(name)) {
        let added = writer.add(&make(&opened).unwrap()).unwrap();
        let places = *name != "link_hours";
        assert_eq!(added, if places || format != Format::GeoJson { Added::Whole } else { Added::NoPlaces });
    }
    let files = writer.finish(&words(ABOUT), &words(COLUMNS)).unwrap();
    let left = disk_left(folder.path());
    assert!(left.is_empty(), "{left:?}");
    work(&target, &files);
}

fn words(name: &'static str) -> Sheet {
    const OF: [Column; 1] = [column("item", Type::Text, "", "what is told")];
    Sheet::of_words(name, "words", &OF, &[vec!["a, \"b\"".into()]]).unwrap()
}

/// Files that a writer forgot to name or to remove.
fn disk_left(folder: &Path) -> Vec<PathBuf> {
    let files = engine::disk::list(folder).unwrap();
    files.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "tmp")).collect()
}

#[test]
fn csv_has_a_header_and_a_row_a_line() {
    export(Format::Csv, Crs::Epsg(32_610), |folder, files| {
        let written: Vec<usize> = files.iter().map(|file| file.tables[0].rows).collect();
        assert_eq!(written, [7, 2, 2, 1, 1]);
        let mut links = ::csv::Reader::from_path(folder.join("links.csv")).unwrap();
        let header = links.headers().unwrap().clone();
        let at = |name: &str| header.iter().position(|of| of == name).unwrap();
        let rows: Vec<_> = links.records().map(Result::unwrap).collect();
        let volumes: f64 = rows.iter().map(|row| row[at("volume_vpd")].parse::<f64>().unwrap()).sum();
        assert_eq!((rows.len(), volumes), (7, 70.0));
        assert_eq!(&rows[1][at("street")], "Bayshore & \"Main\" <Freeway>");
        assert_eq!((&rows[0][at("speed_mps")], &rows[1][at("volume_08_vph")]), ("", "30"));
    });
}

#[test]
fn geojson_is_in_degrees_and_rings_run_counterclockwise() {
    export(Format::GeoJson, Crs::Epsg(32_610), |folder, files| {
        assert_eq!(files.len(), 2);
        let read = |name: &str| -> serde_json::Value {
            serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
        };
        let links = read("links.geojson");
        let features = links["features"].as_array().unwrap();
        assert_eq!((features.len(), &features[1]["properties"]["volume_vpd"]), (7, &30.0.into()));
        assert_eq!(features[0]["properties"]["street"], serde_json::Value::Null);
        let line = &features[2]["geometry"];
        assert_eq!((&line["type"], line["coordinates"].as_array().unwrap().len()), (&"LineString".into(), 4));
        assert!((-122.5..-122.3).contains(&line["coordinates"][0][0].as_f64().unwrap()), "{line}");
        let zones = read("zones.geojson");
        assert_eq!(zones["features"][0]["properties"]["zone"], "Süd");
        assert_eq!(zones["features"][1]["geometry"]["type"], "Point");
        let ring: Vec<(f64, f64)> =
            serde_json::from_value(zones["features"][0]["geometry"]["coordinates"][0][0].clone()).unwrap();
        let twice: f64 = ring.windows(2).map(|at| at[0].0 * at[1].1 - at[1].0 * at[0].1).sum();
        assert!(twice > 0.0, "{ring:?}");
    });
}

/// A number that a query finds.
fn number(package: &Connection, query: &str) -> f64 {
    package.query_row(query, [], |row| row.get::<_, f64>(0)).unwrap_or_else(|e| panic!("{query}: {e}"))
}

#[test]
fn a_geopackage_has_layers_in_the_system_of_the_network() {
    export(Format::Gpkg, Crs::Epsg(32_610), |path, files| {
        assert_eq!(files[0].tables.len(), 5);
        let package = Connection::open(path).unwrap();
        let number = |query: &str| number(&package, query);
        assert_eq!(number("SELECT application_id * 1.0 FROM pragma_application_id"), f64::from(0x4750_4B47));
        assert_eq!(number("SELECT count(*) * 1.0 FROM gpkg_contents WHERE data_type = 'features'"), 2.0);
        assert_eq!(number("SELECT sum(volume_vpd) FROM links"), 70.0);
        assert_eq!(number("SELECT sum(volume_vph) FROM link_hours"), 70.0);
        let systems = "SELECT count(*) * 1.0 FROM gpkg_geometry_columns JOIN gpkg_spatial_ref_sys USING (srs_id) \
                       WHERE organization = 'EPSG' AND srs_id = 32610 AND definition LIKE 'PROJCS%'";
        assert_eq!(number(systems), 2.0);
        let kinds = "SELECT count(*) * 1.0 FROM gpkg_geometry_columns WHERE geometry_type_name IN ('LINESTRING', 'GEOMETRY')";
        assert_eq!(number(kinds), 2.0);
        let blob: Vec<u8> =
            package.query_row("SELECT geom FROM links WHERE name = 'ab'", [], |row| row.get(0)).unwrap();
        let line = LineString::try_from(geozero::wkb::GpkgWkb(blob).to_geo().unwrap()).unwrap();
        let end = line.0[1];
        assert!((end.x - 550_900.25).abs() < 1e-3 && (end.y - 4_180_000.0).abs() < 1e-3, "{end:?}");
        assert!(
            (number("SELECT max_x FROM gpkg_contents WHERE table_name = 'links'") - 551_500.0).abs() < 1e-3
        );
        indexed(&package);
        let whole: String = package.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok");
    });
}

/// Each feature is in the index with its own box, which SQLite keeps as floats of 32 bits that lie around it.
fn indexed(package: &Connection) {
    for table in ["links", "zones"] {
        let query =
            format!("SELECT geom, minx, maxx, miny, maxy FROM {table} JOIN rtree_{table}_geom ON fid = id");
        let mut query = package.prepare(&query).unwrap();
        let row = |row: &rusqlite::Row<'_>| {
            Ok((row.get::<_, Vec<u8>>(0)?, [row.get(1)?, row.get(2)?, row.get(3)?, row.get::<_, f64>(4)?]))
        };
        let rows: Vec<_> = query.query_map([], row).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len() as f64, number(package, &format!("SELECT count(geom) * 1.0 FROM {table}")));
        for (blob, [left, right, bottom, top]) in rows {
            let own = geozero::wkb::GpkgWkb(blob).to_geo().unwrap().bounding_rect().unwrap();
            let off = [own.min().x - left, right - own.max().x, own.min().y - bottom, top - own.max().y];
            assert!(off.iter().all(|off| (0.0..1.0).contains(off)), "{table}: {off:?}");
        }
    }
    let known = "SELECT count(*) * 1.0 FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index' AND scope = 'write-only'";
    assert_eq!(number(package, known), 2.0);
    assert_eq!(number(package, "SELECT count(*) * 1.0 FROM sqlite_master WHERE type = 'trigger'"), 12.0);
}

#[test]
fn a_network_that_is_nowhere_on_earth_has_an_undefined_plane() {
    export(Format::Gpkg, Crs::Plane, |path, _| {
        let package = Connection::open(path).unwrap();
        assert_eq!(number(&package, "SELECT min(srs_id) * 1.0 FROM gpkg_geometry_columns"), -1.0);
        assert_eq!(number(&package, "SELECT min_x FROM gpkg_contents WHERE table_name = 'links'"), 550_000.0);
    });
}

/// A file of a workbook.
fn entry(book: &Path, name: &str) -> String {
    let mut text = String::new();
    let mut zip = zip::ZipArchive::new(std::fs::File::open(book).unwrap()).unwrap();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_workbook_begins_with_read_me_and_keeps_numbers_as_numbers() {
    export(Format::Xlsx, Crs::Epsg(32_610), |path, files| {
        let tables: Vec<&str> = files[0].tables.iter().map(|table| table.table.as_str()).collect();
        assert_eq!(tables, ["links", "link_hours", "zones"]);
        let names = entry(path, "xl/workbook.xml");
        let of = |name: &str| names.find(&format!("name=\"{name}\"")).unwrap();
        assert!(of("Read me") < of("links") && of("links") < of("zones"));
        let links = entry(path, "xl/worksheets/sheet2.xml");
        assert_eq!(links.matches("<row ").count(), 8);
        assert!(links.contains("state=\"frozen\""));
        // A volume of 30 in the second row of the table.
        assert!(links.split("<row ").nth(3).unwrap().contains("<v>30</v>"), "{links}");
        assert!(entry(path, "xl/sharedStrings.xml").contains("Bayshore &amp; \"Main\" &lt;Freeway&gt;"));
    });
}

#[test]
fn a_table_that_excel_cannot_hold_is_left_out_and_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xlsx");
    const OF: [Column; 1] = [column("item", Type::Text, "", "a word")];
    let long = Sheet::of_words("trips", "words", &OF, &vec![Vec::new(); 1_048_576]).unwrap();
    let mut writer = Format::Xlsx.open(&path).unwrap();
    assert_eq!(writer.add(&long).unwrap(), Added::TooLong { most: 1_048_575 });
    assert!(writer.finish(&words(ABOUT), &words(COLUMNS)).unwrap()[0].tables.is_empty());
    assert!(entry(&path, "xl/sharedStrings.xml").contains("trips: its 1048576 rows are more than"));
}

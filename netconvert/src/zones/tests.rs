use super::*;
use crate::testing::{data, file, panics_on_damage};
use std::io::Write;

const LAND: &str = "ZONE,COUNTY,TOTPOP,TOTHH,TOTEMP,RETEMPN,HEREMPN,FPSEMPN,HSENROLL,AGE0519,COLLFTE,TOTACRE
1,1,64,34,17504,697,1387,14116,10,5,0,20.3
7,4,320,170,27657,3089,3521,18832,0,16,3,31.1
";
const POINTS: &str = "N,X,Y,latitude,longitude\n1,0,0,37.79,-122.39\n7,0,0,37.79,-122.40\n";
const COUNTIES: &str = "ZONE,SD,COUNTY,COUNTY_NAME\n1,1,1,San Francisco\n7,1,4,Alameda\n";

fn zones(land: &str, points: &str, counties: &str) -> Result<(Zones, Vec<Warning>)> {
    let files = [file("land.csv", land), file("points.csv", points), file("counties.csv", counties)];
    let sources = Sources {
        land_use: &files[0].1,
        outlines: None,
        points: Some(&files[1].1),
        counties: Some(&files[2].1),
    };
    read(&sources, &Crs::Epsg(32_610))
}

#[test]
fn land_use_by_zone() {
    let (zones, _) = zones(LAND, POINTS, COUNTIES).unwrap();
    assert_eq!(zones.regions, ["San Francisco", "Alameda"]);
    let first = &zones.zones[0];
    assert_eq!((first.land.population, first.land.jobs_office, first.land.pupils), (64.0, 14_116.0, 13.0));
    assert!((first.land.area_m2 - 20.3 * 4_046.856_422_4).abs() < 1e-9);
    assert!((first.x_m - 553_706.0).abs() < 100.0, "{}", first.x_m);
    assert_eq!(zones.zones[1].region, 1);
}

#[test]
fn bad_rows_are_named() {
    let says = |land: &str, points: &str, counties: &str, want: &[&str]| {
        let text = zones(land, points, counties).unwrap_err().to_string();
        assert!(want.iter().all(|w| text.contains(w)), "{text}");
    };
    says(&LAND.replace(",64,", ",-64,"), POINTS, COUNTIES, &["land.csv:2:", "TOTPOP", "zero or more"]);
    says(&LAND.replace("\n7,", "\n1,"), POINTS, COUNTIES, &["land.csv:3:", "no other row"]);
    says(
        LAND,
        "N,latitude,longitude\n1,37.79,-122.39\n",
        COUNTIES,
        &["land.csv:3:", "a point or an outline"],
    );
    says(LAND, &POINTS.replace("37.79,-122.39", "4183031,552969"), COUNTIES, &["points.csv:2:", "degrees"]);
    says(LAND, POINTS, "ZONE,COUNTY_NAME\n1,x\n", &["land.csv:3:", "counties"]);
}

#[test]
fn damaged_tables_are_faults_not_panics() {
    assert!(!panics_on_damage("land.csv", LAND.as_bytes(), 200, |path| {
        let (_a, points) = file("points.csv", POINTS);
        let sources = Sources { land_use: path, outlines: None, points: Some(&points), counties: None };
        drop(read(&sources, &Crs::Epsg(32_610)));
    }));
}

/// A square of 0.1° with its lower left corner there, in the order of a shapefile (clockwise).
fn square(lon: f64, lat: f64, side: f64) -> Vec<shapefile::Point> {
    let corners = [(0.0, 0.0), (0.0, side), (side, side), (side, 0.0), (0.0, 0.0)];
    corners.iter().map(|(x, y)| shapefile::Point::new(lon + x, lat + y)).collect()
}

/// A shapefile of zone 1 (a square with a hole) and of zone 7 (two squares in two records), zipped; its parts are beside
/// it, too.
fn outlined(folder: &Path) -> std::path::PathBuf {
    use shapefile::PolygonRing::{Inner, Outer};
    use shapefile::dbase::{FieldName, FieldValue, Record, TableWriterBuilder};
    let table = TableWriterBuilder::new().add_character_field(FieldName::try_from("TAZ1454").unwrap(), 8);
    let shp = folder.join("zones.shp");
    let mut writer = shapefile::Writer::from_path(&shp, table).unwrap();
    let mut hole = square(-122.45, 37.75, 0.02);
    hole.reverse();
    for (name, rings) in [
        ("1", vec![Outer(square(-122.5, 37.7, 0.1)), Inner(hole)]),
        ("7", vec![Outer(square(-122.4, 37.7, 0.1))]),
        ("7", vec![Outer(square(-122.3, 37.7, 0.1))]),
    ] {
        let mut record = Record::default();
        record.insert("TAZ1454".into(), FieldValue::Character(Some(name.into())));
        writer.write_shape_and_record(&shapefile::Polygon::with_rings(rings), &record).unwrap();
    }
    drop(writer);
    let zip = folder.join("zones.zip");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&zip).unwrap());
    for part in ["shp", "dbf"] {
        archive.start_file(format!("zones.{part}"), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&std::fs::read(shp.with_extension(part)).unwrap()).unwrap();
    }
    archive.finish().unwrap();
    zip
}

#[test]
fn outlines_come_from_a_shapefile_zipped_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let zip = outlined(folder.path());
    for path in [&zip, &folder.path().join("zones.shp")] {
        let found = outlines(path, "TAZ1454", &Crs::Epsg(32_610)).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["1", "7"]);
        // A degree of latitude there is 110,990 m, one of longitude 88,070 m (WGS 84): 97.7 km², the hole a 25th of it.
        let km2 = |name: &str| found[name].unsigned_area() / 1e6;
        assert!((km2("1") - 97.7 * 0.96).abs() < 0.3, "{}", km2("1"));
        assert!((km2("7") - 97.7 * 2.0).abs() < 0.6, "{}", km2("7"));
        assert_eq!((found["1"].0[0].interiors().len(), found["7"].0.len()), (1, 2));
    }
    // All four sources together: both zones get their outline, and their point from the table.
    let files = [file("land.csv", LAND), file("points.csv", POINTS), file("counties.csv", COUNTIES)];
    let sources = Sources {
        land_use: &files[0].1,
        outlines: Some(&zip),
        points: Some(&files[1].1),
        counties: Some(&files[2].1),
    };
    let (zones, _) = read(&sources, &Crs::Epsg(32_610)).unwrap();
    assert!(zones.zones.iter().all(|zone| zone.outline.is_some()));
    let error = outlines(&zip, "ZONE", &Crs::Epsg(32_610)).unwrap_err().to_string();
    assert!(error.contains("record 1: has no value of ZONE"), "{error}");
    let bytes = std::fs::read(&zip).unwrap();
    assert!(!panics_on_damage("zones.zip", &bytes, 100, |path| {
        drop(outlines(path, "TAZ1454", &Crs::Epsg(32_610)));
    }));
}

fn real() -> Option<(Zones, Vec<Warning>)> {
    let files = [
        data("bay-area/taz1454_2015_land_use.csv.gz")?,
        data("bay-area/bayarea_rtaz1454_rev1_WGS84.zip")?,
        data("bay-area/taz_nodes_WGS84.csv.gz")?,
        data("bay-area/taz-superdistrict-county.csv.gz")?,
    ];
    let sources = Sources {
        land_use: &files[0],
        outlines: Some(&files[1]),
        points: Some(&files[2]),
        counties: Some(&files[3]),
    };
    Some(read(&sources, &Crs::Epsg(32_610)).unwrap())
}

#[test]
fn the_real_zones() {
    let Some((zones, warnings)) = real() else { return };
    assert_eq!((zones.len(), zones.regions.len()), (1454, 9));
    assert!(zones.zones.iter().all(|z| z.outline.is_some()));
    let sum = |f: fn(&LandUse) -> f64| zones.zones.iter().map(|z| f(&z.land)).sum::<f64>();
    assert_eq!(sum(|l| l.population), 7_581_396.0);
    assert_eq!(sum(|l| l.households), 2_700_805.0);
    assert_eq!(sum(|l| l.jobs), 3_861_318.0);
    // Outlines and land-use table know each other: the zones' outlines hold water too, so they are larger.
    let km2: f64 = zones.zones.iter().filter_map(|z| z.outline.as_ref()).map(Area::unsigned_area).sum();
    let outside = zones
        .zones
        .iter()
        .filter(|z| !z.outline.as_ref().is_some_and(|o| o.contains(&Point::new(z.x_m, z.y_m))));
    eprintln!(
        "outlines {:.0} km², table {:.0} km², points outside: {}",
        km2 / 1e6,
        sum(|l| l.area_m2) / 1e6,
        outside.count()
    );
    assert!(km2 > 17e9 && km2 < 25e9);
    warnings.iter().for_each(|w| eprintln!("{w}"));
}

#[test]
fn a_damaged_shapefile_is_a_fault() {
    let Some(path) = data("bay-area/bayarea_rtaz1454_rev1_WGS84.zip") else { return };
    let bytes = std::fs::read(path).unwrap();
    assert!(!panics_on_damage("zones.zip", &bytes, 20, |path| {
        drop(outlines(path, "TAZ1454", &Crs::Epsg(32_610)));
    }));
}

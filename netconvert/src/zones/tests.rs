use super::*;
use crate::testing::{data, file, panics_on_damage};

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

//! Wayfare's own table of zones, one row a zone:
//! `zone,x_m,y_m,region,region_name,population,households,jobs,jobs_retail,jobs_service,jobs_office,pupils,students,area_m2,outline`.
//!
//! `region` is a number from 0, `outline` a WKT MULTIPOLYGON in metres or empty. What is written is read
//! back bit by bit, but for the names of regions that no zone lies in.
//!
//! | column | what it holds |
//! |---|---|
//! | `zone` | name, unique |
//! | `x_m`, `y_m` | a point in the zone, metres of the network's system |
//! | `region`, `region_name` | number and name of the region (a county, say) |
//! | `population`, `households` | residents and households |
//! | `jobs`, `jobs_retail`, `jobs_service`, `jobs_office` | jobs, and those of three kinds |
//! | `pupils`, `students` | places at schools, at colleges |
//! | `area_m2` | land area, square metres |
//!
//! Numbers may be fractional (a total that is spread over zones is) but not negative. The columns may stand in
//! any order; only `outline` may be missing.

use crate::bay_area::count;
use crate::limit::{self, Row};
use engine::zone::{LandUse, Zone, Zones};
use engine::{Error, Result, disk};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Names of the columns of [`LandUse`], in the order in which the two functions below list its fields.
const NUMBERS: [&str; 9] = [
    "population",
    "households",
    "jobs",
    "jobs_retail",
    "jobs_service",
    "jobs_office",
    "pupils",
    "students",
    "area_m2",
];

/// The numbers of a zone in the order of the columns; the inverse of `land_use`.
fn numbers(land: &LandUse) -> [f64; 9] {
    [
        land.population,
        land.households,
        land.jobs,
        land.jobs_retail,
        land.jobs_service,
        land.jobs_office,
        land.pupils,
        land.students,
        land.area_m2,
    ]
}

/// Writes the table.
///
/// Numbers are written with as many digits as it takes to read the same number back.
///
/// # Errors
/// [`Error::Io`] when the disk says no.
pub fn write_table(zones: &Zones, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    disk::write(path, |file| {
        let mut table = csv::Writer::from_writer(file);
        let mut header = vec!["zone", "x_m", "y_m", "region", "region_name"];
        header.extend(NUMBERS);
        header.push("outline");
        table.write_record(&header).map_err(|e| failed(path, e))?;
        for zone in &zones.zones {
            let mut row = vec![zone.name.clone(), zone.x_m.to_string(), zone.y_m.to_string()];
            row.push(zone.region.to_string());
            row.push(zones.regions.get(usize::from(zone.region)).cloned().unwrap_or_default());
            row.extend(numbers(&zone.land).iter().map(f64::to_string));
            row.push(zone.outline.as_ref().map(wkt).unwrap_or_default());
            table.write_record(&row).map_err(|e| failed(path, e))?;
        }
        table.flush().map_err(|e| Error::io(path, e))
    })
}

/// What a table writer met: the disk's words.
pub(crate) fn failed(path: &Path, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::io(path, error),
        other => Error::Other(format!("{}: {other:?}", path.display())),
    }
}

/// Reads the table.
///
/// Zones keep the order of the file. Regions are numbered by the column; a number that no zone has gets an empty
/// name.
///
/// # Errors
/// A [`engine::Fault`] `file:line` for a missing column, a bad number or outline, a zone that occurs
/// twice, or two names of one region.
pub fn read_table(path: impl AsRef<Path>) -> Result<Zones> {
    let path = path.as_ref();
    let mut table = limit::csv(path)?;
    let (name, x, y) = (table.column("zone")?, table.column("x_m")?, table.column("y_m")?);
    let (region, region_name) = (table.column("region")?, table.column("region_name")?);
    let outline = table.find("outline");
    let columns = NUMBERS.iter().map(|n| table.column(n)).collect::<Result<Vec<_>>>()?;
    let mut seen = BTreeMap::new();
    let mut zones = Zones::default();
    let mut named: BTreeMap<u16, String> = BTreeMap::new();
    while let Some(row) = table.advance()? {
        if row.text(name).is_empty() || seen.insert(row.text(name).to_string(), ()).is_some() {
            return Err(row.fault(name, "a zone that no other row has").into());
        }
        let number: u16 = row.parse(region, "a whole number from 0 to 65535")?;
        let known = named.entry(number).or_insert_with(|| row.text(region_name).to_string());
        if known != row.text(region_name) {
            return Err(row.fault(region_name, "the name that earlier rows give this region").into());
        }
        let land = columns.iter().map(|&c| count(row, c)).collect::<Result<Vec<_>>>()?;
        zones.zones.push(Zone {
            name: row.text(name).to_string(),
            x_m: row.number(x)?,
            y_m: row.number(y)?,
            region: number,
            outline: read_outline(row, outline)?,
            land: land_use(&land),
        });
    }
    let n_regions = named.keys().next_back().map_or(0, |&last| usize::from(last) + 1);
    zones.regions = (0..n_regions).map(|i| named.remove(&(i as u16)).unwrap_or_default()).collect();
    Ok(zones)
}

/// The inverse of `numbers`.
fn land_use(numbers: &[f64]) -> LandUse {
    LandUse {
        population: numbers[0],
        households: numbers[1],
        jobs: numbers[2],
        jobs_retail: numbers[3],
        jobs_service: numbers[4],
        jobs_office: numbers[5],
        pupils: numbers[6],
        students: numbers[7],
        area_m2: numbers[8],
    }
}

/// An outline as WKT `MULTIPOLYGON`: of each polygon the outer ring, then its holes.
fn wkt(outline: &MultiPolygon<f64>) -> String {
    let ring = |line: &LineString<f64>, text: &mut String| {
        text.push('(');
        for (i, point) in line.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{comma}{} {}", point.x, point.y);
        }
        text.push(')');
    };
    let mut text = String::from("MULTIPOLYGON (");
    for (i, polygon) in outline.0.iter().enumerate() {
        text.push_str(if i == 0 { "(" } else { ", (" });
        ring(polygon.exterior(), &mut text);
        for hole in polygon.interiors() {
            text.push_str(", ");
            ring(hole, &mut text);
        }
        text.push(')');
    }
    text.push(')');
    text
}

/// The outline of a row; `None` for an empty cell or a table without the column.
fn read_outline(row: Row<'_>, column: Option<usize>) -> Result<Option<MultiPolygon<f64>>> {
    let text = row.text_if(column);
    let Some(column) = column.filter(|_| !text.is_empty()) else { return Ok(None) };
    match parse_wkt(text) {
        Some(outline) => Ok(Some(outline)),
        None => Err(row.fault(column, "MULTIPOLYGON (((x y, x y, …)), …) in metres").into()),
    }
}

/// Reads a WKT MULTIPOLYGON or POLYGON; `None` when it is neither, or a number is not finite.
fn parse_wkt(text: &str) -> Option<MultiPolygon<f64>> {
    let text = text.trim();
    let (body, ring_depth) = match text.strip_prefix("MULTIPOLYGON") {
        Some(body) => (body, 3),
        None => (text.strip_prefix("POLYGON")?, 2),
    };
    // One walk over the text: at the depth of a ring the points between two brackets are read, one level up the
    // rings become a polygon.
    let mut depth = 0u32;
    let mut start = 0;
    let mut polygons = Vec::new();
    let mut rings: Vec<LineString<f64>> = Vec::new();
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            b'(' => {
                depth += 1;
                start = at + 1;
                if depth > ring_depth {
                    return None;
                }
            }
            b')' => {
                if depth == ring_depth {
                    rings.push(parse_ring(&body[start..at])?);
                } else if depth + 1 == ring_depth {
                    let mut rings = std::mem::take(&mut rings).into_iter();
                    polygons.push(Polygon::new(rings.next()?, rings.collect()));
                }
                depth = depth.checked_sub(1)?;
            }
            _ => {}
        }
    }
    (depth == 0 && !polygons.is_empty()).then(|| MultiPolygon::new(polygons))
}

/// The points of a ring; `None` when one of them is no pair of finite numbers.
fn parse_ring(text: &str) -> Option<LineString<f64>> {
    let point = |point: &str| {
        let mut parts = point.split_whitespace().map(str::parse::<f64>);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(Ok(x)), Some(Ok(y)), None) if x.is_finite() && y.is_finite() => Some(Coord { x, y }),
            _ => None,
        }
    };
    text.split(',').map(point).collect::<Option<Vec<_>>>().map(LineString::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_zones() -> Zones {
        let square = |x: f64, side: f64| {
            LineString::from(vec![(x, 0.1), (x + side, 0.1), (x + side, side), (x, side), (x, 0.1)])
        };
        let with_hole = Polygon::new(square(0.0, 100.0), vec![square(10.0, 20.0)]);
        let land = LandUse { population: 1.0 / 3.0, jobs: 17.0, ..LandUse::default() };
        let outline = MultiPolygon::new(vec![with_hole, Polygon::new(square(500.5, 7.0), vec![])]);
        let zone = |name: &str, region, outline| Zone {
            name: name.into(),
            x_m: 552_969.250_000_1,
            y_m: -0.1,
            region,
            outline,
            land,
        };
        Zones {
            zones: vec![zone("1", 1, Some(outline)), zone("a, b", 0, None)],
            regions: vec!["Alameda".into(), "Marin \"north\"".into()],
        }
    }

    #[test]
    fn zones_round_trip_bit_by_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zones.csv");
        write_table(&two_zones(), &path).unwrap();
        assert_eq!(read_table(&path).unwrap(), two_zones());
    }

    #[test]
    fn broken_outlines_are_refused() {
        for bad in [
            "",
            "POINT (1 2)",
            "POLYGON ((1 2, 3))",
            "POLYGON ((1 2)",
            "POLYGON ()",
            "POLYGON (((1 2)))",
            "MULTIPOLYGON (((NaN 1)))",
            "POLYGON ))((",
            "MULTIPOLYGON",
        ] {
            assert_eq!(parse_wkt(bad), None, "{bad}");
        }
        assert!(parse_wkt("POLYGON ((0 0, 1 0, 1 1, 0 0))").is_some());
    }
}

//! Zone outlines from an ESRI shapefile, zipped or not.
//!
//! A shapefile is three files of one name: `.shp` (shapes), `.dbf` (attributes, one record a shape) and `.prj`
//! (reference system as WKT, may be missing). Only polygons in longitude and latitude are read, as the Census
//! Bureau publishes its zones; the datum is taken as WGS 84, which NAD 83 equals within two metres.
//!
//! The decoder is not made for hostile files, so it runs behind a fence that turns its panics into faults, and
//! the sizes of the parts are capped.

use engine::foreign::fence;
use engine::projection::{Crs, Projection};
use engine::{Fault, Result, disk};
use geo::{Contains, LineString, MapCoords, MultiPolygon, Point, Polygon};
use shapefile::dbase::{self, FieldValue};
use shapefile::{PolygonRing, ShapeReader};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

/// Largest part of a shapefile that is read: 1 GiB.
const MOST_BYTES: u64 = 1 << 30;
/// A zip entry may unfold to a hundred times its size, past the first 100 KiB.
const MOST_RATIO: u64 = 100;

/// The bytes of the parts that are needed.
struct Parts {
    /// The `.shp`.
    shapes: Vec<u8>,
    /// The `.dbf`.
    records: Vec<u8>,
    /// The `.prj`; empty where there is none.
    system: String,
}

/// Reads the outlines of a shapefile (`.shp` with its `.dbf` beside it, or a `.zip` with both), by the
/// value of the attribute `key` (a whole number or a text). Records with one value are joined. Longitude and
/// latitude are projected to `crs`.
///
/// # Errors
/// A [`Fault`] when a part is missing or damaged, the attribute does not exist, a shape is no polygon, or
/// the `.prj` names a projected system.
pub fn outlines(path: &Path, key: &str, crs: &Crs) -> Result<BTreeMap<String, MultiPolygon<f64>>> {
    let zipped = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip"));
    let parts = if zipped { fence(path, || unzip(path))? } else { beside(path)? };
    if parts.system.trim_start().starts_with("PROJCS") {
        return Err(Fault::new(path, ".prj", "is in a projected system")
            .expected("longitude and latitude")
            .advice("reproject it to WGS 84 (EPSG:4326)")
            .into());
    }
    let projection = Projection::new(crs)?;
    let mut outlines: BTreeMap<String, MultiPolygon<f64>> = BTreeMap::new();
    for (name, polygons) in fence(path, || decode(path, parts, key))? {
        let place = |c: geo::Coord<f64>| {
            let degrees = (-180.0..=180.0).contains(&c.x) && (-90.0..=90.0).contains(&c.y);
            if !degrees {
                return Err(Fault::new(
                    path,
                    format!("{key} {name}"),
                    format!("has a point {}, {}", c.x, c.y),
                )
                .expected("longitude and latitude in degrees")
                .into());
            }
            projection.to_metres(c.x, c.y).map(|(x, y)| geo::Coord { x, y })
        };
        let polygons = polygons.try_map_coords(place)?;
        match outlines.get_mut(&name) {
            Some(outline) => outline.0.extend(polygons.0),
            None => drop(outlines.insert(name, polygons)),
        }
    }
    Ok(outlines)
}

/// A fault about the file as a whole.
fn damaged(path: &Path, error: impl std::fmt::Display) -> engine::Error {
    Fault::new(path, "", format!("is not a readable shapefile ({error})")).advice("fetch it again").into()
}

/// The parts from an archive: of each the first entry with that ending, in whatever folder of the archive it
/// lies.
fn unzip(path: &Path) -> Result<Parts> {
    let mut archive = zip::ZipArchive::new(disk::open(path)?).map_err(|e| damaged(path, e))?;
    let mut part = |ending: &str| -> Result<Option<Vec<u8>>> {
        let names = archive.file_names().filter_map(|name| name.ok().map(|n| n.into_owned()));
        let Some(name) = names.into_iter().find(|n| n.to_ascii_lowercase().ends_with(ending)) else {
            return Ok(None);
        };
        let mut entry = archive.by_name(&name).map_err(|e| damaged(path, e))?;
        let most = MOST_BYTES.min((entry.compressed_size().saturating_mul(MOST_RATIO)).max(100 << 10));
        let mut bytes = Vec::new();
        entry.by_ref().take(most + 1).read_to_end(&mut bytes).map_err(|e| damaged(path, e))?;
        if bytes.len() as u64 > most {
            return Err(damaged(path, format!("{name} unfolds to more than {most} bytes")));
        }
        Ok(Some(bytes))
    };
    let missing = |ending| Fault::new(path, "", format!("holds no {ending}")).expected("a zipped shapefile");
    let shapes = part(".shp")?.ok_or_else(|| missing(".shp"))?;
    let records = part(".dbf")?.ok_or_else(|| missing(".dbf"))?;
    let system = part(".prj")?.map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
    Ok(Parts { shapes, records, system })
}

/// The parts from the files that lie beside the `.shp`.
fn beside(path: &Path) -> Result<Parts> {
    let system = path.with_extension("prj");
    Ok(Parts {
        shapes: disk::read(path, MOST_BYTES)?,
        records: disk::read(path.with_extension("dbf"), MOST_BYTES)?,
        system: if system.exists() { disk::read_text(system)? } else { String::new() },
    })
}

/// Name and polygons of each record, still in degrees.
fn decode(path: &Path, parts: Parts, key: &str) -> Result<Vec<(String, MultiPolygon<f64>)>> {
    let shapes = ShapeReader::new(Cursor::new(parts.shapes)).map_err(|e| damaged(path, e))?;
    let records = dbase::Reader::new(Cursor::new(parts.records)).map_err(|e| damaged(path, e))?;
    let mut reader = shapefile::Reader::new(shapes, records);
    let mut outlines = Vec::new();
    for (index, pair) in reader.iter_shapes_and_records_as::<shapefile::Polygon, dbase::Record>().enumerate()
    {
        let (shape, record) = pair.map_err(|e| damaged(path, format!("record {}: {e}", index + 1)))?;
        let name = match record.get(key) {
            Some(FieldValue::Numeric(Some(number))) => number.to_string(),
            Some(FieldValue::Integer(number)) => number.to_string(),
            Some(FieldValue::Character(Some(text))) => text.trim().to_string(),
            _ => {
                return Err(Fault::new(
                    path,
                    format!("record {}", index + 1),
                    format!("has no value of {key}"),
                )
                .expected("the name of a zone")
                .into());
            }
        };
        outlines.push((name, polygons(shape)));
    }
    Ok(outlines)
}

/// Outer rings become polygons; a hole belongs to the outer ring that holds its first point.
fn polygons(shape: shapefile::Polygon) -> MultiPolygon<f64> {
    let line =
        |points: Vec<shapefile::Point>| points.into_iter().map(|p| (p.x, p.y)).collect::<LineString<f64>>();
    let (mut outers, mut holes) = (Vec::new(), Vec::new());
    for ring in shape.into_inner() {
        match ring {
            PolygonRing::Outer(points) => outers.push(Polygon::new(line(points), Vec::new())),
            PolygonRing::Inner(points) => holes.push(line(points)),
        }
    }
    for hole in holes {
        let Some(first) = hole.0.first().map(|&c| Point::from(c)) else { continue };
        if let Some(outer) = outers.iter_mut().find(|outer: &&mut Polygon<f64>| outer.contains(&first)) {
            outer.interiors_push(hole);
        }
    }
    MultiPolygon::new(outers)
}

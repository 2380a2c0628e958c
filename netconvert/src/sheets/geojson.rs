//! GeoJSON (RFC 7946): a collection of features for each sheet with places, in longitude and latitude on WGS 84, rounded to
//! 1e-7 degrees (about 1 cm). Of a network that is nowhere on Earth they are the metres of its plane, which no map can show.

use super::{Added, File, Format, Table, Writer};
use engine::projection::Crs;
use engine::sheet::{Cell, Sheet};
use engine::{Error, Result, disk};
use geo::orient::{Direction, Orient};
use geo::{Coord, Geometry, LineString, MultiPolygon, Polygon};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A folder of GeoJSON files.
pub(super) struct GeoJson {
    folder: PathBuf,
    files: Vec<File>,
}

impl GeoJson {
    /// A folder, which is there.
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.into(), files: Vec::new() }
    }
}

impl Writer for GeoJson {
    fn add(&mut self, sheet: &Sheet) -> Result<Added> {
        let Some(crs) = sheet.crs() else { return Ok(Added::NoPlaces) };
        let in_degrees = *crs != Crs::Plane;
        let path = self.folder.join(format!("{}.{}", sheet.name, Format::GeoJson.name()));
        disk::write(&path, |out| {
            let wrong = |e: io::Error| Error::io(&path, e);
            out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[").map_err(wrong)?;
            for row in 0..sheet.height() {
                let place = sheet.shape(row)?.map(|shape| place(&shape, in_degrees));
                out.write_all(if row == 0 { b"\n" } else { b",\n" }).map_err(wrong)?;
                feature(out, sheet, row, &place.unwrap_or(Value::Null)).map_err(wrong)?;
            }
            out.write_all(b"\n]}\n").map_err(wrong)
        })?;
        self.files.push(File { file: path, tables: vec![Table::of(sheet)] });
        Ok(Added::Whole)
    }

    fn finish(self: Box<Self>, _: &Sheet, _: &Sheet) -> Result<Vec<File>> {
        Ok(self.files)
    }
}

/// A row with its place. What is not known is null.
fn feature(out: &mut impl Write, sheet: &Sheet, row: usize, place: &Value) -> io::Result<()> {
    out.write_all(b"{\"type\":\"Feature\",\"properties\":{")?;
    for (at, (column, cell)) in sheet.columns().iter().zip(sheet.cells(row)).enumerate() {
        write!(out, "{}\"{}\":", if at == 0 { "" } else { "," }, column.name)?;
        match cell {
            Cell::Empty => out.write_all(b"null")?,
            Cell::Text(text) => serde_json::to_writer(&mut *out, text)?,
            Cell::Flag(flag) => write!(out, "{flag}")?,
            Cell::Whole(n) => write!(out, "{n}")?,
            Cell::Number(x) => serde_json::to_writer(&mut *out, &x)?,
        }
    }
    write!(out, "}},\"geometry\":{place}}}")
}

/// A geometry as JSON. Outer rings run counterclockwise, as the format wants them.
fn place(shape: &Geometry, in_degrees: bool) -> Value {
    let at = |c: &Coord| match in_degrees {
        true => json!([(c.x * 1e7).round() / 1e7, (c.y * 1e7).round() / 1e7]),
        false => json!([c.x, c.y]),
    };
    let line = |line: &LineString| Value::from(line.0.iter().map(at).collect::<Vec<Value>>());
    let polygon = |polygon: &Polygon| -> Value {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        rings.map(line).collect()
    };
    let polygons =
        |all: &MultiPolygon| -> Value { all.orient(Direction::Default).iter().map(polygon).collect() };
    let (of, coordinates) = match shape {
        Geometry::Point(point) => ("Point", at(&point.0)),
        Geometry::LineString(of) => ("LineString", line(of)),
        Geometry::Polygon(of) => ("MultiPolygon", polygons(&MultiPolygon(vec![of.clone()]))),
        Geometry::MultiPolygon(of) => ("MultiPolygon", polygons(of)),
        // Tables of a run hold no other.
        _ => return Value::Null,
    };
    json!({ "type": of, "coordinates": coordinates })
}

//! GeoPackage 1.3 (OGC 12-128): one SQLite file. Sheets with places are feature tables in the reference system of the network,
//! others attribute tables; `about` and `columns` are two of these. A network in a system of which nothing but the code is known
//! comes in longitude and latitude, one that is nowhere on Earth in an undefined plane (-1). Features have a spatial index (annex
//! F.3, `gpkg_rtree_index`), so that a map of a county opens at once; its triggers need the functions `ST_MinX` and the like, which
//! programs that edit GeoPackages bring.

use super::{Added, File, Table, Writer};
use engine::projection::{Crs, Projection};
use engine::sheet::{Cell, Sheet};
use engine::table::Type;
use engine::{Error, Result, disk};
use geo::{BoundingRect, Coord, Geometry, MapCoords};
use geozero::{CoordDimensions, ToWkb};
use rusqlite::types::Null;
use rusqlite::{Connection, Statement, params};
use std::io;
use std::path::Path;

/// The tables that every GeoPackage has, as its specification defines them, and the three reference systems that it asks for.
const SCHEMA: &str = "
PRAGMA application_id = 0x47504B47;
PRAGMA user_version = 10300;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
    description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
    scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
INSERT INTO gpkg_spatial_ref_sys VALUES
    ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined cartesian coordinate reference system'),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system');
";

/// The triggers that keep the index of table `@T` true, for programs that edit it, and the entry that says it is there. Annex F.3
/// asks for them by these names; a reader that finds the index without them may take it for stale. They are made after the
/// rows: SQLite itself knows none of the functions that they call, and would refuse to insert.
const TRIGGERS: &str = "
CREATE TRIGGER \"rtree_@T_geom_insert\" AFTER INSERT ON \"@T\" WHEN (new.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO \"rtree_@T_geom\" VALUES
    (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER \"rtree_@T_geom_update1\" AFTER UPDATE OF geom ON \"@T\"
    WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO \"rtree_@T_geom\" VALUES
    (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER \"rtree_@T_geom_update2\" AFTER UPDATE OF geom ON \"@T\"
    WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM \"rtree_@T_geom\" WHERE id = OLD.fid; END;
CREATE TRIGGER \"rtree_@T_geom_update3\" AFTER UPDATE ON \"@T\"
    WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM \"rtree_@T_geom\" WHERE id = OLD.fid; INSERT OR REPLACE INTO \"rtree_@T_geom\" VALUES
    (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER \"rtree_@T_geom_update4\" AFTER UPDATE ON \"@T\"
    WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM \"rtree_@T_geom\" WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER \"rtree_@T_geom_delete\" AFTER DELETE ON \"@T\" WHEN old.geom NOT NULL
BEGIN DELETE FROM \"rtree_@T_geom\" WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES
    ('@T', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');
";

/// EPSG code of longitude and latitude on WGS 84.
const WGS84: u16 = 4326;

/// A GeoPackage that is being filled.
pub(super) struct GeoPackage {
    file: disk::Pending,
    to: Connection,
    tables: Vec<Table>,
}

/// What SQLite says; a full disk is told as one.
fn wrong(path: &Path, error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => Error::io(path, io::ErrorKind::StorageFull.into()),
        _ => Error::Other(format!("{}: {error}", path.display())),
    }
}

/// The reference system of a table of features, and the way into it from longitude and latitude.
struct System {
    id: i32,
    projection: Option<Projection>,
}

impl GeoPackage {
    /// An empty one.
    pub(super) fn new(path: &Path) -> Result<Self> {
        let file = disk::Pending::new(path)?;
        let filled = |to: &Connection| -> rusqlite::Result<()> {
            to.execute_batch(SCHEMA)?;
            add_system(to, "WGS 84 geodetic", WGS84)
        };
        let to = Connection::open(file.unnamed()).map_err(|e| wrong(path, &e))?;
        filled(&to).map_err(|e| wrong(path, &e))?;
        Ok(Self { file, to, tables: Vec::new() })
    }

    /// The reference system for a network's; it is listed in the file.
    fn system(&self, crs: &Crs) -> Result<System> {
        let system = match crs {
            Crs::Plane => System { id: -1, projection: None },
            Crs::Epsg(code) if crs.wkt().is_some() => {
                let failed = |e| wrong(self.file.path(), &e);
                add_system(&self.to, &crs.to_string(), *code).map_err(failed)?;
                System { id: i32::from(*code), projection: Some(Projection::new(crs)?) }
            }
            Crs::Epsg(_) => System { id: i32::from(WGS84), projection: None },
        };
        Ok(system)
    }

    fn write(&mut self, sheet: &Sheet) -> Result<()> {
        let failed = |e: rusqlite::Error| wrong(self.file.path(), &e);
        let system = sheet.crs().map(|crs| self.system(crs)).transpose()?;
        let of = system.as_ref().map(|_| kind(sheet)).transpose()?;
        self.to.execute_batch(&definition(sheet, of)).map_err(failed)?;
        let data = if of.is_some() { "features" } else { "attributes" };
        let id = system.as_ref().map(|system| system.id);
        let insert = "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?1, ?2, ?1, ?3, ?4)";
        self.to.execute(insert, params![sheet.name, data, sheet.rows, id]).map_err(failed)?;
        if let Some(of) = of {
            let insert = "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, ?3, 0, 0)";
            self.to.execute(insert, params![sheet.name, of, id]).map_err(failed)?;
            let index = format!(
                "CREATE VIRTUAL TABLE \"rtree_{}_geom\" USING rtree(id, minx, maxx, miny, maxy)",
                sheet.name
            );
            self.to.execute_batch(&index).map_err(failed)?;
        }
        self.to.execute_batch("BEGIN").map_err(failed)?;
        self.rows(sheet, system.as_ref())?;
        self.to.execute_batch("COMMIT").map_err(failed)?;
        if system.is_some() {
            // After the rows: they are in the index already.
            self.to.execute_batch(&TRIGGERS.replace("@T", sheet.name)).map_err(failed)?;
        }
        self.tables.push(Table::of(sheet));
        Ok(())
    }

    /// The rows of a table, and the box around its places.
    fn rows(&self, sheet: &Sheet, system: Option<&System>) -> Result<()> {
        let failed = |e: rusqlite::Error| wrong(self.file.path(), &e);
        let first = usize::from(system.is_some());
        let marks: Vec<&str> = vec!["?"; first + sheet.columns().len()];
        let names = sheet.columns().iter().map(|column| format!("\"{}\"", column.name));
        let names: Vec<String> = system.map(|_| "geom".to_string()).into_iter().chain(names).collect();
        let (names, marks) = (names.join(", "), marks.join(", "));
        let insert = format!("INSERT INTO \"{}\" ({names}) VALUES ({marks})", sheet.name);
        let mut insert = self.to.prepare(&insert).map_err(failed)?;
        let index = format!("INSERT INTO \"rtree_{}_geom\" VALUES (?, ?, ?, ?, ?)", sheet.name);
        let mut index = system.map(|_| self.to.prepare(&index)).transpose().map_err(failed)?;
        let mut edges: Option<geo::Rect> = None;
        for row in 0..sheet.height() {
            if let Some(system) = system {
                let (blob, own) = place(sheet, row, system)?;
                edges = own.map_or(edges, |own| Some(edges.map_or(own, |all| around(all, own))));
                insert.raw_bind_parameter(1, blob).map_err(failed)?;
                if let (Some(own), Some(index)) = (own, &mut index) {
                    let (min, max) = (own.min(), own.max());
                    // The first row has the number 1.
                    index.execute(params![row as i64 + 1, min.x, max.x, min.y, max.y]).map_err(failed)?;
                }
            }
            for (at, cell) in sheet.cells(row).enumerate() {
                bind(&mut insert, at + first + 1, cell).map_err(failed)?;
            }
            insert.raw_execute().map_err(failed)?;
        }
        if let Some(edges) = edges {
            let update = "UPDATE gpkg_contents SET min_x = ?2, min_y = ?3, max_x = ?4, max_y = ?5 WHERE table_name = ?1";
            let (min, max) = (edges.min(), edges.max());
            self.to.execute(update, params![sheet.name, min.x, min.y, max.x, max.y]).map_err(failed)?;
        }
        Ok(())
    }
}

/// Lists a reference system by its EPSG code, if its definition is known; once.
fn add_system(to: &Connection, name: &str, code: u16) -> rusqlite::Result<()> {
    let insert = "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?1, ?2, 'EPSG', ?2, ?3, NULL)";
    if let Some(definition) = Crs::Epsg(code).wkt() {
        to.execute(insert, params![name, code, definition])?;
    }
    Ok(())
}

/// The one type of geometry that all rows have, else any.
fn kind(sheet: &Sheet) -> Result<&'static str> {
    let mut found: Option<&'static str> = None;
    for row in 0..sheet.height() {
        let own = match sheet.shape(row)? {
            Some(Geometry::Point(_)) => "POINT",
            Some(Geometry::LineString(_)) => "LINESTRING",
            Some(Geometry::MultiPolygon(_)) => "MULTIPOLYGON",
            Some(_) => "GEOMETRY",
            None => continue,
        };
        if *found.get_or_insert(own) != own {
            return Ok("GEOMETRY");
        }
    }
    Ok(found.unwrap_or("GEOMETRY"))
}

/// The statement that makes the table of a sheet.
fn definition(sheet: &Sheet, geometry: Option<&str>) -> String {
    let mut columns = vec!["fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL".to_string()];
    columns.extend(geometry.map(|of| format!("geom {of}")));
    columns.extend(sheet.columns().iter().map(|column| {
        let of = match column.of {
            Type::Text => "TEXT",
            Type::Bool => "BOOLEAN",
            Type::F32 | Type::F64 => "DOUBLE",
            _ => "INTEGER",
        };
        format!("\"{}\" {of}", column.name)
    }));
    format!("CREATE TABLE \"{}\" ({})", sheet.name, columns.join(", "))
}

/// The place of a row as the format's binary (none where the row has none), and the box around it.
fn place(sheet: &Sheet, row: usize, system: &System) -> Result<(Option<Vec<u8>>, Option<geo::Rect>)> {
    let Some(mut shape) = sheet.shape(row)? else { return Ok((None, None)) };
    if let Some(projection) = &system.projection {
        shape = shape.try_map_coords(|at| -> Result<Coord> {
            let (x, y) = projection.to_metres(at.x, at.y)?;
            Ok(Coord { x, y })
        })?;
    }
    let edges = shape.bounding_rect();
    // A point is its own box.
    let envelope = match (&shape, edges) {
        (Geometry::Point(_), _) | (_, None) => Vec::new(),
        (_, Some(edges)) => vec![edges.min().x, edges.max().x, edges.min().y, edges.max().y],
    };
    let blob = shape.to_gpkg_wkb(CoordDimensions::xy(), Some(system.id), envelope);
    let blob = blob.map_err(|e| Error::Other(format!("{}: place of row {row}: {e}", sheet.name)))?;
    Ok((Some(blob), edges))
}

/// The box around two boxes.
fn around(a: geo::Rect, b: geo::Rect) -> geo::Rect {
    let least = Coord { x: a.min().x.min(b.min().x), y: a.min().y.min(b.min().y) };
    let most = Coord { x: a.max().x.max(b.max().x), y: a.max().y.max(b.max().y) };
    geo::Rect::new(least, most)
}

/// Gives a cell to a statement.
fn bind(to: &mut Statement<'_>, at: usize, cell: Cell<'_>) -> rusqlite::Result<()> {
    match cell {
        Cell::Empty => to.raw_bind_parameter(at, Null),
        Cell::Text(text) => to.raw_bind_parameter(at, text),
        Cell::Whole(n) => to.raw_bind_parameter(at, n),
        Cell::Number(x) => to.raw_bind_parameter(at, x),
        Cell::Flag(flag) => to.raw_bind_parameter(at, flag),
    }
}

impl Writer for GeoPackage {
    fn add(&mut self, sheet: &Sheet) -> Result<Added> {
        self.write(sheet)?;
        Ok(Added::Whole)
    }

    fn finish(mut self: Box<Self>, about: &Sheet, columns: &Sheet) -> Result<Vec<File>> {
        self.write(about)?;
        self.write(columns)?;
        let Self { file, to, tables } = *self;
        to.close().map_err(|(_, e)| wrong(file.path(), &e))?;
        Ok(vec![File { file: file.commit()?, tables }])
    }
}

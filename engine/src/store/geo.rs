//! Geometry in tables: GeoParquet 1.1, well-known binary in longitude and latitude.

use crate::error::{Error, Result};
use crate::projection::Crs;
use geozero::{CoordDimensions, ToWkb};
use polars::prelude::{BinaryChunkedBuilder, Column, IntoSeries};
use serde_json::json;

/// Name of the column.
pub(super) const COLUMN: &str = "geometry";

/// The column of geometries, one a row.
///
/// # Errors
/// [`Error::Other`] for a geometry that cannot be written, or what made one fail.
pub(super) fn column(geometries: impl ExactSizeIterator<Item = Result<geo::Geometry>>) -> Result<Column> {
    let mut wkb = BinaryChunkedBuilder::new(COLUMN.into(), geometries.len());
    for (row, geometry) in geometries.enumerate() {
        let bytes = geometry?.to_wkb(CoordDimensions::xy());
        wkb.append_value(bytes.map_err(|e| Error::Other(format!("geometry of row {row}: {e}")))?);
    }
    Ok(wkb.finish().into_series().into())
}

/// The metadata of the file: what GeoParquet asks for under the key `geo`, and under `crs` the reference system of all
/// coordinates in metres of the run (`x_m`, `y_m`), for whoever wants to draw them over the geometries.
pub(super) fn metadata(crs: &Crs, types: &[&str]) -> [(&'static str, String); 2] {
    let geometry = json!({"encoding": "WKB", "geometry_types": types, "crs": projjson(crs)});
    let geo = json!({"version": "1.1.0", "primary_column": COLUMN, "columns": {COLUMN: geometry}});
    [("geo", geo.to_string()), ("crs", crs.to_string())]
}

/// The reference system of the geometries as PROJJSON: longitude and latitude on WGS 84 (OGC:CRS84), as the GeoParquet
/// specification writes it. Null where the network is nowhere on Earth: a file without the key would claim degrees.
fn projjson(crs: &Crs) -> serde_json::Value {
    if *crs == Crs::Plane {
        return serde_json::Value::Null;
    }
    let axis = |name: &str, short: &str, direction: &str| json!({"name": name, "abbreviation": short, "direction": direction, "unit": "degree"});
    json!({
        "$schema": "https://proj.org/schemas/v0.7/projjson.schema.json",
        "type": "GeographicCRS",
        "name": "WGS 84 longitude-latitude",
        "datum": {
            "type": "GeodeticReferenceFrame",
            "name": "World Geodetic System 1984",
            "ellipsoid": {"name": "WGS 84", "semi_major_axis": 6_378_137, "inverse_flattening": 298.257_223_563},
        },
        "coordinate_system": {
            "subtype": "ellipsoidal",
            "axis": [axis("Geodetic longitude", "Lon", "east"), axis("Geodetic latitude", "Lat", "north")],
        },
        "id": {"authority": "OGC", "code": "CRS84"},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_named_and_a_plane_claims_none() {
        let crs = |crs| {
            let [(_, geo), (_, own)] = metadata(&crs, &["Point"]);
            let geo: serde_json::Value = serde_json::from_str(&geo).unwrap();
            (geo["columns"]["geometry"].get("crs").cloned().unwrap(), own)
        };
        assert_eq!(crs(Crs::Plane), (serde_json::Value::Null, "plane".into()));
        let (degrees, own) = crs(Crs::Epsg(32_610));
        assert_eq!((&degrees["id"]["authority"], &degrees["id"]["code"]), (&"OGC".into(), &"CRS84".into()));
        // What the schema of PROJJSON requires of a geographic system.
        assert!(degrees["name"].is_string() && degrees["datum"]["ellipsoid"]["semi_major_axis"] == 6_378_137);
        assert_eq!(degrees["coordinate_system"]["axis"].as_array().unwrap().len(), 2);
        assert_eq!(own, "EPSG:32610");
    }
}

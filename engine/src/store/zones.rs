//! `zones.parquet`: the zones, for maps, and for sums by zone and region. A scenario without zones has a table without rows.

use super::geo;
use crate::error::Result;
use crate::projection::{Crs, Projection};
use crate::table::{Schema, Type, column};
use crate::zone::{LandUse, Zone, Zones};
use ::geo::{Geometry, LineString, MultiPolygon, Point, Polygon};
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "zones",
    rows: "zones as GeoParquet: region, residents, jobs and pupils of the input, outline; no row where the scenario has no zones",
    columns: &[
        column("zone", Type::Text, "", "name of the zone, as in all other tables"),
        column("zone_index", Type::U32, "", "number of the zone, from 0: the row"),
        column(
            "region",
            Type::Text,
            "",
            "larger area that it belongs to (a county); null where there is none",
        ),
        column("population", Type::F64, "persons", "residents, by the input"),
        column("households", Type::F64, "households", "occupied households, by the input"),
        column("jobs", Type::F64, "jobs", "jobs at work places in the zone"),
        column("jobs_retail", Type::F64, "jobs", "those in retail"),
        column("jobs_service", Type::F64, "jobs", "those in health, education and recreation"),
        column("jobs_office", Type::F64, "jobs", "those in financial and professional services"),
        column("pupils", Type::F64, "persons", "pupils of schools"),
        column("students", Type::F64, "persons", "college students, full-time equivalents"),
        column("area_m2", Type::F64, "m²", "area"),
        column(
            "geometry",
            Type::Bytes,
            "degrees, or m",
            "outline, or the point where only that is known, as WKB: longitude and latitude, or metres for a network that is nowhere on Earth",
        ),
    ],
};

/// Writes the table; the zones are in the metres of `crs`.
///
/// # Errors
/// What polars, the projection or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, zones: &Zones, crs: &Crs) -> Result<()> {
    let projection = Projection::new(crs)?;
    let all = &zones.zones;
    fn land(all: &[Zone], of: impl Fn(&LandUse) -> f64) -> Vec<f64> {
        all.iter().map(|zone| of(&zone.land)).collect()
    }
    let mut frame = df![
        "zone" => all.iter().map(|zone| zone.name.as_str()).collect::<Vec<_>>(),
        "zone_index" => (0..all.len() as u32).collect::<Vec<_>>(),
        "region" => all.iter().map(|zone| zones.regions.get(usize::from(zone.region)).map(String::as_str)).collect::<Vec<_>>(),
        "population" => land(all, |land| land.population),
        "households" => land(all, |land| land.households),
        "jobs" => land(all, |land| land.jobs),
        "jobs_retail" => land(all, |land| land.jobs_retail),
        "jobs_service" => land(all, |land| land.jobs_service),
        "jobs_office" => land(all, |land| land.jobs_office),
        "pupils" => land(all, |land| land.pupils),
        "students" => land(all, |land| land.students),
        "area_m2" => land(all, |land| land.area_m2),
    ]?;
    frame.with_column(geo::column(all.iter().map(|zone| shape(zone, &projection)))?)?;
    let (outlines, points) =
        (all.iter().any(|z| z.outline.is_some()), all.iter().any(|z| z.outline.is_none()));
    let types = [("MultiPolygon", outlines), ("Point", points)];
    let types: Vec<&str> = types.into_iter().filter(|(_, some)| *some).map(|(name, _)| name).collect();
    TABLE.write(folder, &mut frame, &geo::metadata(crs, &types))
}

/// Outline or point of a zone in degrees.
fn shape(zone: &Zone, projection: &Projection) -> Result<Geometry> {
    let Some(outline) = &zone.outline else {
        return Ok(Point::from(projection.to_degrees(zone.x_m, zone.y_m)?).into());
    };
    let ring = |ring: &LineString| -> Result<LineString> {
        let points: Result<Vec<_>> = ring.coords().map(|at| projection.to_degrees(at.x, at.y)).collect();
        Ok(points?.into())
    };
    let polygon = |polygon: &Polygon| -> Result<Polygon> {
        Ok(Polygon::new(
            ring(polygon.exterior())?,
            polygon.interiors().iter().map(ring).collect::<Result<_>>()?,
        ))
    };
    Ok(MultiPolygon(outline.iter().map(polygon).collect::<Result<_>>()?).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::Folder;
    use geozero::ToGeo;
    use geozero::wkb::Wkb;

    #[test]
    fn outlines_and_points_read_back_in_degrees() {
        let folder = Folder::new("zones");
        let crs = Crs::utm(9.0, 47.0).unwrap();
        let projection = Projection::new(&crs).unwrap();
        let corners = [(9.0, 47.0), (9.01, 47.0), (9.0, 47.01)];
        let ring: Vec<(f64, f64)> =
            corners.iter().map(|(lon, lat)| projection.to_metres(*lon, *lat).unwrap()).collect();
        let outline = MultiPolygon(vec![Polygon::new(ring.clone().into(), Vec::new())]);
        let zone = |name: &str, region, outline| Zone {
            name: name.into(),
            x_m: ring[1].0,
            y_m: ring[1].1,
            region,
            outline,
            land: LandUse { jobs: 7.5, ..LandUse::default() },
        };
        let zones = Zones {
            zones: vec![zone("a", 0, Some(outline)), zone("b", 9, None)],
            regions: vec!["Ost".into()],
        };
        write(&folder.0, &zones, &crs).unwrap();
        let frame = crate::table::read(TABLE.path(&folder.0)).unwrap();
        let region = frame.column("region").unwrap().str().unwrap();
        assert_eq!((region.get(0), region.get(1)), (Some("Ost"), None));
        let shapes = frame.column("geometry").unwrap().binary().unwrap().clone();
        let shapes: Vec<Geometry> = shapes.iter().map(|wkb| Wkb(wkb.unwrap()).to_geo().unwrap()).collect();
        let near = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() < 1e-7 && (a.1 - b.1).abs() < 1e-7;
        let outline = MultiPolygon::try_from(shapes[0].clone()).unwrap();
        for (found, wanted) in outline.0[0].exterior().points().zip(corners) {
            assert!(near(found.into(), wanted), "{found:?} {wanted:?}");
        }
        assert!(near(Point::try_from(shapes[1].clone()).unwrap().into(), corners[1]));
    }
}

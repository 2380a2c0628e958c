//! Traffic analysis zones: MTC's land-use table with outlines, and Wayfare's own zone table.
//!
//! Begin with [`read`] for MTC's tables and with [`read_table`] for Wayfare's own. A zone needs a point or
//! an outline.

mod shape;
mod table;
mod totals;

pub use shape::outlines;
pub(crate) use table::failed;
pub use table::{read_table, write_table};
pub use totals::contradictions;

use crate::bay_area::count;
use crate::limit::{self, Csv, Row};
use crate::tally::Tally;
use engine::order::natural;
use engine::projection::{Crs, Projection};
use engine::zone::{LandUse, Zone, Zones};
use engine::{Fault, Result, Warning};
use geo::{Area, Contains, InteriorPoint, MultiPolygon, Point};
use std::collections::BTreeMap;
use std::path::Path;

/// Square metres in an acre (international: 4,840 square yards of 0.9144 m).
const M2_PER_ACRE: f64 = 4_046.856_422_4;
/// Of the residents aged 5-19, those who go to a school below high school: 9 of the 15 years (5-13).
const BELOW_HIGH_SCHOOL: f64 = 9.0 / 15.0;

/// The files that describe the zones of a region of MTC (Travel Model One).
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// `taz1454_2015_land_use.csv`: one row a zone.
    pub land_use: &'a Path,
    /// Outlines: shapefile or its zip, with the zone in the attribute `TAZ1454`.
    pub outlines: Option<&'a Path>,
    /// Points: `taz_nodes_WGS84.csv` with N, longitude, latitude.
    pub points: Option<&'a Path>,
    /// Names of the counties: `taz-superdistrict-county.csv` with ZONE, COUNTY_NAME.
    pub counties: Option<&'a Path>,
}

/// Reads the zones, in the order of their names; counties are numbered as the zones name them first.
///
/// - jobs TOTEMP, retail RETEMPN, services HEREMPN (health, education, recreation), offices FPSEMPN
///   (financial and professional);
/// - pupils: HSENROLL, high-school places where the school is, plus three fifths of the residents of 5-19
///   (AGE0519), because schools for the younger are not in the table and are mostly near home;
/// - students: COLLFTE, full-time equivalents;
/// - area: TOTACRE, else the outline's;
/// - point: from `points`, else inside the outline;
/// - region: the county.
///
/// # Errors
/// A [`Fault`] `file:line` for a number that is none or negative, a zone that occurs twice or has neither
/// point nor outline, a zone whose county is not told, or a damaged shapefile.
pub fn read(sources: &Sources<'_>, crs: &Crs) -> Result<(Zones, Vec<Warning>)> {
    let mut tally = Tally::new(sources.land_use);
    let outlines = match sources.outlines {
        Some(path) => outlines(path, "TAZ1454", crs)?,
        None => BTreeMap::new(),
    };
    let points = sources.points.map_or(Ok(BTreeMap::new()), |path| read_points(path, crs))?;
    let counties = sources.counties.map(read_counties).transpose()?;
    let mut table = limit::csv(sources.land_use)?;
    let columns = Columns::find(&table)?;
    let mut seen = BTreeMap::new();
    let mut rows = Vec::new();
    while let Some(row) = table.advance()? {
        let name = row.text(columns.zone).to_string();
        if seen.insert(name.clone(), ()).is_some() {
            return Err(row.fault(columns.zone, "a zone that no other row has").into());
        }
        let outline = outlines.get(&name).cloned();
        if sources.outlines.is_some() && outline.is_none() {
            tally.add("zone has no outline", row.line());
        }
        let (x_m, y_m) = place(&row, columns.zone, &name, points.get(&name), outline.as_ref(), &mut tally)?;
        let county = match &counties {
            Some(names) => names
                .get(&name)
                .cloned()
                .ok_or_else(|| row.fault(columns.zone, "a zone that the table of counties names"))?,
            None => format!("county {}", row.text(columns.county)),
        };
        let land = columns.land(row, outline.as_ref())?;
        rows.push((Zone { name, x_m, y_m, region: 0, outline, land }, county));
    }
    rows.sort_by(|(a, _), (b, _)| natural(&a.name, &b.name));
    let mut zones = Zones::default();
    for (zone, county) in rows {
        let region = region(&mut zones.regions, county);
        zones.zones.push(Zone { region, ..zone });
    }
    zones.check(&sources.land_use.display().to_string())?;
    Ok((zones, tally.into_warnings()))
}

/// The number of a region's name; new names are added.
fn region(names: &mut Vec<String>, name: String) -> u16 {
    let number = names.iter().position(|n| *n == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    });
    number.min(usize::from(u16::MAX)) as u16
}

/// Positions of the columns of MTC's land-use table; its names are stated at [`read`].
struct Columns {
    zone: usize,
    county: usize,
    population: usize,
    households: usize,
    jobs: usize,
    retail: usize,
    service: usize,
    office: usize,
    high_school: usize,
    school_age: usize,
    college: usize,
    acres: Option<usize>,
}

impl Columns {
    fn find(table: &Csv) -> Result<Self> {
        Ok(Self {
            zone: table.column("ZONE")?,
            county: table.column("COUNTY")?,
            population: table.column("TOTPOP")?,
            households: table.column("TOTHH")?,
            jobs: table.column("TOTEMP")?,
            retail: table.column("RETEMPN")?,
            service: table.column("HEREMPN")?,
            office: table.column("FPSEMPN")?,
            high_school: table.column("HSENROLL")?,
            school_age: table.column("AGE0519")?,
            college: table.column("COLLFTE")?,
            acres: table.find("TOTACRE"),
        })
    }

    /// What a row says of its zone; the area falls back on the outline's.
    fn land(&self, row: Row<'_>, outline: Option<&MultiPolygon<f64>>) -> Result<LandUse> {
        let area_m2 = match self.acres {
            Some(acres) => count(row, acres)? * M2_PER_ACRE,
            None => outline.map_or(0.0, Area::unsigned_area),
        };
        Ok(LandUse {
            population: count(row, self.population)?,
            households: count(row, self.households)?,
            jobs: count(row, self.jobs)?,
            jobs_retail: count(row, self.retail)?,
            jobs_service: count(row, self.service)?,
            jobs_office: count(row, self.office)?,
            pupils: count(row, self.high_school)? + BELOW_HIGH_SCHOOL * count(row, self.school_age)?,
            students: count(row, self.college)?,
            area_m2,
        })
    }
}

/// The zone's point: the given one, else one inside its outline. A given point outside the outline is kept and
/// counted, because centroids of crescent-shaped zones do lie outside.
fn place(
    row: &Row<'_>,
    column: usize,
    name: &str,
    point: Option<&(f64, f64)>,
    outline: Option<&MultiPolygon<f64>>,
    tally: &mut Tally,
) -> Result<(f64, f64)> {
    if let Some(&(x_m, y_m)) = point {
        if outline.is_some_and(|outline| !outline.contains(&Point::new(x_m, y_m))) {
            tally.add("zone's point lies outside its outline, kept", name);
        }
        return Ok((x_m, y_m));
    }
    let inside = outline.and_then(InteriorPoint::interior_point);
    let inside = inside.ok_or_else(|| row.fault(column, "a zone with a point or an outline"))?;
    Ok((inside.x(), inside.y()))
}

/// Points of the zones in metres, by name.
fn read_points(path: &Path, crs: &Crs) -> Result<BTreeMap<String, (f64, f64)>> {
    let projection = Projection::new(crs)?;
    let mut table = limit::csv(path)?;
    let (zone, lon, lat) = (table.column("N")?, table.column("longitude")?, table.column("latitude")?);
    let mut points = BTreeMap::new();
    while let Some(row) = table.advance()? {
        let (x, y) = (row.number(lon)?, row.number(lat)?);
        if !((-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y)) {
            return Err(row.fault(lon, "longitude and latitude in degrees").into());
        }
        points.insert(row.text(zone).to_string(), projection.to_metres(x, y)?);
    }
    Ok(points)
}

/// Name of the county of each zone.
fn read_counties(path: &Path) -> Result<BTreeMap<String, String>> {
    let mut table = limit::csv(path)?;
    let (zone, name) = (table.column("ZONE")?, table.column("COUNTY_NAME")?);
    let mut counties = BTreeMap::new();
    while let Some(row) = table.advance()? {
        if row.text(name).is_empty() {
            return Err(Fault::new(path, row.line(), "has no COUNTY_NAME").into());
        }
        counties.insert(row.text(zone).to_string(), row.text(name).to_string());
    }
    Ok(counties)
}

#[cfg(test)]
mod tests;

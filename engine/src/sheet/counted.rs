//! Counted volumes beside those of the run.

use super::run::Run;
use super::{Part, Quantity, Sheet, kept, part};
use crate::error::Result;
use crate::store::{Rows, counts as table};
use crate::table::{Type, column};
use geozero::{CoordDimensions, ToGeo, ToWkb, wkb::Wkb};
use polars::prelude::{BinaryChunkedBuilder, Column, IntoSeries};
use std::collections::BTreeMap;

/// The table of counts, with the names of links and streets.
pub(super) fn counts(run: &Run) -> Result<Sheet> {
    let rows = Rows::open(&run.folder, &table::TABLE)?;
    let names: Vec<&str> = table::TABLE.columns.iter().map(|column| column.name).collect();
    let mut parts = kept(&rows, &table::TABLE, &names)?;
    parts.splice(2..2, run.roads.of(&rows.u32("link")?, &["name", "street", "location"])?);
    Sheet::new("counts", table::TABLE.rows, parts)
}

/// What the hours of a station come to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    pub(super) first_row: u32,
    hours: u8,
    pub(super) observed: f64,
    pub(super) simulated: f64,
    vehicles: f64,
    close: u32,
}

impl Counted {
    /// Share of the hours with a GEH below 5.
    pub(super) fn close_share(&self) -> f64 {
        f64::from(self.close) / f64::from(self.hours)
    }
}

/// A count: station, link and hour.
pub(super) type Count = (String, u32, u32);

/// The sites of a run, in the order of their first rows, with the sums of the hours that `keep` keeps. A site of which nothing is
/// kept is not among them.
pub(super) fn sites(rows: &Rows, keep: impl Fn(&Count) -> bool) -> Result<Vec<Counted>> {
    let (name, link, hour) = (rows.text("station")?, rows.u32("link")?, rows.u32("hour")?);
    let (observed, simulated) = (rows.f64("observed_vph")?, rows.f64("simulated_vph")?);
    let (vehicles, geh) = (rows.f64("simulated_vehicles")?, rows.f64("geh")?);
    // A name may stand on two links; the rows of a site lie together.
    let mut order: Vec<Counted> = Vec::new();
    let mut of: BTreeMap<(&str, u32), usize> = BTreeMap::new();
    for row in 0..rows.height() {
        if !keep(&(name[row].clone(), link[row], hour[row])) {
            continue;
        }
        let at = *of.entry((&name[row], link[row])).or_insert_with(|| {
            order.push(Counted { first_row: row as u32, ..Counted::default() });
            order.len() - 1
        });
        let station = &mut order[at];
        station.hours += 1;
        station.observed += observed[row];
        station.simulated += simulated[row];
        station.vehicles += vehicles[row];
        station.close += u32::from(geh[row] < 5.0);
    }
    Ok(order)
}

/// What is told of each site itself, from its first rows: station, link with name and place, kind, class, route, lanes, and how many
/// hours were added up. Beside it the middle of each link, where the station is drawn.
pub(super) fn heads(run: &Run, rows: &Rows, order: &[Counted]) -> Result<(Vec<Part>, Column)> {
    let link = rows.u32("link")?;
    let first: Vec<u32> = order.iter().map(|station| station.first_row).collect();
    let on: Vec<u32> = first.iter().map(|row| link[*row as usize]).collect();
    let firsts = polars::prelude::IdxCa::from_vec("row".into(), first);
    let of_site = kept(rows, &table::TABLE, &["station", "link", "kind", "class", "route", "lanes"])?;
    let mut parts = Vec::with_capacity(of_site.len() + 8);
    for (of, values) in of_site {
        parts.push((of, values.take(&firsts)?));
    }
    parts.splice(2..2, run.roads.of(&on, &["name", "street", "location"])?);
    parts.push(part(
        column("hours", Type::U8, "h", "hours of the day with a count"),
        order.iter().map(|station| station.hours).collect::<Vec<u8>>(),
    ));
    Ok((parts, middles(run, &on)?))
}

/// One row a station, with the sums of the hours in which it counted.
pub(super) fn stations(run: &Run) -> Result<Sheet> {
    let rows = Rows::open(&run.folder, &table::TABLE)?;
    let order = sites(&rows, |_| true)?;
    let (mut parts, places) = heads(run, &rows, &order)?;
    let sums: [Quantity<&Counted, f64>; 4] = [
        ("observed_volume", "vehicles", "counted in these hours", |s| s.observed),
        ("simulated_volume", "vehicles", "of the run in the same hours, whole population", |s| s.simulated),
        ("simulated_vehicles", "vehicles simulated", "the same as simulated", |s| s.vehicles),
        ("geh_below_5_share", "share", "share of the hours with a GEH below 5", |s| s.close_share()),
    ];
    for (name, unit, meaning, of) in sums {
        parts.push(part(column(name, Type::F64, unit, meaning), order.iter().map(of).collect::<Vec<f64>>()));
    }
    let rows =
        "one row a station: the sums of its hours; it is drawn in the middle of the link that it counts";
    Sheet::new("stations", rows, parts)?.at(&places, &run.roads.crs)
}

/// The middles of links, as well-known binary.
fn middles(run: &Run, links: &[u32]) -> Result<Column> {
    let unreadable = |e| crate::Error::Other(format!("network.geometry: {e}"));
    let lines = run.roads.rows.column("geometry")?.binary()?;
    let mut points = BinaryChunkedBuilder::new("geometry".into(), links.len());
    for link in links {
        let line =
            lines.get(*link as usize).map(|bytes| Wkb(bytes).to_geo()).transpose().map_err(unreadable)?;
        let middle = line.as_ref().and_then(middle).map(geo::Geometry::from);
        let bytes =
            middle.map(|point| point.to_wkb(CoordDimensions::xy())).transpose().map_err(unreadable)?;
        points.append_option(bytes);
    }
    Ok(points.finish().into_series().into())
}

/// The point half-way along a line.
fn middle(line: &geo::Geometry) -> Option<geo::Point> {
    let geo::Geometry::LineString(line) = line else { return None };
    let length = |line: &geo::Line| crate::float::sqrt(line.dx() * line.dx() + line.dy() * line.dy());
    let mut left = line.lines().map(|line| length(&line)).sum::<f64>() / 2.0;
    for piece in line.lines() {
        let whole = length(&piece);
        if left <= whole {
            let share = if whole > 0.0 { left / whole } else { 0.0 };
            return Some(geo::Point::new(
                piece.start.x + share * piece.dx(),
                piece.start.y + share * piece.dy(),
            ));
        }
        left -= whole;
    }
    line.0.last().map(|end| (*end).into())
}

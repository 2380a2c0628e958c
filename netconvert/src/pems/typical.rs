//! Typical weekdays (`pems_hour_dDD_YYYY.csv`): means by station and hour over the Tuesdays, Wednesdays and
//! Thursdays of March-May and September-November, made by MTC's pems-typical-weekday.
//!
//! Such a file has a row for each station, hour and lane count; flows are vehicles an hour over all lanes. Where
//! it has no coordinates of a station, the metadata give them. MTC computes it from the hour files of the
//! clearinghouse by the rule that [`Quality`] states.

use super::{Hour, Quality, Read, counts, place, route_of, speed_mps, station_kind};
use crate::limit::{self, Csv, Row};
use crate::tally::Tally;
use engine::Result;
use engine::projection::Projection;
use engine::validate::station::{Counts, Station};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the rows are, where shares are told.
const HOURS: &str = "station-hours";

/// Positions of the columns; their names are stated at [`read_hourly_typical`].
struct Columns {
    station: usize,
    route: usize,
    direction: usize,
    kind: usize,
    hour: usize,
    lanes: usize,
    flow: usize,
    flow_sd: Option<usize>,
    speed: usize,
    days: usize,
    year: Option<usize>,
    lat: usize,
    lon: usize,
}

impl Columns {
    fn find(table: &Csv) -> Result<Self> {
        Ok(Self {
            station: table.column("station")?,
            route: table.column("route")?,
            direction: table.column("direction")?,
            kind: table.column("type")?,
            hour: table.column("hour")?,
            lanes: table.column("lanes")?,
            flow: table.column("avg_flow")?,
            flow_sd: table.find("sd_flow"),
            speed: table.column("avg_speed")?,
            days: table.column("days_observed")?,
            year: table.find("year"),
            lat: table.column("latitude")?,
            lon: table.column("longitude")?,
        })
    }

    /// Whole numbers of a row, up to `most`; `None` for an empty cell.
    fn whole(row: Row<'_>, column: usize, most: u64, expected: &str) -> Result<Option<u64>> {
        let number = row.number_if(Some(column))?;
        match number {
            Some(n) if n.fract() == 0.0 && (0.0..=most as f64).contains(&n) => Ok(Some(n as u64)),
            Some(_) => Err(row.fault(column, expected).into()),
            None => Ok(None),
        }
    }

    /// The station of a row, placed where the row gives longitude and latitude; `None` for a row without a station. Lanes
    /// that are not told are 0: they say nothing, and nothing is divided by them.
    fn station(
        &self,
        row: Row<'_>,
        projection: &Projection,
        tally: &mut Tally,
    ) -> Result<Option<(u64, Station)>> {
        let Some(number) = Self::whole(row, self.station, u64::MAX >> 12, "a station number")? else {
            return Ok(None);
        };
        let lanes = Self::whole(row, self.lanes, 255, "a number of lanes up to 255")?;
        if lanes.is_none() {
            tally.part(HOURS, "station-hour without a number of lanes, kept", row.line());
        }
        let route = route_of(row.text(self.route), row.text(self.direction));
        if route.is_none() {
            tally.part(HOURS, "station-hour without a route and its direction, kept", row.line());
        }
        if row.text(self.kind).is_empty() {
            tally.part(HOURS, "station-hour without a type of station, kept as of another type", row.line());
        }
        let station = Station {
            name: number.to_string(),
            route,
            kind: station_kind(row.text(self.kind)),
            xy_m: place(projection, row.number_if(Some(self.lon))?, row.number_if(Some(self.lat))?)?,
            lanes: lanes.unwrap_or(0) as u8,
            link: None,
            crossing: None,
        };
        Ok(Some((number, station)))
    }

    /// The hour of a row; `None` where hour, flow or days are not told. A standard deviation below 0 and a speed that no car
    /// has count as missing; a flow below 0 is refused.
    fn hour(&self, row: Row<'_>, tally: &mut Tally) -> Result<Option<(u8, Hour)>> {
        let hour = Self::whole(row, self.hour, 23, "an hour 0-23")?;
        let days = Self::whole(row, self.days, 65_535, "a number of days up to 65535")?;
        let flow = row.number_if(Some(self.flow))?;
        let (Some(hour), Some(days), Some(flow)) = (hour, days, flow) else { return Ok(None) };
        if flow < 0.0 {
            return Err(row.fault(self.flow, "zero or more vehicles").into());
        }
        let told_mph = row.number_if(Some(self.speed))?;
        let speed_mps = speed_mps(told_mph);
        // Where no vehicle passed there is no speed to miss.
        if speed_mps.is_none() && flow > 0.0 {
            tally.part(
                HOURS,
                "station-hour without a speed that a car can have, its flow is kept",
                row.line(),
            );
        }
        let sd = row.number_if(self.flow_sd)?;
        if sd.is_some_and(|sd| sd < 0.0) {
            tally.part(
                HOURS,
                "station-hour with a standard deviation below 0, which is left out",
                row.line(),
            );
        }
        let volume_sd = sd.filter(|sd| *sd >= 0.0);
        Ok(Some((hour as u8, Hour { volume_vph: flow, volume_sd, speed_mps, days: days as u16 })))
    }
}

/// Reads hourly means of a typical weekday (columns station, route, direction, type, hour, lanes, avg_flow,
/// sd_flow, avg_speed in mph, days_observed, latitude, longitude; year where it is there).
///
/// A station whose lanes changed in the year has its hours once for each lane count: the row with most days
/// is kept (the first, when they tie), and the station's lanes are those of its most observed row.
/// `metadata` (from [`super::read_station_meta`]) gives crossings, and positions of stations that the file leaves without.
/// Rows with fewer days than `quality.days` are dropped, and counted. An empty cell (or `NA`) costs what it would have said
/// and no more: without a flow, an hour or a number of days the row is left out, without lanes or a speed it is kept; all of
/// them are counted.
///
/// # Errors
/// A [`engine::Fault`] `file:line` for a missing column, a bad number, an hour over 23 or a negative flow.
pub fn read_hourly_typical(
    path: impl AsRef<Path>,
    projection: &Projection,
    metadata: &[Station],
    quality: &Quality,
) -> Read {
    let path = path.as_ref();
    let mut table = limit::csv(path)?;
    let columns = Columns::find(&table)?;
    let mut tally = Tally::new(path);
    // The most days of any row of a station decide on its lanes.
    let mut stations: BTreeMap<u64, (u16, Station)> = BTreeMap::new();
    let mut hours: BTreeMap<(u64, u8), Hour> = BTreeMap::new();
    let mut years: BTreeSet<u16> = BTreeSet::new();
    while let Some(row) = table.advance()? {
        tally.whole(HOURS, 1);
        let Some((id, station)) = columns.station(row, projection, &mut tally)? else {
            tally.part(HOURS, "row without a station, left out", row.line());
            continue;
        };
        let Some((hour, seen)) = columns.hour(row, &mut tally)? else {
            tally.part(
                HOURS,
                "station-hour without an hour, a flow or a number of days, left out",
                row.line(),
            );
            stations.entry(id).or_insert((0, station));
            continue;
        };
        years.extend(row.number_if(columns.year)?.map(|year| year as u16));
        match stations.get_mut(&id) {
            Some((days, known)) if seen.days > *days => (*days, *known) = (seen.days, station),
            Some(_) => {}
            None => drop(stations.insert(id, (seen.days, station))),
        }
        if seen.days < quality.days {
            tally.part(HOURS, "hour with too few days observed, left out", row.line());
            continue;
        }
        match hours.get_mut(&(id, hour)) {
            Some(known) => {
                let what = "hour of a station occurs again (another lane count), most days kept";
                tally.part(HOURS, what, row.line());
                if seen.days > known.days {
                    *known = seen;
                }
            }
            None => drop(hours.insert((id, hour), seen)),
        }
    }
    let mut stations: BTreeMap<u64, Station> = stations.into_iter().map(|(id, (_, s))| (id, s)).collect();
    fill(&mut stations, metadata, &mut tally);
    let kept = counts(stations, &hours, quality, &mut |station, _| {
        tally.part(HOURS, "flow of zero at a busy station, left out", &station.name);
    });
    // Rows of several years are of none.
    let year = years.first().filter(|_| years.len() == 1).copied();
    Ok((Counts { year, ..kept }, tally.into_warnings()))
}

/// Takes from the metadata where stations stand: the crossing, and the position of those that the file leaves without
/// coordinates, which are counted.
fn fill(stations: &mut BTreeMap<u64, Station>, metadata: &[Station], tally: &mut Tally) {
    let known: BTreeMap<&str, &Station> = metadata.iter().map(|s| (s.name.as_str(), s)).collect();
    tally.whole("stations", stations.len() as u64);
    for station in stations.values_mut() {
        let told = known.get(station.name.as_str());
        station.crossing = told.and_then(|told| told.crossing.clone());
        if station.xy_m.is_some() {
            continue;
        }
        station.xy_m = told.and_then(|told| told.xy_m);
        match station.xy_m {
            Some(_) => {
                tally.part("stations", "station without a position, taken from the metadata", &station.name)
            }
            None => {
                tally.part("stations", "station without a position, also not in the metadata", &station.name)
            }
        }
    }
}

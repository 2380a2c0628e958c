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
use engine::validate::station::Station;
use std::collections::BTreeMap;
use std::path::Path;

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
            lat: table.column("latitude")?,
            lon: table.column("longitude")?,
        })
    }

    /// The station of a row, placed where the row gives longitude and latitude.
    fn station(&self, row: Row<'_>, projection: &Projection) -> Result<Station> {
        let number: u64 = row.parse(self.station, "a station number")?;
        Ok(Station {
            name: number.to_string(),
            route: route_of(row.text(self.route), row.text(self.direction)),
            kind: station_kind(row.text(self.kind)),
            xy_m: place(projection, row.number_if(Some(self.lon))?, row.number_if(Some(self.lat))?)?,
            lanes: row.parse(self.lanes, "a number of lanes up to 255")?,
            link: None,
        })
    }

    /// The hour of a row. A standard deviation below 0 and a speed that no car has count as missing; a flow below
    /// 0 is refused.
    fn hour(&self, row: Row<'_>) -> Result<(u8, Hour)> {
        let hour: u8 = row.parse(self.hour, "an hour 0-23")?;
        let flow = row.number(self.flow)?;
        if hour > 23 {
            return Err(row.fault(self.hour, "an hour 0-23").into());
        }
        if flow < 0.0 {
            return Err(row.fault(self.flow, "zero or more vehicles").into());
        }
        let seen = Hour {
            volume_vph: flow,
            volume_sd: row.number_if(self.flow_sd)?.filter(|sd| *sd >= 0.0),
            speed_mps: speed_mps(row.number_if(Some(self.speed))?),
            days: row.parse(self.days, "a number of days up to 65535")?,
        };
        Ok((hour, seen))
    }
}

/// Reads hourly means of a typical weekday (columns station, route, direction, type, hour, lanes, avg_flow,
/// sd_flow, avg_speed in mph, days_observed, latitude, longitude).
///
/// A station whose lanes changed in the year has its hours once for each lane count: the row with most days
/// is kept (the first, when they tie), and the station's lanes are those of its most observed row.
/// `positions` (from [`super::read_station_meta`]) gives the place of stations that the file leaves without.
/// Rows with fewer days than `quality.days` are dropped, and counted.
///
/// # Errors
/// A [`engine::Fault`] `file:line` for a missing column, a bad number, an hour over 23 or a negative flow.
pub fn read_hourly_typical(
    path: impl AsRef<Path>,
    projection: &Projection,
    positions: &[Station],
    quality: &Quality,
) -> Read {
    let path = path.as_ref();
    let mut table = limit::csv(path)?;
    let columns = Columns::find(&table)?;
    let mut tally = Tally::new(path);
    // The most days of any row of a station decide on its lanes.
    let mut stations: BTreeMap<u64, (u16, Station)> = BTreeMap::new();
    let mut hours: BTreeMap<(u64, u8), Hour> = BTreeMap::new();
    while let Some(row) = table.advance()? {
        let station = columns.station(row, projection)?;
        let id: u64 = row.parse(columns.station, "a station number")?;
        let (hour, seen) = columns.hour(row)?;
        match stations.get_mut(&id) {
            Some((days, known)) if seen.days > *days => (*days, *known) = (seen.days, station),
            Some(_) => {}
            None => drop(stations.insert(id, (seen.days, station))),
        }
        if seen.days < quality.days {
            tally.add("hour with too few days observed, left out", row.line());
            continue;
        }
        match hours.get_mut(&(id, hour)) {
            Some(known) => {
                tally.add("hour of a station occurs again (another lane count), most days kept", row.line());
                if seen.days > known.days {
                    *known = seen;
                }
            }
            None => drop(hours.insert((id, hour), seen)),
        }
    }
    let mut stations: BTreeMap<u64, Station> = stations.into_iter().map(|(id, (_, s))| (id, s)).collect();
    fill_positions(&mut stations, positions, &mut tally);
    let kept = counts(stations, &hours, quality, &mut |station, _| {
        tally.add("flow of zero at a busy station, left out", &station.name);
    });
    Ok((kept, tally.into_warnings()))
}

/// Places stations that the file leaves without coordinates where the metadata has them; both cases are counted.
fn fill_positions(stations: &mut BTreeMap<u64, Station>, positions: &[Station], tally: &mut Tally) {
    let known: BTreeMap<&str, (f64, f64)> =
        positions.iter().filter_map(|s| Some((s.name.as_str(), s.xy_m?))).collect();
    for station in stations.values_mut().filter(|s| s.xy_m.is_none()) {
        station.xy_m = known.get(station.name.as_str()).copied();
        match station.xy_m {
            Some(_) => tally.add("station without a position, taken from the metadata", &station.name),
            None => tally.add("station without a position, also not in the metadata", &station.name),
        }
    }
}

//! `stations.csv`, `hours.csv`.
//!
//! | table | column | values |
//! |---|---|---|
//! | stations | `route`, `direction` | number and N, S, E or W; both may be empty |
//! | | `kind` | PeMS code (`ML`, `HV`, `OR`, `FR`, `FF`, `CD`, `CH`), else `other` |
//! | | `x_m`, `y_m`, `link` | place in metres, or the link it lies on; may be empty |
//! | | `lanes` | lanes; 0 where they are not known |
//! | | `crossing` | name of the crossing it stands at; may be empty |
//! | hours | `hour` | 0 to 23: the hour that begins then |
//! | | `volume_vph`, `volume_sd` | mean vehicles in that hour, and their standard deviation over days (may be empty) |
//! | | `speed_mps` | mean speed, metres per second (may be empty) |
//! | | `days` | days behind the mean |

use super::{cell, write_rows};
use crate::limit;
use crate::node_link::read_route;
use crate::pems::station_kind;
use engine::Result;
use engine::validate::station::{Counts, HourCount, Station, StationKind};
use std::collections::BTreeMap;
use std::path::Path;

/// PeMS' code of a kind of station; `other` where it has none.
fn code(kind: StationKind) -> &'static str {
    match kind {
        StationKind::Mainline => "ML",
        StationKind::Hov => "HV",
        StationKind::OnRamp => "OR",
        StationKind::OffRamp => "FR",
        StationKind::Connector => "FF",
        StationKind::Collector => "CD",
        StationKind::Conventional => "CH",
        StationKind::Other => "other",
    }
}

/// Writes stations (kind as PeMS code, position in metres) and their hours.
///
/// # Errors
/// [`engine::Error::Io`] when the disk says no.
pub fn write_counts(
    counts: &Counts,
    stations_csv: impl AsRef<Path>,
    hours_csv: impl AsRef<Path>,
) -> Result<()> {
    let header = ["station", "route", "direction", "kind", "x_m", "y_m", "lanes", "link", "crossing"];
    let rows = counts.stations.iter().map(|station| {
        let (route, direction) =
            station.route.clone().map_or_else(Default::default, |(r, d)| (r, d.to_string()));
        let (x, y) = (cell(station.xy_m.map(|p| p.0)), cell(station.xy_m.map(|p| p.1)));
        let link = station.link.clone().unwrap_or_default();
        let crossing = station.crossing.clone().unwrap_or_default();
        let kind = code(station.kind).to_string();
        [station.name.clone(), route, direction, kind, x, y, station.lanes.to_string(), link, crossing]
    });
    write_rows(stations_csv.as_ref(), header, rows)?;
    let header = ["station", "hour", "volume_vph", "volume_sd", "speed_mps", "days"];
    let rows = counts.hours.iter().map(|hour| {
        let name = counts.stations.get(hour.station as usize).map_or("", |s| s.name.as_str());
        [
            name.to_string(),
            hour.hour.to_string(),
            hour.volume_vph.to_string(),
            cell(hour.volume_sd),
            cell(hour.speed_mps),
            hour.days.to_string(),
        ]
    });
    write_rows(hours_csv.as_ref(), header, rows)
}

/// Reads stations and their hours, ordered by station, then hour.
///
/// # Errors
/// A [`engine::Fault`] `file:line` for a station that occurs twice or is unknown, an hour over 23 or twice, a
/// negative number, or half a position.
pub fn read_counts(stations_csv: impl AsRef<Path>, hours_csv: impl AsRef<Path>) -> Result<Counts> {
    let (stations, numbers) = read_stations(stations_csv.as_ref())?;
    let mut table = limit::csv(hours_csv)?;
    let (name, hour) = (table.column("station")?, table.column("hour")?);
    let (volume, sd) = (table.column("volume_vph")?, table.find("volume_sd"));
    let (speed, days) = (table.find("speed_mps"), table.column("days")?);
    let mut hours: BTreeMap<(u32, u8), HourCount> = BTreeMap::new();
    while let Some(row) = table.advance()? {
        let Some(&station) = numbers.get(row.text(name)) else {
            return Err(row.fault(name, "a station of the table of stations").into());
        };
        let number: u8 = row.parse(hour, "an hour 0-23")?;
        let count = HourCount {
            station,
            hour: number,
            volume_vph: row.number(volume)?,
            volume_sd: row.number_if(sd)?,
            speed_mps: row.number_if(speed)?,
            days: row.parse(days, "a number of days up to 65535")?,
        };
        let numbers = [Some(count.volume_vph), count.volume_sd, count.speed_mps];
        if number > 23 || numbers.iter().flatten().any(|n| *n < 0.0) {
            return Err(row.row_fault("has an hour over 23 or a negative number").into());
        }
        if hours.insert((station, number), count).is_some() {
            return Err(row.fault(hour, "an hour that no other row of this station has").into());
        }
    }
    Ok(Counts { stations, hours: hours.into_values().collect(), year: None })
}

/// A text that is not empty.
fn told(text: &str) -> Option<String> {
    Some(text).filter(|text| !text.is_empty()).map(str::to_string)
}

/// Stations in the order of the file, and the number of each name.
fn read_stations(path: &Path) -> Result<(Vec<Station>, BTreeMap<String, u32>)> {
    let mut table = limit::csv(path)?;
    let (name, kind, lanes) = (table.column("station")?, table.column("kind")?, table.column("lanes")?);
    let route = (table.column("route")?, table.column("direction")?);
    let (x, y) = (table.find("x_m"), table.find("y_m"));
    let (link, crossing) = (table.find("link"), table.find("crossing"));
    let (mut stations, mut numbers) = (Vec::new(), BTreeMap::new());
    while let Some(row) = table.advance()? {
        if numbers.insert(row.text(name).to_string(), stations.len() as u32).is_some() {
            return Err(row.fault(name, "a station that no other row has").into());
        }
        let xy_m = match (row.number_if(x)?, row.number_if(y)?) {
            (Some(x), Some(y)) => Some((x, y)),
            (None, None) => None,
            _ => return Err(row.row_fault("has only one of x_m and y_m").into()),
        };
        stations.push(Station {
            name: row.text(name).to_string(),
            route: read_route(row, route)?,
            kind: station_kind(row.text(kind)),
            xy_m,
            lanes: row.parse(lanes, "a number of lanes up to 255")?,
            link: told(row.text_if(link)),
            crossing: told(row.text_if(crossing)),
        });
    }
    Ok((stations, numbers))
}

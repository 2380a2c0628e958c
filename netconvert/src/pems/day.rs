//! Files of single days: 5 minutes, hour, 30 seconds. Stations take their labels from the metadata.
//!
//! | file | interval | how many an hour | lanes |
//! |---|---|---|---|
//! | `…station_5min…` | 5 minutes | 12 | groups of 5 columns (samples, flow, occupancy, speed, observed) from the 13th |
//! | `…station_hour…` | hour | 1 | groups of 3 (flow, occupancy, speed) after six delays, from the 19th |
//! | `…station_raw…` | 30 seconds | up to 120 | groups of 3 (flow, occupancy, speed) from the 3rd |
//!
//! Clearinghouse files have no header, so columns go by position. Of the first two only the totals over lanes are
//! read. PeMS fills gaps by imputed values; the share that was observed (9th column) tells them apart,
//! and by default only hours that were wholly observed count. Times are local and without a zone.

use super::{Hour, Quality, Read, counts, speed_mps, station_number};
use crate::limit::{self, Row};
use crate::tally::Tally;
use engine::Result;
use engine::validate::station::Station;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What one row tells about one station.
struct Seen {
    /// Number of the station.
    station: u64,
    /// Hour of the day, 0 to 23.
    hour: u8,
    /// Text of the date: days are told apart by it.
    date: String,
    /// Minute of the hour at which the interval starts, with seconds as fractions.
    minute: f64,
    /// Vehicles in the interval over all lanes; `None` where nothing was reported.
    flow: Option<f64>,
    /// Mean speed, miles an hour.
    speed_mph: Option<f64>,
    /// Share of the samples that were observed and not imputed, per cent.
    observed: f64,
    /// Lanes that reported, where they are told one by one, and whether some of them have a speed and some have none.
    lanes: Option<(usize, bool)>,
}

/// Reads station 5-minute data (`dDD_text_station_5min_YYYY_MM_DD.txt`): comma, no header; timestamp
/// `MM/DD/YYYY HH:MM:SS`, station, district, freeway, direction, lane type, length, samples, % observed,
/// total flow (vehicles in 5 minutes), occupancy, speed (mph), then five columns a lane. Several days may stand
/// in one file; hours are means over the days.
///
/// An hour of a day counts when its twelve intervals are all there and each passes
/// `quality.observed_percent`.
///
/// # Errors
/// A [`engine::Fault`] `file:line` for a row of fewer than 12 columns, or a cell that is none of its kind.
pub fn read_5min(path: impl AsRef<Path>, stations: &[Station], quality: &Quality) -> Read {
    read_days(path.as_ref(), stations, quality, 12, |row| {
        need(row, 12)?;
        let (date, hour, minute) = timestamp(row, 0)?;
        Ok(Seen {
            station: station_number(row, 1)?,
            hour,
            date,
            minute,
            flow: flow(row, 9)?,
            speed_mph: believed_mph(row.number_if(Some(11))?),
            observed: row.number_if(Some(8))?.unwrap_or(0.0),
            lanes: None,
        })
    })
}

/// Reads station hour data (`dDD_text_station_hour_YYYY_MM.txt`): comma, no header; timestamp, station,
/// district, route, direction, type, length, samples, % observed, flow, occupancy, speed (mph), six delays,
/// then flow, occupancy and speed for each of eight lanes.
///
/// # Errors
/// As [`read_5min`].
pub fn read_station_hour(path: impl AsRef<Path>, stations: &[Station], quality: &Quality) -> Read {
    read_days(path.as_ref(), stations, quality, 1, |row| {
        need(row, 12)?;
        let (date, hour, minute) = timestamp(row, 0)?;
        Ok(Seen {
            station: station_number(row, 1)?,
            hour,
            date,
            minute,
            flow: flow(row, 9)?,
            speed_mph: believed_mph(row.number_if(Some(11))?),
            observed: row.number_if(Some(8))?.unwrap_or(0.0),
            lanes: None,
        })
    })
}

/// Reads raw 30-second data (`dDD_text_station_raw_YYYY_MM_DD.txt`): comma, no header; timestamp, station,
/// then flow, occupancy and speed for each of eight lanes; empty where a lane does not exist or did not
/// report.
///
/// An hour counts when at least `quality.observed_percent` of its 120 samples are there (any lane reported).
/// Speeds are the flow-weighted means of the lanes that report one (few stations do).
///
/// # Errors
/// As [`read_5min`].
pub fn read_raw(path: impl AsRef<Path>, stations: &[Station], quality: &Quality) -> Read {
    read_days(path.as_ref(), stations, quality, 120, |row| {
        need(row, 5)?;
        let (date, hour, minute) = timestamp(row, 0)?;
        let (mut total, mut weighted, mut with_speed, mut lanes) = (None, 0.0, 0.0, 0);
        let mut speeds = [false; 2];
        for lane in 0..(row.len() - 2) / 3 {
            let Some(flow) = flow(row, 2 + 3 * lane)? else { continue };
            *total.get_or_insert(0.0) += flow;
            lanes += 1;
            let speed = believed_mph(row.number_if(Some(4 + 3 * lane))?);
            speeds[usize::from(speed.is_some())] |= flow > 0.0;
            if let Some(speed) = speed {
                weighted += flow * speed;
                with_speed += flow;
            }
        }
        let speed_mph = (with_speed > 0.0).then(|| weighted / with_speed);
        let observed = if total.is_some() { 100.0 } else { 0.0 };
        let station = station_number(row, 1)?;
        Ok(Seen {
            station,
            hour,
            date,
            minute,
            flow: total,
            speed_mph,
            observed,
            lanes: Some((lanes, speeds == [true; 2])),
        })
    })
}

/// A speed that a car can have, miles an hour; others are no observation.
fn believed_mph(mph: Option<f64>) -> Option<f64> {
    mph.filter(|mph| speed_mps(Some(*mph)).is_some())
}

/// Refuses a row of fewer columns than `least`.
fn need(row: Row<'_>, least: usize) -> Result<()> {
    if row.len() < least {
        let what = format!("has {} columns", row.len());
        return Err(row.row_fault(what).expected(format!("at least {least}")).into());
    }
    Ok(())
}

/// Vehicles in a cell; `None` where it is empty. Below 0 is refused.
fn flow(row: Row<'_>, column: usize) -> Result<Option<f64>> {
    match row.number_if(Some(column))? {
        Some(flow) if flow < 0.0 => Err(row.fault(column, "zero or more vehicles").into()),
        flow => Ok(flow),
    }
}

/// Date, hour and minute of `MM/DD/YYYY HH:MM:SS` (local time).
fn timestamp(row: Row<'_>, column: usize) -> Result<(String, u8, f64)> {
    let parse = || {
        let (date, clock) = row.text(column).split_once(' ')?;
        let mut parts = clock.trim().split(':');
        let hour: u8 = parts.next()?.parse().ok().filter(|h| *h < 24)?;
        let minute: u8 = parts.next()?.parse().ok().filter(|m| *m < 60)?;
        let second: u8 = parts.next().map_or(Ok(0), str::parse).ok().filter(|s| *s < 60)?;
        (date.len() <= 10).then(|| (date.to_string(), hour, f64::from(minute) + f64::from(second) / 60.0))
    };
    parse().ok_or_else(|| row.fault(column, "MM/DD/YYYY HH:MM:SS").into())
}

/// Sums of one hour of one day.
#[derive(Default)]
struct Sum {
    /// Vehicles of all intervals.
    flow: f64,
    /// Speed times flow, so that the mean speed is weighted by vehicles.
    speed: f64,
    /// Vehicles of the intervals that have a speed.
    with_speed: f64,
    /// Intervals that were observed well enough.
    good: u32,
    /// Begins of the intervals, to find one that stands twice.
    minutes: BTreeSet<u64>,
}

/// What the intervals and the hours are, where shares are told.
const INTERVALS: &str = "intervals";
const HOURS: &str = "hours of days";

/// Sums the intervals of each hour of each day, drops hours that are not whole, then takes means over days.
fn read_days(
    path: &Path,
    stations: &[Station],
    quality: &Quality,
    intervals: u32,
    read: impl Fn(Row<'_>) -> Result<Seen>,
) -> Read {
    let mut table = limit::csv_bare(path, b',')?;
    let mut tally = Tally::new(path);
    let labels: BTreeMap<u64, &Station> =
        stations.iter().filter_map(|s| Some((s.name.parse().ok()?, s))).collect();
    let mut sums: BTreeMap<(u64, u8, String), Sum> = BTreeMap::new();
    let mut lanes: BTreeMap<u64, usize> = BTreeMap::new();
    while let Some(row) = table.advance()? {
        tally.whole(INTERVALS, 1);
        if row.text(0).is_empty() || row.text(1).is_empty() {
            tally.part(INTERVALS, "row without a time or a station, left out", row.line());
            continue;
        }
        let seen = read(row)?;
        if !labels.contains_key(&seen.station) {
            let what = "row of a station that the metadata does not hold, left out";
            tally.part(INTERVALS, what, row.line());
            continue;
        }
        if let Some((now, mixed)) = seen.lanes {
            if now > 0 && lanes.insert(seen.station, now).is_some_and(|before| before != now) {
                let what = "another number of lanes reports than in the row before, kept";
                tally.part(INTERVALS, what, row.line());
            }
            if mixed {
                let what = "a lane has no speed beside others that have, the speed is theirs";
                tally.part(INTERVALS, what, row.line());
            }
        }
        let sum = sums.entry((seen.station, seen.hour, seen.date)).or_default();
        if !sum.minutes.insert(seen.minute.to_bits()) {
            tally.part(INTERVALS, "interval of a station occurs again, left out", row.line());
            continue;
        }
        let Some(flow) = seen.flow else { continue };
        let good = intervals == 120 || seen.observed >= quality.observed_percent;
        sum.good += u32::from(good);
        sum.flow += flow;
        match seen.speed_mph {
            Some(speed) => {
                sum.speed += speed * flow;
                sum.with_speed += flow;
            }
            // Most raw samples come from detectors that measure no speed.
            None if flow > 0.0 && intervals != 120 => {
                tally.part(
                    INTERVALS,
                    "interval without a speed that a car can have, its flow is kept",
                    row.line(),
                );
            }
            None => {}
        }
    }
    let hours = means(midweek(sums, quality, &mut tally), intervals, quality, &mut tally);
    let ids: BTreeSet<u64> = hours.keys().map(|(id, _)| *id).collect();
    let seen = labels.into_iter().filter(|(id, _)| ids.contains(id)).map(|(id, s)| (id, s.clone())).collect();
    let kept = counts(seen, &hours, quality, &mut |station, _| {
        tally.part(HOURS, "flow of zero at a busy station, left out", &station.name);
    });
    Ok((kept, tally.into_warnings()))
}

/// Sums by station, hour and date.
type Sums = BTreeMap<(u64, u8, String), Sum>;

/// The days in the middle of the week, where the file holds any and more than one day: traffic of Mondays, Fridays and
/// weekends is another.
fn midweek(sums: Sums, quality: &Quality, tally: &mut Tally) -> Sums {
    let dates: BTreeSet<&str> = sums.keys().map(|(.., date)| date.as_str()).collect();
    let of_midweek: BTreeSet<String> =
        dates.iter().filter(|date| is_midweek(date)).map(|d| (*d).to_owned()).collect();
    tally.whole(HOURS, sums.len() as u64);
    if !quality.midweek || dates.len() < 2 || of_midweek.is_empty() {
        return sums;
    }
    let mut kept = Sums::new();
    for ((id, hour, date), sum) in sums {
        if of_midweek.contains(&date) {
            kept.insert((id, hour, date), sum);
        } else {
            let what = "hour of a day that is no Tuesday, Wednesday or Thursday, left out";
            tally.part(HOURS, what, format!("{id} {date} {hour}:00"));
        }
    }
    kept
}

/// Whether a date `MM/DD/YYYY` is a Tuesday, Wednesday or Thursday.
fn is_midweek(date: &str) -> bool {
    use chrono::{Datelike, NaiveDate};
    let date = NaiveDate::parse_from_str(date, "%m/%d/%Y");
    date.is_ok_and(|date| (1..=3).contains(&date.weekday().num_days_from_monday()))
}

/// Hours of a day that are whole, then their means over days.
fn means(sums: Sums, intervals: u32, quality: &Quality, tally: &mut Tally) -> BTreeMap<(u64, u8), Hour> {
    // Thirty-second samples are never all there: their share is what the quality asks of the hour.
    let least = match intervals {
        120 => (120.0 * quality.observed_percent / 100.0).ceil() as u32,
        all => all,
    };
    let mut days: BTreeMap<(u64, u8), Vec<Sum>> = BTreeMap::new();
    for ((id, hour, date), sum) in sums {
        if sum.good < least {
            let what = "hour of a day is not wholly observed, left out";
            tally.part(HOURS, what, format!("{id} {date} {hour}:00"));
        } else {
            days.entry((id, hour)).or_default().push(sum);
        }
    }
    days.into_iter().map(|(key, days)| (key, mean(&days))).collect()
}

/// Mean and standard deviation (of a sample: divided by n − 1) over days of one hour; the speed is weighted by
/// vehicles over all days.
fn mean(days: &[Sum]) -> Hour {
    let n = days.len() as f64;
    let volume_vph = days.iter().map(|d| d.flow).sum::<f64>() / n;
    let squares: f64 = days.iter().map(|d| (d.flow - volume_vph) * (d.flow - volume_vph)).sum();
    let (speed, with_speed) = days.iter().fold((0.0, 0.0), |(a, b), d| (a + d.speed, b + d.with_speed));
    Hour {
        volume_vph,
        volume_sd: (days.len() > 1).then(|| engine::float::sqrt(squares / (n - 1.0))),
        speed_mps: speed_mps((with_speed > 0.0).then(|| speed / with_speed)),
        days: days.len().min(usize::from(u16::MAX)) as u16,
    }
}

//! Traffic on links, by hour of the clock and of the day.
//!
//! Times after 24:00 count for the clock hour of the next day, as in `counts`: the one day that is simulated stands for every
//! day. A volume is counted at the end of a link, as a detector there does.

use super::{Part, Quantity, Sheet, kept, part};
use crate::error::Result;
use crate::projection::Crs;
use crate::store::{Rows, link_15min, network};
use crate::table::{self, Column, Type, column};
use polars::prelude::IdxCa;
use std::iter::Sum;
use std::path::Path;

/// Hours of the clock.
pub(super) const HOURS: usize = 24;

/// The 24 columns of a quantity by hour; names end in the unit.
macro_rules! by_hour {
    ($what:literal, $unit_of_name:literal, $unit:literal, $meaning:literal) => {
        by_hour!(@ $what, $unit_of_name, $unit, $meaning,
            "00" "01" "02" "03" "04" "05" "06" "07" "08" "09" "10" "11"
            "12" "13" "14" "15" "16" "17" "18" "19" "20" "21" "22" "23")
    };
    (@ $what:literal, $unit_of_name:literal, $unit:literal, $meaning:literal, $($hour:literal)*) => {
        [$($crate::table::column(
            concat!($what, "_", $hour, $unit_of_name),
            $crate::table::Type::F64,
            $unit,
            concat!($meaning, " from ", $hour, ":00, an hour"),
        )),*]
    };
}
pub(super) use by_hour;

/// Volumes by hour, beside those of the day.
const VOLUMES: [Column; HOURS] =
    by_hour!("volume", "_vph", "vehicles/h", "volume of the whole population at the end of the link");

/// What is known of a link beside its traffic.
const ROAD: [&str; 12] = [
    "link",
    "name",
    "street",
    "location",
    "route",
    "from_node",
    "to_node",
    "class",
    "zone",
    "lanes",
    "length_m",
    "freespeed_mps",
];

/// The same, short: for tables with a row an hour.
pub(super) const ROAD_OF_HOUR: [&str; 8] =
    ["link", "name", "street", "location", "route", "class", "lanes", "length_m"];

/// Unit of what is not scaled up.
const SIMULATED: &str = "vehicles simulated";

/// The hour of a row.
pub(super) const HOUR: Column = column("hour", Type::U8, "h", "hour of the clock, 0 to 23");

/// The links of a run.
pub(super) struct Roads {
    /// The table of links.
    pub(super) rows: Rows,
    /// Length of each, metres.
    pub(super) length_m: Vec<f64>,
    /// Time on the empty road, seconds.
    pub(super) free_s: Vec<f64>,
    /// Reference system of the network.
    pub(super) crs: Crs,
}

impl Roads {
    /// Reads the links of a run folder.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let rows = Rows::open(folder, &network::TABLE)?;
        let length_m = rows.f64("length_m")?;
        let speed_mps = rows.f64("freespeed_mps")?;
        let free_s = length_m.iter().zip(&speed_mps).map(|(length_m, mps)| length_m / mps).collect();
        let crs = table::metadata(network::TABLE.path(folder), "crs")?;
        let crs = crs.as_deref().map_or(Ok(Crs::Plane), Crs::parse)?;
        Ok(Self { rows, length_m, free_s, crs })
    }

    /// Number of links.
    pub(super) fn len(&self) -> usize {
        self.length_m.len()
    }

    /// Columns of the table of links, a row for each of `links`.
    pub(super) fn of(&self, links: &[u32], names: &[&str]) -> Result<Vec<Part>> {
        if links.iter().any(|link| *link as usize >= self.len()) {
            return Err(self.rows.wrong("link"));
        }
        let at = IdxCa::from_vec("link".into(), links.to_vec());
        let parts = kept(&self.rows, &network::TABLE, names)?;
        parts.into_iter().map(|(of, values)| Ok((of, values.take(&at)?))).collect()
    }

    /// Columns of the table of links as they are, those of every table of links first.
    pub(super) fn all(&self) -> Result<Vec<Part>> {
        kept(&self.rows, &network::TABLE, &ROAD)
    }
}

/// What happened on a link in some time, as simulated.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Passed {
    /// Vehicles that left it over its end.
    pub(super) out: u32,
    /// Vehicles that entered it and drove on.
    pub(super) entered: u32,
    /// Vehicles that entered it and ended their trip there.
    pub(super) ended: u32,
    /// Travel times of those who entered and drove on, seconds.
    pub(super) time_s: f64,
}

impl Passed {
    /// Mean speed over space; `None` where nobody entered.
    pub(super) fn speed_mps(self, length_m: f64) -> Option<f64> {
        (self.time_s > 0.0).then(|| f64::from(self.entered) * length_m / self.time_s)
    }

    /// Time beyond that on the empty road, hours, as simulated.
    pub(super) fn delay_h(self, free_s: f64) -> f64 {
        (self.time_s - f64::from(self.entered) * free_s) / 3600.0
    }

    /// Distance driven, kilometres, as simulated.
    pub(super) fn vehicle_km(self, length_m: f64) -> f64 {
        f64::from(self.entered + self.ended) * length_m / 1000.0
    }
}

impl Sum for Passed {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self {
            out: a.out + b.out,
            entered: a.entered + b.entered,
            ended: a.ended + b.ended,
            time_s: a.time_s + b.time_s,
        })
    }
}

/// The traffic of a run by link and hour of the clock.
pub(super) struct Day {
    /// Vehicles of the population that a simulated one stands for.
    pub(super) weight: f64,
    n_links: usize,
    /// `[hour * n_links + link]`.
    hours: Vec<Passed>,
}

impl Day {
    /// Reads the traffic of a run folder on its `n_links` links.
    pub(super) fn read(folder: &Path, n_links: usize) -> Result<Self> {
        let rows = Rows::open(folder, &link_15min::TABLE)?;
        let (link, start_s) = (rows.u32("link")?, rows.u32("start_s")?);
        let (out, entered, ended) =
            (rows.u32("vehicles_out")?, rows.u32("vehicles_in")?, rows.u32("vehicles_ended")?);
        let (time_s, weight) = (rows.f64("vehicle_time_s")?, rows.f64("weight")?);
        let mut hours = vec![Passed::default(); HOURS * n_links];
        for row in 0..rows.height() {
            let hour = start_s[row] as usize / 3600 % HOURS;
            if link[row] as usize >= n_links {
                return Err(rows.wrong("link"));
            }
            let more =
                Passed { out: out[row], entered: entered[row], ended: ended[row], time_s: time_s[row] };
            let at = hour * n_links + link[row] as usize;
            hours[at] = [hours[at], more].into_iter().sum();
        }
        Ok(Self { weight: weight.first().copied().unwrap_or(1.0), n_links, hours })
    }

    /// What happened on a link in an hour.
    pub(super) fn at(&self, hour: usize, link: usize) -> Passed {
        self.hours[hour * self.n_links + link]
    }

    /// What happened on a link in the day.
    pub(super) fn of_day(&self, link: usize) -> Passed {
        (0..HOURS).map(|hour| self.at(hour, link)).sum()
    }

    /// Volume in an hour, which is that an hour, of the whole population.
    pub(super) fn volume(&self, hour: usize, link: usize) -> f64 {
        f64::from(self.at(hour, link).out) * self.weight
    }

    /// A number of each link.
    pub(super) fn each<T>(&self, of: impl Fn(usize) -> T) -> Vec<T> {
        (0..self.n_links).map(of).collect()
    }
}

/// One row a link, with the traffic of the day and the volumes of its hours.
pub(super) fn links(roads: &Roads, day: &Day) -> Result<Sheet> {
    let busiest = |link: usize| {
        let of = |hour: &usize| day.at(*hour, link).out;
        // Of equal hours the first.
        let hour = (0..HOURS).rev().max_by_key(of).unwrap_or(0);
        (of(&hour) > 0).then_some(hour)
    };
    let mut parts = roads.all()?;
    parts.extend(kept(&roads.rows, &network::TABLE, &["capacity_vph"])?);
    parts.push(part(
        column(
            "volume_vpd",
            Type::F64,
            "vehicles/day",
            "volume of the whole population at the end of the link in the day",
        ),
        day.each(|link| f64::from(day.of_day(link).out) * day.weight),
    ));
    parts.push(part(
        column("vehicles_out", Type::U32, "vehicles simulated", "left the link over its end in the day"),
        day.each(|link| day.of_day(link).out),
    ));
    parts.push(part(
        column("vehicle_km", Type::F64, "km", "distance driven on it in the day, whole population"),
        day.each(|link| day.of_day(link).vehicle_km(roads.length_m[link]) * day.weight),
    ));
    parts.push(part(
        column(
            "delay_h",
            Type::F64,
            "h",
            "vehicle-hours of delay in the day, whole population: time beyond that at the speed of an empty road",
        ),
        day.each(|link| day.of_day(link).delay_h(roads.free_s[link]) * day.weight),
    ));
    parts.push(part(
        column("speed_mps", Type::F64, "m/s", "mean speed over space of the day; empty where nobody entered"),
        day.each(|link| day.of_day(link).speed_mps(roads.length_m[link])),
    ));
    parts.push(part(
        column(
            "peak_hour",
            Type::U8,
            "h",
            "hour of the clock with the largest volume; empty where there is none",
        ),
        day.each(|link| busiest(link).map(|hour| hour as u8)),
    ));
    parts.push(part(
        column("peak_volume_vph", Type::F64, "vehicles/h", "its volume, whole population"),
        day.each(|link| busiest(link).map_or(0.0, |hour| day.volume(hour, link))),
    ));
    for (hour, of) in VOLUMES.into_iter().enumerate() {
        parts.push(part(of, day.each(|link| day.volume(hour, link))));
    }
    let rows = "one row a link: the traffic of the day, and the volume of each hour of the clock";
    Sheet::new("links", rows, parts)?.at(roads.rows.column("geometry")?, &roads.crs)
}

/// One row a link and hour in which something moved.
pub(super) fn link_hours(roads: &Roads, day: &Day) -> Result<Sheet> {
    let moved = |hour: usize, link: usize| {
        let passed = day.at(hour, link);
        passed.out > 0 || passed.entered > 0 || passed.ended > 0
    };
    let all = (0..roads.len()).flat_map(|link| (0..HOURS).map(move |hour| (hour, link)));
    let at: Vec<(usize, usize)> = all.filter(|(hour, link)| moved(*hour, *link)).collect();
    let links: Vec<u32> = at.iter().map(|(_, link)| *link as u32).collect();
    let mut parts = roads.of(&links, &ROAD_OF_HOUR)?;
    let passed = || at.iter().map(|(hour, link)| (day.at(*hour, *link), *link));
    parts.push(part(HOUR, at.iter().map(|(hour, _)| *hour as u8).collect::<Vec<u8>>()));
    parts.push(part(
        column(
            "volume_vph",
            Type::F64,
            "vehicles/h",
            "volume of the whole population at the end of the link",
        ),
        at.iter().map(|(hour, link)| day.volume(*hour, *link)).collect::<Vec<f64>>(),
    ));
    let counted: [Quantity<Passed, u32>; 3] = [
        ("vehicles_out", SIMULATED, "left the link over its end", |passed| passed.out),
        ("vehicles_in", SIMULATED, "entered over its start and drove on over its end", |passed| {
            passed.entered
        }),
        ("vehicles_ended", SIMULATED, "entered over its start and ended their trip at its end", |p| p.ended),
    ];
    for (name, unit, meaning, of) in counted {
        let of = passed().map(|(passed, _)| of(passed)).collect::<Vec<u32>>();
        parts.push(part(column(name, Type::U32, unit, meaning), of));
    }
    parts.push(part(
        column("speed_mps", Type::F64, "m/s", "mean speed over space; empty where nobody entered"),
        passed().map(|(passed, link)| passed.speed_mps(roads.length_m[link])).collect::<Vec<_>>(),
    ));
    parts.push(part(
        column("delay_h", Type::F64, "h", "vehicle-hours of delay, whole population"),
        passed().map(|(p, link)| p.delay_h(roads.free_s[link]) * day.weight).collect::<Vec<f64>>(),
    ));
    parts.push(part(
        column("vehicle_km", Type::F64, "km", "distance driven, whole population"),
        passed().map(|(p, link)| p.vehicle_km(roads.length_m[link]) * day.weight).collect::<Vec<f64>>(),
    ));
    Sheet::new("link_hours", "one row a link and hour of the clock in which something moved on it", parts)
}

//! The sheets of a comparison: two runs of the same seed side by side, by link, hour, zone and pair of zones. A difference is
//! always the variant less the base.

use super::counted::{self, Count, Counted};
use super::demand::{Areas, Flow, Flows, NOWHERE, Pair as ZonePair, pairs};
use super::links::{HOUR, HOURS, Passed, ROAD_OF_HOUR, by_hour};
use super::run::{Recipe, Run};
use super::{Part, Sheet, part};
use crate::agent::in_both;
use crate::error::{Fault, Result};
use crate::store::{Rows, counts, legs, persons};
use crate::table::{Column, Type, column};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Two runs of one seed on the same links.
pub struct Pair {
    base: Run,
    variant: Run,
}

/// All sheets of a comparison.
pub const SHEETS: [Recipe<Pair>; 5] =
    [("links", links), ("link_hours", link_hours), ("stations", stations), ("zones", zones), ("od", od)];

/// Differences of volumes by hour, beside those of the day.
const DIFFERENCES: [Column; HOURS] =
    by_hour!("difference", "_vph", "vehicles/h", "volume of the variant less that of the base");

impl Pair {
    /// Opens the folders of two runs.
    ///
    /// # Errors
    /// A [`Fault`] for a table that is missing or damaged, or runs with different numbers of links.
    pub fn open(base: &Path, variant: &Path) -> Result<Self> {
        let pair = Self { base: Run::open(base)?, variant: Run::open(variant)? };
        let [a, b] = [&pair.base, &pair.variant].map(|run| run.roads.len());
        if a != b {
            return Err(Fault::new(variant, "", format!("has {b} links"))
                .expected(format!("those of {}, {a}", base.display()))
                .into());
        }
        Ok(pair)
    }
}

/// The names of a quantity in both runs, and of its difference.
#[derive(Clone, Copy)]
struct Names {
    base: &'static str,
    variant: &'static str,
    difference: &'static str,
}

/// Names that differ in one word.
macro_rules! names {
    ($what:literal, $unit:literal) => {
        Names {
            base: concat!($what, "_base", $unit),
            variant: concat!($what, "_variant", $unit),
            difference: concat!($what, "_difference", $unit),
        }
    };
}

/// A quantity in both runs, and its difference where both know it.
fn both(
    names: Names,
    unit: &'static str,
    meaning: &'static str,
    values: impl Iterator<Item = [Option<f64>; 2]>,
) -> [Part; 3] {
    let values: Vec<[Option<f64>; 2]> = values.collect();
    let each = |of: fn(&[Option<f64>; 2]) -> Option<f64>| values.iter().map(of).collect::<Vec<Option<f64>>>();
    [
        part(column(names.base, Type::F64, unit, meaning), each(|v| v[0])),
        part(column(names.variant, Type::F64, unit, "the same in the variant"), each(|v| v[1])),
        part(column(names.difference, Type::F64, unit, "variant less base"), each(|v| Some(v[1]? - v[0]?))),
    ]
}

/// Something of both runs.
fn of_both<T>(pair: &Pair, of: impl Fn(&Run) -> T) -> [T; 2] {
    [of(&pair.base), of(&pair.variant)]
}

/// Volume, delay and speed of links: `passed` says of each row what passed where in a run.
fn traffic(pair: &Pair, volume: Names, unit: &'static str, rows: &[(Option<usize>, usize)]) -> Vec<Part> {
    let passed = |run: &Run, (hour, link): (Option<usize>, usize)| -> Passed {
        hour.map_or_else(|| run.day.of_day(link), |hour| run.day.at(hour, link))
    };
    let values = |of: fn(&Run, Passed, usize) -> Option<f64>| {
        rows.iter().map(move |at| of_both(pair, |run| of(run, passed(run, *at), at.1)))
    };
    let mut parts = Vec::with_capacity(9);
    parts.extend(both(
        volume,
        unit,
        "volume of the whole population at the end of the link, in the base",
        values(|run, passed, _| Some(f64::from(passed.out) * run.day.weight)),
    ));
    parts.extend(both(
        names!("delay", "_h"),
        "h",
        "vehicle-hours of delay, whole population, in the base",
        values(|run, passed, link| Some(passed.delay_h(run.roads.free_s[link]) * run.day.weight)),
    ));
    parts.extend(both(
        names!("speed", "_mps"),
        "m/s",
        "mean speed over space in the base; empty where nobody entered",
        values(|run, passed, link| passed.speed_mps(run.roads.length_m[link])),
    ));
    parts
}

/// One row a link. Roads are those of the base.
fn links(pair: &Pair) -> Result<Sheet> {
    let roads = &pair.base.roads;
    let rows: Vec<(Option<usize>, usize)> = (0..roads.len()).map(|link| (None, link)).collect();
    let mut parts = roads.all()?;
    parts.extend(traffic(pair, names!("volume", "_vpd"), "vehicles/day", &rows));
    for (hour, of) in DIFFERENCES.into_iter().enumerate() {
        let difference = |link| {
            let [base, variant] = of_both(pair, |run| run.day.volume(hour, link));
            variant - base
        };
        parts.push(part(of, pair.base.day.each(difference)));
    }
    let rows =
        "one row a link: the day in both runs, and the difference of the volume of each hour of the clock";
    Sheet::new("links", rows, parts)?.at(roads.rows.column("geometry")?, &roads.crs)
}

/// One row a link and hour in which something moved in either run.
fn link_hours(pair: &Pair) -> Result<Sheet> {
    let roads = &pair.base.roads;
    let all = (0..roads.len()).flat_map(|link| (0..HOURS).map(move |hour| (Some(hour), link)));
    let moved = |at: &(Option<usize>, usize)| {
        let passed = |run: &Run| run.day.at(at.0.unwrap_or(0), at.1);
        of_both(pair, passed).into_iter().any(|passed| passed != Passed::default())
    };
    let rows: Vec<(Option<usize>, usize)> = all.filter(moved).collect();
    let mut parts =
        roads.of(&rows.iter().map(|(_, link)| *link as u32).collect::<Vec<u32>>(), &ROAD_OF_HOUR)?;
    parts.push(part(HOUR, rows.iter().map(|(hour, _)| hour.unwrap_or(0) as u8).collect::<Vec<u8>>()));
    parts.extend(traffic(pair, names!("volume", "_vph"), "vehicles/h", &rows));
    Sheet::new(
        "link_hours",
        "one row a link and hour of the clock in which something moved in either run",
        parts,
    )
}

/// The volume of the day at a station in both runs.
const VOLUME: Names = names!("simulated", "_volume");

/// The share of hours that fit in both runs.
const CLOSE: Names = names!("geh_below_5", "_share");

/// One row a station of both runs, with the sums of the hours in which both were held against the same count. Where the counts
/// changed between the runs, an hour with another count is left out: the difference would be one of the counts.
fn stations(pair: &Pair) -> Result<Sheet> {
    let Pair { base, variant } = pair;
    let [a, b] = [base, variant].map(|run| Rows::open(&run.folder, &counts::TABLE));
    let (a, b) = (a?, b?);
    let seen = |rows: &Rows| -> Result<BTreeMap<Count, f64>> {
        let (name, link, hour) = (rows.text("station")?, rows.u32("link")?, rows.u32("hour")?);
        let observed = rows.f64("observed_vph")?;
        Ok((0..rows.height()).map(|row| ((name[row].clone(), link[row], hour[row]), observed[row])).collect())
    };
    let (of_a, of_b) = (seen(&a)?, seen(&b)?);
    let same = |count: &Count| of_a.get(count).is_some_and(|observed| of_b.get(count) == Some(observed));
    let (order, other) = (counted::sites(&a, same)?, counted::sites(&b, same)?);
    let key = |rows: &Rows, of: &[Counted]| -> Result<Vec<(String, u32)>> {
        let (name, link) = (rows.text("station")?, rows.u32("link")?);
        Ok(of
            .iter()
            .map(|site| (name[site.first_row as usize].clone(), link[site.first_row as usize]))
            .collect())
    };
    let places: BTreeMap<(String, u32), Counted> = key(&b, &other)?.into_iter().zip(other).collect();
    // The same counts are in both, so each site is.
    let pairs: Vec<[Counted; 2]> = key(&a, &order)?
        .iter()
        .zip(&order)
        .filter_map(|(key, site)| Some([*site, *places.get(key)?]))
        .collect();
    let (mut parts, middles) = counted::heads(base, &a, &order)?;
    parts.push(part(
        column("observed_volume", Type::F64, "vehicles", "counted in these hours"),
        pairs.iter().map(|[site, _]| site.observed).collect::<Vec<f64>>(),
    ));
    let of =
        |of: fn(&Counted) -> f64| pairs.iter().map(move |sites| sites.each_ref().map(|site| Some(of(site))));
    parts.extend(both(
        VOLUME,
        "vehicles",
        "of the base in the same hours, whole population",
        of(|site| site.simulated),
    ));
    parts.extend(both(
        CLOSE,
        "share",
        "share of the hours with a GEH below 5 in the base",
        of(Counted::close_share),
    ));
    let rows = "one row a station that both runs were held against: the sums of its hours; it is drawn in the middle of its link";
    Sheet::new("stations", rows, parts)?.at(&middles, &base.roads.crs)
}

/// Seconds that each person travels in the day; `None` where a trip did not arrive.
fn travelled_s(folder: &Path, n: usize) -> Result<Vec<Option<f64>>> {
    let rows = Rows::open(folder, &legs::TABLE)?;
    let (person, depart_s, arrive_s) =
        (rows.u32("person")?, rows.some_u32("depart_s")?, rows.some_u32("arrive_s")?);
    let mut sums = vec![Some(0.0); n];
    for row in 0..rows.height() {
        let sum = sums.get_mut(person[row] as usize).ok_or_else(|| rows.wrong("person"))?;
        let took_s =
            arrive_s[row].zip(depart_s[row]).map(|(arrive, depart)| f64::from(arrive) - f64::from(depart));
        *sum = sum.zip(took_s).map(|(sum, took_s)| sum + took_s);
    }
    Ok(sums)
}

/// Residents of a zone who are compared: they are in both runs, and all their trips arrived there.
#[derive(Clone, Copy, Default)]
struct Residents {
    n: u32,
    time_s: [f64; 2],
}

/// Residents by zone, with what they travel.
fn residents(pair: &Pair, n_zones: usize) -> Result<Vec<Residents>> {
    let rows = Rows::open(&pair.base.folder, &persons::TABLE)?;
    let zone = rows.some_u32("zone_index")?;
    let [a, b] = of_both(pair, |run| persons::read(&run.folder).map(|persons| persons.origin));
    let (a, b) = (a?, b?);
    let base = travelled_s(&pair.base.folder, a.len())?;
    let variant = travelled_s(&pair.variant.folder, b.len())?;
    let mut zones = vec![Residents::default(); n_zones];
    for [x, y] in in_both(&a, &b) {
        let times = base[x.index()].zip(variant[y.index()]);
        let (Some(zone), Some((base, variant))) = (&zone[x.index()], times) else { continue };
        let of = zones.get_mut(*zone as usize).ok_or_else(|| rows.wrong("zone_index"))?;
        of.n += 1;
        of.time_s = [of.time_s[0] + base, of.time_s[1] + variant];
    }
    Ok(zones)
}

/// One row a zone: what its residents travel, and the trips from and to it.
fn zones(pair: &Pair) -> Result<Sheet> {
    let areas = Areas::read(&pair.base.folder)?;
    let n = areas.len();
    let residents = residents(pair, n)?;
    let [base, variant] = of_both(pair, |run| Flows::read(&run.folder, &areas));
    let (base, variant) = (base?, variant?);
    let mut parts = areas.parts(&["zone", "zone_index", "region", "population"])?;
    parts.push(part(
        column(
            "persons_simulated",
            Type::U32,
            "persons simulated",
            "residents compared: they are in both runs, and all their trips arrived there",
        ),
        residents.iter().map(|of| of.n).collect::<Vec<u32>>(),
    ));
    let mean = |of: &Residents, run: usize| (of.n > 0).then(|| of.time_s[run] / f64::from(of.n) / 60.0);
    parts.extend(both(
        names!("travel", "_min"),
        "min/day",
        "mean time that a resident travels in the day, in the base",
        residents.iter().map(|of| [mean(of, 0), mean(of, 1)]),
    ));
    let ends = [
        (
            names!("trips_from", "_population"),
            "trips of the whole population that begin in the zone, in the base",
        ),
        (
            names!("trips_to", "_population"),
            "trips of the whole population that end in the zone, in the base",
        ),
    ];
    for (end, (names, meaning)) in ends.into_iter().enumerate() {
        let of = |flows: &Flows| {
            flows.ends(end, n).into_iter().map(|trips| trips * flows.weight).collect::<Vec<_>>()
        };
        let values = of(&base).into_iter().zip(of(&variant)).map(|(a, b)| [Some(a), Some(b)]);
        parts.extend(both(names, "trips", meaning, values));
    }
    let sheet = Sheet::new("zones", "one row a zone: travel of its residents, trips from and to it", parts)?;
    sheet.at(areas.rows.column("geometry")?, &pair.base.roads.crs)
}

/// One row a pair of zones and mode with trips in either run.
fn od(pair: &Pair) -> Result<Sheet> {
    let areas = Areas::read(&pair.base.folder)?;
    let [base, variant] = of_both(pair, |run| Flows::read(&run.folder, &areas));
    let (base, variant) = (base?, variant?);
    let known = |pair: &&ZonePair| areas.len() > 0 || (pair.0, pair.1) != (NOWHERE, NOWHERE);
    let keys: BTreeSet<&ZonePair> = base.of.keys().chain(variant.of.keys()).filter(known).collect();
    let keys: Vec<&ZonePair> = keys.into_iter().collect();
    let flow = |of: &BTreeMap<ZonePair, Flow>, key: &ZonePair| of.get(key).copied().unwrap_or_default();
    let values = |of: &dyn Fn(&Flows, Flow) -> Option<f64>| -> Vec<[Option<f64>; 2]> {
        keys.iter().map(|key| [&base, &variant].map(|flows| of(flows, flow(&flows.of, key)))).collect()
    };
    let mut parts = pairs(&areas, keys.iter().copied());
    parts.extend(both(
        names!("trips", "_population"),
        "trips",
        "trips of the whole population in the day, in the base",
        values(&|flows, flow| Some(f64::from(flow.trips) * flows.weight)).into_iter(),
    ));
    parts.extend(both(
        names!("travel", "_s"),
        "s",
        "mean travel time in the base; empty where no trip arrived",
        values(&|_, flow| flow.travel_s()).into_iter(),
    ));
    Sheet::new("od", "one row a pair of zones and mode with trips in either run", parts)
}

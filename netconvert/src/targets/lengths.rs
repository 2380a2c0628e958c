//! How far people go, by purpose: bands of length with the tours that fall into each.
//!
//! A length is the way from home to the place that the tour was made for, along the roads, as travel models take it from
//! their networks. Bands may be coarse: inside a band all lengths are taken to be alike, and what lies beyond the last quantile
//! of a twentieth follows the fall of those before it. Two surveys that cut their tails differently are alike but for the mean.
//!
//! Rows of a purpose follow each other from the shortest band to the longest. Other purposes may stand between them.

use super::count;
use crate::limit::{self, did_you_mean};
use engine::activity::Activity;
use engine::place::attraction::{COLLEGE, KINDS, activity};
use engine::place::distance::{Quantiles, quantiles};
use engine::{Fault, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Kilometres in a mile.
const MILE_KM: f64 = 1.609_344;

/// The purpose of all that a table does not name.
const REST: &str = "rest";

/// The name of a kind of destination in the column `purpose`: that of its activity; `college` for colleges.
fn name(kind: usize) -> &'static str {
    if kind == COLLEGE { "college" } else { activity(kind).label() }
}

/// Lengths of the way from home, along the roads, by kind of destination: for each that the table names its quantiles.
///
/// A purpose is the name of an activity (`work`, `school`, `shop-goods` …), `college`, several of them parted by blanks, or
/// `rest` for all that the table does not name. A row tells the upper end of a band (`to_km` or `to_mi`) and what falls into it; the first band begins at 0.
///
/// # Errors
/// As [`limit::csv()`]; a [`Fault`] for a purpose that is not known, for bands that do not rise, and for a purpose without
/// tours.
pub fn read_lengths(path: impl AsRef<Path>) -> Result<Vec<(usize, Quantiles)>> {
    let path = path.as_ref();
    let mut table = limit::csv(path)?;
    let (purpose, tours) = (table.column("purpose")?, table.column("tours")?);
    let (end, unit_km) = match table.find("to_mi") {
        Some(column) => (column, MILE_KM),
        None => (table.column_of(&["to_km", "to_mi"])?, 1.0),
    };
    let mut bands: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    while let Some(row) = table.advance()? {
        let known = (0..KINDS).map(name).chain([REST]).filter(|name| *name != Activity::Home.label());
        let (to_km, n) = (unit_km * row.number(end)?, count(row, tours)?);
        if row.text(purpose).is_empty() {
            return Err(row.fault(purpose, "an activity, college or rest").into());
        }
        for one in row.text(purpose).split_whitespace() {
            if !known.clone().any(|name| name == one) {
                let advice = did_you_mean(one, known);
                return Err(row.fault(purpose, "an activity, college or rest").advice(advice).into());
            }
            let bands = bands.entry(one.to_string()).or_default();
            if to_km <= bands.last().map_or(0.0, |band| band.0) {
                return Err(row.fault(end, "the end of a band above that of the row before").into());
            }
            bands.push((to_km, n));
        }
    }
    let mut lengths: BTreeMap<&str, Quantiles> = BTreeMap::new();
    for (name, bands) in &bands {
        let Some(table) = quantiles(bands) else {
            return Err(Fault::new(path, name, "has no tours").expected("tours in one band at least").into());
        };
        lengths.insert(name, table);
    }
    let of_kind = |kind: usize| Some((kind, *lengths.get(name(kind)).or_else(|| lengths.get(REST))?));
    Ok((0..KINDS).filter(|kind| activity(*kind) != Activity::Home).filter_map(of_kind).collect())
}

//! What persons of each kind do on a day.
//!
//! Surveys publish it as daily activity patterns: mandatory (work, school, college), non-mandatory, at home. Of workers the
//! mandatory days are those with work, but for the few at college; of pupils those at school. A share that the survey does
//! not give is left out and stays what the activity model makes it.

use crate::limit::{self, did_you_mean};
use engine::Result;
use engine::activity::target::{Does, Kind, Targets};
use std::path::Path;

/// The kind of person and the measure of the trips of everybody.
const EVERYBODY: &str = "all";
const TRIPS: &str = "trips";
/// Trips a day above which no mean of a region is.
const MOST_TRIPS: f64 = 20.0;

/// Shares of the persons of a kind who stay at home, work or learn on a weekday, and (`all`, `trips`) the mean trips of everybody.
/// What the table does not name is not asked for.
///
/// # Errors
/// As [`limit::csv()`]; a [`engine::Fault`] for a kind or a measure that is not known, for one with two rows, and for a share
/// outside 0 to 1.
pub fn read_days(path: impl AsRef<Path>) -> Result<Targets> {
    let mut table = limit::csv(path)?;
    let (kind, does, share) = (table.column("kind")?, table.column("measure")?, table.column("mean")?);
    let mut targets = Targets::default();
    while let Some(row) = table.advance()? {
        let (kinds, measures) = (Kind::ALL.map(Kind::label), Does::ALL.map(Does::label));
        if (row.text(kind), row.text(does)) == (EVERYBODY, TRIPS) {
            let trips = row.number(share)?;
            if !(0.0..=MOST_TRIPS).contains(&trips) {
                return Err(row.fault(share, "trips a person and day, 0 to 20").into());
            }
            if targets.trips.replace(trips).is_some() {
                return Err(row.row_fault("is the second of the trips of all").expected("one").into());
            }
            continue;
        }
        let Some(of) = kinds.iter().position(|name| *name == row.text(kind)) else {
            let advice = did_you_mean(row.text(kind), kinds.into_iter());
            return Err(row
                .fault(kind, &format!("one of {}, or all with trips", kinds.join(", ")))
                .advice(advice)
                .into());
        };
        let Some(what) = measures.iter().position(|name| *name == row.text(does)) else {
            let advice = did_you_mean(row.text(does), measures.into_iter());
            return Err(row.fault(does, &format!("one of {}", measures.join(", "))).advice(advice).into());
        };
        let number = row.number(share)?;
        if !(0.0..=1.0).contains(&number) {
            return Err(row.fault(share, "a share from 0 to 1").into());
        }
        if targets.shares[of][what].replace(number).is_some() {
            return Err(row
                .row_fault("is the second of its kind and measure")
                .expected("one row each")
                .into());
        }
    }
    Ok(targets)
}

//! Modes of tours, by purpose.
//!
//! A survey tells tours by how many sat in the car, a run asks who drove. That is for whoever makes the table to settle, since
//! only the survey knows: of a tour of two one drives, but a parent who takes a pupil to school is a driver on a tour of
//! another purpose. `car` are those who drive, `ride` those who are driven.
//!
//! Tours at work (out for lunch and back) are none of their own here: a run's tours begin and end at home.

use super::count;
use crate::limit::{self, did_you_mean};
use engine::choice::target::{PURPOSES, Targets, purpose_name};
use engine::mode::Mode;
use engine::{Fault, Result};
use std::path::Path;

/// Shares of modes in the tours from home, by purpose. A purpose that the table does not name is not asked for; of one
/// that it names, a mode without a row is one that nobody takes.
///
/// # Errors
/// As [`limit::csv()`]; a [`Fault`] for a purpose or mode that is not known, for one with two rows, for a purpose without
/// tours or without drivers of cars, to whom the constants of the other modes relate.
pub fn read_modes(path: impl AsRef<Path>) -> Result<Targets> {
    let path = path.as_ref();
    let mut table = limit::csv(path)?;
    let (purpose, mode, tours) = (table.column("purpose")?, table.column("mode")?, table.column("tours")?);
    let mut seen = [[None; Mode::ALL.len()]; PURPOSES.len()];
    while let Some(row) = table.advance()? {
        let Some(of) = PURPOSES.iter().position(|p| purpose_name(*p) == row.text(purpose)) else {
            let names = PURPOSES.iter().map(|p| purpose_name(*p));
            let advice = did_you_mean(row.text(purpose), names);
            return Err(row.fault(purpose, "work, school or other").advice(advice).into());
        };
        let Some(by) = Mode::ALL.iter().find(|mode_| mode_.name() == row.text(mode)) else {
            let advice = did_you_mean(row.text(mode), Mode::ALL.iter().map(|m| m.name()));
            return Err(row.fault(mode, "car, ride, transit, bike or walk").advice(advice).into());
        };
        if seen[of][*by as usize].replace(count(row, tours)?).is_some() {
            return Err(row
                .row_fault("is the second of its purpose and mode")
                .expected("one row each")
                .into());
        }
    }
    let mut targets = Targets::default();
    for (purpose, seen) in PURPOSES.iter().zip(seen).filter(|(_, seen)| seen.iter().any(Option::is_some)) {
        let counts = seen.map(Option::unwrap_or_default);
        if counts[Mode::Car as usize] <= 0.0 {
            return Err(Fault::new(path, purpose_name(*purpose), "has no tours by car")
                .expected("some: the other modes are measured against driving")
                .into());
        }
        targets.set(*purpose, counts);
    }
    Ok(targets)
}

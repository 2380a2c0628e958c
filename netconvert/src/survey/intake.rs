//! What a reader of a survey took in, and what it left out and why: nothing is dropped silently.
//!
//! Three tallies, by how much is lost: a row (the rest of its person may be read), a person-day, and nothing
//! (what was odd and kept). A survey is read to its end whatever is wrong with single rows; a table or column
//! that is missing is a fault of the whole.

use crate::tally::Tally;
use engine::Warning;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Why a person-day is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The survey itself says that there is no such day (out of town, too young for a diary, a time refused).
    Told(&'static str),
    /// The reader does not understand the day. Many of these stop the work.
    Odd(&'static str),
}

impl From<&'static str> for Reason {
    fn from(what: &'static str) -> Self {
        Self::Odd(what)
    }
}

/// What a survey's reader took in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Intake {
    /// Rows read, by table.
    pub rows: BTreeMap<String, usize>,
    /// Rows of a table that could not be read, by reason.
    pub rows_left_out: Tally,
    /// Person-days that were found.
    pub days_found: u64,
    /// Person-days that are no day, by reason. `days_found` less these were kept.
    pub days_left_out: Tally,
    /// What was odd and kept, by kind.
    pub noted: Tally,
}

impl Intake {
    /// Of a survey of which nothing is read yet; `path` is its folder or file.
    pub fn new(path: &Path) -> Self {
        let tally = || Tally::new(path);
        let (rows_left_out, days_left_out, noted) = (tally(), tally(), tally());
        Self { rows_left_out, days_left_out, noted, ..Self::default() }
    }

    /// Person-days kept.
    pub fn days_kept(&self) -> u64 {
        self.days_found.saturating_sub(self.days_left_out.total())
    }

    /// Counts a person-day, and the reason where it is left out.
    pub(crate) fn day<T>(&mut self, person: &str, day: Result<T, impl Into<Reason>>) -> Option<T> {
        self.days_found += 1;
        self.days_left_out.whole("days", 1);
        self.noted.whole("days", 1);
        match day.map_err(Into::into) {
            Ok(day) => return Some(day),
            Err(Reason::Told(what)) => self.days_left_out.part("days", what, person),
            Err(Reason::Odd(what)) => self.days_left_out.unknown("days", what, person),
        }
        None
    }

    /// One warning a kind of oddity.
    pub fn warnings(&self) -> Vec<Warning> {
        [&self.rows_left_out, &self.days_left_out, &self.noted]
            .into_iter()
            .flat_map(|tally| tally.clone().into_warnings())
            .collect()
    }
}

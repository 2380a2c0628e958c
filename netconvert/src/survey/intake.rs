//! What a reader of a survey took in, and what it left out and why: nothing is dropped silently.

use engine::Warning;
use serde::Serialize;
use std::collections::BTreeMap;

/// How often something was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// How often.
    pub count: usize,
    /// The first record (row number or person's key).
    pub first: String,
}

/// Counts what was odd, by kind, with the first record of each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tally(BTreeMap<String, Seen>);

impl Tally {
    /// One more of `what`, seen at `record`.
    pub(crate) fn count(&mut self, what: impl Into<String>, record: impl ToString) {
        let seen = self.0.entry(what.into()).or_default();
        if seen.count == 0 {
            seen.first = record.to_string();
        }
        seen.count += 1;
    }

    /// What was seen, by kind.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Seen)> {
        self.0.iter().map(|(what, seen)| (what.as_str(), seen))
    }

    /// One warning a kind.
    pub(crate) fn warnings(&self, file: &str) -> Vec<Warning> {
        let said = |(what, seen): (&str, &Seen)| {
            Warning::new(file, format!("{} and others, {} in all", seen.first, seen.count), what)
        };
        self.iter().map(said).collect()
    }

    fn total(&self) -> usize {
        self.0.values().map(|seen| seen.count).sum()
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
    pub days_found: usize,
    /// Person-days that are no day, by reason. `days_found` less these were kept.
    pub days_left_out: Tally,
    /// What was odd and kept, by kind.
    pub noted: Tally,
}

impl Intake {
    /// Person-days kept.
    pub fn days_kept(&self) -> usize {
        self.days_found.saturating_sub(self.days_left_out.total())
    }

    /// Counts a person-day, and the reason where it is left out.
    pub(crate) fn day<T>(&mut self, person: &str, day: Result<T, impl Into<String>>) -> Option<T> {
        self.days_found += 1;
        match day {
            Ok(day) => Some(day),
            Err(reason) => {
                self.days_left_out.count(reason, person);
                None
            }
        }
    }

    /// One warning a kind of oddity.
    pub fn warnings(&self, file: &str) -> Vec<Warning> {
        let mut warnings = self.rows_left_out.warnings(file);
        warnings.extend(self.days_left_out.warnings(file));
        warnings.extend(self.noted.warnings(file));
        warnings
    }
}

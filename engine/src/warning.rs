//! What was odd in the input and did not stop the work, and how much of it there may be.
//!
//! A reader counts what it does not understand among all that it read ([`Warning::unknown_of`]). One activity in ten thousand
//! of an unknown kind does no harm; a survey of which half is not understood gives days without work, and looks like a
//! result. [`too_much_unknown`] draws the line in one place for all readers.

use crate::Fault;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// Largest share of the records of a file that may be not understood, unless a user allows more.
pub const ALLOWED_UNKNOWN: f64 = 0.05;

/// Something odd in the input that did not stop the work; counted and shown, never swallowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The file it was seen in.
    pub file: String,
    /// Line, row, element or id.
    pub record: String,
    /// What was seen, and what was done about it.
    pub what: String,
    /// In how many records of the file it was seen; `record` is the first of them.
    pub count: u64,
    /// All the records among which these were seen, where their share says something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<Whole>,
}

/// All the records among which odd ones were seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    /// What they are, in the plural: `activities`.
    pub of: String,
    /// How many there are, the odd ones among them.
    pub count: u64,
    /// Whether the odd ones were not understood: too many of them stop the work.
    pub unknown: bool,
}

impl Whole {
    /// What share of it `part` records are, in words: `3.1 % of 66082 links`.
    pub fn share_of(&self, part: u64) -> String {
        format!("{} of {} {}", percent(part, self.count), self.count, self.of)
    }
}

impl Warning {
    /// A warning about `file` at `record` alone.
    pub fn new(file: impl AsRef<Path>, record: impl fmt::Display, what: impl Into<String>) -> Self {
        let (file, record) = (file.as_ref().display().to_string(), record.to_string());
        Self { file, record, what: what.into(), count: 1, whole: None }
    }

    /// The same, seen in `count` records, of which the given one is the first.
    pub fn seen(self, count: u64) -> Self {
        Self { count, ..self }
    }

    /// The same, among `count` records in all: its share is told. `of` names them in the plural.
    pub fn among(self, of: impl Into<String>, count: u64) -> Self {
        Self { whole: Some(Whole { of: of.into(), count, unknown: false }), ..self }
    }

    /// The same, among `count` records in all, and not understood: [`too_much_unknown`] limits its share.
    pub fn unknown_of(self, of: impl Into<String>, count: u64) -> Self {
        Self { whole: Some(Whole { of: of.into(), count, unknown: true }), ..self }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if !self.record.is_empty() {
            write!(f, "{}:", self.record)?;
        }
        f.write_str(" ")?;
        if self.count > 1 {
            write!(f, "{} × ", self.count)?;
        }
        write!(f, "{}", self.what)?;
        match &self.whole {
            Some(whole) => write!(f, " ({})", whole.share_of(self.count)),
            None => Ok(()),
        }
    }
}

/// A share in words; what is not nothing is never told as 0.0 %.
fn percent(part: u64, whole: u64) -> String {
    match 100.0 * part as f64 / whole.max(1) as f64 {
        small if part > 0 && small < 0.1 => "under 0.1 %".into(),
        share => format!("{share:.1} %"),
    }
}

/// One fault for each kind of record of which a file holds more that was not understood than `allowed`, a share between 0
/// and 1. Kinds of the same records add up: 4 % with one unknown word and 4 % with another are 8 %.
pub fn too_much_unknown(warnings: &[Warning], allowed: f64) -> Vec<Fault> {
    let unknown = |w: &&Warning| w.whole.as_ref().is_some_and(|whole| whole.unknown);
    let unknown: Vec<&Warning> = warnings.iter().filter(unknown).collect();
    let place = |w: &Warning| (w.file.clone(), w.whole.as_ref().map(|whole| whole.of.clone()));
    let mut places: Vec<_> = unknown.iter().map(|w| place(w)).collect();
    places.sort_unstable();
    places.dedup();
    let fault = |(file, of): (String, Option<String>)| {
        let of = of?;
        let here =
            || unknown.iter().filter(|w| w.file == file && w.whole.as_ref().is_some_and(|x| x.of == of));
        let total = here().filter_map(|w| w.whole.as_ref()).map(|whole| whole.count).max()?;
        let count: u64 = here().map(|w| w.count).sum();
        // Of equals the first by its words, whatever the order of the warnings.
        let most = here().max_by(|a, b| a.count.cmp(&b.count).then_with(|| b.what.cmp(&a.what)))?;
        let share = count as f64 / total.max(1) as f64;
        let hundredths = (count * 100).div_ceil(total.max(1));
        (share > allowed).then(|| {
            let what = format!(
                "{} of {total} {of} are not understood, {} of them: {}",
                percent(count, total),
                most.count,
                most.what
            );
            Fault::new(&file, &most.record, what)
                .expected(format!("at most {:.1} %", allowed * 100.0))
                .advice(format!(
                    "mend the file, or go on with --allow-unknown {:.2}",
                    hundredths as f64 / 100.0
                ))
        })
    };
    places.into_iter().filter_map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd(what: &str, count: u64) -> Warning {
        Warning::new("a.csv", 7, what).seen(count)
    }

    #[test]
    fn a_share_is_told() {
        assert_eq!(odd("odd", 2).to_string(), "a.csv:7: 2 × odd");
        assert_eq!(Warning::new("a.csv", "", "is empty").to_string(), "a.csv: is empty");
        assert_eq!(odd("odd", 2).among("links", 16).to_string(), "a.csv:7: 2 × odd (12.5 % of 16 links)");
        assert!(odd("odd", 1).among("links", 9999).to_string().ends_with("odd (under 0.1 % of 9999 links)"));
    }

    #[test]
    fn shares_of_the_same_records_add_up() {
        let unknown = |what, count| odd(what, count).unknown_of("days", 100);
        let two = [unknown("no age", 4), unknown("no home", 3), odd("late", 90).among("days", 100)];
        let faults = too_much_unknown(&two, 0.05);
        assert_eq!(
            faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "a.csv:7: 7.0 % of 100 days are not understood, 4 of them: no age — expected at most 5.0 % — mend the file, \
              or go on with --allow-unknown 0.07"
            ]
        );
        assert!(too_much_unknown(&two, 0.07).is_empty());
        assert!(too_much_unknown(&two[..1], 0.05).is_empty());
        assert!(too_much_unknown(&[odd("x", 9).unknown_of("trips", 9)], 1.0).is_empty());
    }
}

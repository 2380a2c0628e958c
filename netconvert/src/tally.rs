//! The one counter of oddities: a file with ten thousand odd rows gives one warning, not ten thousand.

use engine::Warning;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

/// How often something was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// How often.
    pub count: u64,
    /// The first record: a line, a row number or a person's key.
    pub first: String,
    /// Among which records it was seen, and whether it was not understood.
    #[serde(skip)]
    among: Option<(&'static str, bool)>,
}

/// Counts what was odd in one file or folder, by kind; the first record of each kind is kept as the example. As JSON it
/// is a table of [`Seen`] by kind.
///
/// Where the share of what is odd matters, it is counted among named records ([`Tally::part`], [`Tally::unknown`]), of
/// which [`Tally::whole`] says how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tally {
    #[serde(skip)]
    file: String,
    kinds: BTreeMap<String, Seen>,
    #[serde(skip)]
    wholes: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// An empty tally of `file`.
    pub fn new(file: impl AsRef<Path>) -> Self {
        Self { file: file.as_ref().display().to_string(), ..Self::default() }
    }

    /// Counts one more record of a kind. `kind` says what was seen and what was done about it.
    pub fn add(&mut self, kind: impl AsRef<str>, record: impl Display) {
        self.count_in(None, kind.as_ref(), record, 1);
    }

    /// Counts one more record of a kind among all records `of` this name ("speeds"); the share is told, and may be any.
    pub fn part(&mut self, of: &'static str, kind: impl AsRef<str>, record: impl Display) {
        self.count_in(Some((of, false)), kind.as_ref(), record, 1);
    }

    /// As [`Tally::part`], of a record that stands for `n` of the whole.
    pub fn part_of(&mut self, of: &'static str, kind: impl AsRef<str>, record: impl Display, n: u64) {
        self.count_in(Some((of, false)), kind.as_ref(), record, n);
    }

    /// Counts one more record that was not understood among all records `of` this name ("activities"). More than a small
    /// share of them stops the work ([`engine::warning::too_much_unknown`]).
    pub fn unknown(&mut self, of: &'static str, kind: impl AsRef<str>, record: impl Display) {
        self.count_in(Some((of, true)), kind.as_ref(), record, 1);
    }

    /// Adds `count` to the number of all records `of` this name, the odd ones among them.
    pub fn whole(&mut self, of: &'static str, count: u64) {
        *self.wholes.entry(of).or_default() += count;
    }

    fn count_in(&mut self, among: Option<(&'static str, bool)>, kind: &str, record: impl Display, n: u64) {
        match self.kinds.get_mut(kind) {
            Some(seen) => seen.count += n,
            None => {
                let seen = Seen { count: n, first: record.to_string(), among };
                self.kinds.insert(kind.to_string(), seen);
            }
        }
    }

    /// How many records of a kind were counted.
    pub fn count(&self, kind: &str) -> u64 {
        self.kinds.get(kind).map_or(0, |seen| seen.count)
    }

    /// How many records were counted, of all kinds together.
    pub fn total(&self) -> u64 {
        self.kinds.values().map(|seen| seen.count).sum()
    }

    /// What was seen, in the order of the kinds.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Seen)> {
        self.kinds.iter().map(|(kind, seen)| (kind.as_str(), seen))
    }

    /// One warning a kind, in the order of the kinds, at the first record.
    pub fn into_warnings(self) -> Vec<Warning> {
        let Self { file, kinds, wholes } = self;
        let warning = |(kind, seen): (String, Seen)| {
            let warning = Warning::new(&file, seen.first, kind).seen(seen.count);
            // Where nobody counted the whole, what was seen of it is all that is known.
            let whole = |of| wholes.get(of).copied().unwrap_or(seen.count);
            match seen.among {
                None => warning,
                Some((of, false)) => warning.among(of, whole(of)),
                Some((of, true)) => warning.unknown_of(of, whole(of)),
            }
        };
        kinds.into_iter().map(warning).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_warning_a_kind_with_its_first_record() {
        let mut tally = Tally::new("a.csv");
        for line in 2..5 {
            tally.add("no speed, taken as 30 mph", line);
        }
        tally.add("a loop", 9);
        assert_eq!((tally.count("a loop"), tally.total()), (1, 4));
        let warnings: Vec<String> = tally.into_warnings().iter().map(ToString::to_string).collect();
        assert_eq!(warnings, ["a.csv:9: a loop", "a.csv:2: 3 × no speed, taken as 30 mph"]);
    }

    #[test]
    fn shares_are_told_among_all_records_of_a_name() {
        let mut tally = Tally::new("a.csv");
        tally.whole("links", 3);
        tally.whole("links", 5);
        tally.part("links", "no lanes", 1);
        tally.unknown("links", "speed \"fast\" is not known", 2);
        tally.unknown("turns", "no via", 3);
        let warnings = tally.into_warnings();
        let told: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "a.csv:1: no lanes (12.5 % of 8 links)",
                "a.csv:3: no via (100.0 % of 1 turns)",
                "a.csv:2: speed \"fast\" is not known (12.5 % of 8 links)"
            ]
        );
        let unknown = |w: &Warning| w.whole.as_ref().is_some_and(|whole| whole.unknown);
        assert_eq!(warnings.iter().map(unknown).collect::<Vec<_>>(), [false, true, true]);
    }
}

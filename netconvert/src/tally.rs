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
}

/// Counts what was odd in one file or folder, by kind; the first record of each kind is kept as the example. As JSON it
/// is a table of [`Seen`] by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tally {
    #[serde(skip)]
    file: String,
    kinds: BTreeMap<String, Seen>,
}

impl Tally {
    /// An empty tally of `file`.
    pub fn new(file: impl AsRef<Path>) -> Self {
        Self { file: file.as_ref().display().to_string(), kinds: BTreeMap::new() }
    }

    /// Counts one more record of a kind. `kind` says what was seen and what was done about it.
    pub fn add(&mut self, kind: impl AsRef<str>, record: impl Display) {
        let kind = kind.as_ref();
        match self.kinds.get_mut(kind) {
            Some(seen) => seen.count += 1,
            None => {
                self.kinds.insert(kind.to_string(), Seen { count: 1, first: record.to_string() });
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
        let Self { file, kinds } = self;
        let warning = |(kind, seen): (String, Seen)| Warning::new(&file, seen.first, kind).seen(seen.count);
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
}

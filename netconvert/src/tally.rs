//! Warnings counted by kind: a file with ten thousand odd rows gives one line, not ten thousand.

use engine::Warning;
use std::collections::BTreeMap;

/// Counts what was odd in one file; the first record of each kind is kept as the example.
#[derive(Debug, Clone)]
pub struct Tally {
    file: String,
    kinds: BTreeMap<String, (u64, String)>,
}

impl Tally {
    /// An empty tally of `file`.
    pub fn new(file: impl AsRef<std::path::Path>) -> Self {
        Self { file: file.as_ref().display().to_string(), kinds: BTreeMap::new() }
    }

    /// Counts one more record of a kind. `kind` says what was seen and what was done about it.
    pub fn add(&mut self, kind: &str, record: impl std::fmt::Display) {
        match self.kinds.get_mut(kind) {
            Some((count, _)) => *count += 1,
            None => {
                self.kinds.insert(kind.to_string(), (1, record.to_string()));
            }
        }
    }

    /// How many records of a kind were counted.
    pub fn count(&self, kind: &str) -> u64 {
        self.kinds.get(kind).map_or(0, |(count, _)| *count)
    }

    /// One warning a kind, in the order of the kinds: "`count` × `kind`", at the first record.
    pub fn into_warnings(self) -> Vec<Warning> {
        let Self { file, kinds } = self;
        kinds
            .into_iter()
            .map(|(kind, (count, first))| Warning::new(&file, first, format!("{count} × {kind}")))
            .collect()
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
        assert_eq!(tally.count("a loop"), 1);
        let warnings: Vec<String> = tally.into_warnings().iter().map(ToString::to_string).collect();
        assert_eq!(warnings, ["a.csv:9: 1 × a loop", "a.csv:2: 3 × no speed, taken as 30 mph"]);
    }
}

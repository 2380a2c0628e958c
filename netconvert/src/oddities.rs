//! Warnings counted by kind: a thousand equal oddities become one line with a count and the first place.

use engine::Warning;
use std::collections::BTreeMap;
use std::path::Path;

/// Counts warnings by kind.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    kinds: BTreeMap<String, (u64, String)>,
}

impl Tally {
    /// Counts one more of `kind`, first seen at `record`.
    pub(crate) fn add(&mut self, record: impl std::fmt::Display, kind: impl Into<String>) {
        self.kinds.entry(kind.into()).or_insert_with(|| (0, record.to_string())).0 += 1;
    }

    /// One warning a kind, in the order of the kinds' words.
    pub(crate) fn warnings(self, path: &Path) -> Vec<Warning> {
        self.kinds
            .into_iter()
            .map(|(kind, (n, record))| match n {
                1 => Warning::new(path, record, kind),
                _ => Warning::new(path, record, format!("{kind} ({n} times; the first is named)")),
            })
            .collect()
    }
}

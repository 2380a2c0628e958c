//! What the codes of the surveys mean: `purposes.csv`, one line a code, is the only place that says it.
//!
//! Columns: `survey`, `code` (as it stands in the files; matched in lower case), `label` (the code's own name,
//! shortened; empty where the code is a name), `activity` and `why`. An activity is a
//! [`Activity::label`], or one of
//! - `change`: a change of vehicle, part of the trip around it;
//! - `travel`: a trip (time-use surveys);
//! - `inherit`: what the stay is for is told by its other activities (sleep, washing);
//! - `drop`: not told.
//!
//! A line that begins with `#` says where a survey's codes come from.

use engine::activity::Activity;
use std::collections::BTreeMap;

const TABLE: &str = include_str!("purposes.csv");

/// What a code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// An activity of ours.
    Activity(Activity),
    /// A change of vehicle.
    Change,
    /// A trip.
    Travel,
    /// Told by what else is done in the same stay.
    Inherit,
    /// Not told.
    Drop,
}

/// The codes of one survey.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Purposes(BTreeMap<String, Meaning>);

impl Purposes {
    /// The codes of the survey that the table calls `survey`.
    pub(crate) fn of(survey: &str) -> Self {
        Self(
            rows()
                .filter(|row| row.survey == survey)
                .map(|row| (row.code.to_lowercase(), row.meaning))
                .collect(),
        )
    }

    /// The meaning of a code, if the table has it: as it stands, else without the zeros before it and the `.0` behind it,
    /// with which some files write their numbers.
    pub(crate) fn get(&self, code: &str) -> Option<Meaning> {
        let code = code.trim().to_lowercase();
        let bare = || {
            let bare = crate::code::bare(&code);
            self.0.get(bare).copied()
        };
        self.0.get(code.as_str()).copied().or_else(bare)
    }

    /// The meaning of the longest code that `code` begins with (the tiers of ATUS).
    pub(crate) fn longest(&self, code: &str) -> Option<Meaning> {
        (1..=code.len()).rev().find_map(|length| self.0.get(code.get(..length)?).copied())
    }
}

struct Row {
    survey: String,
    code: String,
    meaning: Meaning,
}

/// The lines of the table. Those that cannot be read are left out; a test finds them.
fn rows() -> impl Iterator<Item = Row> {
    let reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(TABLE.as_bytes());
    reader.into_records().filter_map(|record| {
        let record = record.ok()?;
        let meaning = match record.get(3)? {
            "change" => Meaning::Change,
            "travel" => Meaning::Travel,
            "inherit" => Meaning::Inherit,
            "drop" => Meaning::Drop,
            label => Meaning::Activity(Activity::parse(label)?),
        };
        Some(Row { survey: record.get(0)?.to_owned(), code: record.get(1)?.to_owned(), meaning })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_no_code_stands_twice() {
        let lines = TABLE.lines().skip(1).filter(|line| !line.starts_with('#')).count();
        let rows: Vec<Row> = rows().collect();
        assert_eq!(rows.len(), lines);
        let mut keys: Vec<(&str, String)> =
            rows.iter().map(|row| (row.survey.as_str(), row.code.to_lowercase())).collect();
        keys.sort();
        let n = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), n);
    }

    #[test]
    fn codes_are_found() {
        assert_eq!(Purposes::of("nhts2017").get(" 12 "), Some(Meaning::Activity(Activity::ShopServices)));
        assert_eq!(Purposes::of("nhts2022").get("12"), Some(Meaning::Activity(Activity::MealsOut)));
        assert_eq!(Purposes::of("nhts2022").get("03"), Some(Meaning::Activity(Activity::Work)));
        assert_eq!(Purposes::of("nhts2022").get("3.0"), Some(Meaning::Activity(Activity::Work)));
        assert_eq!(Purposes::of("nhts2022").get("-9"), None);
        let atus = Purposes::of("atus");
        assert_eq!(atus.longest("120303"), Some(Meaning::Activity(Activity::Home)));
        assert_eq!(atus.longest("120399"), Some(Meaning::Activity(Activity::Leisure)));
        assert_eq!(atus.longest("990000"), None);
    }
}

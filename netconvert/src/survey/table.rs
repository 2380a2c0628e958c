//! Tables of surveys: found by name in a folder, read through [`crate::limit`], bad rows counted.
//!
//! Fields come as text, trimmed, and words for a missing value (`NA`) as the empty text. The functions below turn them into values and give `None` for what is outside the range a
//! value can have. Codes and keys go through [`code`], because one and the same file writes `1`, `01` or `1.0`, by the
//! program that made it.

use super::intake::Intake;
pub(crate) use crate::code::bare as code;
use crate::limit::{Csv, CsvForm, csv_form};
use chrono::{Datelike, NaiveDate};
use engine::{Fault, Result, disk};
use std::path::{Path, PathBuf};

/// Longest field kept, bytes: a key or a code is short; what is longer is not one.
const FIELD_LIMIT: usize = 4096;

/// The table of a folder whose file name (lower case, without `.gz`) `fits`, the first by name.
///
/// # Errors
/// The folder cannot be listed.
pub(crate) fn find(folder: &Path, fits: impl Fn(&str) -> bool) -> Result<Option<PathBuf>> {
    let name = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        name.strip_suffix(".gz").map(str::to_owned).unwrap_or(name)
    };
    let is_table = |name: &str| [".csv", ".txt", ".dat"].iter().any(|ending| name.ends_with(ending));
    let files = if folder.is_dir() { disk::list(folder)? } else { vec![folder.to_path_buf()] };
    Ok(files.into_iter().find(|path| {
        let name = name(path);
        is_table(&name) && fits(&name)
    }))
}

/// [`find`], and a [`Fault`] where there is none.
pub(crate) fn need(folder: &Path, what: &str, fits: impl Fn(&str) -> bool) -> Result<PathBuf> {
    find(folder, fits)?.ok_or_else(|| {
        Fault::new(folder, "", format!("holds no table of {what}"))
            .expected("a .csv or .csv.gz file with the survey's own name")
            .into()
    })
}

/// Calls `take` with the named columns of each row of a table, trimmed. A column is given as `name`, as `a|b` (either
/// name), or as `?name` (empty where the table has none); names are matched without regard to case. A row that `take`
/// refuses (naming a column) or that is no text is left out and counted.
///
/// # Errors
/// As [`crate::limit::csv()`], and a [`Fault`] where a column is missing.
pub(crate) fn read<const N: usize>(
    path: &Path,
    columns: &[&str; N],
    intake: &mut Intake,
    mut take: impl FnMut([&str; N], &mut Intake) -> Result<(), &'static str>,
) -> Result<()> {
    let mut table = csv_form(path, CsvForm { ragged: true, ..CsvForm::default() })?;
    let places = places(&table, columns)?;
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut n_rows = 0;
    while let Some(row) = table.advance_past_odd()? {
        n_rows += 1;
        let row = match row {
            Ok(row) => row,
            Err(line) => {
                intake.rows_left_out.unknown("rows", format!("row of {file}: no text"), line);
                continue;
            }
        };
        let fields = places.map(|place| row.text_if(place));
        let kept = if fields.iter().any(|field| field.len() > FIELD_LIMIT) {
            Err("a field")
        } else {
            take(fields, intake)
        };
        if let Err(column) = kept {
            let what = format!("row of {file}: {column} is no value of its kind");
            intake.rows_left_out.unknown("rows", what, row.line());
        }
    }
    intake.rows_left_out.whole("rows", n_rows as u64);
    *intake.rows.entry(file).or_default() += n_rows;
    Ok(())
}

/// Where the columns are; an optional one may be nowhere.
fn places<const N: usize>(table: &Csv, columns: &[&str; N]) -> Result<[Option<usize>; N]> {
    let mut places = [None; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let names: Vec<&str> = column.trim_start_matches('?').split('|').collect();
        *place = match column.starts_with('?') {
            true => names.iter().find_map(|name| table.find(name)),
            false => Some(table.column_of(&names)?),
        };
    }
    Ok(places)
}

/// Whether a code is one of those that surveys use for "not asked", "refused" and "not known", or empty.
pub(crate) fn is_not_told(text: &str) -> bool {
    matches!(code(text), "" | "-1" | "-2" | "-3" | "-7" | "-8" | "-9" | "-77" | "-88" | "-97" | "-98" | "-99")
}

/// A number within bounds.
pub(crate) fn number(text: &str, low: f64, high: f64) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| (low..=high).contains(value))
}

/// Years of age, 0 to 120, fractions cut; `None` where it is not told or no age. A text that is no number is refused.
pub(crate) fn age(text: &str) -> Result<Option<u8>, &'static str> {
    if !text.is_empty() && text.parse::<f64>().is_err() {
        return Err("the age");
    }
    Ok(number(text, 0.0, 120.0).map(|age| age as u8))
}

/// A survey weight, 0 to a thousand million; 1 where there is none. A text that is no weight is refused.
pub(crate) fn weight(text: &str) -> Result<f32, &'static str> {
    if text.is_empty() {
        return Ok(1.0);
    }
    number(text, 0.0, 1e9).map(|weight| weight as f32).ok_or("the weight")
}

/// Whether a cell holds a word, and not a number or a single letter.
pub(crate) fn is_word(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).count() > 2
}

/// Minutes since midnight of `hh:mm` or `hh:mm:ss`, up to 24:00.
pub(crate) fn clock_min(text: &str) -> Option<u32> {
    let mut parts = text.trim().split(':').map(|part| part.parse::<u32>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let fits = hour <= 24 && minute < 60 && second < 60 && parts.next().is_none();
    fits.then_some(hour * 60 + minute).filter(|&min| min <= 1440)
}

/// Day of the week (0 = Monday) of a date of the Gregorian calendar, 1900 to 2200; `None` for a date that is not there.
pub(crate) fn weekday(year: i64, month: i64, day: i64) -> Option<u8> {
    let year = i32::try_from(year).ok().filter(|year| (1900..=2200).contains(year))?;
    let date = NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
    Some(date.weekday().num_days_from_monday() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::file_of;

    #[test]
    fn columns_are_found_by_any_name_and_bad_rows_are_counted() {
        let text = b"\xEF\xBB\xBFID,Age_LGA\n1,20\n2,x\n3\n\xFF,7\n";
        let (_folder, path) = file_of("t.csv", text);
        let mut intake = Intake::default();
        let mut seen = Vec::new();
        let columns = ["id", "age|age_lga", "?sex"];
        read(&path, &columns, &mut intake, |[id, age, sex], _| {
            number(age, 0.0, 99.0).ok_or("age")?;
            seen.push(format!("{id}{age}{sex}"));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, ["120"]);
        assert_eq!(intake.rows["t.csv"], 4);
        let odd: Vec<(&str, u64, &str)> =
            intake.rows_left_out.iter().map(|(what, seen)| (what, seen.count, seen.first.as_str())).collect();
        let wanted =
            [("row of t.csv: age is no value of its kind", 2, "3"), ("row of t.csv: no text", 1, "5")];
        assert_eq!(odd, wanted);
        let missing = read(&path, &["no|none"], &mut intake, |_, _| Ok(()));
        let missing = missing.unwrap_err().to_string();
        assert!(missing.contains("t.csv:1: has no column \"no\" or \"none\""), "{missing}");
    }

    #[test]
    fn missing_values_and_bad_ones_are_told_apart() {
        assert!(is_not_told("-9") && is_not_told("-8.0") && is_not_told("") && !is_not_told("-30"));
        assert_eq!(
            (age("41,5"), age("-9"), age("41.5"), age("999")),
            (Err("the age"), Ok(None), Ok(Some(41)), Ok(None))
        );
        assert_eq!((weight(""), weight("2,5"), weight("2.5")), (Ok(1.0), Err("the weight"), Ok(2.5)));
    }

    #[test]
    fn clocks_and_dates() {
        assert_eq!((clock_min("07:05"), clock_min("24:00:00")), (Some(425), Some(1440)));
        assert_eq!([clock_min("24:01"), clock_min("7"), clock_min("1:60"), clock_min("a:1")], [None; 4]);
        // 22 November 2026 is a Sunday, 29 February 2024 was a Thursday.
        assert_eq!((weekday(2026, 11, 22), weekday(2024, 2, 29)), (Some(6), Some(3)));
        assert_eq!((weekday(2024, 13, 1), weekday(2023, 2, 29), weekday(2024, -1, 1)), (None, None, None));
    }
}

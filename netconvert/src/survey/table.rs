//! Tables of surveys: found by name in a folder, unpacked, columns by name, bad rows counted.

use super::intake::Intake;
use chrono::{Datelike, NaiveDate};
use engine::{Error, Fault, Result, disk};
use flate2::read::MultiGzDecoder;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// Largest file read, bytes, packed or not.
const FILE_LIMIT: u64 = 512 << 20;
/// Largest table read, bytes, unpacked.
const LIMIT: u64 = 2 << 30;
/// Most rows of a table.
const ROW_LIMIT: usize = 50_000_000;
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

/// The bytes of a table, unpacked where it is gzip; refused when it is cut short or too large.
pub(crate) fn load(path: &Path) -> Result<Vec<u8>> {
    let bytes = disk::read(path, FILE_LIMIT)?;
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes.as_slice()).take(LIMIT + 1).read_to_end(&mut unpacked).map_err(|e| {
        Error::from(Fault::new(path, "", format!("is no whole gzip file: {e}")).advice("fetch it again"))
    })?;
    if unpacked.len() as u64 > LIMIT {
        return Err(Fault::new(path, "", format!("unpacks to more than {LIMIT} bytes")).into());
    }
    Ok(unpacked)
}

/// Reads a table from its file: [`each_row`] of [`load`].
pub(crate) fn read<const N: usize>(
    path: &Path,
    columns: &[&str; N],
    intake: &mut Intake,
    take: impl FnMut([&str; N], &mut Intake) -> Result<(), &'static str>,
) -> Result<()> {
    each_row(path, &load(path)?, columns, intake, take)
}

/// Calls `take` with the named columns of each row, trimmed. A column is given as `name`, as `a|b` (either
/// name), or as `?name` (empty where the table has none); names are matched without regard to case. A row
/// that `take` refuses (naming a column) or that is no text is left out and counted.
///
/// # Errors
/// A [`Fault`] where a column is missing or the table has too many rows.
pub(crate) fn each_row<const N: usize>(
    path: &Path,
    bytes: &[u8],
    columns: &[&str; N],
    intake: &mut Intake,
    mut take: impl FnMut([&str; N], &mut Intake) -> Result<(), &'static str>,
) -> Result<()> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(Cursor::new(bytes));
    let header = reader.headers().map_err(|e| Fault::new(path, 1, e.to_string()))?.clone();
    let places = places(path, &header, columns)?;
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut record = csv::StringRecord::new();
    let mut n_rows = 0;
    for row in 2.. {
        let read = reader.read_record(&mut record);
        if matches!(read, Ok(false)) {
            break;
        }
        n_rows += 1;
        if row > ROW_LIMIT {
            return Err(Fault::new(path, row, "too many rows")
                .expected(format!("at most {ROW_LIMIT}"))
                .into());
        }
        if read.is_err() {
            intake.rows_left_out.count(format!("row of {file}: no text"), row);
            continue;
        }
        let fields = places.map(|place| place.and_then(|at| record.get(at)).unwrap_or("").trim());
        let kept = if fields.iter().any(|field| field.len() > FIELD_LIMIT) {
            Err("a field")
        } else {
            take(fields, intake)
        };
        if let Err(column) = kept {
            intake.rows_left_out.count(format!("row of {file}: {column} is no value of its kind"), row);
        }
    }
    *intake.rows.entry(file).or_default() += n_rows;
    Ok(())
}

fn places<const N: usize>(
    path: &Path,
    header: &csv::StringRecord,
    columns: &[&str; N],
) -> Result<[Option<usize>; N]> {
    let mut places = [None; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let names = column.strip_prefix('?').unwrap_or(column);
        let named = |name: &str| header.iter().position(|own| own.trim().eq_ignore_ascii_case(name));
        *place = names.split('|').find_map(named);
        if place.is_none() && !column.starts_with('?') {
            return Err(Fault::new(path, 1, format!("no column {}", names.replace('|', " or ")))
                .expected(format!("columns {}", columns.join(", ").replace('?', "")))
                .into());
        }
    }
    Ok(places)
}

/// A number within bounds.
pub(crate) fn number(text: &str, low: f64, high: f64) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| (low..=high).contains(value))
}

/// Years of age; `None` where it is not told.
pub(crate) fn age(text: &str) -> Option<u8> {
    number(text, 0.0, 120.0).map(|age| age as u8)
}

/// A survey weight; 1 where there is none.
pub(crate) fn weight(text: &str) -> f32 {
    number(text, 0.0, 1e9).map_or(1.0, |weight| weight as f32)
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

    #[test]
    fn columns_are_found_by_any_name_and_bad_rows_are_counted() {
        let text = b"\xEF\xBB\xBFID,Age_LGA\n1,20\n2,x\n3\n";
        let mut intake = Intake::default();
        let mut seen = Vec::new();
        let columns = ["id", "age|age_lga", "?sex"];
        each_row(Path::new("t.csv"), text, &columns, &mut intake, |[id, age, sex], _| {
            number(age, 0.0, 99.0).ok_or("age")?;
            seen.push(format!("{id}{age}{sex}"));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, ["120"]);
        assert_eq!(intake.rows["t.csv"], 3);
        let (what, odd) = intake.rows_left_out.iter().next().unwrap();
        assert_eq!((what, odd.count), ("row of t.csv: age is no value of its kind", 2));
        let missing = each_row(Path::new("t.csv"), text, &["no|none"], &mut intake, |_, _| Ok(()));
        assert!(missing.unwrap_err().to_string().contains("t.csv:1: no column no or none"));
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

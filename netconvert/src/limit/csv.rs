//! Delimited text, read by column name, with errors that name file, line and column.

use super::newline::PlainNewlines;
use super::{Budget, Input, did_you_mean, open, read_error};
use csv::{ByteRecord, StringRecord};
use engine::{Error, Fault, Result};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvForm {
    /// Byte between cells: `b','`, `b';'` or `b'\t'`.
    pub delimiter: u8,
    /// Whether the first row holds the names of the columns.
    pub header: bool,
    /// Whether `"` quotes cells; PeMS metadata has lone quotes in names.
    pub quoting: bool,
    /// Whether rows may be shorter or longer than the first; missing cells read as empty.
    pub ragged: bool,
}

impl Default for CsvForm {
    fn default() -> Self {
        Self { delimiter: b',', header: true, quoting: true, ragged: false }
    }
}

/// Opens a comma-separated table with a header (UTF-8, compressed or not).
///
/// # Errors
/// As [`super::open`], and a [`Fault`] when there is no header or a name occurs twice.
pub fn csv(path: impl AsRef<Path>) -> Result<Csv> {
    csv_form(path, CsvForm::default())
}

/// Opens a table without a header, whose rows may differ in length; cells are found by position.
///
/// # Errors
/// As [`super::open`].
pub fn csv_bare(path: impl AsRef<Path>, delimiter: u8) -> Result<Csv> {
    csv_form(path, CsvForm { delimiter, header: false, quoting: true, ragged: true })
}

/// Opens a table of any form.
///
/// # Errors
/// As [`csv()`].
pub fn csv_form(path: impl AsRef<Path>, form: CsvForm) -> Result<Csv> {
    let path = path.as_ref();
    let reader = csv::ReaderBuilder::new()
        .delimiter(form.delimiter)
        .has_headers(false)
        .quoting(form.quoting)
        .flexible(form.ragged)
        .from_reader(PlainNewlines::new(Budget::new(open(path)?)));
    let (header, used, record) = (Vec::new(), Vec::new(), StringRecord::new());
    let mut table = Csv { path: path.to_path_buf(), reader, header, used, record, line: 0 };
    if form.header {
        if !table.take_row()? {
            return Err(Fault::new(path, "", "is empty")
                .expected("a header with the names of the columns")
                .into());
        }
        if table.record.get(0).is_some_and(|first| first.starts_with("\u{fffd}\u{fffd}")) {
            return Err(Fault::new(path, 1, "is not UTF-8 text").advice("save it as UTF-8").into());
        }
        table.header = table.record.iter().map(|name| name.trim().to_string()).collect();
        if let Some(first) = table.header.first_mut() {
            *first = first.trim_start_matches('\u{feff}').trim_matches('"').trim().to_string();
        }
        table.used = vec![Cell::new(false); table.header.len()];
    }
    Ok(table)
}

/// A table being read, row by row.
pub struct Csv {
    path: PathBuf,
    reader: csv::Reader<PlainNewlines<Budget<Input>>>,
    header: Vec<String>,
    /// Which columns somebody asked for: only their cells need to be text. Names of streets in another encoding harm nobody
    /// who does not read them. Without a header all columns count as asked for.
    used: Vec<Cell<bool>>,
    record: StringRecord,
    /// Line at which `record` begins, from 1.
    line: u64,
}

impl Csv {
    /// The names of the columns; empty without a header.
    pub fn header(&self) -> &[String] {
        // Whoever looks for columns on its own may use any of them.
        self.used.iter().for_each(|used| used.set(true));
        &self.header
    }

    /// The file that is read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Position of the column `name` (exact, else without regard to case); `None` when there is none.
    pub fn find(&self, name: &str) -> Option<usize> {
        let exact = self.header.iter().position(|n| n == name);
        let found = exact.or_else(|| self.header.iter().position(|n| n.eq_ignore_ascii_case(name)))?;
        if let Some(used) = self.used.get(found) {
            used.set(true);
        }
        Some(found)
    }

    /// Position of the column `name`.
    ///
    /// # Errors
    /// A [`Fault`] with the columns found and the closest name.
    pub fn column(&self, name: &str) -> Result<usize> {
        self.column_of(&[name])
    }

    /// Position of the first of several possible names of one column.
    ///
    /// # Errors
    /// As [`Csv::column`].
    pub fn column_of(&self, names: &[&str]) -> Result<usize> {
        if let Some(position) = names.iter().find_map(|name| self.find(name)) {
            return Ok(position);
        }
        let mut found = self.header.join(", ");
        if found.chars().count() > 300 {
            found = found.chars().take(300).collect::<String>() + "…";
        }
        let wanted = names.join("\" or \"");
        if let [only] = self.header.as_slice()
            && let Some((mark, name)) =
                [(';', "semicolons"), ('\t', "tabs")].into_iter().find(|m| only.contains(m.0))
        {
            let n = only.matches(mark).count() + 1;
            return Err(Fault::new(
                &self.path,
                1,
                format!("has one column, whose name holds {n} names parted by {name}"),
            )
            .expected("cells parted by commas, with points in decimal numbers")
            .advice("save it with commas")
            .into());
        }
        let advice = names.iter().map(|n| did_you_mean(n, self.header.iter().map(String::as_str)));
        Err(Fault::new(&self.path, 1, format!("has no column \"{wanted}\""))
            .expected(format!("it among the columns found: {found}"))
            .advice(advice.into_iter().find(|a| !a.is_empty()).unwrap_or_default())
            .into())
    }

    /// The next row; `None` at the end of the file.
    ///
    /// # Errors
    /// A [`Fault`] for a row of another length, longer than the limit, or with a cell of a column that is asked for and is
    /// not UTF-8.
    pub fn advance(&mut self) -> Result<Option<Row<'_>>> {
        if !self.take_row()? {
            return Ok(None);
        }
        match self.odd_cell() {
            None => Ok(Some(Row { table: self })),
            Some(column) => {
                let name = self
                    .header
                    .get(column)
                    .map_or_else(|| format!("number {}", column + 1), |n| format!("\"{n}\""));
                let what = format!("is not UTF-8 text in column {name}");
                Err(Fault::new(&self.path, self.line, what).advice("save it as UTF-8").into())
            }
        }
    }

    /// As [`Csv::advance`], for a table whose odd rows are counted and left out: `Some(Err(line))` is a row that is not
    /// UTF-8.
    ///
    /// # Errors
    /// As [`Csv::advance`], less a row that is not UTF-8.
    pub fn advance_past_odd(&mut self) -> Result<Option<std::result::Result<Row<'_>, u64>>> {
        if !self.take_row()? {
            return Ok(None);
        }
        match self.odd_cell() {
            None => Ok(Some(Ok(Row { table: self }))),
            Some(_) => Ok(Some(Err(self.line))),
        }
    }

    /// Reads the next row; false at the end of the file. What is not UTF-8 in it becomes U+FFFD.
    fn take_row(&mut self) -> Result<bool> {
        self.reader.get_mut().inner().refill();
        let mut bytes = std::mem::take(&mut self.record).into_byte_record();
        match self.reader.read_byte_record(&mut bytes) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(error) => return Err(self.row_error(error)),
        }
        self.line = self.line_of(&bytes);
        self.record = StringRecord::from_byte_record(bytes).unwrap_or_else(|odd| {
            let bytes = odd.into_byte_record();
            let cells: Vec<_> = bytes.iter().map(String::from_utf8_lossy).collect();
            StringRecord::from_iter(cells.iter().map(AsRef::as_ref))
        });
        Ok(true)
    }

    /// Line at which a row begins: the reader knows where it went on from and where it is now, and what lies between are
    /// blank lines, the line ends inside quotes, and the end of the row.
    fn line_of(&self, row: &ByteRecord) -> u64 {
        let from = row.position().map_or(1, csv::Position::line);
        let passed = self.reader.position().line().saturating_sub(from);
        if passed <= 1 {
            return from;
        }
        let inside = row.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        from + passed.saturating_sub(1 + inside)
    }

    /// The first cell that was not UTF-8, of the columns that are asked for.
    fn odd_cell(&self) -> Option<usize> {
        if !self.record.as_slice().contains('\u{fffd}') {
            return None;
        }
        let used = |column: usize| self.used.get(column).is_none_or(Cell::get);
        (0..self.record.len()).find(|&column| used(column) && self.record[column].contains('\u{fffd}'))
    }

    fn row_error(&self, error: csv::Error) -> Error {
        let line = error.position().map_or_else(|| self.reader.position().line(), csv::Position::line);
        let fault = match error.into_kind() {
            csv::ErrorKind::Io(error) => return read_error(&self.path, line, error),
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                Fault::new(&self.path, line, format!("has {len} cells")).expected(format!("{expected_len}"))
            }
            other => Fault::new(&self.path, line, format!("cannot be read ({other:?})")),
        };
        fault.into()
    }
}

/// One row of a [`Csv`].
#[derive(Clone, Copy)]
pub struct Row<'a> {
    table: &'a Csv,
}

/// What R, pandas, spreadsheets, databases and SAS write into a cell without a value.
const MISSING: [&str; 6] = ["NA", "N/A", "#N/A", "NaN", "NULL", "."];

/// Whether a cell holds one of the words that programs write for a missing value.
pub(crate) fn is_missing(text: &str) -> bool {
    text.len() <= 4 && MISSING.iter().any(|word| text.eq_ignore_ascii_case(word))
}

impl<'a> Row<'a> {
    /// Line of the file at which the row starts, from 1.
    pub fn line(&self) -> u64 {
        self.table.line
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.table.record.len()
    }

    /// Whether the row has no cell.
    pub fn is_empty(&self) -> bool {
        self.table.record.is_empty()
    }

    /// The cell of a column without blanks around it; empty when the row is too short, and where the cell holds one of the
    /// words that programs write for a missing value (`NA`, `NaN`, `NULL`, a point alone).
    pub fn text(&self, column: usize) -> &'a str {
        let text = self.written(column);
        if is_missing(text) { "" } else { text }
    }

    /// The cell as it is written, without blanks around it.
    fn written(&self, column: usize) -> &'a str {
        self.table.record.get(column).unwrap_or("").trim()
    }

    /// The cell of a column that may be missing from the table.
    pub fn text_if(&self, column: Option<usize>) -> &'a str {
        column.map_or("", |c| self.text(c))
    }

    /// The cell as any type that can be read from text (whole numbers, say).
    ///
    /// # Errors
    /// A [`Fault`] `file:line` naming the column and the text; `expected` says what it should be.
    pub fn parse<T: FromStr>(&self, column: usize, expected: &str) -> Result<T> {
        let text = self.text(column);
        text.parse().map_err(|_| self.fault(column, expected).into())
    }

    /// The cell as a finite number.
    ///
    /// # Errors
    /// As [`Row::parse`].
    pub fn number(&self, column: usize) -> Result<f64> {
        match self.text(column).parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(self.fault(column, "a number").into()),
        }
    }

    /// The cell as a finite number; `None` when the cell is empty or the column is missing.
    ///
    /// # Errors
    /// As [`Row::parse`].
    pub fn number_if(&self, column: Option<usize>) -> Result<Option<f64>> {
        match column {
            Some(column) if !self.text(column).is_empty() => self.number(column).map(Some),
            _ => Ok(None),
        }
    }

    /// A fault about the cell of a column.
    pub fn fault(&self, column: usize, expected: &str) -> Fault {
        let name = match self.table.header.get(column) {
            Some(name) => format!("\"{name}\""),
            None => format!("number {}", column + 1),
        };
        let text: String = self.written(column).chars().take(80).collect();
        Fault::new(&self.table.path, self.line(), format!("column {name} is \"{text}\"")).expected(expected)
    }

    /// A fault about the whole row.
    pub fn row_fault(&self, what: impl Into<String>) -> Fault {
        Fault::new(&self.table.path, self.line(), what)
    }
}

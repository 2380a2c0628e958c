//! A workbook of Excel: first a sheet "Read me", then a sheet for each table. Rows go to a file as they come, so that a long
//! table needs no memory.

use super::{Added, File, Table, Writer};
use engine::sheet::{Cell, Sheet};
use engine::{Error, Result, disk};
use rust_xlsxwriter::{Format, Workbook as Book, Worksheet, XlsxError};
use std::path::{Path, PathBuf};

/// Most rows of a sheet, the header among them.
const MOST_ROWS: usize = 1_048_576;

/// Name of the first sheet.
const README: &str = "Read me";

/// Widest column, characters.
const WIDEST: usize = 60;

/// A workbook that is being filled.
pub(super) struct Workbook {
    path: PathBuf,
    book: Book,
    bold: Format,
    tables: Vec<Table>,
    left_out: Vec<String>,
}

impl Workbook {
    /// An empty one. Its first sheet is filled last.
    pub(super) fn new(path: &Path) -> Result<Self> {
        let mut book = Book::new();
        book.add_worksheet().set_name(README).map_err(|e| wrong(path, e))?;
        Ok(Self {
            path: path.into(),
            book,
            bold: Format::new().set_bold(),
            tables: Vec::new(),
            left_out: Vec::new(),
        })
    }
}

/// What the writer of workbooks says; a full disk is told as one.
fn wrong(path: &Path, error: XlsxError) -> Error {
    match error {
        XlsxError::IoError(e) => Error::io(path, e),
        other => Error::Other(format!("{}: {other}", path.display())),
    }
}

/// Writes a cell; one that is not known stays empty.
fn put(to: &mut Worksheet, (row, column): (u32, u16), cell: Cell<'_>) -> std::result::Result<(), XlsxError> {
    match cell {
        Cell::Empty => return Ok(()),
        Cell::Text(text) => to.write_string(row, column, text)?,
        Cell::Whole(n) => to.write_number(row, column, n as f64)?,
        Cell::Number(x) => to.write_number(row, column, x)?,
        Cell::Flag(flag) => to.write_boolean(row, column, flag)?,
    };
    Ok(())
}

/// A sheet below a header that stays in view, with a filter over its columns; `row` is the header's.
fn fill(to: &mut Worksheet, sheet: &Sheet, bold: &Format) -> std::result::Result<(), XlsxError> {
    to.set_freeze_panes(1, 0)?;
    for (column, of) in sheet.columns().iter().enumerate() {
        to.set_column_width(column as u16, (of.name.len() + 4).max(9) as f64)?;
        to.write_string_with_format(0, column as u16, of.name, bold)?;
    }
    for row in 0..sheet.height() {
        for (column, cell) in sheet.cells(row).enumerate() {
            put(to, (row as u32 + 1, column as u16), cell)?;
        }
    }
    to.autofilter(0, 0, sheet.height() as u32, (sheet.columns().len() as u16).saturating_sub(1))?;
    Ok(())
}

/// What was exported, what was left out, and what columns mean, one below the other.
fn read_me(
    to: &mut Worksheet,
    about: &Sheet,
    left_out: &[String],
    columns: &Sheet,
    bold: &Format,
) -> std::result::Result<(), XlsxError> {
    let mut widths = [0; 4];
    let mut line = 0;
    for row in 0..about.height() {
        for (column, cell) in about.cells(row).enumerate() {
            put(to, (line, column as u16), cell)?;
        }
        line += 1;
    }
    for text in left_out {
        to.write_string(line, 0, "left out")?;
        to.write_string(line, 1, text)?;
        line += 1;
    }
    line += 1;
    for (column, of) in columns.columns().iter().enumerate() {
        to.write_string_with_format(line, column as u16, of.name, bold)?;
    }
    for row in 0..columns.height() {
        line += 1;
        for (column, cell) in columns.cells(row).enumerate() {
            put(to, (line, column as u16), cell)?;
            if let (Cell::Text(text), Some(width)) = (cell, widths.get_mut(column)) {
                *width = text.chars().count().max(*width);
            }
        }
    }
    for (column, width) in widths.into_iter().enumerate() {
        to.set_column_width(column as u16, (width + 2).min(WIDEST) as f64)?;
    }
    Ok(())
}

impl Writer for Workbook {
    fn add(&mut self, sheet: &Sheet) -> Result<Added> {
        if sheet.height() >= MOST_ROWS {
            self.left_out.push(format!(
                "{}: its {} rows are more than a sheet of Excel holds; `wayfare export --csv` writes them",
                sheet.name,
                sheet.height()
            ));
            return Ok(Added::TooLong { most: MOST_ROWS - 1 });
        }
        let failed = |e| wrong(&self.path, e);
        let to = self.book.add_worksheet_with_low_memory().map_err(failed)?;
        to.set_name(sheet.name).map_err(failed)?;
        fill(to, sheet, &self.bold).map_err(failed)?;
        self.tables.push(Table::of(sheet));
        Ok(Added::Whole)
    }

    fn finish(mut self: Box<Self>, about: &Sheet, columns: &Sheet) -> Result<Vec<File>> {
        let path = self.path.clone();
        let failed = |e| wrong(&path, e);
        let first = self.book.worksheet_from_index(0).map_err(failed)?;
        read_me(first, about, &self.left_out, columns, &self.bold).map_err(failed)?;
        disk::write(&path, |file| self.book.save_to_writer(file).map_err(failed))?;
        Ok(vec![File { file: path, tables: self.tables }])
    }
}

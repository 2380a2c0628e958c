//! CSV: a header, then a row a line; what is not known is an empty cell. UTF-8 without a mark at its begin.

use super::{Added, File, Format, Table, Writer};
use engine::sheet::{Cell, Sheet};
use engine::{Error, Result, disk};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A folder of CSV files.
pub(super) struct Csv {
    folder: PathBuf,
    files: Vec<File>,
}

impl Csv {
    /// A folder, which is there.
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.into(), files: Vec::new() }
    }

    fn write(&mut self, sheet: &Sheet) -> Result<()> {
        let path = self.folder.join(format!("{}.{}", sheet.name, Format::Csv.name()));
        let wrong = |e: ::csv::Error| match e.into_kind() {
            ::csv::ErrorKind::Io(e) => Error::io(&path, e),
            other => Error::Other(format!("{}: {other:?}", path.display())),
        };
        disk::write(&path, |file| {
            let mut out = ::csv::Writer::from_writer(file);
            out.write_record(sheet.columns().iter().map(|column| column.name)).map_err(wrong)?;
            let mut number = String::new();
            for row in 0..sheet.height() {
                for cell in sheet.cells(row) {
                    out.write_field(text(cell, &mut number)).map_err(wrong)?;
                }
                out.write_record(None::<&[u8]>).map_err(wrong)?;
            }
            out.flush().map_err(|e| Error::io(&path, e))
        })?;
        self.files.push(File { file: path, tables: vec![Table::of(sheet)] });
        Ok(())
    }
}

/// A cell in words; `number` is room for one.
fn text<'a>(cell: Cell<'a>, number: &'a mut String) -> &'a str {
    number.clear();
    // Writing to a string cannot fail.
    let _ = match cell {
        Cell::Empty => return "",
        Cell::Text(text) => return text,
        Cell::Flag(flag) => return if flag { "true" } else { "false" },
        Cell::Whole(n) => write!(number, "{n}"),
        Cell::Number(x) => write!(number, "{x}"),
    };
    number
}

impl Writer for Csv {
    fn add(&mut self, sheet: &Sheet) -> Result<Added> {
        self.write(sheet)?;
        Ok(Added::Whole)
    }

    fn finish(mut self: Box<Self>, about: &Sheet, columns: &Sheet) -> Result<Vec<File>> {
        self.write(about)?;
        self.write(columns)?;
        Ok(self.files)
    }
}

//! Reading tables of a run folder.

use super::manifest::{Manifest, hash_file};
use crate::error::{Error, Fault, Result};
use crate::table::{self, Schema};
use polars::prelude::{Column, DataFrame, DataType};
use serde::de::IgnoredAny;
use std::path::{Path, PathBuf};

/// The path of a table. In the folder of a finished run it must be the file that the run wrote: a decoder of Parquet
/// can be made to ask for any amount of memory by a damaged one.
///
/// # Errors
/// A [`Fault`] for a table of a finished run that is missing or has other bytes than the run wrote.
pub fn verified(folder: &Path, table: &Schema) -> Result<PathBuf> {
    let file = table.path(folder);
    let run = Manifest::<IgnoredAny>::read(folder).ok();
    let written = run.and_then(|run| run.hash.tables.get(table.name).cloned());
    if let Some(written) = written
        && hash_file(&file)?.blake3 != written
    {
        return Err(Fault::new(&file, "", "is not the file that the run wrote")
            .expected("the hash that run.json holds")
            .advice("copy the folder again, or run the scenario again")
            .into());
    }
    Ok(file)
}

/// A table of a run folder, with its columns looked up by name.
pub struct Rows {
    file: PathBuf,
    frame: DataFrame,
}

impl Rows {
    /// Reads a table, if it is the file that the run wrote ([`verified`]).
    ///
    /// # Errors
    /// A [`Fault`] for a table that is missing or damaged.
    pub fn open(folder: &Path, table: &Schema) -> Result<Self> {
        let file = verified(folder, table)?;
        Ok(Self { frame: table::read(&file)?, file })
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.frame.height()
    }

    /// The whole table, for queries on it.
    pub fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// Whether the column holds a value, row by row.
    ///
    /// # Errors
    /// A [`Fault`] for a column that is missing.
    pub fn is_known(&self, name: &str) -> Result<Vec<bool>> {
        Ok(self.column(name)?.is_not_null().iter().map(|known| known.unwrap_or(false)).collect())
    }

    /// The rows in which the column holds a value.
    ///
    /// # Errors
    /// A [`Fault`] for a column that is missing.
    pub fn known(&self, name: &str) -> Result<Self> {
        let mask = self.column(name)?.is_not_null();
        Ok(Self { file: self.file.clone(), frame: self.frame.filter(&mask)? })
    }

    /// A column as it was read.
    ///
    /// # Errors
    /// A [`Fault`] for a column that is missing.
    pub(crate) fn column(&self, name: &str) -> Result<&Column> {
        self.frame.column(name).map_err(|_| {
            Fault::new(&self.file, "", format!("has no column \"{name}\""))
                .expected("a table of this version of Wayfare")
                .advice("run the scenario again")
                .into()
        })
    }

    /// What to say of a column that holds something else than its schema allows.
    pub(crate) fn wrong(&self, name: &str) -> Error {
        Fault::new(&self.file, "", format!("column \"{name}\" has an unexpected type or a gap"))
            .advice("run the scenario again")
            .into()
    }

    /// A column of whole numbers of up to 32 bits.
    ///
    /// # Errors
    /// A [`Fault`] for a column that is missing, of another type, out of range, or that has gaps.
    pub fn u32(&self, name: &str) -> Result<Vec<u32>> {
        let values: Option<Vec<u32>> = self.column(name)?.cast(&DataType::UInt32)?.u32()?.iter().collect();
        values.ok_or_else(|| self.wrong(name))
    }

    /// A column of whole numbers of up to 32 bits that may have gaps.
    ///
    /// # Errors
    /// A [`Fault`] for a column that is missing, of another type or out of range.
    pub fn some_u32(&self, name: &str) -> Result<Vec<Option<u32>>> {
        let column = self.column(name)?;
        let values = column.cast(&DataType::UInt32)?;
        if values.null_count() != column.null_count() {
            return Err(self.wrong(name));
        }
        Ok(values.u32()?.iter().collect())
    }

    /// A column of whole numbers.
    ///
    /// # Errors
    /// A [`Fault`] for a column that is missing, of another type, out of range, or that has gaps.
    pub fn u64(&self, name: &str) -> Result<Vec<u64>> {
        let values: Option<Vec<u64>> = self.column(name)?.cast(&DataType::UInt64)?.u64()?.iter().collect();
        values.ok_or_else(|| self.wrong(name))
    }

    /// A column of numbers.
    ///
    /// # Errors
    /// A [`Fault`] for a column that is missing, of another type, or that has gaps.
    pub fn f64(&self, name: &str) -> Result<Vec<f64>> {
        self.some_f64(name)?.into_iter().collect::<Option<_>>().ok_or_else(|| self.wrong(name))
    }

    /// A column of numbers that may have gaps.
    ///
    /// # Errors
    /// A [`Fault`] for a column that is missing or of another type.
    pub fn some_f64(&self, name: &str) -> Result<Vec<Option<f64>>> {
        Ok(self.column(name)?.cast(&DataType::Float64)?.f64()?.iter().collect())
    }

    /// A column of text.
    ///
    /// # Errors
    /// A [`Fault`] for a column that is missing, of another type, or that has gaps.
    pub fn text(&self, name: &str) -> Result<Vec<String>> {
        let column = self.column(name)?.str().map_err(|_| self.wrong(name))?;
        let values: Option<Vec<String>> = column.iter().map(|v| v.map(str::to_string)).collect();
        values.ok_or_else(|| self.wrong(name))
    }

    /// A column of text that may have gaps.
    ///
    /// # Errors
    /// A [`Fault`] for a column that is missing or of another type.
    pub fn some_text(&self, name: &str) -> Result<Vec<Option<String>>> {
        let column = self.column(name)?.str().map_err(|_| self.wrong(name))?;
        Ok(column.iter().map(|v| v.map(str::to_string)).collect())
    }

    /// A column of truth values.
    ///
    /// # Errors
    /// A [`Fault`] for a column that is missing, of another type, or that has gaps.
    pub fn bool(&self, name: &str) -> Result<Vec<bool>> {
        let column = self.column(name)?.bool().map_err(|_| self.wrong(name))?;
        column.iter().collect::<Option<Vec<bool>>>().ok_or_else(|| self.wrong(name))
    }
}

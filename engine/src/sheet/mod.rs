//! Tables for planners: what a spreadsheet, a map or a script wants of a run, made of the tables of its folder alone.
//!
//! A [`Sheet`] knows no format: [`run`] makes those of a run, [`compared`] those of two runs of one seed. Names and units of
//! columns are those of the tables of the run where both have the same thing; what counts what was simulated says so, and what
//! was scaled up to the population has a unit of its own (`_vph`, `_vpd`) or `population` in its name.

pub mod compared;
mod counted;
mod demand;
mod links;
pub mod run;
#[cfg(test)]
mod tests;

use crate::error::{Error, Result};
use crate::projection::Crs;
use crate::store::Rows;
use crate::table::{Column, Schema};
use geozero::ToGeo;
use geozero::wkb::Wkb;
use polars::prelude::{AnyValue, BinaryChunked, Column as Values, DataFrame, NamedFrom, Series};

/// A cell of a sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Not known, or does not apply.
    Empty,
    /// A word.
    Text(&'a str),
    /// A whole number.
    Whole(i64),
    /// A number, finite.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

impl<'a> Cell<'a> {
    /// A value of polars; what is not finite is not known.
    fn new(value: AnyValue<'a>) -> Self {
        match value {
            AnyValue::String(text) => Self::Text(text),
            AnyValue::Boolean(flag) => Self::Flag(flag),
            AnyValue::UInt8(n) => Self::Whole(n.into()),
            AnyValue::UInt16(n) => Self::Whole(n.into()),
            AnyValue::UInt32(n) => Self::Whole(n.into()),
            AnyValue::Int32(n) => Self::Whole(n.into()),
            AnyValue::Float32(x) if x.is_finite() => Self::Number(x.into()),
            AnyValue::Float64(x) if x.is_finite() => Self::Number(x),
            _ => Self::Empty,
        }
    }
}

/// A number of a row: name, unit, meaning, and how it is reckoned.
type Quantity<T, V> = (&'static str, &'static str, &'static str, fn(T) -> V);

/// A column with what it means.
type Part = (Column, Values);

/// A table with names, units and meanings of its columns, and with the place of each row where it has one.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Name, one word.
    pub name: &'static str,
    /// What its rows are, in a phrase.
    pub rows: &'static str,
    columns: Vec<Column>,
    frame: DataFrame,
    places: Option<Places>,
}

/// Where the rows of a sheet lie.
#[derive(Debug, Clone)]
struct Places {
    /// Well-known binary in longitude and latitude, or metres in a plane that is nowhere on Earth.
    shapes: BinaryChunked,
    /// The reference system of the network.
    crs: Crs,
}

impl Sheet {
    /// A sheet of columns of equal length.
    ///
    /// # Errors
    /// [`Error::Other`] for a column of another type than it says, [`Error::Table`] for columns of different lengths.
    fn new(name: &'static str, rows: &'static str, parts: Vec<Part>) -> Result<Self> {
        let mut columns = Vec::with_capacity(parts.len());
        let mut values = Vec::with_capacity(parts.len());
        for (column, part) in parts {
            if *part.dtype() != column.of.polars() {
                let what = format!("{name}.{} is {:?}, not {:?}", column.name, part.dtype(), column.of);
                return Err(Error::Other(what));
            }
            columns.push(column);
            values.push(part.rechunk());
        }
        let height = values.first().map_or(0, Values::len);
        Ok(Self { name, rows, columns, frame: DataFrame::new(height, values)?, places: None })
    }

    /// The sheet with a place for each row.
    fn at(self, shapes: &Values, crs: &Crs) -> Result<Self> {
        let shapes = shapes.binary()?.rechunk().into_owned();
        Ok(Self { places: Some(Places { shapes, crs: crs.clone() }), ..self })
    }

    /// What the columns are, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.frame.height()
    }

    /// The cells of a row, in the order of the columns; none past the end.
    pub fn cells(&self, row: usize) -> impl Iterator<Item = Cell<'_>> {
        self.frame.columns().iter().map(move |column| column.get(row).map_or(Cell::Empty, Cell::new))
    }

    /// The reference system of the network where rows have a place. The places themselves are in longitude and latitude, unless
    /// this is [`Crs::Plane`].
    pub fn crs(&self) -> Option<&Crs> {
        self.places.as_ref().map(|places| &places.crs)
    }

    /// The place of a row; `None` where it has none.
    ///
    /// # Errors
    /// [`Error::Other`] for a geometry that cannot be read.
    pub fn shape(&self, row: usize) -> Result<Option<geo::Geometry>> {
        let bytes = self.places.as_ref().and_then(|places| places.shapes.get(row));
        let unreadable = |e| Error::Other(format!("{}: place of row {row}: {e}", self.name));
        bytes.map(|bytes| Wkb(bytes).to_geo().map_err(unreadable)).transpose()
    }

    /// A sheet of words, as a list of files or of columns is.
    ///
    /// # Errors
    /// [`Error::Table`] for rows of another length than the columns.
    pub fn of_words(
        name: &'static str,
        rows: &'static str,
        columns: &[Column],
        words: &[Vec<String>],
    ) -> Result<Self> {
        let column = |at: usize| -> Vec<Option<&str>> {
            words.iter().map(|row| row.get(at).map(String::as_str)).collect()
        };
        Self::new(name, rows, columns.iter().enumerate().map(|(at, of)| part(*of, column(at))).collect())
    }
}

/// A column made here.
fn part<T, P: ?Sized>(of: Column, values: T) -> Part
where
    Series: NamedFrom<T, P>,
{
    (of, Series::new(of.name.into(), values).into())
}

/// Columns of a table of the run as they are, with what its schema says of them.
fn kept(rows: &Rows, schema: &Schema, names: &[&str]) -> Result<Vec<Part>> {
    let one = |name: &&str| {
        let of = schema.columns.iter().find(|column| column.name == *name);
        let of = of.ok_or_else(|| Error::Other(format!("table {} has no column {name}", schema.name)))?;
        Ok((*of, rows.column(name)?.clone()))
    };
    names.iter().map(one).collect()
}

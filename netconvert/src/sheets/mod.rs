//! Sheets ([`engine::sheet`]) as files of planners' programs: CSV, Excel, GeoPackage, GeoJSON.
//!
//! A format is opened, gets one sheet after the other (those of a county do not fit into memory together), and is closed. Each
//! file is written under another name and renamed when it is whole. A [`Format`] is opened by its name; what a format cannot
//! hold is refused with a reason ([`Added`]), never cut.

mod csv;
mod geojson;
mod gpkg;
mod xlsx;

use engine::Result;
use engine::sheet::Sheet;
use std::path::{Path, PathBuf};

/// A format of planners' programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// A text file for each sheet, UTF-8, with a comma.
    Csv,
    /// A file for each sheet that has places, in longitude and latitude (RFC 7946).
    GeoJson,
    /// One workbook of Excel.
    Xlsx,
    /// One GeoPackage (OGC 12-128r18, version 1.3).
    Gpkg,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Csv, Self::GeoJson, Self::Xlsx, Self::Gpkg];

    /// Name on the command line, which is also the ending of its files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::GeoJson => "geojson",
            Self::Xlsx => "xlsx",
            Self::Gpkg => "gpkg",
        }
    }

    /// Whether all sheets go into one file, not each into its own.
    pub const fn is_one_file(self) -> bool {
        matches!(self, Self::Xlsx | Self::Gpkg)
    }

    /// The files that the format may write for sheets of these names into `target`: a folder, or the one file.
    pub fn files(self, target: &Path, names: &[&str]) -> Vec<PathBuf> {
        let name = |name: &&str| target.join(format!("{name}.{}", self.name()));
        match self {
            Self::Csv => names.iter().chain(&[ABOUT, COLUMNS]).map(name).collect(),
            Self::GeoJson => names.iter().map(name).collect(),
            Self::Xlsx | Self::Gpkg => vec![target.to_path_buf()],
        }
    }

    /// Opens the format: `target` is the folder of its files, which is there, or its one file.
    ///
    /// # Errors
    /// What keeps the file from being written.
    pub fn open(self, target: &Path) -> Result<Box<dyn Writer>> {
        Ok(match self {
            Self::Csv => Box::new(csv::Csv::new(target)),
            Self::GeoJson => Box::new(geojson::GeoJson::new(target)),
            Self::Xlsx => Box::new(xlsx::Workbook::new(target)?),
            Self::Gpkg => Box::new(gpkg::GeoPackage::new(target)?),
        })
    }
}

/// Name of the sheet that says what was exported.
pub const ABOUT: &str = "about";

/// Name of the sheet that says what each column means.
pub const COLUMNS: &str = "columns";

/// What became of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It is in.
    Whole,
    /// It is not: the format draws maps, and the sheet has no places.
    NoPlaces,
    /// It is not: the format holds fewer rows than the sheet has.
    TooLong {
        /// Most rows that the format holds, its header left out.
        most: usize,
    },
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct File {
    /// Its path.
    pub file: PathBuf,
    /// The sheets in it.
    pub tables: Vec<Table>,
}

/// A sheet that was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Table {
    /// Its name.
    pub table: String,
    /// Its rows, without a header.
    pub rows: usize,
}

impl Table {
    /// What to say of a sheet.
    fn of(sheet: &Sheet) -> Self {
        Self { table: sheet.name.into(), rows: sheet.height() }
    }
}

/// A format that is being written.
pub trait Writer {
    /// Adds a sheet.
    ///
    /// # Errors
    /// What keeps it from being written.
    fn add(&mut self, sheet: &Sheet) -> Result<Added>;

    /// Adds what was exported and what columns mean, each as the format does it, and closes the files.
    ///
    /// # Errors
    /// What keeps them from being written.
    fn finish(self: Box<Self>, about: &Sheet, columns: &Sheet) -> Result<Vec<File>>;
}

#[cfg(test)]
mod tests;

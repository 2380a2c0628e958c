//! The sheets of a run.

use super::links::{Day, Roads};
use super::{Sheet, counted, demand, links};
use crate::error::Result;
use std::path::{Path, PathBuf};

/// A run folder, opened to make sheets of. Tables of persons and trips are read when a sheet needs them.
pub struct Run {
    pub(super) folder: PathBuf,
    pub(super) roads: Roads,
    pub(super) day: Day,
}

/// A sheet that can be made: its name, and how.
pub type Recipe<T> = (&'static str, fn(&T) -> Result<Sheet>);

/// All sheets of a run. One without rows (counts of a run that has none, zones of one without zones) is nothing to show.
pub const SHEETS: [Recipe<Run>; 9] = [
    ("links", |run| links::links(&run.roads, &run.day)),
    ("link_hours", |run| links::link_hours(&run.roads, &run.day)),
    ("stations", counted::stations),
    ("counts", counted::counts),
    ("zones", demand::zones),
    ("od", demand::od),
    ("trips", demand::trips),
    ("persons", demand::persons),
    ("households", demand::households),
];

impl Run {
    /// Opens the folder of a run.
    ///
    /// # Errors
    /// A [`crate::Fault`] for a table that is missing or damaged.
    pub fn open(folder: &Path) -> Result<Self> {
        let roads = Roads::read(folder)?;
        let day = Day::read(folder, roads.len())?;
        Ok(Self { folder: folder.to_path_buf(), roads, day })
    }
}

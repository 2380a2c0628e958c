//! The checkpoints of a run: the last two of them, so that one is good when the machine dies while it writes.

use super::{Sections, Writer};
use crate::disk;
use crate::error::Result;
use crate::warning::Warning;
use std::path::{Path, PathBuf};

/// Checkpoints that are kept.
const KEPT: usize = 2;
const ENDING: &str = "checkpoint";

/// A folder of checkpoints.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    folder: PathBuf,
}

impl Checkpoints {
    /// The checkpoints in `folder`, which need not be there yet.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Checkpoints, oldest first.
    fn all(&self) -> Result<Vec<(u64, PathBuf)>> {
        let number = |path: PathBuf| {
            let is_ours = path.extension().is_some_and(|ending| ending == ENDING);
            let number = path.file_stem()?.to_str()?.parse().ok()?;
            is_ours.then_some((number, path))
        };
        let mut all: Vec<_> = disk::list(&self.folder)?.into_iter().filter_map(number).collect();
        all.sort_unstable();
        Ok(all)
    }

    /// Whether there is any.
    ///
    /// # Errors
    /// What the disk says.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.all()?.is_empty())
    }

    /// Writes the next checkpoint and removes those that are too old.
    ///
    /// # Errors
    /// What `fill` or the disk says; the checkpoints before stay.
    pub fn put(&self, fill: impl Fn(&mut Writer) -> Result<()>) -> Result<PathBuf> {
        disk::make_folder(&self.folder)?;
        let all = self.all()?;
        let next = all.last().map_or(1, |(number, _)| number + 1);
        let path = self.folder.join(format!("{next:06}.{ENDING}"));
        super::write(&path, fill)?;
        for (_, old) in all.iter().rev().skip(KEPT - 1) {
            disk::remove(old)?;
        }
        Ok(path)
    }

    /// What `open` makes of the newest checkpoint that is good; the others are told in warnings. `None` when there
    /// is none at all.
    ///
    /// # Errors
    /// That of the newest, when none is good.
    pub fn newest<T>(&self, open: impl Fn(&Sections) -> Result<T>) -> Result<(Option<T>, Vec<Warning>)> {
        let (mut warnings, mut first_error) = (Vec::new(), None);
        for (_, path) in self.all()?.iter().rev() {
            match Sections::read(path).and_then(|sections| open(&sections)) {
                Ok(value) => return Ok((Some(value), warnings)),
                Err(error) => {
                    warnings.push(Warning::new(path, "", format!("was not used: {error}")));
                    first_error.get_or_insert(error);
                }
            }
        }
        first_error.map_or(Ok((None, Vec::new())), Err)
    }

    /// Removes the folder with all that is in it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn clear(&self) -> Result<()> {
        for path in disk::list(&self.folder)? {
            disk::remove(path)?;
        }
        disk::remove_folder(&self.folder)
    }
}

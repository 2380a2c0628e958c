//! Checkpoints: a file of named arrays, written whole or not at all, with a hash over every byte.
//!
//! The file is a sealed one of [`crate::arrays`] whose fact `format` is [`FORMAT`]. Who reads one checks the hash first,
//! so a file that was cut off or altered is refused before anything of it is believed; what it says is checked against
//! the run all the same.

mod day;
mod kept;

pub use crate::arrays::Writer;
pub use kept::Checkpoints;

use crate::arrays::{self, Arrays, Facts, Kind, SEAL_BYTES};
use crate::error::{Error, Fault, Result};
use std::io::Write;
use std::path::Path;

/// Name of the folder of checkpoints in the folder of a run.
pub const FOLDER: &str = "checkpoints";
/// What a checkpoint says it is; the number is that of the format. Format 1 was a container of our own, format 2 knew no
/// classes of vehicles.
pub const FORMAT: &str = "wayfare checkpoint 3";
/// First bytes of a checkpoint of format 1.
const OLDEST: &str = "wayfare checkpoint 1";
/// Largest checkpoint that is read: 16 GiB.
const MOST_BYTES: u64 = 16 << 30;

/// Writes a checkpoint: temporary file, fsync, rename. `fill` is called twice and must put the same arrays both times
/// (see [`arrays::write()`]).
///
/// # Errors
/// What `fill` or the disk says; the old file then stays.
pub fn write(path: &Path, fill: impl Fn(&mut Writer) -> Result<()>) -> Result<()> {
    crate::disk::write(path, |file| write_to(file, path, fill))
}

fn write_to(to: &mut dyn Write, path: &Path, fill: impl Fn(&mut Writer) -> Result<()>) -> Result<()> {
    arrays::write_sealed(to, path, &Facts::from([("format".into(), FORMAT.into())]), fill)
}

/// The sections of a checkpoint.
#[derive(Debug, Clone, Default)]
pub struct Sections {
    file: String,
    arrays: Arrays,
    seal: [u8; SEAL_BYTES],
}

impl Sections {
    /// Reads a file.
    ///
    /// # Errors
    /// A [`Fault`] when it is no checkpoint, or not the whole of one.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = crate::disk::read(path, MOST_BYTES)?;
        let file = path.display().to_string();
        if !arrays::is_sealed(&bytes) {
            return Err(damaged(&file, "its hash is wrong: it was cut off or altered"));
        }
        Self::parse(file, bytes)
    }

    /// Finds the sections in the bytes of a file, whose hash is taken as it is. Not for callers but for tests and
    /// fuzzers, which would never guess a hash.
    ///
    /// # Errors
    /// A [`Fault`] for anything that no writer writes.
    pub fn parse(file: String, bytes: Vec<u8>) -> Result<Self> {
        if bytes.starts_with(OLDEST.as_bytes()) {
            return Err(older(&file, OLDEST));
        }
        let arrays = Arrays::parse(bytes).map_err(|what| damaged(&file, what))?;
        match arrays.facts().get("format") {
            Some(format) if format == FORMAT => {}
            Some(format) => return Err(older(&file, format)),
            None => return Err(damaged(&file, "it does not say what it is")),
        }
        match arrays.seal() {
            Some(seal) => Ok(Self { file, arrays, seal }),
            None => Err(damaged(&file, "it does not end in its hash")),
        }
    }

    /// The hash over all of it, which tells it from every other.
    pub fn seal(&self) -> [u8; SEAL_BYTES] {
        self.seal
    }

    /// Whether there is such a section.
    pub fn has(&self, name: &str) -> bool {
        self.arrays.place(name).is_some()
    }

    /// A section of bytes.
    ///
    /// # Errors
    /// A [`Fault`] when it is missing or of another kind; so for all of them.
    pub fn bytes(&self, name: &str) -> Result<&[u8]> {
        self.section(name, Kind::U8)
    }

    /// A section of words.
    ///
    /// # Errors
    /// A [`Fault`] when the section is missing or of another kind.
    pub fn words(&self, name: &str) -> Result<Vec<u32>> {
        let (chunks, _) = self.section(name, Kind::U32)?.as_chunks();
        Ok(chunks.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect())
    }

    /// A section of double words.
    ///
    /// # Errors
    /// A [`Fault`] when the section is missing or of another kind.
    pub fn longs(&self, name: &str) -> Result<Vec<u64>> {
        let (chunks, _) = self.section(name, Kind::U64)?.as_chunks();
        Ok(chunks.iter().map(|chunk| u64::from_le_bytes(*chunk)).collect())
    }

    /// A section of floating-point numbers.
    ///
    /// # Errors
    /// A [`Fault`] when the section is missing or of another kind.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let (chunks, _) = self.section(name, Kind::F64)?.as_chunks();
        Ok(chunks.iter().map(|chunk| f64::from_le_bytes(*chunk)).collect())
    }

    /// A section of `N` double words.
    ///
    /// # Errors
    /// A [`Fault`] when the section is missing, of another kind or of another length.
    pub fn few<const N: usize>(&self, name: &str) -> Result<[u64; N]> {
        let longs = self.longs(name)?;
        longs.try_into().map_err(|_| self.fault(name, format!("does not hold {N} numbers")))
    }

    /// Something wrong with a section.
    pub fn fault(&self, name: &str, what: impl Into<String>) -> Error {
        Fault::new(&self.file, name, what).advice("remove it; the one before is used then").into()
    }

    fn section(&self, name: &str, kind: Kind) -> Result<&[u8]> {
        self.arrays.row(name, kind).map_err(|what| self.fault(name, what))
    }
}

fn older(file: &str, format: &str) -> Error {
    let format: String = format.chars().take(40).collect();
    Fault::new(file, "", format!("is a \"{format}\""))
        .expected(format!("a \"{FORMAT}\""))
        .advice("finish the run with the version of wayfare that began it, or start again with --overwrite")
        .into()
}

fn damaged(file: &str, what: &str) -> Error {
    Fault::new(file, "", format!("is damaged: {what}"))
        .expected("a checkpoint of this version of wayfare")
        .advice("remove it; the one before is used then")
        .into()
}

#[cfg(test)]
mod tests;

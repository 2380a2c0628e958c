//! Checkpoints: a file of named arrays, written whole or not at all, with a hash over every byte.
//!
//! Layout: the line [`MAGIC`]; then by section the length of its name (1 byte), the name, the bytes of an element
//! (1, 4 or 8) and the number of elements (8 bytes), and the elements, all little-endian; a zero byte; the BLAKE3
//! hash of all before it (32 bytes). Who reads one checks the hash first, so a file that was cut off or altered is
//! refused before anything of it is believed; what it says is checked against the run all the same.

mod day;
mod kept;

pub use kept::Checkpoints;

use crate::error::{Error, Fault, Result};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Name of the folder of checkpoints in the folder of a run.
pub const FOLDER: &str = "checkpoints";
/// First bytes of a checkpoint; the number is that of the format.
pub const MAGIC: &[u8] = b"wayfare checkpoint 1\n";
/// Bytes of the hash at the end.
const HASH_BYTES: usize = 32;
/// Largest checkpoint that is read: 16 GiB.
const MOST_BYTES: u64 = 16 << 30;
/// Elements that are turned into bytes at once.
const CHUNK: usize = 1 << 13;

/// Writes sections. Get one from [`write`].
pub struct Writer<'a> {
    to: &'a mut dyn Write,
    hasher: blake3::Hasher,
    path: &'a Path,
    buffer: Vec<u8>,
}

impl Writer<'_> {
    /// A section of bytes.
    ///
    /// # Errors
    /// What the disk says.
    pub fn bytes(&mut self, name: &str, values: &[u8]) -> Result<()> {
        self.head(name, 1, values.len())?;
        self.put(values)
    }

    /// A section of words.
    ///
    /// # Errors
    /// What the disk says.
    pub fn words(&mut self, name: &str, values: impl ExactSizeIterator<Item = u32>) -> Result<()> {
        self.head(name, 4, values.len())?;
        self.elements(values.map(u32::to_le_bytes))
    }

    /// A section of double words.
    ///
    /// # Errors
    /// What the disk says.
    pub fn longs(&mut self, name: &str, values: impl ExactSizeIterator<Item = u64>) -> Result<()> {
        self.head(name, 8, values.len())?;
        self.elements(values.map(u64::to_le_bytes))
    }

    /// A section of floating-point numbers, to the bit.
    ///
    /// # Errors
    /// What the disk says.
    pub fn numbers(&mut self, name: &str, values: impl ExactSizeIterator<Item = f64>) -> Result<()> {
        self.longs(name, values.map(f64::to_bits))
    }

    fn head(&mut self, name: &str, element_bytes: u8, n: usize) -> Result<()> {
        debug_assert!(!name.is_empty() && name.len() < 256);
        self.put(&[name.len() as u8])?;
        self.put(name.as_bytes())?;
        self.put(&[element_bytes])?;
        self.put(&(n as u64).to_le_bytes())
    }

    fn elements<const N: usize>(&mut self, values: impl ExactSizeIterator<Item = [u8; N]>) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        for value in values {
            buffer.extend_from_slice(&value);
            if buffer.len() >= CHUNK * 8 {
                self.put(&buffer)?;
                buffer.clear();
            }
        }
        self.put(&buffer)?;
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hasher.update(bytes);
        self.to.write_all(bytes).map_err(|e| Error::io(self.path, e))
    }
}

/// Writes a checkpoint: temporary file, fsync, rename.
///
/// # Errors
/// What `fill` or the disk says; the old file then stays.
pub fn write(path: &Path, fill: impl FnOnce(&mut Writer) -> Result<()>) -> Result<()> {
    crate::disk::write(path, |file| write_to(file, path, fill))
}

fn write_to(to: &mut dyn Write, path: &Path, fill: impl FnOnce(&mut Writer) -> Result<()>) -> Result<()> {
    let mut writer = Writer { to, hasher: blake3::Hasher::new(), path, buffer: Vec::new() };
    writer.put(MAGIC)?;
    fill(&mut writer)?;
    writer.put(&[0])?;
    let hash = writer.hasher.finalize();
    writer.put(hash.as_bytes())
}

/// The sections of a checkpoint.
#[derive(Debug, Clone, Default)]
pub struct Sections {
    file: String,
    bytes: Vec<u8>,
    /// Element bytes, first byte and number of elements.
    found: BTreeMap<String, (u8, usize, usize)>,
}

impl Sections {
    /// Reads a file.
    ///
    /// # Errors
    /// A [`Fault`] when it is no checkpoint, or not the whole of one.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = crate::disk::read(path, MOST_BYTES)?;
        let file = path.display().to_string();
        let sealed = bytes.len().checked_sub(HASH_BYTES).map(|end| bytes.split_at(end));
        let is_whole = sealed.is_some_and(|(body, hash)| blake3::hash(body).as_bytes() == hash);
        if !is_whole {
            return Err(damaged(&file, "its hash is wrong: it was cut off or altered"));
        }
        Self::parse(file, bytes)
    }

    /// Finds the sections in the bytes of a file, whose last [`HASH_BYTES`] are taken as they are. Not for callers
    /// but for tests and fuzzers, which would never guess a hash.
    ///
    /// # Errors
    /// A [`Fault`] for anything that no writer writes.
    pub fn parse(file: String, bytes: Vec<u8>) -> Result<Self> {
        let end = bytes.len().saturating_sub(HASH_BYTES);
        let mut at = MAGIC.len();
        if bytes.get(..at) != Some(MAGIC) || at > end {
            return Err(damaged(&file, "it does not begin as one of this version"));
        }
        let cut = || damaged(&file, "a section is cut off");
        let mut found = BTreeMap::new();
        loop {
            let take = |at: &mut usize, n: usize| {
                let from = *at;
                *at = from.checked_add(n).filter(|&to| to <= end)?;
                Some(from)
            };
            let from = take(&mut at, 1).ok_or_else(cut)?;
            let n_name = usize::from(bytes[from]);
            if n_name == 0 {
                break;
            }
            let from = take(&mut at, n_name).ok_or_else(cut)?;
            let name = String::from_utf8_lossy(&bytes[from..at]).into_owned();
            let from = take(&mut at, 9).ok_or_else(cut)?;
            let element_bytes = bytes[from];
            let mut n = [0; 8];
            n.copy_from_slice(&bytes[from + 1..at]);
            let n = usize::try_from(u64::from_le_bytes(n)).map_err(|_| cut())?;
            if !matches!(element_bytes, 1 | 4 | 8) {
                return Err(damaged(&file, "a section has elements of an unknown size"));
            }
            let n_bytes = n.checked_mul(usize::from(element_bytes)).ok_or_else(cut)?;
            let start = take(&mut at, n_bytes).ok_or_else(cut)?;
            if found.insert(name, (element_bytes, start, n)).is_some() {
                return Err(damaged(&file, "a section is there twice"));
            }
        }
        if at != end {
            return Err(damaged(&file, "something follows its end"));
        }
        Ok(Self { file, bytes, found })
    }

    /// The hash over all of it, which tells it from every other.
    pub fn seal(&self) -> [u8; HASH_BYTES] {
        self.bytes.last_chunk().copied().unwrap_or_default()
    }

    /// Whether there is such a section.
    pub fn has(&self, name: &str) -> bool {
        self.found.contains_key(name)
    }

    /// A section of bytes.
    ///
    /// # Errors
    /// A [`Fault`] when it is missing or of another kind; so for all of them.
    pub fn bytes(&self, name: &str) -> Result<&[u8]> {
        self.section(name, 1)
    }

    /// A section of words.
    ///
    /// # Errors
    /// A [`Fault`] when the section is missing or of another kind.
    pub fn words(&self, name: &str) -> Result<Vec<u32>> {
        let (chunks, _) = self.section(name, 4)?.as_chunks();
        Ok(chunks.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect())
    }

    /// A section of double words.
    ///
    /// # Errors
    /// A [`Fault`] when the section is missing or of another kind.
    pub fn longs(&self, name: &str) -> Result<Vec<u64>> {
        let (chunks, _) = self.section(name, 8)?.as_chunks();
        Ok(chunks.iter().map(|chunk| u64::from_le_bytes(*chunk)).collect())
    }

    /// A section of floating-point numbers.
    ///
    /// # Errors
    /// A [`Fault`] when the section is missing or of another kind.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        Ok(self.longs(name)?.into_iter().map(f64::from_bits).collect())
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

    fn section(&self, name: &str, element_bytes: u8) -> Result<&[u8]> {
        match self.found.get(name) {
            Some(&(bytes, start, n)) if bytes == element_bytes => {
                Ok(&self.bytes[start..start + n * usize::from(bytes)])
            }
            Some(_) => Err(self.fault(name, "is of another kind")),
            None => Err(self.fault(name, "is missing")),
        }
    }
}

fn damaged(file: &str, what: &str) -> Error {
    Fault::new(file, "", format!("is damaged: {what}"))
        .expected("a checkpoint of this version of wayfare")
        .advice("remove it; the one before is used then")
        .into()
}

#[cfg(test)]
mod tests;

//! Writing text files whole or not at all, gzipped when the name ends with `.gz`.
//!
//! The packing follows the name and nothing else, as the user gave it. On an error the file that was there before
//! stays as it was.

use engine::{Error, Result, disk};
use flate2::{Compression, GzBuilder};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file through `fill`; the gzip header holds no time, so equal content gives equal bytes.
pub(crate) fn write<T>(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    disk::write(path, |file| {
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz")) {
            let mut packer = GzBuilder::new().mtime(0).write(file, Compression::default());
            let value = fill(&mut packer)?;
            packer.finish().map_err(|e| Error::io(path, e))?;
            Ok(value)
        } else {
            fill(file)
        }
    })
}

/// [`write`] for a `fill` that only writes.
pub(crate) fn write_plain(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    write(path, |out| fill(out).map_err(|e| Error::io(path, e)))
}

//! Writing files whole or not at all, gzipped when the name ends with `.gz`; and zip archives.
//!
//! The packing follows the name and nothing else, as the user gave it. On an error the file that was there before
//! stays as it was.

use engine::{Error, Fault, Result, disk};
use flate2::{Compression, GzBuilder};
use std::io::{self, Read, Write};
use std::path::Path;

/// Most bytes of a member that is read.
const MOST_MEMBER_BYTES: u64 = 1 << 30;

/// Writes a file through `fill`; the gzip header holds no time, so equal content gives equal bytes.
///
/// # Errors
/// Those of `fill`, and [`engine::Error::Io`] when the disk says no.
pub fn write<T>(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
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

/// Packs files into a zip archive under their own names.
///
/// # Errors
/// [`engine::Error::Io`] when the disk says no.
pub fn zip(path: &Path, files: &[&Path]) -> Result<()> {
    disk::write(path, |out| {
        let fault = |e: zip::result::ZipError| Error::io(path, e.into());
        // Seeking is not for the writers of `disk`: the archive is made in memory.
        let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            archive.start_file(name, zip::write::SimpleFileOptions::default()).map_err(fault)?;
            io::copy(&mut disk::open(file)?, &mut archive).map_err(|e| Error::io(file, e))?;
        }
        let bytes = archive.finish().map_err(fault)?.into_inner();
        out.write_all(&bytes).map_err(|e| Error::io(path, e))
    })
}

/// The bytes of a member of a zip archive, in whatever folder of it.
///
/// # Errors
/// A [`Fault`] for a file that is no archive or lacks the member.
pub fn member(path: &Path, name: &str) -> Result<Vec<u8>> {
    let fault = |e: zip::result::ZipError| Fault::new(path, name, format!("is not to be read ({e})"));
    let mut archive = zip::ZipArchive::new(disk::open(path)?).map_err(fault)?;
    let names = archive.file_names().filter_map(|name| name.ok().map(|name| name.into_owned()));
    let found = names.into_iter().find(|known| known.rsplit('/').next() == Some(name));
    let found = found.ok_or_else(|| Fault::new(path, name, "is not in the archive"))?;
    let mut bytes = Vec::new();
    let member = archive.by_name(&found).map_err(fault)?;
    member.take(MOST_MEMBER_BYTES).read_to_end(&mut bytes).map_err(|e| Error::io(path, e))?;
    Ok(bytes)
}

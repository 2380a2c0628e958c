//! Hostile input. Every reader of this crate takes its bytes from here, so that a decompression bomb,
//! an endless line or an XML bomb ends as a [`Fault`] that says so, and never as a full memory.
//!
//! - [`open`]: plain, gzip, bzip2 or a zip with one file, told apart by their first bytes.
//! - [`lines`]: text line by line.
//! - [`csv`], [`csv_bare`] and [`Csv`]: delimited text by column name.
//! - [`xml`] and [`Xml`]: XML without DTD and entities.

mod csv;
mod newline;
mod xml;

pub(crate) use self::csv::is_missing;
pub use self::csv::{Csv, CsvForm, Row, csv, csv_bare, csv_form};
pub use self::xml::{Token, Xml, xml};

use engine::{Error, Fault, Result, disk};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Bytes that any compressed file may unfold to, however small it is: 16 MiB. (A floor of 100 KiB, as
/// some libraries set it, refuses honest files: MATSim's own `equil/plans2000.xml.gz`, 2,000 persons alike,
/// unfolds 115-fold to 1.2 MB.)
pub const FREE_BYTES: u64 = 16 << 20;
/// How many times its own size a compressed file may unfold to beyond [`FREE_BYTES`].
pub const MOST_RATIO: u64 = 100;
/// Bytes of text that one file may hold, compressed or not: 16 GiB.
pub const MOST_BYTES: u64 = 16 << 30;
/// Bytes of a zip entry, which is unpacked in memory: 1 GiB.
pub const MOST_ZIPPED_BYTES: u64 = 1 << 30;
/// Bytes of one line, one row of a table or one piece of XML: 4 MiB.
pub const MOST_LINE_BYTES: u64 = 4 << 20;

/// Bytes of an opened file after decompression, within the limits of this module.
pub type Input = BufReader<Capped>;

/// Opens a file for reading, decompressing gzip, bzip2 and zip (of exactly one file) by their first
/// bytes, whatever the name ends with.
///
/// # Errors
/// A [`Fault`] for a missing file, a folder, or a zip that does not hold one file. Reading later fails
/// with an [`io::Error`] past the limits or where compressed data ends early: turn it into an
/// [`Error`] by [`read_error`].
pub fn open(path: impl AsRef<Path>) -> Result<Input> {
    let path = path.as_ref();
    let mut file = Counted { inner: BufReader::with_capacity(1 << 16, disk::open(path)?), n_bytes: 0 };
    let first = file.fill_buf().map_err(|e| Error::io(path, e))?;
    let decoder = if first.starts_with(&[0x1f, 0x8b]) {
        Decoder::Gzip(Box::new(flate2::bufread::MultiGzDecoder::new(file)))
    } else if first.starts_with(b"BZh") {
        Decoder::Bzip2(Box::new(bzip2::bufread::MultiBzDecoder::new(file)))
    } else if first.starts_with(b"PK\x03\x04") {
        drop(file);
        Decoder::Memory(io::Cursor::new(unzip(path)?))
    } else {
        Decoder::Plain(file)
    };
    Ok(BufReader::with_capacity(1 << 16, Capped { decoder, n_bytes: 0, most: MOST_BYTES }))
}

/// Turns an error met while reading `path` at `record` into the user's [`Fault`] when the content is to
/// blame (too large, truncated, damaged), else into [`Error::Io`].
pub fn read_error(path: impl AsRef<Path>, record: impl std::fmt::Display, error: io::Error) -> Error {
    let path = path.as_ref();
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Fault::new(path, record, "is truncated: the compressed data ends early")
                .expected("a whole file")
                .advice("fetch it again")
                .into()
        }
        io::ErrorKind::FileTooLarge => Fault::new(path, record, error.to_string())
            .expected("data within Wayfare's limits on input")
            .advice("unpack or split the file if you trust it")
            .into(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            Fault::new(path, record, format!("is damaged ({error})")).advice("fetch it again").into()
        }
        _ => Error::io(path, error),
    }
}

/// The only file of a zip archive.
fn unzip(path: &Path) -> Result<Vec<u8>> {
    let damaged = |e: zip::result::ZipError| {
        Error::from(
            Fault::new(path, "", format!("is not a readable zip archive ({e})")).advice("fetch it again"),
        )
    };
    let mut archive = zip::ZipArchive::new(BufReader::new(disk::open(path)?)).map_err(damaged)?;
    if archive.len() != 1 {
        return Err(Fault::new(path, "", format!("is a zip archive of {} files", archive.len()))
            .expected("exactly one file")
            .advice("unpack it and name the file")
            .into());
    }
    let mut entry = archive.by_index(0).map_err(damaged)?;
    let most = MOST_ZIPPED_BYTES.min(entry.compressed_size().saturating_mul(MOST_RATIO).max(FREE_BYTES));
    let mut bytes = Vec::new();
    entry.by_ref().take(most + 1).read_to_end(&mut bytes).map_err(|e| read_error(path, "", e))?;
    if bytes.len() as u64 > most {
        return Err(read_error(path, "", too_large(format!("unfolds to more than {most} bytes"))));
    }
    Ok(bytes)
}

/// An error that [`read_error`] turns into a fault about a limit.
fn too_large(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, what)
}

/// Counts the compressed bytes that were taken.
#[derive(Debug)]
struct Counted {
    inner: BufReader<File>,
    /// Compressed bytes taken so far.
    n_bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.n_bytes += n as u64;
        Ok(n)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.n_bytes += n as u64;
        self.inner.consume(n);
    }
}

/// How the bytes are packed. A zip is unpacked into memory at once, because its directory stands at its end.
enum Decoder {
    Plain(Counted),
    Gzip(Box<flate2::bufread::MultiGzDecoder<Counted>>),
    Bzip2(Box<bzip2::bufread::MultiBzDecoder<Counted>>),
    Memory(io::Cursor<Vec<u8>>),
}

impl Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Gzip(reader) => reader.read(buffer),
            Self::Bzip2(reader) => reader.read(buffer),
            Self::Memory(reader) => reader.read(buffer),
        }
    }

    /// Compressed bytes taken so far; `None` when nothing is being decompressed.
    fn n_compressed(&self) -> Option<u64> {
        match self {
            Self::Gzip(reader) => Some(reader.get_ref().n_bytes),
            Self::Bzip2(reader) => Some(reader.get_ref().n_bytes),
            Self::Plain(_) | Self::Memory(_) => None,
        }
    }
}

/// Decompressed bytes, refused past the limits ([`MOST_RATIO`], [`MOST_BYTES`]).
pub struct Capped {
    decoder: Decoder,
    /// Decompressed bytes handed out so far.
    n_bytes: u64,
    most: u64,
}

impl Read for Capped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.decoder.read(buffer)?;
        self.n_bytes += n as u64;
        if self.n_bytes > self.most {
            return Err(too_large(format!("holds more than {} bytes", self.most)));
        }
        if let Some(n_compressed) = self.decoder.n_compressed()
            && self.n_bytes > FREE_BYTES.max(n_compressed.saturating_mul(MOST_RATIO))
        {
            return Err(too_large(format!("unfolds to more than {MOST_RATIO} times its size")));
        }
        Ok(n)
    }
}

/// Lets at most `left` bytes pass until it is filled up again: one line, row or piece of XML cannot
/// take more memory than that. Counts lines on the way.
pub(crate) struct Budget<R> {
    inner: R,
    left: u64,
    line: u64,
}

impl<R: BufRead> Budget<R> {
    fn new(inner: R) -> Self {
        Self { inner, left: MOST_LINE_BYTES, line: 1 }
    }

    /// Allows another [`MOST_LINE_BYTES`].
    fn refill(&mut self) {
        self.left = MOST_LINE_BYTES;
    }
}

impl<R: BufRead> Read for Budget<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let n = available.len().min(buffer.len());
        buffer[..n].copy_from_slice(&available[..n]);
        self.consume(n);
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Budget<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(too_large(format!("one piece is longer than {MOST_LINE_BYTES} bytes")));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        // What is consumed still lies in the buffer, so this reads no further and cannot fail.
        if let Ok(buffered) = self.inner.fill_buf() {
            let taken = &buffered[..n.min(buffered.len())];
            self.line += taken.iter().map(|&b| u64::from(b == b'\n')).sum::<u64>();
        }
        self.left = self.left.saturating_sub(n as u64);
        self.inner.consume(n);
    }
}

/// Text line by line, with the line's number.
pub struct Lines {
    path: PathBuf,
    input: Budget<Input>,
    bytes: Vec<u8>,
    number: u64,
}

/// Opens a text file (UTF-8, compressed or not) to be read line by line.
///
/// # Errors
/// As [`open`].
pub fn lines(path: impl AsRef<Path>) -> Result<Lines> {
    let path = path.as_ref();
    Ok(Lines { path: path.to_path_buf(), input: Budget::new(open(path)?), bytes: Vec::new(), number: 0 })
}

impl Lines {
    /// The next line without its end, and its number (from 1); `None` at the end of the file.
    ///
    /// # Errors
    /// A [`Fault`] for a line longer than [`MOST_LINE_BYTES`], text that is not UTF-8, or damaged data.
    pub fn advance(&mut self) -> Result<Option<(u64, &str)>> {
        self.bytes.clear();
        self.input.refill();
        let n = self
            .input
            .read_until(b'\n', &mut self.bytes)
            .map_err(|e| read_error(&self.path, self.number + 1, e))?;
        if n == 0 {
            return Ok(None);
        }
        self.number += 1;
        let text = std::str::from_utf8(&self.bytes).map_err(|_| {
            Fault::new(&self.path, self.number, "is not UTF-8 text").advice("save it as UTF-8")
        })?;
        let text = if self.number == 1 { text.trim_start_matches('\u{feff}') } else { text };
        Ok(Some((self.number, text.trim_end_matches(['\n', '\r']))))
    }

    /// The file that is read.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// ", did you mean …?" for a name that is close to one of `known`; else empty.
pub(crate) fn did_you_mean<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    let lower = wanted.to_lowercase();
    let close = known
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .min()
        .filter(|(distance, _)| *distance <= 1 + wanted.chars().count() / 3);
    close.map_or_else(String::new, |(_, name)| format!("did you mean \"{name}\"?"))
}

#[cfg(test)]
mod tests;

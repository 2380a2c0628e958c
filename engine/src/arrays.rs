//! Named arrays in a file, in the safetensors format: checkpoints and the weights of models are such files, and any
//! tool that knows the format opens them.
//!
//! Layout: the length of the header (8 bytes, little-endian); the header, a JSON object that gives each array its type
//! (`dtype`), its shape and its first and last byte in the data, and under `__metadata__` facts in words; the data,
//! array after array without a gap, little-endian. A *sealed* file has a last array `blake3` (32 bytes): the BLAKE3
//! hash of every byte of the file before it.
//!
//! Files are read by the crate `safetensors`, which refuses arrays that overlap, leave a gap, do not fit their shape
//! or do not end with the file. They are not written by it: it wants the bytes of each array in memory at once and
//! orders the facts by a hash map, so that equal arrays can give different files. [`write()`] calls what fills the file
//! twice, first to measure the arrays for the header, then to write them, and holds one buffer of 64 KiB.

use crate::error::{Error, Result};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, Metadata};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

/// Facts about the arrays, in words.
pub type Facts = BTreeMap<String, String>;

/// Name of the array that seals a file.
const SEAL: &str = "blake3";
/// Bytes of a BLAKE3 hash.
pub const SEAL_BYTES: usize = 32;
/// Key of the facts in the header.
const FACTS: &str = "__metadata__";
/// Largest header that is read: 1 MiB. Ours have less than 10 KiB.
const MOST_HEADER_BYTES: usize = 1 << 20;
/// Bytes that are collected before they are handed on.
const BUFFER_BYTES: usize = 1 << 16;

/// What an array is made of, all little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Bytes.
    U8,
    /// Whole numbers of 32 bits.
    U32,
    /// Whole numbers of 64 bits.
    U64,
    /// Floating-point numbers of 32 bits.
    F32,
    /// Floating-point numbers of 64 bits.
    F64,
}

impl Kind {
    /// Its name in the header.
    fn name(self) -> &'static str {
        match self {
            Self::U8 => "U8",
            Self::U32 => "U32",
            Self::U64 => "U64",
            Self::F32 => "F32",
            Self::F64 => "F64",
        }
    }

    /// Bytes of an element.
    fn n_bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U32 | Self::F32 => 4,
            Self::U64 | Self::F64 => 8,
        }
    }

    /// The type that the format calls so; `None` for one that we do not write.
    fn of(dtype: Dtype) -> Option<Self> {
        match dtype {
            Dtype::U8 => Some(Self::U8),
            Dtype::U32 => Some(Self::U32),
            Dtype::U64 => Some(Self::U64),
            Dtype::F32 => Some(Self::F32),
            Dtype::F64 => Some(Self::F64),
            _ => None,
        }
    }
}

/// Takes the arrays of a file. What fills it gets one from [`write()`] or [`write_sealed`].
pub struct Writer<'a> {
    path: &'a Path,
    /// Header entries, from the first call.
    header: Map<String, Value>,
    /// Bytes of data so far.
    n_bytes: usize,
    /// Where the bytes go, in the second call.
    output: Option<Output<'a>>,
}

/// Where the bytes of a file go, and the hash of those that went there.
struct Output<'a> {
    to: &'a mut dyn Write,
    hasher: Option<blake3::Hasher>,
    buffer: Vec<u8>,
}

impl Writer<'_> {
    /// An array of bytes.
    ///
    /// # Errors
    /// What the disk says, or that the name was used before.
    pub fn bytes(&mut self, name: &str, values: &[u8]) -> Result<()> {
        self.array(name, Kind::U8, &[values.len()], std::iter::once(values))
    }

    /// An array of whole numbers of 32 bits.
    ///
    /// # Errors
    /// What the disk says, or that the name was used before.
    pub fn words(&mut self, name: &str, values: impl ExactSizeIterator<Item = u32>) -> Result<()> {
        self.array(name, Kind::U32, &[values.len()], values.map(u32::to_le_bytes))
    }

    /// An array of whole numbers of 64 bits.
    ///
    /// # Errors
    /// What the disk says, or that the name was used before.
    pub fn longs(&mut self, name: &str, values: impl ExactSizeIterator<Item = u64>) -> Result<()> {
        self.array(name, Kind::U64, &[values.len()], values.map(u64::to_le_bytes))
    }

    /// An array of floating-point numbers of 64 bits, to the bit.
    ///
    /// # Errors
    /// What the disk says, or that the name was used before.
    pub fn numbers(&mut self, name: &str, values: impl ExactSizeIterator<Item = f64>) -> Result<()> {
        self.array(name, Kind::F64, &[values.len()], values.map(f64::to_le_bytes))
    }

    /// An array of floating-point numbers of 32 bits, row by row.
    ///
    /// # Errors
    /// What the disk says, that the name was used before, or that the numbers do not fill the shape.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Result<()> {
        self.array(name, Kind::F32, shape, values.iter().map(|value| value.to_le_bytes()))
    }

    /// Measures an array in the first call, and puts its bytes in the second.
    fn array(
        &mut self,
        name: &str,
        kind: Kind,
        shape: &[usize],
        pieces: impl Iterator<Item = impl AsRef<[u8]>>,
    ) -> Result<()> {
        let wrong = |what: &str| Err(Error::Other(format!("array `{name}` {what}")));
        let (begin, n) = (self.n_bytes, shape.iter().product::<usize>() * kind.n_bytes());
        self.n_bytes += n;
        let entry = json!({"dtype": kind.name(), "shape": shape, "data_offsets": [begin, begin + n]});
        let Some(output) = &mut self.output else {
            return match self.header.insert(name.into(), entry) {
                None => Ok(()),
                Some(_) => wrong("is there twice"),
            };
        };
        if self.header.get(name) != Some(&entry) {
            return wrong("is not the one that was measured");
        }
        let mut n_put = 0;
        for piece in pieces {
            n_put += piece.as_ref().len();
            output.put(piece.as_ref()).map_err(|e| Error::io(self.path, e))?;
        }
        if n_put == n { Ok(()) } else { wrong("does not have as many elements as it says") }
    }
}

impl Output<'_> {
    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.buffer.len() + bytes.len() > BUFFER_BYTES {
            self.flush()?;
        }
        if bytes.len() < BUFFER_BYTES {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        self.hand_on(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        self.hand_on(&buffer)?;
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    fn hand_on(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        self.to.write_all(bytes)
    }

    /// The hash of all that was put.
    fn seal(&mut self) -> std::io::Result<[u8; SEAL_BYTES]> {
        self.flush()?;
        Ok(self.hasher.as_ref().map_or([0; SEAL_BYTES], |hasher| *hasher.finalize().as_bytes()))
    }
}

/// Writes arrays to `to`; `path` is its name for messages. `fill` is called twice and must put the same arrays of the
/// same lengths both times.
///
/// # Errors
/// What `fill` or the disk says, or that the second call of `fill` differs from the first.
pub fn write(
    to: &mut dyn Write,
    path: &Path,
    facts: &Facts,
    fill: impl Fn(&mut Writer) -> Result<()>,
) -> Result<()> {
    write_any(to, path, facts, false, &fill)
}

/// Writes arrays as [`write()`] does, and seals them.
///
/// # Errors
/// Those of [`write()`].
pub fn write_sealed(
    to: &mut dyn Write,
    path: &Path,
    facts: &Facts,
    fill: impl Fn(&mut Writer) -> Result<()>,
) -> Result<()> {
    write_any(to, path, facts, true, &fill)
}

fn write_any(
    to: &mut dyn Write,
    path: &Path,
    facts: &Facts,
    sealed: bool,
    fill: &dyn Fn(&mut Writer) -> Result<()>,
) -> Result<()> {
    let header = Map::from_iter([(FACTS.to_string(), json!(facts))]);
    let mut measured = Writer { path, header, n_bytes: 0, output: None };
    fill(&mut measured)?;
    if sealed {
        measured.bytes(SEAL, &[0; SEAL_BYTES])?;
    }
    let mut text = Value::Object(measured.header.clone()).to_string().into_bytes();
    text.resize(text.len().next_multiple_of(8), b' ');
    let hasher = sealed.then(blake3::Hasher::new);
    let output = Output { to, hasher, buffer: Vec::with_capacity(BUFFER_BYTES) };
    let mut writer = Writer { path, header: measured.header, n_bytes: 0, output: Some(output) };
    let io = |e| Error::io(path, e);
    if let Some(output) = &mut writer.output {
        output.put(&(text.len() as u64).to_le_bytes()).and_then(|()| output.put(&text)).map_err(io)?;
    }
    fill(&mut writer)?;
    let seal = writer.output.as_mut().map_or(Ok([0; SEAL_BYTES]), Output::seal).map_err(io)?;
    if sealed {
        writer.bytes(SEAL, &seal)?;
    }
    if writer.n_bytes != measured.n_bytes {
        return Err(Error::Other(format!("{}: fewer arrays than were measured", path.display())));
    }
    writer.output.as_mut().map_or(Ok(()), Output::flush).map_err(io)
}

/// The arrays of a file that was read.
#[derive(Debug, Clone, Default)]
pub struct Arrays {
    bytes: Vec<u8>,
    facts: Facts,
    found: BTreeMap<String, Found>,
}

/// Where an array lies in a file.
#[derive(Debug, Clone)]
struct Found {
    kind: Option<Kind>,
    shape: Vec<usize>,
    place: Range<usize>,
}

impl Arrays {
    /// Finds the arrays in the bytes of a file. A seal is not checked: see [`is_sealed`].
    ///
    /// # Errors
    /// What is wrong with the bytes, for the message of a caller who knows the file and what to do about it.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, &'static str> {
        let (length, rest) = bytes.split_first_chunk::<8>().ok_or("it is shorter than its header")?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > MOST_HEADER_BYTES {
            return Err("its header is longer than 1 MiB");
        }
        let (header, data) = rest.split_at_checked(length).ok_or("its header is longer than the file")?;
        let metadata: Metadata =
            serde_json::from_slice(header).map_err(|_| "its header does not describe arrays")?;
        // Checked here because the sums of the crate overflow at ends near the largest number.
        if metadata.tensors().values().any(|info| info.data_offsets.1 > data.len()) {
            return Err("an array lies outside the file");
        }
        SafeTensors::read_metadata(&bytes)
            .map_err(|_| "its arrays overlap, leave a gap or do not fit their shapes")?;
        let start = 8 + length;
        let found = |(name, info): (String, &safetensors::tensor::TensorInfo)| {
            let place = start + info.data_offsets.0..start + info.data_offsets.1;
            (name, Found { kind: Kind::of(info.dtype), shape: info.shape.clone(), place })
        };
        let found = metadata.tensors().into_iter().map(found).collect();
        let facts = metadata.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
        Ok(Self { bytes, facts, found })
    }

    /// Facts in words.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Names of the arrays, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.found.keys().map(String::as_str)
    }

    /// The bytes of the file that hold an array; `None` for a name that it lacks.
    pub fn place(&self, name: &str) -> Option<Range<usize>> {
        self.found.get(name).map(|found| found.place.clone())
    }

    /// The seal, which ends the file; `None` when it has none there.
    pub fn seal(&self) -> Option<[u8; SEAL_BYTES]> {
        let place = self.place(SEAL).filter(|place| place.end == self.bytes.len())?;
        self.row(SEAL, Kind::U8).ok().filter(|bytes| bytes.len() == place.len())?.try_into().ok()
    }

    /// The shape and the bytes of an array.
    ///
    /// # Errors
    /// That it is missing or of another kind.
    pub fn array(&self, name: &str, kind: Kind) -> Result<(&[usize], &[u8]), &'static str> {
        let found = self.found.get(name).ok_or("is missing")?;
        let bytes = self.bytes.get(found.place.clone()).ok_or("is missing")?;
        if found.kind == Some(kind) { Ok((&found.shape, bytes)) } else { Err("is of another kind") }
    }

    /// The bytes of an array of one dimension.
    ///
    /// # Errors
    /// That it is missing, of another kind or of more dimensions.
    pub fn row(&self, name: &str, kind: Kind) -> Result<&[u8], &'static str> {
        let (shape, bytes) = self.array(name, kind)?;
        if shape.len() == 1 { Ok(bytes) } else { Err("is of another shape") }
    }
}

/// Whether the bytes of a file end in the BLAKE3 hash of all those before.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.split_last_chunk::<SEAL_BYTES>().is_some_and(|(body, seal)| blake3::hash(body).as_bytes() == seal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(sealed: bool, fill: impl Fn(&mut Writer) -> Result<()>) -> Result<Vec<u8>> {
        let facts = Facts::from([("seed".into(), "1".into()), ("by".into(), "a \"b\"".into())]);
        let mut bytes = Vec::new();
        write_any(&mut bytes, Path::new("a"), &facts, sealed, &fill)?;
        Ok(bytes)
    }

    fn sample(to: &mut Writer) -> Result<()> {
        to.bytes("bytes", b"abc")?;
        to.words("words", (0..30_000).map(|n| n * 7))?;
        to.longs("none", [].into_iter())?;
        to.numbers("numbers", [f64::NAN, -0.0, 1.5].into_iter())?;
        to.floats("floats", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, -6.5])
    }

    #[test]
    fn what_is_written_is_read_by_us_and_by_the_crate() {
        for sealed in [false, true] {
            let bytes = file(sealed, sample).unwrap();
            assert_eq!(is_sealed(&bytes), sealed);
            let arrays = Arrays::parse(bytes.clone()).unwrap();
            assert_eq!(arrays.seal().is_some(), sealed);
            assert_eq!(arrays.facts()["by"], "a \"b\"");
            assert_eq!(arrays.row("bytes", Kind::U8).unwrap(), b"abc");
            assert_eq!(arrays.row("words", Kind::U32).unwrap()[4 * 29_999..], (29_999u32 * 7).to_le_bytes());
            assert_eq!(arrays.row("none", Kind::U64).unwrap(), b"");
            assert_eq!(arrays.row("numbers", Kind::F64).unwrap()[..8], f64::NAN.to_le_bytes());
            assert_eq!(arrays.array("floats", Kind::F32).unwrap().0, [2, 3]);
            assert_eq!(arrays.row("floats", Kind::F32).unwrap_err(), "is of another shape");
            assert_eq!(arrays.row("words", Kind::U8).unwrap_err(), "is of another kind");
            assert_eq!(arrays.row("word", Kind::U8).unwrap_err(), "is missing");
            let theirs = SafeTensors::deserialize(&bytes).unwrap();
            assert_eq!(theirs.tensor("floats").unwrap().data()[20..], (-6.5f32).to_le_bytes());
            assert_eq!(theirs.len(), 5 + usize::from(sealed));
            assert_eq!(bytes, file(sealed, sample).unwrap(), "equal arrays give equal files");
        }
    }

    #[test]
    fn what_fills_a_file_must_keep_its_word() {
        let calls = std::cell::Cell::new(0);
        let changes = |to: &mut Writer| {
            calls.set(calls.get() + 1);
            to.words("n", 0..calls.get())
        };
        let forgets = |to: &mut Writer| {
            calls.set(calls.get() + 1);
            if calls.get() % 2 == 1 { to.words("n", 0..3) } else { Ok(()) }
        };
        let told = |result: Result<Vec<u8>>| result.unwrap_err().to_string();
        assert!(told(file(true, changes)).contains("not the one that was measured"));
        calls.set(0);
        assert!(told(file(false, forgets)).contains("fewer arrays"));
        let twice = |to: &mut Writer| to.bytes("a", b"1").and_then(|()| to.bytes("a", b"1"));
        assert!(told(file(false, twice)).contains("twice"));
        assert!(told(file(true, |to| to.bytes(SEAL, b"1"))).contains("twice"));
        assert!(told(file(true, |to| to.bytes(FACTS, b"1"))).contains("twice"));
        assert!(told(file(false, |to| to.floats("a", &[2, 2], &[1.0]))).contains("as many elements"));
    }

    #[test]
    fn headers_that_lie_are_refused() {
        let parse = |header: &str, n_data: usize| {
            let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend(header.as_bytes());
            bytes.extend(vec![0; n_data]);
            Arrays::parse(bytes).map(|_| ())
        };
        let one = |shape: &str, from: u64, to: u64| {
            format!(r#"{{"a":{{"dtype":"U8","shape":{shape},"data_offsets":[{from},{to}]}}}}"#)
        };
        assert!(parse(&one("[4]", 0, 4), 4).is_ok());
        for (header, n_data) in [
            (one("[4]", 0, 4), 5),
            (one("[3]", 1, 4), 4),
            (one("[5]", 0, 4), 4),
            (one("[4]", 0, 4), 3),
            (one("[18446744073709551607]", 0, u64::MAX - 8), 0),
            (one("[4294967296,4294967296]", 0, 0), 0),
            ("[]".into(), 0),
            ("{\"a\":1}".into(), 0),
        ] {
            assert!(parse(&header, n_data).is_err(), "{header}");
        }
        for bytes in [vec![], vec![0; 7], vec![255; 40]] {
            assert!(Arrays::parse(bytes).is_err());
        }
    }
}

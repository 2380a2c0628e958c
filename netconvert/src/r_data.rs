//! Data frames of R in files of `saveRDS` (`.RDS`, gzipped or not): numbers, whole numbers, texts, factors.
//!
//! The format is that of "R Internals", section 1.8 "Serialization Formats", versions 2 and 3 in XDR (big-endian). What a data
//! frame of a publisher does not need (closures, environments, complex numbers) is refused.

use crate::limit;
use engine::{Fault, Result};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A column; `None` is R's `NA`.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers, also whole ones and truth values (0 and 1).
    Numbers(Vec<Option<f64>>),
    /// Texts, and the levels of factors.
    Texts(Vec<Option<String>>),
}

/// Most values of one vector: what a file that claims more holds is damage.
const MOST_VALUES: usize = 1 << 28;
/// Most lists inside lists.
const MOST_DEPTH: usize = 32;

/// Reads the columns of a data frame, with their names, in the order of the file.
///
/// # Errors
/// A [`Fault`] for a file that is no data frame of R, or is cut off.
pub fn read_frame(path: impl AsRef<Path>) -> Result<Vec<(String, Column)>> {
    let path = path.as_ref();
    let mut bytes = Vec::new();
    limit::open(path)?.read_to_end(&mut bytes).map_err(|e| limit::read_error(path, "", e))?;
    let mut reader = Reader { path: path.to_path_buf(), rest: &bytes, symbols: Vec::new() };
    reader.header()?;
    let Value::List(values, attributes) = reader.value(0)? else {
        return Err(reader.fault("is no data frame"));
    };
    let names = attributes.into_iter().find(|(name, _)| name == "names");
    let Some((_, Value::Texts(names))) = names else {
        return Err(reader.fault("is no data frame"));
    };
    let column = |(name, value): (Option<String>, Value)| Some((name?, column(value)?));
    let columns: Vec<_> = names.into_iter().zip(values).filter_map(column).collect();
    let n = columns.first().map_or(0, |(_, column)| length(column));
    if columns.iter().any(|(_, column)| length(column) != n) {
        return Err(reader.fault("has columns of different lengths"));
    }
    Ok(columns)
}

fn length(column: &Column) -> usize {
    match column {
        Column::Numbers(values) => values.len(),
        Column::Texts(values) => values.len(),
    }
}

/// A vector as a column; `None` for what is none. Numbers with levels are a factor.
fn column(value: Value) -> Option<Column> {
    match value {
        Value::Texts(values) => Some(Column::Texts(values)),
        Value::Numbers(values, attributes) => {
            let levels = attributes.into_iter().find(|(name, _)| name == "levels");
            let Some((_, Value::Texts(levels))) = levels else { return Some(Column::Numbers(values)) };
            let level = |code: Option<f64>| levels.get((code? as usize).checked_sub(1)?)?.clone();
            Some(Column::Texts(values.into_iter().map(level).collect()))
        }
        Value::Null | Value::List(..) => None,
    }
}

type Attributes = Vec<(String, Value)>;

/// An object of R, as far as data frames hold it.
enum Value {
    Null,
    Numbers(Vec<Option<f64>>, Attributes),
    Texts(Vec<Option<String>>),
    List(Vec<Value>, Attributes),
}

/// The bytes that are left, and the symbols that were met: later ones refer to them by number.
struct Reader<'a> {
    path: PathBuf,
    rest: &'a [u8],
    symbols: Vec<String>,
}

impl<'a> Reader<'a> {
    fn fault(&self, what: &str) -> engine::Error {
        Fault::new(&self.path, "", what)
            .expected("a data frame written by R's saveRDS")
            .advice("write it as CSV in R: write.csv(readRDS(\"file.RDS\"), \"file.csv\")")
            .into()
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        if n > self.rest.len() {
            return Err(self.fault("is cut off"));
        }
        let (taken, rest) = self.rest.split_at(n);
        self.rest = rest;
        Ok(taken)
    }

    fn whole(&mut self) -> Result<i32> {
        let bytes = self.take(4)?;
        Ok(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A number of values of which each takes at least `bytes`.
    fn count(&mut self, bytes: usize) -> Result<usize> {
        match usize::try_from(self.whole()?) {
            Ok(n) if n <= MOST_VALUES && n.saturating_mul(bytes) <= self.rest.len() => Ok(n),
            _ => Err(self.fault("is cut off")),
        }
    }

    /// `X\n`, then versions; from version 3 on the encoding of native texts.
    fn header(&mut self) -> Result<()> {
        if self.take(2)? != b"X\n" {
            return Err(self.fault("is no file of saveRDS in its usual form"));
        }
        let version = self.whole()?;
        self.take(8)?;
        if version == 3 {
            let n = self.count(1)?;
            self.take(n)?;
        }
        if (2..=3).contains(&version) { Ok(()) } else { Err(self.fault("is of a version that is not known")) }
    }

    fn value(&mut self, depth: usize) -> Result<Value> {
        let flags = self.whole()?;
        let has_attributes = flags & 0x200 != 0;
        if depth > MOST_DEPTH {
            return Err(self.fault("holds lists inside lists without end"));
        }
        let value = match flags & 0xFF {
            254 => return Ok(Value::Null),
            // Logical and integer vectors; the least number is NA.
            10 | 13 => {
                let n = self.count(4)?;
                let number =
                    |reader: &mut Self| Ok(Some(reader.whole()?).filter(|n| *n != i32::MIN).map(f64::from));
                Value::Numbers((0..n).map(|_| number(self)).collect::<Result<_>>()?, Vec::new())
            }
            14 => Value::Numbers(self.reals()?, Vec::new()),
            16 => {
                let n = self.count(8)?;
                Value::Texts((0..n).map(|_| self.text()).collect::<Result<_>>()?)
            }
            19 => {
                let n = self.count(4)?;
                Value::List((0..n).map(|_| self.value(depth + 1)).collect::<Result<_>>()?, Vec::new())
            }
            238 => self.compact(depth)?,
            _ => return Err(self.fault("holds objects that are no columns")),
        };
        let attributes = if has_attributes { self.pairs(depth)? } else { Vec::new() };
        Ok(match value {
            Value::Numbers(values, _) => Value::Numbers(values, attributes),
            Value::List(values, _) => Value::List(values, attributes),
            of_none => of_none,
        })
    }

    /// Double vector; of the numbers that are none, only `NA` occurs in tables, and all count as it.
    fn reals(&mut self) -> Result<Vec<Option<f64>>> {
        let n = self.count(8)?;
        let bytes = self.take(8 * n)?;
        let number = |bytes: &[u8]| {
            let number = bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
            Some(f64::from_bits(number)).filter(|number| !number.is_nan())
        };
        Ok(bytes.chunks_exact(8).map(number).collect())
    }

    /// One text of a vector; a length of -1 is NA.
    fn text(&mut self) -> Result<Option<String>> {
        if self.whole()? & 0xFF != 9 {
            return Err(self.fault("holds a text that is none"));
        }
        let Ok(n) = usize::try_from(self.whole()?) else { return Ok(None) };
        Ok(Some(String::from_utf8_lossy(self.take(n)?).into_owned()))
    }

    /// A pair list: attributes with their names.
    fn pairs(&mut self, depth: usize) -> Result<Attributes> {
        let mut all = Vec::new();
        loop {
            match self.whole()? & 0xFF {
                254 => return Ok(all),
                2 => {}
                _ => return Err(self.fault("has attributes that are no list")),
            }
            let name = self.symbol()?;
            all.push((name, self.value(depth + 1)?));
        }
    }

    /// A symbol, or the number of one that was met before.
    fn symbol(&mut self) -> Result<String> {
        let flags = self.whole()?;
        match flags & 0xFF {
            1 => {
                let name = self.text()?.unwrap_or_default();
                self.symbols.push(name.clone());
                Ok(name)
            }
            255 => {
                let at = usize::try_from(flags >> 8).ok().and_then(|number| number.checked_sub(1));
                let known = at.and_then(|at| self.symbols.get(at)).cloned();
                known.ok_or_else(|| self.fault("refers to a name that it does not have"))
            }
            _ => Err(self.fault("has an attribute without a name")),
        }
    }

    /// Vectors that R keeps in another form (ALTREP): sequences of whole numbers, and wrapped vectors.
    fn compact(&mut self, depth: usize) -> Result<Value> {
        // Class, package and type of the form.
        if self.whole()? & 0xFF != 2 {
            return Err(self.fault("holds objects that are no columns"));
        }
        let class = self.symbol()?;
        self.plain_pairs(depth)?;
        let state = self.value(depth + 1)?;
        let value = match (class.as_str(), state) {
            ("compact_intseq" | "compact_realseq", Value::Numbers(of, _)) => {
                let [n, first, step] = [0, 1, 2].map(|at| of.get(at).copied().flatten().unwrap_or(0.0));
                if !(0.0..=MOST_VALUES as f64).contains(&n) {
                    return Err(self.fault("is cut off"));
                }
                Value::Numbers((0..n as usize).map(|i| Some(first + step * i as f64)).collect(), Vec::new())
            }
            (_, Value::List(mut parts, _)) if class.starts_with("wrap_") && !parts.is_empty() => {
                parts.remove(0)
            }
            _ => return Err(self.fault("holds vectors in a form that is not known")),
        };
        // Its attributes.
        if self.whole()? & 0xFF != 254 {
            return Err(self.fault("holds vectors in a form that is not known"));
        }
        Ok(value)
    }

    /// The rest of a pair list without names, which says nothing here.
    fn plain_pairs(&mut self, depth: usize) -> Result<()> {
        loop {
            match self.whole()? & 0xFF {
                254 => return Ok(()),
                2 => {}
                _ => return Err(self.fault("holds objects that are no columns")),
            }
            // A symbol or a number.
            let kind = self.rest.get(3).copied().unwrap_or_default();
            if matches!(kind, 1 | 255) {
                self.symbol()?;
            } else {
                self.value(depth + 1)?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A data frame of two rows as R writes it: whole numbers with `NA`, doubles, texts, a factor.
    fn frame() -> Vec<u8> {
        let mut bytes = b"X\n".to_vec();
        let mut put = |n: i32| bytes.extend(n.to_be_bytes());
        [3, 0x0004_0200, 0x0003_0500, 5].into_iter().for_each(&mut put);
        bytes.extend(b"UTF-8");
        let text = |text: &str| {
            let mut bytes = 0x0004_0009_i32.to_be_bytes().to_vec();
            bytes.extend((text.len() as i32).to_be_bytes());
            bytes.extend(text.as_bytes());
            bytes
        };
        let whole = |numbers: &[i32]| numbers.iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<u8>>();
        bytes.extend(whole(&[0x213 | 0x100, 4]));
        bytes.extend(whole(&[13, 2, 400_000, i32::MIN]));
        bytes.extend(whole(&[14, 2]));
        bytes.extend(9.5_f64.to_be_bytes().into_iter().chain(f64::NAN.to_be_bytes()));
        bytes.extend(whole(&[16, 2]).into_iter().chain(text("S")).chain(whole(&[9, -1])));
        bytes.extend(whole(&[0x20D, 2, 2, 1, 0x402, 1]).into_iter().chain(text("levels")));
        bytes.extend(whole(&[16, 2]).into_iter().chain(text("ML")).chain(text("HV")).chain(whole(&[254])));
        bytes.extend(whole(&[0x402, 1]).into_iter().chain(text("names")).chain(whole(&[16, 4])));
        ["station", "flow", "dir", "type"].into_iter().for_each(|name| bytes.extend(text(name)));
        bytes.extend(whole(&[254]));
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<(String, Column)>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.RDS");
        std::fs::write(&path, bytes).unwrap();
        read_frame(path)
    }

    #[test]
    fn a_frame_is_read_with_its_gaps_and_factors() {
        let text = |text: &str| Some(text.to_string());
        let wanted = [
            ("station", Column::Numbers(vec![Some(400_000.0), None])),
            ("flow", Column::Numbers(vec![Some(9.5), None])),
            ("dir", Column::Texts(vec![text("S"), None])),
            ("type", Column::Texts(vec![text("HV"), text("ML")])),
        ];
        assert_eq!(read(&frame()).unwrap(), wanted.map(|(name, column)| (name.to_string(), column)));
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_refused_or_read_but_never_a_panic() {
        let whole = frame();
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err(), "{end}");
        }
        for at in 0..whole.len() {
            for byte in [0, 2, 0x7F, 0xFF] {
                let mut damaged = whole.clone();
                damaged[at] = byte;
                drop(read(&damaged));
            }
        }
    }
}

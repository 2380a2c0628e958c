//! Weights as a file: the safetensors format (8 bytes header length, JSON header, little-endian numbers),
//! which holds numbers only, so that a file from a stranger can do no more than be refused.

use engine::{Fault, Result, disk};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Largest weight file read, bytes.
const LIMIT: u64 = 64 << 20;
/// Largest header, bytes.
const HEADER_LIMIT: usize = 1 << 20;

/// One array of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// Trained numbers by name, and facts about them in words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights {
    pub(crate) arrays: BTreeMap<String, Array>,
    pub(crate) facts: BTreeMap<String, String>,
}

impl Weights {
    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.arrays.values().map(|array| array.values.len()).sum()
    }

    /// A fact about the weights (`surveys`, `seed`, …).
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut header = Map::new();
        header.insert("__metadata__".into(), json!(self.facts));
        let mut data: Vec<u8> = Vec::new();
        for (name, array) in &self.arrays {
            let begin = data.len();
            data.extend(array.values.iter().flat_map(|value| value.to_le_bytes()));
            let entry = json!({"dtype": "F32", "shape": array.shape, "data_offsets": [begin, data.len()]});
            header.insert(name.clone(), entry);
        }
        let mut header = Value::Object(header).to_string().into_bytes();
        header.resize(header.len().next_multiple_of(8), b' ');
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.extend(data);
        bytes
    }

    /// Reads a file's bytes; `file` is its name for messages.
    ///
    /// # Errors
    /// A [`Fault`] where they are no safetensors file of 32-bit numbers.
    pub fn from_bytes(file: impl AsRef<Path>, bytes: &[u8]) -> Result<Self> {
        parse(bytes).map_err(|what| {
            Fault::new(file, "", what)
                .expected("a safetensors file of 32-bit floating-point arrays")
                .advice("train one with `wayfare train`")
                .into()
        })
    }

    /// Reads a file of at most 64 MiB.
    ///
    /// # Errors
    /// As [`Weights::from_bytes`], or the file cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_bytes(path.as_ref(), &disk::read(path.as_ref(), LIMIT)?)
    }

    /// Writes a file, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        disk::write_bytes(path, &self.to_bytes())
    }
}

fn parse(bytes: &[u8]) -> Result<Weights, &'static str> {
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or("is shorter than its header")?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    if length > HEADER_LIMIT || length > rest.len() {
        return Err("the header is longer than the file or than 1 MiB");
    }
    let (header, data) = rest.split_at(length);
    let header: Map<String, Value> =
        serde_json::from_slice(header).map_err(|_| "the header is no JSON object")?;
    let mut weights = Weights::default();
    for (name, entry) in header {
        if name == "__metadata__" {
            weights.facts = serde_json::from_value(entry).map_err(|_| "the metadata is not text by name")?;
        } else {
            weights.arrays.insert(name, array(&entry, data)?);
        }
    }
    Ok(weights)
}

fn array(entry: &Value, data: &[u8]) -> Result<Array, &'static str> {
    let numbers = |key: &str| -> Option<Vec<usize>> {
        entry.get(key)?.as_array()?.iter().map(|n| usize::try_from(n.as_u64()?).ok()).collect()
    };
    if entry.get("dtype").and_then(Value::as_str) != Some("F32") {
        return Err("an array is not of type F32");
    }
    let shape = numbers("shape").ok_or("an array has no shape")?;
    let n_values =
        shape.iter().try_fold(1_usize, |n, &side| n.checked_mul(side)).ok_or("a shape is too large")?;
    let [begin, end] = numbers("data_offsets").unwrap_or_default()[..] else {
        return Err("an array has no place");
    };
    let bytes = data.get(begin..end).ok_or("an array lies outside the file")?;
    if n_values.checked_mul(4) != Some(bytes.len()) {
        return Err("an array does not fit its shape");
    }
    let values: Vec<f32> =
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
    if values.iter().any(|value| !value.is_finite()) {
        return Err("an array holds a number that is not finite");
    }
    Ok(Array { shape, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Weights {
        let mut weights = Weights::default();
        weights.facts.insert("surveys".into(), "a,b".into());
        weights
            .arrays
            .insert("x".into(), Array { shape: vec![2, 3], values: vec![1.0, -2.5, 0.0, 4.0, 5.0, 6.0] });
        weights.arrays.insert("y".into(), Array { shape: vec![1], values: vec![7.0] });
        weights
    }

    #[test]
    fn what_is_written_is_read() {
        let weights = sample();
        assert_eq!(Weights::from_bytes("w", &weights.to_bytes()).unwrap(), weights);
        let cut = Weights::from_bytes("w", &weights.to_bytes()[..40]).unwrap_err();
        assert_eq!(cut.exit_code(), 2);
    }

    proptest! {
        #[test]
        fn mutated_files_never_panic(edits in prop::collection::vec((0usize..300, any::<u8>()), 1..8)) {
            let mut bytes = sample().to_bytes();
            for (at, byte) in edits {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            let _ = Weights::from_bytes("w", &bytes);
        }
    }
}

//! Weights as a file of named arrays ([`engine::arrays`], the safetensors format), which holds numbers only, so that a
//! file from a stranger can do no more than be refused.

use engine::arrays::{self, Arrays, Facts, Kind, Writer};
use engine::{Fault, Result, disk};
use std::collections::BTreeMap;
use std::path::Path;

/// Largest weight file read, bytes.
const LIMIT: u64 = 64 << 20;

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
    pub(crate) facts: Facts,
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
    ///
    /// # Errors
    /// An array does not fill its shape.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        arrays::write(&mut bytes, Path::new("memory"), &self.facts, |to| self.fill(to))?;
        Ok(bytes)
    }

    fn fill(&self, to: &mut Writer) -> Result<()> {
        self.arrays.iter().try_for_each(|(name, array)| to.floats(name, &array.shape, &array.values))
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
        let path = path.as_ref();
        disk::write(path, |file| arrays::write(file, path, &self.facts, |to| self.fill(to)))
    }
}

fn parse(bytes: &[u8]) -> Result<Weights, String> {
    let found = Arrays::parse(bytes.to_vec()).map_err(|what| format!("is damaged: {what}"))?;
    let mut weights = Weights { facts: found.facts().clone(), ..Weights::default() };
    for name in found.names() {
        let (shape, bytes) = found.array(name, Kind::F32).map_err(|what| format!("array `{name}` {what}"))?;
        let (numbers, _) = bytes.as_chunks();
        let values: Vec<f32> = numbers.iter().map(|four| f32::from_le_bytes(*four)).collect();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(format!("array `{name}` holds a number that is not finite"));
        }
        weights.arrays.insert(name.into(), Array { shape: shape.to_vec(), values });
    }
    Ok(weights)
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
        assert_eq!(Weights::from_bytes("w", &weights.to_bytes().unwrap()).unwrap(), weights);
        let cut = Weights::from_bytes("w", &weights.to_bytes().unwrap()[..40]).unwrap_err();
        assert_eq!(cut.exit_code(), 2);
    }

    #[test]
    fn the_shipped_weights_are_written_as_they_are_shipped() {
        let shipped = include_bytes!("../../../weights/chain.safetensors");
        assert_eq!(Weights::from_bytes("w", shipped).unwrap().to_bytes().unwrap(), shipped);
    }

    proptest! {
        #[test]
        fn mutated_files_never_panic(edits in prop::collection::vec((0usize..300, any::<u8>()), 1..8)) {
            let mut bytes = sample().to_bytes().unwrap();
            for (at, byte) in edits {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            let _ = Weights::from_bytes("w", &bytes);
        }
    }
}

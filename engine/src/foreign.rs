//! A fence around binary decoders of others (polars' Parquet, osmpbf, shapefile, dbase): a panic inside one is a
//! damaged file, not the end of the run.

use crate::error::{Fault, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Runs a decoder over `path`.
///
/// # Errors
/// What the decoder returns, or a [`Fault`] that the file is damaged when it panics. Nothing that the
/// decoder was changing is used after that. (The panic hook still writes its line to stderr.)
pub fn fence<T>(path: &Path, decode: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        Err(Fault::new(path, "", "is damaged: its decoder gave up").advice("fetch it again").into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_fault() {
        let error = fence::<()>(Path::new("a.pbf"), || panic!("unknown member type")).unwrap_err();
        assert!(error.to_string().starts_with("a.pbf: is damaged"), "{error}");
        assert_eq!(fence(Path::new("a.pbf"), || Ok(1)).unwrap(), 1);
    }
}

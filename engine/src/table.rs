//! Tables on disk: Parquet with zstd, one reader and one writer, written whole or not at all.

use crate::disk;
use crate::error::{Fault, Result};
use crate::foreign::fence;
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::*;
use std::path::Path;

/// Writes a table as Parquet (zstd) with optional key-value metadata (GeoParquet's `geo`).
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(path: impl AsRef<Path>, table: &mut DataFrame, metadata: &[(&str, String)]) -> Result<()> {
    let pairs: Vec<(String, String)> = metadata.iter().map(|(k, v)| ((*k).to_string(), v.clone())).collect();
    disk::write(path, |writer| {
        let mut parquet = ParquetWriter::new(writer).with_compression(ParquetCompression::Zstd(None));
        if !pairs.is_empty() {
            parquet = parquet.with_key_value_metadata(Some(KeyValueMetadata::from_static(pairs)));
        }
        parquet.finish(table)?;
        Ok(())
    })
}

/// Reads a Parquet table.
///
/// # Errors
/// A [`Fault`] when the file is missing, truncated or no Parquet.
pub fn read(path: impl AsRef<Path>) -> Result<DataFrame> {
    let path = path.as_ref();
    let reader = ParquetReader::new(disk::open(path)?);
    decode(path, || reader.finish())
}

/// Whatever is wrong with the bytes is a fault.
fn decode<T>(path: &Path, read: impl FnOnce() -> PolarsResult<T>) -> Result<T> {
    let unreadable = |e| Fault::new(path, "", format!("is not a readable Parquet table ({e})"));
    fence(path, || read().map_err(|e| unreadable(e).advice("write it again").into()))
}

/// Names and types of the columns of a Parquet file.
///
/// # Errors
/// A [`Fault`] when the file is missing, truncated or no Parquet.
pub fn schema(path: impl AsRef<Path>) -> Result<std::collections::BTreeMap<String, String>> {
    let path = path.as_ref();
    let mut reader = ParquetReader::new(disk::open(path)?);
    let schema = decode(path, || reader.schema())?;
    let columns = schema.iter().map(|(name, field)| (name.to_string(), format!("{:?}", field.dtype())));
    Ok(columns.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by the fuzzer of events: a footer at which polars panics.
    #[test]
    fn a_footer_that_polars_panics_at_is_a_fault() {
        let path = std::env::temp_dir().join(format!("wayfare-footer-{}.parquet", std::process::id()));
        let footer = "6666666DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD6666666646666666660666000000000570325469778970760";
        std::fs::write(&path, format!("p \t\0\t\t\0\0\0PAR1{footer}5\0\0\0PAR1")).unwrap();
        for error in [read(&path).unwrap_err(), schema(&path).unwrap_err()] {
            assert!(error.to_string().contains("is damaged"), "{error}");
        }
        std::fs::remove_file(&path).unwrap();
    }
}

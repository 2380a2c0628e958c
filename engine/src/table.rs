//! Tables on disk: Parquet with zstd, one reader and one writer, written whole or not at all.

use crate::disk;
use crate::error::{Error, Fault, Result};
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::*;
use std::path::Path;

/// Writes a table as Parquet (zstd) with optional key-value metadata (GeoParquet's `geo`).
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
    ParquetReader::new(disk::open(path)?).finish().map_err(|e| {
        Error::from(
            Fault::new(path, "", format!("is not a readable Parquet table ({e})")).advice("write it again"),
        )
    })
}

/// Names and types of the columns of a Parquet file.
pub fn schema(path: impl AsRef<Path>) -> Result<std::collections::BTreeMap<String, String>> {
    let path = path.as_ref();
    let schema = ParquetReader::new(disk::open(path)?).schema()?;
    let columns = schema.iter().map(|(name, field)| (name.to_string(), format!("{:?}", field.dtype())));
    Ok(columns.collect())
}

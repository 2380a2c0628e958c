//! Tables on disk: Parquet with zstd, one reader and one writer, written whole or not at all. A [`Schema`] says what a
//! table holds; no table is written that differs from its schema.

use crate::disk;
use crate::error::{Error, Fault, Result};
use crate::foreign::fence;
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::*;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Key of the metadata in each file of a table that says its columns with units and meanings ([`Schema::metadata`]).
pub const METADATA: &str = "wayfare";

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

/// What the metadata of a Parquet file has under a key.
///
/// # Errors
/// A [`Fault`] when the file is missing, truncated or no Parquet.
pub fn metadata(path: impl AsRef<Path>, key: &str) -> Result<Option<String>> {
    let path = path.as_ref();
    let mut reader = ParquetReader::new(disk::open(path)?);
    decode(path, || {
        let all = reader.get_metadata()?.key_value_metadata().iter().flatten();
        Ok(all.filter(|pair| pair.key == key).find_map(|pair| pair.value.clone()))
    })
}

/// Type of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Whole number, 8 bits, no sign.
    U8,
    /// Whole number, 16 bits, no sign.
    U16,
    /// Whole number, 32 bits, no sign.
    U32,
    /// Whole number, 64 bits, no sign.
    U64,
    /// Whole number, 32 bits.
    I32,
    /// Floating-point number, 32 bits.
    F32,
    /// Floating-point number, 64 bits.
    F64,
    /// True or false.
    Bool,
    /// Text, UTF-8.
    Text,
    /// Bytes.
    Bytes,
    /// List of [`Type::U32`].
    U32List,
    /// List of [`Type::F64`].
    F64List,
}

impl Type {
    /// The type as polars names it.
    pub fn polars(self) -> DataType {
        match self {
            Self::U8 => DataType::UInt8,
            Self::U16 => DataType::UInt16,
            Self::U32 => DataType::UInt32,
            Self::U64 => DataType::UInt64,
            Self::I32 => DataType::Int32,
            Self::F32 => DataType::Float32,
            Self::F64 => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::Text => DataType::String,
            Self::Bytes => DataType::Binary,
            Self::U32List => DataType::List(Box::new(DataType::UInt32)),
            Self::F64List => DataType::List(Box::new(DataType::Float64)),
        }
    }

    /// The type in words, for the reference of tables.
    pub fn words(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::I32 => "i32",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Bool => "bool",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::U32List => "list of u32",
            Self::F64List => "list of f64",
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name; where the values have a unit it ends in it.
    pub name: &'static str,
    /// Type of the values.
    pub of: Type,
    /// Unit of the values; empty where they have none.
    pub unit: &'static str,
    /// What a value is, in a phrase, and when one is missing.
    pub meaning: &'static str,
}

/// A column, for the constants in which a table says what it holds.
pub const fn column(name: &'static str, of: Type, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, of, unit, meaning }
}

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// Name of the table; its file is `NAME.parquet`.
    pub name: &'static str,
    /// What its rows are, in a phrase.
    pub rows: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
}

impl Schema {
    /// The file of the table in a folder.
    pub fn path(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.parquet", self.name))
    }

    /// Writes the table into a folder, with optional key-value metadata.
    ///
    /// # Errors
    /// [`Error::Other`] where the columns are not those of the schema, or what the file system says; the old file, if
    /// there is one, is then unchanged.
    pub(crate) fn write(
        &self,
        folder: &Path,
        table: &mut DataFrame,
        metadata: &[(&str, String)],
    ) -> Result<()> {
        self.check(table)?;
        let own = [(METADATA, self.metadata())];
        let metadata: Vec<(&str, String)> = own.into_iter().chain(metadata.iter().cloned()).collect();
        write(self.path(folder), table, &metadata)
    }

    /// What the table holds as JSON, for readers without this program: the value of [`METADATA`] in each file.
    pub fn metadata(&self) -> String {
        let column = |c: &Column| {
            let unit = Some(c.unit).filter(|unit| !unit.is_empty());
            serde_json::json!({"name": c.name, "unit": unit, "meaning": c.meaning})
        };
        let columns: Vec<_> = self.columns.iter().map(column).collect();
        serde_json::json!({"table": self.name, "rows": self.rows, "columns": columns}).to_string()
    }

    /// Whether a table has exactly the columns of the schema, in their order and of their types.
    ///
    /// # Errors
    /// [`Error::Other`] that names both.
    fn check(&self, table: &DataFrame) -> Result<()> {
        let found: Vec<(String, DataType)> =
            table.columns().iter().map(|c| (c.name().to_string(), c.dtype().clone())).collect();
        let wanted = self.columns.iter().map(|c| (c.name.to_string(), c.of.polars()));
        if wanted.clone().eq(found.iter().cloned()) {
            return Ok(());
        }
        let wanted: Vec<_> = wanted.collect();
        Err(Error::Other(format!("table {}: made with {found:?}, its schema says {wanted:?}", self.name)))
    }

    /// The columns as a table in Markdown.
    pub fn reference(&self) -> String {
        let mut out = format!("## `{}`\n\n{}\n\n", self.name, sentence(self.rows));
        out += "| column | type | unit | meaning |\n|---|---|---|---|\n";
        for Column { name, of, unit, meaning } in self.columns {
            let unit = if unit.is_empty() { "–" } else { unit };
            // Writing to a string cannot fail.
            let _ = writeln!(out, "| `{name}` | {} | {unit} | {meaning} |", of.words());
        }
        out
    }
}

/// A phrase with a capital and a full stop.
fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
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

    #[test]
    fn a_table_that_differs_from_its_schema_is_not_written() {
        const TABLE: Schema = Schema {
            name: "cars",
            rows: "one row a car",
            columns: &[column("car", Type::U32, "", "number"), column("length_m", Type::F64, "m", "length")],
        };
        let folder = std::env::temp_dir().join(format!("wayfare-schema-{}", std::process::id()));
        disk::make_folder(&folder).unwrap();
        let mut good = df!["car" => [1u32], "length_m" => [4.5f64]].unwrap();
        TABLE.write(&folder, &mut good, &[]).unwrap();
        let bad = [
            df!["car" => [1u32]].unwrap(),
            df!["car" => [1u32], "length_m" => [4.5f32]].unwrap(),
            df!["length_m" => [4.5f64], "car" => [1u32]].unwrap(),
            df!["car" => [1u32], "length_m" => [4.5f64], "colour" => ["red"]].unwrap(),
        ];
        for mut table in bad {
            assert!(TABLE.write(&folder, &mut table, &[]).is_err(), "{table}");
        }
        assert_eq!(read(TABLE.path(&folder)).unwrap(), good);
        assert!(
            TABLE.reference().contains("One row a car.")
                && TABLE.reference().contains("| `length_m` | f64 | m |")
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

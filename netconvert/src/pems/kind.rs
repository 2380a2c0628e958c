//! Which of PeMS's files it is: by its name, else by what stands in its first line.

use super::{Quality, Read, day, read_hourly_typical, read_station_meta};
use crate::limit::{self, CsvForm};
use engine::projection::{Crs, Projection};
use engine::validate::station::Station;
use engine::{Fault, Result};
use std::path::Path;

/// A file of counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// MTC's means of a typical weekday: the only one with a header.
    Typical,
    FiveMinutes,
    Hours,
    Raw,
}

/// Columns of an hour file, of a 5-minute file and of a raw file of eight lanes.
const COLUMNS: [(usize, Kind); 3] = [(42, Kind::Hours), (52, Kind::FiveMinutes), (26, Kind::Raw)];

/// Reads counts from any file of PeMS that tells hours. `stations` is the metadata ([`super::read_station_meta`]); the files
/// of the clearinghouse need it, because they do not say where their stations are.
///
/// # Errors
/// A [`Fault`] for a file that tells no hours, one whose kind cannot be told, a file of the clearinghouse without metadata, and
/// whatever its reader says.
pub fn read_counts(
    path: impl AsRef<Path>,
    projection: &Projection,
    stations: Option<&[Station]>,
    quality: &Quality,
) -> Read {
    let path = path.as_ref();
    let kind = kind(path)?;
    if kind == Kind::Typical {
        return read_hourly_typical(path, projection, stations.unwrap_or_default(), quality);
    }
    let stations = stations.ok_or_else(|| without_metadata(path))?;
    match kind {
        Kind::FiveMinutes => day::read_5min(path, stations, quality),
        Kind::Raw => day::read_raw(path, stations, quality),
        _ => day::read_station_hour(path, stations, quality),
    }
}

/// Reads counts with the metadata beside them, as [`read_counts`]; what was odd in either.
///
/// # Errors
/// As [`read_counts`] and [`super::read_station_meta`].
pub fn read_with(counts: &Path, metadata: Option<&Path>, projection: &Projection) -> Read {
    let stations = metadata.map(|metadata| read_station_meta(metadata, projection)).transpose()?;
    let (stations, mut warnings) = stations.map_or((None, Vec::new()), |(of, odd)| (Some(of), odd));
    let (counts, more) = read_counts(counts, projection, stations.as_deref(), &Quality::default())?;
    warnings.extend(more);
    Ok((counts, warnings))
}

/// The UTM zone of the first station that has a position: in the metadata, else in the counts themselves.
///
/// # Errors
/// A [`Fault`] where no station has a position, or its position is outside UTM.
pub fn utm(counts: &Path, metadata: Option<&Path>) -> Result<Crs> {
    let file = metadata.unwrap_or(counts);
    // Names in the metadata hold lone quotes ([`super::meta`]).
    let tabs = CsvForm { delimiter: b'\t', header: true, quoting: false, ragged: true };
    let mut table = match metadata {
        Some(metadata) => limit::csv_form(metadata, tabs)?,
        None => {
            // Says which file it wants where the counts are of the clearinghouse, which has no header.
            if kind(counts)? != Kind::Typical {
                return Err(without_metadata(counts).into());
            }
            limit::csv(counts)?
        }
    };
    let place = ["longitude", "latitude"]
        .map(|name| table.header().iter().position(|column| column.trim().eq_ignore_ascii_case(name)));
    while let Some(row) = table.advance()? {
        if let (Some(lon), Some(lat)) = (row.number_if(place[0])?, row.number_if(place[1])?) {
            return Crs::utm(lon, lat).map_err(|_| {
                row.row_fault(format!("has a station at longitude {lon}, latitude {lat}, outside UTM")).into()
            });
        }
    }
    Err(Fault::new(file, "", "has no station with a position")
        .expected("longitude and latitude of stations, in degrees")
        .advice(
            "give the metadata of the district, or name the reference system of the network (EPSG:<code>)",
        )
        .into())
}

/// Counts of the clearinghouse came alone.
fn without_metadata(path: &Path) -> Fault {
    Fault::new(path, "", "is a file of the PeMS clearinghouse, which does not say where its stations are")
        .expected("the metadata of the district beside it (metadata = \"dDD_text_meta_YYYY_MM_DD.txt\")")
        .advice("fetch \"Station Metadata\" from the Data Clearinghouse of pems.dot.ca.gov")
}

/// The kind of a file.
fn kind(path: &Path) -> Result<Kind> {
    let mut table = limit::csv_bare(path, b',')?;
    let Some(row) = table.advance()? else {
        return Err(Fault::new(path, "", "is empty").expected("counts of PeMS").into());
    };
    let first = row.text(0);
    if !first.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(Kind::Typical);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is = |part: &str| name.contains(part);
    match () {
        () if is("station_hour") => return Ok(Kind::Hours),
        () if is("station_5min") => return Ok(Kind::FiveMinutes),
        () if is("station_raw") => return Ok(Kind::Raw),
        () => {}
    }
    let hours = "a file by hours (dDD_text_station_hour_YYYY_MM.txt), 5 minutes (…station_5min…) or 30 seconds (…station_raw…)";
    if is("station_day") || is("aadt") {
        return Err(Fault::new(path, 1, "tells whole days, not hours")
            .expected(hours)
            .advice("fetch the station-hour file of the month from the Data Clearinghouse of pems.dot.ca.gov")
            .into());
    }
    let columns = COLUMNS.iter().find(|(columns, _)| *columns == row.len());
    columns.map(|(_, kind)| *kind).ok_or_else(|| {
        Fault::new(
            path,
            1,
            format!("has {} columns and a name that does not tell which file of PeMS it is", row.len()),
        )
        .expected(hours)
        .advice("give it the name that it has in the clearinghouse")
        .into()
    })
}

//! Station metadata (`dDD_text_meta_YYYY_MM_DD.txt`): tab-separated with a header, names unquoted.
//!
//! Metadata change when detectors are rebuilt: there is one file for each change, and that for a day of counts is
//! the newest that is not later. `Type` is one of the codes of [`super::station_kind`]; `Lanes` counts all lanes
//! of the station; positions are longitude and latitude in degrees.

use super::{place, route_of, station_kind, station_number};
use crate::limit::{self, CsvForm};
use crate::tally::Tally;
use engine::projection::Projection;
use engine::validate::station::{Station, StationKind};
use engine::{Result, Warning};
use std::path::Path;

/// Reads station metadata: columns ID, Fwy, Dir, Latitude, Longitude, Type, Lanes, and Name where it is there (others may be
/// there in any order). Stations in the order of the file; one without a position keeps `xy_m` `None`.
///
/// # Errors
/// A [`engine::Fault`] `file:line` for a missing column or a cell that is no number.
pub fn read_station_meta(
    path: impl AsRef<Path>,
    projection: &Projection,
) -> Result<(Vec<Station>, Vec<Warning>)> {
    let path = path.as_ref();
    // Station names hold lone quotes, so `"` is an ordinary character here.
    let form = CsvForm { delimiter: b'\t', header: true, quoting: false, ragged: true };
    let mut table = limit::csv_form(path, form)?;
    let (id, route, direction) = (table.column("ID")?, table.column("Fwy")?, table.column("Dir")?);
    let (lat, lon) = (table.column("Latitude")?, table.column("Longitude")?);
    let (kind, lanes, name) = (table.column("Type")?, table.column("Lanes")?, table.find("Name"));
    let mut tally = Tally::new(path);
    let mut stations = Vec::new();
    while let Some(row) = table.advance()? {
        if row.text(id).is_empty() {
            tally.part("stations", "row without a station, left out", row.line());
            continue;
        }
        let number = station_number(row, id)?;
        tally.whole("stations", 1);
        let xy_m = place(projection, row.number_if(Some(lon))?, row.number_if(Some(lat))?)?;
        if xy_m.is_none() {
            tally.part("stations", "station without a position", row.line());
        }
        let lanes = row.number_if(Some(lanes))?.unwrap_or(0.0);
        if !(1.0..=255.0).contains(&lanes) {
            tally.part("stations", "station without a number of lanes, taken as 0", row.line());
        }
        let (route, kind) = (route_of(row.text(route), row.text(direction)), station_kind(row.text(kind)));
        if route.is_none() {
            tally.part("stations", "station without a route and its direction", row.line());
        }
        if kind == StationKind::Other {
            tally.part("stations", "station of a type that is none of PeMS's", row.line());
        }
        stations.push(Station {
            name: number.to_string(),
            route,
            kind,
            xy_m,
            lanes: lanes.clamp(0.0, 255.0) as u8,
            link: None,
            crossing: crossing(row.text_if(name)),
        });
    }
    Ok((stations, tally.into_warnings()))
}

/// The street in the name of a station, which says where a detector stands relative to it in Caltrans' shorthand: without
/// distance, direction, `oppo` (on the opposite side) and the kind of ramp. `None` for the number of a controller.
///
/// ```text
/// oppo University Ave off-e-diag → University Ave; 1900' E of First St → First St; 4A5324 loc 62 → None
/// ```
fn crossing(name: &str) -> Option<String> {
    let mut words: Vec<&str> = name.split_whitespace().collect();
    let is_one_of = |word: Option<&&str>, of: &[&str]| {
        word.is_some_and(|word| of.iter().any(|of| word.eq_ignore_ascii_case(of)))
    };
    let is_distance = |word: &str| word.strip_suffix('\'').is_some_and(|feet| feet.parse::<u32>().is_ok());
    if is_one_of(words.first(), &["oppo"]) {
        words.remove(0);
    }
    let is_far = words.first().is_some_and(|word| is_distance(word));
    if is_far {
        words.remove(0);
    }
    let is_beside = is_far || is_one_of(words.get(1), &["of"]);
    if is_beside && is_one_of(words.first(), &["N", "S", "E", "W"]) {
        words.remove(0);
    }
    if is_one_of(words.first(), &["of"]) {
        words.remove(0);
    }
    let is_ramp = |word: &str| {
        let first = word.split(['-', '/']).next().unwrap_or_default().to_lowercase();
        ["on", "off", "rm", "conn"].contains(&first.as_str())
    };
    while words.last().is_some_and(|word| is_ramp(word)) {
        words.pop();
    }
    (!words.is_empty() && !words.contains(&"loc")).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::crossing;

    #[test]
    fn the_street_is_told_without_shorthand() {
        for (name, street) in [
            ("oppo University Ave off-e-diag", "University Ave"),
            ("1900' E of First St", "First St"),
            ("W of Loveridge Rd", "Loveridge Rd"),
            ("2100' S Sycamore Valley Rd", "Sycamore Valley Rd"),
            ("N First St rm-s-diag", "N First St"),
            ("Stenmark Dr off", "Stenmark Dr"),
            ("DIABLO RD  ON-S-DIAG", "DIABLO RD"),
        ] {
            assert_eq!(crossing(name).as_deref(), Some(street));
        }
        for name in ["4A5324 loc 62", "", "oppo"] {
            assert_eq!(crossing(name), None);
        }
    }
}

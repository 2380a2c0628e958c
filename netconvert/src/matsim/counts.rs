//! `counts_v1.xsd`: hourly volumes at links.
//!
//! | element | read | not read |
//! |---|---|---|
//! | `<counts>` | – | `name`, `desc`, `year`, `layer` |
//! | `<count>` | `loc_id` (link), `cs_id` (station), `x`, `y` (metres, both or none) | – |
//! | `<volume>` | `h` (1 to 24), `val` (vehicles in that hour) | – |

use super::attribute;
use crate::limit::{Token, Xml, xml};
use crate::packed;
use crate::tally::Tally;
use engine::validate::station::{Counts, HourCount, Station, StationKind};
use engine::{Fault, Result, Warning};
use std::path::Path;

/// Reads counts. MATSim's `h` = 1 is the hour from 00:00; lanes are not told (0), nor the days behind a
/// value (taken as 1). A station is named by `cs_id`, or by its link where that is missing.
///
/// # Errors
/// A [`Fault`] for XML that is no counts file, an hour outside 1..=24 or twice, or a negative value.
pub fn read(path: impl AsRef<Path>) -> Result<(Counts, Vec<Warning>)> {
    let path = path.as_ref();
    let mut cursor = xml(path)?;
    let mut counts = Counts::default();
    let mut root = false;
    while let Some(token) = cursor.advance()? {
        if token == Token::Close {
            continue;
        }
        match (cursor.parent(token), cursor.name()) {
            ("", "counts") => root = true,
            ("", other) => {
                return Err(cursor
                    .fault(format!("is not a MATSim counts file: the root is <{other}>"))
                    .expected("<counts>")
                    .into());
            }
            ("counts", "count") => counts.stations.push(station(&cursor)?),
            ("count", "volume") => volume(&cursor, &mut counts)?,
            _ => {}
        }
    }
    if !root {
        return Err(Fault::new(path, "", "holds no counts").expected("<counts>").into());
    }
    counts.hours.sort_by_key(|h| (h.station, h.hour));
    if let Some(twice) =
        counts.hours.windows(2).find(|w| (w[0].station, w[0].hour) == (w[1].station, w[1].hour))
    {
        let name = &counts.stations[twice[0].station as usize].name;
        return Err(Fault::new(
            path,
            format!("station {name}"),
            format!("h={} is given twice", twice[0].hour + 1),
        )
        .into());
    }
    Ok((counts, Vec::new()))
}

/// A station from its tag. The format does not state the kind, so it is other.
fn station(xml: &Xml) -> Result<Station> {
    let link = xml.need("loc_id")?.to_string();
    let name = xml.get("cs_id").filter(|n| !n.is_empty()).unwrap_or(&link).to_string();
    let xy_m = xml.number_if("x")?.zip(xml.number_if("y")?);
    Ok(Station { name, route: None, kind: StationKind::Other, xy_m, lanes: 0, link: Some(link) })
}

/// Adds an hour to the station that was opened last.
fn volume(xml: &Xml, counts: &mut Counts) -> Result<()> {
    let hour: u8 = xml.parse("h", "an hour from 1 to 24")?.unwrap_or(0);
    if !(1..=24).contains(&hour) {
        return Err(xml.value_fault("h", "an hour from 1 to 24").into());
    }
    let volume_vph = xml.number("val")?;
    if volume_vph < 0.0 {
        return Err(xml.value_fault("val", "a number that is not negative").into());
    }
    let station = counts.stations.len().saturating_sub(1) as u32;
    counts.hours.push(HourCount {
        station,
        hour: hour - 1,
        volume_vph,
        volume_sd: None,
        speed_mps: None,
        days: 1,
    });
    Ok(())
}

/// Writes counts, gzipped when the name ends with `.gz`. MATSim wants a link: stations without one, and
/// stations that saw nothing, are left out and counted as warnings. Speeds, spreads, days, routes and
/// lanes have no place in the format.
///
/// `name` and `year` are what the format asks for about the counts as a whole.
///
/// # Errors
/// Whatever keeps the file from being written.
pub fn write(counts: &Counts, name: &str, year: u16, path: impl AsRef<Path>) -> Result<Vec<Warning>> {
    let path = path.as_ref();
    let mut tally = Tally::new(path);
    packed::write_plain(path, |out| {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            out,
            "<counts xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:noNamespaceSchemaLocation=\"http://matsim.org/files/dtd/counts_v1.xsd\"{} year=\"{year}\">",
            attribute("name", name)
        )?;
        for (index, station) in counts.stations.iter().enumerate() {
            let first = counts.hours.partition_point(|h| (h.station as usize) < index);
            let hours = counts.hours[first..].iter().take_while(|h| h.station as usize == index);
            let Some(link) = &station.link else {
                tally.add("a station without a link was left out", &station.name);
                continue;
            };
            if hours.clone().next().is_none() {
                tally.add("a station without a value was left out", &station.name);
                continue;
            }
            let xy = station.xy_m.map_or_else(String::new, |(x, y)| format!(" x=\"{x}\" y=\"{y}\""));
            writeln!(out, "<count{}{}{xy}>", attribute("loc_id", link), attribute("cs_id", &station.name))?;
            for hour in hours {
                writeln!(out, "<volume h=\"{}\" val=\"{}\"/>", hour.hour + 1, hour.volume_vph)?;
            }
            writeln!(out, "</count>")?;
        }
        writeln!(out, "</counts>")
    })?;
    Ok(tally.into_warnings())
}

//! `counts_v1.xsd`, `counts_v2.xsd`: volumes at links. The versions are told apart by their words.
//!
//! | version | element | read | not read |
//! |---|---|---|---|
//! | both | `<counts>` | – | `name`, `desc`, `year`, `source`, … |
//! | 1 | `<count>` | `loc_id` (link), `cs_id` (station), `x`, `y` (metres, both or none) | – |
//! | 1 | `<volume>` | `h` (1 to 24), `val` (vehicles in that hour) | – |
//! | 2 | `<location>` | `refId` (link), `id` or `name` (station), `x`, `y` | – |
//! | 2 | `<measurements>` | `networkMode`, `interval` (seconds) of type `volumes` | types `velocities`, `passengers` |
//! | 2 | `<value>` | `t` (begin of the interval, seconds since midnight), `val` (vehicles in the interval) | – |
//!
//! Intervals shorter than an hour add up to it; an hour that was not counted from its begin to its end is left out. Of
//! several modes those that are asked for add up, the car alone if nothing else is said: it is for the user to know which
//! vehicles the plans hold.

use super::attribute;
use crate::limit::{Token, Xml, xml};
use crate::packed;
use crate::tally::Tally;
use engine::unit::DAY_S;
use engine::validate::station::{Counts, HourCount, Station, StationKind};
use engine::{Fault, Result, Warning};
use std::collections::BTreeMap;
use std::path::Path;

/// Reads counts of cars. MATSim's `h` = 1 is the hour from 00:00; lanes are not told (0), nor the days behind a
/// value (taken as 1). A station is named by `cs_id` (version 2: `id`, else `name`), or by its link where that is missing.
///
/// # Errors
/// A [`Fault`] for XML that is no counts file of version 1 or 2 or holds no station with an hour, an hour outside 1..=24,
/// a time twice, or a negative value.
pub fn read(path: impl AsRef<Path>) -> Result<(Counts, Vec<Warning>)> {
    read_modes(path, &[])
}

/// As [`read`], with the volumes of these modes added up (version 2; in version 1 no mode is told). None means the car.
///
/// # Errors
/// As [`read`].
pub fn read_modes(path: impl AsRef<Path>, modes: &[String]) -> Result<(Counts, Vec<Warning>)> {
    let path = path.as_ref();
    let car = ["car".to_string()];
    let modes = if modes.is_empty() { &car[..] } else { modes };
    let mut cursor = xml(path)?;
    let mut draft = Draft::new(path, modes);
    while let Some(token) = cursor.advance()? {
        if token == Token::Open {
            draft.open(&cursor)?;
        }
    }
    draft.finish(path)
}

/// An hour of a station while it is added up: seconds covered and vehicles, by mode.
type Cell<'a> = BTreeMap<&'a str, (u32, f64)>;

/// Counts while they are read.
struct Draft<'a> {
    /// Modes whose volumes add up.
    modes: &'a [String],
    root: bool,
    year: Option<u16>,
    stations: Vec<Station>,
    /// Whether the location being read stands for a station.
    on_link: bool,
    /// Mode and interval (seconds) of the measurements being read; `None` where they are not kept.
    measuring: Option<(String, u32)>,
    /// Interval (seconds) and vehicles by station, mode and begin of the interval.
    values: BTreeMap<(u32, String, u32), (u32, f64)>,
    tally: Tally,
}

impl<'a> Draft<'a> {
    fn new(path: &Path, modes: &'a [String]) -> Self {
        Self {
            modes,
            root: false,
            year: None,
            stations: Vec::new(),
            on_link: false,
            measuring: None,
            values: BTreeMap::new(),
            tally: Tally::new(path),
        }
    }

    /// Takes an opening tag.
    fn open(&mut self, xml: &Xml) -> Result<()> {
        match (xml.parent(Token::Open), xml.name()) {
            ("", "counts") => {
                self.root = true;
                // Not every writer gives a year there.
                self.year = xml.get("year").and_then(|year| year.trim().parse().ok());
            }
            ("", other) => {
                return Err(xml
                    .fault(format!("is not a MATSim counts file: the root is <{other}>"))
                    .expected("<counts>")
                    .into());
            }
            ("counts", "count") => self.stations.push(station(xml, "loc_id", &["cs_id"])?),
            ("count", "volume") => self.hour(xml)?,
            ("counts", "location") => self.location(xml)?,
            ("location", "measurements") => self.measurements(xml)?,
            ("measurements", "value") => self.value(xml)?,
            // Attributes of the whole or of a location.
            (_, "attributes" | "attribute") => {}
            (parent, name) => {
                return Err(xml
                    .fault(format!("has <{name}> in <{parent}>, which is of no version that is known"))
                    .expected(
                        "counts of version 1 (<count>, <volume>) or 2 (<location>, <measurements>, <value>)",
                    )
                    .into());
            }
        }
        Ok(())
    }

    /// Version 1: an hour of the station that was opened last.
    fn hour(&mut self, xml: &Xml) -> Result<()> {
        let hour: u32 = xml.parse("h", "an hour from 1 to 24")?.unwrap_or(0);
        if !(1..=24).contains(&hour) {
            return Err(xml.value_fault("h", "an hour from 1 to 24").into());
        }
        let mode = self.modes[0].clone();
        self.keep(xml, mode, (hour - 1) * 3600, 3600)
    }

    /// Version 2: a place.
    fn location(&mut self, xml: &Xml) -> Result<()> {
        self.tally.whole("places", 1);
        self.on_link = xml.get("refType").is_none_or(|kind| kind.eq_ignore_ascii_case("link"));
        if self.on_link {
            self.stations.push(station(xml, "refId", &["id", "name"])?);
        } else {
            self.tally.unknown("places", "a place that is no link was left out", xml.line());
        }
        Ok(())
    }

    /// Version 2: what is measured at a place.
    fn measurements(&mut self, xml: &Xml) -> Result<()> {
        self.measuring = None;
        self.tally.whole("measurements", 1);
        let kind = xml.get("type").unwrap_or("volumes");
        let mode = xml.get("networkMode").unwrap_or("car");
        let interval_s = xml.parse("interval", "a number of seconds")?.unwrap_or(3600u32);
        if interval_s == 0 {
            return Err(xml.value_fault("interval", "a number of seconds").into());
        }
        if !kind.eq_ignore_ascii_case("volumes") {
            self.tally.part("measurements", format!("measurements of {kind} were left out"), xml.line());
        } else if !self.modes.iter().any(|wanted| wanted == mode) {
            self.tally.part(
                "measurements",
                format!("measurements of mode \"{mode}\" were left out"),
                xml.line(),
            );
        } else if 3600 % interval_s != 0 {
            let what =
                format!("measurements have an interval of {interval_s} s, which does not divide an hour");
            self.tally.unknown("measurements", what, xml.line());
        } else if self.on_link {
            self.measuring = Some((mode.to_string(), interval_s));
        }
        Ok(())
    }

    /// Version 2: one interval of the measurements that were opened last.
    fn value(&mut self, xml: &Xml) -> Result<()> {
        let Some((mode, interval_s)) = self.measuring.clone() else { return Ok(()) };
        let expected = "the begin of an interval, seconds since midnight";
        let time_s: u32 = xml.parse("t", expected)?.ok_or_else(|| xml.value_fault("t", expected))?;
        self.tally.whole("values", 1);
        if time_s >= DAY_S {
            self.tally.part("values", "values after 24:00 were left out", xml.line());
            return Ok(());
        }
        if !time_s.is_multiple_of(interval_s) {
            return Err(xml.value_fault("t", &format!("a multiple of the interval, {interval_s} s")).into());
        }
        self.keep(xml, mode, time_s, interval_s)
    }

    /// Keeps the vehicles (`val`) of an interval for the station that was opened last.
    fn keep(&mut self, xml: &Xml, mode: String, time_s: u32, interval_s: u32) -> Result<()> {
        let vehicles = xml.number("val")?;
        if vehicles < 0.0 {
            return Err(xml.value_fault("val", "a number that is not negative").into());
        }
        let station = self.stations.len().saturating_sub(1) as u32;
        if self.values.insert((station, mode, time_s), (interval_s, vehicles)).is_some() {
            let name = self.stations.last().map_or("", |station| &station.name);
            let time = engine::unit::hms(time_s);
            return Err(xml.fault(format!("station {name}: the interval from {time} is given twice")).into());
        }
        Ok(())
    }

    /// Adds intervals to hours and modes to one volume.
    fn finish(mut self, path: &Path) -> Result<(Counts, Vec<Warning>)> {
        if !self.root || self.stations.is_empty() {
            return Err(Fault::new(path, "", "holds no station")
                .expected("<counts> with <count loc_id> (version 1) or <location refId> (version 2)")
                .into());
        }
        // By station and hour.
        let mut cells: BTreeMap<(u32, u8), Cell> = BTreeMap::new();
        // Modes that a station counts at all: a volume without one of them is no volume.
        let mut counted: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for ((station, mode, time_s), (interval_s, vehicles)) in &self.values {
            let cell = cells.entry((*station, (time_s / 3600) as u8)).or_default();
            let sum = cell.entry(mode).or_insert((0, 0.0));
            *sum = (sum.0 + interval_s, sum.1 + vehicles);
            let modes = counted.entry(*station).or_default();
            if !modes.contains(&mode.as_str()) {
                modes.push(mode);
            }
        }
        let mut hours = Vec::with_capacity(cells.len());
        for ((station, hour), cell) in &cells {
            let whole = |mode: &&str| cell.get(mode).is_some_and(|(covered_s, _)| *covered_s == 3600);
            self.tally.whole("station-hours", 1);
            if !counted[station].iter().all(whole) {
                let record = format!("station {}", self.stations[*station as usize].name);
                self.tally.part(
                    "station-hours",
                    "an hour that was counted only in part was left out",
                    record,
                );
                continue;
            }
            let volume_vph = cell.values().map(|(_, vehicles)| vehicles).sum();
            hours.push(HourCount {
                station: *station,
                hour: *hour,
                volume_vph,
                volume_sd: None,
                speed_mps: None,
                days: 1,
            });
        }
        if hours.is_empty() {
            let modes = self.modes.join(", ");
            return Err(Fault::new(path, "", format!("holds no hour with a volume of {modes}"))
                .expected("<volume h val>, or <value t val> in <measurements type=\"volumes\">")
                .advice("name the modes to compare with: modes = [\"…\"] beside the file")
                .into());
        }
        Ok((Counts { stations: self.stations, hours, year: self.year }, self.tally.into_warnings()))
    }
}

/// A station from its tag: on the link that `link` names, called as the first of `names` that is there. The format does not
/// state the kind, so it is other.
fn station(xml: &Xml, link: &str, names: &[&str]) -> Result<Station> {
    let link = xml.need(link)?.to_string();
    let name =
        names.iter().filter_map(|name| xml.get(name)).find(|n| !n.is_empty()).unwrap_or(&link).to_string();
    let xy_m = xml.number_if("x")?.zip(xml.number_if("y")?);
    Ok(Station {
        name,
        route: None,
        kind: StationKind::Other,
        xy_m,
        lanes: 0,
        link: Some(link),
        crossing: None,
    })
}

/// Year of counts that tell none.
const NO_YEAR: u16 = 2000;

/// Writes counts, gzipped when the name ends with `.gz`. MATSim wants a link: stations without one, and
/// stations that saw nothing, are left out and counted as warnings. Speeds, spreads, days, routes and
/// lanes have no place in the format.
///
/// `name` is what the format asks for about the counts as a whole. It also asks for a year: where none is known,
/// [`NO_YEAR`] is written and counted.
///
/// # Errors
/// Whatever keeps the file from being written.
pub fn write(counts: &Counts, name: &str, path: impl AsRef<Path>) -> Result<Vec<Warning>> {
    let path = path.as_ref();
    let mut tally = Tally::new(path);
    if counts.year.is_none() {
        tally.add(format!("the counts tell no year: {NO_YEAR} is written"), "");
    }
    let year = counts.year.unwrap_or(NO_YEAR);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    /// Two links; cars in quarters of an hour from 6:00, in hours from 7:00, lorries from 6:00 to 7:00.
    const V2: &str = r#"<counts xmlns="http://www.matsim.org/files/dtd" name="t" year="2024">
<attributes><attribute name="coordinateReferenceSystem" class="java.lang.String">EPSG:25833</attribute></attributes>
<location refType="link" refId="12" id="A" name="bridge" x="1" y="2">
 <measurements type="volumes" networkMode="car" interval="900">
  <value t="21600" val="10"/><value t="22500" val="11.5"/><value t="23400" val="12"/><value t="24300" val="13"/>
  <value t="25200" val="99"/></measurements>
 <measurements type="volumes" networkMode="truck" interval="3600"><value t="21600" val="4"/></measurements>
 <measurements type="velocities" networkMode="car" interval="3600"><value t="21600" val="14"/></measurements>
</location>
<location refType="link" refId="13" name="tunnel">
 <measurements type="volumes" networkMode="car" interval="3600"><value t="25200" val="70"/><value t="86400" val="7"/></measurements>
</location></counts>"#;

    fn of(text: &str, modes: &[&str]) -> Result<(Counts, Vec<Warning>)> {
        let modes: Vec<String> = modes.iter().map(ToString::to_string).collect();
        fixture::with("c.xml", text, |path| read_modes(path, &modes))
    }

    #[test]
    fn version_2_is_read_by_mode_and_interval() {
        let (counts, warnings) = of(V2, &[]).unwrap();
        let names: Vec<_> = counts.stations.iter().map(|s| (s.name.as_str(), s.link.as_deref())).collect();
        assert_eq!(names, [("A", Some("12")), ("tunnel", Some("13"))]);
        let hours = |counts: &Counts| -> Vec<_> {
            counts.hours.iter().map(|h| (h.station, h.hour, h.volume_vph)).collect()
        };
        assert_eq!(hours(&counts), [(0, 6, 46.5), (1, 7, 70.0)]);
        let told: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        let told: Vec<&str> =
            told.iter().filter_map(|text| text.split_once("c.xml:")).map(|(_, told)| told).collect();
        assert_eq!(
            told,
            [
                "station A: an hour that was counted only in part was left out (33.3 % of 3 station-hours)",
                "7: measurements of mode \"truck\" were left out (25.0 % of 4 measurements)",
                "8: measurements of velocities were left out (25.0 % of 4 measurements)",
                "11: values after 24:00 were left out (14.3 % of 7 values)",
            ]
        );
        assert_eq!(hours(&of(V2, &["car", "truck"]).unwrap().0), [(0, 6, 50.5), (1, 7, 70.0)]);
    }

    #[test]
    fn other_versions_and_empty_files_are_refused() {
        for (old, new, told) in [
            ("location", "place", "c.xml:3: has <place> in <counts>, which is of no version that is known"),
            ("\"car\"", "\"bike\"", "holds no hour with a volume of car"),
            ("t=\"22500\"", "t=\"21600\"", "station A: the interval from 06:00:00 is given twice"),
            ("t=\"22500\"", "t=\"22501\"", "a multiple of the interval, 900 s"),
            ("val=\"10\"", "val=\"-10\"", "not negative"),
            ("interval=\"900\"", "interval=\"0\"", "a number of seconds"),
        ] {
            let error = of(&V2.replace(old, new), &[]).unwrap_err();
            assert!(error.to_string().contains(told), "{told}: {error}");
            assert_eq!(error.exit_code(), 2);
        }
        let error = of("<counts name=\"t\"/>", &[]).unwrap_err().to_string();
        assert!(error.contains("holds no station"), "{error}");
        // Counts of a day cannot be compared by hour, which is not understood at all.
        let (_, warnings) = of(&V2.replace("interval=\"900\"", "interval=\"86400\""), &[]).unwrap();
        assert!(!engine::warning::too_much_unknown(&warnings, 0.05).is_empty(), "{warnings:?}");
    }
}

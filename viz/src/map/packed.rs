//! The map as a file, `map.bin` in the folder of a run: what the report's map shows, for the page and for any other
//! viewer. 66 k links with 24 hours of volumes and speeds take about 4 MB.
//!
//! # The format, version 1
//!
//! All numbers are little-endian. The file is the 8 bytes `WAYFMAP\n`, the version (u32), and sections to its end. A
//! section is a name of 4 ASCII characters, the number of its bytes (u32), and those bytes. A reader skips sections
//! whose names it does not know, so new ones may be added without a new version; a known one is there at most once.
//!
//! | section | holds |
//! |---|---|
//! | `HEAD` | number of links (u32); east and north of the origin, metres (2 × f64); the coordinate reference system as text (`EPSG:32610`, or `plane` for one that is nowhere on Earth) |
//! | `LINK` | link by link: class (byte, position in freeway, ramp, arterial, collector, local), then integers: lanes × 10, free speed in cm/s, capacity in vehicles per hour, length in decimetres, number of its route in `ROUT`, number of points; and by point two signed integers: decimetres east and north from the point before it (the first point of a link: from the first of the link before; of the first link: from the origin) |
//! | `NAME` | names of the links (UTF-8), each ended by `\n` |
//! | `ROUT` | names of routes, e.g. `101 N` (UTF-8), each ended by `\n`; number 0 is "no route", an empty line |
//! | `PLAC` | where each link is (UTF-8: `80 E at Powell Street`), each ended by `\n`; empty where nothing around has a name. Missing where no link has one |
//! | `DAY ` | link by link: integer 0 where nobody drove all day; else 1, 24 integers: vehicles in each hour, of all people (divided by the sample), and 24 bytes: 0 where nobody drove, else mean speed over free speed in 254ths, at least one of them, plus 1 (255 = free speed or more) |
//! | `BASE` | the same for the day that the map is compared against; only in a comparison |
//! | `EDGE` | border by border: what it parts (byte: 0 all zones and what lies around them, 1 regions, 2 zones), number of points (integer), and by point two signed integers: metres east and north from the point before it (the first: from the origin). Missing where no outlines are known |
//! | `AREA` | region by region: two signed integers, metres east and north from the origin, where its name is written; number of bytes of the name (integer), the name (UTF-8) |
//! | `MARK` | by link that a policy closes or changes: its number (integer), 1 if it is closed for some of the day, else 0 (byte), number of bytes of a text (integer), the text (UTF-8) |
//!
//! An *integer* takes as many bytes as it needs, at most five: LEB128, and zigzag for signed ones. A viewer in
//! JavaScript is in `viz/assets/unpack.js`.

use super::{Border, BorderKind, HOURS, Hourly, Map, MapLink, Mark, PlaceName};
use crate::pack::{Packer, Unpacker};
use engine::{Fault, Result};

/// First bytes of a map.
const MAGIC: &[u8; 8] = b"WAYFMAP\n";
/// Version of the format.
const VERSION: u32 = 1;
/// Geometry is kept to a decimetre.
const STEPS_PER_M: f64 = 10.0;
/// Least bytes of a packed link: its class and six integers of one byte each.
const LEAST_LINK_BYTES: usize = 7;

impl Map {
    /// The map as the bytes of its file. Numbers are rounded as the format says; a packed map that is read and packed
    /// again gives the same bytes.
    pub fn pack(&self) -> Vec<u8> {
        let [left, bottom, ..] = self.bounds_m().unwrap_or_default();
        // Sorted, and with the empty name first: number 0 is "no route".
        let mut routes: Vec<&str> = self.links.iter().map(|link| &*link.route).chain([""]).collect();
        routes.sort_unstable();
        routes.dedup();
        let mut head = Vec::from((self.links.len() as u32).to_le_bytes());
        head.extend([left, bottom].iter().flat_map(|metres| metres.to_le_bytes()));
        head.extend(self.crs.as_bytes());
        let mut bytes = Vec::from(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        let mut section = |name: &[u8; 4], content: &[u8]| {
            bytes.extend(name);
            bytes.extend((content.len() as u32).to_le_bytes());
            bytes.extend(content);
        };
        section(b"HEAD", &head);
        section(b"LINK", &pack_links(&self.links, &routes, (left, bottom)));
        section(b"NAME", lines(self.links.iter().map(|link| &*link.name)).as_bytes());
        section(b"ROUT", lines(routes.iter().copied()).as_bytes());
        if self.links.iter().any(|link| !link.location.is_empty()) {
            section(b"PLAC", lines(self.links.iter().map(|link| &*link.location)).as_bytes());
        }
        section(b"DAY ", &pack_day(&self.day, &self.links));
        if let Some(base) = &self.base {
            section(b"BASE", &pack_day(base, &self.links));
        }
        if !self.borders.is_empty() {
            section(b"EDGE", &pack_borders(&self.borders, (left, bottom)));
            section(b"AREA", &pack_places(&self.places, (left, bottom)));
        }
        section(b"MARK", &pack_marks(&self.marks));
        bytes
    }

    /// Reads the bytes of a file; `file` is its name for messages. Speeds are 0 where nobody drove.
    ///
    /// # Errors
    /// A [`Fault`] for bytes that are no map of this version, or that end too early or say what cannot be.
    pub fn unpack(file: &str, bytes: &[u8]) -> Result<Self> {
        let fault = |place: &str, what: &str| {
            Fault::new(file, place, what)
                .expected(format!("a map of version {VERSION}"))
                .advice("run the scenario again")
        };
        // Sections are looked up by name, not by place, as a later writer may order them otherwise.
        let sections = Sections::find(bytes).map_err(|what| fault("", what))?;
        let cut = |name: &'static str| fault(name, "ends too early, or holds what no map holds");
        let need = |name: &'static str| sections.get(name).ok_or_else(|| fault(name, "is missing"));
        let (n, origin_m, crs) = unpack_head(need("HEAD")?).ok_or_else(|| cut("HEAD"))?;
        let routes = unpack_lines(need("ROUT")?).ok_or_else(|| cut("ROUT"))?;
        let names =
            unpack_lines(need("NAME")?).filter(|names| names.len() == n).ok_or_else(|| cut("NAME"))?;
        let mut links =
            unpack_links(need("LINK")?, n, origin_m, &routes, &names).ok_or_else(|| cut("LINK"))?;
        if let Some(bytes) = sections.get("PLAC") {
            let locations = unpack_lines(bytes).filter(|locations| locations.len() == n);
            for (link, location) in links.iter_mut().zip(locations.ok_or_else(|| cut("PLAC"))?) {
                link.location = location.into();
            }
        }
        let day = unpack_day(need("DAY ")?, &links).ok_or_else(|| cut("DAY "))?;
        let base = match sections.get("BASE") {
            Some(base) => Some(unpack_day(base, &links).ok_or_else(|| cut("BASE"))?),
            None => None,
        };
        let marks = unpack_marks(need("MARK")?, n).ok_or_else(|| cut("MARK"))?;
        let borders = sections.get("EDGE").map_or(Some(Vec::new()), |bytes| unpack_borders(bytes, origin_m));
        let places = sections.get("AREA").map_or(Some(Vec::new()), |bytes| unpack_places(bytes, origin_m));
        let (borders, places) = (borders.ok_or_else(|| cut("EDGE"))?, places.ok_or_else(|| cut("AREA"))?);
        Ok(Self { crs: crs.into(), links, day, base, marks, borders, places })
    }
}

/// The sections of a file, by name.
struct Sections<'a>(Vec<(&'a [u8], &'a [u8])>);

impl<'a> Sections<'a> {
    /// Splits a file into its sections without looking into them. Sections of unknown names are kept, and nobody
    /// asks for them: that is how a newer writer may add some.
    fn find(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let mut from = Unpacker(bytes);
        if from.array::<8>().as_ref() != Some(MAGIC) {
            return Err("is no map of a run");
        }
        if from.array().map(u32::from_le_bytes) != Some(VERSION) {
            return Err("is a map of another version");
        }
        let mut found: Vec<(&[u8], &[u8])> = Vec::new();
        while !from.0.is_empty() {
            let section = || {
                let name = from.bytes(4)?;
                let length = u32::from_le_bytes(from.array()?) as usize;
                Some((name, from.bytes(length)?))
            };
            let (name, content) = { section }().ok_or("ends in the middle of a section")?;
            if found.iter().any(|(other, _)| *other == name) {
                return Err("has a section twice");
            }
            found.push((name, content));
        }
        Ok(Self(found))
    }

    /// The content of a section; `None` where the file lacks it.
    fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(found, _)| *found == name.as_bytes()).map(|(_, content)| *content)
    }
}

/// Texts, each ended by a line feed; control characters become spaces, as a line feed inside a name would shift all names
/// that follow.
fn lines<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut all = String::new();
    for text in texts {
        all.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
        all.push('\n');
    }
    all
}

/// The texts of a section; `None` where it is not UTF-8 or its last text has no end.
fn unpack_lines(bytes: &[u8]) -> Option<Vec<&str>> {
    let text = std::str::from_utf8(bytes).ok()?;
    (text.is_empty() || text.ends_with('\n')).then(|| text.split_terminator('\n').collect())
}

/// Number of links, origin (metres), and coordinate reference system.
fn unpack_head(bytes: &[u8]) -> Option<(usize, (f64, f64), &str)> {
    let mut from = Unpacker(bytes);
    let n = u32::from_le_bytes(from.array()?) as usize;
    let [east, north] = [f64::from_le_bytes(from.array()?), f64::from_le_bytes(from.array()?)];
    let crs = std::str::from_utf8(from.0).ok()?;
    (east.is_finite() && north.is_finite()).then_some((n, (east, north), crs))
}

/// The section `LINK`. Points are told as steps from the point before, since neighbours are near and small numbers
/// take few bytes. Steps are counted between rounded points, never rounded themselves: errors do not add up along a
/// road. `routes` must be sorted, as routes are looked up in it by halving.
fn pack_links(links: &[MapLink], routes: &[&str], origin_m: (f64, f64)) -> Vec<u8> {
    let mut packer = Packer::default();
    let step = |metres: f64| (metres * STEPS_PER_M).round() as i32;
    let mut first = (0, 0);
    for link in links {
        packer.byte(link.class);
        for value in [link.lanes * 10.0, link.freespeed_mps * 100.0, link.capacity_vph, link.length_m * 10.0]
        {
            packer.unsigned(value.round() as u32);
        }
        packer.unsigned(routes.binary_search(&&*link.route).unwrap_or(0) as u32);
        packer.unsigned(link.points_m.len() as u32);
        let mut last = first;
        for (place, &(x_m, y_m)) in link.points_m.iter().enumerate() {
            let point = (step(x_m - origin_m.0), step(y_m - origin_m.1));
            packer.signed(point.0.wrapping_sub(last.0));
            packer.signed(point.1.wrapping_sub(last.1));
            last = point;
            if place == 0 {
                first = point;
            }
        }
    }
    packer.0
}

/// The section `LINK` of `n` links; `None` where it ends too early, names a route that is not in `ROUT`, or has
/// bytes left over.
fn unpack_links(
    bytes: &[u8],
    n: usize,
    origin_m: (f64, f64),
    routes: &[&str],
    names: &[&str],
) -> Option<Vec<MapLink>> {
    // A file may not make us ask for more memory than its own size warrants.
    if n > bytes.len() / LEAST_LINK_BYTES {
        return None;
    }
    let mut from = Unpacker(bytes);
    let mut links = Vec::with_capacity(n);
    let mut first = (0i32, 0i32);
    for name in names {
        let class = from.byte()?;
        let numbers = [from.unsigned()?, from.unsigned()?, from.unsigned()?, from.unsigned()?];
        let [lanes, freespeed_mps, capacity_vph, length_m] = numbers.map(f64::from);
        let route = routes.get(from.unsigned()? as usize)?;
        let n_points = from.unsigned()? as usize;
        let mut points_m = Vec::with_capacity(n_points.min(from.0.len() / 2));
        let mut last = first;
        for place in 0..n_points {
            last = (last.0.wrapping_add(from.signed()?), last.1.wrapping_add(from.signed()?));
            if place == 0 {
                first = last;
            }
            let metres = |steps: i32| f64::from(steps) / STEPS_PER_M;
            points_m.push((origin_m.0 + metres(last.0), origin_m.1 + metres(last.1)));
        }
        links.push(MapLink {
            name: (*name).into(),
            route: (*route).into(),
            location: String::new(),
            class,
            freespeed_mps: freespeed_mps / 100.0,
            capacity_vph,
            lanes: lanes / 10.0,
            length_m: length_m / 10.0,
            points_m,
        });
    }
    from.0.is_empty().then_some(links)
}

/// The section of a day. Speeds are kept as a share of the free speed of the link, for that is what colours of a
/// map show, and a byte is fine enough: a step is 0.4 % of the free speed.
fn pack_day(day: &Hourly, links: &[MapLink]) -> Vec<u8> {
    let n = links.len();
    let mut packer = Packer::default();
    for (number, link) in links.iter().enumerate() {
        let at = |values: &[f32], hour: usize| values.get(hour * n + number).copied().unwrap_or(f32::NAN);
        let volumes: [u32; HOURS] = std::array::from_fn(|h| at(&day.volume_vph, h).round() as u32);
        if volumes.iter().all(|&v| v == 0) {
            packer.unsigned(0);
            continue;
        }
        packer.unsigned(1);
        volumes.iter().for_each(|&v| packer.unsigned(v));
        for hour in 0..HOURS {
            let ratio = f64::from(at(&day.speed_mps, hour)) / link.freespeed_mps;
            packer.byte(if ratio.is_nan() || ratio <= 0.0 {
                0
            } else {
                1 + (ratio * 254.0).round().clamp(1.0, 254.0) as u8
            });
        }
    }
    packer.0
}

/// The section of a day on these links; `None` where it ends too early, or has bytes left over.
fn unpack_day(bytes: &[u8], links: &[MapLink]) -> Option<Hourly> {
    let n = links.len();
    let mut from = Unpacker(bytes);
    let mut day = Hourly { volume_vph: vec![0.0; HOURS * n], speed_mps: vec![0.0; HOURS * n] };
    for (number, link) in links.iter().enumerate() {
        match from.unsigned()? {
            0 => continue,
            1 => {}
            _ => return None,
        }
        for hour in 0..HOURS {
            day.volume_vph[hour * n + number] = from.unsigned()? as f32;
        }
        for hour in 0..HOURS {
            let share = f64::from(from.byte()?.saturating_sub(1)) / 254.0;
            day.speed_mps[hour * n + number] = (share * link.freespeed_mps) as f32;
        }
    }
    from.0.is_empty().then_some(day)
}

/// The section `EDGE`.
fn pack_borders(borders: &[Border], origin_m: (f64, f64)) -> Vec<u8> {
    let mut packer = Packer::default();
    for border in borders {
        packer.byte(border.kind as u8);
        packer.unsigned(border.points_m.len() as u32);
        let mut last = (0, 0);
        for &(x_m, y_m) in &border.points_m {
            let point = ((x_m - origin_m.0).round() as i32, (y_m - origin_m.1).round() as i32);
            packer.signed(point.0.wrapping_sub(last.0));
            packer.signed(point.1.wrapping_sub(last.1));
            last = point;
        }
    }
    packer.0
}

/// The section `EDGE`; `None` where it ends too early or knows another kind of border.
fn unpack_borders(bytes: &[u8], origin_m: (f64, f64)) -> Option<Vec<Border>> {
    let kinds = [BorderKind::Outside, BorderKind::Region, BorderKind::Zone];
    let mut from = Unpacker(bytes);
    let mut borders = Vec::new();
    while !from.0.is_empty() {
        let kind = *kinds.get(usize::from(from.byte()?))?;
        let n = from.unsigned()? as usize;
        let mut points_m = Vec::with_capacity(n.min(from.0.len() / 2));
        let mut last = (0i32, 0i32);
        for _ in 0..n {
            last = (last.0.wrapping_add(from.signed()?), last.1.wrapping_add(from.signed()?));
            points_m.push((origin_m.0 + f64::from(last.0), origin_m.1 + f64::from(last.1)));
        }
        borders.push(Border { kind, points_m });
    }
    Some(borders)
}

/// The section `AREA`.
fn pack_places(places: &[PlaceName], origin_m: (f64, f64)) -> Vec<u8> {
    let mut packer = Packer::default();
    for place in places {
        packer.signed((place.at_m.0 - origin_m.0).round() as i32);
        packer.signed((place.at_m.1 - origin_m.1).round() as i32);
        packer.unsigned(place.name.len() as u32);
        packer.0.extend(place.name.as_bytes());
    }
    packer.0
}

/// The section `AREA`; `None` where it ends too early or is no text.
fn unpack_places(bytes: &[u8], origin_m: (f64, f64)) -> Option<Vec<PlaceName>> {
    let mut from = Unpacker(bytes);
    let mut places = Vec::new();
    while !from.0.is_empty() {
        let at_m = (origin_m.0 + f64::from(from.signed()?), origin_m.1 + f64::from(from.signed()?));
        let length = from.unsigned()? as usize;
        let name = std::str::from_utf8(from.bytes(length)?).ok()?;
        places.push(PlaceName { name: name.into(), at_m });
    }
    Some(places)
}

/// The section `MARK`.
fn pack_marks(marks: &[Mark]) -> Vec<u8> {
    let mut packer = Packer::default();
    for mark in marks {
        packer.unsigned(mark.link);
        packer.byte(u8::from(mark.closed));
        packer.unsigned(mark.what.len() as u32);
        packer.0.extend(mark.what.as_bytes());
    }
    packer.0
}

/// The section `MARK`; `None` where it names a link that the network does not have.
fn unpack_marks(bytes: &[u8], n_links: usize) -> Option<Vec<Mark>> {
    let mut from = Unpacker(bytes);
    let mut marks = Vec::new();
    while !from.0.is_empty() {
        let link = from.unsigned().filter(|&link| (link as usize) < n_links)?;
        let closed = from.byte().filter(|&byte| byte < 2)? == 1;
        let length = from.unsigned()? as usize;
        let what = std::str::from_utf8(from.bytes(length)?).ok()?;
        marks.push(Mark { link, closed, what: what.into() });
    }
    Some(marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::draw::{Purpose, draw};

    /// Three links with names in need of care, one of them never driven, and a policy.
    fn map() -> Map {
        let link = |name: &str, route: &str, points_m: &[(f64, f64)]| MapLink {
            name: name.into(),
            route: route.into(),
            location: if route.is_empty() { String::new() } else { format!("{route} at 1st Street") },
            class: 2,
            freespeed_mps: 13.89,
            capacity_vph: 1800.0,
            lanes: 1.5,
            length_m: 123.44,
            points_m: points_m.to_vec(),
        };
        let links = vec![
            link("a\nb", "101 N", &[(550_000.04, 4_180_000.0), (550_100.0, 4_180_050.55)]),
            link(
                "Straße",
                "",
                &[(550_100.0, 4_180_050.55), (550_200.0, 4_179_000.25), (550_000.0, 4_180_000.0)],
            ),
            link("", "880 S", &[]),
        ];
        let mut day = Hourly { volume_vph: vec![0.0; 72], speed_mps: vec![f32::NAN; 72] };
        day.volume_vph[8 * 3] = 1234.4;
        day.speed_mps[8 * 3] = 7.0;
        day.speed_mps[9 * 3] = 99.0;
        day.volume_vph[23 * 3 + 1] = 0.6;
        let base = Some(Hourly { volume_vph: vec![5.0; 72], speed_mps: vec![1e-9; 72] });
        let marks = vec![Mark { link: 1, closed: true, what: "closed 06:00–20:00\n".into() }];
        let border = |kind, points_m: &[(f64, f64)]| Border { kind, points_m: points_m.to_vec() };
        let borders = vec![
            border(BorderKind::Outside, &[(550_000.2, 4_179_000.25), (549_000.0, 4_180_000.0)]),
            border(BorderKind::Zone, &[]),
        ];
        let places = vec![PlaceName { name: "Straßburg".into(), at_m: (550_050.0, 4_170_000.0) }];
        Map { crs: "EPSG:32610".into(), links, day, base, marks, borders, places }
    }

    #[test]
    fn a_map_comes_back_rounded_and_then_stays_as_it_is() {
        let map = map();
        let bytes = map.pack();
        let read = Map::unpack("map.bin", &bytes).unwrap();
        assert_eq!(read.pack(), bytes);
        assert_eq!((read.crs.as_str(), read.marks.clone()), ("EPSG:32610", map.marks.clone()));
        let names: Vec<_> = read.links.iter().map(|l| (l.name.as_str(), l.route.as_str())).collect();
        assert_eq!(names, [("a b", "101 N"), ("Straße", ""), ("", "880 S")]);
        let link = &read.links[1];
        assert_eq!((link.class, link.freespeed_mps, link.capacity_vph), (2, 13.89, 1800.0));
        assert_eq!((link.lanes, link.length_m), (1.5, 123.4));
        for (was, is) in map.links.iter().zip(&read.links) {
            assert_eq!(was.points_m.len(), is.points_m.len());
            for (a, b) in was.points_m.iter().zip(&is.points_m) {
                assert!((a.0 - b.0).abs() < 0.051 && (a.1 - b.1).abs() < 0.051, "{a:?} {b:?}");
            }
        }
        let shape: Vec<_> = read.borders.iter().map(|b| (b.kind, b.points_m.len())).collect();
        assert_eq!(shape, [(BorderKind::Outside, 2), (BorderKind::Zone, 0)]);
        let ((x, y), (_, north)) = (read.borders[0].points_m[1], read.places[0].at_m);
        assert!(
            (x - 549_000.0).abs() < 0.51
                && (y - 4_180_000.0).abs() < 0.51
                && (north - 4_170_000.0).abs() < 0.51
        );
        assert_eq!(read.places[0].name, "Straßburg");
        assert_eq!((read.day.volume_vph[24], read.day.volume_vph[70]), (1234.0, 1.0));
        let speeds = [read.day.speed_mps[24], read.day.speed_mps[27], read.day.speed_mps[0]];
        assert!(
            (speeds[0] - 7.0).abs() < 13.89 / 500.0 && speeds[1] == 13.89 && speeds[2] == 0.0,
            "{speeds:?}"
        );
        assert_eq!(read.base.unwrap().volume_vph, vec![5.0; 72]);
        let nothing = Map::unpack("map.bin", &Map::default().pack()).unwrap();
        assert!(nothing.links.is_empty() && nothing.base.is_none());
    }

    #[test]
    fn sections_of_later_versions_are_skipped() {
        let mut bytes = map().pack();
        bytes.extend(b"SIGN\x03\0\0\0abc");
        assert_eq!(Map::unpack("map.bin", &bytes).unwrap().pack(), map().pack());
    }

    #[test]
    fn what_is_no_map_is_refused_and_damage_never_panics() {
        let good = map().pack();
        for n in 0..good.len() {
            let error = Map::unpack("map.bin", &good[..n]).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{n} bytes");
        }
        let told = |bytes: &[u8]| Map::unpack("map.bin", bytes).unwrap_err().to_string();
        assert!(told(b"PAR1abcdefgh").contains("is no map"));
        assert!(told(&[&good[..8], &[2, 0, 0, 0], &good[12..]].concat()).contains("another version"));
        assert!(told(&[&good[..], &good[12..]].concat()).contains("twice"));
        // A number of links that would ask for all memory.
        let mut many = good.clone();
        many[20..24].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(told(&many).contains("NAME"));
        let mut n_refused = 0;
        for trial in 0..2000 {
            let mut stream = draw(1, Purpose::Test, trial, 0);
            let mut bytes = good.clone();
            for _ in 0..1 + stream.below(4) {
                let at = stream.below(bytes.len() as u32) as usize;
                bytes[at] = [0, 255, 1, bytes[at] ^ (1 << stream.below(8))][stream.below(4) as usize];
            }
            match Map::unpack("map.bin", &bytes) {
                Err(_) => n_refused += 1,
                Ok(map) => drop(map.pack()),
            }
        }
        assert!((200..2000).contains(&n_refused), "{n_refused} refused");
    }
}

//! Reference systems as MATSim's files name them, and the way from one to another.
//!
//! | name | system |
//! |---|---|
//! | `EPSG:25832`, `urn:ogc:def:crs:EPSG::25832` | that of the code |
//! | `WGS84`, `EPSG:4326`, `EPSG:4258`, `EPSG:4269`, `CRS84` | longitude and latitude in degrees |
//! | `Atlantis`, `plane` | a plane that is nowhere on Earth |
//! | `WGS84_UTM33N` and the like | UTM |
//! | `GK4`, `DHDN_GK4`, `CH1903_LV03`, `CH1903_LV03_Plus`, … | as MATSim's own table has them (`NAMES`) |
//! | well-known text (`PROJCS[…]`) | that of the code that it ends with; without a code it is not known |
//!
//! Longitude stands before latitude, as in MATSim, whatever the code says. Of the systems in degrees only those are taken
//! that differ from WGS 84 by less than two metres.

use engine::projection::{Crs, Projection};
use engine::{Error, Fault, Result};
use std::path::Path;

/// A system of coordinates that a file may be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum System {
    /// Metres.
    Metres(Crs),
    /// Longitude and latitude, degrees.
    Degrees,
}

/// MATSim's own names with their EPSG codes.
const NAMES: [(&str, u16); 11] = [
    ("GK4", 31_468),
    ("DHDN_GK4", 31_468),
    ("DHDN_SoldnerBerlin", 3_068),
    ("CH1903_LV03", 21_781),
    ("CH1903_LV03_GT", 21_781),
    ("CH1903_LV03_Plus", 2_056),
    ("CH1903_LV03_Plus_GT", 2_056),
    ("KROVAK", 5_514),
    ("NAD83_UTM17N", 26_917),
    ("WGS84_SVY21", 3_414),
    ("WGS84_TM", 3_414),
];

/// Names of longitude and latitude.
const DEGREES: [&str; 6] = ["WGS84", "CRS84", "OGC:CRS84", "EPSG:4326", "EPSG:4258", "EPSG:4269"];

/// The system of a name; `None` where nobody here knows it.
pub fn parse(text: &str) -> Option<System> {
    let name = text.trim();
    let coded = code_of_text(name).map(|code| format!("EPSG:{code}"));
    let name = coded.as_deref().unwrap_or(name);
    if DEGREES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Some(System::Degrees);
    }
    if let Ok(crs) = Crs::parse(name) {
        return Some(System::Metres(crs));
    }
    let own = NAMES.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|&(_, code)| code);
    Some(System::Metres(Crs::Epsg(own.or_else(|| utm(name))?)))
}

/// The system of a name, where coordinates in it can be used.
///
/// # Errors
/// A [`Fault`] at `record` of `path` that holds the name, for a system that is not known or cannot be projected.
pub fn read(text: &str, path: &Path, record: &str) -> Result<System> {
    let unknown = |what: String| -> Error {
        Fault::new(path, record, what)
            .expected("EPSG:<code> of a system in metres, WGS84, or a name of MATSim's such as Atlantis")
            .advice("name the system by its EPSG code, with the key crs of the scenario where the file cannot be changed")
            .into()
    };
    let short: String = text.chars().take(60).collect();
    let system = parse(text).ok_or_else(|| unknown(format!("reference system \"{short}\" is not known")))?;
    if let System::Metres(crs) = &system {
        Projection::new(crs)
            .map_err(|error| unknown(format!("reference system \"{short}\" cannot be used: {error}")))?;
    }
    Ok(system)
}

/// The EPSG code at the end of a URN or of well-known text.
fn code_of_text(text: &str) -> Option<&str> {
    let digits = |rest: &'_ str| -> Option<usize> {
        let n = rest.chars().take_while(char::is_ascii_digit).count();
        (n > 0).then_some(n)
    };
    if let Some((_, code)) = text.split_once("EPSG::") {
        return digits(code).filter(|&n| n == code.len()).map(|_| code);
    }
    // The last authority is that of the whole system; those before belong to its parts.
    let start = text.rfind("AUTHORITY[\"EPSG\",").or_else(|| text.rfind("ID[\"EPSG\","))?;
    let rest = text[start..].split_once(',')?.1.trim_start_matches(['"', ' ']);
    let code = &rest[..digits(rest)?];
    // Nothing but brackets may follow, else it is the code of a part.
    rest[code.len()..].chars().all(|c| matches!(c, '"' | ']' | ' ' | '\n')).then_some(code)
}

/// The EPSG code of `WGS84_UTM33N`.
fn utm(name: &str) -> Option<u16> {
    let zone = name.strip_prefix("WGS84_UTM")?;
    let (zone, base) = match (zone.strip_suffix('N'), zone.strip_suffix('S')) {
        (Some(zone), _) => (zone, 32_600),
        (_, Some(zone)) => (zone, 32_700),
        _ => return None,
    };
    zone.parse::<u16>().ok().filter(|zone| (1..=60).contains(zone)).map(|zone| base + zone)
}

/// Takes coordinates from the system of one file to that of another.
pub struct Transform {
    /// `None`: from degrees.
    from: Option<Projection>,
    to: Projection,
}

impl Transform {
    /// From one system to another; `None` where the numbers stay as they are: the systems are the same, or one of the two is
    /// a plane without a place and both are in metres.
    ///
    /// # Errors
    /// A text that a [`Fault`] may go on with: a system that cannot be projected, or degrees that are to become metres on a
    /// plane without a place.
    pub fn between(from: &System, to: &Crs) -> Result<Option<Self>> {
        match (from, to) {
            (System::Metres(from), to) if from == to => Ok(None),
            (System::Metres(Crs::Plane), _) | (System::Metres(_), Crs::Plane) => Ok(None),
            (System::Degrees, Crs::Plane) => {
                Err(Fault::new("crs", "", "degrees cannot be laid on a plane without a place")
                    .expected("a network that tells its reference system")
                    .advice("name it: [network] crs = \"EPSG:<code>\"")
                    .into())
            }
            (System::Metres(from), to) => {
                Ok(Some(Self { from: Some(Projection::new(from)?), to: Projection::new(to)? }))
            }
            (System::Degrees, to) => Ok(Some(Self { from: None, to: Projection::new(to)? })),
        }
    }

    /// A point in the new system, metres.
    ///
    /// # Errors
    /// [`Error::Other`] for a point that one of the systems cannot hold.
    pub fn apply(&self, (x, y): (f64, f64)) -> Result<(f64, f64)> {
        let (lon, lat) = match &self.from {
            Some(from) => from.to_degrees(x, y)?,
            None => (x, y),
        };
        self.to.to_metres(lon, lat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_matsim_are_known_and_others_are_not() {
        for (text, wanted) in [
            ("EPSG:25833", Some(System::Metres(Crs::Epsg(25_833)))),
            ("urn:ogc:def:crs:EPSG::31468", Some(System::Metres(Crs::Epsg(31_468)))),
            ("WGS84", Some(System::Degrees)),
            ("EPSG:4326", Some(System::Degrees)),
            ("Atlantis", Some(System::Metres(Crs::Plane))),
            ("WGS84_UTM35S", Some(System::Metres(Crs::Epsg(32_735)))),
            ("CH1903_LV03_Plus", Some(System::Metres(Crs::Epsg(2_056)))),
            (
                "PROJCS[\"x\",GEOGCS[\"y\",AUTHORITY[\"EPSG\",\"4326\"]],UNIT[\"metre\",1],AUTHORITY[\"EPSG\",\"32631\"]]",
                Some(System::Metres(Crs::Epsg(32_631))),
            ),
            ("PROJCS[\"x\",GEOGCS[\"y\",AUTHORITY[\"EPSG\",\"4326\"]],UNIT[\"Meter\",1]]", None),
            ("GEOGCS[\"WGS 84\",AUTHORITY[\"EPSG\",\"4326\"]]", Some(System::Degrees)),
            ("WGS84_UTM61N", None),
            ("EPSG::", None),
            ("Gauss", None),
        ] {
            assert_eq!(parse(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        for name in ["Gauss 17", "EPSG:4314", "EPSG:65000"] {
            let said = read(name, Path::new("p.xml"), "").unwrap_err().to_string();
            assert!(said.starts_with("p.xml") && said.contains(name), "{said}");
        }
        for (name, _) in NAMES.iter().filter(|(name, _)| !["KROVAK", "DHDN_SoldnerBerlin"].contains(name)) {
            assert!(read(name, Path::new("p.xml"), "").is_ok(), "{name}");
        }
    }

    /// The old fundamental point of Swiss surveying: Bern, 46° 57' 08.66" N, 7° 26' 22.50" E on the Bessel ellipsoid, is
    /// (600 000, 200 000) in LV03 and (2 600 000, 1 200 000) in LV95.
    #[test]
    fn points_go_from_one_system_to_another() {
        let lv03 = System::Metres(Crs::Epsg(21_781));
        let transform = Transform::between(&lv03, &Crs::Epsg(2_056)).unwrap().unwrap();
        let (x, y) = transform.apply((600_000.0, 200_000.0)).unwrap();
        assert!((x - 2_600_000.0).abs() < 2.0 && (y - 1_200_000.0).abs() < 2.0, "{x} {y}");
        let degrees = Transform::between(&System::Degrees, &Crs::Epsg(32_610)).unwrap().unwrap();
        let (x, y) = degrees.apply((-122.398376, 37.79311287)).unwrap();
        assert!((x - 552_969.25).abs() < 0.5 && (y - 4_183_031.29).abs() < 0.5, "{x} {y}");
        assert!(Transform::between(&lv03, &Crs::Epsg(21_781)).unwrap().is_none());
        assert!(Transform::between(&lv03, &Crs::Plane).unwrap().is_none());
        assert!(Transform::between(&System::Degrees, &Crs::Plane).is_err());
    }
}

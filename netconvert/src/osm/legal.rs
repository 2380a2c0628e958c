//! Legal speed limits by country and kind of road: what a tag such as `RU:urban` means in numbers.
//!
//! Source: OpenStreetMap wiki, "Default speed limits", revision 2607051 (2023), for passenger cars; Finland outside of
//! towns: Road Traffic Act 729/2018, 80 km/h. Germany has no limit on motorways; 130 km/h is its recommended speed
//! (Autobahn-Richtgeschwindigkeits-Verordnung § 1). Where a law has several limits for a kind (by lanes or by the
//! hour), the one of the ordinary two-lane road by day is here.

use engine::unit::MPS_PER_MPH;

/// What the limits of a kind of road are in a country, kilometres an hour; 0 where the source knows none.
struct Country {
    /// ISO 3166 code, of two letters, or of a region of the country (`BE-VLG`).
    code: &'static str,
    /// In towns.
    urban: u8,
    /// Outside of towns.
    rural: u8,
    /// Expressways: roads for motor vehicles alone or with separate carriageways outside of towns, below a motorway.
    trunk: u8,
    /// Motorways.
    motorway: u8,
}

const fn country(code: &'static str, urban: u8, rural: u8, trunk: u8, motorway: u8) -> Country {
    Country { code, urban, rural, trunk, motorway }
}

/// Sorted by code.
const COUNTRIES: [Country; 55] = [
    country("AL", 40, 80, 90, 110),
    country("AM", 60, 90, 0, 110),
    country("AR", 40, 110, 120, 130),
    country("AT", 50, 100, 100, 130),
    country("AU", 50, 100, 0, 0),
    country("AZ", 60, 90, 0, 110),
    country("BA", 50, 80, 100, 130),
    country("BE-BRU", 30, 70, 120, 120),
    country("BE-VLG", 50, 70, 120, 120),
    country("BE-WAL", 50, 90, 120, 120),
    country("BG", 50, 90, 120, 140),
    country("BY", 60, 90, 0, 110),
    country("CA-ON", 50, 80, 0, 0),
    country("CH", 50, 80, 100, 120),
    country("CL", 50, 100, 0, 0),
    country("CZ", 50, 90, 110, 130),
    country("DE", 50, 100, 0, 130),
    country("DK", 50, 80, 80, 130),
    country("EE", 50, 90, 0, 0),
    country("ES", 30, 90, 0, 120),
    country("FI", 50, 80, 0, 0),
    country("FR", 50, 80, 110, 130),
    country("GE", 60, 90, 0, 110),
    country("GR", 50, 90, 110, 130),
    country("HR", 50, 90, 110, 130),
    country("HU", 50, 90, 110, 130),
    country("IE", 50, 80, 100, 120),
    country("IL", 50, 80, 90, 110),
    country("IS", 50, 80, 0, 0),
    country("IT", 50, 90, 110, 130),
    country("JP", 60, 60, 0, 100),
    country("KZ", 60, 110, 0, 140),
    country("LI", 50, 80, 0, 0),
    country("LT", 50, 90, 120, 130),
    country("LU", 50, 90, 0, 130),
    country("LV", 50, 90, 110, 0),
    country("MD", 50, 90, 110, 0),
    country("MK", 50, 90, 110, 130),
    country("MT", 50, 80, 0, 0),
    country("NL", 50, 80, 100, 130),
    country("NO", 50, 80, 0, 110),
    country("NZ", 50, 100, 0, 0),
    country("PL", 50, 90, 120, 140),
    country("PT", 50, 90, 100, 120),
    country("RO", 50, 90, 100, 130),
    country("RS", 50, 80, 100, 120),
    country("RU", 60, 90, 0, 110),
    country("SE", 50, 70, 0, 110),
    country("SI", 50, 90, 110, 130),
    country("SK", 50, 90, 130, 130),
    country("TH", 80, 90, 0, 120),
    country("TR", 50, 90, 110, 120),
    country("UA", 50, 90, 110, 130),
    country("UZ", 70, 100, 0, 0),
    country("ZA", 60, 100, 0, 120),
];

/// What is taken for a country that is not in the table: the most frequent limit of those that are.
const ELSEWHERE: Country = country("", 50, 90, 110, 130);

/// A limit by law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Legal {
    /// Metres per second.
    pub mps: f64,
    /// Whether the table knows the country; else the limit is that of most countries.
    pub known: bool,
}

/// The limit of a tag's value such as `CH:rural`, `de:zone:30`, `GB:nsl_single`, `FR:zone30`, or without a country
/// (`urban`). `None` for anything else.
pub fn limit(text: &str) -> Option<Legal> {
    let text = text.trim();
    let (code, kind) = text.split_once(':').unwrap_or(("", text));
    let letters = |part: &str| part.chars().all(|c| c.is_ascii_alphabetic());
    let is_code = code.is_empty()
        || (code.split('-').next().is_some_and(|c| c.len() == 2 && letters(c)) && code.len() <= 6);
    if !is_code {
        return None;
    }
    let (code, kind) = (code.to_uppercase(), kind.to_lowercase().replace(' ', "_"));
    let british = matches!(code.split('-').next(), Some("GB" | "UK"));
    let miles = british || code.starts_with("US");
    let unit_mps = if miles { MPS_PER_MPH } else { 1.0 / 3.6 };
    let told = |speed: f64, unit_mps: f64| Some(Legal { mps: speed * unit_mps, known: true });
    // A zone is named with its number, in the unit of the country.
    let number = ["zone:maxspeed=", "zone:", "zone", ""].iter().find_map(|begin| kind.strip_prefix(begin));
    if let Some(speed) = number.and_then(|n| n.parse::<f64>().ok()).filter(|n| (5.0..=150.0).contains(n))
        && !code.is_empty()
    {
        return told(speed, unit_mps);
    }
    match kind.as_str() {
        "walk" | "pedestrian_zone" | "pedestrian" => return told(WALK_KMH, 1.0 / 3.6),
        "living_street" => return told(LIVING_STREET_KMH, 1.0 / 3.6),
        "bicycle_road" | "cyclestreet" | "cycle_street" => return told(30.0, 1.0 / 3.6),
        _ => {}
    }
    if british {
        let mph = match kind.as_str() {
            "nsl_restricted" | "urban" if code.ends_with("WLS") => 20.0,
            "nsl_restricted" | "urban" => 30.0,
            "nsl_single" | "rural" => 60.0,
            "nsl_dual" | "motorway" | "trunk" => 70.0,
            _ => return None,
        };
        return told(mph, MPS_PER_MPH);
    }
    of_kind(&code, &kind)
}

/// The limit of the four kinds that every country has, from the table.
fn of_kind(code: &str, kind: &str) -> Option<Legal> {
    let pick = |country: &Country| match kind {
        "urban" => Some(country.urban),
        "rural" | "national" => Some(country.rural),
        "trunk" | "motorroad" | "expressway" => Some(country.trunk),
        "motorway" => Some(country.motorway),
        _ => None,
    };
    let find = |code: &str| COUNTRIES.iter().find(|country| country.code == code);
    // A region has the limits of its country unless it has its own.
    let found = find(code).or_else(|| find(code.split('-').next().unwrap_or(code)));
    let stated = found.and_then(pick).filter(|&speed| speed > 0);
    let speed = stated.or_else(|| pick(&ELSEWHERE))?;
    Some(Legal { mps: f64::from(speed) / 3.6, known: stated.is_some() })
}

/// Walking pace, km/h (wiki, "Key:maxspeed").
const WALK_KMH: f64 = 7.0;
/// Living streets: 20 km/h in most countries that have them.
const LIVING_STREET_KMH: f64 = 20.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn kmh(text: &str) -> f64 {
        let legal = limit(text).unwrap();
        assert!(legal.known, "{text}");
        (legal.mps * 36.0).round() / 10.0
    }

    #[test]
    fn limits_by_country_and_kind() {
        for (text, want) in [
            ("RU:urban", 60.0),
            ("RU:rural", 90.0),
            ("CH:rural", 80.0),
            ("AT:rural", 100.0),
            ("PL:motorway", 140.0),
            ("DE:motorway", 130.0),
            ("IT:trunk", 110.0),
            ("BE-VLG:rural", 70.0),
            ("ch:trunk", 100.0),
            ("GB:nsl_single", 96.6),
            ("GB:nsl_dual", 112.7),
            ("UK:nsl_restricted", 48.3),
            ("GB-WLS:nsl_restricted", 32.2),
            ("DE:zone:30", 30.0),
            ("FR:zone30", 30.0),
            ("DE:20", 20.0),
            ("GB:zone:20", 32.2),
            ("DE:bicycle_road", 30.0),
            ("RO:walk", 7.0),
        ] {
            assert_eq!(kmh(text), want, "{text}");
        }
    }

    #[test]
    fn countries_that_are_not_known_have_the_limit_of_most() {
        let of = |text| limit(text).map(|legal| ((legal.mps * 3.6).round(), legal.known));
        assert_eq!(of("XX:urban"), Some((50.0, false)));
        assert_eq!(of("rural"), Some((90.0, false)));
        assert_eq!(of("SE:trunk"), Some((110.0, false)));
        // A region without limits of its own.
        assert_eq!(of("CH-ZH:rural"), Some((80.0, true)));
    }

    #[test]
    fn what_is_no_kind_of_road_is_none() {
        for text in ["", "sign", "DE:fast", "50", "https://a.b/urban", "survey:2011", "zone", "DE:zone:9999"]
        {
            assert_eq!(limit(text), None, "{text}");
        }
        assert!(COUNTRIES.is_sorted_by_key(|country| country.code));
    }
}

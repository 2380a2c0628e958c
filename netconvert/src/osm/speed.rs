//! Speed tags of a way → free speed of a direction.
//!
//! A sign goes before the law: `maxspeed:forward`, `maxspeed`, the fastest of `maxspeed:lanes`, then the kind of zone or
//! road in `maxspeed:type`, `zone:maxspeed`, `source:maxspeed` or `zone:traffic`, read with [`super::legal`].

use super::access::short;
use super::legal;
use super::raw::Tags;
use crate::tally::Tally;
use engine::unit::MPS_PER_MPH;

/// MATSim's `DEFAULT_FREESPEED_FACTOR` (`LinkProperties.java`): a signed speed below 51 km/h is urban, and what is
/// driven there, signals and priority counted, is 0.9 of it.
const URBAN_FACTOR: f64 = 0.9;
/// Signed limits below this are urban: 50 km/h is, 51 km/h is not.
const URBAN_BELOW_MPS: f64 = 51.0 / 3.6;
/// Slowest and fastest limit that is believed, metres per second.
const RANGE_MPS: std::ops::RangeInclusive<f64> = 1.0..=70.0;
/// So many unknown values are told one by one; the rest together.
const MOST_UNKNOWN: usize = 20;
const UNKNOWN: &str = "speed limit \"";

/// Free speed of one direction, metres per second: what the tags say, or `default` (counted).
pub fn speed(tags: &Tags, side: &str, default: f64, way: i64, tally: &mut Tally) -> f64 {
    tally.whole("speeds", 1);
    let Some(limit) = limit(tags, side, way, tally) else {
        tally.part("speeds", "no speed limit is tagged, the speed of the class is taken", way);
        return default;
    };
    if limit < URBAN_BELOW_MPS { limit * URBAN_FACTOR } else { limit }
}

/// The limit that the tags state for a direction, metres per second.
fn limit(tags: &Tags, side: &str, way: i64, tally: &mut Tally) -> Option<f64> {
    let sided = |key: &str| tags.get(&format!("{key}:{side}")).or_else(|| tags.get(key));
    let mut by_law = |text: &str| {
        let legal = legal::limit(text)?;
        if !legal.known {
            let what = "legal limit of a country or kind that the table does not hold: 50 km/h in towns, 90 outside, \
                110 on expressways, 130 on motorways taken";
            tally.part("speeds", what, way);
        }
        Some(legal.mps)
    };
    let signs = ["maxspeed:motorcar", "maxspeed:motor_vehicle", "maxspeed"].map(&sided);
    let mut not_read: Option<&str> = None;
    for text in signs.into_iter().flatten() {
        if let Some(limit) = speed_limit(text).or_else(|| by_law(text)) {
            return Some(limit);
        }
        not_read = not_read.or(Some(text).filter(|text| !says_nothing(text)));
    }
    let of_lanes = tags.get(&format!("maxspeed:lanes:{side}")).or_else(|| tags.get("maxspeed:lanes"));
    if let Some(fastest) = of_lanes.and_then(|all| all.split('|').filter_map(speed_limit).reduce(f64::max)) {
        return Some(fastest);
    }
    // These four name the kind of road, or where a number was seen ("sign"), which is of no use here.
    let kinds = ["maxspeed:type", "zone:maxspeed", "source:maxspeed", "zone:traffic"];
    let of_kind = kinds.iter().find_map(|key| {
        let text = sided(key)?;
        by_law(text).or_else(|| if *key == "zone:maxspeed" { speed_limit(text) } else { None })
    });
    if let (None, Some(text)) = (of_kind, not_read) {
        unknown(text, way, tally);
    }
    of_kind
}

/// Counts a value that is not understood, by value.
fn unknown(text: &str, way: i64, tally: &mut Tally) {
    let kind = format!("{UNKNOWN}{}\" is not understood", short(text));
    let told = tally.iter().filter(|(kind, _)| kind.starts_with(UNKNOWN)).count();
    if told < MOST_UNKNOWN || tally.count(&kind) > 0 {
        tally.unknown("speeds", kind, way);
    } else {
        tally.unknown("speeds", "speed limits with other values are not understood", way);
    }
}

/// Words that say that there is no one number: signs that change, or nobody knows.
fn says_nothing(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    matches!(
        text.as_str(),
        "" | "signals"
            | "signal"
            | "variable"
            | "dynamic"
            | "unknown"
            | "unposted"
            | "unsigned"
            | "default"
            | "implicit"
            | "fixme"
    )
}

/// A number with its unit in metres per second (wiki "Key:maxspeed"): a number alone is km/h; `mph` and `knots` are
/// named; of several ("50;70") the lowest counts. `none` is 130 km/h, the German recommended speed
/// (Autobahn-Richtgeschwindigkeits-Verordnung § 1); `walk` 7 km/h, the wiki's walking pace. Case does not matter.
/// `None` for anything else.
pub fn speed_limit(text: &str) -> Option<f64> {
    let one = |text: &str| {
        let text = text.trim();
        match text {
            "none" | "unlimited" | "no" => return Some(130.0 / 3.6),
            "walk" | "walking" => return Some(7.0 / 3.6),
            _ => {}
        }
        let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let number: f64 = text[..digits].parse().ok()?;
        let unit = match text[digits..].trim() {
            "" | "km/h" | "kmh" | "kph" | "km / h" | "kmph" => 1.0 / 3.6,
            "mph" | "mi/h" => MPS_PER_MPH,
            "knots" | "kn" => 1852.0 / 3600.0,
            _ => return None,
        };
        let speed = number * unit;
        RANGE_MPS.contains(&speed).then_some(speed)
    };
    let text = text.to_lowercase();
    text.split(';').map(one).collect::<Option<Vec<_>>>()?.into_iter().reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_in_all_units() {
        let near = |text, kmh: f64| assert!((speed_limit(text).unwrap() * 3.6 - kmh).abs() < 1e-9, "{text}");
        near("50", 50.0);
        near("50 km/h", 50.0);
        near("30 mph", 30.0 * 1.609344);
        near("30mph", 30.0 * 1.609344);
        near("45 MPH", 45.0 * 1.609344);
        near("10 knots", 18.52);
        near("none", 130.0);
        near("walk", 7.0);
        near("50;70", 50.0);
        for bad in ["", "signals", "fast", "-5", "9999", "50 furlongs", "0", "50;x", "DE:rural", "é"] {
            assert_eq!(speed_limit(bad), None, "{bad}");
        }
    }

    /// Speed forward in km/h, and what was told.
    fn read(pairs: &[(&str, &str)]) -> (f64, Vec<String>) {
        let mut tally = Tally::new("t.osm");
        let mps = speed(&pairs.iter().copied().collect(), "forward", 33.0 / 3.6, 1, &mut tally);
        ((mps * 36.0).round() / 10.0, tally.into_warnings().into_iter().map(|w| w.what).collect())
    }

    #[test]
    fn the_sign_goes_before_the_law() {
        for (pairs, want) in [
            (&[("maxspeed", "AT:rural")][..], 100.0),
            (&[("maxspeed", "70"), ("source:maxspeed", "DE:rural")], 70.0),
            (&[("maxspeed", "signals"), ("maxspeed:type", "DE:motorway")], 130.0),
            (&[("maxspeed", "55"), ("maxspeed:forward", "90")], 90.0),
            (&[("maxspeed:backward", "90"), ("zone:traffic", "PL:urban")], 45.0),
            (&[("zone:maxspeed", "DE:30")], 27.0),
            (&[("zone:maxspeed", "60")], 60.0),
            (&[("source:maxspeed", "CH:rural")], 80.0),
            (&[("maxspeed:lanes", "120|100|60")], 120.0),
            (&[("maxspeed", "GB:nsl_dual")], 112.7),
        ] {
            let (kmh, told) = read(pairs);
            assert_eq!((kmh, told), (want, Vec::new()), "{pairs:?}");
        }
    }

    #[test]
    fn defaults_and_what_is_not_understood_are_told() {
        let default = "no speed limit is tagged, the speed of the class is taken".to_string();
        assert_eq!(read(&[]), (33.0, vec![default.clone()]));
        assert_eq!(read(&[("maxspeed", "signals")]), (33.0, vec![default.clone()]));
        assert_eq!(read(&[("source:maxspeed", "survey")]), (33.0, vec![default.clone()]));
        let (kmh, told) = read(&[("maxspeed", "quick")]);
        assert_eq!((kmh, told), (33.0, vec![default, "speed limit \"quick\" is not understood".into()]));
        let (kmh, told) = read(&[("maxspeed", "XX:rural")]);
        assert!(kmh == 90.0 && told.len() == 1 && told[0].contains("does not hold"), "{told:?}");
    }

    #[test]
    fn a_flood_of_unknown_values_is_told_in_few_lines() {
        let mut tally = Tally::new("t.osm");
        for way in 0..100 {
            unknown(&format!("word {way}"), way, &mut tally);
        }
        assert_eq!(tally.count("speed limits with other values are not understood"), 80);
        assert_eq!((tally.iter().count(), tally.total()), (21, 100));
    }
}

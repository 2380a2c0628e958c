//! Tags of a way → who may drive it, in which direction, on how many lanes, how fast.

use super::raw::Tags;
use crate::tally::Tally;
use engine::network::RoadClass;
use engine::unit::MPS_PER_MPH;

/// What is assumed of a road of one `highway` value where its tags say nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassDefault {
    /// Value of the tag `highway`.
    pub highway: String,
    /// Functional class.
    pub class: RoadClass,
    /// Lanes in each direction.
    pub lanes: f64,
    /// Free speed, metres per second.
    pub freespeed_mps: f64,
    /// Flow capacity of one lane, vehicles per hour.
    pub capacity_vph: f64,
    /// Whether it is one-way unless it says otherwise.
    pub oneway: bool,
}

/// Lanes, free speed (km/h), capacity of a lane (vehicles per hour), one-way.
///
/// Source: MATSim, contribution `osm`, `LinkProperties.java` at commit 32dfbbf: its defaults for the
/// same 13 values. Its speeds below 80 km/h are meant as speeds along the road with the waiting at its
/// junctions, not as signed limits. MATSim's two corrections by length (capacity doubled under 50 m,
/// untagged speed lowered under 300 m) are left out: they make a link's worth depend on how its way
/// happens to be cut.
const DEFAULTS: [(&str, RoadClass, f64, f64, f64, bool); 13] = [
    ("motorway", RoadClass::Freeway, 2.0, 120.0, 2000.0, true),
    ("motorway_link", RoadClass::Ramp, 1.0, 80.0, 1500.0, true),
    ("trunk", RoadClass::Arterial, 1.0, 80.0, 2000.0, false),
    ("trunk_link", RoadClass::Ramp, 1.0, 50.0, 1500.0, false),
    ("primary", RoadClass::Arterial, 1.0, 80.0, 1500.0, false),
    ("primary_link", RoadClass::Arterial, 1.0, 60.0, 1500.0, false),
    ("secondary", RoadClass::Collector, 1.0, 30.0, 800.0, false),
    ("secondary_link", RoadClass::Collector, 1.0, 30.0, 800.0, false),
    ("tertiary", RoadClass::Collector, 1.0, 25.0, 600.0, false),
    ("tertiary_link", RoadClass::Collector, 1.0, 25.0, 600.0, false),
    ("unclassified", RoadClass::Local, 1.0, 15.0, 600.0, false),
    ("residential", RoadClass::Local, 1.0, 15.0, 600.0, false),
    ("living_street", RoadClass::Local, 1.0, 10.0, 300.0, false),
];

/// The stated defaults (MATSim's `LinkProperties`), widest road first.
pub fn class_defaults() -> Vec<ClassDefault> {
    DEFAULTS
        .iter()
        .map(|&(highway, class, lanes, speed_kmh, capacity_vph, oneway)| ClassDefault {
            highway: highway.to_string(),
            class,
            lanes,
            freespeed_mps: speed_kmh / 3.6,
            capacity_vph,
            oneway,
        })
        .collect()
}

/// MATSim's `DEFAULT_FREESPEED_FACTOR` (same file): a signed speed below 51 km/h is urban, and what is
/// driven there, signals and priority counted, is 0.9 of it.
const URBAN_FACTOR: f64 = 0.9;
/// Signed limits below this are urban: 50 km/h is, 51 km/h is not.
const URBAN_BELOW_MPS: f64 = 51.0 / 3.6;
/// More lanes in one direction than any road has (the widest toll plazas have about 25).
const MOST_LANES: f64 = 30.0;

/// One direction of a road.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direction {
    /// Lanes.
    pub lanes: f64,
    /// Free speed, metres per second.
    pub freespeed_mps: f64,
    /// Capacity of all lanes, vehicles per hour.
    pub capacity_vph: f64,
}

/// A way that cars may drive, at least in one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Road {
    /// Functional class.
    pub class: RoadClass,
    /// In the order of the way's nodes.
    pub forward: Option<Direction>,
    /// Against the order of the way's nodes.
    pub backward: Option<Direction>,
}

/// Reads the tags of a way; `None` when it is no road for cars (what is left out is counted).
pub fn road(tags: &Tags, way: i64, defaults: &[ClassDefault], tally: &mut Tally) -> Option<Road> {
    let highway = tags.get("highway")?;
    let default = defaults.iter().find(|d| d.highway == highway)?;
    if tags.get("area") == Some("yes") {
        tally.add("way is an area, left out", way);
        return None;
    }
    if !open_to_cars(tags, "") {
        tally.add("way is closed to cars by its access tags, left out", way);
        return None;
    }
    let (forward, backward) = directions(tags, way, default.oneway, tally)?;
    let forward = forward && open_to_cars(tags, ":forward");
    let backward = backward && open_to_cars(tags, ":backward");
    let both = forward && backward;
    let direction = |side: &str, tally: &mut Tally| Direction {
        lanes: lanes(tags, side, both, default.lanes, way, tally),
        freespeed_mps: speed(tags, side, default.freespeed_mps, way, tally),
        capacity_vph: 0.0,
    };
    let finish = |d: Direction| Direction { capacity_vph: d.lanes * default.capacity_vph, ..d };
    let road = Road {
        class: default.class,
        forward: forward.then(|| finish(direction("forward", tally))),
        backward: backward.then(|| finish(direction("backward", tally))),
    };
    (forward || backward).then_some(road)
}

/// The most special of the access tags that is present decides (wiki "Key:access", transport mode
/// hierarchy: access < vehicle < motor_vehicle < motorcar).
fn open_to_cars(tags: &Tags, side: &str) -> bool {
    let value = ["motorcar", "motor_vehicle", "vehicle", "access"]
        .iter()
        .find_map(|key| tags.get(&format!("{key}{side}")));
    !matches!(
        value,
        Some("no" | "private" | "agricultural" | "forestry" | "emergency" | "military" | "bus" | "psv")
    )
}

/// Which directions cars may drive: (forward, backward); `None` for roads whose direction changes.
fn directions(tags: &Tags, way: i64, implied: bool, tally: &mut Tally) -> Option<(bool, bool)> {
    let roundabout = matches!(tags.get("junction"), Some("roundabout" | "circular"));
    let value = ["oneway:motorcar", "oneway:motor_vehicle", "oneway"].iter().find_map(|key| tags.get(key));
    match value {
        Some("yes" | "true" | "1") => Some((true, false)),
        Some("-1" | "reverse") => Some((false, true)),
        Some("no" | "false" | "0") => Some((true, true)),
        Some("reversible" | "alternating") => {
            tally.add("direction changes with the time of day (oneway=reversible), left out", way);
            None
        }
        other => {
            if other.is_some() {
                tally.add("oneway has an unknown value, taken as not tagged", way);
            }
            Some((true, !(roundabout || implied)))
        }
    }
}

/// Lanes of one direction. A two-way road splits `lanes` (without `lanes:both_ways`) evenly, at least
/// one each: a road of one lane for both directions counts as one lane each way.
fn lanes(tags: &Tags, side: &str, both: bool, default: f64, way: i64, tally: &mut Tally) -> f64 {
    let mut number = |key: &str| {
        let text = tags.get(key)?;
        // "2;3": the lanes change along the way; the narrower part is the one that limits.
        let least = text.split(';').map(|part| part.trim().parse::<f64>().ok()).collect::<Option<Vec<_>>>();
        let least = least.and_then(|all| all.into_iter().reduce(f64::min));
        let fits = least.filter(|n| (0.5..=MOST_LANES).contains(n));
        if fits.is_none() {
            tally.add("number of lanes is not between 0.5 and 30, taken as not tagged", way);
        }
        fits
    };
    if let Some(lanes) = number(&format!("lanes:{side}")) {
        return lanes;
    }
    // `lanes` counts both directions of a two-way road, `lanes:forward` and `lanes:backward` one.
    let Some(total) = number("lanes") else { return default };
    if !both {
        return total;
    }
    let other = if side == "forward" { "lanes:backward" } else { "lanes:forward" };
    let rest = total - number("lanes:both_ways").unwrap_or(0.0);
    match number(other) {
        Some(other) => (rest - other).max(1.0),
        None => (rest / 2.0).max(1.0),
    }
}

/// Free speed of one direction, metres per second.
fn speed(tags: &Tags, side: &str, default: f64, way: i64, tally: &mut Tally) -> f64 {
    let text = tags.get(&format!("maxspeed:{side}")).or_else(|| tags.get("maxspeed"));
    let Some(text) = text else { return default };
    match speed_limit(text) {
        Some(limit) if limit < URBAN_BELOW_MPS => limit * URBAN_FACTOR,
        Some(limit) => limit,
        None => {
            tally.add("maxspeed is no speed, taken as not tagged", way);
            default
        }
    }
}

/// A `maxspeed` value in metres per second (wiki "Key:maxspeed"): a number alone is km/h; `mph` and
/// `knots` are named; of several ("50;70") the lowest counts. `none` is 130 km/h, the German
/// recommended speed (Autobahn-Richtgeschwindigkeits-Verordnung § 1); `walk` 7 km/h, the wiki's walking
/// pace; `XX:urban` 50 km/h, the urban limit of most countries. `None` for anything else.
pub fn speed_limit(text: &str) -> Option<f64> {
    let one = |text: &str| {
        let text = text.trim();
        match text {
            "none" | "unlimited" => return Some(130.0 / 3.6),
            "walk" => return Some(7.0 / 3.6),
            _ if text.ends_with(":urban") => return Some(50.0 / 3.6),
            _ => {}
        }
        let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let number: f64 = text[..digits].parse().ok()?;
        let unit = match text[digits..].trim() {
            "" | "km/h" | "kmh" | "kph" => 1.0 / 3.6,
            "mph" => MPS_PER_MPH,
            "knots" => 1852.0 / 3600.0,
            _ => return None,
        };
        let speed = number * unit;
        (1.0..=70.0).contains(&speed).then_some(speed)
    };
    text.split(';').map(one).collect::<Option<Vec<_>>>()?.into_iter().reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> (Option<Road>, Tally) {
        let mut tally = Tally::new("t.osm");
        let tags = pairs.iter().copied().collect();
        let road = road(&tags, 1, &class_defaults(), &mut tally);
        (road, tally)
    }

    fn lanes_of(pairs: &[(&str, &str)]) -> (Option<f64>, Option<f64>) {
        let road = read(pairs).0.unwrap();
        (road.forward.map(|d| d.lanes), road.backward.map(|d| d.lanes))
    }

    #[test]
    fn speeds_in_all_units() {
        let near = |text, kmh: f64| assert!((speed_limit(text).unwrap() * 3.6 - kmh).abs() < 1e-9, "{text}");
        near("50", 50.0);
        near("50 km/h", 50.0);
        near("30 mph", 30.0 * 1.609344);
        near("30mph", 30.0 * 1.609344);
        near("10 knots", 18.52);
        near("none", 130.0);
        near("walk", 7.0);
        near("FI:urban", 50.0);
        near("50;70", 50.0);
        for bad in ["", "signals", "fast", "-5", "9999", "50 furlongs", "0", "50;x", "DE:rural", "é"] {
            assert_eq!(speed_limit(bad), None, "{bad}");
        }
    }

    #[test]
    fn one_way_streets() {
        let way = |pairs: &[(&str, &str)]| {
            let (forward, backward) = lanes_of(pairs);
            (forward.is_some(), backward.is_some())
        };
        assert_eq!(way(&[("highway", "primary")]), (true, true));
        assert_eq!(way(&[("highway", "primary"), ("oneway", "yes")]), (true, false));
        assert_eq!(way(&[("highway", "primary"), ("oneway", "-1")]), (false, true));
        assert_eq!(way(&[("highway", "primary"), ("junction", "roundabout")]), (true, false));
        assert_eq!(way(&[("highway", "motorway")]), (true, false));
        assert_eq!(way(&[("highway", "motorway"), ("oneway", "no")]), (true, true));
        assert_eq!(way(&[("highway", "tertiary"), ("motor_vehicle:backward", "no")]), (true, false));
        let (none, tally) = read(&[("highway", "motorway"), ("oneway", "reversible")]);
        assert!(none.is_none() && tally.into_warnings().len() == 1);
    }

    #[test]
    fn lanes_are_split_between_the_directions() {
        assert_eq!(lanes_of(&[("highway", "primary"), ("lanes", "4")]), (Some(2.0), Some(2.0)));
        assert_eq!(lanes_of(&[("highway", "primary"), ("lanes", "1")]), (Some(1.0), Some(1.0)));
        assert_eq!(
            lanes_of(&[("highway", "primary"), ("lanes", "3"), ("lanes:backward", "1")]),
            (Some(2.0), Some(1.0))
        );
        assert_eq!(
            lanes_of(&[("highway", "primary"), ("lanes", "5"), ("lanes:both_ways", "1")]),
            (Some(2.0), Some(2.0))
        );
        assert_eq!(lanes_of(&[("highway", "primary"), ("lanes", "3"), ("oneway", "yes")]), (Some(3.0), None));
        assert_eq!(lanes_of(&[("highway", "motorway"), ("lanes", "2000")]), (Some(2.0), None));
    }

    #[test]
    fn the_most_special_access_tag_decides() {
        assert!(read(&[("highway", "residential"), ("access", "no")]).0.is_none());
        assert!(read(&[("highway", "residential"), ("access", "no"), ("motor_vehicle", "yes")]).0.is_some());
        assert!(
            read(&[("highway", "residential"), ("motor_vehicle", "yes"), ("motorcar", "no")]).0.is_none()
        );
        assert!(read(&[("highway", "residential"), ("access", "destination")]).0.is_some());
        assert!(read(&[("highway", "footway")]).0.is_none());
    }

    #[test]
    fn capacity_is_lanes_times_the_class() {
        let road = read(&[("highway", "motorway"), ("lanes", "4"), ("maxspeed", "65 mph")]).0.unwrap();
        let forward = road.forward.unwrap();
        assert_eq!(forward.capacity_vph, 8000.0);
        assert!((forward.freespeed_mps - 65.0 * MPS_PER_MPH).abs() < 1e-12);
    }
}

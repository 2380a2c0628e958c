//! Tags of a way → whether it is a road for cars, in which directions, and what each direction is like.

use super::access::{self, Access};
use super::raw::Tags;
use super::{barrier, lanes, speed};
use crate::tally::Tally;
use engine::network::RoadClass;
use std::sync::Arc;

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
    /// Name of the street, or its number where it has none.
    pub street: Option<Arc<str>>,
    /// In the order of the way's nodes.
    pub forward: Option<Direction>,
    /// Against the order of the way's nodes.
    pub backward: Option<Direction>,
}

/// Roads that cars may drive in the world and that are of no class that is read: told, so that nobody wonders.
const OTHER_ROADS: [&str; 5] = ["service", "track", "road", "busway", "escape"];

/// Keys of which a variant `…:conditional` holds at some times only.
const CONDITIONAL: [&str; 9] =
    ["access", "vehicle", "motor_vehicle", "motorcar", "hov", "oneway", "lanes", "maxspeed", "bus"];

/// Reads the tags of a way; `None` when it is no road for cars (what is left out is counted).
pub fn road(tags: &Tags, way: i64, defaults: &[ClassDefault], tally: &mut Tally) -> Option<Road> {
    let highway = tags.get("highway").or_else(|| ferry(tags, way, tally))?;
    let Some(default) = defaults.iter().find(|d| d.highway == highway) else {
        if OTHER_ROADS.contains(&highway) {
            tally.add(format!("way of a class that is not read (highway={highway}), left out"), way);
        } else if matches!(
            highway,
            "construction" | "proposed" | "planned" | "abandoned" | "disused" | "razed"
        ) {
            tally.add(format!("road that is not in use (highway={highway}), left out"), way);
        }
        return None;
    };
    tally.whole("ways", 1);
    if let Some(why) = not_in_use(tags) {
        tally.part("ways", format!("way {why}, left out"), way);
        return None;
    }
    let sides = ["forward", "backward"].map(|side| access::of_way(tags, side, way, tally));
    if sides == [Access::Closed; 2] {
        tally.part("ways", "way is closed to cars by its access tags, left out", way);
        return None;
    }
    let [forward, backward] = directions(tags, way, default.oneway, tally)?;
    let [forward, backward] = [forward && sides[0] != Access::Closed, backward && sides[1] != Access::Closed];
    if !(forward || backward) {
        tally.part("ways", "way is closed to cars in its only direction, left out", way);
        return None;
    }
    tell(tags, sides, way, tally);
    let mut direction = |side: &'static str| {
        let lanes = lanes::lanes(tags, side, forward && backward, default.lanes, way, tally);
        let freespeed_mps = speed::speed(tags, side, default.freespeed_mps, way, tally);
        Direction { lanes, freespeed_mps, capacity_vph: lanes * default.capacity_vph }
    };
    Some(Road {
        class: default.class,
        street: None,
        forward: forward.then(|| direction("forward")),
        backward: backward.then(|| direction("backward")),
    })
}

/// Counts what holds of a way only at times, or for some cars.
fn tell(tags: &Tags, sides: [Access; 2], way: i64, tally: &mut Tally) {
    if sides.contains(&Access::Destination) {
        let what = "way is for those who stop there (access=destination); open to all cars here";
        tally.part("ways", what, way);
    }
    if tags.get("hov") == Some("designated") {
        let what = "way is for vehicles with several occupants (hov=designated); open to all cars here";
        tally.part("ways", what, way);
    }
    if works_are_over(tags) {
        let what = "way has a class and still a tag of the works before it opened (construction=CLASS); open to cars";
        tally.part("ways", what, way);
    }
    for key in CONDITIONAL {
        let of_key = |k: &str| {
            let rest = k.strip_prefix(key).and_then(|rest| rest.strip_suffix(":conditional"));
            rest.is_some_and(|rest| matches!(rest, "" | ":forward" | ":backward" | ":lanes" | ":motorcar"))
        };
        if tags.keys().any(of_key) {
            let what = format!("{key}:conditional holds at some times only, what holds at others is taken");
            tally.part("ways", what, way);
        }
    }
}

/// A ferry is a way without a road: counted where it takes cars.
fn ferry<'a>(tags: &Tags, way: i64, tally: &mut Tally) -> Option<&'a str> {
    let cars = access::deciding(tags, "").is_some_and(|(_, value)| access::word(value) == Some(Access::Open));
    if tags.get("route") == Some("ferry") && cars {
        tally.add("ferry for cars, left out", way);
    }
    None
}

/// Why a way of a road class is no road for cars now, apart from its access tags.
fn not_in_use(tags: &Tags) -> Option<&'static str> {
    let yes = |key: &str| tags.get(key) == Some("yes");
    match () {
        () if yes("area") => Some("is an area"),
        () if yes("abandoned") || yes("disused") => Some("is abandoned or disused"),
        // Small works and widenings go on beside the traffic.
        () if tags.get("construction").is_some_and(|c| !matches!(c, "no" | "minor" | "widening"))
            && !works_are_over(tags) =>
        {
            Some("is under construction")
        }
        () if barrier::closes_way(tags) => Some("is closed by a barrier along it"),
        () => None,
    }
}

/// Whether `construction` is a left-over: where it names a class of road, it says what `highway=construction` will become
/// (wiki "Key:construction"), and a way whose `highway` is a class by now has been opened.
fn works_are_over(tags: &Tags) -> bool {
    tags.get("construction").is_some_and(|value| {
        DEFAULTS.iter().any(|default| default.0 == value) || OTHER_ROADS.contains(&value)
    })
}

/// Which directions cars may drive: [forward, backward]; `None` for roads whose direction changes.
fn directions(tags: &Tags, way: i64, implied: bool, tally: &mut Tally) -> Option<[bool; 2]> {
    let roundabout = matches!(tags.get("junction"), Some("roundabout" | "circular"));
    let value = ["oneway:motorcar", "oneway:motor_vehicle", "oneway"].iter().find_map(|key| tags.get(key));
    match value {
        Some("yes" | "true" | "1") => Some([true, false]),
        Some("-1" | "reverse") => Some([false, true]),
        Some("no" | "false" | "0") => Some([true, true]),
        Some("reversible" | "alternating") => {
            tally.part("ways", "direction changes with the time of day (oneway=reversible), left out", way);
            None
        }
        other => {
            if let Some(other) = other {
                let what = format!("oneway \"{}\" is not known, taken as not tagged", access::short(other));
                tally.unknown("ways", what, way);
            }
            Some([true, !(roundabout || implied)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::unit::MPS_PER_MPH;

    fn read(pairs: &[(&str, &str)]) -> (Option<Road>, Vec<String>) {
        let mut tally = Tally::new("t.osm");
        let tags = pairs.iter().copied().collect();
        let road = road(&tags, 1, &class_defaults(), &mut tally);
        (road, tally.into_warnings().into_iter().map(|w| w.what).collect())
    }

    #[test]
    fn one_way_streets() {
        let way = |pairs: &[(&str, &str)]| {
            let road = read(pairs).0.unwrap();
            (road.forward.is_some(), road.backward.is_some())
        };
        assert_eq!(way(&[("highway", "primary")]), (true, true));
        assert_eq!(way(&[("highway", "primary"), ("oneway", "yes")]), (true, false));
        assert_eq!(way(&[("highway", "primary"), ("oneway", "-1")]), (false, true));
        assert_eq!(way(&[("highway", "primary"), ("junction", "roundabout")]), (true, false));
        assert_eq!(way(&[("highway", "motorway")]), (true, false));
        assert_eq!(way(&[("highway", "motorway"), ("oneway", "no")]), (true, true));
        assert_eq!(way(&[("highway", "tertiary"), ("motor_vehicle:backward", "no")]), (true, false));
        let (none, told) = read(&[("highway", "motorway"), ("oneway", "reversible")]);
        assert!(none.is_none() && told.len() == 1);
        let (_, told) = read(&[("highway", "primary"), ("oneway", "perhaps")]);
        assert!(told.iter().any(|what| what.contains("oneway \"perhaps\"")), "{told:?}");
    }

    #[test]
    fn roads_for_cars() {
        let open =
            |pairs: &[(&str, &str)]| read(&[&[("highway", "residential")], pairs].concat()).0.is_some();
        assert!(open(&[]));
        for closed in [
            [("access", "no")],
            [("motor_vehicle", "private")],
            [("construction", "yes")],
            [("disused", "yes")],
            [("area", "yes")],
            [("barrier", "bollard")],
        ] {
            assert!(!open(&closed), "{closed:?}");
        }
        for still in [
            [("access", "destination")],
            [("construction", "minor")],
            [("construction", "residential")],
            [("construction", "motorway_link")],
            [("construction", "service")],
            [("barrier", "hedge")],
            [("hov", "designated")],
        ] {
            assert!(open(&still), "{still:?}");
        }
        assert!(!open(&[("oneway", "yes"), ("motor_vehicle:forward", "no")]));
        assert!(read(&[("highway", "footway")]).0.is_none());
    }

    #[test]
    fn what_is_left_out_or_holds_at_times_is_told() {
        let told = |pairs: &[(&str, &str)], want: &str| {
            let told = read(pairs).1;
            assert!(told.iter().any(|what| what.contains(want)), "{pairs:?}: {told:?}");
        };
        told(&[("highway", "service")], "highway=service");
        told(&[("highway", "construction"), ("construction", "primary")], "not in use");
        told(&[("route", "ferry"), ("motor_vehicle", "yes")], "ferry");
        told(&[("highway", "primary"), ("construction", "primary")], "the works before it opened");
        told(&[("highway", "primary"), ("construction", "yes")], "is under construction");
        told(&[("highway", "primary"), ("access", "destination")], "destination");
        told(&[("highway", "primary"), ("hov", "designated")], "several occupants");
        told(
            &[("highway", "primary"), ("maxspeed:conditional", "30 @ (22:00-06:00)")],
            "maxspeed:conditional",
        );
        told(
            &[("highway", "primary"), ("motor_vehicle:forward:conditional", "no @ x")],
            "motor_vehicle:cond",
        );
        assert_eq!(read(&[("highway", "footway")]).1, [] as [&str; 0]);
        let speed = [
            ("maxspeed:hgv:conditional", "60 @ wet"),
            ("highway", "primary"),
            ("maxspeed", "70"),
            ("lanes", "2"),
        ];
        assert_eq!(read(&speed).1, [] as [&str; 0], "lorries are not read");
    }

    #[test]
    fn capacity_is_lanes_times_the_class() {
        let road = read(&[("highway", "motorway"), ("lanes", "4"), ("maxspeed", "65 mph")]).0.unwrap();
        let forward = road.forward.unwrap();
        assert_eq!(forward.capacity_vph, 8000.0);
        assert!((forward.freespeed_mps - 65.0 * MPS_PER_MPH).abs() < 1e-12);
        let bus = [("highway", "primary"), ("oneway", "yes"), ("lanes", "4"), ("lanes:bus", "1")];
        assert_eq!(read(&bus).0.unwrap().forward.unwrap().capacity_vph, 4500.0);
    }
}

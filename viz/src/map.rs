//! The map: the run's own network with volumes and speeds by hour, and its compact form for the page.
//!
//! 66 k links with 24 hours of volumes and speeds pack into about 5 MB of text; the form is told
//! beside each writer here and read by `assets/unpack.js`.

use crate::pack::Packer;
use engine::network::Network;
use engine::traffic::LinkBins;
use serde::{Deserialize, Serialize};

/// Hours of a day.
pub(crate) const HOURS: usize = 24;
/// Geometry is kept to a decimetre.
const STEPS_PER_M: f64 = 10.0;

/// The network as drawn, with one day on it, or two to compare.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Map {
    /// Links by number, as in the network.
    pub links: Vec<MapLink>,
    /// The day shown (in a comparison: the variant).
    pub day: Hourly,
    /// The day it is compared against; the map then opens on the difference `day − base`.
    pub base: Option<Hourly>,
    /// Links that a policy closes or changes.
    pub marks: Vec<Mark>,
}

/// One link as drawn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MapLink {
    /// Name in the source.
    pub name: String,
    /// Route, e.g. `101 N`; may be empty.
    pub route: String,
    /// Position of its class in `engine::network::RoadClass::ALL`.
    pub class: u8,
    /// Free-flow speed, metres per second.
    pub freespeed_mps: f64,
    /// Capacity, vehicles per hour.
    pub capacity_vph: f64,
    /// Lanes.
    pub lanes: f64,
    /// Length along the road, metres.
    pub length_m: f64,
    /// Points in travel order, metres east and north; two at least.
    pub points_m: Vec<(f64, f64)>,
}

/// Volumes and speeds by hour, `[hour * n_links + link]`, 24 hours.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Hourly {
    /// Vehicles in the hour, scaled by 1 / sample.
    pub volume_vph: Vec<f32>,
    /// Mean speed, metres per second; NaN or 0 where nobody drove.
    pub speed_mps: Vec<f32>,
}

/// A link that a policy closes or changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Number of the link.
    pub link: u32,
    /// Whether it is closed for some of the day.
    pub closed: bool,
    /// What changes and when, in words.
    pub what: String,
}

impl Map {
    /// The map of one day on a network. Add `base` and `marks` afterwards.
    pub fn new(network: &Network, day: Hourly) -> Self {
        let links = network.link_ids().map(|id| {
            let link = network.link(id);
            MapLink {
                name: link.name.clone(),
                route: link.route.as_ref().map(|(route, way)| format!("{route} {way}")).unwrap_or_default(),
                class: link.class as u8,
                freespeed_mps: link.freespeed_mps,
                capacity_vph: link.capacity_vph,
                lanes: link.lanes,
                length_m: link.length_m,
                points_m: network.points(id),
            }
        });
        Self { links: links.collect(), day, base: None, marks: Vec::new() }
    }

    /// Volume of a whole day on one link, vehicles.
    pub(crate) fn daily(&self, day: &Hourly, link: usize) -> f64 {
        let n = self.links.len();
        (0..HOURS).map(|hour| f64::from(day.volume_vph.get(hour * n + link).copied().unwrap_or(0.0))).sum()
    }

    /// Left, bottom, right, top, metres. `None` without a finite point.
    pub(crate) fn bounds_m(&self) -> Option<[f64; 4]> {
        let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for &(x, y) in self.links.iter().flat_map(|link| &link.points_m) {
            bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
        }
        bounds.iter().all(|side| side.is_finite()).then_some(bounds)
    }
}

impl Hourly {
    /// Hourly volumes and speeds of a simulated day: vehicles that left each link, divided by `sample`,
    /// and length over mean travel time of those that entered. Bins that start after 24:00 are left out.
    pub fn from_bins(network: &Network, bins: &LinkBins, sample: f64) -> Self {
        let n = bins.n_links;
        let scale = if sample > 0.0 { 1.0 / sample } else { 1.0 };
        let mut left = vec![0u64; HOURS * n];
        let mut entered = vec![0u64; HOURS * n];
        let mut time_s = vec![0u64; HOURS * n];
        for bin in 0..bins.n_bins {
            let hour = (bin as u64 * u64::from(bins.bin_s) / 3600) as usize;
            if hour >= HOURS {
                break;
            }
            for link in 0..n {
                let (from, to) = (bin * n + link, hour * n + link);
                left[to] += u64::from(bins.left[from]);
                entered[to] += u64::from(bins.entered[from]);
                time_s[to] += u64::from(bins.time_sum_s[from]);
            }
        }
        let speed = |at: usize| match (entered[at], time_s[at], network.links.get(at % n.max(1))) {
            (1.., 1.., Some(link)) => (link.length_m * entered[at] as f64 / time_s[at] as f64) as f32,
            _ => f32::NAN,
        };
        Self {
            volume_vph: left.iter().map(|&count| (count as f64 * scale) as f32).collect(),
            speed_mps: (0..HOURS * n).map(speed).collect(),
        }
    }

    /// Link by link: 0 when nobody drove all day, else 1, 24 volumes (whole vehicles), and 24 bytes of
    /// speed over free speed in 254ths, 255 = as fast or faster, 0 = nobody.
    fn pack(&self, links: &[MapLink]) -> String {
        let n = links.len();
        let mut packer = Packer::default();
        for (number, link) in links.iter().enumerate() {
            let at = |values: &[f32], hour: usize| values.get(hour * n + number).copied().unwrap_or(f32::NAN);
            let volumes: [u32; HOURS] = std::array::from_fn(|h| at(&self.volume_vph, h).round() as u32);
            if volumes.iter().all(|&v| v == 0) {
                packer.unsigned(0);
                continue;
            }
            packer.unsigned(1);
            volumes.iter().for_each(|&v| packer.unsigned(v));
            for hour in 0..HOURS {
                let ratio = f64::from(at(&self.speed_mps, hour)) / link.freespeed_mps;
                packer.byte(if ratio.is_nan() || ratio <= 0.0 {
                    0
                } else {
                    1 + (ratio.clamp(0.0, 1.0) * 254.0).round() as u8
                });
            }
        }
        packer.base64()
    }
}

/// The map as the page reads it.
#[derive(Debug, Serialize)]
pub(crate) struct PackedMap {
    /// Number of links.
    n: usize,
    /// East and north of the origin, metres.
    origin_m: (f64, f64),
    /// Class, lanes × 10, free speed in cm/s, capacity, length in dm, route, number of points, and the
    /// points: each the difference to the one before (the first: to the last link's first), in dm.
    links: String,
    /// Names, one a line.
    names: String,
    /// Routes by number; 0 is none.
    routes: Vec<String>,
    /// The day.
    day: String,
    /// The day it is compared against.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<String>,
    /// Closed and changed links.
    marks: Vec<Mark>,
}

impl PackedMap {
    /// Packs a map. `None` when it has no link with a place.
    pub(crate) fn new(map: &Map) -> Option<Self> {
        let [left, bottom, ..] = map.bounds_m()?;
        let mut routes: Vec<String> = map.links.iter().map(|link| link.route.clone()).collect();
        routes.push(String::new());
        routes.sort_unstable();
        routes.dedup();
        let names: Vec<String> =
            map.links.iter().map(|link| link.name.replace(|c: char| c.is_control(), " ")).collect();
        Some(Self {
            n: map.links.len(),
            origin_m: (left, bottom),
            links: pack_links(&map.links, &routes, (left, bottom)),
            names: names.join("\n"),
            routes,
            day: map.day.pack(&map.links),
            base: map.base.as_ref().map(|base| base.pack(&map.links)),
            marks: map.marks.clone(),
        })
    }
}

fn pack_links(links: &[MapLink], routes: &[String], origin_m: (f64, f64)) -> String {
    let mut packer = Packer::default();
    let step = |metres: f64| (metres * STEPS_PER_M).round() as i32;
    let mut first = (0, 0);
    for link in links {
        packer.byte(link.class);
        for value in [link.lanes * 10.0, link.freespeed_mps * 100.0, link.capacity_vph, link.length_m * 10.0]
        {
            packer.unsigned(value.round() as u32);
        }
        packer.unsigned(routes.binary_search(&link.route).unwrap_or(0) as u32);
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
    packer.base64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::id::NodeId;
    use engine::mode::ModeSet;
    use engine::network::{Link, Node, RoadClass};
    use engine::projection::Crs;

    /// One road of 1 km, both ways.
    fn road() -> Network {
        let node = |name: &str, x_m| Node { name: name.into(), x_m, y_m: 0.0 };
        let link = |name: &str, from, to| Link {
            name: name.into(),
            from: NodeId(from),
            to: NodeId(to),
            length_m: 1000.0,
            freespeed_mps: 20.0,
            capacity_vph: 1800.0,
            lanes: 1.0,
            modes: ModeSet::CAR,
            class: RoadClass::Arterial,
            route: None,
            shape: Vec::new(),
        };
        let links = vec![link("there", 0, 1), link("back", 1, 0)];
        Network::new("road", Crs::Plane, vec![node("a", 0.0), node("b", 1000.0)], links, Vec::new()).unwrap()
    }

    #[test]
    fn quarter_hours_become_hours_of_all_people() {
        let mut bins = LinkBins::new(2, 900, 30 * 3600);
        for (bin, left, entered, time_s) in
            [(32, 10, 8, 800), (35, 5, 2, 200), (36, 1, 1, 50), (100, 7, 7, 700)]
        {
            bins.left[bin * 2] = left;
            bins.entered[bin * 2] = entered;
            bins.time_sum_s[bin * 2] = time_s;
        }
        let day = Hourly::from_bins(&road(), &bins, 0.1);
        assert_eq!((day.volume_vph.len(), day.speed_mps.len()), (48, 48));
        assert_eq!((day.volume_vph[16], day.speed_mps[16]), (150.0, 10.0));
        assert_eq!((day.volume_vph[18], day.speed_mps[18]), (10.0, 20.0));
        assert_eq!(day.volume_vph.iter().sum::<f32>(), 160.0, "what happens after 24:00 is left out");
        assert!(day.speed_mps[17].is_nan(), "nobody drove back");
    }

    #[test]
    fn a_map_without_places_is_not_packed() {
        assert!(PackedMap::new(&Map::default()).is_none());
        let packed = PackedMap::new(&Map::new(&road(), Hourly::default())).unwrap();
        assert_eq!((packed.n, packed.names.as_str(), packed.day.as_str()), (2, "there\nback", "AAA="));
    }
}

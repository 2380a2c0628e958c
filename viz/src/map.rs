//! The map: the run's own network with volumes and speeds by hour. [`packed`] tells how it is kept as a file.

pub mod border;
pub mod packed;

use engine::network::Network;
use engine::traffic::LinkBins;
use engine::zone::Zones;

/// Hours of a day.
pub(crate) const HOURS: usize = 24;

/// The network as drawn, with one day on it, or two to compare.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Map {
    /// Coordinate reference system of the points, e.g. `EPSG:32610`; `plane` for one that is nowhere on Earth.
    pub crs: String,
    /// Links by number, as in the network.
    pub links: Vec<MapLink>,
    /// The day shown (in a comparison: the variant).
    pub day: Hourly,
    /// The day it is compared against; the map then opens on the difference `day − base`.
    pub base: Option<Hourly>,
    /// Links that a policy closes or changes.
    pub marks: Vec<Mark>,
    /// Borders of zones and regions; none where no outlines are known.
    pub borders: Vec<Border>,
    /// Names of the regions; none where no outlines are known.
    pub places: Vec<PlaceName>,
}

/// A border between zones.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Border {
    /// What it parts.
    pub kind: BorderKind,
    /// Points, metres east and north, to the metre.
    pub points_m: Vec<(f64, f64)>,
}

/// What a border parts. The positions are those of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum BorderKind {
    /// All zones and what lies around them: closed lines; a coast where zones end at one.
    #[default]
    Outside,
    /// Two regions, such as counties.
    Region,
    /// Two zones of a region.
    Zone,
}

/// The name of a region, and where it is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlaceName {
    /// The name.
    pub name: String,
    /// Metres east and north, to the metre.
    pub at_m: (f64, f64),
}

/// One link as drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MapLink {
    /// Name in the source.
    pub name: String,
    /// Route, e.g. `101 N`, else the name of the street; may be empty.
    pub route: String,
    /// Where it is: its road and the next crossing; may be empty.
    pub location: String,
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
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hourly {
    /// Vehicles in the hour, scaled by 1 / sample.
    pub volume_vph: Vec<f32>,
    /// Mean speed, metres per second; NaN or 0 where nobody drove.
    pub speed_mps: Vec<f32>,
}

/// A link that a policy closes or changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
                route: match (&link.route, &link.street) {
                    (Some((route, way)), _) => format!("{route} {way}"),
                    (None, street) => street.as_deref().unwrap_or_default().to_string(),
                },
                location: String::new(),
                class: link.class as u8,
                freespeed_mps: link.freespeed_mps,
                capacity_vph: link.capacity_vph,
                lanes: link.lanes,
                length_m: link.length_m,
                points_m: network.points(id),
            }
        });
        Self { crs: network.crs.to_string(), links: links.collect(), day, ..Self::default() }
    }

    /// The same map with the location of each link ([`engine::network::naming::locations`]).
    #[must_use]
    pub fn with_locations(mut self, locations: &[Option<String>]) -> Self {
        for (link, location) in self.links.iter_mut().zip(locations) {
            link.location = location.clone().unwrap_or_default();
        }
        self
    }

    /// The same map with the borders of these zones and the names of their regions, where outlines are known.
    #[must_use]
    pub fn with_zones(mut self, zones: &Zones) -> Self {
        self.borders = border::borders(zones);
        self.places = if self.borders.is_empty() { Vec::new() } else { border::places(zones) };
        self
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
            street: None,
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
}

//! Distances between zones along the roads: what keeps people from a place is the way to it, not the straight line over the
//! water.
//!
//! A zone stands at the end of the street that serves it nearest to its point. The way is the fastest one on empty roads, its
//! length what counts, and the mean of there and back serves both directions (one-way streets make small differences, and one
//! row of memory then serves both).
//!
//! What a straight line hides is worst where it matters most: over a bay or a river two zones are near each other and an hour's
//! drive apart, and a model that takes the straight line sends commuters over water whom no bridge could carry. Times would
//! do as well, but surveys and agencies publish lengths, and what is fitted must be what was measured.
//!
//! Cost: one search (Dijkstra 1959) a zone, some 4 ms for 30,000 nodes.

use super::Access;
use crate::mode::Mode;
use crate::network::Network;
use crate::zone::Zones;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Way along roads for each metre of straight line, for surveys that tell the straight line only, inside zones, and where there
/// is no way. MATSim's beelineDistanceFactor; between nodes of our Bay Area network it is 1.27 to 1.40 by distance.
pub const DETOUR: f64 = 1.3;

/// Distances between zones along the roads, metres, row by row: zones² × 4 bytes. Symmetric.
///
/// Inside a zone: 1.3 × the mean distance of two points of a disc of its area (128 r / 45 π), or half the way to the next zone
/// where no area is known.
#[derive(Debug, Clone)]
pub struct Matrix {
    n: usize,
    metres: Vec<f32>,
}

impl Matrix {
    /// Searches the ways. A way is never shorter than the straight line; where there is none it is 1.3 times as long.
    pub fn new(zones: &Zones, network: &Network, access: &Access) -> Self {
        let n = zones.len();
        let nodes: Vec<u32> = zones.ids().map(|zone| nearest_node(zones, network, access, zone)).collect();
        let times = Times::new(network);
        let there: Vec<f32> = nodes
            .par_iter()
            .map_init(Search::default, |search, &from| {
                search.run(network, &times, from);
                nodes.iter().map(|&to| search.metres(to)).collect::<Vec<f32>>()
            })
            .flatten_iter()
            .collect();
        let mut matrix = Self { n, metres: vec![0.0; n * n] };
        for (a, zone) in zones.zones.iter().enumerate() {
            for (b, other) in zones.zones.iter().enumerate().skip(a + 1) {
                let (dx, dy) = (zone.x_m - other.x_m, zone.y_m - other.y_m);
                let straight_m = crate::float::sqrt(dx * dx + dy * dy);
                let way_m = f64::from(there[a * n + b] + there[b * n + a]) / 2.0;
                let metres = if way_m.is_finite() { way_m.max(straight_m) } else { DETOUR * straight_m };
                (matrix.metres[a * n + b], matrix.metres[b * n + a]) = (metres as f32, metres as f32);
            }
        }
        for zone in 0..n {
            matrix.metres[zone * n + zone] = matrix.inside_m(zone, zones.zones[zone].land.area_m2);
        }
        matrix
    }

    /// Mean way between two points of a zone, metres.
    fn inside_m(&self, zone: usize, area_m2: f64) -> f32 {
        if area_m2.is_finite() && area_m2 > 0.0 {
            let radius_m = (area_m2 / std::f64::consts::PI).sqrt();
            return (DETOUR * 128.0 / (45.0 * std::f64::consts::PI) * radius_m) as f32;
        }
        let others = self.row(zone).iter().enumerate().filter(|(other, _)| *other != zone);
        let next_m = others.map(|(_, &d)| d).fold(f32::INFINITY, f32::min);
        if next_m.is_finite() { next_m / 2.0 } else { 0.0 }
    }

    /// Distances from (and to) a zone.
    pub fn row(&self, zone: usize) -> &[f32] {
        &self.metres[zone * self.n..(zone + 1) * self.n]
    }

    /// Number of zones.
    pub fn len(&self) -> usize {
        self.n
    }
}

/// The end of the street of a zone whose middle is nearest to the zone's point; of several the first.
fn nearest_node(zones: &Zones, network: &Network, access: &Access, zone: crate::id::ZoneId) -> u32 {
    let at = zones.zone(zone);
    let far = |link: &crate::id::LinkId| {
        let (x_m, y_m) = network.middle(*link);
        (x_m - at.x_m) * (x_m - at.x_m) + (y_m - at.y_m) * (y_m - at.y_m)
    };
    let nearest = access.links(zone).iter().min_by(|a, b| far(a).total_cmp(&far(b)).then(a.cmp(b)));
    nearest.map_or(0, |link| network.link(*link).to.0)
}

/// Time of each link on empty roads, milliseconds; `None` where no car may drive.
struct Times(Vec<Option<u32>>);

impl Times {
    fn new(network: &Network) -> Self {
        let time = |link: &crate::network::Link| {
            link.modes.has(Mode::Car).then(|| (1000.0 * link.free_s()).round().clamp(1.0, 1e9) as u32)
        };
        Self(network.links.iter().map(time).collect())
    }
}

/// Memory of a search from one node to all.
#[derive(Default)]
struct Search {
    /// Time (ms) and length (m) of the fastest way to each node.
    best: Vec<(u64, f32)>,
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Search {
    /// Finds the fastest ways from a node; of equal ones that whose last node is left first.
    fn run(&mut self, network: &Network, times: &Times, from: u32) {
        self.best.clear();
        self.best.resize(network.nodes.len(), (u64::MAX, f32::INFINITY));
        self.best[from as usize] = (0, 0.0);
        self.queue.push(Reverse((0, from)));
        while let Some(Reverse((time_ms, node))) = self.queue.pop() {
            let (best_ms, metres) = self.best[node as usize];
            if time_ms > best_ms {
                continue;
            }
            for &id in network.out_links(crate::id::NodeId(node)) {
                let Some(link_ms) = times.0[id.index()] else { continue };
                let (link, next_ms) = (network.link(id), time_ms + u64::from(link_ms));
                if next_ms < self.best[link.to.index()].0 {
                    self.best[link.to.index()] = (next_ms, metres + link.length_m as f32);
                    self.queue.push(Reverse((next_ms, link.to.0)));
                }
            }
        }
    }

    /// Length of the fastest way to a node, metres; infinite without one.
    fn metres(&self, node: u32) -> f32 {
        self.best[node as usize].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::county::county;

    /// The river of the synthetic county has few bridges: zones on its two sides are near as the crow flies only.
    #[test]
    fn a_river_is_no_road() {
        let truth = county(20_000, 3).unwrap();
        let (access, _) = Access::new(&truth.zones, &truth.network).unwrap();
        let matrix = Matrix::new(&truth.zones, &truth.network, &access);
        let (mut pairs, mut far, mut ratios) = (0, 0, 0.0);
        for (a, zone) in truth.zones.zones.iter().enumerate() {
            for (b, other) in truth.zones.zones.iter().enumerate().filter(|(b, _)| *b != a) {
                let straight_m = (zone.x_m - other.x_m).hypot(zone.y_m - other.y_m);
                let way_m = f64::from(matrix.row(a)[b]);
                assert!(way_m.is_finite() && way_m >= straight_m * 0.999, "{way_m} {straight_m}");
                assert_eq!(matrix.row(a)[b], matrix.row(b)[a]);
                (pairs, ratios) = (pairs + 1, ratios + way_m / straight_m);
                far += usize::from(way_m > 2.5 * straight_m);
            }
        }
        let mean = ratios / f64::from(pairs);
        assert!((1.1..1.8).contains(&mean), "{mean}");
        assert!(far > 0, "no pair of zones lies across the river");
    }

    #[test]
    fn where_there_is_no_way_the_straight_line_stands_in() {
        let truth = county(1_000, 3).unwrap();
        let (access, _) = Access::new(&truth.zones, &truth.network).unwrap();
        let mut network = truth.network.clone();
        network.links.iter_mut().for_each(|link| link.modes = crate::mode::ModeSet::default());
        let matrix = Matrix::new(&truth.zones, &network, &access);
        let (a, b) = (&truth.zones.zones[0], &truth.zones.zones[1]);
        let straight_m = (a.x_m - b.x_m).hypot(a.y_m - b.y_m);
        // Two zones may share a node: then the way is the straight line.
        let way_m = f64::from(matrix.row(0)[1]);
        assert!(
            (way_m / straight_m - 1.3).abs() < 1e-3 || (way_m / straight_m - 1.0).abs() < 1e-3,
            "{way_m}"
        );
    }
}

//! How many people live or work around a place.

use super::Access;
use crate::id::LinkId;
use crate::network::Network;
use crate::zone::Zones;
use rayon::prelude::*;
use rstar::RTree;
use rstar::primitives::GeomWithData;

/// Radius of what is around, metres: a walk of some twelve minutes.
pub const RADIUS_M: f64 = 1_000.0;

/// A point of a map and the people there.
pub type Point = GeomWithData<[f64; 2], f64>;

/// People who live or work within [`RADIUS_M`] of each link's middle.
#[derive(Debug, Clone, Default)]
pub struct Density {
    of_link: Vec<f32>,
}

impl Density {
    /// Spreads the residents and jobs of the zones over their access links, as [`Access`] places people.
    pub fn new(zones: &Zones, network: &Network, access: &Access) -> Self {
        let mut points = Vec::new();
        for (id, zone) in zones.ids().zip(&zones.zones) {
            for (link, home, other) in access.shares(id) {
                let (x_m, y_m) = network.middle(link);
                let people = zone.land.population * home + zone.land.jobs * other;
                points.push(Point::new([x_m, y_m], people));
            }
        }
        let around = Around::new(points);
        let middles: Vec<(f64, f64)> = network.link_ids().map(|link| network.middle(link)).collect();
        Self { of_link: middles.par_iter().map(|&(x_m, y_m)| around.per_km2(x_m, y_m) as f32).collect() }
    }

    /// People per square kilometre around a link.
    pub fn per_km2(&self, link: LinkId) -> f64 {
        f64::from(self.of_link[link.index()])
    }
}

/// Looks up how many people are around any point.
#[derive(Debug)]
pub struct Around(RTree<Point>);

impl Around {
    /// Of points with people.
    pub fn new(points: Vec<Point>) -> Self {
        Self(RTree::bulk_load(points))
    }

    /// People per square kilometre within [`RADIUS_M`].
    pub fn per_km2(&self, x_m: f64, y_m: f64) -> f64 {
        let mut people: Vec<f64> =
            self.0.locate_within_distance([x_m, y_m], RADIUS_M * RADIUS_M).map(|point| point.data).collect();
        // The tree's order is its own affair; sums of floats must not depend on it.
        people.sort_unstable_by(f64::total_cmp);
        people.iter().sum::<f64>() / (std::f64::consts::PI * RADIUS_M * RADIUS_M / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_within_a_kilometre_count() {
        let around = Around::new(vec![
            Point::new([0.0, 0.0], 100.0),
            Point::new([999.0, 0.0], 20.0),
            Point::new([1001.0, 0.0], 3.0),
        ]);
        assert!((around.per_km2(0.0, 0.0) - 120.0 / std::f64::consts::PI).abs() < 1e-9);
        assert_eq!(around.per_km2(0.0, 5_000.0), 0.0);
    }
}

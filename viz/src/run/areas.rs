//! Which region a place is in, and the areas between which trips are told.

use engine::network::Network;
use engine::zone::Zones;
use geo::{Contains, MultiPolygon, Point};

/// Regions by place. A place is in the region of the zone whose outline holds it, else of the zone whose point is nearest.
pub(super) struct Regions<'a> {
    zones: &'a Zones,
    /// Left, bottom, right and top of the outline of each zone, metres; a zone without one holds nothing.
    boxes: Vec<[f64; 4]>,
}

impl<'a> Regions<'a> {
    /// The regions of these zones.
    pub(super) fn new(zones: &'a Zones) -> Self {
        let boxes = zones.zones.iter().map(|zone| zone.outline.as_ref().map_or([0.0; 4], bounds_m)).collect();
        Self { zones, boxes }
    }

    /// Names of the regions; fewer than two tell nothing apart.
    pub(super) fn names(&self) -> &'a [String] {
        &self.zones.regions
    }

    /// The region of a place in metres; `None` without zones.
    pub(super) fn at(&self, (x_m, y_m): (f64, f64)) -> Option<usize> {
        let zones = &self.zones.zones;
        let holds = |k: &usize| {
            let [left, bottom, right, top] = self.boxes[*k];
            let near = left <= x_m && x_m <= right && bottom <= y_m && y_m <= top;
            near && zones[*k].outline.as_ref().is_some_and(|outline| outline.contains(&Point::new(x_m, y_m)))
        };
        let far = |k: &usize| {
            let (dx, dy) = (zones[*k].x_m - x_m, zones[*k].y_m - y_m);
            dx * dx + dy * dy
        };
        let zone = (0..zones.len())
            .find(holds)
            .or_else(|| (0..zones.len()).min_by(|a, b| far(a).total_cmp(&far(b))));
        zone.map(|zone| usize::from(zones[zone].region)).filter(|region| *region < self.names().len())
    }

    /// The region of the middle of each link.
    pub(super) fn of_links(&self, network: &Network) -> Vec<Option<usize>> {
        network.link_ids().map(|id| self.at(network.middle(id))).collect()
    }
}

/// Left, bottom, right and top of an outline.
fn bounds_m(outline: &MultiPolygon<f64>) -> [f64; 4] {
    let corners = outline.iter().flat_map(|polygon| polygon.exterior().coords());
    corners.fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |b, at| {
        [b[0].min(at.x), b[1].min(at.y), b[2].max(at.x), b[3].max(at.y)]
    })
}

/// The areas between which trips are told: the regions of the zones, or, where these are fewer than three, squares of a grid
/// of four by four over the network.
pub(super) struct Areas {
    /// Names.
    pub names: Vec<String>,
    /// Where each is drawn: the mean of its links, metres.
    pub at_m: Vec<(f64, f64)>,
    /// Whether they are squares.
    pub squares: bool,
    /// The area of each link.
    pub of_link: Vec<Option<usize>>,
}

/// Squares of the grid in a row.
const ACROSS: usize = 4;

impl Areas {
    /// The areas of a network.
    pub(super) fn new(network: &Network, regions: &Regions<'_>) -> Self {
        let of_region = regions.names().len() > 2;
        let (names, of_link) = match of_region {
            true => (regions.names().to_vec(), regions.of_links(network)),
            false => squares(network),
        };
        let mut sums = vec![(0.0, 0.0, 0.0f64); names.len()];
        for (id, area) in network.link_ids().zip(&of_link) {
            let Some(sum) = area.and_then(|area| sums.get_mut(area)) else { continue };
            let (x, y) = network.middle(id);
            *sum = (sum.0 + x, sum.1 + y, sum.2 + 1.0);
        }
        let at_m = sums.iter().map(|(x, y, n)| (x / n.max(1.0), y / n.max(1.0))).collect();
        let areas = Self { names, at_m, squares: !of_region, of_link };
        areas.without_empty(&sums.iter().map(|sum| sum.2 > 0.0).collect::<Vec<_>>())
    }

    /// The same without areas that have no link.
    fn without_empty(self, used: &[bool]) -> Self {
        let mut number = vec![None; used.len()];
        (0..used.len()).filter(|k| used[*k]).enumerate().for_each(|(to, k)| number[k] = Some(to));
        let keep = |k: &usize| used[*k];
        Self {
            names: (0..used.len()).filter(keep).map(|k| self.names[k].clone()).collect(),
            at_m: (0..used.len()).filter(keep).map(|k| self.at_m[k]).collect(),
            squares: self.squares,
            of_link: self.of_link.iter().map(|area| area.and_then(|area| number[area])).collect(),
        }
    }
}

/// A grid over the network: rows A to D from the north, columns 1 to 4 from the west.
fn squares(network: &Network) -> (Vec<String>, Vec<Option<usize>>) {
    let names =
        (0..ACROSS * ACROSS).map(|k| format!("{}{}", ["A", "B", "C", "D"][k / ACROSS], k % ACROSS + 1));
    let middles: Vec<(f64, f64)> = network.link_ids().map(|id| network.middle(id)).collect();
    let range = |of: fn(&(f64, f64)) -> f64| {
        middles
            .iter()
            .map(of)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((left, right), (bottom, top)) = (range(|at| at.0), range(|at| at.1));
    let cell = |share: f64| ((share * ACROSS as f64) as usize).min(ACROSS - 1);
    let place = |&(x, y): &(f64, f64)| {
        let column = cell((x - left) / (right - left).max(1.0));
        let row = cell((top - y) / (top - bottom).max(1.0));
        Some(row * ACROSS + column)
    };
    (names.collect(), middles.iter().map(place).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::zone::{LandUse, Zone};

    fn zones() -> Zones {
        let zone = |k: usize, outline: bool| {
            let west = 100.0 * k as f64;
            let ring = vec![(west, 0.0), (west + 100.0, 0.0), (west + 100.0, 100.0), (west, 100.0)];
            Zone {
                name: k.to_string(),
                x_m: west + 50.0,
                y_m: 50.0,
                region: k as u16,
                outline: outline.then(|| MultiPolygon::new(vec![geo::Polygon::new(ring.into(), Vec::new())])),
                land: LandUse::default(),
            }
        };
        Zones {
            zones: vec![zone(0, true), zone(1, true), zone(2, false)],
            regions: ["a", "b", "c"].map(String::from).to_vec(),
        }
    }

    #[test]
    fn a_place_is_in_the_zone_around_it_or_next_to_it() {
        let zones = zones();
        let regions = Regions::new(&zones);
        let at = |x, y| regions.at((x, y));
        assert_eq!((at(99.0, 1.0), at(101.0, 99.0), at(290.0, 50.0)), (Some(0), Some(1), Some(2)));
        assert_eq!(at(-500.0, 0.0), Some(0), "outside, the nearest");
        assert_eq!(Regions::new(&Zones::default()).at((0.0, 0.0)), None);
    }
}

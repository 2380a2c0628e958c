//! The link nearest to a point, for places that come with coordinates only.

use crate::id::LinkId;
use crate::mode::Mode;
use crate::network::{Network, RoadClass};
use rstar::RTree;
use rstar::primitives::{GeomWithData, Line};

/// Finds the nearest link that a car can be left on: open to cars, no freeway, no ramp (unless the
/// network has nothing else).
pub struct Nearest {
    tree: RTree<GeomWithData<Line<[f64; 2]>, u32>>,
}

impl Nearest {
    /// Indexes the chords of the links.
    pub fn new(network: &Network) -> Self {
        let parkable = |fast: bool| {
            let open = network.link_ids().filter(move |id| {
                let link = network.link(*id);
                link.modes.has(Mode::Car)
                    && (fast || !matches!(link.class, RoadClass::Freeway | RoadClass::Ramp))
            });
            open.map(|id| {
                let (a, b) = (network.node(network.link(id).from), network.node(network.link(id).to));
                GeomWithData::new(Line::new([a.x_m, a.y_m], [b.x_m, b.y_m]), id.0)
            })
            .collect::<Vec<_>>()
        };
        let mut lines = parkable(false);
        if lines.is_empty() {
            lines = parkable(true);
        }
        Self { tree: RTree::bulk_load(lines) }
    }

    /// The link nearest to a point; of links at the same distance (the two directions of a road) the one
    /// with the smaller number. `None` when the network has no links for cars.
    pub fn link(&self, x_m: f64, y_m: f64) -> Option<LinkId> {
        let mut near = self.tree.nearest_neighbor_iter_with_distance_2([x_m, y_m]);
        let (first, distance) = near.next()?;
        let ties = near.take_while(|(_, d)| *d <= distance + 1e-6).map(|(line, _)| line.data);
        ties.chain([first.data]).min().map(LinkId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::tests::ring;

    #[test]
    fn the_nearest_chord_wins() {
        let network = ring(8);
        let nearest = Nearest::new(&network);
        for link in network.link_ids() {
            let (x_m, y_m) = network.middle(link);
            assert_eq!(nearest.link(1.2 * x_m, 1.2 * y_m), Some(link));
        }
    }
}

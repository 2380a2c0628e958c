//! Who owns what: the network cut into parts, and the nodes of each part in an order in which neighbours are
//! near in memory.
//!
//! A part owns nodes, and with a node the links that end there. A link whose start node lies in another part
//! is cut: what enters it is sent over, and the places that come free on it are told back, both once a second.
//! That is exact as long as a vehicle needs at least a second for a cut link, so nodes that are joined by a
//! quicker link stay together.

use crate::id::{LegId, LinkId, NodeId};
use crate::network::{Change, Network};
use crate::trip::Routes;

/// Side of the square of cells that the space-filling curve visits.
const CURVE_SIDE: u32 = 1 << 16;

/// A cut of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Part of each node.
    part: Vec<u16>,
    /// Nodes of each part, along a space-filling curve.
    nodes: Vec<Vec<NodeId>>,
}

impl Layout {
    /// Cuts the network into `n_parts` of about the same work: vehicles of `routes` that pass each node. Fewer
    /// parts come back where there are not enough nodes that can be told apart.
    ///
    /// In order: nodes that a quick link joins become one unit; each unit gets its work; units are halved by
    /// straight lines until there are as many sets as parts. The same network, routes and changes give the same
    /// cut.
    pub fn new(network: &Network, routes: &Routes, changes: &[Change], n_parts: usize) -> Self {
        let n_nodes = network.nodes.len();
        let mut part = vec![0; n_nodes];
        let mut n_used = 1;
        if n_parts > 1 {
            let groups = joined(network, changes);
            let work = work(network, routes);
            let mut units = units(network, &groups, &work);
            n_used = n_parts.min(units.len()).max(1);
            bisect(&mut units, 0, n_used);
            let mut of_group = vec![0; n_nodes];
            units.iter().for_each(|unit| of_group[unit.group as usize] = unit.part);
            part = groups.iter().map(|&group| of_group[group as usize]).collect();
        }
        let mut nodes = vec![Vec::new(); n_used];
        for node in along_curve(network) {
            nodes[usize::from(part[node.index()])].push(node);
        }
        Self { part, nodes }
    }

    /// Number of parts.
    pub fn n_parts(&self) -> usize {
        self.nodes.len()
    }

    /// Nodes of a part, in its order.
    pub fn nodes(&self, part: usize) -> &[NodeId] {
        &self.nodes[part]
    }

    /// The part that owns a node.
    #[inline]
    pub fn of_node(&self, node: NodeId) -> usize {
        usize::from(self.part[node.index()])
    }

    /// The part that owns a link: that of its end node. Part 0 has all that lies nowhere.
    #[inline]
    pub fn of_link(&self, network: &Network, link: LinkId) -> usize {
        network.links.get(link.index()).map_or(0, |row| self.of_node(row.to))
    }

    /// Links whose two nodes lie in different parts.
    pub fn n_cut(&self, network: &Network) -> usize {
        network.links.iter().filter(|link| self.of_node(link.from) != self.of_node(link.to)).count()
    }
}

/// For each node the first of those that it must stay together with.
fn joined(network: &Network, changes: &[Change]) -> Vec<u32> {
    let mut fastest_mps: Vec<f64> = network.links.iter().map(|link| link.freespeed_mps).collect();
    for change in changes {
        let speed = &mut fastest_mps[change.link.index()];
        *speed = speed.max(change.freespeed_mps.unwrap_or(0.0));
    }
    let mut sets = petgraph::unionfind::UnionFind::<u32>::new(network.nodes.len());
    for (link, &speed_mps) in network.links.iter().zip(&fastest_mps) {
        // Two seconds, not one: rounding must not decide.
        if link.length_m / speed_mps < 2.0 {
            sets.union(link.from.0, link.to.0);
        }
    }
    let mut first = vec![u32::MAX; network.nodes.len()];
    let roots: Vec<u32> = (0..network.nodes.len() as u32).map(|node| sets.find(node)).collect();
    for (node, &root) in roots.iter().enumerate() {
        let first = &mut first[root as usize];
        *first = (*first).min(node as u32);
    }
    roots.iter().map(|&root| first[root as usize]).collect()
}

/// Vehicles that enter the links of each node, and one for the node itself.
///
/// A vehicle costs about the same wherever it moves, and an idle node next to nothing.
fn work(network: &Network, routes: &Routes) -> Vec<u64> {
    let mut of_link = vec![0u32; network.links.len()];
    for leg in 0..routes.first.len().saturating_sub(1) {
        for link in routes.of(LegId::new(leg)) {
            of_link[link.index()] = of_link[link.index()].saturating_add(1);
        }
    }
    let mut of_node = vec![1; network.nodes.len()];
    for (link, &n) in network.links.iter().zip(&of_link) {
        of_node[link.to.index()] += u64::from(n);
    }
    of_node
}

/// Nodes that stay together.
#[derive(Debug, Clone)]
struct Unit {
    group: u32,
    at_m: [f64; 2],
    work: u64,
    part: u16,
}

/// The units of the cut: each group of nodes with the sum of their work, at the place of its first node.
fn units(network: &Network, groups: &[u32], work: &[u64]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut place = vec![usize::MAX; groups.len()];
    for (node, &group) in groups.iter().enumerate() {
        let row = &network.nodes[group as usize];
        let place = &mut place[group as usize];
        if *place == usize::MAX {
            *place = units.len();
            units.push(Unit { group, at_m: [row.x_m, row.y_m], work: 0, part: 0 });
        }
        units[*place].work += work[node];
    }
    units
}

/// Recursive coordinate bisection (Berger & Bokhari 1987): across the longer side, by work. Road networks are
/// flat and sparse, so straight cuts are short.
///
/// ```text
/// 7 parts: 3 with 3/7 of the work on one side of the line, 4 with 4/7 on the other; then each side again
/// ```
fn bisect(units: &mut [Unit], first: usize, n_parts: usize) {
    if n_parts == 1 {
        units.iter_mut().for_each(|unit| unit.part = first as u16);
        return;
    }
    let extent = |axis: usize| {
        let least = units.iter().map(|unit| unit.at_m[axis]).fold(f64::INFINITY, f64::min);
        let most = units.iter().map(|unit| unit.at_m[axis]).fold(f64::NEG_INFINITY, f64::max);
        most - least
    };
    let axis = usize::from(extent(1) > extent(0));
    units.sort_unstable_by(|a, b| a.at_m[axis].total_cmp(&b.at_m[axis]).then(a.group.cmp(&b.group)));
    let n_left = n_parts / 2;
    let total: u64 = units.iter().map(|unit| unit.work).sum();
    let wanted = (u128::from(total) * n_left as u128 / n_parts as u128) as u64;
    let (mut place, mut sum) = (0, 0);
    while place < units.len() && sum + units[place].work / 2 < wanted {
        sum += units[place].work;
        place += 1;
    }
    // Each side keeps a unit for each of its parts.
    let place = place.clamp(n_left, units.len() - (n_parts - n_left));
    let (left, right) = units.split_at_mut(place);
    bisect(left, first, n_left);
    bisect(right, first + n_left, n_parts - n_left);
}

/// All nodes along a Hilbert curve.
///
/// Cells that follow each other on the curve touch, so nodes that are near each other on the map are mostly near
/// each other in memory, and a vehicle moves to a link that the cache already holds.
fn along_curve(network: &Network) -> Vec<NodeId> {
    let range = |value: fn(&crate::network::Node) -> f64| {
        let least = network.nodes.iter().map(value).fold(f64::INFINITY, f64::min);
        let most = network.nodes.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
        (least, f64::from(CURVE_SIDE - 1) / (most - least).max(1.0))
    };
    let ((x_m, x_scale), (y_m, y_scale)) = (range(|node| node.x_m), range(|node| node.y_m));
    let mut keyed: Vec<(u64, u32)> = network
        .nodes
        .iter()
        .enumerate()
        .map(|(number, node)| {
            let (x, y) = ((node.x_m - x_m) * x_scale, (node.y_m - y_m) * y_scale);
            (hilbert(x as u32, y as u32), number as u32)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, node)| NodeId(node)).collect()
}

/// Place of a cell on the Hilbert curve through a square of [`CURVE_SIDE`] (Hilbert 1891).
fn hilbert(mut x: u32, mut y: u32) -> u64 {
    let mut place = 0;
    let mut side = CURVE_SIDE / 2;
    while side > 0 {
        let (right, up) = (u32::from(x & side > 0), u32::from(y & side > 0));
        place += u64::from(side) * u64::from(side) * u64::from((3 * right) ^ up);
        if up == 0 {
            if right == 1 {
                x = (CURVE_SIDE - 1).wrapping_sub(x);
                y = (CURVE_SIDE - 1).wrapping_sub(y);
            }
            std::mem::swap(&mut x, &mut y);
        }
        side /= 2;
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::grid;

    #[test]
    fn neighbours_on_the_curve_are_neighbours_in_the_plane() {
        let mut cells: Vec<(u64, i32, i32)> = (0..32)
            .flat_map(|x| (0..32).map(move |y| (hilbert(x << 11, y << 11), x as i32, y as i32)))
            .collect();
        cells.sort_unstable();
        for pair in cells.windows(2) {
            assert_eq!((pair[0].1 - pair[1].1).abs() + (pair[0].2 - pair[1].2).abs(), 1, "{pair:?}");
        }
    }

    #[test]
    fn parts_share_the_work_and_cut_little() {
        let (network, _, routes) = grid::scenario(30, 3000, 1).unwrap();
        let work = work(&network, &routes);
        for n_parts in [1, 2, 3, 4, 7, 8] {
            let layout = Layout::new(&network, &routes, &[], n_parts);
            assert_eq!(layout.n_parts(), n_parts);
            let of_part = |part: usize| layout.nodes(part).iter().map(|n| work[n.index()]).sum::<u64>();
            let (total, most) = (work.iter().sum::<u64>(), (0..n_parts).map(of_part).max().unwrap());
            assert!(
                most as f64 <= 1.15 * total as f64 / n_parts as f64,
                "{n_parts} parts: {most} of {total}"
            );
            // A straight cut through a 30 × 30 grid passes 60 links, one along cells of unequal work a few more.
            assert!(layout.n_cut(&network) <= 70 * (n_parts - 1), "{}", layout.n_cut(&network));
            assert_eq!((0..n_parts).map(|part| layout.nodes(part).len()).sum::<usize>(), network.nodes.len());
        }
    }

    #[test]
    fn quick_links_are_not_cut_and_small_networks_have_few_parts() {
        let (mut network, _, routes) = grid::scenario(6, 50, 1).unwrap();
        let layout = Layout::new(&network, &routes, &[], 99);
        assert_eq!(layout.n_parts(), 36);
        network.links.iter_mut().for_each(|link| link.length_m = 5.0);
        let layout = Layout::new(&network, &routes, &[], 4);
        assert_eq!((layout.n_parts(), layout.n_cut(&network)), (1, 0));
    }
}

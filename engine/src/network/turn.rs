//! What banned turns do to the network: links that are joined on the map, but not for who obeys.
//!
//! With banned turns the vertices of a search are links and its edges are the turns between them: a node may be
//! left one way by those who came from here and not by those from there. So a network that hangs together node by
//! node can still trap a driver.

use super::Network;
use crate::id::LinkId;
use crate::mode::Mode;
use petgraph::graph::{DiGraph, NodeIndex};

impl Network {
    /// Links open to `mode` that are not in the largest set of links of which each can be reached from every
    /// other over turns that are allowed (petgraph, Tarjan; of equal sets the one with the smallest link), in
    /// the order of their ids. A link alone is no such set, unless it ends where it begins. Unlike
    /// [`Network::components`] this weighs [`Network::banned_turns`].
    pub fn cut_off(&self, mode: Mode) -> Vec<LinkId> {
        let open = |link: LinkId| self.link(link).modes.has(mode);
        let mut turns = DiGraph::<(), (), u32>::with_capacity(self.links.len(), 3 * self.links.len());
        for _ in &self.links {
            turns.add_node(());
        }
        for from in self.link_ids().filter(|&from| open(from)) {
            for &to in self.out_links(self.link(from).to) {
                if open(to) && self.may_turn(from, to) {
                    turns.add_edge(NodeIndex::from(from.0), NodeIndex::from(to.0), ());
                }
            }
        }
        let sets = petgraph::algo::tarjan_scc(&turns);
        let least = |set: &[NodeIndex]| set.iter().map(|link| link.index()).min();
        let counts = |set: &[NodeIndex]| {
            let link = LinkId::new(set[0].index());
            set.len() > 1 || (open(link) && self.link(link).from == self.link(link).to)
        };
        let largest = sets
            .iter()
            .filter(|set| counts(set))
            .min_by_key(|set| (std::cmp::Reverse(set.len()), least(set)));
        let mut inside = vec![false; self.links.len()];
        for link in largest.into_iter().flatten() {
            inside[link.index()] = true;
        }
        self.link_ids().filter(|&link| open(link) && !inside[link.index()]).collect()
    }

    /// Which links a vehicle of `mode` that stands on one of `from` can drive onto, over turns that are allowed; those of
    /// `from` themselves count as reached.
    pub fn reached(&self, from: &[LinkId], mode: Mode) -> Vec<bool> {
        let mut reached = vec![false; self.links.len()];
        let mut open: Vec<LinkId> = from.to_vec();
        from.iter().for_each(|link| reached[link.index()] = true);
        while let Some(at) = open.pop() {
            for &to in self.out_links(self.link(at).to) {
                if !reached[to.index()] && self.link(to).modes.has(mode) && self.may_turn(at, to) {
                    reached[to.index()] = true;
                    open.push(to);
                }
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::NodeId;
    use crate::network::tests::{plain_link, ring};
    use crate::network::{Link, Node};
    use crate::projection::Crs;
    use proptest::prelude::*;

    #[test]
    fn a_banned_turn_cuts_a_ring() {
        let mut network = ring(4);
        assert_eq!(network.cut_off(Mode::Car), []);
        network.check_connected(Mode::Car).unwrap();
        network.banned_turns = vec![(LinkId(3), LinkId(0))];
        assert_eq!(network.cut_off(Mode::Car), [0, 1, 2, 3].map(LinkId));
        let said = network.check_connected(Mode::Car).unwrap_err().to_string();
        assert!(said.contains("4 of 4 links") && said.contains("banned turns"), "{said}");
    }

    #[test]
    fn where_nobody_may_drive_nothing_is_cut_off() {
        assert_eq!(ring(3).cut_off(Mode::Bike), []);
    }

    /// What can be reached from a link over allowed turns, slow and obvious.
    fn reached(network: &Network, from: LinkId) -> Vec<bool> {
        let mut seen = vec![false; network.links.len()];
        seen[from.index()] = true;
        while let Some(next) = network.link_ids().find(|&to| {
            !seen[to.index()] && network.link_ids().any(|at| seen[at.index()] && network.may_turn(at, to))
        }) {
            seen[next.index()] = true;
        }
        seen
    }

    proptest! {
        #[test]
        fn what_is_left_is_one_set_and_none_is_larger(
            ends in prop::collection::vec((0usize..6, 0usize..6), 1..14),
            bans in prop::collection::vec((0u32..14, 0u32..14), 0..30),
        ) {
            let nodes = (0..6).map(|i| Node { name: i.to_string(), x_m: f64::from(i), y_m: 0.0 }).collect();
            let link = |(i, &(from, to)): (usize, &(usize, usize))| Link {
                from: NodeId::new(from), to: NodeId::new(to), ..plain_link(i, 0, 1)
            };
            let links: Vec<Link> = ends.iter().enumerate().map(link).collect();
            let n = links.len() as u32;
            let bans = bans.into_iter().filter(|(a, b)| *a < n && *b < n).map(|(a, b)| (LinkId(a), LinkId(b)));
            let network = Network::new("t", Crs::Plane, nodes, links, bans.collect()).unwrap();
            let cut = network.cut_off(Mode::Car);
            let reach: Vec<Vec<bool>> = network.link_ids().map(|id| reached(&network, id)).collect();
            for (id, reach) in network.link_ids().zip(&reach) {
                prop_assert_eq!(&network.reached(&[id], Mode::Car), reach);
            }
            let both = |a: LinkId, b: LinkId| reach[a.index()][b.index()] && reach[b.index()][a.index()];
            let kept: Vec<LinkId> = network.link_ids().filter(|id| !cut.contains(id)).collect();
            prop_assert!(kept.iter().all(|&a| kept.iter().all(|&b| both(a, b))));
            for a in network.link_ids() {
                let n = network.link_ids().filter(|&b| both(a, b)).count();
                prop_assert!(n <= kept.len().max(1));
                prop_assert!(!kept.is_empty() || network.link(a).from != network.link(a).to);
            }
        }
    }
}

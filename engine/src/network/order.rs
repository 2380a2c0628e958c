//! Ids by name: the order of a file's rows leaves no trace in a network.

use super::{Link, Network, Node};
use crate::error::Result;
use crate::id::{LinkId, NodeId};
use crate::order::natural;
use std::cmp::Ordering;

impl Network {
    /// The same network with nodes and links numbered in the order of their names ([`natural`]); and the old id of
    /// each link, for what is kept beside them. Nodes of one name follow their coordinates; links of one name the
    /// names of their ends, then length, speed, capacity and lanes. What is still equal keeps its order.
    ///
    /// # Errors
    /// None in practice: the parts of a checked network pass its checks again.
    pub fn in_order(&self) -> Result<(Self, Vec<LinkId>)> {
        let mut old_nodes: Vec<NodeId> = (0..self.nodes.len()).map(NodeId::new).collect();
        old_nodes.sort_by(|&a, &b| by_name(self.node(a), self.node(b)));
        let mut old_links: Vec<LinkId> = self.link_ids().collect();
        old_links.sort_by(|&a, &b| self.by_name(self.link(a), self.link(b)));

        let mut new_node = vec![NodeId::NONE; old_nodes.len()];
        for (new, old) in old_nodes.iter().enumerate() {
            new_node[old.index()] = NodeId::new(new);
        }
        let mut new_link = vec![LinkId::NONE; old_links.len()];
        for (new, old) in old_links.iter().enumerate() {
            new_link[old.index()] = LinkId::new(new);
        }
        let nodes = old_nodes.iter().map(|&old| self.node(old).clone()).collect();
        let link = |&old: &LinkId| {
            let link = self.link(old).clone();
            Link { from: new_node[link.from.index()], to: new_node[link.to.index()], ..link }
        };
        let links = old_links.iter().map(link).collect();
        let turn = |&(from, to): &(LinkId, LinkId)| (new_link[from.index()], new_link[to.index()]);
        let banned_turns = self.banned_turns.iter().map(turn).collect();
        Ok((Self::new("network in order", self.crs.clone(), nodes, links, banned_turns)?, old_links))
    }

    fn by_name(&self, a: &Link, b: &Link) -> Ordering {
        let numbers = |l: &Link| [l.length_m, l.freespeed_mps, l.capacity_vph, l.lanes];
        natural(&a.name, &b.name)
            .then_with(|| by_name(self.node(a.from), self.node(b.from)))
            .then_with(|| by_name(self.node(a.to), self.node(b.to)))
            .then_with(|| compare(&numbers(a), &numbers(b)))
    }
}

fn by_name(a: &Node, b: &Node) -> Ordering {
    natural(&a.name, &b.name).then_with(|| compare(&[a.x_m, a.y_m], &[b.x_m, b.y_m]))
}

/// The first pair of numbers that differ decides.
fn compare(a: &[f64], b: &[f64]) -> Ordering {
    let pairs = a.iter().zip(b);
    pairs.map(|(x, y)| x.total_cmp(y)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::tests::plain_link;
    use crate::projection::Crs;
    use proptest::prelude::*;

    /// Five nodes and links between them whose names are their ids; links differ in length too.
    fn network(ends: &[(usize, usize)], bans: &[(usize, usize)]) -> Network {
        let nodes = (0..5).map(|i| Node { name: format!("n{}", 8 + i), x_m: i as f64, y_m: 0.0 }).collect();
        let link = |(i, &(from, to)): (usize, &(usize, usize))| Link {
            length_m: 100.0 + i as f64,
            ..plain_link(8 + i, from, to)
        };
        let links = ends.iter().enumerate().map(link).collect();
        let bans = bans.iter().filter(|(a, b)| *a.max(b) < ends.len());
        let bans = bans.map(|&(a, b)| (LinkId::new(a), LinkId::new(b))).collect();
        Network::new("t", Crs::Plane, nodes, links, bans).unwrap()
    }

    /// The network whose node and link `i` are node `nodes[i]` and link `links[i]` of `of`.
    fn shuffled(of: &Network, nodes: &[usize], links: &[usize]) -> Network {
        let node = |id: NodeId| NodeId::new(nodes.iter().position(|&n| n == id.index()).unwrap());
        let link = |id: LinkId| LinkId::new(links.iter().position(|&l| l == id.index()).unwrap());
        let moved = |&l: &usize| {
            let l = of.links[l].clone();
            Link { from: node(l.from), to: node(l.to), ..l }
        };
        Network::new(
            "t",
            Crs::Plane,
            nodes.iter().map(|&n| of.nodes[n].clone()).collect(),
            links.iter().map(moved).collect(),
            of.banned_turns.iter().map(|&(a, b)| (link(a), link(b))).collect(),
        )
        .unwrap()
    }

    #[test]
    fn ten_follows_nine_and_turns_follow_their_links() {
        let whole = network(&[(0, 1), (1, 2), (2, 0)], &[(0, 1)]);
        let mixed = shuffled(&whole, &[4, 2, 0, 1, 3], &[2, 0, 1]);
        assert_eq!(mixed.banned_turns, [(LinkId(1), LinkId(2))]);
        let (ordered, old) = mixed.in_order().unwrap();
        assert_eq!(old, [1, 2, 0].map(LinkId));
        let names: Vec<&str> = ordered.links.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["8", "9", "10"]);
        assert_eq!(ordered.banned_turns, [(LinkId(0), LinkId(1))]);
    }

    proptest! {
        #[test]
        fn shuffling_leaves_no_trace(
            ends in prop::collection::vec((0usize..5, 0usize..5), 12),
            bans in prop::collection::vec((0usize..12, 0usize..12), 0..12),
            nodes in Just((0..5).collect::<Vec<usize>>()).prop_shuffle(),
            links in Just((0..12).collect::<Vec<usize>>()).prop_shuffle(),
        ) {
            let whole = network(&ends, &bans);
            let mixed = shuffled(&whole, &nodes, &links);
            let (ordered, old) = mixed.in_order().unwrap();
            prop_assert_eq!(&ordered.nodes, &whole.nodes);
            prop_assert_eq!(&ordered.links, &whole.links);
            prop_assert_eq!(&ordered.banned_turns, &whole.banned_turns);
            for (new, old) in old.iter().enumerate() {
                prop_assert_eq!(&mixed.link(*old).name, &ordered.links[new].name);
            }
        }
    }
}

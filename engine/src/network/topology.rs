//! Which links leave and enter each node, in compressed rows. Routing, traffic and cleaning read the rows as slices;
//! the same rows are a petgraph graph, so that its algorithms run on what the simulator drives on and not on a copy.
//!
//! Compressed rows ("compressed sparse rows"): one array of link ids, sorted by node, and for each node where its
//! part of the array begins.
//!
//! ```text
//! links 0: A→B, 1: A→C, 2: B→A      leaving.first = [0, 2, 3, 3], leaving.links = [0, 1, 2]
//!                                   entering.first = [0, 1, 2, 3], entering.links = [2, 0, 1]
//! ```
//!
//! A topology never changes: links are neither added nor removed after the network is built, and a closed link
//! stays in it (its cost or capacity says that it is closed). The impls below are what petgraph's searches ask of a
//! graph: nodes as numbers without gaps, edges of a node, and a set of visited nodes. They never allocate but for
//! that set.

use super::Link;
use crate::id::{LinkId, NodeId};
use petgraph::Directed;
use petgraph::visit::{
    Data, EdgeRef, GraphBase, GraphProp, IntoEdgeReferences, IntoEdges, IntoNeighbors, IntoNodeIdentifiers,
    NodeCount, NodeIndexable, VisitMap, Visitable,
};

/// The links of each node. Nodes are [`NodeId`]s, edges [`LinkId`]s; parallel links and loops are allowed.
#[derive(Debug, Clone)]
pub struct Topology {
    /// Start and end node of each link.
    ends: Vec<(NodeId, NodeId)>,
    /// By start node.
    leaving: Rows,
    /// By end node.
    entering: Rows,
}

/// The links of node `n` are `links[first[n]..first[n + 1]]`, in the order of their ids.
#[derive(Debug, Clone)]
struct Rows {
    first: Vec<u32>,
    links: Vec<LinkId>,
}

impl Rows {
    /// Rows of `n_nodes` nodes from the node of each link.
    ///
    /// A counting sort in three passes: how many links a node has, where its row begins, and each link into the
    /// next free slot of its row. Links are visited by id, so each row is in the order of ids.
    fn new(n_nodes: usize, node_of: impl Iterator<Item = NodeId> + Clone) -> Self {
        let mut first = vec![0u32; n_nodes + 1];
        for node in node_of.clone() {
            first[node.index() + 1] += 1;
        }
        for i in 0..n_nodes {
            first[i + 1] += first[i];
        }
        let mut next = first.clone();
        let mut links = vec![LinkId(0); first[n_nodes] as usize];
        for (index, node) in node_of.enumerate() {
            let slot = &mut next[node.index()];
            links[*slot as usize] = LinkId::new(index);
            *slot += 1;
        }
        Self { first, links }
    }

    #[inline]
    fn of(&self, node: NodeId) -> &[LinkId] {
        &self.links[self.first[node.index()] as usize..self.first[node.index() + 1] as usize]
    }
}

impl Topology {
    /// The topology of `n_nodes` nodes and their links, whose ends must be below `n_nodes`.
    pub(super) fn new(n_nodes: usize, links: &[Link]) -> Self {
        Self {
            ends: links.iter().map(|l| (l.from, l.to)).collect(),
            leaving: Rows::new(n_nodes, links.iter().map(|l| l.from)),
            entering: Rows::new(n_nodes, links.iter().map(|l| l.to)),
        }
    }

    /// Links that leave a node, in the order of their ids.
    #[inline]
    pub fn leaving(&self, node: NodeId) -> &[LinkId] {
        self.leaving.of(node)
    }

    /// Links that enter a node, in the order of their ids.
    #[inline]
    pub fn entering(&self, node: NodeId) -> &[LinkId] {
        self.entering.of(node)
    }

    /// A link with its two ends, as petgraph wants it.
    fn edge(&self, link: LinkId) -> Edge {
        let (from, to) = self.ends[link.index()];
        Edge { link, from, to }
    }
}

/// A link as petgraph sees it; its weight is its id.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    link: LinkId,
    from: NodeId,
    to: NodeId,
}

impl EdgeRef for Edge {
    type NodeId = NodeId;
    type EdgeId = LinkId;
    type Weight = LinkId;

    fn source(&self) -> NodeId {
        self.from
    }

    fn target(&self) -> NodeId {
        self.to
    }

    fn weight(&self) -> &LinkId {
        &self.link
    }

    fn id(&self) -> LinkId {
        self.link
    }
}

/// Nodes and edges are called by our own ids, so what petgraph returns needs no translation.
impl GraphBase for Topology {
    type NodeId = NodeId;
    type EdgeId = LinkId;
}

impl GraphProp for Topology {
    type EdgeType = Directed;
}

/// Edges weigh their id: an algorithm that needs costs looks them up by link, and one topology serves all costs.
impl Data for Topology {
    type NodeWeight = ();
    type EdgeWeight = LinkId;
}

impl NodeCount for Topology {
    fn node_count(&self) -> usize {
        // Rows have one bound more than nodes.
        self.leaving.first.len() - 1
    }
}

/// Ids of nodes are 0, 1, … without gaps, so they are their own indices.
impl NodeIndexable for Topology {
    fn node_bound(&self) -> usize {
        self.node_count()
    }

    fn to_index(&self, node: NodeId) -> usize {
        node.index()
    }

    fn from_index(&self, index: usize) -> NodeId {
        NodeId::new(index)
    }
}

/// Iterator over links as edges.
pub struct Edges<'a>(&'a Topology, std::slice::Iter<'a, LinkId>);

impl Iterator for Edges<'_> {
    type Item = Edge;

    fn next(&mut self) -> Option<Edge> {
        self.1.next().map(|&link| self.0.edge(link))
    }
}

/// Iterator over the end nodes of links.
pub struct Neighbors<'a>(Edges<'a>);

impl Iterator for Neighbors<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        self.0.next().map(|edge| edge.to)
    }
}

/// Neighbours are end nodes of links that leave: a node that two parallel links lead to comes twice, as petgraph
/// allows.
impl<'a> IntoNeighbors for &'a Topology {
    type Neighbors = Neighbors<'a>;

    fn neighbors(self, node: NodeId) -> Neighbors<'a> {
        Neighbors(self.edges(node))
    }
}

impl<'a> IntoEdgeReferences for &'a Topology {
    type EdgeRef = Edge;
    type EdgeReferences = Edges<'a>;

    /// All links, by start node.
    fn edge_references(self) -> Edges<'a> {
        Edges(self, self.leaving.links.iter())
    }
}

impl<'a> IntoEdges for &'a Topology {
    type Edges = Edges<'a>;

    fn edges(self, node: NodeId) -> Edges<'a> {
        Edges(self, self.leaving(node).iter())
    }
}

impl IntoNodeIdentifiers for &Topology {
    type NodeIdentifiers = std::iter::Map<std::ops::Range<usize>, fn(usize) -> NodeId>;

    fn node_identifiers(self) -> Self::NodeIdentifiers {
        (0..self.node_count()).map(NodeId::new)
    }
}

/// The nodes that a search has visited.
///
/// One byte a node.
#[derive(Debug, Clone)]
pub struct Visited(Vec<bool>);

impl VisitMap<NodeId> for Visited {
    fn visit(&mut self, node: NodeId) -> bool {
        // Petgraph asks whether this is the first visit.
        !std::mem::replace(&mut self.0[node.index()], true)
    }

    fn is_visited(&self, node: &NodeId) -> bool {
        self.0[node.index()]
    }

    fn unvisit(&mut self, node: NodeId) -> bool {
        std::mem::replace(&mut self.0[node.index()], false)
    }
}

impl Visitable for Topology {
    type Map = Visited;

    fn visit_map(&self) -> Visited {
        Visited(vec![false; self.node_count()])
    }

    fn reset_map(&self, map: &mut Visited) {
        map.0.clear();
        map.0.resize(self.node_count(), false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::tests::plain_link;
    use petgraph::graph::DiGraph;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn sets<N: Copy>(found: Vec<Vec<N>>, index: impl Fn(N) -> usize) -> BTreeSet<BTreeSet<usize>> {
        found.into_iter().map(|set| set.into_iter().map(&index).collect()).collect()
    }

    proptest! {
        /// petgraph finds on these rows what it finds on a graph of its own, parallel links and loops included.
        #[test]
        fn petgraph_walks_the_rows_as_its_own_graph(ends in prop::collection::vec((0usize..7, 0usize..7), 0..25)) {
            let links: Vec<Link> = ends.iter().enumerate().map(|(i, &(a, b))| plain_link(i, a, b)).collect();
            let rows = Topology::new(7, &links);
            let mut own = DiGraph::<(), LinkId, u32>::new();
            for _ in 0..7 {
                own.add_node(());
            }
            for (i, &(a, b)) in ends.iter().enumerate() {
                own.add_edge((a as u32).into(), (b as u32).into(), LinkId::new(i));
            }
            let cost = |link: &LinkId| 1 + link.index() * 7 % 5;
            for node in 0..7 {
                let mut ours: Vec<(usize, usize)> = petgraph::algo::dijkstra(&rows, NodeId::new(node), None, |e| cost(e.weight()))
                    .into_iter().map(|(n, c)| (n.index(), c)).collect();
                let mut theirs: Vec<(usize, usize)> = petgraph::algo::dijkstra(&own, (node as u32).into(), None, |e| cost(e.weight()))
                    .into_iter().map(|(n, c)| (n.index(), c)).collect();
                ours.sort_unstable();
                theirs.sort_unstable();
                prop_assert_eq!(ours, theirs);
                let leave: Vec<LinkId> = rows.edges(NodeId::new(node)).map(|e| e.id()).collect();
                prop_assert_eq!(&leave[..], rows.leaving(NodeId::new(node)));
                prop_assert!(rows.entering(NodeId::new(node)).iter().all(|l| links[l.index()].to.index() == node));
            }
            prop_assert_eq!(rows.edge_references().count(), links.len());
            let ours = sets(petgraph::algo::tarjan_scc(&rows), |n: NodeId| n.index());
            prop_assert_eq!(ours, sets(petgraph::algo::tarjan_scc(&own), |n| n.index()));
        }
    }
}

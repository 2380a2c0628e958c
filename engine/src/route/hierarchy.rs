//! The graph that is searched, and its hierarchy: all that does not depend on travel times.
//!
//! A vertex is a state "at the end of a link". Links that end at the same node and may go on to the
//! same links share one vertex, so a network without banned turns has a vertex a node, and one with bans a
//! few more: exact, and far smaller than the line graph.

use crate::error::{Error, Result};
use crate::id::LinkId;
use crate::mode::Mode;
use crate::network::Network;
use cch::graph::Graph;
use std::collections::VecDeque;

/// No vertex, no arc.
pub(super) const NONE: u32 = u32::MAX;

/// An arc of the searched graph: driving `link` from one vertex to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    /// The hierarchy's arc between the two vertices.
    pub arc: u32,
    /// Whether it leads from the lower vertex to the higher.
    pub upward: bool,
    /// The link driven.
    pub link: u32,
}

/// Contraction order, chordal supergraph and elimination tree (Dibbelt, Strasser & Wagner 2016,
/// "Customizable contraction hierarchies"). Vertices are named by rank: 0 is contracted first.
#[derive(Debug)]
pub(super) struct Hierarchy {
    /// Parent in the elimination tree, by rank; [`NONE`] at a root.
    pub parent: Vec<u32>,
    /// First arc of each vertex; length vertices + 1.
    pub first: Vec<u32>,
    /// Higher end of each arc; ascending within a vertex.
    pub head: Vec<u32>,
    /// Lower end of each arc.
    pub tail: Vec<u32>,
    /// Every way to drive from vertex to vertex.
    pub inputs: Vec<Input>,
    /// The vertex (by rank) at the end of each link; [`NONE`] for links closed to the mode.
    pub end_of: Vec<u32>,
    /// Vertices (by rank) of each node: `vertex[first_vertex[node]..]`.
    pub first_vertex: Vec<u32>,
    /// See `first_vertex`.
    pub vertex: Vec<u32>,
    /// For each entry of `vertex` the link whose bans hold there, or [`NONE`] when all turns are open.
    pub came_by: Vec<u32>,
}

/// Vertices before they are ranked.
struct States {
    end_of: Vec<u32>,
    first_vertex: Vec<u32>,
    came_by: Vec<u32>,
}

/// One vertex a node, and one more for each way in that has banned turns.
fn states(network: &Network, mode: Mode) -> States {
    let mut end_of = vec![NONE; network.links.len()];
    let mut first_vertex = vec![0u32];
    let mut came_by: Vec<u32> = Vec::new();
    let restricted = |link: LinkId| {
        let at = network.banned_turns.partition_point(|&(from, _)| from < link);
        network.banned_turns.get(at).is_some_and(|&(from, _)| from == link)
    };
    for node in 0..network.nodes.len() {
        let open = came_by.len() as u32;
        came_by.push(NONE);
        for &link in network.in_links(crate::id::NodeId::new(node)) {
            if !network.link(link).modes.has(mode) {
                continue;
            }
            end_of[link.index()] = open;
            if restricted(link) {
                end_of[link.index()] = came_by.len() as u32;
                came_by.push(link.0);
            }
        }
        first_vertex.push(came_by.len() as u32);
    }
    States { end_of, first_vertex, came_by }
}

/// Tail, head and link of every arc, by tail.
fn arcs(network: &Network, mode: Mode, states: &States) -> Vec<(u32, u32, u32)> {
    let mut arcs = Vec::new();
    for node in 0..network.nodes.len() {
        for vertex in states.first_vertex[node]..states.first_vertex[node + 1] {
            let came_by = states.came_by[vertex as usize];
            for &link in network.out_links(crate::id::NodeId::new(node)) {
                let open = network.link(link).modes.has(mode);
                if open && (came_by == NONE || network.may_turn(LinkId(came_by), link)) {
                    arcs.push((vertex, states.end_of[link.index()], link.0));
                }
            }
        }
    }
    arcs
}

/// Nested dissection by inertial flow (Schild & Sommer 2015) on the nodes' coordinates; where all nodes lie at one point, on
/// positions found from the roads alone ([`drawn`]).
fn order(network: &Network, states: &States, arcs: &[(u32, u32, u32)]) -> Vec<u32> {
    let n_vertices = states.came_by.len();
    let (mut x_m, mut y_m) = (vec![0f32; n_vertices], vec![0f32; n_vertices]);
    // Far from the origin an f32 has half a metre left; measured from one node it has millimetres.
    let origin = network.nodes.first().map_or((0.0, 0.0), |node| (node.x_m, node.y_m));
    for (index, node) in network.nodes.iter().enumerate() {
        for vertex in states.first_vertex[index]..states.first_vertex[index + 1] {
            x_m[vertex as usize] = (node.x_m - origin.0) as f32;
            y_m[vertex as usize] = (node.y_m - origin.1) as f32;
        }
    }
    if n_vertices > 1 && x_m.iter().chain(&y_m).all(|&metres| metres == 0.0) {
        (x_m, y_m) = drawn(n_vertices, arcs);
    }
    let tails: Vec<u32> = arcs.iter().map(|arc| arc.0).collect();
    let heads: Vec<u32> = arcs.iter().map(|arc| arc.1).collect();
    cch::inertial_order(n_vertices as u32, &tails, &heads, &y_m, &x_m)
}

/// Positions for vertices that have none: how much nearer a vertex is to one end of the network than to the other, in arcs,
/// along the longest way and across it. Without them inertial flow cuts at random, and the hierarchy of a network of 10,000
/// nodes is many times as large.
fn drawn(n_vertices: usize, arcs: &[(u32, u32, u32)]) -> (Vec<f32>, Vec<f32>) {
    let mut beside = vec![Vec::new(); n_vertices];
    for &(tail, head, _) in arcs {
        beside[tail as usize].push(head);
        beside[head as usize].push(tail);
    }
    let steps_from = |start: usize| {
        let mut steps = vec![NONE; n_vertices];
        let mut queue = VecDeque::from([start as u32]);
        steps[start] = 0;
        while let Some(vertex) = queue.pop_front() {
            for &next in &beside[vertex as usize] {
                if steps[next as usize] == NONE {
                    steps[next as usize] = steps[vertex as usize] + 1;
                    queue.push_back(next);
                }
            }
        }
        // What cannot be reached is cut off already: it lies anywhere.
        steps.iter_mut().filter(|steps| **steps == NONE).for_each(|steps| *steps = 0);
        steps
    };
    // The first of the farthest, so that the same network is drawn the same.
    let farthest =
        |of: &dyn Fn(usize) -> i64| (0..n_vertices).rev().max_by_key(|&vertex| of(vertex)).unwrap_or(0);
    let anywhere = steps_from(0);
    let west = steps_from(farthest(&|vertex| i64::from(anywhere[vertex])));
    let east = steps_from(farthest(&|vertex| i64::from(west[vertex])));
    // A side of the middle is far from both ends and as far from the one as from the other.
    let aside = |vertex: usize| {
        let (west, east) = (i64::from(west[vertex]), i64::from(east[vertex]));
        west + east - (west - east).abs()
    };
    let north = steps_from(farthest(&aside));
    let south = steps_from(farthest(&|vertex| i64::from(north[vertex]) * 2 + aside(vertex)));
    let less = |a: &[u32], b: &[u32]| a.iter().zip(b).map(|(&a, &b)| a as f32 - b as f32).collect();
    (less(&west, &east), less(&north, &south))
}

impl Hierarchy {
    /// Builds the hierarchy of the links open to `mode`.
    ///
    /// # Errors
    /// [`Error::Check`] when no link is open to the mode.
    pub fn new(network: &Network, mode: Mode) -> Result<Self> {
        let states = states(network, mode);
        let arcs = arcs(network, mode, &states);
        if states.end_of.iter().all(|&vertex| vertex == NONE) {
            return Err(Error::Check(format!("no link of the network is open to {}", mode.name())));
        }
        let n_vertices = states.came_by.len();
        let mut first_out = vec![0u32; n_vertices + 1];
        for &(tail, ..) in &arcs {
            first_out[tail as usize + 1] += 1;
        }
        for vertex in 0..n_vertices {
            first_out[vertex + 1] += first_out[vertex];
        }
        let head = arcs.iter().map(|arc| arc.1).collect();
        let graph = Graph { first_out, head, weight: vec![1; arcs.len()] };
        let built = cch::Cch::build(&graph, &order(network, &states, &arcs));
        let rank = &built.rank;
        let ranked = |vertex: u32| if vertex == NONE { NONE } else { rank[vertex as usize] };
        // A loop (same vertex at both ends) is never part of a shortest path and has no arc.
        let inputs = arcs
            .iter()
            .zip(&built.input_arc_to_cch_arc)
            .filter(|&(_, &arc)| arc != NONE)
            .map(|(&(tail, head, link), &arc)| Input { arc, upward: ranked(tail) < ranked(head), link })
            .collect();
        Ok(Self {
            end_of: states.end_of.iter().map(|&vertex| ranked(vertex)).collect(),
            vertex: (0..n_vertices as u32).map(ranked).collect(),
            first_vertex: states.first_vertex,
            came_by: states.came_by,
            inputs,
            parent: built.elimination_tree_parent,
            first: built.up_first_out,
            head: built.up_head,
            tail: built.up_tail,
        })
    }

    /// Number of vertices.
    pub fn n_vertices(&self) -> usize {
        self.parent.len()
    }

    /// The arcs that leave `vertex` upwards.
    #[inline]
    pub fn up(&self, vertex: u32) -> std::ops::Range<usize> {
        self.first[vertex as usize] as usize..self.first[vertex as usize + 1] as usize
    }

    /// Collects the vertices from which a vehicle may turn onto `link`.
    pub fn starts_of(&self, network: &Network, link: LinkId, out: &mut Vec<u32>) {
        let node = network.link(link).from.index();
        for at in self.first_vertex[node] as usize..self.first_vertex[node + 1] as usize {
            let came_by = self.came_by[at];
            if came_by == NONE || network.may_turn(LinkId(came_by), link) {
                out.push(self.vertex[at]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Purpose, draw};
    use crate::route::router::tests::grid;

    /// The size of a hierarchy is how fast it is: of a grid whose nodes come in any order, as those of a file do.
    #[test]
    fn a_network_without_coordinates_has_a_small_hierarchy_too() {
        let mut network = grid(40);
        let mut place: Vec<usize> = (0..network.nodes.len()).collect();
        place.sort_by_key(|&node| draw(3, Purpose::Test, node as u64, 0).below(1 << 30));
        for link in &mut network.links {
            (link.from, link.to) = (
                crate::id::NodeId::new(place[link.from.index()]),
                crate::id::NodeId::new(place[link.to.index()]),
            );
        }
        let old = network.nodes.clone();
        for (node, &at) in old.iter().zip(&place) {
            (network.nodes[at].x_m, network.nodes[at].y_m) = (node.x_m, node.y_m);
        }
        let network = Network::new("g", network.crs, network.nodes, network.links, Vec::new()).unwrap();
        let drawn = Hierarchy::new(&network, Mode::Car).unwrap().head.len();
        let mut flat = network;
        flat.nodes.iter_mut().for_each(|node| (node.x_m, node.y_m) = (0.0, 0.0));
        let undrawn = Hierarchy::new(&flat, Mode::Car).unwrap().head.len();
        assert!(2 * undrawn < 3 * drawn, "{undrawn} arcs without coordinates, {drawn} with them");
    }
}

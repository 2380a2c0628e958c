//! The road network: a petgraph topology in compressed rows and dense arrays of nodes and links, immutable once built.
//! A policy makes a new one, or a list of [`Change`]s in time.

pub mod naming;
mod order;
mod topology;
mod turn;

pub use topology::Topology;

use crate::error::{Error, Fault, Result};
use crate::id::{LinkId, NodeId};
use crate::mode::{Mode, ModeSet};
use crate::projection::Crs;
use petgraph::visit::EdgeRef;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Functional class of a link, from the widest road to the narrowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum RoadClass {
    /// Limited access, no crossings (OSM motorway, PeMS mainline).
    Freeway = 0,
    /// Ramp or connector of a freeway.
    Ramp = 1,
    /// Arterial (OSM trunk, primary).
    Arterial = 2,
    /// Collector (OSM secondary, tertiary).
    Collector = 3,
    /// Local street (OSM residential and narrower).
    Local = 4,
}

impl RoadClass {
    /// All classes, widest first.
    pub const ALL: [Self; 5] = [Self::Freeway, Self::Ramp, Self::Arterial, Self::Collector, Self::Local];

    /// Name in tables and scenarios, lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Freeway => "freeway",
            Self::Ramp => "ramp",
            Self::Arterial => "arterial",
            Self::Collector => "collector",
            Self::Local => "local",
        }
    }
}

/// A junction, or a point where a road changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Name in the source.
    pub name: String,
    /// East, metres in [`Network::crs`]; finite.
    pub x_m: f64,
    /// North, metres in [`Network::crs`]; finite.
    pub y_m: f64,
}

/// A directed link.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Name in the source; unique.
    pub name: String,
    /// Node at which vehicles enter the link.
    pub from: NodeId,
    /// Node at which vehicles leave the link.
    pub to: NodeId,
    /// Length along the road, metres; positive.
    pub length_m: f64,
    /// Free-flow speed, metres per second; positive.
    pub freespeed_mps: f64,
    /// Flow capacity of all lanes together, vehicles per hour; positive.
    pub capacity_vph: f64,
    /// Number of lanes; positive, may be fractional (MATSim `permlanes`).
    pub lanes: f64,
    /// The modes that may use it.
    pub modes: ModeSet,
    /// Functional class, from the source or from its speed and lanes.
    pub class: RoadClass,
    /// Route number and direction where known, e.g. `US-101 N` as (`"101"`, `'N'`).
    pub route: Option<(String, char)>,
    /// Name of the street, or its number where it has none (`Main Street`, `A 8`). The links of a street share one text.
    pub street: Option<Arc<str>>,
    /// Points between the two nodes (metres), in travel order; empty = straight.
    pub shape: Vec<(f32, f32)>,
}

impl Link {
    /// Time to drive it at free speed, seconds.
    pub fn free_s(&self) -> f64 {
        self.length_m / self.freespeed_mps
    }
}

/// A fixed-time signal at the end of a link: in each cycle nobody passes the end node but in the green.
/// The flow capacity of the link is its saturation flow, so a signal is capacity in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Signal {
    /// Length of the cycle, seconds; 0 means no signal.
    pub cycle_s: u16,
    /// Begin of the green in the cycle that starts at midnight, seconds.
    pub offset_s: u16,
    /// Length of the green, seconds; at most the cycle.
    pub green_s: u16,
}

impl Signal {
    /// No signal: always green.
    pub const NONE: Self = Self { cycle_s: 0, offset_s: 0, green_s: 0 };

    /// Seconds until the next second of green; 0 in the green.
    #[inline]
    pub fn wait_s(self, now_s: u32) -> u32 {
        let (cycle_s, offset_s) = (u32::from(self.cycle_s), u32::from(self.offset_s));
        if cycle_s == 0 {
            return 0;
        }
        let in_cycle_s = (now_s + cycle_s - offset_s % cycle_s) % cycle_s;
        if in_cycle_s < u32::from(self.green_s) { 0 } else { cycle_s - in_cycle_s }
    }

    /// First second of the green that holds `now_s`; 0 without a signal.
    #[inline]
    pub fn green_since_s(self, now_s: u32) -> u32 {
        let (cycle_s, offset_s) = (u32::from(self.cycle_s), u32::from(self.offset_s));
        if cycle_s == 0 {
            return 0;
        }
        now_s.saturating_sub((now_s + cycle_s - offset_s % cycle_s) % cycle_s)
    }
}

/// What changes on a link at a moment of the day (MATSim: network change event).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// When, seconds since midnight.
    pub time_s: u32,
    /// The link that changes.
    pub link: LinkId,
    /// New flow capacity, vehicles per hour. Zero closes the link: nobody may enter it any more.
    pub capacity_vph: Option<f64>,
    /// New free-flow speed, metres per second.
    pub freespeed_mps: Option<f64>,
    /// New number of lanes.
    pub lanes: Option<f64>,
    /// New signal at the end of the link; [`Signal::NONE`] takes it away.
    #[serde(default)]
    pub signal: Option<Signal>,
}

impl Change {
    /// A change of nothing yet.
    pub fn new(time_s: u32, link: LinkId) -> Self {
        Self { time_s, link, capacity_vph: None, freespeed_mps: None, lanes: None, signal: None }
    }
}

impl Serialize for LinkId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> std::result::Result<S::Ok, S::Error> {
        s.serialize_u32(self.0)
    }
}

impl<'de> Deserialize<'de> for LinkId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        u32::deserialize(d).map(Self)
    }
}

/// The road network. Build with [`Network::new`]; immutable afterwards.
#[derive(Debug, Clone)]
pub struct Network {
    /// The system of all coordinates.
    pub crs: Crs,
    /// Junctions by [`NodeId`].
    pub nodes: Vec<Node>,
    /// Links by [`LinkId`].
    pub links: Vec<Link>,
    /// Turns that are not allowed: (from link, to link), sorted.
    pub banned_turns: Vec<(LinkId, LinkId)>,
    /// The links of each node; petgraph's algorithms run on it.
    pub topology: Topology,
}

impl Network {
    /// Checks every number and builds the topology. `source` names the file in error messages.
    ///
    /// # Errors
    /// A [`Fault`] for the first link with an unknown node, a length, speed, capacity or lane count
    /// that is not positive and finite, or a node without finite coordinates.
    pub fn new(
        source: &str,
        crs: Crs,
        nodes: Vec<Node>,
        links: Vec<Link>,
        mut banned_turns: Vec<(LinkId, LinkId)>,
    ) -> Result<Self> {
        for node in &nodes {
            if !(node.x_m.is_finite() && node.y_m.is_finite()) {
                return Err(Fault::new(source, format!("node {}", node.name), "has no coordinates").into());
            }
        }
        for link in &links {
            check_link(source, link, nodes.len())?;
        }
        banned_turns.sort_unstable();
        banned_turns.dedup();
        let topology = Topology::new(nodes.len(), &links);
        Ok(Self { crs, nodes, links, banned_turns, topology })
    }

    /// The link of an id.
    #[inline]
    pub fn link(&self, id: LinkId) -> &Link {
        &self.links[id.index()]
    }

    /// The node of an id.
    #[inline]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// Ids of all links.
    pub fn link_ids(&self) -> impl ExactSizeIterator<Item = LinkId> + use<> {
        (0..self.links.len() as u32).map(LinkId)
    }

    /// Links that leave a node, in the order of their ids.
    #[inline]
    pub fn out_links(&self, node: NodeId) -> &[LinkId] {
        self.topology.leaving(node)
    }

    /// Links that enter a node, in the order of their ids.
    #[inline]
    pub fn in_links(&self, node: NodeId) -> &[LinkId] {
        self.topology.entering(node)
    }

    /// Whether a vehicle may go from `from` straight onto `to`.
    pub fn may_turn(&self, from: LinkId, to: LinkId) -> bool {
        self.link(from).to == self.link(to).from
            && (self.banned_turns.is_empty() || self.banned_turns.binary_search(&(from, to)).is_err())
    }

    /// The link of the other direction of the same road: between the same nodes, of one class and, give or take 1 %, one length;
    /// of several the first. `None` for a one-way street.
    pub fn opposite(&self, id: LinkId) -> Option<LinkId> {
        let link = self.link(id);
        let alike = |other: &&LinkId| {
            let other = self.link(**other);
            other.to == link.from
                && other.class == link.class
                && other.modes == link.modes
                && (other.length_m - link.length_m).abs() <= 0.01 * link.length_m
        };
        self.out_links(link.to).iter().filter(|other| **other != id).find(alike).copied()
    }

    /// Whether two links are one, or the two directions of one road.
    pub fn is_one_road(&self, a: LinkId, b: LinkId) -> bool {
        // Of parallel links only the first is the opposite of another.
        a == b || self.opposite(a) == Some(b) || self.opposite(b) == Some(a)
    }

    /// The middle of a link's chord, metres.
    pub fn middle(&self, link: LinkId) -> (f64, f64) {
        let (a, b) = (self.node(self.link(link).from), self.node(self.link(link).to));
        ((a.x_m + b.x_m) / 2.0, (a.y_m + b.y_m) / 2.0)
    }

    /// All points of a link from start to end node, metres.
    pub fn points(&self, link: LinkId) -> Vec<(f64, f64)> {
        let link = self.link(link);
        let (a, b) = (self.node(link.from), self.node(link.to));
        let mut points = Vec::with_capacity(link.shape.len() + 2);
        points.push((a.x_m, a.y_m));
        points.extend(link.shape.iter().map(|&(x, y)| (f64::from(x), f64::from(y))));
        points.push((b.x_m, b.y_m));
        points
    }

    /// Compass bearing of a link's chord, degrees clockwise from north, 0..360.
    pub fn bearing_deg(&self, link: LinkId) -> f64 {
        let link = self.link(link);
        let (a, b) = (self.node(link.from), self.node(link.to));
        crate::float::atan2(b.x_m - a.x_m, b.y_m - a.y_m).to_degrees().rem_euclid(360.0)
    }

    /// The strongly connected component of each node over the links open to `mode` (petgraph, Tarjan),
    /// numbered so that component 0 has the most nodes.
    pub fn components(&self, mode: Mode) -> Vec<u32> {
        let open = petgraph::visit::EdgeFiltered::from_fn(&self.topology, |edge| {
            self.link(edge.id()).modes.has(mode)
        });
        let mut components = petgraph::algo::tarjan_scc(&open);
        components.sort_by_key(|nodes| (std::cmp::Reverse(nodes.len()), nodes.iter().min().copied()));
        let mut of_node = vec![0; self.nodes.len()];
        for (number, nodes) in components.iter().enumerate() {
            for node in nodes {
                of_node[node.index()] = number as u32;
            }
        }
        of_node
    }

    /// Whether every link open to `mode` can reach every other, over turns that are allowed. Checked before a
    /// run starts.
    ///
    /// # Errors
    /// [`Error::Check`] with the number of links cut off.
    pub fn check_connected(&self, mode: Mode) -> Result<()> {
        let components = self.components(mode);
        let apart = self.links.iter().filter(|l| {
            l.modes.has(mode) && (components[l.from.index()] != 0 || components[l.to.index()] != 0)
        });
        let fault = |n: usize, why: &str| {
            let (n_links, mode) = (self.links.len(), mode.name());
            Err(Error::Check(format!(
                "{n} of {n_links} links are not strongly connected for {mode}{why}; run `wayfare convert --clean`"
            )))
        };
        match apart.count() {
            0 if self.banned_turns.is_empty() => Ok(()),
            0 => match self.cut_off(mode).len() {
                0 => Ok(()),
                n => fault(n, " because of banned turns"),
            },
            n => fault(n, ""),
        }
    }
}

/// A fault for a link that ends nowhere or has a number that is not positive and finite.
fn check_link(source: &str, link: &Link, n_nodes: usize) -> Result<()> {
    let fault = |what: String, expected: &str| {
        Err(Fault::new(source, format!("link {}", link.name), what)
            .expected(expected)
            .advice("mend the row or drop the link")
            .into())
    };
    for (end, node) in [("from", link.from), ("to", link.to)] {
        if node.index() >= n_nodes {
            return fault(format!("{end} node is unknown"), "a node of the node table");
        }
    }
    for (name, value) in [
        ("length", link.length_m),
        ("free speed", link.freespeed_mps),
        ("capacity", link.capacity_vph),
        ("number of lanes", link.lanes),
    ] {
        if !(value.is_finite() && value > 0.0) {
            return fault(format!("{name} is {value}"), "a positive number");
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A ring of `n` nodes on a circle, one-way, for tests.
    pub(crate) fn ring(n: usize) -> Network {
        let nodes = (0..n)
            .map(|i| {
                let angle = i as f64 / n as f64 * std::f64::consts::TAU;
                Node {
                    name: i.to_string(),
                    x_m: 1000.0 * crate::float::cos(angle),
                    y_m: 1000.0 * crate::float::sin(angle),
                }
            })
            .collect();
        let links = (0..n).map(|i| plain_link(i, i, (i + 1) % n)).collect();
        Network::new("ring", Crs::Plane, nodes, links, Vec::new()).unwrap()
    }

    /// The same with links in both directions: link 2 i + 1 leads back along link 2 i.
    pub(crate) fn two_way_ring(n: usize) -> Network {
        let one_way = ring(n);
        let both = |i: usize| [(i, (i + 1) % n), ((i + 1) % n, i)];
        let ends = (0..n).flat_map(both).enumerate();
        let links = ends.map(|(name, (from, to))| plain_link(name, from, to)).collect();
        Network::new("ring", Crs::Plane, one_way.nodes, links, Vec::new()).unwrap()
    }

    #[test]
    fn the_two_directions_of_a_road_know_each_other() {
        let mut network = two_way_ring(4);
        assert_eq!(network.opposite(LinkId(2)), Some(LinkId(3)));
        assert!(network.is_one_road(LinkId(3), LinkId(2)) && !network.is_one_road(LinkId(3), LinkId(4)));
        assert_eq!(ring(4).opposite(LinkId(2)), None);
        network.links[3].length_m *= 1.5;
        assert_eq!(network.opposite(LinkId(2)), None, "another road between the same nodes");
    }

    pub(crate) fn plain_link(name: usize, from: usize, to: usize) -> Link {
        Link {
            name: name.to_string(),
            from: NodeId::new(from),
            to: NodeId::new(to),
            length_m: 500.0,
            freespeed_mps: 12.5,
            capacity_vph: 1800.0,
            lanes: 1.0,
            modes: ModeSet::CAR,
            class: RoadClass::Arterial,
            route: None,
            street: None,
            shape: Vec::new(),
        }
    }

    #[test]
    fn rows_hold_the_right_links() {
        let ring = ring(5);
        assert_eq!(ring.out_links(NodeId(2)), [LinkId(2)]);
        assert_eq!(ring.in_links(NodeId(2)), [LinkId(1)]);
        assert!(ring.may_turn(LinkId(4), LinkId(0)) && !ring.may_turn(LinkId(0), LinkId(4)));
        ring.check_connected(Mode::Car).unwrap();
    }

    #[test]
    fn a_dead_end_is_found() {
        let mut network = ring(4);
        let mut links = std::mem::take(&mut network.links);
        links.pop();
        let network = Network::new("t", Crs::Plane, network.nodes, links, Vec::new()).unwrap();
        assert!(network.check_connected(Mode::Car).is_err());
    }

    #[test]
    fn bad_links_are_refused_by_name() {
        for (length, to, want) in
            [(-1.0, 1, "length is -1"), (f64::NAN, 1, "length is NaN"), (1.0, 9, "unknown")]
        {
            let mut link = plain_link(7, 0, 1);
            link.length_m = length;
            link.to = NodeId::new(to);
            let nodes = ring(3).nodes;
            let error = Network::new("net.csv", Crs::Plane, nodes, vec![link], vec![]).unwrap_err();
            assert!(
                error.to_string().starts_with("net.csv:link 7:") && error.to_string().contains(want),
                "{error}"
            );
            assert_eq!(error.exit_code(), 2);
        }
    }
}

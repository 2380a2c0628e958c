//! The roads of a synthetic county, and its detectors.
//!
//! Begin reading at [`network`]. Street nodes come first, row by row from the south-west, so their numbers follow
//! from column and row; freeway nodes come after them. Names are numbers with a letter: `n0`, `l0`, `s0`.

use crate::draw::{Purpose, draw};
use crate::error::Result;
use crate::id::NodeId;
use crate::mode::ModeSet;
use crate::network::{Link, Network, Node, RoadClass};
use crate::projection::Crs;
use crate::unit::MPS_PER_MPH;
use crate::validate::station::{Counts, Station, StationKind};

/// Side of a street block, metres.
pub(super) const BLOCK_M: f64 = 400.0;
/// Blocks along a zone's side, and between two arterials.
pub(super) const ZONE_BLOCKS: usize = 4;
/// Blocks between two freeways.
const FREEWAY_BLOCKS: usize = 8;
/// Residents for each zone that the size of the county is laid out for.
const ZONE_PERSONS: f64 = 1_500.0;
/// A freeway lies beside the arterial below it, so far off, metres (on a map they would hide each other).
const BESIDE_M: f64 = 60.0;

/// The street grid: `blocks` × `blocks` blocks.
pub(super) struct Grid {
    pub(super) blocks: usize,
}

/// Speed, capacity of a lane, lanes: capacities per lane as in the Highway Capacity Manual's planning values.
///
/// Miles per hour, vehicles an hour and lane, lanes.
const fn standard(class: RoadClass) -> (f64, f64, f64) {
    match class {
        RoadClass::Freeway => (65.0, 2000.0, 3.0),
        RoadClass::Ramp => (35.0, 1500.0, 1.0),
        RoadClass::Arterial => (40.0, 900.0, 2.0),
        RoadClass::Collector => (30.0, 700.0, 1.0),
        RoadClass::Local => (25.0, 500.0, 1.0),
    }
}

impl Grid {
    /// A grid with room for `persons`, at least 2 × 2 freeway cells.
    ///
    /// ```text
    /// 90,000 persons / 1500 = 60 zones → 8 × 8 zones → 32 × 32 blocks → 12.8 km a side
    /// ```
    pub(super) fn new(persons: u32) -> Self {
        let zones_across = (f64::from(persons) / ZONE_PERSONS).sqrt().ceil().max(4.0) as usize;
        let blocks = (zones_across * ZONE_BLOCKS).next_multiple_of(FREEWAY_BLOCKS);
        Self { blocks }
    }

    /// Street nodes come row by row.
    fn node(&self, column: usize, row: usize) -> usize {
        row * (self.blocks + 1) + column
    }

    /// Zones along a side.
    pub(super) fn zones_across(&self) -> usize {
        self.blocks / ZONE_BLOCKS
    }
}

/// Nodes and links so far; names are their numbers.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    links: Vec<Link>,
}

impl Builder {
    /// Adds a node; returns its number.
    fn node(&mut self, x_m: f64, y_m: f64) -> usize {
        self.nodes.push(Node { name: format!("n{}", self.nodes.len()), x_m, y_m });
        self.nodes.len() - 1
    }

    /// A straight link with the usual speed, capacity and lanes of its class.
    fn link(&mut self, from: usize, to: usize, class: RoadClass, route: Option<(String, char)>) {
        let (mph, lane_vph, lanes) = standard(class);
        let (a, b) = (&self.nodes[from], &self.nodes[to]);
        let (dx, dy) = (b.x_m - a.x_m, b.y_m - a.y_m);
        self.links.push(Link {
            name: format!("l{}", self.links.len()),
            from: NodeId::new(from),
            to: NodeId::new(to),
            length_m: (dx * dx + dy * dy).sqrt(),
            freespeed_mps: mph * MPS_PER_MPH,
            capacity_vph: lane_vph * lanes,
            lanes,
            modes: ModeSet::CAR,
            class,
            route,
            street: None,
            shape: Vec::new(),
        });
    }

    /// Two links, there and back, of no route.
    fn both_ways(&mut self, a: usize, b: usize, class: RoadClass) {
        self.link(a, b, class, None);
        self.link(b, a, class, None);
    }
}

/// The streets, and the freeways above them in both directions.
pub(super) fn network(grid: &Grid) -> Result<Network> {
    let mut build = Builder::default();
    streets(grid, &mut build);
    for (number, line) in (FREEWAY_BLOCKS / 2..grid.blocks).step_by(FREEWAY_BLOCKS).enumerate() {
        for (north_south, direction) in [(true, 'N'), (true, 'S'), (false, 'E'), (false, 'W')] {
            let route = if north_south { 2 * number + 1 } else { 2 * number + 2 };
            freeway(grid, &mut build, line, north_south, (route.to_string(), direction));
        }
    }
    Network::new("synthetic county", Crs::Plane, build.nodes, build.links, Vec::new())
}

/// The grid of streets, both ways: every fourth line an arterial, those half-way between collectors, the
/// rest local.
fn streets(grid: &Grid, build: &mut Builder) {
    for row in 0..=grid.blocks {
        for column in 0..=grid.blocks {
            build.node(column as f64 * BLOCK_M, row as f64 * BLOCK_M);
        }
    }
    let class = |line: usize| match line % ZONE_BLOCKS {
        0 => RoadClass::Arterial,
        2 => RoadClass::Collector,
        _ => RoadClass::Local,
    };
    for along in 0..=grid.blocks {
        for step in 0..grid.blocks {
            build.both_ways(grid.node(step, along), grid.node(step + 1, along), class(along));
            build.both_ways(grid.node(along, step), grid.node(along, step + 1), class(along));
        }
    }
}

/// One direction of a freeway: nodes at each arterial, an off-ramp to and an on-ramp from each crossing.
///
/// The ramps make a diamond: who leaves comes to the crossing, from which the on-ramp goes back to the same freeway
/// node. At its first node a freeway can only be entered, at its last only be left.
fn freeway(grid: &Grid, build: &mut Builder, line: usize, north_south: bool, route: (String, char)) {
    let forward = matches!(route.1, 'N' | 'E');
    // Traffic keeps right: northbound lies east of the arterial, eastbound south of it.
    let side_m = if forward == north_south { BESIDE_M } else { -BESIDE_M };
    let mut stops: Vec<usize> = (0..=grid.blocks).step_by(ZONE_BLOCKS).collect();
    if !forward {
        stops.reverse();
    }
    let mut previous: Option<usize> = None;
    for stop in stops {
        let (along_m, across_m) = (stop as f64 * BLOCK_M, line as f64 * BLOCK_M + side_m);
        let (x_m, y_m) = if north_south { (across_m, along_m) } else { (along_m, across_m) };
        let here = build.node(x_m, y_m);
        let street = if north_south { grid.node(line, stop) } else { grid.node(stop, line) };
        if let Some(previous) = previous {
            build.link(previous, here, RoadClass::Freeway, Some(route.clone()));
            build.link(here, street, RoadClass::Ramp, None);
        }
        if stop != if forward { grid.blocks } else { 0 } {
            build.link(street, here, RoadClass::Ramp, None);
        }
        previous = Some(here);
    }
}

/// A mainline station on about half of the freeway links, by draw, at least one.
///
/// They hold no hours: what they count comes from a run on the county.
pub(super) fn stations(network: &Network, seed: u64) -> Counts {
    let freeways = network.link_ids().filter(|&l| network.link(l).class == RoadClass::Freeway);
    let stations = freeways
        .enumerate()
        .filter(|(n, l)| *n == 0 || draw(seed, Purpose::Generator, u64::from(l.0), 1).uniform() < 0.5)
        .map(|(_, id)| {
            let link = network.link(id);
            Station {
                name: format!("s{}", id.0),
                route: link.route.clone(),
                kind: StationKind::Mainline,
                xy_m: Some(network.middle(id)),
                lanes: link.lanes as u8,
                link: Some(link.name.clone()),
            }
        })
        .collect();
    Counts { stations, hours: Vec::new() }
}

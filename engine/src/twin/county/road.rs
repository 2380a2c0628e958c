//! The roads of a synthetic county, and its detectors.
//!
//! A river divides the county in two halves, and what jams in a county with enough roads elsewhere are its bridges: together they
//! take nine tenths of those who want to cross in the busiest hour ([`Bridges`]).
//!
//! Begin reading at [`network`]. Street nodes come first, row by row from the south-west, so their numbers follow
//! from column and row; freeway nodes come after them. Names are numbers with a letter: `n0`, `l0`, `s0`.

use crate::draw::{Purpose, draw};
use crate::error::Result;
use crate::float::pow;
use crate::id::{LinkId, NodeId};
use crate::mode::ModeSet;
use crate::network::{Link, Network, Node, RoadClass};
use crate::projection::Crs;
use crate::unit::MPS_PER_MPH;
use crate::validate::station::{Counts, Station, StationKind};
use std::sync::Arc;

/// Side of a street block, metres.
pub(super) const BLOCK_M: f64 = 400.0;
/// Blocks along a zone's side, and between two arterials.
pub(super) const ZONE_BLOCKS: usize = 4;
/// Blocks between two freeways.
const FREEWAY_BLOCKS: usize = 8;
/// Blocks between two streets that cross the river.
const BRIDGE_BLOCKS: usize = 16;
/// Share of the capacity over the river that bridges of streets have; the rest is that of freeways.
const STREETS_OVER_RIVER: f64 = 0.4;
/// Capacity for which a freeway is led over the river, vehicles an hour.
const FREEWAY_BRIDGE_VPH: f64 = 1600.0;
/// Residents for each zone that the size of the county is laid out for.
const ZONE_PERSONS: f64 = 4_000.0;
/// A freeway lies beside the arterial below it, so far off, metres (on a map they would hide each other).
const BESIDE_M: f64 = 60.0;

/// The street grid: `blocks` × `blocks` blocks.
pub(super) struct Grid {
    pub(super) blocks: usize,
    bridges: Bridges,
}

/// The ways over the river, each with its capacity in vehicles an hour and direction. Streets have one lane there.
struct Bridges {
    street_vph: f64,
    freeway_vph: f64,
    /// Freeways from south to north, and those of them that cross the river.
    freeways: usize,
    crossing: usize,
}

impl Bridges {
    /// Bridges for nine tenths of those who want to cross in the busiest hour and direction. With wide bridges these were, of
    /// 20,000 to 200,000 residents, 0.057 to 0.038 a resident (seed 1, 17 to 18 h): fewer in a larger county, for the length
    /// of trips does not grow along. In a small county the capacities are smaller than a lane's, else nothing would jam.
    fn of(persons: u32, blocks: usize) -> Self {
        let wanted_vph = 0.9 * 0.057 * f64::from(persons) * pow(blocks as f64 / 16.0, -0.4);
        let streets = (0..=blocks).filter(|avenue| is_bridge(blocks, *avenue)).count();
        let freeways = blocks / FREEWAY_BLOCKS;
        let by_freeway_vph = (1.0 - STREETS_OVER_RIVER) * wanted_vph;
        let crossing = ((by_freeway_vph / FREEWAY_BRIDGE_VPH).round() as usize).clamp(1, freeways);
        Self {
            street_vph: STREETS_OVER_RIVER * wanted_vph / streets as f64,
            freeway_vph: by_freeway_vph / crossing as f64,
            freeways,
            crossing,
        }
    }

    /// Whether a freeway crosses the river, by its number from the west: those that do are spread evenly.
    fn has(&self, freeway: usize) -> bool {
        let before = |n: usize| (n * self.crossing).div_ceil(self.freeways);
        before(freeway + 1) > before(freeway)
    }
}

/// Whether an avenue has a bridge over the river.
fn is_bridge(blocks: usize, avenue: usize) -> bool {
    avenue.abs_diff(blocks / 2).is_multiple_of(BRIDGE_BLOCKS)
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
    /// 240,000 persons / 4000 = 60 zones → 8 × 8 zones → 32 × 32 blocks → 12.8 km a side
    /// ```
    pub(super) fn new(persons: u32) -> Self {
        let zones_across = (f64::from(persons) / ZONE_PERSONS).sqrt().ceil().max(4.0) as usize;
        let blocks = (zones_across * ZONE_BLOCKS).next_multiple_of(FREEWAY_BLOCKS);
        Self { blocks, bridges: Bridges::of(persons, blocks) }
    }

    /// Street nodes come row by row.
    fn node(&self, column: usize, row: usize) -> usize {
        row * (self.blocks + 1) + column
    }

    /// The street on the northern bank of the river, and the avenue in the middle.
    fn middle(&self) -> usize {
        self.blocks / 2
    }

    /// Names of streets from west to east, counted from the south, and of avenues, counted from the west.
    fn street(&self, row: usize) -> Arc<str> {
        if row == self.middle() {
            "River Street".into()
        } else {
            format!("{} Street", ordinal(row + 1)).into()
        }
    }

    /// As [`Grid::street`], of an avenue.
    fn avenue(&self, column: usize) -> Arc<str> {
        if column == self.middle() {
            "Main Street".into()
        } else {
            format!("{} Avenue", ordinal(column + 1)).into()
        }
    }

    /// Zones along a side.
    pub(super) fn zones_across(&self) -> usize {
        self.blocks / ZONE_BLOCKS
    }
}

/// `1st`, `2nd`, `3rd`, `4th` … `11th` … `21st`.
fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// What a road is called.
#[derive(Clone)]
enum Name {
    None,
    Street(Arc<str>),
    Route(String, char),
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
    fn link(&mut self, from: usize, to: usize, class: RoadClass, name: &Name) -> &mut Link {
        let (mph, lane_vph, lanes) = standard(class);
        let (a, b) = (&self.nodes[from], &self.nodes[to]);
        let (dx, dy) = (b.x_m - a.x_m, b.y_m - a.y_m);
        let length_m = (dx * dx + dy * dy).sqrt();
        let (route, street) = match name.clone() {
            Name::None => (None, None),
            Name::Street(street) => (None, Some(street)),
            Name::Route(number, direction) => (Some((number, direction)), None),
        };
        let at = self.links.len();
        self.links.push(Link {
            name: format!("l{}", self.links.len()),
            from: NodeId::new(from),
            to: NodeId::new(to),
            length_m,
            freespeed_mps: mph * MPS_PER_MPH,
            capacity_vph: lane_vph * lanes,
            lanes,
            modes: ModeSet::CAR,
            class,
            route,
            street,
            shape: Vec::new(),
        });
        &mut self.links[at]
    }

    /// Two links, there and back.
    fn both_ways(&mut self, a: usize, b: usize, class: RoadClass, name: &Name) -> [&mut Link; 2] {
        self.link(a, b, class, name);
        self.link(b, a, class, name);
        let at = self.links.len() - 2;
        let (there, back) = self.links.split_at_mut(at + 1);
        [&mut there[at], &mut back[0]]
    }
}

/// The streets, and the freeways above them in both directions.
pub(super) fn network(grid: &Grid) -> Result<Network> {
    let mut build = Builder::default();
    streets(grid, &mut build);
    for (number, line) in (FREEWAY_BLOCKS / 2..grid.blocks).step_by(FREEWAY_BLOCKS).enumerate() {
        for (north_south, direction) in [(true, 'N'), (true, 'S'), (false, 'E'), (false, 'W')] {
            let route = if north_south { 2 * number + 1 } else { 2 * number + 2 };
            freeway(grid, &mut build, line, north_south, &Name::Route(route.to_string(), direction));
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
        let (street, avenue) = (Name::Street(grid.street(along)), Name::Street(grid.avenue(along)));
        for step in 0..grid.blocks {
            build.both_ways(grid.node(step, along), grid.node(step + 1, along), class(along), &street);
            let (south, north) = (grid.node(along, step), grid.node(along, step + 1));
            if step + 1 != grid.middle() {
                build.both_ways(south, north, class(along), &avenue);
            } else if is_bridge(grid.blocks, along) {
                bridge(grid, build, along, [south, north]);
            }
        }
    }
}

/// A street over the river between its ends on the two banks.
fn bridge(grid: &Grid, build: &mut Builder, avenue: usize, [south, north]: [usize; 2]) {
    let is_old = avenue == grid.middle();
    let name = if is_old { "Old Bridge".into() } else { format!("{} Bridge", grid.avenue(avenue)) };
    for link in build.both_ways(south, north, RoadClass::Arterial, &Name::Street(name.into())) {
        (link.lanes, link.capacity_vph) = (1.0, grid.bridges.street_vph);
    }
}

/// One direction of a freeway: nodes at each arterial, an off-ramp to and an on-ramp from each crossing.
///
/// The ramps make a diamond: who leaves comes to the crossing, from which the on-ramp goes back to the same freeway
/// node. At its first node a freeway can only be entered, at its last only be left. A freeway without a bridge ends on one bank
/// of the river and begins again on the other.
fn freeway(grid: &Grid, build: &mut Builder, line: usize, north_south: bool, name: &Name) {
    let forward = matches!(name, Name::Route(_, 'N' | 'E'));
    // Traffic keeps right: northbound lies east of the arterial, eastbound south of it.
    let side_m = if forward == north_south { BESIDE_M } else { -BESIDE_M };
    let has_bridge = grid.bridges.has(line / FREEWAY_BLOCKS);
    let mut stops: Vec<usize> = (0..=grid.blocks).step_by(ZONE_BLOCKS).collect();
    if !forward {
        stops.reverse();
    }
    let is_over_river = |a: usize, b: usize| north_south && a.max(b) == grid.middle();
    let mut previous: Option<usize> = None;
    for (number, &stop) in stops.iter().enumerate() {
        let (along_m, across_m) = (stop as f64 * BLOCK_M, line as f64 * BLOCK_M + side_m);
        let (x_m, y_m) = if north_south { (across_m, along_m) } else { (along_m, across_m) };
        let here = build.node(x_m, y_m);
        let street = if north_south { grid.node(line, stop) } else { grid.node(stop, line) };
        if let Some(previous) = previous {
            let link = build.link(previous, here, RoadClass::Freeway, name);
            if is_over_river(stops[number - 1], stop) {
                link.capacity_vph = grid.bridges.freeway_vph;
                link.lanes = (link.capacity_vph / 2000.0).ceil();
            }
            build.link(here, street, RoadClass::Ramp, &Name::None);
        }
        let goes_on = stops.get(number + 1).is_some_and(|next| has_bridge || !is_over_river(stop, *next));
        if goes_on {
            build.link(street, here, RoadClass::Ramp, &Name::None);
        }
        previous = goes_on.then_some(here);
    }
}

/// A mainline station on about half of the freeway links, by draw, at least one; and one on each lane over the river that is no
/// freeway.
///
/// They hold no hours: what they count comes from a run on the county.
pub(super) fn stations(network: &Network, seed: u64) -> Counts {
    let is_bridge = |link: &Link| link.street.as_deref().is_some_and(|street| street.ends_with("Bridge"));
    let mut seen_freeway = false;
    let has_station = |id: &LinkId| {
        let link = network.link(*id);
        let is_first = link.class == RoadClass::Freeway && !std::mem::replace(&mut seen_freeway, true);
        let is_drawn = || draw(seed, Purpose::Generator, u64::from(id.0), 1).uniform() < 0.5;
        is_first || is_bridge(link) || link.class == RoadClass::Freeway && is_drawn()
    };
    let station = |id: LinkId| {
        let link = network.link(id);
        let kind = if is_bridge(link) { StationKind::Conventional } else { StationKind::Mainline };
        Station {
            name: format!("s{}", id.0),
            route: link.route.clone(),
            kind,
            xy_m: Some(network.middle(id)),
            lanes: link.lanes as u8,
            link: Some(link.name.clone()),
            crossing: None,
        }
    };
    let stations = network.link_ids().filter(has_station).map(station).collect();
    Counts { stations, ..Counts::default() }
}

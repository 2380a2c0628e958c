//! Ways and nodes → a network: ways are split where they meet, and each piece becomes one link a
//! direction.
//!
//! Steps, each a function below: cut the ways into pieces at junctions (`segments`), choose the system of
//! coordinates, place the nodes that end a piece, make one or two links of each piece (`push_links`), and turn
//! restrictions into banned pairs of links.
//!
//! A node of the map becomes a node of the network only where a piece ends; the nodes between are the shape of
//! the link. Lengths are measured on the ellipsoid ([`ground_m`]), not on the projected plane, whose scale
//! differs from place to place.

use super::Options;
use super::raw::Way;
use super::road::{Direction, Road};
use super::turn::{Links, Restriction, Via};
use crate::tally::Tally;
use engine::id::NodeId;
use engine::mode::ModeSet;
use engine::network::{Link, Network, Node};
use engine::projection::{Crs, Projection};
use engine::{Fault, Result, float};
use std::collections::{BTreeMap, BTreeSet};

/// Roads of a file with the nodes they need.
#[derive(Debug, Default)]
pub struct Map {
    /// Id, longitude, latitude in degrees; sorted by id, each id once.
    pub nodes: Vec<(i64, f64, f64)>,
    /// Ways that cars may drive, and what their tags mean.
    pub roads: Vec<(Way, Road)>,
    /// Turn restrictions.
    pub restrictions: Vec<Restriction>,
    /// Nodes that no car passes, for a barrier stands there.
    pub closed: BTreeSet<i64>,
    /// Number and direction of the route a way belongs to, by way.
    pub labels: BTreeMap<i64, (String, char)>,
}

/// A piece of a way between two junctions: indices into [`Map::nodes`], at least two.
struct Segment {
    /// Index into [`Map::roads`].
    road: usize,
    /// Number of the piece within its way, from 0 in the way's direction: part of the link's name.
    number: usize,
    /// Indices of its nodes, in the way's direction.
    nodes: Vec<u32>,
}

/// Builds the network of a map. `source` names the file in messages.
///
/// The nodes are numbered by their OSM ids and bear them as names; a link is named after its way and the number
/// of its piece, with an `r` for the direction against the way, so that a link can be found again in the map.
///
/// # Errors
/// A [`Fault`] when there is no road at all, or a coordinate cannot be projected.
pub fn network(source: &str, map: &Map, options: &Options, tally: &mut Tally) -> Result<Network> {
    let segments = segments(map, tally);
    if segments.is_empty() {
        return Err(Fault::new(source, "", "holds no road for cars")
            .expected("ways with a highway tag of the road classes, and their nodes")
            .into());
    }
    let crs = match &options.crs {
        Some(crs) => crs.clone(),
        None => middle_utm(map, &segments)?,
    };
    let projection = Projection::new(&crs)?;
    let mut points_m = vec![None; map.nodes.len()];
    for &node in segments.iter().flat_map(|s| &s.nodes) {
        let (_, lon, lat) = map.nodes[node as usize];
        if points_m[node as usize].is_none() {
            points_m[node as usize] = Some(projection.to_metres(lon, lat)?);
        }
    }
    let point = |node: u32| points_m[node as usize].unwrap_or_default();
    let ends = Ends::new(map, &segments);
    let nodes: Vec<Node> = ends
        .all
        .iter()
        .map(|&(node, copy)| {
            let (x_m, y_m) = point(node);
            let id = map.nodes[node as usize].0;
            let name = if copy == 0 { id.to_string() } else { format!("{id}_{copy}") };
            Node { name, x_m, y_m }
        })
        .collect();
    let mut links = Vec::with_capacity(segments.len() * 2);
    let mut ways = Vec::with_capacity(links.capacity());
    for (number, segment) in segments.iter().enumerate() {
        push_links(segment, map, ends.of_segment[number], &point, &mut links, tally);
        ways.resize(links.len(), map.roads[segment.road].0.id);
    }
    let known = |osm: i64| ends.find(position(&map.nodes, osm)?);
    let index = Links::new(nodes.len(), &links, &ways);
    let turns = map.restrictions.iter().flat_map(|r| index.banned(r, known, tally)).collect();
    Network::new(source, crs, nodes, links, turns)
}

/// The nodes of the network: where pieces end.
struct Ends {
    /// Index of the node in [`Map::nodes`] and number of its copy, sorted. A node that no car passes has a copy for
    /// each piece that ends there, so that nothing joins them; any other has only copy 0.
    all: Vec<(u32, u32)>,
    /// The two ends of each piece.
    of_segment: Vec<[NodeId; 2]>,
}

impl Ends {
    fn new(map: &Map, segments: &[Segment]) -> Self {
        let mut copies: BTreeMap<u32, u32> = BTreeMap::new();
        let mut end = |node: u32| {
            if !map.closed.contains(&map.nodes[node as usize].0) {
                return (node, 0);
            }
            let next = copies.entry(node).or_default();
            *next += 1;
            (node, *next - 1)
        };
        let of_segment: Vec<[(u32, u32); 2]> =
            segments.iter().map(|s| [end(s.nodes[0]), end(s.nodes[s.nodes.len() - 1])]).collect();
        let mut all = of_segment.concat();
        all.sort_unstable();
        all.dedup();
        let id = |end: (u32, u32)| NodeId::new(all.binary_search(&end).unwrap_or_default());
        let of_segment = of_segment.into_iter().map(|ends| ends.map(id)).collect();
        Self { all, of_segment }
    }

    /// The node of the network at a node of the map, if there is one.
    fn find(&self, node: u32) -> Option<NodeId> {
        self.all.binary_search(&(node, 0)).ok().map(NodeId::new)
    }
}

/// Index of a node by its OSM id; `None` where the file does not hold it, as at the edge of an extract.
fn position(nodes: &[(i64, f64, f64)], id: i64) -> Option<u32> {
    nodes.binary_search_by_key(&id, |n| n.0).ok().map(|i| i as u32)
}

/// Cuts every way at missing nodes and at junctions. A junction is a node that ends a way, that two ways
/// or two places of one way share, that a turn restriction names, or that no car passes.
fn segments(map: &Map, tally: &mut Tally) -> Vec<Segment> {
    let mut runs = Vec::new();
    for (road, (way, _)) in map.roads.iter().enumerate() {
        let mut run: Vec<u32> = Vec::new();
        for &id in &way.nodes {
            match position(&map.nodes, id) {
                Some(node) if run.last() == Some(&node) => {}
                Some(node) => run.push(node),
                None => {
                    tally.add("way refers to a node that the file does not hold, cut there", way.id);
                    runs.push((road, std::mem::take(&mut run)));
                }
            }
        }
        runs.push((road, run));
    }
    runs.retain(|(_, run)| run.len() > 1);
    let junction = junctions(map, &runs);
    let mut segments: Vec<Segment> = Vec::new();
    for (road, run) in runs {
        let mut from = 0;
        for at in 1..run.len() {
            if at + 1 == run.len() || junction[run[at] as usize] {
                push_segment(&mut segments, road, &run[from..=at]);
                from = at;
            }
        }
    }
    segments
}

/// For each node of the map, whether ways must be cut there. A use counts one, the end of a way one more, a
/// restriction two: more than one means a junction.
fn junctions(map: &Map, runs: &[(usize, Vec<u32>)]) -> Vec<bool> {
    let mut uses = vec![0u8; map.nodes.len()];
    let mut add = |node: u32, n: u8| uses[node as usize] = uses[node as usize].saturating_add(n);
    for (_, run) in runs {
        for &node in run {
            add(node, 1);
        }
        add(run[0], 1);
        add(run[run.len() - 1], 1);
    }
    let vias =
        map.restrictions.iter().filter_map(|r| if let Via::Node(id) = r.via { Some(id) } else { None });
    for id in vias.chain(map.closed.iter().copied()) {
        if let Some(node) = position(&map.nodes, id) {
            add(node, 2);
        }
    }
    uses.into_iter().map(|n| n > 1).collect()
}

/// Adds a piece; one that comes back to its start is cut in the middle, because a link needs two ends.
fn push_segment(segments: &mut Vec<Segment>, road: usize, nodes: &[u32]) {
    let number = segments.iter().rev().take_while(|s| s.road == road).count();
    if nodes[0] == nodes[nodes.len() - 1] {
        let middle = nodes.len() / 2;
        segments.push(Segment { road, number, nodes: nodes[..=middle].to_vec() });
        segments.push(Segment { road, number: number + 1, nodes: nodes[middle..].to_vec() });
    } else {
        segments.push(Segment { road, number, nodes: nodes.to_vec() });
    }
}

/// The UTM zone at the middle of the rectangle around the roads.
fn middle_utm(map: &Map, segments: &[Segment]) -> Result<Crs> {
    let (mut west, mut east) = (f64::INFINITY, f64::NEG_INFINITY);
    let (mut south, mut north) = (f64::INFINITY, f64::NEG_INFINITY);
    for &node in segments.iter().flat_map(|s| &s.nodes) {
        let (_, lon, lat) = map.nodes[node as usize];
        (west, east) = (west.min(lon), east.max(lon));
        (south, north) = (south.min(lat), north.max(lat));
    }
    Crs::utm((west + east) / 2.0, (south + north) / 2.0)
}

/// Adds the links of a piece: one for each direction in which cars may drive it. The label of a route is kept
/// only where the piece is one-way: on a road for both directions the relation does not say which of the two it
/// means.
fn push_links(
    segment: &Segment,
    map: &Map,
    [from, to]: [NodeId; 2],
    point: &dyn Fn(u32) -> (f64, f64),
    links: &mut Vec<Link>,
    tally: &mut Tally,
) {
    let (way, road) = &map.roads[segment.road];
    let place = |node: u32| (map.nodes[node as usize].1, map.nodes[node as usize].2);
    let mut length_m: f64 =
        segment.nodes.windows(2).map(|pair| ground_m(place(pair[0]), place(pair[1]))).sum();
    if length_m < LEAST_M {
        tally.add("piece of a way is shorter than 0.1 m, taken as 0.1 m", way.id);
        length_m = LEAST_M;
    }
    let inner = &segment.nodes[1..segment.nodes.len() - 1];
    let shape: Vec<(f32, f32)> = inner.iter().map(|&n| point(n)).map(|(x, y)| (x as f32, y as f32)).collect();
    let one_way = road.forward.is_none() || road.backward.is_none();
    let route = if one_way { map.labels.get(&way.id).cloned() } else { None };
    let mut push = |direction: Option<Direction>, from, to, mark: &str, shape: Vec<(f32, f32)>| {
        let Some(direction) = direction else { return };
        links.push(Link {
            name: format!("{}_{}{mark}", way.id, segment.number),
            from,
            to,
            length_m,
            freespeed_mps: direction.freespeed_mps,
            capacity_vph: direction.capacity_vph,
            lanes: direction.lanes,
            modes: ModeSet::CAR,
            class: road.class,
            route: route.clone(),
            street: road.street.clone(),
            shape,
        });
    };
    push(road.forward, from, to, "", shape.clone());
    push(road.backward, to, from, "r", shape.into_iter().rev().collect());
}

/// Two nodes at one spot still need a link of some length.
const LEAST_M: f64 = 0.1;

/// Metres on the ground between two points (lon, lat in degrees) that are near each other: the radii of
/// curvature of the WGS 84 ellipsoid at the middle latitude. Good to a millionth over 10 km, where a
/// projection would be up to a thousandth (UTM) or a fifth (Web Mercator at 37°) off.
pub fn ground_m((lon_a, lat_a): (f64, f64), (lon_b, lat_b): (f64, f64)) -> f64 {
    const A_M: f64 = 6_378_137.0;
    const E2: f64 = 0.006_694_379_990_141_3;
    let middle = ((lat_a + lat_b) / 2.0).to_radians();
    let sine = float::sin(middle);
    let w = float::sqrt(1.0 - E2 * sine * sine);
    let (normal_m, meridian_m) = (A_M / w, A_M * (1.0 - E2) / (w * w * w));
    let x_m = normal_m * float::cos(middle) * (lon_b - lon_a).to_radians();
    let y_m = meridian_m * (lat_b - lat_a).to_radians();
    float::sqrt(x_m * x_m + y_m * y_m)
}

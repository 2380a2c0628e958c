//! A grid scenario by seed, for benches and tests: the shape of the comparison on which other
//! simulators were measured (100×100 nodes, 100,000 agents, 8.2 million moves).
//!
//! It is a load for the queue model, not a forecast: routes are fixed and nobody learns. Begin reading at
//! [`scenario`]. Draws take steps of [`Purpose::Generator`]: 0 persons, from 1 on the costs of the tastes; a step
//! more for something new leaves all that is made today as it is.

use crate::draw::{Draw, Purpose, draw};
use crate::error::Result;
use crate::id::{LinkId, NodeId};
use crate::mode::{Mode, ModeSet};
use crate::network::{Link, Network, Node, RoadClass};
use crate::projection::Crs;
use crate::trip::{Legs, Routes, Trip};
use rayon::prelude::*;

/// Metres between neighbouring nodes.
const SPACING_M: f64 = 250.0;
/// Every so many rows and columns one is an arterial.
const ARTERIAL_EVERY: usize = 5;
/// Mean distance between home and work along each axis, in nodes (Laplace).
const COMMUTE_NODES: f64 = 20.0;
/// Different travel costs, so that people between the same places do not all take the same road.
const N_TASTES: usize = 8;

/// A grid of `n` × `n` nodes, all neighbours joined in both directions: arterials (19.44 m/s, 1800
/// veh/h, 2 lanes) every fifth row and column, streets (13.89 m/s, 600 veh/h, 1 lane) between.
///
/// # Errors
/// None for `n` ≥ 2; a single node has no link.
pub fn network(n: usize) -> Result<Network> {
    let nodes = (0..n * n).map(|i| Node {
        name: i.to_string(),
        x_m: (i % n) as f64 * SPACING_M,
        y_m: (i / n) as f64 * SPACING_M,
    });
    let mut links = Vec::new();
    for (y, x) in (0..n).flat_map(|y| (0..n).map(move |x| (y, x))) {
        for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1isize)] {
            let (Some(to_x), Some(to_y)) = (x.checked_add_signed(dx), y.checked_add_signed(dy)) else {
                continue;
            };
            if to_x >= n || to_y >= n {
                continue;
            }
            let arterial = if dy == 0 { y % ARTERIAL_EVERY == 0 } else { x % ARTERIAL_EVERY == 0 };
            links.push(link(links.len(), y * n + x, to_y * n + to_x, arterial));
        }
    }
    Network::new("grid", Crs::Plane, nodes.collect(), links, Vec::new())
}

/// A link with the speed, capacity and lanes of its kind.
fn link(number: usize, from: usize, to: usize, arterial: bool) -> Link {
    Link {
        name: number.to_string(),
        from: NodeId::new(from),
        to: NodeId::new(to),
        length_m: SPACING_M,
        freespeed_mps: if arterial { 19.44 } else { 13.89 },
        capacity_vph: if arterial { 1800.0 } else { 600.0 },
        lanes: if arterial { 2.0 } else { 1.0 },
        modes: ModeSet::CAR,
        class: if arterial { RoadClass::Arterial } else { RoadClass::Local },
        route: None,
        street: None,
        shape: Vec::new(),
    }
}

/// The grid and `n_agents` persons who drive home → work → home on fixed shortest routes. Departures
/// are normal around 7:30 (sd 1 h) and 16:45 (sd 1.2 h).
///
/// Each person has two legs, to work and back, whose routes begin on the link of the one place and end on that of
/// the other. Departures for home may lie after midnight, until 26:00.
///
/// # Errors
/// None for `n` ≥ 2.
pub fn scenario(n: usize, n_agents: usize, seed: u64) -> Result<(Network, Legs, Routes)> {
    let network = network(n)?;
    let persons: Vec<Person> = (0..n_agents)
        .map(|i| Person::draw(&network, n, &mut draw(seed, Purpose::Generator, i as u64, 0)))
        .collect();
    let tastes = tastes(&network, seed);
    let to_work: Vec<_> = persons.iter().map(|p| (p.home, p.work)).collect();
    let to_home: Vec<_> = persons.iter().map(|p| (p.work, p.home)).collect();
    let (to_work, to_home) = (find(&network, &tastes, &to_work), find(&network, &tastes, &to_home));
    let (mut legs, mut routes) = (Legs::default(), Routes::default());
    for (i, person) in persons.iter().enumerate() {
        let trip = |episode, depart_s, from, to| Trip {
            episode,
            mode: Mode::Car,
            vehicle: crate::vehicle::ClassId::CAR,
            depart_s,
            dwell_s: 0,
            from,
            to,
            distance_m: 0.0,
        };
        let trips = [
            trip(0, person.leave_home_s, person.home, person.work),
            trip(1, person.leave_work_s, person.work, person.home),
        ];
        legs.push(&trips, |_| 1);
        routes.push(&to_work[i]);
        routes.push(&to_home[i]);
    }
    Ok((network, legs, routes))
}

/// A commuter: two links, and the two departures, seconds since midnight.
struct Person {
    home: LinkId,
    work: LinkId,
    leave_home_s: u32,
    leave_work_s: u32,
}

impl Person {
    /// Home uniform on the grid, work at a Laplace-distributed distance along each axis, departures normal
    /// around 7:30 and 16:45.
    fn draw(network: &Network, n: usize, stream: &mut Draw) -> Self {
        let place = |x: u32, y: u32, stream: &mut Draw| {
            let out = network.out_links(NodeId(y * n as u32 + x));
            out[stream.below(out.len() as u32) as usize]
        };
        let (x, y) = (stream.below(n as u32), stream.below(n as u32));
        let home = place(x, y, stream);
        let (x, y) = (shift(x, n, stream), shift(y, n, stream));
        let mut work = place(x, y, stream);
        if work == home {
            work = LinkId((work.0 + 1) % network.links.len() as u32);
        }
        let leave_home_s = (7.5 * 3600.0 + 3600.0 * stream.normal()).clamp(0.0, 14.0 * 3600.0) as u32;
        let leave_work_s = (16.75 * 3600.0 + 1.2 * 3600.0 * stream.normal())
            .clamp(f64::from(leave_home_s) + 3600.0, 26.0 * 3600.0) as u32;
        Self { home, work, leave_home_s, leave_work_s }
    }
}

/// A coordinate at a Laplace-distributed distance; a uniform one where that lies outside.
fn shift(from: u32, n: usize, stream: &mut Draw) -> u32 {
    let u = stream.uniform() - 0.5;
    let distance =
        -COMMUTE_NODES * u.signum() * crate::float::log((1.0 - 2.0 * u.abs()).max(f64::MIN_POSITIVE));
    let to = f64::from(from) + distance.round();
    if (0.0..n as f64).contains(&to) { to as u32 } else { stream.below(n as u32) }
}

/// Costs by taste and link, sixteenths of a second: free travel time times a factor from 0.8 to 1.25.
fn tastes(network: &Network, seed: u64) -> Vec<Vec<u32>> {
    let cost = |taste: usize, link: usize| {
        let factor = 0.8 + 0.45 * draw(seed, Purpose::Generator, link as u64, 1 + taste as u32).uniform();
        (network.links[link].free_s() * factor * 16.0).round() as u32
    };
    (0..N_TASTES).map(|taste| (0..network.links.len()).map(|link| cost(taste, link)).collect()).collect()
}

/// Cheapest routes between pairs of links; one search for each start node, cut short when it has
/// reached the last of its destinations.
///
/// The taste goes with the start node, so that one search serves all who start there.
fn find(network: &Network, tastes: &[Vec<u32>], pairs: &[(LinkId, LinkId)]) -> Vec<Vec<LinkId>> {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    let start = |&i: &usize| network.link(pairs[i].0).to;
    order.sort_by_key(start);
    let groups: Vec<&[usize]> = order.chunk_by(|a, b| start(a) == start(b)).collect();
    let found: Vec<Vec<(usize, Vec<LinkId>)>> = groups
        .into_par_iter()
        .map_init(
            || Search::new(network),
            |search, group| {
                let from = start(&group[0]);
                let ends: Vec<NodeId> = group.iter().map(|&i| network.link(pairs[i].1).from).collect();
                search.run(network, &tastes[from.index() % tastes.len()], from, &ends);
                let route = |(&i, &end)| (i, search.route(network, pairs[i], end));
                group.iter().zip(&ends).map(route).collect()
            },
        )
        .collect();
    let mut routes = vec![Vec::new(); pairs.len()];
    for (i, route) in found.into_iter().flatten() {
        routes[i] = route;
    }
    routes
}

/// Dijkstra's search with a ring of buckets (Dial 1969): costs are small whole numbers.
///
/// A ring of 1024 buckets is enough, because open nodes never lie further apart than the dearest link: 250 m at
/// 13.89 m/s times 1.25 in sixteenths of a second is 360.
struct Search {
    /// End node of each link: 4 bytes, where the network's own row would be two cache lines.
    to: Vec<NodeId>,
    cost: Vec<u32>,
    last: Vec<LinkId>,
    buckets: Vec<Vec<NodeId>>,
}

impl Search {
    fn new(network: &Network) -> Self {
        let n = network.nodes.len();
        let to = network.links.iter().map(|link| link.to).collect();
        Self { to, cost: vec![u32::MAX; n], last: vec![LinkId::NONE; n], buckets: vec![Vec::new(); 1024] }
    }

    /// Dijkstra with a bucket for each cost, from a node until all `ends` are settled; costs are whole and
    /// below the number of buckets.
    fn run(&mut self, network: &Network, costs: &[u32], from: NodeId, ends: &[NodeId]) {
        self.cost.fill(u32::MAX);
        self.buckets.iter_mut().for_each(Vec::clear);
        self.cost[from.index()] = 0;
        self.last[from.index()] = LinkId::NONE;
        self.buckets[0].push(from);
        let (mut now, mut n_open) = (0, 1);
        while n_open > 0 {
            let bucket = now as usize % self.buckets.len();
            let Some(node) = self.buckets[bucket].pop() else {
                // Every few hundred steps is often enough to ask whether all ends are settled.
                if now % 512 == 0 && ends.iter().all(|end| self.cost[end.index()] < now) {
                    return;
                }
                now += 1;
                continue;
            };
            n_open -= 1;
            // A stale entry: the node was reached at less cost after it was put here.
            if self.cost[node.index()] != now {
                continue;
            }
            for &link in network.out_links(node) {
                let (to, cost) = (self.to[link.index()], now + costs[link.index()]);
                if cost < self.cost[to.index()] {
                    (self.cost[to.index()], self.last[to.index()]) = (cost, link);
                    let bucket = cost as usize % self.buckets.len();
                    self.buckets[bucket].push(to);
                    n_open += 1;
                }
            }
        }
    }

    /// The links from `first` over the tree of the last run to the node `end`, then `last`.
    fn route(&self, network: &Network, (first, last): (LinkId, LinkId), end: NodeId) -> Vec<LinkId> {
        let mut route = vec![last];
        let mut node = end;
        while self.last[node.index()].is_some() {
            let link = self.last[node.index()];
            route.push(link);
            node = network.link(link).from;
        }
        route.push(first);
        route.reverse();
        route
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_has_the_promised_shape_and_repeats() {
        let network = network(100).unwrap();
        assert_eq!((network.nodes.len(), network.links.len()), (10_000, 39_600));
        let (_, legs, routes) = scenario(12, 300, 5).unwrap();
        assert_eq!((legs.n_persons(), legs.len()), (300, 600));
        assert_eq!(scenario(12, 300, 5).unwrap().2, routes);
        assert_ne!(scenario(12, 300, 6).unwrap().2, routes);
    }
}

//! Static user equilibrium (Wardrop's first principle): no driver finds a shorter path than the used one.
//! It is the field's published yardstick, and the reference for scenarios that have one.
//!
//! Method: path-based gradient projection (Jayakrishnan, Tsai, Prashker & Rajadhyaksha 1994, "A faster
//! path-based algorithm for traffic assignment", TRR 1443), origin-destination pairs one after the other
//! with link times renewed at once (Gauss-Seidel), and several rounds on the known paths between two
//! searches for new ones (as the greedy algorithm of Xie, Nie & Liu 2018 does). One thread, no randomness.

use crate::error::{Error, Result};
use crate::float::pow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Delay functions of the links of a network: `t = t0 (1 + b (v / c)^power)` (Bureau of Public Roads 1964).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bpr {
    /// Factor `b`, by link.
    pub b: Vec<f64>,
    /// Exponent, by link.
    pub power: Vec<f64>,
    /// Nodes below this number are zones that no trip may pass through.
    pub first_thru_node: u32,
}

/// A road of the static model: `t = free · (1 + b · (flow / capacity)^power) + fixed` (BPR 1964).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Road {
    /// Start node, 0-based.
    pub from: u32,
    /// End node, 0-based.
    pub to: u32,
    /// Capacity, in the unit of the trips; positive.
    pub capacity: f64,
    /// Time when empty, any unit.
    pub free: f64,
    /// Factor of the congestion term.
    pub b: f64,
    /// Exponent of the congestion term.
    pub power: f64,
    /// Cost that does not depend on the flow (toll, distance), in the unit of the time; 0 for pure travel time.
    pub fixed: f64,
}

impl Road {
    /// Time at a flow, `fixed` included.
    ///
    /// ```text
    /// free 10, b 0.15, power 4, capacity 1000: 10 when empty, 11.5 at 1000, 34 at 2000
    /// ```
    pub fn time(&self, flow: f64) -> f64 {
        self.free * (1.0 + self.b * power(flow / self.capacity, self.power)) + self.fixed
    }

    /// Derivative of the time by the flow.
    fn slope(&self, flow: f64) -> f64 {
        if self.b == 0.0 || self.power == 0.0 {
            return 0.0;
        }
        let rise = power(flow / self.capacity, self.power - 1.0);
        self.free * self.b * self.power * rise / self.capacity
    }

    /// Integral of the time from zero to a flow.
    fn area(&self, flow: f64) -> f64 {
        let full = power(flow / self.capacity, self.power);
        self.free * flow * (1.0 + self.b * full / (self.power + 1.0)) + self.fixed * flow
    }
}

/// `base^exponent` for flows; the usual whole exponents by multiplication.
fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 4.0 {
        let square = base * base;
        square * square
    } else if exponent == 3.0 {
        base * base * base
    } else {
        pow(base, exponent)
    }
}

/// A network with demand. Nodes are numbered from 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Problem {
    /// Number of nodes.
    pub n_nodes: usize,
    /// Nodes below this number are zones that no trip may pass through (TNTP `FIRST THRU NODE` − 1).
    pub first_thru_node: u32,
    /// The roads, each with its cost function.
    pub roads: Vec<Road>,
    /// Trips: origin node, destination node, volume.
    pub trips: Vec<(u32, u32, f64)>,
}

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Relative gap to reach.
    pub gap: f64,
    /// Most searches for new paths.
    pub max_iterations: usize,
}

impl Default for Target {
    fn default() -> Self {
        Self { gap: 1e-6, max_iterations: 500 }
    }
}

/// State after one iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Iteration {
    /// (total time − total time on shortest paths) / total time on shortest paths.
    pub gap: f64,
    /// Beckmann's objective: the sum of the areas under the time curves.
    pub objective: f64,
}

/// Flows at (or near) equilibrium.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Solution {
    /// Flow of each road.
    pub flow: Vec<f64>,
    /// Time of each road at that flow.
    pub time: Vec<f64>,
    /// Paths in use.
    pub n_paths: usize,
    /// One entry a search for new paths; the last belongs to `flow`.
    pub iterations: Vec<Iteration>,
}

impl Solution {
    /// The relative gap of `flow`; infinite when nothing was computed.
    pub fn gap(&self) -> f64 {
        self.iterations.last().map_or(f64::INFINITY, |last| last.gap)
    }
}

/// Rounds over the known paths between two searches for new ones.
const ROUNDS: usize = 8;

/// Finds the user equilibrium. Trips within a node are left out.
///
/// In order: the first iteration puts all trips on shortest paths, origin after origin, each seeing the flows of
/// those before. Every further iteration adds the shortest paths of the present times, measures the gap by them,
/// and, unless that is small enough, moves flow between known paths for eight rounds.
///
/// # Errors
/// [`Error::Check`] for a node out of range, a number that is negative or not finite, or a pair with trips but no path.
pub fn solve(problem: &Problem, target: &Target) -> Result<Solution> {
    check(problem)?;
    let mut state = State::new(problem);
    let mut iterations = Vec::new();
    for iteration in 0..=target.max_iterations {
        let shortest = state.add_shortest_paths(iteration == 0)?;
        let total: f64 = state.flow.iter().zip(&state.time).map(|(flow, time)| flow * time).sum();
        let gap = if shortest > 0.0 { ((total - shortest) / shortest).max(0.0) } else { 0.0 };
        iterations.push(Iteration { gap, objective: state.objective() });
        if (iteration > 0 && gap <= target.gap) || iteration == target.max_iterations {
            break;
        }
        for _ in 0..ROUNDS {
            state.shift();
        }
        state.renew();
    }
    let n_paths = state.paths.iter().map(Vec::len).sum();
    Ok(Solution { flow: state.flow, time: state.time, n_paths, iterations })
}

/// Refuses numbers that are negative or missing, powers between 0 and 1 (infinite slope at zero flow), and
/// nodes that do not exist.
fn check(problem: &Problem) -> Result<()> {
    let known = |node: u32| (node as usize) < problem.n_nodes;
    for (index, road) in problem.roads.iter().enumerate() {
        let legal = road.capacity > 0.0 && road.capacity.is_finite();
        let numbers = [road.free, road.b, road.power, road.fixed];
        if !legal || numbers.iter().any(|n| !(n.is_finite() && *n >= 0.0)) {
            return Err(Error::Check(format!(
                "road {index} has a number that is negative or missing: {road:?}"
            )));
        }
        if road.b > 0.0 && road.power > 0.0 && road.power < 1.0 {
            return Err(Error::Check(format!("road {index}: power {} below 1 is not supported", road.power)));
        }
        if !(known(road.from) && known(road.to)) {
            return Err(Error::Check(format!("road {index} ends at a node that does not exist")));
        }
    }
    for &(from, to, volume) in &problem.trips {
        if !(known(from) && known(to) && volume.is_finite() && volume >= 0.0) {
            return Err(Error::Check(format!("trips {from} -> {to}: volume {volume} or a node is wrong")));
        }
    }
    Ok(())
}

/// A used path of an origin-destination pair.
struct Path {
    roads: Vec<u32>,
    flow: f64,
}

/// Flows, times and used paths of an assignment under way.
struct State<'p> {
    problem: &'p Problem,
    /// Roads that leave each node: `out[first_out[node]..]`.
    first_out: Vec<u32>,
    out: Vec<u32>,
    /// Pairs with trips, by origin.
    pairs: Vec<(u32, u32, f64)>,
    /// Paths of each pair.
    paths: Vec<Vec<Path>>,
    flow: Vec<f64>,
    time: Vec<f64>,
    slope: Vec<f64>,
}

impl<'p> State<'p> {
    /// An empty network: no flow, free times, no paths. Trips inside a node or of no volume are left out.
    fn new(problem: &'p Problem) -> Self {
        let mut first_out = vec![0u32; problem.n_nodes + 1];
        for road in &problem.roads {
            first_out[road.from as usize + 1] += 1;
        }
        for node in 0..problem.n_nodes {
            first_out[node + 1] += first_out[node];
        }
        let mut out: Vec<u32> = (0..problem.roads.len() as u32).collect();
        out.sort_by_key(|&road| problem.roads[road as usize].from);
        let mut pairs: Vec<_> =
            problem.trips.iter().copied().filter(|&(from, to, volume)| from != to && volume > 0.0).collect();
        pairs.sort_by_key(|&(from, to, _)| (from, to));
        let paths = pairs.iter().map(|_| Vec::new()).collect();
        let n_roads = problem.roads.len();
        let mut state = Self {
            problem,
            first_out,
            out,
            pairs,
            paths,
            flow: vec![0.0; n_roads],
            time: vec![0.0; n_roads],
            slope: vec![0.0; n_roads],
        };
        (0..n_roads).for_each(|road| state.set(road, 0.0));
        state
    }

    /// Sets the flow of a road, and time and slope with it: the three are never out of step.
    fn set(&mut self, road: usize, flow: f64) {
        let model = &self.problem.roads[road];
        self.flow[road] = flow;
        self.time[road] = model.time(flow);
        self.slope[road] = model.slope(flow);
    }

    /// Beckmann's objective (Beckmann, McGuire & Winsten 1956): convex, and least at equilibrium.
    fn objective(&self) -> f64 {
        self.problem.roads.iter().zip(&self.flow).map(|(road, &flow)| road.area(flow)).sum()
    }

    /// Adds each pair's shortest path to its known ones; returns the total time if all drove on those. With
    /// `load` the pair's trips are put on it, so that the next pair sees them.
    fn add_shortest_paths(&mut self, load: bool) -> Result<f64> {
        let mut total = 0.0;
        let mut start = 0;
        while start < self.pairs.len() {
            let origin = self.pairs[start].0;
            let end = start + self.pairs[start..].partition_point(|pair| pair.0 == origin);
            let (distance, by) = self.tree(origin);
            for pair in start..end {
                let (_, destination, volume) = self.pairs[pair];
                let Some(roads) = self.path_to(origin, destination, &by) else {
                    return Err(Error::Check(format!("no path from node {origin} to node {destination}")));
                };
                total += volume * distance[destination as usize];
                self.add_path(pair, roads, if load { volume } else { 0.0 });
            }
            start = end;
        }
        Ok(total)
    }

    /// Puts `flow` on a path and keeps the path, if it is new, among those of its pair.
    fn add_path(&mut self, pair: usize, roads: Vec<u32>, flow: f64) {
        if flow > 0.0 {
            for &road in &roads {
                self.set(road as usize, self.flow[road as usize] + flow);
            }
        }
        if !self.paths[pair].iter().any(|path| path.roads == roads) {
            self.paths[pair].push(Path { roads, flow });
        }
    }

    /// Shortest-path tree (Dijkstra): distance of each node and the road it is reached by.
    fn tree(&self, origin: u32) -> (Vec<f64>, Vec<u32>) {
        let mut distance = vec![f64::INFINITY; self.problem.n_nodes];
        let mut by = vec![u32::MAX; self.problem.n_nodes];
        let mut queue = BinaryHeap::new();
        distance[origin as usize] = 0.0;
        // Distances are not negative, so their bits sort as they do.
        queue.push(Reverse((0u64, origin)));
        while let Some(Reverse((bits, node))) = queue.pop() {
            let here = distance[node as usize];
            let zone = node < self.problem.first_thru_node && node != origin;
            if bits != here.to_bits() || zone {
                continue;
            }
            let roads = self.first_out[node as usize] as usize..self.first_out[node as usize + 1] as usize;
            for &road in &self.out[roads] {
                let to = self.problem.roads[road as usize].to as usize;
                let there = here + self.time[road as usize];
                if there < distance[to] {
                    distance[to] = there;
                    by[to] = road;
                    queue.push(Reverse((there.to_bits(), to as u32)));
                }
            }
        }
        (distance, by)
    }

    /// The roads from `origin` to `destination` along a shortest-path tree; `None` when the tree does not
    /// reach it.
    fn path_to(&self, origin: u32, destination: u32, by: &[u32]) -> Option<Vec<u32>> {
        let mut roads = Vec::new();
        let mut node = destination;
        while node != origin {
            let road = by[node as usize];
            roads.push(road);
            node = self.problem.roads.get(road as usize)?.from;
        }
        roads.reverse();
        Some(roads)
    }

    /// One round over all pairs: flow moves from every path to the pair's shortest by a Newton step.
    ///
    /// A path that lost all its flow is forgotten; if it becomes the shortest again, a search finds it.
    fn shift(&mut self) {
        for pair in 0..self.pairs.len() {
            if self.paths[pair].len() < 2 {
                continue;
            }
            let mut paths = std::mem::take(&mut self.paths[pair]);
            self.balance(&mut paths);
            paths.retain(|path| path.flow > 0.0);
            self.paths[pair] = paths;
        }
    }

    /// Index of the shortest of `paths`.
    fn shortest(&self, paths: &[Path]) -> usize {
        let time = |path: &Path| path.roads.iter().map(|&road| self.time[road as usize]).sum::<f64>();
        let times: Vec<f64> = paths.iter().map(time).collect();
        (0..paths.len()).min_by(|&a, &b| times[a].total_cmp(&times[b])).unwrap_or(0)
    }

    /// Moves flow of one pair from each path to the shortest and updates the times at once.
    fn balance(&mut self, paths: &mut [Path]) {
        let best = self.shortest(paths);
        let best_roads = std::mem::take(&mut paths[best].roads);
        let mut gained = 0.0;
        for path in paths.iter_mut().filter(|path| !path.roads.is_empty() && path.flow > 0.0) {
            let moved = self.step(&path.roads, &best_roads, path.flow);
            path.flow -= moved;
            gained += moved;
            for (road, sign) in difference(&path.roads, &best_roads) {
                self.set(road as usize, (self.flow[road as usize] + sign * moved).max(0.0));
            }
        }
        paths[best].flow += gained;
        paths[best].roads = best_roads;
    }

    /// Newton step: excess time over the slope of the difference; at most the path's flow.
    ///
    /// ```text
    /// 20 minutes against 14; roads in which the two differ slow down by 0.03 minutes a vehicle in all:
    /// 6 / 0.03 = 200 vehicles move, or all that the path has
    /// ```
    fn step(&self, roads: &[u32], best_roads: &[u32], flow: f64) -> f64 {
        let (mut excess, mut slope) = (0.0, 0.0);
        for (road, sign) in difference(roads, best_roads) {
            excess -= sign * self.time[road as usize];
            slope += self.slope[road as usize];
        }
        if excess <= 0.0 {
            return 0.0;
        }
        if slope > 0.0 { (excess / slope).min(flow) } else { flow }
    }

    /// Adds the flows up afresh from the paths, so that rounding cannot pile up.
    fn renew(&mut self) {
        let mut flow = vec![0.0; self.flow.len()];
        for path in self.paths.iter().flatten() {
            for &road in &path.roads {
                flow[road as usize] += path.flow;
            }
        }
        for (road, flow) in flow.into_iter().enumerate() {
            self.set(road, flow);
        }
    }
}

/// Roads of only one of two paths: −1 for the first (it loses flow), +1 for the second. Paths are short
/// (tens of roads), so a scan beats a table.
fn difference<'a>(loses: &'a [u32], gains: &'a [u32]) -> impl Iterator<Item = (u32, f64)> + 'a {
    let lost = loses.iter().filter(|road| !gains.contains(road)).map(|&road| (road, -1.0));
    lost.chain(gains.iter().filter(|road| !loses.contains(road)).map(|&road| (road, 1.0)))
}

#[cfg(test)]
mod tests;

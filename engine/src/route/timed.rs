//! Exact time-dependent shortest paths: each link at the time it is entered.
//!
//! A* whose estimate of the rest is the exact distance on the fastest times of the day, read from the
//! hierarchy (CCH potentials: Strasser & Zeitz 2021, "A fast and tight heuristic for A* in road
//! networks"). Batches take the fastest times of the hour after departure instead, which in a jam are far
//! nearer to the truth; who is still on the way then is searched again on those of the day. Times obey FIFO
//! ([`LinkTimes::time_at`]), so the first arrival at a vertex is the best.
//! With tolls the least generalised cost is searched and each vertex keeps the clock of its cheapest way,
//! which is exact only as far as paying less never means arriving too late for a lower toll.
//!
//! A query in order: (1) from the start vertices of the destination link walk up the hierarchy and note the
//! distance straight down to them; (2) A* from the end of the origin link, where the estimate of a vertex is
//! computed when the search first meets it, along its chain of ancestors; (3) at each start vertex of the
//! destination add the cost of the destination link itself at that time; (4) stop when no open vertex can beat the
//! best end found. Begin reading at [`Timed::search`].
//!
//! What must hold: no estimate exceeds the true rest. Weights are therefore rounded down, and where an estimate
//! holds only for a window of the day, an answer that leaves the window is thrown away.

use super::batch::{Batch, Piece, answer, gather};
use super::customize::{self, Buffers, LANES, Metric};
use super::hierarchy::NONE;
use super::time::UNIT_S;
use super::{LinkTimes, Query, Router};
use crate::error::Result;
use crate::id::LinkId;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

/// Bins from that of departure on whose fastest times guide a batch.
const WINDOW_BINS: usize = 5;
/// A day and a night in one link, milliseconds, as in [`LinkTimes::weight_ms`].
const MOST_MS: f64 = 86_400_000.0;

/// Searches on the times of one day.
pub struct Timed<'a> {
    router: &'a Router<'a>,
    times: &'a LinkTimes,
    /// The fastest time of each link, in the hierarchy.
    fastest: Metric,
    /// Arcs that leave each vertex: `arcs[first[vertex]..]` holds (head, link).
    first: Vec<u32>,
    arcs: Vec<(u32, LinkId)>,
}

/// Memory of a time-dependent search: 48 bytes a vertex.
#[derive(Debug, Default)]
pub struct TimedScratch {
    stamp: u32,
    labels: Vec<Label>,
    /// Query and distance (milliseconds) of the walk up from the targets.
    down: Vec<(u32, u32)>,
    /// Ancestors whose estimate is still to be computed, lowest first.
    chain: Vec<u32>,
    /// Vertices at which the destination link can be entered.
    targets: Vec<u32>,
    /// Open vertices by cost + estimate, seconds, as the bits of an `f64`: for numbers that are not negative the
    /// bits order as the numbers do, and unlike `f64` they have a total order.
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

/// What a search knows of a vertex. Values of an older query are told by its number, so nothing is cleared
/// between queries.
#[derive(Debug, Clone, Copy)]
struct Label {
    /// The query that wrote cost and clock.
    reached: u32,
    /// The query that wrote `rest_ms`.
    estimated: u32,
    /// Least possible cost to the target, milliseconds; `u32::MAX` when it cannot be reached.
    rest_ms: u32,
    /// Vertex before.
    before: u32,
    /// Link driven from there.
    by: LinkId,
    /// Cost so far, seconds.
    cost_s: f64,
    /// Clock, seconds.
    clock_s: f64,
}

/// A vertex that no query has reached.
const UNSEEN: Label = Label {
    reached: 0,
    estimated: 0,
    rest_ms: u32::MAX,
    before: NONE,
    by: LinkId::NONE,
    cost_s: f64::INFINITY,
    clock_s: 0.0,
};

impl<'a> Timed<'a> {
    /// Prepares searches on `times`: one customization on the fastest time of each link.
    pub fn new(router: &'a Router<'a>, times: &'a LinkTimes) -> Self {
        let hierarchy = &router.hierarchy;
        let fastest = fastest_ms(times, 0..times.n_bins);
        let mut metrics = customize::customize(hierarchy, vec![fastest], &mut Buffers::default());
        let mut arcs: Vec<(u32, u32, LinkId)> = hierarchy
            .inputs
            .iter()
            .map(|input| {
                let (low, high) = (hierarchy.tail[input.arc as usize], hierarchy.head[input.arc as usize]);
                let (tail, head) = if input.upward { (low, high) } else { (high, low) };
                (tail, head, LinkId(input.link))
            })
            .collect();
        arcs.sort_unstable();
        let mut first = vec![0u32; hierarchy.n_vertices() + 1];
        for arc in &arcs {
            first[arc.0 as usize + 1] += 1;
        }
        for vertex in 0..hierarchy.n_vertices() {
            first[vertex + 1] += first[vertex];
        }
        let arcs = arcs.into_iter().map(|(_, head, link)| (head, link)).collect();
        Self { router, times, fastest: metrics.remove(0), first, arcs }
    }

    /// Least generalised cost (time + tolls) of a query, seconds, and the route if `out` is given.
    /// `None` when the destination cannot be reached.
    pub fn search(
        &self,
        query: &Query,
        scratch: &mut TimedScratch,
        out: Option<&mut Vec<LinkId>>,
    ) -> Option<f64> {
        self.search_by(&self.fastest, query, scratch, out)
    }

    /// The same with the estimates of `bounds`: exact when those hold until the vehicle arrives.
    fn search_by(
        &self,
        bounds: &Metric,
        query: &Query,
        scratch: &mut TimedScratch,
        out: Option<&mut Vec<LinkId>>,
    ) -> Option<f64> {
        if query.from == query.to {
            out.into_iter().for_each(|out| out.push(query.from));
            return Some(0.0);
        }
        let hierarchy = &self.router.hierarchy;
        let source = hierarchy.end_of[query.from.index()];
        if source == NONE || hierarchy.end_of[query.to.index()] == NONE {
            return None;
        }
        scratch.labels.resize(hierarchy.n_vertices(), UNSEEN);
        scratch.down.resize(hierarchy.n_vertices(), (0, 0));
        // All that older queries wrote is void from here on.
        scratch.stamp += 1;
        scratch.queue.clear();
        scratch.targets.clear();
        hierarchy.starts_of(self.router.network(), query.to, &mut scratch.targets);
        self.estimate_from_targets(bounds, scratch);
        let (end, cost_s) = self.explore(bounds, source, query, scratch)?;
        if let Some(out) = out {
            let start = out.len();
            out.push(query.to);
            let mut vertex = end;
            while vertex != source {
                let label = &scratch.labels[vertex as usize];
                out.push(label.by);
                vertex = label.before;
            }
            out.push(query.from);
            out[start..].reverse();
        }
        Some(cost_s)
    }

    /// Routes of all queries, in their order, in parallel; the result does not depend on the threads.
    /// A query without a way gets an empty route: see [`Batch::stranded`] and [`Router::check`].
    ///
    /// # Errors
    /// When the routes together have more links than an index can tell.
    pub fn routes(&self, queries: &[Query]) -> Result<Batch> {
        let mut by_bin: Vec<Vec<u32>> = vec![Vec::new(); self.times.n_bins];
        for (at, query) in queries.iter().enumerate() {
            by_bin[self.times.bin(query.depart_s)].push(at as u32);
        }
        let used: Vec<usize> = (0..by_bin.len()).filter(|&bin| !by_bin[bin].is_empty()).collect();
        let groups: Vec<Vec<(Vec<u32>, Vec<Piece>)>> = used
            .par_chunks(LANES)
            .map_init(Buffers::default, |buffers, bins| {
                let weights = bins.iter().map(|&bin| fastest_ms(self.times, self.window(bin))).collect();
                let bounds = customize::customize(&self.router.hierarchy, weights, buffers);
                bins.iter()
                    .zip(&bounds)
                    .map(|(&bin, bounds)| self.of_bin(bin, bounds, queries, &by_bin[bin]))
                    .collect()
            })
            .collect();
        gather(queries.len(), &groups.into_iter().flatten().collect::<Vec<_>>())
    }

    /// Bins whose times a vehicle can meet that departs in `bin` and arrives before the middle of the last of
    /// them: times are read between the middles of two bins.
    fn window(&self, bin: usize) -> Range<usize> {
        bin.saturating_sub(1)..(bin + WINDOW_BINS).min(self.times.n_bins)
    }

    /// Answers the queries `asked`, which depart in `bin`, with the fastest times of its window as `bounds`.
    fn of_bin(
        &self,
        bin: usize,
        bounds: &Metric,
        queries: &[Query],
        asked: &[u32],
    ) -> (Vec<u32>, Vec<Piece>) {
        let end = self.window(bin).end;
        let until_s = match end == self.times.n_bins {
            true => f64::INFINITY,
            false => (end as f64 - 0.5) * f64::from(self.times.bin_s),
        };
        let source = |at: u32| self.router.hierarchy.end_of[queries[at as usize].from.index()];
        let mut order = asked.to_vec();
        order.sort_unstable_by_key(|&at| (source(at), at));
        let pieces = answer(queries, &order, |scratch, query, out| {
            let start = out.len();
            // No way costs less than it takes time: if one is paid for by then, the best one has arrived.
            let in_time = |cost_s: &f64| f64::from(query.depart_s) + cost_s <= until_s;
            let cost_s = self.search_by(bounds, query, scratch, Some(out)).filter(in_time).or_else(|| {
                out.truncate(start);
                self.search(query, scratch, Some(out))
            })?;
            Some((cost_s / UNIT_S).round().min(f64::from(u32::MAX - 1)) as u32)
        });
        (order, pieces)
    }

    /// Best way to any target and over the last link: the target vertex and the cost.
    ///
    /// A vertex is queued again each time it becomes cheaper; entries that no longer match its label are skipped.
    /// The search goes on after the first end is found: the key does not know the cost of the destination link, so
    /// only a key above the best total proves that nothing better is to come.
    fn explore(
        &self,
        bounds: &Metric,
        source: u32,
        query: &Query,
        scratch: &mut TimedScratch,
    ) -> Option<(u32, f64)> {
        let start = self.estimate(bounds, source, scratch)?;
        let stamp = scratch.stamp;
        let label = &mut scratch.labels[source as usize];
        (label.reached, label.cost_s, label.clock_s) = (stamp, 0.0, f64::from(query.depart_s));
        scratch.queue.push(Reverse((start.to_bits(), source)));
        let (mut best_s, mut end) = (f64::INFINITY, NONE);
        while let Some(Reverse((bits, vertex))) = scratch.queue.pop() {
            // The key is cost + estimate, a lower bound of any way through here up to the last link.
            if f64::from_bits(bits) >= best_s {
                break;
            }
            let label = scratch.labels[vertex as usize];
            if bits != (label.cost_s + f64::from(label.rest_ms) * UNIT_S).to_bits() {
                continue;
            }
            if scratch.targets.contains(&vertex) {
                let last_s = self.times.time_at(query.to, label.clock_s)
                    + self.times.extra_at(query.to, label.clock_s);
                if label.cost_s + last_s < best_s {
                    (best_s, end) = (label.cost_s + last_s, vertex);
                }
            }
            self.relax(bounds, vertex, &label, scratch);
        }
        (end != NONE).then_some((end, best_s))
    }

    /// Tries all links that leave a vertex, each at the time at which it would be entered, and queues ends
    /// that became cheaper by cost so far plus the least possible rest.
    ///
    /// The clock advances by time alone, the cost by time and toll: a toll does not make anybody late.
    fn relax(&self, bounds: &Metric, vertex: u32, label: &Label, scratch: &mut TimedScratch) {
        let arcs = self.first[vertex as usize] as usize..self.first[vertex as usize + 1] as usize;
        for &(head, link) in &self.arcs[arcs] {
            let time_s = self.times.time_at(link, label.clock_s);
            let cost_s = label.cost_s + time_s + self.times.extra_at(link, label.clock_s);
            let Some(rest_s) = self.estimate(bounds, head, scratch) else { continue };
            let stamp = scratch.stamp;
            let next = &mut scratch.labels[head as usize];
            if cost_s.is_finite() && (next.reached != stamp || cost_s < next.cost_s) {
                (next.reached, next.before, next.by) = (stamp, vertex, link);
                (next.cost_s, next.clock_s) = (cost_s, label.clock_s + time_s);
                scratch.queue.push(Reverse(((cost_s + rest_s).to_bits(), head)));
            }
        }
    }

    /// Walks up from the targets, lowest vertex first: afterwards `down_ms` of their ancestors holds the
    /// shortest way straight down.
    ///
    /// Every arc of the hierarchy leads from a lower to a higher vertex, so taking the lowest of all walks first
    /// sees each vertex after all from which it can be improved. Walks that meet go on as one.
    fn estimate_from_targets(&self, bounds: &Metric, scratch: &mut TimedScratch) {
        let stamp = scratch.stamp;
        for &target in &scratch.targets {
            scratch.down[target as usize] = (stamp, 0);
        }
        let mut walks = scratch.targets.clone();
        while let Some(vertex) = walks.iter().copied().filter(|&vertex| vertex != NONE).min() {
            if let (at, ms) = scratch.down[vertex as usize]
                && at == stamp
            {
                let half = &bounds.down;
                let arcs = half.first[vertex as usize] as usize..half.first[vertex as usize + 1] as usize;
                for &(head, more_ms) in &half.arcs[arcs] {
                    let down = &mut scratch.down[head as usize];
                    if down.0 != stamp || ms + more_ms < down.1 {
                        *down = (stamp, ms + more_ms);
                    }
                }
            }
            let parent = self.router.hierarchy.parent[vertex as usize];
            walks.iter_mut().filter(|walk| **walk == vertex).for_each(|walk| *walk = parent);
        }
    }

    /// Least possible cost from a vertex to the targets, seconds: the way straight down, or up an arc and on
    /// from there. Filled for all ancestors that the query has not met yet, highest first.
    ///
    /// Ancestors come first because the way up from a vertex ends at ancestors only. Estimates are kept in the
    /// labels for the rest of the query.
    fn estimate(&self, bounds: &Metric, vertex: u32, scratch: &mut TimedScratch) -> Option<f64> {
        let stamp = scratch.stamp;
        let mut above = vertex;
        while above != NONE && scratch.labels[above as usize].estimated != stamp {
            scratch.chain.push(above);
            above = self.router.hierarchy.parent[above as usize];
        }
        let half = &bounds.up;
        while let Some(vertex) = scratch.chain.pop() {
            let (at, ms) = scratch.down[vertex as usize];
            let mut rest_ms = if at == stamp { ms } else { u32::MAX };
            let arcs = half.first[vertex as usize] as usize..half.first[vertex as usize + 1] as usize;
            for &(head, ms) in &half.arcs[arcs] {
                rest_ms = rest_ms.min(scratch.labels[head as usize].rest_ms.saturating_add(ms));
            }
            let label = &mut scratch.labels[vertex as usize];
            (label.estimated, label.rest_ms) = (stamp, rest_ms);
        }
        let rest_ms = scratch.labels[vertex as usize].rest_ms;
        (rest_ms != u32::MAX).then(|| f64::from(rest_ms) * UNIT_S)
    }
}

/// A lower bound of the cost of each link over some bins, milliseconds, rounded down; `u32::MAX` when it is
/// closed in all of them. Least time and least toll may come from two bins: between their middles times mix.
///
/// A millisecond is taken off before rounding, so that the rounding of an `f32` sum cannot make it too large; no
/// link gets less than one.
fn fastest_ms(times: &LinkTimes, bins: Range<usize>) -> Vec<u32> {
    let mut least_s = vec![f32::INFINITY; times.n_links];
    let rows = &times.time_s[bins.start * times.n_links..bins.end * times.n_links];
    for row in rows.chunks_exact(times.n_links) {
        least_s.iter_mut().zip(row).for_each(|(least_s, time_s)| *least_s = least_s.min(*time_s));
    }
    let ms = |(link, time_s): (usize, f32)| {
        let cost_s = time_s + times.least_extra_s(link, bins.start, bins.end);
        match cost_s.is_finite() {
            true => (f64::from(cost_s) / UNIT_S - 1.0).clamp(1.0, MOST_MS) as u32,
            false => u32::MAX,
        }
    };
    least_s.into_iter().enumerate().map(ms).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Purpose, draw};
    use crate::id::LegId;
    use crate::mode::Mode;
    use crate::network::Network;
    use crate::route::router::tests::{grid, random_network};
    use proptest::prelude::*;

    /// Slow and obvious: relax all links until nothing changes (FIFO makes the order irrelevant).
    fn oracle(network: &Network, times: &LinkTimes, query: &Query) -> Option<f64> {
        let mut arrive_s = vec![f64::INFINITY; network.links.len()];
        arrive_s[query.from.index()] = f64::from(query.depart_s);
        loop {
            let mut changed = false;
            for from in network.link_ids().filter(|id| *id != query.to || query.from == query.to) {
                for &to in network.out_links(network.link(from).to) {
                    let clock_s = arrive_s[from.index()];
                    let there_s =
                        clock_s + if clock_s.is_finite() { times.time_at(to, clock_s) } else { 0.0 };
                    let open = network.link(to).modes.has(Mode::Car) && network.may_turn(from, to);
                    if open && there_s < arrive_s[to.index()] {
                        arrive_s[to.index()] = there_s;
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        let found_s = arrive_s[query.to.index()] - f64::from(query.depart_s);
        found_s.is_finite().then_some(found_s)
    }

    fn rush_hour(network: &Network, seed: u64) -> LinkTimes {
        let mut times = LinkTimes::free_flow(network, 60, 30);
        for (at, time_s) in times.time_s.iter_mut().enumerate() {
            *time_s *= 1.0 + 8.0 * draw(seed, Purpose::Test, at as u64, 2).uniform() as f32;
        }
        times.keep_order();
        times
    }

    #[test]
    fn costs_are_those_of_exhaustive_relaxation() {
        let mut network = grid(7);
        network.banned_turns = network
            .link_ids()
            .flat_map(|a| network.out_links(network.link(a).to).iter().map(move |&b| (a, b)))
            .filter(|(a, b)| (a.0 * 5 + b.0 * 11) % 7 < 2)
            .collect();
        network.banned_turns.sort_unstable();
        let times = rush_hour(&network, 4);
        let router = Router::new(&network, Mode::Car).unwrap();
        let timed = Timed::new(&router, &times);
        let mut scratch = TimedScratch::default();
        let n_links = network.links.len() as u32;
        let mut n_better = 0;
        let mut asked = Vec::new();
        for trial in 0..150 {
            let mut stream = draw(6, Purpose::Test, trial, 3);
            let (from, to) = (LinkId(stream.below(n_links)), LinkId(stream.below(n_links)));
            let query = Query { from, to, depart_s: stream.below(1_500) };
            let mut route = Vec::new();
            let found = timed.search(&query, &mut scratch, Some(&mut route));
            if from == to {
                assert_eq!(found, Some(0.0));
                continue;
            }
            let want = oracle(&network, &times, &query);
            assert_eq!(found.is_some(), want.is_some());
            let (Some(found), Some(want)) = (found, want) else { continue };
            assert!((found - want).abs() < 1e-6, "{query:?}: {found} instead of {want}");
            assert!((times.route_cost_s(&route, query.depart_s).1 - found).abs() < 1e-6);
            assert!(route.windows(2).all(|pair| network.may_turn(pair[0], pair[1])));
            let batch = router.find(&times, &[query]).unwrap();
            let frozen_s = times.route_cost_s(&batch.routes.links, query.depart_s).1;
            assert!(frozen_s >= found - 1e-6);
            asked.push((query, route));
            n_better += u32::from(frozen_s > found + 1.0);
        }
        assert!(n_better > 10, "the test is too easy: {n_better}");
        let queries: Vec<Query> = asked.iter().map(|(query, _)| *query).collect();
        for threads in [1, 2, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let routes = pool.install(|| timed.routes(&queries)).unwrap().routes;
            let same = |(at, (_, route)): (usize, &(Query, Vec<LinkId>))| routes.of(LegId::new(at)) == route;
            assert!(asked.iter().enumerate().all(same));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn bans_of_random_networks_are_honoured(seed in 0u64..1 << 40, n_nodes in 2usize..16, bans in 0usize..3) {
            let network = random_network(seed, n_nodes, 4 * n_nodes, bans * n_nodes);
            let times = rush_hour(&network, seed);
            let Ok(router) = Router::new(&network, Mode::Car) else { return Ok(()) };
            let timed = Timed::new(&router, &times);
            let mut scratch = TimedScratch::default();
            let n_links = network.links.len() as u32;
            let open = |id: LinkId| network.link(id).modes.has(Mode::Car);
            for trial in 0..20 {
                let mut stream = draw(seed, Purpose::Test, trial, 4);
                let (from, to) = (LinkId(stream.below(n_links)), LinkId(stream.below(n_links)));
                let query = Query { from, to, depart_s: stream.below(1_500) };
                if from == to || !open(from) || !open(to) {
                    continue;
                }
                let mut route = Vec::new();
                let found = timed.search(&query, &mut scratch, Some(&mut route));
                let want = oracle(&network, &times, &query);
                prop_assert_eq!(found.is_some(), want.is_some(), "{:?}", query);
                let (Some(found), Some(want)) = (found, want) else { continue };
                prop_assert!((found - want).abs() < 1e-6, "{:?}: {} instead of {}", query, found, want);
                prop_assert!(route.windows(2).all(|pair| network.may_turn(pair[0], pair[1])));
            }
        }
    }
}

//! Routing: paths per CPU second, customization, and Dijkstra beside them.
//!
//! It answers how many routes can be found in a second of one core, in a whole batch at different times of the day
//! as a run asks for them, and how long it takes to prepare the hierarchy for new travel times, which happens after
//! every simulated day. Dijkstra is the oracle too: where costs differ, there is no figure but an error.

use super::clock::{best_of, timed};
use engine::draw::{Purpose, draw};
use engine::id::LinkId;
use engine::mode::Mode;
use engine::network::Network;
use engine::route::{Batch, LinkTimes, Query, Router};
use engine::{Error, Result};
use petgraph::visit::EdgeRef;
use serde::Serialize;

/// Bins of the day: a quarter of an hour each.
const N_BINS: usize = 96;
/// Queries of the batch.
pub const N_QUERIES: usize = 100_000;
/// Queries that Dijkstra answers too.
const N_CHECKED: usize = 300;

/// Routing on one network, on one thread.
#[derive(Debug, Clone, Serialize)]
pub struct Routing {
    /// Links of the network.
    pub links: usize,
    /// Full paths of the hierarchy per CPU second: between the ends of the scenario's trips or random ones, each at
    /// its own time of the day, on 96 different bins.
    pub paths_per_cpu_s: f64,
    /// Mean number of links of a path.
    pub links_per_path: f64,
    /// Costs of plain Dijkstra (petgraph, stops at the target) per CPU second on some of the queries.
    pub dijkstra_paths_per_cpu_s: f64,
    /// The ratio of the two.
    pub hierarchy_over_dijkstra: f64,
    /// CPU seconds to build the hierarchy (once a network).
    pub build_cpu_s: f64,
    /// CPU seconds to customize 96 bins of different times.
    pub customize_96_bins_cpu_s: f64,
}

/// Measures routing on a network on one thread, customization and paths best of `repeats`; fails when the
/// hierarchy's cost is not Dijkstra's.
///
/// # Errors
/// [`Error::Check`] when the hierarchy finds another cost than Dijkstra.
pub fn routing(network: &Network, queries: &[Query], repeats: usize) -> Result<Routing> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(|e| Error::Other(format!("threads: {e}")))?;
    pool.install(|| {
        let (router, build_s) = timed(|| Router::new(network, Mode::Car))?;
        let times = day_of_times(network);
        let (metrics, customize_s) = best_of(repeats, || timed(|| Ok(router.customize(&times))))?;
        let (batch, batch_s) = best_of(repeats, || timed(|| router.routes(&metrics, queries)))?;
        router.check(&batch, queries)?;
        let few = &queries[..queries.len().min(N_CHECKED)];
        let (costs_ms, dijkstra_s) =
            timed(|| Ok(few.iter().map(|query| dijkstra_ms(network, &times, query)).collect::<Vec<_>>()))?;
        compare(network, &costs_ms, &batch)?;
        let rate = |n: usize, cpu_s: f64| n as f64 / cpu_s;
        let (paths, dijkstra) = (rate(queries.len(), batch_s), rate(few.len(), dijkstra_s));
        Ok(Routing {
            links: network.links.len(),
            paths_per_cpu_s: paths,
            links_per_path: batch.routes.links.len() as f64 / queries.len() as f64,
            dijkstra_paths_per_cpu_s: dijkstra,
            hierarchy_over_dijkstra: paths / dijkstra,
            build_cpu_s: build_s,
            customize_96_bins_cpu_s: customize_s,
        })
    })
}

/// Times that differ in every bin and have two rush hours: no two bins share a metric.
fn day_of_times(network: &Network) -> LinkTimes {
    let mut times = LinkTimes::free_flow(network, (86_400 / N_BINS) as u32, N_BINS);
    for (at, time_s) in times.time_s.iter_mut().enumerate() {
        let (bin, link) = (at / times.n_links, at % times.n_links);
        let hour = 24.0 * bin as f64 / N_BINS as f64;
        let rush: f64 = [8.0, 17.0].iter().map(|top| (1.0 - (hour - top).abs() / 3.0).max(0.0)).sum();
        let noise = draw(1, Purpose::Generator, at as u64, 0).uniform();
        let jam = draw(1, Purpose::Generator, link as u64, 1).uniform();
        *time_s *= (1.0 + 2.0 * jam * rush + 0.05 * noise) as f32;
    }
    times
}

/// Queries between random links at random times of the day.
pub fn random_queries(network: &Network) -> Vec<Query> {
    let n_links = network.links.len() as u32;
    let query = |index| {
        let mut stream = draw(2, Purpose::Generator, index, 0);
        let (from, to) = (LinkId(stream.below(n_links)), LinkId(stream.below(n_links)));
        Query { from, to, depart_s: stream.below(86_400) }
    };
    (0..N_QUERIES as u64).map(query).collect()
}

/// Fails when a path of the hierarchy costs something else than Dijkstra's, by a millisecond or more.
fn compare(network: &Network, costs_ms: &[u64], batch: &Batch) -> Result<()> {
    let differ =
        costs_ms.iter().zip(&batch.cost_ms).filter(|(want, found)| **want != u64::from(**found)).count();
    // Dijkstra over nodes knows no turns.
    if differ == 0 || !network.banned_turns.is_empty() {
        return Ok(());
    }
    Err(Error::Check(format!("{differ} of {} paths of the hierarchy are not the shortest", costs_ms.len())))
}

/// The oracle: petgraph's Dijkstra from the end of one link to the end of another, milliseconds.
fn dijkstra_ms(network: &Network, times: &LinkTimes, query: &Query) -> u64 {
    if query.from == query.to {
        return 0;
    }
    let bin = times.bin(query.depart_s);
    let cost = |link: LinkId| {
        (f64::from(times.time_s[bin * times.n_links + link.index()]) * 1000.0).round().max(1.0) as u64
    };
    let (source, target) = (network.link(query.from).to, network.link(query.to).from);
    let found = petgraph::algo::dijkstra(&network.topology, source, Some(target), |edge| cost(edge.id()));
    found.get(&target).map_or(u64::MAX, |ms| ms + cost(query.to))
}

//! `wayfare bench`: speed and memory on this machine, as ratios against oracles in the same run.

use crate::phase::peak_memory_bytes;
use crate::verbs::Voice;
use engine::draw::{Purpose, draw};
use engine::event::{Log, Nobody, Sink};
use engine::mode::Mode;
use engine::network::Network;
use engine::route::{LinkTimes, Query, Router};
use engine::traffic::{self, Config, grid};
use engine::trip::{Legs, Routes};
use engine::{Error, Result};
use serde::Serialize;

/// Side of the grid, nodes.
const SIDE: usize = 100;

/// Figures of one machine.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// Agents of the grid scenario.
    pub agents: u32,
    /// Moves of a vehicle over a node.
    pub moves: u64,
    /// Moves per CPU second with events hashed (one thread simulates, one takes the events).
    pub moves_per_cpu_s: f64,
    /// The same without events.
    pub moves_per_cpu_s_without_events: f64,
    /// Most memory held after the grid scenario, bytes a person (network, routes and program included).
    pub bytes_per_agent: f64,
    /// Paths of the hierarchy per CPU second, grid, one bin.
    pub paths_per_cpu_s: f64,
    /// Paths of plain Dijkstra (petgraph) per CPU second on the same queries.
    pub dijkstra_paths_per_cpu_s: f64,
    /// The ratio of the two.
    pub hierarchy_over_dijkstra: f64,
    /// CPU seconds to customize 96 bins of different times on the grid.
    pub customize_96_bins_cpu_s: f64,
}

/// CPU seconds this process used so far (user and system, all threads).
fn cpu_s() -> Result<f64> {
    // Fields 14 and 15 of /proc/self/stat, in ticks of 1/100 s (proc(5)); the name before them may hold blanks.
    let text = engine::disk::read_text("/proc/self/stat")?;
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok());
    match (ticks(11), ticks(12)) {
        (Some(user), Some(system)) => Ok((user + system) / 100.0),
        _ => Err(Error::Other("this system does not tell CPU seconds (/proc/self/stat)".into())),
    }
}

/// Runs everything; words go to stderr.
pub fn all(voice: &Voice, agents: u32) -> Result<Table> {
    let say = &voice.say;
    say.line(format!("grid scenario, {SIDE}×{SIDE} nodes, {agents} agents …"));
    let (network, legs, routes) = grid::scenario(SIDE, agents as usize, 1)?;
    let (moves, quiet) = simulate(&network, &legs, &routes, &mut Nobody)?;
    let mut log = Log::hash_only();
    let (_, loud) = simulate(&network, &legs, &routes, &mut log)?;
    log.finish()?;
    let bytes_per_agent = peak_memory_bytes() as f64 / f64::from(agents);
    say.line("routing on the grid …");
    let (paths, dijkstra, customize_s) = routing(&network, &legs)?;
    let table = Table {
        agents,
        moves,
        moves_per_cpu_s: moves as f64 / loud,
        moves_per_cpu_s_without_events: moves as f64 / quiet,
        bytes_per_agent,
        paths_per_cpu_s: paths,
        dijkstra_paths_per_cpu_s: dijkstra,
        hierarchy_over_dijkstra: paths / dijkstra,
        customize_96_bins_cpu_s: customize_s,
    };
    say.line(format!(
        "moves per CPU second        {:>12.0} with events, {:.0} without",
        table.moves_per_cpu_s, table.moves_per_cpu_s_without_events
    ));
    say.line(format!(
        "memory                      {:>12.0} bytes an agent, all included",
        table.bytes_per_agent
    ));
    say.line(format!(
        "paths per CPU second        {:>12.0} ({:.0} times Dijkstra)",
        table.paths_per_cpu_s, table.hierarchy_over_dijkstra
    ));
    say.line(format!("customization of 96 bins    {:>12.2} CPU s", table.customize_96_bins_cpu_s));
    Ok(table)
}

fn simulate(network: &Network, legs: &Legs, routes: &Routes, sink: &mut dyn Sink) -> Result<(u64, f64)> {
    let before = cpu_s()?;
    let outcome = traffic::run(network, legs, routes, &[], &Config::default(), sink)?;
    Ok((outcome.n_moves, (cpu_s()? - before).max(0.01)))
}

/// Paths per CPU second of the hierarchy and of Dijkstra, and CPU seconds to customize 96 bins.
fn routing(network: &Network, legs: &Legs) -> Result<(f64, f64, f64)> {
    let router = Router::new(network, Mode::Car)?;
    let mut times = LinkTimes::free_flow(network, 900, 96);
    for (at, time_s) in times.time_s.iter_mut().enumerate() {
        // Different in every bin, so that no two share a metric.
        *time_s *= 1.0 + 0.2 * draw(1, Purpose::Generator, at as u64, 0).uniform() as f32;
    }
    let before = cpu_s()?;
    let metrics = router.customize(&times);
    let customize_s = cpu_s()? - before;
    let query = |leg: usize| Query { from: legs.from[leg], to: legs.to[leg], depart_s: legs.depart_s[leg] };
    let queries: Vec<Query> = (0..legs.len().min(100_000)).map(query).collect();
    let before = cpu_s()?;
    let batch = router.routes(&metrics, &queries)?;
    let paths = queries.len() as f64 / (cpu_s()? - before).max(0.01);
    let few = &queries[..queries.len().min(300)];
    let before = cpu_s()?;
    let mut same = 0;
    for (query, cost_ms) in few.iter().zip(&batch.cost_ms) {
        same += usize::from(
            dijkstra_ms(network, &times, query).abs_diff(u64::from(*cost_ms)) <= u64::from(few.len() as u32),
        );
    }
    let dijkstra = few.len() as f64 / (cpu_s()? - before).max(0.01);
    if same < few.len() {
        return Err(Error::Check(format!(
            "{} of {} paths of the hierarchy are not the shortest",
            few.len() - same,
            few.len()
        )));
    }
    Ok((paths, dijkstra, customize_s))
}

/// The oracle: petgraph's Dijkstra from the end of one link to the end of another, milliseconds.
fn dijkstra_ms(network: &Network, times: &LinkTimes, query: &Query) -> u64 {
    if query.from == query.to {
        return 0;
    }
    let bin = times.bin(query.depart_s);
    let cost = |link: engine::id::LinkId| {
        (f64::from(times.time_s[bin * times.n_links + link.index()]) * 1000.0).round() as u64
    };
    let (source, target) = (network.link(query.from).to.0.into(), network.link(query.to).from.0.into());
    let found = petgraph::algo::dijkstra(&network.graph, source, Some(target), |edge| cost(*edge.weight()));
    found.get(&target).map_or(u64::MAX, |ms| ms + cost(query.to))
}

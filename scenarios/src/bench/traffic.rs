//! The day on the grid: moves per CPU second, memory an agent, threads, cost as the scenario grows.

use super::bound::Bound;
use super::clock::{best_of, memory_bytes, restart_peak, timed};
use engine::event::{Log, Nobody, Sink};
use engine::network::Network;
use engine::traffic::{self, Config, Outcome, grid};
use engine::trip::{Legs, Routes};
use engine::{Error, Result};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Side of the grid, nodes, for [`USUAL_AGENTS`].
pub const SIDE: usize = 100;
/// Agents of the comparison that other simulators were measured on.
pub const USUAL_AGENTS: u32 = 100_000;

/// Network, legs and routes of a grid scenario.
pub struct Scenario {
    /// The grid.
    pub network: Network,
    /// Two legs an agent: to work and back.
    pub legs: Legs,
    /// Their routes.
    pub routes: Routes,
}

impl Scenario {
    /// A grid of `side` × `side` nodes with `agents` agents.
    pub fn grid(side: usize, agents: u32) -> Result<Self> {
        let (network, legs, routes) = grid::scenario(side, agents as usize, 1)?;
        Ok(Self { network, legs, routes })
    }

    fn day(&self, config: &Config, sink: &mut dyn Sink) -> Result<Outcome> {
        traffic::run(&self.network, &self.legs, &self.routes, &[], config, sink)
    }
}

/// Speed of the day.
#[derive(Debug, Clone, Serialize)]
pub struct Speed {
    /// Moves of a vehicle over a node.
    pub moves: u64,
    /// CPU seconds of the day with events hashed, best of the repetitions.
    pub day_cpu_s: f64,
    /// Moves per CPU second with events hashed.
    pub moves_per_cpu_s: f64,
    /// The same without events.
    pub moves_per_cpu_s_without_events: f64,
    /// Moves per CPU second of the plain queue model ([`super::bound`]) on the same network and routes.
    pub bound_moves_per_cpu_s: f64,
    /// `moves_per_cpu_s` as a share of the bound.
    pub share_of_bound: f64,
    /// Wall-clock time on one thread over that on two; absent while the day knows one thread only.
    pub speedup_2_threads: Option<f64>,
}

/// Measures the day and the bound, each `repeats` times, turn by turn so that a noisy moment hits all.
pub fn speed(scenario: &Scenario, repeats: usize) -> Result<Speed> {
    let config = Config::default();
    let (mut loud_s, mut quiet_s, mut bound_s) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
    let (mut moves, mut bound_moves) = (0, 0);
    for _ in 0..repeats {
        let (outcome, cpu_s) = timed(|| {
            let mut log = Log::hash_only();
            let outcome = scenario.day(&config, &mut log)?;
            log.finish()?;
            Ok(outcome)
        })?;
        (moves, loud_s) = (outcome.n_moves, loud_s.min(cpu_s));
        quiet_s = quiet_s.min(timed(|| scenario.day(&config, &mut Nobody))?.1);
        let bound = Bound::new(&scenario.network, &scenario.legs, &scenario.routes);
        let ((n, _), cpu_s) = timed(|| Ok(bound.run(config.end_s)))?;
        (bound_moves, bound_s) = (n, bound_s.min(cpu_s));
    }
    let (per_s, bound_per_s) = (moves as f64 / loud_s, bound_moves as f64 / bound_s);
    Ok(Speed {
        moves,
        day_cpu_s: loud_s,
        moves_per_cpu_s: per_s,
        moves_per_cpu_s_without_events: moves as f64 / quiet_s,
        bound_moves_per_cpu_s: bound_per_s,
        share_of_bound: per_s / bound_per_s,
        speedup_2_threads: speedup_2_threads(scenario, repeats)?,
    })
}

/// Wall-clock time of the day in one part over that in two, best of `repeats` each.
///
/// The day has no parts yet: `config` is to get `parts`, the number of partitions and threads.
fn speedup_2_threads(scenario: &Scenario, repeats: usize) -> Result<Option<f64>> {
    let config_with = |parts: usize| (parts == 1).then(Config::default);
    let wall_s = |config: &Config| {
        best_of(repeats, || {
            let start = Instant::now();
            scenario.day(config, &mut Nobody)?;
            Ok(((), start.elapsed().as_secs_f64()))
        })
    };
    match (config_with(1), config_with(2)) {
        (Some(one), Some(two)) => Ok(Some(wall_s(&one)?.1 / wall_s(&two)?.1)),
        _ => Ok(None),
    }
}

/// Memory of the day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Memory {
    /// Most memory held during the day (events hashed) beyond what was held before it began (program, network,
    /// legs, routes), bytes an agent.
    pub bytes_per_agent: f64,
    /// The same with the agents' legs and routes: all beyond network and program.
    pub bytes_per_agent_with_routes: f64,
    /// Most memory held in all, bytes.
    pub peak_bytes: u64,
}

/// Runs the day in this process and tells its memory. Only a fresh process gives a figure that
/// means something: see [`memory_in_a_child`].
pub fn memory(agents: u32) -> Result<Memory> {
    let scenario = Scenario::grid(SIDE, agents)?;
    let unknown = || Error::Other("this system does not tell memory (/proc/self/status, clear_refs)".into());
    if !restart_peak() {
        return Err(unknown());
    }
    let before = memory_bytes("VmRSS:").ok_or_else(unknown)?;
    let mut log = Log::hash_only();
    let outcome = scenario.day(&Config::default(), &mut log)?;
    let peak = memory_bytes("VmHWM:").ok_or_else(unknown)?;
    drop((outcome, log.finish()?));
    let own = peak.saturating_sub(before);
    Ok(Memory {
        bytes_per_agent: own as f64 / f64::from(agents),
        bytes_per_agent_with_routes: (own + trip_bytes(&scenario)) as f64 / f64::from(agents),
        peak_bytes: peak,
    })
}

/// Bytes of legs and routes.
fn trip_bytes(scenario: &Scenario) -> u64 {
    let (legs, routes) = (&scenario.legs, &scenario.routes);
    let columns = legs.mode.len() + 4 * (legs.first.len() + 5 * legs.len());
    (columns + 4 * (routes.first.len() + routes.links.len())) as u64
}

/// [`memory`] in a process of its own, whose allocator gives large blocks back and keeps small ones apart: there
/// the day can neither hide in memory that the set-up left free nor be charged with it.
pub fn memory_in_a_child(agents: u32) -> Result<Memory> {
    let fail = |what: String| Error::Other(format!("memory of the day: {what}"));
    let program = std::env::current_exe().map_err(|e| fail(e.to_string()))?;
    let output = std::process::Command::new(program)
        .args([
            "--json",
            "--quiet",
            "--threads",
            "1",
            "bench",
            "--memory-only",
            "--agents",
            &agents.to_string(),
        ])
        // glibc: a fixed threshold, else freed blocks raise it and the heap keeps them (mallopt(3)).
        .env("MALLOC_MMAP_THRESHOLD_", "65536")
        .output()
        .map_err(|e| fail(e.to_string()))?;
    if !output.status.success() {
        return Err(fail(String::from_utf8_lossy(&output.stderr).trim().to_string()));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| fail(e.to_string()))
}

/// A scenario of one size.
#[derive(Debug, Clone, Serialize)]
pub struct Size {
    /// Agents.
    pub agents: u32,
    /// Links of the grid, which grows with the agents.
    pub links: usize,
    /// Moves.
    pub moves: u64,
    /// CPU nanoseconds a move, events hashed.
    pub ns_per_move: f64,
}

/// How the cost of a move grows from 10,000 to a million agents.
#[derive(Debug, Clone, Serialize)]
pub struct Scale {
    /// By size.
    pub sizes: Vec<Size>,
    /// Dearest over cheapest.
    pub ratio: f64,
}

/// Cost of a move at 10 k, 100 k and 1 M agents. The grid grows with them, so that streets are as busy in all.
pub fn scale(repeats: usize, mut tell: impl FnMut(&Size)) -> Result<Scale> {
    let mut sizes = Vec::new();
    for (agents, side) in [(10_000, 32), (USUAL_AGENTS, SIDE), (1_000_000, 316)] {
        let scenario = Scenario::grid(side, agents)?;
        let (moves, cpu_s) = best_of(repeats, || {
            timed(|| {
                let mut log = Log::hash_only();
                let outcome = scenario.day(&Config::default(), &mut log)?;
                log.finish()?;
                Ok(outcome.n_moves)
            })
        })?;
        let ns_per_move = 1e9 * cpu_s / moves as f64;
        sizes.push(Size { agents, links: scenario.network.links.len(), moves, ns_per_move });
        sizes.last().into_iter().for_each(&mut tell);
    }
    let costs = sizes.iter().map(|size| size.ns_per_move);
    let (least, most) = costs.fold((f64::INFINITY, 0.0f64), |(l, m), ns| (l.min(ns), m.max(ns)));
    Ok(Scale { sizes, ratio: most / least })
}

//! The day on the grid: moves per CPU second, memory an agent, threads, cost as the scenario grows.

use super::bound::Bound;
use super::clock::{best_of, memory_bytes, restart_peak, timed};
use engine::event::Log;
use engine::id::LinkId;
use engine::network::Network;
use engine::projection::Crs;
use engine::traffic::{self, Config, Outcome};
use engine::traffic::{Nobody, Sink};
use engine::trip::{Legs, Routes};
use engine::twin::grid;
use engine::{Error, Result};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Side of the grid, nodes, for [`USUAL_AGENTS`].
pub const SIDE: usize = 100;
/// Agents of the comparison that other simulators were measured on.
pub const USUAL_AGENTS: u32 = 100_000;
/// Side of a town of [`scale`], nodes.
const TOWN_SIDE: usize = 32;
/// Agents of a town: streets are about as busy as in the comparison.
const TOWN_AGENTS: u32 = 10_000;

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
    ///
    /// # Errors
    /// None for `side` ≥ 2: a single node has no link.
    pub fn grid(side: usize, agents: u32) -> Result<Self> {
        let (network, legs, routes) = grid::scenario(side, agents as usize, 1)?;
        Ok(Self { network, legs, routes })
    }

    /// `n` towns side by side that no road joins, each a grid of [`TOWN_SIDE`] nodes with [`TOWN_AGENTS`] agents of
    /// their own: the work is `n` times that of one town, so a cost that differs is the model's.
    fn towns(n: u32) -> Result<Self> {
        let (mut nodes, mut links) = (Vec::new(), Vec::new());
        let (mut legs, mut routes) = (Legs::default(), Routes::default());
        for town in 0..n {
            let (network, mut own_legs, own_routes) =
                grid::scenario(TOWN_SIDE, TOWN_AGENTS as usize, 1 + u64::from(town))?;
            let (first_node, first_link) = (nodes.len() as u32, links.len() as u32);
            let (first_leg, first_step) = (legs.mode.len() as u32, routes.links.len() as u32);
            nodes.extend(network.nodes);
            for mut link in network.links {
                link.name = links.len().to_string();
                (link.from.0, link.to.0) = (link.from.0 + first_node, link.to.0 + first_node);
                links.push(link);
            }
            let moved = |link: &LinkId| LinkId(link.0 + first_link);
            // Rows begin with a 0 of their own.
            legs.first.extend(own_legs.first.iter().skip(usize::from(town > 0)).map(|at| at + first_leg));
            routes
                .first
                .extend(own_routes.first.iter().skip(usize::from(town > 0)).map(|at| at + first_step));
            legs.from.extend(own_legs.from.iter().map(moved));
            legs.to.extend(own_legs.to.iter().map(moved));
            routes.links.extend(own_routes.links.iter().map(moved));
            legs.mode.append(&mut own_legs.mode);
            legs.vehicle.append(&mut own_legs.vehicle);
            legs.depart_s.append(&mut own_legs.depart_s);
            legs.dwell_s.append(&mut own_legs.dwell_s);
            legs.teleport_s.append(&mut own_legs.teleport_s);
        }
        let network = Network::new("towns", Crs::Plane, nodes, links, Vec::new())?;
        Ok(Self { network, legs, routes })
    }

    /// The day, from midnight.
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
    /// Wall-clock time on one thread over that on two.
    pub speedup_2_threads: f64,
}

/// Measures the day and the bound, each `repeats` times, turn by turn so that a noisy moment hits all.
///
/// # Errors
/// What the queue model says of its input.
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
fn speedup_2_threads(scenario: &Scenario, repeats: usize) -> Result<f64> {
    let wall_s = |parts: usize| {
        best_of(repeats, || {
            let start = Instant::now();
            scenario.day(&Config { parts, ..Config::default() }, &mut Nobody)?;
            Ok(((), start.elapsed().as_secs_f64()))
        })
    };
    Ok(wall_s(1)?.1 / wall_s(2)?.1)
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
///
/// # Errors
/// What the queue model says of its input.
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
    let columns = legs.mode.len() + legs.vehicle.len() + 4 * (legs.first.len() + 5 * legs.len());
    (columns + 4 * (routes.first.len() + routes.links.len())) as u64
}

/// [`memory`] in a process of its own, whose allocator gives large blocks back and keeps small ones apart: there
/// the day can neither hide in memory that the set-up left free nor be charged with it.
///
/// # Errors
/// [`Error::Other`] when the child cannot be started, fails, or writes no figure.
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
    /// Links of all towns.
    pub links: usize,
    /// Moves.
    pub moves: u64,
    /// CPU nanoseconds a move, events hashed.
    pub ns_per_move: f64,
    /// The same of the bound ([`Bound`]) on the same network and routes.
    pub bound_ns_per_move: f64,
}

/// How the cost of a move grows from 10,000 to a million agents.
#[derive(Debug, Clone, Serialize)]
pub struct Scale {
    /// By size.
    pub sizes: Vec<Size>,
    /// Dearest over cheapest.
    pub ratio: f64,
    /// The same of the bound: what the memory of this machine makes of a plain model.
    pub bound_ratio: f64,
}

/// Cost of a move at 10 k, 100 k and 1 M agents: 1, 10 and 100 towns of 10 k.
///
/// # Errors
/// What the queue model says of its input.
pub fn scale(repeats: usize, mut tell: impl FnMut(&Size)) -> Result<Scale> {
    let mut sizes = Vec::new();
    for n_towns in [1, 10, 100] {
        let (scenario, agents) = (Scenario::towns(n_towns)?, n_towns * TOWN_AGENTS);
        let (moves, cpu_s) = best_of(repeats, || {
            timed(|| {
                let mut log = Log::hash_only();
                let outcome = scenario.day(&Config::default(), &mut log)?;
                log.finish()?;
                Ok(outcome.n_moves)
            })
        })?;
        let (bound_moves, bound_cpu_s) = best_of(repeats, || {
            let bound = Bound::new(&scenario.network, &scenario.legs, &scenario.routes);
            timed(|| Ok(bound.run(Config::default().end_s).0))
        })?;
        sizes.push(Size {
            agents,
            links: scenario.network.links.len(),
            moves,
            ns_per_move: 1e9 * cpu_s / moves as f64,
            bound_ns_per_move: 1e9 * bound_cpu_s / bound_moves as f64,
        });
        sizes.last().into_iter().for_each(&mut tell);
    }
    let ratio = dearest_over_cheapest(sizes.iter().map(|size| size.ns_per_move));
    let bound_ratio = dearest_over_cheapest(sizes.iter().map(|size| size.bound_ns_per_move));
    Ok(Scale { sizes, ratio, bound_ratio })
}

fn dearest_over_cheapest(costs: impl Iterator<Item = f64>) -> f64 {
    let (least, most) = costs.fold((f64::INFINITY, 0.0f64), |(l, m), ns| (l.min(ns), m.max(ns)));
    most / least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns_do_what_each_town_does_alone() {
        let (network, legs, routes) = grid::scenario(TOWN_SIDE, TOWN_AGENTS as usize, 2).unwrap();
        let alone = Scenario { network, legs, routes };
        let both = Scenario::towns(2).unwrap();
        let config = Config::default();
        let (one, two) = (Scenario::towns(1).unwrap(), both.day(&config, &mut Nobody).unwrap());
        let first = one.day(&config, &mut Nobody).unwrap();
        let second = alone.day(&config, &mut Nobody).unwrap();
        assert_eq!(two.n_moves, (both.routes.links.len() - both.legs.len()) as u64);
        assert_eq!(
            (two.n_moves, two.n_arrived),
            (first.n_moves + second.n_moves, 4 * u64::from(TOWN_AGENTS))
        );
        assert_eq!(both.network.links.len(), 2 * alone.network.links.len());
    }
}

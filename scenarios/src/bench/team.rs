//! The day on the processes that `mpirun` started, and what carrying messages between them costs.
//!
//! The grid and its trips are those of the day on one process, so the figures can be laid beside it. What limits
//! several processes is not the amount of data but that neighbours have to wait for each other in each simulated
//! second: hence the time of messages per simulated second.

use super::traffic::{SIDE, Scenario};
use crate::say::Voice;
use crate::team::{Ledger, Team};
use engine::Result;
use engine::learn::Processes;
use engine::traffic::Nobody;
use engine::traffic::{Config, Ended, Start, World};
use serde::Serialize;
use std::time::Instant;

/// Figures of a day on several processes, from the first of them.
#[derive(Debug, Clone, Serialize)]
struct Table {
    /// Processes, each with one part of the network.
    processes: usize,
    /// Moves of a vehicle over a node, in all parts together.
    moves: u64,
    /// Seconds from midnight to the last arrival: in each of them neighbours exchange messages.
    seconds_of_the_day: u32,
    /// Wall-clock seconds of the day, the shortest of the repetitions.
    wall_s: f64,
    /// Moves per second of wall clock.
    moves_per_wall_s: f64,
    /// Links whose ends lie in two parts: vehicles on them have to be sent.
    links_cut: usize,
    #[serde(flatten)]
    ledger: Ledger,
    /// Microseconds of a simulated second spent sending and waiting.
    exchange_us: f64,
}

/// Measures the grid day on all processes, the best of `repeats` by wall clock. All of them work, the first one speaks.
///
/// # Errors
/// What MPI says.
pub fn run(voice: &Voice, team: &Team, agents: u32, repeats: u32) -> Result<()> {
    let scenario = Scenario::grid(SIDE, agents)?;
    let config = Config { parts: team.size(), ..Config::default() };
    let world = World::new(&scenario.network, &scenario.legs, &scenario.routes, &[], &config)?;
    let mut best: Option<Table> = None;
    for _ in 0..repeats {
        let (start, before) = (Instant::now(), team.ledger());
        let Ended::Day(outcome) = team.day(&world, Start::default(), &mut Nobody)? else { continue };
        let (wall_s, after) = (start.elapsed().as_secs_f64(), team.ledger());
        let last_s = outcome.moved.iter().map(|moved| moved.arrive_s).filter(|&s| s != u32::MAX).max();
        let ledger = Ledger {
            messages: after.messages - before.messages,
            bytes: after.bytes - before.bytes,
            exchange_s: after.exchange_s - before.exchange_s,
        };
        let seconds = last_s.unwrap_or(0) + 1;
        let table = Table {
            processes: team.size(),
            moves: outcome.n_moves,
            seconds_of_the_day: seconds,
            wall_s,
            moves_per_wall_s: outcome.n_moves as f64 / wall_s,
            links_cut: world.layout().n_cut(&scenario.network),
            ledger,
            exchange_us: ledger.exchange_s / f64::from(seconds) * 1e6,
        };
        if best.as_ref().is_none_or(|best| table.wall_s < best.wall_s) {
            best = Some(table);
        }
    }
    let Some(table) = best.filter(|_| team.is_first()) else { return Ok(()) };
    voice.say.line(format!(
        "{} processes: {:.2} s, {:.1} million moves per wall-clock second; {:.1} µs a simulated second for messages ({} links cut)",
        table.processes,
        table.wall_s,
        table.moves_per_wall_s / 1e6,
        table.exchange_us,
        table.links_cut
    ));
    voice.result(&table)
}

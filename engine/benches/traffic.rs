//! Moves per CPU second and peak memory of the queue model on the grid scenario (100×100 nodes,
//! 100,000 agents). Prints one line of JSON. `cargo bench -p engine --bench traffic [-- AGENTS [NODES]]`
#![allow(clippy::print_stdout, clippy::disallowed_methods, missing_docs)]

use engine::event::Log;
use engine::network::Network;
use engine::traffic::check::Check;
use engine::traffic::{self, Config, Outcome};
use engine::traffic::{Nobody, Sink};
use engine::trip::{Legs, Routes};

/// Runs of which the fastest counts; the first run of all, which pays for fresh memory, is told as well.
const REPEATS: usize = 3;

fn main() -> engine::Result<()> {
    let numbers: Vec<usize> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let (n_agents, n) = (*numbers.first().unwrap_or(&100_000), *numbers.get(1).unwrap_or(&100));
    let start = cpu_s();
    let (network, legs, routes) = engine::twin::grid::scenario(n, n_agents, 1)?;
    let build_s = cpu_s() - start;
    let before_mb = memory_mb("VmRSS");
    let (silent, first_s) = day(&network, &legs, &routes, &mut Nobody)?;
    let peak_mb = memory_mb("VmHWM");
    let mut silent_s = first_s;
    for _ in 0..REPEATS {
        silent_s = silent_s.min(day(&network, &legs, &routes, &mut Nobody)?.1);
    }
    let (mut hashed_s, mut summary) = (f64::INFINITY, None);
    for _ in 0..REPEATS {
        let mut hash = Log::hash_only();
        hashed_s = hashed_s.min(day(&network, &legs, &routes, &mut hash)?.1);
        summary = Some(hash.finish()?);
    }
    let config = Config::default();
    let mut nobody = Nobody;
    let mut check = Check::new(&network, legs.n_persons(), &[], &config, &mut nobody);
    let (_, checked_s) = day(&network, &legs, &routes, &mut check)?;
    check.finish()?;
    let path = std::env::temp_dir().join(format!("wayfare-bench-{}.parquet", std::process::id()));
    let start = cpu_s();
    let mut file = Log::to_file(&path)?;
    let (written, _) = day(&network, &legs, &routes, &mut file)?;
    let written_summary = file.finish()?;
    assert_eq!(Some(&written_summary), summary.as_ref());
    let summary = written_summary;
    let written_s = cpu_s() - start;
    let bytes = std::fs::metadata(&path).map(|m| m.len()).unwrap_or(0);
    engine::disk::remove(&path)?;
    let rate = |outcome: &Outcome, s: f64| (outcome.n_moves as f64 / s).round();
    let figures = serde_json::json!({
        "bench": "traffic", "links": network.links.len(), "agents": n_agents,
        "moves": silent.n_moves, "arrived": silent.n_arrived, "aborted": silent.n_aborted,
        "pushed": silent.pushed.iter().map(|&n| u64::from(n)).sum::<u64>(),
        "build_cpu_s": build_s, "scenario_mb": before_mb,
        "moves_per_cpu_s_no_events_first": rate(&silent, first_s),
        "moves_per_cpu_s_no_events": rate(&silent, silent_s), "peak_mb_no_events": peak_mb,
        "moves_per_cpu_s_hashed": rate(&silent, hashed_s),
        "moves_per_cpu_s_checked": rate(&silent, checked_s),
        "moves_per_cpu_s_hashed_and_parquet": rate(&written, written_s),
        "events": summary.n_events, "events_hash": summary.hash, "parquet_bytes": bytes,
        "peak_mb": memory_mb("VmHWM"),
    });
    println!("{figures}");
    Ok(())
}

/// Runs a day; its outcome and the CPU seconds of the whole process.
fn day(
    network: &Network,
    legs: &Legs,
    routes: &Routes,
    sink: &mut dyn Sink,
) -> engine::Result<(Outcome, f64)> {
    let start = cpu_s();
    let outcome = traffic::run(network, legs, routes, &[], &Config::default(), sink)?;
    Ok((outcome, cpu_s() - start))
}

/// User and system time of the process, seconds (fields 14 and 15 of `/proc/self/stat`, 100 a second).
fn cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// A line of `/proc/self/status`, megabytes.
fn memory_mb(name: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

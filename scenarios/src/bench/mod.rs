//! `wayfare bench`: speed and memory on this machine, as ratios against oracles and bounds in the same run.
//!
//! Seconds on one machine say little about another, so each figure that matters is a ratio within one run: our
//! queue model to a plain one that does nothing but move (`bound`), routing to Dijkstra (`routing`), and, where
//! asked for, to SUMO on the same network and routes (`peer`). Where two sides compute the same thing, they must
//! agree first: a fast wrong route is an error, not a figure. The README's table of promises is made with this
//! verb.
//!
//! Nothing is written but the result on stdout; only `--peer` uses a folder, the cache folder of the user.

mod bound;
mod clock;
mod days;
mod machine;
mod peer;
mod routing;
mod team;
mod traffic;

pub use peer::Peer;

use crate::say::Voice;
use crate::scenario::data_root;
use crate::team::Team;
use engine::Result;
use engine::learn::Processes;
use engine::network::Network;
use engine::route::Query;
use machine::Machine;
use routing::Routing;
use serde::Serialize;
use traffic::{Memory, Scale, Scenario, Speed};

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// Agents of the grid scenario.
    #[arg(long, default_value_t = traffic::USUAL_AGENTS)]
    agents: u32,
    /// Repetitions of each measurement, of which the best counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    repeat: u32,
    /// Also the cost of a move at 10 thousand, 100 thousand and a million agents (takes minutes).
    #[arg(long)]
    scale: bool,
    /// Also another simulator on the same network and routes (takes minutes).
    #[arg(long, value_name = "NAME")]
    peer: Option<Peer>,
    /// Fetch that simulator if it is not here: a Python package, into the cache folder.
    #[arg(long, requires = "peer")]
    install: bool,
    /// Only the memory of the day: what the bench calls in a process of its own.
    #[arg(long, hide = true)]
    memory_only: bool,
}

/// Figures of one machine. Times are of the CPU, all threads together; each is the best of `repeats`.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// Where they were measured.
    pub machine: Machine,
    /// Repetitions of which the best counts.
    pub repeats: u32,
    /// Agents of the grid scenario (100×100 nodes).
    pub agents: u32,
    /// The day on the grid.
    #[serde(flatten)]
    pub speed: Speed,
    /// Memory of the day, in a process of its own.
    #[serde(flatten)]
    pub memory: Memory,
    /// Routing on the grid.
    #[serde(flatten)]
    pub routing: Routing,
    /// Routing in the Bay Area, where the data folder holds its network.
    pub bay_area: Option<Routing>,
    /// The activity model.
    #[serde(flatten)]
    pub days: days::Days,
    /// Cost of a move by size, with `--scale`.
    pub scale: Option<Scale>,
    /// Another simulator, with `--peer`.
    pub peer: Option<peer::Beside>,
}

/// `wayfare bench`: runs everything, from the day on the grid to the peer; words go to stderr as figures come in,
/// the table follows at the end with `--json`. Started by `mpirun` with several processes it measures the shared
/// day alone, and with `--memory-only` the memory of the day in a process that has done nothing before.
///
/// # Errors
/// When two ways to compute a thing disagree, a machine lacks what is measured, or a peer cannot be
/// fetched.
pub fn run(voice: &Voice, settings: &Settings) -> Result<()> {
    if settings.memory_only {
        return voice.result(&traffic::memory(settings.agents)?);
    }
    let team = Team::gather()?;
    if team.size() > 1 {
        return team::run(voice, &team, settings.agents, settings.repeat);
    }
    let say = &voice.say;
    let repeats = settings.repeat as usize;
    let tell = |words| say.line(words);
    // Before minutes of work: it may not be there.
    let peer = settings.peer.map(|Peer::Sumo| peer::sumo_folder(settings.install, tell)).transpose()?;
    let side = traffic::SIDE;
    say.line(format!("grid scenario, {side}×{side} nodes, {} agents; best of {repeats}", settings.agents));
    let scenario = Scenario::grid(side, settings.agents)?;
    let speed = traffic::speed(&scenario, repeats)?;
    tell_speed(voice, &speed);
    let memory = traffic::memory_in_a_child(settings.agents)?;
    say.line(format!(
        "memory of the day           {:>12.0} bytes an agent beyond network, legs and routes; {:.0} with legs and routes",
        memory.bytes_per_agent, memory.bytes_per_agent_with_routes
    ));
    let routing = routing::routing(&scenario.network, &queries(&scenario), repeats)?;
    tell_routing(voice, "grid", &routing);
    let bay_area = match bay_area()? {
        Some(network) => Some(routing::routing(&network, &routing::random_queries(&network), repeats)?),
        None => None,
    };
    match &bay_area {
        Some(routing) => tell_routing(voice, "Bay Area", routing),
        None => say.line(
            "Bay Area                    left out: its network is not in the data folder (WAYFARE_DATA)",
        ),
    }
    let days = days::days(repeats)?;
    say.line(format!(
        "the shipped activity model  {:>12.0} days per CPU second; completed (70 % hidden): {:.0} of known persons, {:.1} of unknown ones",
        days.days_per_cpu_s, days.completions_per_cpu_s, days.unknown_completions_per_cpu_s
    ));
    let scale = settings.scale.then(|| {
        traffic::scale(repeats, |size| {
            say.line(format!(
                "{:>9} agents, {:>6} links{:>10.0} ns a move, the bound {:.0} ns ({} moves)",
                size.agents, size.links, size.ns_per_move, size.bound_ns_per_move, size.moves
            ));
        })
    });
    let peer = peer.map(|folder| peer::sumo(&folder, &scenario, speed.moves, speed.moves_per_cpu_s, tell));
    let (scale, peer) = (scale.transpose()?, peer.transpose()?);
    if let Some(scale) = &scale {
        say.line(format!(
            "cost of a move, dearest over cheapest size {:.2}, of the bound {:.2}",
            scale.ratio, scale.bound_ratio
        ));
    }
    if let Some(peer) = &peer {
        say.line(format!(
            "{}: {:.0} moves per CPU second ({:.0} CPU s in all); we are {:.0} times as fast",
            peer.name, peer.moves_per_cpu_s, peer.process_cpu_s, peer.ratio
        ));
    }
    let (machine, agents) = (Machine::here(), settings.agents);
    voice.result(&Table {
        machine,
        repeats: settings.repeat,
        agents,
        speed,
        memory,
        routing,
        bay_area,
        days,
        scale,
        peer,
    })
}

/// The lines of the day on the grid.
fn tell_speed(voice: &Voice, speed: &Speed) {
    voice.say.line(format!(
        "moves per CPU second        {:>12.0} with events hashed, {:.0} without",
        speed.moves_per_cpu_s, speed.moves_per_cpu_s_without_events
    ));
    voice.say.line(format!(
        "the bound                   {:>12.0} moves per CPU second of a plain queue model: we reach {:.0} %",
        speed.bound_moves_per_cpu_s,
        100.0 * speed.share_of_bound
    ));
    voice
        .say
        .line(format!("two threads                 {:>12.2} times as fast as one", speed.speedup_2_threads));
}

/// The line of routing on the network of this name.
fn tell_routing(voice: &Voice, name: &str, routing: &Routing) {
    voice.say.line(format!(
        "{name:<28}{:>12.0} paths per CPU second ({:.0} times Dijkstra), {:.0} links each; 96 bins customized in {:.2} CPU s",
        routing.paths_per_cpu_s,
        routing.hierarchy_over_dijkstra,
        routing.links_per_path,
        routing.customize_96_bins_cpu_s
    ));
}

/// The trips of a scenario as queries, at most [`routing::N_QUERIES`] of them: from link to link at the time of departure.
fn queries(scenario: &Scenario) -> Vec<Query> {
    let legs = &scenario.legs;
    let query = |leg: usize| Query { from: legs.from[leg], to: legs.to[leg], depart_s: legs.depart_s[leg] };
    (0..legs.len().min(routing::N_QUERIES)).map(query).collect()
}

/// The network of the Bay Area, cleaned for cars, if its files are there. A real network has what the grid has not: freeways,
/// dead ends, links of all lengths; the hierarchy of routing fares otherwise on it.
fn bay_area() -> Result<Option<Network>> {
    let folder = data_root().join("bay-area");
    let (nodes, edges) = (folder.join("nodes.csv.gz"), folder.join("edges.csv.gz"));
    if !(nodes.exists() && edges.exists()) {
        return Ok(None);
    }
    let (network, _) = netconvert::bay_area::read_network(nodes, edges, None)?;
    Ok(Some(netconvert::clean::clean(&network, engine::mode::Mode::Car)?.0))
}

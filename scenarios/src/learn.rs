//! Learning from day to day: the one feedback of a run, explicit and bounded. Each iteration runs the day, asks
//! drivers what they could have done better, measures by that how far the day is from equilibrium, and lets those
//! who lost most change.

use crate::phase::Stopwatch;
use crate::say::Say;
use crate::scenario::{self, Config};
use crate::tables::Iteration;
use engine::event::{Log, Summary};
use engine::id::LegId;
use engine::mode::{self, Mode};
use engine::network::Network;
use engine::policy::Compiled;
use engine::route::assign::{self, Drivers, Search, Wishes, Yesterday};
use engine::route::load::incremental_routes;
use engine::route::{LinkTimes, Router};
use engine::traffic::{self, Outcome};
use engine::trip::{Legs, Moved, Routes, Trip};
use engine::unit::parse_hms;
use engine::{Error, Fault, Result, Warning};
use std::path::Path;

/// Length of the bins of travel times, seconds.
pub const BIN_S: u32 = 900;
/// Drivers stay away from a link this long before it closes, seconds.
const CLOSURE_LEAD_S: u32 = 1800;
/// Length of the windows of departure by which the gap is told, seconds.
pub const GAP_WINDOW_S: u32 = 3600;

/// What learning came to.
pub struct Learned {
    /// Routes driven on the last day.
    pub routes: Routes,
    /// The last day.
    pub outcome: Outcome,
    /// All days.
    pub iterations: Vec<Iteration>,
    /// Hash and number of the last day's events.
    pub events: Summary,
    /// Why it stopped.
    pub stopped: &'static str,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// The queue model's settings of a scenario.
pub fn traffic_config(config: &Config) -> Result<traffic::Config> {
    let end_s =
        parse_hms(&config.traffic.end).ok_or_else(|| Error::Other("traffic.end is not a time".into()))?;
    let dynamics = match config.traffic.dynamics {
        scenario::Dynamics::Queue => traffic::Dynamics::Queue,
        scenario::Dynamics::KinematicWaves => traffic::Dynamics::KinematicWaves,
    };
    let (sample, seed, stuck_s) = (config.sample, config.seed, config.traffic.stuck_s);
    Ok(traffic::Config { sample, stuck_s, dynamics, end_s, seed, bin_s: BIN_S, ..traffic::Config::default() })
}

/// Routes and runs days until the relative gap is small enough or the iterations are used up.
///
/// # Errors
/// A leg without a way, or whatever the queue model or the event file could not do.
pub fn learn(
    network: &Network,
    legs: &mut Legs,
    policy: &Compiled,
    config: &Config,
    folder: &Path,
    watch: &mut Stopwatch,
    say: &Say,
) -> Result<Learned> {
    let settings = traffic_config(config)?;
    let router = watch.time("route", || Router::new(network, Mode::Car))?;
    let stop = assign::Stop { gap: config.assign.stop_gap, iterations: config.assign.iterations };
    let with_policy = |mut times: LinkTimes| {
        policy.apply(&mut times, CLOSURE_LEAD_S, config.assign.value_of_time);
        times
    };
    let times = with_policy(LinkTimes::free_flow_with(
        network,
        &policy.changes,
        BIN_S,
        settings.end_s.div_ceil(BIN_S) as usize,
    ));
    let (mut routes, stranded) =
        watch.time("route", || incremental_routes(&router, &times, legs, config.sample, config.seed))?;
    let mut warnings = Vec::new();
    if let Some(message) = assign::stranded_message(&router, legs, &stranded) {
        warnings.push(take_transit(network, legs, &stranded, &message)?);
    }
    let wishes = watch.time("route", || {
        let of_plan = |schedule| Wishes::of_plan(schedule, &router, &times, legs);
        config.assign.schedule().map(of_plan).transpose()
    })?;
    let mut drivers = Drivers::new(config.assign.choice(), legs.len(), wishes);
    let n_cars = assign::car_legs(legs).len().max(1);
    let (mut iterations, mut gaps) = (Vec::new(), Vec::new());
    let mut rerouted = n_cars;
    let bar = say.bar(u64::from(stop.iterations), "living days");
    for iteration in 0.. {
        let last = iteration + 1 >= stop.iterations;
        let (outcome, events, traffic_s) =
            day(network, legs, &routes, policy, &settings, log(config, folder, last)?, watch)?;
        let times = with_policy(LinkTimes::from_bins(network, &policy.changes, &outcome.bins));
        let depart_s = departures(legs, &outcome);
        let before = watch.seconds("route");
        let (exact, most) = (config.assign.asked_exactly, config.assign.asked);
        let (exactly, roughly) =
            assign::ask(legs, iteration, exact, if last { exact } else { most }, config.seed);
        let mut ask = |asked: &[LegId], search| {
            watch.time("route", || assign::respond(&router, &times, legs, &depart_s, &routes, asked, search))
        };
        let mut response = ask(&exactly, Search::Exact)?;
        let mut rough = ask(&roughly, Search::Frozen)?;
        for response in [&mut response, &mut rough] {
            watch.time("route", || drivers.weigh(response, &times, legs, &depart_s, &routes));
        }
        let gap = response.gap(GAP_WINDOW_S);
        let yesterday = Yesterday {
            iteration,
            times: &times,
            depart_s: &depart_s,
            gap: gap.relative,
            asked: (exactly.len() + roughly.len()) as f64 / n_cars as f64,
            seed: config.seed,
        };
        let route_s = watch.seconds("route") - before;
        gaps.push(gap.relative);
        let row = Iteration {
            iteration,
            relative_gap: gap.relative,
            gap_legs: gap.n_legs as u64,
            gap_by_hour: gap.by_window.clone(),
            excess_s: gap.excess_s,
            rerouted: rerouted as u64,
            mean_car_min: mean_car_min(legs, &outcome),
            pushed: outcome.pushed.iter().map(|&n| u64::from(n)).sum(),
            aborted: outcome.n_aborted,
            moves: outcome.n_moves,
            route_s,
            traffic_s,
        };
        let told = format!(
            "  iteration {:>2}/{}  gap {:>7.3} %  mean car trip {:>5.1} min  pushed {}  aborted {}  route {:.1} s  traffic {:.1} s",
            iteration + 1,
            stop.iterations,
            gap.relative * 100.0,
            row.mean_car_min,
            row.pushed,
            row.aborted,
            route_s,
            traffic_s
        );
        bar.suspend(|| say.line(told));
        bar.inc(1);
        iterations.push(row);
        if let Some(stopped) = stop.reason(&gaps) {
            bar.finish_and_clear();
            let (outcome, events) = if last || !config.traffic.write_events {
                (outcome, events)
            } else {
                again(network, legs, &routes, policy, &settings, log(config, folder, true)?, watch, &events)?
            };
            return Ok(Learned { routes, outcome, iterations, events, stopped, warnings });
        }
        rerouted =
            watch.time("route", || drivers.choose(&response.and(&rough), legs, &mut routes, &yesterday));
    }
    Err(Error::Other("no iteration was asked for".into()))
}

/// When each leg left; who never got to leave, when he meant to.
fn departures(legs: &Legs, outcome: &Outcome) -> Vec<u32> {
    let real = |(moved, planned_s): (&Moved, &u32)| match moved.depart_s {
        u32::MAX => *planned_s,
        depart_s => depart_s,
    };
    outcome.moved.iter().zip(&legs.depart_s).map(real).collect()
}

fn log(config: &Config, folder: &Path, to_file: bool) -> Result<Log> {
    if to_file && config.traffic.write_events {
        Log::to_file(folder.join("events.parquet"))
    } else {
        Ok(Log::hash_only())
    }
}

fn day(
    network: &Network,
    legs: &Legs,
    routes: &Routes,
    policy: &Compiled,
    settings: &traffic::Config,
    mut log: Log,
    watch: &mut Stopwatch,
) -> Result<(Outcome, Summary, f64)> {
    let before = watch.seconds("traffic");
    let outcome =
        watch.time("traffic", || traffic::run(network, legs, routes, &policy.changes, settings, &mut log))?;
    let events = watch.time("traffic", || log.finish())?;
    Ok((outcome, events, watch.seconds("traffic") - before))
}

/// The same day once more, to write its events: it turned out to be the last one. Its hash must be the same.
#[allow(clippy::too_many_arguments)]
fn again(
    network: &Network,
    legs: &Legs,
    routes: &Routes,
    policy: &Compiled,
    settings: &traffic::Config,
    log: Log,
    watch: &mut Stopwatch,
    first: &Summary,
) -> Result<(Outcome, Summary)> {
    let (outcome, events, _) = day(network, legs, routes, policy, settings, log, watch)?;
    if events.hash != first.hash {
        return Err(Error::Check("the same day ran twice and gave two different event streams".into()));
    }
    Ok((outcome, events))
}

fn mean_car_min(legs: &Legs, outcome: &Outcome) -> f64 {
    let (mut sum_s, mut n) = (0u64, 0u64);
    for (mode, moved) in legs.mode.iter().zip(&outcome.moved) {
        if *mode == Mode::Car && moved.arrive_s != u32::MAX {
            sum_s += u64::from(moved.arrive_s - moved.depart_s);
            n += 1;
        }
    }
    if n == 0 { 0.0 } else { sum_s as f64 / n as f64 / 60.0 }
}

/// Largest share of car trips that a closure may leave without a way; more is a mistake in the scenario.
const MOST_STRANDED: f64 = 0.01;

/// Car trips that a closure leaves without a way are made by transit, at its stated speed.
///
/// # Errors
/// A [`Fault`] when they are more than one in a hundred.
fn take_transit(network: &Network, legs: &mut Legs, stranded: &[LegId], message: &str) -> Result<Warning> {
    if stranded.len() as f64 > MOST_STRANDED * assign::car_legs(legs).len() as f64 {
        return Err(Fault::new("policy", "", message)
            .expected("a way for all but one car trip in a hundred")
            .advice("close fewer links, or for a shorter time")
            .into());
    }
    for leg in stranded.iter().map(|leg| leg.index()) {
        let (from, to) = (legs.from[leg], legs.to[leg]);
        let ((ax, ay), (bx, by)) = (network.middle(from), network.middle(to));
        let distance_m = engine::float::sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by)) as f32;
        let (depart_s, dwell_s) = (legs.depart_s[leg], legs.dwell_s[leg]);
        let trip = Trip { episode: 0, mode: Mode::Transit, depart_s, dwell_s, from, to, distance_m };
        legs.mode[leg] = Mode::Transit;
        legs.teleport_s[leg] = mode::teleport_s(&trip).max(1);
    }
    Ok(Warning::new("policy", "", format!("{message}; they are made by transit instead")))
}

/// Sends trips that would end on a closed link to an open link that leads up to it: who drives there
/// walks the rest. Returns how many.
pub fn park_before_closures(network: &Network, legs: &mut Legs, policy: &Compiled) -> (usize, Vec<Warning>) {
    let (cut, warnings) = policy.check_ends(network, legs, CLOSURE_LEAD_S);
    let is_closed = |link| policy.closed.iter().any(|w| w.link == link);
    let mut n_moved = 0;
    for LegId(leg) in cut {
        let to = &mut legs.to[leg as usize];
        let before = network.in_links(network.link(*to).from).iter().copied();
        if let Some(open) = before.filter(|l| network.link(*l).modes.has(Mode::Car) && !is_closed(*l)).min() {
            *to = open;
            n_moved += 1;
        }
    }
    (n_moved, warnings)
}

//! Learning from day to day: the one feedback of a run, explicit and bounded. Each iteration runs the day, asks
//! drivers what they could have done better, measures by that how far the day is from equilibrium, and lets those
//! who lost most change.

mod day;
mod keep;

pub use keep::{Keeper, Keeping};

use crate::say::Say;
use crate::scenario::{self, Config};
use crate::tables::Iteration;
use crate::team::Team;
use day::{Life, Lived, Wanted};
use engine::agent::River;
use engine::clock::Stopwatch;
use engine::event::{FrozenLog, Summary};
use engine::id::LegId;
use engine::mode::Mode;
use engine::network::Network;
use engine::policy::{CLOSURE_LEAD_S, Compiled};
use engine::route::assign::{self, Drivers, Search, Wishes, Yesterday};
use engine::route::load::incremental_routes;
use engine::route::{LinkTimes, Router};
use engine::traffic::check::Checked;
use engine::traffic::{self, Frozen, Outcome};
use engine::trip::{Legs, Moved, Routes};
use engine::unit::parse_hms;
use engine::{Error, Fault, Result, Warning};
use keep::{Resumed, State};
use std::path::{Path, PathBuf};

/// Length of the bins of travel times, seconds.
pub const BIN_S: u32 = 900;
/// Length of the windows of departure by which the gap is told, seconds.
pub const GAP_WINDOW_S: u32 = 3600;

/// What learning came to.
pub struct Learned {
    /// Trips of the last day, as dense arrays.
    pub legs: Legs,
    /// Routes driven on the last day.
    pub routes: Routes,
    /// The last day.
    pub outcome: Outcome,
    /// All days.
    pub iterations: Vec<Iteration>,
    /// Hash and number of the last day's events.
    pub events: Summary,
    /// What was checked on the events of the last day; `None` when it was resumed in the middle.
    pub checked: Option<Checked>,
    /// Why it stopped.
    pub stopped: &'static str,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// The checkpoints, to be removed when the run is finished.
    pub keeper: Keeper,
}

/// The queue model's settings of a scenario.
///
/// # Errors
/// A fault for an end of the day that is no clock time.
pub fn traffic_config(config: &Config) -> Result<traffic::Config> {
    let end_s =
        parse_hms(&config.traffic.end).ok_or_else(|| Error::Other("traffic.end is not a time".into()))?;
    let dynamics = match config.traffic.dynamics {
        scenario::Dynamics::Queue => traffic::Dynamics::Queue,
        scenario::Dynamics::KinematicWaves => traffic::Dynamics::KinematicWaves,
    };
    let (sample, seed, stuck_s) = (config.sample, config.seed, config.traffic.stuck_s);
    let parts = config.traffic.parts;
    Ok(traffic::Config {
        sample,
        stuck_s,
        dynamics,
        end_s,
        seed,
        bin_s: BIN_S,
        parts,
        ..traffic::Config::default()
    })
}

/// What learning is about.
#[derive(Clone, Copy)]
pub struct Lesson<'a> {
    /// Roads.
    pub network: &'a Network,
    /// What changes on them, and tolls.
    pub policy: &'a Compiled,
    /// The scenario.
    pub config: &'a Config,
    /// The run folder.
    pub folder: &'a Path,
    /// The processes of the run.
    pub team: &'a Team,
    /// Checkpoints.
    pub keeping: Keeping,
}

/// Routes and runs days until the relative gap is small enough or the iterations are used up.
///
/// # Errors
/// A leg without a way, a checkpoint of another run, or whatever the queue model or the disk could not do.
pub fn learn(lesson: &Lesson, travellers: &mut River, watch: &mut Stopwatch, say: &Say) -> Result<Learned> {
    let &Lesson { network, policy, config, folder, team, keeping } = lesson;
    let settings = traffic_config(config)?;
    let mut legs = travellers.legs();
    let [persons, trips, links] = [legs.n_persons(), legs.len(), network.links.len()];
    say.line(format!("{persons} persons, {trips} trips, {links} links"));
    let router = watch.time("route", || Router::new(network, Mode::Car))?;
    let stop = assign::Stop { gap: config.assign.stop_gap, iterations: config.assign.iterations };
    let with_policy = |mut times: LinkTimes| {
        policy.apply(&mut times, CLOSURE_LEAD_S, config.assign.value_of_time);
        times
    };
    let empty = with_policy(LinkTimes::free_flow_with(
        network,
        &policy.changes,
        BIN_S,
        settings.end_s.div_ceil(BIN_S) as usize,
    ));
    let keeper = Keeper::new(folder, keeping, keep::key(network, &legs, &policy.changes, config)?);
    let wishes = watch.time("route", || {
        let of_plan = |schedule| Wishes::of_plan(schedule, &router, &empty, &legs);
        config.assign.schedule().map(of_plan).transpose()
    })?;
    let fresh = Drivers::new(config.assign.choice(), legs.len(), wishes);
    let mut warnings = Vec::new();
    let (mut state, mut half_day) =
        match resumed(lesson, &legs, &settings, &keeper, &fresh, &empty, &mut warnings)? {
            Some(Resumed { state, day, .. }) => {
                say.line(format!(
                    "resumed before day {}{}",
                    state.iterations.len() + 1,
                    half_day_words(&day)
                ));
                (state, day)
            }
            None => {
                let begin = || begin(&router, &empty, &legs, config, fresh);
                (watch.time("route", begin)?, None)
            }
        };
    if let Some(message) = assign::stranded_message(&router, &legs, &state.stranded) {
        warnings.push(travellers.take_transit(network, &legs, &state.stranded, &message)?);
        legs = travellers.legs();
    }
    legs.depart_s.clone_from(&state.depart_s);
    let n_cars = assign::car_legs(&legs).len().max(1);
    let pieces = keeper.folder().to_path_buf();
    let life = Life { network, changes: &policy.changes, settings, team, pieces };
    let bar = say.bar(u64::from(stop.iterations), "living days");
    bar.set_position(state.iterations.len() as u64);
    loop {
        let iteration = state.iterations.len() as u32;
        let last = iteration + 1 >= stop.iterations;
        let events = folder.join("events.parquet");
        let wanted = Wanted {
            events: (last && config.traffic.write_events).then(|| events.clone()),
            check: last,
            keep: team.is_first().then_some((&keeper, &state)),
            from: half_day.take(),
        };
        let (lived, traffic_s) = watch.timed("traffic", || life.live(&legs, &state.routes, wanted));
        let lived = lived?;
        let outcome = &lived.outcome;
        let times = with_policy(LinkTimes::from_bins(network, &policy.changes, &outcome.bins));
        let depart_s = departures(&legs, outcome);
        let (exact, most) = (config.assign.asked_exactly, config.assign.asked);
        // After the last day nobody learns any more: only the gap is of interest.
        let most = if last { exact } else { most };
        let (exactly, roughly) = assign::ask(&legs, iteration, exact, most, config.seed);
        let ask = |asked: &[LegId], search| {
            let routes = &state.routes;
            let mut response = assign::respond(&router, &times, &legs, &depart_s, routes, asked, search)?;
            state.drivers.weigh(&mut response, &times, &legs, &depart_s, routes);
            Ok::<_, Error>(response)
        };
        let (responses, route_s) = watch.timed("route", || {
            Ok::<_, Error>((ask(&exactly, Search::Exact)?, ask(&roughly, Search::Frozen)?))
        });
        let (response, rough) = responses?;
        let gap = response.gap(GAP_WINDOW_S);
        let yesterday = Yesterday {
            iteration,
            times: &times,
            depart_s: &depart_s,
            gap: gap.relative,
            asked: (exactly.len() + roughly.len()) as f64 / n_cars as f64,
            seed: config.seed,
        };
        let row = Iteration {
            iteration,
            relative_gap: gap.relative,
            gap_legs: gap.n_legs as u64,
            gap_by_hour: gap.by_window.clone(),
            excess_s: gap.excess_s,
            rerouted: state.rerouted,
            mean_car_min: mean_car_min(&legs, outcome),
            pushed: outcome.pushed.iter().map(|&n| u64::from(n)).sum(),
            aborted: outcome.n_aborted,
            moves: outcome.n_moves,
            route_s,
            traffic_s,
        };
        bar.suspend(|| say.line(row.told(stop.iterations)));
        bar.inc(1);
        state.iterations.push(row);
        let gaps: Vec<f64> = state.iterations.iter().map(|row| row.relative_gap).collect();
        if let Some(stopped) = stop.reason(&gaps) {
            bar.finish_and_clear();
            let lived =
                if last { lived } else { again(&life, &legs, &state.routes, config, events, lived, watch)? };
            let Lived { outcome, events, checked } = lived;
            let State { routes, iterations, .. } = state;
            return Ok(Learned {
                legs,
                routes,
                outcome,
                iterations,
                events,
                checked,
                stopped,
                warnings,
                keeper,
            });
        }
        state.rerouted = watch.time("route", || {
            state.drivers.choose(&response.and(&rough), &mut legs, &mut state.routes, &yesterday)
        }) as u64;
        state.depart_s.clone_from(&legs.depart_s);
        if team.is_first() && keeper.is_due() {
            watch.time("checkpoint", || keeper.put(&state, None))?;
        }
    }
}

/// The first routes, and nothing learned.
fn begin(router: &Router, empty: &LinkTimes, legs: &Legs, config: &Config, fresh: Drivers) -> Result<State> {
    let (routes, stranded) = incremental_routes(router, empty, legs, config.sample, config.seed)?;
    Ok(State {
        routes,
        depart_s: legs.depart_s.clone(),
        rerouted: (assign::car_legs(legs).len() - stranded.len()) as u64,
        stranded,
        drivers: fresh,
        iterations: Vec::new(),
    })
}

/// The newest checkpoint, if the run is to go on from one.
fn resumed(
    lesson: &Lesson,
    legs: &Legs,
    settings: &traffic::Config,
    keeper: &Keeper,
    fresh: &Drivers,
    empty: &LinkTimes,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Resumed>> {
    if !lesson.keeping.resume {
        return Ok(None);
    }
    let routes = Routes { first: vec![0; legs.len() + 1], links: Vec::new() };
    let like = Outcome::nothing_yet(lesson.network, legs.len(), settings);
    let (found, told) = keeper.newest(fresh, routes.first.len() - 1, &like, empty)?;
    warnings.extend(told);
    if !lesson.team.agrees(&found.as_ref().map_or([0; 32], |found| found.seal)) {
        return Err(Fault::new(keeper.folder(), "", "not every process finds the same checkpoints here")
            .expected("a run folder on a disk that all machines share")
            .into());
    }
    Ok(found)
}

fn half_day_words(day: &Option<(Frozen, FrozenLog)>) -> String {
    let at = |(frozen, _): &(Frozen, FrozenLog)| format!(", at {}", engine::unit::hms(frozen.next_s));
    day.as_ref().map_or(String::new(), at)
}

/// The last day once more, to check and write its events: it turned out to be the last one. Its hash must be the same.
fn again(
    life: &Life,
    legs: &Legs,
    routes: &Routes,
    config: &Config,
    events: PathBuf,
    first: Lived,
    watch: &mut Stopwatch,
) -> Result<Lived> {
    let wanted =
        Wanted { events: config.traffic.write_events.then_some(events), check: true, ..Wanted::default() };
    let second = watch.time("traffic", || life.live(legs, routes, wanted))?;
    if second.events != first.events {
        return Err(Error::Check("the same day ran twice and gave two different event streams".into()));
    }
    Ok(second)
}

/// When each leg left; who never got to leave, when he meant to.
fn departures(legs: &Legs, outcome: &Outcome) -> Vec<u32> {
    let real = |(moved, planned_s): (&Moved, &u32)| match moved.depart_s {
        u32::MAX => *planned_s,
        depart_s => depart_s,
    };
    outcome.moved.iter().zip(&legs.depart_s).map(real).collect()
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

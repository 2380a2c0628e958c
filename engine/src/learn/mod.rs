//! Learning from day to day: the one feedback of a run, explicit and bounded. Each iteration simulates the day
//! ([`Learning::live`]), asks drivers what they could have done better and measures by that how far the day is from
//! equilibrium ([`Learning::ask`]), and lets those who lost most change ([`Learning::choose`]). The loop itself stands
//! in the caller, where everybody can see it.

mod checkpoint;
mod day;
mod iteration;
mod outside;
mod work;

pub use checkpoint::{Checkpointer, Checkpointing};
pub use day::Simulated;
pub use iteration::Iteration;
pub use outside::{Alone, Processes, Progress, Quiet};
pub use work::Work;

use crate::agent::Agents;
use crate::clock::Stopwatch;
use crate::event::{self, FrozenLog, Summary};
use crate::id::LegId;
use crate::mode::Mode;
use crate::network::Network;
use crate::policy::Compiled;
use crate::route::assign::{self, Choice, Drivers, Gap, Response, Schedule, Search, Stop, Wishes, Yesterday};
use crate::route::load::incremental_routes;
use crate::route::{LinkTimes, Router};
use crate::traffic::check::Checked;
use crate::traffic::{self, Frozen, Outcome};
use crate::trip::{Legs, Moved, Routes};
use crate::{Error, Fault, Result, Warning};
use checkpoint::{Resumed, State};
use day::{Day, Wanted};
use std::path::{Path, PathBuf};

/// Length of the bins of travel times, seconds.
pub const BIN_S: u32 = 900;
/// Length of the windows of departure by which the gap is given, seconds.
pub const GAP_WINDOW_S: u32 = 3600;

/// The settings of learning.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The queue model; its `sample` and `seed` are those of the run.
    pub traffic: traffic::Config,
    /// Write the events of the last day (`events.parquet`); their hash is made either way.
    pub write_events: bool,
    /// When to stop.
    pub stop: Stop,
    /// Value of time that turns tolls into seconds, dollars an hour.
    pub value_of_time: f64,
    /// How drivers choose their routes.
    pub choice: Choice,
    /// What a wrong time of arrival costs, where drivers choose their departures too.
    pub schedule: Option<Schedule>,
    /// Most car trips that look for a better route after a day.
    pub asked: usize,
    /// Those of them that search exactly; the gap is measured on these.
    pub asked_exactly: usize,
}

/// What learning stands on.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// Roads.
    pub network: &'a Network,
    /// What changes on them, and tolls.
    pub policy: &'a Compiled,
    /// The settings.
    pub settings: &'a Settings,
    /// Text of the scenario, and whatever else a checkpoint must have been made with to be used.
    pub identity: &'a str,
    /// The run folder.
    pub folder: &'a Path,
    /// The processes of the run.
    pub processes: &'a dyn Processes,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// How checkpoints are made and used.
    pub checkpointing: Checkpointing,
}

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
    pub checkpointer: Checkpointer,
}

/// What drivers answered after a day.
pub struct Answers {
    response: Response,
    times: LinkTimes,
    depart_s: Vec<u32>,
    gap: f64,
    /// Share of the car legs that were asked.
    share_asked: f64,
    last: bool,
}

/// Learning between two days.
pub struct Learning<'a> {
    setup: Setup<'a>,
    watch: &'a mut Stopwatch,
    legs: Legs,
    router: Router<'a>,
    checkpointer: Checkpointer,
    state: State,
    /// The day in which the checkpoint was made; taken by the first [`Learning::live`].
    resumed_day: Option<(Frozen, FrozenLog)>,
    warnings: Vec<Warning>,
}

impl<'a> Learning<'a> {
    /// First routes for everybody in an empty network, or the newest checkpoint. Trips for which there is no way are
    /// made by public transport: the trips of `travellers` say so afterwards.
    ///
    /// # Errors
    /// Too many legs without a way, a checkpoint of another run, or what the disk reports.
    pub fn begin(setup: Setup<'a>, travellers: &mut Agents, watch: &'a mut Stopwatch) -> Result<Self> {
        let Setup { network, policy, settings, progress, .. } = setup;
        let router = watch.time("route", || Router::new(network, Mode::Car))?;
        // Before the legs are made: tables, report and routes then all see the same trips.
        watch.time("route", || travellers.choose_ends(network, &router));
        let mut warnings = travellers.park_before_closures(network, &router, policy);
        let legs = travellers.legs(network)?;
        let [persons, trips, links] = [legs.n_persons(), legs.len(), network.links.len()];
        progress.line(&format!("{persons} persons, {trips} trips, {links} links"));
        let empty = setup.empty_network();
        let key = checkpoint::key(network, &legs, &policy.changes, setup.identity)?;
        let checkpointer = Checkpointer::new(setup.folder, setup.checkpointing, key, watch.gauge());
        let wishes = watch.time("route", || {
            let of_plan = |schedule| Wishes::of_plan(schedule, &router, &empty, &legs);
            settings.schedule.map(of_plan).transpose()
        })?;
        let fresh = Drivers::new(settings.choice, legs.len(), wishes);
        let (state, resumed_day) = match setup.newest(&legs, &checkpointer, &fresh, &empty, &mut warnings)? {
            Some(Resumed { state, day, .. }) => (state, day),
            None => {
                let first = || first_routes(&setup, &router, &empty, &legs, fresh);
                (watch.time("route", first)?, None)
            }
        };
        let mut learning = Self { setup, watch, legs, router, checkpointer, state, resumed_day, warnings };
        learning.settle(travellers)?;
        progress.days(learning.state.iterations.len() as u64, u64::from(settings.stop.iterations));
        Ok(learning)
    }

    /// Legs without a way become trips by public transport, and the departures of a checkpoint are taken over.
    fn settle(&mut self, travellers: &mut Agents) -> Result<()> {
        let (network, stranded) = (self.setup.network, &self.state.stranded);
        if let Some(message) = assign::stranded_message(&self.router, &self.legs, stranded) {
            self.warnings.push(travellers.take_transit(network, &self.legs, stranded, &message)?);
            self.legs = travellers.legs(network)?;
        }
        self.legs.depart_s.clone_from(&self.state.depart_s);
        Ok(())
    }

    /// What was odd so far, and what was done about it.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether no day comes after this one, however the gap is.
    fn is_last(&self) -> bool {
        self.state.iterations.len() as u32 + 1 >= self.setup.settings.stop.iterations
    }

    /// How a day is simulated.
    fn day(&self) -> Day<'a> {
        let Setup { network, policy, settings, processes, .. } = self.setup;
        let pieces = self.checkpointer.folder().to_path_buf();
        Day { network, changes: &policy.changes, settings: settings.traffic, processes, pieces }
    }

    /// Where the events of the last day go, if they are wanted.
    fn events_file(&self) -> Option<PathBuf> {
        self.setup.settings.write_events.then(|| event::log::TABLE.path(self.setup.folder))
    }

    /// Simulates the day with the present routes.
    ///
    /// # Errors
    /// What the queue model, the disk, or a check of the events reports.
    pub fn live(&mut self) -> Result<Simulated> {
        let (day, last) = (self.day(), self.is_last());
        let wanted = Wanted {
            events: self.events_file().filter(|_| last),
            check: last,
            keep: self.setup.processes.is_first().then_some((&self.checkpointer, &self.state)),
            from: self.resumed_day.take(),
        };
        let live = || day.simulate(&self.legs, &self.state.routes, wanted);
        let (simulated, traffic_s) = self.watch.timed("traffic", live);
        Ok(Simulated { traffic_s, ..simulated? })
    }

    /// Asks drivers for the routes that would have been best on the times of the day, and keeps how far the day was
    /// from equilibrium as a row of [`Learned::iterations`].
    ///
    /// # Errors
    /// A leg without a way.
    pub fn ask(&mut self, day: &Simulated) -> Result<Answers> {
        let Setup { network, policy, settings, progress, .. } = self.setup;
        let (outcome, last) = (&day.outcome, self.is_last());
        let (iteration, seed) = (self.state.iterations.len() as u32, settings.traffic.seed);
        let times = self.setup.with_policy(LinkTimes::from_bins(network, &policy.changes, &outcome.bins));
        let depart_s = departures(&self.legs, outcome);
        // After the last day nobody learns any more: only the gap is of interest.
        let most = if last { settings.asked_exactly } else { settings.asked };
        let (exactly, roughly) = assign::ask(&self.legs, iteration, settings.asked_exactly, most, seed);
        let Self { watch, legs, router, state, .. } = self;
        let State { routes, drivers, .. } = state;
        let ask = |asked: &[LegId], search| {
            let mut response = assign::respond(router, &times, legs, &depart_s, routes, asked, search)?;
            drivers.weigh(&mut response, &times, legs, &depart_s, routes);
            Ok::<_, Error>(response)
        };
        let both = || Ok::<_, Error>((ask(&exactly, Search::Exact)?, ask(&roughly, Search::Frozen)?));
        let (responses, route_s) = watch.timed("route", both);
        let (response, rough) = responses?;
        let gap = response.gap(GAP_WINDOW_S);
        let row = self.row(&gap, day, route_s);
        progress.line(&row.line(settings.stop.iterations));
        self.state.iterations.push(row);
        progress.days(self.state.iterations.len() as u64, u64::from(settings.stop.iterations));
        let share_asked =
            (exactly.len() + roughly.len()) as f64 / assign::car_legs(&self.legs).len().max(1) as f64;
        let response = response.and(&rough);
        Ok(Answers { response, times, depart_s, gap: gap.relative, share_asked, last })
    }

    /// The row of [`Learned::iterations`] for a day and its gap.
    fn row(&self, gap: &Gap, day: &Simulated, route_s: f64) -> Iteration {
        let outcome = &day.outcome;
        Iteration {
            iteration: self.state.iterations.len() as u32,
            relative_gap: gap.relative,
            gap_legs: gap.n_legs as u64,
            gap_by_hour: gap.by_window.clone(),
            gap_peaks: gap.peaks,
            excess_s: gap.excess_s,
            rerouted: self.state.rerouted,
            mean_car_min: mean_car_min(&self.legs, outcome),
            pushed: outcome.pushed.iter().map(|&n| u64::from(n)).sum(),
            aborted: outcome.n_aborted,
            moves: outcome.n_moves,
            route_s,
            traffic_s: day.traffic_s,
        }
    }

    /// Why there should be no further day, if so: the gaps are small enough ([`Stop`]), or the days are used up.
    pub fn reason_to_stop(&self) -> Option<&'static str> {
        let gaps: Vec<f64> = self.state.iterations.iter().map(Iteration::largest_gap).collect();
        self.setup.settings.stop.reason(&gaps)
    }

    /// Drivers who lost most take the routes they found better; a checkpoint is made when it is time.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn choose(&mut self, answers: Answers) -> Result<()> {
        let Answers { response, times, depart_s, gap, share_asked, .. } = answers;
        let yesterday = Yesterday {
            iteration: self.state.iterations.len() as u32 - 1,
            times: &times,
            depart_s: &depart_s,
            gap,
            asked: share_asked,
            seed: self.setup.settings.traffic.seed,
        };
        let Self { watch, legs, state, checkpointer, setup, .. } = self;
        let State { drivers, routes, .. } = state;
        let changed = watch.time("route", || drivers.choose(&response, legs, routes, &yesterday));
        state.rerouted = changed as u64;
        state.depart_s.clone_from(&legs.depart_s);
        if setup.processes.is_first() && checkpointer.is_due() {
            watch.time("checkpoint", || checkpointer.put(state, None))?;
        }
        Ok(())
    }

    /// Ends learning with `day`, which turned out to be the last one. Where its events were not checked and written
    /// yet, it is simulated once more, and its hash must be the same.
    ///
    /// # Errors
    /// As [`Learning::live`], or two different days.
    pub fn end(mut self, day: Simulated, answers: Answers, stopped: &'static str) -> Result<Learned> {
        let day = if answers.last { day } else { self.again(day)? };
        let Self { legs, state, warnings, checkpointer, .. } = self;
        let (Simulated { outcome, events, checked, .. }, State { routes, iterations, .. }) = (day, state);
        Ok(Learned { legs, routes, outcome, iterations, events, checked, stopped, warnings, checkpointer })
    }
    /// Simulates the last day once more, with its events checked and written; which also tests that a day repeats.
    fn again(&mut self, first: Simulated) -> Result<Simulated> {
        let day = self.day();
        let wanted = Wanted { events: self.events_file(), check: true, ..Wanted::default() };
        let Self { watch, legs, state, .. } = self;
        let second = watch.time("traffic", || day.simulate(legs, &state.routes, wanted))?;
        if second.events != first.events {
            return Err(Error::Check("the same day ran twice and gave two different event streams".into()));
        }
        Ok(second)
    }
}

impl Setup<'_> {
    /// Generalised costs: times with tolls. Closed links are those of the changes that the times were made with.
    fn with_policy(&self, mut times: LinkTimes) -> LinkTimes {
        self.policy.charge(&mut times, self.settings.value_of_time);
        times
    }

    /// Generalised costs of links on which nobody drives.
    fn empty_network(&self) -> LinkTimes {
        let n_bins = self.settings.traffic.end_s.div_ceil(BIN_S) as usize;
        self.with_policy(LinkTimes::free_flow_with(self.network, &self.policy.changes, BIN_S, n_bins))
    }

    /// The newest checkpoint, if the run is to go on from one.
    fn newest(
        &self,
        legs: &Legs,
        checkpointer: &Checkpointer,
        fresh: &Drivers,
        empty: &LinkTimes,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<Resumed>> {
        if !self.checkpointing.resume {
            return Ok(None);
        }
        let like = Outcome::nothing_yet(self.network, legs.len(), &self.settings.traffic);
        let (found, more) = checkpointer.newest(fresh, legs.len(), &like, empty)?;
        warnings.extend(more);
        if !self.processes.agree(&found.as_ref().map_or([0; 32], |found| found.seal)) {
            return Err(Fault::new(
                checkpointer.folder(),
                "",
                "not every process finds the same checkpoints here",
            )
            .expected("a run folder on a disk that all machines share")
            .into());
        }
        if let Some(Resumed { state, day, .. }) = &found {
            let at = |(frozen, _): &(Frozen, FrozenLog)| format!(", at {}", crate::unit::hms(frozen.next_s));
            let at = day.as_ref().map_or(String::new(), at);
            self.progress.line(&format!("resumed before day {}{at}", state.iterations.len() + 1));
        }
        Ok(found)
    }
}

/// The first routes, and nothing learned.
fn first_routes(
    setup: &Setup,
    router: &Router,
    empty: &LinkTimes,
    legs: &Legs,
    fresh: Drivers,
) -> Result<State> {
    let traffic::Config { sample, seed, .. } = setup.settings.traffic;
    let (routes, stranded) = incremental_routes(router, empty, legs, sample, seed)?;
    Ok(State {
        routes,
        depart_s: legs.depart_s.clone(),
        rerouted: (assign::car_legs(legs).len() - stranded.len()) as u64,
        stranded,
        drivers: fresh,
        iterations: Vec::new(),
    })
}

/// When each leg left, seconds; the planned departure of a leg that never left.
fn departures(legs: &Legs, outcome: &Outcome) -> Vec<u32> {
    let real = |(moved, planned_s): (&Moved, &u32)| match moved.depart_s {
        u32::MAX => *planned_s,
        depart_s => depart_s,
    };
    outcome.moved.iter().zip(&legs.depart_s).map(real).collect()
}

/// Mean travel time of the car legs that arrived, minutes.
fn mean_car_min(legs: &Legs, outcome: &Outcome) -> f64 {
    let (mut sum_s, mut n) = (0u64, 0u64);
    for (mode, moved) in legs.mode.iter().zip(&outcome.moved) {
        if mode.drives() && moved.arrive_s != u32::MAX {
            sum_s += u64::from(moved.arrive_s - moved.depart_s);
            n += 1;
        }
    }
    if n == 0 { 0.0 } else { sum_s as f64 / n as f64 / 60.0 }
}

//! Checkpoints of learning: after a day, and in the middle of a long one.
//!
//! A checkpoint holds what is known before a day ([`State`]) and, when it is made inside one, the frozen day and
//! its event log. All that can be read again from the scenario (network, legs, settings) is left out and secured by
//! a hash instead ([`key`]): a resumed run ends in the same events as one that never stopped, or it refuses to
//! begin.

use super::Iteration;
use crate::checkpoint::{Checkpoints, FOLDER, Sections, Writer};
use crate::clock::Gauge;
use crate::event::FrozenLog;
use crate::id::LegId;
use crate::network::{Change, Network};
use crate::route::LinkTimes;
use crate::route::assign::Drivers;
use crate::traffic::{Frozen, Outcome};
use crate::trip::{Legs, Routes};
use crate::{Error, Fault, Result, Warning};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How checkpoints are made and used.
#[derive(Debug, Clone, Copy)]
pub struct Checkpointing {
    /// Wall-clock seconds between two of them; none are made without.
    pub every_s: Option<f64>,
    /// Go on from the newest that is good.
    pub resume: bool,
}

impl Default for Checkpointing {
    fn default() -> Self {
        Self { every_s: Some(300.0), resume: false }
    }
}

/// What is known before the day `iterations.len()` is lived.
#[derive(Debug, Clone)]
pub struct State {
    /// Routes to drive.
    pub routes: Routes,
    /// Planned departure of each leg, seconds.
    pub depart_s: Vec<u32>,
    /// Legs that had no way, and are not made by car.
    pub stranded: Vec<LegId>,
    /// What drivers learned.
    pub drivers: Drivers,
    /// The days so far.
    pub iterations: Vec<Iteration>,
    /// Car legs that changed before the day.
    pub rerouted: u64,
}

/// Where learning goes on.
pub struct Resumed {
    /// Hash of the checkpoint.
    pub seal: [u8; 32],
    /// What is known.
    pub state: State,
    /// The day that was being lived.
    pub day: Option<(Frozen, FrozenLog)>,
}

/// Writes checkpoints, and reads them.
pub struct Checkpointer {
    kept: Checkpoints,
    every_s: Option<f64>,
    clock: Arc<dyn Gauge>,
    /// When the last checkpoint was finished and how long it took, seconds.
    last: Mutex<(f64, f64)>,
    /// Hash of all that the result depends on: a checkpoint of another run is refused.
    key: [u8; 32],
}

impl Checkpointer {
    /// The checkpoints of a run into `folder`.
    pub fn new(folder: &Path, checkpointing: Checkpointing, key: [u8; 32], clock: Arc<dyn Gauge>) -> Self {
        let kept = Checkpoints::new(&folder.join(FOLDER));
        let last = Mutex::new((clock.seconds(), 0.0));
        Self { kept, every_s: checkpointing.every_s, clock, last, key }
    }

    /// The folder of checkpoints.
    pub fn folder(&self) -> &Path {
        self.kept.folder()
    }

    /// Whether it is time for a checkpoint. However often they are wanted, they never take more than a tenth of the
    /// time.
    pub fn is_due(&self) -> bool {
        let (end_s, cost_s) = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        self.every_s.is_some_and(|every_s| self.clock.seconds() - end_s >= every_s.max(cost_s * 9.0))
    }

    /// Writes a checkpoint.
    ///
    /// # Errors
    /// What the disk says; those before stay.
    pub fn put(&self, state: &State, day: Option<(&Frozen, &FrozenLog)>) -> Result<PathBuf> {
        let start_s = self.clock.seconds();
        let path = self.kept.put(|to| {
            to.bytes("key", &self.key)?;
            state.put(to)?;
            let Some((frozen, log)) = day else { return Ok(()) };
            frozen.put(to)?;
            to.bytes("log.link", &log.link)?;
            to.bytes("log.bytes", &log.bytes)?;
            to.longs("log.few", [log.n_events, u64::from(log.n_tables)].into_iter())
        })?;
        let end_s = self.clock.seconds();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = (end_s, end_s - start_s);
        Ok(path)
    }

    /// The newest good checkpoint; `fresh` is how learning would begin, `like` and `times` have the shapes of what
    /// is read.
    ///
    /// # Errors
    /// A [`Fault`] when there are some and none is good, or they belong to another run.
    pub fn newest(
        &self,
        fresh: &Drivers,
        n_legs: usize,
        like: &Outcome,
        times: &LinkTimes,
    ) -> Result<(Option<Resumed>, Vec<Warning>)> {
        self.kept.newest(|from| {
            if from.bytes("key")? != self.key {
                return Err(Fault::new(FOLDER, "", "belong to another run")
                    .expected("the scenario, data, seed and version that the run began with")
                    .advice("undo the change, or start again with --overwrite")
                    .into());
            }
            let state = State::take(from, fresh, n_legs, times)?;
            let day = if from.has("day.few") { Some((Frozen::take(from, like)?, log(from)?)) } else { None };
            Ok(Resumed { seal: from.seal(), state, day })
        })
    }

    /// Removes all checkpoints: the run is finished.
    ///
    /// # Errors
    /// What the disk says.
    pub fn clear(&self) -> Result<()> {
        self.kept.clear()
    }
}

/// Hash of all that learning depends on; `identity` is the text of the scenario.
///
/// In it: the version of the program, the scenario's text, changes of links, legs with their classes of vehicles,
/// and the ends and numbers of all links. Whatever else comes to influence a day must be added here.
///
/// # Errors
/// When the settings cannot be told as text.
pub fn key(network: &Network, legs: &Legs, changes: &[Change], identity: &str) -> Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    let text = |value: serde_json::Result<String>| value.map_err(|e| Error::Other(e.to_string()));
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.update(identity.as_bytes());
    hasher.update(text(serde_json::to_string(changes))?.as_bytes());
    let mut put = |values: &mut dyn Iterator<Item = u32>| {
        for value in values {
            hasher.update(&value.to_le_bytes());
        }
    };
    put(&mut legs.first.iter().copied());
    put(&mut legs.mode.iter().map(|&mode| mode as u32));
    put(&mut legs.vehicle.iter().map(|&class| u32::from(class.0)));
    for class in legs.classes.all() {
        for number in [class.pce, class.top_speed_mps] {
            put(&mut [number.to_bits() as u32, (number.to_bits() >> 32) as u32].into_iter());
        }
    }
    for column in [&legs.depart_s, &legs.dwell_s, &legs.teleport_s] {
        put(&mut column.iter().copied());
    }
    put(&mut legs.from.iter().chain(&legs.to).map(|link| link.0));
    for link in &network.links {
        put(&mut [link.from.0, link.to.0].into_iter());
        for number in [link.length_m, link.freespeed_mps, link.capacity_vph, link.lanes] {
            put(&mut [number.to_bits() as u32, (number.to_bits() >> 32) as u32].into_iter());
        }
    }
    Ok(*hasher.finalize().as_bytes())
}

/// The event log of a frozen day.
fn log(from: &Sections) -> Result<FrozenLog> {
    let [n_events, n_tables] = from.few("log.few")?;
    let link = from.bytes("log.link")?.try_into().map_err(|_| from.fault("log.link", "is no hash"))?;
    let n_tables = u32::try_from(n_tables).map_err(|_| from.fault("log.few", "counts too many tables"))?;
    Ok(FrozenLog { link, bytes: from.bytes("log.bytes")?.to_vec(), n_events, n_tables })
}

impl State {
    /// Writes what is known before a day.
    fn put(&self, to: &mut Writer) -> Result<()> {
        to.longs("rerouted", [self.rerouted].into_iter())?;
        self.routes.put("routes", to)?;
        to.words("depart", self.depart_s.iter().copied())?;
        to.words("stranded", self.stranded.iter().map(|leg| leg.0))?;
        self.drivers.put(to)?;
        Iteration::put(&self.iterations, to)
    }

    /// Reads what is known before a day of `n_legs` legs; `fresh` gives what drivers know of a day that nobody has
    /// driven, and so the shapes of what is read.
    fn take(from: &Sections, fresh: &Drivers, n_legs: usize, times: &LinkTimes) -> Result<Self> {
        let routes = Routes::take("routes", from, times.n_links)?;
        let depart_s = from.words("depart")?;
        let stranded: Vec<LegId> = from.words("stranded")?.into_iter().map(LegId).collect();
        if routes.first.len() != n_legs + 1 || depart_s.len() != n_legs {
            return Err(from.fault("routes", "are those of other trips"));
        }
        if stranded.iter().any(|leg| leg.index() >= n_legs) {
            return Err(from.fault("stranded", "names trips that nobody makes"));
        }
        let mut drivers = fresh.clone();
        drivers.take(from, times)?;
        let [rerouted] = from.few("rerouted")?;
        Ok(Self { routes, depart_s, stranded, drivers, iterations: Iteration::take(from)?, rerouted })
    }
}

impl Iteration {
    /// Windows of departure by which the gap is kept, at most.
    const WINDOWS: usize = 256;

    /// Writes the days so far as three arrays: seven counts a day, seven numbers a day, and the gaps by window of
    /// departure of all days one after the other (their number is the last count; a window or peak in which nobody left
    /// is NaN).
    fn put(rows: &[Self], to: &mut Writer) -> Result<()> {
        let counts = |row: &Self| {
            let Self { gap_legs, rerouted, pushed, aborted, moves, .. } = *row;
            [
                u64::from(row.iteration),
                gap_legs,
                rerouted,
                pushed,
                aborted,
                moves,
                row.gap_by_hour.len() as u64,
            ]
        };
        let numbers = |row: &Self| {
            let [am, pm] = row.gap_peaks.map(|gap| gap.unwrap_or(f64::NAN));
            [row.relative_gap, am, pm, row.excess_s, row.mean_car_min, row.route_s, row.traffic_s]
        };
        let gaps = rows.iter().flat_map(|row| row.gap_by_hour.iter().map(|gap| gap.unwrap_or(f64::NAN)));
        to.longs("days.counts", rows.iter().flat_map(counts).collect::<Vec<_>>().into_iter())?;
        to.numbers("days.numbers", rows.iter().flat_map(numbers).collect::<Vec<_>>().into_iter())?;
        to.numbers("days.gaps", gaps.collect::<Vec<_>>().into_iter())
    }

    /// Reads what `put` wrote; the counts say how many gaps belong to each day, and must use them up.
    fn take(from: &Sections) -> Result<Vec<Self>> {
        let odd = || from.fault("days.counts", "do not fit together");
        let (counts, numbers) = (from.longs("days.counts")?, from.numbers("days.numbers")?);
        let gaps = from.numbers("days.gaps")?;
        let (counts, numbers) = (counts.as_chunks::<7>(), numbers.as_chunks::<7>());
        if counts.0.len() != numbers.0.len() || !counts.1.is_empty() || !numbers.1.is_empty() {
            return Err(odd());
        }
        let (mut rows, mut rest) = (Vec::new(), &gaps[..]);
        for (counts, numbers) in counts.0.iter().zip(numbers.0) {
            let [iteration, gap_legs, rerouted, pushed, aborted, moves, n_gaps] = *counts;
            let [relative_gap, am, pm, excess_s, mean_car_min, route_s, traffic_s] = *numbers;
            let n_gaps = usize::try_from(n_gaps).ok().filter(|&n| n <= Self::WINDOWS).ok_or_else(odd)?;
            let (gaps, after) = rest.split_at_checked(n_gaps).ok_or_else(odd)?;
            rest = after;
            rows.push(Self {
                iteration: u32::try_from(iteration).map_err(|_| odd())?,
                relative_gap,
                gap_peaks: [am, pm].map(|gap| (!gap.is_nan()).then_some(gap)),
                gap_by_hour: gaps.iter().map(|&gap| (!gap.is_nan()).then_some(gap)).collect(),
                excess_s,
                gap_legs,
                rerouted,
                mean_car_min,
                pushed,
                aborted,
                moves,
                route_s,
                traffic_s,
            });
        }
        Ok(rows)
    }
}

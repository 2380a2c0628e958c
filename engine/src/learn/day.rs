//! One day of learning: the traffic, its events, and what is kept and checked while it runs.

use super::checkpoint::{Checkpointer, State};
use super::outside::Processes;
use crate::event::{Event, FrozenLog, Log, Summary};
use crate::network::{Change, Network};
use crate::traffic::check::{Check, Checked};
use crate::traffic::{self, Ended, Frozen, Outcome, Start, Then, World};
use crate::traffic::{Nobody, Sink};
use crate::trip::{Legs, Routes};
use crate::{Error, Result};
use std::path::PathBuf;

/// What a day is simulated on.
pub struct Day<'a> {
    /// Roads.
    pub network: &'a Network,
    /// What changes on them.
    pub changes: &'a [Change],
    /// The queue model.
    pub settings: traffic::Config,
    /// The processes of the run.
    pub processes: &'a dyn Processes,
    /// Where the events of a day that was paused lie.
    pub pieces: PathBuf,
}

/// What is asked of a day beside its outcome.
#[derive(Default)]
pub struct Wanted<'a> {
    /// Where its events go; only their hash is made without.
    pub events: Option<PathBuf>,
    /// Check the events: nobody lost, nobody too fast, flow, storage and order on every link.
    pub check: bool,
    /// What checkpoints in the day are made of.
    pub keep: Option<(&'a Checkpointer, &'a State)>,
    /// Where to go on.
    pub from: Option<(Frozen, FrozenLog)>,
}

/// A day that was simulated.
pub struct Simulated {
    /// What it came to.
    pub outcome: Outcome,
    /// Its events.
    pub events: Summary,
    /// What was checked, if it was.
    pub checked: Option<Checked>,
    /// Wall-clock seconds it took.
    pub traffic_s: f64,
}

impl Day<'_> {
    /// Parts that a day is cut into: one a process, or one a thread where there is work for it.
    fn n_parts(&self, routes: &Routes) -> usize {
        /// Link entries below which a second part costs more than it saves.
        const LEAST_WORK: usize = 1 << 20;
        let threads = rayon::current_num_threads();
        match self.settings.parts {
            0 if self.processes.size() > 1 => self.processes.size(),
            0 => (routes.links.len() / LEAST_WORK).clamp(1, threads),
            given => given,
        }
    }

    /// Simulates a day.
    ///
    /// # Errors
    /// What the queue model, the disk, or a check says.
    pub fn simulate(&self, legs: &Legs, routes: &Routes, wanted: Wanted) -> Result<Simulated> {
        let config = traffic::Config { parts: self.n_parts(routes), ..self.settings };
        let world = World::new(self.network, legs, routes, self.changes, &config)?;
        // Only the first of several processes sees events.
        let path = wanted.events.filter(|_| self.processes.is_first());
        let (frozen, log) = wanted.from.unzip();
        if let Some(frozen) = &frozen {
            frozen.check(&world)?;
        }
        let mut log = match log.filter(|_| self.processes.is_first()) {
            Some(state) => Log::thaw(state, path, &self.pieces)?,
            None => path.map_or_else(|| Ok(Log::hash_only()), Log::to_file)?,
        };
        // The check follows everybody from midnight on.
        let checks = wanted.check && frozen.is_none();
        let is_due = |_| wanted.keep.is_some_and(|(checkpointer, _)| checkpointer.is_due());
        let start = Start { frozen, pause: Some(&is_due) };
        let mut witness = Witness { log: &mut log, keep: wanted.keep };
        let simulate = |sink: &mut dyn Sink| match self.processes.day(&world, start, sink)? {
            Ended::Day(outcome) => Ok(outcome),
            Ended::Stopped => Err(Error::Other("the day was stopped".into())),
        };
        let (outcome, checked) = if checks && self.processes.is_first() {
            let n_persons = legs.n_persons();
            let mut check = Check::new(self.network, n_persons, self.changes, &config, &mut witness)
                .with_vehicles(legs)
                .with_links();
            let outcome = simulate(&mut check)?;
            (outcome, Some(check.finish()?))
        } else if self.processes.is_first() {
            (simulate(&mut witness)?, None)
        } else {
            (simulate(&mut Nobody)?, None)
        };
        Ok(Simulated { outcome, events: log.finish()?, checked, traffic_s: 0.0 })
    }
}

/// Takes the events down, and keeps the day when it is time.
struct Witness<'a> {
    log: &'a mut Log,
    keep: Option<(&'a Checkpointer, &'a State)>,
}

impl Sink for Witness<'_> {
    fn second(&mut self, events: &[Event]) -> Result<()> {
        self.log.second(events)
    }

    fn pause(&mut self, frozen: &Frozen) -> Result<Then> {
        if let Some((checkpointer, state)) = self.keep {
            let log = self.log.freeze(checkpointer.folder())?;
            checkpointer.put(state, Some((frozen, &log)))?;
        }
        Ok(Then::GoOn)
    }
}

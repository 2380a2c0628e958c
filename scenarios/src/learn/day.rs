//! One day of learning: the traffic, its events, and what is kept and checked while it runs.

use super::keep::{Keeper, State};
use crate::team::Team;
use engine::event::{Event, FrozenLog, Log, Summary};
use engine::network::{Change, Network};
use engine::traffic::check::{Check, Checked};
use engine::traffic::{self, Ended, Frozen, Outcome, Start, Then, World};
use engine::traffic::{Nobody, Sink};
use engine::trip::{Legs, Routes};
use engine::{Error, Result};
use std::path::PathBuf;

/// What a day is lived with.
pub struct Life<'a> {
    /// Roads.
    pub network: &'a Network,
    /// What changes on them.
    pub changes: &'a [Change],
    /// The queue model.
    pub settings: traffic::Config,
    /// The processes of the run.
    pub team: &'a Team,
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
    pub keep: Option<(&'a Keeper, &'a State)>,
    /// Where to go on.
    pub from: Option<(Frozen, FrozenLog)>,
}

/// A day that was lived.
pub struct Lived {
    /// What it came to.
    pub outcome: Outcome,
    /// Its events.
    pub events: Summary,
    /// What was checked, if it was.
    pub checked: Option<Checked>,
}

impl Life<'_> {
    /// Parts that a day is cut into: one a process, or one a thread where there is work for it.
    fn n_parts(&self, routes: &Routes) -> usize {
        /// Link entries below which a second part costs more than it saves.
        const LEAST_WORK: usize = 1 << 20;
        let threads = rayon::current_num_threads();
        match self.settings.parts {
            0 if self.team.size() > 1 => self.team.size(),
            0 => (routes.links.len() / LEAST_WORK).clamp(1, threads),
            given => given,
        }
    }

    /// Lives a day.
    ///
    /// # Errors
    /// What the queue model, the disk, or a check says.
    pub fn live(&self, legs: &Legs, routes: &Routes, wanted: Wanted) -> Result<Lived> {
        let config = traffic::Config { parts: self.n_parts(routes), ..self.settings };
        let world = World::new(self.network, legs, routes, self.changes, &config)?;
        // Only the first of several processes sees events.
        let path = wanted.events.filter(|_| self.team.is_first());
        let (frozen, log) = wanted.from.unzip();
        if let Some(frozen) = &frozen {
            frozen.check(&world)?;
        }
        let mut log = match log.filter(|_| self.team.is_first()) {
            Some(state) => Log::thaw(state, path, &self.pieces)?,
            None => path.map_or_else(|| Ok(Log::hash_only()), Log::to_file)?,
        };
        // The check follows everybody from midnight on.
        let checks = wanted.check && frozen.is_none();
        let is_due = |_| wanted.keep.is_some_and(|(keeper, _)| keeper.is_due());
        let start = Start { frozen, pause: Some(&is_due) };
        let mut witness = Witness { log: &mut log, keep: wanted.keep };
        let lives = |sink: &mut dyn Sink| match self.team.day(&world, start, sink)? {
            Ended::Day(outcome) => Ok(outcome),
            Ended::Stopped => Err(Error::Other("the day was stopped".into())),
        };
        let (outcome, checked) = if checks && self.team.is_first() {
            let n_persons = legs.n_persons();
            let mut check =
                Check::new(self.network, n_persons, self.changes, &config, &mut witness).with_links();
            let outcome = lives(&mut check)?;
            (outcome, Some(check.finish()?))
        } else if self.team.is_first() {
            (lives(&mut witness)?, None)
        } else {
            (lives(&mut Nobody)?, None)
        };
        Ok(Lived { outcome, events: log.finish()?, checked })
    }
}

/// Takes the events down, and keeps the day when it is time.
struct Witness<'a> {
    log: &'a mut Log,
    keep: Option<(&'a Keeper, &'a State)>,
}

impl Sink for Witness<'_> {
    fn second(&mut self, events: &[Event]) -> Result<()> {
        self.log.second(events)
    }

    fn pause(&mut self, frozen: &Frozen) -> Result<Then> {
        if let Some((keeper, state)) = self.keep {
            let log = self.log.freeze(keeper.folder())?;
            keeper.put(state, Some((frozen, &log)))?;
        }
        Ok(Then::GoOn)
    }
}

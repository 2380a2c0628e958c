//! Where the events of a day go while it runs.

use super::{Frozen, Then};
use crate::error::Result;
use crate::event::{Event, Log};

/// Takes the events of a day as they happen: in order of time, and inside a second in the total order.
pub trait Sink {
    /// All events of one second.
    ///
    /// # Errors
    /// Whatever stops the sink from keeping them (disk full).
    fn second(&mut self, events: &[Event]) -> Result<()>;

    /// Whether it wants events at all; the day is a little faster when nobody does.
    fn listens(&self) -> bool {
        true
    }

    /// The day as it stands between two seconds, after all events so far; see [`super::Start::pause`].
    ///
    /// # Errors
    /// Whatever stops the sink from keeping it.
    fn pause(&mut self, _frozen: &Frozen) -> Result<Then> {
        Ok(Then::GoOn)
    }
}

/// Keeps no event.
#[derive(Debug, Default)]
pub struct Nobody;

impl Sink for Nobody {
    fn second(&mut self, _: &[Event]) -> Result<()> {
        Ok(())
    }

    fn listens(&self) -> bool {
        false
    }
}

impl Sink for Vec<Event> {
    fn second(&mut self, events: &[Event]) -> Result<()> {
        self.extend_from_slice(events);
        Ok(())
    }
}

impl Sink for Log {
    fn second(&mut self, events: &[Event]) -> Result<()> {
        Self::second(self, events)
    }
}

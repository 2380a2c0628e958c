//! What learning needs from outside the engine: other processes, a clock, and somebody who watches.

use crate::Result;
use crate::traffic::{Ended, Sink, Start, World, run_from};

/// The processes that share a run. Each makes the same people and routes; the traffic of a day is shared.
pub trait Processes {
    /// Number of processes, at least 1.
    fn size(&self) -> usize;

    /// Whether this is the process that writes files and sees events.
    fn is_first(&self) -> bool;

    /// Runs a day on all processes; pauses are the first one's.
    ///
    /// # Errors
    /// What the connection between the processes or the sink reports.
    fn day(&self, world: &World, start: Start, sink: &mut dyn Sink) -> Result<Ended>;

    /// Whether all processes have the same `bytes`.
    fn agree(&self, bytes: &[u8; 32]) -> bool;
}

/// This process alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Processes for Alone {
    fn size(&self) -> usize {
        1
    }

    fn is_first(&self) -> bool {
        true
    }

    fn day(&self, world: &World, start: Start, sink: &mut dyn Sink) -> Result<Ended> {
        run_from(world, start, sink)
    }

    fn agree(&self, _: &[u8; 32]) -> bool {
        true
    }
}

/// Somebody who watches a run.
pub trait Progress {
    /// A line of text.
    fn line(&self, text: &str);

    /// `done` of at most `total` days were simulated.
    fn days(&self, done: u64, total: u64);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn line(&self, _: &str) {}

    fn days(&self, _: u64, _: u64) {}
}

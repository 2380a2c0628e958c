//! The processes of a run. One, unless the program was built with `--features mpi` and started by `mpirun`:
//! then each process makes the same people and routes, and the traffic of the day is shared among them.
//!
//! Results never depend on how many processes there are: only the first writes files, and what it writes has the
//! same bits as those of a run alone (`tests/mpi.sh`). Without the feature `mpi` everything here is what one
//! process does, and costs nothing.

#[cfg(feature = "mpi")]
mod mpi;

use engine::Result;
use engine::learn::Processes;
use engine::traffic::{Ended, Sink, Start, World, run_from};
use serde::Serialize;

/// What the processes wrote to each other, counted from the start of the program; all 0 for one process alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Ledger {
    /// Messages this process sent, one a second to each neighbour.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Wall-clock seconds it spent sending and waiting.
    pub exchange_s: f64,
}

/// The processes of this run.
#[derive(Default)]
pub struct Team {
    #[cfg(feature = "mpi")]
    others: Option<mpi::Others>,
}

impl Team {
    /// This process alone, or with the others that `mpirun` started.
    ///
    /// # Errors
    /// When MPI cannot start.
    pub fn gather() -> Result<Self> {
        #[cfg(feature = "mpi")]
        return Ok(Self { others: mpi::Others::find()? });
        #[cfg(not(feature = "mpi"))]
        Ok(Self::default())
    }

    /// What this process wrote to others so far.
    pub fn ledger(&self) -> Ledger {
        #[cfg(feature = "mpi")]
        return self.others.as_ref().map(mpi::Others::ledger).unwrap_or_default();
        #[cfg(not(feature = "mpi"))]
        Ledger::default()
    }

    /// Ends all processes, because this one failed and the others would wait for it. Does nothing for a process alone, which
    /// ends by returning its exit code.
    pub fn give_up(&self, exit_code: u8) {
        #[cfg(feature = "mpi")]
        if let Some(others) = &self.others {
            others.give_up(exit_code);
        }
        #[cfg(not(feature = "mpi"))]
        let _ = exit_code;
    }
}

impl Processes for Team {
    fn size(&self) -> usize {
        #[cfg(feature = "mpi")]
        return self.others.as_ref().map_or(1, mpi::Others::size);
        #[cfg(not(feature = "mpi"))]
        1
    }

    fn is_first(&self) -> bool {
        #[cfg(feature = "mpi")]
        return self.others.as_ref().is_none_or(mpi::Others::is_first);
        #[cfg(not(feature = "mpi"))]
        true
    }

    fn day(&self, world: &World, start: Start, sink: &mut dyn Sink) -> Result<Ended> {
        #[cfg(feature = "mpi")]
        if let Some(others) = &self.others {
            return others.day(world, start, sink);
        }
        run_from(world, start, sink)
    }

    fn agree(&self, bytes: &[u8; 32]) -> bool {
        #[cfg(feature = "mpi")]
        return self.others.as_ref().is_none_or(|others| others.agree(bytes));
        #[cfg(not(feature = "mpi"))]
        {
            let _ = bytes;
            true
        }
    }
}

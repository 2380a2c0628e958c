//! The processes that `mpirun` started.
//!
//! The engine asks for little: once a simulated second neighbours exchange the vehicles that cross between their
//! parts, now and then sums are formed over all ([`Carrier`]). All of it goes through `Lines`, so another library
//! for messages would only have to replace this file. What [`Ledger`] counts is reported by `wayfare bench` under
//! `mpirun`.

use super::Ledger;
use engine::traffic::Sink;
use engine::traffic::{Carrier, Ended, Start, World, run_on};
use engine::{Error, Result};
use mpi::collective::SystemOperation;
use mpi::environment::Universe;
use mpi::topology::{Rank, SimpleCommunicator};
use mpi::traits::{Communicator, CommunicatorCollectives, Destination, Equivalence, Source};
use std::cell::Cell;
use std::time::Instant;

/// Tags of messages, and of events on their way to process 0.
const MESSAGES: i32 = 1;
const EVENTS: i32 = 2;

/// MPI as long as the program runs: it is shut down when this is dropped, and cannot be started a second time.
pub struct Others {
    universe: Universe,
    ledger: Cell<Ledger>,
}

impl Others {
    /// The other processes; `None` without `mpirun`, or with one process.
    ///
    /// # Errors
    /// [`Error::Other`] when MPI does not start.
    pub fn find() -> Result<Option<Self>> {
        // Open MPI, MPICH and Slurm tell by these that they started the program.
        let started = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_MPI_TYPE"];
        if !started.iter().any(|name| std::env::var_os(name).is_some()) {
            return Ok(None);
        }
        let universe = mpi::initialize().ok_or_else(|| Error::Other("MPI does not start".into()))?;
        Ok(Some(Self { universe, ledger: Cell::default() }))
    }

    /// Number of processes, this one included.
    pub fn size(&self) -> usize {
        self.universe.world().size() as usize
    }

    /// Whether this is process 0, which writes files and sees the events.
    pub fn is_first(&self) -> bool {
        self.universe.world().rank() == 0
    }

    /// Runs this process's part of a day; see [`engine::learn::Processes::day`].
    ///
    /// # Errors
    /// What [`run_on`] reports. A message that fails is not among it: MPI then ends the program itself.
    pub fn day(&self, world: &World, start: Start, sink: &mut dyn Sink) -> Result<Ended> {
        run_on(world, &mut Lines(self.universe.world(), &self.ledger), start, sink)
    }

    /// Whether `bytes` are the same everywhere: then, byte by byte, the least of all is also the greatest. Every
    /// process gets the same answer, so all of them go on or all of them stop.
    pub fn agree(&self, bytes: &[u8; 32]) -> bool {
        let (mut least, mut most) = ([0u8; 32], [0u8; 32]);
        let world = self.universe.world();
        world.all_reduce_into(bytes, &mut least, SystemOperation::min());
        world.all_reduce_into(bytes, &mut most, SystemOperation::max());
        least == most
    }

    /// What this process sent so far.
    pub fn ledger(&self) -> Ledger {
        self.ledger.get()
    }

    /// Ends every process at once with this exit code, even those that wait for a message.
    pub fn give_up(&self, exit_code: u8) {
        self.universe.world().abort(i32::from(exit_code))
    }
}

/// The connections to the other processes, and where what goes over them is counted.
struct Lines<'a>(SimpleCommunicator, &'a Cell<Ledger>);

impl Lines<'_> {
    /// Replaces each value by the sum, or the least, of all processes at that place.
    fn reduce<T: Equivalence + Default + Clone>(&self, values: &mut [T], operation: SystemOperation) {
        // In pieces: MPI counts in 32 bits, and the copy stays small.
        let mut reduced = vec![T::default(); values.len().min(1 << 20)];
        for piece in values.chunks_mut(1 << 20) {
            let reduced = &mut reduced[..piece.len()];
            self.0.all_reduce_into(&*piece, reduced, operation);
            piece.clone_from_slice(reduced);
        }
    }
}

impl Carrier for Lines<'_> {
    fn rank(&self) -> usize {
        self.0.rank() as usize
    }

    fn size(&self) -> usize {
        self.0.size() as usize
    }

    fn exchange(&mut self, peers: &[usize], to: &[Vec<u32>], from: &mut [Vec<u32>]) -> Result<()> {
        let start = Instant::now();
        // All messages are under way before the first is waited for: if each process sent and then waited in turn,
        // two neighbours could wait for each other for ever.
        mpi::request::multiple_scope(peers.len(), |scope, sent| {
            for &peer in peers {
                let process = self.0.process_at_rank(peer as Rank);
                sent.add(process.immediate_send_with_tag(scope, &to[peer][..], MESSAGES));
            }
            for &peer in peers {
                let process = self.0.process_at_rank(peer as Rank);
                from[peer] = process.receive_vec_with_tag::<u32>(MESSAGES).0;
            }
            sent.wait_all(&mut Vec::new());
        });
        let mut ledger = self.1.get();
        ledger.messages += peers.len() as u64;
        ledger.bytes += peers.iter().map(|&peer| 4 * to[peer].len() as u64).sum::<u64>();
        ledger.exchange_s += start.elapsed().as_secs_f64();
        self.1.set(ledger);
        Ok(())
    }

    fn sum(&mut self, values: &mut [u64]) -> Result<()> {
        let start = Instant::now();
        self.reduce(values, SystemOperation::sum());
        let mut ledger = self.1.get();
        ledger.exchange_s += start.elapsed().as_secs_f64();
        self.1.set(ledger);
        Ok(())
    }

    fn collect(&mut self, words: Vec<u64>) -> Result<Vec<Vec<u64>>> {
        if self.rank() != 0 {
            self.0.process_at_rank(0).send_with_tag(&words[..], EVENTS);
            return Ok(Vec::new());
        }
        let mut all = vec![words];
        for other in 1..self.size() {
            all.push(self.0.process_at_rank(other as Rank).receive_vec_with_tag::<u64>(EVENTS).0);
        }
        Ok(all)
    }

    fn sum_all(&mut self, values: &mut [u32]) -> Result<()> {
        self.reduce(values, SystemOperation::sum());
        Ok(())
    }

    fn least_all(&mut self, values: &mut [u32]) -> Result<()> {
        self.reduce(values, SystemOperation::min());
        Ok(())
    }
}

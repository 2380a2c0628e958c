//! A day on several processes: each runs one part, and a [`Carrier`] (MPI, say) takes the letters from one to
//! another. The same tick and the same letters as between threads, so the same events.

use super::drive::{Report, hand_over, merge};
use super::part::Part;
use super::post::Message;
use super::{Outcome, World};
use crate::error::{Error, Result};
use crate::event::Sink;
use crate::id::NodeId;

/// What carries words between the processes of a day. All methods are called by all processes in the same order.
pub trait Carrier {
    /// Number of this process.
    fn rank(&self) -> usize;

    /// Number of processes.
    fn size(&self) -> usize;

    /// Sends `to[peer]` to each of the `peers` and puts what they send into `from[peer]`. If A has peer B, B has
    /// peer A.
    ///
    /// # Errors
    /// What the network says; so for all.
    fn exchange(&mut self, peers: &[usize], to: &[Vec<u32>], from: &mut [Vec<u32>]) -> Result<()>;

    /// Sums over all processes.
    ///
    /// # Errors
    /// As above.
    fn sum(&mut self, values: [u64; 2]) -> Result<[u64; 2]>;

    /// Brings the words of all processes to process 0, in the order of their numbers; empty elsewhere.
    ///
    /// # Errors
    /// As above.
    fn collect(&mut self, words: Vec<u64>) -> Result<Vec<Vec<u64>>>;

    /// Element by element the sum over all processes.
    ///
    /// # Errors
    /// As above.
    fn sum_all(&mut self, values: &mut [u32]) -> Result<()>;

    /// Element by element the least of all processes.
    ///
    /// # Errors
    /// As above.
    fn least_all(&mut self, values: &mut [u32]) -> Result<()>;
}

/// Seconds whose events go to process 0 together.
const WINDOW_S: u32 = 256;

/// Runs the part of this process. All get the outcome of the whole day; the events go to the sink of process 0.
/// `world` must be cut into as many parts as there are processes, or fewer.
///
/// # Errors
/// What the carrier or the sink says.
pub fn run_on(world: &World, carrier: &mut dyn Carrier, sink: &mut dyn Sink) -> Result<Outcome> {
    let (me, n_parts) = (carrier.rank(), world.layout.n_parts());
    if n_parts > carrier.size() {
        return Err(Error::Other(format!("{n_parts} parts for {} processes", carrier.size())));
    }
    let listens = carrier.sum([u64::from(me == 0 && sink.listens()), 0])?[0] > 0;
    // Processes without a part keep step and have nobody.
    let mut part = (me < n_parts).then(|| Part::new(world, me, listens));
    let mut line = Line::new(world, me, carrier.size());
    let mut report = Report::default();
    let end_s = world.end_s();
    let mut events = Vec::new();
    for now_s in 0..end_s {
        if let Some(part) = &mut part {
            part.tick(world, now_s);
            report.add(part.words(), now_s);
        }
        let is_over = line.exchange(world, carrier, part.as_mut(), now_s)? == 0 || now_s + 1 == end_s;
        if listens && (is_over || now_s % WINDOW_S == WINDOW_S - 1) {
            let reports = carrier.collect(std::mem::take(&mut report).into_words())?;
            merge(
                &reports.iter().map(|words| Report::from_words(words)).collect::<Vec<_>>(),
                &mut events,
                sink,
            )?;
        }
        if is_over {
            break;
        }
    }
    let mut outcome = world.nothing_yet();
    let mut last = Report::default();
    if let Some(part) = &mut part {
        outcome.n_aborted = part.abort();
        last.add(part.words(), end_s);
        part.pour(&mut outcome);
    }
    let reports = carrier.collect(last.into_words())?;
    let mut words: Vec<u64> = reports.iter().flat_map(|words| Report::from_words(words).words).collect();
    words.sort_unstable();
    hand_over(&words, end_s, &mut events, sink)?;
    add_up(carrier, &mut outcome)?;
    Ok(outcome)
}

/// Makes the outcome of one part that of all.
fn add_up(carrier: &mut dyn Carrier, outcome: &mut Outcome) -> Result<()> {
    let [moves, departed] = carrier.sum([outcome.n_moves, outcome.n_departed])?;
    let [arrived, aborted] = carrier.sum([outcome.n_arrived, outcome.n_aborted])?;
    (outcome.n_moves, outcome.n_departed) = (moves, departed);
    (outcome.n_arrived, outcome.n_aborted) = (arrived, aborted);
    let bins = &mut outcome.bins;
    for counts in [&mut bins.left, &mut bins.entered, &mut bins.time_sum_s, &mut outcome.pushed] {
        carrier.sum_all(counts)?;
    }
    let mut depart: Vec<u32> = outcome.moved.iter().map(|moved| moved.depart_s).collect();
    let mut arrive: Vec<u32> = outcome.moved.iter().map(|moved| moved.arrive_s).collect();
    carrier.least_all(&mut depart)?;
    carrier.least_all(&mut arrive)?;
    for (moved, (depart_s, arrive_s)) in outcome.moved.iter_mut().zip(depart.into_iter().zip(arrive)) {
        (moved.depart_s, moved.arrive_s) = (depart_s, arrive_s);
    }
    Ok(())
}

/// The letters of a process, by other process.
struct Line {
    me: usize,
    /// Processes whose parts touch this one: they hear from it every second.
    near: Vec<usize>,
    /// The others: only persons who do not drive go there, and few.
    far: Vec<usize>,
    to: Vec<Vec<u32>>,
    from: Vec<Vec<u32>>,
}

impl Line {
    fn new(world: &World, me: usize, size: usize) -> Self {
        let mut touches = vec![false; size];
        for link in &world.network.links {
            let ends = [link.from, link.to].map(|node: NodeId| world.layout.of_node(node));
            if ends[0] != ends[1] && ends.contains(&me) {
                ends.iter().for_each(|&part| touches[part] = true);
            }
        }
        let others = |near| {
            let touches = &touches;
            (0..size).filter(move |&other| other != me && touches[other] == near).collect()
        };
        Self {
            me,
            near: others(true),
            far: others(false),
            to: vec![Vec::new(); size],
            from: vec![Vec::new(); size],
        }
    }

    /// Sends the letters of a second and takes those of the others; returns how many persons are active in all.
    fn exchange(
        &mut self,
        world: &World,
        carrier: &mut dyn Carrier,
        mut part: Option<&mut Part>,
        now_s: u32,
    ) -> Result<u64> {
        let n_active = part.as_ref().map_or(0, |part| part.n_active() as u64);
        self.to.iter_mut().for_each(Vec::clear);
        if let Some(part) = &mut part {
            for (words, letters) in self.to.iter_mut().zip(&mut part.post.to) {
                words.extend(letters.drain(..).flat_map(Message::to_words));
            }
        }
        let n_far: usize = self.far.iter().map(|&other| self.to[other].len()).sum();
        carrier.exchange(&self.near, &self.to, &mut self.from)?;
        let [n_active, n_far] = carrier.sum([n_active, n_far as u64])?;
        if n_far > 0 {
            carrier.exchange(&self.far, &self.to, &mut self.from)?;
        }
        let Some(part) = part else { return Ok(n_active) };
        for (other, words) in self.from.iter_mut().enumerate().filter(|(other, _)| *other != self.me) {
            debug_assert!(other != self.me);
            let (letters, rest) = words.as_chunks::<{ Message::WORDS }>();
            if !rest.is_empty() {
                return Err(Error::Other("a letter between processes was cut off".into()));
            }
            let letters: Vec<Message> = letters.iter().map(|&words| Message::from_words(words)).collect();
            part.receive(world, &letters, now_s);
            words.clear();
        }
        Ok(n_active)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, compare};
    use crate::traffic::theory::world;
    use crate::traffic::{Config, oracle, run};
    use proptest::prelude::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// Threads that stand for processes: one channel for each pair, as MPI keeps the order of messages of a pair.
    struct Threads {
        rank: usize,
        to: Vec<Sender<Vec<u64>>>,
        from: Vec<Receiver<Vec<u64>>>,
    }

    impl Threads {
        fn new(size: usize) -> Vec<Self> {
            let mut ends: Vec<Self> = (0..size).map(|rank| Self { rank, to: vec![], from: vec![] }).collect();
            for sender in 0..size {
                for receiver in 0..size {
                    let (to, from) = channel();
                    ends[sender].to.push(to);
                    ends[receiver].from.push(from);
                }
            }
            ends
        }

        fn send(&self, to: usize, words: Vec<u64>) {
            self.to[to].send(words).unwrap();
        }

        fn fold(&self, values: Vec<u64>, fold: impl Fn(u64, u64) -> u64) -> Vec<u64> {
            (0..self.size()).for_each(|other| self.send(other, values.clone()));
            let all = (0..self.size()).map(|other| self.from[other].recv().unwrap());
            all.reduce(|a, b| a.iter().zip(&b).map(|(a, b)| fold(*a, *b)).collect()).unwrap()
        }

        fn fold_words(&self, values: &mut [u32], fold: impl Fn(u64, u64) -> u64) {
            let folded = self.fold(values.iter().map(|&v| u64::from(v)).collect(), fold);
            values.iter_mut().zip(folded).for_each(|(value, folded)| *value = folded as u32);
        }
    }

    impl Carrier for Threads {
        fn rank(&self) -> usize {
            self.rank
        }

        fn size(&self) -> usize {
            self.to.len()
        }

        fn exchange(&mut self, peers: &[usize], to: &[Vec<u32>], from: &mut [Vec<u32>]) -> Result<()> {
            for &peer in peers {
                self.send(peer, to[peer].iter().map(|&word| u64::from(word)).collect());
            }
            for &peer in peers {
                from[peer] = self.from[peer].recv().unwrap().into_iter().map(|word| word as u32).collect();
            }
            Ok(())
        }

        fn sum(&mut self, values: [u64; 2]) -> Result<[u64; 2]> {
            let sum = self.fold(values.to_vec(), |a, b| a + b);
            Ok([sum[0], sum[1]])
        }

        fn collect(&mut self, words: Vec<u64>) -> Result<Vec<Vec<u64>>> {
            self.send(0, words);
            let all = (0..self.size()).filter(|_| self.rank == 0);
            Ok(all.map(|other| self.from[other].recv().unwrap()).collect())
        }

        fn sum_all(&mut self, values: &mut [u32]) -> Result<()> {
            self.fold_words(values, |a, b| a + b);
            Ok(())
        }

        fn least_all(&mut self, values: &mut [u32]) -> Result<()> {
            self.fold_words(values, u64::min);
            Ok(())
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 25, ..ProptestConfig::default() })]

        /// Random days on 1 to 5 processes are the oracle's, and every process knows the outcome.
        #[test]
        fn processes_change_nothing(seed in any::<u64>(), size in 1usize..6) {
            let (network, (legs, routes), changes, config) = world(seed);
            let wanted = oracle::run(&network, &legs, &routes, &changes, &config);
            let alone = Config { parts: 1, ..config };
            let outcome = run(&network, &legs, &routes, &changes, &alone, &mut crate::event::Nobody).unwrap();
            let config = Config { parts: size, ..config };
            let world = World::new(&network, &legs, &routes, &changes, &config).unwrap();
            let days: Vec<(Outcome, Vec<Event>)> = std::thread::scope(|scope| {
                let live = |mut carrier: Threads| {
                    let mut events: Vec<Event> = Vec::new();
                    (run_on(&world, &mut carrier, &mut events).unwrap(), events)
                };
                let threads: Vec<_> = Threads::new(size).into_iter().map(|c| scope.spawn(move || live(c))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let difference = compare(&wanted, &days[0].1);
            prop_assert!(difference.is_none(), "{}", difference.unwrap());
            prop_assert!(days.iter().all(|day| day.0 == outcome));
            prop_assert!(days[1..].iter().all(|day| day.1.is_empty()));
        }
    }
}

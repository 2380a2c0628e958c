//! A day on several processes: each runs one part, and a [`Carrier`] (MPI, say) takes the messages from one to
//! another. The same tick and the same messages as between threads, so the same events.

use super::Sink;
use super::drive::{Ended, Report, Start, Then, hand_over, merge};
use super::freeze::Frozen;
use super::part::Part;
use super::post::Message;
use super::{LinkBins, Outcome, World};
use crate::error::{Error, Result};
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

    /// Element by element the sum over all processes.
    ///
    /// # Errors
    /// As above.
    fn sum(&mut self, values: &mut [u64]) -> Result<()>;

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

/// Runs the part of this process. All get the outcome of the whole day; the events go to the sink of process 0, and
/// only that is asked for pauses. `world` must be cut into as many parts as there are processes, or fewer, and all
/// must begin with the same day.
///
/// # Errors
/// What the carrier or the sink says.
pub fn run_on(world: &World, carrier: &mut dyn Carrier, start: Start, sink: &mut dyn Sink) -> Result<Ended> {
    let (me, n_parts) = (carrier.rank(), world.layout.n_parts());
    if n_parts > carrier.size() {
        return Err(Error::Other(format!("{n_parts} parts for {} processes", carrier.size())));
    }
    let listens = sum(carrier, [u64::from(me == 0 && sink.listens())])? != [0];
    let from_s = start.frozen.as_ref().map_or(0, |frozen| frozen.next_s);
    // Processes without a part keep step and have nobody.
    let mut part = (me < n_parts).then(|| match &start.frozen {
        Some(frozen) => Part::thaw(world, me, listens, frozen),
        None => Part::new(world, me, listens),
    });
    // What was written down before lies with process 0, or it would be counted once for each.
    let before = start.frozen.filter(|_| me == 0).map(|frozen| frozen.outcome);
    let mut outcome = before.unwrap_or_else(|| world.nothing_yet());
    let mut line = Line::new(world, me, carrier.size());
    let mut report = Report::default();
    let end_s = world.end_s();
    let mut events = Vec::new();
    for now_s in from_s..end_s {
        if let Some(part) = &mut part {
            part.tick(world, now_s);
            report.add(part.words(), now_s);
        }
        let asks = me == 0 && start.pause.is_some_and(|pause| pause(now_s));
        let (n_active, pauses) = line.exchange(world, carrier, part.as_mut(), asks, now_s)?;
        let is_over = n_active == 0 || now_s + 1 == end_s;
        if listens && (is_over || pauses || now_s % WINDOW_S == WINDOW_S - 1) {
            let reports = carrier.collect(std::mem::take(&mut report).into_words())?;
            let reports: Vec<Report> = reports.iter().map(|words| Report::from_words(words)).collect();
            merge(&reports, &mut events, sink)?;
        }
        if is_over {
            break;
        }
        if pauses && rest(world, carrier, part.as_mut(), &mut outcome, now_s, sink)? == Then::Stop {
            return Ok(Ended::Stopped);
        }
    }
    let mut last = Report::default();
    if let Some(part) = &mut part {
        outcome.n_aborted += part.abort();
        last.add(part.words(), end_s);
        part.pour(&mut outcome);
    }
    let reports = carrier.collect(last.into_words())?;
    let mut words: Vec<u64> = reports.iter().flat_map(|words| Report::from_words(words).words).collect();
    words.sort_unstable();
    hand_over(&words, end_s, &mut events, sink)?;
    add_up(carrier, &mut outcome)?;
    Ok(Ended::Day(outcome))
}

/// Shows the day after second `now_s` to the sink of process 0, which then has all of `outcome`.
fn rest(
    world: &World,
    carrier: &mut dyn Carrier,
    part: Option<&mut Part>,
    outcome: &mut Outcome,
    now_s: u32,
    sink: &mut dyn Sink,
) -> Result<Then> {
    let mut frozen = Frozen::empty(world, now_s + 1, std::mem::take(outcome));
    if let Some(part) = part {
        part.freeze(&mut frozen);
    }
    add_up(carrier, &mut frozen.outcome)?;
    let bins = LinkBins { n_links: world.network.links.len(), ..LinkBins::default() };
    let nothing = Outcome { bins, ..Outcome::default() };
    let done = std::mem::replace(&mut frozen.outcome, nothing.clone());
    let all = carrier.collect(into_words(&frozen.to_bytes()?))?;
    let mut stops = false;
    *outcome = world.nothing_yet();
    if carrier.rank() == 0 {
        for words in &all[1..] {
            frozen.join(Frozen::from_bytes(from_words(words), &nothing)?);
        }
        frozen.sort();
        frozen.outcome = done;
        stops = sink.pause(&frozen)? == Then::Stop;
        *outcome = frozen.outcome;
    }
    Ok(if sum(carrier, [u64::from(stops)])? == [0] { Then::GoOn } else { Then::Stop })
}

/// Bytes as words: their number, then eight in each.
fn into_words(bytes: &[u8]) -> Vec<u64> {
    let word = |chunk: &[u8]| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    };
    std::iter::once(bytes.len() as u64).chain(bytes.chunks(8).map(word)).collect()
}

/// The bytes of [`into_words`].
fn from_words(words: &[u64]) -> Vec<u8> {
    let n = words.first().map_or(0, |&n| n as usize);
    let mut bytes: Vec<u8> = words.iter().skip(1).flat_map(|word| word.to_le_bytes()).collect();
    bytes.truncate(n);
    bytes
}

fn sum<const N: usize>(carrier: &mut dyn Carrier, mut values: [u64; N]) -> Result<[u64; N]> {
    carrier.sum(&mut values)?;
    Ok(values)
}

/// Makes the outcome of one part that of all.
fn add_up(carrier: &mut dyn Carrier, outcome: &mut Outcome) -> Result<()> {
    let totals = [outcome.n_moves, outcome.n_departed, outcome.n_arrived, outcome.n_aborted];
    [outcome.n_moves, outcome.n_departed, outcome.n_arrived, outcome.n_aborted] = sum(carrier, totals)?;
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

/// The messages of a process, by other process.
struct Line {
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
        let empty = || vec![Vec::new(); size];
        Self { near: others(true), far: others(false), to: empty(), from: empty() }
    }

    /// Sends the messages of a second and takes those of the others; returns how many persons are active in all, and
    /// whether a process asks for a pause.
    fn exchange(
        &mut self,
        world: &World,
        carrier: &mut dyn Carrier,
        mut part: Option<&mut Part>,
        asks: bool,
        now_s: u32,
    ) -> Result<(u64, bool)> {
        let n_active = part.as_ref().map_or(0, |part| part.n_active() as u64);
        self.to.iter_mut().for_each(Vec::clear);
        if let Some(part) = &mut part {
            for (words, messages) in self.to.iter_mut().zip(&mut part.post.to) {
                words.extend(messages.drain(..).flat_map(Message::to_words));
            }
        }
        let n_far: usize = self.far.iter().map(|&other| self.to[other].len()).sum();
        carrier.exchange(&self.near, &self.to, &mut self.from)?;
        let [n_active, n_far, n_ask] = sum(carrier, [n_active, n_far as u64, u64::from(asks)])?;
        if n_far > 0 {
            carrier.exchange(&self.far, &self.to, &mut self.from)?;
        }
        let Some(part) = part else { return Ok((n_active, n_ask > 0)) };
        for words in &mut self.from {
            let (messages, rest) = words.as_chunks::<{ Message::WORDS }>();
            if !rest.is_empty() {
                return Err(Error::Other("a message between processes was cut off".into()));
            }
            let messages: Vec<Message> = messages.iter().map(|&words| Message::from_words(words)).collect();
            part.receive(world, &messages, now_s);
            words.clear();
        }
        Ok((n_active, n_ask > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::compare;
    use crate::traffic::Nobody;
    use crate::traffic::matrix::Recorder;
    use crate::traffic::theory::world;
    use crate::traffic::{Config, oracle, run_from};
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

        fn sum(&mut self, values: &mut [u64]) -> Result<()> {
            values.copy_from_slice(&self.fold(values.to_vec(), |a, b| a + b));
            Ok(())
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

        /// Random days on 1 to 5 processes are the oracle's, frozen at any second and resumed on another number of
        /// them. Every process knows the outcome, and what is frozen is what one process would freeze.
        #[test]
        fn processes_change_nothing(seed in any::<u64>(), first in 1usize..6, second in 1usize..6, stop_s in 0u32..4000) {
            let (network, (legs, routes), changes, config) = world(seed);
            let wanted = oracle::run(&network, &legs, &routes, &changes, &config);
            let mut alone = Recorder::default();
            let day = |n_processes, frozen: Option<Frozen>, recorder: &mut Recorder| {
                let config = Config { parts: n_processes, ..config };
                let world = World::new(&network, &legs, &routes, &changes, &config).unwrap();
                days(&world, n_processes, frozen, stop_s, recorder)
            };
            let config = Config { parts: 1, ..config };
            let world = World::new(&network, &legs, &routes, &changes, &config).unwrap();
            let at = |now_s| now_s == stop_s;
            let Ended::Day(outcome) = run_from(&world, Start { frozen: None, pause: Some(&at) }, &mut alone).unwrap()
            else { panic!("nobody stopped it") };
            let (mut went_on, mut stopped) = (Recorder::default(), Recorder { stops: true, ..Recorder::default() });
            prop_assert!(day(first, None, &mut went_on) == outcome);
            prop_assert!(went_on.frozen == alone.frozen, "the frozen day tells the processes");
            let broken_off = day(first, None, &mut stopped);
            let resumed = match stopped.frozen.clone() {
                Some(frozen) => day(second, Some(frozen), &mut stopped),
                None => broken_off,
            };
            prop_assert!(resumed == outcome);
            for recorder in [alone, went_on, stopped] {
                let difference = compare(&wanted, &recorder.events);
                prop_assert!(difference.is_none(), "{}", difference.unwrap());
            }
        }
    }

    /// A day on `n` processes, with `recorder` the sink of the first; what all of them say it came to, or nothing when
    /// it was stopped. It pauses after `stop_s`, unless it begins there.
    fn days(
        world: &World,
        n: usize,
        frozen: Option<Frozen>,
        stop_s: u32,
        recorder: &mut Recorder,
    ) -> Outcome {
        let resumed = frozen.is_some();
        let pause = |now_s| now_s == stop_s && !resumed;
        let live = |mut carrier: Threads, sink: &mut dyn Sink| {
            let start = Start { frozen: frozen.clone(), pause: Some(&pause) };
            match run_on(world, &mut carrier, start, sink).unwrap() {
                Ended::Day(outcome) => outcome,
                Ended::Stopped => Outcome::default(),
            }
        };
        let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
            let live = &live;
            let mut carriers = Threads::new(n).into_iter();
            let first = carriers.next().unwrap();
            let others: Vec<_> =
                carriers.map(|carrier| scope.spawn(move || live(carrier, &mut Nobody))).collect();
            let mut outcomes = vec![live(first, recorder)];
            outcomes.extend(others.into_iter().map(|other| other.join().unwrap()));
            outcomes
        });
        assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "processes disagree");
        outcomes.into_iter().next().unwrap()
    }
}

//! Runs all parts of a day: one on the caller's thread, or several on threads of their own while the caller's
//! thread puts their events together.
//!
//! Parts meet once a second, without locks that anybody waits for: each leaves its messages of the second in a
//! mailbox for each other part and counts it up; who needs the messages spins until the count is there.
//!
//! What keeps the parts together, and what a change must keep:
//! * A part that has run second t posts its messages of t and waits for those of all others. So no part is ever
//!   more than a second ahead, two halves of a mailbox are enough, and the second t + 1 of a part sees all that the
//!   others sent in t, in the order of their numbers.
//! * Each mailbox also carries how many persons its sender still has on the way, and whether part 0 asks for a
//!   pause. All parts add up the same numbers, so all end, or pause, in the same second without asking anybody.
//! * Each part hands its events to the caller's thread every `WINDOW_S` seconds, at a pause and at the end, so the
//!   n-th report of one part covers the same seconds as the n-th of another. The channel holds `BACKLOG` of them: a
//!   sink that is slow slows the day, and memory stays bounded.
//!
//! Begin reading at [`run_from`], then `Run::live` and `Exchange::exchange`.

use super::Sink;
use super::freeze::Frozen;
use super::part::Part;
use super::post::Message;
use super::{Outcome, World, record};
use crate::error::{Error, Result};
use crate::event::Event;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where a day begins and when it is frozen.
#[derive(Default)]
pub struct Start<'a> {
    /// The state to go on from; midnight without one. It must have passed [`Frozen::check`].
    pub frozen: Option<Frozen>,
    /// Asked after each second whether the sink wants [`Sink::pause`].
    pub pause: Option<&'a (dyn Fn(u32) -> bool + Sync)>,
}

/// What to do after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Live on.
    GoOn,
    /// Break the day off.
    Stop,
}

/// How a day ended.
#[derive(Debug)]
pub enum Ended {
    /// It is over.
    Day(Outcome),
    /// The sink broke it off in a pause.
    Stopped,
}

/// Seconds whose events the parts hand over together.
const WINDOW_S: u32 = 64;
/// Windows that a part may be ahead of the thread that takes the events.
const BACKLOG: usize = 4;
/// Looks at a mailbox before the thread lets another one run.
const SPINS: u32 = 1000;
/// Looks before it naps instead.
const YIELDS: u32 = SPINS + 200;
/// A nap.
const NAP: Duration = Duration::from_micros(50);

/// Runs a day from `start`; see [`super::run`].
///
/// # Errors
/// What `sink` says.
pub fn run_from(world: &World, start: Start, sink: &mut dyn Sink) -> Result<Ended> {
    let n_parts = world.layout.n_parts();
    let listens = sink.listens();
    let (from_s, frozen) = match start.frozen {
        Some(frozen) => (frozen.next_s, Some(frozen)),
        None => (0, None),
    };
    let part = |index| match &frozen {
        Some(frozen) => Part::thaw(world, index, listens, frozen),
        None => Part::new(world, index, listens),
    };
    let mut parts: Vec<Part> = (0..n_parts).map(part).collect();
    let outcome = frozen.map_or_else(|| world.nothing_yet(), |frozen| frozen.outcome);
    let run = Run { world, from_s, pause: start.pause };
    match parts.pop() {
        Some(only) if n_parts == 1 => run.alone(only, outcome, sink),
        last => {
            parts.extend(last);
            run.together(parts, outcome, sink)
        }
    }
}

/// What the threads of a day share: the world, the first second to run, and the question for a pause.
#[derive(Clone, Copy)]
struct Run<'a> {
    world: &'a World<'a>,
    from_s: u32,
    pause: Option<&'a (dyn Fn(u32) -> bool + Sync)>,
}

impl Run<'_> {
    /// The day on the caller's thread: no messages, no windows, each second's events handed over at once. It must
    /// give the same events as [`Run::together`] with any number of parts (test `cuts_and_pauses_change_nothing`).
    fn alone(self, mut part: Part, mut outcome: Outcome, sink: &mut dyn Sink) -> Result<Ended> {
        let mut events = Vec::new();
        for now_s in self.from_s..self.world.end_s() {
            part.tick(self.world, now_s);
            hand_over(part.words(), now_s, &mut events, sink)?;
            // After the last second nobody pauses: no cut does.
            if part.n_active() == 0 || now_s + 1 == self.world.end_s() {
                break;
            }
            if self.pause.is_some_and(|pause| pause(now_s)) {
                let mut frozen = Frozen::empty(self.world, now_s + 1, outcome);
                part.freeze(&mut frozen);
                frozen.sort();
                if sink.pause(&frozen)? == Then::Stop {
                    return Ok(Ended::Stopped);
                }
                outcome = frozen.outcome;
            }
        }
        outcome.n_aborted += part.abort();
        hand_over(part.words(), self.world.end_s(), &mut events, sink)?;
        part.pour(&mut outcome);
        Ok(Ended::Day(outcome))
    }

    /// The day on one thread for each part, while this thread takes the events. When this thread has an
    /// error (from the sink), it sets `broken`, so that threads that wait for messages end, too; the scope ends with
    /// the last.
    fn together(self, parts: Vec<Part>, outcome: Outcome, sink: &mut dyn Sink) -> Result<Ended> {
        let exchange = Exchange::new(parts.len(), self.from_s);
        let state = Mutex::new(Frozen::empty(self.world, 0, outcome));
        let done = std::thread::scope(|scope| {
            let mut workers = Vec::with_capacity(parts.len());
            for part in parts {
                let (reports, inbox) = sync_channel(BACKLOG);
                let (answers, go_on) = sync_channel(1);
                workers.push(Worker { inbox, answers });
                let (exchange, state) = (&exchange, &state);
                scope.spawn(move || self.live(part, exchange, state, &reports, &go_on));
            }
            let done = self.collect(&workers, &state, sink);
            if done.is_err() {
                exchange.broken.store(true, Ordering::Relaxed);
            }
            done
        })?;
        let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(if done == Then::GoOn { Ended::Day(state.outcome) } else { Ended::Stopped })
    }

    /// The day of a part on its thread. It ends early only when the caller's thread or another part broke off,
    /// and they have the reason.
    fn live(
        self,
        mut part: Part,
        exchange: &Exchange,
        state: &Mutex<Frozen>,
        reports: &SyncSender<Report>,
        go_on: &Receiver<Then>,
    ) {
        let _alarm = Alarm(exchange);
        let end_s = self.world.end_s();
        let mut report = Report::default();
        for now_s in self.from_s..end_s {
            part.tick(self.world, now_s);
            report.add(part.words(), now_s);
            let asks = part.index == 0 && self.pause.is_some_and(|pause| pause(now_s));
            let Some((n_active, pause)) = exchange.exchange(self.world, &mut part, asks, now_s) else {
                return;
            };
            let is_over = n_active == 0 || now_s + 1 == end_s;
            let pauses = pause && !is_over;
            if pauses {
                part.freeze(&mut lock(state));
            }
            if pauses || is_over || now_s % WINDOW_S == WINDOW_S - 1 {
                report.pauses_at_s = pauses.then_some(now_s);
                if reports.send(std::mem::take(&mut report)).is_err()
                    || (pauses && go_on.recv() != Ok(Then::GoOn))
                {
                    return;
                }
            }
            if is_over {
                break;
            }
        }
        let n_aborted = part.abort();
        report.add(part.words(), end_s);
        {
            let outcome = &mut lock(state).outcome;
            outcome.n_aborted += n_aborted;
            part.pour(outcome);
        }
        report.is_last = true;
        // The caller's thread is gone only when it has an error to tell.
        let _ = reports.send(report);
    }

    /// Hands the events of all parts over, second by second, until the day is over.
    fn collect(self, workers: &[Worker], state: &Mutex<Frozen>, sink: &mut dyn Sink) -> Result<Then> {
        let broken = || Error::Other("a thread of the queue model broke off".into());
        let mut events = Vec::new();
        loop {
            let mut reports = Vec::with_capacity(workers.len());
            for worker in workers {
                reports.push(worker.inbox.recv().map_err(|_| broken())?);
            }
            merge(&reports, &mut events, sink)?;
            if let Some(now_s) = reports[0].pauses_at_s {
                let then = self.rest(state, now_s, sink)?;
                // A part that does not take its answer has broken off.
                let _ = workers.iter().try_for_each(|worker| worker.answers.send(then));
                if then == Then::Stop {
                    return Ok(then);
                }
            }
            if reports[0].is_last {
                return Ok(Then::GoOn);
            }
        }
    }

    /// Shows the frozen day to the sink, and makes room for the next pause.
    fn rest(self, state: &Mutex<Frozen>, now_s: u32, sink: &mut dyn Sink) -> Result<Then> {
        let mut state = lock(state);
        state.next_s = now_s + 1;
        state.sort();
        let then = sink.pause(&state)?;
        let outcome = std::mem::take(&mut state.outcome);
        *state = Frozen::empty(self.world, 0, outcome);
        Ok(then)
    }
}

/// What a part tells the caller's thread.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub words: Vec<u64>,
    /// Second and number of its words; seconds without one are left out.
    seconds: Vec<(u32, u32)>,
    pauses_at_s: Option<u32>,
    is_last: bool,
}

impl Report {
    pub fn add(&mut self, words: &[u64], now_s: u32) {
        if !words.is_empty() {
            self.words.extend_from_slice(words);
            self.seconds.push((now_s, words.len() as u32));
        }
    }

    /// Seconds and words in one array, for another process: number of seconds, the seconds, the words.
    pub fn into_words(mut self) -> Vec<u64> {
        let mut all = vec![self.seconds.len() as u64];
        all.extend(self.seconds.iter().map(|&(now_s, n)| u64::from(now_s) << 32 | u64::from(n)));
        all.append(&mut self.words);
        all
    }

    /// The report of [`Report::into_words`].
    pub fn from_words(all: &[u64]) -> Self {
        let (n, rest) = all.split_first().map_or((0, all), |(&n, rest)| (n as usize, rest));
        let (seconds, words) = rest.split_at(n.min(rest.len()));
        let seconds = seconds.iter().map(|&word| ((word >> 32) as u32, word as u32)).collect();
        Self { words: words.to_vec(), seconds, ..Self::default() }
    }
}

/// The caller's ends of the channels of a part: reports come in, what to do after a pause goes out.
struct Worker {
    inbox: Receiver<Report>,
    answers: SyncSender<Then>,
}

/// Hands the events of the same seconds of all parts over.
///
/// Each report holds its seconds in ascending order, so this is a merge by second; within a second the words of all
/// parts are sorted, which is the total order of events, because a word begins with the person.
pub(super) fn merge(reports: &[Report], events: &mut Vec<Event>, sink: &mut dyn Sink) -> Result<()> {
    let mut next: Vec<(usize, usize)> = vec![(0, 0); reports.len()];
    let mut words = Vec::new();
    let second = |report: &Report, at: usize| report.seconds.get(at).map(|&(now_s, _)| now_s);
    while let Some(now_s) = reports.iter().zip(&next).filter_map(|(r, at)| second(r, at.0)).min() {
        words.clear();
        for (report, (at, start)) in reports.iter().zip(&mut next) {
            if second(report, *at) == Some(now_s) {
                let n = report.seconds[*at].1 as usize;
                words.extend_from_slice(&report.words[*start..*start + n]);
                (*at, *start) = (*at + 1, *start + n);
            }
        }
        // Sorted runs, which a stable sort finds and merges.
        words.sort();
        hand_over(&words, now_s, events, sink)?;
    }
    Ok(())
}

/// Hands the events of one second to the sink, unpacked; a second without events is not handed over. `events` is
/// memory that is used again.
pub(super) fn hand_over(
    words: &[u64],
    now_s: u32,
    events: &mut Vec<Event>,
    sink: &mut dyn Sink,
) -> Result<()> {
    if words.is_empty() {
        return Ok(());
    }
    events.clear();
    events.extend(words.iter().map(|&word| record::event(word, now_s)));
    sink.second(events)
}

/// Takes the lock even where a panic has poisoned it: the scope of the threads passes that panic on as soon as all
/// are back, so nothing of what is read here survives it.
fn lock(state: &Mutex<Frozen>) -> MutexGuard<'_, Frozen> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The messages of one part to another. Two of them, for even and odd seconds: who is a second ahead does not
/// write over what the other one still reads.
#[repr(align(128))]
struct Mailbox {
    /// Seconds posted.
    posted: AtomicU32,
    halves: [Mutex<Sent>; 2],
}

#[derive(Default)]
struct Sent {
    messages: Vec<Message>,
    n_active: usize,
    pause: bool,
}

/// All mailboxes of a day, n × n for n parts; those from a part to itself are never used.
struct Exchange {
    n_parts: usize,
    /// By sender, then receiver.
    boxes: Vec<Mailbox>,
    /// A thread broke off: nobody waits for it.
    broken: AtomicBool,
}

impl Exchange {
    fn new(n_parts: usize, from_s: u32) -> Self {
        let mailbox = |_| Mailbox { posted: AtomicU32::new(from_s), halves: Default::default() };
        let boxes = (0..n_parts * n_parts).map(mailbox).collect();
        Self { n_parts, boxes, broken: AtomicBool::new(false) }
    }

    /// Posts the messages of a part and takes those to it. Returns how many persons are active in all parts, and
    /// whether part 0 asks for a pause; `None` when a thread broke off.
    fn exchange(&self, world: &World, part: &mut Part, asks: bool, now_s: u32) -> Option<(usize, bool)> {
        let me = part.index;
        let mut n_active = part.n_active();
        let mut pause = asks;
        for other in (0..self.n_parts).filter(|&other| other != me) {
            let mailbox = &self.boxes[me * self.n_parts + other];
            let mut sent = open(mailbox, now_s);
            std::mem::swap(&mut sent.messages, &mut part.post.to[other]);
            (sent.n_active, sent.pause) = (n_active, asks);
            drop(sent);
            mailbox.posted.store(now_s + 1, Ordering::Release);
        }
        for other in (0..self.n_parts).filter(|&other| other != me) {
            let mailbox = &self.boxes[other * self.n_parts + me];
            self.wait(mailbox, now_s)?;
            let mut sent = open(mailbox, now_s);
            part.receive(world, &sent.messages, now_s);
            sent.messages.clear();
            n_active += sent.n_active;
            pause |= sent.pause;
        }
        Some((n_active, pause))
    }

    /// Waits until the sender has posted second `now_s`; `None` when a thread broke off. The sender counts up with
    /// `Release` after it has filled the mailbox, this thread reads the count with `Acquire` before it opens it.
    fn wait(&self, mailbox: &Mailbox, now_s: u32) -> Option<()> {
        let mut n_looks = 0;
        while mailbox.posted.load(Ordering::Acquire) <= now_s {
            if self.broken.load(Ordering::Relaxed) {
                return None;
            }
            n_looks += 1;
            // Not asleep at first: to be woken costs more than most waits last. Who waits for long waits for a thread
            // that another program keeps from running, and only steals its time by looking.
            match n_looks {
                0..SPINS => std::hint::spin_loop(),
                SPINS..YIELDS => std::thread::yield_now(),
                _ => std::thread::sleep(NAP),
            }
        }
        Some(())
    }
}

/// The half of a mailbox for a second. Its lock is never contended: the receiver opens it only after the sender has
/// posted, and the sender comes back two seconds later, when the receiver has taken all.
fn open(mailbox: &Mailbox, now_s: u32) -> MutexGuard<'_, Sent> {
    mailbox.halves[(now_s % 2) as usize].lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells all threads when this one breaks off.
struct Alarm<'a>(&'a Exchange);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.broken.store(true, Ordering::Relaxed);
        }
    }
}

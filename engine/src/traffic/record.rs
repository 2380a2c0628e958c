//! What a part writes down while the day runs.
//!
//! Events are packed into words, so that a second is sorted by comparing numbers, and the order of the words is the
//! total order of [`Event`]:
//!
//! ```text
//! person 5 departs (kind 4) on link 7:  5 · 2^32 + 4 · 2^28 + 7;  no link: the low 28 bits all ones
//! ```
//!
//! Nothing here influences the day. Counts are kept by part and added to the [`Outcome`] at a pause and at the end:
//! sums of whole numbers, so the cut into parts cannot show in them.

use super::link::Link;
use super::vehicle::NIL;
use super::{Config, Outcome};
use crate::event::{Event, Kind};
use crate::id::{LinkId, PersonId};

/// Events of a second as sortable words: person (32 bits), kind (4), link (28).
const LINK_BITS: u32 = 28;
/// Most links a network can have: one less than 2^28.
pub(super) const MAX_LINKS: usize = (1 << LINK_BITS) - 1;
const NO_LINK: u64 = MAX_LINKS as u64;

/// An event without its second.
pub(super) fn event(word: u64, time_s: u32) -> Event {
    Event {
        time_s,
        person: PersonId((word >> 32) as u32),
        kind: Kind::ALL[(word >> LINK_BITS & 15) as usize],
        link: match word & NO_LINK {
            NO_LINK => LinkId::NONE,
            link => LinkId(link as u32),
        },
    }
}

/// Vehicles that left a link, those of them that entered it over its start node in the bin, and the sum of
/// their travel times, seconds.
type Counts = [u32; 3];

/// The record of a part.
#[derive(Debug)]
pub(super) struct Record {
    /// Events of this second; unsorted until its end.
    pub words: Vec<u64>,
    /// Whether anybody listens to the events.
    listens: bool,
    /// Counts by bin and own link; a bin is empty before its first count.
    bins: Vec<Vec<Counts>>,
    n_own: usize,
    bin_s: u32,
    /// The bin of this second and its first second.
    bin: usize,
    bin_start_s: u32,
    /// Pushes by link (stand-ins too) and hour.
    pushed: Vec<u32>,
    /// Legs that departed and arrived, with the second.
    departed: Vec<(u32, u32)>,
    arrived: Vec<(u32, u32)>,
    pub n_moves: u64,
}

impl Record {
    /// An empty record of a part of `n_links` links, the first `n_own` of which end in it.
    pub fn new(config: &Config, n_links: usize, n_own: usize, listens: bool) -> Self {
        let n_bins = config.end_s.div_ceil(config.bin_s).max(1) as usize;
        let mut record = Self {
            words: Vec::new(),
            listens,
            bins: vec![Vec::new(); n_bins],
            n_own,
            bin_s: config.bin_s,
            bin: 0,
            bin_start_s: 0,
            pushed: vec![0; n_links * 24],
            departed: Vec::new(),
            arrived: Vec::new(),
            n_moves: 0,
        };
        record.open(0);
        record
    }

    /// Forgets the events of the second before, and opens the next bin when its time has come. Times beyond the
    /// last bin count in the last.
    pub fn start_second(&mut self, now_s: u32) {
        self.words.clear();
        if now_s - self.bin_start_s >= self.bin_s {
            self.bin = ((now_s / self.bin_s) as usize).min(self.bins.len() - 1);
            self.bin_start_s = self.bin as u32 * self.bin_s;
            self.open(self.bin);
        }
    }

    /// The counts of a bin, made when they are first needed: 12 bytes for each own link, and none for hours that
    /// the day has not reached.
    fn open(&mut self, bin: usize) -> &mut [Counts] {
        if self.bins[bin].is_empty() {
            self.bins[bin] = vec![[0; 3]; self.n_own];
        }
        &mut self.bins[bin]
    }

    /// Notes an event of this second; [`NIL`] as link means none. Nothing is kept where nobody listens.
    #[inline]
    pub fn say(&mut self, person: u32, kind: Kind, link: u32) {
        if self.listens {
            let link = u64::from(link).min(NO_LINK);
            self.words.push(u64::from(person) << 32 | (kind as u64) << LINK_BITS | link);
        }
    }

    /// Looks at the counters of own link `place`, so that they are in the cache.
    #[inline]
    pub fn touch(&self, place: u32) -> u32 {
        self.bins[self.bin][place as usize][0]
    }

    /// A vehicle leaves own link `place` over its end node.
    #[inline]
    pub fn leave(&mut self, place: u32, enter_s: u32, now_s: u32) {
        let counts = &mut self.bins[self.bin][place as usize];
        counts[0] += 1;
        if enter_s == NIL {
            return;
        }
        if enter_s >= self.bin_start_s {
            counts[1] += 1;
            counts[2] += now_s - enter_s;
        } else {
            // The travel time belongs to the bin of entry, which is the time that a driver who sets out then would
            // meet; the departure from the link belongs to the present bin, which is the flow that a detector would
            // count.
            let bin = (enter_s / self.bin_s) as usize;
            let counts = &mut self.open(bin)[place as usize];
            counts[1] += 1;
            counts[2] += now_s - enter_s;
        }
    }

    /// A vehicle was pushed onto link `place`. By hour of the clock: hours after midnight add to those of the
    /// morning.
    pub fn push(&mut self, place: u32, now_s: u32) {
        self.pushed[place as usize * 24 + (now_s / 3600 % 24) as usize] += 1;
    }

    /// The leg departs in this second. Written to the outcome later, all at once: rows of legs lie far apart in
    /// memory.
    pub fn depart(&mut self, leg: u32, now_s: u32) {
        self.departed.push((leg, now_s));
    }

    /// The leg arrives in this second.
    pub fn arrive(&mut self, leg: u32, now_s: u32) {
        self.arrived.push((leg, now_s));
    }

    /// Brings the events of the second into their order.
    pub fn sort(&mut self) {
        self.words.sort_unstable();
    }

    /// Adds all that was written down to `outcome`; `links` are those of the part. Bins are left empty.
    pub fn pour(&mut self, links: &[Link], outcome: &mut Outcome) {
        let bins = &mut outcome.bins;
        for (bin, row) in self.bins.iter_mut().enumerate() {
            let start = bin * bins.n_links;
            for (link, counts) in links.iter().zip(std::mem::take(row)) {
                if counts != [0; 3] {
                    let at = start + link.id as usize;
                    bins.left[at] += counts[0];
                    bins.entered[at] += counts[1];
                    bins.time_sum_s[at] += counts[2];
                }
            }
        }
        self.open(self.bin);
        for (place, link) in links.iter().enumerate() {
            for (hour, n) in self.pushed[place * 24..place * 24 + 24].iter_mut().enumerate() {
                outcome.pushed[link.id as usize * 24 + hour] += std::mem::take(n);
            }
        }
        outcome.n_departed += self.departed.len() as u64;
        outcome.n_arrived += self.arrived.len() as u64;
        self.departed.drain(..).for_each(|(leg, s)| outcome.moved[leg as usize].depart_s = s);
        self.arrived.drain(..).for_each(|(leg, s)| outcome.moved[leg as usize].arrive_s = s);
        outcome.n_moves += std::mem::take(&mut self.n_moves);
    }
}

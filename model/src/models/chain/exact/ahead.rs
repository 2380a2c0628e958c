//! What lies ahead of each state, and draws by it.
//!
//! The sums run from the end of the day to its beginning. For each state they give the weight of everything that
//! can follow; divided by each other they are the chances by which a day is drawn from its beginning to its end
//! (forward filtering, backward sampling, with the directions of time exchanged). Two tables take turns:
//! [`Ahead::begin`] needs the ends that lie later, [`Ahead::end`] the beginnings at the same slot.

use super::{Exact, KINDS, Lanes, NONE, PASTS, Weights, add, row};
use crate::models::chain::quarter::Stay;
use crate::models::chain::walk::{may_follow, past_after};
use engine::draw::Draw;
use engine::float::log;
use std::cell::RefCell;

/// What lies ahead of each state, by weight.
pub(crate) struct Ahead<'a> {
    /// The chain without weights.
    pub(super) chain: &'a Exact,
    /// What multiplies it.
    pub(super) weights: &'a Weights,
    /// Which states can be at all under these weights.
    pub(super) reach: Reach,
    /// `[slots, activity, past]` by the activity before: weight of all that follows when an activity begins, itself
    /// included, and when it ends. Only what [`Reach`] holds for possible is filled in.
    pub(super) begin: Scratch,
    pub(super) end: Scratch,
    /// `[KINDS]`: of the day that begins with an activity.
    pub(super) first: [f64; KINDS],
    /// Weight of all days.
    pub(crate) total: f64,
}

thread_local! {
    /// Tables that nobody uses, for the next day: a fresh one costs its megabytes of page faults.
    static SPARE: RefCell<Vec<Vec<Lanes>>> = const { RefCell::new(Vec::new()) };
}

/// A table of lanes by [`row`], with whatever was in it.
pub(super) struct Scratch(pub(super) Vec<Lanes>);

impl Scratch {
    /// A table for a day of `n_slots`. What stands in it is left from earlier use: only states that can be are
    /// read, and those are written first.
    pub(super) fn new(n_slots: usize) -> Self {
        let mut rows = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        rows.resize(n_slots * KINDS * PASTS, [0.0; NONE + 1]);
        Self(rows)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A thread that ends has no store any more; the table is then simply freed.
        let _ = SPARE.try_with(|spare| spare.borrow_mut().push(std::mem::take(&mut self.0)));
    }
}

/// What can be: where slots are clamped that is little, and the rest needs no sums.
pub(super) struct Reach {
    /// `[slots, KINDS]`: with which pasts an activity may begin, as a set of bits.
    pub(super) begins: Vec<u16>,
    /// `[slots, KINDS]`: with which pasts it may be going on.
    pub(super) during: Vec<u16>,
    /// `[slots]`: which activities may end at the start of a slot.
    ends: Vec<u16>,
}

const _: () = assert!(PASTS <= 16 && KINDS <= 16);

impl Reach {
    /// One walk through the day with sets instead of sums: an activity can be where its weight is positive, and
    /// with a past where some earlier activity leads to it.
    fn new(weights: &Weights, n_slots: usize) -> Self {
        let mut reach = Self {
            begins: vec![0; n_slots * KINDS],
            during: vec![0; n_slots * KINDS],
            ends: vec![0; n_slots],
        };
        for slot in 0..n_slots {
            // The pasts with which each activity, going on until now, leaves.
            let left: [u16; KINDS] = std::array::from_fn(|activity| match slot {
                0 => 0,
                _ => members(reach.during[(slot - 1) * KINDS + activity])
                    .fold(0, |set, past| set | 1 << past_after(past, activity)),
            });
            let open: Vec<usize> =
                (0..KINDS).filter(|next| weights.slot[slot * KINDS + next] > 0.0).collect();
            for &next in &open {
                let mut begins = u16::from(slot == 0);
                for activity in
                    (0..KINDS).filter(|&activity| left[activity] > 0 && may_follow(activity, next))
                {
                    begins |= left[activity];
                    reach.ends[slot] |= 1 << activity;
                }
                let stays = if slot > 0 { reach.during[(slot - 1) * KINDS + next] } else { 0 };
                reach.begins[slot * KINDS + next] = begins;
                reach.during[slot * KINDS + next] = begins | stays;
            }
        }
        reach
    }

    /// Whether an activity may end at the start of a slot.
    pub(super) fn may_end(&self, slot: usize, activity: usize) -> bool {
        self.ends[slot] >> activity & 1 == 1
    }

    /// The activities that may begin at a slot after a past.
    pub(super) fn next(&self, slot: usize, past: usize) -> impl Iterator<Item = usize> {
        (0..KINDS).filter(move |next| self.begins[slot * KINDS + next] >> past & 1 == 1)
    }
}

/// The members of a set of pasts.
pub(super) fn members(set: u16) -> impl Iterator<Item = usize> {
    (0..PASTS).filter(move |past| set >> past & 1 == 1)
}

impl Exact {
    /// Sums what lies ahead, from the end of the day to its beginning.
    pub(crate) fn ahead<'a>(&'a self, weights: &'a Weights) -> Ahead<'a> {
        let n = self.n_slots;
        let mut ahead = Ahead {
            chain: self,
            weights,
            reach: Reach::new(weights, n),
            begin: Scratch::new(n),
            end: Scratch::new(n),
            first: [0.0; KINDS],
            total: 0.0,
        };
        for slot in (1..n).rev() {
            ahead.begin_at(slot);
            ahead.end_at(slot);
        }
        ahead.first = std::array::from_fn(|activity| self.start[activity] * ahead.whole(activity));
        ahead.total = ahead.first.iter().sum();
        ahead
    }
}

impl Ahead<'_> {
    /// Natural logarithm of the weight of all days.
    pub(crate) fn log_total(&self) -> f64 {
        log(self.total)
    }

    /// Weight of all that follows when an activity ends at the start of `end` (the end of the day included).
    pub(super) fn then(&self, end: usize, activity: usize, past: usize, before: usize) -> f64 {
        match end {
            end if end == self.chain.n_slots => 1.0,
            end if self.reach.may_end(end, activity) => self.end.0[row(end, activity, past)][before],
            _ => 0.0,
        }
    }

    /// Weight of the days that begin with an activity.
    fn whole(&self, activity: usize) -> f64 {
        let mut sum = 0.0;
        self.chain.leave(self.weights, (0, activity, 0), true, |end, weight| {
            sum += weight * self.then(end, activity, 0, NONE);
        });
        sum
    }

    /// Fills [`Ahead::begin`] of a slot: all times at which an activity that begins there may end.
    fn begin_at(&mut self, slot: usize) {
        for activity in 0..KINDS {
            for past in members(self.reach.begins[slot * KINDS + activity]) {
                let (mut sum, mut rest) = ([0.0; NONE + 1], 0.0);
                self.chain.leave(self.weights, (slot, activity, past), false, |end, weight| {
                    if end == self.chain.n_slots {
                        rest = weight;
                    } else if self.reach.may_end(end, activity) {
                        add(&mut sum, weight, &self.end.0[row(end, activity, past)]);
                    }
                });
                self.begin.0[row(slot, activity, past)] = sum.map(|sum| sum + rest);
            }
        }
    }

    /// Fills [`Ahead::end`] of a slot: all activities that may follow one that ends there.
    fn end_at(&mut self, slot: usize) {
        for activity in (0..KINDS).filter(|&activity| self.reach.may_end(slot, activity)) {
            for past in members(self.reach.during[(slot - 1) * KINDS + activity]) {
                let after = past_after(past, activity);
                let mut sum = [0.0; NONE + 1];
                for next in self.reach.next(slot, after) {
                    let then = self.begin.0[row(slot, next, after)][activity];
                    let factor = self.chain.factor(slot, activity, past, next);
                    add(&mut sum, factor * then, &self.chain.before[activity * KINDS + next]);
                }
                let state = row(slot, activity, past);
                let norm = &self.chain.norm[state];
                self.end.0[state] = std::array::from_fn(|before| sum[before] * norm[before]);
            }
        }
    }

    /// Draws a day from the weighted law; `None` where no day has any weight. It draws in turn when an activity
    /// ends and which one follows, each by its weight times what lies ahead, so nothing is ever rejected.
    pub(crate) fn sample(&self, stream: &mut Draw) -> Option<Vec<Stay>> {
        let n = self.chain.n_slots;
        let (mut activity, mut slot, mut past, mut before) = (stream.weighted(&self.first)?, 0, 0, NONE);
        let mut stays = vec![Stay { activity, slot }];
        let mut ends: Vec<f64> = Vec::with_capacity(n);
        loop {
            ends.clear();
            self.chain.leave(self.weights, (slot, activity, past), before == NONE, |end, weight| {
                ends.push(weight * self.then(end, activity, past, before));
            });
            let end = slot + 1 + stream.weighted(&ends)?;
            if end >= n {
                return Some(stays);
            }
            let after = past_after(past, activity);
            let mut chances = [0.0; KINDS];
            for next in self.reach.next(end, after) {
                chances[next] = self.chain.factor(end, activity, past, next)
                    * self.chain.before[activity * KINDS + next][before]
                    * self.begin.0[row(end, next, after)][activity];
            }
            (before, past, slot) = (activity, after, end);
            activity = stream.weighted(&chances)?;
            stays.push(Stay { activity, slot });
        }
    }
}

//! Expectations: what comes to each state from the beginning of the day.
//!
//! One more pass over the states, now in the direction of time: the weight that comes to a state times the weight
//! that lies ahead of it, over the total, is the chance that a day passes through it. From these follow the
//! expected minutes, which are the gradient of log Z.

use super::ahead::{Ahead, Scratch, members};
use super::{KINDS, NONE, SCHOOLED, WORKED, add, row};
use crate::models::chain::walk::past_after;
use engine::activity::Activity;

/// Expectations under the weights.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expected {
    /// `[slots, KINDS]`: chance of each activity in a slot.
    pub(crate) slots: Vec<f64>,
    /// Episodes a day.
    pub(crate) episodes: [f64; KINDS],
    /// Chance of working, and of learning, at all.
    pub(crate) ever: [f64; 2],
}

impl Expected {
    /// Mean number of slots in each activity.
    pub(crate) fn slots_in(&self) -> [f64; KINDS] {
        let mut sums = [0.0; KINDS];
        for row in self.slots.chunks_exact(KINDS) {
            sums.iter_mut().zip(row).for_each(|(sum, share)| *sum += share);
        }
        sums
    }
}

impl Ahead<'_> {
    /// Expectations under the weighted law, from the beginning of the day to its end.
    pub(crate) fn expected(&self) -> Expected {
        let chain = self.chain;
        let n = chain.n_slots;
        let mut flow = Flow {
            ahead: self,
            came: Scratch::new(n),
            left: Scratch::new(n),
            changes: vec![0.0; (n + 1) * KINDS],
            episodes: [0.0; KINDS],
            ever: [0.0; 2],
        };
        flow.clear();
        for activity in 0..KINDS {
            flow.enters(0, activity, 0, self.first[activity] / self.total);
            let start = chain.start[activity] / self.total;
            chain.leave(self.weights, (0, activity, 0), true, |end, weight| {
                if end < n && self.reach.may_end(end, activity) {
                    flow.left.0[row(end, activity, 0)][NONE] += start * weight;
                }
            });
        }
        for slot in 1..n {
            flow.end_at(slot);
            flow.begin_at(slot);
        }
        let mut slots = flow.changes;
        // Changes summed up over the slots are the chances themselves.
        for at in KINDS..slots.len() {
            slots[at] += slots[at - KINDS];
        }
        slots.truncate(n * KINDS);
        Expected { slots, episodes: flow.episodes, ever: flow.ever }
    }
}

/// Weight that comes to states, from the beginning of the day.
struct Flow<'a> {
    ahead: &'a Ahead<'a>,
    /// As [`Ahead::begin`] and [`Ahead::end`]. Weight that comes to the beginning of an activity.
    came: Scratch,
    /// Weight that comes to its end.
    left: Scratch,
    /// `[slots + 1, KINDS]`: how the chance of an activity changes from slot to slot.
    changes: Vec<f64>,
    /// Expected beginnings of each activity, midnight's included.
    episodes: [f64; KINDS],
    /// Chance of a first beginning of work, and of school.
    ever: [f64; 2],
}

impl Flow<'_> {
    /// Empties the states that can be.
    fn clear(&mut self) {
        let reach = &self.ahead.reach;
        for (at, (&begins, &during)) in reach.begins.iter().zip(&reach.during).enumerate() {
            let (slot, activity) = (at / KINDS, at % KINDS);
            members(begins).for_each(|past| self.came.0[row(slot, activity, past)] = [0.0; NONE + 1]);
            if slot + 1 < self.ahead.chain.n_slots {
                members(during).for_each(|past| self.left.0[row(slot + 1, activity, past)] = [0.0; NONE + 1]);
            }
        }
    }

    /// Counts the chance that an activity begins at a slot after a past.
    fn enters(&mut self, slot: usize, activity: usize, past: usize, chance: f64) {
        self.changes[slot * KINDS + activity] += chance;
        self.episodes[activity] += chance;
        match Activity::ALL[activity] {
            Activity::Work if past & WORKED == 0 => self.ever[0] += chance,
            Activity::School if past & SCHOOLED == 0 => self.ever[1] += chance,
            _ => {}
        }
    }

    /// Activities end at `slot`, and others are chosen.
    fn end_at(&mut self, slot: usize) {
        let Ahead { chain, reach, end, .. } = self.ahead;
        for activity in (0..KINDS).filter(|&activity| reach.may_end(slot, activity)) {
            for past in members(reach.during[(slot - 1) * KINDS + activity]) {
                let state = row(slot, activity, past);
                let left = &self.left.0[state];
                let ends: f64 = left.iter().zip(&end.0[state]).map(|(left, then)| left * then).sum();
                if ends == 0.0 {
                    continue;
                }
                self.changes[slot * KINDS + activity] -= ends;
                let mut scaled = *left;
                scaled.iter_mut().zip(&chain.norm[state]).for_each(|(left, norm)| *left *= norm);
                let after = past_after(past, activity);
                for next in reach.next(slot, after) {
                    let before = &chain.before[activity * KINDS + next];
                    let sum: f64 = scaled.iter().zip(before).map(|(left, before)| left * before).sum();
                    self.came.0[row(slot, next, after)][activity] +=
                        sum * chain.factor(slot, activity, past, next);
                }
            }
        }
    }

    /// Activities begin at `slot`, and end later.
    fn begin_at(&mut self, slot: usize) {
        let Ahead { chain, weights, reach, begin, .. } = self.ahead;
        for activity in 0..KINDS {
            for past in members(reach.begins[slot * KINDS + activity]) {
                let state = row(slot, activity, past);
                let came = self.came.0[state];
                let chance: f64 = came.iter().zip(&begin.0[state]).map(|(came, then)| came * then).sum();
                if chance == 0.0 {
                    continue;
                }
                self.enters(slot, activity, past, chance);
                let left = &mut self.left.0;
                chain.leave(weights, (slot, activity, past), false, |end, weight| {
                    if end < chain.n_slots && reach.may_end(end, activity) {
                        add(&mut left[row(end, activity, past)], weight, &came);
                    }
                });
            }
        }
    }
}

//! The chain under weights: exact sums over all days, and exact draws.
//!
//! Weights multiply the probability of a day: one for each slot spent in an activity ([`Weights::slot`]), one for each
//! beginning of an activity ([`Weights::begin`]) and one for working, or learning, at all ([`Weights::ever`]). Weights
//! of 0 and 1 clamp what was observed, and what is drawn is an exact completion; weights exp(θ) tilt the chain, and
//! their expected minutes are the gradient of log Z. Both are forward filtering, backward sampling over the states
//! in which an activity begins: (slot, activity, the one before, what has been done).
//!
//! Cost of one pass over 96 slots: leaving times 96²/2 · 15 · 16 · 15 ≈ 17 M multiply-adds, choices of the next
//! activity 96 · 15 · 16 · 15 · 15 ≈ 5 M; about 8 MB of tables.

#[cfg(test)]
mod tests;

use super::quarter::Stay;
use super::table::{Effects, KINDS, Table, sigmoid};
use super::walk::{ELAPSED, NONE, PASTS, SCHOOLED, WORKED, elapsed_class, may_follow, past_after};
use engine::activity::Activity;
use engine::draw::Draw;
use engine::float::{exp, log};

/// What multiplies the probability of a day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weights {
    /// `[slots, KINDS]`: for each slot spent in an activity.
    pub(crate) slot: Vec<f64>,
    /// `[KINDS]`: for each time an activity begins (the one at midnight too).
    pub(crate) begin: [f64; KINDS],
    /// For working at all, and for learning at all.
    pub(crate) ever: [f64; 2],
}

impl Weights {
    /// Weights that change nothing.
    pub(crate) fn ones(n_slots: usize) -> Self {
        Self { slot: vec![1.0; n_slots * KINDS], begin: [1.0; KINDS], ever: [1.0; 2] }
    }

    /// Weights that leave only days with the observed activities (`None`: not observed).
    pub(crate) fn observed(slots: &[Option<usize>]) -> Self {
        let mut weights = Self::ones(slots.len());
        for (row, observed) in weights.slot.chunks_exact_mut(KINDS).zip(slots) {
            if let Some(activity) = *observed {
                row.fill(0.0);
                row[activity] = 1.0;
            }
        }
        weights
    }

    /// The weight of beginning `activity` after a past.
    fn at_begin(&self, activity: usize, past: usize) -> f64 {
        let ever = match Activity::ALL[activity] {
            Activity::Work if past & WORKED == 0 => self.ever[0],
            Activity::School if past & SCHOOLED == 0 => self.ever[1],
            _ => 1.0,
        };
        self.begin[activity] * ever
    }
}

/// A chain ready for sums: hazards and choices as probabilities.
#[derive(Debug, Clone)]
pub(crate) struct Exact {
    n_slots: usize,
    start: [f64; KINDS],
    /// `[PASTS, KINDS, ELAPSED, slots]`: chance that an activity ends at the start of a slot. Class 0 is the
    /// day's first activity.
    hazard: Vec<f64>,
    /// [`elapsed_class`] of 0, 1, … slots.
    classes: Vec<usize>,
    /// Factors of the choice of the next activity: `[slots, KINDS, KINDS]`, `[PASTS, KINDS, KINDS]`,
    /// `[KINDS + 1, KINDS, KINDS]`, and one over their sum `[slots, KINDS, PASTS, KINDS + 1]`.
    own: Vec<f64>,
    past: Vec<f64>,
    before: Vec<f64>,
    norm: Vec<f64>,
}

/// What lies ahead of each state, by weight.
pub(crate) struct Ahead<'a> {
    chain: &'a Exact,
    weights: &'a Weights,
    /// `[slots, before, past, activity]`: weight of all that follows when an activity begins, itself included.
    begin: Vec<f64>,
    /// `[slots, activity, past, before]`: of all that follows when it ends. `before` runs over KINDS + 1.
    end: Vec<f64>,
    /// `[KINDS]`: of the day that begins with an activity.
    first: [f64; KINDS],
    /// Weight of all days.
    pub(crate) total: f64,
}

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

const BEFORES: usize = NONE + 1;

impl Exact {
    /// The chain of a condition.
    pub(crate) fn new(table: &Table, effects: &Effects) -> Self {
        let n_slots = table.end.len() / KINDS;
        let (mut hazard, mut norm) = (vec![0.0; PASTS * KINDS * ELAPSED * n_slots], Vec::new());
        for past in 0..PASTS {
            for activity in 0..KINDS {
                for class in 0..ELAPSED {
                    let later = if class == 0 { 0.0 } else { f64::from(table.end_later[activity]) };
                    let fixed = later
                        + f64::from(effects.elapsed[activity * ELAPSED + class])
                        + f64::from(effects.past_end[past * KINDS + activity]);
                    let row = ((past * KINDS + activity) * ELAPSED + class) * n_slots;
                    for slot in 0..n_slots {
                        hazard[row + slot] = sigmoid(fixed + f64::from(table.end[slot * KINDS + activity]));
                    }
                }
            }
        }
        // Each factor is taken relative to the largest of its row, so that none overflows.
        let factor = |values: &[f32]| -> Vec<f64> {
            let relative = |row: &[f32]| {
                let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                row.iter().map(|&value| exp(f64::from(value) - f64::from(top))).collect::<Vec<_>>()
            };
            values.chunks_exact(KINDS).flat_map(relative).collect()
        };
        let mut own = factor(&table.next);
        for (pair, value) in own.iter_mut().enumerate() {
            if !may_follow(pair / KINDS % KINDS, pair % KINDS) {
                *value = 0.0;
            }
        }
        let (past, before) = (factor(&effects.past_next), factor(&effects.before_next));
        norm.reserve(n_slots * KINDS * PASTS * BEFORES);
        let row = |table: &[f64], first: usize, activity: usize| -> [f64; KINDS] {
            let at = (first * KINDS + activity) * KINDS;
            std::array::from_fn(|next| table[at + next])
        };
        for slot in 0..n_slots {
            for activity in 0..KINDS {
                let here = row(&own, slot, activity);
                for p in 0..PASTS {
                    let done = row(&past, p, activity);
                    let both: [f64; KINDS] = std::array::from_fn(|next| here[next] * done[next]);
                    for b in 0..BEFORES {
                        let last = row(&before, b, activity);
                        norm.push(
                            1.0 / both
                                .iter()
                                .zip(last)
                                .map(|(x, y)| x * y)
                                .sum::<f64>()
                                .max(f64::MIN_POSITIVE),
                        );
                    }
                }
            }
        }
        let classes = (0..n_slots).map(elapsed_class).collect();
        Self { n_slots, start: table.start(), hazard, classes, own, past, before, norm }
    }

    fn hazards(&self, past: usize, activity: usize, class: usize) -> &[f64] {
        let row = ((past * KINDS + activity) * ELAPSED + class) * self.n_slots;
        &self.hazard[row..row + self.n_slots]
    }

    /// Probabilities of the next activity when one ends.
    fn choice(&self, slot: usize, activity: usize, past: usize, before: usize) -> [f64; KINDS] {
        let row = |table: &[f64], first: usize| -> [f64; KINDS] {
            let at = (first * KINDS + activity) * KINDS;
            std::array::from_fn(|next| table[at + next])
        };
        let (own, done, last) = (row(&self.own, slot), row(&self.past, past), row(&self.before, before));
        let norm = self.norm[end_row(slot, activity, past) + before];
        std::array::from_fn(|next| own[next] * done[next] * last[next] * norm)
    }

    /// Calls `take(end, weight)` for each slot at whose start an activity that began at `begin` may end, and last
    /// for the end of the day (`end` = slots): the weight of ending there, its slots included.
    fn leave(
        &self,
        weights: &Weights,
        begin: usize,
        activity: usize,
        past: usize,
        is_first: bool,
        mut take: impl FnMut(usize, f64),
    ) {
        let mut run = weights.at_begin(activity, past) * weights.slot[begin * KINDS + activity];
        for end in begin + 1..self.n_slots {
            if run == 0.0 {
                return;
            }
            let class = if is_first { 0 } else { self.classes[end - begin] };
            let hazard = self.hazards(past, activity, class)[end];
            take(end, run * hazard);
            run *= (1.0 - hazard) * weights.slot[end * KINDS + activity];
        }
        take(self.n_slots, run);
    }

    /// Sums what lies ahead, from the end of the day to its beginning.
    pub(crate) fn ahead<'a>(&'a self, weights: &'a Weights) -> Ahead<'a> {
        let n = self.n_slots;
        let mut ahead = Ahead {
            chain: self,
            weights,
            begin: vec![0.0; n * KINDS * PASTS * KINDS],
            end: vec![0.0; n * KINDS * PASTS * BEFORES],
            first: [0.0; KINDS],
            total: 0.0,
        };
        let reach = Reach::new(weights, n);
        for slot in (1..n).rev() {
            self.begin_at(weights, slot, &reach, &mut ahead);
            self.end_at(slot, &reach, &mut ahead);
        }
        for activity in 0..KINDS {
            let mut sum = 0.0;
            self.leave(weights, 0, activity, 0, true, |end, weight| {
                sum += weight * if end < n { ahead.end[end_row(end, activity, 0) + NONE] } else { 1.0 };
            });
            ahead.first[activity] = self.start[activity] * sum;
        }
        ahead.total = ahead.first.iter().sum();
        ahead
    }

    fn begin_at(&self, weights: &Weights, slot: usize, reach: &Reach, ahead: &mut Ahead<'_>) {
        for activity in 0..KINDS {
            if weights.slot[slot * KINDS + activity] == 0.0 {
                continue;
            }
            for past in pasts(reach.begins[slot]) {
                let mut sums = [0.0; KINDS];
                self.leave(weights, slot, activity, past, false, |end, weight| {
                    if end == self.n_slots {
                        sums.iter_mut().for_each(|sum| *sum += weight);
                        return;
                    }
                    let row = end_row(end, activity, past);
                    for (sum, then) in sums.iter_mut().zip(&ahead.end[row..row + KINDS]) {
                        *sum += weight * then;
                    }
                });
                for (before, sum) in sums.into_iter().enumerate() {
                    ahead.begin[begin_row(slot, before, past) + activity] = sum;
                }
            }
        }
    }

    fn end_at(&self, slot: usize, reach: &Reach, ahead: &mut Ahead<'_>) {
        for activity in 0..KINDS {
            for past in pasts(reach.during[(slot - 1) * KINDS + activity]) {
                let row = begin_row(slot, activity, past_after(past, activity));
                let then: [f64; KINDS] = std::array::from_fn(|next| ahead.begin[row + next]);
                if then.iter().all(|&weight| weight == 0.0) {
                    continue;
                }
                // All factors but that of the activity before are shared by the sums over the next one.
                let shared: [f64; KINDS] = std::array::from_fn(|next| {
                    let at = activity * KINDS + next;
                    self.own[slot * KINDS * KINDS + at] * self.past[past * KINDS * KINDS + at] * then[next]
                });
                for before in 0..BEFORES {
                    let last = &self.before[(before * KINDS + activity) * KINDS..][..KINDS];
                    let sum: f64 = shared.iter().zip(last).map(|(shared, last)| shared * last).sum();
                    let state = end_row(slot, activity, past) + before;
                    ahead.end[state] = sum * self.norm[state];
                }
            }
        }
    }
}

/// Which pasts can be, as sets of bits: where slots are clamped there are few, and the others need no sums.
struct Reach {
    /// `[slots]`: when an activity begins.
    begins: Vec<u16>,
    /// `[slots, KINDS]`: during an activity.
    during: Vec<u16>,
}

const _: () = assert!(PASTS <= 16);

impl Reach {
    fn new(weights: &Weights, n_slots: usize) -> Self {
        let may = |slot: usize, activity: usize| weights.slot[slot * KINDS + activity] > 0.0;
        let mut reach = Self { begins: vec![0; n_slots], during: vec![0; n_slots * KINDS] };
        for slot in 0..n_slots {
            let mut begins = u16::from(slot == 0);
            for activity in (0..KINDS).filter(|_| slot > 0) {
                for past in pasts(reach.during[(slot - 1) * KINDS + activity]) {
                    begins |= 1 << past_after(past, activity);
                }
            }
            reach.begins[slot] = begins;
            for activity in (0..KINDS).filter(|&activity| may(slot, activity)) {
                let stays = if slot > 0 { reach.during[(slot - 1) * KINDS + activity] } else { 0 };
                reach.during[slot * KINDS + activity] = begins | stays;
            }
        }
        reach
    }
}

/// The members of a set of pasts.
fn pasts(set: u16) -> impl Iterator<Item = usize> {
    (0..PASTS).filter(move |past| set >> past & 1 == 1)
}

fn begin_row(slot: usize, before: usize, past: usize) -> usize {
    ((slot * KINDS + before) * PASTS + past) * KINDS
}

fn end_row(slot: usize, activity: usize, past: usize) -> usize {
    ((slot * KINDS + activity) * PASTS + past) * BEFORES
}

impl Ahead<'_> {
    /// Natural logarithm of the weight of all days.
    pub(crate) fn log_total(&self) -> f64 {
        log(self.total)
    }

    /// Draws a day from the weighted law; `None` where no day has any weight.
    pub(crate) fn sample(&self, stream: &mut Draw) -> Option<Vec<Stay>> {
        let n = self.chain.n_slots;
        let (mut activity, mut slot, mut past, mut before) = (stream.weighted(&self.first)?, 0, 0, NONE);
        let mut stays = vec![Stay { activity, slot }];
        loop {
            let mut ends: Vec<f64> = Vec::with_capacity(n - slot);
            self.chain.leave(self.weights, slot, activity, past, before == NONE, |end, weight| {
                ends.push(
                    weight * if end < n { self.end[end_row(end, activity, past) + before] } else { 1.0 },
                );
            });
            let end = slot + 1 + stream.weighted(&ends)?;
            if end >= n {
                return Some(stays);
            }
            let choice = self.chain.choice(end, activity, past, before);
            past = past_after(past, activity);
            let row = begin_row(end, activity, past);
            let then: [f64; KINDS] = std::array::from_fn(|next| choice[next] * self.begin[row + next]);
            before = activity;
            activity = stream.weighted(&then)?;
            slot = end;
            stays.push(Stay { activity, slot });
        }
    }

    /// Expectations under the weighted law, from the beginning of the day to its end.
    pub(crate) fn expected(&self) -> Expected {
        let chain = self.chain;
        let n = chain.n_slots;
        let mut flow = Flow {
            ahead: self,
            came: vec![0.0; n * KINDS * PASTS * KINDS],
            left: vec![0.0; n * KINDS * PASTS * BEFORES],
            changes: vec![0.0; (n + 1) * KINDS],
            episodes: [0.0; KINDS],
            ever: [0.0; 2],
        };
        for activity in 0..KINDS {
            flow.enters(0, activity, 0, self.first[activity] / self.total);
            let start = chain.start[activity] / self.total;
            chain.leave(self.weights, 0, activity, 0, true, |end, weight| {
                if end < n {
                    flow.left[end_row(end, activity, 0) + NONE] += start * weight;
                }
            });
        }
        for slot in 1..n {
            flow.end_at(slot);
            flow.begin_at(slot);
        }
        let mut slots = flow.changes;
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
    /// As [`Ahead::begin`] and [`Ahead::end`].
    came: Vec<f64>,
    left: Vec<f64>,
    /// `[slots + 1, KINDS]`: how the chance of an activity changes from slot to slot.
    changes: Vec<f64>,
    episodes: [f64; KINDS],
    ever: [f64; 2],
}

impl Flow<'_> {
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
        for activity in 0..KINDS {
            for past in 0..PASTS {
                let row = end_row(slot, activity, past);
                let to = begin_row(slot, activity, past_after(past, activity));
                let chain = self.ahead.chain;
                let mut sums = [0.0; KINDS];
                let mut ends = 0.0;
                for before in 0..BEFORES {
                    let weight = self.left[row + before];
                    if weight == 0.0 {
                        continue;
                    }
                    ends += weight * self.ahead.end[row + before];
                    let scaled = weight * chain.norm[row + before];
                    let last = &chain.before[(before * KINDS + activity) * KINDS..][..KINDS];
                    sums.iter_mut().zip(last).for_each(|(sum, last)| *sum += scaled * last);
                }
                if ends == 0.0 {
                    continue;
                }
                self.changes[slot * KINDS + activity] -= ends;
                for (next, (came, sum)) in self.came[to..to + KINDS].iter_mut().zip(sums).enumerate() {
                    let at = activity * KINDS + next;
                    *came +=
                        sum * chain.own[slot * KINDS * KINDS + at] * chain.past[past * KINDS * KINDS + at];
                }
            }
        }
    }

    /// Activities begin at `slot`, and end later.
    fn begin_at(&mut self, slot: usize) {
        let chain = self.ahead.chain;
        for activity in 0..KINDS {
            for past in 0..PASTS {
                let came: [f64; KINDS] =
                    std::array::from_fn(|before| self.came[begin_row(slot, before, past) + activity]);
                if came.iter().all(|&weight| weight == 0.0) {
                    continue;
                }
                let chance = (0..KINDS)
                    .map(|before| came[before] * self.ahead.begin[begin_row(slot, before, past) + activity])
                    .sum();
                self.enters(slot, activity, past, chance);
                let left = &mut self.left;
                chain.leave(self.ahead.weights, slot, activity, past, false, |end, weight| {
                    if end < chain.n_slots {
                        let row = end_row(end, activity, past);
                        for (left, came) in left[row..row + KINDS].iter_mut().zip(came) {
                            *left += weight * came;
                        }
                    }
                });
            }
        }
    }
}

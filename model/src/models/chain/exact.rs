//! The chain under weights: exact sums over all days, and exact draws.
//!
//! Weights multiply the probability of a day: one for each slot spent in an activity ([`Weights::slot`]), one for each
//! beginning of an activity ([`Weights::begin`]) and one for working, or learning, at all ([`Weights::ever`]). Weights
//! of 0 and 1 clamp what was observed, and what is drawn is an exact completion; weights exp(θ) tilt the chain, and
//! their expected minutes are the gradient of log Z. Both are forward filtering, backward sampling over the states
//! in which an activity begins: (slot, activity, what has been done, the one before).
//!
//! The activity before is the innermost index, 16 numbers that processors add side by side. Cost of one pass over 96
//! slots without clamps: leaving times 96²/2 · 15 · 16 rows of 16, choices of the next activity 96 · 15 · 16 · 15 rows
//! of 16. Where slots are clamped, only what can be is summed ([`ahead::Reach`]).

mod ahead;
mod flow;
#[cfg(test)]
mod tests;

pub(crate) use ahead::Ahead;
pub(crate) use flow::Expected;

use super::table::{Effects, KINDS, Table};
use super::walk::{BLOCKS, NONE, PASTS, SCHOOLED, WORKED, block, may_follow};
use engine::activity::{Activity, SLOTS};
use engine::float::exp;

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

/// Numbers by the activity before, the last for the day's first activity.
type Lanes = [f64; NONE + 1];

/// Adds `weight` times a row.
fn add(sum: &mut Lanes, weight: f64, row: &Lanes) {
    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
}

/// A chain ready for sums: hazards as factors of odds, choices as factors of probabilities.
#[derive(Debug, Clone)]
pub(crate) struct Exact {
    /// Slots of a day: 96, fewer in tests.
    pub(super) n_slots: usize,
    /// Chance of the day's first activity.
    pub(super) start: [f64; KINDS],
    /// Odds that an activity ends at the start of a slot: `[KINDS, slots]` for the day's first, and for later ones
    /// the product of `[KINDS, slots]`, `[KINDS, BLOCKS, SLOTS]` (when it began, how long ago) and `[PASTS, KINDS]`.
    first: Vec<f64>,
    end: Vec<f64>,
    since: Vec<f64>,
    past_end: Vec<f64>,
    /// Factors of the choice of the next activity: `[slots, KINDS, KINDS]`, `[PASTS, KINDS, KINDS]`,
    /// `[KINDS, KINDS]` by the one before, and one over their sum, `[slots, KINDS, PASTS]` by the one before.
    own: Vec<f64>,
    past: Vec<f64>,
    before: Vec<Lanes>,
    norm: Vec<Lanes>,
}

/// Odds of log-odds. The bound keeps a product of four finite; a chance of e⁻¹⁵⁰ is none.
fn odds(logit: f32) -> f64 {
    exp(f64::from(logit.clamp(-150.0, 150.0)))
}

/// Where the lanes of a slot, an activity and a past are.
fn row(slot: usize, activity: usize, past: usize) -> usize {
    (slot * KINDS + activity) * PASTS + past
}

impl Exact {
    /// The chain of a condition.
    pub(crate) fn new(table: &Table, effects: &Effects) -> Self {
        let n_slots = table.end.len() / KINDS;
        let (since, first) = effects.since.split_at(KINDS * BLOCKS * SLOTS);
        let by_activity = |of: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            (0..KINDS * n_slots).map(|at| of(at / n_slots, at % n_slots)).collect()
        };
        let later = table.end_later.iter().map(|&logit| odds(logit)).collect::<Vec<_>>();
        let end = by_activity(&|activity, slot| odds(table.end[slot * KINDS + activity]));
        let (own, past) = (choices(&table.next), relative(&effects.past_next));
        let mut before = vec![[0.0; NONE + 1]; KINDS * KINDS];
        for (at, value) in relative(&effects.before_next).into_iter().enumerate() {
            before[at % (KINDS * KINDS)][at / (KINDS * KINDS)] = value;
        }
        Self {
            n_slots,
            start: table.start(),
            first: by_activity(&|activity, slot| {
                end[activity * n_slots + slot] * odds(first[slot * KINDS + activity])
            }),
            since: since.iter().enumerate().map(|(at, &x)| odds(x) * later[at / (BLOCKS * SLOTS)]).collect(),
            past_end: effects.past_end.iter().map(|&logit| odds(logit)).collect(),
            norm: norms(&own, &past, &before),
            end,
            own,
            past,
            before,
        }
    }

    /// Factors of the choice of the next activity but for that of the one before and [`Exact::norm`].
    fn factor(&self, slot: usize, activity: usize, past: usize, next: usize) -> f64 {
        let at = activity * KINDS + next;
        self.own[slot * KINDS * KINDS + at] * self.past[past * KINDS * KINDS + at]
    }

    /// Calls `take(end, weight)` for each slot at whose start an activity that began at `begin` may end, and last
    /// for the end of the day (`end` = slots): the weight of ending there, its slots included.
    pub(super) fn leave(
        &self,
        weights: &Weights,
        (begin, activity, past): (usize, usize, usize),
        is_first: bool,
        mut take: impl FnMut(usize, f64),
    ) {
        let n = self.n_slots;
        let mut run = weights.at_begin(activity, past) * weights.slot[begin * KINDS + activity];
        let tilt = self.past_end[past * KINDS + activity];
        let (by_slot, since) = if is_first {
            (&self.first[activity * n..], None)
        } else {
            let at = (activity * BLOCKS + block(begin)) * SLOTS;
            (&self.end[activity * n..], Some(&self.since[at..at + SLOTS]))
        };
        for end in begin + 1..n {
            if run == 0.0 {
                return;
            }
            let odds = by_slot[end] * tilt * since.map_or(1.0, |since| since[end - begin]);
            let stays = 1.0 / (1.0 + odds);
            take(end, run * odds * stays);
            run *= stays * weights.slot[end * KINDS + activity];
        }
        take(n, run);
    }
}

/// Exponentials of log-odds, each row of them relative to its largest, so that none overflows.
fn relative(logits: &[f32]) -> Vec<f64> {
    let relative = |row: &[f32]| {
        let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row.iter().map(|&logit| exp(f64::from(logit) - f64::from(top))).collect::<Vec<_>>()
    };
    logits.chunks_exact(KINDS).flat_map(relative).collect()
}

/// The same of `[slots, KINDS, KINDS]` next activities, 0 where staying is not going.
fn choices(next: &[f32]) -> Vec<f64> {
    let mut factors = relative(next);
    for (pair, factor) in factors.iter_mut().enumerate() {
        if !may_follow(pair / KINDS % KINDS, pair % KINDS) {
            *factor = 0.0;
        }
    }
    factors
}

/// One over the sum of the factors of a choice, `[slots, KINDS, PASTS]`.
fn norms(own: &[f64], past: &[f64], before: &[Lanes]) -> Vec<Lanes> {
    let mut norms = Vec::with_capacity(own.len() / KINDS * PASTS);
    for (row, own) in own.chunks_exact(KINDS).enumerate() {
        let activity = row % KINDS;
        for done in 0..PASTS {
            let done = &past[(done * KINDS + activity) * KINDS..][..KINDS];
            let mut sum = [0.0; NONE + 1];
            for (next, last) in before[activity * KINDS..][..KINDS].iter().enumerate() {
                add(&mut sum, own[next] * done[next], last);
            }
            norms.push(sum.map(|sum| 1.0 / sum.max(f64::MIN_POSITIVE)));
        }
    }
    norms
}

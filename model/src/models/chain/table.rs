//! The semi-Markov chain of one condition, as tables: its exact likelihood and its exact sampling.
//!
//! A day is a walk: it starts at an activity; at the start of each later slot the present activity ends with
//! a probability (the hazard) that depends on condition, slot, activity, time since it began and what was
//! done before; when it ends, the next activity is drawn given condition, slot, present activity, the one
//! before, and what was done before. The last activity is cut by midnight. Every factor is a proper
//! conditional probability, so the product is the probability of the day, and drawing the factors one after
//! the other draws days from exactly that law (joint sampling; slot-wise decoding would not).

use super::quarter::Stay;
use super::walk::{BLOCKS, NONE, Walk, may_follow};
use engine::activity::{Activity, SLOTS};
use engine::draw::Draw;
use engine::float::{exp, log, log_sum_exp, log1p};

/// Number of activities.
pub(crate) const KINDS: usize = Activity::COUNT;

/// Effects that all conditions share, as log-odds. Row-major.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Effects {
    /// `[KINDS, BLOCKS, SLOTS]` by activity, when it began and how long ago that is, then `[SLOTS, KINDS]` for the
    /// day's first activity ([`Walk::since`]): added to the hazard.
    pub(crate) since: Vec<f32>,
    /// `[PASTS, KINDS]`, added to the hazard.
    pub(crate) past_end: Vec<f32>,
    /// `[PASTS, KINDS, KINDS]`, added to the next activity.
    pub(crate) past_next: Vec<f32>,
    /// `[KINDS + 1, KINDS, KINDS]` by the activity before the present one.
    pub(crate) before_next: Vec<f32>,
}

/// What belongs to one condition and one survey's coding, as log-odds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// `[KINDS]`: activity at midnight.
    pub(crate) start: Vec<f32>,
    /// `[slots, KINDS]`: hazard. The number of slots is its length.
    pub(crate) end: Vec<f32>,
    /// `[KINDS]`: added to the hazard of all but the first activity of a day.
    pub(crate) end_later: Vec<f32>,
    /// `[slots, KINDS, KINDS]`: next activity.
    pub(crate) next: Vec<f32>,
}

/// Lets some of the stays of one activity be of another that the chain never learned, `share` of them: the same
/// hours, durations and neighbours, another name.
pub(crate) fn borrow(table: &mut Table, effects: &mut Effects, from: usize, to: usize, share: f64) {
    let copy_row = |values: &mut [f32], width: usize, period: usize| {
        for block in values.chunks_exact_mut(width * period) {
            block.copy_within(from * width..(from + 1) * width, to * width);
        }
    };
    let (kept, given) = (log(1.0 - share) as f32, log(share) as f32);
    let split = |values: &mut [f32]| {
        for row in values.chunks_exact_mut(KINDS) {
            row[to] = row[from] + given;
            row[from] += kept;
        }
    };
    let same = |values: &mut [f32]| values.chunks_exact_mut(KINDS).for_each(|row| row[to] = row[from]);
    // What is left: hazards, and the choices that follow.
    for values in [&mut table.end, &mut table.end_later] {
        same(values);
    }
    let (later, first) = effects.since.split_at_mut(KINDS * BLOCKS * SLOTS);
    copy_row(later, BLOCKS * SLOTS, KINDS);
    same(first);
    same(&mut effects.past_end);
    for values in [&mut table.next, &mut effects.past_next, &mut effects.before_next] {
        copy_row(values, KINDS, KINDS);
    }
    copy_row(&mut effects.before_next, KINDS * KINDS, NONE + 1);
    // What is chosen: the first factor is split, the others are the same for both.
    split(&mut table.start);
    split(&mut table.next);
    same(&mut effects.past_next);
    same(&mut effects.before_next);
}

impl Table {
    /// Slots of a day: 96, fewer in tests.
    fn n_slots(&self) -> usize {
        self.end.len() / KINDS
    }

    /// Log-odds that the present activity ends at the start of `slot`.
    fn end_logit(&self, effects: &Effects, walk: &Walk, slot: usize) -> f64 {
        let activity = walk.activity;
        let mut sum = f64::from(self.end[slot * KINDS + activity])
            + f64::from(effects.since[walk.since(slot)])
            + f64::from(effects.past_end[walk.past() * KINDS + activity]);
        if !walk.is_first() {
            sum += f64::from(self.end_later[activity]);
        }
        sum
    }

    /// Probabilities of the next activity when the present one ends at `slot`.
    fn next(&self, effects: &Effects, walk: &Walk, slot: usize) -> [f64; KINDS] {
        let row = |first: usize, table: &[f32]| -> [f32; KINDS] {
            let at = (first * KINDS + walk.activity) * KINDS;
            std::array::from_fn(|next| table[at + next])
        };
        let own = row(slot, &self.next);
        let past = row(walk.past(), &effects.past_next);
        let before = row(walk.before, &effects.before_next);
        softmax(std::array::from_fn(|next| {
            if !may_follow(walk.activity, next) {
                return f64::NEG_INFINITY;
            }
            f64::from(own[next]) + f64::from(past[next]) + f64::from(before[next])
        }))
    }

    /// Probabilities of the first activity.
    pub(super) fn start(&self) -> [f64; KINDS] {
        softmax(std::array::from_fn(|kind| f64::from(self.start[kind])))
    }

    /// Draws a day.
    pub(crate) fn sample(&self, effects: &Effects, stream: &mut Draw) -> Vec<Stay> {
        // Softmax gives positive weights, so a draw cannot fail; home stands in for the impossible.
        let mut walk = Walk::new(stream.weighted(&self.start()).unwrap_or(0));
        let mut stays = vec![Stay { activity: walk.activity, slot: 0 }];
        for slot in 1..self.n_slots() {
            if stream.uniform() < sigmoid(self.end_logit(effects, &walk, slot)) {
                let next = stream.weighted(&self.next(effects, &walk, slot)).unwrap_or(0);
                walk.go(next, slot);
                stays.push(Stay { activity: next, slot });
            }
        }
        stays
    }

    /// Natural logarithm of the probability of a day: the oracle of [`super::likelihood`].
    pub(crate) fn log_likelihood(&self, effects: &Effects, stays: &[Stay]) -> f64 {
        let Some(first) = stays.first() else {
            return f64::NEG_INFINITY;
        };
        let mut sum = log(self.start()[first.activity]);
        let mut walk = Walk::new(first.activity);
        let mut later = stays[1..].iter().peekable();
        for slot in 1..self.n_slots() {
            let logit = self.end_logit(effects, &walk, slot);
            match later.next_if(|stay| stay.slot == slot) {
                Some(stay) => {
                    sum += log_sigmoid(logit) + log(self.next(effects, &walk, slot)[stay.activity]);
                    walk.go(stay.activity, slot);
                }
                None => sum += log_sigmoid(-logit),
            }
        }
        sum
    }
}

/// Probability of log-odds.
pub(super) fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + exp(-logit))
}

/// Its logarithm, without overflow on either side.
fn log_sigmoid(logit: f64) -> f64 {
    logit.min(0.0) - log1p(exp(-logit.abs()))
}

/// Probabilities of log-odds that belong to one choice.
fn softmax(logits: [f64; KINDS]) -> [f64; KINDS] {
    let total = log_sum_exp(&logits);
    logits.map(|logit| exp(logit - total))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::walk::PASTS;
    use super::*;
    use engine::draw::{Purpose, draw};
    use std::collections::BTreeMap;

    /// Random tables of `n_slots` slots on which only activities below `n_kinds` can happen.
    pub(crate) fn random(n_slots: usize, n_kinds: usize, seed: u64) -> (Table, Effects) {
        let mut stream = draw(seed, Purpose::Test, 0, 0);
        let mut some = |n: usize| -> Vec<f32> { (0..n).map(|_| stream.normal() as f32).collect() };
        let bar = |mut logits: Vec<f32>| {
            for (at, logit) in logits.iter_mut().enumerate() {
                if at % KINDS >= n_kinds {
                    *logit = -1e9;
                }
            }
            logits
        };
        let effects = Effects {
            since: some(KINDS * BLOCKS * SLOTS + SLOTS * KINDS),
            past_end: some(PASTS * KINDS),
            past_next: some(PASTS * KINDS * KINDS),
            before_next: some((NONE + 1) * KINDS * KINDS),
        };
        let table = Table {
            start: bar(some(KINDS)),
            end: some(n_slots * KINDS),
            end_later: some(KINDS),
            next: bar(some(n_slots * KINDS * KINDS)),
        };
        (table, effects)
    }

    /// Every day of `n_slots` slots with activities 0..n_kinds, by brute force.
    pub(crate) fn all_days(n_slots: usize, n_kinds: usize) -> Vec<Vec<Stay>> {
        let mut days: Vec<Vec<Stay>> =
            (0..n_kinds).map(|activity| vec![Stay { activity, slot: 0 }]).collect();
        for slot in 1..n_slots {
            let mut grown = days.clone();
            for day in &days {
                let here = day[day.len() - 1].activity;
                for activity in (0..n_kinds).filter(|&next| may_follow(here, next)) {
                    let mut day = day.clone();
                    day.push(Stay { activity, slot });
                    grown.push(day);
                }
            }
            days = grown;
        }
        days
    }

    #[test]
    fn probabilities_of_all_days_sum_to_one() {
        // Five kinds: two where staying is not going... and two (index 3, 4) where it may be.
        let (table, effects) = random(5, 5, 1);
        let days = all_days(5, 5);
        let total: f64 = days.iter().map(|day| table.log_likelihood(&effects, day).exp()).sum();
        assert!((total - 1.0).abs() < 1e-9, "{total} over {} days", days.len());
    }

    #[test]
    fn a_borrowed_activity_shares_the_chances_of_its_owner() {
        let (table, effects) = random(5, 4, 7);
        let (mut split, mut shared) = (table.clone(), effects.clone());
        // Activity 3 (staying is not barred) lends to 4.
        borrow(&mut split, &mut shared, 3, 4, 0.25);
        let mut law: BTreeMap<Vec<Stay>, f64> = BTreeMap::new();
        let (mut own, mut lent) = (0.0, 0.0);
        for mut day in all_days(5, 5) {
            let chance = split.log_likelihood(&shared, &day).exp();
            own += chance * day.iter().filter(|stay| stay.activity == 3).count() as f64;
            lent += chance * day.iter().filter(|stay| stay.activity == 4).count() as f64;
            day.iter_mut().filter(|stay| stay.activity == 4).for_each(|stay| stay.activity = 3);
            *law.entry(day).or_default() += chance;
        }
        assert!((lent / (own + lent) - 0.25).abs() < 1e-6);
        for day in all_days(5, 4) {
            let before = table.log_likelihood(&effects, &day).exp();
            assert!((law[&day] - before).abs() < 1e-6, "{day:?}");
        }
    }

    #[test]
    fn sampling_follows_the_likelihood() {
        let (table, effects) = random(4, 4, 2);
        let n = 200_000_u32;
        let mut seen: BTreeMap<Vec<Stay>, f64> = BTreeMap::new();
        for person in 0..n {
            let mut stream = draw(3, Purpose::Test, u64::from(person), 0);
            *seen.entry(table.sample(&effects, &mut stream)).or_default() += 1.0;
        }
        let mut chi_square = 0.0_f64;
        let mut n_cells = 0.0_f64;
        for day in all_days(4, 4) {
            let expected = table.log_likelihood(&effects, &day).exp() * f64::from(n);
            if expected >= 5.0 {
                chi_square += (seen.get(&day).copied().unwrap_or(0.0) - expected).powi(2) / expected;
                n_cells += 1.0;
            }
        }
        // Mean n, standard deviation sqrt(2 n): five of them are one in a million.
        assert!(
            n_cells > 50.0 && chi_square < n_cells + 5.0 * (2.0 * n_cells).sqrt(),
            "{chi_square} {n_cells}"
        );
    }
}

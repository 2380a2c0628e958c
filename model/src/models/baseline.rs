//! What a learned model must beat: a time-inhomogeneous Markov chain, and copying real days.

mod complete;

pub use complete::{CopyModel, MarkovModel};

use engine::activity::diary::Survey;
use engine::activity::{Activity, Chain, SLOTS, Slots};
use engine::draw::{Draw, Purpose, draw};

const KINDS: usize = Activity::COUNT;

/// First-order Markov chain over the 96 slots: the next slot's activity given the slot and its activity,
/// counted on training days. It forgets how long an activity has lasted, and two stays of one activity in a
/// row are one.
#[derive(Debug, Clone, PartialEq)]
pub struct Markov {
    /// `[KINDS]` counts of the first slot's activity.
    start: Vec<f64>,
    /// `[SLOTS - 1, KINDS, KINDS]` counts.
    next: Vec<f64>,
}

impl Markov {
    /// Counts the transitions of training days.
    pub fn fit<'a>(days: impl Iterator<Item = &'a Chain>) -> Self {
        let mut start = vec![0.0; KINDS];
        let mut next = vec![0.0; (SLOTS - 1) * KINDS * KINDS];
        for slots in days.map(Chain::to_slots) {
            let kind = |slot: usize| usize::from(slots[slot]) - 1;
            start[kind(0)] += 1.0;
            for slot in 0..SLOTS - 1 {
                next[(slot * KINDS + kind(slot)) * KINDS + kind(slot + 1)] += 1.0;
            }
        }
        Self { start, next }
    }

    /// Draws a day. A state that no training day was in cannot be reached.
    pub fn sample(&self, stream: &mut Draw) -> Chain {
        let mut kind = stream.weighted(&self.start).unwrap_or(0);
        let mut slots: Slots = [0; SLOTS];
        slots[0] = Activity::ALL[kind].code();
        for (slot, code) in slots.iter_mut().enumerate().skip(1) {
            let row = ((slot - 1) * KINDS + kind) * KINDS;
            kind = stream.weighted(&self.next[row..row + KINDS]).unwrap_or(kind);
            *code = Activity::ALL[kind].code();
        }
        Chain::from_slots(&slots)
    }
}

/// `n` days of a Markov chain fitted to a survey's training days.
pub fn markov(train: &Survey, n: usize, seed: u64) -> Vec<Chain> {
    let markov = Markov::fit(train.diaries.iter().map(|diary| &diary.chain));
    (0..n as u64).map(|row| markov.sample(&mut draw(seed, Purpose::Chain, row, 2))).collect()
}

/// `n` days copied from training persons drawn with replacement: the best that memory alone can do.
pub fn copy(train: &Survey, n: usize, seed: u64) -> Vec<Chain> {
    if train.diaries.is_empty() {
        return Vec::new();
    }
    let pick = |row: u64| draw(seed, Purpose::Chain, row, 3).below(train.diaries.len() as u32) as usize;
    (0..n as u64).map(|row| train.diaries[pick(row)].chain.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::draw::Purpose;

    #[test]
    fn the_chain_repeats_the_shares_it_was_fitted_to() {
        let mut slots = [1u8; SLOTS];
        let home = Chain::from_slots(&slots);
        slots[32..64].fill(2);
        let work = Chain::from_slots(&slots);
        let days = [home, work.clone(), work.clone(), work];
        let markov = Markov::fit(days.iter());
        let n = 4000;
        let workers = (0..n)
            .map(|row| markov.sample(&mut draw(1, Purpose::Test, row, 0)))
            .inspect(|day| day.check().unwrap())
            .filter(|day| day.0.len() == 3)
            .count();
        assert!((workers as f64 / n as f64 - 0.75).abs() < 0.03, "{workers}");
    }
}

//! Baselines that complete days: the Markov chain, and the training day that fits best.
//!
//! Both serve as a floor in experiments on days with hidden parts: what they reach needs no learning of persons,
//! durations or the past.

use super::{KINDS, Markov};
use crate::models::chain::{Observed, quarter_hours};
use crate::models::reconstruct::{Example, Reconstructor};
use engine::Result;
use engine::activity::diary::Diary;
use engine::activity::{Activity, Chain, SLOTS, Slots};
use engine::draw::{Draw, Purpose, draw};
use rayon::prelude::*;

/// Weight of a slot that a model completed (as the reference's, Eq. 6 of seed 002).
const SYNTHETIC: f64 = 0.3;
/// What earlier examples weigh beside new ones, all together: they fill holes.
const MEMORY: f64 = 0.1;
/// Counts that every state has: of staying, and of going anywhere.
const STAYS: f64 = 0.5;
const GOES: f64 = 1e-3;

/// [`Markov`] as a model that completes days: its law given what was seen, sampled exactly (forward sums, backward
/// draws).
#[derive(Debug, Clone)]
pub struct MarkovModel(Markov);

impl Default for MarkovModel {
    fn default() -> Self {
        Self(Markov { start: vec![0.0; KINDS], next: vec![0.0; (SLOTS - 1) * KINDS * KINDS] })
    }
}

impl MarkovModel {
    /// Weight of beginning the day with an activity.
    fn start(&self, kind: usize) -> f64 {
        self.0.start[kind] + GOES
    }

    /// Chances of the next activity.
    fn next(&self, slot: usize, kind: usize) -> [f64; KINDS] {
        let row = (slot * KINDS + kind) * KINDS;
        let stays = |to: usize| if to == kind { STAYS } else { GOES };
        let raw: [f64; KINDS] = std::array::from_fn(|to| self.0.next[row + to] + stays(to));
        let total: f64 = raw.iter().sum();
        raw.map(|weight| weight / total)
    }

    /// A day that agrees with what was seen: weights of each slot's activity given all slots up to it, then draws
    /// from the last slot to the first. `tables` hold the chances from slot to slot.
    fn draw_day(&self, tables: &[[[f64; KINDS]; KINDS]], seen: &Observed, stream: &mut Draw) -> Chain {
        // A slot that was seen leaves one activity.
        let may = |slot: usize, kind: usize| seen.slots[slot].is_none_or(|seen| seen.index() == kind);
        let mut ahead = vec![[0.0_f64; KINDS]; SLOTS];
        ahead[0] = std::array::from_fn(|kind| if may(0, kind) { self.start(kind) } else { 0.0 });
        for slot in 1..SLOTS {
            let before = ahead[slot - 1];
            let reach =
                |to: usize| (0..KINDS).map(|from| before[from] * tables[slot - 1][from][to]).sum::<f64>();
            let raw: [f64; KINDS] = std::array::from_fn(|to| if may(slot, to) { reach(to) } else { 0.0 });
            let total: f64 = raw.iter().sum();
            ahead[slot] = raw.map(|weight| weight / total);
        }
        let mut kind = stream.weighted(&ahead[SLOTS - 1]).unwrap_or(0);
        let mut slots: Slots = [0; SLOTS];
        slots[SLOTS - 1] = Activity::ALL[kind].code();
        for slot in (0..SLOTS - 1).rev() {
            let weights: [f64; KINDS] =
                std::array::from_fn(|from| ahead[slot][from] * tables[slot][from][kind]);
            kind = stream.weighted(&weights).unwrap_or(kind);
            slots[slot] = Activity::ALL[kind].code();
        }
        Chain::from_slots(&slots)
    }
}

impl Reconstructor for MarkovModel {
    fn name(&self) -> &'static str {
        "markov"
    }

    /// Counts once, whatever `epochs` says; earlier counts fade to a tenth of the new ones.
    fn fit(&mut self, examples: &[Example], _epochs: u32, _seed: u64) -> Result<()> {
        let fade =
            |old: &[f64], new: f64| (MEMORY * new / old.iter().sum::<f64>().max(f64::MIN_POSITIVE)).min(1.0);
        let weight: f64 = examples.iter().map(|example| example.weight).sum();
        let factor = fade(&self.0.start, weight);
        self.0.start.iter_mut().chain(&mut self.0.next).for_each(|count| *count *= factor);
        for example in examples {
            let slots = example.day.to_slots().map(|code| usize::from(code) - 1);
            let sure = |real: bool| example.weight * if real { 1.0 } else { SYNTHETIC };
            self.0.start[slots[0]] += sure(example.real[0]);
            for slot in 0..SLOTS - 1 {
                let sure = sure(example.real[slot] && example.real[slot + 1]);
                self.0.next[(slot * KINDS + slots[slot]) * KINDS + slots[slot + 1]] += sure;
            }
        }
        Ok(())
    }

    fn complete(&self, days: &[(Diary, Observed)], seed: u64) -> Result<Vec<Option<Chain>>> {
        let table =
            |slot: usize| -> [[f64; KINDS]; KINDS] { std::array::from_fn(|kind| self.next(slot, kind)) };
        let tables: Vec<_> = (0..SLOTS - 1).map(table).collect();
        let one = |(row, (_, seen)): (usize, &(Diary, Observed))| {
            Some(self.draw_day(&tables, seen, &mut draw(seed, Purpose::Chain, row as u64, 30)))
        };
        Ok(days.par_iter().enumerate().map(one).collect())
    }
}

/// Fills what is hidden from the training day that agrees best with what was seen (among equals, one that is drawn).
#[derive(Debug, Clone, Default)]
pub struct CopyModel {
    /// The training days, on the grid.
    days: Vec<Slots>,
}

impl Reconstructor for CopyModel {
    fn name(&self) -> &'static str {
        "copy a day"
    }

    /// Keeps the examples, and no earlier ones.
    fn fit(&mut self, examples: &[Example], _epochs: u32, _seed: u64) -> Result<()> {
        self.days = examples.iter().map(|example| quarter_hours(&example.day).to_slots()).collect();
        Ok(())
    }

    fn complete(&self, days: &[(Diary, Observed)], seed: u64) -> Result<Vec<Option<Chain>>> {
        let one = |(row, (_, seen)): (usize, &(Diary, Observed))| {
            let mut stream = draw(seed, Purpose::Chain, row as u64, 31);
            let seen: Vec<(usize, u8)> =
                (0..SLOTS).filter_map(|slot| Some((slot, seen.slots[slot]?.code()))).collect();
            let agree = |day: &Slots| seen.iter().filter(|&&(slot, code)| day[slot] == code).count();
            let scores: Vec<usize> = self.days.iter().map(agree).collect();
            let best = scores.iter().copied().max()?;
            let equal: Vec<usize> = (0..scores.len()).filter(|&day| scores[day] == best).collect();
            let mut slots = self.days[equal[stream.below(equal.len() as u32) as usize]];
            seen.iter().for_each(|&(slot, code)| slots[slot] = code);
            Some(Chain::from_slots(&slots))
        };
        Ok(days.par_iter().enumerate().map(one).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::chain::observe;
    use crate::tests::diary;

    /// Half of the people work from slot 32 to 64, half stay at home.
    fn examples(n: usize) -> Vec<Example> {
        let one = |row: usize| {
            let mut slots = [1u8; SLOTS];
            if row.is_multiple_of(2) {
                slots[32..64].fill(2);
            }
            let who = diary(&format!("p{row}"), Chain::default());
            Example { who, day: Chain::from_slots(&slots), real: [true; SLOTS], weight: 1.0 }
        };
        (0..n).map(one).collect()
    }

    #[test]
    fn what_was_seen_decides_what_was_hidden() {
        let examples = examples(200);
        let seen = |slot: usize| slot == 50;
        let hidden: Vec<_> =
            examples.iter().map(|example| (example.who.clone(), observe(&example.day, seen))).collect();
        let mut models: [Box<dyn Reconstructor>; 2] =
            [Box::new(MarkovModel::default()), Box::new(CopyModel::default())];
        for model in &mut models {
            model.fit(&examples, 1, 1).unwrap();
            let completed = model.complete(&hidden, 1).unwrap();
            let right =
                completed.iter().zip(&examples).filter(|(day, example)| day.as_ref() == Some(&example.day));
            let right = right.count();
            assert!(right > 150, "{}: {right}", model.name());
            for (day, (_, seen)) in completed.iter().zip(&hidden) {
                assert_eq!(Some(day.as_ref().unwrap().to_slots()[50]), seen.slots[50].map(Activity::code));
            }
            assert_eq!(completed, model.complete(&hidden, 1).unwrap());
        }
    }

    #[test]
    fn with_nothing_seen_the_chain_draws_its_law() {
        let mut model = MarkovModel::default();
        model.fit(&examples(100), 1, 1).unwrap();
        let nothing = Observed { slots: [None; SLOTS] };
        let asked = vec![(diary("p", Chain::default()), nothing); 2000];
        let days = model.complete(&asked, 3).unwrap();
        let workers = days.iter().filter(|day| day.as_ref().unwrap().to_slots()[40] == 2).count();
        assert!((workers as f64 / 2000.0 - 0.5).abs() < 0.05, "{workers}");
    }
}

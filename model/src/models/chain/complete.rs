//! Days of which some quarter hours are known: the rest is drawn given them, exactly.
//!
//! Generation and completion are one model. What was observed clamps its slots, and forward filtering, backward
//! sampling ([`super::exact`]) draws whole days from the law given what was seen: the posterior itself, not a guess
//! slot by slot.

use super::exact::{Exact, Weights};
use super::{Candidate, Condition, Generator, KINDS, REDRAWS, candidates, quarter};
use engine::Result;
use engine::activity::diary::Diary;
use engine::activity::{Activity, Chain, SLOTS};
use engine::draw::{Purpose, draw};
use rayon::prelude::*;

/// A condition that is less likely than this is left out of the posterior's mean (never of what is drawn).
const NEGLIGIBLE: f64 = 1e-6;

/// A day that is partly known.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// What is known in each quarter hour.
    pub slots: [Option<Activity>; SLOTS],
}

/// The quarter hours of a day for which `seen` is true.
pub fn observe(day: &Chain, seen: impl Fn(usize) -> bool) -> Observed {
    let slots = day.to_slots();
    let at = |slot: usize| if seen(slot) { Activity::from_code(slots[slot]) } else { None };
    Observed { slots: std::array::from_fn(at) }
}

impl Observed {
    fn weights(&self) -> Weights {
        let slots: Vec<Option<usize>> = self.slots.iter().map(|seen| seen.map(Activity::index)).collect();
        Weights::observed(&slots)
    }
}

/// What a diary leaves possible: the number of a condition, and its share.
type Open = Vec<(usize, f64)>;

/// The conditions that occur, with their chains, and what each day leaves open.
struct Prepared {
    chains: Vec<Exact>,
    open: Vec<Open>,
}

impl Generator {
    /// Completes days: `who` tells of each its person (its chain is not looked at). Person and kind of day, where
    /// they are not told, are drawn given what was seen, and the day given both. `None` where the model holds what was
    /// seen for impossible (a stay of home, work or school next to another of the same, say). `travelled`: the persons
    /// are known to have left home, so days at home are drawn again.
    ///
    /// # Errors
    /// The weights do not fit this version.
    pub fn complete(
        &self,
        days: &[(Diary, Observed)],
        travelled: bool,
        seed: u64,
    ) -> Result<Vec<Option<Chain>>> {
        let prepared = self.prepare(days)?;
        let weights: Vec<Weights> = days.par_iter().map(|(_, observed)| observed.weights()).collect();
        let chances = prepared.chances(&weights);
        let draw_one = |row: usize| {
            let mut stream = draw(seed, Purpose::Chain, row as u64, 4);
            let shares: Vec<f64> = chances[row].iter().map(|(_, share)| *share).collect();
            let (condition, _) = chances[row][stream.weighted(&shares)?];
            let ahead = prepared.chains[condition].ahead(&weights[row]);
            let mut stays = ahead.sample(&mut stream);
            for _ in 0..REDRAWS {
                if !travelled || stays.as_ref().is_none_or(|stays| stays.len() > 1) {
                    break;
                }
                stays = ahead.sample(&mut stream);
            }
            stays.map(|stays| quarter::chain(&stays))
        };
        Ok((0..days.len()).into_par_iter().map(draw_one).collect())
    }

    /// The chance of each activity in each quarter hour, `[SLOTS, 15]`, given what was seen: the exact posterior of
    /// which [`Generator::complete`] draws. Not a number where the model holds what was seen for impossible.
    ///
    /// # Errors
    /// As [`Generator::complete`].
    pub fn posterior(&self, days: &[(Diary, Observed)]) -> Result<Vec<Vec<f64>>> {
        let prepared = self.prepare(days)?;
        let weights: Vec<Weights> = days.par_iter().map(|(_, observed)| observed.weights()).collect();
        let chances = prepared.chances(&weights);
        let of_one = |(row, weights): (usize, &Weights)| {
            let total: f64 = chances[row].iter().map(|(_, share)| share).sum();
            let mut sum = vec![0.0; SLOTS * KINDS];
            for &(condition, share) in chances[row].iter().filter(|(_, share)| share / total > NEGLIGIBLE) {
                let slots = prepared.chains[condition].ahead(weights).expected().slots;
                sum.iter_mut().zip(slots).for_each(|(sum, chance)| *sum += share / total * chance);
            }
            sum
        };
        Ok(weights.par_iter().enumerate().map(of_one).collect())
    }

    /// The chains of all conditions that occur, and what each day leaves open.
    fn prepare(&self, days: &[(Diary, Observed)]) -> Result<Prepared> {
        let mix = self.mix();
        let open: Vec<Vec<Candidate>> =
            days.iter().map(|(who, _)| candidates(who, &self.classes).collect()).collect();
        let mut conditions: Vec<Condition> = open.iter().flatten().map(|c| c.condition).collect();
        conditions.sort_unstable();
        conditions.dedup();
        let (tables, effects) = self.tables_of(&conditions)?;
        let chains = tables.par_iter().map(|table| Exact::new(table, &effects)).collect();
        let share = |c: &Candidate| {
            let number = conditions.partition_point(|condition| *condition < c.condition);
            (number, c.share * c.class.map_or(1.0, |class| mix[class]))
        };
        let open = open.iter().map(|open| open.iter().map(share).collect()).collect();
        Ok(Prepared { chains, open })
    }
}

impl Prepared {
    /// For each day its conditions with their shares given what was seen (they need not sum to 1).
    fn chances(&self, weights: &[Weights]) -> Vec<Open> {
        let given = |(open, weights): (&Open, &Weights)| match open.len() {
            1 => open.clone(),
            _ => open.iter().map(|&(c, share)| (c, share * self.chains[c].ahead(weights).total)).collect(),
        };
        self.open.par_iter().zip(weights).map(given).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::diary;
    use engine::activity::diary::Survey;
    use engine::people::{Sex, Student};

    /// Workers of 40 on a Wednesday.
    fn workers(n: u64) -> Vec<Diary> {
        let one = |row: u64| Diary {
            weekday: Some(2),
            age: Some(40),
            sex: if row.is_multiple_of(2) { Sex::Female } else { Sex::Male },
            employed: Some(true),
            student: Some(Student::No),
            ..diary(&format!("p{row}"), Chain::default())
        };
        (0..n).map(one).collect()
    }

    /// Days drawn from the model, of which 70 % is hidden in runs.
    fn hidden(n: u64) -> (Generator, Vec<Chain>, Vec<(Diary, Observed)>) {
        let generator = Generator::shipped().unwrap();
        let survey = Survey { name: "psrc2017".into(), travellers_only: false, diaries: workers(n) };
        let truth = generator.generate_like(&survey, 5).unwrap();
        let hide = |(row, day): (usize, &Chain)| crate::score::completion::hide(day, 0.7, 6, row as u64);
        let observed: Vec<Observed> = truth.iter().enumerate().map(hide).collect();
        (generator, truth, survey.diaries.into_iter().zip(observed).collect())
    }

    #[test]
    fn what_was_seen_is_kept() {
        let (generator, truth, days) = hidden(60);
        let completed = generator.complete(&days, false, 1).unwrap();
        assert_eq!(completed, generator.complete(&days, false, 1).unwrap());
        for ((chain, (_, observed)), truth) in completed.iter().zip(&days).zip(&truth) {
            let chain = chain.as_ref().unwrap();
            chain.check().unwrap();
            let slots = chain.to_slots();
            for (slot, seen) in observed.slots.iter().enumerate() {
                assert!(seen.is_none_or(|seen| seen.code() == slots[slot]), "{truth:?}");
            }
        }
    }
}

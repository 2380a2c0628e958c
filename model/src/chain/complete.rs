//! Days of which some quarter hours are known: the rest is drawn given them, exactly.
//!
//! Generation and completion are one model. What was observed clamps its slots, and forward filtering, backward
//! sampling ([`super::exact`]) draws whole days from the law given what was seen: the posterior itself, not a guess
//! slot by slot.

use super::exact::{Exact, Expected, Weights};
use super::{Condition, Generator, REDRAWS, quarter};
use engine::Result;
use engine::activity::diary::Diary;
use engine::activity::{Activity, Chain, SLOTS};
use engine::draw::{Draw, Purpose, draw};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The chain of each condition.
type Chains = BTreeMap<Condition, Exact>;

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

impl Generator {
    /// Completes days: `who` tells of each its person (its chain is not looked at; what is not told is drawn from
    /// the learned mix). `None` where the model holds what was seen for impossible (a stay of home, work or school
    /// next to another of the same, say). `travelled`: the persons are known to have left home, so days at home are
    /// drawn again.
    ///
    /// # Errors
    /// The weights do not fit this version.
    pub fn complete(
        &self,
        days: &[(Diary, Observed)],
        travelled: bool,
        seed: u64,
    ) -> Result<Vec<Option<Chain>>> {
        let (chains, drawn) = self.prepare(days.iter().map(|(who, _)| who), seed)?;
        let draw_one = |((condition, mut stream), (_, observed)): ((Condition, Draw), &(Diary, Observed))| {
            let weights = observed.weights();
            let ahead = chains[&condition].ahead(&weights);
            let mut stays = ahead.sample(&mut stream);
            for _ in 0..REDRAWS {
                if !travelled || stays.as_ref().is_none_or(|stays| stays.len() > 1) {
                    break;
                }
                stays = ahead.sample(&mut stream);
            }
            stays.map(|stays| quarter::chain(&stays))
        };
        Ok(drawn.into_par_iter().zip(days).map(draw_one).collect())
    }

    /// The chance of each activity in each quarter hour, `[SLOTS, 15]`, given what was seen: the exact posterior of
    /// which [`Generator::complete`] draws.
    ///
    /// # Errors
    /// As [`Generator::complete`].
    pub fn posterior(&self, days: &[(Diary, Observed)], seed: u64) -> Result<Vec<Vec<f64>>> {
        let (chains, drawn) = self.prepare(days.iter().map(|(who, _)| who), seed)?;
        let of_one = |((condition, _), (_, observed)): ((Condition, Draw), &(Diary, Observed))| {
            let weights = observed.weights();
            let expected: Expected = chains[&condition].ahead(&weights).expected();
            expected.slots
        };
        Ok(drawn.into_par_iter().zip(days).map(of_one).collect())
    }

    /// The chains of all conditions that occur, and each person's condition and draws.
    fn prepare<'a>(
        &self,
        persons: impl Iterator<Item = &'a Diary>,
        seed: u64,
    ) -> Result<(Chains, Vec<(Condition, Draw)>)> {
        let mix = self.mix();
        let drawn: Vec<(Condition, Draw)> = persons
            .enumerate()
            .map(|(row, diary)| {
                let mut stream = draw(seed, Purpose::Chain, row as u64, 4);
                (self.draw_condition(diary, &mix, &mut stream), stream)
            })
            .collect();
        let mut conditions: Vec<Condition> = drawn.iter().map(|(condition, _)| *condition).collect();
        conditions.sort_unstable();
        conditions.dedup();
        let (tables, effects) = self.tables_of(&conditions)?;
        let chains = tables.par_iter().map(|table| Exact::new(table, &effects)).collect::<Vec<_>>();
        Ok((conditions.into_iter().zip(chains).collect(), drawn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::Survey;
    use crate::survey::tests::diary;
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

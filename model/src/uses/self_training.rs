//! Self-training (pattern adaptation of seed 002, its Algorithm 1): a model that learns from what it made itself of partly hidden days.
//!
//! A_0 = M_0(A_raw). In round n the model goes on learning from A_{n−1}, in which the slots that were really seen are
//! marked, plus a fifth of A_{n−2}; then A_n = M_n(A_raw). Optionally real days of the source anchor it: half of the
//! examples of every round.

use crate::models::chain::Observed;
use crate::models::reconstruct::{Example, Reconstructor};
use engine::Result;
use engine::activity::diary::Diary;
use engine::activity::{Chain, SLOTS};
use engine::draw::{Purpose, draw};
use std::ops::ControlFlow;

/// Sees the model of each round, beginning with round 0 (before any self-training), and may break off.
pub type Look<'a> = dyn FnMut(u32, &dyn Reconstructor) -> Result<ControlFlow<()>> + 'a;

/// How Algorithm 1 runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Rounds at most.
    pub rounds: u32,
    /// Passes over the examples of a round (not published).
    pub epochs: u32,
    /// Share of the earlier round's days that is learned from again (seed 002: 0.2).
    pub retained: f64,
    /// Whether as many real days of the source as there are other examples are added.
    pub anchored: bool,
    /// Seed of draws and training.
    pub seed: u64,
}

/// Runs Algorithm 1 on `raw` days.
///
/// # Errors
/// Of the model, or of `look`.
pub fn self_train(
    model: &mut dyn Reconstructor,
    raw: &[(Diary, Observed)],
    source: &[Example],
    settings: &Settings,
    look: &mut Look<'_>,
) -> Result<()> {
    let mut retained: Vec<Example> = Vec::new();
    for round in 0..=settings.rounds {
        if look(round, model)?.is_break() || round == settings.rounds {
            break;
        }
        let seed = seed_of(settings.seed, round);
        let completed = examples(raw, model.complete(raw, seed)?);
        let mut today = completed.clone();
        today.append(&mut retained);
        if settings.anchored {
            today.extend(anchors(source, today.len(), settings.seed, round));
        }
        model.fit(&today, settings.epochs, seed)?;
        let keep = |row: usize| draw(seed, Purpose::Training, row as u64, 41).uniform() < settings.retained;
        retained =
            completed.into_iter().enumerate().filter(|(row, _)| keep(*row)).map(|(_, day)| day).collect();
    }
    Ok(())
}

/// A seed for each round.
fn seed_of(seed: u64, round: u32) -> u64 {
    let mut stream = draw(seed, Purpose::Training, u64::from(round), 40);
    u64::from(stream.word()) << 32 | u64::from(stream.word())
}

/// Examples of completed days: what was seen is real.
fn examples(raw: &[(Diary, Observed)], completed: Vec<Option<Chain>>) -> Vec<Example> {
    let example = |((who, seen), day): (&(Diary, Observed), Option<Chain>)| {
        let real = std::array::from_fn(|slot| seen.slots[slot].is_some());
        Some(Example { who: who.clone(), day: day?, real, weight: 1.0 })
    };
    raw.iter().zip(completed).filter_map(example).collect()
}

/// `n` days of the source, drawn with replacement.
fn anchors(source: &[Example], n: usize, seed: u64, round: u32) -> Vec<Example> {
    if source.is_empty() {
        return Vec::new();
    }
    let pick = |row: usize| {
        let entity = u64::from(round) << 32 | row as u64;
        let mut stream = draw(seed, Purpose::Training, entity, 42);
        source[stream.below(source.len() as u32) as usize].clone()
    };
    (0..n).map(pick).collect()
}

/// The round to keep by a measure of each round (less is better): the best before `patience` rounds in a row were no
/// better than it.
pub fn chosen(measures: &[f64], patience: usize) -> usize {
    let mut best = 0;
    for round in 1..measures.len() {
        if measures[round] < measures[best] {
            best = round;
        } else if round - best >= patience {
            break;
        }
    }
    best
}

/// Every slot real: a day of a survey.
pub fn example(who: &Diary, day: Chain) -> Example {
    Example { who: who.clone(), day, real: [true; SLOTS], weight: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::chain::observe;
    use crate::tests::diary;
    use std::cell::RefCell;

    /// Completes with work, and writes down what it is taught.
    #[derive(Default)]
    struct Spy {
        taught: Vec<Vec<Example>>,
        seeds: RefCell<Vec<u64>>,
    }

    impl Reconstructor for Spy {
        fn name(&self) -> &'static str {
            "spy"
        }

        fn fit(&mut self, examples: &[Example], _: u32, _: u64) -> Result<()> {
            self.taught.push(examples.to_vec());
            Ok(())
        }

        fn complete(&self, days: &[(Diary, Observed)], seed: u64) -> Result<Vec<Option<Chain>>> {
            self.seeds.borrow_mut().push(seed);
            // The first day is impossible.
            let fill = |(row, (_, seen)): (usize, &(Diary, Observed))| {
                let slots = seen.slots.map(|seen| seen.map_or(2, |activity| activity.code()));
                (row > 0).then(|| Chain::from_slots(&slots))
            };
            Ok(days.iter().enumerate().map(fill).collect())
        }
    }

    #[test]
    fn each_round_learns_from_the_last_and_a_fifth_of_the_one_before() {
        let home = Chain::from_slots(&[1; SLOTS]);
        let who = |row: usize| diary(&format!("p{row}"), Chain::default());
        let raw: Vec<_> = (0..501).map(|row| (who(row), observe(&home, |slot| slot < 30))).collect();
        let source = vec![example(&who(9), Chain::from_slots(&[3; SLOTS]))];
        let mut rounds = Vec::new();
        for anchored in [false, true] {
            let mut spy = Spy::default();
            let settings = Settings { rounds: 3, epochs: 1, retained: 0.2, anchored, seed: 1 };
            self_train(&mut spy, &raw, &source, &settings, &mut |round, _| {
                rounds.push(round);
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
            assert_eq!(spy.taught.len(), 3);
            let own =
                |examples: &[Example]| examples.iter().filter(|l| !l.real.iter().all(|real| *real)).count();
            assert_eq!(own(&spy.taught[0]), 500);
            let retained = own(&spy.taught[1]) - 500;
            assert!((60..140).contains(&retained), "{retained}");
            assert!(own(&spy.taught[2]) < 640, "retained days do not pile up");
            for examples in &spy.taught {
                let real = examples.len() - own(examples);
                assert_eq!(real, if anchored { own(examples) } else { 0 });
            }
            let first = &spy.taught[0][0];
            assert_eq!(first.real.iter().filter(|real| **real).count(), 30);
            assert_eq!(first.day.to_slots()[29..31], [1, 2]);
            let mut seeds = spy.seeds.into_inner();
            seeds.dedup();
            assert_eq!(seeds.len(), 3);
        }
        assert_eq!(rounds, [0, 1, 2, 3, 0, 1, 2, 3]);
    }

    #[test]
    fn the_round_before_it_got_worse_is_kept() {
        assert_eq!(chosen(&[5.0, 3.0, 2.0, 2.5, 1.0], 1), 2);
        assert_eq!(chosen(&[5.0, 3.0, 2.0, 2.5, 1.0], 2), 4);
        assert_eq!(chosen(&[5.0, 3.0, 3.0, 3.5, 1.0], 2), 1);
        assert_eq!(chosen(&[5.0, 3.0], 1), 1);
        assert_eq!(chosen(&[5.0, 6.0], 1), 0);
    }
}

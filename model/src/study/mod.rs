//! Trials of the models, whose tables stand in the crate's README.
//!
//! * [`held_out`]: drawn days beside the days of persons who were not trained on.
//! * [`transfer`]: a model of one survey completes days of another (seed 002, Table 3).
//! * [`self_training`]: a model learns from its own completions of days of a place that is only seen in part (its Tables 4
//!   and 7).
//! * [`group`]: groups of which only the use of time is known (its Tables 5, 6 and 8).
//! * [`known_world`]: a synthetic world whose law is known, so that what was learned can be compared with the truth.

pub mod group;
pub mod held_out;
pub mod known_world;
pub mod self_training;
pub mod transfer;

use crate::models::baseline::{CopyModel, MarkovModel};
use crate::models::chain::{Observed, quarter_hours};
use crate::models::reconstruct::{Example, Reconstructor};
use crate::models::reference::{Decode, Settings, Trained};
use crate::models::train::{self, SemiMarkov};
use crate::score::completion::hide;
use engine::Result;
use engine::activity::diary::Diary;
use engine::activity::diary::{Survey, uniform_of};
use engine::activity::{Chain, SLOTS};
use engine::validate::score::{FiveJsd, five_jsd};
use serde::Serialize;
use std::fmt;

/// Share of a day that is hidden (seed 002: 70 %).
pub const HIDDEN: f64 = 0.7;
/// Seed of what is hidden of a day: once and for all.
const HIDE_SEED: u64 = 7;
/// Seed of which persons are taken where a survey has more than are asked for.
const SAMPLE_SEED: u64 = 8;

/// Makes a model trained on the examples of the source with a seed.
pub type Make<'a> = Box<dyn Fn(&[Example], u64) -> Result<Box<dyn Reconstructor>> + 'a>;

/// A model that takes part in an experiment.
pub struct Candidate<'a> {
    /// As tables name it.
    pub name: &'static str,
    /// Trains it on the source.
    pub make: Make<'a>,
    /// Epochs of a supervised transfer.
    pub transfer_epochs: u32,
    /// Epochs of a round of Algorithm 1.
    pub round_epochs: u32,
    /// Whether Algorithm 1 is tried with real source days in every round too.
    pub anchors: bool,
}

/// The baselines: a Markov chain and copied days.
pub fn baselines<'a>() -> Vec<Candidate<'a>> {
    fn learn(
        mut model: impl Reconstructor + 'static,
        examples: &[Example],
    ) -> Result<Box<dyn Reconstructor>> {
        model.fit(examples, 1, 0)?;
        Ok(Box::new(model))
    }
    let candidate = |name, make| Candidate { name, make, transfer_epochs: 1, round_epochs: 1, anchors: true };
    vec![
        candidate("markov", Box::new(|examples, _| learn(MarkovModel::default(), examples))),
        candidate("copy a day", Box::new(|examples, _| learn(CopyModel::default(), examples))),
    ]
}

/// The reference, decoding by the most likely activity and by drawing. `thaws`: later trainings thaw layers one after
/// another (knowledge adaptation; Algorithm 1 does not).
pub fn references<'a>(trained: &'a Trained<'a>, thaws: bool, epochs: [u32; 2]) -> Vec<Candidate<'a>> {
    let candidate = |(name, decode)| {
        let settings = Settings { thaws, decode, ..trained.settings };
        let make = move |examples: &[Example], seed: u64| {
            Ok(Box::new(trained.source(examples, seed, settings)?) as Box<dyn Reconstructor>)
        };
        // Anchoring is for days that are drawn; the likeliest ones show what happens without.
        let anchors = decode == Decode::Drawn;
        Candidate { name, make: Box::new(make), transfer_epochs: epochs[0], round_epochs: epochs[1], anchors }
    };
    [("reference, likeliest", Decode::Likeliest), ("reference, drawn", Decode::Drawn)].map(candidate).into()
}

/// Our model: the semi-Markov chain, `epochs` over the source, 8 over a target, `round_epochs` in a round.
pub fn ours<'a>(epochs: u32, round_epochs: u32) -> Candidate<'a> {
    let make = move |examples: &[Example], seed: u64| {
        let settings = train::Settings { n_threads: 1, seed, ..train::Settings::default() };
        let mut model = SemiMarkov::untrained("source", settings);
        model.fit(examples, epochs, seed)?;
        Ok(Box::new(model) as Box<dyn Reconstructor>)
    };
    Candidate { name: "semi-Markov", make: Box::new(make), transfer_epochs: 8, round_epochs, anchors: true }
}

/// The persons of one place: learned from, and held out ([`Survey::split`]), on the grid of quarter hours.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The survey's name.
    pub name: String,
    /// Whole days to learn from.
    pub train: Vec<Diary>,
    /// Whole days of held-out persons.
    pub held_out: Vec<Diary>,
}

impl Place {
    /// Splits a survey and takes at most so many days of each part, chosen by a hash of the person's key.
    pub fn new(survey: &Survey, most: [usize; 2]) -> Self {
        let (train, held_out) = survey.split();
        let [train, held_out] = [(train, most[0]), (held_out, most[1])].map(|(part, most)| {
            let mut days: Vec<(f64, Diary)> = part
                .diaries
                .into_iter()
                .map(|diary| (uniform_of(SAMPLE_SEED, &diary.person), diary))
                .collect();
            days.sort_by(|a, b| a.0.total_cmp(&b.0));
            days.truncate(most);
            days.into_iter().map(|(_, d)| Diary { chain: quarter_hours(&d.chain), ..d }).collect()
        });
        Self { name: survey.name.clone(), train, held_out }
    }

    /// The training days as examples, real throughout.
    pub fn examples(&self) -> Vec<Example> {
        self.train
            .iter()
            .map(|diary| crate::uses::self_training::example(diary, diary.chain.clone()))
            .collect()
    }
}

/// Hides `share` of each day, in runs of 8 to 20 slots; `pass` tells apart several ways of hiding.
pub(crate) fn hidden(days: &[Diary], share: f64, pass: u64) -> Vec<(Diary, Observed)> {
    let one = |(row, diary): (usize, &Diary)| {
        (diary.clone(), hide(&diary.chain, share, HIDE_SEED + pass, row as u64))
    };
    days.iter().enumerate().map(one).collect()
}

/// How completed days compare with the true ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Score {
    /// Completed days.
    pub n_days: usize,
    /// The five divergences, nats, in the order length, duration, type, start, end.
    pub jsd: [f64; 5],
    /// What two samples of one law would show (episodes taken as independent).
    pub floor: [f64; 5],
    /// Mean episodes a day, completed and true.
    pub episodes: [f64; 2],
    /// Share of hidden slots that are right.
    pub right: f64,
}

/// Scores completed days.
pub(crate) fn score(completed: &[Option<Chain>], asked: &[(Diary, Observed)]) -> Score {
    let pairs: Vec<(&Chain, &Diary, &Observed)> = completed
        .iter()
        .zip(asked)
        .filter_map(|(day, (who, seen))| Some((day.as_ref()?, who, seen)))
        .collect();
    let made: Vec<Chain> = pairs.iter().map(|(day, ..)| (*day).clone()).collect();
    let truth: Vec<Chain> = pairs.iter().map(|(_, who, _)| who.chain.clone()).collect();
    let (mut hidden, mut right) = (0, 0);
    for (day, who, seen) in &pairs {
        let (day, truth) = (day.to_slots(), who.chain.to_slots());
        let missing = (0..SLOTS).filter(|&slot| seen.slots[slot].is_none());
        missing.for_each(|slot| {
            hidden += 1;
            right += usize::from(day[slot] == truth[slot]);
        });
    }
    let episodes =
        |days: &[Chain]| days.iter().map(|day| day.0.len()).sum::<usize>() as f64 / days.len().max(1) as f64;
    Score {
        episodes: [episodes(&made), episodes(&truth)],
        right: f64::from(right as u32) / f64::from(hidden.max(1) as u32),
        ..divergence(&made, &truth)
    }
}

/// The divergences of two sets of days alone.
pub(crate) fn divergence(a: &[Chain], b: &[Chain]) -> Score {
    let jsd: FiveJsd = five_jsd(a, b);
    let five = |pick: fn(&engine::validate::score::Jsd) -> f64| jsd.named().map(|(_, jsd)| pick(jsd));
    Score { n_days: a.len(), jsd: five(|j| j.value), floor: five(|j| j.floor), ..Score::default() }
}

/// Mean and standard deviation (of a sample; 0 for one value).
pub fn mean_sd(values: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let square: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    [mean, (square / (n - 1.0).max(1.0)).sqrt()]
}

/// Writes cells of a table: the five divergences (mean ± standard deviation over the seeds), stays made of those there
/// are, and hidden slots guessed right.
fn write_scores<'a>(
    f: &mut fmt::Formatter<'_>,
    seeds: impl Iterator<Item = &'a Score> + Clone,
) -> fmt::Result {
    for part in 0..5 {
        let [mean, sd] = mean_sd(seeds.clone().map(|score| score.jsd[part]));
        write!(f, " {mean:.4} ± {sd:.4} |")?;
    }
    let mean = |pick: fn(&Score) -> f64| mean_sd(seeds.clone().map(pick))[0];
    let [made, truth] = [mean(|score| score.episodes[0]), mean(|score| score.episodes[1])];
    write!(f, " {made:.2} of {truth:.2} | {:.1} % |", mean(|score| score.right) * 100.0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::tests::diary;
    use engine::draw::{Purpose, draw};

    /// Workers whose day begins about slot `begin`, a quarter of them at home.
    pub(crate) fn place(name: &str, begin: u32, n: usize) -> Survey {
        let one = |row: usize| {
            let mut stream = draw(6, Purpose::Test, row as u64, begin);
            let mut slots = [1u8; SLOTS];
            if stream.below(4) > 0 {
                let from = (begin + stream.below(8)) as usize;
                slots[from..from + 30 + stream.below(6) as usize].fill(2);
            }
            diary(&format!("{name}{row}"), Chain::from_slots(&slots))
        };
        let diaries = (0..n).map(one).collect();
        Survey { name: name.into(), travellers_only: false, diaries }
    }

    #[test]
    fn a_place_is_split_once_and_for_all() {
        let survey = place("a", 30, 400);
        let all = Place::new(&survey, [usize::MAX; 2]);
        assert_eq!(all.train.len() + all.held_out.len(), 400);
        let few = Place::new(&survey, [50, 20]);
        assert_eq!(few.train[..], all.train[..50]);
        assert_eq!(few.held_out[..], all.held_out[..20]);
    }

    #[test]
    fn the_true_days_score_zero() {
        let days = Place::new(&place("a", 30, 300), [0, 60]).held_out;
        let asked = hidden(&days, HIDDEN, 0);
        let truth: Vec<_> = days.iter().map(|d| Some(d.chain.clone())).collect();
        let perfect = score(&truth, &asked);
        assert_eq!((perfect.jsd, perfect.right), ([0.0; 5], 1.0));
        let home = Chain::from_slots(&[1; SLOTS]);
        let wrong = score(&vec![Some(home); 60], &asked);
        assert!(wrong.jsd[0] > 0.1 && wrong.right < 0.9 && wrong.episodes[0] == 1.0, "{wrong:?}");
    }

    #[test]
    fn mean_and_deviation() {
        assert_eq!(mean_sd([1.0, 2.0, 3.0].into_iter()), [2.0, 1.0]);
        assert_eq!(mean_sd([4.0].into_iter()), [4.0, 0.0]);
    }
}

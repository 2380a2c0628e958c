//! Experiments in a world whose law is known: how near to it the model comes from days alone, and how far it follows
//! when the world changes and most of each day is hidden.
//!
//! Why a world by hand: of real days nobody knows the law, so a model can be compared with a sample only, whose
//! noise hides small faults. Here the chance of each day is known, and so are the entropy and the relative
//! entropy to it.
//!
//! Begin with [`run`]. A trial learns the first world from whole days, then follows the second one through days
//! of which most is hidden; it is repeated with other seeds, and means and standard deviations over the trials
//! are reported.

mod world;

pub use world::{SOURCE, TARGET, World};

use crate::models::baseline;
use crate::models::chain::{Generator, Observed, quarter_hours};
use crate::models::reconstruct::{Example, Reconstructor};
use crate::models::train::{SemiMarkov, Settings};
use crate::score::completion::{completion, hide};
use engine::activity::diary::Diary;
use engine::activity::diary::Survey;
use engine::activity::{Chain, SLOTS};
use engine::validate::score::five_jsd;
use engine::{Fault, Result};
use serde::Serialize;

/// Seeds of days that no training sees; training days have the seed of the trial.
const HELD_OUT_SEED: u64 = 1000;
const TARGET_SEED: u64 = 2000;
/// Held-out days that are hidden in part and completed, at most.
const COMPLETED: usize = 1000;
/// Rounds that learn from their own completions only.
const BURN_IN: u32 = 4;
/// Names of the two worlds as surveys.
const NAMES: [&str; 2] = ["known world", "changed world"];

/// Sizes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sizes {
    /// Days to learn from, and days held out.
    pub days: [usize; 2],
    /// Days of the changed world, of each of which `hidden` is hidden.
    pub target_days: usize,
    /// Share of a day that is hidden.
    pub hidden: f64,
    /// Epochs on the known world, and in each round on the changed one.
    pub epochs: [u32; 2],
    /// Rounds on the changed world.
    pub rounds: u32,
    /// Trials: seeds 1, 2, ….
    pub seeds: u64,
}

/// Mean and standard deviation over trials.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Standard deviation; 0 of one trial.
    pub sd: f64,
}

impl Spread {
    /// Of some values; the standard deviation is that of a sample.
    fn of(values: &[f64]) -> Self {
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Self { mean, sd: (squares / (n - 1.0).max(1.0)).sqrt() }
    }
}

/// The five divergences (length, duration, kind, start, end) from held-out days.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Who made the days.
    pub name: String,
    /// Nats.
    pub jsd: [Spread; 5],
    /// The same over their noise floors.
    pub over_floor: [Spread; 5],
}

/// What was found in the known world.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Known {
    /// The model (whole days, then completed ones) and what it must beat.
    pub rows: Vec<Row>,
    /// Mean −ln p of a held-out day under the world's own law, nats: its entropy, but for the sample.
    pub entropy: Spread,
    /// How much more the model needs, nats a day: its relative entropy to the world.
    pub gap: Spread,
    /// Expected calibration error of the posterior of hidden slots.
    pub calibration_error: Spread,
}

/// What was found in the changed world after a round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Round {
    /// 0: the model of the known world.
    pub round: u32,
    /// Of days drawn for held-out persons.
    pub row: Row,
    /// Share of the way from round 0 to the noise floor that is done.
    pub closed: [Spread; 5],
    /// Relative entropy to the changed world, nats a day, and the share of it that is gone.
    pub gap: [Spread; 2],
}

/// All of it. Displays as Markdown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The sizes.
    pub sizes: Sizes,
    /// In the known world.
    pub known: Known,
    /// After each round, and (last) a model that went on learning from the same days with nothing hidden.
    pub rounds: Vec<Round>,
}

/// Divergences and floors, one measurement.
type Five = [[f64; 2]; 5];

/// One trial.
struct Trial {
    /// Who made the days, and how far they are from held-out ones.
    rows: Vec<(&'static str, Five)>,
    /// As [`Known::entropy`], of this trial.
    entropy: f64,
    /// As [`Known::gap`].
    gap: f64,
    /// As [`Known::calibration_error`].
    calibration_error: f64,
    /// Divergences and gap after each round.
    rounds: Vec<(Five, f64)>,
}

/// Runs all trials; `say` is told of each.
///
/// # Errors
/// Sizes of 0.
pub fn run(sizes: &Sizes, settings: &Settings, say: &dyn Fn(String)) -> Result<Report> {
    if sizes.days.contains(&0) || sizes.target_days == 0 || sizes.seeds == 0 {
        return Err(Fault::new("known-world", "", "a size is 0").expected("1 or more days and seeds").into());
    }
    let trials = (1..=sizes.seeds)
        .map(|seed| {
            let trial = trial(sizes, settings, seed);
            say(format!("seed {seed} of {}: done", sizes.seeds));
            trial
        })
        .collect::<Result<Vec<Trial>>>()?;
    let over = |of: &dyn Fn(&Trial) -> f64| Spread::of(&trials.iter().map(of).collect::<Vec<f64>>());
    let row = |name: &str, of: &dyn Fn(&Trial) -> Five| Row {
        name: name.to_owned(),
        jsd: std::array::from_fn(|part| over(&|trial| of(trial)[part][0])),
        over_floor: std::array::from_fn(|part| over(&|trial| of(trial)[part][0] / of(trial)[part][1])),
    };
    let rows = trials[0].rows.iter().enumerate();
    let round = |number: usize| Round {
        round: number as u32,
        row: row(if number as u32 <= sizes.rounds { "model" } else { "nothing hidden" }, &|trial| {
            trial.rounds[number].0
        }),
        closed: std::array::from_fn(|part| {
            over(&|trial| {
                let [now, floor] = trial.rounds[number].0[part];
                let before = trial.rounds[0].0[part][0];
                (before - now) / (before - floor)
            })
        }),
        gap: [
            over(&|trial| trial.rounds[number].1),
            over(&|trial| 1.0 - trial.rounds[number].1 / trial.rounds[0].1),
        ],
    };
    Ok(Report {
        sizes: *sizes,
        known: Known {
            rows: rows.map(|(at, (name, _))| row(name, &|trial| trial.rows[at].1)).collect(),
            entropy: over(&|trial| trial.entropy),
            gap: over(&|trial| trial.gap),
            calibration_error: over(&|trial| trial.calibration_error),
        },
        rounds: (0..trials[0].rounds.len()).map(round).collect(),
    })
}

/// Whole days as examples.
fn examples(diaries: &[Diary]) -> Vec<Example> {
    let example =
        |who: &Diary| Example { who: who.clone(), day: who.chain.clone(), real: [true; SLOTS], weight: 1.0 };
    diaries.iter().map(example).collect()
}

/// Their chains on the grid of quarter hours, on which all are compared.
fn days(diaries: &[Diary]) -> Vec<Chain> {
    diaries.iter().map(|diary| quarter_hours(&diary.chain)).collect()
}

/// The five divergences, each with its noise floor.
fn five(days: &[Chain], truth: &[Chain]) -> Five {
    five_jsd(days, truth).named().map(|(_, jsd)| [jsd.value, jsd.floor])
}

/// One trial: learns, measures, follows.
fn trial(sizes: &Sizes, settings: &Settings, seed: u64) -> Result<Trial> {
    let train = survey(NAMES[0], SOURCE.diaries(sizes.days[0], seed));
    let held_out = survey(NAMES[0], SOURCE.diaries(sizes.days[1], HELD_OUT_SEED + seed));
    let mut model = SemiMarkov::untrained(NAMES[0], *settings);
    model.fit(&examples(&train.diaries), sizes.epochs[0], seed)?;
    let generator = trained(&model)?;
    let truth = days(&held_out.diaries);
    let hidden = &held_out.diaries[..held_out.diaries.len().min(COMPLETED)];
    let found = completion(generator, hidden, sizes.hidden, false, seed)?;
    let drawn = [
        ("model", generator.generate_like(&held_out, seed)?),
        ("markov", baseline::markov(&train, truth.len(), seed)),
        ("copy a day", baseline::copy(&train, truth.len(), seed)),
        ("the world itself", days(&SOURCE.diaries(truth.len(), TARGET_SEED + HELD_OUT_SEED + seed))),
    ];
    let mut rows = drawn.map(|(name, days)| (name, five(&days, &truth))).to_vec();
    rows.insert(1, ("model, completed", found.jsd.named().map(|(_, jsd)| [jsd.value, jsd.floor])));
    let entropy =
        -held_out.diaries.iter().map(|who| SOURCE.log_likelihood(who)).sum::<f64>() / truth.len() as f64;
    Ok(Trial {
        rows,
        entropy,
        gap: gap(generator, SOURCE, &held_out.diaries)?,
        calibration_error: found.calibration_error,
        rounds: follow(model, sizes, seed)?,
    })
}

/// Follows the changed world through days of which most is hidden: completes them, learns from them, and again. After
/// [`BURN_IN`] rounds completions of earlier rounds are kept, which takes out the noise of the draws (stochastic
/// approximation EM, Delyon, Lavielle and Moulines 1999).
fn follow(model: SemiMarkov, sizes: &Sizes, seed: u64) -> Result<Vec<(Five, f64)>> {
    let target = TARGET.diaries(sizes.target_days, TARGET_SEED + seed);
    let held_out = survey(NAMES[1], TARGET.diaries(sizes.days[1], TARGET_SEED + HELD_OUT_SEED + seed));
    let truth = days(&held_out.diaries);
    let measure = |model: &SemiMarkov| {
        let generator = trained(model)?;
        let drawn = generator.generate_like(&held_out, seed)?;
        Ok::<_, engine::Error>((five(&drawn, &truth), gap(generator, TARGET, &held_out.diaries)?))
    };
    let mut model = model.in_survey(NAMES[1], false)?;
    let hidden: Vec<(Diary, Observed)> = target
        .iter()
        .enumerate()
        .map(|(row, who)| (who.clone(), hide(&who.chain, sizes.hidden, seed, row as u64)))
        .collect();
    let mut seen = model.clone();
    let mut found = vec![measure(&model)?];
    let mut all: Vec<Example> = Vec::new();
    for round in 1..=sizes.rounds {
        let seed = seed << 32 | u64::from(round);
        let completed = model.complete(&hidden, seed)?;
        let example = |((who, seen), day): (&(Diary, Observed), Option<Chain>)| {
            let real = std::array::from_fn(|slot| seen.slots[slot].is_some());
            Some(Example { who: who.clone(), day: day?, real, weight: 1.0 })
        };
        if round <= BURN_IN {
            all.clear();
        }
        all.extend(hidden.iter().zip(completed).filter_map(example));
        model.fit(&all, sizes.epochs[1], seed)?;
        found.push(measure(&model)?);
    }
    seen.fit(&examples(&target), sizes.epochs[1] * sizes.rounds.max(1), seed)?;
    found.push(measure(&seen)?);
    Ok(found)
}

/// Persons of a world as a survey.
fn survey(name: &str, diaries: Vec<Diary>) -> Survey {
    Survey { name: name.into(), travellers_only: false, diaries }
}

/// The generator of a model that has learned.
fn trained(model: &SemiMarkov) -> Result<&Generator> {
    model.generator().ok_or_else(|| Fault::new("model", "", "has learned nothing").into())
}

/// Mean of ln p(world) − ln p(model) of a day, nats: an estimate of the relative entropy that is free of the noise
/// of the entropy itself.
fn gap(generator: &Generator, world: World, days: &[Diary]) -> Result<f64> {
    let theirs = generator.log_likelihood(days)?;
    let sum: f64 = days.iter().zip(theirs).map(|(who, theirs)| world.log_likelihood(who) - theirs).sum();
    Ok(sum / days.len().max(1) as f64)
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = |spread: &Spread| format!("{:.5} ± {:.5}", spread.mean, spread.sd);
        let times = |spread: &Spread| format!("{:.2} ± {:.2}", spread.mean, spread.sd);
        let percent = |spread: &Spread| format!("{:.1} ± {:.1} %", 100.0 * spread.mean, 100.0 * spread.sd);
        let cells = |f: &mut std::fmt::Formatter<'_>, row: &Row| {
            // In days without gaps starts and ends are one measure.
            for part in 0..4 {
                write!(f, " {} ({}×) |", number(&row.jsd[part]), times(&row.over_floor[part]))?;
            }
            Ok::<_, std::fmt::Error>(())
        };
        let known = &self.known;
        writeln!(f, "| days by | length | duration | type | start |\n|---|---|---|---|---|")?;
        for row in &known.rows {
            write!(f, "| {} |", row.name)?;
            cells(f, row)?;
            writeln!(f)?;
        }
        writeln!(
            f,
            "entropy of the world {} nats a day; the model needs {} more; calibration error {}\n",
            times(&known.entropy),
            number(&known.gap),
            number(&known.calibration_error)
        )?;
        writeln!(
            f,
            "| round | days by | length | duration | type | start | closed: length | duration | type | start | nats from the world | closed |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|---|---|---|")?;
        for round in &self.rounds {
            write!(f, "| {} | {} |", round.round, round.row.name)?;
            cells(f, &round.row)?;
            for closed in &round.closed[..4] {
                write!(f, " {} |", percent(closed))?;
            }
            writeln!(f, " {} | {} |", number(&round.gap[0]), percent(&round.gap[1]))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_trial_learns_and_follows() {
        let sizes =
            Sizes { days: [600, 300], target_days: 200, hidden: 0.7, epochs: [8, 4], rounds: 2, seeds: 1 };
        let settings = Settings { batch: 64, learning_rate: 1e-2, n_threads: 1, ..Settings::default() };
        let report = run(&sizes, &settings, &|_| {}).unwrap();
        let known = &report.known;
        // No model can need less than the world itself but by chance.
        assert!(known.gap.mean > 0.0 && known.gap.mean < 3.0, "{known:?}");
        assert!(known.entropy.mean > 5.0 && known.calibration_error.mean < 0.05, "{known:?}");
        assert_eq!(report.rounds.len(), 4);
        // 200 days of which 70 % is hidden teach what is done, not each number of the law; seen whole they do.
        let [kind, gap] = [|round: &Round| round.row.jsd[2].mean, |round: &Round| round.gap[0].mean];
        assert!(kind(&report.rounds[2]) < 0.7 * kind(&report.rounds[0]), "{:?}", report.rounds);
        assert!(gap(&report.rounds[3]) < 0.7 * gap(&report.rounds[0]), "{:?}", report.rounds);
        assert!(report.to_string().contains("nothing hidden"));
        assert_eq!(run(&Sizes { seeds: 0, ..sizes }, &settings, &|_| {}).unwrap_err().exit_code(), 2);
    }
}

//! Supervised transfer (seed 002, Table 3): a model of one survey completes days of that survey, of another, and of the
//! other after learning from it.
//!
//! Begin with [`run`]. It compares completed held-out days with the days themselves and so says how far the
//! surveys differ at all, how well a model does at home, how much it loses elsewhere, and how much of that it
//! wins back by learning from the target. Days are completed in two ways: each once with 70 % hidden, and seven
//! times with 80 % hidden.

use super::{Candidate, HIDDEN, Place, Score, divergence, hidden, score, write_scores};
use crate::models::reconstruct::Reconstructor;
use engine::Result;
use serde::Serialize;
use std::fmt;

/// Passes over each day where days are generated rather than completed, each with another mask (seed 002, §6.1.3: five
/// for weekdays, two for weekends).
const PASSES: u64 = 7;
/// Share that a pass hides (seed 002: up to 80 %).
const PASS_HIDDEN: f64 = 0.8;

/// What a model was trained on, and whose days it made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Nobody's: the two surveys themselves.
    Difference,
    /// The source's model on source days.
    SourceOnSource,
    /// The source's model on target days.
    SourceOnTarget,
    /// The transferred model on target days.
    TransferredOnTarget,
}

impl Stage {
    /// Its name in the table.
    const fn label(self) -> &'static str {
        match self {
            Self::Difference => "source against target",
            Self::SourceOnSource => "of source, on source",
            Self::SourceOnTarget => "of source, on target",
            Self::TransferredOnTarget => "transferred, on target",
        }
    }

    /// Table 3 of seed 002 (NHTS, SCAG; other data and unstated bins): an anchor.
    const fn published(self) -> [f64; 5] {
        match self {
            Self::Difference => [0.017, 0.009, 0.059, 0.018, 0.013],
            Self::SourceOnSource => [0.017, 0.002, 0.001, 0.001, 0.005],
            Self::SourceOnTarget => [0.021, 0.003, 0.017, 0.004, 0.007],
            Self::TransferredOnTarget => [0.011, 0.004, 0.004, 0.001, 0.001],
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Who made the days.
    pub model: &'static str,
    /// Trained on what, tried on what.
    pub stage: Stage,
    /// Days completed once (70 % hidden), or by seven passes (80 % hidden each).
    pub passes: u64,
    /// One score a seed.
    pub scores: Vec<Score>,
    /// Seed 002, Table 3: an anchor from other data.
    pub published: [f64; 5],
}

/// Runs the experiment: every candidate, every seed.
///
/// # Errors
/// Of a model.
pub fn run(
    source: &Place,
    target: &Place,
    candidates: &[Candidate],
    seeds: &[u64],
    say: &dyn Fn(String),
) -> Result<Vec<Row>> {
    let (from, to) = (source.examples(), target.examples());
    let chains =
        |days: &[engine::activity::diary::Diary]| days.iter().map(|d| d.chain.clone()).collect::<Vec<_>>();
    let between = divergence(&chains(&source.held_out), &chains(&target.held_out));
    let mut rows = vec![Row {
        model: "surveys",
        stage: Stage::Difference,
        passes: 1,
        scores: vec![between],
        published: Stage::Difference.published(),
    }];
    for candidate in candidates {
        let first = rows.len();
        for &seed in seeds {
            let mut model = (candidate.make)(&from, seed)?;
            let mut made = tries(&*model, source, Stage::SourceOnSource, seed)?;
            made.extend(tries(&*model, target, Stage::SourceOnTarget, seed)?);
            model.fit(&to, candidate.transfer_epochs, seed)?;
            made.extend(tries(&*model, target, Stage::TransferredOnTarget, seed)?);
            // The first seed makes the rows, the others add their scores.
            for (at, (stage, passes, score)) in made.into_iter().enumerate() {
                if rows.len() == first + at {
                    let published = stage.published();
                    rows.push(Row { model: candidate.name, stage, passes, scores: Vec::new(), published });
                }
                rows[first + at].scores.push(score);
            }
            say(format!("{}, seed {seed}: done", candidate.name));
        }
    }
    Ok(rows)
}

/// Completes a place's held-out days once, and by passes.
fn tries(
    model: &dyn Reconstructor,
    place: &Place,
    stage: Stage,
    seed: u64,
) -> Result<Vec<(Stage, u64, Score)>> {
    let asked = hidden(&place.held_out, HIDDEN, 0);
    let once = score(&model.complete(&asked, seed)?, &asked);
    let passes: Vec<_> =
        (0..PASSES).flat_map(|pass| hidden(&place.held_out, PASS_HIDDEN, 1 + pass)).collect();
    let many = score(&model.complete(&passes, seed)?, &passes);
    Ok(vec![(stage, 1, once), (stage, PASSES, many)])
}

/// The table of an experiment. Displays as Markdown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Source and target, and their days: learned from, held out.
    pub places: [(String, usize, usize); 2],
    /// Seeds.
    pub seeds: Vec<u64>,
    /// The rows.
    pub rows: Vec<Row>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| days by | model | hidden | length | duration | type | start | end | episodes | right |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            let share = match (row.stage, row.passes) {
                (Stage::Difference, _) => "–",
                (_, 1) => "70 %",
                _ => "7 × 80 %",
            };
            write!(f, "| {} | {} | {share} |", row.model, row.stage.label())?;
            write_scores(f, row.scores.iter())?;
            writeln!(f)?;
        }
        for stage in [Stage::SourceOnSource, Stage::SourceOnTarget] {
            for row in self.rows.iter().filter(|row| row.stage == stage).take(2) {
                let share = if row.passes == 1 { "70 %" } else { "7 × 80 %" };
                let on = if stage == Stage::SourceOnSource { "on source" } else { "on target" };
                write!(f, "| noise floor | {on} | {share} |")?;
                row.scores[0].floor.iter().try_for_each(|floor| write!(f, " {floor:.4} |"))?;
                writeln!(f, " – | – |")?;
            }
        }
        for stage in
            [Stage::Difference, Stage::SourceOnSource, Stage::SourceOnTarget, Stage::TransferredOnTarget]
        {
            write!(f, "| seed 002, other data | {} | 70 % |", stage.label())?;
            stage.published().iter().try_for_each(|jsd| write!(f, " {jsd} |"))?;
            writeln!(f, " – | – |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{baselines, mean_sd, tests::place};

    #[test]
    fn learning_from_the_target_brings_the_days_nearer() {
        let source = Place::new(&place("a", 20, 500), [usize::MAX; 2]);
        let target = Place::new(&place("b", 40, 500), [usize::MAX; 2]);
        let rows = run(&source, &target, &baselines(), &[1, 2], &|_| ()).unwrap();
        assert_eq!(rows.len(), 1 + 2 * 6);
        let start = |model: &str, stage: Stage| {
            let row = rows.iter().find(|r| (r.model, r.stage, r.passes) == (model, stage, 1)).unwrap();
            assert_eq!(row.scores.len(), 2);
            mean_sd(row.scores.iter().map(|score| score.jsd[3]))[0]
        };
        for model in ["markov", "copy a day"] {
            let [home, before, after] =
                [Stage::SourceOnSource, Stage::SourceOnTarget, Stage::TransferredOnTarget]
                    .map(|stage| start(model, stage));
            assert!(before > 2.0 * after && before > 2.0 * home, "{model}: {home} {before} {after}");
        }
        let places = [("a".into(), 1, 1), ("b".into(), 1, 1)];
        let text = Report { places, seeds: vec![1, 2], rows }.to_string();
        assert!(text.contains("| markov | of source, on target | 7 × 80 % |"), "{text}");
    }
}

//! How near generated days come to those of persons who were held out.

use crate::models::baseline;
use crate::models::chain::quarter_hours;
use crate::models::train::{Course, Epoch, Settings, train};
use crate::{Generator, Weights};
use engine::Result;
use engine::activity::Chain;
use engine::activity::diary::Survey;
use engine::validate::score::{FiveJsd, five_jsd};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Divergences of one set of days from the held-out days.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Who made the days.
    pub name: String,
    /// How many days were compared.
    pub n_days: usize,
    /// The five Jensen-Shannon divergences (seed 002, Eq. 11), nats, each with its noise floor.
    pub jsd: FiveJsd,
}

/// The table of divergences from `n_held_out` held-out person-days. Displays as Markdown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Held-out person-days.
    pub n_held_out: usize,
    /// One row a maker of days.
    pub rows: Vec<Row>,
}

/// What training gave, and how near it comes to the held-out persons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// How training went.
    #[serde(flatten)]
    pub course: Course,
    /// Divergences from the held-out persons of all surveys together.
    pub report: Report,
    /// The same for each survey by name.
    pub by_survey: BTreeMap<String, Report>,
}

/// Trains on four fifths of the persons of each survey ([`Survey::split`]) and scores on the rest.
/// `progress` is called after each epoch.
///
/// # Errors
/// A fault where there is nothing to train on.
pub fn train_and_score(
    surveys: &[Survey],
    settings: &Settings,
    progress: &mut dyn FnMut(Epoch),
) -> Result<(Weights, Scores)> {
    let (trained, held_out): (Vec<Survey>, Vec<Survey>) = surveys.iter().map(Survey::split).unzip();
    let (weights, course) = train(&trained, &held_out, settings, progress)?;
    let generator = Generator::from_weights("trained weights", weights)?;
    let report = evaluate(&generator, &trained, &held_out, settings.seed)?;
    let mut by_survey = BTreeMap::new();
    for (trained, held_out) in trained.iter().zip(&held_out) {
        let [trained, held_out] = [trained, held_out].map(std::slice::from_ref);
        let own = evaluate(&generator, trained, held_out, settings.seed)?;
        by_survey.insert(trained[0].name.clone(), own);
    }
    Ok((generator.weights().clone(), Scores { course, report, by_survey }))
}

/// Compares sets of days with held-out days, all on the grid of quarter hours.
pub fn report(candidates: &[(&str, Vec<Chain>)], held_out: &[Chain]) -> Report {
    let held_out = on_grid(held_out);
    let row = |(name, days): &(&str, Vec<Chain>)| Row {
        name: (*name).to_owned(),
        n_days: days.len(),
        jsd: five_jsd(&on_grid(days), &held_out),
    };
    Report { n_held_out: held_out.len(), rows: candidates.iter().map(row).collect() }
}

/// Scores a generator beside the Markov chain, copied days, and all training days. Each makes, for each
/// survey, as many days as are held out; the surveys are then taken together.
///
/// # Errors
/// The generator does not know one of the surveys.
pub fn evaluate(generator: &Generator, train: &[Survey], held_out: &[Survey], seed: u64) -> Result<Report> {
    let [mut model, mut markov, mut copied, mut all, mut held] = [const { Vec::new() }; 5];
    for (train, held_out) in train.iter().zip(held_out) {
        let n = held_out.diaries.len();
        model.extend(generator.generate_like(held_out, seed)?);
        markov.extend(baseline::markov(&on_grid_survey(train), n, seed));
        copied.extend(baseline::copy(train, n, seed));
        all.extend(train.diaries.iter().map(|diary| diary.chain.clone()));
        held.extend(held_out.diaries.iter().map(|diary| diary.chain.clone()));
    }
    let candidates =
        [("model", model), ("markov", markov), ("copy a day", copied), ("all training days", all)];
    Ok(report(&candidates, &held))
}

fn on_grid(days: &[Chain]) -> Vec<Chain> {
    days.iter().map(quarter_hours).collect()
}

fn on_grid_survey(survey: &Survey) -> Survey {
    let mut survey = survey.clone();
    for diary in &mut survey.diaries {
        diary.chain = quarter_hours(&diary.chain);
    }
    survey
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| days by | n | length | duration | type | start | end |")?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            write!(f, "| {} | {} |", row.name, row.n_days)?;
            for (_, jsd) in row.jsd.named() {
                write!(f, " {:.5} |", jsd.value)?;
            }
            writeln!(f)?;
        }
        if let Some(first) = self.rows.first() {
            write!(f, "| noise floor | {} |", self.n_held_out)?;
            for (_, jsd) in first.jsd.named() {
                write!(f, " {:.5} |", jsd.floor)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::tests::place;

    #[test]
    fn what_was_trained_is_scored_by_survey_and_together() {
        let settings = Settings { epochs: 1, batch: 32, n_threads: 1, ..Settings::default() };
        let surveys = [place("a", 30, 200), place("b", 40, 100)];
        let (weights, scores) = train_and_score(&surveys, &settings, &mut |_| {}).unwrap();
        let held_out = |survey: &Survey| survey.split().1.diaries.len();
        assert_eq!(scores.report.n_held_out, held_out(&surveys[0]) + held_out(&surveys[1]));
        assert_eq!(scores.by_survey["b"].n_held_out, held_out(&surveys[1]));
        let all = scores.report.rows.iter().find(|row| row.name == "all training days").unwrap();
        assert_eq!(all.n_days + scores.report.n_held_out, 300);
        let (again, same) = train_and_score(&surveys, &settings, &mut |_| {}).unwrap();
        assert_eq!((again.to_bytes().unwrap(), same), (weights.to_bytes().unwrap(), scores));
    }
}

//! How near generated days come to those of persons who were held out.

pub mod acteval;
pub mod compare;
pub mod completion;
mod transport;
pub mod two_sample;

use crate::Generator;
use crate::baseline;
use crate::chain::quarter_hours;
use engine::Result;
use engine::activity::Chain;
use engine::activity::diary::Survey;
use engine::validate::score::{FiveJsd, five_jsd};
use serde::Serialize;
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

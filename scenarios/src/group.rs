//! `wayfare group`: the demographic groups of seed 002 (its Tables 5, 6 and 8) and of a time-use survey.
//!
//! A time-use survey tells how many minutes a group (working women of California, say) spends on each activity, but
//! no days. The verb tilts the model's days to those minutes, exactly and as little as possible, and puts the
//! published way to do it (Algorithm 2) beside it. One row a group; nothing is written.

use crate::say::Voice;
use clap::Args;
use engine::{Fault, Result};
use model::Generator;
use model::study::group::{Row, run};
use netconvert::survey::time_use;
use std::path::PathBuf;
use std::process::ExitCode;

/// What `wayfare group` needs.
#[derive(Debug, Args)]
pub struct GroupArgs {
    /// Folder of the American Time Use Survey's totals (atusact, atuscps, atusresp): its groups are targets, and tell
    /// of whom the groups of `--targets` are made.
    #[arg(long, value_name = "DIR")]
    atus: PathBuf,
    /// State whose residents count.
    #[arg(long, default_value = "CA", value_name = "XX")]
    state: String,
    /// More targets: a table of region, group, worker, activity and tus_minutes.
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,
    /// Weights of the activity model [default: the shipped ones].
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Days drawn a group.
    #[arg(long, default_value_t = 50_000, value_name = "N")]
    days: usize,
    /// Seed.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
}

/// `wayfare group`.
///
/// # Errors
/// A [`Fault`] where a table is missing or names a group of which nobody is in the survey.
pub fn group(voice: &Voice, arguments: &GroupArgs) -> Result<ExitCode> {
    let region = format!("ATUS {}", arguments.state);
    let (survey, intake) = time_use::read_totals(&arguments.atus, Some(&arguments.state), &region)?;
    crate::say::tell(voice, intake.warnings().iter());
    if survey.targets.is_empty() {
        return Err(Fault::new(&arguments.atus, &arguments.state, "nobody in the survey lives there")
            .expected("a state's two letters, e.g. CA")
            .into());
    }
    let mut targets =
        arguments.targets.as_ref().map(|file| time_use::read_targets(file)).transpose()?.unwrap_or_default();
    targets.extend(survey.targets.iter().cloned());
    let generator = match &arguments.weights {
        Some(file) => Generator::load(file)?,
        None => Generator::shipped()?,
    };
    let say = &voice.say;
    say.line(HEAD);
    let mut rows = Vec::with_capacity(targets.len());
    let bar = say.bar(targets.len() as u64, "fitting groups");
    for target in &targets {
        let row = run(&generator, target, &survey, arguments.days, arguments.seed)?;
        bar.suspend(|| say.line(line(&row)));
        bar.inc(1);
        rows.push(row);
    }
    bar.finish_and_clear();
    voice.result(&rows)?;
    Ok(ExitCode::SUCCESS)
}

/// The head of the table: what the columns of [`line`] are; a miss is a mean absolute difference in minutes a day. `--json` has
/// all figures of [`Row`].
const HEAD: &str = "| region | group | miss, min | largest | JSD | episodes before | after | Alg. 2: miss, min | paper: miss, min |\n\
                    |---|---|---|---|---|---|---|---|---|";

/// One group as a row of the table; the fields are explained at [`Row`].
fn line(row: &Row) -> String {
    format!(
        "| {} | {} | {:.2} | {:.2} | {:.5} | {:.2} | {:.2} | {:.1} | {} |",
        row.target.region,
        row.target.group.name(),
        row.decoded_mae,
        row.decoded_largest,
        row.jsd_target,
        row.episodes[0],
        row.episodes[1],
        row.reference.decoded_mae[0],
        row.paper_mae().map_or("–".into(), |miss| format!("{miss:.1}")),
    )
}

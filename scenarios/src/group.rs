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
    for target in &targets {
        let row = run(&generator, target, &survey, arguments.days, arguments.seed)?;
        say.line(line(&row));
        rows.push(row);
    }
    voice.result(&rows)?;
    Ok(ExitCode::SUCCESS)
}

/// The head of the table: what the columns of [`line`] are. Columns in `paper …` are the published figures, where there are
/// any for the group.
const HEAD: &str = "| region | group | soft miss, min | steps | nats/day | decoded MAE, min | largest | JSD TUS-output | HTS-output | TUS-HTS | start JSD | floor | episodes before | after | Alg. 2: rounds | ‖P−D‖₂ | soft MAE | drawn MAE | episodes | likeliest MAE | episodes | paper MAE | paper JSD |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";

/// One group as a row of the table; the fields are explained at [`Row`].
fn line(row: &Row) -> String {
    let (tilt, other) = (&row.tilt, &row.reference);
    let paper =
        |value: Option<f64>, digits: usize| value.map_or("–".into(), |value| format!("{value:.digits$}"));
    format!(
        "| {} | {} | {:.1e} | {} | {:.3} | {:.2} | {:.2} | {:.5} | {:.4} | {:.4} | {:.4} | {:.5} | {:.2} | {:.2} | {} | {:.4} | {:.1} | {:.1} | {:.1} | {:.1} | {:.2} | {} | {} |",
        row.target.region,
        row.target.group.name(),
        tilt.largest_miss,
        tilt.steps,
        tilt.nats,
        row.decoded_mae,
        row.decoded_largest,
        row.jsd_target,
        row.jsd_base_output,
        row.jsd_base_target,
        row.jsd_start[0],
        row.jsd_start[1],
        row.episodes[0],
        row.episodes[1],
        other.rounds,
        other.distance,
        other.soft_mae,
        other.decoded_mae[0],
        other.episodes[0],
        other.decoded_mae[1],
        other.episodes[1],
        paper(row.paper_mae(), 1),
        paper(row.target.paper_jsd, 4),
    )
}

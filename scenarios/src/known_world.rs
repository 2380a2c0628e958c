//! `wayfare experiment known-world`: what the activity model can do where the truth is known. Surveys are samples, so nobody
//! knows how good a model of them could be; here days are drawn from a law that we wrote down, and the distance to it can be
//! measured.

use crate::say::Voice;
use clap::Args;
use engine::Result;
use model::models::train::Settings;
use model::study::known_world::{Sizes, run};
use std::process::ExitCode;

/// What `wayfare experiment known-world` needs.
#[derive(Debug, Args)]
pub struct KnownWorldArgs {
    /// Days to learn from.
    #[arg(long, default_value_t = 16_000, value_name = "N")]
    days: usize,
    /// Days held out.
    #[arg(long, default_value_t = 4000, value_name = "N")]
    held_out: usize,
    /// Days of the changed world.
    #[arg(long, default_value_t = 4000, value_name = "N")]
    target_days: usize,
    /// Share of each day of the changed world that is hidden.
    #[arg(long, default_value_t = 0.7, value_name = "F")]
    hide: f64,
    /// Passes over the days of the known world.
    #[arg(long, default_value_t = 12, value_name = "N")]
    epochs: u32,
    /// Passes over the completed days of the changed world in a round.
    #[arg(long, default_value_t = 4, value_name = "N")]
    round_epochs: u32,
    /// Rounds of completing and learning.
    #[arg(long, default_value_t = 8, value_name = "N")]
    rounds: u32,
    /// Trials: seeds 1 to N.
    #[arg(long, default_value_t = 3, value_name = "N")]
    seeds: u64,
}

/// `wayfare experiment known-world`.
///
/// # Errors
/// A [`engine::Fault`] for sizes of 0.
pub fn known_world(voice: &Voice, arguments: &KnownWorldArgs) -> Result<ExitCode> {
    let sizes = Sizes {
        days: [arguments.days, arguments.held_out],
        target_days: arguments.target_days,
        hidden: arguments.hide,
        epochs: [arguments.epochs, arguments.round_epochs],
        rounds: arguments.rounds,
        seeds: arguments.seeds,
    };
    let settings = Settings { n_threads: voice.threads, ..Settings::default() };
    let report = run(&sizes, &settings, &|text| voice.say.line(text))?;
    voice.say.line(report.to_string());
    voice.result(&report)?;
    Ok(ExitCode::SUCCESS)
}

//! `wayfare experiment`: how well days are made of which most is hidden, within a survey and across surveys.
//!
//! These are the studies behind the model card (`model/README.md`): a reader who doubts one of its tables can make
//! it again with one command. Each compares our activity model with baselines and with the published method (seed
//! 002) on the same persons, the same hidden hours and several seeds, and prints a table; nothing is written but,
//! with `--keep`, source models of the reference. Sizes are small enough for two cores; all of them are arguments.

use crate::diaries::{open_survey, told};
use crate::say::Voice;
use clap::{Args, Subcommand};
use engine::{Fault, Result};
use model::models::reference::{self, Trained};
use model::study::{Candidate, Place, baselines, ours, references, self_training, transfer};
use model::uses::self_training::Settings;
use std::path::PathBuf;
use std::process::ExitCode;

/// The experiments.
#[derive(Debug, Subcommand)]
pub enum Experiment {
    /// A model of one survey completes days of another, before and after learning from it (seed 002, Table 3).
    #[command(
        after_help = "Example:\n  wayfare experiment transfer --source data/survey/vista2009/pop.xml.gz --target data/survey/psrc2017_daysim --json"
    )]
    Transfer(Sets),
    /// A model of one survey learns from its own completions of days of other places, 70 % of each never seen (seed 002,
    /// Algorithm 1).
    #[command(
        alias = "adaptation",
        after_help = "Example:\n  wayfare experiment self-training --source data/survey/vista2009/pop.xml.gz --target data/survey/psrc2017_daysim --target india-tus=data/time-use --json"
    )]
    SelfTraining {
        /// Surveys and sizes.
        #[command(flatten)]
        sets: Sets,
        /// Rounds of Algorithm 1.
        #[arg(long, default_value_t = 6, value_name = "N")]
        rounds: u32,
        /// Epochs in a round, of the reference and of ours [default: 2 and 16].
        #[arg(long, value_name = "N")]
        round_epochs: Option<u32>,
    },
    /// Learn a world whose law is known from days drawn from it, then follow it through a change of which most is hidden.
    #[command(after_help = "Example:\n  wayfare experiment known-world --json")]
    KnownWorld(crate::known_world::KnownWorldArgs),
}

/// Epochs of a round, which seed 002 does not tell: what two cores can do of the reference, and what brings ours near to
/// the end of each round (ablation in the model card).
const REFERENCE_ROUND_EPOCHS: u32 = 2;
const OUR_ROUND_EPOCHS: u32 = 16;

/// Surveys and sizes of an experiment.
#[derive(Debug, Args)]
pub struct Sets {
    /// The survey that models come from.
    #[arg(long, value_name = "[FORMAT=]PATH")]
    source: String,
    /// The survey that they go to (self-training: may be repeated).
    #[arg(long, required = true, value_name = "[FORMAT=]PATH")]
    target: Vec<String>,
    /// How many seeds of training and drawing: 1, 2, …. Splits and masks do not change with them.
    #[arg(long, default_value_t = 3, value_name = "N")]
    seeds: u64,
    /// The first of the seeds, to share the work among processes.
    #[arg(long, default_value_t = 1, value_name = "N")]
    first_seed: u64,
    /// Days of the source to learn from, at most.
    #[arg(long, default_value_t = 6000, value_name = "N")]
    source_days: usize,
    /// Days of a target to learn from, at most.
    #[arg(long, default_value_t = 1200, value_name = "N")]
    target_days: usize,
    /// Days of held-out persons to complete, at most, in each survey.
    #[arg(long, default_value_t = 500, value_name = "N")]
    held_out: usize,
    /// Epochs of the reference on the source.
    #[arg(long, default_value_t = 12, value_name = "N")]
    epochs: u32,
    /// Epochs of the reference in a supervised transfer.
    #[arg(long, default_value_t = 8, value_name = "N")]
    transfer_epochs: u32,
    /// Folder that keeps the reference's source models, so that the next experiment need not train them.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Only models whose name begins so.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

impl Sets {
    /// A survey split into persons to learn from, at most `most` of their days, and persons who are held out.
    fn place(&self, voice: &Voice, name: &str, most: usize) -> Result<Place> {
        let survey = told(voice, open_survey(voice, name)?)?;
        let place = Place::new(&survey, [most, self.held_out]);
        if place.train.is_empty() || place.held_out.is_empty() {
            return Err(Fault::new(name, "", "has no person to learn from or none to hold out")
                .expected("a survey of many persons")
                .into());
        }
        voice.say.line(format!(
            "{}: {} person-days; {} learned from, {} held out",
            place.name,
            survey.diaries.len(),
            place.train.len(),
            place.held_out.len()
        ));
        Ok(place)
    }

    /// The models that take part: baselines, the reference in two ways of decoding, ours; without those that `--only` leaves
    /// out. `thaws`: the reference thaws its layers one after another when it learns from the target.
    fn candidates<'a>(
        &self,
        trained: &'a Trained<'a>,
        thaws: bool,
        round_epochs: Option<u32>,
    ) -> Vec<Candidate<'a>> {
        let mut all = baselines();
        all.extend(references(
            trained,
            thaws,
            [self.transfer_epochs, round_epochs.unwrap_or(REFERENCE_ROUND_EPOCHS)],
        ));
        all.push(ours(self.epochs, round_epochs.unwrap_or(OUR_ROUND_EPOCHS)));
        all.retain(|one| self.only.as_ref().is_none_or(|name| one.name.starts_with(name)));
        all
    }

    /// The seeds of the trials, in order; at least one.
    fn seeds(&self) -> Vec<u64> {
        (self.first_seed..).take(self.seeds.max(1) as usize).collect()
    }
}

/// `wayfare experiment`.
///
/// # Errors
/// A [`Fault`] where a survey cannot be read or is too small.
pub fn experiment(voice: &Voice, experiment: &Experiment) -> Result<ExitCode> {
    match experiment {
        Experiment::Transfer(sets) => transfer(voice, sets),
        Experiment::SelfTraining { sets, rounds, round_epochs } => {
            self_training(voice, sets, *rounds, *round_epochs)
        }
        Experiment::KnownWorld(arguments) => crate::known_world::known_world(voice, arguments),
    }
}

/// What a report says of a place: its name, days to learn from, days held out.
fn sizes(place: &Place) -> (String, usize, usize) {
    (place.name.clone(), place.train.len(), place.held_out.len())
}

/// Each model, trained on the source, completes hidden days of the target before and after it has learned from
/// whole ones.
fn transfer(voice: &Voice, sets: &Sets) -> Result<ExitCode> {
    let source = sets.place(voice, &sets.source, sets.source_days)?;
    let [target] = &sets.target[..] else {
        return Err(Fault::new("--target", "", "names several surveys").expected("one").into());
    };
    let target = sets.place(voice, target, sets.target_days)?;
    let say = |text: String| voice.say.line(text);
    let trained = Trained::new(reference::Settings::default(), sets.epochs, sets.keep.clone(), &say);
    let candidates = sets.candidates(&trained, true, None);
    let rows = transfer::run(&source, &target, &candidates, &sets.seeds(), &say)?;
    let report = transfer::Report { places: [&source, &target].map(sizes), seeds: sets.seeds(), rows };
    say(report.to_string());
    voice.result(&report)?;
    Ok(ExitCode::SUCCESS)
}

/// Each model trains itself, round by round, on the days of each target that it completed itself: it never sees a whole
/// one. Models for which that makes sense also run with real days of the source in every round (anchored).
fn self_training(voice: &Voice, sets: &Sets, rounds: u32, round_epochs: Option<u32>) -> Result<ExitCode> {
    let source = sets.place(voice, &sets.source, sets.source_days)?;
    let targets: Vec<Place> =
        sets.target.iter().map(|name| sets.place(voice, name, sets.target_days)).collect::<Result<_>>()?;
    let say = |text: String| voice.say.line(text);
    let trained = Trained::new(reference::Settings::default(), sets.epochs, sets.keep.clone(), &say);
    let candidates = sets.candidates(&trained, false, round_epochs);
    let mut curves = Vec::new();
    for target in &targets {
        for candidate in &candidates {
            for &anchored in if candidate.anchors { &[false, true][..] } else { &[false] } {
                let settings = Settings { rounds, epochs: 0, retained: 0.2, anchored, seed: 0 };
                curves.push(self_training::run(&source, target, candidate, &settings, &sets.seeds())?);
                say(format!("{} to {}, anchored {anchored}: done", candidate.name, target.name));
            }
        }
    }
    let places = std::iter::once(&source).chain(&targets).map(sizes).collect();
    let report = self_training::Report { places, seeds: sets.seeds(), curves };
    say(report.to_string());
    voice.result(&report)?;
    Ok(ExitCode::SUCCESS)
}

//! What each verb does.
//!
//! Each function here is one verb: it reads its arguments, calls the libraries, says in words what came of it, and
//! hands the same as data to `--json`. Words go to stderr and data to stdout ([`Voice`]), so that the output of any
//! verb can be piped. A verb never asks a question and never waits for a key: it has to work in a script. Longer
//! verbs have a file of their own (`compare`, `fetch`, `diaries`, …).
//!
//! A fault that is returned becomes the exit code: 2 where the user can mend it, 1 otherwise (README, "What you can
//! do").

use crate::bench as benches;
use crate::say::{Say, Voice};
use crate::scenario::{self, Config, Overrides};
use crate::team::Team;
use clap::Args;
use engine::learn::{Checkpointing, Processes};
use engine::store::name;
use engine::{Error, Fault, Result};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `wayfare run`: a scenario into a folder of results. Never replaces a run unless it is told to (`--overwrite`),
/// never touches a folder that holds files which no run wrote, and never leaves a `run.json` in the folder of a run
/// that failed.
///
/// Started by `mpirun`, every process comes here; only the first speaks and writes.
///
/// # Errors
/// A fault in the scenario or its files, or a check of the day that failed.
pub fn run(
    voice: &Voice,
    path: &Path,
    out: Option<PathBuf>,
    overwrite: bool,
    checkpointing: Checkpointing,
    overrides: &Overrides,
) -> Result<ExitCode> {
    let team = Team::gather()?;
    let quiet = Voice { say: Say::new(true), json: false, ..*voice };
    let voice = if team.is_first() { voice } else { &quiet };
    let done = run_with(voice, path, out, overwrite, checkpointing, &team, overrides);
    // The others wait for messages of this process: they have to be ended, not left.
    if let Err(error) = &done
        && team.size() > 1
    {
        voice.error(error);
        team.give_up(error.exit_code());
    }
    done
}

/// The run itself, once it is known who else takes part. Without `--out` results go to `out/` and the name of the
/// scenario.
fn run_with(
    voice: &Voice,
    path: &Path,
    out: Option<PathBuf>,
    overwrite: bool,
    checkpointing: Checkpointing,
    team: &Team,
    overrides: &Overrides,
) -> Result<ExitCode> {
    let scenario = scenario::load(path, overrides)?;
    let out = out.unwrap_or_else(|| Path::new("out").join(base_name(&scenario.file)));
    voice.say.line(format!("{} → {}", scenario.config.title, out.display()));
    if team.size() == 1 {
        crate::interrupt::say_what_is_kept(voice.say, &out);
    }
    if let Some(manifest) = crate::run::into_folder(&scenario, &out, overwrite, checkpointing, team, voice)? {
        voice.result(&manifest)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Name of the folder that the scenario lies in. Made absolute first: of `.` there would be no name.
fn base_name(file: &Path) -> String {
    let folder = file.canonicalize().ok().and_then(|f| f.parent().map(Path::to_path_buf));
    folder.and_then(|f| Some(f.file_name()?.to_string_lossy().into_owned())).unwrap_or_else(|| "run".into())
}

/// `wayfare compare`: what changes for whom between two runs of the same seed. Reads both run folders and changes neither;
/// writes `comparison.json` and `report.html` into a third, beside the second run if it is not named.
///
/// # Errors
/// A fault for a folder without a finished run, runs of different persons or samples, or an output folder
/// in use.
pub fn compare(
    voice: &Voice,
    base: &Path,
    other: &Path,
    out: Option<PathBuf>,
    overwrite: bool,
) -> Result<ExitCode> {
    let out = out
        .unwrap_or_else(|| other.with_file_name(format!("{}-against-{}", last_name(other), last_name(base))));
    let comparison = crate::compare::compare(voice, base, other, &out, overwrite)?;
    voice.say.line(format!("map and tables: {}", out.join(name::REPORT).display()));
    voice.result(&comparison)?;
    Ok(ExitCode::SUCCESS)
}

/// Name of a folder.
fn last_name(run: &Path) -> String {
    run.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `wayfare report` of several runs: one page that shows them beside each other. Reads their folders only, so that input files may
/// be gone, and runs of another machine can be looked at. All is read before anything is written: what cannot be read leaves no
/// folder behind.
///
/// # Errors
/// A fault for a folder without a finished run, one that is named twice, too many of them, or an output folder in use.
pub fn report_several(
    voice: &Voice,
    runs: &[PathBuf],
    out: Option<PathBuf>,
    overwrite: bool,
) -> Result<ExitCode> {
    let out = out.unwrap_or_else(|| {
        let [first, second] = [0, 1].map(|at| runs.get(at).map_or(String::new(), |run| last_name(run)));
        let more = if runs.len() > 2 { format!("-and-{}-more", runs.len() - 2) } else { String::new() };
        runs[runs.len() - 1].with_file_name(format!("{first}-beside-{second}{more}"))
    });
    let several = viz::run::read_several(runs)?;
    engine::store::folder::prepare(&out, overwrite)?;
    viz::run::write_several(&several, &out)?;
    several.warnings.iter().for_each(|warning| voice.say.line(warning));
    let report = out.join(name::REPORT);
    voice.say.line(format!("{}", report.display()));
    voice.result(&serde_json::json!({ "report": report, "several": several }))?;
    Ok(ExitCode::SUCCESS)
}

/// `wayfare report`: draws report and plots again from `report.json` and `map.bin`, as after an update of the program that
/// draws better. Needs no input file and measures nothing anew: the numbers stay those of the run.
///
/// # Errors
/// A fault for a folder without a finished run.
pub fn report(voice: &Voice, folder: &Path) -> Result<ExitCode> {
    viz::run::redraw(folder)?;
    let report = folder.join(name::REPORT);
    voice.say.line(format!("{}", report.display()));
    voice.result(&serde_json::json!({ "report": report }))?;
    Ok(ExitCode::SUCCESS)
}

/// What `wayfare train` needs.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// VISTA survey as MATSim plans (`pop.xml.gz`).
    #[arg(long, value_name = "FILE")]
    vista: Option<PathBuf>,
    /// PSRC survey, folder with `trip17.csv.gz` and `person17.csv.gz`.
    #[arg(long, value_name = "DIR")]
    psrc: Option<PathBuf>,
    /// Another survey, as for `wayfare survey` (may be repeated).
    #[arg(long, value_name = "[FORMAT=]PATH")]
    survey: Vec<String>,
    /// Where the weights go.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Passes over the data.
    #[arg(long, value_name = "N")]
    epochs: Option<u32>,
    /// Seed.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
}

/// `wayfare train`: learns the activity model from surveys and scores it on persons that it has not seen. Writes only the
/// file of weights; a scenario uses it by `activity.weights`.
///
/// Each survey keeps its own coding of activities in the weights, under its name: VISTA and PSRC have fixed names, others
/// that of their reader. What is held out depends on the persons alone, never on the seed.
///
/// # Errors
/// A fault for a survey that cannot be read or when none is given, and what libtorch says.
pub fn train(voice: &Voice, arguments: &TrainArgs) -> Result<ExitCode> {
    let mut surveys = Vec::new();
    if let Some(file) = &arguments.vista {
        let mut reading = crate::diaries::plans(voice, file)?;
        reading.survey.name = "vista2009".into();
        surveys.push(crate::diaries::told(voice, reading)?);
    }
    let psrc = arguments.psrc.iter().map(|folder| format!("psrc2017={}", folder.display()));
    for name in psrc.chain(arguments.survey.iter().cloned()) {
        surveys.push(crate::diaries::told(voice, crate::diaries::open_survey(voice, &name)?)?);
    }
    if surveys.is_empty() {
        return Err(Fault::new("train", "", "no survey is given")
            .expected("--vista FILE, --psrc DIR or --survey PATH")
            .into());
    }
    for survey in &surveys {
        voice.say.line(format!("{}: {} person-days", survey.name, survey.diaries.len()));
    }
    let mut settings = model::models::train::Settings {
        seed: arguments.seed,
        n_threads: voice.threads,
        ..Default::default()
    };
    settings.epochs = arguments.epochs.unwrap_or(settings.epochs);
    let started = std::time::Instant::now();
    let mut progress = |e: model::models::train::Epoch| {
        let left = started.elapsed().as_secs_f64() / f64::from(e.epoch) * f64::from(e.epochs - e.epoch);
        voice.say.line(format!(
            "  epoch {:>3}/{}  train {:.3} nats  validation {:.3}  {:.0} s left",
            e.epoch, e.epochs, e.train_nats, e.validation_nats, left
        ));
    };
    let (weights, scores) = model::study::held_out::train_and_score(&surveys, &settings, &mut progress)?;
    weights.write(&arguments.out)?;
    voice.say.line(scores.report.to_string());
    voice.say.line(format!(
        "weights: {} ({:.0} s)",
        arguments.out.display(),
        started.elapsed().as_secs_f64()
    ));
    voice.result(&scores)?;
    Ok(ExitCode::SUCCESS)
}

/// `wayfare bench`: speed and memory on this machine ([`benches`]).
///
/// # Errors
/// What [`benches::run`] says.
pub fn bench(voice: &Voice, settings: &benches::Settings) -> Result<ExitCode> {
    benches::run(voice, settings)?;
    Ok(ExitCode::SUCCESS)
}

/// `wayfare schema`: the JSON schema of `scenario.toml`, for editors that complete and check keys. It is made from
/// [`Config`], so it cannot fall behind what is read.
///
/// # Errors
/// None in practice: the schema is JSON.
pub fn schema() -> Result<ExitCode> {
    let text = serde_json::to_string_pretty(&schemars::schema_for!(Config))
        .map_err(|e| Error::Other(e.to_string()))?;
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(ExitCode::SUCCESS)
}

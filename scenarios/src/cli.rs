//! What can be typed, and what it means.
//!
//! Documentation with three slashes on arguments and verbs is printed by `--help`: it is written for the person at
//! the keyboard. Each verb has an example there, which a test asks for. What a verb does is in `verbs` or in a file
//! of its own; `dispatch` only carries what was typed to it. What a scenario can say has no flag of its own in
//! `wayfare run` but `--set`; only seed and sample do, which are changed from run to run.

use crate::say::{Say, Voice};
use crate::scenario::Overrides;
use crate::share;
use crate::verbs;
use clap::{Args, CommandFactory, Parser, Subcommand};
use engine::Fault;
use engine::learn::Checkpointing;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Agent-based mobility simulator: a county's day, from data to decision.
#[derive(Debug, Parser)]
#[command(
    name = "wayfare",
    version,
    max_term_width = 100,
    after_help = "\
Example:
  wayfare run scenarios/sioux-falls --out out/sioux-falls
  open out/sioux-falls/report.html

Exit codes: 0 done, 1 failed, 2 bad input, 3 a validation target was missed.
Data that is not in the repository is looked for in the folder that WAYFARE_DATA names (default: data/)."
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Say nothing but errors.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Write the result, or what went wrong, as JSON to stdout; words go to stderr.
    #[arg(long, global = true)]
    json: bool,
    /// Threads to use [default: all processors]. The result does not depend on it.
    #[arg(long, global = true, value_name = "N")]
    threads: Option<usize>,
}

/// What a scenario is changed by on the command line.
#[derive(Debug, Args)]
pub struct Change {
    /// Seed of every draw: the same seed gives the same bits.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Share of the population to simulate, e.g. 0.1; road capacity is scaled with it.
    #[arg(long, value_name = "F", value_parser = share::parse)]
    sample: Option<f64>,
    /// Go on where up to this share of the records of a file is not understood [default: 0.05].
    #[arg(long, value_name = "F", value_parser = share::parse)]
    allow_unknown: Option<f64>,
    /// Change any key of the scenario, e.g. --set assign.iterations=10 (may be repeated).
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl Change {
    fn overrides(self) -> Overrides {
        Overrides { seed: self.seed, sample: self.sample, allow_unknown: self.allow_unknown, set: self.set }
    }
}

/// A time in seconds, or never (`None`): `300`, `0.5`, `never`. A type of its own, because clap takes an `Option` for an
/// argument that may be left out.
#[derive(Debug, Clone, Copy)]
struct Seconds(Option<Duration>);

/// Reads the time between two checkpoints.
fn seconds(text: &str) -> Result<Seconds, String> {
    if text == "never" {
        return Ok(Seconds(None));
    }
    let value = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    value.map(|value| Seconds(Some(value))).ok_or_else(|| "expected seconds, such as 300, or never".into())
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run a scenario: people, days, places, routes, traffic, validation, report.
    #[command(
        after_help = "Example:\n  wayfare run scenarios/bay-area --sample 0.1 --out out/bay-area --set assign.iterations=5"
    )]
    Run {
        /// Folder with a scenario.toml.
        scenario: PathBuf,
        /// Folder for the results [default: out/<scenario>].
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Replace the run that is in the folder.
        #[arg(long, conflicts_with = "resume")]
        overwrite: bool,
        /// Go on with the run in the folder that was cut off, from its last checkpoint; the result is the same.
        /// Without a checkpoint it begins anew.
        #[arg(long)]
        resume: bool,
        /// Seconds between two checkpoints; "never" makes none.
        #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
        checkpoint: Seconds,
        #[command(flatten)]
        change: Change,
    },
    /// Read everything a run would read and say what is wrong, without running.
    #[command(after_help = "Example:\n  wayfare check scenarios/bay-area")]
    Check {
        /// Folder with a scenario.toml.
        scenario: PathBuf,
        #[command(flatten)]
        change: Change,
    },
    /// Write a new scenario, commented; with --synthetic a whole county whose hidden truth is known.
    #[command(
        after_help = "Example:\n  wayfare new my-county --synthetic --persons 20000\n  wayfare run my-county"
    )]
    New {
        /// Folder to make.
        folder: PathBuf,
        /// Make a plausible county: zones, roads, people, detectors with counts from a hidden true day.
        #[arg(long)]
        synthetic: bool,
        /// Persons of the synthetic county.
        #[arg(long, default_value_t = 20_000, value_name = "N", requires = "synthetic")]
        persons: u32,
        /// Seed of the synthetic county.
        #[arg(long, default_value_t = 1, value_name = "N", requires = "synthetic")]
        seed: u64,
    },
    /// Make the input files of a scenario from downloads of their originals: verify, convert, pack.
    #[command(after_help = "Example:\n  wayfare fetch scenarios/bay-area --from ~/Downloads/bay-area")]
    Fetch {
        /// Folder with a scenario.toml.
        scenario: PathBuf,
        /// Folder with the downloads; without it, what is missing is listed with its public addresses.
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Convert a network: OSM, MATSim, GMNS, TNTP, CSV in; MATSim, GMNS, GeoJSON out.
    #[command(
        after_help = "Examples:\n  wayfare convert town.osm.pbf network.xml.gz --clean\n  wayfare convert city_net.tntp network.xml.gz --length-unit ft --time-unit min"
    )]
    Convert(crate::convert::ConvertArgs),
    /// Convert detector counts of PeMS to stations.csv and hours.csv, which a scenario can name.
    #[command(
        after_help = "Example:\n  wayfare counts d04_text_station_hour_2019_10.txt.gz --metadata d04_text_meta_2019_10_08.txt --crs EPSG:26910 --out counts"
    )]
    Counts(crate::counts::CountsArgs),
    /// Compare a finished run with its detectors or with published figures again; exit code 3 when the target is missed.
    #[command(
        after_help = "Examples:\n  wayfare validate out/bay-area --geh 0.85 --json\n  wayfare validate out/bay-area --yardsticks"
    )]
    Validate {
        /// Run folder.
        run: PathBuf,
        /// Smallest share of mainline station-hours with GEH < 5 [default: the scenario's].
        #[arg(long, value_name = "F", value_parser = share::parse)]
        geh: Option<f64>,
        /// Compare with the published figures of the scenario instead, and list all measures, groups and units.
        #[arg(long, conflicts_with = "geh")]
        yardsticks: bool,
    },
    /// Compare two runs of the same seed: who gains and loses time, traffic by link, with a map.
    #[command(
        after_help = "Example:\n  wayfare compare out/bay-area out/bay-bridge-closed --out out/closure"
    )]
    Compare {
        /// Run folder of the base case.
        base: PathBuf,
        /// Run folder of the changed case.
        other: PathBuf,
        /// Folder for comparison.json and report.html [default: <other>-against-<base>].
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Replace what is in the folder.
        #[arg(long)]
        overwrite: bool,
    },
    /// Write a run in the formats of other tools: tables for Excel, QGIS and scripts, or MATSim's files.
    #[command(
        after_help = "Examples:\n  wayfare export out/sioux-falls --xlsx\n  wayfare export out/sioux-falls --gpkg --csv --out out/tables\n  wayfare export out/closure --gpkg --out closure.gpkg    (the folder of a comparison)\n  wayfare export out/sioux-falls --matsim --out out/matsim"
    )]
    Export(crate::export::ExportArgs),
    /// Write report.html and the SVG plots of a run again, or of several runs one page that shows them beside each other.
    #[command(
        after_help = "Examples:\n  wayfare report out/sioux-falls\n  wayfare report out/base out/toll out/closure --out out/beside"
    )]
    Report {
        /// Run folder; two to ten for a page of several runs.
        #[arg(required = true)]
        runs: Vec<PathBuf>,
        /// Folder for the page of several runs [default: beside the last, named after the first two].
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Replace the page that is in the folder.
        #[arg(long)]
        overwrite: bool,
    },
    /// Train the activity model on travel surveys and score it on held-out persons.
    #[command(
        after_help = "Example:\n  wayfare train --vista data/survey/vista2009/pop.xml.gz --psrc data/survey/psrc2017_daysim --out weights.wfm"
    )]
    Train(verbs::TrainArgs),
    /// Read a travel or time-use survey and tell what was understood: rows, days, what was left out and why.
    #[command(after_help = "Example:\n  wayfare survey data/survey/psrc2017_daysim --json")]
    Survey(crate::diaries::SurveyArgs),
    /// Score one set of diaries against another: divergences, acteval's domains, a classifier, minutes by group.
    #[command(
        after_help = "Example:\n  wayfare score out/bay data/survey/psrc2017_daysim --json\nA set is a run folder, MATSim plans (.xml, .xml.gz), or a survey as for `wayfare survey`."
    )]
    Score(crate::diaries::ScoreArgs),
    /// Hide most of each day of a set, complete it with the activity model, and compare with what was there.
    #[command(after_help = "Example:\n  wayfare complete data/survey/psrc2017_daysim --hide 0.7 --json")]
    Complete(crate::diaries::CompleteArgs),
    /// Fit the activity model to groups of which only the use of time is known, and compare with the published way.
    #[command(
        alias = "adapt",
        after_help = "Example:\n  wayfare group --atus data/time-use --targets data/time-use/tus_targets.csv --json"
    )]
    Group(crate::group::GroupArgs),
    /// Fit the choice of modes anew to the surveys that its shipped coefficients come from.
    #[command(
        after_help = "Example:\n  wayfare modes --vista data/survey/vista2009/pop.xml.gz --psrc data/survey/psrc2017_daysim"
    )]
    Modes(crate::modes::ModesArgs),
    /// Try models on days of which most is hidden: across surveys, in places seen in part, and where the truth is known.
    #[command(
        after_help = "Example:\n  wayfare experiment transfer --source data/survey/vista2009/pop.xml.gz --target data/survey/psrc2017_daysim"
    )]
    Experiment {
        #[command(subcommand)]
        which: crate::experiment::Experiment,
    },
    /// Measure speed and memory on this machine, as ratios against oracles in the same run.
    #[command(
        after_help = "Examples:\n  wayfare bench --json > bench.json\n  wayfare bench --peer sumo --install"
    )]
    Bench(crate::bench::Settings),
    /// Print the JSON schema of scenario.toml (for editors).
    #[command(after_help = "Example:\n  wayfare schema > scenario.schema.json")]
    Schema,
    /// Print completions for a shell.
    #[command(after_help = "Example:\n  wayfare completions bash > /etc/bash_completion.d/wayfare")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Parses the command line, does what it says, and turns the result into an exit code.
pub fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|wrong| {
        // What cannot be parsed is an error like any other; help and version are results.
        if wrong.use_stderr() && std::env::args_os().any(|word| word == "--json") {
            let fault = Fault::new("command line", "", wrong.to_string()).advice("see wayfare --help");
            Voice { say: Say::new(true), json: true, threads: 1 }.error(&fault.into());
            std::process::exit(wrong.exit_code());
        }
        wrong.exit()
    });
    let voice = Voice { say: Say::new(cli.quiet), json: cli.json, threads: 0 };
    dispatch(cli, &voice.say).unwrap_or_else(|error| {
        voice.error(&error);
        ExitCode::from(error.exit_code())
    })
}

/// Sets up the threads, then hands over to the verb. The number of threads holds for the whole process and cannot
/// be changed later; no result depends on it.
///
/// # Errors
/// What the verb reports, and a number of threads of 0.
fn dispatch(cli: Cli, say: &Say) -> engine::Result<ExitCode> {
    let threads = cli.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    if threads == 0 {
        return Err(Fault::new("--threads", 0, "is not a number of threads").expected("1 or more").into());
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|e| engine::Error::Other(format!("threads: {e}")))?;
    let out = Voice { say: *say, json: cli.json, threads };
    match cli.verb {
        Verb::Run { scenario, out: folder, overwrite, resume, checkpoint: Seconds(every), change } => {
            let checkpointing = Checkpointing { every_s: every.map(|every| every.as_secs_f64()), resume };
            verbs::run(&out, &scenario, folder, overwrite, checkpointing, &change.overrides())
        }
        Verb::Check { scenario, change } => crate::check::check(&out, &scenario, &change.overrides()),
        Verb::New { folder, synthetic, persons, seed } => {
            crate::new::new(&out, &folder, synthetic.then_some(persons), seed)
        }
        Verb::Fetch { scenario, from } => crate::fetch::fetch(&out, &scenario, from.as_deref()),
        Verb::Convert(arguments) => crate::convert::convert(&out, &arguments),
        Verb::Counts(arguments) => crate::counts::counts(&out, &arguments),
        Verb::Validate { run, yardsticks: true, .. } => crate::validate::yardsticks(&out, &run),
        Verb::Validate { run, geh, .. } => crate::validate::validate(&out, &run, geh),
        Verb::Compare { base, other, out: folder, overwrite } => {
            verbs::compare(&out, &base, &other, folder, overwrite)
        }
        Verb::Export(arguments) => crate::export::export(&out, &arguments),
        Verb::Report { runs, out: folder, overwrite } => match &runs[..] {
            [run] if folder.is_none() && !overwrite => verbs::report(&out, run),
            _ => verbs::report_several(&out, &runs, folder, overwrite),
        },
        Verb::Train(arguments) => verbs::train(&out, &arguments),
        Verb::Bench(settings) => verbs::bench(&out, &settings),
        Verb::Survey(arguments) => crate::diaries::survey(&out, &arguments),
        Verb::Score(arguments) => crate::diaries::score(&out, &arguments),
        Verb::Complete(arguments) => crate::diaries::complete(&out, &arguments),
        Verb::Group(arguments) => crate::group::group(&out, &arguments),
        Verb::Modes(arguments) => crate::modes::modes(&out, &arguments),
        Verb::Experiment { which } => crate::experiment::experiment(&out, &which),
        Verb::Schema => verbs::schema(),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "wayfare", &mut script);
            let script = String::from_utf8_lossy(&script);
            if !out.json {
                let _ = write!(std::io::stdout(), "{script}");
            }
            out.result(&serde_json::json!({ "shell": shell.to_string(), "script": script }))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_has_an_example() {
        for verb in Cli::command().get_subcommands() {
            let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{} has no example", verb.get_name());
        }
    }
}

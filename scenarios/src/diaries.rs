//! `wayfare survey`, `wayfare score` and `wayfare complete`: diaries from wherever they are.
//!
//! A *set of diaries* is a run folder, MATSim plans or a travel survey; [`open`] takes any of them, so that simulated days,
//! surveyed days and days of another program are judged by the same measures. All three verbs only read and print.

use crate::say::{Voice, tell, tell_understood};
use clap::Args;
use engine::activity::diary::{Diary, Survey};
use engine::warning::{ALLOWED_UNKNOWN, too_much_unknown};
use engine::{Fault, Faults, Result, store};
use model::score::compare::{Comparison, compare};
use model::score::completion::completion;
use netconvert::survey::{Format, Reading};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod summary;

/// What `wayfare survey` needs.
#[derive(Debug, Args)]
pub struct SurveyArgs {
    /// The survey: its folder, one file of it, or MATSim plans. FORMAT= (nhts2017, nhts2022, vista, psrc2017, cmap,
    /// queensland, atus, india-tus) chooses where a folder holds several.
    #[arg(value_name = "[FORMAT=]PATH")]
    path: String,
    /// Go on where up to this share of the survey is not understood.
    #[arg(long, value_name = "F", default_value_t = ALLOWED_UNKNOWN, value_parser = crate::share::parse)]
    allow_unknown: f64,
}

/// What `wayfare score` needs.
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// The set that is judged.
    #[arg(value_name = "A")]
    a: String,
    /// The set that it is judged by.
    #[arg(value_name = "B")]
    b: String,
    /// Days that A was learned from: measures what is new.
    #[arg(long, value_name = "SET")]
    train: Option<String>,
    /// Seed of the bootstrap and of the classifier.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
}

/// What `wayfare complete` needs.
#[derive(Debug, Args)]
pub struct CompleteArgs {
    /// A set of diaries, as for `wayfare score`.
    #[arg(value_name = "SET")]
    set: String,
    /// Share of each day that is hidden, in runs of 2 to 5 hours.
    #[arg(long, default_value_t = 0.7, value_name = "F", value_parser = crate::share::parse)]
    hide: f64,
    /// Days to complete: the first of the set [default: all].
    #[arg(long, value_name = "N")]
    days: Option<usize>,
    /// Only persons who are held out of training.
    #[arg(long)]
    held_out: bool,
    /// The set holds only persons who left home.
    #[arg(long)]
    travelled: bool,
    /// Survey in whose coding of activities the model completes [default: that of the weights].
    #[arg(long, value_name = "NAME")]
    coding: Option<String>,
    /// Weights of the activity model [default: the shipped ones].
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Seed.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
}

/// `wayfare complete`: hides most of each day, lets the activity model fill it in, and compares with what was there. It
/// answers how far the model can be trusted where only parts of a day are known, as with phone data. Days of persons that
/// the model was trained on flatter it: `--held-out` leaves them out.
///
/// # Errors
/// A fault for a set of diaries that cannot be read, and what libtorch says.
pub fn complete(voice: &Voice, arguments: &CompleteArgs) -> Result<ExitCode> {
    let mut days = open(voice, &arguments.set)?;
    if arguments.held_out {
        days = Survey { diaries: days, ..Survey::default() }.split().1.diaries;
    }
    days.truncate(arguments.days.unwrap_or(usize::MAX));
    let mut generator = match &arguments.weights {
        Some(file) => model::Generator::load(file)?,
        None => model::Generator::shipped()?,
    };
    if let Some(coding) = &arguments.coding {
        generator = generator.with_survey(coding)?;
    }
    let found = completion(&generator, &days, arguments.hide, arguments.travelled, arguments.seed)?;
    let say = &voice.say;
    say.line(format!(
        "{} days, {} of them impossible to the model; {:.1} % hidden",
        found.n_days[0],
        found.n_days[1],
        found.hidden * 100.0
    ));
    say.line(format!(
        "hidden slots right: {:.2} % drawn, {:.2} % likeliest; calibration error of the posterior {:.4}",
        found.accuracy[0] * 100.0,
        found.accuracy[1] * 100.0,
        found.calibration_error
    ));
    say.line("| JSD, nats | drawn | likeliest | floor |\n|---|---|---|---|");
    for ((name, drawn), (_, likeliest)) in found.jsd.named().into_iter().zip(found.jsd_likeliest.named()) {
        say.line(format!("| {name} | {:.5} | {:.5} | {:.5} |", drawn.value, likeliest.value, drawn.floor));
    }
    voice.result(&found)?;
    Ok(ExitCode::SUCCESS)
}

/// `wayfare survey`: what the reader of a survey understood, to be looked at before anything is learned from it. Nothing is
/// left out in silence: rows and days that were not used are counted by reason, with their share and the first of each as an
/// example. Minutes, participation and the last line are weighted as the survey says.
///
/// # Errors
/// A fault for a survey that cannot be read.
pub fn survey(voice: &Voice, arguments: &SurveyArgs) -> Result<ExitCode> {
    let reading = open_survey(voice, &arguments.path)?;
    let (survey, intake) = (&reading.survey, &reading.intake);
    let say = &voice.say;
    for (table, rows) in &intake.rows {
        say.line(format!("{table}: {rows} rows"));
    }
    say.line(format!(
        "{}: {} person-days found, {} kept",
        survey.name,
        intake.days_found,
        survey.diaries.len()
    ));
    for (title, tally) in [
        ("rows left out", &intake.rows_left_out),
        ("days left out", &intake.days_left_out),
        ("noted", &intake.noted),
    ] {
        for warning in tally.clone().into_warnings() {
            let share = warning
                .whole
                .as_ref()
                .map_or_else(String::new, |whole| format!(", {}", whole.share_of(warning.count)));
            say.line(format!(
                "{title}: {} × {}{share} (first: {})",
                warning.count, warning.what, warning.record
            ));
        }
    }
    let summary = summary::of(survey, reading.totals);
    say.line(format!("{:<14} {:>12} {:>10} {:>12}", "activity", "minutes/day", "persons", "episodes/day"));
    for share in &summary.activities {
        say.line(format!(
            "{:<14} {:>12.1} {:>8.1} % {:>12.3}",
            share.activity,
            share.minutes,
            share.participation * 100.0,
            share.episodes
        ));
    }
    say.line(summary.line());
    // After the tables above, which show what was not understood.
    Faults::from(too_much_unknown(&intake.warnings(), arguments.allow_unknown)).none()?;
    let persons: std::collections::BTreeSet<&str> =
        survey.diaries.iter().map(|d| d.person.as_str()).collect();
    let told = |tells: fn(&Diary) -> bool| survey.diaries.iter().filter(|d| tells(d)).count();
    voice.result(&serde_json::json!({
        "survey": survey.name, "travellers_only": survey.travellers_only, "intake": intake,
        "person_days": survey.diaries.len(), "persons": persons.len(), "activities": summary.activities,
        "summary": summary, "totals": reading.totals,
        "told": {
            "age": told(|d| d.age.is_some()), "sex": told(|d| d.sex != engine::people::Sex::Unknown),
            "employed": told(|d| d.employed.is_some()), "student": told(|d| d.student.is_some()),
            "weekday": told(|d| d.weekday.is_some()),
        },
    }))?;
    Ok(ExitCode::SUCCESS)
}

/// `wayfare score`: how far the days of set A are from those of set B. Each divergence stands beside its floor,
/// which is what two samples of one population would show on average: a value near its floor says nothing against
/// A.
///
/// # Errors
/// A fault for a set of diaries that cannot be read.
pub fn score(voice: &Voice, arguments: &ScoreArgs) -> Result<ExitCode> {
    let [a, b] = [&arguments.a, &arguments.b].map(|set| open(voice, set));
    let (a, b) = (a?, b?);
    let train = arguments.train.as_ref().map(|set| open(voice, set)).transpose()?;
    for (name, set) in [(&arguments.a, &a), (&arguments.b, &b)] {
        if set.is_empty() {
            return Err(Fault::new(name, "", "holds no person-day").into());
        }
    }
    let found = compare(&a, &b, train.as_deref(), arguments.seed);
    show(voice, &found);
    voice.result(&found)?;
    Ok(ExitCode::SUCCESS)
}

/// Share of days without a trip above which a set without any is another kind of set.
const STAYED: f64 = 0.02;

fn show(voice: &Voice, found: &Comparison) {
    let say = &voice.say;
    say.line(format!("{} days against {}", found.n[0], found.n[1]));
    for (here, there, a, b) in [(0, 1, "A", "B"), (1, 0, "B", "A")] {
        let share = found.without_trip[here];
        if share > STAYED && found.without_trip[there] == 0.0 {
            say.line(format!(
                "warning: {:.1} % of the days of {a} have no trip, none of {b}: {b} leaves out who stayed at home, and the two \
                 are not of the same persons",
                share * 100.0
            ));
        }
    }
    // Chance pulls two samples apart, so a value is larger than that of the populations, and may lie above their interval.
    say.line("| JSD, nats | of these samples | of their populations, 95 % | floor | floor, persons |\n|---|---|---|---|---|");
    for ((name, jsd), (_, interval)) in found.jsd.named().into_iter().zip(found.interval.named()) {
        say.line(format!(
            "| {name} | {:.5} | {:.5} to {:.5} | {:.5} | {:.5} |",
            jsd.value, interval.low, interval.high, jsd.floor, interval.shuffled
        ));
    }
    let acteval = &found.acteval;
    say.line(format!(
        "acteval: participations {:.5}  transitions {:.5}  timing {:.5}  creativity {:.5}  feasibility {:.5}",
        acteval.participations, acteval.transitions, acteval.timing, acteval.creativity, acteval.feasibility
    ));
    if let Some(told_apart) = &found.two_sample {
        say.line(format!(
            "classifier: AUC {:.4} ({:.4} standard error of equal sets, {} days of each)",
            told_apart.auc, told_apart.standard_error, told_apart.n
        ));
    }
    for (name, novelty) in ["A", "B"].iter().zip(found.novelty.iter().flatten()) {
        say.line(format!(
            "{name}: {:.2} % of days are not in the training set; the nearest differs in {:.2} of 96 quarter hours",
            novelty.novel * 100.0,
            novelty.nearest_slots
        ));
    }
    for row in &found.minutes {
        say.line(format!(
            "minutes, {} ({} / {}): mean absolute difference {:.2}, JSD {:.5}",
            row.group, row.n[0], row.n[1], row.mae, row.jsd
        ));
    }
}

/// A set of diaries: a run folder, MATSim plans, or a survey.
///
/// # Errors
/// A [`Fault`] where the path is none of them.
pub fn open(voice: &Voice, name: &str) -> Result<Vec<Diary>> {
    let folder = Path::new(name);
    if store::chains::TABLE.path(folder).is_file() {
        return store::chains::read_diaries(folder);
    }
    Ok(told(voice, open_survey(voice, name)?)?.diaries)
}

/// Reads `[FORMAT=]PATH`: MATSim plans by the file's name, else a survey.
///
/// # Errors
/// A [`Fault`] as of [`netconvert::survey::read`].
pub fn open_survey(voice: &Voice, name: &str) -> Result<Reading> {
    let named = name.split_once('=').and_then(|(format, path)| Some((Format::parse(format)?, path)));
    let path = PathBuf::from(named.map_or(name, |(_, path)| path));
    let file = path.to_string_lossy().to_lowercase();
    if named.is_none() && (file.ends_with(".xml") || file.ends_with(".xml.gz")) {
        return plans(voice, &path);
    }
    netconvert::survey::read(&path, named.map(|(format, _)| format))
}

/// Reads MATSim plans as a survey.
///
/// # Errors
/// A [`Fault`] where the file is no population.
pub fn plans(voice: &Voice, file: &Path) -> Result<Reading> {
    let (persons, warnings) = netconvert::matsim::population::read(file)?;
    tell(voice, warnings.iter());
    Ok(netconvert::survey::plans::survey("plans", file, &persons))
}

/// The survey of a reading, after saying what was left out.
///
/// # Errors
/// A fault where too much of it was not understood to learn or judge anything from it.
pub fn told(voice: &Voice, reading: Reading) -> Result<Survey> {
    tell_understood(voice, &reading.intake.warnings(), ALLOWED_UNKNOWN)?;
    Ok(reading.survey)
}

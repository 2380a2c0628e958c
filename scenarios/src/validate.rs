//! `wayfare validate`: a finished run against its detectors or against published figures, again, without running it.

use crate::finished::{bins, reopen};
use crate::say::Voice;
use engine::unit::MPS_PER_MPH;
use engine::validate::counts::{self, OfKind, Validation};
use engine::validate::fit::Fit;
use engine::validate::matching;
use engine::validate::screenline::{self, Crossed};
use engine::validate::speed::Speeds;
use engine::validate::yardstick::{Compared, Measure, compare};
use engine::{Fault, Result, store};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

/// Exit code 3: a validation target was missed.
const MISSED: u8 = 3;

/// Compares the volumes of a finished run with its detectors again. Writes nothing. The target is `--geh`, else
/// `validate.geh-target` of the scenario, and holds for the mainline of freeways; without either the exit code is 0. A run of
/// which nothing could be compared misses any target.
///
/// The counts are read from their files as these are now, the simulated volumes from the tables of the run.
///
/// # Errors
/// A fault for a folder without a finished run, or a scenario without counts.
pub fn validate(voice: &Voice, folder: &Path, geh: Option<f64>) -> Result<ExitCode> {
    let (manifest, _, source) = reopen(folder)?;
    let config = &manifest.config;
    let Some(observed) = &source.counts else {
        return Err(Fault::new(folder, "", "its scenario names no counts")
            .expected("a [validate.counts] section")
            .advice("add detectors to the scenario")
            .into());
    };
    let bins = bins(folder, config, source.network.links.len())?;
    let matching = matching::find(&source.network, observed, &matching::Rule::default());
    let congested_mps = config.validate.congested_mps();
    let (validation, rows) =
        counts::measure(&source.network, observed, &matching, &bins, config.sample, congested_mps);
    let screenlines = screenline::measure(&source.screenlines, &source.network, &bins, config.sample, &rows);
    tell(voice, &validation);
    screenlines.iter().for_each(|of| tell_screenline(voice, of));
    voice.result(&Told { validation: &validation, screenlines: &screenlines })?;
    let target = geh.or(config.validate.geh_target);
    let head = &validation.headline;
    let missed = target.filter(|target| head.fit.geh_lt5_share.unwrap_or(0.0) < *target);
    if let Some(target) = missed {
        voice.say.line(format!(
            "GEH < 5 at {} of {} station-hours: the target of {:.1} % is missed",
            percent(head.fit.geh_lt5_share),
            head.kind,
            target * 100.0
        ));
    }
    Ok(if missed.is_some() { ExitCode::from(MISSED) } else { ExitCode::SUCCESS })
}

/// What is told as JSON: the keys of `validation.json`.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    validation: &'a Validation,
    screenlines: &'a [Crossed],
}

/// A screenline in one direction, in words.
fn tell_screenline(voice: &Voice, of: &Crossed) {
    let counted = match of.n_counted {
        0 => "nothing counted on it".into(),
        n => format!(
            "on {n} of them {:.0} counted and {:.0} simulated ({:+.1} %)",
            of.observed,
            of.simulated_at_counts,
            (of.simulated_at_counts - of.observed) / of.observed.max(1.0) * 100.0
        ),
    };
    voice.say.line(format!(
        "screenline {}, {}: {:.0} vehicles a day on {} links; {counted}",
        of.screenline,
        of.direction,
        of.simulated,
        of.links.len()
    ));
}

fn percent(share: Option<f64>) -> String {
    share.map_or("–".into(), |share| format!("{:.1} %", share * 100.0))
}

/// The comparison in words: kinds of stations with the trivial model, periods, speeds, rules.
fn tell(voice: &Voice, v: &Validation) {
    let say = &voice.say;
    say.line(format!(
        "{} of {} stations matched, {} station-hours; the headline is: {}",
        v.n_matched, v.n_stations, v.all.fit.n, v.headline.kind
    ));
    let heads = ["GEH < 5", "error", "R²", "sim./obs."];
    say.line(format!(
        "{:<32} {:>8} {:>10} {:>10} {:>8} {:>10}",
        "", "hours", heads[0], heads[1], heads[2], heads[3]
    ));
    let row = |name: String, fit: &Fit, ratio: Option<f64>| {
        say.line(format!(
            "{name:<32} {:>8} {:>10} {:>10} {:>8} {:>10}",
            fit.n,
            percent(fit.geh_lt5_share),
            percent(fit.volume_wape),
            fit.r2.map_or("–".into(), |r| format!("{r:.3}")),
            ratio.map_or("–".into(), |ratio| format!("{ratio:.2}"))
        ));
    };
    let ratio = |observed: f64, simulated: f64| (observed > 0.0).then(|| simulated / observed);
    for of in v.by_kind.iter().chain([&v.all]) {
        let OfKind { kind, observed, simulated, fit, baseline, .. } = of;
        row((*kind).into(), fit, ratio(*observed, *simulated));
        row(format!("{kind}, trivial model"), baseline, None);
    }
    for of in &v.by_period {
        row(of.key.words().into(), &of.fit, ratio(of.observed, of.simulated));
    }
    if v.headline.speed != Speeds::default() {
        tell_speeds(voice, v);
    }
    for rule in &v.criteria {
        let word = match rule.passed {
            Some(true) => "met",
            Some(false) => "missed",
            None => "nothing to measure",
        };
        say.line(format!("{}: {} ({word})", rule.name, rule.asks));
    }
}

/// Speeds in congested and free hours.
fn tell_speeds(voice: &Voice, v: &Validation) {
    let mph = v.congested_mps / MPS_PER_MPH;
    for (name, of) in [("run", &v.headline.speed), ("trivial model", &v.headline.baseline_speed)] {
        voice.say.line(format!(
            "speeds, {name}: of {} hours observed below {mph:.0} mph {} hit, {} missed, {} false alarms; error {} congested, {} free",
            of.n_congested(),
            of.hits,
            of.misses,
            of.false_alarms,
            percent(of.congested.mape),
            percent(of.free.mape)
        ));
    }
}

/// Lists the measures, and holds a finished run beside the published figures that its scenario names, as these are now. Writes
/// nothing.
///
/// # Errors
/// A fault for a folder without a finished run, and for figures that are not understood.
pub fn yardsticks(voice: &Voice, folder: &Path) -> Result<ExitCode> {
    let (_, _, source) = reopen(folder)?;
    let layers = store::persons::read(folder)?.layers;
    let facts = store::validation::read_facts(folder)?;
    let compared = compare(&source.understood(&layers)?, &facts);
    let say = &voice.say;
    say.line("measures (a group is written with / between its names, each of which may be \"all\"):");
    let listed = Measure::ALL.map(|measure| {
        let units: Vec<&str> = measure.units().iter().map(|(unit, _)| *unit).collect();
        say.line(format!("  {}: {}", measure.name(), measure.meaning()));
        say.line(format!("    group: {}; unit: {}", measure.groups(), units.join(" or ")));
        serde_json::json!({
            "measure": measure.name(), "meaning": measure.meaning(), "groups": measure.groups(), "units": units,
        })
    });
    if compared.is_empty() {
        say.line(
            "the scenario names no yardsticks: add [yardsticks] file = \"yardsticks.csv\", or [[yardstick]]",
        );
    } else {
        say.line(format!(
            "{:<22} {:<32} {:>14} {:>14} {:>7}  unit, source",
            "", "", "simulated", "published", "ratio"
        ));
    }
    for Compared { measure, group, unit, simulated, yardstick, ratio, source } in &compared {
        let text = |value: Option<f64>| value.map_or("–".into(), figure);
        say.line(format!(
            "{measure:<22} {group:<32} {:>14} {:>14} {:>7}  {unit}, {source}",
            text(*simulated),
            figure(*yardstick),
            ratio.map_or("–".into(), |ratio| format!("{ratio:.2}"))
        ));
    }
    voice.result(&serde_json::json!({ "list": listed, "measures": facts, "yardsticks": compared }))?;
    Ok(ExitCode::SUCCESS)
}

/// A figure with as many digits as say something.
fn figure(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.4}") }
}

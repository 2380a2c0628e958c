//! Several runs beside each other: one column or one line a run.
//!
//! The page begins with what a reader needs before any number: which runs these are, in what they differ, and what that forbids
//! to compare. Then come figures of the day and of the fit, trips, driving, and last whether the runs have settled alike.
//! Everything is of the whole population, so that runs of different samples stand in one unit; that they still are not
//! alike is said at the top.

use super::block::{self, Body, plain_table};
use crate::report::{Driven, OneRun, Report, Several};
use crate::svg;
use crate::text::{escape, fixed, percent, put, short, signed};
use engine::unit::M_PER_MILE;

/// A run as a row of figures.
type Figure = (&'static str, &'static str, fn(&OneRun) -> Option<f64>);

/// What each run is, in what they differ, and what that forbids. Warnings come first, before any number can be read; the table of
/// differences is wide because values of scenarios are long words.
pub(super) fn runs(report: &Report) -> String {
    let Some(several) = &report.several else { return String::new() };
    let mut body = Body::default();
    let mut out = String::from("<ul class=\"warnings\">\n");
    several.warnings.iter().for_each(|text| put(&mut out, format_args!("<li>{}</li>\n", escape(text))));
    body.lead(&(out + "</ul>\n"));
    let row = |run: &OneRun| {
        vec![run.name.clone(), run.title.clone(), run.seed.to_string(), percent(Some(run.sample), 1)]
    };
    let rows = several.runs.iter().map(row).collect();
    body.lead(&block::table(&plain_table("The runs", "", &["Run", "Scenario", "Seed", "Sample"], rows)));
    let rows = several.differences.iter();
    let rows = rows.map(|(key, values)| [key.clone()].into_iter().chain(values.iter().cloned()).collect());
    let text = "Keys of the scenarios, and input files of one name, that are not the same in all runs.";
    let differ = plain_table("How they differ", text, &columns(several, "Key"), rows.collect());
    match several.differences.is_empty() {
        true => body.lead("<p>Their scenarios and input files are the same.</p>\n"),
        false => body.wide(&block::table(&differ)),
    }
    body.html()
}

/// The heads of a table with a column a run.
fn columns<'a>(several: &'a Several, first: &'a str) -> Vec<&'a str> {
    [first].into_iter().chain(several.runs.iter().map(|run| run.name.as_str())).collect()
}

/// Headline figures, and how the runs fit what was observed.
pub(super) fn summary(report: &Report) -> String {
    let Some(several) = &report.several else { return String::new() };
    let mut body = Body::default();
    body.wide(&block::table(&figures_of("A day", BEHIND_FIRST, several, &DAY)));
    let text = "At the stations of the headline: the mainline of freeways where there are some, else all.";
    body.wide(&block::table(&figures_of("Fit to what was observed", text, several, &FIT)));
    body.html()
}

/// What the percentages are.
const BEHIND_FIRST: &str =
    "Whole population. In brackets: the change against the first run, where both are known.";

/// The figures of a day. No more than an open table has rows, so that they are seen at once: what tells whether a run has settled
/// stands in its own section. Persons and trips are scaled by the sample, as distances and times are already.
const DAY: [Figure; 9] = [
    ("Persons", "", |run| scaled(run, "persons")),
    ("Trips", "", |run| scaled(run, "trips")),
    ("Trips by car", "", |run| scaled(run, "car_trips")),
    ("Vehicle miles travelled", "veh·mi", |run| Some(number(run, "vmt_km")? * 1000.0 / M_PER_MILE)),
    ("Vehicle hours travelled", "veh·h", |run| number(run, "vht_h")),
    ("Vehicle hours lost", "veh·h", |run| {
        let of_hours: Vec<f64> = driven(run, "hour").map(|of| of.lost_h).collect();
        (!of_hours.is_empty()).then(|| of_hours.iter().sum())
    }),
    ("Mean speed of cars", "mph", |run| {
        Some(number(run, "vmt_km")? * 1000.0 / M_PER_MILE / number(run, "vht_h").filter(|h| *h > 0.0)?)
    }),
    ("Mean car trip", "min", |run| number(run, "mean_car_min")),
    ("Cars on the way at the end", "", |run| scaled(run, "aborted_car")),
];

/// The figures of convergence. A run with a larger gap has not settled as far as the others, and its times are longer by that.
const SETTLED: [Figure; 5] = [
    ("Relative gap", "%", |run| share(run, "relative_gap")),
    ("Relative gap, 6 to 10 h", "%", |run| share(run, "relative_gap_am")),
    ("Relative gap, 15 to 19 h", "%", |run| share(run, "relative_gap_pm")),
    ("Days simulated", "", |run| number(run, "iterations")),
    ("Moves pushed by the stuck rule", "per 1000", |run| {
        Some(number(run, "pushed")? / number(run, "moves").filter(|n| *n > 0.0)? * 1000.0)
    }),
];

/// The figures of the fit, from the summary of each run (`run.json`). A run without counts has none of the first, one without a
/// published equilibrium none of the last; what none of the runs has is left out.
const FIT: [Figure; 10] = [
    ("Stations compared", "", |run| number(run, "n_matched")),
    ("GEH < 5", "%", |run| share(run, "geh_lt5_share")),
    ("GEH < 5, trivial model", "%", |run| share(run, "geh_lt5_share_baseline")),
    ("Volume MAPE", "%", |run| share(run, "volume_mape")),
    ("R²", "R²", |run| number(run, "r2")),
    ("Congested hours met", "%", |run| share(run, "congested_hit_share")),
    ("Speed MAPE, congested hours", "%", |run| share(run, "speed_mape_congested")),
    ("Speed MAPE, free hours", "%", |run| share(run, "speed_mape_free")),
    ("Static assignment, worst link", "%", |run| share(run, "equilibrium_worst_flow_error")),
    ("Queue model against equilibrium, R²", "R²", |run| number(run, "queue_r2")),
];

fn number(run: &OneRun, key: &str) -> Option<f64> {
    run.numbers.get(key).copied().filter(|value| value.is_finite())
}

/// A number of persons or trips, for the whole population.
fn scaled(run: &OneRun, key: &str) -> Option<f64> {
    Some(number(run, key)? / run.sample)
}

/// A share, in percent.
fn share(run: &OneRun, key: &str) -> Option<f64> {
    Some(number(run, key)? * 100.0)
}

fn driven<'a>(run: &'a OneRun, by: &'a str) -> impl Iterator<Item = &'a Driven> {
    run.driven.iter().filter(move |of| of.by == by)
}

/// A table of figures: one a row, one run a column; of runs that differ by their seed alone mean and standard deviation, too.
/// Figures that no run has are left out.
fn figures_of(title: &str, text: &str, several: &Several, of: &[Figure]) -> crate::report::Table {
    let rows = of.iter().map(|(name, unit, value)| {
        // A change in percent of what is a share itself would be misread.
        let relative = !matches!(*unit, "%" | "R²" | "per 1000");
        let name = match *unit {
            "" | "R²" => (*name).to_string(),
            unit => format!("{name}, {unit}"),
        };
        Row { name, relative, values: several.runs.iter().map(value).collect() }
    });
    values(title, text, "Figure", several, rows.collect())
}

/// A row of values by run.
struct Row {
    name: String,
    /// Whether a change in percent says something.
    relative: bool,
    values: Vec<Option<f64>>,
}

/// A table of values by run, `None` where one is not known.
fn values(title: &str, text: &str, first: &str, several: &Several, rows: Vec<Row>) -> crate::report::Table {
    let spread = several.only_seeds_differ && several.runs.len() > 2;
    let known = rows.into_iter().filter(|row| row.values.iter().any(Option::is_some));
    let rows = known.map(|Row { name, relative, values }| {
        let mut cells = vec![name];
        let first = values[0].filter(|_| relative);
        cells.extend(values.iter().map(|value| against(*value, first)));
        if spread {
            cells.extend(mean_and_deviation(&values));
        }
        // The first is not held against itself.
        cells[1] = values[0].map_or("–".into(), short);
        cells
    });
    let mut columns = columns(several, first);
    if spread {
        columns.extend(["Mean", "Standard deviation"]);
    }
    plain_table(title, text, &columns, rows.collect())
}

/// A value with its change against the first run in brackets, in percent; without one where the first is not known or 0.
fn against(value: Option<f64>, first: Option<f64>) -> String {
    match (value, first) {
        (None, _) => "–".into(),
        (Some(value), Some(first)) if first != 0.0 => {
            format!("{} ({} %)", short(value), signed((value - first) / first * 100.0, 1))
        }
        (Some(value), _) => short(value),
    }
}

/// Mean and standard deviation of what is known in all runs. The deviation is that of a sample (n − 1): the seeds that were tried
/// stand for all seeds.
fn mean_and_deviation(values: &[Option<f64>]) -> [String; 2] {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    if known.len() < values.len() || known.len() < 2 {
        return ["–".into(), "–".into()];
    }
    let n = known.len() as f64;
    let mean = known.iter().sum::<f64>() / n;
    let variance = known.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0);
    [short(mean), short(variance.sqrt())]
}

/// Who travels when and how: departures by hour, and modes as a figure and in numbers. Modes are those of trips that arrived.
pub(super) fn trips(report: &Report) -> String {
    let Some(several) = &report.several else { return String::new() };
    let mut body = Body::default();
    put_figures(&mut body, several, &["departures", "mode-shares"]);
    let mut modes: Vec<&str> = Vec::new();
    for (mode, _) in several.runs.iter().flat_map(|run| &run.modes) {
        if !modes.contains(&mode.as_str()) {
            modes.push(mode);
        }
    }
    let row = |mode: &&str| {
        let share = |run: &OneRun| {
            let all: f64 = run.modes.iter().map(|(_, n)| n).sum();
            let n = run.modes.iter().find(|(of, _)| of == mode).map_or(0.0, |(_, n)| *n);
            if all > 0.0 { format!("{} %", fixed(n / all * 100.0, 1)) } else { "–".into() }
        };
        [(*mode).to_string()].into_iter().chain(several.runs.iter().map(share)).collect()
    };
    let text = "Shares of the trips that arrived.";
    body.table(&plain_table("Modes", text, &columns(several, "Mode"), modes.iter().map(row).collect()));
    body.html()
}

/// Where and when is driven, and what is lost: by hour as lines, by county and class of road as tables. A group that a run does not
/// have is a dash in it, as where one run has other zones.
pub(super) fn driving(report: &Report) -> String {
    let Some(several) = &report.several else { return String::new() };
    let mut body = Body::default();
    put_figures(&mut body, several, &["vmt", "hours-lost"]);
    for number in 0..several.runs[0].curves.len() {
        put_figures(&mut body, several, &[&svg::counted(number)]);
    }
    for (by, what) in [("region", "by county or region"), ("class", "by class of road")] {
        let mut groups: Vec<&str> = Vec::new();
        for of in several.runs.iter().flat_map(|run| driven(run, by)) {
            if !groups.contains(&of.group.as_str()) {
                groups.push(&of.group);
            }
        }
        let table = |title: String, value: fn(&Driven) -> f64| {
            let row = |group: &&str| {
                let of = |run: &OneRun| driven(run, by).find(|of| of.group == *group).map(value);
                Row {
                    name: (*group).to_string(),
                    relative: true,
                    values: several.runs.iter().map(of).collect(),
                }
            };
            values(&title, BEHIND_FIRST, "Group", several, groups.iter().map(row).collect())
        };
        body.table(&table(format!("Vehicle miles {what}"), |of| of.metres / M_PER_MILE));
        body.table(&table(format!("Vehicle hours lost {what}"), |of| of.lost_h));
    }
    body.html()
}

/// Whether the runs have settled.
pub(super) fn convergence(report: &Report) -> String {
    let Some(several) = &report.several else { return String::new() };
    let mut body = Body::default();
    put_figures(&mut body, several, &["convergence"]);
    body.table(&figures_of("The last day", "", several, &SETTLED));
    body.html()
}

/// Adds the figures of these names.
fn put_figures(body: &mut Body, several: &Several, names: &[&str]) {
    for (plot, text) in svg::of_runs(several) {
        if names.contains(&plot.name.as_str()) {
            body.figure(Some(plot), text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_against_the_first_run() {
        assert_eq!(against(Some(110.0), Some(100.0)), "110 (+10.0 %)");
        assert_eq!(against(Some(5.0), Some(0.0)), "5");
        assert_eq!(against(None, Some(1.0)), "–");
        assert_eq!(mean_and_deviation(&[Some(1.0), Some(2.0), Some(3.0)]), ["2", "1"]);
        assert_eq!(mean_and_deviation(&[Some(1.0), None]), ["–", "–"]);
    }
}

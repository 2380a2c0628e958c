//! The figures of several runs beside each other: a line or a bar a run.
//!
//! They are made together, because the page and the folder of plots show the same ones; which of them stands in which
//! section is the business of the page, which asks for them by name.

use super::lines::{lines, mode_runs};
use super::{Plot, convergences};
use crate::report::{Driven, OneRun, Several};
use engine::unit::M_PER_MILE;

/// Name of the figure of a curve of counts.
pub(crate) fn counted(number: usize) -> String {
    format!("counts-{}", number + 1)
}

/// All figures with the sentences that say how to read them, in the order of the page. What no run has is left out; a curve of
/// counts is drawn only if all runs were held against the same ones, and has what was observed as its last line.
pub(crate) fn of_runs(several: &Several) -> Vec<(Plot, &'static str)> {
    let runs = &several.runs;
    // A line a run; runs in the order of the page, so that each has one colour in all figures.
    let by_hour = |file: &str, title: &str, unit: &str, of: &dyn Fn(&OneRun) -> Vec<f64>| {
        let line = |run: &OneRun| of(run).into_iter().map(Some).collect();
        let all: Vec<(&str, Vec<Option<f64>>)> =
            runs.iter().map(|run| (run.name.as_str(), line(run))).collect();
        lines(file, title, unit, &all)
    };
    let hours = |run: &OneRun, value: fn(&Driven) -> f64| {
        run.driven.iter().filter(|of| of.by == "hour").map(value).collect()
    };
    let modes: Vec<(&str, &[(String, f64)])> =
        runs.iter().map(|run| (run.name.as_str(), &run.modes[..])).collect();
    let gaps: Vec<_> = runs.iter().map(|run| (run.name.as_str(), &run.iterations[..])).collect();
    let mut all = vec![
        (
            by_hour("departures", "Departures", "trips that leave in the hour", &|run| {
                run.departures.clone()
            }),
            "Trips of the whole population by the hour in which they leave.",
        ),
        (mode_runs(&modes), "Each bar is all trips of a run that arrived; its colours are their modes."),
        (
            by_hour("vmt", "Vehicle miles", "vehicle miles in the hour", &|run| {
                hours(run, |of| of.metres / M_PER_MILE)
            }),
            "Distance driven by the hour in which a road is entered, whole population.",
        ),
        (
            by_hour("hours-lost", "Vehicle hours lost", "vehicle hours in the hour", &|run| {
                hours(run, |of| of.lost_h)
            }),
            "Time on the road beyond that of an empty road. A run with a higher peak has more of a jam at that hour.",
        ),
    ];
    // Other counts would be another question: no line rather than one that seems comparable.
    let curves = |number: usize| {
        let first = runs[0].curves.get(number)?;
        let of = |run: &OneRun| {
            run.curves.get(number).filter(|c| c.observed == first.observed).map(|c| c.simulated.clone())
        };
        let mut all: Vec<(&str, Vec<Option<f64>>)> =
            runs.iter().map(|run| Some((run.name.as_str(), of(run)?))).collect::<Option<_>>()?;
        all.push(("observed", first.observed.clone()));
        lines(&counted(number), &first.title, &first.unit, &all)
    };
    let text = "At the stations that all runs were held against; the last line is what was observed.";
    all.extend((0..runs.first().map_or(0, |run| run.curves.len())).map(|number| (curves(number), text)));
    all.push((
        convergences(&gaps),
        "The relative gap says how much time all drivers together would save if each alone took the fastest route. Only runs \
         of like gaps have settled alike.",
    ));
    all.into_iter().filter_map(|(plot, text)| Some((plot?, text))).collect()
}

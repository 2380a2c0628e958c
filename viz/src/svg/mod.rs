//! Plots as SVG text: small, diffable, the same in the page and as files. Colours are classes, given
//! their values by `assets/plot.css`, so that light, dark and print need one drawing.
//!
//! Each function takes a part of the report and gives a [`Plot`], or `None` where there is nothing to draw. None of
//! them opens a file, measures anything or decides what is good: they show numbers that were computed before. Begin
//! with [`plots`], which lists the figures in the order of the page, and with `frame`, whose axes they share.
//!
//! | file | the question that it answers |
//! |---|---|
//! | `gains-and-losses.svg` | Who gains and who loses time by a measure? (only when two runs are compared) |
//! | `bottlenecks.svg`, `hours-driven.svg`, `hours-lost.svg`, `departures.svg`, `desire-lines-change.svg` | Where, when and for whom does it change travel? (only when two runs are compared) |
//! | `map-daily-volume.svg` | Where do people drive, or where does a measure change it? |
//! | `counts-scatter.svg` | Does the run count what each detector counted in each hour? |
//! | `hours-N-….svg` | Is the traffic there at the right hours of the day? |
//! | `counts-by-route-and-hour.svg` | On which routes, and at which hours, is there too little traffic or too much? |
//! | `fit-by-….svg` | For which hours, classes or routes is the fit good, and for which is it not? |
//! | `on-the-road.svg` | Whose vehicles are on the road at each hour? |
//! | `departures.svg` | When do people leave, and for what? |
//! | `trip-lengths.svg` | How far do they go, by purpose? |
//! | `desire-lines.svg` | Between which areas do people travel? |
//! | `activities-N-….svg` | What do people do at each time of the day? |
//! | `mode-shares.svg` | At each distance, do people take the modes that a survey found? |
//! | `volume.svg`, `hours-lost.svg` | When is driven, and when is time lost? (only of several runs) |
//! | `convergence.svg` | Have drivers found their routes, or would more days still change the result? |
//!
//! Pixels are written with at most one decimal, and logarithms come from `engine::float` instead of the C library,
//! so that the same report gives the same bytes on every machine. A test, and a reader with `diff`, can then
//! compare figures as text.

mod activity;
mod bar;
mod change;
mod convergence;
mod curve;
mod density;
mod desire;
mod frame;
mod heat;
mod lines;
mod network;
mod purpose;
mod road;
mod scatter;
mod several;

pub use activity::activities;
pub(crate) use bar::kind_words;
pub use bar::{fit_bars, group_bars, mode_bars};
pub use change::bottlenecks;
pub(crate) use change::{differ, of_change};
pub use convergence::{convergence, convergences};
pub use curve::curve;
pub use desire::{desire, desire_change};
pub use heat::heat;
pub use lines::{lines, mode_runs};
pub use network::network;
pub use purpose::{departures, lengths};
pub use road::on_the_road;
pub use scatter::scatter;
pub(crate) use several::{counted, of_runs};

use crate::Report;
use crate::text::escape;

/// One plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Name of its file, without `.svg`: small letters, digits and hyphens. Names differ within a report: where several
    /// figures of one kind are possible, the name holds a number or the kind of group.
    pub name: String,
    /// What it shows, in one sentence for those who cannot see it: screen readers say it in place of the picture. It is
    /// plain text and escaped where it is written.
    pub title: String,
    /// Width and height, pixels. Everything in `body` is placed in them; on the page the picture is scaled to the column.
    pub size: (u32, u32),
    /// The elements inside `<svg>`. All text in it is escaped already.
    pub body: String,
}

impl Plot {
    /// The plot as an element of a page that holds `plot.css`.
    pub fn element(&self) -> String {
        format!(
            "<svg class=\"plot\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} {}\">\n{}</svg>\n",
            escape(&self.title),
            self.size.0,
            self.size.1,
            self.body
        )
    }

    /// The plot as a file of its own: styles and background inside, so that it looks the same in a browser, a slide or a
    /// text program. Without the rectangle of paper colour it would be transparent, and its text unreadable on dark ground.
    pub fn file(&self) -> String {
        let (width, height) = self.size;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\">\n<title>{}</title>\n<style>\n{}</style>\n\
             <rect width=\"{width}\" height=\"{height}\" style=\"fill:var(--paper)\"/>\n{}</svg>\n",
            escape(&self.title),
            include_str!("../../assets/plot.css"),
            self.body
        )
    }
}

/// Every plot the report has data for, in the order of the page. What the report does not hold has no plot: a scenario
/// without detectors has no scatter, and a run that is compared with nothing has no gains and losses.
pub fn plots(report: &Report) -> Vec<Plot> {
    let mut plots = Vec::new();
    if let Some(several) = &report.several {
        plots.extend(of_runs(several).into_iter().map(|(plot, _)| plot));
    }
    if let Some(comparison) = &report.comparison {
        let of = of_change(comparison, report.map.as_ref());
        plots.extend(of.into_iter().map(|(plot, _)| plot));
    }
    if let Some(map) = &report.map {
        plots.extend(network(map, report.units));
    }
    let stations = report.main_stations();
    plots.extend(scatter(&stations, report.fit.first()));
    let curves = report.curves.iter().chain(&report.screenlines);
    plots.extend(curves.enumerate().filter_map(|(n, c)| curve(c, n + 1)));
    plots.extend(heat(&stations));
    let mut kinds: Vec<&str> = Vec::new();
    for fit in &report.fit {
        if !kinds.contains(&fit.by.as_str()) {
            kinds.push(&fit.by);
            // Routes are many, and the heat map shows them by hour.
            plots.extend(fit_bars(&report.fit, &fit.by).filter(|_| fit.by != "route"));
        }
    }
    plots.extend(on_the_road(&report.on_the_road));
    plots.extend(report.activities.iter().enumerate().filter_map(|(n, a)| activities(a, n + 1)));
    plots.extend(departures(&report.purposes));
    plots.extend(lengths(&report.purposes, report.units));
    plots.extend(report.desire.as_ref().and_then(|of| desire(of, report.map.as_ref())));
    plots.extend(mode_bars(&report.modes));
    plots.extend(convergence(&report.iterations));
    plots
}

/// A name as a part of a file name: small letters, digits and hyphens. Two titles may become the same, and one of other
/// letters than a to z becomes empty; that is why numbered figures carry their number too.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_string()
}

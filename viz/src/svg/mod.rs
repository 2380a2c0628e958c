//! Plots as SVG text: small, diffable, the same in the page and as files. Colours are classes, given
//! their values by `assets/plot.css`, so that light, dark and print need one drawing.

mod activity;
mod bar;
mod convergence;
mod curve;
mod frame;
mod network;
mod scatter;

pub use activity::activities;
pub use bar::{fit_bars, group_bars, mode_bars};
pub use convergence::convergence;
pub use curve::curve;
pub use network::network;
pub use scatter::scatter;

use crate::Report;
use crate::text::escape;

/// One plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Name of its file, without `.svg`.
    pub name: String,
    /// What it shows, for those who cannot see it.
    pub title: String,
    /// Width and height, pixels.
    pub size: (u32, u32),
    /// The elements inside `<svg>`.
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

    /// The plot as a file of its own: styles and background inside.
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

/// Every plot the report has data for, in the order of the page.
pub fn plots(report: &Report) -> Vec<Plot> {
    let mut plots = Vec::new();
    if let Some(comparison) = &report.comparison {
        plots.extend(group_bars(&comparison.groups));
    }
    if let Some(map) = &report.map {
        plots.extend(network(map, report.units));
    }
    plots.extend(scatter(&report.stations, report.fit.first()));
    plots.extend(report.curves.iter().enumerate().filter_map(|(n, c)| curve(c, n + 1)));
    let mut kinds: Vec<&str> = Vec::new();
    for fit in &report.fit {
        if !kinds.contains(&fit.by.as_str()) {
            kinds.push(&fit.by);
            plots.extend(fit_bars(&report.fit, &fit.by));
        }
    }
    plots.extend(report.activities.iter().enumerate().filter_map(|(n, a)| activities(a, n + 1)));
    plots.extend(mode_bars(&report.modes));
    plots.extend(convergence(&report.iterations));
    plots
}

/// A name as a part of a file name: small letters, digits and hyphens.
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

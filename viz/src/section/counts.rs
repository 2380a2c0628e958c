//! How far the run is from detectors.

use super::block::{self, Body, plain_table};
use crate::report::{Fit, Report, Section};
use crate::svg;
use crate::text::{escape, fixed, grouped, natural, percent};

/// How far the run is from detectors: all station-hours at once, by route and hour, the day by hour, the fit by
/// group, one station chosen by the reader, and last what was not compared. The stations left out belong to the
/// result: a good fit on the few that are left would say little.
pub(super) fn counts(report: &Report) -> String {
    let mut body = Body::default();
    let stations = report.main_stations();
    if stations.len() < report.stations.len() {
        body.lead(&format!(
            "<p>Figures are about the {} stations of kind “{}”; ramps and others stand apart, in tables.</p>\n",
            grouped(stations.len() as f64),
            escape(&report.headline)
        ));
    }
    body.figure(
        svg::scatter(&stations, report.fit.first()),
        "Each dot is one station in one hour; of many, a hexagon says how many lie there. On the dotted line the \
         simulation counts what the detector counted. GEH weighs a difference by the size of the count, \
         GEH = √(2 (m − c)² / (m + c)): below 5 is a good fit, above 10 asks for a reason. The FHWA wants GEH below 5 \
         on 85 % of the counted links.",
    );
    for (n, curve) in report.curves.iter().enumerate() {
        let text = format!(
            "{} Full line: simulated; dashed: observed, at the same stations and hours. Lines of one shape at \
             different heights: too few or too many travel; other shapes: they travel at other times.",
            curve.text
        );
        body.figure(svg::curve(curve, n + 1), text.trim());
    }
    let first = report.curves.len() + 1;
    for (n, curve) in report.screenlines.iter().enumerate() {
        body.figure(svg::curve(curve, first + n), &curve.text);
    }
    body.figure(
        svg::heat(&stations),
        "A row is a route, a column an hour. Grey: the mean volume at its stations fits (GEH below 5). Blue: the run has \
         fewer vehicles than were counted, orange: more. A blue row lacks traffic all day.",
    );
    fits(&mut body, &report.fit);
    if !report.unmatched.is_empty() {
        let rows =
            report.unmatched.iter().map(|(reason, &n)| vec![reason.words().into(), grouped(f64::from(n))]);
        body.table(&plain_table(
            "Stations left out, and why",
            "A station without a sure link is not compared at all: a wrong match would be worse than none.",
            &["Reason", "Stations"],
            rows.collect(),
        ));
    }
    if !report.stations.is_empty() {
        body.wide(include_str!("../../assets/station.html"));
    }
    body.tables(report, Section::Counts);
    body.html()
}

/// The fit by each kind of group, in the order in which the kinds appear. Several groups get bars, and the table
/// folded away below the figures; a kind of one group has nothing to compare and is a table only. Routes are in the
/// heat map.
fn fits(body: &mut Body, fits: &[Fit]) {
    let mut kinds: Vec<&str> = Vec::new();
    for fit in fits {
        if !kinds.contains(&fit.by.as_str()) {
            kinds.push(&fit.by);
        }
    }
    let columns = ["Group", "Station-hours", "GEH < 5", "GEH < 10", "R²", "Slope", "MAPE", "RMSE"];
    for by in kinds {
        let mut of_kind: Vec<&Fit> = fits.iter().filter(|fit| fit.by == by).collect();
        if by == "route" {
            of_kind.sort_by(|a, b| natural(&a.group, &b.group));
        } else {
            body.figure(
                svg::fit_bars(fits, by),
                "Share of station-hours with GEH below 5, and of how many; the dashed line is the 85 % that the FHWA asks for.",
            );
        }
        let grid = block::table(&plain_table("", "", &columns, of_kind.into_iter().map(row).collect()));
        let words = svg::kind_words(by);
        // A long table is folded already.
        let grid = grid.replacen("<details", "<details open", 1);
        body.wide(&format!(
            "<details class=\"fold\"><summary>Fit {words}, as a table</summary>{grid}</details>\n"
        ));
    }
}

/// The measures of a group.
fn row(fit: &Fit) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or("–".into(), |v| fixed(v, 3));
    let m = &fit.measures;
    vec![
        if fit.group.is_empty() { "other".into() } else { fit.group.clone() },
        grouped(m.n as f64),
        percent(m.geh_lt5_share, 1),
        percent(m.geh_lt10_share, 1),
        number(m.r2),
        number(m.slope),
        percent(m.volume_mape, 1),
        percent(m.rmse_pct.map(|v| v / 100.0), 1),
    ]
}

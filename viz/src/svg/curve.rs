//! Hourly curves.
//!
//! They answer whether the traffic of the run is there at the right hours: two lines of the same shape at different
//! heights point to how many people travel, two lines of different shapes to when they travel. x: hour of the day;
//! y: the unit that the caller names, from 0, so that heights can be compared. Simulated is a full blue line,
//! observed a dashed orange one: the dashes tell them apart in a black and white print as well.

use super::Plot;
use super::frame::{Axis, Frame, heading, label, plain, round_up};
use crate::report::Curve;
use crate::text::put;

/// Simulated (full line) and observed (dashed) values by hour; `number` goes into the name of the file. `None` without a
/// value. A value stands at the middle of its hour, because it holds for the whole hour and not for its first minute.
pub fn curve(curve: &Curve, number: usize) -> Option<Plot> {
    let values = curve.simulated.iter().chain(&curve.observed).flatten().filter(|v| v.is_finite());
    let top = values.fold(f64::NEG_INFINITY, |top, &v| top.max(v));
    if !top.is_finite() {
        return None;
    }
    // A quarter of the height, rounded up, so that the grid lines stand at round values and the top is one of them.
    let step = round_up(top.max(1e-9) / 4.0);
    let top = (top.max(1e-9) / step).ceil() * step;
    let frame = Frame { x: Axis::linear(0.0, 24.0, (64.0, 620.0)), y: Axis::linear(0.0, top, (264.0, 66.0)) };
    let mut out = String::new();
    heading(&mut out, &curve.title);
    frame.rows(&mut out, 4, plain);
    frame.hours(&mut out);
    frame.names(&mut out, "", &curve.unit);
    let mut ends = Vec::new();
    // Observed first: where both lines agree, the simulated one lies on top.
    for (class, name, values) in
        [("obs obs-line", "observed", &curve.observed), ("sim", "simulated", &curve.simulated)]
    {
        let middles = values.iter().enumerate().map(|(hour, &v)| (hour as f64 + 0.5, v));
        let path = frame.line(middles);
        if path.is_empty() {
            continue;
        }
        put(&mut out, format_args!("<path class=\"{class}\" d=\"{path}\"/>\n"));
        let last = values.iter().rev().flatten().next().copied().unwrap_or(0.0);
        ends.push((frame.y.px(last), name));
    }
    names_at_ends(&mut out, ends);
    Some(Plot {
        name: format!("hours-{number}-{}", super::slug(&curve.title)),
        title: format!("{} by hour, {}", curve.title, curve.unit),
        size: (720, 300),
        body: out,
    })
}

/// Names the lines where they end, which needs no legend to look up; names that would overlap are pushed apart.
fn names_at_ends(out: &mut String, mut ends: Vec<(f64, &str)>) {
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let [upper, lower] = ends.as_mut_slice() {
        let missing = 16.0 - (lower.0 - upper.0);
        if missing > 0.0 {
            upper.0 -= missing / 2.0;
            lower.0 += missing / 2.0;
        }
    }
    for (y, name) in ends {
        let class = if name == "observed" { "obs-text" } else { "sim-text" };
        label(out, class, (628.0, y + 4.0), name);
    }
}

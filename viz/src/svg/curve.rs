//! Hourly curves.
//!
//! They answer whether the traffic of the run is there at the right hours: two lines of the same shape at different
//! heights point to how many people travel, two lines of different shapes to when they travel. x: hour of the day;
//! y: the unit that the caller names, from 0, so that heights can be compared. Simulated is a full blue line,
//! observed a dashed orange one: the dashes tell them apart in a black and white print as well.

use super::Plot;
use super::frame::{Axis, Frame, RIGHT, WIDTH, heading, label, plain, round_up};
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
    let frame =
        Frame { x: Axis::linear(0.0, 24.0, (62.0, RIGHT - 8.0)), y: Axis::linear(0.0, top, (216.0, 62.0)) };
    let mut out = String::new();
    heading(&mut out, &curve.title);
    frame.rows(&mut out, 4, plain);
    frame.hours(&mut out);
    frame.names(&mut out, "", &curve.unit);
    let mut shown = Vec::new();
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
        shown.push((class, name));
    }
    legend(&mut out, &shown);
    Some(Plot {
        name: format!("hours-{number}-{}", super::slug(&curve.title)),
        title: format!("{} by hour, {}", curve.title, curve.unit),
        size: (WIDTH, 242),
        body: out,
    })
}

/// A piece of each line with its name, above the area at its right end.
fn legend(out: &mut String, shown: &[(&str, &str)]) {
    let mut right = RIGHT;
    for (class, name) in shown {
        label(out, if *name == "observed" { "obs-text end" } else { "sim-text end" }, (right, 50.0), name);
        right -= 8.0 + 8.2 * name.len() as f64;
        put(out, format_args!("<path class=\"{class}\" d=\"M{:.0} 46H{right:.0}\"/>\n", right - 22.0));
        right -= 36.0;
    }
}

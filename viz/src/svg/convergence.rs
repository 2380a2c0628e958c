//! The relative gap from iteration to iteration.
//!
//! It answers whether the run is near equilibrium. The gap says how much longer the trips of a day took than they
//! would have taken on that day's best routes: 0.03 means 3 %. While it still falls, the result depends on when the
//! run was stopped. x: iteration, each a simulated day, counted from 1 as on the console; y: the gap as a share, logarithmic, because it falls by
//! factors: steady progress is a straight line, and a line that has become level says that more days will not help.
//! The number at the end of the line is the gap of the result.

use super::Plot;
use super::frame::{Axis, Frame, RIGHT, Scale, WIDTH, heading, label};
use super::lines::{class, legend};
use crate::text::{escape, percent, put, short};
use engine::learn::Iteration;

/// Iterations with their gaps; none where there is none above 0, which has no place on a logarithmic axis.
fn gaps(iterations: &[Iteration]) -> Vec<(f64, Option<f64>)> {
    let gap = |i: &Iteration| Some(i.relative_gap).filter(|gap| gap.is_finite() && *gap > 0.0);
    iterations.iter().map(|i| (f64::from(i.iteration + 1), gap(i))).collect()
}

/// Axes around these gaps, with their marks. `None` without a gap.
fn frame(out: &mut String, gaps: &[(f64, Option<f64>)]) -> Option<Frame> {
    let known: Vec<f64> = gaps.iter().filter_map(|(_, gap)| *gap).collect();
    let (lowest, highest) =
        known.iter().fold((f64::INFINITY, 0.0f64), |(low, high), &g| (low.min(g), high.max(g)));
    if known.is_empty() {
        return None;
    }
    let decade =
        |value: f64| engine::float::pow(10.0, (engine::float::log(value) / std::f64::consts::LN_10).floor());
    // Whole decades around the gaps. A highest gap of just 10 % ends its axis there: no empty decade above it.
    let from = decade(lowest);
    let to = decade(highest * 0.999_999) * 10.0;
    let first = gaps.iter().map(|p| p.0).fold(f64::INFINITY, f64::min);
    let last = gaps.iter().map(|p| p.0).fold(first + 1.0, f64::max);
    let frame = Frame {
        x: Axis::linear(first, last, (62.0, RIGHT - 14.0)),
        y: Axis { scale: Scale::Log, from, to, at: (216.0, 62.0) },
    };
    heading(out, "Relative gap by iteration");
    frame.rows(out, 4, |gap| format!("{} %", short(gap * 100.0)));
    // At most eleven marks, on whole days, the last of which always has one: it is the result.
    let step = ((last - first) / 10.0).ceil().max(1.0);
    let mut ticks: Vec<f64> = (0..=10).map(|k| last - f64::from(k) * step).filter(|&t| t >= first).collect();
    ticks.reverse();
    frame.marks(out, &ticks, |t| format!("{t:.0}"));
    frame.names(out, "iteration (a simulated day)", "relative gap, logarithmic");
    Some(frame)
}

/// The gaps of several runs, a line each. `None` where none has a gap above 0.
pub fn convergences(runs: &[(&str, &[Iteration])]) -> Option<Plot> {
    let all: Vec<Vec<(f64, Option<f64>)>> = runs.iter().map(|(_, iterations)| gaps(iterations)).collect();
    let mut out = String::new();
    let frame = frame(&mut out, &all.concat())?;
    for (number, ((name, _), gaps)) in runs.iter().zip(&all).enumerate() {
        let (class, path, name) = (class(number), frame.line(gaps.iter().copied()), escape(name));
        put(&mut out, format_args!("<path class=\"{class}\" d=\"{path}\"><title>{name}</title></path>\n"));
    }
    let bottom = legend(&mut out, runs.iter().map(|(name, _)| *name), 262.0);
    Some(Plot {
        name: "convergence".into(),
        title: format!("Relative gap by iteration of {} runs, logarithmic", runs.len()),
        size: (WIDTH, bottom as u32 + 10),
        body: out,
    })
}

/// The gap on a logarithmic axis. `None` without an iteration that has a positive gap. The line has a hole at an iteration
/// without a gap, and at one where it is 0, which has no place on such an axis.
pub fn convergence(iterations: &[Iteration]) -> Option<Plot> {
    let gaps = gaps(iterations);
    let mut out = String::new();
    let frame = frame(&mut out, &gaps)?;
    let last = frame.x.to;
    put(&mut out, format_args!("<path class=\"sim\" d=\"{}\"/>\n", frame.line(gaps.iter().copied())));
    for (x, gap) in gaps.iter().filter_map(|(x, gap)| gap.map(|gap| (*x, gap))) {
        let (cx, cy) = (frame.x.px(x), frame.y.px(gap));
        put(
            &mut out,
            format_args!(
                "<circle class=\"fill-sim\" cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"3.5\"><title>iteration {x:.0}: {}</title></circle>\n",
                percent(Some(gap), 2)
            ),
        );
    }
    if let Some((x, Some(gap))) = gaps.last() {
        // A run of a single day has its point at the left.
        let class = if *x < last { "sim-text" } else { "sim-text end" };
        label(&mut out, class, (frame.x.px(*x) + 8.0, frame.y.px(*gap) - 10.0), &percent(Some(*gap), 2));
    }
    Some(Plot {
        name: "convergence".into(),
        title: "Relative gap by iteration, logarithmic".into(),
        size: (WIDTH, 264),
        body: out,
    })
}

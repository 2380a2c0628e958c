//! Lines of several runs in one plot, and the shares of their modes.
//!
//! Each run has a colour and a pattern of dashes, the same in every figure of the page, so that lines can be told apart on
//! a black and white print too; their names stand below the plot, one a row.

use super::Plot;
use super::frame::{Axis, Frame, LEFT, Names, RIGHT, WIDTH, heading, label, plain, rect, round_up};
use crate::text::{escape, grouped, percent, put};

/// Height of a row of the legend, pixels.
const ROW: f64 = 17.0;

/// The classes of the line of a run, by its place among the runs. Ten runs look different from each other, and that is as many as
/// a page shows ([`crate::run::MOST_RUNS`]): five colours, and other dashes where they come again.
pub(super) fn class(number: usize) -> String {
    format!("line c{} d{}", number % 5 + 1, (number + number / 5) % 5 + 1)
}

/// Names with a piece of their lines, one a row from `y` on; gives where they end. They stand below the plot and not in it: names
/// of folders are long, and lines of runs that differ little would run through them.
pub(super) fn legend<'a>(out: &mut String, names: impl Iterator<Item = &'a str>, y: f64) -> f64 {
    let mut y = y;
    for (number, name) in names.enumerate() {
        y += ROW;
        put(out, format_args!("<path class=\"{}\" d=\"M{LEFT:.0} {:.1}h34\"/>\n", class(number), y - 4.0));
        label(out, "tick", (LEFT + 42.0, y), &cut(name));
    }
    y
}

/// A name that fits into a row of the legend: of a longer one the end, which tells paths apart.
fn cut(name: &str) -> String {
    const MOST: usize = 46;
    let n = name.chars().count();
    if n > MOST { ['…'].into_iter().chain(name.chars().skip(n - MOST + 1)).collect() } else { name.into() }
}

/// Values by hour of the day, a line for each name, on an axis from 0 so that heights can be compared. `file`: name of its file.
/// `None` where no value is above 0. A value stands at the middle of its hour, and a line has a gap where one is not known.
pub fn lines(file: &str, title: &str, unit: &str, of: &[(&str, Vec<Option<f64>>)]) -> Option<Plot> {
    // The axis ends at a round value above the highest of all lines.
    let values = of.iter().flat_map(|(_, values)| values).flatten().filter(|v| v.is_finite());
    let top = values.fold(f64::NEG_INFINITY, |top, &v| top.max(v));
    if top.is_nan() || top <= 0.0 {
        return None;
    }
    let step = round_up(top / 4.0);
    let top = (top / step).ceil() * step;
    let frame =
        Frame { x: Axis::linear(0.0, 24.0, (62.0, RIGHT - 8.0)), y: Axis::linear(0.0, top, (216.0, 62.0)) };
    let mut out = String::new();
    heading(&mut out, title);
    frame.rows(&mut out, 4, plain);
    frame.hours(&mut out);
    frame.names(&mut out, "", unit);
    for (number, (name, values)) in of.iter().enumerate() {
        let middles = values.iter().enumerate().map(|(hour, &v)| (hour as f64 + 0.5, v));
        let path = frame.line(middles);
        let (class, name) = (class(number), escape(name));
        put(&mut out, format_args!("<path class=\"{class}\" d=\"{path}\"><title>{name}</title></path>\n"));
    }
    let bottom = legend(&mut out, of.iter().map(|(name, _)| *name), 244.0);
    let title = format!("{title} by hour, {unit}: {} lines", of.len());
    Some(Plot { name: file.into(), title, size: (WIDTH, bottom as u32 + 10), body: out })
}

/// Shares of the modes of several runs: one full bar each, its parts in the same order and colours, so that runs differ where the
/// borders do not lie under each other. `None` without a trip.
pub fn mode_runs(of: &[(&str, &[(String, f64)])]) -> Option<Plot> {
    // Modes that nobody takes in any run have no place in the legend.
    let mut modes: Vec<&str> = Vec::new();
    for (mode, trips) in of.iter().flat_map(|(_, modes)| *modes) {
        if *trips > 0.0 && !modes.contains(&mode.as_str()) {
            modes.push(mode);
        }
    }
    if modes.is_empty() {
        return None;
    }
    let names: Vec<String> = of.iter().map(|(name, _)| cut(name)).collect();
    let place = Names::of(names.iter().map(String::as_str));
    let bottom = 60.0 + place.row() * of.len() as f64;
    let mut out = String::new();
    heading(&mut out, "Mode shares");
    super::bar::mode_legend(&mut out, &modes);
    let x = Axis::linear(0.0, 1.0, (place.left, RIGHT - 12.0));
    let frame = Frame { x, y: Axis::linear(0.0, 1.0, (bottom, 44.0)) };
    frame.marks(&mut out, &[0.0, 0.25, 0.5, 0.75, 1.0], |v| format!("{:.0} %", v * 100.0));
    for (row, (name, (_, trips))) in names.iter().zip(of).enumerate() {
        let y = place.write(&mut out, 58.0 + place.row() * row as f64, name);
        let all = trips.iter().map(|(_, n)| n).sum::<f64>().max(f64::MIN_POSITIVE);
        let mut from = 0.0;
        for (number, mode) in modes.iter().enumerate() {
            let n = trips.iter().find(|(of, _)| of == mode).map_or(0.0, |(_, n)| *n);
            let (left, right) = (x.px(from), x.px(from + n / all));
            let tip = format!("{name}, {mode}: {}, {} trips", percent(Some(n / all), 1), grouped(n));
            rect(&mut out, &format!("band f{}", number % 5 + 1), [left, y, right - left, 16.0], &tip);
            from += n / all;
        }
    }
    let title = format!("Mode shares of {} runs", of.len());
    Some(Plot { name: "mode-shares".into(), title, size: (WIDTH, bottom as u32 + 28), body: out })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_of_ten_lines_look_alike() {
        let mut classes: Vec<String> = (0..10).map(class).collect();
        classes.sort();
        classes.dedup();
        assert_eq!(classes.len(), 10);
    }

    #[test]
    fn long_names_keep_their_ends() {
        assert_eq!(cut("out/base"), "out/base");
        let name = cut(&format!("{}/toll", "x".repeat(60)));
        assert!(name.starts_with('…') && name.ends_with("/toll") && name.chars().count() == 46, "{name}");
    }
}

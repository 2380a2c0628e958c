//! Axes, scales and grids that the plots share.
//!
//! A plot is laid out by hand in the pixels of its `viewBox`, whose y grows downwards. A y axis therefore names its
//! bottom first, with the larger number: `at: (264.0, 66.0)`. There is no layout engine and no measuring of text;
//! margins are wide enough for the labels that occur.

use crate::text::{escape, grouped, put, short};

/// Width of every plot but the map, pixels: that of a telephone, so that text of 12 pixels stays legible there. On a wide
/// page plots stand side by side.
pub(crate) const WIDTH: u32 = 400;
/// Left edge of headings and legends.
pub(crate) const LEFT: f64 = 8.0;
/// Right edge of areas and of numbers.
pub(crate) const RIGHT: f64 = 388.0;
/// Mean width of a letter, rounded up: labels are laid out by counting their letters.
pub(crate) const LETTER: f64 = 7.0;

/// How a value becomes a place on an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    /// Even steps.
    Linear,
    /// Even steps of the logarithm to base 10.
    Log,
}

/// One axis: values `from..to` on pixels `at.0..at.1`. `from` must differ from `to`, and both must be above 0 on a
/// logarithmic axis; whoever makes the axis sees to that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Axis {
    /// How values are spread along it.
    pub scale: Scale,
    /// Value at the pixel `at.0`: left, or at the bottom.
    pub from: f64,
    /// Value at the pixel `at.1`: right, or at the top.
    pub to: f64,
    /// Pixels of the two ends.
    pub at: (f64, f64),
}

impl Axis {
    /// A linear axis.
    pub(crate) fn linear(from: f64, to: f64, at: (f64, f64)) -> Self {
        Self { scale: Scale::Linear, from, to, at }
    }

    /// The pixel of a value, held inside the axis: what lies outside is drawn on the edge and not over labels or other plots.
    pub(crate) fn px(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.from) / (self.to - self.from),
            Scale::Log => {
                let log = engine::float::log;
                (log(value) - log(self.from)) / (log(self.to) - log(self.from))
            }
        };
        self.at.0 + share.clamp(0.0, 1.0) * (self.at.1 - self.at.0)
    }

    /// Round values along the axis: about `n` of them, or the powers of ten. Values a hair outside count as inside, because
    /// the end of an axis is often a round number that arithmetic has missed by its last bit.
    pub(crate) fn ticks(&self, n: usize) -> Vec<f64> {
        match self.scale {
            Scale::Linear => {
                let step = round_up((self.to - self.from) / n.max(1) as f64);
                let first = (self.from / step).ceil() as i64;
                let last = (self.to / step + 1e-9).floor() as i64;
                (first..=last).map(|k| k as f64 * step).collect()
            }
            Scale::Log => (-12..=12)
                .map(|power| engine::float::pow(10.0, f64::from(power)))
                .filter(|&t| t >= self.from * 0.999 && t <= self.to * 1.001)
                .collect(),
        }
    }
}

/// The next of 1, 2, 2.5, 5, 10, … that is not smaller than `value`; 1 for what is not above 0, so that an axis never has
/// the length 0.
pub(crate) fn round_up(value: f64) -> f64 {
    if !(value.is_finite() && value > 0.0) {
        return 1.0;
    }
    let power = engine::float::pow(10.0, (engine::float::log(value) / std::f64::consts::LN_10).floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|f| f * power >= value * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// A plot area with two axes. Bar charts use it with only one: their rows are placed by hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// From left to right.
    pub x: Axis,
    /// From the bottom up.
    pub y: Axis,
}

impl Frame {
    /// Horizontal grid lines with their values, about `n` of them; the values end left of the area.
    pub(crate) fn rows(&self, out: &mut String, n: usize, label: impl Fn(f64) -> String) {
        for tick in self.y.ticks(n) {
            let y = self.y.px(tick);
            put(
                out,
                format_args!("<path class=\"grid\" d=\"M{:.0} {y:.1}H{:.0}\"/>", self.x.at.0, self.x.at.1),
            );
            put(
                out,
                format_args!(
                    "<text class=\"tick end\" x=\"{:.0}\" y=\"{:.1}\">{}</text>\n",
                    self.x.at.0 - 8.0,
                    y + 4.0,
                    escape(&label(tick))
                ),
            );
        }
    }

    /// The x axis as a line under the plot, with marks and labels at the given values.
    pub(crate) fn marks(&self, out: &mut String, ticks: &[f64], label: impl Fn(f64) -> String) {
        let y = self.y.at.0;
        put(out, format_args!("<path class=\"axis\" d=\"M{:.0} {y:.0}H{:.0}\"/>", self.x.at.0, self.x.at.1));
        for &tick in ticks {
            let x = self.x.px(tick);
            put(out, format_args!("<path class=\"axis\" d=\"M{x:.1} {y:.0}v5\"/>"));
            put(
                out,
                format_args!(
                    "<text class=\"tick mid\" x=\"{x:.1}\" y=\"{:.0}\">{}</text>\n",
                    y + 19.0,
                    escape(&label(tick))
                ),
            );
        }
    }

    /// Hours of the day under the plot, every fourth of them; the axis must run from 0 to 24.
    pub(crate) fn hours(&self, out: &mut String) {
        let hours: Vec<f64> = (0..=6).map(|k| f64::from(k * 4)).collect();
        self.marks(out, &hours, |hour| format!("{hour:02.0}:00"));
    }

    /// What the axes measure, with units; an empty name is left out. The name of the y axis stands above it, level: nobody
    /// has to tilt their head.
    pub(crate) fn names(&self, out: &mut String, x: &str, y: &str) {
        let (left, right) = self.x.at;
        if !y.is_empty() {
            self.name_above(out, y);
        }
        if !x.is_empty() {
            label(out, "soft mid", ((left + right) / 2.0, self.y.at.0 + 38.0), x);
        }
    }

    /// The name of the y axis.
    fn name_above(&self, out: &mut String, y: &str) {
        put(
            out,
            format_args!(
                "<text class=\"soft\" x=\"{LEFT:.0}\" y=\"{:.0}\">{}</text>\n",
                self.y.at.1 - 12.0,
                escape(y)
            ),
        );
    }

    /// A path through the points that exist; a gap where one is missing. A line across the gap would claim a value that
    /// nobody measured. A point between two gaps gives a path without length, which is not seen.
    pub(crate) fn line(&self, points: impl IntoIterator<Item = (f64, Option<f64>)>) -> String {
        let mut path = String::new();
        let mut pen = 'M';
        for (x, y) in points {
            match y {
                Some(y) if y.is_finite() => {
                    put(&mut path, format_args!("{pen}{:.1} {:.1}", self.x.px(x), self.y.px(y)));
                    pen = 'L';
                }
                _ => pen = 'M',
            }
        }
        path
    }
}

/// Names of things that are compared, and where they stand: left of their bars when all are short, else above them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Names {
    /// Left edge of the bars.
    pub left: f64,
    /// Whether names stand above the bars.
    pub above: bool,
}

impl Names {
    /// Longest name that stands left of its bar, letters.
    const MOST_BESIDE: usize = 15;

    /// The place for these names.
    pub(crate) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
        let above = longest > Self::MOST_BESIDE;
        Self {
            left: if above { LEFT + 10.0 } else { (LEFT + 10.0 + LETTER * longest as f64).max(64.0) },
            above,
        }
    }

    /// Height of a row, with its name.
    pub(crate) fn row(&self) -> f64 {
        if self.above { 38.0 } else { 21.0 }
    }

    /// Writes a name for the row that begins at `y`, and gives the top of its bar.
    pub(crate) fn write(&self, out: &mut String, y: f64, name: &str) -> f64 {
        if self.above {
            label(out, "", (LEFT, y + 12.0), name);
            y + 17.0
        } else {
            label(out, "end", (self.left - 8.0, y + 12.0), name);
            y
        }
    }
}

/// The heading of a plot.
pub(crate) fn heading(out: &mut String, text: &str) {
    put(out, format_args!("<text class=\"head\" x=\"{LEFT:.0}\" y=\"20\">{}</text>\n", escape(text)));
}

/// Text at a place, with a class.
pub(crate) fn label(out: &mut String, class: &str, at: (f64, f64), text: &str) {
    put(
        out,
        format_args!("<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n", at.0, at.1, escape(text)),
    );
}

/// A rectangle with a class and a tooltip (none where `tip` is empty); a negative width or height is drawn as 0.
pub(crate) fn rect(out: &mut String, class: &str, [x, y, width, height]: [f64; 4], tip: &str) {
    put(
        out,
        format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\"",
            width.max(0.0),
            height.max(0.0)
        ),
    );
    match tip {
        "" => out.push_str("/>\n"),
        tip => put(out, format_args!("><title>{}</title></rect>\n", escape(tip))),
    }
}

/// A value on an axis: whole thousands in groups of digits, everything else as [`short`] text, so that
/// the values of one axis look alike.
pub(crate) fn plain(value: f64) -> String {
    if (1e3..1e6).contains(&value.abs()) { grouped(value) } else { short(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(Axis::linear(0.0, 8_300.0, (0.0, 1.0)).ticks(5), [0.0, 2000.0, 4000.0, 6000.0, 8000.0]);
        assert_eq!(Axis::linear(-3.0, 3.0, (0.0, 1.0)).ticks(6), [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
        let log = Axis { scale: Scale::Log, from: 0.001, to: 1.0, at: (0.0, 300.0) };
        assert_eq!(log.ticks(5).len(), 4);
        assert!((log.px(0.01) - 100.0).abs() < 1e-9);
        assert_eq!(round_up(0.0), 1.0);
    }
}

//! How many points lie where, as hexagons: for clouds of so many dots that they would be one mass.
//!
//! The darker a hexagon, the more points are in it; steps grow by factors, as a few places hold most of the points.
//! Hexagons of one step share a path, so that the picture stays small however many points there are.

use super::frame::{Frame, LEFT, label};
use crate::text::{grouped, put};

/// Width of a hexagon, pixels.
const WIDE: f64 = 7.0;
/// Steps of darkness.
const STEPS: usize = 6;

/// Draws the points of the frame's area as hexagons, and gives the least number of points of each step.
pub(super) fn hexagons(out: &mut String, frame: &Frame, points: &[(f64, f64)]) -> Vec<u32> {
    let mut places: Vec<(i32, i32)> =
        points.iter().map(|p| cell((frame.x.px(p.0), frame.y.px(p.1)))).collect();
    places.sort_unstable();
    let cells: Vec<((i32, i32), u32)> =
        places.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect();
    let most = cells.iter().map(|(_, n)| *n).max().unwrap_or(1);
    let steps = steps(most);
    for (step, least) in steps.iter().enumerate() {
        let next = steps.get(step + 1).copied().unwrap_or(u32::MAX);
        let mut path = String::new();
        for ((column, row), _) in cells.iter().filter(|(_, n)| (*least..next).contains(n)) {
            hexagon(&mut path, middle((*column, *row)));
        }
        if !path.is_empty() {
            put(out, format_args!("<path class=\"hex h{}\" d=\"{path}\"/>\n", step + 1));
        }
    }
    steps
}

/// Least numbers of points of the steps, from 1 to below `most`, each larger than the one before by about the same factor.
fn steps(most: u32) -> Vec<u32> {
    let factor = engine::float::pow(f64::from(most.max(2)), 1.0 / STEPS as f64);
    let mut steps: Vec<u32> =
        (0..STEPS).map(|k| engine::float::pow(factor, k as f64).round().max(1.0) as u32).collect();
    steps.dedup();
    steps
}

/// Column and row of the hexagon that holds a place in pixels. Odd rows are moved half a hexagon to the right.
fn cell((x, y): (f64, f64)) -> (i32, i32) {
    let high = WIDE * 0.866;
    let near = |row: f64| {
        let shift = if (row as i32).rem_euclid(2) == 1 { 0.5 } else { 0.0 };
        let column = (x / WIDE - shift).round();
        let (dx, dy) = ((column + shift) * WIDE - x, row * high - y);
        (dx * dx + dy * dy, column as i32, row as i32)
    };
    let (a, b) = (near((y / high).floor()), near((y / high).ceil()));
    if a.0 <= b.0 { (a.1, a.2) } else { (b.1, b.2) }
}

/// The middle of a hexagon, pixels.
fn middle((column, row): (i32, i32)) -> (f64, f64) {
    let shift = if row.rem_euclid(2) == 1 { 0.5 } else { 0.0 };
    ((f64::from(column) + shift) * WIDE, f64::from(row) * WIDE * 0.866)
}

/// A hexagon that stands on a corner; relative steps, which take few letters.
fn hexagon(path: &mut String, (x, y): (f64, f64)) {
    let (half, side) = (WIDE / 2.0, WIDE / 2.0 / 0.866);
    put(
        path,
        format_args!(
            "M{x:.1} {:.1}l{half:.1} {:.1}v{side:.1}l-{half:.1} {:.1}l-{half:.1} -{:.1}v-{side:.1}z",
            y - side,
            side / 2.0,
            side / 2.0,
            side / 2.0
        ),
    );
}

/// The steps with their colours in a row at `y`; gives the next free line.
pub(super) fn legend(out: &mut String, steps: &[u32], y: f64) -> f64 {
    label(out, "soft", (LEFT, y), "station-hours in a hexagon, from");
    let y = y + 19.0;
    for (step, least) in steps.iter().enumerate() {
        let x = LEFT + 64.0 * step as f64;
        super::frame::rect(out, &format!("hex h{}", step + 1), [x, y - 11.0, 14.0, 13.0], "");
        label(out, "tick", (x + 19.0, y), &grouped(f64::from(*least)));
    }
    y + 23.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svg::frame::Axis;

    #[test]
    fn a_place_is_in_the_hexagon_whose_middle_is_next() {
        for place in [(0.0, 0.0), (13.2, 7.9), (100.4, 55.5), (301.7, 12.1)] {
            let own = middle(cell(place));
            let far =
                |at: (f64, f64)| (at.0 - place.0) * (at.0 - place.0) + (at.1 - place.1) * (at.1 - place.1);
            for row in -2..=70 {
                for column in -2..=50 {
                    assert!(far(own) <= far(middle((column, row))) + 1e-9, "{place:?}");
                }
            }
        }
    }

    #[test]
    fn every_point_is_in_one_step() {
        let frame =
            Frame { x: Axis::linear(0.0, 1.0, (0.0, 300.0)), y: Axis::linear(0.0, 1.0, (300.0, 0.0)) };
        // Many in 497 places, and one alone.
        let many = (0..5000).map(|k| (f64::from(k % 71) / 71.0, f64::from(k % 7) / 70.0));
        let points: Vec<(f64, f64)> = many.chain([(0.9, 0.9)]).collect();
        let mut out = String::new();
        let steps = hexagons(&mut out, &frame, &points);
        assert!(steps[0] == 1 && steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
        assert!(
            out.len() < 40_000 && out.contains("hex h1") && out.contains(&format!("hex h{}", steps.len()))
        );
    }
}

//! Counts, observed against simulated.
//!
//! It answers how far the simulated traffic is from what detectors counted. x: observed, y: simulated, both in
//! vehicles per hour and on the same scale, so that a station-hour that fits lies on the dotted diagonal; dots
//! below it are traffic that the run lacks, dots above it traffic that it has too much. In the green area GEH is
//! below 5, in the paler one around it below 10; both widen with the count, because GEH forgives larger differences
//! of larger counts. Colours are classes of stations. Dots are half transparent: where many lie on each other, the
//! colour is full. Of more than [`MOST_DOTS`] the dots would be one mass, and hexagons say how many lie where
//! ([`super::density`]).

use super::frame::{Axis, Frame, LEFT, RIGHT, WIDTH, heading, label, plain, rect, round_up};
use super::{Plot, density};
use crate::report::{Fit, StationHours};
use crate::text::{fixed, grouped, percent, put};

/// Most station-hours that are drawn as dots.
const MOST_DOTS: usize = 3000;

/// Points in one colour: the class of their stations, and (observed, simulated), vehicles per hour.
type Cloud<'a> = (&'a str, Vec<(f64, f64)>);

/// Simulated volume at which GEH reaches `geh` above (`sign` = 1) or below (−1) an observed `count`,
/// vehicles per hour: GEH² = 2 (m − c)² / (m + c) solved for m (FHWA Traffic Analysis Toolbox III, 2004).
fn geh_edge(count: f64, geh: f64, sign: f64) -> f64 {
    let quarter = geh * geh / 4.0;
    (count + quarter + sign * (quarter * quarter + geh * geh * count).sqrt()).max(0.0)
}

/// Every station-hour as a dot, or their density as hexagons, the GEH bands 5 and 10, and the fit under the frame. `None` without a
/// station-hour that has both numbers.
pub fn scatter(stations: &[StationHours], fit: Option<&Fit>) -> Option<Plot> {
    let clouds = clouds(stations);
    let n: usize = clouds.iter().map(|(_, points)| points.len()).sum();
    let top = clouds.iter().flat_map(|(_, points)| points).fold(0.0f64, |top, p| top.max(p.0).max(p.1));
    if n == 0 || top <= 0.0 {
        return None;
    }
    // Five even steps, and the same largest value on both axes.
    let top = round_up(top / 5.0) * 5.0;
    let (left, right, bottom, upper) = (62.0, RIGHT - 6.0, 386.0, 66.0);
    let frame =
        Frame { x: Axis::linear(0.0, top, (left, right)), y: Axis::linear(0.0, top, (bottom, upper)) };
    let mut out = String::new();
    heading(&mut out, "Volumes: simulated against observed");
    bands(&mut out, &frame, top);
    frame.rows(&mut out, 5, plain);
    frame.marks(&mut out, &frame.x.ticks(5), plain);
    frame.names(&mut out, "observed, vehicles per hour", "simulated, vehicles per hour");
    let path = format!("<path class=\"equal\" d=\"M{left:.0} {bottom:.0}L{right:.0} {upper:.0}\"/>\n");
    let y = bottom + 62.0;
    let y = if n > MOST_DOTS {
        let points: Vec<(f64, f64)> = clouds.iter().flat_map(|(_, points)| points.iter().copied()).collect();
        let steps = density::hexagons(&mut out, &frame, &points);
        out += &path;
        density::legend(&mut out, &steps, y)
    } else {
        out += &path;
        for (place, (_, points)) in clouds.iter().enumerate() {
            dots(&mut out, &frame, place + 1, points);
        }
        classes(&mut out, &clouds, y)
    };
    let height = measures(&mut out, fit, n, y);
    Some(Plot {
        name: "counts-scatter".into(),
        title: format!("Simulated against observed hourly volumes, {n} station-hours, with GEH bands"),
        size: (WIDTH, height as u32),
        body: out,
    })
}

/// Points by class, classes in alphabetical order so that a class keeps its colour from run to run; where there are more
/// than five, the fifth colour takes all the rest. Hours with only one of the two numbers are left out.
fn clouds(stations: &[StationHours]) -> Vec<Cloud<'_>> {
    let mut classes: Vec<&str> = stations.iter().map(|s| s.class.as_str()).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut clouds: Vec<Cloud<'_>> = Vec::new();
    for (place, class) in classes.iter().enumerate() {
        let members = stations.iter().filter(|s| s.class == *class);
        let points =
            members.flat_map(|s| s.observed_vph.iter().zip(&s.simulated_vph)).filter_map(|pair| match pair {
                (Some(observed), Some(simulated)) if observed.is_finite() && simulated.is_finite() => {
                    Some((*observed, *simulated))
                }
                _ => None,
            });
        if place < 5 {
            clouds.push((class, points.collect()));
        } else {
            clouds[4].0 = "other";
            clouds[4].1.extend(points);
        }
    }
    clouds.retain(|(_, points)| !points.is_empty());
    clouds
}

/// The areas of GEH below 10 and below 5. The narrow one is drawn last and lies on the wide one.
fn bands(out: &mut String, frame: &Frame, top: f64) {
    for (class, geh) in [("band10", 10.0), ("band5", 5.0)] {
        // The bands are parabolas: steps grow with the square so that the bend near zero is smooth.
        let counts: Vec<f64> = (0..=40).map(|k| top * f64::from(k * k) / 1600.0).collect();
        let above = counts.iter().map(|&c| (c, Some(geh_edge(c, geh, 1.0))));
        let below = counts.iter().rev().map(|&c| (c, Some(geh_edge(c, geh, -1.0))));
        put(out, format_args!("<path class=\"{class}\" d=\"{}Z\"/>\n", frame.line(above.chain(below))));
    }
}

/// All dots of a colour in one path: a move and a line of no length, made round by the pen. There may be tens of
/// thousands of station-hours, and a circle of its own for each would make the page much larger. Dots that fall on
/// the same half pixel are drawn once.
fn dots(out: &mut String, frame: &Frame, colour: usize, points: &[(f64, f64)]) {
    let half = |px: f64| (px * 2.0).round() as i32;
    let mut places: Vec<(i32, i32)> =
        points.iter().map(|p| (half(frame.x.px(p.0)), half(frame.y.px(p.1)))).collect();
    places.sort_unstable();
    places.dedup();
    put(out, format_args!("<path class=\"dots c{colour}\" d=\""));
    for (x, y) in places {
        put(out, format_args!("M{} {}h0", f64::from(x) / 2.0, f64::from(y) / 2.0));
    }
    out.push_str("\"/>\n");
}

/// The classes with the number of their points, in two columns from `y` on; gives the next free line.
fn classes(out: &mut String, clouds: &[Cloud<'_>], y: f64) -> f64 {
    for (place, (name, points)) in clouds.iter().enumerate() {
        let name = if name.is_empty() { "stations" } else { name };
        let (x, y) = (LEFT + 196.0 * (place % 2) as f64, y + 19.0 * (place / 2) as f64);
        let colour = place + 1;
        put(out, format_args!("<circle class=\"f{colour}\" cx=\"{}\" cy=\"{}\" r=\"4\"/>", x + 7.0, y - 4.0));
        label(out, "soft", (x + 20.0, y), &format!("{name} ({})", grouped(points.len() as f64)));
    }
    y + 19.0 * clouds.len().div_ceil(2) as f64
}

/// What the two bands are and the measures of all stations together, in two columns from `y` on; gives the height of the
/// plot. R² and slope are those of simulated on observed volumes (both 1 for a perfect run), RMSE is a share of the mean
/// count, MAPE the mean of the relative errors.
fn measures(out: &mut String, fit: Option<&Fit>, n: usize, y: f64) -> f64 {
    for (place, (class, name)) in [("band5", "GEH below 5"), ("band10", "GEH below 10")].iter().enumerate() {
        let x = LEFT + 196.0 * place as f64;
        rect(out, class, [x, y - 10.0, 14.0, 12.0], "");
        label(out, "soft", (x + 20.0, y), name);
    }
    let mut rows = vec![("station-hours", grouped(n as f64))];
    if let Some(fit) = fit {
        let number = |value: Option<f64>| value.map_or("–".into(), |v| fixed(v, 3));
        let m = &fit.measures;
        rows.extend([
            ("GEH < 5", percent(m.geh_lt5_share, 1)),
            ("GEH < 10", percent(m.geh_lt10_share, 1)),
            ("R²", number(m.r2)),
            ("slope", number(m.slope)),
            ("RMSE", percent(m.rmse_pct.map(|v| v / 100.0), 1)),
            ("MAPE", percent(m.volume_mape, 1)),
        ]);
    }
    let y = y + 26.0;
    for (place, (name, value)) in rows.iter().enumerate() {
        let (x, y) = (LEFT + 196.0 * (place % 2) as f64, y + 19.0 * (place / 2) as f64);
        label(out, "soft", (x, y), name);
        label(out, "strong end", (x + 178.0, y), value);
    }
    y + 19.0 * rows.len().div_ceil(2) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_the_bands_have_their_geh() {
        for count in [1.0, 50.0, 900.0, 8_000.0] {
            for geh in [5.0, 10.0] {
                for sign in [-1.0, 1.0] {
                    let model = geh_edge(count, geh, sign);
                    let back = (2.0 * (model - count) * (model - count) / (model + count)).sqrt();
                    assert!((back - geh).abs() < 1e-9 || model == 0.0, "{count} {geh} {sign} {back}");
                }
            }
        }
    }
}

//! The network as a still picture: the busiest links of the day, for paper and for files.

use super::Plot;
use super::frame::{heading, label};
use crate::map::{Map, MapLink};
use crate::report::Units;
use crate::text::{grouped, put};

/// Links drawn with their volume; the rest stays a thin ground. Keeps a file under a megabyte.
const SHOWN: usize = 4000;
/// Width of the busiest link, pixels.
const WIDEST: f64 = 9.0;
/// The steps of width.
const STEPS: usize = 6;

/// Daily volumes as widths, or daily differences where the map has a base (two colours: more, fewer),
/// each direction on its right side. `None` for a map without links.
pub fn network(map: &Map, units: Units) -> Option<Plot> {
    let [left, bottom, right, top] = map.bounds_m()?;
    let span = (right - left).max(top - bottom).max(1.0);
    let scale = 680.0 / span;
    let (width, height) = (((right - left) * scale).max(200.0), ((top - bottom) * scale).max(120.0));
    let place = |(x, y): (f64, f64)| (20.0 + (x - left) * scale, 44.0 + (top - y) * scale);
    let value = |link: usize| {
        let base = map.base.as_ref().map_or(0.0, |base| map.daily(base, link));
        map.daily(&map.day, link) - base
    };
    let mut ranked: Vec<(f64, usize)> = (0..map.links.len()).map(|link| (value(link), link)).collect();
    ranked.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then(a.1.cmp(&b.1)));
    let most = ranked.first().map_or(0.0, |r| r.0.abs());
    let mut out = String::new();
    heading(&mut out, if map.base.is_some() { "Change of daily volume" } else { "Daily volume" });
    ground(&mut out, &map.links, place);
    ranked.truncate(SHOWN);
    ranked.retain(|r| most > 0.0 && r.0.abs() > most / 1000.0);
    bundles(&mut out, map, &ranked, most, place);
    let at = height + 68.0;
    legend(&mut out, most, at, map.base.is_some());
    scale_bar(&mut out, scale, (width - 120.0, at), units);
    Some(Plot {
        name: "map-daily-volume".into(),
        title: format!("Map of daily volumes on {} links", grouped(map.links.len() as f64)),
        size: (width as u32 + 40, height as u32 + 90),
        body: out,
    })
}

/// Every road of the upper classes as one thin path; local streets would only be a grey area.
fn ground(out: &mut String, links: &[MapLink], place: impl Fn((f64, f64)) -> (f64, f64)) {
    put(out, format_args!("<path class=\"grid\" style=\"shape-rendering:auto;stroke-width:.5\" d=\""));
    let thin = links.len() > 20_000;
    for link in links.iter().filter(|link| link.class < if thin { 3 } else { 5 }) {
        trace(out, &link.points_m, &place, 0.0);
    }
    out.push_str("\"/>\n");
}

/// Links of one width and one sign share a path; the widest come last and lie on top.
fn bundles(
    out: &mut String,
    map: &Map,
    ranked: &[(f64, usize)],
    most: f64,
    place: impl Fn((f64, f64)) -> (f64, f64),
) {
    for step in 1..=STEPS {
        for (class, sign) in [("sim", 1.0), ("obs", -1.0)] {
            let width = WIDEST * step as f64 / STEPS as f64;
            let mut path = String::new();
            for &(value, link) in ranked {
                let of = ((value.abs() / most * STEPS as f64).ceil() as usize).clamp(1, STEPS);
                if of == step && value * sign > 0.0 {
                    trace(&mut path, &map.links[link].points_m, &place, width / 2.0 + 0.3);
                }
            }
            if !path.is_empty() {
                put(
                    out,
                    format_args!(
                        "<path class=\"{class}\" style=\"stroke-width:{width:.1}\" d=\"{path}\"/>\n"
                    ),
                );
            }
        }
    }
}

/// A link as a path, moved to the right of its direction by `offset` pixels.
fn trace(out: &mut String, points_m: &[(f64, f64)], place: &impl Fn((f64, f64)) -> (f64, f64), offset: f64) {
    let points: Vec<(f64, f64)> = points_m.iter().map(|&p| place(p)).collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let (dx, dy) = (last.0 - first.0, last.1 - first.1);
    let length = (dx * dx + dy * dy).sqrt().max(1e-9);
    let (ox, oy) = (-dy / length * offset, dx / length * offset);
    let mut before = (f64::INFINITY, f64::INFINITY);
    for (n, &(x, y)) in points.iter().enumerate() {
        let near = (x - before.0).abs() + (y - before.1).abs() < 0.4;
        if n > 0 && n + 1 < points.len() && near {
            continue;
        }
        put(out, format_args!("{}{:.1} {:.1}", if n == 0 { 'M' } else { 'L' }, x + ox, y + oy));
        before = (x, y);
    }
}

fn legend(out: &mut String, most: f64, y: f64, difference: bool) {
    let colours: &[(&str, &str)] =
        if difference { &[("sim", "more"), ("obs", "fewer")] } else { &[("sim", "vehicles a day")] };
    let mut x = 20.0;
    for (class, name) in colours {
        for share in [1.0 / STEPS as f64, 1.0] {
            let width = WIDEST * share;
            put(
                out,
                format_args!(
                    "<path class=\"{class}\" style=\"stroke-width:{width:.1}\" d=\"M{x:.0} {:.0}h30\"/>",
                    y - 4.0
                ),
            );
            label(out, "tick", (x + 36.0, y), &grouped(most * share));
            x += 96.0;
        }
        label(out, "soft", (x, y), name);
        x += 110.0;
    }
}

fn scale_bar(out: &mut String, scale: f64, (x, y): (f64, f64), units: Units) {
    let (unit_m, name) = match units {
        Units::Miles => (engine::unit::M_PER_MILE, "mi"),
        Units::Kilometres => (1000.0, "km"),
    };
    let most = 110.0 / scale / unit_m;
    let length = [100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1].into_iter().find(|&l| l <= most);
    let Some(length) = length else { return };
    put(
        out,
        format_args!(
            "<path class=\"axis\" d=\"M{x:.0} {:.0}v4h{:.1}v-4\"/>",
            y - 6.0,
            length * unit_m * scale
        ),
    );
    label(out, "tick", (x, y + 14.0), &format!("{length} {name}"));
}

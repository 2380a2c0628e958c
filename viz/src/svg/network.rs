//! The network as a still picture: the busiest links of the day, for paper and for files.
//!
//! A single run shows where vehicles drive: the wider a line, the more vehicles a day. A comparison shows where
//! that changes: blue where the variant has more than the base, orange where it has fewer. North is up, and the
//! scale is the same in both directions. The page has a map that can be moved and asked for hours ([`crate::map`]);
//! this one is for paper, slides and readers without scripts.

use super::Plot;
use super::frame::{heading, label};
use crate::map::{Map, MapLink};
use crate::report::Units;
use crate::text::{grouped, put};

/// Links drawn with their volume; the rest stays a thin ground. Keeps a file under a megabyte.
const SHOWN: usize = 4000;
/// Width of the busiest link, pixels.
const WIDEST: f64 = 9.0;
/// The steps of width. Links of one step share a path, which keeps the file small, and six widths can still be told apart.
const STEPS: usize = 6;

/// Daily volumes (vehicles of all people, scaled up from the sample) as widths, or daily differences where the map has a
/// base, each direction on its right side. `None` for a map without links.
pub fn network(map: &Map, units: Units) -> Option<Plot> {
    let [left, bottom, right, top] = map.bounds_m()?;
    // The longer side gets 680 pixels; a network on one line still gets some height.
    let span = (right - left).max(top - bottom).max(1.0);
    let scale = 680.0 / span;
    let (width, height) = (((right - left) * scale).max(200.0), ((top - bottom) * scale).max(120.0));
    let place = |(x, y): (f64, f64)| (20.0 + (x - left) * scale, 44.0 + (top - y) * scale);
    let value = |link: usize| {
        let base = map.base.as_ref().map_or(0.0, |base| map.daily(base, link));
        map.daily(&map.day, link) - base
    };
    let mut ranked: Vec<(f64, usize)> = (0..map.links.len()).map(|link| (value(link), link)).collect();
    // Equal volumes in the order of links, so that the picture does not depend on the sort.
    ranked.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then(a.1.cmp(&b.1)));
    let most = ranked.first().map_or(0.0, |r| r.0.abs());
    let mut out = String::new();
    heading(&mut out, if map.base.is_some() { "Change of daily volume" } else { "Daily volume" });
    ground(&mut out, &map.links, place);
    ranked.truncate(SHOWN);
    // What is a thousandth of the busiest link would be too thin to see.
    ranked.retain(|r| most > 0.0 && r.0.abs() > most / 1000.0);
    // Ground first, busy links over it, legend and scale below the picture.
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

/// The roads as one thin grey path, to see where one is. A large network keeps only its freeways, ramps and arterials:
/// with all local streets the ground would be a grey area.
fn ground(out: &mut String, links: &[MapLink], place: impl Fn((f64, f64)) -> (f64, f64)) {
    put(out, format_args!("<path class=\"grid\" style=\"shape-rendering:auto;stroke-width:.5\" d=\""));
    let thin = links.len() > 20_000;
    for link in links.iter().filter(|link| link.class < if thin { 3 } else { 5 }) {
        trace(out, &link.points_m, &place, 0.0);
    }
    out.push_str("\"/>\n");
}

/// The links with their volumes. `ranked` holds values (vehicles a day) and link numbers, `most` the largest value without
/// its sign. Links of one width and one sign share a path; the widest come last and lie on top.
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

/// A link as a path, moved to the right of its direction by `offset` pixels, so that the two directions of a road lie side
/// by side. The whole link is moved the same way, along the normal of the line from its first to its last point: moved
/// point by point, it would need joints at its bends. Points less than 0.4 pixels from the last one drawn are left out.
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

/// The thinnest and the widest line with the vehicles a day that they stand for, in each colour.
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

/// A bar of a round length, 110 pixels at most. None where that would be less than a tenth of a mile or kilometre.
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

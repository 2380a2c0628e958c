//! Desire lines: between which areas people travel.
//!
//! A straight line joins the middles of two areas; its width stands for the trips between them, both ways and by all
//! modes. A disc is an area, and its size the trips that stay within. Lines say what people want, not which roads they
//! take: a wide line over water without a bridge is a wish. Of two runs the lines are the change between them.

use super::Plot;
use super::frame::{LEFT, RIGHT, WIDTH, heading, label};
use crate::map::{BorderKind, Map};
use crate::report::Desire;
use crate::text::{escape, grouped, put, short};
use std::collections::BTreeMap;

/// Lines that are drawn, the widest of all.
const MOST_LINES: usize = 60;
/// Width of the widest line, pixels.
const WIDEST: f64 = 14.0;
/// Radius of the largest disc, pixels.
const LARGEST: f64 = 16.0;

/// Two areas and the trips between them.
type Flow = (usize, usize, f64);

/// Trips between areas, over the borders of the map where it has some. `None` for fewer than two areas or no trip.
pub fn desire(of: &Desire, map: Option<&Map>) -> Option<Plot> {
    let words = Words {
        file: "desire-lines",
        heading: "Trips between areas",
        within: "trips a day within",
        between: "trips a day",
    };
    draw(of, map, &words)
}

/// What a variant changes in the trips between areas: orange where there are more, blue-green where there are fewer. `None`
/// where the areas differ, and where the changes add up to less than one trip in a thousand.
pub fn desire_change([base, variant]: [&Desire; 2], map: Option<&Map>) -> Option<Plot> {
    if base.names != variant.names {
        return None;
    }
    let mut change: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for (sign, of) in [(-1.0, base), (1.0, variant)] {
        of.trips.iter().for_each(|(a, b, n)| *change.entry((*a, *b)).or_default() += sign * n);
    }
    let all: f64 = base.trips.iter().map(|trip| trip.2).sum();
    if change.values().map(|n| n.abs()).sum::<f64>() < all / 1000.0 {
        return None;
    }
    let trips = change.into_iter().map(|((a, b), n)| (a, b, n)).collect();
    let of = Desire { trips, ..base.clone() };
    let words = Words {
        file: "desire-lines-change",
        heading: "Change of trips between areas",
        within: "more or fewer trips a day within",
        between: "more or fewer trips a day",
    };
    draw(&of, map, &words)
}

/// What the lines are called.
struct Words {
    file: &'static str,
    heading: &'static str,
    within: &'static str,
    between: &'static str,
}

/// The class of a line or disc: of a change its sign, which is never there in numbers of trips.
fn class(words: &Words, n: f64, line: bool) -> &'static str {
    match (words.file == "desire-lines", line, n > 0.0) {
        (true, true, _) => "desire",
        (true, false, _) => "f2 pale",
        (false, true, true) => "desire more",
        (false, true, false) => "desire fewer",
        (false, false, true) => "lose pale",
        (false, false, false) => "gain pale",
    }
}

/// Lines and discs, as wide and large as the size of their numbers, the sign aside: of a change, colour tells it. The scale is
/// that of the picture's own largest number, so that two pictures are compared by the numbers below them and not by their widths.
fn draw(of: &Desire, map: Option<&Map>, words: &Words) -> Option<Plot> {
    if of.names.len() < 2 || of.at_m.len() != of.names.len() {
        return None;
    }
    let mut trips: Vec<Flow> = of.trips.iter().copied().filter(|(_, _, n)| *n != 0.0).collect();
    trips.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()).then((a.0, a.1).cmp(&(b.0, b.1))));
    let (inside, between): (Vec<Flow>, Vec<Flow>) = trips.into_iter().partition(|(a, b, _)| a == b);
    let most = between.first()?.2.abs();
    let (place, height) = placing(&of.at_m);
    let mut out = String::new();
    heading(&mut out, words.heading);
    if let Some(map) = map {
        borders(&mut out, map, &place, height);
    }
    // The widest lines come last and lie on top.
    for (a, b, n) in between.iter().take(MOST_LINES).rev() {
        let (from, to) = (place(of.at_m[*a]), place(of.at_m[*b]));
        put(
            &mut out,
            format_args!(
                "<path class=\"{}\" style=\"stroke-width:{:.1}\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"><title>{} – {}: {} {}</title></path>\n",
                class(words, *n, true),
                (WIDEST * n.abs() / most).max(0.4),
                from.0,
                from.1,
                to.0,
                to.1,
                escape(&of.names[*a]),
                escape(&of.names[*b]),
                grouped(*n),
                words.between
            ),
        );
    }
    let most_inside = inside.first().map_or(1.0, |(_, _, n)| n.abs());
    for (area, name) in of.names.iter().enumerate() {
        let within = inside.iter().find(|(a, _, _)| *a == area).map_or(0.0, |(_, _, n)| *n);
        disc(&mut out, words, place(of.at_m[area]), (name, within), most_inside);
    }
    let text =
        format!("widest line: {} {}; largest disc: {}", short(most), words.between, short(most_inside));
    label(&mut out, "tick", (LEFT, height + 58.0), &text);
    Some(Plot {
        name: words.file.into(),
        title: format!("{} as lines, {} areas", words.heading, of.names.len()),
        size: (WIDTH, height as u32 + 68),
        body: out,
    })
}

/// An area with its name.
fn disc(out: &mut String, words: &Words, (x, y): (f64, f64), (name, within): (&str, f64), most: f64) {
    // Areas of discs, not their radii, are compared by the eye.
    let radius = (LARGEST * (within.abs() / most).sqrt()).max(2.0);
    put(
        out,
        format_args!(
            "<circle class=\"{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"><title>{}: {} {}</title></circle>\n",
            class(words, within, false),
            escape(name),
            grouped(within),
            words.within
        ),
    );
    let class = if x < 90.0 {
        "halo"
    } else if x > 310.0 {
        "halo end"
    } else {
        "halo mid"
    };
    label(out, class, (x.clamp(LEFT, RIGHT), y + 4.0), name);
}

/// How metres become pixels, north up, and the height of the picture that comes of it.
fn placing(at_m: &[(f64, f64)]) -> (impl Fn((f64, f64)) -> (f64, f64) + use<>, f64) {
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for &(x, y) in at_m {
        bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
    }
    let [left, bottom, right, top] = bounds;
    let scale = 320.0 / (right - left).max((top - bottom) * 0.8).max(1.0);
    let wide = (right - left) * scale;
    let height = ((top - bottom) * scale).max(40.0) + 20.0;
    let shift = (f64::from(WIDTH) - wide) / 2.0;
    (move |(x, y): (f64, f64)| (shift + (x - left) * scale, 46.0 + (top - y) * scale), height)
}

/// Borders of regions and of all zones, cut to the picture.
fn borders(out: &mut String, map: &Map, place: &impl Fn((f64, f64)) -> (f64, f64), height: f64) {
    let mut path = String::new();
    for border in map.borders.iter().filter(|border| border.kind != BorderKind::Zone) {
        let mut last = (f64::INFINITY, f64::INFINITY);
        let mut pen = 'M';
        for &point in &border.points_m {
            let (x, y) = place(point);
            let inside = (0.0..=f64::from(WIDTH)).contains(&x) && (28.0..=height + 44.0).contains(&y);
            if !inside {
                pen = 'M';
            } else if pen == 'M' || (x - last.0).abs() + (y - last.1).abs() > 1.5 {
                put(&mut path, format_args!("{pen}{x:.0} {y:.0}"));
                last = (x, y);
                pen = 'L';
            }
        }
    }
    if !path.is_empty() {
        put(out, format_args!("<path class=\"grid\" style=\"shape-rendering:auto\" d=\"{path}\"/>\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_join_areas_and_discs_stay_within() {
        let of = Desire {
            names: vec!["North".into(), "South".into()],
            at_m: vec![(0.0, 5000.0), (0.0, 0.0)],
            squares: false,
            trips: vec![(0, 0, 40.0), (0, 1, 1234.0)],
        };
        let plot = desire(&of, None).unwrap();
        assert!(plot.body.contains("North – South: 1\u{202f}234 trips a day"), "{}", plot.body);
        assert!(plot.body.contains("North: 40 trips a day within"));
        let alone = Desire { trips: vec![(0, 0, 1.0)], ..of };
        assert_eq!(desire(&alone, None), None);
    }

    #[test]
    fn a_change_has_its_sign_in_colour_and_number() {
        let of = |north: f64, between: f64| Desire {
            names: vec!["North".into(), "South".into()],
            at_m: vec![(0.0, 5000.0), (0.0, 0.0)],
            squares: false,
            trips: vec![(0, 0, north), (0, 1, between)],
        };
        let plot = desire_change([&of(40.0, 1000.0), &of(50.0, 900.0)], None).unwrap();
        assert!(
            plot.body.contains("desire fewer") && plot.body.contains("North – South: −100 more or fewer")
        );
        assert!(plot.body.contains("lose pale") && plot.body.contains("North: 10 more or fewer"));
        assert_eq!(desire_change([&of(40.0, 1000.0), &of(40.0, 1000.5)], None), None);
    }
}

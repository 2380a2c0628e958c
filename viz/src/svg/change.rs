//! The figures of a comparison, and among them the worst bottlenecks as pairs of bars.
//!
//! What both runs have alike has no figure: two lines on each other would only ask what the difference is.

use super::frame::{Axis, Frame, LEFT, RIGHT, WIDTH, heading, label, plain, rect, round_up};
use super::{Plot, desire_change, group_bars};
use crate::map::Map;
use crate::report::{Bottleneck, Comparison};
use crate::text::short;

/// Links that are drawn, the worst of either run.
const MOST: usize = 8;
/// Height of a link: its name and two bars.
const ROW: f64 = 48.0;
/// Where bars end; right of them stand their numbers.
const BARS_END: f64 = 326.0;
/// Letters of the longest name that is drawn whole.
const LETTERS: usize = 54;

/// Hours lost on the worst links: pale the base, full the variant. `None` without a link on which anything is lost. Bars begin at
/// 0 and share one axis, so that the pairs may be compared with each other as well; links come as they are given, the worst first.
pub fn bottlenecks(of: &[Bottleneck]) -> Option<Plot> {
    let most = of.iter().flat_map(|link| link.lost_h).filter(|h| h.is_finite()).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let shown = &of[..of.len().min(MOST)];
    let step = round_up(most / 4.0);
    let bottom = 60.0 + ROW * shown.len() as f64;
    let x = Axis::linear(0.0, (most / step).ceil() * step, (LEFT, BARS_END));
    let frame = Frame { x, y: Axis::linear(0.0, 1.0, (bottom, 44.0)) };
    let mut out = String::new();
    heading(&mut out, "Vehicle hours lost at the worst bottlenecks");
    for (place, (class, name)) in [("f1 pale", "base"), ("f1", "variant")].into_iter().enumerate() {
        let x = LEFT + 74.0 * place as f64;
        rect(&mut out, class, [x, 34.0, 13.0, 12.0], "");
        label(&mut out, "", (x + 19.0, 45.0), name);
    }
    frame.marks(&mut out, &x.ticks(4), plain);
    for (place, link) in shown.iter().enumerate() {
        let y = 58.0 + ROW * place as f64;
        let name: String = match link.name.chars().count() {
            n if n > LETTERS => link.name.chars().take(LETTERS - 1).chain(['…']).collect(),
            _ => link.name.clone(),
        };
        label(&mut out, "tick", (LEFT, y + 11.0), &name);
        for (run, (class, word)) in [("f1 pale", "base"), ("f1", "variant")].into_iter().enumerate() {
            let (value, y) = (link.lost_h[run], y + 15.0 + 13.0 * run as f64);
            let tip = format!("{}, {word}: {} vehicle hours lost a day", link.name, short(value));
            rect(&mut out, class, [LEFT, y, x.px(value) - LEFT, 12.0], &tip);
            label(&mut out, "tick end", (RIGHT, y + 10.5), &short(value));
        }
    }
    Some(Plot {
        name: "bottlenecks".into(),
        title: "Vehicle hours lost at the worst bottlenecks, base and variant".into(),
        size: (WIDTH, bottom as u32 + 28),
        body: out,
    })
}

/// Whether two runs differ at any hour by more than one in a thousand of the day. A few trips that leave later because an earlier
/// one was late are no other departures.
pub(crate) fn differ([base, variant]: &[Vec<f64>; 2]) -> bool {
    let most = base.iter().sum::<f64>() / 1000.0;
    base.iter().zip(variant).any(|(a, b)| (a - b).abs() > most)
}

/// All figures with the sentences that say how to read them, in the order of the page: who, where, when, and only where they
/// differ the departures and the trips between areas, which a measure on roads leaves as they are.
pub(crate) fn of_change(comparison: &Comparison, map: Option<&Map>) -> Vec<(Plot, &'static str)> {
    let Comparison { change, departures, .. } = comparison;
    let lines = |file: &str, title: &str, unit: &str, [base, variant]: [Vec<f64>; 2]| {
        let line = |values: Vec<f64>| values.into_iter().map(Some).collect();
        super::lines(file, title, unit, &[("base", line(base)), ("variant", line(variant))])
    };
    let driven_h = [0, 1]
        .map(|run| change.hours.iter().map(|hour| [hour.vht_h.a, hour.vht_h.b][run]).collect::<Vec<f64>>());
    let lost_h = [0, 1].map(|run: usize| {
        let of_hours = comparison.driven[run].iter().filter(|of| of.by == "hour");
        of_hours.map(|of| of.lost_h).collect::<Vec<f64>>()
    });
    let leave = differ(departures)
        .then(|| lines("departures", "Departures", "trips that leave in the hour", departures.clone()));
    let areas = comparison.desire.as_ref().and_then(|[a, b]| desire_change([a, b], map));
    [
        (
            group_bars(&change.gains),
            "Bars to the left save time, bars to the right lose it. The thin line is the range of the mean \
             over persons alone (95 %): a bar whose line crosses zero shows no sure effect, and one whose line does not may still \
             be a difference of the gaps of the two runs (see what was assumed), or of the seed.",
        ),
        (
            bottlenecks(&comparison.bottlenecks),
            "The links on which most time is lost against free flow in either run. A jam that shrinks in one place often \
             grows at the next.",
        ),
        (
            lines("hours-driven", "Vehicle hours travelled", "vehicle hours, by hour of departure", driven_h),
            "Time on the road of trips by the hour in which they leave.",
        ),
        (
            lines("hours-lost", "Vehicle hours lost", "vehicle hours in the hour", lost_h),
            "Time on the road beyond that of an empty road.",
        ),
        (leave.flatten(), "Trips of the whole population by the hour in which they leave."),
        (
            areas,
            "Trips a day between areas, both ways and by all modes: orange where the variant has more, blue-green where it has \
             fewer. A disc stands for trips that stay within their area.",
        ),
    ]
    .into_iter()
    .filter_map(|(plot, text)| Some((plot?, text)))
    .collect()
}

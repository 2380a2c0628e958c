//! Activities through the day, as a stack.
//!
//! It answers what people do at each time of the day, and so whether the simulated day is a plausible one: work in
//! the middle of the day, home at night, a gap for travel in the morning and in the evening. x: hour of the day; y:
//! share of persons, from 0 to 100 %. A colour is an activity and the same in every figure, so that a simulated day
//! and a surveyed one may be laid side by side; what is left white at the top is travel. The legend tells the mean
//! minutes that a person spends on each in a day, which is the area of its band.

use super::Plot;
use super::frame::{Axis, Frame, LEFT, RIGHT, WIDTH, heading, label, rect};
use crate::report::ActivityDay;
use crate::text::{fixed, put};
use engine::activity::Activity;

/// Bottom of the stack to its top: home first, then what fills the working day, then the small ones,
/// so that the wide bands are even and neighbours differ in lightness.
const ORDER: [Activity; 15] = [
    Activity::Home,
    Activity::Work,
    Activity::School,
    Activity::Caregiving,
    Activity::ShopGoods,
    Activity::ShopServices,
    Activity::MealsOut,
    Activity::Errands,
    Activity::Leisure,
    Activity::Exercise,
    Activity::Social,
    Activity::Healthcare,
    Activity::Worship,
    Activity::Other,
    Activity::PickupDrop,
];

/// The activity in words, as a reader says it; tables have its label.
pub(crate) fn words(activity: Activity) -> &'static str {
    match activity {
        Activity::ShopGoods => "shopping",
        Activity::ShopServices => "services",
        Activity::MealsOut => "meals out",
        Activity::Healthcare => "health care",
        Activity::PickupDrop => "pick up, drop off",
        Activity::Caregiving => "care for others",
        other => other.label(),
    }
}

/// Share of persons in each of the 15 activities by time of day; what is missing to the top is travel. `number` goes into
/// the name of the file. A missing share counts as 0, and an activity that nobody does has no band. `None` without a slot.
pub fn activities(day: &ActivityDay, number: usize) -> Option<Plot> {
    let slots = day.share.iter().map(Vec::len).max().filter(|&n| n > 0)?;
    let frame =
        Frame { x: Axis::linear(0.0, 24.0, (62.0, RIGHT - 8.0)), y: Axis::linear(0.0, 1.0, (290.0, 56.0)) };
    let mut out = String::new();
    heading(&mut out, &day.title);
    // Each band stands on the sum of those below it.
    let mut floor = vec![0.0; slots];
    let mut means = Vec::new();
    for activity in ORDER {
        let share = day.share.get(activity.index()).map_or(&[][..], Vec::as_slice);
        let at = |slot: usize| share.get(slot).copied().filter(|v| v.is_finite()).unwrap_or(0.0);
        let ceiling: Vec<f64> = (0..slots).map(|slot| floor[slot] + at(slot)).collect();
        // The mean share of a day times its minutes.
        let minutes = (0..slots).map(at).sum::<f64>() / slots as f64 * 1440.0;
        means.push((activity, minutes));
        if minutes > 0.0 {
            let path = ribbon(&frame, &floor, &ceiling);
            put(
                &mut out,
                format_args!(
                    "<path class=\"band a{}\" d=\"{path}\"><title>{}: {} min a day</title></path>\n",
                    activity.code(),
                    words(activity),
                    fixed(minutes, 0)
                ),
            );
        }
        floor = ceiling;
    }
    frame.rows(&mut out, 4, |v| format!("{:.0} %", v * 100.0));
    frame.hours(&mut out);
    frame.names(&mut out, "", "share of persons");
    legend(&mut out, &means);
    let n = means.iter().filter(|(_, minutes)| *minutes > 0.0).count();
    Some(Plot {
        name: format!("activities-{number}-{}", super::slug(&day.title)),
        title: format!("Share of persons in each activity by time of day: {}", day.title),
        size: (WIDTH, 348 + 17 * n.div_ceil(2) as u32),
        body: out,
    })
}

/// The band between two lines: forth along its top, back along its bottom. Lines go in steps, because a share holds over a
/// whole slot; slanted ones would claim values between the slots.
fn ribbon(frame: &Frame, floor: &[f64], ceiling: &[f64]) -> String {
    let slots = floor.len();
    let hour = |slot: usize| slot as f64 * 24.0 / slots as f64;
    let mut path = String::new();
    let step = |path: &mut String, x: f64, y: f64, pen: char| {
        put(path, format_args!("{pen}{:.1} {:.1}", frame.x.px(x), frame.y.px(y)));
    };
    for (slot, &top) in ceiling.iter().enumerate() {
        step(&mut path, hour(slot), top, if slot == 0 { 'M' } else { 'L' });
        step(&mut path, hour(slot + 1), top, 'L');
    }
    for slot in (0..slots).rev() {
        step(&mut path, hour(slot + 1), floor[slot], 'L');
        step(&mut path, hour(slot), floor[slot], 'L');
    }
    path.push('Z');
    path
}

/// Names in the order of the stack, top first, in two columns under it, each with its mean minutes a day; one decimal below
/// 10 minutes, where whole ones would hide a difference.
fn legend(out: &mut String, means: &[(Activity, f64)]) {
    let means: Vec<_> = means.iter().filter(|(_, minutes)| *minutes > 0.0).collect();
    let column = |n: usize| if n == 0 { (LEFT, 190.0) } else { (210.0, RIGHT) };
    let half = means.len().div_ceil(2).max(1);
    for n in 0..2 {
        label(out, "tick end", (column(n).1, 330.0), "min/day");
    }
    for (place, &&(activity, minutes)) in means.iter().rev().enumerate() {
        let (x, right) = column(place / half);
        let y = 348.0 + 16.5 * (place % half) as f64;
        rect(out, &format!("a{}", activity.code()), [x, y - 10.0, 13.0, 11.0], "");
        label(out, "tick", (x + 19.0, y), words(activity));
        label(out, "tick end", (right, y), &fixed(minutes, if minutes < 9.95 { 1 } else { 0 }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Linear light of a colour `#rrggbb` of `plot.css`.
    fn linear(hex: &str) -> [f64; 3] {
        std::array::from_fn(|k| {
            let byte = u8::from_str_radix(&hex[1 + 2 * k..3 + 2 * k], 16).unwrap();
            let v = f64::from(byte) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// CIE Lab (D65) of linear light.
    fn lab([r, g, b]: [f64; 3]) -> [f64; 3] {
        let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
        let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// Full protanopia and deuteranopia in linear light (Machado, Oliveira and Fernandes 2009, severity 1).
    const BLIND: [[[f64; 3]; 3]; 3] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ];

    fn seen(matrix: &[[f64; 3]; 3], colour: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(colour).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0))
    }

    #[test]
    fn neighbours_in_the_stack_differ_for_every_eye() {
        let css = include_str!("../../assets/plot.css");
        let colour = |activity: Activity| {
            let key = format!("--a{}: #", activity.code());
            let at = css.find(&key).unwrap() + key.len() - 1;
            linear(&css[at..at + 7])
        };
        for pair in ORDER.windows(2) {
            for matrix in &BLIND {
                let (a, b) = (lab(seen(matrix, colour(pair[0]))), lab(seen(matrix, colour(pair[1]))));
                let distance = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt();
                assert!(
                    distance > 20.0,
                    "{:?}: {distance:.1}",
                    pair.iter().map(|a| a.label()).collect::<Vec<_>>()
                );
            }
        }
    }

    #[test]
    fn the_stack_holds_every_activity_once() {
        let mut order = ORDER;
        order.sort_unstable();
        assert_eq!(order, Activity::ALL);
    }
}

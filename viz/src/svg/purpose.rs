//! Trips by purpose: when they leave, and how far they go.
//!
//! [`departures`] is a column for each hour of the day, its colours the activities at the ends of the trips, in the
//! colours that the activities have through the day. [`lengths`] is a box for each purpose: half of the trips lie in
//! it, a tenth below and a tenth above its whisker. Lengths differ by factors, so their axis is logarithmic.

use super::Plot;
use super::activity::words;
use super::frame::{Axis, Frame, LEFT, RIGHT, Scale, WIDTH, heading, label, plain, rect, round_up};
use crate::report::{PurposeTrips, Units};
use crate::text::{grouped, put, short, trim};
use engine::activity::Activity;

/// Name of a purpose.
fn name(of: &PurposeTrips) -> &'static str {
    Activity::from_code(of.code).map_or("not known", words)
}

/// Trips of a day to one purpose.
fn daily(of: &PurposeTrips) -> f64 {
    of.departures.iter().sum()
}

/// Departures by hour as a stack of purposes. `None` without a trip.
pub fn departures(purposes: &[PurposeTrips]) -> Option<Plot> {
    let at = |of: &PurposeTrips, hour: usize| of.departures.get(hour).copied().unwrap_or(0.0);
    let most = (0..24).map(|hour| purposes.iter().map(|of| at(of, hour)).sum::<f64>()).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let step = round_up(most / 4.0);
    let top = (most / step).ceil() * step;
    let frame =
        Frame { x: Axis::linear(0.0, 24.0, (62.0, RIGHT - 8.0)), y: Axis::linear(0.0, top, (236.0, 62.0)) };
    let mut out = String::new();
    heading(&mut out, "Departures by hour and purpose");
    frame.rows(&mut out, 4, plain);
    for hour in 0..24 {
        let mut floor = 0.0;
        for of in purposes.iter().filter(|of| at(of, hour) > 0.0) {
            let (x, next) = (frame.x.px(hour as f64), frame.x.px(hour as f64 + 1.0));
            let (y, bottom) = (frame.y.px(floor + at(of, hour)), frame.y.px(floor));
            let tip = format!("{hour:02}:00, {}: {} trips", name(of), grouped(at(of, hour)));
            rect(&mut out, &format!("a{}", of.code), [x + 0.5, y, next - x - 1.0, bottom - y], &tip);
            floor += at(of, hour);
        }
    }
    frame.hours(&mut out);
    frame.names(&mut out, "", "trips that leave in the hour");
    let bottom = legend(&mut out, purposes, 282.0);
    Some(Plot {
        name: "departures".into(),
        title: "Trips by hour of departure and purpose".into(),
        size: (WIDTH, bottom as u32),
        body: out,
    })
}

/// Purposes with their trips a day in two columns from `y` on, the top of the stack first; gives the height of the plot.
fn legend(out: &mut String, purposes: &[PurposeTrips], y: f64) -> f64 {
    let half = purposes.len().div_ceil(2).max(1);
    for n in 0..purposes.len().min(2) {
        label(out, "tick end", (if n == 0 { 190.0 } else { RIGHT }, y - 2.0), "trips a day");
    }
    for (place, of) in purposes.iter().rev().enumerate() {
        let (x, right) = if place < half { (LEFT, 190.0) } else { (210.0, RIGHT) };
        let y = y + 16.0 + 16.5 * (place % half) as f64;
        rect(out, &format!("a{}", of.code), [x, y - 10.0, 13.0, 11.0], "");
        label(out, "tick", (x + 19.0, y), name(of));
        label(out, "tick end", (right, y), &short(daily(of).round()));
    }
    y + 16.0 + 16.5 * half as f64
}

/// Lengths of trips by purpose, as boxes. `None` where no purpose has lengths.
pub fn lengths(purposes: &[PurposeTrips], units: Units) -> Option<Plot> {
    let (unit_m, unit) = match units {
        Units::Miles => (engine::unit::M_PER_MILE, "mi"),
        Units::Kilometres => (1000.0, "km"),
    };
    // What is nearer than 100 m is drawn at the edge of the axis.
    let least = 0.1;
    let boxes: Vec<(&PurposeTrips, Vec<f64>)> = purposes
        .iter()
        .filter(|of| of.length_m.len() == 5 && daily(of) > 0.0)
        .map(|of| (of, of.length_m.iter().map(|m| (m / unit_m).max(least)).collect()))
        .collect();
    let most = boxes.iter().map(|(_, box_of)| box_of[4]).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let bottom = 50.0 + 21.0 * boxes.len() as f64;
    let x = Axis { scale: Scale::Log, from: least, to: most.max(10.0) * 1.1, at: (128.0, 336.0) };
    let frame = Frame { x, y: Axis::linear(0.0, 1.0, (bottom, 44.0)) };
    let mut out = String::new();
    heading(&mut out, "Lengths of trips by purpose");
    label(&mut out, "tick end", (RIGHT, 38.0), "median");
    for tick in x.ticks(4) {
        put(&mut out, format_args!("<path class=\"grid\" d=\"M{:.1} 44V{bottom:.0}\"/>", x.px(tick)));
    }
    frame.marks(&mut out, &x.ticks(4), |length| format!("{} {unit}", trim(length, 1)));
    for (place, (of, box_of)) in boxes.iter().enumerate() {
        let y = 48.0 + 21.0 * place as f64;
        let px: Vec<f64> = box_of.iter().map(|length| x.px(*length)).collect();
        label(&mut out, "end", (120.0, y + 12.0), name(of));
        put(&mut out, format_args!("<path class=\"whisker\" d=\"M{:.1} {}H{:.1}\"/>", px[0], y + 8.0, px[4]));
        let tip = format!(
            "{}: half of the trips are {} to {} {unit} long",
            name(of),
            trim(box_of[1], 1),
            trim(box_of[3], 1)
        );
        rect(&mut out, "f1", [px[1], y + 1.0, px[3] - px[1], 14.0], &tip);
        put(&mut out, format_args!("<path class=\"median\" d=\"M{:.1} {}v14\"/>\n", px[2], y + 1.0));
        label(&mut out, "tick end", (RIGHT, y + 12.0), &format!("{} {unit}", trim(box_of[2], 1)));
    }
    Some(Plot {
        name: "trip-lengths".into(),
        title: "Lengths of trips by purpose".into(),
        size: (WIDTH, bottom as u32 + 28),
        body: out,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(length_m: &[f64]) -> PurposeTrips {
        PurposeTrips { code: 2, departures: vec![10.0; 24], length_m: length_m.to_vec() }
    }

    #[test]
    fn a_purpose_has_its_column_its_box_and_its_median() {
        let purposes = [work(&[500.0, 1000.0, 5000.0, 9000.0, 20_000.0])];
        let plot = departures(&purposes).unwrap();
        assert_eq!(plot.body.matches("work: 10 trips").count(), 24);
        assert!(plot.body.contains(">240<"));
        let plot = lengths(&purposes, Units::Kilometres).unwrap();
        assert!(plot.body.contains(">5 km<") && plot.body.contains("half of the trips are 1 to 9 km long"));
    }

    #[test]
    fn nothing_known_is_no_plot() {
        assert_eq!(departures(&[]), None);
        assert_eq!(lengths(&[work(&[])], Units::Miles), None);
    }
}

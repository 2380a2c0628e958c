//! Who is on the road at each hour: a stack of layers of demand and classes of vehicles.
//!
//! It answers whose vehicles make the traffic of each hour. x: hour of the day; y: vehicles under way, whole population, the
//! mean of the hour. A layer that is missing from the model is missing here at all its hours.

use super::Plot;
use super::frame::{Axis, Frame, LEFT, RIGHT, WIDTH, heading, label, plain, rect, round_up};
use crate::text::{grouped, put, short};
use engine::validate::yardstick::OnTheRoad;
use engine::vehicle::ORDINARY;

/// Colours of a stack; more parts begin again.
const COLOURS: usize = 5;

/// A part of the stack in words: the layer, and the vehicle where it is not the ordinary car.
fn name(of: &OnTheRoad) -> String {
    match of.vehicle.as_str() {
        ORDINARY => of.layer.clone(),
        vehicle => format!("{}, {vehicle}", of.layer),
    }
}

/// Vehicles under way by hour as a stack. `None` where nobody drives.
pub fn on_the_road(parts: &[OnTheRoad]) -> Option<Plot> {
    let at = |of: &OnTheRoad, hour: usize| of.vehicles.get(hour).copied().unwrap_or(0.0);
    let most = (0..24).map(|hour| parts.iter().map(|of| at(of, hour)).sum::<f64>()).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let step = round_up(most / 4.0);
    let top = (most / step).ceil() * step;
    let frame =
        Frame { x: Axis::linear(0.0, 24.0, (62.0, RIGHT - 8.0)), y: Axis::linear(0.0, top, (236.0, 62.0)) };
    let mut out = String::new();
    heading(&mut out, "On the road by hour and layer of demand");
    frame.rows(&mut out, 4, plain);
    for hour in 0..24 {
        let mut floor = 0.0;
        for (place, of) in parts.iter().enumerate().filter(|(_, of)| at(of, hour) > 0.0) {
            let (x, next) = (frame.x.px(hour as f64), frame.x.px(hour as f64 + 1.0));
            let (y, bottom) = (frame.y.px(floor + at(of, hour)), frame.y.px(floor));
            let tip = format!("{hour:02}:00, {}: {} vehicles under way", name(of), grouped(at(of, hour)));
            rect(
                &mut out,
                &format!("f{}", place % COLOURS + 1),
                [x + 0.5, y, next - x - 1.0, bottom - y],
                &tip,
            );
            floor += at(of, hour);
        }
    }
    frame.hours(&mut out);
    frame.names(&mut out, "", "vehicles under way");
    label(&mut out, "tick end", (RIGHT, 280.0), "vehicle hours a day");
    for (place, of) in parts.iter().enumerate() {
        let y = 298.0 + 16.5 * place as f64;
        rect(&mut out, &format!("f{}", place % COLOURS + 1), [LEFT, y - 10.0, 13.0, 11.0], "");
        label(&mut out, "tick", (LEFT + 19.0, y), &name(of));
        label(&mut out, "tick end", (RIGHT, y), &short(of.vehicles.iter().sum::<f64>().round()));
    }
    put(&mut out, format_args!("\n"));
    Some(Plot {
        name: "on-the-road".into(),
        title: "Vehicles under way by hour and layer of demand".into(),
        size: (WIDTH, (298.0 + 16.5 * parts.len() as f64) as u32),
        body: out,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_on_each_other_and_are_named() {
        let part = |layer: &str, vehicle: &str, vehicles: f64| OnTheRoad {
            layer: layer.into(),
            vehicle: vehicle.into(),
            vehicles: vec![vehicles; 24],
        };
        let plot =
            on_the_road(&[part("residents", ORDINARY, 300.0), part("trucks", "lorry", 100.0)]).unwrap();
        assert_eq!(plot.body.matches("vehicles under way</title>").count(), 48);
        assert!(
            plot.body.contains("trucks, lorry") && plot.body.contains("08:00, residents: 300"),
            "{}",
            plot.body
        );
        assert_eq!(on_the_road(&[]), None);
        assert_eq!(on_the_road(&[part("residents", ORDINARY, 0.0)]), None);
    }
}

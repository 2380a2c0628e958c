//! Counts by route and hour, as a heat map.
//!
//! It answers where and when the run has too few vehicles or too many: a row is a route, a column an hour of the
//! day. A colour is the GEH of the mean volume of the route's stations in the hour, with its sign: grey where the
//! two agree (GEH below 5), blue where the run has fewer vehicles than were counted, orange where it has more.
//! A row that is blue all day lacks travellers; one that changes its colour has them at the wrong hours.

use super::Plot;
use super::frame::{LEFT, LETTER, RIGHT, WIDTH, heading, label, rect};
use crate::report::StationHours;
use crate::text::{escape, fixed, grouped, natural, put};
use engine::validate::fit::geh;
use std::collections::BTreeMap;

/// Height of a row, pixels.
const ROW: f64 = 14.0;

/// The steps of colour: the least GEH with its sign that belongs to each but the first, and what they mean.
const STEPS: [&str; 5] = ["below −10", "−10 to −5", "within 5", "5 to 10", "above 10"];

/// Sums of a route in an hour.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    stations: u32,
    observed: f64,
    simulated: f64,
}

impl Sum {
    /// GEH of the mean volumes, negative where the run has fewer vehicles.
    fn geh(&self) -> f64 {
        let n = f64::from(self.stations.max(1));
        let (simulated, observed) = (self.simulated / n, self.observed / n);
        geh(simulated, observed) * if simulated < observed { -1.0 } else { 1.0 }
    }
}

/// The step of a GEH with its sign, 1 to 5.
pub(super) fn step(signed_geh: f64) -> usize {
    match signed_geh {
        g if g < -10.0 => 1,
        g if g < -5.0 => 2,
        g if g <= 5.0 => 3,
        g if g <= 10.0 => 4,
        _ => 5,
    }
}

/// GEH by route and hour, routes in the order of their numbers. Stations without a route are one row. `None` for fewer than
/// two routes: there is nothing to compare.
pub fn heat(stations: &[StationHours]) -> Option<Plot> {
    let mut routes: BTreeMap<&str, [Sum; 24]> = BTreeMap::new();
    for station in stations {
        let sums = routes.entry(&station.route).or_default();
        let pairs = station.observed_vph.iter().zip(&station.simulated_vph).enumerate().take(24);
        for (hour, pair) in pairs {
            if let (Some(observed), Some(simulated)) = pair {
                sums[hour].stations += 1;
                sums[hour].observed += observed;
                sums[hour].simulated += simulated;
            }
        }
    }
    let mut rows: Vec<(&str, [Sum; 24])> = routes.into_iter().collect();
    rows.retain(|(_, sums)| sums.iter().any(|sum| sum.stations > 0));
    if rows.len() < 2 {
        return None;
    }
    rows.sort_by(|a, b| natural(a.0, b.0));
    let mut out = String::new();
    heading(&mut out, "GEH by route and hour");
    legend(&mut out);
    let longest = rows.iter().map(|(route, _)| route.chars().count()).max().unwrap_or(0).max(5);
    let left = (LEFT + 6.0 + LETTER * longest as f64).min(150.0);
    let wide = (RIGHT - left) / 24.0;
    for (place, (route, sums)) in rows.iter().enumerate() {
        row(&mut out, (left, 66.0 + ROW * place as f64, wide), route, sums);
    }
    let bottom = 66.0 + ROW * rows.len() as f64;
    for hour in (0..=24).step_by(4) {
        let x = left + wide * f64::from(hour);
        put(&mut out, format_args!("<path class=\"axis\" d=\"M{x:.1} {bottom:.0}v5\"/>"));
        let class = if hour == 24 { "tick end" } else { "tick mid" };
        label(
            &mut out,
            class,
            (if hour == 24 { RIGHT + 6.0 } else { x }, bottom + 18.0),
            &format!("{hour:02}:00"),
        );
    }
    Some(Plot {
        name: "counts-by-route-and-hour".into(),
        title: format!("GEH of the mean volume by route and hour, {} routes", rows.len()),
        size: (WIDTH, bottom as u32 + 26),
        body: out,
    })
}

/// One route: its name and its hours. An hour without a count stays empty.
fn row(out: &mut String, (left, y, wide): (f64, f64, f64), route: &str, sums: &[Sum; 24]) {
    let name = if route.is_empty() { "other" } else { route };
    let short: String = name.chars().take(20).collect();
    label(out, "tick end", (left - 5.0, y + 11.0), &short);
    for (hour, sum) in sums.iter().enumerate().filter(|(_, sum)| sum.stations > 0) {
        let (n, signed) = (f64::from(sum.stations), sum.geh());
        put(
            out,
            format_args!(
                "<rect class=\"e{}\" x=\"{:.1}\" y=\"{y:.0}\" width=\"{:.1}\" height=\"{:.0}\"><title>{}, {hour:02}:00: observed \
                 {}, simulated {} on average at {n} stations, GEH {}</title></rect>\n",
                step(signed),
                left + wide * hour as f64,
                wide - 0.6,
                ROW - 1.0,
                escape(name),
                grouped(sum.observed / n),
                grouped(sum.simulated / n),
                fixed(signed.abs(), 1)
            ),
        );
    }
}

/// The colours from too few to too many.
fn legend(out: &mut String) {
    label(out, "soft", (LEFT, 38.0), "too few vehicles");
    label(out, "soft end", (RIGHT, 38.0), "too many");
    for (place, name) in STEPS.iter().enumerate() {
        let x = LEFT + 76.0 * place as f64;
        rect(out, &format!("e{}", place + 1), [x, 43.0, 75.0, 14.0], "");
        label(
            out,
            if matches!(place, 0 | 4) { "tick mid onto" } else { "tick mid on" },
            (x + 37.5, 54.0),
            name,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_come_in_the_order_of_their_numbers_and_colours_tell_the_direction() {
        let station = |route: &str, simulated: f64| StationHours {
            route: route.into(),
            observed_vph: vec![Some(1000.0), None],
            simulated_vph: vec![Some(simulated), Some(5.0)],
            ..StationHours::default()
        };
        let plot = heat(&[station("101 N", 500.0), station("4 E", 1010.0), station("4 E", 990.0)]).unwrap();
        assert!(plot.body.find(">4 E<").unwrap() < plot.body.find(">101 N<").unwrap());
        let cells: Vec<&str> = plot.body.lines().filter(|line| line.contains("on average")).collect();
        assert_eq!(cells.len(), 2, "an hour without a count is no cell");
        assert!(cells[0].contains("class=\"e3\"") && cells[1].contains("class=\"e1\""), "{cells:?}");
        assert_eq!(heat(&[station("4 E", 1.0)]), None);
    }
}

//! Totals of a zone that contradict each other.
//!
//! The households of a zone are told once as a number, and again by size, workers, children, income and cars. Tables that were
//! put together from several sources, or edited by hand, do not add up. Population synthesis still finds an answer, which lies
//! between them; here it is told beforehand which zones these are.

use crate::tally::Tally;
use engine::Warning;
use engine::people::control::{Control, Measure};
use engine::zone::Zones;
use std::collections::BTreeMap;
use std::path::Path;

/// Differences that rounding may leave: a household, or this share.
const SLACK: f64 = 0.01;

/// A total of a part of the households, and the range that it holds.
type Part<'a> = (&'a Control, (i64, i64));

/// By what a measure divides the households, and the range of one part of them; `None` for what divides persons.
fn part(measure: Measure) -> Option<(&'static str, (i64, i64))> {
    let range = |low: u8, high: u8| (i64::from(low), i64::from(high));
    Some(match measure {
        Measure::HouseholdSize(low, high) => ("size", range(low, high)),
        Measure::Workers(low, high) => ("workers", range(low, high)),
        Measure::Vehicles(low, high) => ("cars", range(low, high)),
        Measure::Children(with) => ("children", range(u8::from(with), u8::from(with))),
        // The upper end of an income is excluded.
        Measure::Income(low, high) => ("income", (i64::from(low), i64::from(high) - 1)),
        Measure::Households | Measure::Age(..) | Measure::GroupQuarters => return None,
    })
}

/// The value from which and up to which a division must go to hold all households.
fn ends(by: &str) -> (i64, i64) {
    match by {
        "size" => (1, i64::from(u8::MAX)),
        "children" => (0, 1),
        "income" => (i64::from(i32::MIN), i64::from(i32::MAX) - 1),
        _ => (0, i64::from(u8::MAX)),
    }
}

/// Whether ranges follow each other without gap or overlap, and whether they hold everything.
fn divides(by: &str, mut ranges: Vec<(i64, i64)>) -> (bool, bool) {
    ranges.sort_unstable();
    let follows = ranges.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0);
    let apart = ranges.windows(2).all(|pair| pair[0].1 < pair[1].0);
    let (first, last) = ends(by);
    let whole = ranges.first().is_some_and(|r| r.0 <= first) && ranges.last().is_some_and(|r| r.1 >= last);
    (apart, follows && whole)
}

/// One warning for each division of the households that does not add up to them: in how many zones, in which first, and by
/// how much together. `file` is the table of the totals.
///
/// Parts that overlap say nothing. Parts that leave households out may be fewer than the households, never more.
pub fn contradictions(file: &Path, zones: &Zones, controls: &[Control]) -> Vec<Warning> {
    let Some(households) = controls.iter().find(|c| c.measure == Measure::Households) else {
        return Vec::new();
    };
    let mut divisions: BTreeMap<&str, Vec<Part<'_>>> = BTreeMap::new();
    for control in controls {
        if let Some((by, range)) = part(control.measure) {
            divisions.entry(by).or_default().push((control, range));
        }
    }
    let mut tally = Tally::new(file);
    tally.whole("zones", zones.zones.len() as u64);
    for (by, parts) in divisions {
        let (apart, whole) = divides(by, parts.iter().map(|part| part.1).collect());
        let off = |zone: usize| {
            let all = households.totals.get(zone).copied().unwrap_or(0.0);
            let sum: f64 = parts.iter().filter_map(|(control, _)| control.totals.get(zone)).sum();
            let counts = apart && (sum - all).abs() > 1.0_f64.max(SLACK * all) && (whole || sum > all);
            counts.then_some((sum, all))
        };
        let odd: Vec<(usize, (f64, f64))> =
            (0..zones.zones.len()).filter_map(|z| Some((z, off(z)?))).collect();
        let (sum, all) = odd.iter().fold((0.0, 0.0), |(a, b), (_, (sum, all))| (a + sum, b + all));
        let what = format!(
            "households by {by} do not add up to the households: there are {sum:.0} in these zones by {by}, {all:.0} in all; \
             what is made lies between"
        );
        for (zone, _) in odd {
            tally.part("zones", &what, format!("zone {}", zones.zones[zone].name));
        }
    }
    tally.into_warnings()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::zone::{LandUse, Zone};

    #[test]
    fn zones_whose_parts_do_not_add_up_are_told() {
        let zone = |name: &str| Zone {
            name: name.into(),
            x_m: 0.0,
            y_m: 0.0,
            region: 0,
            outline: None,
            land: LandUse::default(),
        };
        let zones = Zones { zones: ["a", "b", "c", "d"].map(zone).into(), regions: vec!["r".into()] };
        let control =
            |measure, totals: [f64; 4]| Control { name: "c".into(), measure, totals: totals.into() };
        let all = control(Measure::Households, [100.0, 40.0, 0.0, 10.0]);
        let controls = [
            all.clone(),
            // 50 too many in a, right in b and c (nobody), one less in d, as by rounding.
            control(Measure::HouseholdSize(1, 2), [90.0, 30.0, 0.0, 5.0]),
            control(Measure::HouseholdSize(3, 255), [60.0, 10.0, 0.0, 4.0]),
            // Households without cars are not told: fewer are fine, more are not.
            control(Measure::Vehicles(1, 255), [60.0, 44.0, 0.0, 10.0]),
            control(Measure::Children(true), [20.0, 10.0, 0.0, 5.0]),
            control(Measure::Children(false), [80.0, 10.0, 0.0, 5.0]),
        ];
        let told: Vec<String> = contradictions(Path::new("controls.csv"), &zones, &controls)
            .iter()
            .map(ToString::to_string)
            .collect();
        let words = "what is made lies between (25.0 % of 4 zones)";
        assert_eq!(
            told,
            [
                format!(
                    "controls.csv:zone b: households by cars do not add up to the households: there are 44 in these zones by \
                     cars, 40 in all; {words}"
                ),
                format!(
                    "controls.csv:zone b: households by children do not add up to the households: there are 20 in these zones \
                     by children, 40 in all; {words}"
                ),
                format!(
                    "controls.csv:zone a: households by size do not add up to the households: there are 150 in these zones by \
                     size, 100 in all; {words}"
                ),
            ]
        );
        assert_eq!(contradictions(Path::new("c"), &zones, &controls[1..]), []);
        // Parts that overlap say nothing.
        let both =
            [all, control(Measure::Workers(0, 1), [100.0; 4]), control(Measure::Workers(1, 9), [90.0; 4])];
        assert_eq!(contradictions(Path::new("c"), &zones, &both), []);
    }
}

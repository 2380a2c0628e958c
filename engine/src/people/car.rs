//! Cars, where no zone total counts them: what is known of a region (a county) becomes controls of its zones.
//!
//! ```text
//! a county with 30 % of its households carless, two zones of 100 households; the first synthesis made 60 and 20 of them
//! carless: scaled to 60 in all and to 100 a zone, in turn, they become 45 and 15, and the first keeps three times the second
//! ```
//!
//! A first synthesis that knew nothing of cars says how the zones of a region differ, by size, workers and income of their
//! households; iterative proportional fitting (Deming & Stephan 1940) keeps these differences and meets the region's
//! numbers. What the seed sample does not know, transit and the price of parking, stays out: inside a region, dense zones
//! get too many cars.

use super::Population;
use super::control::{Control, Measure};
use crate::error::{Fault, Result};
use crate::zone::Zones;

/// Rounds of fitting; a round scales zones, then classes. It converges in some ten.
const ROUNDS: usize = 100;

/// Households by number of cars, by region.
#[derive(Debug, Clone, PartialEq)]
pub struct Cars {
    /// Fewest and most cars of each class, ascending, without gap, from 0 to `u8::MAX`.
    pub classes: Vec<(u8, u8)>,
    /// Households, or shares of them, by region and class; positive in sum.
    pub regions: Vec<Vec<f64>>,
}

/// A control by zone for each class of `cars`.
///
/// `population` was made with `sample` of the households and knew nothing of cars. Totals are in households of the whole
/// region; persons outside households count in none. In each region classes have the shares of `cars`, in each zone they
/// add up to the households that `controls` ask for.
///
/// # Errors
/// A [`Fault`] where a region of the zones has no row in `cars`, or where `controls` count cars already.
pub fn by_zone(
    population: &Population,
    zones: &Zones,
    cars: &Cars,
    controls: &[Control],
) -> Result<Vec<Control>> {
    if let Some(control) = controls.iter().find(|c| matches!(c.measure, Measure::Vehicles(..))) {
        return Err(Fault::new(
            "people.cars",
            "",
            format!("the zone totals count cars already ({})", control.name),
        )
        .expected("cars by zone, or by region")
        .advice("leave out one of the two")
        .into());
    }
    let class_of = |n: u8| cars.classes.iter().position(|c| (c.0..=c.1).contains(&n)).unwrap_or(0);
    let width = cars.classes.len();
    // Half a household in each cell keeps every class possible in small zones (Haldane-Anscombe).
    let mut table = vec![vec![0.5; width]; zones.len()];
    for household in &population.households {
        if let Some(row) = table.get_mut(household.zone.index()) {
            row[class_of(household.vehicles)] += 1.0;
        }
    }
    let households = super::synthesis::households(controls, zones.len());
    for (number, name) in zones.regions.iter().enumerate() {
        let inside: Vec<usize> =
            (0..zones.len()).filter(|&z| usize::from(zones.zones[z].region) == number).collect();
        let total: f64 = inside.iter().map(|&z| households[z]).sum();
        let wanted = cars.regions.get(number).filter(|row| row.iter().sum::<f64>() > 0.0);
        let Some(wanted) = wanted else {
            return Err(Fault::new("people.cars", name, "has no row")
                .expected("a row for each region of the zones")
                .into());
        };
        let sum: f64 = wanted.iter().sum();
        for _ in 0..ROUNDS {
            for class in 0..width {
                let made: f64 = inside.iter().map(|&z| table[z][class]).sum();
                let factor = if made > 0.0 { wanted[class] / sum * total / made } else { 0.0 };
                inside.iter().for_each(|&z| table[z][class] *= factor);
            }
            for &zone in &inside {
                let made: f64 = table[zone].iter().sum();
                let factor = if made > 0.0 { households[zone] / made } else { 0.0 };
                table[zone].iter_mut().for_each(|cell| *cell *= factor);
            }
        }
    }
    let control = |(class, &(low, high)): (usize, &(u8, u8))| {
        let measure = Measure::Vehicles(low, high);
        Control { name: measure.words(), measure, totals: table.iter().map(|row| row[class]).collect() }
    };
    Ok(cars.classes.iter().enumerate().map(control).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::synthesize;
    use crate::twin::county::county;

    /// A county whose totals know nothing of cars, and the cars of its regions.
    fn without_cars() -> (crate::twin::county::County, Cars) {
        let mut truth = county(20_000, 3).unwrap();
        truth.controls.retain(|c| !matches!(c.measure, Measure::Vehicles(..)));
        let regions = vec![
            vec![0.3, 0.4, 0.2, 0.1],
            vec![0.05, 0.3, 0.45, 0.2],
            vec![500.0, 300.0, 150.0, 50.0],
            vec![0.0, 0.2, 0.5, 0.3],
        ];
        (truth, Cars { classes: vec![(0, 0), (1, 1), (2, 2), (3, u8::MAX)], regions })
    }

    #[test]
    fn each_region_gets_its_cars_and_each_zone_its_households() {
        let (truth, cars) = without_cars();
        let made =
            |controls: &[Control]| synthesize(&truth.zones, controls, &truth.seed_sample, 1.0, 1).unwrap().0;
        let first = made(&truth.controls);
        let more = by_zone(&first, &truth.zones, &cars, &truth.controls).unwrap();
        let all: Vec<Control> = truth.controls.iter().chain(&more).cloned().collect();
        let second = made(&all);
        for (number, wanted) in cars.regions.iter().enumerate() {
            let sum: f64 = wanted.iter().sum();
            let here = |h: &&crate::people::Household| usize::from(truth.zones.zone(h.zone).region) == number;
            let n = second.households.iter().filter(here).count() as f64;
            for (class, &(low, high)) in cars.classes.iter().enumerate() {
                let has = |h: &&crate::people::Household| (low..=high).contains(&h.vehicles);
                let share = second.households.iter().filter(here).filter(has).count() as f64 / n;
                assert!((share - wanted[class] / sum).abs() < 0.01, "{number} {class}: {share}");
            }
        }
        let households = &truth.controls[0].totals;
        for (zone, wanted) in households.iter().enumerate() {
            let sum: f64 = more.iter().map(|control| control.totals[zone]).sum();
            assert!((sum - wanted).abs() < 1e-6 * wanted.max(1.0), "{sum} {wanted}");
        }
    }

    #[test]
    fn cars_that_are_told_twice_or_not_at_all_are_refused() {
        let (truth, mut cars) = without_cars();
        let population = Population::default();
        let refused = |cars: &Cars, controls: &[Control]| {
            by_zone(&population, &truth.zones, cars, controls).unwrap_err().to_string()
        };
        let counted = county(1_000, 3).unwrap().controls;
        assert!(refused(&cars, &counted).contains("count cars already (cars-0)"));
        cars.regions[2].fill(0.0);
        assert!(refused(&cars, &truth.controls).starts_with("people.cars:north-west: has no row"));
    }
}

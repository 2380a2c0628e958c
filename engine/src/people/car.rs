//! Cars, where no zone total counts them: a regional share of households without a car becomes a
//! control by zone.

use super::Population;
use super::control::{Control, Measure};
use crate::error::{Fault, Result};

/// A control of households without a car, from a first synthesis that knew nothing of cars.
///
/// The seed sample says how households without a car differ from others in size, workers and income, and
/// so how zones differ; its level is that of where it was drawn. The odds of every zone are multiplied by one
/// factor such that the share of all households is `share` (0..1). What is not in the sample, the
/// density of transit and the price of parking, stays out: dense zones get too few households without a car.
///
/// Totals are in households of the whole region (those of `population` divided by `sample`).
///
/// # Errors
/// A [`Fault`] for a share outside (0, 1).
pub fn without_car(population: &Population, n_zones: usize, share: f64, sample: f64) -> Result<Control> {
    if !(share > 0.0 && share < 1.0) {
        return Err(Fault::new("people.carless-share", "", format!("is {share}"))
            .expected("a share between 0 and 1")
            .into());
    }
    let mut zones = vec![(0.0, 0.0); n_zones];
    for household in &population.households {
        if let Some(zone) = zones.get_mut(household.zone.index()) {
            zone.0 += 1.0;
            zone.1 += f64::from(u8::from(household.vehicles == 0));
        }
    }
    let expected = |factor: f64, (all, without): (f64, f64)| {
        // Half a household on both sides keeps the odds of small zones finite (Haldane-Anscombe).
        let odds = factor * (without + 0.5) / (all - without + 0.5);
        all * odds / (1.0 + odds)
    };
    let wanted = share * zones.iter().map(|z| z.0).sum::<f64>();
    let (mut low, mut high) = (1e-6, 1e6);
    for _ in 0..200 {
        let middle = f64::sqrt(low * high);
        let total: f64 = zones.iter().map(|z| expected(middle, *z)).sum();
        if total < wanted { low = middle } else { high = middle }
    }
    let totals = zones.iter().map(|z| expected(high, *z) / sample).collect();
    Ok(Control { name: "households without a car".into(), measure: Measure::Vehicles(0, 0), totals })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ZoneId;
    use crate::people::Household;

    #[test]
    fn the_share_is_met_and_the_order_of_zones_kept() {
        let household = |zone, vehicles| Household { zone: ZoneId(zone), size: 1, vehicles, income_usd: 0 };
        let mut population = Population::default();
        for (zone, without) in [(0, 60), (1, 20)] {
            population.households.extend((0..100).map(|i| household(zone, u8::from(i >= without))));
        }
        let control = without_car(&population, 3, 0.1, 0.5).unwrap();
        assert!((control.totals.iter().sum::<f64>() - 0.1 * 200.0 / 0.5).abs() < 1e-6);
        assert!(control.totals[0] > 3.0 * control.totals[1] && control.totals[2] == 0.0);
        assert!(without_car(&population, 3, 1.0, 0.5).is_err());
    }
}

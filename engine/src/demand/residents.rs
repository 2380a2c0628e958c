//! Residents: households and persons made from zone totals and a sample of households.

use crate::Result;
use crate::people::car::{self, Cars};
use crate::people::control::{Control, Measure, SeedHousehold};
use crate::people::{self, Fit, Population};
use crate::zone::Zones;

/// What residents are made from.
#[derive(Debug, Clone, Default)]
pub struct Residents {
    /// Zone totals.
    pub controls: Vec<Control>,
    /// Households of a survey that stand for those of the region.
    pub sample: Vec<SeedHousehold>,
    /// Cars by region, where no zone total counts them.
    pub cars: Option<Cars>,
}

/// Residents as they were made.
pub struct Made {
    /// Households and their members.
    pub population: Population,
    /// How well the zone totals are met.
    pub fit: Fit,
}

impl Residents {
    /// Persons of the whole population by the totals of age groups.
    pub fn total_persons(&self) -> f64 {
        let ages = self.controls.iter().filter(|c| matches!(c.measure, Measure::Age(..)));
        ages.map(|c| c.totals.iter().sum::<f64>()).sum()
    }

    /// Makes them; `share` in (0, 1] is the share of all households to make. Where cars are known by region
    /// only, a first synthesis says how zones differ, and a second one meets the numbers of the regions.
    ///
    /// # Errors
    /// Totals or a sample that make no sense, see [`people::synthesize`] and [`car::by_zone`].
    pub fn make(&self, zones: &Zones, share: f64, seed: u64) -> Result<Made> {
        let make = |controls: &[Control]| people::synthesize(zones, controls, &self.sample, share, seed);
        let (mut population, mut fit) = make(&self.controls)?;
        if let Some(cars) = &self.cars {
            let by_zone = car::by_zone(&population, zones, cars, &self.controls)?;
            let controls: Vec<Control> = self.controls.iter().cloned().chain(by_zone).collect();
            (population, fit) = make(&controls)?;
        }
        Ok(Made { population, fit })
    }
}

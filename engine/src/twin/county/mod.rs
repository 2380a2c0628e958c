//! A whole plausible county from a seed: roads, zones, totals, seed sample, detectors. Nothing in it is
//! real, so everything in it is known: the truth for twin experiments, and a load for scale tests.
//!
//! The county is a square. Streets form a grid: every fourth line is an arterial, every eighth carries a
//! freeway above it in both directions (odd numbers run north-south, even ones east-west), tied to the arterials by ramps at each
//! crossing of two arterials. A river with few bridges divides it. Zones are squares of 4 × 4 blocks. Density falls exponentially from the centre (Clark
//! 1951, "Urban population densities"); jobs fall faster than homes.

mod land;
mod road;

use crate::error::{Fault, Result};
use crate::network::Network;
use crate::people::control::{Control, SeedHousehold};
use crate::validate::station::Counts;
use crate::zone::Zones;

/// Least and most persons that a county may be asked for.
pub const PERSONS: std::ops::RangeInclusive<u32> = 1_000..=1_000_000;

/// A county: what a region's files would hold.
#[derive(Debug, Clone)]
pub struct County {
    /// Roads, on a plane.
    pub network: Network,
    /// Zones with outlines and land use.
    pub zones: Zones,
    /// Zone totals that contradict nothing: they were counted.
    pub controls: Vec<Control>,
    /// Every household kind that lives in the county, in a sample.
    pub seed_sample: Vec<SeedHousehold>,
    /// Detector stations on freeway links, named with their link; no hours: those come from a run.
    pub counts: Counts,
}

/// Makes a county of about `persons` persons (households are drawn until there are as many).
///
/// # Errors
/// A [`Fault`] for a number of persons outside [`PERSONS`].
pub fn county(persons: u32, seed: u64) -> Result<County> {
    if !PERSONS.contains(&persons) {
        return Err(Fault::new("--persons", "", format!("is {persons}"))
            .expected(format!("{} to {}", PERSONS.start(), PERSONS.end()))
            .into());
    }
    let grid = road::Grid::new(persons);
    let network = road::network(&grid)?;
    let counts = road::stations(&network, seed);
    let (zones, controls, seed_sample) = land::settle(&grid, persons, seed);
    Ok(County { network, zones, controls, seed_sample, counts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode::Mode;
    use crate::network::RoadClass;
    use crate::people::synthesize;
    use crate::place::{Access, Assigner, Homes, Params};

    #[test]
    fn a_county_is_whole_connected_and_the_same_twice() {
        for persons in [1_000, 20_000] {
            let county = county(persons, 3).unwrap();
            county.network.check_connected(Mode::Car).unwrap();
            for class in RoadClass::ALL {
                assert!(county.network.links.iter().any(|l| l.class == class), "{persons} {class:?}");
            }
            let total: f64 = county.zones.zones.iter().map(|z| z.land.population).sum();
            assert!((total - f64::from(persons)).abs() < 20.0, "{total}");
            assert!(!county.counts.stations.is_empty());
            let again = super::county(persons, 3).unwrap();
            assert_eq!(county.zones, again.zones);
            assert_eq!(county.network.links, again.network.links);
            assert_ne!(county.zones, super::county(persons, 4).unwrap().zones);
        }
        assert!(county(10, 1).is_err());
    }

    #[test]
    fn its_people_can_be_made_again_from_its_totals() {
        let county = county(5_000, 7).unwrap();
        let (population, fit) =
            synthesize(&county.zones, &county.controls, &county.seed_sample, 1.0, 1).unwrap();
        let ratio = population.persons.len() as f64 / 5_000.0;
        assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
        for control in &fit.controls {
            assert!((control.weights.total / control.wanted - 1.0).abs() < 0.01, "{control:?}");
            assert!((control.households.total / control.wanted - 1.0).abs() < 0.03, "{control:?}");
        }
        let (access, warnings) = Access::new(&county.zones, &county.network).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        assert!(county.zones.ids().all(|z| access.links(z).len() > 4));
        Assigner::new(&county.zones, &county.network, &Homes::everybody(&county.zones), Params::default(), 1)
            .unwrap();
    }
}

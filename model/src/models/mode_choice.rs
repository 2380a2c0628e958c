//! Fits the choice of modes ([`engine::choice`]) to the tours of two surveys.
//!
//! VISTA 2009 tells places (blurred by some 450 m) but nobody's age, PSRC 2017 tells ages but no places. So the first
//! says what distance and density do, the second how much each mode is liked, by purpose and age ([`fit`]).

use engine::choice::share::{self, Shares};
use engine::choice::utility::{FEATURES, refit};
use engine::choice::{Coefficients, Fitted, PlacelessTour, TourObservation, TourPurpose, Traveller};
use engine::mode::Mode;
use engine::{Fault, Result};
use std::collections::BTreeMap;

/// Each tour without places stands at as many tours with its purpose, evenly spaced by distance.
pub const STAND_INS: usize = 100;

/// The coefficients and what they were fitted to.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Modes {
    /// By mode and feature; the car's row is zero.
    pub coefficients: Vec<Vec<f64>>,
    /// The first step, on VISTA.
    pub places: Fitted,
    /// The second step, on PSRC.
    pub levels: Fitted,
    /// Means of the two features of density over the VISTA tours.
    pub mean_density: [f64; 2],
    /// Shares of drivers among adults in tours of two, and of three and more persons in a car.
    pub drivers: [f64; 2],
    /// Shares of modes in the trips of VISTA by distance.
    pub shares: Shares,
}

/// What two surveys tell about modes.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Tours with places (VISTA).
    pub places: Vec<TourObservation>,
    /// Trips of the same survey: straight-line distance, metres, and mode.
    pub trips: Vec<(f64, Mode)>,
    /// Tours with ages (PSRC).
    pub levels: Vec<PlacelessTour>,
    /// Shares of drivers among adults in tours of two, and of three and more persons in a car (PSRC).
    pub drivers: [f64; 2],
}

/// Fits the mode choice: all coefficients on the tours with places, then constants, purposes and ages anew on those with
/// ages.
///
/// # Errors
/// A [`Fault`] where one of them holds no tour.
pub fn fit(observed: &Observed) -> Result<Modes> {
    let places = &observed.places;
    let (base, first) = refit(places, &Coefficients([[0.0; FEATURES]; Mode::ALL.len()]), &[true; FEATURES])?;
    let levels = stand_in(&observed.levels, places)?;
    let free = std::array::from_fn(|feature| ![1, 2, 7, 8].contains(&feature));
    let (coefficients, second) = refit(&levels, &base, &free)?;
    let mean = |which: usize| {
        let ln = |tour: &TourObservation| {
            tour.traveller.density_km2.map_or(0.0, |d| engine::float::log(1.0 + d[which] / 1000.0))
        };
        places.iter().map(ln).sum::<f64>() / places.len() as f64
    };
    Ok(Modes {
        coefficients: coefficients.0.iter().map(|row| row.to_vec()).collect(),
        places: first,
        levels: second,
        mean_density: [mean(0), mean(1)],
        drivers: observed.drivers,
        shares: share::by_distance(observed.trips.iter().copied()),
    })
}

/// Gives tours without places the distances and densities of tours with the same purpose.
fn stand_in(levels: &[PlacelessTour], places: &[TourObservation]) -> Result<Vec<TourObservation>> {
    let mut by_purpose: BTreeMap<TourPurpose, Vec<&Traveller>> = BTreeMap::new();
    for tour in places {
        by_purpose.entry(tour.traveller.purpose).or_default().push(&tour.traveller);
    }
    by_purpose.values_mut().for_each(|tours| tours.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m)));
    let mut out = Vec::with_capacity(levels.len() * STAND_INS);
    for &PlacelessTour { purpose, age, mode, weight } in levels {
        let there = by_purpose.get(&purpose).filter(|tours| !tours.is_empty());
        let there = there.ok_or_else(|| Fault::new("tours", "", "no tour with a place has this purpose"))?;
        for n in 0..STAND_INS {
            let stands = there[(2 * n + 1) * there.len() / (2 * STAND_INS)];
            let traveller = Traveller { purpose, age: Some(age), cars_per_adult: None, ..*stands };
            out.push(TourObservation { traveller, mode, weight: weight / STAND_INS as f64 });
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tour_without_places_stands_at_those_with_its_purpose() {
        let at = |distance_m, purpose| TourObservation {
            traveller: Traveller { distance_m, purpose, age: None, cars_per_adult: None, density_km2: None },
            mode: Mode::Car,
            weight: 1.0,
        };
        let places =
            [at(3000.0, TourPurpose::Work), at(9.0, TourPurpose::Other), at(1000.0, TourPurpose::Work)];
        let tour = PlacelessTour { purpose: TourPurpose::Work, age: 40, mode: Mode::Walk, weight: 2.0 };
        let stands = stand_in(&[tour], &places).unwrap();
        assert_eq!(stands.len(), STAND_INS);
        let near = stands.iter().filter(|tour| tour.traveller.distance_m == 1000.0).count();
        assert_eq!(near, STAND_INS / 2);
        assert!(stands.iter().all(|t| t.mode == Mode::Walk && t.traveller.age == Some(40)));
        let school = PlacelessTour { purpose: TourPurpose::School, ..tour };
        assert!(stand_in(&[school], &places).is_err());
    }
}

//! Which mode a person takes for a tour.

use super::logit::{Case, Fitted, MODES, maximise, probabilities, utility};
use crate::error::{Fault, Result};
use crate::float::log;
use crate::mode::{Mode, ModeSet};

/// Age from which a person may drive (California Vehicle Code § 12814.6: a provisional licence at 16).
pub const LICENCE_AGE: u8 = 16;
/// Farthest point of a tour on foot, metres in a straight line. Of the walks of NHTS 2022 2.5 % are longer than 3 miles along the
/// roads, which this is; the surveys that the coefficients come from hold walks of any length, for their places are blurred.
pub const WALK_MOST_M: f64 = 4_000.0;
/// Number of features: see [`FEATURE_NAMES`].
pub const FEATURES: usize = 9;
/// What the features are, in order. Distances are straight lines to the farthest point of the tour.
pub const FEATURE_NAMES: [&str; FEATURES] = [
    "constant",
    "ln(0.1 + distance km)",
    "distance km, at most 50",
    "work tour",
    "school tour",
    "age under 16",
    "age 65 and more",
    "ln(1 + thousand people a km²) at home",
    "the same at the farthest point",
];
/// The last two features of somebody of whose places nothing is known: means of the VISTA tours.
const MEAN_DENSITY: [f64; 2] = [1.417, 1.425];
/// Pull towards the base, in units of one observation: see [`maximise`].
const RIDGE: f64 = 0.1;

/// What a tour is for: work wins over school, school over the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TourPurpose {
    /// Holds a work episode.
    Work,
    /// Holds a school episode and no work.
    School,
    /// A tour with neither work nor education.
    Other,
}

/// What the choice depends on. `None` where a survey does not tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traveller {
    /// Straight line from the tour's start to its farthest point, metres.
    pub distance_m: f64,
    /// The main purpose of the tour.
    pub purpose: TourPurpose,
    /// Age in completed years; `None` where the survey does not state it.
    pub age: Option<u8>,
    /// Cars of the household for each adult in it.
    pub cars_per_adult: Option<f64>,
    /// People who live or work within a kilometre of the tour's start and of its farthest point, per square
    /// kilometre ([`crate::place::Density`]): what stands for buses, walks and dear parking.
    pub density_km2: Option<[f64; 2]>,
}

/// One tour of a survey.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TourObservation {
    /// Who, how far, what for.
    pub traveller: Traveller,
    /// The mode taken for most of it.
    pub mode: Mode,
    /// Survey weight: persons that this observation stands for; positive.
    pub weight: f64,
}

/// A tour of a survey that tells the traveller's age, but no places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacelessTour {
    /// What the tour was for.
    pub purpose: TourPurpose,
    /// Age of the traveller in completed years.
    pub age: u8,
    /// The mode that was taken.
    pub mode: Mode,
    /// Survey weight.
    pub weight: f64,
}

/// Coefficients by mode (rows in the order of [`Mode::ALL`]) and feature ([`FEATURE_NAMES`]). The car's row is zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients(pub [[f64; FEATURES]; MODES]);

/// The coefficients that [`super::trips`] uses; `wayfare modes` makes them anew (figures: weighted, McFadden's ρ²).
///
/// 1. [`fit`] on 43,117 home-based tours of VISTA 2009 (Melbourne; ρ² 0.444, without density 0.426) gives what
///    distance and density do. Its places are blurred by some 450 m, it tells neither age nor cars.
/// 2. [`refit`] of constants, purpose and age on 1,906 tours of the PSRC 2017 household survey (Seattle, weighted)
///    gives US levels. It tells no places: each tour stands at 100 tours of VISTA with its purpose, evenly by distance.
///    Nor does it tell drivers from passengers: tours of two (three and more) persons have one driver
///    in two (three), and children never drive, so 70 % (88 %) of the adults in them do. School buses count as transit.
///
/// Few tours (66) are made at ages 16-24 and 62 to school at 16 and more: those shares are the weakest.
pub const SHIPPED: Coefficients = Coefficients([
    [0.0; FEATURES],
    [-2.412, 0.055, 0.005, -1.743, 0.378, 3.225, -0.299, 0.080, 0.035],
    [-7.801, 0.952, -0.041, 0.933, 4.200, 0.257, -0.471, 0.467, 1.189],
    [-4.534, -0.289, -0.035, 0.666, -1.556, -2.202, -2.149, 0.423, 0.424],
    [-0.938, -1.597, -0.005, -1.377, -0.852, -1.279, 0.327, 0.194, 0.108],
]);

impl Traveller {
    fn features(&self) -> [f64; FEATURES] {
        let km = (self.distance_m / 1000.0).max(0.0);
        let is = |yes: bool| f64::from(u8::from(yes));
        let dense = self.density_km2.map_or(MEAN_DENSITY, |d| d.map(|km2| log(1.0 + km2 / 1000.0)));
        [
            1.0,
            log(0.1 + km),
            km.min(50.0),
            is(self.purpose == TourPurpose::Work),
            is(self.purpose == TourPurpose::School),
            is(self.age.is_some_and(|a| a < LICENCE_AGE)),
            is(self.age.is_some_and(|a| a >= 65)),
            dense[0],
            dense[1],
        ]
    }

    /// All modes, but no car for those too young to drive or without one at home.
    fn available(&self) -> ModeSet {
        let drives = self.age.is_none_or(|a| a >= LICENCE_AGE) && self.cars_per_adult.is_none_or(|c| c > 0.0);
        let others = [Mode::Ride, Mode::Transit, Mode::Bike, Mode::Walk];
        let set = others.into_iter().fold(ModeSet::default(), ModeSet::with);
        if drives { set.with(Mode::Car) } else { set }
    }

    /// ln(cars per adult) on the car, at most 0: where there are fewer cars than adults, the odds of
    /// driving fall in proportion. An assumption: the surveys at hand hold no cars.
    fn offset(&self) -> [f64; MODES] {
        let mut offset = [0.0; MODES];
        if let Some(cars) = self.cars_per_adult.filter(|c| *c > 0.0) {
            offset[Mode::Car as usize] = log(cars.min(1.0));
        }
        offset
    }
}

impl Coefficients {
    /// The same with `added` to the constants, in the order of [`Mode::ALL`]: so that the shares known of a region come
    /// out (Train 2009, "Discrete Choice Methods with Simulation", section 2.8: add ln(known share / share), again until
    /// it fits).
    pub fn with_constants(mut self, added: [f64; MODES]) -> Self {
        self.0.iter_mut().zip(added).for_each(|(row, added)| row[0] += added);
        self
    }

    /// The same with `added` to what speaks for each mode on tours of a purpose, beside tours of no purpose of their own
    /// ([`TourPurpose::Other`], for which nothing can be added here: see [`Coefficients::with_constants`]).
    pub fn with_purpose(mut self, purpose: TourPurpose, added: [f64; MODES]) -> Self {
        let feature = match purpose {
            TourPurpose::Work => 3,
            TourPurpose::School => 4,
            TourPurpose::Other => return self,
        };
        self.0.iter_mut().zip(added).for_each(|(row, added)| row[feature] += added);
        self
    }

    /// The chance of each mode, in the order of [`Mode::ALL`].
    pub fn probabilities(&self, traveller: &Traveller) -> [f64; MODES] {
        let utility = utility(&self.0, &traveller.features(), &traveller.offset());
        let mut open = traveller.available();
        if traveller.distance_m > WALK_MOST_M {
            open = open.without(Mode::Walk);
        }
        probabilities(&utility, open)
    }
}

/// Fits all coefficients to tours with a distance.
///
/// # Errors
/// A [`Fault`] for no tours, a distance or weight that is negative or not finite, or a driver who could not drive.
pub fn fit(tours: &[TourObservation]) -> Result<Fitted> {
    let zero = Coefficients([[0.0; FEATURES]; MODES]);
    refit(tours, &zero, &[true; FEATURES]).map(|(_, fitted)| fitted)
}

/// Fits the features marked `free`, from `base`; the others stay. So a second survey that lacks a
/// feature (distance, say) can move the constants of a model made on a first.
///
/// # Errors
/// As for [`fit`].
pub fn refit(
    tours: &[TourObservation],
    base: &Coefficients,
    free: &[bool; FEATURES],
) -> Result<(Coefficients, Fitted)> {
    if tours.is_empty() {
        return Err(Fault::new("tours", "", "there is none to fit a mode choice on").into());
    }
    let mut cases = Vec::with_capacity(tours.len());
    for (index, tour) in tours.iter().enumerate() {
        let traveller = &tour.traveller;
        let [home, far] = traveller.density_km2.unwrap_or_default();
        let numbers = [traveller.distance_m, tour.weight, home, far];
        if numbers.iter().any(|n| !(n.is_finite() && *n >= 0.0)) {
            let what = "distance, density or weight is negative or missing";
            return Err(Fault::new("tours", index, what).into());
        }
        if !traveller.available().has(tour.mode) {
            let what = "drives without a car or a licence";
            return Err(Fault::new("tours", index, what).advice("record it as ride").into());
        }
        cases.push(Case {
            features: traveller.features(),
            offset: traveller.offset(),
            available: traveller.available(),
            chosen: tour.mode,
            weight: tour.weight,
        });
    }
    let (rows, fitted) = maximise(&cases, &base.0, free, RIDGE);
    Ok((Coefficients(rows), fitted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::share::{BANDS_KM, by_distance};
    use crate::draw::{Purpose, draw};

    fn traveller(distance_m: f64, age: u8, cars_per_adult: f64) -> Traveller {
        let purpose = TourPurpose::Other;
        Traveller {
            distance_m,
            purpose,
            age: Some(age),
            cars_per_adult: Some(cars_per_adult),
            density_km2: None,
        }
    }

    #[test]
    fn the_fit_finds_the_truth_it_was_drawn_from() {
        let tours: Vec<TourObservation> = (0..40_000u64)
            .map(|n| {
                let mut stream = draw(2, Purpose::Test, n, 0);
                let mut who = traveller(20_000.0 * stream.uniform(), 10 + stream.below(70) as u8, 1.0);
                who.purpose =
                    [TourPurpose::Work, TourPurpose::School, TourPurpose::Other][stream.below(3) as usize];
                who.density_km2 = Some([4_000.0 * stream.uniform(), 40_000.0 * stream.uniform()]);
                let mode = Mode::ALL[stream.weighted(&SHIPPED.probabilities(&who)).unwrap()];
                TourObservation { traveller: who, mode, weight: 1.0 }
            })
            .collect();
        let fitted = fit(&tours).unwrap();
        assert!(fitted.at_rest, "{fitted:?}");
        assert!((0.1..1.0).contains(&fitted.rho_squared), "{}", fitted.rho_squared);
        let mut off = 0;
        for (m, row) in SHIPPED.0.iter().enumerate().skip(1) {
            for (f, truth) in row.iter().enumerate() {
                let error = fitted.standard_errors[m][f].max(1e-9);
                off += usize::from((fitted.coefficients[m][f] - truth).abs() > 3.0 * error);
            }
        }
        // 36 coefficients, each outside three standard errors with a chance of 0.3 %; rare ones feel the ridge.
        assert!(off <= 4, "{off} of 36: {fitted:?}");
        // In each band of distance the drawn shares are the mean chances.
        let drawn = by_distance(tours.iter().map(|tour| (tour.traveller.distance_m, tour.mode)));
        for (band, shares) in BANDS_KM.windows(2).zip(drawn) {
            let inside =
                |tour: &&TourObservation| (band[0]..band[1]).contains(&(tour.traveller.distance_m / 1000.0));
            let chances: Vec<_> =
                tours.iter().filter(inside).map(|tour| SHIPPED.probabilities(&tour.traveller)).collect();
            let n = chances.len() as f64;
            for (mode, share) in shares.iter().enumerate().filter(|_| n > 0.0) {
                let chance = chances.iter().map(|chances| chances[mode]).sum::<f64>() / n;
                assert!((share - chance).abs() < 5.0 * (0.25 / n).sqrt(), "{band:?}, mode {mode}");
            }
        }
    }

    #[test]
    fn the_young_and_the_carless_do_not_drive_and_walks_are_short() {
        let car = Mode::Car as usize;
        assert_eq!(SHIPPED.probabilities(&traveller(5_000.0, 15, 2.0))[car], 0.0);
        assert_eq!(SHIPPED.probabilities(&traveller(5_000.0, 40, 0.0))[car], 0.0);
        let shares = |m| SHIPPED.probabilities(&traveller(m, 40, 1.0));
        assert!(shares(5_000.0)[car] > SHIPPED.probabilities(&traveller(5_000.0, 40, 0.5))[car]);
        assert!(shares(300.0)[Mode::Walk as usize] > 5.0 * shares(WALK_MOST_M)[Mode::Walk as usize]);
        let downtown = Traveller { density_km2: Some([3_000.0, 60_000.0]), ..traveller(8_000.0, 40, 1.0) };
        let bus = Mode::Transit as usize;
        assert!(SHIPPED.probabilities(&downtown)[bus] > 3.0 * shares(8_000.0)[bus]);
        assert_eq!(shares(WALK_MOST_M + 1.0)[Mode::Walk as usize], 0.0);
        for metres in [0.0, 1.0, 1e4, 1e7] {
            assert!((shares(metres).iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_constant_multiplies_the_odds() {
        let who = traveller(8_000.0, 40, 1.0);
        let odds = |coefficients: &Coefficients| {
            let chances = coefficients.probabilities(&who);
            chances[Mode::Transit as usize] / chances[Mode::Car as usize]
        };
        let halved = SHIPPED.with_constants([0.0, 0.0, -std::f64::consts::LN_2, 0.0, 0.0]);
        assert!((odds(&halved) / odds(&SHIPPED) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn impossible_tours_are_named() {
        let tour = |traveller, mode| TourObservation { traveller, mode, weight: 1.0 };
        assert!(fit(&[]).is_err());
        let error = fit(&[tour(traveller(1.0, 12, 1.0), Mode::Car)]).unwrap_err();
        assert!(error.to_string().starts_with("tours:0:"), "{error}");
        assert!(fit(&[tour(traveller(f64::NAN, 30, 1.0), Mode::Car)]).is_err());
    }
}

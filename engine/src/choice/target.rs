//! Constants of the choice of modes that make the shares known of a region come out.
//!
//! The shares of a survey are those of tours by purpose, and so are what is met here: for each purpose, ln(known share /
//! expected share) is added to the constants, again and again until they agree (Train 2009, "Discrete Choice Methods with
//! Simulation", section 2.8). Expected shares are sums of chances, so that no draw is in them. Who has no car or is too young
//! cannot drive: shares that the population cannot have are a fault, not a larger constant.
//!
//! ```text
//! transit has 20 % of the work tours as the coefficients have it, and 7 % in the survey: ln(0.07 / 0.20) = −1.05 is added
//! to its constant, the others likewise; the shares are summed anew, and again, until none is off by more than 0.0001
//! ```
//!
//! A run with another policy finds its own constants, so a measure that should change modes cannot do so where targets are
//! given: a stated limit.

use super::logit::MODES;
use super::utility::{Coefficients, TourPurpose, Traveller};
use crate::error::{Fault, Result};
use crate::float::log;
use crate::mode::Mode;
use rayon::prelude::*;
use serde::Serialize;

/// The purposes, in the order of tables.
pub const PURPOSES: [TourPurpose; 3] = [TourPurpose::Work, TourPurpose::School, TourPurpose::Other];
/// Most rounds.
const ROUNDS: usize = 200;
/// Shares are met when none is farther off than this.
const CLOSE: f64 = 1e-4;
/// A mode without a known tour gets this share instead, for a constant of minus infinity is no number.
const LEAST: f64 = 1e-6;
/// Tours are summed up in pieces of this many, one after the other, so that threads do not change a sum.
const PIECE: usize = 4096;

/// Name of a purpose in tables: `work`, `school`, `other`.
pub const fn purpose_name(purpose: TourPurpose) -> &'static str {
    match purpose {
        TourPurpose::Work => "work",
        TourPurpose::School => "school",
        TourPurpose::Other => "other",
    }
}

/// Known shares of modes in the tours from home; `None` for a purpose of which nothing is known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Targets([Option<[f64; MODES]>; PURPOSES.len()]);

impl Targets {
    /// The shares of a purpose, from counts or shares by mode in the order of [`Mode::ALL`]; their sum must be positive.
    pub fn set(&mut self, purpose: TourPurpose, counts: [f64; MODES]) {
        let counts = counts.map(|count| count.max(LEAST * counts.iter().sum::<f64>()));
        let sum: f64 = counts.iter().sum();
        self.0[purpose as usize] = Some(counts.map(|count| count / sum));
    }
}

/// How a purpose was met.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Met {
    /// The purpose.
    pub purpose: TourPurpose,
    /// Tours that were looked at.
    pub tours: usize,
    /// Shares wanted, by mode.
    pub wanted: [f64; MODES],
    /// Shares expected with the coefficients as they were, by mode.
    pub before: [f64; MODES],
    /// Shares expected with the constants.
    pub after: [f64; MODES],
    /// What was added to the constants, by mode; 0 for the car.
    pub constants: [f64; MODES],
}

/// The coefficients with the constants that make `travellers` choose as `targets` say, and how each purpose was met. Purposes
/// without a target or without tours stay as they are.
///
/// # Errors
/// A [`Fault`] that names purpose and mode where the shares cannot be met: too many have no car, say.
pub fn meet(
    base: &Coefficients,
    targets: &Targets,
    travellers: &[Traveller],
) -> Result<(Coefficients, Vec<Met>)> {
    let mut met = Vec::new();
    let mut added = [[0.0; MODES]; PURPOSES.len()];
    for (purpose, wanted) in PURPOSES.into_iter().zip(targets.0) {
        let tours: Vec<&Traveller> = travellers.iter().filter(|tour| tour.purpose == purpose).collect();
        let Some(wanted) = wanted.filter(|_| !tours.is_empty()) else { continue };
        let of_purpose = meet_one(base, purpose, wanted, &tours)?;
        added[purpose as usize] = of_purpose.constants;
        met.push(of_purpose);
    }
    let mut rows = base.with_constants(added[TourPurpose::Other as usize]);
    for purpose in [TourPurpose::Work, TourPurpose::School] {
        let more = added[purpose as usize].iter().zip(added[TourPurpose::Other as usize]);
        rows = rows.with_purpose(
            purpose,
            std::array::from_fn(|mode| {
                let mut more = more.clone();
                more.nth(mode).map_or(0.0, |(own, other)| own - other)
            }),
        );
    }
    Ok((rows, met))
}

/// The constants of one purpose.
fn meet_one(
    base: &Coefficients,
    purpose: TourPurpose,
    wanted: [f64; MODES],
    tours: &[&Traveller],
) -> Result<Met> {
    let car = Mode::Car as usize;
    let mut constants = [0.0; MODES];
    let before = expected(base, tours);
    let mut after = before;
    for _ in 0..ROUNDS {
        if after.iter().zip(&wanted).all(|(made, wanted)| (made - wanted).abs() < CLOSE) {
            return Ok(Met { purpose, tours: tours.len(), wanted, before, after, constants });
        }
        for mode in 0..MODES {
            constants[mode] += log(wanted[mode] / after[mode].max(LEAST * LEAST));
        }
        let of_car = constants[car];
        constants.iter_mut().for_each(|constant| *constant -= of_car);
        after = expected(&base.with_constants(constants), tours);
    }
    let off = |mode: usize| (after[mode] - wanted[mode]).abs();
    let worst = (0..MODES).max_by(|&a, &b| off(a).total_cmp(&off(b))).unwrap_or(car);
    let what = format!(
        "{:.1} % of the {} tours cannot be by {}: with the people and cars of this run it is {:.1} % at most",
        100.0 * wanted[worst],
        purpose_name(purpose),
        Mode::ALL[worst].name(),
        100.0 * after[worst]
    );
    Err(Fault::new("mode.targets", purpose_name(purpose), what)
        .expected("shares that fit the drivers and cars of the population")
        .advice("look at the cars of the households (people.cars) and at the table")
        .into())
}

/// Expected shares of modes: mean chances.
fn expected(coefficients: &Coefficients, tours: &[&Traveller]) -> [f64; MODES] {
    let sum = |tours: &[&Traveller]| {
        tours.iter().fold([0.0; MODES], |mut sums, tour| {
            let chances = coefficients.probabilities(tour);
            sums.iter_mut().zip(chances).for_each(|(sum, chance)| *sum += chance);
            sums
        })
    };
    let pieces: Vec<[f64; MODES]> = tours.par_chunks(PIECE).map(sum).collect();
    let mut shares = [0.0; MODES];
    for piece in pieces {
        shares.iter_mut().zip(piece).for_each(|(share, sum)| *share += sum / tours.len() as f64);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::utility::SHIPPED;
    use crate::draw::{Purpose, draw};

    fn travellers(carless: f64) -> Vec<Traveller> {
        let traveller = |n: u64| {
            let mut stream = draw(5, Purpose::Test, n, 0);
            Traveller {
                distance_m: 20_000.0 * stream.uniform(),
                purpose: PURPOSES[stream.below(3) as usize],
                age: Some(8 + stream.below(80) as u8),
                cars_per_adult: Some(if stream.uniform() < carless { 0.0 } else { 1.0 }),
                density_km2: Some([4_000.0 * stream.uniform(), 20_000.0 * stream.uniform()]),
            }
        };
        (0..20_000).map(traveller).collect()
    }

    #[test]
    fn shares_by_purpose_come_out() {
        let travellers = travellers(0.1);
        let mut targets = Targets::default();
        targets.set(TourPurpose::Work, [60.0, 15.0, 12.0, 3.0, 10.0]);
        targets.set(TourPurpose::School, [0.1, 0.6, 0.1, 0.05, 0.15]);
        let (rows, met) = meet(&SHIPPED, &targets, &travellers).unwrap();
        assert_eq!(met.len(), 2);
        for purpose in PURPOSES {
            let tours: Vec<&Traveller> = travellers.iter().filter(|t| t.purpose == purpose).collect();
            let made = expected(&rows, &tours);
            let wanted = targets.0[purpose as usize].unwrap_or_else(|| expected(&SHIPPED, &tours));
            for (made, wanted) in made.iter().zip(wanted) {
                assert!((made - wanted).abs() < 2e-4, "{purpose:?}: {made} {wanted}");
            }
        }
        assert!(met.iter().all(|met| met.constants[Mode::Car as usize] == 0.0));
        // On any number of threads the same bits.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(pool.install(|| meet(&SHIPPED, &targets, &travellers)).unwrap(), (rows, met));
    }

    #[test]
    fn shares_that_nobody_can_have_are_refused_by_name() {
        let mut targets = Targets::default();
        targets.set(TourPurpose::Work, [90.0, 4.0, 3.0, 1.0, 2.0]);
        let error = meet(&SHIPPED, &targets, &travellers(0.5)).unwrap_err().to_string();
        assert!(error.starts_with("mode.targets:work: 90.0 % of the work tours cannot be by car"), "{error}");
    }
}

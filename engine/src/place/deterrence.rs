//! Our own choice of zones: size × deterrence, fitted so that both distances and visits come out right.
//!
//! The chance of a zone is in proportion to
//!
//! ```text
//! size of the zone · balancing price of the zone · f(distance)
//! ```
//!
//! `f` is a table by 100 m, made of ten levels, one for each tenth of the survey's trips, with straight lines
//! between them on logarithmic axes. Levels and prices are found together: run an idealised day, compare with what
//! is wanted, multiply by the ratio, again. Prices stay at one for kinds whose sizes only stand in for an
//! attraction.

use super::attraction::{KINDS, Matrix, activity};
use super::distance::{Quantiles, share_below};
use super::reference::Between;
use crate::activity::Activity;
use crate::draw::Draw;
use crate::float::{exp, log};
use rayon::prelude::*;

/// Length of a step of the deterrence table, metres, and number of steps.
const STEP_M: f64 = 100.0;
/// Steps of the table; beyond the last one the value of the last holds.
const STEPS: usize = 2048;
/// Rounds of fitting, and how many of them, at the end, settle the visits alone.
const ROUNDS: usize = 30;
const LAST_ROUNDS: usize = 5;
/// Beyond the last quantile the deterrence falls at least with this power of distance.
const TAIL_POWER: f64 = -2.0;

/// What draws people of one kind to a zone and what keeps them from it.
#[derive(Debug, Clone)]
struct Pull {
    /// Size × balancing price of each zone.
    zone: Vec<f64>,
    /// Deterrence by 100 m.
    table: Vec<f64>,
}

/// [`Pull`]s of all kinds of destination.
#[derive(Debug, Clone)]
pub(super) struct Deterrence(Vec<Pull>);

impl Deterrence {
    /// Fits each kind by iterative proportional fitting on an idealised day, in which all residents
    /// go from home to one stop and back: the distances of the trips then follow the survey's single-stop tours
    /// (`quantiles`, by kind), and for work, school and college the visits follow the sizes (doubly
    /// constrained; Wilson 1967). Other sizes are stand-ins and are not forced.
    pub(super) fn new(
        matrix: &Matrix,
        residents: &[f64],
        sizes: &[Vec<f64>],
        quantiles: &(dyn Fn(usize) -> Quantiles + Sync),
    ) -> Self {
        let pull = |kind: usize| {
            let doubly = matches!(activity(kind), Activity::Work | Activity::School);
            fit(matrix, residents, &sizes[kind], &quantiles(kind), doubly)
        };
        Self((0..KINDS).into_par_iter().map(pull).collect())
    }

    /// A zone for work or school, from home.
    ///
    /// Where no zone has a weight (a kind that nobody offers), the home zone.
    pub(super) fn mandatory(&self, matrix: &Matrix, kind: usize, home: usize, draw: &mut Draw) -> usize {
        let pull = &self.0[kind];
        let row = matrix.row(home);
        let weight = |zone: usize| pull.zone[zone] * pull.at(f64::from(row[zone]));
        pick(matrix.len(), weight, draw).unwrap_or(home)
    }

    /// A zone for anything else: deterred by half the detour that it means on the way to the next home,
    /// work or school (from home and back, that is the distance). Only zones in time, if there is one.
    ///
    /// A shop beside the way to work means a small detour and is therefore likely, however far from home it lies.
    /// Where no zone can be reached in time, the zone of the place before.
    pub(super) fn free(&self, matrix: &Matrix, kind: usize, between: Between, draw: &mut Draw) -> usize {
        let pull = &self.0[kind];
        let (to, on) = (matrix.row(between.previous), matrix.row(between.next));
        let direct_m = if between.previous == between.next { 0.0 } else { to[between.next] };
        let weight = |zone: usize| {
            let late = f64::from(to[zone]) > between.reach_m || f64::from(on[zone]) > between.onward_m;
            let detour_m = f64::from((to[zone] + on[zone] - direct_m).max(0.0)) / 2.0;
            if late { 0.0 } else { pull.zone[zone] * pull.at(detour_m) }
        };
        pick(matrix.len(), weight, draw).unwrap_or(between.previous)
    }
}

impl Pull {
    /// The deterrence at a distance, metres.
    #[inline]
    fn at(&self, distance_m: f64) -> f64 {
        self.table[((distance_m / STEP_M) as usize).min(STEPS - 1)]
    }
}

/// A zone drawn with a chance in proportion to its weight; `None` when all weights are zero.
fn pick(n: usize, weight: impl Fn(usize) -> f64, draw: &mut Draw) -> Option<usize> {
    let mut sum = 0.0;
    let sums: Vec<f64> = (0..n)
        .map(|zone| {
            sum += weight(zone);
            sum
        })
        .collect();
    draw.cumulative(&sums)
}

/// Bands of distance with a wanted share each; the last has no end.
struct Bands {
    ends_m: Vec<f64>,
    wanted: Vec<f64>,
}

impl Bands {
    /// One band for each two quantiles from 10 % on (the blur of the survey makes finer ones noise).
    fn new(quantiles: &Quantiles) -> Self {
        let ends_km: Vec<f64> =
            (2..quantiles.len() - 1).step_by(2).map(|i| f64::from(quantiles[i])).collect();
        let mut wanted = Vec::with_capacity(ends_km.len() + 1);
        let mut below = 0.0;
        for &end in &ends_km {
            let share = share_below(quantiles, end);
            wanted.push(share - below);
            below = share;
        }
        wanted.push(1.0 - below);
        Self { ends_m: ends_km.iter().map(|km| km * 1000.0).collect(), wanted }
    }

    /// The band of a distance.
    fn of(&self, distance_m: f64) -> usize {
        self.ends_m.partition_point(|&end| end <= distance_m)
    }

    /// Deterrence at every step of the table: straight lines between the bands' middles in logarithms.
    ///
    /// A band's level stands at the geometric mean of its ends (a band from 0 has none: half its end; the last: one
    /// and a half times its start). Below the first middle the table is flat; beyond the last it falls on as
    /// between the last two, or by [`TAIL_POWER`] where that is steeper.
    fn spread(&self, levels: &[f64]) -> Vec<f64> {
        let middles: Vec<f64> = (0..levels.len())
            .map(|band| match band {
                0 => log(self.ends_m[0] / 2.0),
                last if last == self.ends_m.len() => log(self.ends_m[last - 1] * 1.5),
                inner => log((self.ends_m[inner - 1] * self.ends_m[inner]).sqrt()),
            })
            .collect();
        let heights: Vec<f64> = levels.iter().map(|&l| log(l.max(1e-300))).collect();
        (0..STEPS)
            .map(|step| {
                let at = log((step as f64 + 0.5) * STEP_M);
                let last = middles.len() - 1;
                let right = middles.partition_point(|&m| m <= at);
                if right == 0 {
                    return exp(heights[0]);
                }
                if right > last {
                    let slope = (heights[last] - heights[last - 1]) / (middles[last] - middles[last - 1]);
                    return exp(heights[last] + slope.min(TAIL_POWER) * (at - middles[last]));
                }
                let part = (at - middles[right - 1]) / (middles[right] - middles[right - 1]);
                exp(heights[right - 1] + part * (heights[right] - heights[right - 1]))
            })
            .collect()
    }
}

/// Fits the deterrence by distance so that a day of everybody meets the survey's quantiles, and, with
/// `doubly`, the pull of each zone so that it gets the visits that its size asks for. Factors of a round
/// are held between 0.2 and 5.
///
/// For doubly constrained kinds the last rounds settle the visits alone: the two fits pull against each other, and
/// visits are what jobs and schools are known to have.
fn fit(matrix: &Matrix, residents: &[f64], sizes: &[f64], quantiles: &Quantiles, doubly: bool) -> Pull {
    let bands = Bands::new(quantiles);
    let mut levels = vec![1.0; bands.wanted.len()];
    let mut pull = Pull { zone: sizes.to_vec(), table: bands.spread(&levels) };
    let total: f64 = residents.iter().sum();
    let size_total: f64 = sizes.iter().sum();
    for round in 0..ROUNDS {
        let (by_band, visits) = idealised_day(matrix, residents, &pull, &bands);
        for (level, (wanted, made)) in levels.iter_mut().zip(bands.wanted.iter().zip(&by_band)) {
            // A band that no pair of zones falls into cannot be filled; its level stays.
            if *made > 0.0 && (!doubly || round < ROUNDS - LAST_ROUNDS) {
                *level *= (wanted * total / made).clamp(0.2, 5.0);
            }
        }
        if doubly {
            for (zone, &visited) in visits.iter().enumerate() {
                if visited > 0.0 {
                    pull.zone[zone] *= (sizes[zone] / size_total * total / visited).clamp(0.2, 5.0);
                }
            }
        }
        pull.table = bands.spread(&levels);
    }
    pull
}

/// Trips by band and visits by zone when every resident makes one trip from home.
fn idealised_day(matrix: &Matrix, residents: &[f64], pull: &Pull, bands: &Bands) -> (Vec<f64>, Vec<f64>) {
    let mut by_band = vec![0.0; bands.wanted.len()];
    let mut visits = vec![0.0; residents.len()];
    let mut weights = vec![0.0; residents.len()];
    for (home, &people) in residents.iter().enumerate().filter(|(_, p)| **p > 0.0) {
        let row = matrix.row(home);
        let mut sum = 0.0;
        for (zone, weight) in weights.iter_mut().enumerate() {
            *weight = pull.zone[zone] * pull.at(f64::from(row[zone]));
            sum += *weight;
        }
        if sum <= 0.0 {
            continue;
        }
        for (zone, weight) in weights.iter().enumerate() {
            let trips = people * weight / sum;
            by_band[bands.of(f64::from(row[zone]))] += trips;
            visits[zone] += trips;
        }
    }
    (by_band, visits)
}

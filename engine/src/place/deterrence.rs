//! Our own choice of zones: size × deterrence, fitted so that both distances and visits come out right.
//!
//! The chance of a zone is in proportion to
//!
//! ```text
//! size of the zone · balancing price of the zone · f(distance) · factor of the two regions
//! ```
//!
//! `f` is a table by 100 m, made of ten levels, one for each tenth of the survey's trips, with straight lines
//! between them on logarithmic axes. Levels and prices are found together: run an idealised day, compare with what
//! is wanted, multiply by the ratio, again. Prices stay at one for kinds whose sizes only stand in for an
//! attraction; factors of regions are of work alone, and one where no [`Flows`] are known.
//!
//! What is wanted may not go together: a region whose workers are said to stay, and distances that would have them leave. The
//! fit then ends where the rounds end. Which of the wishes gives way is decided here and nowhere else: distances first, for
//! they are a survey's and of all regions together; then, as far as the two contradict each other, visits, because the pairs of
//! regions are scaled last. Visits are wanted inside a region only, once flows are known, so that the two seldom do.
//!
//! A run tells how well it met them by the figures beside its yardsticks (commute lengths, workers between regions), not here:
//! the idealised day of this fit is nobody's.

use super::attraction::{KINDS, activity};
use super::distance::{Quantiles, share_below};
use super::matrix::Matrix;
use super::reference::Between;
use super::{Flows, Homes};
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
    /// Factor by region of home (rows) and of destination; empty where all are one.
    regions: Vec<f64>,
}

/// What the destinations of a kind must meet.
pub(super) struct Wanted<'a> {
    /// Persons who go, by home zone.
    pub homes: &'a [f64],
    /// What zones offer.
    pub sizes: &'a [f64],
    /// How far they go.
    pub quantiles: Quantiles,
    /// Whether visits must follow the sizes.
    pub doubly: bool,
    /// Workers between regions.
    pub flows: Option<&'a Flows>,
}

/// [`Pull`]s of all kinds of destination.
#[derive(Debug, Clone)]
pub(super) struct Deterrence {
    pulls: Vec<Pull>,
    /// Region of each zone, and their number.
    region: Vec<usize>,
    n_regions: usize,
}

impl Deterrence {
    /// Fits each kind by iterative proportional fitting on an idealised day, in which those who go to the kind (`homes`)
    /// make one trip from home and back: the distances of the trips then follow `quantiles` (by kind), and for
    /// work, school and college the visits follow the sizes (doubly constrained; Wilson 1967). Other sizes are stand-ins and
    /// are not forced. With `flows` the workers of each region of home spread over the regions of work as these say; the
    /// jobs of a region then share out those who come, for some are filled from outside.
    pub(super) fn new(
        matrix: &Matrix,
        region: Vec<usize>,
        homes: &Homes,
        sizes: &[Vec<f64>],
        quantiles: &(dyn Fn(usize) -> Quantiles + Sync),
        flows: Option<&Flows>,
    ) -> Self {
        let n_regions = region.iter().max().map_or(0, |most| most + 1).max(flows.map_or(0, Flows::len));
        let pull = |kind: usize| {
            let wanted = Wanted {
                homes: homes.row(kind),
                sizes: &sizes[kind],
                quantiles: quantiles(kind),
                doubly: matches!(activity(kind), Activity::Work | Activity::School),
                flows: flows.filter(|_| activity(kind) == Activity::Work),
            };
            Fit::new(matrix, &region, n_regions, &wanted).run()
        };
        let pulls = (0..KINDS).into_par_iter().map(pull).collect();
        Self { pulls, region, n_regions }
    }

    /// A zone for work or school, from home.
    ///
    /// Where no zone has a weight (a kind that nobody offers), the home zone.
    pub(super) fn mandatory(&self, matrix: &Matrix, kind: usize, home: usize, draw: &mut Draw) -> usize {
        let pull = &self.pulls[kind];
        let row = matrix.row(home);
        let from = self.region[home] * self.n_regions;
        let weight = |zone: usize| {
            let factor = pull.regions.get(from + self.region[zone]).copied().unwrap_or(1.0);
            pull.zone[zone] * pull.at(f64::from(row[zone])) * factor
        };
        pick(matrix.len(), weight, draw).unwrap_or(home)
    }

    /// A zone for anything else: deterred by half the detour that it means on the way to the next home,
    /// work or school (from home and back, that is the distance). Only zones in time, if there is one.
    ///
    /// A shop beside the way to work means a small detour and is therefore likely, however far from home it lies.
    /// Where no zone can be reached in time, the zone of the place before.
    pub(super) fn free(&self, matrix: &Matrix, kind: usize, between: Between, draw: &mut Draw) -> usize {
        let pull = &self.pulls[kind];
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

/// What came of an idealised day: trips by band of distance, visits by zone, trips by pair of regions.
struct Day {
    by_band: Vec<f64>,
    visits: Vec<f64>,
    between: Vec<f64>,
}

/// The fit of one kind.
///
/// Factors of a round are held between 0.2 and 5. For doubly constrained kinds the last rounds settle visits and regions
/// alone: they pull against the distances, and are what is known.
struct Fit<'a> {
    matrix: &'a Matrix,
    region: &'a [usize],
    n_regions: usize,
    wanted: &'a Wanted<'a>,
    bands: Bands,
    /// Visits wanted, by zone.
    visits: Vec<f64>,
    pull: Pull,
}

impl<'a> Fit<'a> {
    fn new(matrix: &'a Matrix, region: &'a [usize], n_regions: usize, wanted: &'a Wanted<'a>) -> Self {
        let bands = Bands::new(&wanted.quantiles);
        let table = bands.spread(&vec![1.0; bands.wanted.len()]);
        let regions = if wanted.flows.is_some() { vec![1.0; n_regions * n_regions] } else { Vec::new() };
        let pull = Pull { zone: wanted.sizes.to_vec(), table, regions };
        let mut fit = Self { matrix, region, n_regions, wanted, bands, visits: Vec::new(), pull };
        fit.visits = fit.wanted_visits();
        fit
    }

    /// Trips wanted between regions: those who go from each, spread as the flows say. Empty without flows.
    fn wanted_between(&self) -> Vec<f64> {
        let Some(flows) = self.wanted.flows else { return Vec::new() };
        let mut between = vec![0.0; self.n_regions * self.n_regions];
        for (zone, people) in self.wanted.homes.iter().enumerate() {
            let home = self.region[zone];
            for (work, share) in flows.shares(home).iter().enumerate() {
                between[home * self.n_regions + work] += people * share;
            }
        }
        between
    }

    /// Visits wanted by zone: in proportion to the sizes, of all or, with flows, of those who come to the region.
    fn wanted_visits(&self) -> Vec<f64> {
        let (sizes, between) = (self.wanted.sizes, self.wanted_between());
        let total: f64 = self.wanted.homes.iter().sum();
        if between.is_empty() {
            let sum: f64 = sizes.iter().sum();
            return sizes.iter().map(|size| if sum > 0.0 { size / sum * total } else { 0.0 }).collect();
        }
        let n = self.n_regions;
        let mut sums = vec![0.0; n];
        sizes.iter().zip(self.region).for_each(|(size, &region)| sums[region] += size);
        let comes: Vec<f64> = (0..n).map(|to| (0..n).map(|from| between[from * n + to]).sum()).collect();
        let share = |(size, &region): (&f64, &usize)| {
            if sums[region] > 0.0 { size / sums[region] * comes[region] } else { 0.0 }
        };
        sizes.iter().zip(self.region).map(share).collect()
    }

    fn run(mut self) -> Pull {
        let (doubly, between) = (self.wanted.doubly, self.wanted_between());
        let total: f64 = self.wanted.homes.iter().sum();
        let mut levels = vec![1.0; self.bands.wanted.len()];
        for round in 0..ROUNDS {
            let day = self.day();
            // What nothing falls into cannot be filled: its factor stays.
            let factor =
                |wanted: f64, made: f64| if made > 0.0 { (wanted / made).clamp(0.2, 5.0) } else { 1.0 };
            if !doubly || round < ROUNDS - LAST_ROUNDS {
                for (level, (wanted, made)) in
                    levels.iter_mut().zip(self.bands.wanted.iter().zip(&day.by_band))
                {
                    *level *= factor(wanted * total, *made);
                }
            }
            if doubly {
                for (zone, price) in self.pull.zone.iter_mut().enumerate() {
                    *price *= factor(self.visits[zone], day.visits[zone]);
                }
            }
            // A pair without workers is closed: it would come back by the bound of the factor.
            for (pair, of_pair) in self.pull.regions.iter_mut().enumerate() {
                *of_pair *= if between[pair] > 0.0 { factor(between[pair], day.between[pair]) } else { 0.0 };
            }
            self.pull.table = self.bands.spread(&levels);
        }
        self.pull
    }

    /// Everybody makes one trip from home.
    fn day(&self) -> Day {
        let (n_zones, n) = (self.wanted.homes.len(), self.n_regions);
        let mut day = Day {
            by_band: vec![0.0; self.bands.wanted.len()],
            visits: vec![0.0; n_zones],
            between: vec![0.0; self.pull.regions.len()],
        };
        let mut weights = vec![0.0; n_zones];
        for (home, &people) in self.wanted.homes.iter().enumerate().filter(|(_, p)| **p > 0.0) {
            let (row, from) = (self.matrix.row(home), self.region[home] * n);
            let mut sum = 0.0;
            for (zone, weight) in weights.iter_mut().enumerate() {
                let factor = self.pull.regions.get(from + self.region[zone]).copied().unwrap_or(1.0);
                *weight = self.pull.zone[zone] * self.pull.at(f64::from(row[zone])) * factor;
                sum += *weight;
            }
            if sum <= 0.0 {
                continue;
            }
            for (zone, weight) in weights.iter().enumerate() {
                let trips = people * weight / sum;
                day.by_band[self.bands.of(f64::from(row[zone]))] += trips;
                day.visits[zone] += trips;
                if let Some(between) = day.between.get_mut(from + self.region[zone]) {
                    *between += trips;
                }
            }
        }
        day
    }
}

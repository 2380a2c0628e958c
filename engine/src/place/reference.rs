//! Algorithm 3 of seed 002 (§4.3): the zone whose distance, and angle, is nearest to a drawn one.
//!
//! A distance, and for free activities an angle, is drawn, and the zone that fits them best is taken, whatever its
//! size (zones that offer nothing are left out). So it meets the survey's distances and misses what zones hold
//! (jobs, pupils); the method of `deterrence.rs` weighs both. It is kept as the published yardstick.

use super::assign::Params;
use super::distance::at_share_m;
use super::matrix::Matrix;
use crate::draw::Draw;
use crate::float::acos;

/// Zones by distance from each zone: what makes the search for the nearest distance short.
#[derive(Debug, Clone)]
pub(super) struct Rings {
    n: usize,
    order: Vec<u32>,
}

/// Where a free activity lies in the day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Between {
    /// Zone of the episode before.
    pub previous: usize,
    /// Zone of the next home, work or school.
    pub next: usize,
    /// Farthest that travel to it may be, metres.
    pub reach_m: f64,
    /// Farthest that travel on to the next episode may be, metres; infinite when that one is free too.
    pub onward_m: f64,
}

impl Rings {
    /// Sorts, for each zone, all zones by distance, ties by number: 4 bytes × zones².
    pub(super) fn new(matrix: &Matrix) -> Self {
        use rayon::prelude::*;
        let n = matrix.len();
        let order = (0..n)
            .into_par_iter()
            .flat_map_iter(|zone| {
                let row = matrix.row(zone);
                let mut order: Vec<u32> = (0..n as u32).collect();
                order.sort_by(|&a, &b| row[a as usize].total_cmp(&row[b as usize]).then(a.cmp(&b)));
                order
            })
            .collect();
        Self { n, order }
    }

    /// Zones in order of |distance from `zone` − `target_m`|, with that difference, metres.
    ///
    /// Two positions in the sorted row walk apart from the target, and the nearer one goes first; a zone closer
    /// than the target wins a tie. Only as many zones are looked at as the caller takes.
    fn outward<'a>(
        &'a self,
        matrix: &'a Matrix,
        zone: usize,
        target_m: f64,
    ) -> impl Iterator<Item = (usize, f64)> + 'a {
        let row = matrix.row(zone);
        let order = &self.order[zone * self.n..(zone + 1) * self.n];
        let mut high = order.partition_point(|&z| f64::from(row[z as usize]) < target_m);
        let mut low = high;
        std::iter::from_fn(move || {
            let miss = |i: usize| (f64::from(row[order[i] as usize]) - target_m).abs();
            let below = low.checked_sub(1).map(|i| (miss(i), i));
            let above = (high < order.len()).then(|| (miss(high), high));
            let (miss, at) = match (below, above) {
                (Some(b), Some(a)) => {
                    if b.0 <= a.0 {
                        b
                    } else {
                        a
                    }
                }
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => return None,
            };
            if at < low {
                low = at;
            } else {
                high = at + 1;
            }
            Some((order[at] as usize, miss))
        })
    }
}

/// Work and school: argmin |d(home, z) − d| over zones that offer the kind; among those that are as good
/// give or take `ring_m`, one drawn by size (Algorithm 3 with `ring_m` = 0).
pub(super) fn mandatory(
    params: &Params,
    rings: &Rings,
    matrix: &Matrix,
    sizes: &[f64],
    kind: usize,
    home: usize,
    draw: &mut Draw,
) -> usize {
    let target_m = at_share_m(&params.distances.of(kind).leg_km, draw.uniform());
    let mut ring: Vec<(usize, f64)> = Vec::new();
    for (zone, miss_m) in rings.outward(matrix, home, target_m) {
        if ring.first().is_some_and(|best| miss_m > best.1 + params.ring_m) {
            break;
        }
        if sizes[zone] > 0.0 {
            ring.push((zone, miss_m));
        }
    }
    let weights: Vec<f64> = ring.iter().map(|&(zone, _)| sizes[zone]).collect();
    draw.weighted(&weights).map_or(home, |i| ring[i].0)
}

/// All else: argmin α |d(p, z) − d| + β d |θ(p, z, n) − θ| over zones that offer the kind and can be
/// reached in time; without the constraint of time when none can. `p` is the place before and `n` the
/// next home, work or school. The angle (radians) is weighted by the drawn distance, so that both terms
/// are metres; where p = n there is no angle and the term is left out (both are ours: the paper leaves units open).
pub(super) fn free(
    params: &Params,
    (rings, matrix, points): (&Rings, &Matrix, &[(f64, f64)]),
    sizes: &[f64],
    kind: usize,
    between: Between,
    draw: &mut Draw,
) -> usize {
    let pattern = params.distances.of(kind);
    let target_m = at_share_m(&pattern.leg_km, draw.uniform());
    let shares: Vec<f64> = pattern.angles.iter().map(|&a| f64::from(a)).collect();
    let bin = draw.weighted(&shares).unwrap_or(0) as f64;
    let target_angle = (bin + draw.uniform()) * std::f64::consts::PI / shares.len() as f64;
    let onward = matrix.row(between.next);
    let search = |in_time: bool| {
        let mut best: Option<(f64, usize)> = None;
        for (zone, miss_m) in rings.outward(matrix, between.previous, target_m) {
            let radial = params.alpha * miss_m;
            // From here on the miss in distance alone is as large as the best sum: the angle can only add to it.
            if best.is_some_and(|b| radial >= b.0) {
                break;
            }
            let way_m = f64::from(matrix.row(between.previous)[zone]);
            let late = way_m > between.reach_m || f64::from(onward[zone]) > between.onward_m;
            if sizes[zone] <= 0.0 || (in_time && late) {
                continue;
            }
            let turn = angle(points, between.previous, zone, between.next)
                .map_or(0.0, |a| params.beta * target_m * (a - target_angle).abs());
            if best.is_none_or(|b| radial + turn < b.0) {
                best = Some((radial + turn, zone));
            }
        }
        best
    };
    search(true).or_else(|| search(false)).map_or(between.previous, |b| b.1)
}

/// The angle at `p` between the ways to `z` and to `n`, 0..π; `None` when one way has no length.
fn angle(points: &[(f64, f64)], p: usize, z: usize, n: usize) -> Option<f64> {
    let way = |to: usize| (points[to].0 - points[p].0, points[to].1 - points[p].1);
    let ((ax, ay), (bx, by)) = (way(z), way(n));
    let lengths = ((ax * ax + ay * ay) * (bx * bx + by * by)).sqrt();
    (lengths > 0.0).then(|| acos(((ax * bx + ay * by) / lengths).clamp(-1.0, 1.0)))
}

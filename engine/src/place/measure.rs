//! How assigned places compare with the survey's distances and with what zones offer. Ways are taken as 1.3 × the straight line.
//!
//! Distances are compared in bands of the survey's own quantiles, five per cent of its trips in each, so a perfect
//! assignment fills all bands alike. The measure is the Jensen-Shannon divergence: 0 for equal shares, ln 2 = 0.693
//! nats where nothing overlaps. Chance alone gives more than 0, so each value stands beside its floor:
//!
//! ```text
//! 20 bands, 1000 persons made, 10,000 in the survey: 19/8 · (1/1000 + 1/10,000) = 0.0026 nats
//! ```

use super::attraction::size;
use super::distance::{Quantiles, at_share_m, share_below};
use super::matrix::DETOUR;
use super::{Distances, Places};
use crate::activity::{Activity, Chain};
use crate::float::log;
use crate::zone::Zones;
use serde::Serialize;

/// Distances of one activity against the survey's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DistanceFit {
    /// The activity whose trips are measured.
    pub activity: Activity,
    /// Trips (work, school: persons) measured.
    pub n: usize,
    /// Median made, metres.
    pub median_m: f64,
    /// Median wanted, metres.
    pub wanted_median_m: f64,
    /// Jensen-Shannon divergence over the 20 bands between the survey's quantiles, nats.
    pub jsd: f64,
    /// What two samples of these sizes from one distribution would show: (K − 1)/8 · (1/n₁ + 1/n₂).
    pub floor: f64,
}

/// Workers that came to a zone against its jobs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ZoneAttraction {
    /// Position of the zone.
    pub zone: u32,
    /// Persons whose work is there.
    pub workers: u32,
    /// Its share of all jobs × all workers.
    pub wanted: f64,
}

/// How good an assignment is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlaceFit {
    /// By activity that occurred: from home for work and school, from the place before for others.
    pub distances: Vec<DistanceFit>,
    /// Jobs wanted and filled, one entry a zone.
    pub work: Vec<ZoneAttraction>,
    /// Jensen-Shannon divergence of workers by zone against jobs by zone, nats.
    pub work_jsd: f64,
    /// What a draw of as many workers in proportion to jobs would show.
    pub work_floor: f64,
}

/// Measures an assignment. `days` gives each person's chain and places; their order does not matter to the result.
pub fn measure<'a>(
    zones: &Zones,
    wanted: &Distances,
    days: impl IntoIterator<Item = (&'a Chain, &'a Places)>,
) -> PlaceFit {
    let mut metres: Vec<Vec<f32>> = vec![Vec::new(); Activity::COUNT];
    let mut workers = vec![0u32; zones.len()];
    for (chain, places) in days {
        let home = chain.0.iter().position(|e| e.activity == Activity::Home).unwrap_or(0);
        let mut seen = [false; Activity::COUNT];
        for (i, (episode, place)) in chain.0.iter().zip(&places.0).enumerate() {
            let activity = episode.activity;
            if activity == Activity::Home || (activity.is_mandatory() && seen[activity.index()]) {
                continue;
            }
            seen[activity.index()] = true;
            if activity == Activity::Work && place.zone.index() < workers.len() {
                workers[place.zone.index()] += 1;
            }
            let from = if activity.is_mandatory() { Some(home) } else { i.checked_sub(1) };
            if let Some(origin) = from.and_then(|from| places.0.get(from)) {
                metres[activity.index()].push((DETOUR * origin.distance_m(place)) as f32);
            }
        }
    }
    let distances = Activity::ALL
        .into_iter()
        .zip(metres)
        .filter(|(_, metres)| !metres.is_empty())
        .map(|(a, metres)| distance_fit(a, metres, &wanted.of(a.index()).leg_km, wanted.of(a.index()).n))
        .collect();
    let (work, work_jsd, work_floor) = attraction(zones, &workers);
    PlaceFit { distances, work, work_jsd, work_floor }
}

/// How the distances of an activity compare with the survey's quantiles. The floor is the expected
/// divergence of two samples of these sizes from one law.
fn distance_fit(
    activity: Activity,
    mut metres: Vec<f32>,
    quantiles: &Quantiles,
    n_survey: u32,
) -> DistanceFit {
    metres.sort_by(f32::total_cmp);
    let bands = quantiles.len() - 1;
    let mut made = vec![0.0; bands];
    for &m in &metres {
        let share = share_below(quantiles, f64::from(m) / 1000.0);
        made[((share * bands as f64) as usize).min(bands - 1)] += 1.0;
    }
    DistanceFit {
        activity,
        n: metres.len(),
        median_m: f64::from(metres[metres.len() / 2]),
        wanted_median_m: at_share_m(quantiles, 0.5),
        jsd: divergence(&made, &vec![1.0; bands]),
        floor: (bands - 1) as f64 / 8.0 * (1.0 / metres.len() as f64 + 1.0 / f64::from(n_survey)),
    }
}

/// Workers beside jobs by zone, their divergence (nats), and the divergence that chance alone would show.
fn attraction(zones: &Zones, workers: &[u32]) -> (Vec<ZoneAttraction>, f64, f64) {
    let jobs: Vec<f64> = zones.zones.iter().map(|z| size(Activity::Work.index(), &z.land)).collect();
    let (all_jobs, all): (f64, f64) = (jobs.iter().sum(), workers.iter().map(|&w| f64::from(w)).sum());
    let rows = workers
        .iter()
        .zip(&jobs)
        .enumerate()
        .map(|(zone, (&workers, jobs))| ZoneAttraction {
            zone: zone as u32,
            workers,
            wanted: if all_jobs > 0.0 { jobs / all_jobs * all } else { 0.0 },
        })
        .collect();
    let made: Vec<f64> = workers.iter().map(|&w| f64::from(w)).collect();
    let busy = jobs.iter().filter(|&&j| j > 0.0).count() as f64;
    let floor = if all > 0.0 { (busy - 1.0).max(0.0) / 8.0 / all } else { 0.0 };
    (rows, divergence(&made, &jobs), floor)
}

/// Jensen-Shannon divergence of two histograms (not normalised), nats; 0 when one is empty.
fn divergence(a: &[f64], b: &[f64]) -> f64 {
    let (sum_a, sum_b): (f64, f64) = (a.iter().sum(), b.iter().sum());
    if sum_a <= 0.0 || sum_b <= 0.0 {
        return 0.0;
    }
    let part = |p: f64, m: f64| if p > 0.0 { p * log(p / m) } else { 0.0 };
    a.iter()
        .zip(b)
        .map(|(&a, &b)| {
            let (p, q) = (a / sum_a, b / sum_b);
            let m = (p + q) / 2.0;
            0.5 * part(p, m) + 0.5 * part(q, m)
        })
        .sum()
}

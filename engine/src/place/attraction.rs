//! What zones offer: the size terms of destination choice, and the distances between zones.

use crate::activity::Activity;
use crate::people::{Demographics, Student};
use crate::zone::{LandUse, Zones};

/// Kinds of destination: each activity by its index, and college as one more.
pub const KINDS: usize = Activity::COUNT + 1;
/// Index of college among the kinds.
const COLLEGE: usize = Activity::COUNT;

/// The kind of destination of a person's activity. Students of 18 and more, and those in college, go
/// to colleges; all other school is a school up to high school.
pub fn kind(activity: Activity, who: &Demographics) -> usize {
    let college = who.student == Student::College || (who.student == Student::No && who.age >= 18);
    if activity == Activity::School && college { COLLEGE } else { activity.index() }
}

/// The activity of a kind.
pub fn activity(kind: usize) -> Activity {
    Activity::ALL.get(kind).copied().unwrap_or(Activity::School)
}

/// How much of a kind of destination a zone has: jobs, pupils, students, or persons. Which land use
/// stands for which activity is our assumption; a region with counts of visits can better it.
pub fn size(kind: usize, land: &LandUse) -> f64 {
    if kind == COLLEGE {
        return land.students;
    }
    match activity(kind) {
        Activity::Work => land.jobs,
        Activity::School => land.pupils,
        Activity::ShopGoods | Activity::MealsOut => land.jobs_retail,
        Activity::ShopServices => land.jobs_retail + 0.2 * land.jobs_service,
        Activity::Errands => land.jobs_retail + 0.5 * land.jobs_office + 0.5 * land.jobs_service,
        Activity::Healthcare => land.jobs_service,
        Activity::Leisure | Activity::Exercise | Activity::Other => {
            land.jobs_retail + land.jobs_service + 0.1 * land.population
        }
        Activity::Worship => land.jobs_service + 0.1 * land.population,
        Activity::PickupDrop => land.pupils + 0.2 * land.jobs + 0.2 * land.population,
        Activity::Home | Activity::Social | Activity::Caregiving => land.population,
    }
}

/// Sizes of all zones for a kind. Where no zone has any: the residents; where there are none: one each.
/// The flag says that this happened.
pub fn sizes(kind: usize, zones: &Zones) -> (Vec<f64>, bool) {
    let of = |f: &dyn Fn(&LandUse) -> f64| -> Vec<f64> { zones.zones.iter().map(|z| f(&z.land)).collect() };
    let some = |sizes: &[f64]| sizes.iter().any(|&s| s > 0.0);
    let wanted = of(&|land| size(kind, land));
    if some(&wanted) {
        return (wanted, false);
    }
    let residents = of(&|land| land.population);
    (if some(&residents) { residents } else { vec![1.0; zones.len()] }, true)
}

/// Straight-line distances between zones, metres, row by row. Inside a zone: the mean distance of two
/// points of a disc of its area (128 R / 45 π), or half the way to the next zone where no area is known.
#[derive(Debug, Clone)]
pub struct Matrix {
    n: usize,
    metres: Vec<f32>,
}

impl Matrix {
    /// Distances between the zones' points.
    pub fn new(zones: &Zones) -> Self {
        let n = zones.len();
        let mut metres = Vec::with_capacity(n * n);
        for a in &zones.zones {
            metres.extend(zones.zones.iter().map(|b| {
                let (dx, dy) = (a.x_m - b.x_m, a.y_m - b.y_m);
                (dx * dx + dy * dy).sqrt() as f32
            }));
        }
        let mut matrix = Self { n, metres };
        for z in 0..n {
            matrix.metres[z * n + z] = matrix.inside_m(z, zones.zones[z].land.area_m2);
        }
        matrix
    }

    /// Mean distance between two points of a zone, metres: of a disc of its area (128 r / 45 π); half the
    /// way to the nearest zone where the area is unknown.
    fn inside_m(&self, zone: usize, area_m2: f64) -> f32 {
        if area_m2.is_finite() && area_m2 > 0.0 {
            let radius_m = (area_m2 / std::f64::consts::PI).sqrt();
            return (128.0 / (45.0 * std::f64::consts::PI) * radius_m) as f32;
        }
        let others = self.row(zone).iter().enumerate().filter(|(other, _)| *other != zone);
        let next_m = others.map(|(_, &d)| d).fold(f32::INFINITY, f32::min);
        if next_m.is_finite() { next_m / 2.0 } else { 0.0 }
    }

    /// Distances from (and to) a zone.
    pub fn row(&self, zone: usize) -> &[f32] {
        &self.metres[zone * self.n..(zone + 1) * self.n]
    }

    /// Number of zones.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there is no zone.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }
}

//! What zones offer: the size terms of destination choice.

use crate::activity::Activity;
use crate::people::{Demographics, Student};
use crate::zone::{LandUse, Zones};

/// Kinds of destination: each activity by its index, and college as one more.
pub const KINDS: usize = Activity::COUNT + 1;
/// Index of college among the kinds.
pub const COLLEGE: usize = Activity::COUNT;

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

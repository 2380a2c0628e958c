//! Who lives and works where in a synthetic county.
//!
//! The county is a world whose truth is known. Households are drawn first; the totals by zone are counted from
//! them, and every so many of them are the seed sample. So totals never contradict each other, and population
//! synthesis can be judged by what it gets wrong. Nothing here is measured anywhere: shares are plausible, not
//! those of a real place.
//!
//! Draws of the county take steps of [`Purpose::Generator`]: 1 detectors (by link, `road.rs`), 2 households, 3
//! homes and 4 jobs of a zone. A new draw needs a new step, so that what is made already stays as it is.

use super::road::{BLOCK_M, Grid, ZONE_BLOCKS};
use crate::draw::{Draw, Purpose, draw};
use crate::float::exp;
use crate::people::control::{Control, Measure, SeedHousehold, SeedPerson};
use crate::people::{Sex, Student};
use crate::zone::{LandUse, Zone, Zones};
use geo::{MultiPolygon, Rect};

/// Density falls to 1/e over this share of the county's half side: residents, jobs.
const REACH: (f64, f64) = (0.8, 0.4);
/// Jobs for each employed resident.
const JOBS_PER_WORKER: f64 = 1.0;
/// Every so many households one enters the seed sample, but at least this many households in all.
const SEED_SHARE: usize = 20;
const SEED_LEAST: usize = 500;

/// Zones with land use, their totals, and the seed sample.
///
/// In order: empty zones; densities of homes and jobs; households one by one, each in a zone drawn by the density
/// of homes, until there are `persons` (the last household may exceed that by some); then jobs, as many as there
/// are workers, and the college's places, as many as there are students.
pub(super) fn settle(grid: &Grid, persons: u32, seed: u64) -> (Zones, Vec<Control>, Vec<SeedHousehold>) {
    let mut zones = squares(grid);
    let (homes, work) = densities(grid, &zones, seed);
    let mut controls = columns(zones.len());
    // Running sums: a uniform draw over the last of them finds its zone by bisection.
    let mut sums: Vec<f64> = Vec::with_capacity(homes.len());
    let mut sum = 0.0;
    for density in &homes {
        sum += density;
        sums.push(sum);
    }
    let mut households = Vec::new();
    let (mut made, mut workers, mut pupils) = (0usize, 0usize, 0usize);
    while made < persons as usize {
        let mut stream = draw(seed, Purpose::Generator, households.len() as u64, 2);
        let zone = stream.cumulative(&sums).unwrap_or(0);
        let household = household(&mut stream);
        for control in &mut controls {
            control.totals[zone] += f64::from(control.measure.count(&household, false));
        }
        let land = &mut zones.zones[zone].land;
        land.households += 1.0;
        land.population += household.persons.len() as f64;
        land.pupils += household.persons.iter().filter(|p| p.student == Student::School).count() as f64;
        pupils += household.persons.iter().filter(|p| p.student == Student::College).count();
        workers += household.persons.iter().filter(|p| p.employed).count();
        made += household.persons.len();
        households.push(household);
    }
    give_jobs(&mut zones, &work, workers as f64 * JOBS_PER_WORKER, pupils as f64);
    let step = (households.len() / SEED_LEAST).clamp(1, SEED_SHARE);
    (zones, controls, households.into_iter().step_by(step).collect())
}

/// The zones as squares without people or jobs, in four regions by quarter of the county.
fn squares(grid: &Grid) -> Zones {
    let side_m = ZONE_BLOCKS as f64 * BLOCK_M;
    let across = grid.zones_across();
    let zone = |index: usize| {
        let (x_m, y_m) = ((index % across) as f64 * side_m, (index / across) as f64 * side_m);
        let square = Rect::new((x_m, y_m), (x_m + side_m, y_m + side_m)).to_polygon();
        let (east, north) = (x_m * 2.0 >= across as f64 * side_m, y_m * 2.0 >= across as f64 * side_m);
        Zone {
            name: (index + 1).to_string(),
            x_m: x_m + side_m / 2.0,
            y_m: y_m + side_m / 2.0,
            region: u16::from(east) + 2 * u16::from(north),
            outline: Some(MultiPolygon::new(vec![square])),
            land: LandUse { area_m2: side_m * side_m, ..LandUse::default() },
        }
    };
    let regions = ["south-west", "south-east", "north-west", "north-east"].map(String::from).to_vec();
    Zones { zones: (0..across * across).map(zone).collect(), regions }
}

/// Homes and jobs by zone, in no unit: exponential in the distance from the centre, times a drawn factor of 0.5 to 1.5.
///
/// Jobs reach half as far as homes ([`REACH`]): people commute towards the centre.
fn densities(grid: &Grid, zones: &Zones, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let half_m = grid.blocks as f64 * BLOCK_M / 2.0;
    let density = |index: usize, reach: f64, step: u32| {
        let (dx, dy) = (zones.zones[index].x_m - half_m, zones.zones[index].y_m - half_m);
        let factor = 0.5 + draw(seed, Purpose::Generator, index as u64, step).uniform();
        factor * exp(-(dx * dx + dy * dy).sqrt() / (reach * half_m))
    };
    let of = |reach: f64, step: u32| (0..zones.len()).map(|i| density(i, reach, step)).collect();
    (of(REACH.0, 3), of(REACH.1, 4))
}

/// Spreads jobs by `work` over the zones: a fifth retail, three tenths each service and office. The densest
/// zone holds the college.
///
/// The fifth that is left has no kind of its own (factories, farms, builders).
fn give_jobs(zones: &mut Zones, work: &[f64], jobs: f64, college: f64) {
    let total: f64 = work.iter().sum();
    let campus = (0..work.len()).max_by(|&a, &b| work[a].total_cmp(&work[b])).unwrap_or(0);
    for (index, zone) in zones.zones.iter_mut().enumerate() {
        let here = jobs * work[index] / total;
        zone.land.jobs = here;
        zone.land.jobs_retail = 0.2 * here;
        zone.land.jobs_service = 0.3 * here;
        zone.land.jobs_office = 0.3 * here;
        zone.land.students = if index == campus { college } else { 0.0 };
    }
}

/// All controls with totals of zero, to be counted from the households.
///
/// Kinds of control in families whose bands exclude each other and cover all: households by size, workers, income
/// and cars, persons by age. A family therefore sums up to all households or all persons.
fn columns(n_zones: usize) -> Vec<Control> {
    let most = u8::MAX;
    let measures: [(&str, Measure); 18] = [
        ("households", Measure::Households),
        ("size-1", Measure::HouseholdSize(1, 1)),
        ("size-2", Measure::HouseholdSize(2, 2)),
        ("size-3", Measure::HouseholdSize(3, 3)),
        ("size-4-plus", Measure::HouseholdSize(4, most)),
        ("workers-0", Measure::Workers(0, 0)),
        ("workers-1", Measure::Workers(1, 1)),
        ("workers-2-plus", Measure::Workers(2, most)),
        ("income-below-50k", Measure::Income(i32::MIN, 50_000)),
        ("income-50k-100k", Measure::Income(50_000, 100_000)),
        ("income-100k-plus", Measure::Income(100_000, i32::MAX)),
        ("age-0-17", Measure::Age(0, 17)),
        ("age-18-44", Measure::Age(18, 44)),
        ("age-45-64", Measure::Age(45, 64)),
        ("age-65-plus", Measure::Age(65, most)),
        ("cars-0", Measure::Vehicles(0, 0)),
        ("cars-1", Measure::Vehicles(1, 1)),
        ("cars-2-plus", Measure::Vehicles(2, most)),
    ];
    let column = |(name, measure): (&str, Measure)| Control {
        name: name.to_string(),
        measure,
        totals: vec![0.0; n_zones],
    };
    measures.into_iter().map(column).collect()
}

/// One household: an adult, perhaps a partner, perhaps children. The shares are plausible for the United
/// States, not measured: the county is a made-up one.
///
/// Income in dollars a year is lognormal around a median that grows with the workers: 15,000 + 30,000 · (0.5 +
/// workers), so 60,000 with one. Cars: one for each adult, one more in a fifth of the households, one less in three
/// of ten with several adults, at least one; none in 18 % of the households below 40,000 dollars and in 4 % of the
/// others.
fn household(stream: &mut Draw) -> SeedHousehold {
    let head = 22 + stream.below(64) as u8;
    let couple = stream.uniform() < if head < 70 { 0.6 } else { 0.4 };
    let mut persons = vec![adult(head, stream)];
    if couple {
        let age = (i32::from(head) - 5 + stream.below(11) as i32).clamp(18, 99) as u8;
        persons.push(adult(age, stream));
    }
    if (25..55).contains(&head) && stream.uniform() < if couple { 0.65 } else { 0.25 } {
        for _ in 0..=stream.below(3) {
            persons.push(child(stream.below(18) as u8, stream));
        }
    }
    let workers = persons.iter().filter(|p| p.employed).count();
    let income_usd = (15_000.0 + 30_000.0 * exp(0.7 * stream.normal()) * (0.5 + workers as f64)) as i32;
    let adults = persons.iter().filter(|p| p.age >= 18).count() as u8;
    let carless = if income_usd < 40_000 { 0.18 } else { 0.04 };
    let vehicles = if stream.uniform() < carless {
        0
    } else {
        let spare = u8::from(stream.uniform() < 0.2);
        (adults + spare).saturating_sub(u8::from(adults > 1 && stream.uniform() < 0.3)).max(1)
    };
    SeedHousehold { income_usd, vehicles, persons }
}

/// Even chances.
fn sex(stream: &mut Draw) -> Sex {
    if stream.word().is_multiple_of(2) { Sex::Male } else { Sex::Female }
}

/// An adult of an age: employed with a chance of 0.76 below 65 and 0.18 from then on; four in ten below 26
/// are in college.
fn adult(age: u8, stream: &mut Draw) -> SeedPerson {
    let chance = if age < 65 { 0.76 } else { 0.18 };
    let employed = stream.uniform() < chance;
    let college = age < 26 && stream.uniform() < 0.4;
    let student = if college { Student::College } else { Student::No };
    SeedPerson { age, sex: sex(stream), employed, student }
}

/// A child of an age: in school from 5 on, never employed.
fn child(age: u8, stream: &mut Draw) -> SeedPerson {
    let student = if age >= 5 { Student::School } else { Student::No };
    SeedPerson { age, sex: sex(stream), employed: false, student }
}

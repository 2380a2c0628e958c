//! From zone totals and a seed sample to everybody.
//!
//! [`synthesize`] works zone by zone, each on its own and in parallel: weights for groups of alike seed households
//! that meet the zone's totals (`balance.rs`), whole numbers of households from these weights (`integer.rs`), then
//! one seed household after the other of each group (`members`). At the end households and persons are numbered in
//! the order of the zones. A zone reads no other zone but in one thing: how many households it gets, so that a
//! small sample of the whole region has the right size (`zone_sizes`).
//!
//! What it never does: invent a household. Every one is a copy of a household of the seed sample, members included.

use super::balance::balance;
use super::cell::Cells;
use super::check;
use super::control::{Control, Measure, SeedHousehold};
use super::fit::{Fit, HardZone, ZoneTotals, by_control};
use super::integer::round;
use super::{Demographics, Household, Population};
use crate::draw::{Purpose, draw};
use crate::error::{Fault, Result};
use crate::id::{HouseholdId, ZoneId};
use crate::warning::Warning;
use crate::zone::Zones;
use rayon::prelude::*;

/// Where the draws of a zone start: one step for each use.
const STEP_ROUND: u32 = 0;
const STEP_MEMBER: u32 = 1;
const STEP_SIZE: u32 = 2;

/// One zone's households before they are numbered: seed household and whether it stands for a person
/// outside households.
struct ZoneDraw {
    chosen: Vec<(u32, bool)>,
    totals: ZoneTotals,
    hard: Option<HardZone>,
}

/// Makes households and persons whose counts by zone follow `controls`, drawn from `seed_sample`.
///
/// `sample` in (0, 1] is the share of all households to make: a zone of H households gets ⌊`sample`·H⌋
/// or one more, so that all zones together get ⌊`sample`·ΣH⌋ or one more. What no control counts (sex, cars, …) comes as it
/// is in the seed households. A control is missed where totals contradict each other or no seed household fits;
/// [`Fit`] says where. Same seed, same population, on any number of threads.
///
/// # Errors
/// A [`Fault`] for an empty seed sample, a control whose length is not the number of zones or that
/// holds a number that is negative or not finite, a `sample` outside (0, 1], and when no control counts households. An
/// [`crate::Error::Check`] that names the zone or person when what was made breaks the promises above.
pub fn synthesize(
    zones: &Zones,
    controls: &[Control],
    seed_sample: &[SeedHousehold],
    sample: f64,
    seed: u64,
) -> Result<(Population, Fit)> {
    check_input(zones, controls, seed_sample, sample)?;
    let cells = Cells::new(controls, seed_sample);
    let sizes = zone_sizes(zones, controls, sample, seed);
    let order = dearest_first(controls);
    let drawn: Vec<ZoneDraw> = (0..zones.len())
        .into_par_iter()
        .map(|zone| draw_zone(zones, controls, &cells, &order, zone, sizes[zone], seed))
        .collect::<Result<_>>()?;
    let population = number(&drawn, seed_sample);
    check::population(&population)?;
    let mut warnings = unmet(controls, &cells);
    let mut totals = Vec::with_capacity(drawn.len());
    let mut hard_zones = Vec::new();
    for zone in drawn {
        totals.push(zone.totals);
        hard_zones.extend(zone.hard);
    }
    warnings.extend(hard_zones.iter().map(|hard: &HardZone| {
        let what = format!(
            "totals contradict each other, or no households fit them: {} sum up to {:.0}, not {:.0}",
            hard.control, hard.weighted, hard.wanted
        );
        Warning::new("controls", &hard.zone, what)
    }));
    let controls = by_control(controls, &totals, sample);
    let fit = Fit { controls, hard_zones, seed_households: seed_sample.len(), cells: cells.len(), warnings };
    Ok((population, fit))
}

/// Refuses a sample outside (0, 1], a seed sample without persons, totals that do not fit the zones, and
/// controls that count no households.
fn check_input(
    zones: &Zones,
    controls: &[Control],
    seed_sample: &[SeedHousehold],
    sample: f64,
) -> Result<()> {
    if !(sample > 0.0 && sample <= 1.0) {
        return Err(Fault::new("sample", "", format!("is {sample}")).expected("a share in (0, 1]").into());
    }
    if seed_sample.iter().all(|h| h.persons.is_empty()) {
        return Err(Fault::new("seed sample", "", "holds no household with persons")
            .advice("check that households and persons share their household ids")
            .into());
    }
    for control in controls {
        if control.totals.len() != zones.len() {
            let what = format!("has {} totals for {} zones", control.totals.len(), zones.len());
            return Err(Fault::new("controls", &control.name, what).expected("one total a zone").into());
        }
        if let Some(zone) = control.totals.iter().position(|t| !(t.is_finite() && *t >= 0.0)) {
            let what = format!("is {} in zone {}", control.totals[zone], zones.zones[zone].name);
            return Err(Fault::new("controls", &control.name, what).expected("zero or more").into());
        }
    }
    if household_columns(controls).is_empty() {
        return Err(Fault::new("controls", "", "no column counts households")
            .expected("a total of households, or households by size")
            .into());
    }
    Ok(())
}

/// The columns that together count every household once.
///
/// One column of all households where there is one, else the columns by size, which exclude each other.
fn household_columns(controls: &[Control]) -> Vec<usize> {
    let of = |wanted: fn(&Measure) -> bool| -> Vec<usize> {
        (0..controls.len()).filter(|&c| wanted(&controls[c].measure)).collect()
    };
    let all = of(|m| matches!(m, Measure::Households));
    match all.first() {
        Some(&one) => vec![one],
        None => of(|m| matches!(m, Measure::HouseholdSize(..))),
    }
}

/// Households that the controls ask for, by zone; persons outside households are none.
pub(super) fn households(controls: &[Control], n_zones: usize) -> Vec<f64> {
    let columns = household_columns(controls);
    (0..n_zones).map(|zone| columns.iter().map(|&c| controls[c].totals[zone]).sum()).collect()
}

/// How many households, and persons outside them, each zone gets. The running sum over zones is
/// rounded with one common draw, so that no zone is off by one or more and neither is the whole.
///
/// ```text
/// three zones with 2.4 households each in the sample, a draw of 0.5:
/// running sum 0.5, 2.9, 5.3, 7.7 → whole 0, 2, 5, 7 → the zones get 2, 3, 2: together 7 of 7.2
/// ```
fn zone_sizes(zones: &Zones, controls: &[Control], sample: f64, seed: u64) -> Vec<u32> {
    let mut columns = household_columns(controls);
    columns.extend((0..controls.len()).filter(|&c| controls[c].measure == Measure::GroupQuarters));
    let offset = draw(seed, Purpose::Synthesis, 0, STEP_SIZE).uniform();
    let mut before = offset.floor();
    let mut sum = offset;
    (0..zones.len())
        .map(|zone| {
            sum += sample * columns.iter().map(|&c| controls[c].totals[zone]).sum::<f64>();
            let size = sum.floor() - before;
            before = sum.floor();
            size as u32
        })
        .collect()
}

/// The order in which the integer draw keeps controls: households first, then persons outside, then the rest.
///
/// The sort is stable: within a rank controls keep the order of the input.
fn dearest_first(controls: &[Control]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..controls.len()).collect();
    order.sort_by_key(|&c| match controls[c].measure {
        Measure::Households => 0,
        Measure::GroupQuarters => 1,
        _ => 2,
    });
    order
}

/// Draws the households of a zone: weights that meet its totals, scaled to `size` households, made whole
/// without bias.
///
/// # Errors
/// When they are not `size` households. (None are made where no seed household fits: then the zone is a hard one.)
fn draw_zone(
    zones: &Zones,
    controls: &[Control],
    cells: &Cells,
    order: &[usize],
    zone: usize,
    size: u32,
    seed: u64,
) -> Result<ZoneDraw> {
    let wanted: Vec<f64> = controls.iter().map(|c| c.totals[zone]).collect();
    let balanced = balance(cells, &wanted);
    let weighted = cells.totals(&balanced.weights);
    let hard = hardest(&wanted, &weighted).map(|c| HardZone {
        zone: zones.zones[zone].name.clone(),
        control: controls[c].name.clone(),
        wanted: wanted[c],
        weighted: weighted[c],
    });
    let sum: f64 = balanced.weights.iter().sum();
    let scale = if sum > 0.0 { f64::from(size) / sum } else { 0.0 };
    let scaled: Vec<f64> = balanced.weights.iter().map(|w| w * scale).collect();
    let whole = round(cells, &scaled, order, &mut draw(seed, Purpose::Synthesis, zone as u64, STEP_ROUND));
    let made = cells.totals(&whole.iter().map(|&n| f64::from(n)).collect::<Vec<_>>());
    let chosen = members(cells, &whole, zone, seed);
    check::size(&zones.zones[zone].name, chosen.len(), if sum > 0.0 { size } else { 0 })?;
    Ok(ZoneDraw { chosen, totals: ZoneTotals { weighted, made }, hard })
}

/// The control that the weights miss most, when by more than 1 % and by more than one.
///
/// Both bounds count: less than one household or person is no contradiction in a small zone, nor is less than 1 %
/// in a large one.
fn hardest(wanted: &[f64], weighted: &[f64]) -> Option<usize> {
    let miss = |c: usize| (weighted[c] - wanted[c]).abs();
    (0..wanted.len())
        .filter(|&c| miss(c) > 1.0 && miss(c) > 0.01 * wanted[c])
        .max_by(|&a, &b| miss(a).total_cmp(&miss(b)))
}

/// Seed households for each cell's number: in turn from a drawn start, so that each serves as often as
/// any other of its cell, give or take one.
fn members(cells: &Cells, whole: &[u32], zone: usize, seed: u64) -> Vec<(u32, bool)> {
    let mut chosen = Vec::with_capacity(whole.iter().sum::<u32>() as usize);
    let mut stream = draw(seed, Purpose::Synthesis, zone as u64, STEP_MEMBER);
    for (cell, &count) in whole.iter().enumerate().filter(|(_, count)| **count > 0) {
        let members = &cells.members[cell];
        let start = stream.below(members.len() as u32) as usize;
        let turn = members.iter().cycle().skip(start).take(count as usize);
        chosen.extend(turn.map(|&member| (member, cells.outside[cell])));
    }
    chosen
}

/// Numbers households and persons in zone order.
fn number(drawn: &[ZoneDraw], seed_sample: &[SeedHousehold]) -> Population {
    let chosen = || drawn.iter().flat_map(|zone| &zone.chosen);
    let n_persons = chosen().map(|&(h, _)| seed_sample[h as usize].persons.len()).sum();
    let mut population = Population {
        households: Vec::with_capacity(chosen().count()),
        persons: Vec::with_capacity(n_persons),
    };
    for (zone, drawn) in drawn.iter().enumerate() {
        for &(member, outside) in &drawn.chosen {
            add(&mut population, ZoneId::new(zone), &seed_sample[member as usize], outside);
        }
    }
    population
}

/// Adds a household and its members; persons outside households have no car.
///
/// Sizes are kept in a byte; a household of more than 255 persons would be counted as 255 and keep all its members.
fn add(population: &mut Population, zone: ZoneId, from: &SeedHousehold, outside: bool) {
    let household = HouseholdId::new(population.households.len());
    let size = from.persons.len().min(usize::from(u8::MAX)) as u8;
    let vehicles = if outside { 0 } else { from.vehicles };
    population.households.push(Household { zone, size, vehicles, income_usd: from.income_usd });
    let adults = from.persons.iter().filter(|p| p.age >= 18).count().min(usize::from(u8::MAX)) as u8;
    population.persons.extend(from.persons.iter().map(|person| Demographics {
        household,
        zone,
        age: person.age,
        sex: person.sex,
        employed: person.employed,
        student: person.student,
        household_size: size,
        vehicles,
        adults,
        income_usd: from.income_usd,
    }));
}

/// Controls that want something no seed household has.
fn unmet(controls: &[Control], cells: &Cells) -> Vec<Warning> {
    (0..controls.len())
        .filter(|&c| controls[c].totals.iter().any(|&t| t > 0.0))
        .filter(|&c| (0..cells.len()).all(|cell| cells.row(cell)[c] == 0.0))
        .map(|c| {
            let what = "no seed household counts in this control: its totals stay at zero";
            Warning::new("controls", &controls[c].name, what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::county::county;

    fn population(threads: usize, seed: u64, sample: f64) -> (Population, Fit) {
        let truth = county(3_000, 5).unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let made = || synthesize(&truth.zones, &truth.controls, &truth.seed_sample, sample, seed).unwrap();
        pool.install(made)
    }

    #[test]
    fn the_same_on_any_number_of_threads_and_another_for_another_seed() {
        let (one, three) = (population(1, 9, 0.5), population(3, 9, 0.5));
        assert_eq!(one.0.households, three.0.households);
        assert_eq!(one.0.persons, three.0.persons);
        assert_eq!(one.1, three.1);
        assert_ne!(one.0.persons, population(1, 10, 0.5).0.persons);
    }

    #[test]
    fn a_sample_has_its_size_and_households_hold_together() {
        let (population, fit) = population(2, 1, 0.3);
        let households = &fit.controls[0];
        assert!((population.households.len() as f64 - households.wanted).abs() <= 1.0);
        for person in &population.persons {
            let household = &population.households[person.household.index()];
            assert_eq!((person.zone, person.household_size), (household.zone, household.size));
        }
    }

    #[test]
    fn persons_outside_households_live_alone_without_a_car() {
        let truth = county(1_000, 5).unwrap();
        let mut controls = truth.controls.clone();
        let outside: Vec<f64> =
            truth.zones.zones.iter().map(|z| (z.land.households / 10.0).floor()).collect();
        let number: f64 = outside.iter().sum();
        // The dormitory's people are 18 to 44.
        let young = controls.iter_mut().find(|c| c.measure == Measure::Age(18, 44)).unwrap();
        young.totals.iter_mut().zip(&outside).for_each(|(t, o)| *t += o);
        let name = "outside".to_string();
        controls.push(Control { name, measure: Measure::GroupQuarters, totals: outside });
        let (population, fit) = synthesize(&truth.zones, &controls, &truth.seed_sample, 1.0, 1).unwrap();
        let made = fit.controls.last().unwrap().households.total;
        assert!((made - number).abs() <= 0.05 * number + 2.0, "{made} of {number}");
        let households: f64 = truth.controls[0].totals.iter().sum();
        assert!((population.households.len() as f64 - households - number).abs() <= 1.0);
    }

    #[test]
    fn bad_input_is_named() {
        let truth = county(1_000, 5).unwrap();
        let fails = |controls: &[Control], seed_sample: &[SeedHousehold], sample: f64| {
            synthesize(&truth.zones, controls, seed_sample, sample, 1).unwrap_err().to_string()
        };
        assert!(fails(&truth.controls, &[], 1.0).contains("seed sample"));
        assert!(fails(&truth.controls, &truth.seed_sample, 0.0).contains("share"));
        assert!(
            fails(&truth.controls[11..], &truth.seed_sample, 1.0).contains("no column counts households")
        );
        let mut short = truth.controls.clone();
        short[3].totals.pop();
        assert!(fails(&short, &truth.seed_sample, 1.0).contains("size-3"));
        let mut negative = truth.controls.clone();
        negative[2].totals[4] = f64::NAN;
        assert!(fails(&negative, &truth.seed_sample, 1.0).contains("in zone 5"));
    }
}

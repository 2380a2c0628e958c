//! The groups of seed 002 (Tables 5, 6 and 8) and of a time-use survey, by our exact tilt and by Algorithm 2.
//!
//! Begin with [`run`], which does for one target: build the group's law (its persons' conditions with their
//! shares), draw days from it, tilt it exactly ([`crate::uses::group`]), draw again, and do the same by the
//! published algorithm, which shifts chances slot by slot. A [`Row`] holds all differences from the target.
//!
//! A survey without a code for an activity (PSRC has none for exercise) would make a target for it out of reach.
//! Such an activity borrows a part of the stays of a like one, in the ratio of the two targets.

use crate::Generator;
use crate::models::chain::exact::{Exact, Weights};
use crate::models::chain::{KINDS, borrow, chain_of};
use crate::score::compare::mean_minutes;
use crate::uses::group::algorithm_2::{self, shift};
use crate::uses::group::mix::{conditions, mix};
use crate::uses::group::{Measure, Part, SLOT_MIN, Tilt, fit};
use engine::Result;
use engine::activity::time_use::{Target, TimeUse};
use engine::activity::{Activity, Chain, SLOTS};
use engine::draw::{Purpose, draw};
use engine::float::log;
use engine::validate::score::{five_jsd, jsd};
use rayon::prelude::*;
use serde::Serialize;

/// Activities without a code in the survey whose coding is in use, and whose stays they borrow.
const BORROWED: [(Activity, Activity); 4] = [
    (Activity::Exercise, Activity::Leisure),
    (Activity::Worship, Activity::Social),
    (Activity::ShopServices, Activity::Errands),
    (Activity::Caregiving, Activity::PickupDrop),
];
/// No mean may miss by more, minutes.
const TOLERANCE_MIN: f64 = 1e-7;
/// Chances below this are kept away from log 0.
const LEAST_CHANCE: f64 = 1e-12;

/// What was found for one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Whose.
    pub target: Target,
    /// The exact tilt.
    pub tilt: Tilt,
    /// Minutes by activity ([`Activity::ALL`]) of the model before, of the tilted law (exact), and of the drawn days.
    pub minutes: [[f64; KINDS]; 3],
    /// Drawn days.
    pub n_days: usize,
    /// Mean absolute difference of the drawn days from the target, over the activities that it tells, minutes.
    pub decoded_mae: f64,
    /// The largest of these differences.
    pub decoded_largest: f64,
    /// Divergence of shares of the day (told activities and the rest), nats: drawn days and target.
    pub jsd_target: f64,
    /// The same: drawn days and the model before (`HTS vs Output`).
    pub jsd_base_output: f64,
    /// The same: target and the model before (`TUS vs HTS`).
    pub jsd_base_target: f64,
    /// Divergence of start times between drawn days and the model before, and its noise floor, nats.
    pub jsd_start: [f64; 2],
    /// Mean episodes a day of the model before, and of the drawn days.
    pub episodes: [f64; 2],
    /// Algorithm 2.
    pub reference: Reference,
}

/// What Algorithm 2 gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reference {
    /// Rounds made of 1,000.
    pub rounds: u32,
    /// ‖P − D‖₂ at the end (it stops at 0.01).
    pub distance: f64,
    /// Mean absolute difference of its mean shares from the target, minutes.
    pub soft_mae: f64,
    /// The same of days whose slots are drawn one by one, and of days of each slot's most likely activity.
    pub decoded_mae: [f64; 2],
    /// Mean episodes of those days.
    pub episodes: [f64; 2],
}

/// Runs both on one target. `who` tells of whom the group is made.
///
/// # Errors
/// The generator's weights do not fit.
pub fn run(generator: &Generator, target: &Target, who: &TimeUse, n_days: usize, seed: u64) -> Result<Row> {
    let conditions = conditions(&target.group, &mix(who, &target.group));
    let (list, shares): (Vec<_>, Vec<f64>) = conditions.into_iter().unzip();
    let (tables, effects) = generator.tables_of(&list)?;
    let wanted = wanted(target);
    let part = |(mut table, share): (crate::models::chain::Table, f64)| {
        let mut effects = effects.clone();
        for (activity, owner) in BORROWED {
            let own = target.minutes.get(&activity).copied().unwrap_or(0.0);
            let of_both = own + target.minutes.get(&owner).copied().unwrap_or(0.0);
            if own > 0.0 {
                borrow(&mut table, &mut effects, owner.index(), activity.index(), (own / of_both).min(0.95));
            }
        }
        Part { share, chain: Exact::new(&table, &effects) }
    };
    let parts: Vec<Part> =
        tables.into_iter().zip(shares).collect::<Vec<_>>().into_par_iter().map(part).collect();
    let ones = Weights::ones(SLOTS);
    let base = expected(&parts, &ones);
    let base_days = days(&parts, &ones, n_days, seed, 0);
    let tilt = fit(&parts, &wanted, TOLERANCE_MIN, seed);
    let tilted = expected(&parts, &tilt.weights());
    let drawn = days(&parts, &tilt.weights(), n_days, seed, 1);
    let decoded = mean_minutes(&drawn);
    let [shares_base, shares_drawn] = [&base.minutes, &decoded].map(|minutes| target.told_and_rest(minutes));
    let shares_target = target.told_and_rest(&target.whole_day(&base.minutes));
    let start = five_jsd(&drawn, &base_days).start;
    let (decoded_mae, decoded_largest) = misses(target, &decoded);
    Ok(Row {
        reference: published(target, &base, n_days, seed),
        minutes: [base.minutes, tilted.minutes, decoded],
        n_days: drawn.len(),
        decoded_mae,
        decoded_largest,
        jsd_target: jsd(&shares_drawn, &shares_target),
        jsd_base_output: jsd(&shares_base, &shares_drawn),
        jsd_base_target: jsd(&shares_base, &shares_target),
        jsd_start: [start.value, start.floor],
        episodes: [mean_episodes(&base_days), mean_episodes(&drawn)],
        target: target.clone(),
        tilt,
    })
}

/// Minutes of all told activities but the last when they fill the day (the last is then what is left), and whether
/// the group works and learns at all where that is told.
fn wanted(target: &Target) -> Vec<(Measure, f64)> {
    let fills = target.minutes.len() == KINDS;
    let told = target.minutes.iter().filter(|(activity, _)| !(fills && **activity == Activity::Home));
    let mut wanted: Vec<(Measure, f64)> =
        told.map(|(&activity, &minutes)| (Measure::Minutes(activity), minutes)).collect();
    for (measure, ever) in
        [Measure::Works, Measure::Learns].into_iter().zip(target.ever.into_iter().flatten())
    {
        if ever > 0.0 {
            wanted.push((measure, ever));
        }
    }
    wanted
}

/// Exact means of a group's law.
struct Means {
    /// Minutes of the day by activity.
    minutes: [f64; KINDS],
    /// Each condition's share of a row, and its chances of the activities in each slot.
    rows: Vec<(f64, [f64; KINDS])>,
}

/// Exact means of the group under weights.
fn expected(parts: &[Part], weights: &Weights) -> Means {
    let each: Vec<_> = parts.par_iter().map(|part| part.chain.ahead(weights).expected()).collect();
    let mut minutes = [0.0; KINDS];
    let mut rows = Vec::with_capacity(parts.len() * SLOTS);
    for (part, expected) in parts.iter().zip(each) {
        let own = expected.slots_in();
        minutes.iter_mut().zip(own).for_each(|(sum, slots)| *sum += part.share * slots * SLOT_MIN);
        for row in expected.slots.chunks_exact(KINDS) {
            rows.push((part.share / SLOTS as f64, std::array::from_fn(|kind| row[kind])));
        }
    }
    Means { minutes, rows }
}

/// Days of the group under weights: each condition has its share of them, evenly spread.
fn days(parts: &[Part], weights: &Weights, n: usize, seed: u64, step: u32) -> Vec<Chain> {
    let mut days = Vec::with_capacity(n);
    let mut until = 0.0;
    for part in parts {
        let from = (until * n as f64).round() as u64;
        until += part.share;
        let to = (until * n as f64).round() as u64;
        let ahead = part.chain.ahead(weights);
        days.par_extend((from..to).into_par_iter().filter_map(|person| {
            ahead.sample(&mut draw(seed, Purpose::Chain, person, step)).map(|stays| chain_of(&stays))
        }));
    }
    days
}

/// Mean and largest absolute difference from a target, minutes.
fn misses(target: &Target, minutes: &[f64; KINDS]) -> (f64, f64) {
    let differences: Vec<f64> =
        target.minutes.iter().map(|(activity, wanted)| (minutes[activity.index()] - wanted).abs()).collect();
    let mean = differences.iter().sum::<f64>() / differences.len().max(1) as f64;
    (mean, differences.into_iter().fold(0.0, f64::max))
}

/// Episodes a day.
fn mean_episodes(days: &[Chain]) -> f64 {
    days.iter().map(|day| day.0.len()).sum::<usize>() as f64 / days.len().max(1) as f64
}

/// Algorithm 2 on the slot-wise chances of the same model.
fn published(target: &Target, base: &Means, n_days: usize, seed: u64) -> Reference {
    let logs: Vec<(f64, [f64; KINDS])> = base
        .rows
        .iter()
        .map(|(weight, row)| (*weight, row.map(|chance| log(chance.max(LEAST_CHANCE)))))
        .collect();
    let found = shift(&logs, &target.whole_day(&base.minutes));
    let shifted: Vec<(f64, [f64; KINDS])> =
        logs.iter().map(|(weight, row)| (*weight, algorithm_2::shifted(row, &found.added))).collect();
    let mut soft = [0.0; KINDS];
    for (weight, row) in &shifted {
        soft.iter_mut().zip(row).for_each(|(sum, share)| *sum += weight * share * SLOTS as f64 * SLOT_MIN);
    }
    let by_slot = |pick: &dyn Fn(&[f64; KINDS], u64, u32) -> usize, n: usize| -> Vec<Chain> {
        let mut days = Vec::with_capacity(n);
        let mut until = 0.0;
        for (number, day) in shifted.chunks_exact(SLOTS).enumerate() {
            let from = (until * n as f64).round() as u64;
            until += day[0].0 * SLOTS as f64;
            for person in from..(until * n as f64).round() as u64 {
                let code = |slot: usize| {
                    Activity::ALL[pick(&day[slot].1, person, (number * SLOTS + slot) as u32)].code()
                };
                days.push(Chain::from_slots(&std::array::from_fn(code)));
            }
        }
        days
    };
    let drawn = by_slot(
        &|row, person, step| draw(seed, Purpose::Chain, person, 1000 + step).weighted(row).unwrap_or(0),
        n_days.min(5000),
    );
    let likely = by_slot(
        &|row, _, _| (0..KINDS).fold(0, |best, kind| if row[kind] > row[best] { kind } else { best }),
        1000,
    );
    Reference {
        rounds: found.rounds,
        distance: found.distance,
        soft_mae: misses(target, &soft).0,
        decoded_mae: [&drawn, &likely].map(|days| misses(target, &mean_minutes(days)).0),
        episodes: [&drawn, &likely].map(|days| mean_episodes(days)),
    }
}

impl Row {
    /// The paper's own mean absolute difference, minutes.
    pub fn paper_mae(&self) -> Option<f64> {
        let pairs = self
            .target
            .minutes
            .iter()
            .filter_map(|(a, wanted)| Some((wanted - self.target.paper_minutes.get(a)?).abs()));
        let differences: Vec<f64> = pairs.collect();
        (!differences.is_empty()).then(|| differences.iter().sum::<f64>() / differences.len() as f64)
    }
}

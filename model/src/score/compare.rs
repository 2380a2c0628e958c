//! Every score of two sets of diaries, for `wayfare score`.

use super::acteval::{Domains, domains};
use super::two_sample::{TwoSample, two_sample};
use crate::models::chain::quarter_hours;
use engine::activity::diary::Diary;
use engine::activity::{Activity, Chain, SLOT_S, SLOTS, Slots};
use engine::draw::{Purpose, draw};
use engine::people::Sex;
use engine::validate::score::{Five, Interval, Jsd, five_interval, five_jsd};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Trials of the bootstrap.
const TRIALS: u32 = 200;
/// Days whose nearest training day is looked for.
const NEAREST_OF: usize = 1000;
const KINDS: usize = Activity::COUNT;

/// How far two sets of diaries are from each other. Times are on the grid of quarter hours. Survey weights are not
/// used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Person-days of the first set and of the second.
    pub n: [usize; 2],
    /// Shares of days without a trip. A set of travellers alone has none.
    pub without_trip: [f64; 2],
    /// The five Jensen-Shannon divergences, nats, each with the analytic floor of independent observations.
    pub jsd: Five<Jsd>,
    /// Their 95 % intervals from resampled persons, and the floor that knows that a person's episodes go together.
    pub interval: Five<Interval>,
    /// acteval's domains; the second set is the observed one.
    pub acteval: Domains,
    /// Whether a classifier tells the sets apart.
    pub two_sample: Option<TwoSample>,
    /// What of the first set, and of the second, is in the training set.
    pub novelty: Option<[Novelty; 2]>,
    /// Minutes by activity, of all and of each group that both sets tell.
    pub minutes: Vec<Minutes>,
}

/// How much of a set was seen in training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Novelty {
    /// Share of days that no training day equals.
    pub novel: f64,
    /// Mean number of quarter hours (of 96) by which a day differs from the nearest training day.
    pub nearest_slots: f64,
    /// Days of which the latter was measured.
    pub n_nearest: usize,
}

/// Mean minutes a day by activity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Minutes {
    /// Who: `all`, or `young male worker` and the like (young below 25, elderly from 65).
    pub group: String,
    /// Persons of the group in each set.
    pub n: [usize; 2],
    /// Mean absolute difference over the 15 activities, minutes.
    pub mae: f64,
    /// Divergence of the shares of the day, nats.
    pub jsd: f64,
    /// Minutes in each set, by activity in the order of [`Activity::ALL`].
    pub by_activity: [[f64; KINDS]; 2],
}

/// Compares set `a` (generated, say) with set `b` (observed). Novelty is measured against `train`.
pub fn compare(a: &[Diary], b: &[Diary], train: Option<&[Diary]>, seed: u64) -> Comparison {
    let on_grid = |set: &[Diary]| -> Vec<Chain> { set.par_iter().map(|d| quarter_hours(&d.chain)).collect() };
    let (a_days, b_days) = (on_grid(a), on_grid(b));
    let novelty = train.map(|train| {
        let train: Vec<Slots> = train.iter().map(|d| quarter_hours(&d.chain).to_slots()).collect();
        [&a_days, &b_days].map(|days| novelty(days, &train, seed))
    });
    Comparison {
        n: [a.len(), b.len()],
        without_trip: [a, b].map(without_trip),
        jsd: five_jsd(&a_days, &b_days),
        interval: five_interval(&a_days, &b_days, seed, TRIALS),
        acteval: domains(&b_days, &a_days),
        two_sample: two_sample(&a_days, &b_days, seed),
        novelty,
        minutes: groups(a, b),
    }
}

/// Share of the days that have one activity only.
fn without_trip(days: &[Diary]) -> f64 {
    days.iter().filter(|day| day.chain.0.len() == 1).count() as f64 / days.len().max(1) as f64
}

/// Novelty of some days; of large sets the nearest day is looked for of [`NEAREST_OF`] that are drawn.
fn novelty(days: &[Chain], train: &[Slots], seed: u64) -> Novelty {
    let seen: BTreeSet<&Slots> = train.iter().collect();
    let days: Vec<Slots> = days.iter().map(Chain::to_slots).collect();
    let novel = days.iter().filter(|day| !seen.contains(day)).count() as f64 / days.len().max(1) as f64;
    let mut stream = draw(seed, Purpose::Bootstrap, 3, u32::MAX);
    let some: Vec<&Slots> = match days.len() {
        n if n <= NEAREST_OF => days.iter().collect(),
        n => (0..NEAREST_OF).map(|_| &days[stream.below(n as u32) as usize]).collect(),
    };
    let differ = |x: &Slots, y: &Slots| x.iter().zip(y).filter(|(x, y)| x != y).count();
    let nearest = |day: &&Slots| seen.iter().map(|other| differ(day, other)).min().unwrap_or(SLOTS);
    let total: usize = some.par_iter().map(nearest).sum();
    Novelty { novel, nearest_slots: total as f64 / some.len().max(1) as f64, n_nearest: some.len() }
}

/// Mean minutes by activity.
pub fn mean_minutes<'a>(days: impl IntoIterator<Item = &'a Chain>) -> [f64; KINDS] {
    let (mut sum, mut n) = ([0.0; KINDS], 0.0_f64);
    for day in days {
        n += 1.0;
        for code in day.to_slots() {
            sum[usize::from(code) - 1] += f64::from(SLOT_S) / 60.0;
        }
    }
    sum.map(|minutes| minutes / n.max(1.0))
}

/// The name of a person's group, where age, sex and employment are told.
pub fn group(diary: &Diary) -> Option<String> {
    let age = match diary.age? {
        0..25 => "young",
        25..65 => "mid-aged",
        _ => "elderly",
    };
    let sex = match diary.sex {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::Unknown => return None,
    };
    Some(format!("{age} {sex} {}", if diary.employed? { "worker" } else { "non-worker" }))
}

/// Minutes of everybody and of each group that both sets have.
fn groups(a: &[Diary], b: &[Diary]) -> Vec<Minutes> {
    fn members(set: &[Diary]) -> BTreeMap<String, Vec<&Chain>> {
        let mut members: BTreeMap<String, Vec<&Chain>> = BTreeMap::new();
        for diary in set {
            if let Some(group) = group(diary) {
                members.entry(group).or_default().push(&diary.chain);
            }
        }
        members
    }
    let all = |set: &[Diary]| mean_minutes(set.iter().map(|d| &d.chain));
    let mut rows = vec![minutes("all".into(), [a.len(), b.len()], [all(a), all(b)])];
    let other = members(b);
    for (name, own) in members(a) {
        if let Some(other) = other.get(&name) {
            let means = [mean_minutes(own.iter().copied()), mean_minutes(other.iter().copied())];
            rows.push(minutes(name, [own.len(), other.len()], means));
        }
    }
    rows
}

/// How two sets of mean minutes differ.
fn minutes(group: String, n: [usize; 2], by_activity: [[f64; KINDS]; 2]) -> Minutes {
    let [a, b] = &by_activity;
    let mae = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / KINDS as f64;
    let jsd = engine::validate::score::jsd(a, b);
    Minutes { group, n, mae, jsd, by_activity }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::diary;
    use engine::activity::Episode;
    use engine::unit::DAY_S;

    fn worker(start_s: u32, age: u8) -> Diary {
        let e = |activity, start_s, end_s| Episode { activity, start_s, end_s };
        let chain = Chain(vec![
            e(Activity::Home, 0, start_s),
            e(Activity::Work, start_s, start_s + 28_800),
            e(Activity::Home, start_s + 28_800, DAY_S),
        ]);
        Diary { age: Some(age), sex: Sex::Female, employed: Some(true), ..diary("p", chain) }
    }

    #[test]
    fn sets_are_compared_by_group_and_with_training() {
        let a: Vec<Diary> = (0..50).map(|i| worker(21_600 + 900 * (i % 8), 30)).collect();
        let b: Vec<Diary> =
            (0..60).map(|i| worker(25_200 + 900 * (i % 8), 20 + 20 * (i % 2) as u8)).collect();
        let found = compare(&a, &b, Some(&b), 1);
        assert_eq!((found.n, found.without_trip), ([50, 60], [0.0, 0.0]));
        assert_eq!(found.jsd.length.value, 0.0);
        assert!(found.interval.start.high > found.jsd.start.value && found.jsd.start.value > 0.1);
        let groups: Vec<&str> = found.minutes.iter().map(|m| m.group.as_str()).collect();
        assert_eq!(groups, ["all", "mid-aged female worker"]);
        assert_eq!((found.minutes[1].n, found.minutes[1].mae), ([50, 30], 0.0));
        let [of_a, of_b] = found.novelty.unwrap();
        // Half of the starts of `a` are before any of `b`; the nearest day then differs at both ends.
        assert_eq!((of_a.novel, of_b.novel, of_b.nearest_slots), (26.0 / 50.0, 0.0, 0.0));
        assert!(of_a.nearest_slots > 1.0);
    }
}

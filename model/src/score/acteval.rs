//! The five domains of acteval (github.com/fredshone/acteval): participations, transitions, timing, creativity,
//! feasibility. Written anew after its documentation and behaviour, and checked on its published example.
//!
//! A *domain* is the plain mean of its *features*; a feature is the mean over its *segments* (an activity, a pair,
//! an n-gram), weighted by how often a segment was observed in the two sets (the mean of the two); a segment is
//! the earth mover's distance between the two distributions. 0 is equal. Participations are in counts (so not
//! bounded by 1), times in days; a segment of timing that the synthetic set lacks counts 1. A segment that only the
//! synthetic set holds has no weight (as in acteval, whose published example needs it so): inventions show up in
//! what they displace.
//!
//! | domain | features |
//! |---|---|
//! | participations | episodes a day; episodes of each activity; of each pair of activities |
//! | transitions | 2-, 3- and 4-grams of activities (of those seen at least 3 times, in sets of more than 10 persons) |
//! | timing | start and duration of each activity's n-th episode; (start, duration) and (duration, next duration) of each activity, city-block on a grid of 15 minutes |
//! | creativity | share of days that repeat another (`homogeneity`), share of distinct days that are in the other set (`conservatism`) |
//! | feasibility | share of days that do not begin and end at home, or hold home, work or school twice in a row |
//!
//! As in acteval, the number of pairs on a day is half the smaller count, rounded down, so that one episode of each
//! of two activities is no pair.

use super::transport::{on_grid, on_line};
use engine::activity::{Activity, Chain, Episode};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Cells of the grid of times: quarter hours 0 to 96.
const WIDTH: usize = 97;
/// Minutes of a cell.
const CELL_MIN: u32 = 15;
/// Minutes of a day: the unit of time.
const DAY_MIN: f64 = 1440.0;
/// An n-gram seen less often in all is left out …
const NGRAM_LEAST: u32 = 3;
/// … in sets of more persons than this.
const NGRAM_PERSONS: usize = 10;

/// The domains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Domains {
    /// Who does what and how often.
    pub participations: f64,
    /// What follows what.
    pub transitions: f64,
    /// When and how long.
    pub timing: f64,
    /// Repetition inside the set and of the other set (lower is more creative).
    pub creativity: f64,
    /// Share of days that are not feasible.
    pub feasibility: f64,
    /// The same among the days that the observed set does not hold (what acteval printed until May 2026).
    pub feasibility_novel: f64,
}

/// Compares a synthetic set with an observed one.
pub fn domains(observed: &[Chain], synthetic: &[Chain]) -> Domains {
    let (novel, creativity) = creativity(observed, synthetic);
    Domains {
        participations: mean([
            feature(&lengths(observed), &lengths(synthetic)),
            feature(&participation(observed), &participation(synthetic)),
            feature(&pairs(observed), &pairs(synthetic)),
        ]),
        transitions: mean([2, 3, 4].map(|n| feature(&ngrams(observed, n), &ngrams(synthetic, n)))),
        timing: mean([
            times(
                &enumerated(observed, |e| minutes(e.start_s)),
                &enumerated(synthetic, |e| minutes(e.start_s)),
            ),
            times(&enumerated(observed, duration_min), &enumerated(synthetic, duration_min)),
            grids(
                &pairs_of_times(observed, start_and_duration),
                &pairs_of_times(synthetic, start_and_duration),
            ),
            grids(&pairs_of_times(observed, two_durations), &pairs_of_times(synthetic, two_durations)),
        ]),
        creativity,
        feasibility: infeasible(synthetic.iter()),
        feasibility_novel: infeasible(novel.into_iter()),
    }
}

/// The mean of the features that are there (no day of four episodes: no 4-gram).
fn mean(values: impl IntoIterator<Item = Option<f64>>) -> f64 {
    let values: Vec<f64> = values.into_iter().flatten().collect();
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Whole minutes.
fn minutes(seconds: u32) -> u32 {
    seconds / 60
}

/// Minutes of an episode.
fn duration_min(episode: &Episode) -> u32 {
    minutes(episode.end_s.saturating_sub(episode.start_s))
}

/// How often each value of a segment was seen.
type Counts<K> = BTreeMap<K, BTreeMap<u32, u32>>;

/// How often a segment was seen.
fn weight(counts: &BTreeMap<u32, u32>) -> f64 {
    counts.values().map(|&n| f64::from(n)).sum()
}

/// The weighted mean of a feature's segments; `None` where nothing was observed. The distance is asked for a segment
/// of the observed set `a`, with what the other set holds of it.
fn segments<K: Ord, T>(
    a: &BTreeMap<K, T>,
    b: &BTreeMap<K, T>,
    weight: impl Fn(&T) -> f64,
    distance: impl Fn(&T, Option<&T>) -> f64,
) -> Option<f64> {
    let (mut sum, mut total) = (0.0, 0.0);
    for (key, a) in a {
        let b = b.get(key);
        let share = (weight(a) + b.map_or(0.0, &weight)) / 2.0;
        sum += share * distance(a, b);
        total += share;
    }
    (total > 0.0).then(|| sum / total)
}

/// A segment as a histogram, in a unit; empty where the set does not hold it.
fn positions(counts: Option<&BTreeMap<u32, u32>>, unit: f64) -> Vec<(f64, f64)> {
    counts.into_iter().flatten().map(|(&value, &n)| (f64::from(value) / unit, f64::from(n))).collect()
}

/// A feature of counts.
fn feature<K: Ord>(a: &Counts<K>, b: &Counts<K>) -> Option<f64> {
    segments(a, b, weight, |a, b| on_line(&positions(Some(a), 1.0), &positions(b, 1.0)))
}

/// A feature of times, in days.
fn times<K: Ord>(a: &Counts<K>, b: &Counts<K>) -> Option<f64> {
    segments(a, b, weight, |a, b| match b {
        Some(_) => on_line(&positions(Some(a), DAY_MIN), &positions(b, DAY_MIN)),
        None => 1.0,
    })
}

/// Episodes a day.
fn lengths(days: &[Chain]) -> Counts<()> {
    let mut counts = Counts::new();
    for day in days {
        *counts.entry(()).or_default().entry(day.0.len() as u32).or_default() += 1;
    }
    counts
}

/// Episodes of each activity on a day.
fn by_activity(day: &Chain) -> [u32; Activity::COUNT] {
    let mut counts = [0; Activity::COUNT];
    day.0.iter().for_each(|episode| counts[episode.activity.index()] += 1);
    counts
}

/// Activities that a set holds.
fn held(days: &[Chain]) -> Vec<usize> {
    let all: BTreeSet<usize> = days.iter().flat_map(|day| &day.0).map(|e| e.activity.index()).collect();
    all.into_iter().collect()
}

/// How often each activity occurs on a day, days without it included.
fn participation(days: &[Chain]) -> Counts<usize> {
    let held = held(days);
    let mut counts = Counts::new();
    for day in days {
        let own = by_activity(day);
        for &activity in &held {
            *counts.entry(activity).or_default().entry(own[activity]).or_default() += 1;
        }
    }
    counts
}

/// How often each pair of activities occurs on a day.
fn pairs(days: &[Chain]) -> Counts<(usize, usize)> {
    let held = held(days);
    let mut counts = Counts::new();
    for day in days {
        let own = by_activity(day);
        for (at, &one) in held.iter().enumerate() {
            for &other in &held[at..] {
                let n = own[one].min(own[other]) / 2;
                *counts.entry((one, other)).or_default().entry(n).or_default() += 1;
            }
        }
    }
    counts
}

/// How often each sequence of `n` activities occurs on a day of so many episodes.
fn ngrams(days: &[Chain], n: usize) -> Counts<Vec<usize>> {
    // Only persons with so long a day are counted.
    let long: Vec<&Chain> = days.iter().filter(|day| day.0.len() >= n).collect();
    let of = |day: &Chain| {
        let mut own: BTreeMap<Vec<usize>, u32> = BTreeMap::new();
        for gram in day.0.windows(n) {
            *own.entry(gram.iter().map(|e| e.activity.index()).collect()).or_default() += 1;
        }
        own
    };
    let mut counts: Counts<Vec<usize>> = Counts::new();
    for day in &long {
        for (gram, times) in of(day) {
            *counts.entry(gram).or_default().entry(times).or_default() += 1;
        }
    }
    if days.len() > NGRAM_PERSONS {
        counts.retain(|_, seen| {
            seen.iter().map(|(times, persons)| times * persons).sum::<u32>() >= NGRAM_LEAST
        });
    }
    for seen in counts.values_mut() {
        let with: u32 = seen.values().sum();
        if (with as usize) < long.len() {
            seen.insert(0, long.len() as u32 - with);
        }
    }
    counts
}

/// A value of each activity's first, second, … episode.
fn enumerated(days: &[Chain], value: impl Fn(&Episode) -> u32) -> Counts<(usize, u32)> {
    let mut counts = Counts::new();
    for day in days {
        let mut before = [0; Activity::COUNT];
        for episode in &day.0 {
            let activity = episode.activity.index();
            *counts.entry((activity, before[activity])).or_default().entry(value(episode)).or_default() += 1;
            before[activity] += 1;
        }
    }
    counts
}

/// Counts on a grid of two times, by activity; the first time is the column.
type Grids = BTreeMap<usize, Vec<u32>>;

/// Start and duration of each episode, minutes.
fn start_and_duration(day: &Chain) -> Vec<(usize, u32, u32)> {
    day.0.iter().map(|e| (e.activity.index(), minutes(e.start_s), duration_min(e))).collect()
}

/// Duration of each episode and of the next, minutes.
fn two_durations(day: &Chain) -> Vec<(usize, u32, u32)> {
    day.0.windows(2).map(|e| (e[0].activity.index(), duration_min(&e[0]), duration_min(&e[1]))).collect()
}

/// Pairs of times on the grid; what lies past the last cell counts to it.
fn pairs_of_times(days: &[Chain], values: impl Fn(&Chain) -> Vec<(usize, u32, u32)>) -> Grids {
    let mut grids = Grids::new();
    let cell = |min: u32| ((min / CELL_MIN) as usize).min(WIDTH - 1);
    for (activity, x, y) in days.iter().flat_map(values) {
        grids.entry(activity).or_insert_with(|| vec![0; WIDTH * WIDTH])[cell(y) * WIDTH + cell(x)] += 1;
    }
    grids
}

/// A feature of pairs of times, in days.
fn grids(a: &Grids, b: &Grids) -> Option<f64> {
    let weight = |grid: &Vec<u32>| grid.iter().map(|&n| f64::from(n)).sum::<f64>();
    segments(a, b, weight, |a, b| match b {
        Some(b) => on_grid(a, b, WIDTH) * f64::from(CELL_MIN) / DAY_MIN,
        None => 1.0,
    })
}

/// What makes two days the same: activities and durations.
fn signature(day: &Chain) -> Vec<(Activity, u32)> {
    day.0.iter().map(|e| (e.activity, duration_min(e))).collect()
}

/// The synthetic days that were not observed, and the creativity domain.
fn creativity<'a>(observed: &[Chain], synthetic: &'a [Chain]) -> (Vec<&'a Chain>, f64) {
    let seen: BTreeSet<_> = observed.iter().map(signature).collect();
    let own: BTreeSet<_> = synthetic.iter().map(signature).collect();
    let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
    let homogeneity = 1.0 - share(own.len(), synthetic.len());
    let conservatism = 1.0 - share(own.difference(&seen).count(), own.len());
    let novel = synthetic.iter().filter(|day| !seen.contains(&signature(day))).collect();
    (novel, mean([Some(homogeneity), Some(conservatism)]))
}

/// Share of days that do not begin and end at home, or stay where they are.
fn infeasible<'a>(days: impl ExactSizeIterator<Item = &'a Chain>) -> f64 {
    let n = days.len();
    let is_home = |episode: Option<&Episode>| episode.is_some_and(|e| e.activity == Activity::Home);
    let twice = |pair: &[Episode]| pair[0].activity == pair[1].activity && pair[0].activity.is_mandatory();
    let bad =
        days.filter(|day| !is_home(day.0.first()) || !is_home(day.0.last()) || day.0.windows(2).any(twice));
    if n > 0 { bad.count() as f64 / n as f64 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A day of (activity, start, end), minutes.
    fn day(episodes: &[(Activity, u32, u32)]) -> Chain {
        let episode = |&(activity, from, to)| Episode { activity, start_s: from * 60, end_s: to * 60 };
        Chain(episodes.iter().map(episode).collect())
    }

    /// The example of acteval's README (commit ec3484c), whose numbers 0 to 24 it reads as minutes of 1,440.
    #[test]
    fn the_published_example() {
        use Activity::{Home, ShopGoods as Shop, Work};
        let observed = [
            day(&[(Home, 0, 8), (Work, 8, 16), (Home, 16, 24)]),
            day(&[(Home, 0, 12), (Shop, 12, 13), (Home, 13, 24)]),
        ];
        let synthetic = [
            day(&[(Home, 0, 9), (Work, 9, 17), (Home, 17, 24)]),
            day(&[(Home, 0, 8), (Work, 8, 16), (Home, 16, 24)]),
            day(&[(Home, 0, 8), (Home, 8, 24)]),
        ];
        let found = domains(&observed, &synthetic);
        let published = [
            (found.participations, 0.162_037),
            (found.transitions, 0.380_952),
            (found.timing, 0.082_728),
            (found.creativity, 0.166_667),
            (found.feasibility, 0.333_333),
            (found.feasibility_novel, 0.5),
        ];
        for (ours, theirs) in published {
            assert!((ours - theirs).abs() < 5e-7, "{ours} {theirs} {found:?}");
        }
    }

    #[test]
    fn a_set_is_like_itself_and_nobody_is_no_panic() {
        let days =
            [day(&[(Activity::Home, 0, 600), (Activity::Work, 600, 1000), (Activity::Home, 1000, 1440)])];
        let same = domains(&days, &days);
        assert_eq!(
            (same.participations, same.transitions, same.timing, same.feasibility),
            (0.0, 0.0, 0.0, 0.0)
        );
        assert_eq!(same.creativity, 0.5);
        let none = domains(&days, &[]);
        assert_eq!((none.timing, none.creativity), (1.0, 1.0));
        assert_eq!(domains(&[], &[]).timing, 0.0);
    }
}

//! How far two sets of activity chains are from each other: the five Jensen-Shannon divergences of
//! seed 002, each beside the value that pure chance would give.
//!
//! Binning (seed 002 does not state its own, so its figures are anchors, not the same measure):
//! | part | one observation is | bins |
//! |---|---|---|
//! | `length` | a chain: its number of episodes | each number |
//! | `duration` | an episode: its planned length inside the day | 15 minutes (97: a whole day has its own) |
//! | `kind` | an episode: its activity | the 15 activities |
//! | `start` | an episode but the first of its day (which starts at 00:00 by definition) | 15 minutes |
//! | `end` | an episode but the last of its day (which ends at 24:00 by definition) | 15 minutes |
//!
//! Times after 24:00 are cut to 24:00, as in [`Chain::to_slots`].

use crate::activity::{Activity, Chain, SLOT_S, SLOTS};
use crate::draw::{Purpose, draw};
use crate::float::log;
use crate::unit::DAY_S;
use rayon::prelude::*;
use serde::Serialize;

/// Longest chain that has a bin of its own; longer ones share the last.
const LONGEST: usize = 96;
/// Bins of each part, in the order of [`Five`].
const BINS: [usize; 5] = [LONGEST + 1, SLOTS + 1, Activity::COUNT, SLOTS + 1, SLOTS + 1];

/// One value for each of the five parts of seed 002, Eq. 11.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Five<T> {
    /// Episodes in a chain.
    pub length: T,
    /// Durations of episodes.
    pub duration: T,
    /// Activities of episodes.
    pub kind: T,
    /// Of the start times of episodes.
    pub start: T,
    /// Of the end times of episodes.
    pub end: T,
}

impl<T> Five<T> {
    /// The five values, named, in the order length, duration, kind, start, end.
    pub fn named(&self) -> [(&'static str, &T); 5] {
        [
            ("length", &self.length),
            ("duration", &self.duration),
            ("kind", &self.kind),
            ("start", &self.start),
            ("end", &self.end),
        ]
    }

    fn build(mut value: impl FnMut(usize) -> T) -> Self {
        Self { length: value(0), duration: value(1), kind: value(2), start: value(3), end: value(4) }
    }
}

/// The five divergences between two sets of chains.
pub type FiveJsd = Five<Jsd>;

/// A divergence beside its noise floor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Jsd {
    /// Jensen-Shannon divergence, nats, 0..=ln 2.
    pub value: f64,
    /// What two independent samples of one distribution would show on average ([`noise_floor`]).
    pub floor: f64,
    /// Observations in the first set.
    pub n_a: u64,
    /// Observations in the second set.
    pub n_b: u64,
}

/// An interval for the divergence of the two *populations*, from resampled persons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end of the 95 % interval, nats.
    pub low: f64,
    /// Upper end of the 95 % interval, nats.
    pub high: f64,
    /// Mean divergence when the persons of both sets are shuffled between them, nats: a noise floor that,
    /// unlike [`Jsd::floor`], knows that the episodes of one person go together.
    pub shuffled: f64,
}

/// Jensen-Shannon divergence of two histograms, nats (seed 002, Eq. 11): 0 for equal shapes, ln 2 for
/// shapes without a common bin. Missing bins at the end of the shorter one count as empty. A histogram
/// without any observation shares nothing with one that has some (ln 2); two such are equal (0).
pub fn jsd(a: &[f64], b: &[f64]) -> f64 {
    let (total_a, total_b) = (a.iter().sum::<f64>(), b.iter().sum::<f64>());
    if total_a <= 0.0 || total_b <= 0.0 {
        return if total_a <= 0.0 && total_b <= 0.0 { 0.0 } else { std::f64::consts::LN_2 };
    }
    let part = |p: f64, m: f64| if p > 0.0 { p * log(p / m) } else { 0.0 };
    let mut sum = 0.0;
    for bin in 0..a.len().max(b.len()) {
        let p = a.get(bin).map_or(0.0, |n| n / total_a);
        let q = b.get(bin).map_or(0.0, |n| n / total_b);
        let m = (p + q) / 2.0;
        sum += (part(p, m) + part(q, m)) / 2.0;
    }
    sum.clamp(0.0, std::f64::consts::LN_2)
}

/// Mean divergence of two independent samples of one distribution over `n_bins` occupied bins:
/// `(K − 1) / 8 · (1/n_a + 1/n_b)` nats, the first term of its expansion for large samples.
/// At most ln 2, which is also the answer when a sample is empty.
pub fn noise_floor(n_bins: usize, n_a: u64, n_b: u64) -> f64 {
    if n_a == 0 || n_b == 0 {
        return std::f64::consts::LN_2;
    }
    let spread = 1.0 / n_a as f64 + 1.0 / n_b as f64;
    (n_bins.saturating_sub(1) as f64 / 8.0 * spread).min(std::f64::consts::LN_2)
}

/// The five divergences between two sets of chains.
pub fn five_jsd(a: &[Chain], b: &[Chain]) -> FiveJsd {
    let (a, b) = (Histograms::of(a.iter()), Histograms::of(b.iter()));
    Five::build(|part| a.divergence(&b, part))
}

/// Bootstrap of the five divergences over persons (chains), `trials` times. The interval is the basic
/// (reversed percentile) one, cut at 0: a resampled divergence is too high by about as much as the
/// measured one is, so reflecting it takes the noise out once.
pub fn five_interval(a: &[Chain], b: &[Chain], seed: u64, trials: u32) -> Five<Interval> {
    let measured = five_jsd(a, b);
    let measured = measured.named().map(|(_, jsd)| jsd.value);
    let resampled: Vec<[f64; 5]> =
        (0..trials).into_par_iter().map(|trial| resample(a, b, seed, trial)).collect();
    let shuffled: Vec<[f64; 5]> =
        (0..trials).into_par_iter().map(|trial| shuffle(a, b, seed, trial)).collect();
    Five::build(|part| {
        let mut values: Vec<f64> = resampled.iter().map(|five| five[part]).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| match values.len() {
            0 => measured[part],
            n => values[((n - 1) as f64 * share).round() as usize],
        };
        Interval {
            low: (2.0 * measured[part] - at(0.975)).max(0.0),
            high: (2.0 * measured[part] - at(0.025)).max(0.0),
            shuffled: shuffled.iter().map(|five| five[part]).sum::<f64>() / shuffled.len().max(1) as f64,
        }
    })
}

/// One bootstrap trial: as many persons of each set, with replacement.
fn resample(a: &[Chain], b: &[Chain], seed: u64, trial: u32) -> [f64; 5] {
    let [a, b] = [(a, 0), (b, 1)].map(|(chains, side)| {
        let mut stream = draw(seed, Purpose::Bootstrap, side, trial);
        Histograms::of(chains.iter().map(|_| &chains[stream.below(chains.len() as u32) as usize]))
    });
    std::array::from_fn(|part| a.divergence(&b, part).value)
}

/// One shuffling trial: the persons of both sets dealt anew into two sets of the same sizes.
fn shuffle(a: &[Chain], b: &[Chain], seed: u64, trial: u32) -> [f64; 5] {
    let mut stream = draw(seed, Purpose::Bootstrap, 2, trial);
    let mut persons: Vec<&Chain> = a.iter().chain(b).collect();
    for dealt in 0..a.len().min(persons.len().saturating_sub(1)) {
        let other = dealt + stream.below((persons.len() - dealt) as u32) as usize;
        persons.swap(dealt, other);
    }
    let (a, b) = persons.split_at(a.len());
    let (a, b) = (Histograms::of(a.iter().copied()), Histograms::of(b.iter().copied()));
    std::array::from_fn(|part| a.divergence(&b, part).value)
}

/// Counts by bin of the five parts.
struct Histograms([Vec<f64>; 5]);

impl Histograms {
    /// Counts the episodes of all chains by length of chain, duration, activity, start and end. The first
    /// start and the last end are midnight and are left out.
    fn of<'a>(chains: impl Iterator<Item = &'a Chain>) -> Self {
        let mut parts = BINS.map(|n| vec![0.0; n]);
        for Chain(episodes) in chains {
            parts[0][episodes.len().min(LONGEST)] += 1.0;
            for (index, episode) in episodes.iter().enumerate() {
                let (start_s, end_s) = (episode.start_s.min(DAY_S), episode.end_s.min(DAY_S));
                parts[1][(end_s.saturating_sub(start_s) / SLOT_S) as usize] += 1.0;
                parts[2][episode.activity.index()] += 1.0;
                if index > 0 {
                    parts[3][(start_s / SLOT_S) as usize] += 1.0;
                }
                if index + 1 < episodes.len() {
                    parts[4][(end_s / SLOT_S) as usize] += 1.0;
                }
            }
        }
        Self(parts)
    }

    fn divergence(&self, other: &Self, part: usize) -> Jsd {
        let (a, b) = (&self.0[part], &other.0[part]);
        let (n_a, n_b) = (a.iter().sum::<f64>() as u64, b.iter().sum::<f64>() as u64);
        let occupied = a.iter().zip(b).filter(|(a, b)| **a + **b > 0.0).count();
        Jsd { value: jsd(a, b), floor: noise_floor(occupied, n_a, n_b), n_a, n_b }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Episode;
    use proptest::prelude::*;

    /// Home, work from `start` to `end` (seconds), home.
    fn work_day(start_s: u32, end_s: u32) -> Chain {
        let e = |activity, start_s, end_s| Episode { activity, start_s, end_s };
        Chain(vec![
            e(Activity::Home, 0, start_s),
            e(Activity::Work, start_s, end_s),
            e(Activity::Home, end_s, DAY_S),
        ])
    }

    /// Random work days whose start is drawn from `first..first + 16` slots.
    fn work_days(n: usize, first: u32, seed: u64) -> Vec<Chain> {
        (0..n)
            .map(|person| {
                let mut stream = draw(seed, Purpose::Test, person as u64, 0);
                let start = (first + stream.below(16)) * SLOT_S;
                work_day(start, start + (20 + stream.below(16)) * SLOT_S)
            })
            .collect()
    }

    #[test]
    fn divergence_by_hand() {
        assert_eq!(jsd(&[1.0, 3.0], &[2.0, 6.0]), 0.0);
        assert_eq!(jsd(&[1.0, 0.0], &[0.0, 5.0]), std::f64::consts::LN_2);
        // P = (1, 0), Q = (1/2, 1/2), M = (3/4, 1/4): ½ ln(4/3) + ½ (½ ln(2/3) + ½ ln 2).
        let want = 0.5 * (4f64 / 3.0).ln() + 0.25 * (2f64 / 3.0).ln() + 0.25 * 2f64.ln();
        assert!((jsd(&[7.0], &[1.0, 1.0]) - want).abs() < 1e-15);
        assert_eq!((jsd(&[], &[]), jsd(&[1.0], &[])), (0.0, std::f64::consts::LN_2));
    }

    #[test]
    fn floor_is_what_chance_gives() {
        let (n_bins, n, trials) = (20, 1000u32, 400);
        let mean = (0..trials)
            .map(|trial| {
                let mut stream = draw(5, Purpose::Test, 0, trial);
                let mut side = || {
                    let mut bins = vec![0.0; n_bins];
                    (0..n).for_each(|_| bins[stream.below(n_bins as u32) as usize] += 1.0);
                    bins
                };
                jsd(&side(), &side())
            })
            .sum::<f64>()
            / f64::from(trials);
        let floor = noise_floor(n_bins, n.into(), n.into());
        assert!((mean / floor - 1.0).abs() < 0.05, "measured {mean}, floor {floor}");
    }

    #[test]
    fn same_law_is_at_the_floor_and_another_is_not() {
        let (a, b, late) = (work_days(2000, 24, 1), work_days(2000, 24, 2), work_days(2000, 32, 3));
        let same = five_jsd(&a, &b);
        for (name, jsd) in same.named() {
            assert!(jsd.value < 3.0 * jsd.floor + 1e-12, "{name}: {jsd:?}");
        }
        let moved = five_jsd(&a, &late);
        assert!(moved.start.value > 20.0 * moved.start.floor, "{moved:?}");
        assert_eq!((moved.length.value, moved.kind.value), (0.0, 0.0));
        assert_eq!((moved.length.n_a, moved.kind.n_b, moved.start.n_a), (2000, 6000, 4000));
    }

    #[test]
    fn bootstrap_covers_and_ignores_threads() {
        let (a, b) = (work_days(400, 24, 1), work_days(400, 30, 2));
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let interval = one.install(|| five_interval(&a, &b, 9, 100));
        assert_eq!(interval, three.install(|| five_interval(&a, &b, 9, 100)));
        let truth = five_jsd(&work_days(100_000, 24, 3), &work_days(100_000, 30, 4)).start.value;
        let start = interval.start;
        assert!(start.low < truth && truth < start.high, "{truth} not in {start:?}");
        assert!(start.shuffled < start.low, "{start:?}");
    }

    #[test]
    fn nobody_is_no_panic() {
        let five = five_interval(&[], &[], 1, 3);
        assert_eq!(five.length, Interval::default());
        assert_eq!(five_jsd(&[], &[Chain(vec![])]).length.value, std::f64::consts::LN_2);
    }

    proptest! {
        #[test]
        fn divergence_is_symmetric_and_bounded(
            a in prop::collection::vec(0u32..50, 1..30), b in prop::collection::vec(0u32..50, 1..30)
        ) {
            let [a, b] = [a, b].map(|v| v.into_iter().map(f64::from).collect::<Vec<_>>());
            prop_assert!((jsd(&a, &b) - jsd(&b, &a)).abs() < 1e-12);
            prop_assert!((0.0..=std::f64::consts::LN_2).contains(&jsd(&a, &b)));
            prop_assert!(jsd(&a, &a) < 1e-12);
        }
    }
}

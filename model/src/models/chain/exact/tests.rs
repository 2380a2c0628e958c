//! Sums and draws against brute force over all days of small worlds.

use super::super::table::tests::{all_days, random};
use super::*;
use crate::models::chain::quarter::Stay;
use engine::draw::{Purpose, draw};
use std::collections::BTreeMap;

const SLOTS: usize = 5;

fn some_weights(seed: u64) -> Weights {
    let mut stream = draw(seed, Purpose::Test, 0, 0);
    let mut weights = Weights::ones(SLOTS);
    weights.slot.iter_mut().for_each(|w| *w = 0.3 + stream.uniform());
    weights.begin.iter_mut().for_each(|w| *w = 0.3 + stream.uniform());
    weights.ever = [1.7, 0.4];
    // Observed: in the third slot it was not activity 3.
    weights.slot[2 * KINDS + 3] = 0.0;
    weights
}

/// The weight of a day, by its definition.
fn weight_of(weights: &Weights, day: &[Stay]) -> f64 {
    let mut weight = 1.0;
    for (index, stay) in day.iter().enumerate() {
        weight *= weights.begin[stay.activity];
        let end = day.get(index + 1).map_or(SLOTS, |next| next.slot);
        (stay.slot..end).for_each(|slot| weight *= weights.slot[slot * KINDS + stay.activity]);
    }
    for (ever, activity) in weights.ever.into_iter().zip([1, 2]) {
        if day.iter().any(|stay| stay.activity == activity) {
            weight *= ever;
        }
    }
    weight
}

#[test]
fn sums_over_all_days_by_brute_force() {
    let (table, effects) = random(SLOTS, 4, 3);
    let weights = some_weights(8);
    let days = all_days(SLOTS, 4);
    let law: Vec<f64> =
        days.iter().map(|day| table.log_likelihood(&effects, day).exp() * weight_of(&weights, day)).collect();
    let total: f64 = law.iter().sum();
    let exact = Exact::new(&table, &effects);
    let ahead = exact.ahead(&weights);
    assert!((ahead.total / total - 1.0).abs() < 1e-6, "{} {total}", ahead.total);
    let expected = ahead.expected();
    let mean = |value: &dyn Fn(&[Stay]) -> f64| {
        days.iter().zip(&law).map(|(day, weight)| weight * value(day)).sum::<f64>() / total
    };
    for activity in 0..4 {
        let episodes = mean(&|day| day.iter().filter(|stay| stay.activity == activity).count() as f64);
        assert!((expected.episodes[activity] - episodes).abs() < 1e-6);
        for slot in 0..SLOTS {
            let here = mean(&|day| {
                let stay = day.iter().rfind(|stay| stay.slot <= slot);
                f64::from(u8::from(stay.is_some_and(|stay| stay.activity == activity)))
            });
            assert!((expected.slots[slot * KINDS + activity] - here).abs() < 1e-6, "{slot} {activity}");
        }
    }
    for (ever, activity) in expected.ever.into_iter().zip([1, 2]) {
        let at_all = mean(&|day| f64::from(u8::from(day.iter().any(|stay| stay.activity == activity))));
        assert!((ever - at_all).abs() < 1e-6);
    }
    assert!((expected.slots_in().iter().sum::<f64>() - SLOTS as f64).abs() < 1e-6);
}

#[test]
fn draws_follow_the_weighted_law() {
    let (table, effects) = random(SLOTS, 4, 4);
    let weights = some_weights(9);
    let exact = Exact::new(&table, &effects);
    let ahead = exact.ahead(&weights);
    let n = 100_000_u32;
    let mut seen: BTreeMap<Vec<Stay>, f64> = BTreeMap::new();
    for person in 0..n {
        let day = ahead.sample(&mut draw(3, Purpose::Test, u64::from(person), 0)).unwrap();
        *seen.entry(day).or_default() += 1.0;
    }
    let (mut chi_square, mut n_cells) = (0.0_f64, 0.0_f64);
    for day in all_days(SLOTS, 4) {
        let chance = table.log_likelihood(&effects, &day).exp() * weight_of(&weights, &day) / ahead.total;
        let expected = chance * f64::from(n);
        if expected >= 5.0 {
            chi_square += (seen.get(&day).copied().unwrap_or(0.0) - expected).powi(2) / expected;
            n_cells += 1.0;
        }
    }
    assert!(n_cells > 50.0 && chi_square < n_cells + 5.0 * (2.0 * n_cells).sqrt(), "{chi_square} {n_cells}");
    assert!(seen.keys().all(|day| day.iter().rfind(|stay| stay.slot <= 2).unwrap().activity != 3));
}

#[test]
fn what_was_observed_is_kept_and_the_impossible_is_none() {
    let (table, effects) = random(SLOTS, 4, 5);
    let exact = Exact::new(&table, &effects);
    let observed = [None, Some(3), None, Some(1), None];
    let weights = Weights::observed(&observed);
    let ahead = exact.ahead(&weights);
    for person in 0..200 {
        let day = ahead.sample(&mut draw(1, Purpose::Test, person, 0)).unwrap();
        for (slot, activity) in [(1, 3), (3, 1)] {
            assert_eq!(day.iter().rfind(|stay| stay.slot <= slot).unwrap().activity, activity);
        }
    }
    let nothing = Weights { slot: vec![0.0; SLOTS * KINDS], ..Weights::ones(SLOTS) };
    assert!(exact.ahead(&nothing).sample(&mut draw(1, Purpose::Test, 0, 0)).is_none());
}

/// Where slots are clamped, much is not summed: nothing that can be may be lost, and nothing of the day before, whose
/// tables are used again, may be read.
#[test]
fn clamped_days_by_brute_force() {
    let (table, effects) = random(SLOTS, 4, 6);
    let exact = Exact::new(&table, &effects);
    let days = all_days(SLOTS, 4);
    for pattern in 0..200 {
        let mut stream = draw(2, Purpose::Test, pattern, 0);
        let mut seen = || (stream.uniform() < 0.5).then(|| stream.below(4) as usize);
        let weights = Weights::observed(&[seen(), seen(), seen(), seen(), seen()]);
        let chance = |day: &Vec<Stay>| table.log_likelihood(&effects, day).exp() * weight_of(&weights, day);
        let total: f64 = days.iter().map(chance).sum();
        let ahead = exact.ahead(&weights);
        assert!((ahead.total - total).abs() < 1e-9 * (1.0 + total), "{pattern}: {} {total}", ahead.total);
        if total > 0.0 {
            let expected = ahead.expected();
            let episodes: f64 = days.iter().map(|day| chance(day) * day.len() as f64).sum();
            assert!((expected.episodes.iter().sum::<f64>() - episodes / total).abs() < 1e-6, "{pattern}");
            assert!((expected.slots_in().iter().sum::<f64>() - SLOTS as f64).abs() < 1e-6, "{pattern}");
        }
    }
}

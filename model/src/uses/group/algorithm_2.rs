//! Algorithm 2 of seed 002, as published, for comparison.
//!
//! P = softmax(Y + a), averaged over rows; a ← clip(a + η·L·(D − P), ε, M) with L = e^(−α·RMSE) + β·KL(P‖D), until
//! ‖P − D‖₂ ≤ δ or 1,000 rounds; a starts at 1, η = 0.01, ε = 0.01, δ = 0.01 (§6.1.3). Not published, so chosen here:
//! α = 10, β = 1, M = 10; Y are log-probabilities (with probabilities no class could exceed 0.16); D is smoothed
//! by half a minute, since KL would be infinite at its zeros.

use crate::models::chain::KINDS;
use engine::float::{exp, log, log_sum_exp, sqrt};

const ALPHA: f64 = 10.0;
const BETA: f64 = 1.0;
const RATE: f64 = 0.01;
const LEAST: f64 = 0.01;
const MOST: f64 = 10.0;
const ROUNDS: u32 = 1000;
const CLOSE: f64 = 0.01;
/// Added to each activity's minutes.
const SMOOTH_MIN: f64 = 0.5;

/// What Algorithm 2 found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shift {
    /// The numbers that are added, one an activity.
    pub(crate) added: [f64; KINDS],
    /// ‖P − D‖₂ at the end.
    pub(crate) distance: f64,
    /// Rounds made.
    pub(crate) rounds: u32,
}

/// Runs the algorithm. Rows are weighted log-probabilities of the activities in a slot (weights sum to 1);
/// `minutes` is the target day.
pub(crate) fn shift(rows: &[(f64, [f64; KINDS])], minutes: &[f64; KINDS]) -> Shift {
    let total: f64 = minutes.iter().map(|m| m + SMOOTH_MIN).sum();
    let wanted = minutes.map(|m| (m + SMOOTH_MIN) / total);
    let mut added = [1.0; KINDS];
    for round in 1.. {
        let shares = mean(rows, &added);
        let square: f64 = shares.iter().zip(&wanted).map(|(p, d)| (p - d) * (p - d)).sum();
        if sqrt(square) <= CLOSE || round > ROUNDS {
            return Shift { added, distance: sqrt(square), rounds: round - 1 };
        }
        let divergence: f64 =
            shares.iter().zip(&wanted).map(|(p, d)| if *p > 0.0 { p * log(p / d) } else { 0.0 }).sum();
        let loss = exp(-ALPHA * sqrt(square / KINDS as f64)) + BETA * divergence;
        for (at, value) in added.iter_mut().enumerate() {
            *value = (*value + RATE * loss * (wanted[at] - shares[at])).clamp(LEAST, MOST);
        }
    }
    Shift { added, distance: f64::NAN, rounds: 0 }
}

/// softmax(Y + a) of one row.
pub(crate) fn shifted(row: &[f64; KINDS], shift: &[f64; KINDS]) -> [f64; KINDS] {
    let sums: [f64; KINDS] = std::array::from_fn(|kind| row[kind] + shift[kind]);
    let total = log_sum_exp(&sums);
    sums.map(|value| exp(value - total))
}

fn mean(rows: &[(f64, [f64; KINDS])], shift: &[f64; KINDS]) -> [f64; KINDS] {
    let mut sums = [0.0; KINDS];
    for (weight, row) in rows {
        sums.iter_mut().zip(shifted(row, shift)).for_each(|(sum, share)| *sum += weight * share);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_walks_towards_the_target_and_stops() {
        let mut row = [log(0.01); KINDS];
        row[0] = log(0.86);
        let mut minutes = [15.7; KINDS];
        minutes[0] = 1220.0;
        let near = shift(&[(1.0, row)], &minutes);
        assert!(near.distance <= CLOSE && near.rounds < ROUNDS, "{near:?}");
        minutes = [0.0; KINDS];
        (minutes[0], minutes[1]) = (720.0, 720.0);
        let far = shift(&[(1.0, row)], &minutes);
        assert!(far.rounds == ROUNDS && far.distance > CLOSE, "{far:?}");
        assert!(far.distance < distance_of_no_shift(&row, &minutes));
    }

    fn distance_of_no_shift(row: &[f64; KINDS], minutes: &[f64; KINDS]) -> f64 {
        let square: f64 = row.iter().zip(minutes).map(|(p, m)| (exp(*p) - m / 1440.0).powi(2)).sum();
        square.sqrt()
    }
}

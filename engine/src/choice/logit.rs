//! The multinomial logit (McFadden 1974) and its maximum-likelihood fit by Newton's method.
//!
//! ```text
//! V(mode) = offset(mode) + Σ coefficient(mode, feature) · feature
//! P(mode) = exp V(mode) / Σ over available modes of exp V
//! utilities of 1 and 0: 73.1 % and 26.9 %
//! ```
//!
//! Only differences of utility matter, so one row of coefficients is fixed: that of the car is zero, and a
//! coefficient of another mode says how much a unit of its feature speaks for that mode and against the car.

use crate::float::{exp, log};
use crate::mode::{Mode, ModeSet};
use crate::people::balance::solve;

/// Number of modes.
pub const MODES: usize = Mode::ALL.len();
/// Most steps; a fit that is not at rest by then says so.
const NEWTON_STEPS: usize = 50;

/// One observed choice: what explains it, what was open, what was taken, how much it counts.
#[derive(Debug, Clone)]
pub struct Case<const F: usize> {
    /// Features of the person and the tour.
    pub features: [f64; F],
    /// Added to the utility of each mode with coefficient one.
    pub offset: [f64; MODES],
    /// What could be chosen.
    pub available: ModeSet,
    /// What was chosen; must be available.
    pub chosen: Mode,
    /// Survey weight of the observation; positive.
    pub weight: f64,
}

/// A fitted model: a row of coefficients for each mode (the car's row is zero: it is the measure of the
/// others), and how good it is.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Fitted {
    /// Coefficients by mode, then feature.
    pub coefficients: Vec<Vec<f64>>,
    /// Standard errors of the same shape (from the Hessian, weights taken as counts); 0 where fixed.
    pub standard_errors: Vec<Vec<f64>>,
    /// Weighted log-likelihood, nats; weights scaled to mean one.
    pub log_likelihood: f64,
    /// The same with equal chances for all that was available.
    pub null_log_likelihood: f64,
    /// 1 − log-likelihood / null log-likelihood (McFadden's ρ²).
    pub rho_squared: f64,
    /// Number of observations used in the fit.
    pub n: usize,
    /// Whether Newton came to rest.
    pub at_rest: bool,
}

/// Chances of the modes: exp(utility), normalised over the available ones. All zero when none is.
///
/// The greatest utility is subtracted first: chances stay the same and no exponential overflows.
pub fn probabilities(utility: &[f64; MODES], available: ModeSet) -> [f64; MODES] {
    let open = |m: usize| available.has(Mode::ALL[m]);
    let top = (0..MODES).filter(|&m| open(m)).map(|m| utility[m]).fold(f64::NEG_INFINITY, f64::max);
    let mut chances = [0.0; MODES];
    for m in (0..MODES).filter(|&m| open(m)) {
        chances[m] = exp(utility[m] - top);
    }
    let sum: f64 = chances.iter().sum();
    if sum > 0.0 {
        chances.iter_mut().for_each(|p| *p /= sum);
    }
    chances
}

/// Utilities under coefficient rows.
pub fn utility<const F: usize>(
    rows: &[[f64; F]; MODES],
    features: &[f64; F],
    offset: &[f64; MODES],
) -> [f64; MODES] {
    std::array::from_fn(|m| offset[m] + rows[m].iter().zip(features).map(|(b, x)| b * x).sum::<f64>())
}

/// Maximises the weighted log-likelihood minus ½ · `ridge` · Σ (coefficient − `base`)² over the
/// features marked `free`; the others stay at `base`. The ridge keeps coefficients finite where
/// nobody in the data makes a choice (separation).
///
/// Newton's method: the log-likelihood is concave, so a full step is right near the top; far from it, a step that
/// would lose is halved until it does not. Weights are scaled to a mean of one, so that standard errors are those
/// of as many cases as there are, however the survey's weights were scaled.
pub fn maximise<const F: usize>(
    cases: &[Case<F>],
    base: &[[f64; F]; MODES],
    free: &[bool; F],
    ridge: f64,
) -> ([[f64; F]; MODES], Fitted) {
    // What is fitted, as (mode, feature): vectors and matrices below have one entry, or row, for each.
    let slots: Vec<(usize, usize)> =
        (1..MODES).flat_map(|m| (0..F).filter(|&f| free[f]).map(move |f| (m, f))).collect();
    let mean = cases.iter().map(|c| c.weight).sum::<f64>() / cases.len().max(1) as f64;
    let scale = if mean > 0.0 { 1.0 / mean } else { 0.0 };
    let mut rows = *base;
    let mut at_rest = false;
    let objective = |rows: &[[f64; F]; MODES]| {
        let away: f64 =
            slots.iter().map(|&(m, f)| (rows[m][f] - base[m][f]) * (rows[m][f] - base[m][f])).sum();
        likelihood(cases, rows, scale) - 0.5 * ridge * away
    };
    let mut value = objective(&rows);
    let mut inverse = Vec::new();
    for _ in 0..NEWTON_STEPS {
        let (gradient, hessian) = slope(cases, &rows, base, &slots, scale, ridge);
        inverse = hessian.clone();
        let Some(step) = solve(&mut hessian.clone(), &gradient) else { break };
        // The Newton decrement: twice what a full step could still add to the log-likelihood, nats.
        if gradient.iter().zip(&step).map(|(g, s)| g * s).sum::<f64>() < 1e-8 {
            at_rest = true;
            break;
        }
        let mut length = 1.0;
        while length > 1e-8 {
            let mut trial = rows;
            for (&(m, f), s) in slots.iter().zip(&step) {
                trial[m][f] += length * s;
            }
            let trial_value = objective(&trial);
            if trial_value >= value {
                (rows, value) = (trial, trial_value);
                break;
            }
            length *= 0.5;
        }
    }
    let errors = standard_errors::<F>(&inverse, &slots);
    (rows, fitted(cases, &rows, errors, scale, at_rest))
}

/// Puts a fit together: log-likelihood against equal shares of the open modes, and McFadden's ρ².
fn fitted<const F: usize>(
    cases: &[Case<F>],
    rows: &[[f64; F]; MODES],
    standard_errors: Vec<Vec<f64>>,
    scale: f64,
    at_rest: bool,
) -> Fitted {
    let log_likelihood = likelihood(cases, rows, scale);
    let null =
        -cases.iter().map(|c| scale * c.weight * log(f64::from(c.available.0.count_ones()))).sum::<f64>();
    Fitted {
        coefficients: rows.iter().map(|r| r.to_vec()).collect(),
        standard_errors,
        log_likelihood,
        null_log_likelihood: null,
        rho_squared: if null < 0.0 { 1.0 - log_likelihood / null } else { 0.0 },
        n: cases.len(),
        at_rest,
    }
}

/// Weighted log-likelihood of all cases, nats, times `scale`.
///
/// A chance of zero counts as 10^-300, so that a choice that was not available costs much and breaks nothing.
fn likelihood<const F: usize>(cases: &[Case<F>], rows: &[[f64; F]; MODES], scale: f64) -> f64 {
    cases
        .iter()
        .map(|case| {
            let chances = probabilities(&utility(rows, &case.features, &case.offset), case.available);
            scale * case.weight * log(chances[case.chosen as usize].max(1e-300))
        })
        .sum()
}

/// Gradient of the penalised log-likelihood and its negative Hessian (lower triangle, row by row).
///
/// For coefficient (m, f) the gradient is Σ w · x_f · (1 if m was chosen − P(m)); the negative Hessian for (m, f)
/// and (k, g) is Σ w · x_f · x_g · P(m) · (1 if m = k − P(k)). The ridge adds to the diagonal.
fn slope<const F: usize>(
    cases: &[Case<F>],
    rows: &[[f64; F]; MODES],
    base: &[[f64; F]; MODES],
    slots: &[(usize, usize)],
    scale: f64,
    ridge: f64,
) -> (Vec<f64>, Vec<f64>) {
    let n = slots.len();
    let mut gradient: Vec<f64> = slots.iter().map(|&(m, f)| -ridge * (rows[m][f] - base[m][f])).collect();
    let mut hessian = vec![0.0; n * n];
    for case in cases {
        let chances = probabilities(&utility(rows, &case.features, &case.offset), case.available);
        let weight = scale * case.weight;
        for (i, &(m, f)) in slots.iter().enumerate() {
            let x = weight * case.features[f];
            if x == 0.0 {
                continue;
            }
            let taken = f64::from(u8::from(case.chosen as usize == m));
            gradient[i] += x * (taken - chances[m]);
            for (j, &(other, g)) in slots[..=i].iter().enumerate() {
                let same = if m == other { chances[m] } else { 0.0 };
                hessian[i * n + j] += x * case.features[g] * (same - chances[m] * chances[other]);
            }
        }
    }
    for i in 0..n {
        hessian[i * n + i] += ridge;
    }
    (gradient, hessian)
}

/// Square roots of the diagonal of the inverse Hessian.
fn standard_errors<const F: usize>(hessian: &[f64], slots: &[(usize, usize)]) -> Vec<Vec<f64>> {
    let mut errors = vec![vec![0.0; F]; MODES];
    for (i, &(m, f)) in slots.iter().enumerate() {
        let mut unit = vec![0.0; slots.len()];
        unit[i] = 1.0;
        if let Some(column) = solve(&mut hessian.to_vec(), &unit) {
            errors[m][f] = column[i].max(0.0).sqrt();
        }
    }
    errors
}

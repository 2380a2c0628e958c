//! Floating-point functions whose last bit does not depend on the machine's C library (libm in Rust).

pub use libm::{acos, asin, atan2, cos, exp, log, log1p, pow, sin, sqrt, tan};

/// Natural logarithm of the sum of exponentials; `-inf` for an empty slice.
pub fn log_sum_exp(values: &[f64]) -> f64 {
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !top.is_finite() {
        return top;
    }
    top + log(values.iter().map(|&v| exp(v - top)).sum())
}

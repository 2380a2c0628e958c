//! What would a perfect model show? A count is a mean of days that vary, and a sample of the population adds chance of its
//! own; no honest figure lies below these floors. The noise of a mean of `n` days is the spread from day to day over `√n`: what
//! one single day would show is no yardstick for a comparison with the mean of many.

use super::fit::geh;
use crate::float::sqrt;
use serde::Serialize;

/// What a perfect model would show against counts of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Perfect {
    /// Expected plain MAPE of volumes; `None` without an hour whose spread is known.
    pub volume_mape: Option<f64>,
    /// Expected volume-weighted error.
    pub volume_wape: Option<f64>,
    /// Expected share of station-hours with GEH below 5.
    pub geh_lt5_share: Option<f64>,
}

/// Noise floors of a set of station-hours. Errors are taken as normal around the mean volume.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Floor {
    /// Station-hours with a known spread from day to day.
    pub n: u64,
    /// Days behind the observed mean: the median over these station-hours; 0 without any.
    pub days: u16,
    /// A model that knows the true mean, against the observed mean of as many days as each station-hour has: the spread
    /// divided by the root of their number.
    pub mean: Perfect,
    /// A model whose every driver is right, simulated as a sample, against the observed mean: adds
    /// `c (1 − f) / f` to the variance, as each vehicle is in the sample with chance `f` and counts for `1 / f`.
    pub sampled: Perfect,
}

/// One station-hour as the floor sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Mean observed volume, vehicles per hour.
    pub volume_vph: f64,
    /// Standard deviation from day to day, vehicles per hour.
    pub sd_vph: f64,
    /// Days behind the mean; at least 1.
    pub days: u16,
}

/// The noise floors of station-hours for a run that simulates the share `sample` of the population.
pub fn floor(hours: &[Spread], sample: f64) -> Floor {
    let variance = |hour: &Spread| hour.sd_vph * hour.sd_vph;
    let of_mean = |hour: &Spread| variance(hour) / f64::from(hour.days.max(1));
    let mut days: Vec<u16> = hours.iter().map(|hour| hour.days).collect();
    days.sort_unstable();
    Floor {
        n: hours.len() as u64,
        days: days.get(days.len() / 2).copied().unwrap_or(0),
        mean: perfect(hours, of_mean),
        sampled: perfect(hours, |hour| of_mean(hour) + hour.volume_vph * (1.0 - sample).max(0.0) / sample),
    }
}

/// Expected measures when the error of each hour is normal with the given variance.
fn perfect(hours: &[Spread], variance: impl Fn(&Spread) -> f64) -> Perfect {
    let (mut relative, mut n_relative, mut absolute, mut total, mut below) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for hour in hours {
        let sd = sqrt(variance(hour));
        // The mean absolute value of a normal variable is sd · sqrt(2/π).
        let error = sd * sqrt(std::f64::consts::FRAC_2_PI);
        if hour.volume_vph > 0.0 {
            relative += error / hour.volume_vph;
            n_relative += 1.0;
        }
        absolute += error;
        total += hour.volume_vph;
        below += chance_of_geh_below_5(hour.volume_vph, sd);
    }
    let share = |sum: f64, n: f64| (n > 0.0).then(|| sum / n);
    Perfect {
        volume_mape: share(relative, n_relative),
        volume_wape: share(absolute, total),
        geh_lt5_share: share(below, hours.len() as f64),
    }
}

/// Chance that a normal volume around `mean` has a GEH below 5 to it. GEH = 5 where the difference `d`
/// to the other volume solves `2 d² ± 25 d − 50 · mean = 0`.
fn chance_of_geh_below_5(mean: f64, sd: f64) -> f64 {
    if sd <= 0.0 {
        return 1.0;
    }
    let root = sqrt(625.0 + 400.0 * mean);
    let (up, down) = ((25.0 + root) / 4.0, (root - 25.0) / 4.0);
    debug_assert!(mean <= 0.0 || (geh(mean + up, mean) - 5.0).abs() < 1e-6);
    normal_below(up / sd) - normal_below(-down / sd)
}

/// Distribution function of the standard normal law.
fn normal_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::super::fit::{Fit, Pair};
    use super::*;
    use crate::draw::{Purpose, draw};

    /// The slow oracle: draw the perfect model's errors and measure them.
    fn drawn(hours: &[Spread], variance: impl Fn(&Spread) -> f64) -> Fit {
        let mut pairs = Vec::new();
        for (number, hour) in hours.iter().enumerate() {
            let mut stream = draw(3, Purpose::Test, number as u64, 0);
            pairs.extend((0..20_000).map(|_| Pair {
                observed_vph: hour.volume_vph,
                simulated_vph: hour.volume_vph + sqrt(variance(hour)) * stream.normal(),
            }));
        }
        Fit::of(&pairs)
    }

    #[test]
    fn formula_agrees_with_draws() {
        let hour = |volume_vph, sd_vph| Spread { volume_vph, sd_vph, days: 16 };
        let hours = [hour(4000.0, 300.0), hour(1500.0, 400.0), hour(600.0, 20.0)];
        let floor = floor(&hours, 0.1);
        let mean = drawn(&hours, |h| h.sd_vph * h.sd_vph / 16.0);
        let sampled = drawn(&hours, |h| h.sd_vph * h.sd_vph / 16.0 + 9.0 * h.volume_vph);
        for (want, got) in [(floor.mean, mean), (floor.sampled, sampled)] {
            for (want, got) in [
                (want.volume_mape, got.volume_mape),
                (want.volume_wape, got.volume_wape),
                (want.geh_lt5_share, got.geh_lt5_share),
            ] {
                let (want, got) = (want.unwrap(), got.unwrap());
                assert!((want / got - 1.0).abs() < 0.02, "formula {want}, drawn {got}");
            }
        }
        assert!(floor.mean.volume_mape < floor.sampled.volume_mape);
        assert_eq!((floor.n, floor.days), (3, 16));
    }

    #[test]
    fn the_noise_of_a_mean_of_days_falls_with_their_root() {
        let of = |days| {
            floor(&[Spread { volume_vph: 1000.0, sd_vph: 100.0, days }], 1.0).mean.volume_mape.unwrap()
        };
        assert!((of(1) / of(25) - 5.0).abs() < 1e-12);
    }

    #[test]
    fn no_spread_no_noise() {
        let still = [Spread { volume_vph: 100.0, sd_vph: 0.0, days: 1 }];
        let floor = floor(&still, 1.0);
        assert_eq!((floor.mean.volume_mape, floor.sampled.geh_lt5_share), (Some(0.0), Some(1.0)));
        assert_eq!(super::floor(&[], 1.0).mean.volume_mape, None);
    }
}

//! How well do volumes agree? GEH, MAPE, R² and their kin over pairs of observed and simulated hourly volumes. (Speeds:
//! [`super::speed`].)

use crate::float::sqrt;
use serde::{Deserialize, Serialize};

/// One station in one hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Observed volume, vehicles per hour.
    pub observed_vph: f64,
    /// Simulated (or otherwise predicted) volume, vehicles per hour.
    pub simulated_vph: f64,
}

/// GEH statistic of two *hourly* volumes: `sqrt(2 (m − c)² / (m + c))` (FHWA Traffic Analysis Toolbox III,
/// 2004, sect. 5.6). 0 when both are 0. It grows with the period: it means nothing on daily volumes.
pub fn geh(simulated_vph: f64, observed_vph: f64) -> f64 {
    let sum = simulated_vph + observed_vph;
    if sum <= 0.0 {
        return 0.0;
    }
    let difference = simulated_vph - observed_vph;
    sqrt(2.0 * difference * difference / sum)
}

/// The agreement of a set of pairs. Shares and errors are fractions, not per cent, unless named `_pct`.
/// A measure that its pairs cannot give (no pair, no spread, observed volume 0) is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fit {
    /// Pairs of volumes.
    pub n: u64,
    /// Share of pairs with GEH below 5.
    pub geh_lt5_share: Option<f64>,
    /// Share of pairs with GEH below 10.
    pub geh_lt10_share: Option<f64>,
    /// Mean GEH over the station-hours; `None` without any.
    pub geh_mean: Option<f64>,
    /// Plain mean of `|m − c| / c` over the pairs with an observed volume above 0: small roads at night
    /// weigh as much as freeways at noon.
    pub volume_mape: Option<f64>,
    /// Weighted by volume: `Σ|m − c| / Σc`.
    pub volume_wape: Option<f64>,
    /// Root of the mean squared error over the mean observed volume, per cent.
    pub rmse_pct: Option<f64>,
    /// `Σm / Σc − 1`: above 0 where too much is simulated.
    pub sum_error: Option<f64>,
    /// Squared correlation of observed and simulated volumes (the planners' R²): blind to a wrong level.
    pub r2: Option<f64>,
    /// `1 − Σ(m − c)² / Σ(c − c̄)²`: R² about the line m = c, which a wrong level lowers; may be negative.
    pub r2_identity: Option<f64>,
    /// Slope of the least-squares line of simulated on observed volumes.
    pub slope: Option<f64>,
    /// Its value at 0, vehicles per hour.
    pub intercept_vph: Option<f64>,
}

/// `sum / n`, or nothing.
fn mean(sum: f64, n: f64) -> Option<f64> {
    (n > 0.0).then(|| sum / n)
}

impl Fit {
    /// Measures the pairs, in their order.
    pub fn of<'a>(pairs: impl IntoIterator<Item = &'a Pair>) -> Self {
        let mut sums = Sums::default();
        pairs.into_iter().for_each(|pair| sums.add(pair));
        sums.fit()
    }
}

/// Running sums of everything a [`Fit`] needs; m = simulated, c = observed.
#[derive(Debug, Default)]
struct Sums {
    n: f64,
    lt5: f64,
    lt10: f64,
    geh: f64,
    relative: f64,
    n_relative: f64,
    absolute: f64,
    c: f64,
    m: f64,
    cc: f64,
    mm: f64,
    cm: f64,
    square: f64,
}

impl Sums {
    /// Adds a pair of simulated and observed volume, vehicles an hour.
    fn add(&mut self, pair: &Pair) {
        let (m, c) = (pair.simulated_vph, pair.observed_vph);
        let (geh, error) = (geh(m, c), (m - c).abs());
        self.n += 1.0;
        self.lt5 += f64::from(u8::from(geh < 5.0));
        self.lt10 += f64::from(u8::from(geh < 10.0));
        self.geh += geh;
        if c > 0.0 {
            self.relative += error / c;
            self.n_relative += 1.0;
        }
        self.absolute += error;
        self.c += c;
        self.m += m;
        self.cc += c * c;
        self.mm += m * m;
        self.cm += c * m;
        self.square += error * error;
    }

    /// The measures of the pairs so far; what needs a spread or a pair that is missing is `None`.
    fn fit(&self) -> Fit {
        let n = self.n;
        let spread = |square: f64, sum: f64| Some(square - sum * sum / n).filter(|s| *s > 1e-9 * square);
        let (spread_c, spread_m) = (spread(self.cc, self.c), spread(self.mm, self.m));
        let joint = self.cm - self.c * self.m / n;
        let slope = spread_c.map(|c| joint / c);
        Fit {
            n: n as u64,
            geh_lt5_share: mean(self.lt5, n),
            geh_lt10_share: mean(self.lt10, n),
            geh_mean: mean(self.geh, n),
            volume_mape: mean(self.relative, self.n_relative),
            volume_wape: mean(self.absolute, self.c),
            rmse_pct: mean(self.c, n).filter(|c| *c > 0.0).map(|c| 100.0 * sqrt(self.square / n) / c),
            sum_error: mean(self.m, self.c).map(|ratio| ratio - 1.0),
            r2: spread_c.zip(spread_m).map(|(c, m)| (joint * joint / (c * m)).min(1.0)),
            r2_identity: spread_c.map(|c| 1.0 - self.square / c),
            slope,
            intercept_vph: slope.map(|slope| (self.m - slope * self.c) / n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pair(observed_vph: f64, simulated_vph: f64) -> Pair {
        Pair { observed_vph, simulated_vph }
    }

    #[test]
    fn geh_by_hand() {
        assert_eq!(geh(0.0, 0.0), 0.0);
        assert!((geh(1100.0, 900.0) - 40f64.sqrt()).abs() < 1e-12);
        assert_eq!(geh(900.0, 1100.0), geh(1100.0, 900.0));
    }

    #[test]
    fn measures_by_hand() {
        let pairs = [pair(100.0, 110.0), pair(300.0, 270.0), pair(0.0, 20.0)];
        let fit = Fit::of(&pairs);
        let near = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-12, "{a:?} is not {b}");
        near(fit.volume_mape, 0.1);
        near(fit.volume_wape, 60.0 / 400.0);
        near(fit.sum_error, 0.0);
        near(fit.rmse_pct, 100.0 * (1400f64 / 3.0).sqrt() / (400.0 / 3.0));
        near(fit.geh_lt5_share, 2.0 / 3.0); // GEH 0.98, 1.78, 6.32.
        near(fit.geh_lt10_share, 1.0);
        assert_eq!(fit.n, 3);
    }

    #[test]
    fn nothing_to_compare_is_told_apart_from_zero() {
        let fit = Fit::of(&[]);
        assert_eq!(fit, Fit::default());
        assert_eq!(Fit::of(&[pair(5.0, 5.0)]).r2, None);
        assert_eq!(Fit::of(&[pair(0.0, 5.0)]).volume_mape, None);
    }

    proptest! {
        #[test]
        fn a_straight_line_is_found(volumes in prop::collection::vec(1.0..5000f64, 3..40), slope in 0.1..3f64) {
            prop_assume!(volumes.iter().any(|v| (v - volumes[0]).abs() > 1.0));
            let pairs: Vec<_> = volumes.iter().map(|&c| pair(c, slope * c + 50.0)).collect();
            let fit = Fit::of(&pairs);
            prop_assert!((fit.slope.unwrap() - slope).abs() < 1e-4);
            prop_assert!((fit.intercept_vph.unwrap() - 50.0).abs() < 0.5);
            prop_assert!(fit.r2.unwrap() > 0.9999);
            prop_assert!(fit.r2_identity.unwrap() <= fit.r2.unwrap() + 1e-9);
        }
    }
}

//! Acceptance rules of the field, by name, as pass or fail.

use super::fit::{Pair, geh};
use serde::Serialize;

/// A rule and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Criterion {
    /// Name: standard and rule.
    pub name: &'static str,
    /// Where the rule stands.
    pub source: &'static str,
    /// What is asked, in words.
    pub asks: &'static str,
    /// Station-hours it was applied to.
    pub n: u64,
    /// The measured share or value; `None` when there was nothing to measure.
    pub measured: Option<f64>,
    /// The bound: a share to pass, or a value to stay below.
    pub bound: f64,
    /// Whether it is met; `None` when there was nothing to measure.
    pub passed: Option<bool>,
}

/// Where the rules stand; each [`Criterion`] carries it, so that a report can cite it.
const SOURCE: &str = "FHWA Traffic Analysis Toolbox III (2004), sect. 5.6, after Wisconsin DOT";

/// The flow criteria of the FHWA's 2004 guidelines, applied to every station-hour of the day (the guidelines
/// look at the peak hour of a corridor, so a whole region's day is the harder test). Their travel-time
/// criteria need measured travel times and are not applied. Nor is the GEH of the sum of all flows: a vehicle passes many
/// stations in series, so that a sum over a region is no flow; it has a meaning over a screenline only.
pub fn fhwa_2004(pairs: &[Pair]) -> Vec<Criterion> {
    let in_band =
        |low: f64, high: f64| move |pair: &&Pair| pair.observed_vph >= low && pair.observed_vph < high;
    let error = |pair: &Pair| (pair.simulated_vph - pair.observed_vph).abs();
    let simulated: f64 = pairs.iter().map(|pair| pair.simulated_vph).sum();
    let observed: f64 = pairs.iter().map(|pair| pair.observed_vph).sum();
    let n = pairs.len() as u64;
    vec![
        share(
            "fhwa-2004 flow below 700 veh/h",
            "within 100 veh/h for more than 85 % of cases",
            pairs.iter().filter(in_band(0.0, 700.0)),
            |pair| error(pair) <= 100.0,
        ),
        share(
            "fhwa-2004 flow 700 to 2700 veh/h",
            "within 15 % for more than 85 % of cases",
            pairs.iter().filter(in_band(700.0, 2700.0)),
            |pair| error(pair) <= 0.15 * pair.observed_vph,
        ),
        share(
            "fhwa-2004 flow above 2700 veh/h",
            "within 400 veh/h for more than 85 % of cases",
            pairs.iter().filter(in_band(2700.0, f64::INFINITY)),
            |pair| error(pair) <= 400.0,
        ),
        share("fhwa-2004 GEH", "GEH below 5 for more than 85 % of cases", pairs.iter(), |pair| {
            geh(pair.simulated_vph, pair.observed_vph) < 5.0
        }),
        below(
            "fhwa-2004 sum of flows",
            "sum of all flows within 5 %",
            n,
            (observed > 0.0).then(|| (simulated / observed - 1.0).abs()),
            0.05,
        ),
    ]
}

/// A criterion of the kind "more than 85 % of the pairs are good"; without pairs it is neither met nor
/// missed.
fn share<'a>(
    name: &'static str,
    asks: &'static str,
    pairs: impl Iterator<Item = &'a Pair>,
    is_good: impl Fn(&Pair) -> bool,
) -> Criterion {
    let (mut n, mut good) = (0u64, 0u64);
    for pair in pairs {
        n += 1;
        good += u64::from(is_good(pair));
    }
    let measured = (n > 0).then(|| good as f64 / n as f64);
    let passed = measured.map(|share| share > 0.85);
    Criterion { name, source: SOURCE, asks, n, measured, bound: 0.85, passed }
}

/// A criterion of the kind "the value is below the bound"; without a value it is neither met nor missed.
fn below(name: &'static str, asks: &'static str, n: u64, measured: Option<f64>, bound: f64) -> Criterion {
    let passed = measured.map(|value| value < bound);
    Criterion { name, source: SOURCE, asks, n, measured, bound, passed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(observed_vph: f64, simulated_vph: f64) -> Pair {
        Pair { observed_vph, simulated_vph }
    }

    fn passed(pairs: &[Pair]) -> Vec<Option<bool>> {
        fhwa_2004(pairs).into_iter().map(|criterion| criterion.passed).collect()
    }

    #[test]
    fn a_perfect_model_passes_and_a_double_one_fails() {
        let perfect = [pair(500.0, 500.0), pair(1000.0, 1000.0), pair(5000.0, 5000.0)];
        assert_eq!(passed(&perfect), [Some(true); 5]);
        let double = [pair(500.0, 1000.0), pair(1000.0, 2000.0), pair(5000.0, 10_000.0)];
        assert_eq!(passed(&double), [Some(false); 5]);
    }

    #[test]
    fn bands_have_their_own_bounds() {
        // Just inside in each band, though 15 % of 500 and of 5000 would be missed or met otherwise.
        let inside = [pair(500.0, 600.0), pair(1000.0, 850.0), pair(2700.0, 2300.0)];
        assert_eq!(passed(&inside)[..3], [Some(true); 3]);
        let outside = [pair(500.0, 601.0), pair(1000.0, 849.0), pair(2700.0, 2299.0)];
        assert_eq!(passed(&outside)[..3], [Some(false); 3]);
    }

    #[test]
    fn no_counts_no_verdict() {
        assert_eq!(passed(&[]), [None; 5]);
    }
}

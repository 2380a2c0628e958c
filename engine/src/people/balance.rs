//! Weights that meet zone totals: relaxed entropy balancing.
//!
//! Iterative proportional updating (Ye, Konduri, Pendyala, Sana, Waddell 2009) steps from control to
//! control towards the weights that meet household and person totals together. The point it steps
//! towards, when it exists, is the one closest to the seed sample in relative entropy; here it is found
//! directly, as the minimum of the convex dual by damped Newton (Hainmueller 2012, "Entropy balancing",
//! eq. 6-8), and a small quadratic relaxation (Vovsha et al. 2015, "New features of population
//! synthesis", the list balancing of PopulationSim) keeps a unique answer when totals contradict each other.

use super::cell::Cells;
use crate::float::exp;

/// Slack allowed at first: a total may be missed by this share of itself for each unit of its multiplier.
const SLACK: f64 = 1e-4;
/// Each further attempt allows ten times more, so many times.
const ATTEMPTS: u32 = 4;
/// Most Newton steps of an attempt.
const NEWTON_STEPS: u32 = 60;
/// Largest gradient at rest, in persons or households for each household of the zone.
const REST: f64 = 1e-8;

/// Weights of one zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Balanced {
    /// Households of each cell, fractional.
    pub weights: Vec<f64>,
    /// Whether Newton came to rest at the first, smallest slack.
    pub at_rest: bool,
}

/// The problem of one zone in units of its own households: cells with a start weight, totals, slack.
struct Dual<'a> {
    cells: &'a Cells,
    /// Weights before any total is asked for, their sum one; 0 for a cell that must stay empty.
    start: Vec<f64>,
    /// Totals, divided by the greatest of them.
    targets: Vec<f64>,
    /// By how much a total may be missed for each unit of its multiplier.
    slack: Vec<f64>,
}

/// Weights for cells that start in the proportion of their members and meet `targets` (one a control;
/// zero or more). A control with a total of zero empties its cells. All zero → all weights zero.
///
/// In order: cells that a total of zero forbids are emptied (all cells are kept where that would empty all);
/// everything is put into units of the greatest total, so that one slack serves zones of every size; Newton at the
/// least slack, and again from the start with ten times more where it does not come to rest.
pub fn balance(cells: &Cells, targets: &[f64]) -> Balanced {
    let scale = targets.iter().copied().fold(0.0, f64::max);
    if scale <= 0.0 || cells.is_empty() {
        return Balanced { weights: vec![0.0; cells.len()], at_rest: true };
    }
    let mut start = start_weights(cells, targets);
    if start.iter().all(|&w| w == 0.0) {
        start = cells.members.iter().map(|m| m.len() as f64).collect();
    }
    let sum: f64 = start.iter().sum();
    start.iter_mut().for_each(|w| *w /= sum);
    let targets: Vec<f64> = targets.iter().map(|t| t / scale).collect();
    let mut multipliers = vec![0.0; targets.len()];
    let mut dual = Dual { cells, start, slack: Vec::new(), targets };
    let mut slack = SLACK;
    for attempt in 0..ATTEMPTS {
        dual.slack = dual.targets.iter().map(|t| slack * t.max(1e-3)).collect();
        if dual.minimise(&mut multipliers) {
            return Balanced { weights: dual.weights(&multipliers, scale), at_rest: attempt == 0 };
        }
        multipliers.fill(0.0);
        slack *= 10.0;
    }
    Balanced { weights: dual.weights(&multipliers, scale), at_rest: false }
}

/// Members of each cell, or nothing where the cell counts in a control that must be empty.
fn start_weights(cells: &Cells, targets: &[f64]) -> Vec<f64> {
    (0..cells.len())
        .map(|cell| {
            let barred = cells.entries(cell).iter().any(|&(control, _)| targets[control as usize] <= 0.0);
            if barred { 0.0 } else { cells.members[cell].len() as f64 }
        })
        .collect()
}

impl Dual<'_> {
    /// Sum of multipliers times counts over the controls of a cell.
    fn exponent(&self, cell: usize, multipliers: &[f64]) -> f64 {
        self.cells.entries(cell).iter().map(|&(c, count)| multipliers[c as usize] * count).sum()
    }

    /// Weight of each cell: its start times the exponential of the multipliers of the controls that it
    /// counts for.
    fn weights(&self, multipliers: &[f64], scale: f64) -> Vec<f64> {
        (0..self.start.len())
            .map(|cell| match self.start[cell] {
                0.0 => 0.0,
                start => scale * start * exp(self.exponent(cell, multipliers)),
            })
            .collect()
    }

    /// Σ start·exp(row·λ) − targets·λ + ½ Σ slack·λ²: convex; its gradient is totals − targets + slack·λ.
    fn value(&self, multipliers: &[f64]) -> f64 {
        let mass: f64 = (0..self.start.len())
            .filter(|&cell| self.start[cell] > 0.0)
            .map(|cell| self.start[cell] * exp(self.exponent(cell, multipliers)))
            .sum();
        let linear: f64 = multipliers
            .iter()
            .zip(self.targets.iter().zip(&self.slack))
            .map(|(l, (t, s))| l * (0.5 * s * l - t))
            .sum();
        mass + linear
    }

    /// Gradient and Hessian (lower triangle, row by row).
    fn slope(&self, multipliers: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let n = multipliers.len();
        let mut gradient: Vec<f64> =
            (0..n).map(|c| self.slack[c] * multipliers[c] - self.targets[c]).collect();
        let mut hessian = vec![0.0; n * n];
        for cell in 0..self.start.len() {
            if self.start[cell] == 0.0 {
                continue;
            }
            let weight = self.start[cell] * exp(self.exponent(cell, multipliers));
            let entries = self.cells.entries(cell);
            for (position, &(row, count)) in entries.iter().enumerate() {
                let weighted = weight * count;
                gradient[row as usize] += weighted;
                for &(column, other) in &entries[..=position] {
                    hessian[row as usize * n + column as usize] += weighted * other;
                }
            }
        }
        for c in 0..n {
            hessian[c * n + c] += self.slack[c];
        }
        (gradient, hessian)
    }

    /// Damped Newton from `multipliers`; whether it came to rest.
    ///
    /// A step is halved until the value falls by at least a ten-thousandth of what the slope promises (Armijo's
    /// rule).
    fn minimise(&self, multipliers: &mut Vec<f64>) -> bool {
        let mut value = self.value(multipliers);
        for _ in 0..NEWTON_STEPS {
            let (gradient, mut hessian) = self.slope(multipliers);
            if gradient.iter().all(|g| g.abs() < REST) {
                return true;
            }
            let Some(step) = solve(&mut hessian, &gradient) else { return false };
            let descent: f64 = gradient.iter().zip(&step).map(|(g, s)| g * s).sum();
            let mut length = 1.0;
            loop {
                let trial: Vec<f64> = multipliers.iter().zip(&step).map(|(l, s)| l - length * s).collect();
                let trial_value = self.value(&trial);
                if trial_value <= value - 1e-4 * length * descent {
                    (*multipliers, value) = (trial, trial_value);
                    break;
                }
                length *= 0.5;
                if length < 1e-10 {
                    // The value no longer falls in floating point: at rest if the slope is small for that.
                    return gradient.iter().all(|g| g.abs() < 1e-5);
                }
            }
        }
        false
    }
}

/// Solves the symmetric positive definite system `matrix` · x = `right` (lower triangle, row by row, is
/// overwritten by its Cholesky factor). `None` when it is not positive definite.
pub(crate) fn solve(matrix: &mut [f64], right: &[f64]) -> Option<Vec<f64>> {
    let n = right.len();
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| matrix[i * n + k] * matrix[j * n + k]).sum();
            let rest = matrix[i * n + j] - dot;
            if i == j {
                if !(rest > 0.0 && rest.is_finite()) {
                    return None;
                }
                matrix[i * n + i] = rest.sqrt();
            } else {
                matrix[i * n + j] = rest / matrix[j * n + j];
            }
        }
    }
    let mut x = right.to_vec();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| matrix[i * n + k] * x[k]).sum();
        x[i] = (x[i] - dot) / matrix[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| matrix[k * n + i] * x[k]).sum();
        x[i] = (x[i] - dot) / matrix[i * n + i];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::control::{Control, Measure, SeedHousehold, SeedPerson};
    use crate::people::{Sex, Student};

    fn household(ages: &[u8]) -> SeedHousehold {
        let person = |&age: &u8| SeedPerson { age, sex: Sex::Female, employed: false, student: Student::No };
        SeedHousehold { income_usd: 0, vehicles: 1, persons: ages.iter().map(person).collect() }
    }

    fn controls(measures: &[Measure]) -> Vec<Control> {
        let control = |&measure: &Measure| Control { name: String::new(), measure, totals: Vec::new() };
        measures.iter().map(control).collect()
    }

    /// Three cells a = [1 adult], b = [adult, child], c = [adult, 2 children], one seed household each;
    /// 100 households and 80 children. The weights are 100 q^k / (1 + q + q²) with q + 2 q² = 0.8 (1 + q + q²).
    #[test]
    fn weights_have_their_closed_form() {
        let controls = controls(&[Measure::Households, Measure::Age(0, 17)]);
        let seed = [household(&[30]), household(&[30, 5]), household(&[30, 5, 9])];
        let cells = Cells::new(&controls, &seed);
        let balanced = balance(&cells, &[100.0, 80.0]);
        // 1.2 q² + 0.2 q − 0.8 = 0
        let q: f64 = (-0.2 + (0.04f64 + 4.0 * 1.2 * 0.8).sqrt()) / 2.4;
        for (cell, weight) in balanced.weights.iter().enumerate() {
            let children = cells.row(cell)[1] as i32;
            let wanted = 100.0 * q.powi(children) / (1.0 + q + q * q);
            assert!((weight - wanted).abs() < 0.02, "{weight} {wanted}");
        }
        assert!(balanced.at_rest);
    }

    /// Slow oracle: iterative proportional updating (Ye et al. 2009) reaches the same totals.
    #[test]
    fn agrees_with_iterative_proportional_updating() {
        let controls =
            controls(&[Measure::HouseholdSize(1, 1), Measure::HouseholdSize(2, 9), Measure::Age(0, 17)]);
        let seed = [household(&[30]), household(&[30, 40]), household(&[30, 5]), household(&[30, 41, 5, 9])];
        let cells = Cells::new(&controls, &seed);
        let targets = [40.0, 60.0, 50.0];
        let mut slow = vec![1.0; cells.len()];
        for _ in 0..2000 {
            for (c, target) in targets.iter().enumerate() {
                let factor = target / cells.totals(&slow)[c];
                for (cell, weight) in slow.iter_mut().enumerate() {
                    *weight *= if cells.row(cell)[c] > 0.0 { factor } else { 1.0 };
                }
            }
        }
        let fast = cells.totals(&balance(&cells, &targets).weights);
        for ((a, b), wanted) in fast.iter().zip(cells.totals(&slow)).zip(targets) {
            assert!((a - wanted).abs() < 0.02 && (b - wanted).abs() < 0.02, "{a} {b} {wanted}");
        }
    }

    #[test]
    fn empty_and_contradictory_zones_do_no_harm() {
        let controls = controls(&[Measure::Households, Measure::Age(0, 17)]);
        let seed = [household(&[30]), household(&[30, 5])];
        let cells = Cells::new(&controls, &seed);
        assert_eq!(balance(&cells, &[0.0, 0.0]).weights, [0.0, 0.0]);
        for targets in [[0.0, 10.0], [10.0, 50.0], [10.0, 0.0], [1e-9, 1e9]] {
            assert!(
                balance(&cells, &targets).weights.iter().all(|w| w.is_finite() && *w >= 0.0),
                "{targets:?}"
            );
        }
        assert_eq!(balance(&cells, &[10.0, 0.0]).weights.iter().filter(|w| **w > 0.0).count(), 1);
    }
}

//! Small symmetric systems.

use engine::float::sqrt;

/// Solves `matrix · x = right` for a symmetric positive definite matrix (row-major) by Cholesky's factors; `None`
/// where it is not positive definite.
pub(crate) fn positive(matrix: &[f64], right: &[f64]) -> Option<Vec<f64>> {
    let n = right.len();
    let mut lower = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let dot: f64 = (0..column).map(|k| lower[row * n + k] * lower[column * n + k]).sum();
            let rest = matrix[row * n + column] - dot;
            lower[row * n + column] = if row > column {
                rest / lower[column * n + column]
            } else if rest > 0.0 {
                sqrt(rest)
            } else {
                return None;
            };
        }
    }
    let mut x = right.to_vec();
    for row in 0..n {
        let dot: f64 = (0..row).map(|k| lower[row * n + k] * x[k]).sum();
        x[row] = (x[row] - dot) / lower[row * n + row];
    }
    for row in (0..n).rev() {
        let dot: f64 = (row + 1..n).map(|k| lower[k * n + row] * x[k]).sum();
        x[row] = (x[row] - dot) / lower[row * n + row];
    }
    x.iter().all(|value| value.is_finite()).then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_by_hand() {
        let x = positive(&[4.0, 2.0, 2.0, 3.0], &[8.0, 7.0]).unwrap();
        assert!((x[0] - 1.25).abs() < 1e-15 && (x[1] - 1.5).abs() < 1e-15);
        assert_eq!(positive(&[1.0, 2.0, 2.0, 1.0], &[1.0, 1.0]), None);
    }
}

//! Fractional weights to whole households: balanced sampling by the cube method (Deville & Tillé 2004,
//! "Efficient balanced sampling: the cube method"; the fast flight of Chauvet & Tillé 2006).
//!
//! Each cell gets the floor of its weight (truncate, as in Lovelace & Ballas 2013) and, by draw, one
//! more. The draw is unbiased: the expected number of each cell is its weight. And it is balanced:
//! every step moves only in directions in which no control total changes, until as few cells are
//! fractional as there are controls; then controls are let go one at a time, the last first. The number
//! of all households together is never let go.

use super::cell::Cells;
use crate::draw::Draw;

/// Closer to a whole number than this counts as whole.
const WHOLE: f64 = 1e-9;

/// Whole households for each cell, one of the two whole numbers next to its weight (the weight itself
/// if whole), with expectation the weight. `order` lists the controls to keep, the dearest first. The sum of
/// all is the sum of the weights when that is whole.
pub fn round(cells: &Cells, weights: &[f64], order: &[usize], draw: &mut Draw) -> Vec<u32> {
    let mut share: Vec<f64> = weights.iter().map(|w| w - w.floor()).collect();
    let pending: Vec<usize> = (0..weights.len()).filter(|&cell| !is_whole(share[cell])).collect();
    fly(cells, &pending, &mut share, order, draw);
    weights.iter().zip(share).map(|(w, s)| (w.floor() + s.round()) as u32).collect()
}

fn is_whole(share: f64) -> bool {
    !(WHOLE..=1.0 - WHOLE).contains(&share)
}

/// The flight of the cube method (Deville and Tillé 2004): fractional weights walk at random until they are
/// whole, in directions that keep the controls; when no direction is left the last control of `order` is
/// given up.
fn fly(cells: &Cells, pending: &[usize], share: &mut [f64], order: &[usize], draw: &mut Draw) {
    let mut kept = order.len();
    let mut active: Vec<usize> = Vec::with_capacity(kept + 1);
    let mut next = pending.iter().copied();
    let mut matrix = Vec::new();
    loop {
        while active.len() <= kept + 1 {
            match next.next() {
                Some(cell) => active.push(cell),
                None => break,
            }
        }
        if active.is_empty() {
            return;
        }
        match direction(cells, &active, &order[..kept], &mut matrix) {
            Some(step) => {
                walk(&active, &step, share, draw);
                active.retain(|&cell| !is_whole(share[cell]));
            }
            None if kept > 0 => kept -= 1,
            None => return settle(active[0], share, draw),
        }
    }
}

/// The last fractional cell, when the sum itself is not whole: a plain unbiased draw.
fn settle(cell: usize, share: &mut [f64], draw: &mut Draw) {
    share[cell] = if draw.uniform() < share[cell] { 1.0 } else { 0.0 };
}

/// Goes along ±`step` to the wall of the cube, which side by a fair draw (so the expectation stays).
fn walk(active: &[usize], step: &[f64], share: &mut [f64], draw: &mut Draw) {
    let (mut ahead, mut back) = (f64::INFINITY, f64::INFINITY);
    for (&cell, &u) in active.iter().zip(step) {
        let s = share[cell];
        if u > 0.0 {
            ahead = ahead.min((1.0 - s) / u);
            back = back.min(s / u);
        } else if u < 0.0 {
            ahead = ahead.min(s / -u);
            back = back.min((1.0 - s) / -u);
        }
    }
    let length = if draw.uniform() * (ahead + back) < back { ahead } else { -back };
    for (&cell, &u) in active.iter().zip(step) {
        share[cell] = (share[cell] + length * u).clamp(0.0, 1.0);
    }
}

/// A direction over the active cells in which neither their sum nor a kept control changes; `None` when there is none.
/// Gauss-Jordan elimination, column by column, until a column depends on those before it.
fn direction(cells: &Cells, active: &[usize], kept: &[usize], matrix: &mut Vec<f64>) -> Option<Vec<f64>> {
    let (n_rows, n_columns) = (kept.len() + 1, active.len());
    matrix.clear();
    matrix.resize(n_columns, 1.0);
    for &control in kept {
        matrix.extend(active.iter().map(|&cell| cells.row(cell)[control]));
    }
    for column in 0..n_columns {
        // Columns before this one are pivots, each in the row of its own number.
        let pivot = (column..n_rows).max_by(|&a, &b| {
            matrix[a * n_columns + column].abs().total_cmp(&matrix[b * n_columns + column].abs())
        });
        let pivot = pivot.filter(|&row| matrix[row * n_columns + column].abs() > WHOLE);
        let Some(pivot) = pivot else {
            let mut step = vec![0.0; n_columns];
            step[column] = 1.0;
            for (row, value) in step[..column].iter_mut().enumerate() {
                let entry = matrix[row * n_columns + column];
                *value = if entry.abs() > WHOLE { -entry } else { 0.0 };
            }
            return Some(step);
        };
        for k in column..n_columns {
            matrix.swap(column * n_columns + k, pivot * n_columns + k);
        }
        let lead = matrix[column * n_columns + column];
        for k in column..n_columns {
            matrix[column * n_columns + k] /= lead;
        }
        for row in (0..n_rows).filter(|&row| row != column) {
            let factor = matrix[row * n_columns + column];
            if factor != 0.0 {
                for k in column..n_columns {
                    matrix[row * n_columns + k] -= factor * matrix[column * n_columns + k];
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Purpose, draw};
    use proptest::prelude::*;

    /// Cells with the given rows (the first count is 1: households).
    fn cells(rows: &[[u32; 3]]) -> Cells {
        let mut cells = Cells { width: 3, first: vec![0], ..Cells::default() };
        for row in rows {
            for (control, &count) in row.iter().enumerate() {
                if count > 0 {
                    cells.sparse.push((control as u32, f64::from(count)));
                }
                cells.rows.push(f64::from(count));
            }
            cells.first.push(cells.sparse.len() as u32);
            cells.members.push(vec![0]);
            cells.outside.push(false);
        }
        cells
    }

    #[test]
    fn the_draw_is_unbiased() {
        let cells = cells(&[[1, 0, 2], [1, 1, 0], [1, 1, 3], [1, 0, 1]]);
        let weights = [0.3, 2.45, 0.75, 1.5];
        let n = 20_000;
        let mut sums = [0u32; 4];
        for trial in 0..n {
            let whole = round(&cells, &weights, &[0, 1, 2], &mut draw(1, Purpose::Test, trial, 0));
            assert_eq!(whole.iter().sum::<u32>(), 5);
            whole.iter().zip(&mut sums).for_each(|(w, s)| *s += w);
        }
        for (sum, weight) in sums.iter().zip(weights) {
            let mean = f64::from(*sum) / n as f64;
            assert!((mean - weight).abs() < 4.0 * 0.5 / (n as f64).sqrt(), "{mean} {weight}");
        }
    }

    proptest! {
        #[test]
        fn totals_move_by_less_than_the_controls_allow(
            rows in prop::collection::vec((0u32..2, 0u32..4), 1..80),
            shares in prop::collection::vec(0.0..3.0f64, 80),
            seed in 0u64..1000,
        ) {
            let rows: Vec<[u32; 3]> = rows.into_iter().map(|(a, b)| [1, a, b]).collect();
            let cells = cells(&rows);
            let weights = &shares[..rows.len()];
            let whole = round(&cells, weights, &[0, 1, 2], &mut draw(seed, Purpose::Test, 0, 0));
            for (w, s) in whole.iter().zip(weights) {
                prop_assert!((f64::from(*w) - s).abs() < 1.0);
            }
            let before = cells.totals(weights);
            let after = cells.totals(&whole.iter().map(|&w| f64::from(w)).collect::<Vec<_>>());
            // At most four cells (controls + the sum) are rounded without balance, each by less than one row.
            prop_assert!((before[0] - after[0]).abs() < 1.0 + 1e-6);
            for (c, largest) in [(1, 1.0), (2, 3.0)] {
                prop_assert!((before[c] - after[c]).abs() < 4.0 * largest + 1e-6);
            }
        }
    }
}

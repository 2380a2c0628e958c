//! Cells: seed households that no control can tell apart.

use super::control::{Control, Measure, SeedHousehold};
use std::collections::BTreeMap;

/// The seed sample as cells × controls. A cell's row says what one of its households adds to each control.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    /// Number of controls: the width of a row.
    pub width: usize,
    /// Rows, one after the other: cells × `width` counts, ordered lexicographically, so that cells that
    /// are alike are neighbours.
    pub rows: Vec<f64>,
    /// The non-zero entries of the rows as (control, count), all rows one after the other.
    pub sparse: Vec<(u32, f64)>,
    /// Where each cell's entries start in `sparse`; length cells + 1.
    pub first: Vec<u32>,
    /// Seed households of each cell, ascending.
    pub members: Vec<Vec<u32>>,
    /// Whether the cell stands for persons outside households.
    pub outside: Vec<bool>,
}

impl Cells {
    /// Groups the seed sample by what it adds to the controls. Households of one serve a second time
    /// as persons outside households when a control counts those.
    pub fn new(controls: &[Control], seed_sample: &[SeedHousehold]) -> Self {
        let with_quarters = controls.iter().any(|c| c.measure == Measure::GroupQuarters);
        let mut groups: BTreeMap<(bool, Vec<u32>), Vec<u32>> = BTreeMap::new();
        for (index, household) in seed_sample.iter().enumerate() {
            if household.persons.is_empty() {
                continue;
            }
            for outside in [false, true] {
                if outside && !(with_quarters && household.persons.len() == 1) {
                    continue;
                }
                let row = controls.iter().map(|c| c.measure.count(household, outside)).collect();
                groups.entry((outside, row)).or_default().push(index as u32);
            }
        }
        let mut cells = Self { width: controls.len(), first: vec![0], ..Self::default() };
        for ((outside, row), members) in groups {
            for (control, &count) in row.iter().enumerate() {
                if count > 0 {
                    cells.sparse.push((control as u32, f64::from(count)));
                }
            }
            cells.rows.extend(row.into_iter().map(f64::from));
            cells.first.push(cells.sparse.len() as u32);
            cells.members.push(members);
            cells.outside.push(outside);
        }
        cells
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether the seed sample held nobody.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// What one household of a cell adds to each control.
    pub fn row(&self, cell: usize) -> &[f64] {
        &self.rows[cell * self.width..(cell + 1) * self.width]
    }

    /// The non-zero entries of a row.
    pub fn entries(&self, cell: usize) -> &[(u32, f64)] {
        &self.sparse[self.first[cell] as usize..self.first[cell + 1] as usize]
    }

    /// Totals of the controls under `weights` (one a cell).
    pub fn totals(&self, weights: &[f64]) -> Vec<f64> {
        let mut totals = vec![0.0; self.width];
        for (cell, &weight) in weights.iter().enumerate() {
            if weight != 0.0 {
                for &(control, count) in self.entries(cell) {
                    totals[control as usize] += weight * count;
                }
            }
        }
        totals
    }
}

//! Sums by group with all marginal sums: a table whose last row and column are `all`.

/// A number of things and the sum of something over them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Cell {
    /// How many, as simulated.
    pub n: u64,
    /// The sum.
    pub sum: f64,
}

/// Cells by up to two dimensions.
#[derive(Debug, Clone)]
pub(super) struct Cube {
    sizes: Vec<usize>,
    cells: Vec<Cell>,
}

impl Cube {
    /// An empty cube; `sizes`: names of each dimension, without `all`.
    pub fn new(sizes: &[usize]) -> Self {
        let n = sizes.iter().map(|size| size + 1).product();
        Self { sizes: sizes.to_vec(), cells: vec![Cell::default(); n] }
    }

    fn at(&self, group: &[usize]) -> usize {
        group.iter().zip(&self.sizes).fold(0, |at, (name, size)| at * (size + 1) + name)
    }

    /// Adds one thing that counts `value`: to its group and to all groups in which one of its names is `all`. A name that is
    /// not known counts in `all` only.
    pub fn add(&mut self, group: &[Option<usize>], value: f64) {
        self.add_many(group, Cell { n: 1, sum: value });
    }

    /// Adds many things at once.
    pub fn add_many(&mut self, group: &[Option<usize>], many: Cell) {
        // Each bit says whether the dimension's name is `all`.
        for alls in 0..1usize << group.len() {
            let is_all = |dimension: usize| alls >> dimension & 1 == 1;
            if (0..group.len()).any(|d| !is_all(d) && group[d].is_none()) {
                continue;
            }
            let names: Vec<usize> =
                (0..group.len()).map(|d| group[d].filter(|_| !is_all(d)).unwrap_or(self.sizes[d])).collect();
            let at = self.at(&names);
            self.cells[at].n += many.n;
            self.cells[at].sum += many.sum;
        }
    }

    /// The cell of a group; the size of a dimension stands for `all`.
    pub fn get(&self, group: &[usize]) -> Cell {
        self.cells[self.at(group)]
    }

    /// All groups by the first `n` dimensions, in order, `all` behind the names; the names of the others are `all`.
    pub fn groups(&self, n: usize) -> Vec<Vec<usize>> {
        let mut groups = vec![Vec::new()];
        for (dimension, size) in self.sizes.iter().enumerate() {
            let names = if dimension < n { 0..=*size } else { *size..=*size };
            groups = groups
                .iter()
                .flat_map(|group: &Vec<usize>| names.clone().map(|name| [&group[..], &[name]].concat()))
                .collect();
        }
        groups
    }

    /// The group with its last name made `all`.
    pub fn whole(&self, group: &[usize]) -> Cell {
        let mut group = group.to_vec();
        if let (Some(last), Some(size)) = (group.last_mut(), self.sizes.last()) {
            *last = *size;
        }
        self.get(&group)
    }

    /// Whether the last name of a group is `all`.
    pub fn is_whole(&self, group: &[usize]) -> bool {
        group.last() == self.sizes.last()
    }

    /// Whether all names of a group are `all`.
    pub fn is_total(&self, group: &[usize]) -> bool {
        group == self.sizes
    }

    /// The group in which all names are `all`.
    pub fn total(&self) -> Cell {
        self.get(&self.sizes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_add_up_and_what_is_not_known_counts_in_all() {
        let mut cube = Cube::new(&[2, 3]);
        cube.add(&[Some(0), Some(2)], 5.0);
        cube.add(&[Some(0), Some(1)], 1.0);
        cube.add(&[None, Some(1)], 2.0);
        assert_eq!(cube.get(&[0, 2]), Cell { n: 1, sum: 5.0 });
        assert_eq!(cube.get(&[0, 3]), Cell { n: 2, sum: 6.0 });
        assert_eq!(cube.get(&[2, 1]), Cell { n: 2, sum: 3.0 });
        assert_eq!(cube.whole(&[0, 1]), Cell { n: 2, sum: 6.0 });
        assert_eq!(cube.total(), Cell { n: 3, sum: 8.0 });
        assert_eq!(
            (cube.groups(2).len(), cube.groups(1), cube.groups(0)),
            (12, vec![vec![0, 3], vec![1, 3], vec![2, 3]], vec![vec![2, 3]])
        );
        let mut nothing = Cube::new(&[]);
        nothing.add(&[], 4.0);
        assert_eq!((nothing.total(), nothing.groups(0).len()), (Cell { n: 1, sum: 4.0 }, 1));
    }
}

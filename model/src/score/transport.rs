//! Earth mover's distances between histograms: on a line, and on a grid with city-block distance.
//!
//! On a grid the distance is a cheapest flow between neighbouring cells, where every step costs 1 (Ling and
//! Okada 2007, "An efficient earth mover's distance algorithm for robust histogram comparison"): cells, not
//! pairs of cells, are the nodes. It is found exactly, in whole numbers, by the primal-dual method: shortest
//! distances from what is left over, then as much flow as fits along shortest ways. There are at most as many
//! rounds as there are different distances.
//!
//! Why whole numbers: a grid of times has 97 × 97 cells and a set thousands of days, and with fractions it would
//! hang on rounding whether a cell is empty. Both sides are multiplied by the other's total, so all masses are
//! whole (128 bits hold them).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Mean distance that mass moves between two histograms on a line, each of positions (ascending) with weights.
/// An empty histogram is one that sits at 0.
pub(crate) fn on_line(a: &[(f64, f64)], b: &[(f64, f64)]) -> f64 {
    let at_zero = [(0.0, 1.0)];
    let total = |side: &[(f64, f64)]| side.iter().map(|(_, weight)| weight).sum::<f64>();
    let a = if total(a) > 0.0 { a } else { &at_zero };
    let b = if total(b) > 0.0 { b } else { &at_zero };
    let mut steps: Vec<(f64, f64)> = a.iter().map(|&(at, weight)| (at, weight / total(a))).collect();
    steps.extend(b.iter().map(|&(at, weight)| (at, -weight / total(b))));
    steps.sort_by(|x, y| x.0.total_cmp(&y.0));
    // What lies on the left of a point and has to cross it, times the way to the next point.
    let (mut sum, mut above) = (0.0, 0.0_f64);
    for pair in steps.windows(2) {
        above += pair[0].1;
        sum += above.abs() * (pair[1].0 - pair[0].0);
    }
    sum
}

/// Mean city-block distance, in steps, between two histograms of counts on a grid `width` cells wide (row-major,
/// of equal length, each with some count).
pub(crate) fn on_grid(a: &[u32], b: &[u32], width: usize) -> f64 {
    let total = |side: &[u32]| side.iter().map(|&n| i128::from(n)).sum::<i128>();
    let (total_a, total_b) = (total(a), total(b));
    // The sides are scaled to one total; what both have stays where it is (a shortest way never gains by moving it).
    let excess = a.iter().zip(b).map(|(&a, &b)| i128::from(a) * total_b - i128::from(b) * total_a).collect();
    let mut flow = Flow::new(excess, width);
    flow.run();
    flow.cost() as f64 / (total_a as f64 * total_b as f64)
}

/// A flow on a grid. Directions: 0 right, 1 down, 2 left, 3 up.
struct Flow {
    /// Cells in a row of the grid.
    width: usize,
    /// What a cell still has to give (positive) or lacks.
    excess: Vec<i128>,
    /// Net flow to the right neighbour and to the one below, of each cell.
    net: [Vec<i128>; 2],
    /// Shortest distance from what is left over, up to [`Flow::reach`].
    potential: Vec<i64>,
    /// Distance of the nearest lack.
    reach: i64,
}

/// No way is known yet.
const UNREACHED: i64 = i64::MAX;

impl Flow {
    /// A flow of nothing: each cell has all of its excess still to give, or lacks it.
    fn new(excess: Vec<i128>, width: usize) -> Self {
        let n = excess.len();
        Self { width, excess, net: [vec![0; n], vec![0; n]], potential: vec![0; n], reach: 0 }
    }

    /// Mass times steps of the whole flow.
    fn cost(&self) -> i128 {
        self.net.iter().flatten().map(|flow| flow.abs()).sum()
    }

    /// The cell one step away; `None` past the edge of the grid.
    fn neighbour(&self, cell: usize, direction: usize) -> Option<usize> {
        let column = cell % self.width;
        match direction {
            0 => (column + 1 < self.width && cell + 1 < self.excess.len()).then_some(cell + 1),
            1 => Some(cell + self.width).filter(|&next| next < self.excess.len()),
            2 => (column > 0).then(|| cell - 1),
            _ => cell.checked_sub(self.width),
        }
    }

    /// Net flow from a cell in a direction.
    fn net(&self, cell: usize, next: usize, direction: usize) -> i128 {
        match direction {
            0 | 1 => self.net[direction][cell],
            _ => -self.net[direction - 2][next],
        }
    }

    /// Price of a step: 1, or −1 where it takes back flow that came the other way.
    fn price(&self, cell: usize, next: usize, direction: usize) -> i64 {
        if self.net(cell, next, direction) < 0 { -1 } else { 1 }
    }

    /// Adds to the flow of one step. The flow back is the same number with the other sign, so opposite flows
    /// cancel.
    fn push(&mut self, cell: usize, next: usize, direction: usize, amount: i128) {
        match direction {
            0 | 1 => self.net[direction][cell] += amount,
            _ => self.net[direction - 2][next] -= amount,
        }
    }

    /// Rounds of shortest distances and of flow along them, until nothing is left over.
    fn run(&mut self) {
        while self.excess.iter().any(|&excess| excess > 0) && self.measure() {
            while self.fill() {}
        }
    }

    /// Shortest distances (Dijkstra on reduced prices); false where no lack can be reached.
    fn measure(&mut self) -> bool {
        let mut distance = vec![UNREACHED; self.excess.len()];
        let mut queue = BinaryHeap::new();
        for (cell, &excess) in self.excess.iter().enumerate() {
            // A cell with something left over has potential 0: the potentials never fall.
            if excess > 0 {
                distance[cell] = 0;
                queue.push(Reverse((0, cell)));
            }
        }
        let mut nearest = UNREACHED;
        while let Some(Reverse((here, cell))) = queue.pop() {
            if here > distance[cell] {
                continue;
            }
            if here >= nearest {
                break;
            }
            if self.excess[cell] < 0 {
                nearest = nearest.min(here + self.potential[cell] - self.reach);
            }
            for direction in 0..4 {
                let Some(next) = self.neighbour(cell, direction) else { continue };
                let there = here + self.reduced(cell, next, direction);
                if there < distance[next] {
                    distance[next] = there;
                    queue.push(Reverse((there, next)));
                }
            }
        }
        if nearest == UNREACHED {
            return false;
        }
        for (potential, distance) in self.potential.iter_mut().zip(distance) {
            *potential += distance.min(nearest);
        }
        self.reach += nearest;
        true
    }

    /// Price of a step less the difference of the potentials: never below 0, and 0 on shortest ways.
    fn reduced(&self, cell: usize, next: usize, direction: usize) -> i64 {
        self.price(cell, next, direction) + self.potential[cell] - self.potential[next]
    }

    /// Sends what fits along shortest ways of fewest steps (Dinic); false where nothing more fits.
    fn fill(&mut self) -> bool {
        let mut level = vec![u32::MAX; self.excess.len()];
        let mut ring: Vec<usize> = (0..self.excess.len()).filter(|&cell| self.excess[cell] > 0).collect();
        ring.iter().for_each(|&cell| level[cell] = 0);
        let sources = ring.clone();
        let mut depth = 0;
        let mut found = false;
        while !ring.is_empty() && !found {
            depth += 1;
            let mut wider = Vec::new();
            for &cell in &ring {
                for direction in 0..4 {
                    let Some(next) = self.neighbour(cell, direction) else { continue };
                    if level[next] == u32::MAX && self.reduced(cell, next, direction) == 0 {
                        level[next] = depth;
                        found |= self.is_end(next);
                        wider.push(next);
                    }
                }
            }
            ring = wider;
        }
        let mut turn = vec![0_u8; self.excess.len()];
        let mut sent = false;
        for source in sources {
            while self.excess[source] > 0 && self.send(source, &level, &mut turn) {
                sent = true;
            }
        }
        sent
    }

    /// Whether a cell lacks something and lies at the shortest distance.
    fn is_end(&self, cell: usize) -> bool {
        self.excess[cell] < 0 && self.potential[cell] == self.reach
    }

    /// Sends along one way from `source`; `turn` remembers which directions of a cell are used up.
    fn send(&mut self, source: usize, level: &[u32], turn: &mut [u8]) -> bool {
        let mut way: Vec<(usize, usize, usize)> = Vec::new();
        let mut cell = source;
        while !self.is_end(cell) {
            let direction = usize::from(turn[cell]);
            if direction == 4 {
                let Some((back, ..)) = way.pop() else { return false };
                turn[back] += 1;
                cell = back;
                continue;
            }
            match self.neighbour(cell, direction) {
                Some(next)
                    if level[next] == level[cell].wrapping_add(1)
                        && self.reduced(cell, next, direction) == 0 =>
                {
                    way.push((cell, next, direction));
                    cell = next;
                }
                _ => turn[cell] += 1,
            }
        }
        // No more than the source has, the end lacks, and a step that takes flow back can take.
        let mut amount = self.excess[source].min(-self.excess[cell]);
        for &(cell, next, direction) in &way {
            let net = self.net(cell, next, direction);
            if net < 0 {
                amount = amount.min(-net);
            }
        }
        for &(cell, next, direction) in &way {
            self.push(cell, next, direction, amount);
        }
        self.excess[source] -= amount;
        self.excess[cell] += amount;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn on_a_line_by_hand() {
        assert_eq!(on_line(&[(0.0, 1.0), (1.0, 1.0)], &[(0.0, 4.0)]), 0.5);
        assert_eq!(on_line(&[], &[(3.0, 2.0)]), 3.0);
        assert_eq!(on_line(&[(2.0, 1.0)], &[(2.0, 9.0)]), 0.0);
    }

    /// The best of all pairings, by trying them.
    fn slow(a: &[(i64, i64)], b: &mut Vec<(i64, i64)>, from: usize) -> i64 {
        if from == a.len() {
            return a.iter().zip(b.iter()).map(|(a, b)| (a.0 - b.0).abs() + (a.1 - b.1).abs()).sum();
        }
        (from..b.len())
            .map(|other| {
                b.swap(from, other);
                let cost = slow(a, b, from + 1);
                b.swap(from, other);
                cost
            })
            .min()
            .unwrap_or(0)
    }

    proptest! {
        #[test]
        fn on_a_grid_it_is_the_best_pairing(
            cells in prop::collection::vec((0usize..30, 0usize..30), 1..7), width in 3usize..8
        ) {
            let (mut a, mut b) = (vec![0; 30], vec![0; 30]);
            for &(x, y) in &cells {
                a[x] += 1;
                b[y] += 1;
            }
            let place = |cell: usize| ((cell % width) as i64, (cell / width) as i64);
            let from: Vec<(i64, i64)> = cells.iter().map(|&(x, _)| place(x)).collect();
            let mut to: Vec<(i64, i64)> = cells.iter().map(|&(_, y)| place(y)).collect();
            // 30 cells need not fill the last row: a missing corner never shortens or lengthens a way here.
            let best = slow(&from, &mut to, 0) as f64 / cells.len() as f64;
            prop_assert!((on_grid(&a, &b, width) - best).abs() < 1e-12);
        }

        #[test]
        fn scaling_one_side_changes_nothing(a in prop::collection::vec(0u32..9, 12), b in prop::collection::vec(0u32..9, 12)) {
            prop_assume!(a.iter().any(|&n| n > 0) && b.iter().any(|&n| n > 0));
            let twice: Vec<u32> = a.iter().map(|n| n * 3).collect();
            prop_assert!((on_grid(&a, &b, 4) - on_grid(&twice, &b, 4)).abs() < 1e-12);
            prop_assert!((on_grid(&a, &b, 4) - on_grid(&b, &a, 4)).abs() < 1e-12);
        }
    }
}

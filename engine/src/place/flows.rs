//! Who works where, by region of home and of work: what censuses publish, and what destinations must meet.
//!
//! Only the shares of each row count. A census counts all who have a job, a run those who work that day; the shares of both
//! are taken to be alike. Commuters from and to other regions are no part of it.
//!
//! ```text
//!             work here   there
//! live here      60         40     of the workers who live here four in ten work there
//! live there      5         95
//! ```
//!
//! The zones of a region share out those who come to it by their jobs. So jobs that others fill, from outside the study area,
//! stay empty everywhere alike, and no zone near the border is left with nobody.

/// Workers by region of home (rows) and of work (columns).
#[derive(Debug, Clone, PartialEq)]
pub struct Flows {
    n: usize,
    workers: Vec<f64>,
}

impl Flows {
    /// Of `n` regions, row by row. Every row must have workers.
    ///
    /// # Panics
    /// When `workers` has another length than n².
    pub fn new(n: usize, workers: Vec<f64>) -> Self {
        assert_eq!(workers.len(), n * n, "flows of {n} regions");
        Self { n, workers }
    }

    /// Number of regions.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there is no region.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Workers who live in the region `home`, by region of work.
    pub fn row(&self, home: usize) -> &[f64] {
        &self.workers[home * self.n..(home + 1) * self.n]
    }

    /// Share of the workers of `home` who work in each region; all zero where there is no worker.
    pub fn shares(&self, home: usize) -> Vec<f64> {
        let sum: f64 = self.row(home).iter().sum();
        self.row(home).iter().map(|workers| if sum > 0.0 { workers / sum } else { 0.0 }).collect()
    }
}

//! Volumes and travel times by link and bin of the day, kept while the day runs.

/// Aggregates by link and bin, `[bin * n_links + link]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LinkBins {
    /// Length of a bin, seconds.
    pub bin_s: u32,
    /// Number of links.
    pub n_links: usize,
    /// Number of bins.
    pub n_bins: usize,
    /// Vehicles that left the link over its end node, by the time they left (what a detector at the
    /// end sees; MATSim's VolumesAnalyzer). Vehicles that park on the link are not counted.
    pub left: Vec<u32>,
    /// Vehicles that entered over the start node, by the time they entered, and drove it to the end.
    pub entered: Vec<u32>,
    /// Sum of the travel times of those vehicles, seconds.
    pub time_sum_s: Vec<u32>,
}

impl LinkBins {
    /// Zeros for `n_links` links and a day of `end_s` seconds.
    pub fn new(n_links: usize, bin_s: u32, end_s: u32) -> Self {
        let n_bins = end_s.div_ceil(bin_s).max(1) as usize;
        // Not cloned: memory that comes zeroed from the system is not touched before it is used.
        let zeros = || vec![0; n_links * n_bins];
        Self { bin_s, n_links, n_bins, left: zeros(), entered: zeros(), time_sum_s: zeros() }
    }

    /// The bin of a time; times past the end fall into the last.
    #[inline]
    pub fn bin(&self, time_s: u32) -> usize {
        ((time_s / self.bin_s) as usize).min(self.n_bins - 1)
    }

    /// Mean travel time of the vehicles that entered `link` in `bin`, seconds; `None` when nobody did.
    pub fn mean_time_s(&self, link: usize, bin: usize) -> Option<f64> {
        let at = bin * self.n_links + link;
        let n = self.entered[at];
        (n > 0).then(|| f64::from(self.time_sum_s[at]) / f64::from(n))
    }
}

//! Plan → trip: costs by link and period, a hierarchy over them, choice among routes.

/// Travel times (or generalised costs) by link and bin of the day, seconds, `[bin * n_links + link]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LinkTimes {
    /// Length of a bin, seconds.
    pub bin_s: u32,
    /// Number of links.
    pub n_links: usize,
    /// Number of bins.
    pub n_bins: usize,
    /// The times.
    pub time_s: Vec<f32>,
}

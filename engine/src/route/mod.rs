//! Plan → trip: costs by link and period, a hierarchy over them, choice among routes.
//!
//! * [`LinkTimes`]: what a link takes, by 15-minute bin of the day.
//! * [`Router`]: shortest paths through a customizable contraction hierarchy; turn bans are honoured.
//! * [`timed`]: exact time-dependent shortest paths, the yardstick of the gap.
//! * [`assign`]: who reroutes in an iteration, and how far the day is from equilibrium.
//! * [`equilibrium`]: static user equilibrium, the field's published yardstick.
//!
//! Convention (MATSim): a vehicle starts at the **end** of its first link and stops at the **end** of
//! its last, so the first link costs nothing and the last one its whole time. Turning back at a node is
//! allowed unless the network bans it.

pub mod assign;
mod batch;
mod customize;
mod drive;
mod ends;
pub mod equilibrium;
mod hierarchy;
pub mod load;
mod router;
mod search;
mod time;
pub mod timed;
mod window;

pub use batch::Batch;
pub use customize::Metric;
pub use router::{Metrics, Query, Router};
pub use search::Scratch;
pub use window::Windows;

/// Travel times by link and bin of the day, and what a passage costs on top of its time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LinkTimes {
    /// Length of a bin, seconds.
    pub bin_s: u32,
    /// Number of links.
    pub n_links: usize,
    /// Number of bins; times past the last bin are those of the last.
    pub n_bins: usize,
    /// Travel times, seconds, `[bin * n_links + link]`.
    pub time_s: Vec<f32>,
    /// Closures and tolls, to the second.
    pub windows: Windows,
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::network::tests::plain_link;
    use crate::network::{Network, Node};
    use crate::projection::Crs;

    /// Link 0 leads to a fork: link 1 goes straight (40 s), links 2 and 3 around (80 s); link 4 leads on.
    pub(crate) fn two_ways() -> Network {
        let node = |name: usize, x_m: f64, y_m: f64| Node { name: name.to_string(), x_m, y_m };
        let nodes = vec![
            node(0, 0.0, 0.0),
            node(1, 500.0, 0.0),
            node(2, 1_000.0, 0.0),
            node(3, 750.0, 400.0),
            node(4, 1_500.0, 0.0),
        ];
        let links = [(0, 1), (1, 2), (1, 3), (3, 2), (2, 4)]
            .iter()
            .enumerate()
            .map(|(name, &(from, to))| plain_link(name, from, to))
            .collect();
        Network::new("fork", Crs::Plane, nodes, links, Vec::new()).unwrap()
    }
}

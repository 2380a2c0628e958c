//! The queue model: one exclusive system over dense arrays.

pub mod bins;

pub use bins::LinkBins;

use crate::error::Result;
use crate::event::Sink;
use crate::network::{Change, Network};
use crate::trip::{Legs, Moved, Routes};

/// How jams travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dynamics {
    /// A place on a link is free again as soon as a vehicle leaves it (MATSim `queue`).
    #[default]
    Queue,
    /// Free places travel backwards at 15 km/h (MATSim `kinematicWaves`).
    KinematicWaves,
}

/// Everything that shapes a day apart from network, legs and routes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// Share of the population that is simulated: flow and storage capacity are scaled by it.
    pub sample: f64,
    /// Seconds after which a vehicle is pushed onto a full link (MATSim `stuckTime`, default 30).
    pub stuck_s: u32,
    /// How jams travel.
    pub dynamics: Dynamics,
    /// End of the day, seconds: who is still on the way then is aborted (default 30 h).
    pub end_s: u32,
    /// Seed of the node order.
    pub seed: u64,
    /// Length of the bins of [`Outcome::bins`], seconds (default 900).
    pub bin_s: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { sample: 1.0, stuck_s: 30, dynamics: Dynamics::Queue, end_s: 108_000, seed: 1, bin_s: 900 }
    }
}

/// What a day came to.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What became of each leg.
    pub moved: Vec<Moved>,
    /// Volumes and travel times by link and bin.
    pub bins: LinkBins,
    /// Vehicles pushed by the stuck rule: by link (that was full) and hour, `[link * 24 + hour % 24]`.
    pub pushed: Vec<u32>,
    /// Moves of a vehicle over a node.
    pub n_moves: u64,
    /// Legs that departed.
    pub n_departed: u64,
    /// Legs that arrived.
    pub n_arrived: u64,
    /// Legs on the way when the day ended.
    pub n_aborted: u64,
}

/// Runs one day.
pub fn run(
    _network: &Network,
    _legs: &Legs,
    _routes: &Routes,
    _changes: &[Change],
    _config: &Config,
    _sink: &mut dyn Sink,
) -> Result<Outcome> {
    Err(crate::Error::Other("the queue model is not built yet".into()))
}

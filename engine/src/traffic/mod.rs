//! The queue model: one exclusive system over dense arrays, with the semantics of MATSim's QSim.
//!
//! A link is a queue and a buffer. A vehicle enters the queue over the start node, may leave it
//! `floor(length / speed)` seconds later and then waits for flow capacity to get into the buffer; in the
//! next second the end node may move it onto its next link if there is a place. A trip starts at the
//! end of its first link (from a waiting list into the buffer) and ends at the end of its last (out of
//! the queue). A node serves its inbound links in an order drawn by capacity. Who stands at the head of
//! a buffer for more than [`Config::stuck_s`] seconds is pushed onto the full link.
//!
//! Flow and places on a link are paid in passenger-car equivalents of the vehicle's class, and its top speed limits it
//! ([`crate::vehicle`]); the rules are in the file `link.rs`.
//!
//! What is chosen here where users of QSim choose by configuration or where QSim has no rule:
//! * Flow capacity is scaled by [`Config::sample`], storage by `sample^0.75` ([`Config::storage_share`]); a link
//!   is never given less than its flow needs, as in QSim.
//! * A link that is closed (capacity 0) is entered by nobody, neither over its start node nor from
//!   parking, nor by the stuck rule. Who is on it leaves with the flow it had before. Who needs it
//!   waits, blocks who is behind, and is aborted when the day ends.
//! * A trip to another place on the same link takes one second and no capacity.
//! * An activity lasts at least one second, however late its person arrives.
//! * The fate of a leg that never departs is `u32::MAX` for both times.
//!
//! Departures of one second enter a link's waiting list in the order of the person's number.

pub mod bins;
mod calendar;
mod carrier;
pub mod check;
mod crowd;
mod drive;
mod freeze;
mod input;
mod layout;
mod link;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod oracle;
mod part;
pub mod post;
mod record;
mod roads;
mod sink;
#[cfg(test)]
mod theory;
mod tick;
mod vehicle;

pub use bins::LinkBins;
pub use carrier::{Carrier, run_on};
pub use drive::{Ended, Start, Then, run_from};
pub use freeze::{Frozen, FrozenHole, FrozenLink, FrozenPerson, FrozenVehicle};
pub use layout::Layout;
pub use part::Part;
pub use sink::{Nobody, Sink};

use crate::error::Result;
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
    /// Exponent of the sample in the storage capacity, see [`Config::storage_share`].
    pub storage_exponent: f64,
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
    /// Parts that the network is cut into, each run by a thread of its own (default 1). Changes no result.
    pub parts: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sample: 1.0,
            storage_exponent: 0.75,
            stuck_s: 30,
            dynamics: Dynamics::Queue,
            end_s: 108_000,
            seed: 1,
            bin_s: 900,
            parts: 1,
        }
    }
}

impl Config {
    /// Share of the places on a link that a sample leaves: `sample^0.75`. In proportion, short links would hold one
    /// or two vehicles, each standing for ten, and jams would reach back too far (Llorca & Moeckel 2019, "Effects of
    /// scaling down the population for agent-based traffic simulations", Procedia Computer Science 151).
    pub fn storage_share(&self) -> f64 {
        crate::float::pow(self.sample, self.storage_exponent)
    }
}

/// What a day came to.
#[derive(Debug, Clone, Default, PartialEq)]
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

impl Outcome {
    /// What a day of `n_legs` came to before its first second.
    pub fn nothing_yet(network: &Network, n_legs: usize, config: &Config) -> Self {
        let n_links = network.links.len();
        Self {
            moved: vec![Moved { depart_s: u32::MAX, arrive_s: u32::MAX }; n_legs],
            bins: LinkBins::new(n_links, config.bin_s, config.end_s),
            pushed: vec![0; n_links * 24],
            ..Self::default()
        }
    }
}

/// All that a day is run on; nothing in it changes.
#[derive(Debug)]
pub struct World<'a> {
    network: &'a Network,
    legs: &'a Legs,
    routes: &'a Routes,
    changes: &'a [Change],
    config: &'a Config,
    layout: Layout,
    ends: crowd::Ends,
    /// By class; empty where all vehicles move as ordinary cars.
    paces: Vec<link::Pace>,
}

impl<'a> World<'a> {
    /// Checks everything, and cuts the network into [`Config::parts`].
    ///
    /// # Errors
    /// A [`crate::Fault`] for a configuration, leg, route or change that makes no sense (a leg that drives without a
    /// route, a vehicle of an unknown class, links that do not follow each other, a speed that is not positive, changes
    /// out of order).
    pub fn new(
        network: &'a Network,
        legs: &'a Legs,
        routes: &'a Routes,
        changes: &'a [Change],
        config: &'a Config,
    ) -> Result<Self> {
        input::check(network, legs, routes, changes, config)?;
        let layout = Layout::new(network, routes, changes, config.parts);
        let (ends, paces) = (crowd::Ends::new(routes), link::Pace::of(legs));
        Ok(Self { network, legs, routes, changes, config, layout, ends, paces })
    }

    /// How the network is cut.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Last second of the day plus one.
    pub fn end_s(&self) -> u32 {
        self.config.end_s
    }

    /// What the day came to before its first second.
    pub fn nothing_yet(&self) -> Outcome {
        Outcome::nothing_yet(self.network, self.legs.len(), self.config)
    }
}

/// Runs one day, on as many threads as [`Config::parts`].
///
/// `changes` must be sorted by time. All events go to `sink`, second by second, in the total order of
/// [`crate::event::Event`]. The same input gives the same events, bit for bit, however many parts there are.
///
/// # Errors
/// What [`World::new`] or `sink` says.
pub fn run(
    network: &Network,
    legs: &Legs,
    routes: &Routes,
    changes: &[Change],
    config: &Config,
    sink: &mut dyn Sink,
) -> Result<Outcome> {
    let world = World::new(network, legs, routes, changes, config)?;
    match run_from(&world, Start::default(), sink)? {
        Ended::Day(outcome) => Ok(outcome),
        Ended::Stopped => Err(crate::Error::Other("the day was stopped".into())),
    }
}

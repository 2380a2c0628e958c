//! The state of a link in the day, and the numbers that the network gives it.
//!
//! All of it follows MATSim's QSim (`QueueWithBuffer`), so that a scenario calibrated there behaves
//! here the same:
//! * **Flow.** A link may let `rate` vehicles a second into its buffer. An account starts full (`rate`), pays the
//!   passenger-car equivalent (PCE) of each vehicle, 1 for a car, may go below zero, and earns `rate` a second up to
//!   `rate`, but only while the buffer is empty; while it is above zero the next vehicle may pass, however large it is.
//! * **Storage.** `length · lanes / 7.5 m · sample^0.75` places of one car (see [`Config::storage_share`]), at least what
//!   the flow needs: `rate`, and `rate · free travel time`; with kinematic waves also `rate · length · (1/v + 1/w)`,
//!   `w` = 15 km/h. A vehicle may enter while the vehicles in the queue, in PCE, are fewer than that, however large it is
//!   itself; the buffer does not count.
//! * **Kinematic waves.** A vehicle that leaves the queue leaves free places of its PCE, which travel backwards; one that
//!   enters pays its PCE to the account of the inflow.
//! * **Speed.** A vehicle takes `floor(length / min(speed of the link, top speed of its class))` seconds. Nobody
//!   overtakes on a link, so vehicles behind a slow one wait.
//!
//! Of QSim's settings for vehicles three are not followed: a type's `flowEfficiencyFactor` (counted as a warning when it
//! is read), `pcuThresholdForFlowCapacityEasing` (0 in MATSim by default, which is the rule here), and the link dynamics
//! `PassingQ` and `SeepageQ` (`FIFO`, MATSim's default, is the rule here).
//!
//! Flow accounts are whole numbers of 2^-32 vehicles, rounded down: n seconds at once are exactly n
//! times one second, which lets an idle link sleep.

use super::vehicle::NIL;
use super::{Config, Dynamics};
use crate::network::{self, Signal};
use crate::trip::Legs;
use crate::unit::CELL_M;
use std::collections::VecDeque;

/// One ordinary car in units of a flow account.
pub(super) const ONE: i64 = 1 << 32;

/// Most vehicles a second a link can be given; keeps the sums far from overflow.
const RATE_MAX_VPS: f64 = 4096.0;

/// Speed at which free places travel backwards, metres per second (QSim `HOLE_SPEED_KM_H` = 15).
pub(super) const WAVE_MPS: f64 = 15.0 / 3.6;

/// What a link knows while the day runs: one cache line, so that serving a link costs one.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub(super) struct Link {
    /// Flow account, 2^-32 vehicles.
    pub flow: i64,
    /// What the account earns a second and holds at most, 2^-32 vehicles; positive.
    pub rate: i64,
    /// Second up to which the account was credited.
    pub flow_s: u32,
    /// Whole seconds to drive it at free speed.
    pub free_s: u32,
    /// Vehicles the queue takes.
    pub storage: u32,
    /// Vehicles in the queue.
    pub n_queue: u32,
    /// Place of the first vehicle in the ring.
    pub head: u32,
    /// First slot of the ring.
    pub base: u32,
    /// Second in which the first vehicle of the buffer came to be first.
    pub moved_s: u32,
    /// Next link that offers a vehicle to the same node.
    pub offer_next: u32,
    /// Earliest second for which it stands in the calendar; [`NIL`] when it does not.
    pub wake_s: u32,
    /// End node.
    pub to: u32,
    /// Vehicles in the buffer.
    pub n_buffer: u16,
    /// Logarithm of the size of the ring.
    pub ring_log: u8,
    /// [`CLOSED`], [`FAR`], [`SIGNAL`] and [`WAITS`].
    pub flags: u8,
    /// Number of the link in the network; the arrays of a part are in an order of their own.
    pub id: u32,
}

/// Nobody may enter, from its start or from parking.
pub(super) const CLOSED: u8 = 1;
/// The start node belongs to another part.
pub(super) const FAR: u8 = 2;
/// A fixed-time signal stands at its end.
pub(super) const SIGNAL: u8 = 4;
/// Somebody waits beside it: only then its waiting list is looked at, which lies elsewhere.
pub(super) const WAITS: u8 = 8;

impl Link {
    pub fn empty() -> Self {
        Self {
            flow: 0,
            rate: 1,
            flow_s: 0,
            free_s: 0,
            storage: 1,
            n_queue: 0,
            head: 0,
            base: NIL,
            moved_s: 0,
            offer_next: NIL,
            wake_s: NIL,
            to: 0,
            n_buffer: 0,
            ring_log: 0,
            flags: 0,
            id: 0,
        }
    }

    /// Whether one of `flags` is set.
    #[inline]
    pub fn is(&self, flags: u8) -> bool {
        self.flags & flags != 0
    }

    /// Sets or clears `flags`.
    pub fn set(&mut self, flags: u8, on: bool) {
        self.flags = if on { self.flags | flags } else { self.flags & !flags };
    }

    /// Credits the flow account up to `now_s`.
    #[inline]
    pub fn credit(&mut self, now_s: u32) {
        if self.n_buffer == 0 && self.flow < self.rate && self.flow_s < now_s {
            let earned = i64::from(now_s - self.flow_s).saturating_mul(self.rate);
            self.flow = self.flow.saturating_add(earned).min(self.rate);
            self.flow_s = now_s;
        }
    }

    /// Whether one more vehicle may go into the buffer.
    #[inline]
    pub fn has_flow(&self) -> bool {
        self.flow > 0 && self.n_buffer < u16::MAX
    }

    /// Pays for one vehicle of `pce`, 2^-32 passenger-car equivalents.
    #[inline]
    pub fn pay(&mut self, pce: i64, now_s: u32) {
        self.flow -= pce;
        self.flow_s = now_s;
    }

    /// Seconds until the account is above zero again, if the buffer stays empty.
    #[inline]
    pub fn flow_wait_s(&self) -> u32 {
        ((-self.flow).max(0) / self.rate + 1).min(i64::from(NIL >> 1)) as u32
    }
}

/// The attributes of a link that a [`network::Change`] can alter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attributes {
    pub capacity_vph: f64,
    pub freespeed_mps: f64,
    pub lanes: f64,
    pub signal: Signal,
}

impl Attributes {
    pub fn of(link: &network::Link) -> Self {
        let (capacity_vph, freespeed_mps, lanes) = (link.capacity_vph, link.freespeed_mps, link.lanes);
        Self { capacity_vph, freespeed_mps, lanes, signal: Signal::NONE }
    }

    /// Gives a link the numbers that follow from these.
    pub fn apply(&self, state: &mut Link, link: &network::Link, config: &Config) {
        state.rate = self.rate(config.sample);
        state.free_s = self.free_s(link);
        state.storage = self.storage(link, config);
        state.set(SIGNAL, self.signal != Signal::NONE);
    }

    /// Flow in units of the account.
    pub fn rate(&self, sample: f64) -> i64 {
        ((self.capacity_vph / 3600.0 * sample).min(RATE_MAX_VPS) * ONE as f64).max(1.0) as i64
    }

    /// Ordinary cars the queue takes. As in QSim the needs of the flow are reckoned with the speed of the
    /// network file, not with a changed one.
    fn places(&self, link: &network::Link, config: &Config) -> f64 {
        let flow_vps = self.capacity_vph / 3600.0 * config.sample;
        let mut storage = (link.length_m * self.lanes / CELL_M * config.storage_share())
            .max(flow_vps)
            .max(link.free_s() * flow_vps);
        if config.dynamics == Dynamics::KinematicWaves {
            let v = link.freespeed_mps;
            storage = storage.max(link.length_m * flow_vps * (v + WAVE_MPS) / (v * WAVE_MPS));
        }
        storage.min(f64::from(NIL >> 1))
    }

    /// Ordinary cars the queue takes where all vehicles are such. One enters while n < storage, so a broken place is
    /// a whole one.
    pub fn storage(&self, link: &network::Link, config: &Config) -> u32 {
        self.places(link, config).ceil().max(1.0) as u32
    }

    /// What the queue takes in 2^-32 passenger-car equivalents, rounded up.
    pub fn storage_pce(&self, link: &network::Link, config: &Config) -> i64 {
        (self.places(link, config) * ONE as f64).ceil().max(1.0) as i64
    }

    /// Whole seconds to drive the link at free speed (QSim rounds down).
    pub fn free_s(&self, link: &network::Link) -> u32 {
        (link.length_m / self.freespeed_mps).min(f64::from(NIL >> 2)) as u32
    }
}

/// Free places that travel from the end of a link to its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hole {
    /// Second at which they arrive.
    pub arrive_s: u32,
    /// Their size, 2^-32 passenger-car equivalents.
    pub pce: i64,
}

/// What a link knows beside its [`Link`] when not all vehicles move as ordinary cars.
#[derive(Debug, Clone, Copy)]
pub(super) struct Space {
    /// Sum of the vehicles in the queue, 2^-32 passenger-car equivalents.
    pub used: i64,
    /// What the queue takes, in the same unit.
    pub storage: i64,
    /// Length of the link, metres.
    pub length_m: f64,
}

/// How the vehicles of a class move.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Flow and places that one takes, 2^-32 passenger-car equivalents.
    pub pce: i64,
    /// Speed that none exceeds, metres per second; may be infinite.
    top_speed_mps: f64,
}

impl Pace {
    /// The pace of each class; empty where all vehicles that are driven move as ordinary cars, so that nothing is
    /// looked up.
    pub fn of(legs: &Legs) -> Vec<Self> {
        if legs.classes.all_move_as_cars(legs.driven()) {
            return Vec::new();
        }
        let pace = |class: &crate::vehicle::Class| Self {
            pce: ((class.pce * ONE as f64) as i64).max(1),
            top_speed_mps: class.top_speed_mps,
        };
        legs.classes.all().iter().map(pace).collect()
    }

    /// Whole seconds that it needs for `length_m` of road, however fast the road is.
    #[inline]
    pub fn least_s(&self, length_m: f64) -> u32 {
        (length_m / self.top_speed_mps).min(f64::from(NIL >> 2)) as u32
    }
}

/// What a link knows beside its [`Link`] when jams travel as kinematic waves.
#[derive(Debug, Clone)]
pub(super) struct Wave {
    /// Inflow account, 2^-32 vehicles; starts with one vehicle.
    pub inflow: i64,
    /// What the inflow account earns a second and holds at most.
    rate: i64,
    /// Second up to which the inflow account was credited.
    pub inflow_s: u32,
    /// Seconds a free place takes from the end to the start, counted up to the tick that frees it.
    hole_s: u32,
    /// Free places on their way to the start.
    pub holes: VecDeque<Hole>,
    /// Sum of their sizes, 2^-32 passenger-car equivalents.
    travelling: i64,
}

impl Wave {
    /// Inflow by the fundamental diagram: `lanes / 7.5 m / (1/w + 1/v)` (QSim `INFLOW_FROM_FDIAG`),
    /// here scaled by the sample as outflow and storage are, where QSim leaves it unscaled: a sample
    /// of 10 % would otherwise never feel it.
    pub fn new(attributes: &Attributes, link: &network::Link, sample: f64) -> Self {
        let mut wave = Self {
            inflow: ONE,
            rate: 1,
            inflow_s: 0,
            hole_s: (link.length_m / WAVE_MPS).min(f64::from(NIL >> 2)) as u32 + 1,
            holes: VecDeque::new(),
            travelling: 0,
        };
        wave.change(attributes, link, sample, 0);
        wave
    }

    /// Alters the number of lanes; the speed is the network file's, as in QSim.
    pub fn change(&mut self, attributes: &Attributes, link: &network::Link, sample: f64, now_s: u32) {
        self.credit(now_s);
        let inflow_vps = attributes.lanes / CELL_M / (1.0 / WAVE_MPS + 1.0 / link.freespeed_mps) * sample;
        self.rate = (inflow_vps.min(RATE_MAX_VPS) * ONE as f64).max(1.0) as i64;
    }

    /// Credits the inflow account in the node phase of `now_s`: the link phase of that second is still
    /// to come.
    fn credit(&mut self, now_s: u32) {
        let credited_s = now_s.saturating_sub(1);
        if self.inflow_s < credited_s {
            if self.inflow < self.rate {
                let earned = i64::from(credited_s - self.inflow_s).saturating_mul(self.rate);
                self.inflow = self.inflow.saturating_add(earned).min(self.rate);
            }
            self.inflow_s = credited_s;
        }
    }

    /// Whether a vehicle may enter in the node phase of `now_s`; `used` of the `storage` is in the queue, both in
    /// 2^-32 passenger-car equivalents.
    pub fn accepts(&mut self, used: i64, storage: i64, now_s: u32) -> bool {
        while let Some(hole) = self.holes.front().filter(|hole| hole.arrive_s < now_s) {
            self.travelling = self.travelling.saturating_sub(hole.pce);
            self.holes.pop_front();
        }
        self.credit(now_s);
        self.inflow > 0 && used.saturating_add(self.travelling) < storage
    }

    /// A vehicle entered.
    pub fn pay(&mut self, pce: i64, now_s: u32) {
        self.credit(now_s);
        self.inflow -= pce;
    }

    /// Vehicles of `pce` together left the queue in one second: their places start to travel.
    pub fn leave_hole(&mut self, pce: i64, now_s: u32) {
        self.add_hole(Hole { arrive_s: now_s + self.hole_s, pce });
    }

    /// Adds a hole that arrives later than those before.
    pub fn add_hole(&mut self, hole: Hole) {
        self.travelling = self.travelling.saturating_add(hole.pce);
        self.holes.push_back(hole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_one_cache_line() {
        assert_eq!(size_of::<Link>(), 64);
    }

    #[test]
    fn many_seconds_at_once_are_the_same_as_one_by_one() {
        for capacity_vph in [1.0, 100.0, 333.3, 1800.0, 3600.0, 7200.0, 9001.0] {
            let rate =
                Attributes { capacity_vph, freespeed_mps: 1.0, lanes: 1.0, signal: Signal::NONE }.rate(1.0);
            let mut lazy = Link { rate, flow: rate - 3 * ONE, ..Link::empty() };
            let mut eager = lazy.clone();
            let wait_s = lazy.flow_wait_s();
            for s in 1..=wait_s {
                assert!(!eager.has_flow(), "{capacity_vph} veh/h passes after {s} s");
                eager.credit(s);
            }
            lazy.credit(wait_s);
            assert!(eager.has_flow());
            assert_eq!(eager.flow, lazy.flow);
        }
    }
}

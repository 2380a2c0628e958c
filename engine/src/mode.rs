//! Modes of transport, and sets of them. (How persons choose among them: [`crate::choice`].)

use serde::{Deserialize, Serialize};

/// How a leg is made. Cars use the queue model; the others travel at stated speeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Mode {
    /// Driving a car: one vehicle on the network.
    Car = 0,
    /// Riding in somebody's car: not a vehicle of its own.
    Ride = 1,
    /// Riding a bus, tram, train or ferry.
    Transit = 2,
    /// Riding a bicycle.
    Bike = 3,
    /// Walking the whole way.
    Walk = 4,
}

impl Mode {
    /// Whether a leg of this mode drives a vehicle of its own over the network, in the queue model. The other modes
    /// take a stated time and no road space.
    pub const fn drives(self) -> bool {
        matches!(self, Self::Car)
    }

    /// All modes, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Car, Self::Ride, Self::Transit, Self::Bike, Self::Walk];

    /// Our name of the mode in tables, reports and messages (`car`, `ride`, `transit`, `bike`, `walk`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transit => "transit",
            other => other.matsim(),
        }
    }

    /// MATSim's name of the mode (`car`, `ride`, `pt`, `bike`, `walk`).
    pub const fn matsim(self) -> &'static str {
        match self {
            Self::Car => "car",
            Self::Ride => "ride",
            Self::Transit => "pt",
            Self::Bike => "bike",
            Self::Walk => "walk",
        }
    }

    /// The mode of a name used by MATSim or by a survey; `None` when the name is unknown.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "car" => Self::Car,
            "ride" | "car_passenger" | "passenger" | "vehicle passenger" => Self::Ride,
            "pt" | "transit" | "bus" | "train" | "tram" => Self::Transit,
            "bike" | "bicycle" => Self::Bike,
            "walk" | "walking" | "foot" | "transit_walk" => Self::Walk,
            _ => return None,
        })
    }
}

/// A set of modes, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ModeSet(pub u8);

impl ModeSet {
    /// The set of [`Mode::Car`] alone.
    pub const CAR: Self = Self(1);

    /// Whether `mode` is in the set.
    pub const fn has(self, mode: Mode) -> bool {
        self.0 >> mode as u8 & 1 == 1
    }

    /// The set with `mode` added.
    #[must_use]
    pub const fn with(self, mode: Mode) -> Self {
        Self(self.0 | 1 << mode as u8)
    }

    /// The set with `mode` taken away.
    #[must_use]
    pub const fn without(self, mode: Mode) -> Self {
        Self(self.0 & !(1 << mode as u8))
    }
}

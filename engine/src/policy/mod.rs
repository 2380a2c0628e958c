//! What-if as data: closures, lanes, speeds, capacities, signals, ramp meters, tolls, telework, demand. A scenario
//! lists [`Measure`]s; [`compile()`] turns them into changes of links in time and into what routing and demand need.
//!
//! ```toml
//! [[measure]]
//! kind = "close"
//! on = { route = "80", direction = "E", box = [-122.39, 37.78, -122.30, 37.83] }   # or street = "Main Street"
//! from = "06:00"
//! to = "10:00"
//!
//! [[measure]]
//! kind = "change"
//! on = { links = ["1234", "1235"] }
//! lanes = { add = 1 }            # capacity follows the lanes unless it is given
//!
//! [[measure]]
//! kind = "signal"
//! on = { links = ["77"] }
//! cycle-s = 90
//! green-s = 40
//!
//! [[measure]]
//! kind = "meter"
//! on = { links = ["78"] }
//! rate-vph = 600
//! from = "06:00"
//! to = "10:00"
//!
//! [[measure]]
//! kind = "toll"
//! cordon = [[-122.41, 37.79], [-122.39, 37.79], [-122.39, 37.80], [-122.41, 37.80]]
//! amount = 6.5
//!
//! [[measure]]
//! kind = "telework"
//! share = 0.3
//! who = { employed = true, age = [25, 64], income-usd = [100000, 2000000000] }
//!
//! [[measure]]
//! kind = "demand"
//! factor = 1.1
//! ```

mod compile;
mod control;
mod place;
mod telework;

pub use compile::{Compiled, Toll, Window, compile};
pub use control::{Meter, SignalPlan};
pub(crate) use place::{nearest, quoted};
pub use telework::{Telework, apply_telework};

use crate::network::RoadClass;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Money that an hour of travel is worth to a driver, dollars: 14.10, all purposes, local surface travel in
/// 2015 (US DOT 2016, "Revised departmental guidance on valuation of travel time in economic analysis",
/// Table 4). Scenarios of another year or country should set their own.
pub const VALUE_OF_TIME_USD_PER_H: f64 = 14.10;

/// A moment of the day, seconds since midnight; text `HH:MM` or `HH:MM:SS` in files, hours may pass 24.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clock(pub u32);

impl Serialize for Clock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&crate::unit::hms(self.0))
    }
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::unit::parse_hms(&text).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!("\"{text}\" is no time of day; write it as \"HH:MM\""))
        })
    }
}

/// Which links are meant: those named in `links`, and those that satisfy every other condition given.
///
/// Coordinates are longitude and latitude in degrees; metres on a network that is nowhere on Earth. A link is
/// inside an area when its middle is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Place {
    /// Names of links, as in the network's source.
    pub links: Vec<String>,
    /// Route number, e.g. `"80"`.
    pub route: Option<String>,
    /// Direction of the route: N, E, S or W.
    pub direction: Option<char>,
    /// Name of the street, in capitals or not, e.g. `"Main Street"`.
    pub street: Option<String>,
    /// Only links of this road class; all classes where it is left out.
    pub class: Option<RoadClass>,
    /// West, south, east, north.
    #[serde(rename = "box")]
    pub bounds: Option<[f64; 4]>,
    /// Corners of an area.
    pub polygon: Option<Vec<[f64; 2]>>,
}

/// A new value: one of the three ways to say it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Amount {
    /// The quantity becomes this value, in the unit of the quantity.
    Set(f64),
    /// The old value times this.
    Factor(f64),
    /// The old value plus this.
    Add(f64),
}

impl Amount {
    /// The value after the change.
    pub fn of(self, old: f64) -> f64 {
        match self {
            Self::Set(value) => value,
            Self::Factor(factor) => old * factor,
            Self::Add(more) => old + more,
        }
    }
}

/// Nobody may enter the links.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Close {
    /// The links that the measure applies to.
    pub on: Place,
    /// From when; midnight when left out.
    #[serde(default)]
    pub from: Option<Clock>,
    /// Until when; all day when left out.
    #[serde(default)]
    pub to: Option<Clock>,
}

/// Other lanes, speed or capacity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Alter {
    /// The links that the measure applies to.
    pub on: Place,
    /// From when; midnight when left out.
    #[serde(default)]
    pub from: Option<Clock>,
    /// Until when; all day when left out.
    #[serde(default)]
    pub to: Option<Clock>,
    /// Number of lanes. The capacity changes in proportion unless it is given too.
    #[serde(default)]
    pub lanes: Option<Amount>,
    /// Free-flow speed, metres per second.
    #[serde(default)]
    pub speed_mps: Option<Amount>,
    /// Flow capacity, vehicles per hour.
    #[serde(default)]
    pub capacity_vph: Option<Amount>,
}

/// Money for entering a link, or for driving into an area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Charge {
    /// Links that cost; give this or `cordon`.
    #[serde(default)]
    pub on: Option<Place>,
    /// Corners of an area: links that lead into it (start outside, end inside) cost.
    #[serde(default)]
    pub cordon: Option<Vec<[f64; 2]>>,
    /// Money a passage, in the currency of the value of time (dollars by default).
    pub amount: f64,
    /// From when; midnight when left out.
    #[serde(default)]
    pub from: Option<Clock>,
    /// Until when; all day when left out.
    #[serde(default)]
    pub to: Option<Clock>,
}

/// More or fewer people on the road.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Demand {
    /// Persons after / persons before.
    pub factor: f64,
}

/// One thing that a scenario changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Measure {
    /// Closes links in a window of time: no vehicle may enter them.
    Close(Close),
    /// Changes lanes, speed or capacity.
    Change(Alter),
    /// Puts a fixed-time signal at the end of links.
    Signal(SignalPlan),
    /// Meters a ramp.
    Meter(Meter),
    /// Tolls links or a cordon.
    Toll(Charge),
    /// Lets a share of a group work at home.
    Telework(Telework),
    /// Scales the demand.
    Demand(Demand),
}

#[cfg(test)]
mod tests;

//! Measures that control the traffic at the end of links: fixed-time signals and ramp meters.

use super::{Clock, Place};
use crate::error::{Fault, Result};
use crate::network::Signal;
use serde::{Deserialize, Serialize};

/// A fixed-time signal at the end of each link. The flow capacity of the link stays what it is: it is the
/// saturation flow, that of the green.
///
/// On average a queue discharges `green / cycle × saturation flow` (Webster 1958, "Traffic signal settings", Road
/// Research Technical Paper 39). Lost times are not taken off: `green-s` is the effective green. A queue lets out
/// whole vehicles in each green, `⌈green × saturation flow × sample⌉`: in a small sample that is too many when the
/// green is no multiple of the headway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SignalPlan {
    /// The links that the measure applies to.
    pub on: Place,
    /// Length of the cycle, seconds.
    pub cycle_s: u16,
    /// Effective green in each cycle, seconds; at most the cycle.
    pub green_s: u16,
    /// Begin of the green in the cycle that starts at midnight, seconds; beyond a cycle it counts round.
    #[serde(default)]
    pub offset_s: u16,
    /// From when; midnight when left out. There is no signal before.
    #[serde(default)]
    pub from: Option<Clock>,
    /// Until when; all day when left out. There is no signal after.
    #[serde(default)]
    pub to: Option<Clock>,
}

/// A ramp meter with a fixed rate at the end of each link: its flow capacity is at most this rate, whatever other
/// measures make of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Meter {
    /// The links that the measure applies to.
    pub on: Place,
    /// Vehicles per hour of the whole population that pass each link at most, all lanes together.
    pub rate_vph: f64,
    /// From when; midnight when left out.
    #[serde(default)]
    pub from: Option<Clock>,
    /// Until when; all day when left out.
    #[serde(default)]
    pub to: Option<Clock>,
}

impl SignalPlan {
    /// The signal, if there can be one like that. `record` names the measure in error messages.
    pub(super) fn signal(&self, record: &str) -> Result<Signal> {
        let &Self { cycle_s, green_s, offset_s, .. } = self;
        let fault = |what: String| Fault::new("policy", record, what);
        if cycle_s == 0 {
            return Err(fault("cycle-s is 0".into()).expected("at least one second").into());
        }
        if green_s == 0 {
            return Err(fault("green-s is 0".into())
                .expected(format!("1 to {cycle_s}, the cycle"))
                .advice("use kind = \"close\" to close a link")
                .into());
        }
        if green_s > cycle_s {
            return Err(fault(format!("green-s is {green_s}, longer than the cycle"))
                .expected(format!("1 to {cycle_s}, the cycle"))
                .into());
        }
        Ok(Signal { cycle_s, offset_s: offset_s % cycle_s, green_s })
    }
}

impl Meter {
    /// The rate, vehicles per hour, if it is one. `record` names the measure in error messages.
    pub(super) fn rate(&self, record: &str) -> Result<f64> {
        if self.rate_vph.is_finite() && self.rate_vph > 0.0 {
            return Ok(self.rate_vph);
        }
        Err(Fault::new("policy", record, format!("rate-vph is {}", self.rate_vph))
            .expected("a positive number, vehicles per hour")
            .advice("use kind = \"close\" to close a link")
            .into())
    }
}

//! One row for each simulated day: how far it was from equilibrium, and what it cost.

use serde::{Deserialize, Serialize};

/// One simulated day of learning; a row of `iterations.parquet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Iteration {
    /// Number, from 0.
    pub iteration: u32,
    /// Relative gap of the routes driven in it, on the times that came of it.
    pub relative_gap: f64,
    /// The same by hour of departure, from midnight; `None` where nobody left.
    pub gap_by_hour: Vec<Option<f64>>,
    /// Mean loss of a car leg against its best route, seconds.
    pub excess_s: f64,
    /// Car legs the gap was measured on.
    pub gap_legs: u64,
    /// Car legs that got a new route before it.
    pub rerouted: u64,
    /// Mean travel time of car legs that arrived, minutes.
    pub mean_car_min: f64,
    /// Vehicles pushed by the stuck rule.
    pub pushed: u64,
    /// Vehicles on the way when the day ended.
    pub aborted: u64,
    /// Moves of a vehicle over a node.
    pub moves: u64,
    /// Wall-clock seconds of routing.
    pub route_s: f64,
    /// Wall-clock seconds of traffic.
    pub traffic_s: f64,
}

impl Iteration {
    /// The row as a line of text; `n`: most days that will be simulated.
    pub fn line(&self, n: u32) -> String {
        format!(
            "  iteration {:>2}/{n}  gap {:>7.3} %  mean car trip {:>5.1} min  pushed {}  aborted {}  route {:.1} s  traffic {:.1} s",
            self.iteration + 1,
            self.relative_gap * 100.0,
            self.mean_car_min,
            self.pushed,
            self.aborted,
            self.route_s,
            self.traffic_s
        )
    }
}

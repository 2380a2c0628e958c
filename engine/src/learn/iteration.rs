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
    /// The same of the trips that leave in the morning peak (6 to 10 h) and in the evening peak (15 to 19 h).
    pub gap_peaks: [Option<f64>; 2],
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
    /// The largest of the gaps of the day and of its peaks: what the stop rule asks for.
    pub fn largest_gap(&self) -> f64 {
        self.gap_peaks.iter().flatten().copied().fold(self.relative_gap, f64::max)
    }

    /// The row as a line of text; `n`: most days that will be simulated.
    pub fn line(&self, n: u32) -> String {
        let peak = |gap: Option<f64>| gap.map_or("–".to_string(), |gap| format!("{:.2}", gap * 100.0));
        format!(
            "  iteration {:>2}/{n}  gap {:>7.3} % (6-10 h {:>5}, 15-19 h {:>5})  mean car trip {:>5.1} min  pushed {}  aborted {}  route {:.1} s  traffic {:.1} s",
            self.iteration + 1,
            self.relative_gap * 100.0,
            peak(self.gap_peaks[0]),
            peak(self.gap_peaks[1]),
            self.mean_car_min,
            self.pushed,
            self.aborted,
            self.route_s,
            self.traffic_s
        )
    }
}

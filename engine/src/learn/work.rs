//! How much a run has to do, known as soon as everybody has a first route: what forecasts of time and memory are made of.

use super::{BIN_S, Learning};
use crate::route::assign::car_legs;
use serde::Serialize;

/// The sizes that time and memory of the days to come depend on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Work {
    /// Persons.
    pub persons: usize,
    /// Trips of all modes.
    pub trips: usize,
    /// Links entered on all first routes: about the moves of a day.
    pub moves: usize,
    /// Links of the network.
    pub links: usize,
    /// Bins of travel times in a day.
    pub bins: usize,
    /// Car trips that look for a better route after a day.
    pub asked: usize,
    /// Most days that will be simulated from here.
    pub days: u32,
    /// Wall-clock seconds since the run began.
    pub spent_s: f64,
}

impl Learning<'_> {
    /// What is to be done from here to the last day.
    pub fn work(&self) -> Work {
        let settings = self.setup.settings;
        let drives = car_legs(&self.legs).len();
        Work {
            persons: self.legs.n_persons(),
            trips: self.legs.len(),
            moves: self.state.routes.links.len(),
            links: self.setup.network.links.len(),
            bins: settings.traffic.end_s.div_ceil(BIN_S) as usize,
            asked: settings.asked.max(settings.asked_exactly).min(drives),
            days: settings.stop.iterations.saturating_sub(self.state.iterations.len() as u32),
            spent_s: self.watch.total_s(),
        }
    }
}

//! Who is on the road at each hour: vehicles under way by layer of demand and class of vehicle.

use crate::agent::Agent;
use crate::id::LegId;
use crate::trip::{Legs, Moved};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Vehicles of one layer and class that are under way through the day.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OnTheRoad {
    /// Layer of demand.
    pub layer: String,
    /// Class of the vehicle.
    pub vehicle: String,
    /// Mean number of vehicles under way in each clock hour, whole population. Hours past 24:00 are those of the morning.
    pub vehicles: Vec<f64>,
}

/// Vehicles under way by layer and class, in this order. A trip that did not arrive is under way until the day ends, `end_s`.
pub fn on_the_road(
    agents: &[Agent<'_>],
    legs: &Legs,
    moved: &[Moved],
    layers: &[String],
    sample: f64,
    end_s: u32,
) -> Vec<OnTheRoad> {
    let mut sums: BTreeMap<(usize, usize), [f64; 24]> = BTreeMap::new();
    let drives = |leg: &LegId| legs.drives(*leg) && moved[leg.index()].depart_s != u32::MAX;
    for agent in agents {
        for leg in legs.of(agent.person).filter(drives) {
            let Moved { depart_s, arrive_s } = moved[leg.index()];
            let until_s = if arrive_s == u32::MAX { end_s } else { arrive_s };
            let hours =
                sums.entry((agent.layer.index(), legs.vehicle[leg.index()].index())).or_insert([0.0; 24]);
            for hour in depart_s / 3600..until_s.div_ceil(3600) {
                let overlap_s = until_s.min((hour + 1) * 3600).saturating_sub(depart_s.max(hour * 3600));
                hours[hour as usize % 24] += f64::from(overlap_s) / 3600.0 / sample;
            }
        }
    }
    let name = |((layer, class), hours): ((usize, usize), [f64; 24])| OnTheRoad {
        layer: layers.get(layer).cloned().unwrap_or_default(),
        vehicle: legs.classes.get(crate::vehicle::ClassId(class as u8)).name.clone(),
        vehicles: hours.to_vec(),
    };
    sums.into_iter().map(name).collect()
}

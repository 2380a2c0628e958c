//! Layers of demand: who is on the road, by where the knowledge of them comes from. The layers of a run add up; each
//! yields travellers, and every traveller knows its layer. Of a traveller only what the source knows is known: nobody
//! invents an age for a truck.

mod residents;

pub use residents::{Made, Residents};

use crate::activity::Chain;
use crate::people::Demographics;
use crate::place::Places;
use crate::trip::Trips;

/// Position of a layer in the list of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bevy_ecs::component::Component)]
pub struct LayerId(pub u8);

impl LayerId {
    /// Most layers of a run.
    pub const MOST: usize = 256;

    /// The position as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A traveller whose trips are given from outside: MATSim plans, a trip table.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Name in the source, where it has one.
    pub name: Option<String>,
    /// Age, work and the like, where the source tells them.
    pub demographics: Option<Demographics>,
    /// The activities of the day and their places, one place each, where the source tells them.
    pub activities: Option<(Chain, Places)>,
    /// The trips.
    pub trips: Trips,
}

/// Where the travellers of a layer come from.
#[derive(Debug, Clone)]
pub enum Travellers {
    /// Households made from zone totals; days, places and modes are chosen in the run.
    Residents(Residents),
    /// Trips that are given.
    Given(Vec<Given>),
}

/// A layer of demand.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Its name in tables and reports; unique in a run.
    pub name: String,
    /// Its travellers.
    pub travellers: Travellers,
}

impl Layer {
    /// About how many travellers a run with this `sample` (share of the population, 0..=1) will have of it.
    pub fn expected_travellers(&self, sample: f64) -> f64 {
        match &self.travellers {
            Travellers::Residents(residents) => residents.total_persons() * sample,
            Travellers::Given(given) => given.len() as f64,
        }
    }
}

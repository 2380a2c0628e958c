//! Activity → location: zones, H3 cells, candidates, choice.
//!
//! [`Assigner::new`] prepares a region once: distances between zones ([`distance`]), what each zone
//! offers for each activity ([`attraction`]), the links people reach it by ([`access`]).
//! [`Assigner::places`] then finds the places of one person's day, by Algorithm 3 of seed 002
//! ([`Method::Reference`]) or by size and deterrence ([`Method::SizeDeterrence`]). [`measure`](measure()) says
//! how the result compares with the survey and with the jobs.

pub mod access;
mod assign;
pub mod attraction;
pub mod density;
mod deterrence;
pub mod distance;
mod flows;
mod homes;
mod matrix;
mod measure;
mod nearest;
mod reference;

pub use access::Access;
pub use assign::{Assigner, Method, Params};
pub use density::Density;
pub use distance::Distances;
pub use flows::Flows;
pub use homes::Homes;
pub use matrix::DETOUR;
pub use measure::{DistanceFit, PlaceFit, ZoneAttraction, measure};
pub use nearest::Nearest;

use crate::id::{LinkId, ZoneId};

/// Where an activity happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The zone, or [`ZoneId::NONE`] when the scenario has no zones.
    pub zone: ZoneId,
    /// The link it is reached by.
    pub link: LinkId,
    /// East, metres in the network's reference system.
    pub x_m: f32,
    /// North, metres in the network's reference system.
    pub y_m: f32,
}

impl Place {
    /// Straight-line distance, metres.
    pub fn distance_m(&self, other: &Self) -> f64 {
        let (dx, dy) = (f64::from(self.x_m - other.x_m), f64::from(self.y_m - other.y_m));
        crate::float::sqrt(dx * dx + dy * dy)
    }
}

/// The place of each episode of a [`crate::activity::Chain`], in order.
#[derive(Debug, Clone, Default, PartialEq, bevy_ecs::component::Component)]
pub struct Places(pub Vec<Place>);

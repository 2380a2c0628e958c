//! The travellers of a run as bevy_ecs entities. A traveller is an archetype with optional parts: everybody has a number,
//! a layer of demand, trips and what became of them; a resident also has demographics, a household, a chain of activities
//! and their places; a traveller of a trip table has neither.
//!
//! Each component is written by one stage, from components of the stages before:
//! `Demographics` → `Chain` → `Places` → `Trips` → `Day`.

mod agents;
mod check;
mod household;
mod origin;
mod stages;
mod view;

pub use agents::Agents;
pub use household::{CarUse, Household, MemberOf, car_use};
pub use origin::{Origin, in_both};
pub use stages::Rules;
pub use view::{Agent, Stay};

use crate::id::PersonId;

pub use crate::activity::Chain;
pub use crate::demand::LayerId;
pub use crate::people::Demographics;
pub use crate::place::Places;
pub use crate::trip::{Day, Trips};

/// The dense number of a traveller: its row in every table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bevy_ecs::component::Component)]
pub struct Person(pub PersonId);

/// Name of a traveller in the source, where it has one (MATSim plans).
#[derive(Debug, Clone, PartialEq, Eq, bevy_ecs::component::Component)]
pub struct SourceName(pub String);

/// The stages that make the day of a resident, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bevy_ecs::schedule::SystemSet)]
pub enum Stage {
    /// Writes [`Chain`].
    Generate,
    /// Writes [`Places`].
    Place,
    /// Writes [`Trips`].
    Travel,
}

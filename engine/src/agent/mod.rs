//! Persons as bevy_ecs entities: one component a stage, each written by exactly one system.

mod stages;

pub use stages::{Given, Life, River, Rules};

use crate::id::PersonId;

pub use crate::activity::Chain;
pub use crate::people::Demographics;
pub use crate::place::Places;
pub use crate::trip::{Day, Trips};

/// The dense number of a person: its row in every table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bevy_ecs::component::Component)]
pub struct Person(pub PersonId);

/// The stages of the river, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bevy_ecs::schedule::SystemSet)]
pub enum Stage {
    /// Writes [`Chain`].
    Generate,
    /// Writes [`Places`].
    Place,
    /// Writes [`Trips`].
    Travel,
    /// Writes [`Day`].
    Move,
}

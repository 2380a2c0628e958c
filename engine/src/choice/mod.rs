//! The choice of a mode for each tour, and the trips that follow from it.
//!
//! A person chooses one mode for each tour (home → … → home) by a multinomial logit ([`utility`]), whose
//! coefficients are fitted by Newton's method ([`logit`]); [`trips`] turns a chain with places into
//! trips; [`target`] finds the constants for shares that are known of a region; [`teleport_s`] is the travel time of a trip that does not use the road network.

pub mod logit;
pub mod share;
pub mod target;
mod teleport;
mod tour;
pub mod utility;

pub use logit::Fitted;
pub use teleport::{teleport_s, way_m};
pub use tour::{Rule, tours, trips};
pub use utility::{Coefficients, PlacelessTour, TourObservation, TourPurpose, Traveller, fit};

//! Models that learn from days: what each learns, and how days are drawn from it or completed by it.
//!
//! * [`chain`] is the model that is shipped: a semi-Markov chain whose chances come from a small network. [`train`]
//!   fits it to surveys.
//! * [`reference`] is the transformer of seed 002, rebuilt for comparison; [`baseline`] is what any model has to beat.
//! * [`mode_choice`] fits the coefficients of the choice of modes.
//!
//! All models of days are used through one trait, [`reconstruct::Reconstructor`]. What is done with a model stands in
//! [`crate::uses`], trials that compare models in [`crate::study`]; a model knows neither.

pub mod baseline;
pub mod chain;
pub mod mode_choice;
pub mod reconstruct;
pub mod reference;
pub mod train;

#![doc = include_str!("../README.md")]
#![warn(clippy::disallowed_methods)]

pub mod activity;
pub mod agent;
pub mod arrays;
pub mod checkpoint;
pub mod choice;
pub mod clock;
pub mod demand;
pub mod disk;
pub mod draw;
pub mod error;
pub mod event;
pub mod float;
pub mod foreign;
pub mod id;
pub mod learn;
pub mod mode;
pub mod network;
pub mod order;
pub mod people;
pub mod period;
pub mod place;
pub mod policy;
pub mod projection;
pub mod route;
pub mod sheet;
pub mod store;
pub mod table;
pub mod traffic;
pub mod trip;
pub mod twin;
pub mod unit;
pub mod validate;
pub mod vehicle;
pub mod warning;
pub mod zone;

pub use error::{Error, Fault, Faults, Result};
pub use warning::Warning;

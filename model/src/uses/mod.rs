//! What a trained model is used for, where whole days of the place or the group are missing.
//!
//! * [`days`]: shares of a region's people who stay at home, work, learn. The nearest law of days with these shares.
//! * [`group`]: only the mean minutes of a demographic group are known, from a time-use survey. The law of days nearest
//!   to the model's that has these minutes is found.
//! * [`self_training`]: days of a place are known in part. The model learns from what it completed itself (seed 002,
//!   Algorithm 1).

pub mod days;
pub mod group;
pub mod self_training;
mod solve;

//! Is the day believable? Conservation, capacity, diaries; counts and speeds against detectors.

pub mod score;
pub mod station;

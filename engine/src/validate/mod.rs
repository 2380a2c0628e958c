//! Is the day believable? Conservation, capacity, diaries; counts and speeds against detectors.

pub mod day;
pub mod label;
pub mod matching;
pub mod score;
pub mod station;

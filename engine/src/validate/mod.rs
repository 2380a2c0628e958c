//! Is the day believable? Conservation, capacity, diaries; counts and speeds against detectors.

pub mod counts;
pub mod criteria;
pub mod day;
pub mod fit;
pub mod floor;
pub mod label;
pub mod matching;
pub mod score;
pub mod station;
pub mod travel;

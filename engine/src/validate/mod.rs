//! Is the day believable? Conservation, capacity, diaries; counts and speeds against detectors.
//!
//! | module | question |
//! |---|---|
//! | [`day`] | did the run keep its own rules? A failed check fails the run |
//! | [`label`] | which route, direction and class has a link of a map without names? |
//! | [`matching`] | which link does a detector stand on, and how sure is that? |
//! | [`counts`] | how far are simulated volumes and speeds from the observed ones? |
//! | [`fit`], [`speed`], [`floor`], [`trivial`], [`criteria`] | by which measures, against which noise and which trivial model, by whose rules? |
//! | [`screenline`] | how much crosses a line, beside what was counted on it? |
//! | [`travel`] | how many vehicle-kilometres and vehicle-hours, when and on which class of road? |
//! | [`score`] | how far are two sets of activity chains from each other? |
//! | [`published`] | how far is the static assignment of the same trips, and the day, from published flows? |
//! | [`verdict`] | all of these about one day, and the numbers people ask for first |
//! | [`yardstick`] | are people and miles like those that surveys and agencies tell of? |
//! | [`compare`] | who gains and who loses between two runs of the same persons? |

pub mod compare;
pub mod counts;
pub mod criteria;
pub mod day;
pub mod fit;
pub mod floor;
pub mod label;
pub mod matching;
pub mod plausible;
pub mod published;
pub mod score;
pub mod screenline;
pub mod speed;
pub mod station;
pub mod travel;
pub mod trivial;
pub mod verdict;
pub mod yardstick;

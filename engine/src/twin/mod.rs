//! Synthetic worlds whose truth is known, because they were made: loads for benches, and twins of real regions for
//! tests of what validation and calibration can find out.
//!
//! * [`grid`]: a grid of streets with drivers and their routes, the load of the benches.
//! * [`county`]: roads, zones, totals, households and detectors of a whole county.

pub mod county;
pub mod grid;

//! Exact time-dependent shortest paths.

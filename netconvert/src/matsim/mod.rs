//! matsim

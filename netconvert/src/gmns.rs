//! gmns

//! wayfare

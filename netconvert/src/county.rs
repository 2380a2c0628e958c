//! A county in Wayfare's own tables.

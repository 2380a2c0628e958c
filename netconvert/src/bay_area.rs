//! bay_area

//! geojson

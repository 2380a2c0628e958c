//! Readers and writers of foreign formats. Every reader returns `(value, warnings)`, or a
//! [`engine::Fault`] that says `file:record: what is wrong — expected — what to do`.

pub mod bay_area;
pub mod clean;
#[cfg(test)]
mod fixture;
pub mod geojson;
pub mod gmns;
pub mod limit;
pub mod matsim;
pub mod osm;
mod packed;
pub mod pems;
mod tally;
pub mod tntp;
pub mod zones;

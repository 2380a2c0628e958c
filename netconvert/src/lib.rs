//! Readers and writers of foreign formats. Every reader returns `(value, warnings)`, or a
//! [`engine::Fault`] that says `file:record: what is wrong — expected — what to do`.

pub mod bay_area;
pub mod bpr;
pub mod clean;
pub mod convert;
pub mod county;
#[cfg(test)]
mod fixture;
pub mod geojson;
pub mod gmns;
pub mod limit;
pub mod matsim;
pub mod node_link;
pub mod osm;
mod packed;
pub mod pems;
mod purpose;
pub mod road_class;
pub mod survey;
pub mod tally;
#[cfg(test)]
mod testing;
pub mod tntp;
pub mod zones;

//! Readers and writers of foreign formats. Every reader returns `(value, warnings)`, or a
//! [`engine::Fault`] that says `file:record: what is wrong — expected — what to do`.
//!
//! | module | what it reads or writes |
//! |---|---|
//! | [`convert`] | any network to MATSim, GMNS or GeoJSON: it finds the format and calls the modules below |
//! | [`matsim`] | MATSim's networks, populations, counts, events, facilities, vehicles and changes |
//! | [`gmns`], [`tntp`], [`bpr`] | networks of planners and of the literature on static assignment |
//! | [`osm`] | roads of OpenStreetMap |
//! | [`node_link`] | networks as two tables with any names of columns; [`bay_area`] and [`county`] are two sets of names |
//! | [`zones`] | traffic analysis zones with their outlines |
//! | [`county`] | everything about a county in Wayfare's own tables |
//! | [`pems`] | what Caltrans' detectors counted |
//! | [`targets`] | what surveys and censuses know of a region, for its residents to meet |
//! | [`survey`] | household travel surveys and time-use surveys |
//! | [`geojson`] | links for a map |
//! | [`sheets`] | tables of a run for spreadsheets, maps and scripts |
//!
//! Three modules serve the readers: [`limit`], through which text, tables and XML come within limits; [`tally`],
//! which counts what was odd; and [`road_class`], which gives class and capacity to links that come without.
//! [`clean`] takes away what cannot be reached.
//!
//! The rule for all of them: what cannot be meant is refused with its place in the file, what real files are
//! known to hold is mended and counted, and nothing is dropped silently. To add a format, begin with a short
//! reader such as [`matsim::counts`], and give it a good input in `readers`, the list of all readers for the tests. On that
//! list every reader is tried with damaged copies and with the habits of real files (marks of UTF-8, semicolons, `NA`, ids
//! written `1.0`, rows in another order …): the same result, a refusal, or a word about it. `cargo test` tries a sample,
//!
//! ```text
//! cargo test --release -p netconvert --lib readers -- --include-ignored
//! ```
//!
//! all of it (some 2,000 copies by habits, 400 damaged ones of each file; a minute). `bash netconvert/fuzz/run.sh 3600` is an hour
//! of coverage-guided fuzzing over the same list (see its page beside it).

pub mod bay_area;
pub mod bpr;
pub mod clean;
mod code;
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
pub mod packed;
pub mod pems;
pub mod published;
mod purpose;
pub mod r_data;
#[cfg(any(test, fuzzing))]
pub mod readers;
pub mod road_class;
pub mod sheets;
mod streets;
pub mod survey;
pub mod tally;
pub mod targets;
#[cfg(test)]
mod testing;
pub mod tntp;
pub mod yardsticks;
pub mod zones;

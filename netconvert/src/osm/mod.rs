#![doc = include_str!("README.md")]
//!
//! Begin with [`read`].

mod access;
mod barrier;
mod build;
mod chain;
mod lanes;
mod legal;
mod pbf;
mod raw;
mod road;
mod speed;
mod turn;
mod xml;

pub use build::ground_m;
pub use road::{ClassDefault, class_defaults};
pub use speed::speed_limit;

use crate::streets::Streets;
use crate::tally::Tally;
use build::Map;
use engine::network::Network;
use engine::projection::Crs;
use engine::{Result, Warning};
use raw::{Element, Pass, Point, Tags, Way};
use std::collections::BTreeSet;
use std::path::Path;

/// How to read.
#[derive(Debug, Clone)]
pub struct Options {
    /// System of the network; `None` takes the UTM zone of the middle of the roads.
    pub crs: Option<Crs>,
    /// The road classes to read, and what is assumed of each. Classes left out of it are not read.
    pub classes: Vec<ClassDefault>,
}

impl Default for Options {
    /// All 13 classes of [`class_defaults`], automatic UTM.
    fn default() -> Self {
        Self { crs: None, classes: class_defaults() }
    }
}

/// Reads the roads for cars of an OpenStreetMap file: `.pbf`, or XML (plain, gzip, bzip2).
///
/// # Errors
/// A [`engine::Fault`] when the file is damaged or holds no road for cars. What is odd or left out comes as
/// warnings, counted by kind.
pub fn read(path: impl AsRef<Path>, options: &Options) -> Result<(Network, Vec<Warning>)> {
    let path = path.as_ref();
    let mut tally = Tally::new(path);
    let mut map = Map::default();
    let mut streets = Streets::default();
    elements(path, Pass::Ways, &mut |element| match element {
        Element::Way(way) => {
            if let Some(mut road) = road::road(&way.tags, way.id, &options.classes, &mut tally) {
                road.street =
                    way.tags.get("name").or_else(|| way.tags.get("ref")).and_then(|n| streets.of(n));
                // Read once, and of no use afterwards.
                map.roads.push((Way { tags: Tags::default(), ..way }, road));
            }
        }
        Element::Deleted(id) => tally.add(DELETED, id),
        Element::Relation(relation) => {
            map.restrictions.extend(turn::restriction(&relation, &mut tally));
            turn::route_labels(&relation, &mut map.labels);
        }
        Element::Node(_) => {}
    })?;
    let mut seen = BTreeSet::new();
    map.roads.retain(|(way, _)| {
        let first = seen.insert(way.id);
        if !first {
            tally.add("way occurs again, left out", way.id);
        }
        first
    });
    let mut needed: Vec<i64> = map.roads.iter().flat_map(|(way, _)| way.nodes.iter().copied()).collect();
    needed.sort_unstable();
    needed.dedup();
    elements(path, Pass::Nodes, &mut |element| {
        let Point { id, lon, lat, tags } = match element {
            Element::Node(point) => point,
            Element::Deleted(id) => return tally.add(DELETED, id),
            _ => return,
        };
        if needed.binary_search(&id).is_err() {
            return;
        }
        if !((-180.0..=180.0).contains(&lon) && (-80.0..=84.0).contains(&lat)) {
            return tally.add("node is not on Earth between 80° S and 84° N, left out", id);
        }
        map.nodes.push((id, lon, lat));
        if barrier::closes(&tags, id, &mut tally) {
            map.closed.insert(id);
        }
    })?;
    map.nodes.sort_by_key(|node| node.0);
    map.nodes.dedup_by_key(|node| node.0);
    let network = build::network(&path.display().to_string(), &map, options, &mut tally)?;
    Ok((network, tally.into_warnings()))
}

/// What becomes of an object that an editor deleted and still has in its file.
const DELETED: &str = "object is deleted (action=\"delete\" or visible=\"false\"), left out";

fn elements(path: &Path, pass: Pass, take: &mut dyn FnMut(Element)) -> Result<()> {
    let is_pbf = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pbf"));
    if is_pbf { pbf::elements(path, pass, take) } else { xml::elements(path, pass, take) }
}

#[cfg(test)]
mod tests;

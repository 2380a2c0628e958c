//! OpenStreetMap (PBF and XML) → road network.
//!
//! A file is read twice: first ways and relations, then only the nodes that the kept ways need. Ways are
//! split where they meet; each piece becomes one link a direction, named `way_piece` (forward) and
//! `way_piecer` (backward). Not looked at: traffic signals, barriers on nodes, tolls, turn lanes,
//! conditional access and restrictions, and modes other than the car.
//!
//! | tag | read as | where |
//! |---|---|---|
//! | `highway`, `area`, `access` and its special forms | whether cars may drive there, and the class | `road` |
//! | `oneway`, `junction` | directions | `road` |
//! | `lanes`, `maxspeed` | lanes and free speed, by direction where stated | `road` |
//! | `type=restriction`, `except` | banned turns | `turn` |
//! | `type=route`, `route=road`, `ref`, `direction` | number and direction of the route | `turn` |
//!
//! What a tag does not say comes from the class ([`class_defaults`]). Begin with [`read`].

mod build;
mod pbf;
mod raw;
mod road;
mod turn;
mod xml;

pub use build::ground_m;
pub use road::{ClassDefault, class_defaults, speed_limit};

use crate::tally::Tally;
use build::Map;
use engine::network::Network;
use engine::projection::Crs;
use engine::{Result, Warning};
use raw::{Element, Pass};
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
    elements(path, Pass::Ways, &mut |element| match element {
        Element::Way(way) => {
            if let Some(road) = road::road(&way.tags, way.id, &options.classes, &mut tally) {
                map.roads.push((way, road));
            }
        }
        Element::Relation(relation) => {
            map.restrictions.extend(turn::restriction(&relation, &mut tally));
            turn::route_labels(&relation, &mut map.labels);
        }
        Element::Node(..) => {}
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
        let Element::Node(id, lon, lat) = element else { return };
        if needed.binary_search(&id).is_err() {
        } else if (-180.0..=180.0).contains(&lon) && (-80.0..=84.0).contains(&lat) {
            map.nodes.push((id, lon, lat));
        } else {
            tally.add("node is not on Earth between 80° S and 84° N, left out", id);
        }
    })?;
    map.nodes.sort_by_key(|node| node.0);
    map.nodes.dedup_by_key(|node| node.0);
    let network = build::network(&path.display().to_string(), &map, options, &mut tally)?;
    Ok((network, tally.into_warnings()))
}

fn elements(path: &Path, pass: Pass, take: &mut dyn FnMut(Element)) -> Result<()> {
    let is_pbf = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pbf"));
    if is_pbf { pbf::elements(path, pass, take) } else { xml::elements(path, pass, take) }
}

#[cfg(test)]
mod tests;

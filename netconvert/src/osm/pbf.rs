//! OpenStreetMap PBF, through osmpbf.
//!
//! The same elements as in XML, in binary blocks. The decoder is fenced: a panic in it ends as a fault of the
//! file.

use super::raw::{Element, Member, Pass, Point, Relation, Tags, Way};
use engine::foreign::fence;
use engine::{Fault, Result, disk};
use osmpbf::{ElementReader, RelMemberType};
use std::io::BufReader;
use std::path::Path;

/// Delivers the elements of one pass in the order of the file.
///
/// # Errors
/// A [`Fault`] when the file is no PBF or damaged. osmpbf caps the size of its blocks (32 MiB).
pub fn elements(path: &Path, pass: Pass, take: &mut dyn FnMut(Element)) -> Result<()> {
    let reader = ElementReader::new(BufReader::with_capacity(1 << 20, disk::open(path)?));
    fence(path, || {
        reader
            .for_each(|element| match (pass, element) {
                (Pass::Nodes, osmpbf::Element::Node(n)) => take(if n.info().visible() {
                    Element::Node(Point { id: n.id(), lon: n.lon(), lat: n.lat(), tags: n.tags().collect() })
                } else {
                    Element::Deleted(n.id())
                }),
                (Pass::Nodes, osmpbf::Element::DenseNode(n)) => {
                    take(if n.info().is_none_or(|i| i.visible()) {
                        Element::Node(Point {
                            id: n.id(),
                            lon: n.lon(),
                            lat: n.lat(),
                            tags: n.tags().collect(),
                        })
                    } else {
                        Element::Deleted(n.id())
                    })
                }
                (Pass::Ways, osmpbf::Element::Way(w)) => take(way(&w)),
                (Pass::Ways, osmpbf::Element::Relation(r)) => take(relation(&r)),
                _ => {}
            })
            .map_err(|e| {
                Fault::new(path, "", format!("is not a readable PBF file ({e})"))
                    .expected("OpenStreetMap PBF")
                    .advice("fetch it again")
                    .into()
            })
    })
}

fn way(way: &osmpbf::Way<'_>) -> Element {
    if !way.info().visible() {
        return Element::Deleted(way.id());
    }
    let tags: Tags = way.tags().collect();
    // Buildings and the like are nine ways of ten: their nodes are not worth unpacking.
    let nodes = if tags.get("highway").is_some() { way.refs().collect() } else { Vec::new() };
    Element::Way(Way { id: way.id(), nodes, tags })
}

/// Members are unpacked only of relations that are read: routes and turn restrictions.
fn relation(relation: &osmpbf::Relation<'_>) -> Element {
    if !relation.info().visible() {
        return Element::Deleted(relation.id());
    }
    let tags: Tags = relation.tags().collect();
    let wanted = tags.get("type").is_some_and(|t| t == "route" || t.starts_with("restriction"));
    let members = relation.members().filter(|_| wanted).map(|m| {
        let member = match m.member_type {
            RelMemberType::Node => Member::Node(m.member_id),
            RelMemberType::Way => Member::Way(m.member_id),
            RelMemberType::Relation => Member::Relation,
        };
        (member, m.role().unwrap_or("").to_string())
    });
    Element::Relation(Relation { id: relation.id(), members: members.collect(), tags })
}

//! OpenStreetMap XML: `<osm>` with `<node>`, `<way>` and `<relation>`.
//!
//! Read: `id`, `lon` and `lat` of nodes (degrees, WGS 84) and their `<tag k v>`; `id`, `<nd ref>` and `<tag>` of ways;
//! `id`, `<member type ref role>` and `<tag>` of relations; `action` and `visible` of all three, which say what an
//! editor deleted. Versions, authors, times and `<bounds>` are not. An element outside the pass is skipped, but its XML
//! must be well-formed all the same.

use super::raw::{Element, Member, Pass, Point, Relation, Way};
use crate::limit::{self, Token, Xml};
use engine::Result;
use std::path::Path;

/// Delivers the elements of one pass in the order of the file.
///
/// # Errors
/// A [`engine::Fault`] `file:line` for XML that is not well-formed, is no `<osm>`, or has an id, coordinate
/// or reference that is none.
pub fn elements(path: &Path, pass: Pass, take: &mut dyn FnMut(Element)) -> Result<()> {
    let mut xml = limit::xml(path)?;
    let mut seen_root = false;
    // The node, way or relation that is open.
    let mut open: Option<Element> = None;
    while let Some(token) = xml.advance()? {
        if token == Token::Close {
            if matches!(xml.name(), "node" | "way" | "relation") {
                open.take().into_iter().for_each(&mut *take);
            }
            continue;
        }
        if !seen_root {
            if xml.name() != "osm" {
                return Err(xml.fault(format!("begins with <{}>", xml.name())).expected("<osm>").into());
            }
            seen_root = true;
            continue;
        }
        match (pass, xml.name()) {
            (Pass::Nodes, "node") | (Pass::Ways, "way" | "relation") => open = Some(element(&xml)?),
            (Pass::Ways, "nd") => {
                if let Some(Element::Way(way)) = &mut open {
                    way.nodes.push(id(&xml, "ref")?);
                }
            }
            (Pass::Ways, "member") => {
                if let Some(Element::Relation(relation)) = &mut open {
                    relation.members.push(member(&xml)?);
                }
            }
            (_, "tag") => {
                let tags = match &mut open {
                    Some(Element::Node(node)) => &mut node.tags,
                    Some(Element::Way(way)) => &mut way.tags,
                    Some(Element::Relation(relation)) => &mut relation.tags,
                    _ => continue,
                };
                tags.add(xml.need("k")?, xml.need("v")?);
            }
            _ => {}
        }
    }
    Ok(())
}

/// What the opening tag of a node, way or relation says; its tags, nodes and members follow.
fn element(xml: &Xml) -> Result<Element> {
    let id = id(xml, "id")?;
    if xml.get("action") == Some("delete") || xml.get("visible") == Some("false") {
        return Ok(Element::Deleted(id));
    }
    Ok(match xml.name() {
        "way" => Element::Way(Way { id, ..Way::default() }),
        "relation" => Element::Relation(Relation { id, ..Relation::default() }),
        _ => {
            Element::Node(Point { id, lon: xml.number("lon")?, lat: xml.number("lat")?, ..Point::default() })
        }
    })
}

/// A whole number, which may be negative: editors give such ids to elements that were never uploaded.
fn id(xml: &Xml, name: &str) -> Result<i64> {
    xml.need(name)?;
    xml.parse(name, "a whole number")?.ok_or_else(|| xml.value_fault(name, "a whole number").into())
}

/// A member and its role; without a role the text is empty.
fn member(xml: &Xml) -> Result<(Member, String)> {
    let member = match xml.need("type")? {
        "node" => Member::Node(id(xml, "ref")?),
        "way" => Member::Way(id(xml, "ref")?),
        _ => Member::Relation,
    };
    Ok((member, xml.get("role").unwrap_or("").to_string()))
}

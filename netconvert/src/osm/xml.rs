//! OpenStreetMap XML: `<osm>` with `<node>`, `<way>` and `<relation>`.
//!
//! Read: `id`, `lon` and `lat` of nodes (degrees, WGS 84); `id`, `<nd ref>` and `<tag k v>` of ways; `id`,
//! `<member type ref role>` and `<tag>` of relations. Versions, authors, times and `<bounds>` are not. An element
//! outside the pass is skipped, but its XML must be well-formed all the same.

use super::raw::{Element, Member, Pass, Relation, Way};
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
    let (mut way, mut relation): (Option<Way>, Option<Relation>) = (None, None);
    while let Some(token) = xml.advance()? {
        if token == Token::Close {
            match xml.name() {
                "way" => way.take().into_iter().for_each(|w| take(Element::Way(w))),
                "relation" => relation.take().into_iter().for_each(|r| take(Element::Relation(r))),
                _ => {}
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
            (Pass::Nodes, "node") => {
                let (lon, lat) = (xml.number("lon")?, xml.number("lat")?);
                take(Element::Node(id(&xml, "id")?, lon, lat));
            }
            (Pass::Ways, "way") => way = Some(Way { id: id(&xml, "id")?, ..Way::default() }),
            (Pass::Ways, "relation") => {
                relation = Some(Relation { id: id(&xml, "id")?, ..Relation::default() });
            }
            (Pass::Ways, "nd") => {
                if let Some(way) = &mut way {
                    way.nodes.push(id(&xml, "ref")?);
                }
            }
            (Pass::Ways, "member") => {
                if let Some(relation) = &mut relation {
                    relation.members.push(member(&xml)?);
                }
            }
            (Pass::Ways, "tag") => {
                let tags = way.as_mut().map(|w| &mut w.tags).or(relation.as_mut().map(|r| &mut r.tags));
                if let Some(tags) = tags {
                    tags.add(xml.need("k")?, xml.need("v")?);
                }
            }
            _ => {}
        }
    }
    Ok(())
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

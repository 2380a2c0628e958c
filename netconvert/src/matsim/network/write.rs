//! Writing `network_v2.dtd`.

use super::super::attribute;
use super::{CLASS, ROUTE, SHAPE, STREET, TURNS};
use crate::packed;
use engine::Result;
use engine::id::LinkId;
use engine::mode::Mode;
use engine::network::Network;
use engine::projection::Crs;
use std::io::{self, Write};
use std::path::Path;

/// Writes a network as `network_v2.dtd`, gzipped when the name ends with `.gz`. What MATSim has no word
/// for (road class, route number, shape) goes into link attributes that [`read`](super::read) takes back; banned turns
/// become `disallowedNextLinks`.
///
/// # Errors
/// Whatever keeps the file from being written.
pub fn write(network: &Network, path: impl AsRef<Path>) -> Result<()> {
    write_for(network, &[], path)
}

/// As [`write`], with more modes on every link that is open to cars (`truck`): MATSim lets drive only what the links name.
///
/// # Errors
/// As [`write`].
pub fn write_for(network: &Network, more: &[&str], path: impl AsRef<Path>) -> Result<()> {
    packed::write_plain(path.as_ref(), |out| fill(network, more, out))
}

/// The whole file, in version 2. A plane without a place is called `Atlantis`, MATSim's own word for it.
fn fill(network: &Network, more: &[&str], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<!DOCTYPE network SYSTEM \"http://www.matsim.org/files/dtd/network_v2.dtd\">\n<network>")?;
    let crs = match &network.crs {
        Crs::Plane => "Atlantis".to_string(),
        crs @ Crs::Epsg(_) => crs.to_string(),
    };
    writeln!(out, "<attributes>")?;
    fill_attribute(out, "coordinateReferenceSystem", "java.lang.String", &crs)?;
    writeln!(out, "</attributes>\n<nodes>")?;
    for node in &network.nodes {
        writeln!(out, "<node{} x=\"{}\" y=\"{}\"/>", attribute("id", &node.name), node.x_m, node.y_m)?;
    }
    writeln!(
        out,
        "</nodes>\n<links capperiod=\"01:00:00\" effectivecellsize=\"7.5\" effectivelanewidth=\"3.75\">"
    )?;
    for id in network.link_ids() {
        fill_link(network, id, more, out)?;
    }
    writeln!(out, "</links>\n</network>")
}

/// One link with its attributes. Bans are sorted by their first link, so those of one link lie together.
fn fill_link(network: &Network, id: LinkId, more: &[&str], out: &mut dyn Write) -> io::Result<()> {
    let link = network.link(id);
    let mut modes: Vec<&str> =
        Mode::ALL.into_iter().filter(|m| link.modes.has(*m)).map(Mode::matsim).collect();
    if link.modes.has(Mode::Car) {
        modes.extend(more);
    }
    writeln!(
        out,
        "<link{}{}{} length=\"{}\" freespeed=\"{}\" capacity=\"{}\" permlanes=\"{}\" oneway=\"1\" modes=\"{}\">",
        attribute("id", &link.name),
        attribute("from", &network.node(link.from).name),
        attribute("to", &network.node(link.to).name),
        link.length_m,
        link.freespeed_mps,
        link.capacity_vph,
        link.lanes,
        modes.join(",")
    )?;
    writeln!(out, "<attributes>")?;
    fill_attribute(out, CLASS, "java.lang.String", link.class.name())?;
    if let Some((number, direction)) = &link.route {
        fill_attribute(out, ROUTE, "java.lang.String", &format!("{direction} {number}"))?;
    }
    if let Some(street) = &link.street {
        fill_attribute(out, STREET, "java.lang.String", street)?;
    }
    if !link.shape.is_empty() {
        let points: Vec<String> = link.shape.iter().map(|(x, y)| format!("{x},{y}")).collect();
        fill_attribute(out, SHAPE, "java.lang.String", &points.join(" "))?;
    }
    let first = network.banned_turns.partition_point(|t| t.0 < id);
    let next: Vec<[&str; 1]> = network.banned_turns[first..]
        .iter()
        .take_while(|t| t.0 == id)
        .map(|t| [network.link(t.1).name.as_str()])
        .collect();
    if !next.is_empty() {
        let class = "org.matsim.core.network.turnRestrictions.DisallowedNextLinks";
        fill_attribute(out, TURNS, class, &serde_json::json!({ "car": next }).to_string())?;
    }
    writeln!(out, "</attributes>\n</link>")
}

/// One `<attribute>`, whose Java `class` MATSim needs to read the value.
fn fill_attribute(out: &mut dyn Write, name: &str, class: &str, value: &str) -> io::Result<()> {
    let value = quick_xml::escape::partial_escape(value);
    writeln!(out, "<attribute{} class=\"{class}\">{value}</attribute>", attribute("name", name))
}

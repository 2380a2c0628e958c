//! `nodes.csv`, `links.csv`, `turns.csv`.
//!
//! The tables are read by [`crate::node_link`], with the names below; what is added here is the reference system,
//! which stands in every row of `nodes.csv` so that no table goes without it, and the banned turns.

use super::write_rows;
use crate::limit;
use crate::node_link::{self, Columns, Coordinates};
use engine::id::LinkId;
use engine::mode::Mode;
use engine::network::{Link, Network};
use engine::projection::Crs;
use engine::{Fault, Result, Warning, disk};
use std::collections::BTreeMap;
use std::path::Path;

/// Columns of the county's own network tables.
pub const COLUMNS: Columns = Columns {
    coordinates: Coordinates::Metres,
    node: "node",
    x: "x_m",
    y: "y_m",
    link: "link",
    from: "from_node",
    to: "to_node",
    length_m: "length_m",
    speed: "freespeed_mps",
    speed_unit_mps: 1.0,
    lanes: "lanes",
    capacity_vph: Some("capacity_vph"),
    class: Some("class"),
    modes: Some("modes"),
    route: Some(("route", "direction")),
    street: Some("street"),
    shape: Some("shape"),
};

/// Writes `nodes.csv`, `links.csv` and, where turns are banned, `turns.csv`.
///
/// A `turns.csv` of an earlier network is removed where no turn is banned: left there, it would ban turns of this
/// one.
///
/// # Errors
/// [`engine::Error::Io`] when the disk says no.
pub fn write_network(network: &Network, folder: impl AsRef<Path>) -> Result<()> {
    let folder = folder.as_ref();
    let crs = network.crs.to_string();
    let nodes = network.nodes.iter();
    let nodes = nodes.map(|n| [n.name.clone(), n.x_m.to_string(), n.y_m.to_string(), crs.clone()]);
    write_rows(&folder.join("nodes.csv"), ["node", "x_m", "y_m", "crs"], nodes)?;
    let header = [
        "link",
        "from_node",
        "to_node",
        "length_m",
        "freespeed_mps",
        "capacity_vph",
        "lanes",
        "modes",
        "class",
        "route",
        "direction",
        "street",
        "shape",
    ];
    write_rows(&folder.join("links.csv"), header, network.links.iter().map(|l| link_row(network, l)))?;
    let turns = folder.join("turns.csv");
    if network.banned_turns.is_empty() {
        return disk::remove(turns);
    }
    let name = |link: LinkId| network.link(link).name.clone();
    let rows = network.banned_turns.iter().map(|&(from, to)| [name(from), name(to)]);
    write_rows(&turns, ["from_link", "to_link"], rows)
}

/// One row of `links.csv`, in the order of its header.
fn link_row(network: &Network, link: &Link) -> [String; 13] {
    let modes: Vec<&str> = Mode::ALL.into_iter().filter(|m| link.modes.has(*m)).map(Mode::matsim).collect();
    let (route, direction) = link.route.clone().map_or_else(Default::default, |(r, d)| (r, d.to_string()));
    let shape: Vec<String> = link.shape.iter().map(|(x, y)| format!("{x} {y}")).collect();
    [
        link.name.clone(),
        network.node(link.from).name.clone(),
        network.node(link.to).name.clone(),
        link.length_m.to_string(),
        link.freespeed_mps.to_string(),
        link.capacity_vph.to_string(),
        link.lanes.to_string(),
        modes.join(","),
        link.class.name().to_string(),
        route,
        direction,
        link.street.as_deref().unwrap_or_default().to_string(),
        shape.join(";"),
    ]
}

/// Reads the network of a county folder.
///
/// `turns.csv` may be missing; without it no turn is banned.
///
/// # Errors
/// As [`node_link::read`], and for rows of different systems or a turn of unknown links.
pub fn read_network(folder: impl AsRef<Path>) -> Result<(Network, Vec<Warning>)> {
    let folder = folder.as_ref();
    let nodes = folder.join("nodes.csv");
    let crs = read_crs(&nodes)?;
    let (mut network, warnings) = node_link::read(&nodes, folder.join("links.csv"), &COLUMNS, Some(crs))?;
    let turns = folder.join("turns.csv");
    if turns.exists() {
        network.banned_turns = read_turns(&turns, &network)?;
    }
    Ok((network, warnings))
}

/// The reference system that all rows state.
fn read_crs(path: &Path) -> Result<Crs> {
    let mut table = limit::csv(path)?;
    let column = table.column("crs")?;
    let mut found: Option<String> = None;
    while let Some(row) = table.advance()? {
        let text = row.text(column);
        match &found {
            Some(first) if first != text => {
                return Err(row.fault(column, &format!("{first}, as in the first row")).into());
            }
            Some(_) => {}
            None => found = Some(text.to_string()),
        }
    }
    let text = found.ok_or_else(|| Fault::new(path, "", "holds no node").expected("at least one row"))?;
    Crs::parse(&text)
}

/// Pairs of links (from, to), sorted, each once.
fn read_turns(path: &Path, network: &Network) -> Result<Vec<(LinkId, LinkId)>> {
    let names: BTreeMap<&str, LinkId> =
        network.link_ids().map(|id| (network.link(id).name.as_str(), id)).collect();
    let mut table = limit::csv(path)?;
    let (from, to) = (table.column("from_link")?, table.column("to_link")?);
    let mut turns = Vec::new();
    while let Some(row) = table.advance()? {
        let link = |column: usize| -> Result<LinkId> {
            names.get(row.text(column)).copied().ok_or_else(|| row.fault(column, "the name of a link").into())
        };
        turns.push((link(from)?, link(to)?));
    }
    turns.sort_unstable();
    turns.dedup();
    Ok(turns)
}

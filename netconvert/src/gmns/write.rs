//! Writing a GMNS folder.

use super::NOBODY;
use crate::code;
use crate::limit::is_missing;
use crate::packed;
use crate::tally::Tally;
use engine::id::{LinkId, NodeId};
use engine::mode::Mode;
use engine::network::Network;
use engine::{Error, Result, Warning, disk};
use std::path::Path;

/// Writes `config.csv`, `node.csv` and `link.csv` into a folder. Coordinates stay in the network's system,
/// lengths are metres and speeds metres per second, so that nothing is rounded; `config.csv` says so.
///
/// Three things are counted as warnings: bans of turns, which are not written (GMNS has them as movements); names that
/// [`read`](super::read) changes, because tables write `1` as `1.0`; and names that tables take for no value (`NA`).
///
/// # Errors
/// Whatever keeps the files from being written.
pub fn write(network: &Network, folder: impl AsRef<Path>) -> Result<Vec<Warning>> {
    let folder = folder.as_ref();
    disk::make_folder(folder)?;
    let config = [["dataset_name", "short_length", "long_length", "speed", "crs"].map(String::from).to_vec()];
    let values =
        ["wayfare", "m", "m", "m/s"].map(String::from).into_iter().chain([network.crs.to_string()]).collect();
    write_rows(&folder.join("config.csv"), config.into_iter().chain([values]))?;
    let header = ["node_id", "x_coord", "y_coord"].map(String::from).to_vec();
    let rows = network.nodes.iter().map(|n| vec![n.name.clone(), n.x_m.to_string(), n.y_m.to_string()]);
    write_rows(&folder.join("node.csv"), std::iter::once(header).chain(rows))?;
    let header = [
        "link_id",
        "from_node_id",
        "to_node_id",
        "directed",
        "geometry",
        "dir_flag",
        "length",
        "facility_type",
        "capacity",
        "free_speed",
        "lanes",
        "allowed_uses",
        "wayfare_route",
        "name",
    ];
    let rows = network.link_ids().map(|id| link_row(network, id));
    write_rows(&folder.join("link.csv"), std::iter::once(header.map(String::from).to_vec()).chain(rows))?;
    Ok(lost(network, &folder.join("link.csv")))
}

/// What of a network the tables cannot hold.
fn lost(network: &Network, path: &Path) -> Vec<Warning> {
    let mut tally = Tally::new(path);
    for (from, _) in &network.banned_turns {
        tally.add("the ban of a turn was not written", format!("link {}", network.link(*from).name));
    }
    let nodes = network.nodes.iter().map(|node| ("node", &node.name));
    for (kind, name) in nodes.chain(network.links.iter().map(|link| ("link", &link.name))) {
        let trimmed = name.trim();
        if is_missing(trimmed) || trimmed.is_empty() {
            tally.add(
                "a name that tables take for no value: the folder cannot be read",
                format!("{kind} {name}"),
            );
        } else if code::without_decimals(trimmed) != name {
            tally.add("a name that readers of tables change (1.0 is 1)", format!("{kind} {name}"));
        }
    }
    for link in network.links.iter().filter(|link| link.street.as_deref().is_some_and(is_missing)) {
        tally.add("the name of a street that tables take for no value", format!("link {}", link.name));
    }
    tally.into_warnings()
}

/// One row of `link.csv`, in the order of the header in [`write`]. The geometry has the ends too; a straight link
/// has none. A link for nobody says so, since an empty cell means cars. The capacity is divided by the lanes, as
/// [`read`](super::read) multiplies it.
fn link_row(network: &Network, id: LinkId) -> Vec<String> {
    let link = network.link(id);
    let points: Vec<String> = match link.shape.as_slice() {
        [] => Vec::new(),
        shape => {
            let node = |id: NodeId| format!("{} {}", network.node(id).x_m, network.node(id).y_m);
            let inner = shape.iter().map(|(x, y)| format!("{x} {y}"));
            std::iter::once(node(link.from)).chain(inner).chain([node(link.to)]).collect()
        }
    };
    let mut modes: Vec<&str> =
        Mode::ALL.into_iter().filter(|m| link.modes.has(*m)).map(Mode::matsim).collect();
    if modes.is_empty() {
        modes.push(NOBODY);
    }
    vec![
        link.name.clone(),
        network.node(link.from).name.clone(),
        network.node(link.to).name.clone(),
        "true".into(),
        if points.is_empty() { String::new() } else { format!("LINESTRING ({})", points.join(", ")) },
        "1".into(),
        link.length_m.to_string(),
        link.class.name().into(),
        (link.capacity_vph / link.lanes).to_string(),
        link.freespeed_mps.to_string(),
        link.lanes.to_string(),
        modes.join(","),
        link.route.as_ref().map_or_else(String::new, |(number, direction)| format!("{direction} {number}")),
        link.street.as_deref().unwrap_or_default().to_string(),
    ]
}

/// Writes one table, whole or not at all; the first of `rows` is the header.
fn write_rows(path: &Path, rows: impl Iterator<Item = Vec<String>>) -> Result<()> {
    let failed = |e: csv::Error| Error::Other(format!("{}: {e}", path.display()));
    packed::write(path, |out| {
        let mut writer = csv::Writer::from_writer(out);
        for row in rows {
            writer.write_record(&row).map_err(failed)?;
        }
        writer.flush().map_err(|e| Error::io(path, e))
    })
}

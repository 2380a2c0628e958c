//! Small tables for networks of the static-assignment literature, as Wayfare ships them
//! (`scenarios/sioux-falls`): links with free-flow times and BPR parameters, a trip table, and
//! published equilibrium flows.
//!
//! | file | columns |
//! |---|---|
//! | nodes | `node`, `lon`, `lat` |
//! | links | `link`, `from`, `to`, `capacity_vph`, `free_time_ch` (hundredths of an hour), `bpr_b`, `bpr_power` |
//! | trips | `from`, `to`, `trips` |
//! | flows | `link`, `flow_vph` |

use crate::limit;
use engine::id::{LinkId, NodeId};
use engine::mode::ModeSet;
use engine::network::{Link, Network, Node, RoadClass};
use engine::order::natural;
use engine::projection::{Crs, Projection};
use engine::route::equilibrium::Bpr;
use engine::{Fault, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Capacity of a link that holds nobody up, vehicles per hour.
pub(crate) const OPEN_VPH: f64 = 1e6;

/// Seconds in a hundredth of an hour.
const S_PER_CENTIHOUR: f64 = 36.0;

/// Reads nodes and links, both in the order of their names, and adds a zone connector to each node (a loop, after the links of the file;
/// [`Bpr`] has no entry for it); lengths are free-flow times at `speed_kmh`, because the literature gives none.
///
/// # Errors
/// A [`Fault`] with file and line for a bad cell, an unknown node or a number out of range.
pub fn read_network(nodes: &Path, links: &Path, speed_kmh: f64) -> Result<(Network, Bpr)> {
    if !(speed_kmh.is_finite() && speed_kmh > 0.0) {
        return Err(Fault::new(links, "speed-kmh", format!("is {speed_kmh}"))
            .expected("a positive speed")
            .into());
    }
    let (crs, nodes, by_name) = read_nodes(nodes)?;
    let mut table = limit::csv(links)?;
    let [link, from, to] = [table.column("link")?, table.column("from")?, table.column("to")?];
    let (capacity, time) = (table.column("capacity_vph")?, table.column("free_time_ch")?);
    let (b, power) = (table.column("bpr_b")?, table.column("bpr_power")?);
    let (mut rows, mut bpr) = (Vec::new(), Bpr::default());
    while let Some(row) = table.advance()? {
        let node = |column: usize| -> Result<NodeId> {
            let name = row.text(column).trim();
            by_name.get(name).copied().ok_or_else(|| {
                row.row_fault(format!("link {} names the unknown node \"{name}\"", row.text(link)))
                    .expected("a node of the node table")
                    .into()
            })
        };
        if row.text(link).is_empty() {
            return Err(row.fault(link, "the name of the link").into());
        }
        let freespeed_mps = speed_kmh / 3.6;
        rows.push(Link {
            name: row.text(link).trim().to_string(),
            from: node(from)?,
            to: node(to)?,
            length_m: row.number(time)? * S_PER_CENTIHOUR * freespeed_mps,
            freespeed_mps,
            capacity_vph: row.number(capacity)?,
            // A lane for each 1,800 vehicles an hour that the link can take.
            lanes: (row.number(capacity)? / 1800.0).ceil().max(1.0),
            modes: ModeSet::CAR,
            class: RoadClass::Arterial,
            route: None,
            street: None,
            shape: Vec::new(),
        });
        bpr.b.push(not_below_0(row, b)?);
        bpr.power.push(not_below_0(row, power)?);
    }
    let source = links.display().to_string();
    let (roads, old) = Network::new(&source, crs, nodes, rows, Vec::new())?.in_order()?;
    let network = with_connectors(&source, roads, usize::MAX, 0)?;
    let of = |numbers: &[f64]| old.iter().map(|link| numbers[link.index()]).collect();
    let bpr = Bpr { b: of(&bpr.b), power: of(&bpr.power), ..bpr };
    Ok((network, bpr))
}

/// A number of zero or more.
fn not_below_0(row: limit::Row<'_>, column: usize) -> Result<f64> {
    let number = row.number(column)?;
    if number < 0.0 { Err(row.fault(column, "zero or more").into()) } else { Ok(number) }
}

/// Gives each of the first `n_zones` nodes a connector, after all links of the file. The first `n_closed` nodes may not be
/// driven through: there a trip starts on `zone-N`, which nobody enters, and ends on a second connector, `zone-N-end`,
/// which nobody leaves. One connector for both would be a way through: into the zone, onto its loop, out of the zone.
pub(crate) fn with_connectors(
    source: &str,
    roads: Network,
    n_zones: usize,
    n_closed: usize,
) -> Result<Network> {
    let Network { crs, nodes, mut links, mut banned_turns, .. } = roads;
    let roads = links.len();
    let mut entering = vec![Vec::new(); n_closed];
    let mut leaving = vec![Vec::new(); n_closed];
    for (id, link) in links.iter().enumerate() {
        if let Some(entering) = entering.get_mut(link.to.index()) {
            entering.push(LinkId::new(id));
        }
        if let Some(leaving) = leaving.get_mut(link.from.index()) {
            leaving.push(LinkId::new(id));
        }
    }
    let zones = || nodes.iter().enumerate().take(n_zones);
    links.extend(zones().map(|(number, node)| connector(&node.name, NodeId::new(number))));
    let n_starts = links.len() - roads;
    let ends = zones()
        .take(n_closed)
        .map(|(zone, node)| connector(&format!("{}-end", node.name), NodeId::new(zone)));
    links.extend(ends);
    for (zone, (entering, leaving)) in entering.iter().zip(&leaving).enumerate() {
        // Where a zone has no connectors of its own, for it is a closed node and no zone, roads alone are banned.
        let is_zone = zone < n_starts;
        let start = is_zone.then(|| LinkId::new(roads + zone));
        let end = is_zone.then(|| LinkId::new(roads + n_starts + zone));
        let (into, out) = (entering.iter().copied().chain(end), leaving.iter().copied().chain(start));
        let out: Vec<LinkId> = out.collect();
        banned_turns.extend(into.flat_map(|from| out.iter().map(move |&to| (from, to))));
    }
    Network::new(source, crs, nodes, links, banned_turns)
}

/// A trip table starts and ends at nodes, a vehicle on links. Each node gets a loop from itself to itself,
/// short and wide enough to hold nobody up.
fn connector(node: &str, id: NodeId) -> Link {
    Link {
        name: format!("zone-{node}"),
        from: id,
        to: id,
        length_m: 10.0,
        freespeed_mps: 10.0,
        capacity_vph: OPEN_VPH,
        lanes: 1e4,
        modes: ModeSet::CAR,
        class: RoadClass::Local,
        route: None,
        street: None,
        shape: Vec::new(),
    }
}

/// Nodes in metres of the UTM zone of the first, in the order of their names; and the number of each name.
fn read_nodes(path: &Path) -> Result<(Crs, Vec<Node>, BTreeMap<String, NodeId>)> {
    let mut table = limit::csv(path)?;
    let [node, lon, lat] = [table.column("node")?, table.column("lon")?, table.column("lat")?];
    let mut places: Vec<(String, f64, f64)> = Vec::new();
    let mut seen = BTreeSet::new();
    while let Some(row) = table.advance()? {
        let name = row.text(node).trim().to_string();
        if !seen.insert(name.clone()) {
            return Err(row.row_fault(format!("node {name} is there twice")).into());
        }
        places.push((name, row.number(lon)?, row.number(lat)?));
    }
    // The first node decides on the system of coordinates: by name, not by row.
    places.sort_by(|(a, ..), (b, ..)| natural(a, b));
    let by_name = places.iter().enumerate().map(|(i, (name, ..))| (name.clone(), NodeId::new(i))).collect();
    let Some((_, lon, lat)) = places.first() else {
        return Err(Fault::new(path, "", "has no nodes").expected("one row a node").into());
    };
    let crs = Crs::utm(*lon, *lat)?;
    let projection = Projection::new(&crs)?;
    let mut nodes = Vec::with_capacity(places.len());
    for (name, lon, lat) in places {
        let (x_m, y_m) = projection.to_metres(lon, lat)?;
        nodes.push(Node { name, x_m, y_m });
    }
    Ok((crs, nodes, by_name))
}

/// Reads a trip table: from node, to node, trips.
///
/// # Errors
/// A [`Fault`] with file and line for an unknown node or a number below zero.
pub fn read_trips(path: &Path, network: &Network) -> Result<Vec<(NodeId, NodeId, f64)>> {
    let by_name: BTreeMap<&str, NodeId> =
        network.nodes.iter().enumerate().map(|(i, n)| (n.name.as_str(), NodeId::new(i))).collect();
    let mut table = limit::csv(path)?;
    let [from, to, trips] = [table.column("from")?, table.column("to")?, table.column("trips")?];
    let mut rows = Vec::new();
    while let Some(row) = table.advance()? {
        let node = |column: usize| -> Result<NodeId> {
            let name = row.text(column).trim();
            by_name.get(name).copied().ok_or_else(|| row.row_fault(format!("unknown node \"{name}\"")).into())
        };
        let n = row.number(trips)?;
        if n < 0.0 {
            return Err(row.fault(trips, "a number of trips of zero or more").into());
        }
        rows.push((node(from)?, node(to)?, n));
    }
    Ok(rows)
}

/// Reads published flows, one for each link of the network (connectors left out), in the order of its links.
///
/// # Errors
/// A [`Fault`] for an unknown link or a link without a flow.
pub fn read_flows(path: &Path, network: &Network) -> Result<Vec<f64>> {
    let by_name: BTreeMap<&str, usize> = network
        .links
        .iter()
        .filter(|l| l.from != l.to)
        .enumerate()
        .map(|(i, l)| (l.name.as_str(), i))
        .collect();
    let mut table = limit::csv(path)?;
    let [link, flow] = [table.column("link")?, table.column("flow_vph")?];
    let mut flows = vec![f64::NAN; network.links.iter().take_while(|l| l.from != l.to).count()];
    while let Some(row) = table.advance()? {
        let name = row.text(link).trim();
        let Some(&at) = by_name.get(name) else {
            return Err(row.row_fault(format!("unknown link \"{name}\"")).into());
        };
        flows[at] = not_below_0(row, flow)?;
    }
    match flows.iter().position(|f| f.is_nan()) {
        Some(at) => {
            Err(Fault::new(path, "", format!("has no flow for link {}", network.links[at].name)).into())
        }
        None => Ok(flows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(links: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("n.csv"), "node,lon,lat\na,-96.7,43.6\nb,-96.6,43.6\n").unwrap();
        std::fs::write(folder.path().join("l.csv"), links).unwrap();
        folder
    }

    const HEAD: &str = "link,from,to,capacity_vph,free_time_ch,bpr_b,bpr_power\n";

    #[test]
    fn times_become_lengths() {
        let folder = files(&format!("{HEAD}ab,a,b,1800,6,0.15,4\nba,b,a,3601,5,0.15,4\n"));
        let (network, bpr) =
            read_network(&folder.path().join("n.csv"), &folder.path().join("l.csv"), 50.0).unwrap();
        assert!((network.links[0].length_m - 3000.0).abs() < 1e-6);
        assert!((network.links[0].free_s() - 216.0).abs() < 1e-9);
        assert_eq!((network.links[1].lanes, bpr.b[1], bpr.power[1]), (3.0, 0.15, 4.0));
    }

    #[test]
    fn cost_functions_follow_their_links() {
        let folder = files(&format!("{HEAD}10,b,a,1800,6,0.15,4\n9,a,b,1800,5,0.3,2\n"));
        let (network, bpr) =
            read_network(&folder.path().join("n.csv"), &folder.path().join("l.csv"), 50.0).unwrap();
        let names: Vec<&str> = network.links.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["9", "10", "zone-a", "zone-b"]);
        assert_eq!((bpr.b, bpr.power), (vec![0.3, 0.15], vec![2.0, 4.0]));
    }

    #[test]
    fn faults_name_file_and_line() {
        for (row, want) in [
            ("ab,a,z,1,1,1,1", "unknown node \"z\""),
            ("ab,a,b,x,1,1,1", "l.csv:2"),
            ("ab,a,b,1,-6,1,1", "length is -"),
        ] {
            let folder = files(&format!("{HEAD}{row}\n"));
            let error =
                read_network(&folder.path().join("n.csv"), &folder.path().join("l.csv"), 50.0).unwrap_err();
            assert!(error.to_string().contains(want), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}

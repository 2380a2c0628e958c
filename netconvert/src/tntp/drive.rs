//! What a TNTP network lacks before vehicles can drive on it: lanes, links to start from, and the rule that
//! nobody drives through a zone.

use super::{Demand, Tntp, read_flows};
use crate::bpr;
use engine::id::NodeId;
use engine::network::Network;
use engine::route::equilibrium::Bpr;
use engine::{Fault, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Capacity of a lane of which nothing else is known, vehicles per hour (as for [`bpr::read_network`]).
const LANE_VPH: f64 = 1800.0;

/// Numbers the links by name, gives each as many lanes as its capacity needs and each zone connectors (loops, after the links of
/// the file), and bans the turns through nodes that traffic may not pass: those before `<FIRST THRU NODE>`. Routes, queue model
/// and checks then see the rule as they see any banned turn.
///
/// # Errors
/// As [`Network::new`].
pub fn drivable(net: &Path, tntp: Tntp) -> Result<(Network, Bpr)> {
    let Tntp { network, bpr, n_zones, first_thru_node } = tntp;
    let (mut network, old) = network.in_order()?;
    for link in &mut network.links {
        link.lanes = (link.capacity_vph / LANE_VPH).ceil().max(1.0);
    }
    let network =
        bpr::with_connectors(&net.display().to_string(), network, n_zones, first_thru_node.index())?;
    let (b, power) = old.iter().map(|link| &bpr[link.index()]).map(|bpr| (bpr.b, bpr.power)).unzip();
    Ok((network, Bpr { b, power, first_thru_node: first_thru_node.0 }))
}

/// The trips of a table from node to node of `network`, whose nodes bear the numbers of the file.
///
/// # Errors
/// A [`Fault`] for a zone that the network does not have.
pub fn between_nodes(
    trips: &Path,
    table: &[Demand],
    network: &Network,
) -> Result<Vec<(NodeId, NodeId, f64)>> {
    let by_name: BTreeMap<&str, NodeId> =
        network.nodes.iter().enumerate().map(|(i, n)| (n.name.as_str(), NodeId::new(i))).collect();
    let node = |zone: u32| {
        by_name.get(zone.to_string().as_str()).copied().ok_or_else(|| {
            Fault::new(trips, "", format!("has trips of zone {zone}")).expected("a node of the network")
        })
    };
    table.iter().map(|row| Ok((node(row.from)?, node(row.to)?, row.trips))).collect()
}

/// Published flows by link of `network` (connectors left out), in the unit of the file.
///
/// # Errors
/// A [`Fault`] for a link that the network does not have, or one without a row.
pub fn flows_of(path: &Path, network: &Network) -> Result<Vec<f64>> {
    let roads: Vec<_> = network.links.iter().filter(|link| link.from != link.to).collect();
    let by_name: BTreeMap<&str, usize> =
        roads.iter().enumerate().map(|(i, l)| (l.name.as_str(), i)).collect();
    let mut flows = vec![None; roads.len()];
    for flow in read_flows(path)? {
        let name = format!("{}-{}", flow.from, flow.to);
        let at = by_name.get(name.as_str()).ok_or_else(|| {
            Fault::new(path, "", format!("has a flow of link {name}")).expected("a link of the network")
        })?;
        flows[*at] = Some(flow.volume);
    }
    let missing = |at: usize| Fault::new(path, "", format!("has no flow of link {}", roads[at].name));
    flows.into_iter().enumerate().map(|(at, flow)| Ok(flow.ok_or_else(|| missing(at))?)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NET, NODE, TRIPS, units};
    use super::*;
    use crate::fixture;
    use engine::id::LinkId;

    #[test]
    fn a_static_network_becomes_one_to_drive_on() {
        let read = |net: &Path| {
            fixture::with("x_node.tntp", NODE, |node| super::super::read_network(net, Some(node), &units()))
        };
        let (network, bpr) =
            fixture::with("x_net.tntp", NET, |net| drivable(net, read(net).unwrap().0).unwrap());
        assert_eq!(bpr.first_thru_node, 2);
        assert_eq!((bpr.b.len(), network.links.len()), (4, 8));
        assert_eq!(network.links[0].lanes, 1.0);
        let names: Vec<&str> = network.links.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["1-3", "1-3-2", "2-3", "3-2", "zone-1", "zone-2", "zone-1-end", "zone-2-end"]);
        // Zone 2 (node 1) is entered by link 3 and left by link 2: not one after the other, nor by way of its loops.
        let zone = |name| LinkId::new(names.iter().position(|n| *n == name).unwrap());
        let (start, end) = (zone("zone-2"), zone("zone-2-end"));
        assert!(network.may_turn(LinkId(3), end) && network.may_turn(start, LinkId(2)));
        for (into, out) in [(LinkId(3), LinkId(2)), (LinkId(3), start), (end, LinkId(2)), (end, start)] {
            assert!(!network.may_turn(into, out), "{into:?} {out:?}");
        }
        let table = fixture::with("x_trips.tntp", TRIPS, |path| super::super::read_trips(path).unwrap().0);
        let trips = between_nodes(Path::new("x"), &table, &network).unwrap();
        assert!(
            trips.contains(&(NodeId(0), NodeId(1), 10.5)) && trips.contains(&(NodeId(1), NodeId(0), 20.0))
        );
        let stray = [Demand { from: 1, to: 9, trips: 1.0 }];
        assert!(between_nodes(Path::new("x"), &stray, &network).unwrap_err().to_string().contains("zone 9"));
    }

    #[test]
    fn flows_need_their_links_and_links_their_flows() {
        let network = fixture::with("x_net.tntp", NET, |net| {
            let (tntp, _) = super::super::read_network(net, None, &units()).unwrap();
            drivable(net, tntp).unwrap().0
        });
        let of = |text: &str| fixture::with("x_flow.tntp", text, |path| flows_of(path, &network));
        // The two parallel links share a row, so the second stays without one.
        let error = of("From To Volume Cost\n1 3 8 1\n3 2 6 1\n2 3 4 1\n").unwrap_err().to_string();
        assert!(error.contains("no flow of link 1-3-2"), "{error}");
        assert!(of("From To Volume Cost\n3 1 8 1\n").unwrap_err().to_string().contains("link 3-1"));
    }
}

//! The router against Dijkstra on the line graph (petgraph), the slow and obvious oracle.

use super::*;
use crate::draw::{Purpose, draw};
use crate::id::NodeId;
use crate::network::tests::plain_link;
use crate::network::{Link, Node};
use crate::projection::Crs;
use petgraph::graph::{DiGraph, NodeIndex};
use proptest::prelude::*;

/// Cost of the best way from the end of each link to the end of `to`, by Dijkstra backwards over turns.
fn oracle(network: &Network, weights: &[u32], from: LinkId) -> BTreeMap<usize, u64> {
    let mut turns = DiGraph::<(), u64>::new();
    for _ in &network.links {
        turns.add_node(());
    }
    for a in network.link_ids() {
        for b in network.link_ids() {
            let open = network.link(b).modes.has(Mode::Car) && weights[b.index()] != u32::MAX;
            if open && network.may_turn(a, b) {
                turns.add_edge(
                    NodeIndex::new(a.index()),
                    NodeIndex::new(b.index()),
                    u64::from(weights[b.index()]),
                );
            }
        }
    }
    petgraph::algo::dijkstra(&turns, NodeIndex::new(from.index()), None, |edge| *edge.weight())
        .into_iter()
        .map(|(node, cost)| (node.index(), cost))
        .collect()
}

/// A random network: one-way and parallel links, loops, links closed to cars, banned turns.
pub(crate) fn random_network(seed: u64, n_nodes: usize, n_links: usize, n_banned: usize) -> Network {
    let mut stream = draw(seed, Purpose::Test, 0, 0);
    let nodes = (0..n_nodes)
        .map(|i| Node { name: i.to_string(), x_m: stream.uniform() * 5e3, y_m: stream.uniform() * 5e3 })
        .collect();
    let links: Vec<Link> = (0..n_links)
        .map(|i| {
            let from = stream.below(n_nodes as u32) as usize;
            let to = stream.below(n_nodes as u32) as usize;
            let mut link = plain_link(i, from, to);
            // Few distinct lengths: ties must not lead astray.
            link.length_m = 100.0 * f64::from(1 + stream.below(5));
            if stream.below(12) == 0 {
                link.modes = crate::mode::ModeSet::default().with(Mode::Walk);
            }
            link
        })
        .collect();
    let banned = (0..n_banned)
        .map(|_| (LinkId(stream.below(n_links as u32)), LinkId(stream.below(n_links as u32))))
        .chain((0..n_links).flat_map(|i| {
            let next = links.iter().position(|l| l.from == links[i].to);
            (n_banned > 0 && i % 3 == 0).then_some(next).flatten().map(|j| (LinkId::new(i), LinkId::new(j)))
        }))
        .collect();
    Network::new("random", Crs::Plane, nodes, links, banned).unwrap()
}

fn random_times(network: &Network, seed: u64, n_bins: usize) -> LinkTimes {
    let mut times = LinkTimes::free_flow(network, 900, n_bins);
    let mut stream = draw(seed, Purpose::Test, 1, 0);
    for time_s in &mut times.time_s {
        *time_s *= [1.0, 1.0, 2.0, 3.5][stream.below(4) as usize];
        if stream.below(40) == 0 {
            *time_s = f32::INFINITY;
        }
    }
    times
}

/// Every pair of links, in one bin, against the oracle.
fn check_all_pairs(network: &Network, times: &LinkTimes, bin: usize) {
    let Ok(router) = Router::new(network, Mode::Car) else { return };
    let metrics = router.customize(times);
    let depart_s = bin as u32 * 900;
    let weights = weights(times, bin);
    let mut scratch = Scratch::default();
    for from in network.link_ids().filter(|&id| network.link(id).modes.has(Mode::Car)) {
        let best = oracle(network, &weights, from);
        for to in network.link_ids() {
            let mut route = Vec::new();
            let query = Query { from, to, depart_s };
            let found = router.route(metrics.at(depart_s), &query, &mut scratch, &mut route);
            let want = if from == to { Some(0) } else { best.get(&to.index()).copied() };
            assert_eq!(found.ok().map(u64::from), want, "{from:?} -> {to:?}");
            if want.is_some() {
                let paid: u64 = route[1..].iter().map(|link| u64::from(weights[link.index()])).sum();
                assert_eq!(Some(paid), want, "{route:?}");
                assert_eq!((route[0], *route.last().unwrap()), (from, to));
                assert!(route.windows(2).all(|pair| network.may_turn(pair[0], pair[1])));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn costs_are_those_of_dijkstra(seed in 0u64..1 << 40, n_nodes in 2usize..30, density in 1usize..5, bans in 0usize..2) {
        let network = random_network(seed, n_nodes, n_nodes * density, bans * n_nodes);
        let times = random_times(&network, seed, 10);
        check_all_pairs(&network, &times, (seed % 10) as usize);
    }
}

/// Some sources give no coordinates: order and paths come from the roads alone.
#[test]
fn a_network_without_coordinates_is_routed_too() {
    let mut network = random_network(8, 40, 120, 10);
    network.nodes.iter_mut().for_each(|node| (node.x_m, node.y_m) = (0.0, 0.0));
    check_all_pairs(&network, &LinkTimes::free_flow(&network, 900, 1), 0);
}

/// A square grid with two-way streets 100 m apart; speeds vary by draw.
pub(crate) fn grid(side: usize) -> Network {
    let nodes = (0..side * side)
        .map(|i| Node { name: i.to_string(), x_m: 100.0 * (i % side) as f64, y_m: 100.0 * (i / side) as f64 })
        .collect();
    let mut links = Vec::new();
    for node in 0..side * side {
        let (x, y) = (node % side, node / side);
        let right = (x + 1 < side).then_some(node + 1);
        let above = (y + 1 < side).then_some(node + side);
        for other in [right, above].into_iter().flatten() {
            for (from, to) in [(node, other), (other, node)] {
                let mut link = plain_link(links.len(), from, to);
                let speed = draw(5, Purpose::Test, links.len() as u64, 0).uniform();
                (link.length_m, link.freespeed_mps) = (100.0, 8.0 + 12.0 * speed);
                links.push(link);
            }
        }
    }
    Network::new("grid", Crs::Plane, nodes, links, Vec::new()).unwrap()
}

#[test]
fn a_grid_with_banned_left_turns_is_routed_as_by_dijkstra() {
    let mut network = grid(7);
    let bans: Vec<(LinkId, LinkId)> = network
        .link_ids()
        .flat_map(|a| network.out_links(network.link(a).to).iter().map(move |&b| (a, b)))
        .filter(|(a, b)| (a.0 * 7 + b.0 * 13) % 5 < 2)
        .collect();
    network.banned_turns = bans;
    network.banned_turns.sort_unstable();
    let times = LinkTimes::free_flow(&network, 900, 1);
    check_all_pairs(&network, &times, 0);
}

#[test]
fn batches_do_not_depend_on_threads_nor_on_how_they_are_made() {
    let network = grid(20);
    let times = {
        let mut times = random_times(&network, 3, 20);
        times.time_s.iter_mut().for_each(|t| *t = t.min(1e4));
        times
    };
    let n_links = network.links.len() as u32;
    let queries: Vec<Query> = (0..3_000)
        .map(|i| {
            let mut stream = draw(9, Purpose::Test, i, 0);
            let (from, to) = (LinkId(stream.below(n_links)), LinkId(stream.below(n_links)));
            Query { from, to, depart_s: stream.below(20_000) }
        })
        .collect();
    let router = Router::new(&network, Mode::Car).unwrap();
    let runs: Vec<Batch> = [1, 2, 3]
        .iter()
        .flat_map(|&threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let metrics = router.customize(&times);
                assert_eq!(metrics.n_distinct(), 20);
                [router.routes(&metrics, &queries).unwrap(), router.find(&times, &queries).unwrap()]
            })
        })
        .collect();
    assert!(runs.iter().all(|run| run == &runs[0]));
    assert_eq!(runs[0].routes.first.len(), queries.len() + 1);
    let free = LinkTimes::free_flow(&network, 900, 96);
    assert_eq!(router.customize(&free).n_distinct(), 1);
}

#[test]
fn who_cannot_arrive_is_named() {
    let ring = crate::network::tests::ring(4);
    let mut links = ring.links;
    links.remove(2);
    links[1].name = "Bay Bridge".into();
    links[0].to = NodeId(1);
    let network = Network::new("t", Crs::Plane, ring.nodes, links, vec![]).unwrap();
    let router = Router::new(&network, Mode::Car).unwrap();
    let times = LinkTimes::free_flow(&network, 900, 1);
    let query = Query { from: LinkId(1), to: LinkId(0), depart_s: 3_600 };
    let queries = [query, Query { from: LinkId(0), to: LinkId(1), depart_s: 0 }, query];
    let batch = router.find(&times, &queries).unwrap();
    assert_eq!((batch.stranded(), &batch.routes.first[..]), (vec![0, 2], &[0, 0, 2, 2][..]));
    let error = router.check(&batch, &queries).unwrap_err().to_string();
    assert!(error.contains("link Bay Bridge to link 0") && error.contains("01:00:00"), "{error}");
    assert!(error.contains("1 more"), "{error}");
    assert!(Router::new(&network, Mode::Bike).is_err());
}

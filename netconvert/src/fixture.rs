//! A small network for tests, and files that are gone after use.

pub(crate) use crate::testing::data;

use engine::id::{LinkId, NodeId};
use engine::mode::{Mode, ModeSet};
use engine::network::{Link, Network, Node, RoadClass};
use engine::projection::Crs;
use std::path::Path;

/// Runs `work` on a temporary file of that name and text.
pub(crate) fn with<T>(name: &str, text: impl AsRef<[u8]>, work: impl FnOnce(&Path) -> T) -> T {
    let (_folder, path) = crate::testing::file_of(name, text.as_ref());
    work(&path)
}

/// Four nodes with a two-way ring road, a one-way dead end and everything a link can carry.
pub(crate) fn county() -> Network {
    let node = |name: &str, x_m, y_m| Node { name: name.into(), x_m, y_m };
    let nodes = vec![
        node("a", 550_000.0, 4_180_000.0),
        node("b", 550_900.25, 4_180_000.0),
        node("c", 550_500.0, 4_180_700.0),
        node("dead end", 551_500.0, 4_181_000.1),
    ];
    let link = |name: &str, from: usize, to: usize| Link {
        name: name.into(),
        from: NodeId::new(from),
        to: NodeId::new(to),
        length_m: 1000.1,
        freespeed_mps: 13.4,
        capacity_vph: 1800.5,
        lanes: 2.0,
        modes: ModeSet::CAR,
        class: RoadClass::Collector,
        route: None,
        street: None,
        shape: Vec::new(),
    };
    let mut links = vec![
        link("ab", 0, 1),
        link("ba", 1, 0),
        link("bc", 1, 2),
        link("cb", 2, 1),
        link("ca", 2, 0),
        link("ac", 0, 2),
        link("bd", 1, 3),
    ];
    links[0].modes = ModeSet::CAR.with(Mode::Bike).with(Mode::Walk);
    links[1].class = RoadClass::Freeway;
    links[1].route = Some(("101".into(), 'N'));
    links[1].street = Some("Bayshore & \"Main\" <Freeway>".into());
    links[2].shape = vec![(550_700.0, 4_180_300.0), (550_600.1, 4_180_500.0)];
    links[4].lanes = 1.5;
    Network::new(
        "county",
        Crs::Epsg(32_610),
        nodes,
        links,
        vec![(LinkId(0), LinkId(2)), (LinkId(2), LinkId(3))],
    )
    .unwrap()
}

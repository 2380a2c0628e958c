//! Cleaning: a mode keeps only the links from which every other of its links can be reached, and what
//! is taken away is listed.
//!
//! Why: a vehicle that starts on a link without a way out never arrives, and a router asked for a link that
//! cannot be reached fails. Extracts of maps hold many such links, cut off at their edge or behind a gate.
//! [`clean`] is the whole of it; [`Dropped`] is its report, which [`crate::geojson::write_dropped`] puts on a
//! map.

use engine::Result;
use engine::id::{LinkId, NodeId};
use engine::mode::{Mode, ModeSet};
use engine::network::{Link, Network};

/// Why a link was taken from a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It can be reached, but there is no way back to the main part.
    DeadEnd,
    /// It leads to the main part, but cannot be reached from there.
    NoWayIn,
    /// It is not joined to the main part at all, or only against the direction of its links.
    Island,
    /// It is joined to the main part, but banned turns leave no way there or no way back.
    BannedTurns,
}

impl Reason {
    /// The reason in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::DeadEnd => "no way back to the main network",
            Self::NoWayIn => "cannot be reached from the main network",
            Self::Island => "not connected to the main network",
            Self::BannedTurns => "cut off from the main network by banned turns",
        }
    }
}

/// A link that was taken from a mode.
#[derive(Debug, Clone, PartialEq)]
pub struct DroppedLink {
    /// The link in the network before.
    pub link: LinkId,
    /// Its name.
    pub name: String,
    /// Its length, metres.
    pub length_m: f64,
    /// Why.
    pub reason: Reason,
    /// Whether the link stays in the network for other modes.
    pub stays: bool,
}

/// What cleaning took away, and where the rest went.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dropped {
    /// The links, in the order of the network before.
    pub links: Vec<DroppedLink>,
    /// New id of each old link; [`LinkId::NONE`] when it is gone.
    pub new_link: Vec<LinkId>,
    /// New id of each old node; [`NodeId::NONE`] when no link touches it any more.
    pub new_node: Vec<NodeId>,
}

impl Dropped {
    /// Length of all dropped links together, metres.
    pub fn length_m(&self) -> f64 {
        self.links.iter().map(|l| l.length_m).sum()
    }
}

/// Keeps for `mode` the largest strongly connected component (by nodes; of equals the one with the smallest
/// node), and of its links those that reach each other over turns that are allowed ([`Network::cut_off`]). A link
/// outside loses the mode, and is gone when no mode is left. Links that were never open to `mode` stay as they
/// are. Nodes without links go.
///
/// # Errors
/// None in practice: the parts of a checked network pass its checks again.
pub fn clean(network: &Network, mode: Mode) -> Result<(Network, Dropped)> {
    let reasons = reasons(network, mode);
    let mut dropped = Dropped {
        links: Vec::new(),
        new_link: vec![LinkId::NONE; network.links.len()],
        new_node: vec![NodeId::NONE; network.nodes.len()],
    };
    let mut kept = Vec::with_capacity(network.links.len());
    for id in network.link_ids() {
        let mut link = network.link(id).clone();
        if let Some(reason) = reasons[id.index()] {
            link.modes = without(link.modes, mode);
            let (name, stays) = (link.name.clone(), link.modes.0 != 0);
            dropped.links.push(DroppedLink { link: id, name, length_m: link.length_m, reason, stays });
            if !stays {
                continue;
            }
        }
        dropped.new_link[id.index()] = LinkId::new(kept.len());
        kept.push(link);
    }
    let mut touched = vec![false; network.nodes.len()];
    for link in &kept {
        touched[link.from.index()] = true;
        touched[link.to.index()] = true;
    }
    let mut nodes = Vec::new();
    for (old, node) in network.nodes.iter().enumerate().filter(|(old, _)| touched[*old]) {
        dropped.new_node[old] = NodeId::new(nodes.len());
        nodes.push(node.clone());
    }
    for link in &mut kept {
        link.from = dropped.new_node[link.from.index()];
        link.to = dropped.new_node[link.to.index()];
    }
    let new = |id: LinkId| dropped.new_link[id.index()];
    let turns = network.banned_turns.iter().map(|&(a, b)| (new(a), new(b)));
    let turns = turns.filter(|(a, b)| a.is_some() && b.is_some()).collect();
    let network = Network::new("cleaned network", network.crs.clone(), nodes, kept, turns)?;
    Ok((network, dropped))
}

fn without(modes: ModeSet, mode: Mode) -> ModeSet {
    ModeSet(modes.0 & !(1 << mode as u8))
}

/// Why each link has to go; `None` for those that stay.
fn reasons(network: &Network, mode: Mode) -> Vec<Option<Reason>> {
    let component = network.components(mode);
    let root = component.iter().position(|&c| c == 0).map(NodeId::new);
    let out_of = walk(network, mode, root, true);
    let into = walk(network, mode, root, false);
    let reason = |link: &Link| {
        let (from, to) = (link.from.index(), link.to.index());
        let goes = link.modes.has(mode) && (component[from] != 0 || component[to] != 0);
        goes.then(|| match (out_of[from], into[to]) {
            (true, _) => Reason::DeadEnd,
            (false, true) => Reason::NoWayIn,
            (false, false) => Reason::Island,
        })
    };
    let mut reasons: Vec<Option<Reason>> = network.links.iter().map(reason).collect();
    if !network.banned_turns.is_empty() {
        let mut rest = network.clone();
        for (link, _) in rest.links.iter_mut().zip(&reasons).filter(|(_, reason)| reason.is_some()) {
            link.modes = without(link.modes, mode);
        }
        for link in rest.cut_off(mode) {
            reasons[link.index()] = Some(Reason::BannedTurns);
        }
    }
    reasons
}

/// The nodes that can be reached from `root` over links open to `mode`, or (backwards) that reach it.
fn walk(network: &Network, mode: Mode, root: Option<NodeId>, forwards: bool) -> Vec<bool> {
    let mut seen = vec![false; network.nodes.len()];
    let mut open: Vec<NodeId> = root.into_iter().collect();
    while let Some(node) = open.pop() {
        if std::mem::replace(&mut seen[node.index()], true) {
            continue;
        }
        let links = if forwards { network.out_links(node) } else { network.in_links(node) };
        for &id in links {
            let link = network.link(id);
            if link.modes.has(mode) {
                open.push(if forwards { link.to } else { link.from });
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use proptest::prelude::*;

    #[test]
    fn a_dead_end_is_dropped_and_listed() {
        let county = fixture::county();
        assert!(county.check_connected(Mode::Car).is_err());
        let (clean, dropped) = clean(&county, Mode::Car).unwrap();
        clean.check_connected(Mode::Car).unwrap();
        assert_eq!((clean.nodes.len(), clean.links.len()), (3, 6));
        assert_eq!(dropped.links.len(), 1);
        let gone = &dropped.links[0];
        assert_eq!((gone.name.as_str(), gone.reason, gone.stays), ("bd", Reason::DeadEnd, false));
        assert_eq!((dropped.new_link[6], dropped.new_link[5]), (LinkId::NONE, LinkId(5)));
        assert_eq!(clean.banned_turns, county.banned_turns);
        assert!((dropped.length_m() - 1000.1).abs() < 1e-9);
    }

    #[test]
    fn the_link_stays_for_those_who_need_it() {
        let mut county = fixture::county();
        let mut links = std::mem::take(&mut county.links);
        links[6].modes = ModeSet::CAR.with(Mode::Walk);
        let county = Network::new("t", county.crs, county.nodes, links, Vec::new()).unwrap();
        let (clean, dropped) = clean(&county, Mode::Car).unwrap();
        assert!(dropped.links[0].stays);
        assert_eq!(clean.links.len(), 7);
        assert_eq!(clean.links[6].modes, ModeSet::default().with(Mode::Walk));
        clean.check_connected(Mode::Car).unwrap();
    }

    #[test]
    fn a_link_that_only_a_banned_turn_leads_to_goes() {
        let mut county = clean(&fixture::county(), Mode::Car).unwrap().0;
        let gone = LinkId(0);
        let into: Vec<_> = county.link_ids().filter(|&from| county.may_turn(from, gone)).collect();
        county.banned_turns = into.into_iter().map(|from| (from, gone)).collect();
        county.banned_turns.sort_unstable();
        let (rest, dropped) = clean(&county, Mode::Car).unwrap();
        rest.check_connected(Mode::Car).unwrap();
        assert!(
            dropped.links.iter().any(|l| l.link == gone && l.reason == Reason::BannedTurns),
            "{dropped:?}"
        );
        assert!(dropped.links.iter().all(|l| l.reason == Reason::BannedTurns));
    }

    proptest! {
        /// Whatever the network, the rest is strongly connected, cleaning it again changes nothing, and
        /// every old link is either in the new network or in the list.
        #[test]
        fn cleaning_is_whole_and_final(
            ends in prop::collection::vec((0usize..8, 0usize..8), 0..20),
            bans in prop::collection::vec((0usize..20, 0usize..20), 0..20),
        ) {
            let nodes = (0..8).map(|i| engine::network::Node { name: i.to_string(), x_m: f64::from(i), y_m: 0.0 }).collect();
            let template = fixture::county().links[0].clone();
            let links: Vec<_> = ends.iter().enumerate().map(|(i, &(from, to))| Link {
                name: i.to_string(), from: NodeId::new(from), to: NodeId::new(to), modes: ModeSet::CAR, ..template.clone()
            }).collect();
            let bans = bans.into_iter().filter(|&(a, b)| a.max(b) < links.len());
            let bans = bans.map(|(a, b)| (LinkId::new(a), LinkId::new(b))).collect();
            let network = Network::new("t", engine::projection::Crs::Plane, nodes, links, bans).unwrap();
            let (once, dropped) = clean(&network, Mode::Car).unwrap();
            once.check_connected(Mode::Car).unwrap();
            prop_assert_eq!(once.links.len() + dropped.links.len(), network.links.len());
            for (old, new) in dropped.new_link.iter().enumerate() {
                let listed = dropped.links.iter().any(|l| l.link.index() == old);
                prop_assert_eq!(listed, !new.is_some());
                if new.is_some() {
                    prop_assert_eq!(&once.link(*new).name, &network.links[old].name);
                }
            }
            let (twice, nothing) = clean(&once, Mode::Car).unwrap();
            prop_assert!(nothing.links.is_empty());
            prop_assert_eq!(twice.links, once.links);
        }
    }
}

//! Turn restrictions and numbered routes: relations → banned turns and labels of ways.
//!
//! A restriction is a relation with the roles `from` (a way), `via` (a node or ways) and `to` (a way). Ways are
//! cut into links, and one way may touch the via node twice, so which links are meant has to be found:
//! [`Links::banned`]. The network bans pairs of links; what pairs cannot say is left out rather than banned too
//! widely, because a ban too many can cut off a street.
//!
//! | value of `restriction` | rule |
//! |---|---|
//! | `no_left_turn`, `no_right_turn`, `no_straight_on`, `no_entry`, `no_exit` | the turn is banned |
//! | `no_u_turn` | turning round is banned |
//! | `only_left_turn`, `only_right_turn`, `only_straight_on`, `only_u_turn` | every other turn is banned |
//!
//! Restrictions by time of day (`restriction:conditional`, `hour_on`) and for other vehicles (`restriction:hgv`) are
//! left out and counted; those that except cars are no restriction here.

use super::access::short;
use super::chain::Chain;
use super::raw::{Member, Relation};
use crate::tally::Tally;
use engine::id::{LinkId, NodeId};
use engine::network::Link;
use std::collections::BTreeMap;

/// What a restriction says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The turn is forbidden (`no_left_turn` …).
    No,
    /// Turning round is forbidden.
    NoUTurn,
    /// Every other turn is forbidden (`only_straight_on` …).
    Only,
}

/// By what the turn leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A node.
    Node(i64),
    /// Ways, one after the other.
    Ways(Vec<i64>),
}

/// A turn restriction for cars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// Id of the relation.
    pub id: i64,
    /// What it says.
    pub rule: Rule,
    /// Ways the turn comes from (several only for `no_entry`).
    pub from: Vec<i64>,
    /// By what it leads.
    pub via: Via,
    /// Ways the turn goes to (several only for `no_exit`).
    pub to: Vec<i64>,
}

/// What the shares of restrictions are told of.
const ALL: &str = "turn restrictions";

/// Reads a relation as a turn restriction for cars; `None` when it is none (odd ones are counted).
pub fn restriction(relation: &Relation, tally: &mut Tally) -> Option<Restriction> {
    let tags = &relation.tags;
    let kind = tags.get("type")?;
    if kind != "restriction" && !kind.starts_with("restriction:") {
        return None;
    }
    tally.whole(ALL, 1);
    let keys = ["restriction:motorcar", "restriction:motor_vehicle", "restriction"];
    let value = keys.iter().find_map(|key| tags.get(key));
    let at_times = tags.keys().any(|key| matches!(key, "day_on" | "hour_on" | "restriction:conditional"));
    let Some(value) = value.filter(|_| !tags.keys().any(|key| matches!(key, "day_on" | "hour_on"))) else {
        let why = if at_times { "holds at some times only" } else { "is for other vehicles than cars" };
        tally.part(ALL, format!("turn restriction {why}, left out"), relation.id);
        return None;
    };
    if tags.get("except").unwrap_or("").split(';').any(|e| matches!(e.trim(), "motorcar" | "motor_vehicle")) {
        tally.part(ALL, "turn restriction excepts cars, left out", relation.id);
        return None;
    }
    let Some(rule) = rule(value) else {
        let what = format!("turn restriction \"{}\" is not known, left out", short(value));
        tally.unknown(ALL, what, relation.id);
        return None;
    };
    let ways = |role: &str| -> Vec<i64> {
        let with_role = relation.members.iter().filter(|(_, r)| r == role);
        with_role.filter_map(|(m, _)| if let Member::Way(id) = m { Some(*id) } else { None }).collect()
    };
    let nodes: Vec<i64> = relation
        .members
        .iter()
        .filter_map(|(member, role)| match member {
            Member::Node(id) if role == "via" => Some(*id),
            _ => None,
        })
        .collect();
    let (from, to, via) = (ways("from"), ways("to"), ways("via"));
    let via = match (&nodes[..], via.is_empty()) {
        ([node], true) => Some(Via::Node(*node)),
        ([], false) => Some(Via::Ways(via)),
        _ => None,
    };
    match via {
        Some(via) if !from.is_empty() && !to.is_empty() => {
            Some(Restriction { id: relation.id, rule, from, via, to })
        }
        _ => {
            tally.unknown(
                ALL,
                "turn restriction without from, to and one kind of via, left out",
                relation.id,
            );
            None
        }
    }
}

/// The rule of a value; several in one (`no_left_turn;no_u_turn`) must be of one kind.
fn rule(value: &str) -> Option<Rule> {
    let one = |value: &str| {
        Some(match value.trim() {
            "no_u_turn" => Rule::NoUTurn,
            "no_left_turn" | "no_right_turn" | "no_straight_on" | "no_entry" | "no_exit" => Rule::No,
            "only_left_turn" | "only_right_turn" | "only_straight_on" | "only_u_turn" => Rule::Only,
            _ => return None,
        })
    };
    let mut all = value.split(';').map(one);
    let first = all.next()??;
    all.all(|next| next == Some(first)).then_some(first)
}

/// Labels the ways of a signed road route with number and direction. The direction is known where the
/// relation has `direction=north …` or the member the role `north …`; a way may be driven in one
/// direction only for it to hold, which the caller checks.
pub fn route_labels(relation: &Relation, labels: &mut BTreeMap<i64, (String, char)>) {
    let tags = &relation.tags;
    if tags.get("type") != Some("route") || tags.get("route") != Some("road") {
        return;
    }
    let Some(number) = tags.get("ref").and_then(route_number) else { return };
    let of_relation = tags.get("direction").and_then(compass);
    for (member, role) in &relation.members {
        if let (Member::Way(way), Some(direction)) = (member, compass(role).or(of_relation)) {
            // A stretch with two numbers keeps the one whose relation comes first in the file.
            labels.entry(*way).or_insert_with(|| (number.clone(), direction));
        }
    }
}

fn compass(text: &str) -> Option<char> {
    Some(match text {
        "north" => 'N',
        "south" => 'S',
        "east" => 'E',
        "west" => 'W',
        _ => return None,
    })
}

/// The number in a reference: `I 80` → `80`, `US 101` → `101`.
fn route_number(reference: &str) -> Option<String> {
    let digits = reference.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit);
    let digits: String = digits.take(6).collect();
    (!digits.is_empty()).then_some(digits)
}

/// The links of a network by the way they were made from and by the nodes they join.
pub struct Links<'a> {
    links: &'a [Link],
    /// Links of each way, in the order of its pieces.
    of_way: BTreeMap<i64, Vec<LinkId>>,
    /// Links that leave each node.
    pub(super) leaving: Vec<Vec<LinkId>>,
    /// Links that enter each node.
    pub(super) entering: Vec<Vec<LinkId>>,
}

impl<'a> Links<'a> {
    /// Indexes the links; `ways` names the way of each.
    pub fn new(n_nodes: usize, links: &'a [Link], ways: &[i64]) -> Self {
        let mut leaving = vec![Vec::new(); n_nodes];
        let mut entering = vec![Vec::new(); n_nodes];
        let mut of_way: BTreeMap<i64, Vec<LinkId>> = BTreeMap::new();
        for (index, (link, way)) in links.iter().zip(ways).enumerate() {
            leaving[link.from.index()].push(LinkId::new(index));
            entering[link.to.index()].push(LinkId::new(index));
            of_way.entry(*way).or_default().push(LinkId::new(index));
        }
        Self { links, of_way, leaving, entering }
    }

    /// A link by its number.
    pub(super) fn link(&self, id: LinkId) -> &Link {
        &self.links[id.index()]
    }

    /// Links made from a way.
    pub(super) fn of(&self, way: i64) -> impl Iterator<Item = LinkId> + '_ {
        self.of_way.get(&way).into_iter().flatten().copied()
    }

    /// The links of some ways that `fits`, and whether one of the ways has two of them.
    fn pick(&self, ways: &[i64], fits: impl Fn(&Link) -> bool) -> (Vec<LinkId>, bool) {
        let (mut picked, mut doubtful) = (Vec::new(), false);
        for &way in ways {
            let before = picked.len();
            picked.extend(self.of(way).filter(|id| fits(self.link(*id))));
            doubtful |= picked.len() > before + 1;
        }
        (picked, doubtful)
    }

    /// Turns a restriction forbids, as (from link, to link). What pairs of links cannot say is counted.
    ///
    /// One whose way passes the via node is left out: it does not tell which of the two directions is meant. So is one
    /// over ways that no pair of links says exactly ([`super::chain`]).
    pub fn banned(
        &self,
        restriction: &Restriction,
        node_of: impl Fn(i64) -> Option<NodeId>,
        tally: &mut Tally,
    ) -> Vec<(LinkId, LinkId)> {
        let id = restriction.id;
        let node = match &restriction.via {
            Via::Node(via) => node_of(*via),
            Via::Ways(via) => {
                return match self.over_ways(restriction, via) {
                    Chain::Banned(turns) => turns,
                    Chain::Nowhere => {
                        tally.part(ALL, NO_ROADS, id);
                        Vec::new()
                    }
                    Chain::NoPair => {
                        let what = "turn restriction over ways that others drive too, left out";
                        tally.part(ALL, what, id);
                        Vec::new()
                    }
                };
            }
        };
        let (from, doubtful_from) = self.pick(&restriction.from, |l| Some(l.to) == node);
        let (to, doubtful_to) = self.pick(&restriction.to, |l| Some(l.from) == node);
        let (Some(node), false, false) = (node, from.is_empty(), to.is_empty()) else {
            tally.part(ALL, NO_ROADS, id);
            return Vec::new();
        };
        let onto: Vec<LinkId> = match restriction.rule {
            Rule::Only => {
                self.leaving[node.index()].iter().copied().filter(|link| !to.contains(link)).collect()
            }
            Rule::No | Rule::NoUTurn => to,
        };
        let mut turns: Vec<_> = from.iter().flat_map(|&f| onto.iter().map(move |&t| (f, t))).collect();
        match restriction.rule {
            // Turning round is plain even where the way passes the node.
            Rule::NoUTurn if doubtful_from || doubtful_to => {
                turns.retain(|&(f, t)| self.link(f).from == self.link(t).to);
            }
            Rule::No | Rule::Only if doubtful_from || (doubtful_to && restriction.rule == Rule::No) => {
                tally.part(ALL, "turn restriction whose way passes the via node, left out", id);
                turns.clear();
            }
            _ => {}
        }
        turns
    }
}

/// A restriction between ways of which one is no road for cars, or runs the other way, has nothing to forbid.
const NO_ROADS: &str =
    "turn restriction between ways that cars cannot drive one after the other, of no effect";

//! Turn restrictions and numbered routes: relations → banned turns and labels of ways.
//!
//! A restriction is a relation with the roles `from` (a way), `via` (a node or a way) and `to` (a way). Ways are
//! cut into links, and one way may touch the via node twice, so which links are meant has to be found:
//! [`Links::banned`]. The network bans pairs of links; what a pair cannot say is left out rather than banned too
//! widely, because a ban too many can cut off a street.
//!
//! | value of `restriction` | rule |
//! |---|---|
//! | `no_left_turn`, `no_right_turn`, `no_straight_on`, `no_entry`, `no_exit` | the turn is banned |
//! | `no_u_turn` | turning round is banned |
//! | `only_left_turn`, `only_right_turn`, `only_straight_on`, `only_u_turn` | every other turn is banned |
//!
//! Restrictions by time of day (`restriction:conditional`) and for other vehicles (`restriction:hgv`) are left
//! out and counted; those that except cars are no restriction here.

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// A node.
    Node(i64),
    /// One way.
    Way(i64),
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

/// Reads a relation as a turn restriction for cars; `None` when it is none (odd ones are counted).
pub fn restriction(relation: &Relation, tally: &mut Tally) -> Option<Restriction> {
    let kind = relation.tags.get("type")?;
    if kind != "restriction" && !kind.starts_with("restriction:") {
        return None;
    }
    let keys = ["restriction:motorcar", "restriction:motor_vehicle", "restriction"];
    let Some(value) = keys.iter().find_map(|key| relation.tags.get(key)) else {
        tally.add("turn restriction that is not for cars at all times, left out", relation.id);
        return None;
    };
    let except = relation.tags.get("except").unwrap_or("");
    if except.split(';').any(|e| matches!(e.trim(), "motorcar" | "motor_vehicle")) {
        return None;
    }
    let rule = match value {
        "no_u_turn" => Rule::NoUTurn,
        "no_left_turn" | "no_right_turn" | "no_straight_on" | "no_entry" | "no_exit" => Rule::No,
        "only_left_turn" | "only_right_turn" | "only_straight_on" | "only_u_turn" => Rule::Only,
        _ => {
            tally.add("turn restriction of unknown kind, left out", relation.id);
            return None;
        }
    };
    let ways = |role: &str| -> Vec<i64> {
        let with_role = relation.members.iter().filter(|(_, r)| r == role);
        with_role.filter_map(|(m, _)| if let Member::Way(id) = m { Some(*id) } else { None }).collect()
    };
    let via: Vec<Via> = relation
        .members
        .iter()
        .filter(|(_, role)| role == "via")
        .filter_map(|(member, _)| match member {
            Member::Node(id) => Some(Via::Node(*id)),
            Member::Way(id) => Some(Via::Way(*id)),
            Member::Relation => None,
        })
        .collect();
    let (from, to) = (ways("from"), ways("to"));
    match via[..] {
        [via] if !from.is_empty() && !to.is_empty() => {
            Some(Restriction { id: relation.id, rule, from, via, to })
        }
        _ => {
            tally.add("turn restriction without one from, via and to, left out", relation.id);
            None
        }
    }
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
    leaving: Vec<Vec<LinkId>>,
    /// How many links enter each node.
    n_entering: Vec<u32>,
}

impl<'a> Links<'a> {
    /// Indexes the links; `ways` names the way of each.
    pub fn new(n_nodes: usize, links: &'a [Link], ways: &[i64]) -> Self {
        let mut leaving = vec![Vec::new(); n_nodes];
        let mut n_entering = vec![0; n_nodes];
        let mut of_way: BTreeMap<i64, Vec<LinkId>> = BTreeMap::new();
        for (index, (link, way)) in links.iter().zip(ways).enumerate() {
            leaving[link.from.index()].push(LinkId::new(index));
            n_entering[link.to.index()] += 1;
            of_way.entry(*way).or_default().push(LinkId::new(index));
        }
        Self { links, of_way, leaving, n_entering }
    }

    fn link(&self, id: LinkId) -> &Link {
        &self.links[id.index()]
    }

    /// Links made from a way.
    fn of(&self, way: i64) -> impl Iterator<Item = LinkId> + '_ {
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
    /// A restriction over a via way is kept exactly where that way is one link that is entered from `from`
    /// alone; otherwise the pair would forbid it to others too, so it is left out. So is one whose way
    /// passes the via node, for it does not tell which of the two directions is meant.
    pub fn banned(
        &self,
        restriction: &Restriction,
        node_of: impl Fn(i64) -> Option<NodeId>,
        tally: &mut Tally,
    ) -> Vec<(LinkId, LinkId)> {
        let ((from, doubtful_from), node) = match restriction.via {
            Via::Node(id) => {
                let Some(node) = node_of(id) else { return Vec::new() };
                (self.pick(&restriction.from, |l| l.to == node), node)
            }
            Via::Way(way) => match self.over_way(restriction, way) {
                Some(via) => ((vec![via], false), self.link(via).to),
                None => {
                    tally.add("turn restriction over ways that others enter too, left out", restriction.id);
                    return Vec::new();
                }
            },
        };
        let (to, doubtful_to) = self.pick(&restriction.to, |l| l.from == node);
        if from.is_empty() || to.is_empty() {
            // One of its ways is no road for cars, or runs the other way: nothing to forbid.
            return Vec::new();
        }
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
                tally.add("turn restriction whose way passes the via node, left out", restriction.id);
                turns.clear();
            }
            _ => {}
        }
        turns
    }

    /// The one link of a via way in the direction from → to, if nobody but `from` can enter it.
    fn over_way(&self, restriction: &Restriction, way: i64) -> Option<LinkId> {
        let any = |ways: &[i64], fits: &dyn Fn(&Link) -> bool| {
            ways.iter().any(|&w| self.of(w).any(|id| fits(self.link(id))))
        };
        let mut found = self.of(way).filter(|&via| {
            let via = self.link(via);
            any(&restriction.from, &|l| l.to == via.from && l.from != via.to)
                && any(&restriction.to, &|l| l.from == via.to && l.to != via.from)
        });
        let via = found.next()?;
        let (start, end) = (self.link(via).from, self.link(via).to);
        // The way back of a two-way via enters its start too, but cannot turn into it without turning round.
        let way_back = self.leaving[end.index()].iter().filter(|&&l| self.link(l).to == start).count();
        let entering = self.n_entering[start.index()] as usize - way_back;
        (found.next().is_none() && entering == 1).then_some(via)
    }
}

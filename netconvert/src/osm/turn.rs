//! Turn restrictions and numbered routes: relations → banned turns and labels of ways.

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

/// The links made from each way, in travel order of the way's segments.
pub type LinksOfWay = BTreeMap<i64, Vec<LinkId>>;

/// Turns a restriction forbids, as (from link, to link). What pairs of links cannot say is counted.
///
/// A restriction over a via way is kept exactly where that way is one link that is entered from `from`
/// alone; otherwise the pair would forbid it to others too, so it is left out.
pub fn banned(
    restriction: &Restriction,
    links: &[Link],
    of_way: &LinksOfWay,
    node_of: impl Fn(i64) -> Option<NodeId>,
    tally: &mut Tally,
) -> Vec<(LinkId, LinkId)> {
    let ends = |ways: &[i64], ok: &dyn Fn(&Link) -> bool| -> Vec<LinkId> {
        let ids = ways.iter().flat_map(|way| of_way.get(way).into_iter().flatten().copied());
        ids.filter(|id| ok(&links[id.index()])).collect()
    };
    let (from, node) = match restriction.via {
        Via::Node(id) => {
            let Some(node) = node_of(id) else { return Vec::new() };
            (ends(&restriction.from, &|l| l.to == node), node)
        }
        Via::Way(way) => match over_way(restriction, way, links, of_way) {
            Some(via) => (vec![via], links[via.index()].to),
            None => {
                tally.add("turn restriction over a way that others enter too, left out", restriction.id);
                return Vec::new();
            }
        },
    };
    let to = ends(&restriction.to, &|l| l.from == node);
    if from.is_empty() || to.is_empty() {
        // One of its ways is no road for cars, or runs the other way: nothing to forbid.
        return Vec::new();
    }
    let turns_round = |f: LinkId, t: LinkId| {
        links[f.index()].from == links[t.index()].to && links[f.index()].class == links[t.index()].class
    };
    let mut turns = Vec::new();
    match restriction.rule {
        Rule::No if from.len() > restriction.from.len() => {
            tally.add("turn restriction whose from way passes the via node, left out", restriction.id);
        }
        Rule::No | Rule::NoUTurn => {
            let round = restriction.rule == Rule::NoUTurn;
            turns.extend(from.iter().flat_map(|&f| to.iter().map(move |&t| (f, t))));
            // A way that passes the node has two links there: only the one that fits the rule is meant.
            turns.retain(|&(f, t)| to.len() == restriction.to.len() || turns_round(f, t) == round);
        }
        Rule::Only => {
            let others = (0..links.len()).map(LinkId::new).filter(|l| links[l.index()].from == node);
            let others: Vec<LinkId> = others.filter(|l| !to.contains(l)).collect();
            turns.extend(from.iter().flat_map(|&f| others.iter().map(move |&t| (f, t))));
        }
    }
    turns
}

/// The one link of a via way in the direction from → to, if nobody but `from` can enter it.
fn over_way(restriction: &Restriction, way: i64, links: &[Link], of_way: &LinksOfWay) -> Option<LinkId> {
    let of = |way: &i64| of_way.get(way).into_iter().flatten().copied();
    let mut fits = of(&way).filter(|via| {
        let via = &links[via.index()];
        let enters = |l: LinkId| links[l.index()].to == via.from;
        let leaves = |l: LinkId| links[l.index()].from == via.to;
        restriction.from.iter().flat_map(of).any(enters) && restriction.to.iter().flat_map(of).any(leaves)
    });
    let via = fits.next()?;
    let start = links[via.index()].from;
    let entering = links.iter().filter(|l| l.to == start && l.from != links[via.index()].to).count();
    (fits.next().is_none() && entering == 1).then_some(via)
}

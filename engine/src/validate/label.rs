//! Route numbers, directions and classes for links of a map that carries none.
//!
//! Other maps know the numbered routes ([`RouteStretch`]) but draw them coarsely. A link takes the
//! label of the nearest stretch that runs its way ([`routes`]); gaps along a freeway are then filled
//! from the links before and after, and a label that both neighbours contradict is mended.
//!
//! [`routes`] in order: each link takes the nearest stretch within reach and angle; links are chained along
//! carriageways (`straight_on`); a label that its two neighbours contradict is mended; gaps are filled (`carry`).
//! [`classes`] is a separate guess, for networks that know only speeds and lanes.

use super::station::RouteStretch;
use crate::float::{atan2, sqrt};
use crate::id::{LinkId, NodeId};
use crate::network::{Link, Network, RoadClass};
use crate::unit::MPS_PER_MPH;
use rstar::primitives::{GeomWithData, Line};
use rstar::{PointDistance, RTree};
use serde::Serialize;
use std::collections::BTreeSet;

/// When a stretch may label a link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Farthest stretch from the middle of a freeway link, metres; a bend that the drawing hides
    /// ([`bend_m`]) is added.
    pub freeway_m: f64,
    /// Farthest stretch from the middle of an arterial, metres: nearer, because a frontage road must not
    /// take the number of the freeway beside it.
    pub arterial_m: f64,
    /// Largest angle between link and stretch, degrees.
    pub turn_deg: f64,
    /// Longest way along unlabelled freeway links over which a label is carried, metres.
    pub carry_m: f64,
}

impl Default for Rule {
    /// Chosen on the Bay Area: its route map is straight lines between interchanges, up to some 300 m off.
    fn default() -> Self {
        Self { freeway_m: 300.0, arterial_m: 40.0, turn_deg: 40.0, carry_m: 5000.0 }
    }
}

/// How a label was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// From a stretch beside the link.
    Stretch,
    /// From the links before or after it on the same freeway.
    Carried,
}

/// The route a link belongs to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Label {
    /// Route number, e.g. `101`.
    pub route: String,
    /// Signed direction (`N`, `S`, `E`, `W`).
    pub direction: char,
    /// Distance from the middle of the link to the stretch, metres; 0 for a carried label.
    pub distance_m: f64,
    /// Angle between link and stretch, degrees; 0 for a carried label.
    pub turn_deg: f64,
    /// How it was found.
    pub how: How,
}

impl Label {
    /// Whether two labels are of the same route and direction.
    fn names(&self, other: &Self) -> bool {
        self.route == other.route && self.direction == other.direction
    }
}

/// A straight piece with the number of the thing it belongs to.
pub(super) type Segment = GeomWithData<Line<[f64; 2]>, u32>;

/// The pieces of a polyline of the thing `owner`; pieces without length are left out.
pub(super) fn segments(owner: usize, points_m: &[(f64, f64)]) -> impl Iterator<Item = Segment> + '_ {
    points_m
        .windows(2)
        .filter(|pair| pair[0] != pair[1])
        .map(move |pair| Segment::new(Line::new(pair[0].into(), pair[1].into()), owner as u32))
}

/// Compass bearing of a piece, degrees.
pub(super) fn bearing_deg(segment: &Segment) -> f64 {
    let line = segment.geom();
    atan2(line.to[0] - line.from[0], line.to[1] - line.from[1]).to_degrees().rem_euclid(360.0)
}

/// Angle between two bearings, degrees, 0..=180.
pub(super) fn turn_deg(a_deg: f64, b_deg: f64) -> f64 {
    let turn = (a_deg - b_deg).rem_euclid(360.0);
    turn.min(360.0 - turn)
}

/// How far a link may lie beside the line it is drawn as, metres: a link longer than its drawing bends out
/// of sight. The height of a flat arc of length `L` over a chord `c` is `sqrt(3/8 · c · (L − c))`; at most a
/// quarter of the chord, for a link that winds is no arc.
pub fn bend_m(network: &Network, link: LinkId) -> f64 {
    let points = network.points(link);
    let drawn_m: f64 = points
        .windows(2)
        .map(|pair| sqrt((pair[1].0 - pair[0].0).powi(2) + (pair[1].1 - pair[0].1).powi(2)))
        .sum();
    let longer_m = (network.link(link).length_m - drawn_m).max(0.0);
    sqrt(0.375 * drawn_m * longer_m).min(drawn_m / 4.0)
}

/// The label of each link, by [`LinkId`]; `None` where no stretch fits. Only freeways and arterials get
/// one. Equal distances are settled by the order of `stretches`.
pub fn routes(network: &Network, stretches: &[RouteStretch], rule: &Rule) -> Vec<Option<Label>> {
    let tree = RTree::bulk_load(
        stretches.iter().enumerate().flat_map(|(i, stretch)| segments(i, &stretch.points_m)).collect(),
    );
    let mut labels: Vec<Option<Label>> =
        network.link_ids().map(|link| nearest(network, &tree, stretches, rule, link)).collect();
    let ahead = straight_on(network);
    mend(&ahead, &mut labels);
    carry(network, &ahead, rule.carry_m, &mut labels);
    labels
}

/// The label of the nearest stretch that runs along `link`.
fn nearest(
    network: &Network,
    tree: &RTree<Segment>,
    stretches: &[RouteStretch],
    rule: &Rule,
    link: LinkId,
) -> Option<Label> {
    let limit_m = match network.link(link).class {
        RoadClass::Freeway => rule.freeway_m + bend_m(network, link),
        RoadClass::Arterial => rule.arterial_m,
        RoadClass::Ramp | RoadClass::Collector | RoadClass::Local => return None,
    };
    let (x_m, y_m) = network.middle(link);
    let link_deg = network.bearing_deg(link);
    tree.locate_within_distance([x_m, y_m], limit_m * limit_m)
        .map(|segment| {
            let turn = turn_deg(link_deg, bearing_deg(segment));
            (sqrt(segment.distance_2(&[x_m, y_m])), segment.data, turn)
        })
        .filter(|&(_, _, turn)| turn <= rule.turn_deg)
        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
        .map(|(distance_m, stretch, turn_deg)| {
            let stretch = &stretches[stretch as usize];
            let (route, direction) = (stretch.route.clone(), stretch.direction);
            Label { route, direction, distance_m, turn_deg, how: How::Stretch }
        })
}

/// For each freeway link the one that goes on straight (least angle, at most 30°), where each is the
/// other's straightest: chains along one carriageway. [`LinkId::NONE`] at the ends and off the freeways.
fn straight_on(network: &Network) -> Vec<LinkId> {
    let is_freeway = |link: LinkId| network.link(link).class == RoadClass::Freeway;
    let straightest = |of: LinkId, among: &[LinkId]| {
        let deg = network.bearing_deg(of);
        let turn = |link: LinkId| turn_deg(deg, network.bearing_deg(link));
        among
            .iter()
            .copied()
            .filter(|&link| is_freeway(link) && turn(link) <= 30.0)
            .min_by(|&a, &b| turn(a).total_cmp(&turn(b)).then(a.cmp(&b)))
            .unwrap_or(LinkId::NONE)
    };
    network
        .link_ids()
        .map(|link| {
            if !is_freeway(link) {
                return LinkId::NONE;
            }
            let next = straightest(link, network.out_links(network.link(link).to));
            let is_mutual =
                next.is_some() && straightest(next, network.in_links(network.link(next).from)) == link;
            if is_mutual { next } else { LinkId::NONE }
        })
        .collect()
}

/// A label that the links before and after both contradict with one voice gives way to theirs: near an
/// interchange the crossing route's stretch can be the nearer one.
fn mend(ahead: &[LinkId], labels: &mut [Option<Label>]) {
    let given = labels.to_vec();
    for (before, &link) in ahead.iter().enumerate() {
        let Some(&after) = link.is_some().then(|| &ahead[link.index()]) else { continue };
        if !after.is_some() {
            continue;
        }
        if let (Some(a), Some(own), Some(b)) = (&given[before], &given[link.index()], &given[after.index()])
            && a.names(b)
            && !own.names(a)
        {
            labels[link.index()] =
                Some(Label { distance_m: 0.0, turn_deg: 0.0, how: How::Carried, ..a.clone() });
        }
    }
}

/// Fills gaps of a chain whose two ends agree, or of which only one end is labelled.
fn carry(network: &Network, ahead: &[LinkId], limit_m: f64, labels: &mut [Option<Label>]) {
    let has_before: BTreeSet<LinkId> = ahead.iter().copied().filter(|link| link.is_some()).collect();
    let mut is_done = vec![false; ahead.len()];
    // First the chains with a beginning, then what is left: rings.
    let starts = network.link_ids().filter(|link| !has_before.contains(link)).chain(network.link_ids());
    for start in starts {
        let mut chain = Vec::new();
        let mut link = start;
        while link.is_some() && !is_done[link.index()] {
            is_done[link.index()] = true;
            chain.push(link);
            link = ahead[link.index()];
        }
        fill(network, &chain, limit_m, labels);
    }
}

/// [`carry`] for one chain.
///
/// A gap whose ends disagree stays a gap: a wrong route number would send a detector to the wrong road.
fn fill(network: &Network, chain: &[LinkId], limit_m: f64, labels: &mut [Option<Label>]) {
    let mut at = 0;
    while at < chain.len() {
        if labels[chain[at].index()].is_some() {
            at += 1;
            continue;
        }
        let end = (at..chain.len()).find(|&i| labels[chain[i].index()].is_some()).unwrap_or(chain.len());
        let gap_m: f64 = chain[at..end].iter().map(|&link| network.link(link).length_m).sum();
        let before = at.checked_sub(1).and_then(|i| labels[chain[i].index()].clone());
        let after = chain.get(end).and_then(|link| labels[link.index()].clone());
        let agreed = match (before, after) {
            (Some(a), Some(b)) => a.names(&b).then_some(a),
            (one, other) => one.or(other),
        };
        if let Some(label) = agreed.filter(|_| gap_m <= limit_m) {
            for &link in &chain[at..end] {
                let carried = Label { distance_m: 0.0, turn_deg: 0.0, how: How::Carried, ..label.clone() };
                labels[link.index()] = Some(carried);
            }
        }
        at = end;
    }
}

/// Classes for a network whose map tells only speeds and lanes, by link:
/// | class | rule |
/// |---|---|
/// | freeway | 55 mph and more, at least 2 lanes, no link back between the same nodes (divided); also 50 mph and at least 3 lanes where it carries a freeway straight on (the Bay Bridge) |
/// | ramp | 45 to 54 mph, at most 2 lanes, divided, and joined to a freeway through such links of its own speed |
/// | arterial | 35 mph and more, or at least 3 lanes |
/// | collector | 20 mph and more |
/// | local | the rest |
///
/// Set on the Bay Area (OSM 2018, tertiary and above), where 65 mph is the default of motorways and 50 mph
/// that of their ramps: of its links at 55 mph and more, 168 of the 183 two-way ones have one lane
/// (rural highways), and of those at 50 mph with one or two lanes 48 % touch a freeway link directly.
pub fn classes(network: &Network) -> Vec<RoadClass> {
    let pairs: BTreeSet<(NodeId, NodeId)> = network.links.iter().map(|link| (link.from, link.to)).collect();
    let is_divided = |link: &Link| !pairs.contains(&(link.to, link.from));
    let mph = |link: &Link| link.freespeed_mps / MPS_PER_MPH + 0.01;
    let mut classes: Vec<RoadClass> = network
        .links
        .iter()
        .map(|link| match mph(link) {
            speed if speed >= 55.0 && link.lanes >= 2.0 && is_divided(link) => RoadClass::Freeway,
            speed if speed >= 35.0 || link.lanes >= 3.0 => RoadClass::Arterial,
            speed if speed >= 20.0 => RoadClass::Collector,
            _ => RoadClass::Local,
        })
        .collect();
    let is_wide = |link: &Link| mph(link) >= 50.0 && link.lanes >= 3.0 && is_divided(link);
    spread(network, &mut classes, RoadClass::Freeway, |link, next| {
        let turn = turn_deg(network.bearing_deg(link), network.bearing_deg(next));
        let (link, next) = (network.link(link), network.link(next));
        is_wide(next) && turn <= 30.0 && (link.to == next.from || link.from == next.to)
    });
    let may_be_ramp =
        |link: &Link| (45.0..55.0).contains(&mph(link)) && link.lanes <= 2.0 && is_divided(link);
    let is_freeway: Vec<bool> = classes.iter().map(|class| *class == RoadClass::Freeway).collect();
    spread(network, &mut classes, RoadClass::Ramp, |link, next| {
        let is_same = network.link(link).freespeed_mps == network.link(next).freespeed_mps;
        may_be_ramp(network.link(next)) && (is_freeway[link.index()] || is_same)
    });
    classes
}

/// Gives `class` to the links that `joins(link, next)` reaches, step by step over common nodes, from the
/// freeways and then from the links reached. Freeways stay freeways.
fn spread(
    network: &Network,
    classes: &mut [RoadClass],
    class: RoadClass,
    joins: impl Fn(LinkId, LinkId) -> bool,
) {
    let mut reached: Vec<LinkId> =
        network.link_ids().filter(|link| classes[link.index()] == RoadClass::Freeway).collect();
    while let Some(link) = reached.pop() {
        let ends = [network.link(link).from, network.link(link).to];
        let around = ends.into_iter().flat_map(|n| network.out_links(n).iter().chain(network.in_links(n)));
        for &next in around {
            let is_taken = [RoadClass::Freeway, class].contains(&classes[next.index()]);
            if !is_taken && joins(link, next) {
                classes[next.index()] = class;
                reached.push(next);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Node;
    use crate::network::tests::plain_link;
    use crate::projection::Crs;

    /// A freeway of four links 0→4 eastwards along y = 0 with a frontage road beside it and one link back.
    fn freeway() -> Network {
        let at = |x_m: f64, y_m: f64| Node { name: format!("{x_m} {y_m}"), x_m, y_m };
        let nodes = vec![
            at(0.0, 0.0),
            at(500.0, 0.0),
            at(1000.0, 0.0),
            at(1500.0, 0.0),
            at(2000.0, 0.0),
            at(0.0, -60.0),
            at(500.0, -60.0),
            at(700.0, 50.0),
        ];
        let ends = [(0, 1), (1, 2), (2, 3), (3, 4), (5, 6), (4, 0), (1, 7)];
        let mut links: Vec<_> = ends.iter().enumerate().map(|(i, &(a, b))| plain_link(i, a, b)).collect();
        for (i, link) in links.iter_mut().enumerate() {
            link.lanes = 2.0;
            link.freespeed_mps = match i {
                4 => 35.0,
                6 => 50.0,
                _ => 65.0,
            } * MPS_PER_MPH;
        }
        let mut network = Network::new("t", Crs::Plane, nodes, links, vec![]).unwrap();
        for (link, class) in classes(&network).into_iter().enumerate() {
            network.links[link].class = class;
        }
        network
    }

    fn stretch(route: &str, direction: char, points_m: &[(f64, f64)]) -> RouteStretch {
        RouteStretch { route: route.into(), direction, points_m: points_m.to_vec() }
    }

    #[test]
    fn classes_follow_speed_lanes_and_joins() {
        let classes: Vec<_> = freeway().links.iter().map(|link| link.class).collect();
        use RoadClass::*;
        assert_eq!(classes, [Freeway, Freeway, Freeway, Freeway, Arterial, Freeway, Ramp]);
    }

    #[test]
    fn a_slow_wide_bridge_is_part_of_the_freeway() {
        let mut network = freeway();
        network.links[2].freespeed_mps = 50.0 * MPS_PER_MPH;
        assert_eq!(classes(&network)[2], RoadClass::Ramp, "two lanes at 50 mph");
        network.links[2].lanes = 5.0;
        assert_eq!(classes(&network)[2], RoadClass::Freeway);
        // The same road across the traffic is none.
        network.links[6].lanes = 5.0;
        network.nodes[7].y_m = 5000.0;
        assert_eq!(classes(&network)[6], RoadClass::Arterial);
    }

    #[test]
    fn a_long_way_drawn_straight_bends() {
        let mut network = freeway();
        assert_eq!(bend_m(&network, LinkId(0)), 0.0);
        // Half a circle over 500 m is π/2 as long; a flat arc is 327 m high, capped at a quarter.
        network.links[0].length_m = 250.0 * std::f64::consts::PI;
        assert_eq!(bend_m(&network, LinkId(0)), 125.0);
        // An arc of 1 rad: radius 521.5 m, height R (1 − cos ½) = 63.8 m.
        network.links[0].length_m = 521.45;
        assert!((bend_m(&network, LinkId(0)) - 63.8).abs() < 1.0);
    }

    #[test]
    fn direction_comes_from_the_bearing_and_frontage_roads_stay_bare() {
        let stretches = [
            stretch("80", 'E', &[(0.0, 80.0), (900.0, 120.0)]),
            stretch("80", 'W', &[(2000.0, 20.0), (0.0, 20.0)]),
        ];
        let labels = routes(&freeway(), &stretches, &Rule { carry_m: 600.0, ..Rule::default() });
        let direction: Vec<_> = labels.iter().map(|l| l.as_ref().map(|l| (l.direction, l.how))).collect();
        let (near, far) = (Some(('E', How::Stretch)), None);
        assert_eq!(direction, [near, near, far, far, None, Some(('W', How::Stretch)), None]);
        assert!((labels[0].as_ref().unwrap().distance_m - 91.0).abs() < 1.0);
        // A longer reach carries the label to the end of the carriageway.
        let labels = routes(&freeway(), &stretches, &Rule::default());
        assert_eq!(labels[3].as_ref().map(|l| (l.direction, l.how)), Some(('E', How::Carried)));
    }

    #[test]
    fn a_crossing_route_does_not_break_the_chain() {
        let stretches = [
            stretch("80", 'E', &[(0.0, 80.0), (2000.0, 80.0)]),
            stretch("13", 'E', &[(1200.0, -30.0), (1300.0, 10.0)]),
        ];
        let labels = routes(&freeway(), &stretches, &Rule::default());
        assert!(labels[..4].iter().all(|l| l.as_ref().is_some_and(|l| l.route == "80")), "{labels:?}");
        assert_eq!(labels[2].as_ref().unwrap().how, How::Carried);
    }

    #[test]
    fn a_hole_between_two_routes_stays_a_hole() {
        let stretches = [
            stretch("80", 'E', &[(0.0, 20.0), (400.0, 20.0)]),
            stretch("580", 'E', &[(1600.0, 20.0), (2000.0, 20.0)]),
        ];
        let rule = Rule { freeway_m: 100.0, ..Rule::default() };
        let labels = routes(&freeway(), &stretches, &rule);
        let routes: Vec<_> = labels[..4].iter().map(|l| l.as_ref().map(|l| l.route.as_str())).collect();
        assert_eq!(routes, [Some("80"), None, None, Some("580")]);
    }

    #[test]
    fn turns_are_between_0_and_180() {
        assert_eq!((turn_deg(350.0, 10.0), turn_deg(90.0, 270.0), turn_deg(0.0, 0.0)), (20.0, 180.0, 0.0));
    }
}

//! Where a link is, in the words of signs and maps: `80 E at Powell Street`, `Main Street at 3rd Avenue`,
//! `ramp from 80 E to Powell Street`.

use super::{Link, Network, RoadClass};
use crate::id::{LinkId, NodeId};
use std::collections::BTreeMap;

/// How far along its own road the next crossing is looked for, metres.
const AHEAD_M: f64 = 3000.0;
/// Most links of a ramp between a freeway and a street with a name.
const RAMP_LINKS: usize = 8;

/// The location of each link; `None` where nothing around it has a name. A road is named after its route, else its
/// street; the crossing is the next one with a name in the direction of travel, of two the road that does not run beside this one,
/// then the wider one.
///
/// `known` names crossings on links where the network itself may not (detectors tell where they stand). It is asked where no
/// crossing with a name lies ahead on the same link.
pub fn locations(network: &Network, known: &BTreeMap<LinkId, String>) -> Vec<Option<String>> {
    let naming = Naming { network, known };
    network.link_ids().map(|link| naming.location(link)).collect()
}

/// The name of a link's road: route and direction, else the street.
pub fn road(link: &Link) -> Option<String> {
    match (&link.route, &link.street) {
        (Some((route, direction)), _) => Some(format!("{route} {direction}")),
        (None, street) => street.as_deref().map(str::to_string),
    }
}

/// Which way along the road.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Ahead,
    Back,
}

struct Naming<'a> {
    network: &'a Network,
    known: &'a BTreeMap<LinkId, String>,
}

impl Naming<'_> {
    fn location(&self, id: LinkId) -> Option<String> {
        let link = self.network.link(id);
        let Some(road) = road(link) else {
            return (link.class == RoadClass::Ramp).then(|| self.ramp(id)).flatten();
        };
        Some(match self.crossing(id) {
            Some(crossing) => format!("{road} at {crossing}"),
            None => road,
        })
    }

    /// A ramp without a name, by what it joins.
    fn ramp(&self, id: LinkId) -> Option<String> {
        let end = |way| self.end_of_ramp(id, way, None);
        match (end(Way::Back), end(Way::Ahead)) {
            (Some(from), Some(to)) => Some(format!("ramp from {from} to {to}")),
            (Some(from), None) => Some(format!("ramp from {from}")),
            (None, Some(to)) => Some(format!("ramp to {to}")),
            (None, None) => None,
        }
    }

    /// The next crossing with a name along the road of a link.
    fn crossing(&self, start: LinkId) -> Option<String> {
        let (mut id, mut ahead_m) = (start, 0.0);
        while ahead_m <= AHEAD_M {
            let link = self.network.link(id);
            if let Some(name) = self.crossing_at(id).or_else(|| self.known.get(&id).cloned()) {
                return Some(name);
            }
            let mut next = self.network.out_links(link.to).iter().copied();
            id = next.find(|next| self.network.link(*next).to != link.from && self.is_same(*next, link))?;
            ahead_m += self.network.link(id).length_m;
        }
        None
    }

    /// The name of the other road at the end of a link, also of one that only ramps lead to.
    fn crossing_at(&self, id: LinkId) -> Option<String> {
        let (network, link) = (self.network, self.network.link(id));
        let around = |node: NodeId| {
            let out = network.out_links(node).iter().map(|id| (*id, Way::Ahead));
            out.chain(network.in_links(node).iter().map(|id| (*id, Way::Back)))
        };
        let named = |(at, way): (LinkId, Way)| -> Option<(bool, RoadClass, String)> {
            let other = network.link(at);
            match road(other) {
                Some(name) if !is_one_road(other, link) => {
                    Some((self.are_parallel(at, id), other.class, name))
                }
                None if other.class == RoadClass::Ramp && link.class != RoadClass::Ramp => {
                    let name = self.end_of_ramp(at, way, Some(id))?;
                    Some((false, RoadClass::Ramp, name))
                }
                _ => None,
            }
        };
        around(link.to).filter_map(named).min().map(|(.., name)| name)
    }

    /// The first road with a name at an end of a ramp, other than the road of `but`; rather one across it than beside it.
    fn end_of_ramp(&self, ramp: LinkId, way: Way, but: Option<LinkId>) -> Option<String> {
        let mut id = ramp;
        for _ in 0..RAMP_LINKS {
            let link = self.network.link(id);
            let next = match way {
                Way::Ahead => self.network.out_links(link.to),
                Way::Back => self.network.in_links(link.from),
            };
            let named = next.iter().filter_map(|&next| {
                let road_ahead = self.network.link(next);
                let is_own = but.is_some_and(|but| is_one_road(road_ahead, self.network.link(but)));
                let is_beside = but.is_some_and(|but| self.are_parallel(next, but));
                let name = road(road_ahead).filter(|_| !is_own && !turns_back(link, road_ahead))?;
                Some((is_beside, road_ahead.class, name))
            });
            if let Some((.., name)) = named.min() {
                return Some(name);
            }
            id = *next.iter().find(|next| {
                let next = self.network.link(**next);
                next.class == RoadClass::Ramp && !turns_back(link, next)
            })?;
        }
        None
    }

    /// Whether two links lead the same way or the opposite one, to within 30 degrees.
    fn are_parallel(&self, a: LinkId, b: LinkId) -> bool {
        let turn_deg = (self.network.bearing_deg(a) - self.network.bearing_deg(b)).rem_euclid(180.0);
        turn_deg.min(180.0 - turn_deg) < 30.0
    }

    fn is_same(&self, id: LinkId, link: &Link) -> bool {
        is_one_road(self.network.link(id), link)
    }
}

/// Whether two links are of one road, in whatever direction: a street stays one where it is a route for a part of its way.
fn is_one_road(a: &Link, b: &Link) -> bool {
    let same_route = matches!((&a.route, &b.route), (Some((a, _)), Some((b, _))) if a == b);
    same_route || a.street.is_some() && a.street == b.street
}

/// Whether one link is the other's opposite.
fn turns_back(a: &Link, b: &Link) -> bool {
    a.from == b.to && a.to == b.from
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Node;
    use crate::network::tests::plain_link;
    use crate::projection::Crs;

    /// A freeway 0 → 1 → 2 → 3 with an exit at 1 by a ramp 1 → 4 → 5 to a street 5 ↔ 6 that crosses another at 6.
    fn interchange() -> Network {
        let at = [(0, 0), (1, 0), (2, 0), (3, 0), (1, -1), (2, -1), (2, -2), (3, -2)];
        let node = |(i, (x, y)): (usize, (i32, i32))| Node {
            name: i.to_string(),
            x_m: 100.0 * f64::from(x),
            y_m: 100.0 * f64::from(y),
        };
        let nodes = at.into_iter().enumerate().map(node).collect();
        let ends = [(0, 1), (1, 2), (2, 3), (1, 4), (4, 5), (5, 6), (6, 5), (6, 7), (3, 0)];
        let mut links: Vec<Link> =
            ends.iter().enumerate().map(|(name, &(from, to))| plain_link(name, from, to)).collect();
        for link in &mut links[..3] {
            link.class = RoadClass::Freeway;
            link.route = Some(("80".into(), 'E'));
        }
        for link in &mut links[3..5] {
            link.class = RoadClass::Ramp;
        }
        links[5].street = Some("Powell Street".into());
        links[6].route = Some(("123".into(), 'N'));
        links[6].street = Some("Powell Street".into());
        links[7].street = Some("Hollis Street".into());
        Network::new("t", Crs::Plane, nodes, links, Vec::new()).unwrap()
    }

    #[test]
    fn links_are_named_after_their_road_and_the_next_crossing() {
        let known = BTreeMap::from([(LinkId(2), "Carlson Blvd".to_string())]);
        let told = locations(&interchange(), &known);
        let told: Vec<&str> = told.iter().map(|name| name.as_deref().unwrap_or("?")).collect();
        assert_eq!(
            told,
            [
                "80 E at Powell Street",
                "80 E at Carlson Blvd",
                "80 E at Carlson Blvd",
                "ramp from 80 E to Powell Street",
                "ramp from 80 E to Powell Street",
                "Powell Street at Hollis Street",
                "123 N at 80 E",
                "Hollis Street",
                "?",
            ]
        );
    }
}

//! Which link does a detector station stand on, and how sure is that?
//!
//! Confidence is a product of five parts, each in 0..=1:
//! | part | value |
//! |---|---|
//! | distance | `exp(−d / 100 m − b / 1000 m)`, `b` the part of the distance that a bend the drawing hides explains ([`bend_m`]), `d` the rest (ramps: to the ramp or its merge or diverge, the nearer) |
//! | route | 1 when the link carries the station's route and direction; 0.4 when it carries none |
//! | bearing | `(3 + cos Δ) / 4`, `Δ` between the link and the compass letter: signed directions wander |
//! | lanes | `(1 + fewer / more) / 2` of the lanes of link and station |
//! | kind | 1 on a freeway (ramps: on a ramp), 0.7 on an arterial |
//!
//! Measured on the Bay Area (PeMS district 4, 2017; links drawn straight, classes and routes from
//! [`super::label`]): 1,540 of 1,609 mainline stations find a link, half of them within 7.3 m and 90 % within
//! 83 m of the drawing, and 1,470 of these links have the station's lanes within one. With the default limits
//! 833 of 1,070 ramp stations find a ramp.
//!
//! A station that names its link ([`Station::link`]) has confidence 1.
//!
//! Mainline and carpool lane: a network without carpool lanes carries both on one link, so a carpool
//! station within 200 m of a mainline station of the same link joins it, and their volumes are added.
//! Two mainline stations on one link see the same stream one after the other: each stays a site of its own.

mod ramp;

use super::label::{Segment, bend_m, segments, turn_deg};
use super::station::{Counts, Station, StationKind};
use crate::float::{cos, exp, sqrt};
use crate::id::LinkId;
use crate::network::{Network, RoadClass};
use rstar::{PointDistance, RTree};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Limits of the search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Farthest link with the station's route and direction, metres; its hidden bend ([`bend_m`]) is added.
    pub labelled_m: f64,
    /// Farthest freeway link without any route, metres, the bend likewise.
    pub bare_m: f64,
    /// Farthest ramp (or its merge or diverge) of a ramp station, metres, the bend likewise.
    pub ramp_m: f64,
    /// Farthest mainline station to which a carpool station is added, metres.
    pub carpool_m: f64,
    /// How far to look for the nearest link when telling why a station was not matched, metres.
    pub search_m: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Self { labelled_m: 100.0, bare_m: 40.0, ramp_m: 200.0, carpool_m: 200.0, search_m: 1000.0 }
    }
}

/// A link and the stations that together count it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Site {
    /// The link that the station counts.
    pub link: LinkId,
    /// Positions in [`Counts::stations`]: the first is the main one, the volumes of all are added.
    pub stations: Vec<u32>,
    /// Kind of the main station.
    pub kind: StationKind,
    /// From the main station to the link, metres.
    pub distance_m: f64,
    /// Between the link and the station's compass letter, degrees; 0 for a station without a route.
    pub turn_deg: f64,
    /// 0..=1; the formula is the module's.
    pub confidence: f64,
}

/// Why a station has no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The source gives neither position nor link.
    NoPosition,
    /// The source gives a position but no route and no link.
    NoRoute,
    /// The link it names is not in the network.
    UnknownLink,
    /// The name was already used by an earlier station.
    Duplicate,
    /// No observation: nothing to compare.
    NoObservation,
    /// The network has no links of its kind (ramps), or its kind is not compared (connectors between
    /// freeways, collector-distributor roads, others).
    KindNotSimulated,
    /// No link of its route within the search distance.
    NoSuchRoute,
    /// Links of its route are near, but only of another direction.
    DirectionDiffers,
    /// A link of its route and direction exists, but farther than the limit.
    TooFar,
    /// A ramp station whose ramps nearby were all taken by nearer stations, or that has none.
    NoFreeRamp,
    /// A carpool station without a mainline station beside it: it sees a part of the link's traffic only.
    CarpoolAlone,
}

impl Reason {
    /// The reason in words, as a report shows it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoPosition => "no position",
            Self::NoRoute => "no route",
            Self::UnknownLink => "unknown link",
            Self::Duplicate => "duplicate",
            Self::NoObservation => "no observation",
            Self::KindNotSimulated => "kind not simulated",
            Self::NoSuchRoute => "no such route",
            Self::DirectionDiffers => "direction differs",
            Self::TooFar => "too far",
            Self::NoFreeRamp => "no free ramp",
            Self::CarpoolAlone => "carpool alone",
        }
    }
}

/// A station without a link.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unmatched {
    /// Position in [`Counts::stations`].
    pub station: u32,
    /// Its name in the source.
    pub name: String,
    /// Why no link was found.
    pub reason: Reason,
    /// To the nearest link that would fit but for the limit, metres, where there is one.
    pub distance_m: Option<f64>,
}

/// What became of all stations.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Matching {
    /// Links with their stations, in the order of the main stations.
    pub sites: Vec<Site>,
    /// Stations without a link, in their order.
    pub unmatched: Vec<Unmatched>,
}

impl Matching {
    /// Number of stations that have a link.
    pub fn n_matched(&self) -> usize {
        self.sites.iter().map(|site| site.stations.len()).sum()
    }

    /// Number of unmatched stations by reason.
    pub fn reasons(&self) -> BTreeMap<Reason, u32> {
        let mut reasons = BTreeMap::new();
        self.unmatched.iter().for_each(|u| *reasons.entry(u.reason).or_default() += 1);
        reasons
    }
}

/// A link found for a station.
struct Found {
    link: LinkId,
    distance_m: f64,
    turn_deg: f64,
    confidence: f64,
}

/// Why none was found, and how far the nearest was.
struct Missed(Reason, Option<f64>);

impl From<Reason> for Missed {
    fn from(reason: Reason) -> Self {
        Self(reason, None)
    }
}

/// Finds the link of each station.
///
/// [`crate::network::Link::route`] and [`crate::network::Link::class`] must be set (see [`super::label`]).
/// Each ramp is given to the nearest station only.
pub fn find(network: &Network, counts: &Counts, rule: &Rule) -> Matching {
    let finder = Finder::new(network, rule);
    let observed: BTreeSet<u32> = counts.hours.iter().map(|hour| hour.station).collect();
    let mut names = BTreeSet::new();
    let mut matching = Matching::default();
    let mut carpool = Vec::new();
    let mut ramps = Vec::new();
    for (number, station) in (0u32..).zip(&counts.stations) {
        let found = if !names.insert(station.name.as_str()) {
            Err(Reason::Duplicate.into())
        } else if !observed.contains(&number) {
            Err(Reason::NoObservation.into())
        } else if station.link.is_none() && matches!(station.kind, StationKind::OnRamp | StationKind::OffRamp)
        {
            ramps.push(number);
            continue;
        } else {
            finder.find(station)
        };
        match found {
            Ok(found) if station.kind == StationKind::Hov && station.link.is_none() => {
                carpool.push((number, found));
            }
            found => matching.keep(number, station, found),
        }
    }
    join_carpool(&mut matching, counts, carpool, rule);
    finder.match_ramps(&mut matching, counts, &ramps);
    matching.sites.sort_by_key(|site| site.stations[0]);
    matching.unmatched.sort_by_key(|unmatched| unmatched.station);
    matching
}

impl Matching {
    /// Files the outcome for a station among sites or unmatched stations.
    fn keep(&mut self, number: u32, station: &Station, found: Result<Found, Missed>) {
        match found {
            Ok(Found { link, distance_m, turn_deg, confidence }) => self.sites.push(Site {
                link,
                stations: vec![number],
                kind: station.kind,
                distance_m,
                turn_deg,
                confidence,
            }),
            Err(Missed(reason, distance_m)) => {
                let name = station.name.clone();
                self.unmatched.push(Unmatched { station: number, name, reason, distance_m });
            }
        }
    }
}

/// Adds each carpool station to the nearest mainline station of its link.
fn join_carpool(matching: &mut Matching, counts: &Counts, carpool: Vec<(u32, Found)>, rule: &Rule) {
    for (number, found) in carpool {
        let station = &counts.stations[number as usize];
        let partner = matching
            .sites
            .iter_mut()
            .filter(|site| site.link == found.link && site.kind == StationKind::Mainline)
            .filter(|site| site.stations.len() == 1)
            .filter_map(|site| {
                let main = &counts.stations[site.stations[0] as usize];
                Some((distance_m(main.xy_m?, station.xy_m?), site))
            })
            .filter(|(apart_m, _)| *apart_m <= rule.carpool_m)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        match partner {
            Some((_, site)) => site.stations.push(number),
            None => matching.keep(number, station, Err(Reason::CarpoolAlone.into())),
        }
    }
}

/// Links by name and by place.
struct Finder<'a> {
    network: &'a Network,
    rule: &'a Rule,
    by_name: BTreeMap<&'a str, LinkId>,
    roads: RTree<Segment>,
}

impl<'a> Finder<'a> {
    /// Prepares a search: all pieces of freeways and numbered roads in a tree by place.
    fn new(network: &'a Network, rule: &'a Rule) -> Self {
        let by_name = network.link_ids().map(|link| (network.link(link).name.as_str(), link)).collect();
        let is_road = |link: LinkId| {
            let link = network.link(link);
            link.class == RoadClass::Freeway || link.route.is_some()
        };
        let pieces = network
            .link_ids()
            .filter(|&link| is_road(link))
            .flat_map(|link| segments(link.index(), &network.points(link)).collect::<Vec<_>>())
            .collect();
        Self { network, rule, by_name, roads: RTree::bulk_load(pieces) }
    }

    /// The link of a station that is not on a ramp.
    fn find(&self, station: &Station) -> Result<Found, Missed> {
        if let Some(name) = &station.link {
            let link = *self.by_name.get(name.as_str()).ok_or(Reason::UnknownLink)?;
            return Ok(Found { link, distance_m: 0.0, turn_deg: 0.0, confidence: 1.0 });
        }
        let at = station.xy_m.ok_or(Reason::NoPosition)?;
        let (route, direction) = station.route.as_ref().ok_or(Reason::NoRoute)?;
        match station.kind {
            StationKind::Mainline | StationKind::Hov | StationKind::Conventional => {}
            _ => return Err(Reason::KindNotSimulated.into()),
        }
        let near = self.near(at);
        let best = near
            .iter()
            .filter_map(|(&link, &apart_m)| self.candidate(station, *direction, route, link, apart_m))
            .max_by(|a, b| a.confidence.total_cmp(&b.confidence).then(b.link.cmp(&a.link)));
        best.ok_or_else(|| self.why_not(route, *direction, &near))
    }

    /// Links within the search distance with their distances, metres.
    fn near(&self, (x_m, y_m): (f64, f64)) -> BTreeMap<LinkId, f64> {
        let mut near = BTreeMap::new();
        for piece in self.roads.locate_within_distance([x_m, y_m], self.rule.search_m * self.rule.search_m) {
            let apart_m = sqrt(piece.distance_2(&[x_m, y_m]));
            let best: &mut f64 = near.entry(LinkId(piece.data)).or_insert(apart_m);
            *best = best.min(apart_m);
        }
        near
    }

    /// A link as a candidate for a station, with its confidence; `None` when route, direction or distance
    /// forbid it.
    fn candidate(
        &self,
        station: &Station,
        direction: char,
        route: &str,
        link: LinkId,
        distance_m: f64,
    ) -> Option<Found> {
        let road = self.network.link(link);
        let turn_deg = turn_deg(self.network.bearing_deg(link), compass_deg(direction)?);
        let hidden_m = bend_m(self.network, link).min(distance_m);
        let beyond_m = distance_m - hidden_m;
        let of_route = match &road.route {
            Some((number, way)) if number == route && *way == direction => {
                (beyond_m <= self.rule.labelled_m).then_some(1.0)
            }
            None if turn_deg <= 75.0 => (beyond_m <= self.rule.bare_m).then_some(0.4),
            _ => None,
        }?;
        let of_kind = if road.class == RoadClass::Freeway { 1.0 } else { 0.7 };
        let confidence =
            of_route * of_kind * of_place(beyond_m + hidden_m / 10.0, turn_deg, road.lanes, station.lanes);
        Some(Found { link, distance_m, turn_deg, confidence })
    }

    /// Why no link near a station was taken: all of its route too far, the other direction, or no such
    /// route.
    fn why_not(&self, route: &str, direction: char, near: &BTreeMap<LinkId, f64>) -> Missed {
        let nearest = |is_fit: &dyn Fn(char) -> bool| {
            near.iter()
                .filter(|(link, _)| {
                    let label = &self.network.link(**link).route;
                    label.as_ref().is_some_and(|(number, way)| number == route && is_fit(*way))
                })
                .map(|(_, &apart_m)| apart_m)
                .min_by(f64::total_cmp)
        };
        match (nearest(&|way| way == direction), nearest(&|_| true)) {
            (Some(apart_m), _) => Missed(Reason::TooFar, Some(apart_m)),
            (None, Some(apart_m)) => Missed(Reason::DirectionDiffers, Some(apart_m)),
            (None, None) => Reason::NoSuchRoute.into(),
        }
    }
}

/// The parts of the confidence for distance, bearing and lanes. A station of unknown lanes (0) has 1 there.
fn of_place(distance_m: f64, turn_deg: f64, lanes: f64, station_lanes: u8) -> f64 {
    let station_lanes = f64::from(station_lanes);
    let of_lanes = if station_lanes > 0.0 {
        (1.0 + lanes.min(station_lanes) / lanes.max(station_lanes)) / 2.0
    } else {
        1.0
    };
    exp(-distance_m / 100.0) * (3.0 + cos(turn_deg.to_radians())) / 4.0 * of_lanes
}

/// Bearing of a compass letter, degrees.
fn compass_deg(direction: char) -> Option<f64> {
    match direction {
        'N' => Some(0.0),
        'E' => Some(90.0),
        'S' => Some(180.0),
        'W' => Some(270.0),
        _ => None,
    }
}

fn distance_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    sqrt((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1))
}

#[cfg(test)]
mod tests {
    use super::super::station::HourCount;
    use super::*;
    use crate::network::Node;
    use crate::network::tests::plain_link;
    use crate::projection::Crs;

    /// US-101: northbound 0→1→2 along x = 0, southbound 3→4 along x = −20, an on-ramp 5→1 and an off-ramp 1→6.
    fn road() -> Network {
        let at = |x_m: f64, y_m: f64| Node { name: format!("{x_m} {y_m}"), x_m, y_m };
        let nodes = vec![
            at(0.0, 0.0),
            at(0.0, 500.0),
            at(0.0, 1000.0),
            at(-20.0, 1000.0),
            at(-20.0, 0.0),
            at(50.0, 400.0),
            at(50.0, 600.0),
        ];
        let ends = [(0, 1), (1, 2), (3, 4), (5, 1), (1, 6)];
        let mut links: Vec<_> = ends.iter().enumerate().map(|(i, &(a, b))| plain_link(i, a, b)).collect();
        for (i, link) in links.iter_mut().enumerate() {
            link.class = if i < 3 { RoadClass::Freeway } else { RoadClass::Ramp };
            link.lanes = 3.0;
            link.route = (i < 3).then(|| ("101".to_string(), if i < 2 { 'N' } else { 'S' }));
        }
        Network::new("t", Crs::Plane, nodes, links, vec![]).unwrap()
    }

    fn station(name: &str, kind: StationKind, route: &str, direction: char, xy_m: (f64, f64)) -> Station {
        let route = Some((route.to_string(), direction));
        Station { name: name.into(), route, kind, xy_m: Some(xy_m), lanes: 3, link: None, crossing: None }
    }

    fn observed(stations: Vec<Station>) -> Counts {
        let hours = (0..stations.len() as u32)
            .map(|station| HourCount {
                station,
                hour: 8,
                volume_vph: 1000.0,
                volume_sd: None,
                speed_mps: None,
                days: 1,
            })
            .collect();
        Counts { stations, hours, year: None }
    }

    #[test]
    fn each_station_finds_its_carriageway_and_its_ramp() {
        use StationKind::*;
        let counts = observed(vec![
            station("n", Mainline, "101", 'N', (-10.0, 200.0)),
            station("s", Mainline, "101", 'S', (-10.0, 200.0)),
            station("hov", Hov, "101", 'N', (-10.0, 210.0)),
            station("on", OnRamp, "101", 'N', (0.0, 450.0)),
            station("off", OffRamp, "101", 'N', (0.0, 450.0)),
            station("on too", OnRamp, "101", 'N', (0.0, 440.0)),
        ]);
        let matching = find(&road(), &counts, &Rule::default());
        let sites: Vec<_> = matching.sites.iter().map(|s| (s.link.0, s.stations.clone())).collect();
        assert_eq!(sites, [(0, vec![0, 2]), (2, vec![1]), (3, vec![3]), (4, vec![4])]);
        assert_eq!(matching.n_matched(), 5);
        assert_eq!(matching.reasons(), BTreeMap::from([(Reason::NoFreeRamp, 1)]));
        let want = (-0.1f64).exp();
        assert!((matching.sites[0].confidence - want).abs() < 1e-12, "{:?}", matching.sites[0]);
    }

    #[test]
    fn every_reason_is_told() {
        use StationKind::*;
        let mut stations = vec![
            station("far", Mainline, "101", 'N', (400.0, 200.0)),
            station("east", Mainline, "101", 'E', (0.0, 200.0)),
            station("other", Mainline, "880", 'N', (0.0, 200.0)),
            station("hov", Hov, "101", 'N', (0.0, 200.0)),
            station("conn", Connector, "101", 'N', (0.0, 200.0)),
            station("far", Mainline, "101", 'N', (0.0, 200.0)),
            station("nowhere", Mainline, "101", 'N', (0.0, 0.0)),
            station("bare", Mainline, "101", 'N', (0.0, 0.0)),
            station("named", Mainline, "101", 'N', (0.0, 0.0)),
            station("misnamed", Mainline, "101", 'N', (0.0, 0.0)),
            station("silent", Mainline, "101", 'N', (0.0, 200.0)),
        ];
        stations[6].xy_m = None;
        stations[7].route = None;
        stations[8].link = Some("1".into());
        stations[9].link = Some("no".into());
        let mut counts = observed(stations);
        counts.hours.pop();
        let matching = find(&road(), &counts, &Rule::default());
        let reasons: Vec<_> = matching.unmatched.iter().map(|u| (u.station, u.reason)).collect();
        use Reason::*;
        let want = [
            (0, TooFar),
            (1, DirectionDiffers),
            (2, NoSuchRoute),
            (3, CarpoolAlone),
            (4, KindNotSimulated),
            (5, Duplicate),
            (6, NoPosition),
            (7, NoRoute),
            (9, UnknownLink),
            (10, NoObservation),
        ];
        assert_eq!(reasons, want);
        assert_eq!((matching.sites.len(), matching.sites[0].link.0), (1, 1));
        assert!((matching.unmatched[0].distance_m.unwrap() - 400.0).abs() < 1e-9);
    }

    #[test]
    fn a_network_without_ramps_says_so() {
        let mut network = road();
        network.links.iter_mut().for_each(|link| link.class = RoadClass::Freeway);
        let counts = observed(vec![station("on", StationKind::OnRamp, "101", 'N', (0.0, 450.0))]);
        let matching = find(&network, &counts, &Rule::default());
        assert_eq!(matching.unmatched[0].reason, Reason::KindNotSimulated);
    }
}

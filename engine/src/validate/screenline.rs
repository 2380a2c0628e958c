//! Screenlines: how much traffic crosses a line, by direction and hour, beside what was counted on it?
//!
//! A planner checks a region by the traffic over a river, a ridge or a ring around the centre: errors of single roads cancel
//! there, and what is left is too much or too little travel (FHWA, Travel Model Validation and Reasonability Checking Manual,
//! second edition, 2010, section 9.2). A volume is that at the end of a link, as at stations ([`super::counts`]): who parks on a
//! link that crosses is not in it, and who sets out from there is.
//!
//! Begin with [`Screenline::across`], which finds the links, and [`measure`], which counts. What was counted is told beside the
//! run on the same links in the same hours, never beside the whole line: a sum over stations is less than one over all roads,
//! whatever the run does.

use super::counts::Row;
use super::fit::{Fit, Pair};
use super::travel::Hourly;
use crate::float::atan2;
use crate::id::LinkId;
use crate::network::Network;
use crate::traffic::LinkBins;
use serde::Serialize;
use std::collections::BTreeMap;

/// A place in metres.
type Point = (f64, f64);

/// A line and the links that cross it.
#[derive(Debug, Clone, PartialEq)]
pub struct Screenline {
    /// Its name.
    pub name: String,
    /// The links by direction, one or two of them, each with one link at least unless no link crosses at all.
    pub directions: Vec<Direction>,
}

/// The links over a screenline in one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Direction {
    /// `northbound`, `north-eastbound`, …; of a ring `inbound` or `outbound`.
    pub name: String,
    /// The links, ascending.
    pub links: Vec<LinkId>,
}

/// Traffic over a screenline in one direction, vehicles of the whole population. The simulated sum is of all links; the observed
/// one and that of the run at the counts are of the links with a station, each in the hours in which it counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Crossed {
    /// Name of the screenline.
    pub screenline: String,
    /// Name of the direction.
    pub direction: String,
    /// Names of the links that cross.
    pub links: Vec<String>,
    /// Those with a station.
    pub n_counted: u64,
    /// Sum of all links in the day.
    pub simulated: f64,
    /// Sum of the counts; 0 where nothing was counted.
    pub observed: f64,
    /// Sum of the run at the same links and hours.
    pub simulated_at_counts: f64,
    /// How the hourly sums agree.
    #[serde(flatten)]
    pub fit: Fit,
    /// By clock hour, 24.
    pub hours: Vec<Hour>,
}

/// One clock hour, vehicles an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Hour {
    /// Volume of all links.
    pub simulated_vph: f64,
    /// Links with a count in this hour.
    pub n_counted: u64,
    /// Sum of their counts; `None` where there is none.
    pub observed_vph: Option<f64>,
    /// Sum of the run on the same links.
    pub simulated_at_counts_vph: Option<f64>,
}

impl Screenline {
    /// The screenline along `line`, two points or more in metres; a ring where it ends where it begins. A link belongs to it
    /// if it changes sides: who only touches the line, or crosses it twice, does not.
    pub fn across(name: &str, network: &Network, line: &[Point]) -> Self {
        let (mut forward, mut backward) = (Vec::new(), Vec::new());
        let boxed = bounds(line);
        for id in network.link_ids() {
            let points = network.points(id);
            if !overlap(boxed, bounds(&points)) {
                continue;
            }
            match crossings(line, &points) {
                0 => {}
                n if n > 0 => forward.push(id),
                _ => backward.push(id),
            }
        }
        let names = match (line.first(), line.last()) {
            (Some(first), Some(last)) if first == last => {
                // Left of a ring that runs counter-clockwise is its inside; forward is from left to right.
                let (inside, outside) = ("inbound".to_string(), "outbound".to_string());
                if area(line) > 0.0 { [outside, inside] } else { [inside, outside] }
            }
            (Some(first), Some(last)) => {
                let (dx, dy) = (last.0 - first.0, last.1 - first.1);
                [heading(dy, -dx), heading(-dy, dx)]
            }
            _ => Default::default(),
        };
        Self { name: name.into(), directions: directions(names, [forward, backward]) }
    }

    /// The screenline that these links cross: those that head like the first within a right angle, and those that head against
    /// it.
    pub fn of_links(name: &str, network: &Network, links: &[LinkId]) -> Self {
        let vector = |id: LinkId| {
            let points = network.points(id);
            let (first, last) = (points[0], points[points.len() - 1]);
            (last.0 - first.0, last.1 - first.1)
        };
        let first = links.first().map_or((1.0, 0.0), |id| vector(*id));
        let with = |id: &LinkId| {
            let (x, y) = vector(*id);
            x * first.0 + y * first.1 >= 0.0
        };
        let (forward, backward): (Vec<LinkId>, Vec<LinkId>) = links.iter().copied().partition(with);
        let mean = forward.iter().map(|id| vector(*id)).fold((0.0, 0.0), |sum, v| (sum.0 + v.0, sum.1 + v.1));
        let names = [heading(mean.0, mean.1), heading(-mean.0, -mean.1)];
        Self { name: name.into(), directions: directions(names, [forward, backward]) }
    }
}

/// The directions that have a link, links ascending and each once: the order in which they are named changes nothing.
fn directions(names: [String; 2], links: [Vec<LinkId>; 2]) -> Vec<Direction> {
    let direction = |(name, mut links): (String, Vec<LinkId>)| {
        links.sort_unstable();
        links.dedup();
        Direction { name, links }
    };
    names.into_iter().zip(links).map(direction).filter(|of| !of.links.is_empty()).collect()
}

/// `eastbound` and the like, for the nearest of eight winds.
fn heading(x: f64, y: f64) -> String {
    const WINDS: [&str; 8] =
        ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
    let eighth = (atan2(x, y).to_degrees().rem_euclid(360.0) / 45.0).round() as usize % 8;
    format!("{}bound", WINDS[eighth])
}

/// How often a way crosses a line from its left to its right, less how often the other way.
fn crossings(line: &[Point], way: &[Point]) -> i32 {
    let mut sum = 0;
    for part in line.windows(2) {
        for step in way.windows(2) {
            let [from, to] = [step[0], step[1]].map(|at| is_right([part[0], part[1]], at, 1.0));
            let [begin, end] = [part[0], part[1]].map(|at| is_right([step[0], step[1]], at, -1.0));
            if from != to && begin != end {
                sum += if to { 1 } else { -1 };
            }
        }
    }
    sum
}

/// Whether a point lies right of the line from `a` to `b`. Where it lies on it, as if all ways were shifted by less than any
/// distance (first to the east, then to the north): so who goes through a corner of a line crosses one of its parts, and who
/// comes back crosses it again. `shift`: 1 where the point is that of a way, −1 where the line is.
fn is_right([a, b]: [Point; 2], at: Point, shift: f64) -> bool {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let sides = [dx * (at.1 - a.1) - dy * (at.0 - a.0), -dy * shift, dx * shift];
    sides.into_iter().find(|side| *side != 0.0).is_some_and(|side| side < 0.0)
}

/// Twice the area within a ring, positive where it runs counter-clockwise.
fn area(ring: &[Point]) -> f64 {
    ring.windows(2).map(|side| side[0].0 * side[1].1 - side[1].0 * side[0].1).sum()
}

/// Left, bottom, right and top of some points.
fn bounds(points: &[Point]) -> [f64; 4] {
    let empty = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    points.iter().fold(empty, |[left, bottom, right, top], (x, y)| {
        [left.min(*x), bottom.min(*y), right.max(*x), top.max(*y)]
    })
}

/// Whether two boxes have a point in common.
fn overlap(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

/// Traffic over each screenline, one entry a direction. `rows`: what was counted ([`super::counts::measure_run`]), empty
/// without counts. Of several sites on one link the one that was matched best is taken: they count the same vehicles.
pub fn measure(
    screenlines: &[Screenline],
    network: &Network,
    bins: &LinkBins,
    sample: f64,
    rows: &[Row],
) -> Vec<Crossed> {
    let hourly = Hourly::of(bins);
    let mut counted: BTreeMap<(LinkId, u8), &Row> = BTreeMap::new();
    for row in rows {
        let best = counted.entry((row.link, row.hour)).or_insert(row);
        if row.confidence > best.confidence {
            *best = row;
        }
    }
    let volume =
        |link: LinkId, hour: u8| hourly.left[usize::from(hour) * hourly.n_links + link.index()] / sample;
    let crossed = |name: &str, direction: &Direction| {
        let hour = |hour: u8| {
            let seen: Vec<(LinkId, f64)> = direction
                .links
                .iter()
                .filter_map(|&link| Some((link, counted.get(&(link, hour))?.observed_vph)))
                .collect();
            let some = |sum: f64| (!seen.is_empty()).then_some(sum);
            Hour {
                simulated_vph: direction.links.iter().map(|link| volume(*link, hour)).sum(),
                n_counted: seen.len() as u64,
                observed_vph: some(seen.iter().map(|(_, vph)| vph).sum()),
                simulated_at_counts_vph: some(seen.iter().map(|(link, _)| volume(*link, hour)).sum()),
            }
        };
        let hours: Vec<Hour> = (0..24).map(hour).collect();
        let pair = |hour: &Hour| {
            let (observed_vph, simulated_vph) = hour.observed_vph.zip(hour.simulated_at_counts_vph)?;
            Some(Pair { observed_vph, simulated_vph })
        };
        let pairs: Vec<Pair> = hours.iter().filter_map(pair).collect();
        let has_station = |link: &&LinkId| (0..24).any(|hour| counted.contains_key(&(**link, hour)));
        Crossed {
            screenline: name.into(),
            direction: direction.name.clone(),
            links: direction.links.iter().map(|link| network.link(*link).name.clone()).collect(),
            n_counted: direction.links.iter().filter(has_station).count() as u64,
            simulated: hours.iter().map(|hour| hour.simulated_vph).sum(),
            observed: pairs.iter().map(|pair| pair.observed_vph).sum(),
            simulated_at_counts: pairs.iter().map(|pair| pair.simulated_vph).sum(),
            fit: Fit::of(&pairs),
            hours,
        }
    };
    let all = screenlines.iter().flat_map(|line| line.directions.iter().map(move |of| (&line.name, of)));
    all.map(|(name, direction)| crossed(name, direction)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::counts::tests::row;
    use super::*;
    use crate::id::NodeId;
    use crate::network::tests::ring;
    use proptest::prelude::*;

    /// A ring of three links; its nodes are put at these places.
    fn network(at: [Point; 3]) -> Network {
        let mut network = ring(3);
        for (node, (x, y)) in at.into_iter().enumerate() {
            (network.nodes[node].x_m, network.nodes[node].y_m) = (x, y);
        }
        network.links.iter_mut().for_each(|link| link.shape.clear());
        network
    }

    /// What crosses, as `direction: links`.
    fn told(screenline: &Screenline) -> Vec<String> {
        let of = |direction: &Direction| {
            let links: Vec<String> = direction.links.iter().map(|link| link.0.to_string()).collect();
            format!("{}: {}", direction.name, links.join(" "))
        };
        screenline.directions.iter().map(of).collect()
    }

    #[test]
    fn links_cross_in_their_direction_or_not_at_all() {
        let network = network([(0.0, 0.0), (1000.0, 0.0), (500.0, 800.0)]);
        let ends: Vec<(NodeId, NodeId)> = network.links.iter().map(|link| (link.from, link.to)).collect();
        assert_eq!(ends, [(NodeId(0), NodeId(1)), (NodeId(1), NodeId(2)), (NodeId(2), NodeId(0))]);
        // North through the first link east and the last west.
        let river = Screenline::across("River", &network, &[(300.0, -100.0), (300.0, 900.0)]);
        assert_eq!(told(&river), ["eastbound: 0", "westbound: 2"]);
        // The same drawn from the north: forward is west then.
        let river = Screenline::across("River", &network, &[(300.0, 900.0), (300.0, -100.0)]);
        assert_eq!(told(&river), ["westbound: 2", "eastbound: 0"]);
        // Around the second node: who comes in, and who goes out.
        let corners = [(900.0, -100.0), (1100.0, -100.0), (1100.0, 100.0), (900.0, 100.0), (900.0, -100.0)];
        assert_eq!(told(&Screenline::across("Town", &network, &corners)), ["outbound: 1", "inbound: 0"]);
        let other_way: Vec<Point> = corners.into_iter().rev().collect();
        assert_eq!(told(&Screenline::across("Town", &network, &other_way)), ["inbound: 0", "outbound: 1"]);
        // Elsewhere, and in and out again by one link.
        assert!(Screenline::across("Sea", &network, &[(5000.0, 0.0), (5000.0, 9.0)]).directions.is_empty());
        let bay = [(400.0, -50.0), (400.0, 50.0), (600.0, 50.0), (600.0, -50.0)];
        assert_eq!(told(&Screenline::across("Bay", &network, &bay)), [""; 0]);
    }

    #[test]
    fn named_links_are_parted_by_where_they_head() {
        let network = network([(0.0, 0.0), (1000.0, 0.0), (500.0, 800.0)]);
        let all = [LinkId(0), LinkId(1), LinkId(2)];
        assert_eq!(told(&Screenline::of_links("x", &network, &all)), ["eastbound: 0", "westbound: 1 2"]);
    }

    #[test]
    fn counts_are_held_against_the_same_links_and_hours() {
        let network = network([(0.0, 0.0), (1000.0, 0.0), (500.0, 800.0)]);
        let line = Screenline {
            name: "River".into(),
            directions: vec![Direction { name: "eastbound".into(), links: vec![LinkId(0), LinkId(1)] }],
        };
        let mut bins = LinkBins::new(3, 900, 86_400);
        for (link, hour, n) in [(0, 8, 40), (1, 8, 25), (0, 9, 10)] {
            let bin = bins.bin(hour * 3600);
            bins.left[bin * 3 + link] += n;
        }
        // Two sites on one link count the same vehicles.
        let site = |name: &str, hour, observed_vph, confidence| {
            let (link, observed_vph) = (LinkId(0), observed_vph);
            Row { link, observed_vph, confidence, ..row(name, hour) }
        };
        let rows = [site("a", 8, 300.0, 0.4), site("b", 8, 380.0, 0.9), site("a", 10, 20.0, 0.4)];
        let [of] = &measure(std::slice::from_ref(&line), &network, &bins, 0.1, &rows)[..] else {
            panic!("one direction")
        };
        assert_eq!(
            (of.simulated, of.observed, of.simulated_at_counts, of.n_counted),
            (750.0, 400.0, 400.0, 1)
        );
        let eight = Hour {
            simulated_vph: 650.0,
            n_counted: 1,
            observed_vph: Some(380.0),
            simulated_at_counts_vph: Some(400.0),
        };
        assert_eq!(of.hours[8], eight);
        assert_eq!(of.hours[9], Hour { simulated_vph: 100.0, ..Hour::default() });
        assert_eq!(of.fit.n, 2);
        let [alone] = &measure(&[line], &network, &bins, 0.1, &[])[..] else { panic!("one direction") };
        assert_eq!((alone.simulated, alone.n_counted, alone.fit.n), (750.0, 0, 0));
    }

    proptest! {
        /// A closed way crosses a line as often one way as the other, however it runs; also through its corners.
        #[test]
        fn who_comes_back_has_crossed_evenly(
            way in prop::collection::vec((0i32..6, 0i32..6), 2..8),
            ring in prop::collection::vec((0i32..6, 0i32..6), 3..7),
        ) {
            let places = |points: &[(i32, i32)]| -> Vec<Point> {
                points.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).collect()
            };
            let (mut way, mut ring) = (places(&way), places(&ring));
            way.push(way[0]);
            ring.push(ring[0]);
            prop_assert_eq!(crossings(&ring, &way), 0);
        }
    }
}

//! Functional class and capacity of links that come without them, from what they do have: speed, lanes
//! and topology. Every number is stated here.

use engine::network::{Link, RoadClass};
use engine::unit::MPS_PER_MPH;
use std::collections::BTreeSet;

const fn mph(speed: f64) -> f64 {
    // A hair less, so that 55 mph read as metres per second is at least "55 mph".
    speed * MPS_PER_MPH - 1e-6
}

/// Functional class of each link, in the order of `links`.
///
/// 1. **Freeway**: one-way (no link leads back between the same nodes) and 60 mph or more; or 55 mph
///    and two lanes or more; or 50 mph and three lanes or more. California signs rural freeways at 65-70 and
///    urban ones mostly at 55-65 mph; no signed street has 50 mph on three one-way lanes without being
///    grade-separated, as far as the Bay Area data shows.
/// 2. **Ramp**: one-way, one or two lanes, slower than 55 mph and joined to a freeway link, directly or
///    through other such links of exactly 50 mph (what OSM extracts without a signed speed give
///    `motorway_link`).
/// 3. **Arterial**: 35 mph or more, or two lanes or more at 25 mph or more.
/// 4. **Collector**: the rest. No link becomes local: a network that has local streets tells its classes.
///
/// What it cannot know: a two-lane freeway of 50 mph is taken for a ramp, and a connector between
/// freeways is a ramp by design.
pub fn classify(n_nodes: usize, links: &[Link]) -> Vec<RoadClass> {
    let pairs: BTreeSet<_> = links.iter().map(|l| (l.from, l.to)).collect();
    let one_way: Vec<bool> = links.iter().map(|l| !pairs.contains(&(l.to, l.from))).collect();
    let freeway: Vec<bool> = links.iter().zip(&one_way).map(|(l, &one)| one && is_freeway(l)).collect();
    let ramp = ramps(n_nodes, links, &one_way, &freeway);
    let class = |i: usize, link: &Link| match link {
        _ if freeway[i] => RoadClass::Freeway,
        _ if ramp[i] => RoadClass::Ramp,
        l if l.freespeed_mps >= mph(35.0) => RoadClass::Arterial,
        l if l.lanes >= 2.0 && l.freespeed_mps >= mph(25.0) => RoadClass::Arterial,
        _ => RoadClass::Collector,
    };
    links.iter().enumerate().map(|(i, link)| class(i, link)).collect()
}

fn is_freeway(link: &Link) -> bool {
    link.freespeed_mps >= mph(60.0)
        || (link.freespeed_mps >= mph(55.0) && link.lanes >= 2.0)
        || (link.freespeed_mps >= mph(50.0) && link.lanes >= 3.0)
}

/// Spreads from the nodes of freeways over links that can be ramps, until nothing changes.
fn ramps(n_nodes: usize, links: &[Link], one_way: &[bool], freeway: &[bool]) -> Vec<bool> {
    let can_be =
        |i: usize| one_way[i] && !freeway[i] && links[i].lanes <= 2.0 && links[i].freespeed_mps < mph(55.0);
    let at_default_speed =
        |i: usize| links[i].freespeed_mps >= mph(50.0) && links[i].freespeed_mps < mph(51.0);
    let mut of_node: Vec<Vec<usize>> = vec![Vec::new(); n_nodes];
    for (i, link) in links.iter().enumerate().filter(|(i, _)| can_be(*i)) {
        of_node[link.from.index()].push(i);
        of_node[link.to.index()].push(i);
    }
    let mut ramp = vec![false; links.len()];
    let mut open: Vec<usize> = Vec::new();
    for link in links.iter().zip(freeway).filter_map(|(l, &free)| free.then_some(l)) {
        for &i in of_node[link.from.index()].iter().chain(&of_node[link.to.index()]) {
            if !std::mem::replace(&mut ramp[i], true) {
                open.push(i);
            }
        }
    }
    while let Some(i) = open.pop() {
        if !at_default_speed(i) {
            continue;
        }
        for node in [links[i].from, links[i].to] {
            for &next in &of_node[node.index()] {
                if at_default_speed(next) && !std::mem::replace(&mut ramp[next], true) {
                    open.push(next);
                }
            }
        }
    }
    ramp
}

/// Capacity of all lanes of a link of known class, vehicles per hour.
///
/// Per lane: freeway 2,150; ramp 1,550; expressway (an arterial of 45 mph and two lanes or more) 1,650;
/// other arterial 1,050; collector 900; local 600. Source: Metropolitan Transportation Commission, Travel
/// Model One, "Free flow travel speed and capacity look-up tables", suburban area type (the road file tells
/// no area type; MTC's other area types lie up to 5 % lower on freeways, 14 % on arterials and 33 % on
/// collectors); the local street is its collector in the regional core. They are capacities of a road
/// section with its signals, in passenger cars.
pub fn capacity_vph(link: &Link) -> f64 {
    let of_lane = match link.class {
        RoadClass::Freeway => 2150.0,
        RoadClass::Ramp => 1550.0,
        RoadClass::Arterial if link.freespeed_mps >= mph(45.0) && link.lanes >= 2.0 => 1650.0,
        RoadClass::Arterial => 1050.0,
        RoadClass::Collector => 900.0,
        RoadClass::Local => 600.0,
    };
    of_lane * link.lanes
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::id::NodeId;
    use engine::mode::ModeSet;

    fn link(from: u32, to: u32, speed_mph: f64, lanes: f64) -> Link {
        Link {
            name: format!("{from}-{to}"),
            from: NodeId(from),
            to: NodeId(to),
            length_m: 100.0,
            freespeed_mps: speed_mph * MPS_PER_MPH,
            capacity_vph: 1.0,
            lanes,
            modes: ModeSet::CAR,
            class: RoadClass::Local,
            route: None,
            street: None,
            shape: Vec::new(),
        }
    }

    /// A freeway 0→1→2, an off-ramp in two pieces 1→3→4, a two-way street 4↔5 and a 50-mph road far away.
    #[test]
    fn ramps_hang_on_freeways() {
        let links = [
            link(0, 1, 65.0, 4.0),
            link(1, 2, 65.0, 4.0),
            link(1, 3, 50.0, 1.0),
            link(3, 4, 50.0, 1.0),
            link(4, 5, 30.0, 1.0),
            link(5, 4, 30.0, 1.0),
            link(6, 7, 50.0, 1.0),
            link(8, 9, 55.0, 1.0),
            link(9, 8, 55.0, 1.0),
            link(4, 3, 25.0, 2.0),
        ];
        use RoadClass::{Arterial, Collector, Freeway, Ramp};
        assert_eq!(
            classify(10, &links)[..9],
            [Freeway, Freeway, Ramp, Arterial, Collector, Collector, Arterial, Arterial, Arterial]
        );
        // Without the way back 4→3, the second piece is a ramp too.
        assert_eq!(classify(10, &links[..9])[3], Ramp);
    }

    #[test]
    fn capacity_grows_with_the_class() {
        let of = |class| capacity_vph(&Link { class, ..link(0, 1, 30.0, 2.0) });
        let all: Vec<f64> = RoadClass::ALL.into_iter().map(of).collect();
        assert_eq!(all, [4300.0, 3100.0, 2100.0, 1800.0, 1200.0]);
    }
}

//! The queue model against traffic theory in closed form, against its oracle, and against itself.

use super::Nobody;
use super::check::Check;
use super::{Config, Dynamics, Outcome, oracle, run};
use crate::draw::{Purpose, draw};
use crate::event::{Event, Kind, compare};
use crate::id::{LegId, LinkId, NodeId};
use crate::mode::{Mode, ModeSet};
use crate::network::{Change, Link, Network, Node, RoadClass, Signal};
use crate::projection::Crs;
use crate::trip::{Legs, Routes, Trip};
use crate::twin::grid;
use crate::vehicle::{Class, ClassId, Classes};
use proptest::prelude::*;

/// A link: from, to, length (m), speed (m/s), capacity (veh/h), lanes.
type Row = (usize, usize, f64, f64, f64, f64);

pub(super) fn network(rows: &[Row]) -> Network {
    let n_nodes = rows.iter().map(|row| row.0.max(row.1) + 1).max().unwrap_or(0);
    let nodes = (0..n_nodes).map(|i| Node { name: i.to_string(), x_m: i as f64, y_m: 0.0 }).collect();
    let link = |(i, row): (usize, &Row)| Link {
        name: i.to_string(),
        from: NodeId::new(row.0),
        to: NodeId::new(row.1),
        length_m: row.2,
        freespeed_mps: row.3,
        capacity_vph: row.4,
        lanes: row.5,
        modes: ModeSet::CAR,
        class: RoadClass::Arterial,
        route: None,
        street: None,
        shape: Vec::new(),
    };
    Network::new("test", Crs::Plane, nodes, rows.iter().enumerate().map(link).collect(), Vec::new()).unwrap()
}

/// One person a row: departure and route of the only leg.
pub(super) fn demand(rows: impl IntoIterator<Item = (u32, Vec<u32>)>) -> (Legs, Routes) {
    let (mut legs, mut routes) = (Legs::default(), Routes::default());
    for (depart_s, route) in rows {
        let route: Vec<LinkId> = route.into_iter().map(LinkId).collect();
        legs.push(&[trip(0, Mode::Car, depart_s, &route)], |_| 1);
        routes.push(&route);
    }
    (legs, routes)
}

fn trip(episode: u16, mode: Mode, depart_s: u32, route: &[LinkId]) -> Trip {
    let (from, to) = (route[0], route[route.len() - 1]);
    Trip { episode, mode, vehicle: ClassId::CAR, depart_s, dwell_s: 0, from, to, distance_m: 0.0 }
}

fn day(network: &Network, (legs, routes): &(Legs, Routes), config: &Config) -> (Outcome, Vec<Event>) {
    let mut events = Vec::new();
    let outcome = run(network, legs, routes, &[], config, &mut events).unwrap();
    (outcome, events)
}

/// Seconds at which vehicles enter a link.
fn entries(events: &[Event], link: u32) -> Vec<u32> {
    let enters = |e: &&Event| matches!(e.kind, Kind::Enter | Kind::Push) && e.link == LinkId(link);
    events.iter().filter(enters).map(|e| e.time_s).collect()
}

/// A lone vehicle: floor(length / speed) + 1 a link, floor only on the last.
#[test]
fn free_flow_is_qsims() {
    let network = network(&[
        (0, 1, 100.0, 10.0, 3600.0, 1.0),
        (1, 2, 105.0, 10.0, 3600.0, 1.0),
        (2, 3, 99.9, 10.0, 3600.0, 1.0),
    ]);
    let (outcome, events) = day(&network, &demand([(50, vec![0, 1, 2])]), &Config::default());
    assert_eq!((entries(&events, 1), entries(&events, 2)), (vec![51], vec![62]));
    assert_eq!((outcome.moved[0].depart_s, outcome.moved[0].arrive_s), (50, 71));
    assert_eq!(outcome.bins.left[..3], [1, 1, 0]);
    assert_eq!(
        (&outcome.bins.entered[..3], &outcome.bins.time_sum_s[..3]),
        (&[0, 1, 0][..], &[0, 11, 0][..])
    );
}

/// Deterministic bottleneck (Vickrey 1969): n vehicles at once onto capacity s leave 1/s apart, and the
/// k-th is delayed by k/s.
#[test]
fn a_bottleneck_serves_its_capacity() {
    for (capacity_vph, headway_s) in [(1200.0, 3), (100.0, 36), (1.0, 3600)] {
        let network = network(&[
            (0, 1, 10.0, 10.0, 36_000.0, 9.0),
            (1, 2, 1000.0, 10.0, capacity_vph, 9.0),
            (2, 3, 10.0, 10.0, 36_000.0, 9.0),
        ]);
        let (_, events) = day(&network, &demand((0..20).map(|_| (0, vec![0, 1, 2]))), &Config::default());
        let left = entries(&events, 2);
        assert!(left.windows(2).all(|pair| pair[1] - pair[0] == headway_s), "{left:?}");
    }
    // Demand above capacity for an hour: 30 % more than 900 veh/h leaves 270 in the queue at its end.
    let network = network(&[
        (0, 1, 10.0, 10.0, 36_000.0, 9.0),
        (1, 2, 1000.0, 10.0, 900.0, 99.0),
        (2, 3, 10.0, 10.0, 36_000.0, 9.0),
    ]);
    let arrivals = (0..1170).map(|i| ((f64::from(i) * 3600.0 / 1170.0) as u32, vec![0, 1, 2]));
    let (outcome, events) = day(&network, &demand(arrivals), &Config::default());
    let last = entries(&events, 2).last().copied().unwrap();
    assert!((i64::from(last) - (1170 * 4 + 100)).abs() <= 4, "{last}");
    assert_eq!(outcome.n_arrived, 1170);
}

/// A sample of 10 % on 10 % of the capacity has the same headways in units of its own vehicles.
#[test]
fn the_sample_scales_flow_and_storage() {
    let rows = [
        (0, 1, 10.0, 10.0, 36_000.0, 9.0),
        (1, 2, 750.0, 10.0, 900.0, 2.0),
        (2, 3, 10.0, 10.0, 36_000.0, 9.0),
    ];
    let config = Config { sample: 0.1, storage_exponent: 1.0, ..Config::default() };
    let (_, events) = day(&network(&rows), &demand((0..9).map(|_| (0, vec![0, 1, 2]))), &config);
    let left = entries(&events, 2);
    assert!(left.windows(2).all(|pair| pair[1] - pair[0] == 40), "{left:?}");
    let of = super::link::Attributes::of(&network(&rows).links[1]);
    assert_eq!(of.storage(&network(&rows).links[1], &config), 20);
    let usual = Config { sample: 0.1, ..Config::default() };
    // 200 places · 0.1^0.75 = 35.6
    assert_eq!(of.storage(&network(&rows).links[1], &usual), 36);
}

/// A full link holds length · lanes / 7.5 m vehicles and lets in as many as it lets out.
#[test]
fn spillback_holds_the_storage() {
    let network = network(&[
        (0, 1, 3000.0, 30.0, 3600.0, 1.0),
        (1, 2, 150.0, 30.0, 360.0, 1.0),
        (2, 3, 150.0, 30.0, 3600.0, 1.0),
    ]);
    let config = Config { stuck_s: u32::MAX, ..Config::default() };
    let (outcome, events) = day(&network, &demand((0..100).map(|_| (0, vec![0, 1, 2]))), &config);
    let (entered, left) = (entries(&events, 1), entries(&events, 2));
    // 20 in the queue and 1 in the buffer; from then on one in for one out.
    let first_blocked = entered.windows(2).position(|pair| pair[1] - pair[0] > 1).unwrap();
    assert!((20..=22).contains(&(first_blocked + 1)), "{first_blocked}");
    assert!(entered[first_blocked + 2..].windows(2).all(|pair| pair[1] - pair[0] == 10));
    assert!(left.windows(2).all(|pair| pair[1] - pair[0] == 10));
    assert_eq!(outcome.pushed.iter().sum::<u32>(), 0);
}

/// Two saturated links merge into one in proportion to their capacities (which are far above their
/// shares, so that both always have a vehicle on offer).
#[test]
fn a_merge_shares_by_capacity() {
    let network = network(&[
        (0, 2, 3000.0, 30.0, 10_800.0, 3.0),
        (1, 2, 3000.0, 30.0, 3600.0, 3.0),
        (2, 3, 75.0, 30.0, 1200.0, 1.0),
        (3, 4, 75.0, 30.0, 3600.0, 1.0),
    ]);
    let rows = (0..4000u32).map(|i| (0, vec![i % 2, 2, 3]));
    let config = Config { stuck_s: u32::MAX, end_s: 4000, ..Config::default() };
    let (_, events) = day(&network, &demand(rows), &config);
    let merged: Vec<&Event> =
        events.iter().filter(|e| e.kind == Kind::Enter && e.link == LinkId(2)).collect();
    let from_main = merged.iter().filter(|e| e.person.0 % 2 == 0).count() as f64 / merged.len() as f64;
    // Three quarters, with a standard error of sqrt(0.75 · 0.25 / 1300) = 0.012.
    assert!(merged.len() > 1250 && (from_main - 0.75).abs() < 0.05, "{from_main} of {}", merged.len());
}

/// A queue before a red light that turns green dissolves from the front: with kinematic waves the first
/// free place reaches the start of the link after length / 15 km/h, with plain queues at once.
#[test]
fn kinematic_waves_travel_at_fifteen_kilometres_an_hour() {
    let rows = [
        (0, 1, 3000.0, 30.0, 3600.0, 2.0),
        (1, 2, 750.0, 30.0, 1800.0, 1.0),
        (2, 3, 750.0, 30.0, 3600.0, 1.0),
    ];
    let network = network(&rows);
    let (legs, routes) = demand((0..400).map(|_| (0, vec![0, 1, 2])));
    let closed = |time_s, vph| Change { capacity_vph: Some(vph), ..Change::new(time_s, LinkId(2)) };
    for (dynamics, expected_s) in [(Dynamics::Queue, 2..=4), (Dynamics::KinematicWaves, 180..=185)] {
        let config = Config { stuck_s: u32::MAX, dynamics, ..Config::default() };
        let mut events = Vec::new();
        run(&network, &legs, &routes, &[closed(0, 0.0), closed(2000, 3600.0)], &config, &mut events).unwrap();
        let before = entries(&events, 1).iter().filter(|&&s| s < 2000).count();
        let next = entries(&events, 1)[before] - 2000;
        assert!(expected_s.contains(&next), "{dynamics:?}: {next} s");
        assert!(events.iter().filter(|e| e.kind == Kind::Arrive).count() == 400);
    }
}

/// In a flow that is stationary, the volume with kinematic waves is limited by the fundamental diagram.
#[test]
fn inflow_follows_the_fundamental_diagram() {
    let network = network(&[
        (0, 1, 9000.0, 15.0, 7200.0, 4.0),
        (1, 2, 900.0, 15.0, 7200.0, 1.0),
        (2, 3, 900.0, 15.0, 7200.0, 4.0),
    ]);
    let config = Config { dynamics: Dynamics::KinematicWaves, stuck_s: u32::MAX, ..Config::default() };
    let (_, events) = day(&network, &demand((0..2000).map(|_| (0, vec![0, 1, 2]))), &config);
    let entered = entries(&events, 1);
    // 1 / 7.5 m / (1 / 4.167 + 1 / 15 m/s) = 0.4348 veh/s = 1565 veh/h.
    let flow_vph = 3600.0 * (entered.len() - 1) as f64 / f64::from(entered[entered.len() - 1] - entered[0]);
    assert!((flow_vph - 1565.2).abs() < 2.0, "{flow_vph}");
}

/// A ring where everybody wants into a full link: the stuck rule pushes, and is counted where it does.
#[test]
fn gridlock_is_broken_by_the_stuck_rule() {
    let rows: Vec<Row> = (0..4).map(|i| (i, (i + 1) % 4, 75.0, 15.0, 1800.0, 1.0)).collect();
    let network = network(&rows);
    let people = demand((0..80u32).map(|i| (0, (0..4).map(|step| (i + step) % 4).collect())));
    let (outcome, events) = day(&network, &people, &Config::default());
    let n_pushed = events.iter().filter(|e| e.kind == Kind::Push).count() as u32;
    assert!(n_pushed > 0 && outcome.pushed.iter().sum::<u32>() == n_pushed);
    assert_eq!((outcome.n_arrived, outcome.n_aborted), (80, 0));
    let config = Config { stuck_s: u32::MAX, end_s: 9000, ..Config::default() };
    let (outcome, _) = day(&network, &people, &config);
    assert!(outcome.n_aborted > 0 && outcome.n_arrived + outcome.n_aborted == outcome.n_departed);
}

/// Who needs a closed link waits, is not pushed, and goes on when it opens or is aborted.
#[test]
fn nobody_enters_a_closed_link() {
    let network = network(&[(0, 1, 100.0, 10.0, 3600.0, 1.0), (1, 2, 100.0, 10.0, 3600.0, 1.0)]);
    let (legs, routes) = demand([(0, vec![0, 1]), (500, vec![0, 1]), (501, vec![0, 1])]);
    let close = |time_s, vph| Change { capacity_vph: Some(vph), ..Change::new(time_s, LinkId(1)) };
    let mut events = Vec::new();
    let changes = [close(3, 0.0), close(5000, 1800.0)];
    let config = Config::default();
    let outcome = run(&network, &legs, &routes, &changes, &config, &mut events).unwrap();
    // The first was on the link when it closed, and arrives.
    assert_eq!(outcome.moved[0].arrive_s, 11);
    assert_eq!(entries(&events, 1), [1, 5000, 5001]);
    let outcome = run(&network, &legs, &routes, &changes[..1], &config, &mut Nobody).unwrap();
    assert_eq!((outcome.n_arrived, outcome.n_aborted), (1, 2));
    assert_eq!(outcome.pushed.iter().sum::<u32>(), 0);
}

#[test]
fn a_late_arrival_shifts_the_next_departure() {
    let network = network(&[(0, 1, 1000.0, 10.0, 3600.0, 1.0), (1, 0, 1000.0, 10.0, 3600.0, 1.0)]);
    let (out, home, walk) = ([LinkId(0), LinkId(1)], [LinkId(1), LinkId(0)], [LinkId(0)]);
    let mut legs = Legs::default();
    let back = Trip { dwell_s: 60, ..trip(1, Mode::Car, 50, &home) };
    legs.push(
        &[trip(0, Mode::Car, 10, &out), back, trip(2, Mode::Walk, 0, &walk), trip(3, Mode::Car, 0, &walk)],
        |_| 600,
    );
    let mut routes = Routes::default();
    [&out[..], &home, &[], &walk].iter().for_each(|route| routes.push(route));
    let outcome = run(&network, &legs, &routes, &[], &Config::default(), &mut Nobody).unwrap();
    let times: Vec<(u32, u32)> = outcome.moved.iter().map(|m| (m.depart_s, m.arrive_s)).collect();
    assert_eq!(times, [(10, 111), (171, 272), (273, 873), (874, 875)]);
    assert_eq!((outcome.n_departed, outcome.n_arrived, outcome.n_moves), (4, 4, 2));
}

#[test]
fn input_that_makes_no_sense_is_refused() {
    let network = network(&[(0, 1, 100.0, 10.0, 3600.0, 1.0), (1, 2, 100.0, 10.0, 3600.0, 1.0)]);
    let refuse = |route: &[u32], config: Config, changes: &[Change], what: &str| {
        let (legs, mut routes) = demand([(0, vec![0, 1])]);
        routes.links = route.iter().copied().map(LinkId).collect();
        routes.first = vec![0, route.len() as u32];
        let error = run(&network, &legs, &routes, changes, &config, &mut Nobody).unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains(what), "{error}");
    };
    let config = Config::default();
    refuse(&[], config, &[], "has no route");
    refuse(&[0, 0, 1], config, &[], "jumps");
    refuse(&[0, 7, 1], config, &[], "unknown link");
    refuse(&[0], config, &[], "start or end");
    refuse(&[0, 1], Config { sample: 0.0, ..config }, &[], "sample");
    refuse(&[0, 1], Config { bin_s: 0, ..config }, &[], "bin_s");
    let change = Change { lanes: Some(-1.0), ..Change::new(9, LinkId(0)) };
    refuse(&[0, 1], config, &[change], "lanes");
    let good = Change { lanes: Some(1.0), ..change };
    refuse(&[0, 1], config, &[good, Change { time_s: 1, ..good }], "comes after");
    refuse(&[0, 1], config, &[Change { link: LinkId(5), ..good }], "unknown");
    let (legs, routes) = mixed([(0, vec![0, 1], 6)]);
    let error = run(&network, &legs, &routes, &[], &config, &mut Nobody).unwrap_err();
    assert!(error.to_string().contains("leg 0: has a vehicle of an unknown class"), "{error}");
}

#[test]
fn the_same_seed_gives_the_same_day_and_another_seed_another() {
    let (network, legs, routes) = grid::scenario(8, 3000, 1).unwrap();
    let day = |seed| {
        let mut events = Vec::new();
        run(&network, &legs, &routes, &[], &Config { seed, ..Config::default() }, &mut events).unwrap();
        events
    };
    let first = day(1);
    assert!(first.is_sorted());
    assert_eq!(compare(&first, &day(1)), None);
    assert_ne!(compare(&first, &day(2)), None);
}

/// The ordinary car, a lorry, a motorcycle, a tractor, and vehicles of broken sizes.
fn some_classes() -> Classes {
    let mut classes = Classes::default();
    for (pce, top_speed_mps) in [(3.0, 22.0), (0.5, f64::INFINITY), (2.0, 5.5), (0.37, 9.9), (1.7, 25.0)] {
        let name = format!("class of {pce}");
        let class = Class { name, mode: "truck".into(), pce, top_speed_mps, ..Class::car() };
        classes.add(class, std::path::Path::new("test"), &"").unwrap();
    }
    classes
}

/// As [`demand`], with the class of each person's vehicle: 0 the car, 1 a lorry of 3 cars that drives 22 m/s at most.
fn mixed(rows: impl IntoIterator<Item = (u32, Vec<u32>, u8)>) -> (Legs, Routes) {
    let rows: Vec<_> = rows.into_iter().collect();
    let (mut legs, routes) = demand(rows.iter().map(|(depart_s, route, _)| (*depart_s, route.clone())));
    legs.vehicle = rows.iter().map(|row| ClassId(row.2)).collect();
    legs.classes = some_classes();
    (legs, routes)
}

/// MATSim's rule of flow: while the account is above zero the next vehicle passes, whatever its size, and pays its
/// passenger-car equivalents; so a lorry of 3 makes those behind it wait three times as long as a car does.
///
/// By hand: 900 veh/h are 1/4 car a second. All depart at 0 and are on link 1 in the order of their numbers: the
/// inflow of 10 cars a second takes car, lorry, lorry, car, car, lorry, car (11 PCE) in the seconds 1 and 2 (in the
/// first the account of 10 is spent by 1 + 3 + 3 + 1 + 1 + 3 = 12, and in the second it has earned 8). The link is
/// 1000 m at 20 m/s: 50 s for all of them. The first leaves at 51 (ready at 51, out of the buffer in the next second,
/// so 52 on link 2). After a car the account needs 4 s to be above zero again, after a lorry 12 s: it starts at 1/4,
/// pays 1 (−3/4), and after 4 s stands at 1/4 again.
#[test]
fn a_lorry_of_three_holds_up_as_long_as_three_cars() {
    let network = network(&[
        (0, 1, 10.0, 10.0, 36_000.0, 9.0),
        (1, 2, 1000.0, 20.0, 900.0, 9.0),
        (2, 3, 10.0, 10.0, 36_000.0, 9.0),
    ]);
    let classes = [0, 1, 1, 0, 0, 1, 0];
    let people = mixed(classes.map(|class| (0, vec![0, 1, 2], class)));
    let (outcome, events) = day(&network, &people, &Config::default());
    assert_eq!(entries(&events, 1), [1, 1, 1, 1, 1, 1, 2]);
    // Headways behind car, lorry, lorry, car, car, lorry.
    let headways = [4, 12, 12, 4, 4, 12];
    let wanted: Vec<u32> = headways.iter().scan(52, |at, h| Some(std::mem::replace(at, *at + h))).collect();
    assert_eq!(entries(&events, 2)[..6], wanted);
    assert_eq!(entries(&events, 2)[6], 52 + headways.iter().sum::<u32>());
    assert_eq!(outcome.n_arrived, 7);
}

/// MATSim's rule of storage: a vehicle may enter while the sum of passenger-car equivalents in the queue is below the
/// places, however large it is. 150 m hold 20 cars; lorries of 3 enter at sums of 0, 3, …, 18: seven (21 places) are
/// in the queue when the link is full, and one or two more in its buffer, which does not count. A closed exit shows it:
/// nobody leaves link 1 but the one lorry that the account lets into the buffer.
#[test]
fn a_short_link_is_full_of_seven_lorries() {
    let network = network(&[
        (0, 1, 3000.0, 30.0, 36_000.0, 9.0),
        (1, 2, 150.0, 30.0, 360.0, 1.0),
        (2, 3, 150.0, 30.0, 36_000.0, 9.0),
    ]);
    let closed = [Change { capacity_vph: Some(0.0), ..Change::new(0, LinkId(2)) }];
    let config = Config { stuck_s: u32::MAX, end_s: 2000, ..Config::default() };
    for (class, n_queue) in [(0, 20), (1, 7)] {
        let (legs, routes) = mixed((0..100).map(|_| (0, vec![0, 1, 2], class)));
        let mut events = Vec::new();
        run(&network, &legs, &routes, &closed, &config, &mut events).unwrap();
        assert_eq!(entries(&events, 1).len(), n_queue + 1, "class {class}");
        assert_eq!(entries(&events, 2), [0; 0]);
    }
}

/// The lower of the two speeds counts (MATSim's `DefaultLinkSpeedCalculator`), and nobody overtakes: 1000 m at 40 m/s
/// are 25 s for a car, 45 s for a lorry (22 m/s), and 45 s less its lead for the car behind the lorry.
#[test]
fn a_top_speed_holds_up_those_behind() {
    let network = network(&[
        (0, 1, 10.0, 10.0, 3600.0, 9.0),
        (1, 2, 1000.0, 40.0, 36_000.0, 9.0),
        (2, 3, 10.0, 10.0, 36_000.0, 9.0),
    ]);
    let people = mixed([(0, vec![0, 1, 2], 0), (100, vec![0, 1, 2], 1), (105, vec![0, 1, 2], 0)]);
    let (_, events) = day(&network, &people, &Config::default());
    assert_eq!(entries(&events, 1), [1, 101, 106]);
    assert_eq!(entries(&events, 2), [1 + 25 + 1, 101 + 45 + 1, 101 + 45 + 1]);
}

/// A class that moves as the car does gives the day of cars, to the event, though it is looked up.
#[test]
fn classes_alone_change_nothing() {
    let (network, mut legs, routes) = grid::scenario(8, 3000, 1).unwrap();
    let day = |legs: &Legs| {
        let mut events = Vec::new();
        run(&network, legs, &routes, &[], &Config { sample: 0.3, ..Config::default() }, &mut events).unwrap();
        events
    };
    let cars = day(&legs);
    // One leg in the small hours, alone on the road and no slower than it, makes everybody's class be looked up.
    legs.classes = Classes::default();
    let class = Class { name: "coach".into(), mode: "coach".into(), top_speed_mps: 200.0, ..Class::car() };
    let coach = legs.classes.add(class, std::path::Path::new("test"), &"").unwrap();
    legs.vehicle[0] = coach;
    assert_eq!(compare(&cars, &day(&legs)), None);
    legs.classes = some_classes();
    assert_ne!(compare(&cars, &day(&legs)), None);
}

/// A random small world: network, legs, routes, changes, configuration, all from one seed.
pub(super) fn world(seed: u64) -> (Network, (Legs, Routes), Vec<Change>, Config) {
    let mut stream = draw(seed, Purpose::Test, 1, 0);
    let n_nodes = 2 + stream.below(7);
    // A ring, so that every walk can go on, and some links more.
    let n_links = n_nodes + stream.below(2 * n_nodes);
    let rows: Vec<Row> = (0..n_links)
        .map(|i| {
            let (from, to) = if i < n_nodes {
                (i, (i + 1) % n_nodes)
            } else {
                (stream.below(n_nodes), stream.below(n_nodes))
            };
            let length_m = 1.0 + 400.0 * stream.uniform() * stream.uniform();
            let capacity_vph = [60.0, 600.0, 1800.0, 5000.0, 7200.0][stream.below(5) as usize];
            (
                from as usize,
                to as usize,
                length_m,
                3.0 + 30.0 * stream.uniform(),
                capacity_vph,
                f64::from(1 + stream.below(2)),
            )
        })
        .collect();
    let network = network(&rows);
    let (mut legs, mut routes) = (Legs::default(), Routes::default());
    legs.classes = some_classes();
    // Half of the worlds have cars only: they take the short way through the model.
    let n_classes = [1, legs.classes.all().len() as u32][stream.below(2) as usize];
    let window_s = 1 + stream.below(600);
    for _ in 0..stream.below(150) {
        let mut trips = Vec::new();
        let mut at = LinkId(stream.below(n_links));
        let mut depart_s = stream.below(window_s);
        for episode in 0..stream.below(4) {
            let mut route = vec![at];
            for _ in 0..stream.below(12) {
                let out = network.out_links(network.link(at).to);
                at = out[stream.below(out.len() as u32) as usize];
                route.push(at);
            }
            let mode = if stream.below(5) == 0 { Mode::Bike } else { Mode::Car };
            let vehicle = ClassId(stream.below(n_classes) as u8);
            let dwell_s = stream.below(40);
            trips.push(Trip { vehicle, dwell_s, ..trip(episode as u16, mode, depart_s, &route) });
            routes.push(if mode.drives() { &route } else { &[] });
            depart_s += stream.below(300);
        }
        let teleport_s = stream.below(100);
        legs.push(&trips, |_| teleport_s);
    }
    let changes = (0..stream.below(6)).map(|i| Change {
        time_s: 200 * i + stream.below(200),
        link: LinkId(stream.below(n_links)),
        capacity_vph: [None, Some(0.0), Some(300.0), Some(3000.0)][stream.below(4) as usize],
        freespeed_mps: [None, Some(2.0), Some(40.0)][stream.below(3) as usize],
        lanes: [None, Some(0.5), Some(3.0)][stream.below(3) as usize],
        signal: [None, None, Some(Signal { cycle_s: 20, offset_s: 7, green_s: 9 }), Some(Signal::NONE)]
            [stream.below(4) as usize],
    });
    let changes = changes.collect();
    let config = Config {
        storage_exponent: 0.75,
        sample: [1.0, 0.3, 0.1][stream.below(3) as usize],
        stuck_s: [0, 5, 30, u32::MAX][stream.below(4) as usize],
        dynamics: [Dynamics::Queue, Dynamics::KinematicWaves][stream.below(2) as usize],
        end_s: 600 + stream.below(6000),
        seed,
        bin_s: 100,
        parts: 1 + stream.below(4) as usize,
    };
    (network, (legs, routes), changes, config)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Event by event the same as the slow, obvious model; nobody lost; bins and legs as the events say.
    #[test]
    fn random_days_are_the_oracles(seed in any::<u64>()) {
        let (network, (legs, routes), changes, config) = world(seed);
        let mut events = Vec::new();
        let check = Check::new(&network, legs.n_persons(), &changes, &config, &mut events);
        let mut check = check.with_vehicles(&legs).with_links();
        let outcome = run(&network, &legs, &routes, &changes, &config, &mut check).unwrap();
        let checked = check.finish().unwrap();
        prop_assert_eq!((checked.n_departed, checked.n_moves), (outcome.n_departed, outcome.n_moves));
        let plain = oracle::run(&network, &legs, &routes, &changes, &config);
        let difference = compare(&events, &plain);
        prop_assert!(difference.is_none(), "{}", difference.unwrap());
        prop_assert!(events.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert_eq!(outcome.n_departed, outcome.n_arrived + outcome.n_aborted);
        let count = |kinds: &[Kind]| events.iter().filter(|e| kinds.contains(&e.kind)).count() as u64;
        prop_assert_eq!(outcome.n_departed, count(&[Kind::Depart, Kind::DepartTeleported]));
        prop_assert_eq!(outcome.n_arrived, count(&[Kind::Arrive, Kind::ArriveTeleported]));
        prop_assert_eq!(outcome.n_aborted, count(&[Kind::Abort]));
        prop_assert_eq!(outcome.n_moves, count(&[Kind::Enter, Kind::Push]));
        prop_assert_eq!(outcome.pushed.iter().map(|&n| u64::from(n)).sum::<u64>(), count(&[Kind::Push]));
        prop_assert_eq!(outcome.bins.left.iter().map(|&n| u64::from(n)).sum::<u64>(), outcome.n_moves);
        check_legs(&legs, &outcome, &events);
    }
}

/// The legs of the outcome tell what the events tell.
fn check_legs(legs: &Legs, outcome: &Outcome, events: &[Event]) {
    let mut leg = legs.first.clone();
    for event in events {
        let present = &mut leg[event.person.index()];
        match event.kind {
            Kind::Depart | Kind::DepartTeleported => {
                assert_eq!(outcome.moved[*present as usize].depart_s, event.time_s);
                assert!(event.time_s >= legs.depart_s[*present as usize]);
            }
            Kind::Arrive | Kind::ArriveTeleported => {
                assert_eq!(outcome.moved[*present as usize].arrive_s, event.time_s);
                *present += 1;
            }
            Kind::Abort => {
                assert_eq!(outcome.moved[LegId(*present).index()].arrive_s, u32::MAX);
            }
            _ => {}
        }
    }
}

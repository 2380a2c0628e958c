//! Rerouting on a ring and a grid; a toy day that must reach equilibrium.

use super::*;
use crate::error::Result;
use crate::id::LinkId;
use crate::mode::Mode;
use crate::route::LinkTimes;
use crate::route::router::tests::grid;
use crate::trip::Trip;

/// Routes of the first iteration: every car leg on the shortest path of its departure bin. Also the car legs
/// without a way ([`stranded_message`] tells the user); their routes are empty.
///
/// # Errors
/// When the routes together have more links than an index can hold.
pub(crate) fn first_routes(router: &Router, times: &LinkTimes, legs: &Legs) -> Result<(Routes, Vec<LegId>)> {
    let chosen = car_legs(legs);
    let found = router.find(times, &queries(legs, &chosen))?;
    let stranded = found.stranded().into_iter().map(|at| chosen[at]).collect();
    Ok((merge(legs.len(), &chosen, &found.routes, |_| &[]), stranded))
}

fn legs_on(network: &crate::network::Network, n_persons: u64) -> Legs {
    let n_links = network.links.len() as u32;
    let mut legs = Legs::default();
    for person in 0..n_persons {
        let mut stream = draw(11, Purpose::Test, person, 0);
        let trips: Vec<Trip> = (0..2)
            .map(|episode| Trip {
                episode,
                mode: if stream.below(4) == 0 { Mode::Walk } else { Mode::Car },
                vehicle: crate::vehicle::ClassId::CAR,
                depart_s: stream.below(7_200) + u32::from(episode) * 7_200,
                dwell_s: 0,
                from: LinkId(stream.below(n_links)),
                to: LinkId(stream.below(n_links)),
                distance_m: 1.0,
            })
            .collect();
        legs.push(&trips, |_| 60);
    }
    legs
}

/// Times of a day by the volumes of its routes (BPR with a small capacity), departures only.
fn congested(network: &crate::network::Network, legs: &Legs, routes: &Routes) -> LinkTimes {
    let mut volume = vec![0.0f32; network.links.len() * 8];
    for leg in car_legs(legs) {
        let bin = (legs.depart_s[leg.index()] / 1_800) as usize;
        for link in &routes.of(leg)[1..] {
            volume[bin * network.links.len() + link.index()] += 1.0;
        }
    }
    let mut times = LinkTimes::free_flow(network, 1_800, 8);
    for (time_s, volume) in times.time_s.iter_mut().zip(volume) {
        *time_s *= 1.0 + 0.15 * (volume / 25.0).powi(4);
    }
    times
}

/// Lives days until the gap is below `target`; returns the gap of each.
fn live(choice: Choice, target: f64, days: u32) -> (Vec<f64>, Routes) {
    let network = grid(10);
    let mut legs = legs_on(&network, 2_000);
    let router = Router::new(&network, Mode::Car).unwrap();
    let free = LinkTimes::free_flow(&network, 1_800, 8);
    let (mut routes, stranded) = first_routes(&router, &free, &legs).unwrap();
    assert_eq!(stranded_message(&router, &legs, &stranded), None);
    let mut drivers = Drivers::new(choice, legs.len(), None);
    let mut gaps = Vec::new();
    for iteration in 0..days {
        let times = congested(&network, &legs, &routes);
        let depart_s = legs.depart_s.clone();
        let (asked, _) = ask(&legs, iteration, usize::MAX, 0, 1);
        let response = respond(&router, &times, &legs, &depart_s, &routes, &asked, Search::Exact).unwrap();
        assert_eq!(response.legs, car_legs(&legs));
        let gap = response.gap(3_600).relative;
        assert!(gap >= 0.0);
        gaps.push(gap);
        if gap <= target {
            break;
        }
        let day = Yesterday { iteration, times: &times, depart_s: &depart_s, gap, asked: 1.0, seed: 1 };
        drivers.choose(&response, &mut legs, &mut routes, &day);
    }
    (gaps, routes)
}

#[test]
fn those_who_lose_lead_to_equilibrium() {
    let (gaps, _) = live(Choice::default(), 0.005, 40);
    assert!(gaps[0] > 0.05, "the test is too easy: {gaps:?}");
    assert!(gaps.len() < 40, "{gaps:?}");
    let memory = Choice { method: Method::RouteMemory, routes: 4, logit_per_min: 20.0, ..Choice::default() };
    let (gaps, _) = live(memory, 0.01, 40);
    assert!(gaps.len() < 40, "{gaps:?}");
}

#[test]
fn the_same_days_on_any_number_of_threads() {
    let memory = Choice { method: Method::RouteMemory, routes: 3, logit_per_min: 2.0, ..Choice::default() };
    for choice in [Choice::default(), memory] {
        let runs = [1, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| live(choice, 0.0, 4))
        });
        assert_eq!(runs[0], runs[1]);
    }
}

#[test]
fn who_is_on_a_best_route_stays_and_who_changes_gains() {
    let network = grid(6);
    let mut legs = legs_on(&network, 2_000);
    let router = Router::new(&network, Mode::Car).unwrap();
    let free = LinkTimes::free_flow(&network, 1_800, 8);
    let first = first_routes(&router, &free, &legs).unwrap().0;
    let times = congested(&network, &legs, &first);
    let depart_s = legs.depart_s.clone();
    let (exactly, roughly) = ask(&legs, 0, 400, 800, 5);
    let asked: Vec<LegId> =
        car_legs(&legs).into_iter().filter(|l| exactly.contains(l) || roughly.contains(l)).collect();
    assert!((300..500).contains(&exactly.len()) && (300..500).contains(&roughly.len()));
    assert_eq!(asked.len(), exactly.len() + roughly.len());
    assert_ne!(exactly, ask(&legs, 1, 400, 800, 5).0);
    assert_ne!(exactly, ask(&legs, 0, 400, 800, 6).0);
    let of =
        |asked: &[LegId], search| respond(&router, &times, &legs, &depart_s, &first, asked, search).unwrap();
    let response = of(&exactly, Search::Exact).and(&of(&roughly, Search::Frozen));
    assert_eq!(response.legs, asked);
    // The exact search finds at least what the frozen one finds.
    let rough = of(&exactly, Search::Frozen);
    let better = (0..exactly.len()).filter(|&at| {
        response.legs.binary_search(&rough.legs[at]).is_ok_and(|both| {
            assert!(response.best_s[both] <= rough.best_s[at] + 1e-6);
            response.best_s[both] < rough.best_s[at]
        })
    });
    assert!(better.count() > 0);
    let mut routes = first.clone();
    let mut drivers = Drivers::new(Choice::default(), legs.len(), None);
    let gap = response.gap(3_600).relative;
    let day = Yesterday { iteration: 0, times: &times, depart_s: &depart_s, gap, asked: 0.27, seed: 1 };
    let n_changed = drivers.choose(&response, &mut legs, &mut routes, &day);
    assert_eq!(legs.depart_s, depart_s);
    let changed: Vec<LegId> =
        (0..legs.len()).map(LegId::new).filter(|&leg| routes.of(leg) != first.of(leg)).collect();
    assert_eq!(changed.len(), n_changed);
    assert!(!changed.is_empty() && changed.iter().all(|leg| asked.contains(leg)));
    for leg in changed {
        let cost_s = |routes: &Routes| times.route_cost_s(routes.of(leg), depart_s[leg.index()]).1;
        assert!(cost_s(&routes) < cost_s(&first));
    }
    for (leg, &mode) in legs.mode.iter().enumerate() {
        assert_eq!(routes.of(LegId::new(leg)).is_empty(), mode != Mode::Car);
    }
}

#[test]
fn the_gap_is_told_by_window_and_a_part_of_the_legs_is_near_all() {
    let network = grid(10);
    let legs = legs_on(&network, 2_000);
    let router = Router::new(&network, Mode::Car).unwrap();
    let free = LinkTimes::free_flow(&network, 1_800, 8);
    let routes = first_routes(&router, &free, &legs).unwrap().0;
    let gap = |times: &LinkTimes, most: usize| {
        let (asked, _) = ask(&legs, 0, most, 0, 1);
        respond(&router, times, &legs, &legs.depart_s, &routes, &asked, Search::Exact).unwrap().gap(3_600)
    };
    // Weights are rounded to milliseconds, hence not exactly zero.
    assert!(gap(&free, usize::MAX).relative < 1e-6);
    let times = congested(&network, &legs, &routes);
    let (all, part) = (gap(&times, usize::MAX), gap(&times, 800));
    assert!((600..1_000).contains(&part.n_legs), "{}", part.n_legs);
    assert!((part.relative / all.relative - 1.0).abs() < 0.3, "{} {}", part.relative, all.relative);
    assert_eq!(all.by_window.len(), 4);
    let known: Vec<f64> = all.by_window.iter().flatten().copied().collect();
    let (low, high) =
        (known.iter().copied().fold(f64::MAX, f64::min), known.iter().copied().fold(0.0, f64::max));
    assert!(low <= all.relative && all.relative <= high && low < high);
}

/// Vickrey's bottleneck (1969), one route: who may leave when he likes queues less, and nobody arrives in vain.
#[test]
fn departures_spread_until_waiting_and_wrong_time_balance() {
    let network = crate::route::tests::two_ways();
    let mut legs = Legs::default();
    let trip = |depart_s| Trip {
        episode: 0,
        mode: Mode::Car,
        vehicle: crate::vehicle::ClassId::CAR,
        depart_s,
        dwell_s: 0,
        from: LinkId(0),
        to: LinkId(4),
        distance_m: 1.0,
    };
    (0..600).for_each(|_| legs.push(&[trip(28_800)], |_| 60));
    let router = Router::new(&network, Mode::Car).unwrap();
    let empty = LinkTimes::free_flow(&network, 300, 288);
    let schedule = Schedule { step_s: 300, steps: 4, ..Schedule::default() };
    let wishes = Wishes::of_plan(schedule, &router, &empty, &legs).unwrap();
    let mut drivers = Drivers::new(Choice::default(), legs.len(), Some(wishes));
    let mut routes = first_routes(&router, &empty, &legs).unwrap().0;
    let mut gaps = Vec::new();
    for iteration in 0..60 {
        // The last link passes 100 vehicles in five minutes: a point queue by bins.
        let mut times = empty.clone();
        let mut queue = 0.0f64;
        for bin in 0..times.n_bins {
            let came = legs.depart_s.iter().filter(|s| **s as usize / 300 == bin).count() as f64;
            queue = (queue + came - 100.0).max(0.0);
            times.time_s[bin * times.n_links + 4] += (queue * 3.0) as f32;
        }
        let depart_s = legs.depart_s.clone();
        let (asked, _) = ask(&legs, iteration, usize::MAX, 0, 1);
        let mut response =
            respond(&router, &times, &legs, &depart_s, &routes, &asked, Search::Exact).unwrap();
        drivers.weigh(&mut response, &times, &legs, &depart_s, &routes);
        gaps.push(response.gap(3_600).excess_s);
        let gap = response.gap(3_600).relative;
        let day = Yesterday { iteration, times: &times, depart_s: &depart_s, gap, asked: 1.0, seed: 1 };
        drivers.choose(&response, &mut legs, &mut routes, &day);
    }
    assert!(gaps[0] > 300.0 && gaps[gaps.len() - 1] < 0.2 * gaps[0], "{gaps:?}");
    // 600 vehicles at 100 in five minutes take half an hour, more of it early than late: late costs four times as much.
    let early = legs.depart_s.iter().filter(|s| **s < 28_800).count();
    assert!(early > 300, "{early}");
}

#[test]
fn chances_grow_with_the_loss_and_days_end() {
    let rule = Rule { most: 0.2, half: 0.05, share: 1.0 };
    assert_eq!(rule.chance(0.0, 9.0), 0.0);
    assert!((rule.chance(0.05, 0.0) - 0.1).abs() < 1e-12 && rule.chance(1e9, 1.0) > 0.199);
    assert!(rule.chance(0.05, 1.0) < 0.01);
    assert_eq!(Stop { gap: 0.0, iterations: 2 }.reason(&[0.5]), None);
    assert!(Stop { gap: 0.0, iterations: 2 }.reason(&[0.5, 0.4]).is_some());
}

#[test]
fn one_good_day_is_not_enough() {
    let stop = Stop { gap: 0.03, iterations: 9 };
    assert_eq!(stop.reason(&[0.02]), None);
    assert_eq!(stop.reason(&[0.02, 0.035]), None);
    assert_eq!(stop.reason(&[0.035, 0.02]), None);
    assert!(stop.reason(&[0.5, 0.03, 0.029]).is_some());
}

/// Nine trips at noon without a loss, and one at 17 h that takes twice its best time: the day hides the peak.
#[test]
fn the_gap_of_a_peak_is_told_apart_from_the_day() {
    let noon = 12 * 3600;
    let response = Response {
        legs: (0..10).map(LegId).collect(),
        used_s: [vec![100.0; 9], vec![200.0]].concat(),
        best_s: vec![100.0; 10],
        left_s: [vec![noon; 9], vec![17 * 3600]].concat(),
        ..Response::default()
    };
    let gap = response.gap(3600);
    assert!((gap.relative - 0.1).abs() < 1e-12 && gap.by_window[12] == Some(0.0));
    assert_eq!(gap.peaks, [None, Some(1.0)]);
}

/// Pigou's two routes with a point queue: 40 s straight on and what waits there, or 80 s around. Each bin sends more
/// than the straight road passes, so at equilibrium it keeps a queue of just the 40 s that the way around costs more,
/// and passes exactly its capacity: the rest drives around.
#[test]
fn a_bottleneck_keeps_the_queue_that_makes_both_ways_equal() {
    const CAPACITY: f64 = 400.0;
    let network = crate::route::tests::two_ways();
    let mut legs = Legs::default();
    for person in 0..12_000u32 {
        let depart_s = 28_800 + person * 3 / 2;
        let (from, to) = (LinkId(0), LinkId(4));
        let trip = Trip {
            episode: 0,
            mode: Mode::Car,
            vehicle: crate::vehicle::ClassId::CAR,
            depart_s,
            dwell_s: 0,
            from,
            to,
            distance_m: 1.0,
        };
        legs.push(&[trip], |_| 60);
    }
    let router = Router::new(&network, Mode::Car).unwrap();
    let empty = LinkTimes::free_flow(&network, 900, 96);
    let mut routes = first_routes(&router, &empty, &legs).unwrap().0;
    let mut drivers = Drivers::new(Choice::default(), legs.len(), None);
    let (mut gap, mut straight) = (f64::MAX, Vec::new());
    for iteration in 0..80 {
        let came = |bin: usize| {
            (0..legs.len())
                .filter(|&leg| legs.depart_s[leg] as usize / 900 == bin)
                .filter(|&leg| routes.of(LegId::new(leg)).contains(&LinkId(1)))
                .count() as f64
        };
        straight = (0..96).map(came).collect();
        let (mut times, mut queue) = (empty.clone(), 0.0f64);
        for (bin, came) in straight.iter().enumerate() {
            queue = (queue + came - CAPACITY).max(0.0);
            times.time_s[bin * times.n_links + 1] += (queue / CAPACITY * 900.0) as f32;
        }
        let depart_s = legs.depart_s.clone();
        let (asked, _) = ask(&legs, iteration, usize::MAX, 0, 1);
        let response = respond(&router, &times, &legs, &depart_s, &routes, &asked, Search::Exact).unwrap();
        gap = response.gap(3_600).relative;
        let day = Yesterday { iteration, times: &times, depart_s: &depart_s, gap, asked: 1.0, seed: 1 };
        drivers.choose(&response, &mut legs, &mut routes, &day);
    }
    assert!(gap < 0.03, "{gap}");
    // 600 come in each bin from the 32nd to the 51st. The queue of the first is kept, so the others pass the capacity.
    let later: f64 = straight[34..52].iter().sum::<f64>() / 18.0;
    assert!((later - CAPACITY).abs() < 0.01 * CAPACITY, "{straight:?}");
}

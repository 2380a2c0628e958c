//! Rerouting on a ring and a grid; a toy day that must reach equilibrium.

use super::*;
use crate::id::LinkId;
use crate::route::router::tests::grid;
use crate::trip::Trip;

fn legs_on(network: &crate::network::Network, n_persons: u64) -> Legs {
    let n_links = network.links.len() as u32;
    let mut legs = Legs::default();
    for person in 0..n_persons {
        let mut stream = draw(11, Purpose::Test, person, 0);
        let trips: Vec<Trip> = (0..2)
            .map(|episode| Trip {
                episode,
                mode: if stream.below(4) == 0 { Mode::Walk } else { Mode::Car },
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

#[test]
fn a_falling_share_leads_to_equilibrium() {
    let network = grid(10);
    let legs = legs_on(&network, 2_000);
    let router = Router::new(&network, Mode::Car).unwrap();
    let free = LinkTimes::free_flow(&network, 1_800, 8);
    let (mut routes, stranded) = first_routes(&router, &free, &legs).unwrap();
    assert_eq!(stranded_message(&router, &legs, &stranded), None);
    // Weights are rounded to milliseconds, hence not exactly zero.
    assert!(relative_gap(&router, &free, &legs, &routes, usize::MAX, 1).relative < 1e-6);
    let mut gaps = Vec::new();
    let stop = Stop { gap: 0.01, iterations: 30 };
    let reason = loop {
        let times = congested(&network, &legs, &routes);
        let gap = relative_gap(&router, &times, &legs, &routes, usize::MAX, 1);
        assert_eq!((gap.n_legs, gap.n_car_legs), (car_legs(&legs).len(), car_legs(&legs).len()));
        assert!(gap.relative >= 0.0);
        gaps.push(gap.relative);
        if let Some(reason) = stop.reason(&gaps) {
            break reason;
        }
        let iteration = gaps.len() as u32;
        let chosen = who_reroutes(&legs, iteration, Share::default().at(iteration), 1);
        routes = reroute(&router, &times, &legs, &routes, &chosen, Search::Exact).unwrap().routes;
    };
    assert_eq!(reason, "the relative gap is reached", "{gaps:?}");
    assert!(gaps[0] > 0.05, "the test is too easy: {gaps:?}");
}

#[test]
fn legs_that_are_not_asked_keep_their_routes() {
    let network = grid(6);
    let legs = legs_on(&network, 2_000);
    let router = Router::new(&network, Mode::Car).unwrap();
    let free = LinkTimes::free_flow(&network, 1_800, 8);
    let first = first_routes(&router, &free, &legs).unwrap().0;
    let times = congested(&network, &legs, &first);
    let chosen = who_reroutes(&legs, 3, 0.3, 5);
    assert!((700..1_100).contains(&chosen.len()), "{}", chosen.len());
    assert_ne!(chosen, who_reroutes(&legs, 4, 0.3, 5));
    assert_ne!(chosen, who_reroutes(&legs, 3, 0.3, 6));
    for search in [Search::Exact, Search::Frozen] {
        check_reroute(&router, &times, &legs, &first, &chosen, search);
    }
}

fn check_reroute(
    router: &Router,
    times: &LinkTimes,
    legs: &Legs,
    first: &Routes,
    chosen: &[LegId],
    search: Search,
) {
    let rerouted = reroute(router, times, legs, first, chosen, search).unwrap();
    let changed: Vec<LegId> =
        (0..legs.len()).map(LegId::new).filter(|&leg| rerouted.routes.of(leg) != first.of(leg)).collect();
    assert_eq!(changed.len(), rerouted.n_changed);
    assert!(changed.iter().all(|leg| chosen.contains(leg)) && !changed.is_empty());
    for leg in changed {
        let cost_s = |routes: &Routes| times.route_cost_s(routes.of(leg), legs.depart_s[leg.index()]).1;
        assert!(cost_s(&rerouted.routes) < cost_s(first));
    }
    assert!(
        legs.mode
            .iter()
            .enumerate()
            .all(|(leg, &mode)| { rerouted.routes.of(LegId::new(leg)).is_empty() == (mode != Mode::Car) })
    );
}

#[test]
fn the_gap_of_a_sample_is_near_that_of_all_and_the_same_on_any_threads() {
    let network = grid(10);
    let legs = legs_on(&network, 2_000);
    let router = Router::new(&network, Mode::Car).unwrap();
    let free = LinkTimes::free_flow(&network, 1_800, 8);
    let routes = first_routes(&router, &free, &legs).unwrap().0;
    let times = congested(&network, &legs, &routes);
    let all = relative_gap(&router, &times, &legs, &routes, usize::MAX, 1);
    let samples: Vec<Gap> = [1, 2, 3]
        .map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| relative_gap(&router, &times, &legs, &routes, 800, 1))
        })
        .into();
    assert!(samples.iter().all(|sample| sample == &samples[0]));
    assert!((600..1_000).contains(&samples[0].n_legs), "{}", samples[0].n_legs);
    assert!(
        (samples[0].relative / all.relative - 1.0).abs() < 0.3,
        "{} {}",
        samples[0].relative,
        all.relative
    );
    assert!(all.by_hour[0].is_some() && all.by_hour[12].is_none());
}

#[test]
fn shares_fall_and_the_worst_go_first() {
    assert_eq!(Share::default().at(1), 0.5);
    assert_eq!(Share::Averages { floor: 0.1 }.at(99), 0.1);
    let legs: Vec<LegId> = (0..5).map(LegId).collect();
    assert_eq!(worst_first(&legs, &[1.0, 0.0, 5.0, 5.0, 2.0], 0.4), [LegId(2), LegId(3)]);
    assert_eq!(worst_first(&legs, &[1.0, 0.0, 0.0, 0.0, 0.0], 0.9), [LegId(0)]);
    assert_eq!(Stop { gap: 0.0, iterations: 2 }.reason(&[0.5]), None);
    assert!(Stop { gap: 0.0, iterations: 2 }.reason(&[0.5, 0.4]).is_some());
}

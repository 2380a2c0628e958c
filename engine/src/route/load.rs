//! First routes by incremental assignment: the legs are routed in random slices, each on the times that
//! the flows of the slices before it would cause. Routing everybody on empty roads instead sends all
//! through the same bottlenecks, and the first days of a region end in gridlock from which learning takes
//! long to recover (Sheffi 1985, section 5.2; the slices are equal as in "incremental assignment").

use super::LinkTimes;
use super::assign::car_legs;
use super::router::{Query, Router};
use crate::draw::{Purpose, draw};
use crate::error::Result;
use crate::id::LegId;
use crate::trip::{Legs, Routes};

/// Slices of the legs.
const SLICES: u32 = 8;

/// Vehicles by link and bin.
struct Load {
    vehicles: Vec<u32>,
}

impl Load {
    /// Lets a leg drive its route on `times`, counting it on every link it enters.
    fn drive(&mut self, times: &LinkTimes, route: &[crate::id::LinkId], depart_s: u32) {
        let mut now_s = f64::from(depart_s);
        for &link in route.iter().skip(1) {
            let bin = times.bin(now_s as u32);
            self.vehicles[bin * times.n_links + link.index()] += 1;
            now_s += times.time_at(link, now_s);
        }
    }

    /// The times of `empty` under the flows so far, blown up by `scale` to those of all legs: up to capacity
    /// BPR (1964), t = t0 (1 + 0.15 (v/c)⁴); what is above it waits in a point queue (Vickrey 1969) that lasts
    /// until later bins have passed it. A delay function alone would call a road that is full by a tenth nearly free,
    /// and the queue model would answer with a jam that reaches back over the roads before it.
    ///
    /// ```text
    /// bins of 900 s, twice the capacity comes in one of them: a bin's worth waits at its end, half of it on the mean,
    /// so those who come wait 450 s; those who come in the next bin wait 450 s, too, while the queue runs out
    /// ```
    fn times(&self, router: &Router, empty: &LinkTimes, scale: f64) -> LinkTimes {
        let mut times = empty.clone();
        let bin_s = f64::from(empty.bin_s);
        for link in 0..empty.n_links {
            let capacity = router.network().links[link].capacity_vph * bin_s / 3600.0;
            let mut queue = 0.0;
            for at in (0..empty.n_bins).map(|bin| bin * empty.n_links + link) {
                let came = f64::from(self.vehicles[at]) * scale;
                let before = queue;
                queue = f64::max(queue + came - capacity, 0.0);
                let wait_s = (before + queue) / 2.0 / capacity * bin_s;
                let square = (came / capacity).min(1.0) * (came / capacity).min(1.0);
                let free_s = f64::from(times.time_s[at]);
                times.time_s[at] = (free_s * (1.0 + 0.15 * square * square) + wait_s) as f32;
            }
        }
        times
    }
}

/// Routes of all car legs, and the legs without a way (their routes are empty). `empty` holds the times of
/// empty roads with closures and tolls; `sample` is the share of the population that the legs stand for.
///
/// # Errors
/// When the routes together have more links than an index can tell.
pub fn incremental_routes(
    router: &Router,
    empty: &LinkTimes,
    legs: &Legs,
    sample: f64,
    seed: u64,
) -> Result<(Routes, Vec<LegId>)> {
    let mut slices: Vec<Vec<LegId>> = vec![Vec::new(); SLICES as usize];
    for leg in car_legs(legs) {
        let slice = draw(seed, Purpose::Reroute, u64::from(leg.0), u32::MAX - 1).below(SLICES);
        slices[slice as usize].push(leg);
    }
    let mut load = Load { vehicles: vec![0; empty.time_s.len()] };
    let mut routes = Routes { first: vec![0; legs.len() + 1], links: Vec::new() };
    let mut found = Vec::with_capacity(slices.len());
    for (done, slice) in slices.iter().enumerate() {
        // After k of 8 slices the vehicles counted stand for all: 8/k of them, and 1/sample for the people who are
        // not simulated.
        let scale = f64::from(SLICES) / (done.max(1) as f64) / sample;
        let times = load.times(router, empty, scale);
        let query = |leg: &LegId| {
            let at = leg.index();
            Query { from: legs.from[at], to: legs.to[at], depart_s: legs.depart_s[at] }
        };
        let batch = router.find_drives(&times, &slice.iter().map(query).collect::<Vec<_>>(), |_| None)?;
        for (at, leg) in slice.iter().enumerate() {
            load.drive(&times, batch.routes.of(LegId::new(at)), legs.depart_s[leg.index()]);
        }
        found.push(batch);
    }
    // Where the route of each leg is found: slice, and place in it.
    let mut of_leg = vec![(u32::MAX, 0u32); legs.len()];
    let mut stranded = Vec::new();
    for (number, slice) in slices.iter().enumerate() {
        stranded.extend(found[number].stranded().into_iter().map(|at| slice[at]));
        for (at, leg) in slice.iter().enumerate() {
            of_leg[leg.index()] = (number as u32, at as u32);
        }
    }
    stranded.sort_unstable();
    routes.first.clear();
    routes.first.push(0);
    for (number, at) in of_leg {
        match found.get(number as usize) {
            Some(batch) => routes.push(batch.routes.of(LegId(at))),
            None => routes.push(&[]),
        }
    }
    Ok((routes, stranded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode::Mode;
    use crate::twin::grid;

    #[test]
    fn what_a_road_cannot_pass_waits_until_it_has() {
        let (network, _, _) = grid::scenario(4, 10, 1).unwrap();
        let router = Router::new(&network, Mode::Car).unwrap();
        let empty = LinkTimes::free_flow(&network, 900, 8);
        let mut load = Load { vehicles: vec![0; empty.time_s.len()] };
        let capacity = network.links[3].capacity_vph / 4.0;
        load.vehicles[2 * empty.n_links + 3] = (capacity * 2.0) as u32;
        load.vehicles[4 * empty.n_links + 3] = (capacity / 2.0) as u32;
        let times = load.times(&router, &empty, 1.0);
        let delay_s = |bin: usize| f64::from(times.time_s[bin * times.n_links + 3] - empty.time_s[3]);
        // Twice the capacity of a bin: a bin's worth waits at its end, half of it on the mean, and is gone a bin later.
        let bpr_s = 0.15 * f64::from(empty.time_s[3]);
        for (bin, want_s) in [0.0, 0.0, 450.0 + bpr_s, 450.0, bpr_s / 16.0, 0.0].into_iter().enumerate() {
            assert!((delay_s(bin) - want_s).abs() < 5.0, "{bin}: {} instead of {want_s}", delay_s(bin));
        }
    }

    #[test]
    fn every_leg_has_its_route_and_flows_spread() {
        let (network, mut legs, _) = grid::scenario(10, 3000, 1).unwrap();
        // Everybody leaves in the same minute: empty roads would put all on the same links.
        legs.depart_s.iter_mut().for_each(|s| *s = 28_800);
        let router = Router::new(&network, Mode::Car).unwrap();
        let empty = LinkTimes::free_flow(&network, 900, 40);
        let (routes, stranded) = incremental_routes(&router, &empty, &legs, 0.2, 1).unwrap();
        assert!(stranded.is_empty());
        let (once, _) = crate::route::assign::tests::first_routes(&router, &empty, &legs).unwrap();
        let busiest = |routes: &Routes| {
            let mut n = vec![0u32; network.links.len()];
            for leg in 0..legs.len() {
                let route = routes.of(LegId::new(leg));
                assert_eq!((route[0], route[route.len() - 1]), (legs.from[leg], legs.to[leg]));
                route.iter().for_each(|l| n[l.index()] += 1);
            }
            n.into_iter().max().unwrap()
        };
        assert!(busiest(&routes) < busiest(&once), "{} {}", busiest(&routes), busiest(&once));
        let (again, _) = incremental_routes(&router, &empty, &legs, 0.2, 1).unwrap();
        assert_eq!(again, routes);
    }
}

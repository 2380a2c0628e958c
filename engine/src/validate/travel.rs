//! Vehicle-kilometres and vehicle-hours of a run, by hour of the day and road class; volumes by clock hour.

use crate::id::{LegId, LinkId};
use crate::mode::Mode;
use crate::network::{Network, RoadClass};
use crate::traffic::LinkBins;
use crate::trip::{Legs, Moved, Routes};
use crate::unit::DAY_S;
use serde::Serialize;

/// Aggregates of a day by link and clock hour, `[hour * n_links + link]`, as simulated (not scaled up by
/// the sample). Times after 24:00 count for the clock hour of the next day: the model's one day stands for
/// every day. A bin that crosses an hour is split by its overlap.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hourly {
    /// Number of links.
    pub n_links: usize,
    /// Vehicles that left the link over its end node.
    pub left: Vec<f64>,
    /// Vehicles that entered over the start node and drove to the end.
    pub entered: Vec<f64>,
    /// Their travel times, seconds.
    pub time_s: Vec<f64>,
}

impl Hourly {
    /// Sums the bins of a day.
    pub fn of(bins: &LinkBins) -> Self {
        let zeros = vec![0.0; 24 * bins.n_links];
        let (left, entered, time_s) = (zeros.clone(), zeros.clone(), zeros);
        let mut hourly = Self { n_links: bins.n_links, left, entered, time_s };
        for bin in 0..bins.n_bins {
            for (hour, share) in hours_of(bin as u32 * bins.bin_s, bins.bin_s) {
                let from = bin * bins.n_links..(bin + 1) * bins.n_links;
                let to = hour * bins.n_links..(hour + 1) * bins.n_links;
                add(&mut hourly.left[to.clone()], &bins.left[from.clone()], share);
                add(&mut hourly.entered[to.clone()], &bins.entered[from.clone()], share);
                add(&mut hourly.time_s[to], &bins.time_sum_s[from], share);
            }
        }
        hourly
    }

    /// Mean speed over a link of `length_m` of the vehicles that entered it in the hour, metres per second
    /// (length over mean travel time: the space-mean speed); `None` when nobody did.
    pub fn speed_mps(&self, link: usize, hour: usize, length_m: f64) -> Option<f64> {
        let at = hour * self.n_links + link;
        (self.entered[at] > 0.0 && self.time_s[at] > 0.0)
            .then(|| length_m * self.entered[at] / self.time_s[at])
    }
}

fn add(to: &mut [f64], from: &[u32], share: f64) {
    for (sum, &value) in to.iter_mut().zip(from) {
        *sum += share * f64::from(value);
    }
}

/// The clock hours that a bin touches and the share of the bin in each.
fn hours_of(start_s: u32, bin_s: u32) -> impl Iterator<Item = (usize, f64)> {
    let end_s = start_s + bin_s;
    (start_s / 3600..end_s.div_ceil(3600)).map(move |hour| {
        let overlap_s = end_s.min((hour + 1) * 3600) - start_s.max(hour * 3600);
        ((hour % (DAY_S / 3600)) as usize, f64::from(overlap_s) / f64::from(bin_s))
    })
}

/// The part of a run that tells how much was driven.
#[derive(Debug, Clone, Copy)]
pub struct Driven<'a> {
    /// Volumes and times by link.
    pub bins: &'a LinkBins,
    /// Legs of all persons, their routes and what became of them; `None` when only the bins are at hand.
    /// Then the last link of each trip is missing from all distances and times, because the bins do not
    /// hold it: on a grid of 10 × 10 nodes 13 % of the vehicle-kilometres.
    pub trips: Option<(&'a Legs, &'a Routes, &'a [Moved])>,
    /// Share of the population that was simulated.
    pub sample: f64,
}

impl Driven<'_> {
    /// The last link of each car leg that arrived, with the clock hour of its arrival. The bins do not hold
    /// these: who parks on a link never leaves it. A leg that stays on its first link drives nothing.
    pub fn last_links(&self) -> impl Iterator<Item = (LinkId, usize)> + '_ {
        self.ends().map(|(link, arrive_s)| (link, (arrive_s / 3600 % (DAY_S / 3600)) as usize))
    }

    /// As [`Driven::last_links`], with the second of the arrival.
    pub fn ends(&self) -> impl Iterator<Item = (LinkId, u32)> + '_ {
        self.legs().filter_map(|(_, route, moved)| {
            let last = route.last().filter(|_| moved.arrive_s != u32::MAX && route.len() > 1)?;
            Some((*last, moved.arrive_s))
        })
    }

    /// The time each car leg was on the road, seconds, with the clock hour of its departure. A leg that
    /// did not arrive counts until the day ended; one that never departed is left out. Waiting to get from
    /// the parking place into the traffic is part of it.
    pub fn car_times(&self) -> impl Iterator<Item = (f64, usize)> + '_ {
        let end_s = self.bins.bin_s.saturating_mul(self.bins.n_bins as u32);
        let is_driven = |mode: Mode, moved: Moved| mode.drives() && moved.depart_s != u32::MAX;
        self.legs().filter(move |&(mode, _, moved)| is_driven(mode, moved)).map(move |(_, _, moved)| {
            let until_s = if moved.arrive_s == u32::MAX { end_s } else { moved.arrive_s };
            let hour = (moved.depart_s / 3600 % (DAY_S / 3600)) as usize;
            (f64::from(until_s.saturating_sub(moved.depart_s)), hour)
        })
    }

    /// Mode, route and fate of each leg.
    fn legs(&self) -> impl Iterator<Item = (Mode, &[LinkId], Moved)> + '_ {
        self.trips.into_iter().flat_map(|(legs, routes, moved)| {
            (0..legs.len()).map(move |leg| (legs.mode[leg], routes.of(LegId::new(leg)), moved[leg]))
        })
    }

    /// Vehicle-hours of the day, whole population: the sum of [`Self::car_times`]; without trips that of the bins.
    pub fn vht_h(&self) -> f64 {
        let time_s: f64 = if self.trips.is_some() {
            self.car_times().map(|(time_s, _)| time_s).sum()
        } else {
            self.bins.time_sum_s.iter().map(|&time_s| f64::from(time_s)).sum()
        };
        time_s / 3600.0 / self.sample
    }
}

/// Travel in one hour on the links of one class, all vehicles of the population.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Travel {
    /// Clock hour, 0..24.
    pub hour: u8,
    /// Class of the links.
    pub class: RoadClass,
    /// Vehicle-kilometres driven, each link in the hour in which it was entered (the last of a trip: of the
    /// arrival). The first link of a trip is none of it: the vehicle starts at its end.
    pub vmt_km: f64,
    /// Vehicle-hours on the links, each in the hour it was entered. The last link of a trip is reckoned with
    /// the mean time of those who drove through it in that hour (free flow where nobody did), because the
    /// bins do not hold it; waiting to leave a parking place is left out. So the sum is not exactly
    /// Vehicle-hours: see [`Driven::vht_h`].
    pub vht_h: f64,
}

/// Vehicle-kilometres and vehicle-hours by hour and class, in this order; classes without a link are left out.
pub fn travel(network: &Network, hourly: &Hourly, driven: &Driven<'_>) -> Vec<Travel> {
    let present = RoadClass::ALL.map(|class| network.links.iter().any(|link| link.class == class));
    let mut sums = [[(0.0, 0.0); RoadClass::ALL.len()]; 24];
    for (hour, sums) in sums.iter_mut().enumerate() {
        for (link, road) in network.links.iter().enumerate() {
            let at = hour * hourly.n_links + link;
            let (m, s) = &mut sums[road.class as usize];
            *m += hourly.entered[at] * road.length_m;
            *s += hourly.time_s[at];
        }
    }
    for (link, hour) in driven.last_links() {
        let road = network.link(link);
        let (m, s) = &mut sums[hour][road.class as usize];
        *m += road.length_m;
        *s += hourly
            .speed_mps(link.index(), hour, road.length_m)
            .map_or_else(|| road.free_s(), |speed_mps| road.length_m / speed_mps);
    }
    let mut rows = Vec::new();
    for (hour, sums) in sums.iter().enumerate() {
        let classes = RoadClass::ALL.into_iter().zip(sums).zip(present).filter(|(_, is_present)| *is_present);
        rows.extend(classes.map(|((class, (m, s)), _)| Travel {
            hour: hour as u8,
            class,
            vmt_km: m / 1000.0 / driven.sample,
            vht_h: s / 3600.0 / driven.sample,
        }));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::tests::ring;
    use crate::trip::Trip;
    use proptest::prelude::*;

    #[test]
    fn the_next_morning_is_this_morning() {
        let mut bins = LinkBins::new(2, 900, 108_000);
        bins.left[1] = 5; // 00:00
        let next_day = bins.bin(86_400) * 2 + 1;
        bins.left[next_day] = 7;
        let hourly = Hourly::of(&bins);
        assert_eq!((hourly.left[1], hourly.left.iter().sum::<f64>()), (12.0, 12.0));
    }

    #[test]
    fn travel_by_hand() {
        let network = ring(3); // Arterials of 500 m.
        let mut bins = LinkBins::new(3, 900, 86_400);
        let eight = bins.bin(8 * 3600 + 1000) * 3;
        bins.entered[eight] = 4;
        bins.time_sum_s[eight] = 400;
        let hourly = Hourly::of(&bins);
        assert_eq!(hourly.speed_mps(0, 8, 500.0), Some(5.0));
        assert_eq!(hourly.speed_mps(1, 8, 500.0), None);
        // One more arrived at 8:20 on link 0 after link 2, and one never did.
        let (mut legs, mut routes) = (Legs::default(), Routes::default());
        let trip = |from, to| Trip {
            episode: 0,
            mode: Mode::Car,
            vehicle: crate::vehicle::ClassId::CAR,
            depart_s: 29_000,
            dwell_s: 0,
            from: LinkId(from),
            to: LinkId(to),
            distance_m: 500.0,
        };
        for _ in 0..2 {
            legs.push(&[trip(2, 0)], |_| 0);
            routes.push(&[LinkId(2), LinkId(0)]);
        }
        let moved = [30_000, u32::MAX].map(|arrive_s| Moved { depart_s: 29_000, arrive_s });
        let driven = Driven { bins: &bins, trips: Some((&legs, &routes, &moved)), sample: 0.1 };
        let rows = travel(&network, &hourly, &driven);
        assert_eq!(rows.len(), 24);
        let row = rows[8];
        assert!((row.vmt_km - 25.0).abs() < 1e-9 && (row.vht_h - 500.0 / 360.0).abs() < 1e-9, "{row:?}");
        let bare = Driven { trips: None, ..driven };
        assert!((bare.vht_h() - 400.0 / 360.0).abs() < 1e-9);
        assert!((travel(&network, &hourly, &bare)[8].vmt_km - 20.0).abs() < 1e-9);
        assert!((driven.vht_h() - (1000.0 + 57_400.0) / 360.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn no_vehicle_is_lost_by_summing(bin_s in 60u32..9000, counts in prop::collection::vec(0u32..99, 200)) {
            let mut bins = LinkBins::new(1, bin_s, 108_000);
            for (left, count) in bins.left.iter_mut().zip(counts) {
                *left = count;
            }
            let want: u32 = bins.left.iter().sum();
            let got: f64 = Hourly::of(&bins).left.iter().sum();
            prop_assert!((got - f64::from(want)).abs() < 1e-6);
        }
    }
}

//! Vehicle-kilometres and vehicle-hours of a run, by hour of the day and road class; volumes by clock hour.

use crate::network::{Network, RoadClass};
use crate::traffic::LinkBins;
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

/// Travel in one hour on the links of one class, all vehicles of the population.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Travel {
    /// Clock hour, 0..24.
    pub hour: u8,
    /// Class of the links.
    pub class: RoadClass,
    /// Vehicle-kilometres travelled. Distance on the first link of a trip is none: it starts at its end.
    pub vmt_km: f64,
    /// Vehicle-hours travelled; a trip counts for the hours in which it enters its links.
    pub vht_h: f64,
}

/// Vehicle-kilometres and vehicle-hours by hour and class, in this order; classes without a link are left out.
pub fn travel(network: &Network, hourly: &Hourly, sample: f64) -> Vec<Travel> {
    let mut rows = Vec::new();
    for hour in 0..24u8 {
        let mut sums = RoadClass::ALL.map(|_| None);
        for (link, road) in network.links.iter().enumerate() {
            let at = usize::from(hour) * hourly.n_links + link;
            let (km, h) = sums[road.class as usize].get_or_insert((0.0, 0.0));
            *km += hourly.entered[at] * road.length_m / 1000.0 / sample;
            *h += hourly.time_s[at] / 3600.0 / sample;
        }
        let present = RoadClass::ALL.into_iter().zip(sums).filter_map(|(class, sums)| Some((class, sums?)));
        rows.extend(present.map(|(class, (vmt_km, vht_h))| Travel { hour, class, vmt_km, vht_h }));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::tests::ring;
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
        let rows = travel(&network, &hourly, 0.1);
        assert_eq!(rows.len(), 24);
        let row = rows[8];
        assert!((row.vmt_km - 20.0).abs() < 1e-9 && (row.vht_h - 400.0 / 360.0).abs() < 1e-9, "{row:?}");
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

//! Travel times by link and bin: free flow, from a simulated day, with tolls and closures.

use super::{LinkTimes, Windows};
use crate::id::LinkId;
use crate::network::{Change, Network};
use crate::traffic::LinkBins;
use std::collections::BTreeMap;

/// One unit of the routers' integer weights, seconds: costs are rounded to the millisecond.
pub(super) const UNIT_S: f64 = 0.001;

impl LinkTimes {
    /// Free-flow times in every bin.
    pub fn free_flow(network: &Network, bin_s: u32, n_bins: usize) -> Self {
        let row: Vec<f32> = network.links.iter().map(|link| link.free_s() as f32).collect();
        let time_s = row.repeat(n_bins);
        Self { bin_s, n_links: row.len(), n_bins, time_s, windows: Windows::default() }
    }

    /// Free-flow times with the changes of the day played back (in order of time): a link without capacity is closed, to
    /// the second; a new speed holds from the bin on in which it begins.
    pub fn free_flow_with(network: &Network, changes: &[Change], bin_s: u32, n_bins: usize) -> Self {
        let mut times = Self::free_flow(network, bin_s, n_bins);
        let mut by_link: BTreeMap<LinkId, Vec<&Change>> = BTreeMap::new();
        for change in changes {
            by_link.entry(change.link).or_default().push(change);
        }
        for (link, changes) in by_link {
            let mut closed_s = None;
            for change in changes {
                if let Some(speed_mps) = change.freespeed_mps {
                    let free_s = network.link(link).length_m / speed_mps;
                    for bin in (change.time_s / bin_s) as usize..n_bins {
                        times.time_s[bin * times.n_links + link.index()] = free_s as f32;
                    }
                }
                match (change.capacity_vph, closed_s) {
                    (Some(0.0), None) => closed_s = Some(change.time_s),
                    (Some(capacity_vph), Some(from_s)) if capacity_vph > 0.0 => {
                        times.close(link, from_s, change.time_s);
                        closed_s = None;
                    }
                    _ => {}
                }
            }
            if let Some(from_s) = closed_s {
                times.close(link, from_s, u32::MAX);
            }
        }
        times
    }

    /// Times of a simulated day: the mean of the vehicles that entered in the bin, free flow where
    /// nobody did. A link never gets faster by more than a bin from one bin to the next
    /// (`t(b+1) ≥ t(b) − bin_s`): who enters later does not leave earlier (FIFO, see
    /// [`LinkTimes::time_at`]), and a link that is so full that nobody could enter is not taken for an empty one.
    /// `changes` are those that the day was run with; see [`LinkTimes::free_flow_with`].
    pub fn from_bins(network: &Network, changes: &[Change], bins: &LinkBins) -> Self {
        let mut times = Self::free_flow_with(network, changes, bins.bin_s, bins.n_bins);
        let n_links = times.n_links;
        for bin in 0..bins.n_bins {
            for link in 0..n_links {
                if let Some(mean_s) = bins.mean_time_s(link, bin) {
                    times.time_s[bin * n_links + link] = mean_s as f32;
                }
            }
        }
        times.keep_order();
        times
    }

    /// Raises times until no bin is faster than the one before by more than a bin's length.
    ///
    /// ```text
    /// bins of 900 s, a jam of 2500 s in one of them: 2500, 1600, 700, then the free time of 40 s
    /// ```
    pub(super) fn keep_order(&mut self) {
        let bin_s = self.bin_s as f32;
        for bin in 1..self.n_bins {
            let (before, now) = self.time_s[(bin - 1) * self.n_links..].split_at_mut(self.n_links);
            for (earlier_s, time_s) in before.iter().zip(now) {
                *time_s = time_s.max(earlier_s - bin_s);
            }
        }
    }

    /// Moves the times towards `newer` by `weight` (0..=1): smoothing between iterations.
    ///
    /// Both must have the same shape; tolls and closures are those of `newer`.
    #[must_use]
    pub fn blend(&self, newer: &Self, weight: f32) -> Self {
        assert_eq!((self.n_links, self.n_bins, self.bin_s), (newer.n_links, newer.n_bins, newer.bin_s));
        let mut mixed = newer.clone();
        for (new_s, old_s) in mixed.time_s.iter_mut().zip(&self.time_s) {
            *new_s = old_s + weight * (*new_s - old_s);
        }
        mixed
    }

    /// The bin of a time; times past the end fall into the last.
    #[inline]
    pub fn bin(&self, time_s: u32) -> usize {
        ((time_s / self.bin_s) as usize).min(self.n_bins - 1)
    }

    /// Travel time of `link` when entered at `enter_s`, seconds: linear between the middles of the bins, so
    /// that FIFO holds at every second. A closure is no matter of time: see [`LinkTimes::extra_at`].
    #[inline]
    pub fn time_at(&self, link: LinkId, enter_s: f64) -> f64 {
        let bin_s = f64::from(self.bin_s);
        let position = (enter_s / bin_s - 0.5).clamp(0.0, (self.n_bins - 1) as f64);
        let bin = position as usize;
        let at = |bin: usize| f64::from(self.time_s[bin.min(self.n_bins - 1) * self.n_links + link.index()]);
        let (early_s, late_s) = (at(bin), at(bin + 1));
        early_s + (position - bin as f64) * (late_s - early_s)
    }

    /// Time and generalised cost (time + tolls), seconds, of a route driven from `depart_s`: each link at
    /// the moment it is entered. The first link is free. Infinite when a link is closed on the way.
    pub fn route_cost_s(&self, route: &[LinkId], depart_s: u32) -> (f64, f64) {
        let start_s = f64::from(depart_s);
        let (mut now_s, mut extra_s) = (start_s, 0.0);
        for &link in route.iter().skip(1) {
            extra_s += self.extra_at(link, now_s);
            now_s += self.time_at(link, now_s);
        }
        (now_s - start_s, now_s - start_s + extra_s)
    }

    /// Integer weights of one bin, milliseconds, at least 1; `None` where the link is closed throughout. Windows that hold
    /// in a part of the bin only are not seen here: see [`LinkTimes::changes_during`].
    pub(super) fn weight_ms(&self, link: usize, bin: usize) -> Option<u32> {
        let time_s = self.time_s[bin * self.n_links + link];
        let cost_s = f64::from(time_s + self.least_extra_s(link, bin, bin + 1));
        // A day and a night in one link: anything slower is a stuck queue, and the sum must fit.
        cost_s.is_finite().then(|| (cost_s / UNIT_S).round().clamp(1.0, 86_400_000.0) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::tests::ring;

    #[test]
    fn a_jam_dissolves_no_faster_than_time_passes() {
        let network = ring(4);
        let mut bins = LinkBins::new(4, 900, 9_000);
        bins.entered[2 * 4] = 2;
        bins.time_sum_s[2 * 4] = 2 * 2_500;
        let times = LinkTimes::from_bins(&network, &[], &bins);
        let seen: Vec<f32> = (0..6).map(|bin| times.time_s[bin * 4]).collect();
        assert_eq!(seen, [40.0, 40.0, 2_500.0, 1_600.0, 700.0, 40.0]);
        let leave = |enter_s: f64| enter_s + times.time_at(LinkId(0), enter_s);
        for enter_s in 0..9_000 {
            assert!(leave(f64::from(enter_s + 1)) >= leave(f64::from(enter_s)) - 1e-6, "{enter_s}");
        }
    }

    #[test]
    fn changes_of_the_day_are_known_before_anybody_drives() {
        let network = ring(4);
        let change = |time_s, capacity_vph, freespeed_mps| Change {
            capacity_vph,
            freespeed_mps,
            ..Change::new(time_s, LinkId(1))
        };
        let changes = [
            change(900, None, Some(5.0)),
            change(2_000, Some(0.0), None),
            change(3_000, Some(900.0), None),
            change(4_500, None, Some(12.5)),
        ];
        let seen = |times: &LinkTimes| (0..6).map(|bin| times.time_s[bin * 4 + 1]).collect::<Vec<_>>();
        let shut = |times: &LinkTimes| {
            (0..5_400).filter(|&s| times.extra_at(LinkId(1), f64::from(s)) > 0.0).collect::<Vec<u32>>()
        };
        let free = LinkTimes::free_flow_with(&network, &changes, 900, 6);
        assert_eq!(seen(&free), [40.0, 100.0, 100.0, 100.0, 100.0, 40.0]);
        assert_eq!(shut(&free), (2_000..3_000).collect::<Vec<u32>>());
        let mut bins = LinkBins::new(4, 900, 5_400);
        (bins.entered[2 * 4 + 1], bins.time_sum_s[2 * 4 + 1]) = (1, 200);
        let day = LinkTimes::from_bins(&network, &changes, &bins);
        assert_eq!(seen(&day), [40.0, 100.0, 200.0, 100.0, 100.0, 40.0]);
        assert_eq!(shut(&day), shut(&free));
    }

    #[test]
    fn a_route_is_paid_link_by_link_as_it_is_driven() {
        let network = ring(4);
        let mut times = LinkTimes::free_flow(&network, 900, 4);
        times.toll(LinkId(2), 0, 900, 5.0, 18.0);
        let route = [LinkId(0), LinkId(1), LinkId(2)];
        assert_eq!(times.route_cost_s(&route, 0), (80.0, 1_080.0));
        // Entered at 880 + 40 s: the toll is over.
        assert_eq!(times.route_cost_s(&route, 880), (80.0, 80.0));
        times.close(LinkId(2), 1_800, 2_800);
        // Closed throughout the bin from 1,800 s on; in a part of the next one only.
        assert_eq!([1, 2, 3].map(|bin| times.weight_ms(2, bin)), [Some(40_000), None, Some(40_000)]);
        assert!(times.route_cost_s(&route, 2_000).1.is_infinite());
    }
}

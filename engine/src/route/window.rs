//! Closures and tolls of links to the second, beside travel times by bin.

use super::LinkTimes;
use crate::id::LinkId;
use std::collections::BTreeMap;

/// When links are closed, and what a passage costs on top of its time. Few links have any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Windows {
    /// Whether a link has a window; empty where none has.
    has: Vec<bool>,
    of: BTreeMap<LinkId, Vec<Window>>,
    /// Moments at which a window begins or ends within the day, ascending, seconds since midnight.
    edges_s: Vec<u32>,
}

/// One window of a link.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Window {
    /// First second of it.
    from_s: u32,
    /// First second after it; `u32::MAX` = for good.
    to_s: u32,
    /// The toll as seconds of driving; infinite where the link is closed.
    extra_s: f32,
}

impl Window {
    fn holds(&self, time_s: f64) -> bool {
        f64::from(self.from_s) <= time_s && (time_s < f64::from(self.to_s) || self.to_s == u32::MAX)
    }

    /// Whether it holds in every second from `from_s` to before `to_s`.
    fn covers(&self, from_s: u32, to_s: u32) -> bool {
        self.from_s <= from_s && to_s <= self.to_s
    }
}

impl Windows {
    fn put(&mut self, n_links: usize, link: LinkId, window: Window) {
        self.has.resize(n_links, false);
        self.has[link.index()] = true;
        self.of.entry(link).or_default().push(window);
        let edges =
            [window.from_s, window.to_s].into_iter().filter(|&edge_s| edge_s != 0 && edge_s != u32::MAX);
        for edge_s in edges {
            if let Err(at) = self.edges_s.binary_search(&edge_s) {
                self.edges_s.insert(at, edge_s);
            }
        }
    }

    /// The windows of a link.
    #[inline]
    fn of(&self, link: usize) -> &[Window] {
        match self.has.get(link) {
            Some(true) => self.of.get(&LinkId::new(link)).map_or(&[], Vec::as_slice),
            _ => &[],
        }
    }

    /// What entering a link at a moment costs on top of its time, seconds; infinite where it is closed then.
    #[inline]
    fn extra_at(&self, link: LinkId, enter_s: f64) -> f64 {
        if self.has.is_empty() {
            return 0.0;
        }
        let holding = self.of(link.index()).iter().filter(|window| window.holds(enter_s));
        holding.map(|window| f64::from(window.extra_s)).sum()
    }

    /// The least that entering a link costs on top of its time between two moments, seconds: what holds all the while.
    pub(super) fn least_extra_s(&self, link: usize, from_s: u32, to_s: u32) -> f32 {
        let covering = self.of(link).iter().filter(|window| window.covers(from_s, to_s));
        covering.map(|window| window.extra_s).sum()
    }
}

impl LinkTimes {
    /// Closes `link` to who would enter it from `from_s` on and before `to_s` (`u32::MAX` = for good).
    pub fn close(&mut self, link: LinkId, from_s: u32, to_s: u32) {
        self.windows.put(self.n_links, link, Window { from_s, to_s, extra_s: f32::INFINITY });
    }

    /// Adds a toll on entering `link` from `from_s` on and before `to_s`: `amount` in money, turned into seconds by
    /// `value_of_time_per_h`, the same money per hour.
    pub fn toll(&mut self, link: LinkId, from_s: u32, to_s: u32, amount: f64, value_of_time_per_h: f64) {
        let extra_s = (amount * 3600.0 / value_of_time_per_h) as f32;
        self.windows.put(self.n_links, link, Window { from_s, to_s, extra_s });
    }

    /// What entering `link` at `enter_s` costs on top of its time, as seconds: tolls; infinite where it is closed.
    #[inline]
    pub fn extra_at(&self, link: LinkId, enter_s: f64) -> f64 {
        self.windows.extra_at(link, enter_s)
    }

    /// The least that entering a link costs in the bins from `first` on and before `end`, on top of its time.
    pub(super) fn least_extra_s(&self, link: usize, first: usize, end: usize) -> f32 {
        let end_s = if end >= self.n_bins { u32::MAX } else { end as u32 * self.bin_s };
        self.windows.least_extra_s(link, first as u32 * self.bin_s, end_s)
    }

    /// Whether a toll or a closure begins or ends in a bin that a drive from `depart_s` to `arrive_s` touches. One set of
    /// times a bin cannot tell such drives what they will meet: they have to be searched link by link.
    pub fn changes_during(&self, depart_s: u32, arrive_s: u32) -> bool {
        let first_s = depart_s - depart_s % self.bin_s;
        let end_s = (arrive_s / self.bin_s).saturating_add(1).saturating_mul(self.bin_s);
        let at = self.windows.edges_s.partition_point(|&edge_s| edge_s <= first_s);
        self.windows.edges_s.get(at).is_some_and(|&edge_s| edge_s < end_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::tests::ring;

    #[test]
    fn windows_hold_to_the_second() {
        let mut times = LinkTimes::free_flow(&ring(4), 900, 96);
        let link = LinkId(1);
        times.toll(link, 25_000, 30_000, 5.0, 18.0);
        times.close(link, 29_000, 29_500);
        let seen = |enter_s: f64| times.extra_at(link, enter_s);
        assert_eq!([24_999.9, 25_000.0, 28_999.0].map(seen), [0.0, 1_000.0, 1_000.0]);
        assert_eq!([29_000.0, 29_499.9].map(seen), [f64::INFINITY; 2]);
        assert_eq!([29_500.0, 29_999.0, 30_000.0].map(seen), [1_000.0, 1_000.0, 0.0]);
        assert_eq!(times.extra_at(LinkId(0), 29_000.0), 0.0);
    }

    #[test]
    fn a_bound_counts_only_what_holds_all_the_while() {
        let mut times = LinkTimes::free_flow(&ring(4), 900, 96);
        times.toll(LinkId(1), 900, 4_000, 5.0, 18.0);
        let least = |first, end| times.least_extra_s(1, first, end);
        assert_eq!([least(1, 4), least(0, 4), least(1, 5)], [1_000.0, 0.0, 0.0]);
        times.close(LinkId(2), 0, u32::MAX);
        assert!(times.least_extra_s(2, 0, 96).is_infinite());
    }

    #[test]
    fn drives_that_meet_an_edge_are_told_apart() {
        let mut times = LinkTimes::free_flow(&ring(4), 900, 96);
        assert!(!times.changes_during(0, 86_399));
        times.close(LinkId(1), 2_000, u32::MAX);
        assert!(times.changes_during(1_900, 1_950), "the same quarter hour");
        assert!(times.changes_during(100, 2_001));
        assert!(!times.changes_during(2_700, 9_000) && !times.changes_during(0, 1_799));
    }
}

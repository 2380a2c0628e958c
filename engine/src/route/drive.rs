//! Routes of drives, fast where a bin's times are enough, link by link where they are not.

use super::timed::Timed;
use super::{Batch, LinkTimes, Query, Router};
use crate::error::Result;

/// A drive of which nobody knows how long it takes is searched link by link if a toll or a closure begins or ends up to
/// this long after its departure, seconds.
const UNKNOWN_S: f64 = 3600.0;

impl Router<'_> {
    /// Routes of all queries, in their order. `takes_s` says how long a drive takes about, seconds, where that is known.
    ///
    /// A drive is searched on the times of one bin, that in which it is half way ([`Router::find`]); where a toll or a
    /// closure begins or ends while it lasts (twice its time, to be on the safe side) it is searched link by link, each
    /// at the time it is entered ([`Timed`]). A drive that takes infinitely long, over a closed link, is so too.
    ///
    /// # Errors
    /// When the routes together have more links than an index can tell.
    pub fn find_drives(
        &self,
        times: &LinkTimes,
        queries: &[Query],
        takes_s: impl Fn(usize) -> Option<f64>,
    ) -> Result<Batch> {
        let (mut by_bin, mut by_link) = (Vec::new(), Vec::new());
        let (mut is_by_link, mut n_by_link) = (Vec::with_capacity(queries.len()), 0);
        for (at, query) in queries.iter().enumerate() {
            let takes_s = takes_s(at);
            let lasts_s = takes_s.map_or(UNKNOWN_S, |takes_s| 2.0 * takes_s);
            let arrive_s = query.depart_s.saturating_add(lasts_s as u32);
            let exact = lasts_s.is_infinite() || times.changes_during(query.depart_s, arrive_s);
            is_by_link.push(exact);
            n_by_link += usize::from(exact);
            if exact {
                by_link.push(*query);
            } else {
                let half_s = (takes_s.unwrap_or(0.0) / 2.0) as u32;
                by_bin.push(Query { depart_s: query.depart_s.saturating_add(half_s), ..*query });
            }
        }
        let fast = self.find(times, &by_bin)?;
        if n_by_link == 0 {
            return Ok(fast);
        }
        let exact = Timed::new(self, times).routes(&by_link)?;
        Batch::merge(&fast, &exact, &is_by_link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LinkId;
    use crate::mode::Mode;
    use crate::route::tests::two_ways;

    /// The straight way takes 40 s from the fork, the way around 80 s; the fork is reached at once.
    #[test]
    fn drivers_see_a_closure_and_a_toll_exactly_when_they_hold() {
        let network = two_ways();
        let router = Router::new(&network, Mode::Car).unwrap();
        // 10 minutes off the quarter hour, at either end.
        let window_s = (28_800 + 600, 32_400 + 600);
        let mut closed = LinkTimes::free_flow(&network, 900, 96);
        closed.close(LinkId(1), window_s.0, window_s.1);
        let mut tolled = LinkTimes::free_flow(&network, 900, 96);
        tolled.toll(LinkId(1), window_s.0, window_s.1, 1.0, 36.0);
        for times in [closed, tolled] {
            let departures: Vec<u32> = (0..7200).map(|s| 27_000 + s).collect();
            let query = |&depart_s| Query { from: LinkId(0), to: LinkId(4), depart_s };
            let queries: Vec<Query> = departures.iter().map(query).collect();
            for takes_s in [None, Some(80.0), Some(f64::INFINITY)] {
                let batch = router.find_drives(&times, &queries, |_| takes_s).unwrap();
                for (at, &depart_s) in departures.iter().enumerate() {
                    let around = batch.routes.of(crate::id::LegId::new(at)).len() == 4;
                    let meets = window_s.0 <= depart_s && depart_s < window_s.1;
                    assert_eq!(around, meets, "departure at {}", crate::unit::hms(depart_s));
                }
            }
        }
    }
}

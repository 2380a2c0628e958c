//! By which side of its street a trip leaves, and by which it arrives.
//!
//! A place on one directed link would have to be driven to from the start of that link, and left by its end: on a street with
//! two directions a detour that nobody makes. Of the two directions at both ends four pairs are possible, and one search
//! from both starts to both ends at once finds the best of them:
//!
//! ```text
//!        a →                      b →          from the end of a or of a', to the start of b or of b',
//!   o─────────o ─ ─ ─ ─ ─ ─ o─────────o        which then is driven whole: leaving by a and arriving
//!        ← a'                     ← b'         by b is the shortest where o … o is the only way
//! ```

use super::customize::Metric;
use super::hierarchy::NONE;
use super::router::Router;
use super::search::{self, Scratch};
use crate::id::LinkId;

impl Router<'_> {
    /// Of the links `from`, by any of which a trip may leave, and the links `to`, by any of which it may arrive, the pair with
    /// the cheapest way between them; `None` when there is none. (A way begins at the end of its first link and holds the whole
    /// last one.) Links that are not open to the mode are passed over. One search, whatever the number of links.
    pub fn cheapest_ends(
        &self,
        metric: &Metric,
        from: &[LinkId],
        to: &[LinkId],
        scratch: &mut Scratch,
    ) -> Option<(LinkId, LinkId)> {
        let open = |link: &&LinkId| {
            self.hierarchy.end_of[link.index()] != NONE && metric.link_ms[link.index()] != u32::MAX
        };
        let (mut sources, mut source_links) = (Vec::new(), Vec::new());
        for link in from.iter().filter(open) {
            let vertex = self.hierarchy.end_of[link.index()];
            if !sources.contains(&vertex) {
                sources.push(vertex);
                source_links.push(*link);
            }
        }
        let (mut targets, mut target_links) = (Vec::new(), Vec::new());
        let mut starts = Vec::new();
        for link in to.iter().filter(open) {
            starts.clear();
            self.hierarchy.starts_of(self.network(), *link, &mut starts);
            for &vertex in &starts {
                if !targets.iter().any(|&(known, _)| known == vertex) {
                    targets.push((vertex, metric.link_ms[link.index()]));
                    target_links.push(*link);
                }
            }
        }
        let (source, target) = search::meet_any(&self.hierarchy, metric, &sources, &targets, scratch)?;
        let left = sources.iter().position(|&vertex| vertex == source)?;
        let reached = targets.iter().position(|&(vertex, _)| vertex == target)?;
        Some((source_links[left], target_links[reached]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Purpose, draw};
    use crate::mode::Mode;
    use crate::route::{LinkTimes, Query};
    use crate::twin::county::county;
    use crate::unit::DAY_S;

    /// The oracle: every pair is routed alone.
    #[test]
    fn the_cheapest_pair_is_found() {
        let network = county(5_000, 3).unwrap().network;
        let router = Router::new(&network, Mode::Car).unwrap();
        let metrics = router.customize(&LinkTimes::free_flow(&network, DAY_S, 1));
        let (metric, mut scratch) = (metrics.at(0), Scratch::default());
        let (n, mut differ) = (network.links.len() as u32, 0);
        for trial in 0..500 {
            let mut stream = draw(1, Purpose::Test, trial, 0);
            let mut pick = || LinkId(stream.below(n));
            let (from, to) = ([pick(), pick()], [pick(), pick()]);
            let mut cost = |from: LinkId, to: LinkId| {
                let query = Query { from, to, depart_s: 0 };
                // A trip to the end of its own link needs no way: that is no pair to choose.
                if from == to {
                    u32::MAX
                } else {
                    router.route(metric, &query, &mut scratch, &mut Vec::new()).unwrap()
                }
            };
            if from.iter().any(|link| to.contains(link)) {
                continue;
            }
            let best =
                from.iter().flat_map(|f| to.iter().map(|t| (*f, *t))).map(|(f, t)| cost(f, t)).min().unwrap();
            let (f, t) = router.cheapest_ends(metric, &from, &to, &mut Scratch::default()).unwrap();
            assert_eq!(cost(f, t), best, "{from:?} {to:?}");
            differ += usize::from((f, t) != (from[0], to[0]));
        }
        assert!(differ > 200, "{differ}");
    }
}

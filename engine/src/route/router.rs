//! The router: one hierarchy a network and mode, one metric a distinct bin, queries in parallel.

use super::LinkTimes;
use super::batch::{Batch, Piece, answer, gather};
use super::customize::{self, Buffers, LANES, Metric};
use super::hierarchy::{Hierarchy, NONE};
use super::search::{self, Scratch};
use crate::error::{Error, Result};
use crate::id::LinkId;
use crate::mode::Mode;
use crate::network::Network;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// From the end of one link to the end of another, leaving at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    /// The link the vehicle stands at the end of.
    pub from: LinkId,
    /// The link it drives to the end of.
    pub to: LinkId,
    /// Departure, seconds: it chooses the bin whose times hold for the whole path.
    pub depart_s: u32,
}

/// Customized hierarchies of all bins. Bins with the same weights share one.
///
/// Memory: about 20 bytes an arc of the hierarchy and distinct bin ([`Metrics::bytes`] tells); on
/// networks where that is too much, [`Router::find`] holds only eight bins at a time.
#[derive(Debug, Clone)]
pub struct Metrics {
    bin_s: u32,
    of_bin: Vec<Arc<Metric>>,
    n_distinct: usize,
}

impl Metrics {
    /// The metric that holds at a departure.
    pub fn at(&self, depart_s: u32) -> &Metric {
        &self.of_bin[((depart_s / self.bin_s) as usize).min(self.of_bin.len() - 1)]
    }

    /// Distinct metrics held.
    pub fn n_distinct(&self) -> usize {
        self.n_distinct
    }

    /// Memory taken, bytes.
    pub fn bytes(&self) -> usize {
        let mut metrics: Vec<&Arc<Metric>> = self.of_bin.iter().collect();
        metrics.dedup_by_key(|metric| Arc::as_ptr(metric));
        metrics.sort_by_key(|metric| Arc::as_ptr(metric));
        metrics.dedup_by_key(|metric| Arc::as_ptr(metric));
        metrics.iter().map(|metric| metric.bytes()).sum()
    }
}

/// Shortest paths on a network for one mode through a customizable contraction hierarchy (Dibbelt,
/// Strasser & Wagner 2016). Banned turns are honoured; of parallel links the cheaper is taken.
///
/// Weights are generalised costs in whole milliseconds. Built once; [`Router::customize`] takes new times.
#[derive(Debug)]
pub struct Router<'n> {
    network: &'n Network,
    mode: Mode,
    pub(super) hierarchy: Hierarchy,
}

impl<'n> Router<'n> {
    /// Builds the hierarchy. Cost: seconds for 100,000 links (nested dissection); no travel time enters.
    ///
    /// # Errors
    /// [`Error::Check`] when no link is open to `mode`.
    pub fn new(network: &'n Network, mode: Mode) -> Result<Self> {
        Ok(Self { network, mode, hierarchy: Hierarchy::new(network, mode)? })
    }

    /// The network it routes on.
    pub fn network(&self) -> &'n Network {
        self.network
    }

    /// Arcs of the hierarchy: links and shortcuts.
    pub fn n_arcs(&self) -> usize {
        self.hierarchy.head.len()
    }

    /// Customizes every bin of `times`, eight at a time, in parallel.
    pub fn customize(&self, times: &LinkTimes) -> Metrics {
        let (distinct, of_bin) = self.distinct_bins(times);
        let groups: Vec<Vec<Metric>> = distinct
            .par_chunks(LANES)
            .map_init(Buffers::default, |buffers, bins| self.customize_bins(times, bins, buffers))
            .collect();
        let metrics: Vec<Arc<Metric>> = groups.into_iter().flatten().map(Arc::new).collect();
        Metrics {
            bin_s: times.bin_s,
            n_distinct: metrics.len(),
            of_bin: of_bin.iter().map(|&at| metrics[at].clone()).collect(),
        }
    }

    fn customize_bins(&self, times: &LinkTimes, bins: &[usize], buffers: &mut Buffers) -> Vec<Metric> {
        let weights = bins.iter().map(|&bin| weights(times, bin)).collect();
        customize::customize(&self.hierarchy, weights, buffers)
    }

    /// The first of each set of equal bins, and for every bin its place among those.
    fn distinct_bins(&self, times: &LinkTimes) -> (Vec<usize>, Vec<usize>) {
        assert_eq!(times.n_links, self.network.links.len(), "times of another network");
        let hashes: Vec<blake3::Hash> = (0..times.n_bins)
            .into_par_iter()
            .map(|bin| {
                let mut hasher = blake3::Hasher::new();
                weights(times, bin).iter().for_each(|ms| {
                    hasher.update(&ms.to_le_bytes());
                });
                hasher.finalize()
            })
            .collect();
        let mut seen: BTreeMap<[u8; 32], usize> = BTreeMap::new();
        let mut distinct = Vec::new();
        let of_bin = hashes.iter().enumerate().map(|(bin, hash)| {
            *seen.entry(*hash.as_bytes()).or_insert_with(|| {
                distinct.push(bin);
                distinct.len() - 1
            })
        });
        let of_bin = of_bin.collect();
        (distinct, of_bin)
    }

    /// Appends the shortest route of a query (origin and destination link included) to `out` and returns
    /// its cost in milliseconds: the same links when origin and destination are one.
    ///
    /// # Errors
    /// [`Error::Check`] naming both links when there is no way, or one of them is not open to the mode.
    pub fn route(
        &self,
        metric: &Metric,
        query: &Query,
        scratch: &mut Scratch,
        out: &mut Vec<LinkId>,
    ) -> Result<u32> {
        self.route_or_none(metric, query, scratch, out).ok_or_else(|| self.no_way(query))
    }

    /// Appends the cheapest route, both end links included, to `out` and returns its cost, milliseconds,
    /// without that of the first link; `None` when there is no way.
    fn route_or_none(
        &self,
        metric: &Metric,
        query: &Query,
        scratch: &mut Scratch,
        out: &mut Vec<LinkId>,
    ) -> Option<u32> {
        if query.from == query.to {
            out.push(query.from);
            return Some(0);
        }
        let source = self.hierarchy.end_of[query.from.index()];
        let last_ms = metric.link_ms[query.to.index()];
        let open = source != NONE && self.hierarchy.end_of[query.to.index()] != NONE;
        if !open || last_ms == u32::MAX {
            return None;
        }
        scratch.targets.clear();
        let mut targets = std::mem::take(&mut scratch.targets);
        self.hierarchy.starts_of(self.network, query.to, &mut targets);
        scratch.targets = targets;
        let (cost_ms, meeting) = search::meet(&self.hierarchy, metric, source, scratch)?;
        out.push(query.from);
        search::unpack(&self.hierarchy, metric, meeting, scratch, out);
        out.push(query.to);
        Some(cost_ms + last_ms)
    }

    /// The error of a query without a route: an end that is not open to the mode, or a gap between the two.
    pub(super) fn no_way(&self, query: &Query) -> Error {
        let [from, to] = [query.from, query.to].map(|id| &self.network.link(id).name);
        let mode = self.mode.name();
        for id in [query.from, query.to] {
            if !self.network.link(id).modes.has(self.mode) {
                let name = &self.network.link(id).name;
                return Error::Check(format!(
                    "no route from link {from} to link {to}: link {name} is not open to {mode}"
                ));
            }
        }
        Error::Check(format!(
            "no route from link {from} to link {to} by {mode} at {}: a closure or a gap in the network cuts them off",
            crate::unit::hms(query.depart_s)
        ))
    }

    /// Fails when a query of a batch has no route.
    ///
    /// # Errors
    /// [`Error::Check`] naming the links of the first one and the number of all.
    pub fn check(&self, batch: &Batch, queries: &[Query]) -> Result<()> {
        let stranded = batch.stranded();
        let Some(&first) = stranded.first() else { return Ok(()) };
        match stranded.len() {
            1 => Err(self.no_way(&queries[first])),
            n => Err(Error::Check(format!(
                "{} (and {} more trips without a route)",
                self.no_way(&queries[first]),
                n - 1
            ))),
        }
    }

    /// Routes of all queries, in their order, in parallel; the result does not depend on the threads.
    /// A query without a way gets an empty route: see [`Batch::stranded`] and [`Router::check`].
    ///
    /// # Errors
    /// When the routes together have more links than an index can tell.
    pub fn routes(&self, metrics: &Metrics, queries: &[Query]) -> Result<Batch> {
        // By bin and origin: neighbours in this order find each other's arcs in the cache.
        let mut order: Vec<u32> = (0..queries.len() as u32).collect();
        order.par_sort_unstable_by_key(|&at| {
            let query = &queries[at as usize];
            let source = self.hierarchy.end_of[query.from.index()];
            (query.depart_s / metrics.bin_s, source, at)
        });
        let pieces = answer(queries, &order, |scratch, query, out| {
            self.route_or_none(metrics.at(query.depart_s), query, scratch, out)
        });
        gather(queries.len(), &[(order, pieces)])
    }

    /// Like [`Router::customize`] and [`Router::routes`] in one, but with only the bins that
    /// have queries customized, and only eight of them in memory at a time (times the threads).
    ///
    /// # Errors
    /// When the routes together have more links than an index can tell.
    pub fn find(&self, times: &LinkTimes, queries: &[Query]) -> Result<Batch> {
        let (distinct, of_bin) = self.distinct_bins(times);
        let mut by_metric: Vec<Vec<u32>> = vec![Vec::new(); distinct.len()];
        for (at, query) in queries.iter().enumerate() {
            by_metric[of_bin[times.bin(query.depart_s)]].push(at as u32);
        }
        let used: Vec<usize> = (0..distinct.len()).filter(|&at| !by_metric[at].is_empty()).collect();
        let groups: Vec<Vec<(Vec<u32>, Vec<Piece>)>> = used
            .par_chunks(LANES)
            .map_init(Buffers::default, |buffers, group| {
                let bins: Vec<usize> = group.iter().map(|&at| distinct[at]).collect();
                let metrics = self.customize_bins(times, &bins, buffers);
                group
                    .iter()
                    .zip(&metrics)
                    .map(|(&at, metric)| {
                        let mut order = by_metric[at].clone();
                        order.sort_unstable_by_key(|&at| {
                            (self.hierarchy.end_of[queries[at as usize].from.index()], at)
                        });
                        let pieces = answer(queries, &order, |scratch, query, out| {
                            self.route_or_none(metric, query, scratch, out)
                        });
                        (order, pieces)
                    })
                    .collect()
            })
            .collect();
        gather(queries.len(), &groups.into_iter().flatten().collect::<Vec<_>>())
    }
}

fn weights(times: &LinkTimes, bin: usize) -> Vec<u32> {
    (0..times.n_links).map(|link| times.weight_ms(link, bin).unwrap_or(u32::MAX)).collect()
}

#[cfg(test)]
pub(super) mod tests;

//! Many queries at once: answered in parallel, put together in their order.

use super::Query;
use crate::error::{Error, Result};
use crate::id::{LegId, LinkId};
use crate::trip::Routes;
use rayon::prelude::*;

/// Routes of a batch of queries, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The routes; empty where there is none.
    pub routes: Routes,
    /// Cost of each on the times of its departure bin, milliseconds; `u32::MAX` where there is no route.
    pub cost_ms: Vec<u32>,
}

impl Batch {
    /// Positions of the queries without a route.
    pub fn stranded(&self) -> Vec<usize> {
        (0..self.cost_ms.len()).filter(|&at| self.cost_ms[at] == u32::MAX).collect()
    }
}

impl Batch {
    /// Two batches as one: the next answer is of `second` where `is_second`, else of `first`.
    pub(super) fn merge(first: &Self, second: &Self, is_second: &[bool]) -> Result<Self> {
        let n_links = first.routes.links.len() + second.routes.links.len();
        fits(n_links)?;
        let mut both = Self::with_capacity(is_second.len(), n_links);
        let mut next = [0, 0];
        for &is_second in is_second {
            let (from, at) = (if is_second { second } else { first }, &mut next[usize::from(is_second)]);
            both.routes.push(from.routes.of(LegId::new(*at)));
            both.cost_ms.push(from.cost_ms[*at]);
            *at += 1;
        }
        Ok(both)
    }

    fn with_capacity(n_queries: usize, n_links: usize) -> Self {
        let mut first = Vec::with_capacity(n_queries + 1);
        first.push(0);
        let routes = Routes { first, links: Vec::with_capacity(n_links) };
        Self { routes, cost_ms: Vec::with_capacity(n_queries) }
    }
}

/// An error where so many links of routes have no index.
fn fits(n_links: usize) -> Result<()> {
    match n_links < u32::MAX as usize {
        true => Ok(()),
        false => Err(Error::Other(format!("routes of {n_links} links in all; at most 4,294,967,294 fit"))),
    }
}

/// Queries that one task answers.
const PIECE: usize = 512;

/// Answers of one task, in one array.
#[derive(Debug, Default)]
pub(super) struct Piece {
    links: Vec<LinkId>,
    ends: Vec<u32>,
    cost_ms: Vec<u32>,
}

/// Answers the queries in `order`, 512 a task. `find` appends a route and returns its cost in milliseconds; `None`
/// when there is no way. Each task has its own scratch memory.
pub(super) fn answer<S: Default>(
    queries: &[Query],
    order: &[u32],
    find: impl Fn(&mut S, &Query, &mut Vec<LinkId>) -> Option<u32> + Sync,
) -> Vec<Piece> {
    order
        .par_chunks(PIECE)
        .map_init(S::default, |scratch, chunk| {
            let mut piece = Piece::default();
            for &at in chunk {
                let found = find(scratch, &queries[at as usize], &mut piece.links);
                piece.cost_ms.push(found.unwrap_or(u32::MAX));
                piece.ends.push(piece.links.len() as u32);
            }
            piece
        })
        .collect()
}

/// Puts the answers into the order of the queries.
pub(super) fn gather(n_queries: usize, parts: &[(Vec<u32>, Vec<Piece>)]) -> Result<Batch> {
    let n_links: usize = parts.iter().flat_map(|(_, pieces)| pieces).map(|piece| piece.links.len()).sum();
    fits(n_links)?;
    let mut found: Vec<(&[LinkId], u32)> = vec![(&[], 0); n_queries];
    for (order, pieces) in parts {
        for (chunk, piece) in order.chunks(PIECE).zip(pieces) {
            let mut start = 0;
            for ((&at, &end), &cost_ms) in chunk.iter().zip(&piece.ends).zip(&piece.cost_ms) {
                found[at as usize] = (&piece.links[start as usize..end as usize], cost_ms);
                start = end;
            }
        }
    }
    let mut batch = Batch::with_capacity(n_queries, n_links);
    for (links, cost_ms) in found {
        batch.routes.push(links);
        batch.cost_ms.push(cost_ms);
    }
    Ok(batch)
}

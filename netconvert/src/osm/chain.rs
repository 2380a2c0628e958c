//! Turn restrictions over ways: from a way, along one or several others, to a last one.
//!
//! The drive that is meant is a chain of links: from, via …, to. A network bans pairs of links. Banning the pair of two
//! neighbours in the chain says the same where who drives that pair must drive the whole chain: where the links before
//! it can be entered from the chain alone, and the links after it left along the chain alone. Turning round in between
//! is not counted as another way.

use super::turn::{Links, Restriction, Rule};
use engine::id::LinkId;

/// What becomes of a restriction over ways.
pub enum Chain {
    /// The pairs to ban.
    Banned(Vec<(LinkId, LinkId)>),
    /// Nobody can drive the chain.
    Nowhere,
    /// No pair of links says it exactly, or the ways tell of several chains.
    NoPair,
}

/// A chain longer than this is no turn.
const MOST_LINKS: usize = 60;

impl Links<'_> {
    /// The bans of a restriction over the ways `via`.
    pub(super) fn over_ways(&self, restriction: &Restriction, via: &[i64]) -> Chain {
        let mut chains = Vec::new();
        for from in restriction.from.iter().flat_map(|&way| self.of(way)) {
            self.extend(&mut vec![from], via, 0, restriction, &mut chains);
        }
        let chain = match &chains[..] {
            [] => return Chain::Nowhere,
            [one] => one,
            _ => return Chain::NoPair,
        };
        let last = chain.len() - 1;
        // Links 1..=entered can be entered along the chain alone; links left.. can be left along it alone.
        let entered = (1..last).take_while(|&i| self.entered_by(chain[i]) == [chain[i - 1]]).count();
        let left = last - (1..last).rev().take_while(|&i| self.left_onto(chain[i]) == [chain[i + 1]]).count();
        match restriction.rule {
            Rule::Only if entered + 1 == last => {
                let others = self.leaving[self.link(chain[last - 1]).to.index()].iter();
                Chain::Banned(others.filter(|&&l| l != chain[last]).map(|&l| (chain[last - 1], l)).collect())
            }
            Rule::No | Rule::NoUTurn if left <= entered + 1 => {
                Chain::Banned(vec![(chain[entered], chain[entered + 1])])
            }
            _ => Chain::NoPair,
        }
    }

    /// Adds every chain that goes on from `path`, whose last link is of the way `via[at]` (the first: of `from`).
    fn extend(
        &self,
        path: &mut Vec<LinkId>,
        via: &[i64],
        at: usize,
        restriction: &Restriction,
        chains: &mut Vec<Vec<LinkId>>,
    ) {
        let (Some(&here), true) = (path.last(), path.len() < MOST_LINKS && chains.len() < 2) else { return };
        let first = path.len() == 1;
        let next = self.left_onto(here);
        if !first && at + 1 == via.len() {
            let ends = |link: &LinkId| restriction.to.iter().any(|&way| self.of(way).any(|of| of == *link));
            for &to in next.iter().filter(|link| ends(link)) {
                chains.push(path.iter().copied().chain([to]).collect());
            }
        }
        // On along the same via way, or onto the next one.
        let ways = if first { 0..1 } else { at..(at + 2).min(via.len()) };
        for way in ways {
            let goes_on = next.iter().filter(|link| self.of(via[way]).any(|of| of == **link));
            for &link in goes_on {
                if !path.contains(&link) {
                    path.push(link);
                    self.extend(path, via, way, restriction, chains);
                    path.pop();
                }
            }
        }
    }

    /// Links from which a link can be entered without turning round.
    fn entered_by(&self, link: LinkId) -> Vec<LinkId> {
        let (from, to) = (self.link(link).from, self.link(link).to);
        self.entering[from.index()].iter().copied().filter(|&l| self.link(l).from != to).collect()
    }

    /// Links onto which a link can be left without turning round.
    fn left_onto(&self, link: LinkId) -> Vec<LinkId> {
        let (from, to) = (self.link(link).from, self.link(link).to);
        self.leaving[to.index()].iter().copied().filter(|&l| self.link(l).to != from).collect()
    }
}

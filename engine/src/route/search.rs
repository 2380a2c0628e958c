//! A query: two walks up the elimination tree, and the unpacking of what they find.
//!
//! Nearly all the time of a walk goes into the relaxation of arcs: 8 bytes read in a row and one label of 16 bytes
//! an arc. So a label is one number that a minimum updates (no branch to predict), and above the lowest
//! common ancestor a vertex is searched on only if it can still be on a shortest path.

use super::customize::{Half, LINK, Metric};
use super::hierarchy::{Hierarchy, NONE};
use crate::id::LinkId;

/// Distance of what has not been reached.
const FAR: u32 = u32::MAX;

/// Distance (high half, milliseconds) and the entry of [`Half`] by which it was reached (low half). Of equal
/// distances the smaller entry wins: its tail is the lower vertex.
type Reach = u64;

/// Not reached, or forgotten: the low half stays for [`unpack`].
const UNREACHED: Reach = (FAR as u64) << 32;
/// Where a search begins.
const START: Reach = NONE as u64;

#[inline]
fn ms(reach: Reach) -> u32 {
    (reach >> 32) as u32
}

#[inline]
fn by(reach: Reach) -> u32 {
    reach as u32
}

/// What the two searches know of a vertex: 16 bytes, one cache line touched a visit.
#[derive(Debug, Clone, Copy)]
struct Label {
    /// From the source, over the upward half.
    up: Reach,
    /// To the target, over the downward half.
    down: Reach,
}

impl Label {
    /// Length of the way over this vertex; `None` when one of the searches has not been here.
    #[inline]
    fn through_ms(self) -> Option<u32> {
        (ms(self.up) != FAR && ms(self.down) != FAR).then(|| ms(self.up) + ms(self.down))
    }
}

/// Memory of a search, reused from query to query: 16 bytes a vertex.
#[derive(Debug, Default)]
pub struct Scratch {
    labels: Vec<Label>,
    pub(super) targets: Vec<u32>,
    stack: Vec<Step>,
}

/// Shortest path from vertex `source` to any of `scratch.targets`, ranks both: its length in milliseconds
/// and the vertex where the two searches met. Visits the ancestors of both ends in ascending order.
pub(super) fn meet(
    hierarchy: &Hierarchy,
    metric: &Metric,
    source: u32,
    scratch: &mut Scratch,
) -> Option<(u32, u32)> {
    scratch.labels.resize(hierarchy.n_vertices(), Label { up: UNREACHED, down: UNREACHED });
    let labels = &mut scratch.labels[..];
    let targets = &mut scratch.targets;
    labels[source as usize].up = START;
    for &target in targets.iter() {
        labels[target as usize].down = START;
    }
    let mut best = Best { ms: FAR, at: NONE };
    let mut up = source;
    let mut down = targets.iter().copied().min().unwrap_or(NONE);
    // Until all walks stand on one vertex.
    while up != down || targets.iter().any(|&target| target != down) {
        let vertex = up.min(down);
        visit(metric, labels, vertex, &mut best, (FAR, FAR));
        let parent = hierarchy.parent[vertex as usize];
        up = if up == vertex { parent } else { up };
        if down == vertex {
            down = next_target(targets, vertex, parent);
        }
    }
    let bound = bound(hierarchy, labels, up, best.ms);
    while up != NONE {
        visit(metric, labels, up, &mut best, bound);
        up = hierarchy.parent[up as usize];
    }
    (best.at != NONE).then_some((best.ms, best.at))
}

/// Of several sources and targets (each with what is to be added at its end, milliseconds) the pair with the cheapest
/// way between them. A vertex may not be named twice on one side.
pub(super) fn meet_any(
    hierarchy: &Hierarchy,
    metric: &Metric,
    sources: &[u32],
    targets: &[(u32, u32)],
    scratch: &mut Scratch,
) -> Option<(u32, u32)> {
    scratch.labels.resize(hierarchy.n_vertices(), Label { up: UNREACHED, down: UNREACHED });
    let labels = &mut scratch.labels[..];
    let walks = &mut scratch.targets;
    walks.clear();
    for &source in sources {
        labels[source as usize].up = START;
        walks.push(source);
    }
    for &(target, more_ms) in targets {
        labels[target as usize].down = u64::from(more_ms) << 32 | START;
        walks.push(target);
    }
    let mut best = Best { ms: FAR, at: NONE };
    let mut vertex = walks.iter().copied().min().unwrap_or(NONE);
    while vertex != NONE {
        visit(metric, labels, vertex, &mut best, (FAR, FAR));
        vertex = next_target(walks, vertex, hierarchy.parent[vertex as usize]);
    }
    if best.at == NONE {
        return None;
    }
    let (mut source, mut target) = (best.at, best.at);
    while by(labels[source as usize].up) != NONE {
        source = hierarchy.tail[metric.up.id[by(labels[source as usize].up) as usize] as usize];
    }
    while by(labels[target as usize].down) != NONE {
        target = hierarchy.tail[metric.down.id[by(labels[target as usize].down) as usize] as usize];
    }
    Some((source, target))
}

/// The best meeting so far.
struct Best {
    ms: u32,
    at: u32,
}

/// From which distances on the searches up and down need not go on above `vertex`, where all walks have met: from
/// there a path would be longer than one that is known already.
///
/// A label changes from now on only by arcs from these ancestors, so none becomes smaller than the least of
/// them: the other half of any path is at least that long.
fn bound(hierarchy: &Hierarchy, labels: &[Label], vertex: u32, mut best_ms: u32) -> (u32, u32) {
    let (mut least_up_ms, mut least_down_ms) = (FAR, FAR);
    let mut at = vertex;
    while at != NONE {
        let label = labels[at as usize];
        best_ms = label.through_ms().map_or(best_ms, |through_ms| best_ms.min(through_ms));
        least_up_ms = least_up_ms.min(ms(label.up));
        least_down_ms = least_down_ms.min(ms(label.down));
        at = hierarchy.parent[at as usize];
    }
    (best_ms.saturating_sub(least_down_ms), best_ms.saturating_sub(least_up_ms))
}

/// Searches on from a vertex, upwards as long as its distances lie below `bound` and the best meeting.
#[inline]
fn visit(metric: &Metric, labels: &mut [Label], vertex: u32, best: &mut Best, bound: (u32, u32)) {
    let label = labels[vertex as usize];
    if let Some(through_ms) = label.through_ms()
        && through_ms < best.ms
    {
        *best = Best { ms: through_ms, at: vertex };
    }
    if ms(label.up) < best.ms.min(bound.0) {
        relax(&metric.up, vertex, ms(label.up), |head, reach| {
            let label = &mut labels[head as usize];
            label.up = label.up.min(reach);
        });
    }
    if ms(label.down) < best.ms.min(bound.1) {
        relax(&metric.down, vertex, ms(label.down), |head, reach| {
            let label = &mut labels[head as usize];
            label.down = label.down.min(reach);
        });
    }
    // All that is still to come lies higher: the label can be cleaned for the next query at once.
    let label = &mut labels[vertex as usize];
    (label.up, label.down) = (label.up | UNREACHED, label.down | UNREACHED);
}

/// Moves every target walk that stands on `vertex` to its parent; the lowest of all comes next.
#[inline]
fn next_target(targets: &mut [u32], vertex: u32, parent: u32) -> u32 {
    let mut lowest = NONE;
    for target in targets {
        *target = if *target == vertex { parent } else { *target };
        lowest = lowest.min(*target);
    }
    lowest
}

#[inline]
fn relax(half: &Half, vertex: u32, from_ms: u32, mut reach: impl FnMut(u32, Reach)) {
    let (first, last) = (half.first[vertex as usize], half.first[vertex as usize + 1]);
    let arcs = &half.arcs[first as usize..last as usize];
    for (by, &(head, ms)) in (first..last).zip(arcs) {
        reach(head, u64::from(from_ms + ms) << 32 | u64::from(by));
    }
}

/// An arc of the hierarchy to be driven.
#[derive(Debug, Clone, Copy)]
struct Step {
    arc: u32,
    /// Its lower end.
    tail: u32,
    /// Whether it is driven from the higher end to the lower.
    downward: bool,
}

/// Appends the links of the path over `meeting` found by the last [`meet`].
pub(super) fn unpack(
    hierarchy: &Hierarchy,
    metric: &Metric,
    meeting: u32,
    scratch: &mut Scratch,
    out: &mut Vec<LinkId>,
) {
    let (labels, stack) = (&scratch.labels, &mut scratch.stack);
    let mut vertex = meeting;
    // From the meeting back to the source: the last pushed is the first to be driven.
    while by(labels[vertex as usize].up) != NONE {
        let arc = metric.up.id[by(labels[vertex as usize].up) as usize];
        vertex = hierarchy.tail[arc as usize];
        stack.push(Step { arc, tail: vertex, downward: false });
    }
    drain(hierarchy, metric, stack, out);
    vertex = meeting;
    while by(labels[vertex as usize].down) != NONE {
        let arc = metric.down.id[by(labels[vertex as usize].down) as usize];
        vertex = hierarchy.tail[arc as usize];
        stack.push(Step { arc, tail: vertex, downward: true });
        drain(hierarchy, metric, stack, out);
    }
}

/// Unpacks the arcs on the stack, top first.
fn drain(hierarchy: &Hierarchy, metric: &Metric, stack: &mut Vec<Step>, out: &mut Vec<LinkId>) {
    while let Some(Step { arc, tail, downward }) = stack.pop() {
        let via = if downward { metric.via_down[arc as usize] } else { metric.via_up[arc as usize] };
        if via & LINK != 0 {
            out.push(LinkId(via & !LINK));
            continue;
        }
        let to_head = via;
        let low = hierarchy.tail[to_head as usize];
        // The arc from the low vertex to the tail lies before the one to the head.
        let mut to_tail = to_head - 1;
        while hierarchy.head[to_tail as usize] != tail {
            to_tail -= 1;
        }
        debug_assert_eq!(hierarchy.tail[to_tail as usize], low);
        let (to_tail, to_head) = ((to_tail, low), (to_head, low));
        let ((last, tail), (first, _)) = if downward { (to_tail, to_head) } else { (to_head, to_tail) };
        // Into the low vertex first, then out of it.
        stack.push(Step { arc: last, tail, downward: false });
        stack.push(Step { arc: first, tail, downward: true });
    }
}

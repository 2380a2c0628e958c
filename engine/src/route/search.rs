//! A query: two walks up the elimination tree, and the unpacking of what they find.

use super::customize::{Half, LINK, Metric};
use super::hierarchy::{Hierarchy, NONE};
use crate::id::LinkId;

/// Distance of what has not been reached.
pub(super) const FAR: u32 = u32::MAX;

/// What the two searches know of a vertex: 16 bytes, one cache line touched a visit.
#[derive(Clone, Copy)]
struct Label {
    /// From the source, milliseconds.
    up_ms: u32,
    /// To the target, milliseconds.
    down_ms: u32,
    /// Entry of [`Metric`]'s upward half by which the source side came.
    by_up: u32,
    /// Entry of the downward half by which the target side came.
    by_down: u32,
}

/// Memory of a search, reused from query to query: 16 bytes a vertex.
#[derive(Debug, Default)]
pub struct Scratch {
    labels: Vec<Label>,
    pub(super) targets: Vec<u32>,
    stack: Vec<u32>,
}

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({}, {})", self.up_ms, self.down_ms)
    }
}

/// Shortest path from vertex `source` to any of `scratch.targets`, ranks both: its length in milliseconds
/// and the vertex where the two searches met. Visits the ancestors of both ends in ascending order; a
/// vertex farther than the best meeting is not searched on.
pub(super) fn meet(
    hierarchy: &Hierarchy,
    metric: &Metric,
    source: u32,
    scratch: &mut Scratch,
) -> Option<(u32, u32)> {
    let empty = Label { up_ms: FAR, down_ms: FAR, by_up: NONE, by_down: NONE };
    scratch.labels.resize(hierarchy.n_vertices(), empty);
    let labels = &mut scratch.labels[..];
    let targets = &mut scratch.targets;
    labels[source as usize].up_ms = 0;
    labels[source as usize].by_up = NONE;
    for &target in targets.iter() {
        labels[target as usize].down_ms = 0;
        labels[target as usize].by_down = NONE;
    }
    let (mut best_ms, mut meeting) = (FAR, NONE);
    let mut up = source;
    let mut down = targets.iter().copied().min().unwrap_or(NONE);
    while up != NONE || down != NONE {
        let vertex = up.min(down);
        let label = labels[vertex as usize];
        if label.up_ms != FAR && label.down_ms != FAR && label.up_ms + label.down_ms < best_ms {
            best_ms = label.up_ms + label.down_ms;
            meeting = vertex;
        }
        if label.up_ms < best_ms {
            relax(&metric.up, vertex, label.up_ms, |head, ms, by| {
                let label = &mut labels[head as usize];
                if ms < label.up_ms {
                    (label.up_ms, label.by_up) = (ms, by);
                }
            });
        }
        if label.down_ms < best_ms {
            relax(&metric.down, vertex, label.down_ms, |head, ms, by| {
                let label = &mut labels[head as usize];
                if ms < label.down_ms {
                    (label.down_ms, label.by_down) = (ms, by);
                }
            });
        }
        // All that is still to come lies higher: the label can be cleaned for the next query at once.
        (labels[vertex as usize].up_ms, labels[vertex as usize].down_ms) = (FAR, FAR);
        let parent = hierarchy.parent[vertex as usize];
        up = if up == vertex { parent } else { up };
        if down == vertex {
            down = next_target(targets, vertex, parent);
        }
    }
    (meeting != NONE).then_some((best_ms, meeting))
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
fn relax(half: &Half, vertex: u32, from_ms: u32, mut reach: impl FnMut(u32, u32, u32)) {
    let (first, last) = (half.first[vertex as usize], half.first[vertex as usize + 1]);
    let arcs = &half.arcs[first as usize..last as usize];
    for (by, &(head, ms)) in (first..last).zip(arcs) {
        reach(head, from_ms + ms, by);
    }
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
    while labels[vertex as usize].by_up != NONE {
        let arc = metric.up.id[labels[vertex as usize].by_up as usize];
        stack.push(arc << 1);
        vertex = hierarchy.tail[arc as usize];
    }
    drain(hierarchy, metric, stack, out);
    vertex = meeting;
    while labels[vertex as usize].by_down != NONE {
        let arc = metric.down.id[labels[vertex as usize].by_down as usize];
        stack.push(arc << 1 | 1);
        drain(hierarchy, metric, stack, out);
        vertex = hierarchy.tail[arc as usize];
    }
}

/// Unpacks the arcs on the stack, top first: `arc << 1`, plus 1 for the direction from head to tail.
fn drain(hierarchy: &Hierarchy, metric: &Metric, stack: &mut Vec<u32>, out: &mut Vec<LinkId>) {
    while let Some(item) = stack.pop() {
        let (arc, downward) = (item >> 1, item & 1 == 1);
        let via = if downward { metric.via_down[arc as usize] } else { metric.via_up[arc as usize] };
        if via & LINK != 0 {
            out.push(LinkId(via & !LINK));
            continue;
        }
        let to_head = via;
        let low = hierarchy.tail[to_head as usize];
        let tail = hierarchy.tail[arc as usize];
        // The arc from the low vertex to the tail lies before the one to the head.
        let mut to_tail = to_head - 1;
        while hierarchy.head[to_tail as usize] != tail {
            to_tail -= 1;
        }
        debug_assert_eq!(hierarchy.tail[to_tail as usize], low);
        if downward {
            stack.push(to_tail << 1);
            stack.push(to_head << 1 | 1);
        } else {
            stack.push(to_head << 1);
            stack.push(to_tail << 1 | 1);
        }
    }
}

//! Customization: travel times poured into the hierarchy, eight bins of the day at a time.
//!
//! Weights are integers, milliseconds. Inside this file a weight `w` is held as the key `2w`, plus one
//! while the arc is needed. The smallest key wins, so a detour over higher vertices that is as
//! short as the arc itself (key `2w`) replaces it and thereby marks it as not needed.
//!
//! Everything happens on triangles: a vertex `low` and two higher neighbours `middle` and `top`, which the
//! hierarchy joins, too. Basic customization goes from the lowest vertex up and asks whether the way over `low` is
//! shorter than the arc from `middle` to `top`:
//!
//! ```text
//! up(middle–top) = min(up(middle–top), down(low–middle) + up(low–top)), and down alike
//! ```
//!
//! Perfect customization then goes from the highest vertex down, asks the same of the two arcs of `low`, and drops
//! arcs that are not needed, which leaves less to search. Eight bins differ only in numbers, never in which
//! triangles there are, so one look-up serves all.

use super::hierarchy::{Hierarchy, NONE};

/// Bins customized together: a triangle is looked up once and relaxed in all of them by vector instructions.
pub(super) const LANES: usize = 8;
/// Key of "no way": two of them add up without overflow. Paths of 149 hours and more count as none.
const CLOSED: i32 = (1 << 30) - 2;
/// Bit that tells a link from an arc in [`Metric`]'s `via`.
pub(super) const LINK: u32 = 1 << 31;

/// Weights of an arc: `up` from its lower end to its higher, `down` back.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Weights {
    up: [i32; LANES],
    down: [i32; LANES],
}

/// What an arc stands for in each bin: a link (with the bit [`LINK`]), or a path over the lowest vertex
/// of a triangle, told by the arc from there to the arc's head.
#[derive(Clone, Copy)]
struct Via {
    up: [u32; LANES],
    down: [u32; LANES],
}

/// One direction of the pruned search graph, by vertex.
#[derive(Debug, Default, Clone)]
pub(super) struct Half {
    /// First entry of each vertex; length vertices + 1.
    pub first: Vec<u32>,
    /// Higher end and weight, milliseconds.
    pub arcs: Vec<(u32, u32)>,
    /// The hierarchy's arc of each entry.
    pub id: Vec<u32>,
}

/// A hierarchy with the weights of one bin, ready for queries.
#[derive(Debug, Clone)]
pub struct Metric {
    pub(super) up: Half,
    pub(super) down: Half,
    pub(super) via_up: Vec<u32>,
    pub(super) via_down: Vec<u32>,
    /// Weight of each link, milliseconds; `u32::MAX` where closed.
    pub(super) link_ms: Vec<u32>,
}

impl Metric {
    /// Memory it takes, bytes.
    pub fn bytes(&self) -> usize {
        let half = |half: &Half| half.first.len() * 4 + half.arcs.len() * 12;
        half(&self.up) + half(&self.down) + (self.via_up.len() + self.via_down.len() + self.link_ms.len()) * 4
    }

    /// Arcs left to search, both directions together.
    pub fn n_arcs(&self) -> usize {
        self.up.arcs.len() + self.down.arcs.len()
    }
}

/// Buffers of a customization, kept between calls: 128 bytes an arc.
#[derive(Default)]
pub(super) struct Buffers {
    weights: Vec<Weights>,
    via: Vec<Via>,
}

/// Customizes up to [`LANES`] bins; each of `bins` holds the weight of every link (milliseconds, `u32::MAX`
/// where closed).
pub(super) fn customize(hierarchy: &Hierarchy, bins: Vec<Vec<u32>>, buffers: &mut Buffers) -> Vec<Metric> {
    assert!(bins.len() <= LANES);
    reset(hierarchy, &bins, buffers);
    contract(hierarchy, &mut buffers.weights, &mut buffers.via);
    prune(hierarchy, &mut buffers.weights);
    bins.into_iter()
        .enumerate()
        .map(|(lane, link_ms)| Metric {
            up: half(hierarchy, |arc| buffers.weights[arc].up[lane]),
            down: half(hierarchy, |arc| buffers.weights[arc].down[lane]),
            via_up: buffers.via.iter().map(|via| via.up[lane]).collect(),
            via_down: buffers.via.iter().map(|via| via.down[lane]).collect(),
            link_ms,
        })
        .collect()
}

/// Gives every arc the weight of the cheapest link between its ends, bin by bin.
fn reset(hierarchy: &Hierarchy, bins: &[Vec<u32>], buffers: &mut Buffers) {
    let n_arcs = hierarchy.head.len();
    buffers.weights.clear();
    buffers.weights.resize(n_arcs, Weights { up: [CLOSED; LANES], down: [CLOSED; LANES] });
    buffers.via.clear();
    buffers.via.resize(n_arcs, Via { up: [NONE; LANES], down: [NONE; LANES] });
    for input in &hierarchy.inputs {
        let weights = &mut buffers.weights[input.arc as usize];
        let via = &mut buffers.via[input.arc as usize];
        let (keys, vias) =
            if input.upward { (&mut weights.up, &mut via.up) } else { (&mut weights.down, &mut via.down) };
        for (lane, link_ms) in bins.iter().enumerate() {
            let ms = link_ms[input.link as usize];
            if ms < (CLOSED / 2) as u32 && (2 * ms as i32) < keys[lane] {
                keys[lane] = 2 * ms as i32;
                vias[lane] = LINK | input.link;
            }
        }
    }
}

/// Basic customization: vertices from the lowest up; each offers its detour to every pair of higher
/// neighbours. Cost: one cache line read and two written a triangle and eight bins.
fn contract(hierarchy: &Hierarchy, weights: &mut [Weights], via: &mut [Via]) {
    for low in 0..hierarchy.n_vertices() as u32 {
        let arcs = hierarchy.up(low);
        for to_middle in arcs.clone() {
            let middle = weights[to_middle];
            let mut side = hierarchy.up(hierarchy.head[to_middle]).start;
            for to_top in to_middle + 1..arcs.end {
                let top = hierarchy.head[to_top];
                // Chordal: the neighbours of `low` are neighbours of each other.
                while hierarchy.head[side] != top {
                    side += 1;
                }
                let high = weights[to_top];
                offer(&mut weights[side], &mut via[side], &middle, &high, to_top as u32);
            }
        }
    }
}

/// Offers the way over the low vertex to the arc between middle and top.
#[inline]
fn offer(side: &mut Weights, via: &mut Via, middle: &Weights, top: &Weights, to_top: u32) {
    for lane in 0..LANES {
        let up = middle.down[lane] + top.up[lane];
        let down = top.down[lane] + middle.up[lane];
        via.up[lane] = if up < side.up[lane] { to_top } else { via.up[lane] };
        via.down[lane] = if down < side.down[lane] { to_top } else { via.down[lane] };
        side.up[lane] = side.up[lane].min(up);
        side.down[lane] = side.down[lane].min(down);
    }
}

/// Perfect customization: vertices from the highest down; an arc is dropped when a path over a higher
/// vertex is as short. Weights are positive, so of two equal ways one always stays.
fn prune(hierarchy: &Hierarchy, weights: &mut [Weights]) {
    for low in (0..hierarchy.n_vertices() as u32).rev() {
        let arcs = hierarchy.up(low);
        for arc in arcs.clone() {
            let keys = &mut weights[arc];
            for lane in 0..LANES {
                keys.up[lane] |= i32::from(keys.up[lane] < CLOSED);
                keys.down[lane] |= i32::from(keys.down[lane] < CLOSED);
            }
        }
        for to_middle in arcs.clone() {
            let mut side = hierarchy.up(hierarchy.head[to_middle]).start;
            for to_top in to_middle + 1..arcs.end {
                let top = hierarchy.head[to_top];
                while hierarchy.head[side] != top {
                    side += 1;
                }
                let between = weights[side];
                let (left, right) = weights.split_at_mut(to_top);
                detour(&mut left[to_middle], &mut right[0], &between);
            }
        }
    }
}

/// Tries both arcs of a low vertex against the way over the other's end.
#[inline]
fn detour(middle: &mut Weights, top: &mut Weights, side: &Weights) {
    for lane in 0..LANES {
        let (side_up, side_down) = (side.up[lane] & !1, side.down[lane] & !1);
        let (middle_up, middle_down) = (middle.up[lane] & !1, middle.down[lane] & !1);
        let (top_up, top_down) = (top.up[lane] & !1, top.down[lane] & !1);
        middle.up[lane] = middle.up[lane].min(top_up + side_down);
        middle.down[lane] = middle.down[lane].min(side_up + top_down);
        top.up[lane] = top.up[lane].min(middle_up + side_up);
        top.down[lane] = top.down[lane].min(side_down + middle_down);
    }
}

/// The arcs that are needed, of one direction and bin.
fn half(hierarchy: &Hierarchy, key: impl Fn(usize) -> i32) -> Half {
    let n_kept = (0..hierarchy.head.len()).filter(|&arc| key(arc) & 1 == 1).count();
    let mut half = Half {
        first: Vec::with_capacity(hierarchy.n_vertices() + 1),
        arcs: Vec::with_capacity(n_kept),
        id: Vec::with_capacity(n_kept),
    };
    half.first.push(0);
    for vertex in 0..hierarchy.n_vertices() as u32 {
        for arc in hierarchy.up(vertex) {
            if key(arc) & 1 == 1 {
                half.arcs.push((hierarchy.head[arc], (key(arc) >> 1) as u32));
                half.id.push(arc as u32);
            }
        }
        half.first.push(half.arcs.len() as u32);
    }
    half
}

//! Vehicles on the road: one small ring of records a link, all rings in one arena.

use super::link::Link;

/// "Nobody", "nowhere", "never": the value that no index and no second reaches.
pub(super) const NIL: u32 = u32::MAX;

/// A vehicle on a link, 20 bytes. It carries all that the next node asks for, so that neither the
/// person nor the route is looked up again before the vehicle moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Vehicle {
    /// Who drives.
    pub person: u32,
    /// Where the route stands: index of the present link in `Routes::links`.
    pub at: u32,
    /// The link after this one; [`NIL`] on the last.
    pub next: u32,
    /// When it entered over the start node, seconds; [`NIL`] when it came from parking.
    pub enter_s: u32,
    /// Earliest second at which it can leave the queue.
    pub exit_s: u32,
}

/// Slots of the smallest ring: most links never hold more vehicles than this.
const SMALLEST_LOG: u8 = 2;

/// The arena. A link's ring holds first its buffer, then its queue, both in the order in which they
/// leave; moving the first of the queue into the buffer is moving a border. A ring that is full moves
/// to one of twice the size and leaves its slots to the next link that grows, so rings stay as small as
/// the traffic is light and the working set is the vehicles on the road, not the places of the network.
#[derive(Debug, Default)]
pub(super) struct Rings {
    slots: Vec<Vehicle>,
    /// Starts of unused rings by the logarithm of their size.
    unused: [Vec<u32>; 32],
}

impl Rings {
    /// The vehicle at `place` of the link's ring (0 leaves first).
    #[inline]
    pub fn get(&self, link: &Link, place: u32) -> &Vehicle {
        &self.slots[slot(link, place)]
    }

    /// Looks at the slot that the next vehicle of the queue will take, so that it is in the cache.
    #[inline]
    pub fn touch_end(&self, link: &Link) -> u32 {
        let end = u32::from(link.n_buffer) + link.n_queue;
        if link.base == NIL { 0 } else { self.slots[slot(link, end)].exit_s }
    }

    /// Appends a vehicle to the link's queue.
    #[inline]
    pub fn push_queue(&mut self, link: &mut Link, vehicle: Vehicle) {
        self.make_room(link);
        let end = u32::from(link.n_buffer) + link.n_queue;
        self.slots[slot(link, end)] = vehicle;
        link.n_queue += 1;
    }

    /// Appends a vehicle to the link's buffer, before the whole queue.
    pub fn push_buffer(&mut self, link: &mut Link, vehicle: Vehicle) {
        self.make_room(link);
        link.head = link.head.wrapping_sub(1);
        for place in 0..u32::from(link.n_buffer) {
            self.slots[slot(link, place)] = self.slots[slot(link, place + 1)];
        }
        self.slots[slot(link, u32::from(link.n_buffer))] = vehicle;
        link.n_buffer += 1;
    }

    /// Takes the first vehicle of the buffer, which must not be empty.
    #[inline]
    pub fn pop_buffer(&mut self, link: &mut Link) -> Vehicle {
        debug_assert!(link.n_buffer > 0);
        let vehicle = self.slots[slot(link, 0)];
        link.head = link.head.wrapping_add(1);
        link.n_buffer -= 1;
        vehicle
    }

    /// Takes the first vehicle of the queue out of the middle of the ring (it arrives).
    #[inline]
    pub fn pop_queue(&mut self, link: &mut Link) -> Vehicle {
        debug_assert!(link.n_queue > 0);
        let vehicle = self.slots[slot(link, u32::from(link.n_buffer))];
        for place in (0..u32::from(link.n_buffer)).rev() {
            self.slots[slot(link, place + 1)] = self.slots[slot(link, place)];
        }
        link.head = link.head.wrapping_add(1);
        link.n_queue -= 1;
        vehicle
    }

    #[inline]
    fn make_room(&mut self, link: &mut Link) {
        let n_held = u32::from(link.n_buffer) + link.n_queue;
        if link.base == NIL || n_held == 1 << link.ring_log {
            self.grow(link, n_held);
        }
    }

    #[cold]
    fn grow(&mut self, link: &mut Link, n_held: u32) {
        let log = if link.base == NIL { SMALLEST_LOG } else { link.ring_log + 1 };
        let base = self.unused[usize::from(log)].pop().unwrap_or_else(|| {
            let base = self.slots.len() as u32;
            self.slots.resize(self.slots.len() + (1 << log), Vehicle::default());
            base
        });
        for place in 0..n_held {
            self.slots[(base + place) as usize] = self.slots[slot(link, place)];
        }
        if link.base != NIL {
            self.unused[usize::from(link.ring_log)].push(link.base);
        }
        (link.base, link.ring_log, link.head) = (base, log, 0);
    }
}

#[inline]
fn slot(link: &Link, place: u32) -> usize {
    (link.base + (link.head.wrapping_add(place) & ((1 << link.ring_log) - 1))) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Two plain queues are the oracle: the ring gives the same vehicles in the same order.
        #[test]
        fn a_ring_is_a_buffer_and_a_queue(steps in prop::collection::vec(0u8..5, 0..300)) {
            use std::collections::VecDeque;
            let mut rings = Rings::default();
            let mut links = [Link::empty(), Link::empty()];
            let mut plain = [(VecDeque::new(), VecDeque::new()), (VecDeque::new(), VecDeque::new())];
            for (number, step) in steps.into_iter().enumerate() {
                let which = number % 3 % 2;
                let (link, (buffer, queue)) = (&mut links[which], &mut plain[which]);
                let vehicle = Vehicle { person: number as u32, ..Vehicle::default() };
                match step {
                    0 => { rings.push_buffer(link, vehicle); buffer.push_back(vehicle); }
                    1 | 2 => { rings.push_queue(link, vehicle); queue.push_back(vehicle); }
                    3 if !buffer.is_empty() => prop_assert_eq!(Some(rings.pop_buffer(link)), buffer.pop_front()),
                    4 if !queue.is_empty() => prop_assert_eq!(Some(rings.pop_queue(link)), queue.pop_front()),
                    _ => {}
                }
                prop_assert_eq!((link.n_buffer as usize, link.n_queue as usize), (buffer.len(), queue.len()));
                for (place, vehicle) in buffer.iter().chain(queue.iter()).enumerate() {
                    prop_assert_eq!(rings.get(link, place as u32), vehicle);
                }
            }
        }
    }
}

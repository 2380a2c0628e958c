//! Where a person is in the day: the state on which the chance to leave and the next activity depend.
//! Training and sampling walk through the same states.

use engine::activity::{Activity, SLOTS};

/// Coarse classes of elapsed time of an activity; the first is "since before midnight".
pub(crate) const ELAPSED: usize = 1 + BORDERS.len() + 1;
/// Slots of a block of times at which activities begin: how long one lasts may depend on it.
const BLOCK: usize = 8;
/// Blocks of a day.
pub(crate) const BLOCKS: usize = SLOTS / BLOCK;
/// Upper borders of the classes of elapsed time, slots (fine around the length of a working day).
const BORDERS: [u8; 21] = [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 27, 29, 31, 33, 35, 37, 39, 42, 48, 60];
/// Classes of what has been done before the present activity: worked, at school, other stops 0, 1, 2, 3+.
pub(crate) const PASTS: usize = 16;
/// Number of activities, and the "activity before" of the first one.
pub(crate) const NONE: usize = Activity::COUNT;

/// The state of a walk through a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walk {
    /// Present activity, index.
    pub(crate) activity: usize,
    /// Slot in which it began.
    began: usize,
    /// The activity before it; [`NONE`] for the first of the day.
    pub(crate) before: usize,
    /// Whether work has ended on this day, …
    worked: bool,
    /// … and school.
    schooled: bool,
    /// Other activities away from home that have ended.
    stops: usize,
}

impl Walk {
    /// Midnight.
    pub(crate) fn new(activity: usize) -> Self {
        Self { activity, began: 0, before: NONE, worked: false, schooled: false, stops: 0 }
    }

    /// Whether the present activity is the first of the day.
    pub(crate) fn is_first(&self) -> bool {
        self.before == NONE
    }

    /// The place of "since when" at the start of `slot`: in a table `[KINDS, BLOCKS, SLOTS]` of activity, when it
    /// began and how long ago that is; after it, for the day's first activity, in `[SLOTS, KINDS]`.
    pub(crate) fn since(&self, slot: usize) -> usize {
        if self.is_first() {
            return NONE * BLOCKS * SLOTS + slot * NONE + self.activity;
        }
        (self.activity * BLOCKS + block(self.began)) * SLOTS + slot - self.began
    }

    /// Class of what was done before the present activity.
    pub(crate) fn past(&self) -> usize {
        usize::from(self.worked) | usize::from(self.schooled) << 1 | self.stops.min(3) << 2
    }

    /// Goes on to `activity` at `slot`.
    pub(crate) fn go(&mut self, activity: usize, slot: usize) {
        match Activity::ALL[self.activity] {
            Activity::Home => {}
            Activity::Work => self.worked = true,
            Activity::School => self.schooled = true,
            _ => self.stops += 1,
        }
        *self = Self { activity, began: slot, before: self.activity, ..*self };
    }
}

/// The block of times in which a slot lies.
pub(crate) fn block(slot: usize) -> usize {
    slot / BLOCK
}

/// Class of the time, in slots, since an activity began that was not the day's first.
pub(crate) fn elapsed_class(slots: usize) -> usize {
    1 + BORDERS.partition_point(|&border| usize::from(border) < slots)
}

/// Class of what has been done ([`Walk::past`]) once `activity` is over, of the class before.
pub(crate) fn past_after(past: usize, activity: usize) -> usize {
    match Activity::ALL[activity] {
        Activity::Home => past,
        Activity::Work => past | WORKED,
        Activity::School => past | SCHOOLED,
        _ => (past & (WORKED | SCHOOLED)) | ((past >> 2) + 1).min(3) << 2,
    }
}

/// Bits of [`Walk::past`].
pub(crate) const WORKED: usize = 1;
pub(crate) const SCHOOLED: usize = 2;

/// Whether `next` may follow `activity`: one place all day means that staying is not going.
pub(crate) fn may_follow(activity: usize, next: usize) -> bool {
    activity != next || !Activity::ALL[activity].is_mandatory()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_class_of_the_past_is_known_without_the_walk(activities in prop::collection::vec(0usize..NONE, 2..20)) {
            let mut walk = Walk::new(activities[0]);
            let mut past = walk.past();
            for (slot, &next) in activities.iter().enumerate().skip(1) {
                past = past_after(past, walk.activity);
                walk.go(next, slot);
                prop_assert_eq!(walk.past(), past);
                let at = walk.since(slot + 5);
                prop_assert_eq!((at / SLOTS / BLOCKS, at / SLOTS % BLOCKS, at % SLOTS), (next, block(slot), 5));
            }
        }
    }
}

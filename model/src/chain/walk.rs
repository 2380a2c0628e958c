//! Where a person is in the day: the state on which the chance to leave and the next activity depend.
//! Training and sampling walk through the same states.

use engine::activity::Activity;

/// Classes of elapsed time of an activity; the first is "since before midnight".
pub(crate) const ELAPSED: usize = 1 + BORDERS.len() + 1;
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
    worked: bool,
    schooled: bool,
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

    /// Class of the time since the present activity began, at the start of `slot`.
    pub(crate) fn elapsed(&self, slot: usize) -> usize {
        if self.is_first() {
            return 0;
        }
        1 + BORDERS.partition_point(|&border| usize::from(border) < slot - self.began)
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

/// Whether `next` may follow `activity`: one place all day means that staying is not going.
pub(crate) fn may_follow(activity: usize, next: usize) -> bool {
    activity != next || !Activity::ALL[activity].is_mandatory()
}

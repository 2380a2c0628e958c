//! The first difference between two days.

use super::Event;
use std::fmt;

/// Where two event streams part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// How many events are the same before it.
    pub position: usize,
    /// The event of the first stream there; `None` when it has ended.
    pub left: Option<Event>,
    /// The event of the second stream there; `None` when it has ended.
    pub right: Option<Event>,
}

/// The first difference; `None` when the streams are the same. A surplus at the end is a difference.
pub fn compare(left: &[Event], right: &[Event]) -> Option<Difference> {
    let same = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let difference =
        Difference { position: same, left: left.get(same).copied(), right: right.get(same).copied() };
    (difference.left != difference.right).then_some(difference)
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |f: &mut fmt::Formatter<'_>, event: Option<Event>| match event {
            None => write!(f, "no more event"),
            Some(e) => {
                let time = crate::unit::hms(e.time_s);
                write!(f, "{time} person {} {:?} link {}", e.person.0, e.kind, e.link.0)
            }
        };
        write!(f, "event {}: ", self.position)?;
        side(f, self.left)?;
        write!(f, " against ")?;
        side(f, self.right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Kind;
    use crate::id::{LinkId, PersonId};

    #[test]
    fn a_changed_a_missing_and_a_surplus_event_are_found() {
        let event = |time_s| Event { time_s, person: PersonId(3), kind: Kind::Enter, link: LinkId(9) };
        let day: Vec<Event> = (0..5).map(event).collect();
        assert_eq!(compare(&day, &day), None);
        let mut other = day.clone();
        other[2].link = LinkId(8);
        assert_eq!(compare(&day, &other).map(|d| d.position), Some(2));
        let surplus = compare(&day[..4], &day).unwrap();
        assert_eq!((surplus.position, surplus.left, surplus.right), (4, None, Some(event(4))));
        assert_eq!(surplus.to_string(), "event 4: no more event against 00:00:04 person 3 Enter link 9");
        assert!(compare(&day, &day[..4]).is_some());
    }
}

//! Who a traveller is, whatever a measure on demand does to the numbers.

use crate::id::PersonId;

/// Who a traveller is: travellers of two runs with one origin are one person, also where a measure on demand adds and takes
/// away others, so that their rows differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, bevy_ecs::component::Component)]
pub struct Origin {
    /// Number of the traveller without any measure on demand.
    pub person: PersonId,
    /// 0, or which further copy a measure on demand made.
    pub copy: u32,
}

impl Origin {
    /// The number by which the draws of the person's own day go: the row where no measure acts on demand; and another for
    /// each copy, which lives a day of its own. 2^32 over the golden ratio keeps the copies apart.
    pub fn draws(self) -> PersonId {
        PersonId(self.person.0 ^ self.copy.wrapping_mul(0x9E37_79B9))
    }
}

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

/// The numbers that each person who is in both of two runs has in each; origins are ascending.
pub fn in_both(a: &[Origin], b: &[Origin]) -> Vec<[PersonId; 2]> {
    let mut others = b.iter().enumerate().peekable();
    let pair = |(x, origin): (usize, &Origin)| {
        while others.next_if(|(_, other)| *other < origin).is_some() {}
        let (y, _) = others.next_if(|(_, other)| *other == origin)?;
        Some([x, y].map(PersonId::new))
    };
    a.iter().enumerate().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_draw_apart_and_persons_are_found_in_both_runs() {
        let of = |all: &[(u32, u32)]| -> Vec<Origin> {
            all.iter().map(|&(person, copy)| Origin { person: PersonId(person), copy }).collect()
        };
        let (a, b) = (of(&[(0, 0), (1, 0), (2, 0)]), of(&[(0, 0), (0, 1), (2, 0)]));
        assert_eq!(in_both(&a, &b), [[0, 0], [2, 2]].map(|pair| pair.map(PersonId)));
        assert_eq!(a[1].draws(), PersonId(1));
        assert_ne!(b[0].draws(), b[1].draws());
    }
}

//! Dense ids: each is an index into the arrays of its kind. Outside names live in tables beside them.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta] $name:ident)*) => {$(
        #[$doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[repr(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// "Nobody": the value that no array reaches.
            pub const NONE: Self = Self(u32::MAX);

            /// The id as an index into arrays of its kind.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of position `index`. Arrays of more than `u32::MAX - 1` elements are not supported.
            #[inline]
            pub const fn new(index: usize) -> Self {
                assert!(index < u32::MAX as usize);
                Self(index as u32)
            }

            /// The number of a real id; `None` of [`Self::NONE`], for tables, where it is null.
            pub const fn known(self) -> Option<u32> {
                if self.is_some() { Some(self.0) } else { None }
            }

            /// Whether this is a real id and not [`Self::NONE`].
            #[inline]
            pub const fn is_some(self) -> bool {
                self.0 != u32::MAX
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}#{}", stringify!($name), self.0)
            }
        }
    )*};
}

id! {
    /// A node (junction) of the network.
    NodeId
    /// A directed link of the network.
    LinkId
    /// A traffic analysis zone.
    ZoneId
    /// A synthetic person.
    PersonId
    /// A synthetic household.
    HouseholdId
    /// A leg: one trip of one person, in the order person, then time.
    LegId
}

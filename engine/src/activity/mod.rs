//! The 15 activities (seed 002, Table 1), chains of them, and checks of diaries.

pub mod diary;
pub mod replay;
pub mod target;
pub mod time_use;

use crate::error::Result;
use crate::id::PersonId;
use crate::people::Demographics;
use serde::{Deserialize, Serialize};

/// A source of days: the activity model, as the engine sees it.
pub trait Generate: Send + Sync {
    /// A day for each person, in their order. `weekday`: 0 (Monday) to 6 (Sunday). The day of a person depends on the
    /// person, the weekday and the seed only.
    ///
    /// # Errors
    /// What the model cannot do, such as a weekday above 6.
    fn chains(&self, persons: &[(PersonId, Demographics)], weekday: u8, seed: u64) -> Result<Vec<Chain>>;
}

/// What a person does somewhere. Numbers are the codes of seed 002, Table 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
#[allow(missing_docs)] // the names are the definition; see `Activity::label`
pub enum Activity {
    Home = 1,
    Work = 2,
    School = 3,
    Caregiving = 4,
    ShopGoods = 5,
    ShopServices = 6,
    MealsOut = 7,
    Errands = 8,
    Leisure = 9,
    Exercise = 10,
    Social = 11,
    Healthcare = 12,
    Worship = 13,
    Other = 14,
    PickupDrop = 15,
}

impl Activity {
    /// All activities in code order.
    pub const ALL: [Self; 15] = [
        Self::Home,
        Self::Work,
        Self::School,
        Self::Caregiving,
        Self::ShopGoods,
        Self::ShopServices,
        Self::MealsOut,
        Self::Errands,
        Self::Leisure,
        Self::Exercise,
        Self::Social,
        Self::Healthcare,
        Self::Worship,
        Self::Other,
        Self::PickupDrop,
    ];
    /// How many there are.
    pub const COUNT: usize = 15;

    /// Code in tables and in the model's vocabulary, 1 to 15.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Position in [`Activity::ALL`], 0..15.
    pub const fn index(self) -> usize {
        self as usize - 1
    }

    /// The activity of a code 1..=15.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code).wrapping_sub(1)).copied()
    }

    /// Name in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Work => "work",
            Self::School => "school",
            Self::Caregiving => "caregiving",
            Self::ShopGoods => "shop-goods",
            Self::ShopServices => "shop-services",
            Self::MealsOut => "meals-out",
            Self::Errands => "errands",
            Self::Leisure => "leisure",
            Self::Exercise => "exercise",
            Self::Social => "social",
            Self::Healthcare => "healthcare",
            Self::Worship => "worship",
            Self::Other => "other",
            Self::PickupDrop => "pickup-drop",
        }
    }

    /// The activity of a [`Activity::label`].
    pub fn parse(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.label() == label)
    }

    /// Home, work and school keep one place all day.
    pub const fn is_mandatory(self) -> bool {
        matches!(self, Self::Home | Self::Work | Self::School)
    }
}

/// Slots of a day.
pub const SLOTS: usize = 96;
/// Length of a slot, seconds.
pub const SLOT_S: u32 = 900;

/// A day as 96 slots of 15 minutes, each the code of an activity (1..=15).
pub type Slots = [u8; SLOTS];

/// One stay: an activity from `start_s` to `end_s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Episode {
    /// What the person does there.
    pub activity: Activity,
    /// Planned start, seconds since midnight. Travel to it happens before, out of the time of the
    /// episode before it (diaries without travel: seed 002 gives travel to its neighbours).
    pub start_s: u32,
    /// Planned end, seconds since midnight: when the next trip departs.
    pub end_s: u32,
}

/// A person's day: episodes without gaps, in order; neighbours may share an activity only when they
/// are at different places (a survey's two shops in a row).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, bevy_ecs::component::Component)]
pub struct Chain(pub Vec<Episode>);

/// Why a chain is not a legal day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IllegalDay {
    /// The chain has no episode.
    #[error("the day is empty")]
    Empty,
    /// The first episode does not start at midnight or the last does not reach the end of the day.
    #[error("the day starts at {start_s} s and ends at {end_s} s instead of filling 0..86400")]
    NotFull {
        /// Start of the first episode.
        start_s: u32,
        /// End of the last episode.
        end_s: u32,
    },
    /// An episode ends before it starts.
    #[error("episode {index} ends before it starts")]
    Backwards {
        /// Position in the chain.
        index: usize,
    },
    /// Two episodes do not touch.
    #[error("a gap or overlap before episode {index}")]
    Gap {
        /// Position of the later episode.
        index: usize,
    },
}

impl Chain {
    /// The chain of a slot diary: equal neighbours become one episode. Slots that are no code count as [`Activity::Other`].
    pub fn from_slots(slots: &Slots) -> Self {
        let mut episodes: Vec<Episode> = Vec::new();
        for (slot, &code) in slots.iter().enumerate() {
            let activity = Activity::from_code(code).unwrap_or(Activity::Other);
            let start_s = slot as u32 * SLOT_S;
            match episodes.last_mut() {
                Some(last) if last.activity == activity => last.end_s = start_s + SLOT_S,
                _ => episodes.push(Episode { activity, start_s, end_s: start_s + SLOT_S }),
            }
        }
        Self(episodes)
    }

    /// The slot diary of a chain: each slot holds what fills the middle of it. Episodes after 24:00 are cut.
    pub fn to_slots(&self) -> Slots {
        let mut slots = [Activity::Home.code(); SLOTS];
        for (slot, code) in slots.iter_mut().enumerate() {
            let middle_s = slot as u32 * SLOT_S + SLOT_S / 2;
            let at = self.0.partition_point(|e| e.end_s <= middle_s);
            if let Some(episode) = self.0.get(at).or(self.0.last()) {
                *code = episode.activity.code();
            }
        }
        slots
    }

    /// Whether the chain is a legal day: it fills 0..24 h without gaps. The last episode may end later.
    ///
    /// # Errors
    /// The first thing wrong with it.
    pub fn check(&self) -> Result<(), IllegalDay> {
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else {
            return Err(IllegalDay::Empty);
        };
        for (index, episode) in self.0.iter().enumerate() {
            if episode.end_s < episode.start_s {
                return Err(IllegalDay::Backwards { index });
            }
            if index > 0 && self.0[index - 1].end_s != episode.start_s {
                return Err(IllegalDay::Gap { index });
            }
        }
        if first.start_s != 0 || last.end_s < crate::unit::DAY_S {
            return Err(IllegalDay::NotFull { start_s: first.start_s, end_s: last.end_s });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slots_and_chains_are_two_forms_of_one_day(codes in prop::collection::vec(1u8..=15, SLOTS)) {
            let slots: Slots = codes.try_into().unwrap();
            let chain = Chain::from_slots(&slots);
            chain.check().unwrap();
            prop_assert_eq!(chain.to_slots(), slots);
        }
    }

    #[test]
    fn illegal_days_are_told_apart() {
        let e = |start_s, end_s| Episode { activity: Activity::Home, start_s, end_s };
        assert_eq!(Chain(vec![]).check(), Err(IllegalDay::Empty));
        assert_eq!(Chain(vec![e(0, 100), e(200, 86_400)]).check(), Err(IllegalDay::Gap { index: 1 }));
        assert_eq!(Chain(vec![e(0, 100), e(100, 50)]).check(), Err(IllegalDay::Backwards { index: 1 }));
        assert!(matches!(Chain(vec![e(0, 100)]).check(), Err(IllegalDay::NotFull { .. })));
        assert_eq!(Activity::from_code(0), None);
        assert_eq!(Activity::from_code(16), None);
    }
}

//! Days on the model's grid: 96 quarter hours, each episode at least one of them.

use engine::activity::{Activity, Chain, Episode, SLOT_S, SLOTS};
use engine::unit::DAY_S;

/// A stay on the grid: which activity ([`Activity::index`]) begins in which slot. The first begins in slot 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Stay {
    /// Which activity, 0 to 14.
    pub(crate) activity: usize,
    /// In which slot it begins, 0 to 95.
    pub(crate) slot: usize,
}

/// The stays of a chain: each begins in the quarter hour that holds its start, or in the next free one when
/// the stay before it was shorter than that. What no longer fits before 24:00 is left out.
pub(crate) fn stays(chain: &Chain) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::with_capacity(chain.0.len());
    for episode in &chain.0 {
        let free = stays.last().map_or(0, |last| last.slot + 1);
        let slot = if stays.is_empty() { 0 } else { free.max((episode.start_s / SLOT_S) as usize) };
        if slot < SLOTS {
            stays.push(Stay { activity: episode.activity.index(), slot });
        }
    }
    stays
}

/// The chain of stays: borders at full quarter hours.
pub(crate) fn chain(stays: &[Stay]) -> Chain {
    let end_s = |next: usize| stays.get(next).map_or(DAY_S, |stay| stay.slot as u32 * SLOT_S);
    let episode = |(index, stay): (usize, &Stay)| Episode {
        activity: Activity::ALL[stay.activity],
        start_s: stay.slot as u32 * SLOT_S,
        end_s: end_s(index + 1),
    };
    Chain(stays.iter().enumerate().map(episode).collect())
}

/// The chain on the grid of quarter hours, as the model sees it.
pub fn quarter_hours(day: &Chain) -> Chain {
    chain(&stays(day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_grid_keeps_days_legal_and_is_idempotent(cuts in prop::collection::vec((0u32..90_000, 0usize..15), 1..30)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let mut episodes = vec![Episode { activity: Activity::Home, start_s: 0, end_s: DAY_S }];
            for (at, activity) in cuts {
                let at = at.min(DAY_S);
                episodes.last_mut().unwrap().end_s = at;
                episodes.push(Episode { activity: Activity::ALL[activity], start_s: at, end_s: DAY_S });
            }
            let once = quarter_hours(&Chain(episodes));
            once.check().unwrap();
            prop_assert!(once.0.iter().all(|e| e.end_s > e.start_s && e.start_s % SLOT_S == 0));
            prop_assert_eq!(quarter_hours(&once), once);
        }
    }
}

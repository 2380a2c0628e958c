//! What is hidden of a day in training, and how much when (seed 002, §4.1.2 and §6.1.3).

use engine::activity::{SLOTS, Slots};
use engine::draw::Draw;

/// Hidden slots are true.
pub(super) type Hidden = [bool; SLOTS];

/// A period without data is this many slots long (§6.1.3).
const PERIOD: (u32, u32) = (8, 20);

/// The three ways of hiding (§4.1.2). Which share of the days gets which is not published: a third each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Whole activities are removed.
    Activities,
    /// Continuous periods are removed.
    Periods,
    /// Single slots are removed.
    Slots,
}

impl Way {
    pub(super) const ALL: [Self; 3] = [Self::Activities, Self::Periods, Self::Slots];
}

/// Share of a day that is hidden after `along` (0..1) of the training: none for the first tenth, 40 % for the next
/// three tenths, then 70 % (§6.1.3).
pub(super) fn hidden_share(along: f64) -> f64 {
    match along {
        a if a < 0.1 => 0.0,
        a if a < 0.4 => 0.4,
        _ => 0.7,
    }
}

/// Hides about `share` of a day in a way that is drawn.
pub(super) fn mixed(day: &Slots, share: f64, stream: &mut Draw) -> Hidden {
    let way = Way::ALL[stream.below(Way::ALL.len() as u32) as usize];
    hide(day, way, share, stream)
}

/// Hides about `share` of a day.
pub(super) fn hide(day: &Slots, way: Way, share: f64, stream: &mut Draw) -> Hidden {
    let wanted = (share.clamp(0.0, 1.0) * SLOTS as f64).round() as usize;
    let mut hidden = [false; SLOTS];
    match way {
        _ if wanted == 0 => {}
        Way::Activities => activities(day, wanted, &mut hidden, stream),
        Way::Periods => periods(wanted, &mut hidden, stream),
        Way::Slots => {
            let mut order: [usize; SLOTS] = std::array::from_fn(|slot| slot);
            shuffle(&mut order, stream);
            order[..wanted].iter().for_each(|&slot| hidden[slot] = true);
        }
    }
    hidden
}

/// Goes through the stays in random order and hides each that brings the number of hidden slots nearer to `wanted`.
fn activities(day: &Slots, wanted: usize, hidden: &mut Hidden, stream: &mut Draw) {
    let mut stays: Vec<(usize, usize)> = Vec::new();
    for slot in 0..SLOTS {
        match stays.last_mut() {
            Some((_, end)) if day[slot] == day[slot - 1] => *end = slot + 1,
            _ => stays.push((slot, slot + 1)),
        }
    }
    shuffle(&mut stays, stream);
    let mut n_hidden: usize = 0;
    for (from, to) in stays {
        let with = n_hidden + to - from;
        if with.abs_diff(wanted) < n_hidden.abs_diff(wanted) {
            hidden[from..to].fill(true);
            n_hidden = with;
        }
    }
}

/// Hides runs of 8 to 20 slots; the last is cut where enough is hidden.
fn periods(wanted: usize, hidden: &mut Hidden, stream: &mut Draw) {
    let mut left = wanted;
    while left > 0 {
        let from = stream.below(SLOTS as u32) as usize;
        let length = (PERIOD.0 + stream.below(PERIOD.1 - PERIOD.0 + 1)) as usize;
        for slot in &mut hidden[from..(from + length).min(SLOTS)] {
            if left > 0 && !*slot {
                *slot = true;
                left -= 1;
            }
        }
    }
}

/// Fisher and Yates' shuffle, every order equally likely.
pub(super) fn shuffle<T>(items: &mut [T], stream: &mut Draw) {
    for last in (1..items.len()).rev() {
        items.swap(last, stream.below(last as u32 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::draw::{Purpose, draw};
    use proptest::prelude::*;

    fn day() -> Slots {
        let mut day = [1; SLOTS];
        day[32..48].fill(2);
        day[48..52].fill(7);
        day[52..70].fill(2);
        day
    }

    fn count(hidden: &Hidden) -> usize {
        hidden.iter().filter(|hidden| **hidden).count()
    }

    proptest! {
        #[test]
        fn the_wanted_share_is_hidden(share in 0.0f64..=1.0, row: u64) {
            let wanted = (share * SLOTS as f64).round() as usize;
            let mut stream = draw(1, Purpose::Test, row, 0);
            prop_assert_eq!(count(&hide(&day(), Way::Slots, share, &mut stream)), wanted);
            prop_assert_eq!(count(&hide(&day(), Way::Periods, share, &mut stream)), wanted);
            let hidden = hide(&day(), Way::Activities, share, &mut stream);
            for slot in 1..SLOTS {
                prop_assert!(day()[slot] != day()[slot - 1] || hidden[slot] == hidden[slot - 1], "{}", slot);
            }
        }
    }

    #[test]
    fn shapes_are_those_of_the_paper() {
        let mut changes = [0usize; 3];
        let mut hidden_slots = [0usize; 3];
        for row in 0..300 {
            for (index, way) in Way::ALL.into_iter().enumerate() {
                let hidden = hide(&day(), way, 0.7, &mut draw(2, Purpose::Test, row, index as u32));
                changes[index] += hidden.windows(2).filter(|pair| pair[0] != pair[1]).count();
                hidden_slots[index] += count(&hidden);
            }
        }
        let mean = |index: usize| changes[index] as f64 / 300.0;
        // Single slots: 2 · 67 · 29 / 96 = 40.5 borders; runs of 8 to 20: at most nine of them.
        assert!((mean(2) - 40.5).abs() < 1.0, "{changes:?}");
        assert!(mean(1) > 3.0 && mean(1) < 14.0, "{changes:?}");
        assert!(mean(0) < 5.0, "{changes:?}");
        assert!((hidden_slots[0] as f64 / 300.0 / 96.0 - 0.7).abs() < 0.15, "{hidden_slots:?}");
    }

    #[test]
    fn the_curriculum_has_three_phases() {
        let shares = [0.0, 0.0999, 0.1, 0.3999, 0.4, 0.99].map(hidden_share);
        assert_eq!(shares, [0.0, 0.0, 0.4, 0.4, 0.7, 0.7]);
    }
}

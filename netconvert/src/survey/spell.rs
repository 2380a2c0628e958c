//! From the spells of a time-use diary to a chain of stays.
//!
//! A time-use survey tells what was done, and only roughly where. A *stay* is a run of spells at one place,
//! ended by a trip or by a change of place; it is at home whatever is done there, and elsewhere it is for what
//! most of its minutes were spent on (a meal at work is work). The diary runs from 4:00 to 4:00: the first
//! stay is taken to have begun at midnight, and the last is cut at midnight, as in the travel surveys.

use super::{Stop, day};
use engine::activity::{Activity, Chain};

/// The diary begins at 4:00.
pub(crate) const BEGIN_MIN: u32 = 240;
/// Minutes of a day.
pub(crate) const DAY_MIN: u32 = 1440;
/// Most spells of a diary; more are a fault of the file.
const SPELLS_LIMIT: usize = 1000;

/// Where a spell was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where {
    /// At home, whatever was done there.
    Home,
    /// Elsewhere, at a kind of place that has this number.
    Away(u16),
    /// On the way.
    Travel,
}

/// One line of a diary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spell {
    /// Minutes since the midnight before the diary began: 240..=1680.
    pub(crate) from_min: u32,
    /// Its end, in the same count.
    pub(crate) to_min: u32,
    /// Where it was spent.
    pub(crate) place: Where,
    /// What was done; `None` where that says nothing about what the stay is for.
    pub(crate) activity: Option<Activity>,
}

/// Minutes since the midnight before, of a clock time in a diary from 4:00 to 4:00. As an end, 4:00 is the last.
pub(crate) fn diary_min(clock_min: u32, is_end: bool) -> u32 {
    let wraps = clock_min < BEGIN_MIN || (is_end && clock_min == BEGIN_MIN);
    clock_min + if wraps { DAY_MIN } else { 0 }
}

/// The chain of a diary. Spells with the same times share them equally, in their order.
///
/// The reasons to refuse a diary: more spells than any day has, times that do not run from 4:00 to 4:00, gaps and
/// overlaps.
pub(crate) fn chain(mut spells: Vec<Spell>) -> Result<Chain, &'static str> {
    if spells.len() > SPELLS_LIMIT {
        return Err("has more than 1000 spells");
    }
    spells.sort_by_key(|spell| (spell.from_min, spell.to_min));
    share_times(&mut spells);
    let (Some(first), Some(last)) = (spells.first(), spells.last()) else {
        return Err("no spell");
    };
    if first.from_min != BEGIN_MIN || last.to_min != BEGIN_MIN + DAY_MIN {
        return Err("does not run from 4:00 to 4:00");
    }
    if spells.windows(2).any(|pair| pair[0].to_min != pair[1].from_min) {
        return Err("spells overlap or leave a gap");
    }
    let stays = stays(&spells);
    let stops: Vec<Stop> = stays.iter().map(|stay| Stop::Activity(stay.purpose())).collect();
    let departures_s: Vec<u32> = stays.iter().skip(1).map(|stay| stay.left_min * 60).collect();
    day(&stops, &departures_s)
}

/// Splits the time of spells that have the same one.
fn share_times(spells: &mut [Spell]) {
    for group in spells.chunk_by_mut(|a, b| (a.from_min, a.to_min) == (b.from_min, b.to_min)) {
        let (from_min, n) = (group[0].from_min, group.len() as u32);
        let length_min = group[0].to_min.saturating_sub(from_min);
        for (at, spell) in (0..).zip(group) {
            spell.from_min = from_min + length_min * at / n;
            spell.to_min = from_min + length_min * (at + 1) / n;
        }
    }
}

/// A run of spells at one place. It becomes one episode of the chain.
struct Stay {
    place: Where,
    /// When the trip to it began (its first spell, where no trip is told).
    left_min: u32,
    /// Minutes by activity, in the order of [`Activity::ALL`]; those of spells that say nothing are not in it.
    minutes: [u32; Activity::COUNT],
}

impl Stay {
    /// What the stay is for: home at home; elsewhere what most of its minutes were spent on, of equals the first
    /// in the order of [`Activity::ALL`]; other where nothing is known.
    fn purpose(&self) -> Activity {
        if self.place == Where::Home {
            return Activity::Home;
        }
        let most = self.minutes.iter().copied().max().unwrap_or(0);
        match self.minutes.iter().position(|&minutes| minutes == most && most > 0) {
            Some(at) => Activity::ALL[at],
            None => Activity::Other,
        }
    }
}

/// Joins spells at one place that no trip parts. Trips are no stays: in the chain a stay begins with the trip to
/// it.
fn stays(spells: &[Spell]) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    let mut trip_from_min = None;
    for spell in spells {
        if spell.place == Where::Travel {
            trip_from_min.get_or_insert(spell.from_min);
            continue;
        }
        let trip = trip_from_min.take();
        let same = stays.last().is_some_and(|stay| stay.place == spell.place) && trip.is_none();
        if !same {
            stays.push(Stay {
                place: spell.place,
                left_min: trip.unwrap_or(spell.from_min),
                minutes: [0; Activity::COUNT],
            });
        }
        if let (Some(stay), Some(activity)) = (stays.last_mut(), spell.activity) {
            stay.minutes[activity.index()] += spell.to_min - spell.from_min;
        }
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spell(from_min: u32, to_min: u32, place: Where, activity: Option<Activity>) -> Spell {
        Spell { from_min, to_min, place, activity }
    }

    #[test]
    fn a_meal_at_work_is_work_and_a_walk_home_ends_there() {
        use Activity::{Exercise, MealsOut, Work};
        let away = Where::Away(1);
        let chain = chain(vec![
            spell(240, 480, Where::Home, None),
            spell(480, 510, Where::Travel, None),
            spell(510, 720, away, Some(Work)),
            spell(720, 750, away, Some(MealsOut)),
            spell(720, 750, away, None),
            spell(750, 1000, away, Some(Work)),
            spell(1000, 1100, Where::Home, Some(Exercise)),
            spell(1100, 1130, Where::Travel, None),
            spell(1130, 1680, Where::Home, None),
        ])
        .unwrap();
        let told: Vec<(u8, u32)> = chain.0.iter().map(|e| (e.activity.code(), e.end_s / 60)).collect();
        assert_eq!(told, [(1, 480), (2, 1000), (1, 1440)]);
    }

    #[test]
    fn holes_are_said() {
        let whole = spell(240, 1680, Where::Home, None);
        assert!(chain(vec![whole]).is_ok());
        assert_eq!(chain(vec![Spell { to_min: 1600, ..whole }]), Err("does not run from 4:00 to 4:00"));
        let parts = vec![Spell { to_min: 600, ..whole }, Spell { from_min: 630, ..whole }];
        assert_eq!(chain(parts), Err("spells overlap or leave a gap"));
        assert_eq!(
            chain(vec![spell(240, 1680, Where::Travel, None)]),
            Err("the number of departures does not fit the number of activities")
        );
    }

    proptest! {
        #[test]
        fn every_diary_is_a_legal_day_or_refused(
            mut cuts in prop::collection::vec(240u32..1680, 0..20),
            kinds in prop::collection::vec((0u16..4, 0usize..16), 21),
            gap: bool,
        ) {
            cuts.extend([240, 1680]);
            cuts.sort_unstable();
            let spells = cuts.windows(2).zip(kinds).map(|(cut, (place, activity))| Spell {
                from_min: cut[0],
                to_min: cut[1].saturating_sub(u32::from(gap)),
                place: match place { 0 => Where::Home, 1 => Where::Travel, n => Where::Away(n) },
                activity: Activity::ALL.get(activity).copied(),
            });
            if let Ok(chain) = chain(spells.collect()) {
                chain.check().unwrap();
            }
        }
    }
}

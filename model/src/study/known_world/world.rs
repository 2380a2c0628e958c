//! A world whose law is known: a semi-Markov process written by hand, of another form than the model that must learn
//! it (durations are drawn when a stay begins, not ended by a hazard).
//!
//! A stay of activity a that begins in slot t lasts d quarter hours with a chance ∝ exp(−(ln d − μ)² / 2σ²) / d,
//! d = 1, 2, … (a discrete log-normal law; the day's end cuts it); μ depends on a, on t and on the person. The next
//! activity is n with a chance ∝ exp(taste of the person for n − ((t − its hour)/its width)²/2 − 2 where that was
//! worked or learned already). So the likelihood of a day is a product that can be computed.

use crate::models::chain::{KINDS, Stay, may_follow};
use engine::activity::diary::Diary;
use engine::activity::{Activity, Chain, SLOTS};
use engine::draw::{Draw, Purpose, draw};
use engine::float::{exp, log};
use engine::people::{Sex, Student};

/// Longest duration that the laws tell apart, slots (longer than a day: no matter when it began, some go on).
const LONGEST: usize = 2 * SLOTS;

/// What differs between two worlds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct World {
    /// Every hour of the day is this many slots later.
    pub later: f64,
    /// Added to the taste for shopping, leisure and social visits.
    pub fun: f64,
    /// Working days are longer by this factor.
    pub work: f64,
}

/// The world that models come from.
pub const SOURCE: World = World { later: 0.0, fun: 0.0, work: 1.0 };
/// The world that they go to: an hour later, more visits, working days a sixth shorter.
pub const TARGET: World = World { later: 4.0, fun: 0.8, work: 5.0 / 6.0 };

/// Taste for an activity, its hour (slot) and width (slots), and the median duration (slots) and spread (σ) of a stay.
type Law = (Activity, [f64; 5]);

/// Persons of 40 who work, …
const WORKER: &[Law] = &[
    (Activity::Home, [2.2, 74.0, 20.0, 9.0, 0.8]),
    (Activity::Work, [3.5, 32.0, 7.0, 34.0, 0.2]),
    (Activity::ShopGoods, [0.6, 66.0, 14.0, 3.0, 0.6]),
    (Activity::MealsOut, [0.2, 49.0, 6.0, 4.0, 0.4]),
    (Activity::Leisure, [0.0, 72.0, 10.0, 8.0, 0.4]),
    (Activity::Social, [-0.4, 74.0, 12.0, 10.0, 0.5]),
    (Activity::PickupDrop, [0.4, 32.0, 5.0, 1.0, 0.4]),
];
/// … of 12 at school, …
const PUPIL: &[Law] = &[
    (Activity::Home, [2.4, 68.0, 20.0, 12.0, 0.7]),
    (Activity::School, [4.0, 33.0, 4.0, 27.0, 0.1]),
    (Activity::Leisure, [0.6, 66.0, 8.0, 6.0, 0.4]),
    (Activity::Social, [0.0, 68.0, 10.0, 9.0, 0.5]),
    (Activity::ShopGoods, [-0.8, 64.0, 10.0, 3.0, 0.5]),
];
/// … and of 70 without a job. An activity that a class does not list never occurs in it.
const RETIRED: &[Law] = &[
    (Activity::Home, [2.0, 60.0, 30.0, 12.0, 0.8]),
    (Activity::ShopGoods, [1.2, 44.0, 14.0, 4.0, 0.6]),
    (Activity::Errands, [0.8, 44.0, 10.0, 3.0, 0.6]),
    (Activity::Healthcare, [0.0, 42.0, 8.0, 5.0, 0.4]),
    (Activity::Social, [0.4, 56.0, 14.0, 10.0, 0.5]),
    (Activity::Leisure, [0.2, 50.0, 14.0, 7.0, 0.5]),
];

/// Age, employment, enrolment, laws, when the first stay at home ends (median slot, spread), and chance of none.
type Class = (u8, bool, Student, &'static [Law], [f64; 3]);

/// The classes, each a third of the persons.
const CLASSES: [Class; 3] = [
    (40, true, Student::No, WORKER, [31.0, 0.16, 0.10]),
    (12, false, Student::School, PUPIL, [33.0, 0.08, 0.10]),
    (70, false, Student::No, RETIRED, [41.0, 0.25, 0.25]),
];

impl World {
    /// `n` persons and their days; other `seed`s, other persons.
    pub fn diaries(&self, n: usize, seed: u64) -> Vec<Diary> {
        (0..n as u64)
            .map(|row| {
                let mut stream = draw(seed, Purpose::Generator, row, 20);
                let class = stream.below(CLASSES.len() as u32) as usize;
                let (age, employed, student, ..) = CLASSES[class];
                Diary {
                    person: format!("{seed}-{row}"),
                    weekday: Some(2),
                    age: Some(age),
                    sex: if stream.below(2) == 0 { Sex::Male } else { Sex::Female },
                    employed: Some(employed),
                    student: Some(student),
                    weight: 1.0,
                    chain: self.day(class, &mut stream),
                }
            })
            .collect()
    }

    /// Draws a day: when the present stay ends, what follows, until midnight.
    fn day(&self, class: usize, stream: &mut Draw) -> Chain {
        let mut day = vec![Stay { activity: Activity::Home.index(), slot: 0 }];
        loop {
            let ends = self.ends(class, &day);
            let slot = day[day.len() - 1].slot + 1 + stream.weighted(&ends).unwrap_or(0);
            if slot >= SLOTS {
                return crate::models::chain::chain_of(&day);
            }
            // Home is open to all that leave another place, so some weight is positive.
            let activity = stream.weighted(&self.next(class, &day, slot)).unwrap_or(0);
            day.push(Stay { activity, slot });
        }
    }

    /// Natural logarithm of the chance of a day of this world's person.
    pub fn log_likelihood(&self, who: &Diary) -> f64 {
        let Some(class) = CLASSES.iter().position(|class| Some(class.0) == who.age) else {
            return f64::NEG_INFINITY;
        };
        let day = crate::models::chain::stays(&who.chain);
        let mut sum = if day[0].activity == Activity::Home.index() { 0.0 } else { f64::NEG_INFINITY };
        for n in 1..=day.len() {
            let ends = self.ends(class, &day[..n]);
            let from = day[n - 1].slot;
            let Some(next) = day.get(n) else {
                return sum + log(ends[SLOTS - from - 1]);
            };
            sum +=
                log(ends[next.slot - from - 1]) + log(self.next(class, &day[..n], next.slot)[next.activity]);
        }
        sum
    }

    /// Chances that the last stay of a day that has come so far lasts 1, 2, … slots; the last: until midnight or more.
    fn ends(&self, class: usize, day: &[Stay]) -> Vec<f64> {
        let (_, _, _, laws, [leaves, spread, never]) = CLASSES[class];
        let stay = day[day.len() - 1];
        let left = SLOTS - stay.slot;
        let is_first = day.len() == 1;
        let (median, spread) = if is_first {
            (leaves + self.later, spread)
        } else {
            law(laws, stay.activity).map_or((1.0, 1.0), |[_, _, _, median, spread]| {
                let evening = (stay.slot as f64 - self.later) / SLOTS as f64;
                match Activity::ALL[stay.activity] {
                    Activity::Work => (median * self.work * if evening > 0.45 { 0.5 } else { 1.0 }, spread),
                    // Who comes home late stays.
                    Activity::Home => (median * exp(6.0 * (evening - 0.6).max(0.0)), spread),
                    _ => (median, spread),
                }
            })
        };
        let weight = |slots: usize| {
            let z = (log(slots as f64) - log(median)) / spread;
            exp(-z * z / 2.0) / slots as f64
        };
        let total: f64 = (1..=LONGEST).map(weight).sum();
        let never = if is_first { never } else { 0.0 };
        let mut ends: Vec<f64> = (1..left).map(|slots| (1.0 - never) * weight(slots) / total).collect();
        ends.push((1.0 - ends.iter().sum::<f64>()).max(f64::MIN_POSITIVE));
        ends
    }

    /// Chances of the next activity at the start of a slot.
    fn next(&self, class: usize, day: &[Stay], slot: usize) -> [f64; KINDS] {
        let mut chances = [0.0; KINDS];
        let here = day[day.len() - 1].activity;
        for (activity, [taste, hour, width, ..]) in CLASSES[class].3 {
            let next = activity.index();
            if !may_follow(here, next) {
                continue;
            }
            let z = (slot as f64 - hour - self.later) / width;
            let fun = matches!(activity, Activity::ShopGoods | Activity::Leisure | Activity::Social);
            let again = matches!(activity, Activity::Work | Activity::School)
                && day.iter().any(|stay| stay.activity == next);
            let taste = taste + if fun { self.fun } else { 0.0 } - if again { 2.0 } else { 0.0 };
            chances[next] = exp(taste - z * z / 2.0);
        }
        let total: f64 = chances.iter().sum();
        chances.map(|chance| chance / total)
    }
}

/// The law of an activity in a class.
fn law(laws: &[Law], activity: usize) -> Option<[f64; 5]> {
    laws.iter().find(|(own, _)| own.index() == activity).map(|(_, law)| *law)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The likelihood must be that of what is drawn: e^(log-likelihood) sums to 1 where days can be counted, and the mean
    /// of p(day)^(−1) over drawn days of a small set is how many there are.
    #[test]
    fn chances_sum_to_one_at_every_step() {
        for world in [SOURCE, TARGET] {
            for who in world.diaries(200, 5) {
                who.chain.check().unwrap();
                let class = CLASSES.iter().position(|class| Some(class.0) == who.age).unwrap();
                let day = crate::models::chain::stays(&who.chain);
                for n in 1..=day.len() {
                    let ends = world.ends(class, &day[..n]);
                    assert!((ends.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                    if let Some(stay) = day.get(n) {
                        let next = world.next(class, &day[..n], stay.slot);
                        assert!((next.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                    }
                }
                assert!(world.log_likelihood(&who).is_finite());
            }
        }
    }

    /// Days at home are as frequent as the likelihood says, and each world holds its own days for likelier.
    #[test]
    fn draws_follow_the_likelihood() {
        let n = 6000;
        let days = SOURCE.diaries(n, 1);
        let at_home = days.iter().filter(|who| who.chain.0.len() == 1).count() as f64;
        let expected: f64 = days
            .iter()
            .map(|who| {
                let home = Diary { chain: Chain::from_slots(&[1; SLOTS]), ..who.clone() };
                exp(SOURCE.log_likelihood(&home))
            })
            .sum();
        assert!((at_home - expected).abs() < 5.0 * expected.sqrt(), "{at_home} {expected}");
        let mean = |world: World| days.iter().map(|who| world.log_likelihood(who)).sum::<f64>() / n as f64;
        assert!(mean(SOURCE) > mean(TARGET) + 0.3);
    }
}

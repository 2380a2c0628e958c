//! The law of the days of one kind of person in a region, and draws from it.
//!
//! A survey says of a region how many of a kind of person stay at home all day, work, or go to school. The nearest law of
//! whole days with these shares (the I-projection; Csiszár 1975) multiplies the chance of a day by a factor for each of
//! the three that it holds. So days fall into five classes, and only the shares of the classes change: inside a class, days
//! are as the model knows them.
//!
//! ```text
//! a kind of whom 6 % stay at home and 78 % work, where 14 and 69 % are wanted: days at home count 2.6 times as much as days
//! out without work, days with work 0.97 times; what is done on a day out without work, when and how long, is as before
//! ```
//!
//! Where the trips of a region are known too, each stop has a weight: then days with many stops gain inside their class.
//!
//! Days at home all day cannot be weighted state by state, since nothing tells a stay at home in the morning that it will last
//! until midnight. They are one day, whose chance is known exactly: it is taken apart and drawn first.

use super::exact::{Ahead, Exact, Weights};
use super::quarter::Stay;
use super::{KINDS, REDRAWS};
use engine::activity::Activity;
use engine::activity::target::Does;
use engine::draw::Draw;
use engine::float::exp;
use engine::people::Demographics;

/// Number of shares.
pub(crate) const SHARES: usize = Does::ALL.len();
/// What the days of each class hold, by [`Does`]: at home all day; out, but neither at work nor at school; at work; at
/// school; at both.
pub(crate) const CLASSES: [[f64; SHARES]; 5] =
    [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 1.0]];

/// Who does not work, whatever a survey of adults taught: nobody under 14 does (Fair Labor Standards Act, 29 CFR § 570.2).
const WORKING_AGE: u8 = 14;

/// Whether days hold work at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// They may.
    Open,
    /// They do not.
    Barred,
}

impl Work {
    /// Whether a person may work.
    pub(crate) fn of(who: &Demographics) -> Self {
        if who.age < WORKING_AGE { Self::Barred } else { Self::Open }
    }
}

impl Exact {
    /// Chance of being at home all day.
    fn at_home(&self) -> f64 {
        let (home, mut whole) = (Activity::Home.index(), 0.0);
        let ones = Weights::ones(self.n_slots);
        self.leave(&ones, (0, home, 0), true, |end, weight| {
            if end == self.n_slots {
                whole = weight;
            }
        });
        self.start[home] * whole
    }

    /// Chances of the five classes of days, where a day weighs exp(`stops`) for each of its stops.
    pub(crate) fn classes(&self, work: Work, stops: f64) -> [f64; CLASSES.len()] {
        let total = |works: f64, learns: f64| {
            let ever = [works, learns];
            let weights = Weights { ever, begin: at_stops(stops), ..Weights::ones(self.n_slots) };
            self.ahead(&weights).total
        };
        let (home, neither) = (self.at_home(), total(0.0, 0.0));
        let learns = (total(0.0, 1.0) - neither).max(0.0);
        let [works, both] = match work {
            Work::Barred => [0.0, 0.0],
            Work::Open => {
                let works = (total(1.0, 0.0) - neither).max(0.0);
                [works, (total(1.0, 1.0) - neither - works - learns).max(0.0)]
            }
        };
        let all = [home, (neither - home).max(0.0), works, learns, both];
        let sum: f64 = all.iter().sum();
        all.map(|chance| chance / sum)
    }

    /// The law whose days weigh `weights` and, where they are at home all day, exp(`home`) beside. Sums up once what lies
    /// ahead of each state.
    pub(crate) fn law<'a>(&'a self, weights: &'a Weights, home: f64) -> Law<'a> {
        let (ahead, at_home) = (self.ahead(weights), self.at_home());
        let share = exp(home) * at_home / (ahead.total - at_home + exp(home) * at_home);
        Law { ahead, share }
    }
}

/// The weights of work, school and stops; that of the day at home is apart, for it is no weight of a state.
pub(crate) fn weights(theta: [f64; SHARES], stops: f64, work: Work, n_slots: usize) -> Weights {
    let [_, works, learns] = theta.map(exp);
    let ever = [if work == Work::Barred { 0.0 } else { works }, learns];
    Weights { ever, begin: at_stops(stops), ..Weights::ones(n_slots) }
}

/// Whether an activity is a stop: neither home nor work nor school.
pub(crate) fn is_stop(activity: usize) -> bool {
    !Activity::ALL[activity].is_mandatory()
}

/// The weight of each beginning of an activity where stops weigh exp(`stops`).
fn at_stops(stops: f64) -> [f64; KINDS] {
    std::array::from_fn(|activity| if is_stop(activity) { exp(stops) } else { 1.0 })
}

/// What the class of a day is, as its number in [`CLASSES`].
pub(crate) fn class(day: &[Stay]) -> usize {
    let has = |activity: Activity| day.iter().any(|stay| stay.activity == activity.index());
    match (has(Activity::Work), has(Activity::School)) {
        (false, false) => usize::from(day.len() > 1 || !has(Activity::Home)),
        (true, false) => 2,
        (false, true) => 3,
        (true, true) => 4,
    }
}

/// A law to draw days from.
pub(crate) struct Law<'a> {
    ahead: Ahead<'a>,
    /// Chance of the day at home.
    share: f64,
}

impl Law<'_> {
    /// Draws a day: the one at home first, others by forward filtering, backward sampling, again where one is at home.
    pub(crate) fn draw(&self, stream: &mut Draw) -> Vec<Stay> {
        let home = Activity::Home.index();
        let at_home = || vec![Stay { activity: home, slot: 0 }];
        if stream.uniform() < self.share {
            return at_home();
        }
        let out = (0..REDRAWS).find_map(|_| {
            let day = self.ahead.sample(stream)?;
            (day.len() > 1 || day[0].activity != home).then_some(day)
        });
        // Who never leaves home, by the model: there is no other day.
        out.unwrap_or_else(at_home)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::chain::table_of_tests;
    use engine::activity::SLOTS;
    use engine::draw::{Purpose, draw};

    #[test]
    fn drawn_days_fall_into_the_classes_as_the_law_says() {
        let chain = table_of_tests(SLOTS, 5, 3);
        let n = 20_000;
        let mut stops_of = [0.0; 4];
        for (trial, (theta, stops, work)) in [
            ([0.0; 3], 0.0, Work::Open),
            ([2.0, -1.0, 0.5], 0.0, Work::Open),
            ([1.0, 0.0, -1.0], 0.0, Work::Barred),
            ([0.0, 0.5, 0.0], 0.4, Work::Open),
        ]
        .into_iter()
        .enumerate()
        {
            let mut wanted = chain.classes(work, stops);
            for (chance, holds) in wanted.iter_mut().zip(CLASSES) {
                *chance *= exp(holds.iter().zip(theta).map(|(holds, theta)| holds * theta).sum());
            }
            let sum: f64 = wanted.iter().sum();
            let mut drawn = [0.0; CLASSES.len()];
            let weights = weights(theta, stops, work, SLOTS);
            let law = chain.law(&weights, theta[0]);
            for row in 0..n {
                let day = law.draw(&mut draw(1, Purpose::Test, row, 0));
                drawn[class(&day)] += 1.0 / n as f64;
                stops_of[trial] += day.iter().filter(|stay| is_stop(stay.activity)).count() as f64 / n as f64;
            }
            for (drawn, wanted) in drawn.iter().zip(wanted) {
                let sd = (wanted / sum * (1.0 - wanted / sum) / n as f64).sqrt();
                assert!(
                    (drawn - wanted / sum).abs() < 4.0 * sd + 1e-9,
                    "{theta:?}: {drawn} {}",
                    wanted / sum
                );
            }
        }
    }
}

//! The weight of a stop (an activity that is neither home nor work nor school) that makes the mean trips of a region come out.
//!
//! Found on drawn days: each is drawn as the model knows it and counts by its multipliers (importance sampling; Kahn & Marshall
//! 1953). The shares of the five classes of days stay what they are for each condition: the weight of a stop moves days inside
//! their class alone.
//!
//! ```text
//! a stop weighs 1.2: a day with two stops counts 1.44 times as much as one without in its class, so that trips become more
//! while as many stay at home, work and learn as before
//! ```
//!
//! Tours grow with it, because a stop on a tour of its own is a stop as well; what is known of tours is not asked for here.

use super::Group;
use crate::models::chain::law::{CLASSES, Work, class, is_stop};
use crate::models::chain::{Region, Stay};
use engine::activity::Activity;
use engine::draw::{Purpose, draw};
use engine::float::exp;
use engine::people::Demographics;
use engine::{Fault, Result};
use rayon::prelude::*;

/// Most days drawn. Their mean of trips is then exact to 0.3 %.
const DRAWN: usize = 50_000;
/// Logarithm of the largest and smallest weight of a stop.
const MOST: f64 = 1.5;
/// Halvings of the interval of weights.
const HALVINGS: u32 = 40;

/// What counts of a drawn day.
struct Day {
    trips: f64,
    stops: f64,
    /// Its multipliers.
    weight: f64,
}

/// Drawn days of one condition, by class.
struct Condition {
    persons: f64,
    classes: [Vec<Day>; CLASSES.len()],
}

/// Drawn days of a region.
pub(super) struct Drawn(Vec<Condition>);

impl Drawn {
    /// Days for all conditions in proportion to their persons, at least one each.
    pub(super) fn new(groups: &[Group], persons: &[Demographics], region: &Region) -> Self {
        let share = f64::min(1.0, DRAWN as f64 / persons.len() as f64);
        let mut all = Vec::new();
        for group in groups {
            let theta = region.shares[group.kind as usize];
            for member in &group.members {
                let days = ((member.persons as f64 * share).ceil() as u64).max(1);
                let entity = (all.len() as u64) << 32;
                let one = |row: u64| {
                    let mut stream = draw(0, Purpose::Training, entity | row, 0);
                    // Where work is barred, days with work are drawn again.
                    let days = std::iter::repeat_with(|| member.table.sample(&group.effects, &mut stream));
                    let open = |day: &Vec<Stay>| {
                        member.key.1 == Work::Open || day.iter().all(|s| s.activity != Activity::Work.index())
                    };
                    days.take(1000).find(open)
                };
                let drawn: Vec<Vec<Stay>> = (0..days).into_par_iter().filter_map(one).collect();
                let mut classes: [Vec<Day>; CLASSES.len()] = Default::default();
                for day in drawn {
                    let of = class(&day);
                    classes[of].push(Day {
                        trips: day.len() as f64 - 1.0,
                        stops: day.iter().filter(|stay| is_stop(stay.activity)).count() as f64,
                        weight: exp(CLASSES[of].iter().zip(theta).map(|(holds, theta)| holds * theta).sum()),
                    });
                }
                all.push(Condition { persons: member.persons as f64, classes });
            }
        }
        Self(all)
    }

    /// Mean trips of everybody where a stop weighs exp(`stops`).
    pub(super) fn mean_trips(&self, stops: f64) -> f64 {
        let (mut sum, mut persons) = (0.0, 0.0);
        for condition in &self.0 {
            let (mut trips, mut total) = (0.0, 0.0);
            for days in &condition.classes {
                let share: f64 = days.iter().map(|day| day.weight).sum();
                let (mut own, mut weight) = (0.0, 0.0);
                for day in days {
                    let of_day = day.weight * exp(stops * day.stops);
                    (own, weight) = (own + of_day * day.trips, weight + of_day);
                }
                if weight > 0.0 {
                    (trips, total) = (trips + share * own / weight, total + share);
                }
            }
            if total > 0.0 {
                (sum, persons) = (sum + condition.persons * trips / total, persons + condition.persons);
            }
        }
        if persons > 0.0 { sum / persons } else { 0.0 }
    }

    /// The weight of a stop, as a logarithm, with which everybody makes `wanted` trips in the mean, and how many they make.
    ///
    /// # Errors
    /// A [`Fault`] for trips beyond what any weight gives.
    pub(super) fn weight_for(&self, wanted: f64) -> Result<(f64, f64)> {
        let (mut low, mut high) = (-MOST, MOST);
        let [least, most] = [low, high].map(|stops| self.mean_trips(stops));
        if !(least..=most).contains(&wanted) {
            let what = format!("{wanted} trips a person cannot be had with the shares by kind of person");
            return Err(Fault::new("activity.targets", "all trips", what)
                .expected(format!("{least:.2} to {most:.2}"))
                .into());
        }
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if self.mean_trips(middle) < wanted { low = middle } else { high = middle }
        }
        Ok((high, self.mean_trips(high)))
    }
}

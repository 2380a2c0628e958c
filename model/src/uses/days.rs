//! Fitting the days of a region to what surveys know of its people: how many of each kind of person stay at home, work, learn.
//!
//! The three shares of a kind are met by three multipliers for all its conditions (age, sex, job, school): damped Newton on
//! the dual of the I-projection, which is concave and has three variables. The classes of days are summed exactly once for
//! each condition; no day is drawn to find the multipliers.
//!
//! ```text
//! J(θ) = θ · target − Σ share of a condition · log Σ chance of a class · exp(θ · what its days hold)
//! ```
//!
//! Its gradient is target − expectation, its curvature the mean covariance of what days hold. What cannot be had (works 0.5 of
//! a kind nobody of whom works) has no largest J: the steps then end without reaching it, and it is told by name.
//! Where the mean trips of everybody are known, one more weighs each
//! stop ([`stops`]).

mod stops;

use super::solve::positive;
use crate::models::chain::exact::Exact;
use crate::models::chain::law::{CLASSES, SHARES, Work};
use crate::models::chain::{Condition, Effects, Generator, Region, Table};
use engine::activity::target::{AllMet, Does, Kind, Met, Targets};
use engine::float::{exp, log};
use engine::people::Demographics;
use engine::{Fault, Result};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Most steps.
const STEPS: usize = 200;
/// A share is met when it is no farther off.
const CLOSE: f64 = 1e-6;
/// A share of 0 or 1 needs an infinite multiplier: it is met this well.
const LEAST: f64 = 1e-5;

impl Generator {
    /// The generator whose days hold what is known of a region, and how that was met. `persons` are those of the region: their
    /// mix of ages, jobs and schools is what the means belong to. Means are of weekdays; days of the weekend stay as the model
    /// knows them.
    ///
    /// First the shares by kind of person; then, where trips are known, the weight of a stop that makes them come out while all
    /// shares stay; last the shares again, with that weight, exactly.
    ///
    /// # Errors
    /// A [`Fault`] for means that cannot be met.
    pub fn meeting(self, targets: &Targets, persons: &[Demographics]) -> Result<(Self, AllMet)> {
        let (mut region, mut all) = (Region::default(), AllMet::default());
        if targets.is_empty() || persons.is_empty() {
            return Ok((self, all));
        }
        let groups = self.groups(persons)?;
        let mut wanted = targets.shares;
        for group in &groups {
            let (theta, met) = meet(group.kind, group.persons, targets.of(group.kind), &group.parts(0.0))?;
            region.shares[group.kind as usize] = theta;
            wanted[group.kind as usize] = met.after.map(Some);
            all.kinds.push(met);
        }
        if let Some(trips) = targets.trips {
            let stops = stops::Drawn::new(&groups, persons, &region);
            let (weight, made) = stops.weight_for(trips)?;
            (region.stops, all.trips) = (weight, Some([trips, stops.mean_trips(0.0), made]));
            for (group, met) in groups.iter().zip(&mut all.kinds) {
                let shares = wanted[group.kind as usize];
                let (theta, again) = meet(group.kind, group.persons, shares, &group.parts(weight))?;
                region.shares[group.kind as usize] = theta;
                met.after = again.after;
            }
        }
        all.kinds.retain(|met| met.wanted.iter().any(Option::is_some));
        Ok((self.with_region(region), all))
    }

    /// The persons by kind, and their conditions.
    fn groups(&self, persons: &[Demographics]) -> Result<Vec<Group>> {
        let mut found: BTreeMap<Kind, BTreeMap<(Condition, Work), usize>> = BTreeMap::new();
        for who in persons {
            let key = (Condition::of(who, 0), Work::of(who));
            *found.entry(Kind::of(who)).or_default().entry(key).or_default() += 1;
        }
        let group = |(kind, found): (Kind, BTreeMap<(Condition, Work), usize>)| {
            let conditions: Vec<Condition> = found.keys().map(|key| key.0).collect();
            let (tables, effects) = self.tables_of(&conditions)?;
            let of = |((key, n), table)| Member { key, persons: n, table };
            let members: Vec<Member> = found.into_iter().zip(tables).map(of).collect();
            Ok(Group { kind, persons: members.iter().map(|m| m.persons).sum(), members, effects })
        };
        found.into_iter().map(group).collect()
    }
}

/// A condition of a kind of person.
pub(crate) struct Member {
    pub(crate) key: (Condition, Work),
    pub(crate) persons: usize,
    pub(crate) table: Table,
}

/// A kind of person, by condition.
pub(crate) struct Group {
    pub(crate) kind: Kind,
    pub(crate) persons: usize,
    pub(crate) members: Vec<Member>,
    pub(crate) effects: Effects,
}

impl Group {
    /// Share and classes of days of each condition, where stops weigh exp(`stops`).
    fn parts(&self, stops: f64) -> Vec<Part> {
        let part = |member: &Member| Part {
            share: member.persons as f64 / self.persons as f64,
            classes: Exact::new(&member.table, &self.effects).classes(member.key.1, stops),
        };
        self.members.par_iter().map(part).collect()
    }
}

/// A condition of a kind: its share of the kind's persons, and the chances of its classes of days.
pub(crate) struct Part {
    /// Share, 0..1.
    pub(crate) share: f64,
    /// Chances of [`CLASSES`].
    pub(crate) classes: [f64; CLASSES.len()],
}

/// The dual at a point: its value and what is expected there.
struct Point {
    value: f64,
    expected: [f64; SHARES],
    /// Mean covariance of what days hold, row by row.
    covariance: [f64; SHARES * SHARES],
}

fn point(parts: &[Part], wanted: &[f64; SHARES], theta: &[f64; SHARES]) -> Point {
    let dot = |a: &[f64; SHARES]| a.iter().zip(theta).map(|(a, theta)| a * theta).sum::<f64>();
    let mut at = Point { value: dot(wanted), expected: [0.0; SHARES], covariance: [0.0; SHARES * SHARES] };
    for part in parts {
        let weights: Vec<f64> =
            part.classes.iter().zip(&CLASSES).map(|(chance, holds)| chance * exp(dot(holds))).collect();
        let total: f64 = weights.iter().sum();
        let mut mean = [0.0; SHARES];
        for (weight, holds) in weights.iter().zip(&CLASSES) {
            mean.iter_mut().zip(holds).for_each(|(mean, holds)| *mean += weight / total * holds);
        }
        at.value -= part.share * log(total);
        for row in 0..SHARES {
            at.expected[row] += part.share * mean[row];
            for column in 0..SHARES {
                let joint: f64 =
                    weights.iter().zip(&CLASSES).map(|(w, h)| w / total * h[row] * h[column]).sum();
                at.covariance[row * SHARES + column] += part.share * (joint - mean[row] * mean[column]);
            }
        }
    }
    at
}

/// The multipliers with which the days of a kind hold the wanted shares; those of what is not wanted are 0.
///
/// # Errors
/// A [`Fault`] where two shares are more than all, or one cannot be had: nobody of the kind works, say.
pub(crate) fn meet(
    kind: Kind,
    persons: usize,
    wanted: [Option<f64>; SHARES],
    parts: &[Part],
) -> Result<([f64; SHARES], Met)> {
    if let [Some(home), works, learns] = wanted {
        for (does, share) in [(Does::Works, works), (Does::Learns, learns)] {
            if let Some(share) = share.filter(|share| home + share > 1.0) {
                let what = format!(
                    "{} of {home} and {} of {share} are more than all",
                    Does::StaysHome.label(),
                    does.label()
                );
                return Err(fault(kind, what).expected("shares that leave each other room").into());
            }
        }
    }
    let before = point(parts, &[0.0; SHARES], &[0.0; SHARES]).expected;
    let targets: [f64; SHARES] =
        std::array::from_fn(|at| wanted[at].map_or(0.0, |share| share.clamp(LEAST, 1.0 - LEAST)));
    // What no day holds needs no multiplier to be held by none.
    let asked: [bool; SHARES] =
        std::array::from_fn(|at| wanted[at].is_some_and(|share| share > LEAST || before[at] > 0.0));
    let miss = |at: &Point| -> [f64; SHARES] {
        std::array::from_fn(|m| if asked[m] { targets[m] - at.expected[m] } else { 0.0 })
    };
    let mut theta = [0.0; SHARES];
    let mut here = point(parts, &targets, &theta);
    for _ in 0..STEPS {
        let slope = miss(&here);
        if slope.iter().all(|miss| miss.abs() < CLOSE) {
            let met = Met { kind, persons, wanted, before, after: here.expected };
            return Ok((theta, met));
        }
        let mut matrix = here.covariance;
        for (at, asked) in asked.iter().enumerate() {
            if !asked {
                (0..SHARES).for_each(|other| {
                    (matrix[at * SHARES + other], matrix[other * SHARES + at]) = (0.0, 0.0)
                });
                matrix[at * SHARES + at] = 1.0;
            }
            matrix[at * SHARES + at] += 1e-12;
        }
        let Some(step) = positive(&matrix, &slope) else { break };
        // A step of at most five: beyond, the curvature says nothing.
        let most = step.iter().fold(0.0_f64, |most, step| most.max(step.abs()));
        let length = f64::min(1.0, 5.0 / most);
        let climbed =
            std::iter::successors(Some(length), |length| Some(length / 2.0)).take(40).find_map(|length| {
                let next = std::array::from_fn(|at| theta[at] + length * step[at]);
                let there = point(parts, &targets, &next);
                (there.value > here.value).then_some((next, there))
            });
        let Some(climbed) = climbed else { break };
        (theta, here) = climbed;
    }
    let off = miss(&here);
    let worst = (0..SHARES).max_by(|&a, &b| off[a].abs().total_cmp(&off[b].abs())).unwrap_or(0);
    let what = format!(
        "{} of {} cannot be had: of the {persons} persons it is {:.3}, {:.3} as the model knows them",
        Does::ALL[worst].label(),
        targets[worst],
        here.expected[worst],
        before[worst]
    );
    Err(fault(kind, what).expected("a share that the model's days can have").into())
}

fn fault(kind: Kind, what: String) -> Fault {
    Fault::new("activity.targets", kind.label(), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Vec<Part> {
        vec![
            Part { share: 0.7, classes: [0.1, 0.2, 0.6, 0.05, 0.05] },
            Part { share: 0.3, classes: [0.3, 0.5, 0.0, 0.2, 0.0] },
        ]
    }

    #[test]
    fn the_shares_are_met_and_what_is_not_asked_for_keeps_its_odds() {
        let wanted = [Some(0.25), Some(0.3), None];
        let (theta, met) = meet(Kind::Worker, 10, wanted, &parts()).unwrap();
        assert!((met.after[0] - 0.25).abs() < 1e-5 && (met.after[1] - 0.3).abs() < 1e-5, "{met:?}");
        assert!((met.before[0] - 0.16).abs() < 1e-12 && (met.before[1] - 0.455).abs() < 1e-12, "{met:?}");
        assert_eq!(theta[2], 0.0);
        let (theta, met) = meet(Kind::Worker, 10, [None; 3], &parts()).unwrap();
        assert_eq!((theta, met.before), ([0.0; 3], met.after));
        let (_, met) = meet(Kind::Pupil, 10, [None, Some(0.0), Some(0.9)], &parts()).unwrap();
        assert!(met.after[1] < 1e-4 && (met.after[2] - 0.9).abs() < 1e-4, "{met:?}");
        // Nobody of the kind works: a share of 0 is met already.
        let idle = [Part { share: 1.0, classes: [0.3, 0.5, 0.0, 0.2, 0.0] }];
        let (theta, met) = meet(Kind::Preschool, 10, [Some(0.4), Some(0.0), Some(0.3)], &idle).unwrap();
        assert!(theta[1] == 0.0 && (met.after[2] - 0.3).abs() < 1e-5, "{met:?}");
    }

    #[test]
    fn shares_that_cannot_be_are_named() {
        let told = |wanted, parts: &[Part]| meet(Kind::Senior, 7, wanted, parts).unwrap_err().to_string();
        let said = told([Some(0.6), Some(0.5), None], &parts());
        assert!(said.contains("stays-home of 0.6 and works of 0.5 are more than all"), "{said}");
        let said = told([None, Some(0.5), None], &[Part { share: 1.0, classes: [0.3, 0.5, 0.0, 0.2, 0.0] }]);
        assert!(said.starts_with("activity.targets:senior: works of 0.5 cannot be had"), "{said}");
    }
}

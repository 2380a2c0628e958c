//! Demographic groups, and how many minutes of the day they use for what: what a time-use survey tells where it has no
//! diaries.

use super::Activity;
use serde::Serialize;
use std::collections::BTreeMap;

/// Age class of a group; the bounds are not published, so chosen here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Age {
    /// 15 to 24.
    Young,
    /// 25 to 64.
    MidAged,
    /// From 65.
    Elderly,
}

impl Age {
    /// The class of an age, years; `None` below 15.
    pub fn of(age: u8) -> Option<Self> {
        match age {
            0..15 => None,
            15..25 => Some(Self::Young),
            25..65 => Some(Self::MidAged),
            _ => Some(Self::Elderly),
        }
    }
}

/// A group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Group {
    /// Age class of its persons.
    pub age: Age,
    /// Female or male.
    pub female: bool,
    /// Has a job; `None`: both.
    pub worker: Option<bool>,
}

impl Group {
    /// Its name as seed 002 writes it.
    pub fn name(&self) -> String {
        let age = match self.age {
            Age::Young => "Young",
            Age::MidAged => "Mid-Aged",
            Age::Elderly => "Elderly",
        };
        let sex = if self.female { "Female" } else { "Male" };
        match self.worker {
            Some(true) => format!("{age} {sex} W."),
            Some(false) => format!("{age} {sex} N."),
            None => format!("{age} {sex}"),
        }
    }

    /// The group of a name like `Mid-Aged Female` with `worker`, `nonworker` or `all`.
    pub fn parse(name: &str, worker: &str) -> Option<Self> {
        let (age, sex) = name.rsplit_once(' ')?;
        Some(Self {
            age: match age {
                "Young" => Age::Young,
                "Mid-Aged" => Age::MidAged,
                "Elderly" => Age::Elderly,
                _ => return None,
            },
            female: match sex {
                "Female" => true,
                "Male" => false,
                _ => return None,
            },
            worker: match worker {
                "worker" => Some(true),
                "nonworker" => Some(false),
                "all" => None,
                _ => return None,
            },
        })
    }

    /// Whether `other` is a part of this group.
    pub fn holds(&self, other: &Self) -> bool {
        self.age == other.age
            && self.female == other.female
            && self.worker.is_none_or(|own| other.worker == Some(own))
    }
}

/// How a group uses its day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Target {
    /// Where it is from (`LA`, `Egypt`, `ATUS CA`).
    pub region: String,
    /// Whose day it is.
    pub group: Group,
    /// Minutes a day of the activities that are told.
    pub minutes: BTreeMap<Activity, f64>,
    /// Share of persons who work, and who learn, at all, where that is told.
    pub ever: Option<[f64; 2]>,
    /// The paper's own output, minutes.
    pub paper_minutes: BTreeMap<Activity, f64>,
    /// The paper's divergence, nats.
    pub paper_jsd: Option<f64>,
}

impl Target {
    /// The day over all activities, minutes: what is not told shares the rest in proportion to `like`.
    pub fn whole_day(&self, like: &[f64; Activity::COUNT]) -> [f64; Activity::COUNT] {
        let told: f64 = self.minutes.values().sum();
        let untold = |kind: &usize| !self.minutes.contains_key(&Activity::ALL[*kind]);
        let rest: f64 = (0..Activity::COUNT).filter(untold).map(|kind| like[kind]).sum();
        std::array::from_fn(|kind| match self.minutes.get(&Activity::ALL[kind]) {
            Some(&minutes) => minutes,
            None if rest > 0.0 => (1440.0 - told).max(0.0) * like[kind] / rest,
            None => 0.0,
        })
    }

    /// Minutes of the told activities, and of the rest together.
    pub fn told_and_rest(&self, minutes: &[f64; Activity::COUNT]) -> Vec<f64> {
        let mut told: Vec<f64> = self.minutes.keys().map(|activity| minutes[activity.index()]).collect();
        told.push((minutes.iter().sum::<f64>() - told.iter().sum::<f64>()).max(0.0));
        told
    }
}

/// A person who told how the day was used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Respondent {
    /// Age in completed years.
    pub age: u8,
    /// Female or male.
    pub female: bool,
    /// Has a job.
    pub employed: bool,
    /// Is enrolled.
    pub learns: bool,
    /// Survey weight.
    pub weight: f64,
}

/// The time use of the groups of a place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimeUse {
    /// One target a group, workers and others apart.
    pub targets: Vec<Target>,
    /// Respondents of each group, in the order of their keys.
    pub respondents: BTreeMap<Group, Vec<Respondent>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_the_day_is_shared() {
        let group = Group { age: Age::Young, female: true, worker: None };
        let minutes = BTreeMap::from([(Activity::Home, 1400.0)]);
        let target = Target {
            region: String::new(),
            group,
            minutes,
            ever: None,
            paper_minutes: BTreeMap::new(),
            paper_jsd: None,
        };
        let mut like = [0.0; Activity::COUNT];
        (like[0], like[1], like[2]) = (900.0, 3.0, 1.0);
        let day = target.whole_day(&like);
        assert_eq!((day[0], day[1], day[2]), (1400.0, 30.0, 10.0));
        assert_eq!(target.told_and_rest(&day), [1400.0, 40.0]);
    }
}

//! Demographic groups, and how they use their time.

use super::{Intake, KINDS};
use crate::chain::{Condition, Person, WEEKEND_SHARE};
use crate::survey::table;
use engine::activity::Activity;
use engine::people::{Sex, Student};
use engine::{Fault, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

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
    /// The class of an age; `None` below 15.
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
    /// Age.
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
    fn parse(name: &str, worker: &str) -> Option<Self> {
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
    /// Who.
    pub group: Group,
    /// Minutes a day of the activities that are told.
    pub minutes: BTreeMap<Activity, f64>,
    /// Share of persons who work, and who learn, at all, where that is told.
    pub ever: Option<[f64; 2]>,
    /// The paper's own output, minutes.
    pub paper_minutes: BTreeMap<Activity, f64>,
    /// The paper's divergence.
    pub paper_jsd: Option<f64>,
}

impl Target {
    /// The day over all activities: what is not told shares the rest in proportion to `like`.
    pub(crate) fn whole_day(&self, like: &[f64; KINDS]) -> [f64; KINDS] {
        let told: f64 = self.minutes.values().sum();
        let untold = |kind: &usize| !self.minutes.contains_key(&Activity::ALL[*kind]);
        let rest: f64 = (0..KINDS).filter(untold).map(|kind| like[kind]).sum();
        std::array::from_fn(|kind| match self.minutes.get(&Activity::ALL[kind]) {
            Some(&minutes) => minutes,
            None if rest > 0.0 => (1440.0 - told).max(0.0) * like[kind] / rest,
            None => 0.0,
        })
    }

    /// Shares of the told activities and of the rest, as minutes.
    pub(crate) fn told_and_rest(&self, minutes: &[f64; KINDS]) -> Vec<f64> {
        let mut told: Vec<f64> = self.minutes.keys().map(|activity| minutes[activity.index()]).collect();
        told.push((minutes.iter().sum::<f64>() - told.iter().sum::<f64>()).max(0.0));
        told
    }
}

/// Reads targets (`region,group,worker,activity,tus_minutes,paper_output_minutes,paper_jsd`; an activity is
/// `code:name`): Tables 6 and 8 of seed 002.
///
/// # Errors
/// A [`Fault`] where a column is missing or a row is no target: targets are few, and each counts.
pub fn targets(path: &Path) -> Result<Vec<Target>> {
    let mut intake = Intake::default();
    let mut targets: BTreeMap<(String, Group), Target> = BTreeMap::new();
    let columns =
        ["region", "group", "worker", "activity", "tus_minutes", "paper_output_minutes", "paper_jsd"];
    table::read(path, &columns, &mut intake, |[region, group, worker, activity, minutes, paper, jsd], _| {
        let group = Group::parse(group, worker).ok_or("group or worker")?;
        let code = activity.split(':').next().and_then(|code| code.parse().ok());
        let activity = code.and_then(Activity::from_code).ok_or("activity")?;
        let minutes = table::number(minutes, 0.0, 1440.0).ok_or("tus_minutes")?;
        let target = targets.entry((region.to_owned(), group)).or_insert_with(|| Target {
            region: region.to_owned(),
            group,
            minutes: BTreeMap::new(),
            ever: None,
            paper_minutes: BTreeMap::new(),
            paper_jsd: table::number(jsd, 0.0, 1.0),
        });
        target.minutes.insert(activity, minutes);
        if let Some(paper) = table::number(paper, 0.0, 1440.0) {
            target.paper_minutes.insert(activity, paper);
        }
        Ok(())
    })?;
    if let Some((what, seen)) = intake.rows_left_out.iter().next() {
        return Err(Fault::new(path, &seen.first, what)
            .expected("a group, an activity and its minutes")
            .into());
    }
    Ok(targets.into_values().collect())
}

/// Of which persons a group is made: age band, job and enrolment, with their shares.
pub(crate) type Mix = BTreeMap<Person, f64>;

/// Persons of whom a group holds less than this share are left out of its mix.
const LEAST_SHARE: f64 = 0.02;

/// The conditions of a group and their shares (of the whole week: two days of seven are weekend).
pub(crate) fn conditions(group: &Group, mix: &Mix) -> Vec<(Condition, f64)> {
    let all: f64 = mix.values().sum();
    let mix: Mix =
        mix.iter().filter(|(_, weight)| **weight >= LEAST_SHARE * all).map(|(p, w)| (*p, *w)).collect();
    let total: f64 = mix.values().sum();
    let sex = if group.female { Sex::Female } else { Sex::Male } as u8;
    let both = |(&person, &weight): (&Person, &f64)| {
        [(false, 1.0 - WEEKEND_SHARE), (true, WEEKEND_SHARE)]
            .map(|(weekend, share)| (Condition { person, sex, weekend }, share * weight / total))
    };
    mix.iter().flat_map(both).collect()
}

/// A person as the model sees one.
pub(crate) fn person(age: u8, employed: bool, learns: bool) -> Person {
    let student = match (learns, age) {
        (false, _) => Student::No,
        (true, 0..18) => Student::School,
        (true, _) => Student::College,
    };
    Person::of(Some(age), Some(employed), Some(student))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_targets_are_read() {
        let Some(data) = crate::tests::data() else { return };
        let targets = targets(&data.join("time-use/tus_targets.csv")).unwrap();
        assert_eq!(targets.len(), 18);
        let la: Vec<String> =
            targets.iter().filter(|target| target.region == "LA").map(|target| target.group.name()).collect();
        assert_eq!((la.len(), la[0].as_str()), (12, "Young Male N."));
        assert!(targets.iter().all(|target| target.minutes.len() == 8 && target.paper_minutes.len() == 8));
    }

    #[test]
    fn a_bad_target_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("targets.csv");
        let text = "region,group,worker,activity,tus_minutes,paper_output_minutes,paper_jsd\nLA,Young Male,worker,99:x,1,1,0\n";
        engine::disk::write_bytes(&path, text.as_bytes()).unwrap();
        let fault = targets(&path).unwrap_err().to_string();
        assert!(fault.contains("targets.csv:2: row of targets.csv: activity is no value"), "{fault}");
    }

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
        let mut like = [0.0; KINDS];
        (like[0], like[1], like[2]) = (900.0, 3.0, 1.0);
        let day = target.whole_day(&like);
        assert_eq!((day[0], day[1], day[2]), (1400.0, 30.0, 10.0));
        assert_eq!(target.told_and_rest(&day), [1400.0, 40.0]);
    }
}

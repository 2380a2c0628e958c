//! Time use of groups, computed from the American Time Use Survey's totals: `atusact` (`tucaseid`, `tiercode`,
//! `dur`: minutes per activity code, no clock times), `atuscps` (sex, age, state) and `atusresp` (labour force
//! status, enrolment, weight), as the R package `atus` ships them.
//!
//! Codes are mapped by `survey/purposes.csv` (survey `atus`). It was chosen so that the groups of Los Angeles that seed
//! 002 prints (its Table 6) come out near: meals are all meals, television is home, travel counts to what it was for.
//! Minutes whose code is not told are left out and the rest is stretched to 1,440; a respondent of whom less than
//! 20 hours are told is left out and counted.

use super::group::{Age, Group, Mix, Target, person};
use super::{Intake, KINDS};
use crate::chain::Person;
use crate::survey::purpose::{Meaning, Purposes};
use crate::survey::table::{age, need, number, read, weight};
use engine::Result;
use engine::activity::Activity;
use std::collections::BTreeMap;
use std::path::Path;

/// Fewest told minutes of a day.
const LEAST_MIN: f64 = 1200.0;
const DAY_MIN: f64 = 1440.0;

/// The time use of the groups of a place.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeUse {
    /// One target a group, workers and others apart.
    pub targets: Vec<Target>,
    /// Respondents of each group.
    pub respondents: BTreeMap<Group, usize>,
    /// What was read and left out.
    pub intake: Intake,
    /// Who the groups are made of.
    pub(crate) mixes: BTreeMap<Group, Mix>,
}

impl TimeUse {
    /// Who a group (also one of workers and others together) is made of.
    pub(crate) fn mix(&self, group: &Group) -> Mix {
        let mut mix = Mix::new();
        for (_, own) in self.mixes.iter().filter(|(other, _)| group.holds(other)) {
            own.iter().for_each(|(&person, weight)| *mix.entry(person).or_default() += weight);
        }
        mix
    }
}

/// A respondent.
struct Respondent {
    age: u8,
    female: bool,
    employed: bool,
    learns: bool,
    weight: f64,
}

/// Weighted sums of a group.
#[derive(Debug, Default)]
struct Sums {
    n: usize,
    weight: f64,
    minutes: [f64; KINDS],
    ever: [f64; 2],
    mix: Mix,
}

/// Reads the tables; `state` (two letters) keeps its residents only.
///
/// # Errors
/// A [`engine::Fault`] where a table or column is missing.
pub fn time_use(folder: &Path, state: Option<&str>, region: &str) -> Result<TimeUse> {
    let mut intake = Intake::default();
    let respondents = respondents(folder, state, &mut intake)?;
    let minutes = minutes(folder, &respondents, &mut intake)?;
    let mut sums: BTreeMap<Group, Sums> = BTreeMap::new();
    for (key, who) in &respondents {
        let told = minutes.get(key).map(|minutes| minutes.iter().sum::<f64>()).unwrap_or(0.0);
        let day = match minutes.get(key) {
            Some(minutes) if told >= LEAST_MIN => Ok(minutes.map(|m| m * DAY_MIN / told)),
            _ => Err("less than 20 hours are told"),
        };
        let (Some(day), Some(age)) = (intake.day(key, day), Age::of(who.age)) else { continue };
        let group = Group { age, female: who.female, worker: Some(who.employed) };
        let own = sums.entry(group).or_default();
        own.n += 1;
        own.weight += who.weight;
        own.minutes.iter_mut().zip(day).for_each(|(sum, m)| *sum += who.weight * m);
        for (ever, activity) in own.ever.iter_mut().zip([Activity::Work, Activity::School]) {
            *ever += if day[activity.index()] > 0.0 { who.weight } else { 0.0 };
        }
        let person: Person = person(who.age, who.employed, who.learns);
        *own.mix.entry(person).or_default() += who.weight;
    }
    let target = |(&group, sums): (&Group, &Sums)| Target {
        region: region.to_owned(),
        group,
        minutes: Activity::ALL.into_iter().map(|a| (a, sums.minutes[a.index()] / sums.weight)).collect(),
        ever: Some(sums.ever.map(|ever| ever / sums.weight)),
        paper_minutes: BTreeMap::new(),
        paper_jsd: None,
    };
    Ok(TimeUse {
        targets: sums.iter().map(target).collect(),
        respondents: sums.iter().map(|(&group, sums)| (group, sums.n)).collect(),
        intake,
        mixes: sums.into_iter().map(|(group, sums)| (group, sums.mix)).collect(),
    })
}

fn respondents(
    folder: &Path,
    state: Option<&str>,
    intake: &mut Intake,
) -> Result<BTreeMap<String, Respondent>> {
    let mut respondents = BTreeMap::new();
    let path = need(folder, "ATUS persons (atuscps)", |name| name.starts_with("atuscps"))?;
    read(&path, &["tucaseid", "state", "sex", "age"], intake, |[key, lives, sex, years], _| {
        if state.is_some_and(|state| state != lives) {
            return Ok(());
        }
        let female = match sex {
            "female" => true,
            "male" => false,
            _ => return Err("sex"),
        };
        let age = age(years).ok_or("age")?;
        let who = Respondent { age, female, employed: false, learns: false, weight: 0.0 };
        respondents.insert(key.to_owned(), who);
        Ok(())
    })?;
    let path = need(folder, "ATUS respondents (atusresp)", |name| name.starts_with("atusresp"))?;
    let columns = ["tucaseid", "labor_status", "student_status", "wt"];
    read(&path, &columns, intake, |[key, works, learns, weighs], _| {
        if let Some(who) = respondents.get_mut(key) {
            who.employed = works.starts_with("employed");
            who.learns = learns == "yes";
            who.weight = f64::from(weight(weighs));
        }
        Ok(())
    })?;
    Ok(respondents)
}

/// Minutes by activity of the respondents.
fn minutes(
    folder: &Path,
    respondents: &BTreeMap<String, Respondent>,
    intake: &mut Intake,
) -> Result<BTreeMap<String, [f64; KINDS]>> {
    let purposes = Purposes::of("atus");
    let mut known: BTreeMap<u32, Option<Activity>> = BTreeMap::new();
    let mut minutes: BTreeMap<String, [f64; KINDS]> = BTreeMap::new();
    let path = need(folder, "ATUS activities (atusact)", |name| name.starts_with("atusact"))?;
    read(&path, &["tucaseid", "tiercode", "dur"], intake, |[key, code, lasts], _| {
        if !respondents.contains_key(key) {
            return Ok(());
        }
        let code = number(code, 0.0, 999_999.0).ok_or("tiercode")? as u32;
        let lasts = number(lasts, 0.0, DAY_MIN).ok_or("dur")?;
        let activity = *known.entry(code).or_insert_with(|| activity(&purposes, code));
        if let Some(activity) = activity {
            if !minutes.contains_key(key) {
                minutes.insert(key.to_owned(), [0.0; KINDS]);
            }
            if let Some(own) = minutes.get_mut(key) {
                own[activity.index()] += lasts;
            }
        }
        Ok(())
    })?;
    Ok(minutes)
}

/// The activity of a six-digit code; travel (18xxyy) is for xxyy.
fn activity(purposes: &Purposes, code: u32) -> Option<Activity> {
    let code = format!("{code:06}");
    let code = code.strip_prefix("18").unwrap_or(&code);
    match purposes.longest(code)? {
        Meaning::Activity(activity) => Some(activity),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(act: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("atusact.csv", act),
            (
                "atuscps.csv",
                "tucaseid,state,sex,age\n1,CA,male,40\n2,CA,male,50\n3,NY,male,40\n4,CA,female,20\n",
            ),
            (
                "atusresp.csv",
                "tucaseid,labor_status,student_status,wt\n1,employed-at work,,1\n2,employed-absent,,3\n3,x,,1\n4,not_in_labor_force,yes,1\n",
            ),
        ] {
            engine::disk::write_bytes(folder.path().join(name), text.as_bytes()).unwrap();
        }
        folder
    }

    #[test]
    fn a_small_survey_is_summed() {
        let folder = folder(
            "tucaseid,tiercode,dur\n1,10101,900\n1,50101,500\n1,180501,40\n2,120303,1400\n2,500101,40\n3,10101,1440\n4,10101,600\n",
        );
        let found = time_use(folder.path(), Some("CA"), "X").unwrap();
        assert_eq!(found.targets.len(), 1);
        let target = &found.targets[0];
        assert_eq!((target.group.name().as_str(), found.respondents[&target.group]), ("Mid-Aged Male W.", 2));
        // Travel to work is work; what is not told is stretched over; weights 1 and 3.
        assert_eq!(target.minutes[&Activity::Work], 540.0 / 4.0);
        assert_eq!(target.minutes[&Activity::Home], (900.0 + 3.0 * 1440.0) / 4.0);
        assert_eq!(target.ever, Some([0.25, 0.0]));
        assert_eq!((found.intake.days_found, found.intake.days_kept()), (3, 2));
        // 40 and 50 are of two age bands.
        assert_eq!(found.mix(&target.group).len(), 2);
    }

    #[test]
    fn california_is_near_what_the_paper_prints_for_los_angeles() {
        let Some(data) = crate::tests::data() else { return };
        let found = time_use(&data.join("time-use"), Some("CA"), "ATUS CA").unwrap();
        assert_eq!(found.targets.len(), 12);
        let paper = super::super::group::targets(&data.join("time-use/tus_targets.csv")).unwrap();
        let of =
            |list: &[Target]| list.iter().find(|t| t.group.name() == "Mid-Aged Male W.").cloned().unwrap();
        let (ours, theirs) = (of(&found.targets), of(&paper));
        for activity in [Activity::Home, Activity::Work] {
            let difference = ours.minutes[&activity] - theirs.minutes[&activity];
            assert!(difference.abs() < 50.0, "{activity:?} {difference}");
        }
    }
}

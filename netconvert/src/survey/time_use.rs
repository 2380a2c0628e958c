//! Time use of groups, computed from the American Time Use Survey's totals: `atusact` (`tucaseid`, `tiercode`,
//! `dur`: minutes per activity code, no clock times), `atuscps` (sex, age, state) and `atusresp` (labour force
//! status, enrolment, weight), as the R package `atus` ships them.
//!
//! Codes are mapped by `purposes.csv` (survey `atus`). It was chosen so that the groups of Los Angeles that seed
//! 002 prints (its Table 6) come out near: meals are all meals, television is home, travel counts to what it was for.
//! Minutes whose code is not told are left out and the rest is stretched to 1,440; a respondent of whom less than
//! 20 hours are told is left out and counted.

use super::Intake;
use super::intake::Reason;
use super::table::{age, code, need, number, read, weight};
use crate::purpose::{Meaning, Purposes};
use engine::activity::Activity;
use engine::activity::time_use::{Age, Group, Respondent, Target, TimeUse};
use engine::{Fault, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// How the words for the status in the labour force begin; the first is that of who has a job.
const STATUS: [&str; 3] = ["employed", "unemployed", "not_in_labor_force"];
/// Fewest told minutes of a day.
const LEAST_MIN: f64 = 1200.0;
/// Minutes of a day.
const DAY_MIN: f64 = 1440.0;

/// Weighted sums of a group.
#[derive(Debug, Default)]
struct Sums {
    /// Sum of the weights of its respondents.
    weight: f64,
    /// Sum of weight times minutes, by activity in the order of [`Activity::ALL`].
    minutes: [f64; Activity::COUNT],
    /// Sum of the weights of those who worked at all that day, and of those who went to school.
    ever: [f64; 2],
    /// The respondents themselves.
    respondents: Vec<Respondent>,
}

/// Reads the tables; `state` (two letters) keeps its residents only.
///
/// Groups are by age ([`Age::of`]; children below 15 are in none), sex and job. A target holds the mean minutes
/// of the group's day by activity and the weighted shares that worked and learned at all; `region` is the name
/// that the targets get.
///
/// # Errors
/// A [`engine::Fault`] where a table or column is missing.
pub fn read_totals(folder: &Path, state: Option<&str>, region: &str) -> Result<(TimeUse, Intake)> {
    let mut intake = Intake::new(folder);
    let respondents = respondents(folder, state, &mut intake)?;
    let minutes = minutes(folder, &respondents, &mut intake)?;
    let mut sums: BTreeMap<Group, Sums> = BTreeMap::new();
    for (key, who) in &respondents {
        let told = minutes.get(key).map(|minutes| minutes.iter().sum::<f64>()).unwrap_or(0.0);
        let day = match minutes.get(key) {
            Some(minutes) if told >= LEAST_MIN => Ok(minutes.map(|m| m * DAY_MIN / told)),
            _ => Err(Reason::Told("less than 20 hours are told")),
        };
        let (Some(day), Some(age)) = (intake.day(key, day), Age::of(who.age)) else { continue };
        let group = Group { age, female: who.female, worker: Some(who.employed) };
        let own = sums.entry(group).or_default();
        own.weight += who.weight;
        own.minutes.iter_mut().zip(day).for_each(|(sum, m)| *sum += who.weight * m);
        for (ever, activity) in own.ever.iter_mut().zip([Activity::Work, Activity::School]) {
            *ever += if day[activity.index()] > 0.0 { who.weight } else { 0.0 };
        }
        own.respondents.push(*who);
    }
    let target = |(&group, sums): (&Group, &Sums)| Target {
        region: region.to_owned(),
        group,
        minutes: Activity::ALL.into_iter().map(|a| (a, sums.minutes[a.index()] / sums.weight)).collect(),
        ever: Some(sums.ever.map(|ever| ever / sums.weight)),
        paper_minutes: BTreeMap::new(),
        paper_jsd: None,
    };
    let targets = sums.iter().map(target).collect();
    let respondents = sums.into_iter().map(|(group, sums)| (group, sums.respondents)).collect();
    Ok((TimeUse { targets, respondents }, intake))
}

/// Age, sex, job, enrolment and weight of the respondents, of one state where it is given. A job is a
/// `labor_status` that begins with `employed`; a `student_status` of `yes` is enrolment.
fn respondents(
    folder: &Path,
    state: Option<&str>,
    intake: &mut Intake,
) -> Result<BTreeMap<String, Respondent>> {
    let mut persons = BTreeMap::new();
    let path = need(folder, "ATUS persons (atuscps)", |name| name.starts_with("atuscps"))?;
    read(&path, &["tucaseid", "state", "sex", "age"], intake, |[key, lives, sex, years], _| {
        if state.is_some() && lives.is_empty() {
            return Err("state");
        }
        if state.is_some_and(|state| state != lives) {
            return Ok(());
        }
        let female = match sex {
            "female" => true,
            "male" => false,
            _ => return Err("sex"),
        };
        let age = age(years)?.ok_or("age")?;
        let who = Respondent { age, female, employed: false, learns: false, weight: 0.0 };
        persons.insert(code(key).to_owned(), who);
        Ok(())
    })?;
    let mut respondents = BTreeMap::new();
    let path = need(folder, "ATUS respondents (atusresp)", |name| name.starts_with("atusresp"))?;
    let columns = ["tucaseid", "labor_status", "student_status", "wt"];
    read(&path, &columns, intake, |[key, works, learns, weighs], _| {
        let is_status = STATUS.iter().any(|status| works.starts_with(status));
        let works = is_status.then(|| works.starts_with(STATUS[0])).ok_or("labor_status")?;
        let weight = f64::from(weight(weighs)?);
        if let Some(who) = persons.remove(code(key)) {
            let who = Respondent { employed: works, learns: learns == "yes", weight, ..who };
            respondents.insert(code(key).to_owned(), who);
        }
        Ok(())
    })?;
    for key in persons.keys() {
        let none = Err("the person is not in the table of respondents, or its row is not understood");
        let _none: Option<()> = intake.day(key, none);
    }
    Ok(respondents)
}

/// Minutes by activity of the respondents. Codes are looked up once each, since every one of them stands in many
/// rows.
fn minutes(
    folder: &Path,
    respondents: &BTreeMap<String, Respondent>,
    intake: &mut Intake,
) -> Result<BTreeMap<String, [f64; Activity::COUNT]>> {
    let purposes = Purposes::of("atus");
    let mut known: BTreeMap<u32, Option<Activity>> = BTreeMap::new();
    let mut minutes: BTreeMap<String, [f64; Activity::COUNT]> = BTreeMap::new();
    let path = need(folder, "ATUS activities (atusact)", |name| name.starts_with("atusact"))?;
    read(&path, &["tucaseid", "tiercode", "dur"], intake, |[key, what, lasts], intake| {
        let key = code(key);
        if !respondents.contains_key(key) {
            return Ok(());
        }
        let what = number(what, 0.0, 999_999.0).ok_or("tiercode")? as u32;
        let lasts = number(lasts, 0.0, DAY_MIN).ok_or("dur")?;
        intake.noted.whole("activities", 1);
        if meaning(&purposes, what).is_none() {
            let said = format!("minutes of the code {what:06}, which is not known, are left out");
            intake.noted.unknown("activities", said, key);
        }
        let activity = *known.entry(what).or_insert_with(|| activity(&purposes, what));
        if let Some(activity) = activity {
            if !minutes.contains_key(key) {
                minutes.insert(key.to_owned(), [0.0; Activity::COUNT]);
            }
            if let Some(own) = minutes.get_mut(key) {
                own[activity.index()] += lasts;
            }
        }
        Ok(())
    })?;
    Ok(minutes)
}

/// What a six-digit code stands for; travel (18xxyy) is for xxyy.
fn meaning(purposes: &Purposes, code: u32) -> Option<Meaning> {
    let code = format!("{code:06}");
    purposes.longest(code.strip_prefix("18").unwrap_or(&code))
}

/// The activity of a code. `None` where it is not stated (50xxxx) or not in the table.
fn activity(purposes: &Purposes, code: u32) -> Option<Activity> {
    match meaning(purposes, code)? {
        Meaning::Activity(activity) => Some(activity),
        _ => None,
    }
}

/// Reads targets (`region,group,worker,activity,tus_minutes,paper_output_minutes,paper_jsd`; an activity is
/// `code:name`): Tables 6 and 8 of seed 002.
///
/// # Errors
/// A [`Fault`] where a column is missing or a row is no target: targets are few, and each counts.
pub fn read_targets(path: &Path) -> Result<Vec<Target>> {
    let mut intake = Intake::new(path);
    let mut targets: BTreeMap<(String, Group), Target> = BTreeMap::new();
    let columns =
        ["region", "group", "worker", "activity", "tus_minutes", "paper_output_minutes", "paper_jsd"];
    read(path, &columns, &mut intake, |[region, group, worker, activity, minutes, paper, jsd], _| {
        let group = Group::parse(group, worker).ok_or("group or worker")?;
        let code = activity.split(':').next().and_then(|code| code.parse().ok());
        let activity = code.and_then(Activity::from_code).ok_or("activity")?;
        let minutes = number(minutes, 0.0, 1440.0).ok_or("tus_minutes")?;
        let told = |text: &str, most| match text {
            "" => Ok(None),
            text => number(text, 0.0, most).map(Some).ok_or("paper_output_minutes or paper_jsd"),
        };
        let (paper, paper_jsd) = (told(paper, 1440.0)?, told(jsd, 1.0)?);
        if region.is_empty() {
            return Err("region");
        }
        let target = targets.entry((region.to_owned(), group)).or_insert_with(|| Target {
            region: region.to_owned(),
            group,
            minutes: BTreeMap::new(),
            ever: None,
            paper_minutes: BTreeMap::new(),
            paper_jsd,
        });
        target.minutes.insert(activity, minutes);
        if let Some(paper) = paper {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::data;

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
                "tucaseid,labor_status,student_status,wt\n1,employed-at work,,1\n2,employed-absent,,3\n3,unemployed-looking,,1\n4,not_in_labor_force,yes,1\n",
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
        let (found, intake) = read_totals(folder.path(), Some("CA"), "X").unwrap();
        assert_eq!(found.targets.len(), 1);
        let target = &found.targets[0];
        assert_eq!(
            (target.group.name().as_str(), found.respondents[&target.group].len()),
            ("Mid-Aged Male W.", 2)
        );
        // Travel to work is work; what is not told is stretched over; weights 1 and 3.
        assert_eq!(target.minutes[&Activity::Work], 540.0 / 4.0);
        assert_eq!(target.minutes[&Activity::Home], (900.0 + 3.0 * 1440.0) / 4.0);
        assert_eq!(target.ever, Some([0.25, 0.0]));
        assert_eq!((intake.days_found, intake.days_kept()), (3, 2));
    }

    #[test]
    fn california_is_near_what_the_paper_prints_for_los_angeles() {
        let Some(data) = data("time-use") else { return };
        let (found, _) = read_totals(&data, Some("CA"), "ATUS CA").unwrap();
        assert_eq!(found.targets.len(), 12);
        let paper = read_targets(&data.join("tus_targets.csv")).unwrap();
        let of =
            |list: &[Target]| list.iter().find(|t| t.group.name() == "Mid-Aged Male W.").cloned().unwrap();
        let (ours, theirs) = (of(&found.targets), of(&paper));
        for activity in [Activity::Home, Activity::Work] {
            let difference = ours.minutes[&activity] - theirs.minutes[&activity];
            assert!(difference.abs() < 50.0, "{activity:?} {difference}");
        }
    }

    #[test]
    fn the_real_targets_are_read() {
        let Some(path) = data("time-use/tus_targets.csv") else { return };
        let targets = read_targets(&path).unwrap();
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
        let fault = read_targets(&path).unwrap_err().to_string();
        assert!(fault.contains("targets.csv:2: row of targets.csv: activity is no value"), "{fault}");
    }
}

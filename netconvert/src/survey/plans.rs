//! Days of a survey that comes as MATSim plans (VISTA 2009 as matsim-melbourne ships it).
//!
//! The plan gives the order of activities and the times; how a MATSim activity type becomes an activity of ours
//! is stated in [`crate::matsim::activity`]. Of the person's attributes `age`, `sex` (`m`, `male`, `f`, `female`)
//! and `employed` (`true`, `yes`, `false`, `no`) are read; others, and a weight, are not: each plan counts as one
//! person-day.

use super::intake::Intake;
use super::{Reading, day};
use crate::matsim::activity::{Stop, stop};
use engine::activity::Activity;
use engine::activity::diary::{Diary, Survey};
use engine::activity::replay::{PlannedPerson, Stay};
use engine::people::Sex;
use std::path::Path;

/// The days of the planned persons of a file as a survey. An empty plan is a day at home (VISTA's persons without trips). A
/// person whose plan is no day is left out and counted.
pub fn survey(name: &str, file: &Path, persons: &[PlannedPerson]) -> Reading {
    let mut intake = Intake::new(file);
    intake.rows.insert("plans".into(), persons.len());
    let mut diaries = Vec::with_capacity(persons.len());
    for person in persons {
        let day = read(person, &mut intake);
        diaries.extend(intake.day(&person.name, day));
    }
    let survey = Survey { name: name.into(), travellers_only: false, diaries };
    Reading { survey, intake, totals: None }
}

/// One person-day, or the reason why the plan is none: an activity without an end, or departures that go back in
/// time.
fn read(person: &PlannedPerson, intake: &mut Intake) -> Result<Diary, &'static str> {
    let mut stops = Vec::with_capacity(person.stays.len().max(1));
    intake.noted.whole("activities", person.stays.len() as u64);
    for stay in &person.stays {
        stops.push(stop(&stay.kind).unwrap_or_else(|| {
            let kind: String = stay.kind.chars().take(40).collect();
            let what = format!("activity {kind:?} is not known and read as other");
            intake.noted.unknown("activities", what, &person.name);
            Stop::Activity(Activity::Other)
        }));
    }
    if stops.is_empty() {
        intake.noted.part("days", "an empty plan is read as a day at home", &person.name);
        stops.push(Stop::Activity(Activity::Home));
    }
    let chain = day(&stops, &departures(person)?)?;
    Ok(Diary {
        person: person.name.clone(),
        weekday: None,
        age: attribute(person, "age").and_then(|text| text.parse().ok()),
        sex: match attribute(person, "sex") {
            Some("m" | "male") => Sex::Male,
            Some("f" | "female") => Sex::Female,
            _ => Sex::Unknown,
        },
        employed: match attribute(person, "employed") {
            Some("true" | "yes") => Some(true),
            Some("false" | "no") => Some(false),
            _ => None,
        },
        student: None,
        weight: 1.0,
        chain,
    })
}

/// An attribute of the person by name.
fn attribute<'a>(person: &'a PlannedPerson, name: &str) -> Option<&'a str> {
    person.attributes.iter().find(|own| own.name == name).map(|own| own.value.as_str())
}

/// When each stay but the last ends: as planned, or arrival plus the longest duration. A stay without a start
/// begins when the leg before it arrives, after its stated travel time, or at once where that is not stated.
fn departures(person: &PlannedPerson) -> Result<Vec<u32>, &'static str> {
    let Some((_, inner)) = person.stays.split_last() else {
        return Ok(Vec::new());
    };
    let mut ends: Vec<u32> = Vec::with_capacity(inner.len());
    for (index, stay) in inner.iter().enumerate() {
        let travel_s = index.checked_sub(1).and_then(|leg| person.legs.get(leg)?.travel_s).unwrap_or(0);
        let arrival_s = stay.start_s.unwrap_or(ends.last().copied().unwrap_or(0).saturating_add(travel_s));
        ends.push(end(stay, arrival_s).ok_or("an activity has no end time and no duration")?);
    }
    Ok(ends)
}

/// When a stay ends: at its end time, which goes before its longest duration.
fn end(stay: &Stay, arrival_s: u32) -> Option<u32> {
    stay.end_s.or_else(|| Some(arrival_s.saturating_add(stay.max_dur_s?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::activity::replay::PlannedLeg;

    fn person(stays: &[(&str, Option<u32>)]) -> PlannedPerson {
        let stay =
            |&(kind, end_s): &(&str, Option<u32>)| Stay { kind: kind.into(), end_s, ..Stay::default() };
        PlannedPerson {
            name: "p".into(),
            stays: stays.iter().map(stay).collect(),
            legs: vec![PlannedLeg::default(); stays.len().saturating_sub(1)],
            ..PlannedPerson::default()
        }
    }

    #[test]
    fn names_become_codes_and_odd_plans_are_counted() {
        let persons = [
            person(&[("At Home", Some(28_800)), ("Work Related", Some(61_200)), ("Go Home", None)]),
            person(&[]),
            person(&[("At Home", None), ("Go Home", None)]),
            person(&[("At Home", Some(9)), ("Moon Walk", None)]),
        ];
        let Reading { survey, intake, .. } = survey("test", Path::new("plans"), &persons);
        let diaries = survey.diaries;
        let codes: Vec<Vec<u8>> =
            diaries.iter().map(|d| d.chain.0.iter().map(|e| e.activity.code()).collect()).collect();
        assert_eq!(codes, [vec![1, 2, 1], vec![1], vec![1, 14]]);
        assert_eq!(diaries[0].chain.0[1].start_s, 28_800);
        let said: Vec<String> = intake.warnings().into_iter().map(|w| w.what).collect();
        assert_eq!(
            said,
            [
                "an activity has no end time and no duration",
                "activity \"Moon Walk\" is not known and read as other",
                "an empty plan is read as a day at home",
            ]
        );
    }

    #[test]
    fn a_longest_duration_counts_from_the_arrival() {
        let mut plan = person(&[("home", Some(1000)), ("work", None), ("home", None)]);
        plan.stays[1].max_dur_s = Some(500);
        plan.legs[0].travel_s = Some(60);
        let days = survey("test", Path::new("plans"), &[plan]).survey.diaries;
        assert_eq!(days[0].chain.0[1].end_s, 1560);
    }
}

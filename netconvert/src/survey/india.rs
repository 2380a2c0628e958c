//! The Time Use Survey 2024 of India, one row a spell (`person_id`, `time_from`, `time_to`, `activity_code` as
//! words, `activity_location` home or not): one day a person, from 4:00 to 4:00 in half hours.
//!
//! Several activities in one half hour share it equally. A person whose `industry` is told has a job (in the
//! sample, 90 % of those worked that day and 14 % of the others). Neither the day of the week nor enrolment is
//! told. Children below 6 have no diary.
//!
//! The survey is the National Statistics Office's (Ministry of Statistics and Programme Implementation). Read of
//! its one table, which repeats the person in every row: `person_id`, `gender` (`male`, `female`), `age` (years),
//! `industry`, `activity_code`, `activity_location`, `time_from`, `time_to` (`hh:mm`) and, where it is there,
//! `mult` (weight).
//!
//! Left out and counted: persons whose row has no times, diaries with a time that cannot be read, and diaries
//! that do not run from 4:00 to 4:00. A name of an activity that `purposes.csv` does not have is noted and says
//! nothing about the stay.

use super::Reading;
use super::intake::{Intake, Reason};
use super::spell::{Spell, Where, chain, diary_min};
use super::table::{age, clock_min, code, need, read, weight};
use crate::purpose::{Meaning, Purposes};
use engine::Result;
use engine::activity::diary::{Diary, Survey};
use engine::people::Sex;
use std::collections::BTreeMap;
use std::path::Path;

/// Places other than home, as the survey calls them.
const PLACES: [&str; 2] = ["fixed location", "non-fixed location"];

/// A person and the rows read of it so far.
struct Person {
    /// From the first row; the chain is still empty.
    who: Diary,
    /// One for each row with times.
    spells: Vec<Spell>,
    /// What is wrong with its rows, where anything is: the person is left out.
    fault: Option<Reason>,
}

/// Reads the table as a survey named `india-tus`.
///
/// # Errors
/// A [`engine::Fault`] where the table or a column is missing.
pub(crate) fn survey(folder: &Path) -> Result<Reading> {
    let mut intake = Intake::new(folder);
    let path = need(folder, "the Indian time-use survey", |name| name.contains("india_tus"))?;
    let persons = persons(&path, &mut intake)?;
    let mut diaries = Vec::with_capacity(persons.len());
    for (key, person) in persons {
        let day = person.fault.map_or_else(|| chain(person.spells).map_err(Reason::from), Err);
        diaries.extend(intake.day(&key, day).map(|chain| Diary { chain, ..person.who }));
    }
    Ok(Reading {
        survey: Survey { name: "india-tus".into(), travellers_only: false, diaries },
        intake,
        totals: None,
    })
}

/// Persons by `person_id`, with their spells in the order of the file.
fn persons(path: &Path, intake: &mut Intake) -> Result<BTreeMap<String, Person>> {
    let purposes = Purposes::of("india-tus");
    let mut persons: BTreeMap<String, Person> = BTreeMap::new();
    let columns = [
        "person_id",
        "gender",
        "age",
        "industry",
        "activity_code",
        "activity_location",
        "time_from",
        "time_to",
        "?mult",
    ];
    read(path, &columns, intake, |row, intake| {
        let [key, sex, years, industry, what, place, from, to, weighs] = row;
        if key.is_empty() {
            return Err("person_id");
        }
        let key = code(key);
        if !persons.contains_key(key) {
            let who = who(key, sex, age(years)?, industry, weight(weighs)?);
            persons.insert(key.to_owned(), Person { who, spells: Vec::new(), fault: None });
        }
        let Some(person) = persons.get_mut(key) else { return Err("person_id") };
        if from.is_empty() && to.is_empty() {
            person.fault = Some(Reason::Told("no diary"));
            return Ok(());
        }
        let (Some(from), Some(to)) = (clock_min(from), clock_min(to)) else {
            person.fault = Some(Reason::Odd("a time is not told"));
            return Err("a time");
        };
        let meaning = purposes.get(what);
        intake.noted.whole("activities", 1);
        if meaning.is_none() {
            let what: String = what.chars().take(40).collect();
            let said = format!("an activity {what:?}, which is not known, says nothing about the stay");
            intake.noted.unknown("activities", said, key);
        }
        person.spells.push(Spell {
            from_min: diary_min(from, false),
            to_min: diary_min(to, true),
            // Elsewhere is one kind of place: a change of place shows only by the trip between.
            place: match (meaning, place) {
                (Some(Meaning::Travel), _) => Where::Travel,
                (_, place) if place.eq_ignore_ascii_case("home") => Where::Home,
                (_, place) => {
                    if !PLACES.iter().any(|known| place.eq_ignore_ascii_case(known)) {
                        let what = "a place that is not told or not known is taken as elsewhere";
                        intake.noted.unknown("activities", what, key);
                    }
                    Where::Away(0)
                }
            },
            activity: match meaning {
                Some(Meaning::Activity(activity)) => Some(activity),
                _ => None,
            },
        });
        Ok(())
    })?;
    Ok(persons)
}

/// The person of a row. An `industry` of "unknown…" is none; the words of `gender` are matched in any case.
fn who(key: &str, sex: &str, age: Option<u8>, industry: &str, weight: f32) -> Diary {
    Diary {
        person: key.to_owned(),
        weekday: None,
        age,
        sex: match sex.to_lowercase().as_str() {
            "male" => Sex::Male,
            "female" => Sex::Female,
            _ => Sex::Unknown,
        },
        employed: Some(!industry.is_empty() && !industry.to_lowercase().starts_with("unknown")),
        student: None,
        weight,
        chain: engine::activity::Chain::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{data, folder_of, panics_on_damage_among};

    const TABLE: &str = "gender,age,activity_code,activity_location,industry,time_from,time_to,person_id,mult\n\
        male,40,Night sleep/essential sleep,home,Trade,04:00,08:30,1_1,9\n\
        male,40,Commuting,fixed location,Trade,08:30,09:00,1_1,9\n\
        male,40,Vending and trading of goods in household enterprises,fixed location,Trade,09:00,19:00,1_1,9\n\
        male,40,Night sleep/essential sleep,home,Trade,19:00,04:00,1_1,9\n\
        female,5,Unknown (nan),Unknown (nan),Unknown (nan),,,1_2,9\n\
        female,30,Night sleep/essential sleep,home,Unknown (nan),04:00,06:30,1_3,9\n";

    #[test]
    fn a_small_survey_is_read() {
        let files = [("india_tus.csv", TABLE)];
        let folder = folder_of(&files);
        let Reading { survey, intake, .. } = survey(folder.path()).unwrap();
        assert_eq!(survey.diaries.len(), 1);
        let told: Vec<(u8, u32)> =
            survey.diaries[0].chain.0.iter().map(|e| (e.activity.code(), e.end_s / 60)).collect();
        assert_eq!(told, [(1, 510), (2, 1140), (1, 1440)]);
        assert_eq!((survey.diaries[0].employed, survey.diaries[0].weight), (Some(true), 9.0));
        let reasons: Vec<&str> = intake.days_left_out.iter().map(|(what, _)| what).collect();
        assert_eq!(reasons, ["does not run from 4:00 to 4:00", "no diary"]);
        let read = |folder: &Path| {
            if let Ok(Reading { survey, intake, .. }) = super::survey(folder) {
                assert_eq!(survey.diaries.len() as u64, intake.days_kept());
                survey.diaries.iter().for_each(|d| d.chain.check().unwrap());
            }
        };
        assert!(!panics_on_damage_among(&files, "india_tus.csv", TABLE.as_bytes(), 300, read));
    }

    #[test]
    fn the_real_sample_is_read() {
        let Some(data) = data("time-use") else { return };
        let Reading { survey, intake, .. } = survey(&data).unwrap();
        assert_eq!((intake.rows.values().sum::<usize>(), intake.days_found), (98_304, 5332));
        assert!(survey.diaries.len() > 4300, "{intake:?}");
        assert_eq!(intake.noted.iter().count(), 0, "{intake:?}");
        assert!(survey.diaries.iter().all(|d| d.chain.check().is_ok()));
    }
}

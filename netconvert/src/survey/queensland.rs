//! The Queensland Household Travel Survey 2017-2020 (`…QTS_PERSONS`, `…QTS_TRIPS`, `…QTS_HOUSEHOLDS`): one
//! weekday a person, departures in minutes since midnight.
//!
//! Age comes in bands of five years (1 = 0-4, 2 = 5-9, …): the middle year stands for the band. The day of the
//! week is that of the travel date. A person without stops whose day began at home was at home.
//!
//! Made for the Department of Transport and Main Roads of Queensland. Read, by name and in any order:
//!
//! | table | columns | what they hold |
//! |---|---|---|
//! | persons | `PERSID`, `HHID` | keys of person and household |
//! | | `AGEGROUP`, `SEX` | band of age; `male`, `female` |
//! | | `MAINACT`, `WORKSTATUS` | has a job: `MAINACT` ends in `-time Work`, or `WORKSTATUS` begins with `work`; not stated: empty `MAINACT` |
//! | | `STUDYING` | `primary`, `secondary`: school; empty: none; any other word: college |
//! | | `STARTPLACE`, `ANYSTOPS` | `home` or elsewhere; 0: no stop all day |
//! | | `PERSWGT` or `PERSWGT19` | weight |
//! | trips | `PERSID`, `STARTSTOP`, `STARTIME` | whose, order, departure |
//! | | `ORIGPURP`, `DESTPURP` | purposes (words, see `purposes.csv`) |
//! | households | `HHID`, `TRAVDATE`, `TRAVMONTH`, `TRAVYEAR` | the day |
//!
//! Left out and counted: days whose trips are missing, days of persons without trips who began elsewhere, and
//! trips of persons that the person table does not hold.

use super::Reading;
use super::intake::{Intake, Reason};
use super::table::{code, is_word, need, number, read, weekday, weight};
use super::trips::{Departs, Trip, chain, end, home_day};
use crate::purpose::Purposes;
use engine::Result;
use engine::activity::diary::{Diary, Survey};
use engine::people::{Sex, Student};
use std::collections::BTreeMap;
use std::path::Path;

/// The diary day begins at 4:00.
const BEGIN_MIN: u32 = 240;
/// Latest departure, minutes since midnight.
const LAST_MIN: f64 = 1680.0;

/// A row of the person table.
struct Person {
    /// Who it is; the chain is still empty.
    who: Diary,
    /// Key of the household, which knows the date.
    household: String,
    /// Whether the person went anywhere; a missing answer counts as yes, so that nobody is taken to be at home
    /// without saying so.
    any_stops: bool,
    /// Whether the day began at home.
    began_at_home: bool,
}

/// Reads the folder as a survey named `queensland`.
///
/// # Errors
/// A [`engine::Fault`] where a table or column is missing.
pub(crate) fn survey(folder: &Path) -> Result<Reading> {
    let mut intake = Intake::new(folder);
    let persons = persons(&need(folder, "QHTS persons", |name| name.contains("qts_persons"))?, &mut intake)?;
    let mut trips = trips(&need(folder, "QHTS trips", |name| name.contains("qts_trips"))?, &mut intake)?;
    let path = need(folder, "QHTS households", |name| name.contains("qts_households"))?;
    let weekdays = households(&path, &mut intake)?;
    let mut diaries = Vec::with_capacity(persons.len());
    for (key, person) in persons {
        let found = trips.remove(&key).unwrap_or_default();
        let day = match (found.is_empty(), person.any_stops) {
            (false, _) => chain(&key, found, BEGIN_MIN, &mut intake),
            (true, false) if person.began_at_home => Ok(home_day()),
            (true, false) => Err(Reason::Told("made no trip and did not begin the day at home")),
            (true, true) => Err("made trips that the trip table does not hold".into()),
        };
        let weekday = weekdays.get(&person.household).copied();
        diaries.extend(intake.day(&key, day).map(|chain| Diary { chain, weekday, ..person.who }));
    }
    for key in trips.keys() {
        let _none: Option<()> = intake.day(key, Err("the person is not in the person table"));
    }
    Ok(Reading {
        survey: Survey { name: "queensland".into(), travellers_only: false, diaries },
        intake,
        totals: None,
    })
}

/// Persons by key. A key that stands twice is noted, and its later row counts.
fn persons(path: &Path, intake: &mut Intake) -> Result<BTreeMap<String, Person>> {
    let mut persons = BTreeMap::new();
    let columns = [
        "PERSID",
        "HHID",
        "AGEGROUP",
        "SEX",
        "MAINACT",
        "STUDYING",
        "STARTPLACE",
        "ANYSTOPS",
        "?WORKSTATUS",
        "?PERSWGT|PERSWGT19",
    ];
    read(path, &columns, intake, |row, intake| {
        let [key, household, band, sex, main, studies, began, stops, work, weighs] = row;
        if key.is_empty() {
            return Err("PERSID");
        }
        let who = Diary {
            person: code(key).to_owned(),
            weekday: None,
            // Band 1 (0-4) becomes 2, band 2 (5-9) becomes 7, and so on.
            age: number(band, 1.0, 21.0).map(|band| band as u8 * 5 - 3),
            sex: match sex.to_lowercase().as_str() {
                "male" | "m" => Sex::Male,
                "female" | "f" => Sex::Female,
                _ => Sex::Unknown,
            },
            employed: (!main.is_empty()).then_some(main.ends_with("-time Work") || work.starts_with("work")),
            student: Some(match studies.to_lowercase().as_str() {
                "primary" | "secondary" => Student::School,
                "" => Student::No,
                word if is_word(word) => Student::College,
                _ => return Err("STUDYING"),
            }),
            weight: weight(weighs)?,
            chain: engine::activity::Chain::default(),
        };
        let person = Person {
            who,
            household: code(household).to_owned(),
            any_stops: code(stops) != "0",
            began_at_home: began == "home",
        };
        if persons.insert(code(key).to_owned(), person).is_some() {
            intake.noted.unknown(
                "days",
                "a person stands twice in the person table; the later row counts",
                key,
            );
        }
        Ok(())
    })?;
    Ok(persons)
}

/// Trips by person, in the order of the file; [`chain`] sorts them.
fn trips(path: &Path, intake: &mut Intake) -> Result<BTreeMap<String, Vec<Trip>>> {
    let purposes = Purposes::of("queensland");
    let mut trips: BTreeMap<String, Vec<Trip>> = BTreeMap::new();
    let columns = ["PERSID", "STARTSTOP", "STARTIME", "ORIGPURP", "DESTPURP"];
    read(path, &columns, intake, |[person, order, start, from, to], _| {
        let trip = Trip {
            order: number(order, 0.0, 1000.0).ok_or("STARTSTOP")? as i64,
            departs: Departs::of(start, |text| number(text, 0.0, LAST_MIN).map(|min| min as u32)),
            from: end(&purposes, from),
            to: end(&purposes, to),
        };
        trips.entry(code(person).to_owned()).or_default().push(trip);
        Ok(())
    })?;
    Ok(trips)
}

/// Day of the week (0 = Monday) by household.
fn households(path: &Path, intake: &mut Intake) -> Result<BTreeMap<String, u8>> {
    let mut weekdays = BTreeMap::new();
    let columns = ["HHID", "TRAVDATE", "TRAVMONTH", "TRAVYEAR"];
    read(path, &columns, intake, |[household, day, month, year], _| {
        let whole = |text| number(text, 0.0, 9999.0).map(|value| value as i64).ok_or("the travel date");
        let at = weekday(whole(year)?, whole(month)?, whole(day)?).ok_or("the travel date")?;
        weekdays.insert(code(household).to_owned(), at);
        Ok(())
    })?;
    Ok(weekdays)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{data, folder_of};

    const PERSONS: &str = "HHID,PERSID,AGEGROUP,SEX,MAINACT,STUDYING,STARTPLACE,ANYSTOPS,WORKSTATUS,PERSWGT19\n\
        7,7/1,9,female,Full-time Work,,home,1,workFullTime,3.5\n7,7/2,3,male,Primary School,primary,home,0,,2\n\
        7,7/3,16,male,Retired,,outsideqld,0,retired,2\n";
    const TRIPS: &str = "PERSID,STARTSTOP,STARTIME,ORIGPURP,DESTPURP\n\
        7/1,1,480,At Home,Eat/drink\n7/1,2,600,Eat/drink,Go home\n";
    const HOUSEHOLDS: &str = "HHID,TRAVDATE,TRAVMONTH,TRAVYEAR,TRAVDOW\n7,6,11,2019,3\n";

    #[test]
    fn a_small_survey_is_read() {
        let files = [
            ("1_QTS_HOUSEHOLDS.csv", HOUSEHOLDS),
            ("2_QTS_PERSONS.csv", PERSONS),
            ("5_QTS_TRIPS.csv", TRIPS),
        ];
        let folder = folder_of(&files);
        let Reading { survey, intake, .. } = survey(folder.path()).unwrap();
        assert_eq!(survey.diaries.len(), 2);
        let first = &survey.diaries[0];
        let codes: Vec<u8> = first.chain.0.iter().map(|e| e.activity.code()).collect();
        assert_eq!((codes, first.age, first.weekday, first.weight), (vec![1, 7, 1], Some(42), Some(2), 3.5));
        assert_eq!((first.employed, survey.diaries[1].employed), (Some(true), Some(false)));
        assert_eq!((intake.days_found, intake.days_kept()), (3, 2));
    }

    #[test]
    fn the_fixtures_are_read() {
        let Some(data) = data("survey/fixtures_nhts2022_cmap_vista_qhts") else { return };
        let folder = data;
        let Reading { survey, intake, .. } = survey(&folder).unwrap();
        assert_eq!(intake.rows.values().sum::<usize>(), 50 + 142 + 361);
        assert_eq!(survey.diaries.len() as u64, intake.days_kept());
    }
}

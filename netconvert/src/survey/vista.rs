//! The Victorian Integrated Survey of Travel and Activity as its own tables: trips (`T_VISTA…`, `trips_vista…`),
//! persons and, for the day of the week, households. One day a person, from 4:00 to 4:00; departures count
//! minutes since midnight and go on after 1440.
//!
//! A person of whom no trip is told (`NUMSTOPS` 0) and whose day began at the survey's address was at home. The
//! household table is optional: without it the day of the week is not told.
//!
//! VISTA is made for the Department of Transport of Victoria (Melbourne and regional cities). Read, by name and
//! in any order:
//!
//! | table | columns | what they hold |
//! |---|---|---|
//! | persons | `PERSID`, `HHID` | keys of person and household |
//! | | `AGE`, `SEX` | years; `M`/`Male`, `F`/`Female` |
//! | | `ANYWORK` | `Y`/`Yes`, `N`/`No`: has a job |
//! | | `STUDYING` | `No Study`; `Primary`, `Secondary`: school; any other word: college; empty or `N/A`: not stated |
//! | | `NUMSTOPS`, `STARTPLACE` | number of stops, kind of place at which the day began |
//! | | `WDPERSWGT…`, `WEPERSWGT…` | weight: that for weekdays, or that for weekends where the former is empty |
//! | trips | `PERSID`, `TRIPNO`, `STARTIME` | whose, which, departure |
//! | | `ORIGPURP1`, `DESTPURP1`, and `…2` | wide and fine purpose (words, see `purposes.csv`) |
//! | households | `HHID`, `TRAVDOW` | day of the week, by its first three letters |
//!
//! Left out and counted: days of children under 5 (they keep no diary), days whose trips are missing, days of
//! persons without trips who began elsewhere, and trips of persons that the person table does not hold.

use super::Reading;
use super::intake::{Intake, Reason};
use super::table::{age, code, find, is_word, need, number, read, weight};
use super::trips::{Departs, End, Trip, chain, end, home_day};
use crate::purpose::Purposes;
use engine::Result;
use engine::activity::diary::{Diary, Survey};
use engine::people::{Sex, Student};
use std::collections::BTreeMap;
use std::path::Path;

/// The diary day begins at 4:00.
const BEGIN_MIN: u32 = 240;
/// Latest departure, minutes since midnight: the end of the diary day.
const LAST_MIN: f64 = 1680.0;

/// A row of the person table.
struct Person {
    /// Who it is; the chain is still empty.
    who: Diary,
    /// Key of the household, which knows the day of the week.
    household: String,
    /// `NUMSTOPS`; `None` where it is no number.
    stops_told: Option<u32>,
    /// `STARTPLACE` in lower case.
    began: String,
}

/// Reads the folder as a survey named `vista`.
///
/// # Errors
/// A [`engine::Fault`] where a table of persons or trips, or one of its columns, is missing.
pub(crate) fn survey(folder: &Path) -> Result<Reading> {
    let mut intake = Intake::new(folder);
    let table = |name: &str, long: &str, short: &str| {
        name.contains("vista") && (name.contains(long) || name.starts_with(short))
    };
    let persons = persons(&need(folder, "VISTA persons", |n| table(n, "persons", "p_vista"))?, &mut intake)?;
    let mut trips = trips(&need(folder, "VISTA trips", |n| table(n, "trips", "t_vista"))?, &mut intake)?;
    let weekdays = match find(folder, |n| table(n, "households", "h_vista"))? {
        Some(path) => households(&path, &mut intake)?,
        None => BTreeMap::new(),
    };
    let mut diaries = Vec::with_capacity(persons.len());
    for (key, person) in persons {
        let found = trips.remove(&key).unwrap_or_default();
        let day = match (found.is_empty(), person.stops_told) {
            (false, _) => chain(&key, found, BEGIN_MIN, &mut intake),
            (true, Some(0)) if person.began.starts_with("survey address") => Ok(home_day()),
            (true, Some(0)) if person.began.starts_with("under 5") => {
                Err(Reason::Told("below the age of 5: no travel diary"))
            }
            (true, Some(0)) => Err(Reason::Told("made no trip and did not begin the day at home")),
            (true, _) => Err("made trips that the trip table does not hold, or did not tell".into()),
        };
        let weekday = weekdays.get(&person.household).copied();
        diaries.extend(intake.day(&key, day).map(|chain| Diary { chain, weekday, ..person.who }));
    }
    for key in trips.keys() {
        let _none: Option<()> = intake.day(key, Err("the person is not in the person table"));
    }
    Ok(Reading {
        survey: Survey { name: "vista".into(), travellers_only: false, diaries },
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
        "AGE",
        "SEX",
        "ANYWORK",
        "STUDYING",
        "NUMSTOPS",
        "STARTPLACE",
        "?WDPERSWGT|WDPERSWGT_LGA",
        "?WEPERSWGT|WEPERSWGT_LGA",
    ];
    read(path, &columns, intake, |row, intake| {
        let [key, household, years, sex, works, studies, stops, began, on_weekdays, on_weekends] = row;
        if key.is_empty() {
            return Err("PERSID");
        }
        let who = Diary {
            person: code(key).to_owned(),
            weekday: None,
            age: age(years)?,
            sex: match sex.to_lowercase().as_str() {
                "m" | "male" => Sex::Male,
                "f" | "female" => Sex::Female,
                _ => Sex::Unknown,
            },
            employed: match works.to_lowercase().as_str() {
                "y" | "yes" => Some(true),
                "n" | "no" => Some(false),
                _ => None,
            },
            student: student(studies)?,
            weight: weight(if on_weekdays.is_empty() { on_weekends } else { on_weekdays })?,
            chain: engine::activity::Chain::default(),
        };
        let stops_told = number(stops, 0.0, 1000.0).map(|n| n as u32);
        let person =
            Person { who, household: code(household).to_owned(), stops_told, began: began.to_lowercase() };
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

/// Enrolment by the words of `STUDYING`; what is no word is refused.
fn student(studies: &str) -> Result<Option<Student>, &'static str> {
    Ok(Some(match studies.to_lowercase().as_str() {
        "" => return Ok(None),
        "no study" => Student::No,
        "primary" | "secondary" => Student::School,
        word if is_word(word) => Student::College,
        _ => return Err("STUDYING"),
    }))
}

/// Trips by person, in the order of the file; [`chain`] sorts them.
fn trips(path: &Path, intake: &mut Intake) -> Result<BTreeMap<String, Vec<Trip>>> {
    let purposes = Purposes::of("vista");
    // The fine purpose, or the wide one where the fine one says nothing.
    let either = |fine: &str, wide: &str| match (end(&purposes, fine), end(&purposes, wide)) {
        (End::Stop(stop), _) | (_, End::Stop(stop)) => End::Stop(stop),
        (End::Unknown(code), _) | (_, End::Unknown(code)) => End::Unknown(code),
        _ => End::NotTold,
    };
    let mut trips: BTreeMap<String, Vec<Trip>> = BTreeMap::new();
    let columns = ["PERSID", "TRIPNO", "STARTIME", "ORIGPURP1", "?ORIGPURP2", "DESTPURP1", "?DESTPURP2"];
    read(path, &columns, intake, |[person, order, start, from, from_fine, to, to_fine], _| {
        let trip = Trip {
            order: number(order, 0.0, 1000.0).ok_or("TRIPNO")? as i64,
            departs: Departs::of(start, |text| number(text, 0.0, LAST_MIN).map(|min| min as u32)),
            from: either(from_fine, from),
            to: either(to_fine, to),
        };
        trips.entry(code(person).to_owned()).or_default().push(trip);
        Ok(())
    })?;
    Ok(trips)
}

/// Day of the week (0 = Monday) by household.
fn households(path: &Path, intake: &mut Intake) -> Result<BTreeMap<String, u8>> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let mut weekdays = BTreeMap::new();
    read(path, &["HHID", "TRAVDOW"], intake, |[household, day], _| {
        let day = day.to_lowercase();
        let at = DAYS.iter().position(|name| day.starts_with(name)).ok_or("TRAVDOW")?;
        weekdays.insert(code(household).to_owned(), at as u8);
        Ok(())
    })?;
    Ok(weekdays)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{data, folder_of};

    const PERSONS: &str = "PERSID,HHID,AGE,SEX,ANYWORK,STUDYING,NUMSTOPS,STARTPLACE,WDPERSWGT,WEPERSWGT\n\
        A1,A,40,F,Yes,No Study,2,Survey address,10.5, \nA2,A,3,M,No,No Study,0,Under 5 - No Travel Diary,,7\n\
        B1,B,30,M,Yes,Full-time TAFE/Uni,0,Survey address,,7\nB2,B,9,M,No,Primary,4,Survey address,,7\n";
    const TRIPS: &str = "PERSID,TRIPNO,STARTIME,ORIGPURP1,ORIGPURP2,DESTPURP1,DESTPURP2\n\
        A1,1,500,At Home,At home,Social,Ate or drank\nA1,2,1470,Social,Ate or drank,Go Home,Go home\n\
        C1,1,500,At Home,,Go Home,\n";
    const HOUSEHOLDS: &str = "HHID,TRAVDOW\nA,Saturday\nB,x\n";

    #[test]
    fn a_small_survey_is_read() {
        let files = [("p_vista.csv", PERSONS), ("t_vista.csv", TRIPS), ("h_vista.csv", HOUSEHOLDS)];
        let folder = folder_of(&files);
        let Reading { survey, intake, .. } = survey(folder.path()).unwrap();
        let codes: Vec<Vec<u8>> =
            survey.diaries.iter().map(|d| d.chain.0.iter().map(|e| e.activity.code()).collect()).collect();
        // The way home after midnight is cut with the day.
        assert_eq!(codes, [vec![1, 7], vec![1]]);
        assert_eq!((survey.diaries[0].weekday, survey.diaries[1].weekday), (Some(5), None));
        assert_eq!((survey.diaries[0].weight, survey.diaries[1].weight), (10.5, 7.0));
        assert_eq!(survey.diaries[1].student, Some(Student::College));
        assert_eq!((intake.days_found, intake.days_kept()), (5, 2));
        assert_eq!(intake.days_left_out.iter().count(), 3);
    }

    /// The sample holds 999 persons and the first 1,008 trips: of most travellers the trips are missing.
    #[test]
    fn the_real_sample_is_read() {
        let Some(data) = data("survey") else { return };
        let Reading { survey, intake, .. } = survey(&data.join("vista1218_sample")).unwrap();
        assert_eq!((intake.days_found, survey.diaries.len() as u64), (999, intake.days_kept()));
        let travellers = survey.diaries.iter().filter(|d| d.chain.0.len() > 1).count();
        assert!(travellers > 200, "{travellers} {intake:?}");
        let fixtures = data.join("fixtures_nhts2022_cmap_vista_qhts");
        let Reading { intake, .. } = super::survey(&fixtures).unwrap();
        assert_eq!(intake.rows.values().sum::<usize>(), 50 + 135 + 371);
    }
}

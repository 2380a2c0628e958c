//! The National Household Travel Survey of the United States, 2017 (`perpub`, `trippub`) and 2022
//! (`perv2pub`, `tripv2pub`): one assigned day a person, from 4:00 to 4:00.
//!
//! Columns by name, as the public-use files head them (`HOUSEID`, `PERSONID`, `R_AGE`, `R_SEX`, `WORKER`,
//! `CNTTDTR`, `OUTOFTWN`, `TRAVDAY`, `WTPERFIN`; of trips `TDTRPNUM` or `SEQ_TRIPID`, `STRTTIME` as hhmm,
//! `WHYFROM`, `WHYTO`). Codes −1, −7, −8 and −9 mean not told. A person who made no trip and was not out of
//! town all day was at home. Enrolled is who attends school (`SCHOOL1`, 2022), who is of school age and in a
//! school (`SCHTYP`), or whose main activity is study (`PRMACT`: 5 in 2017, 4 in 2022).
//!
//! The survey is the Federal Highway Administration's. Codes that are read, as they count here:
//!
//! | column | codes |
//! |---|---|
//! | `R_SEX` | 1 male, 2 female |
//! | `WORKER` | 1 has a job, 2 has none; −1 (not asked) below 16: none |
//! | `SCHOOL1`, `SCHTYP` | `SCHOOL1` 1, or `SCHTYP` 1 or 2: enrolled |
//! | `TRAVDAY` | 1 Sunday … 7 Saturday |
//! | `OUTOFTWN` | 1 out of town all day |
//! | `CNTTDTR` | trips of the day; 0: none; below 0: not stated |
//! | `STRTTIME` | departure, `hhmm` of 24 hours |
//! | `WHYFROM`, `WHYTO` | purposes, see `purposes.csv`: the two years number them differently |
//!
//! Left out and counted: days of which a departure is not stated, days out of town, days whose trips are missing,
//! and trips of persons that the person table does not hold. Distances, durations and modes are not read: a chain
//! needs only purposes and departures.

use super::intake::Intake;
use super::table::{age, need, number, read, weight};
use super::trips::{Trip, chain, home_day, stop};
use super::{Reading, enrolled};
use crate::purpose::Purposes;
use engine::Result;
use engine::activity::diary::{Diary, Survey};
use engine::people::{Sex, Student};
use std::collections::BTreeMap;
use std::path::Path;

/// The diary day begins at 4:00.
const BEGIN_MIN: u32 = 240;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Year {
    Y2017,
    Y2022,
}

impl Year {
    /// Name of the survey, here and in `purposes.csv`.
    fn name(self) -> &'static str {
        match self {
            Self::Y2017 => "nhts2017",
            Self::Y2022 => "nhts2022",
        }
    }

    /// Parts of the file names of the tables of persons and of trips.
    fn tables(self) -> (&'static str, &'static str) {
        match self {
            Self::Y2017 => ("perpub", "trippub"),
            Self::Y2022 => ("perv2pub", "tripv2pub"),
        }
    }
}

/// A row of the person table.
struct Person {
    /// Who it is; the chain is still empty.
    who: Diary,
    /// `CNTTDTR`; `None` where it is not stated.
    trips_told: Option<i64>,
    /// Whether the person was out of town all day, and so not at home although no trip is stated.
    out_of_town: bool,
}

/// Reads the folder as a survey named `nhts2017` or `nhts2022`. Where the number of trips in the person table is
/// another than that of the rows in the trip table, the rows count and the difference is noted.
///
/// # Errors
/// A [`engine::Fault`] where a table or column is missing.
pub(crate) fn survey(folder: &Path, year: Year) -> Result<Reading> {
    let mut intake = Intake::new(folder);
    let (person_table, trip_table) = year.tables();
    let persons =
        persons(&need(folder, "NHTS persons", |name| name.contains(person_table))?, year, &mut intake)?;
    let path = need(folder, "NHTS trips", |name| name.contains(trip_table))?;
    let mut trips = trips(&path, year, &mut intake)?;
    let mut diaries = Vec::with_capacity(persons.len());
    for (key, person) in persons {
        let found = trips.remove(&key).unwrap_or_default();
        if person.trips_told.is_some_and(|told| told > 0 && told != found.len() as i64) && !found.is_empty() {
            intake
                .noted
                .add("the person table counts another number of trips than the trip table holds", &key);
        }
        let day = match (found.is_empty(), person.trips_told) {
            (false, _) => chain(&key, found, BEGIN_MIN, &mut intake),
            (true, Some(0)) if person.out_of_town => Err("out of town all day"),
            (true, Some(0)) => Ok(home_day()),
            (true, _) => Err("made trips that the trip table does not hold, or did not tell"),
        };
        diaries.extend(intake.day(&key, day).map(|chain| Diary { chain, ..person.who }));
    }
    for key in trips.keys() {
        let _none: Option<()> = intake.day(key, Err("the person is not in the person table"));
    }
    Ok(Reading { survey: Survey { name: year.name().into(), travellers_only: false, diaries }, intake })
}

/// Persons by `household-person`. A key that stands twice is noted, and its later row counts.
fn persons(path: &Path, year: Year, intake: &mut Intake) -> Result<BTreeMap<String, Person>> {
    let mut persons = BTreeMap::new();
    let columns = [
        "HOUSEID",
        "PERSONID",
        "R_AGE",
        "R_SEX",
        "WORKER",
        "CNTTDTR",
        "?OUTOFTWN",
        "?TRAVDAY",
        "?WTPERFIN",
        "?SCHOOL1",
        "?SCHTYP",
        "?PRMACT",
    ];
    read(path, &columns, intake, |row, intake| {
        let [house, person, years, sex, worker, n_trips, away, day, weighs, school, kind, main] = row;
        let key = key(house, person)?;
        let years = age(years);
        let study = match year {
            Year::Y2017 => "5",
            Year::Y2022 => "4",
        };
        let studies = school == "1" || kind == "1" || kind == "2" || main == study;
        // Not enrolled is known only of persons of whom age and one of the three answers are given.
        let told = years.is_some() && (!school.is_empty() || !kind.is_empty() || !main.is_empty());
        let who = Diary {
            person: key.clone(),
            // 1 is Sunday.
            weekday: number(day, 1.0, 7.0).map(|day| (day as u8 + 5) % 7),
            age: years,
            sex: sex_of(sex),
            employed: match worker {
                "1" => Some(true),
                "2" => Some(false),
                // Not asked below 16.
                "-1" if years.is_some_and(|years| years < 16) => Some(false),
                _ => None,
            },
            student: if studies { enrolled(years) } else { told.then_some(Student::No) },
            weight: weight(weighs),
            chain: engine::activity::Chain::default(),
        };
        let trips_told = number(n_trips, 0.0, 1000.0).map(|n| n as i64);
        let person = Person { who, trips_told, out_of_town: away == "1" };
        if persons.insert(key.clone(), person).is_some() {
            intake.noted.add("a person stands twice in the person table; the later row counts", key);
        }
        Ok(())
    })?;
    Ok(persons)
}

/// Trips by `household-person`, in the order of the file. 2022 numbers them by `SEQ_TRIPID`, 2017 by `TDTRPNUM`.
fn trips(path: &Path, year: Year, intake: &mut Intake) -> Result<BTreeMap<String, Vec<Trip>>> {
    let purposes = Purposes::of(year.name());
    let mut trips: BTreeMap<String, Vec<Trip>> = BTreeMap::new();
    let columns = ["HOUSEID", "PERSONID", "SEQ_TRIPID|TDTRPNUM", "STRTTIME", "WHYFROM", "WHYTO"];
    read(path, &columns, intake, |[house, person, order, start, from, to], _| {
        let trip = Trip {
            order: number(order, 0.0, 1000.0).ok_or("the number of the trip")? as i64,
            depart_min: hhmm(start),
            from: stop(&purposes, from),
            to: stop(&purposes, to),
        };
        trips.entry(key(house, person)?).or_default().push(trip);
        Ok(())
    })?;
    Ok(trips)
}

/// Household and person, each of at most 20 characters.
///
/// Both parts must be there, else the row is left out: numbers are short, and what is longer is no number.
fn key(house: &str, person: &str) -> Result<String, &'static str> {
    let fits = |text: &str| !text.is_empty() && text.len() <= 20;
    if fits(house) && fits(person) { Ok(format!("{house}-{person}")) } else { Err("the person's number") }
}

/// Minutes of 24-hour `hhmm` without a colon.
fn hhmm(text: &str) -> Option<u32> {
    let value = number(text, 0.0, 2400.0)? as u32;
    let (hour, minute) = (value / 100, value % 100);
    (minute < 60).then_some(hour * 60 + minute)
}

/// Codes of sex: 1 male, 2 female.
pub(super) fn sex_of(code: &str) -> Sex {
    match code {
        "1" => Sex::Male,
        "2" => Sex::Female,
        _ => Sex::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{data, folder_of, panics_on_damage_among};

    const PERSONS: &str = "HOUSEID,PERSONID,R_AGE,R_SEX,WORKER,CNTTDTR,OUTOFTWN,TRAVDAY,WTPERFIN,SCHTYP,PRMACT\n\
        3001,1,40,2,1,3,2,1,12.5,-1,-1\n3001,2,9,1,-1,0,2,1,1,1,-1\n3001,3,70,1,2,0,1,2,1,-1,6\n\
        3001,4,20,1,2,2,2,2,1,-1,5\n3001,5,30,1,1,1,2,2,1,-1,-1\nx\n";
    const TRIPS: &str = "HOUSEID,PERSONID,TDTRPNUM,STRTTIME,WHYFROM,WHYTO\n\
        3001,1,1,0815,1,12\n3001,1,2,0900,12,7\n3001,1,3,1000,7,1\n\
        3001,4,1,0900,1,8\n3001,9,1,0900,1,8\n3001,5,1,-9,1,3\n";

    #[test]
    fn a_small_survey_is_read_and_what_is_left_out_is_counted() {
        let folder = folder_of(&[("perpub.csv", PERSONS), ("trippub.csv", TRIPS)]);
        let Reading { survey, intake } = survey(folder.path(), Year::Y2017).unwrap();
        let codes: Vec<Vec<u8>> =
            survey.diaries.iter().map(|d| d.chain.0.iter().map(|e| e.activity.code()).collect()).collect();
        assert_eq!(codes, [vec![1, 6, 1], vec![1], vec![1, 3]]);
        let first = &survey.diaries[0];
        assert_eq!((first.weekday, first.employed, first.sex), (Some(6), Some(true), Sex::Female));
        assert_eq!((first.student, first.weight), (Some(Student::No), 12.5));
        assert_eq!(survey.diaries[1].student, Some(Student::School));
        assert_eq!(survey.diaries[2].student, Some(Student::College));
        assert_eq!((intake.days_found, intake.days_kept()), (6, 3));
        let reasons: Vec<&str> = intake.days_left_out.iter().map(|(what, _)| what).collect();
        assert_eq!(
            reasons,
            ["a departure is not told", "out of town all day", "the person is not in the person table"]
        );
        assert_eq!(intake.rows_left_out.iter().count(), 1);
    }

    #[test]
    fn damaged_files_never_panic_and_give_legal_days() {
        for (damaged, at) in [(PERSONS, "perpub.csv"), (TRIPS, "trippub.csv")] {
            let read = |folder: &Path| {
                if let Ok(Reading { survey, intake }) = survey(folder, Year::Y2017) {
                    assert_eq!(survey.diaries.len() as u64, intake.days_kept());
                    survey.diaries.iter().for_each(|d| d.chain.check().unwrap());
                }
            };
            let others = [("perpub.csv", PERSONS), ("trippub.csv", TRIPS)];
            assert!(!panics_on_damage_among(&others, at, damaged.as_bytes(), 300, read));
        }
    }

    /// The fixtures are in the files' true format, but their columns are shuffled: what matters is that each
    /// person-day is kept or counted.
    #[test]
    fn the_fixtures_of_2022_are_read() {
        let Some(data) = data("survey/fixtures_nhts2022_cmap_vista_qhts") else { return };
        let folder = data;
        let Reading { survey, intake } = survey(&folder, Year::Y2022).unwrap();
        assert_eq!(
            (intake.rows.values().copied().collect::<Vec<_>>(), intake.days_found),
            (vec![104, 189], 104)
        );
        assert_eq!(survey.diaries.len() as u64, intake.days_kept());
        assert!(survey.diaries.len() > 20, "{intake:?}");
    }
}

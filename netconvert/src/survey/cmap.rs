//! My Daily Travel 2018-19 of the Chicago Metropolitan Agency for Planning (`…place`, `…person`,
//! `…household`): a row a place, one or two days a person, from 3:00 to 3:00.
//!
//! A place's activity is `tpurp`; the trip to the next place departs at `deptime` (a date and a clock time: the
//! clock counts, and times before 3:00 belong to the following night). The day of the week is that of the
//! household's `travdate`, one later for the second day. A day with one place was spent there. Bands of age
//! (`aage`) are not read: who gave no age has none.
//!
//! Read, by name and in any order:
//!
//! | table | columns | what they hold |
//! |---|---|---|
//! | person | `sampno`, `perno` | household, number of the person in it |
//! | | `age`, `sex` | years; 1 male, 2 female |
//! | | `emply_ask`, `wkstat` | has a job: `emply_ask` 1 or `wkstat` 0; none: 2, or −1 (not asked) below 16 |
//! | | `stude` | enrolled: 1 or 2 (which school: by age); 3 not |
//! | | `wtperfin` | weight |
//! | place | `sampno`, `perno`, `traveldayno` | whose, on which of the diary days (1 where the column is missing) |
//! | | `placeno`, `deptime`, `tpurp` | order, departure, activity (numbers, see `purposes.csv`) |
//! | household | `sampno`, `travdate` | date of the first diary day, `YYYY-MM-DD` |
//!
//! Each diary day is a day of its own, with the same key of the person, so that train and test never share a
//! person. Left out and counted: days of which two places have one number or a departure is not stated, days of
//! one place that is not home, and days of persons that the person table does not hold.

use super::intake::{Intake, Reason};
use super::nhts::sex_of;
use super::table::{age, clock_min, code, need, number, read, weekday, weight};
use super::trips::{Departs, End, Trip, chain, end, home_day};
use super::{Reading, Stop, enrolled};
use crate::purpose::Purposes;
use engine::Result;
use engine::activity::diary::{Diary, Survey};
use engine::activity::{Activity, Chain};
use engine::people::Student;
use std::collections::BTreeMap;
use std::path::Path;

/// The diary day begins at 3:00.
const BEGIN_MIN: u32 = 180;

/// A row of the place table.
struct Place {
    /// Number of the place within the day.
    order: i64,
    /// Departure; the last place of a day has none.
    departs: Departs,
    /// What was done there.
    what: End,
}

/// Reads the folder as a survey named `cmap`.
///
/// # Errors
/// A [`engine::Fault`] where a table or column is missing.
pub(crate) fn survey(folder: &Path) -> Result<Reading> {
    let mut intake = Intake::new(folder);
    let table = |name: &str, table: &str| name.trim_end_matches(".csv").ends_with(table);
    let persons = persons(&need(folder, "CMAP persons", |name| table(name, "person"))?, &mut intake)?;
    let places = places(&need(folder, "CMAP places", |name| table(name, "place"))?, &mut intake)?;
    let dates = households(&need(folder, "CMAP households", |name| table(name, "household"))?, &mut intake)?;
    let mut diaries = Vec::with_capacity(places.len());
    for ((household, person, number), places) in places {
        let key = format!("{household}-{person}");
        let Some(who) = persons.get(&key) else {
            let _none: Option<()> = intake.day(&key, Err("the person is not in the person table"));
            continue;
        };
        let day = day_of(&key, places, &mut intake);
        let weekday =
            dates.get(&household).map(|first| ((i64::from(*first) + number - 1).rem_euclid(7)) as u8);
        diaries.extend(intake.day(&key, day).map(|chain| Diary { chain, weekday, ..who.clone() }));
    }
    Ok(Reading {
        survey: Survey { name: "cmap".into(), travellers_only: false, diaries },
        intake,
        totals: None,
    })
}

/// The chain of the places of one day: each pair of places in a row is a trip from the one to the other.
fn day_of(key: &str, mut places: Vec<Place>, intake: &mut Intake) -> Result<Chain, Reason> {
    places.sort_by_key(|place| place.order);
    if let [only] = places.as_slice() {
        return match only.what {
            End::Stop(Stop::Activity(Activity::Home)) => Ok(home_day()),
            _ => Err(Reason::Told("one place, and it is not home")),
        };
    }
    let trip = |(index, pair): (usize, &[Place])| Trip {
        order: index as i64,
        departs: pair[0].departs,
        from: pair[0].what.clone(),
        to: pair[1].what.clone(),
    };
    if places.windows(2).any(|pair| pair[0].order == pair[1].order) {
        return Err("two places have one number".into());
    }
    let trips = places.windows(2).enumerate().map(trip).collect();
    chain(key, trips, BEGIN_MIN, intake)
}

/// Persons by `household-person`. A key that stands twice is noted, and its later row counts.
fn persons(path: &Path, intake: &mut Intake) -> Result<BTreeMap<String, Diary>> {
    let mut persons = BTreeMap::new();
    let columns = ["sampno", "perno", "age", "sex", "emply_ask", "?wkstat", "?stude", "?wtperfin"];
    read(
        path,
        &columns,
        intake,
        |[household, person, years, sex, works, status, studies, weighs], intake| {
            if household.is_empty() || person.is_empty() {
                return Err("the person's number");
            }
            let years = age(years)?;
            let who = Diary {
                person: format!("{}-{}", code(household), code(person)),
                weekday: None,
                age: years,
                sex: sex_of(sex),
                employed: match (code(works), code(status)) {
                    ("1", _) | (_, "0") => Some(true),
                    ("2", _) => Some(false),
                    ("-1", _) if years.is_some_and(|years| years < 16) => Some(false),
                    _ => None,
                },
                student: match code(studies) {
                    "1" | "2" => enrolled(years),
                    "3" => Some(Student::No),
                    _ => None,
                },
                weight: weight(weighs)?,
                chain: Chain::default(),
            };
            if let Some(twice) = persons.insert(who.person.clone(), who) {
                let what = "a person stands twice in the person table; the later row counts";
                intake.noted.unknown("days", what, twice.person);
            }
            Ok(())
        },
    )?;
    Ok(persons)
}

/// Household, person and number of the diary day.
type Day = (String, String, i64);

/// Places by diary day, in the order of the file.
fn places(path: &Path, intake: &mut Intake) -> Result<BTreeMap<Day, Vec<Place>>> {
    let purposes = Purposes::of("cmap");
    let mut places: BTreeMap<Day, Vec<Place>> = BTreeMap::new();
    let columns = ["sampno", "perno", "?traveldayno", "placeno", "deptime", "tpurp"];
    read(path, &columns, intake, |[household, person, day, order, departs, what], _| {
        let day = if day.is_empty() { 1.0 } else { number(day, 1.0, 7.0).ok_or("traveldayno")? } as i64;
        let place = Place {
            order: number(order, 0.0, 1000.0).ok_or("placeno")? as i64,
            departs: Departs::of(departs, |text| text.split_whitespace().last().and_then(clock_min)),
            what: end(&purposes, what),
        };
        places.entry((code(household).to_owned(), code(person).to_owned(), day)).or_default().push(place);
        Ok(())
    })?;
    Ok(places)
}

/// Day of the week (0 = Monday) of the first diary day, by household.
fn households(path: &Path, intake: &mut Intake) -> Result<BTreeMap<String, u8>> {
    let mut weekdays = BTreeMap::new();
    read(path, &["sampno", "travdate"], intake, |[household, date], _| {
        let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
        let mut next = || parts.next().flatten().ok_or("travdate");
        weekdays.insert(code(household).to_owned(), weekday(next()?, next()?, next()?).ok_or("travdate")?);
        Ok(())
    })?;
    Ok(weekdays)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{data, folder_of};

    const PERSONS: &str =
        "sampno,perno,age,sex,emply_ask,wkstat,stude,wtperfin\n7,1,40,2,1,-1,3,9\n7,2,8,1,-1,6,1,8\n";
    const PLACES: &str = "sampno,perno,traveldayno,placeno,deptime,tpurp\n\
        7,1,1,1,2019-03-06 07:55:00,1\n7,1,1,2,2019-03-06 08:20:00,28\n7,1,1,3,2019-03-07 00:30:00,3\n7,1,1,4,2019-03-07 03:00:00,1\n\
        7,1,2,1,2019-03-08 03:00:00,1\n7,2,1,1,2019-03-06 03:00:00,19\n7,3,1,1,2019-03-06 03:00:00,1\n";
    const HOUSEHOLDS: &str = "sampno,travdate\n7,2019-03-06\n";

    #[test]
    fn a_small_survey_is_read() {
        let files = [("household.csv", HOUSEHOLDS), ("person.csv", PERSONS), ("place.csv", PLACES)];
        let folder = folder_of(&files);
        let Reading { survey, intake, .. } = survey(folder.path()).unwrap();
        assert_eq!(survey.diaries.len(), 2);
        let codes: Vec<u8> = survey.diaries[0].chain.0.iter().map(|e| e.activity.code()).collect();
        // Home, a change of vehicle (part of the trip), work beyond midnight.
        assert_eq!(codes, [1, 2]);
        assert_eq!(survey.diaries[0].chain.0[0].end_s, 475 * 60);
        assert_eq!((survey.diaries[0].weekday, survey.diaries[1].weekday), (Some(2), Some(3)));
        assert_eq!((intake.days_found, intake.days_kept()), (4, 2));
    }

    #[test]
    fn the_fixtures_are_read() {
        let Some(data) = data("survey/fixtures_nhts2022_cmap_vista_qhts") else { return };
        let Reading { survey, intake, .. } = survey(&data).unwrap();
        assert_eq!((intake.rows.values().sum::<usize>(), intake.days_found), (50 + 114 + 498, 107));
        assert_eq!(survey.diaries.len() as u64, intake.days_kept());
    }
}

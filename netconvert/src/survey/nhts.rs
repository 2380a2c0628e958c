//! The National Household Travel Survey of the United States, 2017 (`perpub`, `trippub`) and 2022
//! (`perv2pub`, `tripv2pub`): one assigned day a person, from 4:00 to 4:00.
//!
//! Columns by name, as the public-use files head them (`HOUSEID`, `PERSONID`, `R_AGE`, `R_SEX`, `WORKER`,
//! `CNTTDTR`, `OUTOFTWN`, `TRAVDAY`, `WTPERFIN`; of trips `TDTRPNUM` or `SEQ_TRIPID`, `STRTTIME` as hhmm,
//! `WHYFROM`, `WHYTO`, `WTTRDFIN`). The files write codes with a zero before them (`01`), files that passed through another
//! program often do not: both are read. Codes −1, −7, −8 and −9 mean not told. A person who made no trip and was not out of
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
//! | `WTPERFIN` | persons for whom this one stands. Where it is missing, `WTPERFIN5D` (weekdays) and `WTPERFIN2D` (weekends), five sevenths and two sevenths of them |
//! | `WTTRDFIN` | trips **a year** for which this one stands: 365 times a day. Where it is missing, `WTTRDFIN5D` (261 days) and `WTTRDFIN2D` (104 days) together |
//!
//! In 2022 the weights of trips are not 365 times those of their persons: they were raised to make up for trips that were not
//! reported. What the survey's publisher prints as trips a day is therefore the sum of the trips' weights
//! ([`super::Totals`]), which is 9 % above what the days of the persons give.
//!
//! Left out and counted: days of which a departure is not stated, days out of town, days whose trips are missing,
//! and trips of persons that the person table does not hold. Distances, durations and modes are not read: a chain
//! needs only purposes and departures.
//!
//! Checked against print (test `the_whole_survey_of_2022_adds_up_to_what_is_printed`): the 2022 NHTS Data User Guide of the
//! Federal Highway Administration gives in its Tables 10 and 11 16,997 persons who stand for 305,560,925, 31,074 trips that
//! stand for 253,754,536,507 a year (2.28 a person and day), and 158,009,510 workers. For 2017 the Summary of Travel Trends
//! (FHWA-PL-18-019, Table 3) prints 3.37 trips a person and day; nobody has read its files here.

use super::intake::{Intake, Reason};
use super::table::{age, code, need, number, read, weight};
use super::trips::{Departs, Trip, chain, end, home_day};
use super::{Reading, Totals, enrolled};
use crate::purpose::Purposes;
use engine::Result;
use engine::activity::diary::{Diary, Survey};
use engine::people::{Sex, Student};
use std::collections::BTreeMap;
use std::path::Path;

/// The diary day begins at 4:00.
const BEGIN_MIN: u32 = 240;
/// Days for which the weight of a trip stands.
const DAYS_OF_YEAR: f64 = 365.0;
/// Shares of weekdays and of days of the weekend, for files that hold only the weights of each.
const SHARES_OF_WEEK: [f64; 2] = [5.0 / 7.0, 2.0 / 7.0];

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
    let (mut trips, trips_a_year) = trips(&path, year, &mut intake)?;
    let weights = persons.values().map(|person| f64::from(person.who.weight)).sum();
    let totals = Some(Totals { persons: weights, trips_a_day: trips_a_year / DAYS_OF_YEAR });
    let totals = totals.filter(|totals| totals.trips_a_day > 0.0);
    let mut diaries = Vec::with_capacity(persons.len());
    for (key, person) in persons {
        let found = trips.remove(&key).unwrap_or_default();
        if person.trips_told.is_some_and(|told| told > 0 && told != found.len() as i64) && !found.is_empty() {
            let what = "the person table counts another number of trips than the trip table holds";
            intake.noted.part("days", what, &key);
        }
        let day = match (found.is_empty(), person.trips_told) {
            (false, _) => chain(&key, found, BEGIN_MIN, &mut intake),
            (true, Some(0)) if person.out_of_town => Err(Reason::Told("out of town all day")),
            (true, Some(0)) => Ok(home_day()),
            (true, Some(_)) => Err("made trips that the trip table does not hold".into()),
            (true, None) => Err(Reason::Told("the number of trips is not told")),
        };
        diaries.extend(intake.day(&key, day).map(|chain| Diary { chain, ..person.who }));
    }
    for key in trips.keys() {
        let _none: Option<()> = intake.day(key, Err("the person is not in the person table"));
    }
    let survey = Survey { name: year.name().into(), travellers_only: false, diaries };
    Ok(Reading { survey, intake, totals })
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
        "?WTPERFIN5D",
        "?WTPERFIN2D",
        "?SCHOOL1",
        "?SCHTYP",
        "?PRMACT",
    ];
    read(path, &columns, intake, |row, intake| {
        let [house, person, years, sex, worker, n_trips, away, day, weighs, weekdays, weekend, studies @ ..] =
            row;
        let [school, kind, main] = studies.map(code);
        let key = key(house, person)?;
        let years = age(years)?;
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
            employed: match code(worker) {
                "1" => Some(true),
                "2" => Some(false),
                // Not asked below 16.
                "-1" if years.is_some_and(|years| years < 16) => Some(false),
                _ => None,
            },
            student: if studies { enrolled(years) } else { told.then_some(Student::No) },
            weight: weight_of(weighs, weekdays, weekend)?,
            chain: engine::activity::Chain::default(),
        };
        if weighs.is_empty() && !(weekdays.is_empty() && weekend.is_empty()) {
            intake.noted.part("days", "the weight is made of those for weekdays and weekends", &key);
        }
        let trips_told = number(n_trips, 0.0, 1000.0).map(|n| n as i64);
        let person = Person { who, trips_told, out_of_town: code(away) == "1" };
        if persons.insert(key.clone(), person).is_some() {
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

/// The weight of a person: that for all days, else those for weekdays and weekends by their share of the week (one of the
/// two is 0).
fn weight_of(all: &str, weekdays: &str, weekend: &str) -> Result<f32, &'static str> {
    if !all.is_empty() || (weekdays.is_empty() && weekend.is_empty()) {
        return weight(all);
    }
    let parts =
        [weekdays, weekend].map(|part| if part.is_empty() { Ok(0.0) } else { weight(part).map(f64::from) });
    let [weekdays, weekend] = parts;
    Ok((weekdays? * SHARES_OF_WEEK[0] + weekend? * SHARES_OF_WEEK[1]) as f32)
}

/// Trips by `household-person`, in the order of the file, and the sum of their weights. 2022 numbers them by `SEQ_TRIPID`,
/// 2017 by `TDTRPNUM`.
fn trips(path: &Path, year: Year, intake: &mut Intake) -> Result<(BTreeMap<String, Vec<Trip>>, f64)> {
    let purposes = Purposes::of(year.name());
    let mut trips: BTreeMap<String, Vec<Trip>> = BTreeMap::new();
    let (mut trips_a_year, mut without) = (0.0, Vec::new());
    let columns = [
        "HOUSEID",
        "PERSONID",
        "SEQ_TRIPID|TDTRPNUM",
        "STRTTIME",
        "WHYFROM",
        "WHYTO",
        "?WTTRDFIN",
        "?WTTRDFIN5D",
        "?WTTRDFIN2D",
    ];
    read(path, &columns, intake, |[house, person, order, start, from, to, weighs, weekdays, weekend], _| {
        let trip = Trip {
            order: number(order, 0.0, 1000.0).ok_or("the number of the trip")? as i64,
            departs: Departs::of(start, hhmm),
            from: end(&purposes, from),
            to: end(&purposes, to),
        };
        let told = |text: &str| if text.is_empty() { Ok(0.0) } else { weight_a_year(text) };
        if [weighs, weekdays, weekend].iter().all(|weight| weight.is_empty()) {
            without.push(key(house, person)?);
        }
        let of_trip = if weighs.is_empty() { told(weekdays)? + told(weekend)? } else { told(weighs)? };
        trips.entry(key(house, person)?).or_default().push(trip);
        trips_a_year += of_trip;
        Ok(())
    })?;
    // A file without any weight is another thing.
    intake.noted.whole("trips", trips.values().map(|trips| trips.len() as u64).sum());
    for key in without.iter().filter(|_| trips_a_year > 0.0) {
        intake.noted.part("trips", "a trip without a weight is missing in the totals", key);
    }
    Ok((trips, trips_a_year))
}

/// Household and person, each of at most 20 characters.
///
/// Both parts must be there, else the row is left out: numbers are short, and what is longer is no number.
fn key(house: &str, person: &str) -> Result<String, &'static str> {
    let [house, person] = [house, person].map(code);
    let fits = |text: &str| !text.is_empty() && text.len() <= 20;
    if fits(house) && fits(person) { Ok(format!("{house}-{person}")) } else { Err("the person's number") }
}

/// The weight of a trip: how many trips a year it stands for.
fn weight_a_year(text: &str) -> Result<f64, &'static str> {
    number(text, 0.0, 1e12).ok_or("the weight of the trip")
}

/// Minutes of 24-hour `hhmm` without a colon.
fn hhmm(text: &str) -> Option<u32> {
    let value = number(text, 0.0, 2400.0)? as u32;
    let (hour, minute) = (value / 100, value % 100);
    (minute < 60).then_some(hour * 60 + minute)
}

/// Codes of sex: 1 male, 2 female.
pub(super) fn sex_of(told: &str) -> Sex {
    match code(told) {
        "1" => Sex::Male,
        "2" => Sex::Female,
        _ => Sex::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{data, folder_of};
    use engine::activity::Activity;

    const PERSONS: &str = "HOUSEID,PERSONID,R_AGE,R_SEX,WORKER,CNTTDTR,OUTOFTWN,TRAVDAY,WTPERFIN,SCHTYP,PRMACT\n\
        3001,1,40,2,1,3,2,1,12.5,-1,-1\n3001,2,9,1,-1,0,2,1,1,1,-1\n3001,3,70,1,2,0,1,2,1,-1,6\n\
        3001,4,20,1,2,2,2,2,1,-1,5\n3001,5,30,1,1,1,2,2,1,-1,-1\nx\n";
    const TRIPS: &str = "HOUSEID,PERSONID,TDTRPNUM,STRTTIME,WHYFROM,WHYTO\n\
        3001,1,1,0815,1,12\n3001,1,2,0900,12,7\n3001,1,3,1000,7,1\n\
        3001,4,1,0900,1,8\n3001,9,1,0900,1,8\n3001,5,1,-9,1,3\n";

    #[test]
    fn a_small_survey_is_read_and_what_is_left_out_is_counted() {
        let folder = folder_of(&[("perpub.csv", PERSONS), ("trippub.csv", TRIPS)]);
        let Reading { survey, intake, .. } = survey(folder.path(), Year::Y2017).unwrap();
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

    /// The form in which the survey is published: a mark of UTF-8 at the beginning, `\r\n`, quotes, zeros before codes.
    fn as_published(rows: &[&str]) -> String {
        let quoted =
            |row: &&str| row.split(',').map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",");
        format!("\u{feff}{}\r\n", rows.iter().map(quoted).collect::<Vec<_>>().join("\r\n"))
    }

    /// Minutes of a day by the code of the activity, in the order of the day.
    fn minutes(diary: &Diary) -> Vec<(u8, u32)> {
        diary.chain.0.iter().map(|e| (e.activity.code(), (e.end_s - e.start_s) / 60)).collect()
    }

    #[test]
    fn files_as_they_are_published_are_read() {
        let persons = as_published(&[
            "HOUSEID,PERSONID,R_AGE,R_SEX,WORKER,CNTTDTR,OUTOFTWN,TRAVDAY,WTPERFIN,WTPERFIN5D,WTPERFIN2D,SCHOOL1",
            "4000001,01,35,02,01,3,02,03,200,150,0,02",
            "4000001,02,14,01,-1,2,02,03,100,80,0,01",
            "4000002,01,52,-7,01,2,02,07,300,0,400,02",
            "4000002,02,70,01,02,0,02,07,400,0,500,02",
            "4000003,01,44,01,02,0,01,04,10,10,0,02",
        ]);
        let trips = as_published(&[
            "WTTRDFIN,WHYTO,HOUSEID,PERSONID,TRIPID,SEQ_TRIPID,STRTTIME,ENDTIME,WHYFROM",
            // Trips are not in their order, one of them is at 24:00, and one after midnight.
            "80300,01,4000001,01,03,03,0020,0040,17",
            "73000,03,4000001,01,01,01,0745,0810,01",
            "73000,17,4000001,01,02,02,1830,1850,03",
            "36500,01,4000001,02,02,02,1515,1540,06",
            "36500,06,4000001,02,01,01,0800,0820,01",
            "109500,01,4000002,01,02,02,2400,0010,03",
            "109500,03,4000002,01,01,01,1400,1415,01",
        ]);
        let folder = folder_of(&[("perv2pub.csv", &persons), ("tripv2pub.csv", &trips)]);
        let Reading { survey, intake, totals } = survey(folder.path(), Year::Y2022).unwrap();
        assert_eq!(survey.diaries.len(), 4, "{intake:?}");
        let days: Vec<_> = survey.diaries.iter().map(minutes).collect();
        // Home, work, a visit until midnight; home, school, home; home, work until midnight; home.
        assert_eq!(days[0], [(1, 465), (2, 645), (11, 330)]);
        assert_eq!(days[1], [(1, 480), (3, 435), (1, 525)]);
        assert_eq!(days[2], [(1, 840), (2, 600)]);
        assert_eq!(days[3], [(1, 1440)]);
        let who = &survey.diaries[1];
        assert_eq!((who.employed, who.student, who.sex), (Some(false), Some(Student::School), Sex::Male));
        assert_eq!((survey.diaries[2].employed, survey.diaries[2].weekday), (Some(true), Some(5)));
        // 1,010 persons; (80,300 + 2 × 73,000 + 2 × 36,500 + 2 × 109,500) / 365 trips a day.
        assert_eq!(totals, Some(Totals { persons: 1010.0, trips_a_day: 1420.0 }));
        let told: Vec<String> = intake.warnings().into_iter().map(|w| w.what).collect();
        assert_eq!(told, ["out of town all day"]);
    }

    #[test]
    fn weights_of_weekdays_and_weekends_make_one() {
        assert_eq!(weight_of("12.5", "7", "0"), Ok(12.5));
        assert_eq!(weight_of("", "70", "0"), Ok(50.0));
        assert_eq!(weight_of("", "", "70"), Ok(20.0));
        assert_eq!((weight_of("", "", ""), weight_of("", "x", "").is_err()), (Ok(1.0), true));
    }

    #[test]
    fn codes_that_nobody_knows_are_counted_among_all_activities() {
        let trips = TRIPS.replace(",1,12\n", ",1,55\n").replace(",12,7\n", ",-9,7\n");
        let folder = folder_of(&[("perpub.csv", PERSONS), ("trippub.csv", &trips)]);
        let Reading { intake, .. } = survey(folder.path(), Year::Y2017).unwrap();
        let of = |w: &engine::Warning| w.whole.as_ref().map(|of| (of.of.clone(), of.count, of.unknown));
        let told = intake.warnings();
        let code = told.iter().find(|w| w.what.contains("code \"55\"")).unwrap();
        // Three trips, one trip, and the one whose departure is not told: 4 + 2 + 2 activities.
        assert_eq!((code.count, of(code)), (1, Some(("activities".into(), 8, true))));
        // Whom no table of persons knows is not understood; a time that is not told is understood.
        let days: Vec<_> =
            told.iter().filter_map(|w| Some((w.what.as_str(), of(w)?)).filter(|w| w.1.0 == "days")).collect();
        assert!(
            days.contains(&("the person is not in the person table", ("days".into(), 6, true))),
            "{days:?}"
        );
        assert!(days.contains(&("a departure is not told", ("days".into(), 6, false))), "{days:?}");
    }

    /// What the Federal Highway Administration prints (2022 NHTS Data User Guide, Tables 10 and 11).
    #[test]
    fn the_whole_survey_of_2022_adds_up_to_what_is_printed() {
        let Some(data) = data("survey/nhts2022") else { return };
        let Reading { survey, intake, totals } = survey(&data, Year::Y2022).unwrap();
        assert_eq!((intake.days_found, intake.rows.values().sum::<usize>()), (16_997, 16_997 + 31_074));
        assert_eq!(intake.rows_left_out.total(), 0);
        let totals = totals.unwrap();
        assert!((totals.persons / 305_560_925.0 - 1.0).abs() < 1e-6, "{totals:?}");
        assert!((totals.trips_a_day * 365.0 / 253_754_536_507.0 - 1.0).abs() < 1e-9, "{totals:?}");
        assert_eq!(engine::warning::too_much_unknown(&intake.warnings(), 0.05), []);
        let sum = |of: &dyn Fn(&Diary) -> bool| {
            survey.diaries.iter().filter(|d| of(d)).map(|d| f64::from(d.weight)).sum::<f64>()
        };
        let workers = sum(&|d| d.employed == Some(true));
        eprintln!("{} days, workers {workers:.0}, {:?}", survey.diaries.len(), intake.days_left_out);
        // 158,009,510 are printed; those of the days that are left out are missing.
        assert!((0.97..=1.0).contains(&(workers / 158_009_510.0)), "{workers}");
        // The weights were made so that 26 % of the persons report no trip; those out of town are not at home.
        let at_home = sum(&|d| d.chain.0.len() == 1) / sum(&|_| true);
        assert!((0.25..0.28).contains(&at_home), "{at_home}");
        let worked =
            sum(&|d| d.employed == Some(true) && d.chain.0.iter().any(|e| e.activity == Activity::Work));
        assert!((0.3..0.6).contains(&(worked / workers)), "{}", worked / workers);
    }

    /// The fixtures are in the files' true format, but their columns are shuffled: what matters is that each
    /// person-day is kept or counted.
    #[test]
    fn the_fixtures_of_2022_are_read() {
        let Some(data) = data("survey/fixtures_nhts2022_cmap_vista_qhts") else { return };
        let folder = data;
        let Reading { survey, intake, .. } = survey(&folder, Year::Y2022).unwrap();
        assert_eq!(
            (intake.rows.values().copied().collect::<Vec<_>>(), intake.days_found),
            (vec![104, 189], 104)
        );
        assert_eq!(survey.diaries.len() as u64, intake.days_kept());
        assert!(survey.diaries.len() > 20, "{intake:?}");
    }
}

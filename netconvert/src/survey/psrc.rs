//! The Puget Sound Regional Council's household travel survey 2017 in DaySim's format
//! (`trip17.csv.gz`, `person17.csv.gz`): one Thursday of 1,341 persons who travelled.
//!
//! Read of `person17`: `hhno`, `pno`, `pptyp` (type of person, 1-8), `pagey` (years), `pgend` (1 male, 2 female),
//! `pwtyp` (0 no job), `pstyp` (0 not enrolled); of `trip17`: `pno` (here household and two digits of the
//! person), `day` (1 = Monday), `opurp`, `dpurp` (purposes, see `purposes.csv`), `deptm` (departure, minutes
//! since midnight). A row with a value outside its range is left out and counted. The weights are not read: all
//! days count alike.

use super::Reading;
use super::intake::Intake;
use super::table::{code, need, number, read};
use super::trips::{Departs, Trip, chain, end};
use crate::purpose::Purposes;
use engine::Result;
use engine::activity::diary::{Diary, Survey};
use engine::people::{Sex, Student};
use std::collections::BTreeMap;
use std::path::Path;

/// DaySim's diary day begins at 03:00.
const DAY_BEGIN_MIN: u32 = 180;
/// Minutes of a day.
const DAY_MIN: f64 = 1440.0;

/// Reads the folder as a survey named `psrc2017`. Persons without trips are not in its trip table, and
/// the person table does not tell who stayed at home: only travellers.
pub(crate) fn survey(folder: &Path) -> Result<Reading> {
    let mut intake = Intake::new(folder);
    let persons = persons(&need(folder, "PSRC persons", |name| name == "person17.csv")?, &mut intake)?;
    let trips = trips(&need(folder, "PSRC trips", |name| name == "trip17.csv")?, &mut intake)?;
    let mut diaries = Vec::with_capacity(trips.len());
    for ((person, weekday), trips) in trips {
        let Some(who) = persons.get(&person) else {
            let _none: Option<()> = intake.day(&person, Err("the person is not in the person table"));
            continue;
        };
        let day = chain(&person, trips, DAY_BEGIN_MIN, &mut intake);
        let weekday = weekday.checked_sub(1).filter(|day| *day < 7);
        diaries.extend(intake.day(&person, day).map(|chain| Diary { weekday, chain, ..who.clone() }));
    }
    Ok(Reading {
        survey: Survey { name: "psrc2017".into(), travellers_only: true, diaries },
        intake,
        totals: None,
    })
}

/// Trips by person and day of the week (1 = Monday). They stand in the order in which they were made.
fn trips(path: &Path, intake: &mut Intake) -> Result<BTreeMap<(String, u8), Vec<Trip>>> {
    let purposes = Purposes::of("psrc2017");
    let mut days: BTreeMap<(String, u8), Vec<Trip>> = BTreeMap::new();
    let columns = ["pno", "day", "opurp", "dpurp", "deptm"];
    read(path, &columns, intake, |[person, day, from, to, depart], _| {
        let depart_min = number(depart, 0.0, DAY_MIN).ok_or("deptm")? as u32;
        let day = number(day, 1.0, 7.0).ok_or("day")? as u8;
        let trips = days.entry((code(person).to_owned(), day)).or_default();
        let order = trips.len() as i64;
        // Codes stand as decimals ("1.0").
        let (from, to) = (end(&purposes, from), end(&purposes, to));
        trips.push(Trip { order, departs: Departs::At(depart_min), from, to });
        Ok(())
    })?;
    Ok(days)
}

/// Persons by the key that the trip table uses: household number and two digits of the person's.
fn persons(path: &Path, intake: &mut Intake) -> Result<BTreeMap<String, Diary>> {
    let mut persons = BTreeMap::new();
    let columns = ["hhno", "pno", "pptyp", "pagey", "pgend", "pwtyp", "pstyp"];
    read(path, &columns, intake, |[household, person, kind, age, sex, worker, student], _| {
        let number_of = number(person, 0.0, 99.0).ok_or("pno")? as u8;
        let age = number(age, 0.0, 120.0).ok_or("pagey")? as u8;
        let kind = number(kind, 1.0, 8.0).ok_or("pptyp")? as u8;
        let enrolled = number(student, 0.0, 2.0).ok_or("pstyp")? > 0.0;
        let diary = Diary {
            person: format!("{}{number_of:02}", code(household)),
            weekday: None,
            age: Some(age),
            sex: match number(sex, 1.0, 9.0).ok_or("pgend")? as u8 {
                1 => Sex::Male,
                2 => Sex::Female,
                _ => Sex::Unknown,
            },
            employed: Some(number(worker, 0.0, 2.0).ok_or("pwtyp")? > 0.0),
            student: Some(enrolment(kind, age, enrolled)),
            weight: 1.0,
            chain: engine::activity::Chain::default(),
        };
        persons.insert(diary.person.clone(), diary);
        Ok(())
    })?;
    Ok(persons)
}

/// Enrolment from DaySim's person type (5 university student, 6 and 7 pupils) and student type.
fn enrolment(kind: u8, age: u8, enrolled: bool) -> Student {
    match kind {
        6 | 7 if age < 18 => Student::School,
        5..=7 => Student::College,
        _ if enrolled && age < 18 => Student::School,
        _ if enrolled => Student::College,
        _ => Student::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{data, panics_on_damage_among};
    use engine::disk;
    use std::io::Write;

    const PERSONS: &str = "hhno,pno,pptyp,pagey,pgend,pwtyp,pstyp\n\
        7,1,1.0,40,2,1,0.0\n7,2,7.0,8,1,0,0.0\n7,3,5.0,21,9,2,1.0\n7,4,x,21,1,0,0\n";
    const TRIPS: &str = "pno,day,opurp,dpurp,deptm\n\
        701,4,0.0,1.0,480\n701,4,1.0,10.0,1000\n701,4,10.0,0.0,1030\n\
        702,4,0.0,2.0,500\n702,4,2.0,0.0,900\n\
        703,4,0.0,7.0,1300\n703,4,7.0,0.0,30\n\
        704,4,0.0,7.0,1300\n703,4,0.0,7.0,nan\n";

    fn folder(persons: &[u8], trips: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [("person17.csv.gz", persons), ("trip17.csv.gz", trips)] {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            disk::write_bytes(folder.path().join(name), &encoder.finish().unwrap()).unwrap();
        }
        folder
    }

    #[test]
    fn a_small_survey_is_read() {
        let folder = folder(PERSONS.as_bytes(), TRIPS.as_bytes());
        let Reading { survey, intake, .. } = survey(folder.path()).unwrap();
        let diaries = survey.diaries;
        assert_eq!(diaries.len(), 3);
        let worker = &diaries[0];
        assert_eq!((worker.age, worker.sex, worker.employed), (Some(40), Sex::Female, Some(true)));
        assert_eq!(worker.weekday, Some(3));
        let ends: Vec<(u8, u32)> = worker.chain.0.iter().map(|e| (e.activity.code(), e.end_s)).collect();
        assert_eq!(ends, [(1, 28_800), (2, 60_000), (1, 86_400)]);
        assert_eq!(diaries[1].student, Some(Student::School));
        // Home again after midnight: the day ends at the visit.
        assert_eq!(diaries[2].chain.0.len(), 2);
        assert_eq!(diaries[2].student, Some(Student::College));
        let said: Vec<String> = intake.warnings().into_iter().map(|w| w.what).collect();
        assert_eq!(
            said,
            [
                "row of person17.csv.gz: pptyp is no value of its kind",
                "row of trip17.csv.gz: deptm is no value of its kind",
                "the person is not in the person table",
            ]
        );
    }

    #[test]
    fn faults_say_what_is_wrong() {
        let missing = folder(PERSONS.as_bytes(), b"pno,day\n1,2\n");
        let message = survey(missing.path()).unwrap_err().to_string();
        assert!(message.contains("trip17.csv.gz:1: has no column \"opurp\""), "{message}");
        let whole = folder(PERSONS.as_bytes(), TRIPS.as_bytes());
        let path = whole.path().join("trip17.csv.gz");
        let bytes = disk::read(&path, 1 << 20).unwrap();
        disk::write_bytes(&path, &bytes[..bytes.len() - 9]).unwrap();
        let cut = survey(whole.path()).unwrap_err();
        assert_eq!(cut.exit_code(), 2);
        assert!(cut.to_string().contains("is truncated"), "{cut}");
        disk::remove(&path).unwrap();
        assert_eq!(survey(missing.path()).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn damaged_tables_never_panic_and_give_legal_days() {
        let files = [("person17.csv", PERSONS), ("trip17.csv", TRIPS)];
        for (name, text) in files {
            let read = |folder: &Path| {
                if let Ok(Reading { survey, intake, .. }) = survey(folder) {
                    assert_eq!(survey.diaries.len() as u64, intake.days_kept());
                    survey.diaries.iter().for_each(|d| d.chain.check().unwrap());
                }
            };
            assert!(!panics_on_damage_among(&files, name, text.as_bytes(), 300, read));
        }
    }

    #[test]
    fn the_real_survey_is_read() {
        let Some(data) = data("survey/psrc2017_daysim") else { return };
        let Reading { survey, intake, .. } = survey(&data).unwrap();
        let diaries = survey.diaries;
        assert_eq!(diaries.len(), 1341, "{intake:?}");
        assert!(diaries.iter().all(|d| d.chain.check().is_ok() && d.weekday == Some(3)));
        let workers = diaries.iter().filter(|d| d.employed == Some(true)).count();
        assert_eq!(workers, 764);
    }
}

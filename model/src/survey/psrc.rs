//! The Puget Sound Regional Council's household travel survey 2017 in DaySim's format
//! (`trip17.csv.gz`, `person17.csv.gz`): one Thursday of 1,341 persons who travelled.

use super::{Stop, Survey, Tally, day};
use engine::activity::Activity;
use engine::activity::diary::Diary;
use engine::people::{Sex, Student};
use engine::{Error, Fault, Result, Warning, disk};
use flate2::read::MultiGzDecoder;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

/// Largest file read, bytes, packed.
const PACKED_LIMIT: u64 = 64 << 20;
/// Largest table read, bytes, unpacked.
const LIMIT: u64 = 512 << 20;
/// Most rows of a table.
const ROW_LIMIT: usize = 5_000_000;
/// DaySim's diary day begins at 03:00; departures before it belong to the following night.
const DAY_BEGIN_MIN: u32 = 180;
/// Minutes of a day.
const DAY_MIN: u32 = 1440;

/// Reads the survey's folder: the person-days and what was odd in them, one warning a kind.
///
/// Purposes (DaySim's codes): 0 home → home, 1 work → work, 2 school → school, 3 escort → pickup-drop,
/// 4 personal business → errands, 5 shop → shop goods, 6 meal → meals out, 7 social → social,
/// 8 recreation → leisure, 9 medical → healthcare, 10 change mode → part of the trip, others → other.
///
/// # Errors
/// A [`Fault`] where a file or column is missing, a file is no gzip, is cut short, or is too large.
pub fn read(folder: impl AsRef<Path>) -> Result<(Vec<Diary>, Vec<Warning>)> {
    let folder = folder.as_ref();
    let persons_path = folder.join("person17.csv.gz");
    let trips_path = folder.join("trip17.csv.gz");
    let mut tally = Tally::default();
    let persons = persons(&persons_path, &unpack(&persons_path)?, &mut tally)?;
    let trips = trips(&trips_path, &unpack(&trips_path)?, &mut tally)?;
    let mut diaries = Vec::with_capacity(trips.len());
    for ((person, weekday), trips) in &trips {
        let Some(who) = persons.get(person) else {
            tally.count("person-day left out: the person is not in the person table", person);
            continue;
        };
        match chain(trips) {
            Ok(chain) => {
                let weekday = weekday.checked_sub(1).filter(|day| *day < 7);
                diaries.push(Diary { person: person.clone(), weekday, chain, ..who.clone() });
            }
            Err(reason) => tally.count(format!("person-day left out: {reason}"), person),
        }
    }
    Ok((diaries, tally.warnings(&folder.display().to_string())))
}

/// Reads the folder as a [`Survey`] named `psrc2017`. Persons without trips are not in its trip table, and
/// the person table does not tell who stayed at home: only travellers.
///
/// # Errors
/// As [`read`].
pub fn survey(folder: impl AsRef<Path>) -> Result<(Survey, Vec<Warning>)> {
    let (diaries, warnings) = read(folder)?;
    Ok((Survey { name: "psrc2017".into(), travellers_only: true, diaries }, warnings))
}

struct Trip {
    from: i32,
    to: i32,
    depart_min: u32,
}

/// A person's trips become a day. They stand in the order in which they were made.
fn chain(trips: &[Trip]) -> Result<engine::activity::Chain, &'static str> {
    let Some(first) = trips.first() else {
        return Err("no trip");
    };
    let mut stops = vec![stop(first.from)];
    let mut departures_s: Vec<u32> = Vec::with_capacity(trips.len());
    for trip in trips {
        stops.push(stop(trip.to));
        let before_s = departures_s.last().copied().unwrap_or(0);
        let night = trip.depart_min < DAY_BEGIN_MIN && before_s > trip.depart_min * 60;
        departures_s.push((trip.depart_min + if night { DAY_MIN } else { 0 }) * 60);
    }
    day(&stops, &departures_s)
}

fn stop(purpose: i32) -> Stop {
    Stop::Activity(match purpose {
        0 => Activity::Home,
        1 => Activity::Work,
        2 => Activity::School,
        3 => Activity::PickupDrop,
        4 => Activity::Errands,
        5 => Activity::ShopGoods,
        6 => Activity::MealsOut,
        7 => Activity::Social,
        8 => Activity::Leisure,
        9 => Activity::Healthcare,
        10 => return Stop::Change,
        _ => Activity::Other,
    })
}

/// Trips by person and day of the week (1 = Monday), in file order.
fn trips(path: &Path, bytes: &[u8], tally: &mut Tally) -> Result<BTreeMap<(String, u8), Vec<Trip>>> {
    let mut days: BTreeMap<(String, u8), Vec<Trip>> = BTreeMap::new();
    let columns = ["pno", "day", "opurp", "dpurp", "deptm"];
    each_row(path, bytes, &columns, tally, |[person, day, from, to, depart]| {
        let trip = Trip {
            from: number(from, -1.0, 10.0).ok_or("opurp")? as i32,
            to: number(to, -1.0, 10.0).ok_or("dpurp")? as i32,
            depart_min: number(depart, 0.0, f64::from(DAY_MIN)).ok_or("deptm")? as u32,
        };
        let day = number(day, 1.0, 7.0).ok_or("day")? as u8;
        days.entry((person.to_owned(), day)).or_default().push(trip);
        Ok(())
    })?;
    Ok(days)
}

/// Persons by the key that the trip table uses: household number and two digits of the person's.
fn persons(path: &Path, bytes: &[u8], tally: &mut Tally) -> Result<BTreeMap<String, Diary>> {
    let mut persons = BTreeMap::new();
    let columns = ["hhno", "pno", "pptyp", "pagey", "pgend", "pwtyp", "pstyp"];
    each_row(path, bytes, &columns, tally, |[household, person, kind, age, sex, worker, student]| {
        let number_of = number(person, 0.0, 99.0).ok_or("pno")? as u8;
        let age = number(age, 0.0, 120.0).ok_or("pagey")? as u8;
        let kind = number(kind, 1.0, 8.0).ok_or("pptyp")? as u8;
        let enrolled = number(student, 0.0, 2.0).ok_or("pstyp")? > 0.0;
        let diary = Diary {
            person: format!("{household}{number_of:02}"),
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

fn number(text: &str, low: f64, high: f64) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| (low..=high).contains(value))
}

/// Calls `take` with the named columns of each row. A row that it refuses (naming a column) or that cannot
/// be read is left out and counted.
fn each_row<const N: usize>(
    path: &Path,
    bytes: &[u8],
    columns: &[&str; N],
    tally: &mut Tally,
    mut take: impl FnMut([&str; N]) -> Result<(), &'static str>,
) -> Result<()> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(Cursor::new(bytes));
    let header = reader.headers().map_err(|e| Fault::new(path, 1, e.to_string()))?.clone();
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(columns) {
        *place = header.iter().position(|column| column.trim() == *name).ok_or_else(|| {
            Fault::new(path, 1, format!("no column {name}"))
                .expected(format!("columns {}", columns.join(", ")))
        })?;
    }
    let file = path.file_name().unwrap_or_default().display().to_string();
    let mut record = csv::StringRecord::new();
    for row in 2.. {
        if row > ROW_LIMIT {
            return Err(Fault::new(path, row, "too many rows")
                .expected(format!("at most {ROW_LIMIT}"))
                .into());
        }
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let fields = places.map(|place| record.get(place).unwrap_or(""));
                if let Err(column) = take(fields) {
                    tally.count(format!("row of {file} left out: {column} is no value of its kind"), row);
                }
            }
            Err(_) => tally.count(format!("row of {file} left out: no text"), row),
        }
    }
    Ok(())
}

/// The text of a gzip file, refused when it is cut short or swells past [`LIMIT`].
fn unpack(path: &Path) -> Result<Vec<u8>> {
    let packed = disk::read(path, PACKED_LIMIT)?;
    let mut bytes = Vec::new();
    MultiGzDecoder::new(packed.as_slice()).take(LIMIT + 1).read_to_end(&mut bytes).map_err(|e| {
        Error::from(Fault::new(path, "", format!("is no whole gzip file: {e}")).advice("fetch it again"))
    })?;
    if bytes.len() as u64 > LIMIT {
        return Err(Fault::new(path, "", format!("unpacks to more than {LIMIT} bytes")).into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
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
        let (diaries, warnings) = read(folder.path()).unwrap();
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
        let said: Vec<&str> = warnings.iter().map(|w| w.what.as_str()).collect();
        assert_eq!(
            said,
            [
                "person-day left out: the person is not in the person table",
                "row of person17.csv.gz left out: pptyp is no value of its kind",
                "row of trip17.csv.gz left out: deptm is no value of its kind",
            ]
        );
    }

    #[test]
    fn faults_say_what_is_wrong() {
        let missing = folder(PERSONS.as_bytes(), b"pno,day\n1,2\n");
        let message = read(missing.path()).unwrap_err().to_string();
        assert!(message.contains("trip17.csv.gz:1: no column opurp"), "{message}");
        let path = missing.path().join("trip17.csv.gz");
        let whole = disk::read(&path, 1 << 20).unwrap();
        disk::write_bytes(&path, &whole[..whole.len() - 9]).unwrap();
        let cut = read(missing.path()).unwrap_err();
        assert_eq!(cut.exit_code(), 2);
        assert!(cut.to_string().contains("no whole gzip file"), "{cut}");
        disk::remove(&path).unwrap();
        assert_eq!(read(missing.path()).unwrap_err().exit_code(), 2);
    }

    proptest! {
        #[test]
        fn mutated_tables_never_panic_and_give_legal_days(
            edits in prop::collection::vec((0usize..400, any::<u8>(), 0u8..3), 1..12)
        ) {
            let mut trips = TRIPS.as_bytes().to_vec();
            for (at, byte, how) in edits {
                let at = at % trips.len();
                match how {
                    0 => trips[at] = byte,
                    1 => trips.insert(at, byte),
                    _ => { trips.remove(at); }
                }
            }
            let mut tally = Tally::default();
            let path = Path::new("trip17.csv.gz");
            if let Ok(days) = super::trips(path, &trips, &mut tally) {
                for trips in days.values() {
                    if let Ok(chain) = chain(trips) {
                        chain.check().unwrap();
                    }
                }
            }
        }
    }

    #[test]
    fn the_real_survey_is_read() {
        let Some(data) = crate::tests::data() else { return };
        let (diaries, warnings) = read(data.join("survey/psrc2017_daysim")).unwrap();
        assert_eq!(diaries.len(), 1341, "{warnings:?}");
        assert!(diaries.iter().all(|d| d.chain.check().is_ok() && d.weekday == Some(3)));
        let workers = diaries.iter().filter(|d| d.employed == Some(true)).count();
        assert_eq!(workers, 764);
    }
}

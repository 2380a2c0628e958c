//! Tests of the generator as its users meet it.

use super::*;
use engine::activity::Activity;
use engine::id::{HouseholdId, ZoneId};
use engine::people::Sex;
use proptest::prelude::*;

fn person(age: u8, employed: bool, student: Student) -> Demographics {
    Demographics {
        household: HouseholdId(0),
        zone: ZoneId(0),
        age,
        sex: if age.is_multiple_of(2) { Sex::Female } else { Sex::Male },
        employed,
        student,
        household_size: 2,
        vehicles: 1,
        adults: 2,
        income_usd: 50_000,
    }
}

fn persons(n: u32, who: impl Fn(u32) -> Demographics) -> Vec<(PersonId, Demographics)> {
    (0..n).map(|id| (PersonId(id), who(id))).collect()
}

/// Share of days that hold an activity.
fn share(days: &[Chain], activity: Activity) -> f64 {
    let with = days.iter().filter(|day| day.0.iter().any(|e| e.activity == activity)).count();
    with as f64 / days.len() as f64
}

fn anybody(id: u32) -> Demographics {
    person((id % 90) as u8, id.is_multiple_of(3), Student::No)
}

#[test]
fn every_day_is_legal_and_seeds_differ() {
    let generator = Generator::shipped().unwrap();
    let persons = persons(3000, anybody);
    for weekday in [0, 3, 5, 6] {
        let days = generator.generate(&persons, weekday, 1).unwrap();
        assert_eq!(days.len(), persons.len());
        for day in &days {
            day.check().unwrap();
            assert_eq!(quarter_hours(day), *day);
        }
        let other = generator.generate(&persons, weekday, 2).unwrap();
        let same = days.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!(same < days.len() / 2, "{same} of {} days do not know the seed", days.len());
    }
    assert_eq!(generator.generate(&persons, 7, 1).unwrap_err().exit_code(), 2);
}

#[test]
fn neither_threads_nor_company_nor_order_change_a_day() {
    let generator = Generator::shipped().unwrap();
    let persons = persons(500, anybody);
    let all = generator.generate(&persons, 2, 9).unwrap();
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(single.install(|| generator.generate(&persons, 2, 9)).unwrap(), all);
    let mut backwards = persons.clone();
    backwards.reverse();
    let mut days = generator.generate(&backwards, 2, 9).unwrap();
    days.reverse();
    assert_eq!(days, all);
    let few = generator.generate(&persons[40..44], 2, 9).unwrap();
    assert_eq!(few, all[40..44]);
}

#[test]
fn conditions_matter_as_they_should() {
    let generator = Generator::shipped().unwrap();
    let days = |weekday, age, employed, student| {
        generator.generate(&persons(2000, |_| person(age, employed, student)), weekday, 4).unwrap()
    };
    let workers = share(&days(2, 40, true, Student::No), Activity::Work);
    let others = share(&days(2, 40, false, Student::No), Activity::Work);
    assert!(workers > 0.5 && others < 0.2, "{workers} {others}");
    let resting = share(&days(6, 40, true, Student::No), Activity::Work);
    assert!(resting < workers / 2.0, "{resting} {workers}");
    let pupils = share(&days(2, 12, false, Student::School), Activity::School);
    let retired = share(&days(2, 70, false, Student::No), Activity::School);
    assert!(pupils > 0.5 && retired < 0.1, "{pupils} {retired}");
}

#[test]
fn surveys_have_their_own_coding_and_unknown_ones_are_refused() {
    let generator = Generator::shipped().unwrap();
    let persons = persons(3000, anybody);
    let days = |name: &str| generator.clone().with_survey(name).unwrap().generate(&persons, 3, 1).unwrap();
    // VISTA 2009 has no code for meals out; the Seattle survey has.
    let [melbourne, seattle] = ["vista2009", "psrc2017"].map(|name| share(&days(name), Activity::MealsOut));
    assert!(seattle > 0.05 && melbourne < seattle / 2.0, "{seattle} {melbourne}");
    assert_eq!(generator.with_survey("mars2090").unwrap_err().exit_code(), 2);
}

#[test]
fn the_shipped_weights_are_small_and_come_back_from_a_file() {
    assert!(SHIPPED.len() < 5 << 20);
    let generator = Generator::shipped().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.safetensors");
    generator.weights().write(&path).unwrap();
    let again = Generator::load(&path).unwrap();
    assert_eq!(again.weights(), generator.weights());
    let persons = persons(50, anybody);
    assert_eq!(again.generate(&persons, 1, 1).unwrap(), generator.generate(&persons, 1, 1).unwrap());
}

#[test]
fn weights_that_do_not_fit_are_refused_with_the_reason() {
    let mut weights = Generator::shipped().unwrap().weights;
    weights.arrays.remove("hidden");
    let message = Generator::from_weights("mine.safetensors", weights.clone()).unwrap_err().to_string();
    assert!(message.starts_with("mine.safetensors:hidden: the array has the shape None"), "{message}");
    weights.facts.insert("format".into(), "something else".into());
    let message = Generator::from_weights("mine.safetensors", weights).unwrap_err().to_string();
    assert!(message.contains("weights of another kind"), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn whoever_asks_gets_a_legal_day(
        age: u8, employed: bool, student in 0u8..3, weekday in 0u8..7, id: u32, seed: u64,
    ) {
        let student = [Student::No, Student::School, Student::College][usize::from(student)];
        let days = Generator::shipped().unwrap()
            .generate(&[(PersonId(id), person(age, employed, student))], weekday, seed)
            .unwrap();
        days[0].check().unwrap();
    }
}

/// A chain of random tables on which only activities below `n_kinds` can happen.
pub(crate) fn table_of_tests(n_slots: usize, n_kinds: usize, seed: u64) -> Exact {
    let (table, effects) = table::tests::random(n_slots, n_kinds, seed);
    Exact::new(&table, &effects)
}

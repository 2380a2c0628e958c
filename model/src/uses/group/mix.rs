//! Of which persons a group of a time-use survey is made, as the model sees persons.

use crate::models::chain::{Condition, Person, WEEKEND_SHARE};
use engine::activity::time_use::{Group, TimeUse};
use engine::people::{Sex, Student};
use std::collections::BTreeMap;

/// Of which persons a group is made: age band, job and enrolment, with their shares.
pub(crate) type Mix = BTreeMap<Person, f64>;

/// Of whom a group (also one of workers and others together) is made.
pub(crate) fn mix(survey: &TimeUse, group: &Group) -> Mix {
    let mut all = Mix::new();
    for (_, respondents) in survey.respondents.iter().filter(|(other, _)| group.holds(other)) {
        let mut own = Mix::new();
        for one in respondents {
            *own.entry(person(one.age, one.employed, one.learns)).or_default() += one.weight;
        }
        own.iter().for_each(|(&person, weight)| *all.entry(person).or_default() += weight);
    }
    all
}

/// Persons of whom a group holds less than this share are left out of its mix. Each kind of person costs exact
/// sums of its own.
const LEAST_SHARE: f64 = 0.02;

/// The conditions of a group and their shares (of the whole week: two days of seven are weekend).
pub(crate) fn conditions(group: &Group, mix: &Mix) -> Vec<(Condition, f64)> {
    let all: f64 = mix.values().sum();
    let mix: Mix =
        mix.iter().filter(|(_, weight)| **weight >= LEAST_SHARE * all).map(|(p, w)| (*p, *w)).collect();
    let total: f64 = mix.values().sum();
    let sex = if group.female { Sex::Female } else { Sex::Male } as u8;
    let both = |(&person, &weight): (&Person, &f64)| {
        [(false, 1.0 - WEEKEND_SHARE), (true, WEEKEND_SHARE)]
            .map(|(weekend, share)| (Condition { person, sex, weekend }, share * weight / total))
    };
    mix.iter().flat_map(both).collect()
}

/// A person as the model sees one.
fn person(age: u8, employed: bool, learns: bool) -> Person {
    let student = match (learns, age) {
        (false, _) => Student::No,
        (true, 0..18) => Student::School,
        (true, _) => Student::College,
    };
    Person::of(Some(age), Some(employed), Some(student))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::activity::time_use::{Age, Respondent};

    #[test]
    fn a_group_of_both_is_made_of_its_parts() {
        let one = |age, employed, weight| Respondent { age, female: false, employed, learns: false, weight };
        let of = |worker| Group { age: Age::MidAged, female: false, worker: Some(worker) };
        let respondents = BTreeMap::from([
            (of(true), vec![one(40, true, 1.0), one(50, true, 3.0), one(40, true, 0.5)]),
            (of(false), vec![one(40, false, 2.0)]),
        ]);
        let survey = TimeUse { targets: Vec::new(), respondents };
        // 40 and 50 are of two age bands.
        let workers: Vec<f64> = mix(&survey, &of(true)).into_values().collect();
        assert_eq!(workers, [1.5, 3.0]);
        let both = mix(&survey, &Group { worker: None, ..of(true) });
        assert_eq!(both.len(), 3);
        assert_eq!(both.values().sum::<f64>(), 6.5);
    }
}

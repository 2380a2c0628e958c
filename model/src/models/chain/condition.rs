//! What a day is conditioned on.

use engine::activity::diary::Diary;
use engine::people::{Demographics, Sex, Student};

/// Lower ages of the bands 0-4, 5-17, 18-24, 25-44, 45-64, 65-74, 75+.
const BANDS: [u8; 6] = [5, 18, 25, 45, 65, 75];
/// Features of a [`Condition`]: 7 bands, employed or not, 3 kinds of enrolment, sex, weekend.
pub(crate) const FEATURES: usize = 7 + 2 + 3 + 1 + 1;
/// Share of weekend days in a survey that does not tell the day.
pub(crate) const WEEKEND_SHARE: f64 = 2.0 / 7.0;

/// Who a person is, as far as the model looks. `None` is a category of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Person {
    /// Age band, 0..7.
    pub(crate) band: Option<u8>,
    /// Whether the person has a job.
    pub(crate) employed: Option<bool>,
    /// 0 no, 1 school, 2 college.
    pub(crate) student: Option<u8>,
}

/// Person, sex and kind of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Condition {
    /// Who the person is.
    pub(crate) person: Person,
    /// 0 male, 1 female, 2 not told.
    pub(crate) sex: u8,
    /// Saturday or Sunday.
    pub(crate) weekend: bool,
}

impl Person {
    /// A person of stated age, employment and enrolment.
    pub(crate) fn of(age: Option<u8>, employed: Option<bool>, student: Option<Student>) -> Self {
        let band = age.map(|age| BANDS.iter().filter(|&&low| age >= low).count() as u8);
        Self { band, employed, student: student.map(|student| student as u8) }
    }

    /// Whether `self` could be a person of whom `told` is known.
    pub(crate) fn fits(self, told: Self) -> bool {
        fn fits<T: PartialEq>(own: Option<T>, told: Option<T>) -> bool {
            told.is_none() || own == told
        }
        fits(self.band, told.band) && fits(self.employed, told.employed) && fits(self.student, told.student)
    }

    /// Whether nothing is unknown.
    pub(crate) fn is_told(self) -> bool {
        self.band.is_some() && self.employed.is_some() && self.student.is_some()
    }
}

impl Condition {
    /// The condition of a synthetic person on a day (0 = Monday).
    pub(crate) fn of(person: &Demographics, weekday: u8) -> Self {
        Self {
            person: Person::of(Some(person.age), Some(person.employed), Some(person.student)),
            sex: person.sex as u8,
            weekend: weekday >= 5,
        }
    }

    /// Network input. What is not told is zeros: what a network learned of persons of whom nothing is told, it says
    /// of the others too until it learns better. Sex is one signed number: where it is not told it must not betray
    /// the survey.
    pub(crate) fn features(&self) -> [f32; FEATURES] {
        let mut features = [0.0; FEATURES];
        let told = [
            self.person.band.map(usize::from),
            self.person.employed.map(|employed| 7 + usize::from(employed)),
            self.person.student.map(|student| 9 + usize::from(student)),
        ];
        told.into_iter().flatten().for_each(|feature| features[feature] = 1.0);
        features[12] = [-0.5, 0.5, 0.0][usize::from(self.sex.min(Sex::Unknown as u8))];
        features[13] = f32::from(u8::from(self.weekend));
        features
    }
}

/// What a diary tells about its person, its sex code and whether its day is a weekend.
pub(crate) fn told(diary: &Diary) -> (Person, u8, Option<bool>) {
    let person = Person::of(diary.age, diary.employed, diary.student);
    (person, diary.sex as u8, diary.weekday.map(|day| day >= 5))
}

/// A condition that a diary leaves possible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    /// The condition itself.
    pub(crate) condition: Condition,
    /// Its class of persons, where the diary does not tell its person and some class fits.
    pub(crate) class: Option<usize>,
    /// Share of the kind of day.
    pub(crate) share: f64,
}

/// The conditions that a diary leaves possible: its own where it tells person and day; else one for each class
/// that fits (where none does, the person as told: what is not told is a category of its own) and kind of day.
pub(crate) fn candidates(diary: &Diary, classes: &[Person]) -> impl Iterator<Item = Candidate> {
    let (person, sex, weekend) = told(diary);
    let fitting: Vec<(Option<usize>, Person)> = classes
        .iter()
        .enumerate()
        .filter(|(_, class)| !person.is_told() && class.fits(person))
        .map(|(number, &class)| (Some(number), class))
        .collect();
    let persons = if fitting.is_empty() { vec![(None, person)] } else { fitting };
    let days = match weekend {
        Some(weekend) => vec![(weekend, 1.0)],
        None => vec![(false, 1.0 - WEEKEND_SHARE), (true, WEEKEND_SHARE)],
    };
    persons.into_iter().flat_map(move |(class, person)| {
        let of =
            move |(weekend, share)| Candidate { condition: Condition { person, sex, weekend }, class, share };
        days.clone().into_iter().map(of)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::diary;
    use engine::activity::Chain;

    #[test]
    fn what_a_diary_does_not_tell_stays_open() {
        let person = |band, employed| Person { band: Some(band), employed: Some(employed), student: Some(0) };
        let classes = [person(3, true), person(3, false), person(5, false)];
        let open = |diary: &Diary| candidates(diary, &classes).collect::<Vec<_>>();
        let mut who = diary("p", Chain::default());
        assert_eq!(open(&who).len(), 6);
        assert!((open(&who).iter().map(|c| c.share).sum::<f64>() - 3.0).abs() < 1e-12);
        who.weekday = Some(6);
        who.age = Some(30);
        let both = open(&who);
        assert_eq!(both.iter().map(|c| c.class).collect::<Vec<_>>(), [Some(0), Some(1)]);
        assert!(both.iter().all(|c| c.condition.weekend && c.share == 1.0));
        // No class is of this age: the person stays as told.
        who.age = Some(3);
        let [own] = open(&who)[..] else { panic!("{:?}", open(&who)) };
        assert_eq!(
            (own.class, own.condition.person.band, own.condition.person.employed),
            (None, Some(0), None)
        );
        // Who tells everything is of the own condition, whatever the classes are.
        (who.employed, who.student) = (Some(true), Some(Student::College));
        assert_eq!(open(&who)[0].condition.person, Person::of(Some(3), Some(true), Some(Student::College)));
    }
}

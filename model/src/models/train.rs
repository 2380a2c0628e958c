//! Fits the generator to surveys by maximum likelihood.
//!
//! What a diary does not tell about its person (VISTA 2009 tells nothing) is summed out: the likelihood of
//! such a day is the mean over the classes of persons, weighted by a mix that is learned too. The classes
//! are those of the diaries that tell; an untold day is a weekend in two of seven cases. A survey of
//! travellers only is compared with days that hold a trip: its likelihood is divided by the probability of
//! leaving home at all.

mod batch;
mod descent;
mod semi_markov;

pub use semi_markov::SemiMarkov;

use crate::Weights;
use crate::models::chain::{FORMAT, Person, Stay, stays, told};
use crate::torch::with_threads;
use batch::{Group, Sample, groups};
use descent::Learner;
use engine::activity::diary::Diary;
use engine::activity::diary::{Survey, uniform_of};
use engine::{Fault, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// A class of persons needs this many telling diaries.
const CLASS_LEAST: usize = 12;
/// Share of the training persons that choose the epoch to keep.
const VALIDATION_SHARE: f64 = 0.05;
/// Chooses them, by a hash of the person's key.
const VALIDATION_SEED: u64 = 3;

/// How to train.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Settings {
    /// Passes over the training persons.
    pub epochs: u32,
    /// Diaries a step.
    pub batch: usize,
    /// Largest step of Adam; falls to a hundredth along a half cosine.
    pub learning_rate: f64,
    /// Weight of a diary that tells age, employment and enrolment (one that does not has weight 1). There are
    /// few of them, and they alone say what the classes of persons mean.
    pub telling_weight: f64,
    /// Seed of initial weights and shuffles.
    pub seed: u64,
    /// Threads of libtorch. The result is the same from run to run with the same number on the same machine.
    pub n_threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { epochs: 10, batch: 512, learning_rate: 6e-3, telling_weight: 8.0, seed: 1, n_threads: 2 }
    }
}

/// How training goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Epoch {
    /// 1, 2, ….
    pub epoch: u32,
    /// How many there will be.
    pub epochs: u32,
    /// Mean negative log-likelihood of a training day, nats (weighted as trained).
    pub train_nats: f64,
    /// The same of the validation persons (a twentieth of the training persons, never trained on).
    pub validation_nats: f64,
}

/// How training went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Course {
    /// The epochs.
    pub epochs: Vec<Epoch>,
    /// The epoch whose weights were kept: the best on the validation persons.
    pub kept: u32,
    /// Mean negative log-likelihood of a held-out day, nats (telling diaries with their weight).
    pub held_out_nats: f64,
}

/// Trains on surveys; `held_out` are the persons of the same surveys by whom the result is measured. `progress` is called
/// after each epoch.
///
/// # Errors
/// A [`Fault`] where there is nothing to train on.
pub fn train(
    surveys: &[Survey],
    held_out: &[Survey],
    settings: &Settings,
    progress: &mut dyn FnMut(Epoch),
) -> Result<(Weights, Course)> {
    if surveys.iter().all(|survey| survey.diaries.is_empty()) {
        return Err(Fault::new("surveys", "", "hold no person to train on").into());
    }
    let (weights, epochs, kept, held_out_nats) =
        with_threads(settings.n_threads, || fit(surveys, held_out, settings, progress));
    Ok((weights, Course { epochs, kept, held_out_nats }))
}

/// The training itself, inside the threads that were asked for: fresh weights, epochs, the best of them by the
/// validation persons. Gives weights, epochs, the number of the epoch kept and the nats of a held-out day.
fn fit(
    train: &[Survey],
    held_out: &[Survey],
    settings: &Settings,
    progress: &mut dyn FnMut(Epoch),
) -> (Weights, Vec<Epoch>, u32, f64) {
    let (classes, mix) = classes(train.iter().flat_map(|survey| &survey.diaries));
    let (validation, train): (Vec<Survey>, Vec<Survey>) = train.iter().map(validation_split).unzip();
    let of = |(coding, survey): (usize, &Survey)| {
        groups(coding, survey.travellers_only, &samples(survey, settings), &classes)
    };
    let [fitted, validation, held_out] = [&train[..], &validation, held_out]
        .map(|surveys| surveys.iter().enumerate().flat_map(of).collect::<Vec<Group>>());
    let on_grid = |survey: &Survey| survey.diaries.iter().map(|diary| stays(&diary.chain)).collect();
    let mut learner =
        Learner::fresh(&train.iter().map(on_grid).collect::<Vec<Vec<Vec<Stay>>>>(), &mix, settings.seed);
    let mut history: Vec<Epoch> = Vec::new();
    let mut best: Option<(f64, u32, Weights)> = None;
    learner.descend(&fitted, settings, &mut |learner, epoch, train_nats| {
        let validation_nats = learner.nats(&validation, settings);
        let now = Epoch { epoch, epochs: settings.epochs, train_nats, validation_nats };
        progress(now);
        history.push(now);
        if best.as_ref().is_none_or(|(nats, ..)| validation_nats < *nats) {
            best = Some((validation_nats, epoch, learner.weights()));
        }
    });
    let (_, kept, weights) = best.unwrap_or_else(|| (f64::NAN, 0, learner.weights()));
    learner.restore(&weights);
    let held_out_nats = learner.nats(&held_out, settings);
    // Days are drawn in the coding of the survey that knows its persons best.
    let telling = |survey: &&Survey| survey.diaries.iter().filter(|d| told(d).0.is_told()).count();
    let coding = train.iter().max_by_key(telling).map_or("", |survey| survey.name.as_str());
    let names: Vec<&str> = train.iter().map(|survey| survey.name.as_str()).collect();
    (with_facts(weights, &names, coding, &classes, settings), history, kept, held_out_nats)
}

/// The days of a survey with their weights.
fn samples<'a>(survey: &'a Survey, settings: &Settings) -> Vec<Sample<'a>> {
    let sample = |who: &'a Diary| {
        let tells = told(who).0.is_told() && who.weekday.is_some();
        let weight = if tells { settings.telling_weight } else { 1.0 };
        Sample { who, stays: stays(&who.chain), weight }
    };
    survey.diaries.iter().map(sample).collect()
}

/// Adds what a weight file tells about itself.
fn with_facts(
    mut weights: Weights,
    surveys: &[&str],
    coding: &str,
    classes: &[Person],
    settings: &Settings,
) -> Weights {
    let classes: Vec<_> = classes.iter().map(|p| (p.band, p.employed, p.student)).collect();
    let facts = [
        ("format", FORMAT.to_owned()),
        ("surveys", surveys.join(",")),
        ("coding", coding.to_owned()),
        ("classes", serde_json::json!(classes).to_string()),
        ("settings", serde_json::json!(settings).to_string()),
    ];
    weights.facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    weights
}

/// The classes of persons among the telling diaries and their shares; one class of unknowns where there are none.
fn classes<'a>(diaries: impl Iterator<Item = &'a Diary>) -> (Vec<Person>, Vec<f64>) {
    let mut counts: BTreeMap<Person, usize> = BTreeMap::new();
    for diary in diaries {
        let (person, ..) = told(diary);
        if person.is_told() {
            *counts.entry(person).or_default() += 1;
        }
    }
    counts.retain(|_, count| *count >= CLASS_LEAST);
    let total: usize = counts.values().sum();
    if total == 0 {
        return (vec![Person { band: None, employed: None, student: None }], vec![1.0]);
    }
    counts.into_iter().map(|(person, count)| (person, count as f64 / total as f64)).unzip()
}

/// Validation and training persons.
fn validation_split(survey: &Survey) -> (Survey, Survey) {
    let (validation, train) = survey
        .diaries
        .iter()
        .cloned()
        .partition(|d: &Diary| uniform_of(VALIDATION_SEED, &d.person) < VALIDATION_SHARE);
    let with = |diaries| Survey { diaries, ..survey.clone() };
    (with(validation), with(train))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::models::chain::Generator;
    use engine::activity::{Activity, Chain, Episode};
    use engine::draw::{Purpose, draw};
    use engine::people::{Sex, Student};

    /// A world of workers (home, work, home) and others (at home), half of each; `telling` of them tell which.
    pub(super) fn survey(n: usize, telling: bool) -> Survey {
        let day = |row: usize| {
            let mut stream = draw(11, Purpose::Test, row as u64, 0);
            let works = row.is_multiple_of(2);
            let episode = |activity, start_s, end_s| Episode { activity, start_s, end_s };
            let (begin, end) = (25_200 + stream.below(8) * 900, 57_600 + stream.below(8) * 900);
            let chain = if works {
                vec![
                    episode(Activity::Home, 0, begin),
                    episode(Activity::Work, begin, end),
                    episode(Activity::Home, end, 86_400),
                ]
            } else {
                vec![episode(Activity::Home, 0, 86_400)]
            };
            Diary {
                person: format!("{telling}{row}"),
                weekday: Some(2),
                age: telling.then_some(40),
                sex: Sex::Unknown,
                employed: telling.then_some(works),
                student: telling.then_some(Student::No),
                weight: 1.0,
                chain: Chain(chain),
            }
        };
        let name = if telling { "telling" } else { "silent" };
        Survey { name: name.into(), travellers_only: false, diaries: (0..n).map(day).collect() }
    }

    pub(super) fn settings() -> Settings {
        Settings { epochs: 6, batch: 32, learning_rate: 2e-2, n_threads: 1, ..Settings::default() }
    }

    #[test]
    fn a_small_world_is_learned_the_same_way_twice() {
        let surveys = [survey(200, true), survey(400, false)];
        let mut epochs = Vec::new();
        let (known, held_out): (Vec<Survey>, Vec<Survey>) = surveys.iter().map(Survey::split).unzip();
        let (weights, course) =
            train(&known, &held_out, &settings(), &mut |epoch| epochs.push(epoch)).unwrap();
        assert_eq!(epochs, course.epochs);
        assert_eq!(epochs.len(), 6);
        assert!(epochs[5].validation_nats < epochs[0].validation_nats, "{epochs:?}");
        let (again, same) = train(&known, &held_out, &settings(), &mut |_| {}).unwrap();
        assert_eq!(again.to_bytes().unwrap(), weights.to_bytes().unwrap());
        assert_eq!(same, course);
        // Who tells works as told; who does not is a worker in half the cases.
        let generator = Generator::from_weights("test", weights).unwrap();
        let mut workers = survey(400, true);
        workers.diaries.retain(|diary| diary.employed == Some(true));
        let working = |days: &[Chain]| {
            days.iter().filter(|d| d.0.iter().any(|e| e.activity == Activity::Work)).count() as f64
                / days.len() as f64
        };
        let told = working(&generator.generate_like(&workers, 1).unwrap());
        let silent = working(&generator.generate_like(&survey(400, false), 1).unwrap());
        assert!(told > 0.85, "{told}");
        assert!((silent - 0.5).abs() < 0.15, "{silent}");
    }

    #[test]
    fn nothing_to_train_on_is_a_fault() {
        assert_eq!(train(&[], &[], &settings(), &mut |_| {}).unwrap_err().exit_code(), 2);
    }
}

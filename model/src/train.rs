//! Fits the generator to surveys by maximum likelihood.
//!
//! What a diary does not tell about its person (VISTA 2009 tells nothing) is summed out: the likelihood of
//! such a day is the mean over the classes of persons, weighted by a mix that is learned too. The classes
//! are those of the diaries that tell; an untold day is a weekend in two of seven cases. A survey of
//! travellers only is compared with days that hold a trip: its likelihood is divided by the probability of
//! leaving home at all.

use crate::Weights;
use crate::chain::{
    Condition, Encoded, FORMAT, Generator, NEVER, Network, Person, Stay, WEEKEND_SHARE, begin,
    log_likelihood, numbers, stays, told,
};
use crate::score;
use crate::survey::{Survey, lot};
use crate::torch::{device, with_threads};
use engine::activity::diary::Diary;
use engine::draw::{Purpose, draw};
use engine::float::{cos, log};
use engine::{Fault, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use tch::nn::OptimizerConfig;
use tch::{Kind, Tensor, nn};

/// A class of persons needs this many telling diaries.
const CLASS_LEAST: usize = 12;
/// Share of the training persons that choose the epoch to keep.
const VALIDATION_SHARE: f64 = 0.05;
const VALIDATION_SEED: u64 = 3;
/// Weight of keeping the mix of persons near that of the telling diaries, nats a diary of divergence.
const MIX_WEIGHT: f64 = 0.05;

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
    /// Seed of initial weights, shuffles and of the scored sample.
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

/// What training gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// The epochs.
    pub epochs: Vec<Epoch>,
    /// The epoch whose weights were kept: the best on the validation persons.
    pub kept: u32,
    /// Mean negative log-likelihood of a held-out day, nats (telling diaries with their weight).
    pub held_out_nats: f64,
    /// Divergences from the held-out persons of all surveys together.
    pub report: score::Report,
    /// The same for each survey by name.
    pub by_survey: BTreeMap<String, score::Report>,
}

/// Trains on four fifths of the persons of each survey ([`Survey::split`]) and scores on the rest.
/// `progress` is called after each epoch.
///
/// # Errors
/// A [`Fault`] where there is nothing to train on.
pub fn train(
    surveys: &[Survey],
    settings: &Settings,
    progress: &mut dyn FnMut(Epoch),
) -> Result<(Weights, Scores)> {
    let (train, held_out): (Vec<Survey>, Vec<Survey>) = surveys.iter().map(Survey::split).unzip();
    if train.iter().all(|survey| survey.diaries.is_empty()) {
        return Err(Fault::new("surveys", "", "hold no person to train on").into());
    }
    let (weights, epochs, kept, held_out_nats) =
        with_threads(settings.n_threads, || fit(&train, &held_out, settings, progress));
    let generator = Generator::from_weights("trained weights", weights)?;
    let report = score::evaluate(&generator, &train, &held_out, settings.seed)?;
    let mut by_survey = BTreeMap::new();
    for (train, held_out) in train.iter().zip(&held_out) {
        let [train, held_out] = [train, held_out].map(std::slice::from_ref);
        by_survey.insert(train[0].name.clone(), score::evaluate(&generator, train, held_out, settings.seed)?);
    }
    Ok((generator.weights().clone(), Scores { epochs, kept, held_out_nats, report, by_survey }))
}

/// Diaries that share a list of possible conditions.
struct Group {
    coding: usize,
    travellers_only: bool,
    weight: f64,
    conditions: Vec<Condition>,
    /// Class of each condition; empty when each diary tells its person.
    classes: Vec<i64>,
    days: Vec<Day>,
}

struct Day {
    encoded: Encoded,
    /// Log prior of each condition but for the mix of classes; [`NEVER`] where the diary says otherwise.
    prior: Vec<f32>,
}

fn fit(
    train: &[Survey],
    held_out: &[Survey],
    settings: &Settings,
    progress: &mut dyn FnMut(Epoch),
) -> (Weights, Vec<Epoch>, u32, f64) {
    let classes = classes(train);
    let (validation, train): (Vec<Survey>, Vec<Survey>) = train.iter().map(validation_split).unzip();
    let [fitted, validation, held_out] = [&train[..], &validation, held_out]
        .map(|surveys| groups(surveys, &classes.iter().map(|c| c.0).collect::<Vec<_>>(), settings));
    let n_days: usize = fitted.iter().map(|group| group.days.len()).sum();
    let store = nn::VarStore::new(device());
    let network = Network::fresh(&store, train.len(), classes.len(), settings.seed);
    let on_grid = |survey: &Survey| survey.diaries.iter().map(|diary| stays(&diary.chain)).collect();
    begin(&network, &train.iter().map(on_grid).collect::<Vec<Vec<Vec<Stay>>>>());
    let prior =
        Tensor::from_slice(&classes.iter().map(|c| c.1 as f32).collect::<Vec<_>>()).to_device(device());
    tch::no_grad(|| network.class.shallow_clone().copy_(&prior.log()));
    // Building an optimizer over variables that exist cannot fail; without one there is nothing to do.
    let Ok(mut adam) = nn::Adam::default().build(&store, settings.learning_rate) else {
        return (network.weights(), Vec::new(), 0, f64::NAN);
    };
    let mut history: Vec<Epoch> = Vec::new();
    let mut best: Option<(f64, u32, Weights)> = None;
    for epoch in 1..=settings.epochs {
        let along = f64::from(epoch - 1) / f64::from(settings.epochs);
        adam.set_lr(settings.learning_rate * (0.01 + 0.99 * 0.5 * (1.0 + cos(std::f64::consts::PI * along))));
        let mut total = Mean::default();
        for batch in batches(&fitted, settings, epoch) {
            let step = step(&network, &fitted, &batch);
            let divergence =
                (&prior * (prior.log() - network.class.log_softmax(0, Kind::Float))).sum(Kind::Float);
            let loss = &step.sum / step.weight + divergence * MIX_WEIGHT + network.penalty() / n_days as f64;
            adam.backward_step_clip_norm(&loss, 5.0);
            total.add(step.sum.double_value(&[]), step.weight);
        }
        let now = Epoch {
            epoch,
            epochs: settings.epochs,
            train_nats: total.mean(),
            validation_nats: nats(&network, &validation, settings),
        };
        progress(now);
        history.push(now);
        if best.as_ref().is_none_or(|(nats, ..)| now.validation_nats < *nats) {
            best = Some((now.validation_nats, epoch, network.weights()));
        }
    }
    let (_, kept, weights) = best.unwrap_or_else(|| (f64::NAN, 0, network.weights()));
    restore(&store, &weights);
    let held_out_nats = nats(&network, &held_out, settings);
    (with_facts(weights, &train, &classes, settings), history, kept, held_out_nats)
}

/// Puts numbers back into the variables.
fn restore(store: &nn::VarStore, weights: &Weights) {
    let variables: BTreeMap<String, Tensor> = store.variables().into_iter().collect();
    tch::no_grad(|| {
        for (name, mut variable) in variables {
            if let Some(array) = weights.arrays.get(&name) {
                variable.copy_(&Tensor::from_slice(&array.values).reshape(variable.size()));
            }
        }
    });
}

fn with_facts(
    mut weights: Weights,
    train: &[Survey],
    classes: &[(Person, f64)],
    settings: &Settings,
) -> Weights {
    let names: Vec<&str> = train.iter().map(|survey| survey.name.as_str()).collect();
    // Days are drawn in the coding of the survey that knows its persons best.
    let telling = |survey: &&Survey| survey.diaries.iter().filter(|d| told(d).0.is_told()).count();
    let coding = train.iter().max_by_key(telling).map_or("", |survey| survey.name.as_str());
    let classes: Vec<_> = classes.iter().map(|(p, _)| (p.band, p.employed, p.student)).collect();
    let facts = [
        ("format", FORMAT.to_owned()),
        ("surveys", names.join(",")),
        ("coding", coding.to_owned()),
        ("classes", serde_json::json!(classes).to_string()),
        ("settings", serde_json::json!(settings).to_string()),
    ];
    weights.facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    weights
}

/// The classes of persons among the telling diaries and their shares; one class of unknowns where there are none.
fn classes(train: &[Survey]) -> Vec<(Person, f64)> {
    let mut counts: BTreeMap<Person, usize> = BTreeMap::new();
    for diary in train.iter().flat_map(|survey| &survey.diaries) {
        let (person, ..) = told(diary);
        if person.is_told() {
            *counts.entry(person).or_default() += 1;
        }
    }
    counts.retain(|_, count| *count >= CLASS_LEAST);
    let total: usize = counts.values().sum();
    if total == 0 {
        return vec![(Person { band: None, employed: None, student: None }, 1.0)];
    }
    counts.into_iter().map(|(person, count)| (person, count as f64 / total as f64)).collect()
}

/// Validation and training persons.
fn validation_split(survey: &Survey) -> (Survey, Survey) {
    let (validation, train) = survey
        .diaries
        .iter()
        .cloned()
        .partition(|d: &Diary| lot(VALIDATION_SEED, &d.person) < VALIDATION_SHARE);
    let with = |diaries| Survey { diaries, ..survey.clone() };
    (with(validation), with(train))
}

/// Two groups a survey: diaries that tell their person and day, and the others.
fn groups(surveys: &[Survey], classes: &[Person], settings: &Settings) -> Vec<Group> {
    let mut groups = Vec::new();
    for (coding, survey) in surveys.iter().enumerate() {
        let tells = |diary: &&Diary| {
            let (person, _, weekend) = told(diary);
            person.is_told() && weekend.is_some()
        };
        let (telling, silent): (Vec<&Diary>, Vec<&Diary>) = survey.diaries.iter().partition(tells);
        let group = |weight, conditions, classes, days| Group {
            coding,
            travellers_only: survey.travellers_only,
            weight,
            conditions,
            classes,
            days,
        };
        if !telling.is_empty() {
            let (conditions, days) = telling_days(&telling);
            groups.push(group(settings.telling_weight, conditions, Vec::new(), days));
        }
        if !silent.is_empty() {
            let (conditions, numbers, days) = silent_days(&silent, classes);
            groups.push(group(1.0, conditions, numbers, days));
        }
    }
    groups
}

fn telling_days(diaries: &[&Diary]) -> (Vec<Condition>, Vec<Day>) {
    let own = |diary: &Diary| {
        let (person, sex, weekend) = told(diary);
        Condition { person, sex, weekend: weekend == Some(true) }
    };
    let mut conditions: Vec<Condition> = diaries.iter().map(|diary| own(diary)).collect();
    conditions.sort_unstable();
    conditions.dedup();
    let day = |diary: &&Diary| {
        let own = own(diary);
        let prior = conditions.iter().map(|&c| if c == own { 0.0 } else { NEVER as f32 }).collect();
        Day { encoded: Encoded::new(&stays(&diary.chain)), prior }
    };
    let days = diaries.iter().map(day).collect();
    (conditions, days)
}

fn silent_days(diaries: &[&Diary], classes: &[Person]) -> (Vec<Condition>, Vec<i64>, Vec<Day>) {
    let mut sexes: Vec<u8> = diaries.iter().map(|diary| told(diary).1).collect();
    sexes.sort_unstable();
    sexes.dedup();
    let mut conditions = Vec::new();
    let mut numbers = Vec::new();
    for &sex in &sexes {
        for (number, &person) in classes.iter().enumerate() {
            for weekend in [false, true] {
                conditions.push(Condition { person, sex, weekend });
                numbers.push(number as i64);
            }
        }
    }
    let share = |weekend: bool| log(if weekend { WEEKEND_SHARE } else { 1.0 - WEEKEND_SHARE }) as f32;
    let day = |diary: &&Diary| {
        let (person, sex, weekend) = told(diary);
        let prior = |c: &Condition| match weekend {
            _ if c.sex != sex || !c.person.fits(person) => NEVER as f32,
            None => share(c.weekend),
            Some(told) if told == c.weekend => 0.0,
            Some(_) => NEVER as f32,
        };
        Day { encoded: Encoded::new(&stays(&diary.chain)), prior: conditions.iter().map(prior).collect() }
    };
    let days = diaries.iter().map(day).collect();
    (conditions, numbers, days)
}

/// The batches of an epoch: (group, day) shuffled.
fn batches(groups: &[Group], settings: &Settings, epoch: u32) -> Vec<Vec<(usize, usize)>> {
    let mut order: Vec<(usize, usize)> =
        groups.iter().enumerate().flat_map(|(g, group)| (0..group.days.len()).map(move |d| (g, d))).collect();
    let mut stream = draw(settings.seed, Purpose::Training, u64::from(epoch), 2);
    for last in (1..order.len()).rev() {
        order.swap(last, stream.below(last as u32 + 1) as usize);
    }
    order.chunks(settings.batch.max(1)).map(<[_]>::to_vec).collect()
}

/// A weighted sum of negative log-likelihoods.
struct Step {
    sum: Tensor,
    weight: f64,
}

fn step(network: &Network, groups: &[Group], batch: &[(usize, usize)]) -> Step {
    let mut total = Step { sum: Tensor::zeros([], (Kind::Float, network.device())), weight: 0.0 };
    for (number, group) in groups.iter().enumerate() {
        let days: Vec<&Day> =
            batch.iter().filter(|(g, _)| *g == number).map(|&(_, d)| &group.days[d]).collect();
        if !days.is_empty() {
            total.sum -= likelihood(network, group, &days).sum(Kind::Float) * group.weight;
            total.weight += group.weight * days.len() as f64;
        }
    }
    total
}

/// `[B]` log-likelihoods of days of a group.
fn likelihood(network: &Network, group: &Group, days: &[&Day]) -> Tensor {
    let device = network.device();
    let outputs = network.forward(&group.conditions);
    let encoded: Vec<&Encoded> = days.iter().map(|day| &day.encoded).collect();
    let prior: Vec<f32> = days.iter().flat_map(|day| day.prior.iter().copied()).collect();
    let mut prior = Tensor::from_slice(&prior)
        .reshape([days.len() as i64, group.conditions.len() as i64])
        .to_device(device);
    if !group.classes.is_empty() {
        let mix = network.class.log_softmax(0, Kind::Float);
        prior += mix.index_select(0, &Tensor::from_slice(&group.classes).to_device(device));
    }
    let joint = &prior + log_likelihood(network, &outputs, group.coding, &encoded);
    let sum = joint.logsumexp(1_i64, false);
    if !group.travellers_only {
        return sum;
    }
    let at_home = Encoded::new(&[Stay { activity: 0, slot: 0 }]);
    let at_home = log_likelihood(network, &outputs, group.coding, &[&at_home]);
    // ln(1 − p), with p kept away from 1.
    let leaves = (-at_home.clamp_max(-1e-4).exp()).log1p();
    sum - (prior + leaves).logsumexp(1_i64, false)
}

/// Mean negative log-likelihood of a day of some groups.
fn nats(network: &Network, groups: &[Group], settings: &Settings) -> f64 {
    let mut total = Mean::default();
    tch::no_grad(|| {
        for group in groups {
            let days: Vec<&Day> = group.days.iter().collect();
            for days in days.chunks(settings.batch.max(1)) {
                let values = numbers(&likelihood(network, group, days));
                let sum: f64 = values.iter().map(|&value| -f64::from(value)).sum();
                total.add(sum * group.weight, group.weight * days.len() as f64);
            }
        }
    });
    total.mean()
}

#[derive(Default)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, sum: f64, weight: f64) {
        self.sum += sum;
        self.weight += weight;
    }

    fn mean(&self) -> f64 {
        self.sum / self.weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::activity::{Activity, Chain, Episode};
    use engine::people::{Sex, Student};

    /// A world of workers (home, work, home) and others (at home), half of each; `telling` of them tell which.
    fn survey(n: usize, telling: bool) -> Survey {
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

    fn settings() -> Settings {
        Settings { epochs: 6, batch: 32, learning_rate: 2e-2, n_threads: 1, ..Settings::default() }
    }

    #[test]
    fn a_small_world_is_learned_the_same_way_twice() {
        let surveys = [survey(200, true), survey(400, false)];
        let mut epochs = Vec::new();
        let (weights, scores) = train(&surveys, &settings(), &mut |epoch| epochs.push(epoch)).unwrap();
        assert_eq!(epochs, scores.epochs);
        assert_eq!(epochs.len(), 6);
        assert!(epochs[5].validation_nats < epochs[0].validation_nats, "{epochs:?}");
        let (again, same) = train(&surveys, &settings(), &mut |_| {}).unwrap();
        assert_eq!(again.to_bytes(), weights.to_bytes());
        assert_eq!(same, scores);
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
        assert_eq!(train(&[], &settings(), &mut |_| {}).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn a_survey_of_travellers_is_compared_with_days_that_hold_a_trip() {
        let store = nn::VarStore::new(tch::Device::Cpu);
        let network = Network::fresh(&store, 1, 1, 3);
        let mut group = groups(&[survey(8, true)], &[], &settings()).remove(0);
        let days: Vec<&Day> = group.days.iter().collect();
        let plain = numbers(&likelihood(&network, &group, &days));
        let home = plain[1];
        let moving: Vec<f32> = plain.iter().copied().step_by(2).collect();
        let days: Vec<Day> = std::mem::take(&mut group.days);
        let only = Group { travellers_only: true, ..group };
        let days: Vec<&Day> = days.iter().step_by(2).collect();
        // All but the worker's own condition differ only in employment; compare with its own share at home.
        let at_home = {
            let at_home = Encoded::new(&[Stay { activity: 0, slot: 0 }]);
            let outputs = network.forward(&only.conditions[1..]);
            numbers(&log_likelihood(&network, &outputs, 0, &[&at_home]))[0]
        };
        assert!(home < 0.0 && at_home < 0.0);
        for (given, plain) in numbers(&likelihood(&network, &only, &days)).iter().zip(moving) {
            let expected = plain - (-at_home.exp()).ln_1p();
            assert!((given - expected).abs() < 1e-3, "{given} {expected}");
        }
    }
}

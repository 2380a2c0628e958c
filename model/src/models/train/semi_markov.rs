//! The project's own model in the experiments on days with hidden parts.

use super::batch::{Sample, groups, n_days};
use super::descent::Learner;
use super::{Settings, classes, with_facts};
use crate::Generator;
use crate::models::chain::{Observed, stays};
use crate::models::reconstruct::{Example, Reconstructor};
use crate::torch::with_threads;
use engine::activity::Chain;
use engine::activity::diary::Diary;
use engine::{Fault, Result};

/// Steps an epoch that small sets of days are cut into, at least as far as [`BATCH_LEAST`] allows.
const STEPS: usize = 40;
/// Fewest days a step.
const BATCH_LEAST: usize = 32;
/// Step of Adam, relative to training from nothing, where weights are there already.
const AGAIN: f64 = 0.5;

/// The semi-Markov chain as a [`Reconstructor`].
///
/// Completed days are drawn from the exact posterior of the present weights, the unknown class of a person and kind
/// of day with them. Learning from completed days and completing again is therefore Monte-Carlo EM (Wei and Tanner
/// 1990): each round raises the likelihood of what was really seen, but for the chance of the draws. Hidden
/// quarter hours need no smaller weight than real ones (seed 002, Eq. 6, gives them one): the likelihood of what was
/// seen is the mean over completions in which all quarter hours count alike. [`Example::real`] is not looked at.
#[derive(Debug, Clone)]
pub struct SemiMarkov {
    /// `None` before the first fit.
    generator: Option<Generator>,
    /// Whose coding of activities the days are recorded in.
    survey: String,
    travellers_only: bool,
    settings: Settings,
}

impl SemiMarkov {
    /// A model that knows nothing, for days recorded as in `survey`. The persons of the first examples make its
    /// classes.
    pub fn untrained(survey: &str, settings: Settings) -> Self {
        Self { generator: None, survey: survey.into(), travellers_only: false, settings }
    }

    /// Goes on from trained weights, in the coding that they draw days in.
    pub fn trained(generator: Generator, settings: Settings) -> Self {
        let survey = generator.coding().to_owned();
        Self { generator: Some(generator), survey, travellers_only: false, settings }
    }

    /// Says that days to come are recorded as in `survey`. A survey unknown so far gets a coding of its own, which
    /// begins as a copy of the present one. `travellers_only`: persons who stayed at home are missing from it.
    ///
    /// # Errors
    /// The weights do not fit this version.
    pub fn in_survey(mut self, survey: &str, travellers_only: bool) -> Result<Self> {
        self.generator = self.generator.map(|generator| generator.with_coding(survey)).transpose()?;
        Ok(Self { survey: survey.into(), travellers_only, ..self })
    }

    /// The model as it is now; `None` before the first fit.
    pub fn generator(&self) -> Option<&Generator> {
        self.generator.as_ref()
    }

    fn learn(&self, examples: &[Example], settings: &Settings) -> Result<Generator> {
        let samples: Vec<Sample> = examples
            .iter()
            .map(|example| Sample { who: &example.who, stays: stays(&example.day), weight: example.weight })
            .collect();
        let own;
        let (known, names, mix) = match &self.generator {
            Some(generator) => (generator.classes(), generator.surveys().to_vec(), generator.mix()),
            None => {
                let (found, mix) = classes(examples.iter().map(|example| &example.who));
                own = found;
                (&own[..], vec![self.survey.clone()], mix)
            }
        };
        let coding = names.iter().position(|name| *name == self.survey).unwrap_or(0);
        let groups = groups(coding, self.travellers_only, &samples, known);
        let settings = Settings {
            batch: settings.batch.min((n_days(&groups) / STEPS).max(BATCH_LEAST)),
            learning_rate: settings.learning_rate * if self.generator.is_some() { AGAIN } else { 1.0 },
            ..*settings
        };
        let learner = match &self.generator {
            Some(generator) => Learner::resumed(generator.weights(), names.len(), &mix),
            None => {
                let days = samples.iter().map(|sample| sample.stays.clone()).collect();
                Learner::fresh(&[days], &mix, settings.seed)
            }
        };
        learner.descend(&groups, &settings, &mut |_, _, _| {});
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let weights = with_facts(learner.weights(), &names, &self.survey, known, &settings);
        Generator::from_weights("trained weights", weights)
    }
}

impl Reconstructor for SemiMarkov {
    fn name(&self) -> &'static str {
        "semi-Markov"
    }

    fn fit(&mut self, examples: &[Example], epochs: u32, seed: u64) -> Result<()> {
        if !examples.iter().any(|example| example.weight > 0.0) {
            return Err(Fault::new("examples", "", "hold no day to learn from").into());
        }
        let settings = Settings { epochs, seed, ..self.settings };
        self.generator = Some(with_threads(settings.n_threads, || self.learn(examples, &settings))?);
        Ok(())
    }

    fn complete(&self, days: &[(Diary, Observed)], seed: u64) -> Result<Vec<Option<Chain>>> {
        let Some(generator) = &self.generator else {
            return Err(Fault::new("model", "", "completes days before it has learned")
                .advice("call fit first")
                .into());
        };
        generator.complete(days, self.travellers_only, seed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{settings, survey};
    use super::*;
    use crate::models::chain::observe;
    use engine::activity::{Activity, SLOTS};

    fn examples(telling: bool) -> Vec<Example> {
        let example = |who: Diary| Example { day: who.chain.clone(), who, real: [true; SLOTS], weight: 1.0 };
        survey(300, telling).diaries.into_iter().map(example).collect()
    }

    /// Days of which only the quarter hour at noon is known.
    fn at_noon(telling: bool) -> Vec<(Diary, Observed)> {
        let hide = |who: Diary| {
            let seen = observe(&who.chain, |slot| slot == 48);
            (who, seen)
        };
        survey(100, telling).diaries.into_iter().map(hide).collect()
    }

    #[test]
    fn it_learns_completes_and_goes_on_in_another_survey() {
        let mut model = SemiMarkov::untrained("telling", settings());
        assert_eq!(model.complete(&at_noon(true), 1).unwrap_err().exit_code(), 2);
        assert_eq!(model.fit(&[], 1, 1).unwrap_err().exit_code(), 2);
        model.fit(&examples(true), 10, 1).unwrap();
        // Persons of unknown class: who works at noon is a worker, and works in the morning.
        for telling in [true, false] {
            let days = at_noon(telling);
            let completed = model.complete(&days, 3).unwrap();
            assert_eq!(completed, model.complete(&days, 3).unwrap());
            let right = days.iter().zip(&completed).filter(|((who, _), day)| {
                let [told, drawn] = [&who.chain, day.as_ref().unwrap()].map(|day| day.to_slots()[40]);
                told == drawn
            });
            assert!(right.count() > 80, "{telling}");
        }
        let before = model.generator().unwrap().weights().clone();
        let mut model = model.in_survey("silent", false).unwrap();
        let mut errands = examples(false);
        for example in &mut errands {
            for episode in example.day.0.iter_mut().filter(|episode| episode.activity == Activity::Work) {
                episode.activity = Activity::Errands;
            }
        }
        model.fit(&errands, 10, 2).unwrap();
        let generator = model.generator().unwrap();
        assert_eq!(generator.surveys(), ["telling", "silent"]);
        assert_ne!(generator.weights(), &before);
        let blank = survey(100, false).diaries.into_iter().map(|who| {
            let nothing = observe(&who.chain, |_| false);
            (who, nothing)
        });
        let drawn = model.complete(&blank.collect::<Vec<_>>(), 4).unwrap();
        let share = |activity: Activity| {
            drawn.iter().flatten().filter(|day| day.to_slots()[48] == activity.code()).count()
        };
        assert!(share(Activity::Errands) > 30 && share(Activity::Work) < 10, "{drawn:?}");
    }
}

//! Chains of activities from a learned, conditioned semi-Markov chain.

#[cfg(test)]
mod tests;

mod begin;
mod complete;
mod condition;
pub(crate) mod exact;
pub(crate) mod law;
mod likelihood;
mod network;
mod quarter;
mod table;
mod walk;
pub mod weights;

pub use complete::{Observed, observe};
pub use quarter::quarter_hours;

pub(crate) use begin::begin;
pub(crate) use condition::{Candidate, Condition, Person, WEEKEND_SHARE, candidates, told};
pub(crate) use likelihood::{Encoded, NEVER, log_likelihood};
pub(crate) use network::{Network, numbers};
pub(crate) use quarter::{Stay, chain as chain_of, stays};
pub(crate) use table::KINDS;
#[cfg(test)]
pub(crate) use tests::table_of_tests;
pub(crate) use walk::may_follow;

use crate::torch::with_threads;
use engine::activity::diary::Diary;
use engine::activity::diary::Survey;
use engine::activity::target::Kind;
use engine::activity::{Chain, SLOTS};
use engine::draw::{Draw, Purpose, draw};
use engine::float::{exp, log, log_sum_exp};
use engine::id::PersonId;
use engine::people::{Demographics, Student};
use engine::{Fault, Result};
use exact::Exact;
use law::Work;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
pub(crate) use table::{Effects, Table, borrow};
use weights::Weights;

/// The weights that this version ships (`model/weights/CARD.md` tells what they are).
const SHIPPED: &[u8] = include_bytes!("../../../weights/chain.safetensors");
/// What the facts of a weight file must say its format is.
pub(crate) const FORMAT: &str = "wayfare-chain-2";
/// A survey of travellers holds no day at home: such a draw is drawn again, this often at most.
const REDRAWS: usize = 1000;

/// Multipliers of a region, as logarithms.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Region {
    /// By kind of person and what its days hold.
    pub(crate) shares: [[f64; law::SHARES]; Kind::ALL.len()],
    /// For each stop, of everybody.
    pub(crate) stops: f64,
}

/// Draws days for persons.
#[derive(Debug, Clone)]
pub struct Generator {
    file: PathBuf,
    weights: Weights,
    /// Names of the surveys whose coding of activities was learned.
    codings: Vec<String>,
    /// The one in use.
    coding: usize,
    /// Classes of persons, for diaries that do not tell who they are of.
    classes: Vec<Person>,
    /// Where something is known of a region.
    region: Region,
}

impl Generator {
    /// The generator with the weights shipped in this binary.
    ///
    /// # Errors
    /// The weights do not fit this version (a test guards against it).
    pub fn shipped() -> Result<Self> {
        let file = Path::new("shipped weights");
        Self::from_weights(file, Weights::from_bytes(file, SHIPPED)?)
    }

    /// A generator with the weights of a file, as `wayfare train` writes it.
    ///
    /// # Errors
    /// A [`Fault`] where the file is no weight file of this version.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_weights(path.as_ref(), Weights::read(path.as_ref())?)
    }

    /// A generator with weights from training.
    ///
    /// # Errors
    /// A [`Fault`] (in the name of `file`) where they do not fit this version.
    pub fn from_weights(file: impl AsRef<Path>, weights: Weights) -> Result<Self> {
        let file = file.as_ref().to_path_buf();
        let fault = |what: &str| Fault::new(&file, "", what).expected(format!("the format {FORMAT}"));
        if weights.fact("format") != Some(FORMAT) {
            return Err(fault("holds weights of another kind").into());
        }
        let codings: Vec<String> =
            weights.fact("surveys").unwrap_or_default().split(',').map(str::to_owned).collect();
        let classes: Vec<(Option<u8>, Option<bool>, Option<u8>)> =
            serde_json::from_str(weights.fact("classes").unwrap_or_default())
                .map_err(|_| fault("does not tell its classes of persons"))?;
        let classes: Vec<Person> =
            classes.into_iter().map(|(band, employed, student)| Person { band, employed, student }).collect();
        if classes.is_empty() || classes.iter().any(|c| c.band > Some(6) || c.student > Some(2)) {
            return Err(fault("has classes of persons that are unknown").into());
        }
        let coding =
            weights.fact("coding").and_then(|name| codings.iter().position(|c| c == name)).unwrap_or(0);
        let region = Default::default();
        let generator = Self { file, weights, codings, coding, classes, region };
        generator.network()?;
        Ok(generator)
    }

    /// Chooses the survey whose coding of activities the days use ([`Generator::surveys`]).
    ///
    /// # Errors
    /// A [`Fault`] where the weights know no such survey.
    pub fn with_survey(mut self, name: &str) -> Result<Self> {
        self.coding = self.coding_of(name)?;
        Ok(self)
    }

    /// Names of the surveys that the weights were trained on.
    pub fn surveys(&self) -> &[String] {
        &self.codings
    }

    /// The weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// As [`Generator::with_survey`]; a survey that the weights do not know gets a coding of its own, which begins as
    /// a copy of the one in use.
    pub(crate) fn with_coding(mut self, name: &str) -> Result<Self> {
        if !self.codings.iter().any(|coding| coding == name) {
            for array in ["coding_start", "coding_end", "coding_when", "coding_next"] {
                if let Some(array) = self.weights.arrays.get_mut(array) {
                    let width = array.shape.iter().skip(1).product::<usize>();
                    array.values.extend_from_within(self.coding * width..(self.coding + 1) * width);
                    array.shape[0] += 1;
                }
            }
            self.codings.push(name.to_owned());
            self.weights.facts.insert("surveys".into(), self.codings.join(","));
        }
        self.with_survey(name)
    }

    /// The survey whose coding is in use.
    pub(crate) fn coding(&self) -> &str {
        &self.codings[self.coding]
    }

    /// Classes of persons.
    pub(crate) fn classes(&self) -> &[Person] {
        &self.classes
    }

    fn coding_of(&self, name: &str) -> Result<usize> {
        self.codings.iter().position(|coding| coding == name).ok_or_else(|| {
            Fault::new(&self.file, "", format!("knows no survey {name}"))
                .expected(format!("one of {}", self.codings.join(", ")))
                .into()
        })
    }

    fn network(&self) -> Result<Network> {
        Network::load(&self.file, &self.weights, self.codings.len(), self.classes.len())
    }

    /// A day for each person, in order. `weekday` 0 = Monday; Monday to Friday are one kind of day, Saturday
    /// and Sunday the other. Borders between episodes lie at full quarter hours. Each day passes
    /// [`Chain::check`]; a person's day depends on the person's id, demographics, weekday and seed only.
    ///
    /// Nobody under 14 works. What [`Generator::with_region`] says of the region's kinds of persons holds on weekdays.
    ///
    /// Cost: one pass of the network (about 1 ms) for each distinct condition, at most 126, and where days are multiplied one
    /// pass over the states of a day; then about 100 draws a person, in parallel. libtorch runs on one thread of the processor here, so that no bit can
    /// depend on threads or on a graphics card.
    ///
    /// # Errors
    /// A [`Fault`] for a weekday above 6.
    pub fn generate(
        &self,
        persons: &[(PersonId, Demographics)],
        weekday: u8,
        seed: u64,
    ) -> Result<Vec<Chain>> {
        if weekday > 6 {
            return Err(Fault::new("weekday", "", format!("{weekday} is no day of the week"))
                .expected("0 (Monday) to 6 (Sunday)")
                .into());
        }
        // Persons by the law of their days: what the model knows of them, and what is known of their region.
        let mut laws: BTreeMap<(Condition, Kind, Work), Vec<usize>> = BTreeMap::new();
        for (row, (_, who)) in persons.iter().enumerate() {
            laws.entry((Condition::of(who, weekday), Kind::of(who), Work::of(who))).or_default().push(row);
        }
        let tables = self.tables(laws.keys().map(|key| (key.0, self.coding)))?;
        let region = if weekday < 5 { self.region.clone() } else { Region::default() };
        let days = |(&(condition, kind, work), rows): (&(Condition, Kind, Work), &Vec<usize>)| {
            let table = &tables.by_condition[&(condition, self.coding)];
            let stream = |row: &usize| draw(seed, Purpose::Chain, u64::from(persons[*row].0.0), 0);
            let (theta, stops) = (region.shares[kind as usize], region.stops);
            // As the model knows them: drawn factor by factor, which needs no sums.
            if theta == [0.0; law::SHARES] && stops == 0.0 && work == Work::Open {
                let day =
                    |row: &usize| (*row, quarter::chain(&table.sample(&tables.effects, &mut stream(row))));
                return rows.par_iter().map(day).collect::<Vec<_>>();
            }
            let (chain, weights) =
                (Exact::new(table, &tables.effects), law::weights(theta, stops, work, SLOTS));
            let law = chain.law(&weights, theta[0]);
            rows.par_iter().map(|row| (*row, quarter::chain(&law.draw(&mut stream(row))))).collect()
        };
        let laws: Vec<_> = laws.iter().collect();
        let drawn: Vec<(usize, Chain)> = laws.into_par_iter().flat_map_iter(days).collect();
        let mut all = vec![Chain::default(); persons.len()];
        drawn.into_iter().for_each(|(row, day)| all[row] = day);
        Ok(all)
    }

    /// The generator whose days of each kind of person are multiplied so ([`law`]).
    pub(crate) fn with_region(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// A day for each diary of a survey, as the model thinks such a person spends such a day, in the survey's
    /// own coding: what scores compare with the survey. What a diary does not tell about its person is drawn
    /// from the learned mix; an untold day is a weekend in two of seven cases.
    ///
    /// # Errors
    /// A [`Fault`] where the weights do not know the survey.
    pub fn generate_like(&self, survey: &Survey, seed: u64) -> Result<Vec<Chain>> {
        let coding = self.coding_of(&survey.name)?;
        let mix: Vec<f64> = self.mix();
        let drawn: Vec<(Draw, Condition)> = survey
            .diaries
            .iter()
            .enumerate()
            .map(|(row, diary)| {
                let entity = (coding as u64) << 32 | row as u64;
                let mut stream = draw(seed, Purpose::Chain, entity, 1);
                let condition = self.draw_condition(diary, &mix, &mut stream);
                (stream, condition)
            })
            .collect();
        let tables = self.tables(drawn.iter().map(|&(_, condition)| (condition, coding)))?;
        let day = |(mut stream, condition): (Draw, Condition)| {
            let table = &tables.by_condition[&(condition, coding)];
            let mut stays = table.sample(&tables.effects, &mut stream);
            for _ in 0..REDRAWS {
                if !survey.travellers_only || stays.len() > 1 {
                    break;
                }
                stays = table.sample(&tables.effects, &mut stream);
            }
            quarter::chain(&stays)
        };
        Ok(drawn.into_par_iter().map(day).collect())
    }

    /// Natural logarithm of the chance of each diary's day on the grid of quarter hours, in the coding in use; what the
    /// diary does not tell about its person is summed out.
    ///
    /// # Errors
    /// The weights do not fit this version.
    pub fn log_likelihood(&self, diaries: &[Diary]) -> Result<Vec<f64>> {
        let mix = self.mix();
        let open = |diary: &Diary| candidates(diary, &self.classes).collect::<Vec<_>>();
        let wanted =
            diaries.iter().flat_map(|diary| open(diary).into_iter().map(|c| (c.condition, self.coding)));
        let tables = self.tables(wanted)?;
        let one = |diary: &Diary| {
            let stays = stays(&diary.chain);
            let joint: Vec<f64> = open(diary)
                .into_iter()
                .map(|c| {
                    let table = &tables.by_condition[&(c.condition, self.coding)];
                    let share = c.share * c.class.map_or(1.0, |class| mix[class]);
                    log(share) + table.log_likelihood(&tables.effects, &stays)
                })
                .collect();
            log_sum_exp(&joint)
        };
        Ok(diaries.par_iter().map(one).collect())
    }

    /// Tables of conditions in the coding in use, with the effects that they share.
    pub(crate) fn tables_of(&self, conditions: &[Condition]) -> Result<(Vec<Table>, Effects)> {
        let tables = self.tables(conditions.iter().map(|&condition| (condition, self.coding)))?;
        let of = |condition: &Condition| tables.by_condition[&(*condition, self.coding)].clone();
        Ok((conditions.iter().map(of).collect(), tables.effects))
    }

    /// Shares of the classes of persons.
    pub(crate) fn mix(&self) -> Vec<f64> {
        let logits: Vec<f64> = self.weights.arrays["class"].values.iter().map(|&x| f64::from(x)).collect();
        let total = log_sum_exp(&logits);
        logits.iter().map(|logit| exp(logit - total)).collect()
    }

    fn draw_condition(&self, diary: &Diary, mix: &[f64], stream: &mut Draw) -> Condition {
        let (person, sex, weekend) = told(diary);
        let person = if person.is_told() {
            person
        } else {
            let fitting: Vec<f64> = self
                .classes
                .iter()
                .zip(mix)
                .map(|(class, share)| if class.fits(person) { *share } else { 0.0 })
                .collect();
            stream.weighted(&fitting).map_or(person, |class| self.classes[class])
        };
        let weekend = weekend.unwrap_or_else(|| stream.uniform() < WEEKEND_SHARE);
        Condition { person, sex, weekend }
    }

    fn tables(&self, wanted: impl Iterator<Item = (Condition, usize)>) -> Result<Tables> {
        let mut by_condition: BTreeMap<(Condition, usize), Table> = BTreeMap::new();
        let network = self.network()?;
        let wanted: std::collections::BTreeSet<(Condition, usize)> = wanted.collect();
        with_threads(1, || {
            for (condition, coding) in wanted {
                by_condition.insert((condition, coding), network.table(&condition, coding));
            }
        });
        Ok(Tables { by_condition, effects: network.effects() })
    }
}

/// The chains of all conditions asked for.
struct Tables {
    by_condition: BTreeMap<(Condition, usize), Table>,
    effects: Effects,
}

/// Enrolment as the classes of persons number it.
const _: () = assert!(Student::No as u8 == 0 && Student::School as u8 == 1 && Student::College as u8 == 2);

//! Days as training sees them: groups that share a list of possible conditions, and their likelihood.
//!
//! A diary that states its person and day has one condition. Another has several (each class of persons, weekday
//! and weekend), and its likelihood is the sum over them of prior times likelihood. Days are grouped by whether
//! they do, so that the network runs once a step for all conditions of a group and not once a day.

use super::Settings;
use crate::models::chain::{
    Candidate, Condition, Encoded, NEVER, Network, Person, Stay, candidates, log_likelihood, numbers,
};
use engine::activity::diary::Diary;
use engine::draw::{Purpose, draw};
use engine::float::log;
use tch::{Kind, Tensor};

/// A day with its person and weight.
pub(super) struct Sample<'a> {
    /// The person, and what the diary states of it.
    pub(super) who: &'a Diary,
    /// The day on the grid of quarter hours.
    pub(super) stays: Vec<Stay>,
    /// How often the day counts in the sum.
    pub(super) weight: f64,
}

/// Days that share a coding and a list of possible conditions.
pub(super) struct Group {
    /// Number of the survey whose coding its days are in.
    coding: usize,
    /// Whether the survey holds no day at home, so that the likelihood is that of a day *given* a trip.
    travellers_only: bool,
    /// All conditions that any of its days may have, sorted.
    conditions: Vec<Condition>,
    /// Class of each condition; the number after the last class for a condition of no class.
    classes: Vec<i64>,
    /// Its days.
    days: Vec<Day>,
}

/// A day as the likelihood reads it.
struct Day {
    /// Its states, as rows of the network's tables.
    encoded: Encoded,
    /// Log prior of each condition but for the mix of classes; [`NEVER`] where the diary says otherwise.
    prior: Vec<f32>,
    /// As [`Sample::weight`].
    weight: f64,
}

/// Groups of a survey's days: those that tell their person and day, and the others (for these, each class is tried
/// on each day).
pub(super) fn groups(
    coding: usize,
    travellers_only: bool,
    samples: &[Sample<'_>],
    classes: &[Person],
) -> Vec<Group> {
    let open: Vec<Vec<Candidate>> =
        samples.iter().map(|sample| candidates(sample.who, classes).collect()).collect();
    [true, false]
        .into_iter()
        .map(|told| {
            let own = || samples.iter().zip(&open).filter(move |(_, open)| (open.len() == 1) == told);
            let mut all: Vec<(Condition, i64)> = own()
                .flat_map(|(_, open)| open)
                .map(|c| (c.condition, c.class.unwrap_or(classes.len()) as i64))
                .collect();
            all.sort_unstable();
            all.dedup();
            let (conditions, classes): (Vec<Condition>, Vec<i64>) = all.into_iter().unzip();
            let day = |(sample, open): (&Sample<'_>, &Vec<Candidate>)| {
                let prior = |c: &Condition| {
                    let open = open.iter().find(|open| open.condition == *c);
                    open.map_or(NEVER as f32, |open| log(open.share) as f32)
                };
                let prior = conditions.iter().map(prior).collect();
                Day { encoded: Encoded::new(&sample.stays), prior, weight: sample.weight }
            };
            let days = own().map(day).collect();
            Group { coding, travellers_only, conditions, classes, days }
        })
        .filter(|group| !group.days.is_empty())
        .collect()
}

/// How many days groups hold.
pub(super) fn n_days(groups: &[Group]) -> usize {
    groups.iter().map(|group| group.days.len()).sum()
}

/// The batches of an epoch: (group, day) shuffled. The order depends on seed and epoch only.
pub(super) fn batches(groups: &[Group], settings: &Settings, epoch: u32) -> Vec<Vec<(usize, usize)>> {
    let mut order: Vec<(usize, usize)> =
        groups.iter().enumerate().flat_map(|(g, group)| (0..group.days.len()).map(move |d| (g, d))).collect();
    let mut stream = draw(settings.seed, Purpose::Training, u64::from(epoch), 2);
    for last in (1..order.len()).rev() {
        order.swap(last, stream.below(last as u32 + 1) as usize);
    }
    order.chunks(settings.batch.max(1)).map(<[_]>::to_vec).collect()
}

/// A weighted sum of negative log-likelihoods.
pub(super) struct Step {
    /// Minus the weighted log-likelihood of the batch, nats.
    pub(super) sum: Tensor,
    pub(super) weight: f64,
}

/// The sum over the days of a batch, with its gradient.
pub(super) fn step(network: &Network, groups: &[Group], batch: &[(usize, usize)]) -> Step {
    let mut total = Step { sum: Tensor::zeros([], (Kind::Float, network.device())), weight: 0.0 };
    for (number, group) in groups.iter().enumerate() {
        let days: Vec<&Day> =
            batch.iter().filter(|(g, _)| *g == number).map(|&(_, d)| &group.days[d]).collect();
        if days.is_empty() {
            continue;
        }
        let weights: Vec<f32> = days.iter().map(|day| day.weight as f32).collect();
        let weights = Tensor::from_slice(&weights).to_device(network.device());
        total.sum -= (likelihood(network, group, &days) * weights).sum(Kind::Float);
        total.weight += days.iter().map(|day| day.weight).sum::<f64>();
    }
    total
}

/// `[B]` log-likelihoods of days of a group.
///
/// In a survey of travellers the sum is divided by the chance of leaving home, summed over the same conditions.
fn likelihood(network: &Network, group: &Group, days: &[&Day]) -> Tensor {
    let device = network.device();
    let outputs = network.forward(&group.conditions);
    let encoded: Vec<&Encoded> = days.iter().map(|day| &day.encoded).collect();
    let prior: Vec<f32> = days.iter().flat_map(|day| day.prior.iter().copied()).collect();
    let prior = Tensor::from_slice(&prior)
        .reshape([days.len() as i64, group.conditions.len() as i64])
        .to_device(device);
    let mix = network.class.log_softmax(0, Kind::Float);
    let mix = Tensor::cat(&[mix, Tensor::zeros([1], (Kind::Float, device))], 0);
    let prior = prior + mix.index_select(0, &Tensor::from_slice(&group.classes).to_device(device));
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
pub(super) fn nats(network: &Network, groups: &[Group], settings: &Settings) -> f64 {
    let mut total = Mean::default();
    tch::no_grad(|| {
        for group in groups {
            let days: Vec<&Day> = group.days.iter().collect();
            for days in days.chunks(settings.batch.max(1)) {
                let values = numbers(&likelihood(network, group, days));
                for (day, value) in days.iter().zip(values) {
                    total.add(-f64::from(value) * day.weight, day.weight);
                }
            }
        }
    });
    total.mean()
}

/// A weighted mean.
#[derive(Default)]
pub(super) struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    /// Adds a sum of weighted values and the weight behind it.
    pub(super) fn add(&mut self, sum: f64, weight: f64) {
        self.sum += sum;
        self.weight += weight;
    }

    pub(super) fn mean(&self) -> f64 {
        self.sum / self.weight
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::survey;
    use super::*;
    use crate::models::chain::stays;
    use tch::nn;

    #[test]
    fn a_survey_of_travellers_is_compared_with_days_that_hold_a_trip() {
        let store = nn::VarStore::new(tch::Device::Cpu);
        let network = Network::fresh(&store, 1, 1, 3);
        let survey = survey(8, true);
        let samples: Vec<Sample> =
            survey.diaries.iter().map(|who| Sample { who, stays: stays(&who.chain), weight: 1.0 }).collect();
        let mut group = groups(0, false, &samples, &[]).remove(0);
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

//! Where training begins: log-odds counted from the days, so that the gradient only has to learn the rest.

use super::network::Network;
use super::quarter::Stay;
use super::table::KINDS;
use engine::activity::SLOTS;
use engine::float::log;
use tch::Tensor;

/// Largest shift of log-odds that a survey's coding begins with.
const LARGEST_SHIFT: f64 = 6.0;
/// Added to each count, so that none is 0.
const PRIOR_COUNT: f64 = 0.1;

/// Counts of what happens in days.
struct Counts {
    /// Days that begin with an activity.
    start: [f64; KINDS],
    /// Slot borders spent in an activity, and those at which it ended.
    borders: [f64; KINDS],
    /// Ends of an activity before midnight.
    ends: [f64; KINDS],
    /// From an activity (row) to the next.
    moves: [[f64; KINDS]; KINDS],
    /// Beginnings of an activity after another.
    arrivals: [f64; KINDS],
}

impl Counts {
    /// Counts the stays of some days.
    fn of<'a>(days: impl Iterator<Item = &'a Vec<Stay>>) -> Self {
        let none = [0.0; KINDS];
        let mut counts =
            Self { start: none, borders: none, ends: none, moves: [none; KINDS], arrivals: none };
        for day in days {
            for (index, stay) in day.iter().enumerate() {
                let end = day.get(index + 1).map_or(SLOTS - 1, |next| next.slot);
                counts.borders[stay.activity] += (end - stay.slot) as f64;
                if index == 0 {
                    counts.start[stay.activity] += 1.0;
                }
                if let Some(next) = day.get(index + 1) {
                    counts.ends[stay.activity] += 1.0;
                    counts.moves[stay.activity][next.activity] += 1.0;
                    counts.arrivals[next.activity] += 1.0;
                }
            }
        }
        counts
    }
}

/// Logarithms of the shares of some counts.
fn log_shares(counts: &[f64; KINDS]) -> [f64; KINDS] {
    let total: f64 = counts.iter().map(|count| count + PRIOR_COUNT).sum();
    counts.map(|count| log((count + PRIOR_COUNT) / total))
}

/// Sets the network's constant log-odds to the overall counts, and each survey's coding to how far its shares
/// of activities are from the overall ones (an activity without a code of its own begins near never).
pub(crate) fn begin(network: &Network, surveys: &[Vec<Vec<Stay>>]) {
    let all = Counts::of(surveys.iter().flatten());
    let mut bias: Vec<f64> =
        (0..KINDS).map(|a| log((all.ends[a] + 1.0) / (all.borders[a] - all.ends[a] + 20.0))).collect();
    all.moves.iter().for_each(|row| bias.extend(log_shares(row)));
    bias.extend(log_shares(&all.start));
    let shift = |own: &[f64; KINDS], all: &[f64; KINDS]| -> [f64; KINDS] {
        let (own, all) = (log_shares(own), log_shares(all));
        std::array::from_fn(|kind| (own[kind] - all[kind]).clamp(-LARGEST_SHIFT, LARGEST_SHIFT))
    };
    let (mut start, mut next) = (Vec::new(), Vec::new());
    for survey in surveys {
        let own = Counts::of(survey.iter());
        start.extend(shift(&own.start, &all.start));
        next.extend(shift(&own.arrivals, &all.arrivals).repeat(KINDS));
    }
    set(&network.bias3, &bias);
    set(&network.coding_start, &start);
    set(&network.coding_next, &next);
}

/// Overwrites a variable.
fn set(variable: &Tensor, values: &[f64]) {
    let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
    tch::no_grad(|| variable.shallow_clone().copy_(&Tensor::from_slice(&values).reshape(variable.size())));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::chain::condition::{Condition, Person};
    use tch::{Device, nn};

    #[test]
    fn a_survey_without_an_activity_begins_without_it() {
        let store = nn::VarStore::new(Device::Cpu);
        let network = Network::fresh(&store, 2, 1, 1);
        let day =
            |kind| [(0, 0), (kind, 30), (0, 60)].map(|(activity, slot)| Stay { activity, slot }).to_vec();
        begin(&network, &[vec![day(1); 50], vec![day(6); 50]]);
        let person = Person { band: None, employed: None, student: None };
        let condition = Condition { person, sex: 2, weekend: false };
        for (coding, own, other) in [(0, 1, 6), (1, 6, 1)] {
            let table = network.table(&condition, coding);
            let from_home = &table.next[40 * KINDS * KINDS..][..KINDS];
            assert!(from_home[own] > from_home[other] + 3.0, "{from_home:?}");
        }
    }
}

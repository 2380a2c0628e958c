//! The exact log-likelihood of many days under many conditions at once, on libtorch, for its gradient.
//! [`super::table::Table::log_likelihood`] is its slow, obvious twin.
//!
//! A day is one first activity, a decision at each of the 95 borders between slots (the present activity ends or
//! goes on) and a choice at each end. The log-likelihood is the sum of their logarithms. Each depends on a row of
//! some tables, so a day is turned into numbers of rows once ([`Encoded`]), and a step of training gathers these
//! rows of all days and conditions together.

use super::network::{Network, Outputs};
use super::quarter::Stay;
use super::table::KINDS;
use super::walk::{Walk, may_follow};
use engine::activity::SLOTS;
use tch::{Kind, Tensor};

/// Log-odds of what cannot be.
pub(crate) const NEVER: f64 = -1e9;
/// Slot borders inside a day.
const BORDERS: usize = SLOTS - 1;

/// A day as rows of the tables that its likelihood reads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Encoded {
    /// The first activity.
    start: u16,
    /// A border between two slots each, [`BORDERS`] of them.
    borders: Vec<Border>,
    /// The choices of a next activity, in the order of the day.
    moves: Vec<Move>,
}

/// Where a border finds its log-odds of ending.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Border {
    /// `slot * KINDS + activity`.
    row: u16,
    /// [`Walk::since`].
    since: u16,
    /// `past * KINDS + activity`.
    past: u16,
    /// The activity, or `KINDS` for the first of the day.
    coding: u16,
    /// Whether the activity did end there.
    ended: bool,
}

/// Where a choice finds its log-odds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Move {
    row: u16,
    past: u16,
    /// `before * KINDS + activity`.
    before: u16,
    /// The activity that ended.
    from: u16,
    /// The one that was chosen.
    to: u16,
}

impl Encoded {
    /// Encodes the stays of a day of [`SLOTS`] slots. The first stay begins in slot 0.
    pub(crate) fn new(stays: &[Stay]) -> Self {
        let mut walk = Walk::new(stays.first().map_or(0, |stay| stay.activity));
        let mut encoded =
            Self { start: walk.activity as u16, borders: Vec::with_capacity(BORDERS), moves: Vec::new() };
        let mut later = stays.iter().skip(1).peekable();
        for slot in 1..SLOTS {
            let (activity, past) = (walk.activity, walk.past());
            let next = later.next_if(|stay| stay.slot == slot);
            encoded.borders.push(Border {
                row: (slot * KINDS + activity) as u16,
                since: walk.since(slot) as u16,
                past: (past * KINDS + activity) as u16,
                coding: if walk.is_first() { KINDS } else { activity } as u16,
                ended: next.is_some(),
            });
            if let Some(next) = next {
                encoded.moves.push(Move {
                    row: (slot * KINDS + activity) as u16,
                    past: (past * KINDS + activity) as u16,
                    before: (walk.before * KINDS + activity) as u16,
                    from: activity as u16,
                    to: next.activity as u16,
                });
                walk.go(next.activity, slot);
            }
        }
        encoded
    }
}

/// `[B, C]` log-likelihoods of `B` days, recorded in one survey's `coding`, under the `C` conditions of `outputs`.
pub(crate) fn log_likelihood(
    network: &Network,
    outputs: &Outputs,
    coding: usize,
    days: &[&Encoded],
) -> Tensor {
    let device = network.device();
    let starts: Vec<i64> = days.iter().map(|day| i64::from(day.start)).collect();
    let start = (&outputs.start + network.coding_start.get(coding as i64)).log_softmax(1, Kind::Float);
    let start = start.transpose(0, 1).index_select(0, &Tensor::from_slice(&starts).to_device(device));
    let ended = borders(network, outputs, coding, days);
    moves(network, outputs, coding, days, start + ended)
}

/// `[B, C]`: ending or not ending at each border.
fn borders(network: &Network, outputs: &Outputs, coding: usize, days: &[&Encoded]) -> Tensor {
    let device = network.device();
    let all = || days.iter().flat_map(|day| &day.borders);
    let rows = |pick: fn(&Border) -> u16| {
        let rows: Vec<i64> = all().map(|border| i64::from(pick(border))).collect();
        Tensor::from_slice(&rows).to_device(device)
    };
    // The first activity of a day is not shifted by the coding: surveys without stay-at-homes could not tell
    // their share of them.
    let later =
        Tensor::cat(&[network.coding_end.get(coding as i64), Tensor::zeros([1], (Kind::Float, device))], 0);
    let shared = network.since().index_select(0, &rows(|b| b.since))
        + network.past_end.flatten(0, -1).index_select(0, &rows(|b| b.past))
        + later.index_select(0, &rows(|b| b.coding));
    let table = network.ends(outputs, coding as i64).transpose(0, 1).contiguous();
    // An embedding is an index_select whose gradient libtorch adds up many times faster.
    let own = Tensor::embedding(&table, &rows(|b| b.row), -1, false, false);
    let logit = own + shared.unsqueeze(1);
    let ended: Vec<f32> = all().map(|border| f32::from(u8::from(border.ended))).collect();
    let ended = Tensor::from_slice(&ended).to_device(device).unsqueeze(1);
    // ln σ(z) = z − softplus(z) where it ends, ln σ(−z) = −softplus(z) where not.
    let each = &logit * ended - logit.softplus();
    each.reshape([days.len() as i64, BORDERS as i64, -1]).sum_dim_intlist(1_i64, false, Kind::Float)
}

/// Adds to `[B, C]` the choice of each next activity.
fn moves(network: &Network, outputs: &Outputs, coding: usize, days: &[&Encoded], sum: Tensor) -> Tensor {
    let device = network.device();
    let all: Vec<(i64, Move)> =
        days.iter().enumerate().flat_map(|(day, e)| e.moves.iter().map(move |&m| (day as i64, m))).collect();
    if all.is_empty() {
        return sum;
    }
    let rows = |pick: fn(&Move) -> u16| {
        let rows: Vec<i64> = all.iter().map(|(_, m)| i64::from(pick(m))).collect();
        Tensor::from_slice(&rows).to_device(device)
    };
    let (n_conditions, kinds) = (outputs.next.size()[0], KINDS as i64);
    let table = outputs.next.reshape([n_conditions, -1, kinds]).permute([1, 2, 0]).contiguous();
    let own = network.coding_next.get(coding as i64).reshape([kinds, kinds]) + forbidden().to_device(device);
    let shared = network.past_next.index_select(0, &rows(|m| m.past))
        + network.before_next.index_select(0, &rows(|m| m.before))
        + own.index_select(0, &rows(|m| m.from));
    let logits = table.index_select(0, &rows(|m| m.row)) + shared.unsqueeze(2);
    let to = rows(|m| m.to).reshape([-1, 1, 1]).expand([all.len() as i64, 1, n_conditions], false);
    let chosen = logits.log_softmax(1, Kind::Float).gather(1, &to, false).squeeze_dim(1);
    let days: Vec<i64> = all.iter().map(|(day, _)| *day).collect();
    sum.index_add(0, &Tensor::from_slice(&days).to_device(device), &chosen)
}

/// `[KINDS, KINDS]`: [`NEVER`] where staying is not going.
fn forbidden() -> Tensor {
    let value = |pair: usize| if may_follow(pair / KINDS, pair % KINDS) { 0.0 } else { NEVER as f32 };
    let values: Vec<f32> = (0..KINDS * KINDS).map(value).collect();
    Tensor::from_slice(&values).reshape([KINDS as i64, KINDS as i64])
}

#[cfg(test)]
mod tests {
    use super::super::condition::Person;
    use super::*;
    use crate::models::chain::condition::Condition;
    use engine::draw::{Purpose, draw};
    use tch::{Device, nn};

    fn conditions() -> Vec<Condition> {
        let person = |band, employed| Person { band: Some(band), employed: Some(employed), student: Some(0) };
        vec![
            Condition { person: person(3, true), sex: 0, weekend: false },
            Condition { person: person(5, false), sex: 1, weekend: true },
        ]
    }

    /// A network whose every number is random, zero effects included.
    fn network(store: &nn::VarStore) -> Network {
        let network = Network::fresh(store, 2, 3, 5);
        tch::no_grad(|| {
            for (number, mut variable) in store.variables_sorted().into_iter().enumerate() {
                let mut stream = draw(6, Purpose::Test, number as u64, 0);
                let noise: Vec<f32> = (0..variable.numel()).map(|_| 0.3 * stream.normal() as f32).collect();
                variable += Tensor::from_slice(&noise).reshape(variable.size());
            }
        });
        network
    }

    trait Sorted {
        fn variables_sorted(&self) -> Vec<Tensor>;
    }

    impl Sorted for nn::VarStore {
        fn variables_sorted(&self) -> Vec<Tensor> {
            let mut named: Vec<(String, Tensor)> = self.variables().into_iter().collect();
            named.sort_by(|a, b| a.0.cmp(&b.0));
            named.into_iter().map(|(_, tensor)| tensor).collect()
        }
    }

    fn days() -> Vec<Vec<Stay>> {
        let mut stream = draw(7, Purpose::Test, 0, 0);
        let mut days = vec![vec![Stay { activity: 0, slot: 0 }]];
        for _ in 0..6 {
            let mut day = vec![Stay { activity: stream.below(15) as usize, slot: 0 }];
            for slot in 1..SLOTS {
                let activity = stream.below(15) as usize;
                if stream.uniform() < 0.1 && may_follow(day[day.len() - 1].activity, activity) {
                    day.push(Stay { activity, slot });
                }
            }
            days.push(day);
        }
        days
    }

    #[test]
    fn libtorch_and_the_plain_twin_agree() {
        let store = nn::VarStore::new(Device::Cpu);
        let network = network(&store);
        let (conditions, days) = (conditions(), days());
        let encoded: Vec<Encoded> = days.iter().map(|day| Encoded::new(day)).collect();
        let encoded: Vec<&Encoded> = encoded.iter().collect();
        let outputs = network.forward(&conditions);
        for coding in 0..2 {
            let fast = super::super::network::numbers(&log_likelihood(&network, &outputs, coding, &encoded));
            for (c, condition) in conditions.iter().enumerate() {
                let (table, effects) = (network.table(condition, coding), network.effects());
                for (d, day) in days.iter().enumerate() {
                    let slow = table.log_likelihood(&effects, day);
                    let fast = f64::from(fast[d * conditions.len() + c]);
                    assert!((slow - fast).abs() < 2e-3 * (1.0 + slow.abs() / 100.0), "{slow} {fast}");
                }
            }
        }
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_plain_twin() {
        let store = nn::VarStore::new(Device::Cpu);
        let network = network(&store);
        let (conditions, days) = (conditions(), days());
        let encoded: Vec<Encoded> = days.iter().map(|day| Encoded::new(day)).collect();
        let encoded: Vec<&Encoded> = encoded.iter().collect();
        log_likelihood(&network, &network.forward(&conditions), 1, &encoded).sum(Kind::Float).backward();
        let plain = |network: &Network| -> f64 {
            let effects = network.effects();
            let tables: Vec<_> = conditions.iter().map(|c| network.table(c, 1)).collect();
            days.iter()
                .flat_map(|day| tables.iter().map(|t| t.log_likelihood(&effects, day)).collect::<Vec<_>>())
                .sum()
        };
        for mut variable in store.variables_sorted() {
            let gradient = variable.grad();
            if !gradient.defined() {
                continue; // the classes are no part of this likelihood
            }
            let norm = gradient.norm().double_value(&[]);
            // A step along the gradient: the slope must be its length.
            let step = 1e-2 / norm.max(1e-6);
            tch::no_grad(|| variable += &gradient * step);
            let up = plain(&network);
            tch::no_grad(|| variable -= &gradient * (2.0 * step));
            let down = plain(&network);
            tch::no_grad(|| variable += &gradient * step);
            let slope = (up - down) / (2.0 * step);
            assert!(
                (slope - norm * norm).abs() <= 0.01 * norm * norm + 1e-3,
                "{slope} {norm} {:?}",
                variable.size()
            );
        }
    }
}

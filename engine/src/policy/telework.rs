//! Telework: days of those who stay at home instead of going to work.

use crate::activity::{Activity, Chain};
use crate::draw::{Purpose, draw};
use crate::id::PersonId;
use crate::people::Demographics;
use serde::{Deserialize, Serialize};

/// A group of persons: who satisfies every condition given. Ranges hold both ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Group {
    /// Has a job.
    pub employed: Option<bool>,
    /// Age in years, lowest and highest.
    pub age: Option<[u8; 2]>,
    /// Yearly household income in dollars, lowest and highest.
    pub income_usd: Option<[i32; 2]>,
}

impl Group {
    /// Whether a person belongs to it.
    pub fn has(&self, person: &Demographics) -> bool {
        self.employed.is_none_or(|employed| person.employed == employed)
            && self.age.is_none_or(|[low, high]| (low..=high).contains(&person.age))
            && self.income_usd.is_none_or(|[low, high]| (low..=high).contains(&person.income_usd))
    }
}

/// A share of a group works at home on the simulated day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Telework {
    /// Probability of each person of the group, 0..=1.
    pub share: f64,
    /// The group; everybody when left out.
    #[serde(default)]
    pub who: Group,
}

/// Turns the work episodes of a person who teleworks into home and merges neighbouring home episodes.
/// Returns whether the person was picked. Call it before places are chosen: episodes change their numbers.
///
/// Each measure picks by its own draw (person, position in `measures`); a person picked by any of them works at
/// home. Other trips of the day stay as planned (no new ones are made out of the time saved).
pub fn apply_telework(
    chain: &mut Chain,
    person: PersonId,
    demographics: &Demographics,
    measures: &[Telework],
    seed: u64,
) -> bool {
    let picked = measures.iter().enumerate().any(|(index, measure)| {
        let mut stream = draw(seed, Purpose::Policy, u64::from(person.0), index as u32);
        stream.uniform() < measure.share && measure.who.has(demographics)
    });
    if !picked || chain.0.iter().all(|episode| episode.activity != Activity::Work) {
        return picked;
    }
    let mut episodes: Vec<crate::activity::Episode> = Vec::with_capacity(chain.0.len());
    for mut episode in chain.0.drain(..) {
        if episode.activity == Activity::Work {
            episode.activity = Activity::Home;
        }
        match episodes.last_mut() {
            Some(last) if last.activity == Activity::Home && episode.activity == Activity::Home => {
                last.end_s = episode.end_s;
            }
            _ => episodes.push(episode),
        }
    }
    chain.0 = episodes;
    picked
}

//! Who changes what over night. Drivers lose patience with their loss: who could save most is most likely to change,
//! and who is on a best route never does.
//!
//! Swapping in proportion to what is lost is Smith's (1984, "The stability of a dynamic model of traffic assignment",
//! Transportation Science 18); drawing it by vehicle from the relative gap is the usual answer of simulation-based
//! assignment to the method of successive averages, which moves the content and the discontented alike (Lu, Mahmassani
//! & Zhou 2009, Transportation Research B 43; Verbas et al. 2016; compared by Ameli, Lebacque & Leclercq 2020,
//! Computer-Aided Civil and Infrastructure Engineering 35).
//!
//! A share that never falls can circle around the equilibrium of a sharp bottleneck for ever. So the step is
//! self-regulated (Liu, He & He 2009, "Method of successive weighted averages and self-regulated averaging schemes",
//! Networks and Spatial Economics 9): a day that came out worse than the one before makes all steps after it shorter.

use super::{Memory, Response, Wishes, merge};
use crate::draw::{Purpose, draw};
use crate::id::LegId;
use crate::route::LinkTimes;
use crate::trip::{Legs, Routes};
use serde::{Deserialize, Serialize};

/// How drivers choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Yesterday's best route, by [`Rule`].
    #[default]
    BestResponse,
    /// A logit among remembered routes on the mean of all days ([`Memory`]).
    RouteMemory,
}

/// How likely a driver changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Share of those who lose very much that changes in a day, 0..=1, as long as days get better.
    pub most: f64,
    /// Loss relative to the best route at which half of `most` change, near equilibrium.
    pub half: f64,
    /// Share of all drivers that changes in a day at most: all chances fall alike where they would come to more.
    pub share: f64,
}

impl Default for Rule {
    /// `most` and `half` found on Sioux Falls (queue model, sample 0.1). `share` is careful: found on a Bay Area in gridlock, where
    /// 5 % made days worse. Without gridlock 6 % is faster (Bay Area, more on public transport: 2.6 % on day 11; Sioux Falls a day earlier;
    /// Anaheim the same), 8 % overshoots.
    fn default() -> Self {
        Self { most: 0.4, half: 0.4, share: 0.02 }
    }
}

impl Rule {
    /// Probability of a change for a driver who loses `excess` (relative to the best route) on a day with the relative
    /// gap `gap`: in a jam that holds everybody up, half of the chance takes more than it does near equilibrium.
    pub fn chance(&self, excess: f64, gap: f64) -> f64 {
        if excess > 0.0 { self.most * excess / (excess + self.half + gap) } else { 0.0 }
    }
}

/// Factor of the step after a day that came out worse than the one before …
const SHORTER: f64 = 0.7;
/// … and after one that did not. Both found on a bottleneck whose equilibrium is known in closed form.
const LONGER: f64 = 1.05;

/// All about how drivers choose.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Choice {
    /// Best response or memory.
    pub method: Method,
    /// How likely a driver changes.
    pub rule: Rule,
    /// Most routes that a driver remembers.
    pub routes: usize,
    /// Scale of the logit, per minute.
    pub logit_per_min: f64,
}

/// What drivers know, and how they choose.
#[derive(Debug, Clone)]
pub struct Drivers {
    choice: Choice,
    pub(super) memory: Memory,
    /// Where departures are chosen, too.
    wishes: Option<Wishes>,
    /// Mean times of all days so far, for those who remember.
    pub(super) mean: Option<LinkTimes>,
    /// Part of the rule's chances that is taken now, 0..=1.
    pub(super) step: f64,
    /// Relative gap of the day before.
    pub(super) gap: f64,
}

/// The day that drivers learn from.
#[derive(Debug, Clone, Copy)]
pub struct Yesterday<'a> {
    /// Its number, from 0.
    pub iteration: u32,
    /// Times of its links.
    pub times: &'a LinkTimes,
    /// When each leg left.
    pub depart_s: &'a [u32],
    /// Its relative gap.
    pub gap: f64,
    /// Share of the legs that were asked for a better route, 0..=1.
    pub asked: f64,
    /// Seed of every draw.
    pub seed: u64,
}

impl Drivers {
    /// Drivers without experience.
    pub fn new(choice: Choice, n_legs: usize, wishes: Option<Wishes>) -> Self {
        let memory = match choice.method {
            Method::BestResponse => Memory::default(),
            Method::RouteMemory => Memory::new(n_legs, choice.routes),
        };
        Self { choice, memory, wishes, mean: None, step: 1.0, gap: f64::INFINITY }
    }

    /// Adds the cost of a wrong time to a response, where drivers choose their departure.
    pub fn weigh(
        &self,
        response: &mut Response,
        times: &LinkTimes,
        legs: &Legs,
        depart_s: &[u32],
        routes: &Routes,
    ) {
        if let Some(wishes) = &self.wishes {
            wishes.weigh(response, times, legs, depart_s, routes);
        }
    }

    /// Lets drivers choose for the next day, from what was found out about `yesterday`: changes routes and planned
    /// departures. Returns the number of legs whose route or departure is another.
    pub fn choose(
        &mut self,
        response: &Response,
        legs: &mut Legs,
        routes: &mut Routes,
        yesterday: &Yesterday<'_>,
    ) -> usize {
        let factor = if yesterday.gap > self.gap { SHORTER } else { LONGER };
        self.step = (self.step * factor).min(1.0);
        self.gap = yesterday.gap;
        let changing = self.changing(response, yesterday);
        let mut n_moved = 0;
        for &at in &changing {
            let planned_s = &mut legs.depart_s[response.legs[at].index()];
            let moved = self.wishes.is_some() && response.moves(at);
            if moved {
                *planned_s = response.depart_s[at];
                n_moved += 1;
            }
        }
        match self.choice.method {
            Method::BestResponse => {
                let other = |at: &usize| response.routes.of(LegId::new(*at)) != routes.of(response.legs[*at]);
                let n = changing.iter().filter(|at| other(at) || response.moves(**at)).count();
                *routes = take(response, &changing, routes);
                n
            }
            Method::RouteMemory => n_moved + self.remember(response, routes, yesterday),
        }
    }

    /// Positions in the response of those who change, each by its own draw.
    fn changing(&self, response: &Response, day: &Yesterday<'_>) -> Vec<usize> {
        let n = response.legs.len();
        let excess = |at: usize| response.excess_s(at) / response.best_s[at].max(1.0);
        let chances: Vec<f64> = (0..n).map(|at| self.choice.rule.chance(excess(at), day.gap)).collect();
        let share = chances.iter().sum::<f64>() / n.max(1) as f64;
        let fewer = if share > self.choice.rule.share { self.choice.rule.share / share } else { 1.0 };
        // When only a part is asked, the more of it must change for as many to change in all.
        let factor = self.step * fewer / day.asked;
        let changes = |at: &usize| {
            let leg = u64::from(response.legs[*at].0);
            draw(day.seed, Purpose::Reroute, leg, day.iteration).uniform() < chances[*at] * factor
        };
        (0..n).filter(changes).collect()
    }

    /// A day of the method with memory: the mean of all days' times is updated, the best routes of the day
    /// are remembered, and each driver chooses among the remembered ones by a logit. Returns how many
    /// changed.
    fn remember(&mut self, response: &Response, routes: &mut Routes, day: &Yesterday<'_>) -> usize {
        let weight = 1.0 / (day.iteration as f32 + 1.0);
        let mean = match self.mean.take() {
            Some(mean) => mean.blend(day.times, weight),
            None => day.times.clone(),
        };
        self.memory.learn(response, &mean, day.depart_s, routes);
        let step = self.step * self.choice.rule.most;
        let (chosen, n) = self.memory.choose(
            &mean,
            day.depart_s,
            routes,
            self.choice.logit_per_min,
            step,
            (day.iteration, day.seed),
        );
        self.mean = Some(mean);
        *routes = chosen;
        n
    }
}

/// The routes of all legs after those at the positions `changing` took their best ones.
fn take(response: &Response, changing: &[usize], routes: &Routes) -> Routes {
    let legs: Vec<LegId> = changing.iter().map(|&at| response.legs[at]).collect();
    let mut found = Routes { first: vec![0], links: Vec::new() };
    changing.iter().for_each(|&at| found.push(response.routes.of(LegId::new(at))));
    merge(routes.first.len() - 1, &legs, &found, |leg| routes.of(leg))
}

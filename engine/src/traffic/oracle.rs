//! The slow, obvious queue model: every link and node is looked at in every second, queues are queues,
//! accounts are credited second by second. The fast one must say the same events.

use super::link::{Attributes, ONE, WAVE_MPS};
use super::{Config, Dynamics};
use crate::draw::{Purpose, draw};
use crate::event::{Event, Kind};
use crate::id::{LegId, LinkId, PersonId};
use crate::network::{Change, Network, Signal};
use crate::trip::{Legs, Routes};
use crate::unit::CELL_M;
use crate::vehicle::Class;
use std::collections::VecDeque;

#[derive(Default)]
struct Road {
    waiting: VecDeque<usize>,
    /// Person, route position, earliest exit.
    queue: VecDeque<(usize, usize, u32)>,
    /// Person, route position.
    buffer: VecDeque<(usize, usize)>,
    flow: i64,
    rate: i64,
    storage: i64,
    closed: bool,
    moved_s: u32,
    signal: Signal,
    inflow: i64,
    inflow_rate: i64,
    /// When each arrives, and its size.
    holes: VecDeque<(f64, i64)>,
}

enum Stage {
    Activity { depart_s: u32 },
    Leg { leg: LegId, arrive_s: Option<u32> },
    Done,
}

struct Day<'a> {
    network: &'a Network,
    legs: &'a Legs,
    routes: &'a Routes,
    config: &'a Config,
    attributes: Vec<Attributes>,
    roads: Vec<Road>,
    stages: Vec<Stage>,
    next_leg: Vec<u32>,
    events: Vec<Event>,
}

/// The events of a day.
pub(super) fn run(
    network: &Network,
    legs: &Legs,
    routes: &Routes,
    changes: &[Change],
    config: &Config,
) -> Vec<Event> {
    let mut day = Day {
        network,
        legs,
        routes,
        config,
        attributes: network.links.iter().map(Attributes::of).collect(),
        roads: network
            .links
            .iter()
            .map(|_| Road { inflow: ONE, signal: Signal::NONE, ..Road::default() })
            .collect(),
        stages: Vec::new(),
        next_leg: legs.first.clone(),
        events: Vec::new(),
    };
    for link in 0..network.links.len() {
        day.set_numbers(link);
    }
    for person in 0..legs.n_persons() {
        day.stages.push(Stage::Done);
        day.stay(person, 0);
    }
    for now_s in 0..config.end_s {
        for change in changes.iter().filter(|change| change.time_s == now_s) {
            day.change(change);
        }
        (0..legs.n_persons()).for_each(|person| day.serve_person(person, now_s));
        (0..network.nodes.len()).for_each(|node| day.serve_node(node, now_s));
        (0..network.links.len()).for_each(|link| day.serve_link(link, now_s));
    }
    day.abort();
    day.events.sort();
    day.events
}

impl Day<'_> {
    fn say(&mut self, time_s: u32, person: usize, kind: Kind, link: usize) {
        self.events.push(Event { time_s, person: PersonId::new(person), kind, link: LinkId::new(link) });
    }

    fn set_numbers(&mut self, link: usize) {
        let (of, row, road) = (&self.attributes[link], &self.network.links[link], &mut self.roads[link]);
        road.rate = of.rate(self.config.sample);
        road.flow = road.rate;
        road.storage = of.storage_pce(row, self.config);
        let inflow_vps = of.lanes / CELL_M / (1.0 / WAVE_MPS + 1.0 / row.freespeed_mps) * self.config.sample;
        road.inflow_rate = (inflow_vps * ONE as f64).max(1.0) as i64;
    }

    fn change(&mut self, change: &Change) {
        let (of, road) = (&mut self.attributes[change.link.index()], &mut self.roads[change.link.index()]);
        if let Some(capacity_vph) = change.capacity_vph {
            road.closed = capacity_vph == 0.0;
            if !road.closed {
                of.capacity_vph = capacity_vph;
            }
        }
        of.freespeed_mps = change.freespeed_mps.unwrap_or(of.freespeed_mps);
        of.lanes = change.lanes.unwrap_or(of.lanes);
        road.signal = change.signal.unwrap_or(road.signal);
        self.set_numbers(change.link.index());
    }

    /// An activity begins (or the day does, where `arrived_s` is 0 and the first leg has no dwell).
    fn stay(&mut self, person: usize, arrived_s: u32) {
        let leg = self.next_leg[person];
        self.stages[person] = if leg == self.legs.first[person + 1] {
            Stage::Done
        } else {
            let dwell_s = self.legs.dwell_s[leg as usize];
            let first = leg == self.legs.first[person];
            let earliest_s = if first { 0 } else { arrived_s + dwell_s.max(1) };
            Stage::Activity { depart_s: self.legs.depart_s[leg as usize].max(earliest_s) }
        };
    }

    fn serve_person(&mut self, person: usize, now_s: u32) {
        match self.stages[person] {
            Stage::Activity { depart_s } if depart_s == now_s => {
                let leg = LegId(self.next_leg[person]);
                self.next_leg[person] += 1;
                let from = self.legs.from[leg.index()].index();
                let car = self.legs.drives(leg);
                self.say(now_s, person, if car { Kind::Depart } else { Kind::DepartTeleported }, from);
                let mut arrive_s = (!car).then(|| now_s + self.legs.teleport_s[leg.index()].max(1));
                if car && self.routes.of(leg).len() == 1 {
                    self.say(now_s, person, Kind::EnterTraffic, from);
                    arrive_s = Some(now_s + 1);
                } else if car {
                    self.roads[from].waiting.push_back(person);
                }
                self.stages[person] = Stage::Leg { leg, arrive_s };
            }
            Stage::Leg { leg, arrive_s: Some(arrive_s) } if arrive_s == now_s => {
                let car = self.legs.drives(leg);
                let kind = if car { Kind::Arrive } else { Kind::ArriveTeleported };
                self.say(now_s, person, kind, self.legs.to[leg.index()].index());
                self.stay(person, now_s);
            }
            _ => {}
        }
    }

    fn route(&self, person: usize) -> &[LinkId] {
        match self.stages[person] {
            Stage::Leg { leg, .. } => self.routes.of(leg),
            _ => panic!("person {person} is not on the way"),
        }
    }

    fn serve_node(&mut self, node: usize, now_s: u32) {
        let inbound = (0..self.roads.len()).filter(|&link| self.network.links[link].to.index() == node);
        let mut left: Vec<usize> = inbound.filter(|&link| self.offers(link, now_s)).collect();
        let mut stream = draw(self.config.seed, Purpose::NodeOrder, node as u64, now_s);
        while !left.is_empty() {
            let mut place = 0;
            if left.len() > 1 {
                let total: u64 = left.iter().map(|&link| self.roads[link].rate as u64).sum();
                let word = u64::from(stream.word()) << 32 | u64::from(stream.word());
                let pick = (u128::from(word) * u128::from(total)) >> 64;
                let mut sum = 0;
                place = left
                    .iter()
                    .position(|&link| {
                        sum += self.roads[link].rate as u128;
                        pick < sum
                    })
                    .unwrap();
            }
            let link = left.remove(place);
            while !self.roads[link].buffer.is_empty() && self.move_first(link, now_s) {}
        }
    }

    fn offers(&self, link: usize, now_s: u32) -> bool {
        !self.roads[link].buffer.is_empty() && self.roads[link].signal.wait_s(now_s) == 0
    }

    /// The class of the vehicle that a person drives.
    fn class(&self, person: usize) -> &Class {
        match self.stages[person] {
            Stage::Leg { leg, .. } => self.legs.classes.get(self.legs.vehicle[leg.index()]),
            _ => panic!("person {person} is not on the way"),
        }
    }

    /// Size of the vehicle that a person drives, 2^-32 passenger-car equivalents.
    fn pce(&self, person: usize) -> i64 {
        (self.class(person).pce * ONE as f64) as i64
    }

    fn accepts(&self, link: usize) -> bool {
        let road = &self.roads[link];
        let mut held: i64 = road.queue.iter().map(|&(person, ..)| self.pce(person)).sum();
        if self.config.dynamics == Dynamics::KinematicWaves {
            held += road.holes.iter().map(|&(_, pce)| pce).sum::<i64>();
        }
        let inflow = self.config.dynamics == Dynamics::Queue || road.inflow > 0;
        !road.closed && inflow && held < road.storage
    }

    /// Whole seconds for a link at the lower of its speed and the vehicle's.
    fn free_s(&self, person: usize, link: usize) -> u32 {
        let speed_mps = self.attributes[link].freespeed_mps.min(self.class(person).top_speed_mps);
        (self.network.links[link].length_m / speed_mps) as u32
    }

    fn move_first(&mut self, link: usize, now_s: u32) -> bool {
        let (person, at) = self.roads[link].buffer[0];
        let to = self.route(person)[at + 1].index();
        let mut kind = Kind::Enter;
        let green_s = self.roads[link].signal.green_since_s(now_s);
        if !self.accepts(to) {
            if self.roads[to].closed || now_s - self.roads[link].moved_s.max(green_s) <= self.config.stuck_s {
                return false;
            }
            kind = Kind::Push;
        }
        self.roads[link].buffer.pop_front();
        self.roads[link].moved_s = now_s;
        self.say(now_s, person, kind, to);
        let (pce, free_s) = (self.pce(person), self.free_s(person, to));
        let road = &mut self.roads[to];
        road.inflow -= pce;
        road.queue.push_back((person, at + 1, now_s + free_s));
        true
    }

    fn serve_link(&mut self, link: usize, now_s: u32) {
        let road = &mut self.roads[link];
        if road.inflow < road.inflow_rate {
            road.inflow = (road.inflow + road.inflow_rate).min(road.inflow_rate);
        }
        while road.holes.front().is_some_and(|&(arrive_s, _)| arrive_s < f64::from(now_s)) {
            road.holes.pop_front();
        }
        if road.buffer.is_empty() && road.flow < road.rate {
            road.flow = (road.flow + road.rate).min(road.rate);
        }
        while self.roads[link].flow > 0 && !self.roads[link].closed {
            let Some(person) = self.roads[link].waiting.pop_front() else { break };
            self.say(now_s, person, Kind::EnterTraffic, link);
            self.let_pass(link, person, 0, now_s);
        }
        while let Some(&(person, at, exit_s)) = self.roads[link].queue.front() {
            let arrives = at + 1 == self.route(person).len();
            if exit_s > now_s || !arrives && self.roads[link].flow <= 0 {
                break;
            }
            self.roads[link].queue.pop_front();
            let hole_s = f64::from(now_s) + self.network.links[link].length_m / WAVE_MPS;
            let pce = self.pce(person);
            self.roads[link].holes.push_back((hole_s, pce));
            if arrives {
                self.say(now_s, person, Kind::Arrive, link);
                self.stay(person, now_s);
            } else {
                self.let_pass(link, person, at, now_s);
            }
        }
    }

    fn let_pass(&mut self, link: usize, person: usize, at: usize, now_s: u32) {
        let pce = self.pce(person);
        let road = &mut self.roads[link];
        road.flow -= pce;
        road.buffer.push_back((person, at));
        if road.buffer.len() == 1 {
            road.moved_s = now_s;
        }
    }

    fn abort(&mut self) {
        for person in 0..self.stages.len() {
            if !matches!(self.stages[person], Stage::Leg { .. }) {
                continue;
            }
            let holds = |road: &Road| {
                road.waiting.contains(&person)
                    || road.buffer.iter().any(|v| v.0 == person)
                    || road.queue.iter().any(|v| v.0 == person)
            };
            let link = self.roads.iter().position(holds).map_or(LinkId::NONE, LinkId::new);
            let (time_s, person) = (self.config.end_s, PersonId::new(person));
            self.events.push(Event { time_s, person, kind: Kind::Abort, link });
        }
    }
}

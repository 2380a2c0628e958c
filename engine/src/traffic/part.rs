//! A part of the network with all that is on it: what one thread or process runs.
//!
//! Links and nodes are in `roads.rs`, persons in `crowd.rs`, what is written down in `record.rs`; the rules of a
//! second are in `tick.rs`. A part never looks at another part: with the same messages it does the same, wherever
//! it runs.

use super::World;
use super::crowd::{Crowd, Stage};
use super::post::{Message, Post};
use super::record::Record;
use super::roads::Roads;
use super::vehicle::{NIL, Vehicle};
use crate::event::Kind;

/// A part of the network, its vehicles and persons. Each second it runs [`Part::tick`], sends what lies in
/// [`Part::post`], and takes what the others sent with [`Part::receive`]. Nothing else connects parts.
#[derive(Debug)]
pub struct Part {
    pub(super) index: usize,
    pub(super) roads: Roads,
    pub(super) crowd: Crowd,
    pub(super) record: Record,
    /// Messages of this second.
    pub post: Post,
    /// Changes of the day that were made.
    pub(super) n_changes: usize,
    /// Persons who are due in this second; memory that is used again.
    pub(super) due: Vec<u32>,
    /// Links that offer a vehicle to the node that decides now; memory that is used again.
    pub(super) offers: Vec<u32>,
}

impl Part {
    /// Part `index` at midnight. With `listens` it keeps the events of each second.
    pub fn new(world: &World, index: usize, listens: bool) -> Self {
        let mut part = Self::empty(world, index, listens);
        part.crowd.wake_up(world, index);
        part
    }

    /// The part without persons.
    pub(super) fn empty(world: &World, index: usize, listens: bool) -> Self {
        let roads = Roads::new(world, index);
        let record = Record::new(world.config, roads.links.len(), roads.n_own, listens);
        let (post, crowd) = (Post::new(world.layout.n_parts()), Crowd::new(world));
        Self { index, roads, crowd, record, post, n_changes: 0, due: Vec::new(), offers: Vec::new() }
    }

    /// Persons who are on the way or will be, those among the messages included.
    ///
    /// The day ends when the sum over all parts is zero; a person between two parts is counted by the one that
    /// sends.
    pub fn n_active(&self) -> usize {
        self.crowd.agenda.n + self.crowd.n_driving + self.post.n_persons
    }

    /// Events of this second as sortable words, sorted.
    pub fn words(&self) -> &[u64] {
        &self.record.words
    }

    /// Lives one second: changes → depart → nodes decide → links let leave and arrive.
    pub fn tick(&mut self, world: &World, now_s: u32) {
        self.post.n_persons = 0;
        self.record.start_second(now_s);
        self.roads.start_second(now_s);
        while let Some(change) = world.changes.get(self.n_changes).filter(|change| change.time_s <= now_s) {
            self.roads.change(world, change, now_s);
            self.n_changes += 1;
        }
        self.depart(world, now_s);
        self.decide_nodes(world, now_s);
        self.serve_links(world, now_s);
        self.record.sort();
    }

    /// Takes the messages that another part wrote in second `now_s`, after this part lived it.
    ///
    /// What arrives enters the queue as if it had been moved here in the node phase of `now_s`; it may leave the
    /// queue in the next second at the earliest, which is exact because a cut link takes a vehicle at least a
    /// second to drive.
    pub fn receive(&mut self, world: &World, messages: &[Message], now_s: u32) {
        for &message in messages {
            match message {
                Message::Enter { link, person, leg, at, exit_s } => {
                    let place = self.roads.place[link as usize];
                    self.crowd.set_leg(world, person, leg);
                    self.crowd.stage[person as usize] = Stage::Traffic;
                    self.crowd.n_driving += 1;
                    let next = self.roads.after(world, at);
                    self.enter(world, place, Vehicle { person, at, next, enter_s: now_s, exit_s }, now_s);
                }
                Message::Left { link, n, pce } => {
                    let place = self.roads.place[link as usize];
                    let (before, _) = self.roads.room(place);
                    self.roads.links[place as usize].n_queue -= n;
                    self.roads.take_space(place, -pce);
                    self.roads.places_came_free(place, before, now_s);
                }
                Message::Stay { person, leg, depart_s } => {
                    self.crowd.set_leg(world, person, leg);
                    self.crowd.agenda.put(person, depart_s);
                }
            }
        }
    }

    /// Puts a vehicle into the queue of an own link.
    #[inline]
    pub(super) fn enter(&mut self, world: &World, place: u32, vehicle: Vehicle, now_s: u32) {
        self.roads.take_space(place, self.crowd.pce(world, vehicle.person));
        let state = &mut self.roads.links[place as usize];
        self.roads.rings.push_queue(state, vehicle);
        if state.n_queue == 1 {
            self.roads.wake_link(place, vehicle.exit_s, now_s);
        }
    }

    /// Ends the day: who is still on the way is aborted where it is. The events are in [`Part::words`].
    ///
    /// A person on a leg without a road is on no link. The number of persons aborted is returned.
    pub fn abort(&mut self) -> u64 {
        self.record.words.clear();
        let mut place = vec![NIL; self.crowd.stage.len()];
        for (link, state) in self.roads.links[..self.roads.n_own].iter().enumerate() {
            for at in 0..u32::from(state.n_buffer) + state.n_queue {
                place[self.roads.rings.get(state, at).person as usize] = state.id;
            }
            let mut person = self.roads.waiting[link].0;
            while person != NIL {
                place[person as usize] = state.id;
                person = self.crowd.agenda.next[person as usize];
            }
        }
        let mut n_aborted = 0;
        for (person, &stage) in self.crowd.stage.iter().enumerate() {
            if stage != Stage::Activity {
                self.record.say(person as u32, Kind::Abort, place[person]);
                n_aborted += 1;
            }
        }
        n_aborted
    }

    /// Adds what was written down since the last time to `outcome`.
    pub fn pour(&mut self, outcome: &mut super::Outcome) {
        self.record.pour(&self.roads.links, outcome);
    }
}

impl Roads {
    /// Place of the link after route element `at`; [`NIL`] at the end.
    #[inline]
    pub(super) fn after(&self, world: &World, at: u32) -> u32 {
        let link = world.next_link(at);
        if link.is_some() { self.place[link.index()] } else { NIL }
    }
}

//! The state of a day between two seconds, in an order that knows no parts: what a checkpoint holds.
//!
//! What is derived is not kept: free-flow seconds, storage and rates follow from the attributes in force, calendars
//! and offers from who is where. [`Part::thaw`] makes them again and lets every link look at itself in the next
//! second. A new field of a link, vehicle or person that the day changes must be added here, in `check.rs` and in
//! `checkpoint/day.rs`; the test `cuts_and_pauses_change_nothing` finds what was forgotten.

mod check;

use super::World;
use super::crowd::Stage;
use super::link::{CLOSED, Hole};
use super::part::Part;
use super::vehicle::{NIL, Vehicle};
use super::{Dynamics, Outcome};
use crate::network::Signal;

/// A link between two seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FrozenLink {
    /// Flow account, 2^-32 vehicles, and the second up to which it is credited.
    pub flow: i64,
    /// See [`FrozenLink::flow`].
    pub flow_s: u32,
    /// Second in which the first vehicle of the buffer came to be first.
    pub moved_s: u32,
    /// Whether nobody may enter.
    pub closed: bool,
    /// Flow capacity in force, vehicles per hour.
    pub capacity_vph: f64,
    /// Speed in force, metres per second.
    pub freespeed_mps: f64,
    /// Lanes in force.
    pub lanes: f64,
    /// Signal in force: cycle, offset, green, seconds.
    pub signal: [u16; 3],
    /// Vehicles in the buffer.
    pub n_buffer: u32,
    /// Inflow account of kinematic waves, 2^-32 vehicles, and the second up to which it is credited.
    pub inflow: i64,
    /// See [`FrozenLink::inflow`].
    pub inflow_s: u32,
}

/// A vehicle between two seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrozenVehicle {
    /// Link it is on.
    pub link: u32,
    /// Who drives.
    pub person: u32,
    /// Where the route stands: index of the present link in `Routes::links`.
    pub at: u32,
    /// When it entered, seconds; `u32::MAX` when it came from parking.
    pub enter_s: u32,
    /// Earliest second at which it can leave the queue.
    pub exit_s: u32,
}

/// Free places on their way from the end of a link to its start (kinematic waves).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrozenHole {
    /// The link.
    pub link: u32,
    /// Second at which they arrive.
    pub arrive_s: u32,
    /// Their size, 2^-32 passenger-car equivalents.
    pub pce: i64,
}

/// A person who is on the way or will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrozenPerson {
    /// Who.
    pub person: u32,
    /// Present leg; at an activity the next one.
    pub leg: u32,
    /// 0 at an activity, 1 in traffic or waiting for it, 2 on a leg that needs no road.
    pub stage: u8,
    /// When it departs or arrives, seconds; `u32::MAX` in traffic.
    pub due_s: u32,
}

/// A day between two seconds. The same day frozen at the same second is the same value, however it was cut.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frozen {
    /// The next second to live.
    pub next_s: u32,
    /// What was written down so far.
    pub outcome: Outcome,
    /// All links.
    pub links: Vec<FrozenLink>,
    /// Vehicles by link; on a link first the buffer, then the queue, in the order in which they leave.
    pub vehicles: Vec<FrozenVehicle>,
    /// Link and person who waits beside it, in their order.
    pub waiting: Vec<(u32, u32)>,
    /// Free places by link, on a link in the order in which they arrive.
    pub holes: Vec<FrozenHole>,
    /// Persons by number.
    pub persons: Vec<FrozenPerson>,
}

impl Frozen {
    /// An empty state for [`Part::freeze`].
    pub(super) fn empty(world: &World, next_s: u32, outcome: Outcome) -> Self {
        let links = vec![FrozenLink::default(); world.network.links.len()];
        Self { next_s, outcome, links, ..Self::default() }
    }

    /// Adds what another process wrote down, its outcome apart. Of a link one process knows the end, one the start.
    pub(super) fn join(&mut self, other: Self) {
        for (link, other) in self.links.iter_mut().zip(other.links) {
            let inflow = (link.inflow + other.inflow, link.inflow_s + other.inflow_s);
            // A process that does not own the end of a link leaves all of it at zero, one that does not own the start
            // leaves the inflow at zero: of the two terms of each sum below at most one is not zero.
            if other.capacity_vph > 0.0 {
                *link = other;
            }
            (link.inflow, link.inflow_s) = inflow;
        }
        self.vehicles.extend(other.vehicles);
        self.waiting.extend(other.waiting);
        self.holes.extend(other.holes);
        self.persons.extend(other.persons);
    }

    /// Brings what the parts wrote into an order that does not tell them. Stable: the order on a link is theirs.
    pub(super) fn sort(&mut self) {
        self.vehicles.sort_by_key(|vehicle| vehicle.link);
        self.waiting.sort_by_key(|&(link, _)| link);
        self.holes.sort_by_key(|hole| hole.link);
        self.persons.sort_by_key(|person| person.person);
    }
}

impl Part {
    /// Writes the state after a second down, with what was recorded so far.
    pub(super) fn freeze(&mut self, into: &mut Frozen) {
        self.pour(&mut into.outcome);
        let roads = &self.roads;
        for (place, state) in roads.links.iter().enumerate() {
            let frozen = &mut into.links[state.id as usize];
            if roads.from[place] != NIL
                && let Some(wave) = roads.waves.get(place)
            {
                (frozen.inflow, frozen.inflow_s) = (wave.inflow, wave.inflow_s);
                let frozen =
                    |hole: &Hole| FrozenHole { link: state.id, arrive_s: hole.arrive_s, pce: hole.pce };
                into.holes.extend(wave.holes.iter().map(frozen));
            }
            if place >= roads.n_own {
                continue;
            }
            let attributes = &roads.attributes[place];
            (frozen.flow, frozen.flow_s, frozen.moved_s) = (state.flow, state.flow_s, state.moved_s);
            (frozen.closed, frozen.n_buffer) = (state.is(CLOSED), u32::from(state.n_buffer));
            frozen.capacity_vph = attributes.capacity_vph;
            (frozen.freespeed_mps, frozen.lanes) = (attributes.freespeed_mps, attributes.lanes);
            let Signal { cycle_s, offset_s, green_s } = attributes.signal;
            frozen.signal = [cycle_s, offset_s, green_s];
            for at in 0..u32::from(state.n_buffer) + state.n_queue {
                let &Vehicle { person, at, enter_s, exit_s, .. } = roads.rings.get(state, at);
                into.vehicles.push(FrozenVehicle { link: state.id, person, at, enter_s, exit_s });
                into.persons.push(self.person(person, NIL));
            }
            let mut person = roads.waiting[place].0;
            while person != NIL {
                into.waiting.push((state.id, person));
                into.persons.push(self.person(person, NIL));
                person = self.crowd.agenda.next[person as usize];
            }
        }
        let listed = self.crowd.agenda.listed(into.next_s);
        into.persons.extend(listed.map(|(person, due_s)| self.person(person, due_s)));
    }

    /// A person of this part, who departs or arrives at `due_s`.
    fn person(&self, person: u32, due_s: u32) -> FrozenPerson {
        let at = person as usize;
        FrozenPerson { person, leg: self.crowd.leg[at], stage: self.crowd.stage[at] as u8, due_s }
    }

    /// The part in a frozen state. Every link with somebody on it and every node with an offer is looked at in the
    /// next second: to look too early changes nothing.
    pub(super) fn thaw(world: &World, index: usize, listens: bool, frozen: &Frozen) -> Self {
        let mut part = Self::empty(world, index, listens);
        let now_s = frozen.next_s - 1;
        part.record.start_second(now_s);
        part.n_changes = world.changes.partition_point(|change| change.time_s <= now_s);
        for place in 0..part.roads.links.len() {
            part.thaw_link(world, place, frozen);
        }
        for person in &frozen.persons {
            part.thaw_person(world, person);
        }
        for vehicle in &frozen.vehicles {
            part.thaw_vehicle(world, vehicle, &frozen.links[vehicle.link as usize]);
        }
        for &(link, person) in &frozen.waiting {
            let place = part.roads.place[link as usize];
            if (place as usize) < part.roads.n_own {
                part.queue_up(place, person);
                part.crowd.n_driving += 1;
                part.crowd.stage[person as usize] = Stage::Traffic;
            }
        }
        for &FrozenHole { link, arrive_s, pce } in &frozen.holes {
            let place = part.roads.place[link as usize];
            if let Some(wave) = part.roads.waves.get_mut(place as usize) {
                wave.add_hole(Hole { arrive_s, pce });
            }
        }
        part.look_everywhere(frozen, now_s);
        part
    }

    /// Gives a link, a stand-in too, its attributes, accounts and flags back.
    fn thaw_link(&mut self, world: &World, place: usize, frozen: &Frozen) {
        let roads = &mut self.roads;
        let id = roads.links[place].id as usize;
        let (from, row) = (&frozen.links[id], &world.network.links[id]);
        let attributes = &mut roads.attributes[place];
        attributes.capacity_vph = from.capacity_vph;
        (attributes.freespeed_mps, attributes.lanes) = (from.freespeed_mps, from.lanes);
        let [cycle_s, offset_s, green_s] = from.signal;
        attributes.signal = Signal { cycle_s, offset_s, green_s };
        let state = &mut roads.links[place];
        attributes.apply(state, row, world.config);
        (state.flow, state.flow_s) = (from.flow, from.flow_s);
        state.set(CLOSED, from.closed);
        if let Some(space) = roads.spaces.get_mut(place) {
            space.storage = attributes.storage_pce(row, world.config);
        }
        if world.config.dynamics == Dynamics::KinematicWaves {
            let mut wave = super::link::Wave::new(attributes, row, world.config.sample);
            (wave.inflow, wave.inflow_s) = (from.inflow, from.inflow_s);
            roads.waves[place] = wave;
        }
    }

    /// Gives a person the leg and, outside traffic, the place on the agenda. A driver's place follows from its
    /// vehicle or its place in a waiting list.
    fn thaw_person(&mut self, world: &World, from: &FrozenPerson) {
        let at = from.person as usize;
        self.crowd.set_leg(world, from.person, from.leg);
        let stage = Stage::ALL[usize::from(from.stage)];
        if stage == Stage::Traffic {
            return;
        }
        // Who is on a leg without roads stays where the leg began.
        if world.part_of_leg(from.leg) == self.index {
            self.crowd.stage[at] = stage;
            self.crowd.agenda.put(from.person, from.due_s);
        }
    }

    /// Puts a vehicle where it was: the first `n_buffer` of a link into its buffer, the others into its queue, in
    /// the order in which they come.
    fn thaw_vehicle(&mut self, world: &World, from: &FrozenVehicle, link: &FrozenLink) {
        let &FrozenVehicle { person, at, enter_s, exit_s, .. } = from;
        let place = self.roads.place[from.link as usize];
        if place == NIL {
            return;
        }
        let vehicle = Vehicle { person, at, next: self.roads.after(world, at), enter_s, exit_s };
        let n_own = self.roads.n_own;
        let in_queue = u32::from(self.roads.links[place as usize].n_buffer) >= link.n_buffer;
        if in_queue {
            self.roads.take_space(place, self.crowd.pce(world, person));
        }
        let state = &mut self.roads.links[place as usize];
        if place as usize >= n_own {
            // A stand-in counts its queue only; vehicles of the buffer come first.
            if in_queue {
                state.n_queue += 1
            } else {
                state.n_buffer += 1
            }
            return;
        }
        if in_queue {
            self.roads.rings.push_queue(state, vehicle);
        } else {
            self.roads.rings.push_buffer(state, vehicle);
        }
        self.crowd.n_driving += 1;
        self.crowd.stage[person as usize] = Stage::Traffic;
    }

    /// Puts every own link on the calendar of the next second and every buffer with a vehicle on offer, which sets
    /// the moment from which the first vehicle counts as stuck: that is then put right.
    fn look_everywhere(&mut self, frozen: &Frozen, now_s: u32) {
        for place in 0..self.roads.links.len() {
            let state = &mut self.roads.links[place];
            if place >= self.roads.n_own {
                state.n_buffer = 0;
                continue;
            }
            let (offers, id) = (state.n_buffer > 0, state.id as usize);
            if offers {
                self.roads.offer(place as u32, now_s);
            }
            self.roads.links[place].moved_s = frozen.links[id].moved_s;
            self.roads.wake_link(place as u32, now_s + 1, now_s);
        }
    }
}

//! One second of the day: depart → nodes decide and move → links let leave and arrive → record.
//!
//! The order is QSim's. A node sees what the links looked like at the end of the second before, and
//! only it moves vehicles out of its inbound buffers and into its outbound queues; a link then moves
//! vehicles from parking and from its queue into its buffer. Neither nodes among themselves nor links
//! among themselves can therefore influence each other inside a second.

use super::calendar::Agenda;
use super::roads::{AHEAD, Roads};
use super::vehicle::{NIL, Vehicle};
use super::{Config, Outcome};
use crate::draw::{Purpose, draw};
use crate::event::{Event, Kind, Sink};
use crate::id::{LegId, LinkId, PersonId};
use crate::mode::Mode;
use crate::trip::{Legs, Moved, Routes};

/// Events of a second as sortable words: person (32 bits), kind (3), link (29).
const LINK_BITS: u32 = 29;
/// Most links a network can have: one less than 2^29.
pub(super) const MAX_LINKS: usize = (1 << LINK_BITS) - 1;
const NO_LINK: u64 = MAX_LINKS as u64;

/// Where a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// At an activity.
    Activity,
    /// In traffic or waiting to get in.
    Traffic,
    /// On a leg that needs no road.
    Teleported,
}

/// Everybody's legs, and where each stands.
#[derive(Debug)]
pub(super) struct Crowd<'a> {
    pub legs: &'a Legs,
    pub routes: &'a Routes,
    /// One bit for each element of `routes.links`: the last of its route. 1/32 of the routes, so that
    /// it stays in the cache where the ends of the routes would not.
    ends: Vec<u64>,
    /// Present leg of each person.
    pub leg: Vec<u32>,
    pub stage: Vec<Stage>,
    pub agenda: Agenda,
    /// Persons in traffic.
    pub n_driving: usize,
}

impl<'a> Crowd<'a> {
    pub fn new(legs: &'a Legs, routes: &'a Routes, end_s: u32) -> Self {
        let mut ends = vec![0u64; routes.links.len().div_ceil(64)];
        for bounds in routes.first.windows(2) {
            if bounds[0] < bounds[1] {
                let last = bounds[1] - 1;
                ends[last as usize / 64] |= 1 << (last % 64);
            }
        }
        let n = legs.n_persons();
        let mut agenda = Agenda::new(n, end_s);
        let leg: Vec<u32> = legs.first.iter().take(n).copied().collect();
        for (person, (&first, &end)) in leg.iter().zip(legs.first.iter().skip(1)).enumerate() {
            if first < end {
                agenda.put(person as u32, legs.depart_s[first as usize]);
            }
        }
        Self { legs, routes, ends, leg, stage: vec![Stage::Activity; n], agenda, n_driving: 0 }
    }

    /// The route element after `at`; [`NIL`] at the end.
    #[inline]
    fn next_link(&self, at: u32) -> u32 {
        let at = at as usize;
        if self.ends[at / 64] >> (at % 64) & 1 == 1 { NIL } else { self.routes.links[at + 1].0 }
    }
}

/// What is written down.
#[derive(Debug)]
pub(super) struct Record {
    pub outcome: Outcome,
    words: Vec<u64>,
    events: Vec<Event>,
    /// The bin of this second and its first second.
    bin: usize,
    bin_start_s: u32,
    /// By link, of this bin: left, entered, sum of travel times. One cache line a move where the
    /// bins of the outcome would take three.
    counts: Vec<[u32; 3]>,
}

impl Record {
    pub fn new(outcome: Outcome) -> Self {
        let counts = vec![[0; 3]; outcome.bins.n_links];
        Self { outcome, words: Vec::new(), events: Vec::new(), bin: 0, bin_start_s: 0, counts }
    }

    fn start_second(&mut self, now_s: u32) {
        let bin = self.outcome.bins.bin(now_s);
        if bin != self.bin {
            self.finish_bin();
            self.bin = bin;
            self.bin_start_s = now_s;
        }
    }

    /// Adds the counts of the bin to the outcome.
    pub fn finish_bin(&mut self) {
        let bins = &mut self.outcome.bins;
        let start = self.bin * bins.n_links;
        for (link, counts) in self.counts.iter_mut().enumerate().filter(|(_, counts)| counts[0] > 0) {
            bins.left[start + link] += counts[0];
            bins.entered[start + link] += counts[1];
            bins.time_sum_s[start + link] += counts[2];
            *counts = [0; 3];
        }
    }

    #[inline]
    fn say(&mut self, person: u32, kind: Kind, link: u32) {
        let link = u64::from(link).min(NO_LINK);
        self.words.push(u64::from(person) << 32 | (kind as u64) << LINK_BITS | link);
    }

    /// A vehicle leaves `link` over its end node.
    #[inline]
    fn leave(&mut self, link: u32, enter_s: u32, now_s: u32) {
        let counts = &mut self.counts[link as usize];
        counts[0] += 1;
        if enter_s == NIL {
            return;
        }
        if enter_s >= self.bin_start_s {
            counts[1] += 1;
            counts[2] += now_s - enter_s;
        } else {
            let bins = &mut self.outcome.bins;
            let at = bins.bin(enter_s) * bins.n_links + link as usize;
            bins.entered[at] += 1;
            bins.time_sum_s[at] += now_s - enter_s;
        }
    }

    /// Hands the events of a second over, in the total order.
    pub fn finish_second(&mut self, now_s: u32, sink: &mut dyn Sink) -> crate::Result<()> {
        if self.words.is_empty() {
            return Ok(());
        }
        self.words.sort_unstable();
        self.events.clear();
        self.events.extend(self.words.drain(..).map(|word| Event {
            time_s: now_s,
            person: PersonId((word >> 32) as u32),
            kind: Kind::ALL[(word >> LINK_BITS & 7) as usize],
            link: match word & NO_LINK {
                NO_LINK => LinkId::NONE,
                link => LinkId(link as u32),
            },
        }));
        sink.second(&self.events)
    }
}

/// Lets the persons of this second arrive (who does not drive) and depart, lowest number first.
pub(super) fn depart(
    roads: &mut Roads,
    crowd: &mut Crowd,
    record: &mut Record,
    due: &mut Vec<u32>,
    now_s: u32,
) {
    record.start_second(now_s);
    crowd.agenda.take(now_s, due);
    for &person in due.iter() {
        match crowd.stage[person as usize] {
            Stage::Teleported => {
                let leg = crowd.leg[person as usize] as usize;
                let drives = crowd.legs.mode[leg] == Mode::Car;
                let kind = if drives { Kind::Arrive } else { Kind::ArriveTeleported };
                record.say(person, kind, crowd.legs.to[leg].0);
                arrive(crowd, record, person, now_s);
            }
            _ => start_leg(roads, crowd, record, person, now_s),
        }
    }
}

fn start_leg(roads: &mut Roads, crowd: &mut Crowd, record: &mut Record, person: u32, now_s: u32) {
    let leg = LegId(crowd.leg[person as usize]);
    record.outcome.moved[leg.index()].depart_s = now_s;
    record.outcome.n_departed += 1;
    let drives = crowd.legs.mode[leg.index()] == Mode::Car;
    let from = crowd.legs.from[leg.index()].0;
    record.say(person, if drives { Kind::Depart } else { Kind::DepartTeleported }, from);
    let needs_road = drives && crowd.routes.of(leg).len() > 1;
    if needs_road {
        crowd.stage[person as usize] = Stage::Traffic;
        crowd.n_driving += 1;
        crowd.agenda.next[person as usize] = NIL;
        let (first, last) = &mut roads.waiting[from as usize];
        match *last {
            NIL => *first = person,
            last => crowd.agenda.next[last as usize] = person,
        }
        *last = person;
        roads.wake_link(from, now_s, now_s);
        return;
    }
    // Who drives to another place on the same link passes no node and no flow capacity: one second.
    let travel_s = if drives { 1 } else { crowd.legs.teleport_s[leg.index()].max(1) };
    if drives {
        record.say(person, Kind::EnterTraffic, from);
    }
    crowd.stage[person as usize] = Stage::Teleported;
    crowd.agenda.put(person, now_s.saturating_add(travel_s));
}

/// Ends a leg and puts the next one on the agenda, a second later at the earliest.
fn arrive(crowd: &mut Crowd, record: &mut Record, person: u32, now_s: u32) {
    let leg = crowd.leg[person as usize];
    record.outcome.moved[leg as usize].arrive_s = now_s;
    record.outcome.n_arrived += 1;
    crowd.stage[person as usize] = Stage::Activity;
    let next = leg + 1;
    crowd.leg[person as usize] = next;
    if next < crowd.legs.first[person as usize + 1] {
        let dwell_s = crowd.legs.dwell_s[next as usize].max(1);
        let depart_s = crowd.legs.depart_s[next as usize].max(now_s.saturating_add(dwell_s));
        crowd.agenda.put(person, depart_s);
    }
}

/// Lets every node that has something to do serve its inbound links in an order drawn by capacity
/// (QSim: without replacement, probability proportional to capacity). The draw belongs to the node and
/// the second, so that no other node and no thread can change it.
pub(super) fn decide_nodes(
    roads: &mut Roads,
    crowd: &Crowd,
    record: &mut Record,
    config: &Config,
    offers: &mut Vec<u32>,
    now_s: u32,
) {
    for index in 0..roads.ready.len() {
        if index % AHEAD == 0 {
            look_ahead(roads, crowd, index);
        }
        let node = roads.ready[index];
        offers.clear();
        let mut link = std::mem::replace(&mut roads.nodes[node as usize].offer, NIL);
        while link != NIL {
            offers.push(link);
            link = roads.links[link as usize].offer_next;
        }
        let mut stuck_s = NIL;
        if let [only] = offers[..] {
            move_link(roads, crowd, record, config, only, &mut stuck_s, now_s);
        } else if !offers.is_empty() {
            offers.sort_unstable();
            let mut stream = draw(config.seed, Purpose::NodeOrder, u64::from(node), now_s);
            let mut total: u64 = offers.iter().map(|&l| roads.links[l as usize].rate as u64).sum();
            while offers.len() > 1 {
                let word = u64::from(stream.word()) << 32 | u64::from(stream.word());
                let mut pick = ((u128::from(word) * u128::from(total)) >> 64) as u64;
                let mut place = 0;
                loop {
                    let weight = roads.links[offers[place] as usize].rate as u64;
                    if pick < weight {
                        total -= weight;
                        break;
                    }
                    pick -= weight;
                    place += 1;
                }
                let link = offers.remove(place);
                move_link(roads, crowd, record, config, link, &mut stuck_s, now_s);
            }
            move_link(roads, crowd, record, config, offers[0], &mut stuck_s, now_s);
        }
        if stuck_s != NIL {
            roads.wake_stuck(node, stuck_s, now_s);
        }
    }
}

/// Looks at all that the next nodes will need: what they offer, then the links it goes to, then the ring
/// slots there. The loads of each step do not wait for each other, so the cache misses of [`AHEAD`] nodes
/// overlap, where moving vehicle by vehicle would wait for each in turn.
fn look_ahead(roads: &Roads, crowd: &Crowd, index: usize) {
    let mut heads = [(0, 0); AHEAD];
    let mut n = 0;
    for &node in roads.ready[index..].iter().take(AHEAD) {
        let link = roads.nodes[node as usize].offer;
        if link != NIL {
            let first = roads.rings.get(&roads.links[link as usize], 0);
            heads[n] = (first.next, first.at);
            n += 1;
        }
    }
    let mut touched = 0;
    for &(to, at) in &heads[..n] {
        let state = &roads.links[to as usize];
        touched ^= state.storage ^ crowd.next_link(at + 1);
    }
    for &(to, _) in &heads[..n] {
        touched ^= roads.rings.touch_end(&roads.links[to as usize]);
    }
    std::hint::black_box(touched);
}

/// Moves vehicles from the buffer of `link` onto their next links until one is held up.
///
/// Cost a move: the lines of both links, one ring slot each, the route (one line in ten moves or so),
/// one bit of the ends, three bin counters of this quarter hour, and 8 bytes of event.
fn move_link(
    roads: &mut Roads,
    crowd: &Crowd,
    record: &mut Record,
    config: &Config,
    link: u32,
    stuck_s: &mut u32,
    now_s: u32,
) {
    loop {
        let state = &mut roads.links[link as usize];
        if state.n_buffer == 0 {
            break;
        }
        let moved_s = state.moved_s;
        let to = roads.rings.get(state, 0).next;
        let mut kind = Kind::Enter;
        if !roads.accepts(to, now_s) {
            let closed = roads.links[to as usize].closed;
            if closed || now_s - moved_s <= config.stuck_s {
                hold_up(
                    roads,
                    link,
                    to,
                    moved_s.saturating_add(config.stuck_s).saturating_add(1),
                    stuck_s,
                    now_s,
                );
                return;
            }
            kind = Kind::Push;
            let hour = (now_s / 3600 % 24) as usize;
            record.outcome.pushed[to as usize * 24 + hour] += 1;
        }
        let state = &mut roads.links[link as usize];
        let mut vehicle = roads.rings.pop_buffer(state);
        state.moved_s = now_s;
        record.leave(link, vehicle.enter_s, now_s);
        record.say(vehicle.person, kind, to);
        record.outcome.n_moves += 1;
        vehicle.at += 1;
        vehicle.next = crowd.next_link(vehicle.at);
        vehicle.enter_s = now_s;
        let state = &mut roads.links[to as usize];
        vehicle.exit_s = now_s + state.free_s;
        roads.rings.push_queue(state, vehicle);
        if let Some(wave) = roads.waves.get_mut(to as usize) {
            wave.pay(now_s);
        }
        if roads.links[to as usize].n_queue == 1 {
            roads.wake_link(to, vehicle.exit_s, now_s);
        }
    }
    // The buffer is empty: the flow account earns again, beginning with this second.
    let state = &mut roads.links[link as usize];
    state.flow_s = now_s - 1;
    let held_up = state.n_queue > 0 && roads.rings.get(state, 0).exit_s <= now_s;
    if held_up || roads.waiting[link as usize].0 != NIL {
        roads.wake_link(link, now_s, now_s);
    }
}

/// The first vehicle of the buffer of `link` cannot enter `to`: the link stays on offer, and the node
/// sleeps until a place comes free, the vehicle gets stuck or `to` is changed.
fn hold_up(roads: &mut Roads, link: u32, to: u32, until_s: u32, stuck_s: &mut u32, now_s: u32) {
    let node = roads.links[link as usize].to;
    roads.links[link as usize].offer_next = std::mem::replace(&mut roads.nodes[node as usize].offer, link);
    if roads.links[to as usize].closed {
        return;
    }
    if roads.waves.is_empty() {
        *stuck_s = until_s.min(*stuck_s);
    } else {
        // With kinematic waves a place comes free by itself: ask again every second.
        roads.ready_next(node, now_s);
    }
}

/// Lets every link that is due move vehicles from parking, then from its queue, into its buffer, and
/// vehicles at the end of their route arrive (QSim `insertingWaitingVehiclesBeforeDrivingVehicles`).
pub(super) fn serve_links(roads: &mut Roads, crowd: &mut Crowd, record: &mut Record, now_s: u32) {
    roads.each_due_link(now_s, |roads, link| serve_link(roads, crowd, record, link, now_s));
}

fn serve_link(roads: &mut Roads, crowd: &mut Crowd, record: &mut Record, link: u32, now_s: u32) {
    let index = link as usize;
    roads.links[index].credit(now_s);
    if roads.waiting[index].0 != NIL {
        enter_traffic(roads, crowd, record, link, now_s);
    }
    let state = &mut roads.links[index];
    let (was_empty, n_before) = (state.n_buffer == 0, state.n_queue);
    let mut wake_s = NIL;
    while state.n_queue > 0 {
        let first = roads.rings.get(state, u32::from(state.n_buffer));
        if first.exit_s > now_s {
            wake_s = first.exit_s;
            break;
        }
        if first.next == NIL {
            let person = roads.rings.pop_queue(state).person;
            record.say(person, Kind::Arrive, link);
            crowd.n_driving -= 1;
            arrive(crowd, record, person, now_s);
        } else if state.has_flow() {
            state.pay(now_s);
            state.n_buffer += 1;
            state.n_queue -= 1;
        } else {
            wake_s = now_s;
            break;
        }
    }
    let (n_left, storage) = (n_before - state.n_queue, state.storage);
    let came_free = n_before >= storage && state.n_queue < storage;
    if was_empty && state.n_buffer > 0 {
        roads.offer(link, now_s);
    }
    if let Some(wave) = roads.waves.get_mut(index) {
        (0..n_left).for_each(|_| wave.leave_hole(now_s));
    } else if came_free {
        roads.place_came_free(link, now_s);
    }
    sleep_link(roads, link, wake_s, now_s);
}

/// Puts the link into the calendar for the next second in which it has something to do; `queue_s` is
/// when the first of its queue is due ([`NIL`] without one, now when only flow is missing).
fn sleep_link(roads: &mut Roads, link: u32, queue_s: u32, now_s: u32) {
    let state = &roads.links[link as usize];
    let lacks_flow = queue_s == now_s || (roads.waiting[link as usize].0 != NIL && !state.closed);
    // With vehicles in the buffer the account stands still; the node wakes the link.
    let flow_s = if lacks_flow && state.n_buffer == 0 { now_s + state.flow_wait_s() } else { NIL };
    let wake_s = if queue_s > now_s { queue_s.min(flow_s) } else { flow_s };
    if wake_s != NIL {
        roads.wake_link(link, wake_s, now_s);
    }
}

/// Moves who waits beside the link into its buffer, as far as the flow goes.
fn enter_traffic(roads: &mut Roads, crowd: &mut Crowd, record: &mut Record, link: u32, now_s: u32) {
    let index = link as usize;
    while roads.waiting[index].0 != NIL && roads.links[index].has_flow() && !roads.links[index].closed {
        let person = roads.waiting[index].0;
        roads.waiting[index].0 = crowd.agenda.next[person as usize];
        if roads.waiting[index].0 == NIL {
            roads.waiting[index].1 = NIL;
        }
        record.say(person, Kind::EnterTraffic, link);
        let at = crowd.routes.first[crowd.leg[person as usize] as usize];
        let vehicle = Vehicle { person, at, next: crowd.next_link(at), enter_s: NIL, exit_s: now_s };
        let state = &mut roads.links[index];
        state.pay(now_s);
        roads.rings.push_buffer(state, vehicle);
        if state.n_buffer == 1 {
            roads.offer(link, now_s);
        }
    }
}

/// Ends the day: who is still on the way is aborted where it is.
pub(super) fn abort(roads: &Roads, crowd: &Crowd, record: &mut Record) {
    let mut place = vec![NIL; crowd.stage.len()];
    for (link, state) in roads.links.iter().enumerate() {
        for at in 0..u32::from(state.n_buffer) + state.n_queue {
            place[roads.rings.get(state, at).person as usize] = link as u32;
        }
        let mut person = roads.waiting[link].0;
        while person != NIL {
            place[person as usize] = link as u32;
            person = crowd.agenda.next[person as usize];
        }
    }
    for (person, &stage) in crowd.stage.iter().enumerate() {
        if stage != Stage::Activity {
            record.say(person as u32, Kind::Abort, place[person]);
            record.outcome.n_aborted += 1;
        }
    }
}

/// The fate of a leg before it departs.
pub(super) const NOT_YET: Moved = Moved { depart_s: u32::MAX, arrive_s: u32::MAX };

//! One second of a part: depart → nodes decide and move → links let leave and arrive.
//!
//! The order is QSim's. A node sees what the links looked like at the end of the second before, and
//! only it moves vehicles out of its inbound buffers and into its outbound queues; a link then moves
//! vehicles from parking and from its queue into its buffer. Neither nodes among themselves nor links
//! among themselves can therefore influence each other inside a second.
//!
//! A vehicle therefore passes at most one node a second: it enters a queue in the node phase, may reach the buffer
//! in the link phase of that second where the link takes less than a second to drive, and meets the next node in
//! the second after. The exchange between parts in `drive.rs` relies on this.
//!
//! Begin reading at [`Part::tick`], which calls [`Part::depart`], [`Part::decide_nodes`] and [`Part::serve_links`]
//! in this order. What a change must keep: a link or node with nothing to do in a second is not touched (it sleeps
//! in a calendar, `calendar.rs`), to wake one too early changes no result, and no draw depends on the part or the
//! thread.

use super::World;
use super::crowd::Stage;
use super::link::{CLOSED, FAR, Link, SIGNAL, WAITS};
use super::part::Part;
use super::post::Message;
use super::record::Record;
use super::roads::{AHEAD, Roads};
use super::vehicle::{NIL, Vehicle};
use crate::draw::{Purpose, draw};
use crate::event::Kind;
use crate::id::{LegId, LinkId};

/// Persons: departures and arrivals.
impl Part {
    /// Lets the persons of this second arrive (who does not drive) and depart, lowest number first.
    pub(super) fn depart(&mut self, world: &World, now_s: u32) {
        let mut due = std::mem::take(&mut self.due);
        self.crowd.agenda.take(now_s, &mut due);
        for &person in &due {
            match self.crowd.stage[person as usize] {
                Stage::Teleported => {
                    let leg = self.crowd.leg[person as usize] as usize;
                    let drives = world.legs.mode[leg].drives();
                    let kind = if drives { Kind::Arrive } else { Kind::ArriveTeleported };
                    self.record.say(person, kind, world.legs.to[leg].0);
                    self.arrive(world, person, now_s);
                }
                _ => self.start_leg(world, person, now_s),
            }
        }
        self.due = due;
    }

    /// Begins the present leg of a person. One that drives over a node waits beside its first link; all others
    /// (another mode, or a drive to a place on the same link) need no road and arrive after a time that is known
    /// now.
    fn start_leg(&mut self, world: &World, person: u32, now_s: u32) {
        let leg = LegId(self.crowd.leg[person as usize]);
        self.record.depart(leg.0, now_s);
        let drives = world.legs.drives(leg);
        let from = world.legs.from[leg.index()];
        self.record.say(person, if drives { Kind::Depart } else { Kind::DepartTeleported }, from.0);
        if drives && world.routes.of(leg).len() > 1 {
            self.wait_for_road(from, person, now_s);
            return;
        }
        // Who drives to another place on the same link passes no node and no flow capacity: one second.
        let travel_s = if drives { 1 } else { world.legs.teleport_s[leg.index()].max(1) };
        if drives {
            self.record.say(person, Kind::EnterTraffic, from.0);
        }
        self.crowd.stage[person as usize] = Stage::Teleported;
        self.crowd.agenda.put(person, now_s.saturating_add(travel_s));
    }

    /// The person waits beside `link` until there is a place in its traffic.
    fn wait_for_road(&mut self, link: LinkId, person: u32, now_s: u32) {
        self.crowd.stage[person as usize] = Stage::Traffic;
        self.crowd.n_driving += 1;
        let place = self.roads.place[link.index()];
        self.queue_up(place, person);
        self.roads.wake_link(place, now_s, now_s);
    }

    /// Appends a person to the waiting list of a link.
    ///
    /// The list is linked through [`Agenda::next`](super::calendar::Agenda::next): a person is on the agenda or in
    /// one waiting list, never in both, so one array serves all lists. First come, first served.
    pub(super) fn queue_up(&mut self, place: u32, person: u32) {
        self.crowd.agenda.next[person as usize] = NIL;
        self.roads.links[place as usize].set(WAITS, true);
        let (first, last) = &mut self.roads.waiting[place as usize];
        match *last {
            NIL => *first = person,
            last => self.crowd.agenda.next[last as usize] = person,
        }
        *last = person;
    }

    /// Ends a leg and puts the next one on the agenda, a second later at the earliest.
    ///
    /// The next departure is the later of the plan and the end of the least stay:
    ///
    /// ```text
    /// departure = max(planned departure, arrival + max(least stay, 1 s))
    /// planned 50 s, least stay 60 s, arrival at 111 s: departs at 171 s
    /// ```
    ///
    /// Where the next leg begins in another part, the person goes there as a message and is counted as on the way
    /// ([`Part::n_active`]) until it is received, so the day cannot end in between.
    fn arrive(&mut self, world: &World, person: u32, now_s: u32) {
        let leg = self.crowd.leg[person as usize];
        self.record.arrive(leg, now_s);
        self.crowd.stage[person as usize] = Stage::Activity;
        let next = leg + 1;
        if next >= world.legs.first[person as usize + 1] {
            return;
        }
        let dwell_s = world.legs.dwell_s[next as usize].max(1);
        let depart_s = world.legs.depart_s[next as usize].max(now_s.saturating_add(dwell_s));
        let part = world.part_of_leg(next);
        if part == self.index {
            self.crowd.set_leg(world, person, next);
            self.crowd.agenda.put(person, depart_s);
        } else {
            self.post.send(part, Message::Stay { person, leg: next, depart_s });
        }
    }
}

/// Nodes.
impl Part {
    /// Lets every node that has something to do serve its inbound links in an order drawn by capacity
    /// (QSim: without replacement, probability proportional to capacity). The draw belongs to the node and
    /// the second, so that no other node and no thread can change it.
    pub(super) fn decide_nodes(&mut self, world: &World, now_s: u32) {
        let mut offers = std::mem::take(&mut self.offers);
        for index in 0..self.roads.ready.len() {
            if index % AHEAD == 0 {
                look_ahead(&self.roads, &self.record, world, index);
            }
            let node = self.roads.ready[index];
            let wake_s = self.take_offers(node, &mut offers, now_s);
            let wake_s = match offers[..] {
                [] => wake_s,
                [only] => wake_s.min(self.move_link(world, only, now_s)),
                _ => wake_s.min(self.move_links(world, node, &mut offers, now_s)),
            };
            if wake_s != NIL {
                self.roads.wake_node(node, wake_s, now_s);
            }
        }
        self.offers = offers;
    }

    /// The links that offer a vehicle to the node and see green; the others stay on offer. Returns when the
    /// first of those sees green.
    fn take_offers(&mut self, node: u32, offers: &mut Vec<u32>, now_s: u32) -> u32 {
        offers.clear();
        let mut wake_s = NIL;
        let mut link = std::mem::replace(&mut self.roads.nodes[node as usize].offer, NIL);
        while link != NIL {
            let next = self.roads.links[link as usize].offer_next;
            let wait_s = match self.roads.links[link as usize].is(SIGNAL) {
                false => 0,
                true => self.roads.signal(link).wait_s(now_s),
            };
            if wait_s == 0 {
                offers.push(link);
            } else {
                self.stay_on_offer(link);
                wake_s = wake_s.min(now_s + wait_s);
            }
            link = next;
        }
        wake_s
    }

    /// Puts a link back on the list of its end node, for the second in which the node decides next. The order of
    /// that list has no meaning: where it matters, [`Part::move_links`] sorts.
    fn stay_on_offer(&mut self, link: u32) {
        let state = &mut self.roads.links[link as usize];
        let node = &mut self.roads.nodes[state.to as usize];
        state.offer_next = std::mem::replace(&mut node.offer, link);
    }

    /// Serves several links in a drawn order; returns when the node must be woken.
    ///
    /// Drawing without replacement, each time with a chance in proportion to the capacity among the links that are
    /// left: of 3600 and 1200 vehicles an hour, the first link goes first in three seconds of four. A uniform whole
    /// number below `total` is the high half of a 64-bit draw times `total`; the bias of that is below `total` /
    /// 2^64.
    fn move_links(&mut self, world: &World, node: u32, offers: &mut Vec<u32>, now_s: u32) -> u32 {
        let weight = |links: &[Link], link: u32| links[link as usize].rate as u64;
        let mut wake_s = NIL;
        // In the order of their numbers in the network, so that the draw means the same in every part.
        offers.sort_unstable_by_key(|&link| self.roads.links[link as usize].id);
        let id = self.roads.nodes[node as usize].id;
        let mut stream = draw(world.config.seed, Purpose::NodeOrder, u64::from(id), now_s);
        let mut total: u64 = offers.iter().map(|&link| weight(&self.roads.links, link)).sum();
        while offers.len() > 1 {
            let word = u64::from(stream.word()) << 32 | u64::from(stream.word());
            let mut pick = ((u128::from(word) * u128::from(total)) >> 64) as u64;
            let mut place = 0;
            while pick >= weight(&self.roads.links, offers[place]) {
                pick -= weight(&self.roads.links, offers[place]);
                place += 1;
            }
            total -= weight(&self.roads.links, offers[place]);
            let link = offers.remove(place);
            wake_s = wake_s.min(self.move_link(world, link, now_s));
        }
        wake_s.min(self.move_link(world, offers[0], now_s))
    }

    /// Moves vehicles from the buffer of `link` onto their next links until one is held up. Returns when its
    /// node must be woken, [`NIL`] when it need not.
    ///
    /// Cost a move: the lines of both links, one ring slot each, the route (one line in ten moves or so),
    /// one bit of the ends, three bin counters of this quarter hour, and 8 bytes of event.
    ///
    /// Vehicles go one after the other until the buffer is empty or the first of them is held up. What is held up
    /// stays at the head, so it also holds up those behind it that want to go elsewhere (a link is one queue for
    /// all turns). After more than [`Config::stuck_s`](super::Config::stuck_s) at the head a vehicle is pushed onto
    /// the full link; onto a closed link never.
    fn move_link(&mut self, world: &World, link: u32, now_s: u32) -> u32 {
        loop {
            let state = &self.roads.links[link as usize];
            if state.n_buffer == 0 {
                break;
            }
            let moved_s = state.moved_s;
            let to = self.roads.rings.get(state, 0).next;
            let mut kind = Kind::Enter;
            if !self.roads.accepts(to, now_s) {
                // Red is no reason to be pushed: who waits for a place waits from the begin of the green.
                let since_s = moved_s.max(self.roads.signal(link).green_since_s(now_s));
                let closed = self.roads.links[to as usize].is(CLOSED);
                if closed || now_s - since_s <= world.config.stuck_s {
                    return self.hold_up(world, link, to, since_s, now_s);
                }
                kind = Kind::Push;
                self.record.push(to, now_s);
            }
            self.move_first(world, link, to, kind, now_s);
        }
        // The buffer is empty: the flow account earns again, beginning with this second.
        let state = &mut self.roads.links[link as usize];
        state.flow_s = now_s - 1;
        let held_up = state.n_queue > 0 && self.roads.rings.get(state, 0).exit_s <= now_s;
        if held_up || state.is(WAITS) {
            self.roads.wake_link(link, now_s, now_s);
        }
        NIL
    }

    /// Moves the first vehicle of the buffer of `link` into the queue of `to`.
    ///
    /// The second at which it can leave the new link is fixed here, from the speed in force now: a later change of
    /// speed concerns those who enter after it.
    #[inline]
    fn move_first(&mut self, world: &World, link: u32, to: u32, kind: Kind, now_s: u32) {
        let roads = &mut self.roads;
        let state = &mut roads.links[link as usize];
        let mut vehicle = roads.rings.pop_buffer(state);
        state.moved_s = now_s;
        self.record.leave(link, vehicle.enter_s, now_s);
        let state = &mut roads.links[to as usize];
        self.record.say(vehicle.person, kind, state.id);
        self.record.n_moves += 1;
        vehicle.at += 1;
        vehicle.enter_s = now_s;
        let mut free_s = state.free_s;
        if let Some(pace) = self.crowd.pace(world, vehicle.person) {
            free_s = free_s.max(pace.least_s(roads.spaces[to as usize].length_m));
        }
        vehicle.exit_s = now_s + free_s;
        if let Some(wave) = roads.waves.get_mut(to as usize) {
            wave.pay(self.crowd.pce(world, vehicle.person), now_s);
        }
        if (to as usize) < roads.n_own {
            vehicle.next = roads.after(world, vehicle.at);
            self.enter(world, to, vehicle, now_s);
        } else {
            self.send(world, to, vehicle);
        }
    }

    /// Sends a vehicle to the part where link `to` ends.
    ///
    /// This part keeps only the count of vehicles (and of the space they take) in the queue, which is what decides
    /// whether the next one may enter; the part where the link ends owns the vehicle from now on and reports what
    /// leaves the queue.
    fn send(&mut self, world: &World, to: u32, vehicle: Vehicle) {
        self.roads.take_space(to, self.crowd.pce(world, vehicle.person));
        let state = &mut self.roads.links[to as usize];
        state.n_queue += 1;
        let (person, id) = (vehicle.person as usize, state.id);
        let part = world.layout.of_link(world.network, LinkId(id));
        self.post.send(part, Message::enter(id, self.crowd.leg[person], &vehicle));
        self.crowd.stage[person] = Stage::Activity;
        self.crowd.n_driving -= 1;
    }

    /// The first vehicle of the buffer of `link` cannot enter `to`: the link stays on offer, and the node
    /// sleeps until a place comes free, the vehicle gets stuck or `to` is changed.
    ///
    /// A closed link wakes nobody by itself: the change that opens it does ([`Roads::change`]), or the day ends.
    fn hold_up(&mut self, world: &World, link: u32, to: u32, since_s: u32, now_s: u32) -> u32 {
        self.stay_on_offer(link);
        if self.roads.links[to as usize].is(CLOSED) {
            return NIL;
        }
        if self.roads.waves.is_empty() {
            return since_s.saturating_add(world.config.stuck_s).saturating_add(1);
        }
        // With kinematic waves a place comes free by itself: ask again every second.
        let node = self.roads.links[link as usize].to;
        self.roads.ready_next(node, now_s);
        NIL
    }
}

/// Looks at all that the next nodes will need: what they offer, then the links it goes to and the counters of
/// those it leaves, then the ring slots there. The loads of each step do not wait for each other, so the cache
/// misses of [`AHEAD`] nodes overlap, where moving vehicle by vehicle would wait for each in turn.
fn look_ahead(roads: &Roads, record: &Record, world: &World, index: usize) {
    let mut heads = [(0, 0, 0); AHEAD];
    let mut n = 0;
    for &node in roads.ready[index..].iter().take(AHEAD) {
        let link = roads.nodes[node as usize].offer;
        if link != NIL {
            let first = roads.rings.get(&roads.links[link as usize], 0);
            heads[n] = (link, first.next, first.at);
            n += 1;
        }
    }
    let mut touched = 0;
    for &(link, to, at) in &heads[..n] {
        let state = &roads.links[to as usize];
        touched ^= state.storage ^ roads.after(world, at + 1) ^ record.touch(link);
        touched ^= roads.spaces.get(to as usize).map_or(0, |space| space.used as u32);
    }
    for &(_, to, _) in &heads[..n] {
        touched ^= roads.rings.touch_end(&roads.links[to as usize]);
    }
    std::hint::black_box(touched);
}

/// Links.
impl Part {
    /// Lets every link that is due move vehicles from parking, then from its queue, into its buffer, and
    /// vehicles at the end of their route arrive (QSim `insertingWaitingVehiclesBeforeDrivingVehicles`).
    pub(super) fn serve_links(&mut self, world: &World, now_s: u32) {
        let due = self.roads.take_due(now_s);
        for some in due.chunks(AHEAD) {
            self.roads.look_at_queues(some);
            for &link in some {
                let state = &mut self.roads.links[link as usize];
                if state.wake_s == now_s {
                    state.wake_s = NIL;
                    self.serve_link(world, link, now_s);
                }
            }
        }
        self.roads.give_back_due(due, now_s);
    }

    /// Serves one link that is due, in five steps: credit the flow account; let persons who wait beside it enter
    /// traffic; let the queue arrive or pass into the buffer; tell the end node of a buffer that is no longer empty
    /// and the start node (or its part) of places that came free; sleep until there is something to do again.
    fn serve_link(&mut self, world: &World, link: u32, now_s: u32) {
        let index = link as usize;
        let state = &mut self.roads.links[index];
        state.credit(now_s);
        if state.is(WAITS) {
            self.enter_traffic(world, link, now_s);
        }
        let state = &self.roads.links[index];
        // Taken after the waiting persons, who announce the buffer that they fill themselves.
        let (was_empty, n_before) = (state.n_buffer == 0, state.n_queue);
        let (before, _) = self.roads.room(link);
        let wake_s = self.serve_queue(world, link, now_s);
        let state = &self.roads.links[index];
        let n_left = n_before - state.n_queue;
        let far = state.is(FAR);
        if was_empty && state.n_buffer > 0 {
            self.roads.offer(link, now_s);
        }
        if n_left > 0 && far {
            let freed = before - self.roads.room(link).0;
            self.roads.tell_places(world, &mut self.post, link, n_left, freed);
        } else if n_left > 0 {
            self.roads.places_came_free(link, before, now_s);
        }
        self.sleep_link(link, wake_s, now_s);
    }

    /// Lets the queue of a link arrive or pass into the buffer. Returns when its first vehicle is due: later, now
    /// when only flow is missing, [`NIL`] without one.
    ///
    /// Only the first vehicle is looked at: nobody overtakes, so one that may not leave yet holds back those behind
    /// it. A vehicle at the end of its route leaves out of the queue and pays no flow; its space is free at once.
    #[inline]
    fn serve_queue(&mut self, world: &World, link: u32, now_s: u32) -> u32 {
        loop {
            let state = &mut self.roads.links[link as usize];
            if state.n_queue == 0 {
                return NIL;
            }
            let first = self.roads.rings.get(state, u32::from(state.n_buffer));
            if first.exit_s > now_s {
                return first.exit_s;
            }
            if first.next == NIL {
                let person = self.roads.rings.pop_queue(state).person;
                self.roads.take_space(link, -self.crowd.pce(world, person));
                self.record.say(person, Kind::Arrive, self.roads.links[link as usize].id);
                self.crowd.n_driving -= 1;
                self.arrive(world, person, now_s);
            } else if state.has_flow() {
                let pce = self.crowd.pce(world, first.person);
                state.pay(pce, now_s);
                state.n_buffer += 1;
                state.n_queue -= 1;
                self.roads.take_space(link, -pce);
            } else {
                return now_s;
            }
        }
    }

    /// Puts the link into the calendar for the next second in which it has something to do; `queue_s` is
    /// when the first of its queue is due ([`NIL`] without one, now when only flow is missing).
    fn sleep_link(&mut self, link: u32, queue_s: u32, now_s: u32) {
        let state = &self.roads.links[link as usize];
        let lacks_flow = queue_s == now_s || (state.is(WAITS) && !state.is(CLOSED));
        // With vehicles in the buffer the account stands still; the node wakes the link.
        let flow_s = if lacks_flow && state.n_buffer == 0 { now_s + state.flow_wait_s() } else { NIL };
        let wake_s = if queue_s > now_s { queue_s.min(flow_s) } else { flow_s };
        if wake_s != NIL {
            self.roads.wake_link(link, wake_s, now_s);
        }
    }

    /// Takes the first person of the waiting list of a link, which must not be empty.
    fn take_waiting(&mut self, index: usize) -> u32 {
        let (first, last) = &mut self.roads.waiting[index];
        let person = std::mem::replace(first, self.crowd.agenda.next[*first as usize]);
        if *first == NIL {
            *last = NIL;
            self.roads.links[index].set(WAITS, false);
        }
        person
    }

    /// Moves who waits beside the link into its buffer, as far as the flow goes.
    ///
    /// They go into the buffer and not the queue: a trip starts at the end of its first link. They pay flow as
    /// those who drove there do, and go before them, so a busy driveway can hold back the road.
    fn enter_traffic(&mut self, world: &World, link: u32, now_s: u32) {
        let index = link as usize;
        loop {
            let state = &self.roads.links[index];
            if !state.is(WAITS) || state.is(CLOSED) || !state.has_flow() {
                return;
            }
            let person = self.take_waiting(index);
            let at = world.routes.first[self.crowd.leg[person as usize] as usize];
            let next = self.roads.after(world, at);
            let vehicle = Vehicle { person, at, next, enter_s: NIL, exit_s: now_s };
            let state = &mut self.roads.links[index];
            self.record.say(person, Kind::EnterTraffic, state.id);
            state.pay(self.crowd.pce(world, person), now_s);
            self.roads.rings.push_buffer(state, vehicle);
            if state.n_buffer == 1 {
                self.roads.offer(link, now_s);
            }
        }
    }
}

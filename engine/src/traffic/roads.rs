//! The links and nodes of a part, and who of them is due when.
//!
//! Links and nodes sleep. Each has a second (`wake_s`) for which it stands in a calendar: links that may have
//! something to let go in `wheel`, nodes that wait for a green or for a vehicle to get stuck in `alarms`. A node
//! that was offered a vehicle, or whose full outbound link got a free place, decides in the next second
//! (`ready_next`). An entry is never taken out: whoever is woken earlier gets a second entry, and the stale one is
//! recognised because `wake_s` is another second by then. To wake too early is harmless, to wake too late loses
//! time: that is the invariant that a change here must keep.

use super::World;
use super::calendar::{HORIZON_S, Wheel};
use super::link::{Attributes, CLOSED, FAR, Link, ONE, SIGNAL, Space, Wave};
use super::post::{Message, Post};
use super::vehicle::{NIL, Rings};
use crate::id::LinkId;
use crate::network::{Change, Signal};

/// Links or nodes that are looked at together, before any of them is worked on.
pub(super) const AHEAD: usize = 32;

/// What a node knows, 16 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// First of the links that have a vehicle in their buffer.
    pub offer: u32,
    /// Second for which it stands in the list of nodes to decide.
    ready_s: u32,
    /// Earliest second for which it stands in the calendar; [`NIL`] when it does not.
    wake_s: u32,
    /// Number of the node in the network.
    pub id: u32,
}

/// Links, nodes and vehicles of a part as dense arrays, and their calendars. First come the links that end in
/// the part, then stand-ins for those that only start here: of a stand-in the part knows how many vehicles are
/// in its queue, all else lies with the part where it ends.
///
/// A link writes only itself and its end node's list of offers; a node writes only the buffers of its
/// inbound links and the queues of its outbound ones.
#[derive(Debug)]
pub(super) struct Roads {
    pub links: Vec<Link>,
    /// Links that end here; the others are stand-ins.
    pub n_own: usize,
    /// By number in the network; [`NIL`] for links of other parts.
    pub place: Vec<u32>,
    pub rings: Rings,
    pub nodes: Vec<Node>,
    /// Start node of each link; [`NIL`] where it lies in another part.
    pub from: Vec<u32>,
    /// By link; empty with [`super::Dynamics::Queue`]. Those of stand-ins count, those of [`FAR`] links do not.
    pub waves: Vec<Wave>,
    /// By link, stand-ins too; empty where all vehicles move as ordinary cars.
    pub spaces: Vec<Space>,
    /// First and last person who waits to get from parking into the link's traffic.
    pub waiting: Vec<(u32, u32)>,
    pub attributes: Vec<Attributes>,
    /// Links by the second in which they are to be served.
    wheel: Wheel,
    /// Nodes by the second in which they are to decide at the latest.
    alarms: Wheel,
    /// Nodes to decide in this second and in the next.
    pub ready: Vec<u32>,
    ready_next: Vec<u32>,
}

impl Roads {
    /// The roads of part `index`, empty.
    pub fn new(world: &World, index: usize) -> Self {
        let (network, config, layout) = (world.network, world.config, &world.layout);
        let here = layout.nodes(index);
        let own = here.iter().flat_map(|&node| network.in_links(node).iter().copied());
        let mut ids: Vec<LinkId> = own.collect();
        let n_own = ids.len();
        let outgoing = here.iter().flat_map(|&node| network.out_links(node).iter().copied());
        ids.extend(outgoing.filter(|&link| layout.of_link(network, link) != index));
        let mut node_place = vec![NIL; network.nodes.len()];
        here.iter().enumerate().for_each(|(place, node)| node_place[node.index()] = place as u32);
        let mut place = vec![NIL; network.links.len()];
        ids.iter().enumerate().for_each(|(at, link)| place[link.index()] = at as u32);
        let mut roads = Self {
            links: Vec::with_capacity(ids.len()),
            n_own,
            place,
            rings: Rings::default(),
            nodes: here.iter().map(|n| Node { offer: NIL, ready_s: NIL, wake_s: NIL, id: n.0 }).collect(),
            from: Vec::with_capacity(ids.len()),
            waves: Vec::new(),
            spaces: Vec::new(),
            waiting: vec![(NIL, NIL); n_own],
            attributes: Vec::with_capacity(ids.len()),
            wheel: Wheel::new(),
            alarms: Wheel::new(),
            ready: Vec::with_capacity(here.len()),
            ready_next: Vec::with_capacity(here.len()),
        };
        for &id in &ids {
            let link = network.link(id);
            let attributes = Attributes::of(link);
            let rate = attributes.rate(config.sample);
            let from = node_place[link.from.index()];
            let to = node_place[link.to.index()];
            let mut state = Link { flow: rate, to, id: id.0, ..Link::empty() };
            attributes.apply(&mut state, link, config);
            state.set(FAR, from == NIL);
            roads.links.push(state);
            roads.from.push(from);
            roads.attributes.push(attributes);
            if !world.paces.is_empty() {
                let storage = attributes.storage_pce(link, config);
                roads.spaces.push(Space { used: 0, storage, length_m: link.length_m });
            }
            if config.dynamics == super::Dynamics::KinematicWaves {
                roads.waves.push(Wave::new(&attributes, link, config.sample));
            }
        }
        roads
    }

    /// Makes sure that the link is served at `time_s` or before.
    ///
    /// A second beyond the calendar's horizon is cut to its rim: the link is then served with nothing to do and put
    /// in again.
    #[inline]
    pub fn wake_link(&mut self, link: u32, time_s: u32, now_s: u32) {
        let time_s = time_s.min(now_s + HORIZON_S - 1);
        let state = &mut self.links[link as usize];
        if time_s < state.wake_s {
            state.wake_s = time_s;
            self.wheel.put(link, time_s);
        }
    }

    /// The links of this second's calendar; give them back with [`Roads::give_back_due`].
    pub fn take_due(&mut self, now_s: u32) -> Vec<u32> {
        self.wheel.take(now_s)
    }

    /// Gives the memory of a calendar list back.
    pub fn give_back_due(&mut self, due: Vec<u32>, now_s: u32) {
        self.wheel.give_back(due, now_s);
    }

    /// Looks at the heads of the queues of `links` and at their end nodes: loads that do not wait for each other, so
    /// that their cache misses overlap.
    pub fn look_at_queues(&self, links: &[u32]) {
        let mut touched = 0;
        for &link in links {
            let state = &self.links[link as usize];
            if state.n_queue > 0 {
                touched ^= self.rings.get(state, u32::from(state.n_buffer)).exit_s;
                touched ^= self.nodes[state.to as usize].offer;
            }
        }
        std::hint::black_box(touched);
    }

    /// Puts a link whose buffer got its first vehicle on the list of its end node.
    #[inline]
    pub fn offer(&mut self, link: u32, now_s: u32) {
        let state = &mut self.links[link as usize];
        state.moved_s = now_s;
        let node = state.to;
        state.offer_next = std::mem::replace(&mut self.nodes[node as usize].offer, link);
        self.ready_next(node, now_s);
    }

    /// The node is to decide in the next second.
    #[inline]
    pub fn ready_next(&mut self, node: u32, now_s: u32) {
        let state = &mut self.nodes[node as usize];
        if state.ready_s != now_s + 1 {
            state.ready_s = now_s + 1;
            self.ready_next.push(node);
        }
    }

    /// What is in the queue of a link and what it takes, 2^-32 passenger-car equivalents.
    #[inline]
    pub fn room(&self, link: u32) -> (i64, i64) {
        match self.spaces.get(link as usize) {
            Some(space) => (space.used, space.storage),
            None => {
                let state = &self.links[link as usize];
                (i64::from(state.n_queue) * ONE, i64::from(state.storage) * ONE)
            }
        }
    }

    /// A vehicle came into the queue of a link, or left it where `pce` is below zero; the caller counts it.
    #[inline]
    pub fn take_space(&mut self, link: u32, pce: i64) {
        if let Some(space) = self.spaces.get_mut(link as usize) {
            space.used += pce;
        }
    }

    /// The queue of a link that starts here held `before` and holds less now (2^-32 passenger-car equivalents): its
    /// start node may go on if somebody is held up there.
    ///
    /// Only the step from full to not full matters: a link that has places holds no node up (a closed one waits for
    /// [`Roads::change`]).
    #[inline]
    pub fn places_came_free(&mut self, link: u32, before: i64, now_s: u32) {
        let (used, storage) = self.room(link);
        if let Some(wave) = self.waves.get_mut(link as usize) {
            // The free places travel first; a node that waits for them asks every second.
            wave.leave_hole(before - used, now_s);
            return;
        }
        if before >= storage && used < storage {
            let node = self.from[link as usize];
            if self.nodes[node as usize].offer != NIL {
                self.ready_next(node, now_s);
            }
        }
    }

    /// The node is to decide at `time_s` at the latest, because somebody gets stuck then or sees green.
    pub fn wake_node(&mut self, node: u32, time_s: u32, now_s: u32) {
        let time_s = time_s.min(now_s + HORIZON_S - 1);
        let state = &mut self.nodes[node as usize];
        if time_s < state.wake_s {
            state.wake_s = time_s;
            self.alarms.put(node, time_s);
        }
    }

    /// Moves the nodes that are due in this second to [`Roads::ready`].
    ///
    /// A node that has nothing on offer any more is left out: somebody else has served it since the alarm was set.
    pub fn start_second(&mut self, now_s: u32) {
        self.ready.clear();
        std::mem::swap(&mut self.ready, &mut self.ready_next);
        let due = self.alarms.take(now_s);
        for &node in &due {
            let state = &mut self.nodes[node as usize];
            if state.wake_s == now_s {
                state.wake_s = NIL;
                if state.ready_s != now_s && state.offer != NIL {
                    state.ready_s = now_s;
                    self.ready.push(node);
                }
            }
        }
        self.alarms.give_back(due, now_s);
    }

    /// Whether a vehicle may enter the link over its start node in this second.
    ///
    /// Asking takes the free places that have arrived out of the wave, so a node must ask in the node phase only.
    #[inline]
    pub fn accepts(&mut self, link: u32, now_s: u32) -> bool {
        if self.links[link as usize].is(CLOSED) {
            return false;
        }
        let (used, storage) = self.room(link);
        match self.waves.get_mut(link as usize) {
            None => used < storage,
            Some(wave) => wave.accepts(used, storage, now_s),
        }
    }

    /// Signal at the end of a link.
    #[inline]
    pub fn signal(&self, link: u32) -> Signal {
        let state = &self.links[link as usize];
        if state.is(SIGNAL) { self.attributes[link as usize].signal } else { Signal::NONE }
    }

    /// Tells the part where a cut link starts that vehicles left its queue.
    #[inline]
    pub fn tell_places(&self, world: &World, post: &mut Post, link: u32, n_left: u32, freed: i64) {
        let id = LinkId(self.links[link as usize].id);
        let part = world.layout.of_node(world.network.link(id).from);
        post.send(part, Message::Left { link: id.0, n: n_left, pce: freed });
    }

    /// Alters a link, if the part knows it. As in QSim its flow account is then full, and vehicles on the link
    /// keep the exit time they have. A closed link keeps the flow it had, so that who is on it can leave.
    ///
    /// A capacity of zero closes; any other capacity opens; a change that names no capacity leaves a closed link
    /// closed. Changes are made before the nodes decide, so both end nodes of the link decide anew in the same
    /// second.
    pub fn change(&mut self, world: &World, change: &Change, now_s: u32) {
        let (place, row) = (self.place[change.link.index()], world.network.link(change.link));
        if place == NIL {
            return;
        }
        let index = place as usize;
        let attributes = &mut self.attributes[index];
        let closes = change.capacity_vph == Some(0.0);
        attributes.capacity_vph = change.capacity_vph.filter(|_| !closes).unwrap_or(attributes.capacity_vph);
        attributes.freespeed_mps = change.freespeed_mps.unwrap_or(attributes.freespeed_mps);
        attributes.lanes = change.lanes.unwrap_or(attributes.lanes);
        attributes.signal = change.signal.unwrap_or(attributes.signal);
        let state = &mut self.links[index];
        state.set(CLOSED, closes || (state.is(CLOSED) && change.capacity_vph.is_none()));
        attributes.apply(state, row, world.config);
        state.flow = state.rate;
        state.flow_s = now_s;
        if let Some(space) = self.spaces.get_mut(index) {
            space.storage = attributes.storage_pce(row, world.config);
        }
        if let Some(wave) = self.waves.get_mut(index) {
            wave.change(attributes, row, world.config.sample, now_s);
        }
        let (from, to) = (self.from[index], state.to);
        if index < self.n_own {
            self.wake_link(place, now_s, now_s);
            self.ready_now(to, now_s);
        }
        if from != NIL {
            self.ready_now(from, now_s);
        }
    }

    /// The node decides in this second, if it has something on offer and is not on the list already.
    fn ready_now(&mut self, node: u32, now_s: u32) {
        let state = &mut self.nodes[node as usize];
        if state.ready_s != now_s && state.offer != NIL {
            state.ready_s = now_s;
            self.ready.push(node);
        }
    }
}

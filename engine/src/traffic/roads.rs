//! All links and nodes of the day, and who of them is due when.

use super::calendar::{HORIZON_S, Wheel};
use super::link::{Attributes, Link, Wave};
use super::vehicle::{NIL, Rings};
use super::{Config, Dynamics};
use crate::network::{Change, Network};

/// Links or nodes that are looked at together, before any of them is worked on.
pub(super) const AHEAD: usize = 32;

/// What a node knows, 12 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// First of the links that have a vehicle in their buffer.
    pub offer: u32,
    /// Second for which it stands in the list of nodes to decide.
    ready_s: u32,
    /// Earliest second for which it stands in the stuck calendar; [`NIL`] when it does not.
    stuck_s: u32,
}

/// Links, nodes and vehicles as dense arrays, and their calendars.
///
/// A link writes only itself and its end node's list of offers; a node writes only the buffers of its
/// inbound links and the queues of its outbound ones. Both can so be cut into parts later.
#[derive(Debug)]
pub(super) struct Roads {
    pub links: Vec<Link>,
    pub rings: Rings,
    pub nodes: Vec<Node>,
    /// Start node of each link.
    pub from: Vec<u32>,
    /// By link; empty with [`Dynamics::Queue`].
    pub waves: Vec<Wave>,
    /// First and last person who waits to get from parking into the link's traffic.
    pub waiting: Vec<(u32, u32)>,
    attributes: Vec<Attributes>,
    wheel: Wheel,
    stuck: Wheel,
    /// Nodes to decide in this second and in the next.
    pub ready: Vec<u32>,
    ready_next: Vec<u32>,
}

impl Roads {
    pub fn new(network: &Network, config: &Config) -> Self {
        let attributes: Vec<_> = network.links.iter().map(Attributes::of).collect();
        let links = network.links.iter().zip(&attributes).map(|(link, attributes)| {
            let rate = attributes.rate(config.sample);
            Link {
                flow: rate,
                rate,
                free_s: attributes.free_s(link),
                storage: attributes.storage(link, config),
                to: link.to.0,
                ..Link::empty()
            }
        });
        let waves = match config.dynamics {
            Dynamics::Queue => Vec::new(),
            Dynamics::KinematicWaves => {
                let all = network.links.iter().zip(&attributes);
                all.map(|(link, attributes)| Wave::new(attributes, link, config.sample)).collect()
            }
        };
        let (n_links, n_nodes) = (network.links.len(), network.nodes.len());
        let node = Node { offer: NIL, ready_s: NIL, stuck_s: NIL };
        Self {
            links: links.collect(),
            rings: Rings::default(),
            nodes: vec![node; n_nodes],
            from: network.links.iter().map(|link| link.from.0).collect(),
            waves,
            waiting: vec![(NIL, NIL); n_links],
            attributes,
            wheel: Wheel::new(),
            stuck: Wheel::new(),
            ready: Vec::with_capacity(n_nodes),
            ready_next: Vec::with_capacity(n_nodes),
        }
    }

    /// Makes sure that the link is served at `time_s` or before.
    #[inline]
    pub fn wake_link(&mut self, link: u32, time_s: u32, now_s: u32) {
        let time_s = time_s.min(now_s + HORIZON_S - 1);
        let state = &mut self.links[link as usize];
        if time_s < state.wake_s {
            state.wake_s = time_s;
            self.wheel.put(link, time_s);
        }
    }

    /// Calls `serve` for every link that is due in this second.
    pub fn each_due_link(&mut self, now_s: u32, mut serve: impl FnMut(&mut Self, u32)) {
        let due = self.wheel.take(now_s);
        for some in due.chunks(AHEAD) {
            // Loads that do not wait for each other: the cache misses of a chunk overlap.
            let mut touched = 0;
            for &link in some {
                let state = &self.links[link as usize];
                if state.n_queue > 0 {
                    touched ^= self.rings.get(state, u32::from(state.n_buffer)).exit_s;
                }
            }
            std::hint::black_box(touched);
            for &link in some {
                let state = &mut self.links[link as usize];
                if state.wake_s == now_s {
                    state.wake_s = NIL;
                    serve(self, link);
                }
            }
        }
        self.wheel.give_back(due, now_s);
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

    /// A place on the link came free: its start node may go on if somebody is held up there.
    #[inline]
    pub fn place_came_free(&mut self, link: u32, now_s: u32) {
        let node = self.from[link as usize];
        if self.nodes[node as usize].offer != NIL {
            self.ready_next(node, now_s);
        }
    }

    /// The node is to decide at `time_s` at the latest, because somebody gets stuck then.
    pub fn wake_stuck(&mut self, node: u32, time_s: u32, now_s: u32) {
        let time_s = time_s.min(now_s + HORIZON_S - 1);
        let state = &mut self.nodes[node as usize];
        if time_s < state.stuck_s {
            state.stuck_s = time_s;
            self.stuck.put(node, time_s);
        }
    }

    /// Moves the nodes that are due in this second to [`Roads::ready`].
    pub fn start_second(&mut self, now_s: u32) {
        self.ready.clear();
        std::mem::swap(&mut self.ready, &mut self.ready_next);
        let due = self.stuck.take(now_s);
        for &node in &due {
            let state = &mut self.nodes[node as usize];
            if state.stuck_s == now_s {
                state.stuck_s = NIL;
                if state.ready_s != now_s && state.offer != NIL {
                    state.ready_s = now_s;
                    self.ready.push(node);
                }
            }
        }
        self.stuck.give_back(due, now_s);
    }

    /// Whether a vehicle may enter the link over its start node in this second.
    #[inline]
    pub fn accepts(&mut self, link: u32, now_s: u32) -> bool {
        let state = &self.links[link as usize];
        !state.closed
            && match self.waves.get_mut(link as usize) {
                None => state.n_queue < state.storage,
                Some(wave) => wave.accepts(state.n_queue, state.storage, now_s),
            }
    }

    /// Alters a link. As in QSim its flow account is then full, and vehicles on the link keep the exit
    /// time they have. A closed link keeps the flow it had, so that who is on it can leave.
    pub fn change(&mut self, network: &Network, change: &Change, config: &Config, now_s: u32) {
        let (index, link) = (change.link.index(), network.link(change.link));
        let attributes = &mut self.attributes[index];
        let closes = change.capacity_vph == Some(0.0);
        attributes.capacity_vph = change.capacity_vph.filter(|_| !closes).unwrap_or(attributes.capacity_vph);
        attributes.freespeed_mps = change.freespeed_mps.unwrap_or(attributes.freespeed_mps);
        attributes.lanes = change.lanes.unwrap_or(attributes.lanes);
        let state = &mut self.links[index];
        state.closed = closes || (state.closed && change.capacity_vph.is_none());
        state.rate = attributes.rate(config.sample);
        state.flow = state.rate;
        state.flow_s = now_s;
        state.free_s = attributes.free_s(link);
        state.storage = attributes.storage(link, config);
        if let Some(wave) = self.waves.get_mut(index) {
            wave.change(attributes, link, config.sample, now_s);
        }
        self.wake_link(change.link.0, now_s, now_s);
        let node = &mut self.nodes[self.from[index] as usize];
        if node.ready_s != now_s && node.offer != NIL {
            node.ready_s = now_s;
            self.ready.push(self.from[index]);
        }
    }
}

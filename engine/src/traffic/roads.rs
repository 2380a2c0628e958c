//! All links and nodes of the day, and who of them is due when.

use super::calendar::{HORIZON_S, Wheel};
use super::link::{Attributes, Link, Wave};
use super::vehicle::{NIL, Rings};
use super::{Config, Dynamics};
use crate::network::{Change, Network};

/// What a node knows, 16 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// First of the links that have a vehicle in their buffer.
    pub offer: u32,
    /// Second for which it stands in the list of nodes to decide.
    ready_s: u32,
    /// Next node in the same second of the stuck calendar.
    stuck_next: u32,
    /// Second for which it stands there; [`NIL`] when it does not.
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
    /// For links that must wake before they are due in the first wheel: by second, list, second.
    early: Wheel,
    early_next: Vec<u32>,
    early_s: Vec<u32>,
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
                storage: attributes.storage(link, config.sample, config.dynamics),
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
        let node = Node { offer: NIL, ready_s: NIL, stuck_next: NIL, stuck_s: NIL };
        Self {
            links: links.collect(),
            rings: Rings::default(),
            nodes: vec![node; n_nodes],
            from: network.links.iter().map(|link| link.from.0).collect(),
            waves,
            waiting: vec![(NIL, NIL); n_links],
            attributes,
            wheel: Wheel::new(),
            early: Wheel::new(),
            early_next: vec![NIL; n_links],
            early_s: vec![NIL; n_links],
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
        if state.wake_s == NIL {
            state.wake_s = time_s;
            state.wake_next = std::mem::replace(self.wheel.head(time_s), link);
        } else if time_s < state.wake_s {
            self.wake_link_early(link, time_s);
        }
    }

    fn wake_link_early(&mut self, link: u32, time_s: u32) {
        let old_s = self.early_s[link as usize];
        if old_s <= time_s {
            return;
        }
        if old_s != NIL {
            self.unlink_early(link, old_s);
        }
        self.early_s[link as usize] = time_s;
        self.early_next[link as usize] = std::mem::replace(self.early.head(time_s), link);
    }

    #[cold]
    fn unlink_early(&mut self, link: u32, time_s: u32) {
        let after = self.early_next[link as usize];
        let head = self.early.head(time_s);
        if *head == link {
            *head = after;
            return;
        }
        let mut before = *head;
        while self.early_next[before as usize] != link {
            before = self.early_next[before as usize];
        }
        self.early_next[before as usize] = after;
    }

    /// Calls `serve` for every link that is due in this second, once or twice.
    pub fn each_due_link(&mut self, now_s: u32, mut serve: impl FnMut(&mut Self, u32)) {
        let mut link = self.wheel.take(now_s);
        while link != NIL {
            let state = &mut self.links[link as usize];
            let next = state.wake_next;
            state.wake_s = NIL;
            serve(self, link);
            link = next;
        }
        let mut link = self.early.take(now_s);
        while link != NIL {
            let next = self.early_next[link as usize];
            self.early_s[link as usize] = NIL;
            serve(self, link);
            link = next;
        }
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
        if state.stuck_s == NIL {
            state.stuck_s = time_s;
            state.stuck_next = std::mem::replace(self.stuck.head(time_s), node);
        } else if time_s < state.stuck_s {
            // Who came to the front later gets stuck later, so an entry is as a rule not too late. Where
            // a link was closed and is full when it opens, it can be: ask every second until then.
            self.ready_next(node, now_s);
        }
    }

    /// Moves the nodes that are due in this second to [`Roads::ready`].
    pub fn start_second(&mut self, now_s: u32) {
        self.ready.clear();
        std::mem::swap(&mut self.ready, &mut self.ready_next);
        let mut node = self.stuck.take(now_s);
        while node != NIL {
            let state = &mut self.nodes[node as usize];
            let next = state.stuck_next;
            state.stuck_s = NIL;
            if state.ready_s != now_s && state.offer != NIL {
                state.ready_s = now_s;
                self.ready.push(node);
            }
            node = next;
        }
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
        state.storage = attributes.storage(link, config.sample, config.dynamics);
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

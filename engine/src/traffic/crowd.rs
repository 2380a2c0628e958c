//! The persons of a part: on which leg each is, and who departs when.

use super::World;
use super::calendar::Agenda;
use super::link::{ONE, Pace};
use crate::id::{LegId, LinkId};
use crate::vehicle::ClassId;

/// Where a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Stage {
    /// At an activity, or in another part.
    Activity = 0,
    /// In traffic or waiting to get in.
    Traffic = 1,
    /// On a leg that needs no road.
    Teleported = 2,
}

impl Stage {
    pub const ALL: [Self; 3] = [Self::Activity, Self::Traffic, Self::Teleported];
}

/// Where the persons of a part stand. The arrays hold all persons, so that one can come and go between parts.
#[derive(Debug)]
pub(super) struct Crowd {
    /// Present leg of each person; at an activity the next one.
    pub leg: Vec<u32>,
    /// Class of the vehicle of that leg; empty where all vehicles move as ordinary cars. By person, not by leg:
    /// one byte each stays in the cache.
    class: Vec<ClassId>,
    pub stage: Vec<Stage>,
    pub agenda: Agenda,
    /// Persons in traffic.
    pub n_driving: usize,
}

impl Crowd {
    /// Nobody yet.
    pub fn new(world: &World) -> Self {
        let n = world.legs.n_persons();
        Self {
            leg: vec![0; n],
            class: vec![ClassId::CAR; if world.paces.is_empty() { 0 } else { n }],
            stage: vec![Stage::Activity; n],
            agenda: Agenda::new(n, world.config.end_s),
            n_driving: 0,
        }
    }

    /// Puts a person on a leg, or at the activity before it.
    ///
    /// The class of the vehicle changes with the leg: whoever sets `leg` by hand would drive the vehicle of the leg
    /// before.
    #[inline]
    pub fn set_leg(&mut self, world: &World, person: u32, leg: u32) {
        self.leg[person as usize] = leg;
        if let Some(class) = self.class.get_mut(person as usize) {
            *class = world.legs.vehicle[leg as usize];
        }
    }

    /// How the vehicle of a person moves; `None` where all move as ordinary cars.
    #[inline]
    pub fn pace<'w>(&self, world: &'w World, person: u32) -> Option<&'w Pace> {
        self.class.get(person as usize).map(|class| &world.paces[class.index()])
    }

    /// Size of the vehicle of a person, 2^-32 passenger-car equivalents.
    #[inline]
    pub fn pce(&self, world: &World, person: u32) -> i64 {
        self.pace(world, person).map_or(ONE, |pace| pace.pce)
    }

    /// Puts everybody whose day starts in part `index` on the agenda.
    ///
    /// A person without legs is nowhere and never counted; each of the others is on the agenda of exactly one part.
    pub fn wake_up(&mut self, world: &World, index: usize) {
        for (person, bounds) in world.legs.first.windows(2).enumerate() {
            let first = bounds[0];
            if first < bounds[1] && world.part_of_leg(first) == index {
                self.set_leg(world, person as u32, first);
                self.agenda.put(person as u32, world.legs.depart_s[first as usize]);
            }
        }
    }
}

/// One bit for each element of all routes: the last of its route. 1/32 of the routes, so that it stays in the
/// cache where the ends of the routes would not.
#[derive(Debug)]
pub(super) struct Ends(Vec<u64>);

impl Ends {
    pub fn new(routes: &crate::trip::Routes) -> Self {
        let mut bits = vec![0u64; routes.links.len().div_ceil(64)];
        for bounds in routes.first.windows(2) {
            if bounds[0] < bounds[1] {
                let last = bounds[1] - 1;
                bits[last as usize / 64] |= 1 << (last % 64);
            }
        }
        Self(bits)
    }

    #[inline]
    pub fn is_last(&self, at: u32) -> bool {
        self.0[at as usize / 64] >> (at % 64) & 1 == 1
    }
}

impl World<'_> {
    /// The route element after `at`; [`LinkId::NONE`] at the end.
    #[inline]
    pub(super) fn next_link(&self, at: u32) -> LinkId {
        if self.ends.is_last(at) { LinkId::NONE } else { self.routes.links[at as usize + 1] }
    }

    /// The part where a leg starts.
    #[inline]
    pub(super) fn part_of_leg(&self, leg: u32) -> usize {
        if self.layout.n_parts() == 1 {
            return 0;
        }
        self.layout.of_link(self.network, self.legs.from[LegId(leg).index()])
    }
}

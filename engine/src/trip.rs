//! Trips of a person and, for all persons together, the dense legs and routes that the day runs on.

use crate::id::{LegId, LinkId, PersonId};
use crate::mode::Mode;
use crate::vehicle::{Class, ClassId, Classes};

/// One trip between two neighbouring episodes of a chain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trip {
    /// Position in the chain of the episode it leaves.
    pub episode: u16,
    /// Mode of travel.
    pub mode: Mode,
    /// Class of the vehicle that is driven, in [`Legs::classes`]; [`ClassId::CAR`] where none is.
    pub vehicle: ClassId,
    /// Planned departure, seconds since midnight.
    pub depart_s: u32,
    /// Seconds the person stays at the origin at least, whatever the plan says (arrived late).
    pub dwell_s: u32,
    /// Link of the origin.
    pub from: LinkId,
    /// Link of the destination.
    pub to: LinkId,
    /// Straight-line distance, metres.
    pub distance_m: f32,
}

/// All trips of a person, in order: a component of the person.
#[derive(Debug, Clone, Default, PartialEq, bevy_ecs::component::Component)]
pub struct Trips(pub Vec<Trip>);

/// What became of one trip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moved {
    /// Departure, seconds.
    pub depart_s: u32,
    /// Arrival, seconds; `u32::MAX` when the day ended first.
    pub arrive_s: u32,
}

/// What became of all trips of a person: the last component of the person.
#[derive(Debug, Clone, Default, PartialEq, bevy_ecs::component::Component)]
pub struct Day(pub Vec<Moved>);

/// All legs of all persons as dense arrays, ordered by person, then time. Built once from the
/// [`Trips`]; the day runs on this and never touches an entity.
#[derive(Debug, Clone, Default, bevy_ecs::resource::Resource)]
pub struct Legs {
    /// First leg of each person; length persons + 1.
    pub first: Vec<u32>,
    /// Mode of each leg.
    pub mode: Vec<Mode>,
    /// Class of the vehicle that each leg drives; [`ClassId::CAR`] where it drives none.
    pub vehicle: Vec<ClassId>,
    /// What the numbers of [`Legs::vehicle`] mean.
    pub classes: Classes,
    /// Planned departure, seconds.
    pub depart_s: Vec<u32>,
    /// Least stay at the origin before departure, seconds (0 for the first leg of a day).
    pub dwell_s: Vec<u32>,
    /// Origin link.
    pub from: Vec<LinkId>,
    /// Destination link.
    pub to: Vec<LinkId>,
    /// Travel time of legs that do not drive ([`Mode::drives`]), seconds, at least 1.
    pub teleport_s: Vec<u32>,
}

impl Legs {
    /// Number of persons.
    pub fn n_persons(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// Number of legs.
    pub fn len(&self) -> usize {
        self.mode.len()
    }

    /// Whether nobody goes anywhere.
    pub fn is_empty(&self) -> bool {
        self.mode.is_empty()
    }

    /// Whether a leg drives a vehicle of its own over the network.
    #[inline]
    pub fn drives(&self, leg: LegId) -> bool {
        self.mode[leg.index()].drives()
    }

    /// The class of the vehicle that a leg drives; `None` where it drives none.
    pub fn class(&self, leg: LegId) -> Option<&Class> {
        self.drives(leg).then(|| self.classes.get(self.vehicle[leg.index()]))
    }

    /// The outside name of a leg's mode (`car`, `truck`, `pt`): that of the vehicle's class where it drives.
    pub fn mode_name(&self, leg: LegId) -> &str {
        self.class(leg).map_or(self.mode[leg.index()].matsim(), |class| &class.mode)
    }

    /// The class of each vehicle that is driven, leg by leg.
    pub fn driven(&self) -> impl Iterator<Item = ClassId> + '_ {
        self.mode.iter().zip(&self.vehicle).filter(|(mode, _)| mode.drives()).map(|(_, &class)| class)
    }

    /// The legs of a person.
    pub fn of(&self, person: PersonId) -> impl ExactSizeIterator<Item = LegId> + use<> {
        (self.first[person.index()]..self.first[person.index() + 1]).map(LegId)
    }

    /// Appends the next person with its trips. Legs that do not drive take `teleport_s(trip)` seconds.
    pub fn push(&mut self, trips: &[Trip], teleport_s: impl Fn(&Trip) -> u32) {
        if self.first.is_empty() {
            self.first.push(0);
        }
        for trip in trips {
            self.mode.push(trip.mode);
            self.vehicle.push(trip.vehicle);
            self.depart_s.push(trip.depart_s);
            self.dwell_s.push(trip.dwell_s);
            self.from.push(trip.from);
            self.to.push(trip.to);
            self.teleport_s.push(if trip.mode.drives() { 0 } else { teleport_s(trip).max(1) });
        }
        self.first.push(self.mode.len() as u32);
    }
}

/// The routes of all legs, each a slice of one shared array. A route starts with the origin link and
/// ends with the destination link; a leg that does not drive has an empty one. The vehicle starts at the
/// end of its first link and stops at the end of its last (MATSim's convention).
#[derive(Debug, Clone, Default, PartialEq, Eq, bevy_ecs::resource::Resource)]
pub struct Routes {
    /// Start of each leg's slice; length legs + 1.
    pub first: Vec<u32>,
    /// Links of all routes.
    pub links: Vec<LinkId>,
}

impl Routes {
    /// The route of a leg.
    #[inline]
    pub fn of(&self, leg: LegId) -> &[LinkId] {
        &self.links[self.first[leg.index()] as usize..self.first[leg.index() + 1] as usize]
    }

    /// Appends the next leg's route.
    pub fn push(&mut self, route: &[LinkId]) {
        if self.first.is_empty() {
            self.first.push(0);
        }
        self.links.extend_from_slice(route);
        assert!(self.links.len() < u32::MAX as usize, "more than 4 billion route elements");
        self.first.push(self.links.len() as u32);
    }
}

//! What happens in a day: a closed set of events in a total order.

mod compare;
pub mod log;

pub use compare::{Difference, compare};
pub use log::{FrozenLog, Log, Summary, read};

use crate::id::{LinkId, PersonId};

/// Version of the events: of their kinds, and of what [`Summary::hash`] is taken over.
pub const VERSION: u8 = 2;

/// What happened. In the hash, and in the table by their names ([`Kind::name`]), these are the format: never renumber.
///
/// The numbers from 8 to 13 are reserved ([`RESERVED`]) for vehicles that several persons or goods use one after the
/// other: nothing writes them yet, and a reader refuses them by their name. In each of these events
/// [`Event::link`] will hold the number of the vehicle, whose place its other events say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The vehicle left its link and entered `link` (MATSim: left link + entered link).
    Enter = 0,
    /// As [`Kind::Enter`], but pushed onto a full link by the stuck rule.
    Push = 1,
    /// The vehicle left traffic at the end of `link` and the person arrived (MATSim: vehicle leaves
    /// traffic, PersonLeavesVehicle, arrival, actstart).
    Arrive = 2,
    /// A leg that does not drive arrived (MATSim: travelled, arrival, actstart).
    ArriveTeleported = 3,
    /// The activity ended, the leg began (MATSim: actend, departure, PersonEntersVehicle).
    Depart = 4,
    /// As [`Kind::Depart`] for a leg that does not drive.
    DepartTeleported = 5,
    /// The vehicle got from its parking place into the traffic of `link` (MATSim: vehicle enters traffic).
    EnterTraffic = 6,
    /// The day ended with the person still on the way (MATSim: stuckAndAbort).
    Abort = 7,
}

/// Names of the numbers after the last of [`Kind`], in their order: boarding and alighting of passengers, loading and
/// unloading of goods, and a driver who takes or leaves a vehicle that has a number of its own.
pub const RESERVED: [&str; 6] = ["board", "alight", "load", "unload", "take vehicle", "leave vehicle"];

impl Kind {
    /// The word of the kind in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enter => "enter_link",
            Self::Push => "push_link",
            Self::Arrive => "arrive",
            Self::ArriveTeleported => "arrive_teleported",
            Self::Depart => "depart",
            Self::DepartTeleported => "depart_teleported",
            Self::EnterTraffic => "enter_traffic",
            Self::Abort => "abort",
        }
    }

    /// All kinds by number.
    pub const ALL: [Self; 8] = [
        Self::Enter,
        Self::Push,
        Self::Arrive,
        Self::ArriveTeleported,
        Self::Depart,
        Self::DepartTeleported,
        Self::EnterTraffic,
        Self::Abort,
    ];
}

/// One event, 16 bytes.
///
/// The total order is (`time_s`, `person`, `kind`): a person can meet each kind at most once in a
/// second, because every link and every teleported leg takes at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Event {
    /// When, seconds since midnight.
    pub time_s: u32,
    /// Who. Vehicles have the number of their driver.
    pub person: PersonId,
    /// What.
    pub kind: Kind,
    /// Where: the link of the event ([`LinkId::NONE`] where there is none).
    pub link: LinkId,
}

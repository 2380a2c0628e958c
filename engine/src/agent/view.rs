//! One traveller's components, all stages, as those read them who write tables and reports.

use super::Origin;
use crate::activity::{Chain, Episode};
use crate::demand::LayerId;
use crate::id::PersonId;
use crate::people::Demographics;
use crate::place::{Place, Places};
use crate::trip::{Day, Trips};

/// The components of one traveller.
#[derive(Debug, Clone, Copy)]
pub struct Agent<'a> {
    /// Its number.
    pub person: PersonId,
    /// Who it is in every run.
    pub origin: Origin,
    /// Its name in the source, where it has one.
    pub name: Option<&'a str>,
    /// Its layer of demand.
    pub layer: LayerId,
    /// Age, work and the like, where they are known.
    pub demographics: Option<&'a Demographics>,
    /// The activities that were planned, where they are known.
    pub chain: Option<&'a Chain>,
    /// Their places, one each.
    pub places: Option<&'a Places>,
    /// The trips, as planned.
    pub trips: &'a Trips,
    /// What became of the trips.
    pub day: &'a Day,
}

/// An activity as it happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stay {
    /// Who.
    pub person: PersonId,
    /// Position in the chain.
    pub number: usize,
    /// The activity with its real start and end.
    pub episode: Episode,
    /// Where; its link is the one at which the trip to it ended, or the trip from it began.
    pub place: Place,
}

impl Agent<'_> {
    /// The activities with their places and the times that came of the day. An activity that was never reached (the day
    /// ended on the way) is left out, and all after it. Nothing for a traveller without a chain.
    pub fn stays(&self) -> Vec<Stay> {
        let (Some(chain), Some(places)) = (self.chain, self.places) else { return Vec::new() };
        let mut stays = Vec::with_capacity(chain.0.len());
        let (mut arrived_s, mut at_link) = (None, None);
        for (number, (episode, place)) in chain.0.iter().zip(&places.0).enumerate() {
            let (mut episode, mut place) = (*episode, *place);
            if let Some(arrived_s) = arrived_s.take() {
                episode.start_s = arrived_s;
                episode.end_s = episode.end_s.max(arrived_s);
            }
            let trip = self.trips.0.iter().position(|t| usize::from(t.episode) == number);
            let leaves_by = trip.map(|t| self.trips.0[t].from);
            place.link = at_link.or(leaves_by).unwrap_or(place.link);
            let moved = trip.and_then(|t| self.day.0.get(t));
            if let Some(moved) = moved {
                episode.end_s = moved.depart_s.max(episode.start_s);
                arrived_s = Some(moved.arrive_s);
            }
            stays.push(Stay { person: self.person, number, episode, place });
            if moved.is_some_and(|m| m.arrive_s == u32::MAX) {
                break;
            }
            at_link = trip.map(|t| self.trips.0[t].to).or(at_link);
        }
        stays
    }
}

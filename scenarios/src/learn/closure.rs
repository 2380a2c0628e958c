//! What closures do to trips before anybody learns.

use super::CLOSURE_LEAD_S;
use engine::choice;
use engine::id::LegId;
use engine::mode::Mode;
use engine::network::Network;
use engine::policy::Compiled;
use engine::route::assign;
use engine::trip::{Legs, Trip};
use engine::{Fault, Result, Warning};

/// Largest share of car trips that a closure may leave without a way; more is a mistake in the scenario.
const MOST_STRANDED: f64 = 0.01;

/// Car trips that a closure leaves without a way are made by transit, at its stated speed.
///
/// # Errors
/// A [`Fault`] when they are more than one in a hundred.
pub(super) fn take_transit(
    network: &Network,
    legs: &mut Legs,
    stranded: &[LegId],
    message: &str,
) -> Result<Warning> {
    if stranded.len() as f64 > MOST_STRANDED * assign::car_legs(legs).len() as f64 {
        return Err(Fault::new("policy", "", message)
            .expected("a way for all but one car trip in a hundred")
            .advice("close fewer links, or for a shorter time")
            .into());
    }
    for leg in stranded.iter().map(|leg| leg.index()) {
        let (from, to) = (legs.from[leg], legs.to[leg]);
        let ((ax, ay), (bx, by)) = (network.middle(from), network.middle(to));
        let distance_m = engine::float::sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by)) as f32;
        let (depart_s, dwell_s) = (legs.depart_s[leg], legs.dwell_s[leg]);
        let trip = Trip { episode: 0, mode: Mode::Transit, depart_s, dwell_s, from, to, distance_m };
        legs.mode[leg] = Mode::Transit;
        legs.teleport_s[leg] = choice::teleport_s(&trip).max(1);
    }
    Ok(Warning::new("policy", "", format!("{message}; they are made by transit instead")))
}

/// Sends trips that would end on a closed link to an open link that leads up to it: who drives there
/// walks the rest. Returns how many.
pub fn park_before_closures(network: &Network, legs: &mut Legs, policy: &Compiled) -> (usize, Vec<Warning>) {
    let (cut, warnings) = policy.check_ends(network, legs, CLOSURE_LEAD_S);
    let is_closed = |link| policy.closed.iter().any(|w| w.link == link);
    let mut n_moved = 0;
    for LegId(leg) in cut {
        let to = &mut legs.to[leg as usize];
        let before = network.in_links(network.link(*to).from).iter().copied();
        if let Some(open) = before.filter(|l| network.link(*l).modes.has(Mode::Car) && !is_closed(*l)).min() {
            *to = open;
            n_moved += 1;
        }
    }
    (n_moved, warnings)
}

//! The bound: what a plain queue model over arrays does on this machine with the same network and routes.
//!
//! Second by second, a link gives its first vehicle to the next link when that vehicle has been on it for
//! the free travel time, flow capacity has gathered, and the next link has a place or has refused it for 30 s. There
//! are no events, no node lottery, no statistics and no persons: departures are those of the plan. It is not a
//! simulator to use, but the speed that the memory system allows one.

use engine::id::LegId;
use engine::network::Network;
use engine::trip::{Legs, Routes};

/// No vehicle, or no link.
const NONE: u32 = u32::MAX;
/// Seconds after which a vehicle goes onto a full link.
const STUCK: u32 = 30;
/// Metres of a lane that a vehicle takes.
const VEHICLE_M: f64 = 7.5;

/// A link and its queue: a cache line, so that a move touches two of them. No link leads onto itself.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Link {
    /// Flow gathered, vehicles.
    flow: f32,
    /// Flow capacity, vehicles per second.
    flow_per_s: f32,
    /// Free travel time, whole seconds.
    free_s: u32,
    /// Vehicles that fit on the link.
    n_places: u32,
    /// Second in which `flow` was brought up to date.
    last_s: u32,
    /// How often in a row the next link has refused the first vehicle of this one; it is asked once a second.
    n_refused: u32,
    /// First and last vehicle of the queue; `tail` means nothing where there is no `head`.
    head: u32,
    tail: u32,
    /// Vehicles on the link.
    n_on: u32,
    /// First and last of those who want to start here.
    first_waiting: u32,
    last_waiting: u32,
    /// The next link that is due in the same second; itself when it is not on the calendar.
    due: u32,
}

/// A vehicle; routes lie in one array.
#[derive(Clone, Copy)]
struct Vehicle {
    /// Where in `links` it is, and the end of its route.
    at: u32,
    end: u32,
    /// Second in which it may leave its link at the earliest.
    exit_s: u32,
    /// The vehicle behind it in its queue.
    behind: u32,
}

/// The model, ready to run.
pub struct Bound {
    /// By number, as in the network.
    links: Vec<Link>,
    /// In the order of departure.
    vehicles: Vec<Vehicle>,
    /// Departure of each vehicle, seconds of the day; never falls.
    depart_s: Vec<u32>,
    /// The links of all routes, one route after the other.
    route: Vec<u32>,
}

impl Bound {
    /// Lays out a network and the trips with routes, in the order of their departures.
    pub fn new(network: &Network, legs: &Legs, routes: &Routes) -> Self {
        let links = network.links.iter().enumerate().map(|(index, link)| Link {
            flow: 1.0,
            flow_per_s: (link.capacity_vph / 3600.0) as f32,
            free_s: link.free_s() as u32,
            n_places: (link.length_m * link.lanes / VEHICLE_M) as u32,
            last_s: 0,
            n_refused: 0,
            head: NONE,
            tail: NONE,
            n_on: 0,
            first_waiting: NONE,
            last_waiting: NONE,
            due: index as u32,
        });
        // Trips without a route, on foot or by bus, are not on the roads.
        let mut order: Vec<usize> =
            (0..legs.len()).filter(|&leg| !routes.of(LegId::new(leg)).is_empty()).collect();
        order.sort_by_key(|&leg| legs.depart_s[leg]);
        let mut route = Vec::with_capacity(routes.links.len());
        let vehicles = order.iter().map(|&leg| {
            let at = route.len() as u32;
            route.extend(routes.of(LegId::new(leg)).iter().map(|link| link.0));
            Vehicle { at, end: route.len() as u32, exit_s: 0, behind: NONE }
        });
        let vehicles = vehicles.collect();
        let depart_s = order.iter().map(|&leg| legs.depart_s[leg]).collect();
        Self { links: links.collect(), vehicles, depart_s, route }
    }

    /// Runs a day of `end_s` seconds: moves of a vehicle onto a next link, and arrivals. Only links on which something can
    /// happen are looked at: a calendar has, for each second, the list of links that are due in it. The day uses the
    /// vehicles up, so a second day needs a new `Bound`.
    pub fn run(mut self, end_s: u32) -> (u64, u64) {
        // The first link that is due in each second; the others hang on it.
        let mut calendar = vec![NONE; end_s as usize + 1];
        let (mut n_moves, mut n_arrived, mut next) = (0, 0, 0);
        for now_s in 0..end_s {
            while next < self.depart_s.len() && self.depart_s[next] <= now_s {
                self.wait(next as u32, &mut calendar, now_s);
                next += 1;
            }
            let mut link = std::mem::replace(&mut calendar[now_s as usize], NONE);
            while link != NONE {
                let following = std::mem::replace(&mut self.links[link as usize].due, link);
                self.serve(link, now_s, &mut calendar, &mut n_moves, &mut n_arrived);
                link = following;
            }
        }
        (n_moves, n_arrived)
    }

    /// Puts a vehicle behind those who want to start on the first link of its route, and has the link looked at
    /// now.
    fn wait(&mut self, vehicle: u32, calendar: &mut [u32], now_s: u32) {
        let index = self.route[self.vehicles[vehicle as usize].at as usize];
        let link = &mut self.links[index as usize];
        match link.first_waiting {
            NONE => link.first_waiting = vehicle,
            _ => self.vehicles[link.last_waiting as usize].behind = vehicle,
        }
        link.last_waiting = vehicle;
        plan(&mut self.links, calendar, index, now_s);
    }

    /// Lets vehicles off a link, those who start here first.
    #[inline]
    fn serve(
        &mut self,
        index: u32,
        now_s: u32,
        calendar: &mut [u32],
        n_moves: &mut u64,
        n_arrived: &mut u64,
    ) {
        // A copy that is written back at the end: in between only other links change, as none leads onto itself.
        let mut link = self.links[index as usize];
        link.flow =
            (link.flow + link.flow_per_s * (now_s - link.last_s) as f32).min(link.flow_per_s.max(1.0));
        link.last_s = now_s;
        let mut blocked = false;
        loop {
            let starts = link.first_waiting != NONE;
            let number = if starts { link.first_waiting } else { link.head };
            if number == NONE {
                break;
            }
            let vehicle = self.vehicles[number as usize];
            if !starts && vehicle.exit_s > now_s {
                break;
            }
            let arrives = vehicle.at + 1 == vehicle.end;
            if !arrives {
                if link.flow < 1.0 {
                    blocked = true;
                    break;
                }
                let onto = self.route[vehicle.at as usize + 1];
                let next = &self.links[onto as usize];
                if next.n_on >= next.n_places {
                    link.n_refused += 1;
                    if link.n_refused < STUCK {
                        blocked = true;
                        break;
                    }
                }
                link.n_refused = 0;
                link.flow -= 1.0;
                self.enter(number, onto, now_s, calendar);
                *n_moves += 1;
            } else {
                *n_arrived += 1;
            }
            if starts {
                link.first_waiting = vehicle.behind;
            } else {
                link.head = vehicle.behind;
                link.n_on -= 1;
            }
        }
        self.links[index as usize] = link;
        // A link that is held up is tried again in the next second; another when its first vehicle may leave.
        if blocked {
            plan(&mut self.links, calendar, index, now_s + 1);
        } else if link.head != NONE {
            let exit_s = self.vehicles[link.head as usize].exit_s;
            plan(&mut self.links, calendar, index, exit_s.max(now_s + 1));
        }
    }

    /// Puts a vehicle at the end of the queue of the next link; a link that was empty gets onto the calendar.
    #[inline]
    fn enter(&mut self, number: u32, onto: u32, now_s: u32, calendar: &mut [u32]) {
        let next = &mut self.links[onto as usize];
        let vehicle = &mut self.vehicles[number as usize];
        vehicle.at += 1;
        vehicle.behind = NONE;
        vehicle.exit_s = now_s + next.free_s + 1;
        let exit_s = vehicle.exit_s;
        next.n_on += 1;
        let tail = std::mem::replace(&mut next.tail, number);
        if next.head == NONE {
            next.head = number;
            plan(&mut self.links, calendar, onto, exit_s);
        } else {
            self.vehicles[tail as usize].behind = number;
        }
    }
}

/// Puts a link on the calendar, unless it is there already.
#[inline]
fn plan(links: &mut [Link], calendar: &mut [u32], index: u32, at_s: u32) {
    let link = &mut links[index as usize];
    let Some(first) = calendar.get_mut(at_s as usize) else { return };
    if link.due == index {
        link.due = std::mem::replace(first, index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::twin::grid;

    #[test]
    fn everybody_moves_over_every_node_of_the_route_and_arrives() {
        let (network, legs, routes) = grid::scenario(12, 2_000, 3).unwrap();
        let moves = routes.links.len() - legs.len();
        assert_eq!(Bound::new(&network, &legs, &routes).run(200_000), (moves as u64, legs.len() as u64));
    }

    #[test]
    fn a_day_that_is_cut_short_leaves_some_on_the_way() {
        let (network, legs, routes) = grid::scenario(12, 2_000, 3).unwrap();
        let (_, n_arrived) = Bound::new(&network, &legs, &routes).run(8 * 3600);
        assert!(n_arrived > 0 && n_arrived < legs.len() as u64);
    }
}

//! Whether a frozen day belongs to a world: what was read from a file is believed only after this.
//!
//! A checkpoint comes from a disk, so it may be damaged, of another scenario, or made by hand. After
//! [`Frozen::check`] the day can index by every number in it without asking again. The check says nothing about
//! whether the state is one that the day would have come to: it only makes sure that to go on from it is safe and
//! that nobody is in two places or lost.

use super::{Frozen, FrozenHole, FrozenLink};
use crate::error::{Fault, Result};
use crate::traffic::World;

/// Accounts, times and counts stay far from the ends of their types.
const MOST_ACCOUNT: u64 = 1 << 62;
const MOST_COUNT: u32 = 1 << 31;
const MOST_HOLE: i64 = 1 << 62;
const MOST_EXIT_S: u32 = 1 << 30;
const NEVER: u32 = u32::MAX;

impl Frozen {
    /// Checks that the day can be lived on in `world`: everybody is in one place, on a link of the route of a leg
    /// of theirs, and every number is one that a day can reach.
    ///
    /// # Errors
    /// A [`Fault`] for the first thing that is not so.
    pub fn check(&self, world: &World) -> Result<()> {
        let fault = |record: String, what: &str| {
            Err(Fault::new("frozen day", record, what).expected("a day of this scenario").into())
        };
        if self.next_s == 0 || self.next_s > world.end_s() {
            return fault(String::new(), "stands at a second that the day does not have");
        }
        if self.links.len() != world.network.links.len() || !self.outcome_fits(world) {
            return fault(String::new(), "is one of another network or other trips");
        }
        for (number, link) in self.links.iter().enumerate() {
            if !self.link_fits(link) {
                return fault(format!("link {number}"), "has a number that no day reaches");
            }
        }
        let mut seen = vec![NEVER; world.legs.n_persons()];
        for (row, person) in self.persons.iter().enumerate() {
            let at = person.person as usize;
            let legs = world.legs.first.get(at..at + 2).unwrap_or(&[0, 0]);
            let is_known = (legs[0]..legs[1]).contains(&person.leg) && person.stage < 3;
            if !is_known || std::mem::replace(&mut seen[at], row as u32) != NEVER {
                return fault(format!("person {at}"), "is unknown, has no such leg, or is there twice");
            }
            let drives = person.stage == 1;
            // Who is due after the end is listed at the end.
            let in_time = (self.next_s..=world.end_s()).contains(&person.due_s);
            if drives && !world.legs.mode[person.leg as usize].drives() || !drives && !in_time {
                return fault(format!("person {at}"), "is not where the leg or the time allows");
            }
        }
        self.check_places(world, &mut seen)
    }

    /// Whether the record so far has the shape of this world's legs, links and bins, and counts far below overflow.
    fn outcome_fits(&self, world: &World) -> bool {
        let (done, n_links) = (&self.outcome, world.network.links.len());
        let bins = &done.bins;
        let small = |counts: &[u32]| counts.iter().all(|&n| n < MOST_COUNT);
        let totals = [done.n_moves, done.n_departed, done.n_arrived, done.n_aborted];
        done.moved.len() == world.legs.len()
            && done.pushed.len() == n_links * 24
            && (bins.n_links, bins.bin_s) == (n_links, world.config.bin_s)
            && [&bins.left, &bins.entered, &bins.time_sum_s]
                .iter()
                .all(|counts| counts.len() == n_links * bins.n_bins && small(counts))
            && small(&done.pushed)
            && totals.iter().all(|&n| n < MOST_ACCOUNT)
    }

    /// Whether a link has positive finite attributes, accounts far from overflow, no moment in the future, and a
    /// signal with a green (or none). The bound on speed and lanes is what lets the day divide by them.
    fn link_fits(&self, link: &FrozenLink) -> bool {
        let numbers = [link.capacity_vph, link.freespeed_mps, link.lanes];
        let [cycle_s, _, green_s] = link.signal;
        numbers.iter().all(|number| number.is_finite() && *number > 0.0)
            && [link.flow, link.inflow].iter().all(|account| account.unsigned_abs() < MOST_ACCOUNT)
            && [link.flow_s, link.inflow_s, link.moved_s].iter().all(|&second| second < self.next_s)
            && link.n_buffer <= u32::from(u16::MAX)
            && (link.signal == [0; 3] || (1..=cycle_s).contains(&green_s))
    }

    /// Every driver is in one place, and that place is on the route.
    ///
    /// `seen` holds for each person the row in `persons`; the place of a driver, once found, is struck off
    /// ([`NEVER`]), so a second place for the same person finds nobody, and whoever is left at the end has no place
    /// at all. Vehicles must be in the order of their links, the buffer of a link first: that order decides who
    /// leaves first.
    fn check_places(&self, world: &World, seen: &mut [u32]) -> Result<()> {
        let fault = |person: u32, what: &str| {
            Err(Fault::new("frozen day", format!("person {person}"), what)
                .expected("a day of this scenario")
                .into())
        };
        let mut driver = |person: u32| {
            let row = seen.get_mut(person as usize)?;
            let found = self.persons.get(*row as usize).filter(|found| found.stage == 1)?;
            *row = NEVER;
            Some(found.leg as usize)
        };
        let routes = world.routes;
        let mut n_on = vec![0u32; self.links.len()];
        let mut last = 0;
        for vehicle in &self.vehicles {
            let Some(leg) = driver(vehicle.person) else {
                return fault(vehicle.person, "drives twice or not at all");
            };
            let is_on = (routes.first[leg]..routes.first[leg + 1]).contains(&vehicle.at)
                && routes.links[vehicle.at as usize].0 == vehicle.link;
            let in_time = (vehicle.enter_s < self.next_s || vehicle.enter_s == NEVER)
                && vehicle.exit_s < MOST_EXIT_S
                && vehicle.link >= last;
            if !is_on || !in_time {
                return fault(vehicle.person, "is not where the route or the time allows");
            }
            last = vehicle.link;
            n_on[vehicle.link as usize] += 1;
            // Who is in the buffer drives on, or it would have arrived.
            let in_buffer = n_on[vehicle.link as usize] <= self.links[vehicle.link as usize].n_buffer;
            if in_buffer && vehicle.at + 1 == routes.first[leg + 1] {
                return fault(vehicle.person, "waits to drive on at the end of the route");
            }
        }
        if self.links.iter().zip(&n_on).any(|(link, &n)| link.n_buffer > n) {
            return fault(0, "is missing in a buffer");
        }
        for &(link, person) in &self.waiting {
            let leg = driver(person);
            let waits_here =
                |leg: usize| world.legs.from[leg].0 == link && routes.first[leg + 1] - routes.first[leg] > 1;
            if !leg.is_some_and(waits_here) {
                return fault(person, "waits where no leg of its begins");
            }
        }
        // Free places that travel backwards belong to no person; they only need a link and a size.
        let hole_fits =
            |hole: &FrozenHole| (hole.link as usize) < self.links.len() && (1..MOST_HOLE).contains(&hole.pce);
        if !self.holes.iter().all(hole_fits) {
            return fault(0, "left a place on an unknown link, or of an impossible size");
        }
        match self.persons.iter().find(|p| p.stage == 1 && seen[p.person as usize] != NEVER) {
            Some(lost) => fault(lost.person, "is lost: it drives on no link"),
            None => Ok(()),
        }
    }
}

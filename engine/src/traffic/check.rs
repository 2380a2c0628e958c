//! Checks that a day keeps its promises, made on the events alone, so that they hold for any engine
//! that says them. A check is a [`Sink`] that hands everything on to another one.
//!
//! Always: **nobody is lost** (who departs enters traffic, moves over neighbouring links, and arrives or
//! is aborted) and **nobody is faster than free flow**. About one random memory access an event.
//! On request, by link:
//! * **Flow.** In any k seconds fewer than k · rate + p cars pass the end of the link, p the largest vehicle in
//!   passenger-car equivalents: the account of the queue model allows one vehicle more than the rate. A [`Change`] of
//!   the link fills the account.
//! * **Storage.** Nobody enters, unless pushed, while the queue is full. The buffer, which events do not
//!   show, holds fewer than `rate` + p cars, and that many more after each [`Change`] of the link.
//! * **Order.** Of vehicles that drove the whole link, none leaves in an earlier second than one that
//!   entered in an earlier second. Vehicles that arrive may pass those that wait in the buffer, but no
//!   vehicle that drives on passes one that arrives.
//!
//! Begin reading at `Check::event`: a person is a small state machine, and each event must be one that its state
//! allows. The bounds of a link are in `Watch`. The checks share with the queue model only the numbers that a link
//! promises (`Attributes`, `Pace`); they never read its queues, so a fault there cannot hide itself here.
//!
//! Events of one second have no order in time (they are sorted by person), so every bound is one that holds for
//! some order of them: that is why `Watch` keeps two values of many things, at the start of the second and now.

use super::Sink;
use super::link::{Attributes, ONE, Pace};
use super::{Config, Frozen, Then};
use crate::error::{Error, Result};
use crate::event::{Event, Kind};
use crate::id::LinkId;
use crate::network::{Change, Network};
use crate::trip::Legs;
use crate::unit::hms;
use crate::vehicle::ClassId;

/// Where a person is, as the events tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Activity,
    /// Departed to drive, not yet in traffic.
    Waiting,
    /// In traffic, not yet over a node.
    Parked,
    Driving,
    Teleported,
}

/// A person as the events left it: state, the class of the vehicle of the present leg, and the link with the second
/// of the last event.
#[derive(Debug, Clone, Copy)]
struct Person {
    stage: Stage,
    class: ClassId,
    link: LinkId,
    since_s: u32,
}

/// What a link promises and what the cheap checks need.
#[derive(Debug, Clone, Copy)]
struct Row {
    from: u32,
    to: u32,
    /// Whole seconds at the highest speed of the day.
    least_s: u32,
}

/// What is watched on a link on request.
#[derive(Debug, Clone)]
struct Watch {
    attributes: Attributes,
    rate: i64,
    /// Most that the buffer can hold; this and the next six in 2^-32 passenger-car equivalents.
    buffer: i64,
    /// What queue and buffer take.
    storage: i64,
    /// How far the vehicles that passed are ahead of the rate.
    ahead: i64,
    ahead_s: u32,
    /// Vehicles inside that entered over the start node: at the start of the second, now.
    inside_before: i64,
    inside: i64,
    entered: i64,
    /// The largest of those that entered in this second.
    largest: i64,
    /// Latest entry of those that drove on, and that arrived: in earlier seconds, up to now.
    passed_before: u32,
    passed: u32,
    arrived_before: u32,
    arrived: u32,
    second_s: u32,
}

/// What was checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Checked {
    /// Legs that departed.
    pub n_departed: u64,
    /// Legs that arrived.
    pub n_arrived: u64,
    /// Legs that the end of the day aborted.
    pub n_aborted: u64,
    /// Moves over a node.
    pub n_moves: u64,
    /// Of these, pushes onto a full link.
    pub n_pushed: u64,
}

/// The checks, around another sink. A broken promise is an [`Error::Check`] from [`Sink::second`] or
/// from [`Check::finish`].
pub struct Check<'a> {
    network: &'a Network,
    changes: &'a [Change],
    config: &'a Config,
    inner: &'a mut dyn Sink,
    persons: Vec<Person>,
    rows: Vec<Row>,
    watches: Vec<Watch>,
    next_change: usize,
    checked: Checked,
    sizes: Sizes,
    vehicles: Option<Vehicles<'a>>,
}

/// Sizes of vehicles that the bounds of a link depend on, 2^-32 passenger-car equivalents.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// The largest.
    most: i64,
    /// All sizes are multiples of this.
    grain: i64,
}

/// Who drives what, where not all vehicles move as ordinary cars.
struct Vehicles<'a> {
    legs: &'a Legs,
    paces: Vec<Pace>,
    /// Next leg of each person.
    next: Vec<u32>,
}

impl<'a> Check<'a> {
    /// Checks that nobody of `n_persons` is lost or faster than free flow.
    pub fn new(
        network: &'a Network,
        n_persons: usize,
        changes: &'a [Change],
        config: &'a Config,
        inner: &'a mut dyn Sink,
    ) -> Self {
        let mut fastest: Vec<f64> = network.links.iter().map(|link| link.freespeed_mps).collect();
        for change in changes {
            let speed = &mut fastest[change.link.index()];
            *speed = speed.max(change.freespeed_mps.unwrap_or(0.0));
        }
        let row = |(link, &freespeed_mps): (&crate::network::Link, &f64)| Row {
            from: link.from.0,
            to: link.to.0,
            least_s: Attributes { freespeed_mps, ..Attributes::of(link) }.free_s(link),
        };
        Self {
            network,
            changes,
            config,
            inner,
            persons: vec![
                Person {
                    stage: Stage::Activity,
                    class: ClassId::CAR,
                    link: LinkId::NONE,
                    since_s: 0
                };
                n_persons
            ],
            rows: network.links.iter().zip(&fastest).map(row).collect(),
            watches: Vec::new(),
            next_change: 0,
            checked: Checked::default(),
            sizes: Sizes { most: ONE, grain: ONE },
            vehicles: None,
        }
    }

    /// Knows which vehicles are driven; without it all are taken for ordinary cars. `legs` are those of the persons
    /// that are followed. To be called before [`Check::with_links`].
    #[must_use]
    pub fn with_vehicles(mut self, legs: &'a Legs) -> Self {
        let paces = Pace::of(legs);
        if let Some(most) = paces.iter().map(|pace| pace.pce).max() {
            self.sizes = Sizes { most, grain: 1 };
            self.vehicles = Some(Vehicles { legs, paces, next: legs.first.clone() });
        }
        self
    }

    /// Checks flow, storage and order on every link as well.
    #[must_use]
    pub fn with_links(mut self) -> Self {
        self.watches =
            self.network.links.iter().map(|link| Watch::new(link, self.config, self.sizes)).collect();
        self
    }

    /// Ends the checks.
    ///
    /// # Errors
    /// [`Error::Check`] when somebody departed and neither arrived nor was aborted.
    pub fn finish(self) -> Result<Checked> {
        let lost = self.persons.iter().position(|person| person.stage != Stage::Activity);
        if let Some(person) = lost {
            let at = self.persons[person];
            let since = hms(at.since_s);
            return Err(Error::Check(format!(
                "person {person} is lost on link {} since {since}: neither arrived nor aborted",
                at.link.0
            )));
        }
        let done = self.checked;
        debug_assert_eq!(done.n_departed, done.n_arrived + done.n_aborted);
        Ok(done)
    }

    fn event(&mut self, event: &Event) -> Result<()> {
        let index = event.person.index();
        let Some(&person) = self.persons.get(index) else {
            return Err(broken(event, "is a person that does not exist"));
        };
        let stage = match (event.kind, person.stage) {
            // From here on the person's link is looked up.
            (Kind::Depart, Stage::Activity) if event.link.index() >= self.rows.len() => {
                return Err(broken(event, "is on a link that does not exist"));
            }
            (Kind::Depart, Stage::Activity) => Stage::Waiting,
            (Kind::DepartTeleported, Stage::Activity) => Stage::Teleported,
            (Kind::EnterTraffic, Stage::Waiting) if event.link == person.link => Stage::Parked,
            (Kind::Enter | Kind::Push, Stage::Parked | Stage::Driving) => {
                self.pass(event, person)?;
                Stage::Driving
            }
            (Kind::Arrive, Stage::Driving | Stage::Parked) => {
                self.arrive(event, person)?;
                Stage::Activity
            }
            (Kind::ArriveTeleported, Stage::Teleported) => Stage::Activity,
            // The end of the day may abort a leg wherever it is, but not an activity.
            (Kind::Abort, stage) if stage != Stage::Activity => Stage::Activity,
            (_, stage) => {
                let text = format!("does not follow from {stage:?} on link {}", person.link.0);
                return Err(broken(event, &text));
            }
        };
        // Events do not name the leg: a departure is the person's next one, and that gives the class of the
        // vehicle.
        let mut class = person.class;
        if let (Kind::Depart | Kind::DepartTeleported, Some(vehicles)) = (event.kind, &mut self.vehicles) {
            let leg = vehicles.next[index];
            if leg >= vehicles.legs.first[index + 1] {
                return Err(broken(event, "sets out once too often"));
            }
            vehicles.next[index] += 1;
            class = vehicles.legs.vehicle[leg as usize];
        }
        self.persons[index] = Person { stage, class, link: event.link, since_s: event.time_s };
        let count = match event.kind {
            Kind::Depart | Kind::DepartTeleported => &mut self.checked.n_departed,
            Kind::Arrive | Kind::ArriveTeleported => &mut self.checked.n_arrived,
            Kind::Abort => &mut self.checked.n_aborted,
            Kind::Enter | Kind::Push => &mut self.checked.n_moves,
            Kind::EnterTraffic => return Ok(()),
        };
        *count += 1;
        self.checked.n_pushed += u64::from(event.kind == Kind::Push);
        Ok(())
    }

    /// Size of the vehicle of a person, 2^-32 passenger-car equivalents, and the seconds that it needs for its link.
    fn vehicle(&self, person: Person) -> (i64, u32) {
        let least_s = self.rows[person.link.index()].least_s;
        match &self.vehicles {
            None => (ONE, least_s),
            Some(vehicles) => {
                let pace = &vehicles.paces[person.class.index()];
                (pace.pce, least_s.max(pace.least_s(self.network.link(person.link).length_m)))
            }
        }
    }

    /// The person passes the end of its link and enters that of the event.
    ///
    /// One who drove the whole link needs at least its free travel time and the second in the buffer; one who came
    /// from parking starts in the buffer and needs that second only.
    fn pass(&mut self, event: &Event, person: Person) -> Result<()> {
        let Some(&to) = self.rows.get(event.link.index()) else {
            return Err(broken(event, "is on a link that does not exist"));
        };
        let row = self.rows[person.link.index()];
        if row.to != to.from {
            return Err(broken(event, &format!("jumps there from link {}", person.link.0)));
        }
        let drove = person.stage == Stage::Driving;
        let (pce, free_s) = self.vehicle(person);
        let least_s = if drove { free_s + 1 } else { 1 };
        if event.time_s < person.since_s + least_s {
            return Err(broken(event, &format!("was faster than the {least_s} s of free flow before")));
        }
        if self.watches.is_empty() {
            return Ok(());
        }
        let left = &mut self.watches[person.link.index()];
        left.start_second(event.time_s);
        left.pass(event, drove.then_some(person.since_s), pce, self.sizes)?;
        let entered = &mut self.watches[event.link.index()];
        entered.start_second(event.time_s);
        entered.enter(event, pce)
    }

    /// The person ends its trip on the link that it is on. Vehicles arrive out of the queue, so the second in the
    /// buffer is not needed.
    fn arrive(&mut self, event: &Event, person: Person) -> Result<()> {
        if event.link != person.link {
            return Err(broken(event, &format!("jumps there from link {}", person.link.0)));
        }
        let drove = person.stage == Stage::Driving;
        let (pce, free_s) = self.vehicle(person);
        let least_s = if drove { free_s } else { 1 };
        if event.time_s < person.since_s + least_s {
            return Err(broken(event, &format!("was faster than the {least_s} s of free flow")));
        }
        if let (true, Some(watch)) = (drove, self.watches.get_mut(person.link.index())) {
            watch.start_second(event.time_s);
            watch.arrive(event, person.since_s, pce)?;
        }
        Ok(())
    }

    /// Changes hold from the start of their second, before anybody moves in it, as in the queue model.
    fn apply_changes(&mut self, now_s: u32) {
        while let Some(change) = self.changes.get(self.next_change).filter(|c| c.time_s <= now_s) {
            self.next_change += 1;
            if let Some(watch) = self.watches.get_mut(change.link.index()) {
                watch.change(change, self.network.link(change.link), self.config, self.sizes);
            }
        }
    }
}

impl Sink for Check<'_> {
    fn second(&mut self, events: &[Event]) -> Result<()> {
        if let Some(first) = events.first() {
            self.apply_changes(first.time_s);
        }
        for event in events {
            self.event(event)?;
        }
        self.inner.second(events)
    }

    fn pause(&mut self, frozen: &Frozen) -> Result<Then> {
        self.inner.pause(frozen)
    }
}

impl Watch {
    fn new(link: &crate::network::Link, config: &Config, sizes: Sizes) -> Self {
        let mut watch = Self {
            attributes: Attributes::of(link),
            rate: 1,
            buffer: 0,
            storage: 0,
            ahead: 0,
            ahead_s: 0,
            inside_before: 0,
            inside: 0,
            entered: 0,
            largest: 0,
            passed_before: 0,
            passed: 0,
            arrived_before: 0,
            arrived: 0,
            second_s: 0,
        };
        watch.set(link, config, sizes);
        watch
    }

    /// Sets the bounds from the attributes in force. They are rounded up to the grain of the sizes: whole cars
    /// where there are only cars, so that a bound of 2.5 cars is three cars and not two. The buffer's bound *adds
    /// up*: vehicles that an earlier, larger rate let into the buffer may still be in it.
    fn set(&mut self, link: &crate::network::Link, config: &Config, sizes: Sizes) {
        self.rate = self.attributes.rate(config.sample);
        let Sizes { most, grain } = sizes;
        self.buffer += (self.rate + most - 1) / grain * grain;
        let storage = (self.attributes.storage_pce(link, config) + grain - 1) / grain * grain;
        self.storage = storage + self.buffer;
    }

    fn change(&mut self, change: &Change, link: &crate::network::Link, config: &Config, sizes: Sizes) {
        let of = &mut self.attributes;
        of.capacity_vph = change.capacity_vph.filter(|&c| c > 0.0).unwrap_or(of.capacity_vph);
        of.freespeed_mps = change.freespeed_mps.unwrap_or(of.freespeed_mps);
        of.lanes = change.lanes.unwrap_or(of.lanes);
        // Who is in the buffer may leave beside the account that the change fills.
        (self.ahead, self.ahead_s) = (-self.buffer, change.time_s);
        self.set(link, config, sizes);
    }

    /// At the first event of a link in a new second, what holds now becomes what held before.
    fn start_second(&mut self, now_s: u32) {
        if self.second_s != now_s {
            self.second_s = now_s;
            self.inside_before = self.inside;
            (self.entered, self.largest) = (0, 0);
            (self.passed_before, self.arrived_before) = (self.passed, self.arrived);
        }
    }

    /// A vehicle of `pce` leaves over the end node; `entered_s` is when it entered over the start node, `None` from
    /// parking.
    ///
    /// `ahead` grows by the size of each vehicle and falls by `rate` a second, not below zero (a leaky bucket). The
    /// account of the queue model lets the next vehicle go while it is above zero, however large, so `ahead` stays
    /// below `rate` and one largest vehicle:
    ///
    /// ```text
    /// 1200 veh/h = 1/3 a second, cars only: the bound is 4/3
    /// cars at 0, 3, 6 s: 1, 1, 1      cars at 0, 1 s: 1, 5/3, too much
    /// ```
    fn pass(&mut self, event: &Event, entered_s: Option<u32>, pce: i64, sizes: Sizes) -> Result<()> {
        let idle_s = i64::from(event.time_s - self.ahead_s);
        if idle_s > 0 {
            // What a change grants (below zero) stays until it is used.
            let floor = self.ahead.min(0);
            self.ahead = self.ahead.saturating_sub(idle_s.saturating_mul(self.rate)).max(floor);
            self.ahead_s = event.time_s;
        }
        self.ahead += pce;
        if self.ahead >= self.rate.saturating_add(sizes.most) {
            let rate = 3600.0 * self.rate as f64 / ONE as f64;
            return Err(broken(event, &format!("left a link of {rate} veh/h above its flow capacity")));
        }
        let Some(entered_s) = entered_s else { return Ok(()) };
        self.inside -= pce;
        if entered_s < self.passed_before {
            return Err(broken(event, "was overtaken on the link before"));
        }
        self.passed = self.passed.max(entered_s);
        Ok(())
    }

    /// A vehicle ends its trip here. Nobody who entered in a later second may have arrived, or driven on, in an
    /// earlier one.
    fn arrive(&mut self, event: &Event, entered_s: u32, pce: i64) -> Result<()> {
        self.inside -= pce;
        if entered_s < self.passed_before.max(self.arrived_before) {
            return Err(broken(event, "was overtaken on its last link"));
        }
        self.arrived = self.arrived.max(entered_s);
        Ok(())
    }

    /// A vehicle of `pce` enters over the start node; a push may find the link full. Vehicles that leave in the
    /// same second make no room yet: a node sees its links as they were at the end of the second before. The order
    /// of those who enter in one second is not known; the largest is taken for the last, which is the order that
    /// allows most.
    fn enter(&mut self, event: &Event, pce: i64) -> Result<()> {
        self.inside += pce;
        if event.kind == Kind::Push {
            return Ok(());
        }
        self.entered += pce;
        self.largest = self.largest.max(pce);
        // Whoever was the last of them to enter, there was a place left before.
        if self.inside_before + self.entered - self.largest >= self.storage {
            let inside = self.inside_before as f64 / ONE as f64;
            return Err(broken(event, &format!("enters a full link ({inside} cars inside)")));
        }
        Ok(())
    }
}

/// The message of a broken promise: time, person, kind of event, link and what is wrong. Its own function, and
/// marked cold, so that the text is not built in the path of good events.
#[cold]
fn broken(event: &Event, what: &str) -> Error {
    let (time, person) = (hms(event.time_s), event.person.0);
    Error::Check(format!("{time} person {person} {:?} link {} {what}", event.kind, event.link.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::Nobody;
    use crate::traffic::{run, theory};
    use crate::trip::{Legs, Routes};
    use crate::twin::grid;

    /// Replays events of a day through all checks.
    fn replay(network: &Network, n_persons: usize, events: &[Event]) -> Result<Checked> {
        let (config, mut nobody) = (Config::default(), Nobody);
        let mut check = Check::new(network, n_persons, &[], &config, &mut nobody).with_links();
        for second in events.chunk_by(|a, b| a.time_s == b.time_s) {
            check.second(second)?;
        }
        check.finish()
    }

    fn day(network: &Network, legs: &Legs, routes: &Routes) -> Vec<Event> {
        let mut events = Vec::new();
        run(network, legs, routes, &[], &Config::default(), &mut events).unwrap();
        events
    }

    fn caught(outcome: Result<Checked>, what: &str) {
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Check(_)) && error.to_string().contains(what), "{error}");
    }

    /// The grid, its day, and the grid with every link altered: a day on one is a fault on the other.
    fn grids(alter: impl Fn(&mut crate::network::Link)) -> (Network, Network, Legs, Routes) {
        let (network, legs, routes) = grid::scenario(6, 2000, 3).unwrap();
        let mut links = network.links.clone();
        links.iter_mut().for_each(alter);
        let altered = Network::new("t", network.crs.clone(), network.nodes.clone(), links, vec![]).unwrap();
        (network, altered, legs, routes)
    }

    #[test]
    fn a_good_day_passes_and_is_handed_on() {
        let (network, legs, routes) = grid::scenario(6, 2000, 3).unwrap();
        let (config, mut events) = (Config::default(), Vec::new());
        let mut check = Check::new(&network, 2000, &[], &config, &mut events).with_links();
        let outcome = run(&network, &legs, &routes, &[], &config, &mut check).unwrap();
        let checked = check.finish().unwrap();
        assert_eq!((checked.n_departed, checked.n_moves), (4000, outcome.n_moves));
        assert_eq!(replay(&network, 2000, &events).unwrap(), checked);
    }

    #[test]
    fn a_lost_vehicle_is_caught() {
        let (network, legs, routes) = grid::scenario(6, 200, 3).unwrap();
        let mut events = day(&network, &legs, &routes);
        let last = events.iter().rposition(|e| e.kind == Kind::Arrive).unwrap();
        events.remove(last);
        caught(replay(&network, 200, &events), "is lost");
        let first = events.iter().position(|e| e.kind == Kind::Enter).unwrap();
        events.remove(first);
        caught(replay(&network, 200, &events), "jumps");
    }

    #[test]
    fn a_vehicle_that_comes_from_nowhere_is_caught() {
        let (network, legs, routes) = grid::scenario(6, 200, 3).unwrap();
        let mut events = day(&network, &legs, &routes);
        events.retain(|e| e.kind != Kind::Depart);
        caught(replay(&network, 200, &events), "does not follow");
    }

    /// Found by the fuzzer: who set out on such a link made the checker look it up on leaving.
    #[test]
    fn a_link_that_does_not_exist_is_caught() {
        let (network, legs, routes) = grid::scenario(6, 200, 3).unwrap();
        let events = day(&network, &legs, &routes);
        let person = events.iter().find(|e| e.kind == Kind::Depart).unwrap().person;
        for link in [LinkId(network.links.len() as u32), LinkId::NONE] {
            let mut lost = events.clone();
            let on_first =
                |e: &&mut Event| e.person == person && !matches!(e.kind, Kind::Enter | Kind::Arrive);
            lost.iter_mut().filter(on_first).for_each(|e| e.link = link);
            caught(replay(&network, 200, &lost), "does not exist");
        }
    }

    #[test]
    fn flow_above_capacity_is_caught() {
        let (network, wider, legs, routes) = grids(|link| link.capacity_vph *= 1.5);
        caught(replay(&network, 2000, &day(&wider, &legs, &routes)), "above its flow capacity");
    }

    #[test]
    fn speed_above_free_flow_is_caught() {
        let (network, faster, legs, routes) = grids(|link| link.freespeed_mps *= 1.2);
        caught(replay(&network, 2000, &day(&faster, &legs, &routes)), "faster than");
    }

    #[test]
    fn a_full_link_that_is_entered_is_caught() {
        let rows = |lanes| {
            theory::network(&[
                (0, 1, 3000.0, 30.0, 3600.0, 1.0),
                (1, 2, 150.0, 30.0, 360.0, lanes),
                (2, 3, 150.0, 30.0, 3600.0, 1.0),
            ])
        };
        let (legs, routes) = theory::demand((0..100).map(|_| (0, vec![0, 1, 2])));
        caught(replay(&rows(1.0), 100, &day(&rows(2.0), &legs, &routes)), "enters a full link");
    }

    #[test]
    fn an_overtaking_is_caught() {
        let rows = [
            (0, 1, 300.0, 30.0, 3600.0, 1.0),
            (1, 2, 300.0, 30.0, 360.0, 1.0),
            (2, 3, 300.0, 30.0, 3600.0, 1.0),
        ];
        let network = theory::network(&rows);
        let (legs, routes) = theory::demand((0..9).map(|_| (0, vec![0, 1, 2])));
        let events = day(&network, &legs, &routes);
        // Persons 4 and 5 exchange their places behind link 1: from the second in which 4 left it.
        let left = |e: &Event| e.person.0 == 4 && e.link == LinkId(2) && e.kind == Kind::Enter;
        let from_s = events.iter().find(|e| left(e)).unwrap().time_s;
        let mut swapped: Vec<Event> = events.clone();
        for event in swapped.iter_mut().filter(|e| e.time_s >= from_s) {
            event.person.0 = match event.person.0 {
                4 => 5,
                5 => 4,
                other => other,
            };
        }
        swapped.sort();
        replay(&network, 9, &events).unwrap();
        caught(replay(&network, 9, &swapped), "was overtaken");
    }
}

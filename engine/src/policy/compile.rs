//! From measures to changes of links in time, closures, tolls and demand.
//!
//! Begin reading at [`compile`]: it turns every measure into windows on links, then `play` walks through the
//! moments at which something begins or ends on a link and writes down what changed. Nothing here touches a network
//! or a population: the queue model plays the changes back, routing reads closures and tolls through
//! [`Compiled::apply`], and persons are copied or kept at home where demand is made.

use super::place::Finder;
use super::{Alter, Charge, Clock, Measure, Telework};
use crate::draw::{Purpose, draw};
use crate::error::{Fault, Faults, Result};
use crate::id::{LinkId, PersonId};
use crate::mode::Mode;
use crate::network::{Change, Network, Signal};
use crate::route::LinkTimes;
use crate::trip::Trip;
use crate::warning::Warning;
use std::collections::BTreeMap;

/// A link is closed from `from_s` (included) to `to_s` (excluded).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// The link that is closed.
    pub link: LinkId,
    /// Seconds since midnight.
    pub from_s: u32,
    /// Seconds since midnight; `u32::MAX` = for good.
    pub to_s: u32,
}

/// Entering a link costs money in a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Toll {
    /// The link and the window.
    pub window: Window,
    /// Money a passage.
    pub amount: f64,
}

/// What a list of measures comes to on a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// Changes of links, by time, then link: the queue model plays them back. A closure is capacity zero.
    pub changes: Vec<Change>,
    /// Closures, by link.
    pub closed: Vec<Window>,
    /// Tolls, in the order of the measures.
    pub tolls: Vec<Toll>,
    /// Telework measures, in order.
    pub telework: Vec<Telework>,
    /// Persons after / persons before.
    pub demand_factor: f64,
}

impl Default for Compiled {
    fn default() -> Self {
        Self {
            changes: Vec::new(),
            closed: Vec::new(),
            tolls: Vec::new(),
            telework: Vec::new(),
            demand_factor: 1.0,
        }
    }
}

/// A change of one link while it holds.
struct Held<'m> {
    from_s: u32,
    to_s: u32,
    what: What<'m>,
}

/// What a measure does to a link.
enum What<'m> {
    Closes,
    Alters(&'m Alter),
    /// Vehicles per hour.
    Meters(f64),
    /// The signal, and the record of its measure.
    Signals(Signal, String),
}

/// Compiles measures, in order: where several hold on a link at once, each changes what the ones before made of
/// it; then meters limit the capacity to the lowest of their rates, and a closure wins over all.
///
/// ```text
/// a link of 2 lanes and 4000 veh/h; half the lanes 6-10 h, a meter of 1500 veh/h 7-9 h, closed 8-8.30 h
///  6.00  1 lane, 2000     8.00  0        9.00  2000
///  7.00  1500             8.30  1500    10.00  2 lanes, 4000
/// ```
///
/// For a link the order of measures matters only where two changes hold on one link at once (half of it, then a
/// lane less).
///
/// # Errors
/// A [`Fault`] for each measure with an unknown link (with the closest names), a place that means no link, a window that
/// ends before it starts, a number out of range, or two signals on a link at once.
pub fn compile(network: &Network, measures: &[Measure]) -> Result<Compiled> {
    let mut compiler = Compiler {
        network,
        finder: Finder::new(network)?,
        compiled: Compiled::default(),
        held: BTreeMap::new(),
    };
    let mut faults = Faults::default();
    for (index, measure) in measures.iter().enumerate() {
        // How messages name the measure: by its place in the scenario, counted from 1, and its kind.
        let record = format!("measure {} ({})", index + 1, kind(measure));
        faults.keep(compiler.add(measure, &record))?;
    }
    let Compiler { mut compiled, held, .. } = compiler;
    for (link, held) in held {
        faults.keep(play(network, link, &held, &record_of(network, link), &mut compiled.changes))?;
    }
    faults.none()?;
    compiled.changes.sort_by_key(|change| (change.time_s, change.link));
    compiled.closed.sort_unstable();
    compiled.closed.dedup();
    Ok(compiled)
}

/// Measures on their way to changes.
struct Compiler<'a> {
    network: &'a Network,
    finder: Finder<'a>,
    compiled: Compiled,
    held: BTreeMap<LinkId, Vec<Held<'a>>>,
}

impl<'a> Compiler<'a> {
    /// Adds what a measure does.
    fn add(&mut self, measure: &'a Measure, record: &str) -> Result<()> {
        match measure {
            Measure::Close(close) => {
                let (from_s, to_s) = window(close.from, close.to, record)?;
                for link in self.finder.links(&close.on, record)? {
                    self.hold(link, Held { from_s, to_s, what: What::Closes });
                    self.compiled.closed.push(Window { link, from_s, to_s });
                }
            }
            Measure::Change(alter) => {
                let (from_s, to_s) = window(alter.from, alter.to, record)?;
                for link in self.finder.links(&alter.on, record)? {
                    check_alter(self.network, link, alter, record)?;
                    self.hold(link, Held { from_s, to_s, what: What::Alters(alter) });
                }
            }
            Measure::Signal(plan) => {
                let (from_s, to_s) = window(plan.from, plan.to, record)?;
                let signal = plan.signal(record)?;
                for link in self.finder.links(&plan.on, record)? {
                    let held = self.held.entry(link).or_default();
                    check_alone(self.network, link, held, (from_s, to_s), record)?;
                    held.push(Held { from_s, to_s, what: What::Signals(signal, record.to_string()) });
                }
            }
            Measure::Meter(meter) => {
                let (from_s, to_s) = window(meter.from, meter.to, record)?;
                let rate_vph = meter.rate(record)?;
                for link in self.finder.links(&meter.on, record)? {
                    self.hold(link, Held { from_s, to_s, what: What::Meters(rate_vph) });
                }
            }
            Measure::Toll(charge) => self.compiled.tolls.extend(tolls(&self.finder, charge, record)?),
            Measure::Telework(telework) => {
                range(telework.share, 0.0..=1.0, "share", record)?;
                self.compiled.telework.push(*telework);
            }
            Measure::Demand(demand) => {
                range(demand.factor, 0.0..=100.0, "factor", record)?;
                self.compiled.demand_factor *= demand.factor;
            }
        }
        Ok(())
    }

    fn hold(&mut self, link: LinkId, held: Held<'a>) {
        self.held.entry(link).or_default().push(held);
    }
}

fn record_of(network: &Network, link: LinkId) -> String {
    format!("link {}", network.link(link).name)
}

/// The name of a measure as scenarios spell it.
fn kind(measure: &Measure) -> &'static str {
    match measure {
        Measure::Close(_) => "close",
        Measure::Change(_) => "change",
        Measure::Signal(_) => "signal",
        Measure::Meter(_) => "meter",
        Measure::Toll(_) => "toll",
        Measure::Telework(_) => "telework",
        Measure::Demand(_) => "demand",
    }
}

/// A window of time, seconds since midnight; a fault when it ends before it begins. Without an end it stays
/// for good.
///
/// Seconds may lie beyond midnight (25:00 is 90,000): a day runs until 30:00 by default.
fn window(from: Option<Clock>, to: Option<Clock>, record: &str) -> Result<(u32, u32)> {
    let (from_s, to_s) = (from.map_or(0, |clock| clock.0), to.map_or(u32::MAX, |clock| clock.0));
    if from_s >= to_s {
        let times = format!("runs from {} to {}", crate::unit::hms(from_s), crate::unit::hms(to_s));
        return Err(Fault::new("policy", record, times)
            .expected("an end after the start")
            .advice("after midnight hours go on: \"25:00\"")
            .into());
    }
    Ok((from_s, to_s))
}

/// A fault when a number lies outside its legal range.
///
/// What is not a number lies in no range, so NaN is refused as well.
fn range(value: f64, legal: std::ops::RangeInclusive<f64>, name: &str, record: &str) -> Result<()> {
    if legal.contains(&value) {
        return Ok(());
    }
    Err(Fault::new("policy", record, format!("{name} is {value}"))
        .expected(format!("{} to {}", legal.start(), legal.end()))
        .into())
}

/// Every measure alone must leave a legal link; so the user learns which one does not.
///
/// It is checked against the link as the network has it; whether several measures together leave a legal link is
/// checked in [`play`].
fn check_alter(network: &Network, link: LinkId, alter: &Alter, record: &str) -> Result<()> {
    let base = network.link(link);
    let values = [
        ("lanes", alter.lanes, base.lanes),
        ("speed-mps", alter.speed_mps, base.freespeed_mps),
        ("capacity-vph", alter.capacity_vph, base.capacity_vph),
    ];
    if values.iter().all(|(_, amount, _)| amount.is_none()) {
        return Err(Fault::new("policy", record, "changes nothing")
            .expected("lanes, speed-mps or capacity-vph")
            .into());
    }
    for (name, amount, old) in values {
        let new = amount.map_or(old, |amount| amount.of(old));
        if !(new.is_finite() && new > 0.0) {
            return Err(Fault::new("policy", record, format!("{name} of link {} becomes {new}", base.name))
                .expected("a positive number")
                .advice("use kind = \"close\" to close a link")
                .into());
        }
    }
    Ok(())
}

/// A link has one signal at a time; nobody could say which of two is meant.
fn check_alone(
    network: &Network,
    link: LinkId,
    held: &[Held],
    (from_s, to_s): (u32, u32),
    record: &str,
) -> Result<()> {
    for other in held.iter().filter(|other| other.from_s < to_s && from_s < other.to_s) {
        if let What::Signals(_, first) = &other.what {
            let what = format!("link {} has the signal of {first} at the same time", network.link(link).name);
            return Err(Fault::new("policy", record, what)
                .expected("one signal on a link at a time")
                .advice("give the two windows that do not overlap, or take the link out of one")
                .into());
        }
    }
    Ok(())
}

/// The tolls of a charge: on the links of a place, or on those that lead into a cordon.
fn tolls(finder: &Finder, charge: &Charge, record: &str) -> Result<Vec<Toll>> {
    range(charge.amount, 0.0..=1e6, "amount", record)?;
    let (from_s, to_s) = window(charge.from, charge.to, record)?;
    let links = match (&charge.on, &charge.cordon) {
        (Some(place), None) => finder.links(place, record)?,
        (None, Some(corners)) => finder.entering(corners, record)?,
        _ => {
            return Err(Fault::new("policy", record, "does not say where")
                .expected("either on = { … } or cordon = [[…], …]")
                .into());
        }
    };
    let toll = |link| Toll { window: Window { link, from_s, to_s }, amount: charge.amount };
    Ok(links.into_iter().map(toll).collect())
}

/// State of a link.
#[derive(Clone, Copy, PartialEq)]
struct State {
    capacity_vph: f64,
    freespeed_mps: f64,
    lanes: f64,
    signal: Signal,
}

/// The changes of one link: its state after each moment at which a measure begins or ends.
///
/// A change names only what differs from the moment before. `u32::MAX` is no moment but the end of a window that
/// never ends.
fn play(network: &Network, link: LinkId, held: &[Held], record: &str, out: &mut Vec<Change>) -> Result<()> {
    let base = network.link(link);
    let base = State {
        capacity_vph: base.capacity_vph,
        freespeed_mps: base.freespeed_mps,
        lanes: base.lanes,
        signal: Signal::NONE,
    };
    let mut moments: Vec<u32> = held.iter().flat_map(|held| [held.from_s, held.to_s]).collect();
    moments.sort_unstable();
    moments.dedup();
    let mut before = base;
    for time_s in moments.into_iter().filter(|&time_s| time_s != u32::MAX) {
        let now = state_at(base, held, time_s);
        if [now.freespeed_mps, now.lanes].iter().any(|value| !(value.is_finite() && *value > 0.0))
            || !(now.capacity_vph.is_finite() && now.capacity_vph >= 0.0)
        {
            return Err(Fault::new("policy", record, "the measures on it leave no lanes, speed or capacity")
                .expected("positive numbers when all of them hold")
                .into());
        }
        if now != before {
            let changed = |new: f64, old: f64| (new != old).then_some(new);
            out.push(Change {
                time_s,
                link,
                capacity_vph: changed(now.capacity_vph, before.capacity_vph),
                freespeed_mps: changed(now.freespeed_mps, before.freespeed_mps),
                lanes: changed(now.lanes, before.lanes),
                signal: (now.signal != before.signal).then_some(now.signal),
            });
            before = now;
        }
    }
    Ok(())
}

/// The state of a link at a moment, from what holds then: changes one after the other, the strictest meter,
/// and a closure over all.
///
/// Windows include their first second and exclude their last, so one that ends at 9:00 and one that begins at 9:00
/// never hold together.
fn state_at(base: State, held: &[Held], time_s: u32) -> State {
    let mut now = base;
    let (mut most_vph, mut closed) = (f64::INFINITY, false);
    for held in held.iter().filter(|held| held.from_s <= time_s && time_s < held.to_s) {
        match &held.what {
            What::Closes => closed = true,
            What::Alters(alter) => now = now.altered(alter),
            What::Meters(rate_vph) => most_vph = most_vph.min(*rate_vph),
            What::Signals(signal, _) => now.signal = *signal,
        }
    }
    now.capacity_vph = if closed { 0.0 } else { now.capacity_vph.min(most_vph) };
    now
}

impl State {
    /// The state after a change; capacity follows the lanes unless it is given.
    ///
    /// Capacity in proportion to the lanes: 3 lanes of 5700 veh/h with one lane closed pass 3800.
    fn altered(self, alter: &Alter) -> Self {
        let lanes = alter.lanes.map_or(self.lanes, |amount| amount.of(self.lanes));
        let capacity_vph = match alter.capacity_vph {
            Some(amount) => amount.of(self.capacity_vph),
            None => self.capacity_vph * lanes / self.lanes,
        };
        let freespeed_mps =
            alter.speed_mps.map_or(self.freespeed_mps, |amount| amount.of(self.freespeed_mps));
        Self { capacity_vph, freespeed_mps, lanes, ..self }
    }
}

impl Compiled {
    /// Puts tolls into travel times. Closures are among the changes, which [`LinkTimes::free_flow_with`] plays back.
    pub fn charge(&self, times: &mut LinkTimes, value_of_time_per_h: f64) {
        for toll in &self.tolls {
            let Window { link, from_s, to_s } = toll.window;
            times.toll(link, from_s, to_s, toll.amount, value_of_time_per_h);
        }
    }

    /// How many copies of a person take part in the day: none, one or more, `demand_factor` on average.
    ///
    /// A factor of 1.3 copies everybody once and three persons of ten twice; 0.4 leaves four of ten. The draw
    /// belongs to the person, so a larger factor keeps all whom a smaller one had.
    pub fn copies(&self, person: PersonId, seed: u64) -> u32 {
        let whole = self.demand_factor.floor();
        let mut stream = draw(seed, Purpose::Policy, u64::from(person.0), u32::MAX);
        whole as u32 + u32::from(stream.uniform() < self.demand_factor - whole)
    }

    /// Closures of a link. Relies on `closed` being sorted by link, as [`compile`] leaves it.
    fn closures_of(&self, link: LinkId) -> &[Window] {
        let first = self.closed.partition_point(|window| window.link < link);
        let n = self.closed[first..].partition_point(|window| window.link == link);
        &self.closed[first..first + n]
    }

    /// Whether a driver who leaves at `depart_s` for the end of `link`, a drive of `takes_s` seconds on empty roads, would
    /// find it closed: it is closed at some moment between then and twice that time, for roads may be full.
    fn is_shut(&self, link: LinkId, depart_s: u32, takes_s: f64) -> bool {
        let soonest_s = f64::from(depart_s) + takes_s;
        let meets = |window: &Window| {
            f64::from(window.from_s) <= soonest_s + takes_s
                && (soonest_s < f64::from(window.to_s) || window.to_s == u32::MAX)
        };
        self.closures_of(link).iter().any(meets)
    }

    /// The nearest link before a closed one at which a car can be left: open all day, for cars, the first by number.
    pub fn open_before(&self, network: &Network, link: LinkId) -> Option<LinkId> {
        let is_closed = |link| self.closed.iter().any(|w| w.link == link);
        let before = network.in_links(network.link(link).from).iter().copied();
        before.filter(|l| network.link(*l).modes.has(Mode::Car) && !is_closed(*l)).min()
    }

    /// What a closure does to the trips of a person, before anybody chooses a route: a car trip that would end on a
    /// link while it is closed ends on an open link that leads up to it (the driver walks the rest), and the next trip
    /// begins there. Where there is no such link the trip stays as it is. Returns the closed links met. Origins are no
    /// trouble: a vehicle starts at the end of its link. `takes_s` says how long a trip drives on empty roads, seconds.
    pub fn park_before_closures(
        &self,
        network: &Network,
        trips: &mut [Trip],
        mut takes_s: impl FnMut(&Trip) -> f64,
    ) -> Vec<LinkId> {
        let mut met = Vec::new();
        for at in 0..trips.len() {
            let Trip { mode, from, to, depart_s, .. } = trips[at];
            if !mode.drives() || from == to || self.closures_of(to).is_empty() {
                continue;
            }
            if !self.is_shut(to, depart_s, takes_s(&trips[at])) {
                continue;
            }
            met.push(to);
            if let Some(open) = self.open_before(network, to) {
                trips[at].to = open;
                if let Some(next) = trips.get_mut(at + 1).filter(|next| network.is_one_road(next.from, to)) {
                    next.from = open;
                }
            }
        }
        met
    }

    /// One warning for each closed link that [`Compiled::park_before_closures`] met.
    pub fn warn_of_ends(&self, network: &Network, met: &[LinkId]) -> Vec<Warning> {
        let mut by_link: BTreeMap<LinkId, usize> = BTreeMap::new();
        met.iter().for_each(|&link| *by_link.entry(link).or_default() += 1);
        let warn = |(link, n): (LinkId, usize)| {
            let what = format!(
                "{n} car trips end on it while it is closed; they end before it, where there is an open link"
            );
            Warning::new("policy", record_of(network, link), what)
        };
        by_link.into_iter().map(warn).collect()
    }
}

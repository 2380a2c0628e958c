//! A frozen day, routes and bins as sections of a checkpoint.
//!
//! Each type has `put` and `take`, side by side, with the same names of sections; a field that is added to one
//! belongs in the other, and a new section needs a new [`FORMAT`](super::FORMAT). Rows are kept as columns: a
//! section holds one field of all links, vehicles or persons. `take` checks that columns fit together; whether the
//! numbers make sense in a world is the business of [`Frozen::check`].

use super::{Sections, Writer};
use crate::error::Result;
use crate::id::LinkId;
use crate::traffic::{Frozen, FrozenHole, FrozenLink, FrozenPerson, FrozenVehicle, LinkBins, Outcome};
use crate::trip::{Moved, Routes};
use std::path::Path;

impl Routes {
    /// Writes the routes.
    ///
    /// # Errors
    /// What the disk says.
    pub fn put(&self, name: &str, to: &mut Writer) -> Result<()> {
        to.words(&format!("{name}.first"), self.first.iter().copied())?;
        to.words(&format!("{name}.links"), self.links.iter().map(|link| link.0))
    }

    /// Reads routes over `n_links` links.
    ///
    /// # Errors
    /// A [`crate::Fault`] for sections that no routes wrote.
    pub fn take(name: &str, from: &Sections, n_links: usize) -> Result<Self> {
        let name = |part| format!("{name}.{part}");
        let first = from.words(&name("first"))?;
        let links: Vec<LinkId> = from.words(&name("links"))?.into_iter().map(LinkId).collect();
        let ordered = first.first().is_none_or(|&start| start == 0)
            && first.windows(2).all(|pair| pair[0] <= pair[1])
            && first.last().map_or(0, |&end| end as usize) == links.len();
        if !ordered || links.iter().any(|link| link.index() >= n_links) {
            return Err(from.fault(&name("first"), "are no routes of this network"));
        }
        Ok(Self { first, links })
    }
}

impl LinkBins {
    /// Writes the bins.
    ///
    /// # Errors
    /// What the disk says.
    pub fn put(&self, name: &str, to: &mut Writer) -> Result<()> {
        let shape = [u64::from(self.bin_s), self.n_links as u64, self.n_bins as u64];
        to.longs(&format!("{name}.shape"), shape.into_iter())?;
        to.words(&format!("{name}.left"), self.left.iter().copied())?;
        to.words(&format!("{name}.entered"), self.entered.iter().copied())?;
        to.words(&format!("{name}.time"), self.time_sum_s.iter().copied())
    }

    /// Reads bins of the shape of `like`.
    ///
    /// # Errors
    /// A [`crate::Fault`] for bins of another shape.
    pub fn take(name: &str, from: &Sections, like: &Self) -> Result<Self> {
        let name = |part| format!("{name}.{part}");
        let shape = [u64::from(like.bin_s), like.n_links as u64, like.n_bins as u64];
        let (left, entered) = (from.words(&name("left"))?, from.words(&name("entered"))?);
        let time_sum_s = from.words(&name("time"))?;
        let n = like.n_links * like.n_bins;
        if from.few(&name("shape"))? != shape || [&left, &entered, &time_sum_s].iter().any(|v| v.len() != n) {
            return Err(from.fault(&name("shape"), "are bins of another run"));
        }
        Ok(Self { bin_s: like.bin_s, n_links: like.n_links, n_bins: like.n_bins, left, entered, time_sum_s })
    }
}

impl Frozen {
    /// Writes the day.
    ///
    /// # Errors
    /// What the disk says.
    pub fn put(&self, to: &mut Writer) -> Result<()> {
        let done = &self.outcome;
        let few = [u64::from(self.next_s), done.n_moves, done.n_departed, done.n_arrived, done.n_aborted];
        to.longs("day.few", few.into_iter())?;
        to.words("day.depart", done.moved.iter().map(|moved| moved.depart_s))?;
        to.words("day.arrive", done.moved.iter().map(|moved| moved.arrive_s))?;
        done.bins.put("day.bins", to)?;
        to.words("day.pushed", done.pushed.iter().copied())?;
        let links = || self.links.iter();
        to.longs("link.flow", links().map(|link| link.flow as u64))?;
        to.longs("link.inflow", links().map(|link| link.inflow as u64))?;
        to.numbers("link.capacity", links().map(|link| link.capacity_vph))?;
        to.numbers("link.speed", links().map(|link| link.freespeed_mps))?;
        to.numbers("link.lanes", links().map(|link| link.lanes))?;
        to.words("link.flow_s", links().map(|link| link.flow_s))?;
        to.words("link.inflow_s", links().map(|link| link.inflow_s))?;
        to.words("link.moved_s", links().map(|link| link.moved_s))?;
        to.words("link.buffer", links().map(|link| link.n_buffer))?;
        to.words("link.closed", links().map(|link| u32::from(link.closed)))?;
        to.words("link.cycle", links().map(|link| u32::from(link.signal[0])))?;
        to.words("link.offset", links().map(|link| u32::from(link.signal[1])))?;
        to.words("link.green", links().map(|link| u32::from(link.signal[2])))?;
        let vehicles = || self.vehicles.iter();
        to.words("vehicle.link", vehicles().map(|vehicle| vehicle.link))?;
        to.words("vehicle.person", vehicles().map(|vehicle| vehicle.person))?;
        to.words("vehicle.at", vehicles().map(|vehicle| vehicle.at))?;
        to.words("vehicle.enter", vehicles().map(|vehicle| vehicle.enter_s))?;
        to.words("vehicle.exit", vehicles().map(|vehicle| vehicle.exit_s))?;
        to.words("waiting.link", self.waiting.iter().map(|pair| pair.0))?;
        to.words("waiting.person", self.waiting.iter().map(|pair| pair.1))?;
        to.words("hole.link", self.holes.iter().map(|hole| hole.link))?;
        to.words("hole.arrive", self.holes.iter().map(|hole| hole.arrive_s))?;
        to.longs("hole.pce", self.holes.iter().map(|hole| hole.pce as u64))?;
        let persons = || self.persons.iter();
        to.words("person.number", persons().map(|person| person.person))?;
        to.words("person.leg", persons().map(|person| person.leg))?;
        to.words("person.stage", persons().map(|person| u32::from(person.stage)))?;
        to.words("person.due", persons().map(|person| person.due_s))
    }

    /// The day as bytes for another process.
    ///
    /// # Errors
    /// None, in memory.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        super::write_to(&mut bytes, Path::new("memory"), |to| self.put(to))?;
        Ok(bytes)
    }

    /// The day of [`Frozen::to_bytes`], with an outcome of the shape of `like`.
    ///
    /// # Errors
    /// A [`crate::Fault`] for other bytes.
    pub(crate) fn from_bytes(bytes: Vec<u8>, like: &Outcome) -> Result<Self> {
        Self::take(&Sections::parse("another process".into(), bytes)?, like)
    }

    /// Reads a day whose outcome has the shape of `like`. Check it with [`Frozen::check`] before it is lived on.
    ///
    /// # Errors
    /// A [`crate::Fault`] for sections that do not fit together.
    pub fn take(from: &Sections, like: &Outcome) -> Result<Self> {
        let [next_s, n_moves, n_departed, n_arrived, n_aborted] = from.few("day.few")?;
        let next_s = u32::try_from(next_s).map_err(|_| from.fault("day.few", "has no second"))?;
        let n_legs = like.moved.len();
        let moved = rows(from, ["day.depart", "day.arrive"], Some(n_legs))?;
        let pushed = from.words("day.pushed")?;
        if pushed.len() != like.pushed.len() {
            return Err(from.fault("day.pushed", "is of another network"));
        }
        let outcome = Outcome {
            moved: moved.into_iter().map(|[depart_s, arrive_s]| Moved { depart_s, arrive_s }).collect(),
            bins: LinkBins::take("day.bins", from, &like.bins)?,
            pushed,
            n_moves,
            n_departed,
            n_arrived,
            n_aborted,
        };
        let names = ["vehicle.link", "vehicle.person", "vehicle.at", "vehicle.enter", "vehicle.exit"];
        let vehicles = rows(from, names, None)?
            .into_iter()
            .map(|[link, person, at, enter_s, exit_s]| FrozenVehicle { link, person, at, enter_s, exit_s })
            .collect();
        let waiting = rows(from, ["waiting.link", "waiting.person"], None)?;
        let persons = rows(from, ["person.number", "person.leg", "person.stage", "person.due"], None)?
            .into_iter()
            .map(|[person, leg, stage, due_s]| FrozenPerson {
                person,
                leg,
                stage: stage.min(u32::from(u8::MAX)) as u8,
                due_s,
            })
            .collect();
        Ok(Self {
            next_s,
            outcome,
            links: links(from, like.bins.n_links)?,
            vehicles,
            waiting: waiting.into_iter().map(|[link, person]| (link, person)).collect(),
            holes: holes(from)?,
            persons,
        })
    }
}

/// Free places on their way, none where jams do not travel as waves.
fn holes(from: &Sections) -> Result<Vec<FrozenHole>> {
    let sizes = from.longs("hole.pce")?;
    let rows = rows(from, ["hole.link", "hole.arrive"], Some(sizes.len()))?;
    let hole = |([link, arrive_s], pce): ([u32; 2], u64)| FrozenHole { link, arrive_s, pce: pce as i64 };
    Ok(rows.into_iter().zip(sizes).map(hole).collect())
}

/// The states of `n_links` links.
fn links(from: &Sections, n_links: usize) -> Result<Vec<FrozenLink>> {
    let accounts = [from.longs("link.flow")?, from.longs("link.inflow")?];
    let numbers = [from.numbers("link.capacity")?, from.numbers("link.speed")?, from.numbers("link.lanes")?];
    if accounts.iter().any(|v| v.len() != n_links) || numbers.iter().any(|v| v.len() != n_links) {
        return Err(from.fault("link.flow", "is of another network"));
    }
    let names = [
        "link.flow_s",
        "link.inflow_s",
        "link.moved_s",
        "link.buffer",
        "link.closed",
        "link.cycle",
        "link.offset",
        "link.green",
    ];
    let words = rows(from, names, Some(n_links))?;
    let link = |(at, [flow_s, inflow_s, moved_s, n_buffer, closed, cycle_s, offset_s, green_s]): (
        usize,
        [u32; 8],
    )| {
        FrozenLink {
            flow: accounts[0][at] as i64,
            inflow: accounts[1][at] as i64,
            flow_s,
            inflow_s,
            moved_s,
            n_buffer,
            closed: closed != 0,
            capacity_vph: numbers[0][at],
            freespeed_mps: numbers[1][at],
            lanes: numbers[2][at],
            signal: [cycle_s as u16, offset_s as u16, green_s as u16],
        }
    };
    Ok(words.into_iter().enumerate().map(link).collect())
}

/// Columns of words as rows; `n` rows where it is known how many there must be.
fn rows<const N: usize>(from: &Sections, names: [&str; N], n: Option<usize>) -> Result<Vec<[u32; N]>> {
    let mut columns = Vec::with_capacity(N);
    for name in names {
        columns.push(from.words(name)?);
    }
    let n = n.unwrap_or_else(|| columns.first().map_or(0, Vec::len));
    if let Some(odd) = columns.iter().position(|column| column.len() != n) {
        return Err(from.fault(names[odd], format!("does not have {n} elements")));
    }
    Ok((0..n).map(|row| std::array::from_fn(|column| columns[column][row])).collect())
}

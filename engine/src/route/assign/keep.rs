//! What drivers know, as sections of a checkpoint.

use super::{Drivers, Memory};
use crate::checkpoint::{Sections, Writer};
use crate::error::Result;
use crate::id::LinkId;
use crate::route::LinkTimes;

impl Drivers {
    /// Writes what was learned so far.
    ///
    /// # Errors
    /// What the disk says.
    pub fn put(&self, to: &mut Writer) -> Result<()> {
        to.numbers("drivers.pace", [self.step, self.gap].into_iter())?;
        self.memory.put(to)?;
        match &self.mean {
            Some(mean) => mean.put("mean", to),
            None => Ok(()),
        }
    }

    /// Takes what drivers of the same trips knew.
    ///
    /// # Errors
    /// A [`crate::Fault`] for sections that no such drivers wrote.
    pub fn take(&mut self, from: &Sections, like: &LinkTimes) -> Result<()> {
        let pace = from.numbers("drivers.pace")?.try_into();
        [self.step, self.gap] = pace.map_err(|_| from.fault("drivers.pace", "does not hold 2 numbers"))?;
        self.memory.take(from, like.n_links)?;
        self.mean = if from.has("mean.times") { Some(LinkTimes::take("mean", from, like)?) } else { None };
        Ok(())
    }
}

impl Memory {
    /// Writes the remembered routes of all drivers as three sections: routes a driver, links a route,
    /// links.
    fn put(&self, to: &mut Writer) -> Result<()> {
        let routes: Vec<&[LinkId]> = self.known.iter().flatten().map(|route| &**route).collect();
        let n_links = routes.iter().map(|route| route.len()).sum();
        to.words("memory.known", self.known.iter().map(|known| known.len() as u32))?;
        to.words("memory.length", routes.iter().map(|route| route.len() as u32))?;
        to.words("memory.links", Exact(routes.iter().copied().flatten().map(|link| link.0), n_links))
    }

    /// Reads them back; a fault when they belong to other drivers or name links that the network lacks.
    fn take(&mut self, from: &Sections, n_links: usize) -> Result<()> {
        let (counts, lengths) = (from.words("memory.known")?, from.words("memory.length")?);
        let links: Vec<LinkId> = from.words("memory.links")?.into_iter().map(LinkId).collect();
        let sum = |values: &[u32]| values.iter().map(|&value| u64::from(value)).sum::<u64>();
        let fits = counts.len() == self.known.len()
            && sum(&counts) == lengths.len() as u64
            && sum(&lengths) == links.len() as u64
            && links.iter().all(|link| link.index() < n_links);
        if !fits {
            return Err(from.fault("memory.known", "are routes of other drivers"));
        }
        let (mut lengths, mut rest) = (lengths.into_iter(), &links[..]);
        for (known, &n) in self.known.iter_mut().zip(&counts) {
            *known = lengths
                .by_ref()
                .take(n as usize)
                .map(|length| {
                    let (route, after) = rest.split_at(length as usize);
                    rest = after;
                    route.into()
                })
                .collect();
        }
        Ok(())
    }
}

impl LinkTimes {
    /// Writes the times, to the bit. Closures and tolls are those of the scenario and are not written.
    ///
    /// # Errors
    /// What the disk says.
    pub fn put(&self, name: &str, to: &mut Writer) -> Result<()> {
        to.words(&format!("{name}.times"), self.time_s.iter().map(|time_s| time_s.to_bits()))
    }

    /// Reads times of the shape of `like`, with its closures and tolls.
    ///
    /// # Errors
    /// A [`crate::Fault`] for times of another shape.
    pub fn take(name: &str, from: &Sections, like: &Self) -> Result<Self> {
        let times = from.words(&format!("{name}.times"))?;
        let time_s: Vec<f32> = times.into_iter().map(f32::from_bits).collect();
        if time_s.len() != like.time_s.len() {
            return Err(from.fault(&format!("{name}.times"), "are times of another network"));
        }
        Ok(Self { time_s, ..like.clone() })
    }
}

/// An iterator whose length is known from elsewhere.
struct Exact<I>(I, usize);

impl<I: Iterator> Iterator for Exact<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.1 = self.1.saturating_sub(1);
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.1, Some(self.1))
    }
}

impl<I: Iterator> ExactSizeIterator for Exact<I> {}

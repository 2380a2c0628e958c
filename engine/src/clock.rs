//! What a run costs, phase by phase. The engine reads no clock itself: a [`Gauge`] comes in from outside.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The clock and the memory gauge of the machine, as the caller has them.
pub trait Gauge: Send + Sync {
    /// Wall-clock seconds since some fixed moment.
    fn seconds(&self) -> f64;

    /// Most memory that the process ever held, bytes; 0 where unknown.
    fn peak_memory_bytes(&self) -> u64;
}

/// A clock that stands still: for tests and for callers who want no figures.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoGauge;

impl Gauge for NoGauge {
    fn seconds(&self) -> f64 {
        0.0
    }

    fn peak_memory_bytes(&self) -> u64 {
        0
    }
}

/// What a phase of a run cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Most memory the process held up to the end of the phase, bytes; 0 where unknown.
    pub peak_memory_bytes: u64,
}

/// Measures phases one after the other.
pub struct Stopwatch {
    gauge: Arc<dyn Gauge>,
    started_s: f64,
    /// The phases so far, in the order in which they first began.
    pub phases: Vec<Phase>,
}

impl Default for Stopwatch {
    fn default() -> Self {
        Self::new(Arc::new(NoGauge))
    }
}

impl Stopwatch {
    /// A stopwatch that starts now.
    pub fn new(gauge: Arc<dyn Gauge>) -> Self {
        Self { started_s: gauge.seconds(), gauge, phases: Vec::new() }
    }

    /// The clock it reads.
    pub fn gauge(&self) -> Arc<dyn Gauge> {
        Arc::clone(&self.gauge)
    }

    /// Does `work` and keeps what it cost under `name`; phases of the same name are added up.
    pub fn time<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        self.timed(name, work).0
    }

    /// As [`Stopwatch::time`]; also returns the seconds that this call took.
    pub fn timed<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> (T, f64) {
        let start_s = self.gauge.seconds();
        let value = work();
        let seconds = self.gauge.seconds() - start_s;
        self.add(name, seconds);
        (value, seconds)
    }

    fn add(&mut self, name: &str, seconds: f64) {
        let peak_memory_bytes = self.gauge.peak_memory_bytes();
        match self.phases.iter_mut().find(|p| p.name == name) {
            Some(phase) => {
                phase.seconds += seconds;
                phase.peak_memory_bytes = peak_memory_bytes;
            }
            None => self.phases.push(Phase { name: name.to_string(), seconds, peak_memory_bytes }),
        }
    }

    /// Seconds since the stopwatch was made.
    pub fn total_s(&self) -> f64 {
        self.gauge.seconds() - self.started_s
    }

    /// Most memory that the process ever held, bytes; 0 where unknown.
    pub fn peak_memory_bytes(&self) -> u64 {
        self.gauge.peak_memory_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Goes on by a second each time it is read.
    struct Ticks(AtomicU64);

    impl Gauge for Ticks {
        fn seconds(&self) -> f64 {
            self.0.fetch_add(1, Ordering::Relaxed) as f64
        }

        fn peak_memory_bytes(&self) -> u64 {
            7
        }
    }

    #[test]
    fn phases_of_one_name_add_up() {
        let mut watch = Stopwatch::new(Arc::new(Ticks(AtomicU64::new(0))));
        watch.time("route", || ());
        assert_eq!(watch.timed("traffic", || 3), (3, 1.0));
        watch.time("route", || ());
        let phase = |name: &str, seconds| Phase { name: name.into(), seconds, peak_memory_bytes: 7 };
        assert_eq!(watch.phases, [phase("route", 2.0), phase("traffic", 1.0)]);
        assert_eq!(watch.total_s(), 7.0);
    }
}

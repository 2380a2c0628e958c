//! The clock and the memory gauge of a run. (`engine` knows neither.)

use serde::{Deserialize, Serialize};
use std::time::Instant;

/// What a phase of a run cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Most memory the process held up to the end of the phase, bytes; 0 where the system does not tell.
    pub peak_memory_bytes: u64,
}

/// Measures phases one after the other.
#[derive(Debug)]
pub struct Stopwatch {
    started: Instant,
    /// The phases so far.
    pub phases: Vec<Phase>,
}

impl Default for Stopwatch {
    fn default() -> Self {
        Self { started: Instant::now(), phases: Vec::new() }
    }
}

impl Stopwatch {
    /// Does `work` and keeps what it cost under `name`; phases of the same name are added up.
    pub fn time<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let value = work();
        self.add(name, start.elapsed().as_secs_f64());
        value
    }

    /// As [`Stopwatch::time`], and tells the seconds.
    pub fn timed<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> (T, f64) {
        let before = self.seconds(name);
        let value = self.time(name, work);
        (value, self.seconds(name) - before)
    }

    fn add(&mut self, name: &str, seconds: f64) {
        let peak_memory_bytes = peak_memory_bytes();
        match self.phases.iter_mut().find(|p| p.name == name) {
            Some(phase) => {
                phase.seconds += seconds;
                phase.peak_memory_bytes = peak_memory_bytes;
            }
            None => self.phases.push(Phase { name: name.to_string(), seconds, peak_memory_bytes }),
        }
    }

    /// Seconds spent so far in the phase of a name.
    pub fn seconds(&self, name: &str) -> f64 {
        self.phases.iter().find(|p| p.name == name).map_or(0.0, |p| p.seconds)
    }

    /// Seconds since the stopwatch was made.
    pub fn total_s(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

/// Most memory this process ever held, bytes (`VmHWM` of Linux); 0 where unknown.
pub fn peak_memory_bytes() -> u64 {
    status_kib("VmHWM:").map_or(0, |kib| kib * 1024)
}

fn status_kib(key: &str) -> Option<u64> {
    let text = engine::disk::read_text("/proc/self/status").ok()?;
    let line = text.lines().find(|l| l.starts_with(key))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Memory the machine can still give, bytes; `None` where unknown.
pub fn available_memory_bytes() -> Option<u64> {
    let text = engine::disk::read_text("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

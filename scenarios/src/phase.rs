//! The clock and the memory gauge of this machine, for the engine's stopwatch.

use engine::clock::{Gauge, Stopwatch};
use std::time::Instant;

/// This machine's clock and the memory of this process.
struct Machine(Instant);

impl Gauge for Machine {
    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    fn peak_memory_bytes(&self) -> u64 {
        peak_memory_bytes()
    }
}

/// A stopwatch that starts now.
pub fn stopwatch() -> Stopwatch {
    Stopwatch::new(std::sync::Arc::new(Machine(Instant::now())))
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

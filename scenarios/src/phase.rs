//! This machine: its clock, its memory, what it is called. The engine, which knows none of them, is told.
//!
//! What is read here goes into the manifest and onto the screen, and decides at most whether a run may begin: no
//! result of a run may depend on how fast, how large or how old a machine is. Memory is read from `/proc` and so
//! known on Linux only; elsewhere runs go on without those figures.

use engine::clock::{Gauge, Stopwatch};
use engine::store::manifest::Host;
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

/// Memory this process holds now, bytes (`VmRSS` of Linux); 0 where unknown.
pub fn memory_bytes() -> u64 {
    status_kib("VmRSS:").map_or(0, |kib| kib * 1024)
}

/// A line of `/proc/self/status`, in KiB.
fn status_kib(key: &str) -> Option<u64> {
    let text = engine::disk::read_text("/proc/self/status").ok()?;
    let line = text.lines().find(|l| l.starts_with(key))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Memory the machine can still give without swapping (`MemAvailable` of Linux), bytes; `None` where unknown.
pub fn available_memory_bytes() -> Option<u64> {
    let text = engine::disk::read_text("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// This machine.
pub fn host() -> Host {
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    Host { system, cpus: std::thread::available_parallelism().map_or(1, usize::from) }
}

/// Now, UTC, as `YYYY-MM-DDTHH:MM:SSZ`: when a run began, for its manifest and its report.
pub fn now() -> String {
    let since =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, seconds) = ((since / 86_400) as i64, since % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{}Z", engine::unit::hms(seconds as u32))
}

/// Days since 1970-01-01 as year, month, day (proleptic Gregorian).
fn civil(days: i64) -> (i64, u32, u32) {
    let (mut year, mut rest) = (1970, days);
    let leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if rest < length {
            break;
        }
        rest -= length;
        year += 1;
    }
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while rest >= lengths[month] {
        rest -= lengths[month];
        month += 1;
    }
    (year, month as u32 + 1, rest as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_513), (2026, 3, 1));
    }
}

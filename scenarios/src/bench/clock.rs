//! The processor's clock and the memory gauges of the benches (Linux).

use engine::{Error, Result};
use std::path::Path;

/// CPU seconds this process used so far: user and system, all threads, to the nanosecond.
pub fn cpu_s() -> f64 {
    cpu_time::ProcessTime::now().as_duration().as_secs_f64()
}

/// What `work` gives, and the CPU seconds it took (at least a microsecond, so that rates stay finite).
///
/// # Errors
/// What `work` says.
pub fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let start = cpu_s();
    let value = work()?;
    Ok((value, (cpu_s() - start).max(1e-6)))
}

/// The fastest of `n` repetitions: noise of a busy machine only ever adds.
///
/// # Errors
/// What `work` says; nothing is repeated after an error.
pub fn best_of<T>(n: usize, mut work: impl FnMut() -> Result<(T, f64)>) -> Result<(T, f64)> {
    let mut best = work()?;
    for _ in 1..n {
        let next = work()?;
        if next.1 < best.1 {
            best = next;
        }
    }
    Ok(best)
}

/// CPU seconds of the children that ended and were waited for (`cutime` and `cstime` of proc(5), in ticks of
/// 10 ms).
///
/// # Errors
/// Where `/proc/self/stat` is missing or reads otherwise than proc(5) says.
pub fn children_cpu_s() -> Result<f64> {
    let text = engine::disk::read_text("/proc/self/stat")?;
    // The name may hold blanks; fields are counted behind it.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok());
    match (ticks(13), ticks(14)) {
        (Some(user), Some(system)) => Ok((user + system) / 100.0),
        _ => Err(Error::Other(
            "this system does not tell the CPU seconds of children (/proc/self/stat)".into(),
        )),
    }
}

/// A line of `/proc/self/status`, bytes; `None` where the system does not tell.
pub fn memory_bytes(key: &str) -> Option<u64> {
    let text = engine::disk::read_text("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Makes the peak (`VmHWM`) start again from what is held now; whether the system could.
pub fn restart_peak() -> bool {
    // "5" resets the peak resident set size (proc(5), since Linux 4.0).
    Path::new("/proc/self/clear_refs").exists() && std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_counts_work_and_not_sleep() {
        let (sum, busy_s) = timed(|| Ok((0..20_000_000u64).map(std::hint::black_box).sum::<u64>())).unwrap();
        assert!(sum > 0 && busy_s > 1e-4);
        assert!(cpu_s() >= busy_s);
    }

    #[test]
    fn the_best_is_the_smallest() {
        let mut told = [3.0, 1.0, 2.0].into_iter().enumerate();
        assert_eq!(best_of(3, || Ok(told.next().unwrap())).unwrap(), (1, 1.0));
    }

    #[test]
    fn the_peak_is_told() {
        if !restart_peak() {
            println!("skipped: this system cannot reset the peak");
            return;
        }
        let block = vec![1u8; 256 << 20];
        assert!(std::hint::black_box(&block)[block.len() - 1] == 1);
        // Other tests hold memory beside this one, so only the lower bound is certain.
        assert!(memory_bytes("VmHWM:").unwrap() >= 256 << 20);
        assert!(memory_bytes("VmNoSuchLine:").is_none());
    }
}

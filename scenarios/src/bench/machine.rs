//! On what the figures were measured.

use serde::Serialize;

/// The machine and the program.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Model name of the processor, from `/proc/cpuinfo`.
    pub cpu: String,
    /// Cores this process may use.
    pub cores: usize,
    /// Memory, bytes; 0 where the system does not tell.
    pub memory_bytes: u64,
    /// Version of this program.
    pub version: &'static str,
    /// Commit it was built from.
    pub commit: &'static str,
}

impl Machine {
    /// The one this process runs on.
    pub fn here() -> Self {
        let line = |file: &str, key: &str| {
            let text = engine::disk::read_text(file).ok()?;
            let line = text.lines().find(|line| line.starts_with(key))?;
            line.split_once(':').map(|(_, value)| value.trim().to_string())
        };
        let memory = line("/proc/meminfo", "MemTotal");
        let kib = memory.and_then(|m| m.split_whitespace().next()?.parse::<u64>().ok());
        Self {
            cpu: line("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".into()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: kib.map_or(0, |kib| kib * 1024),
            version: env!("CARGO_PKG_VERSION"),
            commit: env!("WAYFARE_COMMIT"),
        }
    }
}

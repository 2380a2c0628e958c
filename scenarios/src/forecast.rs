//! What a run will need, said before it starts.
//!
//! A run that dies of memory after an hour is worse than one that is refused at once. So both are estimated from
//! the numbers of travellers, links and iterations; the manifest keeps the estimate beside what was measured, which
//! shows when the constants below have become wrong.

use crate::phase::available_memory_bytes;
use crate::say::Voice;
use crate::scenario::Config;
use crate::source::Source;
use engine::demand::Layer;
use engine::store::manifest::Expected;
use engine::{Fault, Result};

// Measured on 2 cores of an AMD EPYC (Zen 3) with the Bay Area at 10 %: 1.6 GB, 20 s before the first day and
// 20 s an iteration. Jams make days longer, so the time is a rough guide.
const BASE_BYTES: f64 = 0.3e9;
const BYTES_A_PERSON: f64 = 1_700.0;
const BYTES_A_LINK: f64 = 2_500.0;
const S_A_PERSON: f64 = 40e-6;
const S_A_PERSON_ITERATION: f64 = 25e-6;
const S_A_LINK_ITERATION: f64 = 20e-6;

/// Memory and time from the sizes of the scenario. The time is that of all iterations the scenario allows; a run that
/// reaches its gap earlier is faster.
pub fn expect(source: &Source, demand: &[Layer], config: &Config) -> Expected {
    let persons: f64 = demand.iter().map(|layer| layer.expected_travellers(config.sample)).sum();
    let (links, iterations) = (source.network.links.len() as f64, f64::from(config.assign.iterations));
    Expected {
        memory_bytes: (BASE_BYTES + BYTES_A_PERSON * persons + BYTES_A_LINK * links) as u64,
        seconds: 1.0
            + S_A_PERSON * persons
            + iterations * (S_A_PERSON_ITERATION * persons + S_A_LINK_ITERATION * links),
    }
}

/// Says it, and stops when the machine cannot give the memory.
///
/// # Errors
/// A [`Fault`] that names the largest sample that would fit.
pub fn tell(expected: &Expected, voice: &Voice) -> Result<()> {
    let need = expected.memory_bytes as f64 / 1e9;
    voice.say.line(format!("expects about {need:.1} GB of memory and up to {}", minutes(expected.seconds)));
    let Some(have) = available_memory_bytes() else { return Ok(()) };
    if expected.memory_bytes > have {
        let have = have as f64 / 1e9;
        return Err(Fault::new(
            "memory",
            "",
            format!("about {need:.1} GB are needed and {have:.1} GB are free"),
        )
        .expected("a run that fits the machine")
        .advice("give a smaller --sample")
        .into());
    }
    Ok(())
}

fn minutes(seconds: f64) -> String {
    if seconds < 90.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) }
}

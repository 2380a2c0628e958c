//! Any events go through the checks without a panic, and through a file unchanged.
#![no_main]

use engine::event::{Event, Kind, Log, read};
use engine::traffic::{Nobody, Sink};
use engine::id::{LinkId, PersonId};
use engine::network::Network;
use engine::traffic::check::Check;
use engine::twin::grid;
use engine::traffic::Config;
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

/// Events of five bytes each: second, person, kind, link; close to what a day says, so that some pass.
fn events(bytes: &[u8]) -> Vec<Event> {
    let mut time_s = 0;
    let event = |b: &[u8; 5]| {
        time_s += u32::from(b[0]) * u32::from(b[0]);
        let link = if b[3] == 255 { u32::from(b[4]) << 24 } else { u32::from(b[3]) };
        let kind = Kind::ALL[usize::from(b[2] % 8)];
        Event { time_s, person: PersonId(u32::from(b[1])), kind, link: LinkId(link) }
    };
    bytes.as_chunks().0.iter().map(event).collect()
}

fn network() -> &'static Network {
    static NETWORK: OnceLock<Network> = OnceLock::new();
    NETWORK.get_or_init(|| grid::scenario(3, 4, 3).expect("a grid").0)
}

fuzz_target!(|bytes: &[u8]| {
    let config = Config::default();
    let mut nobody = Nobody;
    let mut check = Check::new(network(), 100, &[], &config, &mut nobody).with_links();
    for second in events(bytes).chunk_by(|a, b| a.time_s == b.time_s) {
        if check.second(second).is_err() {
            break;
        }
    }
    // One in 1024 goes the long way over a file, which takes a thousand times as long.
    if bytes.len() > 1 && u16::from_le_bytes([bytes[0], bytes[1]]) % 1024 == 0 {
        let path = std::env::temp_dir().join(format!("wayfare-fuzz-{}.parquet", std::process::id()));
        let events = events(bytes);
        let mut log = Log::to_file(path.clone()).expect("a file");
        events.chunk_by(|a, b| a.time_s == b.time_s).for_each(|second| log.second(second).expect("written"));
        log.finish().expect("finished");
        assert_eq!(read(&path).expect("what was written"), events);
    }
});

//! What a run will need, said before its first day.
//!
//! A run that dies of memory after an hour is worse than one that is refused at once. So there are two forecasts. The first
//! is rough, from the sizes of the scenario alone ([`before`]): whoever asks for far too much learns it in a second. The
//! second comes when everybody has a first route ([`expect`]): the trips and the links on their routes are then known. The manifest keeps it beside what was measured, which shows when the constants below
//! have become wrong. How close they come on the scenarios that we ship is measured in `scenarios/FORECAST.md`.

use crate::phase::{available_memory_bytes, memory_bytes};
use crate::say::Voice;
use crate::scenario::Config;
use crate::source::Source;
use engine::demand::{Layer, Travellers};
use engine::learn::{BIN_S, Work};
use engine::store::manifest::Expected;
use engine::unit::parse_hms;
use engine::{Fault, Result};

/// What the program and libtorch hold before anything is read.
const BASE_BYTES: f64 = 0.153e9;
/// What the activity model takes, where days are made; and on top for each of the first so many persons.
const MODEL_BYTES: f64 = 0.012e9;
const MODEL_BYTES_A_PERSON: f64 = 1500.0;
const MODEL_PERSONS: f64 = 20_000.0;
/// A person with home and days, and their row in the tables.
const BYTES_A_PERSON: f64 = 500.0;
/// A trip in the arrays of the day and in the tables.
const BYTES_A_TRIP: f64 = 10.0;
/// A link of a route: it is held by the routes driven, by those of the day before and by those that are found.
const BYTES_A_MOVE: f64 = 21.5;
/// A link in a bin: its travel time, and what the router keeps of it.
const BYTES_A_LINK_BIN: f64 = 78.0;
/// Trips that a resident makes, as long as nobody has days.
const TRIPS_A_PERSON: f64 = 3.3;
/// Links on the way of a trip (walkers included), as long as nobody has a route: the half of the root of all links, at most so
/// many.
const MOVES_A_TRIP: f64 = 14.0;

// Seconds of two threads of an AMD EPYC (Zen 3). What is large does not fit into the cache of a core and costs more: the
// first number is the price in a small network or crowd, the second what comes on top in a large one.
/// To move a vehicle over a node; large is a million trips.
const S_A_MOVE: [f64; 2] = [0.11e-6, 0.06e-6];
const LARGE_CROWD: f64 = 1e6;
/// To prepare a link of a bin for searches.
const S_A_LINK_BIN: [f64; 2] = [0.12e-6, 0.43e-6];
const LARGE_NETWORK: f64 = 20_000.0;
/// To look for a route: this much times the links to the power below.
const S_A_SEARCH: f64 = 31e-9;
const SEARCH_POWER: f64 = 0.6;
/// To begin and end a trip in a day.
const S_A_TRIP: f64 = 0.33e-6;
/// What a day costs in any case.
const S_A_DAY: f64 = 4e-3;
/// To check and write the last day and the tables, a trip.
const S_A_TRIP_AT_THE_END: f64 = 2.2e-6;
/// The traffic of the last day takes so much longer, since its events are checked.
const LAST_DAY: f64 = 0.65;
/// The threads that the seconds were measured with.
const THREADS: f64 = 2.0;

/// Memory of a run, bytes: rough, from the sizes of the scenario alone.
pub fn before(source: &Source, demand: &[Layer], config: &Config) -> u64 {
    let is_residents = |layer: &Layer| matches!(layer.travellers, Travellers::Residents(_));
    let (mut persons, mut trips) = (0.0, 0.0);
    for layer in demand {
        let n = layer.expected_travellers(config.sample);
        persons += n;
        trips += n * if is_residents(layer) { TRIPS_A_PERSON } else { 1.0 };
    }
    let links = source.network.links.len() as f64;
    let moves = trips * MOVES_A_TRIP.min(links.sqrt() / 2.0);
    let bins = parse_hms(&config.traffic.end).map_or(0, |end_s| end_s.div_ceil(BIN_S));
    bytes([persons, trips, moves, links * f64::from(bins)], demand.iter().any(is_residents))
}

/// Says what is to come of memory and time, and stops when the machine cannot give the memory. `models`: days were made.
///
/// # Errors
/// As [`require`].
pub fn of(work: &Work, models: bool, voice: &Voice) -> Result<Expected> {
    let expected = expect(work, models, voice.threads);
    let (need, day) = (expected.memory_bytes as f64 / 1e9, duration(expected.day_s));
    let (days, all) = (work.days, duration(expected.seconds));
    voice.say.line(format!(
        "expects {need:.1} GB of memory; {day} a day, at most {days} days: up to {all} in all"
    ));
    require(expected.memory_bytes.saturating_sub(memory_bytes()))?;
    Ok(expected)
}

/// Memory and time of a run whose travellers have their first routes. The time is that of all days the scenario allows; a
/// run that reaches its gap earlier is faster.
fn expect(work: &Work, models: bool, threads: usize) -> Expected {
    let [persons, trips, moves, links] = [work.persons, work.trips, work.moves, work.links].map(|n| n as f64);
    let link_bins = links * work.bins as f64;
    let price = |[small, more]: [f64; 2], size: f64| small + more * size.min(1.0);
    let traffic_s = S_A_DAY + S_A_TRIP * trips + price(S_A_MOVE, trips / LARGE_CROWD) * moves;
    let route_s = price(S_A_LINK_BIN, links / LARGE_NETWORK) * link_bins
        + S_A_SEARCH * links.powf(SEARCH_POWER) * work.asked as f64;
    // One thread takes nearly twice as long; a tenth of the work is nobody's to share.
    let slower = 0.1 + 0.9 * THREADS / threads.max(1) as f64;
    let day_s = slower * (traffic_s + route_s);
    let end_s = slower * LAST_DAY * traffic_s + S_A_TRIP_AT_THE_END * trips;
    Expected {
        memory_bytes: bytes([persons, trips, moves, link_bins], models),
        seconds: work.spent_s + f64::from(work.days) * day_s + end_s,
        day_s,
    }
}

/// Bytes for so many persons, trips, moves and links in bins.
fn bytes([persons, trips, moves, link_bins]: [f64; 4], models: bool) -> u64 {
    let people = BYTES_A_PERSON * persons + BYTES_A_TRIP * trips;
    let roads = BYTES_A_MOVE * moves + BYTES_A_LINK_BIN * link_bins;
    let model = MODEL_BYTES + MODEL_BYTES_A_PERSON * persons.min(MODEL_PERSONS);
    (BASE_BYTES + people + roads + if models { model } else { 0.0 }) as u64
}

/// Stops when the machine cannot give the memory.
///
/// # Errors
/// A [`Fault`] that says what is needed and what is free.
pub fn require(memory_bytes: u64) -> Result<()> {
    let Some(have) = available_memory_bytes().filter(|have| memory_bytes > *have) else { return Ok(()) };
    let [need, have] = [memory_bytes, have].map(|bytes| bytes as f64 / 1e9);
    let what = format!("about {need:.1} GB are needed and {have:.1} GB are free");
    Err(Fault::new("memory", "", what)
        .expected("a run that fits the machine")
        .advice("give a smaller --sample")
        .into())
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1000.0),
        s if s < 90.0 => format!("{s:.0} s"),
        s => format!("{:.0} min", s / 60.0),
    }
}

//! Any bytes as OpenStreetMap PBF or as a zipped shapefile are read or refused, never a panic. The first byte says which.
#![no_main]

use engine::projection::Crs;
use libfuzzer_sys::fuzz_target;
use netconvert::{osm, zones};

fuzz_target!(|bytes: &[u8]| {
    let [kind, rest @ ..] = bytes else { return };
    let ending = if kind % 2 == 0 { "osm.pbf" } else { "zip" };
    let path = std::env::temp_dir().join(format!("wayfare-fuzz-{}.{ending}", std::process::id()));
    std::fs::write(&path, rest).expect("a file");
    if kind % 2 == 0 {
        drop(osm::read(&path, &osm::Options::default()));
    } else {
        drop(zones::outlines(&path, "id", &Crs::Plane));
    }
});

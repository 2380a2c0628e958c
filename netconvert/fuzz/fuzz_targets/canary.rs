//! A reader with a mistake that must be found: it takes every speed of a good line for a number. When the fuzzer does not
//! find it, what it says of the other readers means nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let Some(("link,speed", rows)) = text.split_once('\n') else { return };
    for row in rows.lines() {
        if let Some((_, speed)) = row.split_once(',') {
            let _mph: f64 = speed.parse().expect("a number");
        }
    }
});

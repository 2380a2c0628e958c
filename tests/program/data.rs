//! Real data for tests, and a note of every test that goes without. Test modules of all crates include this file.
#![allow(dead_code)] // each of them uses a part

use std::io::Write;
use std::path::{Path, PathBuf};

/// A file or folder below the data folder (`WAYFARE_DATA`, else `data` in the repository); where it is missing the
/// running test is noted as [`skipped`].
pub fn data(relative: &str) -> Option<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("WAYFARE_DATA").map(PathBuf::from);
    let folders = named.map_or_else(|| vec![package.join("data"), package.join("../data")], |one| vec![one]);
    let found = folders.iter().map(|folder| folder.join(relative)).find(|path| path.exists());
    if found.is_none() {
        skipped("data", relative);
    }
    found
}

/// Says that the running test leaves something out for want of `kind` ("data" or "program"): on stderr, and as a line of
/// the file that `WAYFARE_SKIPPED` names, from which `make test` counts.
pub fn skipped(kind: &str, what: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a thread without name");
    eprintln!("skipped, no {kind}: {test}: {what}");
    let Some(file) = std::env::var_os("WAYFARE_SKIPPED") else { return };
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(file).expect("WAYFARE_SKIPPED");
    // One write a line: tests run at the same time.
    file.write_all(format!("{kind}\t{test}\t{what}\n").as_bytes()).expect("WAYFARE_SKIPPED");
}

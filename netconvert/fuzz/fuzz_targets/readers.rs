//! Any text in any file of any reader of the list is read or refused, never a panic, nor a day that is none. The first byte
//! says which reader, the second which of its files is replaced by the rest; its other files are good.
//!
//! `WAYFARE_FUZZ_CORPUS=DIR` writes the good inputs there to begin with.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netconvert::readers::{Reader, all};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The readers, each with its own folder of good files.
fn readers() -> &'static [(Reader, PathBuf)] {
    static READERS: OnceLock<Vec<(Reader, PathBuf)>> = OnceLock::new();
    READERS.get_or_init(|| {
        let home = std::env::temp_dir().join(format!("wayfare-fuzz-{}", std::process::id()));
        let with_folder = |(number, reader): (usize, Reader)| {
            let folder = home.join(number.to_string());
            std::fs::create_dir_all(&folder).expect("a folder");
            for (name, text) in &reader.files {
                std::fs::write(folder.join(name), text).expect("a good file");
            }
            (reader, folder)
        };
        let readers: Vec<_> = all().into_iter().enumerate().map(with_folder).collect();
        if let Some(corpus) = std::env::var_os("WAYFARE_FUZZ_CORPUS") {
            seed(&readers, &PathBuf::from(corpus));
        }
        readers
    })
}

/// Writes the good files as inputs.
fn seed(readers: &[(Reader, PathBuf)], corpus: &std::path::Path) {
    for (number, (reader, _)) in readers.iter().enumerate() {
        for (file, (_, text)) in reader.files.iter().enumerate() {
            let bytes = [&[number as u8, file as u8], text.as_bytes()].concat();
            std::fs::write(corpus.join(format!("good-{number}-{file}")), bytes).expect("a seed");
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let readers = readers();
    let [reader, file, rest @ ..] = bytes else { return };
    let (reader, folder) = &readers[usize::from(*reader) % readers.len()];
    let (name, good) = &reader.files[usize::from(*file) % reader.files.len()];
    std::fs::write(folder.join(name), rest).expect("a file");
    drop((reader.read)(folder));
    std::fs::write(folder.join(name), good).expect("the good file");
});

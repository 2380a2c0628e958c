//! `wayfare fetch`: makes the input files of a scenario from what their publishers give, and verifies both.
//!
//! It never opens a connection: many publishers want a form filled in, or move their files, so the download is left
//! to people. What this verb adds is certainty. A scenario names each file with the public addresses of its originals and
//! with checksums; what lies in the data folder afterwards holds what the published figures were made from, or the verb fails.

use crate::say::Voice;
use crate::scenario::load::data_root;
use crate::scenario::{self, Conversion, DataFile, Original, Overrides};
use engine::{Error, Fault, Result, disk};
use netconvert::published;
use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Makes and verifies, or lists what is missing and where it was published. Every file is hashed at every call. One that
/// is whole stays untouched; one that is damaged counts as missing, and is replaced once `from` holds what it is made from: its
/// originals, or the file itself under its name. Without `from` nothing is written.
///
/// # Errors
/// A [`Fault`] for the first file that `from` lacks or whose checksum is another; nothing half-made stays.
pub fn fetch(voice: &Voice, path: &Path, from: Option<&Path>) -> Result<ExitCode> {
    let scenario = scenario::load(path, &Overrides::default())?;
    let target = data_root().join(scenario.config.data.folder.as_deref().unwrap_or(""));
    let files = &scenario.config.data.files;
    let found = |fetched: &[&str]| {
        voice.result(&serde_json::json!({ "folder": target, "files": files.len(), "fetched": fetched }))?;
        Ok(ExitCode::SUCCESS)
    };
    if files.is_empty() {
        voice.say.line(format!("{}: all its data is in its own folder, nothing to fetch", path.display()));
        return found(&[]);
    }
    let missing: Vec<&DataFile> =
        files.iter().filter(|f| verify(&target.join(&f.name), f).is_err()).collect();
    voice.say.line(format!(
        "{} of {} files are in {}",
        files.len() - missing.len(),
        files.len(),
        target.display()
    ));
    let Some(from) = from else {
        if missing.is_empty() {
            return found(&[]);
        }
        voice.say.line("missing, with the addresses to download from:");
        for file in &missing {
            voice.say.line(format!("  {}", file.name));
            for original in &file.originals {
                voice.say.line(format!("    {}", original.url));
            }
        }
        return Err(Fault::new(path, "data.files", format!("{} files are missing", missing.len()))
            .expected(format!("in {}", target.display()))
            .advice(format!(
                "download them into one folder DIR and call wayfare fetch {} --from DIR",
                path.display()
            ))
            .into());
    };
    disk::make_folder(&target)?;
    for file in &missing {
        make(from, &target.join(&file.name), file)?;
        voice.say.line(format!("  fetched {}", file.name));
    }
    found(&missing.iter().map(|file| file.name.as_str()).collect::<Vec<_>>())
}

/// Makes a file from its originals, or copies it where `from` has it under its own name.
///
/// Originals are verified before anything is made of them, so that a wrong file never gets there, and the result after, so
/// that a failing disk is noticed.
fn make(from: &Path, to: &Path, file: &DataFile) -> Result<()> {
    let ready = from.join(&file.name);
    let plain = from.join(file.name.trim_end_matches(".gz"));
    let originals: Vec<(PathBuf, &Original)> =
        file.originals.iter().map(|original| (downloaded(from, &original.url), original)).collect();
    let has_all = originals.iter().all(|(path, _)| path.is_file());
    if ready.is_file() && (!has_all || file.originals.is_empty()) {
        verify(&ready, file)?;
        copy(&ready, to)?;
    } else if has_all && !originals.is_empty() {
        for (path, original) in &originals {
            let wanted = original.sha256.as_ref().or(file.sha256.as_ref());
            verify_as(path, &sha256(disk::open(path)?, path)?, wanted, &original.url)?;
        }
        let paths: Vec<&Path> = originals.iter().map(|(path, _)| path.as_path()).collect();
        match file.convert {
            Some(Conversion::PemsTypical) => pack(to, |out| published::pems_typical(paths[0], out))?,
            Some(Conversion::NumberedRoutes) => pack(to, |out| published::numbered_routes(paths[0], out))?,
            None if is_zip(to) => netconvert::packed::zip(to, &paths)?,
            None => pack(to, |out| unpacked(paths[0], out))?,
        }
    } else if plain.is_file() {
        pack(to, |out| unpacked(&plain, out))?;
    } else {
        let first = originals.iter().find(|(path, _)| !path.is_file());
        let (lacks, url) = match first {
            Some((path, original)) => (path.clone(), original.url.as_str()),
            None => (ready, "its publisher"),
        };
        return Err(Fault::new(lacks, "", "no such file").advice(format!("download it from {url}")).into());
    }
    verify(to, file).inspect_err(|_| drop(disk::remove(to)))
}

/// The name under which a download of an address lies.
fn download(url: &str) -> String {
    url.rsplit('/').next().unwrap_or(url).replace("%20", " ")
}

/// Where a download lies; some programs leave `%20` for a blank in its name.
fn downloaded(from: &Path, url: &str) -> PathBuf {
    let as_is = from.join(url.rsplit('/').next().unwrap_or(url));
    if as_is.is_file() { as_is } else { from.join(download(url)) }
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().and_then(OsStr::to_str) == Some(ending)
}

fn is_zip(path: &Path) -> bool {
    has_ending(path, "zip")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut source = disk::open(from)?;
    disk::write(to, |writer| std::io::copy(&mut source, writer).map(drop).map_err(|e| Error::io(to, e)))
}

/// Writes what `fill` gives, gzipped where the name says so.
fn pack(to: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    netconvert::packed::write(to, fill)
}

/// The bytes of a file, of a gzipped one those that are packed.
fn unpacked(from: &Path, out: &mut dyn Write) -> Result<()> {
    std::io::copy(&mut netconvert::limit::open(from)?, out).map(drop).map_err(|e| Error::io(from, e))
}

/// Whether a file holds what was published; one that cannot be read does not.
fn verify(path: &Path, file: &DataFile) -> Result<()> {
    let source = file.originals.first().map_or("its publisher", |original| original.url.as_str());
    if is_zip(path) {
        for original in &file.originals {
            let name = download(&original.url);
            let member = netconvert::packed::member(path, &name)?;
            verify_as(path, &sha256(member.as_slice(), path)?, original.sha256.as_ref(), &original.url)?;
        }
        return Ok(());
    }
    let found = match has_ending(path, "gz") {
        true => sha256(netconvert::limit::open(path)?, path)?,
        false => sha256(disk::open(path)?, path)?,
    };
    verify_as(path, &found, file.sha256.as_ref(), source)
}

fn verify_as(path: &Path, found: &str, wanted: Option<&String>, source: &str) -> Result<()> {
    match wanted {
        Some(wanted) if wanted == found => Ok(()),
        wanted => Err(Fault::new(path, "", format!("has SHA-256 {found}"))
            .expected(wanted.map_or("a SHA-256 in the scenario", String::as_str))
            .advice(format!("download it again from {source}"))
            .into()),
    }
}

/// The checksum in small hexadecimal digits, read in pieces: files may be large.
fn sha256(mut reader: impl Read, path: &Path) -> Result<String> {
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let n = reader.read(&mut buffer).map_err(|e| Error::io(path, e))?;
        if n == 0 {
            return Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect());
        }
        hasher.update(&buffer[..n]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn file(name: &str, url: &str, sha256: Option<&str>) -> DataFile {
        let original = Original { url: url.into(), sha256: Some(ABC.into()) };
        DataFile {
            name: name.into(),
            sha256: sha256.map(str::to_string),
            originals: vec![original],
            convert: None,
        }
    }

    #[test]
    fn an_original_is_packed_and_a_packed_one_copied() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
        std::fs::create_dir(&from).unwrap();
        std::fs::create_dir(&to).unwrap();
        let wanted = file("a.csv.gz", "https://example.org/the%20original.csv", Some(ABC));
        let made = to.join("a.csv.gz");
        let lacks = make(&from, &made, &wanted).unwrap_err().to_string();
        assert!(lacks.contains("the original.csv: no such file") && lacks.contains("example.org"), "{lacks}");
        std::fs::write(from.join("the original.csv"), "abc").unwrap();
        make(&from, &made, &wanted).unwrap();
        std::fs::rename(from.join("the original.csv"), from.join("the%20original.csv")).unwrap();
        make(&from, &made, &wanted).unwrap();
        let mut told = String::new();
        netconvert::limit::open(&made).unwrap().read_to_string(&mut told).unwrap();
        assert_eq!(told, "abc");
        // From a folder that has the packed file.
        let again = folder.path().join("a.csv.gz");
        make(&to, &again, &wanted).unwrap();
        // An archive is known by its members.
        let archive = file("a.zip", "https://example.org/the%20original.csv", None);
        std::fs::rename(from.join("the%20original.csv"), from.join("the original.csv")).unwrap();
        make(&from, &to.join("a.zip"), &archive).unwrap();
    }

    #[test]
    fn a_changed_file_is_refused_and_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("made.csv.gz");
        std::fs::write(folder.path().join("a.csv"), "abd").unwrap();
        let error = make(folder.path(), &to, &file("made.csv.gz", "https://example.org/a.csv", Some(ABC)));
        assert_eq!(error.unwrap_err().exit_code(), 2);
        assert!(!to.exists());
    }
}

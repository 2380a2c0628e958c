//! `wayfare fetch`: copies the input files of a scenario into the data folder and verifies them.
//!
//! It never opens a connection: many publishers want a form filled in, or move their files, so the download is left
//! to people. What this verb adds is certainty. A scenario names each file with where it was published and its
//! SHA-256, and what lies in the data folder afterwards is the file that the published figures were made from, or
//! the verb fails.

use crate::say::Voice;
use crate::scenario::load::data_root;
use crate::scenario::{self, DataFile, Overrides};
use engine::{Error, Fault, Result, disk};
use sha2::{Digest, Sha256};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Copies and verifies, or lists what is missing and where it was published. Every file is hashed at every call. One that
/// is whole stays untouched; one that is damaged counts as missing, and is replaced once `from` holds a good one. Without
/// `from` nothing is written.
///
/// # Errors
/// A [`Fault`] for the first file that `from` lacks or whose checksum is another; nothing half-copied stays.
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
        for file in &missing {
            voice.say.line(format!("  missing: {}\n    published at {}", file.name, file.source));
        }
        if missing.is_empty() {
            return found(&[]);
        }
        return Err(Fault::new(path, "data.files", format!("{} files are missing", missing.len()))
            .expected(format!("in {}", target.display()))
            .advice("download them from their sources and give the folder with --from DIR")
            .into());
    };
    disk::make_folder(&target)?;
    for file in &missing {
        copy(&from.join(&file.name), &target.join(&file.name), file)?;
        voice.say.line(format!("  fetched {}", file.name));
    }
    found(&missing.iter().map(|file| file.name.as_str()).collect::<Vec<_>>())
}

/// Verified before it is copied, so that a wrong file never gets there, and after, so that a failing disk is
/// noticed.
fn copy(from: &Path, to: &PathBuf, file: &DataFile) -> Result<()> {
    verify(from, file)?;
    let mut source = BufReader::new(disk::open(from)?);
    disk::write(to, |writer| std::io::copy(&mut source, writer).map_err(|e| Error::io(to, e)))?;
    verify(to, file)
}

/// Whether the file is the published one; a file that cannot be read is not.
fn verify(path: &Path, file: &DataFile) -> Result<()> {
    let found = sha256(path)?;
    if found == file.sha256 {
        return Ok(());
    }
    Err(Fault::new(path, "", format!("has SHA-256 {found}"))
        .expected(&file.sha256)
        .advice(format!("download it again from {}", file.source))
        .into())
}

/// The checksum in small hexadecimal digits, read in pieces: files may be large.
fn sha256(path: &Path) -> Result<String> {
    let mut reader = BufReader::new(disk::open(path)?);
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

    #[test]
    fn a_changed_file_is_refused_and_a_whole_one_copied() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&from, "abc").unwrap();
        // FIPS 180-2, appendix B.1.
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_string();
        let mut file = DataFile { name: "a".into(), source: "s".into(), sha256 };
        copy(&from, &to, &file).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"abc");
        file.sha256 = "0".repeat(64);
        std::fs::remove_file(&to).unwrap();
        assert_eq!(copy(&from, &to, &file).unwrap_err().exit_code(), 2);
        assert!(!to.exists());
    }
}

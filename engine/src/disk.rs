//! The one door to the file system. Writes are whole or absent: temporary file, fsync, rename, fsync
//! of the folder.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Opens a file for reading.
///
/// # Errors
/// A fault naming the file when it is missing, a folder, or may not be read.
pub fn open(path: impl AsRef<Path>) -> Result<File> {
    let path = path.as_ref();
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    if file.metadata().map_err(|e| Error::io(path, e))?.is_dir() {
        return Err(crate::Fault::new(path, "", "is a folder").expected("a file").into());
    }
    Ok(file)
}

/// Reads a whole file of at most `limit` bytes.
///
/// # Errors
/// A fault naming the file when it cannot be read or is larger than `limit`.
pub fn read(path: impl AsRef<Path>, limit: u64) -> Result<Vec<u8>> {
    let path = path.as_ref();
    let mut bytes = Vec::new();
    open(path)?.take(limit + 1).read_to_end(&mut bytes).map_err(|e| Error::io(path, e))?;
    if bytes.len() as u64 > limit {
        return Err(crate::Fault::new(path, "", format!("is larger than {limit} bytes")).into());
    }
    Ok(bytes)
}

/// Reads a whole text file (UTF-8) of at most 64 MiB.
///
/// # Errors
/// A fault naming the file when it cannot be read, is larger than 64 MiB, or is not UTF-8 (with the first
/// bad byte).
pub fn read_text(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    String::from_utf8(read(path, 64 << 20)?).map_err(|e| {
        crate::Fault::new(path, format!("byte {}", e.utf8_error().valid_up_to()), "is not UTF-8").into()
    })
}

/// Makes a folder and its parents.
///
/// # Errors
/// What the file system says, with the path.
pub fn make_folder(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    fs::create_dir_all(path).map_err(|e| Error::io(path, e))
}

/// The files and folders in `path`, sorted by name; empty where there is no such folder.
///
/// # Errors
/// What the file system says, with the path; a missing folder is no error.
pub fn list(path: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let path = path.as_ref();
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io(path, e)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|e| Error::io(path, e))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Removes a file; a missing one is no error.
///
/// # Errors
/// What the file system says, with the path.
pub fn remove(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path, e)),
        _ => Ok(()),
    }
}

/// Removes an empty folder; a missing one is no error.
///
/// # Errors
/// What the file system says, with the path; a folder that is not empty is an error.
pub fn remove_folder(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    match fs::remove_dir(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path, e)),
        _ => Ok(()),
    }
}

/// Writes a file whole or not at all. The closure writes to a temporary file beside the target, which
/// is renamed over it only after everything reached the disk.
///
/// # Errors
/// What `fill` or the file system says; the old file, if there is one, is then unchanged.
pub fn write<T>(path: impl AsRef<Path>, fill: impl FnOnce(&mut BufWriter<File>) -> Result<T>) -> Result<T> {
    let path = path.as_ref();
    let temporary = temporary_for(path);
    let outcome = (|| {
        let file = File::create(&temporary).map_err(|e| Error::io(&temporary, e))?;
        let mut writer = BufWriter::with_capacity(1 << 18, file);
        let value = match fill(&mut writer) {
            // The table writer hides what the disk said: ask the disk itself (the file is thrown away).
            Err(Error::Table(hidden)) => {
                let probe = writer.get_mut().write_all(&[0; 1 << 16]);
                return Err(probe.map_or_else(|e| Error::io(&temporary, e), |()| Error::Table(hidden)));
            }
            other => other?,
        };
        let file = writer.into_inner().map_err(|e| Error::io(&temporary, e.into_error()))?;
        file.sync_all().map_err(|e| Error::io(&temporary, e))?;
        fs::rename(&temporary, path).map_err(|e| Error::io(path, e))?;
        sync_folder(path)?;
        Ok(value)
    })();
    if outcome.is_err() {
        // The first error is the one worth telling; a left-over temporary file is not.
        let _ = fs::remove_file(&temporary);
    }
    outcome
}

/// Gives a file that was written whole another name.
///
/// # Errors
/// What the file system says, with the new path.
pub fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<()> {
    let (from, to) = (from.as_ref(), to.as_ref());
    fs::rename(from, to).map_err(|e| Error::io(to, e))?;
    sync_folder(to)
}

/// A file that another library writes by its path. It lies beside the target under another name until [`Pending::commit`]
/// renames it; if that never comes, it is removed.
#[derive(Debug)]
pub struct Pending {
    path: PathBuf,
    temporary: PathBuf,
}

impl Pending {
    /// A file to write. What an earlier attempt of the same process left is removed.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn new(path: &Path) -> Result<Self> {
        let temporary = temporary_for(path);
        remove(&temporary)?;
        Ok(Self { path: path.into(), temporary })
    }

    /// The path to write to.
    pub fn unnamed(&self) -> &Path {
        &self.temporary
    }

    /// The path that it will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file, which is closed and whole, its name, and returns it.
    ///
    /// # Errors
    /// What the file system says; the old file, if there is one, is then unchanged.
    pub fn commit(self) -> Result<PathBuf> {
        let synced = File::open(&self.temporary).and_then(|file| file.sync_all());
        synced.map_err(|e| Error::io(&self.temporary, e))?;
        rename(&self.temporary, &self.path)?;
        Ok(self.path.clone())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // After `commit` there is none; else whatever stopped the work is the error worth telling.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// A name beside `path` for a file whose own is not known yet.
pub fn unnamed(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".unnamed.tmp");
    path.with_file_name(name)
}

fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| Error::io(folder, e))
}

/// Writes bytes whole or not at all.
///
/// # Errors
/// What the file system says; the old file, if there is one, is then unchanged.
pub fn write_bytes(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    write(path, |writer| writer.write_all(bytes).map_err(|e| Error::io(path, e)))
}

fn temporary_for(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_other() {
        let folder = std::env::temp_dir().join(format!("wayfare-disk-{}", std::process::id()));
        make_folder(&folder).unwrap();
        let path = folder.join("a.txt");
        write_bytes(&path, b"old").unwrap();
        let failed = write(&path, |writer| {
            writer.write_all(b"half").unwrap();
            Err::<(), _>(Error::Other("power cut".into()))
        });
        assert!(failed.is_err());
        assert_eq!(read(&path, 10).unwrap(), b"old");
        assert_eq!(list(&folder).unwrap(), std::slice::from_ref(&path));
        assert!(matches!(read(&path, 2), Err(Error::Input(_))));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_file_of_another_library_has_no_name_before_it_is_whole() {
        let folder = std::env::temp_dir().join(format!("wayfare-pending-{}", std::process::id()));
        make_folder(&folder).unwrap();
        let path = folder.join("a.gpkg");
        let dropped = Pending::new(&path).unwrap();
        fs::write(dropped.unnamed(), b"half").unwrap();
        drop(dropped);
        assert!(list(&folder).unwrap().is_empty());
        let pending = Pending::new(&path).unwrap();
        fs::write(pending.unnamed(), b"whole").unwrap();
        assert!(!path.exists());
        assert_eq!(pending.commit().unwrap(), path);
        assert_eq!(list(&folder).unwrap(), std::slice::from_ref(&path));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_full_disk_is_an_error_and_not_a_panic() {
        let full = Path::new("/dev/full");
        if full.exists() {
            let mut file = fs::OpenOptions::new().write(true).open(full).unwrap();
            assert!(file.write_all(b"x").and_then(|()| file.flush()).is_err());
        }
    }
}

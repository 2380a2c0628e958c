//! Errors that a user can act on. Exit codes: [`Fault`] is the user's input (2), the rest is ours or
//! the machine's (1); a missed validation target (3) is a result, not an error.

use std::fmt;
use std::path::{Path, PathBuf};

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing wrong with the input: where, what, what was expected, what to do.
///
/// Displays as `file:record: what — expected … — advice`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file (or the name of the option) that holds the fault.
    pub file: String,
    /// Line, row, element or id inside the file; empty when the whole file is meant.
    pub record: String,
    /// What is wrong.
    pub what: String,
    /// What was expected instead; may be empty.
    pub expected: String,
    /// What to do about it; may be empty.
    pub advice: String,
}

impl Fault {
    /// A fault in `file` at `record` (may be empty).
    pub fn new(file: impl AsRef<Path>, record: impl fmt::Display, what: impl Into<String>) -> Self {
        let file = file.as_ref().display().to_string();
        Self {
            file,
            record: record.to_string(),
            what: what.into(),
            expected: String::new(),
            advice: String::new(),
        }
    }

    /// Adds what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if !self.record.is_empty() {
            write!(f, "{}:", self.record)?;
        }
        write!(f, " {}", self.what)?;
        if !self.expected.is_empty() {
            write!(f, " — expected {}", self.expected)?;
        }
        if !self.advice.is_empty() {
            write!(f, " — {}", self.advice)?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

/// Everything that can stop a piece of work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is wrong (exit code 2).
    #[error("{0}")]
    Input(#[from] Fault),
    /// Several things are wrong with the input (exit code 2), one a line; never empty.
    #[error("{}", lines(.0))]
    Inputs(Vec<Fault>),
    /// The machine said no: disk full, no such file, no permission.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder concerned.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An invariant that Wayfare promises does not hold; the run fails (exit code 1).
    #[error("check failed: {0}")]
    Check(String),
    /// A table could not be written or read.
    #[error("table: {0}")]
    Table(#[from] polars::error::PolarsError),
    /// Anything else, said in words.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// Wraps an I/O error with the path it happened on. What the user can mend, a missing file or a full
    /// disk, becomes a [`Fault`] (exit code 2).
    pub fn io(path: impl AsRef<Path>, source: std::io::Error) -> Self {
        let path = path.as_ref();
        use std::io::ErrorKind;
        if source.kind() == ErrorKind::NotFound {
            return Fault::new(path, "", "no such file or folder").advice("check the path").into();
        }
        let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge];
        if full.contains(&source.kind()) {
            return Fault::new(path, "", format!("the disk is full ({source})"))
                .expected("room for the results")
                .advice("free some, or give another --out")
                .into();
        }
        Self::Io { path: path.to_path_buf(), source }
    }

    /// The process exit code this error deserves: 2 for bad input, 1 otherwise.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::Input(_) | Self::Inputs(_)) { 2 } else { 1 }
    }
}

/// Faults of things that can be looked at apart from each other, so that a user learns of all of them at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The value of a result; its faults are kept for [`Faults::none`].
    ///
    /// # Errors
    /// Whatever is no fault of the input.
    pub fn keep<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => return Ok(Some(value)),
            Err(Error::Input(fault)) => self.0.push(fault),
            Err(Error::Inputs(faults)) => self.0.extend(faults),
            Err(error) => return Err(error),
        }
        Ok(None)
    }

    /// Adds more of them.
    pub fn extend(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.0.extend(faults);
    }

    /// # Errors
    /// The faults that were kept, where there are any.
    pub fn none(mut self) -> Result<()> {
        match (self.0.len(), self.0.pop()) {
            (_, None) => Ok(()),
            (1, Some(fault)) => Err(fault.into()),
            (_, Some(last)) => {
                self.0.push(last);
                Err(Error::Inputs(self.0))
            }
        }
    }

    /// Whether none was kept so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<Fault>> for Faults {
    fn from(faults: Vec<Fault>) -> Self {
        Self(faults)
    }
}

/// One fault a line.
fn lines(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_where_what_expected_and_advice() {
        let fault = Fault::new("net.csv", 7, "length is -3")
            .expected("a positive number of metres")
            .advice("mend row 7");
        assert_eq!(
            fault.to_string(),
            "net.csv:7: length is -3 — expected a positive number of metres — mend row 7"
        );
        assert_eq!(Error::from(fault).exit_code(), 2);
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let fault = |line: u32| Fault::new("a", line, "is odd");
        assert!(Faults::default().none().is_ok());
        assert_eq!(Faults(vec![fault(1)]).none().unwrap_err().to_string(), "a:1: is odd");
        let both = Faults(vec![fault(1), fault(2)]).none().unwrap_err();
        assert_eq!((both.to_string().as_str(), both.exit_code()), ("a:1: is odd\na:2: is odd", 2));
        let mut faults = Faults::default();
        assert_eq!(faults.keep(Ok(7)).unwrap(), Some(7));
        for result in [Err(both), Err(fault(3).into())] {
            assert_eq!(faults.keep::<u32>(result).unwrap(), None);
        }
        assert!(faults.keep::<u32>(Err(Error::Check("x".into()))).is_err(), "no fault of the input");
        assert_eq!(faults.none().unwrap_err().to_string().lines().count(), 3);
    }
}

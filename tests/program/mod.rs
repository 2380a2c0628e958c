//! Runs the built program as a user would.
#![allow(dead_code)] // each test file uses a part

mod data;

#[allow(unused_imports)] // as above
pub use data::{data, skipped};

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A scenario of the repository.
pub fn scenario(name: &str) -> PathBuf {
    root().join("scenarios").join(name)
}

/// What a call came to.
pub struct Said {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Calls `wayfare`.
pub fn wayfare<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Said {
    said(Command::new(env!("CARGO_BIN_EXE_wayfare")).args(arguments).output().unwrap())
}

/// What a finished process said.
pub fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a scenario and returns its manifest.
pub fn run(scenario: &Path, out: &Path, more: &[&str]) -> serde_json::Value {
    let mut arguments = vec!["run", scenario.to_str().unwrap(), "--out", out.to_str().unwrap(), "--quiet"];
    arguments.extend(more);
    let said = wayfare(&arguments);
    assert_eq!(said.code, 0, "{}", said.err);
    manifest(out)
}

/// The manifest of a run.
pub fn manifest(out: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(out.join("run.json")).unwrap()).unwrap()
}

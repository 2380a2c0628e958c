//! Words to the user: progress bars on a terminal, plain lines elsewhere; all on stderr. Stdout
//! belongs to `--json`.
//!
//! The two are kept apart so that `wayfare … --json > result.json` gives a file with JSON and nothing else, whatever is said
//! on the way; with `--json` an error is an object on stdout as well. Everything the program says goes through here, so that
//! `--quiet` silences all of it but errors.

use engine::learn::Progress;
use engine::store::manifest::group_warnings;
use engine::warning::too_much_unknown;
use engine::{Error, Fault, Faults, Result, Warning};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

/// Where the words and the result of a verb go. Every verb gets one and hands it on; nothing is printed past it.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    /// Words for people, on stderr.
    pub say: Say,
    /// Whether the result goes to stdout as JSON.
    pub json: bool,
    /// Threads in use, at least 1: said in manifests, and used where a library wants to be told.
    pub threads: usize,
}

impl Voice {
    /// Writes a result to stdout when `--json` was given.
    ///
    /// # Errors
    /// [`Error::Other`] for a value that JSON cannot hold.
    pub fn result(&self, value: &impl serde::Serialize) -> Result<()> {
        if !self.json {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(value).map_err(|e| Error::Other(e.to_string()))?;
        // A closed pipe (`| head`) is the reader's choice.
        let _ = writeln!(std::io::stdout(), "{text}");
        Ok(())
    }
}

impl Voice {
    /// Says an error on stderr, even when it is to be quiet; with `--json` stdout gets the same as an object.
    pub fn error(&self, error: &Error) {
        let errors = match error {
            Error::Inputs(faults) => faults.iter().map(|fault| fault.clone().into()).collect(),
            _ => Vec::new(),
        };
        let all = if errors.is_empty() { std::slice::from_ref(error) } else { &errors[..] };
        for error in all {
            Say::new(false).line(format!("error: {error}"));
        }
        let all: Vec<_> = all.iter().map(told).collect();
        // Plain words always fit into JSON.
        let _ = self.result(&serde_json::json!({ "error": all[0], "errors": all }));
    }
}

/// An error as an object. Its keys are those of a [`Fault`], empty where nothing is known, and `kind`: `input` is what
/// the user can mend, `io` what the system refused, `check` a promise of the program that does not hold.
fn told(error: &Error) -> serde_json::Value {
    let bare = |path: &Path, what: String| Fault::new(path, "", what);
    let (kind, fault) = match error {
        Error::Input(fault) => ("input", fault.clone()),
        Error::Io { path, source } => ("io", bare(path, source.to_string())),
        // Told one by one above.
        Error::Inputs(_) => ("input", bare(Path::new(""), error.to_string())),
        Error::Check(_) => ("check", bare(Path::new(""), error.to_string())),
        Error::Table(_) | Error::Other(_) => ("other", bare(Path::new(""), error.to_string())),
    };
    let Fault { file, record, what, expected, advice } = fault;
    serde_json::json!({
        "kind": kind, "file": file, "record": record, "what": what, "expected": expected, "advice": advice,
        "exit_code": error.exit_code(),
    })
}

/// Writes warnings to stderr, one line a kind with its count and the first of them: a million rows with one mistake are one
/// line.
pub fn tell<'a>(voice: &Voice, warnings: impl Iterator<Item = &'a Warning>) {
    let all: Vec<Warning> = warnings.cloned().collect();
    for warning in group_warnings(&all) {
        voice.say.line(format!("warning: {warning}"));
    }
}

/// As [`tell`], and stops where too much was not understood.
///
/// # Errors
/// A fault for each file of which more than the share `allowed` was not.
pub fn tell_understood(voice: &Voice, warnings: &[Warning], allowed: f64) -> Result<()> {
    tell(voice, warnings.iter());
    Faults::from(too_much_unknown(warnings, allowed)).none()
}

/// Progress of a run on stderr: a bar of its days, and lines above it.
pub struct Watcher {
    say: Say,
    bar: ProgressBar,
}

impl Watcher {
    /// A watcher without a day so far.
    pub fn new(say: Say) -> Self {
        Self { say, bar: say.bar(0, "simulating days") }
    }
}

impl Progress for Watcher {
    fn line(&self, text: &str) {
        self.bar.suspend(|| self.say.line(text));
    }

    fn days(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Speaks on stderr, or keeps quiet.
#[derive(Debug, Clone, Copy)]
pub struct Say {
    quiet: bool,
    terminal: bool,
}

impl Say {
    /// A voice; silent when `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self { quiet, terminal: std::io::stderr().is_terminal() }
    }

    /// One line.
    pub fn line(&self, text: impl AsRef<str>) {
        if !self.quiet {
            // A closed stderr is no reason to stop a run.
            let _ = writeln!(std::io::stderr(), "{}", text.as_ref());
        }
    }

    /// A progress bar of `total` steps with the time left; hidden where stderr is no terminal.
    pub fn bar(&self, total: u64, what: &str) -> ProgressBar {
        let bar = ProgressBar::new(total);
        if self.quiet || !self.terminal {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template("  {msg:24} {bar:30} {pos}/{len}  {eta} left") {
            bar.set_style(style);
        }
        bar.set_message(what.to_string());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

//! Words to the user: progress bars on a terminal, plain lines elsewhere; all on stderr. Stdout
//! belongs to `--json`.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::time::Duration;

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

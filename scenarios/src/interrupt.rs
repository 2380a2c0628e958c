//! Ctrl-C: says what is kept of a run before the program ends.

use crate::say::Say;
use engine::checkpoint::FOLDER;
use engine::disk;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::path::Path;

/// From now on an interrupt (Ctrl-C, or the end that a batch system asks for) says what of the run in `out` is kept, and
/// then ends the program as it would have without this. Files need no care: they are written whole or not at all.
pub fn say_what_is_kept(say: Say, out: &Path) {
    let out = out.to_path_buf();
    // Without a handler the program ends as well, only without a word.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            say.line(kept(&out));
            let _ = emulate_default_handler(signal);
        }
    });
}

/// What is kept in the folder of a run that ends now.
fn kept(out: &Path) -> String {
    let is_whole = |path: &std::path::PathBuf| path.extension().is_none_or(|ending| ending != "tmp");
    let is_kept = disk::list(out.join(FOLDER)).unwrap_or_default().iter().any(is_whole);
    match is_kept {
        true => {
            format!("stopped; the last checkpoint is kept in {}: --resume goes on from it", out.display())
        }
        false => {
            "stopped before the first checkpoint: nothing is kept (--checkpoint 60 makes one a minute)".into()
        }
    }
}

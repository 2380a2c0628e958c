//! `wayfare convert`.

use crate::verbs::Voice;
use engine::Result;
use std::path::Path;
use std::process::ExitCode;

/// Reads one format, writes another, and lists what was dropped.
///
/// # Errors
/// A [`engine::Fault`] for bad input or a format that is not known.
pub fn convert(voice: &Voice, input: &Path, output: &Path, clean: bool) -> Result<ExitCode> {
    let options = netconvert::convert::Options { clean, ..Default::default() };
    let report = netconvert::convert::convert(input, output, &options)?;
    for warning in crate::manifest::group_warnings(&report.warnings) {
        voice.say.line(format!("warning: {} × {}", warning.count, warning.first));
    }
    voice.say.line(report.to_string());
    voice.result(&report)?;
    Ok(ExitCode::SUCCESS)
}

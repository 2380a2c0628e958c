//! x
use crate::verbs::Voice;use engine::Result;use std::path::Path;use std::process::ExitCode;
/// x
pub fn convert(_: &Voice, _: &Path, _: &Path, _: bool) -> Result<ExitCode> { Ok(ExitCode::SUCCESS) }

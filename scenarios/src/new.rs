//! x
use crate::verbs::Voice;use engine::Result;use std::path::Path;use std::process::ExitCode;
/// x
pub fn new(_: &Voice, _: &Path, _: Option<u32>, _: u64) -> Result<ExitCode> { Ok(ExitCode::SUCCESS) }

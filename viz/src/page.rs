//! The page.

use crate::text::escape;
use crate::Report;
use engine::Result;

/// The report as the text of an HTML file.
///
/// # Errors
/// When the data cannot be written as JSON.
pub fn page(report: &Report) -> Result<String> {
    Ok(format!("<!doctype html><title>{}</title>", escape(&report.title)))
}

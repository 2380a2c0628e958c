//! Plots as SVG text: small, diffable, the same in the page and as files.

use crate::Report;

/// One plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Name of its file, without `.svg`.
    pub name: String,
    /// What it shows, for those who cannot see it.
    pub title: String,
    /// Width and height, pixels.
    pub size: (u32, u32),
    /// The elements inside `<svg>`.
    pub body: String,
}

impl Plot {
    /// The plot as a file of its own, with its styles.
    pub fn file(&self) -> String {
        self.body.clone()
    }
}

/// Every plot the report has data for, in the order of the page.
pub fn plots(_report: &Report) -> Vec<Plot> {
    Vec::new()
}

//! What sections are built of: figures, tables and texts, and where they stand.
//!
//! On a wide page figures and narrow tables stand side by side, as many as there is room for; on a telephone one
//! stands under the other. A wide table has the whole width, and scrolls in its own box where that is too little:
//! the page itself never scrolls sideways. A long table is folded, for most readers want the figure above it.

use crate::report::{Report, Section, Table};
use crate::svg::Plot;
use crate::text::{escape, grouped, put};

/// Rows of the longest table that is not folded.
const MOST_OPEN_ROWS: usize = 12;
/// Rows of the longest table that is unfolded on paper.
const MOST_PRINTED_ROWS: usize = 30;
/// Columns of the widest table that stands beside figures.
const MOST_BESIDE: usize = 4;

/// The body of a section while it is written.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// What comes first, in the whole width.
    lead: String,
    /// What stands side by side.
    flow: String,
    /// What comes last, in the whole width.
    wide: String,
}

impl Body {
    /// Adds HTML in the whole width, before everything else.
    pub(super) fn lead(&mut self, html: &str) {
        self.lead += html;
    }

    /// Adds HTML that may stand beside other blocks.
    pub(super) fn block(&mut self, html: &str) {
        if !html.is_empty() {
            put(&mut self.flow, format_args!("<div class=\"block\">{html}</div>\n"));
        }
    }

    /// Adds HTML in the whole width, after everything else.
    pub(super) fn wide(&mut self, html: &str) {
        self.wide += html;
    }

    /// Adds a plot with the sentence that says how to read it; nothing without a plot.
    pub(super) fn figure(&mut self, plot: Option<Plot>, text: &str) {
        let Some(plot) = plot else { return };
        put(
            &mut self.flow,
            format_args!("<figure>{}<figcaption>{}</figcaption></figure>\n", plot.element(), escape(text)),
        );
    }

    /// Adds a table, beside the figures if it is narrow; nothing without a row.
    pub(super) fn table(&mut self, of: &Table) {
        match of.columns.len() > MOST_BESIDE {
            true => self.wide(&table(of)),
            false => self.block(&table(of)),
        }
    }

    /// Adds the tables that the caller has put into this section, in their order.
    pub(super) fn tables(&mut self, report: &Report, section: Section) {
        report.tables.iter().filter(|table| table.section == section).for_each(|of| self.table(of));
    }

    /// All of it; empty where nothing was added.
    pub(super) fn html(self) -> String {
        let Self { lead, flow, wide } = self;
        let flow = if flow.is_empty() { flow } else { format!("<div class=\"flow\">\n{flow}</div>\n") };
        lead + &flow + &wide
    }
}

/// A table made here, of the columns and rows of one section.
pub(super) fn plain_table(title: &str, text: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Table {
    let columns = columns.iter().map(|column| (*column).to_string()).collect();
    Table { title: title.into(), text: text.into(), columns, rows, ..Table::default() }
}

/// A table of text as HTML; nothing without a row.
pub(super) fn table(of: &Table) -> String {
    let Table { title, text, columns, rows, .. } = of;
    let mut out = String::new();
    if rows.is_empty() {
        return out;
    }
    if !title.is_empty() {
        put(&mut out, format_args!("<h3>{}</h3>\n", escape(title)));
    }
    if !text.is_empty() {
        put(&mut out, format_args!("<p>{}</p>\n", escape(text)));
    }
    let grid = grid(columns, rows, &of.links);
    match rows.len() {
        n if n > MOST_PRINTED_ROWS => {
            put(
                &mut out,
                format_args!(
                    "<p class=\"paper\">A table of {n} rows, to be read on a screen.</p>\
                     <details><summary>Table of {n} rows</summary>{grid}</details>\n"
                ),
            );
        }
        n if n > MOST_OPEN_ROWS => {
            put(
                &mut out,
                format_args!(
                    "<details class=\"short\"><summary>Table of {n} rows</summary>{grid}</details>\n"
                ),
            );
        }
        _ => out += &grid,
    }
    out
}

/// Head and rows. A column whose cells all begin like numbers stands flush right, so that digits of one value lie under
/// each other. Where the rows name links, the first cell is a button that shows the link on the map.
fn grid(columns: &[String], rows: &[Vec<String>], links: &[u32]) -> String {
    let numeric = |column: usize| {
        rows.iter().all(|row| {
            let cell = row.get(column).map_or("", |cell| cell.trim());
            let begins = cell.starts_with(|c: char| c.is_ascii_digit() || "+−-.".contains(c));
            // First cells are names, and some begin with a number: `80 W, link 14577`.
            matches!(cell, "" | "–") || (begins && (column > 0 || cell.bytes().all(|b| b.is_ascii_digit())))
        })
    };
    let right: Vec<&str> = (0..columns.len()).map(|k| if numeric(k) { " class=\"n\"" } else { "" }).collect();
    // A table that fits on a sheet is not torn.
    let few = if rows.len() <= MOST_OPEN_ROWS { " few" } else { "" };
    let mut out = format!("<div class=\"scroll{few}\" tabindex=\"0\"><table><thead><tr>");
    for (column, class) in columns.iter().zip(&right) {
        put(&mut out, format_args!("<th scope=\"col\"{class}>{}</th>", escape(column)));
    }
    out += "</tr></thead><tbody>\n";
    for (place, row) in rows.iter().enumerate() {
        out += "<tr>";
        for (column, (cell, class)) in row.iter().zip(&right).enumerate() {
            let cell = match links.get(place).filter(|_| column == 0) {
                Some(link) => show_link(*link, cell),
                // First cells are names: `400123` is no number to part into thousands.
                None if column == 0 => escape(cell),
                None => escape(&readable(cell)),
            };
            put(&mut out, format_args!("<td{class}>{cell}</td>"));
        }
        out += "</tr>\n";
    }
    out + "</tbody></table></div>\n"
}

/// A cell as people read it: whole numbers of five digits and more in groups of three.
fn readable(cell: &str) -> String {
    let whole = (5..16).contains(&cell.len()) && cell.bytes().all(|b| b.is_ascii_digit());
    match cell.parse::<u64>() {
        Ok(number) if whole => grouped(number as f64),
        _ => cell.into(),
    }
}

/// A button that shows a link on the map: the way to it by keyboard.
pub(super) fn show_link(link: u32, label: &str) -> String {
    format!("<button type=\"button\" class=\"link\" data-link=\"{link}\">{}</button>", escape(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table_of(rows: usize, columns: &[&str]) -> Table {
        plain_table("Streets", "", columns, vec![vec!["102345".into(), "102345".into()]; rows])
    }

    #[test]
    fn long_tables_are_folded_and_wide_ones_stand_alone() {
        let short = table(&table_of(12, &["Street", "Vehicles"]));
        assert!(!short.contains("<details") && short.contains("<td class=\"n\">102345</td>"), "{short}");
        assert!(short.contains("102\u{202f}345"), "a number that is no name is grouped");
        assert!(
            table(&table_of(13, &["Street", "Vehicles"]))
                .contains("<details class=\"short\"><summary>Table of 13 rows")
        );
        let mut body = Body::default();
        body.table(&table_of(1, &["a", "b"]));
        body.table(&table_of(1, &["a", "b", "c", "d", "e"]));
        let html = body.html();
        assert_eq!(html.matches("class=\"block\"").count(), 1);
        assert!(html.find("class=\"block\"") < html.rfind("<table>"));
        assert_eq!(Body::default().html(), "");
    }

    #[test]
    fn rows_that_name_links_show_them() {
        let of = Table { links: vec![7], ..table_of(1, &["Street", "Vehicles"]) };
        assert!(table(&of).contains("data-link=\"7\">102345</button>"));
    }
}

//! Published figures that a run is held beside, as a CSV.
//!
//! | column | meaning |
//! |---|---|
//! | `measure` | a name of [`engine::validate::yardstick::Measure`] |
//! | `group` | names with `/` between them; `all` for everybody |
//! | `value` | the figure |
//! | `unit` | its unit |
//! | `source` | publication, year, table |
//!
//! Other columns are ignored. An empty cell is refused: a share of 12 is not one of 12 %. Whether measure, group and unit are
//! known is looked at when the zones and layers of the scenario are.

use crate::limit;
use engine::Result;
use engine::validate::yardstick::Written;
use std::path::Path;

/// Reads the figures with the number of the line that each stands on.
///
/// # Errors
/// A [`engine::Fault`] `file:line` for a missing column, an empty cell, or a value that is no number.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<(u64, Written)>> {
    let mut table = limit::csv(path)?;
    let texts =
        [table.column("measure")?, table.column("group")?, table.column("unit")?, table.column("source")?];
    let value = table.column("value")?;
    let expected =
        ["the name of a measure", "the names of a group, or all", "a unit", "publication, year, table"];
    let mut figures = Vec::new();
    while let Some(row) = table.advance()? {
        for (column, expected) in texts.into_iter().zip(expected) {
            if row.text(column).is_empty() {
                return Err(row.fault(column, expected).into());
            }
        }
        let [measure, group, unit, source] = texts.map(|column| row.text(column).to_string());
        figures.push((row.line(), Written { measure, group, value: row.number(value)?, unit, source }));
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::folder_of;

    #[test]
    fn figures_keep_their_lines() {
        let text = "measure,group,value,unit,source,note\ntrips,all,26.5,trips,\"A survey, 2012\",x\n\nmode-share,work/transit,12,%,B,\n";
        let folder = folder_of(&[("y.csv", text)]);
        let figures = read(folder.path().join("y.csv")).unwrap();
        let lines: Vec<_> =
            figures.iter().map(|(line, of)| (*line, of.group.as_str(), of.value, of.unit.as_str())).collect();
        assert_eq!(lines, [(2, "all", 26.5, "trips"), (4, "work/transit", 12.0, "%")]);
        assert_eq!(figures[0].1.source, "A survey, 2012");
    }

    #[test]
    fn half_a_figure_is_refused_with_its_line() {
        let head = "measure,group,value,unit,source\n";
        for (row, says) in [
            ("trips,all,,trips,A\n", "a number"),
            ("trips,all,1,trips,\n", "publication, year, table"),
            (",all,1,trips,A\n", "the name of a measure"),
            ("trips,,1,trips,A\n", "or all"),
            ("trips,all,1,,A\n", "a unit"),
            ("trips,all,many,trips,A\n", "a number"),
        ] {
            let folder = folder_of(&[("y.csv", &format!("{head}{row}"))]);
            let text = read(folder.path().join("y.csv")).unwrap_err().to_string();
            assert!(text.contains("y.csv:2:") && text.contains(says), "{row}: {text}");
        }
        let folder = folder_of(&[("y.csv", "measure,value\ntrips,1\n")]);
        assert!(read(folder.path().join("y.csv")).unwrap_err().to_string().contains("group"));
    }
}

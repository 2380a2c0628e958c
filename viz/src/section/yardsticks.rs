//! The run beside published figures, and who is on the road at each hour.

use super::block::{Body, plain_table};
use crate::report::{Report, Section, Table};
use crate::svg;
use crate::text::{grouped, percent, trim};
use engine::validate::yardstick::{Compared, Measure};

/// Who is on the road, then one table for each measure and source, in the order of the figures.
pub(super) fn yardsticks(report: &Report) -> String {
    let mut body = Body::default();
    if !report.yardsticks.is_empty() {
        body.lead(
            "<p>What surveys and agencies publish, beside the same quantity of this run. A count on a road may be right for the \
             wrong reasons; these figures say which. The ratio is simulated over published: 1 is agreement. Nothing was fitted \
             to them unless the scenario says so, and surveys of other years differ by growth, too.</p>\n",
        );
    }
    body.figure(
        svg::on_the_road(&report.on_the_road),
        "Vehicles under way at each hour, of the whole population, by layer of demand and class of vehicle. What is not here \
         is on no road: a region with lorries, visitors or through traffic has more than its residents.",
    );
    let mut rest = &report.yardsticks[..];
    while let Some(first) = rest.first() {
        let of_one = |of: &&Compared| of.measure == first.measure && of.source == first.source;
        let n = rest.iter().take_while(of_one).count();
        body.table(&table(&rest[..n]));
        rest = &rest[n..];
    }
    body.tables(report, Section::Yardsticks);
    body.html()
}

/// Figures of one measure and one source.
fn table(figures: &[Compared]) -> Table {
    let Some(first) = figures.first() else { return Table::default() };
    let measure = Measure::parse(&first.measure);
    let title = measure.map_or(first.measure.as_str(), |of| of.words());
    let meaning = measure.map_or(String::new(), |of| format!("{}. ", sentence(of.meaning())));
    // Other units are told by the title.
    let unit = match first.unit.as_str() {
        "share" => ", %",
        "mi" => ", miles",
        "min" => ", minutes",
        _ => "",
    };
    let row = |of: &Compared| {
        let simulated = of.simulated.map_or("–".into(), |value| figure(value, &of.unit));
        let ratio = of.ratio.map_or("–".into(), |ratio| trim(ratio, 2));
        vec![of.group.replace('/', " / "), simulated, figure(of.yardstick, &of.unit), ratio]
    };
    plain_table(
        &format!("{title}{unit}"),
        &format!("{meaning}Source: {}.", first.source.trim_end_matches('.')),
        &["Group", "Simulated", "Published", "Ratio"],
        figures.iter().map(row).collect(),
    )
}

/// The text with a capital.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A figure with as many digits as say something.
fn figure(value: f64, unit: &str) -> String {
    match value {
        _ if unit == "share" => percent(Some(value), 1),
        value if value >= 1000.0 => grouped(value),
        value if value >= 100.0 => trim(value, 0),
        value => trim(value, 2),
    }
}

//! What a measure changes.

use super::block::{self, Body, plain_table};
use super::place::link_label;
use crate::map::Map;
use crate::report::{Comparison, Report, Section, Table, Units};
use crate::svg;
use crate::text::{escape, grouped, short, signed};
use engine::unit::M_PER_MILE;

/// Links in the table of those that change most.
const MOST_CHANGED: usize = 50;

/// What a measure changes: totals, gains and losses by group, the links that change most. Empty in the report of a
/// single run.
pub(super) fn comparison(report: &Report) -> String {
    let mut body = Body::default();
    if let Some(comparison) = &report.comparison {
        body.lead(&format!(
            "<p>“{}” against “{}”: the same people with the same seed, so that each person is compared with \
             themselves. Differences are the first minus the second.</p>\n",
            escape(&comparison.variant),
            escape(&comparison.base)
        ));
        let alone = comparison.change.n_alone;
        if alone.a + alone.b > 0.0 {
            body.lead(&format!(
                "<p>{} persons take part in the base only and {} in the variant only, by a measure on demand: they count \
                 in the totals and on the map, but nobody gains or loses by them.</p>\n",
                grouped(alone.a),
                grouped(alone.b)
            ));
        }
        body.lead(&block::table(&totals(comparison, report.units)));
        body.figure(
            svg::group_bars(&comparison.change.gains),
            "Bars to the left save time, bars to the right lose it. The thin line is the range of the mean \
             over persons alone (95 %): a bar whose line crosses zero shows no sure effect, and one whose line does not may still \
             be a difference of the gaps of the two runs (see what was assumed), or of the seed.",
        );
        body.table(&changed_links(comparison, report.map.as_ref()));
    }
    body.tables(report, Section::Comparison);
    body.html()
}

/// Distance, time and trips of both runs for the whole population. A change in percent is left out where the base
/// is 0.
fn totals(comparison: &Comparison, units: Units) -> Table {
    let change = &comparison.change;
    let (name, unit, per_km) = match units {
        Units::Miles => ("Vehicle miles travelled", "veh·mi", 1000.0 / M_PER_MILE),
        Units::Kilometres => ("Vehicle kilometres travelled", "veh·km", 1.0),
    };
    let totals = [
        (name, unit, change.vmt_km, per_km),
        ("Vehicle hours travelled", "veh·h", change.vht_h, 1.0),
        ("Trips that did not arrive", "trips", change.unfinished_legs, 1.0),
    ];
    let rows = totals.into_iter().map(|(name, unit, both, scale)| {
        let (base, variant) = (both.a * scale, both.b * scale);
        let share = if base == 0.0 {
            "–".into()
        } else {
            format!("{} %", signed((variant - base) / base * 100.0, 2))
        };
        vec![name.into(), unit.into(), short(base), short(variant), plus(variant - base), share]
    });
    let columns = ["Total", "Unit", &comparison.base, &comparison.variant, "Change", "Change, %"];
    plain_table("Totals", "", &columns, rows.collect())
}

/// A change with its sign, shortened (`+12.3 k`): for totals, of which two or three digits say all.
fn plus(change: f64) -> String {
    format!("{}{}", if change > 0.0 { "+" } else { "" }, short(change))
}

/// A change with its sign and all digits: for vehicles a day.
fn grouped_change(change: f64) -> String {
    format!("{}{}", if change > 0.0 { "+" } else { "" }, grouped(change))
}

/// Links by how much their daily volume changes, either way, in vehicles a day of the whole population. Each is a
/// button that shows it on the map.
fn changed_links(comparison: &Comparison, map: Option<&Map>) -> Table {
    let links = &comparison.change.links;
    let links = &links[..links.len().min(MOST_CHANGED)];
    let rows = links.iter().map(|change| {
        let drawn = map.and_then(|map| map.links.get(change.link.index()));
        vec![
            drawn.map_or_else(|| change.link.0.to_string(), link_label),
            grouped(change.volume.a),
            grouped(change.volume.b),
            grouped_change(change.volume.difference),
        ]
    });
    Table {
        links: links.iter().map(|change| change.link.0).collect(),
        ..plain_table(
            "Links that change most",
            "Vehicles a day. A name shows its link on the map.",
            &["Link", "Base", "Variant", "Change"],
            rows.collect(),
        )
    }
}

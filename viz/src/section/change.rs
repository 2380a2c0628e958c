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

/// What a measure changes: totals, gains and losses by group, when and where is driven, the links that change most. Empty in
/// the report of a single run.
pub(super) fn comparison(report: &Report) -> String {
    let mut body = Body::default();
    if let Some(comparison) = &report.comparison {
        body.lead(&who(comparison));
        body.lead(&block::table(&totals(comparison, report.units)));
        for (plot, text) in svg::of_change(comparison, report.map.as_ref()) {
            body.figure(Some(plot), text);
        }
        body.table(&bottlenecks(comparison));
        for (by, title) in [("region", "Driven by county or region"), ("class", "Driven by class of road")] {
            body.table(&driven(comparison, by, title));
        }
        body.table(&changed_links(comparison, report.map.as_ref()));
    }
    body.tables(report, Section::Comparison);
    body.html()
}

/// Who is compared with whom, as it was found: persons in one run alone come from a measure on demand, other trips from telework or
/// from a closure that leads to another link. What holds for neither run is not said.
fn who(comparison: &Comparison) -> String {
    let (alone, replanned) = (comparison.change.n_alone, comparison.change.n_replanned);
    let mut out = format!(
        "<p>“{}” against “{}”: two runs of one seed, so that whoever is in both is compared with themselves. Differences are \
         the first less the second.</p>\n",
        escape(&comparison.variant),
        escape(&comparison.base)
    );
    if alone.a + alone.b > 0.0 {
        out += &format!(
            "<p>{} persons take part in the base only and {} in the variant only, by a measure on demand: they count \
             in the totals and on the map, but nobody gains or loses by them.</p>\n",
            grouped(alone.a),
            grouped(alone.b)
        );
    }
    if replanned > 0 {
        out += &format!(
            "<p>{} persons of both plan other trips in the variant.</p>\n",
            grouped(replanned as f64)
        );
    }
    if !svg::differ(&comparison.departures) && comparison.desire.as_ref().is_none_or(|[a, b]| a == b) {
        out += "<p>When people leave and between which areas they travel is the same in both.</p>\n";
    }
    out
}

/// The worst links of either run, with a dash for the hour where nothing is lost. Which of them got worse says whether a measure
/// moves a jam or ends it.
fn bottlenecks(comparison: &Comparison) -> Table {
    let of = &comparison.bottlenecks;
    let rows = of.iter().map(|link| {
        let [base, variant] = link.lost_h;
        let hour = |run: usize| match link.lost_h[run] > 0.0 {
            true => format!("{:02}:00", link.worst_hour[run]),
            false => "–".into(),
        };
        vec![link.name.clone(), short(base), short(variant), plus(variant - base), hour(0), hour(1)]
    });
    Table {
        links: of.iter().map(|link| link.link).collect(),
        ..plain_table(
            "Worst bottlenecks",
            "Links by the vehicle hours that are lost on them in a day against free flow, in either run. A name shows its link on the map.",
            &[
                "Link",
                "Hours lost, base",
                "Hours lost, variant",
                "Change",
                "Worst hour, base",
                "Worst hour, variant",
            ],
            rows.collect(),
        )
    }
}

/// Distance and lost hours by group in both runs, with the change in percent of each. A group without distance in the base has
/// none; groups in the order of the base, then those of the variant alone.
fn driven(comparison: &Comparison, by: &str, title: &str) -> Table {
    let of = |run: usize| comparison.driven[run].iter().filter(move |of| of.by == by);
    let mut groups: Vec<&str> = of(0).map(|of| of.group.as_str()).collect();
    groups.extend(of(1).map(|of| of.group.as_str()).filter(|name| of(0).all(|of| of.group != *name)));
    let rows = groups.iter().map(|group| {
        let value = |run: usize| {
            of(run).find(|of| of.group == *group).map_or((0.0, 0.0), |of| (of.metres / M_PER_MILE, of.lost_h))
        };
        let ((base, base_h), (variant, variant_h)) = (value(0), value(1));
        let share = |from: f64, to: f64| match from > 0.0 {
            true => format!("{} %", signed((to - from) / from * 100.0, 2)),
            false => "–".into(),
        };
        vec![
            (*group).to_string(),
            short(base),
            short(variant),
            share(base, variant),
            short(base_h),
            short(variant_h),
            share(base_h, variant_h),
        ]
    });
    plain_table(
        title,
        "Vehicle miles of a day and vehicle hours lost against free flow; whole population.",
        &["Group", "Vehicle miles, base", "Variant", "Change", "Hours lost, base", "Variant", "Change"],
        rows.collect(),
    )
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

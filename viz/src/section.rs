//! The sections of the page, each with the sentence that says how to read it.
//!
//! Each section is a function that gives the HTML of its body, or nothing where the report holds nothing for it:
//! then neither the section nor its entry in the navigation is there. A new section is a function here, a line in
//! [`all`], and a variant of [`Section`], so that tables can be put into it.
//!
//! Sections come in the order in which a planner asks: what came out, what the measure changes, where, whether it
//! agrees with the counts, who travels, whether the run has settled, whether it may be trusted, what was assumed,
//! how it was made. Under each figure stands a sentence that says how to read it, for readers who see such a figure
//! for the first time. No number is computed here from the data of a run; they are formatted, added up and sorted
//! at most.
//!
//! Names of roads, layers and files come from outside: whatever is not written in this file goes through `escape`.

use crate::map::{Map, MapLink};
use crate::report::{Comparison, Fit, Report, Section, Table, Tone, Units};
use crate::svg::{self, Plot};
use crate::text::{bytes, duration, escape, fixed, grouped, percent, put, short, signed};
use engine::clock::Phase;
use engine::network::RoadClass;
use engine::unit::M_PER_MILE;
use engine::validate::day::Check;

/// Links in the table of the busiest: enough to see the main roads of a region. The map has all of them.
const BUSIEST: usize = 15;
/// Links in the table of those that change most.
const MOST_CHANGED: usize = 50;

/// Entries of the navigation, and all sections that have something to say.
pub(crate) fn all(report: &Report) -> (String, String) {
    let parts = [
        ("summary", "Summary", cards(report)),
        ("comparison", "What changes", comparison(report)),
        ("map", "Map", map(report)),
        ("counts", "Counts and speeds", counts(report)),
        ("demand", "People and activities", demand(report)),
        ("convergence", "Convergence", convergence(report)),
        ("checks", "Checks", checks(report)),
        ("assumptions", "What was assumed", assumptions(report)),
        ("run", "The run", run(report)),
    ];
    let (mut nav, mut sections) = (String::new(), String::new());
    for (id, title, body) in parts {
        if !body.is_empty() {
            put(&mut nav, format_args!("<li><a href=\"#{id}\">{title}</a></li>"));
            put(&mut sections, format_args!("<section id=\"{id}\"><h2>{title}</h2>\n{body}</section>\n"));
        }
    }
    (nav, sections)
}

/// The headline numbers. A number with a target has its edge in green, amber or red and says in a word whether the
/// target is met: colour alone would not be seen by everybody, or on a black and white print.
fn cards(report: &Report) -> String {
    let mut out = String::new();
    for card in &report.cards {
        let (class, word) = match card.tone {
            Tone::Plain => ("plain", ""),
            Tone::Good => ("good", "target met"),
            Tone::Fair => ("fair", "near the target"),
            Tone::Poor => ("poor", "target missed"),
        };
        let word =
            if word.is_empty() { String::new() } else { format!("<span class=\"tone\">{word}</span>") };
        put(
            &mut out,
            format_args!(
                "<li class=\"card {class}\"><h3>{}</h3><p class=\"value\">{}<span class=\"unit\">{}</span></p>{word}<p>{}</p></li>\n",
                escape(&card.name),
                escape(&card.value),
                escape(&card.unit),
                escape(&card.meaning)
            ),
        );
    }
    if out.is_empty() { out } else { format!("<ul class=\"cards\">\n{out}</ul>\n") }
}

/// What a measure changes: totals, gains and losses by group, the links that change most. Empty in the report of a
/// single run.
fn comparison(report: &Report) -> String {
    let Some(comparison) = &report.comparison else { return tables(report, Section::Comparison) };
    let mut out = format!(
        "<p>“{}” against “{}”: the same people with the same seed, so that each person is compared with \
         themselves. Differences are the first minus the second.</p>\n",
        escape(&comparison.variant),
        escape(&comparison.base)
    );
    out += &totals(comparison, report.units);
    out += &figure(
        svg::group_bars(&comparison.change.gains),
        "Bars to the left save time, bars to the right lose it. The thin line is the range in which the mean \
         lies with 95 % confidence; a bar whose line crosses zero shows no sure effect.",
    );
    out += &changed_links(comparison, report.map.as_ref());
    out + &tables(report, Section::Comparison)
}

/// Distance, time and trips of both runs for the whole population. A change in percent is left out where the base
/// is 0.
fn totals(comparison: &Comparison, units: Units) -> String {
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
    table("Totals", "", &columns, rows.collect())
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
fn changed_links(comparison: &Comparison, map: Option<&Map>) -> String {
    let links = &comparison.change.links;
    if links.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<h3>Links that change most</h3><div class=\"scroll\"><table><thead><tr><th>Link</th><th class=\"n\">Base, veh/day</th>\
         <th class=\"n\">Variant, veh/day</th><th class=\"n\">Change</th></tr></thead><tbody>\n",
    );
    for change in links.iter().take(MOST_CHANGED) {
        let drawn = map.and_then(|map| map.links.get(change.link.index()));
        put(
            &mut out,
            format_args!(
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                show_link(change.link.0, &drawn.map_or_else(|| change.link.0.to_string(), link_label)),
                grouped(change.volume.a),
                grouped(change.volume.b),
                grouped_change(change.volume.difference)
            ),
        );
    }
    out + "</tbody></table></div>\n"
}

/// Name of a link with its route, or with its class where it has none.
fn link_label(link: &MapLink) -> String {
    let class = RoadClass::ALL.get(usize::from(link.class)).map_or("", |class| class.name());
    let more = if link.route.is_empty() { class } else { &link.route };
    format!("{} ({more})", link.name)
}

/// A button that shows a link on the map: the way to it by keyboard.
fn show_link(link: u32, label: &str) -> String {
    format!("<button type=\"button\" class=\"link\" data-link=\"{link}\">{}</button>", escape(label))
}

/// The map: an empty frame that the scripts fill, then what a policy closes or changes, then the busiest links as a
/// table. The lists give readers without scripts, or with a screen reader, what the map shows to others.
fn map(report: &Report) -> String {
    let mut out = String::new();
    if let Some(map) = report.map.as_ref().filter(|map| map.bounds_m().is_some()) {
        out += include_str!("../assets/map.html");
        if !map.marks.is_empty() {
            out += "<h3>Closed and changed links</h3><ul>\n";
            for mark in &map.marks {
                let name = map.links.get(mark.link as usize).map_or("", |link| link.name.as_str());
                let what = format!("{name}: {}", mark.what);
                put(&mut out, format_args!("<li>{}</li>\n", show_link(mark.link, &what)));
            }
            out += "</ul>\n";
        }
        let mut ranked: Vec<(f64, usize)> =
            (0..map.links.len()).map(|k| (map.daily(&map.day, k), k)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        out += "<details><summary>Busiest links as a table</summary><div class=\"scroll\"><table><thead><tr><th>Link</th>\
                <th>Route</th><th class=\"n\">Lanes</th><th class=\"n\">Vehicles a day</th></tr></thead><tbody>\n";
        for &(volume, k) in ranked.iter().take(BUSIEST) {
            let link = &map.links[k];
            put(
                &mut out,
                format_args!(
                    "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                    show_link(k as u32, &link.name),
                    escape(&link.route),
                    short(link.lanes),
                    grouped(volume)
                ),
            );
        }
        out += "</tbody></table></div></details>\n";
    }
    out + &tables(report, Section::Map)
}

/// How far the run is from detectors: all station-hours at once, one station chosen by the reader, the day by hour,
/// the fit by group, and last what was not compared. The stations left out belong to the result: a good fit on the
/// few that are left would say little.
fn counts(report: &Report) -> String {
    let mut out = String::new();
    out += &figure(
        svg::scatter(&report.stations, report.fit.first()),
        "Each dot is one station in one hour. On the dotted line the simulation counts what the detector counted. \
         GEH weighs a difference by the size of the count, GEH = √(2 (m − c)² / (m + c)): below 5 is a good fit, \
         above 10 asks for a reason. FHWA guidance wants GEH below 5 on 85 % of the counted links.",
    );
    if !report.stations.is_empty() {
        out += include_str!("../assets/station.html");
    }
    let curves: String = report
        .curves
        .iter()
        .enumerate()
        .filter_map(|(n, curve)| svg::curve(curve, n + 1).map(|plot| figure(Some(plot), &curve.text)))
        .collect();
    if !curves.is_empty() {
        put(
            &mut out,
            format_args!(
                "<h3>By hour</h3><p>Full line: simulated. Dashed line: observed. Both hold the same stations and \
                 hours. A gap in a line is an hour without an observation.</p>\n<div class=\"pair\">{curves}</div>\n"
            ),
        );
    }
    out += &fits(&report.fit);
    if !report.unmatched.is_empty() {
        let rows =
            report.unmatched.iter().map(|(reason, &n)| vec![reason.words().into(), grouped(f64::from(n))]);
        out += &table(
            "Stations left out, and why",
            "A station without a sure link is not compared at all: a wrong match would be worse than none.",
            &["Reason", "Stations"],
            rows.collect(),
        );
    }
    out + &tables(report, Section::Counts)
}

/// The fit by each kind of group, in the order in which the kinds appear. Several groups get bars, and the table
/// folded away under them; a kind of one group has nothing to compare and is a table only.
fn fits(fits: &[Fit]) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for fit in fits {
        if !kinds.contains(&fit.by.as_str()) {
            kinds.push(&fit.by);
        }
    }
    let columns = ["Group", "n", "GEH < 5", "GEH < 10", "R²", "Slope", "MAPE", "RMSE", "Speed MAPE"];
    let number = |value: Option<f64>| value.map_or("–".into(), |v| fixed(v, 3));
    let mut out = String::new();
    for by in kinds {
        let rows: Vec<Vec<String>> = fits
            .iter()
            .filter(|fit| fit.by == by)
            .map(|fit| {
                vec![
                    fit.group.clone(),
                    grouped(fit.measures.n as f64),
                    percent(fit.measures.geh_lt5_share, 1),
                    percent(fit.measures.geh_lt10_share, 1),
                    number(fit.measures.r2),
                    number(fit.measures.slope),
                    percent(fit.measures.volume_mape, 1),
                    percent(fit.measures.rmse_pct.map(|v| v / 100.0), 1),
                    percent(fit.measures.speed_mape, 1),
                ]
            })
            .collect();
        if rows.len() == 1 {
            out += &table(&format!("Fit, {by}"), "n counts station-hours.", &columns, rows);
            continue;
        }
        out += &figure(
            svg::fit_bars(fits, by),
            "Share of station-hours with GEH below 5; the dashed line is the 85 % of the FHWA guidance.",
        );
        put(
            &mut out,
            format_args!(
                "<details><summary>Fit by {} as a table</summary>{}</details>\n",
                escape(by),
                table("", "", &columns, rows)
            ),
        );
    }
    out
}

/// Who travels: what people do through the day, which modes they take at which distance, and whatever tables the
/// caller has (layers, households, the fit of the population).
fn demand(report: &Report) -> String {
    let days: String = report
        .activities
        .iter()
        .enumerate()
        .map(|(n, day)| figure(svg::activities(day, n + 1), ""))
        .collect();
    let mut out = String::new();
    if !days.is_empty() {
        put(
            &mut out,
            format_args!(
                "<h3>Activities through the day</h3><p>Read a vertical line: it says what share of the people do what \
                 at that time. What is missing to the top is travel.</p><div class=\"pair\">{days}</div>\n"
            ),
        );
    }
    let caption = format!(
        "Straight-line distances. Upper bar: the model. Lower, pale bar: the survey ({}). Where the colours end at \
         the same places, people choose as the surveyed did.",
        report.mode_survey
    );
    let compared = report.modes.iter().any(|share| share.survey.is_some());
    out +=
        &figure(svg::mode_bars(&report.modes), if compared { &caption } else { "Straight-line distances." });
    out + &tables(report, Section::Demand)
}

/// Whether the run has settled: the gap by iteration as a curve and a table, and the gap of the last day by hour of
/// departure, for a jam that has not settled may hide in one hour behind a good mean. "Rerouted" is the share of
/// trips that got another route than the day before.
fn convergence(report: &Report) -> String {
    let mut out = figure(
        svg::convergence(&report.iterations),
        "The relative gap says how much time all drivers together would save if each alone took the fastest route: \
         at zero nobody can do better. Read the results of runs with a gap above a few percent with care.",
    );
    if !report.iterations.is_empty() {
        let rows = report.iterations.iter().map(|i| {
            vec![
                i.iteration.to_string(),
                percent(Some(i.relative_gap), 2),
                percent(Some(i.rerouted as f64 / i.gap_legs.max(1) as f64), 1),
                fixed(i.mean_car_min, 2),
                grouped(i.aborted as f64),
            ]
        });
        let columns =
            ["Iteration", "Relative gap", "Rerouted", "Mean car trip, min", "Still on the way at the end"];
        out += &table("Iterations", "", &columns, rows.collect());
    }
    if let Some(last) = report.iterations.last().filter(|last| !last.gap_by_hour.is_empty()) {
        let row = |(hour, gap): (usize, &Option<f64>)| {
            gap.map(|gap| vec![format!("{hour:02}:00"), percent(Some(gap), 2)])
        };
        let rows = last.gap_by_hour.iter().enumerate().filter_map(row).collect();
        out +=
            &table("Relative gap of the last day by hour of departure", "", &["Departure from", "Gap"], rows);
    }
    out + &tables(report, Section::Convergence)
}

/// What was checked in the run itself (vehicles are conserved, routes are connected, the legs of a person do not
/// overlap, …). A run with a failed check ends with an error, but its report is written all the same, to see what
/// failed.
fn checks(report: &Report) -> String {
    let mut out = String::new();
    if !report.checks.is_empty() {
        let failed = report.checks.iter().filter(|check| check.failed > 0).count();
        let all = report.checks.len();
        let word = if failed == 0 {
            format!("All {all} checks passed.")
        } else {
            format!("{failed} of {all} checks failed.")
        };
        put(
            &mut out,
            format_args!("<p>{word} A run with a failed check is not to be used.</p><ul class=\"checks\">\n"),
        );
        report.checks.iter().for_each(|check| one_check(&mut out, check));
        out += "</ul>\n";
    }
    out + &tables(report, Section::Checks)
}

/// One check: passed or failed as a sign, a word and a colour; how many cases were looked at, and the first that
/// failed.
fn one_check(out: &mut String, check: &Check) {
    let (class, mark, word) =
        if check.failed == 0 { ("pass", "✓", "passed") } else { ("fail", "✕", "failed") };
    let detail = match check.failed {
        0 => format!("{} looked at", check.checked),
        failed => format!("{failed} of {} fail, first: {}", check.checked, check.first),
    };
    put(
        out,
        format_args!(
            "<li class=\"{class}\"><span class=\"mark\" aria-hidden=\"true\">{mark}</span><strong>{}</strong> \
             <span class=\"word\">{word}</span><br><span class=\"detail\">{}</span></li>\n",
            escape(&check.name),
            escape(&detail)
        ),
    );
}

/// What a reader must know before believing a number, and what was odd in the input. Warnings are grouped by kind,
/// with their count and the first case.
fn assumptions(report: &Report) -> String {
    let mut out = String::new();
    let list = |items: &[String]| {
        items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect::<String>()
    };
    if !report.assumptions.is_empty() {
        put(&mut out, format_args!("<ul class=\"plain-list\">\n{}</ul>\n", list(&report.assumptions)));
    }
    if !report.warnings.is_empty() {
        put(
            &mut out,
            format_args!(
                "<h3>Warnings ({})</h3><ul class=\"warnings\">\n{}</ul>\n",
                report.warnings.len(),
                list(&report.warnings)
            ),
        );
    }
    out + &tables(report, Section::Assumptions)
}

/// How the result was made, so that it can be made again and checked: times, memory, threads, machine, hash of the
/// events.
fn run(report: &Report) -> String {
    let mut out = String::new();
    if !report.phases.is_empty() {
        out += &phases(&report.phases);
    }
    let mut facts = Vec::new();
    if report.threads > 0 {
        facts.push(format!("Threads: {}.", report.threads));
    }
    if !report.host.is_empty() {
        facts.push(format!("Machine: {}.", escape(&report.host)));
    }
    if !report.hash.is_empty() {
        facts.push(format!("Hash of the events: <code>{}</code>; the same seed gives the same hash on any number of threads.", escape(&report.hash)));
    }
    if !facts.is_empty() {
        put(&mut out, format_args!("<p>{}</p>\n", facts.join(" ")));
    }
    out + &tables(report, Section::Run)
}

/// Time by phase, with a bar in proportion to the longest. Memory is the peak from the start of the program to the
/// end of the phase, as the system tells no other; where it rises, that phase needed more than all before it.
fn phases(phases: &[Phase]) -> String {
    let longest = phases.iter().map(|phase| phase.seconds).fold(1e-9, f64::max);
    let total: f64 = phases.iter().map(|phase| phase.seconds).sum();
    let peak = phases.iter().map(|phase| phase.peak_memory_bytes).max().unwrap_or(0);
    let mut out = format!(
        "<p>{} in all, {} of memory at the peak.</p><div class=\"scroll\"><table><thead><tr><th>Phase</th><th class=\"n\">Time</th>\
         <th><span class=\"hide\">Time as a bar</span></th><th class=\"n\">Peak memory so far</th></tr></thead><tbody>\n",
        duration(total),
        bytes(peak)
    );
    for phase in phases {
        put(
            &mut out,
            format_args!(
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"meter\"><span style=\"width:{:.1}%\"></span></td><td class=\"n\">{}</td></tr>\n",
                escape(&phase.name),
                duration(phase.seconds),
                phase.seconds / longest * 100.0,
                bytes(phase.peak_memory_bytes)
            ),
        );
    }
    out + "</tbody></table></div>\n"
}

/// A plot with the sentence that explains it; nothing without a plot.
fn figure(plot: Option<Plot>, text: &str) -> String {
    let Some(plot) = plot else { return String::new() };
    let caption =
        if text.is_empty() { String::new() } else { format!("<figcaption>{}</figcaption>", escape(text)) };
    format!("<figure>{}{caption}</figure>\n", plot.element())
}

/// The tables that the caller has put into this section, in their order.
fn tables(report: &Report, section: Section) -> String {
    let mine = report.tables.iter().filter(|table| table.section == section);
    mine.map(|Table { title, text, columns, rows, .. }| {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        table(title, text, &columns, rows.clone())
    })
    .collect()
}

/// A table of text; a column whose cells all begin like numbers stands flush right, so that digits of one value lie under
/// each other. A wide table scrolls in its own box, and not the page with it. Nothing without a row.
fn table(title: &str, text: &str, columns: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let numeric = |column: usize| {
        rows.iter().all(|row| {
            let cell = row.get(column).map_or("", |cell| cell.trim());
            matches!(cell, "" | "–") || cell.starts_with(|c: char| c.is_ascii_digit() || "+−-.".contains(c))
        })
    };
    let right: Vec<&str> = (0..columns.len()).map(|k| if numeric(k) { " class=\"n\"" } else { "" }).collect();
    let mut out = String::new();
    if !title.is_empty() {
        put(&mut out, format_args!("<h3>{}</h3>\n", escape(title)));
    }
    if !text.is_empty() {
        put(&mut out, format_args!("<p>{}</p>\n", escape(text)));
    }
    out += "<div class=\"scroll\"><table><thead><tr>";
    for (column, class) in columns.iter().zip(&right) {
        put(&mut out, format_args!("<th scope=\"col\"{class}>{}</th>", escape(column)));
    }
    out += "</tr></thead><tbody>\n";
    for row in &rows {
        out += "<tr>";
        for (cell, class) in row.iter().zip(&right) {
            put(&mut out, format_args!("<td{class}>{}</td>", escape(cell)));
        }
        out += "</tr>\n";
    }
    out + "</tbody></table></div>\n"
}

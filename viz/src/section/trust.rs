//! Whether the result may be believed: has the run settled, has it kept its own rules, what was assumed, how was it made?

use super::block::{Body, plain_table};
use crate::report::{Report, Section};
use crate::svg;
use crate::text::{bytes, duration, escape, fixed, grouped, percent, put};
use engine::clock::Phase;
use engine::validate::day::Check;

/// Whether the run has settled: the gap by iteration as a curve and a table, and the gap of the last day by hour of
/// departure, for a jam that has not settled may hide in one hour behind a good mean. "Rerouted" is the share of
/// trips that got another route than the day before.
pub(super) fn convergence(report: &Report) -> String {
    let mut body = Body::default();
    body.figure(
        svg::convergence(&report.iterations),
        "The relative gap says how much time all drivers together would save if each alone took the fastest route: \
         at zero nobody can do better. Read the results of runs with a gap above a few percent with care.",
    );
    if !report.iterations.is_empty() {
        let rows = report.iterations.iter().map(|i| {
            vec![
                (i.iteration + 1).to_string(),
                percent(Some(i.relative_gap), 2),
                percent(i.gap_peaks[0], 2),
                percent(i.gap_peaks[1], 2),
                percent(Some(i.rerouted as f64 / i.gap_legs.max(1) as f64), 1),
                fixed(i.mean_car_min, 2),
                grouped(i.aborted as f64),
            ]
        });
        let columns = [
            "Iteration",
            "Gap",
            "Gap, 6–10 h",
            "Gap, 15–19 h",
            "Rerouted",
            "Mean car trip, min",
            "On the way at the end",
        ];
        body.table(&plain_table("Iterations", "Simulated days, counted from 1.", &columns, rows.collect()));
    }
    if let Some(last) = report.iterations.last().filter(|last| !last.gap_by_hour.is_empty()) {
        let gaps = crate::report::Curve {
            title: "Relative gap by hour of departure".into(),
            unit: "%, last day".into(),
            text: String::new(),
            simulated: last.gap_by_hour.iter().map(|gap| gap.map(|gap| gap * 100.0)).take(24).collect(),
            observed: Vec::new(),
        };
        body.figure(
            svg::curve(&gaps, 0),
            "Trips of the last day by the hour in which they leave. A peak above the mean is a jam in which drivers have not \
             found their routes yet.",
        );
    }
    body.tables(report, Section::Convergence);
    body.html()
}

/// What was checked in the run itself (vehicles are conserved, routes are connected, the legs of a person do not
/// overlap, …). A run with a failed check ends with an error, but its report is written all the same, to see what
/// failed.
pub(super) fn checks(report: &Report) -> String {
    let mut body = Body::default();
    if !report.checks.is_empty() {
        let failed = report.checks.iter().filter(|check| check.failed > 0).count();
        let idle = report.checks.iter().filter(|check| check.checked == 0).count();
        let word = match failed {
            0 if idle == 0 => format!("All {} checks passed.", report.checks.len()),
            0 => format!("All {} checks that apply to this run passed.", report.checks.len() - idle),
            _ => format!("{failed} of {} checks failed.", report.checks.len()),
        };
        let mut out =
            format!("<p>{word} A run with a failed check is not to be used.</p><ul class=\"checks\">\n");
        report.checks.iter().for_each(|check| one_check(&mut out, check));
        body.lead(&(out + "</ul>\n"));
    }
    body.tables(report, Section::Checks);
    body.html()
}

/// One check: passed or failed as a sign, a word and a colour; how many cases were looked at, and the first that
/// failed. One that found nothing to look at has neither passed nor failed.
fn one_check(out: &mut String, check: &Check) {
    let (class, mark, word) = match (check.failed, check.checked) {
        (0, 0) => ("idle", "M3 8h10", "does not apply"),
        (0, _) => ("pass", "M3 8.5l3.5 4L13 4", "passed"),
        _ => ("fail", "M4 4l8 8M12 4l-8 8", "failed"),
    };
    let all = grouped(check.checked as f64);
    let detail = match (check.failed, check.checked) {
        (0, 0) => "This run has nothing of the kind.".into(),
        (0, 1) => "One case, as it must be.".into(),
        (0, _) => format!("{all} cases, all as they must be."),
        (failed, _) => {
            format!("{} of {all} cases are wrong, the first: {}", grouped(failed as f64), check.first)
        }
    };
    put(
        out,
        format_args!(
            "<li class=\"{class}\"><span class=\"mark\" aria-hidden=\"true\"><svg viewBox=\"0 0 16 16\"><path d=\"{mark}\"/></svg></span><strong>{}</strong> \
             <span class=\"word\">{word}</span><br><span class=\"detail\">{}</span></li>\n",
            escape(&sentence(&check.name)),
            escape(&detail)
        ),
    );
}

/// A name with a capital, as it stands at the head of a line.
fn sentence(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// What a reader must know before believing a number, and what was odd in the input. Warnings are grouped by kind,
/// with their count and the first case.
pub(super) fn assumptions(report: &Report) -> String {
    let mut body = Body::default();
    let list = |items: &[String]| {
        items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect::<String>()
    };
    if !report.assumptions.is_empty() {
        body.lead(&format!("<ul class=\"plain-list\">\n{}</ul>\n", list(&report.assumptions)));
    }
    if !report.warnings.is_empty() {
        body.lead(&format!(
            "<h3>Warnings ({})</h3><ul class=\"warnings\">\n{}</ul>\n",
            report.warnings.len(),
            list(&report.warnings)
        ));
    }
    body.tables(report, Section::Assumptions);
    body.html()
}

/// How the result was made, so that it can be made again and checked: times, memory, threads, machine, hash of the
/// events.
pub(super) fn run(report: &Report) -> String {
    let mut body = Body::default();
    if !report.phases.is_empty() {
        body.lead(&phases(&report.phases));
    }
    let mut facts = Vec::new();
    if report.threads > 0 {
        facts.push(format!("Threads: {}.", report.threads));
    }
    if !report.host.is_empty() {
        facts.push(format!("Machine: {}.", escape(&report.host)));
    }
    if !report.hash.is_empty() {
        facts.push(format!(
            "Hash of the events: <code>{}</code>; the same seed gives the same hash on any number of threads.",
            escape(&report.hash)
        ));
    }
    if !facts.is_empty() {
        body.lead(&format!("<p>{}</p>\n", facts.join(" ")));
    }
    body.tables(report, Section::Run);
    body.html()
}

/// Time by phase, with a bar in proportion to the longest. Memory is the peak from the start of the program to the
/// end of the phase, as the system tells no other; where it rises, that phase needed more than all before it.
fn phases(phases: &[Phase]) -> String {
    let longest = phases.iter().map(|phase| phase.seconds).fold(1e-9, f64::max);
    let total: f64 = phases.iter().map(|phase| phase.seconds).sum();
    let peak = phases.iter().map(|phase| phase.peak_memory_bytes).max().unwrap_or(0);
    let mut out = format!(
        "<p>{} in all, {} of memory at the peak.</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>Phase</th>\
         <th class=\"n\">Time</th><th><span class=\"hide\">Time as a bar</span></th><th class=\"n\">Peak memory so far</th></tr></thead><tbody>\n",
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

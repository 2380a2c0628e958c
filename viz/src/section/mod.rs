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
//! Names of roads, layers and files come from outside: whatever is not written in these files goes through `escape`.

mod block;
mod change;
mod counts;
mod place;
mod several;
mod trust;
mod yardsticks;

use crate::report::{Report, Section, Tone};
use crate::svg;
use crate::text::{escape, put};
use block::Body;

/// Entries of the navigation, and all sections that have something to say.
pub(crate) fn all(report: &Report) -> (String, String) {
    let parts = [
        ("runs", "The runs", several::runs(report)),
        ("figures", "Figures", several::summary(report)),
        ("trips", "Trips", several::trips(report)),
        ("driving", "Driving", several::driving(report)),
        ("settled", "Convergence", several::convergence(report)),
        ("summary", "Summary", cards(report)),
        ("comparison", "What changes", change::comparison(report)),
        ("map", "Map", place::map(report)),
        ("counts", "Counts and speeds", counts::counts(report)),
        ("yardsticks", "Yardsticks", yardsticks::yardsticks(report)),
        ("demand", "People and trips", demand(report)),
        ("convergence", "Convergence", trust::convergence(report)),
        ("checks", "Checks", trust::checks(report)),
        ("assumptions", "What was assumed", trust::assumptions(report)),
        ("run", "The run", trust::run(report)),
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

/// Who travels: what people do through the day, which modes they take at which distance, and whatever tables the
/// caller has (layers, households, the fit of the population).
fn demand(report: &Report) -> String {
    let mut body = Body::default();
    for (n, day) in report.activities.iter().enumerate() {
        body.figure(
            svg::activities(day, n + 1),
            "What people do through the day. Read a vertical line: it says what share of them does what at that time. \
             What is missing to the top is travel.",
        );
    }
    body.figure(
        svg::departures(&report.purposes),
        "Trips of the whole population by the hour in which they leave, coloured by the activity at their end. Two peaks, of work in the morning and of the way home in the evening, are what most weekdays have.",
    );
    body.figure(
        svg::lengths(&report.purposes, report.units),
        "How far trips go: half of them are within the box, a tenth is shorter than the line and a tenth longer; the stroke is the median. The scale grows by factors. Lengths of drivers are those of their routes, of others 1.3 × the straight line.",
    );
    if let Some(of) = &report.desire {
        let squares =
            if of.squares { " Areas are squares of a grid: A1 lies in the north-west." } else { "" };
        let text = format!(
            "Trips a day between areas, both ways and by all modes: the wider a line, the more. A disc stands for the trips \
             that stay within its area.{squares}"
        );
        body.figure(svg::desire(of, report.map.as_ref()), &text);
    }
    let caption = format!(
        "Straight-line distances. Upper bar: the model. Lower, pale bar: the survey ({}). Where the colours end at \
         the same places, people choose as the surveyed did.",
        report.mode_survey
    );
    let compared = report.modes.iter().any(|share| share.survey.is_some());
    let alone = "Straight-line distances. Each bar is all trips of that length; its colours are their modes.";
    body.figure(svg::mode_bars(&report.modes), if compared { &caption } else { alone });
    body.tables(report, Section::Demand);
    body.html()
}

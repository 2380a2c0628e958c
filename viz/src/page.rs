//! The page: one HTML file that holds its styles, code and data.
//!
//! A report is sent by mail, copied to a stick and opened years later on a machine without a network, so the page
//! may need nothing but itself. Its content security policy allows no request at all: whatever tried to load
//! something would show at once. The order of the page is masthead (which run this is), sections
//! ([`section::all`]), footer, data, scripts. All that matters is HTML and SVG and can be read without scripts;
//! they add the map, the view of single stations, and the switch between light and dark.

use crate::report::{Report, StationHours, Units};
use crate::section;
use crate::text::{escape, grouped, percent, put, script_json, trim};
use base64::Engine;
use engine::{Error, Result};
use serde::Serialize;

/// What the scripts of the page read, as JSON in an element that browsers do not run. `assets/map.js` and
/// `assets/report.js` know these names; whoever changes one here changes it there.
#[derive(Serialize)]
struct Data {
    /// Whether the page shows miles and miles per hour; else kilometres. The data itself is in metres and seconds.
    miles: bool,
    /// The matched stations, in the order of the report.
    stations: Vec<PackedStation>,
    /// The bytes of the map's file as base64 (RFC 4648 section 4). They are in the page because browsers do not let a page
    /// that was opened from a disk read a file beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    map: Option<String>,
}

/// A station. Names are short because there are thousands of stations with a hundred numbers each; for the same reason
/// volumes are rounded to vehicles and speeds to a tenth of a metre per second.
#[derive(Serialize)]
struct PackedStation {
    /// Name in the source.
    n: String,
    /// Where it stands, in words.
    l: String,
    /// East and north in the system of the map, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    xy: Option<(f64, f64)>,
    /// Number of its link.
    #[serde(skip_serializing_if = "Option::is_none")]
    k: Option<u32>,
    /// Observed vehicles by hour from midnight.
    o: Vec<Option<f64>>,
    /// Simulated vehicles by hour, of all people.
    s: Vec<Option<f64>>,
    /// Observed mean speed by hour, metres per second.
    ov: Vec<Option<f64>>,
    /// Simulated mean speed by hour, metres per second.
    sv: Vec<Option<f64>>,
}

impl PackedStation {
    /// JSON has no word for what is not a finite number: it becomes a missing value.
    fn new(station: &StationHours) -> Self {
        let rounded = |values: &[Option<f64>], digits: f64| -> Vec<Option<f64>> {
            let round = |v: f64| (v * digits).round() / digits;
            values.iter().map(|value| value.filter(|v| v.is_finite()).map(round)).collect()
        };
        Self {
            n: station.name.clone(),
            l: station.label.clone(),
            xy: station.xy_m.map(|(x, y)| (x.round(), y.round())),
            k: station.link,
            o: rounded(&station.observed_vph, 1.0),
            s: rounded(&station.simulated_vph, 1.0),
            ov: rounded(&station.observed_mps, 10.0),
            sv: rounded(&station.simulated_mps, 10.0),
        }
    }
}

/// The report as the text of an HTML file. The same report gives the same bytes: nothing here reads a clock or a machine.
///
/// # Errors
/// When the data cannot be written as JSON.
pub fn page(report: &Report) -> Result<String> {
    let data = Data {
        miles: report.units == Units::Miles,
        stations: report.stations.iter().map(PackedStation::new).collect(),
        map: report
            .map
            .as_ref()
            // A map without a point has nothing to show and would not know where to look.
            .filter(|map| map.bounds_m().is_some())
            .map(|map| base64::engine::general_purpose::STANDARD.encode(map.pack())),
    };
    let json = serde_json::to_string(&data).map_err(|e| Error::Other(format!("report data: {e}")))?;
    let (nav, sections) = section::all(report);
    let mut out = String::with_capacity(json.len() + (1 << 20));
    head(&mut out, report);
    put(
        &mut out,
        format_args!(
            "<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n{}<nav aria-label=\"Sections\"><ul>{nav}</ul></nav>\n\
             <main id=\"main\">\n{sections}</main>\n{}",
            masthead(report),
            footer(report)
        ),
    );
    put(
        &mut out,
        format_args!("<script type=\"application/json\" id=\"data\">{}</script>\n", script_json(&json)),
    );
    for script in [
        include_str!("../assets/unpack.js"),
        include_str!("../assets/base.js"),
        include_str!("../assets/find.js"),
        include_str!("../assets/map.js"),
        include_str!("../assets/report.js"),
    ] {
        put(&mut out, format_args!("<script>\n{script}</script>\n"));
    }
    out.push_str("</body>\n</html>\n");
    Ok(out)
}

/// Everything up to `</head>`: the policy against requests, the title of the browser tab, and the styles.
fn head(out: &mut String, report: &Report) {
    put(
        out,
        format_args!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'unsafe-inline'; img-src data:\">\n\
             <title>{} – Wayfare report</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{}{}</style>\n</head>\n",
            escape(&report.title),
            include_str!("../assets/plot.css"),
            include_str!("../assets/report.css")
        ),
    );
}

/// The top of the page: what was run, with which seed, on what share of the people, by which version. With these a
/// reader can make the run again. What is not known is left out, not shown as empty.
fn masthead(report: &Report) -> String {
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            facts.push(format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value)));
        }
    };
    fact("Scenario", report.scenario.clone());
    // Of several runs each has its own.
    fact("Seed", if report.several.is_none() { report.seed.to_string() } else { String::new() });
    fact("Sample", if report.sample > 0.0 { percent(Some(report.sample), 1) } else { String::new() });
    fact("Version", report.version.clone());
    fact("Commit", report.commit.clone());
    fact("Run on", report.date.clone().unwrap_or_default());
    let question = match report.question.as_str() {
        "" => String::new(),
        question => format!("<p class=\"question\">{}</p>", escape(question)),
    };
    format!(
        "<header class=\"masthead\"><div class=\"bar\"><span class=\"brand\">Wayfare</span>\
         <button type=\"button\" id=\"theme\" aria-pressed=\"false\">Light or dark</button></div>\n\
         <h1>{}</h1>{question}\n<dl class=\"facts\">{}</dl></header>\n",
        escape(&report.title),
        facts.concat()
    )
}

/// How large the map is, and, where only a part of the people was simulated, what volumes were multiplied by.
fn footer(report: &Report) -> String {
    let scaled = match report.sample {
        sample if sample > 0.0 && sample < 1.0 => format!(
            " {} of the people were simulated; volumes are multiplied by {} to stand for all of them.",
            percent(Some(sample), 1),
            trim(1.0 / sample, 2)
        ),
        _ => String::new(),
    };
    let links = report.map.as_ref().map_or(0, |map| map.links.len());
    let size =
        if links > 0 { format!(" The map shows {} links.", grouped(links as f64)) } else { String::new() };
    format!(
        "<footer><p>This page is complete in itself: it loads nothing from anywhere.{}{}</p></footer>\n",
        escape(&scaled),
        escape(&size)
    )
}

#![doc = include_str!("README.md")]

pub mod activity;
pub mod change_events;
pub mod config;
pub mod counts;
pub mod crs;
pub mod events;
pub mod facilities;
pub mod mode;
pub mod network;
pub mod population;
pub mod vehicles;

use crate::limit::Xml;
use engine::{Result, unit};

/// Latest time of day that is taken, seconds: 30 days. Beyond it a plan is broken, not long.
pub const MOST_TIME_S: u32 = 30 * unit::DAY_S;

/// A time attribute in seconds; `None` when it is missing, empty or MATSim's "undefined".
///
/// # Errors
/// A fault at the line, told by `who`, for a time that is negative, past [`MOST_TIME_S`] or no time.
fn time_if(xml: &Xml, name: &str, who: &str) -> Result<Option<u32>> {
    let Some(text) = xml.get(name).map(str::trim) else { return Ok(None) };
    if text.is_empty() || text.eq_ignore_ascii_case("undefined") || text == "-Infinity" {
        return Ok(None);
    }
    match unit::parse_hms(text) {
        Some(time_s) if time_s <= MOST_TIME_S => Ok(Some(time_s)),
        _ => {
            let text: String = text.chars().take(40).collect();
            Err(xml
                .fault(format!("{who}: <{}> has {name}=\"{text}\"", xml.name()))
                .expected(format!("a time from 00:00:00 to {}", unit::hms(MOST_TIME_S)))
                .advice("mend the plan or drop it")
                .into())
        }
    }
}

/// ` name="value"` with the value escaped.
fn attribute(name: &str, value: &str) -> String {
    format!(" {name}=\"{}\"", quick_xml::escape::escape(value))
}

/// [`attribute`] for a value that may be missing.
fn attribute_if(name: &str, value: Option<&str>) -> String {
    value.map_or_else(String::new, |v| attribute(name, v))
}

/// [`attribute`] for a time of day that may be missing.
fn time_attribute(name: &str, time_s: Option<u32>) -> String {
    time_s.map_or_else(String::new, |t| attribute(name, &unit::hms(t)))
}

#[cfg(test)]
pub(crate) mod tests;

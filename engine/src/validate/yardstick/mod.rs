//! Is the day like those that surveys and agencies tell of? The measures of a run beside published figures.
//!
//! Counts say whether traffic is right on some roads; they cannot say whether it is right for the right reasons. Published
//! figures can: how many stay at home, how many cars a household has, who works where, how much is driven. Each is given with
//! its source ([`Yardstick`]) and held beside what the run has ([`Fact`]). Nothing here is calibrated, and nothing fails a run.
//!
//! A yardstick is a row of a CSV (columns `measure`, `group`, `value`, `unit`, `source`) or a `[[yardstick]]` of the scenario.
//! Which measures and groups there are: [`Measure`] and [`Measure::dimensions`]; `wayfare validate --yardsticks RUN` lists them.

mod cube;
mod fact;
mod measure;
mod road;

pub use fact::{Fact, Lived, facts};
pub use measure::{ALL, AUTO, CARS, Dimension, Measure, Names, PERSONS, PURPOSES, person_kind, purpose};
pub use road::{OnTheRoad, on_the_road};

use crate::error::Fault;
use crate::policy::{nearest, quoted};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A published figure as it is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Written {
    /// Name of the measure.
    pub measure: String,
    /// Its group: names with `/` between them; empty or `all` for everybody and everything.
    pub group: String,
    /// The figure.
    pub value: f64,
    /// Its unit; empty for that of the measure.
    pub unit: String,
    /// Who says so: publication, year, table.
    pub source: String,
}

/// A published figure that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Yardstick {
    /// What is measured.
    pub measure: Measure,
    /// The group, as in [`Fact::group`].
    pub group: String,
    /// The figure, in the unit of the measure.
    pub value: f64,
    /// Who says so.
    pub source: String,
}

impl Yardstick {
    /// Understands a figure; `names` are the regions and layers of the run, `file` and `record` say where it is written.
    ///
    /// # Errors
    /// A [`Fault`] for a measure, a unit or a group that is not known, with the closest name; for a value that is below 0 or no
    /// number; and for a figure without a source.
    pub fn understand(
        written: &Written,
        names: &Names<'_>,
        file: &Path,
        record: &str,
    ) -> Result<Self, Fault> {
        let Written { measure, group, value, unit, source } = written;
        let fault = |what: String| Fault::new(file, record, what);
        let like = |word: &str, names: &[&str]| {
            format!("did you mean {}?", quoted(&nearest(word, names.iter().copied())))
        };
        let all = Measure::ALL.map(Measure::name);
        let measure = Measure::parse(measure.trim()).ok_or_else(|| {
            fault(format!("\"{measure}\" is no measure")).expected(all.join(", ")).advice(like(measure, &all))
        })?;
        let units = measure.units();
        let unit = unit.trim();
        let factor =
            units.iter().find(|(name, _)| unit.is_empty() && *name == measure.unit() || *name == unit);
        let Some((_, factor)) = factor else {
            let known: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
            return Err(
                fault(format!("{} has no unit \"{unit}\"", measure.name())).expected(known.join(" or "))
            );
        };
        if !(value.is_finite() && *value >= 0.0) {
            return Err(fault(format!("the value is {value}")).expected("a number, 0 or more"));
        }
        if source.trim().is_empty() {
            return Err(fault("a yardstick without a source".into())
                .expected("who says so: publication, year, table"));
        }
        let group = group_of(measure, group, names)
            .map_err(|(what, expected, advice)| fault(what).expected(expected).advice(advice))?;
        Ok(Self { measure, group, value: value * factor, source: source.trim().into() })
    }
}

/// The group as facts write it; else what is wrong, what was expected, and the closest name.
fn group_of(measure: Measure, written: &str, names: &Names<'_>) -> Result<String, (String, String, String)> {
    let dimensions = measure.dimensions();
    let written = written.trim();
    if written.is_empty() || written == ALL {
        return Ok(ALL.into());
    }
    let parts: Vec<&str> = written.split('/').map(str::trim).collect();
    if parts.len() != dimensions.len() {
        let what = format!("\"{written}\" is no group of {}", measure.name());
        return Err((what, measure.groups(), String::new()));
    }
    for (part, dimension) in parts.iter().zip(dimensions) {
        let known = dimension.names(names);
        if *part != ALL && !known.iter().any(|name| name == part) {
            let near = nearest(part, known.iter().map(String::as_str));
            let advice =
                if near.is_empty() { String::new() } else { format!("did you mean {}?", quoted(&near)) };
            let expected = match known.len() {
                0 => format!("{ALL}: the run has no {}", dimension.word()),
                _ => format!("{ALL}, {}", known.join(", ")),
            };
            return Err((format!("\"{part}\" is no {} of this run", dimension.word()), expected, advice));
        }
    }
    Ok(if parts.iter().all(|part| *part == ALL) { ALL.into() } else { parts.join("/") })
}

/// A published figure beside that of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Name of the measure.
    pub measure: String,
    /// Its group.
    pub group: String,
    /// Unit of both.
    pub unit: String,
    /// What the run has; `None` where it has nothing of the kind.
    pub simulated: Option<f64>,
    /// The published figure.
    pub yardstick: f64,
    /// The first over the second; `None` where there is none or the second is 0.
    pub ratio: Option<f64>,
    /// Who says so.
    pub source: String,
}

/// Holds each yardstick beside the fact of its measure and group, in their order.
pub fn compare(yardsticks: &[Yardstick], facts: &[Fact]) -> Vec<Compared> {
    let of = |yardstick: &Yardstick| {
        let Yardstick { measure, group, value, source } = yardstick;
        let fact = facts.iter().find(|fact| fact.measure == measure.name() && fact.group == *group);
        let simulated = fact.map(|fact| fact.value);
        Compared {
            measure: measure.name().into(),
            group: group.clone(),
            unit: measure.unit().into(),
            simulated,
            yardstick: *value,
            ratio: simulated.filter(|_| *value > 0.0).map(|simulated| simulated / value),
            source: source.clone(),
        }
    };
    yardsticks.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(measure: &str, group: &str, value: f64, unit: &str) -> Written {
        let [measure, group, unit] = [measure, group, unit].map(String::from);
        Written { measure, group, value, unit, source: "A survey, 2012".into() }
    }

    fn understand(of: &Written) -> Result<Yardstick, String> {
        let regions = ["Alameda".to_string(), "Contra Costa".to_string()];
        let names = Names { regions: &regions, layers: &["residents".to_string()] };
        Yardstick::understand(of, &names, Path::new("yardsticks.csv"), "7").map_err(|fault| fault.to_string())
    }

    #[test]
    fn units_become_those_of_the_measure() {
        let percent = understand(&written("mode-share", "work/transit", 12.0, "%")).unwrap();
        assert_eq!(
            (percent.measure, percent.group.as_str(), percent.value),
            (Measure::ModeShare, "work/transit", 0.12)
        );
        let km = understand(&written("commute-length", " Contra Costa ", 16.09344, "km")).unwrap();
        assert!((km.value - 10.0).abs() < 1e-12 && km.group == "Contra Costa");
        assert_eq!(understand(&written("commuter-share", "all / all", 1.0, "")).unwrap().group, "all");
        assert_eq!(understand(&written("vmt-per-person", "", 23.0, "")).unwrap().group, "all");
    }

    #[test]
    fn what_is_not_known_is_refused_with_the_closest_name() {
        let says = |of: Written, words: &[&str]| {
            let text = understand(&of).unwrap_err();
            assert!(text.starts_with("yardsticks.csv:7: "), "{text}");
            words.iter().for_each(|word| assert!(text.contains(word), "{word}: {text}"));
        };
        says(written("mode-shares", "all", 0.1, ""), &["is no measure", "did you mean \"mode-share\""]);
        says(
            written("stay-at-home", "seniors", 0.1, ""),
            &["is no kind of person", "did you mean \"senior\""],
        );
        says(written("persons", "Alamda", 1.0, ""), &["is no region", "did you mean \"Alameda\""]);
        says(
            written("mode-share", "transit", 0.1, ""),
            &["is no group of mode-share", "expected purpose/mode"],
        );
        says(
            written("vmt-per-person", "Alameda", 0.1, ""),
            &["is no group of vmt-per-person", "expected all"],
        );
        says(written("commute-time", "all", 32.0, "mi"), &["has no unit \"mi\"", "expected min or h"]);
        says(written("trips", "all", -1.0, ""), &["the value is -1", "0 or more"]);
        says(Written { source: " ".into(), ..written("trips", "all", 1.0, "") }, &["without a source"]);
    }

    #[test]
    fn a_yardstick_stands_beside_its_fact() {
        let fact = |group: &str, value| Fact {
            measure: "stay-at-home".into(),
            group: group.into(),
            unit: "share".into(),
            value,
            n: 5,
        };
        let yardsticks =
            ["senior", "pupil"].map(|group| understand(&written("stay-at-home", group, 0.2, "")).unwrap());
        let compared = compare(&yardsticks, &[fact("worker", 0.1), fact("senior", 0.3)]);
        assert_eq!((compared[0].simulated, compared[0].ratio), (Some(0.3), Some(0.3 / 0.2)));
        assert_eq!((compared[1].simulated, compared[1].ratio), (None, None));
    }

    #[test]
    fn names_units_and_groups_of_all_measures_hold_together() {
        let mut names: Vec<&str> = Measure::ALL.iter().map(|measure| measure.name()).collect();
        assert_eq!(names.len(), Measure::ALL.len());
        for measure in Measure::ALL {
            assert_eq!(Measure::parse(measure.name()), Some(measure));
            assert_eq!(measure.units()[0], (measure.unit(), 1.0), "{}", measure.name());
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Measure::ALL.len());
    }
}

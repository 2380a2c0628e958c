//! Traffic over screenlines, as tables and curves.
//!
//! A planner reads a screenline in two ways. Without counts it says how much crosses, which is compared with a figure of one's own
//! or with another run: that is the sum of all links. With counts it says whether as much crosses as was counted, and that is only
//! said of the links with a station, in the hours with a count: the rest of the line has nothing to be held against. Both stand
//! in the table of the day; the curves show the second where there is one. The measures themselves are the engine's
//! ([`engine::validate::screenline`]).

use crate::report::{Curve, Section, Table};
use crate::text::{grouped, signed, trim};
use engine::validate::screenline::{Crossed, Hour};

/// Sums of the day, and the hours of each screenline. Entries of one screenline follow each other, as they are measured, so that
/// its directions come into one table.
pub(super) fn tables(all: &[Crossed]) -> Vec<Table> {
    let mut tables: Vec<Table> = (!all.is_empty()).then(|| days(all)).into_iter().collect();
    tables.extend(all.chunk_by(|a, b| a.screenline == b.screenline).map(hours));
    tables
}

/// One row a screenline and direction. What was not counted is a dash and not a 0, which would claim that somebody looked; the
/// difference is against the count, so that a positive one is too much traffic in the run.
fn days(all: &[Crossed]) -> Table {
    let row = |of: &Crossed| {
        let counted = |value: String| if of.n_counted > 0 { value } else { "–".into() };
        vec![
            of.screenline.clone(),
            of.direction.clone(),
            of.links.len().to_string(),
            grouped(of.simulated),
            of.n_counted.to_string(),
            counted(grouped(of.observed)),
            counted(grouped(of.simulated_at_counts)),
            match of.observed > 0.0 {
                true => {
                    format!("{} %", signed((of.simulated_at_counts - of.observed) / of.observed * 100.0, 1))
                }
                false => "–".into(),
            },
            of.fit.geh_lt5_share.map_or("–".into(), |share| format!("{} %", trim(share * 100.0, 0))),
        ]
    };
    let columns = [
        "Screenline",
        "Direction",
        "Links",
        "Vehicles a day",
        "Links counted",
        "Counted",
        "Simulated there",
        "Difference",
        "Hours with GEH < 5",
    ];
    Table {
        section: Section::Counts,
        title: "Screenlines".into(),
        text: "Vehicles of the whole population over each line of the scenario in a day. Counted and simulated there are about the \
               links with a station, in the hours with a count."
            .into(),
        columns: columns.map(String::from).to_vec(),
        rows: all.iter().map(row).collect(),
        links: Vec::new(),
    }
}

/// Hours of a screenline, its directions beside each other: a peak in one direction in the morning should be the other's in the
/// evening. Columns of counts are there only if any link of the line has a station.
fn hours(of: &[Crossed]) -> Table {
    let is_counted = of.iter().any(|of| of.n_counted > 0);
    let mut columns = vec!["Hour".to_string()];
    for of in of {
        columns.push(format!("Simulated, {}", of.direction));
        if is_counted {
            columns.extend([format!("Counted, {}", of.direction), "Simulated there".to_string()]);
        }
    }
    let row = |hour: usize| {
        let mut cells = vec![format!("{hour:02}:00")];
        for of in of {
            let Hour { simulated_vph, observed_vph, simulated_at_counts_vph, .. } = of.hours[hour];
            cells.push(grouped(simulated_vph));
            if is_counted {
                let words = |value: Option<f64>| value.map_or("–".into(), grouped);
                cells.extend([observed_vph, simulated_at_counts_vph].map(words));
            }
        }
        cells
    };
    Table {
        section: Section::Counts,
        title: format!("Screenline {} by hour", of[0].screenline),
        text: "Vehicles an hour, whole population.".into(),
        columns,
        rows: (0..24).map(row).collect(),
        links: Vec::new(),
    }
}

/// By screenline and direction what was simulated, and what was counted if anything was: then both at the counted links.
pub(super) fn curves(all: &[Crossed]) -> Vec<Curve> {
    let curve = |of: &Crossed| {
        let counted = of.n_counted > 0;
        // Lines in one figure are about the same links, or their distance says nothing.
        let simulated = |hour: &Hour| match counted {
            true => hour.simulated_at_counts_vph,
            false => Some(hour.simulated_vph),
        };
        Curve {
            title: format!("{}, {}", of.screenline, of.direction),
            unit: "vehicles per hour".into(),
            text: match counted {
                true => format!(
                    "Screenline: sum over {} of its {} links, those with a station.",
                    of.n_counted,
                    of.links.len()
                ),
                false => {
                    format!("Screenline: sum over its {} links; nothing was counted there.", of.links.len())
                }
            },
            simulated: of.hours.iter().map(simulated).collect(),
            observed: if counted {
                of.hours.iter().map(|hour| hour.observed_vph).collect()
            } else {
                Vec::new()
            },
        }
    };
    all.iter().map(curve).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::validate::fit::Fit;

    fn crossed(direction: &str, n_counted: u64) -> Crossed {
        let hour = Hour {
            simulated_vph: 120.0,
            n_counted,
            observed_vph: (n_counted > 0).then_some(80.0),
            simulated_at_counts_vph: (n_counted > 0).then_some(60.0),
        };
        Crossed {
            screenline: "River".into(),
            direction: direction.into(),
            links: vec!["1".into(), "2".into()],
            n_counted,
            simulated: 2880.0,
            observed: 80.0 * 24.0 * (n_counted as f64),
            simulated_at_counts: 60.0 * 24.0 * (n_counted as f64),
            fit: Fit { geh_lt5_share: (n_counted > 0).then_some(0.5), ..Fit::default() },
            hours: vec![hour; 24],
        }
    }

    #[test]
    fn a_screenline_has_a_row_a_direction_and_one_an_hour() {
        let all = [crossed("northbound", 1), crossed("southbound", 0)];
        let [days, hours] = &tables(&all)[..] else { panic!("two tables") };
        assert_eq!(days.rows[0][..5], ["River", "northbound", "2", "2\u{202f}880", "1"]);
        assert_eq!(days.rows[0][5..], ["1\u{202f}920", "1\u{202f}440", "−25.0 %", "50 %"]);
        assert_eq!(days.rows[1][4..], ["0", "–", "–", "–", "–"]);
        assert_eq!(hours.rows[8], ["08:00", "120", "80", "60", "120", "–", "–"]);
        assert_eq!(hours.columns.len(), 7);
        let curves = curves(&all);
        assert_eq!((curves[0].simulated[3], curves[0].observed[3]), (Some(60.0), Some(80.0)));
        assert_eq!((curves[1].simulated[3], curves[1].observed.len()), (Some(120.0), 0));
        assert_eq!(tables(&[]), []);
    }
}

//! What detectors counted beside what the day had there: rows of `counts.parquet` and `validation.json` as the report
//! shows them.
//!
//! A *site* is a link with the detectors on it that are compared together; its first station gives it the name.
//! Everything here is a change of shape, from one row an hour to one record a site: measures were computed by
//! [`engine::validate`] and are not touched.

use crate::report::{Curve, Fit, Report, Section, StationHours, Table};
use crate::text::{grouped, percent, trim};
use engine::unit::MPS_PER_MPH;
use engine::validate::counts::{OfKind, Row, Validation};
use engine::validate::criteria::Criterion;
use engine::validate::speed::Speeds;
use std::collections::BTreeMap;

/// Hours of a day.
const HOURS: usize = 24;

impl Report {
    /// The same report with everything about counts. `rows`: one a site and hour; `xy_m`: where stations stand, by name,
    /// in metres of the network's system.
    #[must_use]
    pub fn with_counts(
        mut self,
        validation: &Validation,
        rows: &[Row],
        xy_m: &BTreeMap<&str, (f64, f64)>,
    ) -> Self {
        self.headline = validation.headline.kind.into();
        self.stations = stations(rows, xy_m);
        let main = |row: &&Row| ["all", row.kind.name()].contains(&validation.headline.kind);
        let main: Vec<&Row> = rows.iter().filter(main).collect();
        self.curves = curves(&main, &validation.headline);
        self.fit = fits(validation);
        self.unmatched.clone_from(&validation.unmatched);
        self.tables.extend([kinds(validation), periods(validation)]);
        self.tables.extend(speeds(validation));
        self.tables.push(rules(&validation.criteria));
        self
    }
}

/// The rows of each site as 24 hours, sites in the order of their first rows. An hour without a row stays empty: nothing was
/// counted in it, which is not the same as a count of 0.
fn stations(rows: &[Row], xy_m: &BTreeMap<&str, (f64, f64)>) -> Vec<StationHours> {
    let mut places = BTreeMap::new();
    let mut stations: Vec<StationHours> = Vec::new();
    for row in rows {
        let place = *places.entry((row.station.as_str(), row.link)).or_insert(stations.len());
        if place == stations.len() {
            stations.push(StationHours {
                name: row.station.clone(),
                label: format!("{} {}, {} lanes", row.route, row.kind.name(), row.station_lanes)
                    .trim()
                    .into(),
                class: row.class.name().into(),
                kind: row.kind.name().into(),
                route: row.route.clone(),
                xy_m: xy_m.get(row.station.as_str()).copied(),
                link: Some(row.link.0),
                confidence: Some(row.confidence),
                observed_vph: vec![None; HOURS],
                simulated_vph: vec![None; HOURS],
                observed_mps: vec![None; HOURS],
                simulated_mps: vec![None; HOURS],
            });
        }
        let (station, hour) = (&mut stations[place], usize::from(row.hour));
        if hour < HOURS {
            station.observed_vph[hour] = Some(row.observed_vph);
            station.simulated_vph[hour] = Some(row.simulated_vph);
            station.observed_mps[hour] = row.observed_mps;
            station.simulated_mps[hour] = row.simulated_mps;
        }
    }
    stations
}

/// Volume at the sites of the headline, and mean speed at those where it was both measured and simulated. A mean over
/// different sites for the two lines would compare places, not a run with the truth.
fn curves(rows: &[&Row], headline: &OfKind) -> Vec<Curve> {
    let sites = format!("{} {} sites", grouped(headline.n_sites as f64), headline.kind);
    let hour = |h| rows.iter().copied().filter(|row| usize::from(row.hour) == h).collect();
    let hours: Vec<Vec<&Row>> = (0..HOURS).map(hour).collect();
    let sum = |of: fn(&Row) -> f64| {
        hours.iter().map(|rows| (!rows.is_empty()).then(|| rows.iter().map(|row| of(row)).sum())).collect()
    };
    let mean_mph = |of: fn(&Row) -> Option<f64>| {
        let mean = |rows: &Vec<&Row>| {
            let both = rows.iter().filter(|row| row.observed_mps.is_some() && row.simulated_mps.is_some());
            let speeds: Vec<f64> = both.filter_map(|row| of(row)).collect();
            (!speeds.is_empty()).then(|| speeds.iter().sum::<f64>() / speeds.len() as f64 / MPS_PER_MPH)
        };
        hours.iter().map(mean).collect()
    };
    vec![
        Curve {
            title: format!("Volume at {sites}"),
            unit: "vehicles per hour".into(),
            text: "Sum over these sites; the simulation is scaled to the whole population.".into(),
            simulated: sum(|row| row.simulated_vph),
            observed: sum(|row| row.observed_vph),
        },
        Curve {
            title: "Mean speed at these sites".into(),
            unit: "mph".into(),
            text: "Only sites and hours with both an observed and a simulated speed.".into(),
            simulated: mean_mph(|row| row.simulated_mps),
            observed: mean_mph(|row| row.observed_mps),
        },
    ]
}

/// This run and the trivial model, then the groups by period, hour, kind of detector, class of road and route. The run comes
/// first: it stands in the frame of the scatter.
fn fits(v: &Validation) -> Vec<Fit> {
    let row = |by: &str, group: String, measures: &engine::validate::fit::Fit| Fit {
        by: by.into(),
        group,
        measures: *measures,
    };
    let mut rows = vec![
        row("model", "this run".into(), &v.headline.fit),
        row("model", "trivial model (has seen the other stations)".into(), &v.headline.baseline),
    ];
    rows.extend(v.by_period.iter().map(|g| row("period", g.key.words().into(), &g.fit)));
    rows.extend(v.by_hour.iter().map(|g| row("hour", format!("{:02}", g.key), &g.fit)));
    rows.extend(v.by_kind.iter().map(|of| row("kind", of.kind.into(), &of.fit)));
    rows.extend(v.by_class.iter().map(|g| row("class", g.key.name().into(), &g.fit)));
    rows.extend(v.by_route.iter().map(|g| row("route", g.key.clone(), &g.fit)));
    rows
}

/// How each kind of station fits, beside a trivial and a perfect model.
fn kinds(v: &Validation) -> Table {
    let row = |of: &OfKind| {
        let ratio = (of.observed > 0.0).then(|| trim(of.simulated / of.observed, 2));
        vec![
            of.kind.into(),
            grouped(of.n_sites as f64),
            grouped(of.fit.n as f64),
            ratio.unwrap_or_else(|| "–".into()),
            percent(of.fit.geh_lt5_share, 1),
            percent(of.baseline.geh_lt5_share, 1),
            percent(of.floor.sampled.geh_lt5_share, 1),
            percent(of.fit.volume_wape, 1),
            percent(of.baseline.volume_wape, 1),
            percent(of.floor.sampled.volume_wape, 1),
        ]
    };
    let days = match v.headline.floor.days {
        0 => "How counts vary from day to day is not known, so nothing is said of a perfect model.".into(),
        1 => {
            "A perfect model differs from one counted day by the noise of that day, and of the sample.".into()
        }
        n => format!(
            "A perfect model differs from the counted mean of {n} days (the median) by the noise of that mean, and of the \
             sample."
        ),
    };
    Table {
        section: Section::Counts,
        title: "Kinds of stations".into(),
        text: format!(
            "Ratio: simulated over observed volume. The trivial model says of each station the flow per lane of the other stations of its kind in that hour, times its \
             lanes. {days} Errors are weighted by volume. Carpool lanes beside a mainline station are part of it."
        ),
        columns: [
            "Kind",
            "Sites",
            "Station-hours",
            "Ratio",
            "GEH < 5",
            "… trivial",
            "… perfect",
            "Error",
            "… trivial",
            "… perfect",
        ]
        .map(String::from)
        .to_vec(),
        rows: v.by_kind.iter().map(row).collect(),
        ..Table::default()
    }
}

/// Volumes of the headline by period of the day.
fn periods(v: &Validation) -> Table {
    let rows = v.by_period.iter().map(|of| {
        let ratio = (of.observed > 0.0).then(|| trim(of.simulated / of.observed, 2));
        vec![
            of.key.words().into(),
            grouped(of.fit.n as f64),
            ratio.unwrap_or_else(|| "–".into()),
            percent(of.fit.geh_lt5_share, 1),
        ]
    });
    Table {
        section: Section::Counts,
        title: format!("Periods of the day, {} stations", v.headline.kind),
        text: "Ratio: simulated over observed volume.".into(),
        columns: ["Period", "Station-hours", "Ratio", "GEH < 5"].map(String::from).to_vec(),
        rows: rows.collect(),
        ..Table::default()
    }
}

/// Speeds of freeway stations in congested and free hours; nothing where none was observed.
fn speeds(v: &Validation) -> Option<Table> {
    let mph = |mps: Option<f64>| mps.map_or("–".into(), |mps| trim(mps / MPS_PER_MPH, 1));
    let row = |name: &str, of: &Speeds| {
        let counts = [of.hits, of.misses, of.false_alarms].map(|n| grouped(n as f64));
        let hits = percent(of.hit_share(), 0);
        let speeds = [of.congested.observed_mps, of.congested.simulated_mps].map(mph);
        let errors = [of.congested.mape, of.free.mape].map(|error| percent(error, 1));
        let cells = [name.to_string()].into_iter().chain(counts).chain([hits]);
        cells.chain(speeds).chain(errors).collect::<Vec<_>>()
    };
    let head = &v.headline;
    let (run, trivial) = (&head.speed, &head.baseline_speed);
    let n = run.n_congested() + run.false_alarms + run.both_free;
    (n > 0).then(|| Table {
        section: Section::Counts,
        title: format!("Speeds in congested and free hours, {} stations", head.kind),
        text: format!(
            "An hour is congested where the observed mean speed is below {} mph: {} of {} station-hours. A hit is congested in \
             the run, too; a false alarm only there. Most hours are free, and whatever drives at the limit meets them: an error \
             over all hours would say nothing about jams.",
            trim(v.congested_mps / MPS_PER_MPH, 1),
            grouped(run.n_congested() as f64),
            grouped(n as f64)
        ),
        columns: [
            "Model",
            "Hits",
            "Misses",
            "False alarms",
            "Share hit",
            "Congested: observed, mph",
            "Congested: simulated, mph",
            "Congested: error",
            "Free: error",
        ]
        .map(String::from)
        .to_vec(),
        rows: vec![row("this run", run), row("trivial model", trivial)],
        ..Table::default()
    })
}

/// The rules of the field, and in a sentence which of them are missed.
fn rules(criteria: &[Criterion]) -> Table {
    let measured = criteria.iter().filter(|rule| rule.passed.is_some()).count();
    let missed: Vec<String> =
        criteria.iter().filter(|rule| rule.passed == Some(false)).map(rule_words).collect();
    let verdict = match missed.len() {
        _ if measured == 0 => "There was nothing to measure.".into(),
        0 => format!("All {measured} are met."),
        n => format!(
            "{n} of {measured} are missed: {}.",
            missed.join(", ").to_lowercase().replace("geh", "GEH")
        ),
    };
    Table {
        section: Section::Counts,
        title: "Acceptance rules".into(),
        text: format!(
            "Rules of the Federal Highway Administration's Traffic Analysis Toolbox III (2004). {verdict}"
        ),
        columns: ["Rule", "Asks", "Measured", "Bound", "Result"].map(String::from).to_vec(),
        rows: criteria.iter().map(criterion).collect(),
        ..Table::default()
    }
}

/// The name of a rule without that of its source, which the heading tells.
fn rule_words(rule: &Criterion) -> String {
    let name = rule.name.trim_start_matches("fhwa-2004 ");
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A rule as a row of the table: its name, what it asks, what was measured, the bound, and whether it is kept. Shares and
/// relative errors are told in per cent; a GEH is a number of its own kind.
fn criterion(rule: &Criterion) -> Vec<String> {
    let passed = match rule.passed {
        Some(true) => "met",
        Some(false) => "missed",
        None => "nothing to measure",
    };
    let value = |v: f64| match rule.bound {
        bound if bound > 1.0 => trim(v, 1),
        _ => format!("{} %", trim(v * 100.0, 1)),
    };
    let measured = rule.measured.map_or("–".into(), value);
    vec![rule_words(rule), rule.asks.into(), measured, value(rule.bound), passed.into()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::id::LinkId;
    use engine::network::RoadClass;
    use engine::validate::station::StationKind;

    fn row(station: &str, hour: u8, simulated_mps: Option<f64>) -> Row {
        Row {
            station: station.into(),
            link: LinkId(7),
            hour,
            kind: StationKind::Mainline,
            class: RoadClass::Freeway,
            route: "101 N".into(),
            lanes: 4.0,
            station_lanes: 4.0,
            observed_vph: 100.0,
            simulated_vph: 90.0,
            geh: 1.03,
            volume_sd: None,
            days: 3,
            observed_mps: Some(30.0 * MPS_PER_MPH),
            simulated_mps,
            confidence: 0.9,
        }
    }

    #[test]
    fn rows_of_a_site_become_its_day() {
        let rows = [row("A", 8, None), row("B", 8, Some(20.0 * MPS_PER_MPH)), row("A", 9, None)];
        let stations = stations(&rows, &BTreeMap::from([("B", (3.0, 4.0))]));
        let names: Vec<&str> = stations.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["A", "B"]);
        let hours: Vec<usize> = (0..HOURS).filter(|h| stations[0].observed_vph[*h].is_some()).collect();
        assert_eq!(hours, [8, 9]);
        assert_eq!((stations[0].xy_m, stations[1].xy_m), (None, Some((3.0, 4.0))));
        assert_eq!((stations[1].label.as_str(), stations[1].link), ("101 N mainline, 4 lanes", Some(7)));
    }

    #[test]
    fn rules_say_what_was_missed_in_the_unit_of_the_rule() {
        let rule = |name, measured, bound, passed| Criterion {
            name,
            source: "",
            asks: "",
            n: 1,
            measured: Some(measured),
            bound,
            passed: Some(passed),
        };
        let table = rules(&[
            rule("fhwa-2004 GEH", 0.128_41, 0.85, false),
            rule("fhwa-2004 flow below 700 veh/h", 0.2, 0.85, false),
            rule("fhwa-2004 sum of flows", 0.01, 0.05, true),
        ]);
        assert!(table.text.ends_with("2 of 3 are missed: GEH, flow below 700 veh/h."), "{}", table.text);
        assert_eq!(table.rows[0], ["GEH", "", "12.8 %", "85 %", "missed"]);
        assert_eq!(table.rows[1], ["Flow below 700 veh/h", "", "20 %", "85 %", "missed"]);
        assert_eq!(table.rows[2], ["Sum of flows", "", "1 %", "5 %", "met"]);
    }

    #[test]
    fn speeds_are_compared_only_where_both_are_known() {
        let rows = [row("A", 8, None), row("B", 8, Some(20.0 * MPS_PER_MPH)), row("A", 9, None)];
        let headline = OfKind {
            kind: "mainline",
            n_sites: 2,
            observed: 0.0,
            simulated: 0.0,
            fit: Default::default(),
            baseline: Default::default(),
            speed: Speeds::default(),
            baseline_speed: Speeds::default(),
            floor: Default::default(),
        };
        let curves = curves(&rows.iter().collect::<Vec<_>>(), &headline);
        assert_eq!(curves[0].title, "Volume at 2 mainline sites");
        assert_eq!((curves[0].observed[8], curves[0].simulated[8]), (Some(200.0), Some(180.0)));
        assert_eq!((curves[1].observed[8], curves[1].observed[9]), (Some(30.0), None));
        assert_eq!((curves[1].simulated[8], curves[1].simulated[9]), (Some(20.0), None));
        assert_eq!(curves[0].observed[7], None);
    }
}

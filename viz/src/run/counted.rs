//! How near two runs are to the same counts.

use crate::report::{Section, Table};
use engine::validate::counts::Row;
use engine::validate::fit::{Fit, Pair};
use engine::validate::station::StationKind;
use std::collections::BTreeMap;

/// Fit of both runs to the site-hours that both were compared with, by kind of station, the mainline of freeways first, and
/// all together. `None` where there are none, because a scenario has no counts or the counts were changed between the runs.
///
/// A change counts as nearer or farther only if it is larger than the standard error of the observed mean, the deviation
/// from day to day over the root of the days: a smaller one is within what another choice of days would have shown.
pub(super) fn both(base: &[Row], variant: &[Row]) -> Option<Table> {
    let place = |row: &'_ Row| (row.station.clone(), row.link, row.hour);
    let of_base: BTreeMap<_, &Row> = base.iter().map(|row| (place(row), row)).collect();
    let pairs: Vec<[&Row; 2]> = variant
        .iter()
        .filter_map(|row| Some([*of_base.get(&place(row))?, row]))
        .filter(|[a, b]| a.observed_vph == b.observed_vph)
        .collect();
    let kinds = StationKind::ALL.into_iter().map(|kind| {
        let of_kind = pairs.iter().filter(|[row, _]| row.kind == kind).copied().collect();
        (kind.name(), of_kind)
    });
    let groups: Vec<(&str, Vec<[&Row; 2]>)> = kinds.chain([("all", pairs.clone())]).collect();
    let rows: Vec<_> =
        groups.iter().filter(|(_, of)| !of.is_empty()).map(|(name, of)| row(name, of)).collect();
    let columns = [
        "Stations",
        "Station-hours",
        "GEH < 5, base",
        "GEH < 5, variant",
        "Volume MAPE, base",
        "Volume MAPE, variant",
        "Nearer",
        "Farther",
    ];
    (!rows.is_empty()).then(|| Table {
        section: Section::Comparison,
        title: "Fit to counts".into(),
        text: "Both runs against the same counts. Nearer and farther: station-hours whose error falls or grows by more than the standard error of the count.".into(),
        columns: columns.map(String::from).to_vec(),
        rows,
        links: Vec::new(),
    })
}

/// One group of site-hours as a row of the table.
fn row(name: &str, pairs: &[[&Row; 2]]) -> Vec<String> {
    let fits = [0, 1].map(|run: usize| {
        let volumes: Vec<Pair> = pairs.iter().map(|both| both[run].pair()).collect();
        Fit::of(&volumes)
    });
    let percent = |share: Option<f64>| share.map_or("–".into(), |share| format!("{:.1} %", share * 100.0));
    let error = |row: &Row| (row.simulated_vph - row.observed_vph).abs();
    let changes = pairs.iter().map(|[a, b]| (error(b) - error(a), standard_error_vph(a)));
    let (mut nearer, mut farther) = (0u64, 0u64);
    for (change, noise) in changes {
        nearer += u64::from(change < -noise);
        farther += u64::from(change > noise);
    }
    let shares = fits.iter().map(|fit| percent(fit.geh_lt5_share));
    let errors = fits.iter().map(|fit| percent(fit.volume_mape));
    let mut cells = vec![name.to_string(), pairs.len().to_string()];
    cells.extend(shares.chain(errors).chain([nearer, farther].map(|n| n.to_string())));
    cells
}

/// Standard error of the observed volume, vehicles per hour; 0 where its spread is not known.
fn standard_error_vph(row: &Row) -> f64 {
    row.volume_sd.map_or(0.0, |sd| sd / engine::float::sqrt(f64::from(row.days.max(1))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::id::LinkId;
    use engine::network::RoadClass;

    /// A count of 1,000 with a standard error of 20, and a run that has `simulated_vph` there.
    fn count(hour: u8, kind: StationKind, simulated_vph: f64) -> Row {
        Row {
            station: "A".into(),
            link: LinkId(3),
            hour,
            kind,
            class: RoadClass::Freeway,
            route: String::new(),
            lanes: 2.0,
            station_lanes: 2.0,
            observed_vph: 1000.0,
            simulated_vph,
            geh: 0.0,
            volume_sd: Some(100.0),
            days: 25,
            observed_mps: None,
            simulated_mps: None,
            confidence: 1.0,
        }
    }

    #[test]
    fn nearer_and_farther_are_told_apart_from_noise() {
        use StationKind::{Mainline, OnRamp};
        let base = [count(7, Mainline, 1200.0), count(8, Mainline, 1000.0), count(9, OnRamp, 900.0)];
        let other = [count(7, Mainline, 1100.0), count(8, Mainline, 1019.0), count(9, OnRamp, 879.0)];
        let table = both(&base, &other).unwrap();
        // Errors: 200, 0 and 100 before, 100, 19 and 121 after; 19 is less than the standard error.
        assert_eq!(table.rows[2], ["all", "3", "66.7 %", "100.0 %", "10.0 %", "8.0 %", "1", "1"]);
        assert_eq!(table.rows[0][..2], ["mainline", "2"]);
        assert_eq!(table.rows[1][6..], ["0", "1"]);
        assert_eq!(table.rows.len(), 3);
    }

    #[test]
    fn other_counts_are_not_compared() {
        let base = [count(7, StationKind::Mainline, 1200.0)];
        let other = [Row { observed_vph: 900.0, ..count(7, StationKind::Mainline, 1200.0) }];
        assert_eq!(both(&base, &other), None);
        assert_eq!(both(&base, &[]), None);
    }
}

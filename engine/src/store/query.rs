//! Questions to the tables of a run that need no simulator: whoever opens a run folder can ask the same with polars.

use super::{Rows, legs};
use crate::error::Result;
use crate::mode::Mode;
use crate::validate::compare::ModeTotal;
use polars::prelude::*;
use std::path::Path;

/// Trips that arrived, with their travel times and the lengths of their ways, by mode in the order of [`Mode::ALL`]:
///
/// ```sql
/// SELECT mode, count(*), sum(arrive_s - depart_s), sum(length_m) FROM legs WHERE arrive_s IS NOT NULL GROUP BY mode
/// ```
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, lacks a column or names a mode that nobody knows.
pub fn trips_by_mode(folder: &Path) -> Result<Vec<ModeTotal>> {
    let rows = Rows::open(folder, &legs::TABLE)?;
    let number = |name: &str| -> Result<Column> { Ok(rows.column(name)?.cast(&DataType::Float64)?) };
    let arrive_s = number("arrive_s")?;
    let arrived = arrive_s.is_not_null();
    let columns = vec![
        rows.column("mode")?.clone(),
        (arrive_s - number("depart_s")?)?.with_name("time_s".into()),
        number("length_m")?.with_name("route_m".into()),
    ];
    let trips = DataFrame::new(rows.height(), columns)?.filter(&arrived)?;
    if trips.height() == 0 {
        return Ok(Vec::new());
    }
    let sums = trips.group_by_stable(["mode"])?.apply(|of_mode| {
        let sum = |name: &str| of_mode.column(name)?.as_materialized_series().sum::<f64>();
        let mode = of_mode.column("mode")?.head(Some(1)).take_materialized_series();
        df!["mode" => mode, "trips" => [of_mode.height() as u64], "time_s" => [sum("time_s")?], "route_m" => [sum("route_m")?]]
    })?;
    let of = |name: &str| -> Result<Vec<f64>> { Ok(sums.column(name)?.f64()?.iter().flatten().collect()) };
    let (n, time_s, route_m) = (sums.column("trips")?.u64()?, of("time_s")?, of("route_m")?);
    let modes = sums.column("mode")?.str()?.iter().map(|mode| Mode::parse(mode?));
    let modes: Vec<Mode> = modes.collect::<Option<_>>().ok_or_else(|| rows.wrong("mode"))?;
    let total = |i: usize| ModeTotal {
        mode: modes[i],
        trips: n.get(i).unwrap_or(0),
        time_s: time_s[i],
        route_m: route_m[i],
    };
    let mut totals: Vec<ModeTotal> = (0..modes.len()).map(total).collect();
    totals.sort_by_key(|total| total.mode as usize);
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk;

    #[test]
    fn trips_are_added_by_mode_and_those_still_on_the_way_are_not() {
        let folder = std::env::temp_dir().join(format!("wayfare-query-{}", std::process::id()));
        disk::make_folder(&folder).unwrap();
        let mut frame = df![
            "mode" => ["walk", "car", "car", "car"],
            "depart_s" => [10u32, 100, 200, 300],
            "arrive_s" => [Some(70u32), Some(160), Some(320), None],
            "length_m" => [50.0f64, 1000.5, 2000.0, 9.0],
        ]
        .unwrap();
        crate::table::write(legs::TABLE.path(&folder), &mut frame, &[]).unwrap();
        let totals = trips_by_mode(&folder).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let total = |mode, trips, time_s, route_m| ModeTotal { mode, trips, time_s, route_m };
        assert_eq!(totals, [total(Mode::Car, 2, 180.0, 3000.5), total(Mode::Walk, 1, 60.0, 50.0)]);
    }
}

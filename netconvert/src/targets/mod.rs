//! What is known of a region from surveys and censuses, for the residents to meet: small tables that a scenario names.
//!
//! | table | columns |
//! |---|---|
//! | [`read_cars`] | `region`, then one column for each number of cars of a household: `0`, `1`, `2`, `3+` |
//! | [`read_flows`] | `home` and `work` (regions), `workers` |
//! | [`read_lengths`] | `purpose`, `to_km` or `to_mi` (upper end of a band), `tours` |
//! | [`read_days`] | `kind` (preschool, pupil, worker, student, senior, adult), `measure` (stays-home, works, learns), `mean`; `all`, `trips` |
//! | [`read_modes`] | `purpose` (work, school, other), `mode`, `tours` |
//!
//! One row of each, with its header:
//!
//! ```text
//! region,0,1,2,3+,source                     of the households of San Mateo 13,930 have no car
//! San Mateo,13930,79271,102780,65029,ACS
//!
//! home,work,workers                          41,235 who live in Alameda work in Contra Costa
//! Alameda,Contra Costa,41235
//!
//! purpose,to_mi,tours                        a tenth of the tours to shops are shorter than a mile
//! shop-goods shop-services,1,0.10
//!
//! kind,measure,mean                          of the workers 14 in a hundred stay at home on a weekday
//! worker,stays-home,0.14
//!
//! purpose,mode,tours                         of the tours to school 17 in a hundred are on foot
//! school,walk,0.17
//! ```
//!
//! Whether all of it can be met is seen by the run alone: a table may be right and ask for more drivers than there are. What
//! each reader refuses is what no run could meet: negative numbers, a thing told twice, a name that nobody has.
//!
//! But for the shares of days, numbers may be counts or shares: only their proportions matter. A column `source` is welcome and not read; a row may begin
//! with nothing else. A region is what zones call it (a county, say).

mod days;
mod lengths;
mod modes;

pub use days::read_days;
pub use lengths::read_lengths;
pub use modes::read_modes;

use crate::limit::{self, Row, did_you_mean};
use crate::tally::Tally;
use engine::people::car::Cars;
use engine::place::Flows;
use engine::zone::Zones;
use engine::{Fault, Result, Warning};
use std::path::Path;

/// A number of a table that counts something: finite, not negative.
///
/// # Errors
/// A [`Fault`] with the line.
fn count(row: Row<'_>, column: usize) -> Result<f64> {
    let number = row.number(column)?;
    match number >= 0.0 {
        true => Ok(number),
        false => Err(row.fault(column, "a number of zero or more").into()),
    }
}

/// The region that a cell names; `None` where no zone is in it.
fn region(zones: &Zones, row: Row<'_>, column: usize) -> Option<usize> {
    zones.regions.iter().position(|name| name == row.text(column))
}

/// Cars by region. Columns that are no number of cars are not read.
///
/// # Errors
/// As [`limit::csv()`]; a [`Fault`] for a region that no zone is in or that has two rows, for a region without a row, for
/// numbers that are negative or all zero, and for columns that leave out a number of cars.
pub fn read_cars(path: impl AsRef<Path>, zones: &Zones) -> Result<Cars> {
    let path = path.as_ref();
    let mut table = limit::csv(path)?;
    let name = table.column("region")?;
    let columns = classes(path, table.header())?;
    let mut regions: Vec<Vec<f64>> = vec![Vec::new(); zones.regions.len()];
    while let Some(row) = table.advance()? {
        let Some(at) = region(zones, row, name) else {
            let advice = did_you_mean(row.text(name), zones.regions.iter().map(String::as_str));
            return Err(row.fault(name, "the name of a region of the zones").advice(advice).into());
        };
        if !regions[at].is_empty() {
            return Err(row.fault(name, "a region that no other row has").into());
        }
        let numbers = columns.iter().map(|&(column, _)| count(row, column)).collect::<Result<Vec<f64>>>()?;
        if numbers.iter().sum::<f64>() <= 0.0 {
            return Err(row.row_fault("counts no household").expected("households by number of cars").into());
        }
        regions[at] = numbers;
    }
    if let Some(at) = regions.iter().position(Vec::is_empty) {
        return Err(Fault::new(path, "", format!("has no row for the region {}", zones.regions[at]))
            .expected("a row for each region of the zones")
            .into());
    }
    Ok(Cars { classes: columns.iter().map(|c| c.1).collect(), regions })
}

/// The columns that are numbers of cars, ascending, with fewest and most cars of each.
fn classes(path: &Path, header: &[String]) -> Result<Vec<(usize, (u8, u8))>> {
    let class = |(at, name): (usize, &String)| {
        let (number, open) = name.strip_suffix('+').map_or((name.as_str(), false), |n| (n, true));
        let low: u8 = number.trim().parse().ok()?;
        Some((at, (low, if open { u8::MAX } else { low })))
    };
    let mut columns: Vec<_> = header.iter().enumerate().filter_map(class).collect();
    columns.sort_unstable_by_key(|column| column.1);
    let follows = columns.windows(2).all(|pair| pair[0].1.1.checked_add(1) == Some(pair[1].1.0));
    let whole =
        columns.first().is_some_and(|c| c.1.0 == 0) && columns.last().is_some_and(|c| c.1.1 == u8::MAX);
    if !(follows && whole) {
        return Err(Fault::new(path, 1, "its columns leave out a number of cars, or tell one twice")
            .expected("columns such as 0, 1, 2, 3+")
            .into());
    }
    Ok(columns)
}

/// Workers by region of home and of work. Rows to or from a region that no zone is in are left out and counted: commuters
/// over the border of the study area are no residents' flows inside it.
///
/// # Errors
/// As [`limit::csv()`]; a [`Fault`] for a negative number, for a pair with two rows, and for a region that nobody who works
/// lives in or that nobody works in.
pub fn read_flows(path: impl AsRef<Path>, zones: &Zones) -> Result<(Flows, Vec<Warning>)> {
    let path = path.as_ref();
    let mut table = limit::csv(path)?;
    let (home, work, workers) = (table.column("home")?, table.column("work")?, table.column("workers")?);
    let n = zones.regions.len();
    let mut flows: Vec<Option<f64>> = vec![None; n * n];
    let (mut tally, mut all) = (Tally::new(path), 0.0);
    while let Some(row) = table.advance()? {
        let number = count(row, workers)?;
        all += number;
        let (Some(from), Some(to)) = (region(zones, row, home), region(zones, row, work)) else {
            let what = "its region is not among those of the zones: left out";
            tally.part_of("workers", what, format!("{}", row.line()), number.round() as u64);
            continue;
        };
        if flows[from * n + to].replace(number).is_some() {
            return Err(row
                .row_fault("is the second of its pair of regions")
                .expected("one row a pair")
                .into());
        }
    }
    let flows: Vec<f64> = flows.into_iter().map(Option::unwrap_or_default).collect();
    for at in 0..n {
        let lives: f64 = flows[at * n..(at + 1) * n].iter().sum();
        let works: f64 = (0..n).map(|from| flows[from * n + at]).sum();
        if lives <= 0.0 || works <= 0.0 {
            let what = format!(
                "nobody {} the region {}",
                if lives <= 0.0 { "lives in" } else { "works in" },
                zones.regions[at]
            );
            return Err(Fault::new(path, "", what)
                .expected("workers from and to each region of the zones")
                .into());
        }
    }
    tally.whole("workers", all.round() as u64);
    Ok((Flows::new(n, flows), tally.into_warnings()))
}

#[cfg(test)]
mod tests;

//! The files of the San Francisco Bay Area: road network, numbered routes, zone totals and the seed
//! sample of households.
//!
//! | reader | files | who makes them |
//! |---|---|---|
//! | [`read_network`], [`delay_at_lights`] | `nodes.csv`, `edges.csv` | LPSim, from OpenStreetMap |
//! | [`read_routes`] | numbered routes as lines in travel order | – |
//! | [`read_population`] | land use, zone totals, sample of households and persons | MTC; ActivitySim's example |
//!
//! MTC is the Metropolitan Transportation Commission, which plans the nine counties of the Bay. Its zones are the
//! 1,454 of Travel Model One.

mod signals;

pub use signals::delay_at_lights;

use crate::limit;
use crate::node_link::{self, Columns, Coordinates};
use crate::tally::Tally;
use engine::network::Network;
use engine::order::natural;
use engine::people::control::{Control, Measure, SeedHousehold, SeedPerson};
use engine::people::{Sex, Student};
use engine::projection::{Crs, Projection};
use engine::unit::MPS_PER_MPH;
use engine::validate::station::RouteStretch;
use engine::{Fault, Result, Warning};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Columns of the node and edge files of LPSim (`nodes.csv`, `edges.csv`; longitude and latitude, metres,
/// miles per hour).
pub const COLUMNS: Columns = Columns {
    coordinates: Coordinates::Degrees,
    node: "osmid",
    x: "x",
    y: "y",
    link: "uniqueid",
    from: "u",
    to: "v",
    length_m: "length",
    speed: "speed_mph",
    speed_unit_mps: MPS_PER_MPH,
    lanes: "lanes",
    capacity_vph: None,
    class: None,
    modes: None,
    route: None,
    street: None,
    shape: None,
};

/// Reads the road network: `nodes_csv` (osmid, x, y in degrees) and `edges_csv` (uniqueid, u, v, length in
/// metres, lanes, speed_mph). Class and capacity by [`crate::road_class`]; links are straight and carry no
/// route numbers, and lights cost nothing ([`delay_at_lights`]). `crs` `None` takes the UTM zone of the data (EPSG:32610).
///
/// # Errors
/// As [`node_link::read`].
pub fn read_network(
    nodes_csv: impl AsRef<Path>,
    edges_csv: impl AsRef<Path>,
    crs: Option<Crs>,
) -> Result<(Network, Vec<Warning>)> {
    node_link::read(nodes_csv, edges_csv, &COLUMNS, crs)
}

/// Reads stretches of numbered routes (`route`, `dir`, `lonlat_path` = `lon lat;lon lat;…` in travel
/// order) and projects them.
///
/// # Errors
/// A [`Fault`] `file:line` for a path of fewer than two points, a point that is none, or a direction other
/// than N, S, E, W.
pub fn read_routes(path: impl AsRef<Path>, projection: &Projection) -> Result<Vec<RouteStretch>> {
    let mut table = limit::csv(path)?;
    let columns = (table.column("route")?, table.column("dir")?);
    let line = table.column("lonlat_path")?;
    let mut stretches = Vec::new();
    while let Some(row) = table.advance()? {
        let Some((route, direction)) = node_link::read_route(row, columns)? else { continue };
        let points: Option<Vec<(f64, f64)>> = row.text(line).split(';').map(degrees).collect();
        let points = points.filter(|p| p.len() > 1);
        let points = points.ok_or_else(|| row.fault(line, "points as \"lon lat;lon lat\" in degrees"))?;
        let points_m =
            points.into_iter().map(|(lon, lat)| projection.to_metres(lon, lat)).collect::<Result<_>>()?;
        stretches.push(RouteStretch { route, direction, points_m });
    }
    Ok(stretches)
}

/// A point "lon lat" in degrees.
fn degrees(point: &str) -> Option<(f64, f64)> {
    let mut parts = point.split_whitespace().map(str::parse::<f64>);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(lon)), Some(Ok(lat)), None)
            if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) =>
        {
            Some((lon, lat))
        }
        _ => None,
    }
}

/// Zone totals of MTC's population synthesis (`popsim_vars`), by column.
///
/// Incomes are in dollars of the year 2000, as those of the sample: quartile limits 30,000, 60,000 and
/// 100,000 (MTC, PopulationSim controls: `HHINCQ1` = `hh_income_2000` up to 30,000, …).
const CONTROLS: [(&str, Measure); 20] = [
    ("TOTHH", Measure::Households),
    ("hh_size_1", Measure::HouseholdSize(1, 1)),
    ("hh_size_2", Measure::HouseholdSize(2, 2)),
    ("hh_size_3", Measure::HouseholdSize(3, 3)),
    ("hh_size_4_plus", Measure::HouseholdSize(4, u8::MAX)),
    ("hh_wrks_0", Measure::Workers(0, 0)),
    ("hh_wrks_1", Measure::Workers(1, 1)),
    ("hh_wrks_2", Measure::Workers(2, 2)),
    ("hh_wrks_3_plus", Measure::Workers(3, u8::MAX)),
    ("hh_kids_no", Measure::Children(false)),
    ("hh_kids_yes", Measure::Children(true)),
    ("HHINCQ1", Measure::Income(i32::MIN, 30_000)),
    ("HHINCQ2", Measure::Income(30_000, 60_000)),
    ("HHINCQ3", Measure::Income(60_000, 100_000)),
    ("HHINCQ4", Measure::Income(100_000, i32::MAX)),
    ("AGE0004", Measure::Age(0, 4)),
    ("AGE0519", Measure::Age(5, 19)),
    ("AGE2044", Measure::Age(20, 44)),
    ("AGE4564", Measure::Age(45, 64)),
    ("AGE65P", Measure::Age(65, u8::MAX)),
];

/// What population synthesis is given.
pub type Seeds = (Vec<Control>, Vec<SeedHousehold>);

/// Reads zone totals and the seed sample.
///
/// `land_use_csv` (column ZONE) names the zones; they are in the order of their names, as by [`crate::zones::read`].
/// Households are in the order of theirs, members in the order of PERID where the file has it.
/// `households_csv` and `persons_csv` are ActivitySim's example sample of census households (HHID, income,
/// PERSONS, VEHICL, UNITTYPE; household_id, age, sex, pemploy, pstudent).
///
/// Group quarters (dormitories, prisons, care homes) are no households: those of the sample (UNITTYPE
/// above 0) are left out, as MTC's household totals leave them out. The totals by age do count their
/// residents; how many is told by a warning.
///
/// Codes of the table of persons: `sex` 1 male, 2 female; `pemploy` 1 full-time, 2 part-time, 3 no job, 4 under
/// 16; `pstudent` 1 up to high school, 2 college, 3 not a student. Another code is refused: it would mean that
/// the columns are others than named.
///
/// # Errors
/// A [`Fault`] `file:line` for a zone without totals, a household without its persons, an unknown code, or a
/// number that is none.
pub fn read_population(
    land_use_csv: impl AsRef<Path>,
    popsim_csv: impl AsRef<Path>,
    households_csv: impl AsRef<Path>,
    persons_csv: impl AsRef<Path>,
) -> Result<(Seeds, Vec<Warning>)> {
    let (controls, mut warnings) = read_controls(land_use_csv.as_ref(), popsim_csv.as_ref())?;
    let (households, more) = read_sample(households_csv.as_ref(), persons_csv.as_ref())?;
    warnings.extend(more);
    Ok(((controls, households), warnings))
}

/// Number of each zone of the land-use file, in the order of their names.
pub(crate) fn zone_order(land_use_csv: &Path) -> Result<BTreeMap<String, usize>> {
    let mut table = limit::csv(land_use_csv)?;
    let zone = table.column("ZONE")?;
    let mut seen = BTreeSet::new();
    while let Some(row) = table.advance()? {
        if !seen.insert(row.text(zone).to_string()) {
            return Err(row.fault(zone, "a zone that no other row has").into());
        }
    }
    let mut names: Vec<String> = seen.into_iter().collect();
    names.sort_by(|a, b| natural(a, b));
    Ok(names.into_iter().enumerate().map(|(number, name)| (name, number)).collect())
}

/// Zone totals by control, with the residents of group quarters as a control of their own where the table has the
/// column `gq_tot_pop`: totals by age count them, those of households do not.
fn read_controls(land_use_csv: &Path, popsim_csv: &Path) -> Result<(Vec<Control>, Vec<Warning>)> {
    let order = zone_order(land_use_csv)?;
    let mut table = limit::csv(popsim_csv)?;
    let zone = table.column("TAZ")?;
    let quarters = table.find("gq_tot_pop");
    let columns = CONTROLS.iter().map(|(name, _)| table.column(name)).collect::<Result<Vec<_>>>()?;
    let mut controls: Vec<Control> = CONTROLS
        .iter()
        .map(|&(name, measure)| Control { name: name.to_string(), measure, totals: vec![0.0; order.len()] })
        .collect();
    let mut seen = vec![false; order.len()];
    let mut in_quarters = vec![0.0; order.len()];
    while let Some(row) = table.advance()? {
        let Some(&number) = order.get(row.text(zone)) else {
            return Err(row.fault(zone, "a zone of the land-use table").into());
        };
        if std::mem::replace(&mut seen[number], true) {
            return Err(row.fault(zone, "a zone that no other row has").into());
        }
        for (control, &column) in controls.iter_mut().zip(&columns) {
            control.totals[number] = count(row, column)?;
        }
        if let Some(column) = quarters {
            in_quarters[number] = count(row, column)?;
        }
    }
    if let Some((name, _)) = order.iter().find(|(_, number)| !seen[**number]) {
        return Err(Fault::new(popsim_csv, "", format!("has no row for zone {name}"))
            .expected("a row for each zone of the land-use table")
            .into());
    }
    if quarters.is_some() {
        // Totals by age count them too; household totals do not.
        controls.push(Control {
            name: "gq_tot_pop".into(),
            measure: Measure::GroupQuarters,
            totals: in_quarters,
        });
    }
    Ok((controls, Vec::new()))
}

/// A total: a number of zero or more.
pub(crate) fn count(row: limit::Row<'_>, column: usize) -> Result<f64> {
    match row.number(column)? {
        number if number >= 0.0 => Ok(number),
        _ => Err(row.fault(column, "zero or more").into()),
    }
}

/// Households with their persons, in the order of their names. `PERSONS` must be the number of rows of the
/// household: a sample that is cut off is noticed.
fn read_sample(households_csv: &Path, persons_csv: &Path) -> Result<(Vec<SeedHousehold>, Vec<Warning>)> {
    let mut members = read_persons(persons_csv)?;
    let mut table = limit::csv(households_csv)?;
    let id = table.column_of(&["HHID", "household_id"])?;
    let (income, cars) = (table.column("income")?, table.column("VEHICL")?);
    let (size, unit) = (table.column("PERSONS")?, table.find("UNITTYPE"));
    let mut tally = Tally::new(households_csv);
    let mut households = Vec::new();
    while let Some(row) = table.advance()? {
        let persons = members.remove(row.text(id)).unwrap_or_default();
        let expected: usize = row.parse(size, "a number of persons")?;
        if persons.len() != expected || persons.is_empty() {
            let what = format!("household {} has {} rows of persons", row.text(id), persons.len());
            return Err(row.row_fault(what).expected(format!("{expected}, as PERSONS says")).into());
        }
        if !matches!(row.text_if(unit), "" | "0") {
            tally.add("household of the sample is group quarters (UNITTYPE above 0), left out", row.line());
            continue;
        }
        let household = SeedHousehold {
            income_usd: row.parse(income, "whole dollars")?,
            vehicles: row.parse(cars, "a number of cars up to 255")?,
            persons: in_order(persons),
        };
        households.push((row.text(id).to_string(), household));
    }
    if let Some(id) = members.keys().next() {
        return Err(Fault::new(persons_csv, "", format!("has persons of household {id}, which is unknown"))
            .expected("households of the household table")
            .into());
    }
    households.sort_by(|(a, _), (b, _)| natural(a, b));
    Ok((households.into_iter().map(|(_, household)| household).collect(), tally.into_warnings()))
}

/// A member of a household and its name; empty where the table gives none.
pub(crate) type Member = (String, SeedPerson);

/// The members of a household in the order of their names; those without one by what is known of them, the oldest
/// first, so that the order of the rows does not matter.
pub(crate) fn in_order(mut members: Vec<Member>) -> Vec<SeedPerson> {
    let known = |p: &SeedPerson| (Reverse(p.age), p.sex as u8, p.employed, p.student as u8);
    members.sort_by(|(a, p), (b, q)| natural(a, b).then_with(|| known(p).cmp(&known(q))));
    members.into_iter().map(|(_, person)| person).collect()
}

/// The members of each household, in the order of the file.
fn read_persons(persons_csv: &Path) -> Result<BTreeMap<String, Vec<Member>>> {
    let mut table = limit::csv(persons_csv)?;
    let household = table.column("household_id")?;
    let (age, sex) = (table.column("age")?, table.column("sex")?);
    let (work, school) = (table.column("pemploy")?, table.column("pstudent")?);
    let name = table.find("PERID").or_else(|| table.find("person_id"));
    let mut members: BTreeMap<String, Vec<Member>> = BTreeMap::new();
    while let Some(row) = table.advance()? {
        let person = SeedPerson {
            age: row.parse(age, "years up to 255")?,
            sex: match row.text(sex) {
                "1" => Sex::Male,
                "2" => Sex::Female,
                _ => return Err(row.fault(sex, "1 (male) or 2 (female)").into()),
            },
            employed: match row.text(work) {
                "1" | "2" => true,
                "3" | "4" => false,
                _ => {
                    return Err(row.fault(work, "1, 2 (full, part time), 3 (no job) or 4 (under 16)").into());
                }
            },
            student: match row.text(school) {
                "1" => Student::School,
                "2" => Student::College,
                "3" => Student::No,
                _ => return Err(row.fault(school, "1 (up to high school), 2 (college) or 3 (none)").into()),
            },
        };
        members
            .entry(row.text(household).to_string())
            .or_default()
            .push((row.text_if(name).to_string(), person));
    }
    Ok(members)
}

#[cfg(test)]
mod tests;

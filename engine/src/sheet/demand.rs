//! Who travels, from where to where: trips, persons, households, zones, and the matrix of zones in long form.

use super::run::Run;
use super::{Part, Sheet, kept, part};
use crate::error::Result;
use crate::mode::Mode;
use crate::order::natural;
use crate::store::{Rows, households as homes, legs, persons as people, zones as areas};
use crate::table::{Type, column};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// One row a trip.
pub(super) fn trips(run: &Run) -> Result<Sheet> {
    let rows = Rows::open(&run.folder, &legs::TABLE)?;
    let names = [
        "leg",
        "person",
        "layer",
        "weight",
        "mode",
        "vehicle",
        "purpose",
        "from_zone",
        "to_zone",
        "from_link",
        "to_link",
        "planned_s",
        "depart_s",
        "arrive_s",
    ];
    let mut parts = kept(&rows, &legs::TABLE, &names)?;
    let (depart_s, arrive_s) = (rows.some_u32("depart_s")?, rows.some_u32("arrive_s")?);
    parts.push(part(
        column(
            "travel_s",
            Type::U32,
            "s",
            "travel time; empty where the trip did not arrive before the day ended",
        ),
        depart_s
            .iter()
            .zip(&arrive_s)
            .map(|(depart_s, arrive_s)| travel_s(*depart_s, *arrive_s))
            .collect::<Vec<_>>(),
    ));
    parts.extend(kept(&rows, &legs::TABLE, &["length_m"])?);
    Sheet::new("trips", legs::TABLE.rows, parts)
}

/// Seconds on the way of a trip that arrived.
fn travel_s(depart_s: Option<u32>, arrive_s: Option<u32>) -> Option<u32> {
    arrive_s?.checked_sub(depart_s?)
}

/// One row a traveller.
pub(super) fn persons(run: &Run) -> Result<Sheet> {
    whole(run, "persons", &people::TABLE)
}

/// One row a household.
pub(super) fn households(run: &Run) -> Result<Sheet> {
    whole(run, "households", &homes::TABLE)
}

/// A table of the run as it is.
fn whole(run: &Run, name: &'static str, schema: &'static crate::table::Schema) -> Result<Sheet> {
    let names: Vec<&str> = schema.columns.iter().map(|column| column.name).collect();
    Sheet::new(name, schema.rows, kept(&Rows::open(&run.folder, schema)?, schema, &names)?)
}

/// The zones of a run.
pub(super) struct Areas {
    /// The table of zones.
    pub(super) rows: Rows,
    names: Vec<String>,
}

impl Areas {
    /// Reads the zones of a run folder.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let rows = Rows::open(folder, &areas::TABLE)?;
        let names = rows.text("zone")?;
        Ok(Self { rows, names })
    }

    /// Number of zones.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The position of each zone by its name.
    pub(super) fn index(&self) -> HashMap<&str, u32> {
        self.names.iter().enumerate().map(|(at, name)| (name.as_str(), at as u32)).collect()
    }

    /// Names of zones by position; `None` past the end.
    fn name(&self, at: u32) -> Option<&str> {
        self.names.get(at as usize).map(String::as_str)
    }

    /// Columns as they are.
    pub(super) fn parts(&self, names: &[&str]) -> Result<Vec<Part>> {
        kept(&self.rows, &areas::TABLE, names)
    }
}

/// A pair of zones (positions; [`NOWHERE`] where one is not known) and a mode (its position in [`Mode::ALL`]).
pub(super) type Pair = (u32, u32, usize);

/// Where a zone is not known: sorted behind all others.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Trips between two zones by a mode.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Flow {
    /// Trips simulated.
    pub(super) trips: u32,
    /// Those that arrived.
    arrived: u32,
    /// Their travel times, seconds.
    time_s: f64,
    /// Trips of known length.
    measured: u32,
    /// Lengths of their ways, metres.
    length_m: f64,
}

impl Flow {
    /// Mean travel time; `None` where no trip arrived.
    pub(super) fn travel_s(&self) -> Option<f64> {
        (self.arrived > 0).then(|| self.time_s / f64::from(self.arrived))
    }

    /// Mean length of the way; `None` where none is known.
    fn length_m(&self) -> Option<f64> {
        (self.measured > 0).then(|| self.length_m / f64::from(self.measured))
    }
}

/// The trips of a run between its zones.
pub(super) struct Flows {
    /// Trips of the population that a simulated one stands for.
    pub(super) weight: f64,
    /// Trips by pair of zones and mode.
    pub(super) of: BTreeMap<Pair, Flow>,
}

impl Flows {
    /// Adds up the trips of a run folder.
    pub(super) fn read(folder: &Path, areas: &Areas) -> Result<Self> {
        let rows = Rows::open(folder, &legs::TABLE)?;
        let index = areas.index();
        let zones = |name: &str| -> Result<Vec<u32>> {
            let column = rows.column(name)?.str()?;
            let at = |zone: Option<&str>| zone.and_then(|zone| index.get(zone)).copied().unwrap_or(NOWHERE);
            Ok(column.iter().map(at).collect())
        };
        Self::between(&rows, &zones("from_zone")?, &zones("to_zone")?)
    }

    /// Adds up trips by where each begins and ends.
    fn between(rows: &Rows, from: &[u32], to: &[u32]) -> Result<Self> {
        let modes = rows.column("mode")?.str()?.iter().map(|mode| Some(Mode::parse(mode?)? as usize));
        let modes: Vec<usize> = modes.collect::<Option<_>>().ok_or_else(|| rows.wrong("mode"))?;
        let (depart_s, arrive_s) = (rows.some_u32("depart_s")?, rows.some_u32("arrive_s")?);
        let length_m = rows.some_f64("length_m")?;
        let weight = rows.f64("weight")?.first().copied().unwrap_or(1.0);
        let mut of: BTreeMap<Pair, Flow> = BTreeMap::new();
        for row in 0..rows.height() {
            let flow = of.entry((from[row], to[row], modes[row])).or_default();
            flow.trips += 1;
            if let Some(time_s) = travel_s(depart_s[row], arrive_s[row]) {
                (flow.arrived, flow.time_s) = (flow.arrived + 1, flow.time_s + f64::from(time_s));
            }
            if let Some(way_m) = length_m[row] {
                (flow.measured, flow.length_m) = (flow.measured + 1, flow.length_m + way_m);
            }
        }
        Ok(Self { weight, of })
    }

    /// Trips simulated that begin (`end` is 0) or end (1) in each of `n` zones.
    pub(super) fn ends(&self, end: usize, n: usize) -> Vec<f64> {
        let mut sums = vec![0.0; n];
        for ((from, to, _), flow) in &self.of {
            if let Some(sum) = sums.get_mut([*from, *to][end] as usize) {
                *sum += f64::from(flow.trips);
            }
        }
        sums
    }
}

/// The first columns of a matrix: zones and mode.
pub(super) fn pairs<'a>(areas: &Areas, pairs: impl Iterator<Item = &'a Pair> + Clone) -> Vec<Part> {
    let zone = |of: fn(&Pair) -> u32| pairs.clone().map(|pair| areas.name(of(pair))).collect::<Vec<_>>();
    let mode = |pair: &Pair| Mode::ALL.get(pair.2).map_or("", |mode| mode.name());
    vec![
        part(
            column(
                "from_zone",
                Type::Text,
                "",
                "zone where the trips begin (of trip tables: node); empty where it is not known",
            ),
            zone(|p| p.0),
        ),
        part(
            column(
                "to_zone",
                Type::Text,
                "",
                "zone where they end (of trip tables: node); empty where it is not known",
            ),
            zone(|p| p.1),
        ),
        part(column("mode", Type::Text, "", "mode of travel"), pairs.clone().map(mode).collect::<Vec<_>>()),
    ]
}

/// The nodes between which the trips of a trip table go, as zones, and these trips. A trip of a person whose purpose is known is
/// none of them: without zones it has no place in a matrix.
fn of_trip_tables(run: &Run, zones: Areas) -> Result<(Areas, Flows)> {
    let rows = Rows::open(&run.folder, &legs::TABLE)?;
    let node = run.roads.rows.text("to_node")?;
    let known: Vec<bool> = rows.column("purpose")?.str()?.iter().map(|purpose| purpose.is_some()).collect();
    // A trip begins and ends at the end of its link: of a zone connector that is the zone.
    let ends = |name: &str| -> Result<Vec<Option<&str>>> {
        let at = |(link, known): (&u32, &bool)| match (known, node.get(*link as usize)) {
            (true, _) => Ok(None),
            (false, Some(node)) => Ok(Some(node.as_str())),
            (false, None) => Err(rows.wrong(name)),
        };
        rows.u32(name)?.iter().zip(&known).map(at).collect()
    };
    let (from, to) = (ends("from_link")?, ends("to_link")?);
    let mut names: Vec<String> = from.iter().chain(&to).flatten().map(|name| (*name).to_string()).collect();
    names.sort_by(|a, b| natural(a, b));
    names.dedup();
    let areas = Areas { rows: zones.rows, names };
    let index = areas.index();
    let at = |ends: &[Option<&str>]| -> Vec<u32> {
        ends.iter().map(|end| end.and_then(|name| index.get(name)).copied().unwrap_or(NOWHERE)).collect()
    };
    let mut flows = Flows::between(&rows, &at(&from), &at(&to))?;
    flows.of.retain(|(from, to, _), _| (*from, *to) != (NOWHERE, NOWHERE));
    drop(index);
    Ok((areas, flows))
}

/// One row a pair of zones and mode with trips: the matrix of origins and destinations in long form. Where the run has no zones,
/// those of a trip table are the nodes between which its trips go; plans without zones have no matrix.
pub(super) fn od(run: &Run) -> Result<Sheet> {
    let zones = Areas::read(&run.folder)?;
    let (areas, flows) = match zones.len() {
        0 => of_trip_tables(run, zones)?,
        _ => {
            let flows = Flows::read(&run.folder, &zones)?;
            (zones, flows)
        }
    };
    let mut parts = pairs(&areas, flows.of.keys());
    parts.push(part(
        column("trips_population", Type::F64, "trips", "trips of the whole population in the day"),
        flows.of.values().map(|flow| f64::from(flow.trips) * flows.weight).collect::<Vec<f64>>(),
    ));
    parts.push(part(
        column("trips_simulated", Type::U32, "trips simulated", "trips that were simulated"),
        flows.of.values().map(|flow| flow.trips).collect::<Vec<u32>>(),
    ));
    parts.push(part(
        column("travel_s", Type::F64, "s", "mean travel time of those that arrived; empty where none did"),
        flows.of.values().map(Flow::travel_s).collect::<Vec<_>>(),
    ));
    parts.push(part(
        column("length_m", Type::F64, "m", "mean length of the way"),
        flows.of.values().map(Flow::length_m).collect::<Vec<_>>(),
    ));
    Sheet::new("od", "one row a pair of zones and mode with trips between them (matrix in long form)", parts)
}

/// One row a zone: what the input says, and the trips from and to it.
pub(super) fn zones(run: &Run) -> Result<Sheet> {
    let areas = Areas::read(&run.folder)?;
    let flows = Flows::read(&run.folder, &areas)?;
    let names: Vec<&str> =
        areas::TABLE.columns.iter().map(|column| column.name).filter(|name| *name != "geometry").collect();
    let mut parts = areas.parts(&names)?;
    let ends = [
        ("trips_from_population", "trips of the whole population in the day that begin in the zone"),
        ("trips_to_population", "those that end in it"),
    ];
    for (end, (name, meaning)) in ends.into_iter().enumerate() {
        let trips = flows.ends(end, areas.len()).into_iter().map(|trips| trips * flows.weight);
        parts.push(part(column(name, Type::F64, "trips", meaning), trips.collect::<Vec<f64>>()));
    }
    let sheet = Sheet::new("zones", "one row a zone: land use of the input, trips of the run", parts)?;
    sheet.at(areas.rows.column("geometry")?, &run.roads.crs)
}

//! Who travels: the layers of demand of a scenario, read from its files.
//!
//! Whatever the format, the result is a list of [`Layer`]s. Residents come as totals and a sample of households,
//! and are made later, in [`crate::travellers`]; travellers whose trips are given (plans, trip tables) come with
//! all their trips. Of these the sample of the run is taken here. Draws go by the position of a person or a pair of
//! nodes after sorting by name, so neither the order of rows in a file nor the number of threads changes who is in
//! the sample.

use super::{Finder, Source, known, plans};
use crate::scenario::{PeopleInput, Scenario, ZonesInput};
use engine::demand::{Given, Layer, LayerId, Residents, Travellers};
use engine::draw::{Purpose, draw};
use engine::id::{LinkId, NodeId};
use engine::mode::Mode;
use engine::network::Network;
use engine::order::natural;
use engine::people::car::Cars;
use engine::trip::{Trip, Trips};
use engine::unit::{DAY_S, parse_hms};
use engine::vehicle::ClassId;
use engine::zone::Zones;
use engine::{Fault, Faults, Result};
use netconvert::matsim;
use std::path::Path;

/// Reads all layers of a scenario, in the order of the scenario; files are added to the inputs of `source`, and trip tables
/// and warnings to its own. Called once for each source, after the roads were read.
///
/// # Errors
/// A [`Fault`] for the first thing that is wrong in a file, and for two layers of one name.
pub fn read(scenario: &Scenario, source: &mut Source) -> Result<Vec<Layer>> {
    let mut layers: Vec<Layer> = Vec::new();
    for (number, input) in scenario.config.people.iter().enumerate() {
        let name = input.layer().to_string();
        if number >= LayerId::MOST || layers.iter().any(|layer| layer.name == name) {
            return Err(Fault::new(&scenario.file, "people", format!("two layers are called \"{name}\""))
                .expected(format!("at most {} layers, each with its own name", LayerId::MOST))
                .advice("give one of them layer = \"another name\"")
                .into());
        }
        layers.push(Layer { name, travellers: travellers(scenario, source, number, input)? });
    }
    let mut finder = Finder { scenario, inputs: std::mem::take(&mut source.inputs) };
    let (known, more) = known::read(scenario, &source.zones, &mut finder)?;
    source.inputs = finder.inputs;
    source.warnings.extend(more);
    source.known = known;
    Ok(layers)
}

/// Reads one layer, the `number`-th of the scenario. Controls, tables and persons are sorted first, by name or by node, so
/// that rows of a file in another order give the same run to the last bit.
fn travellers(
    scenario: &Scenario,
    source: &mut Source,
    number: usize,
    input: &PeopleInput,
) -> Result<Travellers> {
    let mut finder = Finder { scenario, inputs: std::mem::take(&mut source.inputs) };
    let travellers = match input {
        PeopleInput::Mtc { totals, households, persons, cars, .. } => {
            let (totals, households) = (finder.file(totals)?, finder.file(households)?);
            let land_use = match &scenario.config.zones {
                Some(ZonesInput::Mtc { land_use, .. }) => finder.file(land_use)?,
                _ => return Err(no_zones(scenario)),
            };
            let ((controls, sample), more) =
                netconvert::bay_area::read_population(land_use, &totals, households, finder.file(persons)?)?;
            source.warnings.extend(more);
            source.warnings.extend(netconvert::zones::contradictions(&totals, &source.zones, &controls));
            let cars = read_cars(cars.as_deref(), &mut finder, &source.zones)?;
            Travellers::Residents(Residents { controls, sample, cars })
        }
        PeopleInput::County { folder, cars, .. } => {
            let folder = finder.file(folder)?;
            let table = folder.join("controls.csv");
            let mut controls = netconvert::county::read_controls(&table, &source.zones)?;
            source.warnings.extend(netconvert::zones::contradictions(&table, &source.zones, &controls));
            controls.sort_by(|a, b| a.measure.cmp(&b.measure).then_with(|| natural(&a.name, &b.name)));
            let (households, persons) = (folder.join("households.csv"), folder.join("persons.csv"));
            let sample = netconvert::county::read_households(households, persons)?;
            let cars = read_cars(cars.as_deref(), &mut finder, &source.zones)?;
            Travellers::Residents(Residents { controls, sample, cars })
        }
        PeopleInput::TripTable { file, start, end, .. } => {
            let path = finder.file(file)?;
            let window = window(&scenario.file, start, end)?;
            let mut table = trip_table(&path, source)?;
            table.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
            let given = from_table(&path, &table, source, window, scenario, number)?;
            source.trip_table.extend(table);
            Travellers::Given(given)
        }
        PeopleInput::Plans { file, vehicles, facilities, crs, .. } => {
            let input = plans::Input {
                file,
                vehicles: vehicles.as_ref(),
                facilities: facilities.as_ref(),
                crs: crs.as_ref(),
            };
            Travellers::Given(plans::read(scenario, source, &mut finder, &input)?)
        }
    };
    source.inputs = finder.inputs;
    Ok(travellers)
}

/// Cars by region, where a table is named.
fn read_cars(name: Option<&Path>, finder: &mut Finder<'_>, zones: &Zones) -> Result<Option<Cars>> {
    name.map(|name| netconvert::targets::read_cars(finder.file(name)?, zones)).transpose()
}

/// What is wrong in the files of demand where there are no roads to put trips on: all but what names nodes and links.
/// What is read is thrown away.
///
/// # Errors
/// Whatever is no fault of the input.
pub(super) fn look(scenario: &Scenario, zones: Option<&Zones>, faults: &mut Faults) -> Result<()> {
    for input in &scenario.config.people {
        faults.keep(look_at(scenario, zones, input))?;
    }
    if let Some(zones) = zones {
        faults.keep(known::read(scenario, zones, &mut Finder { scenario, inputs: Vec::new() }))?;
    }
    Ok(())
}

/// As [`look`], of one layer.
fn look_at(scenario: &Scenario, zones: Option<&Zones>, input: &PeopleInput) -> Result<()> {
    let mut faults = Faults::default();
    match input {
        PeopleInput::Mtc { totals, households, persons, cars, .. } => {
            let Some(ZonesInput::Mtc { land_use, .. }) = &scenario.config.zones else {
                return Err(no_zones(scenario));
            };
            let [land_use, totals] = [scenario.find(land_use)?, scenario.find(totals)?];
            let [households, persons] = [scenario.find(households)?, scenario.find(persons)?];
            faults.keep(netconvert::bay_area::read_population(land_use, &totals, households, persons))?;
            if let (Some(cars), Some(zones)) = (cars, zones) {
                faults.keep(netconvert::targets::read_cars(scenario.find(cars)?, zones))?;
            }
        }
        PeopleInput::County { folder, cars, .. } => {
            let folder = scenario.find(folder)?;
            if let Some(zones) = zones {
                faults.keep(netconvert::county::read_controls(folder.join("controls.csv"), zones))?;
                if let Some(cars) = cars {
                    faults.keep(netconvert::targets::read_cars(scenario.find(cars)?, zones))?;
                }
            }
            let [households, persons] = ["households.csv", "persons.csv"].map(|name| folder.join(name));
            faults.keep(netconvert::county::read_households(households, persons))?;
        }
        PeopleInput::TripTable { file, start, end, .. } => {
            faults.keep(window(&scenario.file, start, end))?;
            let file = scenario.find(file)?;
            if is_tntp(&file) {
                faults.keep(netconvert::tntp::read_trips(file))?;
            }
        }
        PeopleInput::Plans { file, vehicles, facilities, .. } => {
            faults.keep(matsim::population::read_whole(scenario.find(file)?))?;
            if let Some(file) = vehicles {
                faults.keep(matsim::vehicles::read(scenario.find(file)?))?;
            }
            if let Some(file) = facilities {
                faults.keep(matsim::facilities::read_whole(scenario.find(file)?))?;
            }
        }
    }
    faults.none()
}

/// A trip table, by the ending of its name: TNTP, else CSV. Rows are (from, to, trips); nodes that the network does not have
/// are a fault, for trips that are silently gone would look like good traffic.
fn trip_table(path: &Path, source: &mut Source) -> Result<Vec<(NodeId, NodeId, f64)>> {
    if !is_tntp(path) {
        return netconvert::bpr::read_trips(path, &source.network);
    }
    let (table, more) = netconvert::tntp::read_trips(path)?;
    source.warnings.extend(more);
    netconvert::tntp::between_nodes(path, &table, &source.network)
}

/// Whether a trip table is one of TNTP, by the ending of its name.
fn is_tntp(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.ends_with(".tntp") || name.ends_with(".tntp.gz")
}

/// Residents of the MTC need its table of zones, which holds their totals.
fn no_zones(scenario: &Scenario) -> engine::Error {
    Fault::new(&scenario.file, "zones", "are missing").expected("[zones] format = \"mtc\"").into()
}

/// The time of the day in which a trip table departs, seconds since midnight: from `start` up to but not including
/// `end`, at most 24:00.
fn window(file: &Path, start: &str, end: &str) -> Result<(u32, u32)> {
    match (parse_hms(start), parse_hms(end)) {
        (Some(start_s), Some(end_s)) if start_s < end_s && end_s <= DAY_S => Ok((start_s, end_s)),
        _ => Err(Fault::new(file, "people", format!("departs from \"{start}\" to \"{end}\""))
            .expected("two times of the day, the first one earlier")
            .into()),
    }
}

/// One traveller a trip of the table; departures uniform over the window. A pair of T trips gets ⌊sample·T⌋ travellers or
/// one more, so that the total is right on average. Tables of a scenario draw apart from each other by their `number`.
fn from_table(
    path: &Path,
    table: &[(NodeId, NodeId, f64)],
    source: &Source,
    window: (u32, u32),
    scenario: &Scenario,
    number: usize,
) -> Result<Vec<Given>> {
    let (network, sample, seed) = (&source.network, scenario.config.sample, scenario.config.seed);
    // Each table has 2^40 draws of its own, more than it can have pairs or trips.
    let own = (number as u64) << 40;
    let mut given = Vec::new();
    require_ways(path, table, source)?;
    for (pair, &(from, to, trips)) in table.iter().enumerate() {
        // A trip within one zone is on no road of this network.
        if from == to {
            continue;
        }
        let ends = [connectors(path, network, from, End::Start)?, connectors(path, network, to, End::Stop)?];
        // The fraction of a trip is rounded by chance: of 2.3 trips come three with a chance of 0.3, else two.
        let round = draw(seed, Purpose::Sample, own + pair as u64, 0).uniform();
        for _ in 0..(trips * sample + round).floor() as u64 {
            let mut stream = draw(seed, Purpose::Demand, own + given.len() as u64, 0);
            let depart_s = window.0 + stream.below(window.1 - window.0);
            let [from, to] = ends.each_ref().map(|links| match links.len() as u32 {
                1 => links[0],
                n => links[stream.below(n) as usize],
            });
            given.push(one_trip(network, (from, to), depart_s));
        }
    }
    Ok(given)
}

/// Refuses a table with trips between nodes where no way leads from one to the other. Only roads with delay functions can lack
/// one: all others were cleaned. The table must be sorted by origin.
fn require_ways(path: &Path, table: &[(NodeId, NodeId, f64)], source: &Source) -> Result<()> {
    if source.bpr.is_none() {
        return Ok(());
    }
    let network = &source.network;
    let name = |node: NodeId| network.node(node).name.as_str();
    let mut without: Vec<(NodeId, NodeId, f64)> = Vec::new();
    for of_origin in table.chunk_by(|a, b| a.0 == b.0) {
        let reached = network.reached(&connectors(path, network, of_origin[0].0, End::Start)?, Mode::Car);
        for &(from, to, trips) in of_origin.iter().filter(|(from, to, trips)| from != to && *trips > 0.0) {
            if !connectors(path, network, to, End::Stop)?.iter().any(|link| reached[link.index()]) {
                without.push((from, to, trips));
            }
        }
    }
    let Some(&(from, to, trips)) = without.first() else { return Ok(()) };
    let record = format!("{} to {}", name(from), name(to));
    let more = match without.len() {
        1 => String::new(),
        n => format!(" (and {} more pairs are without one)", n - 1),
    };
    Err(Fault::new(path, record, format!("has {trips} trips, and no way leads there{more}"))
        .expected("a way for each trip; none leads through a zone before <FIRST THRU NODE>")
        .advice("add the road that is missing, or take the trips out")
        .into())
}

/// The end of a trip that a connector is for.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// Where it starts.
    Start,
    /// Where it stops.
    Stop,
}

/// The links that stand for a node of a trip table: the loop from the node to itself where there is one (the zones of TNTP
/// and BPR networks), else the links that end there and are open to cars. A trip starts and stops at the end of a link. A zone
/// with two loops has the first for trips that start and the last for those that stop, so that none drives through it.
fn connectors(path: &Path, network: &Network, node: NodeId, end: End) -> Result<Vec<LinkId>> {
    let mut loops = network.out_links(node).iter().copied().filter(|l| network.link(*l).to == node);
    let own = if end == End::Start { loops.next() } else { loops.next_back() };
    let ending = || {
        let all = network.in_links(node).iter().copied();
        let mut all: Vec<LinkId> = all.filter(|l| network.link(*l).modes.has(Mode::Car)).collect();
        all.sort_unstable();
        all
    };
    let links = own.map_or_else(ending, |own| vec![own]);
    if links.is_empty() {
        let record = format!("node {}", network.node(node).name);
        return Err(Fault::new(path, record, "no road for cars leads there")
            .expected("trips between nodes of the road network")
            .into());
    }
    Ok(links)
}

/// A traveller of whom only one trip by car is known. Its distance is the straight line between the middles of the two
/// links, metres; the driven distance is known only after routing.
fn one_trip(network: &Network, (from, to): (LinkId, LinkId), depart_s: u32) -> Given {
    let ((ax, ay), (bx, by)) = (network.middle(from), network.middle(to));
    let distance_m = engine::float::sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by)) as f32;
    let vehicle = ClassId::CAR;
    let trip = Trip { episode: 0, mode: Mode::Car, vehicle, depart_s, dwell_s: 0, from, to, distance_m };
    Given { trips: Trips(vec![trip]), ..Given::default() }
}

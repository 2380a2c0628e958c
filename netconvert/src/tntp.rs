//! TNTP, the format of the Transportation Networks for Research collection: `_net`, `_node`, `_trips`
//! and `_flow` files (README of bstabler/TransportationNetworks). Nodes are numbered from 1 and the
//! first `<NUMBER OF ZONES>` of them are the zones. The files do not tell their units, so [`Units`] must.
//!
//! | file | header | rows, each ended by `;` |
//! |---|---|---|
//! | `_net` | `<NUMBER OF ZONES>`, `<NUMBER OF NODES>`, `<FIRST THRU NODE>`, `<NUMBER OF LINKS>` | init node, term node, capacity, length, free-flow time, B, power, speed limit, toll, link type |
//! | `_node` | a line of words, or none | node, x, y |
//! | `_trips` | `<NUMBER OF ZONES>`, `<TOTAL OD FLOW>` (may be missing) | `Origin n`, then `destination : trips;` |
//! | `_flow` | a line of words, or none | from, to, volume, cost |
//!
//! Of a `_net` row the first seven numbers must be there; a toll that is missing is 0; the speed limit and the
//! type are not read. With `B` or the power 0 the time does not depend on the flow, and the capacity says nothing: such
//! a link (a connector, as a rule) holds nobody up in the queue model either. Lines that begin with `~` are comments. Numbers may be parted by blanks, tabs, commas,
//! colons or semicolons: the files of the collection differ.
//!
//! Begin with [`read_network`], which gives the network of the literature: cost functions, no lanes, no units of
//! the road. [`drivable`] makes of it a network for vehicles.

mod drive;
mod place;
mod units;

pub use drive::{between_nodes, drivable, flows_of};
pub use units::{Coordinates, Units, length_m, time_s};

use crate::bpr::OPEN_VPH;
use crate::limit::{Lines, lines};
use crate::road_class;
use crate::tally::Tally;
use engine::id::NodeId;
use engine::mode::ModeSet;
use engine::network::{Link, Network, Node, RoadClass};
use engine::projection::Crs;
use engine::{Error, Fault, Result, Warning};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most nodes of a network: a hostile header must not fill the memory.
pub const MOST_NODES: usize = 10_000_000;

/// Cost of a link after the Bureau of Public Roads: `t0 · (1 + b · (volume / capacity)^power)`.
///
/// It is the cost function of static assignment, for which the published equilibria hold. In the traffic
/// simulation a delay comes from the queue instead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bpr {
    /// Free-flow time as in the file, seconds; may be 0.
    pub free_s: f64,
    /// Factor `b`.
    pub b: f64,
    /// Exponent.
    pub power: f64,
    /// Toll, in the file's own unit.
    pub toll: f64,
}

/// A network with the cost functions of its links.
#[derive(Debug, Clone)]
pub struct Tntp {
    /// The network; the name of a node is its number, of a link `from-to` (and `-2` … for parallel links, the one
    /// of most capacity first).
    pub network: Network,
    /// Cost function of each link.
    pub bpr: Vec<Bpr>,
    /// Number of zones: the first so many nodes.
    pub n_zones: usize,
    /// First node that traffic may pass through; the nodes before it are origins and destinations only.
    pub first_thru_node: NodeId,
}

/// Reads a network and, where given, the coordinates of its nodes.
///
/// The free speed is length over free-flow time. A length of 0 becomes the straight line between the nodes
/// (at least 1 m); a time of 0 gets the fastest speed of the file: both are counted as warnings, and
/// [`Bpr::free_s`] keeps what the file says. Without a node file all nodes lie at (0, 0). What the coordinates of a node file
/// are is said by [`Units::coordinates`], or told by the lengths of the links ([`Coordinates::Untold`]).
///
/// # Errors
/// A [`Fault`] with the line for a row that cannot be read, an unknown node, a negative number, or fewer or
/// more links than the header says.
pub fn read_network(
    net: impl AsRef<Path>,
    node: Option<&Path>,
    units: &Units,
) -> Result<(Tntp, Vec<Warning>)> {
    let net = net.as_ref();
    units::check(net, units)?;
    let mut reader = Reader::open(net)?;
    let mut rows = Vec::new();
    while let Some((line, numbers)) = reader.row(7)? {
        rows.push(Row { line, numbers });
    }
    let n_nodes = reader.count("NUMBER OF NODES")?;
    let n_zones = reader.count("NUMBER OF ZONES")?;
    let n_links = reader.count("NUMBER OF LINKS")?;
    let first_thru = reader.count("FIRST THRU NODE")?;
    // Nothing marks the end of the rows: a file that is cut at the end of a line is found by this count only.
    if rows.len() != n_links {
        return Err(Fault::new(net, "", format!("holds {} links", rows.len()))
            .expected(format!("{n_links}, as <NUMBER OF LINKS> says"))
            .advice("the file may be truncated: fetch it again")
            .into());
    }
    if n_nodes > MOST_NODES || n_zones > n_nodes || first_thru == 0 || first_thru > n_nodes + 1 {
        let what =
            format!("has a header with {n_zones} zones, {n_nodes} nodes, first through node {first_thru}");
        return Err(Fault::new(net, "", what).expected("zones ≤ nodes and a node number").into());
    }
    let mut tally = Tally::new(net);
    let (crs, points, doubt) = match node {
        Some(path) => {
            let points = place::read_nodes(path, n_nodes)?;
            place::place(path, points, &units.coordinates, &lengths(net, &rows, n_nodes, units)?)?
        }
        None => {
            tally.add("no node file was given; all nodes lie at (0, 0): the map is empty", "");
            (Crs::Plane, vec![(0.0, 0.0); n_nodes], None)
        }
    };
    let nodes: Vec<Node> = points
        .iter()
        .enumerate()
        .map(|(i, &(x_m, y_m))| Node { name: (i + 1).to_string(), x_m, y_m })
        .collect();
    let (links, bpr) = build_links(net, &rows, &nodes, units, &mut tally)?;
    let network = Network::new(&net.display().to_string(), crs, nodes, links, Vec::new())?;
    let tntp = Tntp { network, bpr, n_zones, first_thru_node: NodeId::new(first_thru - 1) };
    Ok((tntp, doubt.into_iter().chain(tally.into_warnings()).collect()))
}

/// One row of a `_net` file: from, to, capacity, length, time, b, power [, speed, toll, type].
struct Row {
    /// Line in the file, for messages.
    line: u64,
    numbers: Vec<f64>,
}

/// The lengths of the links and the nodes between which they hold.
fn lengths(net: &Path, rows: &[Row], n_nodes: usize, units: &Units) -> Result<Vec<place::Told>> {
    let told = |row: &Row| {
        let end = |at: usize| node_id(net, row.line, row.numbers[at], n_nodes).map(NodeId::index);
        Ok((row.numbers[3] * units.length_m, end(0)?, end(1)?))
    };
    rows.iter().map(told).collect()
}

/// Turns rows into links and cost functions, in the order of the rows; lengths and times of 0 as [`read_network`]
/// states. Lanes are 1 until [`drivable`] sets them, and the class is a guess ([`road_class::classify`]).
fn build_links(
    net: &Path,
    rows: &[Row],
    nodes: &[Node],
    units: &Units,
    tally: &mut Tally,
) -> Result<(Vec<Link>, Vec<Bpr>)> {
    let speed = |row: &Row| (row.numbers[3] * units.length_m) / (row.numbers[4] * units.time_s);
    let fastest = rows.iter().map(speed).filter(|v| v.is_finite() && *v > 0.0).fold(0.0, f64::max);
    // A file without any time: 50 km/h.
    let fastest = if fastest > 0.0 { fastest } else { 50.0 / 3.6 };
    let twins = twins(rows);
    tally.whole("links", rows.len() as u64);
    let (mut links, mut bpr) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for (row, n) in rows.iter().zip(twins) {
        let end = |at: usize| node_id(net, row.line, row.numbers[at], nodes.len());
        let (from, to) = (end(0)?, end(1)?);
        if let Some(negative) = row.numbers[2..7].iter().find(|n| **n < 0.0) {
            return Err(Fault::new(net, row.line, format!("holds {negative}"))
                .expected("no negative number")
                .into());
        }
        let twin = if n > 1 { format!("-{n}") } else { String::new() };
        let name = format!("{}-{}{twin}", from.0 + 1, to.0 + 1);
        let mut length_m = row.numbers[3] * units.length_m;
        if length_m == 0.0 {
            let (a, b) = (&nodes[from.index()], &nodes[to.index()]);
            length_m = ((a.x_m - b.x_m).powi(2) + (a.y_m - b.y_m).powi(2)).sqrt().max(1.0);
            tally.add("has length 0; the straight line (at least 1 m) was taken", format!("link {name}"));
        }
        let free_s = row.numbers[4] * units.time_s;
        let mut freespeed_mps = length_m / free_s;
        if free_s == 0.0 {
            freespeed_mps = fastest;
            tally
                .add("has free-flow time 0; the fastest speed of the file was taken", format!("link {name}"));
        }
        // The time of such a link does not depend on the flow. Files then write any capacity, often 1.
        let mut capacity_vph = row.numbers[2] / units.period_h;
        if row.numbers[5] == 0.0 || row.numbers[6] == 0.0 {
            capacity_vph = OPEN_VPH;
            tally.part(
                "links",
                "has b = 0 or power = 0: its capacity was not used, it holds nobody up",
                &name,
            );
        }
        links.push(Link {
            name,
            from,
            to,
            length_m,
            freespeed_mps,
            capacity_vph,
            lanes: 1.0,
            modes: ModeSet::CAR,
            class: RoadClass::Local,
            route: None,
            street: None,
            shape: Vec::new(),
        });
        let toll = row.numbers.get(8).copied().unwrap_or(0.0);
        bpr.push(Bpr { free_s, b: row.numbers[5], power: row.numbers[6], toll });
    }
    let classes = road_class::classify(nodes.len(), &links);
    for (link, class) in links.iter_mut().zip(classes) {
        link.class = class;
    }
    Ok((links, bpr))
}

/// Which of the links between its nodes each row is, from 1: by falling numbers, not by the order of the rows.
/// Two copies of one network whose rows stand in another order then give the same names, and so the same results.
fn twins(rows: &[Row]) -> Vec<usize> {
    let falling = |a: &usize, b: &usize| {
        let pairs = rows[*b].numbers.iter().zip(&rows[*a].numbers);
        pairs.map(|(x, y)| x.total_cmp(y)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(falling);
    let ends = |row: usize| [rows[row].numbers[0], rows[row].numbers[1]];
    let mut twins = vec![1; rows.len()];
    for pair in order.windows(2).filter(|pair| ends(pair[0]) == ends(pair[1])) {
        twins[pair[1]] = twins[pair[0]] + 1;
    }
    twins
}

/// The id of a node number, which must be whole and from 1 to `n_nodes`; `line` is for the message.
fn node_id(path: &Path, line: u64, number: f64, n_nodes: usize) -> Result<NodeId> {
    if number.fract() == 0.0 && number >= 1.0 && number <= n_nodes as f64 {
        return Ok(NodeId::new(number as usize - 1));
    }
    Err(Fault::new(path, line, format!("names node {number}"))
        .expected(format!("a whole number from 1 to {n_nodes}"))
        .into())
}

/// Trips from zone to zone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Number of the origin zone, from 1.
    pub from: u32,
    /// Number of the destination zone, from 1.
    pub to: u32,
    /// Trips in the period of the file; zeros are kept.
    pub trips: f64,
}

/// Reads a trip table, in the order of the file. A sum that differs from `<TOTAL OD FLOW>` by more than
/// 0.1 % is a warning.
///
/// A line may hold several destinations, and an origin several lines. Intrazonal trips and zeros are kept as they
/// stand. The tolerance is for totals that the files give rounded.
///
/// # Errors
/// A [`Fault`] with the line for a cell that cannot be read or a zone outside the header's number.
pub fn read_trips(path: impl AsRef<Path>) -> Result<(Vec<Demand>, Vec<Warning>)> {
    let path = path.as_ref();
    let mut reader = Reader::open(path)?;
    let mut demands = Vec::new();
    let mut origin = None;
    while let Some((line, text)) = reader.line()? {
        let fault = |what: &str| {
            let what: String = what.chars().take(80).collect();
            Fault::new(path, line, format!("cannot be read: \"{}\"", what.trim()))
                .expected("`Origin 1` or `2 : 100.0;`")
        };
        if let Some(number) = text.strip_prefix("Origin") {
            origin = Some(number.trim().parse::<u32>().map_err(|_| fault(&text))?);
            continue;
        }
        for cell in text.split(';').map(str::trim).filter(|c| !c.is_empty()) {
            let (to, trips) = cell.split_once(':').ok_or_else(|| fault(cell))?;
            let (to, trips) = (to.trim().parse::<u32>(), trips.trim().parse::<f64>());
            let (Ok(to), Ok(trips), Some(from)) = (to, trips, origin) else { return Err(fault(cell).into()) };
            if !(trips.is_finite() && trips >= 0.0) {
                return Err(fault(cell).into());
            }
            demands.push(Demand { from, to, trips });
        }
    }
    let n_zones = reader.count("NUMBER OF ZONES")?;
    if let Some(bad) = demands.iter().find(|d| [d.from, d.to].iter().any(|&z| z == 0 || z as usize > n_zones))
    {
        return Err(Fault::new(path, "", format!("has trips from zone {} to {}", bad.from, bad.to))
            .expected(format!("zones from 1 to {n_zones}"))
            .into());
    }
    let mut tally = Tally::new(path);
    let sum: f64 = demands.iter().map(|d| d.trips).sum();
    if let Some(told) = reader.metadata.get("TOTAL OD FLOW").and_then(|t| t.parse::<f64>().ok())
        && (sum - told).abs() > 0.001 * told.abs()
    {
        tally.add(format!("its trips sum to {sum} while <TOTAL OD FLOW> says {told}"), "");
    }
    Ok((demands, tally.into_warnings()))
}

/// A link of a solution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    /// Number of the start node, from 1.
    pub from: u32,
    /// Number of the end node, from 1.
    pub to: u32,
    /// Vehicles in the period.
    pub volume: f64,
    /// Cost at that volume, in the file's own unit.
    pub cost: f64,
}

/// Reads a `_flow` file: the best-known user equilibrium.
///
/// Rows may name the links of the network in any order; [`flows_of`] brings them into that of the network.
///
/// # Errors
/// A [`Fault`] with the line for a row that cannot be read.
pub fn read_flows(path: impl AsRef<Path>) -> Result<Vec<Flow>> {
    let path = path.as_ref();
    let mut reader = Reader::open(path)?;
    let mut flows = Vec::new();
    while let Some((line, numbers)) = reader.row(4)? {
        let node = |at: usize| node_id(path, line, numbers[at], MOST_NODES).map(|id| id.0 + 1);
        flows.push(Flow { from: node(0)?, to: node(1)?, volume: numbers[2], cost: numbers[3] });
    }
    Ok(flows)
}

/// Lines of a TNTP file without comments, with its metadata set aside.
struct Reader {
    /// The file, for messages.
    path: PathBuf,
    lines: Lines,
    /// Values by name, in capitals whatever the file writes. A line of the form `<NAME> value` is metadata
    /// wherever it stands; `<END OF METADATA>` is one with an empty value.
    metadata: BTreeMap<String, String>,
    /// Lines of data so far: only the first of them may be a header of words.
    n_rows: u64,
}

impl Reader {
    /// Opens the file, plain or compressed, at its first line.
    fn open(path: &Path) -> Result<Self> {
        Ok(Self { path: path.to_path_buf(), lines: lines(path)?, metadata: BTreeMap::new(), n_rows: 0 })
    }

    /// The next line that is neither empty, comment nor metadata, without blanks around it.
    fn line(&mut self) -> Result<Option<(u64, String)>> {
        while let Some((number, line)) = self.lines.advance()? {
            let line = line.trim();
            if line.is_empty() || line.starts_with('~') {
                continue;
            }
            if let Some((name, value)) = line.strip_prefix('<').and_then(|l| l.split_once('>')) {
                self.metadata.insert(name.trim().to_uppercase(), value.trim().to_string());
                continue;
            }
            return Ok(Some((number, line.to_string())));
        }
        Ok(None)
    }

    /// The next row of at least `least` numbers. A first row of words is a header and is passed over.
    fn row(&mut self, least: usize) -> Result<Option<(u64, Vec<f64>)>> {
        while let Some((line, text)) = self.line()? {
            self.n_rows += 1;
            let cells: Vec<&str> = text
                .split(|c: char| c.is_whitespace() || c == ';' || c == ':' || c == ',')
                .filter(|c| !c.is_empty())
                .collect();
            if cells.is_empty() || (self.n_rows == 1 && cells[0].parse::<f64>().is_err()) {
                continue;
            }
            let mut numbers = Vec::with_capacity(cells.len());
            for cell in &cells {
                match cell.parse::<f64>() {
                    Ok(number) if number.is_finite() => numbers.push(number),
                    _ => return Err(self.bad_row(line, &text, least)),
                }
            }
            if numbers.len() < least {
                return Err(self.bad_row(line, &text, least));
            }
            return Ok(Some((line, numbers)));
        }
        Ok(None)
    }

    /// A fault with the beginning of the row.
    fn bad_row(&self, line: u64, text: &str, least: usize) -> Error {
        let text: String = text.chars().take(80).collect();
        Fault::new(&self.path, line, format!("cannot be read: \"{text}\""))
            .expected(format!("at least {least} numbers"))
            .into()
    }

    /// A whole number of the metadata, e.g. `NUMBER OF LINKS`.
    fn count(&self, name: &str) -> Result<usize> {
        let value = self.metadata.get(name).ok_or_else(|| {
            Fault::new(&self.path, "", format!("has no <{name}>")).expected("TNTP metadata before the rows")
        })?;
        let fault =
            || Fault::new(&self.path, "", format!("<{name}> is \"{value}\"")).expected("a whole number");
        Ok(value.parse().map_err(|_| fault())?)
    }
}

#[cfg(test)]
pub(crate) mod tests;

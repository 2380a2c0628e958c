//! Networks as two tables, one of nodes and one of directed links, with any column names.
//!
//! The readers of the Bay Area's files ([`crate::bay_area`]) and of the county's own tables ([`crate::county`])
//! are this one with other [`Columns`]: a third such format needs no code, only names and units. Every link is
//! one direction, and a road for both has two rows.

use crate::limit::{self, Csv, Row};
use crate::road_class;
use crate::streets::Streets;
use crate::tally::Tally;
use engine::id::NodeId;
use engine::mode::{Mode, ModeSet};
use engine::network::{Link, Network, Node, RoadClass};
use engine::projection::{Crs, Projection};
use engine::{Fault, Result, Warning, float};
use std::collections::BTreeMap;
use std::path::Path;

/// What the two columns of a node's place hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coordinates {
    /// Longitude and latitude, WGS 84. Projected to the given system, or to the UTM zone of the data.
    Degrees,
    /// Metres of the given system.
    Metres,
}

/// The names of the columns, and their units. A column that is `None` is not read.
#[derive(Debug, Clone)]
pub struct Columns {
    /// What `x` and `y` hold.
    pub coordinates: Coordinates,
    /// Nodes: unique name.
    pub node: &'static str,
    /// Nodes: longitude or east.
    pub x: &'static str,
    /// Nodes: latitude or north.
    pub y: &'static str,
    /// Links: unique name.
    pub link: &'static str,
    /// Links: name of the start node.
    pub from: &'static str,
    /// Links: name of the end node.
    pub to: &'static str,
    /// Links: length in metres.
    pub length_m: &'static str,
    /// Links: free speed …
    pub speed: &'static str,
    /// … and how many metres per second one unit of it is.
    pub speed_unit_mps: f64,
    /// Links: lanes.
    pub lanes: &'static str,
    /// Links: capacity of all lanes, vehicles per hour. Without it: [`road_class::capacity_vph`].
    pub capacity_vph: Option<&'static str>,
    /// Links: name of the functional class. Without it: [`road_class::classify`].
    pub class: Option<&'static str>,
    /// Links: modes, MATSim's names with commas or blanks between them. Without it: cars.
    pub modes: Option<&'static str>,
    /// Links: route number and its direction (`N`, `S`, `E`, `W`); both may be empty.
    pub route: Option<(&'static str, &'static str)>,
    /// Links: name of the street; the cell may be empty, and the column absent.
    pub street: Option<&'static str>,
    /// Links: points between the ends as `x y;x y`, metres; may be empty.
    pub shape: Option<&'static str>,
}

/// Reads a network from a table of nodes and a table of links.
///
/// `crs`: the system of the result; needed for [`Coordinates::Metres`], for degrees `None` takes the UTM
/// zone at the middle of the nodes.
///
/// Kept, with a warning that counts them: parallel links, loops, and links that are more than 2 % and 5 m shorter
/// than the straight line between their nodes. They occur in real networks (parallel carriageways, turning loops,
/// rounded coordinates), but a file full of them has the wrong unit or the wrong columns.
///
/// # Errors
/// A [`Fault`] `file:line` for a missing column, a cell that is no number, a length, speed or number of
/// lanes that is not positive, a name that occurs twice, a link to an unknown node, degrees outside the
/// Earth, and metres that can only be degrees.
pub fn read(
    nodes_csv: impl AsRef<Path>,
    links_csv: impl AsRef<Path>,
    columns: &Columns,
    crs: Option<Crs>,
) -> Result<(Network, Vec<Warning>)> {
    let (nodes_csv, links_csv) = (nodes_csv.as_ref(), links_csv.as_ref());
    let (mut nodes, ids) = read_nodes(nodes_csv, columns)?;
    let crs = place_nodes(nodes_csv, &mut nodes, columns.coordinates, crs)?;
    let mut tally = Tally::new(links_csv);
    let links = read_links(links_csv, columns, &nodes, &ids, &mut tally)?;
    let network = Network::new(&links_csv.display().to_string(), crs, nodes, links, Vec::new())?;
    Ok((network, tally.into_warnings()))
}

/// Nodes in the order of the file, still in its coordinates, and the number of each name.
fn read_nodes(path: &Path, columns: &Columns) -> Result<(Vec<Node>, BTreeMap<String, NodeId>)> {
    let mut table = limit::csv(path)?;
    let (name, x, y) = (table.column(columns.node)?, table.column(columns.x)?, table.column(columns.y)?);
    let (mut nodes, mut ids) = (Vec::new(), BTreeMap::new());
    while let Some(row) = table.advance()? {
        let node = Node { name: row.text(name).to_string(), x_m: row.number(x)?, y_m: row.number(y)? };
        let degrees = (-180.0..=180.0).contains(&node.x_m) && (-90.0..=90.0).contains(&node.y_m);
        if columns.coordinates == Coordinates::Degrees && !degrees {
            return Err(row.fault(x, "longitude and latitude in degrees").into());
        }
        if node.name.is_empty() || ids.insert(node.name.clone(), NodeId::new(nodes.len())).is_some() {
            return Err(row.fault(name, "a name that no other node has").into());
        }
        nodes.push(node);
    }
    if nodes.is_empty() {
        return Err(Fault::new(path, "", "holds no node").expected("at least one row").into());
    }
    Ok((nodes, ids))
}

/// Turns degrees into metres where that is what was read; refuses metres that can only be degrees.
fn place_nodes(path: &Path, nodes: &mut [Node], held: Coordinates, crs: Option<Crs>) -> Result<Crs> {
    let range = |value: fn(&Node) -> f64| {
        let values = nodes.iter().map(value);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((west, east), (south, north)) = (range(|n| n.x_m), range(|n| n.y_m));
    match (held, crs) {
        (Coordinates::Degrees, Some(Crs::Plane)) => Err(Fault::new(path, "", "holds degrees")
            .expected("a projected system for them, not a plane")
            .advice("leave the crs out to get the UTM zone of the data")
            .into()),
        (Coordinates::Degrees, crs) => {
            let crs = match crs {
                Some(crs) => crs,
                None => Crs::utm((west + east) / 2.0, (south + north) / 2.0)?,
            };
            let projection = Projection::new(&crs)?;
            for node in nodes {
                (node.x_m, node.y_m) = projection.to_metres(node.x_m, node.y_m)?;
            }
            Ok(crs)
        }
        (Coordinates::Metres, None) => Err(Fault::new(path, "", "holds metres of an unknown system")
            .expected("a crs, as EPSG:<code> or \"plane\"")
            .into()),
        (Coordinates::Metres, Some(crs @ Crs::Epsg(_)))
            if west >= -180.0 && east <= 180.0 && south >= -90.0 && north <= 90.0 =>
        {
            Err(Fault::new(path, "", format!("holds longitudes and latitudes, not metres of {crs}"))
                .advice("read it as degrees")
                .into())
        }
        (Coordinates::Metres, Some(crs)) => Ok(crs),
    }
}

/// Positions of the link columns in one table.
struct Positions {
    link: usize,
    from: usize,
    to: usize,
    length: usize,
    speed: usize,
    lanes: usize,
    capacity: Option<usize>,
    class: Option<usize>,
    modes: Option<usize>,
    route: Option<(usize, usize)>,
    street: Option<usize>,
    shape: Option<usize>,
}

impl Positions {
    /// Finds the columns in the header; one that [`Columns`] names must be there.
    fn find(table: &Csv, columns: &Columns) -> Result<Self> {
        let optional = |name: Option<&str>| name.map(|n| table.column(n)).transpose();
        Ok(Self {
            link: table.column(columns.link)?,
            from: table.column(columns.from)?,
            to: table.column(columns.to)?,
            length: table.column(columns.length_m)?,
            speed: table.column(columns.speed)?,
            lanes: table.column(columns.lanes)?,
            capacity: optional(columns.capacity_vph)?,
            class: optional(columns.class)?,
            modes: optional(columns.modes)?,
            route: match columns.route {
                Some((number, direction)) => Some((table.column(number)?, table.column(direction)?)),
                None => None,
            },
            street: columns.street.and_then(|name| table.find(name)),
            shape: optional(columns.shape)?,
        })
    }
}

/// Reads the links, then gives class and capacity to those that come without them, in this order, because the
/// capacity follows from the class.
fn read_links(
    path: &Path,
    columns: &Columns,
    nodes: &[Node],
    ids: &BTreeMap<String, NodeId>,
    tally: &mut Tally,
) -> Result<Vec<Link>> {
    let mut table = limit::csv(path)?;
    let at = Positions::find(&table, columns)?;
    let (mut links, mut streets) = (Vec::<Link>::new(), Streets::default());
    let mut names = BTreeMap::new();
    let mut pairs = BTreeMap::new();
    while let Some(row) = table.advance()? {
        let mut link = read_link(row, &at, columns, ids)?;
        link.street = streets.of(row.text_if(at.street));
        if link.name.is_empty() || names.insert(link.name.clone(), ()).is_some() {
            return Err(row.fault(at.link, "a name that no other link has").into());
        }
        if pairs.insert((link.from, link.to), ()).is_some() {
            tally.add("link is parallel to an earlier one (same nodes, same direction), kept", row.line());
        }
        if link.from == link.to {
            tally.add("link begins and ends at the same node, kept", row.line());
        }
        let (a, b) = (&nodes[link.from.index()], &nodes[link.to.index()]);
        let straight_m = float::sqrt((a.x_m - b.x_m) * (a.x_m - b.x_m) + (a.y_m - b.y_m) * (a.y_m - b.y_m));
        if link.length_m < 0.98 * straight_m - 5.0 {
            tally.add("link is over 2 % shorter than the straight line between its nodes, kept", row.line());
        }
        links.push(link);
    }
    if columns.class.is_none() {
        let classes = road_class::classify(nodes.len(), &links);
        for (link, class) in links.iter_mut().zip(classes) {
            link.class = class;
        }
    }
    if columns.capacity_vph.is_none() {
        for link in &mut links {
            link.capacity_vph = road_class::capacity_vph(link);
        }
    }
    Ok(links)
}

/// One row without its street. A capacity of 1 and the class of a local street stand in where the table has no such column.
fn read_link(
    row: Row<'_>,
    at: &Positions,
    columns: &Columns,
    ids: &BTreeMap<String, NodeId>,
) -> Result<Link> {
    let node = |column: usize| -> Result<NodeId> {
        ids.get(row.text(column)).copied().ok_or_else(|| row.fault(column, "the name of a node").into())
    };
    let positive = |column: usize| -> Result<f64> {
        match row.number(column)? {
            number if number > 0.0 => Ok(number),
            _ => Err(row.fault(column, "a positive number").advice("mend the row or drop the link").into()),
        }
    };
    Ok(Link {
        name: row.text(at.link).to_string(),
        from: node(at.from)?,
        to: node(at.to)?,
        length_m: positive(at.length)?,
        freespeed_mps: positive(at.speed)? * columns.speed_unit_mps,
        capacity_vph: at.capacity.map_or(Ok(1.0), positive)?,
        lanes: positive(at.lanes)?,
        modes: at.modes.map_or(Ok(ModeSet::CAR), |column| read_modes(row, column))?,
        class: at.class.map_or(Ok(RoadClass::Local), |column| read_class(row, column))?,
        route: at.route.map_or(Ok(None), |columns| read_route(row, columns))?,
        street: None,
        shape: at.shape.map_or(Ok(Vec::new()), |column| read_shape(row, column))?,
    })
}

/// MATSim's names of modes; one that is not known is refused, because only tables of Wayfare's own
/// have the column.
fn read_modes(row: Row<'_>, column: usize) -> Result<ModeSet> {
    let mut modes = ModeSet::default();
    for name in row.text(column).split([',', ' ', ';']).filter(|n| !n.is_empty()) {
        let mode = Mode::parse(name).ok_or_else(|| row.fault(column, "car, ride, pt, bike or walk"))?;
        modes = modes.with(mode);
    }
    Ok(modes)
}

/// The name of a class, as [`RoadClass::name`] gives it.
fn read_class(row: Row<'_>, column: usize) -> Result<RoadClass> {
    let text = row.text(column);
    let found = RoadClass::ALL.into_iter().find(|class| class.name() == text);
    found.ok_or_else(|| row.fault(column, "freeway, ramp, arterial, collector or local").into())
}

/// A route number and its direction, or nothing when both cells are empty.
pub(crate) fn read_route(row: Row<'_>, columns: (usize, usize)) -> Result<Option<(String, char)>> {
    let (number, direction) = (row.text(columns.0), row.text(columns.1));
    match (number, direction) {
        ("", "") => Ok(None),
        (number, "N" | "S" | "E" | "W") if !number.is_empty() => {
            Ok(direction.chars().next().map(|d| (number.to_string(), d)))
        }
        _ => Err(row.fault(columns.1, "N, S, E or W beside a route number, or both empty").into()),
    }
}

/// Points between the ends; an empty cell is a straight link.
fn read_shape(row: Row<'_>, column: usize) -> Result<Vec<(f32, f32)>> {
    let points = row.text(column).split(';').filter(|p| !p.trim().is_empty()).map(|point| {
        let mut parts = point.split_whitespace().map(str::parse::<f32>);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(Ok(x)), Some(Ok(y)), None) if x.is_finite() && y.is_finite() => Some((x, y)),
            _ => None,
        }
    });
    points.collect::<Option<_>>().ok_or_else(|| row.fault(column, "points as \"x y;x y\" in metres").into())
}

//! GMNS, the General Modeling Network Specification (zephyr-data-specs/GMNS 0.9x): a folder with
//! `node.csv`, `link.csv` and, where there is one, `config.csv` (units). Each may be gzipped
//! (`node.csv.gz`). Not read: `zone.csv`, `geometry.csv` (only the `geometry` column of `link.csv`),
//! `movement.csv` and the other tables of the specification.
//!
//! What is read, by name; the order of columns is free, and columns that are not listed are passed over:
//!
//! | file | must be there | may be there |
//! |---|---|---|
//! | `node.csv` | `node_id`, `x_coord`, `y_coord` | – |
//! | `link.csv` | `link_id`, `from_node_id`, `to_node_id`, `free_speed` (its cells may be empty) | `directed`, `dir_flag`, `geometry`, `length`, `lanes`, `capacity`, `allowed_uses`, `facility_type`, `link_type_name`, `osm_highway`, `wayfare_route`, `name` |
//! | `config.csv` | – | `long_length`, `speed`, `crs`, of its first row |
//!
//! An empty cell stands for "missing" (of `allowed_uses`: cars, or who uses a railway or path by its type). `link_type_name` and `osm_highway` are not in the specification:
//! converters from OpenStreetMap add them. `wayfare_route` is our own column (direction and number, `N 101`),
//! because the specification has no field for the number of a route. `name` is the name of the street.
//!
//! **Ignored**: tolls, grades, parking, bicycle and pedestrian facilities, zones, movements, times of day.
//! **Left out and told with its share**: words of `allowed_uses` that are no mode of ours (`truck`); those that are not known stop the
//! work above 5 % of all. **Assumed and told with its share**: a missing speed, length, number of lanes or capacity; one unit of length by the
//! geometry, one of speed beside it ([`length_unit`], [`speed_unit`] for what may be said instead). **Refused**, with file and
//! line: a missing column, a number that is none or not positive, an unknown node, an id that stands twice, a geometry that is
//! no `LINESTRING`; and lengths of which no unit fits the geometry.
//!
//! Begin with [`read`]: it reads units, nodes and links in this order, because a link needs the places of its
//! nodes (a missing length is measured) and the units (a length is turned into metres).

mod units;
mod uses;
mod write;

pub use units::{length_unit, speed_unit};
pub use write::write;

use crate::code;
use crate::limit::{Csv, Row, csv};
use crate::matsim::network::class_of_type;
use crate::osm;
use crate::road_class;
use crate::streets::Streets;
use crate::tally::Tally;
use engine::id::{LinkId, NodeId};
use engine::network::{Link, Network, Node, RoadClass};
use engine::projection::{Crs, Projection};
use engine::{Fault, Result, Warning, disk};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// The use of a link that is open to nobody: an empty cell means cars.
const NOBODY: &str = "none";

/// What a folder's numbers mean, where its `config.csv` does not tell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// System of the result. Coordinates in degrees are projected to it (`None` = their UTM zone);
    /// coordinates in metres are in it.
    pub crs: Option<Crs>,
    /// Metres in one unit of `length`. `None`: `config.csv`, else what the geometry shows, with a warning.
    pub length_m: Option<f64>,
    /// Metres per second in one unit of `free_speed`. `None`: `config.csv`, else what goes with the lengths, with a warning.
    pub speed_mps: Option<f64>,
}

/// Reads a network.
///
/// `capacity` is vehicles an hour and lane, as the specification says; where it is empty, it follows from
/// the class ([`road_class::capacity_vph`]); where `lanes` is empty, one is taken; where `length` is empty
/// or 0, the length of the geometry; where `free_speed` is empty, the default of the type ([`osm::class_defaults`]). The class is that of `facility_type`, `link_type_name` or
/// `osm_highway`, else a guess ([`road_class::classify`]). A link that is not `directed` (or has
/// `dir_flag` 0) becomes two, the second named `…-back`. Whatever was assumed is counted as a warning, and so
/// is a set of lengths that does not fit the coordinates (wrong unit). Ids that are whole numbers may be written `1.0` in one
/// table and `1` in the other.
///
/// # Errors
/// A [`Fault`] `file:line` for a missing column, a cell that is no number, a name twice, an unknown node, a
/// number that is not positive, geometry that is no `LINESTRING`, or lengths without a unit that fits the geometry.
pub fn read(folder: impl AsRef<Path>, options: &Options) -> Result<(Network, Vec<Warning>)> {
    let folder = folder.as_ref();
    let (node_path, link_path) = (table(folder, "node")?, table(folder, "link")?);
    let tally = Tally::new(&link_path);
    let config = Config::read(folder, options)?;
    let (names, points) = read_nodes(&node_path)?;
    let (crs, projection) = system(&node_path, &points, &config)?;
    let project = |(x, y): (f64, f64)| match &projection {
        Some(projection) => projection.to_metres(x, y),
        None => Ok((x, y)),
    };
    let mut nodes = Vec::with_capacity(names.len());
    for (name, point) in names.iter().zip(&points) {
        let (x_m, y_m) = project(*point)?;
        nodes.push(Node { name: name.clone(), x_m, y_m });
    }
    let mut draft = Draft {
        ids: names.iter().enumerate().map(|(i, n)| (n.clone(), NodeId::new(i))).collect(),
        nodes,
        config,
        defaults: osm::class_defaults(),
        links: Vec::new(),
        names: HashSet::new(),
        told: Vec::new(),
        no_capacity: Vec::new(),
        streets: Streets::default(),
        tally,
    };
    draft.read_links(&link_path, &project)?;
    draft.finish(&link_path, crs)
}

/// `folder/name.csv`, or `.csv.gz`.
fn table(folder: &Path, name: &str) -> Result<PathBuf> {
    table_if(folder, name)?.ok_or_else(|| {
        let fault = Fault::new(folder, "", format!("has no {name}.csv"));
        fault.expected("a GMNS folder with node.csv and link.csv").into()
    })
}

/// The plain file goes before the packed one; `None` where the folder has neither.
fn table_if(folder: &Path, name: &str) -> Result<Option<PathBuf>> {
    let found = disk::list(folder)?;
    let is = |path: &&PathBuf, ending: &str| {
        path.file_name().is_some_and(|n| *n == *format!("{name}.csv{ending}"))
    };
    Ok(found.iter().find(|p| is(p, "")).or_else(|| found.iter().find(|p| is(p, ".gz"))).cloned())
}

/// Units and reference system of a folder.
#[derive(Debug, Clone)]
struct Config {
    /// Metres in one unit of the column `length`, where it is told.
    length_m: Option<f64>,
    /// Metres per second in one unit of the column `free_speed`, where it is told.
    speed_mps: Option<f64>,
    /// System of the coordinates, when `config.csv` or the user tells; degrees are `None`.
    crs: Option<Crs>,
}

impl Config {
    /// Units by this order: what the user said, the first row of `config.csv`. Links are
    /// given in the unit `long_length`; `short_length` is for widths, which are not read. EPSG:4326 in `crs`
    /// states degrees and so is no system to project to.
    ///
    /// # Errors
    /// A [`Fault`] for a unit that is not known, a unit that is not positive, or a reference system that is not
    /// known.
    fn read(folder: &Path, options: &Options) -> Result<Self> {
        let (mut length_m, mut speed_mps) = (options.length_m, options.speed_mps);
        let mut crs = options.crs.clone();
        if let Some(path) = table_if(folder, "config")? {
            let mut config = csv(&path)?;
            // A file of none of these is no config.csv, or its cells are not parted by commas.
            config.column_of(&[
                "long_length",
                "speed",
                "crs",
                "short_length",
                "dataset_name",
                "version_number",
            ])?;
            let columns = ["long_length", "speed", "crs"].map(|name| config.find(name));
            if let Some(row) = config.advance()? {
                if let (None, Some(column)) = (length_m, columns[0].filter(|c| !row.text(*c).is_empty())) {
                    let unit = length_unit(row.text(column));
                    length_m = Some(unit.ok_or_else(|| row.fault(column, "mile, km, m or ft"))?);
                }
                if let (None, Some(column)) = (speed_mps, columns[1].filter(|c| !row.text(*c).is_empty())) {
                    let unit = speed_unit(row.text(column));
                    speed_mps = Some(unit.ok_or_else(|| row.fault(column, "mph, kph or m/s"))?);
                }
                let system = row.text_if(columns[2]);
                if crs.is_none() && !system.is_empty() && !system.to_uppercase().contains("4326") {
                    crs = Some(Crs::parse(system).map_err(|e| row.row_fault(e.to_string()))?);
                }
            }
        }
        for (name, value) in [("length", length_m), ("speed", speed_mps)] {
            if let Some(value) = value
                && !(value.is_finite() && value > 0.0)
            {
                return Err(Fault::new(folder, "", format!("the unit of {name} is {value}")).into());
            }
        }
        Ok(Self { length_m, speed_mps, crs })
    }
}

/// Pairs of x and y as the file has them: degrees or metres.
type Points = Vec<(f64, f64)>;

/// Names and coordinates of the nodes in the order of the file, which is that of their ids.
///
/// # Errors
/// A [`Fault`] at the line for an empty or repeated `node_id`, or a coordinate that is no number.
fn read_nodes(path: &Path) -> Result<(Vec<String>, Points)> {
    let mut rows = csv(path)?;
    let [id, x, y] = [rows.column("node_id")?, rows.column("x_coord")?, rows.column("y_coord")?];
    let (mut names, mut points, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    while let Some(row) = rows.advance()? {
        let name = code::without_decimals(row.text(id)).to_string();
        if name.is_empty() || !seen.insert(name.clone()) {
            return Err(row.fault(id, "an id that no other node has").into());
        }
        names.push(name);
        points.push((row.number(x)?, row.number(y)?));
    }
    Ok((names, points))
}

/// The system of the result, and the projection to it when the coordinates are degrees.
///
/// Coordinates are degrees when all of them lie within ±180 and ±90, which no network in metres of a projected
/// system does; a drawing in metres that is as small must state `plane`. Without a stated system degrees go to
/// the UTM zone of the mean node; metres without one are refused, because nothing says where they are.
fn system(path: &Path, points: &Points, config: &Config) -> Result<(Crs, Option<Projection>)> {
    let degrees = points.iter().all(|(x, y)| x.abs() <= 180.0 && y.abs() <= 90.0);
    match (&config.crs, degrees) {
        (Some(Crs::Plane), _) => Ok((Crs::Plane, None)),
        (Some(crs), true) => Ok((crs.clone(), Some(Projection::new(crs)?))),
        (Some(crs), false) => {
            Projection::new(crs)?;
            Ok((crs.clone(), None))
        }
        (None, true) => {
            let n = points.len().max(1) as f64;
            let lon = points.iter().map(|p| p.0).sum::<f64>() / n;
            let lat = points.iter().map(|p| p.1).sum::<f64>() / n;
            let crs = Crs::utm(lon, lat)?;
            let projection = Projection::new(&crs)?;
            Ok((crs, Some(projection)))
        }
        (None, false) => {
            Err(Fault::new(path, "", "has coordinates that are no degrees, of an unknown system")
                .expected("longitude and latitude, or a \"crs\" in config.csv")
                .advice("tell the reference system, e.g. EPSG:32610")
                .into())
        }
    }
}

/// A network while its links are read.
struct Draft {
    /// Nodes in metres of the result's system, numbered as in the file.
    nodes: Vec<Node>,
    /// Number of each node, by `node_id`.
    ids: HashMap<String, NodeId>,
    config: Config,
    /// What is assumed of each OSM type.
    defaults: Vec<osm::ClassDefault>,
    /// Links so far, in the order of the file; the link back follows its own.
    links: Vec<Link>,
    /// Names of the links so far, to refuse a second one.
    names: HashSet<String>,
    /// What the file states of each link; the rest is found when all links are known.
    told: Vec<Told>,
    /// Links whose row has no capacity: it follows from the class, which may be a guess and so comes late.
    no_capacity: Vec<LinkId>,
    /// Names of streets so far.
    streets: Streets,
    /// What was assumed, by kind.
    tally: Tally,
}

/// What the row of a link states.
#[derive(Clone, Copy)]
struct Told {
    class: bool,
    /// Its length, which is in the unit of the file until `finish`.
    length: bool,
    /// Its speed, likewise.
    speed: bool,
}

/// Positions of the columns of `link.csv`; all but the first four may be missing.
struct Columns {
    id: usize,
    from: usize,
    to: usize,
    speed: usize,
    /// `false`, `f` or `0` (any case): the link may be driven in both directions. Anything else is one direction.
    directed: Option<usize>,
    /// 1: the geometry runs along the link; -1: against it; 0: the link may be driven in both directions.
    dir_flag: Option<usize>,
    /// WKT `LINESTRING` in the system of the nodes, ends included.
    geometry: Option<usize>,
    /// Length along the road, in the long unit of `config.csv`.
    length: Option<usize>,
    /// Lanes in the direction of the link.
    lanes: Option<usize>,
    /// Vehicles an hour and lane.
    capacity: Option<usize>,
    /// Modes, see [`uses::modes`].
    uses: Option<usize>,
    /// Direction and number of the route, with a blank between them.
    route: Option<usize>,
    /// Name of the street.
    street: Option<usize>,
    /// The three columns that may state the class, the surest first.
    classes: [Option<usize>; 3],
}

impl Columns {
    /// Finds the columns in the header.
    ///
    /// # Errors
    /// A [`Fault`] for a column that must be there and is not.
    fn of(rows: &Csv) -> Result<Self> {
        Ok(Self {
            id: rows.column("link_id")?,
            from: rows.column("from_node_id")?,
            to: rows.column("to_node_id")?,
            speed: rows.column("free_speed")?,
            directed: rows.find("directed"),
            dir_flag: rows.find("dir_flag"),
            geometry: rows.find("geometry"),
            length: rows.find("length"),
            lanes: rows.find("lanes"),
            capacity: rows.find("capacity"),
            uses: rows.find("allowed_uses"),
            route: rows.find("wayfare_route"),
            street: rows.find("name"),
            classes: ["facility_type", "link_type_name", "osm_highway"].map(|name| rows.find(name)),
        })
    }
}

impl Draft {
    /// Reads `link.csv`. Lanes, capacity, speed and modes of a link back are those of its row: the specification
    /// counts lanes by direction.
    ///
    /// # Errors
    /// See [`read`].
    fn read_links(&mut self, path: &Path, project: &dyn Fn((f64, f64)) -> Result<(f64, f64)>) -> Result<()> {
        let mut rows = csv(path)?;
        let columns = Columns::of(&rows)?;
        while let Some(row) = rows.advance()? {
            let (link, told) = self.read_link(row, &columns, project)?;
            let undirected =
                matches!(row.text_if(columns.directed).to_lowercase().as_str(), "false" | "0" | "f");
            let both = undirected || row.text_if(columns.dir_flag) == "0";
            let back = both.then(|| {
                let shape = link.shape.iter().rev().copied().collect();
                let name = format!("{}-back", link.name);
                Link { name, from: link.to, to: link.from, shape, ..link.clone() }
            });
            let no_capacity = row.text_if(columns.capacity).is_empty();
            for link in [Some(link), back].into_iter().flatten() {
                if !self.names.insert(link.name.clone()) {
                    return Err(row.fault(columns.id, "an id that no other link has").into());
                }
                if no_capacity {
                    self.no_capacity.push(LinkId::new(self.links.len()));
                }
                self.links.push(link);
                self.told.push(told);
            }
        }
        Ok(())
    }

    /// A link in the direction of its row, and whether its class is told.
    fn read_link(
        &mut self,
        row: Row<'_>,
        at: &Columns,
        project: &dyn Fn((f64, f64)) -> Result<(f64, f64)>,
    ) -> Result<(Link, Told)> {
        let name = code::without_decimals(row.text(at.id)).to_string();
        if name.is_empty() {
            return Err(row.fault(at.id, "an id").into());
        }
        let end = |column: usize| {
            let id = self.ids.get(code::without_decimals(row.text(column))).copied();
            id.ok_or_else(|| row.fault(column, "the id of a node of node.csv"))
        };
        let (from, to) = (end(at.from)?, end(at.to)?);
        let positive = |column: usize| -> Result<f64> {
            let number = row.number(column)?;
            if number > 0.0 { Ok(number) } else { Err(row.fault(column, "a positive number").into()) }
        };
        let positive_if = |column: Option<usize>| -> Result<Option<f64>> {
            column.filter(|c| !row.text(*c).is_empty()).map(positive).transpose()
        };
        let speed = positive_if(Some(at.speed))?;
        let freespeed_mps = speed.unwrap_or_else(|| {
            self.tally.part("links", "has no free speed; that of its type was taken", format!("link {name}"));
            self.default_mps(&row, at)
        });
        let lanes = positive_if(at.lanes)?.unwrap_or_else(|| {
            self.tally.part("links", "has no number of lanes; one was assumed", format!("link {name}"));
            1.0
        });
        // 1 stands in until `finish` knows the class; only links in `no_capacity` have it.
        let capacity_vph = positive_if(at.capacity)?.map_or(1.0, |of_lane| of_lane * lanes);
        let types = at.classes.iter().map(|c| row.text_if(*c));
        let modes = uses::modes(row.text_if(at.uses), types, &name, &mut self.tally);
        let shape = self.shape(row, at, project)?;
        let class = at.classes.iter().find_map(|c| class_of_type(row.text_if(*c)));
        let route =
            row.text_if(at.route).split_once(' ').and_then(|(d, n)| Some((n.to_string(), d.chars().next()?)));
        // 0 counts as missing, as an empty cell does; below 0 is a mistake.
        let told_m = row.number_if(at.length)?;
        if told_m.is_some_and(|m| m < 0.0) {
            return Err(row.fault(at.length.unwrap_or(0), "a positive number").into());
        }
        let told_m = told_m.filter(|m| *m > 0.0);
        let length_m = told_m.unwrap_or_else(|| {
            let what = "has no length; that of its geometry (at least 1 m) was taken";
            self.tally.part("links", what, format!("link {name}"));
            self.drawn_m(from, &shape, to).max(1.0)
        });
        let street = self.streets.of(row.text_if(at.street));
        let told = Told { class: class.is_some(), length: told_m.is_some(), speed: speed.is_some() };
        let class = class.unwrap_or(RoadClass::Local);
        let link = Link {
            name,
            from,
            to,
            length_m,
            freespeed_mps,
            capacity_vph,
            lanes,
            modes,
            class,
            route,
            street,
            shape,
        };
        Ok((link, told))
    }

    /// Free speed of the OSM type or class of a row ([`osm::class_defaults`]); that of a residential street
    /// where it names none.
    fn default_mps(&self, row: &Row<'_>, at: &Columns) -> f64 {
        let types = || at.classes.iter().map(|c| row.text_if(*c));
        let of_type = types().find_map(|kind| self.defaults.iter().find(|d| d.highway == kind));
        let of_class = || {
            let class = types().find_map(class_of_type).unwrap_or(RoadClass::Local);
            self.defaults.iter().find(|d| d.class == class)
        };
        of_type.or_else(of_class).map_or(15.0 / 3.6, |d| d.freespeed_mps)
    }

    /// The points between the ends; `dir_flag` -1 means that the geometry runs against the link.
    fn shape(
        &self,
        row: Row<'_>,
        at: &Columns,
        project: &dyn Fn((f64, f64)) -> Result<(f64, f64)>,
    ) -> Result<Vec<(f32, f32)>> {
        let (Some(column), text) = (at.geometry, row.text_if(at.geometry)) else { return Ok(Vec::new()) };
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let mut points = parse_line(text).ok_or_else(|| row.fault(column, "LINESTRING (x y, x y, …)"))?;
        if row.text_if(at.dir_flag) == "-1" {
            points.reverse();
        }
        let inner = points.len().saturating_sub(1).max(1);
        let inner = &points[1.min(points.len())..inner];
        inner.iter().map(|p| project(*p).map(|(x, y)| (x as f32, y as f32))).collect()
    }

    /// Length of a link along its points, metres.
    fn drawn_m(&self, from: NodeId, shape: &[(f32, f32)], to: NodeId) -> f64 {
        let node = |id: NodeId| (self.nodes[id.index()].x_m, self.nodes[id.index()].y_m);
        let inner = shape.iter().map(|&(x, y)| (f64::from(x), f64::from(y)));
        let points: Points = std::iter::once(node(from)).chain(inner).chain([node(to)]).collect();
        points.windows(2).map(|w| ((w[0].0 - w[1].0).powi(2) + (w[0].1 - w[1].1).powi(2)).sqrt()).sum()
    }

    /// Turns the lengths and speeds that rows state into metres and metres per second, by the units that are told, else by
    /// those that the geometry shows.
    fn measure(&mut self, path: &Path) -> Result<()> {
        let n = self.links.len() as u64;
        self.tally.whole("links", n);
        let told =
            |of: fn(&Told) -> bool| self.told.iter().enumerate().filter(move |(_, t)| of(t)).map(|(i, _)| i);
        let (lengths, speeds): (Vec<_>, Vec<_>) = (told(|t| t.length).collect(), told(|t| t.speed).collect());
        let length_m = match self.config.length_m {
            Some(unit) => unit,
            None => {
                let pair = |i: &usize| {
                    let l = &self.links[*i];
                    (l.length_m, self.drawn_m(l.from, &l.shape, l.to))
                };
                let (unit, said) = units::length_of(path, &lengths.iter().map(pair).collect::<Vec<_>>())?;
                self.tally.add(said, "");
                unit
            }
        };
        let speed_mps = self.config.speed_mps.unwrap_or_else(|| {
            let (unit, said) = units::speed_beside(length_m);
            if !speeds.is_empty() {
                self.tally.add(said, "");
            }
            unit
        });
        lengths.into_iter().for_each(|i| self.links[i].length_m *= length_m);
        speeds.into_iter().for_each(|i| self.links[i].freespeed_mps *= speed_mps);
        Ok(())
    }

    /// Guesses the classes that no row states ([`road_class::classify`] needs all links for it), then the
    /// capacities that follow from them, and compares the lengths with the map. Roads are somewhat longer than
    /// the lines between their points; a sum outside 0.8 to 1.6 times the drawn one is what miles taken for
    /// kilometres (0.62) or the reverse (1.61) give, not curves.
    fn finish(mut self, path: &Path, crs: Crs) -> Result<(Network, Vec<Warning>)> {
        self.measure(path)?;
        let guessed = road_class::classify(self.nodes.len(), &self.links);
        for (index, link) in self.links.iter_mut().enumerate().filter(|(i, _)| !self.told[*i].class) {
            link.class = guessed[index];
        }
        for &id in &self.no_capacity {
            let link = &mut self.links[id.index()];
            link.capacity_vph = road_class::capacity_vph(link);
            self.tally.part(
                "links",
                "has no capacity; that of its class was taken",
                format!("link {}", link.name),
            );
        }
        let told_m: f64 = self.links.iter().map(|l| l.length_m).sum();
        let drawn_m: f64 = self.links.iter().map(|l| self.drawn_m(l.from, &l.shape, l.to)).sum();
        let ratio = told_m / drawn_m;
        if drawn_m > 0.0 && !(0.8..1.6).contains(&ratio) {
            let what = format!(
                "the lengths are together {ratio:.3} times the geometry: is the unit of length right?"
            );
            self.tally.add(&what, "");
        }
        let network = Network::new(&path.display().to_string(), crs, self.nodes, self.links, Vec::new())?;
        Ok((network, self.tally.into_warnings()))
    }
}

/// The points of a WKT `LINESTRING`.
///
/// A third number (height) of a point is passed over. `None` for any other shape and for numbers that are not
/// finite.
fn parse_line(text: &str) -> Option<Points> {
    let (head, rest) = text.split_once('(')?;
    if !head.trim().eq_ignore_ascii_case("LINESTRING") {
        return None;
    }
    let point = |text: &str| {
        let mut numbers = text.split_whitespace().map(str::parse::<f64>);
        let (x, y) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        (x.is_finite() && y.is_finite()).then_some((x, y))
    };
    rest.trim_end().strip_suffix(')')?.split(',').map(point).collect()
}

#[cfg(test)]
mod tests;

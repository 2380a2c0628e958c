//! `network_v1.dtd`, `network_v2.dtd`. Road networks, as MATSim's tools make them from OpenStreetMap, from
//! planning models or by hand.
//!
//! | element | read | unit | not read |
//! |---|---|---|---|
//! | `<network>` | attribute `coordinateReferenceSystem` | – | `name` |
//! | `<links>` | `capperiod` or `capPeriod`; without it one hour | `HH:MM:SS` | `effectivecellsize`, `effectivelanewidth` |
//! | `<node>` | `id`, `x`, `y` | metres | `z`, `type`, `origid` |
//! | `<link>` | `id`, `from`, `to`, `length`, `freespeed`, `capacity`, `permlanes`, `modes`, `type` | m, m/s, vehicles in `capperiod`, lanes | `oneway` (each link is one direction), `origid` |
//! | link attributes | ours (`wayfare:…`), `disallowedNextLinks`, the OSM type under one of four names, `osm:way:name` | – | all others |
//!
//! All of the attributes of `<node>` that are read must be there, and all of `<link>` but `modes` (without it:
//! cars) and `type`. Files in use hold numbers that no road has (length 0, no lane, infinite speed, no capacity where no
//! car goes): these are mended and counted. Any other number that is not positive is refused, and so is a network in
//! degrees. `modes=""` is a link for nobody.

mod degrees;
mod write;

pub use write::{write, write_for};

use super::crs::{self, System};
use super::mode;
use crate::limit::{Token, Xml, xml};
use crate::road_class;
use crate::streets::Streets;
use crate::tally::Tally;
use engine::id::{LinkId, NodeId};
use engine::mode::{Mode, ModeSet};
use engine::network::{Link, Network, Node, RoadClass};
use engine::projection::Crs;
use engine::{Fault, Result, Warning, unit};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// Link attribute that keeps our road class.
const CLASS: &str = "wayfare:class";
/// Link attribute that keeps number and direction of a route.
const ROUTE: &str = "wayfare:route";
/// Link attribute that keeps the name of the street, as pt2matsim writes it.
const STREET: &str = "osm:way:name";
/// Link attribute that keeps the points between the nodes.
const SHAPE: &str = "wayfare:shape";
/// MATSim's link attribute for turns that are not allowed.
const TURNS: &str = "disallowedNextLinks";
/// Attributes in which networks made from OSM keep the `highway` tag, the surest first.
const OSM_TYPES: [&str; 4] = ["osm:way:highway", "highway", "type", "roadtype"];

/// Speed above which a link has no speed limit at all, metres per second; of aeroplanes and trains none is as fast.
const MOST_SPEED_MPS: f64 = 1000.0;
/// Speed of a link without a limit, metres per second.
const ENDLESS_SPEED_MPS: f64 = 100.0;

/// A network as its file has it.
#[derive(Debug)]
pub struct Reading {
    /// Nodes and links.
    pub network: Network,
    /// Modes of links that are none of ours, as the file names them: `truck`, `freight`. Those of legs that drive are told
    /// apart by it ([`mode`]).
    pub modes: BTreeSet<String>,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

/// Reads a network, plain or compressed.
///
/// Capacities are turned into vehicles an hour by `capperiod`. The road class is our own attribute when
/// the file came from us, else the OSM highway type where the file keeps one, else a guess by speed,
/// lanes and place ([`road_class::classify`]). Unknown modes are counted as warnings. Without the attribute
/// `coordinateReferenceSystem` the plane is nowhere ([`Crs::Plane`]); see [`read_in`].
///
/// # Errors
/// A [`Fault`] for XML that is not a network, an id twice, an unknown node, a number that is not positive,
/// a reference system that is not known or in degrees, or coordinates that look like degrees.
pub fn read(path: impl AsRef<Path>) -> Result<(Network, Vec<Warning>)> {
    read_in(path, None)
}

/// As [`read`], with the reference system given by the user, which wins over the file's.
///
/// Use it for files of version 1, which cannot state their system.
///
/// # Errors
/// As [`read`].
pub fn read_in(path: impl AsRef<Path>, crs: Option<Crs>) -> Result<(Network, Vec<Warning>)> {
    let Reading { network, warnings, .. } = read_whole(path, crs.map(System::Metres))?;
    Ok((network, warnings))
}

/// As [`read_in`], with the modes of the links that are none of ours.
///
/// # Errors
/// As [`read`].
pub fn read_whole(path: impl AsRef<Path>, system: Option<System>) -> Result<Reading> {
    let path = path.as_ref();
    let mut cursor = xml(path)?;
    let mut draft = Draft::new(path, system);
    while let Some(token) = cursor.advance()? {
        match token {
            Token::Open => draft.open(&cursor)?,
            Token::Close => draft.close(&cursor)?,
        }
    }
    draft.finish(path)
}

/// A network while it is read.
struct Draft {
    /// The system that the user gave.
    given: Option<System>,
    /// The name of the system that the file gives.
    told_system: Option<String>,
    /// Whether the root element was seen; without it the file is refused.
    root: bool,
    /// Length of the period that capacities are given for, hours.
    capacity_hours: f64,
    /// Nodes in the order of the file.
    nodes: Vec<Node>,
    /// Number of each node, by name: links come after nodes, so a link to a node that is missing here is refused
    /// at once.
    node_ids: HashMap<String, NodeId>,
    /// Links in the order of the file.
    links: Vec<Link>,
    /// Number of each link, by name.
    link_ids: HashMap<String, LinkId>,
    /// Link and name of the next link of each turn that is not allowed.
    turns: Vec<(LinkId, String)>,
    /// Name of the `<attribute>` being read.
    attribute: String,
    /// Whether the file states the class of each link; the others are guessed at the end.
    told: Vec<bool>,
    /// Names of streets so far.
    streets: Streets,
    /// Modes that are none of ours.
    modes: BTreeSet<String>,
    tally: Tally,
}

impl Draft {
    fn new(path: &Path, given: Option<System>) -> Self {
        Self {
            given,
            told_system: None,
            root: false,
            capacity_hours: 1.0,
            nodes: Vec::new(),
            node_ids: HashMap::new(),
            links: Vec::new(),
            link_ids: HashMap::new(),
            turns: Vec::new(),
            attribute: String::new(),
            told: Vec::new(),
            streets: Streets::default(),
            modes: BTreeSet::new(),
            tally: Tally::new(path),
        }
    }

    /// Takes an opening tag; elements that are not known are passed over.
    fn open(&mut self, xml: &Xml) -> Result<()> {
        match (xml.parent(Token::Open), xml.name()) {
            ("", "network") => self.root = true,
            ("", other) => {
                return Err(xml
                    .fault(format!("is not a MATSim network: the root is <{other}>"))
                    .expected("<network>")
                    .into());
            }
            ("network", "links") => self.open_links(xml)?,
            ("nodes", "node") => self.open_node(xml)?,
            ("links", "link") => self.open_link(xml)?,
            ("attributes", "attribute") => xml.need("name")?.clone_into(&mut self.attribute),
            _ => {}
        }
        Ok(())
    }

    /// Reads the period of the capacities, which files spell in two ways.
    fn open_links(&mut self, xml: &Xml) -> Result<()> {
        for name in ["capperiod", "capPeriod"] {
            if let Some(text) = xml.get(name) {
                let period_s = unit::parse_hms(text).filter(|&s| s > 0);
                let period_s = period_s.ok_or_else(|| xml.value_fault(name, "a time such as 01:00:00"))?;
                self.capacity_hours = f64::from(period_s) / 3600.0;
            }
        }
        Ok(())
    }

    /// Adds a node.
    fn open_node(&mut self, xml: &Xml) -> Result<()> {
        let name = xml.need("id")?.to_string();
        let id = NodeId::new(self.nodes.len());
        if self.node_ids.insert(name.clone(), id).is_some() {
            return Err(xml.value_fault("id", "an id that no other node has").into());
        }
        self.nodes.push(Node { name, x_m: xml.number("x")?, y_m: xml.number("y")? });
        Ok(())
    }

    /// Adds a link and mends what real files are known to hold; the class may still change when its attributes
    /// are read.
    fn open_link(&mut self, xml: &Xml) -> Result<()> {
        let name = xml.need("id")?.to_string();
        let id = LinkId::new(self.links.len());
        if self.link_ids.insert(name.clone(), id).is_some() {
            return Err(xml.value_fault("id", "an id that no other link has").into());
        }
        let end = |which: &str| -> Result<NodeId> {
            let node = self.node_ids.get(xml.need(which)?);
            node.copied().ok_or_else(|| xml.value_fault(which, "the id of a node of this file").into())
        };
        let (from, to) = (end("from")?, end("to")?);
        self.tally.whole("links", 1);
        let modes = self.modes(xml.get("modes").unwrap_or("car"), xml.line());
        let [length_m, freespeed_mps, capacity, lanes] = self.numbers(xml, &name, (from, to), modes)?;
        let told = xml.get("type").and_then(class_of_type);
        self.told.push(told.is_some());
        self.links.push(Link {
            name,
            from,
            to,
            length_m,
            freespeed_mps,
            capacity_vph: capacity / self.capacity_hours,
            lanes,
            modes,
            class: told.unwrap_or(RoadClass::Local),
            route: None,
            street: None,
            shape: Vec::new(),
        });
        Ok(())
    }

    /// Length, free speed, capacity and lanes of a link, in the units of the file; those that real files are known to
    /// hold and no road has are mended.
    fn numbers(
        &mut self,
        xml: &Xml,
        name: &str,
        (from, to): (NodeId, NodeId),
        modes: ModeSet,
    ) -> Result<[f64; 4]> {
        let positive = |which: &str| -> Result<f64> {
            let value = xml.number(which)?;
            if value > 0.0 { Ok(value) } else { Err(xml.value_fault(which, "a positive number").into()) }
        };
        let tally = &mut self.tally;
        let mut mended = |what: &str| tally.part("links", what, format!("link {name}"));
        // Exports of planning models join centroids by links without length (Zurich).
        let length_m = match xml.number("length")? {
            0.0 => {
                mended("has length 0; the straight line between its nodes (at least 1 m) was taken");
                let (a, b) = (&self.nodes[from.index()], &self.nodes[to.index()]);
                engine::float::sqrt((a.x_m - b.x_m).powi(2) + (a.y_m - b.y_m).powi(2)).max(1.0)
            }
            _ => positive("length")?,
        };
        // Links that a transit tool made up at stops have no limit: "Infinity", or a number that means it.
        let freespeed_mps = match xml.get("freespeed") {
            Some("Infinity") => f64::INFINITY,
            _ => positive("freespeed")?,
        };
        let freespeed_mps = if freespeed_mps > MOST_SPEED_MPS {
            mended("has no speed limit at all; 100 m/s was assumed");
            ENDLESS_SPEED_MPS
        } else {
            freespeed_mps
        };
        let capacity = match xml.number("capacity")? {
            // Nobody of ours drives there, so the number means nothing; it stays as small as can be.
            0.0 if !modes.has(Mode::Car) => {
                mended("is for no car and has capacity 0; one vehicle an hour was taken");
                self.capacity_hours
            }
            _ => positive("capacity")?,
        };
        // Networks made from OSM by script hold links with no lane but a capacity (Melbourne: 360).
        let lanes = match xml.number("permlanes")? {
            0.0 => {
                mended("has no lane; one was assumed");
                1.0
            }
            _ => positive("permlanes")?,
        };
        Ok([length_m, freespeed_mps, capacity, lanes])
    }

    /// The modes of a list with commas. A mode that we do not have (`truck`, `artificial`) is counted and left out,
    /// so that a link for it alone has no mode and cars keep off it. What drives here drives where cars may, so a link for
    /// lorries and not for cars stays empty, which is counted, too.
    fn modes(&mut self, names: &str, line: u64) -> ModeSet {
        let (mut modes, mut drives) = (ModeSet::default(), None);
        for name in names.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            if let Some(mode) = mode::parse(name) {
                modes = modes.with(mode);
                continue;
            }
            let what = match mode::class(name) {
                Some(_) => {
                    drives = Some(name);
                    format!("mode \"{name}\" was left out of the link; its vehicles drive where cars may")
                }
                None => format!("mode \"{name}\" is not known and was left out of the link"),
            };
            self.tally.part("links", what, line);
            if !self.modes.contains(name) {
                self.modes.insert(name.to_string());
            }
        }
        if let Some(name) = drives.filter(|_| !modes.has(Mode::Car)) {
            let what = format!("is open to \"{name}\" but not to car, and stays empty");
            self.tally.part("links", what, line);
        }
        modes
    }

    /// Takes a closing tag: only attributes have a text.
    fn close(&mut self, xml: &Xml) -> Result<()> {
        if xml.name() != "attribute" {
            return Ok(());
        }
        // network > attributes, or network > links > link > attributes: what is open now.
        match xml.depth() {
            2 if self.attribute == "coordinateReferenceSystem" => {
                self.told_system = Some(xml.text().trim().to_string());
            }
            4 => self.take_link_attribute(xml)?,
            _ => {}
        }
        Ok(())
    }

    /// Reads an attribute of the link that was opened last. Attributes that are ours must be well-formed; those
    /// of others are taken where they say something. A ban on a sequence of several links cannot be held as pairs
    /// of links and is counted.
    ///
    /// # Errors
    /// A [`Fault`] for a class, route, shape or ban that cannot be read.
    fn take_link_attribute(&mut self, xml: &Xml) -> Result<()> {
        let last = LinkId::new(self.links.len().saturating_sub(1));
        let (Some(link), Some(told)) = (self.links.last_mut(), self.told.last_mut()) else { return Ok(()) };
        let text = xml.text().trim();
        let bad = |expected: &str| {
            let text: String = text.chars().take(80).collect();
            xml.fault(format!("link {}: attribute {} is \"{text}\"", link.name, self.attribute))
                .expected(expected)
        };
        match self.attribute.as_str() {
            CLASS => {
                link.class = RoadClass::ALL
                    .into_iter()
                    .find(|c| c.name() == text)
                    .ok_or_else(|| bad("a road class"))?;
                *told = true;
            }
            ROUTE => {
                let (direction, number) = text.split_once(' ').ok_or_else(|| bad("direction and number"))?;
                let direction = direction.chars().next().ok_or_else(|| bad("direction and number"))?;
                link.route = Some((number.to_string(), direction));
            }
            STREET => link.street = self.streets.of(text),
            SHAPE => link.shape = parse_shape(text).ok_or_else(|| bad("points as x,y x,y"))?,
            TURNS => {
                let next = parse_turns(text).ok_or_else(|| bad("JSON such as {\"car\":[[\"12\"]]}"))?;
                for links in next {
                    match <[String; 1]>::try_from(links) {
                        Ok([one]) => self.turns.push((last, one)),
                        Err(_) => {
                            self.tally.add("a ban on a sequence of several links was left out", xml.line())
                        }
                    }
                }
            }
            name if !*told && OSM_TYPES.contains(&name) => {
                if let Some(class) = class_of_type(text) {
                    link.class = class;
                    *told = true;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Checks the system of coordinates, finds the links of the bans by name (they may stand later in the file
    /// than the ban) and guesses the classes that are missing.
    fn finish(mut self, path: &Path) -> Result<Reading> {
        if !self.root {
            return Err(Fault::new(path, "", "holds no network").expected("<network>").into());
        }
        let crs = self.system(path)?;
        let mut banned = Vec::with_capacity(self.turns.len());
        for (from, name) in &self.turns {
            match self.link_ids.get(name) {
                Some(&to) => banned.push((*from, to)),
                None => self
                    .tally
                    .add("a ban of a turn names an unknown link and was left out", format!("link {name}")),
            }
        }
        if self.told.contains(&false) {
            let guessed = road_class::classify(self.nodes.len(), &self.links);
            for (index, link) in self.links.iter_mut().enumerate().filter(|(i, _)| !self.told[*i]) {
                link.class = guessed[index];
            }
        }
        let source = path.display().to_string();
        let network = Network::new(&source, crs, self.nodes, self.links, banned)?;
        Ok(Reading { network, modes: self.modes, warnings: self.tally.into_warnings() })
    }

    /// The system of the coordinates: the user's, else the file's, else a plane without a place. Who says that it is a plane
    /// has looked at the numbers; whatever else is said, numbers that look like degrees are refused.
    fn system(&mut self, path: &Path) -> Result<Crs> {
        let system = match (&self.given, &self.told_system) {
            (Some(given), _) => Some(given.clone()),
            (None, Some(name)) => Some(crs::read(name, path, "coordinateReferenceSystem")?),
            (None, None) => None,
        };
        match system {
            Some(System::Degrees) => {
                let name = self.told_system.as_deref().unwrap_or("degrees");
                Err(degrees::fault(path, &self.nodes, &format!("is in the reference system \"{name}\"")))
            }
            Some(System::Metres(Crs::Plane)) if self.given.is_some() => Ok(Crs::Plane),
            Some(System::Metres(crs)) => {
                degrees::refuse(path, &self.nodes, &self.links)?;
                Ok(crs)
            }
            None => {
                degrees::refuse(path, &self.nodes, &self.links)?;
                self.tally.add(
                    "tells no reference system; the coordinates are taken as a plane without a place",
                    "",
                );
                Ok(Crs::Plane)
            }
        }
    }
}

/// The class of an OSM highway value (as [`crate::osm`] has them) or of one of our class names; `None` for
/// other words.
///
/// | OSM `highway`, with or without `highway.` before it | class |
/// |---|---|
/// | `motorway` | freeway |
/// | `motorway_link`, `trunk_link` | ramp |
/// | `trunk`, `primary`, `primary_link` | arterial |
/// | `secondary`, `tertiary` and their `_link` | collector |
/// | `unclassified`, `residential`, `living_street`, `service`, `road`, `track` | local |
pub fn class_of_type(kind: &str) -> Option<RoadClass> {
    if let Some(class) = RoadClass::ALL.into_iter().find(|c| c.name() == kind) {
        return Some(class);
    }
    Some(match kind.trim_start_matches("highway.") {
        "motorway" => RoadClass::Freeway,
        "motorway_link" | "trunk_link" => RoadClass::Ramp,
        "trunk" | "primary" | "primary_link" => RoadClass::Arterial,
        "secondary" | "secondary_link" | "tertiary" | "tertiary_link" => RoadClass::Collector,
        "unclassified" | "residential" | "living_street" | "service" | "road" | "track" => RoadClass::Local,
        _ => return None,
    })
}

/// The points of our attribute: `x,y x,y`, metres. `None` when a part is no pair of finite numbers.
fn parse_shape(text: &str) -> Option<Vec<(f32, f32)>> {
    text.split_whitespace()
        .map(|point| {
            let (x, y) = point.split_once(',')?;
            let (x, y): (f32, f32) = (x.parse().ok()?, y.parse().ok()?);
            (x.is_finite() && y.is_finite()).then_some((x, y))
        })
        .collect()
}

/// The banned sequences of next links for cars: `{"car":[["2"],["3","4"]]}`. Bans for other modes are not read,
/// as only cars turn here. `None` when the text is not JSON of this form.
fn parse_turns(text: &str) -> Option<Vec<Vec<String>>> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let Some(sequences) = json.as_object()?.get("car") else { return Some(Vec::new()) };
    let names = |s: &serde_json::Value| s.as_array()?.iter().map(|n| Some(n.as_str()?.to_string())).collect();
    sequences.as_array()?.iter().map(names).collect()
}

#[cfg(test)]
mod tests;

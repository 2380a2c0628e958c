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
//! cars) and `type`. Files in use hold numbers that no road has (length 0, no lane, infinite speed): these are
//! mended and counted. Any other number that is not positive is refused.

use super::attribute;
use crate::limit::{Token, Xml, xml};
use crate::packed;
use crate::road_class;
use crate::streets::Streets;
use crate::tally::Tally;
use engine::id::{LinkId, NodeId};
use engine::mode::{Mode, ModeSet};
use engine::network::{Link, Network, Node, RoadClass};
use engine::projection::{Crs, Projection};
use engine::{Fault, Result, Warning, unit};
use std::collections::HashMap;
use std::io::{self, Write};
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

/// Reads a network, plain or compressed.
///
/// Capacities are turned into vehicles an hour by `capperiod`. The road class is our own attribute when
/// the file came from us, else the OSM highway type where the file keeps one, else a guess by speed,
/// lanes and place ([`road_class::classify`]). Unknown modes are counted as warnings. Without the attribute
/// `coordinateReferenceSystem` the plane is nowhere ([`Crs::Plane`]); see [`read_in`].
///
/// # Errors
/// A [`Fault`] for XML that is not a network, an id twice, an unknown node, a number that is not positive,
/// a reference system in degrees, or coordinates that look like degrees.
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
    let path = path.as_ref();
    let mut cursor = xml(path)?;
    let mut draft = Draft::new(path, crs);
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
    crs: Option<Crs>,
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
    tally: Tally,
}

impl Draft {
    fn new(path: &Path, crs: Option<Crs>) -> Self {
        Self {
            crs,
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
        let positive = |which: &str| -> Result<f64> {
            let value = xml.number(which)?;
            if value > 0.0 { Ok(value) } else { Err(xml.value_fault(which, "a positive number").into()) }
        };
        // Exports of planning models join centroids by links without length (Zurich).
        let length_m = match xml.number("length")? {
            0.0 => {
                let what = "has length 0; the straight line between its nodes (at least 1 m) was taken";
                self.tally.add(what, format!("link {name}"));
                let (a, b) = (&self.nodes[from.index()], &self.nodes[to.index()]);
                ((a.x_m - b.x_m).powi(2) + (a.y_m - b.y_m).powi(2)).sqrt().max(1.0)
            }
            _ => positive("length")?,
        };
        let freespeed_mps = match xml.get("freespeed") {
            // Links that a transit tool made up at stops.
            Some("Infinity") => {
                self.tally.add("has no speed limit at all; 100 m/s was assumed", format!("link {name}"));
                100.0
            }
            _ => positive("freespeed")?,
        };
        // Networks made from OSM by script hold links with no lane but a capacity (Melbourne: 360).
        let lanes = match xml.number("permlanes")? {
            0.0 => {
                self.tally.add("has no lane; one was assumed", format!("link {name}"));
                1.0
            }
            _ => positive("permlanes")?,
        };
        let told = xml.get("type").and_then(class_of_type);
        self.told.push(told.is_some());
        self.links.push(Link {
            name,
            from,
            to,
            length_m,
            freespeed_mps,
            capacity_vph: positive("capacity")? / self.capacity_hours,
            lanes,
            modes: ModeSet::default(),
            class: told.unwrap_or(RoadClass::Local),
            route: None,
            street: None,
            shape: Vec::new(),
        });
        let modes = self.modes(xml.get("modes").unwrap_or("car"), xml.line());
        if let Some(link) = self.links.last_mut() {
            link.modes = modes;
        }
        Ok(())
    }

    /// The modes of a list with commas. A mode that we do not have (`truck`, `subway`) is counted and left out,
    /// so that a link for it alone has no mode and cars keep off it.
    fn modes(&mut self, names: &str, line: u64) -> ModeSet {
        let mut modes = ModeSet::default();
        for name in names.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            match Mode::parse(name) {
                Some(mode) => modes = modes.with(mode),
                None => {
                    self.tally.add(format!("mode \"{name}\" is not known and was left out of the link"), line)
                }
            }
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
            2 if self.attribute == "coordinateReferenceSystem" => self.take_crs(xml.text().trim()),
            4 => self.take_link_attribute(xml)?,
            _ => {}
        }
        Ok(())
    }

    /// Sets the system of the file, unless the user gave one. What MATSim can project and we cannot (names of its
    /// own, WKT) is a warning: the day can be simulated on a plane all the same.
    fn take_crs(&mut self, text: &str) {
        if self.crs.is_some() {
            return;
        }
        match Crs::parse(text) {
            Ok(crs) => self.crs = Some(crs),
            Err(_) => {
                let what = format!(
                    "reference system \"{text}\" is not known; the coordinates are taken as a plane without a place"
                );
                self.tally.add(&what, "");
            }
        }
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
    fn finish(mut self, path: &Path) -> Result<(Network, Vec<Warning>)> {
        if !self.root {
            return Err(Fault::new(path, "", "holds no network").expected("<network>").into());
        }
        let crs = match self.crs.take() {
            Some(crs) => {
                Projection::new(&crs).map_err(|e| Fault::new(path, "", e.to_string()))?;
                crs
            }
            None => {
                refuse_degrees(path, &self.nodes, &self.links)?;
                self.tally.add(
                    "tells no reference system; the coordinates are taken as a plane without a place",
                    "",
                );
                Crs::Plane
            }
        };
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
        Ok((network, self.tally.into_warnings()))
    }
}

/// Refuses coordinates that are all inside ±180, ±90 while the links are a hundred times longer than
/// their chords: degrees, written where metres belong. A degree of latitude is some 111 km, so real links come
/// out far above the factor, and a toy network drawn in small numbers with fitting lengths far below it.
fn refuse_degrees(path: &Path, nodes: &[Node], links: &[Link]) -> Result<()> {
    let inside = nodes.iter().all(|n| n.x_m.abs() <= 180.0 && n.y_m.abs() <= 90.0);
    let chord = |l: &Link| {
        let (a, b) = (&nodes[l.from.index()], &nodes[l.to.index()]);
        ((a.x_m - b.x_m).powi(2) + (a.y_m - b.y_m).powi(2)).sqrt()
    };
    let chords: f64 = links.iter().map(chord).sum();
    let lengths: f64 = links.iter().map(|l| l.length_m).sum();
    if inside && chords > 0.0 && lengths > 100.0 * chords {
        return Err(Fault::new(path, "", "has coordinates that look like degrees")
            .expected("metres of a projected system")
            .advice("project the network first, e.g. to its UTM zone")
            .into());
    }
    Ok(())
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

/// Writes a network as `network_v2.dtd`, gzipped when the name ends with `.gz`. What MATSim has no word
/// for (road class, route number, shape) goes into link attributes that [`read`] takes back; banned turns
/// become `disallowedNextLinks`.
///
/// # Errors
/// Whatever keeps the file from being written.
pub fn write(network: &Network, path: impl AsRef<Path>) -> Result<()> {
    packed::write_plain(path.as_ref(), |out| fill(network, out))
}

/// The whole file, in version 2. A plane without a place is called `Atlantis`, MATSim's own word for it.
fn fill(network: &Network, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<!DOCTYPE network SYSTEM \"http://www.matsim.org/files/dtd/network_v2.dtd\">\n<network>")?;
    let crs = match &network.crs {
        Crs::Plane => "Atlantis".to_string(),
        crs @ Crs::Epsg(_) => crs.to_string(),
    };
    writeln!(out, "<attributes>")?;
    fill_attribute(out, "coordinateReferenceSystem", "java.lang.String", &crs)?;
    writeln!(out, "</attributes>\n<nodes>")?;
    for node in &network.nodes {
        writeln!(out, "<node{} x=\"{}\" y=\"{}\"/>", attribute("id", &node.name), node.x_m, node.y_m)?;
    }
    writeln!(
        out,
        "</nodes>\n<links capperiod=\"01:00:00\" effectivecellsize=\"7.5\" effectivelanewidth=\"3.75\">"
    )?;
    for id in network.link_ids() {
        fill_link(network, id, out)?;
    }
    writeln!(out, "</links>\n</network>")
}

/// One link with its attributes. Bans are sorted by their first link, so those of one link lie together.
fn fill_link(network: &Network, id: LinkId, out: &mut dyn Write) -> io::Result<()> {
    let link = network.link(id);
    let modes: Vec<&str> = Mode::ALL.into_iter().filter(|m| link.modes.has(*m)).map(Mode::matsim).collect();
    writeln!(
        out,
        "<link{}{}{} length=\"{}\" freespeed=\"{}\" capacity=\"{}\" permlanes=\"{}\" oneway=\"1\" modes=\"{}\">",
        attribute("id", &link.name),
        attribute("from", &network.node(link.from).name),
        attribute("to", &network.node(link.to).name),
        link.length_m,
        link.freespeed_mps,
        link.capacity_vph,
        link.lanes,
        modes.join(",")
    )?;
    writeln!(out, "<attributes>")?;
    fill_attribute(out, CLASS, "java.lang.String", link.class.name())?;
    if let Some((number, direction)) = &link.route {
        fill_attribute(out, ROUTE, "java.lang.String", &format!("{direction} {number}"))?;
    }
    if let Some(street) = &link.street {
        fill_attribute(out, STREET, "java.lang.String", street)?;
    }
    if !link.shape.is_empty() {
        let points: Vec<String> = link.shape.iter().map(|(x, y)| format!("{x},{y}")).collect();
        fill_attribute(out, SHAPE, "java.lang.String", &points.join(" "))?;
    }
    let first = network.banned_turns.partition_point(|t| t.0 < id);
    let next: Vec<[&str; 1]> = network.banned_turns[first..]
        .iter()
        .take_while(|t| t.0 == id)
        .map(|t| [network.link(t.1).name.as_str()])
        .collect();
    if !next.is_empty() {
        let class = "org.matsim.core.network.turnRestrictions.DisallowedNextLinks";
        fill_attribute(out, TURNS, class, &serde_json::json!({ "car": next }).to_string())?;
    }
    writeln!(out, "</attributes>\n</link>")
}

/// One `<attribute>`, whose Java `class` MATSim needs to read the value.
fn fill_attribute(out: &mut dyn Write, name: &str, class: &str, value: &str) -> io::Result<()> {
    let value = quick_xml::escape::partial_escape(value);
    writeln!(out, "<attribute{} class=\"{class}\">{value}</attribute>", attribute("name", name))
}

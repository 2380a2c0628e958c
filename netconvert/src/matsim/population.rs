//! `plans_v4.dtd`, `population_v5.dtd`, `population_v6.dtd`.

use super::{attribute, attribute_if, time_attribute, time_if};
use crate::limit::{Token, Xml, xml};
use crate::packed;
use crate::tally::Tally;
use engine::activity::replay::{PlannedLeg, PlannedPerson, Stay};
use engine::id::{LinkId, NodeId};
use engine::network::Network;
use engine::projection::Crs;
use engine::{Error, Fault, Result, Warning};
use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::Path;

/// Reads a population, plain or compressed: of each person the selected plan (the first when none is).
///
/// # Errors
/// A [`Fault`] with the person's id for a time that is negative or no time, a plan that does not alternate
/// between activities and legs, a person without an id or twice; and for XML that is not a population.
pub fn read(path: impl AsRef<Path>) -> Result<(Vec<PlannedPerson>, Vec<Warning>)> {
    let mut persons = Vec::new();
    let warnings = stream(path, &mut |person| {
        persons.push(person);
        Ok(())
    })?;
    Ok((persons, warnings))
}

/// As [`read`], handing over one person after the other: memory does not grow with the file, except for
/// the persons' ids.
///
/// # Errors
/// As [`read`], and whatever `each` returns.
pub fn stream(
    path: impl AsRef<Path>,
    each: &mut dyn FnMut(PlannedPerson) -> Result<()>,
) -> Result<Vec<Warning>> {
    let path = path.as_ref();
    let mut cursor = xml(path)?;
    let mut draft = Draft::new(path);
    while let Some(token) = cursor.advance()? {
        match token {
            Token::Open => draft.open(&cursor)?,
            Token::Close => {
                if let Some(person) = draft.close(&cursor)? {
                    each(person)?;
                }
            }
        }
    }
    if !draft.root {
        return Err(Fault::new(path, "", "holds no population").expected("<population> or <plans>").into());
    }
    Ok(draft.tally.into_warnings())
}

#[derive(Default)]
struct Plan {
    selected: bool,
    stays: Vec<Stay>,
    legs: Vec<PlannedLeg>,
}

struct Draft {
    root: bool,
    /// Version 4 lists the nodes of a route, later versions its links.
    nodes: bool,
    names: HashSet<String>,
    person: PlannedPerson,
    plan: Plan,
    /// The plan to keep so far.
    best: Option<Plan>,
    n_plans: u32,
    n_selected: u32,
    attribute: String,
    /// Whether the text of the route is a list of links or nodes.
    listed: bool,
    tally: Tally,
}

impl Draft {
    fn new(path: &Path) -> Self {
        Self {
            root: false,
            nodes: false,
            names: HashSet::new(),
            person: PlannedPerson::default(),
            plan: Plan::default(),
            best: None,
            n_plans: 0,
            n_selected: 0,
            attribute: String::new(),
            listed: false,
            tally: Tally::new(path),
        }
    }

    fn open(&mut self, xml: &Xml) -> Result<()> {
        match (xml.parent(Token::Open), xml.name()) {
            ("", "plans") => (self.root, self.nodes) = (true, true),
            ("", "population") => self.root = true,
            ("", other) => {
                return Err(xml
                    .fault(format!("is not a MATSim population: the root is <{other}>"))
                    .expected("<population> or <plans>")
                    .into());
            }
            ("plans" | "population", "person") => self.open_person(xml)?,
            ("person", "plan") => {
                self.n_plans += 1;
                self.plan = Plan { selected: xml.get("selected") == Some("yes"), ..Plan::default() };
            }
            ("plan", "act" | "activity") => self.open_stay(xml)?,
            ("plan", "leg") => self.open_leg(xml)?,
            ("leg", "route") => self.open_route(xml)?,
            ("attributes", "attribute") => xml.need("name")?.clone_into(&mut self.attribute),
            _ => {}
        }
        Ok(())
    }

    fn open_person(&mut self, xml: &Xml) -> Result<()> {
        let name = xml.need("id")?.to_string();
        if !self.names.insert(name.clone()) {
            return Err(xml.value_fault("id", "an id that no other person has").into());
        }
        let attributes = xml.attributes().filter(|(n, _)| *n != "id");
        let attributes = attributes.map(|(n, v)| (n.to_string(), v.to_string())).collect();
        self.person = PlannedPerson { name, attributes, ..PlannedPerson::default() };
        (self.best, self.n_plans, self.n_selected) = (None, 0, 0);
        Ok(())
    }

    fn who(&self) -> String {
        format!("person {}", self.person.name)
    }

    fn open_stay(&mut self, xml: &Xml) -> Result<()> {
        if self.plan.stays.len() != self.plan.legs.len() {
            return Err(self.broken(xml, "two activities without a leg between them"));
        }
        let who = self.who();
        let xy_m = match (xml.number_if("x")?, xml.number_if("y")?) {
            (Some(x), Some(y)) => Some((x, y)),
            (None, None) => None,
            _ => return Err(xml.fault(format!("{who}: only one of x and y is given")).into()),
        };
        let longest = if xml.get("max_dur").is_some() { "max_dur" } else { "dur" };
        self.plan.stays.push(Stay {
            kind: xml.need("type")?.to_string(),
            xy_m,
            link: xml.get("link").map(str::to_string),
            facility: xml.get("facility").map(str::to_string),
            start_s: time_if(xml, "start_time", &who)?,
            end_s: time_if(xml, "end_time", &who)?,
            max_dur_s: time_if(xml, longest, &who)?,
        });
        Ok(())
    }

    fn open_leg(&mut self, xml: &Xml) -> Result<()> {
        if self.plan.stays.len() != self.plan.legs.len() + 1 {
            return Err(self.broken(xml, "a leg that does not follow an activity"));
        }
        let who = self.who();
        self.plan.legs.push(PlannedLeg {
            mode: xml.need("mode")?.to_string(),
            depart_s: time_if(xml, "dep_time", &who)?,
            travel_s: time_if(xml, "trav_time", &who)?,
            ..PlannedLeg::default()
        });
        Ok(())
    }

    fn open_route(&mut self, xml: &Xml) -> Result<()> {
        let who = self.who();
        // A list of links is told by its type; without a type, by its start link (version 5).
        self.listed = match xml.get("type") {
            _ if self.nodes => true,
            Some(kind) => kind == "links",
            None => xml.get("start_link").is_some(),
        };
        let travel_s = time_if(xml, "trav_time", &who)?;
        let distance = if self.nodes { "dist" } else { "distance" };
        // MATSim writes NaN for a distance that was never computed.
        let distance_m = match xml.get(distance) {
            Some("NaN" | "null" | "") | None => None,
            Some(_) => xml.number_if(distance)?,
        };
        if let Some(leg) = self.plan.legs.last_mut() {
            leg.travel_s = leg.travel_s.or(travel_s);
            leg.distance_m = distance_m;
            // MATSim writes "null" for a vehicle that was never chosen.
            leg.vehicle =
                xml.get("vehicleRefId").filter(|name| !matches!(*name, "" | "null")).map(str::to_string);
        }
        Ok(())
    }

    /// Takes a closing tag; gives the person when it is complete.
    fn close(&mut self, xml: &Xml) -> Result<Option<PlannedPerson>> {
        match (xml.parent(Token::Close), xml.name()) {
            ("leg", "route") => self.close_route(xml.text()),
            // population > person > attributes are open: the person's own attribute.
            ("attributes", "attribute") if xml.depth() == 3 => {
                let value = xml.text().trim().to_string();
                self.person.attributes.push((std::mem::take(&mut self.attribute), value));
            }
            ("person", "plan") => self.close_plan(xml)?,
            ("plans" | "population", "person") => return Ok(Some(self.close_person(xml))),
            _ => {}
        }
        Ok(None)
    }

    fn close_route(&mut self, text: &str) {
        if let Some(leg) = self.plan.legs.last_mut()
            && self.listed
        {
            let names: Vec<String> = text.split_whitespace().map(str::to_string).collect();
            if self.nodes {
                leg.nodes = Some(names);
            } else if !names.is_empty() {
                leg.route = Some(names);
            }
        }
    }

    fn close_plan(&mut self, xml: &Xml) -> Result<()> {
        let plan = std::mem::take(&mut self.plan);
        if !plan.stays.is_empty() && plan.stays.len() != plan.legs.len() + 1 {
            return Err(self.broken(xml, "a plan that ends with a leg"));
        }
        self.n_selected += u32::from(plan.selected);
        let better = plan.selected && self.best.as_ref().is_some_and(|best| !best.selected);
        if self.best.is_none() || better {
            self.best = Some(plan);
        }
        Ok(())
    }

    fn close_person(&mut self, xml: &Xml) -> PlannedPerson {
        let mut person = std::mem::take(&mut self.person);
        if self.n_selected > 1 {
            self.tally.add("a person has several selected plans; the first of them was taken", xml.line());
        } else if self.n_selected == 0 && self.n_plans > 1 {
            self.tally
                .add("a person has several plans and none is selected; the first was taken", xml.line());
        }
        match self.best.take() {
            Some(plan) => (person.stays, person.legs) = (plan.stays, plan.legs),
            None => self.tally.add("a person has no plan", xml.line()),
        }
        person
    }

    fn broken(&self, xml: &Xml, what: &str) -> Error {
        xml.fault(format!("person {}: {what}", self.person.name))
            .expected("activity, leg, activity, …, activity")
            .advice("mend the plan or drop it")
            .into()
    }
}

/// Turns the node lists of version 4 into link lists: the leg's link at the origin, the links between the
/// nodes, the link at the destination. Of parallel links the first in the file is taken.
///
/// A leg keeps no route, and a warning counts it, where a link or node is unknown or two nodes are not
/// neighbours.
pub fn resolve_routes(persons: &mut [PlannedPerson], network: &Network, path: &Path) -> Vec<Warning> {
    let links: HashMap<&str, LinkId> =
        network.link_ids().map(|id| (network.link(id).name.as_str(), id)).collect();
    let nodes: HashMap<&str, NodeId> =
        (0..network.nodes.len()).map(NodeId::new).map(|id| (network.node(id).name.as_str(), id)).collect();
    let mut tally = Tally::new(path);
    for person in persons {
        for (index, leg) in person.legs.iter_mut().enumerate() {
            let Some(names) = leg.nodes.as_ref().filter(|_| leg.route.is_none()) else { continue };
            let end = |stay: &Stay| stay.link.as_deref().and_then(|name| links.get(name)).copied();
            let route = (|| {
                let (from, to) = (end(&person.stays[index])?, end(&person.stays[index + 1])?);
                let passed: Option<Vec<NodeId>> =
                    names.iter().map(|n| nodes.get(n.as_str()).copied()).collect();
                links_between(network, from, &passed?, to)
            })();
            match route {
                Some(route) => leg.route = Some(route.iter().map(|&l| network.link(l).name.clone()).collect()),
                None => tally.add(
                    "a route names an unknown link or node, or nodes that are not neighbours; it was left out",
                    format!("person {}", person.name),
                ),
            }
        }
    }
    tally.into_warnings()
}

/// The links of a route from the end of `from` over `nodes` to the start of `to`; `None` when they do not
/// join. With no nodes and `from == to` the vehicle stays on its link.
fn links_between(network: &Network, from: LinkId, nodes: &[NodeId], to: LinkId) -> Option<Vec<LinkId>> {
    let mut route = vec![from];
    if nodes.is_empty() {
        if from != to {
            (network.link(from).to == network.link(to).from).then(|| route.push(to))?;
        }
        return Some(route);
    }
    (network.link(from).to == nodes[0] && network.link(to).from == *nodes.last()?).then_some(())?;
    for pair in nodes.windows(2) {
        route.push(*network.out_links(pair[0]).iter().find(|&&l| network.link(l).to == pair[1])?);
    }
    route.push(to);
    Some(route)
}

/// Writes persons as `population_v6.dtd`, gzipped when the name ends with `.gz`: one plan each, selected.
/// Routes over links are written; lists of nodes are not (version 6 has no word for them) and are counted
/// as a warning: see [`resolve_routes`].
///
/// # Errors
/// Whatever keeps the file from being written.
pub fn write<P: Borrow<PlannedPerson>>(
    persons: impl IntoIterator<Item = P>,
    crs: &Crs,
    path: impl AsRef<Path>,
) -> Result<Vec<Warning>> {
    let path = path.as_ref();
    let mut tally = Tally::new(path);
    packed::write_plain(path, |out| {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<!DOCTYPE population SYSTEM \"http://www.matsim.org/files/dtd/population_v6.dtd\">")?;
        let crs = if *crs == Crs::Plane { "Atlantis".to_string() } else { crs.to_string() };
        writeln!(out, "<population>\n<attributes>")?;
        fill_attribute(out, "coordinateReferenceSystem", &crs)?;
        writeln!(out, "</attributes>")?;
        for person in persons {
            fill_person(out, person.borrow(), &mut tally)?;
        }
        writeln!(out, "</population>")
    })?;
    Ok(tally.into_warnings())
}

fn fill_person(out: &mut dyn Write, person: &PlannedPerson, tally: &mut Tally) -> io::Result<()> {
    writeln!(out, "<person{}>", attribute("id", &person.name))?;
    if !person.attributes.is_empty() {
        writeln!(out, "<attributes>")?;
        for (name, value) in &person.attributes {
            fill_attribute(out, name, value)?;
        }
        writeln!(out, "</attributes>")?;
    }
    if !person.stays.is_empty() {
        writeln!(out, "<plan selected=\"yes\">")?;
        for (index, stay) in person.stays.iter().enumerate() {
            fill_stay(out, stay)?;
            if let Some(leg) = person.legs.get(index) {
                if leg.route.is_none() && leg.nodes.is_some() {
                    tally.add("a route given by nodes was not written", format!("person {}", person.name));
                }
                fill_leg(out, leg)?;
            }
        }
        writeln!(out, "</plan>")?;
    }
    writeln!(out, "</person>")
}

/// MATSim casts the age to `Integer` and a person's vehicles to `PersonVehicles`, so these are their classes; the
/// others are text.
fn fill_attribute(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    let whole = name == "age" && value.parse::<i32>().is_ok();
    let class = match name {
        "vehicles" => "org.matsim.vehicles.PersonVehicles",
        "vehicleTypes" => "org.matsim.vehicles.PersonVehicleTypes",
        _ if whole => "java.lang.Integer",
        _ => "java.lang.String",
    };
    let value = quick_xml::escape::partial_escape(value);
    writeln!(out, "<attribute{} class=\"{class}\">{value}</attribute>", attribute("name", name))
}

fn fill_stay(out: &mut dyn Write, stay: &Stay) -> io::Result<()> {
    let xy = stay.xy_m.map_or_else(String::new, |(x, y)| format!(" x=\"{x}\" y=\"{y}\""));
    writeln!(
        out,
        "<activity{}{}{}{xy}{}{}{}/>",
        attribute("type", &stay.kind),
        attribute_if("link", stay.link.as_deref()),
        attribute_if("facility", stay.facility.as_deref()),
        time_attribute("start_time", stay.start_s),
        time_attribute("end_time", stay.end_s),
        time_attribute("max_dur", stay.max_dur_s),
    )
}

fn fill_leg(out: &mut dyn Write, leg: &PlannedLeg) -> io::Result<()> {
    write!(
        out,
        "<leg{}{}{}",
        attribute("mode", &leg.mode),
        time_attribute("dep_time", leg.depart_s),
        time_attribute("trav_time", leg.travel_s)
    )?;
    let distance = leg.distance_m.map_or_else(String::new, |d| format!(" distance=\"{d}\""));
    match leg.route.as_deref() {
        Some([first, .., last]) | Some([first @ last]) => {
            let list = leg.route.as_deref().unwrap_or_default().join(" ");
            writeln!(
                out,
                "><route type=\"links\"{}{}{}{distance}{}>{}</route></leg>",
                attribute("start_link", first),
                attribute("end_link", last),
                time_attribute("trav_time", leg.travel_s),
                attribute_if("vehicleRefId", leg.vehicle.as_deref()),
                quick_xml::escape::partial_escape(&list)
            )
        }
        _ if leg.distance_m.is_some() => writeln!(out, "><route type=\"generic\"{distance}></route></leg>"),
        _ => writeln!(out, "/>"),
    }
}

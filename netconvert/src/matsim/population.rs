//! `plans_v4.dtd`, `population_v5.dtd`, `population_v6.dtd`. Populations: persons with their plans, as MATSim
//! reads them and writes them (`output_plans.xml.gz`).
//!
//! Versions are told apart by their words, not by their DTD, which is never fetched:
//!
//! | version | root | activity | longest stay | route |
//! |---|---|---|---|---|
//! | 4 | `<plans>` | `<act>` | `dur` | text: names of nodes; `dist` |
//! | 5 | `<population>` | `<act>` or `<activity>` | `max_dur` or `dur` | text: names of links where `start_link` is given |
//! | 6 | `<population>` | `<activity>` | `max_dur` | text: names of links where `type="links"`; `distance` |
//!
//! Read of each person: `id`, all other attributes of the tag (age, sex, licence in versions 4 and 5) and the
//! nested `<attributes>` (version 6) with their classes, both as text; of the plan: `selected`; of an activity: `type`, `x` and `y`
//! (metres in the system of the network), `link`, `facility`, `start_time`, `end_time` and its longest duration;
//! of a leg: `mode`, `dep_time`, `trav_time` and the attribute `routingMode`; of a route: `trav_time`, the distance in
//! metres and `vehicleRefId`; of the population: the attribute `coordinateReferenceSystem`.
//! Not read: scores, plans that are not kept, attributes of plans and activities, other attributes of legs, and the text
//! of routes of public transport.
//!
//! Times are seconds since midnight and may pass 24 h; how a missing one is written is stated at `time_if`.

mod write;

pub use write::write;

use super::time_if;
use crate::limit::{Token, Xml, xml};
use crate::tally::Tally;
use engine::activity::replay::{Attribute, PlannedLeg, PlannedPerson, Stay};
use engine::id::{LinkId, NodeId};
use engine::network::Network;
use engine::{Error, Fault, Result, Warning};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Attribute of a population that names its reference system.
const CRS: &str = "coordinateReferenceSystem";
/// Attribute of a leg that names the mode of its trip.
const ROUTING_MODE: &str = "routingMode";

/// A population as its file has it.
#[derive(Debug, Default)]
pub struct Population {
    /// Its persons with one plan each.
    pub persons: Vec<PlannedPerson>,
    /// Name of the reference system of the coordinates, where the file gives one.
    pub crs: Option<String>,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

/// As [`read`], with the name of the reference system.
///
/// # Errors
/// As [`read`].
pub fn read_whole(path: impl AsRef<Path>) -> Result<Population> {
    let mut persons = Vec::new();
    let (crs, warnings) = walk(path.as_ref(), &mut |person| {
        persons.push(person);
        Ok(())
    })?;
    Ok(Population { persons, crs, warnings })
}

/// Reads a population, plain or compressed: of each person the selected plan (the first when none is).
///
/// A plan is kept as it stands: whether its links exist is checked by the user of the persons, who has the
/// network. Warnings count persons without a plan, and persons of whose several plans none or more than one is
/// selected.
///
/// # Errors
/// A [`Fault`] with the person's id for a time that is negative or no time, a plan that does not alternate
/// between activities and legs, a person without an id or twice; and for XML that is not a population.
pub fn read(path: impl AsRef<Path>) -> Result<(Vec<PlannedPerson>, Vec<Warning>)> {
    let Population { persons, warnings, .. } = read_whole(path)?;
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
    walk(path.as_ref(), each).map(|(_, warnings)| warnings)
}

/// Reads from the first tag to the last; gives the name of the reference system and the warnings.
fn walk(
    path: &Path,
    each: &mut dyn FnMut(PlannedPerson) -> Result<()>,
) -> Result<(Option<String>, Vec<Warning>)> {
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
    Ok((draft.crs, draft.tally.into_warnings()))
}

/// One plan while it is read. Stays and legs alternate, so a new stay is right when both have the same number,
/// and a new leg when there is one stay more.
#[derive(Default)]
struct Plan {
    selected: bool,
    stays: Vec<Stay>,
    legs: Vec<PlannedLeg>,
}

/// What is kept from one tag to the next. The person and the plan are emptied when their tags close.
struct Draft {
    /// Whether the root element was seen; without it the file is refused.
    root: bool,
    /// Version 4 lists the nodes of a route, later versions its links.
    nodes: bool,
    /// Ids of all persons so far, to refuse a second one. The only part that grows with the file.
    names: HashSet<String>,
    /// The person being read; its plan comes in when the tag closes.
    person: PlannedPerson,
    /// The plan being read.
    plan: Plan,
    /// The plan to keep so far: the first selected one, else the first.
    best: Option<Plan>,
    /// Plans of this person, for the warnings.
    n_plans: u32,
    /// Those of them with `selected="yes"`.
    n_selected: u32,
    /// Name of the `<attribute>` being read; its value is the text before the closing tag.
    attribute: String,
    /// Its class, as the file names it; empty where it does not.
    class: String,
    /// Whether the text of the route is a list of links or nodes.
    listed: bool,
    /// Name of the reference system.
    crs: Option<String>,
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
            class: String::new(),
            listed: false,
            crs: None,
            tally: Tally::new(path),
        }
    }

    /// Takes an opening tag. Elements are known by their parent and name; others are passed over, so that
    /// extensions of MATSim do no harm.
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
            ("attributes", "attribute") => {
                xml.need("name")?.clone_into(&mut self.attribute);
                xml.get("class").unwrap_or_default().clone_into(&mut self.class);
            }
            _ => {}
        }
        Ok(())
    }

    /// Begins a person, with the attributes of the tag.
    fn open_person(&mut self, xml: &Xml) -> Result<()> {
        let name = xml.need("id")?.to_string();
        if !self.names.insert(name.clone()) {
            return Err(xml.value_fault("id", "an id that no other person has").into());
        }
        let attributes = xml.attributes().filter(|(n, _)| *n != "id");
        let attributes = attributes.map(|(name, value)| Attribute::new(name, "", value)).collect();
        self.person = PlannedPerson { name, attributes, ..PlannedPerson::default() };
        (self.best, self.n_plans, self.n_selected) = (None, 0, 0);
        Ok(())
    }

    /// The person's id, for messages.
    fn who(&self) -> String {
        format!("person {}", self.person.name)
    }

    /// Adds an activity to the plan. Without coordinates it must lie on a link or in a facility, which the user
    /// of the plan checks.
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

    /// Adds a leg to the plan.
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

    /// Reads the attributes of a route; its text follows at the closing tag. The travel time of the leg goes
    /// before that of its route.
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
                let kind = std::mem::take(&mut self.class);
                self.person.attributes.push(Attribute {
                    name: std::mem::take(&mut self.attribute),
                    kind,
                    value,
                });
            }
            // population > attributes are open.
            ("attributes", "attribute") if xml.depth() == 2 && self.attribute == CRS => {
                self.crs = Some(xml.text().trim().to_string());
            }
            // population > person > plan > leg > attributes; of an activity they lie as deep.
            ("attributes", "attribute") if xml.depth() == 5 && self.attribute == ROUTING_MODE => {
                let in_leg = self.plan.legs.len() == self.plan.stays.len();
                if let Some(leg) = self.plan.legs.last_mut().filter(|_| in_leg) {
                    leg.routing_mode = Some(xml.text().trim().to_string()).filter(|mode| !mode.is_empty());
                }
            }
            ("person", "plan") => self.close_plan(xml)?,
            ("plans" | "population", "person") => return Ok(Some(self.close_person(xml))),
            _ => {}
        }
        Ok(None)
    }

    /// Takes the text of a route. A list of no nodes (version 4) is kept as such: the vehicle goes straight from
    /// the link of one stay to that of the next. A list of no links is no route.
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

    /// Keeps the plan if it is better than the one kept so far. An empty plan is allowed: VISTA 2009 as plans has
    /// one for each person who stayed at home.
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

    /// The whole person, with the plan that was kept; without one the person has no stays.
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

    /// A fault for a plan that does not alternate between activities and legs.
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
            // Version 4 gives the links of the two stays apart from the nodes between them.
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

//! MATSim events (`output_events.xml`, version 1.0; names as in `org.matsim.api.core.v01.events`).
//!
//! One of our events stands for several of MATSim's:
//!
//! | ours | MATSim's `type`, in this order |
//! |---|---|
//! | `Depart` | `actend`, `departure`, `PersonEntersVehicle` |
//! | `DepartTeleported` | `actend`, `departure` |
//! | `EnterTraffic` | `vehicle enters traffic` |
//! | `Enter`, `Push` | `left link`, `entered link` |
//! | `Arrive` | `vehicle leaves traffic`, `PersonLeavesVehicle`, `arrival`, `actstart` |
//! | `ArriveTeleported` | `travelled`, `arrival`, `actstart` |
//! | `Abort` | `stuckAndAbort` |
//!
//! Programs that show events (Via, SimWrapper) want the whole set, so none of them is left out. MATSim's events
//! have names where ours have numbers: [`Names`] gives them.

use super::{attribute, vehicles};
use crate::limit::{Token, Xml, xml};
use crate::packed;
use engine::event::{Event, Kind};
use engine::id::{LegId, LinkId, PersonId};
use engine::network::Network;
use engine::traffic::Sink;
use engine::trip::Legs;
use engine::{Error, Fault, Result};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// One event as MATSim writes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MatsimEvent {
    /// Seconds since midnight.
    pub time_s: f64,
    /// Type, e.g. `entered link`.
    pub kind: String,
    /// Who.
    pub person: Option<String>,
    /// Which vehicle.
    pub vehicle: Option<String>,
    /// Where.
    pub link: Option<String>,
    /// Mode of the leg (`legMode`).
    pub leg_mode: Option<String>,
    /// Type of the activity (`actType`).
    pub activity: Option<String>,
    /// All other attributes, in their order.
    pub others: Vec<(String, String)>,
}

/// Reads events one by one, in the order of the file.
///
/// # Errors
/// A [`Fault`] for XML that holds no events or an event without a time or type; whatever `each` returns.
pub fn read(path: impl AsRef<Path>, each: &mut dyn FnMut(MatsimEvent) -> Result<()>) -> Result<()> {
    let path = path.as_ref();
    let mut cursor = xml(path)?;
    let mut root = false;
    while let Some(token) = cursor.advance()? {
        if token == Token::Close {
            continue;
        }
        match (cursor.parent(token), cursor.name()) {
            ("", "events") => root = true,
            ("", other) => {
                return Err(cursor
                    .fault(format!("is not an events file: the root is <{other}>"))
                    .expected("<events>")
                    .into());
            }
            ("events", "event") => each(event(&cursor)?)?,
            _ => {}
        }
    }
    if root { Ok(()) } else { Err(Fault::new(path, "", "holds no events").expected("<events>").into()) }
}

/// One `<event>`. Attributes that have no field of their own are kept by name.
fn event(xml: &Xml) -> Result<MatsimEvent> {
    let mut event = MatsimEvent {
        time_s: xml.number("time")?,
        kind: xml.need("type")?.to_string(),
        ..MatsimEvent::default()
    };
    for (name, value) in xml.attributes() {
        let place = match name {
            "time" | "type" => continue,
            "person" => &mut event.person,
            "vehicle" => &mut event.vehicle,
            "link" => &mut event.link,
            "legMode" => &mut event.leg_mode,
            "actType" => &mut event.activity,
            _ => {
                event.others.push((name.to_string(), value.to_string()));
                continue;
            }
        };
        *place = Some(value.to_string());
    }
    Ok(event)
}

/// The names behind the numbers of our events.
pub struct Names<'a> {
    /// Names of the links.
    pub network: &'a Network,
    /// The legs of the day: modes, and which leg is a person's next.
    pub legs: &'a Legs,
    /// Name of a person; for that of the vehicle see [`vehicles::name_of`].
    pub person: &'a dyn Fn(PersonId) -> String,
    /// Type of the activity before the n-th leg of a person (n = 0 is the first); n = legs is the last one.
    pub activity: &'a dyn Fn(PersonId, usize) -> String,
    /// Distance of a leg that does not drive, metres.
    pub distance_m: &'a dyn Fn(LegId) -> f64,
}

/// Writes MATSim's full set of events from ours, gzipped when the name ends with `.gz`. `fill` hands the
/// events over, second by second, to the [`Writer`], which is a [`Sink`].
///
/// # Errors
/// Whatever keeps the file from being written, whatever `fill` returns, and an [`Error::Check`] for events
/// of a person or leg that is not there.
pub fn write<T>(
    path: impl AsRef<Path>,
    names: &Names<'_>,
    fill: impl FnOnce(&mut Writer<'_>) -> Result<T>,
) -> Result<T> {
    let path = path.as_ref();
    packed::write(path, |out| {
        let n_persons = names.legs.n_persons();
        let mut writer = Writer {
            out,
            path: path.to_path_buf(),
            names,
            at: vec![LinkId::NONE; n_persons],
            leg: vec![0; n_persons],
        };
        let header = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<events version=\"1.0\">";
        writer.tell(|out| writeln!(out, "{header}"))?;
        let value = fill(&mut writer)?;
        writer.tell(|out| writeln!(out, "</events>"))?;
        Ok(value)
    })
}

/// Turns our events into MATSim's, keeping for each person the link the vehicle is on and the leg.
pub struct Writer<'a> {
    out: &'a mut dyn Write,
    path: PathBuf,
    names: &'a Names<'a>,
    /// Link on which each person's vehicle is; [`LinkId::NONE`] when it is parked.
    at: Vec<LinkId>,
    /// Number of the person's leg: the one under way, or the next one.
    leg: Vec<u32>,
}

impl Sink for Writer<'_> {
    fn second(&mut self, events: &[Event]) -> Result<()> {
        events.iter().try_for_each(|event| self.expand(event))
    }
}

impl Writer<'_> {
    /// Writes through `fill`; a failure becomes an error of this file.
    fn tell(&mut self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        fill(self.out).map_err(|e| Error::io(&self.path, e))
    }

    /// One MATSim event.
    fn line(&mut self, time_s: u32, kind: &str, attributes: &str) -> Result<()> {
        self.tell(|out| writeln!(out, "\t<event time=\"{time_s}.0\" type=\"{kind}\"{attributes} />"))
    }

    /// One event of ours as all of MATSim's that it stands for, in MATSim's order.
    fn expand(&mut self, event: &Event) -> Result<()> {
        let index = event.person.index();
        if index >= self.at.len() {
            return Err(Error::Check(format!("an event names person {index} of {}", self.at.len())));
        }
        let time_s = event.time_s;
        let name = (self.names.person)(event.person);
        let person = attribute("person", &name);
        let vehicle =
            attribute("vehicle", &vehicles::name_of(&name, self.names.legs, self.leg_id(event.person)?));
        let link = self.link(event.link);
        match event.kind {
            Kind::Enter | Kind::Push => {
                let left = self.link(self.at[index]);
                self.at[index] = event.link;
                self.line(time_s, "left link", &format!("{vehicle}{left}"))?;
                self.line(time_s, "entered link", &format!("{vehicle}{link}"))
            }
            Kind::Depart | Kind::DepartTeleported => {
                let (mode, drives) = (self.mode(event.person)?, event.kind == Kind::Depart);
                let kind = (self.names.activity)(event.person, self.leg[index] as usize);
                self.line(time_s, "actend", &format!("{person}{link}{}", attribute("actType", &kind)))?;
                self.line(time_s, "departure", &format!("{person}{link}{mode}"))?;
                if drives {
                    self.line(time_s, "PersonEntersVehicle", &format!("{person}{vehicle}"))
                } else {
                    Ok(())
                }
            }
            Kind::EnterTraffic => {
                self.at[index] = event.link;
                let traffic = self.traffic(event.person)?;
                let traffic = format!("{person}{link}{vehicle}{traffic}");
                self.line(time_s, "vehicle enters traffic", &traffic)
            }
            Kind::Arrive | Kind::ArriveTeleported => self.arrive(event, &person, &vehicle, &link),
            Kind::Abort => {
                let mode = self.mode(event.person)?;
                self.line(time_s, "stuckAndAbort", &format!("{person}{link}{mode}"))
            }
        }
    }

    /// The events of an arrival, after which the person's next leg is the current one.
    fn arrive(&mut self, event: &Event, person: &str, vehicle: &str, link: &str) -> Result<()> {
        let (time_s, index) = (event.time_s, event.person.index());
        let mode = self.mode(event.person)?;
        if event.kind == Kind::Arrive {
            let traffic = self.traffic(event.person)?;
            let traffic = format!("{person}{link}{vehicle}{traffic}");
            self.line(time_s, "vehicle leaves traffic", &traffic)?;
            self.line(time_s, "PersonLeavesVehicle", &format!("{person}{vehicle}"))?;
            self.at[index] = LinkId::NONE;
        } else {
            let distance_m = (self.names.distance_m)(self.leg_id(event.person)?);
            let plain = mode.replacen("legMode", "mode", 1);
            self.line(time_s, "travelled", &format!("{person} distance=\"{distance_m}\"{plain}"))?;
        }
        self.line(time_s, "arrival", &format!("{person}{link}{mode}"))?;
        self.leg[index] += 1;
        let kind = (self.names.activity)(event.person, self.leg[index] as usize);
        self.line(time_s, "actstart", &format!("{person}{link}{}", attribute("actType", &kind)))
    }

    /// The attribute `link`; nothing for an event without a link.
    fn link(&self, link: LinkId) -> String {
        match self.names.network.links.get(link.index()) {
            Some(link) => attribute("link", &link.name),
            None => String::new(),
        }
    }

    /// The person's current leg.
    ///
    /// # Errors
    /// [`Error::Check`] when the person has no such leg: events and legs are of two days then.
    fn leg_id(&self, person: PersonId) -> Result<LegId> {
        let at = self.leg[person.index()] as usize;
        self.names
            .legs
            .of(person)
            .nth(at)
            .ok_or_else(|| Error::Check(format!("an event belongs to leg {at} of {person:?}, who has fewer")))
    }

    /// The attribute `legMode` of the current leg.
    fn mode(&self, person: PersonId) -> Result<String> {
        Ok(attribute("legMode", self.names.legs.mode_name(self.leg_id(person)?)))
    }

    /// What is said of a vehicle that enters traffic or leaves it.
    fn traffic(&self, person: PersonId) -> Result<String> {
        let mode = attribute("networkMode", self.names.legs.mode_name(self.leg_id(person)?));
        Ok(format!("{mode} relativePosition=\"1.0\""))
    }
}

//! Writing `population_v6.dtd`.

use super::super::{attribute, attribute_if, time_attribute};
use super::{CRS as CRS_NAME, ROUTING_MODE};
use crate::packed;
use crate::tally::Tally;
use engine::activity::replay::{Attribute, PlannedLeg, PlannedPerson, Stay};
use engine::projection::Crs;
use engine::{Result, Warning};
use std::borrow::Borrow;
use std::io::{self, Write};
use std::path::Path;

/// Writes persons as `population_v6.dtd`, gzipped when the name ends with `.gz`: one plan each, selected.
/// Routes over links are written; lists of nodes are not (version 6 has no word for them) and are counted
/// as a warning: see [`resolve_routes`](super::resolve_routes).
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
        fill_attribute(out, CRS_NAME, "", &crs)?;
        writeln!(out, "</attributes>")?;
        for person in persons {
            fill_person(out, person.borrow(), &mut tally)?;
        }
        writeln!(out, "</population>")
    })?;
    Ok(tally.into_warnings())
}

/// One person with one plan; a person without stays gets no `<plan>`.
fn fill_person(out: &mut dyn Write, person: &PlannedPerson, tally: &mut Tally) -> io::Result<()> {
    writeln!(out, "<person{}>", attribute("id", &person.name))?;
    if !person.attributes.is_empty() {
        writeln!(out, "<attributes>")?;
        for Attribute { name, kind, value } in &person.attributes {
            fill_attribute(out, name, kind, value)?;
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
                let ends =
                    [stay.link.as_deref(), person.stays.get(index + 1).and_then(|next| next.link.as_deref())];
                fill_leg(out, leg, ends)?;
            }
        }
        writeln!(out, "</plan>")?;
    }
    writeln!(out, "</person>")
}

/// An attribute of the class that its source names. Where it names none: MATSim casts the age to `Integer` and a person's
/// vehicles to `PersonVehicles`, so these are their classes; the others are text.
fn fill_attribute(out: &mut dyn Write, name: &str, kind: &str, value: &str) -> io::Result<()> {
    let whole = name == "age" && value.parse::<i32>().is_ok();
    let class = match name {
        _ if !kind.is_empty() => kind,
        "vehicles" => "org.matsim.vehicles.PersonVehicles",
        "vehicleTypes" => "org.matsim.vehicles.PersonVehicleTypes",
        _ if whole => "java.lang.Integer",
        _ => "java.lang.String",
    };
    let value = quick_xml::escape::partial_escape(value);
    writeln!(out, "<attribute{}{}>{value}</attribute>", attribute("name", name), attribute("class", class))
}

/// One activity; what is not known is left out rather than written as "undefined".
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

/// One leg between the links of two stays. A route over links is written with its first and last link, as version 6 wants; a
/// leg that knows only its distance gets a `generic` route; any other leg gets none, and MATSim routes it.
fn fill_leg(out: &mut dyn Write, leg: &PlannedLeg, ends: [Option<&str>; 2]) -> io::Result<()> {
    write!(
        out,
        "<leg{}{}{}>",
        attribute("mode", &leg.mode),
        time_attribute("dep_time", leg.depart_s),
        time_attribute("trav_time", leg.travel_s)
    )?;
    if let Some(mode) = &leg.routing_mode {
        writeln!(out, "<attributes>")?;
        fill_attribute(out, ROUTING_MODE, "", mode)?;
        writeln!(out, "</attributes>")?;
    }
    let distance = leg.distance_m.map_or_else(String::new, |d| format!(" distance=\"{d}\""));
    match leg.route.as_deref() {
        Some([first, .., last]) | Some([first @ last]) => {
            let list = leg.route.as_deref().unwrap_or_default().join(" ");
            write!(
                out,
                "<route type=\"links\"{}{}{}{distance}{}>{}</route>",
                attribute("start_link", first),
                attribute("end_link", last),
                time_attribute("trav_time", leg.travel_s),
                attribute_if("vehicleRefId", leg.vehicle.as_deref()),
                quick_xml::escape::partial_escape(&list)
            )?;
        }
        _ if leg.distance_m.is_some() => write!(
            out,
            "<route type=\"generic\"{}{}{}{distance}></route>",
            attribute_if("start_link", ends[0]),
            attribute_if("end_link", ends[1]),
            time_attribute("trav_time", leg.travel_s),
        )?,
        _ => {}
    }
    writeln!(out, "</leg>")
}

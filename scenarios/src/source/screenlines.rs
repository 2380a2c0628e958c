//! The screenlines of a scenario, laid on the roads.
//!
//! What can be wrong with one is told here, for each of them at once: a planner who draws four lines wants to hear of all four. A
//! line that crosses nothing is refused, because a sum of no links is 0 and would pass for an empty road. Nothing is guessed:
//! points are degrees unless one of them cannot be, a link is found by its whole name or its whole location, and where
//! neither fits the nearest name is offered and not taken.

use crate::scenario::load::closest;
use crate::scenario::{Scenario, Screenline as Input};
use engine::id::LinkId;
use engine::network::Network;
use engine::projection::{Crs, Projection};
use engine::validate::screenline::Screenline;
use engine::{Fault, Faults, Result};
use std::collections::BTreeMap;

/// Lays each screenline on the roads. `locations`: where each link is, in words.
///
/// # Errors
/// A [`Fault`] for each screenline that is not one: without a name or with that of another, with neither points nor links or
/// with both, of one point, with a point that is nowhere or a link that is not there, or that no link crosses.
pub(super) fn read(
    scenario: &Scenario,
    network: &Network,
    locations: impl FnOnce() -> Vec<Option<String>>,
) -> Result<Vec<Screenline>> {
    let inputs = &scenario.config.validate.screenline;
    if inputs.is_empty() {
        return Ok(Vec::new());
    }
    let mut names = Named::of(network, inputs.iter().any(|input| !input.links.is_empty()).then(locations));
    let mut faults = Faults::default();
    let mut all: Vec<Screenline> = Vec::new();
    for (number, input) in inputs.iter().enumerate() {
        let record = match input.name.trim() {
            "" => format!("validate.screenline {}", number + 1),
            name => format!("validate.screenline \"{name}\""),
        };
        let fault =
            |what: String, expected: &str| Fault::new(&scenario.file, &record, what).expected(expected);
        let taken = inputs[..number].iter().any(|other| other.name.trim() == input.name.trim());
        let one = match input.name.trim() {
            "" => Err(fault("has no name".into(), "a name, which report and validation.json tell").into()),
            _ if taken => Err(fault("has the name of one before it".into(), "another name for each").into()),
            _ => lay(input, network, &mut names, &fault),
        };
        all.extend(faults.keep(one)?);
    }
    faults.none()?;
    Ok(all)
}

/// One screenline. Given by points it must cross a link; given by links it does by their being there, and if they all head
/// one way it has one direction only. `fault` makes a fault that names the screenline.
fn lay(
    input: &Input,
    network: &Network,
    names: &mut Named<'_>,
    fault: &dyn Fn(String, &str) -> Fault,
) -> Result<Screenline> {
    let name = input.name.trim();
    match (&input.line[..], &input.links[..]) {
        ([], []) => {
            Err(fault("has neither points nor links".into(), "line = [[x, y], [x, y]], or links = [\"…\"]")
                .into())
        }
        ([_, ..], [_, ..]) => Err(fault("has points and links".into(), "one of the two").into()),
        ([_], _) => Err(fault("is a line of one point".into(), "two points or more").into()),
        (points, []) => {
            let line = metres(points, &network.crs, fault)?;
            let screenline = Screenline::across(name, network, &line);
            match screenline.directions.is_empty() {
                true => {
                    Err(outside(fault("crosses no link".into(), "a line that roads cross"), network, &line)
                        .into())
                }
                false => Ok(screenline),
            }
        }
        (_, links) => {
            let mut found: Vec<LinkId> = Vec::new();
            for text in links {
                found.extend(names.find(text, fault)?);
            }
            Ok(Screenline::of_links(name, network, &found))
        }
    }
}

/// The points in metres: given in degrees, or in metres where one cannot be degrees. The limit is 180 for both numbers: metres of
/// a projected system are thousands, and a latitude of 120 is a mistake that the projection tells. On a network that is nowhere
/// on Earth all points are metres, as for the areas of measures.
fn metres(points: &[[f64; 2]], crs: &Crs, fault: &dyn Fn(String, &str) -> Fault) -> Result<Vec<(f64, f64)>> {
    let projection = Projection::new(crs)?;
    let is_metres = *crs == Crs::Plane || points.iter().any(|[x, y]| x.abs() > 180.0 || y.abs() > 180.0);
    let place = |&[x, y]: &[f64; 2]| {
        let nowhere = || {
            let expected = match is_metres {
                true => "metres of the network's reference system",
                false => "longitude and latitude in degrees, longitude first",
            };
            fault(format!("has the point [{x}, {y}], which is no place"), expected).into()
        };
        match (x.is_finite() && y.is_finite(), is_metres) {
            (false, _) => Err(nowhere()),
            (true, true) => Ok((x, y)),
            (true, false) => projection.to_metres(x, y).map_err(|_| nowhere()),
        }
    };
    points.iter().map(place).collect()
}

/// The fault, with where the roads are if the line is nowhere near them: the usual reasons are latitude before longitude and
/// metres of another reference system, and both are seen at once in the numbers.
fn outside(fault: Fault, network: &Network, line: &[(f64, f64)]) -> Fault {
    let range = |of: &mut dyn Iterator<Item = f64>| {
        of.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let (left, right) = range(&mut network.nodes.iter().map(|node| node.x_m));
    let (bottom, top) = range(&mut network.nodes.iter().map(|node| node.y_m));
    let [xs, ys] = [range(&mut line.iter().map(|at| at.0)), range(&mut line.iter().map(|at| at.1))];
    let apart = xs.1 < left || right < xs.0 || ys.1 < bottom || top < ys.0;
    let advice = format!(
        "the line lies at x {:.0} to {:.0} m, y {:.0} to {:.0} m ({}), the roads at x {left:.0} to {right:.0} m, y {bottom:.0} to {top:.0} m",
        xs.0, xs.1, ys.0, ys.1, network.crs
    );
    match apart {
        true => fault.advice(advice),
        false => {
            fault.advice("draw it across roads: one that runs along a road or ends before it crosses nothing")
        }
    }
}

/// Links by name and by location. A name belongs to one link; a location may belong to several, such as the pieces of a street
/// between two crossings, and then all of them are meant.
struct Named<'n> {
    by_name: BTreeMap<&'n str, LinkId>,
    by_location: BTreeMap<String, Vec<LinkId>>,
}

impl<'n> Named<'n> {
    /// Those of a network; without locations where nobody asks for links.
    fn of(network: &'n Network, locations: Option<Vec<Option<String>>>) -> Self {
        let by_name = network.link_ids().map(|id| (network.link(id).name.as_str(), id)).collect();
        let mut by_location: BTreeMap<String, Vec<LinkId>> = BTreeMap::new();
        for (link, location) in locations.into_iter().flatten().enumerate() {
            if let Some(location) = location {
                by_location.entry(location).or_default().push(LinkId::new(link));
            }
        }
        Self { by_name, by_location }
    }

    /// The links of a name or location.
    fn find(&mut self, text: &str, fault: &dyn Fn(String, &str) -> Fault) -> Result<Vec<LinkId>> {
        if let Some(link) = self.by_name.get(text) {
            return Ok(vec![*link]);
        }
        if let Some(links) = self.by_location.get(text) {
            return Ok(links.clone());
        }
        let known: Vec<&str> =
            self.by_name.keys().copied().chain(self.by_location.keys().map(String::as_str)).collect();
        let fault = fault(
            format!("link \"{text}\" is not in the network"),
            "the name of a link, or its location as the report tells it",
        );
        Err(match closest(text, &known) {
            Some(near) => fault.advice(format!("did you mean \"{near}\"?")),
            None => fault.advice("wayfare export RUN --csv lists all links"),
        }
        .into())
    }
}

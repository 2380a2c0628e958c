//! Coordinates of plans and facilities in the system of the network, and coordinates that cannot be in it.

use engine::activity::replay::PlannedPerson;
use engine::network::Network;
use engine::projection::Crs;
use engine::{Fault, Result};
use netconvert::matsim::crs::{self, System, Transform};
use netconvert::matsim::facilities;
use netconvert::tally::Tally;
use std::collections::HashMap;
use std::path::Path;

/// Distance from the edge of the network beyond which coordinates are not meant, metres.
const FAR_M: f64 = 100_000.0;
/// Width of a network from which it cannot be one in degrees, nor plans in degrees be its plans, metres.
const WIDE_M: f64 = 5_000.0;

/// The system of a name; `None` without a name.
pub(super) fn system(name: Option<&String>, path: &Path) -> Result<Option<System>> {
    name.map(|name| crs::read(name, path, "coordinateReferenceSystem")).transpose()
}

/// Takes the coordinates of all activities to the system of the network. Plans that tell no system are in that of the network.
pub(super) fn to_network(
    persons: &mut [PlannedPerson],
    system: Option<&System>,
    network: &Network,
    path: &Path,
) -> Result<()> {
    let Some(system) = system else { return refuse_degrees(persons, network, path) };
    let transform = Transform::between(system, &network.crs)?;
    let Some(transform) = transform else { return Ok(()) };
    for person in persons {
        for stay in &mut person.stays {
            if let Some(xy) = stay.xy_m {
                let xy = transform.apply(xy);
                stay.xy_m = Some(xy.map_err(|error| {
                    Fault::new(path, format!("person {}", person.name), error.to_string())
                        .expected("coordinates in the reference system of the population")
                })?);
            }
        }
    }
    Ok(())
}

/// Smallest and largest coordinates of the nodes, metres: west, south, east, north.
fn bounds(network: &Network) -> [f64; 4] {
    network.nodes.iter().fold(
        [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
        |[west, south, east, north], node| {
            [west.min(node.x_m), south.min(node.y_m), east.max(node.x_m), north.max(node.y_m)]
        },
    )
}

/// Refuses plans that tell no system and whose coordinates are all inside ±180, ±90 on a network many times as wide: on it all
/// activities would be on one link.
fn refuse_degrees(persons: &[PlannedPerson], network: &Network, path: &Path) -> Result<()> {
    let all = || persons.iter().flat_map(|person| &person.stays).filter_map(|stay| stay.xy_m);
    let [west, south, east, north] = bounds(network);
    let inside = |(x, y): (f64, f64)| x.abs() <= 180.0 && y.abs() <= 90.0;
    // Zeros are what is written for coordinates that nobody knows.
    let some = all().any(|(x, y)| x != 0.0 || y != 0.0);
    if some && all().all(inside) && (east - west > WIDE_M || north - south > WIDE_M) {
        return Err(Fault::new(path, "", "has coordinates that look like longitude and latitude in degrees")
            .expected(format!("metres in the reference system of the network, {}", network.crs))
            .advice("name their system: [people] crs = \"EPSG:4326\" (or \"plane\" if they are metres)")
            .into());
    }
    Ok(())
}

/// Counts the activities that are far from every road as not understood: a few may be meant, many are in another system.
pub(super) fn count_far(persons: &[PlannedPerson], network: &Network, tally: &mut Tally) {
    let [west, south, east, north] = bounds(network);
    let far = |(x, y): (f64, f64)| {
        !((west - FAR_M..=east + FAR_M).contains(&x) && (south - FAR_M..=north + FAR_M).contains(&y))
    };
    for person in persons {
        for _ in person.stays.iter().filter(|stay| stay.xy_m.is_some_and(far)) {
            let what = "an activity is more than 100 km from every road, as if in another reference system; \
                        its own may be named: [people] crs = \"EPSG:<code>\"";
            tally.unknown("activities", what, format!("person {}", person.name));
        }
    }
}

/// Gives activities at a facility the link and coordinates that they do not have themselves.
pub(super) fn at_facilities(
    persons: &mut [PlannedPerson],
    read: &facilities::Facilities,
    to: &Crs,
    path: &Path,
) -> Result<()> {
    let transform = match system(read.crs.as_ref(), path)? {
        Some(system) => Transform::between(&system, to)?,
        None => None,
    };
    let by_name: HashMap<&str, &facilities::Facility> =
        read.list.iter().map(|facility| (facility.name.as_str(), facility)).collect();
    for person in persons {
        for stay in &mut person.stays {
            let Some(name) = stay.facility.as_deref() else { continue };
            let Some(facility) = by_name.get(name) else {
                let what =
                    format!("an activity is at the facility \"{name}\", which is not in {}", path.display());
                return Err(Fault::new(path, format!("person {}", person.name), what)
                    .expected("the id of a <facility>")
                    .into());
            };
            if stay.link.is_none() {
                stay.link.clone_from(&facility.link);
            }
            if let (None, Some(xy)) = (stay.xy_m, facility.xy_m) {
                stay.xy_m = Some(transform.as_ref().map_or(Ok(xy), |transform| transform.apply(xy))?);
            }
        }
    }
    Ok(())
}

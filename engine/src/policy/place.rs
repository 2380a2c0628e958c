//! From a description of a place to links.
//!
//! A scenario names places in words (a link, a route and direction, a street, a class of road, an area); a measure needs
//! links. An error of spelling must not become a policy that does nothing, so whatever means no link is an error
//! with the nearest names. Links come back ascending and each once, whatever the order in the scenario.

use super::Place;
use crate::error::{Fault, Result};
use crate::id::LinkId;
use crate::network::Network;
use crate::projection::Projection;
use geo::{Contains, Coord, LineString, Point, Polygon};
use std::collections::{BTreeMap, BTreeSet};

/// Looks links up by name and by area.
pub(super) struct Finder<'n> {
    network: &'n Network,
    by_name: BTreeMap<&'n str, LinkId>,
    projection: Projection,
}

impl<'n> Finder<'n> {
    /// Prepares look-ups by name; areas are then given in degrees and compared in the network's metres.
    ///
    /// # Errors
    /// When the reference system of the network is unknown.
    pub fn new(network: &'n Network) -> Result<Self> {
        let by_name = network.link_ids().map(|id| (network.link(id).name.as_str(), id)).collect();
        Ok(Self { network, by_name, projection: Projection::new(&network.crs)? })
    }

    /// The links of a place, ascending. `record` names the measure in error messages.
    ///
    /// Links by name are added to those that satisfy all of the other conditions together: `links = ["7"], route =
    /// "80", direction = "E"` means link 7 and all of eastbound 80.
    ///
    /// # Errors
    /// A fault for a link, route or area that the network does not have, with the nearest name.
    pub fn links(&self, place: &Place, record: &str) -> Result<Vec<LinkId>> {
        let mut found =
            place.links.iter().map(|name| self.named(name, record)).collect::<Result<Vec<_>>>()?;
        let asks = place.route.is_some()
            || place.street.is_some()
            || place.class.is_some()
            || place.bounds.is_some()
            || place.polygon.is_some();
        if place.direction.is_some() && place.route.is_none() {
            return Err(Fault::new("policy", record, "gives a direction without a route")
                .expected("route and direction, e.g. route = \"80\", direction = \"E\"")
                .into());
        }
        if asks {
            found.extend(self.matching(place, record)?);
        }
        found.sort_unstable();
        found.dedup();
        if found.is_empty() {
            return Err(Fault::new("policy", record, "means no link at all")
                .expected("links by name, or by route, street, class, box or polygon")
                .advice(self.hint(place))
                .into());
        }
        Ok(found)
    }

    /// The link of a name; a fault with the nearest names when there is none.
    fn named(&self, name: &str, record: &str) -> Result<LinkId> {
        self.by_name.get(name).copied().ok_or_else(|| {
            let near = nearest(name, self.by_name.keys().copied());
            Fault::new("policy", record, format!("link \"{name}\" is not in the network"))
                .expected("the name of a link")
                .advice(format!("did you mean {}?", quoted(&near)))
                .into()
        })
    }

    /// The links that fit route, direction, street and class and whose middle lies in all areas given.
    ///
    /// An area holds a link when the link's middle lies in it, so a link across the border of two areas belongs to
    /// one. The box is west, south, east, north, in degrees (metres on a plane).
    fn matching(&self, place: &Place, record: &str) -> Result<Vec<LinkId>> {
        let bounds = place.bounds.map(|[west, south, east, north]| {
            vec![[west, south], [east, south], [east, north], [west, north]]
        });
        let areas = [bounds.as_deref(), place.polygon.as_deref()]
            .into_iter()
            .flatten()
            .map(|corners| self.area(corners, record))
            .collect::<Result<Vec<_>>>()?;
        let wanted = place.route.as_deref().map(route_number);
        let fits = |id: &LinkId| {
            let link = self.network.link(*id);
            let (x_m, y_m) = self.network.middle(*id);
            let route = wanted.as_ref().is_none_or(|wanted| {
                link.route.as_ref().is_some_and(|(number, direction)| {
                    route_number(number) == *wanted
                        && place.direction.is_none_or(|d| d.eq_ignore_ascii_case(direction))
                })
            });
            let street = place.street.as_deref().is_none_or(|wanted| {
                link.street.as_deref().is_some_and(|street| street.to_lowercase() == wanted.to_lowercase())
            });
            route
                && street
                && place.class.is_none_or(|class| link.class == class)
                && areas.iter().all(|area| area.contains(&Point::new(x_m, y_m)))
        };
        Ok(self.network.link_ids().filter(fits).collect())
    }

    /// Links that lead from outside an area into it.
    ///
    /// A toll on them is paid each time that a vehicle comes in; who drives inside, or only out, pays nothing.
    ///
    /// # Errors
    /// A fault for an area of fewer than three corners or that no link enters.
    pub fn entering(&self, corners: &[[f64; 2]], record: &str) -> Result<Vec<LinkId>> {
        let area = self.area(corners, record)?;
        let inside: Vec<bool> =
            self.network.nodes.iter().map(|node| area.contains(&Point::new(node.x_m, node.y_m))).collect();
        let found: Vec<LinkId> = self
            .network
            .link_ids()
            .filter(|&id| {
                let link = self.network.link(id);
                !inside[link.from.index()] && inside[link.to.index()]
            })
            .collect();
        if found.is_empty() {
            return Err(Fault::new("policy", record, "no link leads into the cordon")
                .expected("an area that roads enter, as longitude and latitude (metres on a plane)")
                .into());
        }
        Ok(found)
    }

    /// The polygon of given corners, longitude first, in the metres of the network. It need not be closed.
    ///
    /// # Errors
    /// A fault for fewer than three corners, a number that is not finite, or a corner that is no place on Earth.
    fn area(&self, corners: &[[f64; 2]], record: &str) -> Result<Polygon<f64>> {
        if corners.len() < 3 || corners.iter().flatten().any(|number| !number.is_finite()) {
            return Err(Fault::new("policy", record, format!("an area of {} corners", corners.len()))
                .expected("at least three corners, each [longitude, latitude]")
                .into());
        }
        let project = |&[lon, lat]: &[f64; 2]| {
            let (x, y) = self.projection.to_metres(lon, lat).map_err(|_| {
                Fault::new("policy", record, format!("corner [{lon}, {lat}] is no place on Earth"))
                    .expected("longitude and latitude in degrees, longitude first")
            })?;
            Ok(Coord { x, y })
        };
        let ring = corners.iter().map(project).collect::<Result<Vec<_>>>()?;
        Ok(Polygon::new(LineString::new(ring), Vec::new()))
    }

    /// The streets or routes of the network, for who asked for one that it does not have.
    fn hint(&self, place: &Place) -> String {
        let links = &self.network.links;
        if let Some(street) = &place.street {
            let streets: BTreeSet<&str> = links.iter().filter_map(|link| link.street.as_deref()).collect();
            if streets.is_empty() {
                return "the network knows no streets; name the links".into();
            }
            return format!(
                "near streets: {}; check the area too",
                quoted(&nearest(street, streets.into_iter()))
            );
        }
        let Some(route) = &place.route else { return "check the area's coordinates".into() };
        let routes: BTreeSet<&str> =
            links.iter().filter_map(|link| Some(link.route.as_ref()?.0.as_str())).collect();
        if routes.is_empty() {
            return "the network knows no route numbers; name the links".into();
        }
        let near = nearest(&route_number(route), routes.into_iter());
        format!("near route numbers: {}; check direction and area too", quoted(&near))
    }
}

/// `I-80`, `I 80`, `US-101`, `SR 24` and `80` as the bare number.
fn route_number(name: &str) -> String {
    let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    if digits.is_empty() { name.trim().to_ascii_uppercase() } else { digits.trim().to_ascii_uppercase() }
}

/// Names in quotes, with commas between.
pub(crate) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// The three names closest to `name` by edit distance, ties by name.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut ranked: Vec<(usize, &str)> = names.map(|other| (edits(name, other), other)).collect();
    ranked.sort_unstable();
    ranked.into_iter().take(3).map(|(_, other)| other).collect()
}

/// Levenshtein distance of two names, by characters.
///
/// One row of the usual table is kept: before round `i`, `row[j]` is the distance of the first `i` characters of
/// `a` from the first `j` of `b`, and `corner` the value up and left that the row has just lost.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let kept = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = kept.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_first() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "ab"), 2);
        assert_eq!(nearest("124", ["9", "123", "1240", "77"].into_iter()), ["123", "1240", "77"]);
        for name in ["I-80", "i 80", "80", "US80"] {
            assert_eq!(route_number(name), "80");
        }
        assert_eq!(route_number("Broadway"), "BROADWAY");
    }
}

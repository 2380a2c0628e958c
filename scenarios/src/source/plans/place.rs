//! The link on which an activity of a plan is.

use super::super::Source;
use engine::activity::replay::Stay;
use engine::id::{LinkId, ZoneId};
use engine::mode::Mode;
use engine::network::Network;
use engine::place::{Nearest, Place};
use engine::{Fault, Result};
use netconvert::tally::Tally;
use std::collections::BTreeMap;
use std::path::Path;

/// The links that activities may name.
pub(super) struct Roads<'a> {
    network: &'a Network,
    by_name: BTreeMap<&'a str, LinkId>,
    /// The network before cleaning and the names of its links, where cleaning took something away.
    raw: Option<(&'a Network, BTreeMap<&'a str, LinkId>)>,
    nearest: Nearest,
}

/// The links of a network by name.
fn by_name(network: &Network) -> BTreeMap<&str, LinkId> {
    network.link_ids().map(|id| (network.link(id).name.as_str(), id)).collect()
}

impl<'a> Roads<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self {
            network: &source.network,
            by_name: by_name(&source.network),
            raw: source.raw.as_ref().map(|raw| (raw, by_name(raw))),
            nearest: Nearest::new(&source.network),
        }
    }

    /// The link of a name that a car can start and stop on.
    pub(super) fn usable(&self, name: &str) -> Option<LinkId> {
        self.by_name.get(name).copied().filter(|&link| self.network.link(link).modes.has(Mode::Car))
    }

    /// Where a stay is: on the link that it names; on the road nearest to its coordinates, where it names none; on the
    /// road nearest to its coordinates or else to its link, where the link is closed to cars or was dropped when the
    /// network was cleaned. Its zone is not known.
    pub(super) fn place(&self, path: &Path, person: &str, stay: &Stay, tally: &mut Tally) -> Result<Place> {
        let fault = |what: String| Fault::new(path, format!("person {person}"), what);
        let nearest = |(x_m, y_m): (f64, f64)| {
            self.nearest.link(x_m, y_m).ok_or_else(|| fault("the network has no road for cars".into()))
        };
        let mut moved = |what: &str| tally.part("activities", what, format!("person {person}"));
        let (link, middle) = match stay.link.as_deref() {
            Some(name) => match (self.usable(name), self.by_name.get(name), &self.raw) {
                (Some(link), ..) => (link, self.network.middle(link)),
                (None, Some(&closed), _) => {
                    moved(
                        "an activity is on a link that is closed to cars; it was moved to the nearest road",
                    );
                    let middle = self.network.middle(closed);
                    (nearest(stay.xy_m.unwrap_or(middle))?, middle)
                }
                (None, None, Some((raw, links))) if links.contains_key(name) => {
                    moved(
                        "an activity is on a link without a way there and back, which is not in the network; it was \
                           moved to the nearest road",
                    );
                    let middle = raw.middle(links[name]);
                    (nearest(stay.xy_m.unwrap_or(middle))?, middle)
                }
                (None, None, _) => {
                    return Err(fault(format!("an activity is on the unknown link \"{name}\""))
                        .expected("a link of the network")
                        .into());
                }
            },
            None => {
                let xy = stay.xy_m.ok_or_else(|| no_place(fault, stay))?;
                let link = nearest(xy)?;
                (link, self.network.middle(link))
            }
        };
        // A stay without coordinates is put in the middle of its link.
        let (x_m, y_m) = stay.xy_m.unwrap_or(middle);
        Ok(Place { zone: ZoneId::NONE, link, x_m: x_m as f32, y_m: y_m as f32 })
    }
}

/// The fault of a stay with neither link nor coordinates.
fn no_place(fault: impl Fn(String) -> Fault, stay: &Stay) -> Fault {
    match &stay.facility {
        Some(name) => {
            fault(format!("an activity has neither link nor coordinates but the facility \"{name}\""))
                .expected("a facility with a place")
                .advice("name the file of facilities: [people] facilities = \"facilities.xml\"")
        }
        None => fault("an activity has neither link nor coordinates".into()),
    }
}

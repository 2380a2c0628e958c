//! The links by which people reach a zone, with H3 cells (resolution 9, some 0.1 km²) as the grain inside it.
//!
//! [`Access::new`] in order: the links that are fit; their H3 cells and the length of road around each; links by
//! zone; zones without a link borrow the nearest; zones with more people than their links can serve take some
//! around them; then weights. [`Access::link`] draws from the result. Nobody lives or works at a point: the finest
//! place is a link.

use crate::error::{Error, Fault, Result};
use crate::id::{LinkId, ZoneId};
use crate::mode::Mode;
use crate::network::{Network, RoadClass};
use crate::projection::{Crs, Projection};
use crate::warning::Warning;
use crate::zone::Zones;
use geo::{BoundingRect, Contains, Intersects, MultiPolygon, Point};
use h3o::{CellIndex, LatLng, Resolution};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use std::collections::{BTreeMap, BTreeSet};

/// A zone without a link of its own borrows the nearest links up to this far from its point, metres; up
/// to the radius of two discs of its area where that is more.
pub const REACH_M: f64 = 5_000.0;
/// How many links a zone without its own borrows.
const BORROWED: usize = 4;
/// Residents and jobs that a zone's links can serve, for each vehicle an hour of their capacity. A resident or job makes
/// about one departure by car a day (1.06 in our Bay Area), a tenth of them in the busiest hour: three take
/// some 30 % of the capacity and leave the rest to those who pass.
const PEOPLE_PER_VPH: f64 = 3.0;

/// Which links serve a zone, with two sets of weights.
#[derive(Debug, Clone, Default)]
struct ZoneAccess {
    links: Vec<LinkId>,
    /// Running sums of the weights for homes, one a link; the last is the total.
    homes: Vec<f64>,
    /// The same for everything else.
    others: Vec<f64>,
}

/// Access links of all zones, and the H3 cell of every link.
#[derive(Debug, Clone)]
pub struct Access {
    zones: Vec<ZoneAccess>,
    cells: Vec<Option<CellIndex>>,
}

type Spot = GeomWithData<[f64; 2], LinkId>;

impl Access {
    /// Finds the links of each zone: those open to cars, neither freeway nor ramp, whose middle lies in
    /// the zone's outline. A zone without any takes the four nearest within
    /// [`REACH_M`] of its point, with a warning; one whose links are too small for its people takes some around it, too.
    ///
    /// Homes are spread by length of link, arterials at a fifth of theirs. All else is spread by length ×
    /// length of road within the H3 cell and its six neighbours: a fine mesh of streets stands for
    /// dense land use. Both are assumptions for want of parcels.
    ///
    /// # Errors
    /// A [`Fault`] when no link is fit for access, or a zone with people or jobs has none within reach.
    pub fn new(zones: &Zones, network: &Network) -> Result<(Self, Vec<Warning>)> {
        let fit: Vec<LinkId> = network.link_ids().filter(|&l| serves(network, l)).collect();
        if fit.is_empty() {
            let what = "no link is open to cars and neither freeway nor ramp";
            return Err(Fault::new("network", "", what).expected("streets to start and end trips on").into());
        }
        let cells = cells(network)?;
        let density = density(network, &cells, &fit);
        let mut of_zone = links_by_zone(zones, network, &fit);
        let spots = fit.iter().map(|&link| Spot::new(network.middle(link).into(), link)).collect();
        let tree = RTree::bulk_load(spots);
        let mut warnings = borrow(zones, &tree, &mut of_zone)?;
        warnings.extend(relieve(zones, network, &tree, &mut of_zone));
        let access = of_zone.into_iter().map(|links| weigh(network, links, &density)).collect();
        Ok((Self { zones: access, cells }, warnings))
    }

    /// Draws a link of a zone for a home (`home`) or for anything else; `share` is uniform in [0, 1).
    pub fn link(&self, zone: ZoneId, home: bool, share: f64) -> LinkId {
        let zone = &self.zones[zone.index()];
        let sums = if home { &zone.homes } else { &zone.others };
        let target = share * sums.last().copied().unwrap_or(0.0);
        zone.links[sums.partition_point(|&sum| sum <= target).min(zone.links.len() - 1)]
    }

    /// Links of a zone with their shares of its homes and of all else.
    pub fn shares(&self, zone: ZoneId) -> impl Iterator<Item = (LinkId, f64, f64)> {
        let zone = &self.zones[zone.index()];
        let share = |sums: &[f64], at: usize| {
            let before = if at == 0 { 0.0 } else { sums[at - 1] };
            (sums[at] - before) / sums[sums.len() - 1].max(f64::MIN_POSITIVE)
        };
        let of = move |(at, &link)| (link, share(&zone.homes, at), share(&zone.others, at));
        zone.links.iter().enumerate().map(of)
    }

    /// Links that serve a zone; never empty.
    pub fn links(&self, zone: ZoneId) -> &[LinkId] {
        &self.zones[zone.index()].links
    }

    /// The H3 cell (resolution 9) of a link's middle. A [`Crs::Plane`] is laid down where equator and
    /// zero meridian cross: its cells group links rightly but lie nowhere.
    pub fn cell(&self, link: LinkId) -> Option<CellIndex> {
        self.cells[link.index()]
    }
}

/// Whether trips may start and end on a link: open to cars, and neither freeway nor ramp.
fn serves(network: &Network, link: LinkId) -> bool {
    let link = network.link(link);
    link.modes.has(Mode::Car) && !matches!(link.class, RoadClass::Freeway | RoadClass::Ramp)
}

/// Cell of each link; `None` where the projection ends.
///
/// Metres per degree are those of a sphere of 6,371 km, along the equator.
fn cells(network: &Network) -> Result<Vec<Option<CellIndex>>> {
    const METRES_PER_DEGREE: f64 = 111_195.0;
    let projection = Projection::new(&network.crs)?;
    let place = |link| {
        let (x_m, y_m) = network.middle(link);
        let (lon, lat) = match network.crs {
            Crs::Plane => (x_m / METRES_PER_DEGREE, y_m / METRES_PER_DEGREE),
            Crs::Epsg(_) => projection.to_degrees(x_m, y_m).ok()?,
        };
        Some(LatLng::new(lat, lon).ok()?.to_cell(Resolution::Nine))
    };
    Ok(network.link_ids().map(place).collect())
}

/// Metres of fit road in each link's cell and the cells around it.
fn density(network: &Network, cells: &[Option<CellIndex>], fit: &[LinkId]) -> Vec<f64> {
    let mut length_m: BTreeMap<CellIndex, f64> = BTreeMap::new();
    for &link in fit {
        if let Some(cell) = cells[link.index()] {
            *length_m.entry(cell).or_default() += network.link(link).length_m;
        }
    }
    let mut around: BTreeMap<CellIndex, f64> = BTreeMap::new();
    for &cell in length_m.keys() {
        // In one order, because the sum of floating-point numbers depends on it.
        let mut disk: Vec<CellIndex> = cell.grid_disk(1);
        disk.sort_unstable();
        around.insert(cell, disk.iter().filter_map(|c| length_m.get(c)).sum());
    }
    let of = |cell: &Option<CellIndex>| cell.and_then(|c| around.get(&c)).copied().unwrap_or(1.0);
    cells.iter().map(of).collect()
}

/// Links whose middle is inside each zone; on overlapping outlines the first zone has it. A link inside
/// none goes to the nearest of the zones that have no outline, if its point is within 5 km.
fn links_by_zone(zones: &Zones, network: &Network, fit: &[LinkId]) -> Vec<Vec<LinkId>> {
    let mut of_zone = vec![Vec::new(); zones.len()];
    for (&link, zone) in fit.iter().zip(zones_of(zones, network, fit, false)) {
        if let Some(zone) = zone {
            of_zone[zone.index()].push(link);
        }
    }
    of_zone
}

/// The zone that the middle of each link is in; on overlapping outlines the first, and so it is `on_edges`, where roads are
/// borders of zones. A link inside none has the nearest of the zones that have no outline, if its point is within 5 km, else no
/// zone.
pub fn zones_of(zones: &Zones, network: &Network, links: &[LinkId], on_edges: bool) -> Vec<Option<ZoneId>> {
    let boxes: Vec<GeomWithData<Rectangle<[f64; 2]>, usize>> = zones
        .zones
        .iter()
        .enumerate()
        .filter_map(|(index, zone)| {
            let rect = zone.outline.as_ref()?.bounding_rect()?;
            let corners = ([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]);
            Some(GeomWithData::new(Rectangle::from_corners(corners.0, corners.1), index))
        })
        .collect();
    let tree = RTree::bulk_load(boxes);
    let bare = zones.zones.iter().enumerate().filter(|(_, zone)| zone.outline.is_none());
    let points: RTree<GeomWithData<[f64; 2], usize>> =
        RTree::bulk_load(bare.map(|(index, zone)| GeomWithData::new([zone.x_m, zone.y_m], index)).collect());
    let zone_of = |&link: &LinkId| {
        let (x, y) = network.middle(link);
        let inside = |index: &usize| {
            let is_in = |outline: &MultiPolygon| match on_edges {
                true => outline.intersects(&Point::new(x, y)),
                false => outline.contains(&Point::new(x, y)),
            };
            zones.zones[*index].outline.as_ref().is_some_and(is_in)
        };
        let mut near: Vec<usize> =
            tree.locate_in_envelope_intersecting(AABB::from_point([x, y])).map(|b| b.data).collect();
        near.sort_unstable();
        near.into_iter().find(inside).or_else(|| {
            let (spot, square) = points.nearest_neighbor_iter_with_distance_2([x, y]).next()?;
            (square <= REACH_M * REACH_M).then_some(spot.data)
        })
    };
    links.par_iter().map(|link| zone_of(link).map(ZoneId::new)).collect()
}

/// Gives zones without a link the nearest ones.
///
/// How far is allowed: [`REACH_M`], or for a large zone the radius of a disc of twice its area, √(2A/π). A zone
/// without people or jobs takes the nearest link however far it is: nobody will ask for it.
fn borrow(zones: &Zones, tree: &RTree<Spot>, of_zone: &mut [Vec<LinkId>]) -> Result<Vec<Warning>> {
    let mut warnings = Vec::new();
    for (zone, links) in zones.zones.iter().zip(of_zone).filter(|(_, links)| links.is_empty()) {
        let nearest: Vec<(f64, LinkId)> = tree
            .nearest_neighbor_iter_with_distance_2([zone.x_m, zone.y_m])
            .take(BORROWED)
            .map(|(spot, square)| (square.sqrt(), spot.data))
            .collect();
        let busy = zone.land.population + zone.land.households + zone.land.jobs > 0.0;
        let next_m = nearest.first().map_or(f64::INFINITY, |n| n.0);
        let reach_m = REACH_M.max((2.0 * zone.land.area_m2.max(0.0) / std::f64::consts::PI).sqrt());
        if busy && next_m > reach_m {
            return Err(no_road(&zone.name, next_m));
        }
        let reach_m = reach_m.max(next_m);
        links.extend(nearest.iter().filter(|n| n.0 <= reach_m).map(|n| n.1));
        if busy {
            let what = format!("no street inside; reached by the nearest, {next_m:.0} m from its point");
            warnings.push(Warning::new("zones", format!("zone {}", zone.name), what));
        }
    }
    Ok(warnings)
}

/// Gives zones with more people than their links can serve ([`PEOPLE_PER_VPH`]) the nearest links outside, too, until they
/// can or the radius of two discs of the zone's area is reached. A coarse network stands for
/// local streets that lead to many places of the roads around, not to the one road inside.
///
/// ```text
/// a zone of 9000 residents and jobs, links of 2000 veh/h together: they serve 6000,
/// so the nearest links outside join until they have 1000 veh/h more
/// ```
fn relieve(
    zones: &Zones,
    network: &Network,
    tree: &RTree<Spot>,
    of_zone: &mut [Vec<LinkId>],
) -> Option<Warning> {
    let can_serve = |link: LinkId| PEOPLE_PER_VPH * network.link(link).capacity_vph;
    let mut relieved: Vec<&str> = Vec::new();
    for (zone, links) in zones.zones.iter().zip(of_zone) {
        let people = zone.land.population + zone.land.jobs;
        let mut missing = people - links.iter().map(|&link| can_serve(link)).sum::<f64>();
        let own: BTreeSet<LinkId> = links.iter().copied().collect();
        let reach_2 = 2.0 * zone.land.area_m2.max(0.0) / std::f64::consts::PI;
        for (spot, distance_2) in tree.nearest_neighbor_iter_with_distance_2([zone.x_m, zone.y_m]) {
            if missing <= 0.0 || distance_2 > reach_2 {
                break;
            }
            if !own.contains(&spot.data) {
                links.push(spot.data);
                missing -= can_serve(spot.data);
            }
        }
        if links.len() > own.len() {
            relieved.push(&zone.name);
        }
    }
    let n = relieved.len();
    let what =
        format!("{n} zones have more people than their streets can serve: streets around serve them, too");
    relieved.first().map(|zone| Warning::new("zones", format!("zone {zone}"), what))
}

/// The fault of a zone with people or jobs whose nearest street is `next_m` metres away: zones and network
/// do not fit.
fn no_road(zone: &str, next_m: f64) -> Error {
    let what = format!("has people or jobs, but the nearest street is {:.1} km away", next_m / 1000.0);
    Fault::new("zones", format!("zone {zone}"), what)
        .expected(format!("a street within {} km", REACH_M / 1000.0))
        .advice("check that zones and network share one reference system, or add the missing roads")
        .into()
}

/// Running sums over the links of a zone: for homes the length (a fifth of it on arterials), for all else
/// the length times the density of jobs around; a draw over them picks a link.
fn weigh(network: &Network, links: Vec<LinkId>, density: &[f64]) -> ZoneAccess {
    let (mut home_sum, mut other_sum) = (0.0, 0.0);
    let (mut homes, mut others) = (Vec::with_capacity(links.len()), Vec::with_capacity(links.len()));
    for &id in &links {
        let link = network.link(id);
        home_sum += if link.class == RoadClass::Arterial { 0.2 * link.length_m } else { link.length_m };
        other_sum += link.length_m * density[id.index()];
        homes.push(home_sum);
        others.push(other_sum);
    }
    ZoneAccess { links, homes, others }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::county::county;

    #[test]
    fn a_crowded_zone_is_served_by_the_streets_around() {
        let truth = county(20_000, 11).unwrap();
        let (before, warnings) = Access::new(&truth.zones, &truth.network).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        let (mut zones, id) = (truth.zones, ZoneId(5));
        zones.zones[id.index()].land.jobs += 1e6;
        let (after, warnings) = Access::new(&zones, &truth.network).unwrap();
        let (own, all) = (before.links(id), after.links(id));
        assert!(all.len() > own.len() && all.starts_with(own));
        assert!(warnings.len() == 1 && warnings[0].what.starts_with("1 zones"), "{warnings:?}");
        assert!(zones.ids().all(|other| other == id || before.links(other) == after.links(other)));
        let sums =
            after.shares(id).fold((0.0, 0.0), |sums, (_, home, other)| (sums.0 + home, sums.1 + other));
        assert!((sums.0 - 1.0).abs() < 1e-9 && (sums.1 - 1.0).abs() < 1e-9, "{sums:?}");
    }
}

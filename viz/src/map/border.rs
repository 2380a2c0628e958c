//! Borders out of the outlines of zones: what a map stands on when it has no map below it.
//!
//! Neighbouring zones share the edges between them. An edge of one zone only is where all zones end (often a coast),
//! one between zones of two regions is a county line, all others part zones of one region. Edges are joined to lines,
//! and lines are thinned, so that a region of 1,454 zones adds some 100 kB to the map.

use super::{Border, BorderKind, PlaceName};
use engine::zone::Zones;
use std::collections::BTreeMap;

/// A corner, metres. Corners that are the same to the metre are one.
type Corner = (i64, i64);

/// Lines are thinned by corners that lie nearer than this to the line without them, metres.
const THIN_M: f64 = 15.0;

/// The borders of all zones with an outline, in a fixed order: the same zones give the same borders.
pub(super) fn borders(zones: &Zones) -> Vec<Border> {
    let mut borders = Vec::new();
    let edges = edges(zones);
    for kind in [BorderKind::Outside, BorderKind::Region, BorderKind::Zone] {
        let of_kind = edges.iter().filter(|(_, of)| *of == kind).map(|(edge, _)| *edge);
        for line in lines(of_kind, kind == BorderKind::Outside) {
            let points_m = thin(&line).into_iter().map(|(x, y)| (x as f64, y as f64)).collect();
            borders.push(Border { kind, points_m });
        }
    }
    borders
}

/// Where the names of regions are written: at the mean of their zones, by residents, so that a name stands where people
/// know the region.
pub(super) fn places(zones: &Zones) -> Vec<PlaceName> {
    let mut sums = vec![(0.0, 0.0, 0.0); zones.regions.len()];
    for zone in &zones.zones {
        if let Some(sum) = sums.get_mut(usize::from(zone.region)) {
            let weight = zone.land.population + 1.0;
            *sum = (sum.0 + weight * zone.x_m, sum.1 + weight * zone.y_m, sum.2 + weight);
        }
    }
    let known = zones.regions.iter().zip(sums).filter(|(_, sum)| sum.2 > 0.0);
    known
        .map(|(name, (x, y, n))| PlaceName { name: name.clone(), at_m: ((x / n).round(), (y / n).round()) })
        .collect()
}

/// Every edge once, the smaller corner first, with what it parts.
fn edges(zones: &Zones) -> Vec<((Corner, Corner), BorderKind)> {
    let mut all: Vec<(Corner, Corner, u16)> = Vec::new();
    for zone in &zones.zones {
        for polygon in zone.outline.iter().flatten() {
            for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                let corners: Vec<Corner> =
                    ring.coords().map(|at| (at.x.round() as i64, at.y.round() as i64)).collect();
                let pairs = corners.windows(2).filter(|pair| pair[0] != pair[1]);
                all.extend(pairs.map(|pair| (pair[0].min(pair[1]), pair[0].max(pair[1]), zone.region)));
            }
        }
    }
    all.sort_unstable();
    let same = all.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
    same.map(|edge| {
        let kind = match edge {
            [_] => BorderKind::Outside,
            many if many.iter().any(|other| other.2 != many[0].2) => BorderKind::Region,
            _ => BorderKind::Zone,
        };
        ((edge[0].0, edge[0].1), kind)
    })
    .collect()
}

/// Edges joined to lines. A line ends where more than two edges meet; `through` goes on there, so that edges around an area
/// become closed lines.
fn lines(edges: impl Iterator<Item = (Corner, Corner)>, through: bool) -> Vec<Vec<Corner>> {
    let mut next: BTreeMap<Corner, Vec<Corner>> = BTreeMap::new();
    for (a, b) in edges {
        next.entry(a).or_default().push(b);
        next.entry(b).or_default().push(a);
    }
    // Lines begin at ends and meeting points; what is left then are rings.
    let meets = |next: &BTreeMap<Corner, Vec<Corner>>| {
        let ends = next.iter().filter(|(_, to)| to.len() != 2).map(|(at, _)| *at);
        ends.collect::<std::collections::BTreeSet<Corner>>()
    };
    let ends = if through { Default::default() } else { meets(&next) };
    let starts: Vec<Corner> = ends.iter().copied().chain(next.keys().copied()).collect();
    let mut lines = Vec::new();
    for start in starts {
        while let Some(second) = take(&mut next, start) {
            let mut line = vec![start, second];
            let mut at = second;
            while !ends.contains(&at) {
                let Some(to) = take(&mut next, at) else { break };
                line.push(to);
                at = to;
            }
            lines.push(line);
        }
    }
    lines
}

/// Takes an edge at a corner away, and gives its other end.
fn take(next: &mut BTreeMap<Corner, Vec<Corner>>, at: Corner) -> Option<Corner> {
    let to = next.get_mut(&at)?.pop()?;
    if let Some(back) = next.get_mut(&to)
        && let Some(place) = back.iter().position(|corner| *corner == at)
    {
        back.swap_remove(place);
    }
    Some(to)
}

/// A line without the corners that it hardly bends at (Douglas and Peucker 1973). A ring keeps its corner that lies farthest
/// from its start, and so stays a ring.
fn thin(line: &[Corner]) -> Vec<Corner> {
    let mut kept = vec![false; line.len()];
    let mut parts = vec![(0, line.len().saturating_sub(1))];
    while let Some((from, to)) = parts.pop() {
        kept[from] = true;
        kept[to] = true;
        let far = |k: &usize| distance_m(line[*k], line[from], line[to]);
        let Some(most) = (from + 1..to).max_by(|a, b| far(a).total_cmp(&far(b))) else { continue };
        if far(&most) > THIN_M {
            parts.extend([(from, most), (most, to)]);
        }
    }
    line.iter().zip(kept).filter(|(_, kept)| *kept).map(|(corner, _)| *corner).collect()
}

/// From a corner to the line between two others, or to them where they are one, metres.
fn distance_m(at: Corner, from: Corner, to: Corner) -> f64 {
    let [px, py] = [(at.0 - from.0) as f64, (at.1 - from.1) as f64];
    let [dx, dy] = [(to.0 - from.0) as f64, (to.1 - from.1) as f64];
    let square = dx * dx + dy * dy;
    let along = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    let [ox, oy] = [px - along * dx, py - along * dy];
    (ox * ox + oy * oy).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::zone::{LandUse, Zone};

    /// Squares of 100 m in a row; the first two are of one region.
    fn row(n: usize) -> Zones {
        let zone = |k: usize| {
            let (west, east) = (100.0 * k as f64, 100.0 * (k + 1) as f64);
            let ring = vec![(west, 0.0), (east, 0.0), (east, 100.0), (west, 100.0), (west, 0.0)];
            let wkt = geo_polygon(ring);
            Zone {
                name: k.to_string(),
                x_m: west + 50.0,
                y_m: 50.0,
                region: u16::from(k > 1),
                outline: Some(wkt),
                land: LandUse { population: 9.0, ..LandUse::default() },
            }
        };
        Zones { zones: (0..n).map(zone).collect(), regions: vec!["West".into(), "East".into()] }
    }

    fn geo_polygon(ring: Vec<(f64, f64)>) -> geo::MultiPolygon<f64> {
        geo::MultiPolygon::new(vec![geo::Polygon::new(ring.into(), Vec::new())])
    }

    #[test]
    fn edges_become_the_outside_a_county_line_and_borders_of_zones() {
        let borders = borders(&row(3));
        let of = |kind| borders.iter().filter(|border| border.kind == kind).collect::<Vec<_>>();
        let outside = of(BorderKind::Outside);
        assert_eq!(outside.len(), 1);
        let ring = &outside[0].points_m;
        assert_eq!((ring.first(), ring.len()), (ring.last(), 5), "corners on a straight line are left out");
        let mut county = of(BorderKind::Region)[0].points_m.clone();
        county.sort_by(|a, b| a.1.total_cmp(&b.1));
        assert_eq!(county, [(200.0, 0.0), (200.0, 100.0)]);
        assert_eq!(of(BorderKind::Zone).len(), 1);
    }

    #[test]
    fn names_stand_in_the_middle_of_their_regions() {
        let places = places(&row(3));
        assert_eq!((places[0].name.as_str(), places[0].at_m), ("West", (100.0, 50.0)));
        assert_eq!((places[1].name.as_str(), places[1].at_m), ("East", (250.0, 50.0)));
    }

    #[test]
    fn zones_that_are_points_have_no_borders() {
        let mut zones = row(2);
        zones.zones.iter_mut().for_each(|zone| zone.outline = None);
        assert_eq!(borders(&zones), []);
    }
}

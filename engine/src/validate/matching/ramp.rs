//! Ramp stations: each ramp goes to the nearest station of its carriageway and kind.
//!
//! Ramps are short and lie close together, so a station cannot be matched alone: two stations would claim the same
//! ramp. All pairs compete, the nearest first; a station that finds its ramps taken gets none, with a reason,
//! rather than a ramp that is not its own. How far a station is off is measured to the drawing of the ramp, less
//! what a bend may hide ([`bend_m`]).

use super::super::label::{bend_m, segments};
use super::super::station::{Counts, Station, StationKind};
use super::{Finder, Found, Matching, Reason, of_place};
use crate::float::sqrt;
use crate::id::LinkId;
use crate::network::RoadClass;
use rstar::PointDistance;
use std::collections::BTreeSet;

impl Finder<'_> {
    /// Gives each ramp to the nearest station of its route, direction and kind: all pairs of a station
    /// and a ramp in the order of their distance, each used once.
    pub(super) fn match_ramps(&self, matching: &mut Matching, counts: &Counts, numbers: &[u32]) {
        let has_ramps = self.network.links.iter().any(|link| link.class == RoadClass::Ramp);
        let mut pairs: Vec<(u32, Found)> = Vec::new();
        for &number in numbers {
            let found = self.ramps_near(&counts.stations[number as usize]);
            pairs.extend(found.into_iter().map(|found| (number, found)));
        }
        pairs.sort_by(|(a, fa), (b, fb)| {
            fa.distance_m.total_cmp(&fb.distance_m).then(a.cmp(b)).then(fa.link.cmp(&fb.link))
        });
        let (mut served, mut taken) = (BTreeSet::new(), BTreeSet::new());
        for (number, found) in pairs {
            if served.contains(&number) || taken.contains(&found.link) {
                continue;
            }
            served.insert(number);
            taken.insert(found.link);
            matching.keep(number, &counts.stations[number as usize], Ok(found));
        }
        for &number in numbers.iter().filter(|number| !served.contains(number)) {
            let station = &counts.stations[number as usize];
            let reason = match (has_ramps, station.xy_m, &station.route) {
                // The first reason that holds: a network without ramps explains all, a station without position or
                // route itself.
                (false, ..) => Reason::KindNotSimulated,
                (_, None, _) => Reason::NoPosition,
                (_, _, None) => Reason::NoRoute,
                _ => Reason::NoFreeRamp,
            };
            matching.keep(number, station, Err(reason.into()));
        }
    }

    /// Ramps that join (on-ramp) or leave (off-ramp) the station's carriageway near it.
    fn ramps_near(&self, station: &Station) -> Vec<Found> {
        let (Some(at), Some(_)) = (station.xy_m, &station.route) else { return Vec::new() };
        let near = self.near(at).into_keys();
        let carriageway = near.filter(|&link| self.network.link(link).route == station.route);
        let ramps: BTreeSet<LinkId> =
            carriageway.flat_map(|link| self.ramps_of(link, station.kind == StationKind::OnRamp)).collect();
        ramps.into_iter().filter_map(|link| self.ramp(station, at, link)).collect()
    }

    /// The ramps that meet a carriageway link at its start (on-ramps) or end (off-ramps).
    fn ramps_of(&self, link: LinkId, is_on: bool) -> impl Iterator<Item = LinkId> + '_ {
        let road = self.network.link(link);
        let ramps = if is_on { self.network.in_links(road.from) } else { self.network.out_links(road.to) };
        ramps.iter().copied().filter(|&ramp| self.network.link(ramp).class == RoadClass::Ramp)
    }

    /// The ramp `link` as the one a station at `at` may stand on. Its distance is to the ramp itself: some
    /// ramp stations stand on the ramp, others have the place of its merge or diverge on the mainline.
    fn ramp(&self, station: &Station, at: (f64, f64), link: LinkId) -> Option<Found> {
        let points = self.network.points(link);
        let apart_2 = segments(link.index(), &points).map(|piece| piece.distance_2(&[at.0, at.1]));
        let distance_m = sqrt(apart_2.min_by(f64::total_cmp)?);
        let hidden_m = bend_m(self.network, link).min(distance_m);
        let beyond_m = distance_m - hidden_m;
        let lanes = self.network.link(link).lanes;
        let confidence = of_place(beyond_m + hidden_m / 10.0, 0.0, lanes, station.lanes);
        (beyond_m <= self.rule.ramp_m).then_some(Found { link, distance_m, turn_deg: 0.0, confidence })
    }
}

//! What would a trivial model show? At each station the flow per lane that the other stations of its kind have in that hour,
//! times its own lanes; and their mean speed.
//!
//! By kind, because a lane of a ramp carries less than a lane of a freeway: one flow per lane for all is wrong at both and easy
//! to beat. With the lanes of the station and not of the link, because these were counted. It has seen the counts
//! of all others, and its own not: a run that is not nearer than it says less than a table of means.

use super::counts::Row;
use super::station::StationKind;
use std::collections::BTreeMap;

/// What it says of one station in one hour; `None` where no other station of the kind was observed in the hour.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Trivial {
    /// Volume, vehicles per hour.
    pub volume_vph: Option<f64>,
    /// Speed, metres per second.
    pub speed_mps: Option<f64>,
}

/// Sums over the stations of a kind in an hour.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    n: u32,
    volume_vph: f64,
    lanes: f64,
    n_speeds: u32,
    speed_mps: f64,
}

/// What the trivial model says of each row.
pub fn trivial(rows: &[Row]) -> Vec<Trivial> {
    let mut sums: BTreeMap<(StationKind, u8), Sums> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry((row.kind, row.hour)).or_default();
        sum.n += 1;
        sum.volume_vph += row.observed_vph;
        sum.lanes += row.station_lanes;
        sum.n_speeds += u32::from(row.observed_mps.is_some());
        sum.speed_mps += row.observed_mps.unwrap_or(0.0);
    }
    let of = |row: &Row| {
        let sum = sums.get(&(row.kind, row.hour)).copied().unwrap_or_default();
        let per_lane = (sum.volume_vph - row.observed_vph) / (sum.lanes - row.station_lanes);
        let n_speeds = sum.n_speeds - u32::from(row.observed_mps.is_some());
        Trivial {
            volume_vph: (sum.n > 1).then_some(per_lane.max(0.0) * row.station_lanes),
            speed_mps: (n_speeds > 0)
                .then(|| (sum.speed_mps - row.observed_mps.unwrap_or(0.0)) / f64::from(n_speeds)),
        }
    };
    rows.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::super::counts::tests::row;
    use super::*;

    #[test]
    fn a_station_is_told_by_the_others_of_its_kind_and_its_own_lanes() {
        use StationKind::{Mainline, OnRamp};
        let of = |kind, station_lanes, observed_vph, mps| Row {
            kind,
            station_lanes,
            observed_vph,
            observed_mps: Some(mps),
            ..row("a", 8)
        };
        let rows = [
            of(Mainline, 2.0, 2000.0, 10.0),
            of(Mainline, 4.0, 6000.0, 20.0),
            of(Mainline, 2.0, 4000.0, 30.0),
            of(OnRamp, 1.0, 300.0, 15.0),
            Row { hour: 9, ..of(Mainline, 2.0, 100.0, 5.0) },
        ];
        let said = trivial(&rows);
        // Others: 10,000 on 6 lanes; 6,000 on 4 lanes; 8,000 on 6 lanes. Ramp and hour 9 are alone.
        let volumes: Vec<Option<f64>> = said.iter().map(|of| of.volume_vph.map(f64::round)).collect();
        assert_eq!(volumes, [Some(3333.0), Some(6000.0), Some(2667.0), None, None]);
        assert_eq!((said[0].speed_mps, said[1].speed_mps, said[3].speed_mps), (Some(25.0), Some(20.0), None));
    }
}

//! How long a trip takes that does not drive.

use crate::mode::Mode;
use crate::place::DETOUR;
use crate::trip::Trip;

/// On foot and by bicycle: 2.4 and 5.9 miles an hour, medians of 2,011 walks and 304 rides of NHTS 2022 (reported minutes and
/// the miles along the roads that the survey computed).
const WALK_MPS: f64 = 2.4 * 0.447_04;
const BIKE_MPS: f64 = 5.9 * 0.447_04;
/// Transit: 26.7 min + way at 31.3 km/h, least squares of door-to-door time on way, 64 trips of the
/// VISTA 2012-18 sample.
const TRANSIT: (f64, f64) = (26.7 * 60.0, 31.3 / 3.6);
/// Riding along: 8.5 min + way at 52.0 km/h, the same on 200 trips as vehicle passenger.
const RIDE: (f64, f64) = (8.5 * 60.0, 52.0 / 3.6);

/// Length of the way of a trip that does not use the network, metres: 1.3 × the straight line between its ends.
pub fn way_m(trip: &Trip) -> f64 {
    DETOUR * f64::from(trip.distance_m)
}

/// Travel time of a trip that does not use the network, seconds, at least 1: a fixed part plus
/// 1.3 × the straight line at a stated speed. All come from surveys (the constants of this file). MATSim's defaults are 3 km/h on
/// foot and 15 km/h by bicycle, and for transit and ride a multiple of the network's free time. Congestion does not reach them: a stated limit.
pub fn teleport_s(trip: &Trip) -> u32 {
    let (fixed_s, speed_mps) = match trip.mode {
        Mode::Walk => (0.0, WALK_MPS),
        Mode::Bike => (0.0, BIKE_MPS),
        Mode::Transit => TRANSIT,
        Mode::Car | Mode::Ride => RIDE,
    };
    (fixed_s + way_m(trip) / speed_mps).round().max(1.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LinkId;

    #[test]
    fn a_kilometre_takes_what_the_table_says() {
        let trip = |mode| Trip {
            episode: 0,
            mode,
            vehicle: crate::vehicle::ClassId::CAR,
            depart_s: 0,
            dwell_s: 0,
            from: LinkId(0),
            to: LinkId(1),
            distance_m: 1000.0,
        };
        assert_eq!(teleport_s(&trip(Mode::Walk)), 1212);
        assert_eq!(teleport_s(&trip(Mode::Bike)), 493);
        assert_eq!(teleport_s(&trip(Mode::Transit)), 1602 + 150);
        assert_eq!(teleport_s(&Trip { distance_m: 0.0, ..trip(Mode::Walk) }), 1);
    }
}

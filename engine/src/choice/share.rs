//! Mode shares by distance: those of a run, and those of a survey to lay beside them.

use super::logit::MODES;
use crate::mode::Mode;

/// Bands of distance.
pub const BANDS: usize = 7;
/// Their edges, kilometres in a straight line.
pub const BANDS_KM: [f64; BANDS + 1] = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, f64::INFINITY];

/// Shares by band of distance and mode ([`Mode::ALL`]); all zero in a band without a trip.
pub type Shares = [[f64; MODES]; BANDS];

/// VISTA 2009 (Victorian Integrated Survey of Travel and Activity, Melbourne and around; places blurred by some 450 m),
/// unweighted; `wayfare modes` counts them.
pub const VISTA_2009: Shares = [
    [0.362, 0.190, 0.008, 0.018, 0.421],
    [0.514, 0.280, 0.018, 0.021, 0.168],
    [0.590, 0.309, 0.042, 0.018, 0.041],
    [0.609, 0.297, 0.070, 0.016, 0.008],
    [0.632, 0.260, 0.091, 0.011, 0.005],
    [0.630, 0.242, 0.121, 0.006, 0.001],
    [0.576, 0.305, 0.107, 0.003, 0.009],
];

/// Shares of trips, each with its straight-line distance in metres.
pub fn by_distance(trips: impl Iterator<Item = (f64, Mode)>) -> Shares {
    let mut shares = [[0.0; MODES]; BANDS];
    for (distance_m, mode) in trips {
        let band = BANDS_KM[1..BANDS].partition_point(|edge| *edge <= distance_m / 1000.0);
        shares[band][mode as usize] += 1.0;
    }
    for band in &mut shares {
        let n = band.iter().sum::<f64>().max(1.0);
        band.iter_mut().for_each(|share| *share /= n);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trip_counts_in_the_band_that_begins_at_its_distance() {
        let trips = [(0.0, Mode::Walk), (999.9, Mode::Car), (1000.0, Mode::Bike), (1e9, Mode::Car)];
        let shares = by_distance(trips.into_iter());
        assert_eq!(shares[0], [0.5, 0.0, 0.0, 0.0, 0.5]);
        assert_eq!(shares[1], [0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(shares[2], [0.0; MODES]);
        assert_eq!(shares[BANDS - 1], [1.0, 0.0, 0.0, 0.0, 0.0]);
    }
}

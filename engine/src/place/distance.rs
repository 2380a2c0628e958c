//! How far people go along the roads: distributions of distance and angle by kind of destination, from a survey.
//!
//! A distribution is kept as 21 quantiles and read as straight lines between them, in both directions:
//!
//! ```text
//! work: 9.19 km is entry 10 of 0, 1, …, 20, so half of the workers live nearer (share_below gives 0.5)
//! ```
//!
//! What is known of a region comes in by [`Distances::meet`]; nothing but the tables below is of Melbourne.

use super::attraction::{KINDS, activity};
use super::matrix::DETOUR;
use crate::activity::Activity;

/// Distances at the quantiles 0, 5, … 95 % and, as the end, 99 %: kilometres.
pub type Quantiles = [f32; 21];
/// Shares of the angles 0-15°, 15-30°, … 165-180°.
pub type Angles = [f32; 12];

/// What one kind of activity looks like in the survey.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pattern {
    /// From home for work and school; from the place before for all others.
    pub leg_km: Quantiles,
    /// From home and straight back: tours with this stop only.
    pub tour_km: Quantiles,
    /// Between the way to the next fixed place and the way to the activity, seen from the place before.
    pub angles: Angles,
    /// Observations behind `leg_km`.
    pub n: u32,
}

/// A [`Pattern`] for each kind of destination ([`super::attraction::kind`]); distances along the roads.
#[derive(Debug, Clone, PartialEq)]
pub struct Distances([Pattern; KINDS]);

impl Distances {
    /// The pattern of a kind.
    pub fn of(&self, kind: usize) -> &Pattern {
        &self.0[kind]
    }

    /// Takes distances between home and places of a kind from another source.
    pub fn meet(&mut self, kind: usize, quantiles: Quantiles) {
        let pattern = &mut self.0[kind];
        pattern.tour_km = quantiles;
        if activity(kind).is_mandatory() {
            pattern.leg_km = quantiles;
        }
    }
}

/// Quantiles of a histogram: bands with their upper ends (km, ascending) and what fell into each (not negative). The first band begins at 0;
/// inside a band all lengths are alike. `None` where nothing fell into any.
pub fn quantiles(bands: &[(f64, f64)]) -> Option<Quantiles> {
    let total: f64 = bands.iter().map(|band| band.1).sum();
    if total <= 0.0 {
        return None;
    }
    let at = |share: f64| {
        let (mut below, mut start_km) = (0.0, 0.0);
        for &(end_km, count) in bands {
            if count > 0.0 && below + count >= share * total {
                return start_km + (end_km - start_km) * (share * total - below).max(0.0) / count;
            }
            (below, start_km) = (below + count, end_km);
        }
        start_km
    };
    Some(std::array::from_fn(|i| at(if i == 20 { 0.99 } else { 0.05 * i as f64 }) as f32))
}

/// Our tabulation of VISTA 2009 (Victorian Integrated Survey of Travel and Activity, Melbourne;
/// 32,474 persons with 151,682 activities; State of Victoria, CC BY), in its own activity kinds:
/// Work Related → work; Education → school; Buy Something → shop, meals out; Personal Business →
/// errands, healthcare, worship, other; Social; Recreational → leisure, exercise; Accompany Someone → caregiving;
/// Pick-up or Drop-off Someone. Straight lines between the survey's coordinates, which are blurred: two
/// records of one home lie 455 m apart in the median, so nothing below half a kilometre is known. The tables are these straight
/// lines; along the roads they are taken as [`DETOUR`] times as long.
/// `leg_km` of work and school: mean home of the day to the first of its kind. Angles where the next
/// home, work or school is over 2 km and the activity over 500 m away.
impl Default for Distances {
    fn default() -> Self {
        let straight = |kind: usize| match activity(kind) {
            Activity::Home | Activity::Work => WORK,
            Activity::School => SCHOOL,
            Activity::ShopGoods | Activity::ShopServices | Activity::MealsOut => SHOP,
            Activity::Errands | Activity::Healthcare | Activity::Worship | Activity::Other => BUSINESS,
            Activity::Social => SOCIAL,
            Activity::Leisure | Activity::Exercise => RECREATION,
            Activity::Caregiving => ACCOMPANY,
            Activity::PickupDrop => PICKUP,
        };
        let along_roads = |kind: usize| {
            let Pattern { leg_km, tour_km, angles, n } = straight(kind);
            let [leg_km, tour_km] = [leg_km, tour_km].map(|table| table.map(|km| km * DETOUR as f32));
            Pattern { leg_km, tour_km, angles, n }
        };
        Self(std::array::from_fn(along_roads))
    }
}

/// Share of the distances below `km`: linear between the quantiles, the last 1 % put at the end.
///
/// Between 0 and 1; 0 below the first quantile and 1 from the last on.
pub fn share_below(quantiles: &Quantiles, km: f64) -> f64 {
    let above = quantiles.partition_point(|&q| f64::from(q) <= km);
    if above == 0 {
        return 0.0;
    }
    if above == quantiles.len() {
        return 1.0;
    }
    let (low, high) = (f64::from(quantiles[above - 1]), f64::from(quantiles[above]));
    ((above - 1) as f64 + (km - low) / (high - low)) / (quantiles.len() - 1) as f64
}

/// The distance below which the share `share` (0..1) lies, metres: the inverse of [`share_below`].
pub fn at_share_m(quantiles: &Quantiles, share: f64) -> f64 {
    let position = share.clamp(0.0, 1.0) * (quantiles.len() - 1) as f64;
    let low = (position as usize).min(quantiles.len() - 2);
    let (a, b) = (f64::from(quantiles[low]), f64::from(quantiles[low + 1]));
    1000.0 * (a + (b - a) * (position - low as f64))
}

/// Shares of the angle between the way to and the way from a place, by 15 degrees, all activities together.
const ALL_ANGLES: Angles =
    [0.297, 0.141, 0.097, 0.077, 0.065, 0.054, 0.050, 0.045, 0.045, 0.041, 0.044, 0.044];
/// VISTA "Work Related". The angles are not used for work and school, which are chosen from home.
const WORK: Pattern = Pattern {
    leg_km: [
        0.00, 1.19, 1.95, 2.64, 3.35, 4.17, 5.02, 6.02, 7.04, 8.04, 9.19, 10.47, 11.82, 13.61, 15.53, 17.85,
        20.39, 24.09, 29.52, 42.53, 104.32,
    ],
    tour_km: [
        0.00, 1.08, 1.79, 2.39, 3.01, 3.76, 4.57, 5.57, 6.60, 7.66, 8.76, 9.97, 11.23, 13.06, 14.74, 16.87,
        19.22, 22.88, 27.77, 39.73, 82.74,
    ],
    angles: ALL_ANGLES,
    n: 11_297,
};
/// VISTA "Education", schools and colleges together.
const SCHOOL: Pattern = Pattern {
    leg_km: [
        0.00, 0.39, 0.61, 0.82, 1.04, 1.29, 1.54, 1.85, 2.19, 2.64, 3.09, 3.67, 4.36, 5.12, 6.19, 7.65, 9.14,
        11.59, 14.80, 21.21, 49.49,
    ],
    tour_km: [
        0.07, 0.42, 0.62, 0.80, 0.98, 1.19, 1.42, 1.67, 2.01, 2.42, 2.87, 3.40, 4.08, 4.85, 5.77, 6.99, 8.72,
        11.10, 14.13, 20.42, 43.07,
    ],
    angles: ALL_ANGLES,
    n: 4_122,
};
/// VISTA "Buy Something": shops, services and meals out.
const SHOP: Pattern = Pattern {
    leg_km: [
        0.00, 0.33, 0.52, 0.70, 0.87, 1.07, 1.27, 1.50, 1.74, 2.02, 2.36, 2.70, 3.16, 3.73, 4.41, 5.36, 6.91,
        9.05, 12.61, 22.28, 106.06,
    ],
    tour_km: [
        0.05, 0.38, 0.56, 0.72, 0.85, 1.00, 1.16, 1.34, 1.52, 1.73, 1.93, 2.23, 2.53, 2.89, 3.38, 3.99, 4.81,
        6.20, 8.74, 13.08, 39.56,
    ],
    angles: [0.350, 0.147, 0.100, 0.074, 0.052, 0.043, 0.046, 0.038, 0.039, 0.038, 0.035, 0.037],
    n: 14_021,
};
/// VISTA "Personal Business": errands, healthcare, worship and all that has no kind of its own.
const BUSINESS: Pattern = Pattern {
    leg_km: [
        0.00, 0.37, 0.60, 0.80, 1.02, 1.24, 1.49, 1.78, 2.10, 2.53, 2.98, 3.55, 4.29, 5.20, 6.52, 8.25,
        10.43, 14.27, 21.10, 55.02, 155.12,
    ],
    tour_km: [
        0.06, 0.37, 0.53, 0.70, 0.88, 1.05, 1.26, 1.47, 1.70, 2.04, 2.41, 2.90, 3.44, 4.13, 5.06, 6.30, 7.82,
        9.91, 13.43, 22.68, 68.00,
    ],
    angles: [0.226, 0.150, 0.102, 0.078, 0.080, 0.050, 0.065, 0.043, 0.049, 0.046, 0.049, 0.062],
    n: 6_658,
};
/// VISTA "Social".
const SOCIAL: Pattern = Pattern {
    leg_km: [
        0.00, 0.36, 0.63, 0.88, 1.14, 1.45, 1.81, 2.22, 2.65, 3.19, 3.83, 4.61, 5.60, 6.94, 8.69, 10.60,
        13.11, 16.89, 24.27, 47.08, 133.92,
    ],
    tour_km: [
        0.08, 0.49, 0.79, 1.11, 1.47, 1.83, 2.23, 2.67, 3.12, 3.72, 4.44, 5.34, 6.55, 7.75, 9.25, 10.84,
        12.92, 16.18, 22.12, 34.84, 114.68,
    ],
    angles: [0.260, 0.125, 0.086, 0.077, 0.069, 0.065, 0.056, 0.056, 0.051, 0.045, 0.055, 0.056],
    n: 11_767,
};
/// VISTA "Recreational": leisure and exercise.
const RECREATION: Pattern = Pattern {
    leg_km: [
        0.00, 0.45, 0.67, 0.92, 1.16, 1.42, 1.68, 1.97, 2.28, 2.68, 3.11, 3.69, 4.31, 5.27, 6.65, 8.16,
        10.47, 13.66, 18.49, 30.27, 103.00,
    ],
    tour_km: [
        0.04, 0.46, 0.71, 0.93, 1.15, 1.38, 1.63, 1.85, 2.16, 2.47, 2.79, 3.24, 3.88, 4.61, 5.72, 7.03, 8.71,
        11.05, 15.07, 22.05, 74.27,
    ],
    angles: [0.216, 0.111, 0.084, 0.075, 0.075, 0.063, 0.069, 0.064, 0.058, 0.061, 0.061, 0.061],
    n: 4_397,
};
/// VISTA "Accompany Someone".
const ACCOMPANY: Pattern = Pattern {
    leg_km: [
        0.00, 0.38, 0.60, 0.80, 1.00, 1.21, 1.44, 1.70, 1.97, 2.32, 2.70, 3.18, 3.75, 4.43, 5.30, 6.54, 8.30,
        10.42, 14.48, 24.03, 85.23,
    ],
    tour_km: [
        0.07, 0.44, 0.62, 0.78, 0.96, 1.14, 1.32, 1.52, 1.79, 2.10, 2.46, 2.89, 3.36, 4.02, 4.81, 5.73, 7.33,
        8.99, 11.93, 20.25, 49.75,
    ],
    angles: [0.284, 0.155, 0.110, 0.078, 0.070, 0.057, 0.046, 0.043, 0.044, 0.030, 0.048, 0.035],
    n: 7_976,
};
/// VISTA "Pick-up or Drop-off Someone".
const PICKUP: Pattern = Pattern {
    leg_km: [
        0.00, 0.54, 0.84, 1.07, 1.35, 1.59, 1.85, 2.12, 2.43, 2.79, 3.20, 3.72, 4.26, 4.89, 5.80, 6.95, 8.62,
        10.66, 14.06, 22.33, 70.47,
    ],
    tour_km: [
        0.00, 0.57, 0.81, 1.03, 1.25, 1.44, 1.63, 1.85, 2.08, 2.31, 2.60, 3.04, 3.49, 4.00, 4.63, 5.46, 6.50,
        8.09, 10.19, 14.75, 36.98,
    ],
    angles: [0.336, 0.145, 0.096, 0.082, 0.063, 0.055, 0.040, 0.039, 0.039, 0.039, 0.034, 0.031],
    n: 7_433,
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tables_rise_and_angles_sum_to_one() {
        for pattern in &Distances::default().0 {
            for table in [&pattern.leg_km, &pattern.tour_km] {
                assert!(table.windows(2).all(|w| w[0] < w[1]), "{table:?}");
            }
            let sum: f32 = pattern.angles.iter().sum();
            assert!((sum - 1.0).abs() < 0.004, "{sum}");
        }
    }

    #[test]
    fn quantiles_of_a_histogram_are_those_of_its_bands() {
        let table = quantiles(&[(1.0, 50.0), (2.0, 0.0), (4.0, 50.0)]).unwrap();
        for (at, km) in [(0, 0.0), (5, 0.5), (10, 1.0), (15, 3.0), (19, 3.8), (20, 3.96)] {
            assert!((f64::from(table[at]) - km).abs() < 1e-6, "{at}: {}", table[at]);
        }
        assert_eq!(quantiles(&[(1.0, 0.0)]), None);
    }

    proptest! {
        #[test]
        fn share_and_distance_are_inverse(share in 0.0..1.0f64) {
            for pattern in &Distances::default().0 {
                let metres = at_share_m(&pattern.leg_km, share);
                prop_assert!((share_below(&pattern.leg_km, metres / 1000.0) - share).abs() < 1e-6);
            }
        }
    }
}

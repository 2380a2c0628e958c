//! Units of TNTP files, which the files do not tell.

use engine::projection::Crs;
use engine::unit::M_PER_MILE;
use engine::{Fault, Result};
use std::path::Path;

/// What the numbers of a network file mean; each network's own README tells.
///
/// Lengths are miles in one network of the collection and feet in another, times minutes or hundredths of an
/// hour. So there is no default: a wrong unit would give numbers that look right.
#[derive(Debug, Clone, PartialEq)]
pub struct Units {
    /// Metres in one unit of length.
    pub length_m: f64,
    /// Seconds in one unit of time.
    pub time_s: f64,
    /// Hours in the period that capacities and trips are given for.
    pub period_h: f64,
    /// What the node file holds.
    pub coordinates: Coordinates,
}

/// Metres in a unit of length: `m`, `km`, `ft`, `mi`, or the metres as a number. `None` for any other word.
pub fn length_m(unit: &str) -> Option<f64> {
    match unit {
        "m" => Some(1.0),
        "km" => Some(1000.0),
        "ft" => Some(M_PER_MILE / 5280.0),
        "mi" => Some(M_PER_MILE),
        number => positive(number),
    }
}

/// Seconds in a unit of time: `s`, `min`, `h`, or the seconds as a number. `None` for any other word.
pub fn time_s(unit: &str) -> Option<f64> {
    match unit {
        "s" => Some(1.0),
        "min" => Some(60.0),
        "h" => Some(3600.0),
        number => positive(number),
    }
}

/// A finite number above 0.
fn positive(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}

/// What the coordinates of a node file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coordinates {
    /// Longitude and latitude: projected to their UTM zone.
    Degrees,
    /// Metres of a reference system ([`Crs::Plane`] for drawings without a place).
    Metres(Crs),
    /// Nobody says: longitude and latitude where all numbers are within ±180 and ±90 and the middle link is then 0.2 to 5 times
    /// as long as the straight line between its nodes (links of length 0 left out), else metres of a drawing. Where the lengths
    /// fit neither, that is a warning.
    Untold,
}

/// Refuses a unit that is not a positive number.
pub(super) fn check(net: &Path, units: &Units) -> Result<()> {
    for (name, value) in [("length", units.length_m), ("time", units.time_s), ("period", units.period_h)] {
        if !(value.is_finite() && value > 0.0) {
            return Err(Fault::new(net, "", format!("the unit of {name} is {value}"))
                .expected("a positive number")
                .into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_words_or_numbers() {
        assert_eq!(
            ["m", "km", "ft", "mi", "0.01"].map(length_m),
            [1.0, 1000.0, 0.3048, 1609.344, 0.01].map(Some)
        );
        assert_eq!(["s", "min", "h", "36"].map(time_s), [1.0, 60.0, 3600.0, 36.0].map(Some));
        for word in ["", "miles", "-1", "0", "inf", "nan"] {
            assert_eq!((length_m(word), time_s(word)), (None, None), "{word}");
        }
    }
}

//! What the numbers of a GMNS folder mean, where nothing in it tells.
//!
//! Converters from OpenStreetMap write metres and, by country, kilometres or miles an hour; others write miles; none of them
//! writes the `config.csv` that would say so. Lengths can be told from the map: each link has its line. Speeds cannot, so
//! they go with the lengths (kilometres an hour beside metric lengths, else miles an hour), and that is said.

use engine::unit::{M_PER_MILE, MPS_PER_MPH};
use engine::{Fault, Result};
use std::path::Path;

/// Units of length that are tried, metres, with their names.
const LENGTHS: [(&str, f64); 4] = [("m", 1.0), ("km", 1000.0), ("mi", M_PER_MILE), ("ft", 0.3048)];
/// How far the middle link may be from the length of its line for a unit to fit exactly.
const EXACT: f64 = 0.02;
/// How much longer than the straight lines between nodes roads are told to be, where no lines are drawn.
const ROUGH: std::ops::RangeInclusive<f64> = 0.9..=1.35;

/// Metres in a unit of length, in the spellings that are met; case does not matter. `None` for any other word.
pub fn length_unit(name: &str) -> Option<f64> {
    Some(match name.to_lowercase().as_str() {
        "mile" | "miles" | "mi" => M_PER_MILE,
        "km" | "kilometer" | "kilometers" | "kilometre" | "kilometres" => 1000.0,
        "m" | "meter" | "meters" | "metre" | "metres" => 1.0,
        "ft" | "foot" | "feet" => 0.3048,
        _ => return None,
    })
}

/// Metres per second in a unit of speed; case does not matter. `None` for any other word.
pub fn speed_unit(name: &str) -> Option<f64> {
    Some(match name.to_lowercase().as_str() {
        "mph" | "mi/h" | "miles per hour" => MPS_PER_MPH,
        "kph" | "km/h" | "kmh" | "kmph" => 1.0 / 3.6,
        "m/s" | "mps" => 1.0,
        _ => return None,
    })
}

/// The unit of the lengths, metres, and what is to be said about it. Each pair is a length as it is told and the length of
/// the link's line, metres. The middle of the ratios decides, because some links of every file are wrong.
///
/// # Errors
/// A [`Fault`] where no unit fits.
pub(super) fn length_of(path: &Path, pairs: &[(f64, f64)]) -> Result<(f64, String)> {
    let mut ratios: Vec<f64> =
        pairs.iter().filter(|(told, _)| *told > 0.0).map(|(told, drawn)| drawn / told).collect();
    ratios.sort_by(f64::total_cmp);
    let Some(&middle) = ratios.get(ratios.len() / 2).filter(|middle| **middle > 0.0) else {
        return Ok((M_PER_MILE, "no unit of length is told, and no length that would need one".into()));
    };
    let exact = LENGTHS.iter().find(|(_, unit)| (unit / middle - 1.0).abs() <= EXACT);
    if let Some((name, unit)) = exact {
        return Ok((*unit, format!("no unit of length is told: {name}, as the geometry shows")));
    }
    let rough = LENGTHS.iter().find(|(_, unit)| ROUGH.contains(&(unit / middle)));
    if let Some((name, unit)) = rough {
        let longer = (unit / middle - 1.0) * 100.0;
        let what = format!(
            "no unit of length is told: {name}, by which the middle link is {longer:.0} % longer than its line"
        );
        return Ok((*unit, what));
    }
    let what = format!("has lengths of which a unit would be {middle:.4} m by the geometry: none is");
    Err(Fault::new(path, "", what)
        .expected("m, km, mi or ft, or a config.csv whose long_length tells the unit")
        .advice("say it with --length-unit, or length-unit in the scenario")
        .into())
}

/// The unit of speeds that goes with a unit of length, metres per second, and what is to be said about it.
pub(super) fn speed_beside(length_m: f64) -> (f64, String) {
    let metric = [1.0, 1000.0].contains(&length_m);
    let (unit, name, lengths) = if metric {
        (1.0 / 3.6, "km/h", "metric")
    } else {
        (MPS_PER_MPH, "miles an hour", "in miles or feet")
    };
    let what = format!(
        "no unit of speed is told: {name}, since lengths are {lengths}; --speed-unit (scenario: speed-unit) tells another"
    );
    (unit, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_geometry_tells_the_unit() {
        let fits = |unit: f64, longer: f64| {
            let pairs: Vec<(f64, f64)> =
                (1..20).map(|n| (f64::from(n) * 100.0 * longer / unit, f64::from(n) * 100.0)).collect();
            length_of(Path::new("link.csv"), &pairs).map(|found| found.0)
        };
        for (_, unit) in LENGTHS {
            assert_eq!(fits(unit, 1.0).unwrap(), unit);
            assert_eq!(fits(unit, 1.015).unwrap(), unit);
            // Between nodes roads are longer than straight lines.
            assert_eq!(fits(unit, 1.2).unwrap(), unit);
        }
        let told = fits(50.0, 1.0).unwrap_err().to_string();
        assert!(told.contains("50.0000 m by the geometry") && told.contains("--length-unit"), "{told}");
        assert!(length_of(Path::new("l"), &[]).is_ok());
        assert_eq!((speed_beside(1.0).0, speed_beside(M_PER_MILE).0), (1.0 / 3.6, MPS_PER_MPH));
    }
}

//! `wayfare modes`: fits the choice of modes anew to the surveys that its shipped coefficients come from.

use crate::say::{Voice, tell};
use clap::Args;
use engine::choice::share::BANDS_KM;
use engine::choice::utility::FEATURE_NAMES;
use engine::mode::Mode;
use engine::{Result, Warning};
use model::mode_choice::{Modes, Observed, STAND_INS, fit};
use netconvert::survey::tour;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What `wayfare modes` needs.
#[derive(Debug, Args)]
pub struct ModesArgs {
    /// MATSim plans of VISTA 2009 (places, but no ages).
    #[arg(long, value_name = "FILE")]
    vista: PathBuf,
    /// Folder of the PSRC 2017 household survey in DaySim's format (ages, but no places).
    #[arg(long, value_name = "DIR")]
    psrc: PathBuf,
}

/// `wayfare modes`.
///
/// # Errors
/// A [`engine::Fault`] where a survey cannot be read or holds no tour.
pub fn modes(voice: &Voice, arguments: &ModesArgs) -> Result<ExitCode> {
    let modes = from_files(voice, &arguments.vista, &arguments.psrc)?;
    let say = &voice.say;
    say.line(format!(
        "VISTA 2009: {} tours, rho² {:.3}; PSRC 2017: {} tours (each at {STAND_INS} places), rho² {:.3}",
        modes.places.n,
        modes.places.rho_squared,
        modes.levels.n / STAND_INS,
        modes.levels.rho_squared
    ));
    for (feature, name) in FEATURE_NAMES.iter().enumerate() {
        let of =
            |mode: &Mode| format!("{} {:>7.3}", mode.matsim(), modes.coefficients[*mode as usize][feature]);
        let row: Vec<String> = Mode::ALL[1..].iter().map(of).collect();
        say.line(format!("{name:<40} {}", row.join("  ")));
    }
    say.line("shares of modes in the trips of VISTA 2009, by straight-line distance:");
    for (band, shares) in BANDS_KM.windows(2).zip(&modes.shares) {
        let of = |mode: &Mode| format!("{} {:>5.1} %", mode.matsim(), 100.0 * shares[*mode as usize]);
        let row: Vec<String> = Mode::ALL.iter().map(of).collect();
        say.line(format!("{:>3} to {:>3} km   {}", band[0], band[1], row.join("  ")));
    }
    voice.result(&modes)?;
    Ok(ExitCode::SUCCESS)
}

fn from_files(voice: &Voice, vista: &Path, psrc: &Path) -> Result<Modes> {
    let (observed, warnings) = read(vista, psrc)?;
    tell(voice, warnings.iter());
    fit(&observed)
}

/// What both surveys tell about modes.
fn read(vista: &Path, psrc: &Path) -> Result<(Observed, Vec<Warning>)> {
    let (persons, mut warnings) = netconvert::matsim::population::read(vista)?;
    let ((levels, drivers), intake) = tour::read_daysim(psrc)?;
    warnings.extend(intake.warnings(&psrc.display().to_string()));
    let trips = persons.iter().flat_map(tour::trips).collect();
    Ok((Observed { places: tour::vista_tours(&persons), trips, levels, drivers }, warnings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::choice::share::VISTA_2009;
    use engine::choice::utility::SHIPPED;

    #[test]
    fn the_shipped_coefficients_are_those_of_the_surveys() {
        let Some(data) = std::env::var_os("WAYFARE_DATA").map(PathBuf::from).filter(|data| data.is_dir())
        else {
            return eprintln!("skipped: WAYFARE_DATA names no folder");
        };
        let surveys = data.join("survey");
        let (observed, _) =
            read(&surveys.join("vista2009/pop.xml.gz"), &surveys.join("psrc2017_daysim")).unwrap();
        let modes = fit(&observed).unwrap();
        assert_eq!((modes.places.n, modes.levels.n), (43_117, 219_500));
        for (fitted, shipped) in modes.coefficients.iter().flatten().zip(SHIPPED.0.iter().flatten()) {
            assert!((fitted - shipped).abs() < 6e-4, "{fitted} {shipped}");
        }
        for (counted, shipped) in modes.shares.iter().flatten().zip(VISTA_2009.iter().flatten()) {
            assert!((counted - shipped).abs() < 6e-4, "{counted} {shipped}");
        }
    }
}

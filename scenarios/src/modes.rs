//! `wayfare modes`: fits the choice of modes anew to the surveys that its shipped coefficients come from.
//!
//! The choice of modes ships with coefficients in the source (`engine::choice::utility::SHIPPED`), so that a run
//! needs no survey. Where they come from must not be lost, and this verb is the way to make them again: the surveys
//! go in, the coefficients and the shares by distance come out, and a test holds the shipped ones against them. It
//! prints and changes nothing. For another region, `[mode-constants]` of a scenario moves the shares without a new
//! fit.

use crate::say::{Voice, tell};
use clap::Args;
use engine::choice::share::BANDS_KM;
use engine::choice::utility::FEATURE_NAMES;
use engine::mode::Mode;
use engine::{Result, Warning};
use model::models::mode_choice::{Modes, Observed, STAND_INS, fit};
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
            |mode: &Mode| format!("{} {:>7.3}", mode.name(), modes.coefficients[*mode as usize][feature]);
        let row: Vec<String> = Mode::ALL[1..].iter().map(of).collect();
        say.line(format!("{name:<40} {}", row.join("  ")));
    }
    say.line("shares of modes in the trips of VISTA 2009, by straight-line distance:");
    for (band, shares) in BANDS_KM.windows(2).zip(&modes.shares) {
        let of = |mode: &Mode| format!("{} {:>5.1} %", mode.name(), 100.0 * shares[*mode as usize]);
        let row: Vec<String> = Mode::ALL.iter().map(of).collect();
        say.line(format!("{:>3} to {:>3} km   {}", band[0], band[1], row.join("  ")));
    }
    voice.result(&modes)?;
    Ok(ExitCode::SUCCESS)
}

/// Reads both surveys, says what was odd in them, and fits.
fn from_files(voice: &Voice, vista: &Path, psrc: &Path) -> Result<Modes> {
    let (observed, warnings) = read(vista, psrc)?;
    tell(voice, warnings.iter());
    fit(&observed)
}

/// What both surveys tell about modes: tours with places of one, tours with ages and the shares of drivers of the other.
fn read(vista: &Path, psrc: &Path) -> Result<(Observed, Vec<Warning>)> {
    let (persons, mut warnings) = netconvert::matsim::population::read(vista)?;
    let ((levels, drivers), intake) = tour::read_daysim(psrc)?;
    warnings.extend(intake.warnings());
    let trips = persons.iter().flat_map(tour::trips).collect();
    Ok((Observed { places: tour::vista_tours(&persons), trips, levels, drivers }, warnings))
}

#[cfg(test)]
#[path = "../../tests/program/data.rs"]
mod given;

#[cfg(test)]
mod tests {
    use super::*;
    use engine::choice::share::VISTA_2009;
    use engine::choice::utility::SHIPPED;

    /// Tours that we invent, in the formats of both surveys: 40 a mode and purpose, the mode's share falling or rising
    /// with distance. The law that any best fit of a logit with constants and distance obeys: for each mode, chances and
    /// kilometres add up to what was counted.
    #[test]
    fn coefficients_of_invented_tours_obey_their_law() {
        let folder = tempfile::tempdir().unwrap();
        let modes = ["car", "Vehicle Passenger", "Train", "Bicycle", "Walking"];
        let purposes = ["Work Related", "Education", "Buy Something"];
        let (mut plans, mut persons, mut tours) = (
            String::from("<?xml version=\"1.0\"?>\n<population>\n"),
            String::from("hhno,pno,pagey,psexpfac\n"),
            String::from("pno,pdpurp,tmodetp,parent\n"),
        );
        // Metres of the nearest tour by mode, and between one and the next.
        let ways = [(1_000, 300), (1_100, 200), (4_000, 400), (500, 70), (100, 40)];
        for (n, (mode, purpose)) in (0..600).map(|n| (n, (n % 5, n / 5 % 3))) {
            let (kind, way) = (purposes[purpose], ways[mode]);
            let x = way.0 + way.1 * (n / 15);
            let at = |kind: &str, x: usize, end: &str| {
                format!("<activity type=\"{kind}\" x=\"{x}\" y=\"0\"{end}/>")
            };
            let leg = format!("<leg mode=\"{}\"/>", modes[mode]);
            let (home, there) =
                (at("At Home", 0, " end_time=\"08:00:00\""), at(kind, x, " end_time=\"17:00:00\""));
            plans += &format!(
                "<person id=\"{n}\"><plan selected=\"yes\">{home}{leg}{there}{leg}{}</plan></person>\n",
                at("At Home", 0, "")
            );
            persons += &format!("{n},1,{},1\n", 20 + n % 50);
            tours += &format!("{},{},{},0\n", 100 * n + 1, [1, 2, 5][purpose], [3, 4, 6, 2, 1][mode]);
        }
        std::fs::write(folder.path().join("plans.xml"), plans + "</population>\n").unwrap();
        std::fs::write(folder.path().join("person17.csv"), persons).unwrap();
        std::fs::write(folder.path().join("tour17.csv"), tours).unwrap();
        let (observed, warnings) = read(&folder.path().join("plans.xml"), folder.path()).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        let modes = fit(&observed).unwrap();
        // Each shared car (mode 4) is one driven half and one ridden half.
        assert_eq!((modes.places.n, modes.levels.n, modes.drivers[0]), (600, 100 * (600 + 120), 0.5));
        assert!(modes.places.at_rest && modes.levels.at_rest && modes.places.rho_squared > 0.2);
        let mut rows = SHIPPED;
        for (row, fitted) in rows.0.iter_mut().zip(&modes.places.coefficients) {
            row.copy_from_slice(fitted);
        }
        // How often each mode is chosen, and how far in all: as counted, and as the fitted chances expect.
        let (mut counted, mut expected) = ([[0.0; 2]; Mode::ALL.len()], [[0.0; 2]; Mode::ALL.len()]);
        for tour in &observed.places {
            let km = tour.traveller.distance_m / 1000.0;
            for (mode, chance) in rows.probabilities(&tour.traveller).into_iter().enumerate() {
                let chosen = f64::from(u8::from(mode == tour.mode as usize));
                for (sums, weight) in [(&mut counted, chosen), (&mut expected, chance)] {
                    sums[mode][0] += weight;
                    sums[mode][1] += weight * km;
                }
            }
        }
        for (counted, expected) in counted.iter().zip(expected) {
            assert_eq!(counted[0], 120.0);
            assert!((counted[0] - expected[0]).abs() < 0.5, "{counted:?} {expected:?}");
            assert!((counted[1] - expected[1]).abs() < 0.01 * counted[1], "{counted:?} {expected:?}");
        }
        // Trips from 16 to 32 km are by train only (4 + 0.4 n km), those of less than 1 km on foot or by bicycle.
        assert_eq!(modes.shares[5][Mode::Transit as usize], 1.0);
        assert_eq!(modes.shares[0][Mode::Car as usize] + modes.shares[0][Mode::Transit as usize], 0.0);
    }

    #[test]
    fn the_shipped_coefficients_are_those_of_the_surveys() {
        let Some(surveys) = given::data("survey") else { return };
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

//! `config_v2.dtd`: the settings under which MATSim runs an exported day.
//!
//! Written is what an exported run must say to be the same day there: the files, the share of the population with which roads
//! are scaled, the rules of the queue, and what MATSim wants to know of each activity and mode before it starts. Modules have the
//! names of MATSim 2024 and later. All else stays at MATSim's defaults, prices of time and distance among them.

use super::attribute;
use crate::packed;
use engine::Result;
use engine::projection::Crs;
use engine::unit::hms;
use std::io::{self, Write};
use std::path::Path;

/// What a config says.
#[derive(Debug, Clone)]
pub struct Config<'a> {
    /// Reference system of all coordinates.
    pub crs: &'a Crs,
    /// Seed of MATSim's own draws.
    pub seed: u64,
    /// Names of the files beside the config; an input that has none of these is left out.
    pub files: &'a [&'a str],
    /// Share of the population that travels: flow capacities of links are multiplied by it.
    pub flow: f64,
    /// Factor of the places on links.
    pub storage: f64,
    /// Seconds after which a vehicle is pushed onto a full link.
    pub stuck_s: u32,
    /// End of the day, seconds.
    pub end_s: u32,
    /// Whether free places travel backwards as waves.
    pub kinematic_waves: bool,
    /// Modes that drive on the roads.
    pub main_modes: &'a [&'a str],
    /// All modes of the trips.
    pub modes: &'a [&'a str],
    /// Types of activities with how long they usually last, seconds.
    pub activities: &'a [(String, u32)],
}

/// Kinds of input: module, parameter, name of the file.
const INPUTS: [(&str, &str, &str); 6] = [
    ("network", "inputNetworkFile", "network.xml.gz"),
    ("network", "inputChangeEventsFile", "networkChangeEvents.xml.gz"),
    ("plans", "inputPlansFile", "population.xml.gz"),
    ("facilities", "inputFacilitiesFile", "facilities.xml.gz"),
    ("vehicles", "vehiclesFile", "vehicles.xml.gz"),
    ("counts", "inputCountsFile", "counts.xml.gz"),
];

/// Writes the config.
///
/// # Errors
/// Whatever keeps the file from being written.
pub fn write(config: &Config<'_>, path: impl AsRef<Path>) -> Result<()> {
    packed::write_plain(path.as_ref(), |out| {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>")?;
        writeln!(
            out,
            "<!DOCTYPE config SYSTEM \"http://www.matsim.org/files/dtd/config_v2.dtd\">\n<config>"
        )?;
        let crs = if *config.crs == Crs::Plane { "Atlantis".into() } else { config.crs.to_string() };
        let seed = config.seed.to_string();
        module(out, "global", &[("coordinateSystem", crs.as_str()), ("randomSeed", seed.as_str())], |_| {
            Ok(())
        })?;
        let flow = (1.0 / config.flow).to_string();
        for name in ["network", "plans", "facilities", "vehicles", "counts"] {
            let of = INPUTS.iter().filter(|(module, _, file)| *module == name && config.files.contains(file));
            let mut params: Vec<(&str, &str)> = of.map(|(_, param, file)| (*param, *file)).collect();
            match name {
                "network" if params.len() > 1 => params.push(("timeVariantNetwork", "true")),
                "facilities" if !params.is_empty() => params.push(("facilitiesSource", "fromFile")),
                "counts" if !params.is_empty() => params.push(("countsScaleFactor", flow.as_str())),
                _ => {}
            }
            if !params.is_empty() {
                module(out, name, &params, |_| Ok(()))?;
            }
        }
        let controller = [("firstIteration", "0"), ("lastIteration", "0"), ("outputDirectory", "output")];
        module(out, "controller", &controller, |_| Ok(()))?;
        fill_qsim(out, config)?;
        module(out, "routing", &[("networkModes", config.main_modes.join(",").as_str())], |_| Ok(()))?;
        fill_scoring(out, config)?;
        module(out, "replanning", &[], |out| {
            [("ChangeExpBeta", "0.9"), ("ReRoute", "0.1")].into_iter().try_for_each(|(name, weight)| {
                set(out, "strategysettings", &[("strategyName", name), ("weight", weight)])
            })
        })?;
        writeln!(out, "</config>")
    })
}

/// The rules of the queue. Where vehicles have a file, each leg drives the one that it names.
fn fill_qsim(out: &mut dyn Write, config: &Config<'_>) -> io::Result<()> {
    let [flow, storage, stuck] =
        [config.flow.to_string(), config.storage.to_string(), config.stuck_s.to_string()];
    let (end, modes) = (hms(config.end_s), config.main_modes.join(","));
    let own = config.files.contains(&"vehicles.xml.gz");
    let params = [
        ("mainMode", modes.as_str()),
        ("flowCapacityFactor", flow.as_str()),
        ("storageCapacityFactor", storage.as_str()),
        ("stuckTime", stuck.as_str()),
        ("removeStuckVehicles", "false"),
        ("endTime", end.as_str()),
        ("trafficDynamics", if config.kinematic_waves { "kinematicWaves" } else { "queue" }),
        ("vehiclesSource", if own { "fromVehiclesData" } else { "defaultVehicle" }),
    ];
    module(out, "qsim", &params, |_| Ok(()))
}

/// MATSim starts only if it knows how long each activity usually lasts, and each mode.
fn fill_scoring(out: &mut dyn Write, config: &Config<'_>) -> io::Result<()> {
    module(out, "scoring", &[], |out| {
        writeln!(out, "<parameterset type=\"scoringParameters\">")?;
        param(out, "subpopulation", "null")?;
        for (name, usual_s) in config.activities {
            set(
                out,
                "activityParams",
                &[("activityType", name.as_str()), ("typicalDuration", hms(*usual_s).as_str())],
            )?;
        }
        config.modes.iter().try_for_each(|mode| set(out, "modeParams", &[("mode", mode)]))?;
        writeln!(out, "</parameterset>")
    })
}

/// A module with its parameters and whatever `more` writes into it.
fn module(
    out: &mut dyn Write,
    name: &str,
    params: &[(&str, &str)],
    more: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    writeln!(out, "<module{}>", attribute("name", name))?;
    params.iter().try_for_each(|(name, value)| param(out, name, value))?;
    more(out)?;
    writeln!(out, "</module>")
}

/// A set of parameters.
fn set(out: &mut dyn Write, kind: &str, params: &[(&str, &str)]) -> io::Result<()> {
    writeln!(out, "<parameterset{}>", attribute("type", kind))?;
    params.iter().try_for_each(|(name, value)| param(out, name, value))?;
    writeln!(out, "</parameterset>")
}

/// One parameter.
fn param(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "<param{}{}/>", attribute("name", name), attribute("value", value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_names_files_factors_activities_and_modes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.xml");
        let activities = [("home".to_string(), 43_200), ("a & b".to_string(), 3600)];
        let config = Config {
            crs: &Crs::Epsg(25_832),
            seed: 7,
            files: &["network.xml.gz", "networkChangeEvents.xml.gz", "population.xml.gz", "counts.xml.gz"],
            flow: 0.25,
            storage: 0.353,
            stuck_s: 30,
            end_s: 108_000,
            kinematic_waves: true,
            main_modes: &["car", "truck"],
            modes: &["car", "truck", "walk"],
            activities: &activities,
        };
        write(&config, &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for (name, value) in [
            ("coordinateSystem", "EPSG:25832"),
            ("inputNetworkFile", "network.xml.gz"),
            ("timeVariantNetwork", "true"),
            ("countsScaleFactor", "4"),
            ("flowCapacityFactor", "0.25"),
            ("storageCapacityFactor", "0.353"),
            ("mainMode", "car,truck"),
            ("endTime", "30:00:00"),
            ("vehiclesSource", "defaultVehicle"),
            ("trafficDynamics", "kinematicWaves"),
            ("activityType", "a &amp; b"),
            ("typicalDuration", "12:00:00"),
            ("mode", "walk"),
        ] {
            assert!(text.contains(&format!("<param name=\"{name}\" value=\"{value}\"/>")), "{name}: {text}");
        }
        assert!(!text.contains("vehiclesFile") && !text.contains("facilities"));
        assert!(super::super::tests::valid_against("config_v2.dtd", &path));
    }
}

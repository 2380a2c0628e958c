//! Another simulator on the same network and routes, in the same run: SUMO's mesoscopic model.
//!
//! SUMO comes as a Python package. It is fetched only when asked for, into the user's cache folder.
//!
//! Both simulators get the same links, routes and departures, and the same rule for vehicles that are stuck (30 s). SUMO's
//! time is that of its process less that of a process which only reads the network and begins; reading the routes, which
//! SUMO does on the way, stays in its time. Moves are those of our scenario for both.

use super::clock::children_cpu_s;
use super::traffic::Scenario;
use engine::id::LegId;
use engine::{Error, Fault, Result, disk};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The package and the version that figures were published for.
const PACKAGE: &str = "eclipse-sumo==1.28.0";

/// A simulator to measure beside ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Peer {
    /// SUMO, `--mesosim`.
    Sumo,
}

/// What the peer did.
#[derive(Debug, Clone, Serialize)]
pub struct Beside {
    /// Name and version.
    pub name: String,
    /// How it was called (input and output files left out).
    pub options: String,
    /// Vehicles that arrived.
    pub arrived: u64,
    /// CPU seconds of the whole process: reading network and routes included.
    pub process_cpu_s: f64,
    /// CPU seconds of the same process that reads the network and stops after a second.
    pub start_cpu_s: f64,
    /// Moves of the scenario per CPU second between the two.
    pub moves_per_cpu_s: f64,
    /// Our moves per CPU second (events hashed) over the peer's.
    pub ratio: f64,
}

/// Options of `sumo --mesosim`, without files: teleports after 30 s as our stuck rule.
const OPTIONS: &str = "--mesosim --no-step-log --duration-log.statistics --begin 0 --time-to-teleport 30 --xml-validation never";

/// The folder with SUMO, which is fetched there if `install` allows it.
///
/// # Errors
/// A fault when it is not there and may not, or cannot, be fetched.
pub fn sumo_folder(install: bool, tell: impl Fn(String)) -> Result<PathBuf> {
    let folder = cache_folder()?.join("sumo");
    if !folder.join("bin/sumo").exists() {
        if !install {
            return Err(Fault::new("--peer", "sumo", "is not installed")
                .expected(format!("the Python package {PACKAGE} in {}", folder.display()))
                .advice("add --install to fetch it there with pip (about 530 MB on disk; nothing else is touched)")
                .into());
        }
        tell(format!("fetching {PACKAGE} with pip into {} …", folder.display()));
        fetch(&folder)?;
    }
    Ok(folder)
}

/// Runs the SUMO in `folder` on the scenario and compares its speed with `moves_per_cpu_s` of ours.
///
/// # Errors
/// When SUMO cannot be started, fails, or writes statistics that lack the figures.
pub fn sumo(
    folder: &Path,
    scenario: &Scenario,
    moves: u64,
    moves_per_cpu_s: f64,
    tell: impl Fn(String),
) -> Result<Beside> {
    let work = folder.join(format!("run-{}", std::process::id()));
    disk::make_folder(&work)?;
    let measured = measure(scenario, moves, moves_per_cpu_s, &folder.join("bin"), &work, &tell);
    // The folder is ours and holds only what was written here.
    let _ = std::fs::remove_dir_all(&work);
    measured
}

/// `$XDG_CACHE_HOME/wayfare`, else `~/.cache/wayfare`.
fn cache_folder() -> Result<PathBuf> {
    let named = std::env::var_os("XDG_CACHE_HOME").filter(|name| !name.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let root = named.or_else(home);
    let unknown = || Error::Other("no cache folder: neither XDG_CACHE_HOME nor HOME is set".into());
    Ok(root.ok_or_else(unknown)?.join("wayfare"))
}

/// Makes a virtual environment of Python in the folder and installs the package there; nothing outside changes.
fn fetch(folder: &Path) -> Result<()> {
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let pip = folder.join("bin/pip");
    run(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", PACKAGE])).map(drop)
}

/// Runs a command to its end; what it says on failure becomes the error.
fn run(command: &mut Command) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| Error::Other(format!("{name} cannot be run: {e}")))?;
    if output.status.success() {
        return Ok(output);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(Error::Other(format!("{name} failed ({}): {}", output.status, words.trim())))
}

/// Writes the scenario, has SUMO build its network, and runs it twice: for one second, and for the whole day.
fn measure(
    scenario: &Scenario,
    moves: u64,
    moves_per_cpu_s: f64,
    bin: &Path,
    work: &Path,
    tell: &impl Fn(String),
) -> Result<Beside> {
    write_scenario(scenario, work)?;
    let net = work.join("net.xml");
    let convert = bin.join("netconvert");
    // Routes may turn round at the corners of the grid too; by default nothing is built for that.
    run(Command::new(convert)
        .current_dir(work)
        .args(["-n", "nodes.xml", "-e", "edges.xml", "--no-turnarounds.geometry", "false", "-o"])
        .arg(&net))?;
    let version = run(Command::new(bin.join("sumo")).arg("--version"))?;
    let version =
        String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or_default().trim().to_string();
    let sumo = |end_s: &str| {
        let before_s = children_cpu_s()?;
        let mut command = Command::new(bin.join("sumo"));
        command.current_dir(work).args(["-n", "net.xml", "-r", "routes.xml", "--end", end_s]);
        let output = run(command.args(OPTIONS.split(' ')))?;
        Ok::<_, Error>((String::from_utf8_lossy(&output.stdout).into_owned(), children_cpu_s()? - before_s))
    };
    tell(format!("{version}, {} vehicles: takes minutes …", scenario.legs.len()));
    let start_s = sumo("1")?.1;
    let (words, process_s) = sumo("108000")?;
    let arrived = count(&words, "Inserted:").zip(count(&words, "Running:"));
    let arrived = arrived.map(|(inserted, running)| inserted - running);
    let arrived = arrived.ok_or_else(|| Error::Other("sumo told no statistics".into()))?;
    let per_s = moves as f64 / (process_s - start_s).max(0.01);
    Ok(Beside {
        name: version,
        options: OPTIONS.into(),
        arrived,
        process_cpu_s: process_s,
        start_cpu_s: start_s,
        moves_per_cpu_s: per_s,
        ratio: moves_per_cpu_s / per_s,
    })
}

/// A number of SUMO's statistics: ` Inserted: 200000`.
fn count(words: &str, name: &str) -> Option<u64> {
    let line = words.lines().find_map(|line| line.trim().strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The network and routes as SUMO's plain XML; an id is its number here.
fn write_scenario(scenario: &Scenario, work: &Path) -> Result<()> {
    let (network, legs, routes) = (&scenario.network, &scenario.legs, &scenario.routes);
    let file = |name: &str, fill: &dyn Fn(&mut dyn Write) -> std::io::Result<()>| {
        let path = work.join(name);
        disk::write(&path, |out| fill(out).map_err(|e| Error::io(&path, e)))
    };
    file("nodes.xml", &|out| {
        writeln!(out, "<nodes>")?;
        for (id, node) in network.nodes.iter().enumerate() {
            writeln!(out, r#"<node id="{id}" x="{}" y="{}" type="priority"/>"#, node.x_m, node.y_m)?;
        }
        writeln!(out, "</nodes>")
    })?;
    file("edges.xml", &|out| {
        writeln!(out, "<edges>")?;
        for (id, link) in network.links.iter().enumerate() {
            let (from, to, lanes) = (link.from.0, link.to.0, link.lanes.round().max(1.0));
            let (speed, length) = (link.freespeed_mps, link.length_m);
            writeln!(
                out,
                r#"<edge id="{id}" from="{from}" to="{to}" numLanes="{lanes}" speed="{speed}" length="{length}" priority="{lanes}"/>"#
            )?;
        }
        writeln!(out, "</edges>")
    })?;
    // SUMO reads vehicles as it goes and wants them in the order of departure.
    let mut order: Vec<usize> = (0..legs.len()).collect();
    order.sort_by_key(|&leg| legs.depart_s[leg]);
    file("routes.xml", &|out| {
        writeln!(out, "<routes>")?;
        for &leg in &order {
            write!(out, r#"<vehicle id="{leg}" depart="{}"><route edges=""#, legs.depart_s[leg])?;
            for link in routes.of(LegId::new(leg)) {
                write!(out, "{} ", link.0)?;
            }
            writeln!(out, r#""/></vehicle>"#)?;
        }
        writeln!(out, "</routes>")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statistics_of_sumo_are_read() {
        let words =
            "Performance:\n Duration: 107.03s\nVehicles:\n Inserted: 200000 (Loaded: 200001)\n Running: 3\n";
        assert_eq!((count(words, "Inserted:"), count(words, "Running:")), (Some(200_000), Some(3)));
        assert_eq!(count(words, "Waiting:"), None);
    }

    #[test]
    fn the_scenario_is_written_in_order_of_departure() {
        let folder = tempfile::tempdir().unwrap();
        let scenario = Scenario::grid(5, 20).unwrap();
        write_scenario(&scenario, folder.path()).unwrap();
        let text = std::fs::read_to_string(folder.path().join("routes.xml")).unwrap();
        let departures: Vec<u32> = text
            .lines()
            .filter_map(|line| line.split("depart=\"").nth(1)?.split('"').next()?.parse().ok())
            .collect();
        assert_eq!(departures.len(), 40);
        assert!(departures.is_sorted());
        let edges = std::fs::read_to_string(folder.path().join("edges.xml")).unwrap();
        assert_eq!(edges.matches("<edge ").count(), scenario.network.links.len());
    }
}

//! Reads what a scenario names: network, zones, counts, and who travels. Whatever is numbered here is numbered by its
//! name ([`engine::order`]), so that the order of the rows of a file changes nothing.
//!
//! This is the only place where it matters in which format something came: behind [`Source`] there are only types
//! of the engine. Adding a format means a variant in `scenario`, a reader in `netconvert`, and an arm in one of the
//! `match`es below. Who travels is read after the roads, in [`demand`], because trips and places refer to them.

mod changes;
pub mod demand;
pub mod input;
pub mod known;
mod plans;
mod screenlines;

use crate::scenario::{Config, CountsInput, NetworkInput, Scenario, ZonesInput};
use changes::Changes;
use engine::id::{LinkId, NodeId};
use engine::network::{Network, naming};
use engine::order::natural;
use engine::projection::{Crs, Projection};
use engine::route::equilibrium::Bpr;
use engine::validate::plausible::{Roads, judge};
use engine::validate::published::Published;
use engine::validate::screenline::Screenline;
use engine::validate::station::{Counts, RouteStretch};
use engine::validate::verdict::Observed;
use engine::validate::yardstick::{Names, Written, Yardstick};
use engine::validate::{label, matching};
use engine::vehicle::Classes;
use engine::zone::Zones;
use engine::{Error, Fault, Faults, Result, Warning};
use netconvert::clean::Dropped;
use netconvert::matsim;
use netconvert::tntp::{Coordinates, Units};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a run stands on. A finished run is opened by reading this again from the same files ([`crate::finished`]), so
/// nothing in it may depend on chance, on the clock or on the machine.
pub struct Source {
    /// The roads, strongly connected for cars unless they come with delay functions.
    pub network: Network,
    /// The roads before cleaning, summed up.
    pub roads: Roads,
    /// What cleaning took away.
    pub dropped: Dropped,
    /// The network before cleaning, where cleaning took something away.
    raw: Option<Network>,
    /// Modes of links that are none of ours, as the file of a MATSim network names them (`truck`).
    link_modes: BTreeSet<String>,
    /// What changes on links during the day by the network's own file.
    changes: Changes,
    /// Delay functions of the Bureau of Public Roads, where the source has them (TNTP and `bpr`): by link, in the order of
    /// `network`. They serve the static assignment that a run is compared with, not the queue model.
    pub bpr: Option<Bpr>,
    /// Zones; none where the scenario has none.
    pub zones: Zones,
    /// Detector counts as they were published. Which link a station belongs to is found later, and again by
    /// `wayfare validate`.
    pub counts: Option<Counts>,
    /// Crossings that stations name, by the link that a station is on.
    crossings: BTreeMap<LinkId, String>,
    /// Lines over which traffic is told.
    pub screenlines: Vec<Screenline>,
    /// Published equilibrium flows by link, vehicles per hour, where the scenario names them.
    pub equilibrium_flows: Option<Vec<f64>>,
    /// Published figures as they are written, with the file and the line or number of each.
    written: Vec<(PathBuf, String, Written)>,
    /// Published figures as they were understood. Empty until the layers of demand were read, as are `layers`.
    pub yardsticks: Vec<Yardstick>,
    /// Names of the layers of demand.
    pub layers: Vec<String>,
    /// The trip tables, where there are any: from, to, trips in the time window. Empty until [`demand::read`] has read them.
    pub trip_table: Vec<(NodeId, NodeId, f64)>,
    /// What is known of the region's residents. Empty until [`demand::read`] has read it.
    pub known: known::Known,
    /// Classes of the vehicles that the layers of demand drive.
    pub classes: Classes,
    /// Everything odd that was seen but could be dealt with; a manifest groups and counts them.
    pub warnings: Vec<Warning>,
    /// Files that were read. The manifest holds their hashes, and `run --resume` refuses a finished run whose files
    /// have changed since.
    pub inputs: Vec<PathBuf>,
}

/// The published figures of a scenario, those of its file first.
fn written(scenario: &Scenario, finder: &mut Finder<'_>) -> Result<Vec<(PathBuf, String, Written)>> {
    let mut all = Vec::new();
    if let Some(input) = &scenario.config.yardsticks {
        let file = finder.file(&input.file)?;
        let figures = netconvert::yardsticks::read(&file)?;
        all.extend(figures.into_iter().map(|(line, written)| (file.clone(), line.to_string(), written)));
    }
    let inline = scenario.config.yardstick.iter().enumerate();
    all.extend(inline.map(|(n, of)| (scenario.file.clone(), format!("yardstick[{n}]"), of.written())));
    Ok(all)
}

/// Looks files up and remembers them, so that no reader can forget to name a file in the manifest.
pub(crate) struct Finder<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) inputs: Vec<PathBuf>,
}

impl Finder<'_> {
    /// The path of an input. Of a folder every file in it counts as read.
    ///
    /// # Errors
    /// As [`Scenario::find`].
    pub(crate) fn file(&mut self, name: &Path) -> Result<PathBuf> {
        let path = self.scenario.find(name)?;
        if path.is_file() {
            self.inputs.push(path.clone());
        } else {
            self.inputs.extend(engine::disk::list(&path)?.into_iter().filter(|p| p.is_file()));
        }
        Ok(path)
    }
}

impl Source {
    /// Reads and cleans the network, then zones and counts.
    ///
    /// # Errors
    /// A [`Fault`] for each file in which something is wrong, the first thing in it; and for roads that cannot be meant.
    /// Where one cannot be read, the others and the files of demand are read all the same.
    pub fn read(scenario: &Scenario) -> Result<Self> {
        let mut finder = Finder { scenario, inputs: Vec::new() };
        let mut warnings = Vec::new();
        let mut faults = Faults::default();
        let reading = network(&scenario.config.network, &mut finder, &mut warnings);
        let Some(Reading { network: raw, bpr, modes: link_modes }) = faults.keep(reading)? else {
            return Err(without_roads(scenario, &mut finder, faults));
        };
        // The first file of the network is the one to blame for all of it.
        let roads = Roads::of(&raw);
        let blamed = finder.inputs.first().unwrap_or(&scenario.file);
        faults.extend(judge(roads.oddities(), blamed, "", &mut warnings));
        let (network, dropped, raw, changes) = match bpr {
            // Delay functions lie by link: with links gone they would belong to the wrong ones. Zones with connectors
            // one way only are legal in such networks: [`demand`] sees to it that each trip has a way.
            Some(_) => (raw, Dropped::default(), None, Changes::default()),
            // From here on every car can get from any link to any other: no trip is without a way for want of roads.
            None => {
                let (network, dropped) = netconvert::clean::clean(&raw, engine::mode::Mode::Car)?;
                let changes = changes::read(scenario, &mut finder, &raw, &dropped, &mut warnings)?;
                let raw = (!dropped.links.is_empty()).then_some(raw);
                (network, dropped, raw, changes)
            }
        };
        let zones = zones(scenario.config.zones.as_ref(), &network.crs, &mut finder, &mut warnings);
        let zones = faults.keep(zones)?;
        let input = scenario.config.validate.counts.as_ref();
        let counts = counts(input, &network.crs, &mut finder, &mut warnings).and_then(|counts| {
            input.zip(counts).map(|(from, counts)| on_links(from, counts, &network)).transpose()
        });
        let (counts, crossings) = faults.keep(counts)?.flatten().unzip();
        let crossings: BTreeMap<LinkId, String> = crossings.unwrap_or_default();
        let screenlines = screenlines::read(scenario, &network, || naming::locations(&network, &crossings));
        let screenlines = faults.keep(screenlines)?;
        let flows = scenario.config.validate.equilibrium.as_ref().map(|file| {
            if bpr.is_none() {
                return Err(Fault::new(
                    &scenario.file,
                    "validate.equilibrium",
                    "needs a network with BPR parameters",
                )
                .expected("network.format = \"bpr\" or \"tntp\"")
                .into());
            }
            let file = finder.file(file)?;
            match scenario.config.network {
                NetworkInput::Tntp { .. } => netconvert::tntp::flows_of(&file, &network),
                _ => netconvert::bpr::read_flows(&file, &network),
            }
        });
        let equilibrium_flows = faults.keep(flows.transpose())?.flatten();
        let written = faults.keep(written(scenario, &mut finder))?.unwrap_or_default();
        if !faults.is_empty() {
            demand::look(scenario, zones.as_ref(), &mut faults)?;
        }
        faults.none()?;
        let trip_table = Vec::new();
        Ok(Self {
            network,
            roads,
            dropped,
            raw,
            link_modes,
            changes,
            bpr,
            zones: zones.unwrap_or_default(),
            counts,
            crossings,
            screenlines: screenlines.unwrap_or_default(),
            equilibrium_flows,
            written,
            yardsticks: Vec::new(),
            layers: Vec::new(),
            trip_table,
            known: known::Known::default(),
            classes: Classes::default(),
            warnings,
            inputs: finder.inputs,
        })
    }
}

impl Source {
    /// What a day on these roads is held against.
    ///
    /// # Errors
    /// A fault for settings of traffic that make no sense.
    pub fn observed(&self, config: &Config) -> Result<Observed<'_>> {
        let published = self.bpr.as_ref().zip(self.equilibrium_flows.as_deref());
        let trips = &self.trip_table;
        Ok(Observed {
            network: &self.network,
            traffic: config.traffic()?,
            sample: config.sample,
            counts: self.counts.as_ref(),
            published: published.map(|(bpr, flows)| Published { bpr, flows, trips }),
            screenlines: &self.screenlines,
            congested_mps: config.validate.congested_mps(),
            zones: &self.zones,
            layers: &self.layers,
            yardsticks: &self.yardsticks,
        })
    }

    /// The published figures, understood for these layers of demand and the regions of the zones.
    ///
    /// # Errors
    /// A [`Fault`] for each that is not understood.
    pub fn understood(&self, layers: &[String]) -> Result<Vec<Yardstick>> {
        let names = Names { regions: &self.zones.regions, layers };
        let mut faults = Faults::default();
        let mut yardsticks = Vec::with_capacity(self.written.len());
        for (file, record, written) in &self.written {
            let understood = Yardstick::understand(written, &names, file, record).map_err(Error::from);
            yardsticks.extend(faults.keep(understood)?);
        }
        faults.none()?;
        Ok(yardsticks)
    }

    /// Where each link is, in words.
    pub fn locations(&self) -> Vec<Option<String>> {
        naming::locations(&self.network, &self.crossings)
    }

    /// Writes `dropped.geojson`, where something was dropped: roads that no car can both reach and leave. A planner can lay
    /// it over a map and see whether a bridge or a ramp is missing.
    ///
    /// # Errors
    /// What the file system says, or the projection of the network.
    pub fn write_dropped(&self, folder: &Path) -> Result<()> {
        match &self.raw {
            Some(raw) => {
                netconvert::geojson::write_dropped(raw, &self.dropped, folder.join("dropped.geojson"))
            }
            None => Ok(()),
        }
    }
}

/// What is wrong where the network cannot be read: its faults, and those of the files that can be read without it.
///
/// Formats with positions in degrees (MTC's zones, PeMS's counts) are of California: UTM zone 10 stands in for the reference
/// system that only the network tells. What is read here is thrown away.
fn without_roads(scenario: &Scenario, finder: &mut Finder<'_>, mut faults: Faults) -> Error {
    let (config, crs, mut unused) = (&scenario.config, Crs::Epsg(32_610), Vec::new());
    let zones = zones(config.zones.as_ref(), &crs, finder, &mut unused);
    let counts = counts(config.validate.counts.as_ref(), &crs, finder, &mut unused);
    let all = move || -> Result<()> {
        let zones = faults.keep(zones)?;
        faults.keep(counts)?;
        demand::look(scenario, zones.as_ref(), &mut faults)?;
        faults.none()
    };
    // There is at least the fault of the network.
    all().err().unwrap_or_else(|| Error::Other("the network was not read".into()))
}

/// Counts of which at least one station is on a link, or that hold no hour yet; and the crossings of links with stations.
///
/// # Errors
/// A [`Fault`] for counts of which no station is on a link.
fn on_links(
    input: &CountsInput,
    counts: Counts,
    network: &Network,
) -> Result<(Counts, BTreeMap<LinkId, String>)> {
    let found = matching::find(network, &counts, &matching::Rule::default());
    if found.n_matched() > 0 || counts.hours.is_empty() {
        let crossing = |site: &matching::Site| {
            let station = site.stations.first().and_then(|station| counts.stations.get(*station as usize));
            station.and_then(|station| station.crossing.clone()).map(|crossing| (site.link, crossing))
        };
        let crossings = found.sites.iter().filter_map(crossing).collect();
        return Ok((counts, crossings));
    }
    let reasons: Vec<String> =
        found.reasons().iter().map(|(reason, n)| format!("{}: {n}", reason.words())).collect();
    let what = format!("none of its {} stations is on a link of the network", counts.stations.len());
    let (CountsInput::Pems { hourly: file, .. }
    | CountsInput::Matsim { file, .. }
    | CountsInput::County { folder: file }) = input;
    Err(Fault::new(file, "", format!("{what} ({})", reasons.join(", ")))
        .expected("stations with the names of links, or with positions near roads of their route")
        .advice("see whether counts and network are of one region, one reference system and one version")
        .into())
}

/// A network as it was read, not yet cleaned.
struct Reading {
    network: Network,
    bpr: Option<Bpr>,
    /// As [`Source::link_modes`].
    modes: BTreeSet<String>,
}

/// The roads in the format that the scenario says, with delay functions where the format has them; nodes and links
/// in the order of their names. Readers of delay functions put those in order themselves, and the roads with them.
fn network(input: &NetworkInput, finder: &mut Finder<'_>, warnings: &mut Vec<Warning>) -> Result<Reading> {
    let mut modes = BTreeSet::new();
    let mut keep = |(network, more): (Network, Vec<Warning>)| -> Result<(Network, Option<Bpr>)> {
        warnings.extend(more);
        Ok((network.in_order()?.0, None))
    };
    let (network, bpr) = match input {
        NetworkInput::BayArea { nodes, edges, routes } => {
            let nodes = finder.file(nodes)?;
            let (mut network, bpr) =
                keep(netconvert::bay_area::read_network(&nodes, finder.file(edges)?, None)?)?;
            if let Some(routes) = routes {
                let projection = Projection::new(&network.crs)?;
                let mut stretches = netconvert::bay_area::read_routes(finder.file(routes)?, &projection)?;
                stretches.sort_by(by_route);
                // Classes first: only freeways and arterials get a route.
                for (link, class) in label::classes(&network).into_iter().enumerate() {
                    network.links[link].class = class;
                }
                let labels = label::routes(&network, &stretches, &label::Rule::default());
                for (link, label) in network.links.iter_mut().zip(labels) {
                    link.route = label.map(|l| (l.route, l.direction));
                }
            }
            // Last: classes are told by the speeds of signs.
            netconvert::bay_area::delay_at_lights(&mut network, &nodes)?;
            (network, bpr)
        }
        NetworkInput::County { folder } => keep(netconvert::county::read_network(finder.file(folder)?)?)?,
        NetworkInput::Bpr { nodes, links, speed_kmh } => {
            let (network, bpr) =
                netconvert::bpr::read_network(&finder.file(nodes)?, &finder.file(links)?, *speed_kmh)?;
            (network, Some(bpr))
        }
        NetworkInput::Tntp { net, node, length_m, time_s } => {
            let net = finder.file(net)?;
            let node = node.as_deref().map(|node| finder.file(node)).transpose()?;
            let units = Units {
                length_m: *length_m,
                time_s: *time_s,
                period_h: 1.0,
                coordinates: Coordinates::Untold,
            };
            let (tntp, more) = netconvert::tntp::read_network(&net, node.as_deref(), &units)?;
            warnings.extend(more);
            let (network, bpr) = netconvert::tntp::drivable(&net, tntp)?;
            (network, Some(bpr))
        }
        NetworkInput::Matsim { file, crs, .. } => {
            let file = finder.file(file)?;
            let given =
                crs.as_ref().map(|name| matsim::crs::read(name, &finder.scenario.file, "network.crs"));
            let reading = matsim::network::read_whole(file, given.transpose()?)?;
            modes = reading.modes;
            keep((reading.network, reading.warnings))?
        }
        NetworkInput::Osm { file } => {
            keep(netconvert::osm::read(finder.file(file)?, &netconvert::osm::Options::default())?)?
        }
        NetworkInput::Gmns { folder, length_unit, speed_unit } => {
            let folder = finder.file(folder)?;
            let options = gmns_options(&folder, length_unit.as_deref(), speed_unit.as_deref())?;
            keep(netconvert::gmns::read(folder, &options)?)?
        }
    };
    Ok(Reading { network, bpr, modes })
}

/// The units that a scenario says of a GMNS folder.
fn gmns_options(
    folder: &Path,
    length: Option<&str>,
    speed: Option<&str>,
) -> Result<netconvert::gmns::Options> {
    use netconvert::gmns::{Options, length_unit, speed_unit};
    let unit = |key: &str, text: Option<&str>, read: fn(&str) -> Option<f64>, expected: &str| {
        let refuse = |text: &str| Fault::new(folder, key, format!("is {text:?}")).expected(expected);
        text.map(|text| read(text).ok_or_else(|| refuse(text))).transpose()
    };
    Ok(Options {
        length_m: unit("length-unit", length, length_unit, "m, km, mi or ft")?,
        speed_mps: unit("speed-unit", speed, speed_unit, "mph, km/h or m/s")?,
        ..Options::default()
    })
}

/// Stretches have no name: by route, direction, then points.
fn by_route(a: &RouteStretch, b: &RouteStretch) -> Ordering {
    let numbers = |s: &RouteStretch| s.points_m.iter().flat_map(|p| [p.0, p.1]).collect::<Vec<f64>>();
    let points = || {
        let (a, b) = (numbers(a), numbers(b));
        let first = a.iter().zip(&b).map(|(x, y)| x.total_cmp(y)).find(|order| order.is_ne());
        first.unwrap_or_else(|| a.len().cmp(&b.len()))
    };
    natural(&a.route, &b.route).then(a.direction.cmp(&b.direction)).then_with(points)
}

/// The zones, in the order of their names; none where the scenario has none, as with plans and trip tables.
fn zones(
    input: Option<&ZonesInput>,
    crs: &Crs,
    finder: &mut Finder<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Zones> {
    let (zones, more) = match input {
        None => return Ok(Zones::default()),
        Some(ZonesInput::Mtc { land_use, polygons, centroids, counties }) => {
            let (land_use, polygons) = (finder.file(land_use)?, finder.file(polygons)?);
            let (points, counties) = (finder.file(centroids)?, finder.file(counties)?);
            let sources = netconvert::zones::Sources {
                land_use: &land_use,
                outlines: Some(&polygons),
                points: Some(&points),
                counties: Some(&counties),
            };
            netconvert::zones::read(&sources, crs)?
        }
        Some(ZonesInput::County { folder }) => {
            let mut zones = netconvert::zones::read_table(finder.file(folder)?.join("zones.csv"))?;
            zones.zones.sort_by(|a, b| natural(&a.name, &b.name));
            (zones, Vec::new())
        }
    };
    warnings.extend(more);
    Ok(zones)
}

/// The detectors with what they counted, in the order of their names; `None` where the scenario names none.
fn counts(
    input: Option<&CountsInput>,
    crs: &Crs,
    finder: &mut Finder<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Counts>> {
    let (counts, more) = match input {
        None => return Ok(None),
        Some(CountsInput::Pems { hourly, metadata }) => {
            let projection = Projection::new(crs)?;
            let metadata = metadata.as_deref().map(|m| finder.file(m)).transpose()?;
            netconvert::pems::read_with(&finder.file(hourly)?, metadata.as_deref(), &projection)?
        }
        Some(CountsInput::Matsim { file, modes }) => matsim::counts::read_modes(finder.file(file)?, modes)?,
        Some(CountsInput::County { folder }) => {
            let folder = finder.file(folder)?;
            (
                netconvert::county::read_counts(folder.join("stations.csv"), folder.join("hours.csv"))?,
                Vec::new(),
            )
        }
    };
    warnings.extend(more);
    Ok(Some(counts.in_order()))
}

//! `scenario.toml`: what a run is made of. Every key is checked; an unknown one is refused with the
//! closest known name.

mod days;
pub mod load;
mod people;
mod policy_schema;
mod screenline;
mod yardsticks;

pub use days::{ActivityInput, ModeConstants, ModeInput, PlaceInput, PlaceMethod};
pub use people::PeopleInput;
pub use screenline::Screenline;
pub use yardsticks::{YardstickInput, YardsticksInput};

use engine::learn::{self, BIN_S};
use engine::policy::Measure;
use engine::route::assign::{Choice, Method, Rule, Schedule, Stop};
use engine::unit::{MPS_PER_MPH, parse_hms};
use engine::validate::speed::CONGESTED_MPH;
use engine::{Error, Fault, Result, traffic};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

pub use load::{Overrides, data_root, load};

/// The manifest of a run, with the settings of its scenario.
pub type Manifest = engine::store::Manifest<Config>;

/// A whole scenario, resolved: `extends` and `--set` are applied.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// One line that names the scenario in reports.
    pub title: String,
    /// The question it answers.
    #[serde(default)]
    pub question: String,
    /// Another scenario (folder, relative to this one) that this one changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<String>,
    /// Seed of every draw. The same seed gives the same bits.
    #[serde(default = "one")]
    pub seed: u64,
    /// Share of the population that is simulated, 0 < sample ≤ 1. Road capacity is scaled with it.
    #[serde(default = "full")]
    pub sample: f64,
    /// Largest share of the records of a file that may be not understood, 0 to 1 (`--allow-unknown`).
    #[serde(default = "allowed_unknown")]
    pub allow_unknown: f64,
    /// Where input files come from.
    #[serde(default)]
    pub data: Data,
    /// The roads.
    pub network: NetworkInput,
    /// Zones and what is in them; needed by synthetic people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<ZonesInput>,
    /// Who travels: one layer of demand (`[people]`), or several that add up (`[[people]]`).
    #[serde(deserialize_with = "people::one_or_many")]
    #[schemars(with = "people::OneOrMany")]
    pub people: Vec<PeopleInput>,
    /// What people do.
    #[serde(default)]
    pub activity: ActivityInput,
    /// Where they do it.
    #[serde(default)]
    pub place: PlaceInput,
    /// How they get there.
    #[serde(default)]
    pub mode: ModeInput,
    /// What is added to the constants of the choice of modes.
    #[serde(default)]
    pub mode_constants: ModeConstants,
    /// The queue model.
    #[serde(default)]
    pub traffic: Traffic,
    /// Learning from day to day.
    #[serde(default)]
    pub assign: Assign,
    /// What the result is compared with.
    #[serde(default)]
    pub validate: Validate,
    /// Published figures that the run is held beside, in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yardsticks: Option<YardsticksInput>,
    /// Published figures that the run is held beside, one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub yardstick: Vec<YardstickInput>,
    /// What is different from the base case.
    #[serde(default)]
    #[schemars(schema_with = "policy_schema::measures")]
    pub policy: Vec<Measure>,
}

impl Config {
    /// The settings of the queue model, as the engine takes them.
    ///
    /// # Errors
    /// A [`Fault`] when `traffic.end` is no time.
    pub fn traffic(&self) -> Result<traffic::Config> {
        let Traffic { stuck_s, dynamics, end, parts, .. } = &self.traffic;
        let end_s = parse_hms(end).ok_or_else(|| {
            Fault::new("scenario", "traffic.end", format!("\"{end}\" is not a time")).expected("HH:MM")
        })?;
        let dynamics = match dynamics {
            Dynamics::Queue => traffic::Dynamics::Queue,
            Dynamics::KinematicWaves => traffic::Dynamics::KinematicWaves,
        };
        let (sample, seed, stuck_s, parts) = (self.sample, self.seed, *stuck_s, *parts);
        let like = traffic::Config::default();
        Ok(traffic::Config { sample, stuck_s, dynamics, end_s, seed, bin_s: BIN_S, parts, ..like })
    }

    /// The settings of learning, as the engine takes them.
    ///
    /// # Errors
    /// As [`Config::traffic`].
    pub fn learning(&self) -> Result<learn::Settings> {
        let assign = &self.assign;
        Ok(learn::Settings {
            traffic: self.traffic()?,
            write_events: self.traffic.write_events,
            stop: Stop { gap: assign.stop_gap, iterations: assign.iterations },
            value_of_time: assign.value_of_time,
            choice: assign.choice(),
            schedule: assign.schedule(),
            asked: assign.asked,
            asked_exactly: assign.asked_exactly,
        })
    }

    /// The scenario as text: a checkpoint is used only where it is the same. How the roads are cut changes no result
    /// and is left out.
    ///
    /// # Errors
    /// A value that JSON cannot hold.
    pub fn identity(&self) -> Result<String> {
        let mut config = self.clone();
        config.traffic.parts = 0;
        serde_json::to_string(&config).map_err(|e| Error::Other(e.to_string()))
    }
}

fn one() -> u64 {
    1
}

fn full() -> f64 {
    1.0
}

fn allowed_unknown() -> f64 {
    engine::warning::ALLOWED_UNKNOWN
}

/// Where input files come from.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Data {
    /// Folder below the data folder (`WAYFARE_DATA`, else `data/`) that holds files which are not
    /// beside `scenario.toml`.
    pub folder: Option<String>,
    /// The files, each with its public source and checksum (`wayfare fetch` copies and verifies them).
    pub files: Vec<DataFile>,
}

/// One input file that is not in the repository.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DataFile {
    /// Name below the data folder.
    pub name: String,
    /// SHA-256 of the content, hexadecimal: of a name that ends with `.gz` that of what is packed, so that another packer does no
    /// harm. Of an archive (`.zip`) the members are verified instead.
    #[serde(default)]
    pub sha256: Option<String>,
    /// The files that publishers give, from which it is made.
    #[serde(default)]
    pub originals: Vec<Original>,
    /// How it is made from them, where it is more than packing.
    #[serde(default)]
    pub convert: Option<Conversion>,
}

/// A file as its publisher gives it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Original {
    /// Public address; a download has the name at its end.
    pub url: String,
    /// SHA-256 of it, hexadecimal; that of the result where it is left out.
    pub sha256: Option<String>,
}

/// A conversion by `wayfare fetch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Conversion {
    /// Hours of a typical weekday from PeMS: a data frame of R → CSV.
    PemsTypical,
    /// Numbered routes of Travel Model One: a shapefile → CSV.
    NumberedRoutes,
}

/// The roads, by format.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "format", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum NetworkInput {
    /// `nodes.csv` (osmid, x, y) and `edges.csv` (u, v, length, lanes, speed_mph), as LPSim publishes them.
    BayArea {
        /// Node table.
        nodes: PathBuf,
        /// Link table.
        edges: PathBuf,
        /// Numbered routes with geometry, to label links (optional).
        #[serde(default)]
        routes: Option<PathBuf>,
    },
    /// Our own tables `nodes.csv`, `links.csv` in one folder (`wayfare new --synthetic` writes them).
    County {
        /// The folder.
        folder: PathBuf,
    },
    /// Node and link tables with BPR parameters and lon/lat (as in `scenarios/sioux-falls`).
    Bpr {
        /// Node table: node, lon, lat.
        nodes: PathBuf,
        /// Link table: link, from, to, capacity_vph, free_time_ch (0.01 h), bpr_b, bpr_power.
        links: PathBuf,
        /// Free-flow speed that turns times into lengths, km/h.
        speed_kmh: f64,
    },
    /// A network of the TNTP collection (as in `scenarios/anaheim`), capacities in vehicles an hour; its files do
    /// not tell their other units.
    Tntp {
        /// The `_net` file.
        net: PathBuf,
        /// The `_node` file; without it all nodes lie at one place (lengths are in the `_net` file).
        #[serde(default)]
        node: Option<PathBuf>,
        /// Metres in one unit of length.
        length_m: f64,
        /// Seconds in one unit of time.
        time_s: f64,
    },
    /// MATSim network v1 or v2, `.xml` or `.xml.gz`.
    Matsim {
        /// The file.
        file: PathBuf,
        /// Reference system (`EPSG:…`, `plane`), where the file does not tell it or is wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        crs: Option<String>,
        /// MATSim's network change events: what changes on links during the day.
        #[serde(default, skip_serializing_if = "Option::is_none", alias = "change-events")]
        changes: Option<PathBuf>,
    },
    /// OpenStreetMap, `.osm.pbf` or `.osm[.gz|.bz2]`.
    Osm {
        /// The file.
        file: PathBuf,
    },
    /// GMNS folder with `node.csv` and `link.csv`.
    Gmns {
        /// The folder.
        folder: PathBuf,
        /// Unit of its lengths: m, km, mi or ft [default: that of `config.csv`, else the one that fits the geometry].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        length_unit: Option<String>,
        /// Unit of its speeds: mph, km/h or m/s [default: that of `config.csv`, else km/h beside metric lengths, else mph].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speed_unit: Option<String>,
    },
}

/// Zones, by format.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "format", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum ZonesInput {
    /// Travel Model One zones: land use table, zipped polygons, centroids, county names.
    Mtc {
        /// `taz1454_2015_land_use.csv.gz`.
        land_use: PathBuf,
        /// Zipped shapefile of the polygons.
        polygons: PathBuf,
        /// Zone centroids (lon, lat).
        centroids: PathBuf,
        /// Zone → county names.
        counties: PathBuf,
    },
    /// Our own `zones.csv` in the folder of the network.
    County {
        /// The folder.
        folder: PathBuf,
    },
}

/// The queue model.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Traffic {
    /// Seconds after which a vehicle is pushed onto a full link.
    pub stuck_s: u32,
    /// `queue` or `kinematic-waves`.
    pub dynamics: Dynamics,
    /// End of the day, `HH:MM` (may pass 24:00).
    pub end: String,
    /// Write the events of the last iteration (`events.parquet`). The hash is made either way.
    pub write_events: bool,
    /// Parts that the roads are cut into, each run by a thread; 0 = as many as pay. Changes no result.
    pub parts: usize,
}

impl Default for Traffic {
    fn default() -> Self {
        Self { stuck_s: 30, dynamics: Dynamics::Queue, end: "30:00".into(), write_events: true, parts: 0 }
    }
}

/// How jams travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dynamics {
    /// A place is free as soon as a vehicle leaves.
    Queue,
    /// Free places travel backwards at 15 km/h.
    KinematicWaves,
}

/// Learning from day to day.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Assign {
    /// Most iterations; each is a day.
    pub iterations: u32,
    /// Stop when the relative gap of the day, and that of each of its peaks (departures from 6 to 10 h and from 15 to 19 h), is not
    /// above this on two days running.
    pub stop_gap: f64,
    /// Value of time that turns tolls into seconds, dollars per hour.
    pub value_of_time: f64,
    /// How drivers choose: `best-response` or `route-memory`.
    pub method: AssignMethod,
    /// Share of the drivers who lose most that changes in a day.
    pub switch_most: f64,
    /// Loss (relative to the best route) at which half of that share changes.
    pub switch_half: f64,
    /// Share of all drivers that changes in a day at most.
    pub switch_share: f64,
    /// Most car trips that look for a better route after a day (a random part where there are more).
    pub asked: usize,
    /// Those of them that search exactly, each link at the time it is entered; the gap is measured on these. The
    /// others search on the times at half way, which is several times faster.
    pub asked_exactly: usize,
    /// Most routes that a driver remembers (`route-memory`).
    pub routes: usize,
    /// Scale of the choice among remembered routes, per minute.
    pub logit_per_min: f64,
    /// Drivers also choose when to leave, if given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure: Option<Departure>,
}

/// How drivers choose their routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AssignMethod {
    /// Yesterday's best route; who loses most is most likely to take it.
    #[default]
    BestResponse,
    /// A logit among remembered routes, on the mean times of all days.
    RouteMemory,
}

/// What a wrong time of arrival costs (Small 1982).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Departure {
    /// Seconds of driving that a second too early is worth.
    pub early: f64,
    /// Seconds of driving that a second too late is worth.
    pub late: f64,
    /// Distance between the departures that are compared, seconds.
    pub step_s: u32,
    /// Departures looked at on either side of the present one.
    pub steps: u32,
}

impl Default for Departure {
    fn default() -> Self {
        let Schedule { early, late, step_s, steps } = Schedule::default();
        Self { early, late, step_s, steps }
    }
}

impl Assign {
    /// The settings as the engine takes them.
    pub fn choice(&self) -> Choice {
        let method = match self.method {
            AssignMethod::BestResponse => Method::BestResponse,
            AssignMethod::RouteMemory => Method::RouteMemory,
        };
        let rule = Rule { most: self.switch_most, half: self.switch_half, share: self.switch_share };
        Choice { method, rule, routes: self.routes, logit_per_min: self.logit_per_min }
    }

    /// The cost of a wrong time as the engine takes it.
    pub fn schedule(&self) -> Option<Schedule> {
        let schedule =
            |d: &Departure| Schedule { early: d.early, late: d.late, step_s: d.step_s, steps: d.steps };
        self.departure.as_ref().map(schedule)
    }
}

impl Default for Assign {
    fn default() -> Self {
        let rule = Rule::default();
        Self {
            iterations: 5,
            stop_gap: 0.01,
            value_of_time: engine::policy::VALUE_OF_TIME_USD_PER_H,
            method: AssignMethod::BestResponse,
            switch_most: rule.most,
            switch_half: rule.half,
            switch_share: rule.share,
            asked: 200_000,
            asked_exactly: 200_000,
            routes: 4,
            logit_per_min: 1.0,
            departure: None,
        }
    }
}

/// What the result is compared with.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Validate {
    /// Detector counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<CountsInput>,
    /// Published equilibrium flows (table: link, flow_vph); compared with the static assignment and the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equilibrium: Option<PathBuf>,
    /// Lines over which traffic is told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub screenline: Vec<Screenline>,
    /// Smallest share of station-hours with GEH < 5 on the mainline of freeways (all stations where none is of that kind);
    /// below it `wayfare validate` exits with 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geh_target: Option<f64>,
    /// Below this observed mean speed an hour of a freeway counts as congested, miles per hour. 45 is the speed below which
    /// a carpool lane is degraded by law (United States Code, title 23, section 166 (d)(2)).
    pub congested_mph: f64,
}

impl Default for Validate {
    fn default() -> Self {
        Self {
            counts: None,
            equilibrium: None,
            screenline: Vec::new(),
            geh_target: None,
            congested_mph: CONGESTED_MPH,
        }
    }
}

impl Validate {
    /// [`Self::congested_mph`] in metres per second.
    pub fn congested_mps(&self) -> f64 {
        self.congested_mph * MPS_PER_MPH
    }
}

/// Detector counts, by format.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "format", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum CountsInput {
    /// Detectors of Caltrans: MTC's typical weekday by station and hour, or a file of the PeMS clearinghouse.
    Pems {
        /// `pems_hour_dDD_YYYY.csv`, or `dDD_text_station_hour_YYYY_MM.txt`, `…_station_5min_…`, `…_station_raw_…` (means over
        /// Tuesdays to Thursdays; these need `metadata`). All may be packed (`.gz`).
        hourly: PathBuf,
        /// `dDD_text_meta_….txt[.gz]`.
        #[serde(default)]
        metadata: Option<PathBuf>,
    },
    /// MATSim counts v1 or v2.
    Matsim {
        /// The file.
        file: PathBuf,
        /// Modes whose volumes add up (v2); cars alone when absent.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        modes: Vec<String>,
    },
    /// Our own `stations.csv` and `hours.csv`.
    County {
        /// The folder.
        folder: PathBuf,
    },
}

/// A scenario with the folders its files are looked up in.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What it says.
    pub config: Config,
    /// Its `scenario.toml`.
    pub file: PathBuf,
    /// Folders to look in, own folder first, then those it extends, then the data folder.
    pub folders: Vec<PathBuf>,
}

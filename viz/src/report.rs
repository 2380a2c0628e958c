//! What a report holds. Plain structs: the caller fills them from a run, and whatever stays empty is
//! left out of the page. What the engine has a type for stands here as that type. Numbers carry the units their names
//! end in; nothing is computed here.

use crate::map::Map;
use engine::clock::Phase;
use engine::learn::Iteration;
use engine::validate::day::Check;
use engine::validate::matching::Reason;
use engine::validate::yardstick::{Compared, OnTheRoad};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything one report shows. `Report { title, ..Report::default() }` is a legal report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Heading of the page, e.g. `San Francisco Bay Area, typical weekday`.
    pub title: String,
    /// Name or folder of the scenario.
    pub scenario: String,
    /// What the scenario asks, in a sentence.
    pub question: String,
    /// Seed of all draws.
    pub seed: u64,
    /// Share of the population that was simulated, 0..1. Volumes in the report are scaled to all of it.
    pub sample: f64,
    /// Version of the program.
    pub version: String,
    /// Commit of the program; empty when unknown.
    pub commit: String,
    /// When the run was made, if the caller wants it said: a date makes two equal runs differ.
    pub date: Option<String>,
    /// Miles or kilometres on the page. SVG files use the same.
    pub units: Units,
    /// Headline numbers, in the order shown.
    pub cards: Vec<Card>,
    /// The map. It has a file of its own ([`crate::map::packed`]) and is not part of the report as JSON.
    #[serde(skip)]
    pub map: Option<Map>,
    /// Matched stations with what was seen and what was simulated.
    pub stations: Vec<StationHours>,
    /// Kind of the stations that figures and headline are about, e.g. `mainline`; `all` or empty = every station.
    pub headline: String,
    /// Stations left out of the comparison, counted by reason.
    pub unmatched: BTreeMap<Reason, u32>,
    /// How well volumes fit. The first row is the headline's stations together: it stands in the frame of the scatter.
    pub fit: Vec<Fit>,
    /// Hourly curves, simulated and observed.
    pub curves: Vec<Curve>,
    /// Traffic over screenlines by direction and hour, simulated and counted.
    pub screenlines: Vec<Curve>,
    /// What people do through the day.
    pub activities: Vec<ActivityDay>,
    /// The iterations, in order.
    pub iterations: Vec<Iteration>,
    /// Mode shares by trip distance.
    pub modes: Vec<ModeShare>,
    /// The survey whose shares stand beside them.
    pub mode_survey: String,
    /// Trips by purpose: when they leave and how long they are. Empty where no purposes are known.
    pub purposes: Vec<PurposeTrips>,
    /// Trips of all purposes by clock hour of departure, 24, whole population; also where no purposes are known.
    pub departures: Vec<f64>,
    /// Trips between the larger areas, whole population; `None` where there are fewer than two.
    pub desire: Option<Desire>,
    /// Published figures beside those of the run.
    pub yardsticks: Vec<Compared>,
    /// Vehicles under way by hour, layer of demand and class of vehicle.
    pub on_the_road: Vec<OnTheRoad>,
    /// What is driven by region, class of road and hour. Tables show it; reports of several runs read it.
    pub driven: Vec<Driven>,
    /// Any other table, shown under the section it names.
    pub tables: Vec<Table>,
    /// What a second run changes against a first. It is not part of the report as JSON.
    #[serde(skip)]
    pub comparison: Option<Comparison>,
    /// Several runs beside each other, if the page is about them. It is not part of the report as JSON.
    #[serde(skip)]
    pub several: Option<Several>,
    /// Checks of the run.
    pub checks: Vec<Check>,
    /// What was assumed, one sentence each.
    pub assumptions: Vec<String>,
    /// Warnings, one each.
    pub warnings: Vec<String>,
    /// Phases of the run.
    pub phases: Vec<Phase>,
    /// Threads of the run; 0 = not said.
    pub threads: usize,
    /// The machine, in words.
    pub host: String,
    /// Hash of the event stream; empty = not said.
    pub hash: String,
}

impl Report {
    /// The stations that figures are about: those of the headline's kind. Ramps stand in tables, in the map and in the view of
    /// single stations.
    pub fn main_stations(&self) -> Vec<StationHours> {
        let is_main =
            |station: &&StationHours| ["", "all", station.kind.as_str()].contains(&self.headline.as_str());
        self.stations.iter().filter(is_main).cloned().collect()
    }
}

/// Units of the page. Data is always SI.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Units {
    /// Miles and miles per hour.
    #[default]
    Miles,
    /// Kilometres and kilometres per hour.
    Kilometres,
}

/// One headline number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// What it is, e.g. `Vehicle miles travelled`.
    pub name: String,
    /// The number as shown, e.g. `153.2 M`.
    pub value: String,
    /// Its unit, e.g. `veh·mi`; may be empty.
    pub unit: String,
    /// What it means, in a sentence.
    pub meaning: String,
    /// Whether it is good news.
    pub tone: Tone,
}

/// Colour of a card's edge. It is also said in a word, for those who do not see it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// A number without a target.
    #[default]
    Plain,
    /// The target is met.
    Good,
    /// Near the target.
    Fair,
    /// The target is missed.
    Poor,
}

/// One station with a link: 24 hours observed and simulated. `None` where nothing was seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StationHours {
    /// Name in the source.
    pub name: String,
    /// Where it stands, in words, e.g. `US-101 N, mainline, 4 lanes`.
    pub label: String,
    /// Group in figures, e.g. `freeway`.
    pub class: String,
    /// Kind of the station, e.g. `mainline` or `on-ramp`.
    pub kind: String,
    /// Route with its direction, e.g. `101 N`; may be empty.
    pub route: String,
    /// East and north, metres, in the system of the map; `None` = not on the map.
    pub xy_m: Option<(f64, f64)>,
    /// Number of the matched link (position in the network).
    pub link: Option<u32>,
    /// Confidence of the match, 0..1.
    pub confidence: Option<f64>,
    /// Observed vehicles an hour, by hour 0..24.
    pub observed_vph: Vec<Option<f64>>,
    /// Simulated vehicles an hour, by hour 0..24, scaled by 1 / sample.
    pub simulated_vph: Vec<Option<f64>>,
    /// Observed speed, metres per second, by hour; may be empty.
    pub observed_mps: Vec<Option<f64>>,
    /// Simulated speed, metres per second, by hour; may be empty.
    pub simulated_mps: Vec<Option<f64>>,
}

/// Fit of one group of station-hours.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fit {
    /// What is grouped: `model`, `period`, `hour`, `kind`, `class`, `route`, … Each kind becomes a table and a bar chart.
    pub by: String,
    /// The group, e.g. `08` or `freeway`.
    pub group: String,
    /// How well the group fits.
    #[serde(flatten)]
    pub measures: engine::validate::fit::Fit,
}

/// One hourly figure: what was simulated, and what was observed if anybody looked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Curve {
    /// Heading, e.g. `Volume at 842 stations`.
    pub title: String,
    /// Unit of the values as shown, e.g. `vehicles per hour`.
    pub unit: String,
    /// What the reader should see, in a sentence; may be empty.
    pub text: String,
    /// Simulated value by hour 0..24.
    pub simulated: Vec<Option<f64>>,
    /// Observed value by hour; empty when there is none.
    pub observed: Vec<Option<f64>>,
}

/// Share of people in each activity through the day.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityDay {
    /// Heading, e.g. `Simulated` or `Survey`.
    pub title: String,
    /// By activity in code order (15, see `engine::activity::Activity::ALL`): share of persons, 0..1,
    /// by slot of the day (24 or 96 or any number, the same for all). What is missing to 1 is travel.
    pub share: Vec<Vec<f64>>,
}

/// Share of one mode in one band of distance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModeShare {
    /// The band in words, e.g. `0–1 mi`; bands in the order of first appearance.
    pub distance: String,
    /// The mode, e.g. `car`.
    pub mode: String,
    /// Share in the model, 0..1.
    pub model: f64,
    /// Share in the survey, 0..1.
    pub survey: Option<f64>,
}

/// Trips to one kind of activity, whole population.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PurposeTrips {
    /// Code of the activity at their end, 1 to 15 (`engine::activity::Activity::code`).
    pub code: u8,
    /// Trips by clock hour of departure, 24.
    pub departures: Vec<f64>,
    /// Lengths that a tenth, a quarter, a half, three quarters and nine tenths of them do not exceed, metres.
    pub length_m: Vec<f64>,
}

/// Trips between areas.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Desire {
    /// Names of the areas.
    pub names: Vec<String>,
    /// Where each is drawn, metres east and north.
    pub at_m: Vec<(f64, f64)>,
    /// Whether the areas are squares of a grid, `A1` in the north-west, and not regions of the zones.
    pub squares: bool,
    /// Two areas, the first not after the second, and the trips a day between them, both ways together.
    pub trips: Vec<(usize, usize, f64)>,
}

/// What is driven on a day in a group of links or in an hour, whole population.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Driven {
    /// What is grouped: `region`, `class` or `hour`.
    pub by: String,
    /// The group, e.g. `Alameda` or `08`.
    pub group: String,
    /// Vehicle metres: of trips that arrived; of an hour those on links that are entered in it.
    pub metres: f64,
    /// Vehicle hours lost against free flow.
    pub lost_h: f64,
}

/// A table of text. Cells that read as numbers are set flush right.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Table {
    /// Section it belongs to.
    pub section: Section,
    /// Heading.
    pub title: String,
    /// What it shows, in a sentence; may be empty.
    pub text: String,
    /// Heads of the columns.
    pub columns: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<String>>,
    /// By row the number of the link that its first cell names, and that the map can show; empty = they name no links.
    pub links: Vec<u32>,
}

/// Sections of the page, in order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// What a change does (only in a comparison).
    Comparison,
    /// The map.
    Map,
    /// Counts and speeds.
    Counts,
    /// Published figures.
    Yardsticks,
    /// People, activities, modes.
    #[default]
    Demand,
    /// Convergence.
    Convergence,
    /// Checks.
    Checks,
    /// What was assumed.
    Assumptions,
    /// Seconds and memory.
    Run,
}

/// Two runs of one seed: `base`, and `variant` with something changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Name of the run compared against.
    pub base: String,
    /// Name of the run with the change.
    pub variant: String,
    /// What differs; `a` is the base. Numbers of links are those of the map.
    pub change: engine::validate::compare::Comparison,
    /// Links on which most time is lost in either run, the worst first.
    pub bottlenecks: Vec<Bottleneck>,
    /// What is driven by region, class and hour, base and variant.
    pub driven: [Vec<Driven>; 2],
    /// Trips by clock hour of departure, base and variant.
    pub departures: [Vec<f64>; 2],
    /// Trips between areas, base and variant; `None` where there are fewer than two areas.
    pub desire: Option<[Desire; 2]>,
}

/// A link on which time is lost, in the base and in the variant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bottleneck {
    /// Its number.
    pub link: u32,
    /// Where it is, in words.
    pub name: String,
    /// Vehicle hours lost on it in a day.
    pub lost_h: [f64; 2],
    /// The hour in which most is lost.
    pub worst_hour: [usize; 2],
}

/// Finished runs, two or more, that are shown beside each other. They need not have anything in common: what they do not share is
/// listed, and figures of which the reader must know it come with a warning.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Several {
    /// The runs, in the order given. Those after the first are held against it.
    pub runs: Vec<OneRun>,
    /// In what their scenarios, inputs and program differ: what it is, and its value in each run.
    pub differences: Vec<(String, Vec<String>)>,
    /// What a reader must know before holding them against each other, one sentence each.
    pub warnings: Vec<String>,
    /// Whether they differ by their seed alone, so that their spread is that of chance.
    pub only_seeds_differ: bool,
}

/// One of several runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct OneRun {
    /// A short name that no other of them has, e.g. that of its folder.
    pub name: String,
    /// Title of its scenario.
    pub title: String,
    /// Seed of its draws.
    pub seed: u64,
    /// Share of the population that was simulated.
    pub sample: f64,
    /// Its figures (`summary` of `run.json`), as simulated.
    pub numbers: BTreeMap<String, f64>,
    /// Trips that arrived by mode, whole population; modes in the order of the engine.
    pub modes: Vec<(String, f64)>,
    /// Trips by clock hour of departure, 24, whole population.
    pub departures: Vec<f64>,
    /// What is driven by region, class and hour.
    pub driven: Vec<Driven>,
    /// Its days.
    #[serde(skip)]
    pub iterations: Vec<Iteration>,
    /// Simulated and observed values by hour.
    #[serde(skip)]
    pub curves: Vec<Curve>,
}

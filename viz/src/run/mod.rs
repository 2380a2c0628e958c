//! Opens a run: fills the report from what a run found, leaves it in the run folder, and draws it again from there.
//!
//! The numbers are those of the run ([`Verdict`], [`Learned`]) and of its travellers; what is counted here is
//! counted for the report only (shares by layer, cars of households, links that block). How it looks is the
//! business of the modules below: here it is decided what is said, in which words, and against which target.
//! `report.json` and `map.bin` hold everything that was said, so that [`redraw`] needs nothing else.
//!
//! Begin with `of`, which lists the parts. Distances driven and speeds are in miles, as counties in the United
//! States, for whom this is written, measure them.

mod areas;
mod cards;
mod compared;
mod counted;
mod crossed;
mod demand;
mod lost;
mod several;
mod tables;
mod travel;

pub use compared::{Side, write_comparison};
pub use several::{MOST_RUNS, read_several, write_several};

use crate::map::{Hourly, Map, Mark};
use crate::report::Report;
use engine::agent::{Agent, Household};
use engine::id::PersonId;
use engine::learn::Learned;
use engine::network::Network;
use engine::people::Fit;
use engine::policy::{Compiled, Window};
use engine::store::{Manifest, name};
use engine::unit::hms;
use engine::validate::station::Counts;
use engine::validate::verdict::Verdict;
use engine::zone::Zones;
use engine::{Error, Fault, Result, disk};
use std::collections::BTreeMap;
use std::path::Path;

/// Largest `map.bin` that is read, bytes. The Bay Area's has 4 MB.
const MOST_MAP_BYTES: u64 = 1 << 28;

/// Largest `report.json` that is read, bytes. That of a county has a few MB: iterations, stations, tables.
const MOST_DATA_BYTES: u64 = 1 << 31;

/// Everything a report tells of: what a run stood on, who travelled, what came of it.
pub struct Story<'a> {
    /// Heading of the report.
    pub title: &'a str,
    /// What the scenario asks, in a sentence.
    pub question: &'a str,
    /// Share of the population that was simulated, 0..1.
    pub sample: f64,
    /// Seconds after which a vehicle is pushed onto a full link.
    pub stuck_s: u32,
    /// The roads of the day.
    pub network: &'a Network,
    /// Where each link is ([`engine::network::naming::locations`]).
    pub locations: &'a [Option<String>],
    /// Zones; none where the scenario has none.
    pub zones: &'a Zones,
    /// Links that were left out because no car could get to or away from them.
    pub dropped: usize,
    /// Counts as they were read, for the places of the stations.
    pub counts: Option<&'a Counts>,
    /// Names of the layers of demand.
    pub layers: &'a [String],
    /// All travellers, with activities and trips as they happened on the last day.
    pub agents: &'a [Agent<'a>],
    /// Households with their members; none where trips are given.
    pub households: &'a [(Household, Vec<PersonId>)],
    /// Iterations and the last day.
    pub learned: &'a Learned,
    /// What was found.
    pub verdict: &'a Verdict,
    /// Fit of the synthetic population to the totals of its zones; `None` where nobody was made.
    pub fit: Option<&'a Fit>,
    /// What is different from the base case.
    pub policy: &'a Compiled,
}

/// Writes `report.html`, `report.json`, `map.bin` and the plots.
///
/// # Errors
/// What the file system says.
pub fn write<C>(story: &Story<'_>, manifest: &Manifest<C>, folder: &Path) -> Result<()> {
    let mut report = of(story, manifest);
    // What is drawn is what the file holds, so that the report looks the same when it is drawn from it again.
    let (path, packed) = (folder.join(name::MAP), map(story).pack());
    disk::write_bytes(&path, &packed)?;
    report.map = Some(Map::unpack(&path.display().to_string(), &packed)?);
    let data = serde_json::to_vec(&report).map_err(|e| Error::Other(e.to_string()))?;
    disk::write_bytes(folder.join(name::REPORT_DATA), &data)?;
    draw(&report, folder)
}

/// Draws a report that was written before.
///
/// # Errors
/// A fault where the folder holds no `report.json` or no `map.bin`, or one of another version.
pub fn redraw(folder: &Path) -> Result<()> {
    let mut report = read(folder)?;
    let path = folder.join(name::MAP);
    report.map = Some(Map::unpack(&path.display().to_string(), &disk::read(&path, MOST_MAP_BYTES)?)?);
    draw(&report, folder)
}

/// What the report of a run shows, as the run left it; without the map.
///
/// # Errors
/// A fault where the folder holds no `report.json`, or one of another version.
pub fn read(folder: &Path) -> Result<Report> {
    let path = folder.join(name::REPORT_DATA);
    let read = serde_json::from_slice(&disk::read(&path, MOST_DATA_BYTES)?);
    read.map_err(|e| {
        let fault = Fault::new(&path, e.line(), format!("is not the data of a report ({e})"));
        fault.advice("run the scenario again").into()
    })
}

/// The plots into `svg/`, then the page. The page is last: whoever finds it finds the plots as well.
fn draw(report: &Report, folder: &Path) -> Result<()> {
    let svg = folder.join("svg");
    disk::make_folder(&svg)?;
    crate::write_svgs(report, &svg)?;
    crate::write_report(report, folder.join(name::REPORT))
}

/// The network with the last day on it, and what the policy changes.
fn map(story: &Story<'_>) -> Map {
    let day = Hourly::from_bins(story.network, &story.learned.outcome.bins, story.sample);
    Map {
        marks: marks(story.policy),
        ..Map::new(story.network, day).with_zones(story.zones).with_locations(story.locations)
    }
}

/// All of the report but the map. What a scenario does not have (counts, zones, a published equilibrium) stays empty, and
/// the page then leaves it out.
fn of<C>(story: &Story<'_>, manifest: &Manifest<C>) -> Report {
    let by_link = travel::ByLink::of(story);
    let driven = travel::driven(story, &by_link);
    let report = Report {
        title: story.title.into(),
        scenario: manifest.scenario.parent().unwrap_or(Path::new("")).display().to_string(),
        question: story.question.into(),
        seed: manifest.seed,
        sample: story.sample,
        version: manifest.version.clone(),
        commit: manifest.commit.clone(),
        date: Some(manifest.started.clone()),
        cards: cards::cards(story),
        screenlines: crossed::curves(&story.verdict.screenlines),
        activities: demand::activities(story.agents).into_iter().collect(),
        iterations: story.learned.iterations.clone(),
        modes: demand::mode_shares(story.agents, story.fit.is_some()),
        mode_survey: "VISTA 2009, Melbourne".into(),
        purposes: travel::purposes(story),
        departures: travel::departures(story),
        desire: travel::desire(story),
        yardsticks: story.verdict.yardsticks.clone(),
        on_the_road: story.verdict.on_the_road.clone(),
        tables: tables::tables(story, &by_link, &driven),
        driven,
        checks: story.verdict.checks.clone(),
        assumptions: assumptions(story),
        warnings: manifest.warnings.iter().map(ToString::to_string).collect(),
        phases: manifest.phases.clone(),
        threads: manifest.threads,
        host: format!("{}, {} processors", manifest.host.system, manifest.host.cpus),
        hash: manifest.hash.events.clone(),
        ..Report::default()
    };
    match &story.verdict.counted {
        Some(counted) => report.with_counts(&counted.validation, &counted.rows, &places(story.counts)),
        None => report,
    }
}

/// Where stations stand, by name.
fn places(counts: Option<&Counts>) -> BTreeMap<&str, (f64, f64)> {
    let stations = counts.into_iter().flat_map(|counts| &counts.stations);
    // Of two stations of one name, the first is the one that is compared.
    stations.rev().filter_map(|station| Some((station.name.as_str(), station.xy_m?))).collect()
}

/// What a policy changes, as marks on the map: closed links with their hours, tolled links with the amount in dollars, and
/// links with another capacity, speed, number of lanes or signal, unless they are closed too. A link has one mark of a
/// kind, which names all its windows.
fn marks(policy: &Compiled) -> Vec<Mark> {
    let closed = policy.closed.iter().map(|w| (w.link, true, format!("closed {}", hours(w))));
    let tolled = policy.tolls.iter().map(|t| (t.window.link, false, format!("toll {:.2}", t.amount)));
    let changed = policy.changes.iter().filter(|c| !policy.closed.iter().any(|w| w.link == c.link));
    let changed = changed.map(|c| (c.link, false, "capacity, speed, lanes or signal changed".to_string()));
    let mut marks: Vec<Mark> = closed
        .chain(tolled)
        .chain(changed)
        .map(|(link, closed, what)| Mark { link: link.0, closed, what })
        .collect();
    marks.dedup_by(|next, mark| {
        let same = (next.link, next.closed) == (mark.link, mark.closed);
        if same && !mark.what.contains(&next.what) {
            mark.what = format!("{}, {}", mark.what, next.what);
        }
        same
    });
    marks
}

/// The hours of a closure; one without an end has none to tell.
fn hours(window: &Window) -> String {
    match (window.from_s, window.to_s) {
        (0, u32::MAX) => "all day".into(),
        (from_s, u32::MAX) => format!("from {}", hms(from_s)),
        (from_s, to_s) => format!("{}–{}", hms(from_s), hms(to_s)),
    }
}

/// What a reader must know before believing the numbers, in whole sentences. Whoever adds a simplification to the
/// model adds its sentence here; one that holds only for some runs is said only in these.
fn assumptions(story: &Story<'_>) -> Vec<String> {
    let mut all = vec![
        format!("Flow capacity is scaled by the sample, {}, storage by sample^0.75.", story.sample),
        format!("A vehicle that waits longer than {} s at a full link is pushed onto it.", story.stuck_s),
        "Only cars use the road model; other modes travel at stated speeds, and there are no trucks, buses or visitors.".into(),
        format!("Learning stopped because {}.", story.learned.stopped),
    ];
    if story.dropped > 0 {
        all.push(format!(
            "{} links that are not strongly connected for cars were left out (dropped.geojson lists them).",
            story.dropped
        ));
    }
    if story.fit.is_some() {
        all.push("Days come from an activity model trained on surveys of Melbourne (2009) and Seattle (2017), not of this region.".into());
        all.push("Trucks, commuters from outside and through traffic are not in the zone totals and so not on the road.".into());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::id::LinkId;
    use engine::policy::Toll;

    #[test]
    fn a_mark_names_all_windows_of_a_closure_and_no_end_that_it_has_not() {
        let window = |link, from_s, to_s| Window { link: LinkId(link), from_s, to_s };
        let policy = Compiled {
            closed: vec![
                window(1, 0, u32::MAX),
                window(2, 21_600, u32::MAX),
                window(3, 21_600, 28_800),
                window(3, 57_600, 64_800),
            ],
            tolls: vec![Toll { window: window(4, 0, u32::MAX), amount: 2.5 }],
            ..Compiled::default()
        };
        let marks: Vec<_> =
            marks(&policy).into_iter().map(|mark| (mark.link, mark.closed, mark.what)).collect();
        let wanted = [
            (1, true, "closed all day"),
            (2, true, "closed from 06:00:00"),
            (3, true, "closed 06:00:00–08:00:00, closed 16:00:00–18:00:00"),
            (4, false, "toll 2.50"),
        ];
        assert_eq!(marks, wanted.map(|(link, closed, what)| (link, closed, what.to_string())));
    }
}

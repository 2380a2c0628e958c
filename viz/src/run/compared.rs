//! The report of two runs of one seed, the second with something changed.

use super::{counted, marks};
use crate::map::{Hourly, Map};
use crate::report::{Card, Comparison, Report, Tone};
use engine::Result;
use engine::network::Network;
use engine::policy::Compiled;
use engine::store::Manifest;
use engine::traffic::LinkBins;
use engine::validate::compare::{Comparison as Change, Settling};
use engine::validate::counts::Row;
use engine::zone::Zones;
use std::path::Path;

/// One of the two runs.
pub struct Side<'a, C> {
    /// Heading of its own report.
    pub title: &'a str,
    /// What its scenario asks.
    pub question: &'a str,
    /// Share of the population that was simulated; the same in both.
    pub sample: f64,
    /// What it was made from, and what it found about itself.
    pub manifest: &'a Manifest<C>,
    /// Vehicles and travel times by link and quarter hour of its last day.
    pub bins: &'a LinkBins,
    /// What detectors counted and what it had there (`counts.parquet`); empty for a scenario without counts.
    pub counts: &'a [Row],
    /// What is different in it from the base case; `None` where the measures cannot be laid on the roads of the base, and
    /// the map then has no marks.
    pub policy: Option<&'a Compiled>,
}

/// Writes the report of a comparison: the map opens on the difference, and what the second run changes is marked on
/// it. Its scenario, seed and version are those of the second run.
///
/// # Errors
/// What the file system says.
pub fn write_comparison<C>(
    network: &Network,
    (zones, locations): (&Zones, &[Option<String>]),
    base: &Side<'_, C>,
    variant: &Side<'_, C>,
    change: &Change,
    path: &Path,
) -> Result<()> {
    let mut map = Map::new(network, Hourly::from_bins(network, variant.bins, variant.sample))
        .with_zones(zones)
        .with_locations(locations);
    map.base = Some(Hourly::from_bins(network, base.bins, base.sample));
    map.marks = variant.policy.map(marks).unwrap_or_default();
    let manifest = variant.manifest;
    let report = Report {
        title: format!("{} against {}", variant.title, base.title),
        scenario: manifest.scenario.display().to_string(),
        question: variant.question.into(),
        seed: manifest.seed,
        sample: variant.sample,
        version: manifest.version.clone(),
        commit: manifest.commit.clone(),
        cards: cards(change),
        tables: counted::both(base.counts, variant.counts).into_iter().collect(),
        map: Some(map),
        comparison: Some(Comparison {
            base: base.title.into(),
            variant: variant.title.into(),
            change: change.clone(),
        }),
        assumptions: vec![
            "Both runs have the same persons with the same days: differences are paired, person by person."
                .into(),
            settled(change),
            format!(
                "Relative gap: base {:.2} %, variant {:.2} %.",
                gap(base.manifest) * 100.0,
                gap(variant.manifest) * 100.0
            ),
        ],
        ..Report::default()
    };
    crate::write_report(&report, path)
}

/// What the gaps of the two runs leave open.
fn settled(change: &Change) -> String {
    let Some(Settling { excess_min, low_min, high_min }) = change.settling else {
        return "A run stops short of full equilibrium; how much of the change that may be is not known of these runs.".into();
    };
    format!(
        "A run stops short of full equilibrium: drivers lose {:.2} minutes a person and day against their best routes in the base, \
         {:.2} in the variant. {:+.2} minutes of the change may come from that; were all on best routes, the change of a person's \
         travel time would be from {low_min:+.2} to {high_min:+.2} minutes. Of groups it is not known.",
        excess_min.a, excess_min.b, excess_min.difference
    )
}

/// The relative gap that a run ended with, as a share; not a number where it is not known.
fn gap<C>(manifest: &Manifest<C>) -> f64 {
    manifest.summary.get("relative_gap").copied().unwrap_or(f64::NAN)
}

/// The headline numbers. They have no target and so no tone: whether less driving or a minute lost is good news
/// depends on the question that the scenario asks.
fn cards(c: &Change) -> Vec<Card> {
    let all = c.gains.first();
    let open = |s: Settling| {
        format!("; from {:+.2} to {:+.2} were all drivers on their best routes", s.low_min, s.high_min)
    };
    let change = format!("mean change of a person's travel time{}", c.settling.map_or(String::new(), open));
    let card = |name: &str, value: String, unit: &str, meaning: &str| Card {
        name: name.into(),
        value,
        unit: unit.into(),
        meaning: meaning.into(),
        tone: Tone::Plain,
    };
    vec![
        card(
            "Vehicle miles",
            format!("{:+.2} %", c.vmt_km.difference / c.vmt_km.a.max(1.0) * 100.0),
            "",
            "change of the distance driven in a day",
        ),
        card(
            "Vehicle hours",
            format!("{:+.2} %", c.vht_h.difference / c.vht_h.a.max(1.0) * 100.0),
            "",
            "change of the time driven in a day",
        ),
        card("Person", format!("{:+.2}", all.map_or(0.0, |g| g.time_min.difference)), "min a day", &change),
        card(
            "Gain",
            format!("{:.1} %", all.map_or(0.0, |g| g.gain_share * 100.0)),
            "",
            "of persons save a minute or more",
        ),
        card(
            "Lose",
            format!("{:.1} %", all.map_or(0.0, |g| g.loss_share * 100.0)),
            "",
            "of persons lose a minute or more",
        ),
    ]
}

//! The report of two runs of one seed, the second with something changed.

use super::lost::Lost;
use super::{counted, marks};
use crate::map::{Hourly, Map};
use crate::report::{Bottleneck, Card, Comparison, Report, Tone};
use crate::text::grouped;
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
    /// What its own report shows ([`super::read`]).
    pub report: &'a Report,
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
    let sample = variant.report.sample;
    let mut map = Map::new(network, Hourly::from_bins(network, variant.bins, sample))
        .with_zones(zones)
        .with_locations(locations);
    map.base = Some(Hourly::from_bins(network, base.bins, sample));
    map.marks = variant.policy.map(marks).unwrap_or_default();
    let manifest = variant.manifest;
    let reports = [base.report, variant.report];
    let desire = base.report.desire.clone().zip(variant.report.desire.clone());
    let report = Report {
        title: format!("{} against {}", variant.report.title, base.report.title),
        scenario: manifest.scenario.display().to_string(),
        question: variant.report.question.clone(),
        seed: manifest.seed,
        sample,
        version: manifest.version.clone(),
        commit: manifest.commit.clone(),
        cards: cards(change),
        tables: counted::both(base.counts, variant.counts).into_iter().collect(),
        map: Some(map),
        comparison: Some(Comparison {
            base: base.report.title.clone(),
            variant: variant.report.title.clone(),
            change: change.clone(),
            bottlenecks: bottlenecks(network, locations, [base, variant].map(|side| side.bins), sample),
            driven: reports.map(|report| report.driven.clone()),
            departures: reports.map(|report| report.departures.clone()),
            desire: desire.map(|(a, b)| [a, b]),
        }),
        assumptions: assumptions(change, [gap(base.manifest), gap(manifest)]),
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

/// Links in the table of bottlenecks of either run.
const WORST: usize = 12;

/// The links on which most is lost in either run, with both: a jam that a measure ends is among them by the base, one that it makes
/// by the variant. Equals come by number, so that the same runs give the same table.
fn bottlenecks(
    network: &Network,
    locations: &[Option<String>],
    bins: [&LinkBins; 2],
    sample: f64,
) -> Vec<Bottleneck> {
    let lost = bins.map(|bins| Lost::of(network, bins, sample));
    let mut links: Vec<usize> = lost.iter().flat_map(|lost| lost.worst(WORST)).collect();
    links.sort_unstable();
    links.dedup();
    let of = |&link: &usize| Bottleneck {
        link: link as u32,
        name: super::travel::road(network, locations, link),
        lost_h: [0, 1].map(|run: usize| lost[run].daily_h(link)),
        worst_hour: [0, 1].map(|run: usize| lost[run].worst_hour(link)),
    };
    let mut all: Vec<Bottleneck> = links.iter().map(of).collect();
    let most = |of: &Bottleneck| of.lost_h[0].max(of.lost_h[1]);
    all.sort_by(|a, b| most(b).total_cmp(&most(a)).then(a.link.cmp(&b.link)));
    all.truncate(WORST);
    all
}

/// What a reader must know before believing the differences: who is compared with whom as it was found, not as it is meant.
fn assumptions(change: &Change, gaps: [f64; 2]) -> Vec<String> {
    let (both, alone, replanned) = (change.n_persons, change.n_alone, change.n_replanned);
    let mut all = vec![match alone.a + alone.b > 0.0 {
        true => format!(
            "The runs do not have the same persons: {} are in both, {} in the base alone and {} in the variant alone. Gains and \
             losses are those of persons in both, each against themselves; totals and the map count everybody.",
            grouped(both as f64),
            grouped(alone.a),
            grouped(alone.b)
        ),
        false => format!(
            "Both runs have the same {} persons: differences are paired, person by person.",
            grouped(both as f64)
        ),
    }];
    all.push(match replanned {
        0 => "Persons in both runs plan the same trips: the same number, modes, places and departures. Differences in their time are those of routes and traffic.".into(),
        n => format!(
            "Of the persons in both runs, {} plan other trips in the variant (fewer or more, by another mode, between other places \
             or at another time), and their time changes by that, too.",
            grouped(n as f64)
        ),
    });
    all.push(settled(change));
    let [base, variant] = gaps.map(|gap| gap * 100.0);
    all.push(format!("Relative gap: base {base:.2} %, variant {variant:.2} %."));
    all
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

#[cfg(test)]
mod tests {
    use super::*;
    use engine::validate::compare::Both;

    #[test]
    fn what_is_assumed_is_what_was_found() {
        let both = |a: f64, b: f64| Both { a, b, difference: b - a };
        let change = |alone: Both, n_replanned: u64| Change {
            n_persons: 1000,
            n_alone: alone,
            n_replanned,
            n_incomplete: 0,
            unfinished_legs: both(0.0, 0.0),
            vmt_km: both(1.0, 1.0),
            vht_h: both(1.0, 1.0),
            gains: Vec::new(),
            settling: None,
            modes: Vec::new(),
            hours: Vec::new(),
            links: Vec::new(),
        };
        let said = |change: &Change| assumptions(change, [0.01, 0.02]);
        let same = said(&change(both(0.0, 0.0), 0));
        assert!(
            same[0].contains("the same 1\u{202f}000 persons") && same[1].contains("plan the same trips"),
            "{same:?}"
        );
        let other = said(&change(both(10.0, 200.0), 7));
        assert!(other[0].contains("10 in the base alone and 200 in the variant alone"), "{other:?}");
        assert!(other[1].contains("7 plan other trips"), "{other:?}");
        assert_eq!(other[3], "Relative gap: base 1.00 %, variant 2.00 %.");
    }
}

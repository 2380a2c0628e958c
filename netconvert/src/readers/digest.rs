//! What was read, as sorted lines: two inputs that say the same give the same lines, whatever the order of their rows.
//!
//! Names are written without zeros before and `.0` behind them, since `1`, `01` and `1.0` name one thing.

use crate::code::bare;
use crate::survey::{Intake, Reading};
use engine::Warning;
use engine::network::Network;
use engine::validate::station::Counts;
use engine::zone::Zones;
use std::fmt::Debug;

/// The lines in order, and the warnings beside them.
pub(super) fn lines(
    found: impl IntoIterator<Item = String>,
    warnings: Vec<Warning>,
) -> (Vec<String>, Vec<Warning>) {
    let mut lines: Vec<String> = found.into_iter().collect();
    lines.sort();
    (lines, warnings)
}

/// A name as it is compared; names of links may be made of those of nodes.
pub(super) fn name(text: &str) -> String {
    text.split('-').map(bare).collect::<Vec<_>>().join("-")
}

/// A number to nine digits: sums in another order may differ in the last.
pub(super) fn number(value: f64) -> String {
    format!("{value:.8e}")
}

/// Nodes and links by their names.
pub(super) fn network(network: &Network) -> Vec<String> {
    let node = |id: engine::id::NodeId| name(&network.node(id).name);
    let nodes =
        network.nodes.iter().map(|n| format!("node {} {} {}", name(&n.name), number(n.x_m), number(n.y_m)));
    let links = network.links.iter().map(|l| {
        let numbers = [l.length_m, l.freespeed_mps, l.capacity_vph, l.lanes].map(number);
        let route = l.route.as_ref().map(|(route, direction)| (bare(route), direction));
        let ends = (name(&l.name), node(l.from), node(l.to));
        format!("link {ends:?} {numbers:?} {:?} {:?} {route:?} {:?}", l.modes, l.class, l.shape)
    });
    let link = |id: engine::id::LinkId| name(&network.link(id).name);
    let turns = network.banned_turns.iter().map(|(a, b)| format!("turn {} {}", link(*a), link(*b)));
    nodes.chain(links).chain(turns).chain([format!("crs {}", network.crs)]).collect()
}

/// The days of a survey, each checked to be one.
pub(super) fn survey(reading: Reading) -> (Vec<String>, Vec<Warning>) {
    let Reading { survey, intake, totals } = reading;
    assert_eq!(survey.diaries.len() as u64, intake.days_kept());
    let day = |d: &engine::activity::diary::Diary| {
        d.chain.check().expect("a day that is whole and in order");
        let who = (&d.person, d.weekday, d.age, d.sex, d.employed, d.student, d.weight);
        format!("{who:?} {:?}", d.chain)
    };
    let totals = totals.map(|t| format!("totals {} {}", number(t.persons), number(t.trips_a_day)));
    lines(survey.diaries.iter().map(day).chain(totals), told(&intake))
}

/// The warnings of an intake.
pub(super) fn told(intake: &Intake) -> Vec<Warning> {
    intake.warnings()
}

/// Stations with their hours.
pub(super) fn counts(counts: &Counts) -> Vec<String> {
    let station = |s: &engine::validate::station::Station| {
        let link = s.link.as_deref().map(bare);
        let route = s.route.as_ref().map(|(route, direction)| (bare(route), direction));
        format!("station {} {route:?} {:?} {:?} {} {link:?}", bare(&s.name), s.kind, s.xy_m, s.lanes)
    };
    let hour = |h: &engine::validate::station::HourCount| {
        let name = bare(&counts.stations[h.station as usize].name);
        let numbers = [Some(h.volume_vph), h.volume_sd, h.speed_mps].map(|n| n.map(number));
        format!("hour {name} {} {numbers:?} {}", h.hour, h.days)
    };
    counts.stations.iter().map(station).chain(counts.hours.iter().map(hour)).collect()
}

/// Zones by name, with the names of their regions.
pub(super) fn zones(zones: &Zones) -> Vec<String> {
    let zone = |z: &engine::zone::Zone| {
        let region = zones.regions.get(usize::from(z.region));
        format!(
            "zone {} {} {} {region:?} {:?} {:?}",
            bare(&z.name),
            number(z.x_m),
            number(z.y_m),
            z.outline,
            z.land
        )
    };
    zones.zones.iter().map(zone).collect()
}

/// Anything else, one line each.
pub(super) fn each<T: Debug>(all: &[T]) -> Vec<String> {
    all.iter().map(|one| format!("{one:?}")).collect()
}

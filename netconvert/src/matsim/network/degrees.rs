//! Networks whose coordinates are degrees. MATSim reads them without a word, and every travel time is then wrong.

use engine::network::{Link, Node};
use engine::projection::Crs;
use engine::{Error, Fault, Result};
use std::path::Path;

/// Length below which half of the links of a road network cannot be, metres: at any speed they take no time. A hundredth of
/// a degree is about a kilometre.
const LEAST_MIDDLE_LENGTH_M: f64 = 1.0;
/// Most metres of length a link of a network in metres has for a metre between its nodes, over all links. A degree is some
/// 111 km: with lengths in metres and coordinates in degrees the factor is about 100,000.
const MOST_LENGTH_FOR_CHORD: f64 = 100.0;

/// The fault for a network in degrees; `what` says how that is known.
pub(super) fn fault(path: &Path, nodes: &[Node], what: &str) -> Error {
    let middle = nodes.get(nodes.len() / 2).map(|node| (node.x_m, node.y_m));
    let zone = middle.and_then(|(lon, lat)| Crs::utm(lon, lat).ok());
    let example = zone.map_or_else(|| "its UTM zone".to_string(), |zone| format!("{zone} (its UTM zone)"));
    Fault::new(path, "", format!("{what}: longitude and latitude in degrees, not metres"))
        .expected("coordinates and lengths in metres of a projected system")
        .advice(format!(
            "project the network first, e.g. to {example}, and give the lengths of its links in metres"
        ))
        .into()
}

/// Refuses coordinates that are all inside ±180, ±90 and cannot be metres: half of the links are shorter than a metre (lengths
/// in degrees, or in kilometres), or all together are a hundred times longer than their chords (lengths in metres). A toy
/// network drawn in small numbers with fitting lengths is neither.
///
/// # Errors
/// A [`Fault`] that says degrees.
pub(super) fn refuse(path: &Path, nodes: &[Node], links: &[Link]) -> Result<()> {
    let inside = nodes.iter().all(|n| n.x_m.abs() <= 180.0 && n.y_m.abs() <= 90.0);
    if !inside || links.is_empty() {
        return Ok(());
    }
    let chord = |l: &Link| {
        let (a, b) = (&nodes[l.from.index()], &nodes[l.to.index()]);
        engine::float::sqrt((a.x_m - b.x_m).powi(2) + (a.y_m - b.y_m).powi(2))
    };
    let chords: f64 = links.iter().map(chord).sum();
    let mut lengths: Vec<f64> = links.iter().map(|l| l.length_m).collect();
    let total: f64 = lengths.iter().sum();
    lengths.sort_unstable_by(f64::total_cmp);
    let short = lengths[lengths.len() / 2] < LEAST_MIDDLE_LENGTH_M;
    if chords > 0.0 && (short || total > MOST_LENGTH_FOR_CHORD * chords) {
        return Err(fault(path, nodes, "has coordinates that look like degrees"));
    }
    Ok(())
}

//! What traffic lights cost who finds no queue before them.
//!
//! A queue model delays nobody on a street below capacity, so streets with lights look as fast as their signs, and
//! too many drivers leave the freeway for them. The Highway Capacity Manual's uniform delay (HCM 2010, Eq. 18-20, for no
//! flow) is d = ½ C (1 − g/C)². The share of green follows from the capacity that the link has:
//! g/C = capacity / saturation flow, so arterials lose 9 s and collectors 13 s at each light.

use crate::limit;
use engine::Result;
use engine::network::{Link, Network};
use std::collections::BTreeSet;
use std::path::Path;

/// Length of a cycle, seconds: the middle of what HCM 2010 (ch. 18) holds for usual, 60 to 120. An assumption.
const CYCLE_S: f64 = 90.0;
/// Vehicles that leave a lane in an hour of green: base saturation flow of HCM 2010 (Eq. 18-5).
const SATURATION_VPH: f64 = 1_900.0;
/// A shorter link between two lights lies inside one junction (of divided roads, say) and has one light, metres.
const JUNCTION_M: f64 = 40.0;

/// Lowers the free-flow speed of the links that end at a light (`nodes_csv`: column `highway`, where there is one, with
/// `traffic_signals`), so that driving along them takes the delay longer. Classes are not told anew.
///
/// # Errors
/// A table that cannot be read or has no column `osmid`.
pub fn delay_at_lights(network: &mut Network, nodes_csv: impl AsRef<Path>) -> Result<()> {
    let lights = lights(nodes_csv.as_ref())?;
    let lit: Vec<bool> = network.nodes.iter().map(|node| lights.contains(&node.name)).collect();
    for link in &mut network.links {
        let inside = lit[link.from.index()] && link.length_m < JUNCTION_M;
        if lit[link.to.index()] && !inside {
            link.freespeed_mps = link.length_m / (link.length_m / link.freespeed_mps + delay_s(link));
        }
    }
    Ok(())
}

/// Names of the nodes with lights.
fn lights(nodes_csv: &Path) -> Result<BTreeSet<String>> {
    let mut table = limit::csv(nodes_csv)?;
    let (node, Some(kind)) = (table.column("osmid")?, table.find("highway")) else {
        return Ok(BTreeSet::new());
    };
    let mut lights = BTreeSet::new();
    while let Some(row) = table.advance()? {
        if row.text(kind).contains("traffic_signals") {
            lights.insert(row.text(node).to_owned());
        }
    }
    Ok(lights)
}

/// Uniform delay without flow.
fn delay_s(link: &Link) -> f64 {
    let green = (link.capacity_vph / link.lanes / SATURATION_VPH).min(1.0);
    0.5 * CYCLE_S * (1.0 - green) * (1.0 - green)
}

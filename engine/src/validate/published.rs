//! The static assignment of the same demand, and published flows of it.

use crate::error::Result;
use crate::id::NodeId;
use crate::network::Network;
use crate::route::equilibrium::{self, Bpr, Problem, Road, Target};
use crate::traffic::LinkBins;
use serde::Serialize;

/// A published equilibrium and the problem it solves.
#[derive(Debug, Clone, Copy)]
pub struct Published<'a> {
    /// Delay functions of the links.
    pub bpr: &'a Bpr,
    /// Published flow of each link that has a delay function, vehicles in the period of the trip table.
    pub flows: &'a [f64],
    /// The trip table: from, to, trips.
    pub trips: &'a [(NodeId, NodeId, f64)],
}

/// Comparison with a published equilibrium.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Equilibrium {
    /// Relative gap that our static assignment reached.
    pub gap: f64,
    /// Largest difference of a link flow from the published one, as a share of it.
    pub worst_flow_error: f64,
    /// Squared correlation of the queue model's volumes with the published flows.
    pub queue_r2: f64,
    /// Mean absolute percentage error of the queue model's volumes.
    pub queue_mape: f64,
    /// The same when every link carried the mean flow: a trivial baseline.
    pub baseline_mape: f64,
    /// By link: name, published flow, our static flow, volume of the queue model (whole run, scaled).
    pub links: Vec<(String, f64, f64, f64)>,
}

/// At a gap of 1e-6 the flows of links that few use can still be far off; at this one all are within 0.01 %.
const FLOWS_TARGET: Target = Target { gap: 1e-10, max_iterations: 1_000 };

/// Solves the static assignment of the same demand and compares both it and the volumes of a day with the published
/// flows. `sample`: the share of the vehicles that the day simulated.
///
/// # Errors
/// A problem that cannot be solved: a node out of range, a negative number of trips, no way between two zones.
pub fn compare(
    network: &Network,
    &Published { bpr, flows: published, trips }: &Published<'_>,
    bins: &LinkBins,
    sample: f64,
) -> Result<Equilibrium> {
    let n = bpr.b.len();
    let road = |i: usize| {
        let link = &network.links[i];
        Road {
            from: link.from.0,
            to: link.to.0,
            capacity: link.capacity_vph,
            free: link.free_s(),
            fixed: 0.0,
            b: bpr.b[i],
            power: bpr.power[i],
        }
    };
    let problem = Problem {
        n_nodes: network.nodes.len(),
        first_thru_node: bpr.first_thru_node,
        roads: (0..n).map(road).collect(),
        trips: trips.iter().map(|(a, b, t)| (a.0, b.0, *t)).collect(),
    };
    let solution = equilibrium::solve(&problem, &FLOWS_TARGET)?;
    let volume = |i: usize| {
        (0..bins.n_bins).map(|b| f64::from(bins.entered[b * bins.n_links + i])).sum::<f64>() / sample
    };
    let queue: Vec<f64> = (0..n).map(volume).collect();
    let mean = published.iter().sum::<f64>() / n as f64;
    let relative = |values: &dyn Fn(usize) -> f64| {
        (0..n).map(|i| (values(i) - published[i]).abs() / published[i].max(1.0)).collect::<Vec<_>>()
    };
    let mape = |values: &dyn Fn(usize) -> f64| relative(values).iter().sum::<f64>() / n as f64;
    Ok(Equilibrium {
        gap: solution.gap(),
        worst_flow_error: relative(&|i| solution.flow[i]).into_iter().fold(0.0, f64::max),
        queue_r2: r2(&queue, published),
        queue_mape: mape(&|i| queue[i]),
        baseline_mape: mape(&|_| mean),
        links: (0..n)
            .map(|i| (network.links[i].name.clone(), published[i], solution.flow[i], queue[i]))
            .collect(),
    })
}

/// Squared Pearson correlation.
fn r2(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
        ab += (x - ma) * (y - mb);
    }
    if aa * bb > 0.0 { ab * ab / (aa * bb) } else { 0.0 }
}

//! Is the day believable? Checks that fail a run, counts, and the published equilibrium.

use crate::scenario::Config;
use crate::source::Source;
use engine::agent::Agent;
use engine::learn::Learned;
use engine::network::Network;
use engine::policy::Compiled;
use engine::route::equilibrium::{self, Problem, Road, Target};
use engine::store::{self, name};
use engine::trip::Legs;
use engine::validate::counts::{self, Row, Validation};
use engine::validate::day::{self, Check};
use engine::validate::matching::{self, Matching, Rule};
use engine::validate::travel::Driven;
use engine::{Error, Result, disk};
use netconvert::bpr::Bpr;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Comparison with counts.
pub struct Counted {
    /// Stations and their links.
    pub matching: Matching,
    /// Measures.
    pub validation: Validation,
    /// One row a site and hour.
    pub rows: Vec<Row>,
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

/// Everything that was found.
pub struct Verdict {
    /// Checks of the day.
    pub checks: Vec<Check>,
    /// Counts.
    pub counted: Option<Counted>,
    /// Equilibrium.
    pub equilibrium: Option<Equilibrium>,
    /// Vehicle-kilometres, whole population.
    pub vmt_km: f64,
    /// Vehicle-hours, whole population.
    pub vht_h: f64,
    /// Persons, trips and the like.
    pub numbers: BTreeMap<String, f64>,
}

impl Verdict {
    /// Checks the last day and compares it with what was observed.
    ///
    /// # Errors
    /// A fault for settings of traffic that make no sense. A check that failed is no error here: [`Verdict::require`].
    pub fn of(
        source: &Source,
        agents: &[Agent<'_>],
        learned: &Learned,
        policy: &Compiled,
        config: &Config,
    ) -> Result<Self> {
        let settings = config.traffic()?;
        let (network, outcome, legs) = (&source.network, &learned.outcome, &learned.legs);
        let mut checks = day::check(network, legs, &learned.routes, &policy.changes, &settings, outcome);
        checks.push(day::chains_legal(agents.iter().filter_map(|a| Some((a.person, a.chain?)))));
        if let Some(checked) = learned.checked {
            // A broken promise would have ended the day.
            let name = "events: nobody lost or too fast; flow, storage and order of every link";
            checks.push(Check { name, checked: checked.n_moves, failed: 0, first: String::new() });
        }
        let (vmt_km, vht_h) = travelled(network, legs, learned, config.sample);
        let driven = Driven {
            bins: &outcome.bins,
            trips: Some((legs, &learned.routes, &outcome.moved)),
            sample: config.sample,
        };
        let counted = source.counts.as_ref().map(|observed| {
            let matching = matching::find(network, observed, &Rule::default());
            let (validation, rows) = counts::measure_run(network, observed, &matching, &driven);
            Counted { matching, validation, rows }
        });
        let equilibrium = match (&config.validate.equilibrium, &source.bpr) {
            (Some(_), Some(bpr)) => Some(equilibrium_of(source, bpr, learned, config.sample)?),
            _ => None,
        };
        let last = learned.iterations.last();
        let numbers = BTreeMap::from([
            ("persons".to_string(), agents.len() as f64),
            ("trips".to_string(), legs.len() as f64),
            ("car_trips".to_string(), legs.mode.iter().filter(|mode| mode.drives()).count() as f64),
            ("moves".to_string(), outcome.n_moves as f64),
            ("aborted".to_string(), outcome.n_aborted as f64),
            ("pushed".to_string(), last.map_or(0.0, |i| i.pushed as f64)),
            ("relative_gap".to_string(), last.map_or(f64::NAN, |i| i.relative_gap)),
            ("iterations".to_string(), learned.iterations.len() as f64),
            ("mean_car_min".to_string(), last.map_or(0.0, |i| i.mean_car_min)),
        ]);
        Ok(Self { checks, counted, equilibrium, vmt_km, vht_h, numbers })
    }

    /// The numbers people ask for first.
    pub fn summary(&self) -> BTreeMap<String, f64> {
        let mut summary = self.numbers.clone();
        summary.insert("vmt_km".into(), self.vmt_km);
        summary.insert("vht_h".into(), self.vht_h);
        if let Some(Counted { validation: v, .. }) = &self.counted {
            summary.insert("n_matched".into(), v.n_matched as f64);
            let shares = [
                ("geh_lt5_share", v.geh_lt5_share),
                ("volume_mape", v.volume_mape),
                ("speed_mape", v.speed_mape),
                ("r2", v.r2),
            ];
            summary.extend(shares.into_iter().filter_map(|(k, x)| Some((k.to_string(), x?))));
        }
        if let Some(e) = &self.equilibrium {
            summary.insert("equilibrium_gap".into(), e.gap);
            summary.insert("equilibrium_worst_flow_error".into(), e.worst_flow_error);
            summary.insert("queue_r2".into(), e.queue_r2);
        }
        summary
    }

    /// Writes `validation.json` and `counts.parquet`.
    ///
    /// # Errors
    /// What polars or the file system says; old files, if there are any, are then unchanged.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let mut json = serde_json::Map::new();
        if let Some(counted) = &self.counted {
            let value = serde_json::to_value(&counted.validation).map_err(|e| Error::Other(e.to_string()))?;
            if let serde_json::Value::Object(map) = value {
                json.extend(map);
            }
            let unmatched =
                serde_json::to_value(&counted.matching.unmatched).map_err(|e| Error::Other(e.to_string()))?;
            json.insert("unmatched_stations".into(), unmatched);
        } else {
            json.insert("vmt_km".into(), self.vmt_km.into());
            json.insert("vht_h".into(), self.vht_h.into());
        }
        let other = [
            ("equilibrium", serde_json::to_value(&self.equilibrium)),
            ("checks", serde_json::to_value(&self.checks)),
        ];
        for (key, value) in other {
            json.insert(key.into(), value.map_err(|e| Error::Other(e.to_string()))?);
        }
        let text = serde_json::to_string_pretty(&json).map_err(|e| Error::Other(e.to_string()))?;
        disk::write_bytes(folder.join(name::VALIDATION), text.as_bytes())?;
        store::counts::write(folder, self.counted.as_ref().map_or(&[], |c| &c.rows))
    }

    /// Fails on the first check that failed.
    ///
    /// # Errors
    /// [`Error::Check`] with what was found.
    pub fn require(&self) -> Result<()> {
        day::require(&self.checks)
    }
}

/// Vehicle-kilometres (length of driven links; none on a trip's first link) and vehicle-hours of arrived car trips.
fn travelled(network: &Network, legs: &Legs, learned: &Learned, sample: f64) -> (f64, f64) {
    let (mut metres, mut seconds) = (0.0, 0u64);
    for (leg, moved) in learned.outcome.moved.iter().enumerate() {
        if legs.mode[leg].drives() && moved.arrive_s != u32::MAX {
            let route = learned.routes.of(engine::id::LegId::new(leg));
            metres += route.iter().skip(1).map(|l| network.link(*l).length_m).sum::<f64>();
            seconds += u64::from(moved.arrive_s - moved.depart_s);
        }
    }
    (metres / 1000.0 / sample, seconds as f64 / 3600.0 / sample)
}

/// At a gap of 1e-6 the flows of links that few use can still be far off; at this one all are within 0.01 %.
const FLOWS_TARGET: Target = Target { gap: 1e-10, max_iterations: 1_000 };

/// Solves the static assignment of the same demand and compares both it and the run with the published flows.
fn equilibrium_of(source: &Source, bpr: &Bpr, learned: &Learned, sample: f64) -> Result<Equilibrium> {
    let network = &source.network;
    let published = source
        .equilibrium_flows
        .as_ref()
        .ok_or_else(|| Error::Other("no published flows were read".into()))?;
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
        trips: source.trip_table.iter().map(|(a, b, t)| (a.0, b.0, *t)).collect(),
    };
    let solution = equilibrium::solve(&problem, &FLOWS_TARGET)?;
    let volume = |i: usize| {
        let bins = &learned.outcome.bins;
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

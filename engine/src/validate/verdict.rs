//! Is the day believable? Checks that fail a run, counts, and the published equilibrium.

use super::counts::{self, Row, Validation};
use super::day::{self, Check};
use super::matching::{self, Matching, Rule};
use super::published::{self, Equilibrium, Published};
use super::screenline::{self, Crossed, Screenline};
use super::station::Counts;
use super::travel::{Driven, Hourly, travel};
use super::yardstick::{self, Compared, Fact, Lived, OnTheRoad, Yardstick};
use crate::agent::{Agent, Household};
use crate::error::Result;
use crate::id::PersonId;
use crate::learn::{Iteration, Learned};
use crate::mode::Mode;
use crate::network::Network;
use crate::policy::Compiled;
use crate::traffic;
use crate::trip::{Legs, Moved};
use crate::zone::Zones;
use std::collections::BTreeMap;

/// What a day is held against.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// The roads of the day.
    pub network: &'a Network,
    /// The rules that traffic kept.
    pub traffic: traffic::Config,
    /// The share of the population that was simulated.
    pub sample: f64,
    /// What detectors counted.
    pub counts: Option<&'a Counts>,
    /// A published equilibrium of the same demand.
    pub published: Option<Published<'a>>,
    /// Lines over which traffic is told.
    pub screenlines: &'a [Screenline],
    /// Below this observed speed an hour of a freeway counts as congested, metres per second.
    pub congested_mps: f64,
    /// Zones with their regions; none where the scenario has none.
    pub zones: &'a Zones,
    /// Names of the layers of demand.
    pub layers: &'a [String],
    /// Published figures.
    pub yardsticks: &'a [Yardstick],
}

/// Comparison with counts.
pub struct Counted {
    /// Stations and their links.
    pub matching: Matching,
    /// Measures.
    pub validation: Validation,
    /// One row a site and hour.
    pub rows: Vec<Row>,
}

/// Everything that was found.
pub struct Verdict {
    /// Checks of the day.
    pub checks: Vec<Check>,
    /// Counts.
    pub counted: Option<Counted>,
    /// Traffic over screenlines, one entry a direction.
    pub screenlines: Vec<Crossed>,
    /// Equilibrium.
    pub equilibrium: Option<Equilibrium>,
    /// What the run has of all that can be compared with published figures.
    pub facts: Vec<Fact>,
    /// The published figures beside it.
    pub yardsticks: Vec<Compared>,
    /// Vehicles under way by hour, layer and class.
    pub on_the_road: Vec<OnTheRoad>,
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
    /// A published equilibrium whose problem cannot be solved. A check that failed is no error here: [`Verdict::require`].
    pub fn of(
        observed: &Observed<'_>,
        agents: &[Agent<'_>],
        households: &[(Household, Vec<PersonId>)],
        learned: &Learned,
        policy: &Compiled,
    ) -> Result<Self> {
        let Observed { network, traffic, sample, .. } = *observed;
        let (outcome, legs) = (&learned.outcome, &learned.legs);
        let mut checks = day::check(network, legs, &learned.routes, &policy.changes, &traffic, outcome);
        checks.push(day::chains_legal(agents.iter().filter_map(|a| Some((a.person, a.chain?)))));
        if let Some(checked) = learned.checked {
            // A broken promise would have ended the day.
            let name = "events: nobody lost or too fast; flow, storage and order of every link";
            checks.push(Check {
                name: name.into(),
                checked: checked.n_moves,
                failed: 0,
                first: String::new(),
            });
        }
        let (vmt_km, vht_h) = travelled(network, legs, learned, sample);
        let driven =
            Driven { bins: &outcome.bins, trips: Some((legs, &learned.routes, &outcome.moved)), sample };
        let counted = observed.counts.map(|counts| {
            let matching = matching::find(network, counts, &Rule::default());
            let (validation, rows) =
                counts::measure_run(network, counts, &matching, &driven, observed.congested_mps);
            Counted { matching, validation, rows }
        });
        let travel = travel(network, &Hourly::of(&outcome.bins), &driven);
        let facts = yardstick::facts(Lived {
            agents,
            households,
            zones: observed.zones,
            layers: observed.layers,
            network,
            legs,
            routes: &learned.routes,
            moved: &outcome.moved,
            travel: &travel,
            sample,
        });
        let rows = counted.as_ref().map_or(&[][..], |counted| &counted.rows);
        let screenlines = screenline::measure(observed.screenlines, network, &outcome.bins, sample, rows);
        let published = observed.published.as_ref();
        let equilibrium =
            published.map(|p| published::compare(network, p, &outcome.bins, sample)).transpose()?;
        Ok(Self {
            checks,
            counted,
            screenlines,
            equilibrium,
            yardsticks: yardstick::compare(observed.yardsticks, &facts),
            facts,
            on_the_road: yardstick::on_the_road(
                agents,
                legs,
                &outcome.moved,
                observed.layers,
                sample,
                traffic.end_s,
            ),
            vmt_km,
            vht_h,
            numbers: numbers(agents.len(), learned),
        })
    }

    /// Trips of a mode that were on the way when the day ended, as simulated.
    pub fn aborted(&self, mode: Mode) -> f64 {
        self.numbers.get(&format!("aborted_{}", mode.name())).copied().unwrap_or(0.0)
    }

    /// The numbers people ask for first.
    pub fn summary(&self) -> BTreeMap<String, f64> {
        let mut summary = self.numbers.clone();
        summary.insert("vmt_km".into(), self.vmt_km);
        summary.insert("vht_h".into(), self.vht_h);
        if let Some(Counted { validation: v, .. }) = &self.counted {
            summary.insert("n_matched".into(), v.n_matched as f64);
            // Those of the headline: the mainline of freeways, where there are stations on it.
            let head = &v.headline;
            let shares = [
                ("geh_lt5_share", head.fit.geh_lt5_share),
                ("geh_lt5_share_baseline", head.baseline.geh_lt5_share),
                ("volume_mape", head.fit.volume_mape),
                ("speed_mape_congested", head.speed.congested.mape),
                ("speed_mape_free", head.speed.free.mape),
                ("congested_hit_share", head.speed.hit_share()),
                ("r2", head.fit.r2),
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

    /// Fails on the first check that failed.
    ///
    /// # Errors
    /// [`crate::Error::Check`] with what was found.
    pub fn require(&self) -> Result<()> {
        day::require(&self.checks)
    }
}

/// Persons, trips and the like of the last day.
fn numbers(n_travellers: usize, learned: &Learned) -> BTreeMap<String, f64> {
    let (outcome, legs) = (&learned.outcome, &learned.legs);
    let last = learned.iterations.last();
    let mut numbers = BTreeMap::from([
        ("persons".to_string(), n_travellers as f64),
        ("trips".to_string(), legs.len() as f64),
        ("car_trips".to_string(), legs.mode.iter().filter(|mode| mode.drives()).count() as f64),
        ("moves".to_string(), outcome.n_moves as f64),
        ("aborted".to_string(), outcome.n_aborted as f64),
        // Planned for after the end of the day, or waiting for a leg that ended too late.
        ("not_departed".to_string(), legs.len() as f64 - outcome.n_departed as f64),
        ("pushed".to_string(), last.map_or(0.0, |i| i.pushed as f64)),
        ("relative_gap".to_string(), last.map_or(f64::NAN, |i| i.relative_gap)),
        ("excess_min_per_person".to_string(), last.map_or(0.0, |i| excess_min(i, legs, n_travellers))),
        ("iterations".to_string(), learned.iterations.len() as f64),
        ("mean_car_min".to_string(), last.map_or(0.0, |i| i.mean_car_min)),
    ]);
    // Nobody left in a peak: it has no gap.
    let peaks =
        last.into_iter().flat_map(|i| ["relative_gap_am", "relative_gap_pm"].into_iter().zip(i.gap_peaks));
    numbers.extend(peaks.filter_map(|(name, gap)| Some((name.to_string(), gap?))));
    for mode in Mode::ALL {
        numbers.insert(format!("aborted_{}", mode.name()), aborted(legs, &outcome.moved, mode) as f64);
    }
    numbers
}

/// Vehicle-kilometres (length of driven links; none on a trip's first link) and vehicle-hours of arrived car trips.
fn travelled(network: &Network, legs: &Legs, learned: &Learned, sample: f64) -> (f64, f64) {
    let (mut metres, mut seconds) = (0.0, 0u64);
    for (leg, moved) in learned.outcome.moved.iter().enumerate() {
        if legs.mode[leg].drives() && moved.arrive_s != u32::MAX {
            let route = learned.routes.of(crate::id::LegId::new(leg));
            metres += route.iter().skip(1).map(|l| network.link(*l).length_m).sum::<f64>();
            seconds += u64::from(moved.arrive_s - moved.depart_s);
        }
    }
    (metres / 1000.0 / sample, seconds as f64 / 3600.0 / sample)
}

/// What drivers lose against the best routes on the times of the day, minutes a traveller: the mean of the trips that were asked,
/// for all that drive.
fn excess_min(day: &Iteration, legs: &Legs, n_travellers: usize) -> f64 {
    let driven = legs.mode.iter().filter(|mode| mode.drives()).count();
    day.excess_s / 60.0 * driven as f64 / n_travellers.max(1) as f64
}

/// Trips of a mode that began and had not arrived when the day ended.
fn aborted(legs: &Legs, moved: &[Moved], mode: Mode) -> usize {
    let of_mode = legs.mode.iter().zip(moved).filter(|(of, _)| **of == mode);
    of_mode.filter(|(_, moved)| moved.depart_s != u32::MAX && moved.arrive_s == u32::MAX).count()
}

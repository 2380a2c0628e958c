//! The places of one person's day.

use super::access::Access;
use super::attraction::{KINDS, activity, kind, sizes};
use super::deterrence::Deterrence;
use super::matrix::Matrix;
use super::reference::{Between, Rings, free, mandatory};
use super::{Distances, Flows, Homes, Place, Places};
use crate::activity::{Activity, Chain};
use crate::draw::{Draw, Purpose, draw};
use crate::error::{Fault, Result};
use crate::id::{LinkId, PersonId, ZoneId};
use crate::network::Network;
use crate::people::Demographics;
use crate::warning::Warning;
use crate::zone::Zones;
use serde::{Deserialize, Serialize};

/// How a zone is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Algorithm 3 of seed 002: nearest to a drawn distance (and angle). It looks at sizes only to leave
    /// out zones that offer nothing.
    Reference,
    /// Drawn in proportion to size × deterrence, work and school balanced to jobs, pupils and students.
    #[default]
    SizeDeterrence,
}

/// How places are assigned.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// How a zone is chosen.
    pub method: Method,
    /// How far people go.
    pub distances: Distances,
    /// Workers between regions, where they are known (size and deterrence only).
    pub flows: Option<Flows>,
    /// Weight of the miss in distance (reference only).
    pub alpha: f64,
    /// Weight of the miss in angle, radians × drawn distance (reference only).
    pub beta: f64,
    /// Zones that miss the drawn distance by so much more than the best, metres, still compete, by size
    /// (reference, work and school only). 0 is the published rule.
    pub ring_m: f64,
    /// Speed at which a place must be within reach in the time of the stay there, metres per second along the
    /// roads. The default, 16.25, is 58 km/h.
    pub reach_mps: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            method: Method::default(),
            distances: Distances::default(),
            flows: None,
            alpha: 1.0,
            beta: 1.0,
            ring_m: 0.0,
            reach_mps: 16.25,
        }
    }
}

/// How a zone is chosen: the reference model by rings, or size and deterrence fitted to survey distances.
enum Choice {
    Reference(Rings),
    SizeDeterrence(Deterrence),
}

/// Steps of the draws of a person; free activities use their position after the last.
const STEP_HOME: u32 = 0;
const STEP_WORK: u32 = 1;
const STEP_SCHOOL: u32 = 2;
const STEP_FREE: u32 = 16;

/// A region ready to place people in.
pub struct Assigner {
    params: Params,
    seed: u64,
    matrix: Matrix,
    points: Vec<(f64, f64)>,
    sizes: Vec<Vec<f64>>,
    access: Access,
    middles: Vec<(f32, f32)>,
    choice: Choice,
}

impl Assigner {
    /// Prepares a region: distances, sizes, balance, access links. Some seconds and 12 bytes × zones² of memory. `homes` says
    /// where those live who go to each kind of place.
    ///
    /// # Errors
    /// A [`Fault`] for no zones, numbers that are negative or missing, or people without a road ([`Access::new`]).
    pub fn new(
        zones: &Zones,
        network: &Network,
        homes: &Homes,
        params: Params,
        seed: u64,
    ) -> Result<(Self, Vec<Warning>)> {
        if zones.is_empty() {
            return Err(Fault::new("zones", "", "there is none").expected("zones to place people in").into());
        }
        zones.check("zones")?;
        let (access, mut warnings) = Access::new(zones, network)?;
        let matrix = Matrix::new(zones, network, &access);
        let mut all_sizes = Vec::with_capacity(KINDS);
        for kind in 0..KINDS {
            let (of_kind, missing) = sizes(kind, zones);
            if missing {
                let what = format!("nothing offers {}: residents stand in", activity(kind).label());
                warnings.push(Warning::new("zones", "", what));
            }
            all_sizes.push(of_kind);
        }
        let choice = match params.method {
            Method::Reference => Choice::Reference(Rings::new(&matrix)),
            Method::SizeDeterrence => {
                let quantiles = |kind: usize| {
                    let pattern = params.distances.of(kind);
                    if activity(kind).is_mandatory() { pattern.leg_km } else { pattern.tour_km }
                };
                let region = zones.zones.iter().map(|zone| usize::from(zone.region)).collect();
                let flows = params.flows.as_ref();
                Choice::SizeDeterrence(Deterrence::new(&matrix, region, homes, &all_sizes, &quantiles, flows))
            }
        };
        let points = zones.zones.iter().map(|z| (z.x_m, z.y_m)).collect();
        let middles = network
            .link_ids()
            .map(|l| network.middle(l))
            .map(|(x_m, y_m)| (x_m as f32, y_m as f32))
            .collect();
        Ok((Self { params, seed, matrix, points, sizes: all_sizes, access, middles, choice }, warnings))
    }

    /// The access links, and the H3 cell of every link.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Links of the network that places are on.
    pub fn n_links(&self) -> usize {
        self.middles.len()
    }

    /// Zones of the region.
    pub fn n_zones(&self) -> usize {
        self.points.len()
    }

    /// A place for each episode of `chain`. Home is one link in the home zone; work and school each one
    /// place for the whole day; every other episode is placed on its own, in order, between the place
    /// before it and the next home, work or school.
    ///
    /// # Panics
    /// When the person's zone is not one of the region's.
    pub fn places(&self, person: PersonId, who: &Demographics, chain: &Chain) -> Places {
        let episodes = &chain.0;
        let home = self.fix(person, STEP_HOME, |_| who.zone.index(), true);
        let fixed = self.fixed(person, who, chain, home);
        let next_fixed = next_fixed(&fixed, home);
        let mut places: Vec<Place> = Vec::with_capacity(episodes.len());
        for (i, episode) in episodes.iter().enumerate() {
            let place = fixed[i].unwrap_or_else(|| {
                let previous = places.last().unwrap_or(&home).zone.index();
                let stay_s = |k: usize| {
                    episodes
                        .get(k)
                        .map_or(0, |e: &crate::activity::Episode| e.end_s.saturating_sub(e.start_s))
                };
                let onward_m = match fixed.get(i + 1) {
                    Some(Some(_)) => self.params.reach_mps * f64::from(stay_s(i + 1)),
                    _ => f64::INFINITY,
                };
                let reach_m = self.params.reach_mps * f64::from(stay_s(i));
                let between = Between { previous, next: next_fixed[i].zone.index(), reach_m, onward_m };
                let kind = kind(episode.activity, who);
                let step = STEP_FREE + i as u32;
                self.fix(person, step, |draw| self.free_zone(kind, between, draw), false)
            });
            places.push(place);
        }
        Places(places)
    }

    /// The places of home, work and school episodes; `None` for the others.
    fn fixed(&self, person: PersonId, who: &Demographics, chain: &Chain, home: Place) -> Vec<Option<Place>> {
        let once = |activity: Activity, step: u32| {
            chain.0.iter().any(|e| e.activity == activity).then(|| {
                let kind = kind(activity, who);
                self.fix(person, step, |draw| self.mandatory_zone(kind, who.zone.index(), draw), false)
            })
        };
        let work = once(Activity::Work, STEP_WORK);
        let school = once(Activity::School, STEP_SCHOOL);
        chain
            .0
            .iter()
            .map(|episode| match episode.activity {
                Activity::Home => Some(home),
                Activity::Work => work,
                Activity::School => school,
                _ => None,
            })
            .collect()
    }

    /// Zone of work or school (destination `kind`) of a person who lives in zone `home`.
    fn mandatory_zone(&self, kind: usize, home: usize, draw: &mut Draw) -> usize {
        match &self.choice {
            Choice::Reference(rings) => {
                mandatory(&self.params, rings, &self.matrix, &self.sizes[kind], kind, home, draw)
            }
            Choice::SizeDeterrence(deterrence) => deterrence.mandatory(&self.matrix, kind, home, draw),
        }
    }

    /// Zone of an activity without a fixed place, between the episodes before and after it.
    fn free_zone(&self, kind: usize, between: Between, draw: &mut Draw) -> usize {
        match &self.choice {
            Choice::Reference(rings) => {
                let sizes = &self.sizes[kind];
                let ground = (rings, &self.matrix, self.points.as_slice());
                free(&self.params, ground, sizes, kind, between, draw)
            }
            Choice::SizeDeterrence(deterrence) => deterrence.free(&self.matrix, kind, between, draw),
        }
    }

    /// Draws zone and link of a place.
    fn fix(&self, person: PersonId, step: u32, zone: impl Fn(&mut Draw) -> usize, home: bool) -> Place {
        let mut stream = draw(self.seed, Purpose::Place, u64::from(person.0), step);
        let zone = ZoneId::new(zone(&mut stream));
        self.at(zone, self.access.link(zone, home, stream.uniform()))
    }

    fn at(&self, zone: ZoneId, link: LinkId) -> Place {
        let (x_m, y_m) = self.middles[link.index()];
        Place { zone, link, x_m, y_m }
    }
}

/// For each episode the place of the next home, work or school after it; home at the end of the day.
fn next_fixed(fixed: &[Option<Place>], home: Place) -> Vec<Place> {
    let mut next = home;
    let mut places = vec![home; fixed.len()];
    for (i, place) in fixed.iter().enumerate().rev() {
        places[i] = next;
        next = place.unwrap_or(next);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Episode;
    use crate::people::{Population, synthesize};
    use crate::place::measure;
    use crate::twin::county::county;

    fn chain(parts: &[(Activity, u32)]) -> Chain {
        let mut start_s = 0;
        let episode = |&(activity, hour): &(Activity, u32)| {
            let episode = Episode { activity, start_s, end_s: hour * 3600 };
            start_s = hour * 3600;
            episode
        };
        Chain(parts.iter().map(episode).collect())
    }

    fn region(method: Method) -> (Zones, Population, Assigner) {
        let truth = county(20_000, 11).unwrap();
        let made = synthesize(&truth.zones, &truth.controls, &truth.seed_sample, 1.0, 1).unwrap().0;
        let params = Params { method, ..Params::default() };
        let homes = Homes::of(&truth.zones, &made.persons);
        let (assigner, _) = Assigner::new(&truth.zones, &truth.network, &homes, params, 4).unwrap();
        (truth.zones, made, assigner)
    }

    #[test]
    fn a_day_keeps_its_fixed_places() {
        use Activity::{Home, MealsOut, ShopGoods, Work};
        for method in [Method::Reference, Method::SizeDeterrence] {
            let (_, population, assigner) = region(method);
            let day =
                chain(&[(Home, 8), (Work, 12), (MealsOut, 13), (Work, 17), (ShopGoods, 18), (Home, 24)]);
            for (index, who) in population.persons.iter().enumerate().take(500) {
                let places = assigner.places(PersonId::new(index), who, &day).0;
                assert_eq!(places.len(), 6);
                assert_eq!((places[0].zone, places[0]), (who.zone, places[5]));
                assert_eq!(places[1], places[3]);
                assert!(places.iter().all(|p| assigner.access().links(p.zone).contains(&p.link)));
                assert_eq!(places, assigner.places(PersonId::new(index), who, &day).0);
            }
            assert!(assigner.places(PersonId(0), &population.persons[0], &Chain::default()).0.is_empty());
        }
    }

    /// Ours balances work to jobs; the published rule does not look at them.
    #[test]
    fn workers_follow_jobs_under_balance_only() {
        let jsd = |method| {
            let (zones, population, assigner) = region(method);
            let day = chain(&[(Activity::Home, 8), (Activity::Work, 17), (Activity::Home, 24)]);
            let places: Vec<Places> = population
                .persons
                .iter()
                .enumerate()
                .map(|(index, who)| assigner.places(PersonId::new(index), who, &day))
                .collect();
            let fit = measure(&zones, &Distances::default(), places.iter().map(|p| (&day, p)));
            fit.work_jsd
        };
        let (ours, reference) = (jsd(Method::SizeDeterrence), jsd(Method::Reference));
        assert!(ours < 0.002, "{ours}");
        assert!(reference > 5.0 * ours, "{reference} {ours}");
    }
}

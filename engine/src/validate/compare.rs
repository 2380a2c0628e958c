//! Who gains and who loses between two runs of the same persons? Run `a` is the base, run `b` the change.
//!
//! The persons are paired: both runs draw with the same seed, so each person is compared with itself and
//! what they do alike cancels out. Differences are `b − a`: below 0 is time gained.

use super::travel::{Driven, Hourly};
use crate::agent::{self, Origin};
use crate::demand::LayerId;
use crate::error::{Error, Result};
use crate::float::sqrt;
use crate::id::{LegId, LinkId, PersonId};
use crate::mode::Mode;
use crate::people::Demographics;
use crate::traffic::LinkBins;
use crate::trip::{Legs, Moved, Routes};
use serde::Serialize;
use std::collections::BTreeMap;

/// Whose travel time changes by less than this counts as neither gaining nor losing, seconds.
const SAME_S: f64 = 60.0;

/// What a comparison reads of a run.
#[derive(Debug, Clone, Copy)]
pub struct RunTables<'a> {
    /// Who the persons are in every run, ascending.
    pub origin: &'a [Origin],
    /// Demographics of the persons, where they are known; the same for one person in both runs.
    pub persons: &'a [Option<Demographics>],
    /// Layer of demand of each person, a position in `layers`; the same for one person in both runs.
    pub layer: &'a [LayerId],
    /// Names of the layers.
    pub layers: &'a [String],
    /// Region of each zone; a zone past the end has none.
    pub zone_regions: &'a [u16],
    /// Names of the regions.
    pub regions: &'a [String],
    /// Legs of the persons.
    pub legs: &'a Legs,
    /// Routes of the legs.
    pub routes: &'a Routes,
    /// What became of the legs.
    pub moved: &'a [Moved],
    /// Length of each link, metres; the links are the same in both runs (a closed one keeps its number).
    pub link_m: &'a [f64],
    /// Trips that arrived, by mode (`store::query::trips_by_mode`).
    pub by_mode: &'a [ModeTotal],
    /// Volumes and times by link.
    pub bins: &'a LinkBins,
    /// Share of the population that was simulated.
    pub sample: f64,
    /// What drivers lose against the best routes of the day, minutes a traveller; `None` where the run does not tell.
    pub excess_min: Option<f64>,
}

/// Trips by one mode that arrived, as simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModeTotal {
    /// The mode.
    pub mode: Mode,
    /// Number of trips.
    pub trips: u64,
    /// Sum of their travel times, seconds.
    pub time_s: f64,
    /// Sum of the lengths of their ways, metres.
    pub route_m: f64,
}

/// The same quantity in both runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Both {
    /// In the base.
    pub a: f64,
    /// With the change.
    pub b: f64,
    /// `b − a`.
    pub difference: f64,
}

impl Both {
    fn new(a: f64, b: f64) -> Self {
        Self { a, b, difference: b - a }
    }
}

/// Change of the daily travel time in a group of persons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gain {
    /// What the group is formed by: `all`, `age`, `income`, `employed`, `region`.
    pub by: &'static str,
    /// Name of the group, e.g. a county or an income third.
    pub key: String,
    /// Simulated persons compared.
    pub n: u64,
    /// Mean travel time of a person and day, minutes.
    pub time_min: Both,
    /// Standard error of the mean paired difference, minutes; `None` for fewer than two persons. It holds for persons drawn
    /// anew and for nothing else: not for another seed, as persons in one jam are not independent, and not for days on which
    /// drivers have not found their best routes ([`Settling`]).
    pub standard_error_min: Option<f64>,
    /// Share of persons with at least a minute less.
    pub gain_share: f64,
    /// Share of persons with at least a minute more.
    pub loss_share: f64,
    /// Difference of all persons of the population in the group together, hours.
    pub difference_h: f64,
}

/// How much of the difference of two runs' travel times may be a difference of their gaps: neither day is an equilibrium.
///
/// A run whose drivers all found their best routes would have travel times between those of its day and those of the best routes
/// on its day's times; that is an assumption, and the bounds are no more than that.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Settling {
    /// What drivers lose against their best routes, minutes a traveller and day (tolls count as time); the difference is the
    /// part of the change that may be one of the gaps.
    pub excess_min: Both,
    /// The change if the base is settled as it is and the drivers of the other run find their best routes, minutes.
    pub low_min: f64,
    /// The change if the drivers of the base find their best routes and the other run is settled as it is, minutes.
    pub high_min: f64,
}

impl Settling {
    fn of(difference_min: f64, a: Option<f64>, b: Option<f64>) -> Option<Self> {
        let excess_min = Both::new(a?, b?);
        Some(Self {
            excess_min,
            low_min: difference_min - excess_min.b,
            high_min: difference_min + excess_min.a,
        })
    }
}

/// Travel by one mode, whole population.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ModeChange {
    /// The mode of the trips that are compared.
    pub mode: Mode,
    /// Legs that arrived.
    pub legs: Both,
    /// Their travel times, hours.
    pub time_h: Both,
    /// Length of their ways, kilometres: of routes without the first link (the vehicle starts at its end), and of modes that
    /// do not use the network 1.3 × the straight line.
    pub route_km: Both,
}

/// Traffic in one clock hour, whole population.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HourChange {
    /// Clock hour, 0..24.
    pub hour: u8,
    /// Vehicle-kilometres on links entered in the hour.
    pub vmt_km: Both,
    /// Vehicle-hours of legs that departed in the hour ([`Driven::car_times`]).
    pub vht_h: Both,
}

/// Daily volume of one link, vehicles of the whole population.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LinkChange {
    /// The link whose traffic is compared.
    pub link: LinkId,
    /// Vehicles that left it over its end.
    pub volume: Both,
}

/// Two runs side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Persons in both runs.
    pub n_persons: u64,
    /// Persons in one run alone: a measure on demand added or took them away. They count in all sums but those of gains.
    pub n_alone: Both,
    /// Persons in both runs who plan other trips in one than in the other (number, modes, places or departures): a measure keeps
    /// them at home, or leads them to another link.
    pub n_replanned: u64,
    /// Persons left out because a leg of theirs did not arrive before the day ended, in either run.
    pub n_incomplete: u64,
    /// Legs that did not arrive.
    pub unfinished_legs: Both,
    /// Vehicle-kilometres of the whole day.
    pub vmt_km: Both,
    /// Vehicle-hours; legs that did not arrive count until the day ended.
    pub vht_h: Both,
    /// Who gains and loses: everybody, then by group.
    pub gains: Vec<Gain>,
    /// What the gaps of the runs leave open about the change of everybody; `None` where a run does not tell.
    pub settling: Option<Settling>,
    /// Trips and travel time by mode.
    pub modes: Vec<ModeChange>,
    /// By clock hour.
    pub hours: Vec<HourChange>,
    /// Links whose volume differs, largest change first.
    pub links: Vec<LinkChange>,
}

/// Compares run `b` with the base `a`.
///
/// # Errors
/// [`Error::Check`] when the runs do not have the same persons, links or sample, or tables of one run do
/// not belong together.
pub fn compare(a: &RunTables<'_>, b: &RunTables<'_>) -> Result<Comparison> {
    check(a, b)?;
    let pairs = agent::in_both(a.origin, b.origin);
    check_pairs(a, b, &pairs)?;
    let times: Vec<(PersonId, Option<(f64, f64)>)> =
        pairs.iter().map(|&[x, y]| (x, day_s(a, x).zip(day_s(b, y)))).collect();
    let hours = hours(a, b);
    let total = |of: fn(&HourChange) -> Both| {
        Both::new(hours.iter().map(|h| of(h).a).sum(), hours.iter().map(|h| of(h).b).sum())
    };
    let gains = gains(a, &times);
    let everybody = gains.first().map(|gain| gain.time_min.difference);
    Ok(Comparison {
        n_persons: pairs.len() as u64,
        n_alone: both(a, b, |run| (run.persons.len() - pairs.len()) as f64),
        n_replanned: pairs.iter().filter(|pair| !same_plan(a, b, pair)).count() as u64,
        n_incomplete: times.iter().filter(|(_, time)| time.is_none()).count() as u64,
        unfinished_legs: both(a, b, |run| {
            run.moved.iter().filter(|moved| moved.arrive_s == u32::MAX).count() as f64 / run.sample
        }),
        vmt_km: total(|hour| hour.vmt_km),
        vht_h: total(|hour| hour.vht_h),
        settling: everybody.and_then(|min| Settling::of(min, a.excess_min, b.excess_min)),
        gains,
        modes: modes(a, b),
        links: links(a, b),
        hours,
    })
}

fn both(a: &RunTables<'_>, b: &RunTables<'_>, of: impl Fn(&RunTables<'_>) -> f64) -> Both {
    Both::new(of(a), of(b))
}

fn check(a: &RunTables<'_>, b: &RunTables<'_>) -> Result<()> {
    let refuse = |what: String| Err(Error::Check(format!("the runs cannot be compared: {what}")));
    for (name, run) in [("a", a), ("b", b)] {
        if run.legs.n_persons() != run.persons.len()
            || run.layer.len() != run.persons.len()
            || run.origin.len() != run.persons.len()
            || !run.origin.is_sorted_by(|x, y| x < y)
            || run.moved.len() != run.legs.len()
        {
            return refuse(format!("the tables of run {name} do not belong together"));
        }
        if run.bins.n_links != run.link_m.len() || run.routes.first.len() != run.legs.len() + 1 {
            return refuse(format!("the links or routes of run {name} do not belong together"));
        }
    }
    if a.link_m.len() != b.link_m.len() {
        return refuse(format!("run a has {} links, run b {}", a.link_m.len(), b.link_m.len()));
    }
    if a.sample != b.sample {
        return refuse(format!("run a simulates {} of the population, run b {}", a.sample, b.sample));
    }
    Ok(())
}

/// Refuses runs in which one person is somebody else.
fn check_pairs(a: &RunTables<'_>, b: &RunTables<'_>, pairs: &[[PersonId; 2]]) -> Result<()> {
    let is_same = |[x, y]: &[PersonId; 2]| {
        let (x, y) = (x.index(), y.index());
        a.persons[x] == b.persons[y] && a.layer[x] == b.layer[y]
    };
    if pairs.iter().all(is_same) && (!pairs.is_empty() || a.persons.len() + b.persons.len() == 0) {
        return Ok(());
    }
    let what = "they have different persons (use the same population, seed and sample)";
    Err(Error::Check(format!("the runs cannot be compared: {what}")))
}

/// Whether a person plans the same trips in both runs.
fn same_plan(a: &RunTables<'_>, b: &RunTables<'_>, [x, y]: &[PersonId; 2]) -> bool {
    let plan = |legs: &Legs, leg: LegId| {
        let leg = leg.index();
        (legs.mode[leg], legs.from[leg], legs.to[leg], legs.depart_s[leg])
    };
    let of_a = a.legs.of(*x).map(|leg| plan(a.legs, leg));
    of_a.eq(b.legs.of(*y).map(|leg| plan(b.legs, leg)))
}

/// Seconds a person travels in the day; `None` when a leg never arrives.
fn day_s(run: &RunTables<'_>, person: PersonId) -> Option<f64> {
    run.legs.of(person).map(|leg| leg_s(run.moved[leg.index()])).sum()
}

fn leg_s(moved: Moved) -> Option<f64> {
    (moved.arrive_s != u32::MAX).then(|| f64::from(moved.arrive_s) - f64::from(moved.depart_s))
}

/// Gains by group, in the order all, layer (where there are several), age, income, employed, region. Persons whose
/// demographics are not known are in the first two only.
fn gains(run: &RunTables<'_>, times: &[(PersonId, Option<(f64, f64)>)]) -> Vec<Gain> {
    let terciles = income_terciles(run.persons);
    let mut groups: BTreeMap<(usize, u32, String), Sums> = BTreeMap::new();
    for &(person, time) in times {
        let (number, Some((a, b))) = (person.index(), time) else { continue };
        let mut add = |by, (rank, key)| groups.entry((by, rank, key)).or_default().add(a, b);
        add(0, (0, "everybody".to_string()));
        let layer = run.layer[number];
        if run.layers.len() > 1 {
            let name = run.layers.get(layer.index()).cloned().unwrap_or_default();
            add(1, (u32::from(layer.0), name));
        }
        let keys = run.persons[number].as_ref().map(|person| keys(run, person, terciles));
        for (by, key) in keys.into_iter().flatten().enumerate() {
            add(by + 2, key);
        }
    }
    let by = ["all", "layer", "age", "income", "employed", "region"];
    groups.into_iter().map(|((of, _, key), sums)| sums.gain(by[of], key, run.sample)).collect()
}

/// The groups a person belongs to: rank (for the order) and name.
fn keys(run: &RunTables<'_>, person: &Demographics, terciles: [i32; 2]) -> [(u32, String); 4] {
    let ages: [(u8, &str); 6] =
        [(17, "0-17"), (24, "18-24"), (44, "25-44"), (64, "45-64"), (74, "65-74"), (u8::MAX, "75 and more")];
    let age = ages.partition_point(|&(oldest, _)| oldest < person.age);
    let [lower, upper] = terciles;
    let income = match person.income_usd {
        income if income <= lower => (0, format!("lowest third (to {lower} USD)")),
        income if income <= upper => (1, format!("middle third (to {upper} USD)")),
        _ => (2, format!("highest third (above {upper} USD)")),
    };
    let region = run.zone_regions.get(person.zone.index()).copied();
    let name = region.and_then(|region| run.regions.get(usize::from(region)).cloned());
    [
        (age as u32, ages[age].1.into()),
        income,
        (u32::from(person.employed), if person.employed { "employed" } else { "not employed" }.into()),
        (region.map_or(u32::MAX, u32::from), name.unwrap_or_else(|| "unknown".into())),
    ]
}

/// Household incomes below or at which a third and two thirds of the persons live.
fn income_terciles(persons: &[Option<Demographics>]) -> [i32; 2] {
    let mut incomes: Vec<i32> = persons.iter().flatten().map(|person| person.income_usd).collect();
    incomes.sort_unstable();
    [1, 2].map(|third| incomes.get((incomes.len() * third).div_ceil(3).max(1) - 1).copied().unwrap_or(0))
}

/// Running sums of a group.
#[derive(Debug, Default)]
struct Sums {
    n: u64,
    a_s: f64,
    b_s: f64,
    square: f64,
    n_gain: u64,
    n_loss: u64,
}

impl Sums {
    fn add(&mut self, a_s: f64, b_s: f64) {
        let difference = b_s - a_s;
        self.n += 1;
        self.a_s += a_s;
        self.b_s += b_s;
        self.square += difference * difference;
        self.n_gain += u64::from(difference <= -SAME_S);
        self.n_loss += u64::from(difference >= SAME_S);
    }

    fn gain(&self, by: &'static str, key: String, sample: f64) -> Gain {
        let n = self.n as f64;
        let mean_s = (self.b_s - self.a_s) / n;
        let standard_error_min = (self.n > 1).then(|| {
            let variance = ((self.square - n * mean_s * mean_s) / (n - 1.0)).max(0.0);
            sqrt(variance / n) / 60.0
        });
        Gain {
            by,
            key,
            n: self.n,
            time_min: Both::new(self.a_s / n / 60.0, self.b_s / n / 60.0),
            standard_error_min,
            gain_share: self.n_gain as f64 / n,
            loss_share: self.n_loss as f64 / n,
            difference_h: (self.b_s - self.a_s) / 3600.0 / sample,
        }
    }
}

fn modes(a: &RunTables<'_>, b: &RunTables<'_>) -> Vec<ModeChange> {
    let (a, b) = (by_mode(a), by_mode(b));
    Mode::ALL
        .into_iter()
        .map(|mode| {
            let [legs, time_h, route_km] =
                std::array::from_fn(|of| Both::new(a[mode as usize][of], b[mode as usize][of]));
            ModeChange { mode, legs, time_h, route_km }
        })
        .collect()
}

/// Legs, hours and kilometres of each mode, whole population.
fn by_mode(run: &RunTables<'_>) -> [[f64; 3]; Mode::ALL.len()] {
    let mut sums = [[0.0; 3]; Mode::ALL.len()];
    for total in run.by_mode {
        let values = [total.trips as f64, total.time_s / 3600.0, total.route_m / 1000.0];
        sums[total.mode as usize] = values.map(|value| value / run.sample);
    }
    sums
}

fn hours(a: &RunTables<'_>, b: &RunTables<'_>) -> Vec<HourChange> {
    let (a, b) = (by_hour(a), by_hour(b));
    (0..24u8)
        .map(|hour| {
            let [vmt_km, vht_h] =
                std::array::from_fn(|of| Both::new(a[usize::from(hour)][of], b[usize::from(hour)][of]));
            HourChange { hour, vmt_km, vht_h }
        })
        .collect()
}

/// Vehicle-kilometres and vehicle-hours of each clock hour, whole population.
fn by_hour(run: &RunTables<'_>) -> [[f64; 2]; 24] {
    let RunTables { bins, legs, routes, moved, sample, .. } = *run;
    let (hourly, driven) = (Hourly::of(bins), Driven { bins, trips: Some((legs, routes, moved)), sample });
    let mut sums = [[0.0; 2]; 24];
    for (hour, entered) in hourly.entered.chunks_exact(hourly.n_links.max(1)).enumerate() {
        sums[hour][0] += entered.iter().zip(run.link_m).map(|(n, length_m)| n * length_m).sum::<f64>();
    }
    driven.last_links().for_each(|(link, hour)| sums[hour][0] += run.link_m[link.index()]);
    driven.car_times().for_each(|(time_s, hour)| sums[hour][1] += time_s);
    sums.map(|[vmt_m, vht_s]| [vmt_m / 1000.0 / sample, vht_s / 3600.0 / sample])
}

fn links(a: &RunTables<'_>, b: &RunTables<'_>) -> Vec<LinkChange> {
    let volumes = |run: &RunTables<'_>| {
        let mut sums = vec![0.0; run.link_m.len()];
        for bin in run.bins.left.chunks_exact(sums.len().max(1)) {
            sums.iter_mut().zip(bin).for_each(|(sum, &left)| *sum += f64::from(left) / run.sample);
        }
        sums
    };
    let mut links: Vec<LinkChange> = volumes(a)
        .into_iter()
        .zip(volumes(b))
        .enumerate()
        .map(|(link, (a, b))| LinkChange { link: LinkId::new(link), volume: Both::new(a, b) })
        .filter(|change| change.volume.difference != 0.0)
        .collect();
    links.sort_by(|x, y| {
        y.volume.difference.abs().total_cmp(&x.volume.difference.abs()).then(x.link.cmp(&y.link))
    });
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{HouseholdId, ZoneId};
    use crate::people::{Sex, Student};
    use crate::trip::Trip;
    use proptest::prelude::*;

    fn person(age: u8, income_usd: i32, zone: u32) -> Demographics {
        Demographics {
            household: HouseholdId(0),
            zone: ZoneId(zone),
            age,
            sex: Sex::Female,
            employed: age > 18,
            student: Student::No,
            household_size: 1,
            vehicles: 1,
            adults: 1,
            income_usd,
        }
    }

    /// A run of persons with one car leg each over links 0 and 1, taking the given seconds
    /// (`u32::MAX`: never arrived).
    struct Run {
        origin: Vec<Origin>,
        persons: Vec<Option<Demographics>>,
        layer: Vec<LayerId>,
        legs: Legs,
        routes: Routes,
        moved: Vec<Moved>,
        by_mode: [ModeTotal; 1],
        bins: LinkBins,
    }

    fn run(times_s: &[u32]) -> Run {
        let (mut legs, mut routes) = (Legs::default(), Routes::default());
        let mut bins = LinkBins::new(2, 900, 86_400);
        for _ in times_s {
            let (from, to) = (LinkId(0), LinkId(1));
            let trip = Trip {
                episode: 0,
                mode: Mode::Car,
                vehicle: crate::vehicle::ClassId::CAR,
                depart_s: 1000,
                dwell_s: 0,
                from,
                to,
                distance_m: 1.0,
            };
            legs.push(&[trip], |_| 0);
            routes.push(&[from, to]);
            bins.left[bins.n_links] += 1; // Link 0, second bin.
        }
        let arrive = |time_s: u32| if time_s == u32::MAX { u32::MAX } else { 1000 + time_s };
        let arrived = times_s.iter().filter(|time_s| **time_s != u32::MAX);
        let (trips, time_s) = arrived.fold((0, 0.0), |(n, sum), s| (n + 1, sum + f64::from(*s)));
        Run {
            by_mode: [ModeTotal { mode: Mode::Car, trips, time_s, route_m: 2000.0 * trips as f64 }],
            origin: (0..times_s.len()).map(|i| Origin { person: PersonId::new(i), copy: 0 }).collect(),
            persons: (0..times_s.len())
                .map(|i| Some(person(10 + 20 * i as u8, 1000 * i as i32, i as u32)))
                .collect(),
            layer: vec![LayerId(0); times_s.len()],
            legs,
            routes,
            moved: times_s.iter().map(|&s| Moved { depart_s: 1000, arrive_s: arrive(s) }).collect(),
            bins,
        }
    }

    fn tables<'a>(run: &'a Run, regions: &'a [String]) -> RunTables<'a> {
        RunTables {
            origin: &run.origin,
            persons: &run.persons,
            layer: &run.layer,
            layers: &[],
            zone_regions: &[0, 0, 1],
            regions,
            legs: &run.legs,
            routes: &run.routes,
            moved: &run.moved,
            by_mode: &run.by_mode,
            link_m: &[500.0, 2000.0],
            bins: &run.bins,
            sample: 0.5,
            excess_min: Some(0.5),
        }
    }

    #[test]
    fn paired_differences_by_hand() {
        let regions = ["North".to_string(), "South".to_string()];
        let (a, mut b) = (run(&[600, 600, 600, 600]), run(&[480, 600, 900, u32::MAX]));
        b.bins.left[0] += 3;
        let comparison = compare(&tables(&a, &regions), &tables(&b, &regions)).unwrap();
        assert_eq!((comparison.n_persons, comparison.n_incomplete), (4, 1));
        assert_eq!(comparison.unfinished_legs, Both::new(0.0, 2.0));
        let all = &comparison.gains[0];
        // Differences −2, 0 and 5 minutes.
        assert_eq!((all.n, all.time_min.a, all.time_min.difference), (3, 10.0, 1.0));
        assert!((all.standard_error_min.unwrap() - (26f64 / 2.0 / 3.0).sqrt()).abs() < 1e-12);
        // Half a minute is open on either side; it would be more where drivers are farther from their best routes.
        let settling = comparison.settling.unwrap();
        assert_eq!((settling.low_min, settling.high_min), (0.5, 1.5));
        let jammed = RunTables { excess_min: Some(3.0), ..tables(&b, &regions) };
        let settling = compare(&tables(&a, &regions), &jammed).unwrap().settling.unwrap();
        assert_eq!((settling.low_min, settling.high_min, settling.excess_min.difference), (-2.0, 1.5, 2.5));
        assert_eq!((all.gain_share, all.loss_share), (1.0 / 3.0, 1.0 / 3.0));
        assert!((all.difference_h - 2.0 * 180.0 / 3600.0).abs() < 1e-12);
        let south = comparison.gains.iter().find(|gain| gain.key == "South").unwrap();
        assert_eq!((south.by, south.n, south.time_min.difference), ("region", 1, 5.0));
        assert_eq!(comparison.links, [LinkChange { link: LinkId(0), volume: Both::new(8.0, 14.0) }]);
        assert_eq!(comparison.vmt_km, Both::new(16.0, 12.0));
        assert!((comparison.vht_h.a - 2400.0 / 1800.0).abs() < 1e-12);
        assert!((comparison.vht_h.b - (1980.0 + 85_400.0) / 1800.0).abs() < 1e-9);
        let car = comparison.modes[0];
        assert_eq!((car.legs, car.route_km), (Both::new(8.0, 6.0), Both::new(16.0, 12.0)));
    }

    #[test]
    fn travellers_of_whom_nothing_is_known_count_in_their_layer_and_in_all() {
        let layers = ["residents".to_string(), "trucks".to_string()];
        let (mut a, mut b) = (run(&[600, 600]), run(&[600, 900]));
        for run in [&mut a, &mut b] {
            run.persons[1] = None;
            run.layer[1] = LayerId(1);
        }
        let with = |run| RunTables { layers: &layers, ..tables(run, &[]) };
        let comparison = compare(&with(&a), &with(&b)).unwrap();
        let groups: Vec<(&str, &str, u64)> =
            comparison.gains.iter().map(|g| (g.by, g.key.as_str(), g.n)).collect();
        assert_eq!(groups[..3], [("all", "everybody", 2), ("layer", "residents", 1), ("layer", "trucks", 1)]);
        assert_eq!(comparison.gains[2].time_min.difference, 5.0);
        assert!(groups[3..].iter().all(|group| group.2 == 1), "{groups:?}");
    }

    #[test]
    fn different_persons_or_samples_are_refused() {
        let (a, mut b) = (run(&[600, 600]), run(&[600, 600]));
        b.persons[1] = Some(person(31, 1000, 1));
        let error = compare(&tables(&a, &[]), &tables(&b, &[])).unwrap_err().to_string();
        assert!(error.contains("different persons"), "{error}");
        let other = RunTables { sample: 0.1, ..tables(&a, &[]) };
        assert!(compare(&tables(&a, &[]), &other).unwrap_err().to_string().contains("0.1"));
        b.moved.pop();
        assert!(compare(&tables(&a, &[]), &tables(&b, &[])).is_err());
    }

    /// A measure on demand takes person 1 away and makes person 2 twice.
    #[test]
    fn persons_in_one_run_alone_are_counted_and_the_others_paired() {
        let (a, mut b) = (run(&[600, 600, 600]), run(&[660, 720, 999]));
        b.origin =
            [(0, 0), (2, 0), (2, 1)].map(|(person, copy)| Origin { person: PersonId(person), copy }).into();
        b.persons = vec![a.persons[0], a.persons[2], a.persons[2]];
        let comparison = compare(&tables(&a, &[]), &tables(&b, &[])).unwrap();
        assert_eq!((comparison.n_persons, comparison.n_alone), (2, Both::new(1.0, 1.0)));
        assert_eq!(comparison.n_replanned, 0, "who is in both runs has the same day");
        b.legs.depart_s[1] += 60;
        assert_eq!(compare(&tables(&a, &[]), &tables(&b, &[])).unwrap().n_replanned, 1);
        assert_eq!((comparison.gains[0].n, comparison.gains[0].time_min.difference), (2, 1.5));
        assert_eq!(comparison.modes[0].legs, Both::new(6.0, 6.0));
    }

    #[test]
    fn nobody_at_all_is_no_panic() {
        let mut nobody = run(&[]);
        nobody.legs.first.push(0);
        nobody.routes.first.push(0);
        let comparison = compare(&tables(&nobody, &[]), &tables(&nobody, &[])).unwrap();
        assert!(comparison.gains.is_empty() && comparison.links.is_empty());
    }

    #[test]
    fn thirds_hold_a_third_each() {
        let persons: Vec<_> = (0..9).map(|i| Some(person(30, 100 * i, 0))).collect();
        assert_eq!(income_terciles(&persons), [200, 500]);
        assert_eq!(income_terciles(&persons[..1]), [0, 0]);
        assert_eq!(income_terciles(&[]), [0, 0]);
    }

    proptest! {
        #[test]
        fn groups_add_up_and_a_run_equals_itself(times in prop::collection::vec(1u32..9000, 1..6)) {
            let regions = ["North".to_string(), "South".to_string()];
            let (a, b) = (run(&times), run(&times.iter().rev().copied().collect::<Vec<_>>()));
            let same = compare(&tables(&a, &regions), &tables(&a, &regions)).unwrap();
            prop_assert!(same.gains.iter().all(|g| g.difference_h == 0.0 && g.gain_share == 0.0));
            let other = compare(&tables(&a, &regions), &tables(&b, &regions)).unwrap();
            for by in ["age", "income", "employed", "region"] {
                let sum: f64 = other.gains.iter().filter(|g| g.by == by).map(|g| g.difference_h).sum();
                prop_assert!((sum - other.gains[0].difference_h).abs() < 1e-9);
            }
        }
    }
}

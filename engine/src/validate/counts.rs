//! How far are simulated volumes and speeds from what detectors saw? The content of `validation.json`.
//!
//! All volumes are hourly and of the whole population (simulated ones divided by the sample share). Each figure stands beside
//! the floor that noise alone sets ([`super::floor`]) and a trivial model ([`super::trivial`]). Kinds of stations are told apart:
//! the headline is the mainline of freeways, because ramps carry little and fit by that.
//! A detector's speed is a mean over vehicles passing a point, a simulated one the mean over a link: in
//! stop-and-go the first is the higher (Wardrop 1952), so speed errors are an upper bound there.

use super::criteria::{Criterion, fhwa_2004};
use super::fit::{Fit, Pair, geh};
use super::floor::{Floor, Spread, floor};
use super::matching::{Matching, Reason, Site};
use super::speed::{SpeedPair, Speeds};
use super::station::{Counts, HourCount, StationKind};
use super::travel::{Driven, Hourly, Travel, travel};
use super::trivial::{Trivial, trivial};
use crate::float::sqrt;
use crate::id::LinkId;
use crate::network::{Network, RoadClass};
use crate::period::Period;
use crate::traffic::LinkBins;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One site in one hour.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Name of the main station.
    pub station: String,
    /// The link that the station counts.
    pub link: LinkId,
    /// Clock hour, 0..24.
    pub hour: u8,
    /// Kind of the main station.
    pub kind: StationKind,
    /// Class of the link.
    pub class: RoadClass,
    /// Route number and direction of the station, e.g. `101 N`; empty when it has none.
    pub route: String,
    /// Lanes of the link.
    pub lanes: f64,
    /// Lanes that the stations of the site cover; those of the link where the source does not tell.
    pub station_lanes: f64,
    /// Observed volume of all stations of the site, vehicles per hour.
    pub observed_vph: f64,
    /// Simulated volume, vehicles per hour of the whole population.
    pub simulated_vph: f64,
    /// GEH of the two.
    pub geh: f64,
    /// Standard deviation of the observed volume from day to day; stations of a site are taken as
    /// independent, which makes it too small where they are not.
    pub volume_sd: Option<f64>,
    /// Days behind the mean (the fewest of the site's stations).
    pub days: u16,
    /// Observed speed, weighted by volume over the site's stations, metres per second.
    pub observed_mps: Option<f64>,
    /// Simulated speed, metres per second; `None` when nobody drove over the link in that hour.
    pub simulated_mps: Option<f64>,
    /// How sure the match of station and link is, 0..=1.
    pub confidence: f64,
}

impl Row {
    /// Its volumes.
    pub fn pair(&self) -> Pair {
        Pair { observed_vph: self.observed_vph, simulated_vph: self.simulated_vph }
    }
}

/// The agreement of a group of rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group<K> {
    /// Hour, period, class or route.
    pub key: K,
    /// Sum of the observed volumes, vehicles.
    pub observed: f64,
    /// Sum of the simulated volumes, vehicles.
    pub simulated: f64,
    /// The measures of fit of this group.
    #[serde(flatten)]
    pub fit: Fit,
}

/// How the stations of a kind agree, and what a trivial and a perfect model would show at them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfKind {
    /// Kind of the main stations ([`StationKind::name`]), or `all`.
    pub kind: &'static str,
    /// Places compared.
    pub n_sites: u64,
    /// Sum of the observed volumes, vehicles.
    pub observed: f64,
    /// Sum of the simulated volumes, vehicles.
    pub simulated: f64,
    /// The measures of fit of the run.
    #[serde(flatten)]
    pub fit: Fit,
    /// Those of the trivial model: at each station the flow per lane of the others of its kind in the hour, times its lanes.
    pub baseline: Fit,
    /// Speeds in congested and free hours, of stations on freeways (mainline and carpool lanes).
    pub speed: Speeds,
    /// The same of the trivial model: the mean speed of the others of its kind in the hour.
    pub baseline_speed: Speeds,
    /// What a perfect model would show.
    pub floor: Floor,
}

/// The content of `validation.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Validation {
    /// Stations in the source.
    pub n_stations: u64,
    /// Stations that have a link.
    pub n_matched: u64,
    /// Places compared: mainline and carpool lane of one place are one.
    pub n_sites: u64,
    /// Links they stand on. Several sites on one long link are compared with the same volume.
    pub n_links: u64,
    /// Share of the population that was simulated.
    pub sample: f64,
    /// Below this observed speed an hour of a freeway counts as congested, metres per second.
    pub congested_mps: f64,
    /// The mainline of freeways; all stations where none is of that kind.
    pub headline: OfKind,
    /// All stations, ramps with the rest.
    pub all: OfKind,
    /// By kind of the main station.
    pub by_kind: Vec<OfKind>,
    /// The stations of the headline that were matched with a confidence of at least 0.5.
    pub confident: Fit,
    /// The headline by clock hour.
    pub by_hour: Vec<Group<u8>>,
    /// The headline by period of the day.
    pub by_period: Vec<Group<Period>>,
    /// The headline by route and direction.
    pub by_route: Vec<Group<String>>,
    /// All stations by class of the link.
    pub by_class: Vec<Group<RoadClass>>,
    /// Vehicle-kilometres of the day, whole population: the sum of `travel`.
    pub vmt_km: f64,
    /// Vehicle-hours of the day, whole population ([`Driven::vht_h`]).
    pub vht_h: f64,
    /// Both by hour and class.
    pub travel: Vec<Travel>,
    /// Acceptance rules by name, applied to the headline.
    pub criteria: Vec<Criterion>,
    /// Stations without a link, by reason.
    pub unmatched: BTreeMap<Reason, u32>,
}

/// [`measure_run`] where only the bins of a run are at hand: `vmt_km`, `vht_h` and `travel` then lack the last
/// link of each trip (see [`Driven::trips`]).
pub fn measure(
    network: &Network,
    counts: &Counts,
    matching: &Matching,
    bins: &LinkBins,
    sample: f64,
    congested_mps: f64,
) -> (Validation, Vec<Row>) {
    measure_run(network, counts, matching, &Driven { bins, trips: None, sample }, congested_mps)
}

/// Compares a day with the counts. Returns the summary and its rows, ordered by site, then hour.
///
/// An hour of a site counts only when all its stations were observed in it. `congested_mps`: see
/// [`Validation::congested_mps`].
pub fn measure_run(
    network: &Network,
    counts: &Counts,
    matching: &Matching,
    driven: &Driven<'_>,
    congested_mps: f64,
) -> (Validation, Vec<Row>) {
    let sample = driven.sample;
    let hourly = Hourly::of(driven.bins);
    let rows = rows(network, counts, matching, &hourly, sample);
    let told: Vec<Told<'_>> =
        rows.iter().zip(trivial(&rows)).map(|(row, trivial)| Told { row, trivial }).collect();
    let of = |kind, keep: &dyn Fn(&Row) -> bool| {
        let told: Vec<Told<'_>> = told.iter().copied().filter(|told| keep(told.row)).collect();
        of_kind(kind, &told, sample, congested_mps)
    };
    let kinds = StationKind::ALL.into_iter().filter(|kind| rows.iter().any(|row| row.kind == *kind));
    let by_kind: Vec<OfKind> = kinds.map(|kind| of(kind.name(), &|row: &Row| row.kind == kind)).collect();
    let all = of("all", &|_| true);
    let main = |row: &&Row| row.kind == StationKind::Mainline;
    let headline = by_kind.iter().find(|of| of.kind == StationKind::Mainline.name()).unwrap_or(&all).clone();
    let main: Vec<&Row> = rows.iter().filter(|row| headline.kind == all.kind || main(row)).collect();
    let pairs: Vec<Pair> = main.iter().map(|row| row.pair()).collect();
    let confident: Vec<Pair> =
        main.iter().filter(|row| row.confidence >= 0.5).map(|row| row.pair()).collect();
    let everyone: Vec<&Row> = rows.iter().collect();
    let travel = travel(network, &hourly, driven);
    let validation = Validation {
        n_stations: counts.stations.len() as u64,
        n_matched: matching.n_matched() as u64,
        n_sites: matching.sites.len() as u64,
        n_links: matching.sites.iter().map(|site| site.link).collect::<BTreeSet<_>>().len() as u64,
        sample,
        congested_mps,
        headline,
        all,
        by_kind,
        confident: Fit::of(&confident),
        by_hour: group(&main, |row| Some(row.hour)),
        by_period: group(&main, |row| Some(Period::of_hour(usize::from(row.hour)))),
        by_route: group(&main, |row| Some(row.route.clone()).filter(|route| !route.is_empty())),
        by_class: group(&everyone, |row| Some(row.class)),
        vmt_km: travel.iter().map(|t| t.vmt_km).sum(),
        vht_h: driven.vht_h(),
        travel,
        criteria: fhwa_2004(&pairs),
        unmatched: matching.reasons(),
    };
    (validation, rows)
}

/// A row and what the trivial model says of it.
#[derive(Clone, Copy)]
struct Told<'a> {
    row: &'a Row,
    trivial: Trivial,
}

impl Told<'_> {
    /// The pair of the trivial model, where it says something.
    fn baseline(&self) -> Option<Pair> {
        let simulated_vph = self.trivial.volume_vph?;
        Some(Pair { observed_vph: self.row.observed_vph, simulated_vph })
    }

    /// Speeds of the run and of the trivial model, where the station is on a freeway: elsewhere a low speed is no jam.
    fn speeds(&self) -> Option<[SpeedPair; 2]> {
        let is_freeway = matches!(self.row.kind, StationKind::Mainline | StationKind::Hov);
        let observed_mps = self.row.observed_mps.filter(|_| is_freeway)?;
        Some(
            [self.row.simulated_mps, self.trivial.speed_mps]
                .map(|predicted_mps| SpeedPair { observed_mps, predicted_mps }),
        )
    }
}

/// The agreement of the rows of a kind.
fn of_kind(kind: &'static str, told: &[Told<'_>], sample: f64, congested_mps: f64) -> OfKind {
    let pairs: Vec<Pair> = told.iter().map(|told| told.row.pair()).collect();
    let baseline: Vec<Pair> = told.iter().filter_map(Told::baseline).collect();
    let speeds: Vec<[SpeedPair; 2]> = told.iter().filter_map(Told::speeds).collect();
    let [speed, baseline_speed] =
        [0, 1].map(|model: usize| Speeds::of(speeds.iter().map(|both| both[model]), congested_mps));
    let sites: BTreeSet<(&str, LinkId)> =
        told.iter().map(|told| (told.row.station.as_str(), told.row.link)).collect();
    OfKind {
        kind,
        n_sites: sites.len() as u64,
        observed: pairs.iter().map(|pair| pair.observed_vph).sum(),
        simulated: pairs.iter().map(|pair| pair.simulated_vph).sum(),
        fit: Fit::of(&pairs),
        baseline: Fit::of(&baseline),
        speed,
        baseline_speed,
        floor: floor(&spreads(told), sample),
    }
}

/// One row a site and hour in which all stations of the site counted.
fn rows(network: &Network, counts: &Counts, matching: &Matching, hourly: &Hourly, sample: f64) -> Vec<Row> {
    let observed: BTreeMap<(u32, u8), &HourCount> =
        counts.hours.iter().map(|hour| ((hour.station, hour.hour), hour)).collect();
    let mut rows = Vec::new();
    for site in &matching.sites {
        for hour in 0..24u8 {
            let seen: Option<Vec<&HourCount>> =
                site.stations.iter().map(|&station| observed.get(&(station, hour)).copied()).collect();
            if let Some(seen) = seen {
                rows.push(row(network, counts, site, hour, &seen, hourly, sample));
            }
        }
    }
    rows
}

/// Observed and simulated volume and speed of a site in an hour; variances of its stations add up.
fn row(
    network: &Network,
    counts: &Counts,
    site: &Site,
    hour: u8,
    seen: &[&HourCount],
    hourly: &Hourly,
    sample: f64,
) -> Row {
    let station = &counts.stations[site.stations[0] as usize];
    let road = network.link(site.link);
    let observed_vph: f64 = seen.iter().map(|count| count.volume_vph).sum();
    let simulated_vph = hourly.left[usize::from(hour) * hourly.n_links + site.link.index()] / sample;
    let lanes: f64 = site.stations.iter().map(|&of| f64::from(counts.stations[of as usize].lanes)).sum();
    let variance: Option<f64> = seen.iter().map(|count| count.volume_sd.map(|sd| sd * sd)).sum();
    Row {
        station: station.name.clone(),
        link: site.link,
        hour,
        kind: site.kind,
        class: road.class,
        route: station.route.as_ref().map_or(String::new(), |(number, way)| format!("{number} {way}")),
        lanes: road.lanes,
        station_lanes: if lanes > 0.0 { lanes } else { road.lanes },
        observed_vph,
        simulated_vph,
        geh: geh(simulated_vph, observed_vph),
        volume_sd: variance.map(sqrt),
        days: seen.iter().map(|count| count.days).min().unwrap_or(0),
        observed_mps: mean_speed(seen),
        simulated_mps: hourly.speed_mps(site.link.index(), usize::from(hour), road.length_m),
        confidence: site.confidence,
    }
}

/// Mean speed of a site's stations weighted by volume; `None` unless all of them give one.
fn mean_speed(seen: &[&HourCount]) -> Option<f64> {
    if let [only] = seen {
        return only.speed_mps;
    }
    let (mut sum, mut volume) = (0.0, 0.0);
    for count in seen {
        sum += count.volume_vph * count.speed_mps?;
        volume += count.volume_vph;
    }
    (volume > 0.0).then(|| sum / volume)
}

/// The rows whose spread from day to day is known.
fn spreads(told: &[Told<'_>]) -> Vec<Spread> {
    let of =
        |row: &Row| Some(Spread { volume_vph: row.observed_vph, sd_vph: row.volume_sd?, days: row.days });
    told.iter().filter_map(|told| of(told.row)).collect()
}

/// The agreement by group, in the order of the keys; rows without a key are left out.
fn group<K: Ord>(rows: &[&Row], key: impl Fn(&Row) -> Option<K>) -> Vec<Group<K>> {
    let mut groups: BTreeMap<K, Vec<Pair>> = BTreeMap::new();
    for row in rows {
        if let Some(key) = key(row) {
            groups.entry(key).or_default().push(row.pair());
        }
    }
    groups
        .into_iter()
        .map(|(key, pairs)| Group {
            key,
            observed: pairs.iter().map(|pair| pair.observed_vph).sum(),
            simulated: pairs.iter().map(|pair| pair.simulated_vph).sum(),
            fit: Fit::of(&pairs),
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::matching::{Rule, find};
    use super::super::station::Station;
    use super::*;
    use crate::network::tests::ring;

    /// A row of a mainline station without a link that matters.
    pub(in super::super) fn row(station: &str, hour: u8) -> Row {
        Row {
            station: station.into(),
            link: LinkId(0),
            hour,
            kind: StationKind::Mainline,
            class: RoadClass::Freeway,
            route: String::new(),
            lanes: 2.0,
            station_lanes: 2.0,
            observed_vph: 1000.0,
            simulated_vph: 1000.0,
            geh: 0.0,
            volume_sd: None,
            days: 1,
            observed_mps: None,
            simulated_mps: None,
            confidence: 1.0,
        }
    }

    /// Two stations named onto links 0 and 1 of a ring, observed at 8 and 9 o'clock, and one onto no link.
    fn counts() -> Counts {
        let station = |name: &str, link: &str| Station {
            name: name.into(),
            route: Some(("1".into(), 'N')),
            kind: StationKind::Mainline,
            xy_m: None,
            lanes: 1,
            link: Some(link.into()),
            crossing: None,
        };
        let seen = |station, hour, volume_vph| HourCount {
            station,
            hour,
            volume_vph,
            volume_sd: Some(volume_vph / 10.0),
            speed_mps: Some(10.0),
            days: 25,
        };
        Counts {
            stations: vec![station("a", "0"), station("b", "1"), station("c", "none")],
            hours: vec![seen(0, 8, 1000.0), seen(0, 9, 500.0), seen(1, 8, 2000.0), seen(2, 8, 1.0)],
            year: None,
        }
    }

    fn bins(volumes: &[(usize, u32, u32)]) -> LinkBins {
        let mut bins = LinkBins::new(3, 900, 86_400);
        for &(link, hour, volume) in volumes {
            let at = bins.bin(hour * 3600) * 3 + link;
            bins.left[at] = volume;
            bins.entered[at] = volume;
            bins.time_sum_s[at] = volume * 40; // 500 m in 40 s.
        }
        bins
    }

    #[test]
    fn a_tenth_sample_is_scaled_up_and_compared() {
        let (network, counts) = (ring(3), counts());
        let matching = find(&network, &counts, &Rule::default());
        let bins = bins(&[(0, 8, 110), (0, 9, 50), (1, 8, 200), (2, 3, 10)]);
        let (validation, rows) = measure(&network, &counts, &matching, &bins, 0.1, 11.0);
        assert_eq!((validation.n_stations, validation.n_matched, rows.len()), (3, 2, 3));
        assert_eq!(validation.unmatched, BTreeMap::from([(Reason::UnknownLink, 1)]));
        assert!((rows[0].simulated_vph - 1100.0).abs() < 1e-9 && rows[0].simulated_mps == Some(12.5));
        let head = &validation.headline;
        assert_eq!((head.kind, head.n_sites, validation.by_kind.len()), ("mainline", 2, 1));
        assert!((head.fit.volume_mape.unwrap() - 0.1 / 3.0).abs() < 1e-12);
        assert_eq!(head.fit.geh_lt5_share, Some(1.0));
        // Observed 10 m/s, which is congested; simulated 12.5, which is not.
        assert!((head.speed.congested.mape.unwrap() - 0.25).abs() < 1e-12);
        assert_eq!((head.speed.misses, head.speed.hits, head.speed.both_free), (3, 0, 0));
        assert_eq!((head.baseline_speed.hits, head.baseline_speed.misses), (2, 1), "alone at 9");
        let hours: Vec<_> = validation.by_hour.iter().map(|group| (group.key, group.fit.n)).collect();
        assert_eq!(hours, [(8, 2), (9, 1)]);
        assert!((validation.vmt_km - 3700.0 * 0.5).abs() < 1e-6, "{}", validation.vmt_km);
        // The trivial model says 2000 and 1000 at 8, and nothing at 9, where one station is alone.
        assert_eq!((head.baseline.n, head.baseline.volume_mape), (2, Some(0.75)));
        let want = 0.1 / 5.0 * (2.0 / std::f64::consts::PI).sqrt();
        assert!((head.floor.mean.volume_mape.unwrap() - want).abs() < 1e-12);
        let periods: Vec<_> =
            validation.by_period.iter().map(|g| (g.key, g.observed, g.simulated.round())).collect();
        assert_eq!(periods, [(Period::Am, 3500.0, 3600.0)]);
    }

    #[test]
    fn mainline_and_carpool_are_one_stream() {
        let (network, mut counts) = (ring(3), counts());
        counts.hours[2].speed_mps = Some(20.0);
        let site = Site {
            link: LinkId(0),
            stations: vec![0, 1],
            kind: StationKind::Mainline,
            distance_m: 0.0,
            turn_deg: 0.0,
            confidence: 1.0,
        };
        let matching = Matching { sites: vec![site], unmatched: vec![] };
        let (_, rows) = measure(&network, &counts, &matching, &bins(&[]), 1.0, 11.0);
        // At 9 the carpool lane was not observed: no row.
        assert_eq!((rows.len(), rows[0].observed_vph, rows[0].station_lanes), (1, 3000.0, 2.0));
        assert!((rows[0].observed_mps.unwrap() - 50.0 / 3.0).abs() < 1e-12);
        assert!((rows[0].volume_sd.unwrap() - (100f64 * 100.0 + 200.0 * 200.0).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn validation_json_keeps_its_keys() {
        let (network, counts) = (ring(3), counts());
        let matching = find(&network, &counts, &Rule::default());
        let (validation, _) = measure(&network, &counts, &matching, &bins(&[]), 1.0, 11.0);
        let json = serde_json::to_value(&validation).unwrap();
        for key in [
            "n_stations",
            "n_matched",
            "headline",
            "all",
            "by_kind",
            "by_hour",
            "by_period",
            "by_class",
            "by_route",
            "vmt_km",
            "vht_h",
            "congested_mps",
            "criteria",
        ] {
            assert!(json.get(key).is_some(), "{key}");
        }
        assert_eq!(json["by_class"][0]["key"], "arterial");
        assert_eq!(json["by_route"][0]["key"], "1 N");
        assert_eq!(json["unmatched"]["unknown-link"], 1);
        for key in ["geh_lt5_share", "volume_mape", "r2", "floor", "baseline", "speed", "baseline_speed"] {
            assert!(json["headline"].get(key).is_some(), "{key}");
        }
        assert_eq!(json["headline"]["kind"], "mainline");
        assert_eq!(json["headline"]["speed"]["misses"], 3, "nobody drove");
        assert!(json["headline"]["speed"]["congested"]["mape"].is_null(), "nobody drove");
    }

    #[test]
    fn ramps_stand_apart_from_the_headline() {
        let (network, mut counts) = (ring(3), counts());
        counts.stations[1].kind = StationKind::OnRamp;
        let site = |station: u32, kind| Site {
            link: LinkId(station),
            stations: vec![station],
            kind,
            distance_m: 0.0,
            turn_deg: 0.0,
            confidence: 1.0,
        };
        let sites = vec![site(0, StationKind::Mainline), site(1, StationKind::OnRamp)];
        let matching = Matching { sites, unmatched: vec![] };
        // The ramp fits, the mainline does not.
        let bins = bins(&[(0, 8, 500), (0, 9, 250), (1, 8, 2000)]);
        let (validation, _) = measure(&network, &counts, &matching, &bins, 1.0, 11.0);
        let shares: Vec<_> = validation.by_kind.iter().map(|of| (of.kind, of.fit.geh_lt5_share)).collect();
        assert_eq!(shares, [("mainline", Some(0.0)), ("on-ramp", Some(1.0))]);
        assert_eq!((validation.headline.fit.geh_lt5_share, validation.headline.fit.n), (Some(0.0), 2));
        assert_eq!(validation.all.fit.n, 3);
        assert_eq!(validation.by_kind[1].speed, Speeds::default(), "a slow ramp is no jam");
        assert_eq!(validation.criteria[3].n, 2);
        // Without a mainline the headline is everything.
        counts.stations[0].kind = StationKind::Other;
        let mut matching = matching;
        matching.sites[0].kind = StationKind::Other;
        let (validation, _) = measure(&network, &counts, &matching, &bins, 1.0, 11.0);
        assert_eq!((validation.headline.kind, validation.headline.fit.n), ("all", 3));
    }

    #[test]
    fn no_counts_at_all_is_no_panic() {
        let (network, counts) = (ring(3), Counts::default());
        let matching = find(&network, &counts, &Rule::default());
        let (validation, rows) = measure(&network, &counts, &matching, &bins(&[(0, 8, 1)]), 1.0, 11.0);
        assert_eq!((validation.n_matched, validation.headline.fit.volume_mape, rows.len()), (0, None, 0));
        assert!(validation.vmt_km > 0.0);
    }
}

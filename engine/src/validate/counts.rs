//! How far are simulated volumes and speeds from what detectors saw? The content of `validation.json`.
//!
//! All volumes are hourly and of the whole population (simulated ones divided by the sample share). Each
//! figure stands beside the floor that noise alone sets ([`super::floor`]) and a trivial baseline.
//! A detector's speed is a mean over vehicles passing a point, a simulated one the mean over a link: in
//! stop-and-go the first is the higher (Wardrop 1952), so speed errors are an upper bound there.

use super::criteria::{Criterion, fhwa_2004};
use super::fit::{Fit, Pair, geh};
use super::floor::{Floor, Spread, floor};
use super::matching::{Matching, Reason, Site};
use super::station::{Counts, HourCount, StationKind};
use super::travel::{Driven, Hourly, Travel, travel};
use crate::float::sqrt;
use crate::id::LinkId;
use crate::network::{Network, RoadClass};
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
    /// Its volumes and speeds.
    pub fn pair(&self) -> Pair {
        Pair {
            observed_vph: self.observed_vph,
            simulated_vph: self.simulated_vph,
            speeds_mps: self.observed_mps.zip(self.simulated_mps),
        }
    }
}

/// The agreement of a group of rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group<K> {
    /// Hour, class, kind or route.
    pub key: K,
    /// Sum of the observed volumes, vehicles.
    pub observed: f64,
    /// Sum of the simulated volumes, vehicles.
    pub simulated: f64,
    /// The measures of fit of this group.
    #[serde(flatten)]
    pub fit: Fit,
}

/// The content of `validation.json`. The figures at the top repeat those of `all` that a reader wants first.
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
    /// Share of site-hours with GEH below 5.
    pub geh_lt5_share: Option<f64>,
    /// Plain MAPE of volumes, a fraction.
    pub volume_mape: Option<f64>,
    /// Plain MAPE of speeds, a fraction.
    pub speed_mape: Option<f64>,
    /// Squared correlation of volumes.
    pub r2: Option<f64>,
    /// All measures over all site-hours.
    pub all: Fit,
    /// All measures over the sites matched with a confidence of at least 0.5.
    pub confident: Fit,
    /// By clock hour.
    pub by_hour: Vec<Group<u8>>,
    /// By class of the link.
    pub by_class: Vec<Group<RoadClass>>,
    /// By kind of the main station.
    pub by_kind: Vec<Group<&'static str>>,
    /// By route and direction.
    pub by_route: Vec<Group<String>>,
    /// Vehicle-kilometres of the day, whole population: the sum of `travel`.
    pub vmt_km: f64,
    /// Vehicle-hours of the day, whole population ([`Driven::vht_h`]).
    pub vht_h: f64,
    /// Both by hour and class.
    pub travel: Vec<Travel>,
    /// What a perfect model would show.
    pub floor: Floor,
    /// What a trivial one shows: at every site the mean observed volume per lane of that hour times its
    /// lanes, and the mean observed speed of that hour. It has seen the counts, so it is a hard baseline.
    pub baseline: Fit,
    /// Acceptance rules by name.
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
) -> (Validation, Vec<Row>) {
    measure_run(network, counts, matching, &Driven { bins, trips: None, sample })
}

/// Compares a day with the counts. Returns the summary and its rows, ordered by site, then hour.
///
/// An hour of a site counts only when all its stations were observed in it.
pub fn measure_run(
    network: &Network,
    counts: &Counts,
    matching: &Matching,
    driven: &Driven<'_>,
) -> (Validation, Vec<Row>) {
    let sample = driven.sample;
    let hourly = Hourly::of(driven.bins);
    let rows = rows(network, counts, matching, &hourly, sample);
    let pairs: Vec<Pair> = rows.iter().map(Row::pair).collect();
    let confident: Vec<Pair> = rows.iter().filter(|row| row.confidence >= 0.5).map(Row::pair).collect();
    let hours: BTreeSet<u8> = rows.iter().map(|row| row.hour).collect();
    let travel = travel(network, &hourly, driven);
    let all = Fit::of(&pairs);
    let validation = Validation {
        n_stations: counts.stations.len() as u64,
        n_matched: matching.n_matched() as u64,
        n_sites: matching.sites.len() as u64,
        n_links: matching.sites.iter().map(|site| site.link).collect::<BTreeSet<_>>().len() as u64,
        sample,
        geh_lt5_share: all.geh_lt5_share,
        volume_mape: all.volume_mape,
        speed_mape: all.speed_mape,
        r2: all.r2,
        all,
        confident: Fit::of(&confident),
        by_hour: group(&rows, |row| Some(row.hour)),
        by_class: group(&rows, |row| Some(row.class)),
        by_kind: group(&rows, |row| Some(row.kind.name())),
        by_route: group(&rows, |row| Some(row.route.clone()).filter(|route| !route.is_empty())),
        vmt_km: travel.iter().map(|t| t.vmt_km).sum(),
        vht_h: driven.vht_h(),
        travel,
        floor: floor(&spreads(&rows), sample),
        baseline: Fit::of(&baseline(&rows)),
        criteria: fhwa_2004(&pairs, hours.len()),
        unmatched: matching.reasons(),
    };
    (validation, rows)
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
    let variance: Option<f64> = seen.iter().map(|count| count.volume_sd.map(|sd| sd * sd)).sum();
    Row {
        station: station.name.clone(),
        link: site.link,
        hour,
        kind: site.kind,
        class: road.class,
        route: station.route.as_ref().map_or(String::new(), |(number, way)| format!("{number} {way}")),
        lanes: road.lanes,
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
fn spreads(rows: &[Row]) -> Vec<Spread> {
    rows.iter()
        .filter_map(|row| {
            Some(Spread { volume_vph: row.observed_vph, sd_vph: row.volume_sd?, days: row.days })
        })
        .collect()
}

/// The trivial model's pairs, see [`Validation::baseline`].
fn baseline(rows: &[Row]) -> Vec<Pair> {
    let mut sums = [[0.0; 4]; 24];
    for row in rows {
        let [volume, lanes, speed, n_speed] = &mut sums[usize::from(row.hour)];
        *volume += row.observed_vph;
        *lanes += row.lanes;
        *speed += row.observed_mps.unwrap_or(0.0);
        *n_speed += f64::from(u8::from(row.observed_mps.is_some()));
    }
    rows.iter()
        .map(|row| {
            let [volume, lanes, speed, n_speed] = sums[usize::from(row.hour)];
            Pair {
                observed_vph: row.observed_vph,
                simulated_vph: volume / lanes * row.lanes,
                speeds_mps: row.observed_mps.map(|observed| (observed, speed / n_speed)),
            }
        })
        .collect()
}

/// The agreement by group, in the order of the keys; rows without a key are left out.
fn group<K: Ord>(rows: &[Row], key: impl Fn(&Row) -> Option<K>) -> Vec<Group<K>> {
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
mod tests {
    use super::super::matching::{Rule, find};
    use super::super::station::Station;
    use super::*;
    use crate::network::tests::ring;

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
        let (validation, rows) = measure(&network, &counts, &matching, &bins, 0.1);
        assert_eq!((validation.n_stations, validation.n_matched, rows.len()), (3, 2, 3));
        assert_eq!(validation.unmatched, BTreeMap::from([(Reason::UnknownLink, 1)]));
        assert!((rows[0].simulated_vph - 1100.0).abs() < 1e-9 && rows[0].simulated_mps == Some(12.5));
        assert!((validation.volume_mape.unwrap() - 0.1 / 3.0).abs() < 1e-12);
        assert!((validation.speed_mape.unwrap() - 0.25).abs() < 1e-12);
        assert_eq!(validation.geh_lt5_share, Some(1.0));
        let hours: Vec<_> = validation.by_hour.iter().map(|group| (group.key, group.fit.n)).collect();
        assert_eq!(hours, [(8, 2), (9, 1)]);
        assert!((validation.vmt_km - 3700.0 * 0.5).abs() < 1e-6, "{}", validation.vmt_km);
        // The trivial model says 1500, 500 and 1500.
        assert!((validation.baseline.volume_mape.unwrap() - 0.25).abs() < 1e-12);
        let want = 0.1 / 5.0 * (2.0 / std::f64::consts::PI).sqrt();
        assert!((validation.floor.mean.volume_mape.unwrap() - want).abs() < 1e-12);
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
        let (_, rows) = measure(&network, &counts, &matching, &bins(&[]), 1.0);
        // At 9 the carpool lane was not observed: no row.
        assert_eq!((rows.len(), rows[0].observed_vph), (1, 3000.0));
        assert!((rows[0].observed_mps.unwrap() - 50.0 / 3.0).abs() < 1e-12);
        assert!((rows[0].volume_sd.unwrap() - (100f64 * 100.0 + 200.0 * 200.0).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn validation_json_keeps_its_keys() {
        let (network, counts) = (ring(3), counts());
        let matching = find(&network, &counts, &Rule::default());
        let (validation, _) = measure(&network, &counts, &matching, &bins(&[]), 1.0);
        let json = serde_json::to_value(&validation).unwrap();
        for key in [
            "n_stations",
            "n_matched",
            "geh_lt5_share",
            "volume_mape",
            "speed_mape",
            "r2",
            "by_hour",
            "by_class",
            "by_route",
            "vmt_km",
            "vht_h",
            "floor",
            "baseline",
            "criteria",
        ] {
            assert!(json.get(key).is_some(), "{key}");
        }
        assert_eq!(json["by_class"][0]["key"], "arterial");
        assert_eq!(json["by_route"][0]["key"], "1 N");
        assert_eq!(json["unmatched"]["unknown-link"], 1);
        assert!(json["speed_mape"].is_null(), "nobody drove");
    }

    #[test]
    fn no_counts_at_all_is_no_panic() {
        let (network, counts) = (ring(3), Counts::default());
        let matching = find(&network, &counts, &Rule::default());
        let (validation, rows) = measure(&network, &counts, &matching, &bins(&[(0, 8, 1)]), 1.0);
        assert_eq!((validation.n_matched, validation.volume_mape, rows.len()), (0, None, 0));
        assert!(validation.vmt_km > 0.0);
    }
}

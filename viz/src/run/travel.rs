//! How much is driven where, where it jams, and what is paid: counted from the last day of a run.

use super::Story;
use super::areas::{Areas, Regions};
use super::cards::short;
use super::lost::Lost;
use crate::report::{Desire, Driven, PurposeTrips, Section, Table};
use crate::text::grouped;
use engine::activity::Activity;
use engine::choice::way_m;
use engine::id::LegId;
use engine::network::{Network, RoadClass};
use engine::unit::{M_PER_MILE, MPS_PER_MPH};

/// Links in the table of bottlenecks.
const WORST: usize = 12;

/// Driven metres and hours lost, whole population.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    metres: f64,
    lost_h: f64,
}

/// What is driven on each link on the day. Distances are those of trips that arrived, so that they add up to the headline
/// number; times are those of vehicles that drove a link to its end.
pub(super) struct ByLink {
    /// Metres driven by link.
    metres: Vec<f64>,
    /// Metres driven by hour of the day in which a link is entered.
    by_hour_m: Vec<f64>,
    /// Hours lost.
    lost: Lost,
}

impl ByLink {
    /// Counts the last day of a run.
    pub(super) fn of(story: &Story<'_>) -> Self {
        let (network, learned, sample) = (story.network, story.learned, story.sample);
        let outcome = &learned.outcome;
        let mut metres = vec![0.0; network.links.len()];
        for (leg, moved) in outcome.moved.iter().enumerate() {
            let leg = LegId::new(leg);
            if learned.legs.drives(leg) && moved.arrive_s != u32::MAX {
                for link in learned.routes.of(leg).iter().skip(1) {
                    metres[link.index()] += network.link(*link).length_m / sample;
                }
            }
        }
        let lost = Lost::of(network, &outcome.bins, sample);
        let hours = lost.hourly.entered.chunks_exact(network.links.len().max(1));
        let length = |entered: &[f64]| -> f64 {
            entered.iter().zip(&network.links).map(|(n, link)| n * link.length_m / sample).sum()
        };
        let mut by_hour_m: Vec<f64> = hours.map(length).collect();
        by_hour_m.resize(24, 0.0);
        let trips = Some((&learned.legs, &learned.routes, &outcome.moved[..]));
        let day = engine::validate::travel::Driven { bins: &outcome.bins, trips, sample };
        day.last_links().for_each(|(link, hour)| by_hour_m[hour] += network.link(link).length_m / sample);
        Self { metres, by_hour_m, lost }
    }
}

/// What is driven and lost by region, by class of road and by hour; groups in which nobody drives are left out.
pub(super) fn driven(story: &Story<'_>, by_link: &ByLink) -> Vec<Driven> {
    let network = story.network;
    let row = |by: &str, group: &str, sum: Sum| Driven {
        by: by.into(),
        group: group.into(),
        metres: sum.metres,
        lost_h: sum.lost_h,
    };
    let regions = Regions::new(story.zones);
    let mut rows = Vec::new();
    if regions.names().len() > 1 {
        let of_link = regions.of_links(network);
        let of_region = sums(by_link, regions.names().len(), |link| of_link[link]);
        rows.extend(regions.names().iter().zip(of_region).map(|(name, sum)| row("region", name, sum)));
    }
    let of_class = sums(by_link, RoadClass::ALL.len(), |link| Some(network.links[link].class as usize));
    rows.extend(RoadClass::ALL.iter().zip(of_class).map(|(class, sum)| row("class", class.name(), sum)));
    rows.retain(|row| row.metres > 0.0);
    let n = network.links.len();
    rows.extend(by_link.by_hour_m.iter().enumerate().map(|(hour, metres)| {
        let lost_h = by_link.lost.lost_h[hour * n..(hour + 1) * n].iter().sum();
        row("hour", &format!("{hour:02}"), Sum { metres: *metres, lost_h })
    }));
    rows
}

/// Tables of what is driven and lost: by region, by class of road, the worst links, traffic over the borders of regions,
/// and tolls.
pub(super) fn tables(story: &Story<'_>, by_link: &ByLink, driven: &[Driven]) -> Vec<Table> {
    let regions = Regions::new(story.zones);
    let mut tables = vec![worst(story, &by_link.lost)];
    tables.push(driven_by(driven, "region", "Driven by county or region", "Region"));
    if regions.names().len() > 1 {
        tables.extend(crossing(story, by_link, &regions));
    }
    tables.push(driven_by(driven, "class", "Driven by class of road", "Class"));
    tables.extend(tolls(story));
    tables.retain(|table| !table.rows.is_empty());
    tables
}

/// Sums over the links of each of `n` groups; a link of no group counts nowhere.
fn sums(by_link: &ByLink, n: usize, group: impl Fn(usize) -> Option<usize>) -> Vec<Sum> {
    let mut sums = vec![Sum::default(); n];
    for (link, metres) in by_link.metres.iter().enumerate() {
        let Some(sum) = group(link).and_then(|group| sums.get_mut(group)) else { continue };
        sum.metres += metres;
        sum.lost_h += by_link.lost.daily_h(link);
    }
    sums
}

/// Distances, hours and delays by group of one kind.
fn driven_by(driven: &[Driven], by: &str, title: &str, group: &str) -> Table {
    let rows: Vec<&Driven> = driven.iter().filter(|of| of.by == by).collect();
    let all = rows.iter().map(|of| of.metres).sum::<f64>().max(f64::MIN_POSITIVE);
    let row = |of: &&Driven| {
        vec![
            of.group.clone(),
            short(of.metres / M_PER_MILE),
            format!("{:.1} %", 100.0 * of.metres / all),
            short(of.lost_h),
        ]
    };
    Table {
        section: Section::Map,
        title: title.into(),
        text:
            "Vehicle miles of a day, their share, and vehicle hours lost against free flow; whole population."
                .into(),
        columns: [group, "Vehicle miles", "Share", "Hours lost"].map(String::from).to_vec(),
        links: Vec::new(),
        rows: rows.iter().map(row).collect(),
    }
}

/// The links on which most vehicle hours are lost in a day, with the hour in which it is worst and the speed in it. With
/// their names: that is what a planner looks for first.
fn worst(story: &Story<'_>, lost: &Lost) -> Table {
    let ranked = lost.worst(WORST);
    let row = |&k: &usize| {
        let link = &story.network.links[k];
        let (lost_h, hour) = (lost.daily_h(k), lost.worst_hour(k));
        let speed = lost
            .hourly
            .speed_mps(k, hour, link.length_m)
            .map_or("–".into(), |mps| format!("{:.0}", mps / MPS_PER_MPH));
        let free = format!("{:.0}", link.freespeed_mps / MPS_PER_MPH);
        vec![
            road(story.network, story.locations, k),
            link.class.name().into(),
            if lost_h < 10.0 { format!("{lost_h:.1}") } else { grouped(lost_h) },
            format!("{hour:02}:00"),
            grouped(lost.volume(k, hour)),
            format!("{speed} of {free}"),
        ]
    };
    Table {
        section: Section::Map,
        title: "Worst bottlenecks".into(),
        text: "Links by the vehicle hours that are lost on them in a day against free flow, with their worst hour, its vehicles and its speed (mph). A name shows its link on the map.".into(),
        columns: ["Road", "Class", "Hours lost", "Worst hour", "Vehicles in it", "Speed in it"].map(String::from).to_vec(),
        links: ranked.iter().map(|k| *k as u32).collect(),
        rows: ranked.iter().map(row).collect(),
    }
}

/// A link in words: where it is, else its class; and its name in the source.
pub(super) fn road(network: &Network, locations: &[Option<String>], link: usize) -> String {
    let location = locations[link].as_deref();
    let link = &network.links[link];
    format!("{}, link {}", location.unwrap_or(link.class.name()), link.name)
}

/// Vehicles a day over each border between two regions: the screenlines that every run has. A link crosses where its ends
/// are in two regions.
fn crossing(story: &Story<'_>, by_link: &ByLink, regions: &Regions<'_>) -> Option<Table> {
    let network = story.network;
    let of_node: Vec<Option<usize>> =
        network.nodes.iter().map(|node| regions.at((node.x_m, node.y_m))).collect();
    let n = regions.names().len();
    let (mut volume, mut links) = (vec![0.0; n * n], vec![0u32; n * n]);
    for (number, link) in network.links.iter().enumerate() {
        if let (Some(a), Some(b)) = (of_node[link.from.index()], of_node[link.to.index()])
            && a != b
        {
            volume[a * n + b] += (0..24).map(|hour| by_link.lost.volume(number, hour)).sum::<f64>();
            links[a * n + b] += 1;
        }
    }
    let mut pairs: Vec<(usize, usize)> = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).collect();
    let both = |(a, b): &(usize, usize)| volume[a * n + b] + volume[b * n + a];
    pairs.retain(|pair| both(pair) > 0.0);
    pairs.sort_by(|x, y| both(y).total_cmp(&both(x)).then(x.cmp(y)));
    let row = |&(a, b): &(usize, usize)| {
        vec![
            format!("{} – {}", regions.names()[a], regions.names()[b]),
            (links[a * n + b] + links[b * n + a]).to_string(),
            grouped(volume[a * n + b]),
            grouped(volume[b * n + a]),
        ]
    };
    (!pairs.is_empty()).then(|| Table {
        section: Section::Map,
        title: "Traffic over borders".into(),
        text: "Vehicles a day on all links that cross from one county or region into another: screenlines. There: from the first to the second.".into(),
        columns: ["Between", "Links", "There", "Back"].map(String::from).to_vec(),
        links: Vec::new(),
        rows: pairs.iter().map(row).collect(),
    })
}

/// What vehicles pay on links with a toll, whole population; `None` without a toll. Vehicles are counted by quarter hours
/// of their entry, a quarter hour that a window cuts by its share.
fn tolls(story: &Story<'_>) -> Option<Table> {
    let bins = &story.learned.outcome.bins;
    let mut paid: Vec<(u32, f64, f64)> = Vec::new();
    for toll in &story.policy.tolls {
        let window = toll.window;
        let passages: f64 = (0..bins.n_bins)
            .map(|bin| {
                let (from_s, to_s) = (bin as u32 * bins.bin_s, (bin as u32 + 1) * bins.bin_s);
                let overlap_s = to_s.min(window.to_s).saturating_sub(from_s.max(window.from_s));
                let entered = bins.entered[bin * bins.n_links + window.link.index()];
                f64::from(entered) * f64::from(overlap_s) / f64::from(bins.bin_s)
            })
            .sum();
        paid.push((window.link.0, passages / story.sample, passages / story.sample * toll.amount));
    }
    paid.retain(|(_, passages, _)| *passages > 0.0);
    paid.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    let (passages, dollars) = paid.iter().fold((0.0, 0.0), |sum, toll| (sum.0 + toll.1, sum.1 + toll.2));
    let row = |&(link, passages, dollars): &(u32, f64, f64)| {
        vec![road(story.network, story.locations, link as usize), grouped(passages), grouped(dollars)]
    };
    (!paid.is_empty()).then(|| Table {
        section: Section::Map,
        title: "Tolls paid".into(),
        text: format!(
            "${} a day in all, for {} passages; by link, whole population. Who ends a trip on a tolled link is not counted.",
            grouped(dollars),
            grouped(passages)
        ),
        columns: ["Road", "Passages", "Dollars"].map(String::from).to_vec(),
        links: paid.iter().map(|toll| toll.0).collect(),
        rows: paid.iter().map(row).collect(),
    })
}

/// Trips of the whole population by purpose: the activity at their end. Empty where nothing is known but that something was
/// done, as of the travellers of a trip table.
pub(super) fn purposes(story: &Story<'_>) -> Vec<PurposeTrips> {
    let mut departures = vec![vec![0.0; 24]; Activity::COUNT];
    let mut lengths: Vec<Vec<f64>> = vec![Vec::new(); Activity::COUNT];
    for agent in story.agents {
        let Some(chain) = agent.chain else { continue };
        for (trip, leg) in agent.trips.0.iter().zip(story.learned.legs.of(agent.person)) {
            let Some(episode) = chain.0.get(usize::from(trip.episode) + 1) else { continue };
            let moved = story.learned.outcome.moved[leg.index()];
            if moved.depart_s == u32::MAX {
                continue;
            }
            let at = episode.activity.index();
            departures[at][(moved.depart_s / 3600 % 24) as usize] += 1.0 / story.sample;
            let drives = story.learned.legs.drives(leg);
            lengths[at].push(if drives { super::demand::route_m(story, leg) } else { way_m(trip) });
        }
    }
    let known = |activity: &Activity| !lengths[activity.index()].is_empty();
    if !Activity::ALL.iter().any(|activity| *activity != Activity::Other && known(activity)) {
        return Vec::new();
    }
    let of = |activity: &Activity| {
        let mut length_m = lengths[activity.index()].clone();
        length_m.sort_by(f64::total_cmp);
        let at = |share: f64| length_m[(share * (length_m.len() - 1) as f64).round() as usize].round();
        PurposeTrips {
            code: activity.code(),
            departures: departures[activity.index()].clone(),
            length_m: [0.1, 0.25, 0.5, 0.75, 0.9].map(at).to_vec(),
        }
    };
    Activity::ALL.iter().filter(|activity| known(activity)).map(of).collect()
}

/// Trips of the whole population by clock hour of departure.
pub(super) fn departures(story: &Story<'_>) -> Vec<f64> {
    let mut hours = vec![0.0; 24];
    let departed = story.learned.outcome.moved.iter().filter(|moved| moved.depart_s != u32::MAX);
    departed.for_each(|moved| hours[(moved.depart_s / 3600 % 24) as usize] += 1.0 / story.sample);
    hours
}

/// Trips between areas, by all modes.
pub(super) fn desire(story: &Story<'_>) -> Option<Desire> {
    let areas = Areas::new(story.network, &Regions::new(story.zones));
    let n = areas.names.len();
    let mut trips = vec![0.0; n * n];
    let legs = &story.learned.legs;
    for (from, to) in legs.from.iter().zip(&legs.to) {
        if let (Some(a), Some(b)) = (areas.of_link[from.index()], areas.of_link[to.index()]) {
            trips[a.min(b) * n + a.max(b)] += 1.0 / story.sample;
        }
    }
    let trips = trips.into_iter().enumerate().map(|(at, trips)| (at / n, at % n, trips));
    let trips: Vec<_> = trips.filter(|(_, _, trips)| *trips > 0.0).collect();
    (n > 1).then_some(Desire { names: areas.names, at_m: areas.at_m, squares: areas.squares, trips })
}

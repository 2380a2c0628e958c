//! A made-up report for tests: a grid of streets with two freeways, and figures of every kind.

use engine::activity::Activity;
use engine::clock::Phase;
use engine::learn::Iteration;
use engine::network::{Link, Network, Node, RoadClass};
use engine::validate::compare::{Both, Gain, LinkChange};
use engine::validate::day::Check;
use engine::validate::matching::Reason;
use engine::validate::yardstick::{Compared, OnTheRoad};
use engine::{draw, float, id::LinkId, id::NodeId, mode::ModeSet, projection::Crs};
use std::collections::BTreeMap;
use viz::*;

/// A number in 0..1 that depends only on its arguments.
fn noise(entity: u64, step: u32) -> f64 {
    draw::draw(7, draw::Purpose::Test, entity, step).uniform()
}

/// `side`² junctions 400 m apart, streets both ways, and two freeways crossing in the middle.
pub fn network(side: usize) -> Network {
    let step_m = 400.0;
    let at = |column: usize, row: usize| NodeId::new(row * side + column);
    let mut nodes = Vec::new();
    for row in 0..side {
        for column in 0..side {
            nodes.push(Node {
                name: format!("n{row}-{column}"),
                x_m: 550_000.0 + step_m * column as f64,
                y_m: 4_180_000.0 + step_m * row as f64,
            });
        }
    }
    let mut links = Vec::new();
    let mut both = |a: NodeId, b: NodeId, line: usize, ways: [char; 2]| {
        let (class, route, speed_mph, lanes) = match line {
            l if l == side / 2 => {
                (RoadClass::Freeway, Some(if ways[0] == 'E' { "92" } else { "101" }), 65.0, 4.0)
            }
            l if l.is_multiple_of(8) => (RoadClass::Arterial, None, 40.0, 2.0),
            l if l.is_multiple_of(4) => (RoadClass::Collector, None, 30.0, 1.0),
            _ => (RoadClass::Local, None, 25.0, 1.0),
        };
        for (from, to, way) in [(a, b, ways[0]), (b, a, ways[1])] {
            links.push(Link {
                name: format!("{}", links.len()),
                from,
                to,
                length_m: step_m,
                freespeed_mps: speed_mph * engine::unit::MPS_PER_MPH,
                capacity_vph: lanes * if class == RoadClass::Freeway { 2000.0 } else { 800.0 },
                lanes,
                modes: ModeSet::CAR,
                class,
                route: route.map(|r| (r.to_string(), way)),
                street: None,
                shape: Vec::new(),
            });
        }
    };
    for row in 0..side {
        for column in 0..side {
            if column + 1 < side {
                both(at(column, row), at(column + 1, row), row, ['E', 'W']);
            }
            if row + 1 < side {
                both(at(column, row), at(column, row + 1), column, ['N', 'S']);
            }
        }
    }
    Network::new("made up", Crs::Epsg(32_610), nodes, links, Vec::new()).unwrap()
}

/// Two peaks, 0..1.
fn peaks(hour: usize) -> f64 {
    let bump = |middle: f64, wide: f64| float::exp(-(hour as f64 - middle) * (hour as f64 - middle) / wide);
    0.06 + 0.75 * bump(7.5, 3.0) + 0.45 * bump(12.5, 14.0) + 0.9 * bump(17.0, 5.0)
}

/// Volumes that grow towards the middle, `factor` more on freeways, and speeds that fall with them.
pub fn hourly(network: &Network, factor: f64) -> Hourly {
    let n = network.links.len();
    let (centre_x, centre_y) = network.middle(LinkId((n / 2) as u32));
    let mut day = Hourly { volume_vph: vec![0.0; 24 * n], speed_mps: vec![f32::NAN; 24 * n] };
    for id in network.link_ids() {
        let link = network.link(id);
        let (x, y) = network.middle(id);
        let far_m = ((x - centre_x) * (x - centre_x) + (y - centre_y) * (y - centre_y)).sqrt();
        let pull = float::exp(-far_m / 6_000.0) * (0.4 + noise(u64::from(id.0), 0));
        for hour in 0..24 {
            let extra = if link.class == RoadClass::Freeway { factor } else { 1.0 };
            let volume =
                (link.capacity_vph * pull * peaks(hour) * extra).min(link.capacity_vph * 1.05).round();
            if volume < 1.0 {
                continue;
            }
            let load = volume / link.capacity_vph;
            day.volume_vph[hour * n + id.index()] = volume as f32;
            day.speed_mps[hour * n + id.index()] =
                (link.freespeed_mps / (1.0 + 1.4 * load * load * load * load)) as f32;
        }
    }
    day
}

fn stations(network: &Network, day: &Hourly) -> Vec<StationHours> {
    let n = network.links.len();
    let counted =
        network.link_ids().filter(|&id| network.link(id).class <= RoadClass::Arterial && id.0 % 17 == 0);
    counted
        .map(|id| {
            let link = network.link(id);
            let (x, y) = network.middle(id);
            let hours = |f: &dyn Fn(usize) -> f64| (0..24).map(|h| Some(f(h))).collect::<Vec<_>>();
            let at = |values: &[f32], h: usize| f64::from(values[h * n + id.index()]);
            let wrong = 0.75 + 0.5 * noise(u64::from(id.0), 1);
            StationHours {
                name: format!("40{:04}", id.0),
                label: link
                    .route
                    .as_ref()
                    .map_or("arterial".into(), |(r, w)| format!("{r} {w}, {} lanes", link.lanes)),
                class: link.class.name().into(),
                kind: "mainline".into(),
                route: link.route.as_ref().map_or(String::new(), |(r, w)| format!("{r} {w}")),
                xy_m: Some((x, y)),
                link: Some(id.0),
                confidence: Some(0.9),
                observed_vph: hours(&|h| {
                    (at(&day.volume_vph, h) * (wrong + 0.2 * noise(u64::from(id.0), h as u32 + 2))).round()
                }),
                simulated_vph: hours(&|h| at(&day.volume_vph, h)),
                observed_mps: hours(&|h| at(&day.speed_mps, h).max(3.0) * 0.96),
                simulated_mps: hours(&|h| at(&day.speed_mps, h).max(3.0)),
            }
        })
        .collect()
}

fn fit(by: &str, group: &str, share: f64) -> Fit {
    Fit {
        by: by.into(),
        group: group.into(),
        measures: engine::validate::fit::Fit {
            n: 480,
            geh_lt5_share: Some(share),
            geh_lt10_share: Some((share + 0.3).min(1.0)),
            r2: Some(0.93),
            slope: Some(1.08),
            volume_mape: Some(0.18),
            rmse_pct: Some(22.0),
            ..Default::default()
        },
    }
}

fn sum(
    stations: &[StationHours],
    hour: usize,
    of: impl Fn(&StationHours) -> &Vec<Option<f64>>,
) -> Option<f64> {
    Some(stations.iter().filter_map(|s| of(s)[hour]).sum())
}

fn activities() -> Vec<ActivityDay> {
    let share = |shift: f64| {
        let mut rows = vec![vec![0.0; 96]; Activity::COUNT];
        for slot in 0..96 {
            let hour = slot as f64 / 4.0;
            let day = float::exp(-(hour - 12.5 - shift) * (hour - 12.5 - shift) / 18.0);
            let evening = float::exp(-(hour - 18.5) * (hour - 18.5) / 6.0);
            for activity in Activity::ALL {
                rows[activity.index()][slot] = match activity {
                    Activity::Home => 0.0,
                    Activity::Work => 0.36 * day,
                    Activity::School => 0.14 * day,
                    _ => 0.012 * day + 0.03 * evening * noise(activity.index() as u64, 9),
                };
            }
            let away: f64 = rows.iter().map(|row| row[slot]).sum();
            rows[0][slot] = 1.0 - away - 0.05 * peaks(slot / 4);
        }
        rows
    };
    vec![
        ActivityDay { title: "Simulated".into(), share: share(0.0) },
        ActivityDay { title: "Survey".into(), share: share(0.6) },
    ]
}

/// Published figures of two measures, one without a counterpart.
fn yardsticks() -> Vec<Compared> {
    let figure = |measure: &str, group: &str, unit: &str, simulated: Option<f64>, yardstick: f64| Compared {
        measure: measure.into(),
        group: group.into(),
        unit: unit.into(),
        simulated,
        yardstick,
        ratio: simulated.map(|simulated| simulated / yardstick),
        source: "A household survey of the region with a long name, 2012-13, expanded weekday".into(),
    };
    vec![
        figure("stay-at-home", "worker", "share", Some(0.062), 0.131),
        figure("stay-at-home", "driving-age-pupil", "share", None, 0.152),
        figure("vmt", "all", "vehicle-mi", Some(103.5e6), 172e6),
    ]
}

/// Residents and lorries.
fn on_the_road() -> Vec<OnTheRoad> {
    let part = |layer: &str, vehicle: &str, most: f64| OnTheRoad {
        layer: layer.into(),
        vehicle: vehicle.into(),
        vehicles: (0..24).map(|hour| most * peaks(hour)).collect(),
    };
    vec![part("residents", engine::vehicle::ORDINARY, 400_000.0), part("trucks", "lorry", 40_000.0)]
}

/// Headline numbers of every tone.
fn cards() -> Vec<Card> {
    let card = |name: &str, value: &str, unit: &str, meaning: &str, tone| Card {
        name: name.into(),
        value: value.into(),
        unit: unit.into(),
        meaning: meaning.into(),
        tone,
    };
    vec![
        card("Persons", "758 140", "", "People simulated, one in ten of those who live here.", Tone::Plain),
        card("Trips", "2.61 M", "", "Journeys of a day by any mode.", Tone::Plain),
        card(
            "Vehicle miles travelled",
            "153.2 M",
            "veh·mi",
            "Sum over all cars of the miles driven in the day.",
            Tone::Plain,
        ),
        card("Mean speed", "31.4", "mph", "All miles driven divided by all hours driven.", Tone::Plain),
        card(
            "GEH below 5",
            "71.2 %",
            "",
            "Share of counted hours that fit well; FHWA guidance wants 85 %.",
            Tone::Poor,
        ),
        card(
            "Relative gap",
            "1.8 %",
            "",
            "Time drivers could still save by taking the fastest route.",
            Tone::Fair,
        ),
        card(
            "Pushed vehicles",
            "312",
            "",
            "Vehicles moved onto a full link after 30 s of standstill: a sign of gridlock if many.",
            Tone::Good,
        ),
    ]
}

/// Volume and speed through the day, the second with a gap at night.
fn curves(stations: &[StationHours]) -> Vec<Curve> {
    vec![
        Curve {
            title: "Volume, all stations".into(),
            unit: "vehicles per hour".into(),
            text: "Sum over all matched stations.".into(),
            simulated: (0..24).map(|h| sum(stations, h, |s| &s.simulated_vph)).collect(),
            observed: (0..24).map(|h| sum(stations, h, |s| &s.observed_vph)).collect(),
        },
        Curve {
            title: "Mean speed, freeways".into(),
            unit: "mph".into(),
            text: String::new(),
            simulated: (0..24).map(|h| Some(66.0 - 24.0 * peaks(h))).collect(),
            observed: (0..24).map(|h| (h != 3).then_some(65.0 - 19.0 * peaks(h))).collect(),
        },
    ]
}

/// One of a run that converges.
fn iteration(i: u32) -> Iteration {
    Iteration {
        iteration: i,
        relative_gap: 0.31 * float::exp(-0.6 * f64::from(i)),
        gap_peaks: [Some(0.31 * float::exp(-0.6 * f64::from(i))), None],
        gap_by_hour: vec![None, Some(0.02), Some(0.31 * float::exp(-0.6 * f64::from(i)))],
        excess_s: 40.0,
        gap_legs: 1_000_000,
        rerouted: 400_000 / u64::from(i + 1),
        mean_car_min: 18.0 - 0.5 * f64::from(i),
        pushed: 312,
        aborted: 0,
        moves: 31_000_000,
        route_s: 12.0,
        traffic_s: 20.0,
    }
}

/// Shares that change with distance, beside those of a survey.
fn modes() -> Vec<ModeShare> {
    ["0–1 mi", "1–3 mi", "3–10 mi", "over 10 mi"]
        .iter()
        .enumerate()
        .flat_map(|(band, distance)| {
            let car = 0.3 + 0.17 * band as f64;
            [("car", car), ("ride", 0.1), ("transit", 0.08), ("bike", 0.05), ("walk", 0.77 - car)].map(
                |(mode, share)| ModeShare {
                    distance: (*distance).into(),
                    mode: mode.into(),
                    model: share.max(0.0),
                    survey: Some((share + if mode == "car" { 0.03 } else { -0.0075 }).max(0.0)),
                },
            )
        })
        .collect()
}

/// Work in the morning, home in the evening, shops between.
fn purposes() -> Vec<PurposeTrips> {
    [(1, 17.5), (2, 7.5), (5, 12.0)]
        .map(|(code, middle)| {
            let trips = |hour: usize| {
                let off = hour as f64 - middle;
                (1000.0 * float::exp(-off * off / 9.0)).round()
            };
            PurposeTrips {
                code,
                departures: (0..24).map(trips).collect(),
                length_m: [0.5, 1.0, 2.5, 8.0, 30.0].map(|km| km * 1000.0 / f64::from(code)).to_vec(),
            }
        })
        .to_vec()
}

/// Three areas, of which two have most of the trips.
fn desire() -> Desire {
    Desire {
        names: ["North", "South bay", "East"].map(String::from).to_vec(),
        at_m: vec![(550_000.0, 4_190_000.0), (551_000.0, 4_180_000.0), (560_000.0, 4_183_000.0)],
        squares: false,
        trips: vec![(0, 0, 5000.0), (0, 1, 2600.0), (1, 1, 900.0), (1, 2, 310.0)],
    }
}

/// The edge of the grid, and a line through its middle.
fn borders(side: usize) -> Vec<Border> {
    let far = 400.0 * (side - 1) as f64;
    let at = |(x, y): (f64, f64)| (550_000.0 + x * far, 4_180_000.0 + y * far);
    let line =
        |kind, points: &[(f64, f64)]| Border { kind, points_m: points.iter().map(|p| at(*p)).collect() };
    vec![
        line(BorderKind::Outside, &[(-0.1, -0.1), (1.1, -0.1), (1.1, 1.1), (-0.1, 1.1), (-0.1, -0.1)]),
        line(BorderKind::Region, &[(0.3, -0.1), (0.4, 0.5), (0.3, 1.1)]),
        line(BorderKind::Zone, &[(0.4, 0.5), (1.1, 0.5)]),
    ]
}

/// A table with numbers and words.
fn totals() -> Table {
    Table {
        section: Section::Demand,
        title: "Fit of the population".into(),
        text: "Simulated people against the totals of the zones.".into(),
        columns: vec!["Control".into(), "Wanted".into(), "Made".into(), "Error".into()],
        rows: vec![
            vec!["Households".into(), "2 700 805".into(), "2 700 805".into(), "0.00 %".into()],
            vec!["Workers".into(), "3 412 018".into(), "3 409 977".into(), "−0.06 %".into()],
        ],
        links: Vec::new(),
    }
}

/// One that passed and one that failed.
fn checks() -> Vec<Check> {
    vec![
        Check { name: "Vehicles are conserved".into(), checked: 1_204_331, failed: 0, first: String::new() },
        Check {
            name: "Capacity is kept".into(),
            checked: 37_920,
            failed: 1,
            first: "link 812, 08:15: 512 left, at most 500 may".into(),
        },
    ]
}

/// Fit of all station-hours, by hour and by class.
fn fits() -> Vec<Fit> {
    let mut fits = vec![fit("all", "all stations", 0.712)];
    fits.extend((0..24).map(|h| fit("hour", &format!("{h:02}:00"), 0.95 - 0.4 * peaks(h))));
    fits.extend([fit("class", "freeway", 0.81), fit("class", "ramp", 0.55), fit("class", "arterial", 0.88)]);
    fits
}

/// A report with something in every place.
pub fn report(side: usize) -> Report {
    let network = network(side);
    let day = hourly(&network, 1.0);
    let stations = stations(&network, &day);
    let mut map = Map::new(&network, day);
    map.borders = borders(side);
    map.places = vec![PlaceName { name: "West End".into(), at_m: (551_000.0, 4_181_000.0) }];
    map.marks = vec![
        Mark { link: 100, closed: true, what: "closed 06:00–20:00".into() },
        Mark { link: 420, closed: false, what: "2 of 3 lanes all day".into() },
    ];
    Report {
        title: "Grid county, typical weekday".into(),
        scenario: "scenarios/grid".into(),
        question: "How does the morning change when the centre loses a lane?".into(),
        seed: 42,
        sample: 0.1,
        version: "0.1.0".into(),
        commit: "fc3579e".into(),
        cards: cards(),
        curves: curves(&stations),
        stations,
        map: Some(map),
        fit: fits(),
        unmatched: BTreeMap::from([(Reason::NoPosition, 41), (Reason::KindNotSimulated, 310)]),
        activities: activities(),
        iterations: (0..6).map(iteration).collect(),
        modes: modes(),
        purposes: purposes(),
        desire: Some(desire()),
        yardsticks: yardsticks(),
        on_the_road: on_the_road(),
        tables: vec![totals()],
        checks: checks(),
        assumptions: vec![
            "Trucks and through traffic are not simulated.".into(),
            "Cars on their way at 30:00 are counted as aborted.".into(),
        ],
        warnings: vec!["edges.csv.gz:412: two links between the same nodes; both are kept".into()],
        phases: vec![
            Phase { name: "read".into(), seconds: 1.7, peak_memory_bytes: 210 << 20 },
            Phase { name: "people".into(), seconds: 42.0, peak_memory_bytes: 900 << 20 },
            Phase { name: "traffic".into(), seconds: 610.5, peak_memory_bytes: 3 << 30 },
        ],
        threads: 2,
        host: "2 cores, 24 GiB".into(),
        hash: "b3:5f1d".into(),
        ..Report::default()
    }
}

fn bottleneck(link: u32, lost_h: [f64; 2]) -> Bottleneck {
    Bottleneck { link, name: format!("92 E at River Street, link {link}"), lost_h, worst_hour: [7, 8] }
}

/// What is driven by region and hour.
fn driven(more: f64) -> Vec<Driven> {
    let row = |by: &str, group: &str, metres: f64| Driven {
        by: by.into(),
        group: group.into(),
        metres: metres * more,
        lost_h: metres * 1e-6 * more * more,
    };
    let mut all = vec![row("region", "North", 8.0e8), row("region", "South bay", 2.0e8)];
    all.extend((0..24).map(|hour| row("hour", &format!("{hour:02}"), 1e8 * peaks(hour))));
    all
}

/// A comparison: the freeway gets twice the traffic.
pub fn comparison(side: usize) -> Report {
    let network = network(side);
    let mut map = Map::new(&network, hourly(&network, 1.25));
    map.base = Some(hourly(&network, 1.0));
    map.marks = vec![Mark { link: 100, closed: true, what: "closed all day".into() }];
    let both = |a: f64, b: f64| Both { a, b, difference: b - a };
    let gain = |by: &'static str, key: &str, mean_s: f64, se_s: f64| Gain {
        by,
        key: key.into(),
        n: 120_000,
        time_min: both(0.0, mean_s / 60.0),
        standard_error_min: Some(se_s / 60.0),
        gain_share: 0.1,
        loss_share: 0.2,
        difference_h: 0.0,
    };
    Report {
        title: "Closure against base".into(),
        scenario: "scenarios/closure".into(),
        seed: 42,
        sample: 1.0,
        map: Some(map),
        comparison: Some(Comparison {
            base: "base".into(),
            variant: "closure".into(),
            change: engine::validate::compare::Comparison {
                n_persons: 600_000,
                n_alone: both(0.0, 0.0),
                n_replanned: 1200,
                n_incomplete: 0,
                unfinished_legs: both(0.0, 0.0),
                vmt_km: both(246.6e6, 249.3e6),
                vht_h: both(4.9e6, 5.2e6),
                gains: vec![
                    gain("Age", "18–34", 62.0, 11.0),
                    gain("Age", "35–64", 41.0, 9.0),
                    gain("Age", "65 and over", -8.0, 14.0),
                    gain("Income", "lowest third", -75.0, 12.0),
                    gain("Income", "highest third", 130.0, 15.0),
                ],
                settling: Some(engine::validate::compare::Settling {
                    excess_min: both(0.7, 3.7),
                    low_min: 2.6,
                    high_min: 7.0,
                }),
                modes: Vec::new(),
                hours: Vec::new(),
                links: vec![LinkChange { link: LinkId(100), volume: both(61_000.0, 0.0) }],
            },
            bottlenecks: vec![bottleneck(40, [80.0, 212.5]), bottleneck(100, [95.5, 0.0])],
            driven: [driven(1.0), driven(1.05)],
            departures: [1.0, 0.9].map(|n| (0..24).map(|hour| (9000.0 * n * peaks(hour)).round()).collect()),
            desire: Some([
                desire(),
                Desire { trips: vec![(0, 0, 5100.0), (0, 1, 2300.0), (1, 1, 900.0)], ..desire() },
            ]),
        }),
        ..Report::default()
    }
}

/// Three runs of one scenario: the third is jammed more, and drives less by it.
#[allow(dead_code)] // one of the tests that share this module does without
pub fn several() -> Report {
    let run = |number: u32, name: &str| {
        let more = 1.0 + 0.1 * f64::from(number);
        let driven = |by: &str, group: &str, metres: f64| Driven {
            by: by.into(),
            group: group.into(),
            metres: metres / more,
            lost_h: metres * 1e-6 * more,
        };
        let mut all = vec![driven("region", "North", 8.0e8), driven("region", "South bay", 2.0e8)];
        all.push(driven("class", "freeway", 6.0e8));
        all.extend((0..24).map(|hour| driven("hour", &format!("{hour:02}"), 1e8 * peaks(hour))));
        let numbers = [("persons", 2000.0), ("trips", 6400.0), ("vmt_km", 1.0e6 / more), ("vht_h", 25_000.0)];
        OneRun {
            name: name.into(),
            title: "Grid county".into(),
            seed: u64::from(number + 1),
            sample: 0.1,
            numbers: numbers.map(|(key, value)| (key.to_string(), value)).into(),
            modes: vec![("car".into(), 41_000.0), ("walk".into(), 20_000.0 * more)],
            departures: (0..24).map(|hour| (9000.0 * peaks(hour)).round()).collect(),
            driven: all,
            iterations: (0..4 + number).map(iteration).collect(),
            curves: Vec::new(),
        }
    };
    Report {
        title: "3 runs beside each other".into(),
        several: Some(Several {
            runs: vec![run(0, "base"), run(1, "second-seed"), run(2, "third")],
            differences: vec![("seed".into(), ["1", "2", "3"].map(String::from).to_vec())],
            warnings: vec!["They differ by their seed alone.".into()],
            only_seeds_differ: true,
        }),
        ..Report::default()
    }
}

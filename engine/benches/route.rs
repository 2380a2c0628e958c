//! Figures of routing, on one thread: `cargo bench --bench route`. Prints one JSON line a network: seconds to
//! build the hierarchy, CPU seconds to customize different bins of the day, paths per CPU second (full paths, queries
//! between random links and times), exact time-dependent searches per CPU second, memory of the metrics. `trips`
//! are queries of a usual length instead (nearest of 200 random links).
//!
//! Networks: square grids with two-way streets, of 39,600 and (with the argument `large`)
//! 488,600 links; the Bay Area (66,082 links), when `WAYFARE_DATA` tells where it is.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use engine::draw::{Purpose, draw};
use engine::id::{LinkId, NodeId};
use engine::mode::{Mode, ModeSet};
use engine::network::{Link, Network, Node, RoadClass};
use engine::projection::{Crs, Projection};
use engine::route::timed::{Timed, TimedScratch};
use engine::route::{LinkTimes, Query, Router};
use std::collections::BTreeMap;

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let arguments: Vec<String> = std::env::args().collect();
    let wants = |name: &str| arguments.iter().any(|argument| argument == name);
    pool.install(|| {
        measure("grid-39600", &grid(100), 96);
        match bay_area() {
            Some(network) => measure("bay-area", &network, 96),
            None => println!("skipped: bay-area needs WAYFARE_DATA"),
        }
        if wants("large") {
            // Eight bins: 96 would take 10 GB.
            measure("grid-488600", &grid(350), 8);
        }
    });
}

/// CPU seconds this process has used (Linux; ticks of 10 ms).
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = after.split_whitespace().skip(11).take(2).filter_map(|f| f.parse().ok()).collect();
    fields.iter().sum::<f64>() / 100.0
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = cpu_s();
    let value = work();
    (value, cpu_s() - start)
}

/// How busy an hour is: 1 around 8 and 17 o'clock, 0 at night.
fn peak(hour: f64) -> f64 {
    [8.0, 17.0].iter().map(|top| (1.0 - (hour - top).abs() / 3.0).max(0.0)).sum()
}

/// A trip of a usual length: to the nearest of 200 random links.
fn near(network: &Network, index: u64) -> Query {
    let mut stream = draw(3, Purpose::Test, index, 0);
    let n_links = network.links.len() as u32;
    let from = LinkId(stream.below(n_links));
    let here = network.middle(from);
    let distance = |id: &LinkId| {
        let there = network.middle(*id);
        (there.0 - here.0).powi(2) + (there.1 - here.1).powi(2)
    };
    let drawn = (0..200).map(|_| LinkId(stream.below(n_links)));
    let to = drawn.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
    Query { from, to, depart_s: draw(3, Purpose::Test, index, 1).below(86_400) }
}

fn measure(name: &str, network: &Network, n_bins: usize) {
    let (router, build_s) = timed(|| Router::new(network, Mode::Car).unwrap());
    let mut times = LinkTimes::free_flow(network, 86_400 / n_bins as u32, n_bins);
    for (at, time_s) in times.time_s.iter_mut().enumerate() {
        let (bin, link) = (at / times.n_links, at % times.n_links);
        let noise = draw(1, Purpose::Test, at as u64, 0).uniform();
        let jam = draw(1, Purpose::Test, link as u64, 1).uniform();
        *time_s *= (1.0 + 2.0 * jam * peak(24.0 * bin as f64 / times.n_bins as f64) + 0.05 * noise) as f32;
    }
    let (metrics, customize_s) = timed(|| router.customize(&times));
    let n_links = network.links.len() as u32;
    let queries: Vec<Query> = (0..100_000)
        .map(|index| {
            let mut stream = draw(2, Purpose::Test, index, 0);
            let (from, to) = (LinkId(stream.below(n_links)), LinkId(stream.below(n_links)));
            Query { from, to, depart_s: stream.below(86_400) }
        })
        .collect();
    let (batch, route_s) = timed(|| router.routes(&metrics, &queries).unwrap());
    let (found, find_s) = timed(|| router.find(&times, &queries).unwrap());
    assert_eq!(batch, found);
    let search = Timed::new(&router, &times);
    let mut scratch = TimedScratch::default();
    let mut exact = |queries: &[Query]| {
        let answer = || queries.iter().filter_map(|query| search.search(query, &mut scratch, None)).count();
        let (n_found, exact_s) = timed(answer);
        assert_eq!(n_found, queries.len());
        n_found as f64 / exact_s
    };
    let exact_far = exact(&queries[..2_000]);
    let trips: Vec<Query> = (0..10_000).map(|index| near(network, index)).collect();
    let exact_near = exact(&trips);
    let (near_batch, near_s) = timed(|| router.routes(&metrics, &trips).unwrap());
    println!(
        "{{\"network\":\"{name}\",\"links\":{n_links},\"arcs\":{},\"build_s\":{build_s:.2},\"bins\":{n_bins},\"customize_s\":{customize_s:.2},\
         \"metrics_mb\":{:.0},\"search_arcs\":{},\"paths_per_s\":{:.0},\"find_100k_s\":{find_s:.2},\"links_per_path\":{:.0},\
         \"trips_per_s\":{:.0},\"links_per_trip\":{:.0},\"time_dependent_paths_per_s\":{exact_far:.0},\"time_dependent_trips_per_s\":{exact_near:.0}}}",
        router.n_arcs(),
        metrics.bytes() as f64 / 1e6,
        metrics.at(0).n_arcs(),
        queries.len() as f64 / route_s,
        batch.routes.links.len() as f64 / queries.len() as f64,
        trips.len() as f64 / near_s,
        near_batch.routes.links.len() as f64 / trips.len() as f64,
    );
}

fn street(name: String, from: usize, to: usize, length_m: f64, freespeed_mps: f64, lanes: f64) -> Link {
    Link {
        name,
        from: NodeId::new(from),
        to: NodeId::new(to),
        length_m,
        freespeed_mps,
        capacity_vph: 600.0 * lanes,
        lanes,
        modes: ModeSet::CAR,
        class: RoadClass::Local,
        route: None,
        street: None,
        shape: Vec::new(),
    }
}

/// Streets 250 m apart, every fifth an arterial.
fn grid(side: usize) -> Network {
    let nodes = (0..side * side)
        .map(|i| Node { name: i.to_string(), x_m: 250.0 * (i % side) as f64, y_m: 250.0 * (i / side) as f64 })
        .collect();
    let mut links = Vec::new();
    for node in 0..side * side {
        let (x, y) = (node % side, node / side);
        let right = (x + 1 < side).then_some((node + 1, y % 5 == 0));
        let above = (y + 1 < side).then_some((node + side, x % 5 == 0));
        for (other, arterial) in [right, above].into_iter().flatten() {
            for (from, to) in [(node, other), (other, node)] {
                let speed_mps = if arterial { 19.44 } else { 13.89 };
                links.push(street(links.len().to_string(), from, to, 250.0, speed_mps, 1.0));
            }
        }
    }
    Network::new("grid", Crs::Plane, nodes, links, Vec::new()).unwrap()
}

fn rows(name: &str) -> Option<Vec<Vec<String>>> {
    let path = std::path::Path::new(&std::env::var_os("WAYFARE_DATA")?).join("bay-area").join(name);
    let output = std::process::Command::new("gzip").arg("-dc").arg(path).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let split = |line: &str| line.split(',').map(str::to_string).collect();
    output.status.success().then(|| text.lines().skip(1).map(split).collect())
}

fn bay_area() -> Option<Network> {
    let (nodes, edges) = (rows("nodes.csv.gz")?, rows("edges.csv.gz")?);
    let crs = Crs::Epsg(32_610);
    let projection = Projection::new(&crs).unwrap();
    let at: BTreeMap<&str, usize> = nodes.iter().enumerate().map(|(i, row)| (row[0].as_str(), i)).collect();
    let number = |text: &str| text.parse::<f64>().unwrap();
    let place = |row: &Vec<String>| {
        let (x_m, y_m) = projection.to_metres(number(&row[1]), number(&row[2])).unwrap();
        Node { name: row[0].clone(), x_m, y_m }
    };
    let links = edges.iter().map(|row| {
        let speed_mps = number(&row[5]) * engine::unit::MPS_PER_MPH;
        let length_m = number(&row[3]).max(1.0);
        street(row[0].clone(), at[row[1].as_str()], at[row[2].as_str()], length_m, speed_mps, number(&row[4]))
    });
    let links = links.collect();
    Some(Network::new("bay-area", crs, nodes.iter().map(place).collect(), links, Vec::new()).unwrap())
}

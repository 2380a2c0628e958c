//! Closed forms, and the best-known solutions of the public test networks.

#[path = "../../../../tests/program/data.rs"]
mod given;

use super::*;
use crate::network::{Link, Network};

impl Problem {
    /// A network with the usual BPR curve, b = 0.15 and power 4 (Bureau of Public Roads 1964); flows are vehicles an
    /// hour, times seconds. `trips` go from node to node, vehicles an hour.
    fn from_network(network: &Network, trips: Vec<(u32, u32, f64)>) -> Self {
        let road = |link: &Link| Road {
            from: link.from.0,
            to: link.to.0,
            capacity: link.capacity_vph,
            free: link.free_s(),
            b: 0.15,
            power: 4.0,
            fixed: 0.0,
        };
        let roads = network.links.iter().map(road).collect();
        Self { n_nodes: network.nodes.len(), first_thru_node: 0, roads, trips }
    }
}

fn road(from: u32, to: u32, free: f64, b: f64, power: f64, capacity: f64) -> Road {
    Road { from, to, capacity, free, b, power, fixed: 0.0 }
}

/// Braess's paradox with t = 50 + v and t = 10 v as BPR curves (10 v = 0.01 · (1 + v / 0.001)): without the
/// bridge 6 trips split 3:3 at 83 each; with it, 4 roads are used by 2:2:2 at 92 each (Braess 1968).
#[test]
fn braess_is_solved_as_in_the_paper() {
    let steep = |from, to| road(from, to, 0.000_01, 1.0, 1.0, 0.000_001);
    let flat = |from, to| road(from, to, 50.0, 1.0, 1.0, 50.0);
    let mut problem = Problem {
        n_nodes: 4,
        first_thru_node: 0,
        roads: vec![steep(0, 1), flat(0, 2), flat(1, 3), steep(2, 3)],
        trips: vec![(0, 3, 6.0)],
    };
    let target = Target { gap: 1e-12, max_iterations: 200 };
    let solution = solve(&problem, &target).unwrap();
    assert!(solution.flow.iter().all(|flow| (flow - 3.0).abs() < 1e-4), "{:?}", solution.flow);
    problem.roads.push(road(1, 2, 10.0, 1.0, 1.0, 10.0));
    let solution = solve(&problem, &target).unwrap();
    for (flow, want) in solution.flow.iter().zip([4.0, 2.0, 2.0, 4.0, 2.0]) {
        assert!((flow - want).abs() < 1e-4, "{:?}", solution.flow);
    }
    assert!((solution.time[0] + solution.time[2] - 92.0).abs() < 1e-3);
}

#[test]
fn nobody_drives_through_a_zone() {
    let roads =
        vec![road(0, 1, 1.0, 0.0, 0.0, 1.0), road(1, 2, 1.0, 0.0, 0.0, 1.0), road(0, 2, 9.0, 0.15, 4.0, 1.0)];
    let mut problem = Problem { n_nodes: 3, first_thru_node: 0, roads, trips: vec![(0, 2, 1.0)] };
    assert_eq!(solve(&problem, &Target::default()).unwrap().flow, [1.0, 1.0, 0.0]);
    problem.first_thru_node = 2;
    assert_eq!(solve(&problem, &Target::default()).unwrap().flow, [0.0, 0.0, 1.0]);
    problem.trips.push((2, 0, 1.0));
    assert!(solve(&problem, &Target::default()).unwrap_err().to_string().contains("no path from node 2"));
}

#[test]
fn a_fork_is_shared_until_both_ways_take_the_same() {
    let network = crate::route::tests::two_ways();
    let problem = Problem::from_network(&network, vec![(0, 4, 3_600.0)]);
    let solution = solve(&problem, &Target { gap: 1e-10, max_iterations: 100 }).unwrap();
    assert!(solution.flow[2] > 100.0 && solution.flow[2] == solution.flow[3]);
    assert!((solution.flow[1] + solution.flow[2] - 3_600.0).abs() < 1e-6);
    assert!((solution.time[1] - solution.time[2] - solution.time[3]).abs() < 1e-6);
}

#[test]
fn wrong_numbers_are_refused() {
    for bad in [
        road(0, 1, f64::NAN, 0.15, 4.0, 1.0),
        road(0, 1, 1.0, 0.15, 4.0, 0.0),
        road(0, 9, 1.0, 0.15, 4.0, 1.0),
    ] {
        let problem = Problem { n_nodes: 2, first_thru_node: 0, roads: vec![bad], trips: vec![(0, 1, 1.0)] };
        assert!(solve(&problem, &Target::default()).is_err(), "{bad:?}");
    }
}

/// A road whose fixed cost (a toll, a length) is above what the other's queue costs is used by nobody; below it they
/// share until both cost the same: 10 + v against 12 + 5 fixed with v = 7, and 3 are left for the other.
#[test]
fn a_fixed_cost_counts_as_reckoned_by_hand() {
    let mut roads = vec![road(0, 1, 10.0, 1.0, 1.0, 10.0), road(0, 1, 12.0, 0.0, 1.0, 1.0)];
    roads[1].fixed = 5.0;
    let mut problem = Problem { n_nodes: 2, first_thru_node: 0, roads, trips: vec![(0, 1, 10.0)] };
    let target = Target { gap: 1e-12, max_iterations: 100 };
    let solution = solve(&problem, &target).unwrap();
    assert!(
        (solution.flow[0] - 7.0).abs() < 1e-6 && (solution.flow[1] - 3.0).abs() < 1e-6,
        "{:?}",
        solution.flow
    );
    check_conservation(&problem, &solution);
    problem.roads[1].fixed = 9.0;
    assert_eq!(solve(&problem, &target).unwrap().flow, [10.0, 0.0]);
}

/// Sioux Falls as it lies in the repository (`scenarios/sioux-falls`): every published flow within 1e-4, and the objective
/// to ten digits.
#[test]
fn sioux_falls_of_the_repository_is_the_best_known_solution() {
    let rows = |text: &'static str| text.lines().skip(1).map(|line| line.split(',').collect::<Vec<&str>>());
    let node = |cell: &str| cell.parse::<u32>().unwrap() - 1;
    let number = |cell: &str| cell.parse::<f64>().unwrap();
    let of_link =
        |c: Vec<&str>| road(node(c[1]), node(c[2]), number(c[4]), number(c[5]), number(c[6]), number(c[3]));
    let trips = rows(include_str!("../../../../scenarios/sioux-falls/trips.csv"));
    let problem = Problem {
        n_nodes: 24,
        first_thru_node: 0,
        roads: rows(include_str!("../../../../scenarios/sioux-falls/links.csv")).map(of_link).collect(),
        trips: trips.map(|c| (node(c[0]), node(c[1]), number(c[2]))).collect(),
    };
    let solution = solve(&problem, &Target { gap: 1e-10, max_iterations: 1_000 }).unwrap();
    let published = rows(include_str!("../../../../scenarios/sioux-falls/equilibrium.csv"));
    let published: Vec<f64> = published.map(|c| number(c[1])).collect();
    assert_eq!(published.len(), 76);
    for (flow, want) in solution.flow.iter().zip(published) {
        assert!((flow / want - 1.0).abs() < 1e-4, "{flow} {want}");
    }
    let objective = solution.iterations.last().unwrap().objective;
    assert!((objective / 1e5 - 42.313_352_871_074_4).abs() < 1e-8, "{objective}");
    check_conservation(&problem, &solution);
}

/// Text of a gzipped file of the TNTP collection, or `None` (and a line on stderr) without the data.
fn tntp(name: &str) -> Option<String> {
    let path = given::data(&format!("tntp/{name}"))?;
    let output = std::process::Command::new("gzip").arg("-dc").arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", path.display());
    Some(String::from_utf8(output.stdout).unwrap())
}

/// A TNTP network with `per_length` of fixed cost a unit of length.
fn read_problem(network: &str, trips: &str, per_length: f64) -> Problem {
    let tag = |name: &str| -> u32 {
        let line = network.lines().find(|line| line.contains(name)).unwrap();
        line.split('>').nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap()
    };
    let body = network.split("<END OF METADATA>").nth(1).unwrap();
    let roads = body
        .lines()
        .filter(|line| line.contains(';') && !line.trim_start().starts_with('~'))
        .map(|line| {
            let f: Vec<f64> = line.split_whitespace().take(7).map(|field| field.parse().unwrap()).collect();
            let plain = road(f[0] as u32 - 1, f[1] as u32 - 1, f[4], f[5], f[6], f[2]);
            Road { fixed: per_length * f[3], ..plain }
        })
        .collect();
    let mut list = Vec::new();
    let mut origin = 0;
    for line in trips.split("<END OF METADATA>").nth(1).unwrap().lines().filter(|line| !line.starts_with('~'))
    {
        if let Some(number) = line.trim().strip_prefix("Origin") {
            origin = number.trim().parse::<u32>().unwrap() - 1;
            continue;
        }
        for entry in line.split(';').filter(|entry| entry.contains(':')) {
            let (to, volume) = entry.split_once(':').unwrap();
            list.push((origin, to.trim().parse::<u32>().unwrap() - 1, volume.trim().parse().unwrap()));
        }
    }
    let n_nodes = tag("NUMBER OF NODES") as usize;
    Problem { n_nodes, first_thru_node: tag("FIRST THRU NODE") - 1, roads, trips: list }
}

/// Solves a public network and compares every flow with the best-known solution: within `tolerance` of it, or
/// of one vehicle where it is less. `per_length` is the fixed cost of a unit of length.
fn reproduce(folder: &str, name: &str, per_length: f64, gap: f64, tolerance: f64) -> Option<Solution> {
    let flows = tntp(&format!("{folder}/{name}_flow.tntp.gz"))?;
    let (problem, solution) = assigned(folder, name, per_length, gap)?;
    let mut compared = 0;
    for line in flows.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        let f: Vec<f64> = line.split_whitespace().map(|field| field.parse().unwrap()).collect();
        let (from, to) = (f[0] as u32 - 1, f[1] as u32 - 1);
        let at = problem.roads.iter().position(|r| (r.from, r.to) == (from, to)).unwrap();
        let error = (solution.flow[at] - f[2]).abs();
        assert!(
            error <= tolerance * f[2].max(1.0),
            "{name} {from}->{to}: {} instead of {}",
            solution.flow[at],
            f[2]
        );
        compared += 1;
    }
    assert_eq!(compared, problem.roads.len());
    Some(solution)
}

/// Solves a public network down to `gap`.
fn assigned(folder: &str, name: &str, per_length: f64, gap: f64) -> Option<(Problem, Solution)> {
    let read = |part: &str| tntp(&format!("{folder}/{name}_{part}.tntp.gz"));
    let problem = read_problem(&read("net")?, &read("trips")?, per_length);
    let solution = solve(&problem, &Target { gap, max_iterations: 1_000 }).unwrap();
    eprintln!(
        "{name}: gap {:.2e} after {} searches, {} paths, objective {:.8}",
        solution.gap(),
        solution.iterations.len(),
        solution.n_paths,
        solution.iterations.last().unwrap().objective
    );
    assert!(solution.gap() <= gap);
    Some((problem, solution))
}

/// Every trip arrives: at each node as much flow leaves as enters, apart from what starts and ends there.
fn check_conservation(problem: &Problem, solution: &Solution) {
    let mut balance = vec![0.0; problem.n_nodes];
    for (road, flow) in problem.roads.iter().zip(&solution.flow) {
        balance[road.from as usize] -= flow;
        balance[road.to as usize] += flow;
    }
    for &(from, to, volume) in &problem.trips {
        balance[from as usize] += volume;
        balance[to as usize] -= volume;
    }
    let total: f64 = problem.trips.iter().map(|trip| trip.2).sum();
    assert!(balance.iter().all(|rest| rest.abs() <= 1e-9 * total), "{balance:?}");
}

#[test]
fn sioux_falls_is_the_best_known_solution() {
    let Some(solution) = reproduce("SiouxFalls", "SiouxFalls", 0.0, 1e-10, 1e-4) else { return };
    let objective = solution.iterations.last().unwrap().objective;
    assert!((objective / 1e5 - 42.313_352_871_074_4).abs() < 1e-8, "{objective}");
}

#[test]
fn anaheim_is_the_best_known_solution() {
    reproduce("Anaheim", "Anaheim", 0.0, 1e-10, 1e-4);
}

/// The larger public network, whose cost holds 0.04 minutes a mile on top of the time.
#[test]
fn chicago_sketch_is_the_best_known_solution() {
    let Some(solution) = reproduce("Chicago-Sketch", "ChicagoSketch", 0.04, 1e-8, 1e-3) else { return };
    let objective = solution.iterations.last().unwrap().objective;
    assert!((objective / 17_313_018.738_747_7f64 - 1.0).abs() < 1e-8, "{objective}");
}

/// No solution was published for these two; the gap itself is the proof.
#[test]
fn eastern_massachusetts_and_berlin_center_reach_the_gap() {
    for (folder, name) in [("Eastern-Massachusetts", "EMA"), ("Berlin-Center", "berlin-center")] {
        let Some((problem, solution)) = assigned(folder, name, 0.0, 1e-6) else { return };
        check_conservation(&problem, &solution);
    }
}

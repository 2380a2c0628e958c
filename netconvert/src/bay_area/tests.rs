use super::*;
use crate::testing::{data, file, panics_on_damage};
use engine::mode::Mode;
use engine::network::RoadClass;

const NODES: &str = "osmid,x,y,ref,highway
1,-122.3543825,37.5874468,,
2,-122.3540000,37.5874468,,traffic_signals
3,-122.3540000,37.5880000,,
";
const EDGES: &str = "uniqueid,u,v,length,lanes,speed_mph
0,1,2,33.8,5,65
1,2,3,61.4,1,20
2,3,2,61.4,1,20
3,2,1,33.8,1,20
4,2,3,70,1,20
";

fn network(nodes: &str, edges: &str) -> Result<(Network, Vec<Warning>)> {
    let (_a, nodes) = file("nodes.csv", nodes);
    let (_b, edges) = file("edges.csv", edges);
    read_network(nodes, edges, None)
}

#[test]
fn a_small_network() {
    let (network, warnings) = network(NODES, EDGES).unwrap();
    assert_eq!(network.crs, Crs::Epsg(32_610));
    assert_eq!((network.nodes.len(), network.links.len()), (3, 5));
    let first = &network.links[0];
    assert_eq!((first.length_m, first.lanes), (33.8, 5.0));
    assert!((first.freespeed_mps - 29.0576).abs() < 1e-4);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].count == 1 && warnings[0].what.starts_with("link is parallel"), "{}", warnings[0]);
    network.check_connected(Mode::Car).unwrap();
}

/// A street of one lane (capacity 900 an hour) whose end has a light takes 12.5 s longer, and only that direction.
#[test]
fn lights_cost_the_uniform_delay() {
    let nodes = "osmid,x,y,highway\n1,-122.40,37.78,\n2,-122.39,37.78,traffic_signals\n3,-122.38,37.78,traffic_signals\n";
    let edges =
        "uniqueid,u,v,length,lanes,speed_mph\n0,1,2,500,1,25\n1,2,1,500,1,25\n2,2,3,30,1,25\n3,3,2,30,1,25\n";
    let (mut network, _) = network(nodes, edges).unwrap();
    let (_folder, nodes) = file("nodes.csv", nodes);
    delay_at_lights(&mut network, nodes).unwrap();
    let slower_s = |n: usize| {
        let link = &network.links[n];
        link.length_m / link.freespeed_mps - link.length_m / (25.0 * MPS_PER_MPH)
    };
    let delay_s = 45.0 * (1.0 - 900.0 / 1900.0_f64).powi(2);
    assert!((slower_s(0) - delay_s).abs() < 1e-9 && (12.0..13.0).contains(&delay_s), "{}", slower_s(0));
    assert_eq!([slower_s(1), slower_s(2), slower_s(3)].map(|s| s.abs() < 1e-9), [true; 3]);
}

#[test]
fn bad_rows_are_named_by_file_and_line() {
    let says = |nodes: &str, edges: &str, want: &[&str]| {
        let error = network(nodes, edges).unwrap_err();
        let text = error.to_string();
        assert!(want.iter().all(|w| text.contains(w)), "{text}");
        assert_eq!(error.exit_code(), 2);
    };
    says(NODES, &EDGES.replace("1,2,3,61.4", "1,2,9,61.4"), &["edges.csv:3:", "\"9\"", "the name of a node"]);
    says(NODES, &EDGES.replace("1,2,3,61.4", "1,2,3,-61.4"), &["edges.csv:3:", "-61.4", "positive"]);
    says(NODES, &EDGES.replace("1,2,3,61.4", "1,2,3,long"), &["edges.csv:3:", "long", "a number"]);
    says(NODES, &EDGES.replace("1,2,3,61.4,1,20", "0,2,3,61.4,1,20"), &["edges.csv:3:", "no other link"]);
    says(NODES, &EDGES.replace("speed_mph", "speed_mpg"), &["edges.csv:1:", "did you mean \"speed_mpg\"?"]);
    says(
        &NODES.replace("-122.3540000,37.5880000", "552969.2,4183031.3"),
        EDGES,
        &["nodes.csv:4:", "degrees"],
    );
    says(&NODES.replace("\n2,", "\n1,"), EDGES, &["nodes.csv:3:", "no other node"]);
}

#[test]
fn degrees_are_never_metres() {
    let (_a, nodes) = file("nodes.csv", NODES);
    let (_b, edges) = file("edges.csv", EDGES);
    let metres = Columns { coordinates: Coordinates::Metres, ..COLUMNS };
    let error = node_link::read(&nodes, &edges, &metres, Some(Crs::Epsg(32_610))).unwrap_err();
    assert!(error.to_string().contains("longitudes and latitudes, not metres"), "{error}");
    assert!(node_link::read(&nodes, &edges, &COLUMNS, Some(Crs::Plane)).is_err());
    assert!(node_link::read(&nodes, &edges, &metres, None).is_err());
}

#[test]
fn damaged_tables_are_faults_not_panics() {
    let (_b, edges) = file("edges.csv", EDGES);
    let nodes_only = |path: &Path| {
        let read = read_network(path, &edges, None);
        read.into_iter().for_each(|(mut network, _)| drop(delay_at_lights(&mut network, path)));
    };
    assert!(!panics_on_damage("nodes.csv", NODES.as_bytes(), 200, nodes_only));
    let (_a, nodes) = file("nodes.csv", NODES);
    assert!(!panics_on_damage("edges.csv", EDGES.as_bytes(), 200, |path| drop(read_network(
        &nodes, path, None
    ))));
    let routes = "route,dir,lonlat_path\n80,W,-122.3 37.87;-122.31 37.87\n101,N,-122 37;-122 38;-122 39\n";
    let projection = Projection::new(&Crs::Epsg(32_610)).unwrap();
    assert!(!panics_on_damage("r.csv", routes.as_bytes(), 200, |path| drop(read_routes(path, &projection))));
    for (i, text) in SAMPLE.iter().enumerate() {
        let (files, _folders): (Vec<_>, Vec<_>) =
            SAMPLE.iter().map(|t| file("t.csv", t)).map(|(folder, path)| (path, folder)).unzip();
        assert!(!panics_on_damage("t.csv", text.as_bytes(), 100, |path| {
            let mut files = files.clone();
            files[i] = path.to_path_buf();
            drop(read_population(&files[0], &files[1], &files[2], &files[3]));
        }));
    }
}

/// Land use, totals, households, persons.
const SAMPLE: [&str; 4] = [
    "ZONE\n2\n1\n",
    "TAZ,TOTHH,hh_size_1,hh_size_2,hh_size_3,hh_size_4_plus,hh_wrks_0,hh_wrks_1,hh_wrks_2,hh_wrks_3_plus,\
     hh_kids_no,hh_kids_yes,HHINCQ1,HHINCQ2,HHINCQ3,HHINCQ4,AGE0004,AGE0519,AGE2044,AGE4564,AGE65P,gq_tot_pop
1,3,1,1,1,0,1,1,1,0,2,1,1,1,1,0,1,1,2,1,1,5
2,1,1,0,0,0,0,1,0,0,1,0,0,0,0,1,0,0,1,0,0,0
",
    "HHID,income,PERSONS,VEHICL,UNITTYPE\n10,50000,2,1,0\n11,-200,1,0,1\n",
    "household_id,age,sex,pemploy,pstudent\n10,34,1,1,3\n11,20,2,3,2\n10,7,2,4,1\n",
];

fn population(files: [&str; 4]) -> Result<(Seeds, Vec<Warning>)> {
    let files = files.map(|text| file("t.csv", text));
    read_population(&files[0].1, &files[1].1, &files[2].1, &files[3].1)
}

#[test]
fn totals_follow_the_zones_and_members_their_households() {
    let ((controls, households), warnings) = population(SAMPLE).unwrap();
    // The file names zone 2 first.
    assert_eq!(controls[0].totals, [3.0, 1.0]);
    assert_eq!(controls[11].measure, Measure::Income(i32::MIN, 30_000));
    assert_eq!(households.len(), 1);
    let [adult, child] = households[0].persons[..] else { panic!("two persons") };
    assert_eq!((adult.age, adult.sex, adult.employed, adult.student), (34, Sex::Male, true, Student::No));
    assert_eq!(
        (child.age, child.sex, child.employed, child.student),
        (7, Sex::Female, false, Student::School)
    );
    let quarters = controls.last().unwrap();
    assert_eq!((quarters.measure, &quarters.totals[..]), (Measure::GroupQuarters, &[5.0, 0.0][..]));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}

#[test]
fn a_broken_sample_is_refused() {
    let says = |at: usize, text: &str, want: &str| {
        let mut files = SAMPLE;
        files[at] = text;
        let error = population(files).unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    };
    says(0, "ZONE\n2\n1\n3\n", "has no row for zone 3");
    says(2, "HHID,income,PERSONS,VEHICL\n10,50000,3,1\n", "2 rows of persons");
    says(3, "household_id,age,sex,pemploy,pstudent\n10,34,3,1,3\n", "\"sex\" is \"3\"");
    says(3, &format!("{}99,1,1,4,3\n", SAMPLE[3]), "household 99, which is unknown");
}

#[test]
fn stretches_of_routes_are_read_in_metres() {
    let projection = Projection::new(&Crs::Epsg(32_610)).unwrap();
    // On the central meridian of the zone (123° W) the easting is 500,000 m by definition.
    let text = "route,dir,lonlat_path\n80,W,-123 37.87;-123.01 37.87\n101,N,-123 37;-123 38;-123 39\n";
    let (_folder, path) = file("r.csv", text);
    let stretches = read_routes(path, &projection).unwrap();
    let of: Vec<_> = stretches.iter().map(|s| (s.route.as_str(), s.direction, s.points_m.len())).collect();
    assert_eq!(of, [("80", 'W', 2), ("101", 'N', 3)]);
    assert!(stretches[1].points_m.iter().all(|p| (p.0 - 500_000.0).abs() < 0.01));
    // A degree of latitude from 37° to 38° is 110,990 m on the ellipsoid, times 0.9996 on the map.
    let north_m = stretches[1].points_m[1].1 - stretches[1].points_m[0].1;
    assert!((north_m - 110_990.0 * 0.9996).abs() < 30.0, "{north_m}");
    for (bad, told) in
        [("-123 37", "points as"), ("-123 37;-123", "points as"), ("-123 37;-223 37", "points as")]
    {
        let (_folder, path) = file("r.csv", &format!("route,dir,lonlat_path\n80,W,{bad}\n"));
        let error = read_routes(path, &projection).unwrap_err();
        assert!(error.to_string().contains(told) && error.to_string().contains("r.csv:2"), "{error}");
    }
}

#[test]
fn the_real_network() {
    let (Some(nodes), Some(edges)) = (data("bay-area/nodes.csv.gz"), data("bay-area/edges.csv.gz")) else {
        return;
    };
    let (network, warnings) = read_network(nodes, edges, None).unwrap();
    assert_eq!((network.nodes.len(), network.links.len()), (31_121, 66_082));
    network.check_connected(Mode::Car).unwrap();
    assert!(
        warnings.iter().any(|w| w.count == 425 && w.what.starts_with("link is parallel")),
        "{warnings:?}"
    );
    for class in RoadClass::ALL {
        let of = network.links.iter().filter(|l| l.class == class);
        let (n, km) = of.fold((0, 0.0), |(n, km), l| (n + 1, km + l.length_m / 1000.0));
        eprintln!("{}: {n} links, {km:.0} km", class.name());
    }
    warnings.iter().for_each(|w| eprintln!("{w}"));
}

#[test]
fn the_real_routes() {
    let Some(path) = data("bay-area/tm1_numbered_routes.csv.gz") else { return };
    let stretches = read_routes(path, &Projection::new(&Crs::Epsg(32_610)).unwrap()).unwrap();
    assert_eq!(stretches.len(), 4786);
    assert_eq!(stretches.iter().filter(|s| s.route == "101").count(), 857);
}

#[test]
fn the_real_population() {
    let names = [
        "taz1454_2015_land_use.csv.gz",
        "taz1454_2015_popsim_vars.csv.gz",
        "activitysim_households.csv.gz",
        "activitysim_persons.csv.gz",
    ];
    let files: Option<Vec<_>> = names.iter().map(|n| data(&format!("bay-area/{n}"))).collect();
    let Some(files) = files else { return };
    let ((controls, households), warnings) =
        read_population(&files[0], &files[1], &files[2], &files[3]).unwrap();
    assert!(controls.iter().all(|c| c.totals.len() == 1454));
    let total = |name: &str| -> f64 {
        controls.iter().filter(|c| c.name.starts_with(name)).flat_map(|c| &c.totals).sum()
    };
    assert_eq!(total("TOTHH"), 2_700_805.0);
    assert_eq!(total("AGE"), 7_581_396.0);
    assert_eq!(total("hh_size"), 2_700_805.0);
    assert_eq!(total("HHINC"), 2_700_805.0);
    assert_eq!(households.len(), 4427);
    let quarters = controls.last().unwrap();
    assert_eq!((quarters.measure, quarters.totals.iter().sum::<f64>()), (Measure::GroupQuarters, 90_857.0));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}

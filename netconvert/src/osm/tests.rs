mod encode;
mod small;

use super::*;
use crate::testing::{data, file, file_of, panics_on_damage};
use engine::id::LinkId;
use engine::network::{Link, Node, RoadClass};
use std::io::Write;

/// A crossing at node 3: way 10 (1-3-4, two-way primary, shape node 2), way 11 (5-3-6, one-way secondary),
/// way 12 a roundabout loop at 6, way 13 a footway, way 14 closed, way 15 with an unknown node.
const CROSSING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
  <node id="1" lat="37.000" lon="-122.000"/>
  <node id="2" lat="37.001" lon="-122.000"/>
  <node id="3" lat="37.002" lon="-122.000"/>
  <node id="4" lat="37.004" lon="-122.000"><tag k="highway" v="traffic_signals"/></node>
  <node id="5" lat="37.002" lon="-122.003"/>
  <node id="6" lat="37.002" lon="-121.997"/>
  <node id="7" lat="37.003" lon="-121.996"/>
  <node id="8" lat="37.001" lon="-121.996"/>
  <node id="9" lat="95" lon="0"/>
  <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/>
    <tag k="highway" v="primary"/><tag k="lanes" v="4"/><tag k="maxspeed" v="40 mph"/></way>
  <way id="11"><nd ref="5"/><nd ref="3"/><nd ref="6"/>
    <tag k="highway" v="secondary"/><tag k="oneway" v="yes"/></way>
  <way id="12"><nd ref="6"/><nd ref="7"/><nd ref="8"/><nd ref="6"/>
    <tag k="highway" v="tertiary"/><tag k="junction" v="roundabout"/></way>
  <way id="13"><nd ref="1"/><nd ref="5"/><tag k="highway" v="footway"/></way>
  <way id="14"><nd ref="1"/><nd ref="6"/><tag k="highway" v="residential"/><tag k="access" v="no"/></way>
  <way id="15"><nd ref="4"/><nd ref="7"/><nd ref="77"/><tag k="highway" v="residential"/></way>
  RELATIONS
</osm>
"#;

fn crossing(relations: &str) -> (Network, Vec<String>) {
    let (_folder, path) = file("t.osm", &CROSSING.replace("RELATIONS", relations));
    let (network, warnings) = read(path, &Options::default()).unwrap();
    (network, warnings.into_iter().map(|w| w.what).collect())
}

fn names(network: &Network) -> Vec<&str> {
    network.links.iter().map(|l| l.name.as_str()).collect()
}

fn banned(network: &Network) -> Vec<(&str, &str)> {
    let name = |id: LinkId| network.link(id).name.as_str();
    network.banned_turns.iter().map(|&(a, b)| (name(a), name(b))).collect()
}

fn restriction(kind: &str, from: i64, via: &str, to: i64) -> String {
    format!(
        r#"<relation id="1"><member type="way" ref="{from}" role="from"/>{via}
        <member type="way" ref="{to}" role="to"/><tag k="type" v="restriction"/>
        <tag k="restriction" v="{kind}"/></relation>"#
    )
}

const AT_3: &str = r#"<member type="node" ref="3" role="via"/>"#;

#[test]
fn ways_are_split_where_they_meet() {
    let (network, warnings) = crossing("");
    assert_eq!(network.crs, Crs::Epsg(32_610));
    assert_eq!(
        names(&network),
        ["10_0", "10_0r", "10_1", "10_1r", "11_0", "11_1", "12_0", "12_1", "15_0", "15_0r"]
    );
    let first = &network.links[0];
    assert_eq!((network.node(first.from).name.as_str(), network.node(first.to).name.as_str()), ("1", "3"));
    assert_eq!((first.class, first.lanes, first.capacity_vph), (RoadClass::Arterial, 2.0, 3000.0));
    assert_eq!((first.shape.len(), network.links[2].shape.len()), (1, 0));
    // 0.002° of latitude at 37° is 221.9 m on the ellipsoid.
    assert!((first.length_m - 221.95).abs() < 0.05, "{}", first.length_m);
    let straight: Vec<f64> = network
        .link_ids()
        .map(|id| network.points(id).windows(2).map(|p| (p[0].0 - p[1].0).hypot(p[0].1 - p[1].1)).sum())
        .collect();
    for (link, straight_m) in network.links.iter().zip(straight) {
        assert!((link.length_m / straight_m - 1.0).abs() < 0.002, "{}: {straight_m}", link.name);
    }
    assert!(warnings.iter().any(|w| w.contains("a node that the file does not hold")), "{warnings:?}");
    assert!(warnings.iter().any(|w| w.contains("closed to cars")), "{warnings:?}");
}

#[test]
fn no_turns_and_only_turns() {
    assert_eq!(banned(&crossing("").0), []);
    // Onto way 10, which passes node 3: left and right cannot be told apart.
    let (network, warnings) = crossing(&restriction("no_left_turn", 11, AT_3, 10));
    assert_eq!(banned(&network), []);
    assert!(warnings.iter().any(|w| w.contains("passes the via node")), "{warnings:?}");
    let at_6 = r#"<member type="node" ref="6" role="via"/>"#;
    let (network, _) = crossing(&restriction("no_right_turn", 11, at_6, 12));
    assert_eq!(banned(&network), [("11_1", "12_0")]);
    let (network, _) = crossing(&restriction("only_straight_on", 11, AT_3, 11));
    assert_eq!(banned(&network), [("11_0", "10_0r"), ("11_0", "10_1")]);
    let (network, _) = crossing(&restriction("no_u_turn", 10, AT_3, 10));
    assert_eq!(banned(&network), [("10_0", "10_0r"), ("10_1r", "10_1")]);
}

#[test]
fn restrictions_that_do_not_hold_for_cars_are_left_out() {
    let bus =
        restriction("no_left_turn", 11, AT_3, 10).replace(r#"k="restriction""#, r#"k="restriction:hgv""#);
    let (network, warnings) = crossing(&bus);
    assert_eq!(banned(&network), []);
    assert!(warnings.iter().any(|w| w.contains("other vehicles than cars")), "{warnings:?}");
    let except = restriction("only_straight_on", 11, AT_3, 11)
        .replace("</relation>", r#"<tag k="except" v="psv;motorcar"/></relation>"#);
    assert_eq!(banned(&crossing(&except).0), []);
    let via_way = restriction("no_u_turn", 10, r#"<member type="way" ref="11" role="via"/>"#, 10);
    assert!(crossing(&via_way).1.iter().any(|w| w.contains("of no effect")));
}

#[test]
fn signed_routes_label_one_way_links() {
    let route = r#"<relation id="5"><member type="way" ref="11" role=""/><member type="way" ref="10" role=""/>
        <tag k="type" v="route"/><tag k="route" v="road"/><tag k="ref" v="I 80"/>
        <tag k="direction" v="east"/></relation>"#;
    let (network, _) = crossing(route);
    let labelled: Vec<_> =
        network.links.iter().filter(|l| l.route.is_some()).map(|l| l.name.as_str()).collect();
    assert_eq!(labelled, ["11_0", "11_1"]);
    assert_eq!(network.links[4].route, Some(("80".into(), 'E')));
}

#[test]
fn files_without_roads_are_faults() {
    let says = |text: &str, want: &str| {
        let (_folder, path) = file("t.osm", text);
        let error = read(path, &Options::default()).unwrap_err();
        assert!(error.to_string().contains(want) && error.exit_code() == 2, "{error}");
    };
    says("<osm></osm>", "no road for cars");
    says("<kml></kml>", "<kml>");
    says("<osm><way id=\"x\"></way></osm>", "a whole number");
    says("<osm><way id=\"1\">", "t.osm");
    let (_folder, path) = file("t.osm.pbf", "no pbf at all");
    assert!(read(path, &Options::default()).unwrap_err().to_string().contains("PBF"));
}

#[test]
fn lengths_are_those_of_the_ground() {
    // One degree of latitude at 45° is 111,131.75 m; one of longitude at the equator 111,319.49 m (WGS 84).
    assert!((ground_m((0.0, 44.5), (0.0, 45.5)) - 111_131.75).abs() < 1.0);
    assert!((ground_m((0.0, 0.0), (1.0, 0.0)) - 111_319.49).abs() < 0.01);
}

#[test]
fn damaged_xml_is_a_fault_not_a_panic() {
    let all = CROSSING.replace(
        "RELATIONS",
        &(restriction("only_straight_on", 11, AT_3, 11) + &restriction("no_u_turn", 10, AT_3, 10)),
    );
    assert!(!panics_on_damage("t.osm", all.as_bytes(), 300, |path| {
        drop(read(path, &Options::default()));
    }));
}

/// Nodes and links with places and lengths in whole millimetres: PBF counts degrees in another unit, so the last bits
/// differ.
fn to_millimetres(network: &Network) -> (Vec<Node>, Vec<Link>) {
    let round = |metres: f64| (metres * 1e3).round() / 1e3;
    let (mut nodes, mut links) = (network.nodes.clone(), network.links.clone());
    nodes.iter_mut().for_each(|node| (node.x_m, node.y_m) = (round(node.x_m), round(node.y_m)));
    links.iter_mut().for_each(|link| link.length_m = round(link.length_m));
    (nodes, links)
}

/// The same roads as XML, as gzip, as bzip2 and as PBF, packed and not, are the same network with the same warnings.
#[test]
fn every_container_holds_the_same_network() {
    let relations = restriction("only_straight_on", 11, AT_3, 11);
    let text = CROSSING.replace("RELATIONS", &relations);
    let (_folder, path) = file("t.osm", &text);
    let whole = read(&path, &Options::default()).unwrap();
    assert_eq!(banned(&whole.0), [("11_0", "10_0r"), ("11_0", "10_1")]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bzip2.write_all(text.as_bytes()).unwrap();
    let mut parts = Vec::new();
    for pass in [Pass::Nodes, Pass::Ways] {
        elements(&path, pass, &mut |element| parts.push(element)).unwrap();
    }
    for (name, bytes) in [
        ("t.osm.gz", gzip.finish().unwrap()),
        ("t.osm.bz2", bzip2.finish().unwrap()),
        ("t.osm.pbf", encode::pbf(&parts, false)),
        ("t.osm.pbf", encode::pbf(&parts, true)),
    ] {
        let (_folder, path) = file_of(name, &bytes);
        let (network, warnings) = read(&path, &Options::default()).unwrap();
        assert_eq!((&network.crs, &network.banned_turns), (&whole.0.crs, &whole.0.banned_turns), "{name}");
        assert_eq!(to_millimetres(&network), to_millimetres(&whole.0), "{name}");
        let words = |warnings: &[Warning]| warnings.iter().map(|w| w.what.clone()).collect::<Vec<_>>();
        assert_eq!(words(&warnings), words(&whole.1), "{name}");
        if name.ends_with("pbf") {
            assert!(!panics_on_damage(name, &bytes, 100, |path| drop(read(path, &Options::default()))));
        }
    }
}

#[test]
fn damaged_pbf_is_a_fault_not_a_panic() {
    let Some(path) = data("osm/test.osm.pbf") else { return };
    let bytes = std::fs::read(path).unwrap();
    assert!(!panics_on_damage("t.osm.pbf", &bytes, 30, |path| drop(read(path, &Options::default()))));
}

/// What a file gives: nodes, links, banned turns, kilometres.
fn real(name: &str) -> Option<(Network, Vec<Warning>)> {
    let path = data(&format!("osm/{name}"))?;
    let (network, warnings) = read(path, &Options::default()).unwrap();
    let km: f64 = network.links.iter().map(|l| l.length_m / 1000.0).sum();
    let labelled = network.links.iter().filter(|l| l.route.is_some()).count();
    eprintln!(
        "{name}: {} nodes, {} links, {km:.1} km, {} banned turns, {labelled} with a route, {}",
        network.nodes.len(),
        network.links.len(),
        network.banned_turns.len(),
        network.crs
    );
    warnings.iter().for_each(|w| eprintln!("  {w}"));
    for link in network.link_ids() {
        let points = network.points(link);
        let drawn: f64 = points.windows(2).map(|p| (p[0].0 - p[1].0).hypot(p[0].1 - p[1].1)).sum();
        let length_m = network.link(link).length_m;
        // Shapes are kept as f32: a northing of 4,000 km is good to a quarter metre.
        let slack = 0.002 * length_m + 0.6 * points.len() as f64;
        assert!((length_m - drawn).abs() < slack, "{}: {length_m} {drawn}", network.link(link).name);
    }
    Some((network, warnings))
}

#[test]
fn real_countries_and_cities() {
    if let Some((andorra, _)) = real("andorra.osm.pbf") {
        assert_eq!(andorra.crs, Crs::Epsg(32_631));
        assert!(andorra.links.len() > 2000);
    }
    if let Some((helsinki, _)) = real("Helsinki.osm.pbf") {
        assert_eq!(helsinki.crs, Crs::Epsg(32_635));
        assert!(!helsinki.banned_turns.is_empty());
    }
    real("test.osm.pbf");
    real("reisterstown-via-restriction.pbf");
    if let Some((portland, warnings)) = real("portland-central.osm.pbf") {
        // Barriers part some streets, most streets have a name, and the shares of what is assumed are told.
        assert!(portland.nodes.iter().any(|node| node.name.ends_with("_1")));
        let named = portland.links.iter().filter(|link| link.street.is_some()).count();
        assert!(2 * named > portland.links.len(), "{named}");
        assert!(warnings.iter().any(|w| w.whole.as_ref().is_some_and(|whole| whole.of == "speeds")));
    }
}

#[test]
fn real_crossings_in_xml() {
    for name in [
        "arizona_highways.osm.gz",
        "aurora_sausage_link.osm.gz",
        "i5_exit_ramp.osm.gz",
        "quad_intersection.osm.gz",
        "tempe_light_rail.osm.gz",
        "West-Oakland.osm.bz2",
    ] {
        real(name);
    }
}

#[test]
fn the_same_file_gives_the_same_network() {
    let (_folder, path) = file_of("t.osm", CROSSING.replace("RELATIONS", "").as_bytes());
    let once = read(&path, &Options::default()).unwrap();
    let twice = read(&path, &Options::default()).unwrap();
    assert_eq!((once.0.links, once.0.nodes, once.1), (twice.0.links, twice.0.nodes, twice.1));
}

//! Small streets: barriers, deleted objects, restrictions over ways. Each file is a few lines.

use super::*;
use crate::testing::file;
use engine::mode::Mode;

/// A map of nodes in a row, 0.001 degrees apart, by id and tags; ways by id, nodes and tags; and relations as XML.
fn map(nodes: &[(i64, &str)], ways: &[(i64, &[i64], &str)], relations: &str) -> (Network, Vec<String>) {
    let tags = |text: &str| {
        let one = |pair: &str| pair.split_once('=').map(|(k, v)| format!("<tag k=\"{k}\" v=\"{v}\"/>"));
        text.split(' ').filter_map(one).collect::<String>()
    };
    let node = |(at, (id, text)): (usize, &(i64, &str))| {
        format!("<node id=\"{id}\" lat=\"48.0\" lon=\"{}\">{}</node>", 9.0 + 0.001 * at as f64, tags(text))
    };
    let way = |(id, nodes, text): &(i64, &[i64], &str)| {
        let refs: String = nodes.iter().map(|node| format!("<nd ref=\"{node}\"/>")).collect();
        format!("<way id=\"{id}\">{refs}{}</way>", tags(text))
    };
    let nodes: String = nodes.iter().enumerate().map(node).collect();
    let ways: String = ways.iter().map(way).collect();
    let (_folder, path) = file("t.osm", &format!("<osm version=\"0.6\">{nodes}{ways}{relations}</osm>"));
    let (network, warnings) = read(path, &Options::default()).unwrap();
    (network, warnings.iter().map(ToString::to_string).collect())
}

const STREET: &str = "highway=residential maxspeed=50 lanes=2";

/// Pairs of the names of the ends of each link.
fn ends(network: &Network) -> Vec<(&str, &str)> {
    let name = |node| network.node(node).name.as_str();
    network.links.iter().map(|link| (name(link.from), name(link.to))).collect()
}

#[test]
fn a_bollard_parts_a_street_and_an_open_gate_does_not() {
    let nodes = [(1, ""), (2, "barrier=bollard"), (3, ""), (4, "barrier=gate motor_vehicle=yes"), (5, "")];
    let (network, told) = map(&nodes, &[(20, &[1, 2, 3, 4, 5], STREET)], "");
    assert_eq!(ends(&network), [("1", "2"), ("2", "1"), ("2_1", "5"), ("5", "2_1")]);
    let (a, b) = (&network.nodes[1], &network.nodes[2]);
    assert_eq!((a.name.as_str(), b.name.as_str(), a.x_m), ("2", "2_1", b.x_m));
    let part = network.components(Mode::Car);
    assert!(part[0] == part[1] && part[1] != part[2] && part[2] == part[3], "{part:?}");
    assert_eq!(told.len(), 1);
    assert!(
        told[0]
            .ends_with(":2: barrier=bollard closes the road to cars there (50.0 % of 2 barriers on roads)")
    );
}

#[test]
fn a_barrier_where_ways_meet_parts_them_all() {
    let nodes = [(1, ""), (2, "barrier=block"), (3, ""), (4, "")];
    let ways: [(i64, &[i64], &str); 3] =
        [(20, &[1, 2], STREET), (21, &[2, 3], STREET), (22, &[4, 2], STREET)];
    let (network, _) = map(&nodes, &ways, "");
    let to_2 = ["2", "2_1", "2_2"];
    assert_eq!(network.nodes.iter().filter(|node| to_2.contains(&node.name.as_str())).count(), 3);
    let part = network.components(Mode::Car);
    assert_eq!(part.iter().max(), Some(&2));
}

#[test]
fn links_have_the_name_of_their_street() {
    let ways: [(i64, &[i64], &str); 3] = [
        (20, &[1, 2], "highway=primary name=Seeweg ref=B7"),
        (21, &[2, 3], "highway=primary ref=B7"),
        (22, &[3, 1], "highway=primary"),
    ];
    let (network, _) = map(&[(1, ""), (2, ""), (3, "")], &ways, "");
    let streets: Vec<_> = network.links.iter().map(|link| link.street.as_deref()).collect();
    assert_eq!(streets, [Some("Seeweg"), Some("Seeweg"), Some("B7"), Some("B7"), None, None]);
}

#[test]
fn deleted_objects_are_left_out() {
    let text = "<osm><node id=\"1\" lat=\"48\" lon=\"9\"/><node id=\"2\" lat=\"48\" lon=\"9.001\"/>\
        <node id=\"3\" lat=\"48\" lon=\"9.002\" visible=\"false\"><tag k=\"barrier\" v=\"gate\"/></node>\
        <way id=\"5\"><nd ref=\"1\"/><nd ref=\"2\"/><nd ref=\"3\"/><tag k=\"highway\" v=\"primary\"/></way>\
        <way id=\"6\" action=\"delete\"><nd ref=\"1\"/><nd ref=\"2\"/><tag k=\"highway\" v=\"primary\"/></way>\
        <relation id=\"7\" action=\"delete\"><member type=\"way\" ref=\"5\" role=\"from\"/>\
        <tag k=\"type\" v=\"restriction\"/></relation></osm>";
    let (_folder, path) = file("t.osm", text);
    let (network, told) = read(path, &Options::default()).unwrap();
    assert_eq!(network.links.iter().map(|l| l.name.as_str()).collect::<Vec<_>>(), ["5_0", "5_0r"]);
    let deleted = told.iter().find(|w| w.what == DELETED).unwrap();
    assert_eq!((deleted.count, deleted.record.as_str()), (3, "6"));
}

/// A dual carriageway 1→2→3→4 and 5→6→7→8 with links 3→6 and further ways at 9.
fn turn_round(
    extra: &[(i64, &[i64], &str)],
    kind: &str,
    via: &[i64],
) -> (Vec<(String, String)>, Vec<String>) {
    let nodes: Vec<(i64, &str)> = (1..=12).map(|id| (id, "")).collect();
    let one_way = "highway=primary oneway=yes maxspeed=60 lanes=2";
    let ways: [(i64, &[i64], &str); 5] = [
        (30, &[1, 2, 3], one_way),
        (31, &[3, 4], one_way),
        (32, &[5, 6], one_way),
        (33, &[6, 7, 8], one_way),
        (34, &[3, 10, 6], one_way),
    ];
    let member = |role: &str, way: i64| format!("<member type=\"way\" ref=\"{way}\" role=\"{role}\"/>");
    let via: String = via.iter().map(|&way| member("via", way)).collect();
    let relation = format!(
        "<relation id=\"1\">{}{via}{}<tag k=\"type\" v=\"restriction\"/><tag k=\"restriction\" v=\"{kind}\"/></relation>",
        member("from", 30),
        member("to", 33)
    );
    let (network, told) = map(&nodes, &[&ways[..], extra].concat(), &relation);
    let name = |id| network.link(id).name.clone();
    (network.banned_turns.iter().map(|&(a, b)| (name(a), name(b))).collect(), told)
}

#[test]
fn restrictions_over_one_or_several_ways() {
    let pair = |a: &str, b: &str| vec![(a.to_string(), b.to_string())];
    // Only way 30 leads onto the link between the carriageways: the ban is kept at its end.
    assert_eq!(turn_round(&[], "no_u_turn", &[34]).0, pair("34_0", "33_0"));
    // Another street leads onto it too, at its begin; from its end one can go on along 33 alone.
    let side: (i64, &[i64], &str) = (35, &[9, 3], "highway=primary oneway=yes maxspeed=60 lanes=2");
    assert_eq!(turn_round(&[side], "no_u_turn", &[34]).0, pair("30_0", "34_0"));
    // With a street that begins at the end of the link too, no pair says it.
    let out: (i64, &[i64], &str) = (36, &[6, 11], "highway=primary oneway=yes maxspeed=60 lanes=2");
    let (banned, told) = turn_round(&[side, out], "no_u_turn", &[34]);
    assert!(banned.is_empty() && told.iter().any(|t| t.contains("others drive too")), "{told:?}");
    // The same link cut in two ways, with a side street in the middle.
    let (banned, _) = turn_round(&[out, (37, &[10, 12], STREET)], "no_left_turn", &[34]);
    assert_eq!(banned, []);
    let (banned, _) = turn_round(&[out], "only_left_turn", &[34]);
    assert_eq!(banned, pair("34_0", "36_0"));
}

#[test]
fn restrictions_over_two_ways() {
    let nodes: Vec<(i64, &str)> = (1..=6).map(|id| (id, "")).collect();
    let one_way = "highway=primary oneway=yes maxspeed=60 lanes=2";
    let ways: [(i64, &[i64], &str); 5] = [
        (40, &[1, 2], one_way),
        (41, &[2, 3], one_way),
        (42, &[3, 4], one_way),
        (43, &[4, 5], one_way),
        (44, &[4, 6], one_way),
    ];
    let relation = "<relation id=\"1\"><member type=\"way\" ref=\"40\" role=\"from\"/>\
        <member type=\"way\" ref=\"41\" role=\"via\"/><member type=\"way\" ref=\"42\" role=\"via\"/>\
        <member type=\"way\" ref=\"43\" role=\"to\"/><tag k=\"type\" v=\"restriction\"/>\
        <tag k=\"restriction\" v=\"no_left_turn\"/></relation>";
    let banned = |relation: &str| {
        let (network, told) = map(&nodes, &ways, relation);
        let name = |id| network.link(id).name.clone();
        let banned = network.banned_turns.iter().map(|&(a, b)| (name(a), name(b)));
        (banned.collect::<Vec<_>>(), told)
    };
    assert_eq!(banned(relation).0, [("42_0".to_string(), "43_0".to_string())]);
    // The via ways in the wrong order, or onto a way that runs the other way: nobody can drive that.
    let (none, told) = banned(&relation.replace("ref=\"43\"", "ref=\"40\""));
    assert!(none.is_empty() && told.iter().any(|t| t.contains("of no effect")), "{told:?}");
    let at_times = relation.replace("k=\"restriction\"", "k=\"restriction:conditional\"");
    let (none, told) = banned(&at_times);
    assert!(none.is_empty() && told.iter().any(|t| t.contains("at some times only")), "{told:?}");
    let odd = relation.replace("no_left_turn", "no_flying");
    assert!(banned(&odd).1.iter().any(|t| t.contains("\"no_flying\" is not known")));
}

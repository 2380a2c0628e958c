//! Networks that go out in one format and come back, and the table of what is lost on the way.

use super::*;
use crate::fixture;
use crate::testing::file;
use engine::id::{LinkId, NodeId};
use engine::mode::ModeSet;
use engine::network::{Link, Node, RoadClass};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Ends of names: what XML and tables must escape, blanks, and ids that are numbers.
const ENDS: [&str; 8] = ["", "-2", "_1r", " b c", "<&\"'>", ",;|\t:", "é", ".5"];
/// Names of streets; an empty text stands for none.
const STREETS: [&str; 6] = ["", "Main Street", "A 8", "\"R & B\" <Road>", "Rue de l’Été, bis; Nord", "1.0"];

/// A link between two of `n` nodes with any value in every field, still to be named.
fn any_link(n: usize) -> impl Strategy<Value = Link> {
    let numbers = (0.5..9000.0f64, 0.5..60.0f64, 1.0..9000.0f64, 0.25..8.0f64);
    let kind =
        (0u8..32, prop::sample::select(RoadClass::ALL.to_vec()), prop::sample::select(STREETS.to_vec()));
    let route = prop::option::of((1u32..999, prop::sample::select(vec!['N', 'E', 'S', 'W'])));
    let shape = prop::collection::vec((4e5f32..6e5, 4e6f32..5e6), 0..4);
    (0..n, 0..n, numbers, kind, route, shape).prop_map(
        |(from, to, numbers, (modes, class, street), route, shape)| {
            let (length_m, freespeed_mps, capacity_vph, lanes) = numbers;
            Link {
                name: String::new(),
                from: NodeId::new(from),
                to: NodeId::new(to),
                length_m,
                freespeed_mps,
                capacity_vph,
                lanes,
                modes: ModeSet(modes),
                class,
                route: route.map(|(number, direction)| (number.to_string(), direction)),
                street: (!street.is_empty()).then(|| street.into()),
                shape,
            }
        },
    )
}

prop_compose! {
    /// A small network, with a place on earth or on a plane without one; names begin with a number, so that none stands twice.
    fn any_network()(
        points in prop::collection::vec((4e5..6e5f64, 4e6..5e6f64), 6),
        links in prop::collection::vec(any_link(6), 1..8),
        bans in prop::collection::vec((0usize..8, 0usize..8), 0..6),
        ends in prop::collection::vec(prop::sample::select(ENDS.to_vec()), 8),
        crs in prop::sample::select(vec![Crs::Plane, Crs::Epsg(32_610), Crs::Epsg(32_733)]),
    ) -> Network {
        let name = |at: usize| format!("{at}{}", ends[at]);
        let node = |(at, &(x_m, y_m)): (usize, &(f64, f64))| Node { name: name(at), x_m, y_m };
        let nodes = points.iter().enumerate().map(node).collect();
        let n = links.len();
        let links = links.into_iter().enumerate().map(|(at, link)| Link { name: name(at), ..link }).collect();
        let bans = bans.into_iter().filter(|(a, b)| a.max(b) < &n).map(|(a, b)| (LinkId::new(a), LinkId::new(b)));
        Network::new("any", crs, nodes, links, bans.collect()).unwrap()
    }
}

/// Writes a network and reads it again: the network, what the writer told, what the reader told.
fn there_and_back(network: &Network, format: Format) -> (Network, Vec<Warning>, Vec<Warning>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(if format == Format::Matsim { "network.xml.gz" } else { "gmns" });
    let wrote = write(network, format, &path).unwrap();
    assert_eq!(detect(&path).unwrap(), format);
    let (back, read) = read(&path, format, &Options::default()).unwrap();
    (back, wrote, read)
}

/// What is not the same in a network that came back; capacities may differ by `rounding` of themselves.
fn differences(old: &Network, new: &Network, rounding: f64) -> Vec<String> {
    let mut found = Vec::new();
    if (&old.crs, &old.nodes) != (&new.crs, &new.nodes) || old.links.len() != new.links.len() {
        found.push(format!("{} {:?}, not {} {:?}", new.crs, new.nodes, old.crs, old.nodes));
    }
    for (old, new) in old.links.iter().zip(&new.links) {
        let rounded = (new.capacity_vph / old.capacity_vph - 1.0).abs() <= rounding;
        let capacity_vph = if rounded { old.capacity_vph } else { new.capacity_vph };
        if (Link { capacity_vph, ..new.clone() }) != *old {
            found.push(format!("{new:?}, not {old:?}"));
        }
    }
    found
}

/// Asks of a network that it comes back from MATSim with everything, and from GMNS with all but the bans, which are counted.
fn comes_back(network: &Network) {
    let (back, wrote, read) = there_and_back(network, Format::Matsim);
    assert_eq!(differences(network, &back, 0.0), [""; 0]);
    assert_eq!(back.banned_turns, network.banned_turns);
    assert!(wrote.is_empty() && read.is_empty(), "{wrote:?} {read:?}");
    let (back, wrote, read) = there_and_back(network, Format::Gmns);
    assert_eq!(differences(network, &back, 4.0 * f64::EPSILON), [""; 0]);
    let counts: Vec<u64> = wrote.iter().map(|w| w.count).collect();
    match network.banned_turns.len() as u64 {
        0 => assert!(counts.is_empty(), "{wrote:?}"),
        bans => assert_eq!(counts, [bans], "{wrote:?}"),
    }
    assert!(back.banned_turns.is_empty());
    // Lengths are drawn by lot here: together they may well be odd beside the map, which the reader says.
    assert!(read.iter().all(|w| w.what.contains("times the geometry")), "{read:?}");
}

/// Three streets that meet at node 2, with the tags of each, and a ban of the turn from the first to the second.
fn map(tags: [&str; 3], ban: &str) -> String {
    let places =
        [(1, 48.0, 9.0), (2, 48.001, 9.0), (3, 48.001, 9.002), (4, 48.002, 9.0), (5, 48.0013, 9.001)];
    let nodes =
        places.map(|(id, lat, lon)| format!("<node id=\"{id}\" lat=\"{lat}\" lon=\"{lon}\"/>")).concat();
    let way = |id: usize, refs: &[u8]| {
        let refs: String = refs.iter().map(|at| format!("<nd ref=\"{at}\"/>")).collect();
        let pairs = tags[id].split('|').filter_map(|pair| pair.split_once('='));
        let tags: String = pairs.map(|(k, v)| format!("<tag k=\"{k}\" v=\"{v}\"/>")).collect();
        format!("<way id=\"{id}\">{refs}{tags}</way>")
    };
    let ways = [way(0, &[1, 2]), way(1, &[2, 5, 3]), way(2, &[4, 2])].concat();
    format!(
        "<osm version=\"0.6\">{nodes}{ways}<relation id=\"9\"><member type=\"way\" ref=\"0\" role=\"from\"/><member \
         type=\"node\" ref=\"2\" role=\"via\"/><member type=\"way\" ref=\"1\" role=\"to\"/><tag k=\"type\" \
         v=\"restriction\"/><tag k=\"restriction\" v=\"{ban}\"/></relation></osm>"
    )
}

/// Tags of the streets of [`map`], as `key=value` with bars between them.
const TAGS: [&str; 5] = [
    "highway=residential|name=Rue &lt;A&gt; &amp; B",
    "highway=primary|lanes=3|maxspeed=40 mph|ref=B 27",
    "highway=tertiary|oneway=yes|maxspeed=30",
    "highway=motorway|lanes=2|ref=A 8|name=Albaufstieg",
    "highway=trunk_link|oneway=-1|lanes:forward=2",
];

/// Nodes, capacity, length and time, tenths of `b`, and toll of a link.
type TntpRow = (u8, u8, [u16; 3], u8, u8);

/// A TNTP file of some links among four nodes, the first two of them closed zones.
fn tntp_file(rows: &[TntpRow]) -> String {
    let row = |(from, to, [capacity, length, time], b, toll): &TntpRow| {
        format!("{from} {to} {capacity} {length} {time} 0.{b} 4 0 {toll} 1 ;\n")
    };
    let n = rows.len();
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 4\n<FIRST THRU NODE> 3\n<NUMBER OF LINKS> {n}\n<END OF METADATA>\n\n{rows}"
    )
}

/// Capacity, length and time of a link: lengths and times may be 0, which is not known, but no speed is above 1000 m/s.
fn numbers() -> impl Strategy<Value = [u16; 3]> {
    (1u16..9999, 0u16..300, prop_oneof![Just(0), 5u16..300])
        .prop_map(|(capacity, length, time)| [capacity, length, time])
}

/// Reads a TNTP file in hundreds of metres and tenths of minutes, with places of its nodes or without.
fn read_tntp(text: &str, nodes: bool) -> (Network, Vec<Warning>) {
    let (folder, path) = file("t_net.tntp", text);
    if nodes {
        let text = "Node X Y ;\n1 400000 5000 ;\n2 401500 5000 ;\n3 401000 5700 ;\n4 402000.25 6000 ;\n";
        std::fs::write(folder.path().join("t_node.tntp"), text).unwrap();
    }
    let coordinates = tntp::Coordinates::Metres(Crs::Plane);
    let units = tntp::Units { length_m: 100.0, time_s: 6.0, period_h: 1.0, coordinates };
    read(&path, Format::Tntp, &Options { tntp: Some(units), ..Options::default() }).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_network_comes_back(network in any_network()) {
        comes_back(&network);
    }

    #[test]
    fn a_map_comes_back(
        tags in prop::array::uniform3(prop::sample::select(TAGS.to_vec())),
        ban in prop::sample::select(vec!["no_right_turn", "only_straight_on", "no_entry"]),
    ) {
        let (_folder, path) = file("t.osm", &map(tags, ban));
        comes_back(&read(&path, Format::Osm, &Options::default()).unwrap().0);
    }

    #[test]
    fn a_network_of_the_literature_comes_back(
        rows in prop::collection::vec((1u8..=4, 1u8..=4, numbers(), 0u8..3, 0u8..2), 1..8),
        nodes: bool,
    ) {
        let (network, warnings) = read_tntp(&tntp_file(&rows), nodes);
        comes_back(&network);
        let told = |what: &str| warnings.iter().filter(|w| w.what.contains(what)).map(|w| w.count).sum::<u64>();
        let count = |of: fn(&u8) -> bool, field: fn(&TntpRow) -> u8| {
            rows.iter().map(field).filter(of).count() as u64
        };
        prop_assert_eq!(told("a toll"), count(|toll| *toll > 0, |row| row.4));
        prop_assert_eq!(told("by its own function"), count(|b| *b > 0, |row| row.3));
        prop_assert_eq!(told("nobody may drive through"), 2);
    }
}

/// Texts between two marks of code in the last column of the table, by format.
fn told_by_the_table() -> BTreeSet<(&'static str, &'static str)> {
    let rows = include_str!("README.md").lines().filter(|line| line.starts_with("| ")).skip(1);
    let cells = rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    let said = cells.filter_map(|row| {
        assert_eq!(row.len(), 4, "{row:?}");
        Some((row[0], row[3].strip_prefix('`')?.strip_suffix('`')?))
    });
    said.collect()
}

#[test]
fn every_row_of_the_table_holds() {
    let mut worst = fixture::county();
    worst.links[0].freespeed_mps = 2000.0;
    worst.links[1].modes = ModeSet::default();
    worst.links[3].street = Some("NA".into());
    let mut seen: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut note =
        |format, warnings: Vec<Warning>| seen.extend(warnings.into_iter().map(|w| (format, w.what)));

    let (back, wrote, read) = there_and_back(&worst, Format::Matsim);
    assert_eq!((back.links[0].freespeed_mps, back.links[1].modes), (100.0, ModeSet::default()));
    assert_eq!((&back.links[1].class, &back.links[1].route), (&worst.links[1].class, &worst.links[1].route));
    assert_eq!(
        (&back.links[2].shape, &back.links[3].street),
        (&worst.links[2].shape, &worst.links[3].street)
    );
    note("MATSim, out", [wrote, read].concat());

    worst.links[4].name = "1.0".into();
    let (back, wrote, read) = there_and_back(&worst, Format::Gmns);
    assert_eq!((back.links[1].modes, &back.links[3].street), (ModeSet::default(), &None));
    assert_eq!((back.links[4].name.as_str(), back.banned_turns.len()), ("1", 0));
    note("GMNS, out", [wrote, read].concat());

    worst.links[5].name = "NA".into();
    let folder = tempfile::tempdir().unwrap();
    note("GMNS, out", write(&worst, Format::Gmns, folder.path()).unwrap());
    assert!(super::read(folder.path(), Format::Gmns, &Options::default()).is_err());
    note("GeoJSON, out", write(&worst, Format::GeoJson, &folder.path().join("a.geojson")).unwrap());
    assert!(super::read(&folder.path().join("a.geojson"), Format::GeoJson, &Options::default()).is_err());

    let (network, warnings) = read_tntp(&tntp_file(&[(1, 3, [900, 20, 30], 2, 1)]), true);
    let link = &network.links[0];
    assert_eq!((link.lanes, link.modes, &link.street, link.shape.len()), (1.0, ModeSet::CAR, &None, 0));
    note("TNTP, in", warnings);

    // Names, a bend and a ban are in the maps that come back; capacities are those of the class.
    let (_folder, path) = file("t.osm", &map([TAGS[0], TAGS[1], TAGS[0]], "no_right_turn"));
    let (network, _) = super::read(&path, Format::Osm, &Options::default()).unwrap();
    assert_eq!(network.banned_turns.len(), 1);
    let streets: BTreeSet<&str> = network.links.iter().filter_map(|link| link.street.as_deref()).collect();
    assert_eq!(streets.into_iter().collect::<Vec<_>>(), ["B 27", "Rue <A> & B"]);
    let primary = network.links.iter().find(|link| link.street.as_deref() == Some("B 27")).unwrap();
    assert_eq!(primary.shape.len(), 1);
    let class = osm::class_defaults().into_iter().find(|class| class.highway == "primary").unwrap();
    assert_eq!(primary.capacity_vph, primary.lanes * class.capacity_vph);

    let seen: BTreeSet<(&str, &str)> = seen.iter().map(|(format, what)| (*format, what.as_str())).collect();
    assert_eq!(seen, told_by_the_table());
}

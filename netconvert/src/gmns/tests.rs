use super::*;
use crate::fixture;
use engine::mode::ModeSet;

#[test]
fn a_network_comes_back_as_it_was() {
    let county = fixture::county();
    let folder = tempfile::tempdir().unwrap();
    let warnings = write(&county, folder.path()).unwrap();
    assert!(warnings[0].what.contains("turn"));
    let (back, warnings) = read(folder.path(), &Options::default()).unwrap();
    assert_eq!((&back.crs, &back.nodes), (&county.crs, &county.nodes));
    for (new, old) in back.links.iter().zip(&county.links) {
        // Capacity passes through vehicles an hour and lane, which may cost the last bit.
        assert!((new.capacity_vph - old.capacity_vph).abs() < 1e-9);
        let new = Link { capacity_vph: old.capacity_vph, ..new.clone() };
        assert_eq!(new, *old);
    }
    assert_eq!(back.links.len(), county.links.len());
    assert!(warnings.is_empty(), "{warnings:?}");
}

const NODES: &str = "node_id,x_coord,y_coord\n1,-111.94,33.43\n2,-111.93,33.43\n";
const LINKS: &str = "link_id,from_node_id,to_node_id,dir_flag,length,lanes,free_speed,capacity,allowed_uses,geometry,facility_type\n\
    7,1,2,0,0.58,,25,,auto,\"LINESTRING (-111.94 33.43, -111.935 33.431, -111.93 33.43)\",residential\n";

fn folder(nodes: &str, links: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("node.csv"), nodes).unwrap();
    std::fs::write(folder.path().join("link.csv"), links).unwrap();
    folder
}

#[test]
fn what_a_folder_leaves_out_is_assumed_and_told() {
    let folder = folder(NODES, LINKS);
    let (network, warnings) = read(folder.path(), &Options::default()).unwrap();
    assert_eq!(network.crs, Crs::Epsg(32_612));
    assert_eq!(network.links.len(), 2);
    let (there, back) = (&network.links[0], &network.links[1]);
    assert_eq!((back.name.as_str(), back.from, back.to), ("7-back", there.to, there.from));
    assert!((there.length_m - 0.58 * engine::unit::M_PER_MILE).abs() < 1e-9);
    assert!((there.freespeed_mps - 25.0 * engine::unit::MPS_PER_MPH).abs() < 1e-9);
    assert_eq!((there.class, there.capacity_vph, there.shape.len()), (RoadClass::Local, 600.0, 1));
    let told: Vec<&str> = warnings.iter().map(|w| w.what.as_str()).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    let wrong = Options { length_m: Some(1.0), speed_mps: Some(1.0), ..Options::default() };
    let (_, warnings) = read(folder.path(), &wrong).unwrap();
    assert!(warnings.iter().any(|w| w.what.contains("unit of length")), "{warnings:?}");
}

/// As converters from OpenStreetMap write railways: no speed, no lanes, no use.
#[test]
fn railways_among_the_links_are_not_for_cars() {
    let tram = "8,2,1,1,0.58,,,,,,tram\n";
    let folder = folder(NODES, &format!("{LINKS}{tram}"));
    let (network, warnings) = read(folder.path(), &Options::default()).unwrap();
    let modes: Vec<ModeSet> = network.links.iter().map(|link| link.modes).collect();
    assert_eq!(modes, [ModeSet::CAR, ModeSet::CAR, ModeSet::default()]);
    assert!(warnings.iter().any(|w| w.what.contains("closed to cars") && w.count == 1), "{warnings:?}");
}

/// As converters from OpenStreetMap write: metres, km/h, ids as decimals in one table, names in another encoding.
#[test]
fn metres_without_a_unit_and_ids_as_decimals_are_read() {
    let nodes = "NODE_ID,X_COORD,Y_COORD\n1,-111.94,33.43\n2,-111.93,33.43\n";
    let links = b"remark,LINK_ID,FROM_NODE_ID,TO_NODE_ID,LENGTH,FREE_SPEED,LANES,CAPACITY\nCaf\xe9,1.0,1.0,2.0,930,50,1,900\n\
        Caf\xe9,2.0,2.0,1.0,930,80,1,900\n\n";
    let whole = folder(nodes, "");
    std::fs::write(whole.path().join("link.csv"), links).unwrap();
    let (network, warnings) = read(whole.path(), &Options::default()).unwrap();
    assert_eq!((network.links[0].name.as_str(), network.links[0].length_m), ("1", 930.0));
    assert!((network.links[0].freespeed_mps - 50.0 / 3.6).abs() < 1e-9);
    let told: Vec<&str> = warnings.iter().map(|w| w.what.as_str()).collect();
    assert!(told.iter().any(|w| w.contains("unit of length is told: m, as the geometry shows")), "{told:?}");
    assert!(told.iter().any(|w| w.contains("km/h") && w.contains("--speed-unit")), "{told:?}");
    let in_mph = Options { speed_mps: speed_unit("mph"), ..Options::default() };
    let (network, _) = read(whole.path(), &in_mph).unwrap();
    assert!((network.links[0].freespeed_mps - 22.352).abs() < 1e-9);
}

#[test]
fn uses_that_are_no_mode_are_told_with_their_share() {
    let nodes = "node_id,x_coord,y_coord\n1,-111.94,33.43\n2,-111.93,33.43\n";
    let links = "link_id,from_node_id,to_node_id,length,free_speed,lanes,capacity,allowed_uses\n\
        a,1,2,930,50,1,900,\"auto,truck\"\nb,2,1,930,50,1,900,\"HOV2;gondola\"\n";
    let (network, warnings) = read(folder(nodes, links).path(), &Options::default()).unwrap();
    assert!(network.links.iter().all(|link| link.modes == ModeSet::CAR));
    let told: Vec<String> =
        warnings.iter().map(ToString::to_string).filter(|w| w.contains("of 4 uses")).collect();
    assert_eq!(told.len(), 2, "{warnings:?}");
    assert!(
        told[0].ends_with("link.csv:b: use \"gondola\" is not known and was left out (25.0 % of 4 uses)")
    );
    assert!(
        told[1]
            .ends_with("link.csv:a: use \"truck\" is none of Wayfare's modes, left out (25.0 % of 4 uses)")
    );
    let unknown = |w: &&Warning| w.whole.as_ref().is_some_and(|whole| whole.unknown);
    assert_eq!(warnings.iter().filter(unknown).count(), 1);
}

#[test]
fn bad_folders_are_told() {
    for (old, new, told) in [
        ("7,1,2", "7,1,9", "link.csv:2: column \"to_node_id\" is \"9\""),
        ("0.58", "-1", "\"length\" is \"-1\""),
        ("25", "fast", "\"free_speed\" is \"fast\""),
        ("free_speed", "freespeed", "did you mean \"freespeed\""),
        ("LINESTRING", "POINT", "\"geometry\""),
        ("7,", ",", "\"link_id\""),
    ] {
        let folder = folder(NODES, &LINKS.replacen(old, new, 1));
        let error = read(folder.path(), &Options::default()).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(told), "{told}: {error}");
        assert_eq!(error.exit_code(), 2);
    }
    let metres = folder(&NODES.replace("-111.94", "500000"), LINKS);
    assert!(
        read(metres.path(), &Options::default())
            .map(|_| ())
            .unwrap_err()
            .to_string()
            .contains("unknown system")
    );
    let empty = tempfile::tempdir().unwrap();
    assert!(
        read(empty.path(), &Options::default()).map(|_| ()).unwrap_err().to_string().contains("no node.csv")
    );
}

#[test]
fn published_folders_are_read() {
    let Some(root) = fixture::data("gmns") else { return };
    for name in ["ASU", "Chicago_Sketch", "Lima_Network"] {
        let (network, warnings) = read(root.join(name), &Options::default()).unwrap();
        eprintln!("{name}: {} nodes, {} links, {warnings:?}", network.nodes.len(), network.links.len());
        assert!(network.links.len() > 1000, "{name}");
    }
}

#[test]
fn damage_never_panics() {
    let whole = folder(NODES, LINKS);
    let panics = crate::testing::panics_on_damage("link.csv", LINKS.as_bytes(), 300, |link| {
        std::fs::copy(link, whole.path().join("link.csv")).unwrap();
        let _ = read(whole.path(), &Options::default());
    });
    assert!(!panics);
}
